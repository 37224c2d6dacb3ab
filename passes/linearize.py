"""linearize: splits the derivative of a function into a primal part, which saves residuals, and a linear part.

One sweep of jvp, in which each emitted operation goes to the linear part if it touches a tangent, else to the primal part.

    func.func @f(%x) {            func.func @f.fwd(%x) {            func.func @f.lin(%res, %dx) {
      %0 = "pb.sin"(%x)     ==>     %0 = "pb.sin"(%x)                 %0 = "pb.mul"(%dx, %res)
      return %0                     %1 = "pb.cos"(%x)                 return %0
    }                               return %0, %1                   }
                                  }

Reverse mode is the transpose of the linear part (transpose.py). Constants are emitted again, not saved, and so are broadcasts,
whose operands are saved instead.
Reference: Radul et al., You Only Linearize Once (POPL 2023).
"""

from __future__ import annotations

from collections.abc import Sequence

from pullback.dialects import types as T
from pullback.dialects.builder import Builder
from pullback.dialects.ir import Func, Op, Symbol, Value, derived_loc

from .dce import live_ops
from .deriver import Deriver, Mask
from .jvp import op_jvp

#: Traits of operations that are cheaper to compute again than to save.
_AGAIN = frozenset({"constant", "spreading"})


class LinearizingBuilder(Builder):
    """Sends each operation to `lin_ops` if an operand is linear in the tangents, else to `ops`."""

    def __init__(self) -> None:
        super().__init__()
        self.linear: set[Value] = set()
        self.lin_ops: list[Op] = []

    def append(self, op: Op) -> None:
        linear = self.linear
        for v in op.operands:
            if v in linear:
                linear.update(op.results)
                self.lin_ops.append(op)
                return
        self.ops.append(op)


class Linearized:
    """Result of `linearize`.

    - `fwd`: name of ``f.fwd(args...) -> (outs..., residuals...)``
    - `lin`: name of ``f.lin(residuals..., tangents of active args...) -> tangents of active outs``
    - `mask`: which outs have a tangent
    - `residuals`: their avals; `residual_args[i]` is the index of the argument that residual i simply is, or None
    """

    def __init__(self, d: Deriver, func: Func, active: Mask, b: LinearizingBuilder, args: list[Value], outs: list[Value],
                 arg_tangents: list[Value], out_tangents: list[Value | None]):  # fmt: skip
        self._d, self._base, self._loc = d, func.name, func.loc
        self.active = active
        self.mask: Mask = tuple(t is not None for t in out_tangents)
        self.n_outs = len(outs)
        self._arg_tangents = arg_tangents
        self._out_tangents = [t for t in out_tangents if t is not None]
        self._lin_ops = live_ops(b.lin_ops, self._out_tangents, d.module)
        self._again: list[Op] = []  # what the linear part computes again
        residuals: dict[Value, None] = {}
        seen: set[Value] = set()

        def use(v: Value) -> None:
            if v in seen:
                return
            seen.add(v)
            if v.op is None or _AGAIN.isdisjoint(v.op.spec.traits):
                residuals[v] = None
                return
            for operand in v.op.operands:
                use(operand)
            self._again.append(v.op)

        for op in self._lin_ops:
            for v in op.operands:
                if v not in b.linear:
                    use(v)
        self._residuals = list(residuals)
        self.residuals = [v.aval for v in self._residuals]
        index = {v: i for i, v in enumerate(args)}
        self.residual_args = [index.get(v) for v in self._residuals]
        fwd = Func(f"{func.name}.fwd", func.loc)
        fwd.args = args
        fwd.results = outs + self._residuals
        fwd.ops = live_ops(b.ops, fwd.results, d.module)
        self.fwd = d.add(fwd)
        self._lin: Symbol | None = None

    def _emit_again(self, b: Builder, env: dict[Value, Value]) -> None:
        for op in self._again:
            b.loc = op.loc
            env.update(zip(op.results, b.clone(op, [env[v] for v in op.operands]).results))

    @property
    def lin(self) -> Symbol:
        if self._lin is None:
            out = Func(f"{self._base}.lin", self._loc)
            b = Builder(out.ops)
            env = {v: out.add_arg(v.aval) for v in self._residuals}
            env.update((v, out.add_arg(v.aval)) for v in self._arg_tangents)
            self._emit_again(b, env)
            for op in self._lin_ops:
                env.update(zip(op.results, b.clone(op, [env[v] for v in op.operands]).results))
            out.results = [env[v] for v in self._out_tangents]
            self._lin = self._d.add(out)
        return self._lin

    def bwd(self, ct_active: Sequence[bool]) -> tuple[Symbol, Mask]:
        """``f.bwd(residuals..., cotangents of the active outs in ct_active...) -> cotangents of active args`` in the mask.

        `ct_active` has one entry for each active out. Transposes the linear operations as they are, without building `lin`.
        """
        from .transpose import transpose_ops

        def make() -> tuple[Symbol, Mask]:
            out = Func(f"{self._base}.bwd", self._loc)
            b = Builder(out.ops, self._loc)
            env = {v: out.add_arg(v.aval) for v in self._residuals}
            ct: dict[Value, Value] = {}
            for v, on in zip(self._out_tangents, ct_active, strict=True):
                if on:
                    arg = out.add_arg(v.aval)
                    ct[v] = b.add(ct[v], arg) if v in ct else arg
            self._emit_again(b, env)
            linear = set(self._arg_tangents)
            for op in self._lin_ops:
                linear.update(op.results)
            transpose_ops(self._d, b, self._lin_ops, linear, env, ct)
            cts = [ct.get(v) for v in self._arg_tangents]
            out.results = [c for c in cts if c is not None]
            out.ops = live_ops(out.ops, out.results, self._d.module)
            return self._d.add(out), tuple(c is not None for c in cts)

        memo = self._d.module.memo
        key = ("bwd", self.fwd, tuple(ct_active))
        if key not in memo:
            memo[key] = make()
        return memo[key]


