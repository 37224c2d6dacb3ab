"""Names of dtypes, and questions about dtypes: float32, finfo, result_type, issubdtype, isdtype, ...

``float32`` and its like stand where a dtype is expected, equal NumPy's type of that name, and as functions make arrays:
``float32(2)``.
"""

from __future__ import annotations

from typing import Any

import ml_dtypes
import numpy as np

from .. import dtypes
from ..array import Array
from ..configuration import config
from .util import as_array, as_ints, canonical_axes, check_arraylike, is_arraylike, shape_of


class _ScalarMeta(type):
    """Class of the dtype names: calling one makes an array, comparing one compares dtypes."""

    dtype: np.dtype[Any]

    def __call__(cls, x: Any = 0) -> Array:
        from .creation import asarray

        return asarray(x, dtype=cls.dtype)

    def __eq__(cls, other: object) -> bool:
        if other is cls:
            return True
        try:
            return cls.dtype == np.dtype(other)  # type: ignore[call-overload]
        except TypeError:
            return False

    def __hash__(cls) -> int:
        return hash(cls.dtype.type)

    def __instancecheck__(cls, instance: Any) -> bool:
        return isinstance(instance, cls.dtype.type)

    def __repr__(cls) -> str:
        return f"<class 'pullback.numpy.{cls.__name__}'>"


def _scalar_type(name: str, kind: Any) -> Any:
    dtype = np.dtype(kind)
    text = f"""The dtype {dtype.name}; called, it makes an array of it.

    Reference: NumPy, numpy.{dtype.name}.

    >>> import pullback.numpy as pnp
    >>> pnp.{name}.dtype
    {dtype!r}
    """
    return _ScalarMeta(name, (), {"dtype": dtype, "__doc__": text, "__module__": "pullback.numpy"})


bool_ = _scalar_type("bool_", np.bool_)
int8 = _scalar_type("int8", np.int8)
int16 = _scalar_type("int16", np.int16)
int32 = _scalar_type("int32", np.int32)
int64 = _scalar_type("int64", np.int64)
uint8 = _scalar_type("uint8", np.uint8)
uint16 = _scalar_type("uint16", np.uint16)
uint32 = _scalar_type("uint32", np.uint32)
uint64 = _scalar_type("uint64", np.uint64)
float16 = _scalar_type("float16", np.float16)
bfloat16 = _scalar_type("bfloat16", ml_dtypes.bfloat16)
float32 = _scalar_type("float32", np.float32)
float64 = _scalar_type("float64", np.float64)
complex64 = _scalar_type("complex64", np.complex64)
complex128 = _scalar_type("complex128", np.complex128)
int_ = int64
uint = uint64
float_ = double = float64
single = float32
complex_ = cdouble = complex128
csingle = complex64

# Abstract kinds, for `issubdtype`.
generic, number, integer, signedinteger, unsignedinteger = np.generic, np.number, np.integer, np.signedinteger, np.unsignedinteger
inexact, floating, complexfloating = np.inexact, np.floating, np.complexfloating
flexible, character, object_ = np.flexible, np.character, np.object_

dtype = np.dtype
finfo = dtypes.finfo
iinfo = dtypes.iinfo


def _as_kind(x: Any) -> Any:
    """What `numpy.issubdtype` understands."""
    if isinstance(x, _ScalarMeta):
        return x.dtype.type
    if isinstance(x, (Array, np.ndarray, np.generic)):
        raise TypeError(f"Cannot interpret an array of shape {x.shape} as a data type")
    return x


def issubdtype(arg1: Any, arg2: Any) -> bool:
    """Whether a dtype is of a kind.

    Args:
      arg1: dtype.
      arg2: dtype, or kind such as `floating` or `integer`.

    Reference: NumPy, numpy.issubdtype.

    >>> import pullback.numpy as pnp
    >>> pnp.issubdtype(pnp.float32, pnp.floating)
    True
    """
    first, second = _as_kind(arg1), _as_kind(arg2)
    abstract = isinstance(first, type) and issubclass(first, np.generic) and first in _ABSTRACT
    return bool(np.issubdtype(first, second) if abstract else dtypes.issubdtype(first, second))


_ABSTRACT = frozenset(
    (generic, number, integer, signedinteger, unsignedinteger, inexact, floating, complexfloating, flexible, character)
)


def _typed(x: Any) -> tuple[np.dtype[Any], bool]:
    if is_arraylike(x) and not isinstance(x, _ScalarMeta):
        a = as_array(x)
        return a.dtype, a.weak_type
    if x is int or x is float or x is complex:
        return dtypes.canonicalize_dtype(x), True
    if isinstance(x, (str, type, np.dtype, _ScalarMeta)) or hasattr(x, "dtype"):
        return dtypes.canonicalize_dtype(x), False
    raise TypeError(f"{x!r} is neither an array nor a dtype"[:200])


def result_type(*args: Any) -> np.dtype[Any]:
    """The dtype that operations on the arguments have.

    Args:
      args: arrays, scalars or dtypes.

    Reference: NumPy, numpy.result_type; the promotion is JAX's.

    >>> import pullback.numpy as pnp
    >>> pnp.result_type(pnp.float16(1), 2.0).name
    'float16'
    """
    if not args:
        raise ValueError("at least one array or dtype is required")
    return dtypes.promote(*map(_typed, args))[0]


