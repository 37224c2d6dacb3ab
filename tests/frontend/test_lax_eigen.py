"""Eigenvalue and singular value decompositions: against JAX and NumPy in double precision, and compiled against eager.

Vectors are unique up to phases (and bases, where values coincide), which JAX chooses otherwise: what is compared with it are the
values, products that the phases leave alone, and derivatives of those.
"""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import pullback as pb
import pullback.numpy as pnp
from pullback import lax
from pullback.test_util import check_grads

EPS = {np.dtype(d): np.finfo(d).eps for d in (np.float32, np.float64, np.complex64, np.complex128)}


@pytest.fixture
def x64():
    with pb.config.scope(enable_x64=True), jax.enable_x64(True):
        yield


def numbers(*shape: int, complex_: bool = False, seed: int = 0) -> Any:
    rng = np.random.default_rng([seed, *shape, complex_])
    x = rng.normal(size=shape)
    return x + 1j * rng.normal(size=shape) if complex_ else x


def adjoint(x: Any) -> Any:
    return np.conj(np.swapaxes(x, -1, -2))


def hermitian(*shape: int, complex_: bool = False, seed: int = 0) -> Any:
    x = numbers(*shape, complex_=complex_, seed=seed)
    return (x + adjoint(x)) / 2


def close(got: Any, want: Any, tol: float = 1e-9) -> None:
    for g, w in zip(map(np.asarray, pb.tree_util.tree_leaves(got)), map(np.asarray, jax.tree_util.tree_leaves(want)), strict=True):
        assert (g.dtype, g.shape) == (w.dtype, w.shape)
        np.testing.assert_allclose(g, w, rtol=tol, atol=tol)


def check_unitary(q: Any, tol: float, note: str) -> None:
    product = adjoint(q) @ q
    np.testing.assert_allclose(product, np.broadcast_to(np.eye(q.shape[-1]), product.shape), atol=tol, err_msg=note)


def check_gauge(q: Any) -> None:
    """In each column the first component that is large enough is real and positive."""
    for column in np.swapaxes(q, -1, -2).reshape(-1, q.shape[-2]) if q.size else ():
        size = np.abs(column) ** 2
        pivot = column[np.argmax(size >= 0.1371 * size.max())]
        assert pivot.real > 0
        assert abs(pivot.imag) <= 4 * EPS[q.dtype]


def check_eigh(x: Any, v: Any, w: Any, note: str = "") -> None:
    """Backward stable: residual, orthogonality and values to some units of the largest eigenvalue. Failed matrices are NaN."""
    v, w = np.asarray(v), np.asarray(w)
    assert (v.dtype, v.shape, w.dtype, w.shape) == (x.dtype, x.shape, x.real.dtype, x.shape[:-1])
    bad = ~np.isfinite(x).all((-1, -2))
    assert np.isnan(v[bad]).all() and np.isnan(w[bad]).all(), note
    check_gauge(v[~bad])
    wide = np.complex128 if x.dtype.kind == "c" else np.float64
    a, v, w = x[~bad].astype(wide), v[~bad].astype(wide), w[~bad].astype(np.float64)
    eps, n = EPS[x.dtype], x.shape[-1]
    check_unitary(v, (8 + n) * eps, note)
    scale = np.abs(w).max(-1, initial=0)[..., None]
    assert (np.abs(w - np.linalg.eigvalsh(a)) <= (8 + n) * eps * scale).all(), note
    assert (np.abs(a @ v - v * w[..., None, :]) <= (8 + n) * eps * scale[..., None]).all(), note


def check_svd(x: Any, u: Any, s: Any, vh: Any, note: str = "") -> None:
    u, s, vh = map(np.asarray, (u, s, vh))
    m, n = x.shape[-2:]
    k = min(m, n)
    assert (u.dtype, s.dtype, vh.dtype, s.shape) == (x.dtype, x.real.dtype, x.dtype, (*x.shape[:-2], k))
    bad = ~np.isfinite(x).all((-1, -2))
    assert all(np.isnan(y[bad]).all() for y in (u, s, vh)), note
    check_gauge(u[~bad][..., :k])
    wide = np.complex128 if x.dtype.kind == "c" else np.float64
    a, u, s, vh = x[~bad].astype(wide), u[~bad].astype(wide), s[~bad].astype(np.float64), vh[~bad].astype(wide)
    tol = (10 + 2 * k) * EPS[x.dtype]
    check_unitary(u, tol, note)
    check_unitary(adjoint(vh), tol, note)
    scale = s.max(-1, initial=0)[..., None]
    assert (np.abs(s - np.linalg.svd(a, compute_uv=False)) <= tol * scale).all(), note
    assert (np.abs(a - (u[..., :k] * s[..., None, :]) @ vh[..., :k, :]) <= tol * scale[..., None]).all(), note
    assert (np.diff(s) <= 0).all() and (s >= 0).all(), note


