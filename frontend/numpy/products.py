"""Products of vectors, matrices and tensors. All are contractions: `contract` brings them to one dot_general each."""

from __future__ import annotations

import operator
from collections.abc import Hashable, Sequence
from typing import Any

import numpy as np

from .. import dtypes, lax
from ..array import Array, ConcreteArray
from ..trace import _state
from .elementwise import DIRECT_INEXACT
from .emit import quiet, wrap
from .util import ArgumentError, arrays_of, canonical_axes, canonical_axis, cast, common_shape, promote_dtypes

__all__ = ["cross", "dot", "inner", "kron", "matmul", "matvec", "outer", "tensordot", "vdot", "vecdot", "vecmat"]

Labels = Sequence[Hashable]


# Contraction of two labelled arrays --------------------------------------------------------------------------------------
def contract(x: Array, x_labels: Labels, y: Array, y_labels: Labels, out: Labels, preferred: Any = None) -> Array:
    """Sum over the labels that are not in `out` of the product of `x` and `y`; dimensions with one label have one size.

    A label occurs at most once in each array; those in one array only and not in `out` are summed over first.
    """
    x, xl = sum_labels(x, x_labels, {*y_labels, *out})
    y, yl = sum_labels(y, y_labels, {*x_labels, *out})
    wanted = set(out)
    shared = [a for a in xl if a in yl]
    batch = [a for a in out if a in shared]
    contracted = [a for a in shared if a not in wanted]
    x_free = [a for a in xl if a not in shared]
    y_free = [a for a in yl if a not in shared]
    if [a for a in out if a not in batch] == y_free + x_free and x_free:  # saves a transposition of the result
        x, y, xl, yl, x_free, y_free = y, x, yl, xl, y_free, x_free
    numbers = tuple(([xl.index(a) for a in group], [yl.index(a) for a in group]) for group in (contracted, batch))
    result = lax.dot_general(x, y, numbers, preferred_element_type=preferred)
    order = batch + x_free + y_free
    return lax.transpose(result, [order.index(a) for a in out])


def sum_labels(x: Array, labels: Labels, keep: set[Hashable]) -> tuple[Array, list[Hashable]]:
    """Sums over the dimensions whose labels are not in `keep`."""
    axes = [i for i, a in enumerate(labels) if a not in keep]
    if not axes:
        return x, list(labels)
    total = lax.reduce_or(x, axes) if x.dtype == np.bool_ else lax.reduce_sum(x, axes)
    return total, [a for a in labels if a in keep]


def promoted(fname: str, *xs: Any, preferred: Any = None) -> list[Array]:
    """Checked operands of one dtype: the promoted one, or the preferred one."""
    arrays = promote_dtypes(*arrays_of(fname, *xs))
    if preferred is not None:
        wanted = dtypes.requested_dtype(preferred, fname, "preferred_element_type")
        arrays = [cast(x, wanted) for x in arrays]
    return arrays


def _direct(x: Any, y: Any, preferred: Any) -> bool:
    """Whether NumPy's own product is right: two concrete arrays of a dtype that NumPy accumulates in."""
    return (
        _state.frame is None
        and preferred is None
        and type(x) is ConcreteArray
        and type(y) is ConcreteArray
        and x.aval.dtype == y.aval.dtype
        and x.aval.dtype in DIRECT_INEXACT
    )


def _apply_direct(f: Any, x: Any, y: Any) -> Array:
    return wrap(quiet.run(f, x.host, y.host), x.weak_type and y.weak_type)


