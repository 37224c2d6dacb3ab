"""Lowering of LU factorisation to StableHLO loops.

A loop over columns, as in `linalg_blocked`: the pivot of a column is found by two reductions, its row is read by a masked sum
(batch elements have different pivots), and one elementwise step exchanges the rows and eliminates below. Above ``2 * BLOCK``
columns an outer loop runs over blocks: the inner loop only touches the block's panel, then the rows of the whole matrix are
put in the panel's order, and the rest is updated by one matrix product.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from . import indexing_lower
from .hlo import Hlo, HloBuilder
from .linalg_blocked import BLOCK, Number, Numbers, flatten_batch, substitute
from .types import Aval
from .windows import Windows

_INDEX = Aval((), "i32")


def lu(h: HloBuilder, operand: Number) -> tuple[Number, Hlo, Hlo]:
    """The factors packed in one matrix ``[..., m, n]``, the exchanges ``[..., min(m, n)]`` and the rows' order ``[..., m]``."""
    m = Numbers(h)
    shape = operand[0].shape
    *batch, rows, columns = shape
    steps = min(rows, columns)
    if 0 in shape:
        return operand, h.full(Aval((*batch, steps), "i32"), 0), h.iota(Aval((*batch, rows), "i32"), len(batch))
    x = flatten_batch(h, operand)
    if steps <= 2 * BLOCK:
        x, order, pivots = _factor_panel(m, x, None, steps)
    else:
        x, order, pivots = _lu_blocked(m, x, steps)
    pivots = h.reshape(pivots, (*batch, steps))
    return tuple(h.reshape(p, shape) for p in x), pivots, h.reshape(order, (*batch, rows))


def _reduce_rows(m: Numbers, x: Hlo, init: Any, name: str) -> Hlo:
    """Reduction over the rows, which stay as a dimension of size one."""
    return m.h.reshape(m.h.reduce(x, init, [1], name), (x.shape[0], 1, x.shape[2]))


def _pivot(m: Numbers, column: Number, row: Hlo) -> Hlo:
    """The row of the largest element at or below `row`, the first of them; by |re| + |im| as in LAPACK. NaN counts as infinite."""
    h = m.h
    size = h.unary("abs", column[0])
    if len(column) == 2:
        size = h.add(size, h.unary("abs", column[1]))
    size = h.select(h.compare("NE", size, size), h.full_like(size, np.inf), size)
    i = m.iota(column, 1)
    size = h.select(m.compare("GE", i, row), size, h.full_like(size, -1))
    largest = m.spread(_reduce_rows(m, size, -np.inf, "maximum"), size.shape)
    candidates = h.select(h.compare("EQ", size, largest), i, h.full_like(i, column[0].shape[1]))
    return _reduce_rows(m, candidates, np.iinfo(np.int32).max, "minimum")


def _nonzero(m: Numbers, x: Number) -> Number:
    """`x` with one in place of zero: where the pivot is zero all elements below it are zero too, and stay."""
    h = m.h
    zero = h.compare("EQ", x[0], 0)
    for part in x[1:]:
        zero = h.binary("and", zero, h.compare("EQ", part, 0))
    return (h.select(zero, h.full_like(x[0], 1), x[0]), *x[1:])


