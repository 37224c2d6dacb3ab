"""Errors of the compile and run side; each carries the process exit status that the command line gives it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pullback.dialects.errors import PullbackError as PullbackError


class TargetError(PullbackError, ValueError):
    """A target or device name that does not exist or that this IREE release cannot compile for."""

    exit_code = 2


class CompileError(PullbackError, RuntimeError):
    """IREE rejected a program.

    The message is short: the first diagnostics, and where the full log, the reproducer and the command are kept.
    """

    exit_code = 3

    def __init__(
        self,
        message: str,
        *,
        diagnostics: Sequence[str] = (),
        log_path: Path | None = None,
        reproducer: Path | None = None,
        command: str | None = None,
    ) -> None:
        super().__init__(message)
        self.diagnostics = tuple(diagnostics)
        self.log_path = log_path
        self.reproducer = reproducer
        self.command = command


class CompilerMissing(CompileError):
    """A compile was needed, and only the runtime half of pullback is installed."""

    def __init__(self) -> None:
        super().__init__("the compiler is not installed: pip install 'pullback[compiler]'")


class ArtifactError(PullbackError, ValueError):
    """An artifact that is damaged, of an unknown format, or that this machine cannot run."""

    exit_code = 4


class DeviceError(PullbackError, RuntimeError):
    """A device that is not there, or that cannot be used from this process."""

    exit_code = 4


class ExecutionError(PullbackError, RuntimeError):
    """IREE reported a failure while running a compiled function."""

    exit_code = 3
