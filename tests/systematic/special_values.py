"""Operands with the values at which elementwise operations differ between implementations: NaN, infinities, zeros of either sign,
the largest numbers, the ends of the integer ranges. Subnormal numbers are left out: compiled code takes them for zero."""

from __future__ import annotations

from itertools import product
from typing import Any

import ml_dtypes
import numpy as np

from pullback.dialects import types as T
from pullback.dialects.spec import OpSpec

from .harness import Case, aval_of, cases, seed_of

#: With three or more operands of the element type, this many random tuples of values instead of all.
TUPLES = 60

_CANCELLING = "the series has terms that cancel at such values: f32 then loses what f64 has"
#: Kinds of pb.special that are tested on the values of their examples only, and why.
ORDINARY_ONLY = {
    "boxcox": "overflows or not by one rounding",
    "boxcox1p": "overflows or not by one rounding",
    "hurwitz_zeta_slope": "zeros of either sign",
    "hyp1f1": _CANCELLING,
    "hyp1f1_by_a": _CANCELLING,
    "hyp1f1_by_b": _CANCELLING,
    "hyp2f1": _CANCELLING,
    "hyp2f1_by_a": _CANCELLING,
    "hyp2f1_by_c": _CANCELLING,
    "legendre": "the degree is a whole number, but none in f32 at infinity",
    "wofz_re": "a cosine of 2 x y, which overflows",
}


def values(dtype: str) -> Any:
    """The special values of an element type, with some ordinary ones between them."""
    np_dtype = T.np_dtype(dtype)
    if dtype == "i1":
        return np.asarray([False, True])
    if T.is_integer(dtype):
        info = np.iinfo(np_dtype)
        numbers = {info.min, info.min + 1, -7, -1, 0, 1, 2, 5, info.bits - 1, info.bits, info.max // 2 + 1, info.max - 1, info.max}
        return np.asarray(sorted(v for v in numbers if info.min <= v <= info.max), np_dtype)
    if T.is_complex(dtype):  # on both sides of branch cuts
        real, imag = (-2.0, -1.0, -0.5, -0.0, 0.0, 0.5, 1.0, 2.0), (-1.5, -1.0, -0.0, 0.0, 1.0, 1.5)
        return np.asarray([complex(x, y) for x in real for y in imag], np_dtype)
    largest = float(ml_dtypes.finfo(np_dtype).max)
    numbers = [np.nan, np.inf, -np.inf, 0.0, -0.0, 0.5, -0.5, 1.0, -1.0, 1.5, -2.0, 2.5, -3.0, 40.0, -100.0, largest, -largest]
    return np.asarray(numbers).astype(np_dtype)


def accepts_special_values(spec: OpSpec) -> bool:
    return "elementwise" in spec.traits


def joinable(case: Case) -> bool:
    """Whether the case's values are among those of the special case with its attributes, so that one function tests both."""
    shapes = {x.shape for x in case.operands}
    return len(shapes) == 1 and case.operands[0].size > 1 and case.attrs.get("kind") not in ORDINARY_ONLY


def special_cases(spec: OpSpec, dtype: str) -> list[Case]:
    """One case for each set of attributes in the operation's examples: their values and all combinations of special ones."""
    out: dict[str, Case] = {}
    for case in cases(spec, dtype):
        if case.attrs.get("kind") in ORDINARY_ONLY or not all(aval_of(x).size for x in case.operands):
            continue
        key = repr((case.attrs, [x.dtype for x in case.operands]))
        if key in out:
            if joinable(case):
                joined = [np.concatenate([x, y.reshape(-1)]) for x, y in zip(out[key].operands, case.operands, strict=True)]
                out[key] = out[key]._replace(operands=tuple(joined))
            continue
        tested = [x.dtype == T.np_dtype(dtype) for x in case.operands]
        n = sum(tested)
        special = values(dtype)
        rng = np.random.default_rng(seed_of("special", spec.name, dtype))
        if n <= 2:
            rows = np.asarray(list(product(range(len(special)), repeat=n)))
        else:
            rows = rng.integers(0, len(special), (TUPLES, n))
        if T.is_complex(dtype) and (spec.name == "pb.div" or case.attrs.get("y", 0) < 0):
            rows = rows[special[rows[:, -1]] != 0]  # NumPy's infinities ignore the sign of a zero divisor, C's do not
        columns = iter(special[rows.T])
        others = (rng.choice(x.reshape(-1), len(rows)) for x, on in zip(case.operands, tested) if not on)
        operands = [next(columns) if on else next(others) for on in tested]
        if len({x.shape for x in case.operands}) == 1:
            operands = [np.concatenate([x.reshape(-1), y]) for x, y in zip(case.operands, operands, strict=True)]
        out[key] = case._replace(index=-1 - len(out), operands=tuple(operands))
    return list(out.values())
