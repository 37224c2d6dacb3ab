"""Functions that apply one operation of the table each, from the `examples` that the operation declares."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

import pullback.dialects.table  # noqa: F401  (fills the op table)
from pullback.dialects import types as T
from pullback.dialects.builder import Builder
from pullback.dialects.ir import Func, Loc, Value
from pullback.dialects.spec import TABLE, OpSpec
from pullback.dialects.types import Aval


class Make:
    """What `OpSpec.examples` gets: makes random arrays of one element type."""

    def __init__(self, dtype: str, seed: int = 0):
        self.dtype = dtype
        self.rng = np.random.default_rng(seed)

    def __call__(self, *shape: int, low: float = -2, high: float = 2, dtype: str | None = None) -> Any:
        name = dtype or self.dtype
        out = T.np_dtype(name)
        if name == "i1":
            return np.asarray(self.rng.random(shape) < 0.5)
        if T.is_integer(name):
            start = max(int(np.floor(low)), 0) if T.is_unsigned(name) else int(np.floor(low))
            return np.asarray(self.rng.integers(start, max(int(high), start + 1) + 1, shape)).astype(out)
        numbers = self.rng.uniform(low, high, shape)
        if T.is_complex(name):
            numbers = numbers + 1j * self.rng.uniform(low, high, shape)
        return np.asarray(numbers).astype(out)


class Case(NamedTuple):
    """One function of one op, and arguments for it."""

    spec: OpSpec
    func: Func
    arrays: list[Any]


def case(spec: OpSpec, operands: Sequence[Any], attrs: dict[str, Any], name: str) -> Case:
    """A public function that applies the op to its arguments."""
    func = Func(name, Loc("model.py", 12, 5), public=True)
    b = Builder(func.ops, func.loc)
    arrays = [np.asarray(a) for a in operands]
    args = [func.add_arg(Aval(a.shape, T.from_np(a.dtype))) for a in arrays]
    result = b.const(attrs["value"].array) if spec.infer is None else b.emit(spec, args, attrs)
    func.results = [result] if isinstance(result, Value) else list(result)
    return Case(spec, func, arrays)


def cases(dtypes: Sequence[str] = ("f32", "i32", "c64", "i1")) -> Iterator[Case]:
    """All examples of all array ops, in those of `dtypes` that the op takes (or else in its first one)."""
    for spec in TABLE.values():
        if spec.function or spec.examples is None:
            continue
        chosen = [d for d in dtypes if d in spec.dtypes] or list(spec.dtypes[:1])
        for dtype in chosen:
            for i, (operands, attrs) in enumerate(spec.examples(Make(dtype))):
                yield case(spec, operands, attrs, f"{spec.short}_{dtype}_{i}")
