"""Systems, inverses, determinants and QR factors: derivatives of all orders against JAX in double precision, singular matrices,
batches, compiled code. Values against NumPy are in `test_linalg`."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import pullback as pb
import pullback.numpy as pnp
from pullback.test_util import check_grads

RNG = np.random.default_rng(3)
A, B = RNG.normal(size=(5, 5)), RNG.normal(size=(5, 2))
C = A + 1j * RNG.normal(size=(5, 5))


@pytest.fixture
def x64():
    with pb.config.scope(enable_x64=True), jax.enable_x64(True):
        yield


def same(got: Any, want: Any, tol: float = 1e-8) -> None:
    got_leaves, want_leaves = pb.tree_util.tree_leaves(got), jax.tree_util.tree_leaves(want)
    assert len(got_leaves) == len(want_leaves)
    for g, w in zip(map(np.asarray, got_leaves), map(np.asarray, want_leaves)):
        assert (g.dtype, g.shape) == (w.dtype, w.shape)
        np.testing.assert_allclose(g, w, rtol=tol, atol=tol)


def logabsdet(module: Any) -> Any:
    return lambda a: module.linalg.slogdet(a)[1]


def solved(module: Any) -> Any:
    return lambda a, b: (module.linalg.solve(a, b) ** 2).sum()


def test_gradients_and_hessians(x64):
    for ours, theirs in ((pnp.linalg.det, jnp.linalg.det), (logabsdet(pnp), logabsdet(jnp))):
        same(pb.value_and_grad(ours)(A), jax.value_and_grad(theirs)(A))
        same(pb.hessian(ours)(A), jax.hessian(theirs)(A))
    same(pb.grad(solved(pnp), (0, 1))(A, B), jax.grad(solved(jnp), (0, 1))(A, B))
    same(pb.hessian(solved(pnp), (0, 1))(A, B), jax.hessian(solved(jnp), (0, 1))(A, B))
    same(pb.jacfwd(pnp.linalg.inv)(A), jax.jacfwd(jnp.linalg.inv)(A))
    same(pb.jacrev(pnp.linalg.inv)(A), jax.jacrev(jnp.linalg.inv)(A))


@pytest.mark.parametrize("method", ["lu", "qr"])
def test_complex_determinants(x64, method):
    tangent = C[::-1].copy()
    got = pb.jvp(lambda a: tuple(pnp.linalg.slogdet(a, method=method)), (C,), (tangent,))
    same(got, jax.jvp(lambda a: tuple(jnp.linalg.slogdet(a)), (C,), (tangent,)))
    same(pb.jvp(pnp.linalg.det, (C,), (tangent,)), jax.jvp(jnp.linalg.det, (C,), (tangent,)))
    one = np.complex128(1 - 2j)
    same(pb.vjp(pnp.linalg.det, C)[1](one), jax.vjp(jnp.linalg.det, C)[1](one))
    same(pb.vmap(lambda a: pnp.linalg.slogdet(a, method=method))(A[None]), tuple(x[None] for x in np.linalg.slogdet(A)))
    check_grads(lambda a: pnp.linalg.slogdet(a, method=method), (C[:3, :3],), order=2)
    check_grads(pnp.linalg.solve, (C, B.astype(complex)), order=2)


def minors(a: Any) -> Any:
    """The gradient of the determinant, by its definition."""
    out = np.empty_like(a)
    for i, j in np.ndindex(a.shape):
        out[i, j] = (-1) ** (i + j) * np.linalg.det(np.delete(np.delete(a, i, 0), j, 1))
    return out


def singular() -> Any:
    """Matrices of ranks 4, 4, 3, 4 and 1; JAX, which needs the zero pivot to be the last, gives zeros for the fourth."""
    twice, thrice, column = A.copy(), A.copy(), A.copy()
    twice[4] = twice[0]
    thrice[3:] = thrice[1] + thrice[2]
    column[:, 0] = 0
    return [twice, thrice, np.diag(np.ones(4), 1), column, np.ones((5, 5))]


def test_determinant_of_singular_matrices(x64):
    for x in [A, *singular()]:
        same(pb.grad(pnp.linalg.det)(x), minors(x))
    same(pb.vmap(pb.grad(pnp.linalg.det))(np.stack(singular())), np.stack([minors(x) for x in singular()]))
    sign, size = pb.vmap(pnp.linalg.slogdet)(np.stack([np.zeros((4, 4)), np.ones((4, 4))]))
    np.testing.assert_array_equal(sign, [0, 0])
    np.testing.assert_array_equal(size, [-np.inf, -np.inf])


def test_singular_systems():
    """No error, but infinities or NaN, and the other matrices of the batch are solved."""
    a = np.stack([np.ones((3, 3)), 2 * np.eye(3)]).astype(np.float32)
    b = np.ones((2, 3, 1), np.float32)
    for x in (pnp.linalg.solve(a, b), pb.vmap(pnp.linalg.solve)(a, b), pnp.linalg.inv(a)):
        assert not np.isfinite(np.asarray(x)[0]).all()
        np.testing.assert_allclose(np.asarray(x)[1], 0.5 * (b[1] if x.shape[-1] == 1 else np.eye(3)))


@pytest.mark.parametrize("shape", [(5, 3), (3, 5)])
@pytest.mark.parametrize("mode", ["reduced", "complete", "r"])
def test_qr(x64, mode, shape):
    for complex_ in (False, True):
        x = RNG.normal(size=(2, *shape)) + (1j * RNG.normal(size=(2, *shape)) if complex_ else 0)
        ours, theirs = (lambda a, m=m: m.linalg.qr(a, mode) for m in (pnp, jnp))
        same(ours(x), np.linalg.qr(x, mode))
        assert mode == "r" or ours(x)._fields == ("Q", "R")
        t = x[..., ::-1].copy()
        same(pb.jvp(ours, (x,), (t,)), jax.jvp(theirs, (x,), (t,)))
        same(pb.vmap(ours)(x), ours(x), 1e-12)


def test_qr_of_others():
    x = RNG.normal(size=(4, 2)).astype(np.float32)
    same(pnp.linalg.qr(x, "raw"), jnp.linalg.qr(x, "raw"), 1e-5)
    same(pnp.linalg.qr(np.arange(6).reshape(3, 2)), jnp.linalg.qr(np.arange(6).reshape(3, 2)), 1e-5)
    same(pnp.linalg.qr(np.zeros((3, 0), np.float32), "complete"), jnp.linalg.qr(np.zeros((3, 0), np.float32), "complete"))
    for args, error, text in (
        ((x, "full"), ValueError, "Unsupported QR decomposition mode 'full'; modes: reduced, complete, r, raw"),
        ((x[0],), ValueError, r"Argument to qr must have shape \[\.\.\., m, n\]"),
        ((x.astype(np.float16),), TypeError, "Unsupported dtype float16 for qr: convert to float32"),
    ):
        with pytest.raises(error, match=text):
            pnp.linalg.qr(*args)
    with pytest.raises(ValueError, match="Unknown slogdet method 'cholesky'"):
        pnp.linalg.slogdet(x[:2], method="cholesky")


def test_compiled():
    """One function, so that one compilation serves all."""

    def f(a: Any, b: Any, c: Any, s: Any) -> Any:
        return {
            "solve": pb.grad(solved(pnp), (0, 1))(a, b),
            "inv": pnp.linalg.inv(c),
            "det": pb.vmap(pb.grad(pnp.linalg.det))(s),
            "slogdet": pb.jvp(pnp.linalg.slogdet, (c,), (c,)),
            "qr": pb.vjp(lambda a: pnp.linalg.qr(a, "r"), a)[1](a),
        }

    a, b, c, s = A.astype(np.float32), B.astype(np.float32), C[:4, :4].astype(np.complex64), np.stack(singular()).astype(np.float32)
    got, want = pb.jit(f)(a, b, c, s), f(a, b, c, s)
    same(got, want, 2e-3)
    np.testing.assert_allclose(got["det"], [minors(x) for x in np.stack(singular())], atol=1e-3)


def test_loops():
    """The factors of a matrix that a loop carries."""

    def f(a: Any) -> Any:
        return pb.lax.fori_loop(0, 3, lambda _, x: pnp.linalg.solve(a, x), B).sum()

    power = np.linalg.inv(A) @ np.linalg.inv(A) @ np.linalg.inv(A)
    np.testing.assert_allclose(f(A), (power @ B).sum(), rtol=1e-2)
    check_grads(f, (A.astype(np.float32) / 2 + 3 * np.eye(5, dtype=np.float32),), order=1)
