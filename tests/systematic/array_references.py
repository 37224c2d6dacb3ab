"""References of the operations that move, combine or reduce elements of arrays; see `references.py`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import product
from typing import Any

import numpy as np
import scipy.linalg

from pullback.dialects import types as T

Reference = Callable[..., Any]


# Shapes --------------------------------------------------------------------------------------------------------------------
def broadcast_in_dim(x: Any, *, shape: Any, dims: Any) -> Any:
    out = np.empty(shape, x.dtype)
    for at in np.ndindex(tuple(shape)):
        out[at] = x[tuple(0 if n == 1 else at[d] for d, n in zip(dims, x.shape))]
    return out


def pad(x: Any, value: Any, *, low: Any, high: Any, interior: Any) -> Any:
    shape = [
        lo + hi + n + max(n - 1, 0) * gap for lo, hi, n, gap in zip(low, high, x.shape, interior)
    ]  # negative numbers remove elements
    out = np.full(shape, value, x.dtype)
    for at in np.ndindex(x.shape):
        to = tuple(lo + i * (gap + 1) for lo, i, gap in zip(low, at, interior))
        if all(0 <= i < n for i, n in zip(to, shape)):
            out[to] = x[at]
    return out


def slice_(x: Any, *, start: Any, limit: Any, strides: Any) -> Any:
    return x[tuple(slice(a, b, c) for a, b, c in zip(start, limit, strides))]


def iota(*, shape: Any, dtype: str, dim: int) -> Any:
    with np.errstate(all="ignore"):
        return np.indices(shape)[dim].astype(T.np_dtype(dtype))


def sort(*xs: Any, axis: int, num_keys: int) -> Any:
    """Python's stable sort of each line; NaN after everything else."""
    outs = [np.empty_like(x) for x in xs]
    moved = [np.moveaxis(x, axis, -1) for x in xs]
    targets = [np.moveaxis(x, axis, -1) for x in outs]

    def key(value: Any) -> Any:
        numbers = (value.real, value.imag) if np.iscomplexobj(value) else (value,)
        return tuple((bool(v != v), 0 if v != v else v) for v in numbers)

    for at in np.ndindex(moved[0].shape[:-1]):
        order = sorted(range(moved[0].shape[-1]), key=lambda i: tuple(key(x[at][i]) for x in moved[:num_keys]))
        for source, target in zip(moved, targets):
            target[at] = source[at][order]
    return outs


# Reductions ----------------------------------------------------------------------------------------------------------------
def reduction(ufunc: Any) -> Reference:
    """Folds lines of elements; what an empty one gives is the operation's neutral element."""

    def reference(x: Any, *, axes: Any) -> Any:
        kept = [i for i in range(x.ndim) if i not in axes]
        lines = x.transpose([*kept, *axes]).reshape([*(x.shape[i] for i in kept), -1 if x.size else 0])
        out = np.full([x.shape[i] for i in kept], neutral(ufunc, x.dtype), x.dtype)
        with np.errstate(all="ignore"):
            for k in range(lines.shape[-1]):
                out = ufunc(out, lines[..., k]).astype(x.dtype)
        return out

    return reference


def neutral(ufunc: Any, dtype: Any) -> Any:
    if ufunc in (np.maximum, np.minimum):
        if dtype.kind == "b":
            return ufunc is np.minimum
        low, high = (-np.inf, np.inf) if dtype.kind == "f" else (np.iinfo(dtype).min, np.iinfo(dtype).max)
        return low if ufunc is np.maximum else high
    if ufunc is np.bitwise_and:
        return True if dtype.kind == "b" else np.iinfo(dtype).max if dtype.kind == "u" else -1
    return 1 if ufunc is np.multiply else 0


def cumulative(ufunc: Any) -> Reference:
    def reference(x: Any, *, axis: int, reverse: bool) -> Any:
        if not reverse:
            return ufunc.accumulate(x, axis=axis, dtype=x.dtype)
        return np.flip(ufunc.accumulate(np.flip(x, axis), axis=axis, dtype=x.dtype), axis)

    return reference


