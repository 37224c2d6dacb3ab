"""Elementwise functions with one op behind them: arithmetic, exponentials, trigonometry, comparisons, powers."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from pullback.dialects import ieee_numpy
from pullback.dialects import types as T

from ..array import Array, ConcreteArray
from .elementwise import DIRECT, DIRECT_FLOAT, DIRECT_INEXACT, DIRECT_INTEGER, DIRECT_REAL, binary, unary
from .emit import pb
from .util import (
    ArgumentError,
    arrays_of,
    as_array,
    cast,
    check_arraylike,
    promote_args,
    promote_args_inexact,
    promote_args_numeric,
    retype,
    to_inexact,
    to_numeric,
    with_constants,
)


# Arguments ---------------------------------------------------------------------------------------------------------------
def one_array(name: str, x: Any) -> Array:
    check_arraylike(name, x)
    return as_array(x)


def inexact_array(name: str, x: Any) -> Array:
    x = one_array(name, x)
    return cast(x, to_inexact(x.dtype), x.weak_type)


def no_bool(name: str, x: Array) -> Array:
    if x.aval.dtype == "i1":
        raise TypeError(f"{name} does not accept dtype bool. Accepted dtypes are integer, floating and complex ones.")
    return x


def no_complex(name: str, x: Array) -> Array:
    if T.is_complex(x.aval.dtype):
        raise ArgumentError(f"ufunc '{name}' does not support complex dtypes, got {x.dtype.name}")
    return x


def only_bits(name: str, x: Array) -> Array:
    if T.is_inexact(x.aval.dtype):
        raise TypeError(f"{name} does not accept dtype {x.dtype.name}. Accepted dtypes are integer ones and bool.")
    return x


def truth(x: Any) -> Any:
    """An array as booleans: whether elements differ from zero."""
    return x if x.aval.dtype == "i1" else pb.compare(x, 0, direction="NE")


# Two operands ------------------------------------------------------------------------------------------------------------
_Promote = Callable[..., list[Array]]


def _arithmetic(
    name: str, op: str, text: str, ufunc: Any, *, promote: _Promote = promote_args, direct: Any = DIRECT, check: Any = None
) -> Any:
    apply = getattr(pb, op)

    def general(x1: Any, x2: Any) -> Any:
        x, y = promote(name, x1, x2)
        if check is not None:
            check(name, x)
        return apply(x, y)

    return binary(name, general, text, ufunc=ufunc, direct=direct)


add = _arithmetic("add", "add", "Sum ``x1 + x2``; of booleans, logical or", np.add)
subtract = _arithmetic("subtract", "sub", "Difference ``x1 - x2``", np.subtract, check=no_bool)
multiply = _arithmetic("multiply", "mul", "Product ``x1 * x2``; of booleans, logical and", np.multiply)
divide = _arithmetic(
    "divide",
    "div",
    "Quotient ``x1 / x2``, floating also for integers",
    np.divide,
    promote=promote_args_inexact,
    direct=DIRECT_INEXACT,
)
true_divide = _arithmetic(
    "true_divide",
    "div",
    "Quotient ``x1 / x2``, floating also for integers",
    np.divide,
    promote=promote_args_inexact,
    direct=DIRECT_INEXACT,
)
maximum = _arithmetic("maximum", "max", "Larger of `x1` and `x2`; NaN if either is", ieee_numpy.maximum, direct=DIRECT)
minimum = _arithmetic("minimum", "min", "Smaller of `x1` and `x2`; NaN if either is", ieee_numpy.minimum, direct=DIRECT)
arctan2 = _arithmetic(
    "arctan2",
    "atan2",
    "Angle of the point with the ordinate `x1` and the abscissa `x2`, in [-pi, pi]",
    np.arctan2,
    promote=promote_args_inexact,
    direct=DIRECT_FLOAT,
    check=no_complex,
)
atan2 = _arithmetic(
    "atan2",
    "atan2",
    "Angle of the point with the ordinate `x1` and the abscissa `x2`, in [-pi, pi]",
    np.arctan2,
    promote=promote_args_inexact,
    direct=DIRECT_FLOAT,
    check=no_complex,
)
nextafter = _arithmetic(
    "nextafter",
    "nextafter",
    "Next representable number after `x1` in the direction of `x2`",
    np.nextafter,
    promote=promote_args_inexact,
    direct=DIRECT_FLOAT,
    check=no_complex,
)
bitwise_and = _arithmetic(
    "bitwise_and", "and_", "Bitwise and; of booleans, logical and", np.bitwise_and, direct=DIRECT_INTEGER, check=only_bits
)
bitwise_or = _arithmetic(
    "bitwise_or", "or_", "Bitwise or; of booleans, logical or", np.bitwise_or, direct=DIRECT_INTEGER, check=only_bits
)
bitwise_xor = _arithmetic(
    "bitwise_xor", "xor", "Bitwise exclusive or; of booleans, inequality", np.bitwise_xor, direct=DIRECT_INTEGER, check=only_bits
)


def _comparison(name: str, direction: str, text: str, ufunc: Any) -> Any:
    def general(x1: Any, x2: Any) -> Any:
        x, y = promote_args(name, x1, x2)
        return pb.compare(x, y, direction=direction)

    return binary(name, general, text + ", as booleans", ufunc=ufunc, direct=DIRECT, boolean=True)


equal = _comparison("equal", "EQ", "``x1 == x2``", np.equal)
not_equal = _comparison("not_equal", "NE", "``x1 != x2``", np.not_equal)
less = _comparison("less", "LT", "``x1 < x2``", np.less)
less_equal = _comparison("less_equal", "LE", "``x1 <= x2``", np.less_equal)
greater = _comparison("greater", "GT", "``x1 > x2``", np.greater)
greater_equal = _comparison("greater_equal", "GE", "``x1 >= x2``", np.greater_equal)


# One operand -------------------------------------------------------------------------------------------------------------
def _function(name: str, op: str, text: str, ufunc: Any, direct: Any = DIRECT_INEXACT, check: Any = None) -> Any:
    """A function of floats and complex numbers; integers become floats."""
    apply = getattr(pb, op)

    def general(x: Any) -> Any:
        x = inexact_array(name, x)
        if check is not None:
            check(name, x)
        return apply(x)

    return unary(
        name, general, text, ufunc=ufunc, direct=direct, arguments="x: array or scalar; integers and booleans become floats."
    )


exp = _function("exp", "exp", "Exponential", np.exp)
exp2 = _function("exp2", "exp2", "Power of two", np.exp2, DIRECT_FLOAT)
expm1 = _function("expm1", "expm1", "``exp(x) - 1``, accurate near 0", np.expm1)
log = _function("log", "log", "Natural logarithm", np.log)
log1p = _function("log1p", "log1p", "``log(1 + x)``, accurate near 0", np.log1p)
sqrt = _function("sqrt", "sqrt", "Square root; NaN of negative numbers", np.sqrt)
cbrt = _function("cbrt", "cbrt", "Cube root", np.cbrt, DIRECT_FLOAT, no_complex)
sin = _function("sin", "sin", "Sine of `x` radians", np.sin)
cos = _function("cos", "cos", "Cosine of `x` radians", np.cos)
tan = _function("tan", "tan", "Tangent of `x` radians", np.tan)
arcsin = _function("arcsin", "asin", "Inverse sine, in [-pi/2, pi/2]", np.arcsin)
arccos = _function("arccos", "acos", "Inverse cosine, in [0, pi]", np.arccos)
arctan = _function("arctan", "atan", "Inverse tangent, in [-pi/2, pi/2]", np.arctan)
sinh = _function("sinh", "sinh", "Hyperbolic sine", np.sinh)
cosh = _function("cosh", "cosh", "Hyperbolic cosine", np.cosh)
tanh = _function("tanh", "tanh", "Hyperbolic tangent", np.tanh)
arcsinh = _function("arcsinh", "asinh", "Inverse hyperbolic sine", np.arcsinh)
arccosh = _function("arccosh", "acosh", "Inverse hyperbolic cosine", np.arccosh)
arctanh = _function("arctanh", "atanh", "Inverse hyperbolic tangent", np.arctanh)
asin = _function("asin", "asin", "Inverse sine, in [-pi/2, pi/2]", np.arcsin)
acos = _function("acos", "acos", "Inverse cosine, in [0, pi]", np.arccos)
atan = _function("atan", "atan", "Inverse tangent, in [-pi/2, pi/2]", np.arctan)
asinh = _function("asinh", "asinh", "Inverse hyperbolic sine", np.arcsinh)
acosh = _function("acosh", "acosh", "Inverse hyperbolic cosine", np.arccosh)
atanh = _function("atanh", "atanh", "Inverse hyperbolic tangent", np.arctanh)
fabs = _function("fabs", "abs", "Absolute value, floating also for integers", np.fabs, DIRECT_FLOAT, no_complex)


def _scaled_log(name: str, base: float, text: str, ufunc: Any) -> Any:
    def general(x: Any) -> Any:
        out = pb.div(pb.log(inexact_array(name, x)), math.log(base))
        return retype(out, False) if out.weak_type else out

    arguments = "x: array or scalar; integers and booleans become floats."
    return unary(name, general, text, ufunc=ufunc, direct=DIRECT_FLOAT, arguments=arguments, strong=True)


log2 = _scaled_log("log2", 2.0, "Logarithm to base 2", np.log2)
log10 = _scaled_log("log10", 10.0, "Logarithm to base 10", np.log10)


def _scaled(name: str, factor: float, text: str) -> Any:
    def general(x: Any) -> Any:
        return with_constants(pb.mul(no_complex(name, inexact_array(name, x)), factor))

    return unary(name, general, text, arguments="x: array or scalar; integers and booleans become floats.")


deg2rad = _scaled("deg2rad", math.pi / 180, "Degrees to radians")
radians = _scaled("radians", math.pi / 180, "Degrees to radians")
rad2deg = _scaled("rad2deg", 180 / math.pi, "Radians to degrees")
degrees = _scaled("degrees", 180 / math.pi, "Radians to degrees")


def _numeric(name: str, op: str, text: str, ufunc: Any, direct: Any = DIRECT) -> Any:
    apply = getattr(pb, op)

    def general(x: Any) -> Any:
        return apply(no_bool(name, one_array(name, x)))

    return unary(name, general, text, ufunc=ufunc, direct=direct)


negative = _numeric("negative", "neg", "Negation ``-x``", np.negative)
sign = _numeric("sign", "sign", "-1, 0, 1 or NaN by the sign of `x`; ``x / abs(x)`` of complex numbers", ieee_numpy.sign)


def _absolute(name: str) -> Any:
    def general(x: Any) -> Any:
        x = one_array(name, x)
        return x if T.is_unsigned(x.aval.dtype) or x.aval.dtype == "i1" else pb.abs(x)

    return unary(name, general, "Absolute value; the modulus of complex numbers, which is real", ufunc=np.abs, direct=DIRECT_REAL)


absolute = _absolute("absolute")
abs = _absolute("abs")


def _rounding(name: str, op: Callable[[Any], Any], text: str, ufunc: Any) -> Any:
    def general(x: Any) -> Any:
        x = no_complex(name, one_array(name, x))
        return x if not T.is_inexact(x.aval.dtype) else op(x)

    return unary(name, general, text + "; integers stay as they are", ufunc=ufunc, direct=DIRECT_FLOAT)


def _toward_zero(x: Array) -> Any:
    return pb.select(pb.compare(x, 0, direction="LT"), pb.ceil(x), pb.floor(x))


floor = _rounding("floor", pb.floor, "Largest integer that is not greater than `x`", np.floor)
ceil = _rounding("ceil", pb.ceil, "Smallest integer that is not less than `x`", np.ceil)
trunc = _rounding("trunc", _toward_zero, "`x` rounded toward zero", np.trunc)
fix = _rounding("fix", _toward_zero, "`x` rounded toward zero", np.trunc)


def parts(x: Array, fn: Callable[[Any], Any]) -> Any:
    """`fn` on a real array, or on the real and imaginary parts of a complex one."""
    return pb.complex(fn(pb.real(x)), fn(pb.imag(x))) if T.is_complex(x.aval.dtype) else fn(x)


def _nearest(x: Any) -> Any:
    return parts(x, lambda v: pb.round(v, mode="even"))


rint = unary(
    "rint",
    lambda x: _nearest(inexact_array("rint", x)),
    "`x` rounded to the nearest integer, halves to even; floating also for integers",
    ufunc=np.rint,
    direct=DIRECT_FLOAT,
)


def round(a: Any, decimals: int = 0, out: None = None) -> Array:
    """`a` rounded to a number of decimals, halves to even.

    Args:
      a: array or scalar.
      decimals: how many decimals to keep; negative numbers round to tens, hundreds, ... (floats only).
      out: not supported; must be None.

    Reference: NumPy, numpy.round.

    >>> import pullback.numpy as pnp
    >>> pnp.round(pnp.array([0.5, 1.5, 2.678]))
    Array([0., 2., 3.], dtype=float32)
    >>> pnp.round(pnp.array([2.678]), 1)
    Array([2.7], dtype=float32)
    """
    return _round("round", a, decimals, out)


def _round(name: str, a: Any, decimals: Any, out: Any) -> Array:
    x = no_bool(name, one_array(name, a))
    no_out(name, out)
    decimals = int(decimals)
    if not T.is_inexact(x.aval.dtype):
        if decimals < 0:
            raise NotImplementedError(f"{name} of integers is not implemented for decimals < 0")
        return x
    if decimals == 0:
        return _nearest(x)
    wide = cast(x, np.dtype(np.float32), x.weak_type) if x.aval.dtype in ("f16", "bf16") else x
    factor = 10.0 ** builtin_abs(decimals)
    if decimals > 0:
        rounded = pb.div(_nearest(pb.mul(wide, factor)), factor)
    else:
        rounded = pb.mul(_nearest(pb.div(wide, factor)), factor)
    return with_constants(cast(rounded, x.dtype, x.weak_type))


def around(a: Any, decimals: int = 0, out: None = None) -> Array:
    """`round` under its other name: `a` rounded to a number of decimals.

    Args:
      a: array or scalar.
      decimals: as in `round`.
      out: not supported; must be None.

    Reference: NumPy, numpy.around.

    >>> import pullback.numpy as pnp
    >>> pnp.around(pnp.array([1.25, 2.678]), 1)
    Array([1.2, 2.7], dtype=float32)
    """
    return _round("around", a, decimals, out)


def builtin_abs(x: int) -> int:
    return x if x >= 0 else -x


def no_out(name: str, out: Any) -> None:
    """Arrays are immutable, so the argument `out` that some functions have for NumPy's sake must be None."""
    if out is not None:
        raise NotImplementedError(f"The 'out' argument to pullback.numpy.{name} is not supported: arrays are immutable")


