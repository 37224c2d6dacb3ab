"""`pullback.lax.linalg` against JAX in double precision: values, derivatives, batches; compiled code against the evaluator."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import pullback as pb
import pullback.numpy as pnp
from pullback import lax
from pullback.dialects.spec import NotDifferentiableError
from pullback.test_util import check_grads


@pytest.fixture
def x64():
    with pb.config.scope(enable_x64=True), jax.enable_x64(True):
        yield


def numbers(*shape: int, complex_: bool = False, seed: int = 0) -> Any:
    rng = np.random.default_rng([seed, *shape, complex_])
    x = rng.normal(size=shape)
    return x + 1j * rng.normal(size=shape) if complex_ else x


def same(got: Any, want: Any, tol: float = 1e-9) -> None:
    """Equal structure of leaves, types and values."""
    got_leaves, want_leaves = pb.tree_util.tree_leaves(got), jax.tree_util.tree_leaves(want)
    assert len(got_leaves) == len(want_leaves)
    for g, w in zip(map(np.asarray, got_leaves), map(np.asarray, want_leaves)):
        assert (g.dtype, g.shape) == (w.dtype, w.shape)
        np.testing.assert_allclose(g, w, rtol=tol, atol=tol)


SHAPES = [(4, 4), (5, 3), (3, 5), (2, 4, 3), (1, 1), (3, 0), (0, 3), (0, 2, 2)]
CASES = [pytest.param(shape, c, id=f"{'x'.join(map(str, shape))}{'-complex' * c}") for shape in SHAPES for c in (False, True)]


@pytest.mark.parametrize(("shape", "complex_"), CASES)
def test_factors(x64, shape, complex_):
    x = numbers(*shape, complex_=complex_)
    same(lax.linalg.lu(x), jax.lax.linalg.lu(x))
    for full in (False, True):
        same(lax.linalg.qr(x, full_matrices=full), jax.lax.linalg.qr(x, full_matrices=full))
        if x.size:
            same(
                lax.linalg.qr(x, pivoting=True, full_matrices=full),
                jax.lax.linalg.qr(x, pivoting=True, full_matrices=full),
            )
    packed, _, permutation = lax.linalg.lu(x)
    for at in np.ndindex(shape[:-2]):
        k = min(shape[-2:])
        p = np.asarray(packed)[at]
        product = (np.tril(p[:, :k], -1) + np.eye(*p[:, :k].shape)) @ np.triu(p[:k])
        np.testing.assert_allclose(product, x[at][np.asarray(permutation)[at]], atol=1e-12)


@pytest.mark.parametrize("complex_", [False, True])
def test_reflectors(x64, complex_):
    x = numbers(2, 5, 3, complex_=complex_)
    h, taus = pnp.linalg.qr(x, "raw")
    same((h, taus), jnp.linalg.qr(x, "raw"))
    packed = pnp.swapaxes(h, -1, -2)
    same(lax.linalg.householder_product(packed, taus), np.linalg.qr(x)[0])
    full = np.linalg.qr(x, "complete")[0]
    c, d = numbers(2, 5, 2, complex_=complex_), numbers(2, 2, 5, complex_=complex_)
    adjoint = np.conj(np.swapaxes(full, -1, -2))
    same(lax.linalg.ormqr(packed, taus, c), full @ c)
    same(lax.linalg.ormqr(packed, taus, c, transpose=True), adjoint @ c)
    same(lax.linalg.ormqr(packed, taus, d, left=False), d @ full)
    same(lax.linalg.ormqr(packed, taus, d, left=False, transpose=True), d @ adjoint)
    same(lax.linalg.householder_product(packed, taus[..., :0]), np.broadcast_to(np.eye(5, 3), x.shape).astype(x.dtype))
    # a product of reflectors is unitary for the factors of a factorisation only, but it is a product for all
    a, t = np.asarray(packed)[0], numbers(2, complex_=complex_, seed=3)
    want = jax.lax.linalg.householder_product(a, t)
    same(lax.linalg.householder_product(a, t), want)
    if not complex_:  # JAX has no derivative
        check_grads(lax.linalg.householder_product, (a, t), order=2)
        check_grads(lambda a, t, c: lax.linalg.ormqr(a, t, c, transpose=True), (a, t, c[0]), order=1)


@pytest.mark.parametrize("complex_", [False, True])
def test_similarity(x64, complex_):
    for shape in ((4, 4), (2, 5, 5), (2, 2), (1, 1)):
        x = numbers(*shape, complex_=complex_)
        same(lax.linalg.hessenberg(x), jax.lax.linalg.hessenberg(x))
        for lower in (True, False):
            same(lax.linalg.tridiagonal(x, lower=lower), jax.lax.linalg.tridiagonal(x, lower=lower))
    x = numbers(4, 4, complex_=complex_)
    packed, taus = lax.linalg.hessenberg(x)
    q = np.eye(4, dtype=x.dtype)
    q[1:, 1:] = np.asarray(lax.linalg.householder_product(packed[1:, :-1], taus))
    np.testing.assert_allclose(q @ np.triu(packed, -1) @ q.conj().T, x, atol=1e-12)
    hermitian = x + x.conj().T
    check_grads(lambda x: lax.linalg.tridiagonal(x)[1:3], (hermitian,), order=1)


@pytest.mark.parametrize("complex_", [False, True])
def test_tridiagonal_solve(x64, complex_):
    diagonals = [numbers(2, 5, complex_=complex_, seed=i) for i in range(3)]
    b = numbers(2, 5, 3, complex_=complex_)
    args = (*diagonals, b)
    same(lax.linalg.tridiagonal_solve(*args), jax.lax.linalg.tridiagonal_solve(*args))
    tangents = tuple(numbers(*x.shape, complex_=complex_, seed=7) for x in args)
    ours, theirs = lax.linalg.tridiagonal_solve, jax.lax.linalg.tridiagonal_solve
    same(pb.jvp(ours, args, tangents), jax.jvp(theirs, args, tangents))
    same(pb.vjp(ours, *args)[1](b), jax.vjp(theirs, *args)[1](b))
    same(pb.vmap(ours, (None, None, None, 2))(*(x[0] for x in diagonals), numbers(5, 3, 4, complex_=complex_)),
         jax.vmap(theirs, (None, None, None, 2))(*(x[0] for x in diagonals), numbers(5, 3, 4, complex_=complex_)))  # fmt: skip
    check_grads(ours, args, order=2)
    # rows have to be exchanged: the main diagonal vanishes
    one, zero = np.ones(4), np.zeros(4)
    want = np.linalg.solve(np.diag(one[1:], 1) + np.diag(one[1:], -1), numbers(4, 1))
    same(ours(one, zero, one, numbers(4, 1)), want)


def test_others(x64):
    a, c = numbers(2, 3, 4), numbers(2, 3, 3)
    want = 2 * a @ np.swapaxes(a, -1, -2) + 0.5 * c
    same(lax.linalg.symmetric_product(a, c, alpha=2.0, beta=0.5), want)
    lower = np.tril(want)
    symmetric = lower + np.swapaxes(np.tril(want, -1), -1, -2)
    same(lax.linalg.symmetric_product(a, c, alpha=2.0, beta=0.5, symmetrize_output=True), symmetric)
    pivots = np.array([[2, 3, 2], [1, 1, 2]], np.int32)
    same(lax.linalg.lu_pivots_to_permutation(pivots, 4), jax.lax.linalg.lu_pivots_to_permutation(pivots, 4))
    same(lax.linalg.lu_pivots_to_permutation(pivots[:, :0], 4), np.broadcast_to(np.arange(4, dtype=np.int32), (2, 4)))
    x, w = numbers(4, 4), numbers(4)
    r = np.linalg.cholesky(x @ x.T).T
    same(lax.linalg.cholesky_update(r, w), jax.lax.linalg.cholesky_update(r, w))
    same(lax.linalg.cholesky_update(r, w), np.linalg.cholesky(r.T @ r + np.outer(w, w)).T)
    same(lax.linalg.cholesky_update(np.zeros((2, 2)), np.zeros(2)), np.zeros((2, 2)))
    check_grads(lambda r, w: lax.linalg.cholesky_update(r, w), (r, w), order=2)


def factors(module: Any, name: str, **options: Any) -> Any:
    """The factors that have derivatives."""
    count = {"lu": 1, "qr": 2}[name]
    return lambda x: getattr(module.lax.linalg, name)(x, **options)[:count]


DERIVATIVES = [
    pytest.param(name, options, id=f"{name}{''.join(f'-{k}={v}' for k, v in options.items())}")
    for name, options in [
        ("lu", {}),
        ("qr", {"full_matrices": False}),
        ("qr", {"full_matrices": True}),
        ("qr", {"full_matrices": False, "pivoting": True}),
    ]
]


@pytest.mark.parametrize("complex_", [False, True])
@pytest.mark.parametrize(("name", "options"), DERIVATIVES)
def test_derivatives(x64, name, options, complex_):
    ours, theirs = factors(pb, name, **options), factors(jax, name, **options)
    for shape in ((5, 3), (3, 5)):
        x, t = (numbers(*shape, complex_=complex_, seed=s) for s in (1, 2))
        if options.get("pivoting") and shape == (3, 5):  # JAX uses the columns of wide matrices without permuting them
            check_grads(ours, (x,), order=1)
            continue
        same(pb.jvp(ours, (x,), (t,)), jax.jvp(theirs, (x,), (t,)))
        outs, pull = pb.vjp(ours, x)
        cts = [numbers(*y.shape, complex_=complex_, seed=4) for y in outs]
        want, pull_jax = jax.vjp(theirs, x)
        same(pull(pb.tree_util.tree_unflatten(pb.tree_util.tree_structure(outs), cts)), pull_jax(type(want)(cts)))
    check_grads(ours, (numbers(3, 3, complex_=complex_),), order=2)
    x = numbers(3, 4, 4, complex_=complex_)
    same(pb.vmap(ours)(x), ours(x), 1e-12)


def test_permutations_have_no_derivative(x64):
    x = numbers(3, 3)
    _, tangents = pb.jvp(lax.linalg.lu, (x,), (x,))
    assert [t.dtype for t in tangents] == [np.float64, pb.dtypes.float0, pb.dtypes.float0]
    with pytest.raises(NotDifferentiableError, match=r"pb\.geqrf is not differentiable.*pb\.qr"):
        pb.grad(lambda x: pnp.linalg.qr(x, "raw")[0].sum())(x)


def everything(x: Any, z: Any) -> Any:
    """What loops or consists of several operations; and derivatives through the factors."""

    def loss(x: Any) -> Any:
        q, r = lax.linalg.qr(x, full_matrices=False)
        return (q * r[:, :1]).sum() + lax.linalg.lu(x)[0].sum()

    q, r, order = lax.linalg.qr(x, pivoting=True)
    return {
        "pivoted": (q, r, order),
        "gradient": pb.grad(loss)(x),
        "update": lax.linalg.cholesky_update(lax.linalg.cholesky(x.T @ x).T, x[0]),
        "hessenberg": lax.linalg.hessenberg(z),
        "order": lax.linalg.lu_pivots_to_permutation(lax.linalg.lu(z)[1], 4),
    }


def test_compiled():
    x = pnp.asarray(numbers(3, 3), np.float32)
    z = pnp.asarray(numbers(2, 4, 4, complex_=True), np.complex64)
    got, want = pb.jit(everything)(x, z), everything(x, z)
    same(got, want, 2e-4)


def test_compiled_blocked():
    """Above 64 columns the loops run over blocks."""

    def f(x: Any, z: Any) -> Any:
        return lax.linalg.lu(x), lax.linalg.qr(x, full_matrices=False), lax.linalg.lu(z)

    x = pnp.asarray(numbers(2, 90, 70), np.float32)
    z = pnp.asarray(numbers(66, 100, complex_=True), np.complex64)
    (packed, pivots, order), (q, r), (zlu, zpivots, zorder) = pb.jit(f)(x, z)
    (_, want_pivots, want_order), want_qr, (_, want_zpivots, want_zorder) = f(x, z)
    same((pivots, order, zpivots, zorder), (want_pivots, want_order, want_zpivots, want_zorder))
    for factor, rows in ((packed, np.take_along_axis(np.asarray(x), np.asarray(order)[..., None], 1)), (zlu, z[zorder])):
        p, k = np.asarray(factor), min(factor.shape[-2:])
        product = (np.tril(p[..., :k], -1) + np.eye(p.shape[-2], k)) @ np.triu(p[..., :k, :])
        np.testing.assert_allclose(product, rows, atol=1e-4)
    same((q, r), want_qr, 1e-4)


def test_signs_and_scale():
    """Reflectors of columns that are zero, negative zero, huge and tiny, in compiled code as in LAPACK."""
    columns = np.array([[0.0, 1e30, 3e-30], [0.0, -1e30, 4e-30], [0.0, 2e30, 0.0]], np.float32)
    cases = [columns, -columns, np.eye(3, dtype=np.float32), -np.eye(3, dtype=np.float32), np.zeros((3, 3), np.float32)]
    x = np.stack(cases)
    q, r = pb.jit(lambda x: lax.linalg.qr(x))(x)
    want_q, want_r = np.linalg.qr(x)
    size = np.abs(want_r).max(-2, keepdims=True)
    np.testing.assert_allclose(np.asarray(r) / np.where(size == 0, 1, size), want_r / np.where(size == 0, 1, size), atol=1e-5)
    np.testing.assert_allclose(q, want_q, atol=1e-5)


def test_singular_and_not_finite():
    x = np.zeros((3, 3), np.float32)
    x[0, 1] = x[1, 2] = 2
    same(pb.jit(lax.linalg.lu)(x), jax.lax.linalg.lu(x))
    same(lax.linalg.lu(x), jax.lax.linalg.lu(x))
    x[1, 1] = np.nan
    assert np.isnan(np.asarray(lax.linalg.qr(x)[1])).any()
    assert np.isnan(np.asarray(lax.linalg.lu(x)[0])).any()


A, V = np.ones((3, 4), np.float32), np.ones(3, np.float32)
ERRORS = [
    (lambda: lax.linalg.lu(V), TypeError, r"Input 0 to lu must have rank at least 2, but got shape=\(3,\)"),
    (lambda: lax.linalg.lu(A.astype(int)), TypeError, "lu does not accept dtype int"),
    (lambda: lax.linalg.qr(A.astype(np.float16)), NotImplementedError, "qr: unsupported dtype float16; convert to float32 first"),
    (lambda: lax.linalg.qr("x"), TypeError, "qr requires ndarray or scalar arguments"),
    (lambda: lax.linalg.cholesky(A), ValueError, "Argument to Cholesky must have shape"),
    (lambda: lax.linalg.householder_product(A, V), ValueError, "at least as many rows as columns"),
    (lambda: lax.linalg.householder_product(A.T, np.ones(4, np.float32)), ValueError, "must not have more rows"),
    (lambda: lax.linalg.householder_product(A.T, V.astype(complex)), TypeError, "same dtypes, got float32, complex64"),
    (lambda: lax.linalg.ormqr(A.T, V, A), ValueError, "left=True expects c to have the same number of rows"),
    (lambda: lax.linalg.symmetric_product(A, A), ValueError, r"a square matrix of shape \(m, m\)"),
    (lambda: lax.linalg.symmetric_product(A + 0j, A), TypeError, "subtypes of floating"),
    (lambda: lax.linalg.lu_pivots_to_permutation(np.zeros(3, np.int32), 2), ValueError, "has to exceed the trailing dimension"),
    (lambda: lax.linalg.lu_pivots_to_permutation(V, 4), TypeError, "give int32"),
    (lambda: lax.linalg.cholesky_update(A[:, :3], V[:2]), ValueError, "a vector of the same size"),
    (lambda: lax.linalg.cholesky_update(A[None, :, :3], V), TypeError, "rank of exactly 2"),
    (lambda: lax.linalg.triangular_solve(A, A), ValueError, "must be a square matrix"),
    (lambda: lax.linalg.triangular_solve(A[:, :3], A), ValueError, "Incompatible shapes for arguments to triangular_solve"),
    (lambda: lax.linalg.tridiagonal_solve(V, V, V[:2], A), TypeError, "all diagonal arguments have the same shape"),
    (lambda: lax.linalg.tridiagonal_solve(V, V, V, A.T), TypeError, "leading ndim-1 dimensions"),
    (lambda: lax.linalg.tridiagonal_solve(V, V, V, A, perturb_singular=True), NotImplementedError, "perturb_singular"),
    (lambda: lax.linalg.hessenberg(A), ValueError, "must be a square matrix"),
    (lambda: lax.linalg.schur, AttributeError, "has no attribute 'schur'; eigh for Hermitian"),
    (lambda: lax.linalg.eig, AttributeError, "has no attribute 'eig'; eigh for Hermitian"),
    (lambda: lax.linalg.qdwh, AttributeError, "has no attribute 'qdwh'; .*singular values"),
    (lambda: lax.linalg.choleski, AttributeError, "nearest: cholesky"),
]


@pytest.mark.parametrize(("call", "error", "text"), ERRORS)
def test_errors(call, error, text):
    with pytest.raises(error, match=text):
        call()


def test_names():
    assert dir(lax.linalg) == sorted(lax.linalg.__all__)
    missing = {"EigImplementation", "EighImplementation", "SvdAlgorithm", "eig", "qdwh", "schur"}
    theirs = {name for name in dir(jax.lax.linalg) if not name.startswith("_") and not name.endswith("_p")}
    assert theirs - set(lax.linalg.__all__) - missing <= {"eigh", "svd"}
    assert set(lax.linalg.__all__) <= theirs
