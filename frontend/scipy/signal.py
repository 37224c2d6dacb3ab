"""`pullback.scipy.signal`: convolutions, trends, short-time Fourier transforms, power spectra. Names follow `jax.scipy.signal`.

>>> import pullback.numpy as pnp
>>> from pullback.scipy import signal
>>> signal.detrend(pnp.array([1.0, 2.0, 3.0]), type="constant")
Array([-1.,  0.,  1.], dtype=float32)
"""

from ..missing import attribute_error as _attribute_error
from .convolution import convolve, convolve2d, correlate, correlate2d, fftconvolve
from .spectra import csd, detrend, istft, stft, welch

__all__ = ["convolve", "convolve2d", "correlate", "correlate2d", "csd", "detrend", "fftconvolve", "istft", "stft", "welch"]


def __getattr__(name: str) -> None:
    raise _attribute_error(__name__, name, __all__)
