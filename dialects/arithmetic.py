"""Elementwise arithmetic of two operands of one type: add, sub, mul, div, rem, pow, atan2, max, min, nextafter, integer_pow.

Integers wrap on overflow. Integer division truncates toward zero, x / 0 is -1 (all bits set), and the remainder has the
dividend's sign, x % 0 = x: the behaviour of XLA, for compiled code must not trap.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from . import complex_math as cm
from . import float_remainder, ieee_numpy
from . import types as T
from .builder import Builder
from .elementwise_rules import REAL_ONLY, exact, ieee, in_f32, in_real_math
from .ir import Value
from .rules import accepts, batch_elementwise, binary, jvp_bilinear, split_structural
from .spec import I64, Example, NotDifferentiable, OpError, define
from .types import Aval

Attrs = dict[str, Any]


def _examples(make: Any) -> list[Example]:
    return [((make(*s), make(*s)), {}) for s in ((), (5,), (2, 3), (0, 2))]


def _by_nonzero(make: Any) -> list[Example]:
    """A divisor away from zero, where derivatives are checked by differences; integer divisors may be zero."""
    divisor = {"low": 0, "high": 3} if T.is_integer(make.dtype) else {"low": 0.5, "high": 2}
    return [((make(*s), make(*s, **divisor)), {}) for s in ((), (5,), (2, 3))]


def _positive_base(make: Any) -> list[Example]:
    base = {"low": 0, "high": 3} if T.is_integer(make.dtype) else {"low": 0.2, "high": 2}
    return [((make(*s, **base), make(*s)), {}) for s in ((), (5,), (2, 3))]


def _lower(hlo: str, on_bool: str = "") -> Any:
    """The StableHLO op `hlo`, or on booleans the logical op `on_bool`."""

    def rule(h: Any, operands: list[Any], attrs: Attrs, outs: list[Aval]) -> Any:
        return h.op(f"stablehlo.{on_bool if operands[0].dtype == 'i1' else hlo}", operands, outs[0])

    return rule


# Sums and products -------------------------------------------------------------------------------------------------------------
def _add_transpose(b: Builder, cts: Value, operands: list[Value], linear: list[bool], attrs: Attrs) -> list[Value | None]:
    return [cts if linear[0] else None, cts if linear[1] else None]


def _sub_transpose(b: Builder, cts: Value, operands: list[Value], linear: list[bool], attrs: Attrs) -> list[Value | None]:
    return [cts if linear[0] else None, b.neg(cts) if linear[1] else None]


def _mul_transpose(b: Builder, cts: Value, operands: list[Value], linear: list[bool], attrs: Attrs) -> list[Value | None]:
    lhs, rhs = operands
    return [b.mul(cts, rhs), None] if linear[0] else [None, b.mul(lhs, cts)]


def _div_transpose(b: Builder, cts: Value, operands: list[Value], linear: list[bool], attrs: Attrs) -> list[Value | None]:
    return [b.div(cts, operands[1]), None]


binary(
    "add",
    ieee(np.add),
    T.DTYPES,
    jvp=(lambda b, dx, out, x, y: dx, lambda b, dy, out, x, y: dy),
    transpose=_add_transpose,
    lower=_lower("add", on_bool="or"),
    split_complex=split_structural("pb.add"),
    examples=_examples,
    traits=("linear",),
    doc="Sum; logical or of booleans.",
    reference="StableHLO specification, add",
)

binary(
    "sub",
    ieee(np.subtract),
    T.NUMBER,
    jvp=(lambda b, dx, out, x, y: dx, lambda b, dy, out, x, y: b.neg(dy)),
    transpose=_sub_transpose,
    lower=_lower("subtract"),
    split_complex=split_structural("pb.sub"),
    examples=_examples,
    traits=("linear",),
    doc="Difference.",
    reference="StableHLO specification, subtract",
)

binary(
    "mul",
    ieee(np.multiply),
    T.DTYPES,
    jvp=jvp_bilinear("pb.mul"),
    transpose=_mul_transpose,
    lower=_lower("multiply", on_bool="and"),
    split_complex=cm.split(cm.mul),
    examples=_examples,
    traits=("bilinear",),
    doc="Product; logical and of booleans.",
    reference="StableHLO specification, multiply",
)


# Division -------------------------------------------------------------------------------------------------------------------------
def _div(x: Any, y: Any) -> Any:
    if x.dtype.kind not in "iu":
        return np.divide(x, y)
    quotient, remainder = np.divmod(x, np.where(y == 0, np.ones_like(y), y))
    if x.dtype.kind == "i":  # floor division is one too small where the exact quotient is negative and not whole
        quotient = quotient + ((remainder != 0) & ((x < 0) != (y < 0))).astype(x.dtype)
    return np.where(y == 0, np.invert(np.zeros_like(x)), quotient)


def _rem(x: Any, y: Any) -> Any:
    if x.dtype.kind not in "iu":
        return np.fmod(x, y)
    return np.where(y == 0, x, np.fmod(x, np.where(y == 0, np.ones_like(y), y)))


def _rem_jvp_rhs(b: Builder, dy: Value, out: Value, x: Value, y: Value) -> Value:
    """rem(x, y) = x - y * whole, with the whole quotient taken from the result, which is exact where x / y rounds up."""
    return b.mul(dy, b.neg(b.round(b.div(b.sub(x, out), y), mode="even")))


binary(
    "div",
    ieee(_div),
    T.NUMBER,
    jvp=(lambda b, dx, out, x, y: b.div(dx, y), lambda b, dy, out, x, y: b.mul(dy, b.neg(b.div(out, y)))),
    transpose=_div_transpose,
    lower=_lower("divide"),
    split_complex=cm.split(cm.div),
    examples=_by_nonzero,
    doc="Quotient; of integers truncated toward zero, with x / 0 = -1 (all bits set) and MIN / -1 = MIN.",
    reference="StableHLO specification, divide",
)

binary(
    "rem",
    ieee(_rem),
    T.REAL,
    jvp=(lambda b, dx, out, x, y: dx, _rem_jvp_rhs),
    decompose=lambda b, operands, attrs, outs: float_remainder.rem(b, *operands),
    decompose_if=lambda avals, attrs: avals[0].dtype == "f64",
    lower=_lower("remainder"),
    split_complex=REAL_ONLY,
    examples=_by_nonzero,
    doc="Remainder of the division truncated toward zero; it has the dividend's sign. x % 0 is x for integers.",
    reference="StableHLO specification, remainder",
)


# Powers ---------------------------------------------------------------------------------------------------------------------------
def _pow(x: Any, y: Any) -> Any:
    if x.dtype.kind not in "iu":
        return ieee_numpy.power(x, y)
    out, base, exponent = np.ones_like(x), x, y
    for _ in range(x.dtype.itemsize * 8):  # np.power refuses negative exponents
        out = np.where(exponent & 1, out * base, out)
        base, exponent = base * base, exponent >> 1
    return np.where(y < 0, _pow_negative(x, y), out)


def _pow_negative(x: Any, y: Any) -> Any:
    """Integers to a negative power: the reciprocal truncated toward zero, so only of 1 and -1 not zero (and -1 for 0)."""
    minus_one = np.invert(np.zeros_like(x))
    of_minus_one = np.where(y & 1, minus_one, np.ones_like(x))
    return np.select([x == 1, x == minus_one, x == 0], [np.ones_like(x), of_minus_one, minus_one], np.zeros_like(x))


def _pow_jvp_lhs(b: Builder, dx: Value, out: Value, x: Value, y: Value) -> Value:
    """y x**(y - 1), but 0 for y = 0, where x**-1 may be infinite."""
    none = b.compare(y, 0, direction="EQ")
    power = b.mul(y, b.pow(x, b.select(none, b.full_like(y, 1), b.sub(y, 1))))
    return b.mul(dx, b.select(none, b.full_like(x, 0), power))


def _pow_jvp_rhs(b: Builder, dy: Value, out: Value, x: Value, y: Value) -> Value:
    """log(x) x**y, but 0 for x = 0."""
    safe = b.select(b.compare(x, 0, direction="EQ"), b.full_like(x, 1), x)
    return b.mul(dy, b.mul(b.log(safe), out))


def _pow_decompose(b: Builder, operands: list[Value], attrs: Attrs, outs: list[Aval]) -> Value:
    """Floats through `real_math`; integers by repeated squaring over the bits of the exponent."""
    x, y = operands
    if T.is_float(x.dtype):
        return in_real_math("pow")(b, operands, attrs, outs)
    zero, one = b.full_like(x, 0), b.full_like(x, 1)
    out, base, exponent = one, x, y
    bits = T.BITS[x.dtype] - (0 if T.is_unsigned(x.dtype) else 1)
    for k in range(bits):
        odd = b.compare(b.and_(exponent, one), zero, direction="NE")
        out = b.select(odd, b.mul(out, base), out)
        if k + 1 < bits:
            base, exponent = b.mul(base, base), b.shift_right_logical(exponent, one)
    if T.is_unsigned(x.dtype):
        return out
    minus_one = b.full_like(x, -1)
    odd = b.compare(b.and_(y, one), zero, direction="NE")
    is_zero, is_one = b.compare(x, zero, direction="EQ"), b.compare(x, one, direction="EQ")
    of_minus_one = b.select(b.compare(x, minus_one, direction="EQ"), b.select(odd, minus_one, one), zero)
    reciprocal = b.select(is_one, one, b.select(is_zero, minus_one, of_minus_one))
    return b.select(b.compare(y, zero, direction="LT"), reciprocal, out)


binary(
    "pow",
    ieee(_pow),
    T.NUMBER,
    jvp=(_pow_jvp_lhs, _pow_jvp_rhs),
    decompose=_pow_decompose,
    split_complex=cm.split(cm.pow),
    traits=("transcendental",),
    examples=_positive_base,
    doc="lhs to the power rhs, of one type. Integers to a negative power give the truncated reciprocal.",
    reference="StableHLO specification, power",
)


def _integer_pow_infer(x: Aval, *, y: int) -> Aval:
    if y < 0 and not T.is_inexact(x.dtype):
        raise OpError(f"integers have no negative powers, got {x} to the power {y}")
    return x


def _integer_pow(x: Any, *, y: int) -> Any:
    if y == 2:
        return np.multiply(x, x)
    if y == -1:
        return np.divide(np.ones_like(x), x)  # which is right for complex infinities too
    return np.power(x, np.asarray(y).astype(x.dtype) if x.dtype.kind in "iu" else y)


def _integer_pow_jvp(
    b: Builder, primals: list[Value], tangents: list[Value | None], outs: list[Value], attrs: Attrs
) -> Value | None:
    (x,), (dx,), y = primals, tangents, attrs["y"]
    if y == 0 or dx is None:
        return None
    if y == 1:
        return dx
    return b.mul(dx, b.mul(y, x if y == 2 else b.integer_pow(x, y=y - 1)))


def _integer_pow_decompose(b: Builder, x: Value, *, y: int) -> Value:
    """By repeated squaring."""
    out: Value | None = None
    n, square = abs(y), x
    while n:
        if n & 1:
            out = square if out is None else b.mul(out, square)
        n >>= 1
        if n:
            square = b.mul(square, square)
    if out is None:
        return b.full_like(x, 1)
    return b.div(1, out) if y < 0 else out


def _integer_pow_examples(make: Any) -> list[Example]:
    cases = [((), 2), ((3,), 3), ((2, 2), 0), ((3,), 1), ((3,), 7)]
    out: list[Example] = [((make(*s),), {"y": y}) for s, y in cases]
    if T.is_inexact(make.dtype):
        out += [((make(3, low=0.5, high=2),), {"y": y}) for y in (-1, -2, -5)]
    return out


define(
    "pb.integer_pow",
    ("operand",),
    {"y": I64},
    dtypes=T.NUMBER,
    infer=accepts(T.NUMBER, _integer_pow_infer),
    evaluate=ieee(_integer_pow),
    jvp=_integer_pow_jvp,
    batch=batch_elementwise("pb.integer_pow"),
    decompose=in_f32(_integer_pow_decompose),
    split_complex=cm.split(cm.integer_pow),
    examples=_integer_pow_examples,
    traits=("elementwise",),
    doc="The power with the fixed integer exponent y, by repeated multiplication.",
    reference="JAX, lax.integer_pow",
)


# Angles, extrema, neighbours ------------------------------------------------------------------------------------------------------
def _atan2_coefficient(b: Builder, factor: Value, y: Value, x: Value) -> Value:
    return b.div(factor, b.add(b.mul(x, x), b.mul(y, y)))


binary(
    "atan2",
    ieee(np.arctan2),
    T.FLOAT,
    jvp=(
        lambda b, dy, out, y, x: b.mul(dy, _atan2_coefficient(b, x, y, x)),
        lambda b, dx, out, y, x: b.mul(dx, _atan2_coefficient(b, b.neg(y), y, x)),
    ),
    decompose=in_real_math("atan2"),
    split_complex=REAL_ONLY,
    traits=("transcendental",),
    examples=_by_nonzero,
    doc="The angle of the point (rhs, lhs), in [-pi, pi]; signed zeros choose the side of the branch cut.",
    reference="StableHLO specification, atan2",
)


def _extremum_jvp(direction: str) -> Any:
    """The tangent of the operand that wins; operands that tie have half of their tangents each."""

    def partial(first: bool) -> Any:
        def rule(b: Builder, t: Value, out: Value, x: Value, y: Value) -> Value:
            mine, other = (x, y) if first else (y, x)
            wins = b.convert(b.compare(mine, other, direction=direction), dtype=mine.dtype)
            tie = b.compare(mine, other, direction="EQ")
            return b.mul(t, b.select(tie, b.full_like(mine, 0.5), wins))

        return rule

    return partial(True), partial(False)


def _extremum_split(direction: str) -> Any:
    """NumPy's choice: the first operand if it wins or has a NaN, else the second."""

    def fn(b: Builder, z: cm.Pair, w: cm.Pair) -> cm.Pair:
        is_nan = b.or_(b.compare(z[0], z[0], direction="NE"), b.compare(z[1], z[1], direction="NE"))
        first = b.or_(is_nan, cm.compare(b, z, w, direction=direction))
        return b.select(first, z[0], w[0]), b.select(first, z[1], w[1])

    return cm.split(fn)


