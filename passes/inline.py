"""inline: replaces each `pbfn.call` by the body of its callee, and drops private functions that nothing refers to any more.

    %0 = "pbfn.call"(%x) {callee = @f}          ==>          %0 = "pb.sin"(%x)

Bodies of loops and branches stay functions of their own; calls inside them are inlined as well.
"""

from __future__ import annotations

from pullback.dialects.builder import Builder
from pullback.dialects.ir import Func, Module, Op, Value
from pullback.dialects.spec import PullbackError

from .expand import reachable
from .rewrite import frame


class Inliner:
    """Replaces ops of one trait, which have a `body` rule, by the bodies of their callees."""

    def __init__(self, module: Module, trait: str):
        self.module = module
        self.trait = trait
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
        if not any(has_trait(op, self.trait) for op in func.ops):
            return func
        out = frame(func)
        out.args = func.args
        b = Builder(out.ops)
        env: dict[Value, Value] = {}
        for op in func.ops:
            operands = [env.get(v, v) for v in op.operands]
            if has_trait(op, self.trait):
                b.loc = op.loc
                assert op.spec.body is not None
                results = b.inline(self.function(op.attrs["callee"]), op.spec.body(b, operands, op.attrs))
            else:
                results = b.clone(op, operands).results
            env.update(zip(op.results, results, strict=True))
        out.results = [env.get(v, v) for v in func.results]
        return out


def has_trait(op: Op, trait: str) -> bool:
    return op.spec.body is not None and trait in op.spec.traits


def inline_ops(module: Module, trait: str) -> Module:
    """`module` with all ops of a trait replaced by the bodies of their callees."""
    if not any(has_trait(op, trait) for f in module.funcs.values() for op in f.ops):
        return module
    inliner = Inliner(module, trait)
    out = Module([inliner.function(name) for name in module.funcs])
    roots = [f.name for f in out.public]
    return Module([out[name] for name in reachable(out, roots)]) if roots else out


def inline(module: Module) -> Module:
    return inline_ops(module, "call")
