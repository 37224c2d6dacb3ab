"""LU factorisation with partial pivoting, and the solution of general systems by it."""

from __future__ import annotations

from typing import Any

import numpy as np

from . import linalg_lu_lower
from .builder import Builder
from .indexing import gather_attrs, scatter_attrs
from .ir import Value
from .linalg import as_complex, check_square, matmul, triangle
from .rules import split_by_decomposition
from .spec import BOOL, NOT_LINEAR, Example, NoRule, NotDifferentiable, OpError, define
from .types import Aval
from .windows import Windows

_DTYPES = ("f32", "f64", "c64", "c128")
_PARTS = ("f32", "f64")
_INTERNAL = "only lowering makes this op, after differentiation and batching"
#: Columns that NumPy eliminates one by one before it updates the rest of the matrix by one product.
_BLOCK = 32


# Helpers ---------------------------------------------------------------------------------------------------------------
def take_rows(b: Builder, x: Value, order: Value) -> Value:
    """The rows of matrices in the given order: ``x[order]``."""
    return b.gather(x, _index_vectors(b, order), **gather_attrs(_row_windows(x), "clip", "0.0"))


def put_rows(b: Builder, x: Value, order: Value) -> Value:
    """The inverse of `take_rows`: ``y`` with ``y[order] = x``."""
    attrs = scatter_attrs(gather_attrs(_row_windows(x), "clip", "0.0"))
    return b.scatter(b.zeros(x.aval), _index_vectors(b, order), x, combine="set", unique_indices=True, **attrs)  # type: ignore[arg-type]


def _index_vectors(b: Builder, order: Value) -> Value:
    return b.reshape(order, shape=(*order.shape, 1))


def _row_windows(x: Value) -> Windows:
    batch = tuple(range(x.ndim - 2))
    sizes = (*(1 for _ in batch), 1, x.shape[-1])
    return Windows((x.ndim - 1,), (x.ndim - 2,), (x.ndim - 2,), batch, batch, sizes)


def unit_lower(b: Builder, packed: Value) -> Value:
    """The factor L of square packed factors."""
    row = b.iota(shape=packed.shape, dtype="i32", dim=packed.ndim - 2)
    column = b.iota(shape=packed.shape, dtype="i32", dim=packed.ndim - 1)
    ones = b.full_like(packed, 1)
    return b.select(b.compare(row, column, direction="EQ"), ones, triangle(b, packed, "GT"))


def part(b: Builder, x: Value, rows: tuple[Any, Any], columns: tuple[Any, Any]) -> Value:
    """``x[..., rows, columns]``."""
    batch = x.shape[:-2]
    start = (*(0 for _ in batch), rows[0], columns[0])
    limit = (*batch, rows[1], columns[1])
    if all(s == 0 for s in start) and limit == x.shape:
        return x
    return b.slice(x, start=start, limit=limit, strides=(1,) * x.ndim)


# LU --------------------------------------------------------------------------------------------------------------------
def check_matrices(aval: Aval, dtypes: tuple[str, ...]) -> None:
    """Raises OpError unless the operand is a batch of matrices of one of the element types."""
    if aval.dtype not in dtypes:
        raise OpError(f"operand of element type {aval.dtype} is not accepted; accepted: {', '.join(dtypes)}")
    if aval.ndim < 2:
        raise OpError(f"operand must be a batch of matrices, got {aval}")


def _integers(operand: Aval) -> tuple[Aval, Aval]:
    *batch, m, n = operand.shape
    return Aval((*batch, min(m, n)), "i32"), Aval((*batch, m), "i32")


def _lu_infer(operand: Aval) -> tuple[Aval, Aval, Aval]:
    check_matrices(operand, _DTYPES)
    return operand, *_integers(operand)


