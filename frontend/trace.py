"""Tracing: Python functions to pb functions.

A `Frame` is one function under construction. Outer values used inside an inner function become extra arguments of it
(lambda lifting): its *captures*. Traced values of an eager transformation know their concrete value, computed on demand,
so that Python control flow on values works under `grad`, `vjp` and `jvp`; arguments of `jit`, `vmap` and loop bodies are
abstract. All state is per thread.
"""

from __future__ import annotations

import contextlib
import inspect
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

import pullback.dialects.table  # noqa: F401  (fills the op table)
from pullback.dialects.builder import Builder
from pullback.dialects.custom_rules import RuleSymbol
from pullback.dialects.effects import muted
from pullback.dialects.function_ops import tape_residuals
from pullback.dialects.ir import Func, Module, Op, Symbol, Value
from pullback.dialects.spec import TABLE, NoRule, NoRuleError, OpError, OpSpec
from pullback.dialects.types import Aval, Tape
from pullback.passes.debug_values import CheckingEvaluator, bad_kind
from pullback.passes.deriver import Deriver
from pullback.passes.evaluate import Evaluator
from pullback.passes.expand import prepare

from . import errors
from .array import Array, ConcreteArray, as_concrete, from_numpy
from .configuration import config
from .locations import function_location, function_name, user_location

#: Concrete arrays of at most this many elements are written into the program; larger ones become arguments.
INLINE_CONSTANT_SIZE = 16


class _State(threading.local):
    def __init__(self) -> None:
        self.frame: Frame | None = None
        self.deriver: Deriver | None = None  # of `shared_module`


_state = _State()


def current_frame() -> Frame | None:
    return _state.frame


@contextlib.contextmanager
def shared_module() -> Iterator[None]:
    """Puts the functions that are traced in the block into one module, also where nothing is being traced around it: the
    branches of a `cond`, the test and the body of a `while_loop`."""
    if _state.deriver is not None or _state.frame is not None:
        yield
        return
    _state.deriver = Deriver(Module(), call_compiled)
    try:
        yield
    finally:
        _state.deriver = None


def call_compiled(d: Deriver, name: str, arrays: Sequence[Any]) -> list[Any]:
    """Runs a jitted callee inside an eager transformation, as one compiled function."""
    from .jitting import run_compiled

    return run_compiled(d, name, arrays)


