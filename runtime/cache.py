"""Content-addressed compile cache on disk.

An entry is one file ``<key>.vmfb``, where the key is a hash of everything that determines the compiler's output: the
program text, the compiler's version, the flags (which name the exact CPU and its features) and pullback's version. An
entry therefore never has to be invalidated, only evicted. Each file starts with a checksum of its payload, so a file that was
truncated by a full disk or a killed process is detected and compiled again. Writers create a temporary file and
rename it, so that readers in other processes see a whole entry or none. A cache that cannot be written (read-only home,
full disk) only costs time: no cache problem ever makes a compile fail.

Environment: ``PULLBACK_CACHE=0`` turns the cache off, ``PULLBACK_CACHE_DIR`` moves it, ``PULLBACK_CACHE_SIZE`` limits it
(bytes, or with a suffix such as ``500M`` or ``4G``; default 4 GiB).

This module never imports the compiler: a hit costs a file read.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import os
import secrets
import threading
import time
from collections.abc import Iterable, Mapping
from functools import lru_cache
from importlib import metadata
from pathlib import Path
from typing import Any

import platformdirs

_log = logging.getLogger(__name__)

_MAGIC = b"PBVMFB1\n"
_DIGEST = 32
_SUFFIX = ".vmfb"
_TEMP_PREFIX = "tmp-"
_STALE_TEMP_SECONDS = 3600.0
DEFAULT_SIZE = 4 << 30

#: How the compiler is driven; a new number where its output for the same text and flags changes.
_PROCEDURE = 2


@lru_cache
def compiler_version() -> str:
    """Version of the installed IREE compiler, read from package metadata; "none" when it is not installed."""
    try:
        return metadata.version("iree-base-compiler")
    except metadata.PackageNotFoundError:
        return "none"


@lru_cache
def runtime_version() -> str:
    """Version of the installed IREE runtime."""
    try:
        return metadata.version("iree-base-runtime")
    except metadata.PackageNotFoundError:
        return "none"


@lru_cache
def pullback_version() -> str:
    """Version of pullback itself; "0" when it runs from a folder that was never installed."""
    try:
        return metadata.version("pullback")
    except metadata.PackageNotFoundError:
        return "0"


def cache_key(text: str | bytes, flags: Iterable[str], *, extra: Mapping[str, str] | None = None) -> str:
    """Hash of everything that determines the compiler's output for `text`."""
    header = {
        "iree": compiler_version(),
        "pullback": pullback_version(),
        "procedure": _PROCEDURE,
        "flags": sorted(flags),
        **(extra or {}),
    }
    digest = hashlib.sha256(json.dumps(header, sort_keys=True).encode())
    digest.update(b"\0")
    digest.update(text.encode() if isinstance(text, str) else text)
    return digest.hexdigest()


def parse_size(text: str) -> int:
    """Bytes from ``"1048576"``, ``"512M"``, ``"4G"`` or ``"4GiB"``."""
    number = text.strip().lower().removesuffix("ib").removesuffix("b")
    unit = {"k": 1 << 10, "m": 1 << 20, "g": 1 << 30, "t": 1 << 40}.get(number[-1:], 1)
    try:
        size = int(float(number[:-1] if unit > 1 else number) * unit)
    except (ValueError, OverflowError):
        size = -1
    if size < 0:
        raise ValueError(f"PULLBACK_CACHE_SIZE: {text!r} is not a size such as 500M or 4G")
    return size


