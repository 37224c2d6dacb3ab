"""pb.special: special functions whose value and derivatives are formulas (formulas.py), one operation for all of them.

A `Function` is a formula for the value and one for each partial derivative, which may use special functions again. Evaluation,
decomposition and jvp follow. `pullback.scipy.special` is made of them; those that `pullback.lax` has are operations of their own.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from . import types as T
from .builder import Builder
from .elementwise_rules import REAL_ONLY
from .formulas import BuilderWords, Term, decompose, evaluate
from .ir import Value
from .rules import batch_elementwise, same_type
from .spec import STR, Example, NotDifferentiableError, OpError, define
from .types import Aval


class Function(NamedTuple):
    """One special function of some numbers."""

    params: tuple[str, ...]
    formula: Callable[..., Any]  # (w, *xs) -> value
    partials: tuple[Callable[..., Any] | str, ...]  # (w, value, *xs) -> derivative by that parameter, or why there is none
    example: tuple[tuple[float, float], ...]  # a range for each parameter
    reference: str
    whole: tuple[int, ...] = ()  # parameters that are integers


FUNCTIONS: dict[str, Function] = {}


def register(kind: str, function: Function) -> None:
    FUNCTIONS[kind] = function


def _infer(*xs: Aval, kind: str) -> Aval:
    f = FUNCTIONS.get(kind)
    if f is None:
        raise OpError(f"kind must be one of {', '.join(sorted(FUNCTIONS))}, got {kind!r}")
    if len(xs) != len(f.params):
        raise OpError(f"{kind} is a function of {', '.join(f.params)}, got {len(xs)} operands")
    if xs[0].dtype not in T.FLOAT:
        raise OpError(f"operand of element type {xs[0].dtype} is not accepted; accepted: {', '.join(T.FLOAT)}")
    result: Aval = same_type(*xs)
    return result


def _formula(w: Any, *xs: Any, kind: str) -> Any:
    return FUNCTIONS[kind].formula(w, *xs)


def _jvp(b: Builder, primals: list[Value], tangents: list[Value | None], outs: list[Value], attrs: dict[str, Any]) -> Any:
    f = FUNCTIONS[attrs["kind"]]
    w = BuilderWords(b, primals[0].dtype)
    xs = [Term(w, x) for x in primals]
    total: Value | None = None
    for name, partial, tangent in zip(f.params, f.partials, tangents):
        if tangent is not None:
            if isinstance(partial, str):
                raise NotDifferentiableError(
                    f"{attrs['kind']}({', '.join(f.params)}) is not differentiable with respect to {name}: {partial}", b.loc
                )
            total = b.add_tangents(total, b.mul(tangent, partial(w, Term(w, outs[0]), *xs).value))
    return total


def _examples(make: Any) -> list[Example]:
    out: list[Example] = []
    for i, (kind, f) in enumerate(sorted(FUNCTIONS.items())):
        shape = ((3,), (), (2, 2), (0, 2))[i % 4 if i % 8 < 4 else 0]
        params = [make(*shape, low=low, high=high) for low, high in f.example]
        for k in f.whole:
            params[k] = make.rng.integers(f.example[k][0], f.example[k][1] + 1, shape).astype(params[k].dtype)
        out.append((tuple(params), {"kind": kind}))
    return out


define(
    "pb.special",
    ("xs*",),
    {"kind": STR},
    dtypes=T.FLOAT,
    infer=_infer,
    evaluate=evaluate(_formula),
    jvp=_jvp,
    batch=batch_elementwise("pb.special"),
    decompose=decompose(_formula),
    split_complex=REAL_ONLY,
    traits=("elementwise",),
    examples=_examples,
    doc="A special function of real numbers, named by `kind`, elementwise. 16-bit floats are computed in f32.",
    reference="dialects/special_functions.py; the literature that each function names",
)

__all__ = ["FUNCTIONS", "Function", "register"]
