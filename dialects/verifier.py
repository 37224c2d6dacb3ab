"""The verifier: checks a module against the op table and against itself.

For every operation: it is in the table; the number of operands, the attributes and their kinds are right; the result types are
the inferred ones; operands are defined earlier in the same function; functions that it names exist, and take and return what
the op gives and expects (`OpSpec.verify`). Every finding has the operation's name and source location.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from . import types as T
from . import verify_rules  # noqa: F401  attaches the `verify` rules of function ops
from .function_rules import running
from .ir import UNKNOWN, Dense, Func, Loc, Module, Op, Symbol, Value
from .spec import BOOL, BOOLS, DENSE, DTYPE, F64, I64, I64S, STR, SYMBOL, SYMBOLS, TABLE, OpError, PullbackError
from .types import Aval


class Diagnostic(NamedTuple):
    """One finding."""

    message: str
    loc: Loc
    function: str

    def __str__(self) -> str:
        place = f"{self.loc.file}:{self.loc.line}:{self.loc.col}: " if self.loc.file else ""
        return f"{place}error: {self.message} (in @{self.function})"


class VerifyError(PullbackError):
    """A module is ill-formed; `diagnostics` has all findings."""

    def __init__(self, diagnostics: list[Diagnostic]):
        super().__init__("\n".join(map(str, diagnostics)))
        self.diagnostics = diagnostics
        self.loc = diagnostics[0].loc if diagnostics else UNKNOWN


def _is_int(v: Any) -> bool:
    return isinstance(v, (int, np.integer)) and not isinstance(v, bool)


def _all(check: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda v: isinstance(v, (tuple, list)) and all(map(check, v))


_KINDS: dict[str, tuple[Callable[[Any], bool], str]] = {
    I64: (_is_int, "an integer"),
    I64S: (_all(_is_int), "a tuple of integers"),
    F64: (lambda v: isinstance(v, float), "a float"),
    BOOL: (lambda v: isinstance(v, (bool, np.bool_)), "a boolean"),
    BOOLS: (_all(lambda v: isinstance(v, (bool, np.bool_))), "a tuple of booleans"),
    STR: (lambda v: isinstance(v, str) and not isinstance(v, Symbol), "a string"),
    SYMBOL: (lambda v: isinstance(v, str), "a function"),
    SYMBOLS: (_all(lambda v: isinstance(v, str)), "a tuple of functions"),
    DENSE: (lambda v: isinstance(v, Dense), "a dense array"),
    DTYPE: (lambda v: v in T.DTYPES, "an element type"),
}


def _check_attributes(op: Op) -> None:
    kinds, attrs = op.spec.attrs, op.attrs
    for name, kind in kinds.items():
        if name not in attrs:
            raise OpError(f"attribute {name!r} is missing")
        check, spelling = _KINDS[kind]
        if not check(attrs[name]):
            raise OpError(f"attribute {name!r} must be {spelling}, got {attrs[name]!r}")
    if len(attrs) > len(kinds):
        raise OpError(f"there is no attribute {next(a for a in attrs if a not in kinds)!r}")


def _check_operand_count(op: Op) -> None:
    declared, n = op.spec.operands, len(op.operands)
    if any(name.endswith("*") for name in declared):
        if n < len(declared) - 1:
            raise OpError(f"expects at least {len(declared) - 1} operands, got {n}")
    elif n != len(declared):
        raise OpError(f"expects {len(declared)} operand{'s' * (len(declared) != 1)}, got {n}")


def _check_constant(op: Op) -> None:
    value, aval = op.attrs["value"].array, op.results[0].aval
    if not isinstance(aval, Aval) or T.from_np(value.dtype) != aval.dtype or (value.ndim and value.shape != aval.shape):
        raise OpError(f"value of type {Aval(value.shape, T.from_np(value.dtype))} does not fit the result type {aval}")


def _check_types(op: Op) -> None:
    spec = op.spec
    for v in op.operands:
        if not spec.function and not isinstance(v.aval, Aval):
            raise OpError(f"operand of type {v.aval}: only operations over functions take tapes")
    if "constant" in spec.traits:
        _check_constant(op)
        return
    if spec.infer is None:
        return
    inferred = spec.infer(*[v.aval for v in op.operands], **op.attrs)
    expected = (inferred,) if type(inferred) is Aval else tuple(inferred)
    got = tuple(r.aval for r in op.results)
    if got != expected:
        raise OpError(f"result type must be {', '.join(map(str, expected))}, got {', '.join(map(str, got))}")


def _check_op(module: Module, op: Op, defined: set[Value]) -> None:
    spec = op.spec
    if TABLE.get(spec.name) is not spec:
        raise OpError("the operation is not in the op table")
    for i, v in enumerate(op.operands):
        if v not in defined:
            raise OpError(f"operand {i} ({v!r}) is not defined before it is used, in this function")
    _check_operand_count(op)
    _check_attributes(op)
    if spec.regions is not None:
        for name in spec.regions(op.attrs):
            if name not in module.funcs:
                raise OpError(f"names function @{name}, which does not exist")
    _check_types(op)
    if spec.verify is not None:
        spec.verify(module, op)


def _check_function(module: Module, func: Func, found: list[Diagnostic]) -> None:
    defined: set[Value] = set(func.args)

    def report(message: str, loc: Loc) -> None:
        found.append(Diagnostic(message, loc, func.name))

    for op in func.ops:
        try:
            _check_op(module, op, defined)
        except (OpError, TypeError, ValueError, KeyError, IndexError) as e:
            report(f"'{op.spec.name}' {e}", op.loc)
        for r in op.results:
            if r in defined:
                report(f"'{op.spec.name}' is in the function twice", op.loc)
            defined.add(r)
    for i, v in enumerate(func.results):
        if v not in defined:
            report(f"result {i} ({v!r}) is not defined in the function", func.loc)
    for names, values, what in ((func.arg_names, func.args, "argument"), (func.result_names, func.results, "result")):
        if names is not None and len(names) != len(values):
            report(f"has {len(values)} {what}s, but {len(names)} {what} names", func.loc)
    if any(not 0 <= i < len(func.args) for i in func.donated):
        report(f"donated arguments {func.donated} are not all arguments", func.loc)


def _check_recursion(module: Module, found: list[Diagnostic]) -> None:
    state: dict[str, int] = {}

    def visit(name: str) -> bool:
        if state.get(name) == 1:
            return False
        if state.get(name) == 2 or name not in module.funcs:
            return True
        state[name] = 1
        for op in module[name].ops:
            try:
                names = running(op)  # the rule of a custom derivative may apply the function that it belongs to
            except KeyError:  # a missing attribute, reported elsewhere
                continue
            for callee in names:
                if not visit(callee):
                    found.append(
                        Diagnostic(f"'{op.spec.name}' makes @{callee} refer to itself; functions cannot recurse", op.loc, name)
                    )
        state[name] = 2
        return True

    for name in module.funcs:
        visit(name)


def check(module: Module) -> list[Diagnostic]:
    """All findings, in order; empty if the module is well-formed."""
    found: list[Diagnostic] = []
    _check_recursion(module, found)
    for name, func in module.funcs.items():
        if func.name != name:
            found.append(Diagnostic(f"function @{func.name} is registered as @{name}", func.loc, name))
        _check_function(module, func, found)
    return found


def verify(module: Module) -> None:
    """Raises `VerifyError` with all findings if the module is ill-formed."""
    found = check(module)
    if found:
        raise VerifyError(found)
