"""Special functions: erf, erfc, erf_inv, lgamma, digamma, polygamma.

NumPy has none of them and SciPy is no dependency, so the first part evaluates them in NumPy, in float64, rounding to
narrower types from there. The second part declares the operations.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from . import types as T
from .builder import Builder
from .elementwise_rules import REAL_ONLY, domain, ieee, in_f32, transcendental
from .ir import Value
from .rules import accepts, batch_elementwise
from .spec import I64, OpError, define
from .types import Aval

#: B_2k, k = 1, 2, ...: the Bernoulli numbers in the asymptotic series of digamma and its derivatives.
BERNOULLI = (1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6, -3617 / 510)


def in_float64(fn: Callable[..., Any]) -> Callable[..., Any]:
    """`fn` computed in float64 and rounded to the operand's type."""

    def wrapped(x: Any, **attrs: Any) -> Any:
        return np.asarray(fn(np.asarray(x, np.float64), **attrs)).astype(x.dtype)

    return wrapped


def each(fn: Callable[[float], float]) -> Callable[..., Any]:
    """A function of Python floats applied to every element."""
    return in_float64(lambda x: np.fromiter(map(fn, x.ravel().tolist()), np.float64, x.size).reshape(x.shape))


def _lgamma(x: float) -> float:
    try:
        return math.lgamma(x)
    except (ValueError, OverflowError):  # a pole, or a result beyond the largest float
        return math.inf


erf = each(math.erf)
erfc = each(math.erfc)
lgamma = each(_lgamma)

# Wichura, "Algorithm AS 241: The percentage points of the normal distribution" (1988): numerators and denominators, lowest
# power first, for the centre and for two ranges of the tail.
_CENTRE = (
    (3.3871328727963666080e0, 1.3314166789178437745e2, 1.9715909503065514427e3, 1.3731693765509461125e4)
    + (4.5921953931549871457e4, 6.7265770927008700853e4, 3.3430575583588128105e4, 2.5090809287301226727e3),
    (1.0, 4.2313330701600911252e1, 6.8718700749205790830e2, 5.3941960214247511077e3)
    + (2.1213794301586595867e4, 3.9307895800092710610e4, 2.8729085735721942674e4, 5.2264952788528545610e3),
)
_NEAR = (
    (1.42343711074968357734e0, 4.63033784615654529590e0, 5.76949722146069140550e0, 3.64784832476320460504e0)
    + (1.27045825245236838258e0, 2.41780725177450611770e-1, 2.27238449892691845833e-2, 7.74545014278341407640e-4),
    (1.0, 2.05319162663775882187e0, 1.67638483018380384940e0, 6.89767334985100004550e-1)
    + (1.48103976427480074590e-1, 1.51986665636164571966e-2, 5.47593808499534494600e-4, 1.05075007164441684324e-9),
)
_FAR = (
    (6.65790464350110377720e0, 5.46378491116411436990e0, 1.78482653991729133580e0, 2.96560571828504891230e-1)
    + (2.65321895265761230930e-2, 1.24266094738807843860e-3, 2.71155556874348757815e-5, 2.01033439929228813265e-7),
    (1.0, 5.99832206555887937690e-1, 1.36929880922735805310e-1, 1.48753612908506148525e-2)
    + (7.86869131145613259100e-4, 1.84631831751005468180e-5, 1.42151175831644588870e-7, 2.04426310338993978564e-15),
)


def _ratio(coefficients: tuple[tuple[float, ...], tuple[float, ...]], x: Any) -> Any:
    top, bottom = (np.polynomial.polynomial.polyval(x, c) for c in coefficients)
    return top / bottom


@in_float64
def erf_inv(x: Any) -> Any:
    """Inverse error function, from the quantile of the normal distribution at (x + 1) / 2."""
    half = 0.5 * x
    centre = half * _ratio(_CENTRE, 0.180625 - half * half)
    r = np.sqrt(-np.log(0.5 * (1.0 - np.abs(x))))
    tail = np.where(r <= 5.0, _ratio(_NEAR, r - 1.6), _ratio(_FAR, r - 5.0))
    out = np.where(np.abs(half) <= 0.425, centre, np.copysign(tail, x)) / math.sqrt(2.0)
    return np.where(np.abs(x) == 1.0, np.copysign(np.inf, x), out)


