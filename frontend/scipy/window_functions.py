"""Windows by name, as NumPy arrays: what the spectra of `pullback.scipy.signal` weigh their segments with."""

from __future__ import annotations

from typing import Any

import numpy as np

# Coefficients of sums of cosines
_COSINES = {
    "boxcar": (1.0,),
    "hann": (0.5, 0.5),
    "hamming": (0.54, 0.46),
    "blackman": (0.42, 0.5, 0.08),
    "nuttall": (0.3635819, 0.4891775, 0.1365995, 0.0106411),
    "blackmanharris": (0.35875, 0.48829, 0.14128, 0.01168),
    "flattop": (0.21557895, 0.41663158, 0.277263158, 0.083578947, 0.006947368),
}
_ALIASES = {
    **{"box": "boxcar", "ones": "boxcar", "rect": "boxcar", "rectangular": "boxcar"},
    **{"hanning": "hann", "han": "hann", "ham": "hamming", "black": "blackman", "blk": "blackman"},
    **{"nutt": "nuttall", "nut": "nuttall", "blackharr": "blackmanharris", "bkh": "blackmanharris"},
    **{"flat": "flattop", "flt": "flattop", "bart": "bartlett", "brt": "bartlett", "triangle": "triang", "tri": "triang"},
    **{"halfcosine": "cosine", "bman": "bohman", "bmn": "bohman", "tuk": "tukey", "gauss": "gaussian", "gss": "gaussian"},
    **{"ksr": "kaiser"},
}


def _symmetric(name: str, parameters: tuple[Any, ...], n: int) -> np.ndarray[Any, Any] | None:
    """A window of `n` points that is symmetric; None for an unknown name or a wrong number of parameters."""
    k = np.arange(n, dtype=np.float64)
    x = np.linspace(-1.0, 1.0, n)
    if name in _COSINES and not parameters:
        angle = 2 * np.pi * k / (n - 1)
        return sum((-1) ** i * a * np.cos(i * angle) for i, a in enumerate(_COSINES[name]))
    if name == "bartlett" and not parameters:
        return 1 - np.abs(x)
    if name == "triang" and not parameters:
        return 1 - np.abs(2 * k - (n - 1)) / (n + n % 2)
    if name == "cosine" and not parameters:
        return np.sin(np.pi / n * (k + 0.5))
    if name == "bohman" and not parameters:
        distance = np.abs(x)
        inside = (1 - distance) * np.cos(np.pi * distance) + np.sin(np.pi * distance) / np.pi
        return np.where(distance < 1, inside, 0.0)
    if name == "gaussian" and len(parameters) == 1:
        return np.exp(-0.5 * ((k - (n - 1) / 2) / parameters[0]) ** 2)
    if name == "kaiser" and len(parameters) == 1:
        return np.i0(parameters[0] * np.sqrt(1 - x**2)) / np.i0(parameters[0])
    if name == "tukey" and len(parameters) <= 1:
        alpha = parameters[0] if parameters else 0.5
        if alpha <= 0:
            return np.ones(n)
        edge = np.minimum(np.minimum(k, n - 1 - k) / (alpha * (n - 1) / 2), 1.0)
        return 0.5 * (1 - np.cos(np.pi * edge))
    return None


def get_window(window: Any, n: int) -> np.ndarray[Any, Any]:
    """A periodic window of `n` points.

    Args:
      window: its name; a tuple (name, parameter); or the parameter of a Kaiser window.
      n: number of points.

    Raises:
      ValueError: an unknown name.

    Reference: SciPy, scipy.signal.get_window.

    >>> from pullback.scipy.window_functions import get_window
    >>> print(get_window("hann", 4))
    [0.  0.5 1.  0.5]
    """
    if isinstance(window, (int, float)):
        window = ("kaiser", float(window))
    name, *parameters = (window,) if isinstance(window, str) else tuple(window)
    if not isinstance(name, str):
        raise ValueError(f"the window must be a name, a tuple (name, parameter) or an array, got {window!r}")
    if n == 1:
        return np.ones(1)
    values = _symmetric(_ALIASES.get(name, name), tuple(parameters), n + 1)
    if values is None:
        names = sorted({*_COSINES, "bartlett", "triang", "cosine", "bohman", "gaussian", "kaiser", "tukey"})
        raise ValueError(
            f"Invalid window name {name!r} in parameter window={window!r}; there are {', '.join(names)} (gaussian and kaiser "
            f"with a parameter: ('kaiser', 4.0)), or pass an array"
        )
    return values[:n]
