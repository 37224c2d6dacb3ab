"""Relatives of the error function: the Faddeeva function and what is made of it, the normal distribution, Owen's T.

The Faddeeva function w(z) = exp(-z^2) erfc(-i z) is a trapezoidal sum of twelve terms with a correction for the poles of the
integrand, by which it is accurate to rounding in the whole plane (Al Azah and Chandler-Wilde, SIAM J. Numer. Anal. 59, 2021).
On the axes the sum is real: the scaled complementary error function and Dawson's integral.
"""

from __future__ import annotations

import functools
import math
import operator
from collections.abc import Iterable
from typing import Any

import numpy as np

from .formulas import is_nan, polynomial
from .special import _CENTRE, _FAR, _NEAR
from .special_functions import Function, register

_TERMS = 12
_H = math.sqrt(math.pi / _TERMS)
_MIDPOINTS = tuple((k + 0.5) * _H for k in range(_TERMS))
_INTEGERS = tuple(k * _H for k in range(_TERMS))
_AT_MIDPOINTS = tuple(math.exp(-t * t) for t in _MIDPOINTS)
_AT_INTEGERS = tuple(math.exp(-t * t) * (1.0 if t else 0.5) for t in _INTEGERS)
_SQRT_PI = math.sqrt(math.pi)
_SQRT_2 = math.sqrt(2.0)
_TWO_OVER_SQRT_PI = 2.0 / _SQRT_PI
_REFERENCE = "Al Azah, Chandler-Wilde, Computation of the complex error function (2021)"


def _sum(terms: Iterable[Any]) -> Any:
    return functools.reduce(operator.add, terms)


# On the axes -----------------------------------------------------------------------------------------------------------------
def _pole(w: Any, x: Any) -> Any:
    """The correction of erfcx for 0 <= x: ``2 exp(x^2) / (1 + exp(2 pi x / h))``, nothing from pi / h on."""
    c = w.min(x, math.pi / _H)
    decay = w.exp(c * (c - 2 * math.pi / _H))
    return w.where(x < math.pi / _H, 2.0 * decay / (1.0 + w.exp(c * (-2 * math.pi / _H))), 0.0)


def erfcx(w: Any, x: Any) -> Any:
    """``exp(x^2) erfc(x)``."""
    a = abs(x)
    c = w.min(a, 1e15)
    square = c * c
    total = _sum(weight / (square + t * t) for t, weight in zip(_MIDPOINTS, _AT_MIDPOINTS))
    positive = w.where(a > 1e15, (1.0 / _SQRT_PI) / a, total * c * (2 * _H / math.pi) + _pole(w, c))
    return w.where(x < 0.0, 2.0 * w.exp(w.where(x < 0.0, x * x, 0.0)) - positive, positive)


def erfcx_slope(w: Any, x: Any) -> Any:
    """``2 x erfcx(x) - 2 / sqrt(pi)``, which cancels for large x; there it is a sum of its own."""
    big = w.max(w.min(x, 1e15), 2.0)
    square = big * big
    total = _sum(weight * t * t / (square + t * t) for t, weight in zip(_MIDPOINTS, _AT_MIDPOINTS))
    far = total * (-4 * _H / math.pi) + 2.0 * big * _pole(w, big)
    return w.where(x > 2.0, far, 2.0 * x * erfcx(w, w.min(x, 2.0)) - _TWO_OVER_SQRT_PI)


register(
    "erfcx",
    Function(("x",), erfcx, (lambda w, out, x: w.special("erfcx_slope", x),), ((-2.0, 4.0),), _REFERENCE),
)
register(
    "erfcx_slope",
    Function(
        ("x",),
        erfcx_slope,
        (lambda w, out, x: 2.0 * (w.special("erfcx", x) + x * out),),
        ((-2.0, 4.0),),
        _REFERENCE,
    ),
)


def dawsn(w: Any, x: Any) -> Any:
    """Dawson's integral ``exp(-x^2) int_0^x exp(t^2) dt``, with the nodes that are farther from x."""
    a = w.min(abs(x), 1e15)
    position = a * (1 / _H)
    nearest = w.round(2.0 * position) * 0.5
    whole = w.floor(nearest) == nearest
    safe = w.where(a == 0.0, 1.0, a)
    total = _sum(
        w.where(whole, at_mid, at) / (safe - w.where(whole, mid * mid, t * t) / safe)
        for mid, at_mid, t, at in zip(_MIDPOINTS, _AT_MIDPOINTS, _INTEGERS, _AT_INTEGERS)
    )
    bell = w.exp(-a * a) * w.tan((position - nearest) * math.pi)
    out = w.where(a == 0.0, 0.0, (total * (2 * _H / math.pi) + bell) * (0.5 * _SQRT_PI))
    out = w.where(abs(x) > 1e15, 0.5 / abs(x), out)
    return w.where(x == 0.0, x, w.where(x < 0.0, -out, out))


