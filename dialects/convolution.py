"""conv_general_dilated: windows of one array multiplied with another; every convolution and correlation of a program.

``lhs_spec``, ``rhs_spec`` and ``out_spec`` say which dimension of an array plays which role: (batch, feature, spatial...) in the
input and the result, (output feature, input feature, spatial...) in the kernel. So any layout of the arrays is one op, and both
derivatives of a convolution are convolutions with the roles exchanged.

With m the batch, j the input and k the output features, a convolution contracts ``[m, j] [j, k] -> [m, k]``, and with g groups
``[m, gj] [j, gk] -> [m, gk]`` (feature groups) or ``[gm, j] [j, gk] -> [m, gk]`` (batch groups).
"""

from __future__ import annotations

from typing import Any

from . import convolution_lower, convolution_numpy
from . import types as T
from .builder import Builder
from .convolution_numpy import dilated
from .ir import Value
from .rules import jvp_bilinear
from .spec import I64, I64S, Example, OpError, define
from .types import Aval

Attrs = dict[str, Any]


# Shapes --------------------------------------------------------------------------------------------------------------------
def window_positions(size: Any, low: Any, high: Any, base_dilation: Any, window: Any, window_dilation: Any, stride: Any) -> Any:
    """How many places a window has along a dimension of the given size."""
    room = dilated(size, base_dilation) + low + high - dilated(window, window_dilation)
    return 0 if isinstance(room, int) and room < 0 else room // stride + 1


def _check(lhs: Aval, rhs: Aval, attrs: Attrs) -> None:
    if lhs.dtype != rhs.dtype:
        raise OpError(f"operands must have one element type, got {lhs} and {rhs}")
    if lhs.dtype not in T.NUMBER:
        raise OpError(f"operands of element type {lhs.dtype} are not accepted; accepted: {', '.join(T.NUMBER)}")
    if lhs.ndim != rhs.ndim or lhs.ndim < 2:
        raise OpError(f"operands must have one rank, at least 2, got {lhs} and {rhs}")
    for name in ("lhs_spec", "rhs_spec", "out_spec"):
        if sorted(attrs[name]) != list(range(lhs.ndim)):
            raise OpError(f"{name} = {tuple(attrs[name])} must be a permutation of the {lhs.ndim} dimensions")
    for name in ("window_strides", "pad_low", "pad_high", "lhs_dilation", "rhs_dilation"):
        if len(attrs[name]) != lhs.ndim - 2:
            raise OpError(f"{name} = {tuple(attrs[name])} must have one entry for each of the {lhs.ndim - 2} spatial dimensions")
        if "pad" not in name and any(n < 1 for n in attrs[name]):
            raise OpError(f"{name} = {tuple(attrs[name])} must be positive")
    features, batch = attrs["feature_group_count"], attrs["batch_group_count"]
    if features < 1 or batch < 1 or (features > 1 and batch > 1):
        raise OpError(f"group counts must be positive, and one of them 1, got {features} feature groups and {batch} batch groups")
    n, c = (lhs.shape[d] for d in attrs["lhs_spec"][:2])
    o, i = (rhs.shape[d] for d in attrs["rhs_spec"][:2])
    if i * features != c:
        raise OpError(f"{c} input features in {features} groups do not fit a kernel of {i} input features")
    if (features > 1 and o % features != 0) or (batch > 1 and (o % batch != 0 or n % batch != 0)):
        raise OpError(
            f"batch size {n} and {o} output features must be divisible by the groups, {features} (features), {batch} (batch)"
        )
    for d, low, high, dilation in zip(attrs["lhs_spec"][2:], attrs["pad_low"], attrs["pad_high"], attrs["lhs_dilation"]):
        size = dilated(lhs.shape[d], dilation) + low + high
        if isinstance(size, int) and size < 0:
            raise OpError(f"padding ({low}, {high}) removes more elements than dimension {d} of {lhs} has")


