"""Pseudo-inverse, least squares, ranks and norms that need singular values, against NumPy and JAX."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from closeness import close

import pullback
import pullback.numpy as pnp
from pullback.test_util import check_grads

RNG = np.random.default_rng(0)


def matrix(*shape: int, dtype: Any = np.float32) -> Any:
    x = RNG.normal(size=shape)
    return (x + 1j * RNG.normal(size=shape) if np.dtype(dtype).kind == "c" else x).astype(dtype)


TALL, WIDE, BATCH = matrix(5, 3), matrix(3, 5), matrix(2, 3, 4)
DEFICIENT = (matrix(5, 2) @ matrix(2, 4)).astype(np.float32)
COMPLEX = matrix(4, 3, dtype=np.complex64)
ORDERS: tuple[Any, ...] = (None, "fro", "nuc", 1, -1, 2, -2, np.inf, -np.inf)


def test_values_eager_and_compiled() -> None:
    """Each function is compiled once; further arguments, each with one more decomposition to compile, are for the eager run."""

    def all_of(tall: Any, wide: Any, batch: Any, deficient: Any, complex_: Any) -> list[Any]:
        L = pnp.linalg
        hermitian = tall.T @ tall
        return [
            *(L.pinv(x) for x in (tall, complex_)),
            L.pinv(hermitian, hermitian=True),
            *(L.matrix_rank(x) for x in (tall, tall[0])),
            L.matrix_rank(hermitian, hermitian=True),
            L.matrix_rank(tall, rtol=0.9),
            *L.lstsq(deficient, tall),
            *(L.norm(tall, order) for order in ORDERS),
            *(L.norm(batch, order, axis=(2, 0), keepdims=True) for order in ("nuc", 2, -2)),
            L.cond(tall),
            *(L.cond(hermitian, p) for p in ("fro", 1, np.inf)),
        ]

    def more(tall: Any, wide: Any, batch: Any, deficient: Any, complex_: Any) -> list[Any]:
        L = pnp.linalg
        return [
            *(L.pinv(x) for x in (wide, batch, deficient)),
            *(L.matrix_rank(x) for x in (deficient, batch)),
            *L.lstsq(tall, wide[0]),
            L.matrix_norm(batch, ord="nuc"),
            L.cond(batch, -2),
        ]

    def wanted(tall: Any, wide: Any, batch: Any, deficient: Any, complex_: Any) -> list[Any]:
        L = np.linalg
        hermitian = tall.T @ tall
        x, _, rank, s = L.lstsq(deficient, tall, rcond=1e-6)
        return [
            *(L.pinv(x, rcond=1e-5) for x in (tall, complex_)),
            L.pinv(hermitian),
            L.matrix_rank(tall),
            1,
            3,
            np.sum(L.svd(tall, compute_uv=False) > 0.9 * L.norm(tall, 2)),
            x,
            L.norm(tall - deficient @ x, axis=0) ** 2,
            rank,
            s,
            *(L.norm(tall, order) for order in ORDERS),
            *(L.norm(batch, order, axis=(2, 0), keepdims=True) for order in ("nuc", 2, -2)),
            L.cond(tall),
            *(L.cond(hermitian, p) for p in ("fro", 1, np.inf)),
        ]

    def more_wanted(tall: Any, wide: Any, batch: Any, deficient: Any, complex_: Any) -> list[Any]:
        L = np.linalg
        return [
            *(L.pinv(x, rcond=1e-5) for x in (wide, batch, deficient)),
            *(L.matrix_rank(x, tol=1e-4) for x in (deficient, batch)),
            *L.lstsq(tall, wide[0], rcond=None),
            L.norm(batch, "nuc", axis=(1, 2)),
            L.cond(batch, -2),
        ]

    args = (TALL, WIDE, BATCH, DEFICIENT, COMPLEX)
    double = [x.astype(np.complex128 if x.dtype.kind == "c" else np.float64) for x in args]
    for run, want in ((all_of, wanted(*double)), (pullback.jit(all_of), wanted(*double)), (more, more_wanted(*double))):
        got = run(*args)
        assert len(got) == len(want)
        for x, y in zip(got, want):
            y = np.asarray(y)
            close(x, y.reshape(x.shape), rtol=2e-4, atol=2e-4)


def test_dtypes_are_those_of_jax() -> None:
    for a in (TALL, COMPLEX):
        ours, theirs = pnp.linalg.lstsq(a, a[:, 0]), jnp.linalg.lstsq(a, a[:, 0])
        assert [(x.dtype, x.shape) for x in ours] == [(x.dtype, x.shape) for x in theirs]
    assert pnp.linalg.pinv(np.arange(4).reshape(2, 2)).dtype == np.float32
    assert pnp.linalg.matrix_rank(TALL).dtype == np.int32
    assert pnp.linalg.lstsq(DEFICIENT, TALL, numpy_resid=True)[1].shape == (0,)
    assert pnp.linalg.pinv(np.zeros((0, 3), np.float32)).shape == (3, 0)
    assert np.isinf(float(pnp.linalg.cond(np.zeros((2, 2), np.float32))))
    assert np.isnan(float(pnp.linalg.cond(np.full((2, 2), np.nan, np.float32))))


def test_derivatives() -> None:
    with pullback.config.scope(enable_x64=True):
        check_grads(pnp.linalg.pinv, (TALL.astype(np.float64),), order=2)
        check_grads(pnp.linalg.pinv, (COMPLEX.astype(np.complex128),), order=1)
    check_grads(lambda a, b: pnp.linalg.lstsq(a, b)[0], (TALL, WIDE[0]), order=1, rtol=2e-2, atol=2e-2)
    check_grads(lambda a: pnp.linalg.norm(a, "nuc") + pnp.linalg.norm(a, 2), (TALL,), order=1)
    for a in (TALL, COMPLEX):
        loss = lambda module: lambda x: (abs(module.linalg.pinv(x)) ** 2).sum()
        want = jax.grad(loss(jnp))(a)
        close(pullback.grad(loss(pnp))(a), want, rtol=1e-3, atol=1e-3)
        close(pullback.jit(pullback.grad(loss(pnp)))(a), want, rtol=1e-3, atol=1e-3)
    close(pullback.vmap(pnp.linalg.pinv)(BATCH), np.linalg.pinv(BATCH), rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize(
    ("call", "error", "text"),
    [
        (lambda: pnp.linalg.pinv(TALL, 0.1, rcond=0.1), ValueError, "only one of rtol and rcond"),
        (lambda: pnp.linalg.pinv(TALL[0]), ValueError, r"must have shape \[..., m, n\], got \(3,\)"),
        (lambda: pnp.linalg.lstsq(BATCH, TALL), TypeError, "a must have two dimensions"),
        (lambda: pnp.linalg.lstsq(TALL, WIDE), ValueError, r"b must have shape \[5\] or \[5, k\], got \(3, 5\)"),
        (lambda: pnp.linalg.matrix_rank(TALL, 0.1, tol=0.1), ValueError, "only one of rtol and tol"),
        (lambda: pnp.linalg.cond(TALL, 1), ValueError, r"must have shape \[..., n, n\]"),
        (lambda: pnp.linalg.norm(TALL, 3), ValueError, "Invalid order 3 for matrix norm"),
        (lambda: pullback.jit(lambda a: pnp.linalg.lstsq(a, a, numpy_resid=True))(TALL), TypeError, "must be concrete"),
    ],
)
def test_errors(call: Any, error: Any, text: str) -> None:
    with pytest.raises(error, match=text):
        call()


def test_ranks_have_the_default_integer_dtype() -> None:
    for x64, dtype in ((False, np.int32), (True, np.int64)):
        with pullback.config.scope(enable_x64=x64):
            assert pnp.linalg.matrix_rank(np.eye(3)).dtype == pnp.linalg.lstsq(np.eye(3), np.ones(3))[2].dtype == dtype
