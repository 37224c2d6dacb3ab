"""Reading and writing at computed positions: gather, dynamic_slice, dynamic_update_slice. Scatter is in `scatter.py`."""

from __future__ import annotations

from typing import Any

import numpy as np

from . import indexing_lower, indexing_numpy
from . import types as T
from .builder import Builder
from .hlo import i64s
from .ir import Value
from .rules import structural
from .spec import I64S, STR, Example, OpError
from .types import Aval
from .windows import Windows, check_windows, gather_windows

Operands = list[Value]
Attrs = dict[str, Any]


# Fill values ---------------------------------------------------------------------------------------------------------------
def fill_text(value: Any, dtype: str) -> str:
    """The attribute `fill_value`: text, so that NaN and every 64-bit integer are exact and equal to themselves."""
    with np.errstate(all="ignore"):
        element = np.asarray(value).astype(T.np_dtype(dtype))[()]
    if T.is_complex(dtype):
        return repr(complex(element))
    if T.is_float(dtype):
        return repr(float(element))
    return str(int(element))


def default_fill(dtype: str) -> str:
    """What JAX fills with when nothing is asked for: NaN, the least signed, the greatest unsigned integer, True."""
    if T.is_inexact(dtype):
        return fill_text(np.nan, dtype)
    if T.is_bool(dtype):
        return fill_text(True, dtype)
    info = np.iinfo(T.np_dtype(dtype))
    return fill_text(info.max if T.is_unsigned(dtype) else info.min, dtype)


def parse_fill(text: str, dtype: str) -> Any:
    """The element that `fill_text` wrote, an array of no dimensions."""
    parse = complex if T.is_complex(dtype) else float if T.is_float(dtype) else int
    try:
        value = np.asarray(parse(text))
        with np.errstate(all="ignore"):
            return value.astype(T.np_dtype(dtype))
    except (ValueError, OverflowError):
        raise OpError(f"fill_value {text!r} is not an element of type {dtype}") from None


# gather --------------------------------------------------------------------------------------------------------------------
def _gather_infer(operand: Aval, indices: Aval, *, mode: str, fill_value: str, **dims: Any) -> Aval:
    w = gather_windows(dims)
    check_windows(operand, indices, w, mode)
    parse_fill(fill_value, operand.dtype)
    return Aval(w.result_shape(indices.shape), operand.dtype)


def _gather_evaluate(operand: Any, indices: Any, *, mode: str, fill_value: str, **dims: Any) -> Any:
    fill = parse_fill(fill_value, T.from_np(operand.dtype)) if mode == "fill" else None
    return indexing_numpy.gather(operand, indices, gather_windows(dims), mode, fill)


def _gather_jvp(b: Builder, primals: Operands, tangents: list[Any], outs: Operands, attrs: Attrs) -> Value | None:
    """The fill value is a constant, so the tangent is filled with zeros."""
    dx = tangents[0]
    return None if dx is None else b.gather(dx, primals[1], **{**attrs, "fill_value": fill_text(0, dx.dtype)})


def _gather_transpose(b: Builder, cts: Value, operands: Operands, linear: list[bool], attrs: Attrs) -> list[Value | None]:
    """Every element goes back to where it was read, and elements read several times sum up."""
    operand, indices = operands
    return [b.scatter(b.zeros(operand.aval), indices, cts, **scatter_attrs(attrs), combine="add", unique_indices=False), None]  # type: ignore[arg-type]


def scatter_attrs(attrs: Attrs) -> Attrs:
    """Dimension numbers and mode of the scatter that writes where a gather reads."""
    return {
        "update_window_dims": attrs["offset_dims"],
        "inserted_window_dims": attrs["collapsed_slice_dims"],
        "scatter_dims_to_operand_dims": attrs["start_index_map"],
        "operand_batching_dims": attrs["operand_batching_dims"],
        "scatter_indices_batching_dims": attrs["start_indices_batching_dims"],
        "mode": attrs["mode"],
    }


def gather_attrs(w: Windows, mode: str, fill_value: str) -> Attrs:
    return {
        "offset_dims": w.offset,
        "collapsed_slice_dims": w.collapsed,
        "start_index_map": w.index_map,
        "operand_batching_dims": w.operand_batch,
        "start_indices_batching_dims": w.indices_batch,
        "slice_sizes": w.sizes,
        "mode": mode,
        "fill_value": fill_value,
    }


def _shift(dims: Any) -> tuple[int, ...]:
    return tuple(d + 1 for d in dims)


