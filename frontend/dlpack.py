"""Exchange of arrays with other libraries by DLPack: `pullback.dlpack`."""

from __future__ import annotations

from typing import Any

from .array import Array
from .numpy.creation import from_dlpack as _from_dlpack

__all__ = ["from_dlpack", "is_supported_dtype", "to_dlpack"]


def from_dlpack(external_array: Any, device: Any = None, copy: bool | None = None) -> Array:
    """An array from another library's array, which has ``__dlpack__``; the data is copied.

    Args:
      external_array: array in the host's memory.
      device: where to put the result.
      copy: accepted for JAX's sake.

    Reference: JAX documentation, jax.dlpack.from_dlpack.

    >>> import numpy as np
    >>> from pullback import dlpack
    >>> dlpack.from_dlpack(np.arange(3))
    Array([0, 1, 2], dtype=int32)
    """
    if not hasattr(external_array, "__dlpack__"):
        raise TypeError(
            f"from_dlpack needs an array with the methods __dlpack__ and __dlpack_device__, got {type(external_array).__name__}. "
            f"Bare capsules are not accepted: they do not say where their memory is."
        )
    return _from_dlpack(external_array, device=device, copy=copy)


def to_dlpack(x: Array) -> Any:
    """The DLPack capsule of a concrete array, for libraries that do not call ``x.__dlpack__()`` themselves.

    Args:
      x: concrete array.

    Raises:
      BufferError: the dtype has no DLPack type.

    Reference: JAX documentation, jax.dlpack.to_dlpack.

    >>> from pullback import dlpack, numpy as pnp
    >>> type(dlpack.to_dlpack(pnp.ones(2))).__name__
    'PyCapsule'
    """
    return x.__dlpack__()


def is_supported_dtype(dtype: Any) -> bool:
    """Whether arrays of the dtype can be exchanged.

    Args:
      dtype: dtype.

    Reference: JAX documentation, jax.dlpack.is_supported_dtype.

    >>> from pullback import dlpack, numpy as pnp
    >>> dlpack.is_supported_dtype("float32"), dlpack.is_supported_dtype(pnp.bfloat16)
    (True, False)
    """
    import numpy as np

    from . import dtypes

    d = np.dtype(dtype)
    return d in dtypes.SUPPORTED and d != dtypes.bfloat16
