"""Lowering of QR factorisation by Householder reflectors to StableHLO loops.

A loop over columns, as in `linalg_blocked`: each makes a reflector as LAPACK's xLARFG does (so that signs agree) and applies it
to the columns that follow. Above ``2 * BLOCK`` columns an outer loop runs over blocks: the inner loop only touches the block's
panel, and its reflectors together are applied to the rest by matrix products,

    H1 H2 ... Hw = I - V T V^H,    T = (I + diag(tau) up(V^H V))^-1 diag(tau),

where up is the strictly upper triangle (Joffrain et al., Accumulating Householder transformations, revisited, 2006). In this
form of T a reflector with tau = 0, the identity, needs no care.
"""

from __future__ import annotations

from .hlo import Hlo, HloBuilder
from .linalg_blocked import BLOCK, Number, Numbers, flatten_batch, substitute
from .types import Aval


def geqrf(h: HloBuilder, operand: Number) -> tuple[Number, Number]:
    """R with the reflectors below it ``[..., m, n]``, and their factors tau ``[..., min(m, n)]``."""
    m = Numbers(h)
    shape = operand[0].shape
    *batch, rows, columns = shape
    steps = min(rows, columns)
    if 0 in shape:
        return operand, tuple(h.full(Aval((*batch, steps), p.dtype), 0) for p in operand)
    x = flatten_batch(h, operand)
    packed, taus = _factor_panel(m, x, None, steps) if steps <= 2 * BLOCK else _geqrf_blocked(m, x, steps)
    return tuple(h.reshape(p, shape) for p in packed), tuple(h.reshape(t, (*batch, steps)) for t in taus)


def _norm(m: Numbers, x: Number) -> Hlo:
    """Sum of squares of each column, which stays as a row."""
    h = m.h
    squares = h.mul(x[0], x[0])
    for part in x[1:]:
        squares = h.add(squares, h.mul(part, part))
    return _column(m, squares, "add")


def _column(m: Numbers, x: Hlo, name: str) -> Hlo:
    return m.h.reshape(m.h.reduce(x, 0, [1], name), (x.shape[0], 1, x.shape[2]))


def _reflector(m: Numbers, column: Number, row: Hlo) -> tuple[Number, Number, Hlo]:
    """``v`` (one at `row`, zero above), ``tau`` and the real ``beta`` with ``H^H column = beta e_row``, ``H = I - tau v v^H``.

    The column is scaled by its largest element, so that squares neither overflow nor vanish. A column that is `beta` already
    gets the identity, tau = 0.
    """
    h = m.h
    i = m.iota(column, 1)
    x = m.select(m.compare("GE", i, row), column, m.zeros(column))
    scale = h.unary("abs", x[0])
    for part in x[1:]:
        scale = h.binary("maximum", scale, h.unary("abs", part))
    scale = _column(m, scale, "maximum")
    scale = h.select(h.compare("EQ", scale, 0), h.full_like(scale, 1), scale)
    x = m.scale(x, m.spread(h.binary("divide", h.full_like(scale, 1), scale), x[0].shape))
    alpha = m.slice(x, (1, row), (1, None))
    x = m.select(m.compare("GT", i, row), x, m.zeros(x))
    below = _norm(m, x)
    root = h.unary("sqrt", h.add(below, _norm(m, alpha)))
    negative = h.compare("LT", h.binary("divide", h.full_like(root, 1), alpha[0]), 0)  # tells -0.0 from 0.0
    beta = h.select(negative, root, h.unary("negate", root))
    trivial = h.compare("EQ", below, 0)
    for part in alpha[1:]:
        trivial = h.binary("and", trivial, h.compare("EQ", part, 0))
    one, zero = h.full_like(beta, 1), h.full_like(beta, 0)
    divisor = h.select(trivial, one, beta)
    difference = (h.sub(alpha[0], beta), *alpha[1:])
    tau: Number = (h.binary("divide", h.unary("negate", difference[0]), divisor),)
    tau += tuple(h.unary("negate", h.binary("divide", part, divisor)) for part in alpha[1:])
    tau = tuple(h.select(trivial, zero, part) for part in tau)
    difference = (h.select(trivial, one, difference[0]), *difference[1:])
    v = m.mul(x, m.spread_all(m.reciprocal(difference), x))
    v = (h.select(m.compare("EQ", i, row), h.full_like(v[0], 1), v[0]), *v[1:])
    return v, tau, h.mul(h.select(trivial, alpha[0], beta), scale)


