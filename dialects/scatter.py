"""Scatter: updates combined into windows of an array; the transpose of gather, and indexed assignment."""

from __future__ import annotations

from typing import Any

import numpy as np

from . import indexing_lower, indexing_numpy
from . import types as T
from .builder import Builder
from .indexing import fill_text, gather_attrs, scatter_attrs, window_examples
from .ir import Value
from .spec import BOOL, I64S, STR, Example, NoRuleError, NotDifferentiableError, OpError, define
from .types import Aval
from .windows import Windows, check_windows, scatter_windows

Operands = list[Value]
Attrs = dict[str, Any]

COMBINES = ("set", "add", "mul", "min", "max")


def _windows(operand: Any, updates: Any, attrs: Attrs) -> Windows:
    return scatter_windows(attrs, operand.ndim, updates.shape)


def _infer(operand: Aval, indices: Aval, updates: Aval, *, combine: str, mode: str, unique_indices: bool, **dims: Any) -> Aval:
    if operand.dtype != updates.dtype:
        raise OpError(f"operand and updates must have one element type, got {operand} and {updates}")
    if combine not in COMBINES:
        raise OpError(f"combine must be one of {', '.join(COMBINES)}, got {combine!r}")
    if combine in ("min", "max") and T.is_complex(operand.dtype):
        raise OpError(f"complex numbers have no order, so scatter with combine {combine!r} does not accept {operand}")
    w = _windows(operand, updates, dims)
    if updates.ndim != len(w.offset) + indices.ndim - 1:
        raise OpError(f"updates {updates} must have {len(w.offset)} window dimensions and {indices.ndim - 1} for the index vectors")
    check_windows(operand, indices, w, mode)
    if w.result_shape(indices.shape) != updates.shape:
        raise OpError(f"updates {updates} must have shape {w.result_shape(indices.shape)} for {indices}")
    return operand


def _evaluate(operand: Any, indices: Any, updates: Any, *, combine: str, mode: str, unique_indices: bool, **dims: Any) -> Any:
    return indexing_numpy.scatter(operand, indices, updates, _windows(operand, updates, dims), combine, mode)


# Differentiation -----------------------------------------------------------------------------------------------------------
def _gather_back(b: Builder, x: Value, indices: Value, w: Windows, mode: str, fill: int = 0) -> Value:
    """What a scatter's windows of `x` hold; `fill` where the scatter drops the window."""
    return b.gather(x, indices, **gather_attrs(w, mode, fill_text(fill, x.dtype)))


def _disjoint(indices: Value, w: Windows, attrs: Attrs) -> bool:
    """No element of the operand is updated twice."""
    return bool(attrs["unique_indices"]) or w.one_each(indices.shape)


def _zeros(b: Builder, like: Value) -> Value:
    return b.zeros(like.aval)  # type: ignore[arg-type]


def _jvp(b: Builder, primals: Operands, tangents: list[Any], outs: Operands, attrs: Attrs) -> Value | None:
    dx, _, du = tangents
    if dx is None and du is None:
        return None
    rules = {"add": _jvp_add, "set": _jvp_set, "mul": _jvp_mul, "min": _jvp_extremum, "max": _jvp_extremum}
    return rules[attrs["combine"]](b, primals, dx, du, outs[0], attrs)


def _jvp_add(b: Builder, primals: Operands, dx: Any, du: Any, out: Value, attrs: Attrs) -> Value:
    if du is None:
        return dx
    return b.scatter(_zeros(b, primals[0]) if dx is None else dx, primals[1], du, **attrs)


