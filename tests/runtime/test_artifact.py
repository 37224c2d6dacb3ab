"""Artifacts: the same bytes for the same content, calls by pytree, and an ArtifactError for whatever is wrong."""

from __future__ import annotations

import io
import json
import os
import random
import subprocess
import sys
import zipfile
from collections import namedtuple
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pullback.runtime import ArtifactError, Target, load, read_artifact, write_artifact
from pullback.runtime import hostcpu as hostcpu_module
from pullback.runtime.trees import describe, parse_tree, tree_to_json

F32 = np.dtype(np.float32)
MODULE = "modules/cpu.vmfb"


def leaf(*shape: int, dtype: str = "f32") -> dict[str, Any]:
    return {"kind": "leaf", "dtype": dtype, "shape": list(shape)}


def make_manifest(target: Target) -> dict[str, Any]:
    params = {"kind": "dict", "items": [["W", leaf(3)], ["b", leaf()]]}
    result = {
        "kind": "namedtuple",
        "name": "Out",
        "fields": ["y", "grad"],
        "items": [leaf(2), {"kind": "list", "items": [leaf(3)]}],
    }
    return {
        "modules": [{"file": MODULE, "target": target.to_manifest()}],
        "entries": [
            {
                "name": "grad",
                "kind": "grad",
                "function": "loss",
                "args": [{"name": "params", "tree": params}, {"name": "x", "tree": leaf(2, 3)}],
                "result": result,
                "donated": [0],
            },
            {"name": "double", "function": "double", "args": [{"name": "a", "tree": leaf(4)}], "result": leaf(4), "flops": 4},
        ],
        "meta": {"note": "ü"},
    }


@pytest.fixture
def manifest(target: Target) -> dict[str, Any]:
    return make_manifest(target)


@pytest.fixture
def artifact(tmp_path: Path, manifest: dict[str, Any], vmfb: bytes) -> Path:
    return write_artifact(tmp_path / "model.pba", manifest, {MODULE: vmfb})


PARAMS = {"W": np.array([1, 2, 3], F32), "b": np.float32(0.5)}
X = np.arange(6, dtype=F32).reshape(2, 3)


def test_calls(artifact: Path) -> None:
    art = load(artifact)
    assert art.entries == ("grad", "double")
    for out in (art["grad"](PARAMS, X), art.grad(x=X, params=PARAMS), art.grad({"W": [1, 2, 3], "b": 0.5}, X.tolist())):
        assert type(out).__name__ == "Out" and out._fields == ("y", "grad")
        np.testing.assert_allclose(out.y, X @ PARAMS["W"] + 0.5)
        np.testing.assert_allclose(out.grad[0], [2, 4, 6])
        assert isinstance(out.grad, list)
    np.testing.assert_array_equal(art.double([1, 2, 3, 4]), [2, 4, 6, 8])
    assert "grad(params: {'W': f32[3], 'b': f32[]}, x: f32[2,3]) -> Out(y=f32[2], grad=[f32[3]])" in repr(art)
    assert "double" in dir(art) and len(art) == 2 and list(art) == ["grad", "double"]


def test_single_entry_is_callable(tmp_path: Path, manifest: dict[str, Any], vmfb: bytes) -> None:
    del manifest["entries"][0]
    art = load(write_artifact(tmp_path / "one.pba", manifest, {MODULE: vmfb}), device="cpu")
    np.testing.assert_array_equal(art(np.ones(4, F32)), np.full(4, 2))


