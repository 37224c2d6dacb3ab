"""StableHLO text to IREE bytecode.

Compiles run in this process, through IREE's C API: that saves the start of a program, a quarter of a second, per compile. A
session is long-lived (a new one for each compile leaks 3 MB) and belongs to one thread. The compiler runs without the
GIL, so that threads compile in parallel. Diagnostics come through the C API's callback: the Python diagnostic handlers of the
MLIR bindings abort the process when they touch a diagnostic's location or notes while the compiler runs.

A compiler crash in this process would take the user's program with it, and a compile cannot be interrupted. Safe mode
(``PULLBACK_SAFE_COMPILE=1`` or ``safe_mode=True``) runs the `iree-compile` program instead, with a time limit. A process
that was forked after it compiled something always uses it: the compiler's threads do not survive a fork.

The compiler package is imported on the first compile that the cache cannot answer.
"""

from __future__ import annotations

import contextlib
import ctypes
import hashlib
import importlib.util
import logging
import os
import re
import shlex
import shutil
import subprocess
import tempfile
import threading
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from .cache import Cache, cache_directory, cache_key, default_cache, write_atomic
from .errors import CompileError, CompilerMissing
from .targets import Target
from .vm_branches import has_control_flow, separate_references

_log = logging.getLogger(__name__)

_SESSIONS_PER_THREAD = 4
_KEPT_FAILURES = 20
_ERROR_SEVERITY = 2
_FUSION = "iree-dispatch-creation-enable-aggressive-fusion"
_SHOWN_ERRORS = 3
_SHOWN_WIDTH = 300
_BUFFER_NAME = "input.mlir"  # fixed: the name is embedded in the output, which must depend on the program alone
DEFAULT_TIMEOUT = 600.0


class _Default:
    """Marks "use the default cache", as distinct from None, "use no cache"."""


DEFAULT: Final = _Default()


def compile_stablehlo(
    text: str | bytes,
    target: Target,
    *,
    cache: Cache | _Default | None = DEFAULT,
    safe_mode: bool | None = None,
    timeout: float | None = None,
    extra_flags: Sequence[str] = (),
) -> bytes:
    """Compile a StableHLO module (text or MLIR bytecode) for `target`; returns the module in IREE's bytecode (vmfb).

    `cache` is the default disk cache unless another one, or None, is given. `safe_mode` compiles in a separate process
    that `timeout` seconds limit. Raises `CompileError`, whose message is a few lines, when IREE rejects the program.
    """
    store = default_cache() if isinstance(cache, _Default) else cache
    flags = (*target.flags, *extra_flags)
    if store is None:
        return _compile(text, target, flags, safe_mode, timeout)
    key = cache_key(text, flags)
    with _one_at_a_time(key):
        vmfb = store.get(key)
        if vmfb is None:
            vmfb = _compile(text, target, flags, safe_mode, timeout)
            store.put(key, vmfb)
    return vmfb


def compile_many(
    texts: Iterable[str | bytes],
    target: Target,
    *,
    jobs: int = 2,
    cache: Cache | _Default | None = DEFAULT,
    safe_mode: bool | None = None,
) -> list[bytes]:
    """Compile several modules in `jobs` threads; the first failure is raised after the running compiles have ended."""
    with ThreadPoolExecutor(max_workers=max(1, jobs), thread_name_prefix="pullback-compile") as pool:
        tasks = [pool.submit(compile_stablehlo, text, target, cache=cache, safe_mode=safe_mode) for text in texts]
        try:
            return [task.result() for task in tasks]
        except BaseException:
            for task in tasks:
                task.cancel()
            raise


def compiler_available() -> bool:
    """True if the compiler package is installed; does not import it."""
    try:
        return importlib.util.find_spec("iree.compiler") is not None
    except ModuleNotFoundError:
        return False


_key_locks: dict[str, tuple[threading.Lock, int]] = {}
_key_guard = threading.Lock()


@contextlib.contextmanager
def _one_at_a_time(key: str) -> Iterator[None]:
    """Two threads that need the same module: the second waits and then finds it in the cache."""
    with _key_guard:
        lock, users = _key_locks.get(key, (threading.Lock(), 0))
        _key_locks[key] = (lock, users + 1)
    try:
        with lock:
            yield
    finally:
        with _key_guard:
            lock, users = _key_locks[key]
            if users == 1:
                del _key_locks[key]
            else:
                _key_locks[key] = (lock, users - 1)


