"""custom_jvp, custom_vjp, custom_gradient, custom_vmap: rules are honoured by all transformations, eager and compiled, with JAX as
the oracle; errors of derivatives that do not fit."""

from __future__ import annotations

import functools
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from closeness import close

import pullback as pb
import pullback.numpy as pnp
from pullback import lax
from pullback.custom_derivatives import SymbolicZero, custom_vjp_primal_tree_values, zero_from_primal

F = np.float32
X = np.arange(1, 4, dtype=F)
BOTH = pytest.mark.parametrize("wrap", [lambda f: f, pb.jit], ids=["eager", "jit"])


# Symbolic zeros ------------------------------------------------------------------------------------------------------------
def jvp_with_zeros(m: Any, xp: Any, zero: Any, seen: list[Any]) -> Any:
    """f(x, y, n) = (sin(x) y, 2n, {a: y}) with ten times the derivative in x."""

    @m.custom_jvp
    def f(x: Any, y: Any, n: Any) -> Any:
        return xp.sin(x) * y, n * 2, {"a": y}

    def rule(primals: Any, tangents: Any) -> Any:
        (x, y, n), (dx, dy, dn) = primals, tangents
        seen.append(tuple(isinstance(t, zero) for t in tangents))
        total = xp.zeros_like(x)
        if not isinstance(dx, zero):
            total = total + 10 * xp.cos(x) * y * dx
        if not isinstance(dy, zero):
            total = total + xp.sin(x) * dy
        return f(x, y, n), (total, dn, {"a": dy})

    f.defjvp(rule, symbolic_zeros=True)
    return f


@BOTH
@pytest.mark.parametrize("argnums", [0, 1, (0, 1)])
def test_custom_jvp_symbolic_zeros(wrap: Any, argnums: Any) -> None:
    ours: list[Any] = []
    theirs: list[Any] = []
    f = jvp_with_zeros(pb, pnp, SymbolicZero, ours)
    g = jvp_with_zeros(jax, jnp, jax.custom_derivatives.SymbolicZero, theirs)
    close(
        wrap(pb.grad(lambda *a: f(*a)[0], argnums))(F(0.5), F(2), 3),
        jax.grad(lambda *a: g(*a)[0], argnums)(F(0.5), F(2), 3),
    )
    assert theirs[0] in ours  # the rule has been told the same zeros


def test_custom_jvp_symbolic_zeros_under_transformations() -> None:
    f = jvp_with_zeros(pb, pnp, SymbolicZero, [])
    g = jvp_with_zeros(jax, jnp, jax.custom_derivatives.SymbolicZero, [])
    first, second = (lambda h: lambda *a: h(*a)[0])(f), (lambda h: lambda *a: h(*a)[0])(g)

    @pb.jit
    def every(x: Any) -> Any:
        return (
            pb.vmap(pb.grad(first), (0, None, None))(x, F(2), 3),
            pb.grad(lambda x: pb.vmap(first, (0, None, None))(x, F(2), 3).sum())(x),
            pb.vmap(pb.grad(pb.grad(first)), (0, None, None))(x, F(2), 3),
            pb.jvp(lambda x: lax.scan(lambda c, t: (first(c, t, 3), c), x[0], x)[0], (x,), (x,)),
        )

    def wanted(x: Any) -> Any:
        return (
            jax.vmap(jax.grad(second), (0, None, None))(x, F(2), 3),
            jax.grad(lambda x: jax.vmap(second, (0, None, None))(x, F(2), 3).sum())(x),
            jax.vmap(jax.grad(jax.grad(second)), (0, None, None))(x, F(2), 3),
            jax.jvp(lambda x: jax.lax.scan(lambda c, t: (second(c, t, 3), c), x[0], x)[0], (x,), (x,)),
        )

    close(every(X), wanted(X), rtol=2e-5)


def test_a_rule_may_refuse_a_tangent() -> None:
    @pb.custom_jvp
    def f(x: Any, y: Any) -> Any:
        return x * y

    @functools.partial(f.defjvp, symbolic_zeros=True)
    def rule(primals: Any, tangents: Any) -> Any:
        if not isinstance(tangents[1], SymbolicZero):
            raise ValueError("not differentiable in {y}")
        return f(*primals), tangents[0] * primals[1]

    assert float(pb.jit(f)(2.0, 3.0)) == 6.0
    assert float(pb.jit(pb.grad(f))(2.0, 3.0)) == 3.0
    with pytest.raises(ValueError, match=r"not differentiable in \{y\}"):
        pb.grad(f, 1)(2.0, 3.0)
    # the text has a rule too, which fails when it is run
    assert '"pbfn.check"' in str(pb.make_ir(f)(2.0, 3.0))


