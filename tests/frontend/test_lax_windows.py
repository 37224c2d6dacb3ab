"""Reductions with any function, over dimensions and over windows, against JAX; cumlogsumexp, reduce_xor, reduce_precision."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from closeness import near

import pullback as pb
import pullback.numpy as pnp
from pullback import lax

VALUES = np.random.default_rng(0).standard_normal((2, 7, 6, 3)).astype(np.float32)
TIES = np.random.default_rng(0).integers(-2, 3, (2, 7, 6, 3)).astype(np.float32)

#: Arguments of reduce_window after the function.
WINDOWS: dict[str, tuple[Any, ...]] = {
    "pool": ((1, 2, 2, 1), (1, 2, 2, 1), "VALID"),
    "overlap": ((1, 3, 3, 1), (1, 1, 1, 1), "SAME"),
    "strides": ((1, 3, 2, 1), (1, 2, 1, 1), "SAME_LOWER"),
    "all_dimensions": ((2, 3, 2, 2), None, [(0, 1), (1, 0), (0, 2), (1, 1)]),
    "base_dilation": ((1, 2, 3, 1), (1, 1, 2, 1), [(0, 0), (1, 0), (0, 1), (0, 0)], (1, 2, 3, 1)),
    "window_dilation": ((1, 2, 3, 1), (1, 2, 1, 1), "VALID", None, (1, 3, 2, 1)),
    "negative_padding": ((1, 2, 2, 1), (1, 2, 1, 1), [(0, 0), (-1, 2), (1, -2), (0, 0)]),
    "gaps": ((1, 2, 1, 1), (1, 3, 2, 1), "VALID"),
    "large": ((1, 6, 6, 1), (1, 1, 1, 1), "SAME"),
    "global": ((1, 7, 6, 1), (1, 1, 1, 1), "VALID"),
    "no_place": ((1, 8, 1, 1), (1, 1, 1, 1), "VALID"),
}
MONOIDS: dict[str, tuple[float, Any, Any]] = {
    "sum": (0.0, lax.add, jax.lax.add),
    "max": (-np.inf, lax.max, jax.lax.max),
    "min": (np.inf, lax.min, jax.lax.min),
}


def window(module: Any, f: Any, init: Any, arguments: tuple[Any, ...]) -> Callable[[Any], Any]:
    return lambda x: module.reduce_window(x, init, f, *arguments)


def results(module: Any, np_: Any, pool: Callable[[Any], Any], ct: Any) -> Callable[..., Any]:
    """Value, tangent, gradient, and the gradient of a function of the gradient."""

    def run(x: Any, dx: Any) -> Any:
        def gradient(x: Any) -> Any:
            return module.grad(lambda x: np_.sum(np_.sin(pool(x)) * ct))(x)

        return *module.jvp(pool, (x,), (dx,)), gradient(x), module.grad(lambda x: np_.sum(gradient(x) * dx))(x)

    return run


def pools(kind: str, name: str) -> tuple[Any, Any, Any]:
    """Ours, JAX's, and a cotangent. JAX has no reverse mode for some windows."""
    init, f, theirs = MONOIDS[kind]
    pool, oracle = window(lax, f, init, WINDOWS[name]), window(jax.lax, theirs, np.float32(init), WINDOWS[name])
    shape = jax.eval_shape(oracle, VALUES).shape
    return pool, oracle, np.random.default_rng(1).standard_normal(shape).astype(np.float32)


#: Windows for whose extrema JAX has no reverse mode, and those that may hold nothing but padding: the sine of infinity is NaN.
FORWARD = ("window_dilation", "negative_padding", "no_place", "base_dilation", "all_dimensions")


