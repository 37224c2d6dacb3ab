"""Control flow of pullback.lax: every construct inside every other, against plain Python loops.

The oracle is the same program with Python's `for`, `while` and `if` on jax.numpy arrays, differentiated by JAX.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import pullback as pb
import pullback.numpy as pnp
from pullback import lax

Step = Callable[[Any, Any], Any]
RNG = np.random.default_rng(11)
SLICES = RNG.normal(size=3)


@pytest.fixture(autouse=True)
def x64() -> Iterator[None]:
    with pb.config.scope(enable_x64=True), jax.enable_x64(True):
        yield


def close(got: Any, want: Any, tol: float = 1e-9) -> None:
    np.testing.assert_allclose(np.asarray(got), np.asarray(want), rtol=tol, atol=tol)


# Each construct makes a step from a step: with lax, and with plain Python --------------------------------------------------
class Lax:
    """A step is a function of a parameter and a vector."""

    np = pnp

    @staticmethod
    def scan(step: Step, reverse: bool = False) -> Step:
        def looped(w: Any, x: Any) -> Any:
            def body(carry: Any, s: Any) -> Any:
                h = step(w, carry["h"] * s)
                return {"n": carry["n"] + 1, "h": h, "same": carry["same"]}, (pnp.sum(h) * w, carry["n"])

            init = {"n": 0, "h": x, "same": w}
            last, (sums, counts) = lax.scan(body, init, pnp.asarray(SLICES), reverse=reverse)
            return last["h"] * last["same"] + sums[1] + 0.1 * counts[0]

        return looped

    @staticmethod
    def reverse_scan(step: Step) -> Step:
        return Lax.scan(step, reverse=True)

    @staticmethod
    def fori(step: Step) -> Step:
        return lambda w, x: lax.fori_loop(1, 3, lambda i, h: step(w, h) * i, x)

    @staticmethod
    def bounded(step: Step) -> Step:
        def looped(w: Any, x: Any) -> Any:
            def go_on(state: Any) -> Any:
                return (state[1] < 4) & (pnp.sum(state[0]) < 2.0)

            return lax.while_loop(go_on, lambda s: (step(w, s[0]) + 0.4, s[1] + 1), (x, 0), max_steps=5)[0]

        return looped

    @staticmethod
    def cond(step: Step) -> Step:
        return lambda w, x: lax.cond(pnp.sum(x) > 0.2, step, lambda w, x: x * w, w, x)

    @staticmethod
    def switch(step: Step) -> Step:
        def chosen(w: Any, x: Any) -> Any:
            branches = [lambda h: h * 2.0, lambda h: step(w, h), lambda h: h - w]
            return lax.switch(pnp.floor(3 * x[0]).astype(int), branches, x)

        return chosen


class Plain:
    """The same with Python's statements."""

    np = jnp

    @staticmethod
    def scan(step: Step, reverse: bool = False) -> Step:
        def looped(w: Any, x: Any) -> Any:
            h, sums, counts = x, [None] * 3, [0] * 3
            for n, i in enumerate((2, 1, 0) if reverse else (0, 1, 2)):
                counts[i] = n
                h = step(w, h * SLICES[i])
                sums[i] = jnp.sum(h) * w
            return h * w + sums[1] + 0.1 * counts[0]

        return looped

    @staticmethod
    def reverse_scan(step: Step) -> Step:
        return Plain.scan(step, reverse=True)

    @staticmethod
    def fori(step: Step) -> Step:
        def looped(w: Any, x: Any) -> Any:
            for i in (1, 2):
                x = step(w, x) * i
            return x

        return looped

    @staticmethod
    def bounded(step: Step) -> Step:
        def looped(w: Any, x: Any) -> Any:
            n = 0
            while n < 4 and jnp.sum(x) < 2.0:
                x, n = step(w, x) + 0.4, n + 1
            return x

        return looped

    @staticmethod
    def cond(step: Step) -> Step:
        return lambda w, x: step(w, x) if jnp.sum(x) > 0.2 else x * w

    @staticmethod
    def switch(step: Step) -> Step:
        def chosen(w: Any, x: Any) -> Any:
            k = min(max(int(jnp.floor(3 * x[0])), 0), 2)
            return (x * 2.0, step(w, x), x - w)[k] if k != 1 else step(w, x)

        return chosen


CONSTRUCTS = ("scan", "reverse_scan", "fori", "bounded", "cond", "switch")
PROGRAMS = [
    *itertools.product(CONSTRUCTS, repeat=2),
    ("scan", "cond", "bounded"),
    ("bounded", "scan", "switch"),
    ("cond", "fori", "scan"),
]


