"""``pullback compile``: a Python function, with its derivatives, to an artifact."""

from __future__ import annotations

import functools
import hashlib
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from .arg_specs import has_64bit, parse_args, size_text, specs_of_npz
from .diagnostics import Place, ProgramError, format_message, user_program
from .source import is_mlir, load_function, split_source

if TYPE_CHECKING:
    from .entries import Typed

_DERIVATIVES = ("grad", "value_and_grad", "jvp", "vjp", "hvp")


class Progress:
    """Stages with their times on stderr, if a person is watching."""

    def __init__(self, quiet: bool, verbose: bool):
        self.shown = not quiet and (verbose or sys.stderr.isatty())
        self.start = self.last = time.perf_counter()

    def done(self, stage: str) -> None:
        now = time.perf_counter()
        if self.shown:
            click.echo(click.style(f"  {now - self.last:6.2f} s  {stage}", dim=True), err=True)
        self.last = now

    @property
    def total(self) -> float:
        return time.perf_counter() - self.start


def _argnums_option(name: str, what: str) -> Callable[..., Any]:
    return click.option(f"--{name.replace('_', '-')}", name, is_flag=False, flag_value="", metavar="[ARGS]", help=what)


@click.command("compile")
@click.argument("source", metavar="FILE.py:FUNC")
@click.option("--arg", "args", multiple=True, metavar="NAME:TYPE", help="Type of an argument: W:f32[3], p:{W:f32[3],b:f32[]}.")
@click.option("--example", metavar="FILE.npz", help="Take the types of arrays in a file; names are NAME or NAME/KEY.")
@click.option("--static", multiple=True, metavar="NAME=VALUE", help="An argument with a fixed Python value, such as n=3.")
@_argnums_option("grad", "Add the entry grad: the gradient by these arguments, as positions or names (default 0).")
@_argnums_option("value_and_grad", "Add the entry value_and_grad (default 0).")
@_argnums_option("jvp", "Add the entry jvp, which takes a tangent W_dot for each W (default: all of float type).")
@_argnums_option("vjp", "Add the entry vjp, which takes a cotangent (default: all of float type).")
@_argnums_option("hvp", "Add the entry hvp: the Hessian times W_dot (default 0).")
@click.option("--vmap", metavar="AXES", help='Add the entry vmap: mapped over these axes, such as 0 or "None,0"; needs --batch.')
@click.option("--batch", type=click.IntRange(0), metavar="N", help="Size of the axis that --vmap adds to the types.")
@click.option(
    "--transform", "transforms", multiple=True, metavar="EXPR", help='Add an entry: "vmap(grad(f), in_axes=(None,0))", "name=EXPR".'
)
@click.option("--only", is_flag=True, help="Leave out the entry value, the function itself.")
@click.option(
    "--target",
    "targets",
    multiple=True,
    default=("cpu",),
    show_default=True,
    help="What to compile for (see pullback targets); repeatable.",
)
@click.option("-o", "output", metavar="FILE.pba", help="The file to write (default: FUNC.pba).")
@click.option("--force", is_flag=True, help="Overwrite an existing file.")
@click.option("--x64", is_flag=True, help="Enable 64-bit types.")
@click.option("--json", "as_json", is_flag=True, help="Print a summary as JSON.")
@click.option("-q", "--quiet", is_flag=True, help="Print nothing but errors.")
@click.option("-v", "--verbose", is_flag=True, help="Print stages with their times, and Python tracebacks.")
def compile_command(
    source: str,
    output: str | None,
    force: bool,
    targets: tuple[str, ...],
    x64: bool,
    as_json: bool,
    quiet: bool,
    verbose: bool,
    **options: Any,
) -> None:
    """Compile a function and its derivatives into an artifact that runs without Python code of yours.

    \b
    pullback compile model.py:loss --arg W:f32[3] --arg b:f32[] \\
        --value-and-grad W,b --hvp W,b -o model.pba
    """
    name, function = split_source(source)
    path = Path(output or f"{function.rpartition('.')[2] or Path(name).stem}.pba")
    if path.exists() and not force:
        raise click.UsageError(f"{path} exists; overwrite it with --force")
    if path.is_dir():
        raise click.UsageError(f"{path} is a folder")
    from pullback import config, exporting
    from pullback.runtime.targets import resolve_target

    progress = Progress(quiet, verbose)
    resolved = [resolve_target(text) for text in dict.fromkeys(targets)]
    with config.scope(**({"enable_x64": True} if x64 else {})):
        points = _mlir_entries(source, options) if is_mlir(source) else _python_entries(source, options, verbose)
        progress.done(f"traced {', '.join(points)}")
        if not quiet:
            for t in resolved:
                details = ", ".join([t.arch] * bool(t.arch) + [f"{len(t.features)} features"] * bool(t.features))
                click.echo(f"target: {t.kind} {t.cpu}" + (f" ({details})" if details else ""), err=True)
        path.parent.mkdir(parents=True, exist_ok=True)
        with user_program(verbose):
            exporting.write(points, path, resolved, _meta(name, function))
    progress.done(f"compiled for {', '.join(t.name for t in resolved)}")
    size = path.stat().st_size
    if as_json:
        summary = {
            "path": str(path),
            "size": size,
            "entries": list(points),
            "targets": [t.to_manifest() for t in resolved],
            "seconds": round(progress.total, 3),
        }
        click.echo(json.dumps(summary, indent=1))
    elif not quiet:
        click.echo(f"wrote {path}: {', '.join(points)}; {size_text(size)}, {progress.total:.1f} s", err=True)