def linearize(d: Deriver, func: Func, active: Mask, instantiate: Mask | None) -> Linearized:
    """Splits `func`; see `Deriver.linearize`."""
    b = LinearizingBuilder()
    args = [Value(a.aval) for a in func.args]
    env: dict[Value, Value] = dict(zip(func.args, args))
    tangent: dict[Value, Value] = {a: Value(a.aval) for a, on in zip(func.args, active, strict=True) if on}
    arg_tangents = list(tangent.values())
    b.linear.update(arg_tangents)
    for op in func.ops:
        b.loc = op.loc
        primals = [env[v] for v in op.operands]
        tangents = [tangent.get(v) for v in op.operands]
        if tangents.count(None) < len(tangents):
            b.loc = derived_loc(op.loc, "jvp", op.spec.short)
            if op.spec.linearize is not None:
                outs, tangents_out = op.spec.linearize(d, b, op, primals, tangents)
            else:
                outs, tangents_out = op_jvp(d, b, op, primals, tangents)
            for result, t in zip(op.results, tangents_out, strict=True):
                if t is not None and t in b.linear and T.is_inexact(result.dtype):
                    tangent[result] = t
        else:
            outs = b.clone(op, primals).results
        env.update(zip(op.results, outs))
    out_tangents = [tangent.get(v) for v in func.results]
    if instantiate:
        b.loc = func.loc
        for i, want in enumerate(instantiate):
            if want and out_tangents[i] is None:
                zero = b.zeros(func.results[i].aval)  # type: ignore[arg-type]
                # a zero that counts as linear: it belongs to the linear part
                b.ops.pop()
                assert zero.op is not None
                b.lin_ops.append(zero.op)
                b.linear.add(zero)
                out_tangents[i] = zero
    return Linearized(d, func, active, b, args, [env[v] for v in func.results], arg_tangents, out_tangents)
