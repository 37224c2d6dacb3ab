"""The Threefry-2x32 generator on arrays of counts."""

from __future__ import annotations

from typing import Any

import numpy as np

from pullback.dialects.spec import TABLE

from .. import lax
from ..array import Array
from ..lax.util import as_operand
from ..locations import located
from ..trace import bind


def threefry2x32(key: Any, count: Any) -> Array:
    """Random bits by the Threefry-2x32 counter-based generator.

    Args:
      key: uint32 array of shape [2].
      count: uint32 array of any shape; pairs of its flattened halves are encrypted (an odd size is padded with one zero).

    Returns:
      uint32 array of the shape of `count`.

    Reference: Salmon et al., Parallel Random Numbers: As Easy as 1, 2, 3 (SC 2011).

    >>> from pullback import numpy as pnp
    >>> threefry2x32(pnp.array([0, 1], pnp.uint32), pnp.array([0, 1], pnp.uint32))
    Array([1948878966, 4237131848], dtype=uint32)
    """
    key, count = as_operand(key, "threefry2x32"), as_operand(count, "threefry2x32", 1)
    if key.dtype != np.uint32 or key.shape != (2,) or count.dtype != np.uint32:
        raise TypeError(
            located(
                f"threefry2x32 takes a uint32 key of shape (2,) and uint32 counts, got {key.dtype.name}{list(key.shape)} and "
                f"{count.dtype.name}"
            )
        )
    flat = lax.reshape(count, (count.size,))
    odd = count.size % 2
    if odd:
        flat = lax.concatenate([flat, np.zeros((1,), np.uint32)], 0)
    half = flat.shape[0] // 2
    k1, k2 = (lax.broadcast(lax.index_in_dim(key, i, keepdims=False), (half,)) for i in range(2))
    x1, x2 = lax.slice_in_dim(flat, 0, half), lax.slice_in_dim(flat, half, 2 * half)
    out = lax.concatenate(bind(TABLE["pb.threefry2x32"], (k1, k2, x1, x2), {}), 0)
    if odd:
        out = lax.slice_in_dim(out, 0, -1)
    return lax.reshape(out, count.shape)
