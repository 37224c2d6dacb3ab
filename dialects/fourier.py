"""Discrete Fourier transforms.

A target sees no complex numbers and no FFT op, so the transform is decomposed, where complex values are split into parts,
into real matrix products: lengths up to `DIRECT` are one product with the DFT matrix, composite lengths are Cooley-Tukey
steps ``n = n1 * n2`` with a small ``n1``, and lengths without a small factor go through Bluestein's convolution. All constants are
computed in double precision from exactly reduced angles.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from . import types as T
from .builder import Builder
from .ir import Value
from .spec import I64S, STR, Example, NoRule, OpError, define
from .types import Aval

KINDS = ("fft", "ifft", "rfft", "irfft")
#: Longest transform that is one matrix product; its matrix has 4 * DIRECT**2 elements.
DIRECT = 64


# Declaration -----------------------------------------------------------------------------------------------------------
def _infer(operand: Aval, *, kind: str, lengths: Any) -> Aval:
    if kind not in KINDS:
        raise OpError(f"kind must be one of {', '.join(KINDS)}, got {kind!r}")
    if not 1 <= len(lengths) <= operand.ndim or min(lengths) < 1:
        raise OpError(f"lengths {lengths} must be positive, one for each of the last dimensions of {operand}")
    if kind == "rfft":
        if operand.dtype not in ("f32", "f64"):
            raise OpError(f"rfft takes f32 or f64, got {operand}")
    elif not T.is_complex(operand.dtype):
        raise OpError(f"{kind} takes complex numbers, got {operand}")
    lengths = tuple(lengths)
    half = (*lengths[:-1], lengths[-1] // 2 + 1)
    expected = half if kind == "irfft" else lengths
    if operand.shape[-len(lengths) :] != expected:
        raise OpError(f"the last dimensions of {operand} must be {expected} for {kind} of lengths {lengths}")
    batch = operand.shape[: -len(lengths)]
    if kind == "rfft":
        return Aval((*batch, *half), T.complex_of(operand.dtype))
    return Aval((*batch, *lengths), T.real_of(operand.dtype) if kind == "irfft" else operand.dtype)


def _evaluate(operand: Any, *, kind: str, lengths: Any) -> Any:
    axes = tuple(range(-len(lengths), 0))
    out = _infer(Aval(operand.shape, T.from_np(operand.dtype)), kind=kind, lengths=lengths)
    if operand.size == 0:
        return np.zeros(out.shape, T.np_dtype(out.dtype))
    transform: Any = {"fft": np.fft.fftn, "ifft": np.fft.ifftn, "rfft": np.fft.rfftn, "irfft": np.fft.irfftn}[kind]
    return transform(operand, lengths, axes).astype(T.np_dtype(out.dtype), copy=False)


def _jvp(b: Builder, primals: list[Value], tangents: list[Value | None], outs: list[Value], attrs: dict[str, Any]) -> Any:
    return b.fft(tangents[0], **attrs)


def _weights(b: Builder, like: Value, length: int, redundant: float) -> Value:
    """The last dimension's weights of a half spectrum: `redundant` where an element stands for itself and its mirror image."""
    w = np.full(length // 2 + 1, redundant)
    w[0] = 1
    if length % 2 == 0:
        w[-1] = 1
    return b.broadcast_in_dim(b.const(w.astype(T.np_dtype(like.dtype))), shape=like.shape, dims=(like.ndim - 1,))


def _transpose(b: Builder, cts: Value, operands: list[Value], linear: list[bool], attrs: dict[str, Any]) -> list[Value | None]:
    """The DFT matrix is symmetric. Half spectra weigh their redundant elements twice; conjugation follows JAX's convention."""
    kind, lengths = attrs["kind"], attrs["lengths"]
    if kind == "rfft":
        halved = b.mul(b.conj(cts), _weights(b, cts, lengths[-1], 0.5))
        return [b.mul(b.fft(halved, kind="irfft", lengths=lengths), math.prod(lengths))]
    if kind == "irfft":
        spectrum = b.fft(cts, kind="rfft", lengths=lengths)
        scaled = b.mul(spectrum, _weights(b, spectrum, lengths[-1], 2.0))
        return [b.conj(b.mul(scaled, 1 / math.prod(lengths)))]
    return [b.fft(cts, **attrs)]


def _batch(b: Builder, operands: list[Value], batched: list[bool], attrs: dict[str, Any]) -> Value:
    return b.fft(operands[0], **attrs)


# Constants -------------------------------------------------------------------------------------------------------------
def _roots(numerator: Any, n: int) -> tuple[Any, Any]:
    """cos and sin of ``2 pi numerator / n`` for integers, with the angle reduced exactly to the first eighth of the circle."""
    k = np.asarray(numerator, np.int64) % n
    quadrant, rest = np.divmod(4 * k, n)  # angle = (quadrant + rest / n) * pi / 2
    mirrored = 2 * rest > n
    angle = np.where(mirrored, n - rest, rest) * (np.pi / 2 / n)
    c, s = np.cos(angle), np.sin(angle)
    c, s = np.where(mirrored, s, c), np.where(mirrored, c, s)
    cos = np.choose(quadrant, [c, -s, -c, s])
    sin = np.choose(quadrant, [s, c, -s, -c])
    return cos + 0.0, sin + 0.0  # no negative zeros


def _dft_matrix(n: int, parts: int, sign: int, scale: float) -> Any:
    """``[part in, j, part out, k]``: the matrix of ``exp(sign 2 pi i j k / n) * scale`` on real and imaginary parts."""
    j = np.arange(n)
    c, s = _roots(sign * np.outer(j, j), n)
    matrix = np.empty((2, n, 2, n))
    matrix[0, :, 0], matrix[0, :, 1] = c, s
    matrix[1, :, 0], matrix[1, :, 1] = -s, c
    return matrix[:parts] * scale


# Decomposition ---------------------------------------------------------------------------------------------------------
class _Transform:
    """Emits transforms of the last dimension of values laid out ``[rows, parts, n]``, as ``[rows, 2, n]``.

    parts is 2 (real, imaginary), or 1 for real input.
    """

    def __init__(self, b: Builder, dtype: str):
        self.b = b
        self.dtype = dtype

    def const(self, array: Any) -> Value:
        return self.b.const(np.asarray(array, np.float64).astype(T.np_dtype(self.dtype)))

    def dot(self, x: Value, matrix: Any, dims: tuple[int, int]) -> Value:
        """Contracts dimensions `dims` of x (part, index) with the first two of a constant matrix."""
        return self.b.dot_general(x, self.const(matrix), lhs_batch=(), rhs_batch=(), lhs_contract=dims, rhs_contract=(0, 1))

    def multiply(self, x: Value, cos: Any, sin: Any, part: int, dims: tuple[int, ...]) -> Value:
        """`x`, whose dimension `part` holds real and imaginary part, times constants that are laid out along `dims` of x."""
        b = self.b
        every = tuple(sorted((part, *dims)))
        swapped = b.reverse(x, dims=(part,))
        same = b.broadcast_in_dim(self.const(cos), shape=x.shape, dims=dims)
        cross = b.broadcast_in_dim(self.const(np.stack([-sin, sin], every.index(part))), shape=x.shape, dims=every)
        return b.add(b.mul(x, same), b.mul(swapped, cross))

    def dft(self, x: Value, sign: int, scale: float = 1.0) -> Value:
        parts, n = x.shape[1:]
        if n <= DIRECT:
            return self.dot(x, _dft_matrix(n, parts, sign, scale), (1, 2))
        first = _radix(n)
        if first == 1:
            return self.bluestein(x, sign, scale)
        return self.cooley_tukey(x, first, n // first, sign, scale)

    def cooley_tukey(self, x: Value, n1: int, n2: int, sign: int, scale: float) -> Value:
        """Input index ``j1 n2 + j2``, output index ``k1 + n1 k2``: transform over j1, turn by ``j2 k1 / n``, transform over j2."""
        b = self.b
        rows, parts, n = x.shape
        x = b.reshape(x, shape=(rows, parts, n1, n2))
        x = self.dot(x, _dft_matrix(n1, parts, sign, scale), (1, 2))  # [rows, j2, part, k1]
        cos, sin = _roots(sign * np.outer(np.arange(n2), np.arange(n1)), n)
        x = self.multiply(x, cos, sin, 2, (1, 3))
        if n2 <= DIRECT:
            x = self.dot(x, _dft_matrix(n2, 2, sign, 1.0), (2, 1))  # [rows, k1, part, k2]
        else:
            x = b.reshape(b.transpose(x, perm=(0, 3, 2, 1)), shape=(rows * n1, 2, n2))
            x = b.reshape(self.dft(x, sign), shape=(rows, n1, 2, n2))
        return b.reshape(b.transpose(x, perm=(0, 2, 3, 1)), shape=(rows, 2, n))

    def bluestein(self, x: Value, sign: int, scale: float) -> Value:
        """``j k = (j^2 + k^2 - (k - j)^2) / 2`` turns the transform into a convolution, done with power-of-two transforms."""
        b = self.b
        rows, parts, n = x.shape
        m = 1 << (2 * n - 2).bit_length()
        squares = np.arange(n, dtype=np.int64) ** 2 % (2 * n)
        cos, sin = _roots(sign * squares, 2 * n)  # the chirp exp(sign pi i j^2 / n)
        kernel = np.zeros(m, np.complex128)
        kernel[:n] = cos - 1j * sin
        kernel[m - n + 1 :] = kernel[n - 1 : 0 : -1]
        spectrum = np.fft.fft(kernel) * (scale / m)
        if parts == 1:
            x = b.concatenate(x, b.full_like(x, 0), axis=1)
        x = self.multiply(x, cos, sin, 1, (2,))
        x = b.pad(x, b.full((), self.dtype, 0), low=(0, 0, 0), high=(0, 0, m - n), interior=(0, 0, 0))
        x = self.multiply(self.dft(x, -1), spectrum.real, spectrum.imag, 1, (2,))
        x = b.slice(self.dft(x, 1), start=(0, 0, 0), limit=(rows, 2, n), strides=(1, 1, 1))
        return self.multiply(x, cos, sin, 1, (2,))

    # Whole transforms of one dimension of pairs ---------------------------------------------------------------------------
    def pack(self, parts: list[Value], axis: int) -> Value:
        """Parts as one value ``[rows, part, n]`` with dimension `axis` last."""
        b = self.b
        rows: Any = 1
        for i, d in enumerate(parts[0].shape):
            rows = rows if i == axis else rows * d
        n = parts[0].shape[axis]
        flat = [b.reshape(b.moveaxis(p, axis, p.ndim - 1), shape=(rows, 1, n)) for p in parts]
        return flat[0] if len(flat) == 1 else b.concatenate(*flat, axis=1)

    def unpack(self, x: Value, part: int, count: int, shape: tuple[Any, ...], axis: int) -> Value:
        """The first `count` elements of one part, with dimension `axis` back in its place in `shape`."""
        b = self.b
        rows = x.shape[0]
        x = b.slice(x, start=(0, part, 0), limit=(rows, part + 1, count), strides=(1, 1, 1))
        x = b.reshape(x, shape=(*(d for i, d in enumerate(shape) if i != axis), count))
        return b.moveaxis(x, x.ndim - 1, axis)

    def along(self, pair: tuple[Value, Value], axis: int, sign: int) -> tuple[Value, Value]:
        """Complex transform of one dimension; the inverse (sign +1) is scaled."""
        shape = pair[0].shape
        n = shape[axis]
        x = self.dft(self.pack(list(pair), axis), sign, 1 / n if sign > 0 else 1.0)
        return self.unpack(x, 0, n, shape, axis), self.unpack(x, 1, n, shape, axis)

    def real(self, x: Value) -> tuple[Value, Value]:
        """Half spectrum of real values, last dimension."""
        axis = x.ndim - 1
        n = x.shape[axis]
        count = n // 2 + 1
        packed = self.pack([x], axis)
        if n <= DIRECT:
            y = self.dot(packed, _dft_matrix(n, 1, -1, 1.0)[..., :count], (1, 2))
        else:
            y = self.dft(packed, -1)
        return self.unpack(y, 0, count, x.shape, axis), self.unpack(y, 1, count, x.shape, axis)

    def real_inverse(self, pair: tuple[Value, Value], n: int) -> Value:
        """Real values of a half spectrum, last dimension; imaginary parts of self-conjugate elements are ignored."""
        b = self.b
        shape = pair[0].shape
        axis = len(shape) - 1
        x = self.pack(list(pair), axis)
        count = shape[axis]
        if n <= DIRECT:
            matrix = _dft_matrix(n, 2, 1, 1 / n)[:, :count, 0].copy()
            matrix[:, 1 : (n + 1) // 2] *= 2
            matrix[1, 0] = 0
            y = self.dot(x, matrix[:, :, None], (1, 2))  # [rows, 1, n]
        else:
            tail = b.slice(x, start=(0, 0, 1), limit=(x.shape[0], 2, (n + 1) // 2), strides=(1, 1, 1))
            conjugate = b.broadcast_in_dim(self.const([1, -1]), shape=tail.shape, dims=(1,))
            x = b.concatenate(x, b.mul(b.reverse(tail, dims=(2,)), conjugate), axis=2)
            y = self.dft(x, 1, 1 / n)
        return self.unpack(y, 0, n, (*shape[:-1], n), axis)


def _radix(n: int) -> int:
    """The first factor of a Cooley-Tukey step: balanced where both fit DIRECT, else a large one; 1 if none is small enough.

    Three steps of up to 32 cost less than two of 64 and one of what is left, hence the lower bound for long transforms.
    """
    factors = [d for d in range(2, DIRECT + 1) if n % d == 0]
    if not factors:
        return 1
    both = [d for d in factors if n // d <= DIRECT]
    return min(both, key=lambda d: max(d, n // d)) if both else max(d for d in factors if d <= 32 or d == min(factors))


def _split_complex(b: Builder, operands: list[Any], attrs: dict[str, Any], outs: list[Aval]) -> Any:
    (x,) = operands
    kind, lengths = attrs["kind"], attrs["lengths"]
    real_out = T.real_of(outs[0].dtype)
    transform = _Transform(b, real_out)
    if 0 in outs[0].shape:
        zero = b.full(outs[0].shape, real_out, 0)
        return zero if kind == "irfft" else (zero, zero)
    ndim = outs[0].ndim
    axes = list(range(ndim - len(lengths), ndim))
    if kind == "rfft":
        pair = transform.real(x)
        for axis in axes[:-1]:
            pair = transform.along(pair, axis, -1)
        return pair
    sign = -1 if kind == "fft" else 1
    for axis in axes[:-1] if kind == "irfft" else axes:
        x = transform.along(x, axis, sign)
    return transform.real_inverse(x, lengths[-1]) if kind == "irfft" else x


def _examples(make: Any) -> list[Example]:
    if not T.is_complex(make.dtype):
        cases = [((8,), (8,)), ((2, 5), (5,)), ((3, 4, 6), (4, 6)), ((1,), (1,)), ((0, 4), (4,)), ((2, 70), (70,)), ((67,), (67,))]
        return [((make(*shape),), {"kind": "rfft", "lengths": lengths}) for shape, lengths in cases]
    out: list[Example] = []
    for shape, lengths in [((8,), (8,)), ((2, 5), (5,)), ((3, 4, 6), (4, 6)), ((1,), (1,)), ((0, 4), (4,)), ((96,), (96,))]:
        out += [((make(*shape),), {"kind": kind, "lengths": lengths}) for kind in ("fft", "ifft")]
    for lengths in [(8,), (5,), (1,), (3, 4), (4, 5), (96,), (67,)]:
        shape = (2, *lengths[:-1], lengths[-1] // 2 + 1)
        out.append(((make(*shape),), {"kind": "irfft", "lengths": lengths}))
    return out


define(
    "pb.fft",
    ("operand",),
    {"kind": STR, "lengths": I64S},
    dtypes=("f32", "f64", "c64", "c128"),
    infer=_infer,
    evaluate=_evaluate,
    jvp=_jvp,
    transpose=_transpose,
    batch=_batch,
    split_complex=_split_complex,
    lower=NoRule("complex values are split into real and imaginary parts first, which decomposes the transform"),
    examples=_examples,
    doc="Fourier transform of the last dimensions, whose sizes are `lengths`. fft and ifft are complex to complex, rfft takes "
    "real numbers to the non-redundant half spectrum of the last dimension, irfft is its inverse. Inverses divide by the size.",
    reference="jax.lax.fft; StableHLO specification, fft",
)