def _meta(name: str, function: str) -> dict[str, Any]:
    """Where the program came from, without anything that differs between machines."""
    meta: dict[str, Any] = {"source": f"{Path(name).name}:{function}" if function else Path(name).name}
    if Path(name).is_file():
        meta["source_sha256"] = hashlib.sha256(Path(name).read_bytes()).hexdigest()
    return meta


# Python functions ------------------------------------------------------------------------------------------------------------
def _specs(options: dict[str, Any], x64: bool) -> dict[str, Any]:
    """Types of the arguments by name, from --example and --arg."""
    specs = specs_of_npz(options["example"], x64) if options["example"] else {}
    specs |= parse_args(options["args"])
    if not x64:
        for name, spec in specs.items():
            wide = has_64bit(spec)
            if wide:
                raise click.UsageError(f"--arg {name}: {wide} needs 64-bit types; enable them with --x64")
    return specs


def _with_static(fun: Callable[..., Any], static: tuple[str, ...]) -> Callable[..., Any]:
    """The function with the arguments of --static fixed."""
    from .entries import literal

    values = {}
    for text in static:
        key, equals, value = text.partition("=")
        if not equals or not key.strip().isidentifier():
            raise click.UsageError(f"--static: expected NAME=VALUE, got {text!r}")
        values[key.strip()] = literal(value, f"--static {key.strip()}")
    if not values:
        return fun
    fixed = functools.partial(fun, **values)
    for attribute in ("__name__", "__qualname__", "__module__", "__doc__"):
        if hasattr(fun, attribute):
            setattr(fixed, attribute, getattr(fun, attribute))
    return fixed


