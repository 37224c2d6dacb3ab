"""Bits, truth values, properties of numbers, parts of complex numbers."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from pullback.dialects import types as T

from .. import dtypes
from ..array import Array, ConcreteArray
from ..trace import _state
from .elementwise import binary, unary
from .emit import pb, traced_splat, wrap
from .ufuncs import no_out, one_array, only_bits, truth
from .util import (
    cast,
    promote_args,
    promote_args_numeric,
    retype,
)


# Bits and logic ----------------------------------------------------------------------------------------------------------
def _complement(name: str) -> Any:
    return unary(name, lambda x: pb.not_(only_bits(name, one_array(name, x))), "Bitwise complement; of booleans, logical not")


invert = _complement("invert")
bitwise_not = _complement("bitwise_not")
bitwise_invert = _complement("bitwise_invert")


def _shift(name: str, text: str) -> Any:
    def general(x1: Any, x2: Any) -> Any:
        x, y = promote_args_numeric(name, x1, x2)
        only_bits(name, x)
        if name.endswith("left_shift"):
            return pb.shift_left(x, y)
        return pb.shift_right_logical(x, y) if T.is_unsigned(x.aval.dtype) else pb.shift_right_arithmetic(x, y)

    return binary(
        name, general, text, arguments="x1: integer array. x2: number of bits, of the same shape or broadcast against it."
    )


left_shift = _shift("left_shift", "`x1` shifted left by `x2` bits")
right_shift = _shift("right_shift", "`x1` shifted right by `x2` bits; signed integers keep their sign")
bitwise_left_shift = _shift("bitwise_left_shift", "`x1` shifted left by `x2` bits")
bitwise_right_shift = _shift("bitwise_right_shift", "`x1` shifted right by `x2` bits; signed integers keep their sign")


def _bitwise_count(x: Any) -> Any:
    x = only_bits("bitwise_count", one_array("bitwise_count", x))
    if x.aval.dtype == "i1":
        return cast(x, np.dtype(np.uint8))
    if not T.is_unsigned(x.aval.dtype):
        x = pb.abs(x)
    return cast(pb.population_count(x), np.dtype(np.uint8))


bitwise_count = unary("bitwise_count", _bitwise_count, "Number of set bits of ``abs(x)``, as uint8")


def _logical(name: str, op: str, text: str) -> Any:
    apply = getattr(pb, op)

    def general(x1: Any, x2: Any) -> Any:
        x, y = promote_args(name, x1, x2)
        return apply(truth(x), truth(y))

    return binary(name, general, text + " of the truth values; numbers are true unless zero")


logical_and = _logical("logical_and", "and_", "And")
logical_or = _logical("logical_or", "or_", "Or")
logical_xor = _logical("logical_xor", "xor", "Exclusive or")
logical_not = unary(
    "logical_not", lambda x: pb.not_(truth(one_array("logical_not", x))), "Not of the truth value; numbers are true unless zero"
)


# Properties of numbers ---------------------------------------------------------------------------------------------------
def constant_like(x: Array, value: Any, dtype: Any = np.bool_) -> Array:
    """A constant of the shape of `x`."""
    if isinstance(x, ConcreteArray) and (_state.frame is None or not _state.frame.staging):
        return wrap(np.full(x.shape, value, dtype))
    return traced_splat(x.shape, np.dtype(dtype), value)


def _isnan(x: Any) -> Any:
    x = one_array("isnan", x)
    return pb.compare(x, x, direction="NE") if T.is_inexact(x.aval.dtype) else constant_like(x, False)


def _isfinite(x: Any) -> Any:
    x = one_array("isfinite", x)
    return pb.is_finite(x) if T.is_inexact(x.aval.dtype) else constant_like(x, True)


def _isinf(x: Any) -> Any:
    x = one_array("isinf", x)
    if T.is_complex(x.aval.dtype):
        return pb.or_(_isinf(pb.real(x)), _isinf(pb.imag(x)))
    return pb.compare(pb.abs(x), math.inf, direction="EQ") if T.is_inexact(x.aval.dtype) else constant_like(x, False)


def _is_infinity(name: str, value: float) -> Any:
    def general(x: Any) -> Any:
        x = one_array(name, x)
        if T.is_complex(x.aval.dtype):
            raise ValueError("isposinf/isneginf are not well defined for complex types")
        return pb.compare(x, value, direction="EQ") if T.is_inexact(x.aval.dtype) else constant_like(x, False)

    plain = unary(name, general, f"Whether `x` is {'positive' if value > 0 else 'negative'} infinity")

    def f(x: Any, /, out: None = None) -> Array:
        no_out(name, out)
        return plain(x)

    f.__doc__, f.__name__, f.__qualname__, f.__module__ = plain.__doc__, name, name, plain.__module__
    return f


isnan = unary("isnan", _isnan, "Whether `x` is NaN")
isfinite = unary("isfinite", _isfinite, "Whether `x` is neither infinite nor NaN")
isinf = unary("isinf", _isinf, "Whether `x` is positive or negative infinity")
isposinf = _is_infinity("isposinf", math.inf)
isneginf = _is_infinity("isneginf", -math.inf)


# Complex numbers ---------------------------------------------------------------------------------------------------------
def _real(x: Any) -> Any:
    x = one_array("real", x)
    return pb.real(x) if T.is_complex(x.aval.dtype) else x


def _imag(x: Any) -> Any:
    x = one_array("imag", x)
    return pb.imag(x) if T.is_complex(x.aval.dtype) else retype(constant_like(x, 0, x.dtype), x.weak_type)


def _conjugate(name: str) -> Any:
    def general(x: Any) -> Any:
        x = one_array(name, x)
        return pb.conj(x) if T.is_complex(x.aval.dtype) else x

    return unary(name, general, "Complex conjugate")


real = unary("real", _real, "Real part")
imag = unary("imag", _imag, "Imaginary part; 0 of real numbers")
conj = _conjugate("conj")
conjugate = _conjugate("conjugate")


def iscomplexobj(x: Any) -> bool:
    """Whether `x` has a complex dtype.

    Args:
      x: array or scalar.

    Reference: NumPy, numpy.iscomplexobj.

    >>> import pullback.numpy as pnp
    >>> pnp.iscomplexobj(pnp.array([1.0j])), pnp.iscomplexobj(pnp.array([1.0]))
    (True, False)
    """
    if x is None:
        return False
    dtype = x.dtype if hasattr(x, "dtype") else np.asarray(x).dtype
    return bool(dtypes.issubdtype(dtype, np.complexfloating))


def isrealobj(x: Any) -> bool:
    """Whether `x` has no complex dtype.

    Args:
      x: array or scalar.

    Reference: NumPy, numpy.isrealobj.

    >>> import pullback.numpy as pnp
    >>> pnp.isrealobj(pnp.array([1.0j])), pnp.isrealobj(pnp.array([1.0]))
    (False, True)
    """
    return not iscomplexobj(x)
