"""Transformations of transformations: derivatives of every order and mode, vmap and jit in any place, loops, custom rules.

References are closed forms in NumPy.
"""

from __future__ import annotations

import functools
import math
from typing import Any

import numpy as np
import pytest
from closeness import close

import pullback as pb
import pullback.numpy as pnp
from pullback import errors, jitting, lax

X = np.array([0.3, -1.2, 0.7], np.float32)
X64 = X.astype(np.float64)


# Orders and modes ---------------------------------------------------------------------------------------------------------
def tanh_derivatives(x: float) -> list[float]:
    """Derivatives of tanh of order 0 to 5, as polynomials in t = tanh x."""
    p = np.polynomial.Polynomial([0.0, 1.0])
    one_minus = np.polynomial.Polynomial([1.0, 0.0, -1.0])
    out = []
    for _ in range(6):
        out.append(float(p(math.tanh(x))))
        p = p.deriv() * one_minus
    return out


@pytest.mark.parametrize("order", range(1, 6))
def test_grad_of_grad(order: int) -> None:
    f, g = pnp.tanh, pnp.sin
    for _ in range(order):
        f, g = pb.grad(f), pb.grad(g)
    close(f(0.4), tanh_derivatives(0.4)[order], rtol=2e-5)
    close(g(0.4), math.sin(0.4 + order * math.pi / 2))


def test_fifth_order_compiled() -> None:
    f = pnp.tanh
    for _ in range(5):
        f = pb.grad(f)
    close(pb.jit(f)(0.4), tanh_derivatives(0.4)[5], rtol=2e-5)


def fwd(f: Any) -> Any:
    return lambda x: pb.jvp(f, (x,), (pnp.ones_like(x),))[1]


def rev(f: Any) -> Any:
    return lambda x: pb.vjp(f, x)[1](pnp.ones_like(x))[0]


def lin(f: Any) -> Any:
    return lambda x: pb.linearize(f, x)[1](pnp.ones_like(x))


@pytest.mark.parametrize(
    "modes",
    [(a, b, c) for a in (fwd, rev, lin) for b in (fwd, rev, lin) for c in (fwd, rev, lin)],
    ids=lambda m: "-".join(f.__name__ for f in m),
)
def test_three_modes_nested(modes: Any) -> None:
    f = lambda x: pnp.sin(x) * x
    want = -3 * np.sin(X64) - X64 * np.cos(X64)
    for mode in modes:
        f = mode(f)
    close(f(X), want)
    close(pb.vmap(f)(X), want)


def test_mixed_modes_compiled() -> None:
    f = lambda x: pnp.sin(x) * x
    g = pb.jit(lambda x: [a(b(c(f)))(x) for a in (fwd, rev, lin) for b in (fwd, rev) for c in (fwd, rev)])
    for y in g(X):
        close(y, -3 * np.sin(X64) - X64 * np.cos(X64))


def test_hessian_vector_products_agree() -> None:
    f = lambda x: pnp.sum(pnp.sin(x) * x[::-1] ** 2)
    v = pnp.array([1.0, 2.0, -1.0])
    want = np.asarray(pb.hessian(f)(X), np.float64) @ np.asarray(v, np.float64)
    close(pb.jvp(pb.grad(f), (X,), (v,))[1], want)
    close(pb.grad(lambda x: pnp.vdot(pb.grad(f)(x), v))(X), want)
    close(pb.grad(lambda x: pb.jvp(f, (x,), (v,))[1])(X), want)
    close(pb.vjp(pb.grad(f), X)[1](v)[0], want)
    close(pb.jit(lambda x: pb.jvp(pb.grad(f), (x,), (v,))[1])(X), want)


# Perturbation confusion ------------------------------------------------------------------------------------------------
# Siskind and Pearlmutter, Perturbation Confusion and Referential Transparency (2005); Manzyuk et al. (2019)
@pytest.mark.parametrize("outer", [fwd, rev, lin, pb.grad], ids=["fwd", "rev", "lin", "grad"])
@pytest.mark.parametrize("inner", [fwd, rev, lin, pb.grad], ids=["fwd", "rev", "lin", "grad"])
def test_perturbations_are_not_confused(outer: Any, inner: Any) -> None:
    close(outer(lambda x: x * inner(lambda y: x + y)(1.0))(1.0), 1.0)
    close(outer(lambda x: x * inner(lambda y: x * y)(2.0))(3.0), 6.0)
    close(outer(lambda x: inner(lambda y: x**2 * y**3)(x))(2.0), 12 * 8.0)
    # the shift operator applied twice: D (D f)(y) of f = exp must be exp, not 0
    shift = lambda u: lambda f: lambda z: f(z + u)
    hat = outer(lambda u: inner(lambda w: pnp.exp(shift(u)(shift(w)(lambda z: z))(1.0)))(0.5))
    close(hat(0.25), math.exp(1.75))


def test_tangent_closed_over_an_outer_variable() -> None:
    f = lambda x: pb.jvp(lambda y: y**2, (x,), (x,))[1]  # 2 x^2
    close(pb.grad(f)(3.0), 12.0)
    close(pb.jit(pb.grad(f))(3.0), 12.0)
    g = lambda x: pb.vjp(lambda y: y**2, 3.0)[1](x)[0]  # 6 x
    close(pb.grad(g)(2.0), 6.0)
    close(pb.jit(pb.grad(g))(2.0), 6.0)


