"""`export`: compiles functions ahead of time into one artifact file, which runs without the compiler and without the tracer.

All functions become public functions of one module, so that a value and its gradient share one compile and one file. Small
arrays that the functions close over are part of the code; larger ones are stored once, beside it.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import optree

from pullback.dialects import types as T
from pullback.dialects.effects import Log
from pullback.dialects.ir import Func, Module
from pullback.dialects.spec import PullbackError
from pullback.passes.cost import cost
from pullback.passes.merge import merge
from pullback.runtime.artifact import write_artifact
from pullback.runtime.compiler import compile_stablehlo
from pullback.runtime.consts import to_npy
from pullback.runtime.targets import Target, resolve_target
from pullback.runtime.trees import Leaf, Node, Tree, tree_to_json

from .jitting import JitFunction, jit
from .stages import Lowered, lower_optimized, optimized
from .tree_util import PyTreeDef

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*$")
_KINDS = {
    optree.PyTreeKind.TUPLE: "tuple",
    optree.PyTreeKind.LIST: "list",
    optree.PyTreeKind.DICT: "dict",
    optree.PyTreeKind.ORDEREDDICT: "dict",
    optree.PyTreeKind.NAMEDTUPLE: "namedtuple",
}


class ExportError(PullbackError, TypeError):
    """A function cannot become part of an artifact."""


@dataclass
class EntryPoint:
    """One function of an artifact: an optimized program, and the names and structures of its arguments and results."""

    module: Module
    function: str
    arg_names: list[str]
    arg_trees: list[Tree]
    result: Tree
    kind: str = "function"
    consts: list[np.ndarray[Any, Any]] = field(default_factory=list)
    donated: list[int] = field(default_factory=list)

    @classmethod
    def of_lowered(cls, lowered: Lowered, kind: str = "function") -> EntryPoint:
        """The entry point of a function that `jit(f).lower(...)` traced."""
        where = f"{kind} of {lowered._func.name}"
        leaves = iter([Leaf(tuple(a.shape), T.np_dtype(a.dtype)) for a in lowered.in_avals])
        positional, keywords = lowered.in_tree.children()
        names = [*lowered.parameters, *map(str, keywords.entries())]
        children = [*positional.children(), *keywords.children()]
        trees = [_tree(c, leaves, f"{where}: argument {name!r}") for name, c in zip(names, children, strict=True)]
        outs = iter([Leaf(tuple(a.shape), T.np_dtype(a.dtype)) for a in lowered.out_avals])
        donated, first = [], 0
        for i, child in enumerate(children):
            last = first + child.num_leaves
            if first < last and all(j in lowered.donated for j in range(first, last)):
                donated.append(i)
            first = last
        return cls(
            lowered.module,
            lowered._func.name,
            names,
            trees,
            _tree(lowered.out_tree, outs, f"{where}: the result"),
            kind,
            [c.host for c in lowered._consts],
            donated,
        )

    @classmethod
    def of_function(cls, module: Module, name: str, kind: str = "function") -> EntryPoint:
        """The entry point of a function of a pb module, whose arguments and results are single arrays."""
        alone = Module(_public(f, f.name == name) for f in module.funcs.values())
        program = optimized(alone)
        func = program[name]
        given = func.arg_names or []
        names: list[str] = []
        for i in range(len(func.args)):
            own = given[i] if i < len(given) and given[i] else f"arg{i}"
            names.append(own if own not in names else f"{own}_{i}")
        outs = [_leaf(v.aval) for v in func.results]
        result: Tree = outs[0] if len(outs) == 1 else Node("tuple", tuple(outs))
        return cls(program, name, names, [_leaf(v.aval) for v in func.args], result, kind, donated=list(func.donated))

    def __post_init__(self) -> None:
        effects = self.func.effects
        if effects is not None:
            places = [part.loc for part, _ in effects.parts if isinstance(part, Log)] + [c.loc for c in effects.checks]
            raise ExportError(
                f"export: the function {self.function} prints, calls back or checks at {', '.join(map(str, places))}, which an "
                f"artifact cannot do. Lower it inside `with pullback.debug.no_effects():`; turn checks into results with "
                f"pullback.checkify.checkify."
            )

    @property
    def func(self) -> Func:
        return self.module[self.function]


def _public(func: Func, public: bool) -> Func:
    out = Func(func.name, func.loc, public)
    out.args, out.ops, out.results = func.args, func.ops, func.results
    out.arg_names, out.result_names, out.donated = func.arg_names, func.result_names, func.donated
    return out


def _leaf(aval: Any) -> Leaf:
    return Leaf(tuple(aval.shape), T.np_dtype(aval.dtype))


def _tree(treedef: PyTreeDef, leaves: Any, where: str) -> Tree:
    """The manifest's description of a pytree; its leaves are taken from an iterator."""
    if treedef.kind == optree.PyTreeKind.LEAF:
        return next(leaves)
    if treedef.kind == optree.PyTreeKind.NONE:
        return Node("none", ())
    kind = _KINDS.get(treedef.kind)
    keys = tuple(treedef.entries())
    name = ""
    if kind is None and all(isinstance(k, str) and k.isidentifier() and not k.startswith("_") for k in keys) and keys:
        kind = "namedtuple"  # a class whose children have names, such as a dataclass: the artifact keeps the names
    for key in keys if kind == "dict" else ():
        if not isinstance(key, (str, int)) or isinstance(key, bool):
            raise TypeError(f"{where} has the dict key {key!r}; an artifact holds keys that are strings or integers")
    if kind is None:
        raise TypeError(
            f"{where} holds a {getattr(treedef.type, '__name__', treedef.type)}, which an artifact cannot describe; "
            f"use tuples, lists, dicts, named tuples or dataclasses"
        )
    if kind == "namedtuple":
        container: Any = treedef.type
        name = container.__name__
        if treedef.kind == optree.PyTreeKind.NAMEDTUPLE:
            keys = tuple(container._fields)
    children = tuple(_tree(c, leaves, where) for c in treedef.children())
    return Node(kind, children, keys if kind in ("dict", "namedtuple") else None, name)


