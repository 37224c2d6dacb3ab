"""Arrays: `Array` is what users see, `ConcreteArray` holds data (on the host, on a device, or both).

Operators and methods are attached by `pullback.numpy` (frontend/numpy/array_methods.py), which is built on top of this.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np

from pullback.dialects import types as T
from pullback.dialects.types import Aval

from . import dtypes


class Array:
    """An immutable array: concrete, or traced inside a transformation. ``isinstance(x, pullback.Array)`` holds for both.

    Attributes: `shape`, `dtype`, `ndim`, `size`, `aval`, `weak_type` (it came from a Python scalar and does not widen others).

    >>> import pullback.numpy as pnp
    >>> x = pnp.array([1.0, 2.0])
    >>> x * 2 + 1
    Array([3., 5.], dtype=float32)
    >>> x.at[0].set(5.0)
    Array([5., 2.], dtype=float32)
    """

    __slots__ = ()
    __array_priority__ = 100

    aval: Aval
    weak_type: bool

    @property
    def shape(self) -> tuple[int, ...]:
        return self.aval.shape

    @property
    def dtype(self) -> np.dtype[Any]:
        return T.np_dtype(self.aval.dtype)

    @property
    def ndim(self) -> int:
        return len(self.aval.shape)

    @property
    def size(self) -> int:
        return self.aval.size

    @property
    def itemsize(self) -> int:
        return self.dtype.itemsize

    @property
    def nbytes(self) -> int:
        return self.size * self.dtype.itemsize

    if TYPE_CHECKING:  # what pullback.numpy attaches and modules that are built on it use

        def __add__(self, other: Any) -> Any: ...
        def __radd__(self, other: Any) -> Any: ...
        def __sub__(self, other: Any) -> Any: ...
        def __rsub__(self, other: Any) -> Any: ...
        def __mul__(self, other: Any) -> Any: ...
        def __rmul__(self, other: Any) -> Any: ...
        def __truediv__(self, other: Any) -> Any: ...
        def __rtruediv__(self, other: Any) -> Any: ...
        def __floordiv__(self, other: Any) -> Any: ...
        def __rfloordiv__(self, other: Any) -> Any: ...
        def __mod__(self, other: Any) -> Any: ...
        def __rmod__(self, other: Any) -> Any: ...
        def __pow__(self, other: Any) -> Any: ...
        def __rpow__(self, other: Any) -> Any: ...
        def __matmul__(self, other: Any) -> Any: ...
        def __rmatmul__(self, other: Any) -> Any: ...
        def __and__(self, other: Any) -> Any: ...
        def __rand__(self, other: Any) -> Any: ...
        def __or__(self, other: Any) -> Any: ...
        def __ror__(self, other: Any) -> Any: ...
        def __xor__(self, other: Any) -> Any: ...
        def __rxor__(self, other: Any) -> Any: ...
        def __lshift__(self, other: Any) -> Any: ...
        def __rlshift__(self, other: Any) -> Any: ...
        def __rshift__(self, other: Any) -> Any: ...
        def __rrshift__(self, other: Any) -> Any: ...
        def __lt__(self, other: Any) -> Any: ...
        def __le__(self, other: Any) -> Any: ...
        def __gt__(self, other: Any) -> Any: ...
        def __ge__(self, other: Any) -> Any: ...
        def __eq__(self, other: object) -> Any: ...
        def __ne__(self, other: object) -> Any: ...
        def __neg__(self) -> Any: ...
        def __pos__(self) -> Any: ...
        def __abs__(self) -> Any: ...
        def __invert__(self) -> Any: ...
        def __iter__(self) -> Any: ...
        def __getitem__(self, index: Any) -> Any: ...
        def __getattr__(self, name: str) -> Any: ...  # methods and properties, such as `reshape`, `at`, `T`


class ConcreteArray(Array):
    """An array with data. `_host` and `_buffer` hold the same values; either is made from the other when first needed.

    `_exclusive` says that nothing else can see the buffer's memory, so that it may be donated.
    """

    __slots__ = ("_host", "_buffer", "_device", "_exclusive", "aval", "weak_type", "__weakref__")

    def __init__(
        self, host: np.ndarray[Any, Any] | None, aval: Aval, weak_type: bool = False, buffer: Any = None, device: Any = None
    ):
        self._host = host
        self._buffer = buffer
        self._device = device
        self._exclusive = False
        self.aval = aval
        self.weak_type = weak_type

    @property
    def host(self) -> np.ndarray[Any, Any]:
        """The values as a NumPy array that must not be written to."""
        if self._host is None:
            self._host = self._device.to_host(self._buffer)
        return self._host

    def forget(self, why: str) -> None:
        """Frees the memory; a later use raises RuntimeError with `why`."""
        self._host = self._buffer = None
        self._device = Deleted(why)

    def __reduce__(self) -> Any:
        return from_numpy, (np.asarray(self.host), self.weak_type)


class Deleted:
    """Stands in place of the device of an array whose memory is gone."""

    def __init__(self, why: str):
        self.why = why

    def to_host(self, buffer: Any) -> NoReturn:
        raise RuntimeError(f"Array has been deleted: {self.why}, and its values cannot be used afterwards.")


def from_numpy(array: Any, weak_type: bool = False) -> ConcreteArray:
    """Wraps a NumPy array (or scalar) without copying; its dtype must be supported and canonical."""
    if not isinstance(array, np.ndarray):
        array = np.asarray(array)
    return ConcreteArray(array, Aval(array.shape, T.from_np(array.dtype)), weak_type)


def as_concrete(x: Any, dtype: Any = None) -> ConcreteArray:
    """A concrete array of a Python scalar, NumPy array or array-like (copied if it is the caller's memory)."""
    if isinstance(x, ConcreteArray) and (dtype is None or dtype == x.dtype):
        return x
    scalar = dtypes.scalar_type(x)
    if scalar is not None and dtype is None:
        kind, weak = scalar
        if kind.kind == "i" and not (np.iinfo(kind).min <= x <= np.iinfo(kind).max):
            raise OverflowError(f"Python int {x} is too large to convert to {kind}")
        return from_numpy(np.asarray(x, kind), weak)
    if isinstance(x, ConcreteArray):
        x = x.host
    array = np.asarray(x)
    if array.dtype == object:
        raise TypeError(f"{type(x).__name__} is not a valid array type: {x!r}"[:300])
    target = dtypes.canonicalize_dtype(array.dtype if dtype is None else dtype)
    return from_numpy(np.array(array, target))
