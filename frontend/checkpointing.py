"""`checkpoint`: reverse mode that computes a function again instead of saving its intermediate values."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Sequence
from typing import Any

from pullback.dialects.policies import POLICIES, policy, policy_text
from pullback.dialects.spec import OpError

from .api_util import Arguments, call_names, check_callable, describe, flatten_output, run_untraced
from .lax.util import apply_function_op
from .trace import Tracer, current_frame, trace
from .tree_util import tree_unflatten


def _named(kind: str, names: Sequence[Any]) -> str:
    for name in names:
        if not isinstance(name, str):
            raise TypeError(f"checkpoint_policies.{kind}: names must be strings, got {type(name).__name__}: {name!r}"[:300])
    return policy_text(kind, *names)


def _no_offload(kind: str) -> Callable[..., str]:
    def refuse(*args: Any, **kwargs: Any) -> str:
        raise NotImplementedError(
            f"checkpoint_policies.{kind}: compiled functions keep residuals in the memory of their device and cannot offload them; "
            f"use save_only_these_names or dots_with_no_batch_dims_saveable"
        )

    return refuse


class checkpoint_policies:
    """What a checkpointed function saves for its backward pass, beside its arguments.

    - `nothing_saveable`, `everything_saveable`;
    - `dots_saveable` (`checkpoint_dots`): results of matrix products and convolutions;
      `dots_with_no_batch_dims_saveable`: those of products without batch dimensions;
    - ``save_only_these_names(*names)``: values with one of these names (`pullback.ad_checkpoint.checkpoint_name`);
      ``save_any_names_but_these(*names)``: named values with other names; ``save_anything_except_these_names(*names)``: all other
      values, named or not;
    - ``save_from_both_policies(p, q)``: what either saves.

    A policy is a string, part of the program's text.

    >>> import pullback, pullback.numpy as pnp
    >>> policy = pullback.checkpoint_policies.save_only_these_names("h")
    >>> f = pullback.checkpoint(lambda x: pnp.sin(pullback.ad_checkpoint.checkpoint_name(pnp.sin(x), "h")), policy=policy)
    >>> print(pullback.grad(f)(0.0))
    1.0
    """

    nothing_saveable = "nothing_saveable"
    everything_saveable = "everything_saveable"
    dots_saveable = checkpoint_dots = "dots_saveable"
    dots_with_no_batch_dims_saveable = checkpoint_dots_with_no_batch_dims = "dots_with_no_batch_dims_saveable"

    @staticmethod
    def save_only_these_names(*names: str) -> str:
        return _named("save_only_these_names", names)

    @staticmethod
    def save_any_names_but_these(*names: str) -> str:
        return _named("save_any_names_but_these", names)

    @staticmethod
    def save_anything_except_these_names(*names: str) -> str:
        return _named("save_anything_except_these_names", names)

    @staticmethod
    def save_from_both_policies(policy_1: str, policy_2: str) -> str:
        return policy_text("save_from_both_policies", check_policy(policy_1), check_policy(policy_2))

    save_and_offload_only_these_names = staticmethod(_no_offload("save_and_offload_only_these_names"))
    offload_dot_with_no_batch_dims = staticmethod(_no_offload("offload_dot_with_no_batch_dims"))


def check_policy(p: Any) -> str:
    """A policy as text."""
    if p is None:
        return checkpoint_policies.nothing_saveable
    if not isinstance(p, str):
        raise TypeError(
            f"checkpoint: policy must be one of pullback.checkpoint_policies, got {type(p).__name__}. A Python function as a "
            f"policy is not supported: the policy is part of the program's text"
        )
    try:
        policy(p)
    except OpError:
        raise ValueError(f"checkpoint: unknown policy {p!r}; policies: {', '.join(POLICIES)}") from None
    return p


def _static_positions(fun: Any, argnums: Any, argnames: Any, n: int) -> tuple[set[int], tuple[str, ...]]:
    """Positions and names of the static arguments of a call with `n` positional arguments."""
    numbers = (argnums,) if isinstance(argnums, int) else tuple(argnums or ())
    names = (argnames,) if isinstance(argnames, str) else tuple(argnames or ())
    for i in numbers:
        if not -n <= i < n:
            raise ValueError(
                f"checkpoint of {describe(fun)}: static_argnums={i} is out of range for a call with {n} positional arguments"
            )
    try:
        parameters = list(inspect.signature(fun).parameters)
    except (TypeError, ValueError):
        parameters = []
    by_name = {parameters.index(k) for k in names if k in parameters}
    return {i % n for i in numbers} | {i for i in by_name if i < n}, names


def checkpoint(
    fun: Callable[..., Any] | None = None,
    *,
    prevent_cse: bool = True,
    policy: str | None = None,
    static_argnums: Any = (),
    static_argnames: Any = (),
) -> Any:
    """Makes reverse mode compute `fun` again in the backward pass instead of saving its intermediate values.

    Args:
      fun: function of arrays or pytrees of arrays. Without it, a decorator is returned.
      prevent_cse: keep the compiler from merging the second computation with the first (which would save the values again).
      policy: one of `pullback.checkpoint_policies`; by default nothing is saved but the arguments. It decides about the operations
        of `fun` itself; loops, and checkpoints inside of it, are computed again as a whole (or saved, by `everything_saveable`).
      static_argnums, static_argnames: arguments that are Python values.

    Returns:
      A function with the arguments and results of `fun`.

    Raises:
      ValueError: there is no such policy, or a static position is out of range.

    Reference: Griewank and Walther, Evaluating Derivatives (2008), chapter 12; JAX documentation, jax.checkpoint.

    >>> import pullback, pullback.numpy as pnp
    >>> print(pullback.grad(pullback.checkpoint(lambda x: pnp.sin(pnp.sin(x))))(0.0))
    1.0
    """
    options = {"prevent_cse": prevent_cse, "static_argnums": static_argnums, "static_argnames": static_argnames}
    if fun is None:
        return lambda f: checkpoint(f, policy=policy, **options)
    check_callable(fun, "checkpoint")
    text = check_policy(policy)

    @functools.wraps(fun, assigned=("__module__", "__name__", "__qualname__", "__doc__"))
    def checkpointed(*args: Any, **kwargs: Any) -> Any:
        where, names = _static_positions(fun, static_argnums, static_argnames, len(args))
        fixed = {i: args[i] for i in where}
        static_kwargs = {k: v for k, v in kwargs.items() if k in names}
        keywords = {k: v for k, v in kwargs.items() if k not in names}
        positions = [i for i in range(len(args)) if i not in fixed]
        dynamic = tuple(args[i] for i in positions)
        arguments = Arguments(fun, (dynamic, keywords), "checkpoint", lambda: call_names(fun, dynamic, keywords, positions))

        def merged(leaves: Sequence[Any]) -> tuple[list[Any], dict[str, Any]]:
            values, array_keywords = tree_unflatten(arguments.treedef, leaves)
            it = iter(values)
            return [fixed[i] if i in fixed else next(it) for i in range(len(args))], {**array_keywords, **static_kwargs}

        frame = current_frame()
        if frame is None or not (frame.staging or any(isinstance(x, Tracer) for x in arguments.leaves)):
            return run_untraced(fun, *merged(arguments.leaves), "checkpoint")

        def call(tracers: list[Tracer]) -> tuple[list[Any], Any]:
            full, all_keywords = merged(tracers)
            return flatten_output(fun(*full, **all_keywords), fun, "checkpoint")

        traced = trace("checkpoint", fun, arguments.leaves, call, namer=arguments.names, concrete=True)
        attrs = {"callee": traced.name, "barrier": bool(prevent_cse), "policy": text}
        operands = [*arguments.leaves, *traced.captures]
        outs = apply_function_op("pbfn.checkpoint", operands, attrs, traced.outs, traced.deriver, True, traced.weak)
        return tree_unflatten(traced.result, outs)

    return checkpointed
