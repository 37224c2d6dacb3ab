"""The gamma function and its relatives: the beta function's logarithm, Pochhammer's symbol, derivatives of the zeta function."""

from __future__ import annotations

import math
from typing import Any

from .formulas import any_of, is_nan
from .special_beta import LARGE, log_beta
from .special_functions import Function, register
from .special_gamma import stirling_rest
from .special_zeta import EULER_MACLAURIN, zeta


# Gamma ------------------------------------------------------------------------------------------------------------------------
def _sin_pi(w: Any, x: Any) -> Any:
    """``sin(pi x)``, with the sign that it has between integers."""
    r = x - w.round(x)
    odd = w.round(x) * 0.5 != w.floor(w.round(x) * 0.5)
    return w.where(odd, -w.sin(r * math.pi), w.sin(r * math.pi))


def _gamma_positive(w: Any, x: Any) -> Any:
    """exp(lgamma(x)) for small x; else Stirling's formula with a power, whose error does not grow with the logarithm."""
    big = w.max(x, LARGE)
    root = w.pow(big, 0.5 * big - 0.25)
    large = root * (math.sqrt(2 * math.pi) * w.exp(stirling_rest(w, big) - big)) * root
    large = w.where(root == math.inf, math.inf, large)
    return w.where(x >= LARGE, large, w.exp(w.lgamma(w.min(x, LARGE))))


def gamma_sign(w: Any, x: Any) -> Any:
    """Sign of the gamma function; NaN at its poles below zero and at -infinity."""
    floor = w.floor(x)
    odd = floor * 0.5 != w.floor(floor * 0.5)
    out = w.where((x < 0.0) & odd, w.full_like(x, -1.0), 1.0)
    out = w.where(x == 0.0, w.where(1.0 / w.where(x == 0.0, x, 1.0) < 0.0, -1.0, w.full_like(x, 1.0)), out)
    return w.where(is_nan(x) | ((x < 0.0) & (x == floor)), math.nan, out)


def gamma(w: Any, x: Any) -> Any:
    """Gamma(x); below 1/2 ``pi / (sin(pi x) Gamma(1 - x))``."""
    low = x < 0.5
    finite = w.where(low, w.max(x, -1e4), 0.25)
    positive = _gamma_positive(w, w.where(low, 1.0 - finite, x))
    out = w.where(low, math.pi / (_sin_pi(w, finite) * positive), positive)
    out = w.where(x == 0.0, 1.0 / w.where(x == 0.0, x, 1.0), out)
    out = w.where(x < -1e4, 0.0, out)
    return w.where(is_nan(x) | ((x < 0.0) & (x == w.floor(x))), math.nan, out)


register(
    "gamma",
    Function(("x",), gamma, (lambda w, out, x: out * w.digamma(x),), ((0.3, 5.0),), "DLMF 5.2.1, 5.5.3, 5.11.3"),
)
register(
    "gammasgn",
    Function(("x",), gamma_sign, (lambda w, out, x: w.full_like(x, 0.0),), ((0.3, 5.0),), "SciPy, scipy.special.gammasgn"),
)


# Beta, Pochhammer ----------------------------------------------------------------------------------------------------------------
def _betaln(w: Any, a: Any, b: Any) -> Any:
    """log|B(a, b)|; for arguments that are not positive the plain difference."""
    usual = (a > 0.0) & (b > 0.0) & (a < math.inf) & (b < math.inf)
    value = log_beta(w, w.where(usual, a, 1.0), w.where(usual, b, 1.0))
    small, large = w.min(a, b), w.max(a, b)
    rest = w.where(large > 1e15, -small * w.log(w.max(large, 1.0)), w.lgamma(large) - w.lgamma(a + b))
    value = w.where(usual, value, w.lgamma(small) + rest)
    return w.where((a > 0.0) & (b > 0.0) & ((a == math.inf) | (b == math.inf)), -math.inf, value)


register(
    "betaln",
    Function(
        ("a", "b"),
        _betaln,
        (
            lambda w, out, a, b: w.digamma(a) - w.digamma(a + b),
            lambda w, out, a, b: w.digamma(b) - w.digamma(a + b),
        ),
        ((0.3, 12.0), (0.3, 12.0)),
        "Didonato and Morris, Algorithm 708 (1992)",
    ),
)


