"""The `.pba` artifact: compiled functions that run without the compiler.

An artifact is a zip file with a ``manifest.json`` and one IREE module per target. Writing is deterministic: the same manifest
and modules give the same bytes. Everything in it is checked before anything is loaded, and every defect is an
`ArtifactError`: IREE itself would crash on a damaged module, or on code for a CPU that has more features than this one.

The manifest (the ``files`` table and the versions are filled in by `write_artifact`):

    {
      "format": "pullback-artifact",
      "format_version": 1,                      readers reject other versions
      "pullback": "0.1.0", "iree": "3.13.0",    versions that wrote the file; informative
      "modules": [                              at least one; the loader picks the best that runs here
        {"file": "modules/cpu-x86_64-znver4.vmfb",
         "target": {"kind": "cpu" | "vulkan" | "cuda",
                    "cpu": "znver4", "features": ["avx2", ...], "triple": "x86_64-...", "flags": [...]}}
      ],
      "entries": [                              at least one
        {"name": "grad",                        what the user calls it
         "kind": "function",                    free word: "function", "grad", "vjp", ...; optional
         "function": "main",                    symbol in the modules; several entries may share one
         "args": [{"name": "params", "tree": TREE}, ...],
         "result": TREE,
         "consts": [0],                         which of the consts the function takes after its arguments; optional
         "donated": [0],                        positions of arguments whose buffers the program reuses; optional
         "flops": 1e9}                          cost, for the choice of the CPU driver; optional
      ],
      "consts": [                               arrays that the program closes over; optional
        {"file": "consts/0.npy", "dtype": "f32", "shape": [512, 512]}
      ],
      "files": {"modules/....vmfb": {"sha256": "...", "size": 123}, ...},     every file but the manifest
      "meta": {...}                             anything; optional
    }

TREE is described in `trees`. Dtypes are spelled as in the pb dialect: ``f32``, ``ui8``, ``i1``, ``c64``.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from . import hostcpu
from .cache import pullback_version, runtime_version, write_atomic
from .consts import from_npy
from .errors import ArtifactError
from .trees import Leaf, Node, Tree, TreeError, leaves, parse_leaf, parse_tree

FORMAT = "pullback-artifact"
FORMAT_VERSION = 1
MANIFEST = "manifest.json"
MAX_MANIFEST = 16 << 20
MAX_FILES = 4096
MAX_TOTAL = 8 << 30
MAX_RATIO = 1100  # deflate cannot do better than 1032:1
_EPOCH = (1980, 1, 1, 0, 0, 0)
_FILE_NAME = re.compile(r"(?:[A-Za-z0-9_][A-Za-z0-9_.+-]*/)*[A-Za-z0-9_][A-Za-z0-9_.+-]*$")
_SHA256 = re.compile(r"[0-9a-f]{64}$")


@dataclass(frozen=True)
class EntrySpec:
    """One callable function of an artifact, as its manifest declares it."""

    name: str
    kind: str
    function: str
    arg_names: tuple[str, ...]
    arg_trees: tuple[Tree, ...]
    result: Tree
    donated: tuple[int, ...]
    flops: float
    consts: tuple[int, ...] = ()

    def __str__(self) -> str:
        arguments = ", ".join(f"{name}: {tree}" for name, tree in zip(self.arg_names, self.arg_trees))
        return f"{self.name}({arguments}) -> {self.result}"


@dataclass(frozen=True)
class ModuleSpec:
    """One compiled module of an artifact and what it was compiled for."""

    file: str
    kind: str
    cpu: str
    arch: str
    features: tuple[str, ...]

    def why_not_here(self) -> str | None:
        """Why this machine's CPU cannot run the module, or None if it can. GPUs are tried when they are opened."""
        if self.kind != "cpu":
            return None
        name = f"cpu {self.cpu}" if self.cpu else "a cpu"
        if self.arch and self.arch != hostcpu.host_arch():
            return f"was compiled for {name} ({self.arch}), and this machine is {hostcpu.host_arch()}"
        missing = hostcpu.missing_features(self.arch, self.features)
        if missing:
            return f"was compiled for {name} and needs {', '.join(missing)}, which this CPU lacks"
        return None


