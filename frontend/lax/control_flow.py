"""Structured control flow: `cond`, `switch`, `scan`, `fori_loop`, `while_loop`, `map`.

Bodies are traced as functions of their own; values that they close over become further arguments of the loop or branch.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from pullback.dialects import types as T
from pullback.dialects.ir import Value
from pullback.dialects.types import Aval, type_text

from .. import dtypes
from ..api_util import Arguments, call_names, describe, flatten_output
from ..array import Array, ConcreteArray
from ..trace import Traced, Tracer, shared_module, trace
from ..tree_util import leaf_names, tree_flatten, tree_unflatten
from .util import apply_function_op, as_int, as_operand, cast


def _trace_body(
    kind: str,
    fun: Any,
    treedef: Any,
    avals: Sequence[Aval],
    weak: Sequence[bool],
    names: Callable[[], list[str]],
    captures_first: bool = True,
) -> Traced:
    def call(tracers: list[Tracer]) -> tuple[list[Any], Any]:
        out = fun(*tree_unflatten(treedef, tracers))
        return flatten_output(out, fun, kind)

    return trace(kind, fun, avals, call, namer=names, captures_first=captures_first, weak=weak)


def _is_staged(traced: Sequence[Traced]) -> bool:
    return any(t.staged for t in traced)


# cond --------------------------------------------------------------------------------------------------------------------
def _share_captures(traced: Sequence[Traced], n_args: int) -> list[Any]:
    """Gives all branches the same captured arguments, in the same order; returns what they capture."""
    captures: dict[int, Any] = {}
    for t in traced:
        for x in t.captures:
            captures[id(x)] = x
    for t in traced:
        own = {id(x): v for x, v in t.frame.captures.values()}
        func = t.func
        explicit = func.args[len(func.args) - n_args :] if n_args else []
        func.args = [own.get(key) or Value(_aval(x)) for key, x in captures.items()] + explicit
    return list(captures.values())


def _aval(x: Any) -> Any:
    return x.value.aval if isinstance(x, Tracer) else x.aval


def _branches(api: str, index: Array, branches: Sequence[Callable[..., Any]], ops: tuple[Any, ...]) -> Any:
    args = Arguments(branches[0], ops, api, lambda: call_names(branches[0], ops, {}))
    avals, weak = [x.aval for x in args.leaves], [x.weak_type for x in args.leaves]
    with shared_module():
        traced = [_trace_body(api, f, args.treedef, avals, weak, args.names) for f in branches]
    first = traced[0]
    for i, t in enumerate(traced[1:], 1):
        if t.result != first.result:
            raise TypeError(
                f"{api}: all branches must return the same structure, but {_branch(api, 0, branches[0])} returns {first.result} "
                f"and {_branch(api, i, branches[i])} returns {t.result}"
            )
    _unify_outputs(api, branches, traced)
    captures = _share_captures(traced, len(args.leaves))
    operands = [index, *captures, *args.leaves]
    attrs = {"branches": tuple(t.name for t in traced)}
    out_weak = [all(t.weak[i] for t in traced) for i in range(len(first.outs))]
    outs = apply_function_op("pbfn.cond", operands, attrs, traced[0].outs, first.deriver, _is_staged(traced), out_weak)
    return tree_unflatten(first.result, outs)


def _branch(api: str, i: int, fun: Any) -> str:
    """A branch in an error: ``true_fun, 'f' at file:line,``."""
    return f"{('false_fun', 'true_fun')[i] if api == 'cond' else f'branch {i}'}, {describe(fun)},"


def _unify_outputs(api: str, branches: Sequence[Any], traced: list[Traced]) -> None:
    """Weakly typed results of a branch take the dtype that other branches give them; anything else must agree."""
    for i in range(len(traced[0].outs)):
        strong = {t.outs[i].dtype for t in traced if not t.weak[i]}
        wanted = strong.pop() if len(strong) == 1 else None
        for k, t in enumerate(traced):
            if wanted is not None and t.weak[i] and t.outs[i].dtype != wanted and _fits(t.outs[i], wanted, False):
                t.frame.b.loc = t.func.loc
                t.func.results[i] = t.frame.b.cast(t.func.results[i], wanted)
                t.outs[i] = t.func.results[i].aval
            if t.outs[i] != traced[0].outs[i]:
                result = leaf_names((tree_unflatten(t.result, range(len(t.outs))),), ["result"])[i]
                raise TypeError(
                    f"{api}: all branches must return equal types, but {_branch(api, 0, branches[0])} returns {result} of type "
                    f"{type_text(traced[0].outs[i])} and {_branch(api, k, branches[k])} returns it with type {type_text(t.outs[i])}"
                )


def cond(pred: Any, true_fun: Callable[..., Any], false_fun: Callable[..., Any], *operands: Any) -> Any:
    """``true_fun(*operands)`` if `pred` else ``false_fun(*operands)``; only one of them is computed.

    Args:
      pred: boolean (or numeric) scalar, which may be traced.
      true_fun, false_fun: functions that return pytrees of equal structure and types.
      operands: pytrees of arrays.

    Raises:
      TypeError: `pred` is not a scalar, or the branches return different types.

    Reference: JAX documentation, jax.lax.cond.

    >>> from pullback import lax
    >>> print(lax.cond(True, lambda x: x + 1, lambda x: x - 1, 1.0))
    2.0
    """
    if not callable(true_fun) or not callable(false_fun):
        raise TypeError("lax.cond: true_fun and false_fun must be functions: cond(pred, true_fun, false_fun, *operands)")
    p = as_operand(pred, "cond")
    if p.shape != ():
        raise TypeError(f"Pred must be a scalar, got an array of shape {p.shape}. Use pullback.numpy.where for elementwise choice.")
    if p.dtype != np.bool_:
        from .elementwise import ne

        p = ne(p, np.zeros((), p.dtype))
    return _branches("cond", cast(p, np.dtype(np.int32)), (false_fun, true_fun), operands)


def switch(index: Any, branches: Sequence[Callable[..., Any]], *operands: Any) -> Any:
    """``branches[index](*operands)``; `index` is clamped to the range of branches.

    Args:
      index: integer scalar, which may be traced.
      branches: functions that return pytrees of equal structure and types.
      operands: pytrees of arrays.

    Reference: JAX documentation, jax.lax.switch.

    >>> from pullback import lax
    >>> print(lax.switch(1, [lambda x: x, lambda x: 10 * x], 2.0))
    20.0
    """
    if not branches or not all(callable(f) for f in branches):
        raise ValueError("lax.switch: branches must be a non-empty sequence of functions")
    i = as_operand(index, "switch")
    if i.shape != () or not dtypes.is_integer(i.dtype):
        raise TypeError(f"Index type must be an integer scalar, got {type_text(i)}")
    from .elementwise import clamp

    i = clamp(np.asarray(0, i.dtype), i, np.asarray(len(branches) - 1, i.dtype))
    return _branches("switch", cast(i, np.dtype(np.int32)), tuple(branches), operands)


# Loops -------------------------------------------------------------------------------------------------------------------
def _carry(init: Any, api: str, fun: Any) -> Arguments:
    return Arguments(fun, init, api, lambda: leaf_names((init,), ["init"]))


def _fits(weak: Aval, dtype: str, dtype_is_weak: bool) -> bool:
    """Whether a weakly typed value keeps its meaning in another dtype: an integer as a float, but no float as an integer."""
    target = T.np_dtype(dtype)
    return dtypes.promote((T.np_dtype(weak.dtype), True), (target, dtype_is_weak))[0] == target


def _strengthen(leaves: list[Any], outs: Sequence[Aval], out_weak: Sequence[bool]) -> list[Any] | None:
    """Initial values whose weak type the body does not keep (a strong type, or a float where an integer was), made to what it
    gives; None if nothing changes."""
    changed = False
    result = list(leaves)
    for i, (x, out, weak) in enumerate(zip(leaves, outs, out_weak)):
        if x.weak_type and x.aval.shape == out.shape and (not weak or (x.aval != out and _fits(x.aval, out.dtype, True))):
            result[i] = cast(x, T.np_dtype(out.dtype), weak)
            changed = True
    return result if changed else None


def _check_carry(api: str, fun: Any, carry: Arguments, leaves: list[Any], outs: Sequence[Aval], out_tree: Any) -> None:
    if out_tree != carry.treedef:
        raise TypeError(
            f"{api}: the function {describe(fun)} must return a carry of the structure of its input, {carry.treedef}, but "
            f"returned {out_tree}"
        )
    for i, (x, out) in enumerate(zip(leaves, outs)):
        if x.aval != out:
            raise TypeError(
                f"{api}: the carry of {describe(fun)} must keep its types, but {carry.names()[i]} has type {type_text(x.aval)} on "
                f"the way in "
                f"and {type_text(out)} on the way out. Convert it with astype or reshape so that they agree."
            )


def _weak_to_carry(traced: Traced, leaves: list[Any], n: int) -> None:
    """Weakly typed carry results take the dtype of the carry, where that loses nothing."""
    for i in range(n):
        want = leaves[i].aval
        out = traced.outs[i]
        if traced.weak[i] and out.dtype != want.dtype and out.shape == want.shape and _fits(out, want.dtype, leaves[i].weak_type):
            traced.frame.b.loc = traced.func.loc
            traced.func.results[i] = traced.frame.b.cast(traced.func.results[i], want.dtype)
            traced.outs[i] = want


def scan(
    f: Callable[..., Any], init: Any, xs: Any = None, length: int | None = None, reverse: bool = False, unroll: int | bool = 1
) -> Any:
    """Runs ``carry, y = f(carry, x)`` over the leading axis of `xs`, and stacks the `y`.

    Args:
      f: function of (carry, x) that returns (carry, y); carry and y are pytrees, and the carry keeps its types.
      init: initial carry.
      xs: pytree of arrays with one leading size, or None with `length`.
      length: number of steps.
      reverse: run from the last x to the first; the `y` stay in place.
      unroll: how many steps of a compiled loop are written out per iteration (True: all).

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
    carry = _carry(init, "scan", f)
    x_args = Arguments(f, xs, "scan", lambda: leaf_names((xs,), ["xs"]))
    sizes = {x.shape[0] if x.ndim else None for x in x_args.leaves}
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
    slices = [Aval(x.shape[1:], x.aval.dtype) for x in x_args.leaves]
    treedef = tree_flatten((carry.tree, xs))[1]
    leaves = carry.leaves
    k = len(leaves)

    def names() -> list[str]:
        return carry.names() + x_args.names()

    while True:
        avals = [x.aval for x in leaves] + slices
        traced = _trace_body("scan", f, treedef, avals, [x.weak_type for x in leaves + x_args.leaves], names)
        children = traced.result.children()
        if traced.result.type is not tuple or len(children) != 2:
            raise TypeError(f"scan: the function {describe(f)} must return a pair (carry, y), but returned {traced.result}")
        _weak_to_carry(traced, leaves, k)
        stronger = _strengthen(leaves, traced.outs[:k], traced.weak[:k]) if children[0] == carry.treedef else None
        if stronger is None:
            break
        leaves = stronger
    _check_carry("scan", f, carry, leaves, traced.outs[:k], children[0])
    steps = n if unroll is True else max(1, int(unroll))
    attrs = {
        "body": traced.name,
        "num_consts": len(traced.captures),
        "num_carry": k,
        "length": n,
        "reverse": bool(reverse),
        "unroll": steps,
    }
    outs = [*traced.outs[:k], *(Aval((n, *a.shape), a.dtype) for a in traced.outs[k:])]
    operands = [*traced.captures, *leaves, *x_args.leaves]
    results = apply_function_op("pbfn.scan", operands, attrs, outs, traced.deriver, traced.staged, traced.weak)
    return tree_unflatten(children[0], results[:k]), tree_unflatten(children[1], results[k:])


