"""`checkpoint`: reverse mode that computes a function again instead of saving its intermediate values."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from .api_util import Arguments, call_names, check_callable, flatten_output
from .lax.util import apply_function_op
from .trace import Tracer, current_frame, trace
from .tree_util import tree_unflatten


class checkpoint_policies:
    """What a checkpointed function saves for its backward pass.

    >>> import pullback, pullback.numpy as pnp
    >>> f = pullback.checkpoint(pnp.sin, policy=pullback.checkpoint_policies.everything_saveable)
    >>> print(pullback.grad(f)(0.0))
    1.0
    """

    nothing_saveable = "nothing_saveable"
    everything_saveable = "everything_saveable"


def checkpoint(
    fun: Callable[..., Any] | None = None, *, prevent_cse: bool = True, policy: str | None = None, static_argnums: Any = ()
) -> Any:
    """Makes reverse mode compute `fun` again in the backward pass instead of saving its intermediate values.

    Args:
      fun: function of arrays or pytrees of arrays. Without it, a decorator is returned.
      prevent_cse: keep the compiler from merging the second computation with the first (which would save the values again).
      policy: one of `pullback.checkpoint_policies`; by default nothing is saved but the arguments.
      static_argnums: positions of arguments that are Python values.

    Returns:
      A function with the arguments and results of `fun`.

    Reference: Griewank and Walther, Evaluating Derivatives (2008), chapter 12; JAX documentation, jax.checkpoint.

    >>> import pullback, pullback.numpy as pnp
    >>> print(pullback.grad(pullback.checkpoint(lambda x: pnp.sin(pnp.sin(x))))(0.0))
    1.0
    """
    if fun is None:
        return lambda f: checkpoint(f, prevent_cse=prevent_cse, policy=policy, static_argnums=static_argnums)
    check_callable(fun, "checkpoint")
    policy = policy or checkpoint_policies.nothing_saveable
    if not isinstance(policy, str) or policy.startswith("_") or not hasattr(checkpoint_policies, policy):
        known = [n for n in vars(checkpoint_policies) if not n.startswith("_")]
        raise ValueError(f"checkpoint: unknown policy {policy!r}; policies: {', '.join(known)}")
    static = (static_argnums,) if isinstance(static_argnums, int) else tuple(static_argnums)

    @functools.wraps(fun, assigned=("__module__", "__name__", "__qualname__", "__doc__"))
    def checkpointed(*args: Any, **kwargs: Any) -> Any:
        fixed = {i % len(args): args[i] for i in static} if args else {}
        positions = [i for i in range(len(args)) if i not in fixed]
        dynamic = tuple(args[i] for i in positions)
        arguments = Arguments(fun, (dynamic, kwargs), "checkpoint", lambda: call_names(fun, dynamic, kwargs, positions))
        frame = current_frame()
        if frame is None or not (frame.staging or any(isinstance(x, Tracer) for x in arguments.leaves)):
            return fun(*args, **kwargs)

        def call(tracers: list[Tracer]) -> tuple[list[Any], Any]:
            values, keywords = tree_unflatten(arguments.treedef, tracers)
            it = iter(values)
            out = fun(*(fixed[i] if i in fixed else next(it) for i in range(len(args))), **keywords)
            return flatten_output(out, fun, "checkpoint")

        traced = trace("checkpoint", fun, arguments.leaves, call, namer=arguments.names, concrete=True)
        attrs = {"callee": traced.name, "barrier": bool(prevent_cse), "policy": policy}
        operands = [*arguments.leaves, *traced.captures]
        outs = apply_function_op("pbfn.checkpoint", operands, attrs, traced.outs, traced.deriver, True, traced.weak)
        return tree_unflatten(traced.result, outs)

    return checkpointed
