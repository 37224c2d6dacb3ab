"""Fourier transforms against NumPy; derivatives against finite differences."""

from __future__ import annotations

import numpy as np
import pytest

import pullback
import pullback.numpy as pnp

RNG = np.random.default_rng(0)
X = RNG.normal(size=(3, 4, 6)).astype(np.float32)
C = (X + 1j * RNG.normal(size=X.shape)).astype(np.complex64)


def check(name, x, *args, **kwargs):
    actual, expected = getattr(pnp.fft, name)(x, *args, **kwargs), getattr(np.fft, name)(x, *args, **kwargs)
    assert actual.shape == expected.shape
    assert actual.dtype == {"c": np.complex64, "f": np.float32}[expected.dtype.kind]
    np.testing.assert_allclose(actual, expected, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("norm", [None, "backward", "ortho", "forward"])
@pytest.mark.parametrize("name", ["fft", "ifft", "irfft", "hfft", "rfft", "ihfft"])
def test_one_axis(name, norm):
    x = X if name in ("rfft", "ihfft") else C
    for n in (None, 3, 6, 9):
        check(name, x, n, norm=norm)
        check(name, x, n, 0, norm)
    if name in ("fft", "ifft", "irfft"):
        check(name, X, norm=norm)


@pytest.mark.parametrize("name", ["fft2", "ifft2", "irfft2", "rfft2", "fftn", "ifftn", "irfftn", "rfftn"])
def test_several_axes(name):
    x = X if name.startswith("rfft") else C
    check(name, x)
    check(name, x, (5, 4), (0, 2), "ortho")
    check(name, x, axes=(2, 1), norm="forward")


def test_more_than_three_axes():
    x = RNG.normal(size=(2, 3, 2, 3, 4)).astype(np.float32)
    for name in ("fftn", "rfftn", "ifftn", "irfftn"):
        check(name, x)


def test_integers_and_order():
    check("fft", np.arange(4))
    check("rfft", np.array([True, False, True]))
    for n in (1, 4, 5):
        np.testing.assert_allclose(pnp.fft.fftfreq(n, 0.5), np.fft.fftfreq(n, 0.5))
        np.testing.assert_allclose(pnp.fft.rfftfreq(n), np.fft.rfftfreq(n))
    for axes in (None, 1, (0, 2)):
        np.testing.assert_array_equal(pnp.fft.fftshift(X, axes), np.fft.fftshift(X, axes))
        np.testing.assert_array_equal(pnp.fft.ifftshift(X, axes), np.fft.ifftshift(X, axes))


def test_derivatives():
    x = X[0, :2]
    for f in (lambda x: pnp.abs(pnp.fft.rfft(x)) ** 2, lambda x: pnp.fft.irfft(x, 5), lambda x: pnp.fft.fft2(x, norm="ortho").imag):
        pullback.test_util.check_grads(f, (x,), order=2)


def test_compiled():
    def f(x, c):
        return pnp.fft.rfft(x), pnp.fft.ifft2(c).real, pnp.fft.irfft(c, norm="ortho"), abs(pnp.fft.fft(c, 5, 0))

    for a, b in zip(pullback.jit(f)(X, C), f(pnp.asarray(X), pnp.asarray(C))):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-4)
    mapped = pullback.vmap(pnp.fft.fftn)(C)
    np.testing.assert_allclose(mapped, np.fft.fftn(C, axes=(1, 2)), rtol=1e-4, atol=1e-4)


def test_errors():
    with pytest.raises(ValueError, match="real"):
        pnp.fft.rfft(C)
    with pytest.raises(ValueError, match="norm"):
        pnp.fft.fft(X, norm="other")
    with pytest.raises(ValueError, match="positive"):
        pnp.fft.fft(X, 0)
    with pytest.raises(ValueError, match="repeated"):
        pnp.fft.fftn(X, axes=(0, 0))
    with pytest.raises(ValueError, match="out of range"):
        pnp.fft.fft(X, axis=3)