def entry_points(entries: Mapping[str, Any]) -> dict[str, EntryPoint]:
    """Entry points by name, from what `export` takes."""
    result = {}
    for name, entry in entries.items():
        if not _NAME.match(name):
            raise ValueError(f"export: entry name {name!r} is not made of letters, digits and underscores")
        if isinstance(entry, tuple) and entry and callable(entry[0]):
            fun, *args = entry
            entry = (fun if isinstance(fun, JitFunction) else jit(fun)).lower(*args)
        if isinstance(entry, Lowered):
            entry = EntryPoint.of_lowered(entry)
        if not isinstance(entry, EntryPoint):
            raise TypeError(
                f"export: entry {name!r} must be a tuple (function, argument, ...) or the result of jit(f).lower(...), "
                f"got {type(entry).__name__}"
            )
        result[name] = entry
    if not result:
        raise ValueError("export: there are no entries")
    return result


def export(
    entries: Mapping[str, Any],
    path: str | os.PathLike[str],
    *,
    target: str | Sequence[str] = "cpu",
    meta: Mapping[str, Any] | None = None,
) -> Path:
    """Compiles functions into an artifact, which `pullback.load` runs.

    Args:
      entries: what the artifact offers, by name: a tuple ``(function, *arguments)`` whose arguments are arrays or
        `ShapeDtypeStruct`s, or the result of ``jit(function).lower(...)``.
      path: the file to write, by convention ``*.pba``. It appears when it is complete; the same program gives the same bytes.
      target: what to compile for, or several: "cpu" (this machine), "cpu:x86-64-v3", "cpu:aarch64", "vulkan", "cuda:sm_80", ...
        The loader picks the most specific that runs.
      meta: further JSON data for the manifest.

    Returns:
      The path.

    Raises:
      CompileError: the compiler failed.
      TypeError: an argument or a result has a container that an artifact cannot describe.

    Reference: pullback.runtime.artifact, the format of the file.

    >>> import pullback, pullback.numpy as pnp, tempfile
    >>> path = tempfile.mkdtemp() + "/sin.pba"
    >>> _ = pullback.export({"sin": (pnp.sin, 0.0), "cos": (pullback.grad(pnp.sin), 0.0)}, path)
    >>> float(pullback.load(path).cos(0.0))
    1.0
    """
    targets = [resolve_target(t) for t in ([target] if isinstance(target, str) else target)]
    return write(entry_points(entries), path, targets, meta)


def write(
    points: Mapping[str, EntryPoint], path: str | os.PathLike[str], targets: Sequence[Target], meta: Mapping[str, Any] | None = None
) -> Path:
    """Compiles entry points for each target and writes the artifact."""
    program = merge({name: (p.module, p.function) for name, p in points.items()})
    text = lower_optimized(program)
    files: dict[str, bytes] = {}
    modules: list[dict[str, Any]] = []
    for t in targets:
        name = f"modules/{t.name}.vmfb"
        if name in files:
            name = f"modules/{t.name}-{len(modules)}.vmfb"
        files[name] = compile_stablehlo(text, t)
        modules.append({"file": name, "target": t.to_manifest()})
    consts: dict[tuple[str, bytes], int] = {}
    records: list[dict[str, Any]] = []
    described = []
    for name, p in points.items():
        used = []
        for array in p.consts:
            key = (T.from_np(array.dtype), to_npy(array))
            if key not in consts:
                consts[key] = len(records)
                file = f"consts/{len(records)}.npy"
                files[file] = key[1]
                records.append({"file": file, "dtype": key[0], "shape": list(array.shape)})
            used.append(consts[key])
        described.append(_describe(name, p, used))
    manifest: dict[str, Any] = {"modules": modules, "entries": described}
    if records:
        manifest["consts"] = records
    if meta:
        manifest["meta"] = dict(meta)
    return write_artifact(path, manifest, files)


def _describe(name: str, point: EntryPoint, consts: list[int]) -> dict[str, Any]:
    """The entry in the manifest."""
    c = cost(point.module, point.func)
    entry: dict[str, Any] = {
        "name": name,
        "kind": point.kind,
        "function": name,
        "args": [{"name": n, "tree": tree_to_json(t)} for n, t in zip(point.arg_names, point.arg_trees, strict=True)],
        "result": tree_to_json(point.result),
        "flops": int(c.flops + 10 * c.transcendentals),
    }
    if consts:
        entry["consts"] = consts
    if point.donated:
        entry["donated"] = point.donated
    return entry