@pytest.mark.parametrize("name", WINDOWS)
@pytest.mark.parametrize("kind", MONOIDS)
def test_derivatives(kind: str, name: str) -> None:
    pool, oracle, ct = pools(kind, name)
    if kind == "sum" or name not in FORWARD:
        near(results(pb, pnp, pool, ct)(VALUES, TIES), jax.jit(results(jax, jnp, oracle, ct))(VALUES, TIES))
        return
    value, tangent = pb.jvp(pool, (VALUES,), (TIES,))
    near((value, tangent), jax.jit(lambda x, dx: jax.jvp(oracle, (x,), (dx,)))(VALUES, TIES))
    pulled = pb.vjp(pool, VALUES)[1](ct)[0]  # agrees with forward mode
    left, right = np.vdot(np.asarray(pulled, np.float64), TIES), np.vdot(np.asarray(tangent, np.float64), ct)
    assert left == pytest.approx(right, rel=1e-5)


@pytest.mark.parametrize("name", [name for name in WINDOWS if name not in FORWARD])
@pytest.mark.parametrize("kind", ["max", "min"])
def test_ties(kind: str, name: str) -> None:
    """The first element that attains the extremum has the derivative, as in JAX's reverse mode."""
    pool, oracle, ct = pools(kind, name)
    near(pb.vjp(pool, TIES)[1](ct)[0], jax.jit(lambda x: jax.vjp(oracle, x)[1](ct)[0])(TIES))


def test_compiled() -> None:
    """Values and gradients of many windows, in one program."""
    chosen = [
        (kind, name) for kind in MONOIDS for name in ("pool", "overlap", "window_dilation", "negative_padding", "gaps", "large")
    ]

    def program(x: Any) -> Any:
        out = []
        for kind, name in chosen:
            init, f, _ = MONOIDS[kind]
            pool = window(lax, f, init, WINDOWS[name])
            value, pull = pb.vjp(pool, x)
            out.append((value, pull(pnp.sin(value))[0]))
        return out

    near(pb.jit(program)(TIES), program(TIES))


def test_vmap() -> None:
    stack = np.stack([TIES, -TIES, VALUES])
    for kind in MONOIDS:
        init, f, _ = MONOIDS[kind]
        pool = window(lax, f, init, WINDOWS["strides"])
        near(pb.vmap(pool, 0, 1)(stack), np.stack([pool(x) for x in stack], 1))
        grad = pb.grad(lambda x: pnp.sum(pool(x) ** 2))  # noqa: B023
        near(pb.vmap(grad)(stack), np.stack([grad(x) for x in stack]))


# Recognition ---------------------------------------------------------------------------------------------------------------
def test_recognised() -> None:
    """However it is written, a known function becomes an operation of its own."""

    def spelt(f: Any, init: Any, x: Any = TIES) -> tuple[str, str]:
        def ops(g: Any) -> str:
            return pb.jit(g).lower(x).as_text("pb")

        return ops(lambda x: lax.reduce(x, init, f, (1, 2))), ops(lambda x: lax.reduce_window(x, init, f, (1, 2, 2, 1)))

    for f in (lax.add, pnp.add, operator.add, lambda a, b: b + a):
        whole, windows = spelt(f, 0.0)
        assert "pb.reduce_sum" in whole
        assert "pb.add" not in whole
        assert "pb.reduce_window_sum" in windows
        assert "pb.add" not in windows
    for f in (lax.max, pnp.maximum):
        whole, windows = spelt(f, -np.inf)
        assert "pb.reduce_max" in whole
        assert "pb.reduce_window_max" in windows
        whole, windows = spelt(f, 0.0)  # another initial value
        assert "pb.max" in whole
        assert "pb.max" in windows
    whole, windows = spelt(lambda a, b: a + 2 * b, 0.0)
    assert "pb.reduce_sum" not in whole
    assert "pb.reduce_window_sum" not in windows


INTEGERS = np.arange(-6, 6, dtype=np.int32).reshape(3, 4)


