"""inline: replaces each `pbfn.call` by the body of its callee, and drops private functions that nothing refers to any more.

    %0 = "pbfn.call"(%x) {callee = @f}          ==>          %0 = "pb.sin"(%x)

Bodies of loops and branches stay functions of their own; calls inside them are inlined as well.
"""

from __future__ import annotations

from collections.abc import Callable

from pullback.dialects.builder import Builder
from pullback.dialects.function_ops import CALL
from pullback.dialects.ir import Func, Module, Op, Value
from pullback.dialects.spec import OpSpec, PullbackError

from .expand import reachable
from .rewrite import frame

#: ``enter(b, op, operands)``: what the body is applied to.
Enter = Callable[[Builder, Op, list[Value]], list[Value]]


class Inliner:
    """Replaces the ops of one spec, whose attribute `callee` names a function, by the bodies."""

    def __init__(self, module: Module, spec: OpSpec, enter: Enter):
        self.module = module
        self.spec = spec
        self.enter = enter
        self._done: dict[str, Func] = {}
        self._active: list[str] = []

    def function(self, name: str) -> Func:
        """The function without such ops; callees first."""
        if name in self._done:
            return self._done[name]
        func = self.module[name]
        if name in self._active:
            cycle = " -> ".join(f"@{n}" for n in [*self._active[self._active.index(name) :], name])
            raise PullbackError(f"recursive calls cannot be inlined: {cycle}", func.loc)
        self._active.append(name)
        self._done[name] = self._inline(func)
        self._active.pop()
        return self._done[name]

    def _inline(self, func: Func) -> Func:
        if not any(op.spec is self.spec for op in func.ops):
            return func
        out = frame(func)
        out.args = func.args
        b = Builder(out.ops)
        env: dict[Value, Value] = {}
        for op in func.ops:
            operands = [env.get(v, v) for v in op.operands]
            if op.spec is self.spec:
                b.loc = op.loc
                results = b.inline(self.function(op.attrs["callee"]), self.enter(b, op, operands))
            else:
                results = b.clone(op, operands).results
            env.update(zip(op.results, results, strict=True))
        out.results = [env.get(v, v) for v in func.results]
        return out


def inline_ops(module: Module, spec: OpSpec, enter: Enter) -> Module:
    """`module` with all ops of `spec` replaced by the bodies of their callees."""
    if not any(op.spec is spec for f in module.funcs.values() for op in f.ops):
        return module
    inliner = Inliner(module, spec, enter)
    out = Module([inliner.function(name) for name in module.funcs])
    roots = [f.name for f in out.public]
    return Module([out[name] for name in reachable(out, roots)]) if roots else out


def inline(module: Module) -> Module:
    return inline_ops(module, CALL, lambda b, op, operands: operands)
