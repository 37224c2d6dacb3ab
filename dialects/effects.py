"""Operations with an effect: pbfn.debug_print, pbfn.debug_callback, pbfn.check.

They have no results, so nothing but their effect keeps them: whoever removes dead operations asks `touches`. The evaluator
carries the effect out where the operation stands. A compiled function cannot: `passes.discharge_effects` turns effects into
further results, of which `carry_out` makes the same effects, in the same order, after the call.

The arguments of an effect are the leaves of Python containers. Attribute `structure` describes those (as a Python literal; empty
if the operands are the positional arguments), so that a program read from text prints the same. `batch` has the sizes of the
leading dimensions that vmap has put in front of every operand: the effect happens once for each example, in order. With `masked`,
the first operand, of the shape `batch`, says for which.
"""

from __future__ import annotations

import ast
import contextlib
import functools
import string
import threading
from collections import namedtuple
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from .builder import Builder
from .errors import PullbackError
from .ir import Loc, Module, Op, Value
from .spec import BOOL, I64S, STR, TABLE, NoRule, NotDifferentiable, define

LOGS = frozenset({"pbfn.debug_print", "pbfn.debug_callback"})
CHECKS = frozenset({"pbfn.check"})


class CheckError(PullbackError, ValueError):
    """A check of the program failed."""


class CallbackName(str):
    """The name of a Python function that an operation calls; the function comes along, outside of the text."""

    __slots__ = ("fun",)
    fun: Callable[..., None]


class _State(threading.local):
    muted = False


_state = _State()

#: How an array is shown to format strings and callbacks; the frontend shows its own arrays.
present: Callable[[Any], Any] = lambda a: a[()]


@contextlib.contextmanager
def muted() -> Iterator[None]:
    """No effects in this thread: values are computed that are computed again later."""
    saved, _state.muted = _state.muted, True
    try:
        yield
    finally:
        _state.muted = saved


# Which operations have effects -----------------------------------------------------------------------------------------------
def function_touches(module: Module, name: str, names: frozenset[str] | None = None, pure: set[str] | None = None) -> bool:
    """Whether a function, or one that it refers to, has an effect (of the kinds in `names`). Functions that have none are not
    remembered, since they may be under construction; a caller that knows they are not gives a set, `pure`, to collect them."""
    memo = module.memo
    seen: set[str] = set()
    stack = [name]
    while stack:
        f = stack.pop()
        if f in seen or (pure is not None and f in pure) or f not in module.funcs:  # the last: it is only being derived
            continue
        seen.add(f)
        found = ("effects", f, names) in memo
        for op in () if found else module.funcs[f].ops:
            if not op.spec.function:
                continue
            if "effect" in op.spec.traits:
                found = found or names is None or op.spec.name in names
            elif op.spec.regions is not None:
                stack.extend(op.spec.regions(op.attrs))
        if found:
            memo["effects", name, names] = memo["effects", f, names] = True
            return True
    if pure is not None:
        pure |= seen
    return False


def touches(module: Module, op: Op, names: frozenset[str] | None = None, pure: set[str] | None = None) -> bool:
    """Whether an operation has an effect."""
    if not op.spec.function:
        return False
    if "effect" in op.spec.traits:
        return names is None or op.spec.name in names
    if op.spec.regions is None:
        return False
    return any((pure is None or f not in pure) and function_touches(module, f, names, pure) for f in op.spec.regions(op.attrs))


# Structures as text ----------------------------------------------------------------------------------------------------------
_nodes = functools.lru_cache(maxsize=1024)(ast.literal_eval)


def encode(node: Any, n_leaves: int) -> str:
    """The text of a structure."""
    plain = ("tuple", [("tuple", ["*"] * n_leaves), ("dict", [])])
    return "" if node == plain else repr(node)


def arguments(structure: str, leaves: Sequence[Any]) -> tuple[Any, Any]:
    """Positional and keyword arguments with the given leaves."""
    values = [present(np.asarray(a)) for a in leaves]
    return (tuple(values), {}) if not structure else rebuild(_nodes(structure), iter(values))


