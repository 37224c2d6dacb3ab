"""svd: singular values and vectors of matrices.

Pairs of vectors are unique up to a common factor of modulus one, which is chosen as for `pb.eigh`. The columns of U (or rows of
V^H) that complete a basis for `full_matrices` are those of the QR factorisation of the matrix (or of its adjoint), and so have
a derivative too.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from . import linalg_svd_lower
from . import types as T
from .builder import Builder
from .ir import Value
from .linalg import adjoint, as_complex, check_square, matmul
from .linalg_eigh import (
    as_element_type,
    by_rows_and_columns,
    gauge_angles,
    gauge_pivots,
    in_gauge,
    inverse_differences,
    on_diagonal,
    real_diagonal,
    split_failed,
    turn_columns,
)
from .linalg_lu import check_matrices, part
from .spec import BOOL, NOT_LINEAR, TABLE, Example, NoRule, NotDifferentiable, OpError, define
from .types import Aval

_DTYPES = ("f32", "f64", "c64", "c128")
_PARTS = ("f32", "f64")
_ATTRS = {"full_matrices": BOOL, "compute_uv": BOOL}
_INTERNAL = "only lowering makes this op, after differentiation and batching"

Attrs = dict[str, Any]


# Types and evaluation ------------------------------------------------------------------------------------------------------
def _infer(operand: Aval, *, full_matrices: bool, compute_uv: bool) -> tuple[Aval, ...]:
    check_matrices(operand, _DTYPES)
    *batch, m, n = operand.shape
    k = min(m, n)
    s = Aval((*batch, k), T.real_of(operand.dtype))
    if not compute_uv:
        return (s,)
    rows, columns = (m, n) if full_matrices else (k, k)
    return Aval((*batch, m, rows), operand.dtype), s, Aval((*batch, columns, n), operand.dtype)


def _evaluate(operand: Any, *, full_matrices: bool, compute_uv: bool) -> tuple[Any, ...]:
    *batch, m, n = operand.shape
    k = min(m, n)
    if operand.size == 0:
        s = np.zeros((*batch, k), operand.real.dtype)
        if not compute_uv:
            return (s,)
        rows, columns = (m, n) if full_matrices else (k, k)
        u, vh = (np.broadcast_to(np.eye(*shape, dtype=operand.dtype), (*batch, *shape)) for shape in ((m, rows), (columns, n)))
        return u.copy(), s, vh.copy()
    with np.errstate(all="ignore"):
        matrices, failed = split_failed(operand)
        if not compute_uv:
            results: tuple[Any, ...] = (np.linalg.svd(matrices, compute_uv=False),)
        else:
            results = _decompose_numpy(matrices, full_matrices)
    if failed is not None:
        for x in results:
            x[failed] = np.nan
    return results


def _decompose_numpy(x: Any, full_matrices: bool) -> tuple[Any, Any, Any]:
    m, n = x.shape[-2:]
    k = min(m, n)
    tall = np.conj(np.swapaxes(x, -1, -2)) if m < n else x
    if full_matrices and m != n:  # the complement of the range is that of the QR factorisation
        q, r = np.linalg.qr(tall, mode="complete")
        u, s, vh = np.linalg.svd(r[..., :k, :])
        u = np.concatenate([q[..., :k] @ u, q[..., k:]], -1)
    else:
        u, s, vh = np.linalg.svd(tall, full_matrices=False)
    if m < n:
        u, vh = np.conj(np.swapaxes(vh, -1, -2)), np.conj(np.swapaxes(u, -1, -2))
    u[..., :k], turn = in_gauge(u[..., :k])
    vh[..., :k, :] *= np.conj(np.swapaxes(turn, -1, -2))
    return u, s, vh


# Derivative ------------------------------------------------------------------------------------------------------------
def _jvp(b: Builder, primals: list[Value], tangents: list[Value | None], outs: list[Value], attrs: Attrs) -> list[Value]:
    """With M = U^H dA V: ds = Re diag(M), dU = U (F S-weighted M and M^H) plus what leaves the span of U; dV alike.

    F_ij = 1 / (s_j^2 - s_i^2), F_ii = 0; Giles, NA-08-01, section 3.2, and Townsend, Differentiating the singular value
    decomposition, 2016. The imaginary part of diag(M) / s turns U against V; complex pairs then turn back into their gauge.
    """
    (a,), (da,) = primals, tangents
    assert da is not None
    m, n = a.shape[-2:]
    k = min(m, n)
    if attrs["compute_uv"]:
        u, s, vh = outs
        u, vh = part(b, u, (0, m), (0, k)), part(b, vh, (0, k), (0, n))
    else:
        u, s, vh = b.svd(a, full_matrices=False, compute_uv=True)
    uh, v = adjoint(b, u), adjoint(b, vh)
    dav = matmul(b, da, v)
    inner = matmul(b, uh, dav)
    ds = real_diagonal(b, inner)
    if not attrs["compute_uv"]:
        return [ds]

    rows, columns = by_rows_and_columns(b, s)
    f = inverse_differences(b, b.mul(rows, rows), b.mul(columns, columns))
    left, right = (as_element_type(b, b.mul(f, x), a.dtype) for x in (columns, rows))
    mirrored = adjoint(b, inner)
    in_u = b.add(b.mul(left, inner), b.mul(right, mirrored))
    in_v = b.add(b.mul(right, inner), b.mul(left, mirrored))
    inverse = _inverse_or_zero(b, columns)
    if T.is_complex(a.dtype):
        only = b.select(on_diagonal(b, rows), inverse, b.full_like(inverse, 0))
        turned = b.mul(only, b.imag(inner))
        in_u = b.add(in_u, b.complex(b.full_like(turned, 0), turned))
    du, dv = matmul(b, u, in_u), matmul(b, v, in_v)
    if m > n:
        du = b.add(du, _outside(b, u, dav, inner, s))
    elif n > m:
        dv = b.add(dv, _outside(b, v, matmul(b, adjoint(b, da), u), mirrored, s))
    if T.is_complex(a.dtype):
        angles = gauge_angles(b, u, du)
        du, dv = b.add(du, turn_columns(b, u, angles)), b.add(dv, turn_columns(b, v, angles))
    if attrs["full_matrices"] and m != n:
        rest = _complement_tangent(b, a, da)
        if m > n:
            du = b.concatenate(du, rest, axis=du.ndim - 1)
        else:
            dv = b.concatenate(dv, rest, axis=dv.ndim - 1)
    return [du, ds, adjoint(b, dv)]


def _inverse_or_zero(b: Builder, x: Value) -> Value:
    zero, one = b.full_like(x, 0), b.full_like(x, 1)
    vanishes = b.compare(x, zero, direction="EQ")
    return b.select(vanishes, zero, b.div(one, b.select(vanishes, one, x)))


def _outside(b: Builder, q: Value, moved: Value, inner: Value, s: Value) -> Value:
    """The part of `moved` outside the span of `q`, where ``inner = q^H moved``, divided by s: it is infinite where s is zero."""
    weights = b.div(b.full_like(s, 1), s)
    weights = b.broadcast_in_dim(weights, shape=q.shape, dims=(*range(s.ndim - 1), q.ndim - 1))
    return b.mul(as_element_type(b, weights, q.dtype), b.sub(moved, matmul(b, q, inner)))


def _complement_tangent(b: Builder, a: Value, da: Value) -> Value:
    """The tangent of the columns that complete U (or V, of wide matrices): of the QR factorisation's."""
    m, n = a.shape[-2:]
    if m < n:
        a, da, m, n = adjoint(b, a), adjoint(b, da), n, m
    spec, attrs = TABLE["pb.qr"], {"full_matrices": True}
    dq, _ = spec.jvp(b, [a], [da], b.emit(spec, [a], attrs), attrs)  # type: ignore[operator,misc]
    return part(b, dq, (0, m), (n, m))


