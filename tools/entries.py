"""The entry points that ``pullback compile`` makes of one function: its value, its derivatives, its batched form.

Each entry is a Python function with the types of its positional arguments by name. The names of derived arguments follow the
function's own: the tangent of ``W`` is ``W_dot``.
"""

from __future__ import annotations

import ast
import functools
import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import click

import pullback
from pullback.dialects import types
from pullback.runtime.trees import Leaf


@dataclass(frozen=True)
class Typed:
    """A function and the types of its arguments: positional ones in order, keyword-only ones beside."""

    fun: Callable[..., Any]
    args: dict[str, Any]
    keywords: dict[str, Any]

    @property
    def names(self) -> list[str]:
        return list(self.args)


def bind(fun: Callable[..., Any], specs: dict[str, Any], function: str) -> Typed:
    """The function with the given types matched to its parameters; raises UsageError if they don't fit."""
    try:
        parameters = inspect.signature(fun).parameters
    except (TypeError, ValueError):  # builtins without a signature
        return Typed(fun, dict(specs), {})
    P = inspect.Parameter
    positional: dict[str, Any] = {}
    keywords = {}
    rest = dict(specs)
    missing: list[str] = []
    skipped: list[str] = []
    for name, p in parameters.items():
        if p.kind in (P.POSITIONAL_ONLY, P.POSITIONAL_OR_KEYWORD):
            if name in rest:
                missing += skipped  # a default in front of a given argument cannot be left out
                skipped = []
                positional[name] = rest.pop(name)
            elif p.default is P.empty:
                missing.append(name)
            else:
                skipped.append(name)
        elif p.kind is P.KEYWORD_ONLY:
            if name in rest:
                keywords[name] = rest.pop(name)
            elif p.default is P.empty:
                missing.append(name)
        elif p.kind is P.VAR_POSITIONAL and not missing and not skipped:
            positional.update(rest)
            rest = {}
        elif p.kind is P.VAR_KEYWORD:
            keywords.update(rest)
            rest = {}
    signature = f"{function}({', '.join(map(str, parameters.values()))})"
    if rest:
        raise click.UsageError(f"--arg {next(iter(rest))}: the function has no such parameter: {signature}")
    if missing:
        raise click.UsageError(f"the types of {', '.join(missing)} are missing; give --arg {missing[0]}:f32[...] for {signature}")
    return Typed(fun, positional, keywords)


def _leaves(spec: Any) -> list[Leaf]:
    leaves: list[Leaf] = pullback.tree_util.tree_leaves(spec)
    return leaves


def _is_float(spec: Any) -> bool:
    leaves = _leaves(spec)
    return bool(leaves) and all(types.is_inexact(types.from_np(leaf.dtype)) for leaf in leaves)


def argnums_of(text: str, names: Sequence[str], option: str) -> int | tuple[int, ...]:
    """Positions from ``0``, ``0,1``, ``W`` or ``W,b``."""
    found = []
    parts = [part.strip() for part in text.strip("() ").split(",") if part.strip()]
    for part in parts:
        if part in names:
            found.append(names.index(part))
        elif part.removeprefix("-").isdecimal() and -len(names) <= int(part) < len(names):
            found.append(int(part) % len(names))
        else:
            raise click.UsageError(f"{option}: {part!r} is neither a position nor a name among the arguments {', '.join(names)}")
    if not found:
        raise click.UsageError(f"{option}: expected positions or names of arguments, such as 0,1")
    return found[0] if len(found) == 1 and "," not in text else tuple(found)


def _signed(wrapper: Callable[..., Any], fun: Callable[..., Any], names: Sequence[str]) -> Callable[..., Any]:
    """`wrapper` with the name and place of `fun`, and with parameters of these names."""
    functools.update_wrapper(wrapper, fun, updated=())
    P = inspect.Parameter
    parameters = [P(name, P.POSITIONAL_OR_KEYWORD) for name in names]
    wrapper.__signature__ = inspect.Signature([*parameters, P("keywords", P.VAR_KEYWORD)])  # type: ignore[attr-defined]
    return wrapper


def _restricted(fun: Callable[..., Any], args: Sequence[Any], keywords: dict[str, Any], where: Sequence[int]) -> Callable[..., Any]:
    """`fun` as a function of the arguments at the positions `where`."""

    def restricted(*chosen: Any) -> Any:
        full = list(args)
        for i, x in zip(where, chosen):
            full[i] = x
        return fun(*full, **keywords)

    functools.update_wrapper(restricted, fun, updated=())
    return restricted


def _positions(argnums: int | tuple[int, ...]) -> tuple[int, ...]:
    return (argnums,) if isinstance(argnums, int) else argnums


