"""Operators and methods of arrays, concrete and traced.

`attach` puts them on `Array` once `pullback.numpy` is complete. What has the signature of a function of the same name is
that function; the rest is here. A traced array behaves like a concrete one until its values are asked for.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NoReturn

import numpy as np

from pullback.dialects import types as T

from .. import dtypes
from ..array import Array, ConcreteArray, Deleted
from ..trace import Tracer
from .array_values import item, refuse_numpy, to_array, to_bool, to_format, to_index, to_repr, to_round, to_scalar, to_str, tolist
from .emit import is_traced, pb, wrap
from .util import ArgumentError, as_array, canonical_axis, cast, check_arraylike

_OPERANDS = (Array, float, int, complex, bool, np.ndarray, np.generic)

#: Operator -> the function that it is.
_BINARY = {
    "add": "add",
    "sub": "subtract",
    "mul": "multiply",
    "truediv": "true_divide",
    "floordiv": "floor_divide",
    "mod": "mod",
    "divmod": "divmod",
    "pow": "power",
    "matmul": "matmul",
    "and": "bitwise_and",
    "or": "bitwise_or",
    "xor": "bitwise_xor",
    "lshift": "left_shift",
    "rshift": "right_shift",
}
_COMPARISONS = {"eq": "equal", "ne": "not_equal", "lt": "less", "le": "less_equal", "gt": "greater", "ge": "greater_equal"}
_UNARY = {"neg": "negative", "pos": "positive", "abs": "abs", "invert": "invert"}
#: Methods that are the function of that name.
_METHODS = (
    "all",
    "any",
    "argmax",
    "argmin",
    "argpartition",
    "argsort",
    "choose",
    "compress",
    "conj",
    "conjugate",
    "cumprod",
    "cumsum",
    "diagonal",
    "dot",
    "max",
    "mean",
    "min",
    "nonzero",
    "partition",
    "prod",
    "ptp",
    "ravel",
    "repeat",
    "round",
    "searchsorted",
    "sort",
    "squeeze",
    "std",
    "sum",
    "swapaxes",
    "take",
    "trace",
    "var",
)


def _operator(function: Any, name: str) -> Any:
    def operator(self: Any, other: Any) -> Any:
        if isinstance(other, _OPERANDS) or hasattr(other, "__jax_array__"):
            return function(self, other)
        return NotImplemented

    operator.__name__ = operator.__qualname__ = f"__{name}__"
    return operator


def _reflected(function: Any, name: str) -> Any:
    def operator(self: Any, other: Any) -> Any:
        if isinstance(other, _OPERANDS) or hasattr(other, "__jax_array__"):
            return function(other, self)
        return NotImplemented

    operator.__name__ = operator.__qualname__ = f"__r{name}__"
    return operator


def _pow(function: Any) -> Any:
    def __pow__(self: Any, other: Any, modulus: None = None) -> Any:
        if modulus is not None:
            raise TypeError("pow() of arrays takes no modulus")
        return function(self, other) if isinstance(other, _OPERANDS) else NotImplemented

    return __pow__


# Containers --------------------------------------------------------------------------------------------------------------
def _len(self: Any) -> int:
    if not self.shape:
        raise TypeError("len() of unsized object")
    return self.shape[0]


def row(x: Any, i: int) -> Array:
    """``x[i]`` for a Python integer within bounds."""
    sizes = x.shape[1:]
    zeros = (0,) * len(sizes)
    part = pb.slice(x, start=(i, *zeros), limit=(i + 1, *sizes), strides=(1,) * x.ndim)
    return pb.reshape(part, shape=sizes)


def _iter(self: Any) -> Iterator[Any]:
    if not self.shape:
        raise TypeError("iteration over a 0-d array")
    if type(self) is ConcreteArray and not is_traced(self):
        host, weak = self.host, self.weak_type
        return iter([wrap(host[i], weak) for i in range(len(host))])
    return iter([row(self, i) for i in range(self.shape[0])])


def _contains(self: Any, value: Any) -> bool:
    check_arraylike("in", value)
    hit = self == value
    return bool(pb.reduce_or(hit, axes=tuple(range(hit.ndim))))


def _getitem(self: Any, index: Any) -> Array:
    from .indexing import getitem

    return getitem(self, index)


def _setitem(self: Any, index: Any, value: Any) -> NoReturn:
    raise TypeError(
        "pullback arrays are immutable and do not support in-place item assignment. Instead of x[idx] = y, "
        "use x = x.at[idx].set(y) or another method of x.at[idx] (add, multiply, min, max, apply, get)."
    )


def _delitem(self: Any, index: Any) -> NoReturn:
    raise TypeError("pullback arrays are immutable: use pullback.numpy.delete(x, idx, axis) in place of del x[idx].")


# Shapes and dtypes -------------------------------------------------------------------------------------------------------
def transpose_axes(x: Array, axes: tuple[int, ...] | None) -> Array:
    perm = tuple(reversed(range(x.ndim))) if axes is None else axes
    return x if perm == tuple(range(x.ndim)) else pb.transpose(x, perm=perm)


def _T(self: Any) -> Array:
    """The array with its axes reversed."""
    return transpose_axes(self, None)


def _mT(self: Any) -> Array:
    """The array with its last two axes exchanged."""
    if self.ndim < 2:
        raise ValueError(f"x.mT requires x to have at least 2 dimensions, got shape {self.shape}")
    return transpose_axes(self, (*range(self.ndim - 2), self.ndim - 1, self.ndim - 2))


def transpose(self: Any, *axes: Any) -> Array:
    """The array with its axes permuted, by default reversed; axes are separate arguments or a tuple.

    Reference: NumPy, numpy.ndarray.transpose.
    """
    if len(axes) == 1 and (axes[0] is None or isinstance(axes[0], (tuple, list))):
        axes = () if axes[0] is None else tuple(axes[0])
        if not axes and self.ndim:
            return _T(self)
    if not axes:
        return _T(self)
    perm = tuple(canonical_axis(a, self.ndim) for a in axes)
    if sorted(perm) != list(range(self.ndim)):
        raise ArgumentError(f"axes {axes} are no permutation of the dimensions of an array of shape {self.shape}")
    return transpose_axes(self, perm)


def reshape(self: Any, *shape: Any, order: str = "C", copy: bool | None = None) -> Array:
    """The elements under another shape; sizes are separate arguments or a tuple, and one of them may be -1.

    Reference: NumPy, numpy.ndarray.reshape.
    """
    from . import reshape as function

    if not shape:
        raise TypeError("reshape() missing 1 required positional argument: 'shape'")
    return function(self, shape[0] if len(shape) == 1 else shape, order=order)


def flatten(self: Any, order: str = "C") -> Array:
    """The elements as an array of one dimension.

    Reference: NumPy, numpy.ndarray.flatten.
    """
    return reshape(self, -1, order=order)


def astype(x: Any, dtype: Any, /, *, copy: bool = False, device: Any = None) -> Array:
    """The array with another dtype; floats truncate toward zero on their way to integers.

    Args:
      x: array or scalar.
      dtype: the new dtype; None is the default float.
      copy: has no effect, for arrays are immutable.
      device: where to put the result.

    Reference: NumPy, numpy.astype.

    >>> import pullback.numpy as pnp
    >>> pnp.astype(pnp.array([1.7, -1.7]), pnp.int32)
    Array([ 1, -1], dtype=int32)
    """
    check_arraylike("astype", x)
    from .creation import placed

    return placed(cast(as_array(x), dtypes.requested_dtype(float if dtype is None else dtype, "astype")), device)


def _astype(self: Any, dtype: Any, copy: bool = False, device: Any = None) -> Array:
    """The array with another dtype.

    Reference: NumPy, numpy.ndarray.astype.
    """
    return astype(self, dtype, copy=copy, device=device)


def view(self: Any, dtype: Any = None) -> Array:
    """The bits of the array read as another dtype; the last axis shrinks or grows with the width.

    Reference: NumPy, numpy.ndarray.view.
    """
    if dtype is None:
        return self
    target = dtypes.requested_dtype(dtype, "view")
    if target == self.dtype:
        return self
    if type(self) is ConcreteArray and not is_traced(self):
        return wrap(np.ascontiguousarray(self.host).view(target).copy())
    if target.itemsize != self.dtype.itemsize or np.bool_ in (target, self.dtype):
        raise TypeError(
            f"view of a traced {self.dtype.name} array as {target.name}: only dtypes of one width can be exchanged in a trace"
        )
    return pb.bitcast(self, dtype=T.from_np(target))


def clip(self: Any, min: Any = None, max: Any = None) -> Array:
    """The array limited to ``[min, max]``.

    Reference: NumPy, numpy.ndarray.clip.
    """
    from .choice import clip as function

    return function(self, min, max)


# Identity, devices, other libraries --------------------------------------------------------------------------------------
def _self(self: Any, *args: Any) -> Any:
    return self


def copy(self: Any, order: str | None = None) -> Any:
    """The array itself: it is immutable.

    Reference: NumPy, numpy.ndarray.copy.
    """
    return self


def block_until_ready(self: Any) -> Any:
    """Waits until the values are computed; returns the array."""
    if isinstance(self, ConcreteArray):
        self.host  # noqa: B018  (fetches the values)
    return self


def delete(self: Any) -> None:
    """Frees the array's memory; its values cannot be used afterwards."""
    if isinstance(self, Tracer):
        raise TypeError("a traced array cannot be deleted")
    self.forget("x.delete() frees its memory")


