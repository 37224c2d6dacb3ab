"""StableHLO for gather and scatter that is safe whatever the indices are.

IREE neither clamps the indices of a gather nor drops updates outside the operand of a scatter: it reads and writes foreign
memory. So starts are moved into the operand here, and windows that were outside are masked where the mode asks for it.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from . import types as T
from .hlo import Hlo, i64s
from .types import Aval
from .windows import Rows, Windows, row_layout

_REGION_OPS = {"add": "add", "mul": "multiply", "min": "minimum", "max": "maximum"}
# The additions of booleans are "or" in StableHLO but wrap around (exclusive or) in IREE, so name what is meant.
_REGION_OPS_BOOL = {"add": "or", "mul": "and", "min": "and", "max": "or"}


def _index_dtype(elements: int) -> str:
    return "i32" if elements < 2**31 else "i64"


def _component(h: Any, indices: Hlo, k: int) -> Hlo:
    """Component `k` of every index vector."""
    shape = indices.shape[:-1]
    if indices.shape[-1] != 1:
        start, limit = [0] * indices.ndim, list(indices.shape)
        start[-1], limit[-1] = k, k + 1
        indices = h.slice(indices, start, limit)
    return h.reshape(indices, shape)


def _clamp(h: Any, index: Hlo, limit: int, dtype: str) -> tuple[Hlo, Hlo]:
    """`index` moved into [0, limit] with element type `dtype`, and the index before that in a type wide enough to compare."""
    if T.BITS[index.dtype] < 32:
        index = h.convert(index, "i32")
    limit = min(limit, int(np.iinfo(T.np_dtype(index.dtype)).max))
    inside = h.binary("minimum", index, limit)
    if not T.is_unsigned(index.dtype):
        inside = h.binary("maximum", inside, 0)
    return h.convert(inside, dtype), index


def clamp_scalar(h: Any, index: Hlo, limit: int) -> Hlo:
    return _clamp(h, index, limit, _index_dtype(limit + 1))[0]


def _starts(h: Any, operand_shape: Any, indices: Hlo, w: Windows, mode: str, dtype: str) -> tuple[list[Hlo], Hlo | None]:
    """Starts of all windows, one value per component, and (mode "fill") which windows are inside the operand."""
    starts: list[Hlo] = []
    inside: Hlo | None = None
    for k, limit in enumerate(w.limits(operand_shape)):
        start, index = _clamp(h, _component(h, indices, k), limit, dtype)
        starts.append(start)
        if mode != "fill":
            continue
        # a start that clamping moved was outside; compared in the index's own type, where nothing has wrapped
        top = min(limit, int(np.iinfo(T.np_dtype(index.dtype)).max))
        tests = [h.compare("LE", index, top)] + ([] if T.is_unsigned(index.dtype) else [h.compare("GE", index, 0)])
        for test in tests:
            inside = test if inside is None else h.binary("and", inside, test)
    return starts, inside


def gather(h: Any, operand: Hlo, indices: Hlo, w: Windows, mode: str, fill: Any, out: Aval) -> Hlo:
    if out.size == 0:
        return h.full(out, 0)
    dtype = _index_dtype(max(operand.shape, default=1))
    batch = w.batch_positions(out.ndim)
    starts, inside = _starts(h, operand.shape, indices, w, mode, dtype)
    source, vectors = operand, indices.shape[:-1]
    collapsed, index_map, sizes = w.collapsed, w.index_map, w.sizes
    if not starts:  # index vectors of length 0, which IREE has no tensors for: index a new dimension of size 1
        starts = [h.full(Aval(vectors, dtype), 0)]
        source = h.reshape(operand, (*operand.shape, 1))
        collapsed, index_map, sizes = (*collapsed, operand.ndim), (operand.ndim,), (*sizes, 1)
    columns = [h.reshape(s, (*vectors, 1)) for s in starts]
    joined = columns[0] if len(columns) == 1 else h.concatenate(columns, len(vectors))
    numbers = (
        f"#stablehlo.gather<offset_dims = {list(w.offset)}, collapsed_slice_dims = {list(collapsed)}, "
        f"operand_batching_dims = {list(w.operand_batch)}, start_indices_batching_dims = {list(w.indices_batch)}, "
        f"start_index_map = {list(index_map)}, index_vector_dim = {len(vectors)}>"
    )
    attrs = f"dimension_numbers = {numbers}, slice_sizes = {i64s(sizes)}, indices_are_sorted = false"
    result = h.op("stablehlo.gather", [source, joined], out, attrs)
    if inside is None:
        return result
    mask = h.broadcast_in_dim(inside, out.shape, batch)
    return h.select(mask, result, h.full(out, fill))


def scatter(h: Any, operand: Hlo, indices: Hlo, updates: Hlo, w: Windows, combine: str, mode: str, unique: bool) -> Hlo:
    """Every scatter becomes one of rows into a list of rows (`windows.Rows`), the form that IREE compiles for all of them."""
    if operand.aval.size == 0 or updates.aval.size == 0:
        return operand
    rows = row_layout(operand.shape, w)
    dtype = _index_dtype(operand.aval.size)
    vectors = indices.shape[:-1]
    count = math.prod(vectors)
    starts, inside = _starts(h, operand.shape, indices, w, mode, dtype)
    base = _first_rows(h, starts, vectors, w, rows, dtype)

    # updates as [window, row of the window, element of the row]
    order = [*w.batch_positions(updates.ndim), *w.offset]
    ordered = updates if order == sorted(order) else h.transpose(updates, order)
    update = h.reshape(ordered, (count, math.prod(w.sizes[d] for d in rows.inner), rows.width))
    target = h.reshape(operand, (rows.total, rows.width))
    if combine in ("add", "mul") and operand.dtype in ("f16", "bf16"):  # sum in 32 bits and round once
        target, update = h.convert(target, "f32"), h.convert(update, "f32")

    # Windows that are outside go to a spare row, which costs two copies of the operand; where the operand is the larger
    # array, they are moved inside and changed so that they have no effect there.
    one_each = w.one_each(indices.shape)
    spare = inside is not None and not one_each and operand.aval.size <= 2 * updates.aval.size
    if inside is not None:
        inside = h.reshape(inside, (count,))
        if spare:
            base = h.select(inside, base, h.full_like(base, rows.total))
        elif combine == "set" and one_each:
            old = _take_rows(h, target, _row_numbers(h, base, w, rows))
            update = h.select(h.broadcast_in_dim(inside, update.shape, (0,)), update, h.reshape(old, update.shape))
        elif combine == "set":
            base, update = _repeat_last(h, target, base, update, inside, w, rows)
        else:
            mask = h.broadcast_in_dim(inside, update.shape, (0,))
            update = h.select(mask, update, h.full_like(update, _identity(combine, update.dtype)))
    number = _row_numbers(h, base, w, rows)
    update = h.reshape(update, (count * update.shape[1], rows.width))
    if spare:
        number = h.binary("minimum", number, rows.total) if rows.inner else number
        target = _pad_row(h, target)
    # IREE fuses the computation of indices and updates into the scatter and keeps them on the stack, which overflows
    number, update = h.op("stablehlo.optimization_barrier", [number, update], [number.aval, update.aval])
    distinct = one_each or (unique and (inside is None or spare))
    result = _scatter_rows(h, target, number, update, combine, distinct)
    if spare:
        result = h.slice(result, (0, 0), (rows.total, rows.width))
    return h.reshape(h.convert(result, operand.dtype), operand.shape)


def _first_rows(h: Any, starts: list[Hlo], vectors: Any, w: Windows, rows: Rows, dtype: str) -> Hlo:
    """Number of the first row of each window."""
    aval = Aval(tuple(vectors), dtype)
    numbers = [*zip(starts, w.index_map), *((h.iota(aval, i), d) for d, i in zip(w.operand_batch, w.indices_batch))]
    total = None
    for number, d in numbers:
        term = number if rows.strides[d] == 1 else h.mul(number, rows.strides[d])
        total = term if total is None else h.add(total, term)
    return h.reshape(h.full(aval, 0) if total is None else total, (aval.size,))


def _row_numbers(h: Any, base: Hlo, w: Windows, rows: Rows) -> Hlo:
    """Numbers of all rows of all windows, given the first of each, as index vectors of length 1."""
    grid = Aval((base.shape[0], *(w.sizes[d] for d in rows.inner)), base.dtype)
    total = h.broadcast_in_dim(base, grid.shape, (0,)) if rows.inner else base
    for axis, d in enumerate(rows.inner, 1):
        step = h.iota(grid, axis)
        total = h.add(total, step if rows.strides[d] == 1 else h.mul(step, rows.strides[d]))
    return h.reshape(total, (grid.size, 1))


def _take_rows(h: Any, source: Hlo, number: Hlo) -> Hlo:
    """Rows of `source` by number; the numbers are in range."""
    n, width = number.shape[0], source.shape[1]
    numbers = "#stablehlo.gather<offset_dims = [1], collapsed_slice_dims = [0], start_index_map = [0], index_vector_dim = 1>"
    attrs = f"dimension_numbers = {numbers}, slice_sizes = {i64s((1, width))}, indices_are_sorted = false"
    return h.op("stablehlo.gather", [source, number], Aval((n, width), source.dtype), attrs)


def _repeat_last(h: Any, target: Hlo, base: Hlo, update: Hlo, inside: Hlo, w: Windows, rows: Rows) -> tuple[Hlo, Hlo]:
    """Replaces every window that is outside by the last one that is inside, whose update nothing may overwrite anyway.

    If all are outside, they write what is already there.
    """
    count, per_window, width = update.shape
    position = h.iota(Aval((count,), "i32"), 0)
    last = h.reduce(h.select(inside, position, h.full_like(position, -1)), -1, (0,), "maximum")
    some = h.compare("GE", last, 0)
    chosen = h.reshape(h.binary("maximum", last, 0), (1, 1))
    last_base = h.reshape(_take_rows(h, h.reshape(base, (count, 1)), chosen), (1,))
    last_update = h.reshape(_take_rows(h, h.reshape(update, (count, per_window * width)), chosen), (per_window, width))
    old = _take_rows(h, target, _row_numbers(h, last_base, w, rows))
    last_update = h.select(h.broadcast_in_dim(some, last_update.shape, ()), last_update, old)
    base = h.select(inside, base, h.broadcast_in_dim(h.reshape(last_base, ()), base.shape, ()))
    mask = h.broadcast_in_dim(inside, update.shape, (0,))
    return base, h.select(mask, update, h.broadcast_in_dim(last_update, update.shape, (1, 2)))


def _identity(combine: str, dtype: str) -> Any:
    """The value that leaves every other unchanged under `combine`."""
    if combine == "add":
        return -0.0 if T.is_float(dtype) else 0  # -0.0 + 0.0 would be 0.0
    if combine == "mul":
        return 1
    if T.is_bool(dtype):
        return combine == "min"
    if T.is_float(dtype):
        return math.inf if combine == "min" else -math.inf
    info = np.iinfo(T.np_dtype(dtype))
    return info.max if combine == "min" else info.min


def _pad_row(h: Any, target: Hlo) -> Hlo:
    out = Aval((target.shape[0] + 1, target.shape[1]), target.dtype)
    edges = f"edge_padding_low = {i64s((0, 0))}, edge_padding_high = {i64s((1, 0))}, interior_padding = {i64s((0, 0))}"
    return h.op("stablehlo.pad", [target, h.full(Aval((), target.dtype), 0)], out, edges)


def _scatter_rows(h: Any, target: Hlo, number: Hlo, update: Hlo, combine: str, unique: bool) -> Hlo:
    scalar = Aval((), target.dtype)

    def body(old: Hlo, new: Hlo) -> list[Hlo]:
        if combine == "set":
            return [new]
        names = _REGION_OPS_BOOL if T.is_bool(target.dtype) else _REGION_OPS
        return [h.op(f"stablehlo.{names[combine]}", [old, new], scalar)]

    numbers = (
        "#stablehlo.scatter<update_window_dims = [1], inserted_window_dims = [0], "
        "scatter_dims_to_operand_dims = [0], index_vector_dim = 1>"
    )
    attrs = f"scatter_dimension_numbers = {numbers}, indices_are_sorted = false, unique_indices = {'true' if unique else 'false'}"
    return h.op("stablehlo.scatter", [target, number, update], target.aval, attrs, [h.region([scalar, scalar], body)])