for _name, _fn, _hlo, _on_bool, _order, _doc in (
    ("max", ieee_numpy.maximum, "maximum", "or", "G", "The larger"),
    ("min", ieee_numpy.minimum, "minimum", "and", "L", "The smaller"),
):
    binary(
        _name,
        exact(_fn),
        T.DTYPES,
        jvp=_extremum_jvp(_order + "T"),
        lower=_lower(_hlo, on_bool=_on_bool),
        split_complex=_extremum_split(_order + "E"),
        examples=_examples,
        doc=f"{_doc} operand; NaN if either is NaN. Complex numbers are ordered by their real, then their imaginary part.",
        reference=f"StableHLO specification, {_hlo}",
    )


def _nextafter_decompose(b: Builder, operands: list[Value], attrs: Attrs, outs: list[Aval]) -> Value:
    """A step of one on the bits, read as an integer that orders like the float. No float operation is used, as compiled code
    flushes subnormal numbers to zero."""
    x, y = operands
    info = T.finfo(x.dtype)
    bits_type = f"i{T.BITS[x.dtype]}"
    infinity = int(np.asarray(np.inf, info.dtype).view(f"i{info.bits // 8}"))
    smallest = -(1 << (info.bits - 1))  # the bits of -0.0

    def ordered(bits: Value) -> Value:
        """Of -0.0 it is 0, of negative numbers it is negative; its own inverse but for -0.0."""
        return b.select(b.compare(bits, 0, direction="LT"), b.sub(b.full_like(bits, smallest), bits), bits)

    k, target = (ordered(b.bitcast(v, dtype=bits_type)) for v in (x, y))
    up, down = b.compare(k, target, direction="LT"), b.compare(k, target, direction="GT")
    one, zero = b.full_like(k, 1), b.full_like(k, 0)
    step = b.add(k, b.select(up, one, b.select(down, b.full_like(k, -1), zero)))
    to_minus_zero = b.and_(b.compare(step, zero, direction="EQ"), b.compare(k, zero, direction="LT"))
    moved = b.bitcast(b.select(to_minus_zero, b.full_like(k, smallest), ordered(step)), dtype=x.dtype)
    out = b.select(b.or_(up, down), moved, y)
    is_nan = b.compare(b.max(b.abs(k), b.abs(target)), infinity, direction="GT")
    return b.select(is_nan, b.full_like(x, np.nan), out)


binary(
    "nextafter",
    exact(lambda x, y: np.where(x == y, y, np.nextafter(x, y))),  # of zeros NumPy's f16 loop returns the first
    T.FLOAT,
    jvp=NotDifferentiable("nextafter steps between neighbouring floating-point numbers; it has no derivative"),
    decompose=_nextafter_decompose,
    split_complex=REAL_ONLY,
    examples=_examples,
    doc="The neighbour of lhs in the direction of rhs.",
    reference="IEEE 754, nextUp and nextDown; NumPy, nextafter",
)
