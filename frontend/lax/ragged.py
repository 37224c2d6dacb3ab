"""`ragged_dot`: one matrix product for each group of rows."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import dtypes
from ..array import Array
from ..locations import located
from .elementwise import bitwise_and, ge, lt, select, sub
from .reduction import cumsum, dot
from .shape import broadcast_in_dim, broadcasted_iota, full_like, reshape
from .util import as_operand, cast


def ragged_dot(
    lhs: Any, rhs: Any, group_sizes: Any, precision: Any = None, preferred_element_type: Any = None, group_offset: Any = None
) -> Array:
    """Products of consecutive groups of rows with a matrix for each group.

    Args:
      lhs: array of shape (m, k): rows of the first group, then of the second, and so on.
      rhs: array of shape (g, k, n), a matrix for each group.
      group_sizes: integers of shape (g,), which may be traced. Rows behind the last group give zeros.
      precision, preferred_element_type: as in `dot_general`.
      group_offset: not supported; None.

    Returns:
      Array of shape (m, n). It is one product of size m * g * k * n: all shapes are static, so rows are masked and not moved.

    Raises:
      TypeError: shapes or dtypes do not fit.

    Reference: JAX documentation, jax.lax.ragged_dot.

    >>> from pullback import lax, numpy as pnp
    >>> matrices = pnp.array([[[1.0]], [[10.0]]])
    >>> lax.ragged_dot(pnp.array([[1.0], [2.0], [3.0]]), matrices, pnp.array([1, 2]))
    Array([[ 1.],
           [20.],
           [30.]], dtype=float32)
    """
    if group_offset is not None:
        raise NotImplementedError("lax.ragged_dot: group_offset is not supported; slice rhs and group_sizes instead")
    x, y, sizes = (as_operand(v, "ragged_dot", i) for i, v in enumerate((lhs, rhs, group_sizes)))
    if x.ndim != 2 or y.ndim != 3 or sizes.shape != y.shape[:1] or x.shape[1] != y.shape[1]:
        raise TypeError(
            located(f"ragged_dot requires shapes (m, k), (g, k, n) and (g,), got {x.shape}, {y.shape} and {sizes.shape}")
        )
    if not dtypes.is_integer(sizes.dtype):
        raise TypeError(located(f"ragged_dot requires integers as group_sizes, got {sizes.dtype.name}"))
    (m, k), (g, _, n) = x.shape, y.shape
    sizes = cast(sizes, np.dtype(np.int32))
    ends = cumsum(sizes)
    rows = broadcasted_iota(np.int32, (m, g), 0)
    stop = broadcast_in_dim(ends, (m, g), (1,))
    start = broadcast_in_dim(sub(ends, sizes), (m, g), (1,))
    member = bitwise_and(ge(rows, start), lt(rows, stop))
    spread = broadcast_in_dim(x, (m, g, k), (0, 2))
    spread = select(broadcast_in_dim(member, (m, g, k), (0, 1)), spread, full_like(spread, 0))
    return dot(reshape(spread, (m, g * k)), reshape(y, (g * k, n)), precision, preferred_element_type)