def _infer(lhs: Aval, rhs: Aval, **attrs: Any) -> Aval:
    _check(lhs, rhs, attrs)
    n, o = lhs.shape[attrs["lhs_spec"][0]], rhs.shape[attrs["rhs_spec"][0]]
    roles = [n if attrs["batch_group_count"] == 1 else n // attrs["batch_group_count"], o]
    for i, (d, e) in enumerate(zip(attrs["lhs_spec"][2:], attrs["rhs_spec"][2:])):
        low, high, base = attrs["pad_low"][i], attrs["pad_high"][i], attrs["lhs_dilation"][i]
        strides = attrs["rhs_dilation"][i], attrs["window_strides"][i]
        roles.append(window_positions(lhs.shape[d], low, high, base, rhs.shape[e], *strides))
    shape: list[Any] = [0] * lhs.ndim
    for d, size in zip(attrs["out_spec"], roles):
        shape[d] = size
    return Aval(tuple(shape), lhs.dtype)


# Differentiation -----------------------------------------------------------------------------------------------------------
def split_axis(b: Builder, x: Value, axis: int, outer: Any) -> Value:
    """Dimension `axis` as two, the first one of size `outer`."""
    return b.reshape(x, shape=(*x.shape[:axis], outer, x.shape[axis] // outer, *x.shape[axis + 1 :]))


def merge_axis(b: Builder, x: Value, source: int, target: int) -> Value:
    """Moves dimension `source` into dimension `target` (counted without it), as the slower part of the two."""
    moved = b.moveaxis(x, source, target)
    return b.reshape(
        moved, shape=(*moved.shape[:target], moved.shape[target] * moved.shape[target + 1], *moved.shape[target + 2 :])
    )


def _swapped(spec: Any) -> tuple[int, ...]:
    return (spec[1], spec[0], *spec[2:])


def _spatial_sizes(lhs: Value, rhs: Value, out: Value, attrs: Attrs) -> list[tuple[Any, Any, Any, int]]:
    """For each spatial dimension: the dilated sizes of input, kernel and result, and the padding before the input."""
    return [
        (dilated(lhs.shape[d], base), dilated(rhs.shape[e], gap), dilated(out.shape[f], stride), low)
        for d, e, f, base, gap, stride, low in zip(
            attrs["lhs_spec"][2:], attrs["rhs_spec"][2:], attrs["out_spec"][2:],
            attrs["lhs_dilation"], attrs["rhs_dilation"], attrs["window_strides"], attrs["pad_low"],
        )
    ]  # fmt: skip


def _transpose_lhs(b: Builder, ct: Value, lhs: Value, rhs: Value, attrs: Attrs) -> Value:
    """The cotangent, spread by the strides, convolved with the reversed kernel whose features are exchanged."""
    features, batch = attrs["feature_group_count"], attrs["batch_group_count"]
    groups = features * batch
    sizes = _spatial_sizes(lhs, rhs, ct, attrs)
    out_feature, in_feature, *spatial = attrs["rhs_spec"]
    kernel = b.reverse(rhs, dims=tuple(sorted(spatial))) if spatial else rhs
    if groups > 1:  # the kernel's groups move from its output features to its input features
        kernel = split_axis(b, kernel, out_feature, groups)
        kernel = merge_axis(b, kernel, out_feature, in_feature)
    out = b.conv_general_dilated(
        ct,
        kernel,
        window_strides=attrs["lhs_dilation"],
        lhs_dilation=attrs["window_strides"],
        rhs_dilation=attrs["rhs_dilation"],
        pad_low=tuple(k - 1 - low for _, k, _, low in sizes),
        pad_high=tuple(x - y + low for x, _, y, low in sizes),
        feature_group_count=groups,
        batch_group_count=1,
        lhs_spec=attrs["out_spec"],
        rhs_spec=_swapped(attrs["rhs_spec"]),
        out_spec=attrs["lhs_spec"],
    )
    if batch > 1:
        n, c = attrs["lhs_spec"][:2]
        out = merge_axis(b, split_axis(b, out, c, batch), c, n)
    return out


def _transpose_rhs(b: Builder, ct: Value, lhs: Value, rhs: Value, attrs: Attrs) -> Value:
    """The input convolved with the cotangent as a kernel, the batch playing the input features: feature groups become batch
    groups, and the other way round."""
    sizes = _spatial_sizes(lhs, rhs, ct, attrs)
    return b.conv_general_dilated(
        lhs,
        ct,
        window_strides=attrs["rhs_dilation"],
        lhs_dilation=attrs["lhs_dilation"],
        rhs_dilation=attrs["window_strides"],
        pad_low=tuple(low for *_, low in sizes),
        pad_high=tuple(y - x + k - 1 - low for x, k, y, low in sizes),
        feature_group_count=attrs["batch_group_count"],
        batch_group_count=attrs["feature_group_count"],
        lhs_spec=_swapped(attrs["lhs_spec"]),
        rhs_spec=_swapped(attrs["out_spec"]),
        out_spec=_swapped(attrs["rhs_spec"]),
    )


def _transpose(b: Builder, cts: Value, operands: list[Value], linear: list[bool], attrs: Attrs) -> list[Value | None]:
    k = 0 if linear[0] else 1
    lhs, rhs = operands
    if 0 in cts.shape or 0 in lhs.shape or 0 in rhs.shape:  # nothing was multiplied
        out = b.zeros(operands[k].aval)  # type: ignore[arg-type]
    else:
        out = (_transpose_rhs if k else _transpose_lhs)(b, cts, lhs, rhs, attrs)
    return [None, out] if k else [out, None]


# Batching ------------------------------------------------------------------------------------------------------------------
def _batch(b: Builder, operands: list[Value], batched: list[bool], attrs: Attrs) -> Value:
    """Examples become further elements of the batch (one kernel), further output features (one input), or groups."""
    lhs, rhs = operands
    n, c = attrs["lhs_spec"][:2]
    o = attrs["rhs_spec"][0]
    out_n, out_c = attrs["out_spec"][:2]
    features, batch = attrs["feature_group_count"], attrs["batch_group_count"]
    groups = features * batch
    if batched[0] and batched[1]:
        by_batch = batch > 1
        count = {"batch_group_count" if by_batch else "feature_group_count": groups * b.size}
        out = b.conv_general_dilated(merge_axis(b, lhs, 0, n if by_batch else c), merge_axis(b, rhs, 0, o), **{**attrs, **count})
        return b.moveaxis(split_axis(b, out, out_c, b.size), out_c, 0)
    if batched[0]:
        if batch > 1:  # (size, groups * m) -> (groups, size * m): every group has all examples
            lhs = split_axis(b, lhs, n + 1, batch)
            lhs = merge_axis(b, merge_axis(b, lhs, 0, n + 1), n, n)
        else:
            lhs = merge_axis(b, lhs, 0, n)
        return b.moveaxis(split_axis(b, b.conv_general_dilated(lhs, rhs, **attrs), out_n, b.size), out_n, 0)
    if groups == 1:
        out = b.conv_general_dilated(lhs, merge_axis(b, rhs, 0, o), **attrs)
        return b.moveaxis(split_axis(b, out, out_c, b.size), out_c, 0)
    rhs = split_axis(b, rhs, o + 1, groups)  # (size, groups * k) -> (groups, size * k), and back in the result
    rhs = merge_axis(b, merge_axis(b, rhs, 0, o + 1), o, o)
    out = split_axis(b, b.conv_general_dilated(lhs, rhs, **attrs), out_c, groups)
    out = b.moveaxis(split_axis(b, out, out_c + 1, b.size), out_c + 1, 0)
    return merge_axis(b, out, out_c + 1, out_c + 1)


# Complex numbers, examples -------------------------------------------------------------------------------------------------
def _split_complex(b: Builder, operands: list[Any], attrs: Attrs, outs: list[Aval]) -> Any:
    (a, c), (x, y) = operands

    def conv(p: Value, q: Value) -> Value:
        return b.conv_general_dilated(p, q, **attrs)

    return b.sub(conv(a, x), conv(c, y)), b.add(conv(a, y), conv(c, x))


def conv_attrs(
    strides: Any,
    padding: Any,
    specs: Any,
    *,
    lhs_dilation: Any = None,
    rhs_dilation: Any = None,
    groups: int = 1,
    batch_groups: int = 1,
) -> Attrs:
    """Attributes of the op; `padding` holds pairs, `specs` the three permutations."""
    ones = (1,) * len(strides)
    return {
        "window_strides": tuple(strides),
        "pad_low": tuple(low for low, _ in padding),
        "pad_high": tuple(high for _, high in padding),
        "lhs_dilation": tuple(lhs_dilation or ones),
        "rhs_dilation": tuple(rhs_dilation or ones),
        "feature_group_count": groups,
        "batch_group_count": batch_groups,
        "lhs_spec": tuple(specs[0]),
        "rhs_spec": tuple(specs[1]),
        "out_spec": tuple(specs[2]),
    }


def _examples(make: Any) -> list[Example]:
    channels_first = ((0, 1, 2), (0, 1, 2), (0, 1, 2))
    channels_last = ((0, 3, 1, 2), (3, 2, 0, 1), (0, 3, 1, 2))
    images_first = ((0, 1, 2, 3), (0, 1, 2, 3), (0, 1, 2, 3))
    mixed = ((2, 0, 3, 1), (1, 3, 2, 0), (3, 1, 0, 2))
    return [
        ((make(2, 3, 6), make(4, 3, 3)), conv_attrs((1,), ((0, 0),), channels_first)),
        ((make(2, 5, 4, 3), make(3, 2, 3, 2)), conv_attrs((2, 1), ((1, 1), (0, 1)), channels_last)),
        (
            (make(2, 2, 4, 3), make(3, 2, 2, 2)),
            conv_attrs((1, 2), ((1, 2), (2, 0)), images_first, lhs_dilation=(2, 3), rhs_dilation=(2, 1)),
        ),
        ((make(1, 5, 4, 4), make(2, 2, 2, 6)), conv_attrs((1, 1), ((0, 0), (1, 1)), channels_last, groups=2)),
        ((make(4, 2, 5), make(6, 2, 2)), conv_attrs((2,), ((1, 0),), channels_first, batch_groups=2)),
        ((make(2, 4, 3, 5), make(2, 2, 3, 2)), conv_attrs((2, 1), ((-1, 1), (1, -2)), mixed, rhs_dilation=(1, 2))),
        ((make(3, 2, 5), make(2, 2, 4)), conv_attrs((1,), ((0, 0),), channels_first)),
        ((make(2, 3), make(4, 3)), conv_attrs((), (), ((0, 1), (0, 1), (0, 1)))),
        (
            (make(1, 2, 3, 3, 2), make(2, 2, 2, 1, 2)),
            conv_attrs((1, 1, 1), ((0, 0), (1, 0), (0, 1)), ((0, 4, 1, 2, 3), (4, 3, 0, 1, 2), (0, 4, 1, 2, 3)), groups=2),
        ),
        ((make(1, 2, 2), make(2, 2, 3)), conv_attrs((1,), ((0, 0),), channels_first)),  # no place for the window
    ]


def _flops(operands: list[Aval], outs: list[Aval], attrs: Attrs) -> Any:
    n: Any = 2 * outs[0].size
    for d in attrs["rhs_spec"][1:]:
        n = n * operands[1].shape[d]
    return n


define(
    "pb.conv_general_dilated",
    ("lhs", "rhs"),
    {
        "window_strides": I64S,
        "pad_low": I64S,
        "pad_high": I64S,
        "lhs_dilation": I64S,
        "rhs_dilation": I64S,
        "feature_group_count": I64,
        "batch_group_count": I64,
        "lhs_spec": I64S,
        "rhs_spec": I64S,
        "out_spec": I64S,
    },
    dtypes=T.NUMBER,
    infer=_infer,
    evaluate=convolution_numpy.evaluate,
    jvp=jvp_bilinear("pb.conv_general_dilated"),
    transpose=_transpose,
    batch=_batch,
    split_complex=_split_complex,
    lower=convolution_lower.lower,
    flops=_flops,
    examples=_examples,
    traits=("bilinear",),
    doc="Sum, over the places of a window and the input features, of products of `lhs` and the kernel `rhs` (not reversed). "
    "`lhs` is first spread by `lhs_dilation`, then padded with zeros (negative padding removes elements); the window moves by "
    "`window_strides`, its elements are `rhs_dilation` apart. The specs name the dimensions that are (batch, feature, spatial...) "
    "in `lhs` and the result and (output feature, input feature, spatial...) in `rhs`. Groups keep features, or the batch, apart.",
    reference="StableHLO specification, convolution; jax.lax.conv_general_dilated",
)