# Eager -----------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.complex64, np.complex128])
def test_eager(x64, dtype):
    complex_ = np.dtype(dtype).kind == "c"
    for shape in ((4, 4), (1, 1), (2, 3, 3), (0, 0), (2, 0, 0), (0, 2, 2)):
        x = hermitian(*shape, complex_=complex_).astype(dtype)
        v, w = lax.linalg.eigh(x)
        check_eigh(x, v, w)
    for shape in ((4, 4), (5, 2), (2, 5), (1, 1), (2, 3, 2), (1, 4), (3, 0), (0, 2), (0, 3, 2)):
        x = numbers(*shape, complex_=complex_).astype(dtype)
        for full in (False, True):
            want = np.linalg.svd(x, full_matrices=full)
            u, s, vh = lax.linalg.svd(x, full_matrices=full)
            assert [y.shape for y in (u, s, vh)] == [y.shape for y in want]
            check_svd(x, u, s, vh)
        close(lax.linalg.svd(x, compute_uv=False), s, 8 * EPS[x.dtype])


def test_failed_matrices():
    x = hermitian(3, 3, 3).astype(np.float32)
    x[1, 2, 0] = x[1, 0, 2] = np.nan
    x[2, 1, 1] = np.inf
    check_eigh(x, *lax.linalg.eigh(x))
    check_svd(x, *lax.linalg.svd(x))
    assert np.isnan(lax.linalg.svd(x[1], compute_uv=False)).all()


def test_triangles(x64):
    x = numbers(4, 4, complex_=True)
    for lower in (True, False):
        triangle = np.tril(x) if lower else np.triu(x)
        whole = triangle + adjoint(triangle) - np.diag(np.diag(x).real) - 1j * np.diag(np.diag(x).imag)
        whole = whole + np.diag(1j * np.diag(x).imag)
        np.fill_diagonal(whole, np.diag(x).real)
        v, w = lax.linalg.eigh(x, lower=lower, symmetrize_input=False)
        check_eigh(whole, v, w)
        close(pnp.linalg.eigvalsh(x, "L" if lower else "U", symmetrize_input=False), w)
    check_eigh((x + adjoint(x)) / 2, *lax.linalg.eigh(x, lower=False))


def test_subsets(x64):
    x, y = hermitian(5, 5), numbers(2, 4, 3)
    v, w = lax.linalg.eigh(x)
    close(lax.linalg.eigh(x, subset_by_index=(1, 3)), (v[:, 1:3], w[1:3]))
    u, s, vh = lax.linalg.svd(y, full_matrices=False)
    close(lax.linalg.svd(y, full_matrices=False, subset_by_index=(0, 2)), (u[..., :2], s[..., :2], vh[..., :2, :]))
    close(lax.linalg.svd(y, compute_uv=False, subset_by_index=(1, 2)), s[..., 1:2])
    with pytest.raises(ValueError, match="cannot both be set"):
        lax.linalg.svd(y, subset_by_index=(0, 2))
    with pytest.raises(ValueError, match="0 <= start <= end <= 5"):
        lax.linalg.eigh(x, subset_by_index=(1, 6))


def test_errors():
    with pytest.raises(ValueError, match=r"\[..., n, n\], got shape \(2, 3\)"):
        lax.linalg.eigh(np.ones((2, 3), np.float32))
    with pytest.raises(TypeError, match="svd does not accept dtype int32"):
        lax.linalg.svd(np.ones((2, 3), np.int32))
    with pytest.raises(TypeError, match="rank at least 2"):
        lax.linalg.svd(np.ones(2, np.float32))
    with pytest.raises(NotImplementedError, match="there is one implementation"):
        lax.linalg.eigh(np.eye(2, dtype=np.float32), implementation="qdwh")
    with pytest.raises(NotImplementedError, match="there is one algorithm"):
        lax.linalg.svd(np.eye(2, dtype=np.float32), algorithm="polar")
    with pytest.raises(ValueError, match="UPLO must be one of"):
        pnp.linalg.eigh(np.eye(2), "X")


