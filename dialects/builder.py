"""Builder: emits operations into a list; every op of the table is a method named like the op (``b.mul(x, y)``)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from . import types as T
from .ir import UNKNOWN, Dense, Func, Loc, Op, Value
from .spec import TABLE, OpError, OpSpec
from .types import Aval


class Builder:
    """Appends operations to `ops`. `loc` is given to each of them; `size` is the batch size inside batch rules.

    Python and NumPy scalars are accepted where an operand is expected next to a value: they become splat constants of
    that value's type.
    """

    def __init__(self, ops: list[Op] | None = None, loc: Loc = UNKNOWN, size: Any = None, axis_name: Any = None):
        self.ops: list[Op] = [] if ops is None else ops
        self.loc = loc
        self.size = size
        self.axis_name = axis_name

    def append(self, op: Op) -> None:
        self.ops.append(op)

    def emit(self, spec: OpSpec, operands: Sequence[Any], attrs: dict[str, Any]) -> Any:
        """Emits one op with inferred result types; returns its result, or the list of results of a multi-result op."""
        values = operands if isinstance(operands, list) else list(operands)
        for v in values:
            if not isinstance(v, Value):
                values = self._promote(spec, values)
                break
        assert spec.infer is not None
        try:
            avals = spec.infer(*[v.aval for v in values], **attrs)
        except OpError as e:
            raise OpError(f"{self.loc}: {spec.name}: {e}" if self.loc.file else f"{spec.name}: {e}") from None
        if type(avals) is Aval:
            op = Op(spec, values, attrs, (avals,), self.loc)
            self.append(op)
            return op.results[0]
        op = Op(spec, values, attrs, avals, self.loc)
        self.append(op)
        return op.results

    def emit_typed(self, spec: OpSpec, operands: Iterable[Value], attrs: dict[str, Any], avals: Iterable[Any]) -> list[Value]:
        """Emits one op with the given result types; returns the list of results."""
        op = Op(spec, list(operands), attrs, avals, self.loc)
        self.append(op)
        return op.results

    def clone(self, op: Op, operands: list[Value]) -> Op:
        """Emits `op` again on other operands of the same types, at its own location."""
        results = op.results
        avals = (results[0].aval,) if len(results) == 1 else tuple([r.aval for r in results])
        new = Op(op.spec, operands, op.attrs, avals, op.loc)
        self.append(new)
        return new

    def _promote(self, spec: OpSpec, values: Sequence[Any]) -> list[Value]:
        like = next((v for v in values if isinstance(v, Value)), None)
        if like is None:
            raise TypeError(f"{spec.name}: at least one operand must be a value, got {values}")
        return [v if isinstance(v, Value) else self.full_like(like, v) for v in values]

    # Constants -----------------------------------------------------------------------------------------------------
    def const(self, array: Any) -> Value:
        """A constant with the shape and dtype of a NumPy array."""
        array = np.asarray(array)
        aval = Aval(array.shape, T.from_np(array.dtype))
        return self.emit_typed(TABLE["pb.constant"], [], {"value": Dense(array)}, [aval])[0]

    def full(self, shape: tuple[Any, ...], dtype: str, value: Any) -> Value:
        """A splat constant."""
        element = np.asarray(value).astype(T.np_dtype(dtype)).reshape(())
        return self.emit_typed(TABLE["pb.constant"], [], {"value": Dense(element)}, [Aval(tuple(shape), dtype)])[0]

    def full_like(self, x: Value, value: Any) -> Value:
        return self.full(x.shape, x.dtype, value)

    def zeros(self, aval: Aval) -> Value:
        return self.full(aval.shape, aval.dtype, 0)

    # Helpers that rules share ----------------------------------------------------------------------------------------
    def add_tangents(self, x: Value | None, y: Value | None) -> Value | None:
        """Sum of two tangents or cotangents, either of which may be a symbolic zero."""
        if x is None:
            return y
        return x if y is None else self.add(x, y)

    def broadcast_front(self, x: Value, size: Any) -> Value:
        """`x` with a new leading dimension of the given size."""
        return self.broadcast_in_dim(x, shape=(size, *x.shape), dims=tuple(range(1, x.ndim + 1)))

    def batched(self, x: Value, is_batched: bool) -> Value:
        """`x` with the batch dimension first, added if it has none."""
        return x if is_batched else self.broadcast_front(x, self.size)

    def moveaxis(self, x: Value, source: int, destination: int) -> Value:
        perm = [i for i in range(x.ndim) if i != source]
        perm.insert(destination, source)
        return x if perm == list(range(x.ndim)) else self.transpose(x, perm=tuple(perm))

    def cast(self, x: Value, dtype: str) -> Value:
        return x if x.dtype == dtype else self.convert(x, dtype=dtype)

    def inline(self, func: Func, args: Sequence[Value]) -> list[Value]:
        """Emits the body of `func` applied to `args`; returns its results."""
        env: dict[Value, Value] = dict(zip(func.args, args, strict=True))
        for op in func.ops:
            env.update(zip(op.results, self.clone(op, [env[v] for v in op.operands]).results))
        return [env[v] for v in func.results]

    def __getattr__(self, name: str) -> Any:
        spec = TABLE.get("pb." + name.removesuffix("_"))  # and_, or_, not_: Python's keywords
        if spec is None:
            raise AttributeError(f"the pb dialect has no operation {name!r}")

        def method(self: Builder, *operands: Any, **attrs: Any) -> Any:
            return self.emit(spec, list(operands), attrs)

        method.__name__ = name
        setattr(Builder, name, method)
        return getattr(self, name)
