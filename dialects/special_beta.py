"""The regularized incomplete beta function, by its continued fraction.

The factor in front, ``x^a (1 - x)^b / B(a, b)``, is computed from the distance of x to a / (a + b) where a and b are large, as
in Didonato and Morris, Algorithm 708 (1992): there its logarithm is a small difference of large numbers.
"""

from __future__ import annotations

import math
from typing import Any

from .builder import Builder
from .formulas import any_of, declare, is_nan
from .ir import Value
from .recurrence import Recurrence, register, unsettled
from .spec import Example, NotDifferentiableError
from .special_gamma import log1p_minus, stirling_rest

#: From here on Stirling's series.
LARGE = 8.0
#: Parameters beyond are taken for this one.
HUGE = 1e8
_TINY = 1e-30


def log_beta(w: Any, a: Any, b: Any) -> Any:
    """``lgamma(a) + lgamma(b) - lgamma(a + b)``, where large terms cancel before they are rounded; a, b > 0."""
    small, large = w.min(a, b), w.max(a, b)
    z = w.max(large, LARGE)
    total = small + z
    shift = w.log1p(small / z)
    rest = stirling_rest(w, z) - stirling_rest(w, total)
    # lgamma(z) - lgamma(z + small)
    # for huge z the quotient is subnormal, which compiled code takes for zero
    first = w.where(z > 1e17, small, (z - 0.5) * shift)
    difference = rest - first - small * (w.log(total) - 1.0)
    s = w.max(small, LARGE)
    both = rest + stirling_rest(w, s) + (s - 0.5) * w.log(s / total) - z * shift + 0.5 * (math.log(2 * math.pi) - w.log(z))
    one = w.lgamma(small)
    little = one + (w.lgamma(large) - w.lgamma(small + large))
    return w.where(large < LARGE, little, w.where(small < LARGE, one + difference, both))


# Continued fraction ---------------------------------------------------------------------------------------------------------
def _start(w: Any, a: Any, b: Any, x: Any) -> Any:
    """1 / (1 + d1 / (1 + d2 / ...)), after d1: value, and Lentz's c and d."""
    d = 1.0 / (1.0 - (a + b) * x / (a + 1.0))
    return d, w.full_like(a, 1.0), d, w.full_like(a, math.inf)


def _step(w: Any, k: Any, state: Any, a: Any, b: Any, x: Any) -> Any:
    """Two terms: d_2k and d_2k+1."""
    value, c, d, last = state
    twice = a + 2.0 * k
    even = k * (b - k) * x / ((twice - 1.0) * twice)
    odd = -(a + k) * (a + b + k) * x / (twice * (twice + 1.0))
    change = w.full_like(a, 1.0)
    for numerator in (even, odd):
        c = 1.0 + numerator / c
        c = w.where(abs(c) < _TINY, _TINY, c)
        d = 1.0 + numerator * d
        d = 1.0 / w.where(abs(d) < _TINY, _TINY, d)
        change = change * (c * d)
    moving, last = unsettled(w, abs(change - 1.0), last)
    return (w.where(moving, value * change, value), c, d, last), moving


register(
    "beta_fraction",
    Recurrence(
        ("a", "b", "x"),
        1,
        _start,
        _step,
        30_000,
        "continued fraction of the incomplete beta function (DLMF 8.17.22); x < (a + 1) / (a + b + 2)",
        ((1.0, 4.0), (0.3, 3.0), (0.0, 0.25)),
    ),
)


def _factor(w: Any, a: Any, b: Any, x: Any) -> Any:
    """``x^a (1 - x)^b / B(a, b)``."""
    y = 1.0 - x
    big = (a >= LARGE) & (b >= LARGE)
    p, q = w.where(big, a, LARGE), w.where(big, b, LARGE)
    total = p + q
    offset = p * y - q * x
    u, v = -offset / p, offset / q
    exponent = p * log1p_minus(w, u, x * (total / p)) + q * log1p_minus(w, v, y * (total / q))
    rest = stirling_rest(w, p) + stirling_rest(w, q) - stirling_rest(w, total)
    large = w.sqrt(p * (q / (total * (2 * math.pi)))) * w.exp(exponent - rest)
    s, t = w.where(big, 1.0, a), w.where(big, 1.0, b)
    small = w.exp(s * w.log(x) + t * w.log1p(-x) - log_beta(w, s, t))
    return w.where(big, large, small)