def vjp_with_zeros(m: Any, xp: Any, zero: Any, seen: list[Any]) -> Any:
    @m.custom_vjp
    def f(x: Any, y: Any, n: Any) -> Any:
        return x * y * n, xp.sin(x)

    def fwd(x: Any, y: Any, n: Any) -> Any:
        seen.append((x.perturbed, y.perturbed, n.perturbed))
        saved = (x.value if y.perturbed else None, y.value if x.perturbed else None, n.value)
        return f(x.value, y.value, n.value), saved

    def bwd(saved: Any, cts: Any) -> Any:
        x, y, n = saved
        first, second = cts
        seen.append((isinstance(first, zero), isinstance(second, zero)))
        if isinstance(first, zero):
            return None, None, None
        return None if y is None else 10 * first * y * n, None if x is None else 100 * first * x * n, None

    f.defvjp(fwd, bwd, symbolic_zeros=True)
    return f


@BOTH
@pytest.mark.parametrize("argnums", [0, 1, (0, 1)])
def test_custom_vjp_symbolic_zeros(wrap: Any, argnums: Any) -> None:
    ours: list[Any] = []
    theirs: list[Any] = []
    f = vjp_with_zeros(pb, pnp, SymbolicZero, ours)
    g = vjp_with_zeros(jax, jnp, jax.custom_derivatives.SymbolicZero, theirs)
    close(wrap(pb.grad(lambda *a: f(*a)[0], argnums))(F(1), F(2), 3), jax.grad(lambda *a: g(*a)[0], argnums)(F(1), F(2), 3))
    assert set(theirs) <= set(ours)


def test_custom_vjp_symbolic_zeros_under_vmap() -> None:
    f = vjp_with_zeros(pb, pnp, SymbolicZero, [])
    g = vjp_with_zeros(jax, jnp, jax.custom_derivatives.SymbolicZero, [])

    def each(m: Any, h: Any) -> Any:
        one = lambda *a: h(*a)[0]
        return lambda x: (
            m.vmap(m.grad(one), (0, None, None))(x, F(2), F(3)),
            m.grad(lambda x: m.vmap(one, (0, None, None))(x, F(2), F(3)).sum())(x),
        )

    close(pb.jit(each(pb, f))(X), each(jax, g)(X))


def test_helpers_of_symbolic_zeros() -> None:
    primal = pb.custom_derivatives.CustomVJPPrimal
    assert custom_vjp_primal_tree_values({"a": primal(1, True)}) == {"a": 1}
    with pytest.raises(TypeError, match="CustomVJPPrimal"):
        custom_vjp_primal_tree_values({"a": 1})
    zero = zero_from_primal(np.arange(3), symbolic_zeros=True)
    assert repr(zero) == "SymbolicZero" and zero.dtype == pb.float0 and (zero.shape, zero.ndim, zero.size) == ((3,), 1, 3)
    close(zero_from_primal(X), np.zeros(3))


# Forward mode through custom_vjp -------------------------------------------------------------------------------------------
def ten_times(m: Any, xp: Any) -> Any:
    @m.custom_vjp
    def f(p: Any, n: int) -> Any:
        return {"out": xp.sin(p["a"]) * p["b"][0]}

    f.defvjp(
        lambda p, n: (f(p, n), p),
        lambda p, ct: ({"a": 10 * ct["out"] * xp.cos(p["a"]) * p["b"][0], "b": (ct["out"] * xp.sin(p["a"]),)}, None),
    )
    return f


@BOTH
def test_forward_mode_through_custom_vjp(wrap: Any) -> None:
    f = ten_times(pb, pnp)
    p, dp = {"a": 0.5, "b": (2.0,)}, {"a": 1.0, "b": (3.0,)}
    y, dy = wrap(lambda p, dp: pb.jvp(lambda p: f(p, 3), (p,), (dp,)))(p, dp)
    close(y["out"], np.sin(0.5) * 2)
    close(dy["out"], 10 * np.cos(0.5) * 2 + 3 * np.sin(0.5))


