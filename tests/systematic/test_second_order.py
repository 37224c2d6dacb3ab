"""Second derivatives: derivatives of the jvp and of the vjp of every differentiable operation against differences of those."""

from __future__ import annotations

import numpy as np
import pytest

from pullback.dialects import types as T
from pullback.dialects.ir import Symbol
from pullback.dialects.spec import OpSpec

from .harness import (
    EPS,
    FIRST_ORDER,
    Case,
    Lab,
    aval_of,
    compare,
    differentiable,
    magnitude,
    pairing,
    pairs,
    random,
    seed_of,
    smooth_cases,
)
from .test_jvp import accuracy, differences


@pytest.mark.parametrize(("spec", "dtype"), pairs(("f64", "c128"), differentiable))
def test_second_order(spec: OpSpec, dtype: str) -> None:
    for case in smooth_cases(spec, dtype):
        lab = Lab(case)
        first_order = FIRST_ORDER.get(case.attrs.get("kind", spec.name), ())
        for mask in [tuple(on and i not in first_order for i, on in enumerate(m)) for m in lab.masks()][:1]:
            check(case, lab, lab.jvp(mask), mask, "jvp")
            vjp, active = lab.vjp(mask)
            if active:
                check(case, lab, vjp, mask, "vjp")


def check(case: Case, lab: Lab, name: Symbol, mask: tuple[bool, ...], what: str) -> None:
    """First derivatives of the function `name`, whose arguments are those of the case and then tangents or cotangents."""
    note = f"{what} of {case}"
    rng = np.random.default_rng(seed_of("second", str(case)))
    avals = lab.d.arg_avals(name)
    first = len(case.operands)
    args = [*case.operands, *(random(a, rng) for a in avals[first:])]
    active = (*mask, *[True] * (len(avals) - first))
    tangents = [*lab.tangents(mask, rng), *(random(a, rng) for a in avals[first:])]

    outs = [T.is_inexact(a.dtype) for a in lab.d.result_avals(name)]
    derived = lab.d.jvp(name, active, outs)
    results = lab.run(derived.name, [*args, *tangents])[len(outs) :]
    values = lab.run(name, args)
    step, tolerance = accuracy([*values, *lab()])
    numbers = differences(lambda xs: lab.run(name, xs), args, tangents, active, step)
    for got, number in zip(results, [x for x in numbers if x is not None], strict=True):
        compare(got, number, tolerance, f"jvp of the {note}", max(magnitude(number), *map(magnitude, values), 1.0))

    lin = lab.d.linearize(name, active)
    if not any(lin.mask):
        return
    residuals = lab.run(lin.fwd, args)[lin.n_outs :]
    pushed = lab.run(lin.lin, [*residuals, *tangents])
    cts = [random(a, rng) for a, on in zip(lab.d.result_avals(lin.fwd)[: lin.n_outs], lin.mask) if on]
    bwd, found = lin.bwd([True] * len(cts))
    pulled = lab.run(bwd, [*residuals, *cts])
    forward, size = pairing(pushed, cts)
    backward, other = pairing(pulled, [t for t, on in zip(tangents, found, strict=True) if on])
    eps = max(EPS[a.dtype] for a in map(aval_of, [*args, *values]) if T.is_inexact(a.dtype))
    bound = 64 * eps * max(size, other, 1.0)
    assert abs(forward - backward) <= bound, f"<Jv, u> = {forward}, <v, J^T u> = {backward}, vjp of the {note}"
