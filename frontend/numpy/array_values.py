"""Values of arrays as Python objects and as text; a traced array that has none raises an error that says what was attempted."""

from __future__ import annotations

from typing import Any, NoReturn

import numpy as np

from pullback.dialects.types import type_text

from .. import errors
from ..locations import user_location
from ..trace import Tracer, _describe
from .util import cast, default_int


# Values as Python objects ------------------------------------------------------------------------------------------------
def data_of(x: Any, error: type[errors.ConcretizationTypeError], what: str) -> np.ndarray[Any, Any]:
    """The values; a traced array that has none raises `error`, whose text says what was attempted."""
    return x.concrete(error, what) if isinstance(x, Tracer) else x.host


def to_bool(self: Any) -> bool:
    if self.size != 1:
        kind = "an empty array" if self.size == 0 else "an array with more than one element"
        advice = "Use `array.size > 0` to check that it is not empty" if self.size == 0 else "Use a.any() or a.all()"
        raise ValueError(f"The truth value of {kind} is ambiguous. {advice}")
    return bool(data_of(self, errors.TracerBoolConversionError, "Attempted boolean conversion").item())


def to_scalar(kind: type) -> Any:
    def convert(self: Any) -> Any:
        if self.ndim:
            raise TypeError(f"Only scalar arrays can be converted to Python scalars; got arr.ndim={self.ndim}")
        data = data_of(self, errors.ConcretizationTypeError, f"Attempted conversion to a Python {kind.__name__}")
        return kind(data.item())

    convert.__name__ = f"__{kind.__name__}__"
    return convert


def to_index(self: Any) -> int:
    if self.ndim or self.dtype.kind not in "iub":
        raise TypeError(f"Only integer scalar arrays can be converted to a scalar index, got {self.dtype.name}{list(self.shape)}")
    return int(data_of(self, errors.TracerIntegerConversionError, "Attempted conversion to a Python integer").item())


def to_array(self: Any, dtype: Any = None, copy: bool | None = None) -> np.ndarray[Any, Any]:
    if isinstance(self, Tracer):
        refuse_numpy(self)
    host = self.host
    if dtype is not None and np.dtype(dtype) != host.dtype:
        if copy is False:
            raise ValueError(f"converting {host.dtype.name} to {np.dtype(dtype).name} needs a copy, but copy=False was asked for")
        return host.astype(dtype)
    if copy:
        return host.copy()
    view = host.view()
    view.flags.writeable = False
    return view


def refuse_numpy(x: Tracer) -> NoReturn:
    """NumPy would compute on the values and lose the trace, so even a known value is refused."""
    names = x.frame.argument_names(x.value)
    depends = f" It depends on {'argument' if len(names) == 1 else 'arguments'} {', '.join(names)}." if names else ""
    where = user_location()
    place = f" at {where}" if where.file else ""
    raise errors.TracerArrayConversionError(
        f"Attempted conversion to a NumPy array of a traced array with shape {type_text(x)}{place}, inside {x.frame.kind} of the "
        f"function {_describe(x.frame)}.{depends} Use the function of pullback.numpy in place of NumPy's."
    )


def to_round(self: Any, ndigits: int | None = None) -> Any:
    from .ufuncs import round as function

    return cast(function(self), default_int()) if ndigits is None else function(self, ndigits)


def item(self: Any, *args: Any) -> Any:
    """The only element (or the one at the given index) as a Python number.

    Reference: NumPy, numpy.ndarray.item.
    """
    return data_of(self, errors.ConcretizationTypeError, "Attempted conversion to a Python scalar").item(*args)


def tolist(self: Any) -> Any:
    """The elements as nested lists of Python numbers.

    Reference: NumPy, numpy.ndarray.tolist.
    """
    return data_of(self, errors.ConcretizationTypeError, "Attempted conversion to a list").tolist()


# Text --------------------------------------------------------------------------------------------------------------------
def to_repr(self: Any) -> str:
    if isinstance(self, Tracer):
        fun = getattr(self.frame.fun, "__name__", None) or self.frame.func.name
        weak = ", weak_type=True" if self.weak_type else ""
        return f"Traced<{type_text(self)}{weak}> in {self.frame.kind} of {fun!r}"
    host = self.host
    body = np.array2string(host, separator=", ", prefix="Array(", suffix=",")
    if host.size == 0:
        body = f"[], shape={host.shape}"
    tail = f"dtype={host.dtype.name}" + (", weak_type=True" if self.weak_type else "")
    last = len(body) - body.rfind("\n") - 1 + (0 if "\n" in body else len("Array("))
    gap = " " if last + len(tail) + 3 <= np.get_printoptions()["linewidth"] else "\n      "
    return f"Array({body},{gap}{tail})"


def to_str(self: Any) -> str:
    return to_repr(self) if isinstance(self, Tracer) else str(self.host)


def to_format(self: Any, spec: str) -> str:
    if isinstance(self, Tracer):
        if not spec:
            return to_repr(self)
        return format(data_of(self, errors.ConcretizationTypeError, "Attempted formatting")[()], spec)
    if not spec:
        return str(self)
    if self.ndim:
        raise TypeError(f"unsupported format string passed to Array.__format__: {spec!r} applies to arrays of no dimension only")
    return format(self.host[()], spec)
