"""`pullback.scipy.linalg`: linear algebra in SciPy's form. Names and signatures follow `jax.scipy.linalg`."""

from ..missing import attribute_error as _attribute_error
from .decompositions import det, eigh, hessenberg, inv, qr, qr_multiply, svd
from .matrix_functions import eigh_tridiagonal, expm, expm_frechet, polar, solve_sylvester
from .solvers import (
    cho_factor,
    cho_solve,
    cholesky,
    lu,
    lu_factor,
    lu_solve,
    solve,
    solve_triangular,
)
from .special_matrices import (
    block_diag,
    circulant,
    companion,
    convolution_matrix,
    dft,
    fiedler,
    fiedler_companion,
    hadamard,
    hankel,
    helmert,
    hilbert,
    invhilbert,
    invpascal,
    leslie,
    pascal,
    toeplitz,
)

__all__ = [
    "block_diag",
    "cho_factor",
    "cho_solve",
    "cholesky",
    "circulant",
    "companion",
    "convolution_matrix",
    "det",
    "dft",
    "eigh",
    "eigh_tridiagonal",
    "expm",
    "expm_frechet",
    "fiedler",
    "fiedler_companion",
    "hadamard",
    "hankel",
    "helmert",
    "hessenberg",
    "hilbert",
    "inv",
    "invhilbert",
    "invpascal",
    "leslie",
    "lu",
    "lu_factor",
    "lu_solve",
    "pascal",
    "polar",
    "qr",
    "qr_multiply",
    "solve",
    "solve_sylvester",
    "solve_triangular",
    "svd",
    "toeplitz",
]


def __getattr__(name: str) -> None:
    raise _attribute_error(__name__, name, __all__)
