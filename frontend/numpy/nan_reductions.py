"""Reductions that leave out NaN."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np

from .. import dtypes
from ..array import Array
from . import moments
from . import reductions as R
from .choice import where as choose
from .emit import pb
from .logic import isnan, logical_and
from .ufuncs import maximum, minimum, no_out, sqrt
from .util import broadcast_to, canonical_axis, cast, default_int, reduction_axes, strong_array

_F = TypeVar("_F", bound=Callable[..., Any])
_ARGS = """axis: integer or tuple of integers; by default all axes.
      {more}out: not supported; must be None.
      keepdims: keep the reduced axes with size 1.
      initial, where: as in `{name}`."""


def _documented(name: str, text: str, more: str = "") -> Callable[[_F], _F]:
    return lambda f: R.document(f, name, text, _ARGS.format(name=name.removeprefix("nan"), more=more))


def _floating(x: Array) -> bool:
    return dtypes.is_inexact(x.dtype)


def _accumulated(name: str, plain: Any, neutral: int, text: str) -> Any:
    @_documented(name, text, "dtype: dtype of the computation and the result.\n      ")
    def f(
        a: Any,
        axis: Any = None,
        dtype: Any = None,
        out: None = None,
        keepdims: bool = False,
        initial: Any = None,
        where: Any = None,
    ) -> Array:
        x = strong_array(name, a)
        no_out(name, out)
        if _floating(x):
            x = pb.select(isnan(x), neutral, x)
        return plain(x, axis, dtype, None, keepdims, initial, where)

    return f


nansum = _accumulated("nansum", R.sum, 0, "Sum over axes, NaN counting as 0.")
nanprod = _accumulated("nanprod", R.prod, 1, "Product over axes, NaN counting as 1.")


def _extremum(name: str, plain: Any, neutral: Any, combine: Any, text: str) -> Any:
    @_documented(name, text)
    def f(a: Any, axis: Any = None, out: None = None, keepdims: bool = False, initial: Any = None, where: Any = None) -> Array:
        x = strong_array(name, a)
        no_out(name, out)
        if not _floating(x):
            return plain(x, axis, None, keepdims, initial, where)
        missing = isnan(x)
        result = plain(pb.select(missing, neutral(x.dtype), x), axis, None, keepdims, initial, where)
        if initial is None:
            result = choose(R.all(missing, axis, keepdims=keepdims), np.nan, result)
        return cast(result, x.dtype)

    return f


nanmax = _extremum("nanmax", R.max, R.lowest, maximum, "Largest element over axes but for NaN; NaN where all are.")
nanmin = _extremum("nanmin", R.min, R.highest, minimum, "Smallest element over axes but for NaN; NaN where all are.")


@_documented("nanmean", "Mean over axes of the elements that are not NaN.", "dtype: dtype of the result.\n      ")
def nanmean(a: Any, axis: Any = None, dtype: Any = None, out: None = None, keepdims: bool = False, where: Any = None) -> Array:
    x = strong_array("nanmean", a)
    no_out("nanmean", out)
    return moments.mean(x, axis, dtype, None, keepdims, where=_present(x, where))


def _present(x: Array, where: Any) -> Any:
    """The mask of the elements that count."""
    if not _floating(x):
        return where
    present = pb.compare(x, x, direction="EQ")
    return present if where is None else logical_and(present, where)


@_documented("nanvar", "Variance over axes of the elements that are not NaN.", "dtype, ddof, mean: as in `var`.\n      ")
def nanvar(
    a: Any,
    axis: Any = None,
    dtype: Any = None,
    out: None = None,
    ddof: Any = 0,
    keepdims: bool = False,
    where: Any = None,
    mean: Any = None,
) -> Array:
    return _nanvar("nanvar", a, axis, dtype, out, ddof, keepdims, where, mean)


def _nanvar(name: str, a: Any, axis: Any, dtype: Any, out: Any, ddof: Any, keepdims: bool, where: Any, mean: Any) -> Array:
    x = strong_array(name, a)
    no_out(name, out)
    if not _floating(x):
        return moments.var(x, axis, dtype, None, ddof, keepdims, where=where, mean=mean)
    axes = reduction_axes(axis, x.ndim)
    present = broadcast_to(_present(x, where), x.shape)
    clean = pb.select(present, x, 0)  # so that what is left out has a finite derivative
    result = moments.variance(name, clean, axes, dtype, ddof, keepdims, present, mean)
    enough = pb.compare(R.sum(present, axes, default_int(), keepdims=keepdims), int(ddof), direction="GT")
    return cast(choose(enough, result, np.nan), result.dtype)


@_documented("nanstd", "Standard deviation over axes of the elements that are not NaN.", "dtype, ddof, mean: as in `var`.\n      ")
def nanstd(
    a: Any,
    axis: Any = None,
    dtype: Any = None,
    out: None = None,
    ddof: Any = 0,
    keepdims: bool = False,
    where: Any = None,
    mean: Any = None,
) -> Array:
    return sqrt(_nanvar("nanstd", a, axis, dtype, out, ddof, keepdims, where, mean))


def _position(name: str, plain: Any, neutral: Any, text: str) -> Any:
    @_documented(name, text)
    def f(a: Any, axis: Any = None, out: None = None, keepdims: bool | None = None) -> Array:
        x = strong_array(name, a)
        no_out(name, out)
        if not _floating(x):
            return plain(x, axis, None, keepdims)
        missing = isnan(x)
        result = plain(pb.select(missing, neutral(x.dtype), x), axis, None, keepdims)
        over = None if axis is None else canonical_axis(axis, x.ndim)
        return choose(R.all(missing, over, keepdims=bool(keepdims)), np.asarray(-1, result.dtype), result)

    return f


nanargmax = _position("nanargmax", R.argmax, R.lowest, "Position of the largest element but for NaN; -1 where all are NaN.")
nanargmin = _position("nanargmin", R.argmin, R.highest, "Position of the smallest element but for NaN; -1 where all are NaN.")
