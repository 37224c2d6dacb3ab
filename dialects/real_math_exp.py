"""Exponential, hyperbolic and power functions in terms of basic ops."""

from __future__ import annotations

from typing import Any

from .ir import Value
from .real_math_base import (
    FORMATS,
    INF,
    LN2,
    NAN,
    bits_of,
    chop,
    clamp,
    exp_parts,
    exp_sum,
    expm1_kernel,
    flip,
    horner,
    nearest,
    odd,
    power_of_two,
    scale,
    sign_of,
    where,
)  # fmt: skip

# (2 atanh(f) / f - 2 - 2 f^2 / 3) / f^4 in f^2, for |f| <= 3 - sqrt(8).
_ATANH = {
    "f32": (0.2304815314, 0.2856223797, 0.4000001505),
    "f64": (
        0.117230510280977529, 0.117062485409223853, 0.133348042382253445, 0.153845949708954578, 0.181818183353144031,
        0.222222222216562315, 0.285714285714293657, 0.399999999999999998,
    ),
}  # fmt: skip
# x^(1/3) on [1, 8) to 0.5 %: the first guess of cbrt.
_CBRT = (0.00231317, -0.0433104, 0.364533, 0.681675)


def exp2(b: Any, x: Value) -> Value:
    """``2^x = 2^n exp((x - n) ln 2)`` with n the nearest integer: x - n is exact, so big x cost no accuracy.

    Max error: 1.0 ULP (f32), 0.9 ULP (f64).
    """
    f = FORMATS[x.dtype]
    n, i = nearest(b, clamp(b, x, f.exp_min / LN2, f.exp_max / LN2))
    p = expm1_kernel(b, b.mul(b.sub(clamp(b, x, f.exp_min / LN2, f.exp_max / LN2), n), LN2))
    return scale(b, b.add(p, 1.0), i)


def expm1(b: Any, x: Value) -> Value:
    """``exp(x) - 1 = (p + (1 - 2^-n)) 2^n`` with ``p = expm1(x - n ln 2)``, the same formula everywhere.

    Max error: 1.3 ULP (f32), 1.6 ULP (f64).
    """
    f = FORMATS[x.dtype]
    y = _expm1_scaled(b, clamp(b, x, f.expm1_min, f.exp_max), 0)
    return b.select(b.compare(x, 0.0, direction="EQ"), x, y)  # keeps -0


def _expm1_scaled(b: Any, x: Value, shift: int) -> Value:
    """``expm1(x) * 2^shift`` for `x` between expm1_min and exp_max."""
    p, n = exp_parts(b, x)
    # 2^-n is lost beside 1 long before it leaves the range of exponents.
    small = power_of_two(b, b.neg(b.min(n, FORMATS[x.dtype].mantissa + 10)), x.dtype)
    return scale(b, b.add(p, b.sub(b.full_like(x, 1.0), small)), b.add(n, shift) if shift else n)


def log1p(b: Any, x: Value) -> Value:
    """``log(u) + (x - (u - 1)) / u`` with ``u = 1 + x`` rounded: the second term restores what rounding lost.

    Max error: 1.4 ULP (f32), 1.3 ULP (f64).
    """
    u = b.add(x, 1.0)
    y = b.log(u)
    y = b.select(b.is_finite(y), b.add(y, b.div(b.sub(x, b.sub(u, 1.0)), u)), y)
    return b.select(b.compare(u, 1.0, direction="EQ"), x, y)


def logistic(b: Any, x: Value) -> Value:
    """``1 / (1 + exp(-x))``. Max error: 2.4 ULP (f32), 1.9 ULP (f64)."""
    return b.div(b.full_like(x, 1.0), b.add(b.exp(b.neg(x)), 1.0))


def tanh(b: Any, x: Value) -> Value:
    """``t / (t + 2)`` with ``t = expm1(2 |x|)``. Max error: 1.9 ULP (f32), 1.8 ULP (f64)."""
    f = FORMATS[x.dtype]
    a = b.min(b.abs(x), -f.expm1_min)
    t = _expm1_scaled(b, b.add(a, a), 0)
    return odd(b, x, b.div(t, b.add(t, 2.0)))


