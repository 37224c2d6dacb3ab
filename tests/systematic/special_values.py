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

#: Kinds of pb.special that sum a series whose terms cancel at such values: f32 then loses what f64 has.
CANCELLING = ("hyp1f1", "hyp1f1_by_a", "hyp1f1_by_b", "hyp2f1", "hyp2f1_by_a", "hyp2f1_by_c")


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


def special_cases(spec: OpSpec, dtype: str) -> list[Case]:
    """One case for each set of attributes in the operation's examples, with their values and all combinations of special ones."""
    out: dict[str, Case] = {}
    for case in cases(spec, dtype):
        if case.attrs.get("kind") in CANCELLING:
            continue
        if repr(case.attrs) in out or not all(aval_of(x).size for x in case.operands):
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
        if len({x.shape for x in case.operands}) == 1:  # and the example's own values, so that one function tests both
            operands = [np.concatenate([x.reshape(-1), y]) for x, y in zip(case.operands, operands, strict=True)]
        out[repr(case.attrs)] = case._replace(index=-1 - len(out), operands=tuple(operands))
    return list(out.values())