def dawsn_slope(w: Any, x: Any) -> Any:
    """``1 - 2 x dawsn(x)``, for large x as a sum of its own."""
    big = w.max(w.min(abs(x), 1e15), 6.0)
    square = big * big
    total = _sum(weight * t * t / (square - t * t) for t, weight in zip(_MIDPOINTS, _AT_MIDPOINTS))
    return w.where(abs(x) > 6.0, total * (-2 * _H / _SQRT_PI), 1.0 - 2.0 * x * dawsn(w, x))


register(
    "dawsn",
    Function(("x",), dawsn, (lambda w, out, x: w.special("dawsn_slope", x),), ((-4.0, 8.0),), _REFERENCE),
)
register(
    "dawsn_slope",
    Function(
        ("x",),
        dawsn_slope,
        (lambda w, out, x: -2.0 * (w.special("dawsn", x) + x * out),),
        ((-4.0, 8.0),),
        _REFERENCE,
    ),
)


# In the plane ----------------------------------------------------------------------------------------------------------------
def _quadrant(w: Any, x: Any, y: Any) -> tuple[Any, Any]:
    """w(x + i y) for x, y >= 0: real and imaginary part."""
    top = w.max(x, y)
    scale = w.where(top > 1e8, 1e8 / top, 1.0)  # from there on w is i / (sqrt(pi) z)
    x, y = x * scale, y * scale
    position = x * (1 / _H)
    near_node = w.round(2.0 * position) * 0.5
    trapezoid = (y < x) & (w.floor(near_node) != near_node)

    wide_trapezoid = w.spread(trapezoid, _TERMS)
    node = w.where(wide_trapezoid, w.row(x, _INTEGERS), w.row(x, _MIDPOINTS))
    weight = w.where(wide_trapezoid, w.row(x, _AT_INTEGERS), w.row(x, _AT_MIDPOINTS))
    x_, y_ = w.spread(x, _TERMS), w.spread(y, _TERMS)
    low, high = x_ - node, x_ + node
    inner, outer = weight / (low * low + y_ * y_), weight / (high * high + y_ * y_)
    re = w.total(y_ * (inner + outer)) * (_H / math.pi)
    im = w.total(low * inner + high * outer) * (_H / math.pi)

    # 2 exp(-z^2) / (1 + exp(-2 pi i z / h)) at midpoints, 1 - ... at integers; nothing for large y
    u, v = w.min(x, 50.0), w.min(y, 50.0)
    decay = w.exp(v * (-2 * math.pi / _H))
    angle = (position - w.round(position)) * (2 * math.pi)
    c, s = w.cos(angle), w.sin(angle)
    c, s = w.where(trapezoid, -c, c), w.where(trapezoid, -s, s)
    bottom_re, bottom_im = decay + c, -s  # decay + exp(-i angle), sign changed at integers
    size = 2.0 * w.exp(v * v - u * u + v * (-2 * math.pi / _H)) / (bottom_re * bottom_re + bottom_im * bottom_im)
    cosine, sine = w.cos(2.0 * u * v), w.sin(2.0 * u * v)
    pole_re = size * (cosine * bottom_re - sine * bottom_im)
    pole_im = -size * (sine * bottom_re + cosine * bottom_im)
    plain = (y >= x) & (y >= math.pi / _H)
    return scale * (re + w.where(plain, 0.0, pole_re)), scale * (im + w.where(plain, 0.0, pole_im))


def wofz(w: Any, x: Any, y: Any) -> tuple[Any, Any]:
    """w(x + i y): from the first quadrant by symmetry; ``2 exp(-z^2) - w(-z)`` in the lower half plane."""
    infinite = (abs(x) == math.inf) | (abs(y) == math.inf)
    x_, y_ = w.where(infinite, 1.0, x), w.where(infinite, 1.0, y)
    re, im = _quadrant(w, abs(x_), abs(y_))
    below = y_ < 0.0
    im = w.where((x_ < 0.0) != below, -im, im)  # of w(z) above, of w(-z) below
    size = 2.0 * w.exp(w.where(below, (y_ - x_) * (y_ + x_), 0.0))
    angle = w.where(below, 2.0 * x_ * y_, 0.0)
    lower_re, lower_im = size * w.cos(angle) - re, -size * w.sin(angle) - im
    re, im = w.where(below, lower_re, re), w.where(below, lower_im, im)
    nan = is_nan(x) | is_nan(y) | (infinite & (y == -math.inf))
    return tuple(w.where(nan, math.nan, w.where(infinite, 0.0, part)) for part in (re, im))


