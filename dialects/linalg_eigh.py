"""eigh: eigenvalues and eigenvectors of Hermitian matrices.

Eigenvectors are unique up to a factor of modulus one. It is chosen (`GAUGE_SHARE`) so that compiled code, NumPy's LAPACK and the
derivative rule speak of one and the same function; why and how: docs/design-notes.md.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from . import linalg_jacobi
from . import types as T
from .builder import Builder
from .ir import Value
from .linalg import adjoint, as_complex, check_square, matmul
from .linalg_jacobi import GAUGE_SHARE
from .spec import NOT_LINEAR, Example, NoRule, NotDifferentiable, OpError, define
from .types import Aval

_DTYPES = ("f32", "f64", "c64", "c128")
_PARTS = ("f32", "f64")
_INTERNAL = "only lowering makes this op, after differentiation and batching"


# Gauge -----------------------------------------------------------------------------------------------------------------
def in_gauge(x: Any) -> tuple[Any, Any]:
    """The columns of ``x[..., n, k]`` in the gauge, and the factors ``[..., 1, k]`` that put them there: in each, the first
    component of at least `GAUGE_SHARE` of the squared magnitude of the largest one becomes real and positive."""
    size = x.real * x.real + x.imag * x.imag if x.dtype.kind == "c" else x * x
    enough = size >= np.asarray(GAUGE_SHARE, size.dtype) * size.max(-2, keepdims=True)
    index = enough.argmax(-2)[..., None, :]
    pivot = np.take_along_axis(x, index, -2)
    length = np.abs(pivot)
    factors = np.conj(pivot) / length
    out = x * factors
    np.put_along_axis(out, index, length, -2)  # without the imaginary part that rounding leaves
    return out, factors


def gauge_pivots(b: Builder, x: Value) -> Value:
    """Which components of the columns of ``x[..., n, k]`` the gauge makes real and positive: one in each column."""
    axis = x.ndim - 2
    size = b.add(b.mul(b.real(x), b.real(x)), b.mul(b.imag(x), b.imag(x))) if T.is_complex(x.dtype) else b.mul(x, x)

    def spread(y: Value) -> Value:
        return b.broadcast_in_dim(y, shape=size.shape, dims=tuple(i for i in range(x.ndim) if i != axis))

    enough = spread(b.mul(b.reduce_max(size, axes=(axis,)), GAUGE_SHARE))
    i = b.iota(shape=size.shape, dtype="i32", dim=axis)
    candidate = b.select(b.compare(size, enough, direction="GE"), i, b.full_like(i, np.iinfo(np.int32).max))
    return b.compare(i, spread(b.reduce_min(candidate, axes=(axis,))), direction="EQ")


def gauge_angles(b: Builder, x: Value, tangent: Value) -> Value:
    """By which angles ``[..., k]`` the columns of complex `x` must turn, to first order, to stay in the gauge as they move by
    `tangent`."""
    axis = x.ndim - 2
    chosen = gauge_pivots(b, x)
    zero = b.full(x.shape, T.real_of(x.dtype), 0)
    pivot = b.reduce_sum(b.select(chosen, b.real(x), zero), axes=(axis,))
    moved = b.reduce_sum(b.select(chosen, b.imag(tangent), zero), axes=(axis,))
    return b.mul(b.div(b.full_like(pivot, -1), pivot), moved)


def turn_columns(b: Builder, x: Value, angles: Value) -> Value:
    """The tangent of the columns of complex `x` that turn by `angles`: i angles x."""
    factor = b.complex(b.full_like(angles, 0), angles)
    return b.mul(x, b.broadcast_in_dim(factor, shape=x.shape, dims=(*range(x.ndim - 2), x.ndim - 1)))


# Helpers of the derivatives ------------------------------------------------------------------------------------------------
def as_element_type(b: Builder, x: Value, dtype: str) -> Value:
    """A real value in a real or complex element type."""
    return b.complex(x, b.full_like(x, 0)) if T.is_complex(dtype) else x


def real_diagonal(b: Builder, x: Value) -> Value:
    """The real parts of the diagonals of square matrices."""
    x = b.real(x) if T.is_complex(x.dtype) else x
    return b.reduce_sum(b.select(on_diagonal(b, x), x, b.full_like(x, 0)), axes=(x.ndim - 1,))


def on_diagonal(b: Builder, x: Value) -> Value:
    row = b.iota(shape=x.shape, dtype="i32", dim=x.ndim - 2)
    column = b.iota(shape=x.shape, dtype="i32", dim=x.ndim - 1)
    return b.compare(row, column, direction="EQ")


def by_rows_and_columns(b: Builder, x: Value) -> tuple[Value, Value]:
    """``x[..., i]`` and ``x[..., j]`` as matrices ``[..., i, j]``."""
    shape = (*x.shape, x.shape[-1])
    batch = tuple(range(x.ndim - 1))
    rows = b.broadcast_in_dim(x, shape=shape, dims=(*batch, x.ndim - 1))
    return rows, b.broadcast_in_dim(x, shape=shape, dims=(*batch, x.ndim))


def inverse_differences(b: Builder, rows: Value, columns: Value) -> Value:
    """``1 / (columns - rows)`` off the diagonal, zero on it."""
    diagonal = on_diagonal(b, rows)
    one, zero = b.full_like(rows, 1), b.full_like(rows, 0)
    return b.select(diagonal, zero, b.div(one, b.select(diagonal, one, b.sub(columns, rows))))


# Rules -----------------------------------------------------------------------------------------------------------------
def _infer(operand: Aval) -> tuple[Aval, Aval]:
    check_square(operand, _DTYPES)
    return operand, Aval(operand.shape[:-1], T.real_of(operand.dtype))


def split_failed(x: Any) -> tuple[Any, Any]:
    """The matrices, zero where one has an element that is not finite, and where (None: nowhere)."""
    finite = np.isfinite(x).all((-1, -2))
    if finite.all():
        return x, None
    return np.where(finite[..., None, None], x, np.zeros((), x.dtype)), ~finite


def _evaluate(operand: Any) -> tuple[Any, Any]:
    if operand.size == 0:
        return operand.copy(), np.zeros(operand.shape[:-1], operand.real.dtype)
    with np.errstate(all="ignore"):
        matrices, failed = split_failed(np.tril(operand))
        w, v = np.linalg.eigh(matrices)
        v, _ = in_gauge(v)
    if failed is not None:
        v[failed], w[failed] = np.nan, np.nan
    return v, w


def _jvp(b: Builder, primals: list[Value], tangents: list[Value | None], outs: list[Value], attrs: dict[str, Any]) -> Any:
    """With M = V^H dA V: dw = diag(M), dV = V (F * M), where F_ij = 1 / (w_j - w_i) and F_ii = 0 (Giles, NA-08-01, section 3.1);
    complex vectors then turn back into their gauge."""
    (v, w), (tangent,) = outs, tangents
    assert tangent is not None
    inner = matmul(b, matmul(b, adjoint(b, v), tangent), v)
    weights = as_element_type(b, inverse_differences(b, *by_rows_and_columns(b, w)), v.dtype)
    dv = matmul(b, v, b.mul(weights, inner))
    if T.is_complex(v.dtype):
        dv = b.add(dv, turn_columns(b, v, gauge_angles(b, v, dv)))
    return [dv, real_diagonal(b, inner)]


def _batch(b: Builder, operands: list[Value], batched: list[bool], attrs: dict[str, Any]) -> Any:
    return b.eigh(operands[0])


def _split(b: Builder, operands: list[Any], attrs: dict[str, Any], outs: list[Aval]) -> Any:
    re, im, w = b.eigh_pair(*operands[0])
    return [(re, im), w]


def _lower(h: Any, operands: list[Any], attrs: dict[str, Any], outs: list[Aval]) -> Any:
    v, w = linalg_jacobi.eigh(h, tuple(operands))
    return [*v, w]


def hermitian(make: Any, *shape: int, dtype: str | None = None) -> Any:
    """Hermitian matrices whose eigenvalues are at least 0.7 apart, so that their vectors are well determined."""
    x = make(*shape, dtype=dtype)
    n = shape[-1]
    q = np.linalg.qr(x.astype(np.complex128 if x.dtype.kind == "c" else np.float64))[0]
    w = np.arange(n) - 0.5 * n + make.rng.uniform(0, 0.3, (*shape[:-2], 1, n))
    return ((q * w) @ np.conj(np.swapaxes(q, -1, -2))).astype(x.dtype)


def _examples(make: Any) -> list[Example]:
    shapes = ((3, 3), (2, 4, 4), (1, 1), (0, 0), (2, 0, 3, 3))
    return [((hermitian(make, *shape),), {}) for shape in shapes]


define(
    "pb.eigh",
    ("operand",),
    results=("eigenvectors", "eigenvalues"),
    dtypes=_DTYPES,
    infer=_infer,
    evaluate=_evaluate,
    jvp=_jvp,
    transpose=NOT_LINEAR,
    batch=_batch,
    split_complex=_split,
    lower=_lower,
    examples=_examples,
    doc="Eigenvectors (the columns of the first result) and ascending eigenvalues of Hermitian matrices over the last two "
    "dimensions. Only the lower triangle is read; the derivative is right for Hermitian tangents, so callers symmetrise. In each "
    "vector the first component of at least 0.37 times the largest magnitude is real and positive. A matrix that is not finite "
    "gives NaN. The vectors' derivative is infinite or NaN where eigenvalues coincide; that of the eigenvalues is not.",
    reference="jax.lax.linalg.eigh; Golub and Van Loan, Matrix Computations (2013), section 8.5",
)


def _pair_infer(re: Aval, im: Aval) -> tuple[Aval, Aval, Aval]:
    check_square(re, _PARTS)
    if re != im:
        raise OpError(f"real and imaginary parts must have equal types, got {re} and {im}")
    return re, im, Aval(re.shape[:-1], re.dtype)


def _pair_evaluate(re: Any, im: Any) -> tuple[Any, Any, Any]:
    v, w = _evaluate(as_complex(re, im))
    return v.real.copy(), v.imag.copy(), w


def _pair_examples(make: Any) -> list[Example]:
    out: list[Example] = []
    for shape in ((3, 3), (2, 2, 2)):
        a = hermitian(make, *shape, dtype=T.complex_of(make.dtype))
        out.append(((a.real.copy(), a.imag.copy()), {}))
    return out


define(
    "pb.eigh_pair",
    ("re", "im"),
    results=("eigenvectors_re", "eigenvectors_im", "eigenvalues"),
    dtypes=_PARTS,
    infer=_pair_infer,
    evaluate=_pair_evaluate,
    jvp=NotDifferentiable(_INTERNAL),
    transpose=NotDifferentiable(_INTERNAL),
    batch=NoRule(_INTERNAL),
    split_complex=NoRule("operands and results are real"),
    lower=_lower,
    examples=_pair_examples,
    traits=("internal",),
    doc="pb.eigh of complex matrices that are given by, and whose eigenvectors result in, real and imaginary parts.",
    reference="pb.eigh",
)
