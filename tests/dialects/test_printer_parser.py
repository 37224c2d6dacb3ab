"""Text: what is printed reads back as the same module, to the last bit, through MLIR's own parser."""

from __future__ import annotations

import time

import ml_dtypes
import numpy as np
import pytest
from op_examples import cases

from pullback.dialects.builder import Builder
from pullback.dialects.equal import equal_functions, equal_modules
from pullback.dialects.hlo import quote, symbol_text
from pullback.dialects.ir import Dense, Func, Loc, Module, Op, Symbol
from pullback.dialects.mlir_context import make_context
from pullback.dialects.parser import ParseError, parse
from pullback.dialects.printer import print_module, print_op
from pullback.dialects.spec import TABLE
from pullback.dialects.types import Aval, Tape

X = Aval((4,), "f32")


def constant_module(*arrays: object) -> Module:
    func = Func("main", public=True)
    b = Builder(func.ops)
    func.results = [b.const(a) for a in arrays]
    return Module([func])


def test_every_op_round_trips() -> None:
    module = Module(c.func for c in cases(("f32", "f64", "bf16", "f16", "i32", "ui8", "i1", "c64", "c128")))
    text = print_module(module)
    again = parse(text)
    assert [n for n in module.funcs if not equal_functions(module[n], again[n])] == []
    assert print_module(again) == text
    debug = print_module(module, debug_info=True)
    again = parse(debug)
    assert equal_modules(module, again, locations=True)
    assert print_module(again, debug_info=True) == debug


SPECIAL = [0.0, -0.0, 1.5, -2.25, 0.1, 1e-45, 3.4e38, 1e22, 1e-7, np.inf, -np.inf, np.nan]


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32", "float64", "complex64", "complex128"])
def test_constants_are_exact(dtype: str) -> None:
    scalar = np.dtype(getattr(ml_dtypes, dtype) if dtype == "bfloat16" else dtype)
    with np.errstate(over="ignore"):
        values = np.array(SPECIAL).astype(scalar)
    if dtype.startswith("complex"):
        values.imag = values.real[::-1]
    rng = np.random.default_rng(0)
    many = rng.normal(size=500).astype(scalar)  # written as one hexadecimal string
    arrays = [values, values.reshape(3, 4), many, *(v.reshape(()) for v in values), np.zeros((0, 3), scalar), many[:40]]
    module = constant_module(*arrays)
    again = parse(print_module(module))
    assert equal_modules(module, again)
    for op, array in zip(again["main"].ops, arrays):
        found = np.broadcast_to(op.attrs["value"].array, array.shape)
        assert np.ascontiguousarray(found).tobytes() == np.ascontiguousarray(array).tobytes()


@pytest.mark.parametrize("dtype", ["bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"])
def test_integer_constants(dtype: str) -> None:
    if dtype == "bool":
        values = np.array([True, False, True])
    else:
        info = np.iinfo(dtype)
        values = np.array([info.min, 0, 1, info.max], dtype)
    module = constant_module(values, np.resize(values, 300), values[0], np.resize(values[:1], 7))
    again = parse(print_module(module))
    assert equal_modules(module, again)


def test_splat_is_written_once() -> None:
    func = Func("main", public=True)
    func.results = [Builder(func.ops).full((1000, 1000), "f32", 0.5)]
    text = print_module(Module([func]))
    assert "dense<0.5> : tensor<1000x1000xf32>" in text
    assert parse(text)["main"].ops[0].attrs["value"].array.shape == ()


def test_full_array_of_equal_elements_equals_splat() -> None:
    module = constant_module(np.full((2, 3), 7, np.int32))
    again = parse(print_module(module))
    assert equal_modules(module, again)
    assert print_module(again) == print_module(module)


def test_names_donation_tapes_and_symbols() -> None:
    callee = Func("<lambda>", Loc("model.py", 3, 1))
    x = callee.add_arg(X)
    callee.results = [x]
    main = Func("main", Loc("model.py", 7, 1), public=True)
    args = [main.add_arg(X), main.add_arg(X)]
    main.arg_names, main.result_names, main.donated = ['w["a\\b"]', "naïve\n"], ["out", ""], (1,)
    tape = Tape("<lambda>", (True,))
    op = Op(
        TABLE["pbfn.vjp_fwd"],
        [args[0]],
        {"callee": Symbol("<lambda>"), "active": (True,)},
        [X, tape],
        Loc("model.py", 8, 5, "f.jvp"),
    )
    back = Op(TABLE["pbfn.vjp_bwd"], [op.results[1], op.results[0]], {}, [X])
    main.ops, main.results = [op, back], [back.results[0], args[1]]
    module = Module([callee, main])
    text = print_module(module, debug_info=True)
    assert '!pbfn.tape<@"<lambda>", "1">' in text
    assert '{callee = @"<lambda>", active = array<i1: true>}' in text
    assert 'loc("f.jvp"("model.py":8:5))' in text
    assert equal_modules(module, parse(text), locations=True)
    assert isinstance(parse(text)["main"].ops[0].attrs["callee"], Symbol)


