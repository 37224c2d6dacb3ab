"""Calls, transfers, argument checks, threads, fork, and the end of the process."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import ml_dtypes
import numpy as np
import pytest

from pullback.runtime import (
    ArtifactError,
    DeviceError,
    Executable,
    ExecutionError,
    LoadedModule,
    check_argument,
    choose_driver,
    devices,
    get_device,
)
from pullback.runtime import device as device_module
from pullback.runtime.device import CPU_DRIVERS

F32 = np.dtype(np.float32)
F32x4 = ((4,), F32)


@pytest.mark.parametrize("driver", CPU_DRIVERS)
def test_both_drivers_run_one_module(module: LoadedModule, driver: str) -> None:
    double = Executable(module, "double", [F32x4], [F32x4], driver=driver)
    x = np.arange(4, dtype=F32)
    (result,) = double.run(x)
    np.testing.assert_array_equal(result, x + x)
    assert result.dtype == F32


def test_drivers_exchange_buffers(module: LoadedModule) -> None:
    sync, task = (Executable(module, "double", [F32x4], [F32x4], driver=driver) for driver in CPU_DRIVERS)
    buffers = [module.device.to_device(np.ones(4, F32))]
    for function in (sync, task, task, sync):
        buffers = function(buffers)
    np.testing.assert_array_equal(module.device.to_host(buffers[0]), np.full(4, 16, F32))


def test_references_chain(module: LoadedModule) -> None:
    double = module.function("double", [F32x4], [F32x4])
    references = double.call_refs(double.call_refs([module.device.to_device(np.ones(4, F32))]))
    np.testing.assert_array_equal(module.device.to_host(references[0]), np.full(4, 4, F32))


@pytest.mark.parametrize(
    ("name", "array", "expected"),
    [
        ("bf", np.arange(4, dtype=ml_dtypes.bfloat16), lambda a: a + a),
        ("not", np.array(True), lambda a: ~a),
        ("complex", np.array([1 + 2j, 3 - 1j], np.complex64), lambda a: a + a),
        ("unsigned", np.array([1, 100, 200], np.uint8), lambda a: a + a),
        ("empty", np.zeros((0, 4)), lambda a: a),
    ],
)
def test_dtypes(module: LoadedModule, name: str, array: np.ndarray, expected) -> None:
    kind = (array.shape, array.dtype)
    (result,) = module.function(name, [kind], [kind]).run(array)
    assert result.dtype == array.dtype and result.shape == array.shape
    np.testing.assert_array_equal(result, np.asarray(expected(array)))


ALL_DTYPES = (
    "bool",
    "int8",
    "int16",
    "int32",
    "int64",
    "uint8",
    "uint16",
    "uint32",
    "uint64",
    "float16",
    "float32",
    "float64",
    "complex64",
    "complex128",
)


@pytest.mark.parametrize("dtype", [*map(np.dtype, ALL_DTYPES), np.dtype(ml_dtypes.bfloat16)], ids=str)
@pytest.mark.parametrize("host_memory", [True, False])  # False: results are read as on a GPU, by a copy
def test_round_trips(dtype: np.dtype, host_memory: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    device = get_device("cpu")
    monkeypatch.setattr(device, "_host_memory", host_memory)
    base = (np.arange(12).reshape(3, 4) % 2).astype(dtype)
    frozen = base.copy()
    frozen.setflags(write=False)
    for array in (base, base.T, base[:, ::2], base[:0], base[0, 1].reshape(()), frozen):
        for put in (device.to_device, device._put_mapped):  # the second is the GPUs' path
            back = device.to_host(put(array))
            assert back.dtype == dtype and back.shape == array.shape
            np.testing.assert_array_equal(back, array)


def test_staged_copies_of_unmappable_memory() -> None:
    device = get_device("cpu")
    source = device.to_device(np.arange(5, dtype=F32))
    target = device.to_device(np.zeros(5, F32))
    device._copy(source.get_buffer(), target.get_buffer())
    np.testing.assert_array_equal(device.to_host(target), np.arange(5))


def test_arguments_are_copied_and_results_are_read_only_and_alive(module: LoadedModule) -> None:
    twice = module.function("twice", [F32x4], [F32x4, F32x4])
    x = np.arange(4, dtype=F32)
    first, second = twice.run(x)
    x[:] = -1
    np.testing.assert_array_equal(first, [0, 1, 2, 3])
    assert not first.flags.writeable and not second.flags.writeable
    del twice, second
    np.testing.assert_array_equal(first, [0, 1, 2, 3])


def test_threads_share_a_function(module: LoadedModule) -> None:
    for driver in CPU_DRIVERS:
        double = module.function("double", [F32x4], [F32x4], driver=driver)

        def work(seed: int, double: Executable = double) -> bool:
            x = np.full(4, seed, F32)
            return all(np.array_equal(double.run(x)[0], x + x) for _ in range(50))

        with ThreadPoolExecutor(4) as pool:
            assert all(pool.map(work, range(8)))


def test_errors(module: LoadedModule, vmfb: bytes) -> None:
    with pytest.raises(ArtifactError, match=r"no function 'nope'; it has: .*double"):
        module.function("nope", [], [])
    with pytest.raises(ArtifactError, match="not a compiled module"):
        LoadedModule(b"nonsense" * 50)
    with pytest.raises(ArtifactError, match="not a compiled module"):
        LoadedModule(vmfb[: len(vmfb) // 3])
    double = module.function("double", [F32x4], [F32x4])
    with pytest.raises(ExecutionError, match=r"double failed on cpu:0 .local-sync.: .*shape"):
        double([module.device.to_device(np.zeros(5, F32))])
    with pytest.raises(TypeError, match="expected 1 arguments, got 2"):
        double.run(1, 2)
    with pytest.raises(TypeError, match="cannot be put on a device"):
        module.device.to_device(np.array(["text"]))


def test_listing_devices_opens_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """An open software Vulkan device polls until the process ends."""
    opened = []
    real = device_module._hal_device
    monkeypatch.setattr(device_module, "_hal_device", lambda *which: opened.append(which) or real(*which))
    monkeypatch.setattr(device_module, "_device", device_module.Device)  # none that another test has used
    found = devices()
    assert {kind for kind, _ in opened} <= set(CPU_DRIVERS)
    for device in found:
        if device.kind != "cpu":
            assert "hal" not in vars(device)
    assert found[0].usable and not device_module.Device("cuda", 99).usable


def test_devices() -> None:
    assert devices()[0] is get_device("cpu") is get_device()
    with pytest.raises(DeviceError, match="unknown device 'tpu'"):
        get_device("tpu")
    with pytest.raises(DeviceError, match="there is one CPU device"):
        get_device("cpu:3")
    if not any(device.kind == "cuda" for device in devices()):
        with pytest.raises(DeviceError, match="cuda:0 is not available"):
            get_device("cuda")


def test_driver_choice() -> None:
    assert choose_driver(100) == "local-sync"
    assert choose_driver(64 << 20) == "local-task"
    assert choose_driver(100, flops=1e9) == "local-task"


class TestCheckArgument:
    @pytest.mark.parametrize(
        ("value", "dtype", "expected"),
        [
            (1, "f4", np.float32(1)),
            (True, "i4", np.int32(1)),
            (1.5, "c8", np.complex64(1.5)),
            (2.5, "f4", np.float32(2.5)),
            (255, "u1", np.uint8(255)),
            (2**63, "u8", np.uint64(2**63)),
            (np.float32(3), "f4", np.float32(3)),
        ],
    )
    def test_scalars(self, value: object, dtype: str, expected: np.generic) -> None:
        array = check_argument(value, (), np.dtype(dtype), "x")
        assert array.dtype == dtype and array == expected

    def test_lists_and_foreign_arrays(self) -> None:
        np.testing.assert_array_equal(check_argument([[1, 2], [3, 4]], (2, 2), F32, "x"), [[1, 2], [3, 4]])
        assert check_argument([], (0,), F32, "x").dtype == F32
        x = np.arange(3, dtype=F32)
        assert check_argument(x, (3,), F32, "x") is x
        assert check_argument(x.astype(">f4"), (3,), F32, "x").dtype == F32

        class OnlyDlpack:
            def __dlpack__(self, **options: object) -> object:
                return x.__dlpack__(**options)

            def __dlpack_device__(self) -> tuple[int, int]:
                return x.__dlpack_device__()

        np.testing.assert_array_equal(check_argument(OnlyDlpack(), (3,), F32, "x"), x)

    @pytest.mark.parametrize(
        ("value", "shape", "dtype", "error", "text"),
        [
            (np.zeros(4, F32), (3,), "f4", ValueError, "argument 'params/W': expected f32[3], got f32[4]"),
            (np.zeros(3), (3,), "f4", TypeError, "argument 'params/W': expected f32[3], got f64[3]"),
            (np.zeros(3, np.int32), (3,), "f4", TypeError, "argument 'params/W': expected f32[3], got i32[3]"),
            (np.float64(1), (), "f4", TypeError, "argument 'params/W': expected f32[], got f64[]"),
            ([np.float64(1)], (1,), "f4", TypeError, "argument 'params/W': expected f32[1], got f64[1]"),
            (1.5, (), "i4", TypeError, "argument 'params/W': expected i32[], got a Python float"),
            (1j, (), "f4", TypeError, "argument 'params/W': expected f32[], got a Python complex"),
            (300, (), "u1", ValueError, "argument 'params/W': expected ui8[], got a number that does not fit"),
            (2**80, (), "i4", ValueError, "argument 'params/W': expected i32[], got a number that does not fit"),
            (1.0, (3,), "f4", ValueError, "argument 'params/W': expected f32[3], got shape []"),
            ([[1, 2], [3]], (2, 2), "f4", ValueError, "argument 'params/W': expected f32[2,2], got list: "),
            ("text", (3,), "f4", TypeError, "argument 'params/W': expected f32[3], got str"),
            (None, (3,), "f4", TypeError, "argument 'params/W': expected f32[3], got NoneType"),
            (np.array(["a"]), (1,), "f4", TypeError, "argument 'params/W': expected f32[1], got an array of <U1"),
        ],
    )
    def test_errors_name_the_argument(self, value: object, shape: tuple, dtype: str, error: type, text: str) -> None:
        with pytest.raises(error) as caught:
            check_argument(value, shape, np.dtype(dtype), "params/W")
        assert str(caught.value).startswith(text)


def _python(code: str, folder: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PULLBACK_CACHE_DIR": str(folder)}
    return subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code], capture_output=True, text=True, timeout=120, env=environment
    )


def test_refuses_to_run_after_fork(vmfb: bytes, tmp_path: Path) -> None:
    (tmp_path / "m.vmfb").write_bytes(vmfb)
    code = f"""
