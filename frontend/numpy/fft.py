"""`pullback.numpy.fft`: Fourier transforms. Names follow `jax.numpy.fft`.

The op computes the unscaled forward transforms, and inverse ones that divide by the size; the norms are multiplied in.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Sequence
from typing import Any

import numpy as np

from pullback.dialects import types as T

from .. import dtypes, lax
from ..array import Array
from ..missing import attribute_error as _attribute_error
from .manipulation import moveaxis, roll
from .util import arrays_of, as_array, as_int, as_ints, canonical_axes, canonical_axis, cast

__all__ = [
    "fft",
    "fft2",
    "fftfreq",
    "fftn",
    "fftshift",
    "hfft",
    "ifft",
    "ifft2",
    "ifftn",
    "ifftshift",
    "ihfft",
    "irfft",
    "irfft2",
    "irfftn",
    "rfft",
    "rfft2",
    "rfftfreq",
    "rfftn",
]

_NORMS = ("backward", "ortho", "forward")


def _input(fname: str, a: Any, real: bool) -> Array:
    """The argument as an array of a dtype that is transformed: f32 or f64 if `real`, else c64 or c128."""
    (x,) = arrays_of(fname, a)
    if x.dtype.kind == "c":
        if real:
            raise ValueError(f"{fname} only supports real inputs, got {x.dtype.name}")
        return x
    wide = dtypes.promote((x.dtype, False), (np.dtype(np.float32), False))[0]
    x = cast(x, wide)
    return x if real else cast(x, T.np_dtype(T.complex_of(x.aval.dtype)))


def _fit(x: Array, n: int, axis: int) -> Array:
    """Cuts the axis, or pads it with zeros, to a length."""
    size = x.shape[axis]
    if n < size:
        return lax.slice_in_dim(x, 0, n, axis=axis)
    if n > size:
        return lax.pad(x, np.zeros((), x.dtype), [(0, n - size, 0) if i == axis else (0, 0, 0) for i in range(x.ndim)])
    return x


def _scale(x: Array, kind: str, size: int, norm: str | None) -> Array:
    if norm is None or norm == "backward":
        return x
    if norm not in _NORMS:
        raise ValueError(f"Invalid norm value {norm!r}; should be 'backward', 'ortho' or 'forward'.")
    inverse = kind in ("ifft", "irfft")
    if norm == "ortho":
        factor = math.sqrt(size) if inverse else 1 / math.sqrt(size)
    else:
        factor = float(size) if inverse else 1 / size
    return lax.mul(x, np.asarray(factor, x.dtype))


def _transform(fname: str, kind: str, a: Any, s: Any, axes: Any, norm: str | None, default: Sequence[int] | None = None) -> Array:
    """A transform over several axes. `s`: their lengths (of the result for "irfft"); the real ones halve the last axis."""
    x = _input(fname, a, kind == "rfft")
    if axes is None:
        if default is not None:
            axes = default
        else:
            axes = range(x.ndim) if s is None else range(x.ndim - len(s), x.ndim)
    given = tuple(operator.index(i) for i in axes)
    if any(not -x.ndim <= i < x.ndim for i in given):
        raise ValueError(f"{fname} axes {given} are out of range for an array of shape {x.shape}")
    positions = [i % x.ndim for i in given]
    if len(set(positions)) != len(positions):
        raise ValueError(f"{fname} does not support repeated axes. Got axes {list(given)}.")
    if s is not None and len(s) != len(positions):
        raise ValueError(f"{fname}: shape and axes must have the same length, got {s} and {given}")
    if not positions:
        if kind in ("rfft", "irfft"):
            raise ValueError(f"{fname} needs at least one axis")
        return x
    lengths = [x.shape[i] for i in positions]
    if s is not None:
        lengths = [n if m is None or (isinstance(m, int) and m == -1) else as_int(m, "s") for m, n in zip(s, lengths)]
    if kind == "irfft" and (s is None or s[-1] is None or s[-1] == -1):
        lengths[-1] = 2 * (x.shape[positions[-1]] - 1)
    if any(n < 1 for n in lengths):
        raise ValueError(
            f"{fname}: lengths of the transformed axes must be positive, got {lengths} for an array of shape {x.shape}"
        )
    for axis, n in zip(positions, lengths):
        x = _fit(x, n // 2 + 1 if kind == "irfft" and axis == positions[-1] else n, axis)
    end = tuple(range(x.ndim - len(positions), x.ndim))
    x = moveaxis(x, tuple(positions), end)
    x = _over_last_axes(x, kind, lengths)
    return _scale(moveaxis(x, end, tuple(positions)), kind, math.prod(lengths), norm)


def _over_last_axes(x: Array, kind: str, lengths: list[int]) -> Array:
    """At most three axes go into one op; more are transformed one after the other."""
    if len(lengths) <= 3:
        return lax.fft(x, kind, tuple(lengths))
    head, last = lengths[:-1], lengths[-1:]
    complex_kind = {"rfft": "fft", "irfft": "ifft"}.get(kind, kind)
    if kind == "irfft":
        x = _over_leading(x, complex_kind, head)
        return lax.fft(x, kind, tuple(last))
    return _over_leading(lax.fft(x, kind, tuple(last)), complex_kind, head)


def _over_leading(x: Array, kind: str, head: list[int]) -> Array:
    x = moveaxis(x, -1, -1 - len(head))
    return moveaxis(_over_last_axes(x, kind, head), -1 - len(head), -1)


def _one(fname: str, kind: str, a: Any, n: Any, axis: int, norm: str | None) -> Array:
    if isinstance(axis, (tuple, list)):
        raise ValueError(f"{fname} does not support multiple axes. Please use {fname}n. Got axis = {axis!r}.")
    return _transform(fname, kind, a, None if n is None else (as_int(n, "n"),), (axis,), norm)


def fft(a: Any, n: int | None = None, axis: int = -1, norm: str | None = None) -> Array:
    """Discrete Fourier transform along an axis.

    Args:
      a: array.
      n: length; the axis is cut or padded with zeros to it.
      axis: the axis.
      norm: "backward" (the default: no factor), "ortho" (1/sqrt(n)) or "forward" (1/n).

    Reference: NumPy, numpy.fft.fft.

    >>> import pullback.numpy as pnp
    >>> pnp.fft.fft(pnp.array([1.0, 0.0, 0.0, 0.0]))
    Array([1.+0.j, 1.+0.j, 1.+0.j, 1.+0.j], dtype=complex64)
    """
    return _one("fft", "fft", a, n, axis, norm)


def ifft(a: Any, n: int | None = None, axis: int = -1, norm: str | None = None) -> Array:
    """Inverse of `fft`, with the same arguments.

    Args:
      a: array.
      n: size along the axis, to cut or to pad with zeros to.
      axis: integer.
      norm: "backward", "ortho" or "forward".

    Reference: NumPy, numpy.fft.ifft.

    >>> import pullback.numpy as pnp
    >>> pnp.fft.ifft(pnp.array([4.0, 0.0, 0.0, 0.0]))
    Array([1.+0.j, 1.+0.j, 1.+0.j, 1.+0.j], dtype=complex64)
    """
    return _one("ifft", "ifft", a, n, axis, norm)


def rfft(a: Any, n: int | None = None, axis: int = -1, norm: str | None = None) -> Array:
    """`fft` of real numbers: the first ``n // 2 + 1`` elements, which determine the others.

    Args:
      a: real array.
      n: size along the axis, to cut or to pad with zeros to.
      axis: integer.
      norm: "backward", "ortho" or "forward".

    Reference: NumPy, numpy.fft.rfft.

    >>> import pullback.numpy as pnp
    >>> pnp.fft.rfft(pnp.array([1.0, 0.0, 0.0, 0.0]))
    Array([1.+0.j, 1.+0.j, 1.+0.j], dtype=complex64)
    """
    return _one("rfft", "rfft", a, n, axis, norm)


def irfft(a: Any, n: int | None = None, axis: int = -1, norm: str | None = None) -> Array:
    """Inverse of `rfft`; `n` is the length of the result.

    Args:
      a: array, the first half of a Hermitian spectrum.
      n: size of the result along the axis; 2 (m - 1) by default.
      axis: integer.
      norm: "backward", "ortho" or "forward".

    Reference: NumPy, numpy.fft.irfft.

    >>> import pullback.numpy as pnp
    >>> pnp.fft.irfft(pnp.array([4.0, 0.0, 0.0]))
    Array([1., 1., 1., 1.], dtype=float32)
    """
    return _one("irfft", "irfft", a, n, axis, norm)


def fft2(a: Any, s: Any = None, axes: Any = (-2, -1), norm: str | None = None) -> Array:
    """`fftn` over two axes.

    Args:
      a: array.
      s: sizes along the axes, to cut or to pad with zeros to.
      axes: two integers.
      norm: "backward", "ortho" or "forward".

    Reference: NumPy, numpy.fft.fft2.

    >>> import pullback.numpy as pnp
    >>> pnp.fft.fft2(pnp.ones((2, 2)))
    Array([[4.+0.j, 0.+0.j],
           [0.+0.j, 0.+0.j]], dtype=complex64)
    """
    return _two("fft2", "fft", a, s, axes, norm)


def ifft2(a: Any, s: Any = None, axes: Any = (-2, -1), norm: str | None = None) -> Array:
    """`ifftn` over two axes.

    Args:
      a: array.
      s: sizes along the axes, to cut or to pad with zeros to.
      axes: two integers.
      norm: "backward", "ortho" or "forward".

    Reference: NumPy, numpy.fft.ifft2.

    >>> import pullback.numpy as pnp
    >>> pnp.fft.ifft2(pnp.array([[4.0, 0.0], [0.0, 0.0]]))
    Array([[1.+0.j, 1.+0.j],
           [1.+0.j, 1.+0.j]], dtype=complex64)
    """
    return _two("ifft2", "ifft", a, s, axes, norm)


def rfft2(a: Any, s: Any = None, axes: Any = (-2, -1), norm: str | None = None) -> Array:
    """`rfftn` over two axes.

    Args:
      a: real array.
      s: sizes along the axes, to cut or to pad with zeros to.
      axes: two integers.
      norm: "backward", "ortho" or "forward".

    Reference: NumPy, numpy.fft.rfft2.

    >>> import pullback.numpy as pnp
    >>> pnp.fft.rfft2(pnp.ones((2, 2)))
    Array([[4.+0.j, 0.+0.j],
           [0.+0.j, 0.+0.j]], dtype=complex64)
    """
    return _two("rfft2", "rfft", a, s, axes, norm)


def irfft2(a: Any, s: Any = None, axes: Any = (-2, -1), norm: str | None = None) -> Array:
    """`irfftn` over two axes.

    Args:
      a: array, half of a Hermitian spectrum.
      s: sizes of the result along the axes.
      axes: two integers.
      norm: "backward", "ortho" or "forward".

    Reference: NumPy, numpy.fft.irfft2.

    >>> import pullback.numpy as pnp
    >>> pnp.fft.irfft2(pnp.array([[4.0, 0.0], [0.0, 0.0]]))
    Array([[1., 1.],
           [1., 1.]], dtype=float32)
    """
    return _two("irfft2", "irfft", a, s, axes, norm)


def _two(fname: str, kind: str, a: Any, s: Any, axes: Any, norm: str | None) -> Array:
    if len(axes) != 2:
        raise ValueError(f"{fname} only supports 2 axes. Got axes = {axes}.")
    return _transform(fname, kind, a, s, axes, norm)


def fftn(a: Any, s: Any = None, axes: Any = None, norm: str | None = None) -> Array:
    """Discrete Fourier transform over several axes.

    Args:
      a: array.
      s: lengths of the axes; they are cut or padded with zeros to them.
      axes: the axes; by default the last ``len(s)``, or all.
      norm: "backward" (the default: no factor), "ortho" or "forward".

    Reference: NumPy, numpy.fft.fftn.

    >>> import pullback.numpy as pnp
    >>> pnp.fft.fftn(pnp.ones((2, 2)))
    Array([[4.+0.j, 0.+0.j],
           [0.+0.j, 0.+0.j]], dtype=complex64)
    """
    return _transform("fftn", "fft", a, s, axes, norm)


def ifftn(a: Any, s: Any = None, axes: Any = None, norm: str | None = None) -> Array:
    """Inverse of `fftn`, with the same arguments.

    Args:
      a: array.
      s: sizes along the axes, to cut or to pad with zeros to.
      axes: integers; by default all axes.
      norm: "backward", "ortho" or "forward".

    Reference: NumPy, numpy.fft.ifftn.

    >>> import pullback.numpy as pnp
    >>> pnp.fft.ifftn(pnp.array([[4.0, 0.0], [0.0, 0.0]]))
    Array([[1.+0.j, 1.+0.j],
           [1.+0.j, 1.+0.j]], dtype=complex64)
    """
    return _transform("ifftn", "ifft", a, s, axes, norm)


def rfftn(a: Any, s: Any = None, axes: Any = None, norm: str | None = None) -> Array:
    """`fftn` of real numbers, which halves the last of the axes.

    Args:
      a: real array.
      s: sizes along the axes, to cut or to pad with zeros to.
      axes: integers; by default all axes.
      norm: "backward", "ortho" or "forward".

    Reference: NumPy, numpy.fft.rfftn.

    >>> import pullback.numpy as pnp
    >>> pnp.fft.rfftn(pnp.ones((2, 2)))
    Array([[4.+0.j, 0.+0.j],
           [0.+0.j, 0.+0.j]], dtype=complex64)
    """
    return _transform("rfftn", "rfft", a, s, axes, norm)


def irfftn(a: Any, s: Any = None, axes: Any = None, norm: str | None = None) -> Array:
    """Inverse of `rfftn`; `s` are the lengths of the result.

    Args:
      a: array, half of a Hermitian spectrum.
      s: sizes of the result along the axes.
      axes: integers; by default all axes.
      norm: "backward", "ortho" or "forward".

    Reference: NumPy, numpy.fft.irfftn.

    >>> import pullback.numpy as pnp
    >>> pnp.fft.irfftn(pnp.array([[4.0, 0.0], [0.0, 0.0]]))
    Array([[1., 1.],
           [1., 1.]], dtype=float32)
    """
    return _transform("irfftn", "irfft", a, s, axes, norm)


def hfft(a: Any, n: int | None = None, axis: int = -1, norm: str | None = None) -> Array:
    """`fft` of a signal whose second half is the conjugate of the first, which is given.

    Args:
      a: array, the first half of a Hermitian signal.
      n: size of the result along the axis.
      axis: integer.
      norm: "backward", "ortho" or "forward".

    Reference: NumPy, numpy.fft.hfft.

    >>> import pullback.numpy as pnp
    >>> pnp.fft.hfft(pnp.array([1.0, 0.0, 0.0]))
    Array([1., 1., 1., 1.], dtype=float32)
    """
    x = _input("hfft", a, False)
    swapped = {None: "forward", "backward": "forward", "forward": "backward"}.get(norm, norm)
    return irfft(lax.conj(x), n, axis, swapped)


def ihfft(a: Any, n: int | None = None, axis: int = -1, norm: str | None = None) -> Array:
    """Inverse of `hfft`.

    Args:
      a: real array.
      n: size along the axis, to cut or to pad with zeros to.
      axis: integer.
      norm: "backward", "ortho" or "forward".

    Reference: NumPy, numpy.fft.ihfft.

    >>> import pullback.numpy as pnp
    >>> pnp.fft.ihfft(pnp.array([4.0, 0.0, 0.0, 0.0]))
    Array([1.-0.j, 1.-0.j, 1.-0.j], dtype=complex64)
    """
    swapped = {None: "forward", "backward": "forward", "forward": "backward"}.get(norm, norm)
    return lax.conj(rfft(_input("ihfft", a, True), n, axis, swapped))


# Frequencies and order -------------------------------------------------------------------------------------------------------
def _frequencies(values: np.ndarray[Any, Any], n: int, d: Any, dtype: Any) -> Array:
    wanted = dtypes.requested_dtype(float if dtype is None else dtype, "fftfreq")
    if isinstance(d, Array):
        from . import divide

        return cast(divide(divide(as_array(values.astype(wanted)), d), n), wanted)
    return as_array((values / (d * n)).astype(wanted))


def fftfreq(n: int, d: Any = 1.0, *, dtype: Any = None, device: Any = None) -> Array:
    """Frequencies of the elements of `fft`, for `n` samples at distance `d`.

    Args:
      n: number of points.
      d: distance of the samples.
      dtype: floating dtype of the result.
      device: where to put the array.

    Reference: NumPy, numpy.fft.fftfreq.

    >>> import pullback.numpy as pnp
    >>> pnp.fft.fftfreq(4)
    Array([ 0.  ,  0.25, -0.5 , -0.25], dtype=float32)
    """
    n = as_int(n, "n")
    return _frequencies(np.concatenate([np.arange((n + 1) // 2), np.arange(-(n // 2), 0)]), n, d, dtype)


def rfftfreq(n: int, d: Any = 1.0, *, dtype: Any = None, device: Any = None) -> Array:
    """Frequencies of the elements of `rfft`, for `n` samples at distance `d`.

    Args:
      n: number of points.
      d: distance of the samples.
      dtype: floating dtype of the result.
      device: where to put the array.

    Reference: NumPy, numpy.fft.rfftfreq.

    >>> import pullback.numpy as pnp
    >>> pnp.fft.rfftfreq(4)
    Array([0.  , 0.25, 0.5 ], dtype=float32)
    """
    n = as_int(n, "n")
    return _frequencies(np.arange(n // 2 + 1), n, d, dtype)


def _shifted(fname: str, x: Any, axes: Any, back: bool) -> Array:
    (v,) = arrays_of(fname, x)
    if axes is None:
        chosen: tuple[int, ...] = tuple(range(v.ndim))
    elif isinstance(axes, (int, np.integer)):
        chosen = (canonical_axis(axes, v.ndim),)
    else:
        chosen = canonical_axes(as_ints(axes, "axes"), v.ndim)
    return roll(v, [-(v.shape[i] // 2) if back else v.shape[i] // 2 for i in chosen], chosen) if chosen else v


def fftshift(x: Any, axes: Any = None) -> Array:
    """Moves the zero frequency to the middle of the axes (all by default).

    Args:
      x: array.
      axes: integer or tuple of integers; by default all axes.

    Reference: NumPy, numpy.fft.fftshift.

    >>> import pullback.numpy as pnp
    >>> pnp.fft.fftshift(pnp.array([0, 1, 2, -2, -1]))
    Array([-2, -1,  0,  1,  2], dtype=int32)
    """
    return _shifted("fftshift", x, axes, False)


def ifftshift(x: Any, axes: Any = None) -> Array:
    """Inverse of `fftshift`.

    Args:
      x: array.
      axes: integer or tuple of integers; by default all axes.

    Reference: NumPy, numpy.fft.ifftshift.

    >>> import pullback.numpy as pnp
    >>> pnp.fft.ifftshift(pnp.array([-2, -1, 0, 1, 2]))
    Array([ 0,  1,  2, -2, -1], dtype=int32)
    """
    return _shifted("ifftshift", x, axes, True)


def __getattr__(name: str) -> None:
    raise _attribute_error(__name__, name, __all__)
