"""Element types at the user's level: NumPy dtypes, weak types of Python scalars, promotion, and the x64 switch.

Promotion follows JAX: the least upper bound in the lattice below, in which the Python scalar types ``i*``, ``f*``, ``c*``
sit below the arrays of their kind, so that ``float32_array * 2.0`` stays float32. Reference: JAX documentation, type promotion.
"""

from __future__ import annotations

import functools
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
    if dtype is bool or dtype is int or dtype is float or dtype is complex:
        result = {bool: np.dtype(bool), int: np.dtype("int64"), float: np.dtype("float64"), complex: np.dtype("complex128")}[dtype]
    else:
        result = (
            dtype if isinstance(dtype, np.dtype) else np.dtype(dtype if isinstance(dtype, type) else getattr(dtype, "dtype", dtype))
        )
    if not result.isnative:
        result = result.newbyteorder("=")
    if result not in SUPPORTED:
        if result == float0:
            return result
        raise TypeError(f"{argument}={dtype!r} is not supported; supported dtypes: {', '.join(sorted(map(str, SUPPORTED)))}")
    return result if config.enable_x64 else _NARROW.get(result, result)


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
    dtype = canonicalize_dtype(dtype)
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
    return np.iinfo(canonicalize_dtype(dtype))
