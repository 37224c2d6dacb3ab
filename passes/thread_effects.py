"""Threading: effects become values, by passing a state through every function that has effects.

The base of `discharge_effects` (prints and callbacks become results), `functionalize_checks` (checks become an error value) and
of guards on the effects of a branch. A subclass says which operations it handles, what state one of them needs, and what takes
its place. Functions get the state of all that they do in front of their arguments and results, each part under a key.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

from pullback.dialects import effect_rules  # noqa: F401  attaches the `thread` rules
from pullback.dialects.builder import Builder
from pullback.dialects.custom_rules import RuleSymbol
from pullback.dialects.effect_rules import trips
from pullback.dialects.effects import function_touches
from pullback.dialects.function_rules import running
from pullback.dialects.ir import Func, Op, Symbol, Value
from pullback.dialects.spec import NoRuleError
from pullback.dialects.types import Aval

from .deriver import Deriver

Key = Hashable
Layout = dict[Any, list[Aval]]
State = dict[Any, list[Value]]


class Threader:
    """Derives functions with state; one instance for one set of functions."""

    #: Names of the operations that are handled.
    names: frozenset[str] = frozenset()

    def __init__(self, d: Deriver):
        self.d = d
        self._layouts: dict[Any, Layout] = {}
        self._functions: dict[Any, Symbol] = {}
        self._regions: dict[Any, Symbol] = {}
        self._path: tuple[int, int] = (0, 1)  # of the operation that is being threaded: its index, how often its function runs

    # What a subclass says ------------------------------------------------------------------------------------------------
    def own_layout(self, func: Func, i: int, times: int) -> Layout:
        """The state of effect number `i` of a function that runs at most `times` times."""
        raise NotImplementedError

    def replace(self, b: Builder, func: Func, i: int, operands: list[Value], state: State, times: int) -> None:
        """Emits what takes the place of an effect and updates the state."""
        raise NotImplementedError

    def outer_key(self, i: int, branch: int, key: Key) -> Key:
        """The key in a function of a part of the state of the functions that its operation `i` runs."""
        return key

    # Which functions have state ------------------------------------------------------------------------------------------
    def touches_function(self, name: str) -> bool:
        return function_touches(self.d.module, name, self.names) and bool(self.layout(name, 1))

    def touches(self, op: Op) -> bool:
        return op.spec.name in self.names or any(self.touches_function(f) for f in running(op))

    def layout(self, name: str, times: int) -> Layout:
        """The state of a function that runs at most `times` times."""
        key = (name, times)
        if key not in self._layouts:
            func = self.d.prepared(name)
            found: Layout = {}
            for i, op in enumerate(func.ops):
                if op.spec.name in self.names:
                    found.update(self.own_layout(func, i, times))
                elif op.spec.function:
                    found.update({k: avals for k, (avals, _, _) in self._op_layout(op, i, times).items()})
            self._layouts[key] = found
        return self._layouts[key]

    def _op_layout(self, op: Op, i: int, times: int) -> dict[Any, tuple[list[Aval], int, Key]]:
        """The state of an operation: by key, the types, and whose key it is in which of its functions."""
        found: dict[Any, tuple[list[Aval], int, Key]] = {}
        for k, name in enumerate(running(op)):
            if function_touches(self.d.module, name, self.names):
                for key, avals in self.layout(name, times * trips(op)).items():
                    found.setdefault(self.outer_key(i, k, key), (avals, k, key))
        return found

    # Derived functions ---------------------------------------------------------------------------------------------------
    def function(self, name: str, times: int = 1) -> Symbol:
        """``f(state..., args...) -> (state..., results...)``."""
        key = (name, times)
        if key not in self._functions:
            func = self.d.prepared(name)
            layout = self.layout(name, times)
            avals = [a for part in layout.values() for a in part]

            def body(b: Builder, values: list[Value]) -> list[Value]:
                state = self.unflatten(layout, values[: len(avals)])
                results = self.emit(b, func, values[len(avals) :], state, times)
                return [*(v for part in state.values() for v in part), *results]

            args = self.d.arg_avals(name)
            self._functions[key] = self.d.build(f"{name}.{type(self).__name__.lower()}", [*avals, *args], body, func.loc)
        return self._functions[key]

    @staticmethod
    def unflatten(layout: Layout, values: list[Value]) -> State:
        it = iter(values)
        return {key: [next(it) for _ in avals] for key, avals in layout.items()}

    def emit(self, b: Builder, func: Func, args: list[Value], state: State, times: int) -> list[Value]:
        """Emits the body of a function; `state` is updated in place."""
        env: dict[Value, Value] = dict(zip(func.args, args, strict=True))
        for i, op in enumerate(func.ops):
            b.loc = op.loc
            operands = [env[v] for v in op.operands]
            if op.spec.name in self.names:
                self.replace(b, func, i, operands, state, times)
            elif op.spec.function and (layout := self._op_layout(op, i, times)):
                env.update(zip(op.results, self._thread(b, op, i, operands, layout, state, times), strict=True))
            else:
                env.update(zip(op.results, b.clone(op, operands).results))
        return [env[v] for v in func.results]

    def _thread(self, b: Builder, op: Op, i: int, operands: list[Value], layout: Any, state: State, times: int) -> list[Value]:
        if op.spec.thread is None:
            raise NoRuleError(f"{op.spec.name} cannot pass on the effects of its functions (prints, checks)", op.loc)
        values = [v for key in layout for v in state[key]]
        outer, self._path = self._path, (i, times)
        new, results = op.spec.thread(self, b, op, operands, values)
        self._path = outer
        it = iter(new)
        for key, (avals, _, _) in layout.items():
            state[key] = [next(it) for _ in avals]
        return results

    def region(self, op: Op, name: str) -> Symbol:
        """A function of the operation with the state of the whole operation in front; called by `thread` rules."""
        i, times = self._path
        layout = self._op_layout(op, i, times)
        k = running(op).index(name)
        inner = times * trips(op)
        own = self.layout(name, inner) if function_touches(self.d.module, name, self.names) else {}
        keys = {self.outer_key(i, k, key): key for key in own}
        if [keys.get(key) for key in layout] == list(own):
            return self.function(name, inner)
        func = self.d.prepared(name)
        avals = [a for part, _, _ in layout.values() for a in part]
        types = {key: part for key, (part, _, _) in layout.items()}

        def body(b: Builder, values: list[Value]) -> list[Value]:
            state = self.unflatten(types, values[: len(avals)])
            ins = [v for key in keys for v in state[key]]
            callee = self.function(name, inner) if own else name
            results = self.d.inline(b, callee, [*ins, *values[len(avals) :]])
            it = iter(results)
            for key in keys:
                state[key] = [next(it) for _ in types[key]]
            return [*(v for part in state.values() for v in part), *it]

        key = (name, inner, tuple(layout), tuple(keys.items()))
        if key not in self._regions:
            self._regions[key] = self.d.build(f"{name}.region", [*avals, *self.d.arg_avals(name)], body, func.loc)
        return self._regions[key]

    def stripped(self, name: str) -> Symbol:
        """A function without the effects that are handled here."""
        return strip(self.d, name, self.names)


def strip(d: Deriver, name: str, names: frozenset[str] | None = None) -> Symbol:
    """A function without its effects (of the kinds in `names`)."""
    if not function_touches(d.module, name, names):
        return Symbol(name)
    key = ("stripped", name, names)
    memo: dict[Any, Any] = d.module.memo
    if key not in memo:
        func = d.prepared(name)
        memo[key] = Symbol(name)  # for functions that refer to themselves

        def body(b: Builder, values: list[Value]) -> list[Value]:
            env = dict(zip(func.args, values))
            for op in func.ops:
                if "effect" in op.spec.traits and (names is None or op.spec.name in names):
                    continue
                b.loc = op.loc
                attrs = op.attrs
                if op.spec.regions is not None:
                    attrs = {k: _stripped_attr(d, v, names) for k, v in attrs.items()}
                new = b.emit_typed(op.spec, [env[v] for v in op.operands], attrs, [r.aval for r in op.results])
                env.update(zip(op.results, new))
            return [env[v] for v in func.results]

        memo[key] = d.build(f"{name}.quiet", d.arg_avals(name), body, func.loc)
    return memo[key]


def _stripped_rule(rule: RuleSymbol, names: frozenset[str] | None) -> Any:
    """How the rule is made for a particular case, without effects."""

    def specialize(d: Deriver, *case: Any) -> Any:
        found = rule.specialize(d, *case)
        return (strip(d, found[0], names), *found[1:]) if isinstance(found, tuple) else strip(d, found, names)

    return specialize


def _stripped_attr(d: Deriver, value: Any, names: frozenset[str] | None) -> Any:
    if isinstance(value, RuleSymbol):
        return RuleSymbol.make(strip(d, value, names), _stripped_rule(value, names))
    if isinstance(value, Symbol):
        return strip(d, value, names)
    if isinstance(value, tuple) and value and isinstance(value[0], Symbol):
        return tuple(strip(d, v, names) for v in value)
    return value
