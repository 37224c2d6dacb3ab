"""Elementwise functions of one operand: signs, rounding, exponentials, trigonometry. `special` has the special functions.

Their derivative is a coefficient computed from the operand and the result, times the tangent: one product, so that reverse
mode saves one residual. On complex operands the same formulas hold, as the functions are holomorphic; `abs` and `sign` are
not, and say so in their rules. Derivative values at kinks follow JAX.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from . import complex_math as cm
from . import ieee_numpy
from . import types as T
from .builder import Builder
from .elementwise_rules import ANYWHERE, REAL_ONLY, domain, exact, ieee, transcendental
from .ir import Value
from .rules import ZERO, accepts, lower_to, split_structural, unary
from .spec import STR, Example, OpError
from .types import Aval


def _real_infer(dtypes: tuple[str, ...]) -> Any:
    """The result is real: the type of a complex number's parts."""
    return accepts(dtypes, lambda x, **attrs: Aval(x.shape, T.real_of(x.dtype)))


# Signs and rounding ----------------------------------------------------------------------------------------------------------
def _transpose_neg(b: Builder, cts: Value, operands: list[Value], linear: list[bool], attrs: dict[str, Any]) -> list[Value]:
    return [b.neg(cts)]


unary(
    "neg",
    exact(np.negative),
    T.NUMBER,
    jvp=lambda b, dx, out, x: b.neg(dx),
    transpose=_transpose_neg,
    lower=lambda h, xs, attrs, outs: (
        h.sub(h.full_like(xs[0], 0), xs[0]) if T.is_unsigned(xs[0].dtype) else h.unary("negate", xs[0])
    ),
    split_complex=split_structural("pb.neg"),
    examples=ANYWHERE,
    traits=("linear",),
    doc="Negation. Unsigned integers wrap.",
    reference="StableHLO specification, negate",
)


def _abs_jvp(b: Builder, dx: Value, out: Value, x: Value) -> Value:
    """Real: the slope is 1 at zero. Complex: the rate of change of the modulus, Re(dz conj(z)) / abs(z), 0 at zero."""
    if T.is_complex(x.dtype):
        safe = b.select(b.compare(out, 0, direction="EQ"), b.full_like(out, 1), out)
        return b.real(b.mul(dx, b.div(b.conj(x), b.convert(safe, dtype=x.dtype))))
    return b.mul(dx, b.select(b.compare(x, 0, direction="GE"), b.full_like(x, 1), b.full_like(x, -1)))


unary(
    "abs",
    exact(np.abs),
    T.NUMBER,
    infer=_real_infer(T.NUMBER),
    jvp=_abs_jvp,
    lower=lambda h, xs, attrs, outs: xs[0] if T.is_unsigned(xs[0].dtype) else h.unary("abs", xs[0]),
    split_complex=cm.split(cm.abs_),
    examples=ANYWHERE,
    doc="Absolute value; the modulus of a complex number, which is real. The smallest integer wraps to itself.",
    reference="StableHLO specification, abs",
)


def _sign_jvp(b: Builder, dx: Value, out: Value, x: Value) -> Value | None:
    """Real: piecewise constant. Complex: s = z/abs(z) only turns, so ds = i s Im(conj(s) dz) / abs(z)."""
    if not T.is_complex(x.dtype):
        return None
    modulus = b.abs(x)
    safe = b.select(b.compare(modulus, 0, direction="EQ"), b.full_like(modulus, 1), modulus)
    turn = b.imag(b.mul(dx, b.div(b.conj(out), b.convert(safe, dtype=x.dtype))))
    return b.mul(b.complex(b.full_like(turn, 0), turn), out)


def _sign_decompose(b: Builder, operands: list[Value], attrs: dict[str, Any], outs: list[Aval]) -> Value:
    (x,) = operands
    zero, one = b.full_like(x, 0), b.full_like(x, 1)
    if T.is_unsigned(x.dtype):
        return b.min(x, one)
    small = b.select(b.compare(x, zero, direction="LT"), b.full_like(x, -1), x)  # x itself: 0, -0 or NaN
    return b.select(b.compare(x, zero, direction="GT"), one, small)


