"""Circular functions and their inverses in terms of basic ops."""

from __future__ import annotations

from typing import Any

from .ir import Value
from .real_math_base import FORMATS, INF, NAN, PI, bits_of, flip, horner, odd, sign_of, where

# The binary digits of 2 / pi, enough for the biggest double.
_TWO_OVER_PI = int(
    "A2F9836E4E441529FC2757D1F534DDC0DB6295993C439041FE5163ABDEBBC561B7246E3A424DD2E006492EEA09D1921CFE1D"
    "EB1CB129A73EE88235F52EBB4484E99C7026B45F7E413991D639835339F49C845F8BBDF9283B1FF897FFDE05980FEF2F118B"
    "5A0A6D1F6D367ECF27CB09B74F463F669E5FEA2D7527BAC7EBE5F17B3D0739F78A5292EA6BFB5FB11F8D5D0856033046FC7B"
    "6BAB",
    16,
)
_TWO_OVER_PI_BITS = 1216

# (sin(r) / r - 1) / r^2 and (cos(r) - 1 + r^2 / 2) / r^4 in r^2, |r| <= 1.
_SIN = {
    "f32": (2.706066854e-6, -0.0001983817424, 0.008333327149, -0.1666666665),
    "f64": (
        2.77875998114971333e-15, -7.64663338665424213e-13, 1.60590393533222685e-10, -2.50521083644360482e-8,
        2.75573192239324382e-6, -0.000198412698412697745, 0.0083333333333333333, -0.166666666666666667,
    ),
}  # fmt: skip
_COS = {
    "f32": (2.439173083e-5, -0.001388735565, 0.04166665815),
    "f64": (
        4.72511470647661482e-14, -1.14699994754274639e-11, 2.08767519051172678e-9, -2.75573192062048564e-7,
        0.0000248015873015576747, -0.00138888888888888704, 0.0416666666666666666,
    ),
}  # fmt: skip
# (asin(s) / s - 1) / s^2 in s^2, |s| <= 1/2.
_ASIN = {
    "f32": (0.0336908472, 0.01714923836, 0.03110066274, 0.04459940153, 0.07500094543, 0.1666666634),
    "f64": (
        0.0296120112649551204, -0.0192416717467430407, 0.0195545133361233789, 0.0030448799094556774, 0.0093195607947674463,
        0.00962184297010028102, 0.0115664596121216686, 0.0139637800122035696, 0.017352816540325495, 0.0223721574435072224,
        0.03038194447553234, 0.0446428571425518929, 0.0750000000000011775, 0.166666666666666666,
    ),
}  # fmt: skip
# (atan(t) / t - 1) / t^2 in t^2, |t| <= tan(pi / 8).
_ATAN = {
    "f32": (-0.06451928208, 0.1074373149, -0.142639556, 0.1999954048, -0.3333333176),
    "f64": (
        0.0162857568552210282, -0.0345705619814277468, 0.0455159322062654917, -0.0523045427065024452, 0.0587892899783477513,
        -0.0666642488573825533, 0.076922963750321424, -0.0909090875350087684, 0.111111111051554466, -0.142857142856598276,
        0.199999999999998045, -0.333333333333333332,
    ),
}  # fmt: skip
_TAN_PI_8 = 0.41421356237309503
# pi / 4 and pi / 2 in two parts, the first short enough for exact products with small integers.
_PI_4 = {"f32": (0.785398006439209, 1.5695823932524066e-7), "f64": (0.7853981633974456, 2.6951514290790595e-15)}


