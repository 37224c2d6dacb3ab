"""grad, value_and_grad, jvp, vjp, linearize, linear_transpose, jacfwd, jacrev, hessian: values, structures, control flow on values.

References are closed forms in float64 NumPy.
"""

from __future__ import annotations

import collections
import dataclasses
import math
from typing import Any, NamedTuple

import numpy as np
import pytest
from closeness import close

import pullback as pb
import pullback.numpy as pnp
from pullback import errors, lax

X = np.array([0.3, -1.2, 0.7], np.float32)


class Layer(NamedTuple):
    W: Any
    b: Any


@pb.tree_util.register_pytree_node_class
class Pair:
    def __init__(self, first: Any, second: Any):
        self.first, self.second = first, second

    def tree_flatten(self) -> Any:
        return (self.first, self.second), None

    @classmethod
    def tree_unflatten(cls, aux: Any, children: Any) -> Any:
        return cls(*children)


@dataclasses.dataclass
class State:
    position: Any
    mass: Any
    name: str = dataclasses.field(default="p", metadata={"static": True})


pb.tree_util.register_dataclass(State)


# grad and value_and_grad -----------------------------------------------------------------------------------------------
def test_grad_of_scalars_and_arrays() -> None:
    g = pb.grad(lambda x: pnp.sin(x) * x)(1.0)
    close(g, math.cos(1.0) + math.sin(1.0))
    assert g.dtype == np.float32
    close(pb.grad(lambda x: pnp.sum(x**3))(X), 3.0 * X.astype(np.float64) ** 2)


def f3(x: Any, y: Any, z: Any) -> Any:
    return x * x * y + pnp.sin(z) * x


F3 = (2 * 2.0 * 3.0 + math.sin(0.5), 4.0, math.cos(0.5) * 2.0)


@pytest.mark.parametrize("argnums", [0, 1, 2, -1, -3, (0,), (0, 2), (2, 0), (-1, 1), [0, 1], np.int64(1)])
def test_argnums(argnums: Any) -> None:
    got = pb.grad(f3, argnums=argnums)(2.0, 3.0, 0.5)
    want = F3[argnums] if isinstance(argnums, (int, np.integer)) else tuple(F3[i] for i in argnums)
    close(got, want)
    value, again = pb.value_and_grad(f3, argnums)(2.0, 3.0, 0.5)
    close(value, 12.0 + 2 * math.sin(0.5))
    close(again, want)


def test_keyword_arguments_are_not_differentiated() -> None:
    def f(x: Any, *, scale: Any, shift: Any = 1.0) -> Any:
        return x * x * scale + shift

    close(pb.grad(f)(3.0, scale=2.0), 12.0)
    close(pb.grad(f)(3.0, scale=pnp.float32(2.0), shift=X[0]), 12.0)


def test_has_aux() -> None:
    def f(x: Any) -> Any:
        return pnp.sum(x**2), {"doubled": 2 * x, "n": 3, "none": None}

    gradient, aux = pb.grad(f, has_aux=True)(X)
    close(gradient, 2.0 * X)
    close(aux, {"doubled": 2.0 * X, "n": 3, "none": None})
    (value, aux), gradient = pb.value_and_grad(f, has_aux=True)(X)
    close(value, np.sum(X.astype(np.float64) ** 2))
    close(gradient, 2.0 * X)
    _, tangent, aux = pb.jvp(f, (X,), (X,), has_aux=True)
    close(tangent, 2 * np.sum(X.astype(np.float64) ** 2))
    close(aux["doubled"], 2.0 * X)
    _, f_vjp, aux = pb.vjp(f, X, has_aux=True)
    close(f_vjp(3.0), (6.0 * X,))
    close(aux["doubled"], 2.0 * X)
    _out, f_jvp, aux = pb.linearize(f, X, has_aux=True)
    close(f_jvp(X), 2 * np.sum(X.astype(np.float64) ** 2))
    close(aux["n"], 3)
    jac, aux = pb.jacrev(lambda x: (x**2, x), has_aux=True)(X)
    close(jac, np.diag(2.0 * X))
    close(aux, X)
    jac, aux = pb.jacfwd(lambda x: (x**2, x), has_aux=True)(X)
    close(jac, np.diag(2.0 * X))
    close(aux, X)