# Matrix products ---------------------------------------------------------------------------------------------------------
def matmul(a: Any, b: Any, *, precision: Any = None, preferred_element_type: Any = None) -> Array:
    """Matrix product over the last two dimensions; leading dimensions are broadcast, vectors are rows or columns.

    Args:
      a, b: arrays of at least one dimension; they are promoted to one dtype.
      precision: accepted for JAX's sake; products are computed in the precision of the dtype.
      preferred_element_type: dtype of the result and of the accumulation.

    Raises:
      ValueError: a scalar, or shapes that do not fit.

    Reference: NumPy, numpy.matmul.

    >>> import pullback.numpy as pnp
    >>> print(pnp.matmul(pnp.array([[1.0, 2.0], [3.0, 4.0]]), pnp.array([1.0, 1.0])))
    [3. 7.]
    """
    if _direct(a, b, preferred_element_type):
        try:
            return _apply_direct(np.matmul, a, b)
        except ValueError:
            pass  # the general way says what does not fit
    x, y = promoted("matmul", a, b, preferred=preferred_element_type)
    for i, v in enumerate((x, y)):
        if v.ndim == 0:
            raise ValueError(
                f"matmul: input operand {i} must have ndim at least 1, but it has ndim 0; shapes {x.shape} and {y.shape}"
            )
    inner_y = y.shape[-2] if y.ndim > 1 else y.shape[0]
    if x.shape[-1] != inner_y:
        raise TypeError(
            f"matmul got incompatible shapes for contraction: {x.shape} and {y.shape}: sizes {x.shape[-1]} and {inner_y} differ."
        )
    x_batch, y_batch = _batch_labels("matmul", x.shape[:-2], y.shape[:-2], (x.shape, y.shape))
    x_labels = x_batch + ["m"] * (x.ndim > 1) + ["k"]
    y_labels = y_batch + ["k"] + ["n"] * (y.ndim > 1)
    out = _merge(x_batch, y_batch) + ["m"] * (x.ndim > 1) + ["n"] * (y.ndim > 1)
    return _broadcast_contract(x, x_labels, y, y_labels, out)


def _batch_labels(fname: str, x: Sequence[Any], y: Sequence[Any], shapes: Any) -> tuple[list[Any], list[Any]]:
    """Labels of leading dimensions that broadcast: dimensions count from the last one."""
    for i in range(1, min(len(x), len(y)) + 1):
        if x[-i] != y[-i] and x[-i] != 1 and y[-i] != 1:
            raise ValueError(
                f"{fname}: batch dimensions of shapes {shapes[0]} and {shapes[1]} do not broadcast: sizes {x[-i]} and {y[-i]}"
            )
    return [len(x) - i for i in range(len(x))], [len(y) - i for i in range(len(y))]


def _merge(x: list[Any], y: list[Any]) -> list[Any]:
    return x if len(x) >= len(y) else y


def _broadcast_contract(
    x: Array, x_labels: list[Any], y: Array, y_labels: list[Any], out: list[Any], preferred: Any = None
) -> Array:
    """`contract` where dimensions of size 1 stretch to the size that the other array has there."""
    x, xl = _drop_ones(x, x_labels, dict(zip(y_labels, y.shape)))
    y, yl = _drop_ones(y, y_labels, dict(zip(xl, x.shape)))
    return contract(x, xl, y, yl, out, preferred)


def _drop_ones(x: Array, labels: list[Any], other: dict[Any, Any]) -> tuple[Array, list[Any]]:
    axes = [i for i, a in enumerate(labels) if x.shape[i] == 1 and other.get(a, 1) != 1]
    if not axes:
        return x, labels
    return lax.squeeze(x, axes), [a for i, a in enumerate(labels) if i not in axes]


def vecdot(x1: Any, x2: Any, /, *, axis: int = -1, precision: Any = None, preferred_element_type: Any = None) -> Array:
    """Dot products of vectors along an axis, the first ones conjugated; the other dimensions are broadcast.

    Args:
      x1, x2: arrays of at least one dimension.
      axis: the axis of the vectors.
      precision, preferred_element_type: as for `matmul`.

    Raises:
      ValueError: shapes that do not fit.

    Reference: NumPy, numpy.vecdot.

    >>> import pullback.numpy as pnp
    >>> pnp.vecdot(pnp.array([[1, 2], [3, 4]]), pnp.array([1, 1]))
    Array([3, 7], dtype=int32)
    """
    x, y = promoted("vecdot", x1, x2, preferred=preferred_element_type)
    _at_least("vecdot", (x, y), (1, 1))
    i, j = canonical_axis(axis, x.ndim), canonical_axis(axis, y.ndim)
    x, y = _axis_last(_conjugate(x), i), _axis_last(y, j)
    _same_size("vecdot", x.shape[-1], y.shape[-1], x.shape, y.shape)
    x_batch, y_batch = _batch_labels("vecdot", x.shape[:-1], y.shape[:-1], (x.shape, y.shape))
    return _broadcast_contract(x, [*x_batch, "k"], y, [*y_batch, "k"], _merge(x_batch, y_batch))


