"""What the functions of `pullback.scipy.special` share."""

from __future__ import annotations

from typing import Any

from pullback.dialects import types as T

from ..array import Array
from ..numpy.emit import pb
from ..numpy.util import promote_args_inexact


def real_args(name: str, *xs: Any) -> list[Array]:
    """Arguments as floating arrays of one dtype; a ValueError for complex ones."""
    arrays = promote_args_inexact(name, *xs)
    if T.is_complex(arrays[0].aval.dtype):
        raise ValueError(f"{name} does not support complex-valued inputs, got dtype {arrays[0].dtype.name}")
    return arrays


def special(kind: str, name: str, *xs: Any) -> Array:
    """A function of the operation pb.special on promoted arguments."""
    out: Array = pb.special(*real_args(name, *xs), kind=kind)
    return out


def operation(op: str, name: str, *xs: Any) -> Array:
    """An elementwise operation on promoted arguments."""
    out: Array = getattr(pb, op)(*real_args(name, *xs))
    return out


__all__ = ["operation", "pb", "real_args", "special"]
