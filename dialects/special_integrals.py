"""Exponential, sine and cosine integrals, and the dilogarithm."""

from __future__ import annotations

import math
from typing import Any

from .formulas import any_of, is_nan, polynomial
from .recurrence import Recurrence, eps, unsettled
from .recurrence import register as register_recurrence
from .special_functions import Function, register

_EULER = 0.5772156649015329


# E_n --------------------------------------------------------------------------------------------------------------------------
def _en_start(w: Any, n: Any, x: Any) -> Any:
    zero = w.full_like(x, 0.0)
    first = w.where(n == 1.0, 0.0, 1.0 / w.where(n == 1.0, 1.0, n - 1.0))  # the term m = 0, unless it is the special one
    one = w.full_like(x, 1.0)
    return first, w.where(n == 1.0, one, zero), one


def _en_step(w: Any, m: Any, state: Any, n: Any, x: Any) -> Any:
    """Adds -(-x)^m / ((m - n + 1) m!); the term m = n - 1, which has a pole, is remembered without its denominator."""
    total, pole, power = state
    power = power * (-x / m)
    here = (n - 1.0) - m == 0.0
    total = total + w.where(here, 0.0, power / w.where(here, 1.0, (n - 1.0) - m))
    moving = (abs(power) > abs(total) * (0.1 * eps(w))) | ((n - 1.0 > m) & (abs(power) > 1e-30))
    return (total, w.where(here, power, pole), power), moving


register_recurrence(
    "expint_series",
    Recurrence(
        ("n", "x"),
        2,
        _en_start,
        _en_step,
        200,
        "E_n(x) = c (digamma(n) - log x) + sum of -(-x)^m / ((m - n + 1) m!) over m other than n - 1: the sum, and c; x <= 1",
        ((2.0, 2.0), (0.1, 1.0)),
    ),
)


def _expn(w: Any, n: Any, x: Any) -> Any:
    """For x > 1 it is x^(n-1) Gamma(1 - n, x), a continued fraction; for n = 0 and x = 0 it is elementary."""
    usual = (n >= 1.0) & (x > 0.0) & (x < math.inf)
    far = usual & (x > 1.0)
    near = usual & ~far
    n_, x_ = w.where(far, n, 1.0), w.where(far, w.min(x, 1e10), 1e4)
    fraction = w.recurrence("gamma_fraction", 1.0 - n_, x_)[0]
    out = w.exp(-x_) * fraction
    if w.anywhere(near):
        m, z = w.where(near, n, 1.0), w.where(near, x, 0.5)
        total, c = w.recurrence("expint_series", m, z)
        out = w.where(near, c * (w.digamma(m) - w.log(z)) + total, out)
    positive = w.where(x > 0.0, x, 1.0)
    out = w.where(n == 0.0, w.exp(-positive) / positive, out)
    at_zero = w.where(n < 2.0, math.inf, 1.0 / w.max(n - 1.0, 1.0))
    out = w.where(x == 0.0, at_zero, w.where(x == math.inf, 0.0, out))
    return w.where(any_of(n < 0.0, x < 0.0, is_nan(n), is_nan(x)), math.nan, out)


def _expn_slope(w: Any, out: Any, n: Any, x: Any) -> Any:
    """``-E_(n-1)(x)``; for n = 0 from the elementary form."""
    lower = w.special("expn", w.max(n - 1.0, 0.0), x)
    return w.where(n == 0.0, -out * (1.0 + 1.0 / x), -lower)


register(
    "expn",
    Function(
        ("n", "x"),
        _expn,
        ("the order is an integer", _expn_slope),
        ((0, 4), (0.2, 4.0)),
        "DLMF 8.19.8, 8.19.17",
        whole=(0,),
    ),
)


# Ei ---------------------------------------------------------------------------------------------------------------------------
def _ei_start(w: Any, x: Any) -> Any:
    return w.full_like(x, 0.0), w.full_like(x, 1.0)


