"""vmap: the batched form of every operation against a loop over the examples of the batch, for each set of batched operands."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

import numpy as np
import pytest

from pullback.dialects.spec import NoRule, NoRuleError, OpSpec

from .harness import SPECS, Case, Lab, cases, close, pairs

SIZE = 3
#: Of these, a structural, an arithmetic and an indexing one, all element types are tested; of the others one of each kind.
ALL_DTYPES = ("pb.add", "pb.concatenate", "pb.gather", "pb.reduce_sum", "pb.sort")
DTYPES = ("f32", "i32", "ui8", "i1", "c64")
#: With more operands than this, each alone and all together are batched instead of all subsets.
ALL_SUBSETS = 4
#: Sums and matrix products may be formed in another order.
ULPS = 32


def batchable(spec: OpSpec) -> bool:
    return not isinstance(spec.batch, NoRule)


def masks(n: int) -> Iterator[tuple[bool, ...]]:
    if n <= ALL_SUBSETS:
        yield from (m for m in product((False, True), repeat=n) if any(m))
    else:
        yield (True,) * n
        yield from (tuple(i == k for i in range(n)) for k in range(n))


PARAMETERS = [p for p in pairs(None, batchable) if p.values[1] in DTYPES or p.values[0].name in ALL_DTYPES]
PARAMETERS += [p for p in pairs(None, batchable) if not set(DTYPES) & set(p.values[0].dtypes)]


@pytest.mark.parametrize(("spec", "dtype"), PARAMETERS)
def test_batch(spec: OpSpec, dtype: str) -> None:
    for variants in zip(*(cases(spec, dtype, seed) for seed in range(SIZE)), strict=True):
        for case in variants[1:]:
            assert [x.shape for x in case.operands] == [x.shape for x in variants[0].operands], "examples must have fixed shapes"
        lab = Lab(variants[0])
        for mask in masks(len(variants[0].operands)):
            check(lab, variants, mask)


def check(lab: Lab, variants: tuple[Case, ...], mask: tuple[bool, ...]) -> None:
    note = f"vmap of {variants[0]}, batched {mask}"
    first = variants[0].operands
    args = [np.stack([case.operands[i] for case in variants]) if on else first[i] for i, on in enumerate(mask)]
    derived = lab.d.batch(lab.name, mask, SIZE)
    assert all(derived.mask), f"{note}: a result is not batched"
    got = lab.run(derived.name, args)
    for k in range(SIZE):
        want = lab.run(lab.name, [x[k] if on else x for x, on in zip(args, mask)])
        for g, w in zip(got, want, strict=True):
            close(g[k], w, ULPS, f"element {k} of the {note}", None)


@pytest.mark.parametrize("spec", [s for s in SPECS if not batchable(s)], ids=lambda spec: spec.short)
def test_no_rule(spec: OpSpec) -> None:
    """Without operands there is nothing to batch; otherwise the error names the operation and says why."""
    for case in cases(spec, spec.dtypes[0]):
        lab = Lab(case)
        if case.operands:
            with pytest.raises(NoRuleError, match=spec.name) as error:
                lab.d.batch(lab.name, [True] * len(case.operands), SIZE)
            assert spec.batch.why in str(error.value)  # type: ignore[union-attr]
        else:
            assert lab.d.batch(lab.name, [], SIZE).mask == (False,) * len(lab())
