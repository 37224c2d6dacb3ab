"""Reductions with any function, over dimensions (`reduce`) and over windows (`reduce_window`).

Sums, products, extrema and logical reductions are recognised, however they are written, and become operations of their own. Any
other associative function is applied to whole arrays at a time, along a tree: n elements take about log2(n) calls. Elements are
combined in order, so that the function need not be commutative.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from pullback.dialects.reduction import identity
from pullback.dialects.spec import TABLE
from pullback.dialects.window_geometry import window_attrs

from .. import dtypes
from ..api_util import flatten_output
from ..array import Array, ConcreteArray
from ..batching import vmap
from ..locations import located
from ..trace import Tracer, bind, bind_named, trace
from ..tree_util import tree_flatten, tree_unflatten
from .util import as_operand, broadcast_scalar, canonical_axes, cast
from .window_shapes import dilated_shape, pad_pairs, padtype_to_pads, reduce_window_shape_tuple, shapelike

#: What a function of one operation reduces to.
_MONOIDS = {
    "pb.add": "sum",
    "pb.mul": "prod",
    "pb.max": "max",
    "pb.min": "min",
    "pb.and": "and",
    "pb.or": "or",
    "pb.xor": "xor",
}

Leaves = list[Array]


class Operands(NamedTuple):
    """Arrays of one shape that are reduced together, with an initial value of the same dtype for each."""

    leaves: Leaves
    inits: Leaves
    treedef: Any
    weak: bool


def _operands(api: str, operands: Any, init_values: Any) -> Operands:
    leaves, treedef = tree_flatten(operands)
    flat_inits, init_tree = tree_flatten(init_values)
    if treedef != init_tree:
        raise ValueError(located(f"Operands must have the same tree structure as init_values: {treedef} vs. {init_tree}"))
    if not leaves:
        raise ValueError(located(f"{api} must have at least one operand."))
    arrays = [as_operand(x, api, i) for i, x in enumerate(leaves)]
    inits = [as_operand(x, api, len(arrays) + i) for i, x in enumerate(flat_inits)]
    if any(v.shape != () for v in inits):
        raise TypeError(
            located(f"{api} expected init_values to be scalars but init_values have shapes {[v.shape for v in inits]}.")
        )
    if any(x.shape != arrays[0].shape for x in arrays):
        raise ValueError(located(f"{api} expected operands of one shape, got shapes {[x.shape for x in arrays]}."))
    weak = all(x.weak_type for x in arrays) and all(v.weak_type for v in inits)
    inits = [_init_like(api, v, x) for v, x in zip(inits, arrays)]
    return Operands(arrays, inits, treedef, weak)


def _init_like(api: str, init: Array, x: Array) -> Array:
    """An initial value in the dtype of its operand: it has that dtype, is a Python number that fits it, or an infinity that stands
    for the end of an integer dtype's range."""
    if init.dtype == x.dtype:
        return init
    if init.weak_type and dtypes.promote((init.dtype, True), (x.dtype, x.weak_type))[0] == x.dtype:
        return cast(init, x.dtype)
    if isinstance(init, ConcreteArray) and np.dtype(init.dtype).kind == "f" and not dtypes.is_inexact(x.dtype):
        value = float(init.host)
        if math.isinf(value):
            return as_operand(identity("max" if value < 0 else "min", x.aval.dtype), api)
    if x.weak_type and dtypes.promote((init.dtype, False), (x.dtype, True))[0] == init.dtype:
        raise TypeError(_dtype_text(api, x, init) + " Give the operand the dtype of the initial value with astype.")
    raise TypeError(_dtype_text(api, x, init))


def _dtype_text(api: str, x: Array, init: Array) -> str:
    return located(
        f"{api} got inconsistent dtypes for operands and init_values: got operand dtype {x.dtype} and init_value dtype "
        f"{init.dtype}."
    )


# Functions of two elements -------------------------------------------------------------------------------------------------
class Combine(NamedTuple):
    """A function of two pytrees of scalars. `kind` names it if it is a known operation; `rows` applies it to whole arrays."""

    kind: str
    rows: Callable[[Leaves, Leaves], Leaves]


