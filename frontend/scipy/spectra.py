"""Short-time Fourier transforms and power spectra by Welch's method, and `detrend`: parts of `pullback.scipy.signal`."""

from __future__ import annotations

import itertools
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from .. import lax
from .. import numpy as pnp
from ..array import Array
from ..lax.util import as_int, canonical_axis, cast
from ..numpy.util import arrays_of, as_array, broadcast_shapes, broadcast_to, is_arraylike, promote_args_inexact, promote_dtypes
from .window_functions import get_window


# Trends ------------------------------------------------------------------------------------------------------------------
def _without_trend(x: Array, kind: str) -> Array:
    """Removes the best constant or line along the last axis: a projection onto the complement of an orthonormal basis."""
    n = x.shape[-1]
    if kind == "constant" or n < 2:
        return x - pnp.mean(x, -1, keepdims=True)
    columns = np.stack([np.ones(n), np.arange(n) - (n - 1) / 2], 1)
    basis = as_array((columns / np.linalg.norm(columns, axis=0)).astype(_real(x.dtype)))
    basis = cast(basis, x.dtype)
    contract = (((x.ndim - 1,), (0,)), ((), ()))
    coefficients = lax.dot_general(x, basis, contract)
    return x - lax.dot_general(coefficients, basis, (((x.ndim - 1,), (1,)), ((), ())))


def _real(dtype: np.dtype[Any]) -> np.dtype[Any]:
    return np.dtype(f"f{dtype.itemsize // 2}") if dtype.kind == "c" else dtype


def detrend(data: Any, axis: int = -1, type: str = "linear", bp: Any = 0, overwrite_data: None = None) -> Array:
    """Data less the line, or the constant, that fits them best along an axis.

    Args:
      data: array; integers become floats.
      axis: the axis.
      type: "linear" or "constant".
      bp: positions at which a new line begins.
      overwrite_data: must be None.

    Raises:
      ValueError: another type, or a position outside of the axis. NotImplementedError: `overwrite_data` is given.

    Reference: SciPy, scipy.signal.detrend.

    >>> from pullback.scipy import signal
    >>> import pullback.numpy as pnp
    >>> signal.detrend(pnp.array([1.0, 4.0, 8.0, 8.0, 9.0])).round(3) + 0.0
    Array([-1.,  0.,  2.,  0., -1.], dtype=float32)
    """
    if overwrite_data is not None:
        raise NotImplementedError("detrend: overwrite_data is not supported, since arrays are immutable")
    if type not in ("linear", "constant"):
        raise ValueError("Trend type must be 'linear' or 'constant'.")
    (x,) = promote_args_inexact("detrend", data)
    axis = canonical_axis(axis, x.ndim)
    n = x.shape[axis]
    if type == "constant":
        return x - pnp.mean(x, axis, keepdims=True)
    breaks = np.sort(np.unique(np.concatenate([[0, n], np.atleast_1d(np.asarray(bp))]))).astype(int)
    if breaks[0] < 0 or breaks[-1] > n:
        raise ValueError("Breakpoints must be non-negative and less than length of data along given axis.")
    moved = pnp.moveaxis(x, axis, -1)
    parts = [
        _without_trend(lax.slice_in_dim(moved, int(first), int(last), axis=-1), "linear")
        for first, last in itertools.pairwise(breaks)
    ]
    return pnp.moveaxis(pnp.concatenate(parts, -1), -1, axis)


# Segments ----------------------------------------------------------------------------------------------------------------
def _segments(x: Array, length: int, step: int) -> Array:
    """Overlapping pieces of the last axis: array [..., pieces, length]."""
    count = (x.shape[-1] - length) // step + 1
    if step == length:
        return lax.reshape(lax.slice_in_dim(x, 0, count * length, axis=-1), (*x.shape[:-1], count, length))
    positions = np.arange(count, dtype=np.int32)[:, None] * step + np.arange(length, dtype=np.int32)
    return pnp.take(x, positions, -1, mode="clip")


