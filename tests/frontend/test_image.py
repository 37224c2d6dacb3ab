"""Resized and moved images against JAX's, with gradients also in scale and translation."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import pullback as pb
import pullback.numpy as pnp
from pullback import image

X = np.random.default_rng(0).normal(size=(7, 5, 3)).astype(np.float32)
METHODS = ("nearest", "linear", "cubic", "lanczos3", "lanczos5", "area", "cubic-pytorch")
SMOOTH = ("linear", "cubic", "lanczos3", "lanczos5", "area")


@pytest.mark.parametrize("antialias", [True, False])
@pytest.mark.parametrize("method", METHODS)
def test_resize(method, antialias):
    for shape in ((9, 5, 3), (4, 9, 1)):
        expected = jax.image.resize(X, shape, method, antialias)
        np.testing.assert_allclose(image.resize(X, shape, method, antialias), expected, atol=3e-6)
    assert image.resize(X, (7, 0, 3), method).shape == (7, 0, 3)
    small, vjp = pb.vjp(lambda x: image.resize(x, (4, 9, 3), method, antialias), X)  # it is linear
    (back,) = vjp(small)
    np.testing.assert_allclose((back * X).sum(), (small * small).sum(), rtol=1e-5)
    np.testing.assert_allclose(pb.jvp(lambda x: image.resize(x, (4, 9, 3), method, antialias), (X,), (X,))[1], small, rtol=1e-6)


@pytest.mark.parametrize("antialias", [True, False])
@pytest.mark.parametrize("method", SMOOTH)
def test_scale_and_translate(method, antialias):
    def f(x, s, t, module):
        return module.scale_and_translate(x, (6, 8, 3), (0, 1), s, t, method, antialias)

    scale, shift = np.array([0.7, 1.6], np.float32), np.array([0.31, -1.2], np.float32)
    expected = f(X, scale, shift, jax.image)
    np.testing.assert_allclose(f(X, scale, shift, image), expected, atol=5e-6)
    if not antialias:
        return
    ours = pb.grad(lambda *v: (f(*v, image) ** 2).sum(), (0, 1, 2))(X, scale, shift)
    wanted = jax.jit(jax.grad(lambda *v: (f(*v, jax.image) ** 2).sum(), (0, 1, 2)))(X, scale, shift)
    for a, b in zip(ours, wanted):
        np.testing.assert_allclose(a, b, rtol=2e-4, atol=5e-4)


def test_compiled_and_batched():
    scale, shift = np.array([0.7, 1.6], np.float32), np.array([0.31, -1.2], np.float32)

    def f(x, s, t):
        return [image.resize(x, (4, 9, 3), m) for m in METHODS] + [
            image.scale_and_translate(x, (6, 8, 3), (0, 1), s, t, m) for m in ("linear", "lanczos3")
        ]

    for a, b in zip(pb.jit(f)(X, scale, shift), f(X, scale, shift)):
        np.testing.assert_allclose(a, b, atol=3e-6)
    batch = np.stack([X, -X])
    np.testing.assert_allclose(
        pb.vmap(lambda x: image.resize(x, (3, 3, 3), "cubic"))(batch)[1], image.resize(-X, (3, 3, 3), "cubic")
    )


@pytest.mark.parametrize("dtype", [np.int32, np.uint8, np.float16, pnp.bfloat16, np.bool_])
def test_dtypes(dtype):
    x = np.abs(X * 10)
    for method in ("nearest", "linear"):
        ours = image.resize(pnp.array(x).astype(dtype), (3, 9, 3), method)
        theirs = jax.image.resize(jnp.array(x).astype(dtype), (3, 9, 3), method)
        assert ours.dtype == theirs.dtype
        np.testing.assert_allclose(np.asarray(ours, np.float32), np.asarray(theirs, np.float32), rtol=2e-2)


def test_method_names():
    for name in ("bilinear", "triangle", "trilinear", "bicubic", "tricubic", "lanczos3", "bicubic-pytorch"):
        assert image.ResizeMethod.from_string(name).name == jax.image.ResizeMethod.from_string(name).name
    assert [(m.name, m.value) for m in image.ResizeMethod] == [(m.name, m.value) for m in jax.image.ResizeMethod]
    np.testing.assert_array_equal(image.resize(X, (4, 4, 3), image.ResizeMethod.CUBIC), image.resize(X, (4, 4, 3), "bicubic"))


def test_errors():
    with pytest.raises(ValueError, match='Unknown resize method "foo"'):
        image.resize(X, (1, 2, 3), "foo")
    with pytest.raises(ValueError, match="shape must have length equal"):
        image.resize(X, (1, 2), "linear")
    with pytest.raises(ValueError, match="Nearest neighbor"):
        image.scale_and_translate(X, X.shape, (0,), pnp.ones(1), pnp.ones(1), "nearest")
    with pytest.raises(ValueError, match=r"scale must have shape \(2,\)"):
        image.scale_and_translate(X, X.shape, (0, 1), pnp.ones(3), pnp.ones(2), "linear")
    with pytest.raises(ValueError, match=r"dimensions \[1\] are not spatial"):
        image.scale_and_translate(X, (7, 6, 3), (0,), pnp.ones(1), pnp.ones(1), "linear")
    with pytest.raises(ValueError, match="is empty"):
        image.resize(pnp.ones((0, 2)), (2, 2), "linear")
