"""Structural equality of modules: same functions, operations, attributes and types, whatever the values are called."""

from __future__ import annotations

from typing import Any

import numpy as np

from .ir import Dense, Func, Module, Op, Value
from .types import Aval


def _same_attr(x: Any, y: Any, aval: Any) -> bool:
    if isinstance(x, Dense) and isinstance(y, Dense):
        if x == y or (isinstance(aval, Aval) and aval.size == 0):
            return True
        shape = aval.shape if isinstance(aval, Aval) else x.array.shape  # one of them may be a splat
        full = [np.broadcast_to(d.array, shape) for d in (x, y)]
        return Dense(np.ascontiguousarray(full[0])) == Dense(np.ascontiguousarray(full[1]))
    if isinstance(x, float) and isinstance(y, float):
        return x.hex() == y.hex()
    return type(x) is type(y) and bool(x == y)


def _same_op(a: Op, b: Op, number: dict[Value, int], other: dict[Value, int], locations: bool) -> bool:
    if a.spec is not b.spec or [number[v] for v in a.operands] != [other[v] for v in b.operands]:
        return False
    if [r.aval for r in a.results] != [r.aval for r in b.results] or (locations and a.loc != b.loc):
        return False
    left, right = ({k: v for k, v in op.attrs.items() if v is not None} for op in (a, b))
    aval = a.results[0].aval if a.results else None
    return left.keys() == right.keys() and all(_same_attr(left[k], right[k], aval) for k in left)


def _frame(f: Func) -> Any:
    names = [list(n) if n and any(n) else None for n in (f.arg_names, f.result_names)]  # only empty names are no names
    return f.name, f.public, names, tuple(f.donated), [v.aval for v in f.args]


def equal_functions(a: Func, b: Func, locations: bool = False) -> bool:
    """Whether two functions differ in nothing but the identity of their values (and in locations, unless asked for)."""
    if _frame(a) != _frame(b) or len(a.ops) != len(b.ops):
        return False
    left: dict[Value, int] = {v: i for i, v in enumerate(a.args)}
    right: dict[Value, int] = {v: i for i, v in enumerate(b.args)}
    for x, y in zip(a.ops, b.ops):
        if not _same_op(x, y, left, right, locations):
            return False
        base = len(left)
        left.update((r, base + i) for i, r in enumerate(x.results))
        right.update((r, base + i) for i, r in enumerate(y.results))
    return [left[v] for v in a.results] == [right[v] for v in b.results]


def equal_modules(a: Module, b: Module, locations: bool = False) -> bool:
    """Whether two modules have equal functions in the same order."""
    return list(a.funcs) == list(b.funcs) and all(equal_functions(a[n], b[n], locations) for n in a.funcs)
