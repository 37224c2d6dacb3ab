"""Images resized, scaled and moved: `pullback.image`. Names and values follow `jax.image`.

Each dimension of the image is multiplied by a matrix of weights, of which each row has the weights of the input pixels for one
output pixel. For `resize` those matrices are constants.

>>> from pullback import image, numpy as pnp
>>> image.resize(pnp.array([0.0, 1.0]), (4,), "linear")
Array([0.  , 0.25, 0.75, 1.  ], dtype=float32)
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from . import dtypes, lax
from . import numpy as pnp
from .array import Array
from .lax.util import canonical_axes, cast
from .missing import attribute_error as _attribute_error
from .numpy.util import arrays_of, canonical_shape, default_float

__all__ = ["ResizeMethod", "resize", "scale_and_translate"]


class ResizeMethod(enum.Enum):
    """How pixels of a resized image are computed from those of the original.

    `NEAREST` takes the nearest pixel; `LINEAR`, `CUBIC` (Keys' kernel with a = -0.5), `LANCZOS3` and `LANCZOS5` weigh neighbours;
    `AREA` averages over the pixel's area; `CUBIC_PYTORCH` is PyTorch's bicubic interpolation, which without antialiasing has
    a = -0.75 and repeats the pixels at the edges.

    Reference: JAX documentation, jax.image.ResizeMethod.

    >>> from pullback import image
    >>> image.ResizeMethod.from_string("bilinear")
    <ResizeMethod.LINEAR: 1>
    """

    NEAREST = 0
    LINEAR = 1
    LANCZOS3 = 2
    LANCZOS5 = 3
    CUBIC = 4
    CUBIC_PYTORCH = 5
    AREA = 6

    @staticmethod
    def from_string(s: str) -> ResizeMethod:
        """The method of a name."""
        try:
            return _NAMES[s]
        except KeyError:
            raise ValueError(f'Unknown resize method "{s}"; there are {", ".join(sorted(_NAMES))}') from None


_NAMES = {
    "area": ResizeMethod.AREA,
    "bicubic": ResizeMethod.CUBIC,
    "bicubic-pytorch": ResizeMethod.CUBIC_PYTORCH,
    "bilinear": ResizeMethod.LINEAR,
    "cubic": ResizeMethod.CUBIC,
    "cubic-pytorch": ResizeMethod.CUBIC_PYTORCH,
    "lanczos3": ResizeMethod.LANCZOS3,
    "lanczos5": ResizeMethod.LANCZOS5,
    "linear": ResizeMethod.LINEAR,
    "nearest": ResizeMethod.NEAREST,
    "triangle": ResizeMethod.LINEAR,
    "tricubic": ResizeMethod.CUBIC,
    "trilinear": ResizeMethod.LINEAR,
}


def _method(method: Any) -> ResizeMethod:
    return method if isinstance(method, ResizeMethod) else ResizeMethod.from_string(method)


# Kernels -----------------------------------------------------------------------------------------------------------------
# Functions of the distance (not negative) of an input pixel, in units of the kernel's scale. `xp` is numpy or pullback.numpy.
def _triangle(xp: Any, x: Any) -> Any:
    return xp.maximum(0, 1 - x)


def _cubic(xp: Any, x: Any, a: float = -0.5) -> Any:
    near = ((a + 2) * x - (a + 3)) * x * x + 1
    far = ((a * x - 5 * a) * x + 8 * a) * x - 4 * a
    return xp.where(x <= 1, near, xp.where(x < 2, far, 0.0))


def _lanczos(radius: int) -> Callable[[Any, Any], Any]:
    def kernel(xp: Any, x: Any) -> Any:
        away = x > 1e-3
        safe = xp.where(away, x, 1.0)
        product = radius * xp.sin(np.pi * safe) * xp.sin(np.pi * safe / radius) / (np.pi**2 * safe * safe)
        return xp.where(x > radius, 0.0, xp.where(away, product, 1.0))

    return kernel


_KERNELS: dict[ResizeMethod, Callable[[Any, Any], Any]] = {
    ResizeMethod.LINEAR: _triangle,
    ResizeMethod.CUBIC: _cubic,
    ResizeMethod.CUBIC_PYTORCH: _cubic,
    ResizeMethod.LANCZOS3: _lanczos(3),
    ResizeMethod.LANCZOS5: _lanczos(5),
}


def _weights(xp: Any, method: ResizeMethod, before: int, after: int, scale: Any, shift: Any, antialias: bool) -> Any:
    """Array [after, before] of the weights of input pixels (columns) for output pixels (rows).

    An output pixel that lies outside of the input gets zeros; the weights of the others sum to 1.
    """
    rows = np.arange(after, dtype=np.float64)[:, None]
    columns = np.arange(before, dtype=np.float64)[None, :]
    if xp is not np:
        rows, columns = (v.astype(scale.dtype) for v in (rows, columns))
    centre = (rows + 0.5 - shift) / scale - 0.5
    if method is ResizeMethod.CUBIC_PYTORCH and not antialias:
        return _cubic_with_repeated_edges(xp, before, centre)
    if method is ResizeMethod.AREA:
        first, last = (rows - shift) / scale, (rows + 1 - shift) / scale
        weights = xp.maximum(0.0, xp.minimum(last, columns + 1) - xp.maximum(first, columns))
    else:
        stretch = xp.maximum(1.0 / scale, 1.0) if antialias else 1.0
        weights = _KERNELS[method](xp, xp.abs(centre - columns) / stretch)
    return xp.where((centre >= -0.5) & (centre <= before - 0.5), _normalized(xp, weights), 0.0)


def _normalized(xp: Any, weights: Any) -> Any:
    total = xp.sum(weights, 1, keepdims=True)
    tiny = 1000 * float(np.finfo(np.float32).eps)
    usable = xp.abs(total) > tiny
    return xp.where(usable, weights / xp.where(usable, total, 1.0), 0.0)


def _cubic_with_repeated_edges(xp: Any, before: int, centre: Any) -> Any:
    """Weights of the four nearest pixels, of which those beyond an edge count for the pixel at the edge."""
    base = xp.floor(centre)
    columns = np.arange(before)[None, :]
    out = 0.0
    for i in range(-1, 3):
        position = base + i
        weight = _cubic(xp, xp.abs(centre - position), -0.75)
        out = out + xp.where(xp.clip(position, 0, before - 1) == columns, weight, 0.0)
    return out


def _apply(x: Array, weights: Any, axis: int) -> Array:
    """Multiplies the given axis by a matrix [after, before]."""
    product = lax.dot_general(cast(pnp.asarray(weights), x.dtype), x, (((1,), (axis,)), ((), ())))
    return pnp.moveaxis(product, 0, axis)


# Public ------------------------------------------------------------------------------------------------------------------
def scale_and_translate(
    image: Any,
    shape: Any,
    spatial_dims: Sequence[int],
    scale: Any,
    translation: Any,
    method: Any,
    antialias: bool = True,
    precision: Any = None,
) -> Array:
    """An image scaled and then moved, differentiable also in how much.

    Args:
      image: array.
      shape: shape of the result; it differs from the image's in the spatial dimensions only.
      spatial_dims: the dimensions that are scaled and moved.
      scale: array of a factor for each spatial dimension.
      translation: array of a shift, in output pixels, for each spatial dimension.
      method: `ResizeMethod` or its name, such as "linear"; not "nearest".
      antialias: widen the kernel where the image shrinks.
      precision: accepted for JAX's sake.

    Returns:
      Floating array of the given shape; pixels that lie outside of the original are 0.

    Raises:
      ValueError: the method is "nearest" or unknown, or shapes do not fit.

    Reference: JAX documentation, jax.image.scale_and_translate.

    >>> from pullback import image, numpy as pnp
    >>> image.scale_and_translate(pnp.array([1.0, 2.0, 3.0]), (3,), (0,), pnp.array([1.0]), pnp.array([1.0]), "linear")
    Array([0., 1., 2.], dtype=float32)
    """
    x, factors, shifts = arrays_of("image.scale_and_translate", image, scale, translation)
    size = canonical_shape(shape)
    if len(size) != x.ndim:
        raise ValueError(f"shape must have length equal to the number of dimensions of x;  {size} vs {x.shape}")
    kind = _method(method)
    if kind is ResizeMethod.NEAREST:
        raise ValueError("Nearest neighbor resampling is not currently supported for scale_and_translate.")
    axes = canonical_axes(tuple(spatial_dims), x.ndim, "spatial_dims")
    for name, v in (("scale", factors), ("translation", shifts)):
        if v.shape != (len(axes),):
            raise ValueError(
                f"image.scale_and_translate: {name} must have shape ({len(axes)},), one per spatial dimension, got {v.shape}"
            )
    fixed = [i for i in range(x.ndim) if i not in axes and size[i] != x.shape[i]]
    if fixed:
        raise ValueError(f"image.scale_and_translate: dimensions {fixed} are not spatial, but shape {size} changes {x.shape} there")
    x = _floating(x)
    wide = np.promote_types(x.dtype, np.float32) if x.dtype.kind == "f" else np.dtype(np.float32)
    factors, shifts = cast(factors, wide), cast(shifts, wide)
    for i, axis in enumerate(axes):
        factor, shift = (lax.index_in_dim(v, i, keepdims=False) for v in (factors, shifts))
        x = _apply(x, _weights(pnp, kind, x.shape[axis], size[axis], factor, shift, antialias), axis)
    return x


def _floating(x: Array) -> Array:
    return x if dtypes.is_floating(x.dtype) else cast(x, default_float())


def resize(image: Any, shape: Any, method: Any, antialias: bool = True, precision: Any = None) -> Array:
    """An image in another size.

    Args:
      image: array.
      shape: shape of the result, of as many dimensions.
      method: `ResizeMethod` or its name: "nearest", "linear" (also "bilinear", ...), "cubic" (also "bicubic", ...), "lanczos3",
        "lanczos5", "area", "cubic-pytorch".
      antialias: widen the kernel where the image shrinks.
      precision: accepted for JAX's sake.

    Returns:
      Array of the given shape: floating, but with "nearest" of the image's dtype.

    Raises:
      ValueError: the method is unknown, or the shape has another number of dimensions.

    Reference: JAX documentation, jax.image.resize; Cubic convolution interpolation for digital image processing (Keys 1981).

    >>> from pullback import image, numpy as pnp
    >>> image.resize(pnp.array([[1.0, 2.0], [3.0, 4.0]]), (2, 4), "nearest")
    Array([[1., 1., 2., 2.],
           [3., 3., 4., 4.]], dtype=float32)
    """
    (x,) = arrays_of("image.resize", image)
    size = canonical_shape(shape)
    if len(size) != x.ndim:
        raise ValueError(f"shape must have length equal to the number of dimensions of x;  {size} vs {x.shape}")
    kind = _method(method)
    if kind is not ResizeMethod.NEAREST:
        x = _floating(x)
    for axis, (before, after) in enumerate(zip(x.shape, size)):
        if before == after:
            continue
        if before == 0:
            raise ValueError(f"image.resize: dimension {axis} of {x.shape} is empty and cannot become {after}")
        if after == 0:
            x = lax.slice_in_dim(x, 0, 0, axis=axis)
        elif kind is ResizeMethod.NEAREST:
            x = pnp.take(x, ((2 * np.arange(after) + 1) * before // (2 * after)).astype(np.int32), axis)
        else:
            x = _apply(x, _weights(np, kind, before, after, after / before, 0.0, antialias), axis)
    return x


def __getattr__(name: str) -> None:
    raise _attribute_error(__name__, name, __all__)