@in_float64
def digamma(x: Any) -> Any:
    """Derivative of lgamma: reflected to x >= 1/2, moved to x >= 10 by its recurrence, then the asymptotic series."""
    reflect = x < 0.5
    y = np.where(reflect, 1.0 - x, x)
    shift = np.zeros_like(y)
    for _ in range(10):
        small = y < 10.0
        shift = shift - np.where(small, 1.0 / y, 0.0)
        y = np.where(small, y + 1.0, y)
    z = 1.0 / (y * y)
    series = np.zeros_like(y)
    for k in range(len(BERNOULLI), 0, -1):
        series = z * (BERNOULLI[k - 1] / (2 * k) + series)
    out = np.log(y) - 0.5 / y - series + shift
    r = x - np.round(x)
    out = np.where(reflect, out - np.pi / np.tan(np.pi * r), out)
    pole = (x <= 0.0) & (r == 0.0)
    return np.where(pole | (x == -np.inf), np.nan, out)


def cotangent_polynomial(n: int) -> list[float]:
    """Coefficients p, lowest first, such that the n-th derivative of pi*cot(pi*x) is pi**(n + 1) * p(cot(pi*x))."""
    p = [0.0, 1.0]
    for _ in range(n):  # d cot/dx = -(1 + cot**2)
        derivative = [k * c for k, c in enumerate(p)][1:]
        p = [0.0] * (len(derivative) + 2)
        for k, c in enumerate(derivative):
            p[k] -= c
            p[k + 2] -= c
    return p


def polygamma_series(n: int) -> list[float]:
    """Coefficients of y**-(n + 2k), k = 1, 2, ..., in the asymptotic series of the n-th polygamma function, sign aside."""
    return [b * math.gamma(2 * k + n) / math.gamma(2 * k + 1) for k, b in enumerate(BERNOULLI, 1)]


@in_float64
def polygamma(x: Any, *, n: int) -> Any:
    """The n-th derivative of digamma, n >= 1, by the same three steps as digamma."""
    reflect = x < 0.5
    y = np.where(reflect, 1.0 - x, x)
    total = np.zeros_like(y)
    for _ in range(10 + n):
        small = y < 10.0 + n
        total = total + np.where(small, math.factorial(n) * y ** -(n + 1.0), 0.0)
        y = np.where(small, y + 1.0, y)
    z = 1.0 / (y * y)
    series = np.zeros_like(y)
    for c in reversed(polygamma_series(n)):
        series = z * (c + series)
    total = total + y ** -float(n) * (math.factorial(n - 1) + 0.5 * math.factorial(n) / y + series)
    out = (-1.0) ** (n + 1) * total
    r = x - np.round(x)
    cot = 1.0 / np.tan(np.pi * r)
    reflected = (-1.0) ** n * out - np.pi ** (n + 1) * np.polynomial.polynomial.polyval(cot, cotangent_polynomial(n))
    out = np.where(reflect, reflected, out)
    pole = (x <= 0.0) & (r == 0.0)
    return np.where(pole, np.inf if n % 2 else -np.inf, np.where(x == -np.inf, np.nan, out))


# Operations ---------------------------------------------------------------------------------------------------------------
def _gauss(scale: float) -> Any:
    """jvp of erf and erfc: the bell curve times `scale`."""
    return lambda b, dx, out, x: b.mul(dx, b.mul(scale, b.exp(b.neg(b.mul(x, x)))))