def program(kind: Any, names: tuple[str, ...]) -> Callable[[Any, Any], Any]:
    def step(w: Any, x: Any) -> Any:
        return kind.np.sin(w * x) + 0.3 * x

    for name in reversed(names):
        step = getattr(kind, name)(step)
    return lambda w, x: kind.np.sum(kind.np.cos(step(w, x)))


def title(names: tuple[str, ...]) -> str:
    return "-".join(names)


def arguments(seed: int) -> tuple[Any, Any]:
    rng = np.random.default_rng(seed)
    return np.asarray(rng.uniform(0.5, 1.2)), rng.uniform(-0.2, 0.9, size=2)


def along(f: Any) -> Any:
    """A directional derivative of the gradient."""

    def second(w: Any, x: Any) -> Any:
        return pb.jvp(pb.grad(f, (0, 1)), (w, x), (np.ones_like(w), np.ones_like(x)))[1]

    return second


@pytest.mark.parametrize("names", PROGRAMS, ids=title)
def test_nested_eager(names: tuple[str, ...]) -> None:
    """Values, forward and reverse mode, second order both ways."""
    f, g = program(Lax, names), program(Plain, names)
    w, x = arguments(PROGRAMS.index(names))
    want, grads = jax.value_and_grad(g, (0, 1))(w, x)
    second = jax.jvp(jax.grad(g, (0, 1)), (w, x), (np.ones_like(w), np.ones_like(x)))[1]
    got, got_grads = pb.value_and_grad(f, (0, 1))(w, x)
    for a, b in zip((got, *got_grads), (want, *grads)):
        close(a, b)
    close(pb.jvp(f, (w, x), (np.ones_like(w), np.ones_like(x)))[1], grads[0] + jnp.sum(grads[1]))
    for a, b in zip(along(f)(w, x), second):
        close(a, b, 1e-8)

    def slope(w: Any, x: Any) -> Any:
        dw, dx = pb.grad(f, (0, 1))(w, x)
        return dw + pnp.sum(dx)

    for a, b in zip(pb.grad(slope, (0, 1))(w, x), second):
        close(a, b, 1e-8)


@pytest.mark.parametrize("names", PROGRAMS, ids=title)
def test_nested_batched(names: tuple[str, ...]) -> None:
    """Examples that take different branches and numbers of steps: gradients of each example, and of the sum over them."""
    f, g = program(Lax, names), program(Plain, names)
    examples = [arguments(seed) for seed in range(4)]
    ws, xs = (np.stack(column) for column in zip(*examples))
    axes = ((0, 0), (None, 0), (0, None))[PROGRAMS.index(names) % 3]
    w, x = (v if axis == 0 else v[0] for v, axis in zip((ws, xs), axes))
    rows = [(w[i] if axes[0] == 0 else w, x[i] if axes[1] == 0 else x) for i in range(4)]
    want = [jax.value_and_grad(g, (0, 1))(*row) for row in rows]
    value, grads = pb.vmap(pb.value_and_grad(f, (0, 1)), axes)(w, x)
    close(value, [v for v, _ in want])
    for k in (0, 1):
        close(grads[k], [d[k] for _, d in want])
    total = pb.grad(lambda w, x: pnp.sum(pb.vmap(f, axes)(w, x)), (0, 1))(w, x)
    for k in (0, 1):
        each = [d[k] for _, d in want]
        close(total[k], each if axes[k] == 0 else np.sum(each, 0))


def test_nested_jitted() -> None:
    """A choice of the programs, with their gradients, alone and batched, in one compiled function."""
    chosen = [("scan", "cond"), ("switch", "bounded")]
    examples = [arguments(seed) for seed in range(3)]
    w, xs = examples[0][0], np.stack([x for _, x in examples])

    @pb.jit
    def everything(w: Any, xs: Any) -> Any:
        return [
            (pb.value_and_grad(program(Lax, n), (0, 1))(w, xs[0]), pb.vmap(pb.grad(program(Lax, n)), (None, 0))(w, xs))
            for n in chosen
        ]

    for names, ((value, grads), batch) in zip(chosen, everything(w, xs)):
        g = program(Plain, names)
        want, want_grads = jax.value_and_grad(g, (0, 1))(w, xs[0])
        for a, b in zip((value, *grads), (want, *want_grads)):
            close(a, b)
        close(batch, [jax.grad(g)(w, x) for x in xs])
