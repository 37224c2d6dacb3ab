"""The exact remainder of f64 division in basic operations: IREE has no fmod for f64.

x = p 2**a and y = m 2**b with integers p, m < 2**53. For a >= b the remainder is (p 2**(a - b) mod m) 2**b, and the power of
two is reduced modulo m by repeated squaring; every step is exact, so the result is that of C's fmod.
"""

from __future__ import annotations

import math

from .builder import Builder
from .ir import Value

_MANTISSA = 52
_EXPONENT = 0x7FF
_LOW_BITS = 6  # exponents of 2 are below 2**11: the upper five bits are a shift, the lower six are squarings


def _product_mod(b: Builder, x: Value, y: Value, m: Value) -> Value:
    """x y mod m for x < 2**53 and y < m < 2**53. The quotient from floats is off by at most 3; i64 wraps to the small rest."""
    estimate = b.div(b.mul(b.convert(x, dtype="f64"), b.convert(y, dtype="f64")), b.convert(m, dtype="f64"))
    r = b.sub(b.mul(x, y), b.mul(b.convert(estimate, dtype="i64"), m))
    for _ in range(2):
        r = b.select(b.compare(r, 0, direction="LT"), b.add(r, m), r)
    for _ in range(2):
        r = _reduce(b, r, m)
    return r


def _reduce(b: Builder, r: Value, m: Value) -> Value:
    return b.select(b.compare(r, m, direction="GE"), b.sub(r, m), r)


def _decode(b: Builder, x: Value) -> tuple[Value, Value, Value]:
    """(sign bit, biased exponent, integer mantissa) of a float, all i64."""
    bits = b.bitcast(x, dtype="i64")
    exponent = b.and_(b.shift_right_logical(bits, _MANTISSA), _EXPONENT)
    fraction = b.and_(bits, (1 << _MANTISSA) - 1)
    normal = b.compare(exponent, 0, direction="GT")
    mantissa = b.select(normal, b.or_(fraction, 1 << _MANTISSA), fraction)
    return b.and_(bits, -(1 << 63)), b.max(exponent, 1), mantissa


def _power_of_two(b: Builder, exponent: Value) -> Value:
    return b.bitcast(b.shift_left(b.add(exponent, 1023), _MANTISSA), dtype="f64")


def rem(b: Builder, x: Value, y: Value) -> Value:
    """x - y * trunc(x / y), exact, with the sign of x."""
    sign, x_exponent, p = _decode(b, x)
    _, y_exponent, m = _decode(b, y)
    no_divisor = b.compare(m, 0, direction="EQ")
    m = b.select(no_divisor, b.full_like(m, 1), m)
    distance = b.sub(x_exponent, y_exponent)
    d = b.max(distance, 0)
    power = b.rem(b.shift_left(b.full_like(d, 1), b.shift_right_logical(d, _LOW_BITS)), m)
    for k in reversed(range(_LOW_BITS)):
        power = _product_mod(b, power, power, m)
        odd = b.compare(b.and_(d, 1 << k), 0, direction="NE")
        power = b.select(odd, _reduce(b, b.add(power, power), m), power)
    r = b.convert(_product_mod(b, p, power, m), dtype="f64")
    scale = b.sub(y_exponent, 1023 + _MANTISSA)
    half = b.shift_right_arithmetic(scale, 1)  # two factors, for 2**scale alone may be too small for a normal float
    r = b.mul(b.mul(r, _power_of_two(b, half)), _power_of_two(b, b.sub(scale, half)))
    r = b.bitcast(b.or_(b.bitcast(r, dtype="i64"), sign), dtype="f64")
    smaller = b.or_(b.compare(distance, 0, direction="LT"), b.compare(b.abs(y), math.inf, direction="EQ"))
    r = b.select(smaller, x, r)
    undefined = b.or_(no_divisor, b.not_(b.is_finite(x)))
    undefined = b.or_(undefined, b.compare(y, y, direction="NE"))
    return b.select(undefined, b.full_like(x, math.nan), r)
