"""Collectives: operations along a mapped axis, by the name that vmap gave it.

The batch rule of the vmap that binds the name turns a collective into an operation along the batch dimension; other vmaps
batch it like any elementwise operation. A collective that is left when a program runs names an axis that nothing binds.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .builder import Builder
from .ir import Op, Value
from .spec import BOOL, DTYPE, I64, NOT_LINEAR, STR, TABLE, NoRule, NotDifferentiable, define
from .types import Aval

_UNBOUND = NoRule("found an unbound axis name: the operation must run under a vmap with its axis_name")
_Result = tuple[list[Value], list[bool]]


def _emit(name: str, b: Builder, operands: list[Value], attrs: dict[str, Any], aval: Aval) -> list[Value]:
    return b.emit_typed(TABLE[name], operands, attrs, [aval])


def _batch(name: str, bound: Callable[..., _Result], shift: tuple[str, ...] = ()) -> Callable[..., _Result]:
    """``bound(b, op, x, is_batched)`` on the axis itself; on other axes the same op, whose dimensions in `shift` move by one."""

    def rule(d: Any, b: Builder, op: Op, operands: list[Value], batched: list[bool]) -> _Result:
        if b.axis_name and op.attrs["axis_name"] == b.axis_name:
            return bound(b, op, operands[0], batched[0])
        if not batched[0]:
            return b.clone(op, operands).results, [False]
        out = op.results[0].aval
        attrs = {k: v + 1 if k in shift else v for k, v in op.attrs.items()}
        return _emit(name, b, operands, attrs, Aval((b.size, *out.shape), out.dtype)), [True]  # type: ignore[union-attr]

    return rule


def _linear_jvp(d: Any, b: Builder, op: Op, primals: list[Value], tangents: list[Value | None]) -> Any:
    """Linear operations apply to the tangent."""
    tangent = tangents[0]
    assert tangent is not None
    return b.clone(op, primals).results, b.clone(op, [tangent]).results


def _collective(name: str, attrs: dict[str, str], bound: Any, *, shift: tuple[str, ...] = (), **rules: Any) -> None:
    full = "pbfn." + name
    define(
        full,
        ("operand",),
        {"axis_name": STR, **attrs},
        evaluate=_UNBOUND,
        batch=_batch(full, bound, shift),
        lower=_UNBOUND,
        split_complex=_UNBOUND,
        flatten=lambda attrs, counts: attrs,
        function=True,
        **rules,
    )


# psum ----------------------------------------------------------------------------------------------------------------------
def _psum_bound(b: Builder, op: Op, x: Value, is_batched: bool) -> _Result:
    """A value that all examples share is summed as often as there are examples."""
    return [b.reduce_sum(x, axes=(0,)) if is_batched else b.mul(x, b.full_like(x, b.size))], [False]


def _psum_transpose(d: Any, b: Builder, op: Op, cts: list[Value], operands: list[Value], linear: list[bool]) -> Any:
    """Every example contributes to the sum that every example sees, so every example gets the sum of all cotangents."""
    return b.emit_typed(op.spec, cts, op.attrs, [operands[0].aval])


_collective(
    "psum",
    {},
    _psum_bound,
    jvp=_linear_jvp,
    transpose=_psum_transpose,
    doc="Sum of the operand over all examples of the mapped axis.",
    reference="JAX documentation, jax.lax.psum",
)


# pmax, pmin ----------------------------------------------------------------------------------------------------------------
def _extremum(name: str, reduce: str, word: str) -> None:
    def bound(b: Builder, op: Op, x: Value, is_batched: bool) -> _Result:
        return [getattr(b, reduce)(x, axes=(0,)) if is_batched else x], [False]

    why = f"{name} has no derivative rule, as in JAX; differentiate {word} over the result of all_gather instead"
    _collective(
        name,
        {},
        bound,
        jvp=NotDifferentiable(why),
        transpose=NOT_LINEAR,
        doc=f"{word.capitalize()} of the operand over all examples of the mapped axis.",
        reference=f"JAX documentation, jax.lax.{name}",
    )


_extremum("pmax", "reduce_max", "maximum")
_extremum("pmin", "reduce_min", "minimum")


# all_gather, psum_scatter --------------------------------------------------------------------------------------------------
def _merged(b: Builder, x: Value, axis: int) -> Value:
    """`x` with dimensions `axis` and `axis + 1` as one."""
    shape = x.shape
    return b.reshape(x, shape=(*shape[:axis], shape[axis] * shape[axis + 1], *shape[axis + 2 :]))


def _all_gather_bound(b: Builder, op: Op, x: Value, is_batched: bool) -> _Result:
    axis = op.attrs["axis"]
    out = b.moveaxis(b.batched(x, is_batched), 0, axis)
    return [_merged(b, out, axis) if op.attrs["tiled"] else out], [False]


def _psum_scatter_bound(b: Builder, op: Op, x: Value, is_batched: bool) -> _Result:
    axis = op.attrs["axis"]
    total = _psum_bound(b, op, x, is_batched)[0][0]
    if op.attrs["tiled"]:
        shape = total.shape
        total = b.reshape(total, shape=(*shape[:axis], b.size, shape[axis] // b.size, *shape[axis + 1 :]))
    return [b.moveaxis(total, axis, 0)], [True]


def _becomes(name: str) -> Callable[..., Any]:
    """all_gather and psum_scatter are each other's transpose."""

    def rule(d: Any, b: Builder, op: Op, cts: list[Value], operands: list[Value], linear: list[bool]) -> Any:
        return _emit(name, b, cts, op.attrs, operands[0].aval)  # type: ignore[arg-type]

    return rule


_collective(
    "all_gather",
    {"axis": I64, "tiled": BOOL},
    _all_gather_bound,
    shift=("axis",),
    jvp=_linear_jvp,
    transpose=_becomes("pbfn.psum_scatter"),
    doc="The operands of all examples of the mapped axis, stacked along a new dimension `axis`; with `tiled`, joined along the "
    "dimension `axis` that they have.",
    reference="JAX documentation, jax.lax.all_gather",
)
_collective(
    "psum_scatter",
    {"axis": I64, "tiled": BOOL},
    _psum_scatter_bound,
    shift=("axis",),
    jvp=_linear_jvp,
    transpose=_becomes("pbfn.all_gather"),
    doc="Sum of the operand over all examples of the mapped axis, of which example i keeps slice i of dimension `axis`; with "
    "`tiled`, the i-th of equal pieces of that dimension.",
    reference="JAX documentation, jax.lax.psum_scatter",
)


# axis_index ----------------------------------------------------------------------------------------------------------------
def _axis_index_batch(d: Any, b: Builder, op: Op, operands: list[Value], batched: list[bool]) -> _Result:
    if b.axis_name and op.attrs["axis_name"] == b.axis_name:
        return [b.iota(shape=(b.size,), dtype=op.attrs["dtype"], dim=0)], [True]
    return b.clone(op, operands).results, [False]


define(
    "pbfn.axis_index",
    (),
    {"axis_name": STR, "dtype": DTYPE},
    evaluate=_UNBOUND,
    jvp=NotDifferentiable("the operation has no operands"),
    batch=_axis_index_batch,
    lower=_UNBOUND,
    split_complex=_UNBOUND,
    flatten=lambda attrs, counts: attrs,
    function=True,
    doc="Position of the example along the mapped axis.",
    reference="JAX documentation, jax.lax.axis_index",
)
