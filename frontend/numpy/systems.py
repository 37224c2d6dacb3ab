"""Linear systems, inverses, determinants and QR factors: functions of `pullback.numpy.linalg`."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from pullback.dialects.spec import TABLE

from .. import lax
from ..array import Array, ConcreteArray
from ..custom import custom_jvp
from ..lax.matrices import eye
from ..trace import _state, bind
from .emit import quiet, wrap
from .manipulation import diagonal, matrix_transpose
from .util import arrays_of, broadcast_shapes, broadcast_to, cast, promote_dtypes, to_inexact


class SlogdetResult(NamedTuple):
    """Result of `slogdet`."""

    sign: Array
    logabsdet: Array


class QRResult(NamedTuple):
    """Result of `qr`."""

    Q: Array
    R: Array


# Operands --------------------------------------------------------------------------------------------------------------
def inexact(fname: str, *xs: Any) -> list[Array]:
    """Arguments as arrays of one floating or complex dtype that there is linear algebra for."""
    arrays = promote_dtypes(*arrays_of(fname, *xs))
    dtype = to_inexact(arrays[0].dtype)
    if dtype.itemsize == 2:
        raise TypeError(f"Unsupported dtype {dtype.name} for {fname}: convert to float32 first.")
    return [cast(x, dtype) for x in arrays]


def square(fname: str, a: Any) -> Array:
    """An argument as a batch of square matrices."""
    (x,) = inexact(fname, a)
    if x.ndim < 2 or x.shape[-1] != x.shape[-2]:
        raise ValueError(f"Argument to {fname} must have shape [..., n, n], got {x.shape}")
    return x


def is_direct(*xs: Array) -> bool:
    """Whether nothing is being traced, so that NumPy may be called."""
    return _state.frame is None and all(type(x) is ConcreteArray for x in xs)


# Systems ---------------------------------------------------------------------------------------------------------------
def solve(a: Any, b: Any) -> Array:
    """Solves linear systems ``a x = b``.

    Args:
      a: array of shape [..., n, n].
      b: vector of shape [n], or array of shape [..., n, k].

    Returns:
      Array of the shape of `b`, broadcast with the leading dimensions of `a`; infinite or NaN for singular matrices.

    Reference: NumPy, numpy.linalg.solve; Golub and Van Loan, Matrix Computations (2013), section 3.4.

    >>> import pullback.numpy as pnp
    >>> pnp.linalg.solve(pnp.array([[2.0, 0.0], [0.0, 4.0]]), pnp.array([2.0, 8.0]))
    Array([1., 2.], dtype=float32)
    """
    x, y = inexact("solve", a, b)
    if x.ndim < 2 or x.shape[-1] != x.shape[-2]:
        raise ValueError(f"solve: the first argument must have shape [..., n, n], got {x.shape}")
    vector = y.ndim == 1
    if y.ndim == 0 or y.shape[0 if vector else -2] != x.shape[-1]:
        raise ValueError(f"solve: b must have shape [n] or [..., n, k] with n = {x.shape[-1]}, got {y.shape}")
    y = lax.expand_dims(y, (1,)) if vector else y
    batch = broadcast_shapes(x.shape[:-2], y.shape[:-2])
    x, y = broadcast_to(x, (*batch, *x.shape[-2:])), broadcast_to(y, (*batch, *y.shape[-2:]))
    out = _solve(x, y)
    return lax.squeeze(out, (out.ndim - 1,)) if vector else out


def _solve(x: Array, y: Array) -> Array:
    out: Array = bind(TABLE["pb.solve"], (x, y), {"transpose_a": False})
    return out


def inv(a: Any) -> Array:
    """Inverses of matrices.

    Args:
      a: array of shape [..., n, n].

    Returns:
      Array of the shape of `a`; infinite or NaN for singular matrices.

    Reference: NumPy, numpy.linalg.inv.

    >>> import pullback.numpy as pnp
    >>> pnp.linalg.inv(pnp.array([[2.0, 0.0], [0.0, 4.0]]))
    Array([[0.5 , 0.  ],
           [0.  , 0.25]], dtype=float32)
    """
    x = square("inv", a)
    return _solve(x, eye(x.shape, x.dtype))


# Determinants ------------------------------------------------------------------------------------------------------------
def slogdet(a: Any, *, method: str | None = None) -> SlogdetResult:
    """Signs, and logarithms of the absolute values, of determinants.

    Args:
      a: array of shape [..., n, n].
      method: which factors the determinant is computed from: "lu" (the default) or "qr".

    Returns:
      ``(sign, logabsdet)``; of a singular matrix, ``(0, -inf)``.

    Raises:
      ValueError: there is no such method.

    Reference: NumPy, numpy.linalg.slogdet.

    >>> import pullback.numpy as pnp
    >>> pnp.linalg.slogdet(pnp.array([[0.0, 1.0], [1.0, 0.0]]))
    SlogdetResult(sign=Array(-1., dtype=float32), logabsdet=Array(0., dtype=float32))
    """
    if method not in (None, "lu", "qr"):
        raise ValueError(f"Unknown slogdet method {method!r}. Supported methods are 'lu' (`None`), and 'qr'.")
    x = square("slogdet", a)
    if is_direct(x):
        sign, logabsdet = quiet.run(np.linalg.slogdet, x.host)
        return SlogdetResult(wrap(sign), wrap(logabsdet))
    if x.shape[-1] == 0:
        real = np.zeros((), x.dtype).real.dtype
        return SlogdetResult(lax.full(x.shape[:-2], np.ones((), x.dtype)), lax.full(x.shape[:-2], np.zeros((), real)))
    return SlogdetResult(*(_slogdet_qr(x) if method == "qr" else _slogdet_lu(x)))


def _of_diagonal(d: Array, sign: Array) -> tuple[Array, Array]:
    axes = (d.ndim - 1,)
    return lax.mul(sign, lax.reduce_prod(lax.sign(d), axes)), lax.reduce_sum(lax.log(lax.abs(d)), axes)


@custom_jvp
def _slogdet_lu(x: Array) -> tuple[Array, Array]:
    packed, pivots, _ = lax.linalg.lu(x)
    return _of_diagonal(diagonal(packed, 0, -2, -1), _parity(pivots, x.dtype))


@custom_jvp
def _slogdet_qr(x: Array) -> tuple[Array, Array]:
    """The determinant of a reflector ``I - tau v v^H`` is ``-tau / conj(tau)``, because it is unitary."""
    packed, taus = bind(TABLE["pb.geqrf"], (x,), {})
    one = lax.full(taus.shape, np.ones((), taus.dtype))
    nothing = lax.eq(taus, np.zeros((), taus.dtype))
    safe = lax.select(nothing, one, taus)
    each = lax.neg(lax.div(safe, lax.conj(safe)) if taus.dtype.kind == "c" else one)
    sign = lax.reduce_prod(lax.select(nothing, one, each), (taus.ndim - 1,))
    return _of_diagonal(diagonal(packed, 0, -2, -1), sign)


def _slogdet_rule(function: Any) -> Any:
    """The differential of log det A is the trace of A^-1 dA. Its imaginary part turns the sign."""

    def rule(primals: Any, tangents: Any) -> Any:
        (x,), (dx,) = primals, tangents
        sign, logabsdet = function(x)
        t = _inner(inv(x), dx)
        if x.dtype.kind != "c":
            return (sign, logabsdet), (lax.full(sign.shape, np.zeros((), sign.dtype)), t)
        turn = lax.complex(lax.full(t.shape, np.zeros((), logabsdet.dtype)), lax.imag(t))
        return (sign, logabsdet), (lax.mul(sign, turn), lax.real(t))

    return rule


_slogdet_lu.defjvp(_slogdet_rule(_slogdet_lu))
_slogdet_qr.defjvp(_slogdet_rule(_slogdet_qr))


def _inner(x: Array, dx: Array) -> Array:
    """Trace of the product of two matrices, of which the second is a tangent."""
    return lax.reduce_sum(lax.mul(matrix_transpose(x), dx), (x.ndim - 2, x.ndim - 1))


def _parity(pivots: Array, dtype: Any) -> Array:
    """The sign, 1 or -1, of the order of rows that the pivots of an LU factorisation make."""
    place = lax.broadcasted_iota(np.int32, pivots.shape, pivots.ndim - 1)
    one = lax.full(pivots.shape, np.ones((), dtype))
    return lax.reduce_prod(lax.select(lax.eq(pivots, place), one, lax.neg(one)), (pivots.ndim - 1,))


def det(a: Any) -> Array:
    """Determinants.

    The derivative is right for singular matrices too, whatever their rank; the second one, of more than three rows, is not finite
    for them.

    Args:
      a: array of shape [..., n, n].

    Reference: NumPy, numpy.linalg.det.

    >>> import pullback.numpy as pnp
    >>> pnp.linalg.det(pnp.array([[2.0, 0.0], [0.0, 3.0]]))
    Array(6., dtype=float32)
    """
    x = square("det", a)
    if is_direct(x):
        return wrap(quiet.run(np.linalg.det, x.host))
    n = x.shape[-1]
    if n == 0:
        return lax.full(x.shape[:-2], np.ones((), x.dtype))
    if n <= 3:  # polynomials, whose derivatives hold everywhere
        return _expand(x, list(range(n)))
    return _det(x)


def _expand(x: Array, columns: list[int]) -> Array:
    """Laplace expansion of the minor of the last rows and the given columns, along its first row."""
    row = x.shape[-1] - len(columns)
    terms = []
    for i, c in enumerate(columns):
        element = lax.index_in_dim(lax.index_in_dim(x, row, -2, keepdims=False), c, -1, keepdims=False)
        rest = columns[:i] + columns[i + 1 :]
        term = lax.mul(element, _expand(x, rest)) if rest else element
        terms.append(lax.neg(term) if i % 2 else term)
    total = terms[0]
    for t in terms[1:]:
        total = lax.add(total, t)
    return total


@custom_jvp
def _det(x: Array) -> Array:
    packed, pivots, _ = lax.linalg.lu(x)
    d = diagonal(packed, 0, -2, -1)
    return lax.mul(_parity(pivots, x.dtype), lax.reduce_prod(d, (d.ndim - 1,)))


@_det.defjvp
def _det_jvp(primals: Any, tangents: Any) -> Any:
    """Jacobi's formula: the differential is the trace of adj(A) dA."""
    (x,), (dx,) = primals, tangents
    return _det(x), _inner(_adjugate(x), dx)