def test_runs_without_the_compiler(artifact: Path) -> None:
    code = (
        "import sys, numpy as np, pullback.runtime as rt\n"
        "sys.modules['iree.compiler'] = None\n"
        f"art = rt.load({str(artifact)!r})\n"
        "assert art.double(np.ones(4, 'f4')).sum() == 8\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


@pytest.mark.parametrize(
    ("call", "error", "text"),
    [
        (
            lambda art: art.grad({"W": np.zeros(4, F32), "b": 0.0}, X),
            ValueError,
            "argument 'params/W': expected f32[3], got f32[4]",
        ),
        (lambda art: art.grad(PARAMS, X.astype(np.float64)), TypeError, "argument 'x': expected f32[2,3], got f64[2,3]"),
        (lambda art: art.grad({"W": PARAMS["W"]}, X), ValueError, "argument 'params': keys do not match: missing 'b'"),
        (lambda art: art.grad({**PARAMS, "c": 1}, X), ValueError, "argument 'params': keys do not match: unknown 'c'"),
        (lambda art: art.grad([1, 2], X), TypeError, "argument 'params': expected a dict with keys 'W', 'b', got list"),
        (lambda art: art.grad(PARAMS), TypeError, "grad: missing 'x': grad(params: "),
        (lambda art: art.grad(PARAMS, X, X), TypeError, "grad: expected 2 arguments, got 3: grad("),
        (lambda art: art.grad(PARAMS, X, x=X), TypeError, "grad: argument 'x' is given twice"),
        (lambda art: art.grad(PARAMS, y=X), TypeError, "grad: unknown argument 'y'"),
        (lambda art: art(X), TypeError, "has several entries; call one of: grad, double"),
        (lambda art: art["hess"], KeyError, "has no entry 'hess'; it has: grad, double"),
        (lambda art: art.hess, AttributeError, "has no entry 'hess'"),
    ],
)
def test_wrong_calls(artifact: Path, call: Callable[[Any], Any], error: type[Exception], text: str) -> None:
    with pytest.raises(error) as caught:
        call(load(artifact))
    assert text in str(caught.value)


def test_writing_is_deterministic(tmp_path: Path, manifest: dict[str, Any], vmfb: bytes) -> None:
    files = {MODULE: vmfb, "extra/a.txt": b"a", "README": b"r"}
    first = write_artifact(tmp_path / "1.pba", manifest, files).read_bytes()
    shuffled = dict(reversed(manifest.items()))
    second = write_artifact(tmp_path / "2.pba", shuffled, dict(reversed(files.items()))).read_bytes()
    assert first == second
    assert sorted(path.name for path in tmp_path.iterdir()) == ["1.pba", "2.pba"]


def test_bad_manifest_is_not_written(tmp_path: Path, manifest: dict[str, Any], vmfb: bytes) -> None:
    manifest["entries"][0]["result"] = {"kind": "leaf", "dtype": "f7", "shape": []}
    with pytest.raises(ArtifactError, match="entry 0: result: unknown dtype 'f7'"):
        write_artifact(tmp_path / "x.pba", manifest, {MODULE: vmfb})
    with pytest.raises(ArtifactError, match="its file is not listed"):
        write_artifact(tmp_path / "x.pba", manifest, {"other": vmfb})
    with pytest.raises(ArtifactError, match="not JSON"):
        write_artifact(tmp_path / "x.pba", {**manifest, "meta": {"a": X}}, {MODULE: vmfb})
    assert not list(tmp_path.iterdir())


# --- damage


def test_truncated_at_any_place(artifact: Path, tmp_path: Path) -> None:
    data = artifact.read_bytes()
    broken = tmp_path / "broken.pba"
    for size in [0, 1, 10, 100, len(data) // 2, len(data) - 100, len(data) - 10, len(data) - 1]:
        broken.write_bytes(data[:size])
        with pytest.raises(ArtifactError):
            load(broken)


def test_flipped_bits_never_crash(artifact: Path, tmp_path: Path) -> None:
    data = artifact.read_bytes()
    broken = tmp_path / "broken.pba"
    rng = random.Random(0)
    places = [rng.randrange(len(data)) for _ in range(150)] + [rng.randrange(len(data) - 400, len(data)) for _ in range(150)]
    detected = 0
    for place in places:
        flipped = bytearray(data)
        flipped[place] ^= 1 << rng.randrange(8)
        broken.write_bytes(flipped)
        try:
            content = read_artifact(broken)
        except ArtifactError:
            detected += 1
        else:  # a bit that means nothing, such as a time stamp: the content is intact
            assert content.files == read_artifact(artifact).files
    assert detected > 200


def test_tampered_module(artifact: Path, tmp_path: Path) -> None:
    def tamper(members: dict[str, bytes]) -> None:
        module = bytearray(members[MODULE])
        module[len(module) // 2] ^= 0xFF
        members[MODULE] = bytes(module)

    with pytest.raises(ArtifactError, match=r"modules/cpu.vmfb is damaged \(its checksum"):
        load(repack(artifact, tmp_path, tamper))


def test_added_and_removed_files(artifact: Path, tmp_path: Path) -> None:
    with pytest.raises(ArtifactError, match="disagree about evil"):
        load(repack(artifact, tmp_path, lambda members: members.update(evil=b"x")))
    with pytest.raises(ArtifactError, match=r"disagree about modules/cpu\.vmfb"):
        load(repack(artifact, tmp_path, lambda members: members.pop(MODULE)))
    with pytest.raises(ArtifactError, match=r"it has no manifest\.json"):
        load(repack(artifact, tmp_path, lambda members: members.pop("manifest.json")))


@pytest.mark.parametrize("name", ["../evil", "/etc/passwd", "a/../../b", "a\\b", "C:x", "a//b", "dir/", ".hidden", ""])
def test_unsafe_names(artifact: Path, tmp_path: Path, name: str) -> None:
    with pytest.raises(ArtifactError, match="unsafe name"):
        load(repack(artifact, tmp_path, lambda members: members.update({name: b""})))


def test_zip_bomb(artifact: Path, tmp_path: Path) -> None:
    path = repack(artifact, tmp_path, lambda members: members.update(bomb=bytes(1 << 20)), zipfile.ZIP_DEFLATED)
    data = bytearray(path.read_bytes())
    size_at = data.rindex(b"bomb") - 46 + 24  # in the central directory, whose entry starts 46 bytes before the name
    assert data[size_at : size_at + 4] == (1 << 20).to_bytes(4, "little")
    data[size_at : size_at + 4] = (0xFFFFFFF0).to_bytes(4, "little")
    path.write_bytes(data)
    with pytest.raises(ArtifactError, match="impossible or too large size"):
        load(path)


def test_not_an_artifact(tmp_path: Path) -> None:
    with pytest.raises(ArtifactError, match="no such file"):
        load(tmp_path / "none.pba")
    with pytest.raises(ArtifactError):
        load(tmp_path)
    (tmp_path / "text.pba").write_text("hello")
    with pytest.raises(ArtifactError, match="damaged or not an artifact") as caught:
        load(tmp_path / "text.pba")
    assert caught.value.exit_code == 4


def change(path: str, value: Any) -> Callable[[dict[str, Any]], None]:
    def apply(manifest: dict[str, Any]) -> None:
        node: Any = manifest
        *parents, last = path.split(".")
        for key in parents:
            node = node[int(key) if key.isdecimal() else key]
        node[int(last) if last.isdecimal() else last] = value

    return apply


DEEP: dict[str, Any] = leaf()
for _ in range(200):
    DEEP = {"kind": "tuple", "items": [DEEP]}


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        ("format", "other", "format is 'other'"),
        ("format_version", 2, "format version 2 is not the version 1"),
        ("format_version", None, "format version None"),
        ("entries", [], "entries is missing"),
        ("entries", "x", "entries is missing"),
        ("entries.0", 5, "entry 0: not an object"),
        ("entries.0.name", "double", "two entries have the same name"),
        ("entries.0.function", None, "entry 0: no function"),
        ("entries.0.args", {}, "args is not a list"),
        ("entries.0.args.1.name", "params", "two arguments have the same name"),
        ("entries.0.args.1.tree", leaf(-1), "invalid dimension -1"),
        ("entries.0.args.1.tree", leaf(10**30), "invalid dimension"),
        ("entries.0.args.1.tree", {"kind": "leaf", "dtype": ["f32"], "shape": []}, "unknown dtype"),
        ("entries.0.args.1.tree", {"kind": "tuple"}, "tuple without a list of items"),
        ("entries.0.args.1.tree", {"kind": "dict", "items": [[1.5, leaf()]]}, "expected a pair of a key"),
        ("entries.0.args.1.tree", {"kind": "dict", "items": [["a", leaf()], ["a", leaf()]]}, "a key occurs twice"),
        ("entries.0.args.1.tree", {"kind": "object"}, "unknown kind 'object'"),
        ("entries.0.args.1.tree", {"kind": ["x"]}, "unknown kind"),
        ("entries.0.args.1.tree", DEEP, "nested too deeply"),
        ("entries.0.result.fields", ["y", "class"], "invalid namedtuple"),
        ("entries.0.result.name", "__import__('os')", "invalid namedtuple"),
        ("entries.0.donated", [2], "donated is not a list"),
        ("entries.0.flops", "many", "flops must be a number"),
        ("modules", {}, "modules is missing"),
        ("modules.0.target", None, "module 0: no target"),
        ("modules.0.target.kind", "tpu", "unknown target kind 'tpu'"),
        ("modules.0.target.features", "avx2", "features is not a list"),
        ("modules.0.target.triple", "", "a cpu target needs a triple"),
        ("modules.0.file", "nope", "its file is not listed"),
        ("files", None, "files is missing"),
        ("files", {MODULE: {"sha256": "0" * 63, "size": 1}}, "no sha256"),
        ("files", {MODULE: {"sha256": "0" * 64, "size": 1}}, "is damaged"),
        ("entries.1.function", "nope", "has no function 'nope'"),
    ],
)
def test_bad_manifests(artifact: Path, tmp_path: Path, path: str, value: Any, words: str) -> None:
    with pytest.raises(ArtifactError, match=words):
        load(edit_manifest(artifact, tmp_path, change(path, value)))


@pytest.mark.parametrize("text", [b"{", b"[]", b"\xff\xfe", b"[" * 200_000])
def test_manifest_that_is_not_json(artifact: Path, tmp_path: Path, text: bytes) -> None:
    with pytest.raises(ArtifactError, match="manifest is not"):
        load(repack(artifact, tmp_path, lambda members: members.update({"manifest.json": text})))


# --- the wrong machine


def test_missing_cpu_features(artifact: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    host = hostcpu_module.host_arch()
    wanted = {"x86_64": ["avx2", "avx512f", "pku"], "aarch64": ["dotprod", "sve"]}.get(host)
    if wanted is None:
        pytest.skip(f"no feature table for {host}")
    lacking = wanted[1]
    monkeypatch.setattr(hostcpu_module, "host_cpu_features", lambda: {wanted[0]: True, lacking: False})
    changed = edit_manifest(artifact, tmp_path, change("modules.0.target.features", wanted))
    with pytest.raises(ArtifactError, match=f"was compiled for cpu .* and needs {lacking}, which this CPU lacks"):
        load(changed)


def test_wrong_architecture(artifact: Path, tmp_path: Path) -> None:
    with pytest.raises(ArtifactError, match=r"was compiled for cpu .* \(sparc64\), and this machine is"):
        load(edit_manifest(artifact, tmp_path, change("modules.0.target.triple", "sparc64-unknown")))


def test_the_best_module_that_runs_here_is_taken(tmp_path: Path, manifest: dict[str, Any], vmfb: bytes, target: Target) -> None:
    plain = {**target.to_manifest(), "cpu": "plain", "features": []}
    foreign = {**target.to_manifest(), "cpu": "foreign", "features": ["x"] * 500, "triple": "sparc64-unknown"}
    manifest["modules"] = [
        {"file": "modules/0.vmfb", "target": foreign},
        {"file": "modules/1.vmfb", "target": plain},
        {"file": "modules/2.vmfb", "target": target.to_manifest()},
        {"file": "modules/3.vmfb", "target": {"kind": "cuda", "cpu": "sm_80"}},
    ]
    files = {"modules/0.vmfb": b"", "modules/1.vmfb": vmfb, "modules/2.vmfb": vmfb, "modules/3.vmfb": b""}
    art = load(write_artifact(tmp_path / "many.pba", manifest, files))
    assert art.target.file == "modules/2.vmfb" and art.device.kind == "cpu"


def test_device_without_module(artifact: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    changed = edit_manifest(artifact, tmp_path, change("modules.0.target.kind", "vulkan"))
    with pytest.raises(ArtifactError, match="was not compiled for cpu; it has: vulkan"):
        load(changed, device="cpu")
    monkeypatch.setenv("PULLBACK_DEVICE", "cpu")
    with pytest.raises(ArtifactError, match="was not compiled for cpu"):
        load(changed)


# --- trees


def test_trees_describe_values() -> None:
    pair = namedtuple("Pair", ["left", "right"])
    value = {"a": [np.zeros((2, 3), F32), None], 7: (1, pair(True, 2.0)), "e": (), "n": {}}
    tree = describe(value)
    assert str(tree) == "{'a': [f32[2,3], None], 7: (i64[], Pair(left=i1[], right=f64[])), 'e': (), 'n': {}}"
    encoded = json.loads(json.dumps(tree_to_json(tree)))
    assert parse_tree(encoded, "x") == tree


# --- helpers


def repack(source: Path, folder: Path, edit: Callable[[dict[str, bytes]], Any], compression: int = zipfile.ZIP_STORED) -> Path:
    with zipfile.ZipFile(source) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    edit(members)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as archive:
        for name, data in members.items():
            archive.writestr(zipfile.ZipInfo(name), data, compression)
    path = folder / f"edited-{os.urandom(4).hex()}.pba"
    path.write_bytes(buffer.getvalue())
    return path


def edit_manifest(source: Path, folder: Path, edit: Callable[[dict[str, Any]], Any]) -> Path:
    def apply(members: dict[str, bytes]) -> None:
        manifest = json.loads(members["manifest.json"])
        edit(manifest)
        members["manifest.json"] = json.dumps(manifest).encode()

    return repack(source, folder, apply)