def float_arguments(f: Typed, option: str) -> tuple[int, ...]:
    """Positions of the arguments that can be differentiated."""
    found = tuple(i for i, spec in enumerate(f.args.values()) if _is_float(spec))
    if not found:
        raise click.UsageError(f"{option}: no argument has floating-point type")
    return found


def with_tangents(
    fun: Callable[..., Any], names: Sequence[str], argnums: int | tuple[int, ...], second: bool
) -> Callable[..., Any]:
    """``(*args, *tangents) -> (out, out_dot)``; with `second`, the product of the Hessian and the tangents instead."""
    where = _positions(argnums)
    n = len(names)

    def call(*args: Any, **keywords: Any) -> Any:
        primals, tangents = args[:n], args[n:]
        chosen = tuple(primals[i] for i in where)
        f = _restricted(fun, primals, keywords, where)
        if not second:
            return pullback.jvp(f, chosen, tangents)
        gradient = pullback.grad(f, argnums=0 if isinstance(argnums, int) else tuple(range(len(where))))
        return pullback.jvp(gradient, chosen, tangents)[1]

    return _signed(call, fun, [*names, *(f"{names[i]}_dot" for i in where)])


def grad(f: Typed, argnums: int | tuple[int, ...]) -> Typed:
    return Typed(pullback.grad(f.fun, argnums=argnums), f.args, f.keywords)


def value_and_grad(f: Typed, argnums: int | tuple[int, ...]) -> Typed:
    return Typed(pullback.value_and_grad(f.fun, argnums=argnums), f.args, f.keywords)


def _tangent_types(f: Typed, argnums: int | tuple[int, ...]) -> dict[str, Any]:
    names = f.names
    return f.args | {f"{names[i]}_dot": f.args[names[i]] for i in _positions(argnums)}


def jvp(f: Typed, argnums: int | tuple[int, ...]) -> Typed:
    return Typed(with_tangents(f.fun, f.names, argnums, False), _tangent_types(f, argnums), f.keywords)


def hvp(f: Typed, argnums: int | tuple[int, ...]) -> Typed:
    return Typed(with_tangents(f.fun, f.names, argnums, True), _tangent_types(f, argnums), f.keywords)


def vjp(f: Typed, argnums: int | tuple[int, ...]) -> Typed:
    """``(*args, cotangent) -> (out, cotangents of the arguments)``."""
    where = _positions(argnums)
    out = pullback.eval_shape(f.fun, *f.args.values(), **f.keywords)

    def call(*args: Any, **keywords: Any) -> Any:
        *primals, cotangent = args
        y, pull = pullback.vjp(_restricted(f.fun, primals, keywords, where), *(primals[i] for i in where))
        cotangents = pull(cotangent)
        return y, cotangents[0] if isinstance(argnums, int) else cotangents

    return Typed(_signed(call, f.fun, [*f.names, "cotangent"]), f.args | {"cotangent": out}, f.keywords)


def vmap(f: Typed, axes: Any, size: int) -> Typed:
    """`f` mapped over a batch of `size`, whose axis is inserted into the arguments' types."""
    per_argument = axes if isinstance(axes, tuple) else (axes,) * len(f.args)
    if len(per_argument) != len(f.args):
        raise click.UsageError(f"--vmap: {len(per_argument)} axes for {len(f.args)} arguments: {', '.join(f.names)}")
    batched = {}
    for (name, spec), axis in zip(f.args.items(), per_argument):
        if axis is not None and not isinstance(axis, int):
            raise click.UsageError(f"--vmap: expected an axis or None for {name}, got {axis!r}")
        batched[name] = spec if axis is None else pullback.tree_util.tree_map(functools.partial(_with_axis, axis, size, name), spec)
    keywords = {k: pullback.tree_util.tree_map(functools.partial(_with_axis, 0, size, k), v) for k, v in f.keywords.items()}
    return Typed(pullback.vmap(f.fun, in_axes=per_argument), batched, keywords)


def _with_axis(axis: int, size: int, name: str, leaf: Leaf) -> Leaf:
    rank = len(leaf.shape) + 1
    if not -rank <= axis < rank:
        raise click.UsageError(f"--vmap: axis {axis} is out of range for {name} of type {leaf}")
    at = axis % rank
    return Leaf((*leaf.shape[:at], size, *leaf.shape[at:]), leaf.dtype)


def literal(text: str, option: str) -> Any:
    """A Python literal in an option."""
    try:
        return ast.literal_eval(text.strip())
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        raise click.UsageError(f"{option}: {text!r} is not a Python literal") from None
