"""`ufunc` objects: elementwise functions that also reduce, accumulate and update.

An object calls the plain function that modules of this package use. Reductions and updates that an operation of the program exists
for go to it; other functions, those that `frompyfunc` makes among them, are folded over an axis by a loop.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .. import dtypes, lax
from ..array import Array, ConcreteArray
from . import reductions
from .manipulation import moveaxis
from .reshaping import ravel
from .ufuncs import no_out, truth
from .util import arrays_of, as_int, broadcast_to, canonical_axis, cast, check_arraylike, strong_array

__all__ = ["ufunc"]

_Function = Callable[..., Any]


class ufunc:
    """An elementwise function with the methods of `numpy.ufunc`. `frompyfunc` makes one of a function of scalars.

    Attributes: `nin`, `nout`, `nargs` (numbers of arguments, of results, and of both as NumPy counts them), `identity` (the neutral
    element of a function of two arguments, or None).

    Reference: NumPy, numpy.ufunc.

    >>> import pullback.numpy as pnp
    >>> pnp.add.nin, pnp.add.identity, pnp.maximum.identity
    (2, 0, None)
    >>> pnp.multiply.outer(pnp.array([1, 2]), pnp.array([1, 10]))
    Array([[ 1, 10],
           [ 2, 20]], dtype=int32)
    """

    nin: int
    nout: int
    nargs: int
    identity: Any

    def __init__(
        self,
        func: _Function,
        /,
        nin: int,
        nout: int,
        *,
        name: str | None = None,
        nargs: int | None = None,
        identity: Any = None,
        call: _Function | None = None,
        reduce: _Function | None = None,
        accumulate: _Function | None = None,
        at: _Function | None = None,
    ):
        if not callable(func):
            raise TypeError(f"ufunc: func must be callable, got {type(func).__name__}: {func!r}"[:200])
        self.nin = _count(nin, "nin")
        self.nout = _count(nout, "nout")
        self.nargs = self.nin if nargs is None else nargs
        self.identity = identity
        #: The plain function that a call makes; array operators and the modules of this package call it directly.
        self.function = func if call is None else call
        self._element = func
        self._reduce, self._accumulate, self._at = reduce, accumulate, at
        self.__name__ = self.__qualname__ = name or getattr(func, "__name__", type(func).__name__)
        self.__module__ = getattr(func, "__module__", __name__)
        self.__doc__ = func.__doc__
        self.__wrapped__ = func

    def __call__(self, *args: Any, out: None = None, where: None = None, **unknown: Any) -> Any:
        """The function of the arguments, elementwise. `out` and `where` exist for NumPy's sake and must be None."""
        if unknown:
            raise TypeError(f"{self.__name__}() got an unexpected keyword argument {next(iter(unknown))!r}")
        if out is not None:
            no_out(self.__name__, out)
        if where is not None:
            raise NotImplementedError(
                f"The 'where' argument to pullback.numpy.{self.__name__} is not supported: it leaves elements of 'out' as they "
                f"are, and arrays are immutable. Use pullback.numpy.where on the result."
            )
        return self.function(*args)

    def __repr__(self) -> str:
        return f"<pullback.numpy.ufunc {self.__name__!r}>"

    def __hash__(self) -> int:
        return hash((self._element, self.__name__, self.nin, self.nout))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, ufunc):
            return NotImplemented
        mine = (self._element, self.__name__, self.nin, self.nout, self.identity)
        return mine == (other._element, other.__name__, other.nin, other.nout, other.identity)

    def __reduce__(self) -> str:
        return str(self.__name__)  # a global of its module

    def _check_binary(self, method: str) -> None:
        if self.nin != 2:
            raise ValueError(f"{method} is only supported for binary ufuncs, but {self.__name__} has nin={self.nin}")
        if self.nout != 1:
            raise ValueError(f"{method} is only supported for functions returning a single value, got nout={self.nout}")

    def _result_dtype(self, x: Array, dtype: Any) -> np.dtype[Any]:
        """What folding works in: the dtype asked for, or that of the function's result."""
        if dtype is not None:
            return dtypes.requested_dtype(dtype, str(self.__name__))
        from ..shapes import ShapeDtypeStruct, eval_shape

        scalar = ShapeDtypeStruct((), x.dtype)
        return eval_shape(self.function, scalar, scalar).dtype

    # Reduction -----------------------------------------------------------------------------------------------------------
    def reduce(
        self,
        a: Any,
        axis: Any = 0,
        dtype: Any = None,
        out: None = None,
        keepdims: bool = False,
        initial: Any = None,
        where: Any = None,
    ) -> Array:
        """The function of all elements along an axis, from the first to the last: ``f(f(a[0], a[1]), a[2])``.

        Args:
          a: array or scalar.
          axis: integer; None reduces all elements. Sums, products, extrema and logical functions also take a tuple.
          dtype: dtype of the computation.
          out: not supported; must be None.
          keepdims: keep the reduced axis with size 1.
          initial: what the reduction starts from, a scalar.
          where: boolean array that broadcasts to `a`: which elements count.

        Raises:
          ValueError: there are no elements, or a mask, and neither `initial` nor an identity is given.

        Reference: NumPy, numpy.ufunc.reduce.

        >>> import pullback.numpy as pnp
        >>> pnp.subtract.reduce(pnp.array([[9, 8], [2, 3]]))
        Array([7, 5], dtype=int32)
        >>> pnp.maximum.reduce(pnp.array([3, 5, 4]), initial=7)
        Array(7, dtype=int32)
        """
        self._check_binary("reduce")
        no_out(f"{self.__name__}.reduce", out)
        x = strong_array(f"{self.__name__}.reduce", a)
        if where is not None and self.identity is None and initial is None:
            raise ValueError(
                f"reduction operation {self.__name__!r} does not have an identity, so to use a where mask one has to specify "
                f"'initial'."
            )
        if axis is not None:
            axis = (
                tuple(canonical_axis(v, x.ndim) for v in axis) if isinstance(axis, (tuple, list)) else canonical_axis(axis, x.ndim)
            )
        if self._reduce is not None:
            if dtype is not None and self._reduce not in (reductions.sum, reductions.prod):
                x = cast(x, dtypes.requested_dtype(dtype, f"{self.__name__}.reduce"))
                dtype = None
            options = {} if dtype is None else {"dtype": dtype}
            if initial is None and where is not None and self._reduce in (reductions.max, reductions.min):
                initial = self.identity
            if initial is not None:
                options["initial"] = initial
            return self._reduce(x, axis=axis, keepdims=keepdims, where=where, **options)
        return self._fold_axis(x, axis, dtype, keepdims, initial, where)

    def _fold_axis(self, x: Array, axis: Any, dtype: Any, keepdims: bool, initial: Any, where: Any) -> Array:
        if isinstance(axis, tuple):
            if len(axis) != 1:
                raise NotImplementedError(
                    f"{self.__name__}.reduce: a tuple of axes is not supported, for the order of elements matters; reduce one axis "
                    f"after the other"
                )
            (axis,) = axis
        shape = x.shape
        mask: Array | None = None
        if where is not None:
            (mask,) = arrays_of(f"{self.__name__}.reduce", where)
            mask = broadcast_to(truth(mask), shape)
        kept = tuple(1 if axis is None or i == axis else d for i, d in enumerate(shape))

        def flat(v: Array) -> Array:
            return ravel(v) if axis is None else moveaxis(v, axis, 0)

        x, mask = flat(x), None if mask is None else flat(mask)
        wide = self._result_dtype(x, dtype)
        x = cast(x, wide) if dtype is not None else x
        start = initial if initial is not None else self.identity if mask is not None or x.shape[0] == 0 else None
        if start is None:
            if x.shape[0] == 0:
                raise ValueError(f"zero-size array to reduction operation {self.__name__} which has no identity")
            carry, x = cast(x[0], wide), x[1:]
        else:
            (value,) = arrays_of(f"{self.__name__}.reduce", start)
            if value.ndim:
                raise ValueError(f"{self.__name__}.reduce: initial must be a scalar, got an array of shape {value.shape}")
            carry = broadcast_to(cast(value, wide), x.shape[1:])

        def step(state: Array, row: Any) -> tuple[Array, None]:
            element, counts = row
            new = cast(self.function(state, element), wide)
            return (new if counts is None else lax.select(counts, new, state)), None

        result = lax.scan(step, carry, (x, mask))[0]
        return lax.reshape(result, kept) if keepdims else result

    def accumulate(self, a: Any, axis: Any = 0, dtype: Any = None, out: None = None) -> Array:
        """All intermediate results of `reduce` along an axis.

        Args:
          a: array or scalar.
          axis: integer; None flattens the array.
          dtype: dtype of the computation.
          out: not supported; must be None.

        Reference: NumPy, numpy.ufunc.accumulate.

        >>> import pullback.numpy as pnp
        >>> pnp.subtract.accumulate(pnp.array([9, 2, 3]))
        Array([9, 7, 4], dtype=int32)
        """
        self._check_binary("accumulate")
        no_out(f"{self.__name__}.accumulate", out)
        x = strong_array(f"{self.__name__}.accumulate", a)
        if axis is None:
            x, axis = ravel(x), 0
        axis = canonical_axis(axis, x.ndim)
        if self._accumulate is not None:
            return self._accumulate(x, axis, dtype)
        x = moveaxis(x, axis, 0)
        wide = self._result_dtype(x, dtype)
        if dtype is not None:
            x = cast(x, wide)
        if x.shape[0] == 0:
            return moveaxis(cast(x, wide), 0, axis)
        first = cast(x[0], wide)

        def step(state: Array, row: Any) -> tuple[Array, Array]:
            new = cast(self.function(state, row), wide)
            return new, new

        rest = lax.scan(step, first, x[1:])[1]
        return moveaxis(lax.concatenate([lax.expand_dims(first, (0,)), rest], 0), 0, axis)

    # Updates -------------------------------------------------------------------------------------------------------------
    def at(self, a: Any, indices: Any, b: Any = None, /, *, inplace: bool = True) -> Array:
        """The array with the function applied at indices, as often as they occur; a new array, so `inplace` must be False.

        Args:
          a: array.
          indices: whatever indexes `a`.
          b: second argument of a function of two arguments; it broadcasts to the shape of ``a[indices]``.
          inplace: must be False.

        Raises:
          NotImplementedError: `inplace` is True, as it is in NumPy.

        Reference: NumPy, numpy.ufunc.at.

        >>> import pullback.numpy as pnp
        >>> pnp.add.at(pnp.zeros(3), pnp.array([0, 2, 2]), 1.0, inplace=False)
        Array([1., 0., 2.], dtype=float32)
        """
        if inplace:
            raise NotImplementedError(
                f"Arrays are immutable, so {self.__name__}.at cannot update in place as NumPy does. Pass inplace=False and use the "
                f"result: x = pullback.numpy.{self.__name__}.at(x, indices, b, inplace=False)"
            )
        if (self.nin, self.nout) not in ((1, 1), (2, 1)):
            raise ValueError(f"at is only supported for functions of one or two arguments and one result, not for {self!r}")
        if (b is None) != (self.nin == 1):
            raise TypeError(f"{self.__name__}.at takes {'no argument b' if self.nin == 1 else 'an argument b'}")
        name = f"{self.__name__}.at"
        (x,) = arrays_of(name, a)
        if self._at is not None and x.dtype != np.bool_:
            check_arraylike(name, b)
            return self._at(x.at[indices], b)
        # every element that the indices name, by its position; the last one stands for elements out of range
        everything = lax.reshape(lax.iota(np.dtype(np.int32), x.size), x.shape)
        where = everything.at[indices].get(mode="fill", fill_value=x.size)
        extra = () if self.nin == 1 else (ravel(broadcast_to(arrays_of(name, b)[0], where.shape)),)
        flat, where = ravel(x), ravel(where)
        if x.size == 0 or where.size == 0:
            return x
        if isinstance(where, ConcreteArray) and np.unique(where.host).size == where.size:
            new = self.function(flat.at[where].get(mode="clip"), *extra)
            return lax.reshape(flat.at[where].set(cast(new, x.dtype), mode="drop"), x.shape)

        def step(state: Array, row: Any) -> tuple[Array, None]:
            position, *operand = row
            new = self.function(state.at[position].get(mode="clip"), *operand)
            return state.at[position].set(cast(new, x.dtype), mode="drop"), None

        return lax.reshape(lax.scan(step, flat, (where, *extra))[0], x.shape)

    def outer(self, A: Any, B: Any, /) -> Array:
        """The function of all pairs of elements; the result has the dimensions of `A` followed by those of `B`.

        Args:
          A, B: arrays or scalars.

        Reference: NumPy, numpy.ufunc.outer.

        >>> import pullback.numpy as pnp
        >>> pnp.add.outer(pnp.array([10, 20]), pnp.array([1, 2]))
        Array([[11, 12],
               [21, 22]], dtype=int32)
        """
        if self.nin != 2:
            raise ValueError(f"outer is only supported for binary ufuncs, but {self.__name__} has nin={self.nin}")
        x, y = arrays_of(f"{self.__name__}.outer", A, B)
        return self.function(lax.reshape(x, x.shape + (1,) * y.ndim), y)

    def reduceat(self, a: Any, indices: Any, axis: int = 0, dtype: Any = None, out: None = None) -> Array:
        """`reduce` of the parts of an array between consecutive indices; ``a[i]`` where the next index is not greater than `i`.

        Args:
          a: array of at least one dimension.
          indices: integer array of one dimension.
          axis: integer.
          dtype: dtype of the computation.
          out: not supported; must be None.

        Raises:
          ValueError: `indices` is no integer vector, or has known values out of range.

        Reference: NumPy, numpy.ufunc.reduceat.

        >>> import pullback.numpy as pnp
        >>> pnp.add.reduceat(pnp.arange(8), pnp.array([0, 4, 1, 5]))
        Array([ 6,  4, 10, 18], dtype=int32)
        """
        self._check_binary("reduceat")
        name = f"{self.__name__}.reduceat"
        no_out(name, out)
        x = strong_array(name, a)
        (index,) = arrays_of(name, indices)
        if axis is None or isinstance(axis, (tuple, list)):
            raise ValueError(f"{name} requires a single integer axis, got {axis!r}")
        if index.dtype.kind not in "iu" or index.ndim != 1:
            raise ValueError(f"{name}: indices must be a vector of integers, got {index.dtype.name}{list(index.shape)}")
        axis = canonical_axis(axis, x.ndim)
        rows = moveaxis(x, axis, 0)
        n = rows.shape[0]
        if isinstance(index, ConcreteArray) and index.size and (index.host.min() < 0 or index.host.max() >= n):
            raise ValueError(f"{name}: indices must be in [0, {n}), got {index.host}")
        wide = self._result_dtype(rows, dtype)
        if dtype is not None:
            rows = cast(rows, wide)
        count = index.shape[0]
        index = cast(index, np.dtype(np.int32))
        one = np.ones((), np.int32)
        stops = lax.concatenate([index[1:], lax.full((min(count, 1),), np.int32(n))], 0)
        stops = lax.max(stops, lax.add(index, one))
        carry = lax.full((count, *rows.shape[1:]), np.zeros((), wide))

        def step(state: Array, row: Any) -> tuple[Array, None]:
            """One element, taken into account by all parts that hold it."""
            i, element = row
            here = lax.broadcast_in_dim(element, state.shape, range(1, state.ndim))
            begins, inside = (
                lax.broadcast_in_dim(m, state.shape, (0,)) for m in (lax.eq(index, i), lax.bitwise_and(i >= index, i < stops))
            )
            new = lax.select(inside, cast(self.function(state, here), wide), state)
            return lax.select(begins, cast(here, wide), new), None

        out_rows = lax.scan(step, carry, (lax.iota(np.dtype(np.int32), n), rows))[0]
        return moveaxis(out_rows, 0, axis)


def _count(n: Any, what: str) -> int:
    n = as_int(n, f"ufunc: {what}")
    if n < 0:
        raise ValueError(f"ufunc: {what} must not be negative, got {n}")
    return n