def test_aux_is_usable_under_nesting() -> None:
    def inner(x: Any) -> Any:
        g, aux = pb.grad(lambda y: (y**3, y * x), has_aux=True)(x)
        return g * aux  # 3 x^2 * x^2

    close(pb.grad(inner)(2.0), 12.0 * 8.0)
    close(pb.jit(pb.grad(inner))(2.0), 12.0 * 8.0)


def test_holomorphic() -> None:
    z = np.complex64(0.3 + 0.4j)
    close(pb.grad(pnp.sin, holomorphic=True)(z), np.cos(complex(z)))
    close(pb.grad(lambda x: x * x * 1j, holomorphic=True)(z), 2j * complex(z))
    close(pb.jacfwd(lambda v: v**2, holomorphic=True)(np.array([z, 2 * z])), np.diag([2 * complex(z), 4 * complex(z)]))
    close(pb.jacrev(lambda v: v**2, holomorphic=True)(np.array([z, 2 * z])), np.diag([2 * complex(z), 4 * complex(z)]))


def test_complex_input_real_output_is_the_conjugate_of_steepest_ascent() -> None:
    # JAX's convention: grad of |z|^2 is 2 conj(z)
    z = np.complex64(0.3 + 0.4j)
    close(pb.grad(lambda x: pnp.real(x * pnp.conj(x)))(z), 2 * np.conj(complex(z)))
    close(pb.grad(lambda x: pnp.imag(x) * 3)(z), -3j)
    close(pb.grad(lambda x: pnp.real(x))(z), 1.0 + 0j)


def test_allow_int_gives_float0() -> None:
    gradient = pb.grad(lambda n, x: n * x**2, argnums=(0, 1), allow_int=True)(3, 2.0)
    assert gradient[0].dtype == pb.float0 and gradient[0].shape == ()
    close(gradient[1], 12.0)
    n = np.arange(3)
    jac = pb.jacrev(lambda n, x: n * x, argnums=(0, 1), allow_int=True)(n, X)
    assert jac[0].dtype == pb.float0 and jac[0].shape == (3, 3)
    close(jac[1], np.diag([0.0, 1.0, 2.0]))


def test_gradient_dtype_follows_the_argument() -> None:
    for dtype in ("float16", "bfloat16", "float32"):
        x = pnp.asarray([1.0, 2.0], dtype)
        g = pb.grad(lambda x: pnp.sum(x.astype("float32") ** 2))(x)
        assert g.dtype == x.dtype
        np.testing.assert_array_equal(np.asarray(g, np.float32), [2.0, 4.0])


def test_gradient_of_unused_and_constant() -> None:
    close(pb.grad(lambda x, y: x * 2)(1.0, X), 2.0)
    close(pb.grad(lambda x, y: x * 2, argnums=1)(1.0, X), np.zeros(3))
    close(pb.grad(lambda x: 3.0)(X), np.zeros(3))
    close(pb.jacfwd(lambda x: pnp.ones(2))(X), np.zeros((2, 3)))
    close(pb.jacrev(lambda x: pnp.ones(2))(X), np.zeros((2, 3)))
    close(pb.jvp(lambda x: 3.0, (X,), (X,)), (3.0, 0.0))
    close(pb.jit(pb.grad(lambda x, y: x * 2.0, argnums=1))(1.0, X), np.zeros(3))
    close(pb.jit(lambda x: pb.jvp(lambda y: x, (x,), (x,)))(2.0), (2.0, 0.0))


# Pytrees ----------------------------------------------------------------------------------------------------------------
def loss(params: Any, x: Any) -> Any:
    return pnp.sum((params["layers"][0].W @ x + params["layers"][0].b) ** 2) * params["scale"]


