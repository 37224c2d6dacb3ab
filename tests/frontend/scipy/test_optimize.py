"""Minima found by BFGS; compiled and batched; why the iteration ended; errors."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.optimize

import pullback as pb
import pullback.numpy as pnp
from pullback.scipy import optimize

minimize = optimize.minimize


def rosenbrock(x):
    return (100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2).sum()


def himmelblau(p):
    x, y = p[0], p[1]
    return (x**2 + y - 11) ** 2 + (x + y**2 - 7) ** 2


def matyas(p):
    x, y = p[0], p[1]
    return 0.26 * (x**2 + y**2) - 0.48 * x * y


def eggholder(p):
    x, y = p[0], p[1]
    return -(y + 47) * pnp.sin(pnp.sqrt(pnp.abs(x / 2 + y + 47))) - x * pnp.sin(pnp.sqrt(pnp.abs(x - (y + 47))))


PROBLEMS = [
    (rosenbrock, [-1.2, 1.0], [1, 1]),
    (rosenbrock, [0.0] * 5, [1] * 5),
    (himmelblau, [1.0, 1.0], [3, 2]),
    (himmelblau, [92.0, 92.0], [3, 2]),
    (matyas, [1.0, 1.0], [0, 0]),
    (eggholder, [100.0, 100.0], [97.27335, 111.09957]),
]


@pytest.mark.parametrize("x64", [False, True])
@pytest.mark.parametrize(("f", "start", "end"), PROBLEMS, ids=[f"{p[0].__name__}-{p[1]}" for p in PROBLEMS])
def test_finds_minima(f, start, end, x64):
    with pb.config.scope(enable_x64=x64):
        tolerance = 1e-5 if x64 or f is not eggholder else 1e-3
        result = minimize(f, np.array(start, np.float64 if x64 else np.float32), method="BFGS", tol=tolerance)
        assert bool(result.success) and int(result.status) == 0
        np.testing.assert_allclose(result.x, end, rtol=1e-3, atol=1e-3)
        np.testing.assert_allclose(result.fun, f(result.x), rtol=1e-5, atol=1e-6)
        assert np.abs(result.jac).max() <= tolerance
        assert int(result.nfev) == int(result.njev) > int(result.nit) > 0


def test_work_is_like_scipys():
    with pb.config.scope(enable_x64=True):
        ours = minimize(rosenbrock, np.array([-1.2, 1.0]), method="BFGS")
        theirs = scipy.optimize.minimize(
            lambda x: float(rosenbrock(x)), [-1.2, 1.0], jac=lambda x: np.asarray(pb.grad(rosenbrock)(x)), method="BFGS"
        )
        assert int(ours.nfev) <= 1.5 * theirs.nfev
        exact = np.linalg.inv(np.asarray(pb.hessian(rosenbrock)(ours.x)))
        np.testing.assert_allclose(ours.hess_inv, exact, rtol=0.1, atol=0.02)


def test_compiled_and_batched():
    def solve(x, scale):
        return minimize(lambda p, s: s * matyas(p - 1), x, (scale,), method="bfgs", options={"gtol": 1e-4})

    starts = np.array([[3.0, 4.0], [-2, 5], [10, 1]], np.float32)
    result = pb.jit(solve)(starts[0], 2.0)
    assert bool(result.success)
    np.testing.assert_allclose(result.x, [1, 1], atol=0.02)
    batched = pb.vmap(solve, (0, None))(starts, 2.0)
    for i, start in enumerate(starts):
        alone = solve(start, 2.0)
        np.testing.assert_allclose(batched.x[i], alone.x, rtol=1e-4, atol=1e-4)
        assert int(batched.nit[i]) == int(alone.nit)


def test_reasons_to_stop():
    early = minimize(rosenbrock, np.zeros(2, np.float32), method="BFGS", options={"maxiter": 3})
    assert not bool(early.success) and int(early.status) == 1 and int(early.nit) == 3
    there = minimize(matyas, np.zeros(2, np.float32), method="BFGS")
    assert bool(there.success) and int(there.nit) == 0 and int(there.nfev) == 1
    stuck = minimize(lambda x: pnp.where(x[0] >= 1, x[0], pnp.inf), np.ones(1, np.float32), method="BFGS")
    assert not bool(stuck.success) and int(stuck.status) == 5
    norm = minimize(matyas, np.ones(2, np.float32), method="BFGS", options={"norm": 2, "gtol": 1e-3})
    assert np.linalg.norm(norm.jac) <= 1e-3
    assert minimize(matyas, np.ones(2, np.int32), method="BFGS").x.dtype == np.float32


def test_errors():
    x = np.ones(2, np.float32)
    with pytest.raises(ValueError, match="Method Newton-CG not recognized"):
        minimize(matyas, x, method="Newton-CG")
    with pytest.raises(TypeError, match="must be a tuple"):
        minimize(matyas, x, 3.0, method="BFGS")
    with pytest.raises(ValueError, match="x0 must be a vector"):
        minimize(matyas, np.ones((2, 2), np.float32), method="BFGS")
    with pytest.raises(TypeError, match=r"unknown options \['xtol'\]"):
        minimize(matyas, x, method="BFGS", options={"xtol": 1})
    with pytest.raises(TypeError, match="must be real"):
        minimize(matyas, x.astype(np.complex64), method="BFGS")
    with pytest.raises(TypeError, match="scalar"):
        minimize(lambda p: p, x, method="BFGS")