unary(
    "sign",
    ieee(ieee_numpy.sign),
    T.NUMBER,
    jvp=_sign_jvp,
    decompose=_sign_decompose,
    split_complex=cm.split(cm.sign),
    examples=domain(-2, 2, 0.0, math.nan),
    doc="-1, 0, 1 or NaN by the sign of the operand, -0 of -0; z / abs(z) for complex numbers, 0 at 0.",
    reference="StableHLO specification, sign",
)

for _name, _fn, _doc in (
    ("floor", np.floor, "The largest integral value that is not greater."),
    ("ceil", np.ceil, "The smallest integral value that is not less."),
):
    unary(
        _name,
        exact(_fn),
        T.FLOAT,
        jvp=ZERO,
        lower=lower_to(_name),
        split_complex=REAL_ONLY,
        examples=domain(-2, 2, -0.0, 0.5, -0.5, math.inf),
        doc=_doc,
        reference=f"StableHLO specification, {_name}",
    )


def _round(x: Any, *, mode: str) -> Any:
    if mode == "even":
        return np.rint(x)
    whole = np.trunc(x)
    return np.where(np.abs(x - whole) >= 0.5, whole + np.copysign(np.ones_like(x), x), whole)


def _round_infer(x: Aval, *, mode: str) -> Aval:
    if mode not in ("even", "away"):
        raise OpError(f"mode must be 'even' or 'away', got {mode!r}")
    return x


def _round_lower(h: Any, xs: list[Any], attrs: dict[str, Any], outs: list[Aval]) -> Any:
    return h.unary("round_nearest_even" if attrs["mode"] == "even" else "round_nearest_afz", xs[0])


def _round_examples(make: Any) -> list[Example]:
    halves = np.array([-2.5, -1.5, -0.5, -0.0, 0.49, 0.5, 1.5, 2.5, np.inf, np.nan]).astype(T.np_dtype(make.dtype))
    return [((x,), {"mode": mode}) for mode in ("even", "away") for x in (make(), make(2, 3), halves)]


unary(
    "round",
    ieee(_round),
    T.FLOAT,
    attrs={"mode": STR},
    infer=accepts(T.FLOAT, _round_infer),
    jvp=ZERO,
    lower=_round_lower,
    split_complex=REAL_ONLY,
    examples=_round_examples,
    doc="The nearest integral value; halves go to the even neighbour (mode 'even') or away from zero (mode 'away').",
    reference="StableHLO specification, round_nearest_even and round_nearest_afz",
)


# Powers, exponentials, logarithms ----------------------------------------------------------------------------------------------
def _logistic(x: Any) -> Any:
    """Through exp of a number with negative real part, which cannot overflow."""
    positive = x.real >= 0
    e = np.exp(np.where(positive, -x, x))
    return np.where(positive, np.ones_like(x), e) / (1 + e)


def _log1p(x: Any) -> Any:
    """NumPy's complex log1p is log(1 + z), which rounds small z away."""
    if x.dtype.kind != "c":
        return np.log1p(x)
    re, im = x.real, x.imag
    shifted = np.array(x)
    shifted.real = re + 1
    out = np.asarray(np.log(shifted))
    near = np.maximum(np.abs(re), np.abs(im)) < 0.25
    out.real = np.where(near, 0.5 * np.log1p(np.where(near, re * (2 + re) + im * im, 0)), out.real)
    return out


def _square_complement(b: Builder, x: Value) -> Value:
    """1 - x**2 without cancellation near 1 and -1."""
    return b.mul(b.sub(1, x), b.add(1, x))


_POSITIVE = domain(0.1, 3, 0.0, math.inf)