def _gather_batch(b: Builder, operands: Operands, batched: list[bool], attrs: Attrs) -> Value:
    operand, indices = operands
    w = gather_windows(attrs)
    w = w._replace(offset=_shift(w.offset))  # in every case, the batch dimension comes first in the result
    if batched[0]:
        w = w._replace(
            collapsed=_shift(w.collapsed),
            index_map=_shift(w.index_map),
            operand_batch=_shift(w.operand_batch),
        )
    if batched[1]:
        w = w._replace(indices_batch=_shift(w.indices_batch))
    if all(batched):
        w = w._replace(operand_batch=(0, *w.operand_batch), indices_batch=(0, *w.indices_batch), sizes=(1, *w.sizes))
    elif batched[0]:  # the windows grow by the batch dimension
        w = w._replace(offset=(0, *w.offset), sizes=(b.size, *w.sizes))
    return b.gather(operand, indices, **gather_attrs(w, attrs["mode"], attrs["fill_value"]))


def _gather_split(b: Builder, operands: list[Any], attrs: Attrs, outs: list[Aval]) -> Any:
    (re, im), indices = operands
    fill = complex(parse_fill(attrs["fill_value"], outs[0].dtype))
    return tuple(
        b.gather(part, indices, **{**attrs, "fill_value": fill_text(value, part.dtype)})
        for part, value in ((re, fill.real), (im, fill.imag))
    )


def _gather_lower(h: Any, operands: list[Any], attrs: Attrs, outs: list[Aval]) -> Any:
    fill = parse_fill(attrs["fill_value"], outs[0].dtype)
    operand, indices = operands
    return indexing_lower.gather(h, operand, indices, gather_windows(attrs), attrs["mode"], fill, outs[0])


def window_examples(make: Any) -> list[tuple[Any, Any, Windows]]:
    """(operand, indices, windows) for the examples of gather and scatter; some windows are outside the operand."""

    def indices(*shape: int, dtype: Any = np.int32) -> Any:
        return make.rng.integers(-1 if np.dtype(dtype).kind == "i" else 0, 5, shape).astype(dtype)

    return [
        (make(4), indices(5, 1), Windows((), (0,), (0,), (), (), (1,))),
        (make(4, 3), indices(2, 3, 1, dtype=np.int64), Windows((2,), (0,), (0,), (), (), (1, 3))),
        (make(3, 4), indices(6, 1, dtype=np.uint8), Windows((0,), (1,), (1,), (), (), (3, 1))),
        (make(4, 3), indices(5, 2), Windows((), (0, 1), (1, 0), (), (), (1, 1))),
        (make(2, 4, 3), indices(3, 2, dtype=np.int16), Windows((0, 2), (0,), (1, 0), (), (), (1, 2, 3))),
        (make(2, 5), indices(2, 3, 1), Windows((), (1,), (1,), (0,), (0,), (1, 1))),
        (make(5, 2, 3), indices(3, 4, 2, 1), Windows((1,), (), (0,), (1, 2), (2, 0), (2, 1, 1))),
        (make(4, 3), indices(1), Windows((0,), (0,), (0,), (), (), (1, 3))),
        (make(2, 3), np.zeros((2, 0), np.int32), Windows((0, 2), (), (), (), (), (2, 2))),
        (make(4, 2), indices(0, 1), Windows((1,), (0,), (0,), (), (), (1, 2))),
    ]


def _gather_examples(make: Any) -> list[Example]:
    modes = [("clip", "0"), ("fill", default_fill(make.dtype)), ("fill", "1"), ("promise_in_bounds", "0")]
    cases = window_examples(make)
    return [((x, i), gather_attrs(w, *modes[n % len(modes)])) for n, (x, i, w) in enumerate([*cases, *cases[1:]])]


structural(
    "gather",
    ("operand", "indices"),
    {
        "offset_dims": I64S,
        "collapsed_slice_dims": I64S,
        "start_index_map": I64S,
        "operand_batching_dims": I64S,
        "start_indices_batching_dims": I64S,
        "slice_sizes": I64S,
        "mode": STR,
        "fill_value": STR,
    },
    dtypes=T.DTYPES,
    infer=_gather_infer,
    evaluate=_gather_evaluate,
    jvp=_gather_jvp,
    transpose=_gather_transpose,
    batch=_gather_batch,
    split_complex=_gather_split,
    lower=_gather_lower,
    examples=_gather_examples,
    doc="Reads one window of `operand` for each index vector, the last dimension of `indices`. Windows that are not inside the "
    'operand are moved inside (mode "clip") or consist of `fill_value` (mode "fill"; the element as text, such as "nan"); with '
    '"promise_in_bounds" there are none.',
    reference="StableHLO specification, gather; jax.lax.gather with GatherDimensionNumbers",
)


