"""The NumPy evaluator: result types, references, narrow element types against wide ones, and that operands stay as they are."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from pullback.dialects import types as T
from pullback.dialects.spec import OpSpec

from .harness import EPS, SPECS, TINY, Case, Lab, aval_of, cases, close, compare, magnitude, pairs, wide
from .references import REFERENCES

#: Agreement with references in f64, in units of precision relative to the largest element: they sum in another order.
ULPS = 32
#: Operations whose references are less accurate than that, or that are.
LOOSE: dict[str, tuple[float, str]] = {
    "pb.pow": (1000, "|y log x| units in the complex power, in both"),
    "pb.recurrence": (64, "rounding of many steps"),
    "pb.special": (64, "rounding of many steps"),
}


@pytest.mark.parametrize(("spec", "dtype"), pairs())
def test_types(spec: OpSpec, dtype: str) -> None:
    """Results have the inferred types, are the same each time, and no operand is written to."""
    for case in cases(spec, dtype):
        for x in case.operands:
            x.setflags(write=False)
        before = [x.copy() for x in case.operands]
        lab = Lab(case)
        first, second = lab(), lab()
        for x, old in zip(case.operands, before, strict=True):
            assert x.tobytes() == old.tobytes(), f"{case} changed an operand"
        for aval, x, y in zip(lab.d.result_avals(lab.name), first, second, strict=True):
            assert aval_of(x) == aval, f"{case}: inferred {aval}, evaluated to {aval_of(x)}"
            assert np.asarray(x).tobytes() == np.asarray(y).tobytes(), f"{case} is not deterministic"


def evaluate(case: Case) -> list[Any]:
    return list(map(np.asarray, Lab(case)()))


def reference(case: Case) -> list[Any]:
    """The reference's results. Element types that NumPy does not have, or computes in more coarsely, are left to `test_narrow`."""
    with np.errstate(all="ignore"):
        out = REFERENCES[case.spec.short](*case.operands, **case.attrs)
    return list(map(np.asarray, out)) if isinstance(out, (list, tuple)) else [np.asarray(out)]


@pytest.mark.parametrize(("spec", "dtype"), pairs(("i1", *T.INTEGER, "f64", "c128")))
def test_reference(spec: OpSpec, dtype: str) -> None:
    ulps = LOOSE.get(spec.name, (ULPS, ""))[0]
    for case in cases(spec, dtype):
        for got, want in zip(evaluate(case), reference(case), strict=True):
            close(got, want, ulps, str(case), None)


def test_references_are_complete() -> None:
    assert set(REFERENCES) == {s.short for s in SPECS}


# Narrow element types --------------------------------------------------------------------------------------------------------
WIDER = {"f16": "f64", "bf16": "f64", "f32": "f64", "c64": "c128"}
#: Operations that are about the representation of numbers.
REPRESENTATION = {
    "pb.bitcast": "reads bits",
    "pb.nextafter": "the neighbour depends on the element type",
    "pb.convert": "rounds on purpose; compared with `references.convert` below",
}
#: Units of precision to which results in a narrow type agree with those in a wide one; 16-bit floats are rounded once.
NARROW_ULPS = {"f16": 1.0, "bf16": 1.0, "f32": 8.0, "c64": 16.0}


def widened(case: Case) -> Case:
    """The same numbers in a wider type."""
    dtype = WIDER[case.dtype]
    narrow = T.np_dtype(case.dtype), T.np_dtype(T.real_of(case.dtype))

    def widen(x: Any) -> Any:
        return wide(x) if x.dtype in narrow else x

    attrs = {k: dtype if k == "dtype" and v == case.dtype else v for k, v in case.attrs.items()}
    if "value" in attrs:
        attrs["value"] = type(attrs["value"])(widen(attrs["value"].array))
    return case._replace(dtype=dtype, operands=tuple(map(widen, case.operands)), attrs=attrs)


@pytest.mark.parametrize(("spec", "dtype"), pairs(tuple(WIDER), lambda spec: spec.name not in REPRESENTATION))
def test_narrow(spec: OpSpec, dtype: str) -> None:
    """A narrow type gives what a wide one does, up to rounding."""
    tol = NARROW_ULPS[dtype] * EPS[dtype]
    for case in cases(spec, dtype):
        for got, want in zip(evaluate(case), evaluate(widened(case)), strict=True):
            if T.is_inexact(aval_of(want).dtype):
                limit = float(np.finfo(np.float32).max if dtype != "f16" else np.finfo(np.float16).max)
                with np.errstate(all="ignore"):
                    want = np.where(np.abs(want) > limit, want * np.inf, want) if dtype != "c64" else want
                compare(got, want, tol, str(case), TINY[dtype] if "elementwise" in spec.traits else magnitude(want))
            else:
                close(got, want, 0, str(case))


@pytest.mark.parametrize(("spec", "dtype"), pairs(tuple(WIDER), lambda spec: spec.name == "pb.convert"))
def test_narrow_conversion(spec: OpSpec, dtype: str) -> None:
    """Through f64, which holds all numbers of the narrow types: integers are truncated from it, floats rounded once."""
    for case in cases(spec, dtype):
        exact = case._replace(operands=tuple(map(wide, case.operands)))
        for got, want in zip(evaluate(case), reference(exact), strict=True):
            close(got, want, 0, str(case), zeros=True)