def test_gradient_keeps_the_structure() -> None:
    W = np.array([[1.0, 2.0, 0.5], [0.5, -1.0, 1.0]])
    b = np.array([0.1, 0.2])
    params = {"scale": 2.0, "layers": [Layer(W.astype("f"), b.astype("f")), None], "empty": (), "none": None}
    g = pb.grad(loss)(params, X)
    x = X.astype(np.float64)
    r = W @ x + b
    want = {"scale": r @ r, "layers": [Layer(4 * np.outer(r, x), 4 * r), None], "empty": (), "none": None}
    close(g, want)
    assert type(g["layers"][0]) is Layer and g["none"] is None
    close(pb.jit(pb.grad(loss))(params, X), want)


def test_dict_order_does_not_matter() -> None:
    f = lambda p: p["b"] * p["a"] ** 2
    g1 = pb.grad(f)({"b": 3.0, "a": 2.0})
    g2 = pb.grad(f)({"a": 2.0, "b": 3.0})
    close(g1, {"a": 12.0, "b": 4.0})
    close(g2, {"a": 12.0, "b": 4.0})
    ordered = pb.grad(lambda p: p["b"] * p["a"] ** 2)(collections.OrderedDict(b=3.0, a=2.0))
    assert list(ordered) == ["b", "a"]
    close(ordered["a"], 12.0)
    _, pull = pb.vjp(lambda p: {"y": p["b"], "x": p["a"] * 2}, {"b": 1.0, "a": 1.0})
    close(pull({"x": 10.0, "y": 1.0}), ({"a": 20.0, "b": 1.0},))


def test_registered_classes_and_dataclasses() -> None:
    g = pb.grad(lambda p: p.first * p.second["k"] ** 2)(Pair(2.0, {"k": 3.0}))
    assert isinstance(g, Pair)
    close([g.first, g.second["k"]], [9.0, 12.0])
    s = pb.grad(lambda s: pnp.sum(s.position**2) * s.mass)(State(X, 2.0, "electron"))
    assert isinstance(s, State) and s.name == "electron"
    close([s.position, s.mass], [4.0 * X, np.sum(X.astype(np.float64) ** 2)])
    part = pb.tree_util.Partial(lambda a, x: a * x**2, 3.0)
    gp = pb.grad(lambda p, x: p(x))(part, 2.0)
    close(gp.args, (4.0,))


def test_jacobians_of_pytrees() -> None:
    def f(p: Any, y: Any) -> Any:
        return {"u": p["a"] * y, "v": (pnp.sum(p["a"]) * p["b"],)}

    p = {"a": X, "b": np.float32(2.0)}
    y = np.float32(3.0)
    s = float(np.sum(X.astype(np.float64)))
    want = {
        "u": ({"a": 3.0 * np.eye(3), "b": np.zeros(3)}, X),
        "v": (({"a": np.full(3, 2.0), "b": s}, 0.0),),
    }
    close(pb.jacrev(f, argnums=(0, 1))(p, y), want)
    close(pb.jacfwd(f, argnums=(0, 1))(p, y), want)
    close(pb.jacfwd(f)(p, y)["u"], want["u"][0])
    h = pb.hessian(lambda p: pnp.sum(p["a"] ** 2) * p["b"])(p)
    close(h, {"a": {"a": 4.0 * np.eye(3), "b": 2.0 * X}, "b": {"a": 2.0 * X, "b": 0.0}})


def test_jacobian_shapes() -> None:
    A = np.arange(6, dtype=np.float32).reshape(2, 3)
    for jac in (pb.jacfwd, pb.jacrev):
        assert jac(lambda x: x.T)(A).shape == (3, 2, 2, 3)
        assert jac(lambda x: x[0, 0])(A).shape == (2, 3)
        assert jac(lambda x: x * A)(np.float32(1.0)).shape == (2, 3)
        assert jac(lambda x: x * 2)(np.zeros((0,), np.float32)).shape == (0, 0)
    close(pb.hessian(lambda x: pnp.sum(pnp.sin(x)))(X), np.diag(-np.sin(X.astype(np.float64))))