@pytest.mark.parametrize(
    ("name", "init"),
    [
        ("add", 0), ("add", 5), ("mul", 1), ("mul", 2), ("max", np.iinfo(np.int32).min), ("max", 1), ("min", 3),
        ("bitwise_and", -1), ("bitwise_or", 0), ("bitwise_xor", 0), ("bitwise_xor", 9),
    ],
)  # fmt: skip
def test_integers(name: str, init: int) -> None:
    ours, theirs = getattr(lax, name), getattr(jax.lax, name)
    for axes in ((0,), (1, 0), ()):
        near(lax.reduce(INTEGERS, np.int32(init), ours, axes), jax.lax.reduce(INTEGERS, np.int32(init), theirs, axes), 0.0)
    arguments = ((2, 2), (1, 2), [(1, 1), (0, 1)])
    want = jax.lax.reduce_window(INTEGERS, np.int32(init), theirs, *arguments)
    near(lax.reduce_window(INTEGERS, init, ours, *arguments), want, 0.0)


def test_booleans_and_infinite_bounds() -> None:
    x = INTEGERS % 3 == 0
    for name, init in (("bitwise_and", True), ("bitwise_or", False), ("bitwise_xor", False), ("max", False), ("min", True)):
        near(lax.reduce(x, init, getattr(lax, name), (1,)), jax.lax.reduce(x, init, getattr(jax.lax, name), (1,)))
        near(lax.reduce_window(x, init, getattr(lax, name), (2, 2)), jax.lax.reduce_window(x, init, getattr(jax.lax, name), (2, 2)))
    near(lax.reduce_window(INTEGERS, -np.inf, lax.max, (2, 2)), lax.reduce_window(INTEGERS, -(2**31), lax.max, (2, 2)))
    near(lax.reduce_xor(INTEGERS, (0,)), np.bitwise_xor.reduce(INTEGERS, 0))


# Any function --------------------------------------------------------------------------------------------------------------
def affine(a: Any, b: Any) -> Any:
    """Composition of x -> a[0] x + a[1] and x -> b[0] x + b[1]: associative, not commutative."""
    return a[0] * b[0], a[1] * b[0] + b[1]


PAIR = (VALUES[0, :, :, 0], VALUES[1, :, :, 1])
IDENTITY = (1.0, 0.0)
STRONG = (np.float32(1), np.float32(0))


@pytest.mark.parametrize("axes", [(0,), (1,), (0, 1), ()])
def test_reduce_pairs(axes: tuple[int, ...]) -> None:
    def run(module: Any, lx: Any, np_: Any, init: Any) -> Any:
        def f(x: Any, y: Any) -> Any:
            return lx.reduce((x, y), init, affine, axes)

        def loss(x: Any, y: Any) -> Any:
            p, q = f(x, y)
            return np_.sum(np_.sin(p) * q)

        return f(*PAIR), f

    near(run(pb, lax, pnp, IDENTITY)[0], run(jax, jax.lax, jnp, STRONG)[0])
    f = run(pb, lax, pnp, IDENTITY)[1]
    g = pb.grad(lambda x, y: pnp.sum(pnp.sin(f(x, y)[0]) * f(x, y)[1]), (0, 1))(*PAIR)

    def folded(x: Any, y: Any) -> Any:  # the same by a loop over the elements
        order = (*axes, *(d for d in (0, 1) if d not in axes))
        rows = [v.transpose(order).reshape(-1, *(v.shape[d] for d in (0, 1) if d not in axes)) for v in (x, y)]
        p, q = rows[0][0], rows[1][0]
        for i in range(1, rows[0].shape[0]):
            p, q = affine((p, q), (rows[0][i], rows[1][i]))
        return jnp.sum(jnp.sin(p) * q)

    near(g, jax.jit(jax.grad(folded, (0, 1)))(*map(jnp.asarray, PAIR)), 1e-4)


