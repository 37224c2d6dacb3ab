"""custom_jvp, custom_vjp, checkpoint and collectives: their rules are honoured by every derivation, nested ones included."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from function_checks import Lab, check_batch, check_derivatives, check_everything, close, f64, i32

from pullback.dialects.checkpoint import CHECKPOINT
from pullback.dialects.cond import COND
from pullback.dialects.custom_rules import CUSTOM_JVP, CUSTOM_VJP
from pullback.dialects.ir import Func, Module
from pullback.dialects.scan import emit_scan
from pullback.dialects.spec import TABLE, NoRuleError, NotDifferentiableError, OpError
from pullback.passes.deriver import Deriver
from pullback.passes.evaluate import Evaluator
from pullback.passes.expand import expand

RNG = np.random.default_rng(11)


@pytest.fixture
def lab() -> Lab:
    return Lab()


# custom_jvp ----------------------------------------------------------------------------------------------------------------
def make_custom_jvp(lab: Lab, factor: float = 1.0) -> str:
    """f(x, n, y; c) = sin(x) * y * c, and n as it is. The rule gives `factor` times the derivative, through a scan and a cond.

    The callee captures c, the rule captures c and an index, which chooses a branch.
    """

    def callee(b: Any, x: Any, n: Any, y: Any, c: Any) -> Any:
        return [b.mul(b.mul(b.sin(x), y), c), n]

    f = lab.func("callee", [f64(2), i32(), f64(2), f64(2)], callee)
    # the tangent and its coefficient travel through a loop together: linearize has to take it apart
    turn = lab.func("turn", [f64(2), f64(2), f64(2)], lambda b, h, t, x: [b.add(h, x), b.add(t, b.mul(t, 0.0))])
    first = lab.func("first", [f64(2), f64(2)], lambda b, k, t: [b.mul(k, t)])
    second = lab.func("second", [f64(2), f64(2)], lambda b, k, t: [b.mul(t, k)])

    def rule(b: Any, x: Any, n: Any, y: Any, dx: Any, dy: Any, c: Any, index: Any) -> Any:
        zero = b.zeros(f64(2, 2))
        (_, tangent), _ = emit_scan(lab.d, b, turn, [], [x, dx], [zero], 2)
        left = b.emit_typed(COND, [index, b.mul(b.mul(b.cos(x), y), c), tangent], {"branches": (first, second)}, [f64(2)])[0]
        right = b.mul(b.mul(b.sin(x), c), dy)
        out = b.mul(b.mul(b.sin(x), y), c)
        return [out, n, b.mul(b.add(left, right), factor)]

    r = lab.func("rule", [f64(2), i32(), f64(2), f64(2), f64(2), f64(2), i32()], rule)

    def main(b: Any, x: Any, y: Any, c: Any) -> Any:
        n, index = b.full((), "i32", 3), b.full((), "i32", 1)
        attrs = {"callee": f, "rule": r, "num_args": 3, "callee_consts": 1}
        out, n = b.emit_typed(CUSTOM_JVP, [b.mul(x, x), n, y, c, c, index], attrs, [f64(2), i32()])
        return [b.mul(out, x), n]

    return lab.func("main", [f64(2), f64(2), f64(2)], main)


@pytest.mark.parametrize("active", [(True, True, False), (True, False, False), (False, True, False)])
def test_custom_jvp(lab: Lab, active: tuple[bool, ...]) -> None:
    args = list(RNG.normal(size=(3, 2)))
    check_everything(lab, make_custom_jvp(lab), args, active, [[True, False, False], [False, False, True], [True, True, True]])


def test_custom_jvp_rule_is_used(lab: Lab) -> None:
    x, y, c = RNG.normal(size=(3, 2))
    name = make_custom_jvp(lab, factor=5.0)
    dy = np.ones(2)
    want = 5 * np.sin(x * x) * c * dy * x
    close(lab.jvp(name, [x, y, c], [None, dy, None])[1][0], want)
    close(lab.lin(name, [x, y, c], [None, dy, None])[1][0], want)
    batched = lab.d.batch(name, (True, False, False), 2).name
    close(lab.jvp(batched, [np.stack([x, x]), y, c], [None, dy, None])[1][0], np.stack([want, want]))


def test_custom_rules_do_not_differentiate_captures(lab: Lab) -> None:
    for derive in (lab.d.jvp, lab.d.linearize):
        with pytest.raises(NotDifferentiableError, match="closes over"):
            derive(make_custom_jvp(lab), (False, False, True))


# custom_vjp ----------------------------------------------------------------------------------------------------------------
def make_custom_vjp(lab: Lab, factor: float = 1.0, linear: bool = True) -> str:
    """f(x, n, y) = sin(x) * sum(y) * c and n; bwd captures c and gives `factor` times the derivative."""

    def callee(b: Any, x: Any, n: Any, y: Any, c: Any) -> Any:
        return [b.mul(b.mul(b.sin(x), b.broadcast_in_dim(b.reduce_sum(y, axes=(0,)), shape=(2,), dims=())), c), n]

    f = lab.func("callee", [f64(2), i32(), f64(3), f64(2)], callee)

    def forward(b: Any, x: Any, n: Any, y: Any, c: Any) -> Any:
        return [*callee(b, x, n, y, c), b.cos(x), b.sin(x), b.reduce_sum(y, axes=(0,))]

    fwd = lab.func("fwd", [f64(2), i32(), f64(3), f64(2)], forward)

    def backward(b: Any, cos: Any, sin: Any, total: Any, ct: Any, c: Any) -> Any:
        ct = b.mul(ct, b.mul(c, factor))
        if not linear:
            ct = b.mul(b.sin(ct), ct)
        dy = b.broadcast_in_dim(b.reduce_sum(b.mul(ct, sin), axes=(0,)), shape=(3,), dims=())
        return [b.mul(ct, b.mul(cos, b.broadcast_in_dim(total, shape=(2,), dims=()))), dy]

    bwd = lab.func("bwd", [f64(2), f64(2), f64(), f64(2), f64(2)], backward)

    def main(b: Any, x: Any, y: Any, c: Any) -> Any:
        n = b.full((), "i32", 3)
        attrs = {"callee": f, "fwd": fwd, "bwd": bwd, "num_args": 3, "callee_consts": 1, "fwd_consts": 1}
        out, n = b.emit_typed(CUSTOM_VJP, [b.mul(x, x), n, y, c, c, c], attrs, [f64(2), i32()])
        return [b.mul(out, x), n]

    return lab.func("main", [f64(2), f64(3), f64(2)], main)


def vjp_args() -> list[Any]:
    return [RNG.normal(size=2), RNG.normal(size=3), RNG.normal(size=2)]


@pytest.mark.parametrize("active", [(True, True, False), (True, False, False), (False, True, False)])
def test_custom_vjp(lab: Lab, active: tuple[bool, ...]) -> None:
    masks = [[True, False, False], [False, True, False], [False, False, True], [True, True, True]]
    check_everything(lab, make_custom_vjp(lab), vjp_args(), active, masks)


def test_custom_vjp_rule_is_used(lab: Lab) -> None:
    x, y, c = vjp_args()
    name = make_custom_vjp(lab, factor=5.0)
    vjp, _ = lab.vjp_func(name, (False, True, False))
    ct = RNG.normal(size=2)
    want = np.full(3, np.sum(5 * ct * x * c * np.sin(x * x)))
    close(lab.run(vjp, [x, y, c, ct])[0], want)
    dy = RNG.normal(size=3)
    close(np.sum(lab.jvp(name, [x, y, c], [None, dy, None])[1][0] * ct), np.sum(want * dy))
    close(np.sum(lab.lin(name, [x, y, c], [None, dy, None])[1][0] * ct), np.sum(want * dy))


def test_custom_vjp_with_nonlinear_bwd(lab: Lab) -> None:
    """Gradient clipping and the like: reverse mode works, forward mode says what is missing."""
    x, y, c = vjp_args()
    name = make_custom_vjp(lab, linear=False)
    vjp, _ = lab.vjp_func(name, (True, True, False))
    check_derivatives(lab, vjp, [x, y, c, RNG.normal(size=2)], (True, True, False, True), order=1)
    with pytest.raises(NotDifferentiableError, match="not linear in the cotangents"):
        lab.d.jvp(name, (True, True, False))


def test_custom_vjp_inside_loops_and_branches(lab: Lab) -> None:
    f = make_custom_vjp(lab)

    def step(b: Any, y: Any, c: Any, h: Any, x: Any) -> Any:
        return lab.d.inline(b, f, [b.add(h, x), y, c])[:1] + [b.mul(h, x)]

    body = lab.func("step", [f64(3), f64(2), f64(2), f64(2)], step)

    def looping(b: Any, x: Any, y: Any, c: Any) -> Any:
        carry, ys = emit_scan(lab.d, b, body, [y, c], [x], [b.broadcast_in_dim(x, shape=(2, 2), dims=(1,))], 2)
        return [b.add(carry[0], b.reduce_sum(ys[0], axes=(0,)))]

    loop = lab.func("loop", [f64(2), f64(3), f64(2)], looping)
    plain = lab.func("plain", [f64(2), f64(3), f64(2)], lambda b, x, y, c: [b.mul(x, c)])
    avals = [i32(), f64(2), f64(3), f64(2)]
    name = lab.func("choose", avals, lambda b, *v: b.emit_typed(COND, list(v), {"branches": (loop, plain)}, [f64(2)]))
    active = [False, True, True, False]
    masks = [[False, True, False, False], [True, False, True, True]]
    check_everything(lab, name, [np.asarray(0, np.int32), *(0.3 * v for v in vjp_args())], active, masks)


def test_linear_part_of_custom_vjp_is_expanded(lab: Lab) -> None:
    """A linear part that is used forward holds no custom_vjp_linear after the expand pass."""
    name = make_custom_vjp(lab)
    lin = lab.d.linearize(name, (True, True, False))
    main = Func("forward", public=True)
    source = lab.module[lin.lin]
    main.args, main.ops, main.results = source.args, source.ops, source.results
    assert any(op.spec.name == "pbfn.custom_vjp_linear" for op in main.ops)
    module = expand(Module([main, *lab.module.funcs.values()]))
    assert not any(op.spec.name == "pbfn.custom_vjp_linear" for f in module.funcs.values() for op in f.ops)
    args = vjp_args()
    residuals = lab.run(lin.fwd, args)[lin.n_outs :]
    tangents = [RNG.normal(size=2), RNG.normal(size=3)]
    got = Evaluator(Deriver(module))("forward", [*residuals, *tangents])
    close(got[0], lab.jvp(name, args, [*tangents, None])[1][0])


# checkpoint ----------------------------------------------------------------------------------------------------------------
def make_checkpoint(lab: Lab, policy: str = "nothing_saveable") -> str:
    step = lab.func("step", [f64(2), f64(2), f64(2)], lambda b, w, h, x: [b.sin(b.mul(w, b.add(h, x))), b.exp(h)])

    def block(b: Any, w: Any, n: Any, h: Any, xs: Any) -> Any:
        carry, ys = emit_scan(lab.d, b, step, [b.exp(w)], [h], [xs], 3)
        return [n, b.mul(b.tanh(carry[0]), w), ys[0]]

    callee = lab.func("block", [f64(2), i32(), f64(2), f64(3, 2)], block)

    def main(b: Any, w: Any, h: Any, xs: Any) -> Any:
        attrs = {"callee": callee, "barrier": True, "policy": policy}
        n = b.full((), "i32", 1)
        _, out, ys = b.emit_typed(CHECKPOINT, [w, n, b.sin(h), xs], attrs, [i32(), f64(2), f64(3, 2)])
        return [b.mul(out, out), ys]

    return lab.func("main", [f64(2), f64(2), f64(3, 2)], main)


@pytest.mark.parametrize("policy", ["nothing_saveable", "everything_saveable"])
def test_checkpoint(lab: Lab, policy: str) -> None:
    args = [RNG.normal(size=2), RNG.normal(size=2), RNG.normal(size=(3, 2))]
    name = make_checkpoint(lab, policy)
    check_everything(lab, name, args, [True] * 3, [[True, False, False], [False, True, True]])
    check_derivatives(lab, name, args, [False, True, False])


def test_checkpoint_saves_its_arguments_only(lab: Lab) -> None:
    active = (True, True, True)
    saved = lab.d.linearize(make_checkpoint(lab), active).residuals
    assert saved.count(f64(3, 2)) == 1  # xs
    assert lab.d.linearize(make_checkpoint(lab, "everything_saveable"), active).residuals.count(f64(3, 2)) > 1
    with pytest.raises(OpError, match="not known"):
        lab.d.linearize(make_checkpoint(lab, "some"), active)


# collectives ---------------------------------------------------------------------------------------------------------------
def collective(b: Any, op: str, operands: list[Any], aval: Any, **attrs: Any) -> Any:
    return b.emit_typed(TABLE[f"pbfn.{op}"], operands, {"axis_name": "i", **attrs}, [aval])[0]


def test_collectives_over_their_axis(lab: Lab) -> None:
    def main(b: Any, x: Any, y: Any) -> Any:
        summed = collective(b, "psum", [x], f64(2))
        count = collective(b, "psum", [y], f64(2))
        low, high = collective(b, "pmin", [x], f64(2)), collective(b, "pmax", [x], f64(2))
        gathered = collective(b, "all_gather", [x], f64(2, 3), axis=1, tiled=False)
        tiled = collective(b, "all_gather", [x], f64(6), axis=0, tiled=True)
        scattered = collective(b, "psum_scatter", [tiled], f64(2), axis=0, tiled=True)
        where = collective(b, "axis_index", [], i32(), dtype="i32")
        return [
            summed,
            count,
            low,
            high,
            gathered,
            tiled,
            scattered,
            where,
            collective(b, "psum_scatter", [gathered], f64(2), axis=1, tiled=False),
        ]

    name = lab.func("main", [f64(2), f64(2)], main)
    x, y = RNG.normal(size=(3, 2)), RNG.normal(size=2)
    derived = lab.d.batch(name, (True, False), 3, "i")
    assert derived.mask == (False, False, False, False, False, False, True, True, True)
    want = [x.sum(0), 3 * y, x.min(0), x.max(0), x.T, x.reshape(-1), 3 * x, np.arange(3), 3 * x]
    for got, expected in zip(lab.run(derived.name, [x, y]), want, strict=True):
        close(got, expected)


def test_collectives_in_other_vmaps_and_derivatives(lab: Lab) -> None:
    """vmap over another axis inside; reverse mode inside and outside of the vmap that binds the axis."""

    def main(b: Any, x: Any, w: Any) -> Any:
        total = b.broadcast_in_dim(collective(b, "psum", [b.sin(x)], f64()), shape=(3,), dims=())
        ramp = b.const(np.arange(3.0))
        return [b.mul(b.mul(total, collective(b, "all_gather", [b.mul(x, w)], f64(3), axis=0, tiled=False)), ramp)]

    name = lab.func("main", [f64(), f64()], main)
    inner = lab.d.batch(name, (False, True), 2).name  # another axis, without name
    both = lab.d.batch(inner, (True, True), 3, "i").name
    x, w = RNG.normal(size=3), RNG.normal(size=(3, 2))
    outs = lab.run(both, [x, w])[0]
    for k in range(2):
        close(outs[k] if outs.ndim == 2 else outs[:, k], np.sin(x).sum() * x * w[:, k] * np.arange(3))
    check_derivatives(lab, both, [x, w], [True, True])
    # inside: every example pulls back the same cotangent, so each gets the sum over examples
    vjp, _ = lab.vjp_func(name, (True, False))
    derived = lab.d.batch(vjp, (True, True, False), 3, "i")
    ct = RNG.normal(size=3)
    grad = lab.run(derived.name, [x, w[:, 0], ct])[0]
    values = x * w[:, 0]
    want = 3 * np.cos(x) * np.sum(ct * np.arange(3) * values) + 3 * np.sin(x).sum() * ct * np.arange(3) * w[:, 0]
    close(grad, want)


def test_collectives_inside_control_flow(lab: Lab) -> None:
    """Loops and branches hold collectives although none of their operands is mapped."""
    step = lab.func(
        "step",
        [f64(), f64()],
        lambda b, h, x: [b.add(h, b.convert(collective(b, "axis_index", [], i32(), dtype="i32"), dtype="f64")), b.mul(h, x)],
    )

    def looping(b: Any, x: Any, xs: Any) -> Any:
        carry, ys = emit_scan(lab.d, b, step, [], [x], [xs], 3)
        return [b.add(carry[0], collective(b, "psum", [b.reduce_sum(ys[0], axes=(0,))], f64()))]

    loop = lab.func("loop", [f64(), f64(3)], looping)
    plain = lab.func("plain", [f64(), f64(3)], lambda b, x, xs: [collective(b, "psum", [x], f64())])
    choose = lambda b, *v: b.emit_typed(COND, list(v), {"branches": (loop, plain)}, [f64()])
    name = lab.func("choose", [i32(), f64(), f64(3)], choose)
    x, xs = 0.5, np.asarray([1.0, 2.0, 3.0])
    ys = [sum((x + k * n) * xs[n] for n in range(3)) for k in range(4)]
    for index, want in ((0, [x + 3 * k + sum(ys) for k in range(4)]), (1, [4 * x] * 4)):
        derived = lab.d.batch(name, (False, False, False), 4, "i", (True,))
        close(lab.run(derived.name, [np.asarray(index, np.int32), np.asarray(x), xs])[0], want)


def test_unbound_axis_and_pmax(lab: Lab) -> None:
    name = lab.func("main", [f64()], lambda b, x: [collective(b, "psum", [x], f64())])
    with pytest.raises(NoRuleError, match="unbound axis name"):
        lab.run(name, [np.asarray(1.0)])
    name = lab.func("main", [f64()], lambda b, x: [collective(b, "pmax", [x], f64())])
    with pytest.raises(NotDifferentiableError, match="all_gather"):
        lab.d.jvp(name, (True,))
    assert lab.d.batch(name, (False,), 2, "other").mask == (False,)
    check_batch(lab, lab.func("id", [f64()], lambda b, x: [x]), [np.asarray(1.0)], [True])
