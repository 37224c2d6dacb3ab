"""Dense derivatives: `jacfwd`, `jacrev`, `hessian`. Each pushes or pulls a whole standard basis at once with `vmap`."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from . import dtypes
from .api_util import Arguments, call_names, check_callable, normalize_argnums, partial_args
from .array import Array, from_numpy
from .autodiff import linearize, vjp_arguments
from .batching import vmap
from .trace import bind_named
from .tree_util import PyTreeDef, tree_flatten, tree_unflatten


def _basis(leaves: list[Any]) -> list[Any]:
    """For leaves with n elements in all, arrays of shape (n, *leaf.shape) whose rows together are the standard basis."""
    total = sum(x.size for x in leaves)
    result = []
    offset = 0
    for x in leaves:
        basis = np.zeros((total, x.size), x.dtype)
        basis[offset : offset + x.size] = np.eye(x.size, dtype=x.dtype)
        result.append(from_numpy(basis.reshape(total, *x.shape)))
        offset += x.size
    return result


def _split(x: Any, axis: int, leaves: list[Any]) -> list[Any]:
    """Splits the basis axis of `x` into one array for each leaf, with the leaf's shape in place of the axis."""
    result = []
    offset = 0
    for leaf in leaves:
        start = [0] * x.ndim
        limit = list(x.shape)
        start[axis], limit[axis] = offset, offset + leaf.size
        part = bind_named("pb.slice", x, start=tuple(start), limit=tuple(limit), strides=(1,) * x.ndim)
        shape = (*x.shape[:axis], *leaf.shape, *x.shape[axis + 1 :])
        result.append(bind_named("pb.reshape", part, shape=shape))
        offset += leaf.size
    return result


def _check_input(x: Array, name: Callable[[], str], holomorphic: bool, allow_int: bool, api: str) -> None:
    if holomorphic:
        if x.dtype.kind != "c":
            raise TypeError(
                f"{api} with holomorphic=True requires inputs with complex dtype, but argument {name()} has dtype {x.dtype.name}."
            )
    elif x.dtype.kind == "c":
        raise TypeError(
            f"{api} requires real-valued inputs (input dtype that is a sub-dtype of np.floating), but argument {name()} has dtype "
            f"{x.dtype.name}. For holomorphic differentiation, pass holomorphic=True. For differentiation of non-holomorphic "
            f"functions "
            f"involving complex inputs, use {'jvp' if api == 'jacfwd' else 'vjp'} directly."
        )
    elif not dtypes.is_floating(x.dtype) and not allow_int:
        raise TypeError(
            f"{api} requires real-valued inputs (input dtype that is a sub-dtype of np.floating), but argument {name()} has "
            f"dtype {x.dtype.name}."
        )


def _check_output(leaves: list[Any], holomorphic: bool, api: str) -> None:
    for y in leaves:
        if holomorphic and y.dtype.kind != "c":
            raise TypeError(f"{api} with holomorphic=True requires outputs with complex dtype, but got {y.dtype.name}.")
        if not holomorphic and not dtypes.is_floating(y.dtype):
            raise TypeError(
                f"{api} requires real-valued outputs (output dtype that is a sub-dtype of np.floating), but got {y.dtype.name}. "
                f"For holomorphic differentiation, pass holomorphic=True."
            )


def _jacobian_tree(out_tree: PyTreeDef, in_tree: PyTreeDef, blocks: list[list[Any]], argnums: Any) -> Any:
    """Pytree of outputs whose leaves are pytrees of arguments, from ``blocks[output][argument]``."""
    rows = []
    for row in blocks:
        args = tree_unflatten(in_tree, row)
        rows.append(args[0] if isinstance(argnums, (int, np.integer)) else args)
    return tree_unflatten(out_tree, rows)


def jacfwd(fun: Callable[..., Any], argnums: Any = 0, has_aux: bool = False, holomorphic: bool = False) -> Callable[..., Any]:
    """The Jacobian of `fun`, column by column with forward mode: for tall Jacobians.

    Args:
      fun: function of arrays or pytrees of arrays.
      argnums: position, or tuple of positions, of the arguments to differentiate.
      has_aux: `fun` returns ``(out, aux)``; the result is then ``(jacobian, aux)``.
      holomorphic: `fun` is holomorphic.

    Returns:
      A function that returns a pytree of the structure of the output, with a pytree of the structure of the argument in place of
      each leaf; a block has shape ``out.shape + argument.shape``.

    Raises:
      TypeError: inputs or outputs are not real (complex if `holomorphic`).

    Reference: JAX documentation, jax.jacfwd.

    >>> import pullback, pullback.numpy as pnp
    >>> print(pullback.jacfwd(lambda x: x ** 2)(pnp.array([1.0, 2.0])))
    [[2. 0.]
     [0. 4.]]
    """
    check_callable(fun, "jacfwd")

    @functools.wraps(fun, assigned=("__module__", "__name__", "__qualname__", "__doc__"))
    def jacfun(*args: Any, **kwargs: Any) -> Any:
        positions = normalize_argnums(argnums, len(args), "jacfwd")
        f = partial_args(fun, args, kwargs, positions)
        chosen = tuple(args[i] for i in positions)
        dynamic = Arguments(fun, chosen, "jacfwd", lambda: call_names(fun, chosen, {}, positions))
        for i, x in enumerate(dynamic.leaves):
            _check_input(x, lambda i=i: dynamic.names()[i], holomorphic, False, "jacfwd")  # type: ignore[misc]
        result = linearize(f, *tree_unflatten(dynamic.treedef, dynamic.leaves), has_aux=has_aux)
        y, f_jvp = result[:2]
        out_leaves, out_tree = tree_flatten(y)
        _check_output(out_leaves, holomorphic, "jacfwd")
        columns = vmap(lambda *ts: tree_flatten(f_jvp(*tree_unflatten(dynamic.treedef, ts)))[0], out_axes=-1)(
            *_basis(dynamic.leaves)
        )
        blocks = [_split(c, c.ndim - 1, dynamic.leaves) for c in columns]
        jac = _jacobian_tree(out_tree, dynamic.treedef, blocks, argnums)
        return (jac, result[2]) if has_aux else jac

    return jacfun