def take_along_axis(b: Builder, x: Value, indices: Value, axis: int) -> Value:
    """Elements of `x` by their positions along `axis`.

    `indices` has the rank of `x`, the same sizes except along `axis`, and values that are in range.
    """
    others = tuple(d for d in range(x.ndim) if d != axis)
    w = Windows((), (axis,), (axis,), others, others, (1,) * x.ndim)
    vectors = b.reshape(indices, shape=(*indices.shape, 1))
    return b.gather(x, vectors, **gather_attrs(w, "promise_in_bounds", fill_text(0, x.dtype)))


# dynamic_slice and dynamic_update_slice ------------------------------------------------------------------------------------
def _check_dynamic(operand: Aval, sizes: Any, starts: tuple[Aval, ...]) -> None:
    if len(starts) != operand.ndim or len(sizes) != operand.ndim:
        raise OpError(f"{operand} needs {operand.ndim} start indices and sizes, got {len(starts)} and {len(sizes)}")
    for s in starts:
        if s.ndim != 0 or not T.is_integer(s.dtype):
            raise OpError(f"start indices must be integer scalars, got {s}")
    for n, size in zip(operand.shape, sizes):
        if isinstance(n, int) and isinstance(size, int) and not 0 <= size <= n:
            raise OpError(f"slice of shape {tuple(sizes)} does not fit into {operand}")


def _start_vectors(b: Builder, starts: Operands, batched: list[bool]) -> Value:
    """Batched start indices as one array of index vectors, [batch, component]."""
    dtypes = {s.dtype for s in starts}
    dtype = dtypes.pop() if len(dtypes) == 1 else "i64"
    columns = [b.reshape(b.cast(b.batched(s, m), dtype), shape=(b.size, 1)) for s, m in zip(starts, batched)]
    return columns[0] if len(columns) == 1 else b.concatenate(*columns, axis=1)


def _zero_start(b: Builder, starts: Operands) -> Value:
    return b.full((), starts[0].dtype if starts else "i32", 0)


def _slice_infer(operand: Aval, *starts: Aval, slice_sizes: Any) -> Aval:
    _check_dynamic(operand, slice_sizes, starts)
    return Aval(tuple(slice_sizes), operand.dtype)


def _slice_evaluate(operand: Any, *starts: Any, slice_sizes: Any) -> Any:
    return np.array(operand[indexing_numpy.slice_starts(operand.shape, slice_sizes, starts)])


def _slice_jvp(b: Builder, primals: Operands, tangents: list[Any], outs: Operands, attrs: Attrs) -> Value | None:
    return None if tangents[0] is None else b.dynamic_slice(tangents[0], *primals[1:], **attrs)


def _slice_transpose(b: Builder, cts: Value, operands: Operands, linear: list[bool], attrs: Attrs) -> list[Value | None]:
    zeros = b.zeros(operands[0].aval)  # type: ignore[arg-type]
    return [b.dynamic_update_slice(zeros, cts, *operands[1:]), *([None] * (len(operands) - 1))]


def _slice_batch(b: Builder, operands: Operands, batched: list[bool], attrs: Attrs) -> Value:
    operand, *starts = operands
    sizes = tuple(attrs["slice_sizes"])
    if not any(batched[1:]):
        return b.dynamic_slice(operand, _zero_start(b, starts), *starts, slice_sizes=(b.size, *sizes))
    dims = tuple(range(len(sizes)))
    w = Windows(dims, (), dims, (), (), sizes)
    gather = gather_attrs(w, "clip", fill_text(0, operand.dtype))
    return _gather_batch(b, [operand, _start_vectors(b, starts, batched[1:])], [batched[0], True], gather)


def _start_operands(h: Any, starts: list[Any], shape: Any, sizes: Any) -> list[Any]:
    """Starts moved into the operand and of one element type, as StableHLO requires."""
    moved = [indexing_lower.clamp_scalar(h, s, n - size) for s, n, size in zip(starts, shape, sizes)]
    dtype = "i64" if any(s.dtype == "i64" for s in moved) else "i32"
    return [h.convert(s, dtype) for s in moved]


def _slice_lower(h: Any, operands: list[Any], attrs: Attrs, outs: list[Aval]) -> Any:
    operand, *starts = operands
    sizes = outs[0].shape
    if not starts:
        return operand
    if outs[0].size == 0:
        return h.full(outs[0], 0)
    moved = _start_operands(h, starts, operand.shape, sizes)
    return h.op("stablehlo.dynamic_slice", [operand, *moved], outs[0], f"slice_sizes = {i64s(sizes)}")


def _start_example(make: Any, *starts: int, dtype: Any = np.int32) -> tuple[Any, ...]:
    return tuple(np.asarray(s, dtype) for s in starts)


