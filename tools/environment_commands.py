"""``pullback targets``, ``pullback cache`` and ``pullback doctor``: what this installation can do."""

from __future__ import annotations

import json
import os
import platform
import sys
from importlib import metadata
from pathlib import Path
from typing import Any

import click

from .arg_specs import size_text

_NAMED = (
    "cpu:x86-64",
    "cpu:x86-64-v3",
    "cpu:x86-64-v4",
    "cpu:aarch64",
    "cpu:aarch64:neoverse-v1",
    "cpu:apple-m1",
    "cpu:riscv64",
    "vulkan",
    "cuda:sm_80",
)
_PACKAGES = ("pullback", "iree-base-compiler", "iree-base-runtime", "numpy", "ml-dtypes", "optree", "click", "rich")


def version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def list_targets() -> list[dict[str, Any]]:
    """Names of targets, what they stand for, and whether their code can be made and run here."""
    from pullback.runtime import compiler_available, devices, hostcpu, resolve_target

    kinds = {d.kind for d in devices() if d.usable}
    can_compile = compiler_available()
    rows = []
    for name in ("cpu", *_NAMED):
        target = resolve_target(name)
        if target.kind == "cpu":
            runs = target.arch == hostcpu.host_arch() and not hostcpu.missing_features(target.arch, target.features)
        else:
            runs = target.kind in kinds
        rows.append({"name": name, "cpu": target.cpu, "arch": target.arch, "compiles": can_compile, "runs_here": runs})
    return rows


@click.command("targets")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def targets_command(as_json: bool) -> None:
    """List compile targets, and whether their code runs on this machine.

    Any CPU name of LLVM is a target too, such as cpu:znver4 or cpu:aarch64:neoverse-v2.
    """
    rows = list_targets()
    if as_json:
        click.echo(json.dumps(rows, indent=1))
        return
    for row in rows:
        state = ("compiles" if row["compiles"] else "needs pullback[compiler]") + (", runs here" if row["runs_here"] else "")
        click.echo(f"{row['name']:<24} {row['cpu']:<16} {row['arch']:<8} {state}")


@click.group("cache", invoke_without_command=True)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def cache_command(ctx: click.Context, as_json: bool) -> None:
    """Show the compile cache, or clear it."""
    if ctx.invoked_subcommand is None:
        _show_cache(as_json)


def _show_cache(as_json: bool) -> None:
    from pullback.runtime import default_cache

    cache = default_cache()
    if cache is None:
        click.echo(json.dumps({"enabled": False}) if as_json else "the cache is turned off (PULLBACK_CACHE)")
        return
    stats = cache.stats()
    data = {"enabled": True, **{key: stats[key] for key in ("directory", "entries", "bytes", "limit")}}
    if as_json:
        click.echo(json.dumps(data, indent=1))
    else:
        click.echo(f"{data['directory']}: {data['entries']} modules, {size_text(data['bytes'])} of {size_text(data['limit'])}")


@cache_command.command("show")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def cache_show(as_json: bool) -> None:
    """Print where the cache is and how large."""
    _show_cache(as_json)


@cache_command.command("clear")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def cache_clear(as_json: bool) -> None:
    """Delete all compiled modules in the cache."""
    from pullback.runtime import default_cache

    cache = default_cache()
    removed = cache.clear() if cache is not None else 0
    click.echo(json.dumps({"removed": removed}) if as_json else f"removed {removed} modules")


def examine() -> dict[str, Any]:
    """What `doctor` prints: versions, settings, and the outcome of a few checks."""
    from pullback.runtime import compiler_available, default_cache, devices, resolve_target
    from pullback.runtime.cache import cache_directory

    checks: dict[str, str] = {}

    def check(name: str, run: Any) -> None:
        try:
            checks[name] = f"ok: {run()}"
        except Exception as error:  # a report of what is broken must not stop at the first thing
            checks[name] = f"failed: {type(error).__name__}: {error}"

    def compiler() -> str:
        if not compiler_available():
            return "not installed, artifacts can still be run; pip install 'pullback[compiler]' adds it"
        from pullback.runtime import compile_stablehlo

        program = "func.func @main(%a: tensor<f32>) -> tensor<f32> {\n  return %a : tensor<f32>\n}\n"
        return f"{len(compile_stablehlo(program, resolve_target('cpu'), cache=None))} bytes for a trivial program"

    def cache() -> str:
        if default_cache() is None:
            return "turned off"
        folder = cache_directory()
        while not folder.exists():
            folder = folder.parent
        return f"{cache_directory()} ({'writable' if os.access(folder, os.W_OK) else 'NOT writable'})"

    def target() -> str:
        found = resolve_target("cpu")
        return f"{found.cpu} {found.triple}"

    check("compiler", compiler)
    check("cpu", target)
    check("devices", lambda: ", ".join(str(d) if d.usable else f"{d} (cannot be opened)" for d in devices()))
    check("cache", cache)
    return {
        "python": f"{platform.python_version()} {sys.executable}",
        "platform": platform.platform(),
        "packages": {name: version(name) for name in _PACKAGES},
        "environment": {key: value for key, value in sorted(os.environ.items()) if key.startswith("PULLBACK_")},
        "pullback_folder": str(Path(__file__).resolve().parent.parent),
        "checks": checks,
    }


@click.command("doctor")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def doctor_command(ctx: click.Context, as_json: bool) -> None:
    """Print versions and settings, and check the compiler, the devices and the cache."""
    data = examine()
    if as_json:
        click.echo(json.dumps(data, indent=1))
    else:
        click.echo(f"python    {data['python']}\nplatform  {data['platform']}\nfolder    {data['pullback_folder']}")
        for title in ("packages", "environment", "checks"):
            click.echo(title)
            for name, value in data[title].items():
                click.echo(f"  {name:<20} {value if value is not None else 'not installed'}")
    if any(text.startswith("failed") for text in data["checks"].values()):
        ctx.exit(3)