def _scaled(w: Any, a: Any, b: Any) -> tuple[Any, Any]:
    """Huge parameters brought down to where the fraction converges; I_x stays a step at a / (a + b), a little less steep."""
    top = w.max(w.max(a, b), HUGE)
    scale = HUGE / top
    return tuple(w.where(top > HUGE, w.max(p * scale, w.min(p, 1e3)), p) for p in (a, b))


def betainc(w: Any, a: Any, b: Any, x: Any) -> Any:
    """I_x(a, b); the limits at a, b = 0 or infinity and the NaN outside of the domain are those of JAX."""
    a_zero, b_zero = (a == 0.0) | (b == math.inf), (b == 0.0) | (a == math.inf)
    nan = any_of(a < 0.0, b < 0.0, x < 0.0, x > 1.0, is_nan(a), is_nan(b), is_nan(x), a_zero & b_zero)
    zero = (x == 0.0) | (b_zero & (x != 1.0))
    one = (x == 1.0) | (a_zero & (x != 0.0))
    good = ~any_of(nan, zero, one)
    p, q = _scaled(w, w.where(good, a, 1.0), w.where(good, b, 1.0))
    z = w.where(good, x, 0.25)
    swap = z > (p + 1.0) / (p + q + 2.0)
    first, second = w.where(swap, q, p), w.where(swap, p, q)
    (fraction,) = w.recurrence("beta_fraction", first, second, w.where(swap, 1.0 - z, z))
    out = _factor(w, p, q, z) / first * fraction
    out = w.where(swap, 1.0 - out, out)
    return w.where(nan, math.nan, w.where(zero, 0.0, w.where(one, 1.0, out)))


def _jvp(b: Builder, primals: list[Value], tangents: list[Value | None], outs: list[Value], attrs: dict[str, Any]) -> Value:
    """By x: the density of the beta distribution."""
    p, q, x = primals
    if tangents[0] is not None or tangents[1] is not None:
        raise NotDifferentiableError(
            "betainc is differentiable with respect to x only, not with respect to a and b: pass those through stop_gradient, or "
            "keep them out of the arguments that are differentiated",
            b.loc,
        )
    norm = b.sub(b.add(b.lgamma(p), b.lgamma(q)), b.lgamma(b.add(p, q)))
    logarithm = b.add(b.mul(b.sub(q, 1), b.log1p(b.neg(x))), b.mul(b.sub(p, 1), b.log(x)))
    return b.mul(tangents[2], b.exp(b.sub(logarithm, norm)))


def _examples(make: Any) -> list[Example]:
    shapes: tuple[tuple[int, ...], ...] = ((), (5,), (2, 3), (0, 2))
    return [((make(*s, low=0.3, high=5), make(*s, low=0.3, high=5), make(*s, low=0.05, high=0.95)), {}) for s in shapes]


declare(
    "betainc",
    ("a", "b", "x"),
    betainc,
    jvp=_jvp,
    examples=_examples,
    doc="Regularized incomplete beta function I_x(a, b), 0 <= x <= 1, a, b >= 0; NaN elsewhere. Error below 1e-12 in f64 for a and "
    "b up to 1e4, and 1e-5 in f32 up to 1e3, relative to the result, or to 1 where that is the complement of a number near 1. "
    "Parameters above 1e8 are scaled down to there. Differentiable with respect to x.",
    reference="DLMF 8.17.2, 8.17.22; Didonato and Morris, Algorithm 708 (1992)",
)

__all__ = ["betainc", "log_beta"]
