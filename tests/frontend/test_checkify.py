"""Run-time checks as values: user checks and automatic ones, in loops, branches, under vmap and grad, eager and compiled. The
messages are JAX's, with the place added."""

from __future__ import annotations

import re
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from closeness import close
from jax.experimental import checkify as jax_checkify

import pullback as pb
import pullback.numpy as pnp
from pullback import checkify, lax
from pullback.checkify import check

F = np.float32
X = np.array([-1.0, 2.0, -3.0], F)
BOTH = pytest.mark.parametrize("wrap", [lambda f: f, pb.jit], ids=["eager", "jit"])


def message(error: Any) -> str | None:
    """The message without the place that pullback adds."""
    text = error.get()
    return text if text is None else re.sub(r" ?\(/[^)]*\)", "", text)


def log(x: Any) -> Any:
    check(x > 0, "x must be positive, got {} ({y})", x, y=x + 1)
    return pnp.log(x)


def jax_log(x: Any) -> Any:
    jax_checkify.check(x > 0, "x must be positive, got {} ({y})", x, y=x + 1)
    return jnp.log(x)


@BOTH
def test_user_checks(wrap: Any) -> None:
    f, g = wrap(checkify.checkify(log)), jax_checkify.checkify(jax_log)
    for x in X:
        err, out = f(x)
        want, jax_out = g(jnp.asarray(x))
        assert err.get() == want.get()
        np.testing.assert_allclose(np.asarray(out), np.asarray(jax_out), rtol=1e-6)
    err, _ = wrap(pb.vmap(checkify.checkify(log)))(X)
    assert err.get() == jax.vmap(g)(X)[0].get()
    err, _ = wrap(checkify.checkify(pb.vmap(log)))(X[:2])
    assert err.get() == "x must be positive, got -1.0 (0.0) (`check` failed)"
    err, _ = wrap(checkify.checkify(pb.jit(log)))(F(-1))
    assert err.get() is not None
    with pytest.raises(ValueError, match="must be positive") as info:
        err.throw()
    assert info.type is checkify.JaxRuntimeError is checkify.CheckError
    assert repr(f(F(2))[0]) == "Error(None)"
    f(F(2))[0].throw()


@BOTH
@pytest.mark.parametrize(
    ("ours", "theirs", "args", "errors"),
    [
        (lambda x: pnp.sin(x), jnp.sin, (F(np.inf),), "nan_checks"),
        (lambda x: pnp.sin(x), jnp.sin, (F(1),), "nan_checks"),
        (lambda x, y: x / y, lambda x, y: x / y, (F(1), F(0)), "all_checks"),
        (lambda x, y: x / y, lambda x, y: x / y, (F(1), F(0)), "index_checks"),
        (lambda x, i: x[i], lambda x, i: x[i], (X, np.int32(5)), "index_checks"),
        (lambda x, i: x[i], lambda x, i: x[i], (X, np.int32(-1)), "index_checks"),
        (lambda x, i: x[i], lambda x, i: x[i], (X, np.array([1, 7])), "all_checks"),
        (lambda x, i: x[i - 2, i], lambda x, i: x[i - 2, i], (np.ones((2, 3), F), np.int32(3)), "all_checks"),
        (lambda x, i: x.at[i].set(1.0), lambda x, i: x.at[i].set(1.0), (jnp.asarray(X), np.int32(5)), "automatic_checks"),
        (
            lambda x, i: lax.dynamic_slice(x, (i,), (2,)),
            lambda x, i: jax.lax.dynamic_slice(x, (i,), (2,)),
            (X, np.int32(2)),
            "index_checks",
        ),
        (
            lambda x, i: lax.dynamic_update_slice(x, x[:2], (i,)),
            lambda x, i: jax.lax.dynamic_update_slice(x, x[:2], (i,)),
            (X, np.int32(2)),
            "index_checks",
        ),
    ],
)
def test_automatic_checks(wrap: Any, ours: Any, theirs: Any, args: Any, errors: str) -> None:
    host = [pnp.asarray(np.asarray(a)) for a in args]
    err, _ = wrap(checkify.checkify(ours, errors=getattr(checkify, errors)))(*host)
    device = [jnp.asarray(a) for a in args]
    want, _ = jax_checkify.checkify(theirs, errors=getattr(jax_checkify, errors))(*device)
    expected = want.get()
    assert (message(err) or "").strip() == (expected or "").strip()
    if expected is not None:
        assert "test_checkify.py" in err.get()  # the line of the operation


def loop(x: Any) -> Any:
    def body(c: Any, t: Any) -> Any:
        check(c < 5, "c {} at {}", c, t)
        c = lax.cond(t > 1, lambda c: (check(c < 3, "branch {}", c), c)[1], lambda c: c, c)
        return c + t, c

    c, _ = lax.scan(body, x, pnp.arange(4))
    return lax.while_loop(
        lambda s: (check(s < 200, "test {}", s), s < 100)[1], lambda s: (check(s < 50, "while {}", s), s * 2)[1], c
    )


LOOP = {
    0: "branch 3 (`check` failed)",
    2: "branch 3 (`check` failed)",
    7: "c 7 at 0 (`check` failed)",
}


@BOTH
def test_checks_in_loops_and_branches(wrap: Any) -> None:
    f = wrap(checkify.checkify(loop))
    for x, want in LOOP.items():
        assert f(np.int32(x))[0].get() == want
    xs = np.array([0, 2, 7], np.int32)
    lines = wrap(pb.vmap(checkify.checkify(loop)))(xs)[0].get().split("\n")
    assert lines == [f"at mapped index {i}: {LOOP[int(x)]}" for i, x in enumerate(xs)]
    assert wrap(checkify.checkify(pb.vmap(loop)))(xs)[0].get() == LOOP[7]  # the first in the program's order
    doubled = lambda s: lax.while_loop(lambda s: s < 100, lambda s: (check(s < 50, "{}", s), s * 2)[1], s)
    err, out = wrap(checkify.checkify(doubled))(3)
    assert err.get() == "96 (`check` failed)" and int(out) == 192


