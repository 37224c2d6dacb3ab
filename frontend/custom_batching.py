"""User-given batching: `custom_vmap`, `sequential_vmap`. The rule is traced as a function and is part of the program's text."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from pullback.dialects import types as T
from pullback.dialects.custom_batching import case_text
from pullback.dialects.custom_rules import RuleSymbol
from pullback.dialects.function_rules import op_reach, pick
from pullback.dialects.types import Aval, type_text

from .api_util import Arguments, call_names, check_callable, check_out_leaf, describe, flatten_output, run_untraced
from .array import Array
from .custom import positional
from .custom_zeros import Specializer, no_frame
from .lax.util import apply_function_op, cast
from .trace import Frame, Traced, Tracer, current_frame, trace
from .tree_util import PyTreeDef, tree_flatten, tree_unflatten

__all__ = ["custom_vmap", "sequential_vmap"]


class custom_vmap:
    """A function with a rule for `vmap`.

    The rule gets the size of the mapped axis, for each argument whether it is mapped, and the arguments; those that are have the
    axis first. It returns the output and, as a pytree of booleans of the same structure, which parts carry the axis (first).

    Under forward mode, the rule is differentiated; in reverse mode, the function itself is (combine it with `custom_vjp`, outside,
    to give both).

    Args:
      fun: the function.

    Raises:
      AttributeError: at a call, if there is no rule.

    Reference: JAX documentation, jax.custom_batching.custom_vmap.

    >>> import pullback, pullback.numpy as pnp
    >>> @pullback.custom_batching.custom_vmap
    ... def f(x, y):
    ...     return x + y
    >>> @f.def_vmap
    ... def rule(axis_size, in_batched, xs, ys):
    ...     return xs * ys, True
    >>> print(f(2.0, 3.0), pullback.vmap(f, (0, None))(pnp.array([1.0, 2.0]), 5.0))
    5.0 [ 5. 10.]
    """

    def __init__(self, fun: Callable[..., Any]):
        check_callable(fun, "custom_vmap")
        functools.update_wrapper(self, fun, updated=())
        self.fun = fun
        self.vmap_rule: Callable[..., Any] | None = None

    def def_vmap(self, vmap_rule: Callable[..., Any]) -> Callable[..., Any]:
        """Sets the rule ``rule(axis_size, in_batched, *args) -> (out, out_batched)``, and returns it."""
        check_callable(vmap_rule, "def_vmap")
        self.vmap_rule = vmap_rule
        return vmap_rule

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if self.vmap_rule is None:
            raise AttributeError(f"No batching rule defined for custom_vmap function {describe(self.fun)} using def_vmap.")
        args = positional(self.fun, args, kwargs)
        arguments = Arguments(self.fun, args, "custom_vmap", lambda: call_names(self.fun, args, {}))
        frame = current_frame()
        if frame is None or not (frame.staging or any(isinstance(x, Tracer) for x in arguments.leaves)):
            return run_untraced(self.fun, tree_unflatten(arguments.treedef, arguments.leaves), {}, "custom_vmap")

        def call(tracers: list[Tracer]) -> tuple[list[Any], PyTreeDef]:
            return flatten_output(self.fun(*tree_unflatten(arguments.treedef, tracers)), self.fun, "custom_vmap")

        traced = trace("custom_vmap", self.fun, arguments.leaves, call, namer=arguments.names, concrete=True)
        specialize = Specializer(lambda d, size, batched: self._trace_rule(d, arguments, traced, size, batched))
        rules, cases = [], []
        batched = _mapped(frame, arguments.leaves)
        if any(batched):  # inside vmap, the case is known, and the text gets its rule
            assert frame.axis is not None
            rule, out = specialize(frame.deriver, frame.axis[1], batched)
            rules.append(rule)
            cases.append(case_text(frame.axis[1], batched, out))
        attrs = {
            "callee": RuleSymbol.make(traced.name, specialize),
            "rules": tuple(rules),
            "cases": ",".join(cases),
            "num_args": len(arguments.leaves),
        }
        operands = [*arguments.leaves, *traced.captures]
        outs = apply_function_op("pbfn.custom_vmap", operands, attrs, traced.outs, traced.deriver, True, traced.weak)
        return tree_unflatten(traced.result, outs)

    def _trace_rule(
        self, d: Any, args: Arguments, traced: Traced, size: int, batched: tuple[bool, ...]
    ) -> tuple[str, tuple[bool, ...]]:
        rule = self.vmap_rule
        assert rule is not None
        avals = [Aval((size, *x.aval.shape), x.aval.dtype) if on else x.aval for x, on in zip(args.leaves, batched)]

        def call(tracers: list[Tracer]) -> tuple[list[Any], tuple[bool, ...]]:
            masks = tree_unflatten(args.treedef, batched)
            result = rule(size, list(masks), *tree_unflatten(args.treedef, tracers))
            return self._check(result, traced, size)

        with no_frame(d):
            late = trace("custom_vmap", rule, avals, call, weak=[x.weak_type for x in args.leaves], late=())
        return late.name, late.result

    def _check(self, result: Any, traced: Traced, size: int) -> tuple[list[Any], tuple[bool, ...]]:
        """What the rule returned: leaves, and which of them carry the axis."""
        rule = self.vmap_rule
        where = f"custom vmap rule {describe(rule)} for {describe(self.fun)}"
        if not isinstance(result, (tuple, list)) or len(result) != 2:
            raise TypeError(f"{where} must return a pair (out, out_batched), got {type(result).__name__}")
        outs, out_tree = tree_flatten(result[0])
        flags, flag_tree = tree_flatten(result[1])
        if flag_tree != out_tree:
            raise ValueError(
                f"structure of output value and output batching specification returned by {where} do not match. "
                f"Output values: {out_tree}; batching spec: {flag_tree}"
            )
        if out_tree != traced.result:
            raise ValueError(
                f"structure of output returned by {where} does not match that of original custom-vmapped function. Original "
                f"output: {traced.result}; rule output: {out_tree}"
            )
        leaves: list[Array] = []
        for i, (x, on, a) in enumerate(zip(outs, flags, traced.outs)):
            x = check_out_leaf(x, rule, "custom_vmap")
            want = Aval((size, *a.shape), a.dtype) if on else a
            if x.weak_type and x.aval.shape == want.shape:
                x = cast(x, T.np_dtype(a.dtype))
            if x.aval != want:
                raise TypeError(f"{where}: result {i} must have type {type_text(want)}, got {type_text(x.aval)}")
            leaves.append(x)
        return leaves, tuple(bool(on) for on in flags)

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        return self if instance is None else functools.partial(self, instance)


def _mapped(frame: Frame, leaves: list[Any]) -> tuple[bool, ...]:
    """Which arrays depend on arguments that the vmap maps whose function is being traced."""
    if frame.mapped is None:
        return (False,) * len(leaves)
    found = set(frame.mapped)
    for op in frame.func.ops:
        operands = [v in found for v in op.operands]
        if any(operands):
            found.update(pick(op.results, op_reach(frame.deriver, op, operands)))
    return tuple(isinstance(x, Tracer) and x.frame is frame and x.value in found for x in leaves)


def sequential_vmap(fun: Callable[..., Any]) -> custom_vmap:
    """A function that `vmap` applies to one example after the other, in a loop.

    Args:
      fun: the function.

    Returns:
      A `custom_vmap` function.

    Reference: JAX documentation, jax.custom_batching.sequential_vmap.

    >>> import pullback, pullback.numpy as pnp
    >>> @pullback.custom_batching.sequential_vmap
    ... def f(x):
    ...     pullback.debug.print("{}", x)
    ...     return x + 1
    >>> y = pullback.vmap(f)(pnp.arange(3))
    0
    1
    2
    """
    f = custom_vmap(fun)

    @f.def_vmap
    def rule(axis_size: int, in_batched: list[Any], *args: Any) -> Any:
        from . import lax

        leaves, treedef = tree_flatten(args)
        flags = tree_flatten(tuple(in_batched))[0]
        mapped = [x for x, on in zip(leaves, flags) if on]

        def one(values: list[Any]) -> Any:
            it = iter(values)
            return fun(*tree_unflatten(treedef, [next(it) if on else x for x, on in zip(leaves, flags)]))

        out = lax.map(one, mapped)
        outs, out_tree = tree_flatten(out)
        return out, tree_unflatten(out_tree, [True] * len(outs))

    return f
