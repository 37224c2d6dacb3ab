"""Reverse mode: <J v, u> = <v, J^T u> for every differentiable operation, through linearize and its transpose."""

from __future__ import annotations

import numpy as np
import pytest

from pullback.dialects import types as T
from pullback.dialects.spec import OpSpec

from .harness import EPS, Case, Lab, aval_of, close, differentiable, pairing, pairs, random, seed_of, smooth_cases

#: Sums of some dozens of products, each formed of a few rounded operations.
ULPS = 64


@pytest.mark.parametrize(("spec", "dtype"), pairs(("f32", "f64", "c64", "c128"), differentiable))
def test_transpose(spec: OpSpec, dtype: str) -> None:
    for case in smooth_cases(spec, dtype):
        lab = Lab(case)
        for mask in lab.masks():
            check(case, lab, mask)


def check(case: Case, lab: Lab, mask: tuple[bool, ...]) -> None:
    note = f"{case}, active {mask}"
    rng = np.random.default_rng(seed_of("cotangents", str(case)))
    args = list(case.operands)
    tangents = lab.tangents(mask, rng)
    lin = lab.d.linearize(lab.name, mask)
    results = lab.run(lin.fwd, args)
    outs, residuals = results[: lin.n_outs], results[lin.n_outs :]
    for got, want in zip(outs, lab(*args), strict=True):
        np.testing.assert_array_equal(got, want, err_msg=f"primal results of linearize, {note}")
    pushed = lab.run(lin.lin, [*residuals, *tangents])

    derived = lab.d.jvp(lab.name, mask)
    assert derived.mask == lin.mask, f"jvp and linearize disagree on what has a tangent, {note}"
    for got, want in zip(pushed, lab.run(derived.name, [*args, *tangents])[lin.n_outs :], strict=True):
        close(got, want, ULPS, f"linear part against jvp, {note}", None)

    eps = max(EPS[a.dtype] for a in map(aval_of, [*args, *outs]) if T.is_inexact(a.dtype))
    active = [out for out, on in zip(outs, lin.mask) if on]
    sets = [[True] * len(active)]  # which cotangents are there; the others are symbolic zeros
    if len(active) > 1:
        sets += [[i == k for i in range(len(active))] for k in range(len(active))]
    for on in sets:
        cts = [random(aval_of(out), rng) for out, there in zip(active, on) if there]
        bwd, found = lin.bwd(on)
        pulled = lab.run(bwd, [*residuals, *cts])
        matched = [t for t, there in zip(tangents, found, strict=True) if there]
        for got, t in zip(pulled, matched, strict=True):
            assert aval_of(got) == aval_of(t), f"type of a cotangent, {note}"
        forward, size = pairing([p for p, there in zip(pushed, on) if there], cts)
        backward, other = pairing(pulled, matched)
        bound = ULPS * eps * max(size, other)
        assert abs(forward - backward) <= bound, f"<Jv, u> = {forward}, <v, J^T u> = {backward}, bound {bound}, {note}"
