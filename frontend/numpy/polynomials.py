"""Convolution, and polynomials as vectors of coefficients, the highest power first."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import lax
from ..array import Array
from .joining import concatenate
from .reshaping import atleast_1d
from .util import ArgumentError, arrays_of, as_array, as_int, broadcast_to, cast, promote_dtypes, to_inexact

__all__ = ["convolve", "correlate", "poly", "polyadd", "polyder", "polydiv", "polyint", "polymul", "polysub", "polyval"]


def _full_convolution(a: Array, v: Array) -> Array:
    """Row i of a matrix is `a` shifted by i; that is a broadcast, flattened and cut into rows that are shorter by one."""
    n, m = a.shape[0], v.shape[0]
    size = n + m
    padded = lax.pad(a, np.zeros((), a.dtype), [(0, m, 0)])
    flat = lax.reshape(lax.broadcast(padded, (m,)), (m * size,))
    shifted = lax.reshape(lax.slice_in_dim(flat, 0, m * (size - 1)), (m, size - 1))
    return lax.dot_general(v, shifted, (((0,), (0,)), ((), ())))


def _vectors(fname: str, a: Any, v: Any) -> list[Array]:
    x, y = promote_dtypes(*arrays_of(fname, a, v))
    if x.ndim != 1 or y.ndim != 1:
        raise ValueError(f"{fname}() only support 1-dimensional inputs, got shapes {x.shape} and {y.shape}")
    if x.size == 0 or y.size == 0:
        raise ValueError(f"{fname}: inputs cannot be empty, got shapes {x.shape} and {y.shape}")
    return [x, y]


def _part(full: Array, n: int, m: int, mode: str, fname: str) -> Array:
    long, short = max(n, m), min(n, m)
    if mode == "full":
        return full
    if mode == "same":
        start = (short - 1) // 2
        return lax.slice_in_dim(full, start, start + long)
    if mode == "valid":
        return lax.slice_in_dim(full, short - 1, long)
    raise ValueError(f"{fname}: mode must be one of ['full', 'same', 'valid'], got {mode!r}")


def convolve(a: Any, v: Any, mode: str = "full", *, precision: Any = None, preferred_element_type: Any = None) -> Array:
    """Discrete convolution of two vectors.

    Args:
      a, v: vectors.
      mode: "full" (all places where they overlap), "same" (as many as the longer one has), "valid" (full overlap).
      precision: accepted for JAX's sake.
      preferred_element_type: dtype of the result.

    Reference: NumPy, numpy.convolve.

    >>> import pullback.numpy as pnp
    >>> pnp.convolve(pnp.array([1.0, 2.0, 3.0]), pnp.array([1.0, 1.0]))
    Array([1., 3., 5., 3.], dtype=float32)
    """
    x, y = _vectors("convolve", a, v)
    if preferred_element_type is not None:
        x, y = (cast(u, np.dtype(preferred_element_type)) for u in (x, y))
    return _part(_full_convolution(x, y), x.shape[0], y.shape[0], mode, "convolve")


def correlate(a: Any, v: Any, mode: str = "valid", *, precision: Any = None, preferred_element_type: Any = None) -> Array:
    """Cross-correlation of two vectors: the convolution of `a` with `v` reversed and conjugated.

    Args:
      a, v: vectors.
      mode: as for `convolve`.
      precision: accepted for JAX's sake.
      preferred_element_type: dtype of the result.

    Reference: NumPy, numpy.correlate.

    >>> import pullback.numpy as pnp
    >>> pnp.correlate(pnp.array([1.0, 2.0, 3.0]), pnp.array([0.0, 1.0]))
    Array([2., 3.], dtype=float32)
    """
    x, y = _vectors("correlate", a, v)
    if preferred_element_type is not None:
        x, y = (cast(u, np.dtype(preferred_element_type)) for u in (x, y))
    n, m = x.shape[0], y.shape[0]
    y = lax.rev(lax.conj(y) if y.dtype.kind == "c" else y, (0,))
    full = _full_convolution(x, y)
    if mode == "same" and n < m:  # NumPy centres on the longer one, which here is reversed
        return lax.rev(_part(lax.rev(full, (0,)), n, m, mode, "correlate"), (0,))
    return _part(full, n, m, mode, "correlate")


# Polynomials -------------------------------------------------------------------------------------------------------------------
def _coefficients(fname: str, *ps: Any) -> list[Array]:
    arrays = [atleast_1d(p) for p in promote_dtypes(*arrays_of(fname, *ps))]
    for p in arrays:
        if p.ndim != 1:
            raise ValueError(f"{fname}: coefficients must be vectors, got shape {p.shape}")
    return arrays


def polyval(p: Any, x: Any, *, unroll: int = 16) -> Array:
    """The value of a polynomial, by Horner's rule.

    Args:
      p: coefficients; leading dimensions after the first are broadcast with `x`.
      x: where to evaluate.
      unroll: accepted for JAX's sake.

    Reference: NumPy, numpy.polyval.

    >>> import pullback.numpy as pnp
    >>> pnp.polyval(pnp.array([1.0, 2.0, 3.0]), pnp.array([0.0, 10.0]))
    Array([  3., 123.], dtype=float32)
    """
    from . import add, multiply

    c, v = promote_dtypes(*arrays_of("polyval", p, x))
    if c.ndim == 0:
        raise ArgumentError("polyval: p must be an array of coefficients, got a 0-d array")
    shape = np.broadcast_shapes(c.shape[1:], v.shape)
    y = lax.full(shape, np.zeros((), c.dtype))
    for i in range(c.shape[0]):
        y = add(multiply(y, v), lax.index_in_dim(c, i, keepdims=False))
    return y


def _align(x: Array, y: Array) -> tuple[Array, Array]:
    n = max(x.shape[0], y.shape[0])
    zero = np.zeros((), x.dtype)
    return lax.pad(x, zero, [(n - x.shape[0], 0, 0)]), lax.pad(y, zero, [(n - y.shape[0], 0, 0)])


def polyadd(a1: Any, a2: Any) -> Array:
    """Sum of polynomials.

    Args:
      a1, a2: coefficients, highest power first.

    Reference: NumPy, numpy.polyadd.

    >>> import pullback.numpy as pnp
    >>> pnp.polyadd(pnp.array([1.0, 2.0]), pnp.array([5.0]))
    Array([1., 7.], dtype=float32)
    """
    return lax.add(*_align(*_coefficients("polyadd", a1, a2)))


def polysub(a1: Any, a2: Any) -> Array:
    """Difference of polynomials.

    Args:
      a1, a2: coefficients, highest power first.

    Reference: NumPy, numpy.polysub.

    >>> import pullback.numpy as pnp
    >>> pnp.polysub(pnp.array([1.0, 2.0]), pnp.array([5.0]))
    Array([ 1., -3.], dtype=float32)
    """
    return lax.sub(*_align(*_coefficients("polysub", a1, a2)))


def polymul(a1: Any, a2: Any, *, trim_leading_zeros: bool = False) -> Array:
    """Product of polynomials.

    Args:
      a1, a2: coefficients.
      trim_leading_zeros: drop zeros in front; they must be concrete.

    Reference: NumPy, numpy.polymul.

    >>> import pullback.numpy as pnp
    >>> pnp.polymul(pnp.array([1.0, 1.0]), pnp.array([1.0, 2.0]))
    Array([1., 3., 2.], dtype=float32)
    """
    from .editing import trim_zeros

    x, y = _coefficients("polymul", a1, a2)
    if trim_leading_zeros:
        x, y = (p if t.size == 0 else t for p, t in ((q, trim_zeros(q, "f")) for q in (x, y)))
    return _full_convolution(x, y)


def polydiv(u: Any, v: Any, *, trim_leading_zeros: bool = False) -> tuple[Array, Array]:
    """Quotient and remainder of polynomials.

    Args:
      u, v: coefficients of dividend and divisor.
      trim_leading_zeros: drop zeros in front of the remainder; it must be concrete.

    Reference: NumPy, numpy.polydiv.

    >>> import pullback.numpy as pnp
    >>> pnp.polydiv(pnp.array([1.0, 3.0, 2.0]), pnp.array([1.0, 1.0]))
    (Array([1., 2.], dtype=float32), Array([0.], dtype=float32))
    """
    from . import divide, multiply, subtract
    from .editing import trim_zeros

    x, y = _coefficients("polydiv", u, v)
    dtype = to_inexact(x.dtype)
    x, y = cast(x, dtype), cast(y, dtype)
    n, m = x.shape[0], y.shape[0]
    if m == 0 or n == 0:
        raise IndexError(f"polydiv: polynomials must have at least one coefficient, got shapes {x.shape} and {y.shape}")
    if n < m:
        return lax.full((1,), np.zeros((), dtype)), x
    quotient = []
    for _ in range(n - m + 1):
        q = divide(lax.slice_in_dim(x, 0, 1), lax.slice_in_dim(y, 0, 1))
        quotient.append(q)
        head = subtract(lax.slice_in_dim(x, 1, m), multiply(q, lax.slice_in_dim(y, 1, m)))
        x = lax.concatenate([head, lax.slice_in_dim(x, m, x.shape[0])], 0) if x.shape[0] > m else head
    rest = x if x.shape[0] else lax.full((1,), np.zeros((), dtype))
    if trim_leading_zeros:
        trimmed = trim_zeros(rest, "f")
        rest = trimmed if trimmed.size else lax.slice_in_dim(rest, -1, None)
    return concatenate(quotient), rest


def polyder(p: Any, m: int = 1) -> Array:
    """Derivative of order `m` of a polynomial.

    Args:
      p: coefficients, highest power first.
      m: order of the derivative.

    Reference: NumPy, numpy.polyder.

    >>> import pullback.numpy as pnp
    >>> pnp.polyder(pnp.array([1.0, 2.0, 3.0]))
    Array([2., 2.], dtype=float32)
    """
    from . import multiply

    (c,) = _coefficients("polyder", p)
    m = as_int(m, "m")
    if m < 0:
        raise ValueError(f"polyder: order of derivative must be positive, got {m}")
    c = cast(c, to_inexact(c.dtype)) if m else c
    n = c.shape[0]
    if m >= n:
        return lax.full((0,), np.zeros((), c.dtype))
    powers = np.arange(n - 1, m - 1, -1, dtype=np.float64)
    factor = np.ones_like(powers)
    for i in range(m):
        factor *= powers - i
    return multiply(lax.slice_in_dim(c, 0, n - m), as_array(factor.astype(c.dtype)))


def polyint(p: Any, m: int = 1, k: Any = None) -> Array:
    """Integral of order `m` of a polynomial, with constants of integration `k` (0 by default).

    Args:
      p: coefficients, highest power first.
      m: order of the integral.
      k: constants of integration; 0 by default.

    Reference: NumPy, numpy.polyint.

    >>> import pullback.numpy as pnp
    >>> pnp.polyint(pnp.array([2.0, 2.0]))
    Array([1., 2., 0.], dtype=float32)
    """
    from . import divide

    m = as_int(m, "m")
    if m < 0:
        raise ValueError(f"polyint: order of integral must be positive, got {m}")
    c, constants = _coefficients("polyint", p, 0 if k is None else k)
    dtype = to_inexact(c.dtype)
    c, constants = cast(c, dtype), cast(constants, dtype)
    if constants.shape[0] not in (1, m):
        raise ValueError(f"polyint: k must be a scalar or have {m} elements, got shape {constants.shape}")
    constants = broadcast_to(constants, (m,)) if m else constants
    for i in range(m):
        n = c.shape[0]
        c = concatenate([divide(c, as_array(np.arange(n, 0, -1).astype(dtype))), lax.slice_in_dim(constants, i, i + 1)])
    return c


def _characteristic(a: Array) -> Array:
    """Coefficients of ``det(x - a)``: c[k] = -trace(a m[k]) / k, where m[k + 1] = a m[k] + c[k]."""
    from . import divide, eye, matmul, negative, trace

    n = a.shape[0]
    coefficients = [as_array(np.ones((), a.dtype))]
    identity: Any = eye(n, dtype=a.dtype)
    m = identity
    for k in range(1, n + 1):
        product: Any = matmul(a, m)
        coefficients.append(divide(negative(trace(product)), k))
        m = product + coefficients[-1] * identity
    return concatenate([atleast_1d(c) for c in coefficients])


def poly(seq_of_zeros: Any) -> Array:
    """The polynomial with leading coefficient 1 and given roots.

    Args:
      seq_of_zeros: array of 1 dimension; or a square matrix, whose characteristic polynomial is computed (by the method of
        Faddeev and LeVerrier, from products and traces; of a real matrix it is real).

    Raises:
      ValueError: neither a vector nor a square matrix.

    Reference: NumPy, numpy.poly.

    >>> import pullback.numpy as pnp
    >>> pnp.poly(pnp.array([1.0, 2.0]))
    Array([ 1., -3.,  2.], dtype=float32)
    """
    from . import negative

    (roots,) = arrays_of("poly", seq_of_zeros)
    roots = cast(atleast_1d(roots), to_inexact(roots.dtype))
    if roots.ndim == 2 and roots.shape[0] == roots.shape[1] and roots.size:
        return _characteristic(roots)
    if roots.ndim != 1:
        raise ValueError(f"poly: input must be a vector or a non-empty square matrix, got shape {roots.shape}")
    if roots.size == 0:
        return as_array(np.ones((), roots.dtype))
    one = np.ones((1,), roots.dtype)
    out = as_array(one)
    for i in range(roots.shape[0]):
        out = _full_convolution(out, concatenate([as_array(one), negative(lax.slice_in_dim(roots, i, i + 1))]))
    return out