def rebuild(node: Any, leaves: Iterator[Any]) -> Any:
    """The container that a node of a structure describes."""
    if node == "*":
        return next(leaves)
    kind, *rest = node
    if kind == "static":
        return rest[0]
    if kind == "dict":
        return {k: rebuild(child, leaves) for k, child in rest[0]}
    children = [rebuild(child, leaves) for child in rest[-1]]
    if kind == "namedtuple":
        return namedtuple(rest[0], rest[1])(*children)
    return tuple(children) if kind == "tuple" else children


class _Formatter(string.Formatter):
    """Raises ValueError for arguments that the format does not use."""

    def check_unused_args(self, used: Any, args: Sequence[Any], kwargs: Any) -> None:
        unused = [i for i in range(len(args)) if i not in used]
        if unused:
            raise ValueError(f"Unused positional arguments of the format string: {unused}")
        names = [k for k in kwargs if k not in used]
        if names:
            raise ValueError(f"Unused keyword arguments of the format string: {names}")


formatter = _Formatter()


def formatted(template: str, structure: str, leaves: Sequence[Any], strict: bool = False) -> str:
    args, kwargs = arguments(structure, leaves)
    return formatter.format(template, *args, **kwargs) if strict else template.format(*args, **kwargs)


# Effects on the host ---------------------------------------------------------------------------------------------------------
def _print(arrays: Sequence[Any], attrs: dict[str, Any], where: str) -> None:
    print(formatted(attrs["format"], attrs["structure"], arrays))


def _call_back(arrays: Sequence[Any], attrs: dict[str, Any], where: str) -> None:
    name = attrs["callback"]
    if not isinstance(name, CallbackName):
        raise PullbackError(f"debug_callback calls the Python function {name!r}, which the text of a program does not hold")
    args, kwargs = arguments(attrs["structure"], arrays)
    name.fun(*args, **kwargs)


def check_text(attrs: dict[str, Any], arrays: Sequence[Any]) -> str:
    """What a failed check says."""
    message = formatted(attrs["message"], attrs["structure"], arrays)
    return f"{message} (`check` failed)" if attrs["kind"] in ("user", "debug") else message


def _check(arrays: Sequence[Any], attrs: dict[str, Any], where: str) -> None:
    if not arrays[0] and attrs["kind"] != "debug":
        raise CheckError(f"{where}{check_text(attrs, arrays[1:])}")


_ACTIONS = {"pbfn.debug_print": _print, "pbfn.debug_callback": _call_back, "pbfn.check": _check}


def carry_out_one(name: str, arrays: Sequence[Any], attrs: dict[str, Any]) -> None:
    """The effect of one operation, for each example of a batch that the mask lets through."""
    action, batch = _ACTIONS[name], attrs["batch"]
    for index in np.ndindex(*batch):
        values = [a[index] for a in arrays] if batch else list(arrays)
        if attrs["masked"] and not values.pop(0):
            continue
        where = f"at mapped index {', '.join(map(str, index))}: " if batch else ""
        action(values, attrs, where)


def _evaluate(name: str) -> Any:
    def rule(run: Any, arrays: list[Any], attrs: dict[str, Any]) -> list[Any]:
        if not _state.muted:
            carry_out_one(name, [np.asarray(a) for a in arrays], attrs)
        return []

    return rule


class Log(NamedTuple):
    """A print or callback of a compiled function. Its part of the results: how often it happened, and for the first `capacity`
    times (of more, the last one is kept in place of the others) when, and with which operands."""

    name: str
    attrs: dict[str, Any]
    loc: Loc
    capacity: int


class CheckSite(NamedTuple):
    """A check of a compiled function. Its part of the results: the arguments of its message, if it was the first to fail."""

    attrs: dict[str, Any]
    loc: Loc
    size: int


class Effects(NamedTuple):
    """How the further results of a function are read: the parts in order, each with its number of values."""

    parts: tuple[tuple[Any, int], ...]  # a part is a `Log`, "clock", "code", or a number of `checks`
    checks: tuple[CheckSite, ...]

    @property
    def n_values(self) -> int:
        return sum(n for _, n in self.parts)


