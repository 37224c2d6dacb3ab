"""Symbolic zeros: rules of custom derivatives that are told which tangents and cotangents are zero.

What is zero is known only when a program is differentiated, long after the rule's function was called. So the rule is traced twice
(or more often): at the call, for the general case that nothing is zero, which is what the program's text shows; and by the
derivation, for the case at hand.

Rules that are called from rules are traced by the derivation alone below some depth: a rule may call its function with another
function that it has made (the backward pass of a fixed point solves another fixed point), and so on without end.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from pullback.dialects.effects import emit_check
from pullback.dialects.types import Aval

from . import dtypes
from .api_util import describe
from .array import Array, from_numpy
from .trace import Traced, Tracer, _state, current_frame, trace


class SymbolicZero:
    """A tangent or cotangent that is known to be zero. Attributes: `aval`, `shape`, `dtype`, `ndim`, `size`, `weak_type`.

    >>> import pullback, pullback.numpy as pnp
    >>> z = pullback.custom_derivatives.SymbolicZero.from_primal_value(pnp.ones(3))
    >>> z, z.shape
    (SymbolicZero, (3,))
    """

    __slots__ = ("aval", "dtype", "weak_type")

    def __init__(self, aval: Any, dtype: Any = None, weak_type: bool = False):
        from pullback.dialects import types as T

        self.aval = aval
        self.dtype = T.np_dtype(aval.dtype) if dtype is None else dtype
        self.weak_type = weak_type

    @property
    def shape(self) -> tuple[int, ...]:
        return self.aval.shape

    @property
    def ndim(self) -> int:
        return len(self.aval.shape)

    @property
    def size(self) -> int:
        return self.aval.size

    def __repr__(self) -> str:
        return "SymbolicZero"

    @staticmethod
    def from_primal_value(value: Any) -> SymbolicZero:
        """The zero tangent of a value; of dtype float0 for integers."""
        from .api_util import as_array

        x = as_array(value, "value", "SymbolicZero")
        return SymbolicZero(x.aval, None if dtypes.is_inexact(x.dtype) else dtypes.float0, x.weak_type)


@dataclass(slots=True)
class CustomVJPPrimal:
    """What the forward pass of a custom_vjp with symbolic zeros gets in place of an array: its value, and whether anything is
    differentiated with respect to it."""

    value: Any
    perturbed: bool


def zero_from_primal(value: Any, symbolic_zeros: bool = False) -> Any:
    """The zero tangent of a value: a `SymbolicZero` or an array.

    >>> import pullback
    >>> print(pullback.custom_derivatives.zero_from_primal(2.0))
    0.0
    """
    zero = SymbolicZero.from_primal_value(value)
    return zero if symbolic_zeros else np.zeros(zero.shape, zero.dtype) if zero.dtype == dtypes.float0 else instantiate(zero)


def instantiate(x: Any) -> Any:
    """An array of zeros for a symbolic zero; anything else as it is."""
    return from_numpy(np.zeros(x.shape, x.dtype)) if isinstance(x, SymbolicZero) else x


def tangents_of(avals: Sequence[Aval], values: Iterator[Any], there: Sequence[bool], symbolic: bool) -> list[Any]:
    """Tangents (or cotangents) for values of all `avals`: the given ones for the floating-point ones for which `there` (one entry
    for each of those) holds, else zeros, symbolic ones or arrays."""
    from pullback.dialects import types as T

    it = iter(there)
    result: list[Any] = []
    for a in avals:
        if not T.is_inexact(a.dtype):
            result.append(SymbolicZero(a, dtypes.float0) if symbolic else np.zeros(a.shape, dtypes.float0))
        elif next(it):
            result.append(next(values))
        else:
            result.append(SymbolicZero(a) if symbolic else instantiate(SymbolicZero(a)))
    return result


# Rules inside of rules -----------------------------------------------------------------------------------------------------
#: How deep rules are traced at the call. The text of a program thus has derivatives up to this order of what calls itself.
_MAX_DEPTH = 3


class _Nesting(threading.local):
    depth = 0


_nesting = _Nesting()


def too_deep() -> bool:
    """Whether the rules of a function that is called now are left to the derivation that needs them."""
    return _nesting.depth >= _MAX_DEPTH


@contextlib.contextmanager
def tracing_rules(depth: int | None = None) -> Iterator[None]:
    """In the block, rules are traced: one level deeper, or at a given depth."""
    saved, _nesting.depth = _nesting.depth, _nesting.depth + 1 if depth is None else depth
    try:
        yield
    finally:
        _nesting.depth = saved


# Tracing for a particular case -------------------------------------------------------------------------------------------------
class Specializer:
    """Makes the function of a particular case, once for each module and case; see `dialects.custom_rules.RuleSymbol`."""

    def __init__(self, make: Callable[..., Any]):
        self._make = make

    def __call__(self, d: Any, *case: Any) -> Any:
        memo = d.module.memo
        key = ("specialized", self, case)
        if key not in memo:
            memo[key] = self._make(d, *case)
        return memo[key]


@contextlib.contextmanager
def no_frame(d: Any) -> Iterator[None]:
    """Functions that are traced in the block belong to the module of `d`, and to no function around them."""
    saved = _state.frame, _state.deriver
    _state.frame, _state.deriver = None, d
    try:
        yield
    finally:
        _state.frame, _state.deriver = saved


def late_trace(
    d: Any, kind: str, rule: Any, avals: Sequence[Any], call: Any, general: Traced, weak: Sequence[bool] | None = None
) -> Traced:
    """Traces a rule into the module of `d`, with the captured arguments that its general form has."""
    captured = captures_of(general)
    with no_frame(d), tracing_rules(_MAX_DEPTH):
        return trace(kind, rule, avals, call, weak=weak, late=captured)


def captures_of(traced: Traced) -> list[Any]:
    """What a traced function captures."""
    return [x for x, _ in traced.frame.captures.values()]


def refusal(message: str, avals: Sequence[Aval], result: Any) -> Callable[[list[Tracer]], Any]:
    """In place of a rule: fails with the message when it is run."""

    def run(tracers: list[Tracer]) -> Any:
        frame = current_frame()
        assert frame is not None
        emit_check(frame.b, frame.b.const(np.asarray(False)), message.replace("{", "{{").replace("}", "}}"))
        zeros: list[Array] = [Tracer(frame, frame.b.zeros(a)) for a in avals]
        return zeros, result

    return run


def left_out(rule: Any, avals: Sequence[Aval], result: Any) -> Callable[[list[Tracer]], Any]:
    """What the text has in place of a rule that is `too_deep`."""
    message = (
        f"the derivative rule {describe(rule)} is called inside of other rules, more than {_MAX_DEPTH} deep, and the text of a "
        f"program does not hold it; differentiate the function in Python"
    )
    return refusal(message, avals, result)


def or_refusal(call: Callable[[list[Tracer]], Any], rule: Any, avals: Sequence[Aval], result: Any) -> Callable[[list[Tracer]], Any]:
    """`call` for the general case. A rule may refuse it (by an exception for what must not be differentiated, say). Then the text
    has a rule that fails with the same message when it is run."""

    def run(tracers: list[Tracer]) -> Any:
        try:
            return call(tracers)
        except Exception as e:
            return refusal(f"the derivative rule {describe(rule)} raised {type(e).__name__}: {e}", avals, result)(tracers)

    return run
