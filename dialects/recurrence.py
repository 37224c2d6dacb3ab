"""pb.recurrence: series and continued fractions that are summed until they have converged.

A `Recurrence` is a formula for the first state and one for the next (formulas.py). The operation runs one over whole arrays
until no element changes any more, or for at most a fixed number of steps, and compiles to one small loop.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from . import types as T
from .builder import Builder
from .elementwise_rules import REAL_ONLY
from .formulas import NUMPY, HloWords, Term
from .hlo import Hlo, HloBuilder
from .ir import Value
from .spec import STR, Example, NotDifferentiable, OpError, define
from .types import Aval

#: Steps that one turn of the compiled loop makes.
UNROLL = 4
_COUNTER = Aval((), "i32")


class Recurrence(NamedTuple):
    """``start(w, *params)`` is the first state; ``step(w, k, state, *params)`` is the next one, and where it still changes, for
    k = 1, 2, ...; the first `results` numbers of the state are the results. Steps after convergence change nothing."""

    params: tuple[str, ...]
    results: int
    start: Callable[..., Sequence[Any]]
    step: Callable[..., tuple[Sequence[Any], Any]]
    limit: int  # steps, at most
    doc: str
    example: tuple[tuple[float, float], ...] = ()  # a range for each parameter


RECURRENCES: dict[str, Recurrence] = {}

#: Relative size of a change that is none, by element type.
_EPS = {"f32": float(np.finfo(np.float32).eps), "f64": float(np.finfo(np.float64).eps)}


def eps(w: Any) -> float:
    """Distance of 1.0 to its successor, in the type that the words compute in."""
    return _EPS["f32" if w.single else "f64"]


def unsettled(w: Any, change: Any, last: Any) -> tuple[Any, Any]:
    """Whether a relative change still counts, and what to remember of it as `last` (infinite at first).

    Once it has been within rounding it never counts again: what follows is rounding, amplified by the fraction, and it must not
    go on changing the value while other elements need many more steps.
    """
    moving = (change > 4 * eps(w)) & (last > 0.0)
    return moving, w.where(moving, change, 0.0)


def register(kind: str, recurrence: Recurrence) -> None:
    RECURRENCES[kind] = recurrence


def iterate(kind: str, params: Sequence[Any], dtype: Any) -> list[Any]:
    """Runs a recurrence on NumPy arrays, in f64."""
    r = RECURRENCES[kind]
    with np.errstate(all="ignore"):
        params = [np.asarray(p, np.float64) for p in params]
        state = r.start(NUMPY, *params)
        for k in range(1, r.limit + 1):
            state, moving = r.step(NUMPY, float(k), state, *params)
            if not np.any(moving):
                break
    shape = np.broadcast_shapes(*(p.shape for p in params))
    return [np.broadcast_to(np.asarray(s, dtype), shape).copy() for s in state[: r.results]]


def _infer(*params: Aval, kind: str) -> tuple[Aval, ...]:
    r = RECURRENCES.get(kind)
    if r is None:
        raise OpError(f"kind must be one of {', '.join(sorted(RECURRENCES))}, got {kind!r}")
    if len(params) != len(r.params):
        raise OpError(f"{kind} has the parameters {', '.join(r.params)}, got {len(params)} operands")
    first = params[0]
    if first.dtype not in ("f32", "f64"):
        raise OpError(f"operand of element type {first.dtype} is not accepted; accepted: f32, f64")
    if any(p != first for p in params):
        raise OpError(f"operands must have equal types, got {', '.join(map(str, params))}")
    return (first,) * r.results


def _evaluate(*params: Any, kind: str) -> tuple[Any, ...]:
    return tuple(iterate(kind, params, params[0].dtype))


def _batch(b: Builder, operands: list[Value], batched: list[bool], attrs: dict[str, Any]) -> Any:
    return b.recurrence(*[b.batched(v, m) for v, m in zip(operands, batched)], **attrs)


def _lower(h: HloBuilder, operands: list[Hlo], attrs: dict[str, Any], outs: list[Aval]) -> list[Hlo]:
    """A while loop over the step number, whether anything still changes, and the state."""
    r = RECURRENCES[attrs["kind"]]
    aval = operands[0].aval
    if aval.size == 0:
        return [h.full(a, 0) for a in outs]
    w = HloWords(h, aval.dtype)
    params = [Term(w, p) for p in operands]
    state = [t.value for t in r.start(w, *params)]

    def number(counter: Hlo) -> Hlo:
        k = h.convert(counter, aval.dtype)
        return h.broadcast_in_dim(k, aval.shape, []) if aval.ndim else k

    def condition(counter: Hlo, moving: Hlo, *state: Hlo) -> list[Hlo]:
        return [h.binary("and", moving, h.compare("LT", counter, r.limit))]

    def body(counter: Hlo, moving: Hlo, *values: Hlo) -> list[Hlo]:
        k = Term(w, number(counter))
        state: Sequence[Any] = [Term(w, v) for v in values]
        for i in range(1, UNROLL + 1):
            state, changes = r.step(w, k + i, state, *params)
        return [h.add(counter, UNROLL), _any(h, changes.value), *(t.value for t in state)]

    init = [h.full(_COUNTER, 0), h.full(Aval((), "i1"), True), *state]
    return h.while_loop(init, condition, body)[2 : 2 + r.results]


def _any(h: HloBuilder, pred: Hlo) -> Hlo:
    """Whether any element is true, over bytes: IREE does not reduce booleans."""
    if not pred.ndim:
        return pred
    return h.compare("NE", h.reduce(h.convert(pred, "i8"), 0, range(pred.ndim), "or"), 0)


def _examples(make: Any) -> list[Example]:
    out: list[Example] = []
    for i, (kind, r) in enumerate(sorted(RECURRENCES.items())):
        shape = ((), (3,), (2, 2))[i % 3]
        params = tuple(make(*shape, low=low, high=high) for low, high in r.example)
        out.append((params, {"kind": kind}))
    return [*out, (tuple(make(0, 2) for _ in out[0][0]), out[0][1])]


define(
    "pb.recurrence",
    ("params*",),
    {"kind": STR},
    results=("results*",),
    dtypes=("f32", "f64"),
    infer=_infer,
    evaluate=_evaluate,
    jvp=NotDifferentiable("it is a loop that runs until it has converged; operations that use it have derivatives of their own"),
    transpose=NotDifferentiable("the operation is not linear"),
    batch=_batch,
    split_complex=REAL_ONLY,
    lower=_lower,
    examples=_examples,
    doc="Elementwise sum of a series or value of a continued fraction, named by `kind`, run until no element changes any more.",
    reference="dialects/recurrence.py; the literature that each kind names",
)

__all__ = ["RECURRENCES", "T", "Recurrence", "eps", "iterate", "register", "unsettled"]