# jvp --------------------------------------------------------------------------------------------------------------------
def test_jvp() -> None:
    y, dy = pb.jvp(lambda a, b: (a * b["k"], b["k"]), (2.0, {"k": X}), (1.0, {"k": 10.0 * X}))
    close(y, (2.0 * X, X))
    close(dy, (21.0 * X, 10.0 * X))
    y, dy = pb.jvp(f3, [2.0, 3.0, 0.5], [0.0, 1.0, 0.0])
    close(dy, 4.0)


def test_jvp_of_integers_takes_and_gives_float0() -> None:
    zero = np.zeros((), pb.float0)
    y, dy = pb.jvp(lambda n, x: (n + 1, n * x), (3, 2.0), (zero, 1.0))
    assert dy[0].dtype == pb.float0
    close(dy[1], 3.0)
    y, dy = pb.jit(lambda x: pb.jvp(lambda x: (x > 0, x * x), (x,), (x,))[1][1])(2.0), None
    close(y, 8.0)


def test_vjp_of_integers() -> None:
    _y, pull = pb.vjp(lambda n, x: (n + 1, n * x), 3, 2.0)
    ct = pull((np.zeros((), pb.float0), 1.0))
    assert ct[0].dtype == pb.float0
    close(ct[1], 3.0)


# vjp --------------------------------------------------------------------------------------------------------------------
def test_vjp_called_twice_and_kept() -> None:
    _y, pull = pb.vjp(lambda x: pnp.sin(x) * 2, X)
    c = np.cos(X.astype(np.float64))
    close(pull(np.ones(3, np.float32)), (2 * c,))
    close(pull(3.0 * np.ones(3, np.float32)), (6 * c,))
    pulls = [pb.vjp(lambda x, a=a: a * x**2, 1.0)[1] for a in (1.0, 2.0)]
    close([p(1.0)[0] for p in pulls], [2.0, 4.0])


def test_vjp_function_under_vmap_and_jit() -> None:
    _, pull = pb.vjp(lambda x: pnp.sin(x), X)
    want = np.diag(np.cos(X.astype(np.float64)))
    close(pb.vmap(pull)(np.eye(3, dtype=np.float32))[0], want)
    close(pb.jit(pull)(np.ones(3, np.float32))[0], np.cos(X.astype(np.float64)))
    close(pb.jit(pb.vmap(pull))(np.eye(3, dtype=np.float32))[0], want)
    close(pb.grad(lambda c: pnp.sum(pull(c)[0] ** 2))(np.ones(3, np.float32)), 2 * np.cos(X.astype(np.float64)) ** 2)


def test_vjp_function_captured_by_vmap_inside_grad() -> None:
    def f(x: Any) -> Any:
        _, pull = pb.vjp(lambda y: y**3, x)
        (rows,) = pb.vmap(pull)(pnp.eye(3, dtype="float32"))
        return pnp.sum(rows)  # 3 sum x^2

    x = X.astype(np.float64)
    close(f(X), 3 * np.sum(x**2))
    close(pb.grad(f)(X), 6 * x)
    close(pb.jit(pb.grad(f))(X), 6 * x)
    close(pb.jacfwd(pb.grad(f))(X), 6 * np.eye(3))


def test_vjp_function_captured_by_loops_and_branches() -> None:
    def f(x: Any) -> Any:
        _, pull = pb.vjp(lambda y: y**3, x)
        total, _ = lax.scan(lambda c, w: (c + pull(w)[0], None), 0.0, pnp.array([1.0, 2.0]))
        return total + lax.cond(x > 0, lambda: pull(10.0)[0], lambda: 0.0)

    close(f(2.0), 13 * 12.0)
    close(pb.grad(f)(2.0), 13 * 12.0)
    close(pb.jit(f)(2.0), 13 * 12.0)
    close(pb.vmap(f)(np.array([2.0, -1.0], np.float32)), [13 * 12.0, 9.0])