@dataclass
class _Outcome:
    """What a compile gave: the module, or the diagnostics."""

    vmfb: bytes | None
    diagnostics: list[str]  # errors only, the first paragraph of each
    log: str
    stopped: bool = False  # by the time limit


def _compile(text: str | bytes, target: Target, flags: tuple[str, ...], safe_mode: bool | None, timeout: float | None) -> bytes:
    if not compiler_available():
        raise CompilerMissing
    if safe_mode is None:
        safe_mode = os.environ.get("PULLBACK_SAFE_COMPILE", "").strip().lower() in ("1", "on", "true", "yes")
    if timeout is None:
        timeout = float(os.environ.get("PULLBACK_COMPILE_TIMEOUT") or DEFAULT_TIMEOUT)
    subprocess_only = safe_mode or _state.forked
    outcome = _run_phases(text, flags, subprocess_only, timeout)
    if outcome.vmfb is None and "check above" in outcome.log and not subprocess_only:
        # A linker failure: IREE runs the linker as a program whose words do not reach the diagnostics.
        outcome = _compile_subprocess(text, flags, timeout)
    elif outcome.vmfb is None and not any(_FUSION in flag for flag in flags) and not outcome.stopped:
        # IREE's optional fusions sometimes build a kernel that its own verifier rejects; without them it is right, and slower.
        again = _run_phases(text, (*flags, f"--{_FUSION}=false"), subprocess_only, timeout)
        if again.vmfb is not None:
            _log.info("compiled without %s, which failed: %s", _FUSION, "; ".join(outcome.diagnostics[:1]))
            outcome = again
    if outcome.vmfb is not None:
        return outcome.vmfb
    raise _failure(text, target, flags, outcome)


def _run_phases(text: str | bytes, flags: tuple[str, ...], subprocess_only: bool, timeout: float) -> _Outcome:
    """Compiles in one go, or, where branches may have to be rewritten in between, in two."""

    def run(source: str | bytes, *, start: str | None = None, stop: str | None = None) -> _Outcome:
        if subprocess_only:
            phases = [f"--compile-{k}={v}" for k, v in (("from", start), ("to", stop)) if v]
            return _compile_subprocess(source, (*flags, *phases), timeout)
        return _compile_here(source, flags, stop, start)

    if not has_control_flow(text):
        return run(text)
    outcome = run(text, stop="vm")
    if outcome.vmfb is None:
        return outcome
    program = outcome.vmfb.decode()
    return run(separate_references(program) or program, start="vm")


# --- in this process


class _State:
    """Process-wide compiler state: the C functions that the Python API does not wrap, and whether we were forked."""

    def __init__(self) -> None:
        self.forked = False
        self.lock = threading.Lock()
        self.api: Any = None
        self.enable_callback: Any = None
        self.set_compile_from: Any = None
        self.set_compile_to: Any = None

    def load(self) -> Any:
        """Import the compiler, once."""
        with self.lock:
            if self.api is not None:
                return self.api
            try:
                import iree.compiler.api as api
                from iree.compiler.api import ctypes_dl
            except ImportError as error:
                raise CompilerMissing from error
            library = ctypes_dl._dylib
            enable = library.ireeCompilerInvocationEnableCallbackDiagnostics
            enable.restype, enable.argtypes = None, [ctypes.c_void_p, ctypes.c_int, _DIAGNOSTIC, ctypes.c_void_p]
            compile_from = library.ireeCompilerInvocationSetCompileFromPhase
            compile_to = library.ireeCompilerInvocationSetCompileToPhase
            for function in (compile_from, compile_to):
                function.restype, function.argtypes = None, [ctypes.c_void_p, ctypes.c_char_p]
            self.enable_callback, self.api = enable, api
            self.set_compile_from, self.set_compile_to = compile_from, compile_to
            if hasattr(os, "register_at_fork"):
                os.register_at_fork(after_in_child=self._after_fork)
            return api

    def _after_fork(self) -> None:
        self.forked = True
        self.lock = threading.Lock()