def dot_general(x: Any, y: Any, *, lhs_batch: Any, rhs_batch: Any, lhs_contract: Any, rhs_contract: Any) -> Any:
    def groups(a: Any, batch: Any, contract: Any) -> tuple[Any, list[int]]:
        free = [i for i in range(a.ndim) if i not in batch and i not in contract]
        moved = a.transpose([*batch, *free, *contract])
        n, m = len(batch), len(batch) + len(free)
        sizes = [int(np.prod(moved.shape[i:j])) for i, j in ((0, n), (n, m), (m, a.ndim))]
        return moved.reshape(sizes), [a.shape[i] for i in free]

    (left, left_free), (right, right_free) = groups(x, lhs_batch, lhs_contract), groups(y, rhs_batch, rhs_contract)
    out = np.stack([a @ b.T for a, b in zip(left, right)]) if len(left) else np.zeros((0, left.shape[1], right.shape[1]))
    if x.dtype == np.bool_:
        out = out != 0
    return out.reshape([x.shape[i] for i in lhs_batch] + left_free + right_free).astype(x.dtype)


# Windows: the definitions of the StableHLO specification, one element at a time ------------------------------------------------
def window_elements(
    shape: Any, indices: Any, ndim: int, offset: Any, collapsed: Any, index_map: Any, batching: Any, index_batching: Any,
    result_shape: Any, sizes: Any, mode: str,
) -> Iterator[tuple[tuple[int, ...], tuple[int, ...] | None]]:  # fmt: skip
    """Positions in the result (or updates), each with the position in the operand that it stands for (None: outside)."""
    window_dims = [d for d in range(ndim) if d not in collapsed and d not in batching]
    others = [d for d in range(len(result_shape)) if d not in offset]
    for numbers in np.ndindex(*(result_shape[d] for d in (*others, *offset))):  # index vectors in order, each with its window
        at = tuple(numbers[(*others, *offset).index(d)] for d in range(len(result_shape)))
        vector = numbers[: len(others)]
        position = [0] * ndim
        for d, i in zip(batching, index_batching):
            position[d] = vector[i]
        inside = True
        for k, d in enumerate(index_map):
            start = int(indices[(*vector, k)])
            limit = shape[d] - sizes[d]
            inside = inside and 0 <= start <= limit
            position[d] = min(max(start, 0), limit)
        for d, o in zip(window_dims, offset):
            position[d] += at[o]
        yield at, tuple(position) if inside or mode != "fill" else None


def gather(x: Any, indices: Any, *, mode: str, fill_value: str, slice_sizes: Any, **dims: Any) -> Any:
    offset, collapsed = dims["offset_dims"], dims["collapsed_slice_dims"]
    batching = dims["operand_batching_dims"]
    window = iter([n for d, n in enumerate(slice_sizes) if d not in collapsed and d not in batching])
    vectors = iter(indices.shape[:-1])
    ndim = indices.ndim - 1 + len(offset)
    shape = [next(window) if d in offset else next(vectors) for d in range(ndim)]
    out = np.empty(shape, x.dtype)
    elements = window_elements(
        x.shape, indices, x.ndim, offset, collapsed, dims["start_index_map"], batching, dims["start_indices_batching_dims"],
        shape, slice_sizes, mode,
    )  # fmt: skip
    for at, position in elements:
        out[at] = x[position] if position is not None else complex(fill_value) if x.dtype.kind == "c" else number(fill_value)
    return out


def number(text: str) -> Any:
    try:
        return int(text)
    except ValueError:
        return float(text)


def scatter(x: Any, indices: Any, updates: Any, *, combine: str, mode: str, unique_indices: bool, **dims: Any) -> Any:
    combined = {"set": lambda a, b: b, "add": np.add, "mul": np.multiply, "min": np.minimum, "max": np.maximum}[combine]
    offset, inserted, batching = dims["update_window_dims"], dims["inserted_window_dims"], dims["operand_batching_dims"]
    window = iter([updates.shape[d] for d in offset])
    sizes = [1 if d in inserted or d in batching else next(window) for d in range(x.ndim)]
    out = x.copy()
    elements = window_elements(
        x.shape, indices, x.ndim, offset, inserted, dims["scatter_dims_to_operand_dims"], batching,
        dims["scatter_indices_batching_dims"], updates.shape, sizes, mode,
    )  # fmt: skip
    with np.errstate(over="ignore"):
        for at, position in elements:
            if position is not None:
                out[position] = combined(out[position], updates[at])
    return out