def test_vjp_function_is_a_pytree() -> None:
    _, pull = pb.vjp(lambda x: pnp.sin(x), X)
    doubled = pb.tree.map(lambda r: 2 * r, pull)
    close(doubled(np.ones(3, np.float32))[0], 2 * np.cos(X.astype(np.float64)))
    apply = pb.jit(lambda p, c: p(c)[0])
    close(apply(pull, np.ones(3, np.float32)), np.cos(X.astype(np.float64)))

    # traced: it goes through jit as an argument, and comes out of jit as a result
    close(pb.grad(lambda x: pnp.sum(apply(pb.vjp(lambda y: y**3, x)[1], pnp.ones(3))))(X), 6.0 * X)
    _y, returned = pb.jit(lambda x: pb.vjp(lambda y: pnp.sin(y) * y, x))(2.0)
    close(returned(1.0), (math.sin(2.0) + 2 * math.cos(2.0),))


def test_vjp_result_returned_as_aux() -> None:
    def f(x: Any) -> Any:
        y, pull = pb.vjp(lambda y: y**3, x)
        return y, pull

    gradient, pull = pb.grad(f, has_aux=True)(2.0)
    close(gradient, 12.0)
    close(pull(1.0), (12.0,))


# linearize and linear_transpose --------------------------------------------------------------------------------------------
def test_linearize() -> None:
    _y, f_jvp = pb.linearize(lambda x, w: (pnp.sin(x) * w, x), X, 2.0)
    c = np.cos(X.astype(np.float64))
    close(f_jvp(X, 0.0), (2 * c * X, X))
    close(f_jvp(0 * X, 1.0)[0], np.sin(X.astype(np.float64)))
    close(pb.vmap(f_jvp, in_axes=(0, None))(np.eye(3, dtype=np.float32), 0.0)[0], np.diag(2 * c))
    close(pb.jit(f_jvp)(X, 0.0)[0], 2 * c * X)
    close(pb.grad(lambda t: pnp.sum(f_jvp(t, 0.0)[0]))(X), 2 * c)


def test_linearize_runs_the_function_once() -> None:
    calls = []

    def f(x: Any) -> Any:
        calls.append(1)
        return x**2

    _, f_jvp = pb.linearize(f, 3.0)
    close([f_jvp(1.0), f_jvp(2.0)], [6.0, 12.0])
    assert len(calls) == 1


def test_linearize_inside_transformations() -> None:
    f = lambda x: pb.linearize(lambda y: y**3, x)[1](1.0)
    close(pb.grad(f)(2.0), 12.0)
    close(pb.jit(f)(2.0), 12.0)
    close(pb.vmap(f)(X), 3.0 * X.astype(np.float64) ** 2)
    g = lambda x: pb.vmap(pb.linearize(lambda y: y**3, x)[1])(pnp.ones(2))
    close(pb.jacfwd(g)(2.0), [12.0, 12.0])
    close(pb.jit(g)(2.0), [12.0, 12.0])


def test_linear_transpose() -> None:
    A = np.arange(6, dtype=np.float32).reshape(2, 3)
    t = pb.linear_transpose(lambda x: A @ x, X)
    close(t(np.array([1.0, 2.0], np.float32)), (A.T @ np.array([1.0, 2.0]),))
    t2 = pb.linear_transpose(lambda p: {"s": p[0] + 2 * p[1]}, (pb.ShapeDtypeStruct((3,), "float32"), X))
    close(t2({"s": X}), ((X, 2.0 * X),))
    back = pb.linear_transpose(lambda y: t(y)[0], np.ones(2, np.float32))
    close(back(X), (A @ X.astype(np.float64),))
    close(pb.grad(lambda c: pnp.sum(t(c)[0]))(np.ones(2, np.float32)), A.sum(1))
    close(pb.jit(lambda c: t(c)[0])(np.ones(2, np.float32)), A.sum(0))
    close(pb.vmap(t)(np.eye(2, dtype=np.float32))[0], A)