def _adjugate(x: Array) -> Array:
    """The adjugate, det(A) A^-1, without a division: it exists for singular matrices too.

    From A[p] = L U follows adj(A) = sign(p) adj(U) L^-1 P. Expanding the minors of the triangular matrix gives

        adj(U) = diag(u1 ... u(i-1)) M^-1 diag(u(j+1) ... un),    M_ij = U_ij u(i+1) ... u(j-1),

    where u is the diagonal of U and M has ones on its own.
    """
    from .take import take_along_axis

    packed, pivots, order = lax.linalg.lu(x)
    shape, last = x.shape, x.ndim - 1
    d = diagonal(packed, 0, -2, -1)
    one = lax.full(shape, np.ones((), x.dtype))
    row, column = (lax.broadcasted_iota(np.int32, shape, axis) for axis in (last - 1, last))
    wide = lax.broadcast_in_dim(d, shape, (*range(last - 1), last))
    between = _exclusive(lax.select(lax.gt(column, row), wide, one), reverse=False)
    system = lax.mul(packed, between)
    before, after = (_exclusive(d, reverse=flag) for flag in (False, True))
    before = lax.mul(before, lax.broadcast_in_dim(_parity(pivots, x.dtype), d.shape, tuple(range(d.ndim - 1))))

    def scaled(factors: Array, y: Array) -> Array:
        return lax.mul(lax.broadcast_in_dim(factors, shape, tuple(range(last))), y)

    rows = take_along_axis(eye(x.shape, x.dtype), lax.expand_dims(order, (last,)), -2, mode="clip")
    y = lax.linalg.triangular_solve(packed, rows, left_side=True, lower=True, unit_diagonal=True)
    y = lax.linalg.triangular_solve(system, scaled(after, y), left_side=True, lower=False, unit_diagonal=True)
    return scaled(before, y)


