"""``x[idx]`` and ``x.at[idx]``: reading and (functionally) writing at index expressions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from pullback.dialects.spec import TABLE

from .. import dtypes, errors, lax
from ..array import Array, ConcreteArray
from ..lax.indexing import GatherDimensionNumbers, GatherScatterMode, ScatterDimensionNumbers
from ..lax.util import retype
from ..trace import Tracer, _state, bind
from .elementwise import DIRECT
from .emit import quiet, wrap
from .index_plan import Plan, entries, is_known, make_plan
from .util import as_array, broadcast_to, cast, check_arraylike, promote_dtypes

__all__ = ["At", "getitem"]

_BASIC = (int, slice, type(None), type(Ellipsis))


# Reading -----------------------------------------------------------------------------------------------------------------
def _host_index(index: Any) -> Any:
    """The expression for NumPy; None if it needs the general way (for its error, perhaps)."""
    if type(index) in _BASIC:
        return (index,)
    if type(index) is not tuple:
        index = (index,)
    result = []
    for e in index:
        if type(e) in _BASIC or type(e) is bool:
            result.append(e)
        elif type(e) is ConcreteArray:
            result.append(e.host)
        elif isinstance(e, (np.ndarray, np.integer, np.bool_)) and e.dtype.kind in "iub":
            result.append(e)
        else:
            return None
    return tuple(result)


def getitem(x: Array, index: Any) -> Array:
    """``x[index]``.

    Integers out of range raise IndexError; index arrays, whose values may be traced, are clamped to the range of the axis.

    Args:
      x: array.
      index: integers, slices, None, ``...``, integer arrays and concrete boolean arrays, or a tuple of them.

    Raises:
      IndexError: too many indices, an integer out of range, or arrays that do not broadcast.
      TypeError: an index of another type.
      NonConcreteBooleanIndexError: a traced boolean mask.

    Reference: NumPy, indexing on ndarrays; out of range: JAX documentation, sharp bits.

    >>> import pullback.numpy as pnp
    >>> pnp.getitem(pnp.arange(10), slice(2, 5))
    Array([2, 3, 4], dtype=int32)
    """
    if type(x) is ConcreteArray and _state.frame is None:
        direct = _host_index(index)
        if direct is not None:
            try:
                return wrap(x.host[direct], x.weak_type)
            except IndexError:
                pass  # the general way clamps, or says what is wrong
    return gather(x, make_plan(entries(index), x.shape, static_bounds=True), "clip")


def gather(x: Array, plan: Plan, mode: Any, fill_value: Any = None, wrap_negative: bool = True) -> Array:
    """The elements of `x` that a plan selects."""
    y = take_slices(x, plan)
    if not plan.axes:
        return y
    kind = GatherScatterMode.from_any(mode)
    if 0 in plan.batch:
        return lax.full(plan.result, np.zeros((), x.dtype))
    for axis in plan.axes:
        if y.shape[axis] == 0 and kind is not GatherScatterMode.FILL_OR_DROP:
            raise IndexError(f"index array for axis {axis} of size 0: there is no element to select, shape {x.shape}")
    if plan.batch == () and kind is not GatherScatterMode.FILL_OR_DROP and (wrap_negative or is_known(plan.indices)):
        return _pick(y, plan, wrap_negative)
    indices = index_vectors(plan, wrap_negative)
    numbers = GatherDimensionNumbers(plan.offsets, plan.axes, plan.axes)
    sizes = [1 if i in plan.axes else n for i, n in enumerate(y.shape)]
    out = lax.gather(y, indices, numbers, sizes, mode=kind, fill_value=fill_value)
    return retype(out, x.weak_type) if out.weak_type != x.weak_type else out


def _pick(y: Array, plan: Plan, wrap_negative: bool) -> Array:
    """One position along each indexed axis: a slice."""
    starts: list[Any] = [np.int32(0)] * y.ndim
    sizes = list(y.shape)
    known = is_known(plan.indices)
    for axis, index in zip(plan.axes, plan.indices):
        sizes[axis] = 1
        starts[axis] = _clamped(index, y.shape[axis], wrap_negative) if known else index
    if known:
        out = lax.slice(y, starts, [a + n for a, n in zip(starts, sizes)])
    else:
        out = lax.dynamic_slice(y, starts, sizes)
    return lax.reshape(out, plan.result)


def _clamped(index: Any, n: int, wrap_negative: bool) -> int:
    i = int(index)
    return min(max(i + n if i < 0 and wrap_negative else i, 0), n - 1)


def take_slices(x: Array, plan: Plan) -> Array:
    """The static part of a plan."""
    if plan.reversed:  # reversed before it is thinned out: IREE cannot vectorize the reversal of a strided slice
        y = lax.rev(lax.slice(x, plan.starts, plan.limits), plan.reversed)
        y = lax.slice(y, (0,) * y.ndim, y.shape, plan.steps)
    else:
        y = lax.slice(x, plan.starts, plan.limits, plan.steps)
    return lax.reshape(y, plan.shape)


def index_vectors(plan: Plan, wrap_negative: bool = True) -> Any:
    """The index arrays, broadcast and stacked along a new last axis; negative ones count from the end."""
    sizes = [plan.shape[a] for a in plan.axes]
    if is_known(plan.indices):
        columns = [_wrapped(np.asarray(i), n) if wrap_negative else np.asarray(i) for i, n in zip(plan.indices, sizes)]
        stacked = np.stack([np.broadcast_to(c, plan.batch) for c in columns], -1)
        return stacked.astype(np.int32 if not stacked.size or np.abs(stacked).max() < 2**31 else np.int64)
    arrays = []
    for i, n in zip(plan.indices, sizes):
        a = as_array(i) if isinstance(i, Tracer) else as_array(_wrapped(np.asarray(i), n) if wrap_negative else np.asarray(i))
        a = cast(a, np.dtype(np.int32)) if a.dtype.itemsize < 4 else retype(a, False)
        if isinstance(i, Tracer) and wrap_negative and a.dtype.kind == "i":
            a = lax.select(lax.lt(a, np.zeros((), a.dtype)), lax.add(a, np.asarray(n, a.dtype)), a)
        arrays.append(a)
    common = dtypes.promote(*((a.dtype, False) for a in arrays))[0]
    last = (len(plan.batch),)
    return lax.concatenate([lax.expand_dims(broadcast_to(cast(a, common), plan.batch), last) for a in arrays], len(plan.batch))


def _wrapped(index: np.ndarray[Any, Any], n: int) -> np.ndarray[Any, Any]:
    index = index.astype(np.int64)
    return np.where(index < 0, index + n, index)


# Writing -----------------------------------------------------------------------------------------------------------------
def put_slices(x: Array, plan: Plan, part: Array) -> Array:
    """`x` with the static part of a plan replaced: the inverse of `take_slices`."""
    sliced = plan.sliced
    if 0 in sliced:
        return x
    part = lax.reshape(part, sliced)
    if plan.reversed:
        part = lax.rev(part, plan.reversed)
    if sliced == x.shape:
        return part
    if all(s == 1 for s in plan.steps):
        starts = [np.int32(a) for a in plan.starts]
        return bind(TABLE["pb.dynamic_update_slice"], (x, part, *starts), {}, x.weak_type)
    config = [(a, n - (a + (k - 1) * s + 1), s - 1) for a, k, s, n in zip(plan.starts, sliced, plan.steps, x.shape)]
    mask = lax.pad(lax.full(sliced, True), np.zeros((), bool), config)
    return lax.select(mask, lax.pad(part, np.zeros((), part.dtype), config), x)


_UFUNCS: dict[str, Any] = {"add": np.add, "mul": np.multiply, "min": np.minimum, "max": np.maximum}


def _update_directly(x: Any, index: Any, values: Any, combine: str) -> Array | None:
    """The update by NumPy on a copy, for concrete arguments within bounds."""
    if type(x) is not ConcreteArray or _state.frame is not None or not isinstance(values, (ConcreteArray, int, float, bool)):
        return None
    direct = _host_index(index)
    if direct is None or (combine != "set" and x.aval.dtype not in DIRECT):
        return None
    v = values.host if isinstance(values, ConcreteArray) else values
    if (
        combine != "set"
        and (np.result_type(x.host, v) if isinstance(v, np.ndarray) else np.result_type(x.host, type(v)(0))) != x.dtype
    ):
        return None
    host = x.host.copy()
    try:
        if combine == "set":
            host[direct] = np.asarray(v).astype(host.dtype) if not isinstance(v, np.ndarray) or v.dtype != host.dtype else v
        else:
            quiet.run(_UFUNCS[combine].at, host, direct, v)
    except (IndexError, ValueError, OverflowError):
        return None  # the general way drops what is out of range, or says what is wrong
    return wrap(host, x.weak_type)


def update(
    x: Array, index: Any, values: Any, combine: str, *, mode: Any = None, unique: bool = False, wrap_negative: bool = True
) -> Array:
    """`x` with values combined in at an index expression; the dtype of `x` stays."""
    check_arraylike(f"at[...].{combine}", values)
    direct = _update_directly(x, index, values, combine)
    if direct is not None:
        return direct
    masked = _update_masked(x, index, values, combine)
    if masked is not None:
        return masked
    plan = make_plan(entries(index), x.shape, static_bounds=False)
    dtype, weak = x.dtype, x.weak_type
    if combine == "set":
        y, v = x, cast(as_array(values), dtype)
    else:
        y, v = promote_dtypes(x, values)
    v = _fit(v, plan.result)
    kind = GatherScatterMode.from_any(mode)
    if 0 in plan.result:
        return x
    if not plan.axes:
        part = v if combine == "set" else _combine(combine, take_slices(y, plan), v)
    else:
        part = _scatter(take_slices(y, plan), plan, v, combine, kind, unique, wrap_negative)
    return retype(cast(put_slices(retype(y, False), plan, retype(part, False)), dtype), weak)


def _fit(v: Array, shape: tuple[int, ...]) -> Array:
    """The values, broadcast to the shape of what they are written to; leading dimensions of size 1 are dropped."""
    extra = v.ndim - len(shape)
    if extra > 0 and all(n == 1 for n in v.shape[:extra]):
        v = lax.reshape(v, v.shape[extra:])
    try:
        return broadcast_to(v, shape)
    except ValueError:
        raise ValueError(
            f"Incompatible shapes for broadcasting: values of shape {v.shape} do not fit the indexed shape {shape}"
        ) from None


def _combine(combine: str, x: Array, v: Array) -> Array:
    if x.dtype == np.bool_:
        combine = {"add": "max", "mul": "min"}.get(combine, combine)
    return getattr(lax, combine)(retype(x, False), retype(v, False))


def _scatter(y: Array, plan: Plan, v: Array, combine: str, kind: GatherScatterMode, unique: bool, wrap_negative: bool) -> Array:
    if y.dtype == np.bool_:
        combine = {"add": "max", "mul": "min"}.get(combine, combine)
    if plan.batch == () and kind is not GatherScatterMode.FILL_OR_DROP and wrap_negative:
        starts: list[Any] = [np.int32(0)] * y.ndim
        sizes = list(y.shape)
        for axis, index in zip(plan.axes, plan.indices):
            starts[axis], sizes[axis] = index, 1
        v = lax.reshape(v, sizes)
        part = v if combine == "set" else _combine(combine, lax.dynamic_slice(y, starts, sizes), v)
        return lax.dynamic_update_slice(y, part, starts)
    numbers = ScatterDimensionNumbers(plan.offsets, plan.axes, plan.axes)
    indices = index_vectors(plan, wrap_negative)
    return getattr(lax, "scatter" if combine == "set" else f"scatter_{combine}")(
        y, indices, v, numbers, mode=kind, unique_indices=unique or plan.unique
    )


def _update_masked(x: Array, index: Any, values: Any, combine: str) -> Array | None:
    """The update at a traced boolean mask: a select, possible if the values do not depend on how many elements are true."""
    if isinstance(index, tuple) and len(index) == 1:
        index = index[0]
    if not isinstance(index, Tracer) or index.dtype != np.bool_ or index.ndim == 0:
        return None
    try:
        index.concrete(errors.NonConcreteBooleanIndexError, "")
        return None
    except errors.NonConcreteBooleanIndexError:
        pass
    rest = x.shape[index.ndim :]
    if index.shape != x.shape[: index.ndim]:
        raise IndexError(f"boolean index did not match shape of indexed array: got {index.shape}, array has shape {x.shape}")
    y, v = (x, cast(as_array(values), x.dtype)) if combine == "set" else promote_dtypes(x, values)
    if v.ndim > len(rest):
        return None
    v = broadcast_to(_fit(v, rest), x.shape)
    new = v if combine == "set" else _combine(combine, y, v)
    mask = lax.broadcast_in_dim(index, x.shape, tuple(range(index.ndim)))
    return retype(cast(lax.select(mask, retype(new, False), retype(y, False)), x.dtype), x.weak_type)


class At:
    """``x.at``; index it to get an `AtIndex`.

    Reference: JAX documentation, jax.numpy.ndarray.at.

    >>> import pullback.numpy as pnp
    >>> pnp.arange(4).at[1:3].add(10)
    Array([ 0, 11, 12,  3], dtype=int32)
    """

    __slots__ = ("array",)

    def __init__(self, array: Array):
        self.array = array

    def __getitem__(self, index: Any) -> AtIndex:
        return AtIndex(self.array, index)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.array!r})"


class AtIndex:
    """``x.at[idx]``: its methods return a copy of `x` that differs at the index, and leave `x` as it is.

    All take the keyword arguments `mode` (what happens to an index array's elements out of range: "drop", the default for
    writing, "clip", "promise_in_bounds"; for `get` also "fill" with `fill_value`), `unique_indices`, `indices_are_sorted`
    (promises) and `wrap_negative_indices`. An index that occurs several times counts each time, except in `set`.

    Reference: JAX documentation, jax.numpy.ndarray.at.

    >>> import pullback.numpy as pnp
    >>> print(pnp.zeros(3).at[1].set(5.0))
    [0. 5. 0.]
    """

    __slots__ = ("array", "index")

    def __init__(self, array: Array, index: Any):
        self.array = array
        self.index = index

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.array!r}, {self.index!r})"

    def _update(self, values: Any, combine: str, mode: Any, unique: bool, wrap_negative: bool) -> Array:
        return update(self.array, self.index, values, combine, mode=mode, unique=unique, wrap_negative=wrap_negative)

    def get(
        self, *, indices_are_sorted: bool = False, unique_indices: bool = False, mode: Any = None, fill_value: Any = None,
        out_sharding: None = None, wrap_negative_indices: bool = True,
    ) -> Array:  # fmt: skip
        """``x[idx]`` with a choice of `mode`; by default indices are clamped."""
        plan = make_plan(entries(self.index), self.array.shape, static_bounds=False)
        mode = ("clip" if fill_value is None else "fill") if mode is None else mode
        return gather(self.array, plan, mode, fill_value, wrap_negative_indices)

    def set(
        self, values: Any, *, indices_are_sorted: bool = False, unique_indices: bool = False, mode: Any = None,
        wrap_negative_indices: bool = True,
    ) -> Array:  # fmt: skip
        """``x[idx] = values``."""
        return self._update(values, "set", mode, unique_indices, wrap_negative_indices)

    def add(
        self, values: Any, *, indices_are_sorted: bool = False, unique_indices: bool = False, mode: Any = None,
        wrap_negative_indices: bool = True,
    ) -> Array:  # fmt: skip
        """``x[idx] += values``."""
        return self._update(values, "add", mode, unique_indices, wrap_negative_indices)

    def subtract(
        self, values: Any, *, indices_are_sorted: bool = False, unique_indices: bool = False, mode: Any = None,
        wrap_negative_indices: bool = True,
    ) -> Array:  # fmt: skip
        """``x[idx] -= values``."""
        check_arraylike("at[...].subtract", values)
        v = promote_dtypes(self.array, values)[1]
        return self._update(lax.neg(v), "add", mode, unique_indices, wrap_negative_indices)

    def multiply(
        self, values: Any, *, indices_are_sorted: bool = False, unique_indices: bool = False, mode: Any = None,
        wrap_negative_indices: bool = True,
    ) -> Array:  # fmt: skip
        """``x[idx] *= values``."""
        return self._update(values, "mul", mode, unique_indices, wrap_negative_indices)

    mul = multiply

    def divide(
        self, values: Any, *, indices_are_sorted: bool = False, unique_indices: bool = False, mode: Any = None,
        wrap_negative_indices: bool = True,
    ) -> Array:  # fmt: skip
        """``x[idx] /= values``; an integer array becomes floating."""
        from . import true_divide

        factor = self._ones(values)._update(values, "mul", mode, unique_indices, wrap_negative_indices)
        return true_divide(self.array, factor)

    div = divide

    def power(
        self, values: Any, *, indices_are_sorted: bool = False, unique_indices: bool = False, mode: Any = None,
        wrap_negative_indices: bool = True,
    ) -> Array:  # fmt: skip
        """``x[idx] **= values``."""
        from .. import numpy as pnp

        exponent = self._ones(values)._update(values, "mul", mode, unique_indices, wrap_negative_indices)
        return pnp.power(self.array, exponent)

    def _ones(self, values: Any) -> AtIndex:
        x, v = promote_dtypes(self.array, values)
        return AtIndex(lax.full(x.shape, np.ones((), v.dtype)), self.index)

    def min(
        self, values: Any, *, indices_are_sorted: bool = False, unique_indices: bool = False, mode: Any = None,
        wrap_negative_indices: bool = True,
    ) -> Array:  # fmt: skip
        """``x[idx] = minimum(x[idx], values)``."""
        return self._update(values, "min", mode, unique_indices, wrap_negative_indices)

    def max(
        self, values: Any, *, indices_are_sorted: bool = False, unique_indices: bool = False, mode: Any = None,
        wrap_negative_indices: bool = True,
    ) -> Array:  # fmt: skip
        """``x[idx] = maximum(x[idx], values)``."""
        return self._update(values, "max", mode, unique_indices, wrap_negative_indices)

    def apply(
        self, func: Callable[[Array], Any], *, indices_are_sorted: bool = False, unique_indices: bool = False, mode: Any = None,
        wrap_negative_indices: bool = True,
    ) -> Array:  # fmt: skip
        """``x[idx] = func(x[idx])`` for an elementwise `func`; once for each time that an element is indexed."""
        ones = AtIndex(lax.full(self.array.shape, np.int32(0)), self.index)
        counts = ones._update(np.int32(1), "add", mode, unique_indices, wrap_negative_indices)

        def once(x: Array, k: Any) -> Array:
            return lax.select(lax.gt(counts, k), cast(as_array(func(x)), x.dtype), x)

        plan = make_plan(entries(self.index), self.array.shape, static_bounds=False)
        x = self.array
        if unique_indices or plan.unique:
            return once(x, np.int32(0))
        if isinstance(counts, ConcreteArray):
            for k in range(int(counts.host.max(initial=0))):
                x = once(x, np.int32(k))
            return x
        most = lax.reduce_max(counts, tuple(range(counts.ndim)))
        _, x = lax.while_loop(lambda s: lax.lt(s[0], most), lambda s: (s[0] + 1, once(s[1], s[0])), (np.int32(0), x))
        return x