def window(x: Any, starts: Any, sizes: Any) -> tuple[slice, ...]:
    begin = [min(max(int(s), 0), n - k) for s, n, k in zip(starts, x.shape, sizes)]
    return tuple(slice(s, s + k) for s, k in zip(begin, sizes))


def dynamic_slice(x: Any, *starts: Any, slice_sizes: Any) -> Any:
    return x[window(x, starts, slice_sizes)]


def dynamic_update_slice(x: Any, update: Any, *starts: Any) -> Any:
    out = x.copy()
    out[window(x, starts, update.shape)] = update
    return out


# Linear algebra, transforms, random bits -----------------------------------------------------------------------------------
def matrices(*arrays: Any) -> Iterator[tuple[int, ...]]:
    yield from product(*map(range, arrays[0].shape[:-2]))


def cholesky(a: Any) -> Any:
    out = np.zeros_like(a)
    for at in matrices(a):
        if a.shape[-1]:
            out[at] = scipy.linalg.cholesky(a[at], lower=True)
    return out


def cholesky_pair(re: Any, im: Any) -> Any:
    factor = cholesky(re + 1j * im)
    return factor.real, factor.imag


def triangular_solve(
    a: Any, b: Any, *, left_side: bool, lower: bool, transpose_a: bool, conjugate_a: bool, unit_diagonal: bool
) -> Any:
    out = np.empty_like(b)
    for at in matrices(a):
        m = np.tril(a[at]) if lower else np.triu(a[at])
        if unit_diagonal:
            np.fill_diagonal(m, 1)
        m = m.T if transpose_a else m
        m = m.conj() if conjugate_a else m
        out[at] = np.linalg.solve(m, b[at]) if left_side else np.linalg.solve(m.T, b[at].T).T
    return out


def triangular_solve_pair(a_re: Any, a_im: Any, b_re: Any, b_im: Any, **attrs: Any) -> Any:
    x = triangular_solve(a_re + 1j * a_im, b_re + 1j * b_im, **attrs)
    return x.real, x.imag


def fft(x: Any, *, kind: str, lengths: Any) -> Any:
    """By the definition: a product with the matrix of roots of unity for each dimension."""

    def along(y: Any, axis: int, n: int, s: int) -> Any:
        k = np.arange(n)
        roots = np.exp(s * 2j * np.pi * (np.outer(k, k) % n) / n)
        return np.moveaxis(np.tensordot(roots, y, (1, axis)), 0, axis)

    inverse = kind in ("ifft", "irfft")
    y = x.astype(np.complex128)
    last = lengths[-1]
    if kind == "irfft":  # the other half of the spectrum is the conjugate of this one, mirrored in all transformed dimensions
        full = np.zeros((*x.shape[:-1], last), np.complex128)
        full[..., : last // 2 + 1] = y
        for k in range(last // 2 + 1, last):
            mirrored = y[..., last - k].conj()
            for axis in range(-len(lengths) + 1, 0):
                mirrored = np.roll(np.flip(mirrored, axis), 1, axis)
            full[..., k] = mirrored
        y = full
        # parts that a real signal cannot have are dropped
    for axis, n in zip(range(-len(lengths), 0), lengths):
        y = along(y, axis, n, 1 if inverse else -1)
    if inverse:
        y = y / np.prod(lengths)
    if kind == "rfft":
        return y[..., : last // 2 + 1]
    return y.real if kind == "irfft" else y


def threefry(k1: Any, k2: Any, x1: Any, x2: Any) -> Any:
    """Salmon et al. (2011), section 3.3, in Python integers."""
    word = (1 << 32) - 1
    rotations = ((13, 15, 26, 6), (17, 29, 16, 24))

    def block(a: int, b: int, x: int, y: int) -> tuple[int, int]:
        keys = (a, b, a ^ b ^ 0x1BD11BDA)
        x, y = (x + a) & word, (y + b) & word
        for i in range(20):
            r = rotations[i // 4 % 2][i % 4]
            x = (x + y) & word
            y = ((y << r | y >> (32 - r)) & word) ^ x
            if i % 4 == 3:
                s = i // 4 + 1
                x, y = (x + keys[s % 3]) & word, (y + keys[(s + 1) % 3] + s) & word
        return x, y

    outs = np.empty_like(x1), np.empty_like(x1)
    for at in np.ndindex(x1.shape):
        outs[0][at], outs[1][at] = block(*(int(v[at]) for v in (k1, k2, x1, x2)))
    return outs