def _square(x: Any) -> Any:
    x = one_array("square", x)
    x = cast(x, to_numeric(x.dtype), x.weak_type)
    return pb.integer_pow(x, y=2)


square = unary("square", _square, "``x * x``", ufunc=np.square, direct=DIRECT)
positive = unary("positive", lambda x: one_array("positive", x), "`x` itself: ``+x``")
reciprocal = unary(
    "reciprocal",
    lambda x: pb.integer_pow(inexact_array("reciprocal", x), y=-1),
    "``1 / x``, floating also for integers",
    arguments="x: array or scalar; integers and booleans become floats.",
)


# Powers ------------------------------------------------------------------------------------------------------------------
def static_integer(x: Any) -> int | None:
    """The value of an exponent that is a Python or NumPy integer, or a concrete 0-d integer array of weak type."""
    if type(x) is int or isinstance(x, np.integer):
        return int(x)
    if type(x) is ConcreteArray and x.weak_type and x.shape == () and T.is_integer(x.aval.dtype):
        return int(x.host)
    return None


def _power(name: str, x1: Any, x2: Any) -> Any:
    exponent = static_integer(x2)
    if exponent is not None:
        x = one_array(name, x1)
        x = cast(x, to_numeric(x.dtype), x.weak_type)
        if exponent < 0 and T.is_integer(x.aval.dtype):
            raise TypeError(f"Integers cannot be raised to negative powers, got {x.dtype.name} array to the power {exponent}")
        return pb.integer_pow(x, y=exponent)
    x, y = arrays_of(name, x1, x2)
    if T.is_integer(y.aval.dtype) and T.is_inexact(x.aval.dtype):
        y = cast(y, x.dtype, True)  # the result has the dtype of the base, whatever the integer's width
        x, y = promote_args(name, x, y)
        return pb.pow(x, y)
    x, y = promote_args_numeric(name, x, y)
    out = pb.pow(x, y)
    if T.is_integer(x.aval.dtype) and not T.is_unsigned(x.aval.dtype):
        zero = pb.and_(pb.compare(x, 0, direction="EQ"), pb.compare(y, 0, direction="LT"))
        out = pb.select(zero, 0, out)  # 0 to a negative power, and other integers but 1 and -1, gives 0
    return out


power = binary("power", lambda x, y: _power("power", x, y), "`x1` to the power `x2`", ufunc=ieee_numpy.power, direct=DIRECT_FLOAT)
pow = binary("pow", lambda x, y: _power("pow", x, y), "`x1` to the power `x2`", ufunc=ieee_numpy.power, direct=DIRECT_FLOAT)


def _float_power(x1: Any, x2: Any) -> Any:
    x, y = promote_args_inexact("float_power", x1, x2)
    return pb.pow(x, y)


float_power = binary("float_power", _float_power, "`x1` to the power `x2`, floating also for integers")
