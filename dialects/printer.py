"""Printer: the in-memory IR as MLIR text in generic form. Needs no MLIR; `dialects.parser` reads the text back.

    module {
      func.func @main(%arg0: tensor<4xf32> {pb.name = "x"}) -> (tensor<f32> {pb.name = "out"}) {
        %0 = "pb.sin"(%arg0) : (tensor<4xf32>) -> tensor<4xf32>
        %1 = "pb.reduce_sum"(%0) {axes = array<i64: 0>} : (tensor<4xf32>) -> tensor<f32>
        func.return %1 : tensor<f32>
      }
    }

The text depends on the module alone: names of values are their position, attributes come in the order of the op table.
Floats are decimals where those read back to the same bits, else their bits in hexadecimal.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from . import types as T
from .hlo import element_text, quote, symbol_text
from .ir import Dense, Func, Loc, Module, Op, Value
from .spec import BOOL, BOOLS, DENSE, DTYPE, F64, I64, I64S, STR, SYMBOL, SYMBOLS
from .types import Aval, Tape

#: Arrays with more elements than this are written as one hexadecimal string, which is fast to write and to read.
_INLINE_ELEMENTS = 64


# Atoms ---------------------------------------------------------------------------------------------------------------------
def type_text(aval: Aval | Tape) -> str:
    """The MLIR type of a value."""
    if isinstance(aval, Tape):
        return f'!pbfn.tape<{symbol_text(aval.callee)}, "{"".join("01"[a] for a in aval.active)}">'
    return aval.mlir


def location(loc: Loc) -> str:
    """``loc(...)`` of an operation, with a leading blank."""
    if not loc.file:
        return " loc(unknown)"
    place = f"{quote(loc.file)}:{loc.line}:{loc.col}"
    return f" loc({quote(loc.name)}({place}))" if loc.name else f" loc({place})"


def _decimal(text: str) -> str:
    """A Python float literal in MLIR's syntax, which wants a decimal point."""
    mantissa, e, exponent = text.partition("e")
    return f"{mantissa if '.' in mantissa else mantissa + '.0'}{e}{exponent}"


def float_text(value: Any, dtype: str) -> str:
    """One float: a decimal that reads back exactly (MLIR reads it as a double and rounds once), else its bits."""
    wide = float(value)
    if not math.isfinite(wide):
        return element_text(value, dtype)
    if dtype == "f32":
        short = str(value)
        with np.errstate(over="ignore"):
            exact = np.float32(float(short)) == value
        return _decimal(short) if exact else element_text(value, dtype)
    return _decimal(repr(wide))


def _element(value: Any, dtype: str) -> str:
    if T.is_float(dtype):
        return float_text(value, dtype)
    if T.is_complex(dtype):
        part = T.real_of(dtype)
        return f"({float_text(value.real, part)}, {float_text(value.imag, part)})"
    return element_text(value, dtype)


def dense(value: Dense, aval: Aval) -> str:
    """A ``dense<...>`` attribute of the type of `aval`. Equal elements are written once, since MLIR stores them so."""
    array, dtype = value.array, aval.dtype
    if aval.size == 0:
        return f"dense<> : {aval.mlir}"
    if array.size == 1:
        return f"dense<{_element(array.reshape(())[()], dtype)}> : {aval.mlir}"
    data = np.ascontiguousarray(array)
    rows = data.reshape(-1).view(np.uint8).reshape(array.size, -1)
    if (rows == rows[0]).all():
        return f"dense<{_element(data.reshape(-1)[0], dtype)}> : {aval.mlir}"
    if array.size > _INLINE_ELEMENTS and dtype != "i1":  # MLIR packs booleans into bits, so they are always spelled out
        return f'dense<"0x{data.tobytes().hex().upper()}"> : {aval.mlir}'

    def nested(a: Any) -> str:
        return _element(a[()], dtype) if a.ndim == 0 else "[" + ", ".join(map(nested, a)) + "]"

    return f"dense<{nested(data)}> : {aval.mlir}"


def _array(kind: str, items: list[str]) -> str:
    return f"array<{kind}: {', '.join(items)}>" if items else f"array<{kind}>"


_WRITE: dict[str, Callable[[Any], str]] = {
    I64: lambda v: f"{v} : i64",
    I64S: lambda v: _array("i64", [str(x) for x in v]),
    F64: lambda v: f"{float_text(v, 'f64')} : f64",
    BOOL: lambda v: "true" if v else "false",
    BOOLS: lambda v: _array("i1", ["true" if x else "false" for x in v]),
    STR: quote,
    SYMBOL: symbol_text,
    SYMBOLS: lambda v: f"[{', '.join(map(symbol_text, v))}]",
    DTYPE: T.mlir_dtype,
}


