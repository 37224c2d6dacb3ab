"""Bounded while loops and counted scans: derivatives of any order, batches, what is saved; and the linear solve operation."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from function_checks import Lab, check_batch, check_derivatives, check_everything, close, f64, i32

from pullback.dialects.bounded_while import BOUNDED_WHILE
from pullback.dialects.counted_scan import COUNTED_SCAN
from pullback.dialects.linear_solve import LINEAR_SOLVE
from pullback.dialects.spec import NotDifferentiableError
from pullback.dialects.types import Aval

RNG = np.random.default_rng(3)
LENGTH = 4


@pytest.fixture
def lab() -> Lab:
    return Lab()


def index(k: int) -> Any:
    return np.asarray(k, np.int32)


# counted scan --------------------------------------------------------------------------------------------------------------
def make_counted(lab: Lab, reverse: bool = False) -> str:
    """A counter, an active carry, constants, xs and ys."""

    def body(b: Any, w: Any, i: Any, h: Any, x: Any) -> Any:
        new = b.add(b.mul(b.sin(b.mul(w, h)), b.convert(i, dtype="f64")), b.mul(x, b.exp(w)))
        return [b.add(i, 1), new, b.mul(new, x), i]

    step = lab.func("body", [f64(), i32(), f64(), f64()], body)

    def main(b: Any, n: Any, w: Any, h: Any, xs: Any) -> Any:
        attrs = {"body": step, "num_consts": 1, "num_carry": 2, "length": LENGTH, "reverse": reverse, "unroll": 1}
        outs = b.emit_typed(COUNTED_SCAN, [n, w, b.full((), "i32", 1), h, xs], attrs, [i32(), f64(), f64(LENGTH), i32(LENGTH)])
        return outs[1:]

    return lab.func("main", [i32(), f64(), f64(), f64(LENGTH)], main)


def counted_args(n: int) -> list[Any]:
    return [index(n), np.asarray(0.3), np.asarray(0.7), RNG.normal(size=LENGTH)]


@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("n", [-1, 0, 2, 4, 9])
def test_counted_scan_value(lab: Lab, n: int, reverse: bool) -> None:
    args = counted_args(n)
    _, w, h, xs = args
    ys, steps = np.zeros(LENGTH), np.zeros(LENGTH, np.int32)
    order = range(min(max(n, 0), LENGTH))
    for k, i in enumerate(reversed(order) if reverse else order):
        h = np.sin(w * h) * (k + 1) + xs[i] * np.exp(w)
        ys[i], steps[i] = h * xs[i], k + 1
    for got, want in zip(lab.run(make_counted(lab, reverse), args), [h, ys, steps], strict=True):
        close(got, want)


@pytest.mark.parametrize("n", [0, 2, 4])
def test_counted_scan_derivatives(n: int) -> None:
    for reverse in (False, True):
        lab = Lab()
        check_derivatives(lab, make_counted(lab, reverse), counted_args(n), [False, True, True, True])


@pytest.mark.parametrize("batched", [(0, 0, 0, 1), (1, 0, 0, 0), (1, 1, 1, 1), (1, 0, 1, 0), (0, 1, 0, 0)])
def test_counted_scan_batch(lab: Lab, batched: tuple[int, ...]) -> None:
    """With a count for each example, too."""
    mask = [bool(m) for m in batched]
    check_everything(lab, make_counted(lab), counted_args(1), [False, True, True, True], [mask], order=1)


# bounded while -------------------------------------------------------------------------------------------------------------
def make_bounded(lab: Lab, max_steps: int) -> str:
    """Counts to a limit; the second carry becomes active through the first, the last never does."""
    avals = [i32(), f64(2), f64(), f64()]
    cond = lab.func("cond", [i32(), *avals], lambda b, n, i, x, y, z: [b.compare(i, n, direction="LT")])

    def body(b: Any, a: Any, i: Any, x: Any, y: Any, z: Any) -> Any:
        new = b.mul(b.sin(x), b.broadcast_in_dim(a, shape=(2,), dims=()))
        return [b.add(i, 1), new, b.add(y, b.reduce_sum(b.mul(x, x), axes=(0,))), b.mul(z, 0.5)]

    step = lab.func("body", [f64(), *avals], body)

    def main(b: Any, n: Any, a: Any, x: Any) -> Any:
        init = [b.full((), "i32", 0), x, b.full((), "f64", 0.25), b.full((), "f64", 1.0)]
        attrs = {"cond": cond, "body": step, "cond_consts": 1, "body_consts": 1, "max_steps": max_steps, "block": 0}
        return b.emit_typed(BOUNDED_WHILE, [n, a, *init], attrs, [*avals, i32()])

    return lab.func("main", [i32(), f64(), f64(2)], main)


def bounded_args(n: int) -> list[Any]:
    return [index(n), np.asarray(0.9), np.asarray([0.4, -1.3])]


@pytest.mark.parametrize(("n", "max_steps"), [(3, 10), (3, 3), (5, 2), (0, 4), (2, 0), (7, 1)])
def test_bounded_while_value(lab: Lab, n: int, max_steps: int) -> None:
    """It stops by its condition or after `max_steps`, whatever comes first."""
    x, y, steps = np.asarray([0.4, -1.3]), 0.25, min(n, max_steps)
    for _ in range(steps):
        x, y = np.sin(x) * 0.9, y + np.sum(x * x)
    name = make_bounded(lab, max_steps)
    i, got_x, got_y, z, count = lab.run(name, bounded_args(n))
    assert i == count == steps
    close(got_x, x)
    close([got_y, z], [y, 0.5**steps])
    lin = lab.d.linearize(name, (False, True, True))
    close(lab.run(lin.fwd, bounded_args(n))[1], x)


@pytest.mark.parametrize(("n", "max_steps"), [(3, 10), (4, 4), (5, 2), (0, 4), (2, 0), (3, 1)])
@pytest.mark.parametrize("active", [(False, True, True), (False, True, False), (False, False, True)])
def test_bounded_while_derivatives(lab: Lab, n: int, max_steps: int, active: tuple[bool, ...]) -> None:
    check_derivatives(lab, make_bounded(lab, max_steps), bounded_args(n), active)


@pytest.mark.parametrize("batched", [(False, True, False), (False, False, True), (True, False, False), (True, True, True)])
def test_bounded_while_batch(lab: Lab, batched: tuple[bool, ...]) -> None:
    """Examples that stop at different times, before and at the bound; gradients of each example and of the batch."""
    check_everything(lab, make_bounded(lab, 4), bounded_args(2), [False, True, True], [batched], order=1)


def test_bounded_while_third_order(lab: Lab) -> None:
    check_derivatives(lab, make_bounded(lab, 5), bounded_args(2), (False, True, False), order=3)


def test_bounded_while_saves_the_square_root(lab: Lab) -> None:
    """10 carries for 100 steps: saved values are the carries before each block, and constants."""
    name = make_bounded(lab, 100)
    lin = lab.d.linearize(name, (False, True, True))
    saved = [a.shape for a in lin.residuals]
    assert max(s[0] for s in saved if s) == 10
    assert all(s in ((), (2,), (10,), (10, 2)) for s in saved), saved


def test_carries_that_nothing_needs_are_not_saved(lab: Lab) -> None:
    """After dce: without use for the saved carries, the loop saves none; the carry that decays is gone."""
    from pullback.dialects.ir import Func, Module
    from pullback.passes.dce import dce_module

    name = make_bounded(lab, 100)
    fwd = lab.d.prepared(lab.d.linearize(name, (False, True, True)).fwd)
    main = Func("entry", public=True)
    main.args, main.ops, main.results = fwd.args, fwd.ops, fwd.results[1:2]
    out = dce_module(Module([*lab.module.funcs.values(), main]))
    (loop,) = [op for op in out["entry"].ops if op.spec is BOUNDED_WHILE]
    assert loop.attrs["block"] == 0
    assert [r.aval for r in loop.results] == [i32(), f64(2), i32()]


# linear solve --------------------------------------------------------------------------------------------------------------
MATRIX = Aval((2, 2), "f64")


def make_solve(lab: Lab, transposable: bool = True) -> str:
    """Cramer's rule as a solver whose own derivative is wrong on purpose: nothing may differentiate it."""

    def matvec(b: Any, m: Any, x: Any) -> Any:
        return [b.reduce_sum(b.mul(m, b.broadcast_in_dim(x, shape=(2, 2), dims=(1,))), axes=(1,))]

    def solver(flip: bool) -> Any:
        def solve(b: Any, m: Any, y: Any) -> Any:
            m, y = b.stop_gradient(m), b.stop_gradient(y)
            m = b.transpose(m, perm=(1, 0)) if flip else m
            entries = [
                b.reshape(b.slice(m, start=(i, j), limit=(i + 1, j + 1), strides=(1, 1)), shape=()) for i in (0, 1) for j in (0, 1)
            ]
            p, q, r, s = entries
            y0, y1 = (b.reshape(b.slice(y, start=(i,), limit=(i + 1,), strides=(1,)), shape=()) for i in (0, 1))
            det = b.sub(b.mul(p, s), b.mul(q, r))
            x0 = b.div(b.sub(b.mul(s, y0), b.mul(q, y1)), det)
            x1 = b.div(b.sub(b.mul(p, y1), b.mul(r, y0)), det)
            return [
                b.concatenate(b.reshape(x0, shape=(1,)), b.reshape(x1, shape=(1,)), axis=0),
                b.compare(det, 0.0, direction="GT"),
            ]

        return solve

    names = {
        "matvec": lab.func("matvec", [MATRIX, f64(2)], matvec),
        "callee": lab.func("solve", [MATRIX, f64(2)], solver(False)),
        "transpose_solve": lab.func("solve_T", [MATRIX, f64(2)], solver(True)),
    }
    counts = {"matvec_consts": 1, "solve_consts": 1, "transpose_consts": 1, "transposable": transposable}

    def main(b: Any, m: Any, y: Any) -> Any:
        x, positive = b.emit_typed(LINEAR_SOLVE, [m, m, m, y], {**names, **counts}, [f64(2), Aval((), "i1")])
        return [b.mul(x, x), positive]

    return lab.func("main", [MATRIX, f64(2)], main)


def test_linear_solve(lab: Lab) -> None:
    m, y = np.asarray([[3.0, 1.0], [0.5, -2.0]]), np.asarray([1.0, 2.0])
    name = make_solve(lab)
    close(lab.run(name, [m, y])[0], np.linalg.solve(m, y) ** 2)
    for active in ((True, True), (True, False), (False, True)):
        check_derivatives(lab, name, [m, y], active)
    check_everything(lab, name, [m, y], [True, True], [[True, False], [False, True], [True, True]], order=1)


def test_linear_solve_without_transposed_solver(lab: Lab) -> None:
    m, y = np.asarray([[3.0, 1.0], [0.5, -2.0]]), np.asarray([1.0, 2.0])
    name = make_solve(lab, transposable=False)
    check_derivatives(lab, name, [m, y], (True, True), reverse=False)
    with pytest.raises(NotDifferentiableError, match="transpose_solve required for backwards mode"):
        lab.d.linearize(name, (True, True)).bwd([True])


def test_batched_linear_solve_of_one_matrix(lab: Lab) -> None:
    m, y = np.asarray([[3.0, 1.0], [0.5, -2.0]]), np.asarray([1.0, 2.0])
    check_batch(lab, make_solve(lab), [m, y], [False, True])