# Reduction of the argument ----------------------------------------------------------------------------------------------
def _windows(b: Any, index: Value, dtype: str) -> list[Value]:
    """Three words of the digits of 2/pi from bit ``index`` on (Payne and Hanek's window), picked by halving selects.

    The digits are preceded by zeros, so that bit 0 belongs to exponent 0.
    """
    f = FORMATS[dtype]
    w = f.bits
    count = (f.bias + 1) // w + 3  # words, for any exponent
    total = _TWO_OVER_PI >> (_TWO_OVER_PI_BITS + f.mantissa + 2 - count * w)
    table: list[Any] = [(total >> (w * (count - 1 - i))) & ((1 << w) - 1) for i in range(count)]
    words: list[Any] = [b.full_like(index, t) for t in table]
    shift_bits = w.bit_length() - 1
    step = (f.bias + 1) // w // 2
    while step:
        pred = b.compare(b.and_(index, step << shift_bits), 0, direction="NE")
        words = [b.select(pred, words[i + step], words[i]) for i in range(len(words) - step)]
        step //= 2
    low = b.and_(index, w - 1)
    rest = b.sub(b.full_like(low, w - 1), low)
    # A shift by `rest + 1` in two steps, since a shift by all bits is not defined.
    return [
        b.or_(b.shift_left(words[i], low), b.shift_right_logical(b.shift_right_logical(words[i + 1], b.full_like(low, 1)), rest))
        for i in range(3)
    ]


def _mul_high(b: Any, x: Value, y: Value, bits: int) -> Value:
    """Upper word of the product of two unsigned words."""
    half = bits // 2
    mask = (1 << half) - 1
    shift = b.full_like(x, half)
    xl, xh, yl, yh = b.and_(x, mask), b.shift_right_logical(x, shift), b.and_(y, mask), b.shift_right_logical(y, shift)
    middle = b.add(b.mul(xh, yl), b.shift_right_logical(b.mul(xl, yl), shift))
    other = b.add(b.mul(xl, yh), b.and_(middle, mask))
    return b.add(b.add(b.mul(xh, yh), b.shift_right_logical(middle, shift)), b.shift_right_logical(other, shift))


def _reduce(b: Any, a: Value) -> tuple[Value, Value]:
    """``(r, q)`` with ``a = r + q pi/2`` modulo 2 pi, |r| <= pi/4, or ``r = a``, ``q = 0`` for a < 1; `q` is unsigned.

    Payne and Hanek's method in integers of the float's own width for every a >= 1: x 2/pi modulo 4 to two words, whatever
    the exponent. One path for all arguments is cheaper than Cody-Waite plus a select, since selects evaluate both sides. A sine of
    2^20 floats takes 1.2 ms on one core, against 0.4 ms for a short Cody-Waite reduction that is right only for small arguments.
    """
    f = FORMATS[a.dtype]
    w = f.bits
    bits = bits_of(b, a)
    exponent = b.sub(b.shift_right_logical(bits, b.full_like(bits, f.mantissa)), f.bias)
    w0, w1, w2 = _windows(b, exponent, a.dtype)
    m = b.or_(b.and_(bits, (1 << f.mantissa) - 1), 1 << f.mantissa)
    low = b.mul(m, w1)
    if w == 32:  # no float is so close to a multiple of pi/2 that the lowest 9 bits of the fraction matter
        half = b.full_like(m, 16)
        add = b.mul(b.shift_right_logical(m, b.full_like(m, 8)), b.shift_right_logical(w2, half))
        add = b.shift_right_logical(add, b.full_like(add, 8))
    else:
        add = _mul_high(b, m, w2, w)
    low = b.add(low, add)
    carry = b.convert(b.compare(low, add, direction="LT"), dtype=f.uint)
    high = b.add(b.add(b.mul(m, w0), _mul_high(b, m, w1, w)), carry)
    # `high` has two integer bits; the rest and `low` are the fraction.
    two = b.full_like(high, w - 2)
    q = b.shift_right_logical(b.add(high, 1 << (w - 3)), two)
    fraction = b.sub(high, b.shift_left(q, two))
    # Sign and magnitude, for an accurate small fraction.
    signed = b.bitcast(fraction, dtype=f.sint)
    mask = b.bitcast(b.shift_right_arithmetic(signed, b.full_like(signed, w - 1)), dtype=f.uint)
    fraction, low = b.xor(fraction, mask), b.xor(low, mask)
    # r = fraction pi/2: the upper bits of both factors have an exact product.
    cut = 18 if w == 32 else 36
    upper_bits = b.shift_left(b.shift_right_logical(fraction, b.full_like(fraction, cut)), b.full_like(fraction, cut))
    upper = b.convert(b.bitcast(upper_bits, dtype=f.sint), dtype=a.dtype)
    lower = b.convert(b.bitcast(b.sub(fraction, upper_bits), dtype=f.sint), dtype=a.dtype)
    unused = w - 1 - f.mantissa
    last = b.convert(b.bitcast(b.shift_right_logical(low, b.full_like(low, unused)), dtype=f.sint), dtype=a.dtype)
    lower = b.add(lower, b.mul(last, 2.0 ** (unused - w)))
    unit = 2.0 ** (2 - w)
    hi = PI / 2 - (PI / 2) % (2.0**-11 if w == 32 else 2.0**-25)
    lo = (PI / 2 - hi) + 6.123233995736766e-17
    r = b.add(b.mul(upper, hi * unit), b.add(b.mul(upper, lo * unit), b.mul(lower, PI / 2 * unit)))
    r = flip(b, r, b.and_(mask, f.sign))
    small = b.compare(a, 1.0, direction="LT")
    return b.select(small, a, r), where(b, small, b.full_like(q, 0), q)


