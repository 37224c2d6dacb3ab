"""The incomplete gamma functions and their derivatives by the shape parameter.

``P(a, x)`` and ``Q(a, x) = 1 - P(a, x)`` are a power series for x <= max(a, 1), else a continued fraction, times
``D(a, x) = x^a e^-x / Gamma(a + 1)``. D is where accuracy is lost: for large a it is computed from the distance of x to a.
Differentiating the recurrences term by term gives the derivative by a (Moore, Algorithm AS 187, 1982).
"""

from __future__ import annotations

import math
from typing import Any

from . import real_math_special as tables
from .builder import Builder
from .formulas import any_of, declare, is_nan, polynomial
from .ir import Value
from .real_math_exp import _ATANH
from .recurrence import Recurrence, eps, register, unsettled
from .rules import jvp_elementwise
from .spec import Example, NotDifferentiable

#: lgamma(z) - ((z - 1/2) log(z) - z + log(2 pi) / 2) times z, in 1/z^2, lowest power first; z >= 8.
_STIRLING = (1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188, -691 / 360360, 1 / 156, -3617 / 122400, 43867 / 244188)
#: (log(z) - digamma(z + 1)) z^2 + z / 2, in 1/z^2, lowest power first.
_DIGAMMA = (1 / 12, -1 / 120, 1 / 252, -1 / 240, 1 / 132, -691 / 32760, 1 / 12)
#: From here on Stirling's series.
LARGE = 10.0
#: Coefficients of Temme's uniform expansion for large a, in eta, lowest power first: c0, and c1 (DLMF 8.12.9 to 8.12.11).
_TEMME_0 = (-1 / 3, 1 / 12, -2 / 135, 1 / 864, 1 / 2835, -139 / 777600)
_TEMME_1 = (-1 / 540, -1 / 288, 1 / 378)
#: No sample, and no x whose density is not zero, is beyond this and 4 a.
_FAR = 1e10


# Words that the incomplete beta function shares -----------------------------------------------------------------------------
def stirling_rest(w: Any, z: Any) -> Any:
    """``lgamma(z) - ((z - 1/2) log(z) - z + log(2 pi) / 2)`` for z >= 8."""
    inverse = 1.0 / z
    terms = _STIRLING[:3] if w.single else _STIRLING
    return inverse * polynomial(w, inverse * inverse, terms[::-1])


def log1p_minus(w: Any, x: Any, plus_one: Any) -> Any:
    """``log(1 + x) - x`` without cancellation near 0, where with s = x / (2 + x) it is ``-x s + 2 (atanh(s) - s)``. `plus_one` is
    1 + x as computed by the caller, who may know it better."""
    s = x / (x + 2.0)
    z = s * s
    near = s * z * (z * polynomial(w, z, _ATANH["f32" if w.single else "f64"]) + 2 / 3) - x * s
    return w.where((x > -0.29) & (x < 0.41), near, w.log(plus_one) - x)


def _lgamma1p(w: Any, a: Any) -> Any:
    """``lgamma(1 + a)`` for small a, accurate relative to a."""
    return a * polynomial(w, a, tables._LGAMMA["f32" if w.single else "f64"]) - w.log1p(a)


# Recurrences ----------------------------------------------------------------------------------------------------------------
def _series_step(w: Any, k: Any, state: Any, a: Any, x: Any) -> Any:
    """Adds x^k / ((a + 1) ... (a + k)), and its derivative by a."""
    total, dtotal, term, dterm = state
    r = a + k
    ratio = x / r
    dterm = (dterm - term / r) * ratio
    term = term * ratio
    total, dtotal = total + term, dtotal + dterm
    moving = (term > total * eps(w)) | (abs(dterm) > abs(dtotal) * eps(w))
    return (total, dtotal, term, dterm), moving


def _series_start(w: Any, a: Any, x: Any) -> Any:
    one, zero = w.full_like(a, 1.0), w.full_like(a, 0.0)
    return one, zero, one, zero


register(
    "gamma_series",
    Recurrence(
        ("a", "x"),
        2,
        _series_start,
        _series_step,
        20_000,
        "sum of x^n / ((a + 1) ... (a + n)), and its derivative by a",
        ((0.2, 4.0), (0.0, 3.0)),
    ),
)


