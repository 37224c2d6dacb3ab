"""Rules of custom derivatives that call the function itself, with the same function as an argument or with a new one each time."""

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
from pullback.dialects.parser import parse
from pullback.dialects.verifier import verify
from pullback.passes.deriver import Deriver
from pullback.passes.evaluate import Evaluator

F = np.float32
X = np.arange(1, 4, dtype=F)


def fixed_point(m: Any, xp: Any, lx: Any) -> Any:
    """The fixed point of f(a, .); its backward pass solves for the fixed point of another function, which it makes."""

    @functools.partial(m.custom_vjp, nondiff_argnums=(0,))
    def solve(f: Any, a: Any, x0: Any) -> Any:
        def go_on(state: Any) -> Any:
            return xp.abs(state[0] - state[1]) > 1e-6

        return lx.while_loop(go_on, lambda state: (state[1], f(a, state[1])), (x0, f(a, x0)))[1]

    def fwd(f: Any, a: Any, x0: Any) -> Any:
        x = solve(f, a, x0)
        return x, (a, x)

    def bwd(f: Any, saved: Any, ct: Any) -> Any:
        a, x = saved
        summed = solve(functools.partial(backwards, f), (a, x, ct), ct)
        return m.vjp(lambda a: f(a, x), a)[1](summed)[0], xp.zeros_like(x)

    def backwards(f: Any, packed: Any, u: Any) -> Any:
        a, x, ct = packed
        return ct + m.vjp(lambda x: f(a, x), x)[1](u)[0]

    solve.defvjp(fwd, bwd)
    return lambda a: solve(lambda a, x: 0.5 * (x + a / x), a, a)


def test_a_rule_that_calls_its_function_with_a_new_one() -> None:
    ours, theirs = fixed_point(pb, pnp, lax), fixed_point(jax, jnp, jax.lax)
    a, b = ours, theirs
    for _ in range(4):  # the fourth order needs a rule that is deeper than those traced at the call
        a, b = pb.grad(a), jax.grad(b)
        close(a(F(2)), b(F(2)), rtol=2e-5)
    second = pb.grad(pb.grad(ours))
    values = np.array([2.0, 3.0], F)
    close(pb.jit(pb.vmap(second))(values), jax.vmap(jax.grad(jax.grad(theirs)))(values), rtol=2e-5)
    # text has what it needs for the third order; of the fourth, a check says what is missing
    assert '"pbfn.check"' not in pb.jit(pb.grad(second)).lower(F(2)).as_text("pb")
    with pytest.raises(pb.errors.PullbackError, match="inside of other rules, more than 3 deep"):
        evaluate_text(pb.jit(pb.grad(pb.grad(second))).lower(F(2)).as_text("trace"), F(2))


def evaluate_text(text: str, *args: Any) -> Any:
    """The results of the first function of a program that is read from text."""
    module = parse(text)
    return Evaluator(Deriver(module))(module.public[0].name, args)


def test_functions_whose_rules_make_the_next_one() -> None:
    def scaled(m: Any, xp: Any, n: int, k: Any) -> Any:
        @m.custom_jvp
        def f(x: Any) -> Any:
            return xp.sin(x) * n * k

        f.defjvp(lambda primals, tangents: (f(*primals), tangents[0] * scaled(m, xp, n + 1, k)(primals[0]) * xp.cos(primals[0])))
        return f

    def derivatives(m: Any, xp: Any) -> Any:
        g = m.grad
        return lambda k: (g(scaled(m, xp, 1, k))(k), g(g(g(g(scaled(m, xp, 1, k)))))(k))

    close(pb.vmap(derivatives(pb, pnp))(X), jax.vmap(derivatives(jax, jnp))(X), rtol=1e-5)
    close(pb.jit(derivatives(pb, pnp))(F(0.5)), derivatives(jax, jnp)(F(0.5)), rtol=1e-5)


def test_programs_with_rules_that_refer_to_themselves_are_read_again() -> None:
    @pb.custom_vjp
    def f(x: Any) -> Any:
        return pnp.sin(x) * 2

    f.defvjp(lambda x: (f(x), x), lambda x, ct: (ct * f(x) * 3,))
    second = pb.grad(pb.grad(f))
    text = pb.jit(second).lower(F(0.5)).as_text("trace")
    verify(parse(text))
    close(evaluate_text(text, F(0.5))[0], second(F(0.5)))
