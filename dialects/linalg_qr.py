"""QR factorisation: the reflectors of Householder's method, and the factors Q and R with their derivatives."""

from __future__ import annotations

from typing import Any

import numpy as np

from . import linalg_qr_lower
from . import types as T
from .builder import Builder
from .ir import Value
from .linalg import adjoint, as_complex, matmul
from .linalg_lu import check_matrices, part
from .rules import split_by_decomposition
from .spec import BOOL, NOT_LINEAR, Example, NoRule, NotDifferentiable, OpError, define
from .types import Aval

_DTYPES = ("f32", "f64", "c64", "c128")
_PARTS = ("f32", "f64")
_INTERNAL = "only lowering makes this op, after differentiation and batching"


# Helpers ---------------------------------------------------------------------------------------------------------------
def _compare(b: Builder, x: Value, direction: str) -> Value:
    """Where row and column compare as `direction` says."""
    row = b.iota(shape=x.shape, dtype="i32", dim=x.ndim - 2)
    return b.compare(row, b.iota(shape=x.shape, dtype="i32", dim=x.ndim - 1), direction=direction)


def _identity(b: Builder, shape: tuple[Any, ...], dtype: str) -> Value:
    one = b.full(shape, dtype, 1)
    return b.select(_compare(b, one, "EQ"), one, b.full_like(one, 0))


# Reflectors ------------------------------------------------------------------------------------------------------------
def _taus(operand: Aval) -> Aval:
    *batch, m, n = operand.shape
    return Aval((*batch, min(m, n)), operand.dtype)


def _geqrf_infer(operand: Aval) -> tuple[Aval, Aval]:
    check_matrices(operand, _DTYPES)
    return operand, _taus(operand)


def _geqrf_evaluate(operand: Any) -> tuple[Any, Any]:
    if operand.size == 0:
        return operand.copy(), np.zeros((*operand.shape[:-2], min(operand.shape[-2:])), operand.dtype)
    with np.errstate(all="ignore"):
        packed, taus = np.linalg.qr(operand, mode="raw")
    return np.ascontiguousarray(np.swapaxes(packed, -1, -2)), np.asarray(taus)


def _geqrf_batch(b: Builder, operands: list[Value], batched: list[bool], attrs: dict[str, Any]) -> Any:
    return b.geqrf(operands[0])


def _geqrf_split(b: Builder, operands: list[Any], attrs: dict[str, Any], outs: list[Aval]) -> Any:
    re, im, taus_re, taus_im = b.geqrf_pair(*operands[0])
    return [(re, im), (taus_re, taus_im)]


def _geqrf_lower(h: Any, operands: list[Any], attrs: dict[str, Any], outs: list[Aval]) -> Any:
    packed, taus = linalg_qr_lower.geqrf(h, tuple(operands))
    return [*packed, *taus]


_SHAPES = ((3, 3), (4, 2), (2, 4), (2, 1, 4, 3), (0, 3), (2, 3, 0))


def _full_rank(make: Any, *shape: int) -> Any:
    """A matrix with well-conditioned leading columns."""
    x = make(*shape, low=-1, high=1)
    for k in range(min(shape[-2:])):
        x[..., k, k] += 3
    return x


def _geqrf_examples(make: Any) -> list[Example]:
    return [((_full_rank(make, *shape),), {}) for shape in _SHAPES]


define(
    "pb.geqrf",
    ("operand",),
    results=("packed", "taus"),
    dtypes=_DTYPES,
    infer=_geqrf_infer,
    evaluate=_geqrf_evaluate,
    jvp=NotDifferentiable("its result is an intermediate form of the factors; differentiate those that pb.qr gives"),
    transpose=NOT_LINEAR,
    batch=_geqrf_batch,
    split_complex=_geqrf_split,
    lower=_geqrf_lower,
    examples=_geqrf_examples,
    doc="QR factorisation of matrices over the last two dimensions as Householder's method leaves it: R on and above the "
    "diagonal of `packed`, and below it the vectors v of the reflectors H = I - tau v v^H, whose first element is one. Q is the "
    "product of the reflectors. The diagonal of R is real, and has the sign that LAPACK gives it.",
    reference="LAPACK Users' Guide, xGEQRF; Golub and Van Loan, Matrix Computations (2013), section 5.2",
)