# vmap ---------------------------------------------------------------------------------------------------------------------
def test_vmap_of_vmap_of_grad() -> None:
    f = lambda x, y: pnp.sin(x * y) + x**3
    xs, ys = np.linspace(-1, 1, 4, dtype=np.float32), np.linspace(0.5, 2, 5, dtype=np.float32)
    x64, y64 = xs.astype(np.float64)[:, None], ys.astype(np.float64)[None]
    want = y64 * np.cos(x64 * y64) + 3 * x64**2
    table = pb.vmap(pb.vmap(pb.grad(f), (None, 0)), (0, None))
    close(table(xs, ys), want)
    close(pb.jit(table)(xs, ys), want)
    close(pb.vmap(pb.vmap(pb.grad(f), (0, None)), (None, 0))(xs, ys), want.T)


def test_grad_of_vmap_of_grad() -> None:
    f = lambda w, x: pnp.sin(w @ x)
    w, xs = np.array([0.2, -0.4], np.float32), np.array([[1.0, 2.0], [0.5, -1.0], [0.1, 0.3]], np.float32)
    penalty = lambda w: pnp.sum(pb.vmap(pb.grad(f, 1), (None, 0))(w, xs) ** 2)  # sum_i cos(w x_i)^2 |w|^2
    w64, x64 = w.astype(np.float64), xs.astype(np.float64)
    c, s = np.cos(x64 @ w64), np.sin(x64 @ w64)
    want = 2 * w64 * np.sum(c**2) - 2 * (w64 @ w64) * (c * s) @ x64
    close(pb.grad(penalty)(w), want)
    close(pb.jit(pb.grad(penalty))(w), want)


def test_per_example_gradients_with_a_tree() -> None:
    params = {"w": np.array([1.0, 2.0], np.float32), "b": np.float32(0.5)}
    loss = lambda p, x: (p["w"] @ x + p["b"]) ** 2
    xs = np.array([[1.0, 0.0], [2.0, -1.0]], np.float32)
    g = pb.vmap(pb.grad(loss), in_axes=(None, 0))(params, xs)
    close(g, {"w": np.array([[3.0, 0.0], [2.0, -1.0]]), "b": np.array([3.0, 1.0])})


def test_hessian_inside_jit_inside_vmap() -> None:
    f = pb.jit(lambda x: pb.hessian(lambda y: pnp.sum(y**3) * y[0])(x))
    xs = np.array([[1.0, 2.0], [0.5, -1.0]], np.float32)

    def want(v: Any) -> Any:
        a, b = v
        return np.array([[12 * a**2, 3 * b**2], [3 * b**2, 6 * b * a]])

    got = pb.vmap(f)(xs)
    close(got, np.stack([want(v) for v in xs.astype(np.float64)]))
    close(pb.jit(pb.vmap(f))(xs), np.stack([want(v) for v in xs.astype(np.float64)]))


def test_in_axes_and_out_axes() -> None:
    A = np.arange(6, dtype=np.float32).reshape(2, 3)
    close(pb.vmap(lambda r: r.sum(), in_axes=1)(A), A.sum(0))
    close(pb.vmap(lambda r: r.sum(), in_axes=-1)(A), A.sum(0))
    close(pb.vmap(lambda r: r * 2, in_axes=-1, out_axes=-1)(A), A * 2)
    close(pb.vmap(lambda r: r * 2, in_axes=0, out_axes=1)(A), A.T * 2)
    close(pb.vmap(lambda r, s: r * s, in_axes=(None, 0))(X, X), np.outer(X64, X64))
    close(pb.vmap(lambda p: p["a"] * p["b"], in_axes=({"a": 1, "b": None},))({"a": A, "b": np.float32(2)}), A.T * 2)
    close(pb.vmap(lambda p, q: p[0] + p[1] + q, in_axes=((0, 1), None))((A, A.T), np.float32(1)), 2 * A + 1)
    close(pb.vmap(lambda p: p["a"].sum() + p["b"].sum(), in_axes=[1])({"a": A, "b": A}), 2 * A.sum(0))
    out = pb.vmap(lambda r: {"s": r.sum(), "r": (r, r)}, out_axes={"s": 0, "r": (1, 0)})(A)
    close(out, {"s": A.sum(1), "r": (A.T, A)})
    close(pb.vmap(lambda x, *, k: x * k)(X, k=X), X64**2)
    close(pb.vmap(lambda: pnp.ones(2), axis_size=3)(), np.ones((3, 2)))
    close(pb.vmap(lambda x: 2.0, axis_size=3)(X), np.full(3, 2.0))
    close(pb.vmap(lambda x: x, in_axes=None, axis_size=2)(X), np.stack([X, X]))
    close(pb.vmap(lambda x, y: (x * y, y), out_axes=(0, None), in_axes=(0, None))(X, np.float32(2)), (2.0 * X, 2.0))
    B = np.arange(24, dtype=np.float32).reshape(2, 3, 4)
    close(pb.vmap(pb.vmap(lambda v: v @ v, 1), 1)(B), np.einsum("ijk,ijk->jk", B, B))
    close(pb.vmap(lambda m: m @ m.T, in_axes=2, out_axes=2)(B), np.einsum("ika,jka->ija", B, B))
    close(pb.jit(pb.vmap(lambda r: r * 2, in_axes=-1, out_axes=-1))(A), A * 2)
    close(pb.vmap(lambda n: n + 1)(np.arange(3)), np.arange(1, 4))


