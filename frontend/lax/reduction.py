"""Reductions, cumulative operations, sorting and contractions of `pullback.lax`."""

from __future__ import annotations

from typing import Any

import numpy as np

from pullback.dialects import types as T
from pullback.dialects.spec import TABLE

from .. import dtypes
from ..array import Array
from ..locations import located
from ..trace import bind
from .examples import example
from .util import as_operand, canonical_axes, canonical_axis, cast


def _reduction(name: str, text: str) -> Any:
    spec = TABLE[f"pb.{name}"]

    def f(operand: Any, axes: Any) -> Array:
        x = as_operand(operand, name)
        return bind(spec, (x,), {"axes": canonical_axes(axes, x.ndim)}, x.weak_type)

    f.__name__ = f.__qualname__ = name
    f.__doc__ = f"""{text} over the given axes, which the result does not have.

    Args:
      operand: array; element types: {", ".join(spec.dtypes)}.
      axes: ints.

    Raises:
      ValueError: an axis is out of bounds or given twice.

    Reference: StableHLO specification, reduce.{example(name)}
    """
    return f


reduce_sum = _reduction("reduce_sum", "Sum")
reduce_prod = _reduction("reduce_prod", "Product")
reduce_max = _reduction("reduce_max", "Maximum")
reduce_min = _reduction("reduce_min", "Minimum")
reduce_and = _reduction("reduce_and", "Bitwise and")
reduce_or = _reduction("reduce_or", "Bitwise or")
reduce_xor = _reduction("reduce_xor", "Bitwise exclusive or")


def _arg(name: str, text: str) -> Any:
    spec = TABLE[f"pb.{name}"]

    def f(operand: Any, axis: int, index_dtype: Any = np.int32) -> Array:
        x = as_operand(operand, name)
        axis = canonical_axis(axis, x.ndim)
        attrs = {"axis": axis, "dtype": T.from_np(dtypes.requested_dtype(index_dtype, name, "index_dtype"))}
        if x.shape[axis] == 0:
            raise ValueError(located(f"attempt to get {name} of an empty sequence"))
        return bind(spec, (x,), attrs)

    f.__name__ = f.__qualname__ = name
    f.__doc__ = f"""Index of the first {text} along an axis; a NaN counts as the {text}.

    Args:
      operand: array of real numbers or booleans.
      axis: int; the result does not have this axis.
      index_dtype: integer dtype of the result.

    Raises:
      ValueError: the axis is out of bounds or has size 0.

    Reference: JAX documentation, jax.lax.{name}.{example(name)}
    """
    return f


argmax = _arg("argmax", "maximum")
argmin = _arg("argmin", "minimum")


def _cumulative(name: str, text: str) -> Any:
    spec = TABLE[f"pb.{name}"]

    def f(operand: Any, axis: int = 0, reverse: bool = False) -> Array:
        x = as_operand(operand, name)
        attrs = {"axis": canonical_axis(axis, x.ndim), "reverse": bool(reverse)}
        return bind(spec, (x,), attrs, x.weak_type)

    f.__name__ = f.__qualname__ = name
    f.__doc__ = f"""Cumulative {text} along an axis, from its end if `reverse`.

    Args:
      operand: array; element types: {", ".join(spec.dtypes)}.
      axis: int.
      reverse: begin at the end of the axis.

    Returns:
      Array of the shape and dtype of `operand`.

    Raises:
      ValueError: the axis is out of bounds.

    Reference: JAX documentation, jax.lax.{name}.{example(name)}
    """
    return f


cumsum = _cumulative("cumsum", "sum")
cumprod = _cumulative("cumprod", "product")
cummax = _cumulative("cummax", "maximum")
cummin = _cumulative("cummin", "minimum")
cumlogsumexp = _cumulative("cumlogsumexp", "logarithm of the sum of exponentials")