def test_linear_transpose_of_a_nonlinear_function() -> None:
    with pytest.raises(TypeError, match=r"pb\.sin cannot be transposed.*not linear"):
        pb.linear_transpose(pnp.sin, X)(X)


# Python control flow on values ---------------------------------------------------------------------------------------------
def branchy(x: Any) -> Any:
    return x**2 if x > 1 else -x


def loopy(x: Any) -> Any:
    n = 0
    while x < 100:  # x -> x^2
        x = x * x
        n += 1
    return x * n


def guarded(x: Any) -> Any:
    try:
        if x > 5:
            raise ValueError("too big")
        return 3 * x
    except ValueError:
        return x * 0.5


@pytest.mark.parametrize(
    "f, x, want",
    [(branchy, 3.0, 6.0), (branchy, 0.5, -1.0), (loopy, 2.0, 3 * 8 * 2.0**7), (guarded, 2.0, 3.0), (guarded, 6.0, 0.5)],
)
def test_control_flow_on_values(f: Any, x: float, want: float) -> None:
    close(pb.grad(f)(x), want)
    close(pb.jvp(f, (x,), (1.0,))[1], want)
    close(pb.vjp(f, x)[1](1.0), (want,))
    close(pb.linearize(f, x)[1](1.0), want)
    close(pb.jacfwd(f)(x), want)
    for transformation in (pb.jit(f), pb.jit(pb.grad(f))):
        with pytest.raises(errors.TracerBoolConversionError, match=r"argument x\b"):
            transformation(x)
    with pytest.raises(errors.TracerBoolConversionError):
        pb.vmap(f)(np.array([x], np.float32))
    with pytest.raises(errors.TracerBoolConversionError):
        pb.vmap(pb.grad(f))(np.array([x], np.float32))


def test_values_of_every_kind() -> None:
    def f(x: Any, n: Any) -> Any:
        assert float(x[0]) == pytest.approx(0.3)
        assert int(n) == 2 and [10, 20, 30][n] == 30
        assert list(range(n)) == [0, 1]
        assert x[1].item() == pytest.approx(-1.2)
        assert x.tolist() == pytest.approx([0.3, -1.2, 0.7])
        assert bool(x[0] > 0) and not x[1] > 0
        assert f"{x[0]:.2f}" == "0.30"
        return pnp.sum(x[x > 0] ** int(n))

    close(pb.grad(f)(X, 2), np.where(X > 0, 2.0 * X, 0.0))


def test_second_order_control_flow_on_values() -> None:
    close(pb.grad(pb.grad(lambda x: x**3 if x > 0 else x))(2.0), 12.0)
    close(pb.hessian(lambda x: pnp.sum(x**3) if x[0] > 0 else pnp.sum(x))(X), np.diag(6.0 * X))
    close(pb.grad(lambda x: pb.grad(lambda y: y**3 * x if x > 1 else y)(x))(2.0), 9 * 4.0)


def test_exceptions_leave_no_trace_behind() -> None:
    def f(x: Any) -> Any:
        raise RuntimeError("user")

    for transformation in (pb.grad(f), pb.jit(f), pb.vmap(f), lambda x: pb.grad(pb.jit(f))(x[0])):
        with pytest.raises(RuntimeError, match="user"):
            transformation(X)
    assert isinstance(pnp.sin(1.0), pb.Array)
    close(pnp.sin(X), np.sin(X.astype(np.float64)))
    close(pb.grad(pnp.sin)(0.0), 1.0)


# Closures, stop_gradient ---------------------------------------------------------------------------------------------------
def test_closures_over_outer_traced_values() -> None:
    def f(x: Any) -> Any:
        big = x * pnp.ones(40)

        def inner(y: Any) -> Any:
            return pnp.sum(big * y**2) + x * y

        return pb.grad(inner)(x)  # 2 * 40 x * x + x

    close(f(2.0), 2 * 40 * 4 + 2.0)
    close(pb.grad(f)(2.0), 4 * 40 * 2.0 + 1.0)
    close(pb.jit(pb.grad(f))(2.0), 4 * 40 * 2.0 + 1.0)
    close(pb.vmap(pb.grad(f))(np.array([1.0, 2.0], np.float32)), [161.0, 321.0])
    close(pb.jvp(f, (2.0,), (1.0,))[1], 321.0)