def matvec(x1: Any, x2: Any, /) -> Array:
    """Products of matrices and vectors; leading dimensions are broadcast.

    Args:
      x1: array of shape [..., m, n].
      x2: array of shape [..., n].

    Reference: NumPy, numpy.matvec.

    >>> import pullback.numpy as pnp
    >>> pnp.matvec(pnp.ones((5, 2, 3)), pnp.ones(3)).shape
    (5, 2)
    """
    x, y = promoted("matvec", x1, x2)
    _at_least("matvec", (x, y), (2, 1))
    _same_size("matvec", x.shape[-1], y.shape[-1], x.shape, y.shape)
    x_batch, y_batch = _batch_labels("matvec", x.shape[:-2], y.shape[:-1], (x.shape, y.shape))
    return _broadcast_contract(x, [*x_batch, "m", "k"], y, [*y_batch, "k"], [*_merge(x_batch, y_batch), "m"])


def vecmat(x1: Any, x2: Any, /) -> Array:
    """Products of conjugated vectors and matrices; leading dimensions are broadcast.

    Args:
      x1: array of shape [..., n].
      x2: array of shape [..., n, m].

    Reference: NumPy, numpy.vecmat.

    >>> import pullback.numpy as pnp
    >>> pnp.vecmat(pnp.ones(2), pnp.ones((5, 2, 3))).shape
    (5, 3)
    """
    x, y = promoted("vecmat", x1, x2)
    _at_least("vecmat", (x, y), (1, 2))
    _same_size("vecmat", x.shape[-1], y.shape[-2], x.shape, y.shape)
    x_batch, y_batch = _batch_labels("vecmat", x.shape[:-1], y.shape[:-2], (x.shape, y.shape))
    return _broadcast_contract(_conjugate(x), [*x_batch, "k"], y, [*y_batch, "k", "m"], [*_merge(x_batch, y_batch), "m"])


def _conjugate(x: Array) -> Array:
    return lax.conj(x) if x.dtype.kind == "c" else x


def _axis_last(x: Array, axis: int) -> Array:
    return lax.transpose(x, [i for i in range(x.ndim) if i != axis] + [axis])


def _at_least(fname: str, xs: Sequence[Array], ndims: Sequence[int]) -> None:
    for i, (x, n) in enumerate(zip(xs, ndims)):
        if x.ndim < n:
            raise ValueError(f"{fname}: input operand {i} must have ndim at least {n}, but it has shape {x.shape}")


def _same_size(fname: str, m: Any, n: Any, x_shape: Any, y_shape: Any) -> None:
    if m != n:
        raise ArgumentError(f"{fname} got incompatible shapes for contraction: {x_shape} and {y_shape}: sizes {m} and {n} differ.")


# Tensor products ---------------------------------------------------------------------------------------------------------
def dot(a: Any, b: Any, *, precision: Any = None, preferred_element_type: Any = None) -> Array:
    """Product of two arrays: contracts the last dimension of `a` with the last but one of `b` (or its only one).

    Args:
      a, b: arrays or scalars; they are promoted to one dtype.
      precision, preferred_element_type: as for `matmul`.

    Raises:
      TypeError: sizes of the contracted dimensions differ.

    Reference: NumPy, numpy.dot.

    >>> import pullback.numpy as pnp
    >>> pnp.dot(pnp.array([[1, 2], [3, 4]]), pnp.array([1, 1]))
    Array([3, 7], dtype=int32)
    """
    if _direct(a, b, preferred_element_type):
        try:
            return _apply_direct(np.dot, a, b)
        except ValueError:
            pass  # the general way says what does not fit
    x, y = promoted("dot", a, b, preferred=preferred_element_type)
    if x.ndim == 0 or y.ndim == 0:
        return lax.dot_general(x, y, (((), ()), ((), ())))
    axis = y.ndim - 2 if y.ndim > 1 else 0
    _same_size("dot", x.shape[-1], y.shape[axis], x.shape, y.shape)
    return lax.dot_general(x, y, (((x.ndim - 1,), (axis,)), ((), ())))


