"""`pullback.scipy.fft`: discrete cosine transforms of type 2. Names and signatures follow `jax.scipy.fft`.

A transform of length N is one Fourier transform of length N of the even elements followed by the odd ones backwards.

Reference: Makhoul, A Fast Cosine Transform in One and Two Dimensions (IEEE Transactions on Acoustics, Speech and Signal
Processing, 1980).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .. import dtypes
from .. import numpy as pnp
from ..array import Array
from ..missing import attribute_error as _attribute_error
from ..numpy.util import arrays_of, as_int, as_ints, canonical_axes, canonical_axis

__all__ = ["dct", "dctn", "idct", "idctn"]


def _real(x: Any, name: str, type: int, norm: str | None) -> Array:
    if type != 2:
        raise NotImplementedError(f"{name}: only the transform of type 2 is implemented, got type={type!r}")
    if norm not in (None, "backward", "ortho"):
        raise ValueError(f"{name}: norm must be None, 'backward' or 'ortho', got {norm!r}")
    (x,) = arrays_of(name, x)
    if dtypes.issubdtype(x.dtype, np.complexfloating):
        raise TypeError(f"{name}: x must be real, got {x.dtype.name}")
    return x if dtypes.issubdtype(x.dtype, np.floating) else x.astype(dtypes.canonicalize_dtype(np.float64))


def _resized(x: Array, n: int | None, axis: int, name: str) -> Array:
    """`x` cut or padded with zeros to `n` elements along an axis."""
    if n is None:
        return x
    n = as_int(n, name)
    if n < 1:
        raise ValueError(f"{name}: invalid number of data points ({n}) specified for axis {axis}")
    have = x.shape[axis]
    if n <= have:
        return x[(slice(None),) * axis + (slice(n),)]
    return pnp.pad(x, [(0, n - have if i == axis else 0) for i in range(x.ndim)])


def _scales(n: int, norm: str | None, dtype: Any) -> np.ndarray[Any, Any]:
    """Factors of the coefficients: those of the orthonormal transform, or 1."""
    scale = np.full(n, np.sqrt(1 / (2 * n)) if norm == "ortho" else 1.0)
    if norm == "ortho":
        scale[0] = np.sqrt(1 / (4 * n))
    return scale.astype(dtype)


def _quarter_turns(n: int, sign: int, dtype: Any) -> np.ndarray[Any, Any]:
    phase = np.exp(sign * 0.5j * np.pi * np.arange(n) / n)
    return phase.astype(np.result_type(np.float32 if np.dtype(dtype).itemsize < 4 else dtype, np.complex64))


def _forward(x: Array, norm: str | None) -> Array:
    """Along the last axis."""
    n = x.shape[-1]
    v = pnp.concatenate([x[..., ::2], x[..., 1::2][..., ::-1]], axis=-1)
    out = 2 * pnp.real(pnp.fft.fft(v) * _quarter_turns(n, -1, x.dtype)).astype(x.dtype)
    return out * _scales(n, norm, x.dtype)


def _inverse(y: Array, norm: str | None) -> Array:
    """Along the last axis."""
    n = y.shape[-1]
    y = y / _scales(n, norm, y.dtype)
    backwards = pnp.pad(y[..., :0:-1], [(0, 0)] * (y.ndim - 1) + [(1, 0)])
    spectrum = pnp.fft.ifft((y - 1j * backwards) * _quarter_turns(n, 1, y.dtype))
    v = pnp.real(spectrum).astype(y.dtype) / 2
    half = (n + 1) // 2
    even, odd = v[..., :half], v[..., half:][..., ::-1]
    if n % 2:
        odd = pnp.pad(odd, [(0, 0)] * (y.ndim - 1) + [(0, 1)])
    return pnp.stack([even, odd], axis=-1).reshape(*y.shape[:-1], 2 * half)[..., :n]


def _along(transform: Any, x: Array, axis: int, norm: str | None) -> Array:
    return pnp.moveaxis(transform(pnp.moveaxis(x, axis, -1), norm), -1, axis)


def dct(x: Any, type: int = 2, n: int | None = None, axis: int = -1, norm: str | None = None) -> Array:
    """Discrete cosine transform: :math:`y_k = 2 \\sum_j x_j \\cos(\\pi k (2 j + 1) / (2 N))`.

    Args:
      x: real array.
      type: 2.
      n: length of the transform; `x` is cut or padded with zeros.
      axis: which axis.
      norm: "ortho" for the orthonormal transform.

    Returns:
      Array of the dtype of `x`.

    Raises:
      NotImplementedError: another type.
      TypeError: `x` is complex.

    Reference: Makhoul (1980), see above; SciPy documentation, scipy.fft.dct.

    >>> from pullback import numpy as pnp, scipy
    >>> print(scipy.fft.dct(pnp.array([1.0, 1.0, 1.0, 1.0])).round(4) + 0.0)
    [8. 0. 0. 0.]
    """
    x = _real(x, "dct", type, norm)
    axis = canonical_axis(axis, x.ndim)
    return _along(_forward, _resized(x, n, axis, "dct"), axis, norm)


def idct(x: Any, type: int = 2, n: int | None = None, axis: int = -1, norm: str | None = None) -> Array:
    """The inverse of `dct` with the same arguments.

    Args:
      x, type, n, axis, norm: as for `dct`.

    Raises:
      NotImplementedError: another type.
      TypeError: `x` is complex.

    Reference: Makhoul (1980), see above; SciPy documentation, scipy.fft.idct.

    >>> from pullback import numpy as pnp, scipy
    >>> print(scipy.fft.idct(scipy.fft.dct(pnp.array([1.0, 2.0, 4.0]))).round(4))
    [1. 2. 4.]
    """
    x = _real(x, "idct", type, norm)
    axis = canonical_axis(axis, x.ndim)
    return _along(_inverse, _resized(x, n, axis, "idct"), axis, norm)


def _over_axes(
    transform: Any, x: Any, type: int, s: Sequence[int] | None, axes: Sequence[int] | None, norm: Any, name: str
) -> Array:
    x = _real(x, name, type, norm)
    sizes = None if s is None else as_ints(s, name)
    if axes is None:
        axes = range(x.ndim) if sizes is None else range(x.ndim - len(sizes), x.ndim)
    axes = canonical_axes(tuple(axes), x.ndim)
    if sizes is not None and len(sizes) != len(axes):
        raise ValueError(f"{name}: s of length {len(sizes)} and axes of length {len(axes)} must have the same length")
    for i, axis in enumerate(axes):
        x = _along(transform, _resized(x, None if sizes is None else sizes[i], axis, name), axis, norm)
    return x


def dctn(
    x: Any, type: int = 2, s: Sequence[int] | None = None, axes: Sequence[int] | None = None, norm: str | None = None
) -> Array:
    """`dct` along several axes.

    Args:
      x, type, norm: as for `dct`.
      s: lengths of the transformed axes.
      axes: which; by default all, or the last ``len(s)``.

    Raises:
      NotImplementedError: another type.
      TypeError: `x` is complex.
      ValueError: `s` and `axes` have different lengths.

    Reference: SciPy documentation, scipy.fft.dctn.

    >>> from pullback import numpy as pnp, scipy
    >>> print(scipy.fft.dctn(pnp.array([[1.0, 1.0], [1.0, 1.0]])).round(4) + 0.0)
    [[16.  0.]
     [ 0.  0.]]
    """
    return _over_axes(_forward, x, type, s, axes, norm, "dctn")


def idctn(
    x: Any, type: int = 2, s: Sequence[int] | None = None, axes: Sequence[int] | None = None, norm: str | None = None
) -> Array:
    """The inverse of `dctn` with the same arguments.

    Args:
      x, type, s, axes, norm: as for `dctn`.

    Raises:
      NotImplementedError: another type.
      TypeError: `x` is complex.
      ValueError: `s` and `axes` have different lengths.

    Reference: SciPy documentation, scipy.fft.idctn.

    >>> from pullback import numpy as pnp, scipy
    >>> print(scipy.fft.idctn(scipy.fft.dctn(pnp.array([[1.0, 2.0], [3.0, 4.0]]))).round(4))
    [[1. 2.]
     [3. 4.]]
    """
    return _over_axes(_inverse, x, type, s, axes, norm, "idctn")


def __getattr__(name: str) -> None:
    raise _attribute_error(__name__, name, __all__)
