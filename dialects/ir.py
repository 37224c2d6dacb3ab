"""The IR that passes work on: functions of pure, region-free operations in SSA form.

It mirrors the textual MLIR of the pb and pbfn dialects one to one (`dialects.printer` writes it, `dialects.parser` reads
it through MLIR's own parser). Operations are immutable once built; a pass builds a new function and never edits an old one.
Why this lives beside MLIR's in-memory form instead of on top of its Python bindings: docs/design-notes.md.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from .spec import OpSpec
    from .types import Aval, Tape


class Loc(NamedTuple):
    """A position in the user's source; `name` says which derivation produced the operation, if any."""

    file: str
    line: int
    col: int = 0
    name: str = ""

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


UNKNOWN = Loc("", 0)


@functools.lru_cache(maxsize=4096)  # most operations of a long program stem from few places
def derived_loc(loc: Loc, how: str, op: str) -> Loc:
    """The place of what a derivation makes of an operation: that of the operation, named for instance ``transpose(jvp(sin))``."""
    name = loc.name
    inner = (name if name.endswith(")") else f"{name}/{op}") if name else op
    return Loc(loc.file, loc.line, loc.col, f"{how}({inner})")


class Symbol(str):
    """The name of a function, used as an attribute."""

    __slots__ = ()


class Dense:
    """Value of a constant: an array, or one element that fills the whole shape (a splat)."""

    __slots__ = ("array", "_key")

    def __init__(self, array: Any):
        self.array = array if isinstance(array, np.ndarray) else np.asarray(array)
        self._key: Any = None

    @property
    def key(self) -> Any:
        """Hashable identity of the bits, so that -0.0 and 0.0 differ and NaNs are equal."""
        if self._key is None:
            self._key = (self.array.dtype.str, self.array.shape, self.array.tobytes())
        return self._key

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Dense) and self.key == other.key

    def __hash__(self) -> int:
        return hash(self.key)

    def __repr__(self) -> str:
        return f"Dense({self.array!r})"


class Value:
    """An SSA value: a result of an operation or an argument of a function."""

    __slots__ = ("aval", "op")

    def __init__(self, aval: Aval | Tape, op: Op | None = None):
        self.aval = aval
        self.op = op

    @property
    def shape(self) -> tuple[Any, ...]:
        return self.aval.shape  # type: ignore[union-attr]

    @property
    def dtype(self) -> str:
        return self.aval.dtype  # type: ignore[union-attr]

    @property
    def ndim(self) -> int:
        return len(self.aval.shape)  # type: ignore[union-attr]

    def __repr__(self) -> str:
        return f"<{self.op.spec.name if self.op else 'arg'}: {self.aval}>"


class Op:
    """One operation: what it is, its operands, its attributes as plain Python values, its results."""

    __slots__ = ("spec", "operands", "attrs", "results", "loc")

    def __init__(
        self,
        spec: OpSpec,
        operands: list[Value],
        attrs: dict[str, Any],
        avals: Iterable[Aval | Tape],
        loc: Loc = UNKNOWN,
    ):
        self.spec = spec
        self.operands = operands
        self.attrs = attrs
        if type(avals) is tuple and len(avals) == 1:  # nearly always; a comprehension takes twice as long
            self.results = [Value(avals[0], self)]
        else:
            self.results = [Value(a, self) for a in avals]
        self.loc = loc

    def __repr__(self) -> str:
        return f"<{self.spec.name} {self.attrs} -> {[str(r.aval) for r in self.results]}>"


class Func:
    """A function: arguments, operations in order, returned values."""

    __slots__ = ("name", "args", "ops", "results", "loc", "public", "arg_names", "result_names", "donated", "effects")

    def __init__(self, name: str, loc: Loc = UNKNOWN, public: bool = False):
        self.name = name
        self.args: list[Value] = []
        self.ops: list[Op] = []
        self.results: list[Value] = []
        self.loc = loc
        self.public = public
        self.arg_names: list[str] | None = None  # the user's names (pytree paths), kept in the text
        self.result_names: list[str] | None = None
        self.donated: tuple[int, ...] = ()
        self.effects: Any = None  # how the last results are read, which stand for prints and checks (effects.Effects)

    def add_arg(self, aval: Aval | Tape) -> Value:
        v = Value(aval)
        self.args.append(v)
        return v

    def __repr__(self) -> str:
        return f"<func @{self.name} {len(self.args)} args, {len(self.ops)} ops, {len(self.results)} results>"


class Module:
    """Functions by name, in order of definition."""

    __slots__ = ("funcs", "_counter", "memo")

    def __init__(self, funcs: Iterable[Func] = ()):
        self.funcs: dict[str, Func] = {f.name: f for f in funcs}
        self._counter: dict[str, int] = {}
        self.memo: dict[Any, Any] = {}  # derived functions, by what they were derived from

    def fresh(self, base: str) -> str:
        """A function name that is not in use, built on `base`."""
        name = base
        while name in self.funcs:
            n = self._counter[base] = self._counter.get(base, 0) + 1
            name = f"{base}_{n}"
        return name

    def add(self, func: Func) -> Func:
        if func.name in self.funcs:
            raise ValueError(f"function @{func.name} is defined twice")
        self.funcs[func.name] = func
        return func

    def __getitem__(self, name: str) -> Func:
        return self.funcs[name]

    @property
    def public(self) -> list[Func]:
        return [f for f in self.funcs.values() if f.public]