def test_integer_results_and_none_leaves() -> None:
    out = pb.vmap(lambda p: (p["x"].argmax(), None, p["n"]))({"x": np.array([[1.0, 3.0], [4.0, 2.0]], np.float32), "n": None})
    close(out, (np.array([1, 0]), None, None))
    assert out[0].dtype == np.int32


# Collectives --------------------------------------------------------------------------------------------------------------
def test_collectives() -> None:
    def f(x: Any) -> Any:
        return {
            "sum": lax.psum(x, "i"),
            "mean": lax.pmean(x, "i"),
            "max": lax.pmax(x, "i"),
            "min": lax.pmin(x, "i"),
            "index": lax.axis_index("i"),
            "gather": lax.all_gather(x, "i"),
            "size": lax.psum(1, "i"),
            "normed": x / lax.psum(x, "i"),
        }

    got = pb.vmap(f, axis_name="i")(X)
    s = X64.sum()
    ones = np.ones(3)
    want = {
        "sum": ones * s,
        "mean": ones * s / 3,
        "max": ones * X64.max(),
        "min": ones * X64.min(),
        "index": np.arange(3),
        "gather": np.tile(X64, (3, 1)),
        "size": np.full(3, 3),
        "normed": X64 / s,
    }
    close(got, want, rtol=2e-5)
    close(pb.jit(pb.vmap(f, axis_name="i"))(X), want, rtol=2e-5)


def test_collectives_of_trees_axes_and_nested_names() -> None:
    A = np.arange(6, dtype=np.float32).reshape(2, 3)
    close(
        pb.vmap(lambda p: lax.psum(p, "i"), axis_name="i", out_axes=None)({"a": A, "b": (X[:2],)}),
        {"a": A.sum(0), "b": (X64[:2].sum(),)},
    )
    both = pb.vmap(pb.vmap(lambda x: x - lax.pmean(x, ("i", "j")), axis_name="j"), axis_name="i")
    close(both(A), A - A.mean())
    rows = pb.vmap(pb.vmap(lambda x: lax.psum(x, "i") * 10 + lax.axis_index("j"), axis_name="j"), axis_name="i")
    close(rows(A), np.tile(A.sum(0) * 10 + np.arange(3), (2, 1)))
    close(pb.vmap(lambda r: lax.all_gather(r, "i", axis=1), axis_name="i")(A), np.tile(A.T, (2, 1, 1)))
    close(pb.vmap(lambda r: lax.all_gather(r, "i", tiled=True), axis_name="i")(A), np.tile(A.ravel(), (2, 1)))
    close(pb.vmap(lambda x, y: lax.psum(y, "i"), axis_name="i", in_axes=(0, None))(X, np.float32(2)), np.full(3, 6.0))


def test_collectives_under_differentiation() -> None:
    # y_i = x_i / sum x; the gradient of y . w by hand
    w = pnp.array([1.0, 2.0, 3.0])
    f = lambda x: pnp.vdot(pb.vmap(lambda v: v / lax.psum(v, "i"), axis_name="i")(x), w)
    x = np.array([1.0, 2.0, 5.0], np.float32)
    s = 8.0
    want = np.array([1.0, 2.0, 3.0]) / s - (x @ np.array([1.0, 2.0, 3.0])) / s**2
    close(pb.grad(f)(x), want)
    close(pb.jit(pb.grad(f))(x), want)
    # grad inside: every copy's psum(y_j) contributes (JAX: transpose of psum is psum)
    inner = pb.vmap(pb.grad(lambda v: lax.psum(v**2, "i") * 0.5), axis_name="i")
    close(inner(x), 3.0 * x)
    g = lambda x: pnp.sum(pb.vmap(lambda v: lax.all_gather(v, "i") @ w * v, axis_name="i")(x))  # (w x) sum x
    close(pb.grad(g)(x), np.array([1.0, 2.0, 3.0]) * 8 + (1 + 4 + 15))


def test_collective_over_a_constant_and_in_a_loop() -> None:
    f = lambda x: lax.scan(lambda c, _: (c + lax.psum(x, "i"), None), 0.0, None, length=2)[0]
    close(pb.vmap(f, axis_name="i")(X), np.full(3, 2 * X64.sum()))
    close(pb.vmap(lambda x: lax.cond(x > 0, lambda: lax.axis_index("i") * 2, lambda: 7), axis_name="i")(X), [0, 7, 4])
    close(pb.vmap(pb.jit(lambda x: lax.psum(x, "i")), axis_name="i")(X), np.full(3, X64.sum()))


