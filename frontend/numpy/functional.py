"""Functions that apply Python functions over axes, and packing of bits."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .. import lax
from ..array import Array
from .manipulation import moveaxis
from .util import arrays_of, as_array, as_int, as_ints, broadcast_shapes, broadcast_to, canonical_axis, cast, check_arraylike

__all__ = ["apply_along_axis", "apply_over_axes", "packbits", "unpackbits", "vectorize"]


def apply_along_axis(func1d: Callable[..., Any], axis: int, arr: Any, *args: Any, **kwargs: Any) -> Array:
    """Applies a function of vectors along an axis.

    Args:
      func1d: function of a vector and `args`, `kwargs`.
      axis: axis of the vectors; the dimensions of the function's result take its place.
      arr: array.

    Reference: NumPy, numpy.apply_along_axis.

    >>> import pullback.numpy as pnp
    >>> pnp.apply_along_axis(lambda row: row[::-1], 1, pnp.array([[1, 2], [3, 4]]))
    Array([[2, 1],
           [4, 3]], dtype=int32)
    """
    from ..batching import vmap

    (x,) = arrays_of("apply_along_axis", arr)
    axis = canonical_axis(axis, x.ndim)
    function: Callable[..., Any] = lambda v: func1d(v, *args, **kwargs)
    for i in range(1, x.ndim - axis):
        function = vmap(function, in_axes=i, out_axes=-1)
    for _ in range(axis):
        function = vmap(function, in_axes=0, out_axes=0)
    return function(x)


def apply_over_axes(func: Callable[..., Any], a: Any, axes: Any) -> Array:
    """Applies a function of an array and an axis over several axes, one by one.

    Args:
      func: reduction, called as ``func(a, axis)``.
      a: array.
      axes: integer or tuple of integers.

    Reference: NumPy, numpy.apply_over_axes.

    >>> import pullback.numpy as pnp
    >>> pnp.apply_over_axes(pnp.sum, pnp.ones((2, 3, 4)), [0, 2])
    Array([[[8.],
            [8.],
            [8.]]], dtype=float32)
    """
    (x,) = arrays_of("apply_over_axes", a)
    for axis in as_ints(axes, "axes"):
        axis = canonical_axis(axis, x.ndim)
        out = as_array(func(x, axis))
        if out.ndim == x.ndim - 1:
            out = lax.expand_dims(out, (axis,))
        if out.ndim != x.ndim:
            raise ValueError(f"function is not returning an array of the correct shape: {out.shape} of an array of shape {x.shape}")
        x = out
    return x


# vectorize ---------------------------------------------------------------------------------------------------------------------
_DIMENSIONS = r"\(\s*(?:\w+(?:\s*,\s*\w+)*)?\s*\)"
_SIGNATURE = re.compile(rf"\s*{_DIMENSIONS}(?:\s*,\s*{_DIMENSIONS})*\s*->\s*{_DIMENSIONS}(?:\s*,\s*{_DIMENSIONS})*\s*")


def _parse_signature(signature: str) -> tuple[list[tuple[str, ...]], list[tuple[str, ...]]]:
    """Names of the core dimensions of the arguments and of the results."""
    if not _SIGNATURE.fullmatch(signature):
        raise ValueError(f"not a valid gufunc signature: {signature!r}; an example is '(m,n),(n)->(m)'")
    left, right = ([tuple(re.findall(r"\w+", term)) for term in re.findall(_DIMENSIONS, side)] for side in signature.split("->"))
    return left, right


def vectorize(pyfunc: Callable[..., Any], *, excluded: Any = frozenset(), signature: str | None = None) -> Callable[..., Any]:
    """A function that broadcasts: `pyfunc` is applied to each set of elements, or of sub-arrays given by a signature.

    Args:
      pyfunc: function of scalars, or of arrays with the dimensions of the signature.
      excluded: positions and names of arguments that are passed as they are.
      signature: as ``"(m,n),(n)->(m)"``.

    Raises:
      ValueError: arguments that do not fit the signature.

    Reference: NumPy, numpy.vectorize; JAX documentation, jax.numpy.vectorize.

    >>> import pullback.numpy as pnp
    >>> pnp.vectorize(pnp.vdot, signature="(n),(n)->()")(pnp.ones((3, 2)), pnp.ones(2))
    Array([2., 2., 2.], dtype=float32)
    """
    parsed = None if signature is None else _parse_signature(signature)
    fixed_positions = {e for e in excluded if isinstance(e, (int, np.integer))}
    if any(not isinstance(e, (str, int, np.integer)) for e in excluded):
        raise TypeError(f"vectorize: excluded must be integers or strings, got {excluded!r}")
    if any(e < 0 for e in fixed_positions):
        raise ValueError(f"vectorize: excluded must contain non-negative integers, got {excluded!r}")

    @functools.wraps(pyfunc)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        names = list(kwargs)
        unknown = [k for k in names if k not in excluded]
        mapped = [i for i in range(len(args)) if i not in fixed_positions]
        arrays = [_argument(args[i]) for i in mapped] + [_argument(kwargs[k]) for k in unknown]

        def call(*values: Any) -> Any:
            positional = list(args)
            for i, v in zip(mapped, values):
                positional[i] = v
            return pyfunc(*positional, **{**kwargs, **dict(zip(unknown, values[len(mapped) :]))})

        cores = [()] * len(arrays) if parsed is None else parsed[0]
        if len(cores) != len(arrays):
            raise ValueError(f"vectorize: wrong number of arguments: signature {signature!r} has {len(cores)}, got {len(arrays)}")
        return _map(call, arrays, cores, None if parsed is None else parsed[1], signature)

    return wrapped


def _argument(x: Any) -> Array:
    check_arraylike("vectorize", x)
    return as_array(x)


def _map(
    call: Callable[..., Any], arrays: list[Array], cores: Sequence[tuple[str, ...]], results: Any, signature: str | None
) -> Any:
    from ..batching import vmap

    sizes: dict[str, int] = {}
    batches = []
    for x, core in zip(arrays, cores):
        if x.ndim < len(core):
            raise ValueError(
                f"vectorize: an argument of shape {x.shape} has fewer dimensions than {core} in signature {signature!r}"
            )
        at = x.ndim - len(core)
        batches.append(x.shape[:at])
        for name, n in zip(core, x.shape[at:]):
            if sizes.setdefault(name, n) != n:
                raise ValueError(f"vectorize: core dimension {name!r} of signature {signature!r} has sizes {sizes[name]} and {n}")
    shape = broadcast_shapes(*batches) if batches else ()

    def checked(*values: Any) -> Any:
        out = call(*values)
        outs = out if isinstance(out, (tuple, list)) else (out,)
        if results is not None:
            if len(outs) != len(results):
                raise ValueError(
                    f"vectorize: the function returned {len(outs)} results, signature {signature!r} has {len(results)}"
                )
            for o, core in zip(outs, results):
                got = np.shape(o) if not isinstance(o, Array) else o.shape
                if len(got) != len(core) or any(sizes.setdefault(name, n) != n for name, n in zip(core, got)):
                    raise ValueError(
                        f"vectorize: the function returned shape {got}, which is not {core} of signature {signature!r}"
                    )
        return out

    # dimensions are mapped from the last one; size 1 and missing ones are left to broadcasting
    function: Callable[..., Any] = checked
    for k in range(1, len(shape) + 1):
        if all(len(b) < k or b[-k] == 1 for b in batches) and shape[-k] == 1:
            axes: Any = tuple(0 if len(b) >= k else None for b in batches)
        else:
            axes = tuple(0 if len(b) >= k and b[-k] != 1 else None for b in batches)
        function = vmap(function, in_axes=axes)
    squeezed = []
    for x, b in zip(arrays, batches):
        drop = tuple(i for i, n in enumerate(b) if n == 1 and shape[len(shape) - len(b) + i] != 1)
        squeezed.append(lax.squeeze(x, drop) if drop else x)
    return function(*squeezed)


# Bits ----------------------------------------------------------------------------------------------------------------------------
def _order(bitorder: str) -> np.ndarray[Any, Any]:
    if bitorder not in ("little", "big"):
        raise ValueError(f"'order' must be either 'little' or 'big', got {bitorder!r}")
    bits = np.arange(8, dtype=np.uint8)
    return bits if bitorder == "little" else bits[::-1].copy()


def packbits(a: Any, axis: int | None = None, bitorder: str = "big") -> Array:
    """Packs booleans (or the truth of integers) into bytes.

    Args:
      a: integer or boolean array.
      axis: the axis; None packs the flattened array.
      bitorder: "big" (the first element is the highest bit) or "little".

    Reference: NumPy, numpy.packbits.

    >>> import pullback.numpy as pnp
    >>> pnp.packbits(pnp.array([1, 0, 0, 0, 0, 1, 0, 1]))
    Array([133], dtype=uint8)
    """
    from .reshaping import ravel

    (x,) = arrays_of("packbits", a)
    if x.dtype.kind not in "iub":
        raise TypeError(f"packbits: expected an input array of integer or boolean data type, got {x.dtype.name}")
    shifts = _order(bitorder)
    if axis is None:
        x, axis = ravel(x), 0
    x = moveaxis(x, canonical_axis(axis, x.ndim), -1)
    x = cast(lax.ne(x, np.zeros((), x.dtype)), np.dtype(np.uint8))
    missing = -x.shape[-1] % 8
    x = lax.pad(x, np.uint8(0), [(0, 0, 0)] * (x.ndim - 1) + [(0, missing, 0)])
    x = lax.reshape(x, (*x.shape[:-1], x.shape[-1] // 8, 8))
    x = lax.shift_left(x, broadcast_to(as_array(shifts), x.shape))
    return moveaxis(lax.reduce_sum(x, (x.ndim - 1,)), -1, axis)


def unpackbits(a: Any, axis: int | None = None, count: int | None = None, bitorder: str = "big") -> Array:
    """The bits of bytes as an array of zeros and ones.

    Args:
      a: uint8 array.
      axis: the axis; None unpacks the flattened array.
      count: how many bits to give; negative numbers cut off at the end.
      bitorder: as for `packbits`.

    Reference: NumPy, numpy.unpackbits.

    >>> import pullback.numpy as pnp
    >>> pnp.unpackbits(pnp.array([133], pnp.uint8))
    Array([1, 0, 0, 0, 0, 1, 0, 1], dtype=uint8)
    """
    from .reshaping import ravel

    (x,) = arrays_of("unpackbits", a)
    if x.dtype != np.uint8:
        raise TypeError(f"unpackbits: expected an input array of unsigned byte data type, got {x.dtype.name}")
    shifts = _order(bitorder)
    if axis is None:
        x, axis = ravel(x), 0
    x = moveaxis(x, canonical_axis(axis, x.ndim), -1)
    shape = (*x.shape, 8)
    x = lax.broadcast_in_dim(x, shape, tuple(range(x.ndim)))
    x = lax.bitwise_and(lax.shift_right_logical(x, broadcast_to(as_array(shifts), shape)), np.uint8(1))
    x = lax.reshape(x, (*shape[:-2], shape[-2] * 8))
    if count is not None:
        count = as_int(count, "count")
        n = x.shape[-1]
        if count > n:
            x = lax.pad(x, np.uint8(0), [(0, 0, 0)] * (x.ndim - 1) + [(0, count - n, 0)])
        else:
            x = lax.slice_in_dim(x, 0, count, axis=-1)
    return moveaxis(x, -1, axis)
