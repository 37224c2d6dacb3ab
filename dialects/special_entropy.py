"""Functions made of logarithms, accurate where those cancel: entropies, x log y, logit, Box-Cox."""

from __future__ import annotations

import math
from typing import Any

from .formulas import is_nan, polynomial
from .special_functions import Function, register
from .special_gamma import log1p_minus

_SCIPY = "SciPy, scipy.special."


# x log y --------------------------------------------------------------------------------------------------------------------
def _xlogy(log: str) -> Any:
    def formula(w: Any, x: Any, y: Any) -> Any:
        return w.where((x == 0.0) & ~is_nan(y), 0.0, x * getattr(w, log)(y))

    return formula


register(
    "xlogy",
    Function(
        ("x", "y"),
        _xlogy("log"),
        (lambda w, out, x, y: w.log(y), lambda w, out, x, y: x / y),
        ((-2.0, 2.0), (0.2, 3.0)),
        _SCIPY + "xlogy",
    ),
)
register(
    "xlog1py",
    Function(
        ("x", "y"),
        _xlogy("log1p"),
        (lambda w, out, x, y: w.log1p(y), lambda w, out, x, y: x / (1.0 + y)),
        ((-2.0, 2.0), (-0.5, 3.0)),
        _SCIPY + "xlog1py",
    ),
)


# Entropies ------------------------------------------------------------------------------------------------------------------
def _entr(w: Any, x: Any) -> Any:
    return w.where(x < 0.0, -math.inf, w.where(x == 0.0, 0.0, -x * w.log(x)))


register(
    "entr",
    Function(
        ("x",),
        _entr,
        (lambda w, out, x: w.where(x < 0.0, 0.0, -(w.log(x) + 1.0)),),
        ((0.2, 3.0),),
        _SCIPY + "entr",
    ),
)


def _log_ratio(w: Any, p: Any, q: Any) -> Any:
    """``log(p / q)`` for positive numbers, also near 1, and where the quotient is no float."""
    offset = (p - q) / q
    ratio = p / q
    apart = w.where((ratio > 0.0) & (ratio < math.inf), w.log(ratio), w.log(p) - w.log(q))
    return w.where(abs(offset) < 0.5, w.log1p(offset), apart)


def _both(p: Any, q: Any) -> Any:
    return (p > 0.0) & (q > 0.0)


def _rel_entr(w: Any, p: Any, q: Any) -> Any:
    both = _both(p, q)
    p_, q_ = w.where(both, p, 1.0), w.where(both, q, 1.0)
    out = w.where((p == 0.0) & (q >= 0.0), 0.0, math.inf)
    return w.where(is_nan(p) | is_nan(q), math.nan, w.where(both, p_ * _log_ratio(w, p_, q_), out))


def _rel_entr_p(w: Any, out: Any, p: Any, q: Any) -> Any:
    both = _both(p, q)
    return w.where(both, _log_ratio(w, w.where(both, p, 1.0), w.where(both, q, 1.0)) + 1.0, 0.0)


def _kl_div(w: Any, p: Any, q: Any) -> Any:
    """``p log(p / q) - p + q = p (u - log(1 + u))`` with ``u = (q - p) / p``."""
    both = _both(p, q)
    p_, q_ = w.where(both, p, 1.0), w.where(both, q, 1.0)
    ratio = q_ / p_
    usual = (ratio > 0.0) & (ratio < math.inf)
    near = -p_ * log1p_minus(w, (q_ - p_) / p_, w.where(usual, ratio, 1.0))
    value = w.where(usual, near, p_ * (w.log(p_) - w.log(q_)) - p_ + q_)
    out = w.where((p == 0.0) & (q >= 0.0), q, math.inf)
    return w.where(is_nan(p) | is_nan(q), math.nan, w.where(both, value, out))


register(
    "rel_entr",
    Function(
        ("p", "q"),
        _rel_entr,
        (_rel_entr_p, lambda w, out, p, q: w.where(_both(p, q), -p / q, 0.0)),
        ((0.2, 3.0), (0.2, 3.0)),
        _SCIPY + "rel_entr",
    ),
)
register(
    "kl_div",
    Function(
        ("p", "q"),
        _kl_div,
        (
            lambda w, out, p, q: _rel_entr_p(w, out, p, q) - 1.0,
            lambda w, out, p, q: w.where(_both(p, q), (q - p) / q, 1.0),
        ),
        ((0.2, 3.0), (0.2, 3.0)),
        _SCIPY + "kl_div",
    ),
)


# logit, Box-Cox --------------------------------------------------------------------------------------------------------------
def _logit(w: Any, p: Any) -> Any:
    """``log(p / (1 - p))``; near 1/2 it is ``2 atanh(2 p - 1)``."""
    s = w.where((p > 0.3) & (p < 0.7), 2.0 * p - 1.0, 0.0)
    return w.where(s == 0.0, w.log(p) - w.log1p(-p), w.log1p(s) - w.log1p(-s))


register(
    "logit",
    Function(("p",), _logit, (lambda w, out, p: 1.0 / (p * (1.0 - p)),), ((0.1, 0.9),), _SCIPY + "logit"),
)

#: ((u - 1) e^u + 1) / u^2 = sum of u^k / (k! (k + 2)), highest power first.
_BOXCOX = tuple(1 / (math.factorial(k) * (k + 2)) for k in range(15, -1, -1))


def _power(w: Any, log: Any, lmbda: Any) -> Any:
    """``(exp(lmbda log) - 1) / lmbda``."""
    zero = lmbda == 0.0
    safe = w.where(zero, 1.0, lmbda)
    return w.where(zero, log, w.expm1(safe * log) / safe)


def _power_slope(w: Any, log: Any, lmbda: Any) -> Any:
    """Its derivative by lmbda, ``log^2 g(lmbda log)``."""
    u = lmbda * log
    near = abs(u) < 1.0
    u_ = w.where(near, 1.0, u)
    far = ((u_ - 1.0) * w.exp(u_) + 1.0) / (u_ * u_)
    return log * log * w.where(near, polynomial(w, w.where(near, u, 0.0), _BOXCOX), far)


for _name, _log, _base, _range in (
    ("boxcox", "log", lambda x: x, (0.3, 4.0)),
    ("boxcox1p", "log1p", lambda x: x + 1.0, (-0.6, 3.0)),
):
    register(
        _name,
        Function(
            ("x", "lmbda"),
            lambda w, x, lmbda, _log=_log: _power(w, getattr(w, _log)(x), lmbda),
            (
                lambda w, out, x, lmbda, _log=_log, _base=_base: w.exp(lmbda * getattr(w, _log)(x)) / _base(x),
                lambda w, out, x, lmbda, _log=_log: _power_slope(w, getattr(w, _log)(x), lmbda),
            ),
            (_range, (-2.0, 2.0)),
            _SCIPY + _name,
        ),
    )
