"""Errors of tracing. Names follow JAX; the texts say what, which argument, where, and what to do instead."""

from __future__ import annotations

from pullback.dialects.spec import NoRuleError, NotDifferentiableError, OpError, PullbackError


class ConcretizationTypeError(TypeError):
    """A traced value was used where its concrete value is needed."""


class TracerBoolConversionError(ConcretizationTypeError):
    """Python's ``if``, ``while``, ``and``, ``or``, ``not`` or ``bool()`` on a traced value."""


class TracerIntegerConversionError(ConcretizationTypeError):
    """A traced value was used as a Python integer: an index, a shape, a range."""


class TracerArrayConversionError(ConcretizationTypeError):
    """A traced value was passed to NumPy."""


class NonConcreteBooleanIndexError(ConcretizationTypeError, IndexError):
    """A traced boolean mask was used as an index: the shape of the result would depend on its values."""


class UnexpectedTracerError(Exception):
    """A traced value was used after, or outside of, the function that it belongs to."""


__all__ = [
    "ConcretizationTypeError",
    "NoRuleError",
    "NonConcreteBooleanIndexError",
    "NotDifferentiableError",
    "OpError",
    "PullbackError",
    "TracerArrayConversionError",
    "TracerBoolConversionError",
    "TracerIntegerConversionError",
    "UnexpectedTracerError",
]
