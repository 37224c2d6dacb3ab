"""`pullback opt`, `pullback eval` and the generator of reference files, as commands."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from pullback.tools import generate
from pullback.tools.evaluate import eval_command
from pullback.tools.op_docs import coverage_matrix, dtypes_text, op_reference
from pullback.tools.opt import opt_command

TEXT = """func.func @f(%x: tensor<2xf32>) -> tensor<2xf32> {
  %0 = "pb.exp"(%x) : (tensor<2xf32>) -> tensor<2xf32>
  return %0 : tensor<2xf32>
}
"""


def opt(*args: str, text: str | bytes = TEXT) -> Result:
    return CliRunner().invoke(opt_command, list(args), input=text)


def test_reads_files_standard_input_and_bytecode(tmp_path: Path) -> None:
    from iree.compiler import ir

    from pullback.dialects.mlir_context import make_context

    source, out = tmp_path / "a.mlir", tmp_path / "b.mlir"
    source.write_text(TEXT)
    assert opt(str(source), "-o", str(out)).output == ""
    expected = opt("-").output
    assert out.read_text() == expected == opt(str(out)).output
    with make_context(), (tmp_path / "a.mlirbc").open("wb") as file:
        ir.Module.parse(TEXT).operation.write_bytecode(file)
    assert opt(str(tmp_path / "a.mlirbc")).output == expected


def test_passes_run_in_the_order_given() -> None:
    a = opt("--jvp=function=f", "--vmap=size=3 function=f.jvp").output
    assert "@f.jvp.vmap(" in a
    assert opt("--pass-pipeline=jvp{function=f},vmap{size=3 function=f.jvp}").output == a


@pytest.mark.parametrize(
    ("args", "code", "message"),
    [
        (["--expnd"], 2, "unknown pass 'expnd'; did you mean expand"),
        (["--vmap"], 2, "needs option 'size'"),
        (["--cse", "--pass-pipeline=cse"], 2, "not both"),
        (["/does/not/exist.mlir"], 1, "No such file"),
        (["--vmap=size=0x"], 2, "invalid literal"),
        (["-o"], 2, "requires an argument"),
    ],
)
def test_usage_errors(args: list[str], code: int, message: str) -> None:
    result = opt(*args)
    assert result.exit_code == code
    assert message in result.output


def test_errors_in_the_program() -> None:
    result = opt(text=TEXT.replace("-> tensor<2xf32>\n  return %0", "-> tensor<3xf32>\n  return %x"))
    assert result.exit_code == 1
    assert "<stdin>:2:8: error: 'pb.exp' result type must be f32[2], got f32[3]" in result.output
    result = opt(text=TEXT.replace("pb.exp", "pb.exq"))
    assert result.exit_code == 1
    assert "<stdin>:2:8: error: unknown operation 'pb.exq'" in result.output


def test_diagnostics_that_are_expected() -> None:
    wrong = TEXT.replace("pb.exp", "pb.exq")
    assert (
        opt(
            "--verify-diagnostics", text=wrong.replace("\n  return", " // expected-error {{unknown operation}}\n  return")
        ).exit_code
        == 0
    )
    for text, message in ((wrong, "unexpected error at line 2"), (TEXT + "// expected-error {{no}}\n", "was not produced")):
        result = opt("--verify-diagnostics", text=text)
        assert result.exit_code == 1
        assert message in result.output


def test_help_and_list() -> None:
    text = opt("--help").output
    assert "--vmap=" in text and "--lower" in text and "--canonicalize" in text
    assert "decompose-linalg" in opt("--list-passes").output


def test_verify_each_and_timing() -> None:
    result = opt("--cse", "--verify-each", "--timing", "--print-ir-after=cse")
    assert result.exit_code == 0
    assert "Pass timing" in result.stderr
    assert "IR Dump After cse" in result.stderr


def evaluate(*args: str, text: str = TEXT) -> Result:
    return CliRunner().invoke(eval_command, ["-", *args], input=text)


def test_eval() -> None:
    assert evaluate("--arg", "[0, 1]").output == "%0 : f32[2] = [1, 2.7183]\n"
    assert evaluate("--arg", "nan").output == "%0 : f32[2] = [nan, nan]\n"
    assert evaluate("--function", "g").exit_code == 2
    assert evaluate().exit_code == 2
    assert evaluate("--arg", "1", text=TEXT.replace("pb.exp", "pb.exq")).exit_code == 1
    two = TEXT + TEXT.replace("@f", "@g")
    assert "choose a function" in evaluate("--arg", "1", text=two).output


def test_generated_files_are_up_to_date() -> None:
    assert generate.stale() == []
    assert generate.main(["--check"]) == 0
    assert generate.main(["--help"]) == 2


def test_generator_writes_and_checks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(generate, "ROOT", tmp_path)
    (tmp_path / "dialects").mkdir()
    assert generate.main(["--check"]) == 1
    assert "out of date" in capsys.readouterr().err
    assert generate.main([]) == 0
    assert generate.main(["--check"]) == 0


def test_reference_has_every_op_and_no_silent_hole() -> None:
    from pullback.dialects.spec import TABLE

    reference, matrix = op_reference(), coverage_matrix()
    for name in TABLE:
        assert f"### {name}\n" in reference
        assert f"[`{name}`]" in matrix
    assert ". no rule\n" not in matrix  # each missing rule says why
    assert dtypes_text(("f16", "bf16", "f32", "f64", "i32")) == "floats, `i32`"
    assert dtypes_text(()) == "any"
