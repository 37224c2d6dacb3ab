"""Counting and interpolating: bincount, histograms, interp; covariance and correlation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .. import dtypes, lax
from ..array import Array
from .creation import asarray, linspace
from .indexing import update
from .known import values_for_shape
from .manipulation import moveaxis
from .products import matmul
from .reshaping import ravel
from .sorting import searchsorted
from .take import take
from .util import ArgumentError, arrays_of, as_array, as_int, cast, default_float, default_int, promote_dtypes, to_inexact

_range = range  # `range` is an argument of histograms

__all__ = ["bincount", "corrcoef", "cov", "histogram", "histogram2d", "histogram_bin_edges", "histogramdd", "interp"]


def bincount(x: Any, weights: Any = None, minlength: int = 0, *, length: int | None = None) -> Array:
    """How often each non-negative integer occurs; negative ones count as 0.

    Args:
      x: integer array.
      weights: what each element counts; 1 by default.
      minlength: least length of the result.
      length: length of the result, beyond which integers are ignored; needed if `x` is traced.

    Reference: NumPy, numpy.bincount; `length`: JAX documentation, jax.numpy.bincount.

    >>> import pullback.numpy as pnp
    >>> pnp.bincount(pnp.array([0, 2, 2, 5]))
    Array([1, 0, 2, 0, 0, 1], dtype=int32)
    """
    (v,) = arrays_of("bincount", x)
    if not (dtypes.is_integer(v.dtype) or v.dtype == np.bool_):
        raise TypeError(f"x argument to bincount must have an integer type; got {v.dtype.name}")
    if v.ndim != 1:
        raise ValueError(f"bincount: only 1-dimensional input supported, got shape {v.shape}")
    v = cast(v, np.dtype(np.int32)) if v.dtype.itemsize < 4 else v
    if length is None:
        values = values_for_shape(v, "bincount", "length")
        length = max(as_int(minlength, "minlength"), int(values.max(initial=0)) + 1 if values.size else 0)
    else:
        length = max(as_int(length, "length"), as_int(minlength, "minlength"))
    if weights is None:
        w = as_array(np.ones((), default_int()))
    else:
        w = arrays_of("bincount", weights)[0]
        if w.shape != v.shape:
            raise ValueError(f"shape of weights must match shape of x, got {w.shape} and {v.shape}")
    v = lax.max(v, np.zeros((), v.dtype))
    return update(lax.full((length,), np.zeros((), w.dtype)), v, w, "add", mode="drop")


# Histograms ------------------------------------------------------------------------------------------------------------------
def _limits(x: Array, range: Any) -> tuple[Any, Any]:
    """The range of a histogram; not empty."""
    if range is not None:
        low, high = (asarray(v) for v in range)
    elif x.size == 0:
        return 0.0, 1.0
    else:
        axes = tuple(_range(x.ndim))
        low, high = lax.reduce_min(x, axes), lax.reduce_max(x, axes)
    dtype = to_inexact(dtypes.promote((low.dtype, low.weak_type), (high.dtype, high.weak_type))[0])
    low, high = cast(low, dtype), cast(high, dtype)
    half = np.asarray(0.5, dtype)
    same = lax.eq(low, high)
    return lax.select(same, lax.sub(low, half), low), lax.select(same, lax.add(high, half), high)


def histogram_bin_edges(a: Any, bins: Any = 10, range: Any = None, weights: Any = None) -> Array:
    """The edges of the bins of a histogram.

    Args:
      a: array.
      bins: number of bins, or the edges themselves.
      range: lowest and highest edge; those of the values by default.
      weights: has no effect on the edges.

    Reference: NumPy, numpy.histogram_bin_edges.

    >>> import pullback.numpy as pnp
    >>> pnp.histogram_bin_edges(pnp.array([0.0, 4.0]), bins=4)
    Array([0., 1., 2., 3., 4.], dtype=float32)
    """
    return _edges("histogram_bin_edges", a, bins, range)


def _edges(fname: str, a: Any, bins: Any, range: Any) -> Array:
    if isinstance(bins, str):
        raise NotImplementedError("string values for `bins` are not supported: the number of bins would depend on the values.")
    (x,) = arrays_of(fname, a)
    if x.dtype.kind == "c":
        raise ArgumentError(f"{fname} does not support complex dtypes: bins are intervals of real numbers, got {x.dtype.name}")
    edges = asarray(bins)
    if edges.ndim == 1:
        return cast(edges, to_inexact(dtypes.promote((x.dtype, False), (edges.dtype, edges.weak_type))[0]))
    if edges.ndim > 1:
        raise ValueError(f"{fname}: bins must be a number or a vector, got shape {edges.shape}")
    low, high = _limits(x, range)
    return linspace(low, high, as_int(bins, "bins") + 1, dtype=to_inexact(x.dtype))


def histogram(a: Any, bins: Any = 10, range: Any = None, weights: Any = None, density: bool | None = None) -> tuple[Array, Array]:
    """Counts of values in bins, which contain their left edge (the last one also its right edge).

    Args:
      a: array.
      bins: number of bins, or their edges.
      range: lowest and highest edge; those of the values by default.
      weights: what each value counts; 1 by default.
      density: divide by the total and the widths, so that the integral is 1.

    Returns:
      ``(counts, edges)``; counts are floating.

    Reference: NumPy, numpy.histogram.

    >>> import pullback.numpy as pnp
    >>> pnp.histogram(pnp.array([1.0, 2.0, 2.5, 4.0]), bins=3)
    (Array([1., 2., 1.], dtype=float32), Array([1., 2., 3., 4.], dtype=float32))
    """
    (x,) = arrays_of("histogram", a)
    w = None if weights is None else arrays_of("histogram", weights)[0]
    if w is not None and w.shape != x.shape:
        raise ValueError(f"weights should have the same shape as a, got {w.shape} and {x.shape}")
    counts, edges = _histogram(
        "histogram",
        lax.reshape(x, (x.size, 1)),
        [bins],
        None if range is None else [range],
        None if w is None else ravel(w),
        density,
    )
    return counts, edges[0]


def histogram2d(
    x: Any, y: Any, bins: Any = 10, range: Any = None, weights: Any = None, density: bool | None = None
) -> tuple[Array, Array, Array]:
    """`histogramdd` of points in the plane.

    Args:
      x, y: arrays of 1 dimension and one size.
      bins: number of bins, or edges; one for both or one for each.
      range: ends for each dimension.
      weights: array of the size of `x`.
      density: normalize the integral to 1.

    Reference: NumPy, numpy.histogram2d.

    >>> import pullback.numpy as pnp
    >>> pnp.histogram2d(pnp.array([0.0, 1.0, 1.0]), pnp.array([0.0, 0.0, 1.0]), bins=2)[0]
    Array([[1., 0.],
           [1., 1.]], dtype=float32)
    """
    from .joining import stack

    first, second = promote_dtypes(*arrays_of("histogram2d", x, y))
    number = isinstance(bins, (int, np.integer))
    if not number and len(bins) not in (1, 2):
        bins = [bins, bins]
    if first.size != second.size:
        raise ArgumentError(f"histogram2d: x and y must have as many elements, got shapes {first.shape} and {second.shape}")
    counts, (a, b) = _histogram("histogram2d", stack([ravel(first), ravel(second)], 1), bins, range, weights, density)
    return counts, a, b


def histogramdd(
    sample: Any, bins: Any = 10, range: Any = None, weights: Any = None, density: bool | None = None
) -> tuple[Array, list[Array]]:
    """Counts of points in boxes.

    Args:
      sample: array of shape [n, d].
      bins: number of bins in each dimension, or a sequence of numbers or of edges for each.
      range: a pair of edges for each dimension, or None.
      weights: what each point counts; 1 by default.
      density: divide by the total and the volumes.

    Returns:
      ``(counts, edges)``, one array of edges for each dimension.

    Reference: NumPy, numpy.histogramdd.

    >>> import pullback.numpy as pnp
    >>> pnp.histogramdd(pnp.array([[0.0, 0.0], [1.0, 1.0]]), bins=2)[0]
    Array([[1., 0.],
           [0., 1.]], dtype=float32)
    """
    return _histogram("histogramdd", sample, bins, range, weights, density)


def _histogram(fname: str, sample: Any, bins: Any, range: Any, weights: Any, density: bool | None) -> tuple[Array, list[Array]]:
    (points,) = arrays_of(fname, sample)
    if points.ndim != 2:
        raise ValueError(f"{fname}: sample must have shape [n, d], got {points.shape}")
    d = points.shape[1]
    each: Sequence[Any] = [bins] * d if isinstance(bins, (int, np.integer)) else list(bins)
    if len(each) != d:
        raise ValueError(f"{fname}: bins has {len(each)} entries for {d} dimensions")
    dtype = default_float() if weights is None else None
    w = as_array(np.ones((), dtype)) if weights is None else arrays_of(fname, weights)[0]
    columns = [lax.index_in_dim(points, i, 1, keepdims=False) for i in _range(d)]
    edges = [_edges(fname, c, b, None if range is None else range[i]) for i, (c, b) in enumerate(zip(columns, each))]
    index, shape = [], []
    for c, e in zip(columns, edges):
        v, e2 = promote_dtypes(c, e)
        place = searchsorted(e2, v, side="right")
        last = np.asarray(e.shape[0] - 1, place.dtype)
        at_end = lax.eq(v, lax.broadcast(lax.index_in_dim(e2, -1, keepdims=False), v.shape))
        place = lax.sub(lax.select(at_end, last, place), np.ones((), place.dtype))
        outside = lax.lt(place, np.zeros((), place.dtype))
        index.append(lax.select(outside, last, place))
        shape.append(e.shape[0] - 1)
    counts = update(lax.full(shape, np.zeros((), w.dtype)), tuple(index), w, "add", mode="drop")
    if density:
        from . import diff, divide, sum

        counts = divide(counts, sum(counts))
        for i, e in enumerate(edges):
            widths = diff(e)
            sizes = [widths.shape[0] if k == i else 1 for k in _range(d)]
            counts = divide(counts, lax.reshape(widths, sizes))
    return counts, edges


def interp(x: Any, xp: Any, fp: Any, left: Any = None, right: Any = None, period: Any = None) -> Array:
    """Piecewise linear interpolation.

    Args:
      x: where to evaluate.
      xp: increasing vector of positions (any order with `period`).
      fp: values at the positions.
      left, right: values below the first and above the last position; ``fp[0]`` and ``fp[-1]`` by default. "extrapolate"
        continues the first or last piece.
      period: period of the function.

    Reference: NumPy, numpy.interp.

    >>> import pullback.numpy as pnp
    >>> pnp.interp(pnp.array([0.5, 1.5]), pnp.array([0.0, 1.0, 2.0]), pnp.array([0.0, 10.0, 40.0]))
    Array([ 5., 25.], dtype=float32)
    """
    from . import add, divide, equal, greater, less, mod, multiply, subtract, where

    positions, values = arrays_of("interp", xp, fp)
    if positions.ndim != 1 or positions.shape != values.shape or positions.size == 0:
        raise ValueError(
            f"interp: xp and fp must be one-dimensional arrays of equal size, got {positions.shape} and {values.shape}"
        )
    if period is not None and (left is not None or right is not None):
        left = right = None
    v, positions = promote_dtypes(*arrays_of("interp", x), positions)
    if v.dtype.kind == "c":
        raise ArgumentError(f"interp: complex x and xp are not supported, got {v.dtype.name}; only fp may be complex")
    real = to_inexact(v.dtype)
    v, positions, values = cast(v, real), cast(positions, real), cast(values, to_inexact(values.dtype))
    if period is not None:
        from .joining import concatenate
        from .sorting import argsort

        v, positions = mod(v, period), mod(positions, period)
        order = argsort(positions)
        positions, values = take(positions, order, 0, mode="clip"), take(values, order, 0, mode="clip")
        ends = [lax.slice_in_dim(positions, -1, None), lax.slice_in_dim(positions, 0, 1)]
        positions = concatenate([subtract(ends[0], period), positions, add(ends[1], period)])
        values = concatenate([lax.slice_in_dim(values, -1, None), values, lax.slice_in_dim(values, 0, 1)])
    if positions.shape[0] == 1:
        return _at_one_position(v, positions, values, left, right)
    n = positions.shape[0]
    piece = searchsorted(positions, v, side="right")
    piece = lax.clamp(np.ones((), piece.dtype), piece, np.asarray(n - 1, piece.dtype))
    before = lax.sub(piece, np.ones((), piece.dtype))
    x0, x1 = (take(positions, i, 0, mode="clip") for i in (before, piece))
    y0, y1 = (take(values, i, 0, mode="clip") for i in (before, piece))
    width = subtract(x1, x0)
    flat = equal(width, 0)
    slope = divide(subtract(y1, y0), where(flat, 1, width))
    out = where(flat, y0, add(y0, multiply(subtract(v, x0), slope)))
    first, last = (lax.index_in_dim(values, i, keepdims=False) for i in (0, -1))
    for bound, outside, default in ((left, less, first), (right, greater, last)):
        if isinstance(bound, str):
            if bound != "extrapolate":
                raise ValueError(f"interp: the only string for left and right is 'extrapolate', got {bound!r}")
            continue
        edge = lax.index_in_dim(positions, 0 if outside is less else -1, keepdims=False)
        out = where(outside(v, edge), default if bound is None else bound, out)
    return out


def _at_one_position(v: Array, position: Array, value: Array, left: Any, right: Any) -> Array:
    from . import greater, less, where

    out = lax.broadcast(lax.reshape(value, ()), v.shape)
    out = where(less(v, position), out if left is None or isinstance(left, str) else left, out)
    return where(greater(v, position), out if right is None or isinstance(right, str) else right, out)


# Covariance ------------------------------------------------------------------------------------------------------------------
def cov(
    m: Any,
    y: Any = None,
    rowvar: bool = True,
    bias: bool = False,
    ddof: int | None = None,
    fweights: Any = None,
    aweights: Any = None,
    dtype: Any = None,
) -> Array:
    """Covariance matrix of variables.

    Args:
      m: array of shape [variables, observations].
      y: further variables.
      rowvar: variables are rows; otherwise columns.
      bias: divide by the number of observations N instead of N - 1.
      ddof: divide by N - ddof.
      fweights: how often each observation occurs.
      aweights: weights of the observations.
      dtype: floating or complex dtype of the computation.

    Reference: NumPy, numpy.cov.

    >>> import pullback.numpy as pnp
    >>> pnp.cov(pnp.array([[1.0, 2.0, 3.0], [6.0, 4.0, 2.0]]))
    Array([[ 1., -2.],
           [-2.,  4.]], dtype=float32)
    """
    return _covariance("cov", m, y, rowvar, bias, ddof, fweights, aweights, dtype)


def _covariance(
    fname: str, m: Any, y: Any, rowvar: bool, bias: bool, ddof: int | None, fweights: Any, aweights: Any, dtype: Any
) -> Array:
    from . import average, conj, divide, multiply, subtract, sum
    from .joining import concatenate

    arrays = promote_dtypes(*arrays_of(fname, m, *([] if y is None else [y])))
    wanted = to_inexact(arrays[0].dtype) if dtype is None else dtypes.requested_dtype(dtype, fname)
    if not dtypes.is_inexact(wanted):
        raise ArgumentError(f"{fname}: dtype must be a floating or complex type, got {wanted.name}")
    arrays = [cast(x, wanted) for x in arrays]
    if any(x.ndim > 2 for x in arrays):
        raise ValueError(f"{fname}: m and y have more than 2 dimensions: {', '.join(str(x.shape) for x in arrays)}")
    rows = []
    for x in arrays:
        x = lax.reshape(x, (1, x.size)) if x.ndim < 2 else x
        rows.append(moveaxis(x, 0, 1) if not rowvar and x.shape[0] != 1 else x)
    x = concatenate(rows, 0)
    if x.shape[0] == 0:
        return lax.full((0, 0), np.zeros((), x.dtype))
    if ddof is None:
        ddof = 0 if bias else 1
    w: Any = None
    for name, given in (("fweights", fweights), ("aweights", aweights)):
        if given is not None:
            (v,) = arrays_of(fname, given)
            if v.shape != (x.shape[1],):
                raise ValueError(f"{fname}: {name} must have shape ({x.shape[1]},), got {v.shape}")
            w = v if w is None else multiply(w, v)
    mean, total = average(x, axis=1, weights=w, returned=True)
    total = lax.index_in_dim(total, 0, keepdims=False)
    if w is None or ddof == 0 or aweights is None:
        factor = subtract(total, ddof)
    else:
        factor = subtract(total, divide(multiply(ddof, sum(multiply(w, arrays_of(fname, aweights)[0]))), total))
    centered = subtract(x, lax.expand_dims(mean, (1,)))
    weighted = centered if w is None else multiply(centered, w)
    product = matmul(weighted, moveaxis(conj(centered), 0, 1))
    return lax.squeeze(divide(product, factor), tuple(i for i, n in enumerate(product.shape) if n == 1))


def corrcoef(x: Any, y: Any = None, rowvar: bool = True, dtype: Any = None) -> Array:
    """Correlation coefficients of variables, as `cov` scaled to 1 on the diagonal.

    Args:
      x, y, rowvar, dtype: as in `cov`.

    Reference: NumPy, numpy.corrcoef.

    >>> import pullback.numpy as pnp
    >>> pnp.corrcoef(pnp.array([1.0, 2.0, 3.0]), pnp.array([6.0, 4.0, 2.0]))
    Array([[ 1., -1.],
           [-1.,  1.]], dtype=float32)
    """
    from . import clip, divide, imag, real, sqrt

    c = _covariance("corrcoef", x, y, rowvar, False, None, None, None, dtype)
    if c.ndim == 0:
        return divide(c, c)
    from .manipulation import diagonal

    deviation = sqrt(real(diagonal(c)))
    c = divide(divide(c, lax.expand_dims(deviation, (1,))), lax.expand_dims(deviation, (0,)))
    if c.dtype.kind == "c":
        return lax.complex(clip(real(c), -1, 1), clip(imag(c), -1, 1))
    return clip(c, -1, 1)
