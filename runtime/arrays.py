"""Checks of host values against the type that a compiled function expects, done before IREE sees them.

IREE's own messages name neither the argument nor its place in the user's data, and it does not check an argument that a
program only passes through.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from pullback.dialects import types

_RANK = {"b": 0, "i": 1, "u": 1, "f": 2, "V": 2, "c": 3}  # bool, integer, float (bf16 is "V" to NumPy), complex
_PYTHON_SCALARS = (bool, int, float, complex)


def type_text(shape: tuple[int, ...], dtype: np.dtype[Any]) -> str:
    """``f32[3,4]``, in the dialect's spelling; NumPy's name for dtypes that the dialect does not have."""
    try:
        name = types.from_np(dtype)
    except TypeError:
        name = str(dtype)
    return f"{name}[{','.join(map(str, shape))}]"


def check_argument(value: Any, shape: tuple[int, ...], dtype: np.dtype[Any], path: str) -> NDArray[Any]:
    """`value` as a NumPy array of exactly this shape and dtype, or an error that names the argument by its path.

    Python numbers, and lists of them, have no dtype of their own and are converted where nothing is lost in kind (an int may
    become a float, a float no int). Arrays must have the dtype: a silent conversion would hide a mistake, or a slow call.
    Raises TypeError for a wrong kind of value or dtype, ValueError for a wrong shape or a number that does not fit.
    """
    if type(value) is np.ndarray:
        array = value
    elif isinstance(value, (*_PYTHON_SCALARS, list, tuple)) and not isinstance(value, np.generic):
        array = _from_python(value, shape, dtype, path)
    else:
        array = _from_foreign(value, shape, dtype, path)
    if array.dtype != dtype:
        if array.dtype.kind not in _RANK:
            raise TypeError(f"argument {path!r}: expected {type_text(shape, dtype)}, got an array of {array.dtype}")
        if array.dtype == dtype.newbyteorder("S"):  # the same type in the other byte order
            return check_argument(array.astype(dtype), shape, dtype, path)
        raise TypeError(f"argument {path!r}: expected {type_text(shape, dtype)}, got {type_text(array.shape, array.dtype)}")
    if array.shape != shape:
        raise ValueError(f"argument {path!r}: expected {type_text(shape, dtype)}, got {type_text(array.shape, array.dtype)}")
    return array


def _from_python(value: Any, shape: tuple[int, ...], dtype: np.dtype[Any], path: str) -> NDArray[Any]:
    expected = type_text(shape, dtype)
    weak = isinstance(value, _PYTHON_SCALARS) or _only_python_numbers(value)
    try:
        array = np.asarray(value)
    except (ValueError, OverflowError) as error:
        raise ValueError(f"argument {path!r}: expected {expected}, got {type(value).__name__}: {error}") from None
    if not weak or array.dtype == dtype:
        return array
    if array.size == 0 and array.dtype == np.float64:
        return array.astype(dtype)  # NumPy's dtype for an empty list means nothing
    have, want = _RANK.get(array.dtype.kind), _RANK[dtype.kind]
    if have is None:  # integers beyond 64 bits, which NumPy keeps as objects
        raise ValueError(f"argument {path!r}: expected {expected}, got a number that does not fit")
    if have > want:
        kinds = {0: "bool", 1: "int", 2: "float", 3: "complex"}
        raise TypeError(f"argument {path!r}: expected {expected}, got a Python {kinds[have]}")
    if array.shape != shape:
        raise ValueError(f"argument {path!r}: expected {expected}, got shape {list(array.shape)}")
    if want == 1 and array.size:
        limits = np.iinfo(dtype)
        if int(array.min()) < limits.min or int(array.max()) > limits.max:
            raise ValueError(f"argument {path!r}: expected {expected}, got a number that does not fit")
    with np.errstate(over="ignore"):  # a float beyond f32 becomes inf, as everywhere in array programs
        return array.astype(dtype)


def _only_python_numbers(value: Any) -> bool:
    if isinstance(value, (list, tuple)):
        return all(map(_only_python_numbers, value))
    return isinstance(value, _PYTHON_SCALARS) and not isinstance(value, np.generic)  # np.float64 is a float to Python


def _from_foreign(value: Any, shape: tuple[int, ...], dtype: np.dtype[Any], path: str) -> NDArray[Any]:
    """Arrays of other libraries, through ``__array__`` or DLPack, and NumPy scalars."""
    try:
        if isinstance(value, (np.generic, np.ndarray)) or hasattr(value, "__array__"):
            return np.asarray(value)
        if hasattr(value, "__dlpack__"):
            return np.from_dlpack(value)
    except (TypeError, ValueError, RuntimeError, BufferError) as error:
        raise TypeError(f"argument {path!r}: expected {type_text(shape, dtype)}, got {type(value).__name__}: {error}") from error
    raise TypeError(f"argument {path!r}: expected {type_text(shape, dtype)}, got {type(value).__name__}")
