"""Element types and abstract values (avals) of the pb dialect.

An element type is named by its MLIR spelling (``f32``, ``ui8``, ``i1``), complex ones by ``c64`` and ``c128``. An `Aval`
is the type of one SSA value: a shape and an element type. Dimensions are integers today and may become symbolic
expressions, so shape rules use ``+ * // ==`` on them and never call ``int``.
"""

from __future__ import annotations

import functools
from typing import Any, NamedTuple

import ml_dtypes
import numpy as np

_NUMPY = {
    "i1": np.dtype(np.bool_),
    "i8": np.dtype(np.int8),
    "i16": np.dtype(np.int16),
    "i32": np.dtype(np.int32),
    "i64": np.dtype(np.int64),
    "ui8": np.dtype(np.uint8),
    "ui16": np.dtype(np.uint16),
    "ui32": np.dtype(np.uint32),
    "ui64": np.dtype(np.uint64),
    "f16": np.dtype(np.float16),
    "bf16": np.dtype(ml_dtypes.bfloat16),
    "f32": np.dtype(np.float32),
    "f64": np.dtype(np.float64),
    "c64": np.dtype(np.complex64),
    "c128": np.dtype(np.complex128),
}
_FROM_NUMPY = {dtype: name for name, dtype in _NUMPY.items()}
_MLIR = {"c64": "complex<f32>", "c128": "complex<f64>"}

DTYPES = tuple(_NUMPY)
BOOL = ("i1",)
SIGNED = ("i8", "i16", "i32", "i64")
UNSIGNED = ("ui8", "ui16", "ui32", "ui64")
INTEGER = SIGNED + UNSIGNED
FLOAT = ("f16", "bf16", "f32", "f64")
COMPLEX = ("c64", "c128")
INEXACT = FLOAT + COMPLEX
REAL = INTEGER + FLOAT
NUMBER = REAL + COMPLEX

BITS = {name: dtype.itemsize * 8 for name, dtype in _NUMPY.items()} | {"i1": 1}
_BOOL, _INTEGER, _FLOAT, _COMPLEX = (frozenset(s) for s in (BOOL, INTEGER, FLOAT, COMPLEX))


def np_dtype(dtype: str) -> np.dtype[Any]:
    """The NumPy dtype of an element type name."""
    return _NUMPY[dtype]


def from_np(dtype: Any) -> str:
    """The element type name of a NumPy dtype; raises TypeError for dtypes that the dialect does not have."""
    try:
        return _FROM_NUMPY[dtype if isinstance(dtype, np.dtype) else np.dtype(dtype)]
    except (KeyError, TypeError):
        raise TypeError(f"dtype {dtype!r} is not supported; supported: {', '.join(str(d) for d in _FROM_NUMPY)}") from None


def is_bool(dtype: str) -> bool:
    return dtype == "i1"


def is_integer(dtype: str) -> bool:
    return dtype in _INTEGER


def is_unsigned(dtype: str) -> bool:
    return dtype in UNSIGNED


def is_float(dtype: str) -> bool:
    return dtype in _FLOAT


def is_complex(dtype: str) -> bool:
    return dtype in _COMPLEX


def is_inexact(dtype: str) -> bool:
    """True for the element types that have a tangent space: floats and complex numbers."""
    return dtype in _FLOAT or dtype in _COMPLEX


def finfo(dtype: str) -> Any:
    """Limits of a floating element type, as `numpy.finfo`; bf16 included."""
    return ml_dtypes.finfo(_NUMPY[dtype])  # type: ignore[no-untyped-call]


def real_of(dtype: str) -> str:
    """The element type of the real and imaginary parts."""
    return {"c64": "f32", "c128": "f64"}.get(dtype, dtype)


def complex_of(dtype: str) -> str:
    """The complex element type whose parts have type `dtype`."""
    return {"f32": "c64", "f64": "c128"}[dtype]


def mlir_dtype(dtype: str) -> str:
    """The MLIR spelling of an element type."""
    return _MLIR.get(dtype, dtype)


def type_text(x: Any) -> str:
    """``float32[3,4]``: the type of an aval or an array as users write it."""
    dtype = _NUMPY.get(x.dtype) or x.dtype
    return f"{dtype.name}[{','.join([str(d) for d in x.shape])}]"


def from_mlir_dtype(text: str) -> str:
    """The element type name of an MLIR spelling."""
    for name, spelling in _MLIR.items():
        if spelling == text:
            return name
    if text not in _NUMPY:
        raise TypeError(f"element type {text} is not supported by the pb dialect")
    return text


class Aval(NamedTuple):
    """Type of a value: a shape and an element type name."""

    shape: tuple[Any, ...]
    dtype: str

    @property
    def ndim(self) -> int:
        return len(self.shape)

    @property
    def size(self) -> Any:
        n: Any = 1
        for d in self.shape:
            n = n * d
        return n

    @property
    def mlir(self) -> str:
        """MLIR type, such as ``tensor<4x3xf32>``."""
        return _tensor_type(self)

    def __str__(self) -> str:
        return f"{self.dtype}[{','.join(map(str, self.shape))}]"


@functools.lru_cache(maxsize=1 << 16)
def _tensor_type(aval: Aval) -> str:
    return f"tensor<{''.join(f'{d}x' for d in aval.shape)}{_MLIR.get(aval.dtype, aval.dtype)}>"


class Tape(NamedTuple):
    """Type of the residuals that `pbfn.vjp_fwd` saves for `pbfn.vjp_bwd`: the function and which arguments are active."""

    callee: str
    active: tuple[bool, ...]

    @property
    def mlir(self) -> str:
        return f'!pbfn.tape<@{self.callee}, "{"".join("01"[a] for a in self.active)}">'

    def __str__(self) -> str:
        return self.mlir
