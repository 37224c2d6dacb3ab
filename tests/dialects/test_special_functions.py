"""The special functions of `pullback.lax`: accuracy over their domains in both precisions, limits, derivatives that do not exist.

`tests/systematic` covers their rules at ordinary arguments.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import mpmath
import numpy as np
import pytest
import scipy.special as sp

import pullback as pb
from pullback import lax
from pullback.dialects.recurrence import RECURRENCES, iterate
from pullback.dialects.spec import TABLE, NotDifferentiableError, OpError
from pullback.dialects.special_functions import FUNCTIONS

RNG = np.random.default_rng(1)
INF, NAN = np.inf, np.nan


def log_u(low: float, high: float, n: int = 2000) -> Any:
    return np.exp(RNG.uniform(np.log(low), np.log(high), n))


def around(a: Any, sigmas: float = 4) -> Any:
    """Arguments around `a`, where a gamma distribution of that shape has its mass, and elsewhere."""
    near = np.abs(a + RNG.normal(size=a.size) * np.sqrt(a) * sigmas)
    return np.where(RNG.random(a.size) < 0.7, near, log_u(1e-3, 1e4, a.size))


A = log_u(1e-3, 1e4)
X = around(A)
P, Q = log_u(0.1, 1e4), log_u(0.1, 1e4)
M = P / (P + Q)
Z = np.clip(M + RNG.normal(size=2000) * 3 * np.sqrt(M * (1 - M) / (P + Q)), 1e-3, 1 - 1e-3)
NEGATIVE = RNG.integers(2, 9, 500).astype(float), -RNG.uniform(0.1, 20, 500)

#: SciPy's function, arguments, relative error in f64 and f32, absolute error in f32
ACCURACY: dict[str, tuple[Callable[..., Any], tuple[Any, ...], float, float, float]] = {
    "igamma": (sp.gammainc, (A, X), 1e-11, 4e-5, 1e-30),
    "igammac": (sp.gammaincc, (A, X), 1e-11, 4e-5, 1e-30),
    "betainc": (sp.betainc, (P, Q, Z), 1e-10, 1e-5, 5e-5),
    "bessel_i0e": (sp.i0e, (RNG.normal(size=2000) * 20,), 1e-14, 1e-6, 0),
    "bessel_i1e": (sp.i1e, (RNG.normal(size=2000) * 20,), 1e-14, 1e-6, 0),
    "zeta": (sp.zeta, (1 + log_u(1e-2, 30), log_u(0.1, 1e4)), 1e-13, 1e-5, 1e-37),
}


def evaluate(name: str, *args: Any) -> Any:
    return TABLE[f"pb.{name}"].evaluate(*(np.asarray(x) for x in args))  # type: ignore[operator,misc]


@pytest.mark.parametrize("name", ACCURACY)
def test_accuracy(name: str) -> None:
    want, args, tol, _, _ = ACCURACY[name]
    exact = want(*args)
    usual = np.abs(exact) > 1e-200  # SciPy's tails are less accurate beyond
    np.testing.assert_allclose(evaluate(name, *args)[usual], exact[usual], tol)


def test_compiled_accuracy() -> None:
    """All of them in one compiled function, in f32."""
    args = {name: [x.astype(np.float32) for x in row[1]] for name, row in ACCURACY.items()}
    got = pb.jit(lambda args: {name: getattr(lax, name)(*xs) for name, xs in args.items()})(args)
    for name, (want, _, _, tol, atol) in ACCURACY.items():
        exact = want(*(x.astype(np.float64) for x in args[name]))
        np.testing.assert_allclose(np.asarray(got[name]), exact, tol, max(atol, 1e-37), err_msg=name)


def test_zeta_at_negative_arguments() -> None:
    np.testing.assert_allclose(evaluate("zeta", *NEGATIVE), sp.zeta(*NEGATIVE), 1e-11)


def test_gradient_by_shape() -> None:
    """Against mpmath, from small to huge shapes; the derivative of samples is -(dP/da) / (dP/dx)."""
    rows = [(0.001, 0.5), (0.1, 1e-5), (1, 1), (5, 10), (20, 25), (200, 190), (200, 210)]
    a, x = np.asarray(rows, np.float64).T

    def exact(a: float, x: float) -> tuple[float, float]:
        with mpmath.workdps(30):
            slope = mpmath.diff(lambda t: mpmath.gammainc(t, 0, x, regularized=True), a)
            return float(slope), float(-slope * mpmath.gamma(a) / (mpmath.mpf(x) ** (a - 1) * mpmath.exp(-x)))

    slopes, samples = np.asarray([exact(*row) for row in rows]).T
    np.testing.assert_allclose(evaluate("igamma_grad_a", a, x), slopes, 1e-12)
    np.testing.assert_allclose(evaluate("random_gamma_grad", a, x), samples, 1e-12)
    # the expansion for huge shapes meets the recurrences where it takes over
    a = np.asarray([9.9e5, 1.01e6])
    for sigmas in (-3, 0, 3):
        x = a + sigmas * np.sqrt(a)
        low, high = evaluate("random_gamma_grad", a, x)
        np.testing.assert_allclose(low, high, 1e-4 * abs(sigmas) * 1e-1 + 1e-8)


def test_huge_shapes() -> None:
    """Far beyond where SciPy is accurate: the central limit theorem, with its first correction."""
    a = np.asarray([1e7, 1e12, 1e20])
    for sigmas in (-2.0, 0.0, 2.0):
        z = sigmas
        x = a + z * np.sqrt(a)
        want = sp.ndtr(z) - np.exp(-z * z / 2) / np.sqrt(2 * np.pi) * (z * z - 1) / (3 * np.sqrt(a))
        np.testing.assert_allclose(evaluate("igamma", a, x), want, 1e-6)
        np.testing.assert_allclose(evaluate("igammac", a, x), 1 - want, 1e-6)


def test_limits() -> None:
    a = np.asarray([0, 0, 1, 1, -1, 1, NAN, 1, INF, 1])
    x = np.asarray([0, 1, 0, INF, 1, -1, 1, NAN, 1, 1])
    np.testing.assert_array_equal(np.isnan(evaluate("igamma_grad_a", a, x)), [1, 1, 0, 0, 1, 1, 1, 1, 0, 0])
    np.testing.assert_array_equal(np.isnan(evaluate("random_gamma_grad", a, x)), [1, 1, 0, 1, 1, 1, 1, 1, 1, 0])
    np.testing.assert_array_equal(evaluate("zeta", [1.0, 2.0, 0.5, 2.5], [1.0, -1.0, 1.0, -0.5]), [INF, INF, NAN, NAN])
    # beyond 1e8 parameters are scaled down: still a step
    np.testing.assert_array_equal(evaluate("betainc", [1e30, 1e30], [1e30, 1e30], [0.4, 0.6]), [0.0, 1.0])


def test_no_derivative() -> None:
    for f in (lambda a: lax.betainc(a, 2.0, 0.5), lambda s: lax.zeta(s, 2.0), lambda m: lax.polygamma(m, 2.0)):
        with pytest.raises(NotDifferentiableError, match="differentiable with respect to"):
            pb.grad(f)(3.0)
    with pytest.raises(NotDifferentiableError, match="igamma_grad_a is not differentiable"):
        pb.grad(pb.grad(lambda a: lax.igamma(a, 2.0)))(3.0)
    pb.grad(lambda x: lax.betainc(2.0, 3.0, x))(0.5)


def test_polygamma() -> None:
    m = np.arange(5.0)
    with pb.config.scope(enable_x64=True):
        for x in (0.3, 2.0, 40.0, -0.7, -3.4):
            np.testing.assert_allclose(lax.polygamma(m, x), sp_polygamma(m, x), 1e-11)
            slopes = pb.vmap(pb.grad(lax.polygamma, 1), (0, None))(m, x)
            np.testing.assert_allclose(slopes, sp_polygamma(m + 1, x), 1e-11)
        assert np.isnan(np.asarray(lax.polygamma(np.asarray([1.5, -1.0]), 1.0))).all()


def sp_polygamma(m: Any, x: float) -> Any:
    with mpmath.workdps(30):
        return np.asarray([float(mpmath.psi(int(k), x)) for k in m])


# The operations behind them ------------------------------------------------------------------------------------------------------
def test_settled_elements_stay() -> None:
    """An element gives the same whether others need many more steps or not."""
    alone = iterate("gamma_fraction", [np.asarray([5.0]), np.asarray([6.0])], np.float64)
    together = iterate("gamma_fraction", [np.asarray([5.0, 9e5]), np.asarray([6.0, 9.0001e5])], np.float64)
    for x, y in zip(alone, together, strict=True):
        np.testing.assert_allclose(x[0], y[0], 1e-15)


def test_kinds() -> None:
    for name, table in (("recurrence", RECURRENCES), ("special", FUNCTIONS)):
        spec = TABLE[f"pb.{name}"]
        x = pb.dialects.types.Aval((3,), "f32")
        with pytest.raises(OpError, match=f"kind must be one of .*{min(table)}"):
            spec.infer(x, kind="nothing")  # type: ignore[misc]
        with pytest.raises(OpError, match="got 1 operands"):
            spec.infer(x, kind=next(k for k, v in table.items() if len(v.params) == 2))  # type: ignore[misc]
        with pytest.raises(OpError, match="i32 is not accepted"):
            spec.infer(x._replace(dtype="i32"), kind=next(k for k, v in table.items() if len(v.params) == 1))  # type: ignore[misc]


def test_empty() -> None:
    x = np.zeros((0, 3), np.float32)
    assert pb.jit(lax.igamma)(x, x).shape == lax.igamma(x, x).shape == (0, 3)
