"""NumPy evaluation of gather and scatter: all windows at once, as rows of a flat view of the operand (`windows.Rows`)."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .windows import Rows, Windows, row_layout

_UFUNCS = {"add": np.add, "mul": np.multiply, "min": np.minimum, "max": np.maximum}


def _starts(operand_shape: Any, indices: Any, w: Windows, mode: str) -> tuple[Any, Any]:
    """Where each window starts, moved into the operand, and which windows were inside it (None: all, or all are wanted)."""
    if indices.dtype == np.uint64:  # an int64 would wrap
        indices = np.minimum(indices, np.uint64(np.iinfo(np.int64).max))
    indices = indices.astype(np.int64, copy=False)
    limits = np.asarray(w.limits(operand_shape), np.int64)
    starts = np.minimum(np.maximum(indices, 0), limits)
    if mode != "fill":
        return starts, None
    inside = (starts == indices).all(axis=-1)
    return starts, None if inside.all() else inside


def _row_numbers(starts: Any, w: Windows, rows: Rows) -> tuple[Any, Any]:
    """Number of the first row of each window, and numbers of a window's rows counted from its first."""
    base = starts @ np.asarray([rows.strides[d] for d in w.index_map], np.int64)
    for d, i in zip(w.operand_batch, w.indices_batch):
        base = base + (np.arange(base.shape[i]) * rows.strides[d]).reshape([-1 if k == i else 1 for k in range(base.ndim)])
    offsets = np.zeros(1, np.int64)
    for d in rows.inner:
        offsets = (offsets[:, None] + np.arange(w.sizes[d]) * rows.strides[d]).reshape(-1)
    return base.reshape(-1), offsets


def _order(w: Windows, ndim: int) -> list[int]:
    """Dimensions of the result with index vectors first, then the window: the order in which windows are visited."""
    return [*w.batch_positions(ndim), *w.offset]


def gather(operand: Any, indices: Any, w: Windows, mode: str, fill: Any) -> Any:
    """Windows of `operand`; with mode "fill", windows that are not inside consist of `fill` (an array of no dimensions)."""
    shape = w.result_shape(indices.shape)
    if 0 in shape:
        return np.empty(shape, operand.dtype)
    starts, inside = _starts(operand.shape, indices, w, mode)
    batch = w.batch_positions(len(shape))
    if _is_slice(indices, w):
        out = np.array(operand[_slices(starts, w)]).reshape(shape)
    else:
        rows = row_layout(operand.shape, w)
        base, offsets = _row_numbers(starts, w, rows)
        flat = operand.reshape(rows.total, rows.width) if rows.width != 1 else operand.reshape(-1)
        out = np.take(flat, base if len(offsets) == 1 else base[:, None] + offsets, axis=0)
        order = _order(w, len(shape))
        out = out.reshape([shape[d] for d in order]).transpose(np.argsort(order))
    if inside is None:
        return out
    return np.where(inside.reshape([n if d in batch else 1 for d, n in enumerate(shape)]), out, fill)


def _is_slice(indices: Any, w: Windows) -> bool:
    """There is just one window, which is a basic slice of the operand."""
    return not w.operand_batch and math.prod(indices.shape[:-1]) == 1


def _slices(starts: Any, w: Windows) -> tuple[slice, ...]:
    begin = [0] * len(w.sizes)
    for d, s in zip(w.index_map, starts.reshape(-1).tolist()):
        begin[d] = s
    return tuple(slice(s, s + n) for s, n in zip(begin, w.sizes))


def scatter(operand: Any, indices: Any, updates: Any, w: Windows, combine: str, mode: str) -> Any:
    """`operand` with the updates combined into their windows, in the order of the index vectors: with "set" the last one wins.

    With mode "fill", updates of windows that are not inside are dropped. Sums and products of 16-bit floats are formed in
    32 bits and rounded once.
    """
    if operand.size == 0 or updates.size == 0:
        return np.array(operand)
    dtype = operand.dtype
    wide = combine in ("add", "mul") and dtype.itemsize == 2 and dtype.kind not in "iu"
    starts, inside = _starts(operand.shape, indices, w, mode)
    if _is_slice(indices, w):
        out = np.array(operand, order="C")
        if inside is None:
            view = out[_slices(starts, w)]
            update = updates.reshape(view.shape)
            with np.errstate(all="ignore"):
                view[...] = update if combine == "set" else _UFUNCS[combine](view, update)
        return out
    rows = row_layout(operand.shape, w)
    base, offsets = _row_numbers(starts, w, rows)
    update = updates.transpose(_order(w, updates.ndim)).reshape(len(base), len(offsets), rows.width)
    if inside is not None:
        base, update = base[inside.reshape(-1)], update[inside.reshape(-1)]
    number = base[:, None] + offsets
    flat = np.array(operand, np.float32 if wide else dtype, order="C").reshape(rows.total, rows.width)
    if combine == "set":
        flat[number.reshape(-1)] = update.reshape(-1, rows.width)
    else:
        # one index array into one dimension: the only form that ufunc.at has a fast loop for
        element = number[..., None] * rows.width + np.arange(rows.width)
        with np.errstate(all="ignore"):
            _UFUNCS[combine].at(flat.reshape(-1), element.reshape(-1), update.reshape(-1).astype(flat.dtype, copy=False))
            flat = flat.astype(dtype, copy=False)
    return flat.reshape(operand.shape)


def slice_starts(operand_shape: Any, sizes: Any, starts: Any) -> tuple[slice, ...]:
    """Slices of the given sizes at starts that are moved into the operand."""
    begin = [min(max(int(s), 0), n - size) for s, n, size in zip(starts, operand_shape, sizes)]
    return tuple(slice(s, s + size) for s, size in zip(begin, sizes))


__all__ = ["gather", "scatter", "slice_starts"]
