"""Matrix factorisation and solution of triangular systems: what solves, inverses and determinants are made of.

Complex matrices are split into ``_pair`` ops on real and imaginary parts just before lowering; the loops that both forms
become are in `linalg_blocked`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from . import linalg_blocked
from . import types as T
from .builder import Builder
from .ir import Value
from .spec import BOOL, NOT_LINEAR, Example, NoRule, NotDifferentiable, OpError, define
from .types import Aval

_DTYPES = ("f32", "f64", "c64", "c128")
_PARTS = ("f32", "f64")
_INTERNAL = "only lowering makes this op, after differentiation and batching"


# Helpers ---------------------------------------------------------------------------------------------------------------
def swap(b: Builder, x: Value) -> Value:
    """Transpose of the last two dimensions."""
    return b.transpose(x, perm=(*range(x.ndim - 2), x.ndim - 1, x.ndim - 2))


def adjoint(b: Builder, x: Value) -> Value:
    """Conjugate transpose of the last two dimensions."""
    x = swap(b, x)
    return b.conj(x) if T.is_complex(x.dtype) else x


def matmul(b: Builder, x: Value, y: Value) -> Value:
    """Product of batches of matrices."""
    batch = tuple(range(x.ndim - 2))
    return b.dot_general(x, y, lhs_batch=batch, rhs_batch=batch, lhs_contract=(x.ndim - 1,), rhs_contract=(y.ndim - 2,))


def triangle(b: Builder, x: Value, direction: str) -> Value:
    """`x` where row and column compare as `direction` says ("GE": lower triangle), zero elsewhere."""
    row = b.iota(shape=x.shape, dtype="i32", dim=x.ndim - 2)
    column = b.iota(shape=x.shape, dtype="i32", dim=x.ndim - 1)
    return b.select(b.compare(row, column, direction=direction), x, b.full_like(x, 0))


def check_square(aval: Aval, dtypes: tuple[str, ...]) -> None:
    """Raises OpError unless the operand is a batch of square matrices of one of the element types."""
    if aval.dtype not in dtypes:
        raise OpError(f"operand of element type {aval.dtype} is not accepted; accepted: {', '.join(dtypes)}")
    if aval.ndim < 2 or aval.shape[-1] != aval.shape[-2]:
        raise OpError(f"operand must be a batch of square matrices, got {aval}")


# Cholesky --------------------------------------------------------------------------------------------------------------
def _cholesky_infer(operand: Aval) -> Aval:
    check_square(operand, _DTYPES)
    return operand


def _cholesky_evaluate(operand: Any) -> Any:
    n = operand.shape[-1]
    if operand.size == 0:
        return operand.copy()
    try:
        with np.errstate(all="ignore"):
            factor = np.linalg.cholesky(operand)
    except np.linalg.LinAlgError:
        if operand.ndim == 2:
            factor = np.full_like(operand, np.nan)
        else:
            matrices = operand.reshape(-1, n, n)
            factor = np.stack([_cholesky_evaluate(m) for m in matrices]).reshape(operand.shape)
    # LAPACK implementations differ in whether a NaN pivot is an error, and in how much they fill with NaN
    failed = np.isnan(np.diagonal(factor, axis1=-2, axis2=-1)).any(-1)
    if failed.any():
        factor[failed] = np.nan
        factor = np.where(np.tri(n, dtype=np.bool_), factor, np.zeros((), factor.dtype))
    return factor


def _cholesky_jvp(b: Builder, primals: list[Value], tangents: list[Value | None], outs: list[Value], attrs: dict[str, Any]) -> Any:
    """dL = L phi(L^-1 dA L^-H), where phi takes the lower triangle and halves the diagonal (Murray, arXiv:1602.07527)."""
    (factor,), (tangent,) = outs, tangents
    solve = {"lower": True, "unit_diagonal": False}
    inner = b.triangular_solve(factor, tangent, left_side=False, transpose_a=True, conjugate_a=True, **solve)
    inner = b.triangular_solve(factor, inner, left_side=True, transpose_a=False, conjugate_a=False, **solve)
    row = b.iota(shape=inner.shape, dtype="i32", dim=inner.ndim - 2)
    column = b.iota(shape=inner.shape, dtype="i32", dim=inner.ndim - 1)
    ones = b.full_like(inner, 1)
    weight = b.select(b.compare(row, column, direction="EQ"), b.full_like(inner, 0.5), ones)
    return matmul(b, factor, b.mul(weight, triangle(b, inner, "GE")))


def _cholesky_batch(b: Builder, operands: list[Value], batched: list[bool], attrs: dict[str, Any]) -> Value:
    return b.cholesky(operands[0])


def _cholesky_split(b: Builder, operands: list[Any], attrs: dict[str, Any], outs: list[Aval]) -> Any:
    return tuple(b.cholesky_pair(*operands[0]))


def _cholesky_lower(h: Any, operands: list[Any], attrs: dict[str, Any], outs: list[Aval]) -> Any:
    return linalg_blocked.cholesky(h, tuple(operands))[0]


def _positive_definite(make: Any, *shape: int) -> Any:
    """A well-conditioned Hermitian positive definite matrix."""
    x = make(*shape)
    return (x @ np.conj(np.swapaxes(x, -1, -2)) + 4 * np.eye(shape[-1], dtype=x.dtype)).astype(x.dtype)


def _cholesky_examples(make: Any) -> list[Example]:
    shapes = ((1, 1), (3, 3), (2, 4, 4), (0, 0), (2, 0, 3, 3))
    return [((_positive_definite(make, *shape),), {}) for shape in shapes]


define(
    "pb.cholesky",
    ("operand",),
    dtypes=_DTYPES,
    infer=_cholesky_infer,
    evaluate=_cholesky_evaluate,
    jvp=_cholesky_jvp,
    transpose=NOT_LINEAR,
    batch=_cholesky_batch,
    split_complex=_cholesky_split,
    lower=_cholesky_lower,
    examples=_cholesky_examples,
    doc="Lower-triangular Cholesky factor L of Hermitian positive definite matrices, A = L L^H, over the last two dimensions. "
    "Only the lower triangle of the operand is read; the derivative is right for Hermitian tangents, so callers symmetrise. "
    "Where a matrix is not positive definite the lower triangle of its factor is NaN.",
    reference="jax.lax.linalg.cholesky",
)


def _cholesky_pair_infer(re: Aval, im: Aval) -> tuple[Aval, Aval]:
    check_square(re, _PARTS)
    if re != im:
        raise OpError(f"real and imaginary parts must have equal types, got {re} and {im}")
    return re, im


def as_complex(re: Any, im: Any) -> Any:
    """The complex array of these parts; signs of zeros and NaN stay."""
    out = np.empty(re.shape, T.np_dtype(T.complex_of(T.from_np(re.dtype))))
    out.real, out.imag = re, im
    return out


def _cholesky_pair_evaluate(re: Any, im: Any) -> tuple[Any, Any]:
    factor = _cholesky_evaluate(as_complex(re, im))
    return factor.real.copy(), factor.imag.copy()


def _cholesky_pair_lower(h: Any, operands: list[Any], attrs: dict[str, Any], outs: list[Aval]) -> list[Any]:
    return list(linalg_blocked.cholesky(h, tuple(operands)))


def _cholesky_pair_examples(make: Any) -> list[Example]:
    out: list[Example] = []
    for shape in ((1, 1), (3, 3), (2, 4, 4)):
        a = _positive_definite(lambda *s: make(*s) + 1j * make(*s), *shape)
        out.append(((a.real.astype(T.np_dtype(make.dtype)), a.imag.astype(T.np_dtype(make.dtype))), {}))
    return out


define(
    "pb.cholesky_pair",
    ("re", "im"),
    results=("factor_re", "factor_im"),
    dtypes=_PARTS,
    infer=_cholesky_pair_infer,
    evaluate=_cholesky_pair_evaluate,
    jvp=NotDifferentiable(_INTERNAL),
    transpose=NotDifferentiable(_INTERNAL),
    batch=NoRule(_INTERNAL),
    split_complex=NoRule("operands and results are real"),
    lower=_cholesky_pair_lower,
    examples=_cholesky_pair_examples,
    traits=("internal",),
    doc="pb.cholesky of complex matrices that are given by, and result in, real and imaginary parts.",
    reference="pb.cholesky",
)


# Triangular solve ------------------------------------------------------------------------------------------------------
_SOLVE_ATTRS = {"left_side": BOOL, "lower": BOOL, "transpose_a": BOOL, "conjugate_a": BOOL, "unit_diagonal": BOOL}


def _check_system(a: Aval, b: Aval, left_side: bool, dtypes: tuple[str, ...]) -> None:
    check_square(a, dtypes)
    if a.dtype != b.dtype:
        raise OpError(f"operands must have one element type, got {a} and {b}")
    if a.ndim != b.ndim or a.shape[:-2] != b.shape[:-2]:
        raise OpError(f"operands must have equal batch dimensions, got {a} and {b}")
    if a.shape[-1] != b.shape[-2 if left_side else -1]:
        raise OpError(f"matrices {a} and right-hand sides {b} do not fit with left_side={left_side}")


def _solve_infer(a: Aval, b: Aval, *, left_side: bool, **attrs: Any) -> Aval:
    _check_system(a, b, left_side, _DTYPES)
    return b


def _solve_evaluate(
    a: Any, b: Any, *, left_side: bool, lower: bool, transpose_a: bool, conjugate_a: bool, unit_diagonal: bool
) -> Any:
    """Substitution row by row; a vanishing pivot gives infinities and NaNs as division does, not an error."""
    if conjugate_a:
        a = np.conj(a)
    if transpose_a != (not left_side):  # x op(a) = b is op(a)^T x^T = b^T
        a, lower = np.swapaxes(a, -1, -2), not lower
    if not left_side:
        b = np.swapaxes(b, -1, -2)
    n = a.shape[-1]
    x = b.copy()
    with np.errstate(all="ignore"):
        for j in range(n) if lower else range(n - 1, -1, -1):
            known = slice(0, j) if lower else slice(j + 1, n)
            if known.start != known.stop:
                x[..., j, :] -= (a[..., j : j + 1, known] @ x[..., known, :])[..., 0, :]
            if not unit_diagonal:
                x[..., j, :] /= a[..., j, j, None]
    return x if left_side else np.ascontiguousarray(np.swapaxes(x, -1, -2))


def _solve_jvp(b: Builder, primals: list[Value], tangents: list[Value | None], outs: list[Value], attrs: dict[str, Any]) -> Any:
    """From op(A) X = B: dX = op(A)^-1 (dB - op(dA) X). The cheaper order of the two products is chosen."""
    (a, rhs), (da, db), (x,) = primals, tangents, outs

    def solve(y: Value) -> Value:
        return b.triangular_solve(a, y, **attrs)

    total = None if db is None else solve(db)
    if da is not None:
        direction = ("GT" if attrs["unit_diagonal"] else "GE") if attrs["lower"] else ("LT" if attrs["unit_diagonal"] else "LE")
        t = b.neg(triangle(b, da, direction))
        t = swap(b, t) if attrs["transpose_a"] else t
        t = b.conj(t) if attrs["conjugate_a"] and T.is_complex(t.dtype) else t
        rows, columns = rhs.shape[-2:]
        if attrs["left_side"]:
            term = solve(matmul(b, t, x)) if rows > columns else matmul(b, solve(t), x)
        else:
            term = solve(matmul(b, x, t)) if rows < columns else matmul(b, x, solve(t))
        total = b.add_tangents(total, term)
    return total


def _solve_transpose(
    b: Builder, cts: Value, operands: list[Value], linear: list[bool], attrs: dict[str, Any]
) -> list[Value | None]:
    return [None, b.triangular_solve(operands[0], cts, **{**attrs, "transpose_a": not attrs["transpose_a"]})]


def _solve_batch(b: Builder, operands: list[Value], batched: list[bool], attrs: dict[str, Any]) -> Value:
    a, rhs = operands
    if batched[0]:
        return b.triangular_solve(a, b.batched(rhs, batched[1]), **attrs)
    # One matrix (per inner batch) and many right-hand sides: they become more columns (or rows) of one system.
    inner, (rows, columns) = rhs.shape[1:-2], rhs.shape[-2:]
    last = rhs.ndim - 1
    if attrs["left_side"]:
        wide = b.reshape(b.moveaxis(rhs, 0, last), shape=(*inner, rows, columns * b.size))
        out = b.triangular_solve(a, wide, **attrs)
        return b.moveaxis(b.reshape(out, shape=(*inner, rows, columns, b.size)), last, 0)
    tall = b.reshape(b.moveaxis(rhs, 0, last - 2), shape=(*inner, b.size * rows, columns))
    out = b.triangular_solve(a, tall, **attrs)
    return b.moveaxis(b.reshape(out, shape=(*inner, b.size, rows, columns)), last - 2, 0)


def _solve_split(b: Builder, operands: list[Any], attrs: dict[str, Any], outs: list[Aval]) -> Any:
    (a_re, a_im), (b_re, b_im) = operands
    return tuple(b.triangular_solve_pair(a_re, a_im, b_re, b_im, **attrs))


def _solve_lower(h: Any, operands: list[Any], attrs: dict[str, Any], outs: list[Aval]) -> Any:
    a, b = operands
    return linalg_blocked.triangular_solve(h, (a,), (b,), **attrs)[0]


def _systems(make: Any) -> list[Example]:
    """Well-conditioned systems over all the ways in which the matrix can be used."""

    def case(batch: tuple[int, ...], n: int, m: int, flags: tuple[int, ...]) -> Example:
        attrs = {name: bool(flag) for name, flag in zip(_SOLVE_ATTRS, flags)}
        shape = (n, m) if attrs["left_side"] else (m, n)
        a = make(*batch, n, n)
        return ((a + 4 * np.eye(n, dtype=a.dtype), make(*batch, *shape)), attrs)

    return [
        case((), 3, 2, (1, 1, 0, 0, 0)),
        case((), 3, 4, (1, 0, 0, 0, 0)),
        case((), 4, 1, (1, 1, 1, 1, 0)),
        case((), 3, 3, (1, 0, 1, 0, 1)),
        case((2,), 3, 2, (0, 1, 0, 1, 0)),
        case((2,), 3, 4, (0, 0, 1, 1, 0)),
        case((2, 2), 3, 2, (0, 0, 0, 0, 1)),
        case((), 1, 3, (0, 1, 1, 0, 0)),
        case((), 3, 0, (1, 1, 0, 0, 0)),
    ]


define(
    "pb.triangular_solve",
    ("a", "b"),
    dict(_SOLVE_ATTRS),
    dtypes=_DTYPES,
    infer=_solve_infer,
    evaluate=_solve_evaluate,
    jvp=_solve_jvp,
    transpose=_solve_transpose,
    batch=_solve_batch,
    split_complex=_solve_split,
    lower=_solve_lower,
    examples=_systems,
    doc="Solves op(a) x = b (left_side) or x op(a) = b for triangular matrices `a` over the last two dimensions, where op "
    "transposes and conjugates as the attributes say. The other triangle of `a` is not read, nor is a unit diagonal.",
    reference="jax.lax.linalg.triangular_solve; StableHLO specification, triangular_solve",
)


def _solve_pair_infer(a_re: Aval, a_im: Aval, b_re: Aval, b_im: Aval, *, left_side: bool, **attrs: Any) -> tuple[Aval, Aval]:
    if a_re != a_im or b_re != b_im:
        raise OpError(f"real and imaginary parts must have equal types, got {a_re}, {a_im} and {b_re}, {b_im}")
    _check_system(a_re, b_re, left_side, _PARTS)
    return b_re, b_im


def _solve_pair_evaluate(a_re: Any, a_im: Any, b_re: Any, b_im: Any, **attrs: Any) -> tuple[Any, Any]:
    x = _solve_evaluate(as_complex(a_re, a_im), as_complex(b_re, b_im), **attrs)
    return x.real.copy(), x.imag.copy()


def _solve_pair_lower(h: Any, operands: list[Any], attrs: dict[str, Any], outs: list[Aval]) -> list[Any]:
    a_re, a_im, b_re, b_im = operands
    return list(linalg_blocked.triangular_solve(h, (a_re, a_im), (b_re, b_im), **attrs))


def _solve_pair_examples(make: Any) -> list[Example]:
    return [((a, make(*a.shape), b, make(*b.shape)), attrs) for (a, b), attrs in _systems(make)]


define(
    "pb.triangular_solve_pair",
    ("a_re", "a_im", "b_re", "b_im"),
    dict(_SOLVE_ATTRS),
    results=("x_re", "x_im"),
    dtypes=_PARTS,
    infer=_solve_pair_infer,
    evaluate=_solve_pair_evaluate,
    jvp=NotDifferentiable(_INTERNAL),
    transpose=NotDifferentiable(_INTERNAL),
    batch=NoRule(_INTERNAL),
    split_complex=NoRule("operands and results are real"),
    lower=_solve_pair_lower,
    examples=_solve_pair_examples,
    traits=("internal",),
    doc="pb.triangular_solve of complex systems that are given by, and result in, real and imaginary parts.",
    reference="pb.triangular_solve",
)