def attribute(kind: str, value: Any, aval: Aval | None = None) -> str:
    """One attribute; `aval` is the type of a dense one, where that differs from the type of its array."""
    if kind == DENSE:
        return dense(value, aval or Aval(value.array.shape, T.from_np(value.array.dtype)))
    return _WRITE[kind](value)


# Functions -----------------------------------------------------------------------------------------------------------------
class Printer:
    """Writes functions; the text of each type is made once."""

    def __init__(self, debug_info: bool = False):
        self.debug_info = debug_info
        self._types: dict[Aval | Tape, str] = {}

    def type(self, aval: Aval | Tape) -> str:
        text = self._types.get(aval)
        if text is None:
            text = self._types[aval] = type_text(aval)
        return text

    def op(self, op: Op, names: dict[Value, str], name: str) -> str:
        """One operation; `name` is the name of its results, which are added to `names`."""
        results, types = op.results, self.type
        if len(results) == 1:
            names[results[0]] = name
            head, out = f"{name} = ", types(results[0].aval)
        else:
            for i, r in enumerate(results):
                names[r] = f"{name}#{i}"
            head = f"{name}:{len(results)} = " if results else ""
            out = f"({', '.join([types(r.aval) for r in results])})"
        attrs = ""
        if op.attrs:
            attrs = self._attributes(op)
        operands = ", ".join([names[v] for v in op.operands])
        ins = ", ".join([types(v.aval) for v in op.operands])
        loc = location(op.loc) if self.debug_info else ""
        return f'{head}"{op.spec.name}"({operands}){attrs} : ({ins}) -> {out}{loc}'

    def _attributes(self, op: Op) -> str:
        kinds, attrs = op.spec.attrs, op.attrs
        aval = op.results[0].aval if "constant" in op.spec.traits else None
        items = []
        for key, kind in kinds.items():
            value = attrs.get(key)
            if value is not None:
                items.append(f"{key} = {attribute(kind, value, aval)}")  # type: ignore[arg-type]
        return f" {{{', '.join(items)}}}" if items else ""

    def _signature(self, func: Func, names: dict[Value, str]) -> str:
        args = []
        for i, a in enumerate(func.args):
            names[a] = f"%arg{i}"
            extra = []
            if i in func.donated:
                extra.append("pb.donated")
            if func.arg_names and func.arg_names[i]:
                extra.append(f"pb.name = {quote(func.arg_names[i])}")
            args.append(f"%arg{i}: {self.type(a.aval)}" + (f" {{{', '.join(extra)}}}" if extra else ""))
        outs = [self.type(v.aval) for v in func.results]
        if func.result_names:
            outs = [f"{t} {{pb.name = {quote(n)}}}" if n else t for t, n in zip(outs, func.result_names, strict=True)]
        if not outs:
            arrow = ""
        elif len(outs) == 1 and " {" not in outs[0]:
            arrow = f" -> {outs[0]}"
        else:
            arrow = f" -> ({', '.join(outs)})"
        return f"func.func {'' if func.public else 'private '}{symbol_text(func.name)}({', '.join(args)}){arrow} {{"

    def func(self, func: Func, indent: str = "") -> list[str]:
        """Lines of a function."""
        names: dict[Value, str] = {}
        lines = [indent + self._signature(func, names)]
        inner = indent + "  "
        for counter, op in enumerate(func.ops):
            lines.append(inner + self.op(op, names, f"%{counter}"))
        values = ", ".join(names[v] for v in func.results)
        types = ", ".join(self.type(v.aval) for v in func.results)
        loc = location(func.loc) if self.debug_info else ""
        lines.append(f"{inner}func.return{f' {values} : {types}' if values else ''}{loc}")
        lines.append(f"{indent}}}{loc}")
        return lines

    def module(self, module: Module) -> str:
        lines = ["module {"]
        for f in module.funcs.values():
            lines += self.func(f, "  ")
        lines.append("}")
        return "\n".join(lines) + "\n"


def print_module(module: Module, debug_info: bool = False) -> str:
    """The module as MLIR text; with `debug_info`, each operation says where in the user's source it comes from."""
    return Printer(debug_info).module(module)


def print_op(op: Op) -> str:
    """One operation on its own, its operands named by position; for messages."""
    names: dict[Value, str] = {}
    for v in op.operands:
        names.setdefault(v, f"%{len(names)}")
    return Printer().op(op, names, f"%{len(names)}")