def _combine(api: str, computation: Callable[..., Any], ops: Operands) -> Combine:
    """Traces the function on scalars, which finds out what it is and checks what it returns."""
    treedef, avals = ops.treedef, [v.aval for v in ops.inits]

    def call(tracers: list[Tracer]) -> tuple[list[Any], Any]:
        half = len(tracers) // 2
        out = computation(tree_unflatten(treedef, tracers[:half]), tree_unflatten(treedef, tracers[half:]))
        return flatten_output(out, computation, api)

    traced = trace(api, computation, [*avals, *avals], call)
    if traced.result != treedef:
        raise ValueError(
            located(f"{api} output must have the same tree structure as the operands, {treedef}, but has {traced.result}")
        )
    if [(a.shape, a.dtype) for a in traced.outs] != [(a.shape, a.dtype) for a in avals]:
        raise TypeError(
            located(
                f"{api}: the function must return scalars of the dtypes of the operands, {[str(x.dtype) for x in ops.inits]}, but "
                f"returned {[str(a) for a in traced.outs]}"
            )
        )
    func = traced.func
    if len(func.ops) == 1 and len(avals) == 1 and not traced.captures:
        op = func.ops[0]
        kind = _MONOIDS.get(op.spec.name, "")
        if kind and func.results == op.results and op.operands in (func.args, func.args[::-1]):
            return Combine(kind, lambda left, right: [bind(op.spec, (*left, *right), {})])

    def flat(*args: Any) -> Leaves:
        half = len(args) // 2
        out = computation(tree_unflatten(treedef, args[:half]), tree_unflatten(treedef, args[half:]))
        return [cast(as_operand(x, api), v.dtype) for x, v in zip(tree_flatten(out)[0], ops.inits)]

    mapped = vmap(flat)

    def rows(left: Leaves, right: Leaves) -> Leaves:
        shape = left[0].shape
        size = (math.prod(shape),)
        outs = mapped(*[bind_named("pb.reshape", x, shape=size) for x in (*left, *right)])
        return [bind_named("pb.reshape", x, shape=shape) for x in outs]

    return Combine("", rows)


def _every_other(x: Array, start: int, stop: int) -> Array:
    rest = (0,) * (x.ndim - 1)
    return bind_named(
        "pb.slice", x, start=(start, *rest), limit=(stop, *x.shape[1:]), strides=(2 if stop - start > 1 else 1, *(1,) * len(rest))
    )


def _fold(leaves: Leaves, combine: Combine) -> Leaves:
    """Combines the rows along the leading axis, which has a size of at least 1: neighbours first, then pairs of them..."""
    while (n := leaves[0].shape[0]) > 1:
        even = n - n % 2
        pairs = combine.rows(*([_every_other(x, start, even) for x in leaves] for start in (0, 1)))
        if n % 2:
            last = [_every_other(x, n - 1, n) for x in leaves]
            pairs = [bind_named("pb.concatenate", x, y, axis=0) for x, y in zip(pairs, last)]
        leaves = pairs
    return [bind_named("pb.reshape", x, shape=x.shape[1:]) for x in leaves]


def _with_init(leaves: Leaves, ops: Operands, combine: Combine) -> Leaves:
    return combine.rows([broadcast_scalar(v, x.shape) for v, x in zip(ops.inits, leaves)], leaves)


def _is_identity(kind: str, init: Array) -> bool:
    """Whether the initial value is known, and changes nothing."""
    if not isinstance(init, ConcreteArray):
        return False
    return bool(np.array_equal(init.host, identity(kind, init.aval.dtype)))


def _result(leaves: Leaves, ops: Operands) -> Any:
    return tree_unflatten(ops.treedef, leaves)


