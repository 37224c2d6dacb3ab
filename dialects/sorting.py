"""sort: a stable sort of any number of arrays by the first few of them."""

from __future__ import annotations

from typing import Any

import numpy as np

from . import types as T
from .builder import Builder
from .hlo import Hlo, HloBuilder, i64s
from .ir import Value
from .spec import I64, NOT_LINEAR, Example, OpError, define
from .types import Aval

Attrs = dict[str, Any]

#: Up to this cost, rows * n**2, `stablehlo.sort` is used: IREE compiles it to an insertion sort, which is small but
#: quadratic (1000 elements: 5.7 ms, the network 0.5 ms; 4000: 120 ms and 1 ms; 64: 0.04 ms and 0.1 ms).
_INSERTION_COST = 20_000


def _infer(*xs: Aval, axis: int, num_keys: int) -> tuple[Aval, ...]:
    if not 1 <= num_keys <= len(xs):
        raise OpError(f"num_keys = {num_keys} must be between 1 and the number of operands, {len(xs)}")
    if not 0 <= axis < xs[0].ndim:
        raise OpError(f"axis {axis} is out of range for {xs[0]}")
    for x in xs[1:]:
        if x.shape != xs[0].shape:
            raise OpError(f"operands must have one shape, got {', '.join(map(str, xs))}")
    return xs


# Evaluation ----------------------------------------------------------------------------------------------------------------
def _sortable(x: Any) -> list[Any]:
    """Real arrays in whose lexicographic order NumPy sorts `x`."""
    if x.dtype.kind == "c":
        return [x.real, x.imag]
    return [x.astype(np.float32) if x.dtype.itemsize == 2 and x.dtype.kind not in "iu" else x]


def _evaluate(*xs: Any, axis: int, num_keys: int) -> tuple[Any, ...]:
    keys = [part for x in xs[:num_keys] for part in _sortable(x)]
    if len(keys) == 1:
        order = np.argsort(keys[0], axis=axis, kind="stable")
    else:
        order = np.lexsort(keys[::-1], axis=axis)  # stable; the last key counts most
    return tuple(np.take_along_axis(x, order, axis) for x in xs)


# Derivative ----------------------------------------------------------------------------------------------------------------
def permute_along_axis(b: Builder, x: Value, index: Value, axis: int) -> Value:
    """``x[..., index[..., i, ...], ...]``: picks along `axis` by in-bounds positions, all other dimensions in step."""
    others = tuple(i for i in range(x.ndim) if i != axis)
    return b.gather(
        x,
        b.reshape(index, shape=(*index.shape, 1)),
        offset_dims=(),
        collapsed_slice_dims=(axis,),
        start_index_map=(axis,),
        operand_batching_dims=others,
        start_indices_batching_dims=others,
        slice_sizes=(1,) * x.ndim,
        mode="promise_in_bounds",
        fill_value="0",
    )


def _jvp(b: Builder, primals: list[Value], tangents: list[Value | None], outs: list[Value], attrs: Attrs) -> list[Value | None]:
    """The tangents move with their elements: sort positions along, then pick by them."""
    first, axis = primals[0], attrs["axis"]
    keys = primals[: attrs["num_keys"]]
    position = b.iota(shape=first.shape, dtype="i32", dim=axis)
    order = b.sort(*keys, position, **attrs)[-1]
    return [None if t is None else permute_along_axis(b, t, order, axis) for t in tangents]


def _batch(b: Builder, operands: list[Value], batched: list[bool], attrs: Attrs) -> list[Value]:
    xs = [b.batched(x, m) for x, m in zip(operands, batched)]
    return b.sort(*xs, axis=attrs["axis"] + 1, num_keys=attrs["num_keys"])


def _split_complex(b: Builder, operands: list[Any], attrs: Attrs, outs: list[Aval]) -> list[Any]:
    """The parts of a complex key are two keys, real part first."""
    flat: list[Value] = []
    num_keys = 0
    for i, x in enumerate(operands):
        flat += x if isinstance(x, tuple) else [x]
        if i < attrs["num_keys"]:
            num_keys = len(flat)
    results = iter(b.sort(*flat, axis=attrs["axis"], num_keys=num_keys))
    return [(next(results), next(results)) if isinstance(x, tuple) else next(results) for x in operands]


