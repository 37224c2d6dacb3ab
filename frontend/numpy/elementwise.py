"""Makers of elementwise functions: documentation, and the direct way for concrete arrays of one dtype.

``x + y`` on small arrays must cost little more than NumPy's own addition. So two concrete arrays of one dtype (or one and a
Python number that takes its dtype), outside of any trace, go straight to the NumPy function that also is the op's evaluation
rule; everything else goes the general way, through promotion and `bind`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from pullback.dialects import types as T
from pullback.dialects.types import Aval

from ..array import Array, ConcreteArray
from ..configuration import watching
from ..trace import _state
from .emit import quiet
from .examples import example

#: Element types whose NumPy functions round as the ops do; 16-bit floats are computed in f32 instead.
DIRECT = frozenset(T.SIGNED + T.UNSIGNED + ("f32", "f64", "c64", "c128"))
DIRECT_REAL = DIRECT - {"c64", "c128"}
DIRECT_FLOAT = frozenset(("f32", "f64"))
DIRECT_INEXACT = frozenset(("f32", "f64", "c64", "c128"))
DIRECT_INTEGER = frozenset(T.SIGNED + T.UNSIGNED)

# Python numbers that take an array's dtype without changing it. Small integer types wrap numbers out of range: general way.
_SCALARS: dict[str, Any] = {
    "i32": frozenset((int,)),
    "i64": frozenset((int,)),
    "f32": frozenset((float, int)),
    "f64": frozenset((float, int)),
    "c64": frozenset((complex, float, int)),
    "c128": frozenset((complex, float, int)),
}
_NONE: frozenset[Any] = frozenset()


def document(f: Any, name: str, text: str, arguments: str, note: str = "") -> Any:
    """Gives a made function its name and documentation."""
    f.__name__ = f.__qualname__ = name
    f.__module__ = "pullback.numpy"
    more = f"\n    {note}\n" if note else ""
    f.__doc__ = f"""{text}, elementwise.
{more}
    Args:
      {arguments}

    Raises:
      TypeError: an argument is no array or scalar.

    Reference: NumPy, numpy.{name}.{example(name)}
    """
    return f


def binary(
    name: str,
    general: Callable[[Any, Any], Array],
    text: str,
    *,
    ufunc: Any = None,
    direct: frozenset[str] = _NONE,
    boolean: bool = False,
    arguments: str = "x1, x2: arrays or scalars; they are promoted to one dtype and broadcast against each other.",
    note: str = "",
    constants: bool = False,
) -> Any:
    """A function of two arguments. `general` is right for all of them; `ufunc` is the direct way for the dtypes in `direct`.

    The result of `ufunc` has the operands' dtype, or is `boolean`. `constants`: see `util.with_constants`.
    """

    def f(x1: Any, x2: Any, /) -> Array:
        if _state.frame is None and not watching.on:
            if type(x1) is ConcreteArray:
                aval = x1.aval
                dtype = aval.dtype
                if dtype in direct:
                    if type(x2) is ConcreteArray:
                        if x2.aval.dtype == dtype:
                            weak = x1.weak_type and x2.weak_type
                            y = x2._host
                            if y is None:
                                y = x2.host
                        else:
                            return general(x1, x2)
                    elif type(x2) in _SCALARS.get(dtype, _NONE):
                        weak = x1.weak_type
                        y = x2
                    else:
                        return general(x1, x2)
                    x = x1._host
                    if x is None:
                        x = x1.host
                else:
                    return general(x1, x2)
            elif type(x2) is ConcreteArray:
                aval = x2.aval
                dtype = aval.dtype
                if dtype not in direct or type(x1) not in _SCALARS.get(dtype, _NONE):
                    return general(x1, x2)
                weak = x2.weak_type
                x = x1
                y = x2.host
            else:
                return general(x1, x2)
            try:
                out = quiet.run(ufunc, x, y)
            except (ValueError, OverflowError):
                return general(x1, x2)  # which says what does not fit
            if type(out) is not np.ndarray:
                out = np.asarray(out)
            if boolean:
                return ConcreteArray(out, Aval(out.shape, "i1"))
            if constants and weak and out.ndim:
                weak = False
            return ConcreteArray(out, aval if out.shape == aval.shape else Aval(out.shape, dtype), weak)
        return general(x1, x2)

    return document(f, name, text, arguments, note)


def unary(
    name: str,
    general: Callable[[Any], Array],
    text: str,
    *,
    ufunc: Any = None,
    direct: frozenset[str] = _NONE,
    arguments: str = "x: array or scalar.",
    note: str = "",
    strong: bool = False,
) -> Any:
    """A function of one argument; as `binary`. The result of one that is `strong` never has a weak type."""

    def f(x: Any, /) -> Array:
        if type(x) is ConcreteArray and _state.frame is None and x.aval.dtype in direct and not watching.on:
            out = quiet.run(ufunc, x.host)
            if type(out) is not np.ndarray:
                out = np.asarray(out)
            return ConcreteArray(out, x.aval, x.weak_type and not strong)
        return general(x)

    return document(f, name, text, arguments, note)
