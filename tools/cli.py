"""The command ``pullback``. Standard output carries data only; everything else goes to standard error.

Commands are imported when they are used, so that running an artifact imports neither the compiler nor the tracer.
"""

from __future__ import annotations

import os
from importlib import import_module
from typing import Any

import click

#: name -> (module, attribute, what it does)
_COMMANDS = {
    "compile": ("compile_command", "compile_command", "Compile a function and its derivatives into an artifact."),
    "run": ("run_command", "run_command", "Call a function of an artifact."),
    "inspect": ("inspect_command", "inspect_command", "Print what is in an artifact."),
    "opt": ("opt", "opt_command", "Run passes on a pb module in text form."),
    "eval": ("evaluate", "eval_command", "Run a function of a pb module in text form."),
    "targets": ("environment_commands", "targets_command", "List compile targets."),
    "cache": ("environment_commands", "cache_command", "Show the compile cache, or clear it."),
    "coverage": ("coverage", "coverage_command", "Count the names of NumPy and JAX that exist here."),
    "doctor": ("environment_commands", "doctor_command", "Check this installation."),
}

_EPILOG = """\b
Exit status:
  0    success
  1    an error in the program: types, shapes, a derivative that does not exist
  2    wrong usage of the command line
  3    the compiler or a device failed; a reproducer and the command are printed
  4    an artifact that is damaged or does not run on this machine
  5    a numeric check failed
  130  interrupted
"""


class PullbackGroup(click.Group):
    """Commands that are imported on demand, and whose errors become messages and exit codes."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in _COMMANDS:
            return None
        module, attribute, _ = _COMMANDS[name]
        command: click.Command = getattr(import_module(f".{module}", __package__), attribute)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, what) for name, (_, _, what) in _COMMANDS.items()])

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            import difflib

            close = difflib.get_close_matches(args[0], _COMMANDS, 1)
            if close:
                raise click.UsageError(f"{error.message} Did you mean {close[0]!r}?", ctx) from None
            raise

    def invoke(self, ctx: click.Context) -> Any:
        from pullback.runtime.errors import CompilerMissing, PullbackError

        if os.environ.get("NO_COLOR"):
            ctx.color = False
        try:
            return super().invoke(ctx)
        except PullbackError as error:
            click.echo(f"{click.style('error:', fg='red', bold=True)} {error}", err=True)
            ctx.exit(error.exit_code)
        except ModuleNotFoundError as error:
            if not (error.name or "").startswith("iree.compiler"):
                raise
            click.echo(f"{click.style('error:', fg='red', bold=True)} {CompilerMissing()}", err=True)
            ctx.exit(CompilerMissing.exit_code)
        except KeyboardInterrupt:
            click.echo("interrupted", err=True)
            ctx.exit(130)


def _print_version(ctx: click.Context, param: click.Parameter, value: bool) -> None:
    if not value or ctx.resilient_parsing:
        return
    from .environment_commands import version

    compiler = version("iree-base-compiler") or "not installed"
    click.echo(f"pullback {version('pullback')} (IREE runtime {version('iree-base-runtime')}, compiler {compiler})")
    ctx.exit()


@click.group(cls=PullbackGroup, epilog=_EPILOG, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.option(
    "--version", is_flag=True, expose_value=False, is_eager=True, callback=_print_version, help="Print versions and exit."
)
def main() -> None:
    """pullback: an autodiff compiler for Python array programs."""


if __name__ == "__main__":
    main()
