"""Lowering of the singular value decomposition of square matrices to StableHLO loops: Hestenes' one-sided Jacobi method.

Of A = Q R the rows of R are rotated, to J^H R, until they are orthogonal: their norms are the singular values, and Q J is U.
Normalising the rows would not give an orthonormal V where A is (nearly) singular, so V is the unitary factor of (J^H R)^H, whose
columns are those rows where these are not negligible, and complete the basis where they are. Without R, badly scaled rows of
A would need many more sweeps (Drmac and Veselic, New fast and accurate Jacobi SVD algorithm, 2008).
"""

from __future__ import annotations

from . import types as T
from .hlo import Hlo, HloBuilder
from .linalg_blocked import Number, flatten_batch, triangular_solve
from .linalg_jacobi import Rows
from .linalg_qr_lower import geqrf
from .types import Aval


def svd(h: HloBuilder, operand: Number, compute_uv: bool) -> tuple[Hlo, Number, Number]:
    """Descending singular values ``[..., n]`` of ``[..., n, n]``, and (else empty tuples) U and V^H."""
    m = Rows(h)
    shape, dtype = operand[0].shape, operand[0].dtype
    n = shape[-1]
    if 0 in shape:
        return h.full(Aval(shape[:-1], dtype), 0), operand, operand
    a, unit, finite = m.scaled(flatten_batch(h, operand))
    # large columns first
    columns = m.adjoint(a)
    column_order = m.order(h.reduce(m.square(columns), 0, [2], "add"), descending=True)
    packed, taus = geqrf(h, m.adjoint(m.apply_order(column_order, columns)))
    upper = h.compare("LE", m.iota(a, 1), m.iota(a, 2))
    rows = m.permute(m.select(upper, packed, m.zeros(packed)), [1, 0, 2])
    if compute_uv:
        identity = m.as_number(h.transpose(m.eye(a[0].shape, dtype), [1, 0, 2]), a)
        rows = tuple(h.concatenate([p, q], 2) for p, q in zip(rows, identity))
    if n > 1:
        rows = _one_sided(m, rows, n)
    rows = m.permute(rows, [1, 0, 2])
    right = _columns(m, rows, 0, n)
    s = h.unary("sqrt", h.reduce(m.square(right), 0, [2], "add"))
    order = m.order(s, descending=True)
    values = h.reshape(m.apply_order(order, (h.reshape(s, (*s.shape, 1)),))[0], s.shape)
    values = h.mul(values, h.broadcast_in_dim(unit, s.shape, [0]))
    (values,) = m.replace_failed(finite, (values,))
    values = h.reshape(values, shape[:-1])
    if not compute_uv:
        return values, (), ()

    rotated = m.apply_order(order, m.orthonormal(_columns(m, rows, n, 2 * n)))
    u = m.dot(_unitary(m, packed, taus), m.adjoint(rotated), 2, 1)
    packed, taus = geqrf(h, m.adjoint(m.apply_order(order, right)))
    on = h.compare("EQ", m.iota(a, 1), m.iota(a, 2))
    diagonal = h.reduce(h.select(on, packed[0], h.full_like(packed[0], 0)), 0, [1], "add")
    one = h.full_like(diagonal, 1)
    sign = h.select(h.compare("LT", diagonal, 0), h.unary("negate", one), one)
    vh = m.scale(m.adjoint(_unitary(m, packed, taus)), m.along(sign, a, [0, 1]))
    vh = tuple(m.dot((p,), (column_order,), 2, 1)[0] for p in vh)

    turn = m.phases(m.transpose(u))
    u = m.mul(u, tuple(m.along(p, u, [0, 2]) for p in turn))
    vh = m.mul(vh, tuple(m.along(p, u, [0, 1]) for p in m.conj(turn)))
    u, vh = (tuple(h.reshape(p, shape) for p in m.replace_failed(finite, x)) for x in (u, vh))
    return values, u, vh


def _columns(m: Rows, x: Number, start: int, limit: int) -> Number:
    shape = x[0].shape
    return tuple(m.h.slice(p, [0, 0, start], [*shape[:2], limit]) for p in x)


def _one_sided(m: Rows, rows: Number, n: int) -> Number:
    """Rotates rows ``[n, batch, width]`` until their first n elements are orthogonal, relative to their norms."""
    h = m.h
    finfo = T.finfo(rows[0].dtype)
    rows = m.padded(rows)
    even = rows[0].shape[0]

    def turn(r: Hlo, x: Number) -> Number:
        top, bottom = m.halves(_columns(m, x, 0, n))
        (first,), (second,) = m.sum((m.square(top),), 2), m.sum((m.square(bottom),), 2)
        _, missing, sine = m.rotations(first, second, m.sum(m.mul(top, m.conj(bottom)), 2))
        return m.rotate(x, missing, sine)

    def sweep(x: Number) -> tuple[Hlo, Number]:
        x = m.loop(even - 1, x, turn)
        mine = m.permute(_columns(m, x, 0, n), [1, 0, 2])
        norms = h.reduce(m.square(mine), 0, [2], "add")
        small = h.compare("LE", norms, float(finfo.smallest_normal) * 1e6)  # nothing, next to matrices of size one
        one = h.full_like(norms, 1)
        inverse = h.binary("divide", one, h.unary("sqrt", h.select(small, one, norms)))
        inverse = h.select(small, h.full_like(norms, 0), inverse)
        mine = m.scale(mine, m.along(inverse, mine, [0, 1]))
        cosines = m.dot(mine, m.conj(mine), 2, 2)
        other = h.compare("NE", m.iota(cosines, 1), m.iota(cosines, 2))
        return m.largest(m.select(other, cosines, m.zeros(cosines)), [0, 1, 2]), x

    tolerance = h.full(Aval((), rows[0].dtype), float(finfo.eps) * (4 + 2 * n**0.5))
    return m.rows(m.sweeps(rows, sweep, tolerance), 0, n)


def _unitary(m: Rows, packed: Number, taus: Number) -> Number:
    """The product I - V T V^H of the reflectors of square matrices, as in `linalg_qr_lower`."""
    h = m.h
    row, column = m.iota(packed, 1), m.iota(packed, 2)
    identity = m.as_number(m.eye(packed[0].shape, packed[0].dtype), packed)
    v = m.select(h.compare("GT", row, column), packed, identity)
    taus = tuple(m.along(t, packed, [0, 1]) for t in taus)
    factor = m.mul(taus, m.dot(m.conj(v), v, 1, 1))
    flags = {"left_side": True, "lower": False, "transpose_a": False, "conjugate_a": False, "unit_diagonal": True}
    product = triangular_solve(h, factor, m.mul(taus, m.adjoint(v)), **flags)
    return m.sub(identity, m.dot(v, product, 2, 1))
