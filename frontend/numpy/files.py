"""Arrays in files and as text: load, save, savez, fromfile, fromstring, array_repr, array_str."""

from __future__ import annotations

import os
from typing import IO, Any

import numpy as np

from .. import dtypes
from ..array import Array, as_concrete
from ..trace import Tracer
from .creation import array, stored_dtype
from .known import values_of
from .util import arrays_of

__all__ = ["array_repr", "array_str", "fromfile", "fromstring", "load", "save", "savez"]

_File = IO[bytes] | str | os.PathLike[str]


def _values(name: str, x: Any) -> np.ndarray[Any, Any]:
    return values_of(array(x), name, "return the array from the function and write it outside")


def save(file: _File, arr: Any, allow_pickle: bool = True) -> None:
    """Writes an array to a file in NumPy's format ``.npy``.

    Args:
      file: path, to which ".npy" is appended if missing, or binary file.
      arr: concrete array.
      allow_pickle: has no effect: arrays hold numbers only.

    Raises:
      ConcretizationTypeError: `arr` is traced.

    Reference: NumPy, numpy.save.

    >>> import io
    >>> import pullback.numpy as pnp
    >>> file = io.BytesIO()
    >>> pnp.save(file, pnp.array([1.0, 2.0]))
    >>> _ = file.seek(0)
    >>> pnp.load(file)
    Array([1., 2.], dtype=float32)
    """
    np.save(file, _values("save", arr), allow_pickle=False)


def savez(file: _File, *args: Any, allow_pickle: bool = True, **kwds: Any) -> None:
    """Writes several arrays to one file in NumPy's format ``.npz``.

    Args:
      file: path, to which ".npz" is appended if missing, or binary file.
      args: concrete arrays, stored under the names arr_0, arr_1, ...
      allow_pickle: has no effect.
      kwds: concrete arrays, stored under the names of the keywords.

    Raises:
      ConcretizationTypeError: an array is traced.
      ValueError: a name occurs twice.

    Reference: NumPy, numpy.savez.

    >>> import io
    >>> import pullback.numpy as pnp
    >>> file = io.BytesIO()
    >>> pnp.savez(file, w=pnp.ones(2), b=pnp.zeros(()))
    >>> _ = file.seek(0)
    >>> sorted(pnp.load(file))
    ['b', 'w']
    """
    named: dict[str, Any] = {name: _values("savez", x) for name, x in kwds.items()}
    np.savez(file, *[_values("savez", x) for x in args], **named)


def load(file: _File, *args: Any, **kwargs: Any) -> Any:
    """Reads a file that `save` or `savez` wrote.

    Args:
      file: path or binary file.
      args, kwargs: further arguments of `numpy.load`.

    Returns:
      An array for a file ``.npy``; for a file ``.npz`` NumPy's mapping from names to NumPy arrays.

    Raises:
      TypeError: the file holds a dtype that is not supported.

    Reference: NumPy, numpy.load.

    >>> import io
    >>> import pullback.numpy as pnp
    >>> file = io.BytesIO()
    >>> pnp.save(file, pnp.ones(2, pnp.bfloat16))
    >>> _ = file.seek(0)
    >>> pnp.load(file)
    Array([1, 1], dtype=bfloat16)
    """
    out = np.load(file, *args, **kwargs)
    if not isinstance(out, np.ndarray):
        return out
    if out.dtype == np.dtype("V2"):  # the only void type that `save` writes: NumPy's format does not know bfloat16
        out = out.view(dtypes.bfloat16)
    return as_concrete(out)


def fromfile(file: _File, dtype: Any = float, count: int = -1, sep: str = "", offset: int = 0) -> Array:
    """Reads numbers from a file, as bytes or as text.

    Args:
      file: path or binary file.
      dtype: what the file holds; 64-bit types become 32-bit arrays unless ``config.enable_x64``.
      count: how many numbers to read; all by default.
      sep: what separates numbers in a text file; "" reads bytes.
      offset: how many bytes to skip.

    Reference: NumPy, numpy.fromfile.

    >>> import pathlib, tempfile
    >>> import pullback.numpy as pnp
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder) / "numbers"
    ...     _ = path.write_bytes(bytes([1, 2, 3]))
    ...     pnp.fromfile(path, pnp.uint8)
    Array([1, 2, 3], dtype=uint8)
    """
    return as_concrete(np.fromfile(file, stored_dtype(dtype), count, sep, offset))


def fromstring(string: str, dtype: Any = float, count: int = -1, *, sep: str) -> Array:
    """Numbers from a text.

    Args:
      string: the text.
      dtype: dtype of the result.
      count: how many numbers to read; all by default.
      sep: what separates the numbers.

    Raises:
      ValueError: the text holds something else.

    Reference: NumPy, numpy.fromstring.

    >>> import pullback.numpy as pnp
    >>> pnp.fromstring("1 2 3", sep=" ")
    Array([1., 2., 3.], dtype=float32)
    """
    if not isinstance(string, str):
        raise TypeError(f"fromstring: string must be a str, got {type(string).__name__}; use frombuffer for bytes")
    if not sep:
        raise ValueError("fromstring: sep must not be empty; use frombuffer for bytes")
    return as_concrete(np.fromstring(string, stored_dtype(dtype), count, sep=sep))


# Text ------------------------------------------------------------------------------------------------------------------------
def _text(name: str, x: Any, linewidth: Any, precision: Any, suppress: Any, form: Any) -> str:
    (a,) = arrays_of(name, x)
    if isinstance(a, Tracer):
        return repr(a)
    options = {"linewidth": linewidth, "precision": precision, "suppress": suppress}
    with np.printoptions(**{k: v for k, v in options.items() if v is not None}):
        return form(a)


def array_repr(
    arr: Any, max_line_width: int | None = None, precision: int | None = None, suppress_small: bool | None = None
) -> str:
    """``repr(arr)`` with other print options.

    Args:
      arr: array.
      max_line_width: where to break lines.
      precision: how many digits of floating-point numbers to print.
      suppress_small: whether numbers close to zero are printed as zero.

    Reference: NumPy, numpy.array_repr.

    >>> import pullback.numpy as pnp
    >>> pnp.array_repr(pnp.array([1.23456, 2.0]), precision=2)
    'Array([1.23, 2.  ], dtype=float32)'
    """
    return _text("array_repr", arr, max_line_width, precision, suppress_small, repr)


def array_str(a: Any, max_line_width: int | None = None, precision: int | None = None, suppress_small: bool | None = None) -> str:
    """``str(a)`` with other print options.

    Args:
      a: array.
      max_line_width, precision, suppress_small: as in `array_repr`.

    Reference: NumPy, numpy.array_str.

    >>> import pullback.numpy as pnp
    >>> pnp.array_str(pnp.array([1.23456, 2.0]), precision=2)
    '[1.23 2.  ]'
    """
    return _text("array_str", a, max_line_width, precision, suppress_small, str)
