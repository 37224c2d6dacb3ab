"""Words that the real elementwise decompositions share: bit tricks, exact products, the exponential's kernel.

The compiler may contract ``a * b + c`` into one fused operation, or not, and may do it in one use of a product and not in
another. So the error-free steps here never rely on a rounded product: factors are cut to half the mantissa by masking bits
(`chop`), which makes their products exact in either form. Veltkamp's split is no substitute: contraction turns it into the
identity. Denormals are flushed to zero in compiled code, so nothing here needs them.

All polynomials are Chebyshev interpolants (within a factor of two of minimax), highest degree first, computed with
``mpmath.chebyfit``; the function and interval stand next to each.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from .ir import Value


class Format(NamedTuple):
    """What the decompositions need to know about a floating-point format."""

    uint: str
    sint: str
    bits: int
    mantissa: int  # stored bits
    bias: int
    chop: int  # mask that keeps half of the significand
    magic: float  # adding it rounds to the nearest integer, and puts that integer into the low bits
    ln2_hi: float  # times an exponent is exact
    ln2_lo: float
    exp_max: float  # the exponential overflows from here on
    exp_min: float  # ... is zero, denormals included
    expm1_min: float  # exp(x) - 1 rounds to -1
    tiny: float  # smallest normal number
    huge: float  # x + 1 == x, while x * x is finite

    @property
    def sign(self) -> int:
        return 1 << (self.bits - 1)


FORMATS = {
    "f32": Format(
        "ui32", "i32", 32, 23, 127, 0xFFFFF000, 12582912.0, 0.693145751953125, 1.4286068203094172e-6,
        89.5, -104.0, -18.0, 2.0**-126, 2.0**26,
    ),
    "f64": Format(
        "ui64", "i64", 64, 52, 1023, 0xFFFFFFFFF8000000, 6755399441055744.0, 0.6931471805592082, 7.3710025651677990e-13,
        711.0, -746.0, -40.0, 2.0**-1022, 2.0**54,
    ),
}  # fmt: skip

NAN = float("nan")
INF = float("inf")
LN2 = 0.6931471805599453
PI = 3.141592653589793

# (expm1(r) - r) / r^2 on |r| <= ln(2) / 2: relative error of the result 2^-25 (f32), 2^-61 (f64).
_EXPM1 = {
    "f32": (0.001392622492, 0.00836321214, 0.04166655437, 0.1666657679, 0.5),
    "f64": (
        2.09146673295986656e-9, 2.51052758419369675e-8, 2.7557273746020312e-7, 2.75572552587598632e-6, 0.0000248015873253821657,
        0.00019841269874932201, 0.00138888888888838545, 0.00833333333332610319, 0.0416666666666666695, 0.16666666666666671, 0.5,
    ),
}  # fmt: skip


def horner(b: Any, x: Value, coefficients: Sequence[float]) -> Value:
    """Value of a polynomial, highest coefficient first."""
    first, second, *rest = coefficients
    y = b.add(b.mul(x, first), second)
    for c in rest:
        y = b.add(b.mul(y, x), c)
    return y


def bits_of(b: Any, x: Value) -> Value:
    return b.bitcast(x, dtype=FORMATS[x.dtype].uint)


def chop(b: Any, x: Value) -> Value:
    """`x` cut to the upper half of its significand: products of two such numbers are exact."""
    return b.bitcast(b.and_(bits_of(b, x), FORMATS[x.dtype].chop), dtype=x.dtype)


def sign_of(b: Any, x: Value) -> Value:
    """The sign bit of `x` in place, as an unsigned integer."""
    return b.and_(bits_of(b, x), FORMATS[x.dtype].sign)


def flip(b: Any, x: Value, sign: Value) -> Value:
    """`x` with its sign flipped where the sign bit in `sign` is set."""
    return b.bitcast(b.xor(bits_of(b, x), sign), dtype=x.dtype)


def odd(b: Any, x: Value, magnitude: Value) -> Value:
    """An odd function of `x` from its value `magnitude` at ``|x|``; keeps the sign of zero."""
    return flip(b, magnitude, sign_of(b, x))


def where(b: Any, pred: Value, x: Any, y: Any) -> Value:
    """``select`` that takes Python numbers for one of the two choices."""
    if isinstance(x, int | float):
        x = b.full_like(y, x)
    if isinstance(y, int | float):
        y = b.full_like(x, y)
    return b.select(pred, x, y)


def nearest(b: Any, x: Value) -> tuple[Value, Value]:
    """The integer nearest to a moderate `x`, as a float and as a signed integer.

    Adding 1.5 * 2^mantissa leaves the integer in the low bits, so that no conversion is needed, which would be undefined for
    NaN. The float is rounded by the op: GPU compilers simplify ``(x + c) - c`` to x.
    """
    f = FORMATS[x.dtype]
    shifted = b.add(x, f.magic)
    offset = ((f.bias + f.mantissa) << f.mantissa) + (1 << (f.mantissa - 1))
    return b.round(x, mode="even"), b.bitcast(b.sub(bits_of(b, shifted), offset), dtype=f.sint)


def power_of_two(b: Any, n: Value, dtype: str) -> Value:
    """``2^n`` for a signed integer `n` in the range of normal exponents."""
    f = FORMATS[dtype]
    return b.bitcast(b.shift_left(b.add(n, f.bias), b.full_like(n, f.mantissa)), dtype=dtype)


def scale(b: Any, x: Value, n: Value) -> Value:
    """``x * 2^n`` in two steps, for `n` up to twice the exponent range."""
    half = b.shift_right_arithmetic(n, b.full_like(n, 1))
    return b.mul(b.mul(x, power_of_two(b, half, x.dtype)), power_of_two(b, b.sub(n, half), x.dtype))


def clamp(b: Any, x: Value, low: float, high: float) -> Value:
    """`x` within bounds; NaN stays."""
    return b.min(b.max(x, low), high)


def expm1_kernel(b: Any, r: Value) -> Value:
    """``exp(r) - 1`` for ``|r| <= ln(2) / 2``."""
    return b.add(r, b.mul(b.mul(r, r), horner(b, r, _EXPM1[r.dtype])))


def exp_parts(b: Any, hi: Value, lo: Value | None = None) -> tuple[Value, Value]:
    """``(p, n)`` with ``exp(hi + lo) = (1 + p) * 2^n``; `hi` within the exponent range, `lo` small beside 1.

    ``n * ln2_hi`` and its difference from `hi` are exact, so the error does not grow with the size of `hi`.
    """
    f = FORMATS[hi.dtype]
    total = hi if lo is None else b.add(hi, lo)
    n, i = nearest(b, b.mul(total, 1 / LN2))
    tail = b.mul(n, -f.ln2_lo) if lo is None else b.sub(lo, b.mul(n, f.ln2_lo))
    return expm1_kernel(b, b.add(b.sub(hi, b.mul(n, f.ln2_hi)), tail)), i


def exp_sum(b: Any, hi: Value, lo: Value) -> Value:
    """``exp(hi + lo)`` for a number given as an unevaluated sum."""
    p, n = exp_parts(b, hi, lo)
    return scale(b, b.add(p, 1.0), n)
