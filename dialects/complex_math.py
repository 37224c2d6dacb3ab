"""Complex functions in real operations on pairs (real part, imaginary part).

The split-complex pass uses them as the `split_complex` rules of the ops of the same names. Each formula avoids overflow of
intermediate results and cancellation where that is cheap, and takes the branch cuts that C99 and NumPy take; the inverse
functions follow Kahan, "Branch cuts for complex elementary functions" (1987).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from . import types as T
from .builder import Builder
from .ir import Value
from .types import Aval

Pair = tuple[Value, Value]


def split(fn: Callable[..., Any]) -> Callable[..., Any]:
    """A split_complex rule from ``fn(b, *pairs, **attrs)``."""

    def rule(b: Builder, operands: list[Any], attrs: dict[str, Any], outs: list[Aval]) -> Any:
        return fn(b, *operands, **attrs)

    return rule


# Building blocks -------------------------------------------------------------------------------------------------------------
def times_i(b: Builder, z: Pair) -> Pair:
    return b.neg(z[1]), z[0]


def over_i(b: Builder, z: Pair) -> Pair:
    return z[1], b.neg(z[0])


def is_negative(b: Builder, x: Value) -> Value:
    """The sign bit, which tells -0.0 from 0.0: on a branch cut it says which side is meant."""
    return b.compare(b.bitcast(x, dtype=f"i{T.BITS[x.dtype]}"), 0, direction="LT")


def copysign(b: Builder, magnitude: Value, sign: Value) -> Value:
    """`magnitude`, which is not negative, with the sign bit of `sign`."""
    return b.select(is_negative(b, sign), b.neg(magnitude), magnitude)


def _largest(x: Value) -> float:
    return float(np.finfo(T.np_dtype(x.dtype)).max)


def scaled(b: Builder, z: Pair) -> tuple[Value, Value, Value]:
    """(m, u, v) with z = m (u + iv), m = max(|re|, |im|), so that u and v can be squared. 0 gives m = u = v = 0."""
    re, im = z
    m = b.max(b.abs(re), b.abs(im))
    zero, one = b.full_like(m, 0), b.full_like(m, 1)
    infinite = b.compare(m, math.inf, direction="EQ")
    divisor = b.select(b.compare(m, zero, direction="EQ"), one, m)

    def part(x: Value) -> Value:
        at_infinity = b.select(b.compare(b.abs(x), math.inf, direction="EQ"), b.sign(x), zero)
        return b.select(infinite, at_infinity, b.div(x, divisor))

    return m, part(re), part(im)


def hypot(b: Builder, x: Value, y: Value) -> Value:
    """sqrt(x**2 + y**2) of numbers whose squares neither overflow nor matter when they underflow."""
    return b.sqrt(b.add(b.mul(x, x), b.mul(y, y)))


# Arithmetic ------------------------------------------------------------------------------------------------------------------
def add(b: Builder, z: Pair, w: Pair) -> Pair:
    return b.add(z[0], w[0]), b.add(z[1], w[1])


def mul(b: Builder, z: Pair, w: Pair) -> Pair:
    (x, y), (u, v) = z, w
    return b.sub(b.mul(x, u), b.mul(y, v)), b.add(b.mul(x, v), b.mul(y, u))


def div(b: Builder, z: Pair, w: Pair) -> Pair:
    """Smith's division: by the larger part of the divisor first."""
    (x, y), (u, v) = z, w
    swap = b.compare(b.abs(u), b.abs(v), direction="LT")
    large, small = b.select(swap, v, u), b.select(swap, u, v)
    one, zero = b.full_like(u, 1), b.full_like(u, 0)
    is_zero = b.compare(large, zero, direction="EQ")
    ratio = b.select(is_zero, zero, b.div(small, b.select(is_zero, one, large)))
    divisor = b.add(large, b.mul(small, ratio))
    p, q = b.select(swap, y, x), b.select(swap, x, y)
    im = b.sub(q, b.mul(p, ratio))
    return b.div(b.add(p, b.mul(q, ratio)), divisor), b.div(b.select(swap, b.neg(im), im), divisor)


