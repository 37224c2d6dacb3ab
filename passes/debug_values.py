"""Evaluation that looks for the first operation whose result holds a NaN or an infinity: what `config.debug_nans` and
`config.debug_infs` ask for. Also how a compiled function that returned one is looked into: it is evaluated again, operation by
operation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from pullback.dialects import types as T
from pullback.dialects.effects import muted
from pullback.dialects.ir import Func, Module, Op, Value
from pullback.dialects.spec import NoRule, NoRuleError

from .deriver import Deriver
from .evaluate import Evaluator

#: What to look for: "nan", "inf".
Kinds = tuple[str, ...]
_TESTS = {"nan": np.isnan, "inf": np.isinf}


def bad_kind(array: Any, kinds: Kinds) -> str | None:
    """Which of the kinds an array holds, if any."""
    a = np.asarray(array)
    if not T.is_inexact(T.from_np(a.dtype)):
        return None
    return next((k for k in kinds if _TESTS[k](a).any()), None)


def found_text(kind: str, op: Op, operands: Sequence[Any]) -> str:
    """What the error says: the operation, the line of the user that it belongs to, and how it came to be there."""
    loc = op.loc
    text = f"invalid value ({kind}) encountered in {op.spec.short}"
    if loc.file:
        text += f" at {loc}"
    if "(" in loc.name:
        part = "backward pass" if loc.name.startswith("transpose") else "derivative"
        text += f", in the {part} of the operation on that line: {loc.name}"
    elif loc.name:
        text += f", in {loc.name}"
    shapes = ", ".join(f"{np.asarray(a).dtype}[{','.join(map(str, np.shape(a)))}]" for a in operands)
    before = next((k for a in operands if (k := bad_kind(a, ("nan", "inf")))), None)
    text += f". Operands: {shapes or 'none'}" + (f", one of which holds {before} already" if before else "")
    return text


class CheckingEvaluator(Evaluator):
    """An evaluator that raises FloatingPointError at the first operation whose result holds one of `kinds`."""

    def __init__(self, d: Deriver, kinds: Kinds):
        super().__init__(d)
        self.kinds = kinds

    def call(self, name: str, arrays: Sequence[Any], jit: bool) -> list[Any]:
        return self(name, arrays)  # compiled functions too, so that the operation inside is found

    def evaluate(self, func: Func, arrays: Sequence[Any]) -> list[Any]:
        env: dict[Value, Any] = dict(zip(func.args, arrays, strict=True))
        for op in func.ops:
            spec, rule = op.spec, op.spec.evaluate
            operands = [env[v] for v in op.operands]
            if "constant" in spec.traits and "value" in op.attrs:
                env[op.results[0]] = np.broadcast_to(op.attrs["value"].array, op.results[0].shape)
                continue
            if rule is None or isinstance(rule, NoRule):
                raise NoRuleError(f"{spec.name} cannot be evaluated: {rule.why if rule else 'no rule'}", op.loc)
            out = rule(self, operands, op.attrs) if spec.function else rule(*operands, **op.attrs)
            results = list(out) if isinstance(out, (tuple, list)) else [out]
            for r in results:
                kind = bad_kind(r, self.kinds)
                if kind is not None:
                    raise FloatingPointError(found_text(kind, op, operands))
            env.update(zip(op.results, results, strict=True))
        return [env[v] for v in func.results]


def look_into(module: Module, name: str, arrays: Sequence[Any], kinds: Kinds) -> None:
    """Evaluates a function again and raises FloatingPointError for the first operation that gives one of `kinds`; returns if none
    does."""
    d = Deriver(Module(module.funcs.values()))
    with muted():
        CheckingEvaluator(d, kinds)(name, arrays)
