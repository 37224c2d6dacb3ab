"""`ufunc` objects: those of `frompyfunc`, and the functions of `pullback.numpy` that are objects in JAX too."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np

from .. import dtypes, lax
from ..array import Array
from . import cumulative, logic, reductions, ufuncs, ufuncs_more
from .ufuncs import truth
from .universal import ufunc
from .util import arrays_of, as_array, broadcast_to, cast, reduction_axes

_Function = Callable[..., Any]


def frompyfunc(func: _Function, /, nin: int, nout: int, *, identity: Any = None) -> ufunc:
    """A `ufunc` of a function of scalars; it broadcasts, and has the methods `reduce`, `accumulate`, `at`, `outer`, `reduceat`.

    Args:
      func: function of `nin` scalars that returns one scalar, or a tuple of `nout`.
      nin, nout: numbers of arguments and results.
      identity: the neutral element of a function of two arguments.

    Raises:
      TypeError: `func` is not callable.

    Reference: NumPy, numpy.frompyfunc.

    >>> import pullback.numpy as pnp
    >>> f = pnp.frompyfunc(lambda x, y: 2 * x + y, nin=2, nout=1)
    >>> f(pnp.array([1, 2]), 10)
    Array([12, 14], dtype=int32)
    >>> f.reduce(pnp.array([1, 2, 3]))
    Array(11, dtype=int32)
    """
    if not callable(func):
        raise TypeError(f"frompyfunc: func must be callable, got {type(func).__name__}: {func!r}"[:200])
    from .functional import vectorize

    return ufunc(func, nin, nout, identity=identity, call=vectorize(func))


def _made(
    function: Any,
    nin: int = 2,
    *,
    identity: Any = None,
    reduce: _Function | None = None,
    accumulate: _Function | None = None,
    at: _Function | None = None,
) -> ufunc:
    made = ufunc(function, nin, 1, identity=identity, reduce=reduce, accumulate=accumulate, at=at)
    made.__signature__ = inspect.signature(function).replace(  # type: ignore[attr-defined]
        parameters=[
            *inspect.signature(function).parameters.values(),
            *(inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None) for name in ("out", "where")),
        ]
    )
    return made


def _running_extremum(function: _Function) -> _Function:
    def accumulate(x: Array, axis: int, dtype: Any) -> Array:
        if dtype is not None:
            x = cast(x, dtypes.requested_dtype(dtype, "accumulate"))
        if x.dtype == np.bool_:
            return cast(function(cast(x, np.dtype(np.int8)), axis), x.dtype)
        return function(x, axis)

    return accumulate


def _logical_reduction(function: _Function) -> _Function:
    def reduce(x: Array, *, axis: Any, keepdims: bool, where: Any, initial: Any = None) -> Array:
        result = function(x, axis=axis, keepdims=keepdims, where=where)
        if initial is None:
            return result
        combine = logic.logical_and if function is reductions.all else logic.logical_or
        return combine(result, initial)

    return reduce


def _bitwise_reduction(function: _Function, name: str) -> _Function:
    combine = getattr(ufuncs, name)

    def reduce(x: Array, *, axis: Any, keepdims: bool, where: Any, initial: Any = None) -> Array:
        ufuncs.only_bits(f"{name}.reduce", x)
        axes = reduction_axes(axis, x.ndim)
        if where is not None:
            (mask,) = arrays_of(f"{name}.reduce", where)
            neutral = lax.full(x.shape, np.asarray(-1 if name == "bitwise_and" else 0).astype(x.dtype))
            x = lax.select(broadcast_to(truth(mask), x.shape), x, neutral)
        result = reductions.keep_axes(function(x, axes), x.shape, axes, keepdims)
        return result if initial is None else combine(result, cast(as_array(initial), x.dtype, True))

    return reduce


def _subtract_at(ref: Any, b: Any) -> Array:
    return ref.add(ufuncs.negative(cast(as_array(b), ref.array.dtype)))


add = _made(ufuncs.add, identity=0, reduce=reductions.sum, accumulate=cumulative.cumsum, at=lambda ref, b: ref.add(b))
multiply = _made(
    ufuncs.multiply, identity=1, reduce=reductions.prod, accumulate=cumulative.cumprod, at=lambda ref, b: ref.multiply(b)
)
subtract = _made(ufuncs.subtract, at=_subtract_at)
maximum = _made(ufuncs.maximum, reduce=reductions.max, accumulate=_running_extremum(lax.cummax), at=lambda ref, b: ref.max(b))
minimum = _made(ufuncs.minimum, reduce=reductions.min, accumulate=_running_extremum(lax.cummin), at=lambda ref, b: ref.min(b))
logical_and = _made(logic.logical_and, identity=True, reduce=_logical_reduction(reductions.all))
logical_or = _made(logic.logical_or, identity=False, reduce=_logical_reduction(reductions.any))
logical_xor = _made(logic.logical_xor, identity=False)
bitwise_and = _made(ufuncs.bitwise_and, identity=-1, reduce=_bitwise_reduction(lax.reduce_and, "bitwise_and"))
bitwise_or = _made(ufuncs.bitwise_or, identity=0, reduce=_bitwise_reduction(lax.reduce_or, "bitwise_or"))
bitwise_xor = _made(ufuncs.bitwise_xor, identity=0)
logaddexp = _made(ufuncs_more.logaddexp, identity=-np.inf)
logaddexp2 = _made(ufuncs_more.logaddexp2, identity=-np.inf)
negative = _made(ufuncs.negative, 1)
