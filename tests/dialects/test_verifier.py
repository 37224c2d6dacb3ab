"""The verifier: finds what is wrong, and says where."""

from __future__ import annotations

import pytest
from op_examples import cases

from pullback.dialects.builder import Builder
from pullback.dialects.ir import Func, Loc, Module, Op, Symbol, Value
from pullback.dialects.parser import parse
from pullback.dialects.spec import TABLE, OpSpec
from pullback.dialects.types import Aval
from pullback.dialects.verifier import VerifyError, check, verify

X = Aval((4,), "f32")


def test_every_example_is_well_formed() -> None:
    module = Module(c.func for c in cases(("f32", "f64", "bf16", "i32", "ui8", "i1", "c64")))
    assert check(module) == []


def messages(body: str, rest: str = "") -> list[str]:
    module = parse(f"func.func @main(%x: tensor<4xf32>, %i: tensor<i32>) {{\n{body}\nreturn }}\n{rest}", "m.mlir")
    return [str(d) for d in check(module)]


F = "func.func private @f(%x: tensor<4xf32>) -> tensor<4xf32> { return %x : tensor<4xf32> }\n"
TRUE = '"pb.constant"() {value = dense<true> : tensor<i1>} : () -> tensor<i1>'
PRED = f"func.func private @p(%x: tensor<4xf32>) -> tensor<i1> {{ %0 = {TRUE}\n return %0 : tensor<i1> }}\n"
V = "tensor<4xf32>"
I = "tensor<i32>"
T = "array<i1: true>"
CALL = "callee = @f, jit = false"
NO_CONSTS = "num_consts = 0 : i64, num_carry = 0 : i64"
AXES = "in_axes = array<i64: 0>"
ONE = "must have one entry"


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (f'%0 = "pb.exp"(%x) : ({V}) -> tensor<5xf32>', "m.mlir:2:6: error: 'pb.exp' result type must be f32[4], got f32[5]"),
        (f'%0 = "pb.exp"(%x, %x) : ({V}, {V}) -> {V}', "expects 1 operand, got 2"),
        (f'%0 = "pb.add"(%x) : ({V}) -> {V}', "expects 2 operands, got 1"),
        (f'%0 = "pb.add"(%x, %i) : ({V}, {I}) -> {V}', "operands must have equal types"),
        (f'%0 = "pb.reduce_sum"(%x) : ({V}) -> tensor<f32>', "attribute 'axes' is missing"),
        (f'%0 = "pb.reduce_sum"(%x) {{axes = array<i64: 3>}} : ({V}) -> tensor<f32>', "'pb.reduce_sum'"),
        (f'%0 = "pb.not"(%x) : ({V}) -> {V}', "element type f32 is not accepted"),
        (f'%0 = "pbfn.call"(%x) {{callee = @g, jit = false}} : ({V}) -> {V}', "function @g, which does not exist"),
        (f'%0 = "pbfn.call"(%i) {{{CALL}}} : ({I}) -> {V}', "arguments of @f: number 0 must be f32[4], got i32[]"),
        (f'%0 = "pbfn.call"() {{{CALL}}} : () -> {V}', "arguments of @f: expected 1, got 0"),
        (f'%0 = "pbfn.call"(%x) {{{CALL}}} : ({V}) -> tensor<f32>', "results of @f"),
        (f'%0 = "pbfn.jvp"(%x) {{callee = @f, active = {T}}} : ({V}) -> {V}', "tangents: expected 1, got 0"),
        (f'%0:2 = "pbfn.jvp"(%x, %x) {{callee = @f, active = array<i1>}} : ({V}, {V}) -> ({V}, {V})', f"'active' {ONE}"),
        (f'%0:2 = "pbfn.vjp_fwd"(%x) {{callee = @f, active = {T}}} : ({V}) -> ({V}, !pbfn.tape<@f, "0">)', "the tape"),
        (f'%0 = "pbfn.vjp_bwd"(%x, %x) : ({V}, {V}) -> {V}', "the first operand must be a tape"),
        (f'%0 = "pbfn.vmap"(%x) {{callee = @f, size = 2 : i64, axis_name = "", {AXES}}} : ({V}) -> tensor<2x4xf32>',
         "must be f32[2,4], got f32[4]"),
        (f'%0 = "pbfn.linear_transpose"(%i) {{callee = @f, linear = {T}}} : ({I}) -> {V}', "cotangents of @f"),
        (f'%0 = "pbfn.cond"(%x, %x) {{branches = [@f, @f]}} : ({V}, {V}) -> {V}', "the index must be i32[]"),
        (f'%0 = "pbfn.cond"(%i, %x) {{branches = [@f, @p]}} : ({I}, {V}) -> {V}', "results of branch @p"),
        (f'%0 = "pbfn.while"(%x) {{cond = @f, body = @f, cond_consts = 0 : i64, body_consts = 0 : i64}} : ({V}) -> {V}',
         "results of @f: number 0 must be i1[]"),
        (f'%0 = "pbfn.scan"(%x) {{body = @f, {NO_CONSTS}, length = 3 : i64, reverse = false, unroll = 1 : i64}}'
         f' : ({V}) -> {V}', "cannot be scanned over 3 iterations"),
    ],
)  # fmt: skip
def test_findings(body: str, message: str) -> None:
    found = messages(body, F + PRED)
    assert len(found) == 1, found
    assert message in found[0]
    assert found[0].startswith("m.mlir:2:")


