"""``pullback opt``: runs passes on pb modules in text form, with the feel of mlir-opt.

    pullback opt model.mlir --expand --cse
    pullback opt - --pass-pipeline="builtin.module(vmap{size=8},expand,cse)" < model.mlir
    pullback opt model.mlir --vmap="size=8" --pb-to-stablehlo --canonicalize

Every pass is an option of its own (``--pass`` or ``--pass="key=value ..."``), and passes run in the order in which they are
given. Output is MLIR text, so runs can be chained with pipes.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

import click

_SPLIT = re.compile(r"^// -----.*\n", re.M)
_EXPECT = re.compile(r"//\s*expected-error\s*(?:@\s*(?P<where>[+-]\d+|below|above))?\s*\{\{(?P<text>.*?)\}\}")
#: Options that are not passes.
_OWN = {
    "--pass-pipeline", "--split-input-file", "--verify-diagnostics", "--print-ir-after-all", "--print-ir-after-change",
    "--print-ir-after", "--timing", "--debug-info", "--verify-each", "--list-passes", "--help", "-o",
}  # fmt: skip


class PassesCommand(click.Command):
    """A command whose unknown ``--name[=options]`` arguments are passes, in order."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        passes, rest = [], []
        for arg in args:
            name, equals, options = arg.partition("=")
            if arg.startswith("--") and len(arg) > 2 and name not in _OWN:
                passes.append(f"{name[2:]}{{{options}}}" if equals else name[2:])
            else:
                rest.append(arg)
        ctx.meta["passes"] = passes
        return super().parse_args(ctx, rest)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        from pullback.passes.manager import PASSES, PIPELINES

        super().format_options(ctx, formatter)
        rows = []
        for p in PASSES.values():
            options = f'="{" ".join(f"{o}=..." for o in p.options)}"' if p.options else ""
            rows.append((f"--{p.name}{options}", p.doc))
        for name, steps in PIPELINES.items():
            rows.append((f"--{name}", f"Short for {', '.join(steps)}."))
        rows.append(("--canonicalize, --symbol-dce, ...", "Any pass of MLIR that IREE's compiler has."))
        with formatter.section("Passes"):
            formatter.write_dl(rows)


class _Check:
    """What a run of one piece of input is compared with: the ``expected-error`` comments in it (--verify-diagnostics)."""

    def __init__(self, text: str):
        self.expected: list[tuple[int, str]] = []
        for number, line in enumerate(text.split("\n"), 1):
            for m in _EXPECT.finditer(line):
                where = m["where"] or "0"
                offset = {"below": 1, "above": -1}.get(where) or int(where)
                self.expected.append((number + offset, m["text"]))

    def compare(self, found: list[tuple[str, int]]) -> list[str]:
        """Complaints: diagnostics that nobody expected, and expected ones that did not come."""
        left = list(self.expected)
        problems = []
        for message, line in found:
            match = next((e for e in left if e[0] == line and e[1] in message), None)
            if match is None:
                problems.append(f"unexpected error at line {line}: {message}")
            else:
                left.remove(match)
        return problems + [f"expected error at line {line} was not produced: {text}" for line, text in left]


def _diagnostics(error: Exception) -> list[tuple[str, int]]:
    found = getattr(error, "diagnostics", None)
    if found:
        return [(d.message, d.loc.line) for d in found]
    loc: Any = getattr(error, "loc", None)
    return [(str(error), loc.line if loc else 0)]


def _message(error: Exception) -> str:
    """An error as MLIR tools print it: ``file:line:col: error: message``."""
    if getattr(error, "diagnostics", None):
        return str(error)
    loc: Any = getattr(error, "loc", None)
    if loc is None or not loc.file:
        return f"error: {error}"
    place = f"{loc.file}:{loc.line}:{loc.col}: "
    return f"{place}error: {str(error).removeprefix(place).removeprefix(f'{loc}: ')}"


def _pieces(text: str) -> list[str]:
    """Pieces between ``// -----`` lines, each after as many empty lines as keep its line numbers."""
    pieces, line = [], 0
    for piece in _SPLIT.split(text):
        pieces.append("\n" * line + piece)
        line += piece.count("\n") + 1
    return pieces