@dataclass(frozen=True)
class ConstSpec:
    """One array that the program closes over."""

    file: str
    leaf: Leaf


@dataclass(frozen=True)
class ArtifactFile:
    """The checked content of an artifact."""

    path: Path
    manifest: dict[str, Any]
    entries: tuple[EntrySpec, ...]
    modules: tuple[ModuleSpec, ...]
    files: dict[str, bytes]
    consts: tuple[ConstSpec, ...] = ()

    def const(self, i: int) -> NDArray[Any]:
        """The i-th constant array."""
        spec = self.consts[i]
        try:
            return from_npy(self.files[spec.file], spec.leaf)
        except (ValueError, EOFError) as error:
            raise ArtifactError(f"{self.path}: {spec.file}: {error}") from error


def write_artifact(path: str | os.PathLike[str], manifest: Mapping[str, Any], files: Mapping[str, bytes]) -> Path:
    """Write an artifact; the file appears under its name only when it is complete. Raises ArtifactError for a bad manifest."""
    path = Path(path)
    full = {
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        "pullback": pullback_version(),
        "iree": runtime_version(),
        **manifest,
        "files": {name: {"sha256": hashlib.sha256(data).hexdigest(), "size": len(data)} for name, data in files.items()},
    }
    try:
        text = json.dumps(full, indent=1, sort_keys=True, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise ArtifactError(f"{path}: the manifest is not JSON: {error}") from error
    _check_manifest(json.loads(text), path)
    members = {MANIFEST: text.encode(), **files}
    buffer = io.BytesIO()
    # Stored, not deflated: the bytes must not depend on the zlib version, and modules are small.
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(members, key=lambda name: (name != MANIFEST, name)):
            info = zipfile.ZipInfo(name, _EPOCH)
            info.create_system = 3  # else it tells the writer's operating system
            info.external_attr = 0o644 << 16
            archive.writestr(info, members[name])
    write_atomic(path, buffer.getvalue())
    return path


def read_artifact(path: str | os.PathLike[str]) -> ArtifactFile:
    """Read and check an artifact: structure, sizes, manifest, and the checksum of every file. Runs nothing of it."""
    path = Path(path)
    try:
        with zipfile.ZipFile(path) as archive:
            members = _check_members(archive, path)
            if MANIFEST not in members:
                raise ArtifactError(f"{path}: is a zip file but not an artifact: it has no {MANIFEST}")
            manifest = _load_json(_read_member(archive, members[MANIFEST], path), path)
            entries, modules, consts = _check_manifest(manifest, path)
            listed: dict[str, Any] = manifest["files"]
            if listed.keys() != members.keys() - {MANIFEST}:
                odd = sorted(listed.keys() ^ (members.keys() - {MANIFEST}))
                raise ArtifactError(f"{path}: the manifest and the content disagree about {', '.join(odd[:5])}")
            files = {}
            for name, entry in listed.items():
                data = _read_member(archive, members[name], path)
                if len(data) != entry["size"] or hashlib.sha256(data).hexdigest() != entry["sha256"]:
                    raise ArtifactError(f"{path}: {name} is damaged (its checksum does not match the manifest)")
                files[name] = data
    except FileNotFoundError:
        raise ArtifactError(f"{path}: no such file") from None
    except OSError as error:
        raise ArtifactError(f"{path}: cannot be read: {error}") from error
    # struct.error, ValueError, ... : what zipfile and zlib raise for various kinds of damage
    except (
        zipfile.BadZipFile,
        zipfile.LargeZipFile,
        EOFError,
        NotImplementedError,
        RuntimeError,
        ValueError,
        OverflowError,
    ) as error:
        if isinstance(error, ArtifactError):
            raise
        raise ArtifactError(f"{path}: is damaged or not an artifact: {error}") from error
    except Exception as error:
        if type(error).__module__ in ("zlib", "struct", "lzma", "_struct"):
            raise ArtifactError(f"{path}: is damaged or not an artifact: {error}") from error
        raise
    return ArtifactFile(path, manifest, entries, modules, files, consts)


def choose_module(artifact: ArtifactFile, kind: str | None) -> ModuleSpec:
    """The module to run on a device of `kind` (any kind if None, the CPU first): of those that run here, the most specific."""
    kinds = ("cpu", "cuda", "vulkan") if kind is None else (kind,)
    reasons = []
    for wanted in kinds:
        fitting = []
        for module in artifact.modules:
            if module.kind == wanted:
                reason = module.why_not_here()
                if reason is None:
                    fitting.append(module)
                else:
                    reasons.append(reason)
        if fitting:
            return max(fitting, key=lambda module: len(module.features))
    if reasons:
        raise ArtifactError(f"{artifact.path}: " + "; ".join(reasons))
    has = ", ".join(sorted({module.kind for module in artifact.modules}))
    raise ArtifactError(f"{artifact.path}: was not compiled for {kind}; it has: {has}")


def _check_members(archive: zipfile.ZipFile, path: Path) -> dict[str, zipfile.ZipInfo]:
    infos = archive.infolist()
    if len(infos) > MAX_FILES:
        raise ArtifactError(f"{path}: holds {len(infos)} files; the limit is {MAX_FILES}")
    members: dict[str, zipfile.ZipInfo] = {}
    total = 0
    for info in infos:
        if not _FILE_NAME.match(info.filename) or info.orig_filename != info.filename:
            raise ArtifactError(f"{path}: holds a file with an unsafe name: {info.orig_filename!r}")
        if info.filename in members:
            raise ArtifactError(f"{path}: holds {info.filename} twice")
        if info.flag_bits & 1 or info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise ArtifactError(f"{path}: {info.filename} is encrypted or in an unknown compression")
        total += info.file_size
        if info.file_size > MAX_RATIO * max(info.compress_size, 1) or total > MAX_TOTAL:
            raise ArtifactError(f"{path}: {info.filename} claims an impossible or too large size of {info.file_size} bytes")
        members[info.filename] = info
    return members


def _read_member(archive: zipfile.ZipFile, info: zipfile.ZipInfo, path: Path) -> bytes:
    if info.filename == MANIFEST and info.file_size > MAX_MANIFEST:
        raise ArtifactError(f"{path}: the manifest is too large ({info.file_size} bytes)")
    with archive.open(info) as file:
        data = file.read(info.file_size + 1)
    if len(data) != info.file_size:
        raise ArtifactError(f"{path}: {info.filename} is truncated")
    return data


def _load_json(data: bytes, path: Path) -> dict[str, Any]:
    try:
        manifest = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise ArtifactError(f"{path}: the manifest is not JSON: {error}") from error
    if not isinstance(manifest, dict):
        raise ArtifactError(f"{path}: the manifest is not a JSON object")
    return manifest


def _check_manifest(
    manifest: dict[str, Any], path: Path
) -> tuple[tuple[EntrySpec, ...], tuple[ModuleSpec, ...], tuple[ConstSpec, ...]]:
    """Everything that the loader relies on; the specs that it works with."""

    def need(condition: Any, what: str) -> None:
        if not condition:
            raise ArtifactError(f"{path}: manifest: {what}")

    need(manifest.get("format") == FORMAT, f"format is {manifest.get('format')!r}, not {FORMAT!r}")
    version = manifest.get("format_version")
    need(
        version == FORMAT_VERSION and not isinstance(version, bool),
        f"format version {version!r} is not the version {FORMAT_VERSION} that this pullback reads",
    )
    files, modules, entries = (manifest.get(key) for key in ("files", "modules", "entries"))
    need(isinstance(files, dict), "files is missing")
    need(isinstance(modules, list) and modules, "modules is missing")
    need(isinstance(entries, list) and entries, "entries is missing")
    for name, entry in files.items():  # type: ignore[union-attr]
        need(_FILE_NAME.match(name) and name != MANIFEST, f"unsafe file name {name!r}")
        need(
            isinstance(entry, dict) and isinstance(entry.get("sha256"), str) and _SHA256.match(entry["sha256"]),
            f"{name}: no sha256",
        )
        need(isinstance(entry.get("size"), int) and entry["size"] >= 0, f"{name}: no size")
    module_specs = []
    for i, module in enumerate(modules):  # type: ignore[arg-type]
        need(isinstance(module, dict) and isinstance(module.get("target"), dict), f"module {i}: no target")
        need(isinstance(module.get("file"), str) and module["file"] in files, f"module {i}: its file is not listed")  # type: ignore[operator]
        target = module["target"]
        features = target.get("features", [])
        need(target.get("kind") in ("cpu", "vulkan", "cuda"), f"module {i}: unknown target kind {target.get('kind')!r}")
        need(
            isinstance(features, list) and all(isinstance(f, str) for f in features), f"module {i}: features is not a list of names"
        )
        cpu, triple = target.get("cpu", ""), target.get("triple", "")
        need(isinstance(cpu, str) and isinstance(triple, str), f"module {i}: cpu and triple must be strings")
        need(target["kind"] != "cpu" or triple, f"module {i}: a cpu target needs a triple")
        arch = triple.partition("-")[0].replace("arm64", "aarch64")
        module_specs.append(ModuleSpec(module["file"], target["kind"], cpu, arch, tuple(features)))
    const_specs = []
    consts = manifest.get("consts", [])
    need(isinstance(consts, list), "consts is not a list")
    for i, const in enumerate(consts):
        need(isinstance(const, dict), f"const {i}: not an object")
        need(isinstance(const.get("file"), str) and const["file"] in files, f"const {i}: its file is not listed")  # type: ignore[operator]
        try:
            const_specs.append(ConstSpec(const["file"], parse_leaf(const, f"const {i}")))
        except TreeError as error:
            raise ArtifactError(f"{path}: manifest: {error}") from error
    entry_specs = []
    for i, entry in enumerate(entries):  # type: ignore[arg-type]
        need(isinstance(entry, dict), f"entry {i}: not an object")
        try:
            entry_specs.append(_parse_entry(entry, len(const_specs)))
        except (TreeError, RecursionError) as error:
            raise ArtifactError(f"{path}: manifest: entry {i}: {error}") from error
    names = [spec.name for spec in entry_specs]
    need(len(set(names)) == len(names), "two entries have the same name")
    return tuple(entry_specs), tuple(module_specs), tuple(const_specs)


def _parse_entry(entry: dict[str, Any], n_consts: int) -> EntrySpec:
    for key in ("name", "function"):
        if not isinstance(entry.get(key), str) or not entry[key]:
            raise TreeError(f"no {key}")
    args = entry.get("args")
    if not isinstance(args, list) or not all(isinstance(arg, dict) and isinstance(arg.get("name"), str) for arg in args):
        raise TreeError("args is not a list of objects with a name")
    names = tuple(arg["name"] for arg in args)
    if len(set(names)) != len(names):
        raise TreeError("two arguments have the same name")
    donated, flops, kind = entry.get("donated", []), entry.get("flops", 0), entry.get("kind", "function")
    if not isinstance(donated, list) or not all(type(d) is int and 0 <= d < len(args) for d in donated):
        raise TreeError("donated is not a list of argument positions")
    consts = entry.get("consts", [])
    if not isinstance(consts, list) or not all(type(c) is int and 0 <= c < n_consts for c in consts):
        raise TreeError("consts is not a list of positions in the artifact's consts")
    if isinstance(flops, bool) or not isinstance(flops, (int, float)) or not isinstance(kind, str):
        raise TreeError("flops must be a number and kind a string")
    trees = tuple(parse_tree(arg.get("tree"), f"argument {arg['name']!r}") for arg in args)
    result = parse_tree(entry.get("result"), "result")
    return EntrySpec(entry["name"], kind, entry["function"], names, trees, result, tuple(donated), float(flops), tuple(consts))


def leaf_types(tree: Tree | tuple[Tree, ...]) -> list[tuple[tuple[int, ...], Any]]:
    """(shape, dtype) of every leaf of a tree, or of several."""
    whole = Node("tuple", tree) if isinstance(tree, tuple) else tree
    return [(leaf.shape, leaf.dtype) for leaf in leaves(whole)]
