"""reduce_precision: floats rounded to a format with fewer exponent and mantissa bits, and kept in their own."""

from __future__ import annotations

from typing import Any

import numpy as np

from . import types as T
from .builder import Builder
from .elementwise_rules import REAL_ONLY
from .ir import Value
from .rules import accepts, batch_elementwise, jvp_linear
from .spec import I64, Example, OpError, define
from .types import Aval

Attrs = dict[str, Any]

#: Exponent and mantissa bits of each element type.
FORMATS = {"f16": (5, 10), "bf16": (8, 7), "f32": (8, 23), "f64": (11, 52)}
_NAME = "pb.reduce_precision"


def _infer(x: Aval, *, exponent_bits: int, mantissa_bits: int) -> Aval:
    if exponent_bits < 1 or mantissa_bits < 0:
        raise OpError(f"exponent_bits must be positive and mantissa_bits not negative, got {exponent_bits} and {mantissa_bits}")
    return x


def _evaluate(x: Any, *, exponent_bits: int, mantissa_bits: int) -> Any:
    """Rounds the bits to nearest, ties to even; what leaves the range of exponents becomes infinite or zero."""
    exponents, mantissa = FORMATS[T.from_np(x.dtype)]
    word = np.dtype(f"u{x.dtype.itemsize}")
    bits = np.ascontiguousarray(x).view(word).reshape(x.shape)
    sign = bits & word.type(1 << (exponents + mantissa))
    size = bits ^ sign
    drop = mantissa - mantissa_bits
    with np.errstate(all="ignore"):
        if drop > 0:
            last = (size >> word.type(drop)) & word.type(1)
            size = (size + last + word.type((1 << (drop - 1)) - 1)) & ~word.type((1 << drop) - 1)
        if exponent_bits < exponents:
            bias, reduced = (1 << (exponents - 1)) - 1, (1 << (exponent_bits - 1)) - 1
            exponent = size >> word.type(mantissa)
            infinity = word.type(((1 << exponents) - 1) << mantissa)
            size = np.where(exponent > bias + reduced, infinity, size)
            size = np.where(exponent <= bias - reduced, word.type(0), size)
        out = (size | sign).astype(word).view(x.dtype).reshape(x.shape)
    return np.where(np.isnan(x), x, out)


def _transpose(b: Builder, cts: Value, operands: list[Value], linear: list[bool], attrs: Attrs) -> list[Value]:
    return [b.reduce_precision(cts, **attrs)]


def _lower(h: Any, operands: list[Any], attrs: Attrs, outs: list[Aval]) -> Any:
    x = operands[0]
    exponents, mantissa = attrs["exponent_bits"], attrs["mantissa_bits"]
    full, own = FORMATS[x.dtype]
    if x.dtype in ("f16", "bf16"):  # in f32, where all its numbers are normal ones: a range as wide as its own keeps them all
        x = h.convert(x, "f32")
        exponents = 8 if exponents >= full else exponents
    elif exponents >= full and mantissa >= own:
        return x
    full, own = FORMATS[x.dtype]
    text = f"exponent_bits = {min(exponents, full)} : i32, mantissa_bits = {min(mantissa, own)} : i32"
    return h.convert(h.op("stablehlo.reduce_precision", [x], x.aval, text), outs[0].dtype)


def _examples(make: Any) -> list[Example]:
    exponents, mantissa = FORMATS[make.dtype]
    cases = [((), exponents, mantissa), ((2, 3), exponents, mantissa - 1), ((4,), exponents, mantissa + 5)]
    out: list[Example] = [((make(*shape),), {"exponent_bits": e, "mantissa_bits": m}) for shape, e, m in cases]
    if make.dtype != "f64":  # in f64 derivatives are compared with differences, which steps would spoil
        special = np.array([1.1, -3.3, 1e4, 6e4, 1e-3, 1e-4, np.inf, -np.inf, np.nan, 0.0, -0.0, 1.5, 2.5])
        special = special.astype(T.np_dtype(make.dtype))
        out += [((special,), {"exponent_bits": e, "mantissa_bits": m}) for e, m in ((5, 10), (4, 3), (3, 0), (8, 2))]
    return out


define(
    _NAME,
    ("operand",),
    {"exponent_bits": I64, "mantissa_bits": I64},
    dtypes=T.FLOAT,
    infer=accepts(T.FLOAT, _infer),
    evaluate=_evaluate,
    jvp=jvp_linear(_NAME),
    transpose=_transpose,
    batch=batch_elementwise(_NAME),
    split_complex=REAL_ONLY,
    lower=_lower,
    examples=_examples,
    traits=("elementwise",),
    doc="The operand rounded (to nearest, ties to even) to a format with `exponent_bits` and `mantissa_bits`: numbers that are too "
    "large become infinite, those below its normal ones zero. Tangents are rounded likewise, as in JAX.",
    reference="StableHLO specification, reduce_precision; jax.lax.reduce_precision",
)
