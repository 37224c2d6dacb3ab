"""Options and errors of the loops of pullback.lax, bounded while loops, `map`, `associative_scan`."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import pullback as pb
import pullback.numpy as pnp
from pullback import lax

RNG = np.random.default_rng(4)


@pytest.fixture(autouse=True)
def x64() -> Iterator[None]:
    with pb.config.scope(enable_x64=True), jax.enable_x64(True):
        yield


def close(got: Any, want: Any, tol: float = 1e-9) -> None:
    got, want = pb.tree.leaves(got), jax.tree.leaves(want)
    assert len(got) == len(want)
    for g, w in zip(got, want):
        g, w = np.asarray(g), np.asarray(w)
        assert g.shape == w.shape and g.dtype == w.dtype, (g.dtype, w.dtype, g.shape, w.shape)
        np.testing.assert_allclose(g, w, rtol=tol, atol=tol)


# while_loop ----------------------------------------------------------------------------------------------------------------
def newton(a: Any, max_steps: int | None = None) -> Any:
    """The square root of a."""
    go_on = lambda x: abs(x * x - a) > 1e-13
    return lax.while_loop(go_on, lambda x: (x + a / x) / 2, a, **({} if max_steps is None else {"max_steps": max_steps}))


@pytest.mark.parametrize("max_steps", [7, 50, 10**9])
def test_bounded_loop_is_the_loop(max_steps: int) -> None:
    for a in (0.25, 2.0, 9.0):
        assert float(newton(a, max_steps)) == float(newton(a))
        close(pb.grad(newton)(a, max_steps), np.asarray(0.5 / np.sqrt(a)))
        close(pb.grad(pb.grad(newton))(a, max_steps), np.asarray(-0.25 * a**-1.5), 1e-8)
        close(pb.grad(pb.grad(pb.grad(newton)))(a, max_steps), np.asarray(0.375 * a**-2.5), 1e-7)
        close(pb.jvp(lambda x: newton(x, max_steps), (a,), (1.0,))[1], np.asarray(0.5 / np.sqrt(a)))


def test_bounded_loop_stops_at_the_bound() -> None:
    """It returns the value that it has after `max_steps` steps, and differentiates those."""
    loop = lambda x, n: lax.while_loop(lambda x: x < 1e9, lambda x: x * x, x, max_steps=n)
    for n in (0, 1, 2, 3, 5):
        assert float(loop(1.5, n)) == 1.5 ** (2**n)
        close(pb.grad(loop)(1.5, n), np.asarray(2**n * 1.5 ** (2**n - 1)))
    assert float(loop(2e9, 5)) == 2e9 and float(pb.grad(loop)(2e9, 5)) == 1.0


def test_bounded_loop_runs_no_step_after_the_stop() -> None:
    """Time does not depend on the bound, forward and backward; a billion skipped steps would take minutes."""
    start = time.perf_counter()
    pb.value_and_grad(newton)(2.0, 10**9)
    pb.vmap(pb.grad(lambda a: newton(a, 10**9)))(np.array([2.0, 3.0]))
    assert time.perf_counter() - start < 5


def test_bounded_loop_memory_grows_with_the_square_root() -> None:
    saved = []
    for n in (100, 10000):
        _, pull = pb.vjp(
            lambda x, n=n: lax.while_loop(lambda s: s[1] < n, lambda s: (pnp.sin(s[0]), s[1] + 1), (x, 0), max_steps=n), 0.5
        )
        saved.append(sum(np.size(r) for r in pb.tree.leaves(pull)))
        close(
            pull((1.0, np.zeros((), pb.float0)))[0],
            jax.grad(lambda x, n=n: jax.lax.fori_loop(0, n, lambda i, x: jnp.sin(x), x))(0.5),
        )
    assert saved[0] < 40 and saved[1] < 12 * saved[0]


def test_bounded_loop_transformed_and_jitted() -> None:
    """Examples that stop at different steps; closures; pytrees; a loop in a loop; all in one compiled function."""
    points = np.array([0.3, 2.0, 9.0, 100.0])

    def nested(w: Any) -> Any:
        def outer(state: Any) -> Any:
            inner = lax.while_loop(lambda x: pnp.sum(x) < 3.0, lambda x: x * 1.5 + pnp.sin(w), state["x"], max_steps=6)
            return {"x": inner * 0.25, "n": state["n"] + 1}

        out = lax.while_loop(lambda s: s["n"] < 3, outer, {"x": pnp.stack([w, 2 * w]), "n": 0}, max_steps=10)
        return pnp.sum(out["x"] ** 2)

    def plain(w: Any) -> Any:
        x = jnp.stack([w, 2 * w])
        for _ in range(3):
            for _ in range(6):
                if jnp.sum(x) < 3.0:
                    x = x * 1.5 + jnp.sin(w)
            x = x * 0.25
        return jnp.sum(x**2)

    def everything(points: Any, w: Any) -> Any:
        root = lambda a: newton(a, 50)
        return (
            pb.vmap(pb.grad(root))(points),
            pb.grad(lambda p: pnp.sum(pb.vmap(root)(p)))(points),
            pb.vmap(pb.grad(pb.grad(root)))(points),
            pb.value_and_grad(nested)(w),
        )

    want = (0.5 / np.sqrt(points), 0.5 / np.sqrt(points), -0.25 * points**-1.5, jax.value_and_grad(plain)(0.7))
    close(everything(points, 0.7), want, 1e-7)
    close(pb.jit(everything)(points, 0.7), want, 1e-7)
    close(pb.grad(pb.grad(nested))(0.7), jax.jvp(jax.grad(plain), (0.7,), (1.0,))[1], 1e-8)


def test_bounded_loop_has_no_nan_past_the_stop() -> None:
    """The step of an example that has stopped would have an infinite derivative, or none."""
    step = lambda s: (s[0], s[1] + 1 / pnp.sqrt(s[0] - s[1]))
    f = lambda a: lax.while_loop(lambda s: s[1] < s[0], step, (a, 0.0), max_steps=20)[1]
    points = np.array([0.5, 1.0, 4.0, 9.0])
    want = np.array([float(pb.grad(f)(a)) for a in points])
    assert np.isfinite(want).all()
    np.testing.assert_allclose(np.asarray(pb.vmap(pb.grad(f))(points)), want, rtol=1e-12)
    np.testing.assert_allclose(np.asarray(pb.grad(lambda p: pnp.sum(pb.vmap(f)(p)))(points)), want, rtol=1e-12)


def test_bounded_loop_of_complex_values() -> None:
    f = lambda z: lax.while_loop(lambda s: s[1] < 3, lambda s: (s[0] * s[0] + z, s[1] + 1), (z, 0), max_steps=8)[0]
    g = lambda z: ((z * z + z) ** 2 + z) ** 2 + z
    z = 0.3 + 0.2j
    close(pb.grad(f, holomorphic=True)(z), jax.grad(g, holomorphic=True)(z))
    close(pb.jit(pb.grad(f, holomorphic=True))(z), jax.grad(g, holomorphic=True)(z))


def test_errors_of_while_loops() -> None:
    with pytest.raises(ValueError, match="max_steps must not be negative, got -1"):
        lax.while_loop(lambda x: x < 3, lambda x: x, 1, max_steps=-1)
    with pytest.raises(TypeError, match="max_steps must be an integer"):
        lax.while_loop(lambda x: x < 3, lambda x: x, 1, max_steps=2.5)
    with pytest.raises(TypeError, match="cond_fun must return a boolean scalar"):
        lax.while_loop(lambda x: (x < 3,), lambda x: x + 1, 1)
    for f in (newton, lambda x: pb.jit(lambda n: lax.fori_loop(0, n, lambda i, y: y * x, x))(3)):
        with pytest.raises(TypeError, match=r"static bounds, bound it with while_loop\(..., max_steps=\)"):
            pb.grad(f)(2.0)
    with pytest.raises(ValueError, match="Can only use `unroll` in `fori_loop` if the loop bounds are statically known"):
        pb.jit(lambda n: lax.fori_loop(0, n, lambda i, x: x, 0, unroll=2))(3)


def test_fori_loop_with_traced_bounds() -> None:
    f = pb.jit(lambda n, m, x: lax.fori_loop(n, m, lambda i, s: s * x + i, x))
    for n, m in ((0, 4), (2, 3), (3, 1)):
        want = 0.5
        for i in range(n, m):
            want = want * 0.5 + i
        close(f(n, m, 0.5), np.asarray(want))
    tangent = pb.jvp(lambda x: f(0, 3, x), (0.5,), (1.0,))[1]
    close(tangent, np.asarray(4 * 0.5**3 + 1))  # ((x x + 0) x + 1) x + 2


# scan ----------------------------------------------------------------------------------------------------------------------
WEAK_TYPES = {
    "index": lambda np, lax: lax.fori_loop(0, 5, lambda i, x: x + i, np.int8(0)),
    "index of strong bounds": lambda np, lax: lax.fori_loop(np.int32(0), np.int32(5), lambda i, x: x + i, np.int8(0)),
    "index as a value": lambda np, lax: lax.fori_loop(0, 5, lambda i, x: (i, x[1] + i), (0, 0)),
    "mixed precision scan": lambda np, lax: lax.scan(
        lambda c, x: (c + x.astype("float32").sum(), x * c), 0.0, np.ones((3, 2), "bfloat16")
    ),
    "mixed precision while": lambda np, lax: lax.while_loop(
        lambda s: s[0] < 3, lambda s: (s[0] + np.float32(1), s[1] * s[0]), (0.0, np.ones(2, "bfloat16"))
    ),
    "float from integer": lambda np, lax: lax.while_loop(lambda s: s < 10, lambda s: s * 1.5, 1),
    "exchange": lambda np, lax: lax.while_loop(lambda s: s[0] < 3, lambda s: (s[1], s[0] + 1), (1.0, np.float32(1))),
    "constant": lambda np, lax: lax.while_loop(lambda s: s < 3, lambda s: 5.0, np.float32(1)),
}


@pytest.mark.parametrize("name", WEAK_TYPES)
def test_weak_types_of_loops_are_those_of_jax(name: str) -> None:
    with pb.config.scope(enable_x64=False), jax.enable_x64(False):
        got, want = pb.tree.leaves(WEAK_TYPES[name](pnp, lax)), jax.tree.leaves(WEAK_TYPES[name](jnp, jax.lax))
        assert [(x.dtype, x.weak_type) for x in got] == [(x.dtype, x.weak_type) for x in want]
        for x, y in zip(got, want):
            np.testing.assert_array_equal(np.asarray(x), np.asarray(y))


def test_traced_bounds_give_a_weak_index_and_scan_takes_lists() -> None:
    with pb.config.scope(enable_x64=False):
        total = lambda n: lax.fori_loop(0, n, lambda i, x: x + i, pnp.int8(0))
        assert pb.jit(total)(5).dtype == np.int8
        assert lax.scan(lambda c, x: [c + x, x], 0, pnp.arange(4))[0] == 6


@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("unroll", [0, 1, 2, 7, True, False])
def test_scan_options(unroll: Any, reverse: bool) -> None:
    xs = {"a": RNG.normal(size=(5, 2)), "b": np.arange(5)}

    def f(module: Any, n: Any) -> Any:
        def body(carry: Any, x: Any) -> Any:
            total, (same, count) = carry
            total = n.sin(total * same) + x["a"]
            return (total, (same, count + x["b"])), {"y": total * 2, "count": count}

        return module.scan(body, (np.ones(2), (0.7, 0)), xs, reverse=reverse, unroll=unroll, _split_transpose=True)

    want = f(jax.lax, jnp)
    close(f(lax, pnp), want)
    if unroll == 2:
        close(pb.jit(lambda: f(lax, pnp))(), want)


def test_unrolled_steps_are_written_out() -> None:
    def sines(unroll: Any) -> int:
        f = pb.jit(lambda x: lax.scan(lambda c, _: (pnp.sin(c), None), x, None, length=6, unroll=unroll)[0])
        return f.lower(0.5).as_text().count('"func.call"')

    assert sines(1) == 1 and sines(3) == 3 * sines(1) and sines(True) == 6 * sines(1) == sines(0)


def test_scan_without_xs_and_of_nothing() -> None:
    (last, ys) = lax.scan(lambda c, x: (c + 1, (c, x)), 0, None, length=3)
    assert int(last) == 3 and ys[0].tolist() == [0, 1, 2] and ys[1] is None
    close(lax.scan(lambda c, x: (c + x, c), 1.5, np.zeros(0)), jax.lax.scan(lambda c, x: (c + x, c), 1.5, np.zeros(0)))


def test_carries_that_do_not_change_are_constants() -> None:
    """So that reverse mode does not save them for each iteration."""
    w = RNG.normal(size=20)

    def f(w: Any) -> Any:
        (_, h), _ = lax.scan(lambda c, x: ((c[0], pnp.sin(c[0] * c[1]) * x), None), (w, w), np.arange(1.0, 6.0))
        return pnp.sum(h)

    def g(w: Any) -> Any:
        h = w
        for x in np.arange(1.0, 6.0):
            h = jnp.sin(w * h) * x
        return jnp.sum(h)

    close(pb.grad(f)(w), jax.grad(g)(w))
    _, pull = pb.vjp(f, w)
    sizes = sorted(np.size(r) for r in pb.tree.leaves(pull))
    assert sizes.count(100) == 2  # cos and the carry; w once


def test_unused_results_are_not_computed_when_compiled() -> None:
    """The carry that only serves unused results goes, and with it its computation."""
    text = (
        pb.jit(lambda x: lax.scan(lambda c, _: ((c[0] * 2, pnp.exp(c[1])), pnp.log(c[1])), (x, x), None, length=9)[0][0])
        .lower(0.5)
        .as_text()
    )
    assert "stablehlo.while" in text and "exponential" not in text and "stablehlo.log" not in text


def test_linear_transpose_of_loops_with_nonlinear_parts() -> None:
    """Counters and coefficients that a loop computes beside its linear results."""

    def f(module: Any, n: Any) -> Any:
        def linear(x: Any) -> Any:
            (i, y), zs = module.scan(lambda c, _: ((c[0] + 1, c[1] * 2.0 * c[0]), (c[0] * 1.5, c[1])), (1, x), None, length=3)
            y, j = module.cond(i > 2, lambda y, i: (y * i, i * 2), lambda y, i: (y, i), y, i)
            k = module.while_loop(lambda s: s[0] < 5, lambda s: (s[0] + 1, s[1] * 1.5), (0, 2.0))[1]
            return y * zs[0][1] * k + n.sum(zs[1]) * j

        return linear

    (want,) = jax.linear_transpose(f(jax.lax, jnp), 2.0)(1.5)
    for transpose in (
        lambda c: pb.linear_transpose(f(lax, pnp), 2.0)(c),
        pb.jit(lambda c: pb.linear_transpose(f(lax, pnp), 2.0)(c)),
    ):
        np.testing.assert_allclose(float(transpose(1.5)[0]), float(want))


def test_errors_of_scan() -> None:
    with pytest.raises(ValueError, match="non-negative `int`, got -1"):
        lax.scan(lambda c, x: (c, x), 0.0, np.zeros(3), unroll=-1)
    with pytest.raises(TypeError, match="must keep its types"):
        lax.scan(lambda c, x: (c.astype(int), x), 0.0, np.zeros(3))
    with pytest.raises(ValueError, match="different leading axis sizes: xs: 3, length=4"):
        lax.scan(lambda c, x: (c, x), 0.0, np.zeros(3), length=4)


# cond and switch -------------------------------------------------------------------------------------------------------------
def test_older_forms_of_cond_and_switch() -> None:
    assert float(lax.cond(True, 1.0, lambda x: x + 1, 2.0, lambda x: x - 1)) == 2.0
    assert float(lax.cond(False, 1.0, lambda x: x + 1, 2.0, lambda x: x - 1)) == 1.0
    assert float(lax.cond(0, lambda x: 1.0, lambda x: 2.0, operand=None)) == 2.0
    assert float(lax.switch(1, [lambda x: x, lambda x: 3 * x], operand=2.0)) == 6.0
    with pytest.raises(TypeError, match="no positional operands"):
        lax.cond(True, lambda x: x, lambda x: x, 1.0, operand=2.0)


def test_switch_clamps_and_checks() -> None:
    branches = [lambda x: x, lambda x: 2 * x, lambda x: -x]
    assert [int(lax.switch(i, branches, 3)) for i in (-7, 0, 1, 2, 9)] == [3, 3, 6, -3, -3]
    assert int(lax.switch(np.uint8(250), branches, 3)) == -3
    close(pb.vmap(lambda i: lax.switch(i, branches, 3.0))(np.array([-1, 1, 5])), np.array([3.0, 6.0, -3.0]))
    with pytest.raises(ValueError, match="Empty branch sequence"):
        lax.switch(0, [], 3)
    with pytest.raises(TypeError, match="Index type must be an integer"):
        lax.switch(0.5, branches, 3)


def test_platform_dependent() -> None:
    assert pb.default_backend() == "cpu"
    choose = lambda x, **kw: lax.platform_dependent(x, **kw)
    assert float(choose(1.0, cpu=lambda x: x + 1, default=lambda x: x)) == 2.0
    assert float(choose(1.0, cuda=lambda x: x + 1, default=lambda x: x)) == 1.0
    assert float(pb.grad(lambda x: choose(x, cpu=lambda x: x * x))(3.0)) == 6.0
    with pytest.raises(NotImplementedError, match=r"platform 'cpu', and no default; there are some for: cuda"):
        choose(1.0, cuda=lambda x: x)


# map and associative_scan ----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("batch_size", [None, 1, 3, 7, 10])
@pytest.mark.parametrize("n", [0, 1, 7])
def test_map(batch_size: int | None, n: int) -> None:
    xs = {"a": RNG.normal(size=(n, 2)), "b": np.arange(n)}
    f = lambda module: lambda x: (module.sum(x["a"]), {"c": x["b"] * 2})
    close(lax.map(f(pnp), xs, batch_size=batch_size), jax.lax.map(f(jnp), xs))
    if n:
        grad = lambda m, n_, g: g(lambda a: n_.sum(m.map(lambda x: n_.sin(x), a, batch_size=batch_size) ** 2))(xs["a"])
        close(grad(lax, pnp, pb.grad), grad(jax.lax, jnp, jax.grad))


def test_errors_of_map() -> None:
    with pytest.raises(ValueError, match="batch_size must be positive"):
        lax.map(lambda x: x, np.zeros(3), batch_size=0)
    with pytest.raises(ValueError, match="leading axes of one size"):
        lax.map(lambda x: x[0], (np.zeros(3), np.zeros(2)), batch_size=2)


@pytest.mark.parametrize("n", [0, 1, 2, 3, 4, 5, 11])
@pytest.mark.parametrize("reverse", [False, True])
def test_associative_scan(n: int, reverse: bool) -> None:
    """A linear recurrence, as pytrees, along any axis; with derivatives."""
    a, b = RNG.normal(size=(2, n, 3))

    def combine(x: Any, y: Any) -> Any:
        return {"a": x["a"] * y["a"], "b": x["b"] * y["a"] + y["b"]}

    def run(module: Any, a: Any, b: Any) -> Any:
        return module.associative_scan(combine, {"a": a, "b": b}, reverse=reverse)

    h = np.zeros(3)
    want = np.zeros((n, 3))
    for i in reversed(range(n)) if reverse else range(n):
        h = a[i] * h + b[i]
        want[i] = h
    got = run(lax, a, b)
    close(got["b"], want)
    close(got["a"], np.cumprod(a[::-1], 0)[::-1] if reverse else np.cumprod(a, 0))
    other = lax.associative_scan(combine, {"a": a.T, "b": b.T}, reverse=reverse, axis=-1)
    close(other["b"], want.T)
    if n == 5 and reverse:
        ours = pb.grad(lambda a, b: pnp.sum(run(lax, a, b)["b"] ** 2), (0, 1))(a, b)
        close(ours, jax.grad(lambda a, b: jnp.sum(run(jax.lax, a, b)["b"] ** 2), (0, 1))(a, b))
        close(pb.vmap(lambda a: run(lax, a, b)["b"])(np.stack([a, 2 * a]))[0], want)


def test_associative_scan_compiled_and_refused() -> None:
    x = RNG.normal(size=(9, 2, 2))
    f = lambda module: lambda x: module.associative_scan(lambda a, b: b @ a, x)
    close(pb.jit(f(lax))(x), jax.jit(f(jax.lax))(x))
    with pytest.raises(ValueError, match="same size along axis 0"):
        lax.associative_scan(lambda a, b: a, (np.zeros(3), np.zeros(2)))
    with pytest.raises(ValueError, match="out of bounds"):
        lax.associative_scan(pnp.add, np.zeros(3), axis=1)
    with pytest.raises(TypeError, match="fn must be a function"):
        lax.associative_scan(3, np.zeros(3))
