"""vmap: batching of a function.

Values that depend on a batched argument carry the batch dimension first; the `batch` rule of each operation says how.
Operations on unbatched values only are kept as they are, once for the whole batch.

    func.func @f(%x: tensor<4xf32>) {           func.func @f.vmap(%x: tensor<8x4xf32>) {
      %0 = "pb.sin"(%x)                  ==>      %0 = "pb.sin"(%x)
      %1 = "pb.reduce_sum"(%0) {axes=[0]}         %1 = "pb.reduce_sum"(%0) {axes=[1]}
      return %1                                   return %1
    }                                           }
"""

from __future__ import annotations

from typing import Any

from pullback.dialects.builder import Builder
from pullback.dialects.ir import Func, Value
from pullback.dialects.spec import NoRule, NoRuleError
from pullback.dialects.types import Aval

from .deriver import Derived, Deriver, Mask


def batch(d: Deriver, func: Func, name: str, batched: Mask, size: Any, axis_name: str, out_batched: Mask | None) -> Derived:
    """Adds ``func.vmap`` under the given name; see `Deriver.batch`."""
    out = Func(name, func.loc)
    b = Builder(out.ops, func.loc, size, axis_name)
    env: dict[Value, Value] = {}
    has_axis: set[Value] = set()
    for a, on in zip(func.args, batched, strict=True):
        if on:
            has_axis.add(a)
            env[a] = out.add_arg(Aval((size, *a.shape), a.dtype))
        else:
            env[a] = out.add_arg(a.aval)
    for op in func.ops:
        b.loc = op.loc
        operands = [env[v] for v in op.operands]
        mask = [v in has_axis for v in op.operands]
        spec = op.spec
        # a function op may hold a collective over this axis in its body, whether or not an operand is batched
        if not any(mask) and not (axis_name and spec.function):
            env.update(zip(op.results, b.clone(op, operands).results))
            continue
        if spec.batch is None or isinstance(spec.batch, NoRule):
            why = spec.batch.why if spec.batch else "it has no batching rule"
            raise NoRuleError(f"{spec.name} cannot be batched (vmap): {why}", op.loc)
        if spec.function:
            outs, out_mask = spec.batch(d, b, op, operands, mask)
        else:
            result = spec.batch(b, operands, mask, op.attrs)
            outs = list(result) if isinstance(result, (list, tuple)) else [result]
            out_mask = [True] * len(outs)
        for old, new, on in zip(op.results, outs, out_mask, strict=True):
            env[old] = new
            if on:
                has_axis.add(old)
    b.loc = func.loc
    want = out_batched or (False,) * len(func.results)
    out_mask = tuple(v in has_axis or w for v, w in zip(func.results, want, strict=True))
    out.results = [b.batched(env[v], v in has_axis) if m else env[v] for v, m in zip(func.results, out_mask)]
    return Derived(d.add(out), out_mask)