def test_good_function_ops() -> None:
    body = [
        f'%0 = "pbfn.call"(%x) {{callee = @f, jit = true}} : ({V}) -> {V}',
        f'%1:2 = "pbfn.jvp"(%x, %x) {{callee = @f, active = {T}}} : ({V}, {V}) -> ({V}, {V})',
        f'%2:2 = "pbfn.vjp_fwd"(%x) {{callee = @f, active = {T}}} : ({V}) -> ({V}, !pbfn.tape<@f, "1">)',
        f'%3 = "pbfn.vjp_bwd"(%2#1, %x) : (!pbfn.tape<@f, "1">, {V}) -> {V}',
        f'%4 = "pbfn.linear_transpose"(%x) {{callee = @f, linear = {T}}} : ({V}) -> {V}',
        f'%5 = "pbfn.cond"(%i, %x) {{branches = [@f, @f]}} : ({I}, {V}) -> {V}',
        f'%6 = "pbfn.while"(%x) {{cond = @p, body = @f, cond_consts = 0 : i64, body_consts = 0 : i64}} : ({V}) -> {V}',
    ]
    assert messages("\n".join(body), F + PRED) == []


def test_all_findings_are_collected() -> None:
    module = parse(
        f'func.func @f(%x: {V}) {{ %0 = "pb.exp"(%x) : ({V}) -> tensor<f32>\n%1 = "pb.log"(%x) : ({V}) -> tensor<f32>\nreturn }}'
    )
    with pytest.raises(VerifyError) as e:
        verify(module)
    assert len(e.value.diagnostics) == 2
    assert e.value.loc.line == 1


def test_values_of_other_functions() -> None:
    """Text cannot say this; a wrong pass can."""
    other = Value(X)
    func = Func("main", Loc("a.py", 1))
    b = Builder(func.ops)
    y = b.exp(func.add_arg(X))
    func.ops.append(Op(TABLE["pb.add"], [y, other], {}, [X]))
    func.results = [other]
    found = [str(d) for d in check(Module([func]))]
    assert "operand 1" in found[0] and "is not defined" in found[0]
    assert "result 0" in found[1]


def test_use_before_definition_and_double_use_of_an_op() -> None:
    func = Func("main")
    b = Builder(func.ops)
    y = b.exp(func.add_arg(X))
    b.log(y)
    func.ops.reverse()
    assert len(check(Module([func]))) == 1
    func.ops = [y.op, y.op]  # type: ignore[list-item]
    assert "twice" in str(check(Module([func]))[0])


def test_attributes_of_the_wrong_kind_and_foreign_specs() -> None:
    func = Func("main")
    x = func.add_arg(X)
    func.ops = [
        Op(TABLE["pb.reduce_sum"], [x], {"axes": 0}, [Aval((), "f32")]),
        Op(TABLE["pb.exp"], [x], {"extra": 1}, [X]),
        Op(OpSpec("pb.exp", ("operand",)), [x], {}, [X]),
    ]
    found = [str(d) for d in check(Module([func]))]
    assert "'axes' must be a tuple of integers" in found[0]
    assert "no attribute 'extra'" in found[1]
    assert "not in the op table" in found[2]


def test_recursion_and_frames() -> None:
    func = Func("f")
    x = func.add_arg(X)
    func.ops = [Op(TABLE["pbfn.call"], [x], {"callee": Symbol("f"), "jit": False}, [X])]
    func.results = [func.ops[0].results[0]]
    assert "cannot recurse" in str(check(Module([func]))[0])
    named = Func("g")
    named.add_arg(X)
    named.arg_names, named.donated = ["a", "b"], (3,)
    found = [str(d) for d in check(Module([named]))]
    assert "2 argument names" in found[0]
    assert "donated" in found[1]