# Reductions ----------------------------------------------------------------------------------------------------------------
def reduce(
    operands: Any, init_values: Any, computation: Callable[[Any, Any], Any], dimensions: Sequence[int], out_sharding: None = None
) -> Any:
    """Reduction of one array, or of several at once, with any associative function.

    Args:
      operands: array or pytree of arrays of one shape.
      init_values: scalar or pytree of scalars, of the structure and the dtypes of `operands`. It is combined once with what the
        elements give, and is the result where there are none.
      computation: function of two scalars (two pytrees of them) that returns one; it must be associative, and may be
        differentiated. Functions of one operation (add, mul, max, min, bitwise ones) become the reductions of that name.
      dimensions: the dimensions to reduce.
      out_sharding: only None.

    Returns:
      A pytree like `operands` of arrays without the reduced dimensions.

    Raises:
      ValueError: structures or shapes differ, or a dimension is out of bounds.
      TypeError: dtypes differ, or the function returns other dtypes or shapes than it gets.

    Reference: StableHLO specification, reduce; JAX documentation, jax.lax.reduce.

    >>> from pullback import lax, numpy as pnp
    >>> x = pnp.array([[1.0, 2.0], [3.0, 4.0]])
    >>> lax.reduce(x, 0.0, lax.add, (0,))
    Array([4., 6.], dtype=float32)
    >>> lax.reduce(x, 0.0, lambda a, b: pnp.hypot(a, b), (1,))
    Array([2.236068, 5.      ], dtype=float32)

    The largest element and where it is:

    >>> def larger(a, b):
    ...     first = a[0] >= b[0]
    ...     return pnp.where(first, a[0], b[0]), pnp.where(first, a[1], b[1])
    >>> lax.reduce((pnp.array([3.0, 7.0, 5.0]), pnp.arange(3)), (-pnp.inf, 0), larger, (0,))
    (Array(7., dtype=float32), Array(1, dtype=int32))
    """
    if out_sharding is not None:
        raise NotImplementedError(located("lax.reduce: out_sharding must be None; arrays are not sharded."))
    ops = _operands("reduce", operands, init_values)
    axes = canonical_axes(dimensions, ops.leaves[0].ndim, "dimensions")
    if not axes:
        return _result(ops.leaves, ops)
    combine = _combine("reduce", computation, ops)
    spec = TABLE.get(f"pb.reduce_{combine.kind}")
    if spec is not None and ops.leaves[0].aval.dtype in spec.dtypes:
        out = [bind(spec, (ops.leaves[0],), {"axes": axes}, ops.weak)]
        return _result(out if _is_identity(combine.kind, ops.inits[0]) else _with_init(out, ops, combine), ops)
    leaves = [_rows_of(x, axes) for x in ops.leaves]
    if leaves[0].shape[0] == 0:
        return _result([broadcast_scalar(v, x.shape[1:]) for v, x in zip(ops.inits, leaves)], ops)
    return _result(_with_init(_fold(leaves, combine), ops, combine), ops)


def _rows_of(x: Array, axes: Sequence[int]) -> Array:
    """The array with `axes` as one, in front."""
    axes = sorted(axes)
    kept = [d for d in range(x.ndim) if d not in axes]
    moved = bind_named("pb.transpose", x, perm=(*axes, *kept)) if axes != list(range(len(axes))) else x
    shape = (math.prod(x.shape[d] for d in axes), *(x.shape[d] for d in kept))
    return bind_named("pb.reshape", moved, shape=shape)


# Windows -------------------------------------------------------------------------------------------------------------------
def reduce_window(
    operand: Any,
    init_value: Any,
    computation: Callable[[Any, Any], Any],
    window_dimensions: Sequence[int],
    window_strides: Sequence[int] | None = None,
    padding: str | Sequence[tuple[int, int]] = "VALID",
    base_dilation: Sequence[int] | None = None,
    window_dilation: Sequence[int] | None = None,
) -> Any:
    """Reduction over a window at each of its places, with any associative function.

    Args:
      operand: array or pytree of arrays of one shape.
      init_value: scalar or pytree of scalars, of the structure and the dtypes of `operand`, combined once with each window.
        Padding has this value too where the function is not a known one, so it should change nothing.
      computation: function of two scalars (two pytrees of them) that returns one; it must be associative, and may be
        differentiated. Sums and extrema are recognised.
      window_dimensions: sizes of the window, one for each dimension of the operand.
      window_strides: distance of one place of the window to the next; 1 by default.
      padding: "VALID", "SAME" or "SAME_LOWER" (see `padtype_to_pads`), or a pair (low, high) for each dimension.
      base_dilation: distance to which the operand's elements are moved apart, with initial values between.
      window_dilation: distance of the elements of the window.

    Returns:
      A pytree like `operand`; shapes are given by `reduce_window_shape_tuple`. Where several elements of a window attain a
      maximum or minimum, the first one gets the derivative.

    Raises:
      TypeError: the window does not fit the operand's dimensions, or dtypes differ.
      ValueError: structures or shapes differ.
      RuntimeError: unknown name of a padding.

    Reference: StableHLO specification, reduce_window; JAX documentation, jax.lax.reduce_window.

    Pooling of an image of 4 x 4 pixels:

    >>> from pullback import lax, numpy as pnp
    >>> x = pnp.arange(16.0).reshape(1, 4, 4, 1)  # batch, height, width, features
    >>> size = (1, 2, 2, 1)
    >>> lax.reduce_window(x, -pnp.inf, lax.max, size, size)[0, :, :, 0]
    Array([[ 5.,  7.],
           [13., 15.]], dtype=float32)
    >>> (lax.reduce_window(x, 0.0, lax.add, size, size) / 4)[0, :, :, 0]
    Array([[ 2.5,  4.5],
           [10.5, 12.5]], dtype=float32)

    Products of neighbours:

    >>> lax.reduce_window(pnp.array([1, 2, 3, 4]), 1, lax.mul, (2,))
    Array([ 2,  6, 12], dtype=int32)
    """
    ops = _operands("reduce_window", operand, init_value)
    shape = ops.leaves[0].shape
    window, attrs = _window("reduce_window", shape, window_dimensions, window_strides, padding, base_dilation, window_dilation)
    combine = _combine("reduce_window", computation, ops)
    spec = TABLE.get(f"pb.reduce_window_{combine.kind}")
    if spec is not None and ops.leaves[0].aval.dtype in spec.dtypes:
        out = [bind(spec, (ops.leaves[0],), attrs, ops.weak)]
        return _result(out if _is_identity(combine.kind, ops.inits[0]) else _with_init(out, ops, combine), ops)
    fills = ops.inits  # what changes nothing, as far as it is known
    if combine.kind:
        fills = [as_operand(identity(combine.kind, ops.inits[0].aval.dtype), "reduce_window")]
    leaves = [_pad_all(x, v, attrs) for x, v in zip(ops.leaves, fills)]
    if 0 in reduce_window_shape_tuple(shape, *window):
        return _result([broadcast_scalar(v, reduce_window_shape_tuple(shape, *window)) for v in ops.inits], ops)
    for axis in reversed(range(len(shape))):  # neighbours in a row come first
        leaves = _fold([_elements(x, attrs, axis) for x in leaves], combine)
    return _result(_with_init(leaves, ops, combine), ops)


