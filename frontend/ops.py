"""`pullback.ops`: reductions over segments. Names and signatures follow `jax.ops`."""

from __future__ import annotations

from typing import Any

import numpy as np

from . import dtypes
from . import numpy as pnp
from .array import Array, ConcreteArray
from .missing import attribute_error as _attribute_error

__all__ = ["segment_max", "segment_min", "segment_prod", "segment_sum"]

_DOC = """{what} of the rows of `data` that have the same segment id.

    Args:
      data: array of shape [n, ...].
      segment_ids: integer array of shape [n]; a row whose id is negative or not below `num_segments` is dropped.
      num_segments: number of segments; by default one more than the largest id, which must then be concrete.
      indices_are_sorted, unique_indices: promises about the ids; not needed, accepted for JAX's sake.
      mode: how ids out of range are treated, as in ``x.at[...]``.

    Returns:
      Array of shape [num_segments, ...]; {empty} for segments without rows.

    Raises:
      ValueError: `data` and `segment_ids` have different lengths.
      TypeError: the ids are not integers, or `num_segments` must be given and is not.

    Reference: JAX documentation, jax.ops.segment_{name}.

    >>> from pullback import numpy as pnp, ops
    >>> print(ops.segment_{name}(pnp.array([3.0, 1.0, 4.0]), pnp.array([0, 0, 1]), 2))
    {result}
    """


def _segments(name: str, data: Any, segment_ids: Any, num_segments: int | None, mode: Any, empty: Any) -> Any:
    data, ids = pnp.asarray(data), pnp.asarray(segment_ids)
    if not np.issubdtype(ids.dtype, np.integer):
        raise TypeError(f"segment_{name}: segment_ids must be integers, got {ids.dtype.name}")
    if ids.ndim != 1 or data.ndim < 1 or ids.shape[0] != data.shape[0]:
        raise ValueError(
            f"segment_{name}: segment_ids of shape {ids.shape} must be one id for each row of data, of shape {data.shape}"
        )
    if num_segments is None:
        if not isinstance(ids, ConcreteArray):
            raise TypeError(f"segment_{name}: num_segments must be given where segment_ids is traced, since it is a shape")
        num_segments = int(ids.host.max()) + 1 if ids.size else 0
    if num_segments < 0:
        raise ValueError(f"segment_{name}: num_segments must be non-negative, got {num_segments}")
    ids = pnp.where(ids < 0, num_segments, ids)  # .at would count negative ids from the end
    return pnp.full((num_segments, *data.shape[1:]), empty, data.dtype).at[ids], data, mode or "drop"


def _least(dtype: Any) -> Any:
    return False if dtype.kind == "b" else -np.inf if dtypes.issubdtype(dtype, np.inexact) else dtypes.iinfo(dtype).min


def _greatest(dtype: Any) -> Any:
    return True if dtype.kind == "b" else np.inf if dtypes.issubdtype(dtype, np.inexact) else dtypes.iinfo(dtype).max


def segment_sum(
    data: Any,
    segment_ids: Any,
    num_segments: int | None = None,
    indices_are_sorted: bool = False,
    unique_indices: bool = False,
    mode: Any = None,
) -> Array:
    at, data, mode = _segments("sum", data, segment_ids, num_segments, mode, 0)
    return at.add(data, mode=mode)


def segment_prod(
    data: Any,
    segment_ids: Any,
    num_segments: int | None = None,
    indices_are_sorted: bool = False,
    unique_indices: bool = False,
    mode: Any = None,
) -> Array:
    at, data, mode = _segments("prod", data, segment_ids, num_segments, mode, 1)
    return at.multiply(data, mode=mode)


def segment_max(
    data: Any,
    segment_ids: Any,
    num_segments: int | None = None,
    indices_are_sorted: bool = False,
    unique_indices: bool = False,
    mode: Any = None,
) -> Array:
    at, data, mode = _segments("max", data, segment_ids, num_segments, mode, _least(pnp.asarray(data).dtype))
    return at.max(data, mode=mode)


def segment_min(
    data: Any,
    segment_ids: Any,
    num_segments: int | None = None,
    indices_are_sorted: bool = False,
    unique_indices: bool = False,
    mode: Any = None,
) -> Array:
    at, data, mode = _segments("min", data, segment_ids, num_segments, mode, _greatest(pnp.asarray(data).dtype))
    return at.min(data, mode=mode)


for _f, _what, _empty, _result in (
    (segment_sum, "Sum", "zero", "[4. 4.]"),
    (segment_prod, "Product", "one", "[3. 4.]"),
    (segment_max, "Maximum", "the least value of the dtype", "[3. 4.]"),
    (segment_min, "Minimum", "the greatest value of the dtype", "[1. 4.]"),
):
    _f.__doc__ = _DOC.format(what=_what, empty=_empty, name=_f.__name__.removeprefix("segment_"), result=_result)


def __getattr__(name: str) -> None:
    raise _attribute_error(__name__, name, __all__)
