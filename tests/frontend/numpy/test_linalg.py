"""Linear algebra against NumPy; derivatives against finite differences."""

from __future__ import annotations

import numpy as np
import pytest

import pullback
import pullback.numpy as pnp
from pullback.test_util import check_grads

RNG = np.random.default_rng(0)
A = RNG.normal(size=(2, 4, 4)).astype(np.float32) + 2 * np.eye(4, dtype=np.float32)
B = RNG.normal(size=(2, 4, 3)).astype(np.float32)
SPD = A @ np.swapaxes(A, -1, -2) + np.eye(4, dtype=np.float32)
C = (A + 1j * RNG.normal(size=A.shape)).astype(np.complex64)


def traced(f, *args):
    """The result of the way that traced arrays go."""
    return pullback.tree_util.tree_map(lambda y: np.asarray(y)[0], pullback.vmap(f)(*(np.asarray(a)[None] for a in args)))


@pytest.mark.parametrize(
    "x", [A, A[0], C, RNG.normal(size=(3, 1, 1)).astype(np.float32), RNG.normal(size=(9, 9)).astype(np.float32)]
)
def test_square_matrices(x):
    for f in (pnp.linalg.inv, pnp.linalg.det, pnp.linalg.slogdet):
        expected = getattr(np.linalg, f.__name__)(x)
        for actual in (f(x), traced(f, x)):
            for a, b in zip(actual, expected) if isinstance(expected, tuple) else [(actual, expected)]:
                np.testing.assert_allclose(a, b, rtol=2e-3, atol=1e-4)
    b = RNG.normal(size=(x.shape[-1], 2)).astype(np.float32)
    for actual in (pnp.linalg.solve(x, b), traced(pnp.linalg.solve, x, b)):
        np.testing.assert_allclose(x @ actual, np.broadcast_to(b, x.shape[:-2] + b.shape), rtol=1e-3, atol=1e-3)


def test_solve_shapes():
    np.testing.assert_allclose(pnp.linalg.solve(A, B[0, :, 0]), np.linalg.solve(A, B[0, :, 0]), rtol=1e-4)
    np.testing.assert_allclose(traced(pnp.linalg.solve, A[0], B), np.linalg.solve(A[0], B), rtol=1e-3, atol=1e-5)
    with pytest.raises(ValueError, match="n = 4"):
        pnp.linalg.solve(A, B[:, :3])
    with pytest.raises(ValueError, match="n, n"):
        pnp.linalg.inv(B)


def test_pivoting():
    x = np.array([[0, 1, 2], [1, 0, 3], [4, -3, 8]], np.float32)
    np.testing.assert_allclose(traced(pnp.linalg.inv, x), np.linalg.inv(x), rtol=1e-5, atol=1e-6)
    sign, logabsdet = traced(pnp.linalg.slogdet, x)
    np.testing.assert_allclose(sign * np.exp(logabsdet), np.linalg.det(x), rtol=1e-5)
    singular = np.ones((4, 4), np.float32)
    assert traced(pnp.linalg.det, singular) == 0
    assert traced(pnp.linalg.slogdet, singular)[0] == 0


def test_derivatives():
    a = A / 4 + 2 * np.eye(4, dtype=np.float32)[::-1]  # well-conditioned, with rows to exchange
    check_grads(pnp.linalg.inv, (a,), order=2)
    check_grads(pnp.linalg.solve, (a, B), order=2)
    check_grads(lambda a: pnp.linalg.slogdet(a)[1], (a,), order=2)
    check_grads(pnp.linalg.det, (a[:, :3, :3],), order=2)
    check_grads(pnp.linalg.det, (a,), order=1)
    check_grads(pnp.linalg.solve, (a[0] + 0.5j, B[0].astype(np.complex64)), order=1)
    check_grads(pnp.linalg.cholesky, (SPD,), order=1)
    check_grads(lambda x: pnp.linalg.matrix_power(x, 3), (A[0] / 3,), order=1)
    for ord in (None, 1, 3, np.inf):
        check_grads(lambda x, ord=ord: pnp.linalg.norm(x, ord), (B[0, :, 0],), order=1)


def test_determinant_of_a_singular_matrix_has_a_derivative():
    gradient = pullback.grad(pnp.linalg.det)(np.ones((2, 2), np.float32))
    np.testing.assert_array_equal(gradient, [[1, -1], [-1, 1]])


