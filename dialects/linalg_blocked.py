"""Lowering of Cholesky factorisation and triangular solve to StableHLO loops.

IREE has neither op, so both are written as loops of whole-array steps: one column per step, rows and columns chosen by
comparing iotas with the loop counter (a masked rank-1 update). Above `BLOCK` columns an outer loop runs over blocks: the
inner loop only touches the block's panel, and the rest of the matrix is updated by one matrix product per block. The number
of emitted operations, and so the compile time, does not depend on the size of the matrix.

Everything is written on *numbers*, tuples of one (real) or two (real and imaginary) StableHLO values, because complex
arithmetic does not reach IREE. Matrices have exactly one leading batch dimension here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .hlo import Hlo, HloBuilder, i64s
from .types import Aval

Number = tuple[Hlo, ...]

#: Columns per block. Matrices up to twice this size are factorised without blocking.
BLOCK = 32

_INDEX = Aval((), "i32")


class Numbers:
    """Arithmetic on numbers, and the few indexed accesses that the loops of factorisations need."""

    def __init__(self, h: HloBuilder):
        self.h = h

    # Arithmetic --------------------------------------------------------------------------------------------------------
    def sub(self, x: Number, y: Number) -> Number:
        return tuple(self.h.sub(p, q) for p, q in zip(x, y))

    def mul(self, x: Number, y: Number) -> Number:
        h = self.h
        if len(x) == 1:
            return (h.mul(x[0], y[0]),)
        (a, c), (p, q) = x, y
        return h.sub(h.mul(a, p), h.mul(c, q)), h.add(h.mul(a, q), h.mul(c, p))

    def conj(self, x: Number) -> Number:
        return x if len(x) == 1 else (x[0], self.h.unary("negate", x[1]))

    def scale(self, x: Number, factor: Hlo) -> Number:
        return tuple(self.h.mul(p, factor) for p in x)

    def reciprocal(self, x: Number) -> Number:
        """1/x; the complex quotient is scaled by the larger part (Smith), so it overflows only where the result does."""
        h = self.h
        one = h.full_like(x[0], 1)
        if len(x) == 1:
            return (h.binary("divide", one, x[0]),)
        re, im = x
        wide = h.compare("GE", h.unary("abs", re), h.unary("abs", im))
        big, small = h.select(wide, re, im), h.select(wide, im, re)
        ratio = h.binary("divide", small, big)
        major = h.binary("divide", one, h.add(big, h.mul(small, ratio)))
        minor = h.mul(major, ratio)
        return h.select(wide, major, minor), h.unary("negate", h.select(wide, minor, major))

    def dot(self, x: Number, y: Number, x_contract: int, y_contract: int) -> Number:
        """Product of batches of matrices over one dimension of each."""
        h = self.h

        def dot(p: Hlo, q: Hlo) -> Hlo:
            out = Aval((p.shape[0], p.shape[3 - x_contract], q.shape[3 - y_contract]), p.dtype)
            return h.dot_general(p, q, out, lhs_batch=[0], rhs_batch=[0], lhs_contract=[x_contract], rhs_contract=[y_contract])

        if len(x) == 1:
            return (dot(x[0], y[0]),)
        (a, c), (p, q) = x, y
        return h.sub(dot(a, p), dot(c, q)), h.add(dot(a, q), dot(c, p))

    # Shapes and masks --------------------------------------------------------------------------------------------------
    def iota(self, like: Number, dim: int) -> Hlo:
        return self.h.iota(Aval(like[0].shape, "i32"), dim)

    def spread(self, x: Hlo, shape: Sequence[Any]) -> Hlo:
        """`x`, a scalar or an array of the same rank with dimensions of size one, repeated to `shape`."""
        if x.shape == tuple(shape):
            return x
        kept = [i for i, d in enumerate(x.shape) if d == shape[i]]
        return self.h.broadcast_in_dim(self.h.reshape(x, [x.shape[i] for i in kept]), shape, kept)

    def spread_all(self, x: Number, like: Number) -> Number:
        return tuple(self.spread(p, like[0].shape) for p in x)

    def compare(self, direction: str, index: Hlo, scalar: Hlo) -> Hlo:
        return self.h.compare(direction, index, self.spread(scalar, index.shape))

    def select(self, mask: Hlo, x: Number, y: Number) -> Number:
        return tuple(self.h.select(mask, p, q) for p, q in zip(x, y))

    def zeros(self, like: Number) -> Number:
        return tuple(self.h.full_like(p, 0) for p in like)

    def transpose(self, x: Number) -> Number:
        return tuple(self.h.transpose(p, [0, 2, 1]) for p in x)

    def slice(self, x: Number, rows: tuple[Any, Hlo | None], cols: tuple[Any, Hlo | None]) -> Number:
        """``(size, start)`` of each matrix dimension; a start of None takes the whole dimension."""
        h = self.h
        zero = h.full(_INDEX, 0)
        batch = x[0].shape[0]
        starts = [zero, rows[1] or zero, cols[1] or zero]
        sizes = (batch, rows[0], cols[0])
        out = Aval(sizes, x[0].dtype)
        return tuple(h.op("stablehlo.dynamic_slice", [p, *starts], out, f"slice_sizes = {i64s(sizes)}") for p in x)

    def update(self, x: Number, part: Number, row: Hlo | None, col: Hlo | None) -> Number:
        h = self.h
        zero = h.full(_INDEX, 0)
        starts = [zero, row or zero, col or zero]
        return tuple(h.op("stablehlo.dynamic_update_slice", [p, q, *starts], p.aval) for p, q in zip(x, part))

    def pad(self, x: Number, rows: int, cols: int, diagonal: bool) -> Number:
        """`x` with zero rows and columns added at the end, and ones on the added diagonal if asked for."""
        h = self.h
        old = x[0].shape
        out = Aval((old[0], old[1] + rows, old[2] + cols), x[0].dtype)
        attrs = f"edge_padding_low = {i64s([0, 0, 0])}, edge_padding_high = {i64s([0, rows, cols])}, "
        attrs += f"interior_padding = {i64s([0, 0, 0])}"
        padded = [h.op("stablehlo.pad", [p, h.full(Aval((), p.dtype), 0)], out, attrs) for p in x]
        if diagonal:
            i, k = h.iota(Aval(out.shape, "i32"), 1), h.iota(Aval(out.shape, "i32"), 2)
            added = h.binary("and", h.compare("EQ", i, k), h.compare("GE", i, int(old[1])))
            padded[0] = h.select(added, h.full_like(padded[0], 1), padded[0])
        return tuple(padded)

    def loop(self, trips: int, carry: Number, body: Callable[[Hlo, Number], Number]) -> Number:
        """``for i in range(trips): carry = body(i, carry)``."""
        h = self.h

        def condition(i: Hlo, *parts: Hlo) -> list[Hlo]:
            return [h.compare("LT", i, trips)]

        def step(i: Hlo, *parts: Hlo) -> list[Hlo]:
            new = body(i, parts)
            return [h.add(i, 1), *new]

        return tuple(h.while_loop([h.full(_INDEX, 0), *carry], condition, step, counted=True)[1:])


# Cholesky --------------------------------------------------------------------------------------------------------------
def cholesky(h: HloBuilder, operand: Number) -> Number:
    """Lower-triangular factor of ``[..., n, n]``; all NaN (below the diagonal) where the matrix is not positive definite."""
    m = Numbers(h)
    shape = operand[0].shape
    n = shape[-1]
    if 0 in shape:
        return operand
    x = flatten_batch(h, operand)
    if n <= 2 * BLOCK:
        x = _factor_columns(m, x, h.full(_INDEX, 0))
    else:
        missing = -n % BLOCK
        x = _cholesky_blocked(m, m.pad(x, missing, missing, True) if missing else x)
        if missing:
            x = tuple(h.slice(p, [0, 0, 0], [p.shape[0], n, n]) for p in x)
    # A pivot that is not positive makes every later pivot NaN, so the last one tells.
    last = h.slice(x[0], [0, n - 1, n - 1], [x[0].shape[0], n, n])
    failed = m.spread(h.compare("NE", last, last), x[0].shape)
    below = h.compare("GE", m.iota(x, 1), m.iota(x, 2))
    nan = tuple(h.full_like(p, np.nan) for p in x)
    x = m.select(below, m.select(failed, nan, x), m.zeros(x))
    return tuple(h.reshape(p, shape) for p in x)


def flatten_batch(h: HloBuilder, x: Number) -> Number:
    """All leading dimensions as one."""
    size: Any = 1
    for d in x[0].shape[:-2]:
        size = size * d
    return tuple(h.reshape(p, (size, *p.shape[-2:])) for p in x)


def _factor_columns(m: Numbers, panel: Number, start: Hlo) -> Number:
    """Factorises the columns of a panel ``[batch, n, w]`` whose diagonal begins at row `start`; rows above it keep garbage."""
    h = m.h
    n, w = panel[0].shape[1:]
    aligned = n == w  # the diagonal begins at row 0: no need to look the panel's own rows up

    def body(j: Hlo, p: Number) -> Number:
        row = j if aligned else h.add(start, j)
        column = m.slice(p, (n, None), (1, j))
        pivot = m.slice(p[:1], (1, row), (1, j))[0]
        root = h.unary("sqrt", h.select(h.compare("GT", pivot, 0), pivot, h.full_like(pivot, np.nan)))
        c = m.scale(column, m.spread(h.binary("divide", h.full_like(root, 1), root), column[0].shape))
        i = m.iota(c, 1)
        c = m.select(m.compare("GT", i, row), c, m.zeros(c))
        # The root itself, not pivot / root: exact for exact squares, and real whatever rounding left in the imaginary part.
        c = (h.select(m.compare("EQ", i, row), m.spread(root, i.shape), c[0]), *c[1:])
        own = c if aligned else m.slice(c, (w, start), (1, None))
        k = m.iota(p, 2)
        product = m.mul(m.spread_all(c, p), m.conj(m.spread_all(m.transpose(own), p)))
        rest = m.select(m.compare("GT", k, j), m.sub(p, product), p)
        return m.select(m.compare("EQ", k, j), m.spread_all(c, p), rest)

    return m.loop(w, panel, body)


def _cholesky_blocked(m: Numbers, x: Number) -> Number:
    h = m.h
    n = x[0].shape[-1]

    def body(block: Hlo, a: Number) -> Number:
        start = h.mul(block, BLOCK)
        panel = _factor_columns(m, m.slice(a, (n, None), (BLOCK, start)), start)
        end = h.add(start, BLOCK)
        below = m.select(m.compare("GE", m.iota(panel, 1), end), panel, m.zeros(panel))
        product = m.dot(below, m.conj(below), 2, 2)  # zero outside the trailing matrix
        return m.update(m.sub(a, product), panel, None, start)

    return m.loop(n // BLOCK, x, body)


# Triangular solve ------------------------------------------------------------------------------------------------------
def triangular_solve(
    h: HloBuilder, a: Number, b: Number, *, left_side: bool, lower: bool, transpose_a: bool, conjugate_a: bool, unit_diagonal: bool
) -> Number:
    """Solves ``op(a) x = b`` (or ``x op(a) = b``) for ``a[..., n, n]``; the other triangle of `a` is not used."""
    m = Numbers(h)
    shape = b[0].shape
    if 0 in shape:
        return b
    n = a[0].shape[-1]
    a, b = flatten_batch(h, a), flatten_batch(h, b)
    if conjugate_a:
        a = m.conj(a)
    if left_side == transpose_a:  # from here on, eliminating unknown j uses column j of `a`
        a, lower = m.transpose(a), not lower
    if n <= 2 * BLOCK:
        x = substitute(m, a, b, left_side, lower, unit_diagonal)
    else:
        missing = -n % BLOCK
        if missing:
            a = m.pad(a, missing, missing, True)
            b = m.pad(b, missing, 0, False) if left_side else m.pad(b, 0, missing, False)
        x = _solve_blocked(m, a, b, left_side, lower, unit_diagonal)
        if missing:
            x = tuple(h.slice(p, [0, 0, 0], [p.shape[0], *shape[-2:]]) for p in x)
    return tuple(h.reshape(p, shape) for p in x)


def substitute(m: Numbers, a: Number, b: Number, left_side: bool, lower: bool, unit_diagonal: bool) -> Number:
    """Column-oriented substitution: forwards for a lower `a` (unknown j enters the later equations), else backwards."""
    h = m.h
    n = a[0].shape[-1]
    axis = 1 if left_side else 2  # the dimension of b that counts unknowns

    def body(step: Hlo, x: Number) -> Number:
        j = step if lower else h.sub(h.full(_INDEX, n - 1), step)
        size = x[0].shape[3 - axis]
        known = m.slice(x, (1, j), (size, None)) if left_side else m.slice(x, (size, None), (1, j))
        if not unit_diagonal:
            inverse = m.reciprocal(m.slice(a, (1, j), (1, j)))
            known = m.mul(known, m.spread_all(inverse, known))
        column = m.slice(a, (n, None), (1, j))
        column = column if left_side else m.transpose(column)
        index = m.iota(x, axis)
        solved = m.spread_all(known, x)
        rest = m.sub(x, m.mul(m.spread_all(column, x), solved))
        rest = m.select(m.compare("GT" if lower else "LT", index, j), rest, x)
        return m.select(m.compare("EQ", index, j), solved, rest)

    return m.loop(n, b, body)


def _solve_blocked(m: Numbers, a: Number, b: Number, left_side: bool, lower: bool, unit_diagonal: bool) -> Number:
    h = m.h
    n = a[0].shape[-1]
    blocks = n // BLOCK
    axis = 1 if left_side else 2

    def body(step: Hlo, x: Number) -> Number:
        start = h.mul(step if lower else h.sub(h.full(_INDEX, blocks - 1), step), BLOCK)
        size = x[0].shape[3 - axis]
        mine = m.slice(x, (BLOCK, start), (size, None)) if left_side else m.slice(x, (size, None), (BLOCK, start))
        diagonal = m.slice(a, (BLOCK, start), (BLOCK, start))
        solved = substitute(m, diagonal, mine, left_side, lower, unit_diagonal)
        columns = m.slice(a, (n, None), (BLOCK, start))
        i = m.iota(columns, 1)
        after = m.compare("GE", i, h.add(start, BLOCK)) if lower else m.compare("LT", i, start)
        columns = m.select(after, columns, m.zeros(columns))
        product = m.dot(columns, solved, 2, 1) if left_side else m.dot(solved, columns, 2, 2)
        x = m.sub(x, product)
        return m.update(x, solved, start, None) if left_side else m.update(x, solved, None, start)

    return m.loop(blocks, b, body)