def jacrev(
    fun: Callable[..., Any], argnums: Any = 0, has_aux: bool = False, holomorphic: bool = False, allow_int: bool = False
) -> Callable[..., Any]:
    """The Jacobian of `fun`, row by row with reverse mode: for wide Jacobians.

    Args:
      fun: function of arrays or pytrees of arrays.
      argnums: position, or tuple of positions, of the arguments to differentiate.
      has_aux: `fun` returns ``(out, aux)``; the result is then ``(jacobian, aux)``.
      holomorphic: `fun` is holomorphic.
      allow_int: allow integer arguments; their blocks have dtype float0.

    Returns:
      A function that returns a pytree of the structure of the output, with a pytree of the structure of the argument in place of
      each leaf; a block has shape ``out.shape + argument.shape``.

    Raises:
      TypeError: inputs or outputs are not real (complex if `holomorphic`).

    Reference: JAX documentation, jax.jacrev.

    >>> import pullback, pullback.numpy as pnp
    >>> print(pullback.jacrev(lambda x: x ** 2)(pnp.array([1.0, 2.0])))
    [[2. 0.]
     [0. 4.]]
    """
    check_callable(fun, "jacrev")

    @functools.wraps(fun, assigned=("__module__", "__name__", "__qualname__", "__doc__"))
    def jacfun(*args: Any, **kwargs: Any) -> Any:
        positions = normalize_argnums(argnums, len(args), "jacrev")
        f = partial_args(fun, args, kwargs, positions)
        chosen = tuple(args[i] for i in positions)
        dynamic = Arguments(fun, chosen, "jacrev", lambda: call_names(fun, chosen, {}, positions))
        for i, x in enumerate(dynamic.leaves):
            _check_input(x, lambda i=i: dynamic.names()[i], holomorphic, allow_int, "jacrev")  # type: ignore[misc]
        result = vjp_arguments(f, dynamic, "jacrev", has_aux)
        y, f_vjp = result[:2]
        out_leaves, out_tree = tree_flatten(y)
        _check_output(out_leaves, holomorphic, "jacrev")
        inexact = [dtypes.is_inexact(x.dtype) for x in dynamic.leaves]

        def pull(*cts: Any) -> list[Any]:
            leaves, _ = tree_flatten(f_vjp(tree_unflatten(out_tree, cts)))
            return [g for g, on in zip(leaves, inexact) if on]

        rows = iter(vmap(pull)(*_basis(out_leaves)) if any(inexact) else ())
        by_argument = [
            _split(next(rows), 0, out_leaves) if on else [np.zeros(y.shape + x.shape, dtypes.float0) for y in out_leaves]
            for x, on in zip(dynamic.leaves, inexact)
        ]
        blocks = [[columns[i] for columns in by_argument] for i in range(len(out_leaves))]
        jac = _jacobian_tree(out_tree, dynamic.treedef, blocks, argnums)
        return (jac, result[2]) if has_aux else jac

    return jacfun


def hessian(fun: Callable[..., Any], argnums: Any = 0, has_aux: bool = False, holomorphic: bool = False) -> Callable[..., Any]:
    """The Hessian of `fun` as a dense array, by forward mode over reverse mode.

    Args, returns and errors as in `jacfwd`; for a scalar function of an array x the result has shape ``x.shape + x.shape``.

    Reference: JAX documentation, jax.hessian.

    >>> import pullback, pullback.numpy as pnp
    >>> print(pullback.hessian(lambda x: pnp.sum(x ** 3))(pnp.array([1.0, 2.0])))
    [[ 6.  0.]
     [ 0. 12.]]
    """
    check_callable(fun, "hessian")
    return jacfwd(jacrev(fun, argnums, has_aux=has_aux, holomorphic=holomorphic), argnums, has_aux=has_aux, holomorphic=holomorphic)
