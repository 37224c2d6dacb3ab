"""Words from which the rules of whole classes of operations are derived.

`unary`, `binary` and `structural` declare an op in a line or two and say *why* its rules are what they are: an elementwise
op batches by broadcasting, a linear op is its own jvp, a structural op only moves elements.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from . import types as T
from .builder import Builder
from .ir import Value
from .spec import NOT_LINEAR, TABLE, ZERO, OpError, OpSpec, define
from .types import Aval


# Shape rules -----------------------------------------------------------------------------------------------------------
def same_type(*avals: Aval, **attrs: Any) -> Aval:
    """All operands and the result have one type."""
    first = avals[0]
    for a in avals[1:]:
        if a != first:
            raise OpError(f"operands must have equal types, got {', '.join(map(str, avals))}")
    return first


def accepts(dtypes: Sequence[str], infer: Callable[..., Any] = same_type) -> Callable[..., Any]:
    """`infer`, after checking that the first operand has one of `dtypes`."""
    allowed = frozenset(dtypes)

    def rule(*avals: Aval, **attrs: Any) -> Any:
        if avals[0].dtype not in allowed:
            raise OpError(f"operand of element type {avals[0].dtype} is not accepted; accepted: {', '.join(dtypes)}")
        return infer(*avals, **attrs)

    return rule


# Batching --------------------------------------------------------------------------------------------------------------
def batch_elementwise(name: str) -> Callable[..., Any]:
    """Elementwise ops batch by giving every operand the batch dimension."""

    def rule(b: Builder, operands: list[Value], batched: list[bool], attrs: dict[str, Any]) -> Any:
        return b.emit(TABLE[name], [b.batched(v, m) for v, m in zip(operands, batched)], attrs)

    return rule


# Differentiation -------------------------------------------------------------------------------------------------------
def jvp_linear(name: str) -> Callable[..., Any]:
    """An op that is linear in all its operands together: apply it to the tangents (zeros where there is none)."""

    def rule(b: Builder, primals: list[Value], tangents: list[Value | None], outs: list[Value], attrs: dict[str, Any]) -> Any:
        ts = [t if t is not None else b.zeros(p.aval) for p, t in zip(primals, tangents)]  # type: ignore[arg-type]
        return b.emit(TABLE[name], ts, attrs)

    return rule


def jvp_bilinear(name: str) -> Callable[..., Any]:
    """A product: the sum of the op with either factor replaced by its tangent."""

    def rule(b: Builder, primals: list[Value], tangents: list[Value | None], outs: list[Value], attrs: dict[str, Any]) -> Any:
        (x, y), (dx, dy) = primals, tangents
        left = None if dx is None else b.emit(TABLE[name], [dx, y], attrs)
        right = None if dy is None else b.emit(TABLE[name], [x, dy], attrs)
        return b.add_tangents(left, right)

    return rule


def jvp_elementwise(*partials: Callable[..., Any] | None) -> Callable[..., Any]:
    """Chain rule from partial derivatives ``partial(b, dx, out, *primals)``: the tangent contributed by that operand."""

    def rule(b: Builder, primals: list[Value], tangents: list[Value | None], outs: list[Value], attrs: dict[str, Any]) -> Any:
        total = None
        for partial, dx in zip(partials, tangents):
            if dx is not None and partial is not None:
                total = b.add_tangents(total, partial(b, dx, outs[0], *primals))
        return total

    return rule


# Lowering --------------------------------------------------------------------------------------------------------------
def lower_to(hlo: str) -> Callable[..., Any]:
    """The StableHLO op of that name on the same operands."""

    def rule(h: Any, operands: list[Any], attrs: dict[str, Any], outs: list[Aval]) -> Any:
        return h.op(f"stablehlo.{hlo}", operands, outs[0])

    return rule


# Complex numbers -------------------------------------------------------------------------------------------------------
def split_structural(name: str) -> Callable[..., Any]:
    """Ops that only move or add elements act on the real and the imaginary part alike. Real operands (indices) pass."""

    def rule(b: Builder, operands: list[Any], attrs: dict[str, Any], outs: list[Aval]) -> Any:
        spec = TABLE[name]
        re = b.emit(spec, [v[0] if isinstance(v, tuple) else v for v in operands], attrs)
        im = b.emit(spec, [v[1] if isinstance(v, tuple) else v for v in operands], attrs)
        return (re, im)

    return rule


def split_by_decomposition(decompose: Callable[..., Any]) -> Callable[..., Any]:
    """The parts of what `decompose` emits for complex numbers: for ops that consist of others."""

    def rule(b: Builder, operands: list[Any], attrs: dict[str, Any], outs: list[Aval]) -> Any:
        inner = Builder([], b.loc)
        env: dict[Value, Any] = {}
        values = []
        for v in operands:
            complex_ = isinstance(v, tuple)
            aval = v[0].aval if complex_ else v.aval
            values.append(Value(Aval(aval.shape, T.complex_of(aval.dtype)) if complex_ else aval))
            env[values[-1]] = v
        results = decompose(inner, values, attrs, outs)
        for op in inner.ops:
            parts = [env[v] for v in op.operands]
            if is_real(*(v.aval for v in (*op.operands, *op.results))):  # type: ignore[arg-type]
                env.update(zip(op.results, b.clone(op, parts).results))
                continue
            split: Any = op.spec.split_complex
            made = split(b, parts, op.attrs, [r.aval for r in op.results])
            env.update(zip(op.results, [made] if len(op.results) == 1 else made, strict=True))
        return [env[v] for v in results] if isinstance(results, (list, tuple)) else env[results]

    return rule


# Declarations ----------------------------------------------------------------------------------------------------------
def unary(name: str, evaluate: Callable[..., Any], dtypes: Sequence[str], *, jvp: Any, doc: str, **rules: Any) -> OpSpec:
    """An elementwise op of one operand. `jvp` is `ZERO`, a `NotDifferentiable`, or ``(b, dx, out, x) -> tangent``."""
    full = "pb." + name
    return define(
        full,
        ("operand",),
        dtypes=tuple(dtypes),
        infer=rules.pop("infer", accepts(dtypes)),
        evaluate=evaluate,
        jvp=jvp_elementwise(jvp) if callable(jvp) else jvp,
        transpose=rules.pop("transpose", NOT_LINEAR),
        batch=batch_elementwise(full),
        doc=doc,
        traits=("elementwise", *rules.pop("traits", ())),
        **rules,
    )


def binary(name: str, evaluate: Callable[..., Any], dtypes: Sequence[str], *, jvp: Any, doc: str, **rules: Any) -> OpSpec:
    """An elementwise op of two operands of one type. `jvp` is as in `unary`, or a pair of partials, or a whole rule."""
    full = "pb." + name
    return define(
        full,
        ("lhs", "rhs"),
        dtypes=tuple(dtypes),
        infer=rules.pop("infer", accepts(dtypes)),
        evaluate=evaluate,
        jvp=jvp_elementwise(*jvp) if isinstance(jvp, tuple) else jvp,
        transpose=rules.pop("transpose", NOT_LINEAR),
        batch=batch_elementwise(full),
        doc=doc,
        traits=("elementwise", *rules.pop("traits", ())),
        **rules,
    )


def structural(name: str, operands: Sequence[str], attrs: dict[str, str], **rules: Any) -> OpSpec:
    """An op that is linear in its first operand because it only moves (or sums) elements."""
    full = "pb." + name
    rules.setdefault("jvp", jvp_linear(full))
    rules.setdefault("split_complex", split_structural(full))
    return define(full, operands, attrs, traits=("structural", *rules.pop("traits", ())), **rules)


def is_real(*avals: Aval) -> bool:
    return not any(T.is_complex(a.dtype) for a in avals)


__all__ = [
    "ZERO",
    "accepts",
    "batch_elementwise",
    "binary",
    "is_real",
    "jvp_bilinear",
    "jvp_elementwise",
    "jvp_linear",
    "lower_to",
    "same_type",
    "split_by_decomposition",
    "split_structural",
    "structural",
    "unary",
]
