"""Linear algebra, FFT and random bits of `pullback.lax`."""

from __future__ import annotations

from typing import Any

import numpy as np

from pullback.dialects.spec import TABLE

from ..array import Array
from ..locations import located
from ..trace import bind
from .util import as_ints, as_operand, cast


def cholesky(x: Any, *, symmetrize_input: bool = True) -> Array:
    """Lower-triangular factor L of a Hermitian positive definite matrix, with :math:`x = L L^H`.

    Args:
      x: array of shape [..., n, n], floating or complex.
      symmetrize_input: factor :math:`(x + x^H) / 2`, so that derivatives are symmetric too.

    Returns:
      Array of the shape of `x`, zero above the diagonal; NaN where a matrix is not positive definite.

    Reference: Golub and Van Loan, Matrix Computations (2013), section 4.2.

    >>> from pullback import lax, numpy as pnp
    >>> lax.linalg.cholesky(pnp.array([[4.0, 2.0], [2.0, 5.0]]))
    Array([[2., 0.],
           [1., 2.]], dtype=float32)
    """
    from .elementwise import add, conj, div
    from .shape import transpose

    x = as_operand(x, "cholesky")
    if x.ndim < 2 or x.shape[-1] != x.shape[-2]:
        raise ValueError(located(f"Argument to Cholesky must have shape [..., n, n], got {x.shape}"))
    if symmetrize_input:
        perm = (*range(x.ndim - 2), x.ndim - 1, x.ndim - 2)
        xt = transpose(x, perm)
        x = div(add(x, conj(xt) if x.dtype.kind == "c" else xt), np.asarray(2, x.dtype))
    return bind(TABLE["pb.cholesky"], (x,), {})


def triangular_solve(
    a: Any,
    b: Any,
    *,
    left_side: bool = False,
    lower: bool = False,
    transpose_a: bool = False,
    conjugate_a: bool = False,
    unit_diagonal: bool = False,
) -> Array:
    """Solves a triangular system: ``op(a) x = b`` if `left_side`, else ``x op(a) = b``.

    Args:
      a: array of shape [..., n, n]; only its lower (or upper) triangle is read.
      b: array of shape [..., n, k] (or [..., k, n]), or [..., n] for one right-hand side.
      left_side, lower, transpose_a, conjugate_a, unit_diagonal: which system.

    Reference: JAX documentation, jax.lax.linalg.triangular_solve.

    >>> from pullback import lax, numpy as pnp
    >>> a = pnp.array([[2.0, 0.0], [1.0, 4.0]])
    >>> lax.linalg.triangular_solve(a, pnp.array([[2.0], [9.0]]), left_side=True, lower=True)
    Array([[1.],
           [2.]], dtype=float32)
    """
    from .shape import reshape

    a, b = as_operand(a, "triangular_solve"), as_operand(b, "triangular_solve", 1)
    vector = b.ndim == a.ndim - 1
    if vector:
        b = reshape(b, (*b.shape, 1) if left_side else (*b.shape[:-1], 1, b.shape[-1]))
    if b.weak_type:
        b = cast(b, a.dtype)
    attrs = {
        "left_side": left_side,
        "lower": lower,
        "transpose_a": transpose_a,
        "conjugate_a": conjugate_a,
        "unit_diagonal": unit_diagonal,
    }
    out = bind(TABLE["pb.triangular_solve"], (a, b), {k: bool(v) for k, v in attrs.items()})
    return reshape(out, (*out.shape[:-2], a.shape[-1])) if vector else out


def fft(x: Any, fft_type: Any, fft_lengths: Any) -> Array:
    """Fourier transform over the last axes.

    Args:
      x: array; complex, or real for "rfft".
      fft_type: "fft", "ifft", "rfft" or "irfft" (any case).
      fft_lengths: lengths of the transformed axes; for "irfft", of the result.

    Reference: StableHLO specification, fft.

    >>> from pullback import lax, numpy as pnp
    >>> lax.fft(pnp.array([1.0 + 0j, 0.0, 0.0, 0.0]), "FFT", (4,))
    Array([1.+0.j, 1.+0.j, 1.+0.j, 1.+0.j], dtype=complex64)
    """
    kind = str(getattr(fft_type, "name", fft_type)).lower()
    if kind not in ("fft", "ifft", "rfft", "irfft"):
        raise ValueError(located(f"Unknown FFT type {fft_type!r}; types: fft, ifft, rfft, irfft"))
    return bind(TABLE["pb.fft"], (as_operand(x, "fft"),), {"kind": kind, "lengths": as_ints(fft_lengths, "fft_lengths")})


def threefry2x32(key: Any, count: Any) -> Array:
    """Random bits by the Threefry-2x32 counter-based generator.

    Args:
      key: uint32 array of shape [2].
      count: uint32 array of any shape; pairs of its flattened halves are encrypted (an odd size is padded with one zero).

    Returns:
      uint32 array of the shape of `count`.

    Reference: Salmon et al., Parallel Random Numbers: As Easy as 1, 2, 3 (SC 2011).

    >>> from pullback import lax, numpy as pnp
    >>> lax.linalg.threefry2x32(pnp.array([0, 1], pnp.uint32), pnp.array([0, 1], pnp.uint32))
    Array([1948878966, 4237131848], dtype=uint32)
    """
    from .shape import concatenate, index_in_dim, reshape, slice_in_dim

    key, count = as_operand(key, "threefry2x32"), as_operand(count, "threefry2x32", 1)
    if key.dtype != np.uint32 or key.shape != (2,) or count.dtype != np.uint32:
        raise TypeError(
            located(
                f"threefry2x32 takes a uint32 key of shape (2,) and uint32 counts, got {key.dtype.name}{list(key.shape)} and "
                f"{count.dtype.name}"
            )
        )
    flat = reshape(count, (count.size,))
    odd = count.size % 2
    if odd:
        flat = concatenate([flat, np.zeros((1,), np.uint32)], 0)
    half = flat.shape[0] // 2
    from .shape import broadcast

    k1, k2 = (broadcast(index_in_dim(key, i, keepdims=False), (half,)) for i in range(2))
    x1, x2 = slice_in_dim(flat, 0, half), slice_in_dim(flat, half, 2 * half)
    out = concatenate(bind(TABLE["pb.threefry2x32"], (k1, k2, x1, x2), {}), 0)
    if odd:
        out = slice_in_dim(out, 0, -1)
    return reshape(out, count.shape)
