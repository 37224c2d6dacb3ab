"""``pullback eval``: runs one function of a pb module in text form on arguments from the command line.

    pullback eval model.mlir --function main --arg "[1.0, 2.0]" --arg 3
    pullback opt model.mlir --jvp | pullback eval - --function main.jvp --arg 0.5 --arg 1.0

Arguments are Python literals (nested lists, numbers, complex numbers) in the types of the function. By default the NumPy
evaluator runs it; ``--compiled`` compiles and runs it with IREE.
"""

from __future__ import annotations

import ast
import sys
from pathlib import Path
from typing import Any

import click


def array_of(text: str, aval: Any) -> Any:
    """An argument in the type of the function's parameter; a single number fills it."""
    import numpy as np

    from pullback.dialects.types import np_dtype

    try:
        value = ast.literal_eval(text)
    except (ValueError, SyntaxError):
        value = float(text)  # nan, inf
    array = np.asarray(value).astype(np_dtype(aval.dtype))
    return np.broadcast_to(array, aval.shape).copy() if array.ndim == 0 else array.reshape(aval.shape)


def number_text(x: Any) -> str:
    """One number with five significant digits, so that the last bits of a platform's libm do not show."""
    if isinstance(x, complex):
        return f"{number_text(x.real)}{'' if number_text(x.imag).startswith('-') else '+'}{number_text(x.imag)}j"
    return str(x).lower() if isinstance(x, bool) else f"{x:.5g}" if isinstance(x, float) else str(x)


def array_text(array: Any) -> str:
    """An array as nested lists of numbers."""
    import numpy as np

    if array.dtype.name in ("bfloat16", "float16", "float32"):
        array = array.astype(np.float64)

    def nested(x: Any) -> str:
        return f"[{', '.join(map(nested, x))}]" if isinstance(x, list) else number_text(x)

    return nested(array.tolist())


def evaluate_text(
    text: str | bytes, filename: str, function: str | None, arguments: list[str], compiled: bool = False
) -> list[str]:
    """Lines ``%i : type = value`` for the results of a function."""
    import numpy as np

    from pullback.dialects.parser import parse
    from pullback.dialects.verifier import verify
    from pullback.passes.deriver import Deriver
    from pullback.passes.evaluate import Evaluator

    module = parse(text, filename)
    verify(module)
    names = [f.name for f in module.public]
    if function is None and len(names) == 1:
        function = names[0]
    if function not in module.funcs:
        raise click.UsageError(f"choose a function with --function: {', '.join(module.funcs)}")
    func = module[function]
    if len(arguments) != len(func.args):
        raise click.UsageError(f"@{function} takes {len(func.args)} arguments, got {len(arguments)}")
    arrays = [array_of(a, v.aval) for a, v in zip(arguments, func.args)]
    if compiled:
        outs = _run_compiled(module, function, arrays)
    else:
        d = Deriver(module)
        with np.errstate(all="ignore"):
            outs = Evaluator(d).evaluate(d.prepared(function), arrays)
    avals = [v.aval for v in func.results]
    return [f"%{i} : {aval} = {array_text(np.asarray(out))}" for i, (aval, out) in enumerate(zip(avals, outs))]


def _run_compiled(module: Any, function: str, arrays: list[Any]) -> list[Any]:
    from pullback.dialects.ir import Module
    from pullback.dialects.types import np_dtype
    from pullback.passes.expand import reachable
    from pullback.passes.manager import run_pipeline
    from pullback.runtime import LoadedModule, compile_stablehlo, get_device, resolve_target
    from pullback.runtime.executable import Executable

    for f in module.funcs.values():
        f.public = f.name == function
    alone = Module([module[name] for name in reachable(module, [function])])
    vmfb = compile_stablehlo(run_pipeline(alone), resolve_target("cpu"))
    func = module[function]
    ins, outs = ([(v.aval.shape, np_dtype(v.aval.dtype)) for v in values] for values in (func.args, func.results))
    return list(Executable(LoadedModule(vmfb, get_device("cpu")), function, ins, outs).run(*arrays))


@click.command("eval")
@click.argument("file", default="-")
@click.option("--function", metavar="NAME", help="The function to run (default: the only public one).")
@click.option("--arg", "arguments", metavar="VALUE", multiple=True, help='An argument as a Python literal, such as "[1.0, 2.0]".')
@click.option("--compiled", is_flag=True, help="Compile with IREE and run, instead of evaluating with NumPy.")
def eval_command(file: str, function: str | None, arguments: tuple[str, ...], compiled: bool) -> None:
    """Run one function of a pb module in FILE (text or bytecode; - is standard input) and print its results."""
    from pullback.dialects.spec import PullbackError

    data = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    text: str | bytes = data if data.startswith(b"ML\xefR") else data.decode()
    try:
        lines = evaluate_text(text, "<stdin>" if file == "-" else file, function, list(arguments), compiled)
    except PullbackError as e:
        click.echo(f"error: {e}", err=True)
        raise SystemExit(1) from None
    click.echo("\n".join(lines))


if __name__ == "__main__":
    eval_command()