def _sin_cos(b: Any, r: Value) -> tuple[Value, Value]:
    """sine and cosine for ``|r| <= 1``."""
    z = b.mul(r, r)
    sine = b.add(r, b.mul(b.mul(r, z), horner(b, z, _SIN[r.dtype])))
    half = b.mul(z, 0.5)
    near = b.sub(b.full_like(r, 1.0), half)
    rest = b.sub(b.sub(b.full_like(r, 1.0), near), half)
    return sine, b.add(near, b.add(rest, b.mul(b.mul(z, z), horner(b, z, _COS[r.dtype]))))


def _quadrant(b: Any, q: Value, bit: int, dtype: str) -> Value:
    """The given bit of the quadrant, moved to the sign."""
    return b.shift_left(b.shift_right_logical(q, b.full_like(q, bit)), b.full_like(q, FORMATS[dtype].bits - 1))


def _is_odd(b: Any, q: Value) -> Value:
    return b.compare(b.and_(q, 1), 0, direction="NE")


def sin(b: Any, x: Value) -> Value:
    """Payne-Hanek reduction for every |x| >= 1, then a polynomial of sine or cosine.

    Max error: 1.9 ULP (f32, every |x| >= 0.5 tried), 1.6 ULP (f64).
    """
    r, q = _reduce(b, b.abs(x))
    sine, cosine = _sin_cos(b, r)
    y = flip(b, b.select(_is_odd(b, q), cosine, sine), _quadrant(b, q, 1, x.dtype))
    return where(b, b.is_finite(x), odd(b, x, y), NAN)


def cos(b: Any, x: Value) -> Value:
    """As sine, one quadrant on. Max error: 1.9 ULP (f32), 1.5 ULP (f64)."""
    r, q = _reduce(b, b.abs(x))
    sine, cosine = _sin_cos(b, r)
    y = flip(b, b.select(_is_odd(b, q), sine, cosine), _quadrant(b, b.add(q, 1), 1, x.dtype))
    return where(b, b.is_finite(x), y, NAN)


def tan(b: Any, x: Value) -> Value:
    """sine / cosine, or -cosine / sine in odd quadrants. Max error: 2.3 ULP (f32), 2.3 ULP (f64)."""
    r, q = _reduce(b, b.abs(x))
    sine, cosine = _sin_cos(b, r)
    swap = _is_odd(b, q)
    y = b.div(b.select(swap, cosine, sine), b.select(swap, sine, cosine))
    return where(b, b.is_finite(x), odd(b, x, flip(b, y, _quadrant(b, q, 0, x.dtype))), NAN)


# Inverses -----------------------------------------------------------------------------------------------------------------
def _half_angle(b: Any, x: Value) -> tuple[Value, Value]:
    """``(big, t)``: t = asin|x| where |x| <= 1/2, else asin(sqrt((1 - |x|) / 2)), which is acos|x| / 2. NaN for |x| > 1."""
    a = b.abs(x)
    big = b.compare(a, 0.5, direction="GT")
    half = b.mul(b.sub(b.full_like(a, 1.0), a), 0.5)  # exact
    z = b.select(big, half, b.mul(a, a))
    s = b.select(big, b.sqrt(half), a)
    return big, b.add(s, b.mul(b.mul(s, z), horner(b, z, _ASIN[x.dtype])))


