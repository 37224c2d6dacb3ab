"""Gradients of scalar functions: `grad` and `value_and_grad`, on top of `vjp`."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from . import dtypes
from .api_util import (
    Arguments,
    call_names,
    check_callable,
    describe,
    normalize_argnums,
    partial_args,
)
from .array import Array, from_numpy
from .autodiff import vjp_arguments
from .tree_util import tree_flatten


def _check_input(x: Array, name: Callable[[], str], holomorphic: bool, allow_int: bool, api: str) -> None:
    if holomorphic:
        if x.dtype.kind != "c":
            raise TypeError(
                f"{api} with holomorphic=True requires inputs with complex dtype, but argument {name()} has dtype {x.dtype.name}."
            )
    elif not dtypes.is_inexact(x.dtype) and not allow_int:
        raise TypeError(
            f"{api} requires real- or complex-valued inputs (input dtype that is a sub-dtype of np.inexact), but argument "
            f"{name()} has dtype "
            f"{x.dtype.name}. If you want to use Boolean- or integer-valued inputs, use vjp or set allow_int to True."
        )


def _check_scalar_output(y: Any, holomorphic: bool, api: str, fun: Any) -> None:
    leaves, _ = tree_flatten(y)
    if len(leaves) != 1 or not isinstance(y, Array):
        raise TypeError(
            f"Gradient only defined for scalar-output functions. {api} of {describe(fun)}: the output is {type(y).__name__}, "
            f"not an array. "
            f"Return one scalar (with has_aux=True, other results beside it), or use jacrev."
        )
    if y.shape != ():
        raise TypeError(
            f"Gradient only defined for scalar-output functions. Output of {describe(fun)} had shape: {y.shape}. "
            f"Sum it to a scalar, or use jacrev or vjp."
        )
    if holomorphic:
        if y.dtype.kind != "c":
            raise TypeError(f"{api} with holomorphic=True requires outputs with complex dtype, but got {y.dtype.name}.")
    elif y.dtype.kind == "c":
        raise TypeError(
            f"{api} requires real-valued outputs (output dtype that is a sub-dtype of np.floating), but got {y.dtype.name} "
            f"from {describe(fun)}. "
            f"For holomorphic differentiation, pass holomorphic=True. For differentiation of non-holomorphic functions involving "
            f"complex outputs, use vjp directly."
        )
    elif not dtypes.is_floating(y.dtype):
        raise TypeError(
            f"{api} requires real-valued outputs (output dtype that is a sub-dtype of np.floating), but got {y.dtype.name} from "
            f"{describe(fun)}. For differentiation of functions with integer outputs, use vjp directly."
        )


def value_and_grad(
    fun: Callable[..., Any], argnums: Any = 0, has_aux: bool = False, holomorphic: bool = False, allow_int: bool = False
) -> Callable[..., Any]:
    """A function that returns both the value and the gradient of `fun`.

    Args:
      fun: function with a scalar output of floating dtype.
      argnums: position, or tuple of positions, of the arguments to differentiate.
      has_aux: `fun` returns ``(out, aux)``.
      holomorphic: `fun` is holomorphic; inputs and output are complex.
      allow_int: allow integer arguments; their gradients have dtype float0.

    Returns:
      A function with the arguments of `fun` that returns ``(value, gradient)``, or ``((value, aux), gradient)``. The gradient
      has the structure, shapes and dtypes of the argument; with a tuple `argnums` it is a tuple.

    Raises:
      TypeError: the output is no real scalar, or an argument is not differentiable; at the call.

    Reference: JAX documentation, jax.value_and_grad.

    >>> import pullback
    >>> value, gradient = pullback.value_and_grad(lambda x: x ** 2)(3.0)
    >>> print(value, gradient)
    9.0 6.0
    """
    check_callable(fun, "value_and_grad")
    return _value_and_grad(fun, argnums, has_aux, holomorphic, allow_int, "value_and_grad")


def _value_and_grad(fun: Callable[..., Any], argnums: Any, has_aux: bool, holomorphic: bool, allow_int: bool, api: str) -> Any:
    @functools.wraps(fun, assigned=("__module__", "__name__", "__qualname__", "__doc__"))
    def value_and_grad_f(*args: Any, **kwargs: Any) -> Any:
        positions = normalize_argnums(argnums, len(args), api)
        f = partial_args(fun, args, kwargs, positions)
        chosen = tuple(args[i] for i in positions)
        dynamic = Arguments(fun, chosen, api, lambda: call_names(fun, chosen, {}, positions))
        for i, x in enumerate(dynamic.leaves):
            _check_input(x, lambda i=i: dynamic.names()[i], holomorphic, allow_int, api)  # type: ignore[misc]
        result = vjp_arguments(f, dynamic, api, has_aux)
        y, f_vjp = result[:2]
        _check_scalar_output(y, holomorphic, api, fun)
        gradient = f_vjp(from_numpy(np.ones((), y.dtype)))
        if isinstance(argnums, (int, np.integer)):
            gradient = gradient[0]
        return ((y, result[2]), gradient) if has_aux else (y, gradient)

    return value_and_grad_f


def grad(
    fun: Callable[..., Any], argnums: Any = 0, has_aux: bool = False, holomorphic: bool = False, allow_int: bool = False
) -> Callable[..., Any]:
    """A function that returns the gradient of `fun`, by reverse mode.

    Args:
      fun: function with a scalar output of floating dtype.
      argnums: position, or tuple of positions, of the arguments to differentiate.
      has_aux: `fun` returns ``(out, aux)``; the result is then ``(gradient, aux)``.
      holomorphic: `fun` is holomorphic; inputs and output are complex.
      allow_int: allow integer arguments; their gradients have dtype float0.

    Returns:
      A function with the arguments of `fun` that returns the gradient, with the structure, shapes and dtypes of the argument
      (a tuple of them for a tuple `argnums`).

    Raises:
      TypeError: the output is no real scalar, or an argument is not differentiable; at the call.

    Reference: JAX documentation, jax.grad.

    >>> import pullback, pullback.numpy as pnp
    >>> print(pullback.grad(pnp.tanh)(2.0))
    0.070650816
    """
    check_callable(fun, "grad")
    value_and_grad_f = _value_and_grad(fun, argnums, has_aux, holomorphic, allow_int, "grad")

    @functools.wraps(fun, assigned=("__module__", "__name__", "__qualname__", "__doc__"))
    def grad_f(*args: Any, **kwargs: Any) -> Any:
        value, gradient = value_and_grad_f(*args, **kwargs)
        return (gradient, value[1]) if has_aux else gradient

    return grad_f
