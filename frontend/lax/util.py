"""What the functions of `pullback.lax` share: operands as arrays, conversion, applying function ops."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from typing import Any

import numpy as np

from pullback.dialects import types as T
from pullback.dialects.spec import TABLE

from .. import dtypes, errors
from ..array import Array, ConcreteArray, as_concrete, from_numpy
from ..locations import located
from ..trace import Tracer, bind, current_frame, emit_function_op, evaluator


def as_operand(x: Any, name: str, position: int = 0) -> Array:
    """An argument as an array; the error names the function and the position."""
    if isinstance(x, Array):
        return x
    if isinstance(x, (bool, int, float, complex, np.ndarray, np.generic)) or hasattr(x, "__array__"):
        return as_concrete(x)
    raise TypeError(located(f"{name} requires ndarray or scalar arguments, got {type(x)} at position {position}."))


def cast(x: Array, dtype: np.dtype[Any], weak_type: bool = False) -> Array:
    """`x` with another dtype; `x` itself if it has it."""
    if x.dtype == dtype:
        return x if x.weak_type == weak_type else retype(x, weak_type)
    return bind(TABLE["pb.convert"], (x,), {"dtype": T.from_np(dtype)}, weak_type)


def retype(x: Array, weak_type: bool) -> Array:
    """The same array with or without a weak type."""
    if isinstance(x, Tracer):
        return Tracer(x.frame, x.value, weak_type)
    assert isinstance(x, ConcreteArray)
    x._exclusive = False  # two arrays on one buffer
    return ConcreteArray(x._host, x.aval, weak_type, x._buffer, x._device)


def broadcast_scalar(x: Array, shape: tuple[int, ...]) -> Array:
    """A 0-d array spread over `shape`."""
    return bind(TABLE["pb.broadcast_in_dim"], (x,), {"shape": shape, "dims": ()}, x.weak_type)


def operands(name: str, *xs: Any) -> tuple[list[Array], bool]:
    """Arguments of one dtype and one shape: weakly typed ones take the dtype of the others, scalars their shape.

    Returns the arrays and whether the result is weakly typed.
    """
    arrays = [as_operand(x, name, i) for i, x in enumerate(xs)]
    strong = {x.dtype for x in arrays if not x.weak_type}
    weak = not strong
    if len(strong) > 1:
        raise TypeError(
            located(
                f"lax.{name} requires arguments to have the same dtypes, got {', '.join(x.dtype.name for x in arrays)}. (Tip: "
                f"pullback.numpy promotes dtypes.)"
            )
        )
    if strong:
        dtype = strong.pop()
        for x in arrays:
            if x.weak_type and dtypes.promote((x.dtype, True), (dtype, False))[0] != dtype:
                raise TypeError(
                    located(
                        f"lax.{name} requires arguments to have the same dtypes, got {', '.join(a.dtype.name for a in arrays)}."
                    )
                )
    else:
        dtype, _ = dtypes.promote(*((x.dtype, True) for x in arrays))
    arrays = [cast(x, dtype, x.weak_type) for x in arrays]
    shapes = {x.shape for x in arrays if x.shape != ()}
    if len(shapes) > 1:
        raise TypeError(
            located(
                f"lax.{name} requires arguments to have equal shapes (or to be scalars), got "
                f"{', '.join(str(x.shape) for x in arrays)}."
            )
        )
    if shapes:
        shape = shapes.pop()
        arrays = [x if x.shape == shape else broadcast_scalar(x, shape) for x in arrays]
    return arrays, weak


def as_int(x: Any, what: str) -> int:
    """A Python integer: an axis, a size. Traced values have none."""
    try:
        return operator.index(x)
    except errors.ConcretizationTypeError:
        raise
    except TypeError:
        raise TypeError(f"{what} must be an integer, got {type(x).__name__}: {x!r}"[:200]) from None


def as_ints(xs: Any, what: str) -> tuple[int, ...]:
    """A tuple of Python integers; one integer counts as a tuple of one."""
    if isinstance(xs, (int, np.integer)):
        return (int(xs),)
    try:
        return tuple(as_int(x, what) for x in xs)
    except TypeError as e:
        if isinstance(e, errors.ConcretizationTypeError):
            raise
        raise TypeError(f"{what} must be a sequence of integers, got {xs!r}"[:300]) from None


def canonical_axis(axis: Any, ndim: int, what: str = "axis") -> int:
    """A non-negative axis."""
    axis = as_int(axis, what)
    if not -ndim <= axis < ndim:
        raise ValueError(located(f"{what} {axis} is out of bounds for array of dimension {ndim}"))
    return axis % ndim


def canonical_axes(axes: Any, ndim: int, what: str = "axes") -> tuple[int, ...]:
    """Distinct non-negative axes."""
    result = tuple(canonical_axis(a, ndim, what) for a in as_ints(axes, what))
    if len(set(result)) != len(result):
        raise ValueError(located(f"duplicate value in {what}: {tuple(axes)}"))
    return result


def apply_function_op(
    name: str,
    operands: Sequence[Any],
    attrs: dict[str, Any],
    avals: Sequence[Any],
    deriver: Any,
    staged: bool,
    weak: Sequence[bool] | None = None,
) -> list[Any]:
    """A pbfn op: emitted into the function that is being traced, or evaluated."""
    frame = current_frame()
    if frame is not None and (staged or frame.staging or any(isinstance(x, Tracer) for x in operands)):
        return emit_function_op(name, operands, attrs, avals, weak)
    hosts = [x.host if isinstance(x, ConcreteArray) else np.asarray(x) for x in operands]
    outs = TABLE[name].evaluate(evaluator(deriver), hosts, attrs)  # type: ignore[operator,misc]
    return [from_numpy(np.asarray(o), bool(weak and weak[i])) for i, o in enumerate(outs)]