# Derivatives -----------------------------------------------------------------------------------------------------------
def spectral(module: Any, numpy: Any) -> list[Any]:
    """Functions of a Hermitian matrix that no phase changes."""

    def decompose(x: Any) -> Any:
        return module.linalg.eigh(x)

    def exponential(x: Any) -> Any:
        v, w = decompose(x)
        return (v * numpy.exp(w)) @ numpy.conj(v).T

    def projection(x: Any) -> Any:
        v, _ = decompose(x)
        return v[:, 1:3] @ numpy.conj(v[:, 1:3]).T

    def probabilities(x: Any) -> Any:
        v, _ = decompose(x)
        return numpy.abs(v) ** 2

    return [exponential, projection, probabilities, lambda x: decompose(x)[1]]


def singular(module: Any, numpy: Any, full: bool) -> list[Any]:
    """Functions of a matrix that no common phase of a pair of singular vectors changes."""

    def decompose(x: Any) -> Any:
        return module.linalg.svd(x, full_matrices=full)

    def polar(x: Any) -> Any:
        u, s, vh = decompose(x)
        k = s.shape[0]
        return u[:, :k] @ vh[:k]

    def weighted(x: Any) -> Any:
        u, s, vh = decompose(x)
        k = s.shape[0]
        return (u[:, :k] * numpy.sin(s)) @ vh[:k]

    def left(x: Any) -> Any:
        u = decompose(x)[0]
        return u[:, :1] @ numpy.conj(u[:, :1]).T

    return [polar, weighted, left, lambda x: decompose(x)[1], lambda x: module.linalg.svd(x, compute_uv=False)]


def check_against_jax(ours: list[Any], theirs: list[Any], x: Any, t: Any) -> None:
    """Both derivatives of all functions, and the second one of the first."""
    values = [f(x) for f in ours]
    cts = [numbers(*v.shape, complex_=v.dtype.kind == "c", seed=2) for v in values]

    @jax.jit  # one compile, where JAX's op-by-op mode has one for each operation
    def oracle(x: Any, t: Any, cts: Any) -> Any:
        first = [jax.jvp(g, (x,), (t,)) for g in theirs]
        pulled = [jax.vjp(g, x)[1](ct) for g, ct in zip(theirs, cts)]
        return first, pulled, jax.jvp(lambda x: jax.jvp(theirs[0], (x,), (t,))[1], (x,), (t,))

    first, pulled, second = oracle(x, t, cts)
    for f, ct, pair, want in zip(ours, cts, first, pulled):
        close(pb.jvp(f, (x,), (t,)), pair, 1e-8)
        close(pb.vjp(f, x)[1](ct), want, 1e-8)
    close(pb.jvp(lambda x: pb.jvp(ours[0], (x,), (t,))[1], (x,), (t,)), second, 1e-7)


@pytest.mark.parametrize("complex_", [False, True])
def test_derivatives_of_eigh(x64, complex_):
    x, t = hermitian(4, 4, complex_=complex_), numbers(4, 4, complex_=complex_, seed=1)
    check_against_jax(spectral(lax, pnp), spectral(jax.lax, jnp), x, t)
    # the vectors themselves are a function too: its derivatives are those that differences show
    check_grads(lax.linalg.eigh, (x,), order=2)


@pytest.mark.parametrize("shape", [(3, 3), (4, 2), (2, 4)])
@pytest.mark.parametrize("complex_", [False, True])
def test_derivatives_of_svd(x64, shape, complex_):
    x, t = numbers(*shape, complex_=complex_), numbers(*shape, complex_=complex_, seed=1)
    check_against_jax(singular(lax, pnp, False), singular(jax.lax, jnp, False), x, t)
    check_grads(lax.linalg.svd, (x,), order=2)  # full matrices of rectangular ones have no derivative in JAX