def _python_entries(source: str, options: dict[str, Any], verbose: bool) -> dict[str, Any]:
    """Entry points of a Python function, in the order: value, derivatives, vmap, transforms."""
    import pullback
    from pullback import config, exporting

    from . import entries
    from .transform_expr import evaluate_transform

    parse_args(options["args"])  # before the user's code runs
    fun, function = load_function(source, verbose)
    specs = _specs(options, config.enable_x64)
    fun = _with_static(fun, options["static"])
    typed: dict[str, Typed] = {}
    expressions = [evaluate_transform(text, fun, function, list(specs)) for text in options["transforms"]]
    derived = [name for name in _DERIVATIVES if options[name] is not None]
    plain = not options["only"] or (not derived and options["vmap"] is None and not expressions)
    with user_program(verbose):
        if plain or derived or options["vmap"] is not None:
            base = entries.bind(fun, specs, function)
            if plain:
                typed["value"] = base
            for name in derived:
                option = f"--{name.replace('_', '-')}"
                if options[name]:
                    argnums = entries.argnums_of(options[name], base.names, option)
                else:
                    argnums = entries.float_arguments(base, option) if name in ("jvp", "vjp") else 0
                typed[name] = getattr(entries, name)(base, argnums)
            if options["vmap"] is not None:
                if options["batch"] is None:
                    raise click.UsageError("--vmap needs the size of the new axis: --batch N")
                typed["vmap"] = entries.vmap(base, entries.literal(options["vmap"], "--vmap"), options["batch"])
        for name, transformed in expressions:
            if name in typed:
                raise click.UsageError(f'there are two entries {name!r}; name one of them: --transform "other={name}(...)"')
            typed[name] = entries.bind(transformed, _for_expression(transformed, specs), name)
        points = {}
        for name, entry in typed.items():
            try:
                lowered = pullback.jit(entry.fun).lower(*entry.args.values(), **entry.keywords)
            except Exception as error:
                if name == "value" and expressions:
                    error.add_note("the entry 'value' is the function itself with these types; leave it out with --only")
                raise
            points[name] = exporting.EntryPoint.of_lowered(
                lowered, name if name in (*_DERIVATIVES, "value", "vmap") else "transform"
            )
    return points


def _for_expression(transformed: Callable[..., Any], specs: dict[str, Any]) -> dict[str, Any]:
    """The given types, and the types of tangents ``W_dot`` that follow from them."""
    import inspect

    try:
        names = list(inspect.signature(transformed).parameters)
    except (TypeError, ValueError):
        return specs
    tangents = {
        n: specs[n.removesuffix("_dot")] for n in names if n.endswith("_dot") and n not in specs and n.removesuffix("_dot") in specs
    }
    return specs | tangents


# pb modules -----------------------------------------------------------------------------------------------------------------
def _mlir_entries(source: str, options: dict[str, Any]) -> dict[str, Any]:
    """Entry points of a pb module in text or bytecode: the function that `source` names, or all public ones."""
    from pullback import exporting
    from pullback.dialects.errors import PullbackError
    from pullback.dialects.parser import parse
    from pullback.dialects.verifier import VerifyError, verify

    for name in (*_DERIVATIVES, "vmap", "transforms", "args", "example", "static"):
        if options[name] not in (None, ()):
            option = {"transforms": "transform", "args": "arg"}.get(name, name.replace("_", "-"))
            raise click.UsageError(
                f"--{option} applies to Python functions; transform a module with pullback opt, as in: pullback opt --vjp --expand"
            )
    file, function = split_source(source)
    try:
        data = Path(file).read_bytes()
    except OSError as error:
        raise click.UsageError(f"{file}: {error.strerror or error}") from None
    with user_program():
        try:
            module = parse(data if data.startswith(b"ML\xefR") else data.decode(), file)
            verify(module)
        except VerifyError as error:
            lines = [
                format_message(Place(d.loc.file, d.loc.line, d.loc.col) if d.loc.file else None, "error", d.message)
                for d in error.diagnostics
            ]
            raise ProgramError("\n".join(lines)) from error
        public = [f.name for f in module.public]
        if function and function not in module.funcs:
            raise click.UsageError(f"{file} has no function @{function}; it has: {', '.join(module.funcs)}")
        names = [function] if function else public
        if not names:
            raise PullbackError(f"{file} has no public function")
        return {_identifier(n): exporting.EntryPoint.of_function(module, n) for n in names}


def _identifier(name: str) -> str:
    text = "".join(c if c.isascii() and c.isalnum() else "_" for c in name)
    return text if text[:1].isalpha() else f"f_{text.lstrip('_')}"
