"""Merging: several modules as one, with the functions of each under names of their own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pullback.dialects.ir import Func, Module, Op, Symbol, Value

from .expand import reachable
from .rewrite import frame


def merge(programs: Mapping[str, tuple[Module, str]]) -> Module:
    """One module with a public function for each entry ``name: (module, function)``, named `name`.

    What the functions reach in their modules comes along as private functions. The modules stay as they are.
    """
    out = Module()
    taken = set(programs)
    for public, (source, root) in programs.items():
        names: dict[str, str] = {}
        for name in reachable(source, [root]):
            new = public if name == root else _fresh(f"{public}.{name}", taken)
            taken.add(new)
            names[name] = new
        for name, new in names.items():
            out.add(_renamed(source[name], new, name == root, names))
    return out


def _fresh(base: str, taken: set[str]) -> str:
    name, n = base, 0
    while name in taken:
        n += 1
        name = f"{base}_{n}"
    return name


def _renamed(source: Func, name: str, public: bool, names: Mapping[str, str]) -> Func:
    """`source` under another name, with the symbols in its operations renamed."""
    func = frame(source)
    func.name, func.public = name, public
    func.args = source.args
    env: dict[Value, Value] = {}
    for op in source.ops:
        operands = [env.get(v, v) for v in op.operands]
        attrs = op.attrs if op.spec.regions is None else {k: _symbols(v, names) for k, v in op.attrs.items()}
        if attrs is not op.attrs or any(new is not old for new, old in zip(operands, op.operands)):
            new = Op(op.spec, operands, attrs, [r.aval for r in op.results], op.loc)
            env.update(zip(op.results, new.results))
            op = new
        func.ops.append(op)
    func.results = [env.get(v, v) for v in source.results]
    return func


def _symbols(value: Any, names: Mapping[str, str]) -> Any:
    if isinstance(value, Symbol):
        return Symbol(names.get(value, value))
    if isinstance(value, tuple) and value and isinstance(value[0], Symbol):
        return tuple(Symbol(names.get(v, v)) for v in value)
    return value
