"""Forward mode: the jvp of every operation against central differences, with all and with single operands active."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from pullback.dialects import types as T
from pullback.dialects.spec import TABLE, ZERO, NotDifferentiable, NotDifferentiableError, OpSpec

from .harness import EPS, Case, Lab, aval_of, cases, compare, differentiable, magnitude, pairs, seed_of, smooth_cases, wide

STEP = 1e-6
#: Error of a central difference: 1e-12 from its cut-off, and 1e-16 / STEP from rounding, relative to the function's value.
TOLERANCE = 2e-8


def accuracy(outs: list[Any]) -> tuple[float, float]:
    """Step and tolerance of differences of these results. The only results that are narrower than what they are computed from
    are those of conversions, which are linear: there the step can be as large as the rounding demands."""
    eps = max((EPS[a.dtype] for a in map(aval_of, outs) if T.is_inexact(a.dtype)), default=0.0)
    return (STEP, TOLERANCE) if eps < 1e-12 else (0.5, 8 * eps)


def differences(f: Any, args: list[Any], tangents: list[Any], mask: tuple[bool, ...], step: float = STEP) -> list[Any]:
    """Central differences of the results of `f` in the direction of the tangents."""

    def shifted(h: float) -> list[Any]:
        it = iter(tangents)
        return f([np.asarray(x + h * next(it)).astype(x.dtype) if on else x for x, on in zip(args, mask)])

    return [(wide(hi) - wide(lo)) / (2 * step) if inexact(hi) else None for hi, lo in zip(shifted(step), shifted(-step))]


def inexact(x: Any) -> bool:
    return T.is_inexact(aval_of(x).dtype)


@pytest.mark.parametrize(("spec", "dtype"), pairs(("f64", "c128"), differentiable))
def test_jvp(spec: OpSpec, dtype: str) -> None:
    for case in smooth_cases(spec, dtype):
        lab = Lab(case)
        rng = np.random.default_rng(seed_of("tangents", str(case)))
        for mask in lab.masks():
            check(case, lab, mask, lab.tangents(mask, rng))


def check(case: Case, lab: Lab, mask: tuple[bool, ...], tangents: list[Any]) -> None:
    note = f"jvp of {case}, active {mask}"
    args = list(case.operands)
    outs = lab(*args)
    results = lab.run(lab.jvp(mask), [*args, *tangents])
    n = len(outs)
    for got, want in zip(results[:n], outs, strict=True):
        np.testing.assert_array_equal(got, want, err_msg=f"primal results of the {note}")
    derivatives = iter(results[n:])
    step, tolerance = accuracy(outs)
    numbers = differences(lambda xs: lab.run(lab.name, xs), args, tangents, mask, step)
    for out, number in zip(outs, numbers, strict=True):
        if number is not None:
            got = np.asarray(next(derivatives))
            assert got.dtype == np.asarray(out).dtype, note
            compare(got, number, tolerance, note, max(magnitude(number), magnitude(out), 1.0))


@pytest.mark.parametrize(("spec", "dtype"), pairs(T.INEXACT, lambda spec: spec.jvp is ZERO))
def test_zero(spec: OpSpec, dtype: str) -> None:
    """An operation that is declared to have no derivative gets no tangent, and its differences vanish."""
    for case in cases(spec, dtype):
        lab = Lab(case)
        for mask in lab.masks():
            assert not any(lab.d.jvp(lab.name, mask).mask), f"{case} has a tangent"
            lin = lab.d.linearize(lab.name, mask)
            assert not any(lin.mask), f"{case} has a linear part"


@pytest.mark.parametrize(("spec", "dtype"), pairs(T.INEXACT, lambda spec: isinstance(spec.jvp, NotDifferentiable)))
def test_not_differentiable(spec: OpSpec, dtype: str) -> None:
    """The error names the operation and says why."""
    for case in cases(spec, dtype):
        lab = Lab(case)
        for mask in lab.masks():
            with pytest.raises(NotDifferentiableError, match=spec.name) as error:
                lab.d.jvp(lab.name, mask)
            assert spec.jvp.why in str(error.value)  # type: ignore[union-attr]


INF = float("inf")
# operation, attributes, operands, tangents, derivative: what JAX gives at kinks, jumps, poles and ties
CONVENTIONS: list[tuple[str, dict[str, Any], list[Any], list[Any], Any]] = [
    ("log", {}, [[0.0]], [[1.0]], [INF]),
    ("sqrt", {}, [[0.0]], [[1.0]], [INF]),
    ("rsqrt", {}, [[0.0]], [[1.0]], [-INF]),
    ("cbrt", {}, [[0.0]], [[1.0]], [INF]),
    ("log1p", {}, [[-1.0]], [[1.0]], [INF]),
    ("asin", {}, [[1.0]], [[1.0]], [INF]),
    ("atanh", {}, [[1.0]], [[1.0]], [INF]),
    ("erf_inv", {}, [[-1.0, 1.0]], [[1.0, 1.0]], [INF, INF]),
    ("logistic", {}, [[-INF, INF]], [[1.0, 1.0]], [0.0, 0.0]),
    ("tanh", {}, [[-INF, INF]], [[1.0, 1.0]], [0.0, 0.0]),
    ("exp", {}, [[-INF]], [[1.0]], [0.0]),
    ("abs", {}, [[0.0, -0.0]], [[1.0, 1.0]], [1.0, 1.0]),
    ("sign", {}, [[0.0, 1.0]], [[1.0, 1.0]], [0.0, 0.0]),
    ("max", {}, [[1.0, 2.0], [1.0, 3.0]], [[1.0, 1.0], [10.0, 10.0]], [5.5, 10.0]),
    ("min", {}, [[1.0, 2.0], [1.0, 3.0]], [[1.0, 1.0], [10.0, 10.0]], [5.5, 1.0]),
    ("reduce_max", {"axes": (0,)}, [[2.0, 1.0, 2.0]], [[1.0, 10.0, 100.0]], 50.5),
    ("reduce_min", {"axes": (0,)}, [[2.0, 1.0, 1.0, 1.0]], [[1.0, 10.0, 100.0, 1000.0]], 370.0),
    ("reduce_prod", {"axes": (0,)}, [[0.0, 2.0, 3.0]], [[1.0, 10.0, 100.0]], 6.0),
    ("reduce_prod", {"axes": (0,)}, [[0.0, 0.0, 3.0]], [[1.0, 10.0, 100.0]], 0.0),
    ("cumprod", {"axis": 0, "reverse": False}, [[0.0, 2.0, 3.0]], [[1.0, 10.0, 100.0]], [1.0, 2.0, 6.0]),
    ("integer_pow", {"y": 2}, [[0.0]], [[1.0]], [0.0]),
    ("integer_pow", {"y": 1}, [[0.0]], [[1.0]], [1.0]),
    ("integer_pow", {"y": 0}, [[0.0]], [[1.0]], [0.0]),
    ("pow", {}, [[0.0], [2.0]], [[1.0], [1.0]], [0.0]),
    ("pow", {}, [[0.0], [1.0]], [[1.0], [1.0]], [1.0]),
    ("clamp", {}, [[0.0] * 3, [-1.0, 0.5, 2.0], [1.0] * 3], [[1.0] * 3, [10.0] * 3, [100.0] * 3], [1.0, 10.0, 100.0]),
]


@pytest.mark.parametrize("dtype", ["f32", "f64"])
@pytest.mark.parametrize("row", CONVENTIONS, ids=lambda row: f"{row[0]}-{row[2]}")
def test_conventions(row: tuple[str, dict[str, Any], list[Any], list[Any], Any], dtype: str) -> None:
    """Derivatives where differences say nothing."""
    name, attrs, operands, tangents, want = row
    spec, np_dtype = TABLE[f"pb.{name}"], T.np_dtype(dtype)
    case = Case(spec, dtype, 0, tuple(np.asarray(x, np_dtype) for x in operands), attrs)
    lab = Lab(case)
    got = lab.run(lab.jvp([True] * len(operands)), [*case.operands, *(np.asarray(t, np_dtype) for t in tangents)])[-1]
    np.testing.assert_allclose(got, np.asarray(want, np_dtype), rtol=1e-6, err_msg=name)