def _fraction_start(w: Any, a: Any, x: Any) -> Any:
    """1 / (x + 1 - a - 1 (1 - a) / (x + 3 - a - 2 (2 - a) / ...)): value, its logarithm's derivative, and Lentz's c and d."""
    d = 1.0 / (x + 1.0 - a)
    infinite = w.full_like(a, math.inf)
    return d, d, infinite, w.full_like(a, 0.0), d, d * d, infinite


def _fraction_step(w: Any, k: Any, state: Any, a: Any, x: Any) -> Any:
    value, dlog, c, dc, d, dd, last = state
    numerator, top = (a - k) * k, x - a + 2.0 * k + 1.0  # their derivatives by a are k and -1
    quotient = numerator / c
    dc = k / c - quotient * (dc / c) - 1.0
    c = top + quotient
    dd = k * d + numerator * dd - 1.0
    d = 1.0 / (top + numerator * d)
    dd = -d * d * dd
    change, dchange = c * d, dc / c + dd / d
    relative = w.max(abs(change - 1.0), abs(dchange) / (abs(dlog) + abs(dc / c)))
    moving, last = unsettled(w, relative, last)
    return (w.where(moving, value * change, value), w.where(moving, dlog + dchange, dlog), c, dc, d, dd, last), moving


register(
    "gamma_fraction",
    Recurrence(
        ("a", "x"),
        2,
        _fraction_start,
        _fraction_step,
        20_000,
        "x^-a e^x Gamma(a, x), and the derivative of its logarithm by a; x > max(a, 0)",
        ((0.2, 1.0), (1.0, 4.0)),
    ),
)


def _small_start(w: Any, a: Any, x: Any) -> Any:
    return w.full_like(a, 0.0), w.full_like(a, 1.0)


def _small_step(w: Any, k: Any, state: Any, a: Any, x: Any) -> Any:
    total, power = state
    power = power * (-x / k)
    term = power * a / (a + k)
    total = total + term
    return (total, power), abs(term) > abs(total) * eps(w)


register(
    "gamma_small",
    Recurrence(
        ("a", "x"),
        1,
        _small_start,
        _small_step,
        200,
        "sum of a (-x)^n / (n! (a + n)), n >= 1; x <= 1",
        ((0.01, 0.3), (0.1, 1.0)),
    ),
)


# Formulas -------------------------------------------------------------------------------------------------------------------
def _huge(w: Any) -> float:
    """The shape parameter from which on the uniform expansion is used, for the recurrences take about 8 sqrt(a) steps."""
    return 1e4 if w.single else 1e6


class _Regions:
    """What all four functions begin with: where the arguments are good, and where the continued fraction serves."""

    def __init__(self, w: Any, a: Any, x: Any):
        self.nan = any_of(x < 0.0, a < 0.0, is_nan(a), is_nan(x))
        self.good = ~any_of(self.nan, x == 0.0, a == 0.0, x == math.inf, a == math.inf)
        # far from x = a the recurrences converge fast whatever a
        self.huge = self.good & (a > _huge(w)) & (x > 0.5 * a) & (x < 2.0 * a)
        usual = self.good & ~self.huge
        self.a, self.x = w.where(usual, a, 1.0), w.where(usual, w.min(x, w.max(_FAR, a * 4.0)), 0.5)
        self.far = (self.x > 1.0) & (self.x > self.a)
        # the recurrence that does not serve an element gets arguments for which it converges at once
        self.series = w.recurrence("gamma_series", self.a, w.where(self.far, 0.0, self.x))
        self.fraction = w.recurrence("gamma_fraction", w.where(self.far, self.a, 0.5), w.where(self.far, self.x, 1e4))


def _density(w: Any, a: Any, x: Any) -> Any:
    """``x^a e^-x / Gamma(a + 1)``."""
    big = w.max(a, LARGE)
    large = w.exp(big * log1p_minus(w, (x - big) / big, x / big) - stirling_rest(w, big)) / w.sqrt(2 * math.pi * big)
    small = w.where(a >= LARGE, 1.0, a)
    return w.where(a >= LARGE, large, w.exp(small * w.log(x) - x - w.lgamma(small + 1.0)))