def _ei_step(w: Any, k: Any, state: Any, x: Any) -> Any:
    total, power = state
    power = power * x / k
    term = power / k
    return (total + term, power), term > (total + term) * (0.1 * eps(w))


register_recurrence(
    "ei_series",
    Recurrence(("x",), 1, _ei_start, _ei_step, 400, "sum of x^k / (k k!), k >= 1; 0 <= x <= 40", ((0.1, 6.0),)),
)


def _expi(w: Any, x: Any) -> Any:
    """-E_1(-x) for negative x; the power series up to 40, then the asymptotic series ``e^x / x (1 + 1 / x (1 + 2 / x (...)))``."""
    middle = (x > 0.0) & (x <= 40.0)
    z = w.where(middle, x, 0.5)
    (series,) = w.recurrence("ei_series", z)
    inverse = 1.0 / w.max(w.min(x, 1e30), 40.0)  # no subnormal number, which times an infinite exponential would be NaN
    nested = w.full_like(x, 1.0)
    for k in range(12 if w.single else 32, 0, -1):
        nested = 1.0 + k * inverse * nested
    out = w.where(middle, series + (w.log(z) + _EULER), w.exp(w.max(x, 40.0)) * inverse * nested)
    below = w.where(x < 0.0, -x, 1.0)
    if w.anywhere(x < 0.0):
        out = w.where(x < 0.0, -_expn(w, w.full_like(x, 1.0), below), out)
    out = w.where(x == 0.0, -math.inf, w.where(x == math.inf, math.inf, out))
    return w.where(is_nan(x), math.nan, out)


register(
    "expi",
    Function(("x",), _expi, (lambda w, out, x: w.exp(x) / x,), ((0.5, 5.0),), "DLMF 6.6.1, 6.12.2"),
)


# Si, Ci -----------------------------------------------------------------------------------------------------------------------
#: (Si(x) / x and (Ci(x) - log(x) - Euler's constant) / x^2) in x^2, highest power first; up to 4.
_SI = tuple((-1) ** k / ((2 * k + 1) * math.factorial(2 * k + 1)) for k in range(15, -1, -1))
_CI = tuple((-1) ** k / (2 * k * math.factorial(2 * k)) for k in range(16, 0, -1))


def _trig_start(w: Any, x: Any) -> Any:
    """1 / (i x + 1 - 1 / (i x + 3 - 4 / (i x + 5 - ...))): value, Lentz's c and d as pairs, the last change."""
    size = 1.0 + x * x
    infinite = w.full_like(x, math.inf)
    return 1.0 / size, -x / size, w.full_like(x, 0.0), w.full_like(x, 0.0), 1.0 / size, -x / size, infinite


def _trig_step(w: Any, k: Any, state: Any, x: Any) -> Any:
    """Lentz's method in complex numbers; of c its reciprocal is kept, which is zero at first."""
    re, im, rc_re, rc_im, d_re, d_im, last = state
    numerator, top = -k * k, 2.0 * k + 1.0
    c_re, c_im = top + numerator * rc_re, x + numerator * rc_im
    b_re, b_im = top + numerator * d_re, x + numerator * d_im
    size = b_re * b_re + b_im * b_im
    d_re, d_im = b_re / size, -b_im / size
    change_re, change_im = c_re * d_re - c_im * d_im, c_re * d_im + c_im * d_re
    moving, last = unsettled(w, abs(change_re - 1.0) + abs(change_im), last)
    re, im = (
        w.where(moving, re * change_re - im * change_im, re),
        w.where(moving, re * change_im + im * change_re, im),
    )
    size = c_re * c_re + c_im * c_im
    return (re, im, c_re / size, -c_im / size, d_re, d_im, last), moving


register_recurrence(
    "trig_integral_fraction",
    Recurrence(("x",), 2, _trig_start, _trig_step, 2000, "e^(i x) E_1(i x), real and imaginary part", ((4.0, 20.0),)),
)


