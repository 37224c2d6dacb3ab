"""The dialect's IRDL definition, enforced by MLIR itself: `iree-opt --irdl-file`."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from op_examples import cases

from pullback.dialects.ir import Module
from pullback.dialects.irdl import irdl_text, same_types
from pullback.dialects.printer import print_module
from pullback.dialects.spec import TABLE

IRDL = Path(__file__).parents[2] / "dialects" / "pb.irdl.mlir"


def iree_opt(text: str, tmp_path: Path) -> subprocess.CompletedProcess[str]:
    tool = shutil.which("iree-opt", path=str(Path(sys.executable).parent)) or shutil.which("iree-opt")
    assert tool is not None, "iree-opt is part of iree-base-compiler"
    source = tmp_path / "module.mlir"
    source.write_text(text)
    command = [tool, f"--irdl-file={IRDL}", "--allow-unregistered-dialect", str(source)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_definition_is_up_to_date() -> None:
    assert IRDL.read_text() == irdl_text()


def test_every_array_op_is_defined() -> None:
    text = IRDL.read_text()
    for spec in TABLE.values():
        assert (f"irdl.operation @{spec.short} {{" in text) == (spec.namespace == "pb")


def test_all_examples_are_accepted(tmp_path: Path) -> None:
    """Variadic operands or results of different types are what IRDL cannot say; all other examples must pass."""

    def sayable(c) -> bool:  # type: ignore[no-untyped-def]
        fixed = len(c.spec.operands) - c.spec.variadic
        operands = {v.aval for v in c.func.args[fixed:]}
        results = {r.aval for r in c.func.results} if c.spec.results[-1].endswith("*") else set()
        return len(operands) * c.spec.variadic <= 1 and len(results) <= 1

    module = Module(c.func for c in cases(("f32", "bf16", "i32", "c64", "i1")) if sayable(c))
    assert len(module.funcs) > 300
    done = iree_opt(print_module(module), tmp_path)
    assert done.returncode == 0, done.stderr[:2000]


V = "tensor<4xf32>"


@pytest.mark.parametrize(
    ("op", "message"),
    [
        (f'"pb.sin"(%x) : ({V}) -> tensor<5xf32>', "expected 'tensor<4xf32>' but got 'tensor<5xf32>'"),
        (f'"pb.sin"(%x, %x) : ({V}, {V}) -> {V}', "expects exactly 1 operands"),
        (f'"pb.add"(%x, %i) : ({V}, tensor<i32>) -> {V}', "expected 'tensor<4xf32>' but got 'tensor<i32>'"),
        (f'"pb.reduce_sum"(%x) : ({V}) -> tensor<f32>', "attribute"),
        (f'"pb.reduce_sum"(%x) {{axes = 0 : i64}} : ({V}) -> tensor<f32>', "builtin.dense_array"),
        (f'"pb.cumsum"(%x) {{axis = 0 : i64, reverse = 3 : i64}} : ({V}) -> {V}', "does not satisfy"),
        (f'"pb.snn"(%x) : ({V}) -> {V}', "unregistered operation 'pb.snn'"),
    ],
)
def test_ill_typed_operations_are_rejected_with_a_location(op: str, message: str, tmp_path: Path) -> None:
    done = iree_opt(f"func.func @f(%x: {V}, %i: tensor<i32>) {{\n  %0 = {op}\n  return\n}}\n", tmp_path)
    assert done.returncode != 0
    assert "module.mlir:2:8: error: " in done.stderr
    assert message in done.stderr


def test_function_ops_pass_unregistered(tmp_path: Path) -> None:
    op = f'%0:2 = "pbfn.vjp_fwd"(%x) {{callee = @f, active = array<i1: true>}} : ({V}) -> ({V}, !pbfn.tape<@f, "1">)'
    text = f"func.func @f(%x: {V}) {{\n {op}\n return }}"
    assert iree_opt(text, tmp_path).returncode == 0


def test_which_ops_have_one_type_throughout() -> None:
    assert same_types(TABLE["pb.sin"])
    assert same_types(TABLE["pb.add"])
    for name in ("pb.compare", "pb.convert", "pb.reduce_sum", "pb.select", "pb.real", "pb.concatenate"):
        assert not same_types(TABLE[name]), name
