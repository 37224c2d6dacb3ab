"""cse, dce, inline, checkpoint: the passes that only look at structure."""

from __future__ import annotations

import numpy as np
import pytest

from pullback.dialects.builder import Builder
from pullback.dialects.ir import Func, Module, Symbol, Value
from pullback.dialects.parser import parse
from pullback.dialects.spec import TABLE, PullbackError
from pullback.dialects.types import Aval
from pullback.passes.manager import run_pipeline

X = Aval((4,), "f32")


def shorts(func: Func) -> list[str]:
    return [op.spec.short for op in func.ops]


def module_of(body, *avals: Aval) -> Module:  # type: ignore[no-untyped-def]
    func = Func("main", public=True)
    out = body(Builder(func.ops), *[func.add_arg(a) for a in avals])
    func.results = [out] if isinstance(out, Value) else list(out)
    return Module([func])


def test_repeated_ops_are_merged_transitively() -> None:
    module = module_of(lambda b, x: b.add(b.mul(b.exp(x), x), b.mul(b.exp(x), x)), X)
    assert shorts(run_pipeline(module, "cse")["main"]) == ["exp", "mul", "add"]
    assert len(module["main"].ops) == 5  # the input is not edited


def test_attributes_and_types_tell_ops_apart() -> None:
    def body(b: Builder, x: Value) -> list[Value]:
        return [
            b.reduce_sum(b.broadcast_front(x, 4), axes=(0,)),
            b.reduce_sum(b.broadcast_front(x, 4), axes=(1,)),
            b.full((2,), "f32", 0.0),
            b.full((3,), "f32", 0.0),
            b.full((2,), "f32", -0.0),
            b.full((2,), "i32", 0),
            b.full((2,), "f32", np.nan),
            b.full((2,), "f32", np.nan),
        ]

    ops = run_pipeline(module_of(body, X), "cse")["main"].ops
    assert [op.spec.short for op in ops].count("constant") == 5
    assert [op.spec.short for op in ops].count("reduce_sum") == 2
    assert [op.spec.short for op in ops].count("broadcast_in_dim") == 1


def test_ops_with_several_results() -> None:
    sort = TABLE["pb.sort"]
    module = module_of(
        lambda b, x: [*b.emit(sort, [x, x], {"axis": 0, "num_keys": 1}), *b.emit(sort, [x, x], {"axis": 0, "num_keys": 1})], X
    )
    func = run_pipeline(module, "cse")["main"]
    assert shorts(func) == ["sort"]
    assert func.results[:2] == func.results[2:]


def test_barriers_are_not_merged() -> None:
    def body(b: Builder, x: Value) -> Value:
        (y,), (z,) = b.optimization_barrier(x), b.optimization_barrier(x)
        return b.add(b.exp(y), b.exp(z))

    assert shorts(run_pipeline(module_of(body, X), "cse,simplify,cse,dce")["main"]) == [
        "optimization_barrier", "optimization_barrier", "exp", "exp", "add",
    ]  # fmt: skip


def test_dce_keeps_what_results_need() -> None:
    module = module_of(lambda b, x: [b.exp(x), b.log(x)][0], X)
    assert shorts(run_pipeline(module, "dce")["main"]) == ["exp"]
    assert shorts(module["main"]) == ["exp", "log"]


CALLS = """
func.func @main(%x: tensor<4xf32>) -> tensor<4xf32> {
  %0 = "pbfn.call"(%x) {callee = @f, jit = true} : (tensor<4xf32>) -> tensor<4xf32>
  %1 = "pbfn.checkpoint"(%0) {callee = @g, barrier = true, policy = "nothing_saveable"} : (tensor<4xf32>) -> tensor<4xf32>
  return %1 : tensor<4xf32>
}
func.func private @f(%x: tensor<4xf32>) -> tensor<4xf32> {
  %0 = "pbfn.call"(%x) {callee = @g, jit = false} : (tensor<4xf32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}
func.func private @g(%x: tensor<4xf32>) -> tensor<4xf32> {
  %0 = "pb.exp"(%x) : (tensor<4xf32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}
func.func private @unused(%x: tensor<4xf32>) -> tensor<4xf32> { return %x : tensor<4xf32> }
"""


def test_inline_and_checkpoint() -> None:
    module = run_pipeline(parse(CALLS), "inline", verify_each=True)
    assert shorts(module["main"]) == ["exp", "checkpoint"]
    assert list(module.funcs) == ["main", "g"]
    module = run_pipeline(module, "checkpoint", verify_each=True)
    assert shorts(module["main"]) == ["exp", "optimization_barrier", "exp"]
    assert list(module.funcs) == ["main"]


def test_recursion_is_an_error() -> None:
    module = parse(CALLS)
    module["g"].ops[0] = (
        module["f"]
        .ops[0]
        .__class__(TABLE["pbfn.call"], module["g"].args, {"callee": Symbol("f"), "jit": False}, [X], module["g"].ops[0].loc)
    )
    with pytest.raises(PullbackError, match="@f -> @g -> @f"):
        run_pipeline(module, "inline")