def _geqrf_pair_infer(re: Aval, im: Aval) -> tuple[Aval, ...]:
    check_matrices(re, _PARTS)
    if re != im:
        raise OpError(f"real and imaginary parts must have equal types, got {re} and {im}")
    return re, im, _taus(re), _taus(re)


def _geqrf_pair_evaluate(re: Any, im: Any) -> Any:
    packed, taus = _geqrf_evaluate(as_complex(re, im))
    return packed.real.copy(), packed.imag.copy(), taus.real.copy(), taus.imag.copy()


def _geqrf_pair_examples(make: Any) -> list[Example]:
    return [((_full_rank(make, *shape), make(*shape, low=-1, high=1)), {}) for shape in _SHAPES[:3]]


define(
    "pb.geqrf_pair",
    ("re", "im"),
    results=("packed_re", "packed_im", "taus_re", "taus_im"),
    dtypes=_PARTS,
    infer=_geqrf_pair_infer,
    evaluate=_geqrf_pair_evaluate,
    jvp=NotDifferentiable(_INTERNAL),
    transpose=NotDifferentiable(_INTERNAL),
    batch=NoRule(_INTERNAL),
    split_complex=NoRule("operands and results are real"),
    lower=_geqrf_lower,
    examples=_geqrf_pair_examples,
    traits=("internal",),
    doc="pb.geqrf of complex matrices that are given by, and result in, real and imaginary parts.",
    reference="pb.geqrf",
)


# Q and R ---------------------------------------------------------------------------------------------------------------
def _qr_infer(operand: Aval, *, full_matrices: bool) -> tuple[Aval, Aval]:
    check_matrices(operand, _DTYPES)
    *batch, m, n = operand.shape
    inner = m if full_matrices else min(m, n)
    return Aval((*batch, m, inner), operand.dtype), Aval((*batch, inner, n), operand.dtype)


def _qr_evaluate(operand: Any, *, full_matrices: bool) -> tuple[Any, Any]:
    *batch, m, n = operand.shape
    inner = m if full_matrices else min(m, n)
    if operand.size == 0:
        identity = np.broadcast_to(np.eye(m, inner, dtype=operand.dtype), (*batch, m, inner))
        return identity.copy(), np.zeros((*batch, inner, n), operand.dtype)
    with np.errstate(all="ignore"):
        q, r = np.linalg.qr(operand, mode="complete" if full_matrices else "reduced")
    return q, r


def _skew(b: Builder, f: Value) -> Value:
    """The skew-Hermitian matrix with the strictly lower triangle of `f` and the imaginary part of its diagonal."""
    upper = b.neg(adjoint(b, f))
    out = b.select(_compare(b, f, "GT"), f, upper)
    middle = b.mul(b.full_like(f, 0.5), b.sub(f, b.conj(f))) if T.is_complex(f.dtype) else b.full_like(f, 0)
    return b.select(_compare(b, f, "EQ"), middle, out)


def _qr_jvp(b: Builder, primals: list[Value], tangents: list[Value | None], outs: list[Value], attrs: dict[str, Any]) -> Any:
    """With F = Q^H dA R^-1 and the skew-Hermitian W = Q^H dQ, whose lower triangle is that of F: dR = (F - W) R.

    Walter and Lehmann, Algorithmic differentiation of linear algebra functions, 2010. For a wide matrix Q comes from its first
    columns alone, and of the others dR2 = Q^H dA2 - W R2.
    """
    (q, r), (tangent,) = outs, tangents
    assert tangent is not None
    m, inner = q.shape[-2:]
    n = r.shape[-1]
    k = min(m, n)
    q1, r1 = part(b, q, (0, m), (0, k)), part(b, r, (0, k), (0, k))
    flags = {"left_side": False, "lower": False, "transpose_a": False, "conjugate_a": False, "unit_diagonal": False}
    y = b.triangular_solve(r1, part(b, tangent, (0, m), (0, k)), **flags)
    f = matmul(b, adjoint(b, q1), y)
    w = _skew(b, f)
    upper = b.sub(f, w)
    dq = b.sub(y, matmul(b, q1, upper))
    dr = matmul(b, upper, r1)
    if n > k:
        rest = matmul(b, w, part(b, r, (0, k), (k, n)))
        columns = b.sub(matmul(b, adjoint(b, q1), part(b, tangent, (0, m), (k, n))), rest)
        dr = b.concatenate(dr, columns, axis=dr.ndim - 1)
    if inner > k:
        dq = b.concatenate(dq, _complement_tangent(b, q1, dq), axis=dq.ndim - 1)
        zeros = b.full((*dr.shape[:-2], inner - k, n), dr.dtype, 0)
        dr = b.concatenate(dr, zeros, axis=dr.ndim - 2)
    return [dq, dr]