def run_opt(
    text: str | bytes,
    filename: str,
    passes: str | list[str],
    *,
    split: bool = False,
    verify_diagnostics: bool = False,
    print_ir_after: str | tuple[str, ...] = (),
    verify_each: bool = False,
    timing: Any = None,
    debug_info: bool = False,
) -> tuple[str, list[str]]:
    """Runs passes on text or bytecode; returns the output text and the errors."""
    from pullback.dialects.parser import parse
    from pullback.dialects.spec import OpError, PullbackError
    from pullback.dialects.verifier import verify
    from pullback.passes.manager import PipelineError, parse_pipeline, run_pipeline, to_text

    parse_pipeline(passes)  # an error in the pipeline comes before any in the input
    pieces: list[Any] = list(_pieces(text)) if split and isinstance(text, str) else [text]
    outputs, errors = [], []
    for piece in pieces:
        found: Exception | None = None
        try:
            module = parse(piece, filename)
            verify(module)
            result = run_pipeline(
                module, passes, print_ir_after=print_ir_after, verify_each=verify_each, timing=timing, debug_info=debug_info
            )
            outputs.append(to_text(result, debug_info))
        except PipelineError:
            raise
        except (PullbackError, OpError) as e:
            found = e
        if verify_diagnostics and isinstance(piece, str):
            errors += _Check(piece).compare(_diagnostics(found) if found else [])
        elif found is not None:
            errors.append(_message(found))
    return "// -----\n".join(outputs), errors


@click.command("opt", cls=PassesCommand)
@click.argument("file", default="-")
@click.option("--pass-pipeline", metavar="PIPELINE", help='Passes as text, such as "builtin.module(expand,cse)".')
@click.option("--split-input-file", is_flag=True, help="Treat pieces between lines // ----- as inputs of their own.")
@click.option("--verify-diagnostics", is_flag=True, help="Check that errors are those in // expected-error {{...}} comments.")
@click.option("--verify-each", is_flag=True, help="Run the verifier after every pass.")
@click.option("--print-ir-after-all", is_flag=True, help="Print the module after every pass (to stderr).")
@click.option("--print-ir-after-change", is_flag=True, help="Print the module after every pass that changes it.")
@click.option("--print-ir-after", metavar="PASS", multiple=True, help="Print the module after this pass.")
@click.option("--timing", is_flag=True, help="Print how long each pass took (to stderr).")
@click.option("--debug-info", is_flag=True, help="Print locations.")
@click.option("--list-passes", is_flag=True, help="Print the names of all passes and exit.")
@click.option("-o", "output", default="-", metavar="FILE", help="Where to write the result (default: standard output).")
@click.pass_context
def opt_command(
    ctx: click.Context,
    file: str,
    pass_pipeline: str | None,
    split_input_file: bool,
    verify_diagnostics: bool,
    verify_each: bool,
    print_ir_after_all: bool,
    print_ir_after_change: bool,
    print_ir_after: tuple[str, ...],
    timing: bool,
    debug_info: bool,
    list_passes: bool,
    output: str,
) -> None:
    """Run passes on a pb module in FILE (text or bytecode; - is standard input)."""
    from pullback.passes.manager import PASSES, PipelineError, Timing

    if list_passes:
        for p in PASSES.values():
            click.echo(f"{p.name:18} {p.doc}")
        return
    named: list[str] = ctx.meta["passes"]
    if pass_pipeline and named:
        raise click.UsageError("give either --pass-pipeline or single passes, not both")
    try:
        data = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    except OSError as e:
        raise click.FileError(file, e.strerror or str(e)) from None
    text: str | bytes = data if data.startswith(b"ML\xefR") else data.decode()
    after: str | tuple[str, ...] = "all" if print_ir_after_all else "change" if print_ir_after_change else print_ir_after
    clock = Timing() if timing else None
    try:
        result, errors = run_opt(
            text,
            "<stdin>" if file == "-" else file,
            pass_pipeline or named,
            split=split_input_file,
            verify_diagnostics=verify_diagnostics,
            print_ir_after=after,
            verify_each=verify_each,
            timing=clock,
            debug_info=debug_info,
        )
    except PipelineError as e:
        raise click.UsageError(str(e)) from None
    if clock is not None:
        click.echo(str(clock), err=True)
    if errors:
        click.echo("\n".join(errors), err=True)
        ctx.exit(1)
    if verify_diagnostics:
        return
    if output == "-":
        click.echo(result, nl=False)
    else:
        Path(output).write_text(result)


if __name__ == "__main__":
    opt_command()
