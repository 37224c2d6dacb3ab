"""scipy.linalg against SciPy; derivatives against differences; compiled against eager."""

from __future__ import annotations

from typing import Any

import jax
import numpy as np
import pytest
import scipy.linalg as reference
from closeness import close

import pullback
import pullback.numpy as pnp
from pullback import scipy
from pullback.test_util import check_grads

RNG = np.random.default_rng(0)
L = scipy.linalg


def matrix(*shape: int, dtype: Any = np.float32) -> Any:
    x = RNG.normal(size=shape)
    return (x + 1j * RNG.normal(size=shape) if np.dtype(dtype).kind == "c" else x).astype(dtype)


def definite(n: int, dtype: Any = np.float32) -> Any:
    x = matrix(n, n, dtype=dtype)
    return (x @ x.conj().T + n * np.eye(n)).astype(dtype)


V3, V4, V5 = (matrix(n) for n in (3, 4, 5))

STRUCTURED: dict[str, list[tuple[Any, ...]]] = {
    "block_diag": [(matrix(2, 2), matrix(1, 3), matrix(2)), (np.float32(1.0), np.int32(2))],
    "circulant": [(V4,)],
    "companion": [(V4,)],
    "convolution_matrix": [(V3, 4), (V3, 5, "same"), (V3, 2, "valid"), (V5, 2, "same")],
    "dft": [(4,), (3, "sqrtn"), (5, "n")],
    "fiedler": [(V4,)],
    "fiedler_companion": [(V3,), (V4,), (V5,), (matrix(7),)],
    "hadamard": [(8,), (1,)],
    "hankel": [(V4,), (V3, V4)],
    "helmert": [(4,), (3, True)],
    "hilbert": [(4,)],
    "invhilbert": [(5,)],
    "invpascal": [(4,), (3, "lower"), (3, "upper")],
    "leslie": [(V4, V3)],
    "pascal": [(4,), (3, "lower"), (3, "upper")],
    "toeplitz": [(V4,), (V3, V4), (matrix(3, dtype=np.complex64),)],
}


@pytest.mark.parametrize("name", STRUCTURED)
def test_structured_matrices(name: str) -> None:
    for args in STRUCTURED[name]:
        close(getattr(L, name)(*args), getattr(reference, name)(*args), rtol=2e-5, atol=1e-6)


def test_structured_matrices_of_batches_and_derivatives() -> None:
    batch = matrix(2, 3)
    for name in ("circulant", "companion", "fiedler", "hankel", "toeplitz"):
        out = getattr(L, name)(batch)
        for i in range(2):
            close(out[i], getattr(reference, name)(batch[i]), rtol=1e-5)
    check_grads(L.toeplitz, (V3, V4), order=1)
    check_grads(lambda a, b: L.block_diag(a, b), (matrix(2, 2), matrix(1, 3)), order=1)


@pytest.mark.parametrize("dtype", [np.float32, np.complex64])
def test_factorisations(dtype: Any) -> None:
    a, spd, b = matrix(4, 4, dtype=dtype), definite(4, dtype), matrix(4, 2, dtype=dtype)

    def all_of(a: Any, spd: Any, b: Any) -> list[Any]:
        factors = L.lu_factor(a)
        u, p = L.polar(a)
        h, q = L.hessenberg(a, calc_q=True)
        return [
            L.cholesky(spd),
            L.cholesky(spd, lower=True),
            L.cho_solve(L.cho_factor(spd), b),
            L.cho_solve(L.cho_factor(spd, lower=True), b[:, 0]),
            *(L.lu_solve(factors, b, trans=t) for t in (0, 1, 2)),
            *L.lu(a),
            *L.lu(a[:, :3], permute_l=True),
            L.solve(a, b),
            L.solve(spd, b[:, 0], assume_a="pos"),
            *(L.solve_triangular(a, b, trans=t, lower=low) for t in (0, "T", 2) for low in (False, True)),
            L.det(a),
            L.inv(a),
            u,
            p,
            q @ h @ pnp.conj(q).T,
            h * np.tri(4, 4, -2),
            L.eigh(spd, spd + np.eye(4, dtype=dtype), eigvals_only=True),
            L.svd(a, compute_uv=False),
        ]

    A, S, B = (np.asarray(x, np.complex128 if np.dtype(dtype).kind == "c" else np.float64) for x in (a, spd, b))
    lu = reference.lu_factor(A)
    want = [
        reference.cholesky(S),
        reference.cholesky(S, lower=True),
        np.linalg.solve(S, B),
        np.linalg.solve(S, B[:, 0]),
        *(reference.lu_solve(lu, B, trans=t) for t in (0, 1, 2)),
        *reference.lu(A),
        *reference.lu(A[:, :3], permute_l=True),
        np.linalg.solve(A, B),
        np.linalg.solve(S, B[:, 0]),
        *(reference.solve_triangular(A, B, trans=t, lower=low) for t in (0, "T", 2) for low in (False, True)),
        np.linalg.det(A),
        np.linalg.inv(A),
        *reference.polar(A),
        A,
        np.zeros((4, 4)),
        reference.eigh(S, S + np.eye(4), eigvals_only=True),
        np.linalg.svd(A, compute_uv=False),
    ]
    for run in (all_of, pullback.jit(all_of)):
        got = run(a, spd, b)
        assert len(got) == len(want)
        for x, y in zip(got, want):
            close(x, y, rtol=3e-4, atol=3e-4 * max(1.0, np.abs(y).max()))