class Frame:
    """One function under construction."""

    __slots__ = (
        "func",
        "b",
        "parent",
        "kind",
        "fun",
        "staging",
        "captures",
        "sources",
        "known",
        "namer",
        "axis",
        "module",
        "deriver",
        "constants",
        "open",
        "late",
        "mapped",
    )

    def __init__(self, name: str, kind: str, fun: Any, staging: bool):
        parent = _state.frame
        self.deriver: Deriver = parent.deriver if parent is not None else _state.deriver or Deriver(Module(), call_compiled)
        self.module = self.deriver.module
        self.func = Func(self.module.fresh(name), function_location(fun))
        self.module.add(self.func)
        self.b = Builder(self.func.ops, self.func.loc)
        self.parent = parent
        self.kind = kind
        self.fun = fun
        self.staging: bool = staging or (parent is not None and parent.staging)
        self.captures: dict[int, tuple[Any, Value]] = {}  # id of the outer array -> (the array, argument)
        self.sources: dict[Value, Any] = {}  # argument -> outer array that gives its concrete value, if there is one
        self.known: dict[Value, Any] = {}  # concrete values found so far
        self.namer: Callable[[], list[str]] | None = None  # the user's names of the arguments
        self.axis: tuple[Any, int] | None = None  # name and size of the axis that vmap maps
        self.constants: dict[Any, Value] = {}
        self.open = True
        #: A function that is traced when those around it are complete (a rule, for a particular case): what it captures is given.
        self.late = False
        self.mapped: set[Value] | None = None  # the arguments that vmap maps, if it traces this function

    def add_arg(self, aval: Any, source: Any = None, weak_type: bool = False) -> Tracer:
        value = self.func.add_arg(aval)
        if source is not None:
            self.sources[value] = source
        return Tracer(self, value, weak_type)

    def constant(self, array: np.ndarray[Any, Any]) -> Value:
        key = (array.dtype.num, array.shape, array.tobytes())
        value = self.constants.get(key)
        if value is None:
            value = self.constants[key] = self.b.const(array)
        return value

    def lift(self, x: Any) -> Value:
        """The value of an array in this function; an outer one becomes a captured argument."""
        if isinstance(x, Tracer):
            if x.frame is self:
                return x.value
            found = self.captures.get(id(x))
            if found is not None:
                return found[1]
            outer = self.parent
            while outer is not None and outer is not x.frame and not (outer.late and id(x) in outer.captures):
                outer = outer.parent
            if outer is None:
                raise leaked(x)
            aval: Any = x.value.aval
        else:
            if not isinstance(x, ConcreteArray):
                x = as_concrete(x)
            if x.aval.size <= INLINE_CONSTANT_SIZE:
                return self.constant(x.host)
            found = self.captures.get(id(x))
            if found is not None:
                return found[1]
            if self.late:
                return self.constant(x.host)
            aval = x.aval
        value = self.func.add_arg(aval)
        self.captures[id(x)] = (x, value)
        self.sources[value] = x
        return value

    # Concrete values on demand ---------------------------------------------------------------------------------------
    def concrete(self, value: Value) -> Any:
        """The concrete value of `value` as NumPy data; raises `_Abstract` if it depends on an abstract argument."""
        known = self.known
        stack = [value]
        while stack:
            v = stack[-1]
            if v in known:
                stack.pop()
                continue
            op = v.op
            if op is None:
                source = self.sources.get(v)
                if source is None:
                    raise _Abstract(self, v)
                known[v] = source.frame.concrete(source.value) if isinstance(source, Tracer) else source.host
                stack.pop()
                continue
            missing = [o for o in op.operands if o not in known]
            if missing:
                stack += missing
                continue
            stack.pop()
            known.update(zip(op.results, self._run(op, [known[o] for o in op.operands])))
        return known[value]

    def _run(self, op: Op, arrays: list[Any]) -> list[Any]:
        """Evaluates one operation. A tape's value is the list of its residuals."""
        single = Func("op")
        single.args = [Value(v.aval) for v in op.operands]
        new = Op(op.spec, single.args, op.attrs, [r.aval for r in op.results], op.loc)
        single.ops, single.results = [new], new.results
        flat: list[Any] = []
        for a in arrays:
            flat += a if isinstance(a, list) else [a]
        with muted():  # the function as a whole is evaluated again
            outs = iter(Evaluator(self.deriver).evaluate(prepare(self.deriver, single), flat))
        return [
            [next(outs) for _ in tape_residuals(self.deriver, r.aval)] if isinstance(r.aval, Tape) else np.asarray(next(outs))
            for r in op.results
        ]

    def argument_names(self, value: Value) -> list[str]:
        """The user's names of the arguments that `value` depends on."""
        seen: set[Value] = set()
        names: list[str] = []
        own = dict(zip(self.func.args, self.namer())) if self.namer is not None else {}
        stack = [value]
        while stack:
            v = stack.pop()
            if v in seen:
                continue
            seen.add(v)
            if v.op is not None:
                stack += v.op.operands
            elif own.get(v):
                names.append(own[v])
            else:
                source = self.sources.get(v)
                if isinstance(source, Tracer):
                    names += source.frame.argument_names(source.value)
        return sorted(set(names))


class _Abstract(Exception):
    """A concrete value was asked for that does not exist: it depends on an abstract argument."""

    def __init__(self, frame: Frame, value: Value):
        self.frame = frame
        self.value = value


