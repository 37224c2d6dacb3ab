"""Compile targets: what a target name means to IREE.

Names: ``cpu`` (this machine), ``cpu:<llvm cpu>`` such as ``cpu:x86-64-v3`` or ``cpu:znver4``, ``cpu:<arch>[:<llvm cpu>]`` to
cross-compile (``cpu:aarch64``, ``cpu:aarch64:neoverse-v1``, ``cpu:riscv64``, ``cpu:apple-m1``), ``vulkan[:<profile>]`` and
``cuda:<sm>``.

The host CPU is resolved to an exact LLVM name and feature list, so that the flags alone say what the code needs: they are part
of the compile cache's key and of an artifact's manifest, and the command printed with a compile error gives the same code
on another machine. Resolving asks the compiler once per machine; the answer is kept in the cache folder, so that a
later process with a warm cache never loads the compiler.
"""

from __future__ import annotations

import hashlib
import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from . import hostcpu
from .cache import compiler_version, default_cache
from .errors import CompilerMissing, TargetError
from .hostcpu import host_cpu_features

__all__ = ["Target", "host_cpu_features", "resolve_target"]

COMMON_FLAGS = (
    "--iree-input-type=stablehlo",
    "--iree-input-demote-f64-to-f32=false",  # IREE's default silently computes f64 programs in f32
    "--iree-opt-level=O2",
)
# Measured as one set on 21 workloads; not O3, whose aggressive transpose propagation doubles the time of dense layers.
CPU_FLAGS = (
    "--iree-opt-generalize-matmul=false",
    "--iree-dispatch-creation-enable-split-reduction",
    "--iree-llvmcpu-loop-vectorization=true",
    "--iree-llvmcpu-loop-unrolling=true",
)
_LOCAL = ("--iree-hal-target-device=local", "--iree-hal-local-target-device-backends=llvm-cpu")

# Architecture -> triple, default CPU, further flags.
_ARCHES: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "x86_64": ("x86_64-unknown-linux-gnu", "x86-64", ()),
    "aarch64": ("aarch64-linux-gnu", "generic", ()),
    "riscv64": (
        "riscv64-unknown-linux-gnu",
        "generic-rv64",
        ("--iree-llvmcpu-target-abi=lp64d", "--iree-llvmcpu-target-cpu-features=+m,+a,+f,+d,+c"),
    ),
}
_ARCH_ALIASES = {"arm64": "aarch64", "amd64": "x86_64"}
_APPLE_TRIPLE = "arm64-apple-darwin"
_CUDA_BROKEN = re.compile(r"sm_(9\d|10\d)[a-z]?$")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.+-]*$")


@dataclass(frozen=True)
class Target:
    """A resolved compile target. `flags` are all compiler flags; `features` are the CPU features that the code may use."""

    kind: str  # "cpu", "vulkan" or "cuda": also the kind of device that runs the code
    cpu: str  # LLVM's CPU name, or the GPU profile
    features: tuple[str, ...]
    triple: str
    flags: tuple[str, ...]

    @property
    def arch(self) -> str:
        """Architecture of a CPU target, in LLVM's spelling; empty for GPUs."""
        arch = self.triple.partition("-")[0]
        return {"arm64": "aarch64"}.get(arch, arch)

    @property
    def name(self) -> str:
        """Short name for file names and messages, such as ``cpu-x86_64-znver4``."""
        return "-".join(part for part in (self.kind, self.arch, self.cpu) if part)

    def to_manifest(self) -> dict[str, Any]:
        """The target as an artifact's manifest records it."""
        return {
            "kind": self.kind,
            "cpu": self.cpu,
            "features": list(self.features),
            "triple": self.triple,
            "flags": list(self.flags),
        }


def resolve_target(spec: str) -> Target:
    """The target that a name such as ``"cpu"``, ``"cpu:x86-64-v3"`` or ``"cuda:sm_80"`` stands for."""
    kind, _, rest = spec.strip().partition(":")
    if rest and not all(_NAME.match(part) for part in rest.split(":")):
        raise TargetError(f"target {spec!r}: {rest!r} is not a CPU or GPU name")
    if kind == "cpu":
        return _host_target() if rest in ("", "host") else _named_cpu(spec, rest)
    if kind == "vulkan":
        profile = (f"--iree-vulkan-target={rest}",) if rest else ()
        return Target("vulkan", rest, (), "", (*COMMON_FLAGS, "--iree-hal-target-device=vulkan", *profile))
    if kind == "cuda":
        if _CUDA_BROKEN.match(rest):
            raise TargetError(
                f"target {spec!r}: this IREE release cannot compile for {rest}; use cuda:sm_80, which newer GPUs run too"
            )
        if not re.match(r"sm_\d+[a-z]?$", rest or "sm_80"):
            raise TargetError(f"target {spec!r}: expected a compute capability such as cuda:sm_80")
        sm = rest or "sm_80"
        return Target("cuda", sm, (), "", (*COMMON_FLAGS, "--iree-hal-target-device=cuda", f"--iree-cuda-target={sm}"))
    raise TargetError(f"unknown target {spec!r}: expected cpu, cpu:<name>, cpu:<arch>, vulkan[:<profile>] or cuda:<sm>")


