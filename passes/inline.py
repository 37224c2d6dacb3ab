"""inline: replaces each `pbfn.call` by the body of its callee, and drops private functions that nothing refers to any more.

    %0 = "pbfn.call"(%x) {callee = @f}          ==>          %0 = "pb.sin"(%x)

Bodies of loops and branches stay functions of their own; calls inside them are inlined as well.
"""

from __future__ import annotations

from pullback.dialects.builder import Builder
from pullback.dialects.function_ops import CALL
from pullback.dialects.ir import Func, Module, Value
from pullback.dialects.spec import PullbackError

from .expand import reachable
from .rewrite import frame


class _Inliner:
    def __init__(self, module: Module):
        self.module = module
        self.done: dict[str, Func] = {}
        self._active: list[str] = []

    def function(self, name: str) -> Func:
        """The function without calls; callees first."""
        if name in self.done:
            return self.done[name]
        func = self.module[name]
        if name in self._active:
            cycle = " -> ".join(f"@{n}" for n in [*self._active[self._active.index(name) :], name])
            raise PullbackError(f"recursive calls cannot be inlined: {cycle}", func.loc)
        self._active.append(name)
        self.done[name] = self._inline(func)
        self._active.pop()
        return self.done[name]

    def _inline(self, func: Func) -> Func:
        if not any(op.spec is CALL for op in func.ops):
            return func
        out = frame(func)
        out.args = func.args
        b = Builder(out.ops)
        env: dict[Value, Value] = {}
        for op in func.ops:
            operands = [env.get(v, v) for v in op.operands]
            if op.spec is CALL:
                results = b.inline(self.function(op.attrs["callee"]), operands)
            else:
                results = b.clone(op, operands).results
            env.update(zip(op.results, results, strict=True))
        out.results = [env.get(v, v) for v in func.results]
        return out


def inline(module: Module) -> Module:
    inliner = _Inliner(module)
    out = Module([inliner.function(name) for name in module.funcs])
    roots = [f.name for f in out.public]
    return Module([out[name] for name in reachable(out, roots)]) if roots else out