class Tracer(Array):
    """A value of a function under construction."""

    __slots__ = ("frame", "value", "weak_type", "__weakref__")

    def __init__(self, frame: Frame, value: Value, weak_type: bool = False):
        self.frame = frame
        self.value = value
        self.weak_type = weak_type

    @property
    def aval(self) -> Aval:  # type: ignore[override]
        return self.value.aval  # type: ignore[return-value]

    def __reduce__(self) -> Any:
        raise errors.ConcretizationTypeError(_concretization_text(self, self.frame, "Attempted pickling"))

    def concrete(self, error: type[errors.ConcretizationTypeError], what: str) -> np.ndarray[Any, Any]:
        """The concrete value, or `error` with a text that names the function, the place and the arguments."""
        if not self.frame.open and not self.frame.sources:
            raise leaked(self)
        try:
            return self.frame.concrete(self.value)
        except _Abstract as e:
            raise error(_concretization_text(self, e.frame, what, error)) from None


def _describe(frame: Frame) -> str:
    loc = frame.func.loc
    name = getattr(inspect.unwrap(frame.fun), "__name__", None) or frame.func.name
    return f"{name!r}" + (f" defined at {loc}" if loc.file else "")


def _advice(kind: str, error: type[errors.ConcretizationTypeError]) -> str:
    """What to do instead."""
    static = ", or mark the argument static (static_argnums or static_argnames)" if kind == "jit" else ""
    if issubclass(error, errors.TracerBoolConversionError):
        if kind == "vmap":
            return "Use pullback.numpy.where or pullback.lax.cond: each batch element may take another way."
        return f"Use pullback.lax.cond, pullback.numpy.where or pullback.lax.while_loop{static}."
    if issubclass(error, errors.TracerIntegerConversionError):
        return (
            f"Shapes, axes and ranges are fixed while tracing: take them from x.shape{static}. Index a pullback array instead of a "
            f"list, and loop with pullback.lax.fori_loop."
        )
    return (
        f"Keep it as an array (pullback.numpy computes with arrays of no dimension), or return it and convert the result{static}."
    )


def _concretization_text(x: Tracer, frame: Frame, what: str, error: type = errors.ConcretizationTypeError) -> str:
    names = x.frame.argument_names(x.value)
    depends = f" It depends on {'argument' if len(names) == 1 else 'arguments'} {', '.join(names)}." if names else ""
    where = user_location()
    place = f" at {where}" if where.file else ""
    advice = " " + _advice(frame.kind, error) if what.startswith("Attempted") else ""  # else `what` says it
    return (
        f"{what} of a traced array with shape {x.dtype.name}[{','.join(map(str, x.shape))}]{place}. "
        f"The value is not known while {frame.kind} traces the function {_describe(frame)}.{depends}{advice}"
    )


def leaked(x: Tracer) -> errors.UnexpectedTracerError:
    """The error for a traced value that outlived its function."""
    op = x.value.op
    made = f", created by {op.spec.name} at {op.loc}," if op is not None and op.loc.file else ""
    return errors.UnexpectedTracerError(
        f"A traced array {x.dtype.name}[{','.join(map(str, x.shape))}]{made} was used outside of the function "
        f"{_describe(x.frame)} that {x.frame.kind} traced. It was probably stored in a global, an attribute or a list by a "
        f"side effect: return it from the function instead."
    )


def check_values(arrays: Sequence[Any], what: str, kinds: tuple[str, ...]) -> None:
    """What ``config.debug_nans`` and ``debug_infs`` ask for: raises FloatingPointError if a result of an operation holds NaN."""
    for a in arrays:
        kind = bad_kind(a, kinds)
        if kind is not None:
            where = user_location()
            raise FloatingPointError(f"invalid value ({kind}) encountered in {what}" + (f" at {where}" if where.file else ""))


def evaluator(d: Deriver) -> Evaluator:
    """What eager functions are evaluated with."""
    kinds = config.bad_values
    return CheckingEvaluator(d, kinds) if kinds else Evaluator(d)


