"""split-complex and the copies that protect arguments: what the compiled program looks like at its boundary."""

from __future__ import annotations

import numpy as np
import pytest
from op_examples import cases

from pullback.dialects import types as T
from pullback.dialects.builder import Builder
from pullback.dialects.ir import Func, Module, Value
from pullback.dialects.parser import parse
from pullback.dialects.spec import TABLE, NoRuleError
from pullback.dialects.types import Aval
from pullback.passes.deriver import Deriver
from pullback.passes.evaluate import Evaluator
from pullback.passes.manager import run_pipeline

BOUNDARY = {"pb.real", "pb.imag", "pb.complex"}


def complex_inside(module: Module) -> list[str]:
    """Ops with complex operands or results that are not conversions at the boundary."""
    found = []
    for func in module.funcs.values():
        for op in func.ops:
            avals = [v.aval for v in (*op.operands, *op.results)]
            if op.spec.name not in BOUNDARY and any(isinstance(a, Aval) and T.is_complex(a.dtype) for a in avals):
                found.append(f"{func.name}: {op.spec.name}")
    return found


def test_no_complex_value_is_left_inside() -> None:
    for c in cases(("c64", "c128")):
        module = run_pipeline(Module([c.func]), "decompose-linalg,split-complex", verify_each=True)
        assert complex_inside(module) == []
        func = module[c.func.name]
        assert [v.aval for v in func.args] == [v.aval for v in c.func.args]
        assert [v.aval for v in func.results] == [v.aval for v in c.func.results]


def test_a_real_module_is_returned_as_it_is() -> None:
    func = Func("main", public=True)
    func.results = [Builder(func.ops).exp(func.add_arg(Aval((3,), "f32")))]
    module = Module([func])
    assert run_pipeline(module, "split-complex") is module


def test_arguments_that_are_returned_stay_whole() -> None:
    func = Func("main", public=True)
    z = func.add_arg(Aval((3,), "c64"))
    func.results = [z, Builder(func.ops).mul(z, z)]
    done = run_pipeline(Module([func]), "split-complex", verify_each=True)["main"]
    assert done.results[0] is done.args[0]


LOOP = """
func.func @main(%z: tensor<3xcomplex<f32>>, %n: tensor<3xf32>) -> (tensor<3xcomplex<f32>>, tensor<5x3xf32>) {
  %0:2 = "pbfn.scan"(%z, %n) {body = @body, num_consts = 1 : i64, num_carry = 1 : i64, length = 5 : i64, reverse = false,
    unroll = 1 : i64} : (tensor<3xcomplex<f32>>, tensor<3xf32>) -> (tensor<3xf32>, tensor<5x3xf32>)
  %1 = "pbfn.call"(%z) {callee = @square, jit = false} : (tensor<3xcomplex<f32>>) -> tensor<3xcomplex<f32>>
  return %1, %0#1 : tensor<3xcomplex<f32>>, tensor<5x3xf32>
}
func.func private @body(%z: tensor<3xcomplex<f32>>, %n: tensor<3xf32>) -> (tensor<3xf32>, tensor<3xf32>) {
  %0 = "pb.mul"(%z, %z) : (tensor<3xcomplex<f32>>, tensor<3xcomplex<f32>>) -> tensor<3xcomplex<f32>>
  %1 = "pb.real"(%0) : (tensor<3xcomplex<f32>>) -> tensor<3xf32>
  %2 = "pb.add"(%1, %n) : (tensor<3xf32>, tensor<3xf32>) -> tensor<3xf32>
  return %2, %1 : tensor<3xf32>, tensor<3xf32>
}
func.func private @square(%z: tensor<3xcomplex<f32>>) -> tensor<3xcomplex<f32>> {
  %0 = "pb.mul"(%z, %z) : (tensor<3xcomplex<f32>>, tensor<3xcomplex<f32>>) -> tensor<3xcomplex<f32>>
  return %0 : tensor<3xcomplex<f32>>
}
"""