def _lu_evaluate(operand: Any) -> tuple[Any, Any, Any]:
    *batch, m, n = operand.shape
    k = min(m, n)
    a = operand.reshape((-1, m, n) if operand.size else (0, m, n)).copy()
    if not operand.size:
        order = np.broadcast_to(np.arange(m, dtype=np.int32), (*batch, m)).copy()
        return operand.copy(), np.zeros((*batch, k), np.int32), order
    size = len(a)
    order = np.broadcast_to(np.arange(m, dtype=np.int32), (size, m)).copy()
    pivots = np.empty((size, k), np.int32)
    with np.errstate(all="ignore"):
        for start in range(0, k, _BLOCK):
            end = min(start + _BLOCK, k)
            for j in range(start, end):
                _eliminate(a, order, pivots, j, end)
            for j in range(start + 1, end):
                a[:, j, end:] -= (a[:, j : j + 1, start:j] @ a[:, start:j, end:])[:, 0]
            if end < min(m, n):
                a[:, end:, end:] -= a[:, end:, start:end] @ a[:, start:end, end:]
    return a.reshape(operand.shape), pivots.reshape(*batch, k), order.reshape(*batch, m)


def _eliminate(a: Any, order: Any, pivots: Any, j: int, end: int) -> None:
    """Exchanges row j with the pivot's, and eliminates below it in the columns before `end`; changes the arrays."""
    column = a[:, j:, j]
    size = np.abs(column.real) + np.abs(column.imag) if column.dtype.kind == "c" else np.abs(column)
    size[np.isnan(size)] = np.inf
    pivot = size.argmax(1)
    pivots[:, j] = pivot + j
    moved = pivot.nonzero()[0]
    if moved.size:
        at = pivot[moved] + j
        for x in (a, order):
            x[moved, at], x[moved, j] = x[moved, j], x[moved, at]
    diagonal = a[:, j, j]
    factor = a[:, j + 1 :, j] / np.where(diagonal == 0, 1, diagonal).astype(a.dtype)[:, None]
    a[:, j + 1 :, j] = factor
    if j + 1 < end:
        a[:, j + 1 :, j + 1 : end] -= factor[:, :, None] * a[:, j, None, j + 1 : end]


def _lu_jvp(b: Builder, primals: list[Value], tangents: list[Value | None], outs: list[Value], attrs: dict[str, Any]) -> Any:
    """With F = L^-1 P dA U^-1 of the leading square block: dL = L low(F), dU = up(F) U, where low is strictly lower.

    What is below the square block is L2 = A2 U^-1, so dL2 = dA2 U^-1 - L2 up(F); to its right, dU2 = L^-1 dA2 - low(F) U2.
    """
    (packed, _, order), (tangent,) = outs, tangents
    assert tangent is not None
    m, n = packed.shape[-2:]
    k = min(m, n)
    tangent = take_rows(b, tangent, order)
    square = part(b, packed, (0, k), (0, k))

    def below(y: Value) -> Value:  # y U^-1
        flags = {"transpose_a": False, "conjugate_a": False, "unit_diagonal": False}
        return b.triangular_solve(square, y, left_side=False, lower=False, **flags)

    def right(y: Value) -> Value:  # L^-1 y
        flags = {"transpose_a": False, "conjugate_a": False, "unit_diagonal": True}
        return b.triangular_solve(square, y, left_side=True, lower=True, **flags)

    f = right(below(part(b, tangent, (0, k), (0, k))))
    low, up = triangle(b, f, "GT"), triangle(b, f, "LE")
    out = b.add(matmul(b, unit_lower(b, square), low), matmul(b, up, triangle(b, square, "LE")))
    if m > k:
        rest = matmul(b, part(b, packed, (k, m), (0, k)), up)
        rows = b.sub(below(part(b, tangent, (k, m), (0, k))), rest)
        out = b.concatenate(out, rows, axis=out.ndim - 2)
    elif n > k:
        rest = matmul(b, low, part(b, packed, (0, k), (k, n)))
        columns = b.sub(right(part(b, tangent, (0, k), (k, n))), rest)
        out = b.concatenate(out, columns, axis=out.ndim - 1)
    return [out, None, None]


def _lu_batch(b: Builder, operands: list[Value], batched: list[bool], attrs: dict[str, Any]) -> Any:
    return b.lu(operands[0])


def _lu_split(b: Builder, operands: list[Any], attrs: dict[str, Any], outs: list[Aval]) -> Any:
    re, im, pivots, order = b.lu_pair(*operands[0])
    return [(re, im), pivots, order]


def _lu_lower(h: Any, operands: list[Any], attrs: dict[str, Any], outs: list[Aval]) -> Any:
    packed, pivots, order = linalg_lu_lower.lu(h, tuple(operands))
    return [*packed, pivots, order]