def sort(operand: Any, dimension: int = -1, is_stable: bool = True, num_keys: int = 1) -> Any:
    """Sorts along a dimension; NaNs come last.

    Args:
      operand: array, or a tuple of arrays of one shape, all permuted as the first `num_keys` of them are sorted.
      dimension: axis.
      is_stable: equal elements keep their order (they always do).
      num_keys: how many of the operands are compared, the first one first.

    Returns:
      The sorted array, or a tuple of arrays.

    Raises:
      ValueError: `num_keys` is not between 1 and the number of operands.

    Reference: StableHLO specification, sort.

    >>> from pullback import lax, numpy as pnp
    >>> lax.sort(pnp.array([3, 1, 2]))
    Array([1, 2, 3], dtype=int32)
    >>> lax.sort((pnp.array([3, 1, 2]), pnp.array([10, 20, 30])))
    (Array([1, 2, 3], dtype=int32), Array([20, 30, 10], dtype=int32))
    """
    single = not isinstance(operand, (tuple, list))
    xs = [as_operand(x, "sort", i) for i, x in enumerate((operand,) if single else operand)]
    if not xs:
        raise ValueError("lax.sort requires at least one operand")
    if not 1 <= num_keys <= len(xs):
        raise ValueError(located(f"lax.sort: num_keys={num_keys} must be between 1 and the number of operands, {len(xs)}"))
    out = bind(TABLE["pb.sort"], xs, {"axis": canonical_axis(dimension, xs[0].ndim, "dimension"), "num_keys": int(num_keys)})
    outs = out if isinstance(out, tuple) else (out,)
    return outs[0] if single else outs


def sort_key_val(keys: Any, values: Any, dimension: int = -1, is_stable: bool = True) -> tuple[Array, Array]:
    """Sorts `keys` along a dimension and permutes `values` alike.

    Args:
      keys, values: arrays of one shape.
      dimension: int.
      is_stable: has no effect: the sort is stable.

    Reference: JAX documentation, jax.lax.sort_key_val.

    >>> from pullback import lax, numpy as pnp
    >>> lax.sort_key_val(pnp.array([3, 1, 2]), pnp.array([10, 20, 30]))
    (Array([1, 2, 3], dtype=int32), Array([20, 30, 10], dtype=int32))
    """
    return sort((keys, values), dimension, is_stable, 1)


def top_k(operand: Any, k: int, *, axis: int = -1) -> tuple[Array, Array]:
    """The `k` largest values along an axis, largest first, and their indices (int32).

    Args:
      operand: array of real numbers.
      k: Python int.
      axis: int.

    Raises:
      ValueError: `k` is negative or above the size of the axis.

    Reference: JAX documentation, jax.lax.top_k.

    >>> from pullback import lax, numpy as pnp
    >>> lax.top_k(pnp.array([3, 1, 4, 1, 5]), 2)
    (Array([5, 4], dtype=int32), Array([4, 2], dtype=int32))
    """
    from .elementwise import bitwise_not, neg
    from .shape import broadcasted_iota, slice_in_dim

    x = as_operand(operand, "top_k")
    axis = canonical_axis(axis, x.ndim)
    if not 0 <= k <= x.shape[axis]:
        raise ValueError(located(f"lax.top_k: k={k} must be between 0 and the size of axis {axis}, {x.shape[axis]}"))
    index = broadcasted_iota(np.int32, x.shape, axis)
    # an order-reversing map of each dtype onto itself, so that the stable ascending sort puts the largest first
    flip = neg if dtypes.is_inexact(x.dtype) else bitwise_not
    key, order = sort((flip(x), index), axis)
    return flip(slice_in_dim(key, 0, k, axis=axis)), slice_in_dim(order, 0, k, axis=axis)


def dot_general(lhs: Any, rhs: Any, dimension_numbers: Any, precision: Any = None, preferred_element_type: Any = None) -> Array:
    """Sum of products over contracting dimensions, for each index of batch dimensions.

    Args:
      lhs, rhs: arrays of one dtype.
      dimension_numbers: ``((lhs_contracting, rhs_contracting), (lhs_batch, rhs_batch))``.
      precision: accepted for JAX's sake; products are computed in the precision of the dtype.
      preferred_element_type: dtype of the result and of the accumulation.

    Returns:
      Array with dimensions [batch, lhs free, rhs free].

    Reference: StableHLO specification, dot_general.

    >>> from pullback import lax, numpy as pnp
    >>> x, y = pnp.ones((5, 2, 3)), pnp.ones((5, 4, 3))
    >>> lax.dot_general(x, y, (((2,), (2,)), ((0,), (0,)))).shape
    (5, 2, 4)
    """
    x, y = as_operand(lhs, "dot_general"), as_operand(rhs, "dot_general", 1)
    (lc, rc), (lb, rb) = dimension_numbers
    if preferred_element_type is not None:
        wanted = dtypes.requested_dtype(preferred_element_type, "dot_general", "preferred_element_type")
        x, y = cast(x, wanted), cast(y, wanted)
    elif x.weak_type and not y.weak_type:
        x = cast(x, y.dtype)
    elif y.weak_type and not x.weak_type:
        y = cast(y, x.dtype)
    attrs = {
        "lhs_batch": canonical_axes(lb, x.ndim, "lhs_batch"),
        "rhs_batch": canonical_axes(rb, y.ndim, "rhs_batch"),
        "lhs_contract": canonical_axes(lc, x.ndim, "lhs_contracting"),
        "rhs_contract": canonical_axes(rc, y.ndim, "rhs_contracting"),
    }
    return bind(TABLE["pb.dot_general"], (x, y), attrs, x.weak_type and y.weak_type)


