"""Compiled code against the evaluator: every operation in every element type, its derivatives and its batched form."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from pullback.dialects import types as T
from pullback.dialects.spec import NoRule, OpSpec

from .compiled import Program, Suite, chosen, program
from .harness import EPS, TINY, Lab, aval_of, cases, close, differentiable, magnitude, random, seed_of
from .special_values import accepts_special_values, joinable, special_cases

#: Batch size of the compiled batched forms.
SIZE = 3


def value_programs(spec: OpSpec, dtype: str) -> Iterator[Program]:
    """All examples in f32, where most users are; some in the other element types, other ones in each. Elementwise operations are
    tested on special values along with those of the examples."""
    examples = cases(spec, dtype)
    special = special_cases(spec, dtype) if accepts_special_values(spec) else []
    if dtype == "f32":
        examples = [c for c in examples if not (special and joinable(c))]
    else:
        examples = [] if special else chosen(examples, 2 if dtype in ("i1", "i32", "f64", "c64") else 1)
        special = chosen(special, 2)
    for case in [*examples, *special]:
        lab = Lab(case)
        yield program(str(case), lab, lab.name, case.operands)


def derivative_programs(spec: OpSpec, dtype: str) -> Iterator[Program]:
    """The vjp, forward and backward in one function, and in f32 the jvp."""
    for i, case in enumerate(chosen(cases(spec, dtype), 2 if dtype == "f32" else 1)):
        lab = Lab(case)
        for mask in list(lab.masks())[:1]:
            rng = np.random.default_rng(seed_of("compiled", str(case)))
            args = list(case.operands)
            if dtype == "f32" and i == 0:
                yield program(f"jvp of {case}", lab, lab.jvp(mask), [*args, *lab.tangents(mask, rng)])
            vjp, active = lab.vjp(mask)
            if active:
                cts = [random(a, rng) for a in lab.d.arg_avals(vjp)[len(args) :]]
                yield program(f"vjp of {case}", lab, vjp, [*args, *cts])


def batch_programs(spec: OpSpec, dtype: str) -> Iterator[Program]:
    """With all operands batched, and with the first one only."""
    variants = list(zip(*(cases(spec, dtype, seed) for seed in range(SIZE)), strict=True))
    for example in chosen([v[0] for v in variants], 2):
        lab = Lab(example)
        n = len(example.operands)
        for mask in {(True,) * n, (True, *(False,) * (n - 1))}:
            operands = [[case.operands[i] for case in variants[example.index]] for i in range(n)]
            args = [np.stack(xs) if on else xs[0] for xs, on in zip(operands, mask)]
            yield program(f"vmap of {example}, batched {mask}", lab, lab.d.batch(lab.name, mask, SIZE).name, args)


def batchable(spec: OpSpec) -> bool:
    return not isinstance(spec.batch, NoRule)


VALUES = Suite("values", value_programs, T.DTYPES)
DERIVATIVES = Suite("derivatives", derivative_programs, ("f32", "f64", "c64"), differentiable)
BATCHES = Suite("batches", batch_programs, ("f32",), batchable)

#: Units of precision by which compiled code may differ from the evaluator: both round differently than exact arithmetic.
ULPS = 16
LOOSE: dict[str, tuple[float, str]] = {
    "pb.digamma": (64, "cancellation in the reflection formula, at negative operands"),
    "pb.betainc": (512, "the exponent of the density, which is large in the tails, is rounded"),
    "pb.igamma": (512, "the exponent of the density, which is large in the tails, is rounded"),
    "pb.igamma_grad_a": (512, "the exponent of the density, which is large in the tails, is rounded"),
    "pb.igammac": (512, "the exponent of the density, which is large in the tails, is rounded"),
    "pb.lgamma": (64, "cancellation next to its zeros"),
    "pb.polygamma": (64, "cancellation in the reflection formula, at negative operands"),
    "pb.random_gamma_grad": (512, "steps of a recurrence; subnormal quotients"),
    "pb.recurrence": (64, "steps of a recurrence"),
    "pb.special": (512, "formulas of many steps, with exponents that are large in the tails"),
    "pb.zeta": (64, "cancellation in the reflection formula, at negative operands"),
}
#: Operations whose results may be zeros of the other sign.
ANY_ZERO: dict[str, str] = {
    "pb.max": "IEEE 754-2008 leaves the sign of max(-0.0, 0.0) open",
    "pb.min": "as of max",
    "pb.clamp": "consists of max and min",
}


def check(suite: Suite, spec: OpSpec, dtype: str, number: int, factor: float = 1) -> None:
    bundle, numbers = suite.of(spec, dtype, number)
    elementwise = suite is VALUES and "elementwise" in spec.traits
    zeros = elementwise and not T.is_complex(dtype) and spec.name not in ANY_ZERO
    ulps = factor * LOOSE.get(spec.name, (ULPS, ""))[0]
    problems = []
    for i in numbers:
        p = bundle.programs[i]
        try:
            for k, (got, want) in enumerate(zip(bundle.run(i), p.want, strict=True)):
                # elements of elementwise results are accurate one by one, those of others relative to the largest
                floor = TINY[name] / EPS[name] if T.is_inexact(name := aval_of(want).dtype) else 0.0
                scale = floor if elementwise else max(floor, magnitude(want))
                close(got, want, ulps, f"result {k} of the compiled {p.note}", scale, zeros)
        except AssertionError as error:
            problems.append(str(error))
    assert not problems, "\n".join(problems)


@pytest.mark.parametrize(("spec", "dtype", "number"), VALUES.parameters())
def test_values(spec: OpSpec, dtype: str, number: int) -> None:
    check(VALUES, spec, dtype, number)


@pytest.mark.parametrize(("spec", "dtype", "number"), DERIVATIVES.parameters())
def test_derivatives(spec: OpSpec, dtype: str, number: int) -> None:
    check(DERIVATIVES, spec, dtype, number, 8)


@pytest.mark.parametrize(("spec", "dtype", "number"), BATCHES.parameters())
def test_batches(spec: OpSpec, dtype: str, number: int) -> None:
    check(BATCHES, spec, dtype, number)