def _complement_tangent(b: Builder, q: Value, dq: Value) -> Value:
    """Tangent of the columns that complete `q` to a square matrix.

    The reflectors' product is a function of its first n columns Q: with W = I - Q, the others are those of I - W W1^-H W^H,
    where W1 are the first n rows (Ballard et al., Reconstructing Householder vectors from tall-skinny QR, 2014).
    """
    m, n = q.shape[-2:]
    w = b.sub(_identity(b, q.shape, q.dtype), q)
    w1 = part(b, w, (0, n), (0, n))
    lower = adjoint(b, part(b, q, (n, m), (0, n)))
    conjugate = b.conj(w1) if T.is_complex(w1.dtype) else w1
    x = b.neg(b.solve(conjugate, lower, transpose_a=True))
    y = adjoint(b, b.solve(w1, adjoint(b, w), transpose_a=False))
    inner = b.sub(adjoint(b, part(b, dq, (n, m), (0, n))), matmul(b, adjoint(b, part(b, dq, (0, n), (0, n))), x))
    return b.add(matmul(b, dq, x), matmul(b, y, inner))


def _qr_batch(b: Builder, operands: list[Value], batched: list[bool], attrs: dict[str, Any]) -> Any:
    return b.qr(operands[0], **attrs)


def _qr_decompose(b: Builder, operands: list[Value], attrs: dict[str, Any], outs: list[Aval]) -> Any:
    """Q is the product of the reflectors, ``I - V T V^H`` as in `linalg_qr_lower`, without the columns that are not wanted."""
    (x,), (q, r) = operands, outs
    m, columns = q.shape[-2:]
    if 0 in x.shape:
        return [_identity(b, q.shape, q.dtype), b.zeros(r)]
    packed, taus = b.geqrf(x)
    k = taus.shape[-1]
    upper = part(b, packed, (0, r.shape[-2]), (0, r.shape[-1]))
    upper = b.select(_compare(b, upper, "LE"), upper, b.full_like(upper, 0))
    v = part(b, packed, (0, m), (0, k))
    v = b.select(_compare(b, v, "GT"), v, _identity(b, v.shape, v.dtype))

    def scaled(y: Value) -> Value:  # diag(tau) y
        return b.mul(b.broadcast_in_dim(taus, shape=y.shape, dims=tuple(range(taus.ndim))), y)

    flags = {"left_side": True, "lower": False, "transpose_a": False, "conjugate_a": False, "unit_diagonal": True}
    product = scaled(adjoint(b, part(b, v, (0, columns), (0, k))))
    product = b.triangular_solve(scaled(matmul(b, adjoint(b, v), v)), product, **flags)
    return [b.sub(_identity(b, q.shape, q.dtype), matmul(b, v, product)), upper]


def _qr_examples(make: Any) -> list[Example]:
    return [((_full_rank(make, *shape),), {"full_matrices": i % 2 == 1}) for i, shape in enumerate((*_SHAPES, (4, 2)))]


define(
    "pb.qr",
    ("operand",),
    {"full_matrices": BOOL},
    results=("q", "r"),
    dtypes=_DTYPES,
    infer=_qr_infer,
    evaluate=_qr_evaluate,
    jvp=_qr_jvp,
    transpose=NOT_LINEAR,
    batch=_qr_batch,
    decompose=_qr_decompose,
    split_complex=split_by_decomposition(_qr_decompose),
    examples=_qr_examples,
    doc="QR factors of matrices over the last two dimensions: A = Q R with Q unitary, of m rows and as many columns if "
    "`full_matrices`, else of min(m, n) columns, and R upper triangular. Signs are those of pb.geqrf. The derivative exists where "
    "the first min(m, n) columns are linearly independent; that of the columns which complete Q, also where no reflector is the "
    "identity.",
    reference="jax.lax.linalg.qr; numpy.linalg.qr",
)