def _batch(b: Builder, operands: list[Value], batched: list[bool], attrs: Attrs) -> Any:
    return b.svd(operands[0], **attrs)


# Lowering --------------------------------------------------------------------------------------------------------------
def _not_square(avals: list[Aval], attrs: Attrs) -> bool:
    return bool(avals[0].shape[-1] != avals[0].shape[-2])


def _decompose(b: Builder, operands: list[Value], attrs: Attrs, outs: list[Aval]) -> list[Value]:
    """By the QR factorisation of the matrix, or of its adjoint if it is wide, and the SVD of the square R."""
    (x,) = operands
    m, n = x.shape[-2:]
    k = min(m, n)
    if 0 in x.shape:
        return [_identity(b, o) if o.ndim == x.ndim else b.zeros(o) for o in outs]
    tall = adjoint(b, x) if m < n else x
    full, uv = attrs["full_matrices"] and attrs["compute_uv"], attrs["compute_uv"]
    q, r = b.qr(tall, full_matrices=full)
    results = b.svd(part(b, r, (0, k), (0, k)), full_matrices=False, compute_uv=uv)
    if not uv:
        return list(results)
    u, s, vh = results
    rows, inner = q.shape[-2:]
    u = matmul(b, part(b, q, (0, rows), (0, k)), u)
    vectors = (u, adjoint(b, vh)) if m >= n else (adjoint(b, vh), u)
    u, v = _turned_into_gauge(b, *vectors)
    if inner > k:
        rest = part(b, q, (0, rows), (k, inner))
        if m > n:
            u = b.concatenate(u, rest, axis=u.ndim - 1)
        else:
            v = b.concatenate(v, rest, axis=v.ndim - 1)
    return [u, s, adjoint(b, v)]


def _identity(b: Builder, aval: Aval) -> Value:
    zeros = b.zeros(aval)
    return b.select(on_diagonal(b, zeros), b.full_like(zeros, 1), zeros)


