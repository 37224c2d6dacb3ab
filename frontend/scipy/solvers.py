"""Factorisations and systems of equations in SciPy's form: part of `pullback.scipy.linalg`.

`overwrite_*`, `check_finite`, `lwork` and `debug` have no effect: arrays are immutable, and nothing looks at values.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import lax
from .. import numpy as pnp
from ..array import Array
from ..lax.matrices import adjoint
from ..locations import located
from ..numpy.systems import inexact, square


def _right_side(name: str, a: Array, b: Array) -> tuple[Array, bool]:
    """`b` as a matrix, and whether it was one vector."""
    vector = b.ndim == 1
    if vector:
        b = b[:, None]
    if b.ndim < 2 or b.shape[-2] != a.shape[-2]:
        raise ValueError(located(f"{name}: b of shape {b.shape} does not fit a of shape {a.shape}"))
    lead = pnp.broadcast_shapes(a.shape[:-2], b.shape[:-2])
    return pnp.broadcast_to(b, (*lead, *b.shape[-2:])), vector


def _batched(a: Array, like: Array) -> Array:
    return pnp.broadcast_to(a, (*like.shape[:-2], *a.shape[-2:]))


def cholesky(a: Any, lower: bool = False, overwrite_a: bool = False, check_finite: bool = True) -> Array:
    """Cholesky factor of a Hermitian positive definite matrix: upper (``a = u^H u``), or lower (``a = l l^H``).

    Args:
      a: array of shape [..., n, n].
      lower: which factor.
      overwrite_a, check_finite: no effect.

    Returns:
      Array of the shape of `a`; NaN where a matrix is not positive definite.

    Raises:
      ValueError: `a` is not square.

    Reference: SciPy documentation, scipy.linalg.cholesky.

    >>> from pullback import numpy as pnp, scipy
    >>> scipy.linalg.cholesky(pnp.array([[4.0, 2.0], [2.0, 5.0]]))
    Array([[2., 1.],
           [0., 2.]], dtype=float32)
    """
    a = square("cholesky", a)
    L = lax.linalg.cholesky(a if lower else adjoint(a), symmetrize_input=False)
    return L if lower else adjoint(L)


def cho_factor(a: Any, lower: bool = False, overwrite_a: bool = False, check_finite: bool = True) -> tuple[Array, bool]:
    """Cholesky factor for `cho_solve`.

    Args:
      a: array of shape [..., n, n].
      lower: which factor.
      overwrite_a, check_finite: no effect.

    Returns:
      The factor, and `lower`.

    Raises:
      ValueError: `a` is not square.

    Reference: SciPy documentation, scipy.linalg.cho_factor.

    >>> from pullback import numpy as pnp, scipy
    >>> scipy.linalg.cho_factor(pnp.array([[4.0]]))
    (Array([[2.]], dtype=float32), False)
    """
    return cholesky(a, lower), lower


def cho_solve(c_and_lower: tuple[Any, bool], b: Any, overwrite_b: bool = False, check_finite: bool = True) -> Array:
    """Solves ``a x = b`` with a Cholesky factor of a.

    Args:
      c_and_lower: result of `cho_factor`.
      b: array of shape [n] or [..., n, k].
      overwrite_b, check_finite: no effect.

    Raises:
      ValueError: shapes do not fit.

    Reference: SciPy documentation, scipy.linalg.cho_solve.

    >>> from pullback import numpy as pnp, scipy
    >>> scipy.linalg.cho_solve(scipy.linalg.cho_factor(pnp.array([[4.0]])), pnp.array([8.0]))
    Array([2.], dtype=float32)
    """
    c, lower = c_and_lower
    c, b = inexact("cho_solve", c, b)
    c = square("cho_solve", c)
    b, vector = _right_side("cho_solve", c, b)
    c = _batched(c, b)
    for dagger in (not lower, lower):
        b = lax.linalg.triangular_solve(c, b, left_side=True, lower=lower, transpose_a=dagger, conjugate_a=dagger)
    return b[..., 0] if vector else b


def solve_triangular(
    a: Any,
    b: Any,
    trans: int | str = 0,
    lower: bool = False,
    unit_diagonal: bool = False,
    overwrite_b: bool = False,
    debug: Any = None,
    check_finite: bool = True,
) -> Array:
    """Solves a triangular system ``op(a) x = b``.

    Args:
      a: array of shape [..., n, n]; only one triangle is read.
      b: array of shape [n] or [..., n, k].
      trans: 0 or "N" for a, 1 or "T" for its transpose, 2 or "C" for its conjugate transpose.
      lower: which triangle.
      unit_diagonal: the diagonal is taken to be 1.
      overwrite_b, debug, check_finite: no effect.

    Raises:
      ValueError: shapes do not fit, or another `trans`.

    Reference: SciPy documentation, scipy.linalg.solve_triangular.

    >>> from pullback import numpy as pnp, scipy
    >>> scipy.linalg.solve_triangular(pnp.array([[2.0, 0.0], [1.0, 4.0]]), pnp.array([2.0, 9.0]), lower=True)
    Array([1., 2.], dtype=float32)
    """
    if trans not in (0, 1, 2, "N", "T", "C"):
        raise ValueError(located(f"Invalid 'trans' value {trans!r}: use 0 or 'N', 1 or 'T', 2 or 'C'"))
    a, b = inexact("solve_triangular", a, b)
    a = square("solve_triangular", a)
    b, vector = _right_side("solve_triangular", a, b)
    b = lax.linalg.triangular_solve(
        _batched(a, b),
        b,
        left_side=True,
        lower=lower,
        transpose_a=trans not in (0, "N"),
        conjugate_a=trans in (2, "C"),
        unit_diagonal=unit_diagonal,
    )
    return b[..., 0] if vector else b


def lu_factor(a: Any, overwrite_a: bool = False, check_finite: bool = True) -> tuple[Array, Array]:
    """LU factors for `lu_solve`.

    Args:
      a: array of shape [..., m, n].
      overwrite_a, check_finite: no effect.

    Returns:
      The factors in one array, and the int32 pivots.

    Reference: SciPy documentation, scipy.linalg.lu_factor.

    >>> from pullback import numpy as pnp, scipy
    >>> scipy.linalg.lu_factor(pnp.array([[0.0, 1.0], [2.0, 0.0]]))[1]
    Array([1, 1], dtype=int32)
    """
    (a,) = inexact("lu_factor", a)
    packed, pivots, _ = lax.linalg.lu(a)
    return packed, pivots


def lu_solve(lu_and_piv: tuple[Any, Any], b: Any, trans: int = 0, overwrite_b: bool = False, check_finite: bool = True) -> Array:
    """Solves ``op(a) x = b`` with LU factors of a.

    Args:
      lu_and_piv: result of `lu_factor`.
      b: array of shape [n] or [..., n, k].
      trans: 0 for a, 1 for its transpose, 2 for its conjugate transpose.
      overwrite_b, check_finite: no effect.

    Raises:
      ValueError: shapes do not fit, or another `trans`.

    Reference: SciPy documentation, scipy.linalg.lu_solve.

    >>> from pullback import numpy as pnp, scipy
    >>> factors = scipy.linalg.lu_factor(pnp.array([[0.0, 1.0], [2.0, 0.0]]))
    >>> scipy.linalg.lu_solve(factors, pnp.array([3.0, 8.0]))
    Array([4., 3.], dtype=float32)
    """
    if trans not in (0, 1, 2):
        raise ValueError(located(f"'trans' value must be 0, 1, or 2, got {trans!r}"))
    packed, pivots = lu_and_piv
    packed, b = inexact("lu_solve", packed, b)
    packed = square("lu_solve", packed)
    b, vector = _right_side("lu_solve", packed, b)
    order = lax.linalg.lu_pivots_to_permutation(pnp.asarray(pivots), packed.shape[-1])
    packed = _batched(packed, b)
    order = pnp.broadcast_to(order, (*b.shape[:-2], order.shape[-1]))[..., None]

    def solve(b: Array, **flags: bool) -> Array:
        return lax.linalg.triangular_solve(packed, b, left_side=True, **flags)

    if trans == 0:
        b = pnp.take_along_axis(b, order, axis=-2)
        b = solve(solve(b, lower=True, unit_diagonal=True), lower=False)
    else:
        flags = {"transpose_a": True, "conjugate_a": trans == 2}
        b = solve(solve(b, lower=False, **flags), lower=True, unit_diagonal=True, **flags)
        b = pnp.take_along_axis(b, pnp.argsort(order, axis=-2), axis=-2)
    return b[..., 0] if vector else b


def lu(a: Any, permute_l: bool = False, overwrite_a: bool = False, check_finite: bool = True) -> Any:
    """LU decomposition with partial pivoting: ``a = p l u``.

    Args:
      a: array of shape [..., m, n].
      permute_l: return ``p @ l`` in place of p and l.
      overwrite_a, check_finite: no effect.

    Returns:
      p, l and u, or ``p @ l`` and u.

    Reference: SciPy documentation, scipy.linalg.lu.

    >>> from pullback import numpy as pnp, scipy
    >>> p, l, u = scipy.linalg.lu(pnp.array([[0.0, 1.0], [2.0, 0.0]]))
    >>> u
    Array([[2., 0.],
           [0., 1.]], dtype=float32)
    """
    (a,) = inexact("lu", a)
    packed, _, order = lax.linalg.lu(a)
    m, n = a.shape[-2:]
    k = min(m, n)
    L = pnp.tril(packed[..., :k], -1) + pnp.eye(m, k, dtype=a.dtype)
    U = pnp.triu(packed[..., :k, :])
    real = np.dtype(f"f{a.dtype.itemsize // 2}") if a.dtype.kind == "c" else a.dtype
    P = (order[..., None, :] == pnp.arange(m)[:, None]).astype(real)
    return (P.astype(a.dtype) @ L, U) if permute_l else (P, L, U)


def solve(
    a: Any,
    b: Any,
    lower: bool = False,
    overwrite_a: bool = False,
    overwrite_b: bool = False,
    debug: bool = False,
    check_finite: bool = True,
    assume_a: str = "gen",
) -> Array:
    """Solves ``a x = b``.

    Args:
      a: array of shape [..., n, n].
      b: array of shape [n] or [..., n, k].
      lower: which triangle is read if `assume_a` is "pos".
      assume_a: "gen" (LU), "sym" or "her" (LU too), or "pos" (Cholesky).
      overwrite_a, overwrite_b, debug, check_finite: no effect.

    Raises:
      ValueError: shapes do not fit, or another `assume_a`.

    Reference: SciPy documentation, scipy.linalg.solve.

    >>> from pullback import numpy as pnp, scipy
    >>> scipy.linalg.solve(pnp.array([[4.0]]), pnp.array([8.0]), assume_a="pos")
    Array([2.], dtype=float32)
    """
    if assume_a not in ("gen", "sym", "her", "pos"):
        raise ValueError(located(f"Expected assume_a to be 'gen', 'sym', 'her' or 'pos'; got {assume_a!r}"))
    if assume_a == "pos":
        matrix, right = inexact("solve", a, b)
        return _solve_definite(matrix, right, lower)
    return lu_solve(lu_factor(square("solve", a)), b)


def _solve_definite(a: Array, b: Array, lower: bool) -> Array:
    """One factorisation solves for the derivatives too; those are of ``a x = b``, so that every element of `a` counts once."""
    b, vector = _right_side("solve", square("solve", a), b)
    factors = cho_factor(lax.stop_gradient(a), lower)

    def solve(_: Any, y: Array) -> Array:
        return cho_solve(factors, y)

    def transpose_solve(_: Any, y: Array) -> Array:  # the transpose of a Hermitian matrix is its conjugate
        return pnp.conj(cho_solve(factors, pnp.conj(y))) if y.dtype.kind == "c" else cho_solve(factors, y)

    b = lax.custom_linear_solve(lambda x: a @ x, b, solve, transpose_solve)
    return b[..., 0] if vector else b
