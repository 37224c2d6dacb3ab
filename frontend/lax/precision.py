"""Precision: names that JAX programs use for that of products, and rounding to fewer bits."""

from __future__ import annotations

import enum
from typing import Any

import numpy as np

from pullback.dialects.spec import TABLE

from .. import dtypes
from ..array import Array
from ..locations import located
from ..trace import bind
from .util import as_int, as_operand


class Precision(enum.Enum):
    """How exactly products are computed, for `dot_general`, convolutions and all that is made of them.

    Accepted for the sake of programs that are written for JAX. There it chooses between faster and more exact arithmetic on
    hardware that multiplies in fewer bits than the dtype has; here every product has the precision of the dtype (16-bit floats
    are accumulated in float32), which is what HIGHEST asks for.

    Reference: JAX documentation, jax.lax.Precision.

    >>> from pullback import lax, numpy as pnp
    >>> lax.dot(pnp.ones((2, 2)), pnp.ones(2), precision=lax.Precision.HIGHEST)
    Array([2., 2.], dtype=float32)
    """

    DEFAULT = 0
    HIGH = 1
    HIGHEST = 2


#: What a `precision` argument may be.
PrecisionLike = str | Precision | tuple[str, str] | tuple[Precision, Precision] | None

_NAMES = ("bfloat16", "default", "fastest", "float32", "high", "highest", "tensorfloat32")


def check_precision(precision: Any) -> None:
    """Raises ValueError unless `precision` is one that JAX knows."""
    parts = precision if isinstance(precision, (tuple, list)) and len(precision) == 2 else (precision,)
    for p in parts:
        known = isinstance(p, Precision) or (isinstance(p, str) and p in _NAMES) or (p is None and precision is None)
        if not known:
            raise ValueError(
                located(
                    f"precision must be None, a lax.Precision, one of {', '.join(_NAMES)}, or a pair of these, got {precision!r}"
                )
            )


def reduce_precision(operand: Any, exponent_bits: int, mantissa_bits: int) -> Array:
    """Rounds floats to a format with fewer bits; the dtype stays.

    Args:
      operand: array of floats.
      exponent_bits: positive int. Numbers that are too large for that many bits become infinite, those that are smaller than its
        smallest normal number become zero.
      mantissa_bits: int, not negative; numbers are rounded to nearest, ties to even.

    Raises:
      ValueError: a number of bits is out of range.
      TypeError: the operand does not hold floats.

    Reference: StableHLO specification, reduce_precision; JAX documentation, jax.lax.reduce_precision.

    >>> from pullback import lax, numpy as pnp
    >>> lax.reduce_precision(pnp.array([1.1, 1e6, 1e-9]), 5, 10)  # as float16 has them
    Array([1.0996094,       inf, 0.       ], dtype=float32)
    """
    x = as_operand(operand, "reduce_precision")
    exponents, mantissa = as_int(exponent_bits, "exponent_bits"), as_int(mantissa_bits, "mantissa_bits")
    if exponents < 1:
        raise ValueError(located(f"reduce_precision: exponent_bits must be positive; got {exponents}"))
    if mantissa < 0:
        raise ValueError(located(f"reduce_precision: mantissa_bits must be non-negative; got {mantissa}"))
    if not dtypes.is_floating(x.dtype):
        raise TypeError(located(f"reduce_precision does not accept dtype {np.dtype(x.dtype).name}: it rounds floats."))
    attrs = {"exponent_bits": exponents, "mantissa_bits": mantissa}
    return bind(TABLE["pb.reduce_precision"], (x,), attrs, x.weak_type)