def test_cholesky():
    np.testing.assert_allclose(pnp.linalg.cholesky(SPD), np.linalg.cholesky(SPD), rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(pnp.linalg.cholesky(SPD, upper=True), np.linalg.cholesky(SPD, upper=True), rtol=1e-4, atol=1e-5)
    hermitian = C[0] @ C[0].conj().T
    np.testing.assert_allclose(pnp.linalg.cholesky(hermitian), np.linalg.cholesky(hermitian), rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("ord", [None, 0, 1, 2, 3, 0.5, -1, np.inf, -np.inf])
def test_vector_norms(ord):
    for x in (B, C[0], np.arange(1, 7).reshape(2, 3)):
        for keepdims in (False, True):
            np.testing.assert_allclose(
                pnp.linalg.norm(x, ord, -1, keepdims), np.linalg.norm(x, ord, -1, keepdims), rtol=1e-5, atol=1e-6
            )


@pytest.mark.parametrize("ord", [None, "fro", 1, -1, np.inf, -np.inf])
def test_matrix_norms(ord):
    for axis in ((0, 1), (1, 0), (-1, 0)):
        np.testing.assert_allclose(pnp.linalg.norm(B, ord, axis), np.linalg.norm(B, ord, axis), rtol=1e-5)
        np.testing.assert_allclose(pnp.linalg.norm(B, ord, axis, True), np.linalg.norm(B, ord, axis, True), rtol=1e-5)
    np.testing.assert_allclose(pnp.linalg.matrix_norm(B, ord=ord or "fro"), np.linalg.matrix_norm(B, ord=ord or "fro"), rtol=1e-5)
    np.testing.assert_allclose(pnp.linalg.norm(B), np.linalg.norm(B), rtol=1e-5)
    np.testing.assert_allclose(pnp.linalg.norm(B[0], 2), np.linalg.norm(B[0], 2), rtol=1e-5)


def test_others():
    np.testing.assert_allclose(pnp.linalg.matrix_power(A, 5), np.linalg.matrix_power(A, 5), rtol=1e-4)
    np.testing.assert_allclose(pnp.linalg.matrix_power(A, -2), np.linalg.matrix_power(A, -2), rtol=1e-3, atol=1e-5)
    np.testing.assert_array_equal(pnp.linalg.matrix_power(A, 0), np.linalg.matrix_power(A, 0))
    chain = [A[0, 0], A[0], B[0], B[0, 0]]
    np.testing.assert_allclose(pnp.linalg.multi_dot(chain), np.linalg.multi_dot(chain), rtol=1e-4)
    np.testing.assert_allclose(pnp.linalg.multi_dot(chain[1:3]), A[0] @ B[0], rtol=1e-5)
    np.testing.assert_allclose(pnp.linalg.trace(A, offset=1), np.linalg.trace(A, offset=1), rtol=1e-5)
    np.testing.assert_array_equal(pnp.linalg.diagonal(A), np.linalg.diagonal(A))
    np.testing.assert_allclose(pnp.linalg.cross(B[0], B[1]), np.linalg.cross(B[0], B[1]), rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(pnp.linalg.cond(A, 1), np.linalg.cond(A, 1), rtol=1e-3)
    t = RNG.normal(size=(4, 6, 8, 3)).astype(np.float32)
    np.testing.assert_allclose(pnp.linalg.tensorinv(t), np.linalg.tensorinv(t), rtol=1e-2, atol=1e-2)
    b = RNG.normal(size=(4, 6)).astype(np.float32)
    np.testing.assert_allclose(pnp.linalg.tensorsolve(t, b), np.linalg.tensorsolve(t, b), rtol=1e-2, atol=1e-2)


def test_what_is_missing_says_so():
    with pytest.raises(AttributeError, match=r"LinAlgError'; factorizations give NaN where they fail"):
        pnp.linalg.LinAlgError  # noqa: B018
    with pytest.raises(AttributeError, match="nearest: cholesky"):
        pnp.linalg.cholesk  # noqa: B018


def test_compiled():
    def f(a, b, s):
        return (
            pnp.linalg.solve(a, b),
            pnp.linalg.slogdet(a)[1],
            pnp.linalg.det(a[0, :3, :3]),
            pnp.linalg.cholesky(s),
            pnp.linalg.norm(b, axis=1),
        )

    for actual, expected in zip(pullback.jit(f)(A, B, SPD), f(pnp.asarray(A), pnp.asarray(B), pnp.asarray(SPD))):
        np.testing.assert_allclose(actual, expected, rtol=1e-3, atol=1e-5)
