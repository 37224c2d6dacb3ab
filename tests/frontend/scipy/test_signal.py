"""Convolutions against SciPy's; spectra against JAX's and SciPy's; gradients; compiled."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
import scipy.integrate
import scipy.signal

import pullback as pb
import pullback.numpy as pnp
from pullback.scipy import integrate, signal
from pullback.scipy.window_functions import get_window

RNG = np.random.default_rng(0)
SHAPES = [((7,), (3,)), ((3,), (8,)), ((6,), (4,)), ((5, 6), (2, 3)), ((2, 3), (4, 4)), ((4, 5, 3), (2, 2, 3))]
X = RNG.normal(size=(3, 100)).astype(np.float32)
Y = RNG.normal(size=(3, 90)).astype(np.float32)


def numbers(shape, dtype):
    x = RNG.normal(size=shape).astype(dtype)
    return x + (1j * RNG.normal(size=shape)).astype(dtype) if np.dtype(dtype).kind == "c" else x


def close(got, want, tolerance=3e-5):
    for g, w in zip(got, want, strict=True):
        assert g.shape == w.shape
        np.testing.assert_allclose(g, w, rtol=tolerance, atol=tolerance)


# Convolutions ------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("dtype", ["float32", "complex64"])
@pytest.mark.parametrize("shapes", SHAPES, ids=str)
def test_convolution(shapes, dtype):
    a, b = (numbers(s, dtype) for s in shapes)
    for mode in ("full", "same", "valid"):
        close([signal.convolve(a, b, mode)], [scipy.signal.convolve(a, b, mode, "direct")])
        close([signal.convolve(a, b, mode, "fft")], [scipy.signal.fftconvolve(a, b, mode)])
        close([signal.correlate(a, b, mode)], [scipy.signal.correlate(a, b, mode, "direct")])


@pytest.mark.parametrize("boundary", ["fill", "wrap", "symm"])
@pytest.mark.parametrize("name", ["convolve2d", "correlate2d"])
def test_matrices(name, boundary):
    f, g = getattr(signal, name), getattr(scipy.signal, name)
    for shapes in SHAPES[3:5]:
        a, b = (numbers(s, "float32") for s in shapes)
        for mode in ("full", "same", "valid"):
            close([f(a, b, mode, boundary, 0.5)], [g(a, b, mode, boundary, 0.5)])


def test_correlation_with_a_larger_complex_matrix():
    """By the definition, that is: the first one is not conjugated (SciPy conjugates the smaller one here)."""
    a, b = numbers((2, 3), "complex64"), numbers((4, 4), "complex64")
    expected = [[(a * b[i : i + 2, j : j + 3].conj()).sum() for j in (1, 0)] for i in (2, 1, 0)]
    close([signal.correlate2d(a, b, "valid")], [np.array(expected)])


def test_fftconvolve_over_axes():
    a, b = numbers((4, 5, 3), "float32"), numbers((1, 2, 3), "float32")
    close([signal.fftconvolve(a, b, "same", axes=1)], [scipy.signal.fftconvolve(a, b, "same", axes=1)])
    with pytest.raises(ValueError, match="mapped axes must have same shape"):
        signal.fftconvolve(a, b[:, :, :2], axes=1)


def test_derivatives_of_convolutions():
    a, b = numbers((5, 6), "float32"), numbers((2, 3), "float32")
    for f in (signal.convolve, signal.correlate, signal.fftconvolve):
        pb.test_util.check_grads(lambda x, y, f=f: f(x, y, "same"), (a, b), 1, rtol=2e-2, atol=2e-2)
    assert signal.convolve(np.array([1, 2]), np.array([1, 3])).dtype == np.float32


def test_errors_of_convolutions():
    with pytest.raises(ValueError, match="same number of dimensions"):
        signal.convolve(pnp.ones(3), pnp.ones((2, 2)))
    with pytest.raises(ValueError, match="smaller than the other in every dimension"):
        signal.convolve(pnp.ones((2, 5)), pnp.ones((3, 2)), mode="valid")
    with pytest.raises(ValueError, match="mode must be one of"):
        signal.convolve(pnp.ones(3), pnp.ones(2), mode="foo")
    with pytest.raises(ValueError, match="expected 'auto', 'fft', or 'direct'"):
        signal.convolve(pnp.ones(3), pnp.ones(2), method="foo")
    with pytest.raises(ValueError, match="zero-size"):
        signal.convolve(pnp.ones(0), pnp.ones(2))
    with pytest.raises(ValueError, match="boundary"):
        signal.convolve2d(pnp.ones((2, 2)), pnp.ones((2, 2)), boundary="foo")


# Trends and spectra ------------------------------------------------------------------------------------------------------
WINDOWS = [
    *("boxcar", "hann", "hamming", "blackman", "nuttall", "blackmanharris", "flattop", "bartlett", "triang", "cosine", "bohman"),
    *(("gaussian", 3.0), ("kaiser", 5.0), ("tukey", 0.3), "tukey", 4.0),
]


@pytest.mark.parametrize("window", WINDOWS, ids=str)
def test_windows(window):
    for n in (1, 2, 7, 8):
        np.testing.assert_allclose(get_window(window, n), scipy.signal.get_window(window, n), atol=1e-12)


def test_detrend():
    for options in ({}, {"type": "constant"}, {"bp": [10, 50]}, {"axis": 0}):
        close([signal.detrend(X, **options)], [scipy.signal.detrend(X.astype(np.float64), **options)])
    with pytest.raises(ValueError, match="Trend type"):
        signal.detrend(X, type="foo")
    with pytest.raises(ValueError, match="Breakpoints"):
        signal.detrend(X, bp=[200])
    with pytest.raises(NotImplementedError, match="overwrite_data"):
        signal.detrend(X, overwrite_data=True)


STFT = [
    *({}, {"noverlap": 3}, {"nfft": 64}, {"boundary": None}, {"boundary": "even"}, {"boundary": "odd"}, {"boundary": "constant"}),
    *({"padded": False}, {"detrend": "linear"}, {"return_onesided": False}, {"fs": 10.0, "window": "blackman"}),
]


@pytest.mark.parametrize("options", STFT, ids=str)
def test_stft(options):
    for nperseg in (16, 31):
        expected = scipy.signal.stft(X.astype(np.float64), nperseg=nperseg, **options)
        close(signal.stft(X, nperseg=nperseg, **options), expected)
    close(signal.stft(X.T, nperseg=16, axis=0, **options), scipy.signal.stft(X.T, nperseg=16, axis=0, **options))


def test_istft():
    for options in ({"nperseg": 16}, {"nperseg": 16, "noverlap": 12}, {"nperseg": 15}, {"nperseg": 16, "nfft": 32}):
        z = signal.stft(X, **options)[2]
        samples = signal.istft(z, **options)[1]
        np.testing.assert_allclose(samples[:, :100], X, atol=1e-5)
        np.testing.assert_allclose(samples, scipy.signal.istft(np.asarray(z), **options)[1], atol=1e-5)
    z = signal.stft(X, nperseg=16, return_onesided=False)[2]
    np.testing.assert_allclose(signal.istft(z, nperseg=16, input_onesided=False)[1][:, :100], X, atol=1e-5)
    moved = pnp.transpose(signal.stft(X, nperseg=16)[2], (2, 0, 1))
    times, samples = signal.istft(moved, fs=2.0, nperseg=16, time_axis=0, freq_axis=2)
    np.testing.assert_allclose(samples[:100], X.T, atol=1e-5)
    assert times.shape == samples.shape[:1] and float(times[1]) == 0.5


SPECTRA = [
    *({}, {"noverlap": 3}, {"nfft": 64}, {"detrend": False}, {"detrend": "linear"}, {"scaling": "spectrum"}, {"average": "median"}),
    *({"return_onesided": False}, {"fs": 3.0, "window": "hamming"}),
]


@pytest.mark.parametrize("options", SPECTRA, ids=str)
def test_spectra(options):
    for nperseg in (16, 31):
        close(signal.welch(X, nperseg=nperseg, **options), scipy.signal.welch(X, nperseg=nperseg, **options))
        close(signal.csd(X, Y, nperseg=nperseg, **options), scipy.signal.csd(X, Y, nperseg=nperseg, **options))


def test_transformations_of_spectra():
    def f(x):
        power = signal.welch(x, nperseg=16)[1]
        return power, signal.istft(signal.stft(x, nperseg=16)[2], nperseg=16)[1], signal.detrend(x), signal.fftconvolve(x, x[:, :5])

    for compiled, eager in zip(pb.jit(f)(X), f(X)):
        np.testing.assert_allclose(compiled, eager, atol=2e-5)
    gradient = pb.grad(lambda x: (signal.istft(2 * signal.stft(x, nperseg=16)[2], nperseg=16)[1] ** 2).sum())(X)
    np.testing.assert_allclose(gradient, 8 * X, rtol=1e-3, atol=1e-3)
    total, tangent = pb.jvp(lambda x: signal.welch(x, nperseg=16, scaling="spectrum")[1].sum(), (X,), (X,))
    np.testing.assert_allclose(tangent, 2 * total, rtol=1e-4)
    close([pb.vmap(lambda x: signal.welch(x, nperseg=16)[1])(X)], [np.asarray(signal.welch(X, nperseg=16)[1])])


def test_errors_of_spectra():
    with pytest.raises(ValueError, match="Invalid window name 'foo'"):
        signal.welch(X, window="foo")
    with pytest.raises(ValueError, match="average must be"):
        signal.welch(X, average="foo")
    with pytest.raises(ValueError, match="Unknown scaling"):
        signal.welch(X, scaling="foo")
    with pytest.raises(ValueError, match="noverlap must be less than nperseg"):
        signal.stft(X, nperseg=16, noverlap=16)
    with pytest.raises(ValueError, match="nfft must be"):
        signal.stft(X, nperseg=16, nfft=8)
    with pytest.raises(ValueError, match="Unknown boundary option"):
        signal.stft(X, nperseg=16, boundary="foo")
    with pytest.raises(ValueError, match="Unsupported detrend type"):
        signal.stft(X, nperseg=16, detrend=True)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        assert signal.stft(X, nperseg=256)[0].shape == (51,)
    assert "nperseg=256 is greater" in str(caught[0].message)


def test_trapezoid():
    x = np.sort(RNG.random(100)).astype(np.float32)
    np.testing.assert_allclose(integrate.trapezoid(X, x), scipy.integrate.trapezoid(X, x), rtol=1e-4)
    np.testing.assert_allclose(integrate.trapezoid(X, dx=0.5, axis=0), scipy.integrate.trapezoid(X, dx=0.5, axis=0), rtol=1e-4)
    np.testing.assert_allclose(pb.grad(lambda y: integrate.trapezoid(y, dx=2.0))(X[0, :3]), [1, 2, 1])
