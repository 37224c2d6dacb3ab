"""Scatters, continued: `scatter_sub` and `scatter_apply`."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from ..array import Array
from ..locations import located
from .elementwise import neg
from .indexing import GatherDimensionNumbers, GatherScatterMode, ScatterDimensionNumbers, gather, scatter, scatter_add
from .loops import scan
from .shape import expand_dims, reshape
from .util import as_ints, as_operand


def scatter_sub(
    operand: Any,
    scatter_indices: Any,
    updates: Any,
    dimension_numbers: ScatterDimensionNumbers,
    *,
    indices_are_sorted: bool = False,
    unique_indices: bool = False,
    mode: Any = None,
) -> Array:
    """`operand` with `updates` subtracted at the given indices.

    Args:
      operand, updates: arrays of one dtype.
      scatter_indices: integer array whose last dimension holds index vectors.
      dimension_numbers: see `ScatterDimensionNumbers`.
      indices_are_sorted, unique_indices: promises of the caller.
      mode: a `GatherScatterMode` or its name.

    Reference: StableHLO specification, scatter.

    >>> from pullback import lax, numpy as pnp
    >>> numbers = lax.ScatterDimensionNumbers((), (0,), (0,))
    >>> lax.scatter_sub(pnp.array([10, 20]), pnp.array([[1], [1]]), pnp.array([1, 2]), numbers)
    Array([10, 17], dtype=int32)
    """
    u = neg(as_operand(updates, "scatter_sub", 2))
    return scatter_add(operand, scatter_indices, u, dimension_numbers, unique_indices=unique_indices, mode=mode)


def scatter_apply(
    operand: Any,
    scatter_indices: Any,
    func: Callable[[Array], Any],
    dimension_numbers: ScatterDimensionNumbers,
    *,
    update_shape: Any = (),
    indices_are_sorted: bool = False,
    unique_indices: bool = False,
    mode: Any = None,
) -> Array:
    """`operand` with ``func(x)`` in place of the elements x at the given indices; as often as an index occurs.

    Without `unique_indices` that is a loop over the index vectors. It is differentiable like any other composition.

    Args:
      operand: array.
      scatter_indices: integer array whose last dimension holds index vectors.
      func: elementwise function that keeps shape and dtype.
      dimension_numbers: see `ScatterDimensionNumbers`.
      update_shape: the shape that updates would have in a `scatter` with these indices.
      indices_are_sorted, unique_indices: promises of the caller.
      mode: a `GatherScatterMode` or its name.

    Raises:
      TypeError: `func` is no function.

    Reference: JAX documentation, jax.lax.scatter_apply.

    >>> from pullback import lax, numpy as pnp
    >>> numbers = lax.ScatterDimensionNumbers((), (0,), (0,))
    >>> lax.scatter_apply(pnp.array([1.0, 2.0]), pnp.array([[1], [1]]), lambda x: 10 * x, numbers, update_shape=(2,))
    Array([  1., 200.], dtype=float32)
    """
    x, indices = as_operand(operand, "scatter_apply"), as_operand(scatter_indices, "scatter_apply", 1)
    if not callable(func):
        raise TypeError(located(f"lax.scatter_apply: func must be a function, got {type(func).__name__}"))
    dn, shape = dimension_numbers, as_ints(update_shape, "update_shape")
    how = GatherScatterMode.from_any(mode)
    missing = (*dn.inserted_window_dims, *dn.operand_batching_dims)
    window = iter(shape[d] for d in dn.update_window_dims)
    sizes = tuple(1 if d in missing else next(window) for d in range(x.ndim))

    def apply(x: Array, indices: Array, dn: ScatterDimensionNumbers) -> Array:
        numbers = GatherDimensionNumbers(
            tuple(dn.update_window_dims),
            tuple(dn.inserted_window_dims),
            tuple(dn.scatter_dims_to_operand_dims),
            tuple(dn.operand_batching_dims),
            tuple(dn.scatter_indices_batching_dims),
        )
        # windows that a scatter drops are computed, too: any value will do, so the nearest window is taken
        reading = GatherScatterMode.CLIP if how is GatherScatterMode.FILL_OR_DROP else how
        new = func(gather(x, indices, numbers, sizes, mode=reading))
        return scatter(x, indices, new, dn, unique_indices=True, mode=how)

    if unique_indices or indices.size == indices.shape[-1]:
        return apply(x, indices, dn)
    if dn.operand_batching_dims:
        raise NotImplementedError(
            located("lax.scatter_apply: operand_batching_dims needs unique_indices=True; use vmap over the batch instead")
        )
    # one index vector at a time; its update has window dimensions only
    vectors = reshape(indices, (math.prod(indices.shape[:-1]), indices.shape[-1]))
    single = ScatterDimensionNumbers(
        tuple(range(1, 1 + len(dn.update_window_dims))), dn.inserted_window_dims, dn.scatter_dims_to_operand_dims
    )
    return scan(lambda carry, i: (apply(carry, expand_dims(i, (0,)), single), None), x, vectors)[0]
