"""What the Python array API standard asks of a namespace about itself.

Reference: Python array API standard, version 2024.12.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import dtypes

__array_api_version__ = "2024.12"
#: Versions that programs may ask for; each is contained in the next one.
VERSIONS = ("2021.12", "2022.12", "2023.12", "2024.12")

_KINDS = {
    "bool": ("bool",),
    "signed integer": ("int8", "int16", "int32", "int64"),
    "unsigned integer": ("uint8", "uint16", "uint32", "uint64"),
    "real floating": ("float32", "float64"),
    "complex floating": ("complex64", "complex128"),
}
_GROUPS = {
    "integral": ("signed integer", "unsigned integer"),
    "numeric": ("signed integer", "unsigned integer", "real floating", "complex floating"),
}


class NamespaceInfo:
    """Capabilities, devices and dtypes of `pullback.numpy`, as the array API standard has them.

    >>> import pullback.numpy as pnp
    >>> info = pnp.__array_namespace_info__()
    >>> info.default_dtypes()["real floating"].name
    'float32'
    >>> sorted(info.dtypes(kind="signed integer"))
    ['int16', 'int32', 'int8']
    """

    def capabilities(self) -> dict[str, Any]:
        """What depends on the library. Shapes that depend on data exist for concrete arrays, not for traced ones."""
        return {"boolean indexing": True, "data-dependent shapes": True, "max dimensions": 64}

    def default_device(self) -> Any:
        """The device of new arrays."""
        return self.devices()[0]

    def devices(self) -> list[Any]:
        """All devices of this machine."""
        from ..device import devices

        return devices()

    def default_dtypes(self, *, device: Any = None) -> dict[str, np.dtype[Any]]:
        """The dtypes of arrays made of Python numbers, and of positions."""
        kinds = {"real floating": float, "complex floating": complex, "integral": int, "indexing": int}
        return {kind: dtypes.canonicalize_dtype(python) for kind, python in kinds.items()}

    def dtypes(self, *, device: Any = None, kind: str | tuple[str, ...] | None = None) -> dict[str, np.dtype[Any]]:
        """The standard's dtypes of a kind, or of all kinds; the 64-bit ones with ``config.enable_x64`` only.

        float16 and bfloat16 are dtypes of this library too, but not of the standard.
        """
        kinds = tuple(_KINDS) if kind is None else kind if isinstance(kind, tuple) else (kind,)
        found = {}
        for k in kinds:
            if k not in _KINDS and k not in _GROUPS:
                raise ValueError(f"unsupported kind {k!r}; kinds: {', '.join((*_KINDS, *_GROUPS))}")
            for name in [n for part in _GROUPS.get(k, (k,)) for n in _KINDS[part]]:
                dtype = np.dtype(name)
                if dtypes.canonicalize_dtype(dtype) == dtype:
                    found[name] = dtype
        return found


def __array_namespace_info__() -> NamespaceInfo:
    """Capabilities, devices and dtypes of this namespace.

    Reference: Python array API standard, __array_namespace_info__.

    >>> import pullback.numpy as pnp
    >>> pnp.__array_namespace_info__().capabilities()["boolean indexing"]
    True
    """
    return NamespaceInfo()
