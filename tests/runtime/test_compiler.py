"""Compiling: targets, the cache in use, short errors with a reproducer, safe mode."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from pullback.runtime import Cache, CompileError, Executable, Target, TargetError, compile_many, compile_stablehlo, resolve_target
from pullback.runtime import compiler as compiler_module
from pullback.runtime.hostcpu import host_cpu_features, missing_features, parse_cpuinfo

F32x4 = ((4,), np.dtype(np.float32))
SMALL = """
func.func @main(%a: tensor<4xf32>) -> tensor<4xf32> {
  %0 = stablehlo.add %a, %a : tensor<4xf32>
  return %0 : tensor<4xf32>
}
"""
BAD = SMALL.replace("stablehlo.add %a, %a", "stablehlo.add %a, %nope")
ILLEGAL = """
func.func @main(%a: tensor<4x4xf32>) -> tensor<4x4xf32> {
  %0 = stablehlo.cholesky %a, lower = true : tensor<4x4xf32>
  return %0 : tensor<4x4xf32>
}
"""
UNLINKABLE = """
func.func @main(%a: tensor<4xf64>) -> tensor<4xf64> {
  %0 = stablehlo.sine %a : tensor<4xf64>
  return %0 : tensor<4xf64>
}
"""


def test_host_target_names_the_exact_cpu(target: Target) -> None:
    assert target.kind == "cpu" and target.cpu not in ("", "host")
    assert f"--iree-llvmcpu-target-cpu={target.cpu}" in target.flags
    assert "--iree-input-demote-f64-to-f32=false" in target.flags
    assert missing_features(target.arch, target.features) == []


def test_named_targets() -> None:
    v3 = resolve_target("cpu:x86-64-v3")
    assert v3.arch == "x86_64" and "avx2" in v3.features and "avx512f" not in v3.features
    arm = resolve_target("cpu:aarch64")
    assert arm.arch == "aarch64" and arm.name == "cpu-aarch64-generic"
    assert "--iree-hal-target-device=vulkan" in resolve_target("vulkan").flags
    assert "--iree-vulkan-target=valhall4" in resolve_target("vulkan:valhall4").flags
    assert "--iree-cuda-target=sm_80" in resolve_target("cuda:sm_80").flags


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        ("tpu", "unknown target 'tpu'"),
        ("cpu:nosuchcpu", "does not know the CPU 'nosuchcpu'; known: .*znver4"),
        ("cpu:mips:r3000", "unknown architecture 'mips'"),
        ("cuda:sm_90", "cannot compile for sm_90; use cuda:sm_80"),
        ("cuda:h100", "expected a compute capability"),
        ("cpu:x;rm -rf", "is not a CPU or GPU name"),
    ],
)
def test_bad_targets(spec: str, words: str) -> None:
    with pytest.raises(TargetError, match=words):
        resolve_target(spec)


def test_cpuinfo_of_several_cores_is_what_all_have() -> None:
    text = "processor: 0\nflags\t\t: fpu avx avx2 bmi1 abm\nvmx flags\t: x\nprocessor: 1\nflags\t\t: fpu avx bmi1\n"
    features = parse_cpuinfo(text, "x86_64")
    assert features["avx"] and features["bmi"] and not features["avx2"] and not features["lzcnt"]
    arm = parse_cpuinfo("Features\t: fp asimd atomics asimddp\n", "aarch64")
    assert arm["dotprod"] and arm["lse"] and not arm["sve"]
    assert parse_cpuinfo("nothing here", "x86_64") == {}
    assert host_cpu_features()


def test_compiles_and_runs(target: Target, cache: Cache) -> None:
    vmfb = compile_stablehlo(SMALL, target, cache=cache)
    (result,) = Executable(vmfb, "main", [F32x4], [F32x4]).run(np.arange(4, dtype=np.float32))
    np.testing.assert_array_equal(result, [0, 2, 4, 6])
    assert compile_stablehlo(SMALL, target, cache=None) == vmfb


def test_hit_and_damaged_entry(target: Target, cache: Cache, monkeypatch: pytest.MonkeyPatch) -> None:
    vmfb = compile_stablehlo(SMALL, target, cache=cache)
    compiled: list[int] = []
    original = compiler_module._compile
    monkeypatch.setattr(compiler_module, "_compile", lambda *a: (compiled.append(1), original(*a))[1])
    assert compile_stablehlo(SMALL, target, cache=cache) == vmfb
    assert not compiled
    (entry,) = cache.directory.glob("*.vmfb")
    entry.write_bytes(entry.read_bytes()[:-20])
    assert compile_stablehlo(SMALL, target, cache=cache) == vmfb
    assert len(compiled) == 1


def test_threads_compile_the_same_module_once(target: Target, cache: Cache, monkeypatch: pytest.MonkeyPatch) -> None:
    compiled: list[int] = []
    monkeypatch.setattr(compiler_module, "_compile", lambda *_: (compiled.append(1), b"module")[1])
    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(lambda _: compile_stablehlo(SMALL, target, cache=cache), range(8)))
    assert results == [b"module"] * 8 and len(compiled) == 1
    assert not compiler_module._key_locks


def test_many_in_threads(target: Target) -> None:
    other = SMALL.replace("stablehlo.add", "stablehlo.multiply")
    first, second = compile_many([SMALL, other], target, jobs=2, cache=None)
    x = np.arange(4, dtype=np.float32)
    np.testing.assert_array_equal(Executable(first, "main", [F32x4], [F32x4]).run(x)[0], x + x)
    np.testing.assert_array_equal(Executable(second, "main", [F32x4], [F32x4]).run(x)[0], x * x)


def test_a_warm_cache_needs_no_compiler(tmp_path: Path) -> None:
    code = (
        "import sys, pullback.runtime as rt\n"
        f"rt.compile_stablehlo({SMALL!r}, rt.resolve_target('cpu'))\n"
        "print([m for m in sys.modules if m == 'iree.compiler'])\n"
    )
    environment = {**os.environ, "PULLBACK_CACHE_DIR": str(tmp_path)}
    for expected in ("['iree.compiler']\n", "[]\n"):  # the first process fills the cache
        done = subprocess.run([sys.executable, "-c", code], check=True, env=environment, capture_output=True, text=True)
        assert done.stdout == expected


@pytest.mark.parametrize("safe", [False, True])
@pytest.mark.parametrize(
    ("text", "words"), [(BAD, "undeclared SSA value"), (ILLEGAL, "failed to legalize operation 'stablehlo.cholesky'")]
)
def test_error_is_short_and_reproducible(
    target: Target, capfd: pytest.CaptureFixture[str], text: str, words: str, safe: bool
) -> None:
    with pytest.raises(CompileError) as caught:
        compile_stablehlo(text, target, safe_mode=safe)
    error = caught.value
    message = str(error)
    assert words in message
    assert len(message.splitlines()) <= 8 and max(map(len, message.splitlines()[:4])) < 320
    assert capfd.readouterr().err == ""
    assert error.exit_code == 3
    assert error.reproducer is not None and error.reproducer.read_text() == text and str(error.reproducer) in message
    assert error.log_path is not None and words in error.log_path.read_text() and str(error.log_path) in message
    assert error.command is not None and error.command in message
    command = shlex.split(error.command)
    assert command[0] == "iree-compile"
    again = subprocess.run([compiler_module._iree_compile(), *command[1:]], capture_output=True, text=True)
    assert again.returncode != 0 and words in again.stderr


LOOP = """
func.func @main(%a: tensor<4xf32>) -> tensor<4xf32> {
  %zero = stablehlo.constant dense<0> : tensor<i32>
  %one = stablehlo.constant dense<1> : tensor<i32>
  %n = stablehlo.constant dense<3> : tensor<i32>
  %0:2 = stablehlo.while(%i = %zero, %x = %a) : tensor<i32>, tensor<4xf32>
    cond {
      %1 = stablehlo.compare LT, %i, %n : (tensor<i32>, tensor<i32>) -> tensor<i1>
      stablehlo.return %1 : tensor<i1>
    } do {
      %1 = stablehlo.add %i, %one : tensor<i32>
      %2 = stablehlo.add %x, %x : tensor<4xf32>
      stablehlo.return %1, %2 : tensor<i32>, tensor<4xf32>
    }
  return %0#1 : tensor<4xf32>
}
"""


def test_a_loop_is_compiled_in_two_phases(target: Target) -> None:
    vmfb = compile_stablehlo(LOOP, target, cache=None)
    assert compile_stablehlo(LOOP, target, cache=None, safe_mode=True) == vmfb
    (out,) = Executable(vmfb, "main", [F32x4], [F32x4]).run(np.ones(4, np.float32))
    np.testing.assert_array_equal(out, np.full(4, 8, np.float32))


def test_a_failure_is_tried_again_without_aggressive_fusion(target: Target, monkeypatch: pytest.MonkeyPatch) -> None:
    real, seen = compiler_module._compile_here, []

    def compile_here(text: str, flags: tuple[str, ...], *more: str | None) -> object:
        seen.append(flags)
        if f"--{compiler_module._FUSION}=false" not in flags:
            return compiler_module._Outcome(None, ["operand #0 does not dominate this use"], "")
        return real(text, flags, *more)

    monkeypatch.setattr(compiler_module, "_compile_here", compile_here)
    assert compile_stablehlo(SMALL, target, cache=None)
    assert len(seen) == 2
    with pytest.raises(CompileError, match="undeclared SSA value"):
        compile_stablehlo(BAD, target, cache=None, extra_flags=[f"--{compiler_module._FUSION}=false"])


def test_session_survives_a_failure(target: Target) -> None:
    before = compile_stablehlo(SMALL, target, cache=None)
    with pytest.raises(CompileError):
        compile_stablehlo(ILLEGAL, target, cache=None)
    assert compile_stablehlo(SMALL, target, cache=None) == before


def test_link_failure_names_the_symbol(target: Target) -> None:
    with pytest.raises(CompileError, match="undefined symbol: sin"):
        compile_stablehlo(UNLINKABLE, target, cache=None)


def test_safe_mode(target: Target, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PULLBACK_SAFE_COMPILE", "1")
    assert compile_stablehlo(SMALL, target, cache=None) == compile_stablehlo(SMALL, target, cache=None, safe_mode=False)


def test_safe_mode_time_limit(target: Target) -> None:
    with pytest.raises(CompileError, match=r"stopped after 0\.01 s"):
        compile_stablehlo(SMALL, target, cache=None, safe_mode=True, timeout=0.01)


def test_unknown_flag(target: Target) -> None:
    with pytest.raises(CompileError, match=r"does not accept the flags .*--no-such-flag"):
        compile_stablehlo(SMALL, target, cache=None, extra_flags=["--no-such-flag"])


def test_without_the_compiler(target: Target, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiler_module, "compiler_available", lambda: False)
    with pytest.raises(CompileError, match=r"pip install 'pullback\[compiler\]'"):
        compile_stablehlo(SMALL, target, cache=None)


def test_a_forked_child_can_still_compile(target: Target) -> None:
    compile_stablehlo(SMALL, target, cache=None)
    code = (
        "import os, sys, pullback.runtime as rt\n"
        "t = rt.resolve_target('cpu')\n"
        f"text = {SMALL!r}\n"
        "a = rt.compile_stablehlo(text, t, cache=None)\n"
        "pid = os.fork()\n"
        "if pid == 0: os._exit(0 if rt.compile_stablehlo(text, t, cache=None) == a else 1)\n"
        "sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))\n"
    )
    subprocess.run([sys.executable, "-W", "ignore", "-c", code], check=True, timeout=120)
