"""Control flow as Python runs it, for `pullback.disable_jit`: functions see their concrete arguments, one step after the other."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .. import errors
from ..array import Array, ConcreteArray
from ..trace import Tracer
from ..tree_util import tree_map


def known(x: Any) -> np.ndarray[Any, Any] | None:
    """The concrete value of an array; None if it has none (inside `vmap`, or a function that is being compiled)."""
    if isinstance(x, ConcreteArray):
        return x.host
    if isinstance(x, Tracer):
        try:
            return x.concrete(errors.ConcretizationTypeError, "Attempted to run control flow as Python")
        except errors.ConcretizationTypeError:
            return None
    return np.asarray(x)


def run_scan(f: Callable[..., Any], carry: Any, xs: Any, length: int, reverse: bool) -> Any:
    """`scan` of at least one step."""
    from ..numpy import stack

    ys = []
    for i in reversed(range(length)) if reverse else range(length):
        carry, y = f(carry, tree_map(lambda x, i=i: x[i], xs))
        ys.append(y)
    if reverse:
        ys.reverse()
    return carry, tree_map(lambda *parts: stack(parts), *ys)


def run_while(test: Callable[..., Any], body: Callable[..., Any], value: Any, max_steps: int | None) -> tuple[Any, int | None]:
    """`while_loop`: the value, and None at its end. Where the condition has no concrete value, how many steps have run so far."""
    steps = 0
    while max_steps is None or steps < max_steps:
        go_on = test(value)
        array = known(go_on) if isinstance(go_on, Array) else np.asarray(go_on)
        if array is None:
            return value, steps
        if not array:
            break
        value = body(value)
        steps += 1
    return value, None
