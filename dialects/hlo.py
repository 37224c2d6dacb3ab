"""HloBuilder: writes StableHLO text. Lowering rules (`OpSpec.lower`) emit through it.

Text, not bindings: it parses as fast as operations are built through the bindings, it is the compile cache's key as it
stands, and a program found in the cache never loads the compiler.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from . import types as T
from .ir import UNKNOWN, Loc
from .types import Aval


class Hlo(NamedTuple):
    """A value in StableHLO text."""

    name: str
    aval: Aval

    @property
    def shape(self) -> tuple[Any, ...]:
        return self.aval.shape

    @property
    def dtype(self) -> str:
        return self.aval.dtype

    @property
    def ndim(self) -> int:
        return len(self.aval.shape)


def i64s(values: Sequence[int]) -> str:
    """An ``array<i64: ...>`` attribute."""
    return f"array<i64: {', '.join(map(str, values))}>" if len(values) else "array<i64>"


def element_text(value: Any, dtype: str) -> str:
    """One element in MLIR syntax; floats as their bits in hexadecimal, which is exact for NaN, infinities and -0.0."""
    if dtype == "i1":
        return "true" if value else "false"
    if T.is_complex(dtype):
        part = T.real_of(dtype)
        np_part = T.np_dtype(part).type
        return f"({element_text(np_part(value.real), part)}, {element_text(np_part(value.imag), part)})"
    if T.is_float(dtype):
        width = T.BITS[dtype]
        bits = np.asarray(value, T.np_dtype(dtype)).reshape(()).view(f"u{width // 8}")
        return f"0x{int(bits):0{width // 4}X}"
    return str(int(value))


def dense_text(array: Any, aval: Aval) -> str:
    """A ``dense<...>`` attribute; `array` is the whole value or one element (a splat)."""
    array = np.asarray(array)
    if array.ndim == 0:
        return f"dense<{element_text(array[()], aval.dtype)}> : {aval.mlir}"
    if array.size == 0:
        return f"dense<> : {aval.mlir}"
    if array.size > 64 and aval.dtype != "i1":  # raw bytes are a hundred times faster to write than elements
        raw = np.ascontiguousarray(array, T.np_dtype(aval.dtype).newbyteorder("<")).tobytes()
        return f'dense<"0x{raw.hex().upper()}"> : {aval.mlir}'

    def nested(a: Any) -> str:
        if a.ndim == 0:
            return element_text(a[()], aval.dtype)
        return "[" + ", ".join(nested(x) for x in a) + "]"

    return f"dense<{nested(array)}> : {aval.mlir}"


#: A value in a line: its name, and its number among the results of one operation.
_VALUE = re.compile(r"%\w+(?:#\d+)?")
_BARE_SYMBOL = re.compile(r"[A-Za-z_][A-Za-z0-9_$.]*\Z")


def quote(text: str) -> str:
    """A string literal: UTF-8 bytes that are not plain ASCII are escaped as MLIR does."""
    if text.isascii() and text.isprintable() and '"' not in text and "\\" not in text:
        return f'"{text}"'
    out = []
    for byte in text.encode():
        char = chr(byte)
        if char in '"\\' or not 32 <= byte < 127:
            out.append(f"\\{byte:02X}")
        else:
            out.append(char)
    return f'"{"".join(out)}"'


def symbol_text(name: str) -> str:
    """A reference to a function, quoted where its name is not an MLIR identifier."""
    return f"@{name}" if _BARE_SYMBOL.match(name) else f"@{quote(name)}"


class HloBuilder:
    """Appends lines of StableHLO to the function being written. `lower_call(symbol, args)` inlines a pb function."""

    def __init__(self, lower_call: Callable[[HloBuilder, str, list[Hlo]], list[Hlo]] | None = None, debug_locations: bool = False):
        self.lines: list[str] = []
        self.loc: Loc = UNKNOWN
        self.debug_locations = debug_locations
        self._lower_call = lower_call
        self.called: dict[str, None] = {}  # symbols of the functions that calls need, in order
        self._counter = 0
        self._constants: dict[Any, Hlo] = {}
        self.copies = True  # work around what IREE does in place, with an operation of IREE; off for text that stays StableHLO

    # Basics ------------------------------------------------------------------------------------------------------------
    def fresh(self) -> str:
        self._counter += 1
        return f"%{self._counter}"

    def op(self, name: str, operands: Sequence[Hlo], out: Any, attrs: str = "", regions: Sequence[str] = ()) -> Any:
        """Writes one op in generic form. `out` is an Aval (returns one `Hlo`) or a list of Avals (returns a list)."""
        self._counter += 1
        base = f"%{self._counter}"
        location = self._location() if self.debug_locations else ""
        if type(out) is Aval and not regions:  # by far the most common form
            ins = ", ".join([v.aval.mlir for v in operands])
            text = f'{base} = "{name}"({", ".join([v.name for v in operands])})'
            self.lines.append(
                f"{text} <{{{attrs}}}> : ({ins}) -> {out.mlir}{location}" if attrs else f"{text} : ({ins}) -> {out.mlir}{location}"
            )
            return Hlo(base, out)
        single = type(out) is Aval
        outs = [out] if single else list(out)
        results = [Hlo(base if len(outs) == 1 else f"{base}#{i}", a) for i, a in enumerate(outs)]
        head = f"{base}{f':{len(outs)}' if len(outs) > 1 else ''} = " if outs else ""
        types = outs[0].mlir if len(outs) == 1 else f"({', '.join(a.mlir for a in outs)})"
        self.lines.append(
            f'{head}"{name}"({", ".join(v.name for v in operands)})'
            + (f" <{{{attrs}}}>" if attrs else "")
            + (f" ({', '.join(regions)})" if regions else "")
            + f" : ({', '.join(v.aval.mlir for v in operands)}) -> {types}"
            + location
        )
        return results[0] if single else results

    def _location(self) -> str:
        if not self.loc.file:
            return ""
        return f' loc("{self.loc.file}":{self.loc.line}:{self.loc.col})'

    def region(self, avals: Sequence[Aval], body: Callable[..., Sequence[Hlo]]) -> str:
        """Text of a region with one block: `body` gets the block arguments and returns the values to return."""
        saved_lines, saved_constants = self.lines, self._constants
        self.lines, self._constants = [], dict(saved_constants)
        args = [Hlo(self.fresh(), a) for a in avals]
        outs = body(*args)
        self.op("stablehlo.return", list(outs), [])
        head = f"^bb0({', '.join(f'{a.name}: {a.aval.mlir}' for a in args)}):\n" if args else ""
        text = "{\n" + head + "\n".join(self.lines) + "\n}"
        self.lines, self._constants = saved_lines, saved_constants
        return text

    def inline(self, symbol: str, args: Sequence[Hlo]) -> list[Hlo]:
        """Writes the body of a pb function here."""
        assert self._lower_call is not None
        return self._lower_call(self, symbol, list(args))

    def while_loop(
        self, init: Sequence[Hlo], condition: Callable[..., Any], body: Callable[..., Any], counted: bool = False
    ) -> list[Hlo]:
        """A loop; `condition` and `body` write their regions, given the values that the loop carries. `counted` says that the
        condition only compares a counter, which makes it a for loop for IREE.

        Initial arrays that are computed are copied. IREE updates what a loop carries in place; where an initial value is also
        used after the loop, it schedules its own copy wrongly and gives up ("circular dependency"). An optimization barrier
        would hide the value from that analysis, and then IREE overwrites it.
        """
        if self.copies:
            constant = {c.name for c in self._constants.values()}
            init = [x if x.name in constant or not x.ndim else self.copy(x) for x in init]
        avals = [x.aval for x in init]
        step = body if counted else lambda *carry: self._all_distinct(carry, list(body(*carry)))
        return list(self.op("stablehlo.while", init, avals, "", [self.region(avals, condition), self.region(avals, step)]))

    def _all_distinct(self, carry: Sequence[Hlo], outs: list[Hlo]) -> list[Hlo]:
        """What the body of a loop returns, made such that it uses all that the loop carries, and returns nothing twice. IREE 3.13
        drops what is unused or doubled from one side of the loop only, and then crashes or rejects the loop."""
        used = {name for line in self.lines for name in _VALUE.findall(line)} | {x.name for x in outs}
        for i, x in enumerate(carry):
            if x.name not in used or any(outs[i].name == o.name for o in outs[:i]):
                outs[i] = self.copy(outs[i], x)
        return outs

    def copy(self, x: Hlo, other: Hlo | None = None) -> Hlo:
        """`x` in a buffer of its own: a select whose condition IREE cannot see through. Two copies have two conditions; with one,
        IREE computes copies and originals together, and then does not find an order again. `other` is what is not selected."""
        true = self.full(Aval((), "i1"), True)
        on = self.op("util.optimization_barrier", [true], true.aval)
        return self.op("stablehlo.select", [on, x, self.full_like(x, 0) if other is None else other], x.aval)

    def call(self, symbol: str, args: Sequence[Hlo], outs: Sequence[Aval]) -> list[Hlo]:
        """Writes a call of a pb function, which is written as a function of its own."""
        self.called[symbol] = None
        return self.op("func.call", args, list(outs), f"callee = {symbol_text(symbol)}")

    def map(self, symbol: str, args: Sequence[Hlo], out: Aval) -> Hlo:
        """Applies a pb function of scalars to each element; its body is written into the operation, so it stays one operation
        for IREE's fusion. Constants are the body's own: what it would capture from outside, IREE cannot convert."""
        outer, self._constants = self._constants, {}
        body = self.region([Aval((), a.dtype) for a in args], lambda *xs: self.inline(symbol, xs))
        self._constants = outer
        return self.op("stablehlo.map", args, out, f"dimensions = {i64s(range(out.ndim))}", [body])

    # Constants -----------------------------------------------------------------------------------------------------------
    def const(self, array: Any, aval: Aval | None = None) -> Hlo:
        """A constant: a whole NumPy array, or one element that fills `aval`."""
        array = np.asarray(array)
        if aval is None:
            aval = Aval(array.shape, T.from_np(array.dtype))
        key = (array.tobytes(), array.dtype.str, array.shape, aval)
        found = self._constants.get(key)
        if found is None:
            if T.is_complex(aval.dtype):  # IREE crashes on complex<f64> constants
                part = Aval(aval.shape, T.real_of(aval.dtype))
                found = self.op("stablehlo.complex", [self.const(array.real, part), self.const(array.imag, part)], aval)
            else:
                found = self.op("stablehlo.constant", [], aval, f"value = {dense_text(array, aval)}")
            self._constants[key] = found
        return found

    def full(self, aval: Aval, value: Any) -> Hlo:
        return self.const(np.asarray(value).astype(T.np_dtype(aval.dtype)), aval)

    def full_like(self, x: Hlo, value: Any) -> Hlo:
        return self.full(x.aval, value)

    # Ops that rules use often ---------------------------------------------------------------------------------------------
    def unary(self, name: str, x: Hlo) -> Hlo:
        return self.op(f"stablehlo.{name}", [x], x.aval)

    def binary(self, name: str, x: Hlo, y: Any) -> Hlo:
        if not isinstance(y, Hlo):
            y = self.full_like(x, y)
        return self.op(f"stablehlo.{name}", [x, y], x.aval)

    def add(self, x: Hlo, y: Any) -> Hlo:
        return self.binary("add", x, y)

    def sub(self, x: Hlo, y: Any) -> Hlo:
        return self.binary("subtract", x, y)

    def mul(self, x: Hlo, y: Any) -> Hlo:
        return self.binary("multiply", x, y)

    def compare(self, direction: str, x: Hlo, y: Any, total_order: bool = False) -> Hlo:
        """`direction` is EQ, NE, LT, LE, GT or GE."""
        if not isinstance(y, Hlo):
            y = self.full_like(x, y)
        if T.is_inexact(x.dtype):
            kind = "TOTALORDER" if total_order else "FLOAT"
        else:
            kind = "UNSIGNED" if T.is_unsigned(x.dtype) or x.dtype == "i1" else "SIGNED"
        attrs = (
            f"comparison_direction = #stablehlo<comparison_direction {direction}>, "
            f"compare_type = #stablehlo<comparison_type {kind}>"
        )
        return self.op("stablehlo.compare", [x, y], Aval(x.shape, "i1"), attrs)

    def select(self, pred: Hlo, x: Hlo, y: Hlo) -> Hlo:
        return self.op("stablehlo.select", [pred, x, y], x.aval)

    def convert(self, x: Hlo, dtype: str) -> Hlo:
        return x if x.dtype == dtype else self.op("stablehlo.convert", [x], Aval(x.shape, dtype))

    def bitcast(self, x: Hlo, dtype: str) -> Hlo:
        """The same bits as another element type of the same width."""
        return x if x.dtype == dtype else self.op("stablehlo.bitcast_convert", [x], Aval(x.shape, dtype))

    def signless(self, x: Hlo) -> Hlo:
        """An unsigned value as signed one, for ops whose form in IREE captures the operand and rejects unsigned types."""
        return self.bitcast(x, x.dtype[1:]) if T.is_unsigned(x.dtype) else x

    def reshape(self, x: Hlo, shape: Sequence[Any]) -> Hlo:
        return x if x.shape == tuple(shape) else self.op("stablehlo.reshape", [x], Aval(tuple(shape), x.dtype))

    def transpose(self, x: Hlo, perm: Sequence[int]) -> Hlo:
        out = Aval(tuple(x.shape[p] for p in perm), x.dtype)
        return self.op("stablehlo.transpose", [x], out, f"permutation = {i64s(perm)}")

    def broadcast_in_dim(self, x: Hlo, shape: Sequence[Any], dims: Sequence[int]) -> Hlo:
        out = Aval(tuple(shape), x.dtype)
        return self.op("stablehlo.broadcast_in_dim", [x], out, f"broadcast_dimensions = {i64s(dims)}")

    def slice(self, x: Hlo, start: Sequence[int], limit: Sequence[int], strides: Sequence[int] | None = None) -> Hlo:
        strides = strides or [1] * x.ndim
        out = Aval(tuple(-(-(e - s) // t) for s, e, t in zip(start, limit, strides)), x.dtype)
        return self.op(
            "stablehlo.slice", [x], out, f"start_indices = {i64s(start)}, limit_indices = {i64s(limit)}, strides = {i64s(strides)}"
        )

    def concatenate(self, xs: Sequence[Hlo], dim: int) -> Hlo:
        total = xs[0].shape[dim]
        for x in xs[1:]:
            total = total + x.shape[dim]
        shape = (*xs[0].shape[:dim], total, *xs[0].shape[dim + 1 :])
        return self.op("stablehlo.concatenate", xs, Aval(shape, xs[0].dtype), f"dimension = {dim} : i64")

    def iota(self, aval: Aval, dim: int) -> Hlo:
        return self.op("stablehlo.iota", [], aval, f"iota_dimension = {dim} : i64")

    def reduce(self, x: Hlo, init: Any, dims: Sequence[int], name: str) -> Hlo:
        """Reduction over `dims` with the StableHLO op `name` and the scalar `init`."""
        scalar = Aval((), x.dtype)
        out = Aval(tuple(d for i, d in enumerate(x.shape) if i not in dims), x.dtype)
        start = init if isinstance(init, Hlo) else self.full(scalar, init)
        body = self.region([scalar, scalar], lambda a, b: [self.op(f"stablehlo.{name}", [a, b], scalar)])
        return self.op("stablehlo.reduce", [x, start], out, f"dimensions = {i64s(dims)}", [body])

    def dot_general(
        self, lhs: Hlo, rhs: Hlo, out: Aval, *, lhs_batch: Any, rhs_batch: Any, lhs_contract: Any, rhs_contract: Any
    ) -> Hlo:
        numbers = (
            f"#stablehlo.dot<lhs_batching_dimensions = {list(lhs_batch)}, rhs_batching_dimensions = {list(rhs_batch)}, "
            f"lhs_contracting_dimensions = {list(lhs_contract)}, rhs_contracting_dimensions = {list(rhs_contract)}>"
        )
        return self.op("stablehlo.dot_general", [lhs, rhs], out, f"dot_dimension_numbers = {numbers}")
