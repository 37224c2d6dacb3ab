"""Hypergeometric functions of real arguments, by their power series, and spherical harmonics, by their recurrence in the degree.

The series are summed until they have converged, together with their derivatives by the parameters.
"""

from __future__ import annotations

import math
from typing import Any

from .formulas import any_of, is_nan
from .recurrence import Recurrence, eps
from .recurrence import register as register_recurrence
from .special_functions import Function, register
from .special_gamma_functions import gamma

_REFERENCE = "Pearson, Olver, Porter, Numerical methods for the computation of hypergeometric functions (arXiv:1407.7786)"
_SECOND = "the second derivative by a parameter has no formula"


def _ends(w: Any, a: Any) -> Any:
    """Whether a parameter ends the series: a natural number with a minus."""
    return (a <= 0.0) & (a == w.floor(a))


# 1F1 --------------------------------------------------------------------------------------------------------------------------
def _start_1f1(w: Any, a: Any, b: Any, x: Any) -> Any:
    one, zero = w.full_like(x, 1.0), w.full_like(x, 0.0)
    return one, zero, zero, one, zero, zero


def _step_1f1(w: Any, k: Any, state: Any, a: Any, b: Any, x: Any) -> Any:
    """The next term of the series and its derivatives by a and b; the factor between terms is (a + k - 1) x / ((b + k - 1) k)."""
    total, by_a, by_b, term, term_a, term_b = state
    bottom = b + (k - 1.0)
    bottom = w.where(bottom == 0.0, 1.0, bottom)  # the series has ended before
    scale = x / (bottom * k)
    factor = (a + (k - 1.0)) * scale
    term_a = term_a * factor + term * scale
    term_b = (term_b - term / bottom) * factor
    term = term * factor
    total, by_a, by_b = total + term, by_a + term_a, by_b + term_b
    moving = any_of(abs(term) > abs(total) * eps(w), abs(term_a) > abs(by_a) * eps(w), abs(term_b) > abs(by_b) * eps(w))
    return (total, by_a, by_b, term, term_a, term_b), moving & (abs(total) < math.inf)


register_recurrence(
    "hyp1f1_series",
    Recurrence(
        ("a", "b", "x"),
        3,
        _start_1f1,
        _step_1f1,
        5000,
        "series of 1F1(a; b; x), and its derivatives by a and b",
        ((0.5, 3.0), (0.5, 3.0), (0.1, 3.0)),
    ),
)


def _series_1f1(w: Any, a: Any, b: Any, x: Any) -> tuple[Any, Any, Any, Any]:
    """Value and derivatives by a and b, except at poles; by Kummer's transformation for negative x."""
    pole = _ends(w, b) & ~(_ends(w, a) & (a >= b))
    good = ~any_of(is_nan(a), is_nan(b), is_nan(x), abs(x) == math.inf, pole)
    a, b, x = w.where(good, a, 1.0), w.where(good, b, 1.0), w.where(good, x, 0.0)
    mirrored = (x < 0.0) & ~_ends(w, a)  # a polynomial needs no transformation
    first, z = w.where(mirrored, b - a, a), w.where(mirrored, -x, x)
    value, by_a, by_b = w.recurrence("hyp1f1_series", first, b, z)
    scale = w.where(mirrored, w.exp(-z), 1.0)
    value = w.where(value == math.inf, w.where(mirrored, w.full_like(x, 0.0), math.inf), value * scale)
    return good, value, w.where(mirrored, -by_a, by_a) * scale, w.where(mirrored, by_a + by_b, by_b) * scale


def _hyp1f1(w: Any, a: Any, b: Any, x: Any) -> Any:
    good, out, _, _ = _series_1f1(w, a, b, x)
    nan = any_of(is_nan(a), is_nan(b), is_nan(x))
    out = w.where(good, out, w.where((x == -math.inf) & (a > 0.0), 0.0, w.where(a == b, w.exp(x), math.inf)))
    return w.where(nan, math.nan, w.where(a == 0.0, 1.0, out))


def _slope_1f1(index: int) -> Any:
    def formula(w: Any, a: Any, b: Any, x: Any) -> Any:
        parts = _series_1f1(w, a, b, x)
        return w.where(parts[0], parts[2 + index], math.nan)

    return formula


