"""`vmap`: maps a function over axes of its arguments."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from pullback.dialects.types import Aval, type_text

from .api_util import Arguments, call_names, check_callable, describe, flatten_output, parameter_names
from .array import Array
from .autodiff import needs_staging
from .trace import Traced, Tracer, bind_named, emit_function_op, evaluate, trace
from .tree_util import broadcast_prefix, leaf_names, tree_unflatten


def vmap(
    fun: Callable[..., Any],
    in_axes: Any = 0,
    out_axes: Any = 0,
    axis_name: Any = None,
    axis_size: int | None = None,
    spmd_axis_name: Any = None,
) -> Callable[..., Any]:
    """Maps `fun` over axes of its arguments.

    Args:
      fun: function of arrays or pytrees of arrays.
      in_axes: the axis of each argument to map over: an int, None (not mapped), or a tuple with one entry for each positional
        argument, each an int, None or a pytree of them that is a prefix of the argument. Keyword arguments map over axis 0.
      out_axes: where the mapped axis goes in the results: an int, None (the result does not depend on it) or a pytree prefix.
      axis_name: name of the mapped axis for collectives (`pullback.lax.psum`).
      axis_size: size of the mapped axis, needed if no argument is mapped.
      spmd_axis_name: accepted for JAX's sake; pullback runs on one device, where it has no effect.

    Returns:
      A function with the arguments of `fun`, each with an additional axis as `in_axes` says.

    Raises:
      ValueError: sizes of mapped axes differ, an axis is out of range, or nothing is mapped.

    Reference: JAX documentation, jax.vmap.

    >>> import pullback, pullback.numpy as pnp
    >>> print(pullback.vmap(pnp.vdot)(pnp.ones((3, 2)), pnp.ones((3, 2))))
    [2. 2. 2.]
    """
    check_callable(fun, "vmap")
    if isinstance(in_axes, list):
        in_axes = tuple(in_axes)
    if not isinstance(in_axes, (tuple, int, type(None), np.integer)):
        raise TypeError(f"vmap: in_axes must be an int, None, or a tuple of entries for the positional arguments, got {in_axes!r}")
    axis = object() if axis_name is None else axis_name

    @functools.wraps(fun, assigned=("__module__", "__name__", "__qualname__", "__doc__"))
    def vmap_f(*args: Any, **kwargs: Any) -> Any:
        if isinstance(in_axes, tuple) and len(in_axes) != len(args):
            raise ValueError(
                f"vmap in_axes must be an int, None, or a tuple of entries corresponding to the positional arguments passed to the "
                f"function {describe(fun)}, but got {len(in_axes)} entries ({in_axes}) for {len(args)} arguments"
            )
        both = Arguments(fun, (*args, kwargs), "vmap", lambda: call_names(fun, args, kwargs))
        axes_tree = ((in_axes,) * len(args) if not isinstance(in_axes, tuple) else in_axes) + (0,)
        axes = _in_axes(axes_tree, both, fun)
        axes = [_normalize(a, x, both, i) for i, (a, x) in enumerate(zip(axes, both.leaves))]
        size = _mapped_size(fun, both, axes, axis_size)
        avals = [x.aval if a is None else Aval((*x.shape[:a], *x.shape[a + 1 :]), x.aval.dtype) for x, a in zip(both.leaves, axes)]

        def call(tracers: list[Tracer]) -> tuple[list[Any], Any]:
            *positional, keywords = tree_unflatten(both.treedef, tracers)
            out = fun(*positional, **keywords)
            leaves, treedef = flatten_output(out, fun, "vmap", (size,))
            return leaves, treedef

        weak, mapped = [x.weak_type for x in both.leaves], [a is not None for a in axes]
        traced = trace("vmap", fun, avals, call, namer=both.names, weak=weak, axis=(axis, size), mapped=mapped)
        treedef = traced.result
        destinations = broadcast_prefix(
            out_axes, tree_unflatten(treedef, range(len(traced.outs))), f"vmap of {describe(fun)}: out_axes"
        )
        outs = _apply(traced, both.leaves, axes, size, axis if axis_name is not None else "", destinations, fun)
        return tree_unflatten(treedef, outs)

    return vmap_f


def _in_axes(axes_tree: Any, args: Arguments, fun: Any) -> list[Any]:
    """The axis of each leaf. Arguments are looked at one by one, so that the error names the one that does not fit."""
    *positional, keywords = args.tree
    axes: list[Any] = []
    for prefix, x, name in zip(axes_tree, positional, parameter_names(fun, len(positional))):
        axes += broadcast_prefix(prefix, x, f"vmap of {describe(fun)}: in_axes of argument {name}")
    return axes + broadcast_prefix(axes_tree[-1], keywords, "in_axes")


def _normalize(axis: Any, x: Array, args: Arguments, i: int) -> int | None:
    if axis is None:
        return None
    if not isinstance(axis, (int, np.integer)) or isinstance(axis, bool):
        raise TypeError(f"vmap in_axes must be ints or None, got {axis!r} for argument {args.names()[i]}")
    if not -x.ndim <= axis < x.ndim:
        raise ValueError(
            f"vmap was requested to map argument {args.names()[i]} over axis {axis}, but it has type {type_text(x)}"
            + (" and no axes: use in_axes=None for it" if x.ndim == 0 else f" with {x.ndim} axes")
        )
    return int(axis) % x.ndim


def _mapped_size(fun: Any, args: Arguments, axes: Sequence[int | None], axis_size: int | None) -> int:
    sizes = {x.shape[a] for x, a in zip(args.leaves, axes) if a is not None}
    if axis_size is not None:
        sizes.add(axis_size)
    if len(sizes) == 1:
        return sizes.pop()
    if not sizes:
        raise ValueError(
            f"vmap of {describe(fun)} must have at least one mapped argument (in_axes is None for all) or an axis_size"
        )
    lines = [
        f"axis {a} of argument {name}, of type {type_text(x)}, has size {x.shape[a]}"
        for x, a, name in zip(args.leaves, axes, args.names())
        if a is not None
    ]
    if axis_size is not None:
        lines.append(f"axis_size is {axis_size}")
    raise ValueError(f"vmap of {describe(fun)} got inconsistent sizes for array axes to be mapped: " + "; ".join(lines))


def _apply(
    traced: Traced, leaves: list[Any], axes: list[int | None], size: int, axis_name: Any, destinations: list[Any], fun: Any
) -> list[Any]:
    d = traced.deriver
    in_axes = (*(-1 if a is None else a for a in axes), *(-1 for _ in traced.captures))
    batched = [a >= 0 for a in in_axes]
    n = len(traced.outs)
    unmapped = [i for i, dest in enumerate(destinations) if dest is None]
    operands = [*leaves, *traced.captures]
    staged = needs_staging(traced, leaves)
    if unmapped:
        # a captured tape would have to be spread first; without one, the batching rules say what depends on the axis
        mask = d.batch(traced.name, batched, size, axis_name).mask
        for i in unmapped:
            if mask[i]:
                raise ValueError(
                    f"vmap of {describe(fun)}: out_axes is None for {_result(traced, i)}, which depends on the mapped axis"
                )
    if staged:
        avals = [Aval((size, *a.shape), a.dtype) for a in traced.outs]
        attrs = {"callee": traced.name, "in_axes": in_axes, "size": size, "axis_name": axis_name}
        results = emit_function_op("pbfn.vmap", operands, attrs, avals, traced.weak)
    else:
        moved = [bind_named("pb.transpose", x, perm=_to_front(x.ndim, a)) if a > 0 else x for x, a in zip(operands, in_axes)]
        derived = d.batch(traced.name, batched, size, axis_name, [True] * n)
        results = evaluate(d, derived.name, moved)
        for x, w in zip(results, traced.weak):
            x.weak_type = w
    return [_place(x, dest, traced, i) for i, (x, dest) in enumerate(zip(results, destinations))]


def _result(traced: Traced, i: int) -> str:
    """The user's name of a result: its path in what the function returned."""
    return leaf_names((tree_unflatten(traced.result, range(len(traced.outs))),), ["result"])[i]


def _to_front(ndim: int, axis: int) -> tuple[int, ...]:
    return (axis, *(i for i in range(ndim) if i != axis))


def _place(x: Any, dest: Any, traced: Traced, i: int) -> Any:
    """Moves the mapped axis of a result from the front to `dest`."""
    if dest is None:
        first = bind_named("pb.slice", x, start=(0,) * x.ndim, limit=(1, *x.shape[1:]), strides=(1,) * x.ndim)
        return bind_named("pb.reshape", first, shape=x.shape[1:])
    if not -x.ndim <= dest < x.ndim:
        raise ValueError(
            f"vmap of {describe(traced.frame.fun)}: out_axes={dest} is out of range for {_result(traced, i)}, which has {x.ndim} "
            f"axes with the mapped one"
        )
    dest = dest % x.ndim
    if dest == 0:
        return x
    perm = [*range(1, x.ndim)]
    perm.insert(dest, 0)
    return bind_named("pb.transpose", x, perm=tuple(perm))
