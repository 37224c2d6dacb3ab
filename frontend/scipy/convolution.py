"""Convolutions and correlations of arrays of any number of dimensions: what `pullback.scipy.signal` has of them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from .. import lax
from .. import numpy as pnp
from ..array import Array
from ..lax.util import canonical_axes, cast
from ..numpy.util import broadcast_shapes, broadcast_to, promote_dtypes, to_inexact

_MODES = ("full", "same", "valid")


def _inexact_pair(fname: str, in1: Any, in2: Any) -> tuple[Array, Array]:
    from ..numpy.util import check_arraylike

    check_arraylike(fname, in1, in2)
    x, y = promote_dtypes(in1, in2)
    dtype = to_inexact(x.dtype)
    return cast(x, dtype), cast(y, dtype)


def _check_mode(mode: str) -> None:
    if mode not in _MODES:
        raise ValueError(f"mode must be one of {list(_MODES)}, got {mode!r}")


def _ordered(fname: str, x: Array, y: Array, mode: str, axes: Sequence[int]) -> bool:
    """For mode "valid", whether the second array is the larger one."""
    if mode != "valid":
        return False
    first = all(x.shape[i] >= y.shape[i] for i in axes)
    second = all(y.shape[i] >= x.shape[i] for i in axes)
    if not (first or second):
        raise ValueError(f"{fname}: One input must be smaller than the other in every dimension, got {x.shape} and {y.shape}.")
    return not first


def _crop(full: Array, x: tuple[int, ...], y: tuple[int, ...], mode: str, axes: Sequence[int]) -> Array:
    """The part of a full convolution that a mode asks for."""
    if mode == "full":
        return full
    for i in axes:
        size = x[i] if mode == "same" else abs(x[i] - y[i]) + 1
        start = (full.shape[i] - size) // 2
        full = lax.slice_in_dim(full, start, start + size, axis=i)
    return full


def _direct(x: Array, y: Array, pads: Sequence[tuple[int, int]]) -> Array:
    """Convolution of `x`, padded with zeros, with `y`, at the places where they overlap fully."""
    kernel = lax.rev(y, tuple(range(y.ndim)))
    out = lax.conv_general_dilated(
        lax.expand_dims(x, (0, 1)), lax.expand_dims(kernel, (0, 1)), window_strides=(1,) * x.ndim, padding=list(pads)
    )
    return lax.squeeze(out, (0, 1))


def _convolve(fname: str, x: Array, y: Array, mode: str) -> Array:
    if x.ndim != y.ndim:
        raise ValueError(f"{fname}: in1 and in2 must have the same number of dimensions, got {x.shape} and {y.shape}")
    _check_mode(mode)
    if math.prod(x.shape) == 0 or math.prod(y.shape) == 0:
        raise ValueError(f"zero-size arrays not supported in convolutions, got shapes {x.shape} and {y.shape}.")
    if x.ndim == 0:
        return lax.mul(x, y)
    axes = range(x.ndim)
    if _ordered(fname, x, y, mode, axes):
        x, y = y, x
    if mode == "valid":
        return _direct(x, y, [(0, 0)] * x.ndim)
    if math.prod(x.shape) < math.prod(y.shape):  # the smaller one is the kernel
        full = _direct(y, x, [(n - 1, n - 1) for n in x.shape])
    else:
        full = _direct(x, y, [(n - 1, n - 1) for n in y.shape])
    return _crop(full, x.shape, y.shape, mode, axes)


def convolve(in1: Any, in2: Any, mode: str = "full", method: str = "auto", precision: Any = None) -> Array:
    """Convolution of two arrays of equally many dimensions.

    Args:
      in1, in2: arrays; integers become floats.
      mode: "full" (all places where they overlap), "same" (the middle, of the size of `in1`), "valid" (full overlap).
      method: "direct", "auto" (the same), or "fft".
      precision: accepted for JAX's sake.

    Raises:
      ValueError: another mode or method, an empty array, different numbers of dimensions; in mode "valid", neither array is at
        least as large as the other in every dimension.

    Reference: SciPy, scipy.signal.convolve.

    >>> from pullback.scipy import signal
    >>> import pullback.numpy as pnp
    >>> signal.convolve(pnp.array([1.0, 2.0, 3.0]), pnp.array([0.0, 1.0, 0.5]), mode="same")
    Array([1. , 2.5, 4. ], dtype=float32)
    """
    if method not in ("auto", "direct", "fft"):
        raise ValueError(f"Got method={method!r}; expected 'auto', 'fft', or 'direct'.")
    if method == "fft":
        return fftconvolve(in1, in2, mode)
    return _convolve("convolve", *_inexact_pair("convolve", in1, in2), mode)


def _reversed_conjugate(y: Array) -> Array:
    y = lax.rev(y, tuple(range(y.ndim)))
    return lax.conj(y) if y.dtype.kind == "c" else y


def correlate(in1: Any, in2: Any, mode: str = "full", method: str = "auto", precision: Any = None) -> Array:
    """Cross-correlation of two arrays of equally many dimensions; the second one is conjugated.

    Args:
      in1, in2: arrays; integers become floats.
      mode, method: as for `convolve`.
      precision: accepted for JAX's sake.

    Reference: SciPy, scipy.signal.correlate.

    >>> from pullback.scipy import signal
    >>> import pullback.numpy as pnp
    >>> signal.correlate(pnp.array([1.0, 2.0, 3.0]), pnp.array([0.0, 1.0, 0.5]))
    Array([0.5, 2. , 3.5, 3. , 0. ], dtype=float32)
    """
    x, y = _inexact_pair("correlate", in1, in2)
    return convolve(x, _reversed_conjugate(y), mode, method)


_BOUNDARIES = {"fill": "constant", "wrap": "wrap", "symm": "symmetric"}


def _with_boundary(fname: str, x: Array, y: Array, mode: str, boundary: str, fillvalue: Any) -> Array:
    if x.ndim != 2 or y.ndim != 2:
        raise ValueError(f"{fname}() only supports 2-dimensional inputs, got shapes {x.shape} and {y.shape}")
    if boundary not in _BOUNDARIES:
        raise ValueError(f"{fname}: boundary must be 'fill', 'wrap' or 'symm', got {boundary!r}")
    plain = boundary == "fill" and isinstance(fillvalue, (int, float)) and fillvalue == 0
    if plain or mode == "valid" or math.prod(x.shape) == 0 or math.prod(y.shape) == 0:
        return _convolve(fname, x, y, mode)
    _check_mode(mode)
    options = {"constant_values": fillvalue} if boundary == "fill" else {}
    wide = pnp.pad(x, [(n - 1, n - 1) for n in y.shape], mode=_BOUNDARIES[boundary], **options)
    return _crop(_direct(wide, y, [(0, 0)] * 2), x.shape, y.shape, mode, (0, 1))


def convolve2d(in1: Any, in2: Any, mode: str = "full", boundary: str = "fill", fillvalue: Any = 0, precision: Any = None) -> Array:
    """Convolution of two matrices.

    Args:
      in1, in2: matrices; integers become floats.
      mode: as for `convolve`.
      boundary: how `in1` goes on beyond its edges: "fill" (with `fillvalue`), "wrap" (periodically), "symm" (mirrored).
      fillvalue: the value beyond the edges.
      precision: accepted for JAX's sake.

    Raises:
      ValueError: the arrays are no matrices; another mode or boundary.

    Reference: SciPy, scipy.signal.convolve2d.

    >>> from pullback.scipy import signal
    >>> import pullback.numpy as pnp
    >>> signal.convolve2d(pnp.array([[1.0, 2.0], [3.0, 4.0]]), pnp.ones((1, 2)), mode="same", boundary="wrap")
    Array([[3., 3.],
           [7., 7.]], dtype=float32)
    """
    x, y = _inexact_pair("convolve2d", in1, in2)
    return _with_boundary("convolve2d", x, y, mode, boundary, fillvalue)


def correlate2d(in1: Any, in2: Any, mode: str = "full", boundary: str = "fill", fillvalue: Any = 0, precision: Any = None) -> Array:
    """Cross-correlation of two matrices; the second one is conjugated.

    Args:
      in1, in2: matrices; integers become floats.
      mode, boundary, fillvalue: as for `convolve2d`.
      precision: accepted for JAX's sake.

    Reference: SciPy, scipy.signal.correlate2d.

    >>> from pullback.scipy import signal
    >>> import pullback.numpy as pnp
    >>> signal.correlate2d(pnp.array([[1.0, 2.0], [3.0, 4.0]]), pnp.array([[1.0, 0.0]]), mode="valid")
    Array([[1.],
           [3.]], dtype=float32)
    """
    x, y = _inexact_pair("correlate2d", in1, in2)
    if x.ndim == y.ndim == 2 and _ordered("correlate2d", x, y, mode, (0, 1)):
        # the smaller matrix slides over the larger one, and the result is turned back
        return _reversed_conjugate(_with_boundary("correlate2d", y, _reversed_conjugate(x), mode, boundary, fillvalue))
    if mode == "same" and x.ndim == y.ndim == 2:
        # the middle is that of the unreversed kernel, which for even sizes is one further on
        _check_mode(mode)
        full = _with_boundary("correlate2d", x, _reversed_conjugate(y), "full", boundary, fillvalue)
        for i in range(2):
            start = y.shape[i] // 2
            full = lax.slice_in_dim(full, start, start + x.shape[i], axis=i)
        return full
    return _with_boundary("correlate2d", x, _reversed_conjugate(y), mode, boundary, fillvalue)


def fftconvolve(in1: Any, in2: Any, mode: str = "full", axes: Any = None) -> Array:
    """Convolution of two arrays by Fourier transforms, which is faster for large kernels.

    Args:
      in1, in2: arrays of equally many dimensions; integers become floats.
      mode: as for `convolve`.
      axes: the axes to convolve over, by default all; the other dimensions must agree.

    Raises:
      ValueError: another mode; the shapes do not fit.

    Reference: SciPy, scipy.signal.fftconvolve.

    >>> from pullback.scipy import signal
    >>> import pullback.numpy as pnp
    >>> signal.fftconvolve(pnp.array([1.0, 2.0, 3.0]), pnp.array([1.0, 1.0])).round(4)
    Array([1., 3., 5., 3.], dtype=float32)
    """
    x, y = _inexact_pair("fftconvolve", in1, in2)
    if x.ndim != y.ndim:
        raise ValueError(f"fftconvolve: in1 and in2 must have the same number of dimensions, got {x.shape} and {y.shape}")
    _check_mode(mode)
    over = tuple(range(x.ndim)) if axes is None else canonical_axes(axes, x.ndim, "axes")
    rest = [i for i in range(x.ndim) if i not in over]
    if any(x.shape[i] != y.shape[i] and 1 not in (x.shape[i], y.shape[i]) for i in rest):
        raise ValueError(f"mapped axes must have same shape; got in1.shape={x.shape} in2.shape={y.shape} axes={over}")
    if math.prod(x.shape) == 0 or math.prod(y.shape) == 0:
        raise ValueError(f"zero-size arrays not supported in convolutions, got shapes {x.shape} and {y.shape}.")
    if not over:
        return x * y
    if _ordered("fftconvolve", x, y, mode, over):
        x, y = y, x
    lead = broadcast_shapes(*(tuple(1 if i in over else d for i, d in enumerate(v.shape)) for v in (x, y)))
    x, y = (broadcast_to(v, tuple(d if i in over else lead[i] for i, d in enumerate(v.shape))) for v in (x, y))
    sizes = [x.shape[i] + y.shape[i] - 1 for i in over]
    if x.dtype.kind == "c":
        product = pnp.fft.fftn(x, sizes, over) * pnp.fft.fftn(y, sizes, over)
        full = pnp.fft.ifftn(product, sizes, over)
    else:
        product = pnp.fft.rfftn(x, sizes, over) * pnp.fft.rfftn(y, sizes, over)
        full = pnp.fft.irfftn(product, sizes, over)
    return _crop(cast(full, x.dtype), x.shape, y.shape, mode, over)