def _exclusive(x: Array, reverse: bool) -> Array:
    """Products of the elements before (or after) each along the last axis."""
    axis, n = x.ndim - 1, x.shape[-1]
    one = lax.full((*x.shape[:-1], 1), np.ones((), x.dtype))
    kept = lax.slice_in_dim(x, 1, n, axis=axis) if reverse else lax.slice_in_dim(x, 0, n - 1, axis=axis)
    parts = [kept, one] if reverse else [one, kept]
    return lax.cumprod(lax.concatenate(parts, axis), axis, reverse)


# QR --------------------------------------------------------------------------------------------------------------------
def qr(a: Any, mode: str = "reduced") -> Array | QRResult:
    """QR factors of matrices: ``a = Q R`` with a unitary Q and an upper triangular R.

    Args:
      a: array of shape [..., m, n].
      mode: "reduced" (Q has min(m, n) columns), "complete" (Q has m columns), "r" (only R), or "raw" (the transposed array of
        reflectors and R as LAPACK packs them, and the factors tau; without derivatives).

    Returns:
      ``(Q, R)``, R, or ``(h, tau)``. The diagonal of R is real and has the signs that LAPACK gives.

    Raises:
      ValueError: there is no such mode, or `a` is no matrix.

    Reference: NumPy, numpy.linalg.qr; Golub and Van Loan, Matrix Computations (2013), section 5.2.

    >>> import pullback.numpy as pnp
    >>> q, r = pnp.linalg.qr(pnp.array([[3.0, 1.0], [4.0, 2.0]]))
    >>> r
    Array([[-5. , -2.2],
           [ 0. ,  0.4]], dtype=float32)
    """
    if mode not in ("reduced", "complete", "r", "raw"):
        raise ValueError(f"Unsupported QR decomposition mode {mode!r}; modes: reduced, complete, r, raw")
    (x,) = inexact("qr", a)
    if x.ndim < 2:
        raise ValueError(f"Argument to qr must have shape [..., m, n], got {x.shape}")
    if mode == "raw":
        packed, taus = bind(TABLE["pb.geqrf"], (x,), {})
        return QRResult(matrix_transpose(packed), taus)
    q, r = bind(TABLE["pb.qr"], (x,), {"full_matrices": mode == "complete"})
    return r if mode == "r" else QRResult(q, r)
