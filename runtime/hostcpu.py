"""What the CPU of this machine can do, found without the compiler.

IREE does not check CPU features when it loads a module: code for another CPU dies with an illegal instruction and takes
the Python process with it. So the loader compares the features that an artifact was compiled for with those of the host.
Feature names are LLVM's (``avx512f``, ``sse4.1``, ``dotprod``).

Only features whose instructions the code generator emits by itself are compared (`CHECKED`). A CPU name also implies system
features, such as ``pku`` or ``shstk``, which a virtual machine may hide and which numerical code never uses.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import platform
import subprocess
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path

_CPUINFO = Path("/proc/cpuinfo")

# LLVM name -> flag name in Linux's /proc/cpuinfo.
_X86 = {
    "sse3": "pni", "ssse3": "ssse3", "sse4.1": "sse4_1", "sse4.2": "sse4_2", "sse4a": "sse4a", "avx": "avx", "avx2": "avx2",
    "fma": "fma", "fma4": "fma4", "xop": "xop", "tbm": "tbm", "f16c": "f16c", "bmi": "bmi1", "bmi2": "bmi2", "lzcnt": "abm",
    "popcnt": "popcnt", "movbe": "movbe", "cx16": "cx16", "cmov": "cmov", "gfni": "gfni", "pclmul": "pclmulqdq",
    "vpclmulqdq": "vpclmulqdq", "avx512f": "avx512f", "avx512cd": "avx512cd", "avx512vl": "avx512vl", "avx512dq": "avx512dq",
    "avx512bw": "avx512bw", "avx512ifma": "avx512ifma", "avx512vbmi": "avx512vbmi", "avx512vbmi2": "avx512_vbmi2",
    "avx512vnni": "avx512_vnni", "avx512bitalg": "avx512_bitalg", "avx512vpopcntdq": "avx512_vpopcntdq",
    "avx512bf16": "avx512_bf16", "avx512fp16": "avx512_fp16", "avxvnni": "avx_vnni", "avxvnniint8": "avx_vnni_int8",
    "avxvnniint16": "avx_vnni_int16", "avxifma": "avx_ifma", "avxneconvert": "avx_ne_convert", "amx-tile": "amx_tile",
    "amx-int8": "amx_int8", "amx-bf16": "amx_bf16", "amx-fp16": "amx_fp16",
}  # fmt: skip
_ARM = {
    "neon": "asimd", "fp-armv8": "fp", "crc": "crc32", "lse": "atomics", "rdm": "asimdrdm", "fullfp16": "asimdhp",
    "dotprod": "asimddp", "fp16fml": "asimdfhm", "complxnum": "fcma", "jsconv": "jscvt", "sha3": "sha3", "i8mm": "i8mm",
    "bf16": "bf16", "sve": "sve", "sve2": "sve2", "rcpc": "lrcpc", "fptoint": "frint", "sme": "sme",
}  # fmt: skip
# LLVM name -> sysctl name on macOS.
_APPLE = {
    "neon": "AdvSIMD", "crc": "armv8_crc32", "lse": "FEAT_LSE", "rdm": "FEAT_RDM", "fullfp16": "FEAT_FP16",
    "dotprod": "FEAT_DotProd", "fp16fml": "FEAT_FHM", "complxnum": "FEAT_FCMA", "jsconv": "FEAT_JSCVT", "sha3": "FEAT_SHA3",
    "i8mm": "FEAT_I8MM", "bf16": "FEAT_BF16", "rcpc": "FEAT_LRCPC", "fptoint": "FEAT_FRINTTS", "sme": "FEAT_SME",
}  # fmt: skip

CHECKED = {"x86_64": frozenset(_X86), "aarch64": frozenset(_ARM)}


def host_arch() -> str:
    """LLVM's name of the host architecture: "x86_64", "aarch64", "riscv64", ..."""
    machine = platform.machine().lower()
    return {"amd64": "x86_64", "x64": "x86_64", "arm64": "aarch64"}.get(machine, machine)


def parse_cpuinfo(text: str, arch: str) -> dict[str, bool]:
    """Feature map from the text of Linux's /proc/cpuinfo; a core that lacks a feature switches it off for all."""
    names = _X86 if arch == "x86_64" else _ARM if arch == "aarch64" else {}
    label = "flags" if arch == "x86_64" else "features"
    cores = [set(line.partition(":")[2].split()) for line in text.splitlines() if line.partition(":")[0].strip().lower() == label]
    if not cores:
        return {}
    common = set.intersection(*cores)
    return {name: flag in common for name, flag in names.items()}


@lru_cache(maxsize=1)
def host_cpu_features() -> Mapping[str, bool]:
    """Which features the host has. Features that cannot be determined here are absent from the mapping."""
    arch = host_arch()
    try:
        return parse_cpuinfo(_CPUINFO.read_text(), arch)
    except OSError:
        pass
    if platform.system() == "Darwin" and arch == "aarch64":
        return _apple_features()
    return _iree_cpuinfo()


def _apple_features() -> dict[str, bool]:
    try:
        text = subprocess.run(["sysctl", "hw.optional"], capture_output=True, text=True, timeout=20, check=True).stdout
    except (OSError, subprocess.SubprocessError):
        return {}
    present = {
        key.rpartition(".")[2]: value.strip() == "1" for key, _, value in (line.partition(":") for line in text.splitlines())
    }
    return {name: present.get(flag, False) for name, flag in _APPLE.items()}


def _iree_cpuinfo() -> dict[str, bool]:
    """Features from the `iree-cpuinfo` program of IREE's runtime package; it knows the vector features only."""
    spec = importlib.util.find_spec("iree._runtime_libs")
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        program = Path(folder) / ("iree-cpuinfo.exe" if os.name == "nt" else "iree-cpuinfo")
        try:
            text = subprocess.run([program], capture_output=True, text=True, timeout=20, check=True).stdout
        except (OSError, subprocess.SubprocessError):
            continue
        pairs = [line.split() for line in text.splitlines()]
        return {pair[0]: pair[1] == "1" for pair in pairs if len(pair) == 2}
    return {}


@lru_cache(maxsize=1)
def host_fingerprint() -> str:
    """A hash that changes when the CPU, or the features that the system shows of it, change."""
    identity = [platform.machine(), platform.system()]
    wanted = ("vendor_id", "cpu family", "model", "model name", "stepping", "flags", "features", "cpu part", "cpu implementer")
    try:
        seen = set()
        for line in _CPUINFO.read_text().splitlines():
            key = line.partition(":")[0].strip().lower()
            if key in wanted and line not in seen:  # once per distinct value: the core count doesn't matter
                seen.add(line)
                identity.append(line)
    except OSError:
        identity += [platform.processor(), *(f"{name}={have}" for name, have in sorted(host_cpu_features().items()))]
    return hashlib.sha256("\n".join(identity).encode()).hexdigest()


def missing_features(arch: str, required: Iterable[str]) -> list[str]:
    """Those of the features `required` by code for `arch` that this CPU is known to lack."""
    host = host_cpu_features()
    checked = CHECKED.get(arch, frozenset())
    return sorted(name for name in required if name in checked and host.get(name) is False)
