"""Making arrays from Python objects, and ranges of numbers.

Inside a function that is being staged (`jit`, `vmap`, loop bodies) long ranges become `iota` ops of the program; elsewhere
they are data.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from pullback.dialects import types as T

from .. import dtypes, errors
from ..array import Array, ConcreteArray, as_concrete
from ..trace import INLINE_CONSTANT_SIZE, Tracer, _state, bind_named
from .emit import is_traced, pb, wrap
from .util import (
    ArgumentError,
    as_array,
    as_int,
    canonical_axis,
    canonical_shape,
    cast,
    check_arraylike,
    default_float,
    retype,
)

_SCALARS = (bool, int, float, complex)


def placed(x: Array, device: Any) -> Array:
    """`x` on a device, if one is given."""
    if device is None:
        return x
    from ..device import device_put

    return device_put(x, device)


def staging() -> bool:
    """Whether everything that happens is emitted into a function under construction."""
    frame = _state.frame
    return frame is not None and frame.staging


# From Python objects -----------------------------------------------------------------------------------------------------
def array(
    object: Any, dtype: Any = None, copy: bool | None = True, order: str | None = "K", ndmin: int = 0, *, device: Any = None
) -> Array:
    """An array of a scalar, an array, or nested lists and tuples of them, traced arrays included.

    Args:
      object: what to make an array of.
      dtype: dtype of the result; by default what the elements promote to. Python numbers give int32, float32 or complex64
        (the 64-bit types with ``config.enable_x64``).
      copy: has no effect: NumPy arrays are always copied, and arrays never, for they are immutable.
      order: accepted for NumPy's sake; "K", "A", "C", "F" make no difference to the elements.
      ndmin: least number of dimensions; missing ones are put in front.
      device: where to put the result.

    Raises:
      TypeError: `object` holds something that is no number.
      ValueError: nested lists have unequal lengths.
      OverflowError: a Python integer does not fit the dtype.

    Reference: NumPy, numpy.array.

    >>> import pullback.numpy as pnp
    >>> pnp.array([[1, 2], [3, 4]])
    Array([[1, 2],
           [3, 4]], dtype=int32)
    >>> pnp.array([1, 2.5])
    Array([1. , 2.5], dtype=float32)
    """
    return _array("array", object, dtype, order, ndmin, device)


def _array(name: str, object: Any, dtype: Any, order: str | None, ndmin: int, device: Any) -> Array:
    if order not in ("K", "A", "C", "F", None):
        raise ValueError(f"{name}: order must be one of 'K', 'A', 'C', 'F', got {order!r}")
    target = None if dtype is None else dtypes.requested_dtype(dtype, name)
    out = _convert(object, target)
    if ndmin > out.ndim:
        out = pb.reshape(out, shape=(1,) * (ndmin - out.ndim) + out.shape)
    return placed(out, device)


def asarray(a: Any, dtype: Any = None, order: str | None = None, *, copy: bool | None = None, device: Any = None) -> Array:
    """`array` that returns arrays of the right dtype as they are.

    Args:
      a: what to make an array of.
      dtype: dtype of the result; by default what the elements promote to.
      order, copy: have no effect.
      device: where to put the result.

    Reference: NumPy, numpy.asarray.

    >>> import pullback.numpy as pnp
    >>> pnp.asarray([1, 2], pnp.float32)
    Array([1., 2.], dtype=float32)
    """
    return _array("asarray", a, dtype, order, 0, device)


def _convert(x: Any, target: np.dtype[Any] | None) -> Array:
    if isinstance(x, Array):
        return x if target is None or (x.dtype == target and not x.weak_type) else cast(x, target)
    if type(x) in _SCALARS:
        return as_concrete(x) if target is None else wrap(_number(x, target))
    if isinstance(x, (np.ndarray, np.generic)):
        return as_concrete(x, target)
    if hasattr(x, "__jax_array__"):
        return _convert(x.__jax_array__(), target)
    if isinstance(x, (list, tuple)):
        return _from_sequence(x, target)
    if x is None or isinstance(x, (str, bytes)):
        raise ArgumentError(f"{'None' if x is None else repr(x)[:80]} is not a valid value for pullback.numpy.array")
    if hasattr(x, "__array__") or isinstance(x, (memoryview, bytearray, range)) or hasattr(x, "__array_interface__"):
        return as_concrete(np.asarray(x), target)
    try:
        return as_concrete(np.asarray(memoryview(x)), target)
    except TypeError:
        raise TypeError(f"Unexpected input type for array: {type(x)}; {repr(x)[:80]} is not a valid value") from None


def _number(x: Any, dtype: np.dtype[Any]) -> np.ndarray[Any, Any]:
    """A Python number as an array of the given dtype; integers must fit, as in JAX."""
    if type(x) is int and dtype.kind in "iu" and not (np.iinfo(dtype).min <= x <= np.iinfo(dtype).max):
        raise OverflowError(f"Python integer {x} out of bounds for {dtype.name}")
    if type(x) is complex and dtype.kind != "c" and dtype != np.bool_:
        raise TypeError(f"can't convert complex to {dtype.name}: {x!r}")
    with np.errstate(all="ignore"):
        return np.asarray(x).astype(dtype)


def _leaves(x: Any) -> Any:
    for item in x:
        if isinstance(item, (list, tuple)):
            yield from _leaves(item)
        else:
            yield item


def _from_sequence(x: Any, target: np.dtype[Any] | None) -> Array:
    leaves = list(_leaves(x))
    kinds = set(map(type, leaves))
    if not leaves:
        return wrap(np.asarray(x, default_float() if target is None else target))
    if kinds.issubset(_SCALARS):
        data = np.asarray(x)
        dtype = dtypes.canonicalize_dtype(data.dtype) if target is None and data.dtype != object else target
        if dtype is None or dtype.kind in "iu":
            info = np.iinfo(dtypes.canonicalize_dtype(int) if dtype is None else dtype)
            for v in leaves:
                if type(v) is int and not info.min <= v <= info.max:
                    raise OverflowError(f"Python integer {v} out of bounds for {info.dtype.name}")
        return as_concrete(data, dtype)
    for leaf in leaves:
        if not isinstance(leaf, _SCALARS) and not any(hasattr(leaf, a) for a in ("dtype", "__array__", "__jax_array__")):
            raise ArgumentError(f"{repr(leaf)[:80]} of type {type(leaf).__name__} is not a valid value for pullback.numpy.array")
    if target is None:
        arrays = [as_array(v) for v in leaves]
        target, _ = dtypes.promote(*((a.dtype, a.weak_type) for a in arrays))
    return _stack(x, target)


def _stack(x: Any, dtype: np.dtype[Any]) -> Array:
    """Nested sequences with arrays in them."""
    parts = [_stack(v, dtype) if isinstance(v, (list, tuple)) else _convert(v, dtype) for v in x]
    shapes = {p.shape for p in parts}
    if len(shapes) > 1:
        raise ValueError(f"All input arrays must have the same shape, got {', '.join(str(p.shape) for p in parts)}")
    if not parts:
        return wrap(np.zeros((0,), dtype))
    if all(type(p) is ConcreteArray for p in parts) and not is_traced():
        return wrap(np.stack([p.host for p in parts]))
    rows = [pb.reshape(p, shape=(1, *p.shape)) for p in parts]
    return retype(rows[0] if len(rows) == 1 else pb.concatenate(*rows, axis=0), False)


def copy(a: Any, order: str | None = None) -> Array:
    """`a` as an array; arrays themselves are immutable, so nothing is copied.

    Args:
      a: array or scalar.
      order: has no effect.

    Reference: NumPy, numpy.copy.

    >>> import pullback.numpy as pnp
    >>> pnp.copy(pnp.array([1, 2]))
    Array([1, 2], dtype=int32)
    """
    check_arraylike("copy", a)
    return array(a)


def frombuffer(buffer: Any, dtype: Any = float, count: int = -1, offset: int = 0) -> Array:
    """An array of one dimension from bytes.

    Args:
      buffer: object with the buffer interface.
      dtype: how to read the bytes.
      count: number of elements, -1 for all.
      offset: where to start, in bytes.

    Reference: NumPy, numpy.frombuffer.

    >>> import pullback.numpy as pnp
    >>> pnp.frombuffer(bytes([1, 2]), pnp.uint8)
    Array([1, 2], dtype=uint8)
    """
    return as_concrete(np.frombuffer(buffer, dtype=stored_dtype(dtype), count=count, offset=offset))


def fromiter(iter: Any, dtype: Any, count: int = -1) -> Array:
    """An array of one dimension from an iterable of numbers.

    Args:
      iter: iterable.
      dtype: dtype of the elements.
      count: how many to read, -1 for all.

    Reference: NumPy, numpy.fromiter.

    >>> import pullback.numpy as pnp
    >>> pnp.fromiter((i * i for i in range(4)), pnp.int32)
    Array([0, 1, 4, 9], dtype=int32)
    """
    return as_concrete(np.fromiter(iter, dtype=dtypes.requested_dtype(dtype, "fromiter"), count=count))


def stored_dtype(dtype: Any) -> np.dtype[Any]:
    """What bytes in memory or in a file are: the dtype as asked for, whatever arrays of it become afterwards."""
    stored = np.dtype(dtype if isinstance(dtype, type) and issubclass(dtype, np.generic) else getattr(dtype, "dtype", dtype))
    dtypes.canonicalize_dtype(stored)
    return stored


def from_dlpack(x: Any, /, *, device: Any = None, copy: bool | None = None) -> Array:
    """An array from another library's array that has ``__dlpack__``; the data is copied.

    Args:
      x: array in the host's memory.
      device: where to put the result.
      copy: has no effect.

    Reference: NumPy, numpy.from_dlpack.

    >>> import numpy as np
    >>> import pullback.numpy as pnp
    >>> pnp.from_dlpack(np.arange(3))
    Array([0, 1, 2], dtype=int32)
    """
    return placed(as_concrete(x if isinstance(x, ConcreteArray) else np.from_dlpack(x)), device)


# Ranges ------------------------------------------------------------------------------------------------------------------
def concrete_number(x: Any, what: str) -> Any:
    """A value that shapes depend on, as a Python or NumPy number."""
    if isinstance(x, Tracer):
        return x.concrete(errors.ConcretizationTypeError, f"Use as {what}")[()]
    if isinstance(x, ConcreteArray):
        x = x.host
    if isinstance(x, np.ndarray):
        if x.ndim:
            raise TypeError(f"{what} must be a scalar, got an array of shape {x.shape}")
        return x[()]
    return x


def iota(shape: Sequence[Any], dtype: Any, dim: int) -> Array:
    """An array whose elements are their index along `dim`."""
    if staging():
        return bind_named("pb.iota", shape=tuple(shape), dtype=T.from_np(dtype), dim=dim)
    counts = np.arange(shape[dim]).astype(dtype).reshape([-1 if i == dim else 1 for i in range(len(shape))])
    return wrap(np.ascontiguousarray(np.broadcast_to(counts, shape)))


def arange(start: Any, stop: Any = None, step: Any = None, dtype: Any = None, *, device: Any = None) -> Array:
    """Evenly spaced numbers from `start` (by default 0) up to, but without, `stop`.

    Args:
      start, stop, step: numbers; with one argument it is `stop`, with two the step is 1.
      dtype: dtype; by default int32 or float32, as the arguments are.
      device: where to put the array.

    Raises:
      ConcretizationTypeError: an argument is traced; the shape depends on its value.

    Reference: NumPy, numpy.arange.

    >>> import pullback.numpy as pnp
    >>> pnp.arange(5)
    Array([0, 1, 2, 3, 4], dtype=int32)
    >>> pnp.arange(0, 1, 0.25)
    Array([0.  , 0.25, 0.5 , 0.75], dtype=float32)
    """
    values = [v for v in (start, stop, step) if v is not None]
    check_arraylike("arange", start, *values)
    if dtype is None:
        dtype, _ = dtypes.promote(*((a.dtype, a.weak_type) for a in map(as_array, values)))
    dtype = dtypes.requested_dtype(dtype, "arange")
    names = ("stop" if stop is None else "start", "stop", "step")
    bounds: list[Any] = [
        None if v is None else concrete_number(v, f"arange argument {n!r}") for v, n in zip((start, stop, step), names)
    ]
    first, last, by = bounds
    if last is None:
        first, last = 0, first
    by = 1 if by is None else by
    if by == 0:
        raise ZeroDivisionError("arange: step must not be zero")
    if staging() and all(isinstance(v, (int, np.integer)) for v in (first, last, by)):
        size = len(range(int(first), int(last), int(by)))
        if size > INLINE_CONSTANT_SIZE and dtype != np.bool_:
            out = iota((size,), dtype, 0)
            out = out if by == 1 else pb.mul(out, by)
            return placed(out if first == 0 else pb.add(out, first), device)
    wide = np.dtype("float64") if dtypes.is_floating(dtype) else dtype
    return placed(wrap(np.arange(first, last, by).astype(wide).astype(dtype)), device)


def _is_known(*xs: Any) -> bool:
    return not any(isinstance(x, Tracer) for x in xs)


def _host(x: Any) -> Any:
    return x.host if isinstance(x, ConcreteArray) else np.asarray(x)


def _space_dtype(name: str, dtype: Any, *xs: Any) -> tuple[np.dtype[Any], np.dtype[Any]]:
    """The dtypes of the result and of the computation."""
    common, _ = dtypes.promote(*((a.dtype, a.weak_type) for a in map(as_array, xs)))
    compute = common if dtypes.is_inexact(common) else default_float()
    return (compute if dtype is None else dtypes.requested_dtype(dtype, name)), compute


def _fractions(num: int, endpoint: bool, ndim: int, dtype: np.dtype[Any]) -> Array:
    """0, ..., 1 along axis 0, which `ndim` axes follow."""
    steps = max(num - 1 if endpoint else num, 1)
    return wrap((np.arange(num) / steps).astype(dtype).reshape((num,) + (1,) * ndim))


def linspace(
    start: Any,
    stop: Any,
    num: int = 50,
    endpoint: bool = True,
    retstep: bool = False,
    dtype: Any = None,
    axis: int = 0,
    *,
    device: Any = None,
) -> Any:
    """Evenly spaced numbers over an interval.

    Args:
      start, stop: ends of the interval, scalars or arrays.
      num: how many numbers.
      endpoint: whether `stop` is the last of them.
      retstep: return ``(numbers, step)``.
      dtype: dtype of the result; integers round down.
      axis: which axis of the result runs over the numbers.
      device: where to put the array.

    Reference: NumPy, numpy.linspace.

    >>> import pullback.numpy as pnp
    >>> pnp.linspace(0.0, 1.0, 5)
    Array([0.  , 0.25, 0.5 , 0.75, 1.  ], dtype=float32)
    """
    num = as_int(num, "linspace: num")
    if num < 0:
        raise ValueError(f"Number of samples, {num}, must be non-negative.")
    check_arraylike("linspace", start, stop)
    result, compute = _space_dtype("linspace", dtype, start, stop)
    from .ufuncs import add, divide, floor, multiply, subtract

    steps = num - 1 if endpoint else num
    if _is_known(start, stop):
        wide = np.dtype("complex128" if compute.kind == "c" else "float64")
        low, high = _host(start).astype(wide), _host(stop).astype(wide)
        with np.errstate(all="ignore"):
            data = np.linspace(low, high, num, endpoint=endpoint, axis=axis)
        out: Array = wrap((np.floor(data) if result.kind in "iu" else data).astype(result))
        step: Any = wrap(np.asarray((high - low) / steps if steps > 0 else (high - low) * np.nan).astype(compute))
    else:
        low, high = cast(as_array(start), compute), cast(as_array(stop), compute)
        t = _fractions(num, endpoint, max(low.ndim, high.ndim), compute)
        out = add(multiply(low, subtract(1, t)), multiply(high, t))
        if dtypes.is_integer(result):
            out = floor(out)
        out = cast(_move_first(out, axis), result)
        step = divide(subtract(high, low), steps if steps > 0 else np.nan)
    out = placed(out, device)
    return (out, step) if retstep else out


def _move_first(x: Array, axis: int) -> Array:
    """Moves axis 0 to another place."""
    axis = canonical_axis(axis, x.ndim)
    perm = [*range(1, x.ndim)]
    perm.insert(axis, 0)
    return x if axis == 0 else pb.transpose(x, perm=tuple(perm))


def logspace(
    start: Any, stop: Any, num: int = 50, endpoint: bool = True, base: Any = 10.0, dtype: Any = None, axis: int = 0
) -> Array:
    """Powers of `base` with evenly spaced exponents.

    Args:
      start, stop: first and last exponent.
      num, endpoint, axis: as in `linspace`.
      base: what is raised to the powers.
      dtype: dtype of the result.

    Reference: NumPy, numpy.logspace.

    >>> import pullback.numpy as pnp
    >>> pnp.logspace(0.0, 3.0, 4)
    Array([   1.,   10.,  100., 1000.], dtype=float32)
    """
    check_arraylike("logspace", start, stop, base)
    result, compute = _space_dtype("logspace", dtype, start, stop)
    if _is_known(start, stop, base):
        with np.errstate(all="ignore"):
            data = np.logspace(_host(start), _host(stop), num, endpoint=endpoint, base=_host(base)[()], axis=axis)
        return wrap(data.astype(result))
    from .ufuncs import power

    return cast(power(base, linspace(start, stop, num, endpoint, False, compute, axis)), result)


def geomspace(start: Any, stop: Any, num: int = 50, endpoint: bool = True, dtype: Any = None, axis: int = 0) -> Array:
    """Numbers in geometric progression.

    Args:
      start, stop: first and last number; both of one sign.
      num, endpoint, axis: as in `linspace`.
      dtype: dtype of the result.

    Reference: NumPy, numpy.geomspace.

    >>> import pullback.numpy as pnp
    >>> pnp.geomspace(1.0, 1000.0, 4)
    Array([   1.,   10.,  100., 1000.], dtype=float32)
    """
    check_arraylike("geomspace", start, stop)
    result, compute = _space_dtype("geomspace", dtype, start, stop)
    if _is_known(start, stop):
        with np.errstate(all="ignore"):
            data = np.geomspace(_host(start), _host(stop), num, endpoint=endpoint, axis=axis)
        return wrap(data.astype(result))
    from .ufuncs import abs, exp, log, multiply, sign

    low, high = cast(as_array(start), compute), cast(as_array(stop), compute)
    spread = exp(linspace(log(abs(low)), log(abs(high)), num, endpoint, False, compute))
    return cast(_move_first(multiply(sign(low), spread), axis), result)


def fromfunction(function: Callable[..., Any], shape: Any, *, dtype: Any = float, **kwargs: Any) -> Any:
    """An array of the values of a function of the indices.

    Args:
      function: takes one index per dimension, as a scalar array.
      shape: shape of the result.
      dtype: dtype of the indices.
      kwargs: passed on to the function.

    Reference: NumPy, numpy.fromfunction.

    >>> import pullback.numpy as pnp
    >>> pnp.fromfunction(lambda i, j: 10 * i + j, (2, 3), dtype=int)
    Array([[ 0,  1,  2],
           [10, 11, 12]], dtype=int32)
    """
    from ..batching import vmap

    shape = canonical_shape(shape)
    mapped: Any = lambda *xs: function(*xs, **kwargs)
    for i in range(len(shape)):
        axes: list[int | None] = [None] * len(shape)
        axes[len(shape) - 1 - i] = 0
        mapped = vmap(mapped, in_axes=tuple(axes))
    return mapped(*(arange(n, dtype=dtype) for n in shape))
