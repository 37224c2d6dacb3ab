"""Formulas: functions of numbers written once, and run on NumPy arrays, emitted as pb operations, or written as StableHLO.

A formula is a Python function ``f(w, x, ...)`` of *terms*. Terms have Python's operators; `w`, the words, has the functions that
there is no operator for (``w.exp(x)``, ``w.where(p, x, y)``). NumPy arrays are terms as they are, in f64. `Term` is a value of a
program under construction. So an operation's evaluation and its decomposition are one and the same text, and cannot drift apart.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from . import special as special_functions
from . import types as T
from .builder import Builder
from .elementwise_rules import REAL_ONLY, in_f32
from .hlo import Hlo, HloBuilder
from .ir import Value
from .rules import accepts, batch_elementwise
from .spec import TABLE, OpSpec, define
from .types import Aval


class Term:
    """A value of a program under construction, with operators. Numbers next to it become constants of its type."""

    __slots__ = ("w", "value")
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, w: Any, value: Any):
        self.w = w
        self.value = value

    def __add__(self, other: Any) -> Term:
        return self.w.op("add", self, other)

    def __radd__(self, other: Any) -> Term:
        return self.w.op("add", other, self)

    def __sub__(self, other: Any) -> Term:
        return self.w.op("sub", self, other)

    def __rsub__(self, other: Any) -> Term:
        return self.w.op("sub", other, self)

    def __mul__(self, other: Any) -> Term:
        return self.w.op("mul", self, other)

    def __rmul__(self, other: Any) -> Term:
        return self.w.op("mul", other, self)

    def __truediv__(self, other: Any) -> Term:
        return self.w.op("div", self, other)

    def __rtruediv__(self, other: Any) -> Term:
        return self.w.op("div", other, self)

    def __neg__(self) -> Term:
        return self.w.op("neg", self)

    def __abs__(self) -> Term:
        return self.w.op("abs", self)

    def __and__(self, other: Any) -> Term:
        return self.w.op("and", self, other)

    def __or__(self, other: Any) -> Term:
        return self.w.op("or", self, other)

    def __invert__(self) -> Term:
        return self.w.op("not", self)

    def __lt__(self, other: Any) -> Term:
        return self.w.compare("LT", self, other)

    def __le__(self, other: Any) -> Term:
        return self.w.compare("LE", self, other)

    def __gt__(self, other: Any) -> Term:
        return self.w.compare("GT", self, other)

    def __ge__(self, other: Any) -> Term:
        return self.w.compare("GE", self, other)

    def __eq__(self, other: Any) -> Term:  # type: ignore[override]
        return self.w.compare("EQ", self, other)

    def __ne__(self, other: Any) -> Term:  # type: ignore[override]
        return self.w.compare("NE", self, other)


def _operand(x: Any) -> Any:
    return x.value if isinstance(x, Term) else x


class BuilderWords:
    """Words that emit pb operations; every elementwise one is a word: ``w.exp(x)``, ``w.lgamma(x)``."""

    def __init__(self, b: Builder, dtype: str):
        self.b = b
        self.dtype = dtype
        self.single = dtype == "f32"

    def op(self, name: str, *xs: Any, **attrs: Any) -> Term:
        return Term(self, self.b.emit(TABLE[f"pb.{name}"], list(map(_operand, xs)), attrs))

    def compare(self, direction: str, x: Any, y: Any) -> Term:
        return self.op("compare", x, y, direction=direction)

    def where(self, pred: Term, x: Any, y: Any) -> Term:
        shape = pred.value.shape
        x, y = (v.value if isinstance(v, Term) else self.b.full(shape, self.dtype, v) for v in (x, y))
        return Term(self, self.b.select(pred.value, x, y))

    def full_like(self, x: Term, value: float) -> Term:
        return Term(self, self.b.full_like(x.value, value))

    def round(self, x: Term) -> Term:
        return self.op("round", x, mode="even")

    @staticmethod
    def anywhere(pred: Term) -> bool:
        """Whether `pred` may hold for an element: a branch for which it cannot need not be computed."""
        return True

    def special(self, kind: str, *xs: Term) -> Term:
        return Term(self, self.b.special(*[x.value for x in xs], kind=kind))

    def recurrence(self, kind: str, *params: Term) -> list[Term]:
        return [Term(self, v) for v in self.b.recurrence(*[p.value for p in params], kind=kind)]

    # A function of an element as a sum: terms along a new last dimension
    def spread(self, x: Term, n: int) -> Term:
        """`x` repeated along a new last dimension of size `n`."""
        v = x.value
        return Term(self, self.b.broadcast_in_dim(v, shape=(*v.shape, n), dims=tuple(range(v.ndim))))

    def row(self, like: Term, values: Sequence[float]) -> Term:
        """Numbers along a new last dimension, the same for all elements of `like`."""
        v = like.value
        row = self.b.const(np.asarray(values, np.float64).astype(T.np_dtype(v.dtype)))
        return Term(self, self.b.broadcast_in_dim(row, shape=(*v.shape, len(values)), dims=(v.ndim,)))

    def total(self, x: Term) -> Term:
        """Sum over the last dimension."""
        return Term(self, self.b.reduce_sum(x.value, axes=(x.value.ndim - 1,)))

    def __getattr__(self, name: str) -> Callable[..., Term]:
        return lambda *xs: self.op(name, *xs)


_HLO = {
    "sub": "subtract", "mul": "multiply", "div": "divide", "max": "maximum", "min": "minimum", "neg": "negate",
}  # fmt: skip


class HloWords:
    """Words that write StableHLO; those that recurrences need."""

    def __init__(self, h: HloBuilder, dtype: str):
        self.h = h
        self.dtype = dtype
        self.single = dtype == "f32"

    def op(self, name: str, *xs: Any) -> Term:
        like = next(x for x in xs if isinstance(x, Term)).value
        values = [x.value if isinstance(x, Term) else self.h.full_like(like, x) for x in xs]
        return Term(self, self.h.op(f"stablehlo.{_HLO.get(name, name)}", values, like.aval))

    def compare(self, direction: str, x: Any, y: Any) -> Term:
        like = _operand(x if isinstance(x, Term) else y)
        x, y = (v.value if isinstance(v, Term) else self.h.full_like(like, v) for v in (x, y))
        return Term(self, self.h.compare(direction, x, y))

    def where(self, pred: Term, x: Any, y: Any) -> Term:
        aval = Aval(pred.value.shape, self.dtype)
        x, y = (v.value if isinstance(v, Term) else self.h.full(aval, v) for v in (x, y))
        return Term(self, self.h.select(pred.value, x, y))

    def full_like(self, x: Term, value: float) -> Term:
        return Term(self, self.h.full_like(x.value, value))

    def sqrt(self, x: Term) -> Term:
        return self.op("sqrt", x)

    def max(self, x: Any, y: Any) -> Term:
        return self.op("max", x, y)


def _on_arrays(name: str) -> Callable[[Any], Any]:
    f = getattr(special_functions, name)
    return lambda x: f(np.asarray(x))


class NumpyWords:
    """Words on NumPy arrays, in f64."""

    single = False
    where = staticmethod(np.where)
    exp, log, log1p, expm1, sqrt, floor, round = map(staticmethod, (np.exp, np.log, np.log1p, np.expm1, np.sqrt, np.floor, np.rint))
    min, max, pow, sin, cos, tan = map(staticmethod, (np.minimum, np.maximum, np.power, np.sin, np.cos, np.tan))
    lgamma, digamma, erf, erfc = (staticmethod(_on_arrays(name)) for name in ("lgamma", "digamma", "erf", "erfc"))

    @staticmethod
    def anywhere(pred: Any) -> bool:
        return bool(np.any(pred))

    @staticmethod
    def full_like(x: Any, value: float) -> Any:
        return np.full(np.shape(x), value)

    @staticmethod
    def recurrence(kind: str, *params: Any) -> list[Any]:
        from .recurrence import iterate

        return iterate(kind, params, np.float64)

    @staticmethod
    def spread(x: Any, n: int) -> Any:
        return np.asarray(x)[..., None]

    @staticmethod
    def row(like: Any, values: Sequence[float]) -> Any:
        return np.asarray(values, np.float64)

    @staticmethod
    def total(x: Any) -> Any:
        return np.sum(x, axis=-1)

    @staticmethod
    def special(kind: str, *xs: Any) -> Any:
        from .special_functions import FUNCTIONS

        return FUNCTIONS[kind].formula(NUMPY, *xs)


NUMPY = NumpyWords()


# Words made of words -------------------------------------------------------------------------------------------------------
def polynomial(w: Any, x: Any, coefficients: Sequence[float]) -> Any:
    """Value of a polynomial, highest coefficient first."""
    first, second, *rest = coefficients
    y = x * first + second
    for c in rest:
        y = y * x + c
    return y


def is_nan(x: Any) -> Any:
    return x != x


def any_of(*conditions: Any) -> Any:
    first, *rest = conditions
    for c in rest:
        first = first | c
    return first


def evaluate(formula: Callable[..., Any]) -> Callable[..., Any]:
    """Evaluation rule of a formula: in f64, rounded once to the operands' type."""

    def rule(*xs: Any, **attrs: Any) -> Any:
        dtype = xs[0].dtype
        with np.errstate(all="ignore"):
            return np.asarray(formula(NUMPY, *(x.astype(np.float64) for x in xs), **attrs)).astype(dtype)

    return rule


def decompose(formula: Callable[..., Any]) -> Callable[..., Any]:
    """Decomposition rule of a formula, in f32 or f64."""

    def fn(b: Builder, *xs: Value, **attrs: Any) -> Value:
        w = BuilderWords(b, xs[0].dtype)
        value: Value = formula(w, *(Term(w, x) for x in xs), **attrs).value
        return value

    return in_f32(fn)


def declare(name: str, operands: Sequence[str], formula: Callable[..., Any], *, jvp: Any, **rules: Any) -> OpSpec:
    """Declares an elementwise operation on floats whose value is a formula."""
    full = f"pb.{name}"
    return define(
        full,
        operands,
        dtypes=T.FLOAT,
        infer=accepts(T.FLOAT),
        evaluate=evaluate(formula),
        jvp=jvp,
        batch=batch_elementwise(full),
        decompose=decompose(formula),
        split_complex=REAL_ONLY,
        traits=("elementwise",),
        **rules,
    )


__all__ = [
    "NUMPY",
    "Aval",
    "BuilderWords",
    "Hlo",
    "HloWords",
    "NumpyWords",
    "Term",
    "any_of",
    "declare",
    "decompose",
    "evaluate",
    "is_nan",
    "polynomial",
]