def test_closure_over_a_value_two_levels_up() -> None:
    f = lambda x: pb.grad(lambda y: pb.grad(lambda z: x**2 * y * z**2)(y))(x)  # d/dy (2 x^2 y^2) = 4 x^3
    close(f(2.0), 32.0)
    close(pb.grad(f)(2.0), 48.0)
    close(pb.jit(pb.vmap(pb.grad(f)))(np.array([1.0, 2.0], np.float32)), [12.0, 48.0])


def test_stop_gradient() -> None:
    close(pb.grad(lambda x: x * lax.stop_gradient(x))(3.0), 3.0)
    close(pb.grad(lambda x: lax.stop_gradient({"a": x, "n": 2})["a"] ** 2)(3.0), 0.0)
    close(pb.grad(pb.grad(lambda x: lax.stop_gradient(x) ** 2 * x**2))(3.0), 18.0)
    close(pb.jvp(lambda x: lax.stop_gradient(x) + 0 * x, (3.0,), (1.0,)), (3.0, 0.0))
    close(pb.jit(pb.grad(lambda x: x * lax.stop_gradient(x)))(3.0), 3.0)


def test_where_gradient_is_safe() -> None:
    f = lambda x: pnp.where(x > 0, pnp.sqrt(pnp.where(x > 0, x, 1.0)), 0.0)
    close(pb.vmap(pb.grad(f))(np.array([4.0, 0.0, -1.0], np.float32)), [0.25, 0.0, 0.0])


def test_inputs_are_not_changed() -> None:
    x = X.copy()
    pb.grad(lambda x: pnp.sum(x.at[0].set(5.0) ** 2))(x)
    pb.value_and_grad(lambda x: pnp.sum(x**2))(x)[1].block_until_ready()
    np.testing.assert_array_equal(x, X)
    _y, pull = pb.vjp(lambda x: pnp.sum(x**2), x)
    x[:] = 0.0  # what vjp saved is its own
    close(pull(1.0), (2.0 * X,))


def test_names_and_documents_are_kept() -> None:
    def loss(x: Any) -> Any:
        """The loss."""
        return x

    for g in (
        pb.grad(loss),
        pb.value_and_grad(loss),
        pb.jacfwd(loss),
        pb.jacrev(loss),
        pb.vmap(loss),
        pb.jit(loss),
        pb.checkpoint(loss),
    ):
        assert g.__name__ == "loss" and g.__doc__ == "The loss."


def test_derivatives_are_as_weak_as_what_they_belong_to() -> None:
    half = pnp.ones(2, pnp.float16)
    for g in (pb.grad(pnp.sin), pb.jit(pb.grad(pnp.sin))):
        assert g(1.0).weak_type and not g(np.float32(1.0)).weak_type
        assert (half * g(1.0)).dtype == np.float16
    assert all(x.weak_type for x in pb.jvp(pnp.sin, (1.0,), (1.0,)))
    assert not pb.jvp(pnp.sin, (np.float32(1),), (np.float32(1),))[1].weak_type


def test_transpose_of_a_product_of_linear_values() -> None:
    with pytest.raises(TypeError, match="not linear in its operands together"):
        pb.linear_transpose(lambda x: x * x, 1.0)(1.0)


def test_modf_has_the_derivative_of_its_fraction() -> None:
    close(pb.vmap(pb.grad(lambda x: pnp.modf(x)[0]))(np.array([-3.0, -0.0, 1.5], np.float32)), np.ones(3))
    fraction, whole = pnp.modf(np.array([-3.0, -np.inf, -0.0], np.float32))
    np.testing.assert_array_equal(np.signbit(fraction), [True] * 3)
    np.testing.assert_array_equal(whole, [-3, -np.inf, 0])
