"""Joining by indexing: `r_` and `c_`; indices of what a mask function keeps."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np

from .. import lax
from ..array import Array
from .creation import arange, array, concrete_number, linspace
from .filled import ones
from .joining import concatenate
from .positions import nonzero

__all__ = ["c_", "mask_indices", "r_"]

_DIRECTIVE = re.compile(r"-?\d+(,-?\d+){0,2}")


class Joiner:
    """What `r_` and `c_` are: indexing joins arrays, numbers and ranges.

    A slice ``a:b:s`` stands for ``arange(a, b, s)``, or with an imaginary step ``nj`` for ``linspace(a, b, n)``. A text
    ``"axis,ndim,place"`` in front says along which axis to join, how many dimensions all parts get at least, and at which of them
    those of a smaller part begin; "r" and "c" make a vector a row or a column.
    """

    def __init__(self, name: str, axis: int, ndim: int, place: int):
        self.name = name
        self.defaults = (axis, ndim, place)

    def __repr__(self) -> str:
        return f"<pullback.numpy.{self.name}>"

    def __getitem__(self, key: Any) -> Array:
        parts = key if isinstance(key, tuple) else (key,)
        axis, ndim, place = self.defaults
        column: bool | None = None  # whether "c" or "r" ask for a matrix
        if parts and isinstance(parts[0], str):
            text, parts = parts[0].replace(" ", ""), parts[1:]
            if text in ("r", "c"):
                column = text == "c"
            elif _DIRECTIVE.fullmatch(text):
                numbers = [int(v) for v in text.split(",")]
                axis, ndim, place = (*numbers, *self.defaults[len(numbers) :])
            else:
                raise ValueError(f"{self.name}: could not understand directive {text!r}; use 'r', 'c' or 'axis,ndim,place'")
        if not parts:
            raise ValueError(f"{self.name} needs at least one array, number or slice")
        out = concatenate([self._spread(self._part(v), ndim, place) for v in parts], axis)
        return out if column is None or out.ndim != 1 else lax.expand_dims(out, (1 if column else 0,))

    def _part(self, v: Any) -> Array:
        if isinstance(v, str):
            raise ValueError(f"{self.name}: string directive must be placed at the beginning, got {v!r} behind other parts")
        if not isinstance(v, slice):
            x = array(v)
            return lax.reshape(x, (1,)) if x.ndim == 0 else x
        start, stop, step = (concrete_number(bound, f"{self.name} bound") for bound in (v.start, v.stop, v.step))
        start = 0 if start is None else start
        if isinstance(step, complex):
            return linspace(start, stop, int(abs(step)))
        if stop is None:
            start, stop = 0, start
        return arange(start, stop, 1 if step is None else step)

    def _spread(self, x: Array, ndim: int, place: int) -> Array:
        """A part with at least `ndim` dimensions; its own begin at `place`, which counts from the end if negative."""
        missing = ndim - x.ndim
        if missing <= 0:
            return x
        before = place if place >= 0 else missing + place + 1
        if not 0 <= before <= missing:
            raise ValueError(f"{self.name}: place {place} leaves no room for {x.ndim} of {ndim} dimensions")
        return lax.reshape(x, (1,) * before + x.shape + (1,) * (missing - before))


#: ``r_[0:3, 7, x]`` joins ranges, numbers and arrays along the first axis. Reference: NumPy, numpy.r_.
r_ = Joiner("r_", 0, 1, -1)
#: ``c_[x, y]`` puts vectors side by side, as the columns of a matrix. Reference: NumPy, numpy.c_.
c_ = Joiner("c_", -1, 2, 0)


def mask_indices(n: int, mask_func: Callable[..., Any], k: Any = 0, *, size: int | None = None) -> tuple[Array, ...]:
    """Row and column indices of what `mask_func` keeps of an ``(n, n)`` matrix.

    Args:
      n: number of rows and columns.
      mask_func: function of a matrix and `k`, such as `triu`; what it makes zero is left out.
      k: second argument of `mask_func`.
      size: how many indices to return, needed where the mask is traced; as in `nonzero`.

    Reference: NumPy, numpy.mask_indices.

    >>> import pullback.numpy as pnp
    >>> pnp.mask_indices(3, pnp.triu, 1)
    (Array([0, 0, 1], dtype=int32), Array([1, 2, 2], dtype=int32))
    """
    if not callable(mask_func):
        raise TypeError(f"mask_indices: mask_func must be callable, got {type(mask_func).__name__}: {mask_func!r}"[:200])
    return nonzero(mask_func(ones((n, n), np.int32), k), size=size)
