"""The Hurwitz zeta function, by Euler-Maclaurin summation."""

from __future__ import annotations

import math
from typing import Any

from .builder import Builder
from .formulas import any_of, declare, is_nan
from .ir import Value
from .spec import Example, NotDifferentiableError

#: B_2k / (2k)!, k = 1, 2, ...
EULER_MACLAURIN = (
    1 / 12, -1 / 720, 1 / 30240, -1 / 1209600, 1 / 47900160, -691 / 1307674368000, 1 / 74724249600, -3617 / 10670622842880000,
    43867 / 5109094217170944000, -174611 / 802857662698291200000, 77683 / 14101100039391805440000,
    -236364091 / 1693824136731743669452800000,
)  # fmt: skip


def _positive(w: Any, s: Any, q: Any) -> Any:
    """zeta(s, q) for s > 1, q > 0: the first terms, the integral of the rest, and corrections from derivatives at its end."""
    n, corrections = (6, EULER_MACLAURIN[:5]) if w.single else (10, EULER_MACLAURIN)
    terms = w.pow(w.spread(q, n + 1) + w.row(q, range(n + 1)), -w.spread(s, n + 1))
    weights = w.row(q, [1.0] * n + [0.5])
    end = q + float(n)
    integral = w.pow(end, 1.0 - s)
    # end^(1 - s) (1 / (s - 1) + sum of B_2k / (2k)! s (s + 1) ... (s + 2k - 2) / end^(2k))
    square = 1.0 / (end * end)
    total = w.full_like(q, corrections[-1])
    for k in range(len(corrections) - 1, 0, -1):
        total = corrections[k - 1] + total * ((s + (2.0 * k - 1.0)) * (s + 2.0 * k) * square)
    return w.total(terms * weights) + w.where(integral == 0.0, 0.0, integral * (1.0 / (s - 1.0) + total * s * square))


def zeta(w: Any, s: Any, q: Any) -> Any:
    """Negative q are allowed for integers s, where with f the fraction of q

    zeta(s, q) = zeta(s, f) + (-1)^s (zeta(s, 1 - f) - zeta(s, 1 - q)).
    """
    floor = w.floor(q)
    pole = (q <= 0.0) & (q == floor)
    whole = s == w.floor(s)
    nan = any_of(is_nan(s), is_nan(q), s < 1.0, (q < 0.0) & ~pole & ~whole)
    s_ = w.where(any_of(nan, pole, s == 1.0, s == math.inf), 2.0, s)
    negative = (q < 0.0) & ~pole & ~nan
    fraction = w.where(negative, q - floor, 0.5)
    first = w.where(negative, fraction, w.where(any_of(nan, pole), 1.0, q))
    above = w.where(negative, (floor + 1.0) - q, 0.5)
    beyond = w.where(negative, 1.0 - q, 1.0)
    # the three values at once, along a new dimension: the sum is compiled once
    which = w.row(q, (0.0, 1.0, 2.0))
    arguments = w.where(which < 0.5, w.spread(first, 3), w.where(which < 1.5, w.spread(above, 3), w.spread(beyond, 3)))
    values = _positive(w, w.spread(s_, 3), arguments)
    sign = w.where(s_ * 0.5 == w.floor(s_ * 0.5), w.full_like(s, 1.0), -1.0)
    out = w.total(w.where(which < 0.5, values, 0.0))
    mirrored = w.total(w.where(which < 0.5, 0.0, w.where(which < 1.5, values, -values)))
    out = w.where(negative, out + sign * mirrored, out)
    at_infinity = w.where(q > 1.0, 0.0, w.where(q == 1.0, 1.0, w.where(q > 0.0, math.inf, math.nan)))
    out = w.where(s == math.inf, at_infinity, out)
    return w.where(nan, math.nan, w.where(pole | (s == 1.0), math.inf, out))


def _jvp(b: Builder, primals: list[Value], tangents: list[Value | None], outs: list[Value], attrs: dict[str, Any]) -> Value:
    """By q: -s zeta(s + 1, q)."""
    s, q = primals
    if tangents[0] is not None:
        raise NotDifferentiableError(
            "zeta(x, q) is differentiable with respect to q only, and polygamma(m, x) with respect to x; "
            "pullback.scipy.special.zeta has the derivative with respect to x, too",
            b.loc,
        )
    return b.mul(tangents[1], b.mul(b.neg(s), b.zeta(b.add(s, 1), q)))


def _examples(make: Any) -> list[Example]:
    shapes: tuple[tuple[int, ...], ...] = ((), (5,), (2, 3), (0, 2))
    return [((make(*s, low=1.5, high=6), make(*s, low=0.3, high=5)), {}) for s in shapes]


declare(
    "zeta",
    ("x", "q"),
    zeta,
    jvp=_jvp,
    examples=_examples,
    doc="Hurwitz zeta function, the sum of (n + q)^-x over n >= 0, for x > 1; infinite at x = 1 and at the poles q = 0, -1, ...; "
    "NaN for x < 1, and for q < 0 unless x is an integer. Relative error below 1e-13 in f64 and 2e-6 in f32 for q > 0. "
    "Differentiable with respect to q.",
    reference="Johansson, Rigorous high-precision computation of the Hurwitz zeta function (arXiv:1309.2877), equation 5",
)

__all__ = ["EULER_MACLAURIN", "zeta"]