def vdot(a: Any, b: Any, *, precision: Any = None, preferred_element_type: Any = None) -> Array:
    """Dot product of two arrays, flattened; the first is conjugated.

    Args:
      a, b: arrays of one size.
      precision, preferred_element_type: as for `matmul`.

    Reference: NumPy, numpy.vdot.

    >>> import pullback.numpy as pnp
    >>> pnp.vdot(pnp.array([1.0j, 2.0]), pnp.array([1.0j, 3.0]))
    Array(7.+0.j, dtype=complex64)
    """
    x, y = arrays_of("vdot", a, b)
    _same_size("vdot", x.size, y.size, x.shape, y.shape)
    return dot(_conjugate(lax.reshape(x, (x.size,))), lax.reshape(y, (y.size,)), preferred_element_type=preferred_element_type)


def inner(a: Any, b: Any, *, precision: Any = None, preferred_element_type: Any = None) -> Array:
    """Product of two arrays that contracts the last dimension of each.

    Args:
      a, b: arrays, or scalars, which multiply.
      precision, preferred_element_type: as for `matmul`.

    Reference: NumPy, numpy.inner.

    >>> import pullback.numpy as pnp
    >>> pnp.inner(pnp.array([1, 2]), pnp.array([3, 4]))
    Array(11, dtype=int32)
    """
    x, y = promoted("inner", a, b, preferred=preferred_element_type)
    if x.ndim == 0 or y.ndim == 0:
        return lax.dot_general(x, y, (((), ()), ((), ())))
    _same_size("inner", x.shape[-1], y.shape[-1], x.shape, y.shape)
    return lax.dot_general(x, y, (((x.ndim - 1,), (y.ndim - 1,)), ((), ())))


def outer(a: Any, b: Any, out: None = None) -> Array:
    """Matrix of the products of each element of `a` with each of `b`, both flattened.

    Args:
      a, b: arrays or scalars.
      out: must be None.

    Reference: NumPy, numpy.outer.

    >>> import pullback.numpy as pnp
    >>> pnp.outer(pnp.array([1, 2]), pnp.array([10, 20]))
    Array([[10, 20],
           [20, 40]], dtype=int32)
    """
    if out is not None:
        raise NotImplementedError("The 'out' argument to outer is not supported: arrays are immutable.")
    x, y = promoted("outer", a, b)
    from . import multiply

    return multiply(lax.reshape(x, (x.size, 1)), lax.reshape(y, (1, y.size)))


def tensordot(a: Any, b: Any, axes: Any = 2, *, precision: Any = None, preferred_element_type: Any = None) -> Array:
    """Product of two arrays that contracts given axes.

    Args:
      a, b: arrays.
      axes: a number N (the last N of `a` with the first N of `b`), or two sequences of axes, which are contracted pairwise.
      precision, preferred_element_type: as for `matmul`.

    Raises:
      TypeError: sizes of contracted axes differ, or the axes do not pair.

    Reference: NumPy, numpy.tensordot.

    >>> import pullback.numpy as pnp
    >>> pnp.tensordot(pnp.ones((2, 3, 4)), pnp.ones((3, 4, 5))).shape
    (2, 5)
    """
    x, y = promoted("tensordot", a, b, preferred=preferred_element_type)
    if isinstance(axes, (tuple, list)):
        if len(axes) != 2:
            raise ValueError(f"tensordot: axes must be an integer or a pair of axes or of sequences of axes, got {axes!r}")
        first, second = (tuple(v) if isinstance(v, (tuple, list)) else (v,) for v in axes)
        if len(first) != len(second):
            raise TypeError(f"tensordot requires axes lists to have equal length, got {axes[0]} and {axes[1]}")
        x_axes, y_axes = canonical_axes(first, x.ndim), canonical_axes(second, y.ndim)
    else:
        n = operator.index(axes)
        if n < 0 or n > min(x.ndim, y.ndim):
            raise TypeError(
                f"tensordot: axes={n} must be between 0 and the numbers of dimensions of the arguments, {x.ndim} and {y.ndim}"
            )
        x_axes, y_axes = tuple(range(x.ndim - n, x.ndim)), tuple(range(n))
    for i, j in zip(x_axes, y_axes):
        if x.shape[i] != y.shape[j]:
            raise TypeError(f"tensordot: axis {i} of shape {x.shape} and axis {j} of shape {y.shape} have different sizes")
    return lax.dot_general(x, y, ((x_axes, y_axes), ((), ())))