def _factor_panel(m: Numbers, panel: Number, start: Hlo | None, steps: int) -> tuple[Number, Hlo, Hlo]:
    """Eliminates with the first `steps` columns of ``[batch, n, w]``, whose diagonal begins at row `start` (None: 0).

    Returns the panel with its rows exchanged, the order of the rows ``[batch, n, 1]`` and the pivots ``[batch, steps, 1]``.
    """
    h = m.h
    batch, n, w = panel[0].shape
    order = h.iota(Aval((batch, n, 1), "i32"), 1)
    pivots = h.full(Aval((batch, steps, 1), "i32"), 0)

    def body(j: Hlo, carry: Number) -> Number:
        *parts, order, pivots = carry
        p = tuple(parts)
        row = j if start is None else h.add(start, j)
        column = m.slice(p, (n, None), (1, j))
        pivot_row = _pivot(m, column, row)
        i, k = m.iota(p, 1), m.iota(p, 2)
        chosen = h.compare("EQ", i, m.spread(pivot_row, i.shape))
        upper = tuple(_reduce_rows(m, h.select(chosen, q, h.full_like(q, 0)), 0, "add") for q in p)
        lower = m.slice(p, (1, row), (w, None))
        inverse = m.reciprocal(_nonzero(m, m.slice(upper, (1, None), (1, j))))
        at_row = m.iota(column, 1)
        chosen_row = h.compare("EQ", at_row, m.spread(pivot_row, at_row.shape))
        column = m.select(chosen_row, m.spread_all(m.slice(lower, (1, None), (1, j)), column), column)
        factor = m.spread_all(m.mul(column, m.spread_all(inverse, column)), p)

        upper = m.spread_all(upper, p)
        p = m.select(chosen, m.spread_all(lower, p), p)
        p = m.select(m.compare("EQ", i, row), upper, p)
        rest = m.select(m.compare("GT", k, j), m.sub(p, m.mul(factor, upper)), p)
        rest = m.select(m.compare("EQ", k, j), factor, rest)
        p = m.select(m.compare("GT", i, row), rest, p)

        first = _reduce_rows(m, h.select(chosen_row, order, h.full_like(order, 0)), 0, "add")
        second = m.slice((order,), (1, row), (1, None))[0]
        order = h.select(chosen_row, m.spread(second, order.shape), order)
        order = h.select(m.compare("EQ", at_row, row), m.spread(first, order.shape), order)
        at_step = m.iota((pivots,), 1)
        pivots = h.select(m.compare("EQ", at_step, j), m.spread(pivot_row, pivots.shape), pivots)
        return (*p, order, pivots)

    *parts, order, pivots = m.loop(steps, (*panel, order, pivots), body)
    return tuple(parts), order, pivots


def _take_rows(m: Numbers, x: Number, order: Hlo) -> Number:
    """The rows of ``[batch, n, w]`` in the order ``[batch, n, 1]``."""
    w = x[0].shape[2]
    windows = Windows((2,), (1,), (1,), (0,), (0,), (1, 1, w))
    return tuple(indexing_lower.gather(m.h, p, order, windows, "clip", None, p.aval) for p in x)


def _lu_blocked(m: Numbers, x: Number, steps: int) -> tuple[Number, Hlo, Hlo]:
    """Zero rows and columns that fill the last block have zero pivots, which change nothing."""
    h = m.h
    batch, rows, columns = x[0].shape
    padded = steps + -steps % BLOCK
    n, width = max(rows, padded), max(columns, padded)
    if (n, width) != (rows, columns):
        x = m.pad(x, n - rows, width - columns, False)
    order = h.iota(Aval((batch, n, 1), "i32"), 1)
    pivots = h.full(Aval((batch, padded, 1), "i32"), 0)

    def body(block: Hlo, carry: Number) -> Number:
        *parts, order, pivots = carry
        start = h.mul(block, BLOCK)
        end = h.add(start, BLOCK)
        panel, local, found = _factor_panel(m, m.slice(tuple(parts), (n, None), (BLOCK, start)), start, BLOCK)
        a = _take_rows(m, tuple(parts), local)
        order = _take_rows(m, (order,), local)[0]
        a = m.update(a, panel, None, start)
        diagonal = m.slice(panel, (BLOCK, start), (BLOCK, None))
        mine = m.slice(a, (BLOCK, start), (width, None))
        after = m.compare("GE", m.iota(mine, 2), end)
        solved = substitute(m, diagonal, mine, left_side=True, lower=True, unit_diagonal=True)
        a = m.update(a, m.select(after, solved, mine), start, None)
        below = m.select(m.compare("GE", m.iota(panel, 1), end), panel, m.zeros(panel))
        right = m.select(after, solved, m.zeros(solved))
        a = m.sub(a, m.dot(below, right, 2, 1))  # zero outside the trailing matrix
        return (*a, order, m.update((pivots,), (found,), start, None)[0])

    *parts, order, pivots = m.loop(padded // BLOCK, (*x, order, pivots), body)
    if (n, width) != (rows, columns):
        parts = [h.slice(p, [0, 0, 0], [batch, rows, columns]) for p in parts]
        order = h.slice(order, [0, 0, 0], [batch, rows, 1])
    if padded != steps:
        pivots = h.slice(pivots, [0, 0, 0], [batch, steps, 1])
    return tuple(parts), order, pivots


__all__ = ["lu"]