def asin(b: Any, x: Value) -> Value:
    """A polynomial for |x| <= 1/2, else ``pi/2 - 2 asin(sqrt((1 - |x|) / 2))``. Max error: 2.3 ULP (f32), 2.1 ULP (f64)."""
    hi, lo = _PI_4[x.dtype]
    big, t = _half_angle(b, x)
    far = b.sub(b.full_like(x, 2 * hi), b.sub(b.mul(t, 2.0), 2 * lo))
    return odd(b, x, b.select(big, far, t))


def acos(b: Any, x: Value) -> Value:
    """``2 asin(sqrt((1 - |x|) / 2))`` or pi minus that for |x| > 1/2, else ``pi/2 - asin(x)``.

    Max error: 1.1 ULP (f32), 1.0 ULP (f64).
    """
    hi, lo = _PI_4[x.dtype]
    big, t = _half_angle(b, x)
    t = b.select(big, b.mul(t, 2.0), t)
    negative = b.compare(x, 0.0, direction="LT")
    # base + sign * t, the base in two parts.
    base = where(b, big, where(b, negative, b.full_like(x, 4.0), 0.0), 2.0)
    t = b.select(b.xor(big, negative), t, b.neg(t))
    return b.add(b.mul(base, hi), b.add(b.mul(base, lo), t))


def _atan_kernel(b: Any, t: Value) -> Value:
    z = b.mul(t, t)
    return b.add(t, b.mul(b.mul(t, z), horner(b, z, _ATAN[t.dtype])))


def atan(b: Any, x: Value) -> Value:
    """``k pi/4 + atan(t)`` with ``|t| <= tan(pi/8)``: t is a, (a - 1) / (a + 1) or -1 / a for ``a = |x|``.

    Max error: 1.4 ULP (f32), 1.3 ULP (f64).
    """
    hi, lo = _PI_4[x.dtype]
    a = b.abs(x)
    one = b.full_like(x, 1.0)
    middle = b.compare(a, _TAN_PI_8, direction="GT")
    far = b.compare(a, 1 / _TAN_PI_8, direction="GT")
    top = b.select(far, b.neg(one), b.select(middle, b.sub(a, 1.0), a))
    bottom = b.select(far, a, b.select(middle, b.add(a, 1.0), one))
    k = where(b, far, b.full_like(x, 2.0), where(b, middle, one, 0.0))
    t = _atan_kernel(b, b.div(top, bottom))
    return odd(b, x, b.add(b.mul(k, hi), b.add(b.mul(k, lo), t)))


def atan2(b: Any, y: Value, x: Value) -> Value:
    """``k pi/4 ± atan(t)`` with t from the smaller of |x|, |y| over the bigger, as in atan; all cases of zeros and infinities.

    Max error: 1.5 ULP (f32), 1.7 ULP (f64).
    """
    hi, lo = _PI_4[x.dtype]
    ax, ay = b.abs(x), b.abs(y)
    small, big = b.min(ax, ay), b.max(ax, ay)
    damp = where(b, b.compare(big, 2.0**100, direction="GT"), b.full_like(x, 0.125), 1.0)  # the sum must not overflow
    small, big = b.mul(small, damp), b.mul(big, damp)
    infinite = b.compare(small, INF, direction="EQ")
    middle = b.or_(b.compare(small, b.mul(big, _TAN_PI_8), direction="GT"), infinite)
    top = b.select(middle, b.sub(small, big), small)
    bottom = b.select(middle, b.add(small, big), big)
    t = where(b, b.compare(small, big, direction="EQ"), b.full_like(x, 0.0), b.div(top, bottom))
    t = _atan_kernel(b, t)
    k = where(b, middle, b.full_like(x, 1.0), 0.0)
    steep = b.compare(ay, ax, direction="GT")
    k = b.select(steep, b.sub(b.full_like(x, 2.0), k), k)
    left = sign_of(b, x)
    behind = b.compare(left, 0, direction="NE")
    k = b.select(behind, b.sub(b.full_like(x, 4.0), k), k)
    t = flip(b, b.select(steep, b.neg(t), t), left)
    return odd(b, y, b.add(b.mul(k, hi), b.add(b.mul(k, lo), t)))