def _uniform(w: Any, r: _Regions, a: Any, x: Any, sign: float) -> Any:
    """P (`sign` -1) or Q (`sign` 1) for huge a: the normal distribution's, corrected (DLMF 8.12.3, 8.12.4)."""
    a, x = w.where(r.huge, a, _huge(w)), w.where(r.huge, x, _huge(w))
    offset = (x - a) / a
    half = w.max(-log1p_minus(w, offset, x / a), 0.0)  # eta^2 / 2
    eta, root = w.sqrt(2.0 * half), w.sqrt(a) * w.sqrt(half)
    eta, root = w.where(offset < 0.0, -eta, eta), w.where(offset < 0.0, -root, root)
    eta = w.max(w.min(eta, 1.0), -1.0)
    correction = polynomial(w, eta, _TEMME_0[::-1]) + polynomial(w, eta, _TEMME_1[::-1]) / a
    return 0.5 * w.erfc(sign * root) + w.exp(-a * half) * correction * (sign / math.sqrt(2 * math.pi)) / w.sqrt(a)


def _parts(w: Any, a: Any, x: Any) -> tuple[_Regions, Any, Any]:
    """The regions, and P where the series serves, Q where the fraction does."""
    r = _Regions(w, a, x)
    density = _density(w, r.a, r.x)
    return r, density * r.series[0], density * r.a * r.fraction[0]


def _finish(w: Any, r: _Regions, a: Any, x: Any, out: Any, sign: float) -> Any:
    """The huge a, and the limits: P is 0 and Q is 1 at x = 0."""
    if w.anywhere(r.huge):
        out = w.where(r.huge, _uniform(w, r, a, x, sign), out)
    low, high = (1.0, 0.0) if sign > 0 else (0.0, 1.0)
    out = w.where((a == 0.0) | (x == math.inf), high, out)
    out = w.where((x == 0.0) | (a == math.inf), low, out)
    return w.where(r.nan | ((a == 0.0) & (x == 0.0)) | ((a == math.inf) & (x == math.inf)), math.nan, out)


def igamma(w: Any, a: Any, x: Any) -> Any:
    """P(a, x)."""
    r, p, q = _parts(w, a, x)
    return _finish(w, r, a, x, w.where(r.far, 1.0 - q, p), -1.0)


def igammac(w: Any, a: Any, x: Any) -> Any:
    """Q(a, x); for small a and x it is no difference of numbers near 1."""
    r, p, q = _parts(w, a, x)
    out = w.where(r.far, q, 1.0 - p)
    little = (r.a < 0.25) & (r.x <= 1.0)
    if w.anywhere(little):
        a_, x_ = w.where(little, r.a, 0.1), w.where(little, r.x, 0.5)
        (rest,) = w.recurrence("gamma_small", a_, x_)
        u = a_ * w.log(x_) - _lgamma1p(w, a_)
        out = w.where(little, -(w.expm1(u) + w.exp(u) * rest), out)
    return _finish(w, r, a, x, out, 1.0)


def _log_minus_digamma(w: Any, a: Any, x: Any) -> Any:
    """``log(x) - digamma(a + 1)``, the derivative of log D by a."""
    big = w.max(a, LARGE)
    inverse = 1.0 / big
    square = inverse * inverse
    terms = _DIGAMMA[:3] if w.single else _DIGAMMA
    offset = (x - big) / big
    ratio = w.where(abs(offset) < 0.5, w.log1p(offset), w.log(x) - w.log(big))
    large = ratio - 0.5 * inverse + square * polynomial(w, square, terms[::-1])
    small = w.where(a >= LARGE, 1.0, a)
    return w.where(a >= LARGE, large, w.log(x) - w.digamma(small + 1.0))


def _slopes(w: Any, r: _Regions) -> tuple[Any, Any]:
    """The derivative of P by a, divided by D: by the series, by the fraction."""
    slope = _log_minus_digamma(w, r.a, r.x)
    (total, dtotal), (value, dlog) = r.series, r.fraction
    return total * slope + dtotal, -value * (r.a * (slope + dlog) + 1.0)


def _huge_sample_slope(w: Any, r: _Regions, a: Any, x: Any) -> tuple[Any, Any, Any]:
    """The derivative of a quantile by a, for huge a: a + z sqrt(a) + (z^2 - 1) / 3 + ..., with z from x. With a and x."""
    a, x = w.where(r.huge, a, _huge(w)), w.where(r.huge, x, _huge(w))
    root = w.sqrt(a)
    distance = (x - a) / root
    z = distance - (distance * distance - 1.0) / (3.0 * root)
    return 1.0 + 0.5 * z / root, a, x