_DIAGNOSTIC = ctypes.CFUNCTYPE(None, ctypes.c_int, ctypes.c_void_p, ctypes.c_size_t, ctypes.c_void_p)
_state = _State()


class _ThreadSessions(threading.local):
    """The sessions of one thread, by flags; a session's context may not be used by two threads."""

    def __init__(self) -> None:
        self.by_flags: OrderedDict[tuple[str, ...], Any] = OrderedDict()

    def get(self, flags: tuple[str, ...]) -> Any:
        session = self.by_flags.get(flags)
        if session is None:
            session = _state.load().Session()
            try:
                session.set_flags(*flags)
            except ValueError as error:
                raise CompileError(f"IREE does not accept the flags {shlex.join(flags)}: {error}") from error
            self.by_flags[flags] = session
            while len(self.by_flags) > _SESSIONS_PER_THREAD:
                self.by_flags.popitem(last=False)
        self.by_flags.move_to_end(flags)
        return session


_sessions = _ThreadSessions()


def _compile_here(text: str | bytes, flags: tuple[str, ...], phase: str | None = None, start: str | None = None) -> _Outcome:
    """Compile in this process; with `phase`, stop there and return the module's text as bytes. `start` is the phase that `text`
    is in already."""
    api = _state.load()
    session = _sessions.get(flags)
    messages: list[tuple[int, str]] = []

    def receive(severity: int, data: int, size: int, _user: int) -> None:
        messages.append((severity, ctypes.string_at(data, size).decode(errors="replace")))

    callback = _DIAGNOSTIC(receive)  # referenced here for as long as the compiler may call it
    invocation = session.invocation()
    try:
        _state.enable_callback(invocation._inv_p, 0, callback, None)
        if start is not None:
            _state.set_compile_from(invocation._inv_p, start.encode())
        if phase is not None:
            _state.set_compile_to(invocation._inv_p, phase.encode())
        source = api.Source.wrap_buffer(session, _source_bytes(text), buffer_name=_BUFFER_NAME)
        done = invocation.parse_source(source) and invocation.execute()
        vmfb = None
        if done:
            output = api.Output.open_membuffer()
            try:
                (invocation.output_vm_bytecode if phase is None else invocation.output_ir)(output)
                vmfb = bytes(output.map_memory())
            finally:
                output.close()
    finally:
        invocation.close()
    errors = [message.partition("\n\n")[0] for severity, message in messages if severity == _ERROR_SEVERITY]
    return _Outcome(vmfb, errors, "\n".join(message for _, message in messages))


def _source_bytes(text: str | bytes) -> bytes:
    return text.encode() + b"\0" if isinstance(text, str) else text  # IREE wants text to end in NUL


def query_cpu(cpu: str, more: Sequence[str] = ()) -> tuple[str, str, str]:
    """(exact CPU name, feature list, target triple) that the compiler makes of a CPU name; "host" is this machine.

    Raises TargetError for a name that the compiler does not know.
    """
    from .errors import TargetError

    probe = "func.func @main(%a: tensor<4xf32>) -> tensor<4xf32> {\n  return %a : tensor<4xf32>\n}\n"
    local = ("--iree-hal-target-device=local", "--iree-hal-local-target-device-backends=llvm-cpu")
    flags = ("--iree-input-type=stablehlo", *local, f"--iree-llvmcpu-target-cpu={cpu}", *more)
    if cpu == "host" and not _state.forked:
        _state.load()
        outcome = _compile_here(probe, flags, "flow")
    else:  # LLVM prints pages about a CPU name that it does not know, on stderr
        if not compiler_available():
            raise CompilerMissing
        outcome = _compile_subprocess(probe, (*flags, "--compile-to=flow"), DEFAULT_TIMEOUT)
    found = re.search(rb'cpu = "([^"]*)", cpu_features = "([^"]*)".*?target_triple = "([^"]*)"', outcome.vmfb or b"")
    if found is None:
        listed = re.search(r"List of accepted CPUs: (.*)", outcome.log)
        known = f"; known: {listed[1]}" if listed else f": {outcome.log.strip()[:_SHOWN_WIDTH]}"
        raise TargetError(f"the compiler does not know the CPU {cpu!r}{known}")
    name, features, triple = (group.decode() for group in found.groups())
    return name, features, triple


# --- in a process of its own


