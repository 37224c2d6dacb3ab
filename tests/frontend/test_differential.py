"""Random programs: a few operations of `pullback.numpy` and `pullback.lax` on each other's results, compared with JAX.

A program is drawn as plain numbers; each step chooses an operation that its operands allow. Compared are all intermediate values
with their dtypes and weak types, the gradient of a weighted sum of all floating results, the values under `vmap`, and, for some
programs in one compiled module, those under `jit`. The draws are the same in each run.
"""

from __future__ import annotations

import os
import random
import types
from collections.abc import Callable, Sequence
from typing import Any

os.environ.setdefault("JAX_PLATFORMS", "cpu")

import jax
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import pullback

OURS = types.SimpleNamespace(np=pullback.numpy, lax=pullback.lax, vmap=pullback.vmap, grad=pullback.grad, jit=pullback.jit)
JAX = types.SimpleNamespace(np=jax.numpy, lax=jax.lax, vmap=jax.vmap, grad=jax.grad, jit=jax.jit)

RNG = np.random.RandomState(7)
INPUTS = (RNG.randn(3, 4).astype(np.float32), RNG.randn(4).astype(np.float32), RNG.randint(-5, 9, (3, 4)).astype(np.int32))
BATCH = (RNG.randn(2, 3, 4).astype(np.float32), RNG.randn(2, 4).astype(np.float32), INPUTS[2])
DIFFERENTIABLE = (0, 1)

Step = tuple[int, int, int, int]  # operation, first and second operand, parameter; each a number that is reduced to a valid choice
Program = list[tuple["Operation", tuple[int, ...], int]]


class Operation:
    """A step: a function of a namespace, a parameter and operands, and which operands it takes."""

    def __init__(self, text: str, fits: Callable[..., bool], arity: int):
        self.text = text
        self.fits = fits
        self.arity = arity
        self.function: Callable[..., Any] = eval(f"lambda ns, np, k, {', '.join('xy'[:arity])}: {text}")

    def __repr__(self) -> str:
        return self.text


def floating(*xs: Any) -> bool:
    return all(x.dtype.kind == "f" for x in xs)


def integral(*xs: Any) -> bool:
    return all(x.dtype == np.int32 for x in xs)


def with_axes(*xs: Any) -> bool:
    return floating(*xs) and all(0 < x.ndim <= 3 and x.size for x in xs)


def matrix(x: Any) -> bool:
    return floating(x) and x.ndim == 2


def vector(x: Any) -> bool:
    return floating(x) and x.ndim == 1 and x.size > 1


def broadcastable(x: Any, y: Any) -> bool:
    try:
        np.broadcast_shapes(x.shape, y.shape)
    except ValueError:
        return False
    return x.dtype.kind in "fi" and y.dtype.kind in "fi"


def both_floating(x: Any, y: Any) -> bool:
    return broadcastable(x, y) and floating(x, y)


def both_integral(x: Any, y: Any) -> bool:
    return broadcastable(x, y) and integral(x, y)


def same_shape(x: Any, y: Any) -> bool:
    return x.shape == y.shape and x.ndim > 0 and floating(x, y)


def chained(x: Any, y: Any) -> bool:
    return floating(x, y) and x.ndim > 0 and y.ndim > 0 and x.shape[-1] == y.shape[max(-2, -y.ndim)] and max(x.ndim, y.ndim) < 3


def product_is_small(x: Any, y: Any) -> bool:
    return floating(x, y) and x.ndim + y.ndim <= 3


