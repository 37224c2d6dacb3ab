"""dce: removes operations whose results are not used, and of loops and branches the results, carries and arguments that are not.

    %0 = "pb.sin"(%x)                           %1 = "pb.cos"(%x)
    %1 = "pb.cos"(%x)                    ==>    return %1
    return %1

Operations are pure, so that is all there is to it, but for those with an effect (prints, checks), which stay. An operation over
functions says by its `prune` rule what it needs for the results that are used; a carry of a loop, for example, may be needed by
another carry alone. Bodies are pruned along.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

from pullback.dialects.effects import touches
from pullback.dialects.function_rules import Pruned, pick
from pullback.dialects.ir import Func, Module, Op, Symbol, Value

Mask = tuple[bool, ...]
_ONE: Mask = (True,)


def live_ops(ops: Sequence[Op], results: Iterable[Value], module: Module, pure: set[str] | None = None) -> list[Op]:
    """The operations that `results` depend on or that have an effect, in order. `pure`: see `effects.function_touches`."""
    live = set(results)
    kept = []
    for op in reversed(ops):
        for r in op.results:
            if r in live:
                live.update(op.operands)
                kept.append(op)
                break
        else:
            if op.spec.function and touches(module, op, pure=pure):
                live.update(op.operands)
                kept.append(op)
    kept.reverse()
    return kept


class _Sweep(NamedTuple):
    """What a function needs for some of its results: operations in order, each with how it is pruned, and arguments."""

    ops: list[tuple[Op, Pruned | None]]
    args: Mask


class Pruner:
    """Restricts functions to some of their results.

    `get(name)` gives a function by its name, and `add(func)` adds a new one and returns its name. `module` has the functions that
    may have effects, which no operation loses.
    """

    def __init__(self, get: Callable[[str], Func], add: Callable[[Func], Symbol], module: Module):
        self._get = get
        self._add = add
        self._module = module
        self._sweeps: dict[Any, _Sweep] = {}
        self._selected: dict[Any, Symbol] = {}

    def sweep(self, func: Func, used: Sequence[bool]) -> _Sweep:
        """From the results back to the arguments."""
        key = (func.name, tuple(used))
        found = self._sweeps.get(key)
        if found is not None:
            return found
        live = set(pick(func.results, used))
        ops: list[tuple[Op, Pruned | None]] = []
        for op in reversed(func.ops):
            mask = _ONE if len(op.results) == 1 and op.results[0] in live else tuple([r in live for r in op.results])
            if True not in mask:
                if op.spec.function and touches(self._module, op):
                    live.update(op.operands)
                    ops.append((op, None))
                continue
            pruned = op.spec.prune(self, op, mask) if op.spec.prune is not None else None
            live.update(op.operands if pruned is None else pick(op.operands, pruned.operands))
            ops.append((op, pruned))
        ops.reverse()
        self._sweeps[key] = found = _Sweep(ops, tuple([a in live for a in func.args]))
        return found

    def needed(self, name: str, used: Sequence[bool]) -> Mask:
        """Which arguments of a function its results in `used` depend on."""
        return self.sweep(self._get(name), used).args

    def select(self, name: str, args: Mask, results: Mask) -> Symbol:
        """The function with the arguments and results in the masks only."""
        key = (name, args, results)
        if key not in self._selected:
            source = self._get(name)
            out = Func(source.name, source.loc)
            out.args = pick(source.args, args)
            out.ops, env = rebuilt(self.sweep(source, results).ops)
            out.results = [env.get(v, v) for v in pick(source.results, results)]
            self._selected[key] = Symbol(source.name) if all(args) and all(results) and _same(out, source) else self._add(out)
        return self._selected[key]


def _same(new: Func, old: Func) -> bool:
    return len(new.ops) == len(old.ops) and all(a is b for a, b in zip(new.ops, old.ops))


def prune_op(op: Op, pruned: Pruned, operands: Sequence[Value]) -> tuple[Op, dict[Value, Value]]:
    """The pruned operation on the given operands (one for each of `op`), and its results by those of `op`."""
    kept = pick(op.results, pruned.results)
    new = Op(op.spec, pick(operands, pruned.operands), pruned.attrs, [r.aval for r in kept], op.loc)
    return new, dict(zip(kept, new.results))


def rebuilt(ops: Sequence[tuple[Op, Pruned | None]]) -> tuple[list[Op], dict[Value, Value]]:
    """The operations of a sweep, pruned, and the values that take the place of others."""
    out: list[Op] = []
    env: dict[Value, Value] = {}
    for op, pruned in ops:
        if pruned is None and not env:
            out.append(op)
            continue
        operands = [env.get(v, v) for v in op.operands]
        if pruned is not None:
            op, new = prune_op(op, pruned, operands)
            env.update(new)
        elif any(v is not o for v, o in zip(operands, op.operands)):
            new_op = Op(op.spec, operands, op.attrs, [r.aval for r in op.results], op.loc)
            env.update(zip(op.results, new_op.results))
            op = new_op
        out.append(op)
    return out, env


def dce(func: Func, module: Module, pure: set[str] | None = None) -> Func:
    """`func` without dead operations. `pure`: see `effects.function_touches`."""
    func.ops = live_ops(func.ops, func.results, module, pure)
    return func


def dce_module(module: Module) -> Module:
    """The module without dead operations. Functions that nothing names any more are dropped."""
    from .expand import reachable
    from .rewrite import copy_function

    out = Module()
    for func in module.funcs.values():
        out.add(copy_function(func))
    pruning = any(op.spec.prune is not None for f in module.funcs.values() for op in f.ops)
    queue = list(out.funcs.values())

    def add(func: Func) -> Symbol:
        func.name = out.fresh(func.name)
        out.add(func)
        return Symbol(func.name)

    pruner = Pruner(lambda name: module.funcs[name] if name in module.funcs else out.funcs[name], add, module)
    pure: set[str] = set()
    for func in queue:
        if not pruning:
            dce(func, module, pure)
            continue
        func.ops, env = rebuilt(pruner.sweep(func, (True,) * len(func.results)).ops)
        func.results = [env.get(v, v) for v in func.results]
    roots = [f.name for f in out.public]
    if pruning and roots:
        return Module([out[name] for name in reachable(out, roots)])
    return out
