"""Constant arrays of an artifact: what the exported functions closed over, kept as ``.npy`` files beside the code.

They are arguments of the compiled functions that the loader passes by itself, so that the code stays small, and an array that
several functions use is stored and uploaded once. NumPy has no bfloat16 of its own: such arrays are stored as their bits.
"""

from __future__ import annotations

import io
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .trees import Leaf

_MAX_HEADER = 4096


def _stored(dtype: np.dtype[Any]) -> np.dtype[Any]:
    return dtype.newbyteorder("<") if dtype.kind != "V" else np.dtype(f"<u{dtype.itemsize}")


def to_npy(array: NDArray[Any]) -> bytes:
    """The bytes of the ``.npy`` file of an array."""
    buffer = io.BytesIO()
    plain = np.ascontiguousarray(array).reshape(array.shape)
    np.lib.format.write_array(buffer, plain.view(_stored(array.dtype)), version=(1, 0), allow_pickle=False)
    return buffer.getvalue()


def from_npy(data: bytes, leaf: Leaf) -> NDArray[Any]:
    """The array in a ``.npy`` file, which must have the type of `leaf`; raises ValueError. Nothing is unpickled."""
    file = io.BytesIO(data)
    if np.lib.format.read_magic(file) != (1, 0):
        raise ValueError("unknown version of the npy format")
    shape, fortran_order, dtype = np.lib.format.read_array_header_1_0(file, max_header_size=_MAX_HEADER)
    expected = _stored(leaf.dtype)
    if shape != leaf.shape or dtype != expected or fortran_order:
        raise ValueError(f"holds {dtype}{list(shape)} where the manifest says {leaf}")
    start = file.tell()
    if len(data) - start != leaf.nbytes:
        raise ValueError(f"holds {len(data) - start} bytes of data where the manifest says {leaf}")
    return np.frombuffer(data, expected, offset=start).reshape(shape).view(leaf.dtype)
