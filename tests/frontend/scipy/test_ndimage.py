"""Interpolated arrays against JAX's and SciPy's, with gradients in values and coordinates."""

from __future__ import annotations

import jax
import jax.scipy.ndimage
import numpy as np
import pytest
import scipy.ndimage

import pullback as pb
import pullback.numpy as pnp
from pullback.scipy import ndimage

RNG = np.random.default_rng(0)
X = RNG.normal(size=(5, 4)).astype(np.float32)
POINTS = [RNG.uniform(-7, 12, size=(3, 6)).astype(np.float32) for _ in range(2)]
MODES = ("constant", "nearest", "wrap", "mirror", "reflect")


@pytest.mark.parametrize("order", [0, 1])
@pytest.mark.parametrize("mode", MODES)
def test_agrees_with_jax(mode, order):
    def f(x, c):
        return ndimage.map_coordinates(x, c, order, mode, 2.5)

    def g(x, c):
        return jax.scipy.ndimage.map_coordinates(x, c, order, mode, 2.5)

    np.testing.assert_allclose(f(X, POINTS), g(X, POINTS), rtol=1e-5, atol=1e-5)
    whole = (10 * X).astype(np.int32)
    assert f(whole, POINTS).dtype == np.int32
    np.testing.assert_array_equal(f(whole, POINTS), g(whole, POINTS))
    ours = pb.tree.leaves(pb.grad(lambda x, c: (f(x, c) ** 2).sum(), (0, 1))(X, POINTS))
    theirs = jax.tree.leaves(jax.grad(lambda x, c: (g(x, c) ** 2).sum(), (0, 1))(X, POINTS))
    for a, b in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-4)


def test_agrees_with_scipy_inside():
    inside = [RNG.uniform(0, n - 1, size=20) for n in X.shape]
    for order in (0, 1):
        expected = scipy.ndimage.map_coordinates(X, inside, order=order)
        np.testing.assert_allclose(ndimage.map_coordinates(X, inside, order), expected, rtol=1e-4, atol=1e-5)


def test_transformations():
    def f(x, c):
        return [ndimage.map_coordinates(x, c, 1, mode) for mode in MODES]

    for compiled, eager in zip(pb.jit(f)(X, POINTS), f(X, POINTS)):
        np.testing.assert_allclose(compiled, eager, rtol=1e-5, atol=1e-5)
    batched = pb.vmap(lambda x: ndimage.map_coordinates(x, POINTS, 1, "reflect"))(np.stack([X, -X]))
    np.testing.assert_allclose(batched[1], -batched[0], rtol=1e-6)


def test_errors():
    with pytest.raises(NotImplementedError, match="order must be 0 or 1, got 3"):
        ndimage.map_coordinates(X, POINTS, 3)
    with pytest.raises(NotImplementedError, match="does not support mode 'grid-wrap'"):
        ndimage.map_coordinates(X, POINTS, 1, "grid-wrap")
    with pytest.raises(ValueError, match=r"length input\.ndim, but 1 != 2"):
        ndimage.map_coordinates(X, POINTS[:1], 1)
    assert ndimage.map_coordinates(X, [pnp.array(1.0), pnp.array(2.0)], 1).shape == ()
