"""cond, while and scan: all derivations, nested in one another, against independent computations."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from function_checks import Lab, check_batch, check_derivatives, check_everything, close, f64, i32

from pullback.dialects.cond import COND
from pullback.dialects.function_rules import take
from pullback.dialects.ir import UNKNOWN, Func
from pullback.dialects.scan import emit_scan
from pullback.dialects.spec import NotDifferentiableError
from pullback.dialects.types import Tape
from pullback.dialects.while_loop import WHILE

RNG = np.random.default_rng(7)


@pytest.fixture
def lab() -> Lab:
    return Lab()


def index(k: int) -> Any:
    return np.asarray(k, np.int32)


# cond ----------------------------------------------------------------------------------------------------------------------
def make_cond(lab: Lab) -> str:
    """Three branches of two arguments: with different activity, an integer result, an argument returned as it is."""
    avals = [f64(3), f64(3)]

    def zero(b: Any, x: Any, y: Any) -> Any:
        return [b.mul(b.sin(x), y), b.full((), "i32", 1), x]

    def one(b: Any, x: Any, y: Any) -> Any:
        return [b.full((3,), "f64", 2.0), b.full((), "i32", 2), b.mul(b.exp(x), b.exp(y))]

    def two(b: Any, x: Any, y: Any) -> Any:
        return [b.mul(x, b.mul(x, b.cos(y))), b.full((), "i32", 3), b.sin(b.mul(x, y))]

    branches = tuple(lab.func(f.__name__, avals, f) for f in (zero, one, two))

    def main(b: Any, i: Any, x: Any, y: Any) -> Any:
        return b.emit_typed(COND, [i, b.mul(x, y), y], {"branches": branches}, [f64(3), i32(), f64(3)])

    return lab.func("main", [i32(), *avals], main)


def test_cond_clamps_its_index(lab: Lab) -> None:
    name = make_cond(lab)
    x, y = RNG.normal(size=(2, 3))
    for k, branch in ((-5, 1), (0, 1), (1, 2), (2, 3), (9, 3)):
        assert lab.run(name, [index(k), x, y])[1] == branch


@pytest.mark.parametrize("k", [0, 1, 2])
@pytest.mark.parametrize("active", [(False, True, True), (False, True, False), (False, False, True)])
def test_cond_derivatives(lab: Lab, k: int, active: tuple[bool, ...]) -> None:
    x, y = RNG.normal(size=(2, 3))
    masks = [(False, True, False), (True, False, False), (True, True, True)]
    check_everything(lab, make_cond(lab), [index(k), x, y], active, masks)


def test_cond_residuals_share_slots(lab: Lab) -> None:
    """Each branch saves one array besides its arguments; one slot serves all."""
    branches = tuple(lab.func(f, [f64(3)], lambda b, x, f=f: [getattr(b, f)(x)]) for f in ("sin", "cos", "tanh"))

    def main(b: Any, i: Any, x: Any) -> Any:
        return b.emit_typed(COND, [i, b.exp(x)], {"branches": branches}, [f64(3)])

    name = lab.func("main", [i32(), f64(3)], main)
    lin = lab.d.linearize(name, (False, True))
    (cond,) = [op for op in lab.d.prepared(lin.fwd).ops if op.spec is COND]
    assert len(cond.results) == 2
    check_derivatives(lab, name, [index(1), RNG.normal(size=3)], (False, True))


# while ---------------------------------------------------------------------------------------------------------------------
def make_while(lab: Lab) -> str:
    """Counts to a limit; the second carry becomes active through the first, the third never does."""
    cond = lab.func("cond", [i32(), i32(), f64(), f64(), f64()], lambda b, n, i, x, y, z: [b.compare(i, n, direction="LT")])

    def body(b: Any, a: Any, i: Any, x: Any, y: Any, z: Any) -> Any:
        return [b.add(i, 1), b.mul(b.sin(x), a), b.add(y, x), b.mul(z, 0.5)]

    step = lab.func("body", [f64(), i32(), f64(), f64(), f64()], body)

    def main(b: Any, n: Any, a: Any, x: Any) -> Any:
        init = [b.full((), "i32", 0), x, b.full((), "f64", 0.25), b.full((), "f64", 1.0)]
        attrs = {"cond": cond, "body": step, "cond_consts": 1, "body_consts": 1}
        return b.emit_typed(WHILE, [n, a, *init], attrs, [i32(), f64(), f64(), f64()])

    return lab.func("main", [i32(), f64(), f64()], main)


def test_while(lab: Lab) -> None:
    name = make_while(lab)
    i, x, y, z = lab.run(name, [index(3), np.float64(0.9), np.float64(0.4)])
    want_x, want_y = 0.4, 0.25
    for _ in range(3):
        want_x, want_y = np.sin(want_x) * 0.9, want_y + want_x
    assert i == 3
    close([x, y, z], [want_x, want_y, 0.125])
    assert lab.run(name, [index(0), np.float64(1), np.float64(2)])[0] == 0


@pytest.mark.parametrize("active", [(False, True, True), (False, True, False), (False, False, True)])
def test_while_forward_mode(lab: Lab, active: tuple[bool, ...]) -> None:
    args = [index(4), np.asarray(0.9), np.asarray(0.4)]
    name = make_while(lab)
    check_derivatives(lab, name, args, active, reverse=False)
    derived = lab.d.jvp(name, active)
    check_derivatives(lab, derived.name, args + args[1:][: sum(active)], [*active, *[True] * sum(active)], reverse=False)


def test_while_has_no_reverse_mode(lab: Lab) -> None:
    lin = lab.d.linearize(make_while(lab), (False, False, True))
    with pytest.raises(NotDifferentiableError, match="does not work through a while loop"):
        lin.bwd([True] * sum(lin.mask))


@pytest.mark.parametrize("batched", [(False, True, False), (False, False, True), (True, False, False), (True, True, True)])
def test_while_batch(lab: Lab, batched: tuple[bool, ...]) -> None:
    name = make_while(lab)
    args = [index(2), np.asarray(0.9), np.asarray(0.4)]
    check_batch(lab, name, args, batched)
    derived = lab.d.batch(name, batched, 2)
    wide = [np.stack([x, x + 1]) if on else x for x, on in zip(args, batched)]
    check_derivatives(lab, derived.name, wide, (False, True, True), reverse=False)
    check_batch(lab, lab.d.jvp(name, (False, True, True)).name, [*args, args[1], args[2]], [*batched, True, False])


# scan ----------------------------------------------------------------------------------------------------------------------
LENGTH = 4


def make_scan(lab: Lab, length: int = LENGTH, reverse: bool = False) -> str:
    """A counter, a carry that starts inactive, constants, xs that are ys as they are."""

    def body(b: Any, w: Any, c: Any, i: Any, h: Any, s: Any, x: Any, u: Any) -> Any:
        step = b.convert(i, dtype="f64")
        new = b.mul(b.sin(b.mul(w, h)), b.broadcast_in_dim(c, shape=(2,), dims=()))
        new = b.add(new, b.mul(x, b.exp(w)))
        total = b.add(s, b.mul(b.reduce_sum(b.mul(new, x), axes=(0,)), step))
        return [b.add(i, 1), new, total, b.mul(new, u), x, i]

    step = lab.func("body", [f64(2), f64(), i32(), f64(2), f64(), f64(2), f64(2)], body)

    def main(b: Any, w: Any, c: Any, h: Any, xs: Any, us: Any) -> Any:
        init = [b.full((), "i32", 1), h, b.full((), "f64", 0.5)]
        carry, ys = emit_scan(lab.d, b, step, [w, c], init, [xs, us], length, reverse)
        return [*carry[1:], *ys]

    return lab.func("main", [f64(2), f64(), f64(2), f64(length, 2), f64(length, 2)], main)


def scan_args(length: int = LENGTH) -> list[Any]:
    shapes = [(2,), (), (2,), (length, 2), (length, 2)]
    return [np.asarray(RNG.normal(size=s)) for s in shapes]


@pytest.mark.parametrize("reverse", [False, True])
def test_scan_value(lab: Lab, reverse: bool) -> None:
    args = scan_args()
    w, c, h, xs, us = args
    s, ys = 0.5, np.zeros((LENGTH, 2))
    steps = np.zeros(LENGTH, np.int32)
    for k, i in enumerate(reversed(range(LENGTH)) if reverse else range(LENGTH)):
        h = np.sin(w * h) * c + xs[i] * np.exp(w)
        s += np.sum(h * xs[i]) * (k + 1)
        ys[i], steps[i] = h * us[i], k + 1
    got = lab.run(make_scan(lab, reverse=reverse), args)
    for x, y in zip(got, [h, s, ys, xs, steps], strict=True):
        close(x, y)


@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize(
    "active", [(1, 1, 1, 1, 1), (1, 0, 0, 0, 0), (0, 1, 0, 0, 0), (0, 0, 1, 0, 0), (0, 0, 0, 1, 0), (0, 0, 0, 0, 1)]
)
def test_scan_derivatives(lab: Lab, reverse: bool, active: tuple[int, ...]) -> None:
    name = make_scan(lab, reverse=reverse)
    check_derivatives(lab, name, scan_args(), [bool(a) for a in active])


@pytest.mark.parametrize(
    "batched", [(1, 0, 0, 0, 0), (0, 0, 1, 0, 0), (0, 0, 0, 1, 0), (0, 0, 0, 0, 1), (1, 1, 1, 1, 1), (0, 1, 0, 1, 0)]
)
def test_scan_batch(lab: Lab, batched: tuple[int, ...]) -> None:
    mask = [bool(m) for m in batched]
    check_everything(lab, make_scan(lab), scan_args(), [True] * 5, [mask], order=1)


@pytest.mark.parametrize("length", [0, 1])
def test_short_scans(lab: Lab, length: int) -> None:
    check_everything(lab, make_scan(lab, length), scan_args(length), [True] * 5, [[False, True, False, True, False]])


def saved_by(lab: Lab, name: str, active: tuple[bool, ...]) -> int:
    """How many arrays the scan in the primal part of `name` saves besides its results."""
    results = lab.d.linearize(name, active).fwd
    (after,) = [op for op in lab.d.prepared(results).ops if op.spec.name == "pbfn.scan"]
    (before,) = [op for op in lab.d.prepared(name).ops if op.spec.name == "pbfn.scan"]
    return len(after.results) - len(before.results)


def test_scan_saves_what_it_must(lab: Lab) -> None:
    """Not what is the same in all iterations, nor what is stacked already as xs or ys."""
    assert saved_by(lab, make_hoisting(lab), (False, True)) == 0
    assert saved_by(lab, make_hoisting(lab), (True, True)) == 1  # the carry
    # cos(w h), the counter as a float, and the carry after the step
    assert saved_by(lab, make_scan(lab), (False, False, True, False, True)) == 3
    cell = lab.func("cell", [f64(), f64(), f64()], lambda b, w, h, x: [v := b.sin(b.mul(w, b.add(h, x))), v, b.mul(v, v)])

    def main(b: Any, w: Any, h: Any, xs: Any) -> Any:
        carry, ys = emit_scan(lab.d, b, cell, [w], [h], [xs], 3)
        return carry + ys

    name = lab.func("cells", [f64(), f64(), f64(3)], main)
    assert saved_by(lab, name, (False, True, True)) == 1  # cos; sin is a result
    check_everything(lab, name, [np.asarray(0.3), np.asarray(0.7), RNG.normal(size=3)], [True] * 3, [[False, True, True]])


def make_hoisting(lab: Lab) -> str:
    body = lab.func("hoist", [f64(), f64()], lambda b, w, h: [b.mul(h, b.exp(b.sin(w)))])
    return lab.func("main_hoist", [f64(), f64()], lambda b, w, h: emit_scan(lab.d, b, body, [w], [h], [], 5)[0])


def test_hoisted_residuals(lab: Lab) -> None:
    name = make_hoisting(lab)
    check_everything(lab, name, [np.asarray(0.3), np.asarray(0.7)], [True, True], [[True, False], [False, True]])
    check_derivatives(lab, name, [np.asarray(0.3), np.asarray(0.7)], [False, True])


def test_transpose_of_scan_with_counter(lab: Lab) -> None:
    """A scan that is linear in its carry but counts beside it."""

    def body(b: Any, i: Any, h: Any, x: Any) -> Any:
        return [b.add(i, 1.0), b.add(b.mul(h, i), x), b.mul(x, b.exp(i))]

    step = lab.func("body", [f64(), f64(), f64()], body)

    def main(b: Any, h: Any, xs: Any) -> Any:
        carry, ys = emit_scan(lab.d, b, step, [], [b.full((), "f64", 0.0), h], [xs], 3)
        return [carry[1], *ys]

    name = lab.func("main", [f64(), f64(3)], main)
    args, cts = [np.asarray(0.4), RNG.normal(size=3)], [np.asarray(1.7), RNG.normal(size=3)]
    derived = lab.d.transpose(name, (True, True), (True, True), (True, True))
    grads = lab.run(derived.name, cts)
    close(sum(np.sum(g * a) for g, a in zip(grads, args)), sum(np.sum(c * o) for c, o in zip(cts, lab.run(name, args))))


def test_scan_over_complex_values(lab: Lab) -> None:
    from pullback.dialects.types import Aval

    c128 = Aval((2,), "c128")
    body = lab.func("body", [c128, c128, c128], lambda b, w, h, x: [b.add(b.mul(w, h), b.mul(x, x)), b.mul(h, x)])
    stacked = Aval((3, 2), "c128")

    def main(b: Any, w: Any, h: Any, xs: Any) -> Any:
        carry, ys = emit_scan(lab.d, b, body, [w], [h], [xs], 3)
        return carry + ys

    name = lab.func("main", [c128, c128, stacked], main)
    args = [lab.random(a, RNG) for a in (c128, c128, stacked)]
    check_derivatives(lab, name, args, [True] * 3)


# nested --------------------------------------------------------------------------------------------------------------------
def make_nested(lab: Lab) -> str:
    """A scan whose body chooses between a scan and plain arithmetic; the inner scan chooses again."""
    half = lab.func("half", [f64(), f64()], lambda b, x, w: [b.mul(x, b.sin(w))])
    twist = lab.func("twist", [f64(), f64()], lambda b, x, w: [b.tanh(b.mul(x, w))])

    def inner(b: Any, w: Any, h: Any, k: Any) -> Any:
        new = b.emit_typed(COND, [k, h, w], {"branches": (half, twist)}, [f64()])[0]
        return [new, b.mul(new, w)]

    inner_body = lab.func("inner", [f64(), f64(), i32()], inner)

    def looping(b: Any, h: Any, w: Any, ks: Any) -> Any:
        carry, ys = emit_scan(lab.d, b, inner_body, [w], [h], [ks], 3)
        return [b.add(carry[0], b.reduce_sum(ys[0], axes=(0,)))]

    loop = lab.func("loop", [f64(), f64(), i32(3)], looping)
    plain = lab.func("plain", [f64(), f64(), i32(3)], lambda b, h, w, ks: [b.exp(b.mul(h, w))])

    def outer(b: Any, w: Any, ks: Any, h: Any, k: Any, x: Any) -> Any:
        new = b.emit_typed(COND, [k, b.add(h, x), w, ks], {"branches": (loop, plain)}, [f64()])[0]
        return [new, b.mul(new, x)]

    outer_body = lab.func("outer", [f64(), i32(3), f64(), i32(), f64()], outer)

    def main(b: Any, w: Any, h: Any, xs: Any, choice: Any, ks: Any) -> Any:
        carry, ys = emit_scan(lab.d, b, outer_body, [w, ks], [h], [choice, xs], 3)
        return carry + ys

    return lab.func("main", [f64(), f64(), f64(3), i32(3), i32(3)], main)


def nested_args() -> list[Any]:
    ints = [np.asarray([0, 1, 0], np.int32), np.asarray([1, 0, 1], np.int32)]
    return [np.asarray(0.7), np.asarray(0.3), RNG.normal(size=3) * 0.3, *ints]


def test_nested_control_flow(lab: Lab) -> None:
    active = [True, True, True, False, False]
    masks = [[True, False, False, False, False], [False, False, True, False, False], [False, False, False, True, False]]
    masks += [[False, True, False, False, True], [True] * 5]
    check_everything(lab, make_nested(lab), nested_args(), active, masks)


def test_while_inside_scan_inside_cond(lab: Lab) -> None:
    """Forward mode and batching with a predicate of each example, inside other control flow."""
    cond = lab.func("cond", [f64()], lambda b, x: [b.compare(b.mul(x, x), b.full_like(x, 2.0), direction="LT")])
    body = lab.func("grow", [f64(), f64()], lambda b, w, x: [b.add(b.mul(x, 1.5), b.sin(w))])

    def step(b: Any, w: Any, h: Any, x: Any) -> Any:
        attrs = {"cond": cond, "body": body, "cond_consts": 0, "body_consts": 1}
        out = b.emit_typed(WHILE, [w, b.add(b.mul(h, 0.25), x)], attrs, [f64()])[0]
        return [out, b.mul(out, h)]

    loop = lab.func("step", [f64(), f64(), f64()], step)

    def looping(b: Any, w: Any, h: Any, xs: Any) -> Any:
        carry, ys = emit_scan(lab.d, b, loop, [w], [h], [xs], 3)
        return [carry[0], ys[0]]

    first = lab.func("looping", [f64(), f64(), f64(3)], looping)
    second = lab.func("scaled", [f64(), f64(), f64(3)], lambda b, w, h, xs: [b.mul(w, h), b.sin(xs)])

    def main(b: Any, k: Any, w: Any, h: Any, xs: Any) -> Any:
        return b.emit_typed(COND, [k, w, h, xs], {"branches": (first, second)}, [f64(), f64(3)])

    name = lab.func("main", [i32(), f64(), f64(), f64(3)], main)
    args = [index(0), np.asarray(0.5), np.asarray(0.3), np.asarray([0.2, 0.4, 0.6])]
    check_derivatives(lab, name, args, [False, True, True, True], reverse=False)
    for mask in ([False, True, False, False], [True, False, False, True], [False, False, True, False]):
        check_batch(lab, name, args, mask)
        check_batch(lab, lab.d.jvp(name, (False, True, True, True)).name, args + args[1:], [*mask, False, True, False])


# tapes ---------------------------------------------------------------------------------------------------------------------
def test_scan_captures_a_tape(lab: Lab) -> None:
    """A function returned by vjp is called in a loop body: its tape is a constant of the loop and becomes residuals."""
    from pullback.dialects.builder import Builder
    from pullback.dialects.scan import SCAN
    from pullback.dialects.spec import TABLE

    f = lab.func("f", [f64(2)], lambda b, x: [b.sin(b.mul(x, b.exp(x)))])
    tape = Tape(f, (True,))
    body = Func("body")
    b = Builder(body.ops)
    t, h, x = body.add_arg(tape), body.add_arg(f64(2)), body.add_arg(f64(2))
    grad = b.emit_typed(TABLE["pbfn.vjp_bwd"], [t, b.mul(h, x)], {}, [f64(2)])[0]
    body.results = [b.add(grad, h), grad]
    lab.module.add(body)

    main = Func("main", UNKNOWN, True)
    b = Builder(main.ops)
    x, h, xs = main.add_arg(f64(2)), main.add_arg(f64(2)), main.add_arg(f64(3, 2))
    y, t = b.emit_typed(TABLE["pbfn.vjp_fwd"], [x], {"callee": f, "active": (True,)}, [f64(2), tape])
    attrs = {"body": "body", "num_consts": 1, "num_carry": 1, "length": 3, "reverse": False, "unroll": 1}
    main.results = [y, *b.emit_typed(SCAN, [t, h, xs], attrs, [f64(2), f64(3, 2)])]
    lab.module.add(main)

    args = [RNG.normal(size=2), RNG.normal(size=2), RNG.normal(size=(3, 2))]
    y, carry, ys = lab.run("main", args)
    slope = np.cos(args[0] * np.exp(args[0])) * np.exp(args[0]) * (1 + args[0])
    h = args[1]
    for k in range(3):
        close(ys[k], slope * h * args[2][k])
        h = h + ys[k]
    close(carry, h)
    check_everything(lab, "main", args, [True] * 3, [[True, False, False], [False, True, True]])


def test_take_and_memo(lab: Lab) -> None:
    assert take([1, 2, 3, 4], 1, 2) == [[1], [2, 3], [4]]
    name = make_nested(lab)
    active = (True, True, True, False, False)
    first = lab.d.linearize(name, active)
    count = len(lab.module.funcs)
    assert lab.d.linearize(name, active) is first
    assert len(lab.module.funcs) == count
