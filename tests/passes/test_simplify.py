"""simplify: what it removes, what it must leave alone, and that values never change."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from op_examples import cases

from pullback.dialects.builder import Builder
from pullback.dialects.ir import Func, Module, Value
from pullback.dialects.simplify_rules import holds_all
from pullback.dialects.spec import TABLE
from pullback.dialects.types import DTYPES, Aval, np_dtype
from pullback.passes.deriver import Deriver
from pullback.passes.evaluate import Evaluator
from pullback.passes.manager import run_pipeline

X = Aval((2, 3), "f32")
ROLL = (2, 0, 1)


def simplified(body: Callable[..., Any], *avals: Aval) -> tuple[list[str], list[Value], Func]:
    """Names of the ops left after simplify and dce, the results, and the function."""
    func = Func("main", public=True)
    b = Builder(func.ops)
    out = body(b, *[func.add_arg(a) for a in avals])
    func.results = [out] if isinstance(out, Value) else list(out)
    done = run_pipeline(Module([func]), "simplify,dce", verify_each=True)["main"]
    return [op.spec.short for op in done.ops], done.results, done


IDENTITIES: list[Callable[..., Any]] = [
    lambda b, x: b.add(x, 0.0),
    lambda b, x: b.add(b.full((2, 3), "f32", -0.0), x),
    lambda b, x: b.sub(x, 0.0),
    lambda b, x: b.mul(x, 1.0),
    lambda b, x: b.mul(b.full((2, 3), "f32", 1), x),
    lambda b, x: b.div(x, 1.0),
    lambda b, x: b.pow(x, b.full((2, 3), "f32", 1)),
    lambda b, x: b.integer_pow(x, y=1),
    lambda b, x: b.neg(b.neg(x)),
    lambda b, x: b.transpose(b.transpose(x, perm=(1, 0)), perm=(1, 0)),
    lambda b, x: b.transpose(x, perm=(0, 1)),
    lambda b, x: b.reshape(b.reshape(b.reshape(x, shape=(6,)), shape=(3, 2)), shape=(2, 3)),
    lambda b, x: b.broadcast_in_dim(x, shape=(2, 3), dims=(0, 1)),
    lambda b, x: b.slice(x, start=(0, 0), limit=(2, 3), strides=(1, 1)),
    lambda b, x: b.pad(x, b.full((), "f32", 3), low=(0, 0), high=(0, 0), interior=(0, 0)),
    lambda b, x: b.concatenate(x, axis=0),
    lambda b, x: b.concatenate(x, b.full((0, 3), "f32", 1), axis=0),
    lambda b, x: b.reverse(b.reverse(x, dims=(0, 1)), dims=(1, 0)),
    lambda b, x: b.reverse(x, dims=()),
    lambda b, x: b.reduce_sum(x, axes=()),
    lambda b, x: b.convert(x, dtype="f32"),
    lambda b, x: b.convert(b.convert(x, dtype="f64"), dtype="f32"),
    lambda b, x: b.select(b.full((2, 3), "i1", True), x, b.exp(x)),
    lambda b, x: b.select(b.compare(x, b.exp(x), direction="LT"), x, x),
    lambda b, x: b.max(x, x),
    lambda b, x: b.real(b.complex(x, b.exp(x))),
    lambda b, x: b.imag(b.complex(b.exp(x), x)),
    lambda b, x: b.dynamic_slice(x, b.full((), "i32", 1), b.full((), "i32", 0), slice_sizes=(2, 3)),
    lambda b, x: b.add(b.mul(b.sub(x, 0.0), 1.0), 0.0),
]


@pytest.mark.parametrize("body", IDENTITIES, ids=range(len(IDENTITIES)))
def test_identities_vanish(body: Callable[..., Any]) -> None:
    ops, results, func = simplified(body, X)
    assert ops == []
    assert results == func.args


@pytest.mark.parametrize(
    ("body", "left"),
    [
        (lambda b, x: b.mul(x, 0.0), ["constant", "mul"]),  # NaN stays NaN
        (lambda b, x: b.sub(0.0, x), ["constant", "sub"]),
        (lambda b, x: b.sub(x, x), ["sub"]),
        (lambda b, x: b.convert(b.convert(x, dtype="f16"), dtype="f32"), ["convert", "convert"]),
        (lambda b, x: b.convert(b.convert(x, dtype="i32"), dtype="f32"), ["convert", "convert"]),
        (lambda b, x: b.add(b.add(x, 1e30), -1e30), ["constant", "add", "constant", "add"]),
        (lambda b, x: b.optimization_barrier(x), ["optimization_barrier"]),
        (lambda b, x: b.optimization_barrier(b.full((), "f32", 1)), ["constant", "optimization_barrier"]),
        (lambda b, x: b.slice(x, start=(0, 1), limit=(2, 3), strides=(1, 1)), ["slice"]),
    ],
)
def test_what_must_stay(body: Callable[..., Any], left: list[str]) -> None:
    assert simplified(body, X)[0] == left


@pytest.mark.parametrize(
    ("body", "left"),
    [
        (lambda b, x: b.transpose(b.transpose(b.reshape(x, shape=(1, 2, 3)), perm=ROLL), perm=ROLL),
         ["reshape", "transpose"]),
        (lambda b, x: b.broadcast_in_dim(b.broadcast_front(x, 1), shape=(5, 4, 2, 3), dims=(1, 2, 3)), ["broadcast_in_dim"]),
        (lambda b, x: b.reshape(b.reshape(x, shape=(6,)), shape=(3, 2)), ["reshape"]),
        (lambda b, x: b.add(x, b.neg(b.exp(x))), ["exp", "sub"]),
        (lambda b, x: b.sub(x, b.neg(b.exp(x))), ["exp", "add"]),
        (lambda b, x: b.mul(b.neg(x), b.neg(b.exp(x))), ["exp", "mul"]),
        (lambda b, x: b.convert(b.convert(b.convert(x, dtype="i8"), dtype="i32"), dtype="f32"), ["convert", "convert"]),
        (lambda b, x: b.reduce_sum(b.reshape(x, shape=(1, 6)), axes=(0,)), ["reshape"]),
        (lambda b, x: b.select(b.not_(b.compare(x, b.exp(x), direction="LT")), x, b.exp(x)), ["exp", "compare", "select"]),
    ],
)  # fmt: skip
def test_chains_merge(body: Callable[..., Any], left: list[str]) -> None:
    ops = simplified(body, X)[0]
    assert sorted(set(ops)) == sorted(set(left))
    assert len(ops) <= len(left) + 1  # cse has not run


def test_constants_fold() -> None:
    def body(b: Builder, x: Value) -> list[Value]:
        big = b.full((1000, 1000), "f32", 2.0)  # a splat of any size folds as one element
        small = b.const(np.arange(6, dtype=np.float32).reshape(2, 3))
        return [b.mul(b.exp(big), big), b.reduce_sum(b.transpose(small, perm=(1, 0)), axes=(0,)), b.reshape(big, shape=(1000000,))]

    ops, results, _ = simplified(body, X)
    assert set(ops) == {"constant"}
    values = [v.op.attrs["value"].array for v in results]  # type: ignore[union-attr]
    assert values[0].shape == () and values[0] == np.float32(np.exp(np.float32(2)) * np.float32(2))
    np.testing.assert_array_equal(values[1], [3, 12])
    assert values[2].shape == () and results[2].shape == (1000000,)


def test_large_constants_do_not_fold() -> None:
    def body(b: Builder, x: Value) -> Value:
        return b.exp(b.const(np.arange(100, dtype=np.float32)))

    assert simplified(body, X)[0] == ["constant", "exp"]


def test_division_by_zero_and_overflow_fold_silently() -> None:
    def body(b: Builder, x: Value) -> list[Value]:
        zero, one = b.full((), "f32", 0), b.full((), "f32", 1)
        return [b.div(one, zero), b.div(zero, zero), b.exp(b.full((), "f32", 1000)), b.log(b.neg(one))]

    values = [v.op.attrs["value"].array[()] for v in simplified(body, X)[1]]  # type: ignore[union-attr]
    assert values[0] == np.inf and np.isnan(values[1]) and values[2] == np.inf and np.isnan(values[3])


def test_an_unchanged_function_is_the_same_object() -> None:
    func = Func("main", public=True)
    func.results = [Builder(func.ops).exp(func.add_arg(X))]
    module = Module([func])
    assert run_pipeline(module, "simplify")["main"] is func


def test_values_do_not_change() -> None:
    """Every example of every op, after simplification, on the same arguments."""
    for c in cases(("f32", "i32", "i1", "c64")):
        module = Module([c.func])
        done = run_pipeline(module, "simplify,cse,dce", verify_each=True)
        before, after = (Evaluator(Deriver(m)).evaluate(m[c.func.name], c.arrays) for m in (module, done))
        for x, y in zip(before, after):
            np.testing.assert_array_equal(x, y, err_msg=c.func.name)


def test_reversed_elements_with_gaps_are_elements_with_gaps_of_the_reversed_array() -> None:
    """IREE does not compile the former; values are those of NumPy, compiled too."""
    import pullback

    x = np.arange(42, dtype=np.float32).reshape(6, 7)
    views: list[Callable[[Any], Any]] = [
        lambda x: x[..., 1::2][..., ::-1],
        lambda x: x[..., 1::3][::-1],
        lambda x: x[1:5:2, :6:4][::-1, ::-1],
        lambda x: x[:, 2::2].T[::-1],
        lambda x: x[:, :0:2][:, ::-1],
    ]
    for got, view in zip(pullback.jit(lambda x: [v(x) for v in views])(x), views):
        np.testing.assert_array_equal(got, view(x))

    def body(b: Builder, x: Value) -> Value:
        return b.reverse(b.slice(x, start=(0, 0), limit=(2, 3), strides=(1, 2)), dims=(1,))

    assert simplified(body, X)[0] == ["reverse", "slice"]


def test_exact_conversions_are_exact() -> None:
    """`holds_all` against NumPy's own idea of safe casts (bf16 apart, which NumPy does not order)."""
    for wide in DTYPES:
        for narrow in DTYPES:
            if "bf16" in (wide, narrow) or wide == "i1":
                continue
            # NumPy calls 64-bit integers safe in float64, where large ones round
            numpy_says = np.can_cast(np_dtype(narrow), np_dtype(wide)) and not (
                narrow in ("i64", "ui64") and wide in ("f64", "c128")
            )
            assert holds_all(wide, narrow) == numpy_says, (wide, narrow)
    assert holds_all("f32", "bf16") and not holds_all("f16", "bf16") and not holds_all("bf16", "f16")


def test_rules_are_for_ops_that_exist() -> None:
    assert sum(spec.simplify is not None for spec in TABLE.values()) > 30
