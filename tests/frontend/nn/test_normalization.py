"""Softmax and its kin, standardization, one-hot vectors, against JAX's."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import pullback as pb
import pullback.numpy as pnp
from pullback import nn

RNG = np.random.default_rng(0)
X = RNG.normal(size=(4, 5)).astype(np.float32)
MASK = RNG.random((4, 5)) > 0.3
AXES = (0, -1, (0, 1), None)


def close(got, want, rtol=5e-6, atol=1e-6):
    for g, w in zip(pb.tree.leaves(got), pb.tree.leaves(want), strict=True):
        assert g.shape == np.shape(w) and isinstance(g, pb.Array)
        np.testing.assert_allclose(g, w, rtol, atol)


@pytest.mark.parametrize("name", ["softmax", "log_softmax", "standardize"])
@pytest.mark.parametrize("masked", [False, True])
def test_along_axes(name, masked):
    where = MASK if masked else None
    f, g = getattr(nn, name), getattr(jax.nn, name)
    for axis in AXES:
        close(f(X, axis, where=where), g(X, axis, where=where), 1e-5)
    keep = MASK if masked else np.ones_like(MASK)
    ours = pb.grad(lambda x: pnp.where(keep, f(x, 0, where=where) * X, 0).sum())(X)
    close(ours, jax.jit(jax.grad(lambda x: jnp.where(keep, g(x, 0, where=where) * X, 0).sum()))(X), 1e-4, 1e-5)


def test_logarithms_of_sums():
    big = 1000 * X
    for axis in AXES:
        for where in (None, MASK):
            close(nn.logsumexp(big, axis=axis, where=where), jax.nn.logsumexp(big, axis=axis, where=where))
            ours = nn.logmeanexp(X, axis=axis, where=where, keepdims=True)
            close(ours, jax.nn.logmeanexp(X, axis=axis, where=where, keepdims=True), 1e-5)
    value, sign = nn.logsumexp(X, b=X, return_sign=True)
    close((value, sign), tuple(np.asarray(v) for v in jax.nn.logsumexp(X, b=X, return_sign=True)), 1e-5)
    close(pb.grad(lambda x: nn.logsumexp(x))(X), jax.nn.softmax(X, None))


def test_extremes():
    close(nn.softmax(pnp.array([0.0, 1000.0, -1000.0])), np.array([0, 1, 0]))
    close(nn.softmax(pnp.array([1.0, 2.0]), where=pnp.array([False, False])), np.zeros(2))
    close(nn.softmax(pnp.array([-np.inf, 0.0])), np.array([0, 1]))
    assert np.isnan(nn.softmax(pnp.array([-np.inf, -np.inf]))).all()
    overflow = pnp.array([1.0, 1e30])  # what is masked does not matter, not even for derivatives
    mask = pnp.array([True, False])
    for f in (nn.softmax, nn.log_softmax):
        assert np.isfinite(pb.grad(lambda x, f=f: f(x, where=mask)[0])(overflow)).all()
    assert nn.softmax(pnp.ones((0, 3))).shape == (0, 3)
    assert nn.softmax(pnp.array([1, 2])).dtype == np.float32 and nn.softmax(pnp.array([1, 2], np.float16)).dtype == np.float16


def test_transformations():
    def f(x):
        y = nn.softmax(x)
        return (nn.log_softmax(x) * nn.standardize(x)).sum() + (y * y).sum() + nn.logsumexp(x)

    def g(x):
        y = jax.nn.softmax(x)
        return (jax.nn.log_softmax(x) * jax.nn.standardize(x)).sum() + (y * y).sum() + jax.nn.logsumexp(x)

    expected = np.asarray(jax.jit(jax.grad(g))(X[0]))
    close(pb.jit(pb.grad(f))(X[0]), expected, 1e-4, 1e-5)
    close(pb.vmap(pb.grad(f))(X)[0], expected, 1e-4, 1e-5)
    with pb.config.scope(enable_x64=True):
        x, h = X[0].astype(np.float64), 1e-6 * np.eye(5)
        rows = [(np.asarray(pb.grad(f)(x + d)) - np.asarray(pb.grad(f)(x - d))) / 2e-6 for d in h]
        close(pb.hessian(f)(x), np.stack(rows), 1e-5, 1e-7)
    close(pb.jvp(nn.softmax, (X,), (X[::-1].copy(),)), tuple(np.asarray(v) for v in jax.jvp(jax.nn.softmax, (X,), (X[::-1],))))


def test_standardize_with_given_moments():
    close(nn.standardize(X, mean=1.0, variance=4.0, epsilon=0.0), (X - 1) / 2)
    shifted = X + 1000
    close(nn.standardize(shifted, algorithm="stable"), jax.nn.standardize(shifted, algorithm="stable"), 1e-4)


def test_one_hot():
    index = np.array([[0, 2], [3, -1]], np.int32)
    for axis in (-1, 0, 1):
        close(nn.one_hot(index, 3, axis=axis), jax.nn.one_hot(index, 3, axis=axis))
    assert nn.one_hot(index, 3, dtype=np.int8).dtype == np.int8
    close(pb.vmap(lambda i: nn.one_hot(i, 4))(index), jax.nn.one_hot(index, 4))


def test_errors():
    with pytest.raises(ValueError, match="out of bounds"):
        nn.softmax(X, 2)
    with pytest.raises(ValueError, match="must be 'fast' or 'stable', got 'slow'"):
        nn.standardize(X, algorithm="slow")
    with pytest.raises(TypeError, match="num_classes"):
        nn.one_hot(pnp.array([1]), 2.5)
