"""Devices, and moving arrays between NumPy and device buffers.

The CPU has two IREE drivers: ``local-sync`` runs a call in the calling thread (2 us overhead), ``local-task`` spreads its
tiles over all cores (8 us and more). Both run the same modules on the same buffers, so one `Device` holds both, and the choice
is made per function. A GPU has one driver.

Arguments are always copied: some programs (scatter, sort, dynamic_update_slice) run in place on their operand, so a
zero-copy import would let them destroy the caller's array. Results on the CPU are not copied: the NumPy array is a
read-only view that keeps the buffer alive.

Devices live until the process ends. Tearing down ``local-task`` while a buffer is still alive ends the process with a
segmentation fault, and nobody can promise that at exit; so they are deliberately never freed, and the binding library's
complaint about that is switched off.
"""

from __future__ import annotations

import ctypes
import os
import threading
from collections.abc import Callable
from functools import cached_property, lru_cache
from typing import Any

import iree.runtime._binding as binding
import numpy as np
from numpy.typing import NDArray

from pullback.dialects import types

from .errors import DeviceError

HalBufferView = binding.HalBufferView
VmRef = binding.VmRef

KINDS = ("cpu", "cuda", "vulkan")
CPU_DRIVERS = ("local-sync", "local-task")

_DEVICE_LOCAL = int(binding.MemoryType.DEVICE_LOCAL)
_HOST_VISIBLE = int(binding.MemoryType.HOST_VISIBLE)
_STAGING = int(binding.MemoryType.HOST_LOCAL) | int(binding.MemoryType.DEVICE_VISIBLE)
_MAPPABLE = int(binding.BufferUsage.MAPPING_SCOPED)
_USAGE = int(binding.BufferUsage.DEFAULT)
_TRANSFER = int(binding.BufferUsage.TRANSFER)
_CPU_USAGE = _USAGE | int(binding.BufferUsage.MAPPING)
_U8 = np.dtype(np.uint8)
# Failures of IREE calls arrive as any of these, depending on the status code.
IREE_ERRORS = (RuntimeError, ValueError, IndexError, NotImplementedError)

_Element = binding.HalElementType
_ELEMENT_TYPES: dict[str, Any] = {
    "i1": _Element.BOOL_8, "i8": _Element.SINT_8, "i16": _Element.SINT_16, "i32": _Element.SINT_32, "i64": _Element.SINT_64,
    "ui8": _Element.UINT_8, "ui16": _Element.UINT_16, "ui32": _Element.UINT_32, "ui64": _Element.UINT_64,
    "f16": _Element.FLOAT_16, "bf16": _Element.BFLOAT_16, "f32": _Element.FLOAT_32, "f64": _Element.FLOAT_64,
    "c64": _Element.COMPLEX_64, "c128": _Element.COMPLEX_128,
}  # fmt: skip
_ELEMENT_OF_DTYPE = {types.np_dtype(name): element for name, element in _ELEMENT_TYPES.items()}
# IREE returns integers of unknown signedness as plain INT_n.
_DTYPE_OF_ELEMENT = {int(element): types.np_dtype(name) for name, element in _ELEMENT_TYPES.items()} | {
    int(getattr(_Element, f"INT_{bits}")): np.dtype(f"int{bits}") for bits in (8, 16, 32, 64)
}


# Not empty in a process that may not use IREE: a child of fork, in which the parent's worker threads don't exist. A list, since
# its truth is the cheapest test that every call can afford.
forked: list[int] = []


def _after_fork() -> None:
    if vm_instance.cache_info().currsize:
        forked.append(os.getpid())


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)


def check_not_forked() -> None:
    """Raise DeviceError in a process that was forked after IREE was first used in its parent."""
    if forked:
        raise DeviceError(
            f"pullback cannot run in process {os.getpid()}: it was forked from one that had already used a device, "
            "and the device's threads do not survive a fork; use multiprocessing.get_context('spawn') or 'forkserver'"
        )