def igamma_grad_a(w: Any, a: Any, x: Any) -> Any:
    """dP/da."""
    r = _Regions(w, a, x)
    near, far = _slopes(w, r)
    out = w.where(r.good, w.where(r.far, far, near) * _density(w, r.a, r.x), 0.0)
    if w.anywhere(r.huge):
        slope, a_, x_ = _huge_sample_slope(w, r, a, x)
        density = w.exp(a_ * log1p_minus(w, (x_ - a_) / a_, x_ / a_) - stirling_rest(w, a_)) / (w.sqrt(a_) * math.sqrt(2 * math.pi))
        density = density * (a_ / x_)
        out = w.where(r.huge, -slope * density, out)
    return w.where(r.nan | (a == 0.0), math.nan, out)


def random_gamma_grad(w: Any, a: Any, x: Any) -> Any:
    """``-(dP/da) / (dP/dx)``; the factor D falls out, so it does not underflow."""
    r = _Regions(w, a, x)
    near, far = _slopes(w, r)
    out = w.where(r.good, -w.where(r.far, far, near) * (r.x / r.a), math.nan)
    if w.anywhere(r.huge):
        out = w.where(r.huge, _huge_sample_slope(w, r, a, x)[0], out)
    return w.where((x == 0.0) & (a > 0.0), 0.0, out)


# Operations -----------------------------------------------------------------------------------------------------------------
def _dx(sign: float) -> Any:
    """Derivative by x: the density of the gamma distribution, times `sign`."""

    def partial(b: Builder, dx: Value, out: Value, a: Value, x: Value) -> Value:
        density = b.exp(b.sub(b.sub(b.mul(b.sub(a, 1), b.log(x)), x), b.lgamma(a)))
        return b.mul(dx, density if sign > 0 else b.neg(density))

    return partial


def _da(sign: float) -> Any:
    def partial(b: Builder, da: Value, out: Value, a: Value, x: Value) -> Value:
        slope = b.igamma_grad_a(a, x)
        return b.mul(da, slope if sign > 0 else b.neg(slope))

    return partial


def _examples(make: Any) -> list[Example]:
    pairs = [(make(*s, low=0.2, high=6), make(*s, low=0.1, high=9)) for s in ((), (5,), (2, 3), (0, 2))]
    return [(pair, {}) for pair in pairs]


_OPERANDS = ("a", "x")
_NO_SECOND = "the second derivative of the incomplete gamma function by its shape parameter has no rule"

declare(
    "igamma",
    _OPERANDS,
    igamma,
    jvp=jvp_elementwise(_da(1.0), _dx(1.0)),
    examples=_examples,
    doc="Regularized lower incomplete gamma function P(a, x), a >= 0, x >= 0; NaN elsewhere. Relative error below 1e-12 in f64 "
    "and 4e-6 in f32 for a up to 1e4.",
    reference="DLMF 8.2.4, 8.7.1, 8.9.2",
)
declare(
    "igammac",
    _OPERANDS,
    igammac,
    jvp=jvp_elementwise(_da(-1.0), _dx(-1.0)),
    examples=_examples,
    doc="Regularized upper incomplete gamma function Q(a, x) = 1 - P(a, x). Accuracy as of igamma, also where Q is small.",
    reference="DLMF 8.2.4, 8.7.1, 8.9.2",
)
declare(
    "igamma_grad_a",
    _OPERANDS,
    igamma_grad_a,
    jvp=NotDifferentiable(_NO_SECOND),
    examples=_examples,
    doc="Derivative of P(a, x) by a, for a > 0, x >= 0; NaN elsewhere.",
    reference="Moore, Algorithm AS 187: Derivatives of the incomplete gamma integral (1982)",
)
declare(
    "random_gamma_grad",
    _OPERANDS,
    random_gamma_grad,
    jvp=NotDifferentiable(_NO_SECOND),
    examples=_examples,
    doc="Derivative by a of the sample x of a gamma distribution of shape a, at a fixed random number: -(dP/da) / (dP/dx).",
    reference="Figurnov, Mohamed, Mnih, Implicit Reparameterization Gradients (arXiv:1805.08498)",
)

__all__ = ["igamma", "igamma_grad_a", "igammac", "log1p_minus", "random_gamma_grad", "stirling_rest"]