def promote_types(a: Any, b: Any) -> np.dtype[Any]:
    """The smallest dtype that both dtypes promote to.

    Args:
      a, b: dtypes; Python's ``int``, ``float`` and ``complex`` are weak and take the width of the other.

    Reference: NumPy, numpy.promote_types; the promotion is JAX's.

    >>> import pullback.numpy as pnp
    >>> pnp.promote_types("int32", "bfloat16").name
    'bfloat16'
    """
    return dtypes.promote_dtypes_only(*(_dtype_only(x) for x in (a, b)))


def _dtype_only(x: Any) -> tuple[np.dtype[Any], bool]:
    if isinstance(x, (Array, np.ndarray, int, float, complex)):
        raise TypeError(f"promote_types takes dtypes, got {type(x).__name__}")
    with config.scope(enable_x64=True):
        return _typed(x)


def can_cast(from_: Any, to: Any, casting: str = "safe") -> bool:
    """Whether one dtype can be cast to another under a rule.

    Args:
      from_, to: dtypes.
      casting: "no", "equiv", "safe", "same_kind" or "unsafe".

    Reference: NumPy, numpy.can_cast.

    >>> import pullback.numpy as pnp
    >>> pnp.can_cast("int32", "float64"), pnp.can_cast("float32", "int32")
    (True, False)
    """
    source = from_.dtype if hasattr(from_, "dtype") else np.dtype(from_)
    target = to.dtype if hasattr(to, "dtype") else np.dtype(to)
    return bool(np.can_cast(source, target, casting))  # type: ignore[arg-type]


def isdtype(dtype: Any, kind: Any) -> bool:
    """Whether a dtype is of a kind, in the words of the array API standard.

    Args:
      dtype: dtype.
      kind: dtype, or "bool", "signed integer", "unsigned integer", "integral", "real floating", "complex floating", "numeric",
        or a tuple of these.

    Reference: NumPy, numpy.isdtype.

    >>> import pullback.numpy as pnp
    >>> pnp.isdtype(pnp.float32, "real floating")
    True
    """
    d = dtype.dtype if hasattr(dtype, "dtype") else np.dtype(dtype)
    if isinstance(kind, tuple):
        return any(isdtype(d, k) for k in kind)
    if isinstance(kind, str) and kind in _KINDS:
        return bool(_KINDS[kind](d))
    try:
        return bool(d == (kind.dtype if hasattr(kind, "dtype") else np.dtype(kind)))
    except TypeError:
        raise ValueError(f"Unrecognized kind {kind!r}; kinds: {', '.join(_KINDS)}, or a dtype") from None


_KINDS: dict[str, Any] = {
    "bool": lambda d: d == np.bool_,
    "signed integer": lambda d: d.kind == "i",
    "unsigned integer": lambda d: d.kind == "u",
    "integral": dtypes.is_integer,
    "real floating": dtypes.is_floating,
    "complex floating": lambda d: d.kind == "c",
    "numeric": lambda d: dtypes.is_integer(d) or dtypes.is_inexact(d),
}


# Questions about values --------------------------------------------------------------------------------------------------
def isscalar(element: Any) -> bool:
    """Whether `element` is a scalar: a Python or NumPy number, or an array of no dimension.

    Args:
      element: anything.

    Reference: NumPy, numpy.isscalar.

    >>> import pullback.numpy as pnp
    >>> pnp.isscalar(3.0), pnp.isscalar([3.0])
    (True, False)
    """
    if isinstance(element, (Array, np.ndarray)):
        return element.ndim == 0
    return bool(np.isscalar(element))


def ndim(a: Any) -> int:
    """Number of dimensions.

    Args:
      a: array or scalar, or lists of them.

    Reference: NumPy, numpy.ndim.

    >>> import pullback.numpy as pnp
    >>> pnp.ndim(pnp.ones((2, 3)))
    2
    """
    return len(_shape("ndim", a))


def shape(a: Any) -> tuple[int, ...]:
    """Shape of an array.

    Args:
      a: array or scalar, or lists of them.

    Reference: NumPy, numpy.shape.

    >>> import pullback.numpy as pnp
    >>> pnp.shape(pnp.ones((2, 3)))
    (2, 3)
    """
    return _shape("shape", a)


def _shape(name: str, a: Any) -> tuple[int, ...]:
    if isinstance(a, (list, tuple)):
        from .creation import asarray

        return asarray(a).shape
    check_arraylike(name, a)
    return shape_of(a)


def size(a: Any, axis: Any = None) -> int:
    """Number of elements, in all or along axes.

    Args:
      a: array or scalar, or lists of them.
      axis: integer or tuple of integers.

    Reference: NumPy, numpy.size.

    >>> import pullback.numpy as pnp
    >>> pnp.size(pnp.ones((2, 3)))
    6
    """
    dims = _shape("size", a)
    n = 1
    for i in range(len(dims)) if axis is None else canonical_axes(as_ints(axis, "axis"), len(dims), "axis"):
        n *= dims[i]
    return n


def iterable(y: Any) -> bool:
    """Whether one can iterate over `y`.

    Args:
      y: anything.

    Reference: NumPy, numpy.iterable.

    >>> import pullback.numpy as pnp
    >>> pnp.iterable([1, 2]), pnp.iterable(1)
    (True, False)
    """
    if isinstance(y, Array):
        return y.ndim > 0
    return bool(np.iterable(y))