@BOTH
def test_a_branch_that_an_example_does_not_take_is_not_checked(wrap: Any) -> None:
    f = lambda x: lax.cond(x > 0, lambda x: (check(x > 0, "bad {}", x), pnp.log(x))[1], lambda x: -x, x)
    err, out = wrap(checkify.checkify(pb.vmap(f)))(np.array([1.0, -2.0], F))
    assert err.get() is None
    close(out, np.array([0.0, 2.0]))
    # an example that is done with its loop is not checked any more
    g = lambda x: lax.while_loop(lambda s: s < 10, lambda s: (check(s < 10, "went on to {}", s), s * 2)[1], x)
    assert wrap(checkify.checkify(pb.vmap(g)))(np.array([3.0, 9.0], F))[0].get() is None


@BOTH
def test_derivatives_of_checked_functions(wrap: Any) -> None:
    close(wrap(pb.grad(lambda x: checkify.checkify(log)(x)[1]))(2.0), 0.5)
    err, out = wrap(checkify.checkify(pb.grad(log)))(F(-2))
    assert err.get() is not None
    close(out, -0.5)
    root = lambda x: pnp.where(x > 0, pnp.sqrt(x), 0.0)
    err, _ = wrap(checkify.checkify(pb.grad(root), errors=checkify.float_checks))(0.0)
    assert message(err) == "division by zero"
    err, _ = wrap(checkify.checkify(pb.grad(root), errors=checkify.nan_checks))(0.0)
    assert message(err) == "nan generated by primitive: mul."
    (err, out), tangents = wrap(lambda x: pb.jvp(checkify.checkify(log), (x,), (1.0,)))(4.0)
    close((out, tangents[1]), (np.log(4.0), 0.25))


@BOTH
def test_a_custom_derivative_stays(wrap: Any) -> None:
    f = pb.custom_jvp(lambda x: (check(x > 0, "custom {}", x), x * x)[1])
    f.defjvp(lambda primals, tangents: (f(*primals), 100 * tangents[0]))
    assert wrap(checkify.checkify(f))(-3.0)[0].get() == "custom -3.0 (`check` failed)"
    for checked in (checkify.checkify(f), checkify.checkify(f, errors=checkify.all_checks)):
        close(wrap(pb.grad(lambda x, checked=checked: checked(x)[1]))(3.0), 100.0)


@pytest.mark.parametrize("f", [log, pb.grad(log), pb.jit(log), pb.jit(pb.grad(log))], ids=["eager", "grad", "jit", "jit of grad"])
def test_checks_that_nothing_functionalizes_raise(f: Any) -> None:
    for g, x in ((f, X[0]), (pb.vmap(f), X)):
        with pytest.raises(checkify.CheckError, match=r"must be positive, got -1.0"):
            g(x)
    assert np.isfinite(f(F(1)))


def test_check_error() -> None:
    def f(x: Any) -> Any:
        err, out = checkify.checkify(log)(x)
        checkify.check_error(err)
        return out

    with pytest.raises(checkify.CheckError, match=r"got -4\.0"):
        pb.jit(f)(F(-4))
    assert checkify.checkify(f)(F(-4))[0].get() == "x must be positive, got -4.0 (-3.0) (`check` failed)"
    checkify.check_error(checkify.init_error)
    assert checkify.init_error.get() is None
    with pytest.raises(ValueError, match="expected an Error"):
        checkify.check_error(1)  # type: ignore[arg-type]


@BOTH
def test_debug_checks_and_choice_of_checks(wrap: Any) -> None:
    def f(x: Any) -> Any:
        checkify.debug_check(x > 0, "debug {}", x)
        return lax.scan(lambda c, _: (checkify.check(c > 0, "inner {}", c, debug=True), (c, None))[1], x, None, length=2)[0]

    assert float(wrap(f)(-1.0)) == -1.0
    assert wrap(checkify.checkify(f))(-1.0)[0].get() == "debug -1.0 (`check` failed)"
    assert wrap(checkify.checkify(log, errors=checkify.div_checks))(F(-1))[0].get() is None
    weights = pnp.array([-1.0, 1.0])  # what the function computes of values that it closes over is checked too
    error = wrap(checkify.checkify(lambda x: x + pnp.log(weights), errors=checkify.nan_checks))(F(1))[0]
    assert "nan generated by primitive: log" in error.get()


def test_errors_of_the_call() -> None:
    for pred in (1.0, 1, np.array([True]), np.array(1), "x"):
        with pytest.raises(TypeError, match="check takes a scalar pred"):
            check(pred, "no")
    with pytest.raises(TypeError, match="must be a string"):
        check(True, 1)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="need to be PyTrees of arrays"):
        check(True, "{}", "text")
    with pytest.raises(ValueError, match="unknown errors"):
        checkify.checkify(log, errors=frozenset({"overflow"}))
    check(True, "{a}", a={"b": X})


def test_shapes_of_errors() -> None:
    err, out = pb.eval_shape(checkify.checkify(log), F(1))
    assert isinstance(err, checkify.Error) and out == pb.ShapeDtypeStruct((), F)
    leaves = pb.tree.leaves(err)
    assert [x.shape for x in leaves] == [(), (), ()]
    with pytest.raises(TypeError, match="prints, calls back or checks"):
        pb.export({"f": (log, F(1))}, "/nowhere/f.pba")