def kron(a: Any, b: Any) -> Array:
    """Kronecker product: blocks of `b`, scaled by the elements of `a`.

    Args:
      a, b: arrays; the shape of the one with fewer dimensions gets ones in front.

    Reference: NumPy, numpy.kron.

    >>> import pullback.numpy as pnp
    >>> pnp.kron(pnp.array([1, 10]), pnp.array([1, 2]))
    Array([ 1,  2, 10, 20], dtype=int32)
    """
    from . import multiply

    x, y = promoted("kron", a, b)
    n = max(x.ndim, y.ndim)
    xs, ys = (1,) * (n - x.ndim) + x.shape, (1,) * (n - y.ndim) + y.shape
    x = lax.reshape(x, [d for s in xs for d in (s, 1)])
    y = lax.reshape(y, [d for s in ys for d in (1, s)])
    return lax.reshape(multiply(x, y), [p * q for p, q in zip(xs, ys)])


def cross(a: Any, b: Any, axisa: int = -1, axisb: int = -1, axisc: int = -1, axis: int | None = None) -> Array:
    """Cross product of vectors of 2 or 3 components.

    Args:
      a, b: arrays; the dimensions beside the vectors' axes are broadcast.
      axisa, axisb: axes of the vectors.
      axisc: axis of the vectors in the result (two vectors of 2 components give a scalar).
      axis: sets all three.

    Raises:
      ValueError: vectors that have neither 2 nor 3 components.

    Reference: NumPy, numpy.cross.

    >>> import pullback.numpy as pnp
    >>> pnp.cross(pnp.array([1.0, 0.0, 0.0]), pnp.array([0.0, 1.0, 0.0]))
    Array([0., 0., 1.], dtype=float32)
    """
    from . import multiply, subtract
    from .joining import stack
    from .manipulation import moveaxis

    if axis is not None:
        axisa = axisb = axisc = axis
    x, y = promoted("cross", a, b)
    if x.ndim == 0 or y.ndim == 0:
        raise ValueError(f"cross: both arguments must be vectors, got shapes {x.shape} and {y.shape}")
    x, y = moveaxis(x, axisa, -1), moveaxis(y, axisb, -1)
    common_shape("cross", x.shape[:-1], y.shape[:-1])
    if x.shape[-1] not in (2, 3) or y.shape[-1] not in (2, 3):
        raise ValueError(f"cross: incompatible vector sizes, must be 2 or 3, got shapes {x.shape} and {y.shape} (vectors last)")

    def component(v: Array, i: int) -> Array | None:
        return lax.index_in_dim(v, i, -1, keepdims=False) if i < v.shape[-1] else None

    def difference(i: int, j: int) -> Any:
        """``x[i] y[j] - x[j] y[i]``; a component that is not there is zero."""
        p, q, r, s = component(x, i), component(y, j), component(x, j), component(y, i)
        first = multiply(p, q) if p is not None and q is not None else None
        second = multiply(r, s) if r is not None and s is not None else None
        if second is None:
            return first
        return lax.neg(second) if first is None else subtract(first, second)

    if x.shape[-1] == 2 and y.shape[-1] == 2:
        return difference(0, 1)
    return moveaxis(stack([difference(1, 2), difference(2, 0), difference(0, 1)], axis=-1), -1, axisc)
