"""Orthogonal and spectral decompositions in SciPy's form: part of `pullback.scipy.linalg`.

`overwrite_*`, `check_finite`, `lwork`, `turbo` and `lapack_driver` have no effect: arrays are immutable, and no values are checked.
"""

from __future__ import annotations

from typing import Any

from .. import lax
from .. import numpy as pnp
from ..array import Array
from ..lax.matrices import adjoint
from ..locations import located
from ..numpy.systems import inexact, square
from .solvers import cholesky


def qr(
    a: Any,
    overwrite_a: bool = False,
    lwork: Any = None,
    mode: str = "full",
    pivoting: bool = False,
    check_finite: bool = True,
) -> Any:
    """QR decomposition.

    Args:
      a: array of shape [..., m, n].
      mode: "full", "economic", or "r" for only r.
      pivoting: order the columns so that the diagonal of r does not grow.
      overwrite_a, lwork, check_finite: no effect.

    Returns:
      q and r (for mode "r", a tuple of r), and the order of the columns, if `pivoting`.

    Raises:
      ValueError: another mode.

    Reference: SciPy documentation, scipy.linalg.qr.

    >>> from pullback import numpy as pnp, scipy
    >>> scipy.linalg.qr(pnp.array([[3.0], [4.0]]), mode="r")
    (Array([[-5.],
           [ 0.]], dtype=float32),)
    """
    if mode not in ("full", "economic", "r"):
        raise ValueError(located(f"Unsupported QR decomposition mode {mode!r}: use 'full', 'economic' or 'r'"))
    (a,) = inexact("qr", a)
    out = lax.linalg.qr(a, pivoting=pivoting, full_matrices=mode != "economic")
    return out[1:] if mode == "r" else out


def qr_multiply(
    a: Any,
    c: Any,
    mode: str = "right",
    pivoting: bool = False,
    conjugate: bool = False,
    overwrite_a: bool = False,
    overwrite_c: bool = False,
) -> Any:
    """The product of a matrix with the factor q of ``a = q r``, and r.

    Args:
      a: array of shape [m, n].
      c: array; for "left" its rows, for "right" its columns fit q. A vector counts as one column ("left") or row ("right").
      mode: "left" for ``q @ c``, "right" for ``c @ q``.
      pivoting: as in `qr`.
      conjugate: multiply with the conjugate of q.
      overwrite_a, overwrite_c: no effect.

    Returns:
      The product, r, and the order of the columns, if `pivoting`.

    Raises:
      ValueError: another mode, or shapes that do not fit.

    Reference: SciPy documentation, scipy.linalg.qr_multiply.

    >>> from pullback import numpy as pnp, scipy
    >>> product, r = scipy.linalg.qr_multiply(pnp.array([[3.0], [4.0]]), pnp.array([1.0, 0.0]))
    >>> product
    Array([-0.6], dtype=float32)
    """
    if mode not in ("left", "right"):
        raise ValueError(located(f"qr_multiply: mode must be 'left' or 'right', got {mode!r}"))
    a, c = inexact("qr_multiply", a, c)
    q, *rest = lax.linalg.qr(a, pivoting=pivoting, full_matrices=False)
    if conjugate:
        q = pnp.conj(q)
    (inner,) = {"left": (q.shape[-1],), "right": (q.shape[-2],)}[mode]
    fits = c.shape[0 if mode == "left" or c.ndim == 1 else -1]
    if fits != inner:
        raise ValueError(located(f"qr_multiply: c of shape {c.shape} does not fit the factor q of shape {q.shape} on its {mode}"))
    return (q @ c if mode == "left" else c @ q, *rest)


def svd(
    a: Any,
    full_matrices: bool = True,
    compute_uv: bool = True,
    overwrite_a: bool = False,
    check_finite: bool = True,
    lapack_driver: str = "gesdd",
) -> Any:
    """Singular value decomposition ``a = u diag(s) vh``.

    Args:
      a: array of shape [..., m, n].
      full_matrices: u and vh are square.
      compute_uv: return u, s and vh, not only s.
      overwrite_a, check_finite, lapack_driver: no effect.

    Reference: SciPy documentation, scipy.linalg.svd.

    >>> from pullback import numpy as pnp, scipy
    >>> scipy.linalg.svd(pnp.array([[3.0], [4.0]]), compute_uv=False).round(4)
    Array([5.], dtype=float32)
    """
    out = pnp.linalg.svd(a, full_matrices=full_matrices, compute_uv=compute_uv)
    return out if isinstance(out, Array) else tuple(out)