def _dynamic_cases(make: Any) -> list[tuple[Any, tuple[int, ...], tuple[Any, ...]]]:
    return [
        (make(5), (3,), _start_example(make, 1)),
        (make(5), (3,), _start_example(make, 4, dtype=np.int64)),
        (make(4, 3), (2, 2), _start_example(make, -1, 1, dtype=np.int8)),
        (make(2, 3, 4), (1, 3, 2), (np.asarray(7, np.uint32), np.asarray(0, np.int32), np.asarray(2**40, np.int64))),
        (make(3, 2), (0, 2), _start_example(make, 1, 0)),
        (make(), (), ()),
    ]


structural(
    "dynamic_slice",
    ("operand", "start_indices*"),
    {"slice_sizes": I64S},
    dtypes=T.DTYPES,
    infer=_slice_infer,
    evaluate=_slice_evaluate,
    jvp=_slice_jvp,
    transpose=_slice_transpose,
    batch=_slice_batch,
    lower=_slice_lower,
    examples=lambda make: [((x, *starts), {"slice_sizes": sizes}) for x, sizes, starts in _dynamic_cases(make)],
    doc="The slice of the given sizes that begins at the start indices, one scalar for each dimension. Starts are moved so that "
    "the slice lies inside the operand.",
    reference="StableHLO specification, dynamic_slice; jax.lax.dynamic_slice",
)


def _update_infer(operand: Aval, update: Aval, *starts: Aval) -> Aval:
    if operand.dtype != update.dtype:
        raise OpError(f"operand and update must have one element type, got {operand} and {update}")
    _check_dynamic(operand, update.shape, starts)
    return operand


def _update_evaluate(operand: Any, update: Any, *starts: Any) -> Any:
    out = np.array(operand)
    out[indexing_numpy.slice_starts(operand.shape, update.shape, starts)] = update
    return out


def _update_jvp(b: Builder, primals: Operands, tangents: list[Any], outs: Operands, attrs: Attrs) -> Value | None:
    ts = [t if t is not None else b.zeros(p.aval) for p, t in zip(primals[:2], tangents)]  # type: ignore[arg-type]
    return b.dynamic_update_slice(*ts, *primals[2:])


def _update_transpose(b: Builder, cts: Value, operands: Operands, linear: list[bool], attrs: Attrs) -> list[Value | None]:
    """What was overwritten has no cotangent; the update has that of its slice."""
    update, starts = operands[1], operands[2:]
    d_operand = b.dynamic_update_slice(cts, b.zeros(update.aval), *starts) if linear[0] else None  # type: ignore[arg-type]
    d_update = b.dynamic_slice(cts, *starts, slice_sizes=update.shape) if linear[1] else None
    return [d_operand, d_update, *([None] * len(starts))]


def _update_batch(b: Builder, operands: Operands, batched: list[bool], attrs: Attrs) -> Value:
    operand, update = (b.batched(v, m) for v, m in zip(operands[:2], batched))
    starts = operands[2:]
    if not any(batched[2:]):
        return b.dynamic_update_slice(operand, update, _zero_start(b, starts), *starts)
    dims = tuple(range(1, operand.ndim))
    return b.scatter(
        operand,
        _start_vectors(b, starts, batched[2:]),
        update,
        update_window_dims=dims,
        inserted_window_dims=(),
        scatter_dims_to_operand_dims=dims,
        operand_batching_dims=(0,),
        scatter_indices_batching_dims=(0,),
        combine="set",
        mode="clip",
        unique_indices=True,
    )


def _update_lower(h: Any, operands: list[Any], attrs: Attrs, outs: list[Aval]) -> Any:
    operand, update, *starts = operands
    if not starts:
        return update
    if update.aval.size == 0:
        return operand
    moved = _start_operands(h, starts, operand.shape, update.shape)
    return h.op("stablehlo.dynamic_update_slice", [operand, update, *moved], outs[0])


structural(
    "dynamic_update_slice",
    ("operand", "update", "start_indices*"),
    {},
    dtypes=T.DTYPES,
    infer=_update_infer,
    evaluate=_update_evaluate,
    jvp=_update_jvp,
    transpose=_update_transpose,
    batch=_update_batch,
    lower=_update_lower,
    examples=lambda make: [((x, make(*sizes), *starts), {}) for x, sizes, starts in _dynamic_cases(make)],
    doc="`operand` with the slice that begins at the start indices replaced by `update`. Starts are moved so that the slice lies "
    "inside the operand.",
    reference="StableHLO specification, dynamic_update_slice; jax.lax.dynamic_update_slice",
)
