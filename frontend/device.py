"""Devices and transfers: `device_put`, `device_get`, `block_until_ready`, `devices`."""

from __future__ import annotations

from typing import Any

import numpy as np

from pullback.runtime.device import Device, get_device
from pullback.runtime.device import devices as _devices

from .api_util import as_array
from .array import Array, ConcreteArray
from .trace import Tracer
from .tree_util import tree_map


def device_put(x: Any, device: str | Device | None = None) -> Any:
    """Copies the arrays of a pytree to a device, where compiled functions find them without another transfer.

    Args:
      x: pytree of arrays, NumPy arrays or scalars.
      device: "cpu", "vulkan", "cuda" or a `Device`; by default the default device.

    Returns:
      The pytree with arrays on the device.

    Raises:
      DeviceError: there is no such device on this machine.

    Reference: JAX documentation, jax.device_put.

    >>> import pullback
    >>> print(pullback.device_put([1.0, 2.0])[1])
    2.0
    """
    from .stages import put

    target = get_device(device)

    def move(leaf: Any) -> Array:
        leaf = as_array(leaf, "x", "device_put")
        if isinstance(leaf, Tracer):
            return leaf
        assert isinstance(leaf, ConcreteArray)
        if leaf._buffer is not None and leaf._device is target:
            return leaf
        fresh = ConcreteArray(leaf.host, leaf.aval, leaf.weak_type)
        put(fresh, target)
        return fresh

    return tree_map(move, x)


def device_get(x: Any) -> Any:
    """The arrays of a pytree as NumPy arrays, which must not be written to.

    Args:
      x: pytree of arrays.

    Reference: JAX documentation, jax.device_get.

    >>> import pullback, pullback.numpy as pnp
    >>> pullback.device_get({"x": pnp.ones(2)})
    {'x': array([1., 1.], dtype=float32)}
    """
    return tree_map(lambda leaf: _read_only(leaf.host) if isinstance(leaf, ConcreteArray) else leaf, x)


def _read_only(host: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """A view that cannot be written to: the memory belongs to an immutable array."""
    view = host.view()
    view.flags.writeable = False
    return view


def block_until_ready(x: Any) -> Any:
    """Waits until the arrays of a pytree are computed, and returns it. Compiled calls return finished results already.

    Args:
      x: pytree of arrays.

    Reference: JAX documentation, jax.block_until_ready.

    >>> import pullback, pullback.numpy as pnp
    >>> pullback.block_until_ready(pnp.ones(2))
    Array([1., 1.], dtype=float32)
    """
    return x


def devices(backend: str | None = None) -> list[Device]:
    """The devices of this machine, the CPU first; only those of one kind if `backend` names it.

    Args:
      backend: "cpu", "vulkan", "cuda", or None for all.

    Reference: JAX documentation, jax.devices.

    >>> import pullback
    >>> pullback.devices("cpu")[0].kind
    'cpu'
    """
    return [d for d in _devices() if backend is None or d.kind == backend]


def default_backend() -> str:
    """Kind of the default device: "cpu", "vulkan" or "cuda".

    Raises:
      DeviceError: PULLBACK_DEVICE names a device that is not there.

    Reference: JAX documentation, jax.default_backend.

    >>> import pullback
    >>> pullback.default_backend() in ("cpu", "vulkan", "cuda")
    True
    """
    return get_device().kind