def _jvp_set(b: Builder, primals: Operands, dx: Any, du: Any, out: Value, attrs: Attrs) -> Value:
    """Assignment is linear, but which of several updates of one element wins is only known after the fact.

    So updates are numbered, the numbers scattered like the updates, and the tangents of updates that did not win are dropped;
    then they can be added, which transposes to a gather.
    """
    operand, indices, updates = primals
    w = _windows(operand, updates, attrs)
    if du is not None and _disjoint(indices, w, attrs):
        return b.scatter(_zeros(b, operand) if dx is None else dx, indices, du, **attrs)
    kept = _zeros(b, operand) if dx is None else b.scatter(dx, indices, _zeros(b, updates), **attrs)
    if du is None:
        return kept
    vectors = indices.shape[:-1]
    count: Any = 1
    for n in vectors:
        count = count * n
    numbers = b.add(b.reshape(b.iota(shape=(count,), dtype="i32", dim=0), shape=vectors), 1)
    numbers = b.broadcast_in_dim(numbers, shape=updates.shape, dims=tuple(w.batch_positions(updates.ndim)))
    written = b.scatter(b.full(operand.shape, "i32", 0), indices, numbers, **attrs)
    won = b.compare(numbers, _gather_back(b, written, indices, w, attrs["mode"]), direction="EQ")
    return b.scatter(kept, indices, b.select(won, du, _zeros(b, du)), **{**attrs, "combine": "add"})


def _jvp_mul(b: Builder, primals: Operands, dx: Any, du: Any, out: Value, attrs: Attrs) -> Value | None:
    operand, indices, updates = primals
    total = None if dx is None else b.scatter(dx, indices, updates, **attrs)
    if du is None:
        return total
    w = _windows(operand, updates, attrs)
    if not _disjoint(indices, w, attrs):
        raise NotDifferentiableError(
            "scatter with combine 'mul' is differentiable in its updates only with unique_indices=True: an element that is "
            "multiplied several times would need the product of all its other factors",
            b.loc,
        )
    term = b.mul(du, _gather_back(b, operand, indices, w, attrs["mode"]))
    start = _zeros(b, operand) if total is None else total
    return b.scatter(start, indices, term, **{**attrs, "combine": "add"})


def _jvp_extremum(b: Builder, primals: Operands, dx: Any, du: Any, out: Value, attrs: Attrs) -> Value:
    """An element's tangent is the mean of the tangents of the values that attain the extremum there."""
    operand, indices, updates = primals
    w, mode = _windows(operand, updates, attrs), attrs["mode"]
    add = {**attrs, "combine": "add"}

    def attained(x: Value, extremum: Value) -> Value:
        return b.select(b.compare(x, extremum, direction="EQ"), b.full_like(x, 1), b.full_like(x, 0))

    stayed = attained(operand, out)
    won = attained(updates, _gather_back(b, out, indices, w, mode))
    count = b.scatter(stayed, indices, won, **add)
    count = b.select(b.compare(count, 0, direction="EQ"), b.full_like(count, 1), count)  # NaN equals nothing
    total = _zeros(b, operand) if dx is None else b.mul(dx, b.div(stayed, count))
    if du is None:
        return total
    share = b.div(won, _gather_back(b, count, indices, w, mode, fill=1))
    return b.scatter(total, indices, b.mul(du, share), **add)


def _transpose(b: Builder, cts: Value, operands: Operands, linear: list[bool], attrs: Attrs) -> list[Value | None]:
    operand, indices, updates = operands
    combine = attrs["combine"]
    w = _windows(operand, updates, attrs)
    by_updates = combine == "add" or (combine == "set" and _disjoint(indices, w, attrs))
    if combine in ("min", "max") or (linear[2] and not by_updates):
        raise NotDifferentiableError(f"scatter with combine {combine!r} is not linear in its updates", b.loc)
    d_operand = None
    if linear[0]:
        if combine == "add":
            d_operand = cts
        elif combine == "set":  # what was overwritten has no cotangent
            d_operand = b.scatter(cts, indices, _zeros(b, updates), **attrs)
        else:
            d_operand = b.scatter(cts, indices, updates, **attrs)
    d_updates = _gather_back(b, cts, indices, w, attrs["mode"]) if linear[2] else None
    return [d_operand, None, d_updates]


# Batching ------------------------------------------------------------------------------------------------------------------
def _batch(b: Builder, operands: Operands, batched: list[bool], attrs: Attrs) -> Value:
    operand, updates = b.batched(operands[0], batched[0]), b.batched(operands[2], batched[2])
    new = dict(attrs)
    for name in ("update_window_dims", "inserted_window_dims", "scatter_dims_to_operand_dims", "operand_batching_dims"):
        new[name] = tuple(d + 1 for d in attrs[name])
    if batched[1]:
        new["operand_batching_dims"] = (0, *new["operand_batching_dims"])
        new["scatter_indices_batching_dims"] = (0, *(d + 1 for d in attrs["scatter_indices_batching_dims"]))
    else:  # the windows grow by the batch dimension
        new["update_window_dims"] = (0, *new["update_window_dims"])
    return b.scatter(operand, operands[1], updates, **new)


