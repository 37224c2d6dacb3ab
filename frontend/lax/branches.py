"""Branches: `cond`, `switch`, `platform_dependent`.

Branches are traced as functions of their own; values that they close over become further arguments of all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from pullback.dialects.ir import Value
from pullback.dialects.types import type_text

from .. import dtypes
from ..api_util import Arguments, call_names, describe
from ..array import Array
from ..configuration import config
from ..trace import Traced, Tracer, shared_module
from ..tree_util import leaf_names, tree_unflatten
from .bodies import fits, is_staged, trace_body
from .python_loops import known
from .util import apply_function_op, as_operand, cast


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
    if config.disable_jit and (chosen := known(index)) is not None:
        return branches[int(chosen)](*ops)
    args = Arguments(branches[0], ops, api, lambda: call_names(branches[0], ops, {}))
    avals, weak = [x.aval for x in args.leaves], [x.weak_type for x in args.leaves]
    with shared_module():
        traced = [trace_body(api, f, args.treedef, avals, weak, args.names) for f in branches]
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
    outs = apply_function_op("pbfn.cond", operands, attrs, traced[0].outs, first.deriver, is_staged(traced), out_weak)
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
            if wanted is not None and t.weak[i] and t.outs[i].dtype != wanted and fits(t.outs[i], wanted, False):
                t.frame.b.loc = t.func.loc
                t.func.results[i] = t.frame.b.cast(t.func.results[i], wanted)
                t.outs[i] = t.func.results[i].aval
            if t.outs[i] != traced[0].outs[i]:
                result = leaf_names((tree_unflatten(t.result, range(len(t.outs))),), ["result"])[i]
                raise TypeError(
                    f"{api}: all branches must return equal types, but {_branch(api, 0, branches[0])} returns {result} of type "
                    f"{type_text(traced[0].outs[i])} and {_branch(api, k, branches[k])} returns it with type {type_text(t.outs[i])}"
                )


_NONE = object()


def cond(pred: Any, true_fun: Callable[..., Any], false_fun: Callable[..., Any], *operands: Any, operand: Any = _NONE) -> Any:
    """``true_fun(*operands)`` if `pred` else ``false_fun(*operands)``; only one of them is computed.

    Args:
      pred: boolean (or numeric) scalar, which may be traced.
      true_fun, false_fun: functions that return pytrees of equal structure and types.
      operands: pytrees of arrays.
      operand: the same as one operand (the older form of the call).

    Raises:
      TypeError: `pred` is not a scalar, or the branches return different types.

    Reference: JAX documentation, jax.lax.cond.

    >>> from pullback import lax
    >>> print(lax.cond(True, lambda x: x + 1, lambda x: x - 1, 1.0))
    2.0
    """
    operands = _operands("cond", operands, operand)
    if len(operands) == 2 and callable(false_fun) and callable(operands[1]) and not callable(true_fun):
        # the oldest form: cond(pred, true_operand, true_fun, false_operand, false_fun)
        f, g = false_fun, operands[1]
        return cond(pred, lambda x, y: f(x), lambda x, y: g(y), true_fun, operands[0])
    if not callable(true_fun) or not callable(false_fun):
        raise TypeError("lax.cond: true_fun and false_fun must be functions: cond(pred, true_fun, false_fun, *operands)")
    p = as_operand(pred, "cond")
    if p.shape != ():
        raise TypeError(f"Pred must be a scalar, got an array of shape {p.shape}. Use pullback.numpy.where for elementwise choice.")
    if p.dtype != np.bool_:
        from .elementwise import ne

        p = ne(p, np.zeros((), p.dtype))
    return _branches("cond", cast(p, np.dtype(np.int32)), (false_fun, true_fun), operands)


def switch(index: Any, branches: Sequence[Callable[..., Any]], *operands: Any, operand: Any = _NONE) -> Any:
    """``branches[index](*operands)``; `index` is clamped to the range of branches.

    Args:
      index: integer scalar, which may be traced.
      branches: functions that return pytrees of equal structure and types.
      operands: pytrees of arrays.
      operand: the same as one operand (the older form of the call).

    Raises:
      TypeError: `index` is not an integer scalar, or the branches return different types. ValueError: there are no branches.

    Reference: JAX documentation, jax.lax.switch.

    >>> from pullback import lax
    >>> print(lax.switch(1, [lambda x: x, lambda x: 10 * x], 2.0))
    20.0
    """
    operands = _operands("switch", operands, operand)
    branches = tuple(branches)
    if not branches:
        raise ValueError("lax.switch: Empty branch sequence")
    if not all(callable(f) for f in branches):
        raise TypeError("lax.switch: branches must be functions: switch(index, [f, g, ...], *operands)")
    i = as_operand(index, "switch")
    if i.shape != () or not dtypes.is_integer(i.dtype):
        raise TypeError(f"Index type must be an integer scalar, got {type_text(i)}")
    from .elementwise import clamp

    i = clamp(np.asarray(0, i.dtype), i, np.asarray(len(branches) - 1, i.dtype))
    return _branches("switch", cast(i, np.dtype(np.int32)), branches, operands)


def _operands(api: str, operands: tuple[Any, ...], operand: Any) -> tuple[Any, ...]:
    if operand is _NONE:
        return operands
    if operands:
        raise TypeError(f"if 'operand' keyword is passed then no positional operands can be passed to lax.{api}")
    return (operand,)


def platform_dependent(*args: Any, default: Callable[..., Any] | None = None, **per_platform: Callable[..., Any]) -> Any:
    """The result of the function that is given for the platform in use.

    The choice is made when the function is traced: for the default backend, which `pullback.default_backend` names.

    Args:
      args: arguments of the function, pytrees of arrays.
      default: function for platforms that have no function of their own.
      per_platform: functions by platform, such as ``cpu=f`` or ``vulkan=g``.

    Raises:
      NotImplementedError: there is no function for the platform, and no default.

    Reference: JAX documentation, jax.lax.platform_dependent.

    >>> from pullback import lax
    >>> print(lax.platform_dependent(3.0, default=lambda x: 2 * x))
    6.0
    """
    from ..device import default_backend

    functions = dict(per_platform, **({} if default is None else {"default": default}))
    for name, f in functions.items():
        if not callable(f):
            raise TypeError(f"lax.platform_dependent: {name} must be a function, got {type(f).__name__}")
    platform = default_backend()
    chosen = per_platform.get(platform, default)
    if chosen is None:
        known = ", ".join(per_platform) or "none"
        raise NotImplementedError(
            f"lax.platform_dependent: there is no function for platform {platform!r}, and no default; there are some for: {known}"
        )
    return chosen(*args)