def test_reduce_window_pairs() -> None:
    arguments = ((2, 3), (1, 2), "SAME")
    f = lambda x, y: lax.reduce_window((x, y), IDENTITY, affine, *arguments)
    padded = [np.pad(x, ((0, 1), (0, 1)), constant_values=v) for x, v in zip(PAIR, IDENTITY)]
    want = [np.empty((7, 3), np.float32) for _ in PAIR]
    for i, j in np.ndindex(7, 3):
        total: Any = IDENTITY
        for at in np.ndindex(2, 3):
            total = affine(total, [x[i + at[0], 2 * j + at[1]] for x in padded])
        want[0][i, j], want[1][i, j] = total
    near(f(*PAIR), tuple(want))
    product = lambda m: m.reduce_window(PAIR, STRONG, lambda a, b: (a[0] * b[0], m.max(a[1], b[1])), *arguments)
    near(product(lax), product(jax.lax))
    pb.test_util.check_grads(f, PAIR, 2, ("fwd", "rev"), rtol=2e-2, atol=2e-2)
    loss = pb.value_and_grad(lambda x, y: pnp.sum(f(x, y)[0] * f(x, y)[1]), (0, 1))
    near(pb.jit(loss)(*PAIR), loss(*PAIR))
    batch = tuple(np.stack([x, -x]) for x in PAIR)
    near(pb.vmap(f)(*batch), tuple(np.stack(v) for v in zip(f(*PAIR), f(*(-x for x in PAIR)))))


def test_reduce_general() -> None:
    x = VALUES[0, :, :, 0]
    f = lambda x: lax.reduce(x, -np.inf, pnp.logaddexp, (1,))
    near(f(x), jax.nn.logsumexp(x, 1))
    near(pb.grad(lambda x: pnp.sum(f(x) ** 2))(x), jax.grad(lambda x: jnp.sum(jax.nn.logsumexp(x, 1) ** 2))(x))
    near(lax.reduce(np.zeros((0, 3), np.float32), 2.0, lambda a, b: pnp.sin(a * b), (0,)), np.full(3, 2, np.float32), 0.0)
    scale = pnp.asarray(2.0)  # closed over, and differentiated
    g = pb.grad(lambda s, init: pnp.sum(lax.reduce(x, init, lambda a, b: a + b * s, (0,))), (0, 1))(scale, pnp.asarray(1.0))
    assert all(np.isfinite(np.asarray(v)).all() for v in g)
    assert float(pb.grad(lambda v: lax.reduce(x, v, lax.add, (0, 1)))(1.0)) == 1.0
    assert lax.reduce(2, 3, lax.add, ()).weak_type


# Errors --------------------------------------------------------------------------------------------------------------------
def test_errors() -> None:
    x = VALUES[0, :, :, 0]
    wrong: list[tuple[Callable[[Any], Any], str]] = [
        (lambda m: m.reduce_window(x, np.float32(0), m.add, (2,)), "wrong number of window_dimensions"),
        (lambda m: m.reduce_window(x, np.float32(0), m.add, (2, 2), (1,)), "inconsistent window_strides"),
        (lambda m: m.reduce_window(x, np.float32(0), m.add, (2, 2), None, "VALID", (1,)), "inconsistent base_dilation"),
        (lambda m: m.reduce_window(x, np.float32(0), m.add, (2, 2), None, "VALID", None, (1,)), "inconsistent window_dilation"),
        (lambda m: m.reduce_window(x, np.float32(0), m.add, (2, 0)), "every element be strictly positive"),
        (lambda m: m.reduce_window(x, np.float32(0), m.add, (2, 2), (1, 1), "HALF"), "Unrecognized padding type"),
        (lambda m: m.reduce_window((x, x), np.float32(0), m.add, (2, 2)), "same tree structure"),
        (lambda m: m.reduce_window((), (), m.add, ()), "at least one operand"),
        (lambda m: m.reduce_window(x, np.float16(0), m.mul, (2, 2)), "inconsistent dtypes"),
        (lambda m: m.reduce((x, x), np.float32(0), m.add, (0,)), "same tree structure"),
        (lambda m: m.reduce_precision(x, 0, 3), "exponent_bits must be positive"),
        (lambda m: m.reduce_precision(x, 3, -1), "mantissa_bits must be non-negative"),
        (lambda m: m.reduce_precision(INTEGERS, 3, 3), "reduce_precision does not accept dtype int32"),
    ]
    for f, text in wrong:
        with pytest.raises(Exception) as theirs:
            f(jax.lax)
        with pytest.raises(type(theirs.value)) as ours:
            f(lax)
        assert text in str(ours.value)
        assert text in str(theirs.value)
    with pytest.raises(ValueError, match="dimensions 2 is out of bounds"):
        lax.reduce(x, 0.0, lax.add, (2,))
    with pytest.raises(TypeError, match="init_values to be scalars"):
        lax.reduce(x, x, lambda a, b: a * b, (0,))
    with pytest.raises(TypeError, match="must return scalars of the dtypes of the operands"):
        lax.reduce(x, 0.0, lambda a, b: a > b, (0,))
    with pytest.raises(ValueError, match="output must have the same tree structure"):
        lax.reduce(x, 0.0, lambda a, b: (a, b), (0,))
    with pytest.raises(ValueError, match="operands of one shape"):
        lax.reduce((x, x[0]), (0.0, 0.0), affine, (0,))
    with pytest.raises(NotImplementedError, match="out_sharding must be None"):
        lax.reduce(x, 0.0, lax.add, (0,), "x")
    with pytest.raises(TypeError, match="must be of type tuple/list/ndarray"):
        lax.reduce_window(x, 0.0, lax.add, 2)
    with pytest.raises(ValueError, match="removes more than dimension 0"):
        lax.reduce_window(x, 0.0, lax.add, (1, 1), None, [(-4, -4), (0, 0)])