def abs_(b: Builder, z: Pair) -> Value:
    m, u, v = scaled(b, z)
    infinite = b.or_(b.compare(b.abs(z[0]), math.inf, direction="EQ"), b.compare(b.abs(z[1]), math.inf, direction="EQ"))
    return b.select(infinite, b.full_like(m, math.inf), b.mul(m, hypot(b, u, v)))  # inf also beside a NaN


def sign(b: Builder, z: Pair) -> Pair:
    _, u, v = scaled(b, z)
    h = hypot(b, u, v)
    h = b.select(b.compare(h, 0, direction="EQ"), b.full_like(h, 1), h)
    return b.div(u, h), b.div(v, h)


def integer_pow(b: Builder, z: Pair, *, y: int) -> Pair:
    """By repeated squaring."""
    one = (b.full_like(z[0], 1), b.full_like(z[0], 0))
    acc: Pair | None = None
    n = abs(y)
    while n:
        if n & 1:
            acc = z if acc is None else mul(b, acc, z)
        n >>= 1
        if n:
            z = mul(b, z, z)
    if acc is None:
        return one
    return div(b, one, acc) if y < 0 else acc


# Exponentials and logarithms ---------------------------------------------------------------------------------------------------
def _polar(b: Builder, log_modulus: Value, angle: Value) -> Pair:
    """exp(log_modulus + i angle), finite wherever the result is, and real for angle 0."""
    step = 64.0 if log_modulus.dtype == "f32" else 512.0
    big = b.compare(log_modulus, step, direction="GT")
    modulus = b.exp(b.select(big, b.sub(log_modulus, step), log_modulus))
    rest = b.select(big, b.full_like(modulus, math.exp(step)), b.full_like(modulus, 1))
    no_modulus = b.compare(log_modulus, -math.inf, direction="EQ")  # 0, whatever the angle
    real = b.or_(b.compare(angle, 0, direction="EQ"), no_modulus)
    zero = b.full_like(modulus, 0)
    re = b.mul(b.mul(modulus, b.select(no_modulus, zero, b.cos(angle))), rest)
    im = b.select(real, b.select(no_modulus, zero, angle), b.mul(b.mul(modulus, b.sin(angle)), rest))
    return re, im


def exp(b: Builder, z: Pair) -> Pair:
    return _polar(b, z[0], z[1])


def exp2(b: Builder, z: Pair) -> Pair:
    angle = b.mul(z[1], math.log(2))
    modulus = b.exp2(z[0])
    real = b.compare(angle, 0, direction="EQ")
    return b.mul(modulus, b.cos(angle)), b.select(real, angle, b.mul(modulus, b.sin(angle)))


def expm1(b: Builder, z: Pair) -> Pair:
    """Real part expm1(x) cos(y) + cos(y) - 1, where cos(y) - 1 = -2 sin(y / 2)**2."""
    half = b.sin(b.mul(z[1], 0.5))
    re = b.sub(b.mul(b.expm1(z[0]), b.cos(z[1])), b.mul(2, b.mul(half, half)))
    real = b.compare(z[1], 0, direction="EQ")
    return re, b.select(real, z[1], b.mul(b.exp(z[0]), b.sin(z[1])))


def log(b: Builder, z: Pair) -> Pair:
    """log of the modulus: near the unit circle from |z|**2 - 1, which log would round away; else from the larger part."""
    x, y = b.abs(z[0]), b.abs(z[1])
    m, n = b.max(x, y), b.min(x, y)
    near = b.and_(b.compare(m, 0.5, direction="GT"), b.compare(m, 2, direction="LT"))
    regular = b.and_(b.compare(m, 0, direction="GT"), b.compare(m, math.inf, direction="LT"))
    zero, one = b.full_like(m, 0), b.full_like(m, 1)
    ratio = b.select(regular, b.div(n, b.select(regular, m, one)), zero)
    near_one = b.add(b.mul(b.sub(m, 1), b.add(m, 1)), b.mul(n, n))
    correction = b.mul(0.5, b.log1p(b.select(near, near_one, b.mul(ratio, ratio))))
    return b.add(correction, b.select(near, zero, b.log(m))), b.atan2(z[1], z[0])