GROUPS: list[tuple[Callable[..., bool], int, str]] = [
    (
        floating,
        1,
        """
        np.sin(x)
        np.cos(x * (k + 1))
        np.tanh(x)
        np.exp(-x * x)
        np.log1p(np.abs(x))
        np.sqrt(np.square(x) + 0.5)
        np.arctan(x)
        np.sinc(x / (k + 2))
        np.abs(x)
        np.sign(x) * x
        np.square(x) / (1 + np.square(x))
        np.power(np.abs(x) + 0.5, 1.5)
        np.clip(x, -0.8, 0.9)
        np.where(x > 0.1, x, 0.3 * x)
        np.nan_to_num(x, nan=k)
        np.logaddexp(x, 0.5)
        np.expm1(x * 0.1)
        np.reciprocal(np.abs(x) + 1)
        np.round(x, 1) + x
        np.cbrt(x * x + 1)
        np.arcsinh(x)
        2.0 ** (x * 0.2)
        np.heaviside(x.astype(np.float32), 0.5) * x
        np.deg2rad(x) + k
        ns.lax.logistic(x)
        ns.lax.rsqrt(x * x + 1)
        np.asarray(x, np.float16).astype(np.float32)
        np.sum(x)
        np.mean(x)
        np.floor(x * 3).astype(np.int32)
        np.real(np.exp(1j * x))
        np.abs(x + 1j * k)
        ns.lax.stop_gradient(x) + x
        ns.lax.cond(np.sum(x) > 0, lambda v: np.sin(v), lambda v: v * 2, x)
        """,
    ),
    (
        with_axes,
        1,
        """
        np.sum(x, axis=k % x.ndim)
        np.max(x, axis=k % x.ndim, keepdims=True)
        np.min(x, axis=-1)
        np.var(x, axis=k % x.ndim)
        np.cumsum(x, axis=k % x.ndim)
        np.cumprod(np.tanh(x) + 1.1, axis=k % x.ndim)
        np.sort(x, axis=k % x.ndim)
        np.flip(x, axis=k % x.ndim)
        np.roll(x, k, axis=k % x.ndim)
        np.diff(x, axis=k % x.ndim, prepend=0.5)
        np.expand_dims(x, k % (x.ndim + 1))
        np.moveaxis(x, 0, -1)
        np.reshape(x, (-1,))
        np.pad(x, 1, mode=["constant", "edge", "reflect", "wrap"][k % 2])
        np.take(x, np.array([0, -1, 0]), axis=k % x.ndim)
        np.repeat(x, 2, axis=k % x.ndim)
        np.argsort(x, axis=-1)
        np.argmax(x, axis=k % x.ndim)
        np.linalg.norm(x + 0.1, axis=k % x.ndim)
        np.median(x, axis=k % x.ndim)
        np.stack([x, -x])[1]
        x[..., ::-1]
        x[k % x.shape[0]]
        x.at[0].set(1.5)
        x.at[np.array([0, 0])].add(0.5)
        x.at[..., -1].multiply(k + 0.5)
        x - ns.lax.stop_gradient(np.max(x, axis=-1, keepdims=True))
        np.exp(x) / np.sum(np.exp(x), axis=-1, keepdims=True)
        np.log(np.sum(np.exp(x), axis=k % x.ndim))
        np.abs(np.fft.fft(x, axis=k % x.ndim)) ** 2
        np.where(np.isfinite(x), x, 0).mean(k % x.ndim)
        np.cumsum(x[::-1], axis=0)[::-1]
        np.nanmean(np.where(x > 2, np.nan, x), axis=-1)
        np.take_along_axis(x, np.argsort(-x, axis=-1), axis=-1)
        np.searchsorted(np.array([-1.0, 0.0, 1.0], np.float32), x)
        ns.vmap(lambda row: row * np.sum(row))(x)
        ns.vmap(ns.grad(lambda row: np.sum(np.sin(row) * row)))(x)
        ns.lax.scan(lambda c, row: (c * 0.5 + row, c + row), np.zeros(x.shape[1:]), x)[1]
        ns.lax.fori_loop(0, 3, lambda i, v: np.sin(v) + i, x)
        ns.lax.reduce_max(x, (0,))
        ns.lax.top_k(x, 1)[0]
        """,
    ),
    (
        matrix,
        1,
        """
        x.T
        x @ x.T
        np.einsum("ij,kj->ik", x, x)
        np.tril(x, k - 1)
        np.trace(x)
        np.diagonal(x)
        np.rot90(x, k)
        np.cov(x)
        np.linalg.det(x @ x.T * 0.1 + np.eye(x.shape[0]))
        np.linalg.solve(x @ x.T + 2 * np.eye(x.shape[0]), x)
        np.linalg.cholesky(x @ x.T + 2 * np.eye(x.shape[0]))
        ns.grad(lambda v: np.sum(np.tanh(v @ v.T)))(x)
        """,
    ),
    (
        vector,
        1,
        """
        np.outer(x, x)
        np.convolve(x, np.array([0.5, 1.0, -0.5], np.float32))
        np.diag(x)
        np.polyval(x, np.array([0.1, -0.2], np.float32))
        np.interp(np.array([0.3, 1.7], np.float32), np.arange(x.size, dtype=np.float32), x)
        np.cross(x[:3], np.array([1.0, 2.0, 3.0], np.float32)[: min(3, x.size)])
        np.gradient(x)
        np.meshgrid(x, x[:2])[0]
        """,
    ),
    (
        both_floating,
        2,
        """
        np.hypot(x, y + 2)
        np.arctan2(x, y + 3)
        np.logaddexp(x, y)
        x / (1 + y * y)
        np.power(np.abs(x) + 0.5, y * 0.3)
        """,
    ),
    (
        broadcastable,
        2,
        """
        x + y
        x - y
        x * y
        np.maximum(x, y)
        np.minimum(x, y)
        np.where(x > y, x, y * 0.5)
        np.true_divide(x, y * y + 1)
        np.less(x, y) * x
        np.broadcast_arrays(x, y)[k % 2]
        np.fmax(x, y)
        np.add.outer(x.ravel()[:2], y.ravel()[:3])
        """,
    ),
    (
        same_shape,
        2,
        """
        np.concatenate([x, y], axis=k % x.ndim)
        np.stack([x, y], axis=-1)
        np.vdot(x, y)
        np.select([x > y, x < -y], [x, y], 0.1)
        """,
    ),
    (chained, 2, "x @ y\nnp.dot(x, y)\nnp.matmul(np.sin(x), y)"),
    (product_is_small, 2, "np.outer(x, y)\nnp.tensordot(x, y, axes=0)\nnp.kron(x, y)"),
    (
        integral,
        1,
        """
        x + k
        x * x
        x % 5
        x // 3
        -x
        x & 6
        x << (k % 3)
        np.abs(x)
        np.cumsum(x)
        np.sum(x)
        np.sort(x.ravel())
        x.astype(np.float32) * 0.1
        np.bitwise_count(x).astype(np.int32)
        np.clip(x, -2, 3)
        np.where(x > 1, x, k)
        x / 7
        np.max(x) - x
        """,
    ),
    (both_integral, 2, "x ^ y\nx | y\nnp.gcd(x, y)\nnp.floor_divide(x, y * y + 1)\nnp.remainder(x, y * y + 1)\nx == y"),
]  # fmt: skip
OPERATIONS = [Operation(line.strip(), fits, n) for fits, n, text in GROUPS for line in text.strip().split("\n")]


