"""Parser: MLIR text or bytecode of pb and pbfn modules, read by MLIR itself, into the in-memory IR.

MLIR checks syntax, SSA form and symbols of `func.func`; this module then checks that every operation is in the op table and
that its attributes have the right kinds. Types are the verifier's business (`dialects.verifier`).
"""

from __future__ import annotations

import difflib
import re
from typing import Any

from .ir import UNKNOWN, Func, Loc, Module, Op, Value
from .spec import DENSE, TABLE, OpSpec, PullbackError

_PLACE = re.compile(r'"((?:[^"\\]|\\.)*)":(\d+):(\d+)')


class ParseError(PullbackError):
    """The text is not a pb module. The message starts with file, line and column."""

    def __init__(self, message: str, loc: Loc = UNKNOWN):
        super().__init__(message, UNKNOWN)
        self.message = message
        self.loc = loc
        if loc.file:
            self.args = (f"{loc.file}:{loc.line}:{loc.col}: {message}",)


def unknown_op(name: str) -> str:
    """Message for an op that is not in the table, with the nearest names."""
    close = difflib.get_close_matches(name, TABLE, n=3, cutoff=0.5)
    hint = f"; did you mean {', '.join(close)}?" if close else ""
    return f"unknown operation {name!r}{hint}"


class _Reader:
    """Reads one MLIR module. Decoded types, attributes and locations are kept for the time of the reading."""

    def __init__(self, filename: str):
        from iree.compiler import ir

        from . import mlir_attributes as codec
        from . import table  # noqa: F401  fills the op table

        self.ir, self.codec, self.filename = ir, codec, filename
        self._types: dict[Any, Any] = {}
        self._attributes: dict[Any, Any] = {}
        self._locs: dict[Any, Loc] = {}

    # Locations and types -------------------------------------------------------------------------------------------
    def loc(self, location: Any) -> Loc:
        found = self._locs.get(location)
        if found is None:
            found = self._locs[location] = self._read_loc(location, "")
        return found

    def _read_loc(self, location: Any, name: str) -> Loc:
        ir = self.ir
        if isinstance(location, ir.FileLineColLoc):
            file = location.filename
            file = str(getattr(file, "value", file))
            return Loc(self.filename if file == "-" else file, location.start_line, location.start_col, name)
        if isinstance(location, ir.NameLoc):
            return self._read_loc(location.child_loc, name or str(location.name_str))
        if isinstance(location, ir.CallSiteLoc):
            return self._read_loc(location.callee, name)
        if isinstance(location, ir.FusedLoc) and len(location.locations):
            return self._read_loc(location.locations[0], name)
        return UNKNOWN

    def type(self, t: Any, location: Any) -> Any:
        found = self._types.get(t)
        if found is None:
            try:
                found = self.codec.read_type(t)
            except TypeError as e:
                raise ParseError(str(e), self.loc(location)) from None
            self._types[t] = found
        return found

    # Operations ----------------------------------------------------------------------------------------------------
    def attributes(self, op: Any, spec: OpSpec, avals: list[Any]) -> dict[str, Any]:
        kinds, out = spec.attrs, {}
        attributes = op.attributes
        present = set(attributes)
        for name, kind in kinds.items():
            if name not in present:
                continue
            try:
                if kind == DENSE:
                    out[name] = self.codec.read_dense(op, name, avals[0])
                else:
                    attr = attributes[name]
                    key = (kind, attr)
                    value = self._attributes.get(key)
                    if value is None:
                        value = self._attributes[key] = self.codec.read_attribute(kind, attr)
                    out[name] = value
            except TypeError as e:
                raise ParseError(f"{spec.name}: attribute {name!r} {e}", self.loc(op.location)) from None
        for name in present:
            if name not in kinds and "." not in name:  # names with a dot belong to other dialects and are dropped
                close = difflib.get_close_matches(name, kinds, n=1, cutoff=0.4)
                hint = f"; did you mean {close[0]!r}?" if close else ""
                raise ParseError(f"{spec.name} has no attribute {name!r}{hint}", self.loc(op.location))
        return out

    def op(self, op: Any, env: dict[Any, Value]) -> Op:
        spec = TABLE.get(op.name)
        location = op.location
        if spec is None:
            raise ParseError(unknown_op(op.name), self.loc(location))
        if len(op.regions):
            raise ParseError(f"{op.name} has no regions; functions are named in attributes", self.loc(location))
        results = list(op.results)
        avals = [self.type(r.type, location) for r in results]
        new = Op(spec, [env[v] for v in op.operands], self.attributes(op, spec, avals), avals, self.loc(location))
        env.update(zip(results, new.results))
        return new

    def func(self, op: Any) -> Func:
        location = op.location
        if op.name != "func.func":
            raise ParseError(f"a module holds functions only, got {op.name}", self.loc(location))
        attributes = op.attributes
        visibility = attributes["sym_visibility"].value if "sym_visibility" in attributes else "public"
        name = attributes["sym_name"].value
        blocks = list(op.regions[0].blocks)
        if len(blocks) != 1:
            what = "no body" if not blocks else "more than one block"
            raise ParseError(f"function @{name} has {what}; pb functions have one block", self.loc(location))
        func = Func(name, self.loc(location), visibility == "public")
        env: dict[Any, Value] = {}
        for arg in blocks[0].arguments:
            env[arg] = func.add_arg(self.type(arg.type, location))
        if "arg_attrs" in attributes:
            args = list(attributes["arg_attrs"])
            func.arg_names = self._names(args)
            func.donated = tuple(i for i, d in enumerate(args) if "pb.donated" in d)
        if "res_attrs" in attributes:
            func.result_names = self._names(list(attributes["res_attrs"]))
        for inner in blocks[0].operations:
            inner = inner.operation
            if inner.name == "func.return":
                func.results = [env[v] for v in inner.operands]
            else:
                func.ops.append(self.op(inner, env))
        return func

    @staticmethod
    def _names(dicts: list[Any]) -> list[str] | None:
        names = [d["pb.name"].value if "pb.name" in d else "" for d in dicts]
        return names if any("pb.name" in d for d in dicts) else None

    def module(self, module: Any) -> Module:
        out = Module()
        for op in module.body.operations:
            out.add(self.func(op.operation))
        return out


def read_module(module: Any, filename: str = "-") -> Module:
    """The IR of an MLIR module. Its context must be one of `mlir_context.make_context`."""
    return _Reader(filename).module(module)


def parse(source: str | bytes, filename: str = "<string>") -> Module:
    """The module in MLIR text or bytecode. Operations without a location get their position in the text."""
    from iree.compiler import ir

    from .mlir_context import make_context

    with make_context():
        try:
            module = ir.Module.parse(source)
        except ir.MLIRError as e:
            raise _syntax_error(e, filename) from None
        return read_module(module, filename)


def _syntax_error(error: Any, filename: str) -> ParseError:
    diagnostics = error.error_diagnostics
    if not diagnostics:
        return ParseError(error.message, Loc(filename, 1, 1))
    first = diagnostics[0]
    notes = "".join(f"\n  note: {n.message}" for n in first.notes)
    place = _PLACE.search(str(first.location))  # the bindings give diagnostics a location without accessors
    if place is None:
        return ParseError(first.message + notes, Loc(filename, 1, 1))
    file, line, col = place.groups()
    return ParseError(first.message + notes, Loc(filename if file == "-" else file, int(line), int(col)))
