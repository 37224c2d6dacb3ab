"""outline-elementwise: turns elementwise operations that StableHLO has no good form for into functions in simpler terms.

    %0 = "pb.sin"(%x)     ==>   %0 = "pbfn.call"(%x) {callee = @sin.map.4xf32}
                                func.func private @sin.map.4xf32(%arg0: tensor<4xf32>) { "pbfn.map"(%arg0) {callee = @sin.f32} }
                                func.func private @sin.f32(%arg0: tensor<f32>) { ... arithmetic ... }

One function of scalars serves all operations of one kind and element type, and one map of it those of one shape, so a program
stays as long as it was written. The map is lowered to `stablehlo.map`, one operation whose region is the function's body. IREE
fuses elementwise operations two by two and copies what it has fused each time, which takes quadratic time where a `sin` is 170
operations and little where it is one.

Some operations become a `pbfn.call` of a function of whole arrays instead, which IREE inlines and takes apart again:

- two functions of the same operands that share work (sin and cos), unless they end up in one kernel: IREE then
  computes the common part once, while it computes each map from its start;
- what is broadcast: IREE fuses a single operation into its consumer, where it is computed again for each copy. One element
  of at most 32 bits is no slower that way (`b ** step` in an optimizer is of this kind);
- functions that are not elementwise all through (`pb.igamma` has loops).

The functions are derived once per process.
"""

from __future__ import annotations

import functools
from typing import Any

from pullback.dialects.builder import Builder
from pullback.dialects.function_ops import emit_callee, emit_map
from pullback.dialects.ir import Dense, Func, Module, Op, Symbol, Value
from pullback.dialects.spec import TABLE
from pullback.dialects.types import BITS, Aval

from .cse import cse
from .dce import dce
from .decompose import decomposable, decompose_rule
from .rewrite import expand_ops, frame
from .simplify import simplify

#: Name and attributes of an operation, types of operands and results: what its function depends on.
Key = tuple[str, tuple[tuple[str, Any], ...], tuple[Aval, ...], tuple[Aval, ...]]

_SHARED = 0.25  # two functions share work if it is at least this part of the shorter one


def _outlined(op: Op) -> bool:
    return "elementwise" in op.spec.traits and decomposable(op)


def _key(op: Op, scalar: bool) -> Key:
    operands = tuple(Aval((), v.dtype) if scalar else v.aval for v in op.operands)
    results = tuple(Aval((), v.dtype) if scalar else v.aval for v in op.results)
    return op.spec.name, tuple(sorted(op.attrs.items())), operands, results  # type: ignore[return-value]


def _derive(name: str, keys: tuple[Key, ...]) -> Func:
    """The operations, on the same arguments, as one function, decomposed and cleaned up."""
    func = Func(name)
    args = [func.add_arg(a) for a in keys[0][2]]
    func.ops = [Op(TABLE[spec], args, dict(attrs), outs) for spec, attrs, _, outs in keys]
    func.results = [r for op in func.ops for r in op.results]
    module = Module([expand_ops(func, decompose_rule)])
    for run in (simplify, cse):
        module = run(module)
    return dce(module[name], module)


@functools.lru_cache(maxsize=4096)
def _function(key: Key) -> Func:
    """The operation as a function of its own."""
    return _derive(f"{_label(key)}.{_type(key[2][0])}", (key,))


def _label(key: Key) -> str:
    """The operation and its attributes, as part of the name of a function."""
    return key[0].partition(".")[2] + "".join(f".{v}" for _, v in key[1] if not isinstance(v, Dense))


def _type(aval: Aval) -> str:
    return "x".join(map(str, (*aval.shape, aval.dtype)))


@functools.lru_cache(maxsize=4096)
def _mappable(key: Key) -> bool:
    """Whether the function of scalars can be applied to each element: it holds nothing but arithmetic."""
    return len(key[3]) == 1 and all({"elementwise", "constant"} & set(op.spec.traits) for op in _function(key).ops)


@functools.lru_cache(maxsize=4096)
def _share(one: Key, other: Key) -> bool:
    """Whether two functions of the same arguments have enough operations in common to compute them together."""
    lengths = len(_function(one).ops), len(_function(other).ops)
    return sum(lengths) - len(_derive("both", (one, other)).ops) >= _SHARED * min(lengths)


