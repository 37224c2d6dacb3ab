"""Element types at the user's level: NumPy dtypes, weak types of Python scalars, promotion, and the x64 switch.

Promotion follows JAX: the least upper bound in the lattice below, in which the Python scalar types ``i*``, ``f*``, ``c*``
sit below the arrays of their kind, so that ``float32_array * 2.0`` stays float32. Reference: JAX documentation, type promotion.
"""

from __future__ import annotations

import functools
import warnings
from typing import Any

import ml_dtypes
import numpy as np

from .configuration import config

bfloat16 = np.dtype(ml_dtypes.bfloat16)
#: Tangent type of integers and booleans: it holds no data.
float0 = np.dtype([("float0", np.void, 0)])

_I, _F, _C = "i*", "f*", "c*"
_NODES: dict[Any, tuple[Any, ...]] = {
    np.dtype(bool): (_I,),
    _I: (np.dtype("uint8"), np.dtype("int8")),
    np.dtype("uint8"): (np.dtype("int16"), np.dtype("uint16")),
    np.dtype("uint16"): (np.dtype("int32"), np.dtype("uint32")),
    np.dtype("uint32"): (np.dtype("int64"), np.dtype("uint64")),
    np.dtype("uint64"): (_F,),
    np.dtype("int8"): (np.dtype("int16"),),
    np.dtype("int16"): (np.dtype("int32"),),
    np.dtype("int32"): (np.dtype("int64"),),
    np.dtype("int64"): (_F,),
    _F: (bfloat16, np.dtype("float16"), _C),
    bfloat16: (np.dtype("float32"),),
    np.dtype("float16"): (np.dtype("float32"),),
    np.dtype("float32"): (np.dtype("float64"), np.dtype("complex64")),
    np.dtype("float64"): (np.dtype("complex128"),),
    _C: (np.dtype("complex64"),),
    np.dtype("complex64"): (np.dtype("complex128"),),
    np.dtype("complex128"): (),
}
_WEAK = {_I: np.dtype("int64"), _F: np.dtype("float64"), _C: np.dtype("complex128")}
_WEAK_NODE = {"i": _I, "u": _I, "f": _F, "V": _F, "c": _C}
_NARROW: dict[Any, Any] = {
    np.dtype("int64"): np.dtype("int32"),
    np.dtype("uint64"): np.dtype("uint32"),
    np.dtype("float64"): np.dtype("float32"),
    np.dtype("complex128"): np.dtype("complex64"),
}
SUPPORTED = frozenset(d for d in _NODES if isinstance(d, np.dtype))


def keeps_kind(weak: np.dtype[Any], dtype: np.dtype[Any]) -> bool:
    """Whether a Python scalar of dtype `weak` stands for a tangent of dtype `dtype`: both floating, or both complex."""
    return is_inexact(weak) and (weak.kind == "c") <= (dtype.kind == "c")


def _ancestors(node: Any) -> set[Any]:
    seen = {node}
    stack = [node]
    while stack:
        for up in _NODES[stack.pop()]:
            if up not in seen:
                seen.add(up)
                stack.append(up)
    return seen


_UPPER = {node: frozenset(_ancestors(node)) for node in _NODES}


@functools.cache
def _least_upper_bound(nodes: frozenset[Any]) -> Any:
    common = frozenset.intersection(*(_UPPER[n] for n in nodes))
    least = [n for n in common if all(m in _UPPER[n] for m in common)]
    return least[0]


def canonicalize_dtype(dtype: Any, argument: str = "dtype") -> np.dtype[Any]:
    """The dtype that arrays of `dtype` get: 64-bit types become 32-bit ones unless ``config.enable_x64``."""
    result = _supported(dtype, argument)
    return result if config.enable_x64 else _NARROW.get(result, result)


def requested_dtype(dtype: Any, function: str, argument: str = "dtype") -> np.dtype[Any]:
    """`canonicalize_dtype` of what a user gave a function as its argument: a 64-bit type that is not available causes a warning.

    Python's own types do not: they stand for the default types.
    """
    wanted = _supported(dtype, argument)
    if config.enable_x64:
        return wanted
    result = _NARROW.get(wanted, wanted)
    if result is not wanted and not (dtype is int or dtype is float or dtype is complex):
        from .locations import user_stacklevel

        warnings.warn(
            f"Explicitly requested dtype {wanted.name} requested in {function} is not available, and will be truncated to dtype "
            f"{result.name}. To enable more dtypes, set pullback.config.update('enable_x64', True) or the environment variable "
            f"PULLBACK_ENABLE_X64=1.",
            UserWarning,
            stacklevel=user_stacklevel(),
        )
    return result