def test_qr_and_its_product() -> None:
    a, c = matrix(5, 3), matrix(2, 5)
    q, r = L.qr(a, mode="economic")
    close(q @ r, a, rtol=1e-5, atol=1e-5)
    product, r2 = L.qr_multiply(a, c)
    close(product, c @ np.asarray(q), rtol=1e-5, atol=1e-5)
    close(r2, r, rtol=1e-6)
    close(L.qr_multiply(a, matrix(3, 2) * 0 + 1, mode="left")[0], np.asarray(q) @ np.ones((3, 2)), rtol=1e-5, atol=1e-5)
    q, r, order = L.qr(a, pivoting=True)
    close(q @ r, a[:, np.asarray(order)], rtol=1e-5, atol=1e-5)
    assert L.qr(a, mode="r")[0].shape == (5, 3)


@pytest.mark.parametrize("x64", [False, True])
def test_expm(x64: bool) -> None:
    with pullback.config.scope(enable_x64=x64):
        dtype = np.float64 if x64 else np.float32
        tolerance = 1e-12 if x64 else 2e-5
        compiled = pullback.jit(L.expm)
        for scale in (1e-3, 1.0, 20.0):
            a = np.stack([scale * matrix(4, 4) / 4, np.diag(V4), np.zeros((4, 4))]).astype(dtype)
            want = reference.expm(a.astype(np.float64))
            for got in (L.expm(a), compiled(a)):
                close(got, want, rtol=10 * tolerance, atol=tolerance * np.abs(want).max() * max(1.0, scale))
        skew = (matrix(3, 3, dtype=np.complex64) * 0.5).astype(np.complex128 if x64 else np.complex64)
        close(L.expm(skew), reference.expm(skew.astype(np.complex128)), rtol=10 * tolerance, atol=10 * tolerance)
    assert np.isnan(np.asarray(L.expm(np.float32([[1e9]]), max_squarings=2))).all()


def test_expm_derivatives() -> None:
    a, e = matrix(3, 3), matrix(3, 3)
    close(L.expm_frechet(a, e, compute_expm=False), reference.expm_frechet(a, e, compute_expm=False), rtol=1e-4, atol=1e-4)
    check_grads(L.expm, (a / 2,), order=2, rtol=5e-2, atol=5e-2)
    want = jax.grad(lambda a: jax.scipy.linalg.expm(a)[0].sum())(a)
    for gradient in (pullback.grad, lambda f: pullback.jit(pullback.grad(f))):
        close(gradient(lambda a: L.expm(a)[0].sum())(a), want, rtol=1e-4, atol=1e-4)
    upper = np.triu(a)
    close(L.expm(upper, upper_triangular=True), reference.expm(upper), rtol=1e-5, atol=1e-5)
    batch = np.stack([a, 3 * a])
    close(pullback.vmap(L.expm)(batch)[1], reference.expm(3 * a), rtol=1e-4, atol=1e-4)


def test_sylvester_and_tridiagonal() -> None:
    a, b, c = matrix(3, 3), matrix(2, 2), matrix(3, 2)
    x = L.solve_sylvester(a, b, c)
    close(x, reference.solve_sylvester(a, b, c), rtol=1e-3, atol=1e-4)
    check_grads(L.solve_sylvester, (a + 4 * np.eye(3, dtype=np.float32), b, c), order=1)
    w, v = L.eigh_tridiagonal(V4, V3)
    close(w, reference.eigh_tridiagonal(V4, V3)[0], rtol=1e-4, atol=1e-5)
    close((np.diag(V4) + np.diag(V3, 1) + np.diag(V3, -1)) @ np.asarray(v), np.asarray(v) * np.asarray(w), rtol=1e-4, atol=1e-4)
    close(L.eigh_tridiagonal(V4, V3, eigvals_only=True, select="i", select_range=(1, 2)), np.asarray(w)[1:3], rtol=1e-6)


