"""Loops: `scan`, `while_loop`, `fori_loop`.

Bodies are traced as functions of their own; values that they close over become constants of the loop, and so do carries that
a body returns as they are.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from pullback.dialects.types import Aval, type_text

from .. import dtypes
from ..api_util import Arguments, describe
from ..array import ConcreteArray
from ..configuration import config
from ..trace import shared_module
from ..tree_util import leaf_names, tree_flatten, tree_unflatten
from .bodies import carry_arguments, check_carry, hoist, is_staged, merge, strengthen, trace_body, weak_to_carry
from .python_loops import run_scan, run_while
from .util import apply_function_op, as_int, as_operand, cast


def _unroll(unroll: Any, length: int) -> int:
    if isinstance(unroll, bool):
        return max(length, 1) if unroll else 1
    steps = as_int(unroll, "unroll")
    if steps < 0:
        raise ValueError(f"`unroll` must be a `bool` or a non-negative `int`, got {unroll}")
    return steps or max(length, 1)


def scan(
    f: Callable[..., Any],
    init: Any,
    xs: Any = None,
    length: int | None = None,
    reverse: bool = False,
    unroll: int | bool = 1,
    _split_transpose: bool = False,
) -> Any:
    """Runs ``carry, y = f(carry, x)`` over the leading axis of `xs`, and stacks the `y`.

    Args:
      f: function of (carry, x) that returns (carry, y); carry and y are pytrees, and the carry keeps its types.
      init: initial carry.
      xs: pytree of arrays with one leading size, or None with `length`.
      length: number of steps.
      reverse: run from the last x to the first; the `y` stay in place.
      unroll: how many steps of a compiled loop are written out per iteration (True or 0: all; False: one).
      _split_transpose: accepted for JAX's sake; it has no effect.

    Returns:
      ``(carry, ys)``.

    Raises:
      ValueError: leading sizes differ. TypeError: the carry changes its structure or types.

    Reference: JAX documentation, jax.lax.scan.

    >>> import pullback.numpy as pnp
    >>> from pullback import lax
    >>> total, sums = lax.scan(lambda c, x: (c + x, c + x), 0.0, pnp.array([1.0, 2.0, 3.0]))
    >>> print(total, sums)
    6.0 [1. 3. 6.]
    """
    if not callable(f):
        raise TypeError("lax.scan: f must be a function: scan(f, init, xs)")
    carry = carry_arguments(init, "scan", f)
    x_args = Arguments(f, xs, "scan", lambda: leaf_names((xs,), ["xs"]))
    sizes: set[Any] = {x.shape[0] if x.ndim else None for x in x_args.leaves}
    if None in sizes:
        raise ValueError("lax.scan: xs must have a leading axis to scan over, got a scalar")
    if length is not None:
        sizes.add(as_int(length, "length"))
    if len(sizes) > 1:
        parts = [f"{n}: {x.shape[0]}" for n, x in zip(x_args.names(), x_args.leaves)]
        raise ValueError(
            f"scan got values with different leading axis sizes: {', '.join(parts)}"
            + (f", length={length}" if length is not None else "")
        )
    if not sizes:
        raise ValueError("scan got no values to scan over and `length` not provided.")
    n = sizes.pop()
    if config.disable_jit and n > 0:
        return run_scan(f, tree_unflatten(carry.treedef, carry.leaves), tree_unflatten(x_args.treedef, x_args.leaves), n, reverse)
    slices = [Aval(x.shape[1:], x.aval.dtype) for x in x_args.leaves]
    treedef = tree_flatten((carry.tree, xs))[1]
    leaves = carry.leaves
    k = len(leaves)

    def names() -> list[str]:
        return carry.names() + x_args.names()

    while True:
        avals = [x.aval for x in leaves] + slices
        traced = trace_body("scan", f, treedef, avals, [x.weak_type for x in leaves + x_args.leaves], names)
        children = traced.result.children()
        if traced.result.type not in (tuple, list) or len(children) != 2:
            raise TypeError(f"scan: the function {describe(f)} must return a pair (carry, y), but returned {traced.result}")
        weak_to_carry(traced, leaves, k)
        stronger = strengthen(leaves, traced.outs[:k], traced.weak[:k]) if children[0] == carry.treedef else None
        if stronger is None:
            break
        leaves = stronger
    check_carry("scan", f, carry, leaves, traced.outs[:k], children[0])
    steps = _unroll(unroll, n)
    fixed = hoist(traced, (), k)
    free = [i for i in range(k) if i not in fixed]
    attrs = {
        "body": traced.name,
        "num_consts": len(traced.captures) + len(fixed),
        "num_carry": len(free),
        "length": n,
        "reverse": bool(reverse),
        "unroll": steps,
    }
    outs = [*(traced.outs[i] for i in free), *(Aval((n, *a.shape), a.dtype) for a in traced.outs[k:])]
    weak = [*(traced.weak[i] for i in free), *traced.weak[k:]]
    operands = [*traced.captures, *(leaves[i] for i in fixed), *(leaves[i] for i in free), *x_args.leaves]
    results = apply_function_op("pbfn.scan", operands, attrs, outs, traced.deriver, traced.staged, weak)
    last = merge(fixed, leaves, results)
    return tree_unflatten(children[0], last), tree_unflatten(children[1], results[len(free) :])


def while_loop(cond_fun: Callable[..., Any], body_fun: Callable[..., Any], init_val: Any, *, max_steps: int | None = None) -> Any:
    """Repeats ``val = body_fun(val)`` while ``cond_fun(val)`` holds.

    With `max_steps`, the loop is reverse-differentiable: it stops after that many steps, if it has not stopped before, and
    returns the value that it has then (test ``cond_fun`` on the result to find out). Nothing runs after the loop has stopped,
    so a generous bound costs no time. Reverse mode saves about ``2 * sqrt(max_steps)`` values, not one for each step, and
    runs the steps a second time.

    Args:
      cond_fun: function of the value that returns a boolean scalar.
      body_fun: function of the value that returns a value of the same structure and types.
      init_val: pytree of arrays.
      max_steps: Python int, the number of steps that the loop takes at most; None for a loop without bound.

    Returns:
      The final value.

    Raises:
      TypeError: the condition is no boolean scalar, or the value changes its type. Reverse-mode differentiation of a loop
        without `max_steps` raises too: the number of steps is not known; use `max_steps`, `scan` or `fori_loop` with static
        bounds for it.
      ValueError: `max_steps` is negative.

    Reference: JAX documentation, jax.lax.while_loop.

    >>> from pullback import lax
    >>> print(lax.while_loop(lambda x: x < 100, lambda x: 2 * x, 3))
    192
    >>> import pullback
    >>> def root(a):  # Newton's method for x * x = a
    ...     return lax.while_loop(lambda x: abs(x * x - a) > 1e-5, lambda x: (x + a / x) / 2, a, max_steps=50)
    >>> print(pullback.grad(root)(4.0))
    0.25
    """
    if not callable(cond_fun) or not callable(body_fun):
        raise TypeError("lax.while_loop: cond_fun and body_fun must be functions: while_loop(cond_fun, body_fun, init_val)")
    bound = 0 if max_steps is None else as_int(max_steps, "max_steps")
    if bound < 0:
        raise ValueError(f"lax.while_loop: max_steps must not be negative, got {max_steps}")
    if config.disable_jit:
        init_val, ran = run_while(cond_fun, body_fun, init_val, max_steps)
        if ran is None:
            return init_val
        bound -= ran
    carry = carry_arguments(init_val, "while_loop", body_fun)
    treedef = tree_flatten((init_val,))[1]
    leaves = carry.leaves
    with shared_module():
        while True:
            avals, weak = [x.aval for x in leaves], [x.weak_type for x in leaves]
            body = trace_body("while_loop", body_fun, treedef, avals, weak, carry.names)
            weak_to_carry(body, leaves, min(len(leaves), len(body.outs)))
            stronger = strengthen(leaves, body.outs, body.weak) if body.result == carry.treedef else None
            if stronger is None:
                break
            leaves = stronger
        check_carry("while_loop", body_fun, carry, leaves, body.outs, body.result)
        test = trace_body("while_loop", cond_fun, treedef, avals, weak, carry.names)
    if test.outs != [Aval((), "i1")] or test.result != tree_flatten(0)[1]:
        got = ", ".join(type_text(a) for a in test.outs)
        structure = "" if test.result == tree_flatten(0)[1] else f" in the structure {test.result}"
        raise TypeError(f"cond_fun must return a boolean scalar, but {describe(cond_fun)} returned {got or 'nothing'}{structure}")
    n = len(leaves)
    fixed = hoist(body, (test,), n) if any(r not in body.func.args for r in body.func.results) else []
    free = [i for i in range(n) if i not in fixed]
    same, changing = [leaves[i] for i in fixed], [leaves[i] for i in free]
    attrs = {
        "cond": test.name,
        "body": body.name,
        "cond_consts": len(test.captures) + len(fixed),
        "body_consts": len(body.captures) + len(fixed),
    }
    operands = [*test.captures, *same, *body.captures, *same, *changing]
    staged = is_staged([test, body])
    outs = [body.outs[i] for i in free]
    kind = "pbfn.while"
    if max_steps is not None:
        kind = "pbfn.bounded_while"
        attrs |= {"max_steps": bound, "block": 0}
        outs.append(Aval((), "i32"))
    out_weak = [*(body.weak[i] for i in free), False]
    results = apply_function_op(kind, operands, attrs, outs, body.deriver, staged, out_weak)
    return tree_unflatten(carry.treedef, merge(fixed, leaves, results))


def fori_loop(lower: Any, upper: Any, body_fun: Callable[..., Any], init_val: Any, *, unroll: int | bool | None = None) -> Any:
    """Repeats ``val = body_fun(i, val)`` for i from `lower` up to `upper`.

    With bounds that are Python or concrete integers, the loop is a `scan` and reverse-differentiable; otherwise it is a
    `while_loop`.

    Args:
      lower, upper: integer scalars.
      body_fun: function of (i, val) that returns a value of the same structure and types.
      init_val: pytree of arrays.
      unroll: as in `scan`, for static bounds; None is 1.

    Raises:
      TypeError: bounds are not integer scalars, or the value changes its type. Reverse-mode differentiation of a loop with traced
        bounds raises too; write it as `while_loop` with ``max_steps`` for that.
      ValueError: `unroll` is given, but bounds are traced.

    Reference: JAX documentation, jax.lax.fori_loop.

    >>> from pullback import lax
    >>> print(lax.fori_loop(0, 4, lambda i, x: x + i, 0))
    6
    """
    if not callable(body_fun):
        raise TypeError("lax.fori_loop: body_fun must be a function: fori_loop(lower, upper, body_fun, init_val)")
    bounds = [as_operand(b, "fori_loop", i) for i, b in enumerate((lower, upper))]
    for b in bounds:
        if b.shape != () or not dtypes.is_integer(b.dtype):
            raise TypeError(f"lax.fori_loop: bounds must be integer scalars, got {type_text(b)}")
    dtype = dtypes.promote(*((b.dtype, b.weak_type) for b in bounds))[0]
    if all(isinstance(b, ConcreteArray) for b in bounds):
        start, stop = (int(b.host) for b in bounds)
        index = dtypes.canonicalize_dtype(np.int64)  # weakly typed whatever the bounds are, like the number it stands for
        steps = cast(as_operand(np.arange(start, max(start, stop), dtype=index), "fori_loop"), index, True)

        def step(carry: Any, i: Any) -> Any:
            return body_fun(i, carry), None

        step.__wrapped__ = body_fun  # type: ignore[attr-defined]
        return scan(step, init_val, steps, unroll=1 if unroll is None else unroll)[0]
    if unroll is not None:
        raise ValueError("Can only use `unroll` in `fori_loop` if the loop bounds are statically known.")
    from .elementwise import add, lt

    low, high = (b if b.dtype == dtype else cast(b, dtype) for b in bounds)
    one = cast(as_operand(1, "fori_loop"), dtype, low.weak_type)

    def go_on(state: Any) -> Any:
        return lt(state[0], state[1])

    def advance(state: Any) -> Any:
        i, end, value = state
        return add(i, one), end, body_fun(i, value)

    advance.__wrapped__ = body_fun  # type: ignore[attr-defined]
    return while_loop(go_on, advance, (low, high, init_val))[2]
