"""What the declarations of elementwise operations share: evaluation in NumPy, expansion through `real_math`, examples."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import ml_dtypes
import numpy as np

from . import complex_math as cm
from . import types as T
from .builder import Builder
from .ir import Value
from .rules import lower_to, unary
from .spec import Example, NoRule
from .types import Aval

#: Stands in place of `split_complex` for operations that accept no complex operand.
REAL_ONLY = NoRule("the operation has no complex operand or result")
#: Stands in place of `lower` for operations whose operand is always complex.
SPLIT_FIRST = NoRule("complex numbers are split into real pairs before lowering")

#: Floats that are computed in f32 and rounded once, as compiled code does.
HALF = (np.dtype(np.float16), np.dtype(ml_dtypes.bfloat16))


def ieee(fn: Callable[..., Any]) -> Callable[..., Any]:
    """Evaluation rule from a NumPy function whose result has the operands' type.

    NumPy's warnings are silenced, for NaN and infinity are results here, and 16-bit floats are computed in f32.
    """

    def evaluate(*xs: Any, **attrs: Any) -> Any:
        dtype = xs[0].dtype
        with np.errstate(all="ignore"):
            if dtype in HALF:
                return np.asarray(fn(*(x.astype(np.float32) for x in xs), **attrs)).astype(dtype)
            return np.asarray(fn(*xs, **attrs))

    return evaluate


def exact(fn: Callable[..., Any]) -> Callable[..., Any]:
    """Evaluation rule from a NumPy function that rounds nothing, and so needs no wider type (comparisons, bit operations)."""

    def evaluate(*xs: Any, **attrs: Any) -> Any:
        with np.errstate(all="ignore"):
            return np.asarray(fn(*xs, **attrs))

    return evaluate


def in_f32(fn: Callable[..., Any]) -> Callable[..., Any]:
    """Decomposition rule from ``fn(b, *operands, **attrs)``, which computes 16-bit floats in f32 and rounds once."""

    def rule(b: Builder, operands: list[Value], attrs: dict[str, Any], outs: list[Aval]) -> Value:
        dtype = outs[0].dtype
        if dtype in ("f16", "bf16"):
            return b.cast(fn(b, *[b.cast(x, "f32") for x in operands], **attrs), dtype)
        return fn(b, *operands, **attrs)

    return rule


def in_real_math(name: str) -> Callable[..., Any]:
    """Decomposition rule: the function of that name in `real_math`, which is written for f32 and f64."""

    def fn(b: Builder, *operands: Value) -> Value:
        from . import real_math  # a large module that only lowering needs

        return getattr(real_math, name)(b, *operands)

    return in_f32(fn)


def domain(low: float, high: float, *extra: float) -> Any:
    """Examples in an interval, given as (low, high), and at some points, where the element type can hold them."""

    def examples(make: Any) -> list[Example]:
        if T.is_unsigned(make.dtype):
            low_, high_ = max(low, 0), max(high, 1)
        else:
            low_, high_ = low, high
        points = [v for v in extra if T.is_inexact(make.dtype) or (math.isfinite(v) and v == int(v) and v >= low_)]
        out: list[Example] = [((make(*shape, low=low_, high=high_),), {}) for shape in ((), (5,), (2, 3), (0, 2))]
        return out + ([((np.array(points).astype(T.np_dtype(make.dtype)),), {})] if points else [])

    return examples


ANYWHERE = domain(-2, 2)


def transcendental(
    name: str, fn: Any, jvp: Any, doc: str, *, hlo: str = "", split: Any = None, examples: Any = ANYWHERE, ref: str = ""
) -> None:
    """A transcendental function: lowered to the StableHLO op `hlo`, else expanded by `real_math`."""
    unary(
        name,
        ieee(fn),
        T.FLOAT if split is None else T.INEXACT,
        jvp=jvp,
        **({"lower": lower_to(hlo)} if hlo else {"decompose": in_real_math(name)}),
        split_complex=REAL_ONLY if split is None else cm.split(split),
        traits=("transcendental",),
        examples=examples,
        doc=doc,
        reference=ref or (f"StableHLO specification, {hlo}" if hlo else f"NumPy and JAX, {name}"),
    )
