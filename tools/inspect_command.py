"""``pullback inspect``: what is in an artifact. Reads and checks it, and runs nothing."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

import click

from .arg_specs import paths, size_text

if TYPE_CHECKING:
    from pullback.runtime.artifact import ArtifactFile


def summary(content: ArtifactFile) -> dict[str, Any]:
    """What `inspect --json` prints."""
    manifest = content.manifest
    sizes = {name: entry["size"] for name, entry in manifest["files"].items()}
    targets = {module["file"]: module["target"] for module in manifest["modules"]}
    modules = []
    for module in content.modules:
        why = module.why_not_here()
        modules.append(
            {
                "file": module.file,
                "size": sizes[module.file],
                "target": targets[module.file],
                "runs_here": why is None if module.kind == "cpu" else None,
                "reason": why,
            }
        )
    entries = []
    for entry in content.entries:
        args = [p for tree, name in zip(entry.arg_trees, entry.arg_names) for p in paths(tree, name)]
        entries.append(
            {
                "name": entry.name,
                "kind": entry.kind,
                "signature": str(entry),
                "args": {path: str(leaf) for path, leaf in args},
                "results": {path: str(leaf) for path, leaf in paths(entry.result, "result")},
                "donated": [entry.arg_names[i] for i in entry.donated],
                "consts": list(entry.consts),
                "flops": entry.flops,
            }
        )
    return {
        "path": str(content.path),
        "size": content.path.stat().st_size,
        "format_version": manifest["format_version"],
        "pullback": manifest.get("pullback"),
        "iree": manifest.get("iree"),
        "entries": entries,
        "modules": modules,
        "consts": [{"file": c.file, "type": str(c.leaf), "bytes": c.leaf.nbytes} for c in content.consts],
        "files": manifest["files"],
        "meta": manifest.get("meta", {}),
    }


def _count_text(n: float) -> str:
    if n < 1000:
        return f"{n:.0f}"
    power = min(int(math.log10(n)) // 3, 5)
    return f"{n / 1000**power:.3g} {' kMGTP'[power]}"


def text(data: dict[str, Any], verbose: bool) -> str:
    """The summary on one screen."""
    versions = f"pullback {data['pullback']}, IREE {data['iree']}, format {data['format_version']}"
    lines = [f"{data['path']}  {size_text(data['size'])}  ({versions})"]
    lines.append("entries")
    for entry in data["entries"]:
        lines.append(f"  {entry['signature']}")
        details = [entry["kind"]] if entry["kind"] != entry["name"] else []
        details.append(f"{_count_text(entry['flops'])} flop")
        if entry["consts"]:
            n = len(entry["consts"])
            details.append(f"closes over {n} array{'s' if n > 1 else ''}")
        if entry["donated"]:
            details.append(f"donates {', '.join(entry['donated'])}")
        lines.append(f"      {', '.join(details)}")
    lines.append("code")
    for module in data["modules"]:
        target = module["target"]
        here = {True: "runs here", False: "does not run here", None: "needs a GPU"}[module["runs_here"]]
        name = " ".join(part for part in (target["kind"], target.get("cpu", ""), target.get("triple", "")) if part)
        lines.append(f"  {name}  {size_text(module['size'])}  {here}")
        if module["reason"]:
            lines.append(f"      {module['reason']}")
        features = target.get("features", [])
        if features:
            shown = (
                ", ".join(features) if verbose or len(features) <= 8 else f"{', '.join(features[:8])}, ... {len(features)} in all"
            )
            lines.append(f"      features: {shown}")
    if data["consts"]:
        total = sum(c["bytes"] for c in data["consts"])
        lines.append(f"constants  {size_text(total)}")
        lines += [f"  {c['type']}  {c['file']}" for c in data["consts"][: None if verbose else 10]]
    if data["meta"]:
        lines.append("meta")
        lines += [f"  {key}: {value}" for key, value in data["meta"].items()]
    if verbose:
        lines.append("files")
        lines += [f"  {entry['sha256']}  {entry['size']:>10}  {name}" for name, entry in data["files"].items()]
    return "\n".join(lines)


@click.command("inspect")
@click.argument("artifact", metavar="FILE.pba")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("-v", "--verbose", is_flag=True, help="Print all CPU features, constants and checksums.")
def inspect_command(artifact: str, as_json: bool, verbose: bool) -> None:
    """Print the functions of an artifact, what it was compiled for and whether it runs here."""
    from pullback.runtime import read_artifact

    data = summary(read_artifact(artifact))
    click.echo(json.dumps(data, indent=1) if as_json else text(data, verbose))