def test_loop_bodies_are_split_in_signature() -> None:
    module = parse(LOOP)
    done = run_pipeline(module, "expand,inline,split-complex", verify_each=True)
    assert complex_inside(done) == []
    body = next(f for n, f in done.funcs.items() if n != "main")
    assert [str(v.aval) for v in body.args] == ["f32[3]", "f32[3]", "f32[3]"]
    rng = np.random.default_rng(0)
    arrays = [(rng.normal(size=3) + 1j * rng.normal(size=3)).astype(np.complex64), rng.normal(size=3).astype(np.float32)]
    for m, name in ((module, "main"), (done, "main")):
        z2, ys = Evaluator(Deriver(m)).evaluate(Deriver(m).prepared(name), arrays)
        np.testing.assert_allclose(z2, arrays[0] ** 2, rtol=1e-5)
        np.testing.assert_allclose(ys, np.tile((arrays[0] ** 2).real, (5, 1)), rtol=1e-5)


def test_an_op_without_complex_form_says_why() -> None:
    func = Func("main", public=True)
    z = func.add_arg(Aval((3,), "c64"))
    b = Builder(func.ops)
    func.results = b.emit_typed(TABLE["pb.floor"], [z], {}, [z.aval])
    with pytest.raises(NoRuleError, match=r"pb.floor has no form for complex numbers: "):
        run_pipeline(Module([func]), "split-complex")


# Copies of arguments -------------------------------------------------------------------------------------------------------
X, U = Aval((6, 4), "f32"), Aval((1, 4), "f32")


def guarded(body, *avals: Aval, donated: tuple[int, ...] = ()) -> list[bool]:  # type: ignore[no-untyped-def]
    """Which arguments the lowered function copies."""
    func = Func("main", public=True)
    func.donated = donated
    out = body(Builder(func.ops), *[func.add_arg(a) for a in avals])
    func.results = [out] if isinstance(out, Value) else list(out)
    head = run_pipeline(Module([func]), "pb-to-stablehlo").split("func.func", 1)[1].split("->")[0]
    return [f"%arg{i}_in:" in head for i in range(len(avals))]


def update(b: Builder, x: Value, u: Value, i: Value | None = None) -> Value:
    zero = b.full((), "i32", 0)
    return b.dynamic_update_slice(x, u, i or zero, zero)  # type: ignore[no-any-return]


def test_arguments_of_in_place_ops_are_copied() -> None:
    index = Aval((), "i32")
    assert guarded(lambda b, x, u: update(b, x, u), X, U) == [True, False]
    assert guarded(lambda b, x, u: update(b, x, u), X, U, donated=(0,)) == [False, False]
    assert guarded(lambda b, x, u: update(b, b.exp(x), u), X, U) == [False, False]
    assert guarded(lambda b, x, u: update(b, b.reshape(x, shape=(6, 4)), u), Aval((24,), "f32"), U) == [True, False]
    assert guarded(
        lambda b, x, u: update(b, b.slice(x, start=(0, 0), limit=(6, 4), strides=(1, 1)), u), Aval((8, 4), "f32"), U
    ) == [True, False]
    assert guarded(lambda b, x, u: update(b, b.add(x, 0.0), u), X, U) == [True, False]
    assert guarded(lambda b, x, u, i: [update(b, x, u, i), x], X, U, index) == [True, False, False]
    assert guarded(lambda b, x: b.emit(TABLE["pb.sort"], [x], {"axis": 0, "num_keys": 1}), X) == [True]
    assert guarded(lambda b, x, u: b.exp(x), X, U) == [False, False]


def test_loop_carries_are_copied() -> None:
    module = parse(LOOP.replace("tensor<3xcomplex<f32>>", "tensor<3xf32>").replace('"pb.real"', '"pb.abs"'))
    text = run_pipeline(module, "expand,inline,pb-to-stablehlo")
    head = text.split("->")[0]
    assert "%arg1_in" in head
    assert "%arg0_in" not in head  # a constant of the loop


def test_a_returned_argument_is_not_its_copy() -> None:
    func = Func("main", public=True)
    x, u = func.add_arg(X), func.add_arg(U)
    b = Builder(func.ops)
    func.results = [update(b, x, u), x]
    text = run_pipeline(Module([func]), "pb-to-stablehlo")
    assert "%arg0_in : tensor<6x4xf32>, tensor<6x4xf32>" in text.split("func.return")[1]
    assert "util." not in run_pipeline(Module([func]), "pb-to-stablehlo{guard_arguments=false}")
