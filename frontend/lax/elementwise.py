"""Elementwise functions of `pullback.lax`: operands of one dtype and one shape (scalars are spread), no promotion."""

from __future__ import annotations

from typing import Any

import numpy as np

from pullback.dialects import types as T
from pullback.dialects.spec import TABLE

from .. import dtypes
from ..array import Array
from ..locations import located
from ..trace import bind
from .examples import example
from .util import as_int, as_operand, broadcast_scalar, cast, operands


def _unary(op: str, name: str, text: str, **attrs: Any) -> Any:
    spec = TABLE[f"pb.{op}"]

    def f(x: Any) -> Array:
        x = as_operand(x, name)
        return bind(spec, (x,), attrs, x.weak_type)

    return _document(f, name, f"{text}, elementwise.", spec, "x: array")


def _binary(op: str, name: str, text: str, **attrs: Any) -> Any:
    spec = TABLE[f"pb.{op}"]

    def f(x: Any, y: Any) -> Array:
        (x, y), weak = operands(name, x, y)
        return bind(spec, (x, y), attrs, weak)

    return _document(f, name, f"{text}, elementwise.", spec, "x, y: arrays of one dtype, and of one shape or 0-d")


def _compare(direction: str, name: str, text: str) -> Any:
    spec = TABLE["pb.compare"]

    def f(x: Any, y: Any) -> Array:
        (x, y), _ = operands(name, x, y)
        return bind(spec, (x, y), {"direction": direction})

    return _document(
        f, name, f"{text}, elementwise; the result is boolean.", spec, "x, y: arrays of one dtype, and of one shape or 0-d"
    )


def _document(f: Any, name: str, text: str, spec: Any, arguments: str) -> Any:
    f.__name__ = f.__qualname__ = name
    accepted = ", ".join(spec.dtypes)
    f.__doc__ = f"""{text}

    Args:
      {arguments}. Element types: {accepted}.

    Raises:
      TypeError: element types or shapes do not fit.

    Reference: {spec.reference or "StableHLO specification"}.{example(name)}
    """
    return f


neg = _unary("neg", "neg", "Negation :math:`-x`")
abs = _unary("abs", "abs", "Absolute value; real for complex `x`")
sign = _unary("sign", "sign", "Sign of `x`")
floor = _unary("floor", "floor", "Largest integer not above `x`")
ceil = _unary("ceil", "ceil", "Smallest integer not below `x`")
exp = _unary("exp", "exp", "Exponential")
exp2 = _unary("exp2", "exp2", "Power of two")
expm1 = _unary("expm1", "expm1", "``exp(x) - 1``, accurate near 0")
log = _unary("log", "log", "Natural logarithm")
log1p = _unary("log1p", "log1p", "``log(1 + x)``, accurate near 0")
sqrt = _unary("sqrt", "sqrt", "Square root")
rsqrt = _unary("rsqrt", "rsqrt", "Reciprocal square root")
cbrt = _unary("cbrt", "cbrt", "Cube root")
sin = _unary("sin", "sin", "Sine")
cos = _unary("cos", "cos", "Cosine")
tan = _unary("tan", "tan", "Tangent")
asin = _unary("asin", "asin", "Arc sine")
acos = _unary("acos", "acos", "Arc cosine")
atan = _unary("atan", "atan", "Arc tangent")
sinh = _unary("sinh", "sinh", "Hyperbolic sine")
cosh = _unary("cosh", "cosh", "Hyperbolic cosine")
tanh = _unary("tanh", "tanh", "Hyperbolic tangent")
asinh = _unary("asinh", "asinh", "Inverse hyperbolic sine")
acosh = _unary("acosh", "acosh", "Inverse hyperbolic cosine")
atanh = _unary("atanh", "atanh", "Inverse hyperbolic tangent")
logistic = _unary("logistic", "logistic", "Logistic function ``1 / (1 + exp(-x))``")
erf = _unary("erf", "erf", "Error function")
erfc = _unary("erfc", "erfc", "Complementary error function ``1 - erf(x)``")
erf_inv = _unary("erf_inv", "erf_inv", "Inverse of the error function")
lgamma = _unary("lgamma", "lgamma", "Logarithm of the absolute value of the gamma function")
digamma = _unary("digamma", "digamma", "Derivative of `lgamma`")
is_finite = _unary("is_finite", "is_finite", "Whether `x` is neither infinite nor NaN")
bitwise_not = _unary("not", "bitwise_not", "Bitwise (or logical) not")
real = _unary("real", "real", "Real part of a complex array")
imag = _unary("imag", "imag", "Imaginary part of a complex array")
stop_gradient_p = TABLE["pb.stop_gradient"]