# Binding -----------------------------------------------------------------------------------------------------------------
def bind(spec: OpSpec, operands: Sequence[Any], attrs: dict[str, Any], weak_type: bool = False) -> Any:
    """Applies an op of the table: evaluates it on concrete arrays, emits it into the current function on traced ones.

    Operands are arrays of the exact dtypes and shapes that the op wants (`lax` and `numpy` promote before). Returns an
    array, or a tuple of them for an op with several results.
    """
    frame = _state.frame
    if frame is not None and (frame.staging or any(isinstance(x, Tracer) for x in operands)):
        b = frame.b
        b.loc = user_location()
        out = b.emit(spec, [x.value if type(x) is Tracer and x.frame is frame else frame.lift(x) for x in operands], attrs)
        if isinstance(out, list):
            return tuple(Tracer(frame, v, weak_type) for v in out)
        return Tracer(frame, out, weak_type)
    arrays = []
    avals = []
    for x in operands:
        if type(x) is not ConcreteArray:
            if isinstance(x, Tracer):
                raise leaked(x)
            x = as_concrete(x)
        arrays.append(x._host if x._host is not None else x.host)
        avals.append(x.aval)
    rule = spec.evaluate
    if rule is None or isinstance(rule, NoRule):
        raise NoRuleError(
            f"{spec.name} cannot be evaluated eagerly: {rule.why if rule else 'it has no evaluate rule'}", user_location()
        )
    assert spec.infer is not None
    try:
        out_aval = spec.infer(*avals, **attrs)
    except OpError as e:
        loc = user_location()
        raise OpError(f"{loc}: {spec.name}: {e}" if loc.file else f"{spec.name}: {e}") from None
    result = rule(*arrays, **attrs)
    kinds = config.bad_values
    if kinds:
        check_values(result if isinstance(result, (tuple, list)) else (result,), spec.short, kinds)
    if type(out_aval) is Aval:
        return ConcreteArray(result if type(result) is np.ndarray else np.asarray(result), out_aval, weak_type)
    return tuple(ConcreteArray(np.asarray(r), a, weak_type) for r, a in zip(result, out_aval))


def bind_named(name: str, *operands: Any, **attrs: Any) -> Any:
    """`bind` by op name: ``bind_named("pb.sin", x)``."""
    return bind(TABLE[name], operands, attrs)


def emit_function_op(
    name: str, operands: Sequence[Any], attrs: dict[str, Any], avals: Sequence[Any], weak: Sequence[bool] | None = None
) -> list[Any]:
    """Emits a pbfn op into the current function; result types are given. Returns traced values (tapes included)."""
    frame = _state.frame
    assert frame is not None
    frame.b.loc = user_location()
    results = frame.b.emit_typed(TABLE[name], [frame.lift(x) for x in operands], attrs, avals)
    return [Tracer(frame, v, bool(weak and i < len(weak) and weak[i])) for i, v in enumerate(results)]


# Tracing functions -------------------------------------------------------------------------------------------------------
class Traced(NamedTuple):
    """A traced function: its symbol, the outer arrays it captured (extra arguments, in order), what the call returned."""

    name: Symbol
    frame: Frame
    captures: list[Any]
    outs: list[Any]  # avals
    weak: list[bool]
    result: Any  # whatever `flatten` returned beside the leaves

    @property
    def func(self) -> Func:
        return self.frame.func

    @property
    def deriver(self) -> Deriver:
        return self.frame.deriver

    @property
    def staged(self) -> bool:
        """Whether the operation on this function has to be emitted into an outer function under construction."""
        parent = self.frame.parent
        if parent is None:
            return False
        return parent.staging or any(isinstance(c, Tracer) for c in self.captures)