# Lowering ------------------------------------------------------------------------------------------------------------------
def _less(h: HloBuilder, pairs: list[tuple[Hlo, Hlo]]) -> Hlo:
    """Whether the first of each pair comes before the second, in lexicographic order; NaN comes after all numbers."""
    result: Hlo | None = None
    for x, y in reversed(pairs):
        less = h.compare("LT", x, y)
        equal = h.compare("EQ", x, y) if result is not None else None
        if T.is_float(x.dtype):
            x_nan, y_nan = h.compare("NE", x, x), h.compare("NE", y, y)
            less = h.binary("or", less, h.binary("and", h.unary("not", x_nan), y_nan))
            if equal is not None:
                equal = h.binary("or", equal, h.binary("and", x_nan, y_nan))
        result = less if equal is None else h.binary("or", less, h.binary("and", equal, result))
    assert result is not None
    return result


def _insertion_sort(h: HloBuilder, xs: list[Hlo], axis: int, num_keys: int) -> list[Hlo]:
    """`stablehlo.sort`; the last operand holds positions, which decide between equal elements."""
    scalars = [Aval((), x.dtype) for x in xs for _ in range(2)]

    def comparator(*elements: Hlo) -> list[Hlo]:
        pairs = list(zip(elements[::2], elements[1::2]))
        return [_less(h, [*pairs[:num_keys], pairs[-1]])]

    body = h.region(scalars, comparator)
    out = h.op("stablehlo.sort", xs, [x.aval for x in xs], f"dimension = {axis} : i64, is_stable = true", [body])
    return list(out) if isinstance(out, list) else [out]


def _strides(n: int) -> list[int]:
    """Steps of a bitonic network for n elements: in step m, element i meets element i xor m, the smaller one goes first.

    Every block is merged by meeting its mirror image first, so that all comparisons point the same way, and elements past
    the end, if there were any, would never move: n need not be a power of two.
    """
    steps, block = [], 2
    while block // 2 < n:
        steps.append(block - 1)
        stride = block // 4
        while stride:
            steps.append(stride)
            stride //= 2
        block *= 2
    return steps


def _take(h: HloBuilder, x: Hlo, partner: Hlo) -> Hlo:
    """Columns `partner` of a matrix."""
    numbers = (
        "#stablehlo.gather<offset_dims = [0], collapsed_slice_dims = [1], start_index_map = [1], index_vector_dim = 1>, "
        f"slice_sizes = {i64s((x.shape[0], 1))}, indices_are_sorted = false"
    )
    bits = h.signless(x)
    return h.bitcast(h.op("stablehlo.gather", [bits, partner], bits.aval, f"dimension_numbers = {numbers}"), x.dtype)


def _network_sort(h: HloBuilder, xs: list[Hlo]) -> list[Hlo]:
    """Sorts the rows of matrices by all of `xs`, no two of whose columns are equal: a loop over the steps of a network."""
    rows, n = xs[0].shape
    steps = h.const(np.asarray(_strides(n), np.int32))
    counter = h.const(np.asarray(0, np.int32))
    scalar, flag = counter.aval, Aval((), "i1")
    line, matrix = Aval((n,), "i32"), Aval((rows, n), "i1")

    def condition(i: Hlo, *_: Hlo) -> list[Hlo]:
        return [h.op("stablehlo.compare", [i, h.full(scalar, steps.shape[0])], flag, _SIGNED_LT)]

    def body(i: Hlo, *values: Hlo) -> list[Hlo]:
        step = h.op("stablehlo.dynamic_slice", [steps, i], Aval((1,), "i32"), "slice_sizes = array<i64: 1>")
        here = h.iota(line, 0)
        partner = h.binary("xor", here, h.broadcast_in_dim(step, (n,), (0,)))
        partner = h.select(h.compare("LT", partner, n), partner, here)
        first = h.broadcast_in_dim(h.compare("LT", here, partner), matrix.shape, (1,))
        index = h.reshape(partner, (n, 1))
        others = [_take(h, x, index) for x in values]
        # the front one of a pair takes its partner if that is smaller, the back one if it is not
        swap = h.compare("EQ", _less(h, list(zip(others, values))), first)
        return [h.add(i, 1), *(h.select(swap, y, x) for x, y in zip(values, others))]

    return h.while_loop([counter, *xs], condition, body, counted=True)[1:]


_SIGNED_LT = "comparison_direction = #stablehlo<comparison_direction LT>, compare_type = #stablehlo<comparison_type SIGNED>"