transcendental("exp", np.exp, lambda b, dx, out, x: b.mul(dx, out), "e to the power x.", hlo="exponential", split=cm.exp)
transcendental("exp2", np.exp2, lambda b, dx, out, x: b.mul(dx, b.mul(out, math.log(2))), "2 to the power x.", split=cm.exp2)
transcendental("expm1", np.expm1, lambda b, dx, out, x: b.mul(dx, b.add(out, 1)), "exp(x) - 1, accurate near zero.", split=cm.expm1)
transcendental("log", np.log, lambda b, dx, out, x: b.div(dx, x), "Natural logarithm.", hlo="log", split=cm.log, examples=_POSITIVE)
transcendental(
    "log1p",
    _log1p,
    lambda b, dx, out, x: b.div(dx, b.add(x, 1)),
    "log(1 + x), accurate near zero.",
    split=cm.log1p,
    examples=domain(-0.9, 3),
)
transcendental(
    "sqrt", np.sqrt, lambda b, dx, out, x: b.mul(dx, b.div(0.5, out)), "Square root.", hlo="sqrt", split=cm.sqrt, examples=_POSITIVE
)
transcendental(
    "rsqrt",
    lambda x: 1 / np.sqrt(x),
    lambda b, dx, out, x: b.mul(dx, b.mul(-0.5, b.div(out, x))),
    "1 / sqrt(x).",
    hlo="rsqrt",
    split=cm.rsqrt,
    examples=_POSITIVE,
)
transcendental(
    "cbrt", np.cbrt, lambda b, dx, out, x: b.mul(dx, b.div(1 / 3, b.mul(out, out))), "Cube root, also of negative numbers."
)
transcendental(
    "logistic",
    _logistic,
    lambda b, dx, out, x: b.mul(dx, b.mul(out, b.sub(1, out))),
    "1 / (1 + exp(-x)).",
    split=cm.logistic,
    examples=domain(-4, 4, -100.0, 100.0, math.inf),
)

# Trigonometric and hyperbolic functions ------------------------------------------------------------------------------------------
_UNIT = domain(-0.9, 0.9)

transcendental("sin", np.sin, lambda b, dx, out, x: b.mul(dx, b.cos(x)), "Sine of x radians.", split=cm.sin)
transcendental("cos", np.cos, lambda b, dx, out, x: b.mul(dx, b.neg(b.sin(x))), "Cosine of x radians.", split=cm.cos)
transcendental(
    "tan",
    np.tan,
    lambda b, dx, out, x: b.mul(dx, b.add(1, b.mul(out, out))),
    "Tangent of x radians.",
    split=cm.tan,
    examples=domain(-1.3, 1.3),
)
transcendental(
    "asin",
    np.arcsin,
    lambda b, dx, out, x: b.mul(dx, b.rsqrt(_square_complement(b, x))),
    "Inverse sine.",
    split=cm.asin,
    examples=_UNIT,
)
transcendental(
    "acos",
    np.arccos,
    lambda b, dx, out, x: b.mul(dx, b.neg(b.rsqrt(_square_complement(b, x)))),
    "Inverse cosine.",
    split=cm.acos,
    examples=_UNIT,
)
transcendental("atan", np.arctan, lambda b, dx, out, x: b.div(dx, b.add(1, b.mul(x, x))), "Inverse tangent.", split=cm.atan)
transcendental("sinh", np.sinh, lambda b, dx, out, x: b.mul(dx, b.cosh(x)), "Hyperbolic sine.", split=cm.sinh)
transcendental("cosh", np.cosh, lambda b, dx, out, x: b.mul(dx, b.sinh(x)), "Hyperbolic cosine.", split=cm.cosh)
transcendental(
    "tanh",
    np.tanh,
    lambda b, dx, out, x: b.mul(dx, _square_complement(b, out)),
    "Hyperbolic tangent.",
    split=cm.tanh,
    examples=domain(-3, 3, -50.0, 50.0),
)
transcendental(
    "asinh", np.arcsinh, lambda b, dx, out, x: b.mul(dx, b.rsqrt(b.add(1, b.mul(x, x)))), "Inverse hyperbolic sine.", split=cm.asinh
)
transcendental(
    "acosh",
    np.arccosh,
    # two roots, not the root of x**2 - 1, whose branch is the wrong one for complex numbers with a negative real part
    lambda b, dx, out, x: b.mul(dx, b.mul(b.rsqrt(b.sub(x, 1)), b.rsqrt(b.add(x, 1)))),
    "Inverse hyperbolic cosine.",
    split=cm.acosh,
    examples=domain(1.1, 4),
)
transcendental(
    "atanh",
    np.arctanh,
    lambda b, dx, out, x: b.div(dx, _square_complement(b, x)),
    "Inverse hyperbolic tangent.",
    split=cm.atanh,
    examples=_UNIT,
)
