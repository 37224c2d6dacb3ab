"""ops: reductions over segments, against JAX."""

from __future__ import annotations

from typing import Any

import jax
import numpy as np
import pytest
from closeness import close

import pullback
from pullback import ops

RNG = np.random.default_rng(0)
IDS = np.array([0, 2, 2, -1, 5, 4, 0])
NAMES = ["sum", "prod", "max", "min"]


@pytest.mark.parametrize("dtype", [np.float32, np.int32])
@pytest.mark.parametrize("name", NAMES)
def test_values(name: str, dtype: Any) -> None:
    data = (RNG.normal(size=(7, 2)) * 5).astype(dtype)
    ours, theirs = getattr(ops, f"segment_{name}"), getattr(jax.ops, f"segment_{name}")
    for num_segments in (None, 4, 6):
        got = ours(data, IDS, num_segments)
        close(got, theirs(data, IDS, num_segments), rtol=1e-6)
        assert got.dtype == dtype
    close(pullback.jit(lambda data, ids: ours(data, ids, 6))(data, IDS), theirs(data, IDS, 6), rtol=1e-6)
    batch = np.stack([data, data[::-1]])
    close(pullback.vmap(lambda d: ours(d, IDS, 6))(batch)[1], theirs(data[::-1], IDS, 6), rtol=1e-6)


@pytest.mark.parametrize("name", ["sum", "max", "min"])
def test_gradients(name: str) -> None:
    data = RNG.normal(size=(7, 2)).astype(np.float32)
    loss = lambda f: lambda d: (f(d, IDS, 6)[:3:2] ** 2).sum()
    want = jax.grad(loss(getattr(jax.ops, f"segment_{name}")))(data)
    close(pullback.grad(loss(getattr(ops, f"segment_{name}")))(data), want, rtol=1e-6)


def test_errors() -> None:
    with pytest.raises(TypeError, match="segment_sum: segment_ids must be integers, got float32"):
        ops.segment_sum([1.0], np.float32([0]))
    with pytest.raises(ValueError, match=r"segment_max: segment_ids of shape \(2,\) must be one id for each row"):
        ops.segment_max([1.0], [0, 1])
    with pytest.raises(TypeError, match="segment_min: num_segments must be given where segment_ids is traced"):
        pullback.jit(ops.segment_min)(np.ones(2, np.float32), np.zeros(2, int))
    with pytest.raises(ValueError, match="non-negative, got -1"):
        ops.segment_prod([1.0], [0], -1)
