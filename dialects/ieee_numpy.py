"""NumPy functions of floats that keep the rules of IEEE 754 for zeros and infinities where NumPy's own do not.

Compiled code keeps them, and evaluation must not differ from it. Results are corrected only where it may be necessary, for these
functions are called for small arrays, too.
"""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ["maximum", "minimum", "power", "sign", "zeros_of_extremum"]


def power(x: Any, y: Any) -> Any:
    """`numpy.power`, whose short cut for the exponent 0.5, the square root, is wrong at -0.0 and -inf."""
    out = np.power(x, y)
    if np.ndim(y) == 0 and y == 0.5 and out.dtype.kind == "f":
        return np.where(x == 0, np.abs(out), np.where(x == -np.inf, out.dtype.type(np.inf), out))
    return out


def sign(x: Any) -> Any:
    """`numpy.sign` that keeps the sign of zeros."""
    return np.copysign(np.sign(x), x) if x.dtype.kind == "f" else np.sign(x)


def maximum(x: Any, y: Any) -> Any:
    """`numpy.maximum` for which 0.0 is larger than -0.0; NumPy gives the second operand."""
    out = np.maximum(x, y)
    if out.dtype.kind != "f" or out.all():
        return out
    return np.where(x == 0, out + x, out)


def minimum(x: Any, y: Any) -> Any:
    """`numpy.minimum` for which -0.0 is smaller than 0.0; NumPy gives the second operand."""
    out = np.minimum(x, y)
    if out.dtype.kind != "f" or out.all():
        return out
    return np.where(x == 0, -(-out - x), out)


def zeros_of_extremum(out: Any, x: Any, axes: tuple[int, ...], largest: bool) -> Any:
    """The largest (or smallest) elements over axes, where 0.0 is larger than -0.0."""
    if x.dtype.kind != "f" or np.all(out):
        return out
    found = np.any((x == 0) & (np.signbit(x) != largest), axis=axes)  # a zero of the sign that wins
    zero = out.dtype.type(0.0)
    return np.where(out == 0, np.where(found == largest, zero, -zero), out)
