"""Index expressions: what ``x[...]`` means, as slices of known bounds followed by one gather.

An expression is parsed into a `Plan`. Its static part (integers, slices, None) takes a sub-array by slicing; its arrays, if
there are any, then pick positions along some axes of the sub-array. Their dimensions go where NumPy puts them: in place of
the indexed axes if all indices are neighbours in the expression, else in front.
"""

from __future__ import annotations

import operator
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from .. import dtypes, errors
from ..array import Array, ConcreteArray
from ..trace import Tracer
from .util import broadcast_shapes

_LIST_ERROR = (
    "Using a non-tuple sequence for multidimensional indexing is not allowed; use `arr[array(seq)]` instead of `arr[seq]`, "
    "or `arr[tuple(seq)]` if each element indexes one dimension."
)


class Plan(NamedTuple):
    """A parsed index expression for an array of a certain shape."""

    starts: tuple[int, ...]  # of the slices, one for each dimension of the array
    limits: tuple[int, ...]
    steps: tuple[int, ...]  # positive; see `reversed`
    reversed: tuple[int, ...]  # dimensions whose slice runs backwards
    shape: tuple[int, ...]  # of the sub-array, without dimensions indexed by integers, with new ones
    axes: tuple[int, ...]  # of the sub-array, indexed by `indices`
    indices: tuple[Any, ...]  # NumPy arrays if concrete, else traced arrays
    batch: tuple[int, ...]  # the shape that the indices broadcast to
    position: int  # of its dimensions in the result
    unique: bool  # no position occurs twice

    @property
    def sliced(self) -> tuple[int, ...]:
        """Shape right after slicing."""
        return tuple(max(0, -(-(b - a) // s)) for a, b, s in zip(self.starts, self.limits, self.steps))

    @property
    def kept(self) -> tuple[int, ...]:
        """Axes of the sub-array that are not indexed."""
        return tuple(i for i in range(len(self.shape)) if i not in self.axes)

    @property
    def result(self) -> tuple[int, ...]:
        """Shape of the result."""
        sizes = [self.shape[i] for i in self.kept]
        return (*sizes[: self.position], *self.batch, *sizes[self.position :]) if self.axes else tuple(self.shape)

    @property
    def offsets(self) -> tuple[int, ...]:
        """Dimensions of the result that are axes of the sub-array."""
        n = len(self.batch)
        return tuple(i if i < self.position else i + n for i in range(len(self.kept)))


class _Mask(NamedTuple):
    """A boolean index: the positions of its true elements, one array for each of its dimensions."""

    positions: tuple[np.ndarray[Any, Any], ...]
    shape: tuple[int, ...]


class _Flag(NamedTuple):
    """A boolean scalar: a new dimension of size 1 or 0."""

    value: bool


def entries(index: Any) -> tuple[Any, ...]:
    """The entries of an index expression, checked and classified: None, ..., slices, ints, masks, and index arrays."""
    if not isinstance(index, tuple):
        if isinstance(index, list):
            raise TypeError(_LIST_ERROR)
        index = (index,)
    return tuple(_entry(e) for e in index)


def _entry(e: Any) -> Any:
    if e is None or e is Ellipsis or type(e) is int or isinstance(e, slice):
        return e
    if isinstance(e, (bool, np.bool_)):
        return _Flag(bool(e))
    if isinstance(e, np.integer):
        return int(e)
    if isinstance(e, (list, tuple)):  # beside other indices, a sequence is an index array; alone, it would be ambiguous
        from .creation import asarray

        return _entry(asarray(e) if len(e) else np.zeros(0, np.int32))
    if isinstance(e, str):
        raise TypeError(f"arrays are not indexed by strings; got {e!r}")
    if not isinstance(e, (Array, np.ndarray)):
        if hasattr(e, "__jax_array__"):
            return _entry(e.__jax_array__())
        if hasattr(e, "__index__"):
            return operator.index(e)
        if not hasattr(e, "__array__"):
            raise TypeError(f"Indexer must have integer or boolean type, got indexer with type {type(e).__name__}: {e!r}"[:300])
        e = np.asarray(e)
    if e.dtype == np.bool_:
        return _boolean(e)
    if not dtypes.is_integer(e.dtype):
        raise TypeError(f"Indexer must have integer or boolean type, got indexer with type {e.dtype.name}")
    return e.host if isinstance(e, ConcreteArray) else e


def _boolean(e: Any) -> Any:
    if isinstance(e, Tracer):
        e = e.concrete(
            errors.NonConcreteBooleanIndexError,
            "A boolean mask as index gives a result whose shape depends on the mask: use where(mask, x, y), "
            "x.at[mask].set(scalar), or nonzero(mask, size=n) for indices of known number. Attempted indexing by a mask",
        )
    elif isinstance(e, ConcreteArray):
        e = e.host
    return _Flag(bool(e)) if e.ndim == 0 else _Mask(np.nonzero(e), e.shape)


def _consumed(e: Any) -> int:
    if e is None or e is Ellipsis or isinstance(e, _Flag):
        return 0
    return len(e.shape) if isinstance(e, _Mask) else 1


def _expand_ellipsis(items: tuple[Any, ...], shape: tuple[int, ...]) -> list[Any]:
    """The entries with one for each dimension; the ellipsis stays as a separator in front of its slices."""
    n = sum(map(_consumed, items))
    if n > len(shape):
        raise IndexError(f"Too many indices: array is {len(shape)}-dimensional, but {n} were indexed")
    dots = [i for i, e in enumerate(items) if e is Ellipsis]
    if len(dots) > 1:
        raise IndexError("an index can only have a single ellipsis ('...')")
    at = dots[0] + 1 if dots else len(items)
    return [*items[:at], *[slice(None)] * (len(shape) - n), *items[at:]]


def _bounds(s: slice, n: int) -> tuple[int, int, int, bool]:
    """start, limit, positive step of a slice, and whether it runs backwards."""
    try:
        start, stop, step = s.indices(n)
    except errors.ConcretizationTypeError as e:
        raise type(e)(f"Slice entries must be static integers; use lax.dynamic_slice for a traced start. {e}") from None
    count = len(range(start, stop, step))
    if count == 0:
        return 0, 0, 1, False
    last = start + (count - 1) * step
    return (start, last + 1, step, False) if step > 0 else (last, start + 1, -step, True)


def make_plan(items: tuple[Any, ...], shape: tuple[int, ...], *, static_bounds: bool) -> Plan:
    """Parses an expression.

    `static_bounds`: integers out of range are errors; without it they become index arrays, which a mode deals with.
    """
    starts, limits, steps, backwards = [], [], [], []
    sub: list[int] = []
    axes: list[int] = []
    indices: list[Any] = []
    where: list[tuple[int, int]] = []  # (place in the expression, kept axes before) of everything that counts as an index array
    kept = 0
    unique = True
    dim = 0

    def take_whole(n: int) -> None:
        starts.append(0)
        limits.append(n)
        steps.append(1)

    for place, e in enumerate(_expand_ellipsis(items, shape)):
        if e is Ellipsis:
            continue
        if e is None:
            sub.append(1)
            kept += 1
        elif isinstance(e, slice):
            start, limit, step, back = _bounds(e, shape[dim])
            if back:
                backwards.append(dim)
            starts.append(start)
            limits.append(limit)
            steps.append(step)
            sub.append(-(-(limit - start) // step))
            kept += 1
            dim += 1
        elif isinstance(e, _Flag):
            where.append((place, kept))
            axes.append(len(sub))
            sub.append(1)
            indices.append(np.zeros(1 if e.value else 0, np.int32))
        elif isinstance(e, _Mask):
            where.append((place, kept))
            if shape[dim : dim + len(e.shape)] != e.shape:
                raise IndexError(
                    f"boolean index did not match shape of indexed array in index {place}: got {e.shape}, "
                    f"expected {shape[dim : dim + len(e.shape)]}"
                )
            for positions, n in zip(e.positions, e.shape):
                axes.append(len(sub))
                sub.append(n)
                indices.append(positions)
                take_whole(n)
                dim += 1
        elif isinstance(e, int) and (-shape[dim] <= e < shape[dim] or static_bounds):
            n = shape[dim]
            if not -n <= e < n:
                raise IndexError(f"index {e} is out of bounds for axis {dim} with size {n}")
            where.append((place, kept))
            starts.append(e % n)
            limits.append(e % n + 1)
            steps.append(1)
            dim += 1
        else:
            e = np.asarray(e, np.int32) if isinstance(e, int) else e
            where.append((place, kept))
            axes.append(len(sub))
            sub.append(shape[dim])
            indices.append(e)
            unique = unique and e.ndim == 0
            take_whole(shape[dim])
            dim += 1
    try:
        batch = broadcast_shapes(*(i.shape for i in indices))
    except ValueError:
        raise IndexError(
            f"shape mismatch: indexing arrays could not be broadcast together with shapes "
            f"{', '.join(str(i.shape) for i in indices)}"
        ) from None
    places = [p for p, _ in where]
    together = bool(places) and places[-1] - places[0] == len(places) - 1
    return Plan(
        tuple(starts), tuple(limits), tuple(steps), tuple(backwards), tuple(sub), tuple(axes), tuple(indices), batch,
        where[0][1] if together else 0, unique,
    )  # fmt: skip


def is_known(indices: Sequence[Any]) -> bool:
    """Whether all index arrays are concrete."""
    return not any(isinstance(i, Tracer) for i in indices)
