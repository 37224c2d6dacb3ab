"""Lowering of eigenvalue and singular value decompositions to StableHLO loops: Jacobi's method, many rotations at a time.

A sweep lets each pair of indices meet once, in rounds of disjoint pairs. The order is that of a round-robin tournament (Brent
and Luk, 1985): the two halves of an array face each other, row by row, and after each round all rows but the first move on by
one seat. So a round is a handful of whole-array steps on contiguous data, and after a sweep every row is back in its place.
The number of emitted operations does not depend on the size of the matrix. Sweeps repeat until nothing is left to rotate,
which takes 4 to 10 of them.

As in `linalg_blocked`, complex numbers are pairs of StableHLO values. Arrays of rows are laid out ``[n, batch, width]`` with an
even n: a row of zeros, which nothing ever turns, makes it so.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from . import types as T
from .hlo import Hlo, HloBuilder, i64s
from .linalg_blocked import Number, Numbers, flatten_batch
from .types import Aval

_INDEX = Aval((), "i32")
#: Convergence is quadratic; this many sweeps are never reached by matrices of numbers.
MAX_SWEEPS = 30
#: In each vector, the first component of at least this share of the squared magnitude of the largest one is real and positive.
#: A share that no ratio of simple numbers has: where several components are equally large, rounding does not choose.
GAUGE_SHARE = 0.1371


class Rows(Numbers):
    """Numbers in arrays of rows ``[n, batch, width]``, and the steps that Jacobi's method consists of."""

    # Parts of complex numbers --------------------------------------------------------------------------------------------
    def add(self, x: Number, y: Number) -> Number:
        return tuple(self.h.add(p, q) for p, q in zip(x, y))

    def square(self, x: Number) -> Hlo:
        """Squared magnitudes."""
        out = self.h.mul(x[0], x[0])
        return out if len(x) == 1 else self.h.add(out, self.h.mul(x[1], x[1]))

    def magnitude(self, x: Number) -> Hlo:
        """Absolute values; squares of parts neither overflow nor vanish."""
        h = self.h
        if len(x) == 1:
            return h.unary("abs", x[0])
        p, q = (h.unary("abs", part) for part in x)
        large, small = h.binary("maximum", p, q), h.binary("minimum", p, q)
        ratio = h.binary("divide", small, h.select(h.compare("EQ", large, 0), h.full_like(large, 1), large))
        return h.mul(large, h.unary("sqrt", h.add(h.mul(ratio, ratio), 1)))

    def largest(self, x: Number, dims: list[int]) -> Hlo:
        """The largest absolute value of any part; NaN if there is one."""
        out = self.h.reduce(self.h.unary("abs", x[0]), 0, dims, "maximum")
        for part in x[1:]:
            out = self.h.binary("maximum", out, self.h.reduce(self.h.unary("abs", part), 0, dims, "maximum"))
        return out

    def sum(self, x: Number, dim: int) -> Number:
        return tuple(self.h.reduce(p, 0, [dim], "add") for p in x)

    # Shapes --------------------------------------------------------------------------------------------------------------
    def permute(self, x: Number, perm: list[int]) -> Number:
        return tuple(self.h.transpose(p, perm) for p in x)

    def adjoint(self, x: Number) -> Number:
        """Conjugate transpose of a batch of matrices ``[batch, m, n]``."""
        return self.conj(self.permute(x, [0, 2, 1]))

    def along(self, x: Hlo, like: Number, dims: list[int]) -> Hlo:
        return self.h.broadcast_in_dim(x, like[0].shape, dims)

    def eye(self, shape: tuple[Any, ...], dtype: str) -> Hlo:
        """Identity in the last two dimensions, rectangular ones included."""
        row = self.h.iota(Aval(shape, "i32"), len(shape) - 2)
        column = self.h.iota(Aval(shape, "i32"), len(shape) - 1)
        return self.h.convert(self.h.compare("EQ", row, column), dtype)

    def as_number(self, x: Hlo, like: Number) -> Number:
        """A real value as a number of as many parts as `like`."""
        return (x, *(self.h.full_like(x, 0) for _ in like[1:]))

    # Rotations -----------------------------------------------------------------------------------------------------------
    def padded(self, x: Number, columns: bool = False) -> Number:
        """Rows ``[n, batch, width]`` with a row of zeros, and for `columns` a column too, if n is odd."""
        h = self.h
        n, batch, width = x[0].shape
        if n % 2 == 0:
            return x
        out = Aval((n + 1, batch, width + columns), x[0].dtype)
        attrs = f"edge_padding_low = {i64s([0, 0, 0])}, edge_padding_high = {i64s([1, 0, int(columns)])}, "
        attrs += f"interior_padding = {i64s([0, 0, 0])}"
        return tuple(h.op("stablehlo.pad", [p, h.full(Aval((), p.dtype), 0)], out, attrs) for p in x)

    def rows(self, x: Number, start: int, limit: int) -> Number:
        """``x[start:limit]``."""
        rank = x[0].ndim - 1
        return tuple(self.h.slice(p, [start] + [0] * rank, [limit, *p.shape[1:]]) for p in x)

    def halves(self, x: Number) -> tuple[Number, Number]:
        n = x[0].shape[0]
        return self.rows(x, 0, n // 2), self.rows(x, n // 2, n)

    def seated(self, top: Number, bottom: Number) -> Number:
        """The rows of both halves, each in its seat of the next round."""
        k = top[0].shape[0]
        first, last = (self.rows(top, 0, 1), self.rows(bottom, 0, 1)), (self.rows(top, 1, k), self.rows(bottom, 1, k))
        pieces = [*first]
        if k > 2:
            pieces.append(self.rows(last[0], 0, k - 2))
        if k > 1:
            pieces += [last[1], self.rows(last[0], k - 2, k - 1)]
        return tuple(self.h.concatenate(parts, 0) for parts in zip(*pieces))

    def rotations(self, first: Hlo, second: Hlo, coupling: Number) -> tuple[Hlo, Hlo, Number]:
        """The rotations that make each of [[first, coupling], [coupling*, second]] diagonal.

        Returns the step t by which the diagonal becomes first - t, second + t, and k and s for `rotate`: 1 - k is the cosine,
        so that small angles lose no precision, and s the sine with the phase of the coupling.
        """
        h = self.h
        size = self.magnitude(coupling)
        on = h.compare("GT", size, 0)
        size = h.select(on, size, h.full_like(size, 1))
        ratio = h.binary("divide", h.mul(h.sub(second, first), 0.5), size)
        root = h.unary("sqrt", h.add(h.mul(ratio, ratio), 1))
        tangent = h.binary("divide", h.full_like(ratio, 1), h.add(h.unary("abs", ratio), root))
        tangent = h.select(h.compare("LT", ratio, 0), h.unary("negate", tangent), tangent)
        tangent = h.select(on, tangent, h.full_like(tangent, 0))
        cosine = h.binary("divide", h.full_like(tangent, 1), h.unary("sqrt", h.add(h.mul(tangent, tangent), 1)))
        sine = h.mul(tangent, cosine)
        missing = h.binary("divide", h.mul(sine, sine), h.add(cosine, 1))
        phased = tuple(h.mul(sine, h.binary("divide", p, size)) for p in coupling)
        return h.mul(tangent, size), missing, phased

    def rotate(self, x: Number, missing: Hlo, sine: Number, gone: Hlo | None = None) -> Number:
        """The rows after the rotations of `rotations`, in the seats of the next round; zero where `gone`, for both of a pair."""
        top, bottom = self.halves(x)
        missing = self.along(missing, top, [0, 1])
        sine = tuple(self.along(p, top, [0, 1]) for p in sine)
        new_top = self.sub(top, self.add(self.mul(sine, bottom), self.scale(top, missing)))
        new_bottom = self.add(bottom, self.sub(self.mul(self.conj(sine), top), self.scale(bottom, missing)))
        if gone is not None:
            zeros = self.zeros(top)
            new_top, new_bottom = self.select(gone, zeros, new_top), self.select(gone, zeros, new_bottom)
        return self.seated(new_top, new_bottom)

    def sweeps(self, carry: Number, body: Callable[[Number], tuple[Hlo, Number]], tolerance: Hlo) -> Number:
        """Repeats `body` until the scalar that it returns is at most `tolerance`."""
        h = self.h

        def condition(count: Hlo, rest: Hlo, *parts: Hlo) -> list[Hlo]:
            return [h.binary("and", h.compare("LT", count, MAX_SWEEPS), h.compare("GT", rest, tolerance))]

        def step(count: Hlo, rest: Hlo, *parts: Hlo) -> list[Hlo]:
            # The body must use `rest`: IREE drops a carried value that only the condition reads, and crashes on the result.
            more = h.select(h.compare("EQ", rest, rest), h.add(count, 1), h.full(_INDEX, MAX_SWEEPS))
            rest, parts = body(parts)
            return [more, rest, *parts]

        start = h.full(tolerance.aval, np.inf)
        return tuple(h.while_loop([h.full(_INDEX, 0), start, *carry], condition, step)[2:])

    # Beginning and end ---------------------------------------------------------------------------------------------------
    def scaled(self, x: Number) -> tuple[Number, Hlo, Hlo]:
        """Matrices ``[batch, m, n]`` times a power of two that brings the largest element near one, the inverse of that power
        ``[batch]``, and whether all elements are finite; matrices where not are zero."""
        h = self.h
        size = self.largest(x, [1, 2])
        finite = h.compare("LT", size, np.inf)
        x = self.select(self.along(finite, x, [0]), x, self.zeros(x))
        wide = size.dtype == "f64"
        integer, shift, top = ("i64", 52, 2046) if wide else ("i32", 23, 254)
        bits = h.bitcast(h.select(finite, size, h.full_like(size, 1)), integer)
        bits = h.binary("and", bits, top + 1 << shift)  # the exponent
        bits = h.binary("minimum", h.binary("maximum", bits, 2 << shift), top - 2 << shift)
        inverse = h.bitcast(h.sub(h.full_like(bits, top << shift), bits), size.dtype)
        return self.scale(x, self.along(inverse, x, [0])), h.bitcast(bits, size.dtype), finite

    def orthonormal(self, x: Number) -> Number:
        """Rows ``[batch, n, n]`` that are orthonormal up to rounding errors of many rotations, made so: x + (1 - x x^H) x / 2."""
        h = self.h
        product = self.dot(x, self.conj(x), 2, 2)
        identity = self.as_number(self.eye(product[0].shape, product[0].dtype), product)
        rest = self.scale(self.sub(identity, product), h.full_like(product[0], 0.5))
        return self.add(x, self.dot(rest, x, 2, 1))

    def order(self, x: Hlo, descending: bool = False) -> Hlo:
        """Permutation matrices ``[batch, n, n]`` that sort ``[batch, n]``; equal numbers keep their order."""
        h = self.h
        batch, n = x.shape
        square = Aval((batch, n, n), "i32")
        mine, other = (h.broadcast_in_dim(x, square.shape, dims) for dims in ([0, 1], [0, 2]))
        i, j = h.iota(square, 1), h.iota(square, 2)
        before = h.compare("GT" if descending else "LT", other, mine)
        equal = h.binary("and", h.compare("EQ", other, mine), h.compare("LT", j, i))
        rank = h.reduce(h.convert(h.binary("or", before, equal), "i32"), 0, [2], "add")
        return h.convert(h.compare("EQ", i, h.broadcast_in_dim(rank, square.shape, [0, 2])), x.dtype)

    def apply_order(self, order: Hlo, x: Number) -> Number:
        """Rows of ``[batch, n, width]`` in the order of permutation matrices. The products are exact: one term is not zero."""
        return tuple(self.dot((order,), (p,), 2, 1)[0] for p in x)

    def phases(self, x: Number) -> Number:
        """The factors ``[batch, n]`` that make a component of each row of ``[batch, n, width]`` real and positive: the first one
        of at least `GAUGE_SHARE` of the squared magnitude of the largest."""
        h = self.h
        size = self.square(x)
        enough = h.mul(h.reduce(size, 0, [2], "maximum"), GAUGE_SHARE)
        i = h.iota(Aval(size.shape, "i32"), 2)
        candidate = h.select(h.compare("GE", size, self.along(enough, x, [0, 1])), i, h.full_like(i, size.shape[2]))
        first = self.along(h.reduce(candidate, int(size.shape[2]), [2], "minimum"), x, [0, 1])
        pivot = self.conj(self.sum(self.select(h.compare("EQ", i, first), x, self.zeros(x)), 2))
        size = self.magnitude(pivot)
        return tuple(h.binary("divide", p, size) for p in pivot)

    def replace_failed(self, finite: Hlo, x: Number) -> Number:
        """NaN where a matrix was not finite; the batch is the first dimension."""
        return self.select(self.along(finite, x, [0]), x, tuple(self.h.full_like(p, np.nan) for p in x))


def _seats(n: int) -> Any:
    """Where each row sits after a round, as in `Rows.seated`."""
    k = n // 2
    order = [0, k, *range(1, k - 1), *range(k + 1, n), *([k - 1] if k > 1 else [])]
    return np.argsort(order).astype(np.int32)


def eigh(h: HloBuilder, operand: Number) -> tuple[Number, Hlo]:
    """Eigenvectors (columns) and ascending eigenvalues of Hermitian matrices ``[..., n, n]``, whose lower triangle is read.

    Two-sided: A becomes J^H A J. Its diagonal is kept apart, with the rounding errors of its sums (Kahan).
    """
    m = Rows(h)
    shape, dtype = operand[0].shape, operand[0].dtype
    n = shape[-1]
    if 0 in shape:
        return operand, h.full(Aval(shape[:-1], dtype), 0)
    a = flatten_batch(h, operand)
    row, column = m.iota(a, 1), m.iota(a, 2)
    below, above = h.compare("GT", row, column), h.compare("LT", row, column)
    rest = m.select(below, a, m.select(above, m.adjoint(a), m.zeros(a)))
    on = h.compare("EQ", row, column)
    rest = (h.select(on, a[0], rest[0]), *rest[1:])
    rest, unit, finite = m.scaled(rest)
    diagonal = h.transpose(h.reduce(h.select(on, rest[0], h.full_like(rest[0], 0)), 0, [2], "add"), [1, 0])
    rest = (h.select(on, h.full_like(rest[0], 0), rest[0]), *rest[1:])
    # the rows of v^H turn with those of A
    rest = m.permute(rest, [1, 0, 2])
    vectors = m.as_number(h.transpose(m.eye(a[0].shape, dtype), [1, 0, 2]), a)
    if n > 1:
        vectors, diagonal = _two_sided(m, rest, vectors, diagonal)

    w = h.transpose(diagonal, [1, 0])
    order = m.order(w)
    x = m.apply_order(order, m.orthonormal(m.permute(vectors, [1, 0, 2])))
    w = h.reshape(m.apply_order(order, (h.reshape(w, (*w.shape, 1)),))[0], w.shape)
    w = h.mul(w, h.broadcast_in_dim(unit, w.shape, [0]))
    x = m.mul(x, tuple(m.along(p, x, [0, 1]) for p in m.phases(x)))
    (w,) = m.replace_failed(finite, (w,))
    v = m.replace_failed(finite, m.adjoint(x))
    return tuple(h.reshape(p, shape) for p in v), h.reshape(w, shape[:-1])


def _two_sided(m: Rows, rest: Number, vectors: Number, diagonal: Hlo) -> tuple[Number, Hlo]:
    h = m.h
    n = diagonal.shape[0]
    parts = len(rest)
    rest, vectors = m.padded(rest, columns=True), m.padded(vectors)
    (diagonal,) = m.padded((h.reshape(diagonal, (*diagonal.shape, 1)),))
    even = diagonal.shape[0]
    half = even // 2
    diagonal = h.reshape(diagonal, diagonal.shape[:2])
    top, _ = m.halves(rest)
    column, seats = m.iota(top, 2), _seats(even)
    # by the time that columns turn, they sit in the next round's order
    mine, other = (h.compare("EQ", column, m.along(h.const(x), top, [0])) for x in (seats[:half], seats[half:]))
    gone = h.binary("or", mine, other)

    def turn(r: Hlo, carry: Number) -> Number:
        a, v, (d, lost) = carry[:parts], carry[parts:-2], carry[-2:]
        corner = tuple(h.slice(p, [0, 0, half], [half, p.shape[1], even]) for p in a)
        same = h.compare("EQ", m.iota(corner, 0), m.iota(corner, 2))
        coupling = m.sum(m.select(same, corner, m.zeros(corner)), 2)
        (first,), (second,) = m.halves((d,))
        step, missing, sine = m.rotations(first, second, coupling)
        (first_lost,), (second_lost,) = m.halves((lost,))
        front = _add(h, first, h.sub(first_lost, step))
        back = _add(h, second, h.add(second_lost, step))
        a = m.rotate(a, missing, sine)
        a = m.rotate(m.conj(m.permute(a, [2, 1, 0])), missing, sine, gone)
        return (*a, *m.rotate(v, missing, sine), *m.seated(front, back))

    def sweep(carry: Number) -> tuple[Hlo, Number]:
        carry = m.loop(even - 1, carry, turn)
        return m.largest(carry[:parts], [0, 1, 2]), carry

    eps = float(T.finfo(diagonal.dtype).eps)
    size = h.binary("maximum", m.largest(rest, [0, 1, 2]), m.largest((diagonal,), [0, 1]))
    carry = m.sweeps((*rest, *vectors, diagonal, h.full_like(diagonal, 0)), sweep, h.mul(size, eps / 2))
    total = h.add(carry[-2], carry[-1])
    return m.rows(carry[parts:-2], 0, n), m.rows((total,), 0, n)[0]


def _add(h: HloBuilder, x: Hlo, y: Hlo) -> tuple[Hlo, Hlo]:
    """The sum of x and the smaller y, and its rounding error."""
    total = h.add(x, y)
    return total, h.sub(y, h.sub(total, x))