def _window(
    api: str, shape: Any, window_dimensions: Any, window_strides: Any, padding: Any, base_dilation: Any, window_dilation: Any
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """The arguments of `reduce_window_shape_tuple` after the shape, and the attributes of the operations."""
    size = shapelike(window_dimensions, api, "window_dimensions")
    ones = (1,) * len(size)
    strides = ones if window_strides is None else shapelike(window_strides, api, "window_strides")
    base = ones if base_dilation is None else shapelike(base_dilation, api, "base_dilation")
    gaps = ones if window_dilation is None else shapelike(window_dilation, api, "window_dilation")
    if len(shape) != len(size):
        raise TypeError(
            located(
                f"{api} got the wrong number of window_dimensions for operand: got operand shape {shape} with window_dimensions "
                f"{size}."
            )
        )
    for name, value in (("window_strides", strides), ("base_dilation", base), ("window_dilation", gaps)):
        if len(value) != len(size):
            raise TypeError(
                located(f"{api} got inconsistent {name} and window_dimensions: got {name} {value} and window_dimensions {size}.")
            )
    if isinstance(padding, str):
        pads = padtype_to_pads(shape, dilated_shape(size, gaps), strides, padding)
    else:
        pads = pad_pairs(padding, api)
        if len(pads) != len(size):
            raise ValueError(located(f"{api}: padding must have one pair for each of {len(size)} dimensions, got {padding}"))
    for d, (n, (low, high)) in enumerate(zip(dilated_shape(shape, base), pads)):
        if low + high < 0 and n + low + high < 0:
            raise ValueError(located(f"{api}: padding {(low, high)} removes more than dimension {d} of shape {shape} has"))
    return (size, strides, pads, base, gaps), window_attrs(size, strides, pads, base, gaps)


def _pad_all(x: Array, fill: Array, attrs: dict[str, Any]) -> Array:
    """The operand, spread and padded."""
    interior = tuple(n - 1 for n in attrs["base_dilation"])
    if not any((*attrs["pad_low"], *attrs["pad_high"], *interior)):
        return x
    return bind_named("pb.pad", x, fill, low=attrs["pad_low"], high=attrs["pad_high"], interior=interior)


def _elements(x: Array, attrs: dict[str, Any], axis: int) -> Array:
    """The elements of a window along one dimension, in front; the dimension itself runs over the places of the window."""
    k, gap, stride = (attrs[name][axis] for name in ("window_dimensions", "window_dilation", "window_strides"))
    count = (x.shape[axis] - (k - 1) * gap - 1) // stride + 1
    rows = []
    for i in range(k):
        start, limit, strides = [0] * x.ndim, list(x.shape), [1] * x.ndim
        start[axis], limit[axis], strides[axis] = i * gap, i * gap + (count - 1) * stride + 1, stride
        row = bind_named("pb.slice", x, start=tuple(start), limit=tuple(limit), strides=tuple(strides))
        rows.append(bind_named("pb.reshape", row, shape=(1, *row.shape)))
    return bind_named("pb.concatenate", *rows, axis=0)