def _poch(w: Any, z: Any, m: Any) -> Any:
    """Gamma(z + m) / Gamma(z): a quotient, through logarithms where those overflow or z is large; polynomials at the poles."""
    top = z + m
    direct = (abs(z) < 30.0) & (abs(top) < 30.0)
    z_, top_ = w.where(direct, z, 1.5), w.where(direct, top, 1.5)
    out = gamma(w, top_) / gamma(w, z_)
    positive = (z > 0.0) & (top > 0.0)
    # lgamma(p + q) - lgamma(p) = lgamma(q) - log B(p, q) with p the smaller of z and z + m
    p, q = w.where(positive & (m != 0.0), w.min(z, top), 1.0), w.where(positive & (m != 0.0), abs(m), 1.0)
    rising = w.lgamma(q) - log_beta(w, p, q)
    rising = w.exp(w.where(m > 0.0, rising, -rising))
    huge = (z > 1e18) & (abs(m) < 40.0)
    rising = w.where(huge, w.pow(w.where(huge, z, 1.0), w.where(huge, m, 1.0)), rising)
    general = gamma_sign(w, top) * gamma_sign(w, z) * w.exp(w.lgamma(top) - w.lgamma(z))
    out = w.where(direct & ~(positive & (abs(m) < 0.1)), out, w.where(positive, rising, general))
    pole_z, pole_top = (z <= 0.0) & (z == w.floor(z)), (top <= 0.0) & (top == w.floor(top))
    # both at poles: (-1)^m Gamma(1 - z) / Gamma(1 - z - m)
    n = w.where(pole_z & pole_top, 1.0 - z, 1.0)
    k = w.where(pole_z & pole_top, m, 0.0)
    sign = w.where(k * 0.5 == w.floor(k * 0.5), w.full_like(z, 1.0), -1.0)
    both = sign * w.exp(w.lgamma(n) - w.lgamma(n - k))
    out = w.where(pole_top, w.where(pole_z, both, math.inf), w.where(pole_z, 0.0, out))
    no_sign = (z < -1e15) | (top < -1e15)  # neighbouring numbers are integers
    return w.where(any_of(is_nan(z), is_nan(m), no_sign), math.nan, w.where(m == 0.0, 1.0, out))


register(
    "poch",
    Function(
        ("z", "m"),
        _poch,
        (
            lambda w, out, z, m: (w.digamma(z + m) - w.digamma(z)) * out,
            lambda w, out, z, m: w.digamma(z + m) * out,
        ),
        ((0.5, 5.0), (0.3, 3.0)),
        "DLMF 5.2.5",
    ),
)


# Zeta ---------------------------------------------------------------------------------------------------------------------------
def _zeta_slope(w: Any, s: Any, q: Any) -> Any:
    """Derivative of the Euler-Maclaurin sum by s, for q > 0."""
    good = (s > 1.0) & (q > 0.0) & (s < math.inf)
    s, q = w.where(good, s, 2.0), w.where(good, q, 1.0)
    n, corrections = (6, EULER_MACLAURIN[:5]) if w.single else (10, EULER_MACLAURIN)
    base = w.spread(q, n + 1) + w.row(q, range(n + 1))
    power = w.pow(base, -w.spread(s, n + 1))
    first = w.total(w.where(power == 0.0, 0.0, power * w.log(base)) * w.row(q, [1.0] * n + [0.5]))
    end = q + float(n)
    square = 1.0 / (end * end)
    total, slope = w.full_like(q, corrections[-1]), w.full_like(q, 0.0)
    for k in range(len(corrections) - 1, 0, -1):
        u, v = s + (2.0 * k - 1.0), s + 2.0 * k
        slope = slope * (u * v * square) + total * ((u + v) * square)
        total = corrections[k - 1] + total * (u * v * square)
    inverse = 1.0 / (s - 1.0)
    value = inverse + total * s * square
    change = (slope * s + total) * square - inverse * inverse
    integral = w.pow(end, 1.0 - s)
    rest = w.where(integral == 0.0, 0.0, integral * (change - w.log(end) * value))
    return w.where(good, rest - first, math.nan)


_NO_MORE = "the second derivative by this parameter has no formula"

register(
    "hurwitz_zeta",
    Function(
        ("x", "q"),
        zeta,
        (
            lambda w, out, s, q: w.special("hurwitz_zeta_slope", s, q),
            lambda w, out, s, q: -s * w.special("hurwitz_zeta", s + 1.0, q),
        ),
        ((1.5, 6.0), (0.3, 5.0)),
        "Johansson, Rigorous high-precision computation of the Hurwitz zeta function (arXiv:1309.2877)",
    ),
)
register(
    "hurwitz_zeta_slope",
    Function(
        ("x", "q"),
        _zeta_slope,
        (
            _NO_MORE,
            lambda w, out, s, q: -(w.special("hurwitz_zeta", s + 1.0, q) + s * w.special("hurwitz_zeta_slope", s + 1.0, q)),
        ),
        ((1.5, 6.0), (0.3, 5.0)),
        "Johansson, Rigorous high-precision computation of the Hurwitz zeta function (arXiv:1309.2877)",
    ),
)

__all__ = ["gamma", "gamma_sign"]