# Others --------------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("reverse", [False, True])
def test_cumlogsumexp(reverse: bool) -> None:
    x = 20 * VALUES[0, :, :, 0]
    run = lambda m, lx, np_: (
        lambda x: (
            lx.cumlogsumexp(x, axis=0, reverse=reverse),
            m.grad(lambda x: np_.sum(np_.sin(lx.cumlogsumexp(x / 8, axis=1, reverse=reverse))))(x),
            m.jvp(lambda x: m.grad(lambda x: np_.sum(lx.cumlogsumexp(x / 20, 0, reverse) ** 2))(x), (x,), (x[::-1],))[1],
        )
    )
    want = jax.jit(run(jax, jax.lax, jnp))(x)
    near(run(pb, lax, pnp)(x), want, 1e-4)
    near(pb.jit(run(pb, lax, pnp))(x), want, 1e-4)
    infinite = np.array([-np.inf, -np.inf, 1.0, -np.inf, 800.0], np.float32)
    near(lax.cumlogsumexp(infinite), np.logaddexp.accumulate(infinite))
    assert np.isfinite(np.asarray(pb.grad(lambda x: lax.cumlogsumexp(x)[-1])(infinite))).all()


def test_reduce_precision() -> None:
    rng = np.random.default_rng(0)
    for dtype in (np.float32, np.float16):
        x = np.concatenate([rng.standard_normal(20) * s for s in (1, 1e4, 1e-5)] + [[np.inf, -np.inf, np.nan, 0, -0.0]]).astype(
            dtype
        )
        for bits in ((5, 10), (8, 7), (4, 3), (3, 0), (11, 52)):
            got, want = np.asarray(lax.reduce_precision(x, *bits)), np.asarray(jax.lax.reduce_precision(x, *bits))
            np.testing.assert_array_equal(got, want)
            assert (np.signbit(got) == np.signbit(want)).all()
    x = VALUES[0, 0]
    f = lambda m, lx: lambda x: m.vjp(lambda x: lx.reduce_precision(x, 5, 4), x)[1](x)[0]
    near(f(pb, lax)(x), jax.jit(f(jax, jax.lax))(x), 0.0)
    near(pb.jit(f(pb, lax))(x), f(pb, lax)(x), 0.0)


def test_shape_tuple() -> None:
    pool = ((1, 2, 2, 1), (1, 2, 2, 1), [(0, 0)] * 4)
    dilated = ((2, 3, 1, 1), (1, 1, 2, 1), [(0, 1)] * 4, (1, 2, 3, 1), (1, 2, 1, 1))
    for arguments in (pool, dilated):
        got = lax.reduce_window_shape_tuple(VALUES.shape, *arguments)
        assert got == jax.lax.reduce_window_shape_tuple(VALUES.shape, *arguments)