def _wofz_part(index: int) -> Any:
    return lambda w, x, y: wofz(w, x, y)[index]


def _wofz_slope(w: Any, x: Any, y: Any) -> tuple[Any, Any]:
    """``w' = -2 z w + 2 i / sqrt(pi)``."""
    re, im = w.special("wofz_re", x, y), w.special("wofz_im", x, y)
    return -2.0 * (x * re - y * im), _TWO_OVER_SQRT_PI - 2.0 * (x * im + y * re)


register(
    "wofz_re",
    Function(
        ("x", "y"),
        _wofz_part(0),
        (lambda w, out, x, y: _wofz_slope(w, x, y)[0], lambda w, out, x, y: -_wofz_slope(w, x, y)[1]),
        ((-3.0, 3.0), (-0.5, 3.0)),
        _REFERENCE,
    ),
)
register(
    "wofz_im",
    Function(
        ("x", "y"),
        _wofz_part(1),
        (lambda w, out, x, y: _wofz_slope(w, x, y)[1], lambda w, out, x, y: _wofz_slope(w, x, y)[0]),
        ((-3.0, 3.0), (-0.5, 3.0)),
        _REFERENCE,
    ),
)


# Fresnel integrals ------------------------------------------------------------------------------------------------------------
#: C(x) / x and S(x) / x^3 in x^4, highest power first.
_FRESNEL_C = tuple((-1) ** n * (math.pi / 2) ** (2 * n) / (math.factorial(2 * n) * (4 * n + 1)) for n in range(11, -1, -1))
_FRESNEL_S = tuple((-1) ** n * (math.pi / 2) ** (2 * n + 1) / (math.factorial(2 * n + 1) * (4 * n + 3)) for n in range(11, -1, -1))


def _fresnel_angle(w: Any, x: Any) -> Any:
    """``pi x^2 / 2`` modulo 2 pi: with x = 2 n + r, the square is r^2 + 4 n r modulo 4."""
    n = w.round(0.5 * x)
    r = x - 2.0 * n
    product = n * r
    return (r * r + 4.0 * (product - w.round(product))) * (math.pi / 2)


def _fresnel(sine: bool) -> Any:
    """``C + i S = (1 + i) / 2 (1 - exp(i pi x^2 / 2) w(sqrt(pi) / 2 (1 + i) x))``, and a power series up to 1."""

    def formula(w: Any, x: Any) -> Any:
        a = w.min(abs(x), 1e15)
        small = w.min(a, 1.0)
        square = small * small
        fourth = square * square
        if sine:
            near = small * square * polynomial(w, fourth, _FRESNEL_S)
        else:
            near = small * polynomial(w, fourth, _FRESNEL_C)
        far_a = w.max(a, 1.0)
        re, im = _quadrant(w, far_a * (0.5 * _SQRT_PI), far_a * (0.5 * _SQRT_PI))
        angle = _fresnel_angle(w, far_a)
        c, s = w.cos(angle), w.sin(angle)
        p, q = 1.0 - (c * re - s * im), -(c * im + s * re)
        out = w.where(a < 1.0, near, 0.5 * (p + q) if sine else 0.5 * (p - q))
        out = w.where(abs(x) == math.inf, 0.5, out)
        return w.where(x < 0.0, -out, out)

    return formula


_DLMF_FRESNEL = "DLMF 7.2.7, 7.5.8"
register(
    "fresnel_s",
    Function(("x",), _fresnel(True), (lambda w, out, x: w.sin(_fresnel_angle(w, x)),), ((-3.0, 4.0),), _DLMF_FRESNEL),
)
register(
    "fresnel_c",
    Function(("x",), _fresnel(False), (lambda w, out, x: w.cos(_fresnel_angle(w, x)),), ((-3.0, 4.0),), _DLMF_FRESNEL),
)


