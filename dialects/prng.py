"""Random bits: the Threefry-2x32 block function, from which all pseudo-random numbers are made."""

from __future__ import annotations

from typing import Any

import numpy as np

from .builder import Builder
from .ir import Value
from .spec import TABLE, ZERO, Example, NoRule, OpError, define
from .types import Aval

# Salmon et al. 2011: rotation distances of even and odd groups of four rounds, and the key schedule's parity constant.
_ROTATIONS = ((13, 15, 26, 6), (17, 29, 16, 24))
_PARITY = 0x1BD11BDA


def _infer(*avals: Aval) -> tuple[Aval, Aval]:
    for a in avals:
        if a.dtype != "ui32" or a.shape != avals[0].shape:
            raise OpError(f"operands must be ui32 tensors of one shape, got {', '.join(map(str, avals))}")
    return avals[0], avals[0]


def _rounds(ops: Any, k1: Any, k2: Any, x1: Any, x2: Any) -> tuple[Any, Any]:
    """The 20 rounds; `ops` provides ``add``, ``xor`` and ``rotate_left`` on 32-bit words."""
    keys = (k1, k2, ops.xor(ops.xor(k1, k2), _PARITY))
    x1, x2 = ops.add(x1, k1), ops.add(x2, k2)
    for group in range(5):
        for distance in _ROTATIONS[group % 2]:
            x1 = ops.add(x1, x2)
            x2 = ops.xor(ops.rotate_left(x2, distance), x1)
        x1 = ops.add(x1, keys[(group + 1) % 3])
        x2 = ops.add(ops.add(x2, keys[(group + 2) % 3]), group + 1)
    return x1, x2


class _NumpyWords:
    """Wrapping 32-bit arithmetic on NumPy arrays."""

    @staticmethod
    def add(x: Any, y: Any) -> Any:
        return np.add(x, np.asarray(y, np.uint32))

    @staticmethod
    def xor(x: Any, y: Any) -> Any:
        return np.bitwise_xor(x, np.asarray(y, np.uint32))

    @staticmethod
    def rotate_left(x: Any, distance: int) -> Any:
        return np.bitwise_or(np.left_shift(x, np.uint32(distance)), np.right_shift(x, np.uint32(32 - distance)))


class _HloWords:
    """32-bit arithmetic in StableHLO."""

    def __init__(self, h: Any):
        self.h = h
        self.add = h.add

    def xor(self, x: Any, y: Any) -> Any:
        return self.h.binary("xor", x, y)

    def rotate_left(self, x: Any, distance: int) -> Any:
        h = self.h
        left = h.binary("shift_left", x, distance)
        return h.binary("or", left, h.binary("shift_right_logical", x, 32 - distance))


def _evaluate(k1: Any, k2: Any, x1: Any, x2: Any) -> tuple[Any, Any]:
    with np.errstate(over="ignore"):  # 0-d additions warn where arrays wrap silently
        y1, y2 = _rounds(_NumpyWords, k1, k2, x1, x2)
    return np.asarray(y1, np.uint32), np.asarray(y2, np.uint32)


def _lower(h: Any, operands: list[Any], attrs: dict[str, Any], outs: list[Aval]) -> list[Any]:
    return list(_rounds(_HloWords(h), *operands))


def _batch(b: Builder, operands: list[Value], batched: list[bool], attrs: dict[str, Any]) -> Any:
    return b.emit(TABLE["pb.threefry2x32"], [b.batched(v, m) for v, m in zip(operands, batched)], attrs)


def _examples(make: Any) -> list[Example]:
    def words(*shape: int) -> Any:
        return make.rng.integers(0, 2**32, shape, dtype=np.uint32)

    return [(tuple(words(*shape) for _ in range(4)), {}) for shape in ((), (5,), (2, 3), (0,))]


define(
    "pb.threefry2x32",
    ("key1", "key2", "count1", "count2"),
    results=("bits1", "bits2"),
    dtypes=("ui32",),
    infer=_infer,
    evaluate=_evaluate,
    jvp=ZERO,
    batch=_batch,
    split_complex=NoRule("operands and results are unsigned integers"),
    lower=_lower,
    examples=_examples,
    traits=("elementwise",),
    doc="Threefry-2x32 with 20 rounds: encrypts the counter words (count1, count2) with the key words (key1, key2), elementwise. "
    "The two results are independent, uniformly distributed random words.",
    reference="Salmon et al., Parallel Random Numbers: As Easy as 1, 2, 3 (SC 2011); jax.extend.random.threefry2x32_p",
)
