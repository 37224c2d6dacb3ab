"""Loaded modules and their functions: the path that every compiled call takes.

An `Executable` is one function of a loaded module on one device. Calling it costs about 3 us on top of the program's own work,
of which 2 us are IREE's. The argument and result lists of IREE's VM cannot be refilled, so they are made for each call;
everything else is prepared. Calls from several threads may overlap; IREE runs without the GIL.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import iree.runtime._binding as binding
import numpy as np
from numpy.typing import NDArray

from . import device as device_module
from .arrays import check_argument
from .device import IREE_ERRORS, Device, HalBufferView, check_not_forked, default_device, vm_instance
from .errors import ArtifactError, ExecutionError

ArrayType = tuple[tuple[int, ...], np.dtype[Any]]

_VmVariantList = binding.VmVariantList

# Where the two drivers cross, measured on two Zen 4 cores, local-sync / local-task in us: tanh of 0.5 MB 24 / 36, of 2 MB 84 / 66;
# sum of 0.8 MB 16 / 30, of 3 MB 53 / 51; matrix products of 4 MFlop 43 / 59, of 34 MFlop 301 / 177. That is at about 50 us of
# work in one thread.
TASK_BYTES = 2 << 20
TASK_FLOPS = 8e6


def choose_driver(nbytes: float, flops: float = 0.0) -> str:
    """The CPU driver for a program that touches `nbytes` of memory and does `flops` operations.

    ``local-sync`` runs in the calling thread; ``local-task`` uses all cores, and its hand-over costs 10 us.
    """
    return "local-task" if nbytes >= TASK_BYTES or flops >= TASK_FLOPS else "local-sync"


class LoadedModule:
    """A compiled module on a device. Its functions share one context per driver."""

    def __init__(self, vmfb: bytes, device: Device | None = None) -> None:
        check_not_forked()
        self.device = device if device is not None else default_device()
        try:
            self.module = binding.VmModule.copy_buffer(vm_instance(), vmfb)
        except IREE_ERRORS as error:
            raise ArtifactError(f"not a compiled module of this IREE version: {device_module._reason(error)}") from error
        self._contexts: dict[str, Any] = {}
        self._lock = threading.Lock()

    @property
    def names(self) -> tuple[str, ...]:
        """The functions that can be called."""
        return tuple(name for name in self.module.function_names if not name.startswith("__") and not name.endswith("$async"))

    def context(self, driver: str) -> Any:
        """The VM context that runs this module on `driver`; created at first use, which uploads the module's constants."""
        with self._lock:
            context = self._contexts.get(driver)
            if context is None:
                instance = vm_instance()
                hal_module = binding.create_hal_module(instance, self.device.hal_for(driver))
                try:
                    context = binding.VmContext(instance, [hal_module, self.module])
                except IREE_ERRORS as error:
                    reason = device_module._reason(error)
                    raise ArtifactError(f"the module does not run on {self.device} ({driver}): {reason}") from error
                self._contexts[driver] = context
            return context

    def function(
        self, name: str, in_types: Iterable[ArrayType], out_types: Iterable[ArrayType], driver: str | None = None
    ) -> Executable:
        """The function `name`; `driver` is chosen by the size of its arguments and results unless it is given."""
        return Executable(self, name, in_types, out_types, driver=driver)


class Executable:
    """One function of a module. Call it with buffer views (or references to them); it returns a list of buffer views.

    `call` is the same without the detour through the type's ``__call__``. `call_refs` returns bare references instead of views:
    they are cheaper and can be arguments of further calls.
    """

    def __init__(
        self,
        module: LoadedModule | bytes,
        entry: str,
        in_types: Iterable[ArrayType],
        out_types: Iterable[ArrayType],
        device: Device | None = None,
        driver: str | None = None,
    ) -> None:
        self.module = module if isinstance(module, LoadedModule) else LoadedModule(module, device)
        self.device = self.module.device
        self.name = entry
        self.in_types = tuple((tuple(shape), np.dtype(dtype)) for shape, dtype in in_types)
        self.out_types = tuple((tuple(shape), np.dtype(dtype)) for shape, dtype in out_types)
        if driver is None:
            driver = (
                choose_driver(sum(map(_nbytes, self.in_types + self.out_types))) if self.device.kind == "cpu" else self.device.kind
            )
        self.driver = driver
        function = self.module.module.lookup_function(entry)
        if function is None:
            raise ArtifactError(f"the module has no function {entry!r}; it has: {', '.join(self.module.names) or 'none'}")
        self._arity = len(self.in_types)
        self._names = tuple(map(str, range(self._arity)))
        invoke = self.module.context(driver).invoke
        self.call = self._make_call(function, invoke, deref=True)
        self.call_refs = self._make_call(function, invoke, deref=False)

    def __call__(self, buffers: Sequence[Any]) -> list[Any]:
        """Run on device buffers, whose shapes and dtypes the caller has checked."""
        return self.call(buffers)

    def _make_call(self, function: Any, invoke: Callable[..., None], *, deref: bool) -> Callable[[Sequence[Any]], list[Any]]:
        """The call itself, as a closure: local names instead of attributes save a fifth of its time."""
        arity, count = self._arity, len(self.out_types)
        capacity, positions = max(1, count), tuple(range(count))
        process_forked = device_module.forked

        def call(buffers: Sequence[Any]) -> list[Any]:
            if process_forked:
                check_not_forked()
            arguments = _VmVariantList(arity)
            push = arguments.push_ref
            for buffer in buffers:
                push(buffer)
            results = _VmVariantList(capacity)
            try:
                invoke(function, arguments, results)
            except IREE_ERRORS as error:
                raise self._failed(error) from error
            if not deref:
                return list(map(results.get_as_ref, positions))
            get = results.get_as_object
            if count == 1:
                return [get(0, HalBufferView)]
            return [get(i, HalBufferView) for i in positions]

        return call

    def run(self, *arrays: Any) -> list[NDArray[Any]]:
        """Run on host arrays: checks them, copies them to the device, and returns NumPy arrays."""
        if len(arrays) != self._arity:
            raise TypeError(f"{self.name}: expected {self._arity} arguments, got {len(arrays)}")
        put = self.device.to_device
        checked = [check_argument(value, kind[0], kind[1], name) for value, kind, name in zip(arrays, self.in_types, self._names)]
        return self.read(self.call([put(array) for array in checked]))

    def read(self, views: Sequence[Any]) -> list[NDArray[Any]]:
        """The results of a call as NumPy arrays."""
        read = self.device.read
        return [read(view, shape, dtype) for view, (shape, dtype) in zip(views, self.out_types)]

    def _failed(self, error: BaseException) -> ExecutionError:
        return ExecutionError(f"{self.name} failed on {self.device} ({self.driver}): {device_module._reason(error)}")

    def __repr__(self) -> str:
        return f"Executable({self.name!r}, {self.driver})"


def _nbytes(array_type: ArrayType) -> int:
    shape, dtype = array_type
    return math.prod(shape) * dtype.itemsize