def _overlap_add(pieces: Array, step: int) -> Array:
    """The sum of pieces [..., pieces, length] that begin `step` apart: blocks of that size, shifted against each other."""
    *lead, count, length = pieces.shape
    blocks = -(-length // step)
    zero = np.zeros((), pieces.dtype)
    none = [(0, 0, 0)] * len(lead)
    padded = lax.pad(pieces, zero, [*none, (0, 0, 0), (0, blocks * step - length, 0)])
    split = lax.reshape(padded, (*lead, count, blocks, step))
    total: Any = 0
    for i in range(blocks):
        block = lax.index_in_dim(split, i, -2, False)
        total = lax.pad(block, zero, [*none, (i, blocks - 1 - i, 0), (0, 0, 0)]) + total
    flat = lax.reshape(total, (*lead, (count + blocks - 1) * step))
    return lax.slice_in_dim(flat, 0, (count - 1) * step + length, axis=-1)


def _plan(fname: str, window: Any, nperseg: Any, noverlap: Any, nfft: Any, size: int | None) -> tuple[Any, int, int, int]:
    """The window, the length of segments, their overlap, the length of the transforms."""
    if is_arraylike(window) and not isinstance(window, (int, float)):
        (win,) = arrays_of(fname, window)
        if win.ndim != 1:
            raise ValueError(f"{fname}: window must be 1-D, got shape {win.shape}")
        if size is not None and win.shape[0] > size:
            raise ValueError(f"{fname}: window is longer than input signal: {win.shape[0]} and {size}")
        if nperseg is not None and as_int(nperseg, "nperseg") != win.shape[0]:
            raise ValueError("value specified for nperseg is different from length of window")
        length: int = win.shape[0]
        values: Any = win
    else:
        length = 256 if nperseg is None else as_int(nperseg, "nperseg")
        if length < 1:
            raise ValueError("nperseg must be a positive integer")
        if size is not None and length > size:
            if nperseg is not None:
                warnings.warn(f"nperseg={length} is greater than the input's length {size}, using nperseg={size}", stacklevel=4)
            length = size
        values = get_window(window, length)
    points = length if nfft is None else as_int(nfft, "nfft")
    if points < length:
        raise ValueError("nfft must be greater than or equal to nperseg.")
    overlap = length // 2 if noverlap is None else as_int(noverlap, "noverlap")
    if not 0 <= overlap < length:
        raise ValueError("noverlap must be less than nperseg.")
    return values, length, overlap, points


def _trend_remover(detrend_type: Any) -> Callable[[Array], Array]:
    if detrend_type is False or detrend_type is None:
        return lambda x: x
    if callable(detrend_type):
        return detrend_type
    if detrend_type in ("constant", "linear"):
        return lambda x: _without_trend(x, detrend_type)
    raise ValueError(f"Unsupported detrend type: {detrend_type}; it must be False, 'constant', 'linear' or a function")


def _transform(x: Array, win: Any, length: int, overlap: int, points: int, remove: Any, onesided: bool) -> Array:
    """Fourier transforms of the segments of the last axis: array [..., frequencies, segments]."""
    pieces = remove(_segments(x, length, length - overlap)) * cast(as_array(win), _real(x.dtype))
    spectrum = pnp.fft.rfft(pieces, points) if onesided else pnp.fft.fft(pieces, points)
    return pnp.swapaxes(spectrum, -1, -2)


def _frequencies(points: int, fs: Any, onesided: bool, dtype: np.dtype[Any]) -> Array:
    grid = np.fft.rfftfreq(points) if onesided else np.fft.fftfreq(points)
    return as_array(grid.astype(dtype)) * fs


_EXTENSIONS: dict[Any, dict[str, Any]] = {
    "zeros": {"mode": "constant"},
    "even": {"mode": "reflect"},
    "odd": {"mode": "reflect", "reflect_type": "odd"},
    "constant": {"mode": "edge"},
}


# Transforms --------------------------------------------------------------------------------------------------------------
def stft(
    x: Any,
    fs: Any = 1.0,
    window: Any = "hann",
    nperseg: int = 256,
    noverlap: int | None = None,
    nfft: int | None = None,
    detrend: Any = False,
    return_onesided: bool = True,
    boundary: str | None = "zeros",
    padded: bool = True,
    axis: int = -1,
) -> tuple[Array, Array, Array]:
    """Short-time Fourier transform: Fourier transforms of overlapping segments.

    Args:
      x: array of samples; integers become floats.
      fs: sampling frequency.
      window: name of a window, tuple (name, parameter), or array.
      nperseg: length of a segment.
      noverlap: how far segments overlap; half of their length by default.
      nfft: length of the Fourier transforms, at least `nperseg`.
      detrend: False, "constant", "linear", or a function of the segments.
      return_onesided: for real samples, only the frequencies that are not negative.
      boundary: how the samples go on at both ends: "zeros", "even", "odd", "constant", or None.
      padded: append zeros so that all samples are in a segment.
      axis: the axis of the samples.

    Returns:
      ``(frequencies, times, transforms)``; the transforms have the frequencies in place of the samples, and the times last.

    Raises:
      ValueError: an unknown window or boundary; lengths that do not fit.

    Reference: SciPy, scipy.signal.stft.

    >>> from pullback.scipy import signal
    >>> import pullback.numpy as pnp
    >>> f, t, z = signal.stft(pnp.arange(8.0), nperseg=4)
    >>> print(f.shape, t.shape, z.shape)
    (3,) (5,) (3, 5)
    """
    (a,) = promote_args_inexact("stft", x)
    axis = canonical_axis(axis, a.ndim)
    win, length, overlap, points = _plan("stft", window, nperseg, noverlap, nfft, a.shape[axis])
    if boundary is not None and boundary not in _EXTENSIONS:
        raise ValueError(f"Unknown boundary option {boundary!r}, must be one of: {[*_EXTENSIONS, None]}")
    remove = _trend_remover(detrend)
    moved = pnp.moveaxis(a, axis, -1)
    none = [(0, 0)] * (a.ndim - 1)
    if boundary is not None:
        moved = pnp.pad(moved, [*none, (length // 2, length // 2)], **_EXTENSIONS[boundary])
    if padded:
        moved = pnp.pad(moved, [*none, (0, -(moved.shape[-1] - length) % (length - overlap) % length)])
    onesided = return_onesided and a.dtype.kind != "c"
    result = _transform(moved, win, length, overlap, points, remove, onesided) / pnp.sum(cast(as_array(win), _real(a.dtype)))
    start = 0.0 if boundary is not None else length / 2
    times = (start + np.arange(result.shape[-1]) * (length - overlap)).astype(_real(a.dtype))
    frequencies = _frequencies(points, fs, onesided, _real(a.dtype))
    return frequencies, as_array(times) / fs, pnp.moveaxis(result, -2, axis)


def istft(
    Zxx: Any,
    fs: Any = 1.0,
    window: Any = "hann",
    nperseg: int | None = None,
    noverlap: int | None = None,
    nfft: int | None = None,
    input_onesided: bool = True,
    boundary: bool = True,
    time_axis: int = -1,
    freq_axis: int = -2,
) -> tuple[Array, Array]:
    """The samples of a short-time Fourier transform.

    Args:
      Zxx: array of at least two dimensions, such as `stft` gives.
      fs: sampling frequency.
      window, nperseg, noverlap, nfft: those that `stft` was called with.
      input_onesided: whether only the frequencies that are not negative are given.
      boundary: whether `stft` extended the samples at both ends.
      time_axis, freq_axis: the axes of segments and frequencies.

    Returns:
      ``(times, samples)``.

    Raises:
      ValueError: fewer than two dimensions; lengths that do not fit.

    Reference: SciPy, scipy.signal.istft.

    >>> from pullback.scipy import signal
    >>> import pullback.numpy as pnp
    >>> f, t, z = signal.stft(pnp.arange(8.0), nperseg=4)
    >>> signal.istft(z, nperseg=4)[1].round(3) + 0.0
    Array([0., 1., 2., 3., 4., 5., 6., 7.], dtype=float32)
    """
    (z,) = promote_args_inexact("istft", Zxx)
    if z.ndim < 2:
        raise ValueError("Input stft must be at least 2d!")
    times, frequencies = canonical_axis(time_axis, z.ndim), canonical_axis(freq_axis, z.ndim)
    if times == frequencies:
        raise ValueError("Must specify differing time and frequency axes!")
    if z.dtype.kind != "c":
        z = cast(z, np.dtype(np.complex128 if z.dtype.itemsize == 8 else np.complex64))
    z = pnp.moveaxis(z, (frequencies, times), (-1, -2))
    default = 2 * (z.shape[-1] - 1) if input_onesided else z.shape[-1]
    length = default if nperseg is None else as_int(nperseg, "nperseg")
    if nfft is None:
        nfft = length if input_onesided and length == default + 1 else default
    win, length, overlap, points = _plan("istft", window, length, noverlap, nfft, None)
    real = _real(z.dtype)
    win = cast(as_array(win), real)
    pieces = pnp.fft.irfft(z, points) if input_onesided else pnp.fft.ifft(z, points)
    pieces = lax.slice_in_dim(pieces, 0, length, axis=-1)
    samples = _overlap_add(pieces * win * pnp.sum(win), length - overlap)
    weights = _overlap_add(broadcast_to(win * win, (z.shape[-2], length)), length - overlap)
    if boundary:
        edge = length // 2
        samples, weights = (lax.slice_in_dim(v, edge, v.shape[-1] - edge, axis=-1) for v in (samples, weights))
    samples = samples / pnp.where(weights > 1e-10, weights, 1.0)
    grid = as_array(np.arange(samples.shape[-1]).astype(real)) / fs
    return grid, pnp.moveaxis(samples, -1, times - (frequencies < times))


# Spectra -----------------------------------------------------------------------------------------------------------------
def _median_bias(n: int) -> float:
    """What the median of `n` exponentially distributed numbers is expected to be, in units of their mean."""
    even = 2.0 * np.arange(1, (n - 1) // 2 + 1)
    return float(1 + np.sum(1 / (even + 1) - 1 / even))


def csd(
    x: Any,
    y: Any,
    fs: Any = 1.0,
    window: Any = "hann",
    nperseg: int | None = None,
    noverlap: int | None = None,
    nfft: int | None = None,
    detrend: Any = "constant",
    return_onesided: bool = True,
    scaling: str = "density",
    axis: int = -1,
    average: str = "mean",
) -> tuple[Array, Array]:
    """Cross power spectral density of two signals by Welch's method.

    Args:
      x, y: arrays of samples; None for `y` means `x`, and a real result. The shorter one is padded with zeros.
      fs: sampling frequency.
      window: name of a window, tuple (name, parameter), or array.
      nperseg: length of a segment; 256 by default.
      noverlap: how far segments overlap; half of their length by default.
      nfft: length of the Fourier transforms.
      detrend: False, "constant", "linear", or a function of the segments.
      return_onesided: for real samples, only the frequencies that are not negative, with both directions' power.
      scaling: "density" (power per frequency) or "spectrum" (power).
      axis: the axis of the samples.
      average: "mean" or "median" of the segments.

    Returns:
      ``(frequencies, densities)``.

    Raises:
      ValueError: another scaling or average; an unknown window; lengths that do not fit.

    Reference: SciPy, scipy.signal.csd; The use of fast Fourier transform for the estimation of power spectra (Welch 1967).

    >>> from pullback.scipy import signal
    >>> import pullback.numpy as pnp
    >>> f, p = signal.csd(pnp.arange(8.0), pnp.ones(8), nperseg=4)
    >>> print(f.shape, p.shape, p.dtype)
    (3,) (3,) complex64
    """
    return _csd("csd", x, y, fs, window, nperseg, noverlap, nfft, detrend, return_onesided, scaling, axis, average)


def _csd(
    fname: str,
    x: Any,
    y: Any,
    fs: Any,
    window: Any,
    nperseg: Any,
    noverlap: Any,
    nfft: Any,
    detrend: Any,
    return_onesided: bool,
    scaling: str,
    axis: int,
    average: str,
) -> tuple[Array, Array]:
    if scaling not in ("density", "spectrum"):
        raise ValueError(f"Unknown scaling: {scaling}; it must be 'density' or 'spectrum'")
    if average not in ("mean", "median"):
        raise ValueError(f'average must be "median" or "mean", got {average}')
    arrays = promote_dtypes(*_inexact_each(fname, *([x] if y is None else [x, y])))
    moved = [pnp.moveaxis(a, canonical_axis(axis, a.ndim), -1) for a in arrays]
    size = max(a.shape[-1] for a in moved)
    lead = broadcast_shapes(*(a.shape[:-1] for a in moved))
    moved = [
        broadcast_to(pnp.pad(a, [(0, 0)] * (a.ndim - 1) + [(0, size - a.shape[-1])]), (*lead, size)) if y is not None else a
        for a in moved
    ]
    win, length, overlap, points = _plan(fname, window, nperseg, noverlap, nfft, size)
    remove = _trend_remover(detrend)
    dtype = moved[0].dtype
    onesided = return_onesided and dtype.kind != "c"
    transforms = [_transform(a, win, length, overlap, points, remove, onesided) for a in moved]
    weights = cast(as_array(win), _real(dtype))
    scale = 1 / (fs * pnp.sum(weights * weights)) if scaling == "density" else 1 / pnp.square(pnp.sum(weights))
    if y is None:
        power = pnp.square(pnp.real(transforms[0])) + pnp.square(pnp.imag(transforms[0]))
    else:
        power = pnp.conj(transforms[0]) * transforms[1]
    power = power * scale
    if onesided:  # what the negative frequencies have; 0 and the highest one of an even number have no counterpart
        factor = np.full((points // 2 + 1, 1), 2.0, _real(dtype))
        factor[0] = 1
        if points % 2 == 0:
            factor[-1] = 1
        power = power * as_array(factor)
    count = power.shape[-1]
    if average == "mean":
        power = pnp.mean(power, -1)
    elif y is None:
        power = pnp.median(power, -1) / _median_bias(count)
    else:
        power = lax.complex(pnp.median(pnp.real(power), -1), pnp.median(pnp.imag(power), -1)) / _median_bias(count)
    return _frequencies(points, fs, onesided, _real(dtype)), pnp.moveaxis(power, -1, axis)


def _inexact_each(fname: str, *xs: Any) -> list[Array]:
    """Arguments as inexact arrays; their shapes stay as they are."""
    return [promote_args_inexact(fname, x)[0] for x in xs]


def welch(
    x: Any,
    fs: Any = 1.0,
    window: Any = "hann",
    nperseg: int | None = None,
    noverlap: int | None = None,
    nfft: int | None = None,
    detrend: Any = "constant",
    return_onesided: bool = True,
    scaling: str = "density",
    axis: int = -1,
    average: str = "mean",
) -> tuple[Array, Array]:
    """Power spectral density of a signal by Welch's method: the average over overlapping segments.

    Args:
      x: array of samples; integers become floats.
      fs, window, nperseg, noverlap, nfft, detrend, return_onesided, scaling, axis, average: as for `csd`.

    Returns:
      ``(frequencies, densities)``.

    Raises:
      ValueError: as for `csd`.

    Reference: The use of fast Fourier transform for the estimation of power spectra (Welch 1967).

    >>> from pullback.scipy import signal
    >>> import pullback.numpy as pnp
    >>> f, p = signal.welch(pnp.sin(pnp.arange(64.0)), nperseg=16)
    >>> print(int(p.argmax()), p.shape)
    3 (9,)
    """
    return _csd("welch", x, None, fs, window, nperseg, noverlap, nfft, detrend, return_onesided, scaling, axis, average)
