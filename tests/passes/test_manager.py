"""Pipelines as text, MLIR's passes among ours, and ours among MLIR's."""

from __future__ import annotations

import io

import numpy as np
import pytest
from op_examples import cases

from pullback.dialects.equal import equal_modules
from pullback.dialects.ir import Module
from pullback.dialects.mlir_context import make_context
from pullback.dialects.parser import parse
from pullback.dialects.printer import print_module
from pullback.dialects.spec import NoRuleError
from pullback.passes.derive import PassOptionError
from pullback.passes.deriver import Deriver
from pullback.passes.evaluate import Evaluator
from pullback.passes.manager import DEFAULT_PIPELINE, PASSES, PipelineError, Timing, as_mlir_pass, parse_pipeline, run_pipeline

TEXT = """
func.func @main(%x: tensor<4xf32>) -> tensor<4xf32> {
  %0 = "pb.exp"(%x) : (tensor<4xf32>) -> tensor<4xf32>
  %1 = "pb.exp"(%x) : (tensor<4xf32>) -> tensor<4xf32>
  %2 = "pb.mul"(%0, %1) : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  return %2 : tensor<4xf32>
}
"""
PRIVATE = "func.func private @unused(%x: tensor<4xf32>) -> tensor<4xf32> { return %x : tensor<4xf32> }\n"


def test_pipeline_text() -> None:
    calls = parse_pipeline(
        "builtin.module(expand, vmap{size=8 function=main}, jvp{active=1,function=main}, func.func(canonicalize,cse))"
    )
    assert [c.name for c in calls] == ["expand", "vmap", "jvp", "func.func"]
    assert calls[1].options == {"size": "8", "function": "main"}
    assert calls[2].options == {"active": "1", "function": "main"}
    assert calls[3].text == "func.func(canonicalize,cse)"
    assert parse_pipeline("") == []
    assert [c.name for c in parse_pipeline(["cse", "dce"])] == ["cse", "dce"]
    assert [c.name for c in parse_pipeline("cse,dce")] == ["cse", "dce"]


@pytest.mark.parametrize(
    ("pipeline", "message"),
    [
        ("expnd", "unknown pass 'expnd'; did you mean expand"),
        ("zzzzzz", "unknown pass 'zzzzzz'; passes: verify, expand"),
        ("cse,canonicalise", "did you mean canonicalize"),
        ("vmap", "needs option 'size', as in --vmap=\"size=8\""),
        ("vmap{size=many}", "option size: invalid literal"),
        ("jvp{axis=1}", "no option 'axis'; options: function, active"),
        ("cse{x=1}", "options: none"),
        ("func.func(expand)", "cannot be nested in func.func"),
        ("cse,(dce", "unbalanced"),
        ("cse)", "unbalanced"),
        ("pb-to-stablehlo,simplify", "the program is StableHLO by now"),
        ("pb-to-stablehlo{debug_locations=maybe}", "is not true or false"),
    ],
)
def test_errors(pipeline: str, message: str) -> None:
    with pytest.raises(PipelineError) as e:
        run_pipeline(parse(TEXT), pipeline)
    assert message in str(e.value)


def test_mlir_passes_run_before_and_after_lowering() -> None:
    module = run_pipeline(parse(TEXT + PRIVATE), "symbol-dce")
    assert isinstance(module, Module)
    assert equal_modules(module, parse(TEXT))
    text = run_pipeline(parse(TEXT), "pb-to-stablehlo,canonicalize,cse,func.func(canonicalize)")
    assert text.count("stablehlo.exponential") == 1


def test_cse_is_ours_on_pb_and_mlirs_on_stablehlo() -> None:
    assert [len(run_pipeline(parse(TEXT), "cse")["main"].ops), len(parse(TEXT)["main"].ops)] == [2, 3]
    assert run_pipeline(parse(TEXT), "pb-to-stablehlo,cse").count("exponential") == 1


def test_our_passes_among_mlirs() -> None:
    from iree.compiler import ir, passmanager

    with make_context():
        module = ir.Module.parse(TEXT + PRIVATE)
        manager = passmanager.PassManager("builtin.module")
        ours = [as_mlir_pass(name) for name in ("cse", "vmap{size=2}", "verify", "pb-to-stablehlo")]
        for run in ours[:3]:
            manager.add(run)
        manager.run(module.operation)
        assert len(list(module.body.operations[0].regions[0].blocks[0].operations)) == 3
        names = [op.attributes["sym_name"].value for op in module.body.operations]
        assert names == ["main", "unused", "main.vmap"]
        passmanager.PassManager.parse("builtin.module(symbol-dce)").run(module.operation)
        manager = passmanager.PassManager("builtin.module")
        manager.add(ours[3])
        manager.run(module.operation)
        passmanager.PassManager.parse("builtin.module(canonicalize,cse)").run(module.operation)
        assert module.operation.verify()
        assert str(module).count("stablehlo.exponential") == 2
        assert "unused" not in str(module)