def _turned_into_gauge(b: Builder, u: Value, v: Value) -> tuple[Value, Value]:
    """The columns of both times the factors that put those of `u` into the gauge."""
    axis = u.ndim - 2
    pivot = b.reduce_sum(b.select(gauge_pivots(b, u), u, b.full_like(u, 0)), axes=(axis,))
    turn = b.conj(b.sign(pivot)) if T.is_complex(u.dtype) else b.sign(pivot)

    def turned(x: Value) -> Value:
        return b.mul(x, b.broadcast_in_dim(turn, shape=x.shape, dims=(*range(axis), axis + 1)))

    return turned(u), turned(v)


def _split(b: Builder, operands: list[Any], attrs: Attrs, outs: list[Aval]) -> Any:
    results = b.svd_pair(*operands[0], compute_uv=attrs["compute_uv"])
    if not attrs["compute_uv"]:
        return list(results)
    u_re, u_im, s, vh_re, vh_im = results
    return [(u_re, u_im), s, (vh_re, vh_im)]


def _lower(h: Any, operands: list[Any], attrs: Attrs, outs: list[Aval]) -> Any:
    s, u, vh = linalg_svd_lower.svd(h, tuple(operands), attrs["compute_uv"])
    return [*u, s, *vh] if attrs["compute_uv"] else [s]


# Declarations ----------------------------------------------------------------------------------------------------------
def _separated(make: Any, *shape: int, dtype: str | None = None) -> Any:
    """Matrices whose singular values are at least 0.7 apart, so that their vectors are well determined."""
    x = make(*shape, dtype=dtype)
    u, s, vh = np.linalg.svd(x.astype(np.complex128 if x.dtype.kind == "c" else np.float64), full_matrices=False)
    k = s.shape[-1]
    s = np.arange(k, 0, -1) + make.rng.uniform(0, 0.3, s.shape)
    return ((u * s[..., None, :]) @ vh).astype(x.dtype)


def _examples(make: Any) -> list[Example]:
    cases = [
        ((3, 3), True, True),
        ((4, 2), True, True),
        ((2, 2, 3), False, True),
        ((2, 3, 2), False, False),
        ((3, 0), True, True),
        ((0, 2), False, True),
        ((2, 0, 0), False, False),
    ]
    return [((_separated(make, *shape) if 0 not in shape else make(*shape),), dict(zip(_ATTRS, flags))) for shape, *flags in cases]


define(
    "pb.svd",
    ("operand",),
    dict(_ATTRS),
    results=("results*",),
    dtypes=_DTYPES,
    infer=_infer,
    evaluate=_evaluate,
    jvp=_jvp,
    transpose=NOT_LINEAR,
    batch=_batch,
    decompose=_decompose,
    decompose_if=_not_square,
    split_complex=_split,
    lower=_lower,
    examples=_examples,
    traits=("linalg",),
    doc="Singular value decomposition A = U diag(s) V^H over the last two dimensions: U, the descending s and V^H, or s alone "
    "without `compute_uv`. U and V have min(m, n) columns, or m and n of them with `full_matrices`. In each of the first min(m, n) "
    "columns of U the first component of at least 0.37 times the largest magnitude is real and positive; further vectors are "
    "those that complete Q in pb.qr. A matrix that is not finite gives NaN. The vectors' derivatives are infinite or NaN where "
    "singular values coincide, or vanish and the matrix is not square; that of the values is not.",
    reference="jax.lax.linalg.svd; Golub and Van Loan, Matrix Computations (2013), section 8.6",
)


def _pair_infer(re: Aval, im: Aval, *, compute_uv: bool) -> tuple[Aval, ...]:
    check_square(re, _PARTS)
    if re != im:
        raise OpError(f"real and imaginary parts must have equal types, got {re} and {im}")
    s = Aval(re.shape[:-1], re.dtype)
    return (re, im, s, re, im) if compute_uv else (s,)


def _pair_evaluate(re: Any, im: Any, *, compute_uv: bool) -> tuple[Any, ...]:
    results = _evaluate(as_complex(re, im), full_matrices=False, compute_uv=compute_uv)
    if not compute_uv:
        return results
    u, s, vh = results
    return u.real.copy(), u.imag.copy(), s, vh.real.copy(), vh.imag.copy()


def _pair_examples(make: Any) -> list[Example]:
    out: list[Example] = []
    for shape, compute_uv in (((3, 3), True), ((2, 2, 2), False)):
        a = _separated(make, *shape, dtype=T.complex_of(make.dtype))
        out.append(((a.real.copy(), a.imag.copy()), {"compute_uv": compute_uv}))
    return out


define(
    "pb.svd_pair",
    ("re", "im"),
    {"compute_uv": BOOL},
    results=("results*",),
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
    doc="pb.svd of complex square matrices that are given by, and whose vectors result in, real and imaginary parts.",
    reference="pb.svd",
)