import os, sys, numpy as np, pullback.runtime as rt
f32 = np.dtype('f4')
double = rt.Executable(open({str(tmp_path / "m.vmfb")!r}, 'rb').read(), 'double', [((4,), f32)], [((4,), f32)], driver='local-task')
buffers = [double.device.to_device(np.ones(4, f32))]
pid = os.fork()
if pid == 0:
    caught = 0
    for attempt in (lambda: double(buffers), lambda: double.run(np.ones(4, f32)), lambda: rt.get_device('cpu')):
        try:
            attempt()
        except rt.DeviceError as error:
            caught += 'forked' in str(error) and 'spawn' in str(error)
    os._exit(0 if caught == 3 else 1)
assert double.run(np.ones(4, f32))[0].sum() == 8
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
"""
    result = _python(code, tmp_path)
    assert result.returncode == 0, result.stderr


@pytest.mark.parametrize("driver", CPU_DRIVERS)
def test_process_ends_cleanly_with_live_arrays(vmfb: bytes, tmp_path: Path, driver: str) -> None:
    (tmp_path / "m.vmfb").write_bytes(vmfb)
    code = f"""
import numpy as np, pullback.runtime as rt
f32 = np.dtype('f4')
double = rt.Executable(open({str(tmp_path / "m.vmfb")!r}, 'rb').read(), 'double', [((4,), f32)], [((4,), f32)], driver={driver!r})
view = double.device.to_device(np.ones(4, f32))
views = double([view])
array = double.device.to_host(views[0])
assert array.sum() == 8
"""
    result = _python(code, tmp_path)
    assert (result.returncode, result.stderr) == (0, "")


def test_import_is_light(tmp_path: Path) -> None:
    code = "import sys, pullback.runtime\nassert not [m for m in sys.modules if m.startswith('iree')]"
    result = _python(code, tmp_path)
    assert result.returncode == 0, result.stderr