def build(steps: Sequence[Step]) -> Program:
    """The program that numbers stand for: operands first, then an operation that they allow."""
    values = list(map(pullback.numpy.asarray, INPUTS))
    program: Program = []
    for choice, first, second, k in steps:
        # the latest value as one of the operands in most steps, so that programs get deep
        i = len(values) - 1 if first % 3 else first // 3 % len(values)
        j = second % len(values)
        fitting = [op for op in OPERATIONS if op.fits(*[values[n] for n in (i, j)[: op.arity]])]
        if not fitting or values[i].size > 500:
            continue
        op = fitting[choice % len(fitting)]
        where = (i, j)[: op.arity]
        values.append(op.function(OURS, OURS.np, k, *[values[n] for n in where]))
        program.append((op, where, k))
    return program


def run(program: Program, ns: Any, inputs: Sequence[Any]) -> list[Any]:
    values = [ns.np.asarray(x) for x in inputs]
    for op, where, k in program:
        values.append(op.function(ns, ns.np, k, *[values[n] for n in where]))
    return values[len(inputs) :]


def loss(program: Program, ns: Any) -> Callable[..., Any]:
    """A weighted sum of all floating values, each brought into [-1, 1], so that none hides the others."""

    def f(*differentiable: Any) -> Any:
        total = 0.0
        for value in run(program, ns, (*differentiable, INPUTS[2])):
            if value.dtype.kind == "f":
                weights = np.cos(np.arange(value.size, dtype=np.float32)).reshape(value.shape)
                total = total + ns.np.sum(ns.np.tanh(value * 0.3) * weights)
        return total

    return f