def test_coinciding_values(x64):
    """Values have derivatives where they coincide; those of the vectors are infinite or NaN, as in JAX."""
    x = np.eye(3)
    for f, g in ((lax.linalg.eigh, jax.lax.linalg.eigh), (lax.linalg.svd, jax.lax.linalg.svd)):

        def values(x: Any, f: Any = f, numpy: Any = pnp) -> Any:
            out = f(x)
            return numpy.sum(out[1] ** 3)

        close(pb.grad(values)(x), jax.grad(lambda x, g=g: values(x, g, jnp))(x))
        assert not np.isfinite(pb.grad(lambda x, f=f: pnp.sum(f(x)[0]))(x)).all()
        assert not np.isfinite(jax.grad(lambda x, g=g: jnp.sum(g(x)[0]))(x)).all()
    zero = np.zeros((3, 2))
    close(pb.grad(lambda x: pnp.sum(lax.linalg.svd(x, compute_uv=False)))(zero), np.eye(3, 2))


def test_vmap(x64):
    x = numbers(3, 2, 4, 4, complex_=True)
    for f in (
        lax.linalg.eigh,
        lambda a: lax.linalg.svd(a, full_matrices=False),
        lambda a: lax.linalg.svd(a[..., :2], compute_uv=False),
    ):
        close(pb.vmap(f)(x), f(x))
        close(pb.vmap(pb.vmap(f), in_axes=1, out_axes=1)(x), f(x))
    gradient = pb.grad(lambda a: pnp.sum(lax.linalg.svd(a, compute_uv=False) ** 2))
    close(pb.vmap(gradient)(x[:, 0]), 2 * x[:, 0].conj(), 1e-9)


# Compiled --------------------------------------------------------------------------------------------------------------
def test_compiled_eigh_real():
    """Hard cases, in one batch of odd size: dense, diagonal, multiple and zero eigenvalues, badly scaled, large, small, failed."""
    n = 7
    base = hermitian(n, n)
    q = np.linalg.qr(base)[0]
    grades = 10.0 ** -np.arange(n)
    cases = {
        "dense": base,
        "zero": 0 * base,
        "identity": np.eye(n),
        "diagonal": np.diag([3.0, -1, 2, 0, 2, -4, 1]),
        "double": (q * [1, 1, 2, 2, 2, -1, -1]) @ q.T,
        "rank one": np.outer(q[0], q[0]),
        "ones": np.ones((n, n)),
        "exchange": np.eye(n)[::-1],
        "graded": base * np.outer(grades, grades),
        "tridiagonal": np.diag(np.full(n, 2.0)) - np.eye(n, k=1) - np.eye(n, k=-1),
        "large": base * 1e37,
        "small": base * 1e-35,
        "failed": np.where(np.eye(n) > 0, np.nan, base),
    }
    x = np.stack(list(cases.values())).astype(np.float32)
    x = (x + np.swapaxes(x, -1, -2)) / 2
    v, w = pb.jit(lax.linalg.eigh)(x)
    for name, a, b, c in zip(cases, x, np.asarray(v), np.asarray(w)):
        check_eigh(a, b, c, name)
    eager = lax.linalg.eigh(x)
    close(v[0], eager[0][0], 1e-5)  # one gauge for both
    close(v[9], eager[0][9], 1e-5)


def test_compiled_eigh_complex(x64):
    x = hermitian(2, 6, 6, complex_=True)
    x[1] = np.kron(x[1, :3, :3], np.eye(2))  # each eigenvalue twice
    x[1, 4:, 4:] += np.eye(2)
    gradient = pb.grad(lambda y: pnp.sum(pnp.abs(lax.linalg.eigh(y)[0][:, 0]) ** 4))
    v, w, g = pb.jit(lambda x: (*lax.linalg.eigh(x), gradient(x[0])))(x)
    check_eigh(x, v, w)
    close(v[0], lax.linalg.eigh(x[0])[0])
    close(g, jax.grad(lambda y: jnp.sum(jnp.abs(jnp.linalg.eigh(y)[1][:, 0]) ** 4))(x[0]))