def _pivoting(make: Any, *shape: int) -> Any:
    """A matrix whose pivots are in other rows than the diagonal's, and well apart in size, so that rounding changes none."""
    x = make(*shape, low=-1, high=1)
    m, n = shape[-2:]
    rows = make.rng.permutation(m)
    for k in range(min(m, n)):
        x[..., rows[k], k] += 4
    return x


def _lu_examples(make: Any) -> list[Example]:
    shapes = ((3, 3), (4, 2), (2, 4), (2, 1, 4, 3), (0, 3), (2, 3, 0))
    return [((_pivoting(make, *shape),), {}) for shape in shapes]


define(
    "pb.lu",
    ("operand",),
    results=("lu", "pivots", "permutation"),
    dtypes=_DTYPES,
    infer=_lu_infer,
    evaluate=_lu_evaluate,
    jvp=_lu_jvp,
    transpose=NOT_LINEAR,
    batch=_lu_batch,
    split_complex=_lu_split,
    lower=_lu_lower,
    examples=_lu_examples,
    doc="LU factors of matrices over the last two dimensions, A[permutation] = L U, packed in one matrix: U on and above the "
    "diagonal, L, whose diagonal is one, below it. At step j row j was exchanged with row pivots[j]: the first with the largest "
    "element, by the sum of the absolute values of its parts if it is complex. A pivot of zero is skipped.",
    reference="jax.lax.linalg.lu; LAPACK Users' Guide, xGETRF",
)


def _lu_pair_infer(re: Aval, im: Aval) -> tuple[Aval, Aval, Aval, Aval]:
    check_matrices(re, _PARTS)
    if re != im:
        raise OpError(f"real and imaginary parts must have equal types, got {re} and {im}")
    return re, im, *_integers(re)


def _lu_pair_evaluate(re: Any, im: Any) -> Any:
    packed, pivots, order = _lu_evaluate(as_complex(re, im))
    return packed.real.copy(), packed.imag.copy(), pivots, order


def _lu_pair_examples(make: Any) -> list[Example]:
    return [((x, make(*x.shape, low=-1, high=1)), {}) for ((x,), _) in _lu_examples(make)[:3]]


define(
    "pb.lu_pair",
    ("re", "im"),
    results=("lu_re", "lu_im", "pivots", "permutation"),
    dtypes=_PARTS,
    infer=_lu_pair_infer,
    evaluate=_lu_pair_evaluate,
    jvp=NotDifferentiable(_INTERNAL),
    transpose=NotDifferentiable(_INTERNAL),
    batch=NoRule(_INTERNAL),
    split_complex=NoRule("operands and results are real"),
    lower=_lu_lower,
    examples=_lu_pair_examples,
    traits=("internal",),
    doc="pb.lu of complex matrices that are given by, and result in, real and imaginary parts.",
    reference="pb.lu",
)


# Solve -----------------------------------------------------------------------------------------------------------------
def _solve_infer(a: Aval, b: Aval, *, transpose_a: bool) -> Aval:
    check_square(a, _DTYPES)
    if a.dtype != b.dtype:
        raise OpError(f"operands must have one element type, got {a} and {b}")
    if a.ndim != b.ndim or a.shape[:-2] != b.shape[:-2] or a.shape[-1] != b.shape[-2]:
        raise OpError(f"matrices {a} and right-hand sides {b} do not fit: give [..., n, n] and [..., n, k]")
    return b


def _solve_evaluate(a: Any, b: Any, *, transpose_a: bool) -> Any:
    if b.size == 0:
        return b.copy()
    if transpose_a:
        a = np.swapaxes(a, -1, -2)
    with np.errstate(all="ignore"):
        try:
            return np.linalg.solve(a, b)
        except np.linalg.LinAlgError:  # one of the matrices is singular: its elimination gives infinities, the others are solved
            packed, _, order = _lu_evaluate(a)
            x = np.take_along_axis(b, order[..., None], -2)
            x = _substitute(np.tril(packed, -1) + np.eye(a.shape[-1], dtype=a.dtype), x, range(a.shape[-1]))
            return _substitute(np.triu(packed), x, range(a.shape[-1] - 1, -1, -1))


