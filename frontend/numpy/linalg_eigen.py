"""Eigenvalues, eigenvectors and singular values: functions of `pullback.numpy.linalg`."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from .. import lax
from ..array import Array, ConcreteArray
from ..lax.matrices import adjoint
from .choice import where
from .emit import quiet, wrap
from .sorting import argsort
from .systems import inexact, square
from .take import take_along_axis
from .ufuncs import multiply


class EigResult(NamedTuple):
    """Result of `eig`."""

    eigenvalues: Array
    eigenvectors: Array


class EighResult(NamedTuple):
    """Result of `eigh`."""

    eigenvalues: Array
    eigenvectors: Array


class SVDResult(NamedTuple):
    """Result of `svd`."""

    U: Array
    S: Array
    Vh: Array


# Hermitian matrices ------------------------------------------------------------------------------------------------------
def eigh(a: Any, UPLO: str | None = None, symmetrize_input: bool = True) -> EighResult:
    """Eigenvalues and eigenvectors of Hermitian matrices.

    In each eigenvector the first component of at least 0.37 times the largest magnitude is real and positive. Derivatives of
    vectors are infinite or NaN where eigenvalues coincide; those of the eigenvalues are not.

    Args:
      a: array of shape [..., n, n].
      UPLO: "L" (or None) or "U": which triangle is read, without `symmetrize_input`.
      symmetrize_input: decompose the Hermitian part of `a`.

    Returns:
      ``(eigenvalues, eigenvectors)``: ascending real values [..., n], and vectors, the columns of an array [..., n, n]; NaN
      where a matrix is not finite.

    Raises:
      ValueError: the matrices are not square, or `UPLO` is something else.

    Reference: NumPy, numpy.linalg.eigh; Golub and Van Loan, Matrix Computations (2013), section 8.5.

    >>> import pullback.numpy as pnp
    >>> w, v = pnp.linalg.eigh(pnp.array([[2.0, 0.0], [0.0, 1.0]]))
    >>> w
    Array([1., 2.], dtype=float32)
    >>> v
    Array([[0., 1.],
           [1., 0.]], dtype=float32)
    """
    if UPLO not in (None, "L", "U"):
        raise ValueError(f"UPLO must be one of None, 'L', or 'U', got {UPLO}")
    v, w = lax.linalg.eigh(square("eigh", a), lower=UPLO != "U", symmetrize_input=symmetrize_input)
    return EighResult(w, v)


def eigvalsh(a: Any, UPLO: str | None = "L", *, symmetrize_input: bool = True) -> Array:
    """Eigenvalues of Hermitian matrices.

    Args:
      a: array of shape [..., n, n].
      UPLO: "L" (or None) or "U": which triangle is read, without `symmetrize_input`.
      symmetrize_input: take the Hermitian part of `a`.

    Returns:
      Ascending real values [..., n].

    Raises:
      ValueError: the matrices are not square, or `UPLO` is something else.

    Reference: NumPy, numpy.linalg.eigvalsh.

    >>> import pullback.numpy as pnp
    >>> pnp.linalg.eigvalsh(pnp.array([[2.0, 0.0], [0.0, 1.0]]))
    Array([1., 2.], dtype=float32)
    """
    return eigh(a, UPLO, symmetrize_input).eigenvalues


# Singular values -----------------------------------------------------------------------------------------------------------
def svd(
    a: Any, full_matrices: bool = True, compute_uv: bool = True, hermitian: bool = False, subset_by_index: Any = None
) -> Array | SVDResult:
    """Singular value decomposition of matrices, ``a = U @ diag(S) @ Vh``.

    In each of the first min(m, n) columns of U the first component of at least 0.37 times the largest magnitude is real and
    positive. Derivatives of vectors are infinite or NaN where singular values coincide, or vanish and m and n differ.

    Args:
      a: array of shape [..., m, n].
      full_matrices: give all m left and n right vectors, not only min(m, n).
      compute_uv: give vectors, not only singular values.
      hermitian: `a` is Hermitian: use its eigenvalues.
      subset_by_index: ``(start, end)`` selects singular values by their number in descending order.

    Returns:
      ``(U, S, Vh)``, or `S` alone; NaN where a matrix is not finite.

    Raises:
      ValueError: there are less than two dimensions, or `subset_by_index` does not fit.

    Reference: NumPy, numpy.linalg.svd; Golub and Van Loan, Matrix Computations (2013), section 8.6.

    >>> import pullback.numpy as pnp
    >>> U, S, Vh = pnp.linalg.svd(pnp.array([[0.0, 3.0], [-2.0, 0.0]]))
    >>> S
    Array([3., 2.], dtype=float32)
    """
    if hermitian:
        if subset_by_index is not None:
            raise NotImplementedError("svd: subset_by_index is not available for hermitian=True; slice the results instead")
        return _svd_hermitian(square("svd", a), compute_uv)
    (x,) = inexact("svd", a)
    if x.ndim < 2:
        raise ValueError(f"svd: the argument must have at least two dimensions, got shape {x.shape}")
    results = lax.linalg.svd(x, full_matrices=full_matrices, compute_uv=compute_uv, subset_by_index=subset_by_index)
    return SVDResult(*results) if compute_uv else results  # type: ignore[return-value]


def _svd_hermitian(x: Array, compute_uv: bool) -> Array | SVDResult:
    """Singular values are the absolute eigenvalues, whose signs go to the right vectors."""
    v, w = lax.linalg.eigh(x)
    s = lax.abs(w)
    order = argsort(s, axis=-1, descending=True)
    s = take_along_axis(s, order, -1)
    if not compute_uv:
        return s
    w = take_along_axis(w, order, -1)
    u = take_along_axis(v, lax.expand_dims(order, (order.ndim - 1,)), -1)
    signs = where(lax.lt(w, np.zeros((), w.dtype)), -1, 1).astype(u.dtype)
    return SVDResult(u, s, adjoint(multiply(u, lax.expand_dims(signs, (signs.ndim - 1,)))))


def svdvals(x: Any, /) -> Array:
    """Singular values of matrices.

    Args:
      x: array of shape [..., m, n].

    Returns:
      Descending real values [..., min(m, n)].

    Reference: NumPy, numpy.linalg.svdvals.

    >>> import pullback.numpy as pnp
    >>> pnp.linalg.svdvals(pnp.array([[0.0, 3.0], [-2.0, 0.0]]))
    Array([3., 2.], dtype=float32)
    """
    return svd(x, compute_uv=False, hermitian=False)  # type: ignore[return-value]


# General matrices --------------------------------------------------------------------------------------------------------
def eig(a: Any) -> EigResult:
    """Eigenvalues and eigenvectors of square matrices, by NumPy: of arrays whose values are known, outside transformations.

    Args:
      a: array of shape [..., n, n].

    Returns:
      ``(eigenvalues, eigenvectors)``: complex values [..., n] in no particular order, and vectors of length one, the columns of
      an array [..., n, n]; NaN where a matrix is not finite.

    Raises:
      ValueError: the matrices are not square.
      NotImplementedError: the argument is traced (under `jit`, `grad`, `vmap` and the like).

    Reference: NumPy, numpy.linalg.eig.

    >>> import pullback.numpy as pnp
    >>> pnp.linalg.eig(pnp.array([[2.0, 0.0], [0.0, 1.0]])).eigenvalues
    Array([2.+0.j, 1.+0.j], dtype=complex64)
    """
    w, v = _general("eig", a, np.linalg.eig)
    return EigResult(w, v)


def eigvals(a: Any) -> Array:
    """Eigenvalues of square matrices, by NumPy: of arrays whose values are known, outside transformations.

    Args:
      a: array of shape [..., n, n].

    Returns:
      Complex values [..., n] in no particular order; NaN where a matrix is not finite.

    Raises:
      ValueError: the matrices are not square.
      NotImplementedError: the argument is traced (under `jit`, `grad`, `vmap` and the like).

    Reference: NumPy, numpy.linalg.eigvals.

    >>> import pullback.numpy as pnp
    >>> pnp.linalg.eigvals(pnp.array([[2.0, 0.0], [0.0, 1.0]]))
    Array([2.+0.j, 1.+0.j], dtype=complex64)
    """
    (w,) = _general("eigvals", a, lambda x: (np.linalg.eigvals(x),))
    return w


def _general(name: str, a: Any, function: Any) -> list[Array]:
    x = square(name, a)
    if not isinstance(x, ConcreteArray):
        raise NotImplementedError(
            f"{name} of a traced array is not implemented: there is no compiled algorithm for general matrices. For Hermitian ones "
            f"use {'eigh' if name == 'eig' else 'eigvalsh'}; else apply {name} to concrete arrays, outside jit, grad and vmap."
        )
    host = x.host
    finite = np.isfinite(host).all((-1, -2))
    results = quiet.run(function, np.where(finite[..., None, None], host, np.zeros((), host.dtype)))
    out: list[Array] = []
    for result in results:
        result = np.array(result, np.result_type(host.dtype, np.complex64))
        result[~finite] = np.nan
        out.append(wrap(result))
    return out
