"""`pullback.lax.linalg`: factorisations of matrices and systems of equations. Names and signatures follow `jax.lax.linalg`."""

from typing import Any as _Any

from ..missing import attribute_error as _attribute_error
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


def __getattr__(name: str) -> _Any:
    raise _attribute_error(__name__, name, __all__)


def __dir__() -> list[str]:
    return list(__all__)