def _factor_panel(m: Numbers, panel: Number, start: Hlo | None, steps: int) -> tuple[Number, Number]:
    """Reduces the first `steps` columns of ``[batch, n, w]``, whose diagonal begins at row `start` (None: 0)."""
    h = m.h
    batch, n, _ = panel[0].shape
    count = len(panel)
    taus = tuple(h.full(Aval((batch, steps, 1), p.dtype), 0) for p in panel)

    def body(j: Hlo, carry: Number) -> Number:
        p, taus = carry[:count], carry[count:]
        row = j if start is None else h.add(start, j)
        v, tau, beta = _reflector(m, m.slice(p, (n, None), (1, j)), row)
        product = m.dot(m.conj(v), p, 1, 1)
        product = m.mul(m.spread_all(m.conj(tau), product), product)
        i, k = m.iota(p, 1), m.iota(p, 2)
        wide = m.spread_all(v, p)
        rest = m.sub(p, m.mul(wide, m.spread_all(product, p)))
        own = m.select(m.compare("GT", i, row), wide, p)
        diagonal = (m.spread(beta, p[0].shape), *m.zeros(p)[1:])
        own = m.select(m.compare("EQ", i, row), diagonal, own)
        p = m.select(m.compare("GT", k, j), rest, m.select(m.compare("EQ", k, j), own, p))
        return (*p, *m.select(m.compare("EQ", m.iota(taus, 1), j), m.spread_all(tau, taus), taus))

    out = m.loop(steps, (*panel, *taus), body)
    return out[:count], out[count:]


def _geqrf_blocked(m: Numbers, x: Number, steps: int) -> tuple[Number, Number]:
    """Zero rows and columns that fill the last block get reflectors with tau = 0."""
    h = m.h
    batch, rows, columns = x[0].shape
    count = len(x)
    padded = steps + -steps % BLOCK
    n, width = max(rows, padded), max(columns, padded)
    if (n, width) != (rows, columns):
        x = m.pad(x, n - rows, width - columns, False)
    taus = tuple(h.full(Aval((batch, padded, 1), p.dtype), 0) for p in x)

    def body(block: Hlo, carry: Number) -> Number:
        a, taus = carry[:count], carry[count:]
        start = h.mul(block, BLOCK)
        panel, found = _factor_panel(m, m.slice(a, (n, None), (BLOCK, start)), start, BLOCK)
        i, k = m.iota(panel, 1), h.add(m.iota(panel, 2), m.spread(start, panel[0].shape))
        v = m.select(h.compare("GT", i, k), panel, m.zeros(panel))
        v = (h.select(h.compare("EQ", i, k), h.full_like(v[0], 1), v[0]), *v[1:])
        adjoint = m.conj(v)
        # H^H = I - V T^H V^H with T^H = diag(conj tau) (I + low(V^H V) diag(conj tau))^-1
        factors = m.conj(found)
        gram = m.dot(adjoint, v, 1, 1)
        lower = m.mul(gram, m.spread_all(m.transpose(factors), gram))
        product = m.dot(adjoint, a, 1, 1)
        product = substitute(m, lower, product, left_side=True, lower=True, unit_diagonal=True)
        product = m.mul(m.spread_all(factors, product), product)
        after = m.compare("GE", m.iota(product, 2), h.add(start, BLOCK))
        product = m.select(after, product, m.zeros(product))
        a = m.update(m.sub(a, m.dot(v, product, 2, 1)), panel, None, start)
        return (*a, *m.update(taus, found, start, None))

    out = m.loop(padded // BLOCK, (*x, *taus), body)
    x, taus = out[:count], out[count:]
    if (n, width) != (rows, columns):
        x = tuple(h.slice(p, [0, 0, 0], [batch, rows, columns]) for p in x)
    if padded != steps:
        taus = tuple(h.slice(t, [0, 0, 0], [batch, steps, 1]) for t in taus)
    return x, taus


__all__ = ["geqrf"]
