"""``pullback run``: calls a function of an artifact on arrays from a file. Needs neither the compiler nor the tracer."""

from __future__ import annotations

import ast
import io
import json
import math
import os
import zipfile
from pathlib import Path
from typing import Any

import click
import numpy as np

from pullback.runtime.trees import Leaf, Node

from .arg_specs import build, paths, read_npz


@click.command("run")
@click.argument("artifact", metavar="FILE.pba")
@click.option("--entry", metavar="NAME", help="The function to call (default: the only one, or value).")
@click.option("--inputs", metavar="FILE.npz", help="Arguments: arrays named NAME, or NAME/KEY for a part of a pytree.")
@click.option("--input", "literals", multiple=True, metavar="NAME=VALUE", help='One argument as a Python literal: W="[1, 2, 3]".')
@click.option("--fill", type=click.Choice(["zeros", "ones", "random"]), help="Fill the arguments that are not given.")
@click.option("--seed", type=int, default=0, show_default=True, help="For --fill random.")
@click.option("--cast", is_flag=True, help="Convert arrays of another element type.")
@click.option("--device", metavar="NAME", help="cpu, vulkan or cuda (default: PULLBACK_DEVICE, or what the artifact is for).")
@click.option("-o", "output", metavar="FILE.npz", help="Write the results, named result or result/KEY, instead of printing them.")
@click.option("--json", "as_json", is_flag=True, help="Print the results as JSON.")
def run_command(
    artifact: str,
    entry: str | None,
    inputs: str | None,
    literals: tuple[str, ...],
    fill: str | None,
    seed: int,
    cast: bool,
    device: str | None,
    output: str | None,
    as_json: bool,
) -> None:
    """Call a function of an artifact.

    \b
    pullback run model.pba --entry grad --inputs x.npz -o y.npz
    """
    from pullback.runtime import load

    art = load(artifact, device)
    name = entry or (art.entries[0] if len(art.entries) == 1 else "value")
    if name not in art.entries:
        what = f"has no entry {entry!r}" if entry else "has several entries; choose one with --entry"
        raise click.UsageError(f"{artifact} {what}: {', '.join(art.entries)}")
    function = art[name]
    spec = function.spec
    given = read_npz(inputs) if inputs else {}
    given |= dict(_literal(text) for text in literals)
    expected = [p for tree, arg in zip(spec.arg_trees, spec.arg_names) for p in paths(tree, arg)]
    known = {path for path, _ in expected}
    unknown = [path for path in given if path not in known]
    if unknown:
        raise click.UsageError(f"{name} has no argument {unknown[0]!r}; its arguments: {_listed(expected)}")
    rng = np.random.default_rng(seed)
    missing = [(path, leaf) for path, leaf in expected if path not in given]
    if missing and not fill:
        raise click.UsageError(f"{name}: no value for {_listed(missing)}; give --inputs, --input or --fill")
    values = {
        path: _prepared(given[path], leaf, cast) if path in given else _filled(leaf, str(fill), rng) for path, leaf in expected
    }
    try:
        result = function(*(build(tree, arg, lambda path, _: values[path]) for tree, arg in zip(spec.arg_trees, spec.arg_names)))
    except (TypeError, ValueError) as error:
        hint = "\nhint: convert it with --cast" if isinstance(error, TypeError) and not cast else ""
        raise click.UsageError(f"{error}{hint}") from None
    arrays = named_results(spec.result, result)
    if output:
        write_npz(output, arrays)
    elif as_json:
        data = {path: {"type": _type(a), "data": _plain(a)} for path, a in arrays.items()}
        click.echo(json.dumps({"entry": name, "results": data}))
    else:
        for path, a in arrays.items():
            click.echo(f"{path}: {_type(a)} = {_text(a)}")


def _literal(text: str) -> tuple[str, Any]:
    path, equals, value = text.partition("=")
    if not equals:
        raise click.UsageError(f"--input: expected NAME=VALUE, got {text!r}")
    try:
        return path.strip(), ast.literal_eval(value.strip())
    except (ValueError, SyntaxError):
        try:
            return path.strip(), float(value)  # nan, inf
        except ValueError:
            raise click.UsageError(f"--input {path.strip()}: {value!r} is not a number or a list of numbers") from None


def _prepared(value: Any, leaf: Leaf, cast: bool) -> Any:
    """A value in the type that the function takes, where that is asked for or the file format lost it."""
    if isinstance(value, np.ndarray):
        if value.dtype.kind == "V" and value.dtype.itemsize == leaf.dtype.itemsize:  # NumPy reads bfloat16 as plain bytes
            return value.view(leaf.dtype)
        if cast and value.dtype != leaf.dtype:
            return value.astype(leaf.dtype)
    return value


def _filled(leaf: Leaf, fill: str, rng: np.random.Generator) -> Any:
    if fill == "random" and leaf.dtype.kind in "fVc":
        return rng.standard_normal(leaf.shape).astype(leaf.dtype)
    return np.ones(leaf.shape, leaf.dtype) if fill == "ones" else np.zeros(leaf.shape, leaf.dtype)


def _listed(leaves: list[tuple[str, Leaf]]) -> str:
    return ", ".join(f"{path}: {leaf}" for path, leaf in leaves) or "none"


def named_results(tree: Leaf | Node, result: Any) -> dict[str, Any]:
    """Results by path: ``result``, ``result/0``, ``result/W``."""
    arrays: dict[str, Any] = {}

    def visit(node: Leaf | Node, value: Any, path: str) -> None:
        if isinstance(node, Leaf):
            arrays[path] = np.asarray(value)
        else:
            items = value.values() if isinstance(value, dict) else value or ()
            keys: Any = node.keys if node.keys is not None else range(len(node.children))
            for key, child, item in zip(keys, node.children, items):
                visit(child, item, f"{path}/{key}")

    visit(tree, result, "result")
    return arrays


def write_npz(path: str, arrays: dict[str, Any]) -> None:
    """An ``.npz`` file whose bytes depend on the arrays alone; it appears when it is complete."""
    from pullback.runtime.cache import write_atomic

    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name, array in arrays.items():
            member = io.BytesIO()
            np.lib.format.write_array(member, np.asarray(array), allow_pickle=False)
            archive.writestr(zipfile.ZipInfo(f"{name}.npy", (1980, 1, 1, 0, 0, 0)), member.getvalue())
    try:
        write_atomic(Path(path), buffer.getvalue())
    except OSError as error:
        raise click.FileError(os.fspath(path), error.strerror or str(error)) from None


def _type(array: Any) -> str:
    from pullback.runtime.arrays import type_text

    return type_text(array.shape, array.dtype)


def _text(array: Any) -> str:
    return np.array2string(array, separator=", ", threshold=1000, floatmode="unique") if array.ndim else str(array[()])


def _plain(array: Any) -> Any:
    """The array as JSON data: complex numbers as pairs, numbers that JSON lacks as text."""

    def number(x: Any) -> Any:
        if isinstance(x, list):
            return [number(item) for item in x]
        if isinstance(x, complex):
            return [number(x.real), number(x.imag)]
        if isinstance(x, float) and not math.isfinite(x):
            return str(x)
        return x

    exact = array.astype(np.float64) if array.dtype.kind == "V" else array
    if exact.dtype == np.float32:  # the shortest text that reads back as the same float32
        exact = np.array([float(str(x)) for x in exact.ravel()], np.float64).reshape(exact.shape)
    return number(exact.tolist())
