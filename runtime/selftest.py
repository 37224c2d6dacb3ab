"""A check that a GPU computes reductions right with the code that is compiled for it, before anything else runs on it.

IREE does not compare a Vulkan device's subgroup size with the one that its code was compiled for; if they differ, sums are
silently wrong. Summing ones shows it: too small a result, or NaN.
"""

from __future__ import annotations

import threading

import numpy as np

from .compiler import compile_stablehlo
from .device import Device
from .errors import DeviceError
from .executable import Executable
from .targets import Target

_F32 = np.dtype(np.float32)
_SIZES = (4096, 60000)  # one workgroup, and several; loops of software Vulkan end at 65,535
_checked: dict[tuple[int, Target], str | None] = {}
_lock = threading.Lock()


def _text() -> str:
    functions = "".join(
        f"""  func.func public @sum{n}(%x: tensor<{n}xf32>) -> tensor<f32> {{
    %zero = stablehlo.constant dense<0.0> : tensor<f32>
    %0 = stablehlo.reduce(%x init: %zero) applies stablehlo.add across dimensions = [0]
      : (tensor<{n}xf32>, tensor<f32>) -> tensor<f32>
    func.return %0 : tensor<f32>
  }}
"""
        for n in _SIZES
    )
    return f"module {{\n{functions}}}\n"


def check_device(device: Device, target: Target) -> None:
    """Raises DeviceError if sums on `device` come out wrong with code for `target`; runs once per process."""
    if device.kind == "cpu":
        return
    with _lock:
        key = (id(device), target)
        if key not in _checked:
            _checked[key] = _failure(device, target)
        failure = _checked[key]
    if failure is not None:
        raise DeviceError(failure)


def _failure(device: Device, target: Target) -> str | None:
    vmfb = compile_stablehlo(_text(), target)
    for n in _SIZES:
        (total,) = Executable(vmfb, f"sum{n}", [((n,), _F32)], [((), _F32)], device).run(np.ones(n, np.float32))
        if float(total) != n:
            return (
                f"{device} computes sums wrongly with code for {target.name!r}: the sum of {n} ones came out as "
                f"{float(total)}. Its "
                f"subgroup size is not the one that the code was compiled for. Set PULLBACK_VULKAN_TARGET to a profile that "
                f"fits the device "
                f"(ampere and rdna3 for desktop GPUs; for software Vulkan valhall4 together with LP_NATIVE_VECTOR_WIDTH=512 and "
                f"MESA_SHADER_CACHE_DISABLE=true)."
            )
    return None