def test_errors_of_our_passes_are_mlir_diagnostics() -> None:
    from iree.compiler import ir, passmanager

    text = TEXT.replace(
        "-> tensor<4xf32>\n  %1",
        '-> tensor<4xf32>\n  %9 = "pb.exp"(%x) : (tensor<4xf32>) -> tensor<5xf32> loc("model.py":3:7)\n  %1',
    )
    with make_context():
        module = ir.Module.parse(text)
        manager = passmanager.PassManager("builtin.module")
        run = as_mlir_pass("verify")
        manager.add(run)
        with pytest.raises(ir.MLIRError) as e:
            manager.run(module.operation)
    (diagnostic,) = e.value.error_diagnostics
    assert diagnostic.message == "'pb.exp' result type must be f32[4], got f32[5] (in @main)" or diagnostic.message.startswith(
        "'pb.exp'"
    )
    assert str(diagnostic.location) == 'loc("model.py":3:7)'
    with pytest.raises(PipelineError, match="pass of MLIR itself"):
        as_mlir_pass("canonicalize")


def test_printing_and_timing() -> None:
    out, timing = io.StringIO(), Timing()
    run_pipeline(parse(TEXT), "expand,cse,dce", print_ir_after="change", timing=timing, out=out)
    assert out.getvalue().count("IR Dump After") == 1
    assert "IR Dump After cse" in out.getvalue()
    assert [name for name, _ in timing.rows] == ["expand", "cse", "dce"]
    assert "100.0%  total" in str(timing)
    out = io.StringIO()
    run_pipeline(parse(TEXT), "expand,cse,dce,pb-to-stablehlo", print_ir_after="all", out=out, debug_info=True)
    assert out.getvalue().count("IR Dump After") == 4
    assert "loc(" in out.getvalue()
    out = io.StringIO()
    run_pipeline(parse(TEXT), "expand,cse,dce", print_ir_after=["dce"], out=out)
    assert out.getvalue().count("IR Dump After") == 1


def test_derivation_passes() -> None:
    x = np.array([0.0, 0.5, 1.0, -1.0], np.float32)
    y = np.exp(2 * x)
    module = run_pipeline(
        parse(TEXT), "jvp{function=main},linearize{function=main},vjp{function=main},vmap{function=main size=2}", verify_each=True
    )
    run = Evaluator(Deriver(module))
    np.testing.assert_allclose(run("main.jvp", [x, np.ones_like(x)])[1], 2 * y, rtol=1e-6)
    _, *residuals = run("main.fwd", [x])
    np.testing.assert_allclose(run("main.lin", [*residuals, np.ones_like(x)])[0], 2 * y, rtol=1e-6)
    name = next(n for n in module.funcs if n.startswith("main.bwd"))
    np.testing.assert_allclose(run(name, [*residuals, np.ones_like(x)])[0], 2 * y, rtol=1e-6)
    np.testing.assert_allclose(run("main.vmap", [np.stack([x, -x])])[0], np.exp(2 * np.stack([x, -x])), rtol=1e-6)
    linear = parse('func.func @f(%x: tensor<4xf32>) -> tensor<f32> {\n %0 = "pb.reduce_sum"(%x) {axes = array<i64: 0>} : (tensor<4xf32>) -> tensor<f32>\n return %0 : tensor<f32>\n}')  # fmt: skip  # noqa: E501
    transposed = run_pipeline(linear, "transpose", verify_each=True)
    np.testing.assert_array_equal(Evaluator(Deriver(transposed))("f.T", [np.float32(3)])[0], np.full(4, 3, np.float32))
    for pipeline in ("jvp{function=g}", "jvp{active=11}", "jvp{active=x}"):
        with pytest.raises(PassOptionError):
            run_pipeline(parse(TEXT), pipeline)


def test_every_pass_has_a_doc() -> None:
    for name, p in PASSES.items():
        assert p.name == name and p.doc.endswith("."), name
    assert set(DEFAULT_PIPELINE) <= set(PASSES)


def test_default_pipeline_lowers_every_op_and_keeps_its_value() -> None:
    """Through the passes that stay in pb, values are compared; StableHLO text must parse."""
    from iree.compiler import ir

    stages = list(DEFAULT_PIPELINE[:-1])
    texts = {}
    for c in cases(("f32", "i32", "c64", "i1")):
        module = Module([c.func])
        with np.errstate(all="ignore"):
            before = Evaluator(Deriver(module)).evaluate(c.func, c.arrays)
        done = run_pipeline(module, stages, verify_each=True)
        with np.errstate(all="ignore"):
            after = Evaluator(Deriver(done)).evaluate(done[c.func.name], c.arrays)
        for x, y in zip(before, after):
            np.testing.assert_allclose(np.asarray(y), np.asarray(x), rtol=1e-4, atol=1e-5, err_msg=c.func.name)
        texts[c.func.name] = run_pipeline(done, "pb-to-stablehlo")
    with make_context():
        for name, text in texts.items():
            try:
                ir.Module.parse(text)
            except ir.MLIRError as e:
                raise AssertionError(f"{name}: {e}") from None


def test_decompose_is_asked_for_by_name() -> None:
    module = parse(TEXT.replace("pb.exp", "pb.tan"))
    with pytest.raises(NoRuleError, match="run the decompose pass first"):
        run_pipeline(module, "pb-to-stablehlo")
    assert "stablehlo" in run_pipeline(module, "decompose,pb-to-stablehlo")


def test_text_between_passes_is_the_same_program() -> None:
    """Printing and parsing after every pass gives what the passes give in memory."""
    nonempty = [c for c in cases(("c64",)) if all(a.size for a in c.arrays)]  # text does not keep the element of an empty splat
    for c in nonempty[::7]:
        module = through_text = Module([c.func])
        for name in DEFAULT_PIPELINE[:-1]:
            module, through_text = run_pipeline(module, [name]), run_pipeline(parse(print_module(through_text)), [name])
            assert print_module(module) == print_module(through_text), (c.func.name, name)