_RANGES = ((0.5, 3.0), (0.5, 3.0), (-2.0, 3.0))
register(
    "hyp1f1",
    Function(
        ("a", "b", "x"),
        _hyp1f1,
        (
            lambda w, out, a, b, x: w.special("hyp1f1_by_a", a, b, x),
            lambda w, out, a, b, x: w.special("hyp1f1_by_b", a, b, x),
            lambda w, out, a, b, x: a / b * w.special("hyp1f1", a + 1.0, b + 1.0, x),
        ),
        _RANGES,
        _REFERENCE,
    ),
)
register(
    "hyp1f1_by_a",
    Function(
        ("a", "b", "x"),
        _slope_1f1(0),
        (
            _SECOND,
            _SECOND,
            lambda w, out, a, b, x: (
                (w.special("hyp1f1", a + 1.0, b + 1.0, x) + a * w.special("hyp1f1_by_a", a + 1.0, b + 1.0, x)) / b
            ),
        ),
        _RANGES,
        _REFERENCE,
    ),
)
register(
    "hyp1f1_by_b",
    Function(
        ("a", "b", "x"),
        _slope_1f1(1),
        (
            _SECOND,
            _SECOND,
            lambda w, out, a, b, x: (
                (w.special("hyp1f1_by_b", a + 1.0, b + 1.0, x) - w.special("hyp1f1", a + 1.0, b + 1.0, x) / b) * (a / b)
            ),
        ),
        _RANGES,
        _REFERENCE,
    ),
)


# 2F1 --------------------------------------------------------------------------------------------------------------------------
def _start_2f1(w: Any, a: Any, b: Any, c: Any, x: Any) -> Any:
    one, zero = w.full_like(x, 1.0), w.full_like(x, 0.0)
    return one, zero, zero, zero, one, zero, zero, zero


def _step_2f1(w: Any, k: Any, state: Any, a: Any, b: Any, c: Any, x: Any) -> Any:
    """As for 1F1; the factor between terms is (a + k - 1) (b + k - 1) x / ((c + k - 1) k)."""
    total, by_a, by_b, by_c, term, term_a, term_b, term_c = state
    p, q, bottom = a + (k - 1.0), b + (k - 1.0), c + (k - 1.0)
    bottom = w.where(bottom == 0.0, 1.0, bottom)
    scale = x / (bottom * k)
    factor = p * q * scale
    term_a = term_a * factor + term * (q * scale)
    term_b = term_b * factor + term * (p * scale)
    term_c = (term_c - term / bottom) * factor
    term = term * factor
    total, by_a, by_b, by_c = total + term, by_a + term_a, by_b + term_b, by_c + term_c
    # the rest of a series with ratio x is x / (1 - x) times its last term
    enough = eps(w) * (1.0 - abs(x) * 0.999)
    moving = any_of(
        abs(term) > abs(total) * enough,
        abs(term_a) > abs(by_a) * enough,
        abs(term_b) > abs(by_b) * enough,
        abs(term_c) > abs(by_c) * enough,
    )
    return (total, by_a, by_b, by_c, term, term_a, term_b, term_c), moving & (abs(total) < math.inf)


register_recurrence(
    "hyp2f1_series",
    Recurrence(
        ("a", "b", "c", "x"),
        4,
        _start_2f1,
        _step_2f1,
        50_000,
        "series of 2F1(a, b; c; x), and its derivatives by a, b and c",
        ((0.5, 2.0), (0.5, 2.0), (0.5, 3.0), (0.1, 0.6)),
    ),
)


def _series_2f1(w: Any, a: Any, b: Any, c: Any, x: Any) -> tuple[Any, ...]:
    """Where the series serves, value and derivatives by a, b, c; for negative x by Pfaff's transformation
    ``(1 - x)^-a 2F1(a, c - b; c; x / (x - 1))``."""
    polynomial = _ends(w, a) | _ends(w, b)
    nan = any_of(is_nan(a), is_nan(b), is_nan(c), is_nan(x))
    early = _ends(w, c) & ~((_ends(w, a) & (a >= c)) | (_ends(w, b) & (b >= c)))  # a zero in a denominator comes first
    good = ~any_of(nan, early, (x >= 1.0) & ~polynomial, abs(x) == math.inf)
    a, b, c = w.where(good, a, 1.0), w.where(good, b, 1.0), w.where(good, c, 1.0)
    x = w.where(good, x, 0.0)
    mirrored = (x < 0.0) & ~polynomial
    z = w.where(mirrored, x / (x - 1.0), x)
    second = w.where(mirrored, c - b, b)
    value, by_a, by_b, by_c = w.recurrence("hyp2f1_series", a, second, c, z)
    log = w.log1p(w.where(mirrored, -x, 0.0))
    scale = w.exp(-a * log)
    return (
        good,
        value * scale,
        (by_a - log * value) * scale,
        w.where(mirrored, -by_b, by_b) * scale,
        w.where(mirrored, by_c + by_b, by_c) * scale,
    )