add = _binary("add", "add", "Sum ``x + y``")
sub = _binary("sub", "sub", "Difference ``x - y``")
mul = _binary("mul", "mul", "Product ``x * y``")
div = _binary("div", "div", "Quotient ``x / y``; integers truncate toward zero")
rem = _binary("rem", "rem", "Remainder of `div`, with the sign of `x`")
atan2 = _binary("atan2", "atan2", "Arc tangent of ``x / y`` in the right quadrant")
max = _binary("max", "max", "Larger of `x` and `y`; NaN if either is")
min = _binary("min", "min", "Smaller of `x` and `y`; NaN if either is")
nextafter = _binary("nextafter", "nextafter", "Next representable value after `x` towards `y`")
bitwise_and = _binary("and", "bitwise_and", "Bitwise (or logical) and")
bitwise_or = _binary("or", "bitwise_or", "Bitwise (or logical) or")
bitwise_xor = _binary("xor", "bitwise_xor", "Bitwise (or logical) exclusive or")
shift_left = _binary("shift_left", "shift_left", "Left shift of `x` by `y` bits")
shift_right_logical = _binary("shift_right_logical", "shift_right_logical", "Right shift that fills with zeros")
shift_right_arithmetic = _binary("shift_right_arithmetic", "shift_right_arithmetic", "Right shift that fills with the sign")

eq = _compare("EQ", "eq", "``x == y``")
ne = _compare("NE", "ne", "``x != y``")
lt = _compare("LT", "lt", "``x < y``")
le = _compare("LE", "le", "``x <= y``")
gt = _compare("GT", "gt", "``x > y``")
ge = _compare("GE", "ge", "``x >= y``")


def round(x: Any, rounding_method: Any = 0) -> Array:
    """Rounds to an integer: halves away from zero (method 0) or to even (method 1).

    Args:
      x: floating array.
      rounding_method: a `RoundingMethod`, or 0 or 1.

    Reference: JAX documentation, jax.lax.round.

    >>> from pullback import lax, numpy as pnp
    >>> lax.round(pnp.array([0.5, 1.5, -2.5]))
    Array([ 1.,  2., -3.], dtype=float32)
    >>> lax.round(pnp.array([0.5, 1.5, -2.5]), 1)
    Array([ 0.,  2., -2.], dtype=float32)
    """
    x = as_operand(x, "round")
    mode = "even" if int(rounding_method) == 1 else "away"
    return bind(TABLE["pb.round"], (x,), {"mode": mode}, x.weak_type)


def pow(x: Any, y: Any) -> Array:
    """``x`` to the power `y`, elementwise; an integer exponent of a floating `x` is converted.

    Args:
      x: array.
      y: array of the dtype of `x`, or integers.

    Reference: C99, annex F.9.4.4, for the special values.

    >>> from pullback import lax, numpy as pnp
    >>> lax.pow(pnp.array([2.0, 9.0]), pnp.array([3.0, 0.5]))
    Array([8., 3.], dtype=float32)
    """
    y = as_operand(y, "pow", 1)
    x = as_operand(x, "pow")
    if dtypes.is_integer(y.dtype) and dtypes.is_inexact(x.dtype):
        y = cast(y, x.dtype, True)
    (x, y), weak = operands("pow", x, y)
    return bind(TABLE["pb.pow"], (x, y), {}, weak)


def integer_pow(x: Any, y: int) -> Array:
    """``x`` to a fixed integer power, by repeated multiplication.

    Args:
      x: array of numbers.
      y: Python int.

    Reference: JAX documentation, jax.lax.integer_pow.

    >>> from pullback import lax, numpy as pnp
    >>> lax.integer_pow(pnp.array([2.0, 3.0]), 3)
    Array([ 8., 27.], dtype=float32)
    """
    x = as_operand(x, "integer_pow")
    return bind(TABLE["pb.integer_pow"], (x,), {"y": as_int(y, "integer_pow: y")}, x.weak_type)