def _keep_for_ever(thing: Any) -> Any:
    ctypes.pythonapi.Py_IncRef(ctypes.py_object(thing))
    return thing


@lru_cache(maxsize=1)
def vm_instance() -> Any:
    """The VM instance of this process."""
    check_not_forked()
    binding.disable_leak_checker()
    return _keep_for_ever(binding.VmInstance())


_hal_devices: dict[tuple[str, int], Any] = {}
_hal_lock = threading.Lock()


def _hal_device(driver: str, index: int) -> Any:
    vm_instance()
    with _hal_lock:
        device = _hal_devices.get((driver, index))
        if device is None:
            try:
                hal_driver = binding.get_cached_hal_driver(driver)
                if index == 0:
                    device = hal_driver.create_default_device()
                else:
                    device = hal_driver.create_device(hal_driver.query_available_devices()[index])
            except IREE_ERRORS as error:
                raise DeviceError(f"device {driver}:{index} is not available: {_reason(error)}") from error
            device = _hal_devices[driver, index] = _keep_for_ever(device)
        return device


def _reason(error: BaseException) -> str:
    """The telling part of an IREE error: without its source locations and call stack."""
    text = str(error).partition("\n")[0].partition("; while ")[0]
    head, found, tail = text.partition("; ")
    return tail if found and ".c:" in head else text


class Device:
    """One place to run: the CPU, or a GPU. Get one from `get_device`; devices compare by identity.

    IREE's device is opened at first use: an open Vulkan device polls, on a software driver with half a core, for as long as the
    process lives.
    """

    def __init__(self, kind: str, index: int = 0) -> None:
        self.kind = kind
        self.index = index
        self.drivers: tuple[str, ...] = CPU_DRIVERS if kind == "cpu" else (kind,)
        self._host_memory = kind == "cpu"
        self.to_device: Callable[[NDArray[Any]], Any] = self._put_copy if kind == "cpu" else self._put_mapped

    @cached_property
    def hal(self) -> Any:
        """IREE's device object, which allocates (on the CPU, for both drivers). Raises DeviceError if it cannot be opened."""
        return _hal_device(self.drivers[0], self.index)

    @cached_property
    def _allocator(self) -> Any:
        return self.hal.allocator

    @property
    def usable(self) -> bool:
        """Whether the device can be opened; opens it."""
        try:
            return self.hal is not None
        except DeviceError:
            return False

    def hal_for(self, driver: str) -> Any:
        """IREE's device object for one of `drivers`."""
        if driver not in self.drivers:
            raise DeviceError(f"device {self} has no driver {driver!r}; it has: {', '.join(self.drivers)}")
        return _hal_device(driver, self.index)

    def _put_copy(self, array: NDArray[Any]) -> Any:
        """Copy a NumPy array into a new device buffer."""
        if forked:
            check_not_forked()
        element = _ELEMENT_OF_DTYPE.get(array.dtype)
        if element is None:
            raise TypeError(f"dtype {array.dtype} cannot be put on a device")
        if not array.flags.c_contiguous:
            array = np.ascontiguousarray(array)
        return self._allocator.allocate_buffer_copy(_DEVICE_LOCAL, _CPU_USAGE, self.hal, array, element)

    def _put_mapped(self, array: NDArray[Any]) -> Any:
        """Copy a NumPy array into a new device buffer; through a host buffer if the device's memory cannot be mapped."""
        check_not_forked()
        element = _ELEMENT_OF_DTYPE.get(array.dtype)
        if element is None:
            raise TypeError(f"dtype {array.dtype} cannot be put on a device")
        size = array.nbytes
        allocate = self._allocator.allocate_buffer
        try:
            buffer = allocate(_DEVICE_LOCAL | _HOST_VISIBLE, _USAGE | _MAPPABLE, max(size, 1))
            host = buffer
        except IREE_ERRORS:
            try:
                buffer = allocate(_DEVICE_LOCAL, _USAGE, max(size, 1))
                host = allocate(_STAGING, _TRANSFER | _MAPPABLE, max(size, 1))
            except IREE_ERRORS as error:
                raise DeviceError(f"{self}: cannot allocate {size} bytes: {_reason(error)}") from error
        if size:
            mapped = host.map()
            # asarray wants a dtype instance: a scalar type is a bad_cast.
            mapped.asarray((size,), _U8)[...] = np.frombuffer(np.ascontiguousarray(array).tobytes(), _U8)
            del mapped
            if host is not buffer:
                self._copy(host, buffer)
        return HalBufferView(buffer, list(array.shape), element)

    def to_host(self, view: Any) -> NDArray[Any]:
        """The array in a buffer view (or a reference to one) as NumPy: read-only; a view of device memory on the CPU."""
        if forked:
            check_not_forked()
        if type(view) is VmRef:
            view = view.deref(HalBufferView)
        try:
            dtype = _DTYPE_OF_ELEMENT[int(view.element_type)]
        except KeyError:
            raise TypeError(f"element type {view.element_type} has no NumPy dtype") from None
        return self.read(view, tuple(view.shape), dtype)

    def read(self, view: Any, shape: tuple[int, ...], dtype: np.dtype[Any]) -> NDArray[Any]:
        """`to_host` for a buffer view whose shape and dtype are known."""
        if 0 in shape:
            array: NDArray[Any] = np.empty(shape, dtype)
        elif self._host_memory:
            array = np.ndarray(shape, dtype, view.map())  # three times as fast as MappedMemory.asarray
        else:
            array = np.empty(shape, dtype)
            buffer = view.get_buffer()
            if int(buffer.memory_type()) & _HOST_VISIBLE and int(buffer.allowed_usage()) & _MAPPABLE:
                mapped = view.map()
            else:
                host = self._allocator.allocate_buffer(_STAGING, _TRANSFER | _MAPPABLE, buffer.byte_length())
                self._copy(buffer, host)
                mapped = host.map()
            array.reshape(-1).view(_U8)[...] = mapped.asarray((array.nbytes,), _U8)
        # A program may return its argument, or one buffer twice: writing to a result would change another array.
        array.setflags(write=False)
        return array

    def _copy(self, source: Any, destination: Any) -> None:
        semaphore = self.hal.create_semaphore(0)
        done = binding.HalFence.create_at(semaphore, 1)
        self.hal.queue_copy(source, destination, binding.HalFence.create_at(semaphore, 0), done)
        done.wait()

    def __repr__(self) -> str:
        return f"{self.kind}:{self.index}"

    def __reduce__(self) -> tuple[Any, ...]:
        return get_device, (repr(self),)


