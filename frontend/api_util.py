"""Helpers that the transformations share: arguments, their names, checks."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from pullback.dialects.types import Tape

from . import dtypes
from .array import Array, ConcreteArray, as_concrete
from .locations import function_location, function_name
from .trace import Tracer, current_frame
from .tree_util import PyTreeDef, leaf_names, register_pytree_node, tree_flatten, tree_map, tree_unflatten


def as_array(x: Any, name: str, api: str) -> Array:
    """A leaf as an array; `name` and `api` are for the error."""
    if isinstance(x, Array):
        if isinstance(x, Tracer):
            check_live(x)
        return x
    if isinstance(x, (str, bytes)) or callable(x):
        raise TypeError(f"{api}: argument {name} of type {type(x).__name__} is not a valid array: {x!r}"[:400])
    try:
        return as_concrete(x)
    except (TypeError, ValueError) as e:
        if isinstance(x, np.ndarray) and x.dtype == dtypes.float0:
            raise TypeError(f"{api}: argument {name} has dtype float0, the tangent type of integers, and holds no data") from None
        raise TypeError(f"{api}: argument {name} is not a valid array: {e}") from None


def check_live(x: Tracer) -> None:
    """Raises UnexpectedTracerError if the traced value's function is no longer being traced."""
    from .trace import leaked

    frame = current_frame()
    while frame is not None:
        if frame is x.frame or (frame.late and id(x) in frame.captures):
            return
        frame = frame.parent
    raise leaked(x)


def parameter_names(fun: Callable[..., Any], n: int) -> list[str]:
    """Names of the first `n` positional parameters of `fun`."""
    names: list[str] = []
    try:
        parameters = inspect.signature(fun).parameters.values()
    except (TypeError, ValueError):
        parameters = ()  # type: ignore[assignment]
    for p in parameters:
        if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD):
            names.append(p.name)
        elif p.kind is p.VAR_POSITIONAL:
            names += [f"{p.name}[{i}]" for i in range(n - len(names))]
    return names[:n] + [f"args[{i}]" for i in range(len(names), n)]


def call_names(fun: Any, positional: Any, keywords: dict[str, Any], positions: Sequence[int] | None = None) -> list[str]:
    """Names of the leaves of a call's positional arguments, then of its keyword arguments in sorted order."""
    where = range(len(positional)) if positions is None else positions
    all_names = parameter_names(fun, max(where, default=-1) + 1)
    names = leaf_names(tuple(positional), [all_names[i] for i in where])
    for key in sorted(keywords):
        names += leaf_names((keywords[key],), [key])
    return names


class Arguments:
    """Flattened arguments of a call: leaves as arrays, structure, and names on demand."""

    __slots__ = ("fun", "tree", "leaves", "treedef", "names")

    def __init__(self, fun: Any, args: Any, api: str, names: Callable[[], list[str]] | None = None):
        self.fun = fun
        self.tree = args
        self.names = names or (lambda: call_names(fun, args, {}))
        raw, self.treedef = tree_flatten(args)
        leaves: list[Any] = raw
        for i, x in enumerate(leaves):
            if type(x) is not ConcreteArray:
                known = isinstance(x, (Array, float, int, complex, np.ndarray, np.generic))
                leaves[i] = as_array(x, "" if known and not isinstance(x, np.ndarray) else self.names()[i], api)
        self.leaves = leaves


def describe(fun: Any) -> str:
    loc = function_location(fun)
    fun = inspect.unwrap(fun)
    return repr(getattr(fun, "__name__", None) or function_name(fun)) + (f" at {loc}" if loc.file else "")


def check_callable(fun: Any, api: str) -> None:
    if not callable(fun):
        raise TypeError(f"{api} needs a function, got {type(fun).__name__}: {fun!r}"[:300])
    if inspect.isgeneratorfunction(fun):
        raise TypeError(f"{api} does not support generator functions: {describe(fun)}")


class _Float0:
    """An array of dtype float0 among the results of a traced function: part of their structure, since it holds no data."""

    def __init__(self, shape: tuple[int, ...]):
        self.shape = shape


register_pytree_node(_Float0, lambda x: ((), x.shape), lambda shape, _: np.zeros(shape, dtypes.float0))


def _is_float0(x: Any) -> bool:
    return type(x) is np.ndarray and x.dtype == dtypes.float0


def flatten_output(out: Any, fun: Any, api: str, batch: tuple[int, ...] = ()) -> tuple[list[Any], PyTreeDef]:
    """What a traced function returned, as leaves and structure. A vjp function among it comes with its residuals: a tape does
    not leave the function that it belongs to. Arrays of float0 get `batch` in front of their shape."""
    leaves, treedef = tree_flatten(out)
    if any(map(_is_float0, leaves)):
        out = tree_map(lambda x: _Float0((*batch, *x.shape)) if _is_float0(x) else x, out)
        leaves, treedef = tree_flatten(out)
    if any(isinstance(x, Tracer) and isinstance(x.value.aval, Tape) for x in leaves):
        from .autodiff import open_tapes

        leaves, treedef = tree_flatten(open_tapes(out))
    return [check_out_leaf(x, fun, api) for x in leaves], treedef


def run_untraced(fun: Any, args: Sequence[Any], kwargs: dict[str, Any], api: str) -> Any:
    """What a function returns for arrays, where nothing has to be recorded: arrays too, as if it had been traced."""
    leaves, treedef = flatten_output(fun(*args, **kwargs), fun, api)
    return tree_unflatten(treedef, leaves)


def check_out_leaf(x: Any, fun: Any, api: str) -> Any:
    """A returned leaf as an array; the error names the function."""
    if isinstance(x, Array):
        return x
    try:
        return as_concrete(x)
    except (TypeError, ValueError):
        raise TypeError(
            f"{api}: the function {describe(fun)} must return arrays, scalars, or pytrees of them, but returned a leaf of type "
            f"{type(x).__name__}: {x!r}"[:400]
        ) from None


def normalize_argnums(argnums: Any, n: int, api: str) -> tuple[int, ...]:
    """`argnums` as a tuple of non-negative positions."""
    items = (argnums,) if isinstance(argnums, (int, np.integer)) else tuple(argnums)
    result = []
    for i in items:
        if not isinstance(i, (int, np.integer)):
            raise TypeError(f"{api}: argnums must be an int or a tuple of ints, got {argnums!r}")
        if not -n <= i < n:
            raise (TypeError if i >= 0 else ValueError)(
                f"{api}: argnums={argnums} needs at least {i + 1 if i >= 0 else -i} positional arguments, but the call has {n} "
                f"(arguments passed by keyword are not differentiated)"
            )
        result.append(int(i) % n)
    return tuple(result)


def partial_args(
    fun: Callable[..., Any], args: Sequence[Any], kwargs: dict[str, Any], argnums: Sequence[int]
) -> Callable[..., Any]:
    """`fun` as a function of the arguments at `argnums` only."""

    @functools.wraps(fun, assigned=("__name__", "__qualname__", "__doc__", "__module__"))
    def partial(*dynamic: Any) -> Any:
        full = list(args)
        for i, x in zip(argnums, dynamic):
            full[i] = x
        return fun(*full, **kwargs)

    return partial