# Normal distribution ----------------------------------------------------------------------------------------------------------
def _log_ndtr(w: Any, x: Any) -> Any:
    """``log1p(-erfc(x / sqrt(2)) / 2)``; in the lower tail through erfcx."""
    low = w.min(x, -1.0)
    tail = w.log(0.5 * erfcx(w, low * (-1 / _SQRT_2))) - 0.5 * low * low
    return w.where(x < -1.0, tail, w.log1p(-0.5 * w.erfc(w.max(x, -1.0) * (1 / _SQRT_2))))


def _log_ndtr_slope(w: Any, out: Any, x: Any) -> Any:
    return math.sqrt(2 / math.pi) / w.special("erfcx", x * (-1 / _SQRT_2))


register(
    "log_ndtr",
    Function(("x",), _log_ndtr, (_log_ndtr_slope,), ((-8.0, 3.0),), "SciPy, scipy.special.log_ndtr"),
)


def _quotient(w: Any, x: Any, coefficients: Any) -> Any:
    top, bottom = coefficients
    return polynomial(w, x, top[::-1]) / polynomial(w, x, bottom[::-1])


def _ndtri(w: Any, p: Any) -> Any:
    """Wichura's rational approximations, of p - 1/2 and of the root of -log(min(p, 1 - p))."""
    q = p - 0.5
    centre = w.where(abs(q) <= 0.425, q, 0.0)
    inner = centre * _quotient(w, 0.180625 - centre * centre, _CENTRE)
    tail = w.where(abs(q) <= 0.425, 0.25, w.where(q < 0.0, p, 1.0 - p))
    r = w.sqrt(-w.log(tail))
    outer = w.where(r <= 5.0, _quotient(w, w.min(r, 5.0) - 1.6, _NEAR), _quotient(w, w.max(r, 5.0) - 5.0, _FAR))
    out = w.where(abs(q) <= 0.425, inner, w.where(q < 0.0, -outer, outer))
    return w.where(p == 0.0, -math.inf, w.where(p == 1.0, math.inf, out))


register(
    "ndtri",
    Function(
        ("p",),
        _ndtri,
        (lambda w, out, p: math.sqrt(2 * math.pi) * w.exp(0.5 * out * out),),
        ((0.01, 0.99),),
        "Wichura, Algorithm AS 241 (1988)",
    ),
)


# Owen's T ---------------------------------------------------------------------------------------------------------------------
_NODES, _WEIGHTS = (tuple(v.tolist()) for v in np.polynomial.legendre.leggauss(32))


def _owens_t(w: Any, h: Any, a: Any) -> Any:
    """The defining integral by Gauss-Legendre quadrature for a <= 1, cut where the integrand vanishes; beyond that,
    T(h, a) + T(a h, 1 / a) = (p + q - p q) / 4 with the tails p = erfc(h / sqrt(2)) and q = erfc(a h / sqrt(2))."""
    h_, a_ = abs(h), abs(a)
    steep = a_ > 1.0
    product = w.where(h_ == 0.0, 0.0, h_ * a_)
    first, second = w.where(steep, product, h_), w.where(steep, 1.0 / w.max(a_, 1.0), a_)
    half = 0.5 * w.min(second, 9.0 / w.max(first, 1e-3))
    n = len(_NODES)
    u = w.spread(half, n) * w.row(half, [t + 1.0 for t in _NODES])
    square = 1.0 + u * u
    first_ = w.spread(w.min(first, 1e3), n)
    terms = w.exp(-0.5 * (first_ * first_) * square) / square * w.row(half, _WEIGHTS)
    integral = half * w.total(terms) * (0.5 / math.pi)
    p, q = w.erfc(h_ * (1 / _SQRT_2)), w.erfc(product * (1 / _SQRT_2))
    out = w.where(steep, 0.25 * (p + q - p * q) - integral, integral)
    out = w.where(a < 0.0, -out, out)
    return w.where(is_nan(h) | is_nan(a), math.nan, out)


def _owens_t_h(w: Any, out: Any, h: Any, a: Any) -> Any:
    return w.exp(-0.5 * h * h) * w.erf(a * h * (1 / _SQRT_2)) * (-0.5 / math.sqrt(2 * math.pi))


def _owens_t_a(w: Any, out: Any, h: Any, a: Any) -> Any:
    square = 1.0 + a * a
    return w.exp(-0.5 * h * h * square) / square * (0.5 / math.pi)


register(
    "owens_t",
    Function(
        ("h", "a"),
        _owens_t,
        (_owens_t_h, _owens_t_a),
        ((-3.0, 3.0), (-3.0, 3.0)),
        "Patefield, Tandy, Fast and accurate calculation of Owen's T function (2000)",
    ),
)