@lru_cache
def _device(kind: str, index: int) -> Device:
    return Device(kind, index)


def get_device(spec: str | Device | None = None) -> Device:
    """The device named ``"cpu"``, ``"vulkan"``, ``"cuda"`` or ``"cuda:1"``; by default PULLBACK_DEVICE, else the CPU."""
    if isinstance(spec, Device):
        return spec
    name = spec or os.environ.get("PULLBACK_DEVICE") or "cpu"
    kind, _, index = name.partition(":")
    if kind not in KINDS or not (index or "0").isdecimal():
        raise DeviceError(f"unknown device {name!r}: expected cpu, vulkan[:n] or cuda[:n]")
    if kind == "cpu" and int(index or 0) != 0:
        raise DeviceError(f"unknown device {name!r}: there is one CPU device")
    check_not_forked()
    device = _device(kind, int(index or 0))
    _ = device.hal  # whoever names a device wants to know now that it is not there
    return device


def default_device() -> Device:
    """The device that computations run on unless told otherwise."""
    return get_device()


def devices() -> list[Device]:
    """All devices of this machine that IREE finds, the CPU first. They are opened at first use."""
    found = [get_device("cpu")]
    for kind in KINDS[1:]:
        try:
            count = len(binding.get_cached_hal_driver(kind).query_available_devices())
        except IREE_ERRORS:
            continue  # no loader library or no such GPU
        for index in range(count):
            found.append(_device(kind, index))
    return found