def _small(result: Value) -> bool:
    return bool(result.aval.size == 1) and BITS[result.dtype] <= 32  # type: ignore[union-attr]


class _Kernels:
    """What IREE will fuse, as far as it matters here: an elementwise operation goes into the kernel of its consumers if that is
    one kernel. A kernel is named by its last operation."""

    def __init__(self, func: Func):
        self.users: dict[Value, list[Op]] = {}
        for op in func.ops:
            for v in op.operands:
                self.users.setdefault(v, []).append(op)
        outs = set(func.results)
        self.of: dict[Op, Op] = {}
        for op in reversed(func.ops):
            traits = op.spec.traits
            if "reindexes" not in traits and ("elementwise" not in traits or "joins" in traits):
                continue
            result = op.results[0]
            users = self.users.get(result, ())
            last = self.of.get(users[0]) if users and result not in outs else None
            if last is not None and len(users) > 1 and any(self.of.get(user) is not last for user in users):
                last = None
            self.of[op] = op if last is None else last

    def repeated(self, op: Op) -> bool:
        """Whether the result of the kernel of `op` is broadcast, which computes `op` again for each copy."""
        return any("spreading" in user.spec.traits for user in self.users.get(self.of[op].results[0], ()))


def _mapped(func: Func, found: list[Op]) -> dict[Op, Key]:
    """Which of the outlined operations become maps, with the keys of their functions of scalars."""
    kernels = _Kernels(func)
    keys = {op: _key(op, scalar=True) for op in found}
    whole = {op for op in found if not _mappable(keys[op]) or (kernels.repeated(op) and not _small(op.results[0]))}
    together: dict[tuple[Value, ...], list[Op]] = {}
    for op in found:
        together.setdefault(tuple(op.operands), []).append(op)
    for ops in together.values():
        for i, one in enumerate(ops):
            for other in ops[:i]:
                if kernels.of[one] is not kernels.of[other] and _share(keys[one], keys[other]):
                    whole |= {one, other}
    return {op: key for op, key in keys.items() if op not in whole}


def outline_elementwise(module: Module) -> Module:
    found = {name: [op for op in func.ops if _outlined(op)] for name, func in module.funcs.items()}
    if not any(found.values()):
        return module
    added: dict[str, Func] = {}
    functions: dict[Key, Symbol] = {}
    maps: dict[tuple[Key, tuple[Any, ...]], Symbol] = {}

    def add(func: Func) -> Symbol:
        name = func.name
        while name in module.funcs or name in added:
            name += "_"
        if name != func.name:
            renamed = frame(func)
            renamed.name, renamed.args, renamed.ops, renamed.results = name, func.args, func.ops, func.results
            func = renamed
        added[name] = func
        return Symbol(name)

    def function_of(key: Key) -> Symbol:
        if key not in functions:
            functions[key] = add(_function(key))
        return functions[key]

    def map_of(op: Op, key: Key) -> Symbol:
        """A function that maps the scalar one, written once for each shape, so that a program does not grow by it."""
        shape = op.results[0].shape
        if (key, shape) not in maps:
            scalar = function_of(key)
            func = Func(f"{_label(key)}.map.{_type(op.operands[0].aval)}")  # type: ignore[arg-type]
            args = [func.add_arg(v.aval) for v in op.operands]
            func.results = [emit_map(Builder(func.ops), scalar, args, op.results[0])]
            maps[key, shape] = add(func)
        return maps[key, shape]

    def rewrite(func: Func) -> Func:
        outlined = found[func.name]
        if not outlined:
            return func
        mapped = _mapped(func, outlined)
        whole = set(outlined) - mapped.keys()
        out = frame(func)
        out.args = func.args
        b = Builder(out.ops)
        env: dict[Value, Value] = {}
        for op in func.ops:
            operands = [env.get(v, v) for v in op.operands]
            b.loc = op.loc
            if op in mapped:
                results = emit_callee(b, map_of(op, mapped[op]), operands, op.results)
            elif op in whole:
                results = emit_callee(b, function_of(_key(op, scalar=False)), operands, op.results)
            else:
                results = list(b.clone(op, operands).results)
            env.update(zip(op.results, results))
        out.results = [env.get(v, v) for v in func.results]
        return out

    funcs = [rewrite(f) for f in module.funcs.values()]
    return Module([*funcs, *added.values()])
