"""`pullback.lax.linalg`: factorisations of matrices and systems of equations. Names and signatures follow `jax.lax.linalg`."""

import difflib as _difflib
from typing import Any as _Any

from .decompositions import (
    cholesky,
    cholesky_update,
    householder_product,
    lu,
    lu_pivots_to_permutation,
    ormqr,
    qr,
)
from .eigen import eigh, svd
from .similarity import hessenberg, tridiagonal
from .systems import symmetric_product, triangular_solve, tridiagonal_solve

__all__ = [
    "cholesky",
    "cholesky_update",
    "eigh",
    "hessenberg",
    "householder_product",
    "lu",
    "lu_pivots_to_permutation",
    "ormqr",
    "qr",
    "svd",
    "symmetric_product",
    "triangular_solve",
    "tridiagonal",
    "tridiagonal_solve",
]

#: Names of jax.lax.linalg that are not here, and what to do instead.
_MISSING = {
    "eig": "Only Hermitian matrices have an eigenvalue decomposition here: see eigh. NumPy has numpy.linalg.eig.",
    "qdwh": "The polar decomposition u p of x follows from singular values, x = w s v^H: u = w v^H and p = v s v^H.",
    "schur": "The algorithm for matrices that are not Hermitian is not here; see eigh for those that are, and hessenberg.",
}


def __getattr__(name: str) -> _Any:
    if name in _MISSING:
        raise AttributeError(f"pullback.lax.linalg.{name} is not implemented. {_MISSING[name]}")
    near = _difflib.get_close_matches(name, __all__, 3, 0.6)
    hint = f"; nearest: {', '.join(near)}" if near else ""
    raise AttributeError(f"module 'pullback.lax.linalg' has no attribute {name!r}{hint}")


def __dir__() -> list[str]:
    return list(__all__)