def test_compiled_svd_real():
    n = 6
    base = numbers(n, n)
    q = np.linalg.qr(base)[0]
    grades = 10.0 ** -np.arange(0, 2 * n, 2)
    cases = {
        "dense": base,
        "zero": 0 * base,
        "identity": np.eye(n),
        "permutation": np.eye(n)[[2, 0, 5, 1, 3, 4]] * [1, -2, 3, 3, -1, 2],
        "multiple": (q * [2, 2, 2, 1, 1, 0]) @ q,
        "rank one": np.outer(q[0], base[1]),
        "rank two": base[:, :2] @ base[:2],
        "zero rows": base * (np.arange(n) % 2)[:, None],
        "graded columns": base * grades,
        "graded rows": base * grades[::-1, None],
        "ones": np.ones((n, n)),
        "nilpotent": np.eye(n, k=1),
        "large": base * 1e37,
        "small": base * 1e-35,
        "failed": np.where(np.eye(n) > 0, np.inf, base),
    }
    x = np.stack(list(cases.values())).astype(np.float32)
    u, s, vh = pb.jit(lax.linalg.svd)(x)
    for name, *parts in zip(cases, x, *map(np.asarray, (u, s, vh))):
        check_svd(*parts, name)
    for got, want in zip((u, s, vh), lax.linalg.svd(x[0])):
        close(got[0], want, 1e-5)


def test_compiled_svd_rectangular(x64):
    """Thin and full, tall and wide, and that a matrix without full rank gets bases all the same."""
    tall, wide = numbers(2, 5, 3, complex_=True), numbers(2, 3, 5)
    tall[1, :, 2] = tall[1, :, 0]
    wide[1] = 0
    out = pb.jit(lambda a, b: (lax.linalg.svd(a), lax.linalg.svd(b)))(tall, wide)
    check_svd(tall, *out[0])
    check_svd(wide, *out[1])
    for x, got in zip((tall, wide), out):
        close([y[0] for y in got], [y[0] for y in lax.linalg.svd(x)])


def test_compiled_svd_gradient():
    x = numbers(4, 3).astype(np.float32)

    def polar(y: Any) -> Any:
        u, _, vh = lax.linalg.svd(y, full_matrices=False)
        return pnp.sum((u @ vh)[0] ** 3)

    got = pb.jit(pb.grad(polar))(x)
    close(got, pb.grad(polar)(x), 2e-5)


# pullback.numpy.linalg ---------------------------------------------------------------------------------------------------
def test_numpy_functions(x64):
    x = hermitian(3, 4, 4, complex_=True)
    result = pnp.linalg.eigh(x)
    assert type(result).__name__ == "EighResult"
    check_eigh(x, result.eigenvectors, result.eigenvalues)
    close(pnp.linalg.eigvalsh(x), np.linalg.eigvalsh(x))
    y = numbers(2, 4, 3)
    result = pnp.linalg.svd(y)
    assert type(result).__name__ == "SVDResult"
    check_svd(y, result.U, result.S, result.Vh)
    close(pnp.linalg.svdvals(y), np.linalg.svd(y, compute_uv=False))
    close(pnp.linalg.svd(y, compute_uv=False), np.linalg.svd(y, compute_uv=False))
    assert pnp.linalg.svd(np.ones((2, 3), np.int64)).S.dtype == np.float64
    for a in (x, np.zeros((2, 2)), np.diag([1.0, -3.0, 2.0])):
        u, s, vh = pnp.linalg.svd(a, hermitian=True)
        close((u * s[..., None, :]) @ vh, a)
        close(s, np.linalg.svd(a, compute_uv=False))
        check_unitary(np.asarray(u), 1e-12, "")
        check_unitary(adjoint(np.asarray(vh)), 1e-12, "")
        close(pnp.linalg.svd(a, compute_uv=False, hermitian=True), s)


def test_general_eigenvalues(x64):
    x = numbers(2, 4, 4)
    w, v = pnp.linalg.eig(x)
    assert w.dtype == v.dtype == np.complex128
    np.testing.assert_allclose(x @ np.asarray(v), np.asarray(v * w[:, None]), atol=1e-12)
    close(pnp.linalg.eigvals(x), np.linalg.eigvals(x).astype(np.complex128))
    x[1, 0, 0] = np.nan
    assert np.isnan(pnp.linalg.eigvals(x)[1]).all() and np.isfinite(pnp.linalg.eigvals(x)[0]).all()
    assert pnp.linalg.eig(np.eye(2, dtype=np.float32)).eigenvalues.dtype == np.complex64
    for transform in (pb.jit, pb.vmap, lambda f: pb.grad(lambda y: pnp.sum(f(y).real))):
        with pytest.raises(NotImplementedError, match="use eigvalsh"):
            transform(pnp.linalg.eigvals)(np.ones((2, 3, 3)))
        with pytest.raises(NotImplementedError, match="use eigh"):
            transform(lambda y: pnp.linalg.eig(y)[0])(np.ones((2, 3, 3)))