def test_hessian_through_custom_vjp() -> None:
    """Forward over reverse, reverse over forward, and forward twice are one matrix, that of the rule's derivative."""
    f = ten_times(pb, pnp)
    g = lambda x: pnp.sum(f({"a": x, "b": (x * x,)}, 3)["out"])
    # d/dx of (10 cos(x) x^2 + 2 x sin(x)); the rule of the second order is that of the first, differentiated
    want = np.diag(-10 * np.sin(X) * X**2 + 22 * X * np.cos(X) + 2 * np.sin(X))
    every = pb.jit(lambda x: (pb.jacfwd(pb.jacrev(g))(x), pb.jacrev(pb.jacfwd(g))(x), pb.jacfwd(pb.jacfwd(g))(x), pb.hessian(g)(x)))
    for got in every(X):
        close(got, want, rtol=2e-5)
    close(pb.vmap(pb.grad(lambda x: g(x[None])))(X), 10 * np.cos(X) * X**2 + 2 * X * np.sin(X), rtol=1e-5)


def test_forward_mode_needs_a_linear_backward_pass() -> None:
    f = pb.custom_vjp(lambda x: x * x)
    f.defvjp(lambda x: (f(x), x), lambda x, ct: (ct * ct * x,))
    with pytest.raises(TypeError, match="not linear in the cotangents"):
        pb.jvp(f, (2.0,), (1.0,))


# Arguments -----------------------------------------------------------------------------------------------------------------
def test_traced_nondiff_arguments_of_custom_jvp() -> None:
    def derivative(m: Any) -> Any:
        @functools.partial(m.custom_jvp, nondiff_argnums=(1,))
        def f(x: Any, n: Any) -> Any:
            return x * n

        f.defjvp(lambda n, primals, tangents: (f(primals[0], n), 2 * n * tangents[0]))
        return lambda x, n: m.grad(lambda x: f(x, n))(x)

    close(pb.jit(derivative(pb))(1.0, 2.0), 4.0)
    close(pb.vmap(derivative(pb))(X, X), jax.vmap(derivative(jax))(X, X))


def test_python_numbers_become_arrays() -> None:
    product = lambda x, y: (x.astype(F) * y, 1.0)
    jvp, vjp, vmap = pb.custom_jvp(product), pb.custom_vjp(product), pb.custom_batching.custom_vmap(product)
    jvp.defjvp(lambda primals, tangents: (product(*primals), tangents))
    vjp.defvjp(lambda x, y: (product(x, y), ()), lambda saved, ct: ct)
    vmap.def_vmap(lambda size, batched, x, y: (product(x, y), (True, False)))
    for f in (jvp, vjp, vmap, pb.checkpoint(product)):
        assert [(type(x), float(x)) for x in f(2, 3.0)] == [(type(pnp.float32(0)), 6.0), (type(pnp.float32(0)), 1.0)]


def test_nondiff_arguments_by_position_and_name() -> None:
    @functools.partial(pb.custom_jvp, nondiff_argnames=("k",))
    def power(x: Any, k: int = 2) -> Any:
        return x**k

    power.defjvp(lambda k, primals, tangents: (power(primals[0], k), 100 * k * tangents[0]))
    assert float(pb.grad(power)(2.0, k=3)) == 300.0
    assert float(pb.jit(pb.grad(lambda x: power(x)))(2.0)) == 200.0

    @functools.partial(pb.custom_vjp, nondiff_argnums=(0,))
    def apply(f: Any, x: Any) -> Any:
        return f(x)

    apply.defvjp(lambda f, x: (f(x), x), lambda f, x, ct: (7 * ct * f(x),))
    close(pb.jit(pb.vmap(pb.grad(lambda x: apply(pnp.cos, x))))(X), 7 * np.cos(X))
    with pytest.raises(ValueError, match="nondiff_argnames has 'q', which is not a parameter"):
        pb.custom_jvp(lambda x: x, nondiff_argnames="q")


def test_optimize_remat_is_accepted() -> None:
    f = pb.custom_vjp(lambda x: x * x)
    f.defvjp(lambda x: (f(x), x), lambda x, ct: (5 * ct * x,), optimize_remat=True)
    assert float(pb.grad(pb.checkpoint(f))(2.0)) == 10.0