def square(x: Any) -> Array:
    """``x * x``, elementwise.

    Args:
      x: array of numbers.

    Reference: JAX documentation, jax.lax.square.

    >>> from pullback import lax, numpy as pnp
    >>> lax.square(pnp.array([3.0, -2.0]))
    Array([9., 4.], dtype=float32)
    """
    return integer_pow(x, 2)


def reciprocal(x: Any) -> Array:
    """``1 / x``, elementwise.

    Args:
      x: floating or complex array.

    Reference: JAX documentation, jax.lax.reciprocal.

    >>> from pullback import lax, numpy as pnp
    >>> lax.reciprocal(pnp.array([2.0, 4.0]))
    Array([0.5 , 0.25], dtype=float32)
    """
    return integer_pow(x, -1)


def complex(x: Any, y: Any) -> Array:
    """The complex array ``x + 1j * y``; x and y are float32 or float64.

    Args:
      x: real part, float32 or float64.
      y: imaginary part, of the dtype and shape of `x`.

    Reference: StableHLO specification, complex.

    >>> from pullback import lax, numpy as pnp
    >>> lax.complex(pnp.array([1.0, 2.0]), pnp.array([3.0, 4.0]))
    Array([1.+3.j, 2.+4.j], dtype=complex64)
    """
    (x, y), _ = operands("complex", x, y)
    return bind(TABLE["pb.complex"], (x, y), {})


def conj(x: Any) -> Array:
    """Complex conjugate, elementwise; a real array becomes complex first.

    Args:
      x: array; a real one becomes complex.

    Reference: JAX documentation, jax.lax.conj.

    >>> from pullback import lax, numpy as pnp
    >>> lax.conj(pnp.array([1.0 + 2.0j]))
    Array([1.-2.j], dtype=complex64)
    """
    x = as_operand(x, "conj")
    if x.dtype.kind != "c":
        x = cast(x, T.np_dtype(T.complex_of(x.aval.dtype)), x.weak_type)
    return bind(TABLE["pb.conj"], (x,), {}, x.weak_type)


def select(pred: Any, on_true: Any, on_false: Any) -> Array:
    """``on_true`` where `pred` (boolean, of their shape or 0-d), else ``on_false``.

    Args:
      pred: boolean array of the shape of the others, or 0-d.
      on_true, on_false: arrays of one dtype and shape.

    Raises:
      TypeError: `pred` is not boolean, or dtypes differ.

    Reference: StableHLO specification, select.

    >>> from pullback import lax, numpy as pnp
    >>> lax.select(pnp.array([True, False]), pnp.array([1, 2]), pnp.array([3, 4]))
    Array([1, 4], dtype=int32)
    """
    pred = as_operand(pred, "select")
    if pred.dtype != np.bool_:
        raise TypeError(located(f"lax.select requires a boolean predicate, got {pred.dtype.name}"))
    (on_true, on_false), weak = operands("select", on_true, on_false)
    if pred.shape != on_true.shape and pred.shape != ():
        raise TypeError(
            located(
                f"lax.select requires the shape of the predicate to be () or that of the cases, got {pred.shape} and "
                f"{on_true.shape}"
            )
        )
    return bind(TABLE["pb.select"], (pred, on_true, on_false), {}, weak)


def select_n(which: Any, *cases: Any) -> Array:
    """``cases[which]``, elementwise; `which` is boolean (two cases) or an integer array, of the cases' shape or 0-d.

    Args:
      which: array of booleans or int32, of the shape of the cases, or 0-d.
      cases: arrays of one dtype and shape.

    Reference: JAX documentation, jax.lax.select_n.

    >>> from pullback import lax, numpy as pnp
    >>> lax.select_n(pnp.array([0, 2]), pnp.array([1, 2]), pnp.array([3, 4]), pnp.array([5, 6]))
    Array([1, 6], dtype=int32)
    """
    which = as_operand(which, "select_n")
    if not cases:
        raise ValueError("lax.select_n needs at least one case")
    arrays, weak = operands("select_n", *cases)
    if which.dtype == np.bool_:
        if len(arrays) > 2:
            raise TypeError(located(f"lax.select_n with a boolean index takes at most two cases, got {len(arrays)}"))
        return arrays[0] if len(arrays) == 1 else select(which, arrays[1], arrays[0])
    out = arrays[-1]
    for i in range(len(arrays) - 2, -1, -1):
        out = select(le(which, np.asarray(i, which.dtype)), arrays[i], out)
    return cast(out, out.dtype, weak)