def test_derivatives_of_solvers() -> None:
    spd, b = definite(3), matrix(3)
    check_grads(lambda s, b: L.cho_solve(L.cho_factor((s + s.T) / 2), b), (spd, b), order=2)
    check_grads(lambda a, b: L.lu_solve(L.lu_factor(a), b, trans=1), (spd, b), order=1)
    check_grads(lambda a, b: L.solve_triangular(a, b, lower=True), (spd, b), order=2)
    check_grads(lambda s, t: L.eigh((s + s.T) / 2, (t + t.T) / 2, eigvals_only=True), (spd, definite(3)), order=1)


def test_one_right_side_for_a_batch_of_matrices() -> None:
    a, b = np.stack([definite(3), definite(3)]), V3
    want = np.stack([np.linalg.solve(x, b) for x in a])
    for got in (
        L.solve(a, b),
        L.solve(a, b, assume_a="pos"),
        L.cho_solve(L.cho_factor(a), b),
        L.lu_solve(L.lu_factor(a), b),
        L.lu_solve(L.lu_factor(a.mT), b, trans=1),
    ):
        close(got, want, rtol=1e-3, atol=1e-4)
    close(L.solve_triangular(a, b), np.stack([np.linalg.solve(np.triu(x), b) for x in a]), rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("dtype", [np.float32, np.complex64])
def test_derivatives_of_definite_systems_are_those_of_the_equation(dtype: Any) -> None:
    a, b = definite(3, dtype), matrix(3, dtype=dtype)
    value = lambda a, b, **how: pnp.sum(pnp.abs(L.solve(a, b, **how)) ** 2)
    got = pullback.grad(lambda a, b: value(a, b, assume_a="pos"), (0, 1))(a, b)
    close(got, pullback.grad(value, (0, 1))(a, b), rtol=1e-3, atol=1e-4)  # not symmetric in a
    if dtype == np.float32:
        hessian = pullback.jit(pullback.hessian(lambda b: value(a, b, assume_a="pos")))(b)
        inverse = np.linalg.inv(a)
        close(hessian, 2 * inverse.T @ inverse, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize(
    ("call", "error", "text"),
    [
        (lambda: L.expm(np.ones((2, 3), np.float32)), ValueError, r"expm must have shape \[..., n, n\]"),
        (lambda: L.hadamard(6), ValueError, "power of 2, got 6"),
        (lambda: L.dft(3, "m"), ValueError, "scale must be None, 'sqrtn', or 'n'; got 'm'"),
        (lambda: L.pascal(3, "left"), ValueError, "pascal: kind must be"),
        (lambda: L.block_diag(np.ones((1, 1, 1))), ValueError, "at most 2 dimensions"),
        (lambda: L.leslie(V3, V3), ValueError, "leslie: f must have one element more"),
        (lambda: L.companion(V3[:1]), ValueError, "companion takes a vector of at least 2"),
        (lambda: L.solve(np.eye(2), V3), ValueError, r"does not fit a of shape \(2, 2\)"),
        (lambda: L.solve(np.eye(2), V3[:2], assume_a="x"), ValueError, "assume_a to be"),
        (lambda: L.solve_triangular(np.eye(2), V3[:2], trans="X"), ValueError, "Invalid 'trans' value 'X'"),
        (lambda: L.polar(np.eye(2), side="up"), ValueError, "either 'right' or 'left'"),
        (lambda: L.solve_sylvester(np.eye(2), np.eye(2), V3), ValueError, "Incompatible shapes for Sylvester"),
        (lambda: L.eigh_tridiagonal(V3, V3), ValueError, "d has n elements and e n - 1"),
        (lambda: L.eigh_tridiagonal(V4, V3, select="v"), NotImplementedError, "size that depends on values"),
        (lambda: L.eigh_tridiagonal(V4, V3, select="x"), ValueError, "select must be 'a' or 'i'"),
        (lambda: L.eigh_tridiagonal(V4, V3, select="i"), ValueError, "needs select_range"),
        (lambda: L.sqrtm, AttributeError, "has no attribute 'sqrtm'; for Hermitian matrices"),
    ],
)
def test_errors(call: Any, error: Any, text: str) -> None:
    with pytest.raises(error, match=text):
        call()