def eigh(
    a: Any,
    b: Any = None,
    lower: bool = True,
    eigvals_only: bool = False,
    overwrite_a: bool = False,
    overwrite_b: bool = False,
    turbo: bool = True,
    eigvals: None = None,
    type: int = 1,
    check_finite: bool = True,
) -> Any:
    """Eigenvalues (and vectors) of a Hermitian matrix, also of a generalised problem ``a v = w b v``.

    Args:
      a: array of shape [..., n, n].
      b: positive definite matrix, or None.
      lower: which triangle is read.
      eigvals_only: no vectors.
      overwrite_a, overwrite_b, turbo, check_finite: no effect.
      eigvals: None.
      type: 1.

    Returns:
      Eigenvalues in ascending order, and vectors (``v^H b v = 1``).

    Raises:
      NotImplementedError: `eigvals`, or another type.

    Reference: Golub and Van Loan, Matrix Computations (2013), section 8.7.2 (by the Cholesky factor of `b`).

    >>> from pullback import numpy as pnp, scipy
    >>> print(scipy.linalg.eigh(pnp.array([[2.0]]), pnp.array([[4.0]]), eigvals_only=True))
    [0.5]
    """
    if eigvals is not None or type != 1:
        raise NotImplementedError(located("eigh: only eigvals=None and type=1 are implemented"))
    a = square("eigh", a)
    uplo = "L" if lower else "U"
    if b is None:
        return pnp.linalg.eigvalsh(a, UPLO=uplo) if eigvals_only else tuple(pnp.linalg.eigh(a, UPLO=uplo))
    a, b = inexact("eigh", a, square("eigh", b))
    half = pnp.tril(a, -1) if lower else pnp.triu(a, 1)
    a = half + adjoint(half) + pnp.eye(a.shape[-1], dtype=a.dtype) * pnp.real(a).astype(a.dtype)
    L = cholesky(b if lower else adjoint(b), lower=True)
    inner = lax.linalg.triangular_solve(L, a, left_side=True, lower=True)
    inner = lax.linalg.triangular_solve(L, inner, left_side=False, lower=True, transpose_a=True, conjugate_a=True)
    w, v = pnp.linalg.eigh(inner)
    if eigvals_only:
        return w
    return w, lax.linalg.triangular_solve(L, v, left_side=True, lower=True, transpose_a=True, conjugate_a=True)


def det(a: Any, overwrite_a: bool = False, check_finite: bool = True) -> Array:
    """Determinant of a square matrix.

    Args:
      a: array of shape [..., n, n].
      overwrite_a, check_finite: no effect.

    Reference: SciPy documentation, scipy.linalg.det.

    >>> from pullback import numpy as pnp, scipy
    >>> print(scipy.linalg.det(pnp.array([[2.0, 0.0], [0.0, 3.0]])))
    6.0
    """
    return pnp.linalg.det(a)


def inv(a: Any, overwrite_a: bool = False, check_finite: bool = True) -> Array:
    """Inverse of a square matrix.

    Args:
      a: array of shape [..., n, n].
      overwrite_a, check_finite: no effect.

    Reference: SciPy documentation, scipy.linalg.inv.

    >>> from pullback import numpy as pnp, scipy
    >>> scipy.linalg.inv(pnp.array([[2.0]]))
    Array([[0.5]], dtype=float32)
    """
    return pnp.linalg.inv(a)


def hessenberg(a: Any, *, calc_q: bool = False, overwrite_a: bool = False, check_finite: bool = True) -> Any:
    """Hessenberg form of a matrix: ``a = q h q^H`` with zeros below the first subdiagonal of h.

    Args:
      a: array of shape [..., n, n].
      calc_q: return q too.
      overwrite_a, check_finite: no effect.

    Reference: SciPy documentation, scipy.linalg.hessenberg.

    >>> from pullback import numpy as pnp, scipy
    >>> scipy.linalg.hessenberg(pnp.array([[1.0, 2.0], [3.0, 4.0]]))
    Array([[1., 2.],
           [3., 4.]], dtype=float32)
    """
    a = square("hessenberg", a)
    packed, taus = lax.linalg.hessenberg(a)
    h = pnp.triu(packed, -1)
    if not calc_q:
        return h
    n = a.shape[-1]
    inner = lax.linalg.householder_product(packed[..., 1:, :-1], taus)
    q = pnp.zeros_like(a).at[..., 0, 0].set(1).at[..., 1:, 1:].set(inner) if n > 1 else pnp.ones_like(a)
    return h, q