def clamp(min: Any, x: Any, max: Any) -> Array:
    """`x` limited to ``[min, max]``; the bounds have the shape of `x` or are 0-d.

    Args:
      min, max: arrays of the shape of `x`, or 0-d; of its dtype.
      x: array of real numbers.

    Raises:
      TypeError: dtypes differ.

    Reference: StableHLO specification, clamp.

    >>> from pullback import lax, numpy as pnp
    >>> lax.clamp(0.0, pnp.array([-1.0, 0.5, 2.0]), 1.0)
    Array([0. , 0.5, 1. ], dtype=float32)
    """
    x = as_operand(x, "clamp", 1)
    lo = cast(as_operand(min, "clamp"), x.dtype, x.weak_type) if as_operand(min, "clamp").weak_type else as_operand(min, "clamp")
    hi = (
        cast(as_operand(max, "clamp", 2), x.dtype, x.weak_type)
        if as_operand(max, "clamp", 2).weak_type
        else as_operand(max, "clamp", 2)
    )
    if lo.dtype != x.dtype or hi.dtype != x.dtype:
        raise TypeError(
            located(f"lax.clamp requires arguments to have the same dtypes, got {lo.dtype.name}, {x.dtype.name}, {hi.dtype.name}")
        )
    lo = lo if lo.shape in ((), x.shape) else broadcast_scalar(lo, x.shape)
    return bind(TABLE["pb.clamp"], (lo, x, hi), {}, x.weak_type)


def convert_element_type(x: Any, new_dtype: Any) -> Array:
    """`x` with another dtype: floats truncate toward zero on their way to integers, complex numbers drop their imaginary part.

    Args:
      x: array.
      new_dtype: dtype.

    Reference: XLA operation semantics, ConvertElementType.

    >>> from pullback import lax, numpy as pnp
    >>> lax.convert_element_type(pnp.array([1.7, -1.7]), pnp.int32)
    Array([ 1, -1], dtype=int32)
    """
    x = as_operand(x, "convert_element_type")
    return cast(x, dtypes.requested_dtype(new_dtype, "convert_element_type", "new_dtype"))


def bitcast_convert_type(x: Any, new_dtype: Any) -> Array:
    """The bits of `x` read as another dtype of the same width.

    Args:
      x: array.
      new_dtype: dtype of the same width.

    Raises:
      TypeError: the widths differ.

    Reference: StableHLO specification, bitcast_convert.

    >>> from pullback import lax, numpy as pnp
    >>> lax.bitcast_convert_type(pnp.float32(1.0), pnp.uint32)
    Array(1065353216, dtype=uint32)
    """
    x = as_operand(x, "bitcast_convert_type")
    wanted = dtypes.requested_dtype(new_dtype, "bitcast_convert_type", "new_dtype")
    return bind(TABLE["pb.bitcast"], (x,), {"dtype": T.from_np(wanted)})


def stop_gradient(x: Any) -> Any:
    """The identity, whose derivative counts as zero; on pytrees, leaf by leaf.

    Args:
      x: pytree of arrays.

    Reference: JAX documentation, jax.lax.stop_gradient.

    >>> import pullback
    >>> from pullback import lax
    >>> print(pullback.grad(lambda x: x * lax.stop_gradient(x))(3.0))
    3.0
    """
    from ..tree_util import tree_map

    def stop(leaf: Any) -> Any:
        leaf = as_operand(leaf, "stop_gradient")
        return bind(stop_gradient_p, (leaf,), {}, leaf.weak_type) if dtypes.is_inexact(leaf.dtype) else leaf

    return tree_map(stop, x)
