"""How gather and scatter address windows of an array: the vocabulary that both ops, and both of their backends, share.

An index vector (the last dimension of `indices`) names where one window of the operand starts. Gather reads the windows, one
for each index vector, scatter combines updates into them. `Windows` names the dimensions the way JAX's
``GatherDimensionNumbers`` and ``ScatterDimensionNumbers`` do; what gather calls its result, scatter calls its updates.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

from .spec import OpError
from .types import Aval

#: What happens to a window that does not lie inside the operand. `promise_in_bounds` says that there is none; a broken promise
#: behaves as `clip`, because reading or writing foreign memory is never an answer.
MODES = ("clip", "fill", "promise_in_bounds")


class Windows(NamedTuple):
    """Dimension numbers of a gather or scatter, and the size of a window along each dimension of the operand."""

    offset: tuple[int, ...]  # dimensions of the result (or updates) that run inside a window
    collapsed: tuple[int, ...]  # operand dimensions of window size 1 that the result does not have
    index_map: tuple[int, ...]  # operand dimension of each component of an index vector
    operand_batch: tuple[int, ...]
    indices_batch: tuple[int, ...]  # dimensions of indices that run along with `operand_batch`
    sizes: tuple[Any, ...]

    def window_dims(self) -> list[int]:
        """Operand dimensions that the result has, in the order of `offset`."""
        return [d for d in range(len(self.sizes)) if d not in self.collapsed and d not in self.operand_batch]

    def batch_positions(self, ndim: int) -> list[int]:
        """Dimensions of a result of rank `ndim` that run over index vectors."""
        return [d for d in range(ndim) if d not in self.offset]

    def result_shape(self, indices_shape: Sequence[Any]) -> tuple[Any, ...]:
        windows = iter([self.sizes[d] for d in self.window_dims()])
        batch = iter(indices_shape[:-1])
        ndim = len(self.offset) + len(indices_shape) - 1
        return tuple(next(windows) if d in self.offset else next(batch) for d in range(ndim))

    def limits(self, operand_shape: Sequence[Any]) -> list[Any]:
        """The last start that keeps a window inside the operand, for each component of an index vector."""
        return [operand_shape[d] - self.sizes[d] for d in self.index_map]

    def one_each(self, indices_shape: Sequence[Any]) -> bool:
        """True if no two index vectors name windows of one operand (batching dimensions apart), so that none can overlap."""
        return all(n == 1 for d, n in enumerate(indices_shape[:-1]) if d not in self.indices_batch)


def gather_windows(attrs: dict[str, Any]) -> Windows:
    return Windows(
        tuple(attrs["offset_dims"]),
        tuple(attrs["collapsed_slice_dims"]),
        tuple(attrs["start_index_map"]),
        tuple(attrs["operand_batching_dims"]),
        tuple(attrs["start_indices_batching_dims"]),
        tuple(attrs["slice_sizes"]),
    )


def scatter_windows(attrs: dict[str, Any], operand_ndim: int, updates_shape: Sequence[Any]) -> Windows:
    """The windows of a scatter; their sizes are those of the updates."""
    offset, inserted = tuple(attrs["update_window_dims"]), tuple(attrs["inserted_window_dims"])
    batch = tuple(attrs["operand_batching_dims"])
    if operand_ndim != len(offset) + len(inserted) + len(batch):
        raise OpError(f"{offset}, {inserted} and {batch} together must name each of the operand's {operand_ndim} dimensions")
    if not all(0 <= d < len(updates_shape) for d in offset):
        raise OpError(f"update_window_dims {offset} are out of range for updates of rank {len(updates_shape)}")
    windows = iter([updates_shape[d] for d in offset])
    sizes = tuple(1 if d in inserted or d in batch else next(windows) for d in range(operand_ndim))
    dims = (tuple(attrs["scatter_dims_to_operand_dims"]), batch, tuple(attrs["scatter_indices_batching_dims"]))
    return Windows(offset, inserted, *dims, sizes)


def check_windows(operand: Aval, indices: Aval, w: Windows, mode: str) -> None:
    """Raises OpError unless the dimension numbers fit the operand and the indices."""
    if mode not in MODES:
        raise OpError(f"mode must be one of {', '.join(MODES)}, got {mode!r}")
    if indices.dtype[0] not in "iu" or indices.dtype == "i1":
        raise OpError(f"indices must be integers, got {indices}")
    if indices.ndim == 0:
        raise OpError("indices must have a last dimension that holds the index vectors, got a scalar")
    result_ndim = len(w.offset) + indices.ndim - 1
    for what, dims, ndim, ordered in (
        ("window dimensions", w.offset, result_ndim, True),
        ("collapsed (inserted) dimensions", w.collapsed, operand.ndim, True),
        ("operand batching dimensions", w.operand_batch, operand.ndim, True),
        ("indexed operand dimensions", w.index_map, operand.ndim, False),
        ("indices batching dimensions", w.indices_batch, indices.ndim - 1, False),
    ):
        if len(set(dims)) != len(dims) or not all(0 <= d < ndim for d in dims):
            raise OpError(f"{what} {dims} must be distinct and in the range [0, {ndim})")
        if ordered and list(dims) != sorted(dims):
            raise OpError(f"{what} {dims} must be in increasing order")
    if set(w.operand_batch) & (set(w.collapsed) | set(w.index_map)):
        raise OpError(f"operand batching dimensions {w.operand_batch} must be neither collapsed nor indexed")
    if len(w.index_map) != indices.shape[-1]:
        raise OpError(f"indices {indices} hold vectors of another length than {w.index_map}, the dimensions they index")
    if len(w.sizes) != operand.ndim or operand.ndim != len(w.offset) + len(w.collapsed) + len(w.operand_batch):
        raise OpError(f"every dimension of {operand} must be a window dimension, collapsed or batching, with a slice size")
    if len(w.operand_batch) != len(w.indices_batch):
        raise OpError(f"batching dimensions must pair up, got {w.operand_batch} and {w.indices_batch}")
    for i, j in zip(w.operand_batch, w.indices_batch):
        if operand.shape[i] != indices.shape[j]:
            raise OpError(f"batching dimensions {i} of {operand} and {j} of {indices} differ in size")
    for d in (*w.collapsed, *w.operand_batch):
        if w.sizes[d] != 1:
            raise OpError(f"slice size along the collapsed or batching dimension {d} must be 1, got {w.sizes[d]}")
    if 0 in indices.shape[:-1]:  # there is no window, so none can be too large
        return
    for d, (n, size) in enumerate(zip(operand.shape, w.sizes)):
        if isinstance(n, int) and isinstance(size, int) and not 0 <= size <= n:
            raise OpError(f"slice size {size} along dimension {d} must be in the range [0, {n}] for {operand}")


class Rows(NamedTuple):
    """The operand seen as rows of `width` contiguous elements, of which every window is made up.

    Whole trailing dimensions of the window form the row, so an embedding look-up moves whole vectors; whatever is left of the
    window (`inner` dimensions) is spelt out as further row numbers. No layout makes it necessary to transpose the operand.
    """

    first: int  # operand dimensions from here on form a row
    width: int
    total: int
    strides: tuple[int, ...]  # in rows, for the operand dimensions before `first`
    inner: tuple[int, ...]  # window dimensions before `first`


def row_layout(shape: Sequence[int], w: Windows) -> Rows:
    window = w.window_dims()
    first = len(shape)
    while first > 0 and first - 1 in window and first - 1 not in w.index_map and w.sizes[first - 1] == shape[first - 1]:
        first -= 1
    strides = tuple(math.prod(shape[d + 1 : first]) for d in range(first))
    inner = tuple(d for d in window if d < first)
    return Rows(first, math.prod(shape[first:]), math.prod(shape[:first]), strides, inner)
