"""The ops of the pb dialect as functions of arrays: ``pb.add(x, y)``, ``pb.reduce_sum(x, axes=(0,))``.

As with the dialect's `Builder`, a Python number next to an array stands for a constant of that array's dtype. Elementwise
ops on concrete arrays broadcast, for NumPy does; traced ones get operands of one shape (see `util.promote_args`).
"""

from __future__ import annotations

import contextvars
import threading
from collections.abc import Callable
from typing import Any

import numpy as np

from pullback.dialects import types as T
from pullback.dialects.spec import TABLE, OpSpec
from pullback.dialects.types import Aval

from ..array import Array, ConcreteArray
from ..configuration import config
from ..locations import called_function, user_location
from ..trace import Tracer, _state, bind, check_values


class _Quiet(threading.local):
    """``run(f, *args)`` calls a NumPy function with floating-point warnings off: NaN and infinity are results here.

    A context that ignores them is entered instead of `numpy.errstate`, which costs more than a small addition.
    """

    def __init__(self) -> None:
        context = contextvars.copy_context()
        context.run(np.seterr, all="ignore")
        self.run: Callable[..., Any] = context.run


quiet = _Quiet()


def wrap(array: Any, weak_type: bool = False, what: str = "") -> ConcreteArray:
    """A NumPy result, which nobody else holds, as an array. `what` made it."""
    if type(array) is not np.ndarray:
        array = np.asarray(array)
    kinds = config.bad_values
    if kinds:
        check_values((array,), what or called_function() or "a function of pullback.numpy", kinds)
    return ConcreteArray(array, Aval(array.shape, T.from_np(array.dtype)), weak_type)


def is_traced(*xs: Any) -> bool:
    """Whether an operation on `xs` must be emitted into a function under construction."""
    frame = _state.frame
    return frame is not None and (frame.staging or any(isinstance(x, Tracer) for x in xs))


def full(shape: tuple[Any, ...], dtype: Any, value: Any, weak_type: bool = False) -> Array:
    """A concrete array filled with a number."""
    return wrap(np.zeros(shape, dtype) if type(value) is int and value == 0 else np.full(shape, value, dtype), weak_type)


def splat(shape: tuple[Any, ...], dtype: Any, value: Any, weak_type: bool = False) -> Array:
    """An array filled with a number: a constant of the program while one is being staged, else data."""
    frame = _state.frame
    if frame is None or not frame.staging:
        return full(shape, dtype, value, weak_type)
    return traced_splat(shape, dtype, value, weak_type)


def traced_splat(shape: tuple[Any, ...], dtype: Any, value: Any, weak_type: bool = False) -> Tracer:
    """A constant of the function under construction, filled with a number."""
    frame = _state.frame
    assert frame is not None
    frame.b.loc = user_location()
    return Tracer(frame, frame.b.full(tuple(shape), T.from_np(dtype), np.asarray(value).astype(dtype)), weak_type)


def _elementwise(spec: OpSpec) -> Callable[..., Any]:
    rule: Any = spec.evaluate
    first = 1 if spec.name == "pb.select" else 0  # the operand that gives numbers their dtype

    def method(*xs: Any, **attrs: Any) -> Any:
        frame = _state.frame
        like = None
        weak = True
        traced = frame is not None and frame.staging
        for i, x in enumerate(xs):
            if isinstance(x, Array):
                if i >= first:
                    if like is None:
                        like = x
                    weak = weak and x.weak_type
                traced = traced or isinstance(x, Tracer)
        assert like is not None, f"{spec.name} needs an array operand"
        dtype = like.dtype
        if traced:
            operands = [x if isinstance(x, Array) else traced_splat(like.shape, dtype, x) for x in xs]
            out = bind(spec, operands, attrs, weak)
            if weak and out.aval.dtype == "i1":
                out.weak_type = False
            return out
        return wrap_elementwise(
            rule(*[x.host if isinstance(x, ConcreteArray) else np.asarray(x).astype(dtype) for x in xs], **attrs), weak, spec.short
        )

    return method


def wrap_elementwise(array: Any, weak: bool, what: str = "") -> ConcreteArray:
    out = wrap(array, weak, what)
    if weak and out.aval.dtype == "i1":
        out.weak_type = False
    return out


def _general(spec: OpSpec) -> Callable[..., Any]:
    def method(*xs: Any, **attrs: Any) -> Any:
        dtype = xs[0].aval.dtype
        out = bind(spec, xs, attrs, xs[0].weak_type)
        if isinstance(out, Array) and out.weak_type and out.aval.dtype != dtype:
            out.weak_type = False  # type: ignore[misc]
        return out

    return method


def _complex(re: Any, im: Any) -> Any:
    """The one elementwise op whose evaluation needs equal shapes."""
    return bind(TABLE["pb.complex"], (re, im), {}, re.weak_type and im.weak_type)


class _Ops:
    """Every op of the pb dialect as a method."""

    def __getattr__(self, name: str) -> Any:
        spec = TABLE.get("pb." + name.removesuffix("_"))
        if spec is None:
            raise AttributeError(f"the pb dialect has no operation {name!r}")
        method = _complex if name == "complex" else _elementwise(spec) if "elementwise" in spec.traits else _general(spec)
        setattr(self, name, method)
        return method


pb = _Ops()


def compare(x: Any, y: Any, direction: str) -> Any:
    """Elementwise comparison in the direction EQ, NE, LT, LE, GT or GE."""
    return pb.compare(x, y, direction=direction)
