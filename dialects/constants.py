"""Values that come from no operand: constants and iota."""

from __future__ import annotations

from typing import Any

import numpy as np

from . import types as T
from .builder import Builder
from .ir import Dense
from .spec import DENSE, DTYPE, I64, I64S, ZERO, Example, NoRule, OpError, define
from .types import Aval

_NEVER_BATCHED = NoRule("the operation has no operands, so none of them can be batched")


# constant ------------------------------------------------------------------------------------------------------------------
def _constant_evaluate(*, value: Dense) -> Any:
    """The stored array; a splat is returned as its one element, which the interpreter broadcasts to the result's type."""
    return value.array


def _constant_lower(h: Any, operands: list[Any], attrs: dict[str, Any], outs: list[Aval]) -> Any:
    return h.const(attrs["value"].array, outs[0])


def _constant_split(b: Builder, operands: list[Any], attrs: dict[str, Any], outs: list[Aval]) -> Any:
    array, out = attrs["value"].array, outs[0]
    if array.ndim == 0:
        part = T.real_of(out.dtype)
        return b.full(out.shape, part, array.real), b.full(out.shape, part, array.imag)
    return b.const(np.ascontiguousarray(array.real)), b.const(np.ascontiguousarray(array.imag))


define(
    "pb.constant",
    (),
    {"value": DENSE},
    dtypes=T.DTYPES,
    infer=None,  # a splat does not know the shape it fills: built with Builder.const and Builder.full
    evaluate=_constant_evaluate,
    jvp=ZERO,
    batch=_NEVER_BATCHED,
    split_complex=_constant_split,
    lower=_constant_lower,
    examples=lambda make: [((), {"value": Dense(make(2, 3))}), ((), {"value": Dense(make())}), ((), {"value": Dense(make(0, 2))})],
    traits=("constant",),
    doc="A constant array. An attribute of rank 0 is a splat: the one element fills the whole result.",
    reference="StableHLO specification, constant",
)


# iota ----------------------------------------------------------------------------------------------------------------------
def _iota_infer(*, shape: Any, dtype: str, dim: int) -> Aval:
    if dtype == "i1":
        raise OpError("iota has no boolean form")
    if not 0 <= dim < len(shape):
        raise OpError(f"dimension {dim} is out of range for shape {tuple(shape)}")
    return Aval(tuple(shape), dtype)


def _iota_evaluate(*, shape: Any, dtype: str, dim: int) -> Any:
    with np.errstate(all="ignore"):  # float16 overflows to infinity beyond 65504, small integers wrap
        line = np.arange(shape[dim], dtype=np.int64).astype(T.np_dtype(dtype))
    if len(shape) == 1:
        return line
    out = np.empty(shape, line.dtype)
    out[...] = line.reshape([shape[dim] if i == dim else 1 for i in range(len(shape))])
    return out


def _iota_split(b: Builder, operands: list[Any], attrs: dict[str, Any], outs: list[Aval]) -> Any:
    part = T.real_of(attrs["dtype"])
    return b.iota(shape=attrs["shape"], dtype=part, dim=attrs["dim"]), b.full(attrs["shape"], part, 0)


def _iota_lower(h: Any, operands: list[Any], attrs: dict[str, Any], outs: list[Aval]) -> Any:
    return h.iota(outs[0], attrs["dim"])


def _iota_examples(make: Any) -> list[Example]:
    return [
        ((), {"shape": shape, "dtype": make.dtype, "dim": dim}) for shape, dim in (((5,), 0), ((2, 3), 1), ((3, 2), 0), ((0, 2), 0))
    ]


define(
    "pb.iota",
    (),
    {"shape": I64S, "dtype": DTYPE, "dim": I64},
    dtypes=T.NUMBER,
    infer=_iota_infer,
    evaluate=_iota_evaluate,
    jvp=ZERO,
    batch=_NEVER_BATCHED,
    split_complex=_iota_split,
    lower=_iota_lower,
    examples=_iota_examples,
    doc="An array of the given shape whose elements are their own index along `dim`.",
    reference="StableHLO specification, iota",
)