def _substitute(a: Any, b: Any, order: range) -> Any:
    """Solves a triangular system; the other triangle of `a` is zero. Changes `b`."""
    for j in order:
        b[..., j, :] /= a[..., j, j, None]
        rest = slice(j + 1, None) if order.step > 0 else slice(0, j)
        b[..., rest, :] -= a[..., rest, j, None] * b[..., j, None, :]
    return b


def _solve_jvp(b: Builder, primals: list[Value], tangents: list[Value | None], outs: list[Value], attrs: dict[str, Any]) -> Any:
    """From A X = B: dX = A^-1 (dB - dA X). The factors of A are not differentiated."""
    (a, _), (da, db), (x,) = primals, tangents, outs
    term = None
    if da is not None:
        batch = tuple(range(a.ndim - 2))
        contract = (a.ndim - 2,) if attrs["transpose_a"] else (a.ndim - 1,)
        numbers = {"lhs_batch": batch, "rhs_batch": batch, "lhs_contract": contract, "rhs_contract": (a.ndim - 2,)}
        term = b.neg(b.dot_general(da, x, **numbers))
    total = b.add_tangents(db, term)
    return None if total is None else b.solve(a, total, **attrs)


def _solve_transpose(
    b: Builder, cts: Value, operands: list[Value], linear: list[bool], attrs: dict[str, Any]
) -> list[Value | None]:
    return [None, b.solve(operands[0], cts, transpose_a=not attrs["transpose_a"])]


def _solve_batch(b: Builder, operands: list[Value], batched: list[bool], attrs: dict[str, Any]) -> Value:
    a, rhs = operands
    if batched[0]:
        return b.solve(a, b.batched(rhs, batched[1]), **attrs)
    # One matrix (per inner batch) and many right-hand sides: they become more columns of one system.
    inner, (rows, columns) = rhs.shape[1:-2], rhs.shape[-2:]
    last = rhs.ndim - 1
    wide = b.reshape(b.moveaxis(rhs, 0, last), shape=(*inner, rows, columns * b.size))
    out = b.solve(a, wide, **attrs)
    return b.moveaxis(b.reshape(out, shape=(*inner, rows, columns, b.size)), last, 0)


def _solve_decompose(b: Builder, operands: list[Value], attrs: dict[str, Any], outs: list[Aval]) -> Value:
    """From A[p] = L U: x = U^-1 L^-1 b[p], and A^T x = b gives x[p] = L^-T U^-T b. All systems with one A share its factors."""
    a, rhs = operands
    if 0 in rhs.shape:
        return rhs
    packed, _, order = b.lu(a)
    lower = {"left_side": True, "lower": True, "conjugate_a": False, "unit_diagonal": True}
    upper = {"left_side": True, "lower": False, "conjugate_a": False, "unit_diagonal": False}
    if attrs["transpose_a"]:
        y = b.triangular_solve(packed, rhs, transpose_a=True, **upper)
        return put_rows(b, b.triangular_solve(packed, y, transpose_a=True, **lower), order)
    y = b.triangular_solve(packed, take_rows(b, rhs, order), transpose_a=False, **lower)
    return b.triangular_solve(packed, y, transpose_a=False, **upper)


def _solve_examples(make: Any) -> list[Example]:
    def case(batch: tuple[int, ...], n: int, m: int, transpose_a: bool) -> Example:
        return ((_pivoting(make, *batch, n, n), make(*batch, n, m)), {"transpose_a": transpose_a})

    return [case((), 3, 2, False), case((), 4, 1, True), case((2, 1), 3, 2, True), case((), 0, 2, False)]


define(
    "pb.solve",
    ("a", "b"),
    {"transpose_a": BOOL},
    dtypes=_DTYPES,
    infer=_solve_infer,
    evaluate=_solve_evaluate,
    jvp=_solve_jvp,
    transpose=_solve_transpose,
    batch=_solve_batch,
    decompose=_solve_decompose,
    split_complex=split_by_decomposition(_solve_decompose),
    examples=_solve_examples,
    doc="Solves a x = b (or the transposed system) for square matrices over the last two dimensions, by LU factors with partial "
    "pivoting. The result for a singular matrix is what division by its zero pivots gives: infinities and NaN.",
    reference="numpy.linalg.solve; Golub and Van Loan, Matrix Computations (2013), section 3.4",
)
