"""Bits of integers: `clz`, `population_count`, `mulhi`; and the largest values along an axis, `approx_max_k` and its like."""

from __future__ import annotations

from typing import Any

import numpy as np

from pullback.dialects.spec import TABLE

from .. import dtypes
from ..array import Array
from ..locations import located
from ..trace import bind
from .elementwise import add, bitwise_and, mul, shift_right_arithmetic, shift_right_logical
from .util import as_operand, cast, operands


def _integer(x: Any, name: str) -> Array:
    operand = as_operand(x, name)
    if not dtypes.is_integer(operand.dtype):
        raise TypeError(located(f"{name} does not accept dtype {operand.dtype.name}. Accepted dtypes are subtypes of integer."))
    return operand


def clz(x: Any) -> Array:
    """Number of zero bits before the first bit that is set.

    Args:
      x: integer array.

    Raises:
      TypeError: `x` does not hold integers.

    Reference: StableHLO specification, count_leading_zeros.

    >>> from pullback import lax, numpy as pnp
    >>> lax.clz(pnp.array([0, 1, -1]))
    Array([32, 31,  0], dtype=int32)
    """
    return bind(TABLE["pb.clz"], (_integer(x, "clz"),), {})


def population_count(x: Any) -> Array:
    """Number of bits that are set.

    Args:
      x: integer array.

    Raises:
      TypeError: `x` does not hold integers.

    Reference: StableHLO specification, popcnt.

    >>> from pullback import lax, numpy as pnp
    >>> lax.population_count(pnp.array([0, 7, -1]))
    Array([ 0,  3, 32], dtype=int32)
    """
    return bind(TABLE["pb.population_count"], (_integer(x, "population_count"),), {})


def mulhi(x: Any, y: Any, /) -> Array:
    """The upper half of the product of integers, which has twice as many bits.

    Args:
      x, y: integer arrays of one dtype, and of one shape or 0-d.

    Raises:
      TypeError: element types or shapes do not fit.

    Reference: JAX documentation, jax.lax.mulhi.

    >>> from pullback import lax, numpy as pnp
    >>> lax.mulhi(pnp.array([2**30, -1]), pnp.array([8, 1]))
    Array([ 2, -1], dtype=int32)
    """
    (x, y), _ = operands("mulhi", x, y)
    for operand in (x, y):
        _integer(operand, "mulhi")
    shift = shift_right_arithmetic if x.dtype.kind == "i" else shift_right_logical
    # long multiplication of halves; the upper ones carry the sign
    bits = 4 * x.dtype.itemsize
    half, mask = (cast(as_operand(v, "mulhi"), x.dtype) for v in (bits, np.asarray((1 << bits) - 1, x.dtype)))
    (x0, x1), (y0, y1) = ((bitwise_and(v, mask), shift(v, half)) for v in (x, y))
    low = shift_right_logical(mul(x0, y0), half)
    middle = add(mul(x1, y0), low)
    other = add(mul(x0, y1), bitwise_and(middle, mask))
    return add(add(mul(x1, y1), shift(middle, half)), shift(other, half))


def _extreme(name: str, operand: Any, k: int, axis: int, recall_target: float, largest: bool) -> tuple[Array, Array]:
    from .elementwise import neg
    from .reduction import top_k

    x = as_operand(operand, name)
    if not dtypes.is_floating(x.dtype):
        raise ValueError(located(f"lax.{name}: operand must be a floating type, got {x.dtype.name}"))
    if not 0 < recall_target <= 1:
        raise ValueError(located(f"lax.{name}: recall_target must be above 0 and at most 1, got {recall_target}"))
    values, indices = top_k(x if largest else neg(x), k, axis=axis)
    return (values if largest else neg(values)), indices


def approx_max_k(
    operand: Any,
    k: int,
    reduction_dimension: int = -1,
    recall_target: float = 0.95,
    reduction_input_size_override: int = -1,
    aggregate_to_topk: bool = True,
) -> tuple[Array, Array]:
    """The `k` largest values along an axis and their indices; they are exact here, whatever recall is asked for.

    Args:
      operand: floating array.
      k: int.
      reduction_dimension: axis.
      recall_target, reduction_input_size_override, aggregate_to_topk: what an approximation may miss; no effect.

    Raises:
      ValueError: `k` is above the size of the axis, or the array is not floating.

    Reference: JAX documentation, jax.lax.approx_max_k.

    >>> from pullback import lax, numpy as pnp
    >>> lax.approx_max_k(pnp.array([3.0, 1.0, 2.0]), 2)
    (Array([3., 2.], dtype=float32), Array([0, 2], dtype=int32))
    """
    return _extreme("approx_max_k", operand, k, reduction_dimension, recall_target, True)


def approx_min_k(
    operand: Any,
    k: int,
    reduction_dimension: int = -1,
    recall_target: float = 0.95,
    reduction_input_size_override: int = -1,
    aggregate_to_topk: bool = True,
) -> tuple[Array, Array]:
    """The `k` smallest values along an axis and their indices; they are exact here, whatever recall is asked for.

    Args:
      operand: floating array.
      k: int.
      reduction_dimension: axis.
      recall_target, reduction_input_size_override, aggregate_to_topk: what an approximation may miss; no effect.

    Raises:
      ValueError: `k` is above the size of the axis, or the array is not floating.

    Reference: JAX documentation, jax.lax.approx_min_k.

    >>> from pullback import lax, numpy as pnp
    >>> lax.approx_min_k(pnp.array([3.0, 1.0, 2.0]), 2)
    (Array([1., 2.], dtype=float32), Array([1, 2], dtype=int32))
    """
    return _extreme("approx_min_k", operand, k, reduction_dimension, recall_target, False)