def while_loop(cond_fun: Callable[..., Any], body_fun: Callable[..., Any], init_val: Any) -> Any:
    """Repeats ``val = body_fun(val)`` while ``cond_fun(val)`` holds.

    Args:
      cond_fun: function of the value that returns a boolean scalar.
      body_fun: function of the value that returns a value of the same structure and types.
      init_val: pytree of arrays.

    Returns:
      The final value.

    Raises:
      TypeError: the condition is no boolean scalar, or the value changes its type. Reverse-mode differentiation raises too: the
        number of steps is not known; use `scan` or `fori_loop` with static bounds for it.

    Reference: JAX documentation, jax.lax.while_loop.

    >>> from pullback import lax
    >>> print(lax.while_loop(lambda x: x < 100, lambda x: 2 * x, 3))
    192
    """
    if not callable(cond_fun) or not callable(body_fun):
        raise TypeError("lax.while_loop: cond_fun and body_fun must be functions: while_loop(cond_fun, body_fun, init_val)")
    carry = _carry(init_val, "while_loop", body_fun)
    treedef = tree_flatten((init_val,))[1]
    leaves = carry.leaves
    with shared_module():
        while True:
            avals, weak = [x.aval for x in leaves], [x.weak_type for x in leaves]
            body = _trace_body("while_loop", body_fun, treedef, avals, weak, carry.names)
            _weak_to_carry(body, leaves, min(len(leaves), len(body.outs)))
            stronger = _strengthen(leaves, body.outs, body.weak) if body.result == carry.treedef else None
            if stronger is None:
                break
            leaves = stronger
        _check_carry("while_loop", body_fun, carry, leaves, body.outs, body.result)
        test = _trace_body("while_loop", cond_fun, treedef, avals, weak, carry.names)
    if len(test.outs) != 1 or test.outs[0] != Aval((), "i1"):
        got = ", ".join(type_text(a) for a in test.outs)
        raise TypeError(f"cond_fun must return a boolean scalar, but {describe(cond_fun)} returned {got or 'nothing'}")
    attrs = {"cond": test.name, "body": body.name, "cond_consts": len(test.captures), "body_consts": len(body.captures)}
    operands = [*test.captures, *body.captures, *leaves]
    staged = _is_staged([test, body])
    results = apply_function_op("pbfn.while", operands, attrs, body.outs, body.deriver, staged, [x.weak_type for x in leaves])
    return tree_unflatten(carry.treedef, results)


