"""The command line: what it computes, and how it says what is wrong."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import Result

import pullback
from pullback.runtime.errors import CompileError

Cli = Callable[..., Result]
LOSS_ARGS = ("--arg", "W:f32[3]", "--arg", "b:f32[]")
W, B = np.array([0.3, -0.2, 0.5], np.float32), np.float32(0.1)


def eager(program: Path, name: str) -> Any:
    from pullback.tools.source import load_function

    return load_function(f"{program}:{name}")[0]


# --- compile, run, inspect


def test_compile_run_inspect(cli: Cli, artifact: Path, program: Path, tmp_path: Path) -> None:
    loss = eager(program, "loss")
    np.savez("x.npz", W=W, b=B)
    cli("run", artifact, "--entry", "value_and_grad", "--inputs", "x.npz", "-o", "y.npz")
    with np.load("y.npz") as y:
        assert sorted(y.files) == ["result/0", "result/1/0", "result/1/1"]
        value, (W_grad, b_grad) = pullback.value_and_grad(loss, (0, 1))(W, B)
        np.testing.assert_allclose(y["result/0"], value, rtol=1e-5)
        np.testing.assert_allclose(y["result/1/0"], W_grad, rtol=1e-5)
        np.testing.assert_allclose(y["result/1/1"], b_grad, rtol=1e-5)

    out = cli("run", artifact, "--input", f"W={W.tolist()}", "--input", "b=0.1")
    assert out.stdout.startswith("result: f32[] = ")
    np.testing.assert_allclose(float(out.stdout.split("= ")[1]), value, rtol=1e-5)

    data = json.loads(cli("run", artifact, "--entry", "hvp", "--inputs", "x.npz", "--input", "W_dot=[1, 0, 0]", "--json").stdout)
    hessian = pullback.hessian(loss)(W, B)
    np.testing.assert_allclose(data["results"]["result"]["data"], np.asarray(hessian)[0], rtol=1e-4, atol=1e-6)

    text = cli("inspect", artifact).stdout
    assert "value(W: f32[3], b: f32[]) -> f32[]" in text
    assert "value_and_grad(W: f32[3], b: f32[]) -> (f32[], (f32[3], f32[]))" in text
    assert "hvp(W: f32[3], b: f32[], W_dot: f32[3]) -> f32[3]" in text
    assert "runs here" in text and "user_program.py:loss" in text
    data = json.loads(cli("inspect", artifact, "--json").stdout)
    assert [e["name"] for e in data["entries"]] == ["value", "value_and_grad", "hvp"]
    assert data["entries"][0]["args"] == {"W": "f32[3]", "b": "f32[]"} and data["modules"][0]["runs_here"] is True


def test_stdout_is_data_only(cli: Cli, program: Path) -> None:
    result = cli("compile", f"{program}:loss", *LOSS_ARGS, "-o", "a.pba")
    assert result.stdout == ""
    assert "target: cpu " in result.stderr and "wrote a.pba: value;" in result.stderr
    assert json.loads(cli("compile", f"{program}:loss", *LOSS_ARGS, "-o", "b.pba", "--json").stdout)["entries"] == ["value"]
    assert cli("compile", f"{program}:loss", *LOSS_ARGS, "-q", "-o", "c.pba").output == ""
    assert "traced value" in cli("compile", f"{program}:loss", *LOSS_ARGS, "-v", "-o", "d.pba").stderr


def test_pytrees_statics_and_constants(cli: Cli, program: Path) -> None:
    spec = "params:{W:f32[3],b:(f32[],)}"
    cli("compile", f"{program}:nested", "--arg", spec, "--arg", "x:f32[3]", "--arg", "scale:f32[]", "--jvp", "-o", "n.pba")
    arrays = {"params/W": W, "params/b/0": B, "x": W, "scale": np.float32(3)}
    np.savez("x.npz", **arrays)
    out = json.loads(cli("run", "n.pba", "--inputs", "x.npz", "--json").stdout)["results"]
    y = np.sin(W * W + B)
    np.testing.assert_allclose(out["result/y"]["data"], 3 * y, rtol=1e-5)
    np.testing.assert_allclose(out["result/total/1"]["data"], 19.5, rtol=1e-5)
    assert "params_dot" in cli("inspect", "n.pba").stdout and "f32[40]  consts/0.npy" in cli("inspect", "n.pba").stdout
    # the same, with the types taken from the example
    cli("compile", f"{program}:nested", "--example", "x.npz", "-o", "m.pba")
    assert json.loads(cli("run", "m.pba", "--inputs", "x.npz", "--json").stdout)["results"] == out
    cli("compile", f"{program}:power", "--arg", "x:f32[]", "--static", "n=3", "--grad", "-o", "p.pba")
    assert cli("run", "p.pba", "--entry", "grad", "--input", "x=2").stdout == "result: f32[] = 1024.0\n"


def test_all_entries(cli: Cli, program: Path) -> None:
    loss = eager(program, "loss")
    cli(
        "compile", f"{program}:loss", *LOSS_ARGS, "--only", "--grad", "--vjp", "b", "--vmap", "0,None", "--batch", "2",
        "--transform", "per_example=vmap(grad(f, argnums=1), in_axes=(0, None), axis_size=3)",
        "--transform", "jacfwd(grad(loss))", "-o", "all.pba",
    )  # fmt: skip
    art = pullback.load("all.pba")
    assert art.entries == ("grad", "vjp", "vmap", "per_example", "jacfwd_grad")
    np.testing.assert_allclose(art.grad(W, B), pullback.grad(loss)(W, B), rtol=1e-5)
    _, b_bar = art.vjp(W, B, np.float32(2))
    np.testing.assert_allclose(b_bar, 2 * pullback.grad(loss, 1)(W, B), rtol=1e-5)
    batch = np.stack([W, 2 * W])
    np.testing.assert_allclose(art.vmap(batch, B), [loss(w, B) for w in batch], rtol=1e-5)
    np.testing.assert_allclose(art["jacfwd_grad"](W, B), pullback.hessian(loss)(W, B), rtol=1e-4, atol=1e-5)


def test_mlir_source(cli: Cli) -> None:
    body = '{\n  %0 = "pb.sin"(%x) : (tensor<3xf32>) -> tensor<3xf32>\n  return %0 : tensor<3xf32>\n}\n'
    Path("m.mlir").write_text(f'func.func @f(%x: tensor<3xf32> {{pb.name = "x"}}) -> tensor<3xf32> {body}')
    cli("compile", "m.mlir:f", "-o", "m.pba")
    np.testing.assert_allclose(pullback.load("m.pba")(x=W), np.sin(W), rtol=1e-6)
    assert "has no function @g; it has: f" in cli("compile", "m.mlir:g", status=2).stderr
    assert "pullback opt" in cli("compile", "m.mlir:f", "--grad", "-o", "n.pba", status=2).stderr
    Path("bad.mlir").write_text(Path("m.mlir").read_text().replace("pb.sin", "pb.sinn"))
    stderr = cli("compile", "bad.mlir", status=1).stderr
    assert stderr.startswith("bad.mlir:2:8: error: unknown operation 'pb.sinn'; did you mean pb.sin")


def test_bfloat16_survives_npz(cli: Cli, program: Path) -> None:
    cli("compile", f"{program}:power", "--arg", "x:bf16[2]", "--static", "n=1", "-o", "p.pba")
    cli("run", "p.pba", "--input", "x=[1.5, 3.0]", "-o", "y.npz")
    with np.load("y.npz") as y:
        np.savez("x.npz", x=y["result"])
    assert cli("run", "p.pba", "--inputs", "x.npz").stdout == "result: bf16[2] = [5.0625, 81]\n"


def test_results_that_json_lacks(cli: Cli, program: Path) -> None:
    cli("compile", f"{program}:power", "--arg", "x:f32[2]", "--static", "n=1", "-o", "p.pba")
    out = json.loads(cli("run", "p.pba", "--input", "x=[1e30, 0.5]", "--json").stdout)
    assert out["results"]["result"] == {"type": "f32[2]", "data": ["inf", 0.25]}


# --- wrong usage: exit status 2


@pytest.mark.parametrize(
    ("spec", "words", "column"),
    [
        ("W:f33[3]", "unknown element type 'f33'; did you mean f32?", 2),
        ("W:f32[3", "expected , or ]", 7),
        ("W:f32[?]", "a dimension must be a number", 6),
        ("W:f32[n]", "a dimension must be a number", 6),
        ("W:f32[3]]", "unexpected ']' after the type", 8),
        ("W", "expected a colon and a type after the name, such as W:f32[3]", 1),
        ("W:", "expected a type such as f32[3,4]", 2),
        ("W:{a f32[]}", "expected :", 5),
        ("W:{a:f32[]", "expected , or }", 10),
        ("W:(f32[3],;)", "unexpected character", 10),
        ("3:f32", "expected <word>", 0),
    ],
)
def test_bad_types(cli: Cli, program: Path, spec: str, words: str, column: int) -> None:
    stderr = cli("compile", f"{program}:loss", "--arg", spec, status=2).stderr
    assert f"--arg: {words}" in stderr
    *_, source, caret = stderr.rstrip("\n").split("\n")
    assert source == f"  {spec}" and caret == f"  {' ' * column}^"


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["nowhere.py:f"], "nowhere.py: no such file"),
        (["no_such_module_x:f"], "no such file or module; expected FILE.py:FUNCTION"),
        (["PROGRAM"], "name a function, as in"),
        (["PROGRAM:los"], "has no function 'los'; did you mean 'loss'?"),
        (["PROGRAM:qqq"], "it has: loss, nested, power"),
        (["PROGRAM:not_a_function"], "is not a function but a int"),
        (["PROGRAM:loss", "--arg", "W:f32[3]"], "the types of b are missing; give --arg b:f32[...] for loss(W, b)"),
        (["PROGRAM:loss", *LOSS_ARGS, "--arg", "c:f32"], "--arg c: the function has no such parameter: loss(W, b)"),
        (["PROGRAM:loss", *LOSS_ARGS, "--arg", "W:f32"], "argument 'W' is given twice"),
        (["PROGRAM:loss", "--arg", "W:f64[3]", "--arg", "b:f32"], "f64[3] needs 64-bit types; enable them with --x64"),
        (["PROGRAM:loss", *LOSS_ARGS, "--grad", "c"], "--grad: 'c' is neither a position nor a name among the arguments W, b"),
        (["PROGRAM:loss", *LOSS_ARGS, "--grad", "2"], "--grad: '2' is neither"),
        (["PROGRAM:loss", *LOSS_ARGS, "--vmap", "0"], "--vmap needs the size of the new axis: --batch N"),
        (["PROGRAM:loss", *LOSS_ARGS, "--vmap", "0,0,0", "--batch", "2"], "--vmap: 3 axes for 2 arguments: W, b"),
        (["PROGRAM:loss", *LOSS_ARGS, "--vmap", "open('x')", "--batch", "2"], "is not a Python literal"),
        (["PROGRAM:loss", *LOSS_ARGS, "--target", "tpu"], "unknown target 'tpu'"),
        (["PROGRAM:power", "--arg", "x:f32", "--static", "n"], "--static: expected NAME=VALUE"),
        (["PROGRAM:loss", "--example", "none.npz"], "none.npz: no such file"),
        (["PROGRAM:loss", *LOSS_ARGS, "--no-such-option"], "No such option"),
    ],
)
def test_bad_usage_of_compile(cli: Cli, program: Path, args: list[str], words: str) -> None:
    result = cli("compile", *(a.replace("PROGRAM", str(program)) for a in args), status=2)
    assert words in result.stderr and result.stdout == ""
    assert not list(Path().glob("*.pba"))


@pytest.mark.parametrize(
    ("expression", "words", "column"),
    [
        ("grd(f)", "unknown transformation 'grd'; did you mean grad?", 0),
        ("grad(g)", "unknown name 'g'; the function is called f", 5),
        ("grad(f", "cannot be parsed", 4),
        ("grad()", "grad needs a function as its first argument", 0),
        ("grad(f, argnums=__import__('os').system('true'))", "expected a literal", 16),
        ("(lambda: f)()", "expected the name of a transformation", 0),
        ("f.__globals__", "expected f or a transformation of it", 0),
        ("vmap(grad(f), in_axis=0)", "vmap: got an unexpected keyword argument 'in_axis'", 0),
        ("vmap(vjp(f))", "use --vjp", 5),
    ],
)
def test_bad_transforms(cli: Cli, program: Path, expression: str, words: str, column: int) -> None:
    stderr = cli("compile", f"{program}:loss", *LOSS_ARGS, "--transform", expression, status=2).stderr
    assert words in stderr
    assert stderr.rstrip("\n").split("\n")[-1] == f"  {' ' * column}^"


def test_existing_files_are_kept(cli: Cli, program: Path) -> None:
    Path("loss.pba").write_text("mine")
    assert "loss.pba exists; overwrite it with --force" in cli("compile", f"{program}:loss", *LOSS_ARGS, status=2).stderr
    assert Path("loss.pba").read_text() == "mine"
    cli("compile", f"{program}:loss", *LOSS_ARGS, "--force")
    assert pullback.load("loss.pba").entries == ("value",)


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["--entry", "grad"], "has no entry 'grad': value, value_and_grad, hvp"),
        ([], "value: no value for W: f32[3], b: f32[]; give --inputs, --input or --fill"),
        (["--input", "V=1"], "value has no argument 'V'; its arguments: W: f32[3], b: f32[]"),
        (["--input", "W=[1,2]", "--fill", "ones"], "argument 'W': expected f32[3], got shape [2]"),
        (["--input", "W=x y", "--fill", "ones"], "is not a number or a list of numbers"),
        (["--inputs", "wide.npz", "--fill", "ones"], "argument 'W': expected f32[3], got f64[3]\nhint: convert it with --cast"),
        (["--inputs", "text.npz"], "text.npz: is not an .npz file of arrays"),
        (["--inputs", "bare.npy"], "bare.npy: is an array without a name"),
    ],
)
def test_bad_usage_of_run(cli: Cli, artifact: Path, args: list[str], words: str) -> None:
    np.savez("wide.npz", W=np.ones(3))
    np.save("bare.npy", W)
    Path("text.npz").write_text("hello")
    assert words in cli("run", artifact, *args, status=2).stderr


def test_cast(cli: Cli, artifact: Path) -> None:
    np.savez("wide.npz", W=np.ones(3), b=1)
    cli("run", artifact, "--inputs", "wide.npz", "--cast")


def test_unknown_commands_and_passes(cli: Cli) -> None:
    assert "No such command 'compil'. Did you mean 'compile'?" in cli("compil", status=2).stderr
    Path("m.mlir").write_text("module {\n}\n")
    assert "no-such-pass" in cli("opt", "m.mlir", "--no-such-pass", status=2).stderr


# --- errors of the program: exit status 1


def test_errors_point_at_the_python_line(cli: Cli, program: Path) -> None:
    stderr = cli("compile", f"{program}:branches", "--arg", "W:f32[3]", status=1).stderr
    lines = stderr.split("\n")
    row = program.read_text().split("\n").index("    if pnp.sum(W) > 0:") + 1
    assert f"user_program.py:{row}:" in lines[0] and "error: TracerBoolConversionError:" in lines[0]
    assert "    if pnp.sum(W) > 0:" in lines[1] and lines[2].strip().startswith("^~")
    assert "note: called from here" in stderr and "    return inner(W) * 2" in stderr
    assert "hint: use pullback.lax.cond" in stderr


def test_type_errors_and_exceptions(cli: Cli, program: Path) -> None:
    stderr = cli("compile", f"{program}:mismatch", "--arg", "W:f32[4]", status=1).stderr
    assert "error: " in stderr and "    return pnp.dot(X, W)\n           ^~~~~~~~~~~~~" in stderr
    stderr = cli("compile", f"{program}:crash", "--arg", "x:f32", status=1).stderr
    assert "error: KeyError: 'no such thing'" in stderr and '    raise KeyError("no such thing")' in stderr
    assert "Traceback" in cli("compile", f"{program}:crash", "--arg", "x:f32", "-v", status=1).stderr


def test_wrong_types_for_value_beside_a_transform(cli: Cli, program: Path) -> None:
    args = ("--arg", "W:f32[5,3]", "--arg", "b:f32[]", "--transform", "vmap(grad(f), in_axes=(0, None))", "-o", "v.pba")
    stderr = cli("compile", f"{program}:mismatch", "--arg", "W:f32[5,3]", "--transform", "vmap(f)", "-o", "v.pba", status=1).stderr
    assert "hint: the entry 'value' is the function itself with these types; leave it out with --only" in stderr
    cli("compile", f"{program}:loss", *args, "--only")
    assert pullback.load("v.pba")(np.stack([W] * 5), B).shape == (5, 3)


def test_files_that_cannot_be_imported(cli: Cli) -> None:
    Path("broken_syntax.py").write_text("def f(x):\n    return x +\n")
    stderr = cli("compile", "broken_syntax.py:f", "--arg", "x:f32", status=1).stderr
    assert (
        stderr.startswith("broken_syntax.py:2:") and "error: SyntaxError: invalid syntax" in stderr and "    return x +" in stderr
    )
    Path("broken_import.py").write_text("import no_such_module_y\n")
    stderr = cli("compile", "broken_import.py:f", "--arg", "x:f32", status=1).stderr
    assert stderr.startswith("broken_import.py:1:1: error: ModuleNotFoundError")


# --- the other exit codes


def test_backend_failure(cli: Cli, program: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import pullback.exporting as exporting
    from pullback.runtime import compiler, resolve_target

    def broken(text: str, target: Any) -> bytes:
        return compiler.compile_stablehlo(text.replace("stablehlo.add", "stablehlo.no_such_op"), resolve_target("cpu"))

    monkeypatch.setattr(exporting, "compile_stablehlo", broken)
    stderr = cli("compile", f"{program}:loss", *LOSS_ARGS, status=3).stderr
    assert "reproducer: " in stderr and "rerun with: iree-compile " in stderr and "no_such_op" in stderr
    assert CompileError.exit_code == 3 and not Path("loss.pba").exists()


def test_unfit_artifacts(cli: Cli, artifact: Path) -> None:
    assert "no such file" in cli("run", "none.pba", status=4).stderr
    with zipfile.ZipFile(artifact) as old, zipfile.ZipFile("tampered.pba", "w") as new:
        for name in old.namelist():
            data = bytearray(old.read(name))
            if name.endswith(".vmfb"):
                data[len(data) // 2] ^= 1
            new.writestr(name, bytes(data))
    for command in ("run", "inspect"):
        assert "is damaged (its checksum does not match the manifest)" in cli(command, "tampered.pba", status=4).stderr
    Path("text.pba").write_text("hello")
    assert "damaged or not an artifact" in cli("inspect", "text.pba", status=4).stderr


def test_interrupt(cli: Cli, artifact: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import pullback.runtime

    def interrupted(*args: Any) -> Any:
        raise KeyboardInterrupt

    monkeypatch.setattr(pullback.runtime, "load", interrupted)
    assert cli("run", artifact, status=130).stderr == "interrupted\n"


# --- the installation


def test_cache_targets_doctor_version(cli: Cli, artifact: Path, cache_folder: Path) -> None:
    data = json.loads(cli("cache", "--json").stdout)
    assert data["directory"] == str(cache_folder) and data["entries"] > 0
    assert str(cache_folder) in cli("cache", "show").stdout
    assert json.loads(cli("cache", "clear", "--json").stdout)["removed"] == data["entries"]
    assert json.loads(cli("cache", "--json").stdout)["entries"] == 0
    rows = {row["name"]: row for row in json.loads(cli("targets", "--json").stdout)}
    assert rows["cpu"]["runs_here"] and rows["cpu"]["compiles"] and "cuda:sm_80" in rows
    assert "runs here" in cli("targets").stdout
    report = json.loads(cli("doctor", "--json").stdout)
    assert report["checks"]["compiler"].startswith("ok: ") and report["packages"]["numpy"] == np.__version__
    assert "checks" in cli("doctor").stdout
    assert cli("--version").stdout.startswith("pullback 0.1.0 (IREE runtime 3.13")
    assert "Exit status:" in cli("--help").stdout
    for command in ("compile", "run", "inspect", "opt", "eval", "targets", "cache", "doctor"):
        assert cli(command, "--help").stdout.startswith(f"Usage: main {command} ")


def test_running_needs_neither_compiler_nor_tracer(artifact: Path) -> None:
    code = f"""
