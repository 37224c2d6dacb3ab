"""Matrices of a special structure: part of `pullback.scipy.linalg`."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .. import dtypes
from .. import numpy as pnp
from ..array import Array
from ..locations import located
from ..numpy.util import arrays_of, as_int, promote_dtypes

_FLOAT = np.float64  # what NumPy computes constants in; they are cast to the default float


def _constant(values: Any, dtype: Any = None) -> Array:
    return pnp.asarray(np.asarray(values, dtypes.canonicalize_dtype(_FLOAT) if dtype is None else dtype))


def _size(name: str, n: Any) -> int:
    n = as_int(n, f"n of {name}")
    if n < 1:
        raise ValueError(located(f"{name}: n must be at least 1, got {n}"))
    return n


def _vector(name: str, x: Any, least: int = 0) -> Array:
    (x,) = arrays_of(name, x)
    if x.ndim < 1 or x.shape[-1] < least:
        raise ValueError(located(f"{name} takes a vector of at least {max(least, 1)} elements, got an array of shape {x.shape}"))
    return x


def block_diag(*arrs: Any) -> Array:
    """A matrix of blocks along the diagonal, with zeros elsewhere.

    Args:
      arrs: matrices; a vector or scalar counts as a matrix of one row.

    Raises:
      ValueError: an array has more than two dimensions.

    Reference: SciPy documentation, scipy.linalg.block_diag.

    >>> from pullback import numpy as pnp, scipy
    >>> scipy.linalg.block_diag(pnp.array([[1, 2]]), pnp.array(3))
    Array([[1, 2, 0],
           [0, 0, 3]], dtype=int32)
    """
    if not arrs:
        return pnp.zeros((1, 0))
    blocks = promote_dtypes(*arrays_of("block_diag", *arrs))
    for i, x in enumerate(blocks):
        if x.ndim > 2:
            raise ValueError(located(f"Arguments to block_diag must have at most 2 dimensions, got {x.shape} at argument {i}."))
    blocks = [x.reshape((1,) * (2 - x.ndim) + x.shape) for x in blocks]
    width, rows, left = sum(x.shape[1] for x in blocks), [], 0
    for x in blocks:
        rows.append(pnp.pad(x, [(0, 0), (left, width - left - x.shape[1])]))
        left += x.shape[1]
    return pnp.concatenate(rows, axis=0)


def toeplitz(c: Any, r: Any = None) -> Array:
    """The Toeplitz matrix, constant along diagonals, of a first column and a first row.

    Args:
      c: array of shape [..., n].
      r: array of shape [..., m], whose first element is not used; by default the conjugate of `c`.

    Returns:
      Array of shape [..., n, m].

    Reference: SciPy documentation, scipy.linalg.toeplitz.

    >>> from pullback import numpy as pnp, scipy
    >>> scipy.linalg.toeplitz(pnp.array([1, 2]), pnp.array([1, 5, 6]))
    Array([[1, 5, 6],
           [2, 1, 5]], dtype=int32)
    """
    if r is None:
        (c,) = arrays_of("toeplitz", c)
        r = pnp.conj(c)
    c, r = promote_dtypes(*arrays_of("toeplitz", c, r))
    c, r = pnp.atleast_1d(c), pnp.atleast_1d(r)
    n, m = c.shape[-1], r.shape[-1]
    lead = pnp.broadcast_shapes(c.shape[:-1], r.shape[:-1])
    c, r = pnp.broadcast_to(c, (*lead, n)), pnp.broadcast_to(r, (*lead, m))
    elements = pnp.concatenate([c[..., ::-1], r[..., 1:]], axis=-1)
    return pnp.take(elements, np.arange(m)[None, :] - np.arange(n)[:, None] + n - 1, axis=-1)


def hankel(c: Any, r: Any = None) -> Array:
    """The Hankel matrix, constant along anti-diagonals, of a first column and a last row.

    Args:
      c: array of shape [..., n].
      r: array of shape [..., m], whose first element is not used; by default zeros of the length of `c`.

    Returns:
      Array of shape [..., n, m].

    Reference: SciPy documentation, scipy.linalg.hankel.

    >>> from pullback import numpy as pnp, scipy
    >>> scipy.linalg.hankel(pnp.array([1, 2, 3]))
    Array([[1, 2, 3],
           [2, 3, 0],
           [3, 0, 0]], dtype=int32)
    """
    (c,) = arrays_of("hankel", c)
    c, r = promote_dtypes(c, pnp.zeros_like(c) if r is None else arrays_of("hankel", r)[0])
    c, r = pnp.atleast_1d(c), pnp.atleast_1d(r)
    n, m = c.shape[-1], r.shape[-1]
    lead = pnp.broadcast_shapes(c.shape[:-1], r.shape[:-1])
    elements = pnp.concatenate([pnp.broadcast_to(c, (*lead, n)), pnp.broadcast_to(r, (*lead, m))[..., 1:]], axis=-1)
    return pnp.take(elements, np.arange(n)[:, None] + np.arange(m)[None, :], axis=-1)


def circulant(c: Any) -> Array:
    """The circulant matrix of a first column.

    Args:
      c: array of shape [..., n].

    Returns:
      Array of shape [..., n, n].

    Reference: SciPy documentation, scipy.linalg.circulant.

    >>> from pullback import numpy as pnp, scipy
    >>> scipy.linalg.circulant(pnp.array([1, 2, 3]))
    Array([[1, 3, 2],
           [2, 1, 3],
           [3, 2, 1]], dtype=int32)
    """
    c = _vector("circulant", c)
    n = c.shape[-1]
    return pnp.take(c, (np.arange(n)[:, None] - np.arange(n)[None, :]) % n, axis=-1)


def convolution_matrix(a: Any, n: int, mode: str = "full") -> Array:
    """The matrix whose product with a vector of `n` elements is ``numpy.convolve(a, vector, mode)``.

    Args:
      a: array of shape [m].
      n: number of columns.
      mode: "full", "same" or "valid".

    Raises:
      ValueError: an empty `a`, `n` below 1, or another mode.

    Reference: SciPy documentation, scipy.linalg.convolution_matrix.

    >>> from pullback import numpy as pnp, scipy
    >>> scipy.linalg.convolution_matrix(pnp.array([1, 2]), 2)
    Array([[1, 0],
           [2, 1],
           [0, 2]], dtype=int32)
    """
    a, n = _vector("convolution_matrix", a, 1), _size("convolution_matrix", n)
    if a.ndim != 1:
        raise ValueError(located(f"convolution_matrix: a must have one dimension, got shape {a.shape}"))
    m = a.shape[0]
    zeros = pnp.zeros(n - 1, a.dtype)
    full = toeplitz(pnp.concatenate([a, zeros]), pnp.concatenate([a[:1], zeros]))
    sizes = {"full": m + n - 1, "same": max(m, n), "valid": max(m, n) - min(m, n) + 1}
    if mode not in sizes:
        raise ValueError(located(f"convolution_matrix: mode must be 'full', 'same' or 'valid', got {mode!r}"))
    start = (full.shape[0] - sizes[mode]) // 2
    return full[start : start + sizes[mode]]


def companion(a: Any) -> Array:
    """The companion matrix of a polynomial: its eigenvalues are the roots.

    Args:
      a: coefficients, of shape [..., n] with n at least 2; the first is that of the highest power.

    Returns:
      Array of shape [..., n - 1, n - 1].

    Reference: SciPy documentation, scipy.linalg.companion.

    >>> from pullback import numpy as pnp, scipy
    >>> scipy.linalg.companion(pnp.array([1.0, -10.0, 31.0]))
    Array([[ 10., -31.],
           [  1.,   0.]], dtype=float32)
    """
    a = _vector("companion", a, 2)
    top = -a[..., 1:] / a[..., :1]
    n = top.shape[-1]
    below = pnp.broadcast_to(_constant(np.eye(n - 1, n), top.dtype), (*top.shape[:-1], n - 1, n))
    return pnp.concatenate([top[..., None, :], below], axis=-2)


def fiedler(a: Any) -> Array:
    """The Fiedler matrix: absolute differences of all pairs.

    Args:
      a: array of shape [..., n].

    Returns:
      Array of shape [..., n, n].

    Reference: SciPy documentation, scipy.linalg.fiedler.

    >>> from pullback import numpy as pnp, scipy
    >>> scipy.linalg.fiedler(pnp.array([1, 4]))
    Array([[0, 3],
           [3, 0]], dtype=int32)
    """
    a = _vector("fiedler", a)
    return pnp.abs(a[..., :, None] - a[..., None, :])


def fiedler_companion(a: Any) -> Array:
    """The Fiedler companion matrix of a polynomial: pentadiagonal, with the roots as eigenvalues.

    Args:
      a: coefficients, of shape [n] with n at least 2.

    Returns:
      Array of shape [n - 1, n - 1].

    Reference: Fiedler, A Note on Companion Matrices (Linear Algebra and its Applications, 2003).

    >>> from pullback import numpy as pnp, scipy
    >>> scipy.linalg.fiedler_companion(pnp.array([1.0, -10.0, 31.0]))
    Array([[ 10., -31.],
           [  1.,   0.]], dtype=float32)
    """
    a = _vector("fiedler_companion", a, 2)
    if a.ndim != 1:
        raise ValueError(located(f"fiedler_companion: a must have one dimension, got shape {a.shape}"))
    a = -a / a[0]
    n = a.shape[0] - 1
    if n == 1:
        return a[1:].reshape(1, 1)
    out = pnp.zeros((n, n), a.dtype).at[0, 0].set(a[1]).at[1, 0].set(1)
    rows = np.arange(n)
    even, odd = rows[2::2], rows[1::2]
    out = out.at[rows[:-2:2], rows[2::2]].set(1) if n > 2 else out
    out = out.at[rows[3::2], rows[1:-2:2]].set(1) if n > 3 else out
    out = out.at[odd - 1, odd].set(a[odd + 1])
    return out.at[even, even - 1].set(a[even + 1])


def leslie(f: Any, s: Any) -> Array:
    """The Leslie matrix of a population: birth rates in the first row, survival below the diagonal.

    Args:
      f: birth rates, of shape [..., n].
      s: survival, of shape [..., n - 1].

    Returns:
      Array of shape [..., n, n].

    Raises:
      ValueError: the lengths do not fit.

    Reference: Leslie, On the Use of Matrices in Certain Population Mathematics (Biometrika, 1945).

    >>> from pullback import numpy as pnp, scipy
    >>> scipy.linalg.leslie(pnp.array([0.1, 2.0]), pnp.array([0.5]))
    Array([[0.1, 2. ],
           [0.5, 0. ]], dtype=float32)
    """
    f, s = promote_dtypes(*arrays_of("leslie", f, s))
    if f.ndim < 1 or s.ndim < 1 or f.shape[-1] != s.shape[-1] + 1 or not s.shape[-1]:
        raise ValueError(
            located(f"leslie: f must have one element more than s, which has at least one; got {f.shape} and {s.shape}")
        )
    n = f.shape[-1]
    lead = pnp.broadcast_shapes(f.shape[:-1], s.shape[:-1])
    f, s = pnp.broadcast_to(f, (*lead, n)), pnp.broadcast_to(s, (*lead, n - 1))
    below = s[..., :, None] * _constant(np.eye(n - 1, n), s.dtype)
    return pnp.concatenate([f[..., None, :], below], axis=-2)


def dft(n: int, scale: str | None = None, *, dtype: Any = None) -> Array:
    """The matrix of the discrete Fourier transform.

    Args:
      n: number of points.
      scale: None, "sqrtn" (divide by the root of n) or "n" (divide by n).
      dtype: complex dtype.

    Raises:
      ValueError: another scale.

    Reference: SciPy documentation, scipy.linalg.dft.

    >>> from pullback import scipy
    >>> scipy.linalg.dft(2).real
    Array([[ 1.,  1.],
           [ 1., -1.]], dtype=float32)
    """
    n = _size("dft", n)
    divisors = {None: 1.0, "sqrtn": math.sqrt(n), "n": n}
    if scale not in divisors:
        raise ValueError(located(f"dft: scale must be None, 'sqrtn', or 'n'; got {scale!r}"))
    turns = np.exp(-2j * np.pi * (np.outer(np.arange(n), np.arange(n)) % n) / n) / divisors[scale]
    return _constant(turns, dtypes.canonicalize_dtype(np.complex128 if dtype is None else dtype))


def hadamard(n: int, dtype: Any = int) -> Array:
    """The Hadamard matrix: elements 1 and -1, orthogonal rows (Sylvester's construction).

    Args:
      n: a power of 2.
      dtype: dtype of the result.

    Raises:
      ValueError: `n` is no power of 2.

    Reference: SciPy documentation, scipy.linalg.hadamard.

    >>> from pullback import scipy
    >>> scipy.linalg.hadamard(2)
    Array([[ 1,  1],
           [ 1, -1]], dtype=int32)
    """
    n = _size("hadamard", n)
    if n & (n - 1):
        raise ValueError(located(f"hadamard: n must be a positive power of 2, got {n}"))
    both = np.arange(n)[:, None] & np.arange(n)[None, :]
    return _constant(1 - 2 * (np.bitwise_count(both) % 2).astype(int), dtypes.canonicalize_dtype(dtype))


def helmert(n: int, full: bool = False) -> Array:
    """The Helmert matrix of order `n`: orthonormal rows.

    Args:
      n: number of columns.
      full: with the constant first row.

    Reference: SciPy documentation, scipy.linalg.helmert.

    >>> from pullback import scipy
    >>> scipy.linalg.helmert(2).round(4)
    Array([[ 0.7071, -0.7071]], dtype=float32)
    """
    n = _size("helmert", n)
    H = np.tril(np.ones((n, n)), -1) - np.diag(np.arange(n))
    H[0] = 1
    d = np.arange(n) * np.arange(1, n + 1)
    d[0] = n
    H = H / np.sqrt(d)[:, None]
    return _constant(H if full else H[1:])


def hilbert(n: int) -> Array:
    """The Hilbert matrix, of elements 1 / (i + j + 1).

    Args:
      n: number of rows.

    Reference: SciPy documentation, scipy.linalg.hilbert.

    >>> from pullback import scipy
    >>> scipy.linalg.hilbert(2).round(4)
    Array([[1.    , 0.5   ],
           [0.5   , 0.3333]], dtype=float32)
    """
    n = _size("hilbert", n)
    return _constant(1.0 / (np.arange(n)[:, None] + np.arange(n)[None, :] + 1))


def invhilbert(n: int) -> Array:
    """The inverse of the Hilbert matrix; its elements are whole numbers.

    Args:
      n: number of rows.

    Reference: SciPy documentation, scipy.linalg.invhilbert.

    >>> from pullback import scipy
    >>> scipy.linalg.invhilbert(2)
    Array([[ 4., -6.],
           [-6., 12.]], dtype=float32)
    """
    n = _size("invhilbert", n)

    def element(i: int, j: int) -> int:
        s = i + j
        return (-1) ** s * (s + 1) * math.comb(n + i, n - j - 1) * math.comb(n + j, n - i - 1) * math.comb(s, i) ** 2

    return _constant([[float(element(i, j)) for j in range(n)] for i in range(n)])


def pascal(n: int, kind: str | None = None) -> Array:
    """The Pascal matrix of binomial coefficients.

    Args:
      n: number of rows.
      kind: "symmetric" (also None), "lower" or "upper".

    Raises:
      ValueError: another kind.

    Reference: SciPy documentation, scipy.linalg.pascal.

    >>> from pullback import scipy
    >>> scipy.linalg.pascal(3, "lower")
    Array([[1., 0., 0.],
           [1., 1., 0.],
           [1., 2., 1.]], dtype=float32)
    """
    return _pascal("pascal", n, kind, 1)


def invpascal(n: int, kind: str | None = None) -> Array:
    """The inverse of the Pascal matrix.

    Args:
      n: number of rows.
      kind: "symmetric" (also None), "lower" or "upper".

    Raises:
      ValueError: another kind.

    Reference: SciPy documentation, scipy.linalg.invpascal.

    >>> from pullback import scipy
    >>> scipy.linalg.invpascal(2)
    Array([[ 2., -1.],
           [-1.,  1.]], dtype=float32)
    """
    return _pascal("invpascal", n, kind, -1)


def _pascal(name: str, n: Any, kind: str | None, sign: int) -> Array:
    n = _size(name, n)
    if kind not in (None, "symmetric", "lower", "upper"):
        raise ValueError(located(f"{name}: kind must be 'symmetric', 'lower' or 'upper', got {kind!r}"))
    lower = np.array([[float(math.comb(i, j)) * sign ** (i + j) for j in range(n)] for i in range(n)])
    if kind == "lower":
        return _constant(lower)
    if kind == "upper":
        return _constant(lower.T)
    return _constant(lower @ lower.T if sign > 0 else lower.T @ lower)
