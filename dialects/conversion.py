"""Conversion between element types: convert (of values) and bitcast (of bits)."""

from __future__ import annotations

from typing import Any

import numpy as np

from . import types as T
from .builder import Builder
from .elementwise_rules import REAL_ONLY, exact
from .ir import Value
from .rules import ZERO, accepts, batch_elementwise, lower_to
from .spec import DTYPE, Example, OpError, define
from .types import Aval

Attrs = dict[str, Any]


# Limits of float -> integer ----------------------------------------------------------------------------------------------------
def _limits(source: str, target: str) -> tuple[Any, Any, float, float]:
    """(low, high, below, above): floats of type `source` in [low, high] fit the integer type `target`; those not above
    `below`, and not below `above`, saturate."""
    np_source = T.np_dtype(source)
    info, finfo = np.iinfo(T.np_dtype(target)), T.finfo(source)
    largest = float(finfo.max)
    above = float(info.max + 1)  # a power of two
    high = np.nextafter(np_source.type(above), np_source.type(0)) if above <= largest else finfo.max
    low = np_source.type(max(float(info.min), -largest))
    return low, high, float(info.min) if info.min >= -largest else -np.inf, above if above <= largest else np.inf


def _to_integer(x: Any, dtype: Any) -> Any:
    if x.dtype.itemsize == 2:
        x = x.astype(np.float32)  # exact
    info = np.iinfo(dtype)
    low, high, below, above = _limits(T.from_np(x.dtype), T.from_np(dtype))
    out = np.where(np.isnan(x), 0, np.clip(x, low, high)).astype(dtype)
    return np.where(x >= above, dtype.type(info.max), np.where(x <= below, dtype.type(info.min), out))


# convert -----------------------------------------------------------------------------------------------------------------------
def _convert(x: Any, *, dtype: str) -> Any:
    target = T.np_dtype(dtype)
    if x.dtype.kind == "c" and not T.is_complex(dtype):
        if dtype == "i1":
            return x != 0
        x = x.real
    if dtype == "i1":
        return x != 0
    if T.is_integer(dtype) and x.dtype.kind not in "biu":
        return _to_integer(x, target)
    return x.astype(target)


def _convert_infer(x: Aval, *, dtype: str) -> Aval:
    if dtype not in T.DTYPES:
        raise OpError(f"{dtype!r} is no element type of the dialect")
    return Aval(x.shape, dtype)


def _convert_jvp(b: Builder, primals: list[Value], tangents: list[Value | None], outs: list[Value], attrs: Attrs) -> Value | None:
    """Linear between floats and complex numbers; to and from integers there is no tangent."""
    dx, dtype = tangents[0], attrs["dtype"]
    return b.convert(dx, dtype=dtype) if dx is not None and T.is_inexact(dtype) else None


def _convert_transpose(b: Builder, cts: Value, operands: list[Value], linear: list[bool], attrs: Attrs) -> list[Value]:
    return [b.convert(cts, dtype=operands[0].dtype)]


def _convert_lower(h: Any, operands: list[Any], attrs: Attrs, outs: list[Aval]) -> Any:
    (x,), dtype = operands, attrs["dtype"]
    if x.dtype == dtype:
        return x
    if dtype == "i1":
        return h.compare("NE", x, 0)
    if T.is_integer(dtype) and T.is_float(x.dtype):
        return _lower_to_integer(h, x, dtype)
    return h.convert(x, dtype)


def _lower_to_integer(h: Any, x: Any, dtype: str) -> Any:
    """Saturates and maps NaN to 0, for the processor's conversion gives garbage out of range."""
    if x.dtype in ("f16", "bf16"):
        x = h.convert(x, "f32")
    low, high, below, above = _limits(x.dtype, dtype)
    info = np.iinfo(T.np_dtype(dtype))
    number = h.select(h.compare("NE", x, x), h.full_like(x, 0), x)
    inside = h.op("stablehlo.clamp", [h.full_like(x, low), number, h.full_like(x, high)], x.aval)
    out = h.convert(inside, dtype)
    out = h.select(h.compare("GE", x, above), h.full_like(out, info.max), out)
    return h.select(h.compare("LE", x, below), h.full_like(out, info.min), out)


def _convert_split(b: Builder, operands: list[Any], attrs: Attrs, outs: list[Aval]) -> Any:
    (x,), dtype = operands, attrs["dtype"]
    if not isinstance(x, tuple):  # real to complex
        re = b.cast(x, T.real_of(dtype))
        return re, b.full_like(re, 0)
    if T.is_complex(dtype):
        return b.cast(x[0], T.real_of(dtype)), b.cast(x[1], T.real_of(dtype))
    if dtype == "i1":
        return b.or_(b.compare(x[0], 0, direction="NE"), b.compare(x[1], 0, direction="NE"))
    return b.cast(x[0], dtype)


def _convert_examples(make: Any) -> list[Example]:
    out: list[Example] = [((make(2, 3),), {"dtype": dtype}) for dtype in T.DTYPES]
    if T.is_float(make.dtype):
        odd = np.array([np.nan, np.inf, -np.inf, 3e4, -3e4, -0.0, 1.9, -1.9]).astype(T.np_dtype(make.dtype))
        out += [((odd,), {"dtype": dtype}) for dtype in (*T.BOOL, *T.INTEGER, "f32", "f64")]
    return [*out, ((make(),), {"dtype": "f32"}), ((make(0, 2),), {"dtype": "f64"})]


define(
    "pb.convert",
    ("operand",),
    {"dtype": DTYPE},
    dtypes=T.DTYPES,
    infer=_convert_infer,
    evaluate=exact(_convert),
    jvp=_convert_jvp,
    transpose=_convert_transpose,
    batch=batch_elementwise("pb.convert"),
    lower=_convert_lower,
    split_complex=_convert_split,
    examples=_convert_examples,
    traits=("elementwise", "linear"),
    doc="The value in another element type. Floats become integers by truncation toward zero, saturating, with NaN to 0; "
    "booleans by comparison with 0; complex numbers become real by dropping the imaginary part.",
    reference="StableHLO specification, convert; XLA's CPU backend for values out of range",
)


# bitcast -----------------------------------------------------------------------------------------------------------------------
def _bitcast_infer(x: Aval, *, dtype: str) -> Aval:
    if dtype not in T.REAL or T.BITS[dtype] != T.BITS[x.dtype]:
        raise OpError(f"bits of {x} cannot be read as {dtype}: integer and float types of one width are accepted")
    return Aval(x.shape, dtype)


def _bitcast_examples(make: Any) -> list[Example]:
    width = T.BITS[make.dtype]
    return [((make(*s),), {"dtype": d}) for d in T.REAL if T.BITS[d] == width for s in ((), (2, 3))]


define(
    "pb.bitcast",
    ("operand",),
    {"dtype": DTYPE},
    dtypes=T.REAL,
    infer=accepts(T.REAL, _bitcast_infer),
    evaluate=lambda x, *, dtype: x.view(T.np_dtype(dtype)),
    jvp=ZERO,
    batch=batch_elementwise("pb.bitcast"),
    lower=lower_to("bitcast_convert"),
    split_complex=REAL_ONLY,
    examples=_bitcast_examples,
    traits=("elementwise",),
    doc="The same bits read as another element type of the same width.",
    reference="StableHLO specification, bitcast_convert",
)
