"""What goes with `custom_jvp` and `custom_vjp`: closures as arguments, gradients by a returned function, symbolic zeros."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .api_util import Arguments, check_callable, describe
from .autodiff import VJP, trace_user, vjp_arguments
from .custom import custom_jvp
from .custom_reverse import custom_vjp
from .custom_zeros import CustomVJPPrimal, SymbolicZero, zero_from_primal
from .trace import Traced, Tracer, current_frame, emit_function_op, evaluate, import_function
from .tree_util import register_pytree_node, tree_map, tree_unflatten

__all__ = [
    "CustomVJPPrimal",
    "SymbolicZero",
    "closure_convert",
    "custom_gradient",
    "custom_jvp",
    "custom_vjp",
    "custom_vjp_primal_tree_values",
    "fwd_and_bwd",
    "zero_from_primal",
]


class _Converted:
    """A traced function as a Python function of its arguments and of the traced values that it closes over."""

    def __init__(self, fun: Any, args: Arguments, traced: Traced):
        self.fun, self.treedef, self.traced = fun, args.treedef, traced
        self.n_args = len(tree_unflatten(args.treedef, args.leaves))
        captures = traced.captures
        self.hoisted = [x for x in captures if isinstance(x, Tracer)]
        self._kept = [None if isinstance(x, Tracer) else x for x in captures]

    def __call__(self, *args_and_consts: Any) -> Any:
        args, consts = args_and_consts[: self.n_args], args_and_consts[self.n_args :]
        leaves = Arguments(self.fun, tuple(args), "closure_convert")
        what = f"closure-converted {describe(self.fun)}"
        if leaves.treedef != self.treedef:
            raise TypeError(f"{what} was converted for arguments of structure {self.treedef}, but got {leaves.treedef}")
        if len(consts) != len(self.hoisted):
            raise TypeError(f"{what} takes {len(self.hoisted)} closed-over values after its arguments, got {len(consts)}")
        rest = iter(Arguments(self.fun, tuple(consts), "closure_convert").leaves)
        operands = [*leaves.leaves, *(next(rest) if x is None else x for x in self._kept)]
        traced = self.traced
        for x, v in zip(operands, traced.func.args):
            if x.aval != v.aval:
                raise TypeError(f"{what} was converted for an argument of type {v.aval}, but got {x.aval}")
        frame = current_frame()
        if frame is not None and (frame.staging or any(isinstance(x, Tracer) for x in operands)):
            callee = import_function(traced.deriver.module, traced.name)
            outs = emit_function_op("pbfn.call", operands, {"callee": callee, "jit": False}, traced.outs, traced.weak)
        else:
            outs = evaluate(traced.deriver, traced.name, operands)
        out, n = traced.result
        return tree_unflatten(out.treedef, outs[:n])


def closure_convert(fun: Callable[..., Any], *example_args: Any) -> tuple[Callable[..., Any], list[Any]]:
    """A function without closed-over traced values: they become further arguments.

    A custom derivative differentiates with respect to arguments only. To give one to a function that takes functions, convert those
    first, and pass what they close over as arguments.

    Args:
      fun: pure function.
      example_args: arrays (or anything with shape and dtype) of the types that it will be called with.

    Returns:
      ``(converted, consts)``: ``converted(*args, *consts)`` is ``fun(*args)``.

    Reference: JAX documentation, jax.closure_convert.

    >>> import pullback, pullback.numpy as pnp
    >>> def f(a):
    ...     g, consts = pullback.closure_convert(lambda x: a * x, 1.0)
    ...     return g(3.0, *consts)
    >>> print(pullback.grad(f)(2.0))
    3.0
    """
    from .shapes import abstract_arguments

    check_callable(fun, "closure_convert")
    args = abstract_arguments(fun, example_args, "closure_convert")
    traced = trace_user("closure_convert", fun, args, "closure_convert", concrete=False)
    converted = _Converted(fun, args, traced)
    return converted, list(converted.hoisted)


class _Residuals:
    """The backward function of a `custom_gradient` with the values that it closes over."""

    def __init__(self, converted: Any, consts: list[Any]):
        self.converted, self.consts = converted, consts


register_pytree_node(_Residuals, lambda r: (r.consts, r.converted), lambda converted, consts: _Residuals(converted, list(consts)))


def custom_gradient(fun: Callable[..., Any]) -> custom_vjp:
    """A function that returns its value and how to pull a cotangent back.

    Args:
      fun: function that returns ``(out, pull)``; ``pull(cotangent)`` returns a cotangent for each argument (one alone, or a tuple).

    Returns:
      A function that returns `out`.

    Reference: JAX documentation, jax.custom_gradient.

    >>> import pullback
    >>> f = pullback.custom_gradient(lambda x: (x ** 2, lambda ct: 10.0 * ct * x))
    >>> print(f(3.0), pullback.grad(f)(3.0))
    9.0 30.0
    """
    check_callable(fun, "custom_gradient")

    def pair(args: Any, kwargs: Any) -> Any:
        result = fun(*args, **kwargs)
        if not isinstance(result, tuple) or len(result) != 2 or not callable(result[1]):
            raise TypeError(f"custom_gradient: {describe(fun)} must return a pair (output, function), got {type(result).__name__}")
        return result

    def primal(*args: Any, **kwargs: Any) -> Any:
        return pair(args, kwargs)[0]

    def fwd(*args: Any, **kwargs: Any) -> Any:
        out, pull = pair(args, kwargs)
        converted, consts = closure_convert(pull, out)
        return out, _Residuals(converted, consts)

    def bwd(residuals: Any, ct: Any) -> Any:
        cts = residuals.converted(ct, *residuals.consts)
        return tuple(cts) if isinstance(cts, (tuple, list)) else (cts,)

    primal.__wrapped__ = fun  # type: ignore[attr-defined]
    primal.__name__ = getattr(fun, "__name__", "custom_gradient")
    f = custom_vjp(primal)
    f.defvjp(fwd, bwd)
    return f


def custom_vjp_primal_tree_values(tree: Any) -> Any:
    """The pytree with the values in place of its `CustomVJPPrimal`.

    >>> import pullback
    >>> P = pullback.custom_derivatives.CustomVJPPrimal
    >>> pullback.custom_derivatives.custom_vjp_primal_tree_values({"x": P(1.0, True)})
    {'x': 1.0}
    """

    def value(leaf: Any) -> Any:
        if not isinstance(leaf, CustomVJPPrimal):
            raise TypeError(f"unexpected leaf of type {type(leaf).__name__}: expected CustomVJPPrimal")
        return leaf.value

    return tree_map(value, tree)


def fwd_and_bwd(fun: Callable[..., Any], argnums: Any, has_aux: bool = False, jitted: bool = True) -> tuple[Any, Any]:
    """The forward and the backward pass of a function as two functions, which compile once each.

    Args:
      fun: function of arrays or pytrees of arrays.
      argnums: position, or positions, of the arguments to differentiate.
      has_aux: `fun` returns ``(out, aux)``.
      jitted: compile both.

    Returns:
      ``(fwd, bwd)``: ``fwd(*args)`` returns ``(out, residuals)``, and `aux` if `has_aux`; ``bwd(residuals, cotangent)`` returns the
      cotangent of the argument, or a tuple of them for a tuple `argnums`.

    Reference: JAX documentation, jax.fwd_and_bwd.

    >>> import pullback, pullback.numpy as pnp
    >>> fwd, bwd = pullback.fwd_and_bwd(lambda x, w: pnp.sin(x) * w, argnums=(0, 1))
    >>> y, residuals = fwd(0.0, 2.0)
    >>> print(*bwd(residuals, 1.0))
    2.0 0.0
    """
    from .api_util import normalize_argnums, partial_args
    from .jitting import jit

    check_callable(fun, "fwd_and_bwd")

    def fwd(*args: Any) -> Any:
        positions = normalize_argnums(argnums, len(args), "fwd_and_bwd")
        f = partial_args(fun, args, {}, positions)
        chosen = tuple(args[i] for i in positions)
        return vjp_arguments(f, Arguments(fun, chosen, "fwd_and_bwd"), "fwd_and_bwd", has_aux)

    def bwd(residuals: VJP, cotangent: Any) -> Any:
        cts = residuals(cotangent)
        return cts[0] if isinstance(argnums, int) else cts

    return (jit(fwd), jit(bwd)) if jitted else (fwd, bwd)