class Cache:
    """One cache folder. Safe to share between threads and to open from several processes at once."""

    def __init__(self, directory: str | os.PathLike[str], max_bytes: int = DEFAULT_SIZE) -> None:
        self.directory = Path(directory)
        self.max_bytes = max_bytes
        self._lock = threading.Lock()
        self._counts = {"hits": 0, "misses": 0, "corrupt": 0, "stored": 0, "evicted": 0}

    def path(self, key: str) -> Path:
        """Where the entry of `key` lies, whether or not it exists."""
        return self.directory / (key + _SUFFIX)

    def get(self, key: str) -> bytes | None:
        """The stored bytes, or None. A damaged entry is deleted and counts as a miss."""
        path = self.path(key)
        try:
            data = path.read_bytes()
        except OSError:
            self._count("misses")
            return None
        start = len(_MAGIC) + _DIGEST
        if data[: len(_MAGIC)] == _MAGIC and hashlib.sha256(data[start:]).digest() == data[len(_MAGIC) : start]:
            with contextlib.suppress(OSError):
                os.utime(path)  # the eviction order is by last use
            self._count("hits")
            return data[start:]
        _log.warning("damaged compile cache entry %s: compiling again", path)
        with contextlib.suppress(OSError):
            path.unlink()
        self._count("corrupt")
        self._count("misses")
        return None

    def put(self, key: str, payload: bytes) -> None:
        """Store `payload`; on any file system error only logs."""
        try:
            write_atomic(self.path(key), _MAGIC + hashlib.sha256(payload).digest() + payload)
        except OSError as error:
            _log.info("compile cache not written: %s", error)
            return
        self._count("stored")
        self.evict(keep=self.path(key).name)

    def evict(self, keep: str | None = None) -> int:
        """Delete the least recently used entries until the folder fits its limit; returns how many went."""
        entries = self._entries()
        total = sum(size for _, size, _ in entries)
        removed = 0
        if total > self.max_bytes:
            for _, size, path in sorted(entries):
                if total <= self.max_bytes:
                    break
                if path.name == keep:
                    continue
                with contextlib.suppress(OSError):
                    path.unlink()
                    removed += 1
                total -= size
        self._count("evicted", removed)
        return removed

    def clear(self) -> int:
        """Delete every entry (and only entries: never other files in the folder); returns how many went."""
        removed = 0
        for _, _, path in self._entries():
            with contextlib.suppress(OSError):
                path.unlink()
                removed += 1
        return removed

    def stats(self) -> dict[str, Any]:
        """Folder, entries and bytes on disk, the limit, and this process's hit and miss counts."""
        entries = self._entries()
        return {
            "directory": str(self.directory),
            "entries": len(entries),
            "bytes": sum(size for _, size, _ in entries),
            "limit": self.max_bytes,
            **self._counts,
        }

    def read_record(self, name: str) -> dict[str, Any] | None:
        """A small JSON record kept beside the entries (resolved CPUs), or None."""
        try:
            record = json.loads((self.directory / name).read_text())
        except (OSError, ValueError):
            return None
        return record if isinstance(record, dict) else None

    def write_record(self, name: str, record: Mapping[str, Any]) -> None:
        """Keep a small JSON record beside the entries."""
        with contextlib.suppress(OSError):
            write_atomic(self.directory / name, json.dumps(record, indent=1, sort_keys=True).encode())

    def _entries(self) -> list[tuple[float, int, Path]]:
        found = []
        now = time.time()
        try:
            scan = list(os.scandir(self.directory))
        except OSError:
            return []
        for item in scan:
            try:
                status = item.stat()
            except OSError:  # another process evicted it between the listing and here
                continue
            if item.name.endswith(_SUFFIX):
                found.append((status.st_mtime, status.st_size, Path(item.path)))
            elif item.name.startswith(_TEMP_PREFIX) and now - status.st_mtime > _STALE_TEMP_SECONDS:
                with contextlib.suppress(OSError):
                    os.unlink(item.path)  # left by a process that was killed while writing
        return found

    def _count(self, name: str, by: int = 1) -> None:
        with self._lock:
            self._counts[name] += by

    def __repr__(self) -> str:
        return f"Cache({str(self.directory)!r}, max_bytes={self.max_bytes})"


def write_atomic(path: Path, data: bytes) -> None:
    """Write `data` so that `path` holds either its old content or all of the new one, whatever happens meanwhile."""
    path.parent.mkdir(parents=True, exist_ok=True)
    name = path.parent / f"{_TEMP_PREFIX}{secrets.token_hex(8)}"
    try:
        with open(name, "xb") as file:  # not tempfile: the result gets the permissions that the umask asks for
            file.write(data)
        os.replace(name, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(name)
        raise


def cache_directory() -> Path:
    """The folder of the default cache, also used for kept failure logs."""
    return Path(os.environ.get("PULLBACK_CACHE_DIR") or platformdirs.user_cache_dir("pullback", appauthor=False))


@lru_cache(maxsize=8)
def _open(directory: Path, size: str) -> Cache:
    return Cache(directory, parse_size(size) if size else DEFAULT_SIZE)


def default_cache() -> Cache | None:
    """The cache that the environment asks for, or None when it is turned off."""
    if os.environ.get("PULLBACK_CACHE", "1").strip().lower() in ("0", "off", "false", "no"):
        return None
    return _open(cache_directory(), os.environ.get("PULLBACK_CACHE_SIZE", ""))
