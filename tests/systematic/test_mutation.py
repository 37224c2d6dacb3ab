"""No call of compiled code changes its arguments.

IREE may run a scatter, a dynamic_update_slice, a sort or a loop in place, on a function's argument. The lowering copies arguments
that are at risk (`passes.guards`), unless the caller donated them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import pullback
from pullback import lax
from pullback.dialects.builder import Builder
from pullback.dialects.ir import UNKNOWN, Func, Value
from pullback.dialects.spec import OpSpec
from pullback.runtime import get_device

from .compiled import Bundle, Program, Suite, chosen, program, stablehlo
from .harness import SPECS, Lab, cases, close, emit
from .test_compiled import BATCHES, DERIVATIVES, LOOSE, ULPS, VALUES

DTYPES = ("f32", "i32")
#: Operations of which a one-operation function has an argument at risk.
AT_RISK = (
    *("pb.cholesky", "pb.cholesky_pair", "pb.dynamic_update_slice", "pb.geqrf", "pb.geqrf_pair", "pb.lu", "pb.lu_pair", "pb.qr"),
    *("pb.recurrence", "pb.scatter", "pb.solve", "pb.sort", "pb.svd", "pb.triangular_solve", "pb.tridiagonal_solve"),
)


def returning_programs(spec: OpSpec, dtype: str) -> Iterator[Program]:
    """Functions that also return their arguments, before and after the results; and that apply an operation at risk twice."""
    for case in chosen(cases(spec, dtype), 1):
        lab = Lab(case)

        def around(b: Builder, values: list[Value], case: Any = case) -> list[Value]:
            return [*values, *emit(b, case, values), *values]

        name = lab.d.build("f.around", lab.avals, around, UNKNOWN)
        yield program(f"{case} that returns its arguments", lab, name, case.operands)
        results = lab.d.result_avals(lab.name)
        if spec.name in AT_RISK and len(results) == 1 and results[0] == lab.avals[0]:

            def twice(b: Builder, values: list[Value], case: Any = case) -> list[Value]:
                once = emit(b, case, values)
                return [*emit(b, case, [*once, *values[1:]]), *once]

            name = lab.d.build("f.twice", lab.avals, twice, UNKNOWN)
            yield program(f"{case} applied twice", lab, name, case.operands)


def donating_programs(spec: OpSpec, dtype: str) -> Iterator[Program]:
    """Functions whose arguments are donated, where that makes a difference: where an argument would else be copied."""
    for case in chosen(cases(spec, dtype), 2):
        lab = Lab(case)
        func = lab.d.prepared(lab.name)
        if "%arg0_in" in stablehlo({"f": func}) or "%arg1_in" in stablehlo({"f": func}):
            donating = Func("f.donating")
            donating.args, donating.ops, donating.results = func.args, func.ops, func.results
            donating.donated = tuple(range(len(func.args)))
            yield Program(f"{case} with donated arguments", donating, list(case.operands), lab())


RETURNING = Suite("returning", returning_programs, DTYPES)
DONATING = Suite("donating", donating_programs, DTYPES, lambda spec: spec.name in AT_RISK)


def check(bundle: Bundle, numbers: range) -> None:
    """Two calls with the same buffers: the buffers keep their contents, and the results are the same."""
    device = get_device("cpu")
    for i in numbers:
        p = bundle.programs[i]
        run = bundle.executable(i)
        originals = [np.array(x) for x in p.arrays]
        buffers = [device.to_device(x) for x in p.arrays]
        first = [x.tobytes() for x in run.read(run(buffers))]
        second = [x.tobytes() for x in run.read(run(buffers))]
        for k, (x, buffer, (shape, dtype)) in enumerate(zip(originals, buffers, run.in_types, strict=True)):
            assert p.arrays[k].tobytes() == x.tobytes(), f"{p.note}: host array {k} has changed"
            assert device.read(buffer, shape, dtype).tobytes() == x.tobytes(), f"{p.note}: argument {k} has changed"
        assert first == second, f"{p.note}: the second call with the same arguments gives other results"


def parameters(*suites: Suite) -> list[Any]:
    return [pytest.param(suite, *p.values, id=p.id) for suite in suites for p in suite.parameters() if p.values[1] in DTYPES]


@pytest.mark.parametrize(("suite", "spec", "dtype", "number"), parameters(VALUES, DERIVATIVES, BATCHES, RETURNING))
def test_arguments_stay(suite: Suite, spec: OpSpec, dtype: str, number: int) -> None:
    check(*suite.of(spec, dtype, number))


@pytest.mark.parametrize(("suite", "spec", "dtype", "number"), parameters(RETURNING, DONATING))
def test_results(suite: Suite, spec: OpSpec, dtype: str, number: int) -> None:
    """Results are right also if arguments are returned, or are donated and may be overwritten."""
    bundle, numbers = suite.of(spec, dtype, number)
    for i in numbers:
        p = bundle.programs[i]
        for k, (got, want) in enumerate(zip(bundle.run(i), p.want, strict=True)):
            close(got, want, 8 * LOOSE.get(spec.name, (ULPS, ""))[0], f"result {k} of {p.note}", None)


def test_at_risk() -> None:
    found = {spec.name for spec in SPECS for dtype in DTYPES if dtype in spec.dtypes and any(donating_programs(spec, dtype))}
    assert found == set(AT_RISK)


# The frontend's path ---------------------------------------------------------------------------------------------------------
def update(x: Any, y: Any) -> Any:
    return lax.dynamic_update_slice(x, y, (1,)), x


def sort(x: Any, y: Any) -> Any:
    return lax.sort(x), y


def scatter(x: Any, y: Any) -> Any:
    return x.at[np.array([0, 2, 2])].add(y), y


def loop(x: Any, y: Any) -> Any:
    return lax.fori_loop(0, 3, lambda i, c: c.at[i].set(y[i]), x)


@pytest.mark.parametrize("function", [update, sort, scatter, loop])
def test_jit(function: Any) -> None:
    """Arrays that are passed to a jitted function, twice and as both arguments, keep their values."""
    x, y = pullback.numpy.asarray([5.0, 1.0, 4.0, 2.0]), pullback.numpy.asarray([7.0, 8.0, 9.0])
    before = np.array(x), np.array(y)
    compiled = pullback.jit(function)
    first, second = compiled(x, y), compiled(x, y)
    for a, b, c in zip(*(pullback.tree_util.tree_leaves(t) for t in (first, second, function(x, y))), strict=True):
        np.testing.assert_array_equal(a, b)
        np.testing.assert_array_equal(a, c)
    np.testing.assert_array_equal(x, before[0])
    np.testing.assert_array_equal(y, before[1])


def test_jit_one_array_twice() -> None:
    x = pullback.numpy.asarray([3.0, 1.0, 2.0])
    f = pullback.jit(lambda a, b: (a.at[0].set(9.0), b, a))
    for _ in range(2):
        changed, same, also = f(x, x)
        np.testing.assert_array_equal(changed, [9.0, 1.0, 2.0])
        np.testing.assert_array_equal(same, [3.0, 1.0, 2.0])
        np.testing.assert_array_equal(also, [3.0, 1.0, 2.0])
    np.testing.assert_array_equal(x, [3.0, 1.0, 2.0])


def test_jit_donated() -> None:
    """A donated array may be reused for a result, and must not be used again."""
    f = pullback.jit(lambda a: a.at[0].set(9.0), donate_argnums=0)
    for _ in range(3):
        np.testing.assert_array_equal(f(pullback.numpy.asarray([3.0, 1.0, 2.0])), [9.0, 1.0, 2.0])