def carry_out(effects: Effects, values: Sequence[Any]) -> None:
    """The effects of a call of a compiled function, in the order of the program; raises CheckError for a check that failed."""
    events: list[tuple[int, Log, list[Any]]] = []
    lost: list[tuple[int, Log, int]] = []
    failure = 0
    payloads: dict[int, list[Any]] = {}
    start = 0
    for part, n in effects.parts:
        arrays = values[start : start + n]
        start += n
        if part == "code":
            failure = int(arrays[0])
        elif isinstance(part, int):
            payloads[part] = list(arrays)
        elif isinstance(part, Log):
            count, when, *operands = arrays
            for j in range(min(int(count), part.capacity)):
                events.append((int(when[j]), part, [a[j] for a in operands]))
            if int(count) > part.capacity:
                lost.append((int(when[part.capacity - 1]), part, int(count) - part.capacity))
    dropped = {(when, id(log)): n for when, log, n in lost}
    for when, log, operands in sorted(events, key=lambda e: e[0]):
        if (when, id(log)) in dropped:
            print(
                f"... {dropped[when, id(log)]} times not shown: {log.loc if log.loc.file else 'a print'} is in a loop of unknown "
                f"length, of which a compiled function keeps {log.capacity}"
            )
        carry_out_one(log.name, operands, log.attrs)
    if failure:
        site = effects.checks[failure - 1]
        raise CheckError(check_text(site.attrs, payloads.get(failure, [])))


# The operations --------------------------------------------------------------------------------------------------------------
def _jvp(d: Any, b: Builder, op: Op, primals: list[Value], tangents: list[Value | None]) -> Any:
    b.clone(op, primals)
    return [], []


def _batch(d: Any, b: Builder, op: Op, operands: list[Value], batched: list[bool]) -> Any:
    if any(batched):
        attrs = {**op.attrs, "batch": (b.size, *op.attrs["batch"])}
        b.emit_typed(op.spec, [b.batched(v, m) for v, m in zip(operands, batched)], attrs, [])
    else:
        b.clone(op, operands)
    return [], []


_DISCHARGED = NoRule("the pass discharge-effects turns it into results of the compiled function")


def _effect(name: str, attrs: dict[str, str], doc: str, reference: str) -> None:
    define(
        f"pbfn.{name}",
        ("operands*",),
        {**attrs, "structure": STR, "batch": I64S, "masked": BOOL},
        results=("none*",),
        evaluate=_evaluate(f"pbfn.{name}"),
        jvp=_jvp,
        transpose=NotDifferentiable("it has no results that could have a cotangent"),
        batch=_batch,
        lower=_DISCHARGED,
        split_complex=_DISCHARGED,
        function=True,
        traits=("effect",),
        doc=doc,
        reference=reference,
    )


_effect(
    "debug_print",
    {"format": STR},
    "Prints the operands as Python's `str.format` writes them. `structure` is a Python literal, the containers of the arguments. "
    "`batch` has the sizes of leading dimensions over whose indices it prints; with `masked`, only where the first operand holds.",
    "JAX documentation, jax.debug.print",
)
_effect(
    "debug_callback",
    {"callback": STR},
    "Calls a Python function, which the text of a program only names. The other attributes are those of pbfn.debug_print.",
    "JAX documentation, jax.debug.callback",
)
_effect(
    "check",
    {"message": STR, "kind": STR},
    "Fails with a message, formatted like pbfn.debug_print, where the first operand (after a mask) is false. `kind` is what has "
    "put the check there: user; debug (counts only where checks are turned into values); nan, div or index (automatic).",
    "JAX documentation, jax.experimental.checkify",
)


def emit_check(b: Builder, pred: Value, message: str, args: Iterable[Value] = (), kind: str = "user") -> None:
    """Emits a check of a scalar; the message has a ``{}`` for each argument."""
    attrs = {"message": message, "kind": kind, "structure": "", "batch": (), "masked": False}
    b.emit_typed(TABLE["pbfn.check"], [pred, *args], attrs, [])
