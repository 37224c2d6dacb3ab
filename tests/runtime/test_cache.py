"""The disk cache: whole entries or none, under damage, concurrency and a size limit."""

from __future__ import annotations

import multiprocessing
import os
import time
from pathlib import Path

import pytest

from pullback.runtime.cache import Cache, cache_key, default_cache, parse_size, write_atomic


def test_stores_and_finds(cache: Cache) -> None:
    assert cache.get("k") is None
    cache.put("k", b"payload")
    assert cache.get("k") == b"payload"
    stats = cache.stats()
    assert (stats["hits"], stats["misses"], stats["entries"]) == (1, 1, 1)


@pytest.mark.parametrize("damage", ["truncate", "flip", "empty", "foreign", "short"])
def test_damaged_entry_is_a_miss_and_goes(cache: Cache, damage: str) -> None:
    cache.put("k", b"payload" * 100)
    path = cache.path("k")
    data = path.read_bytes()
    flipped = bytearray(data)
    flipped[-1] ^= 1
    broken = {"truncate": data[:-3], "flip": bytes(flipped), "empty": b"", "foreign": b"x" * 500, "short": data[:9]}
    path.write_bytes(broken[damage])
    assert cache.get("k") is None
    assert not path.exists()
    assert cache.stats()["corrupt"] == 1
    cache.put("k", b"again")
    assert cache.get("k") == b"again"


def test_least_recently_used_goes_first(tmp_path: Path) -> None:
    cache = Cache(tmp_path, max_bytes=4000)
    for i, name in enumerate("abc"):
        cache.put(name, bytes(1000))
        os.utime(cache.path(name), (1000 + i, 1000 + i))
    assert cache.get("a") is not None  # now the most recently used
    cache.put("d", bytes(1000))
    assert cache.get("b") is None
    assert cache.get("a") is not None and cache.get("c") is not None and cache.get("d") is not None
    assert cache.stats()["bytes"] <= 4000


def test_an_entry_larger_than_the_limit_survives_its_own_store(tmp_path: Path) -> None:
    cache = Cache(tmp_path, max_bytes=10)
    cache.put("big", bytes(1000))
    assert cache.get("big") == bytes(1000)


def test_clear_deletes_entries_only(cache: Cache) -> None:
    cache.put("a", b"1")
    (cache.directory / "notes.txt").write_text("mine")
    cache.write_record("cpu.json", {"cpu": "x"})
    assert cache.clear() == 1
    assert (cache.directory / "notes.txt").exists()
    assert cache.read_record("cpu.json") == {"cpu": "x"}


def test_abandoned_temporary_files_go(cache: Cache) -> None:
    cache.put("a", b"1")
    stale, fresh = cache.directory / "tmp-stale", cache.directory / "tmp-fresh"
    stale.write_bytes(b"")
    fresh.write_bytes(b"")
    os.utime(stale, (time.time() - 7200,) * 2)
    cache.stats()
    assert not stale.exists() and fresh.exists()


def test_unwritable_folder_only_costs_time(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("a file where the folder should be")
    cache = Cache(tmp_path / "file" / "cache")
    cache.put("k", b"x")
    assert cache.get("k") is None
    assert cache.stats()["entries"] == 0


def test_failed_write_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "file"
    write_atomic(path, b"old")

    def fail(*_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(OSError, match="disk full"):
        write_atomic(path, b"new")
    assert path.read_bytes() == b"old"
    assert [p.name for p in tmp_path.iterdir()] == ["file"]


def test_key_depends_on_all_that_matters() -> None:
    base = cache_key("text", ["-a", "-b"])
    assert base == cache_key("text", ["-b", "-a"]) == cache_key(b"text", ["-a", "-b"])
    others = [cache_key("text2", ["-a", "-b"]), cache_key("text", ["-a"]), cache_key("text", ["-a", "-b"], extra={"x": "1"})]
    assert len({base, *others}) == 4


def _hammer(folder: str, seed: int, failures: multiprocessing.Queue[str]) -> None:
    cache = Cache(folder, max_bytes=40_000)
    for i in range(150):
        key = f"k{(seed + i) % 10}"
        value = key.encode() * 2500
        cache.put(key, value)
        found = cache.get(f"k{i % 10}")
        if found is not None and found != f"k{i % 10}".encode() * 2500:
            failures.put(f"{seed}: wrong bytes for k{i % 10}")
    if cache.stats()["corrupt"]:
        failures.put(f"{seed}: saw a damaged entry")


def test_concurrent_writers_and_evictions(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    failures = context.Queue()
    workers = [context.Process(target=_hammer, args=(str(tmp_path), seed, failures)) for seed in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
        assert worker.exitcode == 0
    assert failures.empty()


@pytest.mark.parametrize(
    ("text", "size"), [("123", 123), ("2K", 2048), ("1.5m", 3 << 19), ("4G", 4 << 30), ("4GiB", 4 << 30), ("0", 0)]
)
def test_sizes(text: str, size: int) -> None:
    assert parse_size(text) == size


@pytest.mark.parametrize("text", ["", "many", "-1", "4X", "inf"])
def test_bad_sizes(text: str) -> None:
    with pytest.raises(ValueError, match="is not a size"):
        parse_size(text)


def test_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PULLBACK_CACHE_DIR", str(tmp_path))
    monkeypatch.setenv("PULLBACK_CACHE_SIZE", "1M")
    cache = default_cache()
    assert cache is not None and cache.directory == tmp_path and cache.max_bytes == 1 << 20
    monkeypatch.setenv("PULLBACK_CACHE", "0")
    assert default_cache() is None
