"""Identities that mean something to a transformation: optimization_barrier, stop_gradient."""

from __future__ import annotations

from typing import Any

from . import types as T
from .builder import Builder
from .ir import Value
from .rules import unary
from .spec import TABLE, ZERO, Example, define
from .types import Aval

_NAME = "pb.optimization_barrier"


def _infer(*avals: Aval) -> tuple[Aval, ...]:
    return avals


def _evaluate(*arrays: Any) -> tuple[Any, ...]:
    return arrays


def _present(b: Builder, values: list[Value | None]) -> list[Value | None]:
    """A barrier on the values that exist; None (a symbolic zero) stays None."""
    present = [v for v in values if v is not None]
    results = iter(b.emit(TABLE[_NAME], present, {}) if present else ())
    return [None if v is None else next(results) for v in values]


def _jvp(b: Builder, primals: list[Value], tangents: list[Value | None], outs: list[Value], attrs: dict[str, Any]) -> Any:
    return _present(b, tangents)


def _transpose(b: Builder, cts: Any, operands: list[Value], linear: list[bool], attrs: dict[str, Any]) -> list[Value | None]:
    """Cotangents are held back together as the values were, so that rematerialised code is not merged with its original."""
    return _present(b, [cts] if isinstance(cts, Value) else list(cts))


def _batch(b: Builder, operands: list[Value], batched: list[bool], attrs: dict[str, Any]) -> Any:
    return b.emit(TABLE[_NAME], [b.batched(v, m) for v, m in zip(operands, batched)], {})


def _split_complex(b: Builder, operands: list[Any], attrs: dict[str, Any], outs: list[Aval]) -> list[Any]:
    flat = [part for v in operands for part in (v if isinstance(v, tuple) else (v,))]
    results = iter(b.emit(TABLE[_NAME], flat, {}))
    return [(next(results), next(results)) if isinstance(v, tuple) else next(results) for v in operands]


def _lower(h: Any, operands: list[Any], attrs: dict[str, Any], outs: list[Aval]) -> list[Any]:
    # IREE does not see that the two sides of its barrier are one buffer, and overwrites one while the other is in use
    if h.copies:
        return [h.copy(x) for x in operands]
    return list(h.op("stablehlo.optimization_barrier", operands, outs)) if operands else []


def _examples(make: Any) -> list[Example]:
    return [((make(3),), {}), ((make(), make(2, 3)), {}), ((make(0), make(2), make(2)), {})]


define(
    _NAME,
    ("operands*",),
    results=("results*",),
    dtypes=T.DTYPES,
    infer=_infer,
    evaluate=_evaluate,
    jvp=_jvp,
    transpose=_transpose,
    batch=_batch,
    split_complex=_split_complex,
    lower=_lower,
    examples=_examples,
    traits=("structural", "barrier"),
    doc="Returns its operands unchanged. No result is available before all operands are, and no optimisation moves, merges "
    "or folds across the barrier; rematerialisation relies on that.",
    reference="StableHLO specification, optimization_barrier; jax.lax.optimization_barrier",
)


unary(
    "stop_gradient",
    lambda operand: operand,
    T.INEXACT,
    jvp=ZERO,
    doc="The operand, as a constant of differentiation: its tangent is zero.",
    reference="JAX documentation, jax.lax.stop_gradient",
    lower=lambda h, operands, attrs, outs: operands[0],
    split_complex=lambda b, operands, attrs, outs: operands[0],
    examples=lambda make: [((make(3),), {}), ((make(),), {})],
    traits=("identity",),
)
