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


@functools.cache
def _scalar(dtype: str) -> Aval:
    return Aval((), dtype)


def _key(op: Op, scalar: bool) -> Key:
    operands = tuple([_scalar(v.dtype) if scalar else v.aval for v in op.operands])
    results = tuple([_scalar(v.dtype) if scalar else v.aval for v in op.results])
    return op.spec.name, tuple(sorted(op.attrs.items())) if op.attrs else (), operands, results  # type: ignore[return-value]


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


class _Kind:
    """What operations with one function of scalars have in common. `maps` holds the maps of it, by shape."""

    __slots__ = ("key", "mappable", "maps")

    def __init__(self, key: Key):
        self.key = key
        self.mappable = _mappable(key)
        self.maps: dict[tuple[Any, ...], Symbol] = {}


class _Kernels:
    """What IREE will fuse, as far as it matters here: an elementwise operation goes into the kernel of its consumers if that is
    one kernel. A kernel is named by its last operation."""

    def __init__(self, func: Func):
        self.of: dict[Op, Op] = {}
        self._spread: set[Value] = set()  # what is broadcast
        kernel_of_users: dict[Value, Op | None] = dict.fromkeys(func.results)  # None: not one kernel
        for op in reversed(func.ops):
            traits = op.spec.traits
            kernel: Op | None = None
            if "reindexes" in traits or ("elementwise" in traits and "joins" not in traits):
                self.of[op] = kernel = kernel_of_users.get(op.results[0]) or op
            if "spreading" in traits:
                self._spread.update(op.operands)
            for v in op.operands:
                if kernel_of_users.setdefault(v, kernel) is not kernel:
                    kernel_of_users[v] = None

    def repeated(self, op: Op) -> bool:
        """Whether the result of the kernel of `op` is broadcast, which computes `op` again for each copy."""
        return self.of[op].results[0] in self._spread


def _mapped(func: Func, found: dict[Op, _Kind]) -> dict[Op, _Kind]:
    """Which of the outlined operations become maps."""
    kernels = _Kernels(func)
    whole = {op for op, kind in found.items() if not kind.mappable or (kernels.repeated(op) and not _small(op.results[0]))}
    together: dict[tuple[Value, ...], list[Op]] = {}
    for op in found:
        together.setdefault(tuple(op.operands), []).append(op)
    for ops in together.values():
        for i, one in enumerate(ops):
            for other in ops[:i]:
                if kernels.of[one] is not kernels.of[other] and _share(found[one].key, found[other].key):
                    whole |= {one, other}
    return {op: kind for op, kind in found.items() if op not in whole}


def outline_elementwise(module: Module) -> Module:
    found = {name: [op for op in func.ops if _outlined(op)] for name, func in module.funcs.items()}
    if not any(found.values()):
        return module
    added: dict[str, Func] = {}
    functions: dict[Key, Symbol] = {}
    kinds: dict[Key, _Kind] = {}

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

    def kind_of(op: Op) -> _Kind:
        key = _key(op, scalar=True)
        kind = kinds.get(key)
        if kind is None:
            kind = kinds[key] = _Kind(key)
        return kind

    def map_of(op: Op, kind: _Kind) -> Symbol:
        """A function that maps the scalar one, written once for each shape, so that a program does not grow by it."""
        shape = op.results[0].shape
        symbol = kind.maps.get(shape)
        if symbol is None:
            scalar = function_of(kind.key)
            func = Func(f"{_label(kind.key)}.map.{_type(op.operands[0].aval)}")  # type: ignore[arg-type]
            args = [func.add_arg(v.aval) for v in op.operands]
            func.results = [emit_map(Builder(func.ops), scalar, args, op.results[0])]
            symbol = kind.maps[shape] = add(func)
        return symbol

    def rewrite(func: Func) -> Func:
        outlined = {op: kind_of(op) for op in found[func.name]}
        if not outlined:
            return func
        mapped = _mapped(func, outlined)
        out = frame(func)
        out.args = func.args
        b = Builder(out.ops)
        env: dict[Value, Value] = {}
        for op in func.ops:
            operands = [env.get(v, v) for v in op.operands]
            if op not in outlined:
                results = b.clone(op, operands).results
            else:
                b.loc = op.loc
                callee = map_of(op, mapped[op]) if op in mapped else function_of(_key(op, scalar=False))
                results = emit_callee(b, callee, operands, op.results)
            env.update(zip(op.results, results))
        out.results = [env.get(v, v) for v in func.results]
        return out

    funcs = [rewrite(f) for f in module.funcs.values()]
    return Module([*funcs, *added.values()])