def sinh(b: Any, x: Value) -> Value:
    """``h + 1 / (2 + 1 / h)`` with ``h = expm1(|x|) / 2``, which overflows only where the result does.

    Max error: 2.1 ULP (f32), 2.4 ULP (f64).
    """
    a = b.abs(x)
    h = _expm1_scaled(b, b.min(a, FORMATS[x.dtype].exp_max), -1)
    one = b.full_like(x, 1.0)
    y = b.add(h, b.div(one, b.add(b.div(one, h), 2.0)))
    small = b.compare(a, 2.0 ** -(FORMATS[x.dtype].mantissa // 2 + 2), direction="LT")  # h may be denormal
    return odd(b, x, b.select(small, a, y))


def cosh(b: Any, x: Value) -> Value:
    """``h + 1 / (4 h)`` with ``h = exp(|x|) / 2``. Max error: 1.3 ULP (f32), 1.2 ULP (f64)."""
    p, n = exp_parts(b, b.min(b.abs(x), FORMATS[x.dtype].exp_max))
    h = scale(b, b.add(p, 1.0), b.add(n, -1))
    return b.add(h, b.div(b.full_like(x, 0.25), h))


def asinh(b: Any, x: Value) -> Value:
    """``log1p(a + a^2 / (1 + sqrt(a^2 + 1)))`` for ``a = |x|``, and ``log(a) + ln 2`` where a^2 may overflow.

    Max error: 1.4 ULP (f32), 1.3 ULP (f64).
    """
    a = b.abs(x)
    square = b.mul(a, a)
    inner = b.add(a, b.div(square, b.add(b.sqrt(b.add(square, 1.0)), 1.0)))
    return odd(b, x, _log1p_or_log2x(b, inner, a))


def acosh(b: Any, x: Value) -> Value:
    """``log1p(t + sqrt(t (t + 2)))`` with ``t = x - 1`` exact near 1, and ``log(x) + ln 2`` for big x.

    Max error: 2.2 ULP (f32), 2.1 ULP (f64).
    """
    t = b.sub(x, 1.0)
    inner = b.add(t, b.sqrt(b.mul(t, b.add(t, 2.0))))
    y = _log1p_or_log2x(b, inner, x)
    return where(b, b.compare(t, 0.0, direction="GE"), y, NAN)


def _log1p_or_log2x(b: Any, inner: Value, x: Value) -> Value:
    """``log1p(inner)``, or ``log(2 x)`` where `x` is so big that ``log1p(x) = log(x)``."""
    big = b.compare(x, FORMATS[x.dtype].huge, direction="GT")
    return b.add(log1p(b, b.select(big, x, inner)), where(b, big, b.full_like(x, LN2), 0.0))


def atanh(b: Any, x: Value) -> Value:
    """``log1p(2 a / (1 - a)) / 2`` for ``a = |x|``. Max error: 1.7 ULP (f32), 1.6 ULP (f64)."""
    a = b.abs(x)
    return odd(b, x, b.mul(log1p(b, b.div(b.add(a, a), b.sub(b.full_like(x, 1.0), a))), 0.5))


def cbrt(b: Any, x: Value) -> Value:
    """The exponent is divided by three with integers; the mantissa in [1, 8) gets a cubic guess, Halley steps, one Newton step.

    Max error: 0.8 ULP (f32), 0.8 ULP (f64).
    """
    f = FORMATS[x.dtype]
    a = bits_of(b, b.abs(x))
    biased = b.bitcast(b.shift_right_logical(a, b.full_like(a, f.mantissa)), dtype=f.sint)
    # Division by 3 as multiplication with 2^17 / 3, exact for numbers up to 2^16.
    k = b.shift_right_logical(b.mul(b.add(biased, 2 * f.bias), 43691), b.full_like(biased, 17))
    k = b.sub(k, f.bias)
    m = b.bitcast(b.sub(a, b.bitcast(b.shift_left(b.mul(k, 3), b.full_like(k, f.mantissa)), dtype=f.uint)), dtype=x.dtype)
    y = horner(b, m, _CBRT)
    for _ in range(1 if x.dtype == "f32" else 2):  # cubic convergence: 1e-2 -> 1e-6 -> 1e-18
        cube = b.mul(b.mul(y, y), y)
        y = b.mul(y, b.div(b.add(b.add(m, m), cube), b.add(b.add(cube, cube), m)))
    square = b.mul(y, y)
    y = b.sub(y, b.div(b.sub(b.mul(square, y), m), b.mul(square, 3.0)))
    y = odd(b, x, b.mul(y, power_of_two(b, k, x.dtype)))
    regular = b.and_(b.is_finite(x), b.compare(x, 0.0, direction="NE"))
    return b.select(regular, y, x)


def log_parts(b: Any, a: Value) -> tuple[Value, Value]:
    """``log(a)`` as an unevaluated sum of two numbers with about 8 more bits than one has; `a` positive and normal.

    ``a = m 2^e`` with m in [sqrt(1/2), sqrt(2)), and ``log(m) = 2 atanh(f)`` with ``f = (m - 1) / (m + 1)`` computed to one and
    a half times the precision, as is its cube.
    """
    f = FORMATS[a.dtype]
    root_half = 0x3F3504F3 if a.dtype == "f32" else 0x3FE6A09E667F3BCD
    bits = bits_of(b, a)
    shifted = b.bitcast(b.sub(bits, root_half), dtype=f.sint)
    e = b.shift_right_arithmetic(shifted, b.full_like(shifted, f.mantissa))
    m = b.bitcast(b.sub(bits, b.bitcast(b.shift_left(e, b.full_like(e, f.mantissa)), dtype=f.uint)), dtype=a.dtype)
    e = b.convert(e, dtype=a.dtype)

    top = b.sub(m, 1.0)  # exact
    bottom = b.add(m, 1.0)
    bottom_lo = b.sub(m, b.sub(bottom, 1.0))
    bottom_hi = chop(b, bottom)
    bottom_lo = b.add(b.sub(bottom, bottom_hi), bottom_lo)
    inverse = b.div(b.full_like(a, 1.0), bottom)
    hi = chop(b, b.mul(top, inverse))
    lo = b.mul(b.sub(b.sub(top, b.mul(hi, bottom_hi)), b.mul(hi, bottom_lo)), inverse)

    # f^2 and f^3 as sums of two numbers, then 2 f^3 / 3.
    square = b.mul(hi, hi)  # exact
    square_hi = chop(b, square)
    square_lo = b.add(b.sub(square, square_hi), b.mul(lo, b.add(b.mul(hi, 2.0), lo)))
    z = b.add(square_hi, square_lo)
    cube_hi = chop(b, b.mul(hi, square_hi))
    cube_lo = b.add(b.sub(b.mul(hi, square_hi), cube_hi), b.add(b.mul(hi, square_lo), b.mul(lo, z)))
    third_hi = 2 / 3 - (2 / 3) % (2.0**-11 if a.dtype == "f32" else 2.0**-26)
    third_lo = 2 / 3 - third_hi + 3.700743415417188e-17  # 2/3 itself is rounded
    tail = b.mul(b.mul(b.mul(z, z), b.add(hi, lo)), horner(b, z, _ATANH[a.dtype]))
    tail = b.add(tail, b.add(b.mul(cube_hi, third_lo), b.mul(cube_lo, 2 / 3)))
    tail = b.add(b.add(tail, b.mul(lo, 2.0)), b.mul(e, f.ln2_lo))

    # Sums of exact products, largest first, each with its rounding error.
    big, small = b.mul(e, f.ln2_hi), b.mul(hi, 2.0)
    first = b.add(big, small)
    error = b.sub(small, b.sub(first, big))
    small = b.mul(cube_hi, third_hi)
    total = b.add(first, small)
    error = b.add(error, b.sub(small, b.sub(total, first)))
    return total, b.add(error, tail)


def pow(b: Any, x: Value, y: Value) -> Value:
    """``exp(y log|x|)`` with the logarithm, the product and the argument of exp as sums of two numbers; C99's special cases.

    Max error: 1.0 ULP (f32), 1.0 ULP (f64).
    """
    f = FORMATS[x.dtype]
    a = b.abs(x)
    hi, lo = log_parts(b, a)
    log = b.add(hi, lo)
    log_hi = chop(b, log)
    log_lo = b.add(b.sub(hi, log_hi), lo)
    bound = 2.0**40 if x.dtype == "f32" else 2.0**70  # beyond, the result is 0, 1 or inf for every x
    power = clamp(b, y, -bound, bound)
    power_hi = chop(b, power)
    t = b.mul(power_hi, log_hi)  # exact
    t_lo = b.add(b.mul(power_hi, log_lo), b.mul(b.sub(power, power_hi), log))
    bounded = clamp(b, t, 1.1 * f.exp_min, 1.1 * f.exp_max)
    z = exp_sum(b, bounded, where(b, b.compare(t, bounded, direction="EQ"), t_lo, 0.0))

    above = b.compare(a, 1.0, direction="GT")
    extreme = b.or_(b.compare(a, f.tiny, direction="LT"), b.compare(a, INF, direction="EQ"))
    grows = b.xor(above, b.compare(y, 0.0, direction="LT"))
    z = b.select(extreme, where(b, grows, b.full_like(x, INF), 0.0), z)

    half = b.mul(y, 0.5)
    integer = b.compare(b.floor(y), y, direction="EQ")
    is_odd = b.and_(integer, b.compare(b.floor(half), half, direction="NE"))
    sign = sign_of(b, x)
    z = flip(b, z, b.select(is_odd, sign, b.full_like(sign, 0)))
    negative = b.and_(b.compare(x, 0.0, direction="LT"), b.compare(a, INF, direction="LT"))
    invalid = b.and_(negative, b.not_(integer))
    invalid = b.or_(invalid, b.or_(b.compare(x, x, direction="NE"), b.compare(y, y, direction="NE")))
    z = where(b, invalid, b.full_like(x, NAN), z)
    one = b.or_(b.compare(x, 1.0, direction="EQ"), b.compare(y, 0.0, direction="EQ"))
    return where(b, one, b.full_like(x, 1.0), z)


# Unsigned type, bits of the sign, infinity and a quiet NaN.
_LAYOUT = {
    "f16": ("ui16", 1 << 15, 0x7C00, 0x7E00),
    "bf16": ("ui16", 1 << 15, 0x7F80, 0x7FC0),
    "f32": ("ui32", 1 << 31, 0x7F800000, 0x7FC00000),
    "f64": ("ui64", 1 << 63, 0x7FF0000000000000, 0x7FF8000000000000),
}


def nextafter(b: Any, x: Value, y: Value) -> Value:
    """The next number after `x` towards `y`, with integers only, so that denormals survive where floats flush them."""
    uint, sign, infinity, nan = _LAYOUT[x.dtype]
    xb, yb = b.bitcast(x, dtype=uint), b.bitcast(y, dtype=uint)
    xa, ya = b.and_(xb, sign - 1), b.and_(yb, sign - 1)
    xs, ys = b.and_(xb, sign), b.and_(yb, sign)
    towards_zero = b.or_(b.compare(xa, ya, direction="GT"), b.compare(xs, ys, direction="NE"))
    step = b.select(towards_zero, b.sub(xb, 1), b.add(xb, 1))
    zero = b.compare(xa, 0, direction="EQ")
    step = b.select(zero, b.or_(ys, 1), step)
    same = b.or_(b.compare(xb, yb, direction="EQ"), b.and_(zero, b.compare(ya, 0, direction="EQ")))
    step = b.select(same, yb, step)
    invalid = b.or_(b.compare(xa, infinity, direction="GT"), b.compare(ya, infinity, direction="GT"))
    step = where(b, invalid, b.full_like(xb, nan), step)
    return b.bitcast(step, dtype=x.dtype)