def trace(
    kind: str,
    fun: Any,
    args: Sequence[Any],
    call: Callable[[list[Tracer]], tuple[list[Any], Any]],
    *,
    namer: Callable[[], list[str]] | None = None,
    concrete: bool = False,
    captures_first: bool = False,
    weak: Sequence[bool] | None = None,
    name: str | None = None,
    axis: tuple[Any, int] | None = None,
    late: Sequence[Any] | None = None,
    mapped: Sequence[bool] | None = None,
) -> Traced:
    """Traces one function.

    `args` are avals, or arrays whose concrete values the arguments stand for; with `concrete`, operations on values that are
    known are not staged. `late` is what a function captures that is traced after those around it. `call(tracers)` runs the
    user's function and returns (leaves, anything else). `captures_first` puts captured arguments in front (loop bodies).
    """
    frame = Frame(name or function_name(fun), kind, fun, staging=not concrete)
    frame.namer, frame.axis = namer, axis
    tracers = []
    for i, a in enumerate(args):
        if isinstance(a, Array):
            tracers.append(frame.add_arg(a.aval, a, a.weak_type))
        else:
            tracers.append(frame.add_arg(a, None, bool(weak and weak[i])))
    if mapped is not None:
        frame.mapped = {t.value for t, on in zip(tracers, mapped) if on}
    if late is not None:
        frame.late = True
        for x in late:
            frame.captures[id(x)] = x, frame.func.add_arg(x.value.aval if isinstance(x, Tracer) else x.aval)
    saved = _state.frame
    _state.frame = frame
    try:
        leaves, result = call(tracers)
        values = []
        out_weak = []
        for leaf in leaves:
            if not isinstance(leaf, Array):
                leaf = as_concrete(leaf)
            values.append(frame.lift(leaf))
            out_weak.append(leaf.weak_type)
    finally:
        _state.frame = saved
        frame.open = False
        if saved is None:
            # a frame is part of reference cycles; without this, big arrays would live until the collector runs
            frame.sources.clear()
            frame.known.clear()
            frame.constants.clear()
    func = frame.func
    func.results = values
    captured = list(frame.captures.values())
    if captures_first and captured:
        n = len(args)
        func.args = func.args[n:] + func.args[:n]
    return Traced(Symbol(func.name), frame, [x for x, _ in captured], [v.aval for v in values], out_weak, result)


def evaluate(d: Deriver, name: str, arrays: Sequence[Any]) -> list[Any]:
    """Runs a function with the NumPy evaluator; arrays in, concrete arrays out."""
    hosts = [x.host if isinstance(x, ConcreteArray) else np.asarray(x) for x in arrays]
    return [from_numpy(np.asarray(r)) for r in evaluator(d)(name, hosts)]


def import_function(module: Module, name: str) -> Symbol:
    """Makes a function of another trace (and what it references) callable in the current one."""
    frame = _state.frame
    assert frame is not None
    here = frame.module
    if here is module:
        return Symbol(name)
    key = ("imported", id(module), name)
    found = here.memo.get(key)
    if found is not None:
        return found[0]
    source = module[name]
    func = Func(here.fresh(name), source.loc)
    here.add(func)
    here.memo[key] = (Symbol(func.name), module)  # keeps `module` alive, so that its id stays its own
    func.args, func.results = source.args, source.results
    func.ops = [_rename(op, module) for op in source.ops]
    env = {old: new for a, b in zip(source.ops, func.ops) for old, new in zip(a.results, b.results)}
    for op in func.ops:
        op.operands = [env.get(v, v) for v in op.operands]
    func.results = [env.get(v, v) for v in source.results]
    return Symbol(func.name)


def _import_symbol(module: Module, symbol: Symbol) -> Symbol:
    name = import_function(module, symbol)
    return RuleSymbol.make(name, symbol.specialize) if isinstance(symbol, RuleSymbol) else name


def _rename(op: Op, module: Module) -> Op:
    attrs = op.attrs
    if op.spec.regions is not None:
        attrs = {
            k: _import_symbol(module, v)
            if isinstance(v, Symbol)
            else tuple(import_function(module, s) for s in v)
            if isinstance(v, tuple) and v and isinstance(v[0], Symbol)
            else v
            for k, v in attrs.items()
        }
    return Op(op.spec, op.operands, attrs, [r.aval for r in op.results], op.loc)