def test_closure_convert() -> None:
    def minimize(objective: Any, x0: Any) -> Any:
        converted, consts = pb.closure_convert(objective, x0)
        return _minimize(converted, x0, *consts)

    @functools.partial(pb.custom_vjp, nondiff_argnums=(0,))
    def _minimize(objective: Any, x0: Any, *consts: Any) -> Any:
        return objective(x0, *consts)

    def fwd(objective: Any, x0: Any, *consts: Any) -> Any:
        return _minimize(objective, x0, *consts), (x0, consts)

    def bwd(objective: Any, saved: Any, ct: Any) -> Any:
        x0, consts = saved
        return tuple(2 * c for c in pb.vjp(objective, x0, *consts)[1](ct))

    _minimize.defvjp(fwd, bwd)
    big = np.arange(40, dtype=F)  # a concrete array that is closed over stays in the function

    def loss(a: Any, x: Any) -> Any:
        return minimize(lambda x: pnp.sum(a["w"] * x**2) + pnp.sum(big) * 0, x)

    for wrap in (lambda f: f, pb.jit):
        da, dx = wrap(pb.grad(loss, (0, 1)))({"w": F(3)}, X)
        close(da["w"], 2 * np.sum(X**2))
        close(dx, 2 * 2 * 3 * X)
    converted, consts = pb.closure_convert(lambda x, y: {"s": x + y}, 1.0, 2.0)
    assert consts == [] and float(converted(3.0, 4.0)["s"]) == 7.0
    with pytest.raises(TypeError, match="takes 0 closed-over values after its arguments, got 1"):
        converted(1.0, 2.0, 3.0)
    with pytest.raises(TypeError, match="was converted for an argument of type"):
        converted(np.ones(2, F), 2.0)


def test_custom_gradient() -> None:
    f = pb.custom_gradient(lambda x, y: (x * y, lambda ct: (10 * ct * y, ct * x)))
    assert [float(v) for v in pb.jit(pb.grad(f, (0, 1)))(2.0, 3.0)] == [30.0, 2.0]
    close(pb.jit(pb.vmap(pb.grad(f)))(X, X), 10 * X)
    close(pb.jvp(f, (2.0, 3.0), (1.0, 1.0))[1], 32.0)
    g = pb.custom_gradient(lambda x: (x**2, lambda ct: 10 * ct * x))
    close(pb.jit(pb.grad(pb.grad(g)))(3.0), 10.0)
    with pytest.raises(TypeError, match="must return a pair"):
        pb.custom_gradient(lambda x: x)(1.0)


def test_fwd_and_bwd() -> None:
    w = np.ones((3, 2), F)
    fwd, bwd = pb.fwd_and_bwd(lambda x, w: (x @ w, x), argnums=(0, 1), has_aux=True)
    y, residuals, aux = fwd(X, w)
    close(bwd(residuals, y), (w @ (X @ w), np.outer(X, X @ w)))
    close(aux, X)
    fwd, bwd = pb.fwd_and_bwd(lambda x: pnp.sin(x), argnums=0, jitted=False)
    close(bwd(fwd(0.5)[1], 2.0), 2 * np.cos(0.5))


# custom_vmap ---------------------------------------------------------------------------------------------------------------
def times_ten(m: Any) -> Any:
    @m.custom_batching.custom_vmap
    def f(x: Any, y: Any) -> Any:
        return x * y

    f.def_vmap(lambda size, batched, x, y: (x * y * 10, True))
    return f


@BOTH
def test_custom_vmap(wrap: Any) -> None:
    f, g = times_ten(pb), times_ten(jax)
    two = F(2)

    def each(m: Any, f: Any) -> Any:
        return lambda x: (
            m.vmap(f, (0, None))(x, two),
            m.vmap(lambda x: m.jvp(f, (x, two), (two, x)))(x),
            m.jvp(m.vmap(f, (0, None)), (x, two), (x, two)),
        )

    close(wrap(each(pb, f))(X), each(jax, g)(X))
    # reverse mode: through the rule where vmap is inside, through the function where it is outside
    close(wrap(pb.grad(lambda x: pb.vmap(f, (0, None))(x, two).sum()))(X), np.full(3, 20.0))
    close(wrap(pb.vmap(pb.grad(f)))(X, X), X)
    close(wrap(pb.vmap(lambda x: lax.scan(lambda c, _: (f(c, two), None), x, length=2)[0]))(X), 400 * X)


def test_custom_vmap_rule_is_in_the_text() -> None:
    text = str(pb.make_ir(pb.vmap(times_ten(pb), (0, None)))(X, 2.0))
    assert 'rules = [@lambda], cases = "3:10:1"' in text and "func.func private @lambda(%arg0: tensor<3xf32>" in text


