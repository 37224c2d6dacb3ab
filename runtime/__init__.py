"""Compile, load and run: everything between StableHLO text and results on a device.

Submodules are imported when one of their names is first used: ``import pullback.runtime`` loads neither IREE's runtime nor its
compiler, and running an artifact never loads the compiler.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

_HOME = {
    "Artifact": "loader",
    "ArtifactError": "errors",
    "Cache": "cache",
    "CompileError": "errors",
    "CompilerMissing": "errors",
    "Device": "device",
    "DeviceError": "errors",
    "Executable": "executable",
    "ExecutionError": "errors",
    "LoadedModule": "executable",
    "PullbackError": "errors",
    "Target": "targets",
    "TargetError": "errors",
    "check_argument": "arrays",
    "choose_driver": "executable",
    "compile_many": "compiler",
    "compile_stablehlo": "compiler",
    "compiler_available": "compiler",
    "default_cache": "cache",
    "default_device": "device",
    "devices": "device",
    "get_device": "device",
    "host_cpu_features": "targets",
    "load": "loader",
    "read_artifact": "artifact",
    "resolve_target": "targets",
    "write_artifact": "artifact",
}

__all__ = sorted(_HOME)


def __getattr__(name: str) -> Any:
    home = _HOME.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f".{home}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOME})