def _hyp2f1(w: Any, a: Any, b: Any, c: Any, x: Any) -> Any:
    """The series; Gauss's theorem at x = 1."""
    good, out = _series_2f1(w, a, b, c, x)[:2]
    d = c - a - b
    at_one = (x == 1.0) & (d > 0.0)
    a_, b_, c_ = w.where(at_one, a, 0.5), w.where(at_one, b, 0.5), w.where(at_one, c, 2.0)
    gauss = gamma(w, c_) * gamma(w, c_ - a_ - b_) / (gamma(w, c_ - a_) * gamma(w, c_ - b_))
    gauss = w.where(_ends(w, c_ - a_) | _ends(w, c_ - b_), 0.0, gauss)
    out = w.where(good, out, w.where(at_one, gauss, math.inf))
    out = w.where((x == 0.0) | (a == 0.0) | (b == 0.0), 1.0, out)
    return w.where(any_of(is_nan(a), is_nan(b), is_nan(c), is_nan(x)), math.nan, out)


def _slope_2f1(index: int) -> Any:
    def formula(w: Any, a: Any, b: Any, c: Any, x: Any) -> Any:
        parts = _series_2f1(w, a, b, c, x)
        return w.where(parts[0], parts[2 + index], math.nan)

    return formula


_RANGES_2F1 = ((0.5, 2.0), (0.5, 2.0), (0.5, 3.0), (-1.5, 0.7))
register(
    "hyp2f1",
    Function(
        ("a", "b", "c", "x"),
        _hyp2f1,
        (
            lambda w, out, a, b, c, x: w.special("hyp2f1_by_a", a, b, c, x),
            lambda w, out, a, b, c, x: w.special("hyp2f1_by_a", b, a, c, x),
            lambda w, out, a, b, c, x: w.special("hyp2f1_by_c", a, b, c, x),
            lambda w, out, a, b, c, x: a * b / c * w.special("hyp2f1", a + 1.0, b + 1.0, c + 1.0, x),
        ),
        _RANGES_2F1,
        _REFERENCE,
    ),
)
for _kind, _index in (("hyp2f1_by_a", 0), ("hyp2f1_by_c", 2)):
    register(_kind, Function(("a", "b", "c", "x"), _slope_2f1(_index), (_SECOND,) * 4, _RANGES_2F1, _REFERENCE))


# Spherical harmonics -------------------------------------------------------------------------------------------------------------
def _start_legendre(w: Any, n: Any, m: Any, c: Any, s: Any) -> Any:
    return w.full_like(c, math.sqrt(0.25 / math.pi)), w.full_like(c, 0.0)


def _step_legendre(w: Any, k: Any, state: Any, n: Any, m: Any, c: Any, s: Any) -> Any:
    """Along the diagonal up to degree m, then up the degrees at order m."""
    value, before = state
    diagonal = k <= m
    up = w.where(diagonal, m + 1.0, 0.0 * m + k)  # a degree above m, also where it is not used
    new = w.sqrt((4.0 * up * up - 1.0) / (up * up - m * m))
    old = w.sqrt(((up - 1.0) * (up - 1.0) - m * m) / (4.0 * (up - 1.0) * (up - 1.0) - 1.0))
    raised = new * (c * value - old * before)
    along = value * s * -w.sqrt(1.0 + 0.5 / (0.0 * m + k))
    done = k > n
    following = w.where(diagonal, along, raised)
    return (w.where(done, value, following), w.where(done | diagonal, w.where(done, before, 0.0), value)), n > k


register_recurrence(
    "legendre",
    Recurrence(
        ("n", "m", "c", "s"),
        1,
        _start_legendre,
        _step_legendre,
        10_000,
        "normalized associated Legendre function of degree n and order m >= 0 at c = cos(theta), s = sin(theta)",
        ((2.0, 2.0), (1.0, 1.0), (-0.6, 0.6), (0.8, 0.8)),
    ),
)


def _legendre(w: Any, n: Any, m: Any, theta: Any) -> Any:
    good = (m >= 0.0) & (n >= m)
    n_, m_ = w.where(good, n, 0.0), w.where(good, m, 0.0)
    (out,) = w.recurrence("legendre", n_, m_, w.cos(theta), w.sin(theta))
    return w.where(good, out, 0.0)


def _legendre_slope(w: Any, out: Any, n: Any, m: Any, theta: Any) -> Any:
    """``(sqrt((n + m) (n - m + 1)) P^(m-1) - sqrt((n - m) (n + m + 1)) P^(m+1)) / 2``, where P^-1 is -P^1."""
    root = w.sqrt(w.max((n - m) * (n + m + 1.0), 0.0))
    above = w.special("legendre", n, m + 1.0, theta)
    below = w.special("legendre", n, w.max(m - 1.0, 0.0), theta)
    lower = w.sqrt(w.max((n + m) * (n - m + 1.0), 0.0))
    return w.where(m == 0.0, root * above, 0.5 * (root * above - lower * below))


_INTEGER = "it is an integer"
register(
    "legendre",
    Function(
        ("n", "m", "theta"),
        _legendre,
        (_INTEGER, _INTEGER, _legendre_slope),
        ((3, 5), (0, 3), (0.3, 2.8)),
        "DLMF 14.10.3, 14.30.1",
        whole=(0, 1),
    ),
)
