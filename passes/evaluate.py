"""The NumPy evaluator: runs a prepared function on arrays. It is what eager transformations compute with, and the oracle
that every compiled operation is tested against."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from pullback.dialects.ir import Func, Value
from pullback.dialects.spec import NoRule, NoRuleError

from .deriver import Deriver


class Evaluator:
    """Evaluates functions of one module; an instance is the `run` that rules of function ops get."""

    def __init__(self, d: Deriver):
        self.d = d

    def __call__(self, name: str, arrays: Sequence[Any]) -> list[Any]:
        return self.evaluate(self.d.prepared(name), arrays)

    def call(self, name: str, arrays: Sequence[Any], jit: bool) -> list[Any]:
        """A `pbfn.call`: through the compiled function if there is one."""
        if jit and self.d.call_compiled is not None:
            return self.d.call_compiled(self.d, name, arrays)
        return self(name, arrays)

    def evaluate(self, func: Func, arrays: Sequence[Any]) -> list[Any]:
        env: dict[Value, Any] = dict(zip(func.args, arrays, strict=True))
        for op in func.ops:
            spec = op.spec
            rule = spec.evaluate
            if "constant" in spec.traits and "value" in op.attrs:
                array = op.attrs["value"].array
                result = op.results[0]
                env[result] = array if array.ndim == len(result.shape) else np.broadcast_to(array, result.shape)
                continue
            if rule is None or isinstance(rule, NoRule):
                raise NoRuleError(f"{spec.name} cannot be evaluated: {rule.why if rule else 'no rule'}", op.loc)
            operands = [env[v] for v in op.operands]
            if spec.function:
                env.update(zip(op.results, rule(self, operands, op.attrs), strict=True))
            else:
                out = rule(*operands, **op.attrs)
                if isinstance(out, (tuple, list)):
                    env.update(zip(op.results, out, strict=True))
                else:
                    env[op.results[0]] = out
        return [env[v] for v in func.results]
