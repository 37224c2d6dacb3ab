"""Elementwise functions made of several ops: safe compositions, decompositions of numbers.

Compositions are written so that derivatives are finite wherever the function has one: what a `select` discards must not put
NaN or infinity into the tangent, so its argument is replaced by a harmless one first.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from pullback.dialects import types as T

from .. import dtypes
from ..array import Array
from ..custom import custom_jvp
from .elementwise import DIRECT_FLOAT, binary, unary
from .emit import pb
from .ufuncs import inexact_array, no_complex, no_out, one_array, truth
from .util import (
    arrays_of,
    cast,
    promote_args,
    promote_args_inexact,
    promote_shapes,
    retype,
    with_constants,
)

_FLOATS = "x: array or scalar; integers and booleans become floats."


def eq(x: Any, y: Any) -> Any:
    return pb.compare(x, y, direction="EQ")


def ne(x: Any, y: Any) -> Any:
    return pb.compare(x, y, direction="NE")


def lt(x: Any, y: Any) -> Any:
    return pb.compare(x, y, direction="LT")


def gt(x: Any, y: Any) -> Any:
    return pb.compare(x, y, direction="GT")


def _strong(x: Array) -> Array:
    """The array without a weak type."""
    return retype(x, False) if x.weak_type else x


# Logarithms of sums, hypotenuse, sinc ------------------------------------------------------------------------------------
def _log_sum(name: str, base: float) -> Any:
    """max + log(1 + exp(-distance)). At equal infinities the distance, NaN, is taken as 0 and the max is the result; NaN stays NaN,
    in derivatives too. The derivatives are logistic functions, smooth where the max is not: at equal arguments."""
    natural = base == math.e
    scale = math.log(base)

    def difference(x: Any, y: Any) -> tuple[Any, Any]:
        d = pb.sub(x, y)
        undefined = pb.and_(ne(d, d), eq(x, y))
        return pb.select(undefined, 0, d), undefined

    @custom_jvp
    def smooth(x: Any, y: Any) -> Any:
        top = pb.max(x, y)
        distance, undefined = difference(pb.min(x, y), top)
        if natural:
            more = pb.log1p(pb.exp(distance))
        else:
            more = pb.div(pb.log1p(pb.exp2(distance)), scale)
        total = pb.add(top, pb.select(undefined, 0, more))
        return total if natural else with_constants(total)

    @smooth.defjvp
    def smooth_jvp(primals: Any, tangents: Any) -> Any:
        (x, y), (dx, dy) = primals, tangents
        d = difference(x, y)[0]
        if not natural:
            d = pb.mul(d, scale)
        return smooth(x, y), pb.add(pb.mul(pb.logistic(d), dx), pb.mul(pb.logistic(pb.neg(d)), dy))

    def general(x1: Any, x2: Any) -> Any:
        x, y = promote_args_inexact(name, x1, x2)
        if T.is_complex(x.aval.dtype):
            return _complex_log_sum(x, y, base)
        return smooth(*promote_shapes(name, x, y))

    text = (
        f"``log{'' if natural else '2'}({'exp' if natural else '2 **'} x1 + {'exp' if natural else '2 **'} x2)`` without overflow"
    )
    ufunc = np.logaddexp if natural else np.logaddexp2
    return binary(name, general, text, ufunc=ufunc, direct=DIRECT_FLOAT, constants=not natural)


def _complex_log_sum(x: Any, y: Any, base: float) -> Any:
    scale = math.log(base)
    first = lt(pb.real(x), pb.real(y))
    low, high = pb.select(first, x, y), pb.select(first, y, x)
    difference = pb.sub(low, high)
    out = pb.add(high, pb.div(pb.log1p(pb.exp(pb.mul(difference, scale))), scale))
    angle = pb.atan2(pb.sin(pb.mul(pb.imag(out), scale)), pb.cos(pb.mul(pb.imag(out), scale)))
    return pb.complex(pb.real(out), pb.div(angle, scale))


logaddexp = _log_sum("logaddexp", math.e)
logaddexp2 = _log_sum("logaddexp2", 2.0)


def _hypot(x1: Any, x2: Any) -> Any:
    x, y = promote_args_inexact("hypot", x1, x2)
    no_complex("hypot", x)
    x, y = pb.abs(x), pb.abs(y)
    high, low = pb.max(x, y), pb.min(x, y)
    zero = eq(high, 0)
    ratio = pb.div(low, pb.select(zero, 1, high))
    infinite = pb.or_(eq(x, math.inf), eq(y, math.inf))
    ratio = pb.select(pb.or_(infinite, zero), 0, ratio)
    out = pb.mul(high, pb.sqrt(pb.add(pb.mul(ratio, ratio), 1)))
    return with_constants(pb.select(infinite, math.inf, pb.select(zero, high, out)))


hypot = binary(
    "hypot",
    _hypot,
    "Hypotenuse ``sqrt(x1**2 + x2**2)`` without overflow",
    ufunc=np.hypot,
    direct=DIRECT_FLOAT,
    constants=True,
)


def _i0(x: Any) -> Any:
    x = inexact_array("i0", x)
    if T.is_complex(x.aval.dtype):
        raise ValueError(f"Unsupported input type to pullback.numpy.i0: {x.dtype.name}")
    return pb.special(x, kind="i0")


i0 = unary("i0", _i0, "Modified Bessel function of the first kind of order 0", arguments=_FLOATS)


def _sinc(x: Any) -> Any:
    """Near zero by the Taylor series, whose derivatives of all orders up to its degree are right there."""
    x = inexact_array("sinc", x)
    z = pb.mul(x, math.pi)
    square = pb.mul(z, z)
    limit = 0.25 if T.real_of(x.aval.dtype) == "f64" else 0.5
    size = pb.abs(z)
    near = lt(size, limit)
    small = pb.select(near, square, 0)
    terms = 9 if T.real_of(x.aval.dtype) == "f64" else 6
    series: Any = 1.0 / math.factorial(2 * terms + 1) * (-1) ** terms
    for k in range(terms - 1, -1, -1):
        series = pb.add(pb.mul(small, series), (-1) ** k / math.factorial(2 * k + 1))
    safe = pb.select(near, 1, z)
    return with_constants(pb.select(near, series, pb.div(pb.sin(safe), safe)))


sinc = unary("sinc", _sinc, "``sin(pi x) / (pi x)``, 1 at 0", arguments=_FLOATS)


def _heaviside(x1: Any, x2: Any) -> Any:
    x, y = promote_args_inexact("heaviside", x1, x2)
    no_complex("heaviside", x)
    step = pb.select(lt(x, 0), 0, pb.select(gt(x, 0), 1, x))
    return with_constants(pb.select(eq(x, 0), y, step))


heaviside = binary("heaviside", _heaviside, "Step function: 0 for negative `x1`, 1 for positive ones, `x2` at 0")


def _ignoring_nan(name: str, op: str, text: str) -> Any:
    def general(x1: Any, x2: Any) -> Any:
        x, y = promote_args(name, x1, x2)
        best = getattr(pb, op)(x, y)
        if not T.is_inexact(x.aval.dtype):
            return best
        return pb.select(ne(x, x), y, pb.select(ne(y, y), x, best))

    return binary(name, general, text)


fmax = _ignoring_nan("fmax", "max", "Larger of `x1` and `x2`; the other one where one is NaN")
fmin = _ignoring_nan("fmin", "min", "Smaller of `x1` and `x2`; the other one where one is NaN")


# Signs, exponents, fractions ---------------------------------------------------------------------------------------------
_BITS = {"f16": "i16", "bf16": "i16", "f32": "i32", "f64": "i64"}


def _signbit(x: Any) -> Any:
    x = no_complex("signbit", one_array("signbit", x))
    if x.aval.dtype == "i1":
        return ne(x, x)
    return lt(pb.bitcast(x, dtype=_BITS[x.aval.dtype]), 0) if T.is_float(x.aval.dtype) else lt(x, 0)


signbit = unary("signbit", _signbit, "Whether the sign bit is set, which holds for -0.0 too")


def _copysign(x1: Any, x2: Any) -> Any:
    x, y = promote_args_inexact("copysign", x1, x2)
    no_complex("copysign", x)
    size = pb.abs(x)
    return pb.select(_signbit(y), pb.neg(size), size)


copysign = binary("copysign", _copysign, "The magnitude of `x1` with the sign of `x2`", ufunc=np.copysign, direct=DIRECT_FLOAT)


def _spacing(x: Any) -> Any:
    x = no_complex("spacing", inexact_array("spacing", x))
    size = pb.abs(x)
    finite = pb.is_finite(size)
    gap = pb.sub(pb.nextafter(size, math.inf), size)
    gap = pb.select(_signbit(x), pb.neg(gap), gap)
    return _strong(pb.select(finite, gap, math.nan))


spacing = unary("spacing", _spacing, "Distance to the next number away from zero, with the sign of `x`", arguments=_FLOATS)


_FORMAT = {"f32": ("i32", 23, 127), "f64": ("i64", 52, 1023)}  # type of the bits, mantissa, bias


def _power_of_two(n: Any, dtype: str) -> Any:
    """``2**n`` for integers within the exponent range, from bits."""
    bits, mantissa, bias = _FORMAT[dtype]
    n = pb.convert(n, dtype=bits)
    return pb.bitcast(pb.mul(pb.add(n, bias), 1 << mantissa), dtype=dtype)


def _scale(x: Any, n: Any) -> Any:
    """``x * 2**n`` in three exact steps, of which only the last may leave the normal range."""
    _, _, bias = _FORMAT[x.aval.dtype]
    limit = 3 * (bias - 1)
    n = pb.min(pb.max(n, -limit), limit)
    third = pb.div(n, 3)
    rest = pb.sub(n, pb.add(third, third))
    step = _power_of_two(third, x.aval.dtype)
    return pb.mul(pb.mul(pb.mul(x, step), step), _power_of_two(rest, x.aval.dtype))


def _ldexp(x1: Any, x2: Any) -> Any:
    x, n = arrays_of("ldexp", x1, x2)
    if T.is_inexact(n.aval.dtype):
        raise ValueError(f"ldexp not supported for exponents of dtype {n.dtype.name}")
    x = no_complex("ldexp", inexact_array("ldexp", x))
    n = cast(n, np.dtype(np.int32), n.weak_type)
    x, n = promote_shapes("ldexp", x, n)
    wide = cast(x, np.dtype(np.float32), x.weak_type) if x.aval.dtype in ("f16", "bf16") else x
    return cast(_scale(wide, n), x.dtype, False)


ldexp = binary("ldexp", _ldexp, "``x1 * 2**x2``", arguments="x1: array or scalar. x2: integer array or scalar.")


def frexp(x: Any, /) -> tuple[Array, Array]:
    """Mantissa in [0.5, 1) and exponent: ``x == mantissa * 2**exponent``, elementwise.

    Args:
      x: array or scalar; integers become floats.

    Returns:
      ``(mantissa, exponent)``, the exponent of dtype int32; 0 for zeros, infinities and NaN, which are their own mantissa.

    Reference: NumPy, numpy.frexp.

    >>> import pullback.numpy as pnp
    >>> pnp.frexp(pnp.array([8.0, 0.75]))
    (Array([0.5 , 0.75], dtype=float32), Array([4, 0], dtype=int32))
    """
    x = no_complex("frexp", inexact_array("frexp", x))
    wide = cast(x, np.dtype(np.float32), x.weak_type) if x.aval.dtype in ("f16", "bf16") else x
    bits, mantissa, bias = _FORMAT[wide.aval.dtype]
    special = pb.or_(eq(wide, 0), pb.not_(pb.is_finite(wide)))
    tiny = lt(pb.abs(wide), 2.0 ** (1 - bias))
    shift = mantissa + 2
    raw = pb.bitcast(pb.abs(pb.select(tiny, pb.mul(wide, 2.0**shift), wide)), dtype=bits)
    exponent = pb.div(raw, 1 << mantissa)  # the sign bit is off
    exponent = pb.sub(pb.sub(exponent, bias - 1), pb.mul(pb.convert(tiny, dtype=bits), shift))
    exponent = pb.convert(pb.select(special, 0, exponent), dtype="i32")
    fraction = pb.select(special, wide, _scale(wide, pb.neg(exponent)))
    return cast(fraction, x.dtype), exponent


def modf(x: Any, /, out: None = None) -> tuple[Array, Array]:
    """Fractional and integral part, both with the sign of `x`, elementwise.

    Args:
      x: array or scalar; integers become floats.
      out: not supported; must be None.

    Reference: NumPy, numpy.modf.

    >>> import pullback.numpy as pnp
    >>> pnp.modf(pnp.array([1.5, -2.25]))
    (Array([ 0.5 , -0.25], dtype=float32), Array([ 1., -2.], dtype=float32))
    """
    no_out("modf", out)
    x = no_complex("modf", inexact_array("modf", x))
    negative = _signbit(x)
    size = pb.select(negative, pb.neg(x), x)  # not abs, whose derivative would be lost where the fraction is zero
    whole = pb.floor(size)
    fraction = pb.select(eq(size, math.inf), 0, pb.sub(size, whole))
    return pb.select(negative, pb.neg(fraction), fraction), pb.select(negative, pb.neg(whole), whole)


# NaN, angles -------------------------------------------------------------------------------------------------------------
def nan_to_num(x: Any, copy: bool = True, nan: Any = 0.0, posinf: Any = None, neginf: Any = None) -> Array:
    """NaN and infinities replaced by numbers, elementwise.

    Args:
      x: array or scalar.
      copy: has no effect, for arrays are immutable.
      nan: what replaces NaN.
      posinf, neginf: what replaces infinities; by default the largest and smallest finite number of the dtype.

    Reference: NumPy, numpy.nan_to_num.

    >>> import pullback.numpy as pnp
    >>> pnp.nan_to_num(pnp.array([1.0, pnp.nan, pnp.inf]), posinf=9.0)
    Array([1., 0., 9.], dtype=float32)
    """
    x = one_array("nan_to_num", x)
    if not T.is_inexact(x.aval.dtype):
        return x
    x = _strong(x)
    if T.is_complex(x.aval.dtype):
        return pb.complex(*(nan_to_num(p, copy, nan, posinf, neginf) for p in (pb.real(x), pb.imag(x))))
    info = dtypes.finfo(x.dtype)
    posinf = float(info.max) if posinf is None else posinf
    neginf = float(info.min) if neginf is None else neginf
    out = x
    for hit, value in ((ne(x, x), nan), (eq(x, math.inf), posinf), (eq(x, -math.inf), neginf)):
        (replacement,) = arrays_of("nan_to_num", value)
        _, replacement = promote_shapes("nan_to_num", x, cast(replacement, x.dtype, True))
        out = pb.select(hit, replacement, out)
    return out


def angle(z: Any, deg: bool = False) -> Array:
    """Angle of complex numbers in the plane, elementwise; 0 or pi of real ones.

    Args:
      z: array or scalar.
      deg: in degrees instead of radians.

    Reference: NumPy, numpy.angle.

    >>> import pullback.numpy as pnp
    >>> pnp.angle(pnp.array([1.0 + 1.0j, -1.0]))
    Array([0.7853981, 3.1415927], dtype=float32)
    """
    z = inexact_array("angle", z)
    if T.is_complex(z.aval.dtype):
        out = pb.atan2(pb.imag(z), pb.real(z))
    else:
        negative = pb.convert(_signbit(z), dtype=z.aval.dtype)  # -0.0 is on the negative side
        out = pb.select(ne(z, z), z, pb.mul(negative, math.pi))
    return pb.mul(out, 180 / math.pi) if deg else out


def isreal(x: Any, /) -> Array:
    """Whether the imaginary part is zero, elementwise.

    Args:
      x: array or scalar.

    Reference: NumPy, numpy.isreal.

    >>> import pullback.numpy as pnp
    >>> pnp.isreal(pnp.array([1.0 + 0j, 2.0 + 1j]))
    Array([ True, False], dtype=bool)
    """
    x = one_array("isreal", x)
    return eq(pb.imag(x), 0) if T.is_complex(x.aval.dtype) else eq(truth(x), truth(x))


def iscomplex(x: Any, /) -> Array:
    """Whether the imaginary part is not zero, elementwise.

    Args:
      x: array or scalar.

    Reference: NumPy, numpy.iscomplex.

    >>> import pullback.numpy as pnp
    >>> pnp.iscomplex(pnp.array([1.0 + 0j, 2.0 + 1j]))
    Array([False,  True], dtype=bool)
    """
    x = one_array("iscomplex", x)
    return pb.not_(isreal(x))