def _supported(dtype: Any, argument: str) -> np.dtype[Any]:
    if dtype is bool or dtype is int or dtype is float or dtype is complex:
        result = {bool: np.dtype(bool), int: np.dtype("int64"), float: np.dtype("float64"), complex: np.dtype("complex128")}[dtype]
    else:
        try:
            result = (
                dtype
                if isinstance(dtype, np.dtype)
                else np.dtype(dtype if isinstance(dtype, type) else getattr(dtype, "dtype", dtype))
            )
        except TypeError as e:
            raise TypeError(f"{argument}={dtype!r} is no dtype: {e}"[:300]) from None
    if not result.isnative:
        result = result.newbyteorder("=")
    if result not in SUPPORTED:
        if result == float0:
            return result
        raise TypeError(f"{argument}={dtype!r} is not supported; supported dtypes: {', '.join(sorted(map(str, SUPPORTED)))}")
    return result


def scalar_type(x: Any) -> tuple[np.dtype[Any], bool] | None:
    """(dtype, weak) of a Python scalar; None for anything else."""
    kind = type(x)
    if kind is bool:
        return np.dtype(bool), False
    if kind is int:
        return canonicalize_dtype(int), True
    if kind is float:
        return canonicalize_dtype(float), True
    if kind is complex:
        return canonicalize_dtype(complex), True
    return None


def node_of(dtype: np.dtype[Any], weak: bool) -> Any:
    """The lattice node of a dtype; weak ones share the node of their kind."""
    if weak and dtype != np.dtype(bool):
        return _WEAK_NODE[dtype.kind]
    return dtype


@functools.cache
def _promote(types: tuple[tuple[np.dtype[Any], bool], ...], x64: bool) -> tuple[np.dtype[Any], bool]:
    node = _least_upper_bound(frozenset(node_of(d, w) for d, w in types))
    if isinstance(node, str):
        weak_dtype = _WEAK[node]
        return (weak_dtype if x64 else _NARROW[weak_dtype]), True
    weak = all(w for _, w in types)
    return (node if x64 else _NARROW.get(node, node)), weak


def promote(*types: tuple[np.dtype[Any], bool]) -> tuple[np.dtype[Any], bool]:
    """The (dtype, weak) that operands of the given types promote to."""
    return _promote(types, config.enable_x64)


def promote_dtypes_only(*types: tuple[np.dtype[Any], bool]) -> np.dtype[Any]:
    """What dtypes promote to. 64-bit ones, a question about dtypes, may come out where one goes in, whatever arrays may have."""
    result = _promote(types, True)[0]
    wide = any(d in _NARROW for d, _ in types)
    return result if wide else canonicalize_dtype(result)


def is_inexact(dtype: Any) -> bool:
    """True for floating-point and complex dtypes, bfloat16 included."""
    return dtype.kind in "fc" or dtype == bfloat16


def is_floating(dtype: Any) -> bool:
    return dtype.kind == "f" or dtype == bfloat16


def is_integer(dtype: Any) -> bool:
    return dtype.kind in "iu"


def issubdtype(dtype: Any, kind: Any) -> bool:
    """`numpy.issubdtype` that knows bfloat16 as a floating type."""
    if isinstance(kind, type) and issubclass(kind, np.generic) and np.dtype(dtype) == bfloat16:
        return kind in (np.floating, np.inexact, np.number, np.generic) or kind is bfloat16.type
    return np.issubdtype(dtype, kind)


def finfo(dtype: Any) -> Any:
    """Limits of a floating or complex dtype, as `numpy.finfo`; bfloat16 included.

    Args:
      dtype: floating or complex dtype, or an array of one.

    Reference: NumPy, numpy.finfo.

    >>> import pullback.numpy as pnp
    >>> float(pnp.finfo(pnp.float32).eps), pnp.finfo(pnp.bfloat16).bits
    (1.1920928955078125e-07, 16)
    """
    dtype = _supported(dtype, "dtype")
    return ml_dtypes.finfo(dtype) if dtype == bfloat16 else np.finfo(dtype)  # type: ignore[no-untyped-call]


def iinfo(dtype: Any) -> Any:
    """Limits of an integer dtype, as `numpy.iinfo`.

    Args:
      dtype: integer dtype, or an array of one.

    Reference: NumPy, numpy.iinfo.

    >>> import pullback.numpy as pnp
    >>> pnp.iinfo(pnp.int8).max
    127
    """
    return np.iinfo(_supported(dtype, "dtype"))
