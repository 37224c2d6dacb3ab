"""Indexing by arrays: gather, scatter, dynamic slices."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from pullback.dialects.indexing import default_fill, fill_text
from pullback.dialects.spec import TABLE

from .. import dtypes
from ..array import Array
from ..locations import located
from ..trace import bind
from .examples import example
from .util import as_int, as_ints, as_operand, canonical_axis, cast


class GatherScatterMode(enum.Enum):
    """What happens to an index that is out of range: it is clamped, its slice is filled (gather) or dropped (scatter), or the
    caller promises that there is none.

    >>> from pullback import lax
    >>> lax.GatherScatterMode.from_any("clip").name
    'CLIP'
    """

    CLIP = "clip"
    FILL_OR_DROP = "fill"
    PROMISE_IN_BOUNDS = "promise_in_bounds"

    @staticmethod
    def from_any(mode: Any) -> GatherScatterMode:
        """The mode that a string, a mode or None (fill or drop) stands for."""
        if isinstance(mode, GatherScatterMode):
            return mode
        names = {
            "clip": "CLIP",
            None: "FILL_OR_DROP",
            "fill": "FILL_OR_DROP",
            "drop": "FILL_OR_DROP",
            "promise_in_bounds": "PROMISE_IN_BOUNDS",
        }
        if mode not in names:
            raise ValueError(f'Unknown gather mode {mode!r}; modes: "clip", "fill", "drop", "promise_in_bounds"')
        return GatherScatterMode[names[mode]]


class GatherDimensionNumbers(NamedTuple):
    """Dimension numbers of `gather`; the last dimension of the indices holds the index vectors.

    Reference: StableHLO specification, gather.

    >>> from pullback import lax
    >>> lax.GatherDimensionNumbers(offset_dims=(1,), collapsed_slice_dims=(0,), start_index_map=(0,)).offset_dims
    (1,)
    """

    offset_dims: tuple[int, ...]
    collapsed_slice_dims: tuple[int, ...]
    start_index_map: tuple[int, ...]
    operand_batching_dims: tuple[int, ...] = ()
    start_indices_batching_dims: tuple[int, ...] = ()


class ScatterDimensionNumbers(NamedTuple):
    """Dimension numbers of the scatters; the last dimension of the indices holds the index vectors.

    Reference: StableHLO specification, scatter.

    >>> from pullback import lax
    >>> lax.ScatterDimensionNumbers((), (0,), (0,)).inserted_window_dims
    (0,)
    """

    update_window_dims: tuple[int, ...]
    inserted_window_dims: tuple[int, ...]
    scatter_dims_to_operand_dims: tuple[int, ...]
    operand_batching_dims: tuple[int, ...] = ()
    scatter_indices_batching_dims: tuple[int, ...] = ()


def gather(
    operand: Any,
    start_indices: Any,
    dimension_numbers: GatherDimensionNumbers,
    slice_sizes: Any,
    *,
    unique_indices: bool = False,
    indices_are_sorted: bool = False,
    mode: Any = None,
    fill_value: Any = None,
) -> Array:
    """Slices of `operand` at the given start indices.

    Args:
      operand: array.
      start_indices: integer array whose last dimension holds index vectors.
      dimension_numbers: see `GatherDimensionNumbers`.
      slice_sizes: sizes of the slices, one for each dimension of `operand`.
      unique_indices, indices_are_sorted: promises; they have no effect on the result.
      mode: a `GatherScatterMode` or its name.
      fill_value: for slices out of range in mode "fill".

    Reference: StableHLO specification, gather.

    >>> from pullback import lax, numpy as pnp
    >>> dn = lax.GatherDimensionNumbers(offset_dims=(), collapsed_slice_dims=(0,), start_index_map=(0,))
    >>> lax.gather(pnp.array([10, 20, 30]), pnp.array([[2], [0]]), dn, (1,))
    Array([30, 10], dtype=int32)
    """
    x, indices = as_operand(operand, "gather"), as_operand(start_indices, "gather", 1)
    dn = dimension_numbers
    attrs = {
        "offset_dims": tuple(dn.offset_dims),
        "collapsed_slice_dims": tuple(dn.collapsed_slice_dims),
        "start_index_map": tuple(dn.start_index_map),
        "operand_batching_dims": tuple(dn.operand_batching_dims),
        "start_indices_batching_dims": tuple(dn.start_indices_batching_dims),
        "slice_sizes": as_ints(slice_sizes, "slice_sizes"),
        "mode": GatherScatterMode.from_any(mode).value,
        "fill_value": default_fill(x.aval.dtype) if fill_value is None else fill_text(fill_value, x.aval.dtype),
    }
    return bind(TABLE["pb.gather"], (x, indices), attrs, x.weak_type)


def _scatter(name: str, combine: str, text: str) -> Any:
    def f(
        operand: Any,
        scatter_indices: Any,
        updates: Any,
        dimension_numbers: ScatterDimensionNumbers,
        *,
        indices_are_sorted: bool = False,
        unique_indices: bool = False,
        mode: Any = None,
    ) -> Array:
        x, indices, u = (as_operand(v, name, i) for i, v in enumerate((operand, scatter_indices, updates)))
        dn = dimension_numbers
        attrs = {
            "update_window_dims": tuple(dn.update_window_dims),
            "inserted_window_dims": tuple(dn.inserted_window_dims),
            "scatter_dims_to_operand_dims": tuple(dn.scatter_dims_to_operand_dims),
            "operand_batching_dims": tuple(dn.operand_batching_dims),
            "scatter_indices_batching_dims": tuple(dn.scatter_indices_batching_dims),
            "combine": combine,
            "mode": GatherScatterMode.from_any(mode).value,
            "unique_indices": bool(unique_indices),
        }
        return bind(TABLE["pb.scatter"], (x, indices, cast(u, x.dtype) if u.weak_type else u), attrs, x.weak_type)

    f.__name__ = f.__qualname__ = name
    f.__doc__ = f"""`operand` with `updates` {text} at the given indices.

    Args:
      operand, updates: arrays of one dtype.
      scatter_indices: integer array whose last dimension holds index vectors.
      dimension_numbers: see `ScatterDimensionNumbers`.
      indices_are_sorted, unique_indices: promises of the caller.
      mode: a `GatherScatterMode` or its name.

    Reference: StableHLO specification, scatter.{example(name)}
    """
    return f


scatter = _scatter("scatter", "set", "written")
scatter_add = _scatter("scatter_add", "add", "added")
scatter_mul = _scatter("scatter_mul", "mul", "multiplied in")
scatter_min = _scatter("scatter_min", "min", "combined by minimum")
scatter_max = _scatter("scatter_max", "max", "combined by maximum")


def _starts(x: Array, start_indices: Any, name: str, negative: bool | Sequence[bool] = True) -> list[Array]:
    """Start indices as 0-d integer arrays; negative ones count from the end, where that is allowed."""
    from .elementwise import add, lt, select

    if isinstance(start_indices, Array) and start_indices.ndim == 1:
        from .shape import index_in_dim

        start_indices = [index_in_dim(start_indices, i, keepdims=False) for i in range(start_indices.shape[0])]
    if len(start_indices) != x.ndim:
        raise ValueError(located(f"lax.{name}: {len(start_indices)} start indices for an array of {x.ndim} dimensions"))
    allowed = [bool(negative)] * x.ndim if isinstance(negative, (bool, np.bool_)) else [bool(n) for n in negative]
    if len(allowed) != x.ndim:
        raise ValueError(located(f"lax.{name}: allow_negative_indices has {len(allowed)} entries for {x.ndim} dimensions"))
    result = []
    for i, s in enumerate(start_indices):
        s = as_operand(s, name, i + 1)
        if not dtypes.is_integer(s.dtype) or s.shape != ():
            raise TypeError(
                located(f"lax.{name}: start index {i} must be an integer scalar, got {s.dtype.name}[{','.join(map(str, s.shape))}]")
            )
        s = cast(s, s.dtype, False)
        n = np.asarray(min(x.shape[i], np.iinfo(s.dtype).max), s.dtype)
        result.append(s if s.dtype.kind == "u" or not allowed[i] else select(lt(s, np.zeros((), s.dtype)), add(s, n), s))
    if result:
        common = dtypes.promote(*((s.dtype, False) for s in result))[0]
        result = [cast(s, common) for s in result]
    return result


def dynamic_slice(
    operand: Any, start_indices: Sequence[Any], slice_sizes: Any, *, allow_negative_indices: bool | Sequence[bool] = True
) -> Array:
    """A slice of static size at a start that may be traced; the start is clamped so that the slice fits.

    Args:
      operand: array.
      start_indices: one integer scalar for each dimension; negative ones count from the end.
      slice_sizes: ints.
      allow_negative_indices: False promises that no start is negative, which saves work; for each dimension, or for all.

    Reference: StableHLO specification, dynamic_slice.

    >>> from pullback import lax, numpy as pnp
    >>> lax.dynamic_slice(pnp.arange(10), (4,), (3,))
    Array([4, 5, 6], dtype=int32)
    >>> lax.dynamic_slice(pnp.arange(10), (9,), (3,))
    Array([7, 8, 9], dtype=int32)
    """
    x = as_operand(operand, "dynamic_slice")
    sizes = as_ints(slice_sizes, "slice_sizes")
    if len(sizes) != x.ndim or any(not 0 <= s <= d for s, d in zip(sizes, x.shape)):
        raise TypeError(
            located(
                f"slice slice_sizes must be less than or equal to operand shape, got slice_sizes {sizes} for operand shape "
                f"{x.shape}."
            )
        )
    return bind(
        TABLE["pb.dynamic_slice"],
        (x, *_starts(x, start_indices, "dynamic_slice", allow_negative_indices)),
        {"slice_sizes": sizes},
        x.weak_type,
    )


def dynamic_update_slice(
    operand: Any, update: Any, start_indices: Any, *, allow_negative_indices: bool | Sequence[bool] = True
) -> Array:
    """`operand` with `update` written at a start that may be traced; the start is clamped so that the update fits.

    Args:
      operand: array.
      update: array of the dtype and number of dimensions of `operand`.
      start_indices: an integer scalar for each dimension; negative ones count from the end.
      allow_negative_indices: False promises that no start is negative, which saves work; for each dimension, or for all.

    Reference: StableHLO specification, dynamic_update_slice.

    >>> from pullback import lax, numpy as pnp
    >>> lax.dynamic_update_slice(pnp.zeros(5), pnp.ones(2), (2,))
    Array([0., 0., 1., 1., 0.], dtype=float32)
    """
    x, u = as_operand(operand, "dynamic_update_slice"), as_operand(update, "dynamic_update_slice", 1)
    if not isinstance(start_indices, (tuple, list, Array, np.ndarray)):
        start_indices = (start_indices,)
    starts = _starts(x, start_indices, "dynamic_update_slice", allow_negative_indices)
    return bind(TABLE["pb.dynamic_update_slice"], (x, cast(u, x.dtype) if u.weak_type else u, *starts), {}, x.weak_type)


def dynamic_slice_in_dim(
    operand: Any, start_index: Any, slice_size: int, axis: int = 0, *, allow_negative_indices: bool = True
) -> Array:
    """`dynamic_slice` along one axis.

    Args:
      operand: array.
      start_index: integer scalar; it is clamped so that the slice fits.
      slice_size: int.
      axis: int.
      allow_negative_indices: False promises that the start is not negative, which saves work.

    Reference: JAX documentation, jax.lax.dynamic_slice_in_dim.

    >>> from pullback import lax, numpy as pnp
    >>> lax.dynamic_slice_in_dim(pnp.arange(10), 4, 3)
    Array([4, 5, 6], dtype=int32)
    """
    x = as_operand(operand, "dynamic_slice_in_dim")
    axis = canonical_axis(axis, x.ndim)
    starts: list[Any] = [0] * x.ndim
    sizes = list(x.shape)
    starts[axis], sizes[axis] = start_index, as_int(slice_size, "slice_size")
    return dynamic_slice(x, starts, sizes, allow_negative_indices=allow_negative_indices)


def dynamic_index_in_dim(
    operand: Any, index: Any, axis: int = 0, keepdims: bool = True, *, allow_negative_indices: bool = True
) -> Array:
    """One position, which may be traced, along an axis.

    Args:
      operand: array.
      index: integer scalar; negative ones count from the end, and those out of range are clamped.
      axis: int.
      keepdims: keep the axis with size 1.
      allow_negative_indices: False promises that the start is not negative, which saves work.

    Reference: JAX documentation, jax.lax.dynamic_index_in_dim.

    >>> from pullback import lax, numpy as pnp
    >>> lax.dynamic_index_in_dim(pnp.array([[1, 2], [3, 4]]), 1)
    Array([[3, 4]], dtype=int32)
    """
    from .shape import squeeze

    x = as_operand(operand, "dynamic_index_in_dim")
    axis = canonical_axis(axis, x.ndim)
    out = dynamic_slice_in_dim(x, index, 1, axis, allow_negative_indices=allow_negative_indices)
    return out if keepdims else squeeze(out, (axis,))


def dynamic_update_slice_in_dim(
    operand: Any, update: Any, start_index: Any, axis: int, *, allow_negative_indices: bool = True
) -> Array:
    """`dynamic_update_slice` along one axis.

    Args:
      operand: array.
      update: array that replaces the slice.
      start_index: integer scalar; it is clamped so that the update fits.
      axis: int.
      allow_negative_indices: False promises that the start is not negative, which saves work.

    Reference: JAX documentation, jax.lax.dynamic_update_slice_in_dim.

    >>> from pullback import lax, numpy as pnp
    >>> lax.dynamic_update_slice_in_dim(pnp.zeros(5), pnp.ones(2), 2, 0)
    Array([0., 0., 1., 1., 0.], dtype=float32)
    """
    x = as_operand(operand, "dynamic_update_slice_in_dim")
    axis = canonical_axis(axis, x.ndim)
    starts: list[Any] = [0] * x.ndim
    starts[axis] = start_index
    return dynamic_update_slice(x, update, starts, allow_negative_indices=allow_negative_indices)


def dynamic_update_index_in_dim(operand: Any, update: Any, index: Any, axis: int, *, allow_negative_indices: bool = True) -> Array:
    """Writes one position along an axis.

    Args:
      operand: array.
      update: array that replaces the position; it may lack the axis.
      index: integer scalar; it is clamped to the axis.
      axis: int.
      allow_negative_indices: False promises that the start is not negative, which saves work.

    Reference: JAX documentation, jax.lax.dynamic_update_index_in_dim.

    >>> from pullback import lax, numpy as pnp
    >>> lax.dynamic_update_index_in_dim(pnp.array([1, 2, 3]), 9, 1, 0)
    Array([1, 9, 3], dtype=int32)
    """
    from .shape import expand_dims

    x, u = as_operand(operand, "dynamic_update_index_in_dim"), as_operand(update, "dynamic_update_index_in_dim", 1)
    axis = canonical_axis(axis, x.ndim)
    if u.ndim != x.ndim:
        u = expand_dims(u, (axis,))
    return dynamic_update_slice_in_dim(x, u, index, axis, allow_negative_indices=allow_negative_indices)