def log1p(b: Builder, z: Pair) -> Pair:
    """Near 0 from |1 + z|**2 - 1 = x (2 + x) + y**2, elsewhere log(1 + z)."""
    x, y = z
    re, im = log(b, (b.add(x, 1), y))
    near = b.compare(b.max(b.abs(x), b.abs(y)), 0.25, direction="LT")
    change = b.select(near, b.add(b.mul(x, b.add(x, 2)), b.mul(y, y)), b.full_like(x, 0))
    return b.select(near, b.mul(0.5, b.log1p(change)), re), im


def sqrt(b: Builder, z: Pair) -> Pair:
    """The part without cancellation is sqrt((|x| + |z|) / 2); the other one follows from x y = im / 2."""
    re, im = z
    m, u, v = scaled(b, z)
    t = b.mul(b.sqrt(m), b.sqrt(b.mul(0.5, b.add(b.abs(u), hypot(b, u, v)))))
    zero = b.compare(t, 0, direction="EQ")
    other = b.div(b.abs(im), b.select(zero, b.full_like(t, 1), b.add(t, t)))
    infinite = b.compare(b.abs(im), math.inf, direction="EQ")  # (inf, +-inf), whatever the real part
    left = b.compare(re, 0, direction="LT")
    out_re = b.select(infinite, b.abs(im), b.select(left, other, t))
    out_im = b.select(infinite, b.abs(im), b.select(left, t, other))
    return out_re, copysign(b, out_im, im)


def rsqrt(b: Builder, z: Pair) -> Pair:
    return div(b, (b.full_like(z[0], 1), b.full_like(z[0], 0)), sqrt(b, z))


def pow(b: Builder, z: Pair, w: Pair) -> Pair:
    """exp(w log z); 1 for w = 0, and 0 for z = 0 where the real part of w is positive."""
    zero = b.full_like(z[0], 0)

    def is_zero(p: Pair) -> Value:
        return b.and_(b.compare(p[0], 0, direction="EQ"), b.compare(p[1], 0, direction="EQ"))

    no_exponent = is_zero(w)
    vanishes = b.and_(is_zero(z), b.compare(w[0], 0, direction="GT"))
    special = b.or_(no_exponent, vanishes)
    re, im = exp(b, mul(b, w, log(b, z)))
    return b.select(special, b.convert(no_exponent, dtype=zero.dtype), re), b.select(special, zero, im)


def logistic(b: Builder, z: Pair) -> Pair:
    """Through exp of a number with negative real part, which cannot overflow."""
    positive = b.compare(z[0], 0, direction="GE")
    e = exp(b, (b.neg(b.abs(z[0])), b.select(positive, b.neg(z[1]), z[1])))
    one, zero = b.full_like(z[0], 1), b.full_like(z[0], 0)
    top = (b.select(positive, one, e[0]), b.select(positive, zero, e[1]))
    return div(b, top, (b.add(e[0], 1), e[1]))


# Hyperbolic and trigonometric functions ------------------------------------------------------------------------------------------
def sinh(b: Builder, z: Pair) -> Pair:
    x, y = z
    im = b.mul(b.cosh(x), b.sin(y))
    return b.mul(b.sinh(x), b.cos(y)), b.select(b.compare(y, 0, direction="EQ"), y, im)  # cosh(x) may have overflowed


def cosh(b: Builder, z: Pair) -> Pair:
    x, y = z
    im = b.mul(b.sinh(x), b.sin(y))
    signed_zero = b.mul(b.max(b.min(x, 1), -1), y)
    return b.mul(b.cosh(x), b.cos(y)), b.select(b.compare(y, 0, direction="EQ"), signed_zero, im)


def tanh(b: Builder, z: Pair) -> Pair:
    """(sinh x cosh x + i sin y cos y) / (sinh(x)**2 + cos(y)**2): no cancellation. Clamped where tanh has long been 1."""
    limit = 40.0 if z[0].dtype == "f32" else 350.0
    x = b.max(b.min(z[0], limit), -limit)
    s, sn, cs = b.sinh(x), b.sin(z[1]), b.cos(z[1])
    divisor = b.add(b.mul(s, s), b.mul(cs, cs))
    return b.div(b.mul(s, b.cosh(x)), divisor), b.div(b.mul(sn, cs), divisor)