def _lower(h: HloBuilder, operands: list[Hlo], attrs: Attrs, outs: list[Aval]) -> list[Hlo]:
    axis, num_keys = attrs["axis"], attrs["num_keys"]
    x = operands[0]
    n = x.shape[axis]
    if n < 2 or x.aval.size == 0:
        return operands
    if x.aval.size * n <= _INSERTION_COST:
        # from 1: IREE fails on a sort two of whose operands are one value, as the positions and an operand that is an iota would be
        position = h.add(h.iota(Aval(x.shape, "i32"), axis), 1)
        distinct = {v.name: v for v in operands}
        keys = {v.name: v for v in operands[:num_keys]}
        results = dict(zip(distinct, _insertion_sort(h, [*distinct.values(), position], axis, len(keys))))
        return [results[v.name] for v in operands]
    to_last = [i for i in range(x.ndim) if i != axis] + [axis]
    back = [to_last.index(i) for i in range(x.ndim)]
    rows: Any = 1
    for i in to_last[:-1]:
        rows = rows * x.shape[i]
    moved = [h.reshape(h.transpose(v, to_last), (rows, n)) for v in operands]
    position = h.iota(Aval((rows, n), "i32"), 1)
    sorted_keys = _network_sort(h, [*moved[:num_keys], position])
    order = sorted_keys.pop()
    shape = [x.shape[i] for i in to_last]
    rest = [_take_rows(h, v, order) for v in moved[num_keys:]]
    return [h.transpose(h.reshape(v, shape), back) for v in (*sorted_keys, *rest)]


def _take_rows(h: HloBuilder, x: Hlo, order: Hlo) -> Hlo:
    """Within each row of `x` the elements at the positions in the same row of `order`."""
    rows, n = x.shape
    numbers = (
        "#stablehlo.gather<collapsed_slice_dims = [1], operand_batching_dims = [0], start_indices_batching_dims = [0], "
        "start_index_map = [1], index_vector_dim = 2>, slice_sizes = array<i64: 1, 1>, indices_are_sorted = false"
    )
    bits = h.signless(x)
    out = h.op("stablehlo.gather", [bits, h.reshape(order, (rows, n, 1))], bits.aval, f"dimension_numbers = {numbers}")
    return h.bitcast(out, x.dtype)


# Declaration ---------------------------------------------------------------------------------------------------------------
def _examples(make: Any) -> list[Example]:
    ties = make.rng.integers(0, 3, (2, 7)).astype(np.int32)  # integers: finite differences would reorder equal floats
    cases: list[Example] = [
        ((make(5),), {"axis": 0, "num_keys": 1}),
        ((make(2, 4),), {"axis": 1, "num_keys": 1}),
        ((make(4, 2), make(4, 2)), {"axis": 0, "num_keys": 1}),
        ((ties, make(2, 7), np.arange(14, dtype=np.int32).reshape(2, 7)), {"axis": 1, "num_keys": 1}),
        ((ties, make(2, 7)), {"axis": 1, "num_keys": 2}),
        ((make(1),), {"axis": 0, "num_keys": 1}),
        ((make(0, 2),), {"axis": 0, "num_keys": 1}),
        ((make(2, 3, 2),), {"axis": 1, "num_keys": 1}),
    ]
    if T.is_float(make.dtype) and make.dtype != "f64":
        special = np.asarray([np.nan, 0.0, -np.inf, -0.0, 1.0, np.inf, -1.0, np.nan, 0.0]).astype(T.np_dtype(make.dtype))
        cases.append(((special, np.arange(9, dtype=np.int32)), {"axis": 0, "num_keys": 1}))
    return cases


define(
    "pb.sort",
    ("operands*",),
    {"axis": I64, "num_keys": I64},
    results=("results*",),
    dtypes=T.DTYPES,
    infer=_infer,
    evaluate=_evaluate,
    jvp=_jvp,
    transpose=NOT_LINEAR,
    batch=_batch,
    split_complex=_split_complex,
    lower=_lower,
    examples=_examples,
    doc="Sorts along `axis`, moving the elements of all operands together, by the first `num_keys` operands in lexicographic "
    "order. Stable; NaN comes last, zeros of either sign are equal, complex numbers are ordered by real, then imaginary part.",
    reference="StableHLO specification, sort",
)
