"""Division with a remainder, and common divisors of integers, elementwise."""

from __future__ import annotations

from typing import Any

import numpy as np

from pullback.dialects import types as T

from ..array import Array, ConcreteArray
from .elementwise import DIRECT_REAL, binary
from .emit import is_traced, pb, wrap
from .ufuncs import no_complex
from .ufuncs_more import eq, lt, ne
from .util import promote_args, promote_args_numeric


# Floor division ----------------------------------------------------------------------------------------------------------
def _adjust(remainder: Any, divisor: Any) -> Any:
    """Where the truncated remainder has the other sign than the divisor, so that the quotient must be rounded down."""
    return pb.and_(ne(lt(remainder, 0), lt(divisor, 0)), ne(remainder, 0))


def _floor_divide(name: str, x1: Any, x2: Any) -> Any:
    x, y = promote_args_numeric(name, x1, x2)
    no_complex(name, x)
    quotient = pb.div(x, y)
    if T.is_unsigned(x.aval.dtype):
        return quotient
    if T.is_integer(x.aval.dtype):
        remainder = pb.rem(x, y)
        inexact = pb.or_(_adjust(remainder, y), pb.and_(eq(y, 0), ne(remainder, 0)))  # x // 0 is -2, as in JAX
        return pb.select(inexact, pb.sub(quotient, 1), quotient)
    remainder = pb.rem(x, y)
    whole = pb.div(pb.sub(x, remainder), y)
    whole = pb.round(pb.select(_adjust(remainder, y), pb.sub(whole, 1), whole), mode="even")
    return pb.select(eq(y, 0), quotient, whole)


def _remainder(name: str, x1: Any, x2: Any) -> Any:
    x, y = promote_args_numeric(name, x1, x2)
    no_complex(name, x)
    remainder = pb.rem(x, y)
    if T.is_integer(x.aval.dtype):
        remainder = pb.select(eq(y, 0), 0, remainder)
    return pb.select(_adjust(remainder, y), pb.add(remainder, y), remainder)


def _fmod(x1: Any, x2: Any) -> Any:
    x, y = promote_args_numeric("fmod", x1, x2)
    no_complex("fmod", x)
    remainder = pb.rem(x, y)
    return pb.select(eq(y, 0), 0, remainder) if T.is_integer(x.aval.dtype) else remainder


def _direct_floor_divide(x: Any, y: Any) -> Any:
    if not np.all(y):
        raise ValueError("a divisor is zero")  # which the general way has its own rule for
    return np.floor_divide(x, y)


def _direct_remainder(x: Any, y: Any) -> Any:
    """As `_remainder`: a remainder of zero has the sign of the dividend, not that of the divisor as NumPy's has."""
    remainder = np.remainder(x, y)
    if remainder.dtype.kind != "f" or remainder.all():
        return remainder
    return np.where(remainder == 0, np.copysign(remainder, x), remainder)


def _remainder_function(name: str) -> Any:
    text = "Remainder of floor division; it has the sign of `x2`"
    return binary(name, lambda x, y: _remainder(name, x, y), text, ufunc=_direct_remainder, direct=DIRECT_REAL)


fmod = binary(
    "fmod", _fmod, "Remainder of the division truncated toward zero; it has the sign of `x1`", ufunc=np.fmod, direct=DIRECT_REAL
)
floor_divide = binary(
    "floor_divide",
    lambda x, y: _floor_divide("floor_divide", x, y),
    "Quotient rounded down; division of an integer by zero gives no exception",
    ufunc=_direct_floor_divide,
    direct=DIRECT_REAL,
)
mod = _remainder_function("mod")
remainder = _remainder_function("remainder")


def divmod(x1: Any, x2: Any, /) -> tuple[Array, Array]:
    """Quotient rounded down and its remainder: ``(x1 // x2, x1 % x2)``, elementwise.

    Args:
      x1, x2: arrays or scalars.

    Reference: NumPy, numpy.divmod.

    >>> import pullback.numpy as pnp
    >>> pnp.divmod(pnp.array([7, -7]), 3)
    (Array([ 2, -3], dtype=int32), Array([1, 2], dtype=int32))
    """
    return _floor_divide("divmod", x1, x2), _remainder("divmod", x1, x2)


# Common divisors ---------------------------------------------------------------------------------------------------------
def _integers(name: str, x1: Any, x2: Any) -> list[Array]:
    arrays = promote_args(name, x1, x2)
    if not T.is_integer(arrays[0].aval.dtype):
        raise ValueError(f"Arguments to pullback.numpy.{name} must be integers, got {arrays[0].dtype.name}")
    return arrays


def _gcd(x1: Any, x2: Any) -> Any:
    x, y = _integers("gcd", x1, x2)
    if isinstance(x, ConcreteArray) and isinstance(y, ConcreteArray) and not is_traced(x, y):
        return wrap(np.gcd(x.host, y.host), x.weak_type and y.weak_type)
    from ..lax import while_loop

    def step(state: tuple[Any, Any]) -> tuple[Any, Any]:
        a, b = state
        zero = eq(b, 0)
        return pb.select(zero, a, b), pb.select(zero, 0, pb.rem(a, pb.select(zero, 1, b)))

    def unfinished(state: tuple[Any, Any]) -> Any:
        b = ne(state[1], 0)
        return pb.reduce_or(b, axes=tuple(range(b.ndim)))

    signed = not T.is_unsigned(x.aval.dtype)
    return while_loop(unfinished, step, (pb.abs(x), pb.abs(y)) if signed else (x, y))[0]


def _lcm(x1: Any, x2: Any) -> Any:
    x, y = _integers("lcm", x1, x2)
    if not T.is_unsigned(x.aval.dtype):
        x, y = pb.abs(x), pb.abs(y)
    divisor = _gcd(x, y)
    return pb.mul(pb.div(x, pb.select(eq(divisor, 0), 1, divisor)), y)


gcd = binary("gcd", _gcd, "Greatest common divisor of integers")
lcm = binary("lcm", _lcm, "Least common multiple of integers")