# jit inside --------------------------------------------------------------------------------------------------------------
@pytest.fixture
def compiled_calls(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the functions that eager transformations run as compiled code."""
    calls: list[str] = []
    original = jitting.run_compiled

    def count(d: Any, name: str, arrays: Any) -> Any:
        calls.append(str(name))
        return original(d, name, arrays)

    monkeypatch.setattr(jitting, "run_compiled", count)
    return calls


def test_jit_inside_grad_stays_compiled(compiled_calls: list[str]) -> None:
    step = pb.jit(lambda x, w: pnp.sum(pnp.tanh(x * w)))
    close(pb.grad(step)(X, 2.0), 2 / np.cosh(2 * X64) ** 2)
    assert len(compiled_calls) == 2, compiled_calls  # forward and backward
    forward, backward = compiled_calls
    assert forward.endswith(".fwd") and not backward.endswith(".fwd")
    close(pb.grad(lambda x: pnp.sin(step(x, 2.0)) * 2)(X), 4 / np.cosh(2 * X64) ** 2 * np.cos(np.tanh(2 * X64).sum()))
    assert len(compiled_calls) == 4, compiled_calls


def test_jit_inside_jvp_and_vmap_stays_compiled(compiled_calls: list[str]) -> None:
    f = pb.jit(lambda x: pnp.sin(x) * x)
    close(pb.jvp(f, (X,), (X,))[1], (np.sin(X64) + X64 * np.cos(X64)) * X64)
    close(pb.vmap(f)(X), np.sin(X64) * X64)
    assert len(compiled_calls) == 2, compiled_calls


def test_value_of_a_jitted_call_decides_control_flow(compiled_calls: list[str]) -> None:
    square = pb.jit(lambda x: x * x)

    def f(x: Any) -> Any:
        return square(x) if square(x) > 1 else -x

    close(pb.grad(f)(3.0), 6.0)
    close(pb.grad(f)(0.5), -1.0)
    assert compiled_calls


def test_jit_in_every_place() -> None:
    f = lambda x: pnp.sin(x) * x
    want = 2 * math.cos(0.4) - 0.4 * math.sin(0.4)
    j = pb.jit
    close(pb.grad(j(pb.grad(j(f))))(0.4), want)
    close(j(pb.grad(pb.grad(j(f))))(0.4), want)
    close(pb.jvp(j(pb.grad(f)), (0.4,), (1.0,))[1], want)


# checkpoint ---------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("policy", [None, pb.checkpoint_policies.everything_saveable])
def test_checkpoint(policy: Any) -> None:
    f = lambda x: pnp.sin(pnp.sin(x))
    c = pb.checkpoint(f, policy=policy)
    first = math.cos(math.sin(0.4)) * math.cos(0.4)
    second = -math.sin(math.sin(0.4)) * math.cos(0.4) ** 2 - math.cos(math.sin(0.4)) * math.sin(0.4)
    close(c(0.4), f(0.4))
    close(pb.grad(c)(0.4), first)
    close(pb.jvp(c, (0.4,), (1.0,))[1], first)
    close(pb.grad(pb.grad(c))(0.4), second)
    close(pb.grad(pb.checkpoint(pb.grad(c)))(0.4), second)
    close(pb.jvp(pb.grad(c), (0.4,), (1.0,))[1], second)
    close(pb.vmap(pb.grad(c))(np.array([0.4, 0.4], np.float32)), [first, first])
    if policy is None:
        close(pb.jit(lambda x: (pb.grad(c)(x), pb.grad(pb.grad(c))(x)))(0.4), (first, second))


def test_checkpoint_saves_only_the_arguments() -> None:
    def f(x: Any) -> Any:
        for _ in range(4):
            x = pnp.sin(x)
        return pnp.sum(x)

    count = lambda g: len(pb.tree.leaves(pb.vjp(g, X)[1]))
    assert count(f) == 4
    assert count(pb.checkpoint(f)) == 1
    assert count(pb.checkpoint(f, policy=pb.checkpoint_policies.everything_saveable)) == 4


def test_checkpoint_arguments_closures_and_static() -> None:
    @functools.partial(pb.checkpoint, static_argnums=(1,))
    def power(p: Any, n: int, *, k: Any = 1.0) -> Any:
        assert isinstance(n, int)
        return {"y": p["x"] ** n * k}

    close(pb.grad(lambda p: power(p, 3, k=2.0)["y"])({"x": 2.0}), {"x": 24.0})
    close(pb.grad(lambda a: pb.checkpoint(lambda x: x**2 * a)(3.0))(2.0), 9.0)
    close(pb.grad(lambda x: pb.checkpoint(lambda y: y**2 if y > 0 else -y)(x))(3.0), 6.0)


# Control flow ------------------------------------------------------------------------------------------------------------
def through_scan(x: Any) -> Any:
    return lax.scan(lambda c, w: (c * x + w, c), x, pnp.array([1.0, 2.0, 3.0]))[0]  # x^4 + x^2 + 2x + 3


def through_fori(x: Any) -> Any:
    return lax.fori_loop(0, 3, lambda i, c: c * x, x) + x * x + 2 * x + 3  # x^4 + ...


def through_cond(x: Any) -> Any:
    return lax.cond(x < 10, lambda a: a**4 + x**2 + 2 * a + 3, lambda a: a, x)


def through_switch(x: Any) -> Any:
    return lax.switch(1, [lambda a: a, lambda a: a**4 + x**2 + 2 * a + 3, lambda a: -a], x)


def through_map(x: Any) -> Any:
    return pnp.sum(lax.map(lambda k: x**k, pnp.array([4.0, 2.0]))) + 2 * x + 3


P = [lambda x: x**4 + x**2 + 2 * x + 3, lambda x: 4 * x**3 + 2 * x + 2, lambda x: 12 * x**2 + 2, lambda x: 24 * x]


@pytest.mark.parametrize("f", [through_scan, through_fori, through_cond, through_switch, through_map])
def test_reverse_through_control_flow(f: Any) -> None:
    close(f(2.0), P[0](2.0))
    close(pb.grad(f)(2.0), P[1](2.0))
    close(pb.jvp(f, (2.0,), (1.0,)), (P[0](2.0), P[1](2.0)))
    close(pb.grad(pb.grad(f))(2.0), P[2](2.0))
    close(pb.jvp(pb.grad(f), (2.0,), (1.0,))[1], P[2](2.0))
    close(pb.grad(lambda x: pb.jvp(f, (x,), (1.0,))[1])(2.0), P[2](2.0))
    close(pb.grad(pb.grad(pb.grad(f)))(2.0), P[3](2.0))
    xs = np.array([2.0, 0.5], np.float32)
    close(pb.vmap(pb.grad(f))(xs), P[1](xs.astype(np.float64)))
    close(pb.grad(lambda x: pnp.sum(pb.vmap(f)(x)))(xs), P[1](xs.astype(np.float64)))


@pytest.mark.parametrize("f", [through_scan, through_cond])
def test_control_flow_compiled(f: Any) -> None:
    g = pb.jit(lambda x: (f(x), pb.grad(f)(x), pb.grad(pb.grad(f))(x)))
    close(g(2.0), tuple(p(2.0) for p in P[:3]))
    xs = np.array([2.0, 0.5], np.float32)
    x64 = xs.astype(np.float64)
    close(pb.jit(pb.vmap(lambda x: (f(x), pb.grad(f)(x))))(xs), (P[0](x64), P[1](x64)))


def through_while(x: Any) -> Any:
    return lax.while_loop(lambda s: s[0] < 4, lambda s: (s[0] + 1, s[1] * x), (1, x))[1]  # x^4


def test_forward_through_while() -> None:
    close(through_while(2.0), 16.0)
    close(pb.jvp(through_while, (2.0,), (1.0,)), (16.0, 32.0))
    close(pb.jacfwd(pb.jacfwd(through_while))(2.0), 48.0)
    close(pb.vmap(through_while)(X), X64**4)
    close(pb.jit(lambda x: pb.jvp(through_while, (x,), (1.0,)))(2.0), (16.0, 32.0))
    # each batch element has its own number of steps
    count = lambda x: lax.while_loop(lambda s: s[1] < 100, lambda s: (s[0] + 1, s[1] * 2), (0, x))
    n, y = pb.vmap(count)(np.array([1.0, 60.0, 200.0], np.float32))
    close((n, y), (np.array([7, 1, 0]), np.array([128.0, 120.0, 200.0])))
    n, y = pb.jit(pb.vmap(count))(np.array([1.0, 60.0, 200.0], np.float32))
    close((n, y), (np.array([7, 1, 0]), np.array([128.0, 120.0, 200.0])))


def test_fori_loop_with_traced_bounds() -> None:
    f = lambda n, x: lax.fori_loop(0, n, lambda i, c: c * x, 1.0)
    close(pb.jit(f)(3, 2.0), 8.0)
    close(pb.vmap(f, (0, None))(np.array([0, 1, 3]), 2.0), [1.0, 2.0, 8.0])
    close(pb.grad(f, 1)(3, 2.0), 12.0)  # outside jit the bound is known
    close(lax.fori_loop(5, 2, lambda i, c: c + 1, 0), 0)


def test_loops_nested_in_loops_and_branches() -> None:
    def f(x: Any) -> Any:
        def outer(c: Any, w: Any) -> Any:
            inner, ys = lax.scan(lambda d, v: (d * x, d + v), c, pnp.array([1.0, 2.0]))
            return lax.cond(w > 1, lambda: inner * w, lambda: inner), pnp.sum(ys)

        c, ys = lax.scan(outer, x, pnp.array([1.0, 2.0]))
        return c + pnp.sum(ys)

    def reference(x: Any) -> Any:
        c, total = x, 0.0
        for w in (1.0, 2.0):
            for v in (1.0, 2.0):
                total = total + c + v
                c = c * x
            c = c * w if w > 1 else c
        return c + total

    for transform in (
        lambda g: g,
        pb.grad,
        lambda g: pb.grad(pb.grad(g)),
        lambda g: pb.jit(pb.grad(g)),
        lambda g: pb.grad(pb.jit(g)),
    ):
        close(transform(f)(1.3), float(transform(reference)(1.3)))


def test_scan_structures_directions_and_integers() -> None:
    def body(c: Any, x: Any) -> Any:
        return {"sum": c["sum"] + x["v"], "n": c["n"] + 1}, (c["sum"], None, x["k"] * 2)

    xs = {"v": X, "k": np.arange(3)}
    c, (sums, none, ks) = lax.scan(body, {"sum": 0.0, "n": 0}, xs)
    close(c, {"sum": X64.sum(), "n": 3})
    close(sums, np.array([0.0, X64[0], X64[0] + X64[1]]))
    assert none is None and c["n"].dtype == np.int32
    close(ks, np.array([0, 2, 4]))
    c, (sums, _, _) = lax.scan(body, {"sum": 0.0, "n": 0}, xs, reverse=True)
    close(sums, np.array([X64[2] + X64[1], X64[2], 0.0]))
    close(
        pb.grad(lambda v: lax.scan(body, {"sum": 0.0, "n": 0}, {"v": v, "k": np.arange(3)}, reverse=True)[1][0][0])(X),
        [0.0, 1.0, 1.0],
    )
    close(lax.scan(lambda c, _: (c, c), 1.0, None, length=0), (1.0, np.zeros(0)))
    c, ys = lax.scan(lambda c, x: (c + x, c), 0, np.arange(4), unroll=2)
    close((c, ys), (6, np.array([0, 0, 1, 3])))


def test_cond_with_a_batched_predicate_and_closures() -> None:
    y = pnp.arange(20.0)  # captured by one branch only, and too large to be a constant
    f = lambda x: lax.cond(x > 0, lambda: pnp.sum(y) * x, lambda: x)
    close(pb.vmap(f)(X), np.where(X64 > 0, 190 * X64, X64))
    close(pb.vmap(pb.grad(f))(X), np.where(X64 > 0, 190.0, 1.0))
    close(pb.jit(pb.vmap(pb.grad(f)))(X), np.where(X64 > 0, 190.0, 1.0))


def test_batched_branch_with_an_unsafe_gradient() -> None:
    f = lambda x: lax.cond(x > 0, lambda: pnp.log(x), lambda: 0.0)
    close(pb.vmap(f)(np.array([1.0, -1.0], np.float32)), [0.0, 0.0])
    close(pb.vmap(pb.grad(f))(np.array([2.0, -1.0], np.float32)), [0.5, 0.0])


# custom_jvp and custom_vjp ---------------------------------------------------------------------------------------------------
@pb.custom_jvp
def tenfold(x: Any) -> Any:
    return pnp.sin(x)


@tenfold.defjvp
def _tenfold_jvp(primals: Any, tangents: Any) -> Any:
    (x,), (t,) = primals, tangents
    return tenfold(x), 10.0 * pnp.cos(x) * t


def test_custom_jvp_everywhere() -> None:
    first, second = 10 * math.cos(0.4), -10 * math.sin(0.4)  # the rule's own derivative is an ordinary one
    close(tenfold(0.4), math.sin(0.4))
    close(pb.jvp(tenfold, (0.4,), (1.0,)), (math.sin(0.4), first))
    close(pb.grad(tenfold)(0.4), first)
    close(pb.grad(pb.grad(tenfold))(0.4), second)
    close(pb.jvp(pb.grad(tenfold), (0.4,), (1.0,))[1], second)
    close(pb.vmap(pb.grad(tenfold))(X), 10 * np.cos(X64))
    close(pb.grad(lambda x: pnp.sum(pb.vmap(tenfold)(x)))(X), 10 * np.cos(X64))
    close(
        pb.grad(lambda x: lax.scan(lambda c, _: (tenfold(c), None), x, None, length=2)[0])(0.4),
        100 * math.cos(0.4) * math.cos(math.sin(0.4)),
    )
    close(pb.grad(lambda x: lax.cond(x > 0, tenfold, pnp.cos, x))(0.4), first)
    close(
        pb.jit(lambda x: (tenfold(x), pb.grad(tenfold)(x), pb.grad(pb.grad(tenfold))(x), pb.vmap(pb.grad(tenfold))(X)))(0.4),
        (math.sin(0.4), first, second, 10 * np.cos(X64)),
    )
    close(pb.grad(pb.jit(tenfold))(0.4), first)
    close(pb.grad(pb.checkpoint(tenfold))(0.4), first)


def test_custom_jvp_rule_that_calls_the_function_in_its_tangent() -> None:
    @pb.custom_jvp
    def exp(x: Any) -> Any:
        return pnp.exp(x)

    @exp.defjvp
    def _exp_jvp(primals: Any, tangents: Any) -> Any:
        y = exp(primals[0])
        return y, y * tangents[0] * 3.0

    close(
        [pb.grad(exp)(0.5), pb.grad(pb.grad(exp))(0.5), pb.grad(pb.grad(pb.grad(exp)))(0.5)],
        np.exp(0.5) * np.array([3.0, 9.0, 27.0]),
    )
    close(pb.jit(pb.grad(pb.grad(exp)))(0.5), 9 * math.exp(0.5))
    close(pb.vmap(pb.grad(pb.grad(exp)))(X), 9 * np.exp(X64))


def test_custom_jvp_trees_nondiff_and_integers() -> None:
    @functools.partial(pb.custom_jvp, nondiff_argnums=(0, 2))
    def apply(f: Any, p: Any, n: int) -> Any:
        return {"y": f(p["x"]) * n, "k": p["k"] + 1}

    @apply.defjvp
    def _apply_jvp(f: Any, n: int, primals: Any, tangents: Any) -> Any:
        (p,), (t,) = primals, tangents
        assert t["k"].dtype == pb.float0
        return apply(f, p, n), {"y": 100.0 * n * t["x"], "k": t["k"]}

    out, tangent = pb.jvp(lambda x: apply(pnp.sin, {"x": x, "k": 3}, 2), (0.4,), (1.0,))
    close(out, {"y": 2 * math.sin(0.4), "k": 4})
    close(tangent["y"], 200.0)
    close(pb.grad(lambda x: apply(pnp.sin, {"x": x, "k": 3}, 2)["y"])(0.4), 200.0)
    close(pb.jit(pb.grad(lambda x: apply(pnp.sin, {"x": x, "k": 3}, n=2)["y"]))(0.4), 200.0)


def test_custom_jvp_closing_over_traced_values() -> None:
    def f(a: Any, x: Any) -> Any:
        @pb.custom_jvp
        def g(x: Any) -> Any:
            return a * x

        g.defjvp(lambda primals, tangents: (g(primals[0]), a * 5.0 * tangents[0]))
        return g(x)

    close(pb.grad(f, 1)(2.0, 3.0), 10.0)
    close(pb.grad(lambda a: pb.grad(f, 1)(a, 3.0))(2.0), 5.0)
    close(pb.vmap(pb.grad(f, 1))(X, X), 5 * X64)
    close(pb.jit(pb.grad(f, 1))(2.0, 3.0), 10.0)
    with pytest.raises(
        errors.NotDifferentiableError, match=r"test_nesting\.py:\d+: .* with respect to a value that it closes over"
    ):
        pb.grad(f, (0, 1))(2.0, 3.0)  # the rule does not say how


def test_defjvps() -> None:
    @pb.custom_jvp
    def f(x: Any, y: Any) -> Any:
        return x * y

    f.defjvps(lambda t, out, x, y: 3.0 * y * t, None)
    close(pb.grad(f, (0, 1))(2.0, 5.0), (15.0, 0.0))
    close(pb.jvp(f, (2.0, 5.0), (1.0, 1.0)), (10.0, 15.0))


@pb.custom_vjp
def clipped(x: Any, limit: Any) -> Any:
    return x * 1.0


clipped.defvjp(lambda x, limit: (clipped(x, limit), limit), lambda limit, ct: (pnp.clip(ct, -limit, limit), None))


def test_custom_vjp_everywhere() -> None:
    loss = lambda x: pnp.sum(clipped(x, 1.0) ** 2)
    want = np.clip(2 * X64, -1, 1)
    close(loss(X), np.sum(X64**2))
    close(pb.grad(loss)(X), want)
    close(pb.vmap(pb.grad(lambda x: clipped(x, 1.0) ** 2))(X), want)
    close(pb.grad(lambda x: pnp.sum(pb.vmap(clipped, (0, None))(x, 1.0) ** 2))(X), want)
    close(pb.jit(lambda x: (loss(x), pb.grad(loss)(x)))(X), (np.sum(X64**2), want))
    close(pb.grad(pb.jit(loss))(X), want)
    close(pb.grad(lambda x: lax.scan(lambda c, v: (c + clipped(v, 1.0) ** 2, None), 0.0, x)[0])(X), want)
    close(pb.grad(clipped, argnums=1)(2.0, 1.0), 0.0)
    close(pb.jacrev(pb.grad(lambda x: clipped(x, 5.0) ** 2))(0.3), 2.0)


def test_jvp_through_custom_vjp() -> None:
    @pb.custom_vjp
    def f(x: Any) -> Any:
        return pnp.sin(x)

    f.defvjp(lambda x: (f(x), x), lambda x, ct: (10.0 * pnp.cos(x) * ct,))
    close(pb.jvp(f, (0.4,), (1.0,)), (math.sin(0.4), 10 * math.cos(0.4)))
    close(pb.jacfwd(pb.vmap(f))(X), np.diag(10 * np.cos(X64)))
    close(pb.hessian(lambda x: pnp.sum(f(x)))(X), np.diag(-10 * np.sin(X64)))
    close(pb.jit(lambda x: pb.jvp(f, (x,), (1.0,))[1])(0.4), 10 * math.cos(0.4))


def test_custom_vjp_trees_nondiff_and_closures() -> None:
    @functools.partial(pb.custom_vjp, nondiff_argnums=(1,))
    def f(p: Any, name: str) -> Any:
        return (p["a"] * p["b"], p["n"])

    def fwd_rule(p: Any, name: str) -> Any:
        assert name == "mode"
        return f(p, name), (p["b"], None)

    def bwd_rule(name: str, res: Any, ct: Any) -> Any:
        assert ct[1].dtype == pb.float0
        return ({"a": 7.0 * ct[0] * res[0], "b": None, "n": None},)

    f.defvjp(fwd_rule, bwd_rule)
    g = pb.grad(lambda p: f(p, "mode")[0], allow_int=True)({"a": 2.0, "b": 3.0, "n": 4})
    close([g["a"], g["b"]], [21.0, 0.0])
    assert g["n"].dtype == pb.float0

    def outer(a: Any, x: Any) -> Any:
        @pb.custom_vjp
        def h(x: Any) -> Any:
            return a * x

        h.defvjp(lambda x: (h(x), None), lambda _, ct: (a * 5.0 * ct,))
        return h(x)

    close(pb.grad(outer, 1)(2.0, 3.0), 10.0)
    close(pb.jit(pb.grad(outer, 1))(2.0, 3.0), 10.0)
    close(pb.grad(lambda a: pb.grad(outer, 1)(a, 3.0))(2.0), 5.0)
    with pytest.raises(errors.NotDifferentiableError, match="with respect to a value that it closes over"):
        pb.grad(outer, (0, 1))(2.0, 3.0)
    close(pb.vmap(pb.grad(outer, 1))(X, X), 5 * X64)


def test_custom_vjp_whose_residual_is_a_vjp_function() -> None:
    @pb.custom_vjp
    def f(x: Any) -> Any:
        return pnp.sin(x)

    f.defvjp(lambda x: pb.vjp(pnp.sin, x), lambda pull, ct: pull(4.0 * ct))
    close(pb.grad(f)(0.4), 4 * math.cos(0.4))
    close(pb.jit(pb.grad(f))(0.4), 4 * math.cos(0.4))
    close(pb.vmap(pb.grad(f))(X), 4 * np.cos(X64))


def test_custom_rule_with_python_control_flow_on_values() -> None:
    @pb.custom_jvp
    def f(x: Any) -> Any:
        return x if x > 0 else -x

    f.defjvp(lambda p, t: (f(p[0]), 5.0 * t[0] if p[0] > 0 else 6.0 * t[0]))
    close([pb.grad(f)(2.0), pb.grad(f)(-2.0)], [5.0, 6.0])


def test_custom_rules_of_methods() -> None:
    class Model:
        scale = 3.0

        @functools.partial(pb.custom_vjp, nondiff_argnums=(0,))
        def apply(self, x: Any) -> Any:
            return self.scale * x

        def _fwd(self, x: Any) -> Any:
            return self.apply(x), None

        def _bwd(self, res: Any, ct: Any) -> Any:
            return (ct * 50.0,)

        apply.defvjp(_fwd, _bwd)

    close(pb.grad(Model().apply)(2.0), 50.0)
    close(pb.jit(pb.grad(Model().apply))(2.0), 50.0)


def test_vmap_of_a_returned_vjp_function() -> None:
    _y, pulls = pb.vmap(lambda x: pb.vjp(lambda v: pnp.sin(v) * v, x))(X)
    (g,) = pb.vmap(lambda pull, c: pull(c))(pulls, np.ones(3, np.float32))
    close(g, np.sin(X64) + X64 * np.cos(X64))
    close(
        pb.grad(lambda x: pnp.sum(pb.vmap(lambda pull: pull(1.0)[0])(pb.vmap(lambda v: pb.vjp(lambda u: u**3, v))(x)[1])))(X),
        6 * X64,
    )


def test_scan_of_gradient_steps() -> None:
    loss = lambda w, x: pnp.sum((w - x) ** 2)
    step = lambda w, x: (w - 0.25 * pb.grad(loss)(w, x), loss(w, x))
    data = np.array([[1.0, 2.0], [3.0, 4.0]], np.float32)
    w, losses = lax.scan(step, pnp.zeros(2), data)
    close(w, [0.25 + 1.5, 0.5 + 2.0])
    close(losses, [5.0, 2.5**2 + 3.0**2])
    # through the optimizer: w2 = w0/4 + x1/4 + x2/2
    close(pb.jacrev(lambda w0: lax.scan(step, w0, data)[0])(pnp.zeros(2)), np.eye(2) / 4)
    close(pb.jit(pb.jacfwd(lambda w0: lax.scan(step, w0, data)[0]))(pnp.zeros(2)), np.eye(2) / 4)


def test_compiled_loops_that_start_from_the_same_constants() -> None:
    # the second derivative is three loops whose carries start from the same zeros and ones, and are updated in place
    second = pb.jit(pb.grad(pb.grad(through_scan)))
    close(second(2.0), P[2](2.0))
    v = pnp.arange(4.0)
    f = lambda x: (lax.fori_loop(0, 3, lambda i, s: (s[0].at[i].set(9.0), s[1] + s[0]), (x, x)), x)
    want = (np.array([9.0, 9.0, 9.0, 3.0]), np.array([18.0, 12.0, 8.0, 12.0]))
    close(pb.jit(f)(v), (want, np.arange(4.0)))


def test_compiled_gradients_of_conditionals_in_loops() -> None:
    # the branches return one buffer more than once, and the loops pass it on
    body = lambda c: lax.cond(c.sum() > 0.5, lambda c: pnp.sin(c) * c, lambda c: c * 1.1 + 0.1, c)
    step = lambda i, c: lax.switch(i % 3, [lambda c: c, lambda c: c * 2, pnp.cos], body(c))
    f = lambda x: pnp.sum(lax.fori_loop(0, 4, step, x))
    for transformed in (pb.grad(f), pb.hessian(f), lambda x: pb.jvp(pb.grad(f), (x,), (x,))):
        close(pb.jit(transformed)(X), pb.tree.map(np.asarray, transformed(X)), 1e-4, 1e-5)


def test_compiled_second_derivative_of_a_loop_in_a_scan() -> None:
    inner = lambda c: lax.fori_loop(0, 2, lambda i, c: c * 0.9 + pnp.sin(c), c)
    f = lambda x: pnp.sum(lax.scan(lambda c, _: (inner(c), None), x, None, length=3)[0])
    g = pb.grad(lambda x: pnp.sum(pb.grad(f)(x)))
    close(pb.jit(g)(X), np.asarray(g(X)), 1e-4, 1e-4)


def test_compiled_loop_whose_start_is_used_again() -> None:
    a = np.array([[2.0, 1.0, 0.5], [0.3, 3.0, 0.2], [0.1, 0.4, 1.5]], np.float32)
    spd = lambda a: a @ a.T + pnp.eye(3)
    f = lambda a: pnp.linalg.det(spd(a)) + pnp.linalg.slogdet(spd(a))[1] + pnp.trace(spd(a))  # LU is a loop
    close(pb.jit(pb.value_and_grad(f))(a), pb.tree.map(np.asarray, pb.value_and_grad(f)(a)), 1e-4, 1e-4)


def test_compiled_updates_behind_a_barrier_leave_the_original() -> None:
    y = np.sin(X64)
    for update, want in ((lambda y: y.at[0].set(7.0), [7.0, *y[1:]]), (pnp.sort, np.sort(y))):
        f = lambda x, update=update: (lambda y: (y, update(lax.optimization_barrier(y)), y + 1))(pnp.sin(x))
        close(pb.jit(f)(X), (y, np.array(want), y + 1))