def test_bytecode() -> None:
    from iree.compiler import ir

    module = Module(c.func for c in cases(("f32",)))
    with make_context():
        import io

        file = io.BytesIO()
        ir.Module.parse(print_module(module)).operation.write_bytecode(file)
    assert equal_modules(module, parse(file.getvalue()))


def test_positions_in_the_text_are_locations() -> None:
    module = parse('func.func @f(%x: tensor<f32>) {\n  %0 = "pb.exp"(%x) : (tensor<f32>) -> tensor<f32>\n  return\n}', "model.mlir")
    assert module["f"].ops[0].loc == Loc("model.mlir", 2, 8)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ('%0 = "pb.snn"(%x) : (tensor<4xf32>) -> tensor<4xf32>', "m.mlir:2:6: unknown operation 'pb.snn'; did you mean pb.sin"),
        ('%0 = "stablehlo.sine"(%x) : (tensor<4xf32>) -> tensor<4xf32>', "m.mlir:2:6: unknown operation 'stablehlo.sine'"),
        ('%0 = "pb.exp"(%y) : (tensor<4xf32>) -> tensor<4xf32>', "m.mlir:2:15: use of undeclared SSA value name"),
        ('%0 = "pb.reduce_sum"(%x) {axis = true} : (tensor<4xf32>) -> tensor<f32>', "no attribute 'axis'; did you mean 'axes'"),
        ('%0 = "pb.reduce_sum"(%x) {axes = 0 : i64} : (tensor<4xf32>) -> tensor<f32>', "'axes' must be an array of integers"),
        ('%0 = "pb.exp"(%x) : (tensor<4xf32>) -> tensor<?xf32>', "dynamic dimensions"),
        ('%0 = "pb.exp"(%x) : (tensor<4xf32>) -> tensor<4xi4>', "element type i4 is not supported"),
        ('%0 = "pb.exp"(%x) : (tensor<4xf32>) -> f32', "is not a type of the pb or pbfn dialect"),
        ('%0 = "pb.exp"(%x) ({}) : (tensor<4xf32>) -> tensor<4xf32>', "has no regions"),
        ('%0 = "pb.constant"() {value = dense<1.0> : tensor<3xf32>} : () -> tensor<4xf32>', "is not the result type"),
    ],
)  # fmt: skip
def test_errors_have_places(body: str, message: str) -> None:
    with pytest.raises(ParseError) as e:
        parse(f"func.func @f(%x: tensor<4xf32>) {{\n{body}\nreturn }}", "m.mlir")
    assert message in str(e.value)
    assert str(e.value).startswith("m.mlir:")


def test_module_level_errors() -> None:
    with pytest.raises(ParseError, match="has no body"):
        parse("func.func private @f(tensor<f32>)")
    with pytest.raises(ParseError, match="functions only"):
        parse('"pb.exp"() : () -> ()')
    with pytest.raises(ParseError, match=r"<string>:1:13: expected"):
        parse("func.func @f }")


def test_unusual_text() -> None:
    assert quote('tab\tü"') == '"tab\\09\\C3\\BC\\22"'
    assert symbol_text("f.jvp_1") == "@f.jvp_1"
    assert [symbol_text(n) for n in ("1f", "a-b", ".x")] == ['@"1f"', '@"a-b"', '@".x"']
    func = Func("f")
    b = Builder(func.ops)
    b.exp(func.add_arg(X))
    assert print_op(func.ops[0]) == '%1 = "pb.exp"(%0) : (tensor<4xf32>) -> tensor<4xf32>'
    assert Dense(np.float32(0.0)) != Dense(np.float32(-0.0))


def test_fast_enough_for_thousands_of_ops() -> None:
    """Typically 3 us to print and 20 us to parse an op; the bounds leave room for slow machines."""
    func = Func("main", public=True)
    b = Builder(func.ops)
    x = func.add_arg(X)
    for _ in range(3000):
        x = b.exp(x)
    func.results = [x]
    module = Module([func])
    start = time.perf_counter()
    text = print_module(module)
    printed = time.perf_counter()
    again = parse(text)
    parsed = time.perf_counter()
    assert equal_modules(module, again)
    assert printed - start < 0.3
    assert parsed - printed < 1.5


def test_visiting_ops_through_the_bindings_is_cheap_and_typed() -> None:
    """Without the modules in mlir_dialects, the bindings search for one at every op (17 us)."""
    from iree.compiler import ir

    text = "func.func @f(%x: tensor<2x3xf32>) -> tensor<2xf32> {\n"
    text += '%0 = "pb.reduce_sum"(%x) {axes = array<i64: 1>} : (tensor<2x3xf32>) -> tensor<2xf32>\n'
    text += "%1 = stablehlo.sine %0 : tensor<2xf32>\nreturn %0 : tensor<2xf32> }"
    with make_context():
        module = ir.Module.parse(text)
        ops = module.body.operations[0].regions[0].blocks[0].operations
        view = ops[0]
        assert type(view).__name__ == "ReduceSumOp"
        assert view.axes == (1,)
        assert view.SPEC is TABLE["pb.reduce_sum"]
        assert view.operand.type == ir.Type.parse("tensor<2x3xf32>")
        start = time.perf_counter()
        for _ in range(1000):
            list(ops)
        assert (time.perf_counter() - start) / 3000 < 10e-6