def is_deleted(self: Any) -> bool:
    """Whether the array's memory is gone: by `delete`, or because it was donated."""
    return isinstance(self, ConcreteArray) and isinstance(self._device, Deleted)


def to_device(self: Any, device: Any, *, stream: Any = None) -> Any:
    """The array on a device.

    Reference: Python array API standard, array.to_device.
    """
    from .creation import placed

    return placed(self, device)


def _devices(self: Any) -> set[Any]:
    """The set of devices that hold the array."""
    return {_device(self)}


def _device(self: Any) -> Any:
    """The device that holds the array."""
    held = getattr(self, "_device", None)
    if held is not None:
        return held
    import pullback

    return pullback.devices()[0]


def _dlpack(
    self: Any,
    *,
    stream: None = None,
    max_version: tuple[int, int] | None = None,
    dl_device: tuple[int, int] | None = None,
    copy: bool | None = None,
) -> Any:
    """The values for another library: marked read-only if it can tell, else a copy, for arrays are immutable."""
    if isinstance(self, Tracer):
        refuse_numpy(self)
    options: dict[str, Any] = {"stream": stream, "max_version": max_version, "dl_device": dl_device}
    if max_version is not None and max_version[0] >= 1:
        return to_array(self).__dlpack__(copy=copy, **options)
    if copy is False:
        raise BufferError(
            "a consumer of DLPack before version 1.0 may write to the memory, so it gets a copy; copy=False is impossible"
        )
    return self.host.copy().__dlpack__(**options)


