"""Convolutions of `pullback.lax`; dimension numbers and shapes are in `window_shapes`."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from pullback.dialects.convolution import conv_attrs
from pullback.dialects.convolution_numpy import dilated
from pullback.dialects.spec import TABLE

from .. import dtypes
from ..array import Array
from ..locations import located
from ..trace import bind, bind_named
from .precision import PrecisionLike, check_precision
from .reduction import dot_general
from .util import as_operand, cast
from .window_shapes import (
    ConvDimensionNumbers,
    ConvGeneralDilatedDimensionNumbers,
    conv_dimension_numbers,
    conv_shape_tuple,
    dilated_shape,
    pad_pairs,
    padtype_to_pads,
    shapelike,
    transposed_padding,
)

Padding = str | Sequence[tuple[int, int]]


def _check(x: Array, w: Array, dims: ConvDimensionNumbers, window_strides: Any, features: int, batch: int) -> None:
    """Raises what JAX raises for operands, layouts and groups that do not fit."""
    name = "conv_general_dilated"

    def fail(text: str) -> None:
        raise ValueError(located(f"{name} {text}"))

    if x.ndim != w.ndim:
        fail(f"lhs and rhs must have the same number of dimensions, but got {x.shape} and {w.shape}.")
    for which, spec in zip(("lhs", "rhs", "out"), dims):
        if sorted(spec) != list(range(x.ndim)):
            fail(f"{which}_spec must be a permutation of the {x.ndim} dimensions, got {tuple(spec)}.")
    if features <= 0:
        fail(f"feature_group_count must be a positive integer, got {features}.")
    c, i, o, n = x.shape[dims.lhs_spec[1]], w.shape[dims.rhs_spec[1]], w.shape[dims.rhs_spec[0]], x.shape[dims.lhs_spec[0]]
    if c % features != 0:
        fail(f"feature_group_count must divide lhs feature dimension size, but {features} does not divide {c}.")
    if c // features != i:
        fail(
            f"lhs feature dimension size divided by feature_group_count must equal the rhs input feature dimension size, but "
            f"{c} // {features} != {i}."
        )
    if o % features != 0:
        fail(
            f"rhs output feature dimension size must be a multiple of feature_group_count, but {o} is not a multiple of {features}."
        )
    if batch <= 0:
        fail(f"batch_group_count must be a positive integer, got {batch}.")
    if batch > 1 and n % batch != 0:
        fail(f"batch_group_count must divide lhs batch dimension size, but {batch} does not divide {n}.")
    if o % batch != 0:
        fail(f"rhs output feature dimension size must be a multiple of batch_group_count, but {o} is not a multiple of {batch}.")
    if batch > 1 and features > 1:
        raise ValueError(
            located(
                f"At most one of batch_group_count and feature_group_count may be > 1, got batch_group_count={batch} and "
                f"feature_group_count={features}"
            )
        )
    if x.ndim - 2 != len(window_strides):
        fail(f"window and window_strides must have the same number of dimensions, but got {x.ndim - 2} and {len(window_strides)}")


def _element_type(x: Array, w: Array, preferred: Any) -> tuple[Array, Array, bool]:
    """The operands in one dtype, in which products are formed and summed, and whether the result is weakly typed."""
    if x.weak_type and not w.weak_type and dtypes.promote((x.dtype, True), (w.dtype, False))[0] == w.dtype:
        x = cast(x, w.dtype)
    elif w.weak_type and not x.weak_type and dtypes.promote((w.dtype, True), (x.dtype, False))[0] == x.dtype:
        w = cast(w, x.dtype)
    if x.dtype != w.dtype:
        raise TypeError(
            located(
                f"lax.conv_general_dilated requires arguments to have the same dtypes, got {x.dtype.name}, {w.dtype.name}. (Tip: "
                f"convert one of them with astype.)"
            )
        )
    if x.dtype == np.dtype(bool):
        raise TypeError(located("lax.conv_general_dilated does not accept dtype bool: convert the arrays to integers first."))
    weak = x.weak_type and w.weak_type and preferred is None
    if preferred is None:
        return x, w, weak
    wanted = dtypes.requested_dtype(preferred, "conv_general_dilated", "preferred_element_type")
    check_preferred(x.dtype, wanted)
    return cast(x, wanted), cast(w, wanted), weak


def check_preferred(dtype: Any, wanted: Any) -> None:
    """Raises TypeError unless products of `dtype` may be accumulated in `wanted`."""
    kinds = (dtypes.is_integer, dtypes.is_floating, lambda d: np.dtype(d).kind == "c")
    if not (dtypes.is_integer(dtype) and dtypes.is_floating(wanted)):
        if any(kind(dtype) and not kind(wanted) for kind in kinds):
            raise TypeError(
                located(
                    f"Input type {dtype} is incompatible with `preferred_element_type` {wanted}. The compatible combinations of "
                    f"(input_type, preferred_element_type) are (integral, integral), (integral, floating), (floating, floating), "
                    f"(complex, complex)."
                )
            )
        if dtypes.is_integer(dtype) and np.dtype(dtype).kind == "i" != np.dtype(wanted).kind:
            raise TypeError(located("`preferred_element_type` must have the same signedness as the original type."))
    if np.dtype(wanted).itemsize < np.dtype(dtype).itemsize:
        raise TypeError(located("`preferred_element_type` must not be narrower than the original type."))


def conv_general_dilated(
    lhs: Any,
    rhs: Any,
    window_strides: Sequence[int],
    padding: Padding,
    lhs_dilation: Sequence[int] | None = None,
    rhs_dilation: Sequence[int] | None = None,
    dimension_numbers: ConvGeneralDilatedDimensionNumbers = None,
    feature_group_count: int = 1,
    batch_group_count: int = 1,
    precision: PrecisionLike = None,
    preferred_element_type: Any = None,
    out_sharding: None = None,
) -> Array:
    """Convolution in any number of spatial dimensions and any layout. The kernel is not reversed.

    Args:
      lhs: input of n + 2 dimensions; numbers of any dtype.
      rhs: kernel of n + 2 dimensions, of the dtype of `lhs`.
      window_strides: n ints, the distance of one window to the next.
      padding: "SAME", "SAME_LOWER" or "VALID" (see `padtype_to_pads`), or n pairs (low, high); negative ones remove elements.
      lhs_dilation: n ints, the distance to which elements of the input are moved apart, with zeros between.
      rhs_dilation: n ints, the same for the kernel.
      dimension_numbers: three strings such as ("NHWC", "HWIO", "NHWC"), a ConvDimensionNumbers, or None for
        ("NC...", "OI...", "NC..."); see `conv_dimension_numbers`.
      feature_group_count: the features are divided into so many groups, and every kernel sees only the features of its own.
      batch_group_count: the same for the batch: the kernels of a group see only the images of that group.
      precision: accepted for JAX's sake; products are computed in the precision of the dtype.
      preferred_element_type: dtype of the result and of the sums.
      out_sharding: only None.

    Returns:
      Array of n + 2 dimensions; its spatial sizes are given by `conv_shape_tuple`.

    Raises:
      ValueError: shapes, groups, strides or padding do not fit.
      TypeError: dtypes differ, or dimension numbers do not fit.
      RuntimeError: unknown name of a padding.

    Reference: StableHLO specification, convolution; JAX documentation, jax.lax.conv_general_dilated.

    >>> from pullback import lax, numpy as pnp
    >>> image = pnp.arange(16.0).reshape(1, 4, 4, 1)
    >>> edges = pnp.array([[1.0, 0.0, -1.0]]).reshape(1, 3, 1, 1)
    >>> lax.conv_general_dilated(image, edges, (1, 1), "VALID", dimension_numbers=("NHWC", "HWIO", "NHWC"))[0, :, :, 0]
    Array([[-2., -2.],
           [-2., -2.],
           [-2., -2.],
           [-2., -2.]], dtype=float32)
    """
    x, w = as_operand(lhs, "conv_general_dilated"), as_operand(rhs, "conv_general_dilated", 1)
    check_precision(precision)
    if out_sharding is not None:
        raise NotImplementedError(located("lax.conv_general_dilated: out_sharding must be None; arrays are not sharded."))
    dims = conv_dimension_numbers(x.shape, w.shape, dimension_numbers)
    window_strides = shapelike(window_strides, "conv_general_dilated", "window_strides")
    base = (1,) * (x.ndim - 2) if lhs_dilation is None else tuple(lhs_dilation)
    gaps = (1,) * (w.ndim - 2) if rhs_dilation is None else tuple(rhs_dilation)
    if isinstance(padding, str) and any(d != 1 for d in base):
        raise ValueError(
            located(
                "String padding is not implemented for transposed convolution using this op. Please either exactly specify the "
                "required padding or use conv_transpose."
            )
        )
    _check(x, w, dims, window_strides, feature_group_count, batch_group_count)
    for what, dilation in (("lhs_dilation", base), ("rhs_dilation", gaps)):
        if len(dilation) != x.ndim - 2:
            raise ValueError(
                located(
                    f"conv_general_dilated {what} must have {x.ndim - 2} entries, one for each spatial dimension, got {dilation}"
                )
            )
    sizes = [x.shape[d] for d in dims.lhs_spec]
    window = dilated_shape([w.shape[d] for d in dims.rhs_spec], gaps)
    pads = (
        padtype_to_pads(sizes[2:], window[2:], window_strides, padding)
        if isinstance(padding, str)
        else pad_pairs(padding, "conv_general_dilated")
    )
    conv_shape_tuple(dilated_shape(sizes, base), window, window_strides, pads, batch_group_count)
    x, w, weak = _element_type(x, w, preferred_element_type)
    attrs = conv_attrs(
        window_strides,
        pads,
        dims,
        lhs_dilation=base,
        rhs_dilation=gaps,
        groups=int(feature_group_count),
        batch_groups=int(batch_group_count),
    )
    return bind(TABLE["pb.conv_general_dilated"], (x, w), attrs, weak)


def conv(
    lhs: Any,
    rhs: Any,
    window_strides: Sequence[int],
    padding: Padding,
    precision: PrecisionLike = None,
    preferred_element_type: Any = None,
) -> Array:
    """Convolution in the layout ("NC...", "OI...", "NC...").

    Args:
      lhs: input of shape (batch, features, spatial...).
      rhs: kernel of shape (output features, input features, spatial...).
      window_strides, padding, precision, preferred_element_type: as in `conv_general_dilated`.

    Reference: JAX documentation, jax.lax.conv.

    >>> from pullback import lax, numpy as pnp
    >>> lax.conv(pnp.ones((1, 1, 4)), pnp.array([[[1.0, 2.0]]]), (1,), "VALID")
    Array([[[3., 3., 3.]]], dtype=float32)
    """
    return conv_general_dilated(
        lhs, rhs, window_strides, padding, precision=precision, preferred_element_type=preferred_element_type
    )


def conv_with_general_padding(
    lhs: Any,
    rhs: Any,
    window_strides: Sequence[int],
    padding: Padding,
    lhs_dilation: Sequence[int] | None,
    rhs_dilation: Sequence[int] | None,
    precision: PrecisionLike = None,
    preferred_element_type: Any = None,
) -> Array:
    """`conv` with dilation; arguments as in `conv_general_dilated`.

    Reference: JAX documentation, jax.lax.conv_with_general_padding.

    >>> from pullback import lax, numpy as pnp
    >>> x, kernel = pnp.array([[[1.0, 2.0, 3.0]]]), pnp.array([[[1.0, 10.0]]])
    >>> lax.conv_with_general_padding(x, kernel, (1,), [(1, 1)], (2,), (1,))
    Array([[[10.,  1., 20.,  2., 30.,  3.]]], dtype=float32)
    """
    return conv_general_dilated(
        lhs,
        rhs,
        window_strides,
        padding,
        lhs_dilation,
        rhs_dilation,
        precision=precision,
        preferred_element_type=preferred_element_type,
    )


def conv_transpose(
    lhs: Any,
    rhs: Any,
    strides: Sequence[int],
    padding: Padding,
    rhs_dilation: Sequence[int] | None = None,
    dimension_numbers: ConvGeneralDilatedDimensionNumbers = None,
    transpose_kernel: bool = False,
    precision: PrecisionLike = None,
    preferred_element_type: Any = None,
    use_consistent_padding: bool = False,
) -> Array:
    """Transposed convolution, which makes the spatial dimensions larger by `strides`.

    Args:
      lhs: input of n + 2 dimensions.
      rhs: kernel of n + 2 dimensions.
      strides: n ints.
      padding: "SAME" or "VALID": that of the convolution that is transposed; or n pairs (low, high), the padding of the input
        after it was spread (of the convolution that is transposed, if `use_consistent_padding`).
      rhs_dilation: n ints.
      dimension_numbers: as in `conv_general_dilated`; None stands for ("N...C", "...IO", "N...C").
      transpose_kernel: reverses the kernel and exchanges its features, so that the result is the derivative of a convolution
        with that kernel.
      precision, preferred_element_type: as in `conv_general_dilated`.
      use_consistent_padding: see `padding`.

    Raises:
      ValueError: no default of `dimension_numbers` (more than 3 spatial dimensions), or as in `conv_general_dilated`.

    Reference: JAX documentation, jax.lax.conv_transpose.

    >>> from pullback import lax, numpy as pnp
    >>> lax.conv_transpose(pnp.ones((1, 7, 7, 8)), pnp.ones((3, 3, 8, 4)), (2, 2), "SAME").shape
    (1, 14, 14, 4)
    """
    x, w = as_operand(lhs, "conv_transpose"), as_operand(rhs, "conv_transpose", 1)
    if dimension_numbers is None:
        if not 2 <= x.ndim <= 5:
            raise ValueError(located("No 4+ dimensional dimension_number defaults."))
        letters = "HWD"[: x.ndim - 2]
        dimension_numbers = (f"N{letters}C", f"{letters}IO", f"N{letters}C")
    dims = conv_dimension_numbers(x.shape, w.shape, dimension_numbers)
    spatial = tuple(dims.rhs_spec[2:])
    gaps = (1,) * len(spatial) if rhs_dilation is None else tuple(rhs_dilation)
    pads: Any = padding
    if use_consistent_padding or (isinstance(padding, str) and padding in ("SAME", "VALID")):
        each: Sequence[Any] = [padding] * len(strides) if isinstance(padding, str) else [tuple(p) for p in padding]
        windows = [dilated(w.shape[d], gap) for d, gap in zip(spatial, gaps)]
        pads = tuple(transposed_padding(k, s, p) for k, s, p in zip(windows, strides, each))
    if transpose_kernel:
        w = bind_named("pb.reverse", w, dims=spatial)
        perm = list(range(w.ndim))
        perm[dims.rhs_spec[0]], perm[dims.rhs_spec[1]] = dims.rhs_spec[1], dims.rhs_spec[0]
        w = bind_named("pb.transpose", w, perm=tuple(perm))
    return conv_general_dilated(
        x, w, (1,) * len(spatial), pads, strides, gaps, dims, precision=precision, preferred_element_type=preferred_element_type
    )


def conv_general_dilated_patches(
    lhs: Any,
    filter_shape: Sequence[int],
    window_strides: Sequence[int],
    padding: Padding,
    lhs_dilation: Sequence[int] | None = None,
    rhs_dilation: Sequence[int] | None = None,
    dimension_numbers: ConvGeneralDilatedDimensionNumbers = None,
    precision: PrecisionLike = None,
    preferred_element_type: Any = None,
) -> Array:
    """The windows that a convolution sees, as features.

    Args:
      lhs: input of n + 2 dimensions.
      filter_shape: n ints, the shape of a window.
      window_strides, padding, lhs_dilation, rhs_dilation, dimension_numbers, precision: as in `conv_general_dilated`.
      preferred_element_type: dtype of the result.

    Returns:
      Array of n + 2 dimensions with the features (input feature, place in the window...).

    Reference: JAX documentation, jax.lax.conv_general_dilated_patches.

    >>> from pullback import lax, numpy as pnp
    >>> lax.conv_general_dilated_patches(pnp.array([[[1.0, 2.0, 3.0, 4.0]]]), (2,), (1,), "VALID")
    Array([[[1., 2., 3.],
            [2., 3., 4.]]], dtype=float32)
    """
    x = as_operand(lhs, "conv_general_dilated_patches")
    filter_shape = shapelike(filter_shape, "conv_general_dilated_patches", "filter_shape")
    dims = conv_dimension_numbers(x.shape, (1, 1, *filter_shape), dimension_numbers)
    count, channels = math.prod(filter_shape), x.shape[dims.lhs_spec[1]]
    # a kernel with a one for each place in the window, and the input's features as groups
    ones = np.eye(count, dtype=x.dtype).reshape(1, count, 1, *filter_shape)
    kernel = np.broadcast_to(ones, (channels, *ones.shape[1:])).reshape(channels * count, 1, *filter_shape)
    order = [list(dims.rhs_spec).index(d) for d in range(x.ndim)]
    w = cast(as_operand(kernel.transpose(order), "conv_general_dilated_patches", 1), x.dtype, x.weak_type)
    return conv_general_dilated(
        x,
        w,
        window_strides,
        padding,
        lhs_dilation,
        rhs_dilation,
        dims,
        feature_group_count=channels,
        precision=precision,
        preferred_element_type=preferred_element_type,
    )


def conv_general_dilated_local(
    lhs: Any,
    rhs: Any,
    window_strides: Sequence[int],
    padding: Padding,
    filter_shape: Sequence[int],
    lhs_dilation: Sequence[int] | None = None,
    rhs_dilation: Sequence[int] | None = None,
    dimension_numbers: ConvGeneralDilatedDimensionNumbers = None,
    precision: PrecisionLike = None,
) -> Array:
    """Convolution with a kernel of its own for every place of the window (a locally connected layer).

    Args:
      lhs: input of n + 2 dimensions.
      rhs: kernels of n + 2 dimensions: the spatial dimensions are those of the result, the input features are (input feature,
        place in the window...).
      window_strides, padding, lhs_dilation, rhs_dilation, dimension_numbers, precision: as in `conv_general_dilated`.
      filter_shape: n ints, the shape of a window.

    Reference: JAX documentation, jax.lax.conv_general_dilated_local.

    >>> from pullback import lax, numpy as pnp
    >>> kernels = pnp.array([[[1.0, 1.0, 0.0], [0.0, 1.0, 1.0]]])  # (1 output feature, 2 places in the window, 3 windows)
    >>> lax.conv_general_dilated_local(pnp.array([[[1.0, 2.0, 3.0, 4.0]]]), kernels, (1,), "VALID", (2,))
    Array([[[1., 5., 4.]]], dtype=float32)
    """
    x, w = as_operand(lhs, "conv_general_dilated_local"), as_operand(rhs, "conv_general_dilated_local", 1)
    check_precision(precision)
    patches = conv_general_dilated_patches(x, filter_shape, window_strides, padding, lhs_dilation, rhs_dilation, dimension_numbers)
    dims = conv_dimension_numbers(x.shape, (1, 1, *filter_shape), dimension_numbers)
    pairs = sorted(zip(dims.out_spec[2:], dims.rhs_spec[2:]))
    batch = ([p for p, _ in pairs], [k for _, k in pairs])
    out = dot_general(patches, w, (((dims.out_spec[1],), (dims.rhs_spec[1],)), batch))  # [places..., batch, features]
    perm = [0] * out.ndim
    for role, (place, _) in enumerate(pairs):
        perm[place] = role
    perm[dims.out_spec[0]], perm[dims.out_spec[1]] = out.ndim - 2, out.ndim - 1
    return bind_named("pb.transpose", out, perm=tuple(perm))