def fori_loop(lower: Any, upper: Any, body_fun: Callable[..., Any], init_val: Any, *, unroll: int | bool = 1) -> Any:
    """Repeats ``val = body_fun(i, val)`` for i from `lower` up to `upper`.

    With bounds that are Python or concrete integers, the loop is a `scan` and reverse-differentiable; otherwise it is a
    `while_loop`.

    Args:
      lower, upper: integer scalars.
      body_fun: function of (i, val) that returns a value of the same structure and types.
      init_val: pytree of arrays.
      unroll: as in `scan`, for static bounds.

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
        start, stop = (int(b.host) for b in bounds)  # type: ignore[attr-defined]
        steps = np.arange(start, max(start, stop), dtype=dtype)

        def step(carry: Any, i: Any) -> Any:
            return body_fun(i, carry), None

        step.__wrapped__ = body_fun  # type: ignore[attr-defined]
        return scan(step, init_val, steps, unroll=unroll)[0]
    from .elementwise import add, lt

    low, high = (cast(b, dtype) for b in bounds)

    def go_on(state: Any) -> Any:
        return lt(state[0], state[1])

    def advance(state: Any) -> Any:
        i, end, value = state
        return add(i, np.ones((), dtype)), end, body_fun(i, value)

    advance.__wrapped__ = body_fun  # type: ignore[attr-defined]
    return while_loop(go_on, advance, (low, high, init_val))[2]


def map(f: Callable[..., Any], xs: Any, *, batch_size: int | None = None) -> Any:
    """``f`` applied to each slice of `xs` along the leading axis, one after the other; results are stacked.

    Args:
      f: function of one slice.
      xs: pytree of arrays with one leading size.
      batch_size: apply `f` to that many slices at once, with `vmap`.

    Reference: JAX documentation, jax.lax.map.

    >>> import pullback.numpy as pnp
    >>> from pullback import lax
    >>> print(lax.map(lambda x: x * x, pnp.array([1.0, 2.0])))
    [1. 4.]
    """

    def step(carry: Any, x: Any) -> Any:
        return carry, f(x)

    step.__wrapped__ = f  # type: ignore[attr-defined]
    if batch_size is None:
        return scan(step, (), xs)[1]
    from ..batching import vmap
    from ..tree_util import tree_map
    from .shape import concatenate, reshape, slice_in_dim

    leaves = tree_flatten(xs)[0]
    if not leaves:
        raise ValueError("lax.map with batch_size needs arrays to map over")
    n = leaves[0].shape[0]
    full, rest = divmod(n, as_int(batch_size, "batch_size"))
    head = tree_map(lambda x: reshape(slice_in_dim(x, 0, full * batch_size), (full, batch_size, *x.shape[1:])), xs)
    out = map(vmap(f), head)
    out = tree_map(lambda y: reshape(y, (full * batch_size, *y.shape[2:])), out)
    if not rest:
        return out
    tail = vmap(f)(tree_map(lambda x: slice_in_dim(x, full * batch_size, n), xs))
    return tree_map(lambda a, b: concatenate([a, b], 0), out, tail)
