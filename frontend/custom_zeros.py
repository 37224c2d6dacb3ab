"""Symbolic zeros: rules of custom derivatives that are told which tangents and cotangents are zero.

What is zero is known only when a program is differentiated, long after the rule's function was called. So the rule is traced twice
(or more often): at the call, for the general case that nothing is zero, which is what the program's text shows; and by the
derivation, for the case at hand.
"""

from __future__ import annotations

import contextlib
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
    """Tangents (or cotangents) for values of all `avals`: arrays for the floating-point ones for which `there` (one entry for
    each of those) holds, else zeros."""
    from pullback.dialects import types as T

    it = iter(there)
    result: list[Any] = []
    for a in avals:
        if not T.is_inexact(a.dtype):
            result.append(SymbolicZero(a, dtypes.float0) if symbolic else np.zeros(a.shape, dtypes.float0))
        else:
            result.append(next(values) if next(it) else SymbolicZero(a))
    return result


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
    captured = [x for x, _ in general.frame.captures.values()]
    with no_frame(d):
        return trace(kind, rule, avals, call, weak=weak, late=captured)


def or_refusal(
    call: Callable[[list[Tracer]], Any], rule: Any, avals: Sequence[Aval], failed: list[Exception], result: Any
) -> Callable[[list[Tracer]], Any]:
    """`call` for the general case. A rule may refuse it (by an exception for what must not be differentiated, say). Then the text
    has a rule that fails with the same message when it is run, and `failed` has the exception."""

    def run(tracers: list[Tracer]) -> Any:
        try:
            return call(tracers)
        except Exception as e:
            failed.append(e)
            frame = current_frame()
            assert frame is not None
            message = f"the derivative rule {describe(rule)} raised {type(e).__name__}: {e}"
            emit_check(frame.b, frame.b.const(np.asarray(False)), message.replace("{", "{{").replace("}", "}}"))
            zeros: list[Array] = [Tracer(frame, frame.b.zeros(a)) for a in avals]
            return zeros, result

    return run
