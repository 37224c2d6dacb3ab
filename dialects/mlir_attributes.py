"""MLIR attributes and types as the Python values that the IR holds. Imported only together with MLIR."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np
from iree.compiler import ir

from . import types as T
from .ir import Dense, Symbol
from .spec import BOOL, BOOLS, DENSE, DTYPE, F64, I64, I64S, STR, SYMBOL, SYMBOLS
from .types import Aval, Tape

_TAPE = re.compile(r'tape<(@.+), "([01]*)">\Z', re.S)
_COMPLEX = re.compile(r"\(([^,()]+),\s*([^,()]+)\)")
_NUMBER = re.compile(r"[^\s,\[\]]+")
_ESCAPE = re.compile(rb'\\([0-9A-Fa-f]{2}|["\\nt])')


class AttributeKindError(TypeError):
    """An attribute is not of the kind that the op table says."""


def unquote(text: str) -> str:
    """The string behind an MLIR string literal."""

    def char(m: re.Match[bytes]) -> bytes:
        code = m.group(1)
        named = {b'"': b'"', b"\\": b"\\", b"n": b"\n", b"t": b"\t"}
        return named.get(code) or bytes([int(code, 16)])

    return _ESCAPE.sub(char, text[1:-1].encode()).decode()


def _symbol(text: str) -> Symbol:
    text = text[1:]
    return Symbol(unquote(text) if text.startswith('"') else text)


_SPELLING = {
    I64: (ir.IntegerAttr, "an integer, such as 3 : i64"),
    I64S: (ir.DenseI64ArrayAttr, "an array of integers, such as array<i64: 0, 1>"),
    F64: (ir.FloatAttr, "a float, such as 1.0 : f64"),
    BOOL: (ir.BoolAttr, "true or false"),
    BOOLS: (ir.DenseBoolArrayAttr, "an array of booleans, such as array<i1: true>"),
    STR: (ir.StringAttr, "a string"),
    SYMBOL: (ir.FlatSymbolRefAttr, "a function, such as @f"),
    SYMBOLS: (ir.ArrayAttr, "a list of functions, such as [@f, @g]"),
    DTYPE: (ir.TypeAttr, "an element type, such as f32"),
}

_READ: dict[str, Callable[[Any], Any]] = {
    I64: lambda a: a.value,
    I64S: tuple,
    F64: lambda a: a.value,
    BOOL: lambda a: a.value,
    BOOLS: tuple,
    STR: lambda a: a.value,
    SYMBOL: lambda a: Symbol(a.value),
    SYMBOLS: lambda a: tuple(Symbol(x.value) for x in a),
    DTYPE: lambda a: T.from_mlir_dtype(str(a.value)),
}


def read_attribute(kind: str, attr: Any) -> Any:
    """The Python value of an attribute of any kind but dense."""
    cls, spelling = _SPELLING[kind]
    if not isinstance(attr, cls) or (kind == SYMBOLS and not all(isinstance(x, ir.FlatSymbolRefAttr) for x in attr)):
        raise AttributeKindError(f"must be {spelling}, got {attr}")
    return _READ[kind](attr)


def read_type(t: Any) -> Aval | Tape:
    """The aval of an MLIR type; raises TypeError for types that our dialects do not have."""
    if isinstance(t, ir.RankedTensorType):
        if not t.has_static_shape:
            raise TypeError(f"{t} has dynamic dimensions")
        return Aval(tuple(t.shape), T.from_mlir_dtype(str(t.element_type)))
    if isinstance(t, ir.OpaqueType) and t.dialect_namespace == "pbfn":
        m = _TAPE.match(t.data)
        if m:
            return Tape(_symbol(m[1]), tuple(c == "1" for c in m[2]))
    raise TypeError(f"type {t} is not a type of the pb or pbfn dialect; values are ranked tensors and tapes")


# Dense attributes ----------------------------------------------------------------------------------------------------------
def _part(text: str, dtype: np.dtype[Any]) -> Any:
    """One float of dense text: a decimal, or its bits."""
    if text.startswith("0x"):
        return np.array(int(text, 16), f"u{dtype.itemsize}").view(dtype)
    return np.array(float(text)).astype(dtype)


def dense_from_text(body: str, aval: Aval) -> Any:
    """The array of ``dense<body>``. Only for element types that the bindings cannot read: bf16 and complex."""
    dtype = T.np_dtype(aval.dtype)
    if body.startswith('"0x'):
        flat = np.frombuffer(bytes.fromhex(body[3:-1]), dtype)
    elif T.is_complex(aval.dtype):
        part = T.np_dtype(T.real_of(aval.dtype))
        pairs = [(_part(re_, part), _part(im, part)) for re_, im in _COMPLEX.findall(body)]
        flat = np.array(pairs, part).reshape(-1).view(dtype)
    else:
        flat = np.array([_part(x, dtype) for x in _NUMBER.findall(body)], dtype)
    return flat.reshape(()) if aval.ndim and flat.size == 1 and not body.startswith("[") else flat.reshape(aval.shape)


def read_dense(op: Any, name: str, aval: Aval) -> Dense:
    """The dense attribute `name` of an MLIR operation, whose type is `aval`."""
    if aval.size == 0:
        return Dense(np.empty(aval.shape, T.np_dtype(aval.dtype)))
    if T.is_complex(aval.dtype) or aval.dtype == "bf16":
        # the bindings refuse complex dense attributes even as plain attributes, so the text of the op is read
        text = op.get_asm(print_generic_op_form=True)
        m = re.search(rf"\b{name} = dense<(.*?)> : tensor", text, re.S)
        if m is None:
            raise AttributeKindError(f"must be a dense attribute, such as dense<0.0> : {aval.mlir}")
        array = dense_from_text(m[1], aval)
    else:
        attr = op.attributes[name]
        if not isinstance(attr, ir.DenseElementsAttr):
            raise AttributeKindError(f"must be a dense attribute, such as dense<0> : {aval.mlir}, got {attr}")
        if read_type(attr.type) != aval:
            raise AttributeKindError(f"has type {attr.type}, which is not the result type {aval.mlir}")
        array = np.array(attr)
        if attr.is_splat and aval.ndim:
            array = array.reshape(-1)[0].reshape(())
    return Dense(array)


__all__ = ["DENSE", "AttributeKindError", "read_attribute", "read_dense", "read_type", "unquote"]