import sys
for name in ("iree.compiler", "pullback.trace", "pullback.numpy", "pullback.lax", "pullback.jitting", "pullback.dialects.table",
             "pullback.dialects.spec", "pullback.passes", "scipy", "jax", "rich"):
    sys.modules[name] = None
from click.testing import CliRunner
from pullback.tools.cli import main
for args in (["run", {str(artifact)!r}, "--fill", "ones"], ["inspect", {str(artifact)!r}], ["cache"], ["--help"]):
    result = CliRunner().invoke(main, args, catch_exceptions=False)
    assert result.exit_code == 0, result.output
import pullback
print(pullback.load({str(artifact)!r}).value([1.0, 2.0, 3.0], 0.0).dtype)
"""
    env = {**os.environ, "PYTHONWARNINGS": "error"}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=env)
    assert (done.returncode, done.stdout) == (0, "float32\n"), done.stderr


def test_without_the_compiler(program: Path, tmp_path: Path) -> None:
    (tmp_path / "m.mlir").write_text("module {\n}\n")
    code = f"""
import sys
sys.modules["iree.compiler"] = None
from click.testing import CliRunner
from pullback.tools.cli import main
result = CliRunner().invoke(main, ["opt", {str(tmp_path / "m.mlir")!r}, "--cse"])
print(result.exit_code, result.stderr)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout.startswith("3 error: the compiler is not installed: pip install 'pullback[compiler]'"), done.stderr


def test_the_installed_command(artifact: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pullback", "run", str(artifact), "--fill", "zeros"], capture_output=True, text=True
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "result: f32[] = 0.0\n", "")
