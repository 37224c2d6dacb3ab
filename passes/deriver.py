"""Deriver: derives functions from functions, each once, and remembers them by what they were derived from.

Every transformation is a function-to-function derivation (`jvp`, `linearize`, `transpose`, `batch`); this class is what
the rules of function ops (`pbfn.scan`, ...) see of the passes. It starts from `prepared` functions: free of transform
ops, of tapes and of calls that are to be inlined. Derived functions are added to the module under a name that tells
their history (``loss.jvp``, ``loss.fwd``, ``loss.bwd``).
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from pullback.dialects.builder import Builder
from pullback.dialects.ir import Func, Loc, Module, Symbol, Value
from pullback.dialects.types import Aval, Tape

from .dce import Pruner, live_ops

Mask = tuple[bool, ...]


class Derived(NamedTuple):
    """A derived function and, for each result of the original, whether its tangent, cotangent or batch axis is there."""

    name: Symbol
    mask: Mask


class Deriver:
    """Derivations over one module.

    `call_compiled(deriver, name, arrays)`, if given, runs a jitted callee for the evaluator; without it, calls of jitted
    functions are inlined like any other.
    """

    def __init__(self, module: Module, call_compiled: Callable[..., list[Any]] | None = None):
        self.module = module
        self.call_compiled = call_compiled

    def _memo(self, key: Any, make: Callable[[], Any]) -> Any:
        memo = self.module.memo
        found = memo.get(key)
        if found is None:
            found = memo[key] = make()
        return found

    @functools.cached_property
    def pruner(self) -> Pruner:
        """Restricts functions to some of their results."""
        return Pruner(self.prepared, self.add, self.module)

    # Functions -----------------------------------------------------------------------------------------------------
    def prepared(self, name: str) -> Func:
        """The function without transform ops, tapes and inlinable calls."""
        from .expand import prepare

        return self._memo(("prepared", name, self.call_compiled is None), lambda: prepare(self, self.module[name]))

    def add(self, func: Func) -> Symbol:
        """Adds a derived function, which is prepared by construction."""
        if func.name in self.module.funcs:
            func.name = self.module.fresh(func.name)
        self.module.add(func)
        self.module.memo["prepared", func.name, self.call_compiled is None] = func
        return Symbol(func.name)

    def build(
        self,
        name: str,
        args: Sequence[Aval | Tape],
        body: Callable[[Builder, list[Value]], Sequence[Value]],
        loc: Loc,
        key: Any = None,
    ) -> Symbol:
        """Adds a function whose body is emitted by `body(b, args)`; with a `key`, once for each key."""

        def make() -> Symbol:
            func = Func(name, loc)
            b = Builder(func.ops, loc)
            values = [func.add_arg(a) for a in args]
            func.results = list(body(b, values))
            func.ops = live_ops(func.ops, func.results, self.module)
            return self.add(func)

        return make() if key is None else self._memo(("build", key), make)

    def inline(self, b: Builder, name: str, args: Sequence[Value]) -> list[Value]:
        """Emits the body of a prepared function at `b`."""
        return b.inline(self.prepared(name), args)

    def result_avals(self, name: str) -> list[Any]:
        return [v.aval for v in self.prepared(name).results]

    def arg_avals(self, name: str) -> list[Any]:
        return [v.aval for v in self.prepared(name).args]

    # Effects -------------------------------------------------------------------------------------------------------
    def quiet(self, name: str) -> Symbol:
        """The function without its effects (prints, checks): for what is computed a second time."""
        from .thread_effects import strip

        return strip(self, name)

    def guarded(self, name: str) -> Symbol | None:
        """``f.guarded(on, args...)``, whose effects take place where `on` holds; None if the function has no effects."""
        from .guard_effects import guarded

        return guarded(self, name)

    # Derivations ---------------------------------------------------------------------------------------------------
    def jvp(self, name: str, active: Sequence[bool], instantiate: Sequence[bool] | None = None) -> Derived:
        """``f.jvp(args..., tangents of active args...) -> (outs..., tangents of active outs...)``; `mask` says which outs.

        `instantiate[i]` asks for a tangent of result i even where it is zero.
        """
        from .jvp import jvp

        key = ("jvp", name, tuple(active), None if instantiate is None else tuple(instantiate))
        return self._memo(key, lambda: jvp(self, self.prepared(name), key[2], key[3]))

    def linearize(self, name: str, active: Sequence[bool], instantiate: Sequence[bool] | None = None) -> Any:
        """The function split into a primal part that saves residuals and a linear part; see `passes.linearize.Linearized`."""
        from .linearize import linearize

        key = ("linearize", name, tuple(active), None if instantiate is None else tuple(instantiate))
        return self._memo(key, lambda: linearize(self, self.prepared(name), key[2], key[3]))

    def transpose(
        self, name: str, linear: Sequence[bool], ct_active: Sequence[bool], instantiate: Sequence[bool] | None = None
    ) -> Derived:
        """``f.T(nonlinear args..., cotangents of active outs...) -> cotangents of linear args`` (those in `mask`).

        `mask` has one entry for each linear argument, and so has `instantiate`.
        """
        from .transpose import transpose

        key = ("transpose", name, tuple(linear), tuple(ct_active), None if instantiate is None else tuple(instantiate))
        return self._memo(key, lambda: transpose(self, self.prepared(name), key[2], key[3], key[4]))

    def batch(
        self, name: str, batched: Sequence[bool], size: Any, axis_name: str = "", out_batched: Sequence[bool] | None = None
    ) -> Derived:
        """``f.vmap``: batched arguments and results carry the batch dimension first; `mask` says which results do.

        `out_batched[i]` asks for the batch dimension on result i even where all its slices are equal.
        """
        from .vmap import batch

        key = ("batch", name, tuple(batched), size, axis_name, None if out_batched is None else tuple(out_batched))
        memo = self.module.memo
        if key not in memo:
            symbol = Symbol(self.module.fresh(f"{name}.vmap"))
            if out_batched and all(out_batched):  # known beforehand, for functions that refer to themselves (custom rules)
                memo[key] = Derived(symbol, tuple(out_batched))
            memo[key] = batch(self, self.prepared(name), symbol, key[2], size, axis_name, key[5])
        return memo[key]

    def split_complex(self, name: str) -> Symbol:
        """``f.split``: each complex argument and result as two real ones (re, im), in place; `name` if nothing is complex."""
        from .split_complex import split_private

        return self._memo(("split_complex", name), lambda: split_private(self, name))