def _dlpack_device(self: Any) -> Any:
    return (1, 0)  # the host's memory, as the DLPack specification numbers it


def _namespace(self: Any, *, api_version: str | None = None) -> Any:
    """`pullback.numpy`, as the array API standard asks for it."""
    import pullback.numpy

    from .standard import VERSIONS

    if api_version is not None and api_version not in VERSIONS:
        raise ValueError(f"array API version {api_version!r} is not supported; supported versions: {', '.join(VERSIONS)}")
    return pullback.numpy


def _at(self: Any) -> Any:
    """Updates that give a new array: ``x.at[idx].set(y)``, and add, multiply, divide, power, min, max, apply, get."""
    from .indexing import At

    return At(self)


def attach(namespace: dict[str, Any]) -> None:
    """Gives `Array` its operators and methods, from the functions of `pullback.numpy`; of a `ufunc` the plain function."""
    namespace = {name: getattr(value, "function", value) for name, value in namespace.items()}
    for name, function in _BINARY.items():
        f = namespace[function]
        setattr(Array, f"__{name}__", _pow(f) if name == "pow" else _operator(f, name))
        setattr(Array, f"__r{name}__", _reflected(f, name))
    for name, function in _COMPARISONS.items():
        setattr(Array, f"__{name}__", _operator(namespace[function], name))
    for name, function in _UNARY.items():
        setattr(Array, f"__{name}__", namespace[function])
    for name in _METHODS:
        setattr(Array, name, namespace[name])
    for name, function in {"real": "real", "imag": "imag"}.items():
        setattr(Array, name, property(namespace[function]))
    special = {
        "bool": to_bool,
        "int": to_scalar(int),
        "float": to_scalar(float),
        "complex": to_scalar(complex),
        "index": to_index,
        "array": to_array,
        "len": _len,
        "iter": _iter,
        "contains": _contains,
        "getitem": _getitem,
        "setitem": _setitem,
        "delitem": _delitem,
        "repr": to_repr,
        "str": to_str,
        "format": to_format,
        "round": to_round,
        "copy": _self,
        "deepcopy": _self,
        "dlpack": _dlpack,
        "dlpack_device": _dlpack_device,
        "array_namespace": _namespace,
    }
    for name, function in special.items():
        setattr(Array, f"__{name}__", function)
    Array.__hash__ = None  # type: ignore[assignment]
    for name, getter in {"T": _T, "mT": _mT, "at": _at, "device": _device}.items():
        setattr(Array, name, property(getter, doc=getter.__doc__))
    for f in (item, tolist, transpose, reshape, flatten, view, clip, copy, block_until_ready, delete, is_deleted, to_device):
        setattr(Array, f.__name__, f)
    Array.astype = _astype  # type: ignore[attr-defined]
    Array.devices = _devices  # type: ignore[attr-defined]
    Array.is_fully_addressable = True  # type: ignore[attr-defined]