def _iree_compile() -> str:
    spec = importlib.util.find_spec("iree.compiler")
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        for name in ("iree-compile", "iree-compile.exe"):
            path = Path(folder) / "_mlir_libs" / name
            if path.exists():
                return str(path)
    program = shutil.which("iree-compile")
    if program is None:
        raise CompilerMissing
    return program


def _compile_subprocess(text: str | bytes, flags: tuple[str, ...], timeout: float) -> _Outcome:
    with tempfile.TemporaryDirectory(prefix="pullback-") as folder:
        source, output = Path(folder, _BUFFER_NAME), Path(folder, "output.vmfb")
        source.write_bytes(text.encode() if isinstance(text, str) else text)
        command = [_iree_compile(), _BUFFER_NAME, *flags, "-o", output.name]
        try:
            result = subprocess.run(command, capture_output=True, cwd=folder, timeout=timeout, stdin=subprocess.DEVNULL)
        except subprocess.TimeoutExpired as error:
            log = (error.stderr or b"").decode(errors="replace")
            return _Outcome(None, [f"the compiler was stopped after {timeout:g} s (PULLBACK_COMPILE_TIMEOUT)"], log, stopped=True)
        log = result.stderr.decode(errors="replace")
        if result.returncode == 0 and output.exists():
            return _Outcome(output.read_bytes(), [], log)
    errors = [line for line in log.splitlines() if " error: " in line]
    # The linker's "undefined symbol" says more than "failed to link executable".
    errors.sort(key=lambda line: "failed to" in line and ("link" in line or "serialize" in line))
    if result.returncode < 0:
        errors.insert(0, f"the compiler crashed (signal {-result.returncode})")
    return _Outcome(None, errors or [f"the compiler failed with status {result.returncode}"], log)


# --- failures


def _failure(text: str | bytes, target: Target, flags: tuple[str, ...], outcome: _Outcome) -> CompileError:
    shown = [_shorten(message) for message in outcome.diagnostics[:_SHOWN_ERRORS]] or ["(the compiler gave no reason)"]
    lines = [f"IREE could not compile the program for {target.name}:", *(f"  {message}" for message in shown)]
    if len(outcome.diagnostics) > _SHOWN_ERRORS:
        lines.append(f"  ... and {len(outcome.diagnostics) - _SHOWN_ERRORS} more")
    data = text.encode() if isinstance(text, str) else text
    name = hashlib.sha256("\0".join(flags).encode() + b"\0" + data).hexdigest()[:16]
    folder = _failure_folder(name)
    if folder is None:
        return CompileError("\n".join(lines), diagnostics=outcome.diagnostics)
    reproducer, log_path = folder / _BUFFER_NAME, folder / "compile.log"
    command = shlex.join(["iree-compile", str(reproducer), *flags, "-o", os.devnull])
    try:
        write_atomic(reproducer, data)
        write_atomic(log_path, f"{command}\n\n{outcome.log}\n".encode())
    except OSError as error:
        lines.append(f"  (no log kept: {error})")
        return CompileError("\n".join(lines), diagnostics=outcome.diagnostics, command=command)
    lines += [f"full log:   {log_path}", f"reproducer: {reproducer}", f"rerun with: {command}"]
    return CompileError(
        "\n".join(lines), diagnostics=outcome.diagnostics, log_path=log_path, reproducer=reproducer, command=command
    )


def _shorten(message: str) -> str:
    line = " ".join(message.split())
    return line if len(line) <= _SHOWN_WIDTH else line[: _SHOWN_WIDTH - 4] + " ..."


def _failure_folder(name: str) -> Path | None:
    """A folder to keep a failure in: beside the cache, else among the temporary files. Old ones go."""
    for base in (cache_directory(), Path(tempfile.gettempdir(), "pullback")):
        folder = base / "failures" / name
        try:
            folder.mkdir(parents=True, exist_ok=True)
            old = sorted((path.stat().st_mtime, path) for path in folder.parent.iterdir() if path != folder)
        except OSError as error:
            _log.debug("cannot keep a failure in %s: %s", folder, error)
            continue
        for _, path in old[: max(0, len(old) + 1 - _KEPT_FAILURES)]:
            shutil.rmtree(path, ignore_errors=True)
        return folder
    return None