transcendental("erf", erf, _gauss(2 / math.sqrt(math.pi)), "Error function.", ref="DLMF 7.2.1")
transcendental("erfc", erfc, _gauss(-2 / math.sqrt(math.pi)), "1 - erf(x), accurate for large x.", ref="DLMF 7.2.2")
transcendental(
    "erf_inv",
    erf_inv,
    lambda b, dx, out, x: b.mul(dx, b.mul(math.sqrt(math.pi) / 2, b.exp(b.mul(out, out)))),
    "Inverse of the error function on [-1, 1].",
    examples=domain(-0.9, 0.9, 1.0, -1.0),
    ref="Wichura, Algorithm AS 241 (1988)",
)
_GAMMA = domain(0.1, 4)
transcendental(
    "lgamma",
    lgamma,
    lambda b, dx, out, x: b.mul(dx, b.digamma(x)),
    "Logarithm of the absolute value of the gamma function.",
    examples=_GAMMA,
    ref="DLMF 5.2.1",
)
transcendental(
    "digamma",
    digamma,
    lambda b, dx, out, x: b.mul(dx, b.polygamma(x, n=1)),
    "Derivative of lgamma.",
    examples=_GAMMA,
    ref="DLMF 5.2.2",
)


def _polygamma_infer(x: Aval, *, n: int) -> Aval:
    if n < 1:
        raise OpError(f"the order n must be at least 1, got {n}")
    return x


def _polygamma_jvp(
    b: Builder, primals: list[Value], tangents: list[Value | None], outs: list[Value], attrs: dict[str, Any]
) -> Value:
    return b.mul(tangents[0], b.polygamma(primals[0], n=attrs["n"] + 1))


def _polygamma_decompose(b: Builder, x: Value, *, n: int) -> Value:
    """As in `polygamma`: reflection to y >= 1/2, `steps` terms of the defining series, then the tail's expansion."""
    steps = (6 if x.dtype == "f32" else 10) + n
    one = b.full_like(x, 1)
    reflect = b.compare(x, 0.5, direction="LT")
    y = b.select(reflect, b.sub(one, x), x)
    total = b.full_like(x, 0)
    for k in range(steps):
        total = b.add(total, b.integer_pow(b.div(one, b.add(y, k) if k else y), y=n + 1))
    total = b.mul(total, math.factorial(n))
    inverse = b.div(one, b.add(y, steps))
    z = b.mul(inverse, inverse)
    series = b.full_like(x, 0)
    for c in reversed(polygamma_series(n)):
        series = b.mul(z, b.add(series, c))
    tail = b.add(b.mul(inverse, 0.5 * math.factorial(n)), b.add(series, math.factorial(n - 1)))
    total = b.add(total, b.mul(b.integer_pow(inverse, y=n), tail))
    out = total if n % 2 else b.neg(total)
    fraction = b.sub(x, b.round(x, mode="even"))
    angle = b.mul(fraction, math.pi)
    cot = b.div(b.cos(angle), b.sin(angle))
    poly = b.full_like(x, 0)
    for c in reversed(cotangent_polynomial(n)):
        poly = b.add(b.mul(poly, cot), c)
    # out has the sign (-1)**(n + 1), so that (-1)**n * out is -total
    reflected = b.sub(b.neg(total), b.mul(poly, math.pi ** (n + 1)))
    out = b.select(reflect, reflected, out)
    pole = b.and_(b.compare(x, 0, direction="LE"), b.compare(fraction, 0, direction="EQ"))
    out = b.select(pole, b.full_like(x, math.inf if n % 2 else -math.inf), out)
    return b.select(b.compare(x, -math.inf, direction="EQ"), b.full_like(x, math.nan), out)


define(
    "pb.polygamma",
    ("operand",),
    {"n": I64},
    dtypes=T.FLOAT,
    infer=accepts(T.FLOAT, _polygamma_infer),
    evaluate=ieee(polygamma),
    jvp=_polygamma_jvp,
    batch=batch_elementwise("pb.polygamma"),
    decompose=in_f32(_polygamma_decompose),
    split_complex=REAL_ONLY,
    examples=lambda make: [((make(*s, low=0.3, high=4),), {"n": n}) for s, n in (((), 1), ((3,), 1), ((2, 2), 2), ((3,), 3))],
    traits=("elementwise",),
    doc="The n-th derivative of digamma, n >= 1.",
    reference="DLMF 5.15",
)