_resolve_lock = threading.Lock()
_host: Target | None = None


def _host_target() -> Target:
    global _host
    with _resolve_lock:
        if _host is None:
            record = _cpu_record("host", "")
            if record is None:
                # Without the compiler nothing can be compiled, and the code of a shipped artifact is checked on its own.
                present = tuple(sorted(name for name, have in host_cpu_features().items() if have))
                flags = (*COMMON_FLAGS, *CPU_FLAGS, *_LOCAL, "--iree-llvmcpu-target-cpu=host")
                return Target("cpu", "host", present, f"{hostcpu.host_arch()}-unknown", flags)
            _host = _cpu_target(record, ())
        return _host


def _named_cpu(spec: str, rest: str) -> Target:
    first, _, cpu = rest.partition(":")
    arch = _ARCH_ALIASES.get(first, first)
    more: tuple[str, ...] = ()
    if arch in _ARCHES:
        triple, default_cpu, more = _ARCHES[arch]
        cpu = cpu or default_cpu
    elif cpu:
        raise TargetError(f"target {spec!r}: unknown architecture {first!r}; known: {', '.join(_ARCHES)}")
    elif first.startswith("apple-"):
        triple, cpu = _APPLE_TRIPLE, first
    elif first.startswith("x86-64"):
        triple, cpu = _ARCHES["x86_64"][0], first
    else:
        triple, cpu = "", first  # an LLVM name such as znver4: of the host's architecture
    triple_flag = (f"--iree-llvmcpu-target-triple={triple}",) if triple and _foreign(triple) else ()
    record = _cpu_record(cpu, "\0".join((*triple_flag, *more)), (*triple_flag, *more))
    if record is None:  # no compiler: only the flags are known, which is all that a cache lookup needs
        record = {"cpu": cpu, "delta": [], "features": [], "triple": triple or f"{hostcpu.host_arch()}-unknown"}
    return _cpu_target(record, (*triple_flag, *more))


def _foreign(triple: str) -> bool:
    arch = triple.partition("-")[0].replace("arm64", "aarch64")
    return arch != hostcpu.host_arch() or triple == _APPLE_TRIPLE


def _cpu_target(record: Mapping[str, Any], more: tuple[str, ...]) -> Target:
    delta = (f"--iree-llvmcpu-target-cpu-features={','.join(record['delta'])}",) if record["delta"] else ()
    flags = (*COMMON_FLAGS, *CPU_FLAGS, *_LOCAL, f"--iree-llvmcpu-target-cpu={record['cpu']}", *delta, *more)
    return Target("cpu", record["cpu"], tuple(record["features"]), record["triple"], flags)


def _cpu_record(cpu: str, variant: str, more: tuple[str, ...] = ()) -> dict[str, Any] | None:
    """What the compiler makes of a CPU name: exact name, feature list, triple; None if there is no compiler to ask.

    `delta` are the features by which the host differs from the CPU model that it reports; a virtual machine hides some.
    """
    if compiler_version() == "none":
        return None
    identity = hashlib.sha256("\0".join((hostcpu.host_fingerprint(), compiler_version(), cpu, variant)).encode()).hexdigest()
    name = f"cpu-{identity[:32]}.json"
    cache = default_cache()
    if cache is not None:
        record = cache.read_record(name)
        if record is not None and {"cpu", "delta", "features", "triple"} <= record.keys():
            return record
    from .compiler import query_cpu

    try:
        model, listed, triple = query_cpu(cpu, more)
        base = query_cpu(model, more)[1] if cpu == "host" else listed
    except CompilerMissing:
        return None
    final = _last_wins(listed)
    of_model = _last_wins(base)
    delta = sorted(sign + feature for feature, sign in final.items() if of_model.get(feature, "-") != sign)
    record = {
        "cpu": model,
        "delta": delta,
        "features": sorted(feature for feature, sign in final.items() if sign == "+"),
        "triple": triple,
    }
    if cache is not None:
        cache.write_record(name, record)
    return record


def _last_wins(features: str) -> dict[str, str]:
    return {item[1:]: item[0] for item in features.split(",") if item}