# Complex numbers and lowering ----------------------------------------------------------------------------------------------
def _split_complex(b: Builder, operands: list[Any], attrs: Attrs, outs: list[Aval]) -> Any:
    (x_re, x_im), indices, (u_re, u_im) = operands
    if attrs["combine"] == "mul":
        w = _windows(x_re, u_re, attrs)
        if not _disjoint(indices, w, attrs):
            raise NoRuleError(
                "scatter with combine 'mul' of complex numbers needs unique_indices=True: a product of several complex factors "
                "does not split into independent real and imaginary parts",
                b.loc,
            )
        re, im = (_gather_back(b, x, indices, w, attrs["mode"]) for x in (x_re, x_im))
        u_re, u_im = b.sub(b.mul(re, u_re), b.mul(im, u_im)), b.add(b.mul(re, u_im), b.mul(im, u_re))
        attrs = {**attrs, "combine": "set"}
    return b.scatter(x_re, indices, u_re, **attrs), b.scatter(x_im, indices, u_im, **attrs)


def _lower(h: Any, operands: list[Any], attrs: Attrs, outs: list[Aval]) -> Any:
    operand, indices, updates = operands
    w = _windows(operand, updates, attrs)
    return indexing_lower.scatter(h, operand, indices, updates, w, attrs["combine"], attrs["mode"], attrs["unique_indices"])


def _examples(make: Any) -> list[Example]:
    """Every way to address windows, with one way to combine each; those that need it have unique indices."""
    out: list[Example] = []
    combines = [c for c in COMBINES if not (c in ("min", "max") and T.is_complex(make.dtype))]
    modes = ("fill", "clip", "promise_in_bounds")
    n = 0
    for x, indices, w in window_examples(make):
        for combine in combines if n == 0 else ("set", "add"):
            unique = combine == "mul"
            i = make.rng.permutation(x.shape[0]).astype(np.int32)[:, None] if unique else indices
            updates = make(*w.result_shape(i.shape))
            dims = scatter_attrs(gather_attrs(w, modes[n % 3], "0"))
            out.append(((x, i, updates), {**dims, "combine": combine, "unique_indices": unique}))
            n += 1
    # few updates of a larger operand, where the lowering avoids copies of the operand
    dims = scatter_attrs(gather_attrs(Windows((1,), (0,), (0,), (), (), (1, 2)), "fill", "0"))
    for combine in combines:
        if combine == "mul":
            continue
        x, indices = make(9, 2), np.asarray([[4], [-1], [4], [9]], np.int32)
        out.append(((x, indices, make(4, 2)), {**dims, "combine": combine, "unique_indices": False}))
    return out


define(
    "pb.scatter",
    ("operand", "indices", "updates"),
    {
        "update_window_dims": I64S,
        "inserted_window_dims": I64S,
        "scatter_dims_to_operand_dims": I64S,
        "operand_batching_dims": I64S,
        "scatter_indices_batching_dims": I64S,
        "combine": STR,
        "mode": STR,
        "unique_indices": BOOL,
    },
    dtypes=T.DTYPES,
    infer=_infer,
    evaluate=_evaluate,
    jvp=_jvp,
    transpose=_transpose,
    batch=_batch,
    split_complex=_split_complex,
    lower=_lower,
    examples=_examples,
    doc="Combines the windows of `updates` into the windows of `operand` that the index vectors name, the last dimension of "
    '`indices`: replaces them (combine "set"; the last update of an element wins), or forms the sum, product, minimum or '
    'maximum. Windows that are not inside the operand are moved inside (mode "clip") or dropped (mode "fill"); with '
    '"promise_in_bounds" there are none. `unique_indices` promises that no element is updated twice.',
    reference="StableHLO specification, scatter; jax.lax.scatter with ScatterDimensionNumbers",
)