def _trig_integral(sine: bool) -> Any:
    """``E_1(i x) = -Ci(x) + i (Si(x) - pi / 2)``."""

    def formula(w: Any, x: Any) -> Any:
        a = abs(x)
        near_a = w.min(a, 4.0)
        square = near_a * near_a
        if sine:
            near = near_a * polynomial(w, square, _SI)
        else:
            near = square * polynomial(w, square, _CI) + (w.log(near_a) + _EULER)
        far_a = w.where(a < 4.0, 1e4, a)
        clipped = w.min(far_a, 1e8)
        re, im = w.recurrence("trig_integral_fraction", clipped)
        scale = clipped / far_a
        re, im = re * scale * scale, im * scale
        angle = w.where(far_a == math.inf, 0.0, far_a)
        c, s = w.cos(angle), w.sin(angle)
        far = (math.pi / 2) + (im * c - re * s) if sine else -(re * c + im * s)
        out = w.where(a < 4.0, near, far)
        if sine:
            out = w.where(x == 0.0, x, w.where(x < 0.0, -out, out))
        else:
            out = w.where(x == -math.inf, math.nan, w.where(x == math.inf, 0.0, out))
        return w.where(is_nan(x), math.nan, out)

    return formula


def _sinc(w: Any, out: Any, x: Any) -> Any:
    safe = w.where(x == 0.0, 1.0, x)
    return w.where(x == 0.0, 1.0, w.sin(safe) / safe)


register("si", Function(("x",), _trig_integral(True), (_sinc,), ((-6.0, 8.0),), "DLMF 6.2.14, 6.6.5, 6.9.1"))
register(
    "ci",
    Function(
        ("x",),
        _trig_integral(False),
        (lambda w, out, x: w.cos(x) / x,),
        ((1.0, 12.0),),
        "DLMF 6.2.13, 6.6.6, 6.9.1",
    ),
)


# Spence -----------------------------------------------------------------------------------------------------------------------
#: B_2k / (2k + 1)!: Li_2(1 - e^-u) = sum of these times u^(2k + 1) over k = 0, 1, ..., minus u^2 / 4; highest power first.
_DEBYE = (
    -1.9939295860721076e-14, 8.921691020456452e-13, -4.0647616451442255e-11, 1.89788699889710e-9, -9.18577307466196e-8,
    4.72411186696901e-6, -1 / 3600, 1 / 36, 1.0,
)  # fmt: skip


def _spence(w: Any, x: Any) -> Any:
    """``-int_1^x log(t) / (t - 1) dt``: for x in [1/2, 2] a series in log(x), to which 1 / x leads from above, 1 - x from below."""
    high = x > 2.0
    positive = w.where(x > 0.0, x, 1.0)
    log = w.log(positive)
    inner, log_inner = w.where(high, 1.0 / positive, positive), w.where(high, -log, log)
    low = inner < 0.5
    small = w.where(low, inner, 0.25)
    u = -w.where(low, w.log1p(-small), log_inner)
    out = u * polynomial(w, u * u, _DEBYE) - 0.25 * u * u
    out = w.where(low, (math.pi**2 / 6) - log_inner * w.log1p(-small) - out, out)
    out = w.where(high, -0.5 * log * log - out, out)
    out = w.where(x == 0.0, math.pi**2 / 6, w.where(x == 1.0, 0.0, w.where(x == math.inf, -math.inf, out)))
    return w.where(is_nan(x) | (x < 0.0), math.nan, out)


def _spence_slope(w: Any, out: Any, x: Any) -> Any:
    offset = x - 1.0
    near = abs(offset) < 0.5
    small = w.where(near & (offset != 0.0), offset, 1.0)
    ratio = w.where(near, w.log1p(small) / small, w.log(x) / w.where(near, 1.0, offset))
    return -w.where(offset == 0.0, 1.0, ratio)


register(
    "spence",
    Function(("x",), _spence, (_spence_slope,), ((0.1, 5.0),), "Zagier, The dilogarithm function (2007)"),
)
