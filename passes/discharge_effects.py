"""discharge-effects: prints, callbacks and checks become results of the public functions.

    func.func @f(%x) {                                    func.func @f(%x) {
      "pbfn.debug_print"(%x) {format = "x = {}"}            ... %n, %when, %what: how often, when, with which x
      %0 = "pb.sin"(%x)                            ==>      %0 = "pb.sin"(%x)
      return %0                                             return %0, %clock, %n, %when, %what
    }                                                     }

A compiled function cannot call back to Python. The runtime makes the effects after the call, from these results, in the order
of the program (`dialects.effects.carry_out`). Inside a loop of known length a print has room for every iteration; inside one
of unknown length for a fixed number, and for a last one. Of checks, the first that fails is remembered.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from pullback.dialects import types as T
from pullback.dialects.builder import Builder
from pullback.dialects.effect_rules import trips
from pullback.dialects.effects import CHECKS, LOGS, CheckSite, Effects, Log, function_touches
from pullback.dialects.function_rules import running
from pullback.dialects.ir import Func, Module, Op, Value
from pullback.dialects.types import Aval

from .deriver import Deriver
from .expand import reachable
from .rewrite import frame
from .thread_effects import Key, Layout, State, Threader

_I32 = Aval((), "i32")
#: Bytes that a print in a loop of unknown length may take up.
_LOG_BYTES = 1 << 24


def _nbytes(aval: Aval) -> int:
    return aval.size * T.np_dtype(aval.dtype).itemsize


class Discharge(Threader):
    """State: "clock" counts what has happened; a log has (count, when, operands); "code" is the number of the first check that
    failed, or 0; the number of a check holds the arguments of its message."""

    def __init__(self, d: Deriver, names: frozenset[str] = LOGS | CHECKS, debug_checks: bool = True):
        super().__init__(d)
        self.names = names
        self._debug_checks = debug_checks
        self.checks: list[CheckSite] = []
        self._numbers: dict[Any, int] = {}
        self._logs: dict[Any, Log] = {}

    # Layout --------------------------------------------------------------------------------------------------------------
    def outer_key(self, i: int, branch: int, key: Key) -> Key:
        return (i, branch, *key) if isinstance(key, tuple) else key  # logs are kept for each place that they are reached from

    def _number(self, func: Func, i: int) -> int:
        """The number of a check, from 1."""
        key = (func.name, i)
        if key not in self._numbers:
            op = func.ops[i]
            self.checks.append(CheckSite(op.attrs, op.loc, len(self._payload(op))))
            self._numbers[key] = len(self.checks)
        return self._numbers[key]

    @staticmethod
    def _payload(op: Op) -> list[Aval]:
        """Types of the arguments of a check's message, for one example."""
        n = len(op.attrs["batch"])
        return [Aval(v.shape[n:], v.dtype) for v in op.operands[1 + op.attrs["masked"] :]]

    @staticmethod
    def _capacity(op: Op, times: int) -> int:
        size = max(1, sum(_nbytes(v.aval) for v in op.operands))  # type: ignore[misc, arg-type]
        return max(2, min(times, _LOG_BYTES // size)) if times > 1 else 1

    def own_layout(self, func: Func, i: int, times: int) -> Layout:
        op = func.ops[i]
        if op.spec.name in CHECKS:
            if op.attrs["kind"] == "debug" and not self._debug_checks:
                return {"clock": [_I32]}  # so that the function is rewritten without it
            found: Layout = {"code": [_I32]}
            payload = self._payload(op)
            if payload:
                found[self._number(func, i)] = payload
            return found
        n = self._capacity(op, times)
        return {
            "clock": [_I32],
            (i,): [_I32, Aval((n,), "i32"), *(Aval((n, *v.shape), v.dtype) for v in op.operands)],
        }

    # Replacement ---------------------------------------------------------------------------------------------------------
    def replace(self, b: Builder, func: Func, i: int, operands: list[Value], state: State, times: int) -> None:
        op = func.ops[i]
        if op.spec.name in CHECKS:
            if op.attrs["kind"] == "debug" and not self._debug_checks:
                return
            self._check(b, op, self._number(func, i), operands, state)
        else:
            self._log(b, op, i, operands, state, times)

    def _log(self, b: Builder, op: Op, i: int, operands: list[Value], state: State, times: int) -> None:
        (clock,) = state["clock"]
        state["clock"] = [b.add(clock, 1)]
        count, when, *stacks = state[(i,)]
        n = self._capacity(op, times)
        zero = b.full_like(count, 0)
        place = b.min(count, b.full_like(count, n - 1))

        def write(stack: Value, x: Value) -> Value:
            row = b.reshape(x, shape=(1, *x.shape))
            return row if n == 1 else b.dynamic_update_slice(stack, row, place, *[zero] * x.ndim)

        state[(i,)] = [b.add(count, 1), write(when, clock), *(write(s, x) for s, x in zip(stacks, operands))]

    def _check(self, b: Builder, op: Op, number: int, operands: list[Value], state: State) -> None:
        (code,) = state["code"]
        masked, batch = op.attrs["masked"], op.attrs["batch"]
        pred, args = operands[masked], operands[1 + masked :]
        failed = b.not_(pred)
        if masked:
            failed = b.and_(failed, operands[0])
        if batch:
            n = int(np.prod(batch))
            flat = b.reshape(failed, shape=(n,))
            failed = b.reduce_or(flat, axes=(0,))
            if args:  # of the first example that fails
                first = b.argmax(b.convert(flat, dtype="i32"), axis=0, dtype="i32")
                args = [_row(b, x, len(batch), n, first) for x in args]
        new = b.and_(failed, b.compare(code, b.full_like(code, 0), direction="EQ"))
        state["code"] = [b.select(new, b.full_like(code, number), code)]
        if args:
            chosen = [b.broadcast_in_dim(new, shape=v.shape, dims=()) if v.ndim else new for v in args]
            state[number] = [b.select(c, x, old) for c, x, old in zip(chosen, args, state[number])]

    # Reading back --------------------------------------------------------------------------------------------------------
    def _find(self, name: str, key: Key, times: int) -> Log:
        """The print or callback behind a key of the state of a function."""
        assert isinstance(key, tuple)
        op = self.d.prepared(name).ops[key[0]]
        if len(key) == 1:
            return Log(op.spec.name, op.attrs, op.loc, self._capacity(op, times))
        return self._find(running(op)[key[1]], key[2:], times * trips(op))

    def effects(self, name: str) -> Effects:
        """How the state of a function is read, which runs once."""
        parts: list[tuple[Any, int]] = []
        for key, avals in self.layout(name, 1).items():
            parts.append((self._find(name, key, 1) if isinstance(key, tuple) else key, len(avals)))
        return Effects(tuple(parts), tuple(self.checks))

    def start(self, b: Builder, name: str) -> State:
        """The state before anything has happened."""
        return {key: [b.zeros(a) for a in avals] for key, avals in self.layout(name, 1).items()}


def _row(b: Builder, x: Value, n_batch: int, n: int, index: Value) -> Value:
    """One example of a batched value."""
    shape = x.shape[n_batch:]
    flat = b.reshape(x, shape=(n, *shape))
    zero = b.full_like(index, 0)
    return b.reshape(b.dynamic_slice(flat, index, *[zero] * len(shape), slice_sizes=(1, *shape)), shape=shape)


def discharge_effects(module: Module) -> Module:
    """Public functions without effects, with further results; `Func.effects` says how they are read."""
    if not any(function_touches(module, f.name) for f in module.public):
        return module
    d = Deriver(Module(module.funcs.values()))
    out: dict[str, Func] = {}
    for func in module.public:
        t = Discharge(d, debug_checks=False)
        if not t.touches_function(func.name):
            continue
        new = frame(func)
        b = Builder(new.ops, func.loc)
        new.args = [Value(a.aval) for a in func.args]
        state = t.start(b, func.name)
        new.results = t.emit(b, func, list(new.args), state, 1)
        new.results += [v for part in state.values() for v in part]
        new.result_names = None
        new.effects = t.effects(func.name)
        out[func.name] = new
    result = Module([out.get(f.name, f) for f in d.module.funcs.values()])
    return Module([result[name] for name in reachable(result, [f.name for f in result.public])])
