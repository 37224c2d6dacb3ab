"""Initializers: values equal JAX's for the same key in the original layout; variances; errors."""

from __future__ import annotations

import jax
import numpy as np
import pytest

import pullback as pb
from pullback import nn, random

I, J = nn.initializers, jax.nn.initializers
KEY = random.key(3)


def theirs(init, *args):
    with jax.threefry_partitionable(False):
        return np.asarray(init(jax.random.PRNGKey(3), *args))


def test_names():
    assert {n for n in dir(J) if not n.startswith("_")} == set(I.__all__)


@pytest.mark.parametrize("name", [n for n in I.__all__ if n[0] in "ghklx"] + ["normal", "uniform", "truncated_normal"])
def test_agrees_with_jax(name):
    np.testing.assert_allclose(getattr(I, name)()(KEY, (3, 4, 5)), theirs(getattr(J, name)(), (3, 4, 5)), rtol=5e-6, atol=1e-7)


@pytest.mark.parametrize("distribution", ["normal", "truncated_normal", "uniform"])
@pytest.mark.parametrize("dtype", ["float32", "float16", "complex64"])
def test_variance_scaling(distribution, dtype):
    for mode in ("fan_in", "fan_out", "fan_avg", "fan_geo_avg"):
        options = {"in_axis": (0, 1), "out_axis": 2, "batch_axis": 3}
        ours = I.variance_scaling(2.0, mode, distribution, **options)(KEY, (3, 4, 5, 2), dtype)
        expected = theirs(J.variance_scaling(2.0, mode, distribution, **options), (3, 4, 5, 2), dtype)
        assert ours.dtype == expected.dtype
        tolerance = 2e-3 if dtype == "float16" else 5e-6
        np.testing.assert_allclose(ours, expected, rtol=tolerance, atol=tolerance)


def test_moments():
    for init, variance in ((I.he_normal(), 2 / 200), (I.lecun_uniform(), 1 / 200), (I.glorot_normal(), 1 / 150)):
        x = np.asarray(init(KEY, (200, 100)))
        assert abs(x.mean()) < 0.003 and x.var() == pytest.approx(variance, rel=0.03)


def test_constants():
    assert I.zeros(KEY, (2,), np.int32).tolist() == [0, 0] and I.ones(KEY, (2,)).dtype == np.float32
    assert I.constant(np.array([1.0, 2.0]))(KEY, (2, 2)).tolist() == [[1, 2], [1, 2]]


@pytest.mark.parametrize(("shape", "axis"), [((5, 3), -1), ((3, 5), -1), ((2, 3, 4), -1), ((2, 3, 4), 1)])
def test_orthogonal(shape, axis):
    ours = np.asarray(I.orthogonal(2.0, axis)(KEY, shape))
    np.testing.assert_allclose(ours, theirs(J.orthogonal(2.0, axis), shape), rtol=1e-4, atol=1e-5)
    columns = np.moveaxis(ours, axis, -1).reshape(-1, shape[axis]) / 2
    gram = columns.T @ columns if columns.shape[0] >= columns.shape[1] else columns @ columns.T
    np.testing.assert_allclose(gram, np.eye(len(gram)), atol=1e-5)


@pytest.mark.parametrize("shape", [(3, 2, 4), (3, 3, 4, 4), (2, 3, 4, 2, 3)])
def test_delta_orthogonal(shape):
    np.testing.assert_allclose(I.delta_orthogonal()(KEY, shape), theirs(J.delta_orthogonal(), shape), rtol=1e-4, atol=1e-5)


def test_compiled():
    init = I.glorot_uniform()
    np.testing.assert_allclose(pb.jit(lambda k: init(k, (4, 3)))(KEY), init(KEY, (4, 3)), rtol=1e-6)


def test_errors():
    with pytest.raises(ValueError, match="invalid mode"):
        I.variance_scaling(1.0, "fan", "normal")
    with pytest.raises(ValueError, match="invalid distribution"):
        I.variance_scaling(1.0, "fan_in", "cauchy")
    with pytest.raises(ValueError, match="at least two dimensions"):
        I.he_normal()(KEY, (3,))
    with pytest.raises(ValueError, match="floating or complex dtype"):
        I.he_normal()(KEY, (3, 3), np.int32)
    with pytest.raises(ValueError, match="at least a 2D shape"):
        I.orthogonal()(KEY, (3,))
    with pytest.raises(ValueError, match=r"shape\[-1\] >= shape\[-2\]"):
        I.delta_orthogonal()(KEY, (3, 3, 5, 4))