def dot(lhs: Any, rhs: Any, precision: Any = None, preferred_element_type: Any = None, *, dimension_numbers: Any = None) -> Array:
    """Product of vectors or matrices: contracts the last dimension of `lhs` with the first of `rhs`.

    With `dimension_numbers` it is `dot_general`.

    Args:
      lhs: array of 1 or 2 dimensions.
      rhs: array of 1 or 2 dimensions, of the dtype of `lhs`.
      precision, preferred_element_type, dimension_numbers: as in `dot_general`.

    Raises:
      TypeError: shapes do not fit.

    Reference: JAX documentation, jax.lax.dot.

    >>> from pullback import lax, numpy as pnp
    >>> lax.dot(pnp.array([[1.0, 2.0], [3.0, 4.0]]), pnp.array([1.0, 1.0]))
    Array([3., 7.], dtype=float32)
    """
    x, y = as_operand(lhs, "dot"), as_operand(rhs, "dot", 1)
    if dimension_numbers is not None:
        return dot_general(x, y, dimension_numbers, precision, preferred_element_type)
    if not (1 <= x.ndim <= 2 and 1 <= y.ndim <= 2 and x.shape[-1] == y.shape[0]):
        raise TypeError(located(f"Incompatible shapes for dot: got {x.shape} and {y.shape}."))
    return dot_general(x, y, (((x.ndim - 1,), (0,)), ((), ())), precision, preferred_element_type)


def batch_matmul(lhs: Any, rhs: Any, precision: Any = None) -> Array:
    """Matrix product over the last two dimensions, for each index of the leading ones.

    Args:
      lhs: array of shape [..., n, k].
      rhs: array of shape [..., k, m], of the dtype and the leading dimensions of `lhs`.
      precision: as in `dot_general`.

    Raises:
      ValueError: the arrays have fewer than 2 dimensions, or not equally many.

    Reference: JAX documentation, jax.lax.batch_matmul.

    >>> from pullback import lax, numpy as pnp
    >>> lax.batch_matmul(pnp.ones((5, 2, 3)), pnp.ones((5, 3, 4))).shape
    (5, 2, 4)
    """
    x, y = as_operand(lhs, "batch_matmul"), as_operand(rhs, "batch_matmul", 1)
    if x.ndim < 2 or x.ndim != y.ndim:
        raise ValueError(located(f"Arguments to batch_matmul must be at least 2D and of one rank, got {x.ndim} and {y.ndim}"))
    batch = tuple(range(x.ndim - 2))
    return dot_general(x, y, (((x.ndim - 1,), (y.ndim - 2,)), (batch, batch)), precision)


def optimization_barrier(operand: Any) -> Any:
    """The identity on a pytree; no optimisation moves or merges anything across it.

    Args:
      operand: pytree of arrays.

    Reference: StableHLO specification, optimization_barrier.

    >>> from pullback import lax, numpy as pnp
    >>> lax.optimization_barrier((pnp.array(1.0), pnp.array(2)))
    (Array(1., dtype=float32), Array(2, dtype=int32))
    """
    from ..tree_util import tree_flatten, tree_unflatten

    leaves, treedef = tree_flatten(operand)
    if not leaves:
        return operand
    arrays = [as_operand(x, "optimization_barrier", i) for i, x in enumerate(leaves)]
    out = bind(TABLE["pb.optimization_barrier"], arrays, {})
    return tree_unflatten(treedef, out if isinstance(out, tuple) else (out,))
