"""Functions as bodies of loops and branches: tracing them, and matching the types of what goes in and comes out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from pullback.dialects import types as T
from pullback.dialects.types import Aval, type_text

from .. import dtypes
from ..api_util import Arguments, describe, flatten_output
from ..trace import Traced, Tracer, trace
from ..tree_util import leaf_names, tree_unflatten
from .util import cast


def trace_body(
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


def is_staged(traced: Sequence[Traced]) -> bool:
    return any(t.staged for t in traced)


def fits(weak: Aval, dtype: str, dtype_is_weak: bool) -> bool:
    """Whether a weakly typed value keeps its meaning in another dtype: an integer as a float, but no float as an integer."""
    target = T.np_dtype(dtype)
    return dtypes.promote((T.np_dtype(weak.dtype), True), (target, dtype_is_weak))[0] == target


# Carries -----------------------------------------------------------------------------------------------------------------
def carry_arguments(init: Any, api: str, fun: Any) -> Arguments:
    return Arguments(fun, init, api, lambda: leaf_names((init,), ["init"]))


def strengthen(leaves: list[Any], outs: Sequence[Aval], out_weak: Sequence[bool]) -> list[Any] | None:
    """Weakly typed initial values to which the body gives another dtype (a float where an integer was), made strong ones of
    it; None if nothing changes. A weak type of the same dtype stays, as in JAX: the body may meet narrower values with it."""
    changed = False
    result = list(leaves)
    for i, (x, out, weak) in enumerate(zip(leaves, outs, out_weak)):
        if x.weak_type and x.aval.shape == out.shape and x.aval != out and fits(x.aval, out.dtype, weak):
            result[i] = cast(x, T.np_dtype(out.dtype))
            changed = True
    return result if changed else None


def check_carry(api: str, fun: Any, carry: Arguments, leaves: list[Any], outs: Sequence[Aval], out_tree: Any) -> None:
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


def weak_to_carry(traced: Traced, leaves: list[Any], n: int) -> None:
    """Weakly typed carry results take the dtype of the carry, where that loses nothing."""
    for i in range(n):
        want = leaves[i].aval
        out = traced.outs[i]
        if traced.weak[i] and out.dtype != want.dtype and out.shape == want.shape and fits(out, want.dtype, leaves[i].weak_type):
            traced.frame.b.loc = traced.func.loc
            traced.func.results[i] = traced.frame.b.cast(traced.func.results[i], want.dtype)
            traced.outs[i] = want


def hoist(loop: Traced, others: Sequence[Traced], n_carry: int) -> list[int]:
    """Makes constants of the carries that the body returns as they are (so that no iteration saves or copies them), in the body
    and in `others`, which take the same carries. Returns the positions of those carries; they follow the other constants."""
    func, start = loop.func, len(loop.captures)
    kept = func.args[start : start + n_carry]
    fixed = [i for i, v in enumerate(kept) if func.results[i] is v]
    if fixed:
        for t in (loop, *others):
            first = len(t.captures)
            carries = t.func.args[first : first + n_carry]
            t.func.args = [
                *t.func.args[:first],
                *(carries[i] for i in fixed),
                *(v for i, v in enumerate(carries) if i not in fixed),
                *t.func.args[first + n_carry :],
            ]
        func.results = [v for i, v in enumerate(func.results) if i not in fixed]
    return fixed


def merge(fixed: list[int], leaves: Sequence[Any], results: Sequence[Any]) -> list[Any]:
    """The carry after a loop: initial values where they are fixed, and the results of the operation elsewhere."""
    it = iter(results)
    return [x if i in fixed else next(it) for i, x in enumerate(leaves)]