def test_custom_vmap_masks_and_errors() -> None:
    seen = []
    f = pb.custom_batching.custom_vmap(lambda p, y: (p["a"] + y, y))

    @f.def_vmap
    def rule(size: int, batched: Any, p: Any, y: Any) -> Any:
        seen.append((size, batched))
        return (p["a"] + y, y), (True, batched[1])

    out = pb.vmap(lambda a: f({"a": a}, 2.0))(X)
    close(out, (X + 2, np.full(3, 2.0)))
    assert (3, [{"a": True}, False]) in seen
    bad = pb.custom_batching.custom_vmap(lambda x: (x, x))
    with pytest.raises(AttributeError, match="No batching rule defined"):
        bad(1.0)
    for rule, text in (
        (lambda n, b, x: ((x, x), True), "output batching specification"),
        (lambda n, b, x: (x, True), "does not match that of original"),
        (lambda n, b, x: ((x, x[0]), (True, True)), r"result 1 must have type float32\[3\]"),
    ):
        bad.def_vmap(rule)
        with pytest.raises((ValueError, TypeError), match=text):
            pb.vmap(bad)(X)

    def closes_over(x: Any) -> Any:
        g = pb.custom_batching.custom_vmap(lambda y: x * y)
        g.def_vmap(lambda n, b, y: (y, True))
        return g(x)

    with pytest.raises(NotImplementedError, match="closes over a value that vmap maps"):
        pb.vmap(closes_over)(X)


def test_sequential_vmap_and_stacked_rules() -> None:
    f = pb.custom_batching.sequential_vmap(lambda x, y: {"s": pnp.sum(x) + y})
    close(pb.jit(pb.vmap(f, (0, None)))(np.ones((3, 2), F), 1.0), {"s": np.full(3, 3.0)})

    @pb.custom_vjp
    @pb.custom_batching.custom_vmap
    def h(x: Any, y: Any) -> Any:
        return pnp.sin(x) * y

    h.def_vmap(lambda size, batched, x, y: (pnp.cos(x) * y, True))
    h.defvjp(lambda x, y: (h(x, y), (x, y)), lambda saved, ct: (ct * pnp.cos(saved[0]) * saved[1], ct * pnp.sin(saved[0])))
    close(pb.vmap(h)(X, X), np.cos(X) * X)
    close(pb.jit(pb.vmap(pb.grad(h)))(X, X), np.cos(X) * X)


# Exceptions and types as in JAX --------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("kind", "case"),
    [
        (TypeError, lambda f: pb.jvp(f, (1.0,), (1,))),
        (TypeError, lambda f: pb.jvp(f, (1.0,), (1j,))),
        (TypeError, lambda f: pb.jvp(f, (X,), (X.astype(np.float16),))),
        (ValueError, lambda f: pb.jvp(f, (X,), (X[:2],))),
        (TypeError, lambda f: pb.jvp(f, (X,), ((X,),))),
        (ValueError, lambda f: pb.vjp(f, X)[1](X[:2])),
        (ValueError, lambda f: pb.vjp(f, X)[1]((X,))),
        (TypeError, lambda f: pb.vjp(f, 1.0)[1](1)),
        (ValueError, lambda f: pb.linearize(f, X)[1](X[:2])),
        (TypeError, lambda f: pb.linear_transpose(f, X)(X[:2])),
        (TypeError, lambda f: pb.grad(f, 1)(1.0)),
        (TypeError, lambda f: pb.value_and_grad(f, (0, 1))(1.0)),
        (ValueError, lambda f: pb.grad(f, -2)(1.0)),
        (TypeError, lambda f: pb.grad(lambda x: x > 0)(1.0)),
        (ValueError, lambda f: pb.vjp(lambda x: x > 0, 1.0)[1](np.zeros(2, pb.float0))),
    ],
)
def test_exceptions(kind: Any, case: Any) -> None:
    with pytest.raises(kind):
        case(lambda x: 2 * x)


@BOTH
def test_outputs_without_tangents(wrap: Any) -> None:
    zero = np.zeros((), pb.float0)
    f = lambda x: (x > 0, pnp.int32(3), x * x)
    close(wrap(lambda x: pb.vjp(f, x)[1]((zero, zero, 1.0)))(3.0), (6.0,))
    close(wrap(lambda x: pb.vjp(lambda x: x > 0, x)[1](zero))(3.0), (0.0,))
    got = wrap(pb.vmap(pb.grad(lambda x, n: x * n, (0, 1), allow_int=True)))(X, np.arange(3))
    close(got[0], np.arange(3))
    assert got[1].dtype == pb.float0 and got[1].shape == (3,)