def close(got: Any, want: Any, what: str, tolerance: float = 2e-4) -> None:
    x, y = np.asarray(got), np.asarray(want)
    assert x.shape == y.shape, (what, x.shape, y.shape)
    scale = max(1.0, float(np.max(np.abs(y[np.isfinite(y)]), initial=0))) if y.dtype.kind == "f" else 0
    np.testing.assert_allclose(x.astype(np.float64), y.astype(np.float64), tolerance, tolerance * scale, err_msg=what)


def check(program: Program) -> None:
    ours = run(program, OURS, INPUTS)
    theirs = jax.jit(lambda inputs: run(program, JAX, inputs))(INPUTS)
    weak = [x.weak_type for x in jax.eval_shape(lambda inputs: run(program, JAX, inputs), INPUTS)]
    for (op, where, k), x, y, w in zip(program, ours, theirs, weak, strict=True):
        what = f"{op} of {where}, k={k}, in {program}"
        assert x.dtype == y.dtype and x.weak_type == w, (what, x.dtype, x.weak_type, y.dtype, w)
        close(x, y, what)
    values = INPUTS[:2]
    for x, y in zip(
        pullback.grad(loss(program, OURS), DIFFERENTIABLE)(*values), jax.jit(jax.grad(loss(program, JAX), (0, 1)))(*values)
    ):
        close(x, y, f"gradient of {program}", 2e-3)
    mapped = lambda ns: ns.vmap(lambda x, v: run(program, ns, (x, v, BATCH[2])))
    for x, y in zip(mapped(OURS)(*BATCH[:2]), jax.jit(mapped(JAX))(*BATCH[:2])):
        close(x, y, f"vmap of {program}")


STEP = st.tuples(*[st.integers(0, 10**6)] * 3, st.integers(0, 3))


@settings(max_examples=60, derandomize=True, database=None, deadline=None)
@given(st.lists(STEP, min_size=3, max_size=8))
def test_random_programs(steps):
    check(build(steps))


def test_compiled_programs():
    """A dozen programs and their gradients in one module."""
    draw = random.Random(3)
    programs = [build([tuple(draw.randrange(10**6) for _ in range(3)) + (draw.randrange(4),) for _ in range(6)]) for _ in range(12)]

    def everything(ns: Any) -> Callable[..., Any]:
        return lambda x, v: [(run(p, ns, (x, v, INPUTS[2])), ns.grad(loss(p, ns), (0, 1))(x, v)) for p in programs]

    theirs = jax.jit(everything(JAX))(*INPUTS[:2])
    ours = pullback.jit(everything(OURS))(*INPUTS[:2])
    for program, (values, gradients), (want, wanted) in zip(programs, ours, theirs):
        for (op, _, _), x, y in zip(program, values, want):
            assert x.dtype == y.dtype
            close(x, y, f"{op} in {program}")
        for x, y in zip(gradients, wanted):
            close(x, y, f"gradient of {program}", 2e-3)


def test_every_operation_can_be_drawn():
    """None has a condition that no value meets."""
    draw = random.Random(0)
    used: set[str] = set()
    for _ in range(1500):
        steps = [(draw.randrange(10**6), draw.randrange(10**6), draw.randrange(10**6), draw.randrange(4)) for _ in range(5)]
        used.update(op.text for op, _, _ in build(steps))
    assert not {op.text for op in OPERATIONS} - used


def test_a_wrong_derivative_is_found(monkeypatch):
    """The comparison can fail: the derivative of the sine with another sign."""
    program = [(next(op for op in OPERATIONS if op.text == "np.sin(x)"), (0,), 0)]
    check(program)
    sin, cos = pullback.numpy.sin, pullback.numpy.cos
    wrong = pullback.custom_jvp(sin)
    wrong.defjvp(lambda primals, tangents: (sin(*primals), -cos(*primals) * tangents[0]))
    monkeypatch.setattr(pullback.numpy, "sin", wrong)
    with pytest.raises(AssertionError, match="gradient of"):
        check(program)
