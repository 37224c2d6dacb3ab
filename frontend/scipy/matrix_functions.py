"""Functions of matrices: part of `pullback.scipy.linalg`."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import dtypes, lax
from .. import numpy as pnp
from ..array import Array
from ..locations import located
from ..numpy.systems import inexact, square
from ..numpy.util import arrays_of

# Coefficients of the numerator of the diagonal Pade approximant of exp, and the norm up to which it is as exact as the type.
# Higham, table 2.3 (float64) and the same bound for float32.
_PADE = {
    7: ((17297280.0, 8648640.0, 1995840.0, 277200.0, 25200.0, 1512.0, 56.0, 1.0), 3.925724783138660),
    13: (
        (
            64764752532480000.0,
            32382376266240000.0,
            7771770303897600.0,
            1187353796428800.0,
            129060195264000.0,
            10559470521600.0,
            670442572800.0,
            33522128640.0,
            1323241920.0,
            40840800.0,
            960960.0,
            16380.0,
            182.0,
            1.0,
        ),
        5.371920351148152,
    ),
}


def expm(A: Any, *, upper_triangular: bool = False, max_squarings: int = 16) -> Array:
    """Exponential of a matrix, by scaling, a Pade approximant, and squaring.

    Args:
      A: array of shape [..., n, n].
      upper_triangular: that `A` is, so that the linear system may be solved by substitution.
      max_squarings: NaN where a matrix needs more, that is, has a 1-norm above some ``4 * 2**max_squarings``.

    Raises:
      ValueError: `A` is not square.

    Reference: Higham, The Scaling and Squaring Method for the Matrix Exponential Revisited (SIAM J. Matrix Analysis, 2005).

    >>> from pullback import numpy as pnp, scipy
    >>> scipy.linalg.expm(pnp.array([[0.0, 1.0], [0.0, 0.0]]))
    Array([[1., 1.],
           [0., 1.]], dtype=float32)
    """
    A = square("expm", A)
    if not A.size:
        return A
    coefficients, bound = _PADE[13 if A.dtype.itemsize // (2 if A.dtype.kind == "c" else 1) == 8 else 7]
    norm = lax.stop_gradient(pnp.max(pnp.sum(pnp.abs(A), axis=-2), axis=-1))
    squarings = pnp.maximum(0, pnp.ceil(pnp.log2(norm / bound)))
    A = A / (2.0 ** pnp.minimum(squarings, max_squarings)).astype(A.dtype)[..., None, None]

    eye = pnp.eye(A.shape[-1], dtype=A.dtype)
    A2 = A @ A
    powers = [eye, A2]
    while len(powers) < len(coefficients) // 2:
        powers.append(powers[-1] @ A2)
    odd = A @ sum(c * p for c, p in zip(coefficients[1::2], powers))
    even = sum(c * p for c, p in zip(coefficients[0::2], powers))
    P, Q = even + odd, even - odd
    R = lax.linalg.triangular_solve(Q, P, left_side=True, lower=False) if upper_triangular else pnp.linalg.solve(Q, P)

    def square_again(i: Any, R: Array) -> Array:
        more = i < squarings
        return lax.cond(pnp.any(more), lambda R: pnp.where(more[..., None, None], R @ R, R), lambda R: R, R)

    R = lax.fori_loop(0, max_squarings, square_again, R)
    return pnp.where((squarings > max_squarings)[..., None, None], np.asarray(np.nan, R.dtype), R)


def expm_frechet(A: Any, E: Any, *, method: str | None = None, compute_expm: bool = True) -> Any:
    """The derivative of the matrix exponential at `A` in the direction `E`.

    Args:
      A, E: arrays of shape [..., n, n].
      method: None.
      compute_expm: return the exponential too.

    Returns:
      The exponential, if `compute_expm`, and the derivative.

    Raises:
      ValueError: shapes differ, or are not square.

    Reference: Higham, Functions of Matrices (2008), section 10.6; the derivative is the jvp of `expm`.

    >>> from pullback import numpy as pnp, scipy
    >>> scipy.linalg.expm_frechet(pnp.zeros((2, 2)), pnp.eye(2), compute_expm=False)
    Array([[1., 0.],
           [0., 1.]], dtype=float32)
    """
    from ..autodiff import jvp

    if method is not None:
        raise ValueError(located(f"expm_frechet: method must be None, got {method!r}"))
    A, E = inexact("expm_frechet", A, E)
    if A.shape != E.shape:
        raise ValueError(located(f"expm_frechet: A and E must have the same shape, got {A.shape} and {E.shape}"))
    value, derivative = jvp(expm, (square("expm_frechet", A),), (E,))
    return (value, derivative) if compute_expm else derivative


def polar(a: Any, side: str = "right", *, method: str = "qdwh", eps: Any = None, max_iterations: Any = None) -> tuple[Array, Array]:
    """Polar decomposition ``a = u p`` (or ``p u``) into a matrix with orthonormal rows or columns and a Hermitian positive one.

    Args:
      a: array of shape [m, n].
      side: "right" for ``u p``, "left" for ``p u``.
      method: "qdwh" or "svd"; both are computed from the singular value decomposition.
      eps, max_iterations: not needed.

    Returns:
      u and p.

    Raises:
      ValueError: another side or method.

    Reference: Higham, Functions of Matrices (2008), chapter 8.

    >>> from pullback import numpy as pnp, scipy
    >>> u, p = scipy.linalg.polar(pnp.array([[-2.0]]))
    >>> print(u, p)
    [[-1.]] [[2.]]
    """
    if side not in ("right", "left"):
        raise ValueError(located(f"The argument `side` must be either 'right' or 'left', got {side!r}"))
    if method not in ("qdwh", "svd"):
        raise ValueError(located(f"polar: method must be 'qdwh' or 'svd', got {method!r}"))
    (a,) = inexact("polar", a)
    w, s, vh = pnp.linalg.svd(a, full_matrices=False)
    basis = vh if side == "right" else pnp.conj(w).mT
    return w @ vh, pnp.conj(basis).mT @ (s[..., :, None].astype(a.dtype) * basis)


def solve_sylvester(A: Any, B: Any, C: Any, *, method: str = "schur", tol: float = 1e-8) -> Array:
    """Solves ``A X + X B = C``, as one linear system of all elements of X; the work grows with the sixth power of the size.

    Args:
      A: array of shape [m, m].
      B: array of shape [n, n].
      C: array of shape [m, n].
      method: "schur" or "eigen", names that JAX has; the method is the same.
      tol: not needed.

    Raises:
      ValueError: shapes do not fit, or another method.

    Reference: Golub and Van Loan, Matrix Computations (2013), section 7.6.3.

    >>> from pullback import numpy as pnp, scipy
    >>> scipy.linalg.solve_sylvester(pnp.array([[1.0]]), pnp.array([[2.0]]), pnp.array([[6.0]]))
    Array([[2.]], dtype=float32)
    """
    if method not in ("schur", "eigen"):
        raise ValueError(located(f"solve_sylvester: method must be 'schur' or 'eigen', got {method!r}"))
    A, B, C = inexact("solve_sylvester", A, B, C)
    A, B = square("solve_sylvester", A), square("solve_sylvester", B)
    m, n = A.shape[-1], B.shape[-1]
    if A.ndim != 2 or B.ndim != 2 or C.shape != (m, n):
        raise ValueError(located(f"Incompatible shapes for Sylvester equation: A: {A.shape}, B: {B.shape}, C: {C.shape}"))
    system = pnp.kron(A, pnp.eye(n, dtype=A.dtype)) + pnp.kron(pnp.eye(m, dtype=B.dtype), B.T)
    return pnp.linalg.solve(system, C.reshape(m * n)).reshape(m, n)


def eigh_tridiagonal(
    d: Any, e: Any, *, eigvals_only: bool = False, select: str = "a", select_range: Any = None, tol: Any = None
) -> Any:
    """Eigenvalues (and vectors) of a Hermitian tridiagonal matrix, by way of the full matrix.

    Args:
      d: diagonal, of shape [n], real.
      e: elements above the diagonal, of shape [n - 1].
      eigvals_only: no eigenvectors.
      select: "a" for all, "i" for those whose positions are in `select_range` (both ends included).
      select_range: first and last position.
      tol: not needed.

    Raises:
      ValueError: shapes do not fit, another `select`, or "i" without a `select_range`.
      NotImplementedError: ``select="v"``, whose result has a size that depends on values.

    Reference: SciPy documentation, scipy.linalg.eigh_tridiagonal.

    >>> from pullback import numpy as pnp, scipy
    >>> print(scipy.linalg.eigh_tridiagonal(pnp.array([0.0, 0.0]), pnp.array([1.0]), eigvals_only=True))
    [-1.  1.]
    """
    d, e = arrays_of("eigh_tridiagonal", d, e)
    if d.ndim != 1 or e.ndim != 1 or e.shape[0] != d.shape[0] - 1:
        raise ValueError(located(f"eigh_tridiagonal: d has n elements and e n - 1, got shapes {d.shape} and {e.shape}"))
    if dtypes.issubdtype(d.dtype, np.complexfloating):
        raise ValueError(located("eigh_tridiagonal: the diagonal d must be real"))
    if select not in ("a", "i", "v"):
        raise ValueError(located(f"eigh_tridiagonal: select must be 'a' or 'i', got {select!r}"))
    if select == "v":
        raise NotImplementedError(located("eigh_tridiagonal: select='v' gives a size that depends on values; mask the results"))
    if select == "i" and select_range is None:
        raise ValueError(located("eigh_tridiagonal: select='i' needs select_range=(first, last)"))
    w, v = pnp.linalg.eigh(pnp.diag(d) + pnp.diag(e, 1) + pnp.diag(pnp.conj(e), -1))
    if select == "i":
        low, high = (int(k) for k in select_range)
        w, v = w[low : high + 1], v[:, low : high + 1]
    return w if eigvals_only else (w, v)
