"""`custom_linear_solve` and `custom_root` of pullback.lax against JAX; their solvers are loops without a reverse mode."""

from __future__ import annotations

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


MATRIX = RNG.normal(size=(3, 3)) * 0.5 + 4 * np.eye(3)
VECTOR = RNG.normal(size=3)


def solved(module: Any, n: Any, symmetric: bool = False) -> Any:
    """The sum of cubes of the solution, found by iteration in a loop that has no reverse mode."""

    def iterate(matvec: Any, y: Any) -> Any:
        step = lambda s: ({"x": s[0]["x"] + 0.2 * (y["x"] - matvec(s[0])["x"])}, s[1] + 1)
        return module.while_loop(lambda s: s[1] < 300, step, ({"x": n.zeros_like(y["x"])}, 0))[0]

    def f(a: Any, b: Any) -> Any:
        a = (a + a.T) / 2 if symmetric else a
        how = {"symmetric": True} if symmetric else {"transpose_solve": iterate}
        return n.sum(module.custom_linear_solve(lambda x: {"x": a @ x["x"]}, {"x": b}, iterate, **how)["x"] ** 3)

    return f


@pytest.mark.parametrize("symmetric", [False, True])
def test_custom_linear_solve(symmetric: bool) -> None:
    f, g = solved(lax, pnp, symmetric), solved(jax.lax, jnp, symmetric)
    args = (MATRIX, VECTOR)
    close(pb.value_and_grad(f, (0, 1))(*args), jax.value_and_grad(g, (0, 1))(*args))
    close(pb.jvp(f, args, args), jax.jvp(g, args, args))
    second = jax.hessian(g)(*args)
    close(pb.hessian(f)(*args), second, 1e-8)
    close(pb.jacrev(pb.grad(f))(*args), second, 1e-8)
    batch = np.stack([MATRIX, MATRIX.T + 1])
    for axes in ((0, None), (None, 0), (0, 0)):
        each = (batch if axes[0] == 0 else MATRIX, np.stack([VECTOR, 2 * VECTOR]) if axes[1] == 0 else VECTOR)
        close(pb.vmap(pb.grad(f, (0, 1)), axes)(*each), jax.vmap(jax.grad(g, (0, 1)), axes)(*each))


def test_custom_linear_solve_compiled_with_aux_and_errors() -> None:
    f = solved(lax, pnp)
    scale = lambda a, b: lax.custom_linear_solve(
        lambda x: a * x, b, lambda m, y: (y / m(1.0), {"n": 3}), lambda m, y: (y / m(1.0), {"n": 4}), has_aux=True
    )
    both = lambda a, b: (pb.grad(f, (0, 1))(a, b), pb.value_and_grad(scale, has_aux=True)(2.0, 6.0))
    (grads, ((x, aux), dx)) = pb.jit(both)(MATRIX, VECTOR)
    close(grads, jax.grad(solved(jax.lax, jnp), (0, 1))(MATRIX, VECTOR))
    assert float(x) == 3.0 and float(dx) == -1.5 and int(aux["n"]) == 3
    with pytest.raises(TypeError, match="transpose_solve required for backwards mode"):
        pb.grad(lambda b: lax.custom_linear_solve(lambda x: 2 * x, b, lambda m, y: y / 2))(1.0)
    with pytest.raises(TypeError, match="matvec must return the structure of its argument"):
        lax.custom_linear_solve(lambda x: (x, x), 1.0, lambda m, y: y)
    with pytest.raises(TypeError, match="solve must return the types of its argument"):
        lax.custom_linear_solve(lambda x: x, np.ones(2), lambda m, y: y[0])


def root(module: Any) -> Any:
    def f(a: Any, c: Any) -> Any:
        solve = lambda f, x: module.while_loop(
            lambda s: s[1] < 40, lambda s: (s[0] - f(s[0]) / (3 * s[0] ** 2 + c), s[1] + 1), (x, 0)
        )[0]
        return module.custom_root(lambda x: x**3 + c * x - a, 1.0, solve, lambda g, y: y / g(1.0)) ** 2

    return f


def test_custom_root() -> None:
    f, g = root(lax), root(jax.lax)
    args = (2.5, 1.2)
    close(pb.value_and_grad(f, (0, 1))(*args), jax.value_and_grad(g, (0, 1))(*args))
    close(pb.jvp(f, args, (1.0, 2.0)), jax.jvp(g, args, (1.0, 2.0)))
    close(pb.hessian(f, (0, 1))(*args), jax.hessian(g, (0, 1))(*args))
    close(pb.grad(pb.grad(pb.grad(f)))(*args), jax.grad(jax.grad(jax.grad(g)))(*args), 1e-8)
    points = np.array([0.5, 2.5])
    close(pb.vmap(pb.grad(f), (0, None))(points, 1.2), jax.vmap(jax.grad(g), (0, None))(points, 1.2))
    close(pb.jit(pb.vmap(pb.grad(f), (0, None)))(points, 1.2), jax.vmap(jax.grad(g), (0, None))(points, 1.2))


def test_custom_root_of_vectors_with_aux() -> None:
    """A pytree as unknown; the system of the tangents is solved as a linear system."""
    target = {"u": np.array([0.3, -0.2]), "v": np.asarray(0.1)}

    def f(t: Any) -> Any:
        equation = lambda x: {"u": x["u"] + 0.1 * pnp.sin(x["v"]) - t["u"], "v": x["v"] + 0.2 * pnp.sum(x["u"] ** 2) - t["v"]}

        def iterate(g: Any, x: Any) -> Any:
            step = lambda i, x: pb.tree.map(lambda a, b: a - b, x, g(x))
            return lax.fori_loop(0, 60, step, x)

        def linear(g: Any, y: Any) -> Any:
            solve = lambda mv, y: iterate(lambda x: pb.tree.map(lambda a, b: a - b, mv(x), y), y)
            return lax.custom_linear_solve(g, y, solve, solve)

        zeros = {"u": np.zeros(2), "v": np.zeros(())}
        x, count = lax.custom_root(equation, zeros, lambda g, x: (iterate(g, x), 60), linear, has_aux=True)
        return pnp.sum(x["u"]) * x["v"], (x, count)

    _, (x, count) = f(target)
    assert int(count) == 60
    close(x["u"] + 0.1 * pnp.sin(x["v"]), target["u"])
    grads, _ = pb.grad(f, has_aux=True)(target)
    eps = 1e-6
    for i in range(2):
        moved = [float(f({**target, "u": target["u"] + s * eps * np.eye(2)[i]})[0]) for s in (1, -1)]
        np.testing.assert_allclose(float(grads["u"][i]), (moved[0] - moved[1]) / (2 * eps), rtol=1e-6)
    with pytest.raises(TypeError, match="solve must return the structure of its argument"):
        lax.custom_root(lambda x: x, 1.0, lambda f, x: (x, x), lambda g, y: y)
    with pytest.raises(TypeError, match="f must return the structure of its argument"):  # outside of transformations too
        lax.custom_root(lambda x: (x, x), 1.0, lambda f, x: x, lambda g, y: y)
    with pytest.raises(TypeError, match="solve must return the types of its argument"):
        lax.custom_root(lambda x: x, 1.0, lambda f, x: pnp.zeros(2), lambda g, y: y)
    with pytest.raises(TypeError, match="must return a pair"):
        lax.custom_root(lambda x: x, 1.0, lambda f, x: x, lambda g, y: y, has_aux=True)