def sin(b: Builder, z: Pair) -> Pair:
    return over_i(b, sinh(b, times_i(b, z)))


def cos(b: Builder, z: Pair) -> Pair:
    return cosh(b, times_i(b, z))


def tan(b: Builder, z: Pair) -> Pair:
    return over_i(b, tanh(b, times_i(b, z)))


def asin(b: Builder, z: Pair) -> Pair:
    x, y = z
    (p, q), (r, s) = sqrt(b, (b.sub(1, x), b.neg(y))), sqrt(b, (b.add(1, x), y))
    return b.atan2(x, b.sub(b.mul(p, r), b.mul(q, s))), b.asinh(b.sub(b.mul(p, s), b.mul(q, r)))


def acos(b: Builder, z: Pair) -> Pair:
    x, y = z
    (p, q), (r, s) = sqrt(b, (b.sub(1, x), b.neg(y))), sqrt(b, (b.add(1, x), y))
    return b.mul(2, b.atan2(p, r)), b.asinh(b.sub(b.mul(q, r), b.mul(p, s)))


def acosh(b: Builder, z: Pair) -> Pair:
    x, y = z
    (p, q), (r, s) = sqrt(b, (b.sub(x, 1), y)), sqrt(b, (b.add(x, 1), y))
    return b.asinh(b.add(b.mul(p, r), b.mul(q, s))), b.mul(2, b.atan2(q, r))


def asinh(b: Builder, z: Pair) -> Pair:
    return over_i(b, asin(b, times_i(b, z)))


def atanh(b: Builder, z: Pair) -> Pair:
    """Real part log1p(4x / ((1 - x)**2 + y**2)) / 4; for huge z, where the squares overflow, atanh(z) = 1/z + i pi/2."""
    x, y = b.abs(z[0]), z[1]
    huge = b.compare(b.max(x, b.abs(y)), math.sqrt(_largest(x)) / 4, direction="GT")
    one, zero = b.full_like(x, 1), b.full_like(x, 0)
    inverse, _ = div(b, (one, zero), (x, y))
    x, y = b.select(huge, zero, x), b.select(huge, one, y)
    gap, y2 = b.sub(1, x), b.mul(y, y)
    re = b.mul(0.25, b.log1p(b.div(b.mul(4, x), b.add(b.mul(gap, gap), y2))))
    at_pole = b.and_(b.compare(gap, 0, direction="EQ"), b.compare(b.abs(y), 1e-10, direction="LT"))  # y**2 may underflow
    re = b.select(at_pole, b.mul(-0.5, b.log(b.mul(0.5, b.abs(y)))), re)
    im = b.mul(0.5, b.atan2(b.add(y, y), b.sub(b.mul(gap, b.add(1, x)), y2)))
    im = b.select(huge, copysign(b, b.full_like(x, math.pi / 2), z[1]), im)
    return copysign(b, b.select(huge, b.abs(inverse), re), z[0]), im


def atan(b: Builder, z: Pair) -> Pair:
    return over_i(b, atanh(b, times_i(b, z)))


# Comparison: lexicographic, as NumPy orders complex numbers ----------------------------------------------------------------------
def compare(b: Builder, z: Pair, w: Pair, *, direction: str) -> Value:
    """Parts compare in order; where the real parts decide, a NaN in an imaginary part makes every comparison false."""
    (x, y), (u, v) = z, w
    if direction in ("EQ", "NE"):
        re, im = b.compare(x, u, direction=direction), b.compare(y, v, direction=direction)
        return b.and_(re, im) if direction == "EQ" else b.or_(re, im)
    ordered = b.and_(b.compare(y, y, direction="EQ"), b.compare(v, v, direction="EQ"))
    decided = b.and_(b.compare(x, u, direction=direction[0] + "T"), ordered)
    return b.or_(decided, b.and_(b.compare(x, u, direction="EQ"), b.compare(y, v, direction=direction)))
