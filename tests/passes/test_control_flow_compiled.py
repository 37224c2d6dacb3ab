"""Control flow through the whole pipeline: what IREE computes equals what the evaluator does. One compile for all cases."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from function_checks import Lab, f64, i32
from test_bounded_loops import bounded_args, counted_args, make_bounded, make_counted, make_solve
from test_control_flow import make_cond, make_nested, make_scan, make_while, nested_args
from test_custom_rules import make_checkpoint, make_custom_jvp, make_custom_vjp, vjp_args

import pullback
import pullback.numpy as pnp
from pullback import lax
from pullback.dialects.checkpoint import CHECKPOINT
from pullback.dialects.cond import COND
from pullback.dialects.ir import Func, Module
from pullback.dialects.scan import emit_scan
from pullback.dialects.types import Aval
from pullback.dialects.while_loop import WHILE
from pullback.passes.manager import DEFAULT_PIPELINE, run_pipeline
from pullback.runtime import LoadedModule, compile_stablehlo, get_device, resolve_target

RNG = np.random.default_rng(5)
C64 = Aval((2,), "c64")
Case = tuple[Lab, str, list[Any]]
CASES: dict[str, Callable[[Lab], tuple[str, list[Any]]]] = {}


def case(build: Callable[[Lab], tuple[str, list[Any]]]) -> Callable[[Lab], tuple[str, list[Any]]]:
    CASES[build.__name__] = build
    return build


def index(k: int) -> Any:
    return np.asarray(k, np.int32)


def scan_args(length: int = 4) -> list[Any]:
    return [np.asarray(RNG.normal(size=s)) for s in ((2,), (), (2,), (length, 2), (length, 2))]


@case
def cond(lab: Lab) -> tuple[str, list[Any]]:
    return make_cond(lab), [index(1), *RNG.normal(size=(2, 3))]


@case
def cond_of_each_example(lab: Lab) -> tuple[str, list[Any]]:
    name = lab.d.batch(make_cond(lab), (True, False, True), 4).name
    return name, [np.asarray([2, -1, 1, 5], np.int32), RNG.normal(size=3), RNG.normal(size=(4, 3))]


@case
def cond_vjp(lab: Lab) -> tuple[str, list[Any]]:
    name, _ = lab.vjp_func(make_cond(lab), (False, True, True))
    return name, [index(2), *RNG.normal(size=(4, 3))]


@case
def while_loop(lab: Lab) -> tuple[str, list[Any]]:
    return make_while(lab), [index(4), np.asarray(0.9), np.asarray(0.4)]


@case
def while_of_each_example(lab: Lab) -> tuple[str, list[Any]]:
    name = lab.d.batch(lab.d.jvp(make_while(lab), (False, True, True)).name, (True, False, True, False, True), 3).name
    return name, [np.asarray([0, 5, 2], np.int32), np.asarray(0.9), RNG.normal(size=3), np.asarray(1.0), RNG.normal(size=3)]


@case
def scan(lab: Lab) -> tuple[str, list[Any]]:
    return make_scan(lab), scan_args()


@case
def scan_reverse(lab: Lab) -> tuple[str, list[Any]]:
    return make_scan(lab, reverse=True), scan_args()


@case
def scan_vjp(lab: Lab) -> tuple[str, list[Any]]:
    name, _ = lab.vjp_func(make_scan(lab, reverse=True), (True,) * 5)
    return name, [*scan_args(), RNG.normal(size=2), np.asarray(RNG.normal()), RNG.normal(size=(4, 2)), RNG.normal(size=(4, 2))]


@case
def scan_of_each_example(lab: Lab) -> tuple[str, list[Any]]:
    w, c, h, xs, us = scan_args()
    return lab.d.batch(make_scan(lab), (False, False, False, True, False), 2).name, [w, c, h, np.stack([xs, 2 * xs]), us]


@case
def scan_of_nothing(lab: Lab) -> tuple[str, list[Any]]:
    return make_scan(lab, 0), scan_args(0)


def unrolled(length: int, unroll: int, reverse: bool) -> None:
    @case
    def build(lab: Lab) -> tuple[str, list[Any]]:
        body = lab.func("body", [f64(), f64()], lambda b, h, x: [b.add(b.mul(h, 0.5), x), b.mul(h, x)])

        def main(b: Any, h: Any, xs: Any) -> Any:
            carry, ys = emit_scan(lab.d, b, body, [], [h], [xs], length, reverse, unroll)
            return carry + ys

        return lab.func("main", [f64(), f64(length)], main), [np.asarray(0.3), RNG.normal(size=length)]

    CASES[f"scan_{length}_unrolled_{unroll}{'_reverse' * reverse}"] = CASES.pop("build")


for _length, _unroll, _reverse in ((7, 3, False), (7, 3, True), (6, 3, True), (3, 5, False), (1, 1, True)):
    unrolled(_length, _unroll, _reverse)


@case
def nested(lab: Lab) -> tuple[str, list[Any]]:
    return make_nested(lab), nested_args()


@case
def nested_vjp(lab: Lab) -> tuple[str, list[Any]]:
    name, _ = lab.vjp_func(make_nested(lab), (True, True, True, False, False))
    return name, [*nested_args(), np.asarray(RNG.normal()), RNG.normal(size=3)]


@case
def custom_jvp(lab: Lab) -> tuple[str, list[Any]]:
    return make_custom_jvp(lab), list(RNG.normal(size=(3, 2)))


@case
def custom_vjp_vjp(lab: Lab) -> tuple[str, list[Any]]:
    name, _ = lab.vjp_func(make_custom_vjp(lab), (True, True, False))
    return name, [*vjp_args(), RNG.normal(size=2)]


@case
def custom_vjp_linear(lab: Lab) -> tuple[str, list[Any]]:
    """A linear part that runs forward."""
    name = make_custom_vjp(lab)
    lin = lab.d.linearize(name, (True, True, False))
    residuals = lab.run(lin.fwd, vjp_args())[lin.n_outs :]
    return lin.lin, [*residuals, RNG.normal(size=2), RNG.normal(size=3)]


@case
def checkpoint_vjp(lab: Lab) -> tuple[str, list[Any]]:
    name, _ = lab.vjp_func(make_checkpoint(lab), (True, True, True))
    shapes = [(2,), (2,), (3, 2), (2,), (3, 2)]
    return name, [RNG.normal(size=s) for s in shapes]


@case
def complex_control_flow(lab: Lab) -> tuple[str, list[Any]]:
    """Complex values as constants, carries, xs, ys and arguments of every op with a body."""
    body = lab.func("body", [C64, C64, i32(), C64], lambda b, w, h, n, x: [b.mul(b.add(h, x), w), b.add(n, 1), b.mul(h, x)])
    stop = lab.func("stop", [i32(), i32(), C64], lambda b, limit, n, h: [b.compare(n, limit, direction="LT")])
    grow = lab.func("grow", [C64, i32(), C64], lambda b, w, n, h: [b.add(n, 1), b.mul(h, w)])
    times = lab.func("times", [C64, C64], lambda b, x, y: [b.mul(x, y)])
    plus = lab.func("plus", [C64, C64], lambda b, x, y: [b.add(x, y)])
    again = lab.func("again", [C64, C64], lambda b, x, y: [b.mul(b.mul(x, y), y)])

    def main(b: Any, k: Any, w: Any, h: Any, xs: Any) -> Any:
        (h, n), (ys,) = emit_scan(lab.d, b, body, [w], [h, k], [xs], 3)
        attrs = {"cond": stop, "body": grow, "cond_consts": 1, "body_consts": 1}
        n, h = b.emit_typed(WHILE, [b.full((), "i32", 6), w, n, h], attrs, [i32(), C64])
        out = b.emit_typed(COND, [k, h, w], {"branches": (times, plus)}, [C64])[0]
        out = b.emit_typed(CHECKPOINT, [out, w], {"callee": again, "barrier": True, "policy": "nothing_saveable"}, [C64])[0]
        return [out, n, ys]

    stacked = Aval((3, 2), "c64")
    name = lab.func("main", [i32(), C64, C64, stacked], main)
    return name, [index(1), *(lab.random(a, RNG) for a in (C64, C64, stacked))]


@case
def complex_scan_vjp(lab: Lab) -> tuple[str, list[Any]]:
    body = lab.func("body", [C64, C64, C64], lambda b, w, h, x: [b.add(b.mul(w, h), b.mul(x, x)), b.mul(h, x)])
    stacked = Aval((3, 2), "c64")

    def main(b: Any, w: Any, h: Any, xs: Any) -> Any:
        carry, ys = emit_scan(lab.d, b, body, [w], [h], [xs], 3)
        return carry + ys

    name, _ = lab.vjp_func(lab.func("main", [C64, C64, stacked], main), (True, True, True))
    return name, [lab.random(a, RNG) for a in (C64, C64, stacked, C64, stacked)]


@case
def counted_scan_vjp_of_each_example(lab: Lab) -> tuple[str, list[Any]]:
    name, _ = lab.vjp_func(make_counted(lab, reverse=True), (False, True, True, True))
    args = [*counted_args(3), np.asarray(0.4), RNG.normal(size=4)]
    args[0], args[3] = np.asarray([2, 0, 9], np.int32), RNG.normal(size=(3, 4))
    return lab.d.batch(name, (True, False, False, True, False, False), 3).name, args


@case
def bounded_while(lab: Lab) -> tuple[str, list[Any]]:
    return make_bounded(lab, 4), bounded_args(9)


@case
def bounded_while_vjp(lab: Lab) -> tuple[str, list[Any]]:
    name, _ = lab.vjp_func(make_bounded(lab, 9), (False, True, True))
    return name, [*bounded_args(4), RNG.normal(size=2), np.asarray(0.7)]


@case
def bounded_while_vjp_of_each_example(lab: Lab) -> tuple[str, list[Any]]:
    name, _ = lab.vjp_func(make_bounded(lab, 5), (False, True, True))
    args = [np.asarray([3, 0, 8], np.int32), np.asarray(0.9), RNG.normal(size=(3, 2)), RNG.normal(size=2), np.asarray(0.7)]
    return lab.d.batch(name, (True, False, True, False, False), 3).name, args


@case
def bounded_while_second_order(lab: Lab) -> tuple[str, list[Any]]:
    first, _ = lab.vjp_func(make_bounded(lab, 6), (False, True, False))
    name, _ = lab.vjp_func(first, (False, True, False, False, False))
    return name, [*bounded_args(4), RNG.normal(size=2), np.asarray(0.7), np.asarray(1.3)]


@case
def linear_solve_vjp(lab: Lab) -> tuple[str, list[Any]]:
    name, _ = lab.vjp_func(make_solve(lab), (True, True))
    return name, [np.asarray([[3.0, 1.0], [0.5, -2.0]]), RNG.normal(size=2), RNG.normal(size=2)]


@pytest.fixture(scope="module")
def compiled() -> tuple[Any, dict[str, tuple[list[Any], list[Any]]]]:
    """All cases in one module: the loaded program, and arguments and expected results by name."""
    funcs: dict[str, Func] = {}
    expected = {}
    for title, build in CASES.items():
        lab = Lab()
        name, args = build(lab)
        expected[title] = (args, lab.run(name, args))
        prefix = {n: f"{title}.{n}" for n in lab.module.funcs}
        for f in lab.module.funcs.values():
            funcs[prefix[f.name]] = renamed(f, prefix)
        main = renamed(lab.d.prepared(name), prefix)
        main.name, main.public = title, True
        funcs[title] = main
    text = run_pipeline(Module(funcs.values()), DEFAULT_PIPELINE)
    vmfb = compile_stablehlo(text, resolve_target("cpu"))
    return LoadedModule(vmfb, get_device("cpu")), expected


def renamed(func: Func, names: dict[str, str]) -> Func:
    """A copy whose references to functions are renamed."""
    from pullback.dialects.ir import Op, Symbol
    from pullback.dialects.spec import SYMBOL, SYMBOLS

    out = Func(names[func.name], func.loc)
    out.args, out.results = func.args, func.results
    for op in func.ops:
        attrs = dict(op.attrs)
        for key, kind in op.spec.attrs.items():
            if kind == SYMBOL:
                attrs[key] = Symbol(names[attrs[key]])
            elif kind == SYMBOLS:
                attrs[key] = tuple(Symbol(names[n]) for n in attrs[key])
        new = Op(op.spec, op.operands, attrs, [], op.loc)
        new.results = op.results
        out.ops.append(new)
    return out


@pytest.mark.parametrize("title", [pytest.param(title, id=f"{title}@control-flow") for title in CASES])
def test_compiled(compiled: Any, title: str) -> None:
    loaded, expected = compiled
    args, want = expected[title]
    args = [np.asarray(a) for a in args]
    copies = [a.copy() for a in args]
    function = loaded.function(title, [(a.shape, a.dtype) for a in args], [(np.shape(w), np.asarray(w).dtype) for w in want])
    if title == "cond":  # an index out of range
        for k in (-7, 0, 7):
            _, x, y = args
            np.testing.assert_array_equal(function.run(index(k), x, y)[1], min(max(k, 0), 2) + 1)
    for _ in range(2):  # a second call finds the arguments, and the constants that loops start from, unharmed
        for got, w in zip(function.run(*args), want, strict=True):
            assert got.dtype == np.asarray(w).dtype and got.shape == np.shape(w)
            tol = 1e-4 if got.dtype == np.complex64 else 1e-10
            np.testing.assert_allclose(got, w, rtol=tol, atol=tol)
    for a, c in zip(args, copies):
        np.testing.assert_array_equal(a, c)


def test_loops_that_do_not_use_or_double_what_they_carry() -> None:
    """IREE crashes, or rejects the loop, unless such loops are written with care (`HloBuilder.while_loop`)."""
    x = np.float32([0.3, 0.5, 0.9])
    far = lambda a, b: pnp.max(pnp.abs(a - b)) > 1e-3

    def shifted(x: Any) -> Any:  # the older value is used by the condition only
        return lax.while_loop(lambda c: far(*c), lambda c: (c[1], pnp.cos(c[1])), (x, pnp.cos(x)))

    def doubled(x: Any) -> Any:
        return lax.while_loop(lambda c: far(*c), lambda c: (pnp.cos(c[0]) + c[1],) * 2, (x, pnp.sin(x)))

    def nested(x: Any) -> Any:
        inner = lambda c: lax.while_loop(lambda d: d[0] < 3, lambda d: (d[0] + 1, d[2], pnp.cos(d[2])), (0, *c))[1:]
        return lax.while_loop(lambda c: far(*c), inner, (x, pnp.cos(x)))

    every = lambda x: (shifted(x), doubled(x), nested(x))
    for got, want in zip(pullback.tree.leaves(pullback.jit(every)(x)), pullback.tree.leaves(every(x))):
        np.testing.assert_allclose(got, want, rtol=1e-6)
