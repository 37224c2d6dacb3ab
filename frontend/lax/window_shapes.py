"""Shapes of convolutions and windowed reductions: padding by name, dimension numbers, shapes of results."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from pullback.dialects.convolution import window_positions
from pullback.dialects.convolution_numpy import dilated

from ..locations import located
from .util import as_int, as_ints


class ConvDimensionNumbers(NamedTuple):
    """Which dimension of the arrays of a convolution plays which role.

    Attributes:
      lhs_spec: dimensions (batch, feature, spatial...) of the input.
      rhs_spec: dimensions (output feature, input feature, spatial...) of the kernel.
      out_spec: dimensions (batch, feature, spatial...) of the result.

    Reference: JAX documentation, jax.lax.ConvDimensionNumbers.

    >>> from pullback import lax
    >>> lax.conv_dimension_numbers((1, 8, 8, 3), (3, 3, 3, 4), ("NHWC", "HWIO", "NHWC"))
    ConvDimensionNumbers(lhs_spec=(0, 3, 1, 2), rhs_spec=(3, 2, 0, 1), out_spec=(0, 3, 1, 2))
    """

    lhs_spec: Sequence[int]
    rhs_spec: Sequence[int]
    out_spec: Sequence[int]


#: What a `dimension_numbers` argument of a convolution may be.
ConvGeneralDilatedDimensionNumbers = tuple[str, str, str] | ConvDimensionNumbers | None


class PaddingType(enum.Enum):
    """Padding by name; see `padtype_to_pads`."""

    VALID = 1
    SAME = 2
    SAME_LOWER = 3


def padtype_to_pads(
    in_shape: Sequence[int], window_shape: Sequence[int], window_strides: Sequence[int], padding: str | PaddingType
) -> list[tuple[int, int]]:
    """The padding that a name stands for, as (low, high) for each dimension.

    Args:
      in_shape: sizes of the spatial dimensions.
      window_shape: sizes of the window, dilation included.
      window_strides: distance of one window to the next.
      padding: "VALID": none. "SAME": as much as makes the result as large as the input (divided by the strides, rounded up),
        evenly on both sides, an odd one at the end. "SAME_LOWER": an odd one at the beginning.

    Raises:
      RuntimeError: no such name.
      TypeError: `padding` is neither a string nor a PaddingType.

    Reference: JAX documentation, jax.lax.padtype_to_pads.

    >>> from pullback import lax
    >>> lax.padtype_to_pads((28, 28), (3, 3), (2, 2), "SAME")
    [(0, 1), (0, 1)]
    """
    if isinstance(padding, str):
        try:
            padding = PaddingType[padding.upper()]
        except KeyError:
            raise RuntimeError(
                located(f"Unrecognized padding type: expected 'VALID', 'SAME', or 'SAME_LOWER', got {padding}.")
            ) from None
    if not isinstance(padding, PaddingType):
        raise TypeError(located(f"Unknown padding type: {padding}."))
    if padding is PaddingType.VALID:
        return [(0, 0)] * len(in_shape)
    pads = []
    for n, k, stride in zip(in_shape, window_shape, window_strides):
        total = max(k - 1, 0) if stride == 1 else max((-(-n // stride) - 1) * stride + k - n, 0)
        half = total // 2
        pads.append((half, total - half) if padding is PaddingType.SAME else (total - half, half))
    return pads


def pad_pairs(padding: Any, name: str) -> list[tuple[int, int]]:
    """Explicit padding as pairs of integers."""
    try:
        pairs = [tuple(pair) for pair in padding]
        if any(len(pair) != 2 for pair in pairs):
            raise ValueError
        return [(as_int(low, "padding"), as_int(high, "padding")) for low, high in pairs]
    except (TypeError, ValueError):
        raise ValueError(
            located(f"padding argument to {name} should be a string or a sequence of (low, high) pairs, got {padding}")
        ) from None


# Dimension numbers ---------------------------------------------------------------------------------------------------------
def conv_dimension_numbers(
    lhs_shape: Sequence[int], rhs_shape: Sequence[int], dimension_numbers: ConvGeneralDilatedDimensionNumbers
) -> ConvDimensionNumbers:
    """Dimension numbers of a convolution, from strings.

    Args:
      lhs_shape, rhs_shape: shapes of the input and the kernel.
      dimension_numbers: three strings for the input, the kernel and the result, with one letter for each dimension: "N" for the
        batch and "C" for the features of the input and the result, "O" and "I" for the output and input features of the kernel,
        and any other letters, the same in all three, for the spatial dimensions, in the order that the kernel's string has. None
        stands for ("NC...", "OI...", "NC...").

    Raises:
      TypeError: the strings do not fit the shapes, or lack a letter.

    Reference: JAX documentation, jax.lax.conv_dimension_numbers.

    >>> from pullback import lax
    >>> lax.conv_dimension_numbers((1, 3, 8), (4, 3, 3), None)
    ConvDimensionNumbers(lhs_spec=(0, 1, 2), rhs_spec=(0, 1, 2), out_spec=(0, 1, 2))
    """
    if isinstance(dimension_numbers, ConvDimensionNumbers):
        return dimension_numbers
    ndim = len(lhs_shape)
    if ndim != len(rhs_shape):
        raise TypeError(located(f"convolution requires lhs and rhs ndim to be equal, got {ndim} and {len(rhs_shape)}."))
    if dimension_numbers is None:
        same = tuple(range(ndim))
        return ConvDimensionNumbers(same, same, same)
    if not isinstance(dimension_numbers, (list, tuple)):
        raise TypeError(located(f"convolution dimension_numbers must be tuple/list or None, got {type(dimension_numbers)}."))
    if len(dimension_numbers) != 3:
        raise TypeError(located(f"convolution dimension_numbers list/tuple must be length 3, got {len(dimension_numbers)}."))
    if not all(isinstance(s, str) for s in dimension_numbers):
        kinds = tuple(map(type, dimension_numbers))
        raise TypeError(located(f"convolution dimension_numbers elements must be strings, got {kinds}."))
    for i, s in enumerate(dimension_numbers):
        if len(s) != ndim:
            raise TypeError(
                located(
                    f"convolution dimension_numbers[{i}] must have len equal to the ndim of lhs and rhs, got {len(s)} for lhs and "
                    f"rhs shapes {tuple(lhs_shape)} and {tuple(rhs_shape)}."
                )
            )
    return ConvDimensionNumbers(*conv_general_permutations(dimension_numbers))


def conv_general_permutations(dimension_numbers: Sequence[str]) -> tuple[tuple[int, ...], ...]:
    """The permutations that three strings of dimension numbers stand for; see `conv_dimension_numbers`.

    Raises:
      TypeError: a string lacks a letter or has it twice, or the spatial letters differ.

    Reference: JAX documentation, jax.lax.conv_general_permutations.

    >>> from pullback import lax
    >>> lax.conv_general_permutations(("NHWC", "HWIO", "NCHW"))
    ((0, 3, 1, 2), (3, 2, 0, 1), (0, 1, 2, 3))
    """
    roles = (("N", "C"), ("O", "I"), ("N", "C"))
    for i, (text, (a, b)) in enumerate(zip(dimension_numbers, roles)):
        if not text.count(a) == text.count(b) == 1:
            raise TypeError(
                located(f"convolution dimension_numbers[{i}] must contain the characters '{a}' and '{b}' exactly once, got {text}.")
            )
        if len(text) != len(set(text)):
            raise TypeError(located(f"convolution dimension_numbers[{i}] cannot have duplicate characters, got {text}."))
    spatial = [set(text) - set(pair) for text, pair in zip(dimension_numbers, roles)]
    if not spatial[0] == spatial[1] == spatial[2]:
        raise TypeError(
            located(
                "convolution dimension_numbers elements must each have the same set of spatial characters, got "
                f"{tuple(dimension_numbers)}."
            )
        )
    letters = [c for c in dimension_numbers[1] if c not in "OI"]
    return tuple(tuple(map(text.index, (*pair, *letters))) for text, pair in zip(dimension_numbers, roles))


# Shapes --------------------------------------------------------------------------------------------------------------------
def dilated_shape(shape: Sequence[Any], dilation: Sequence[Any]) -> tuple[Any, ...]:
    """Sizes of dimensions whose elements are moved apart; `dilation` belongs to the last ones."""
    if not all(d > 0 for d in dilation):
        raise TypeError(located(f"All dilations must be positive, got {tuple(dilation)}."))
    factors = (1,) * (len(shape) - len(dilation)) + tuple(dilation)
    return tuple(dilated(n, d) for n, d in zip(shape, factors))


def conv_shape_tuple(
    lhs_shape: Sequence[int],
    rhs_shape: Sequence[int],
    strides: Sequence[int],
    pads: str | Sequence[tuple[int, int]],
    batch_group_count: int = 1,
) -> tuple[int, ...]:
    """Shape (batch, features, spatial...) of a convolution's result.

    Args:
      lhs_shape: shape (batch, features, spatial...) of the input, dilation included.
      rhs_shape: shape (output features, input features, spatial...) of the kernel, dilation included.
      strides: distance of one window to the next.
      pads: (low, high) for each spatial dimension, or a name; see `padtype_to_pads`.
      batch_group_count: int.

    Raises:
      TypeError: not one pair of `pads` for each spatial dimension.
      ValueError: negative padding removes more than there is.

    Reference: JAX documentation, jax.lax.conv_shape_tuple.

    >>> from pullback import lax
    >>> lax.conv_shape_tuple((1, 3, 28, 28), (8, 3, 3, 3), (2, 2), "SAME")
    (1, 8, 14, 14)
    """
    if isinstance(pads, str):
        pads = padtype_to_pads(lhs_shape[2:], rhs_shape[2:], strides, pads)
    if len(pads) != len(lhs_shape) - 2:
        raise TypeError(located(f"Wrong number of explicit pads for convolution: expected {len(lhs_shape) - 2}, got {len(pads)}."))
    if any(low + high < 0 and n + low + high < 0 for n, (low, high) in zip(lhs_shape[2:], pads)):
        raise ValueError(
            located(
                f"Negative padding is larger than the size of the corresponding dimension: got padding={tuple(pads)} for "
                f"lhs_shape[2:]={tuple(lhs_shape[2:])}"
            )
        )
    spatial = zip(lhs_shape[2:], pads, rhs_shape[2:], strides)
    places = [window_positions(n, low, high, 1, k, 1, stride) for n, (low, high), k, stride in spatial]
    return (lhs_shape[0] // batch_group_count, rhs_shape[0], *places)


def conv_general_shape_tuple(
    lhs_shape: Sequence[int],
    rhs_shape: Sequence[int],
    window_strides: Sequence[int],
    padding: str | Sequence[tuple[int, int]],
    dimension_numbers: Sequence[str],
) -> tuple[int, ...]:
    """`conv_shape_tuple` for any layout, given by three strings; see `conv_dimension_numbers`.

    Reference: JAX documentation, jax.lax.conv_general_shape_tuple.

    >>> from pullback import lax
    >>> lax.conv_general_shape_tuple((1, 28, 28, 3), (3, 3, 3, 8), (2, 2), "SAME", ("NHWC", "HWIO", "NHWC"))
    (1, 14, 14, 8)
    """
    lhs, rhs, out = conv_general_permutations(dimension_numbers)
    shape = conv_shape_tuple([lhs_shape[d] for d in lhs], [rhs_shape[d] for d in rhs], window_strides, padding)
    return tuple(shape[out.index(d)] for d in range(len(shape)))


def transposed_padding(k: int, s: int, padding: Any) -> tuple[int, int]:
    """Padding of the convolution that transposes one with kernel size k, stride s and the given padding."""
    if padding == "SAME":
        total = k + s - 2
        before = k - 1 if s > k - 1 else -(-total // 2)
    elif padding == "VALID":
        total = k + s - 2 + max(k - s, 0)
        before = k - 1
    elif isinstance(padding, tuple):
        before, after = (k - p - 1 for p in padding)
        total = before + after
    else:
        raise ValueError(located(f"Invalid padding mode: {padding}"))
    return before, total - before


def conv_transpose_shape_tuple(
    lhs_shape: Sequence[int],
    rhs_shape: Sequence[int],
    window_strides: Sequence[int],
    padding: str | Sequence[tuple[int, int]],
    dimension_numbers: Sequence[str],
) -> tuple[int, ...]:
    """Shape of the result of `conv_transpose`.

    Args:
      lhs_shape, rhs_shape: shapes of the input and the kernel.
      window_strides: the strides of `conv_transpose`.
      padding: "SAME", "VALID" or pairs.
      dimension_numbers: three strings; see `conv_dimension_numbers`.

    Reference: JAX documentation, jax.lax.conv_transpose_shape_tuple.

    >>> from pullback import lax
    >>> lax.conv_transpose_shape_tuple((1, 7, 7, 8), (3, 3, 8, 3), (2, 2), "SAME", ("NHWC", "HWIO", "NHWC"))
    (1, 14, 14, 3)
    """
    lhs, rhs, out = conv_general_permutations(dimension_numbers)
    x, w = [lhs_shape[d] for d in lhs], [rhs_shape[d] for d in rhs]
    if isinstance(padding, str):
        pads: Sequence[tuple[int, int]] = [transposed_padding(k, s, padding) for k, s in zip(w[2:], window_strides)]
    else:
        pads = padding
    spatial = [(n - 1) * s - k + 2 + low + high for n, k, s, (low, high) in zip(x[2:], w[2:], window_strides, pads)]
    shape = (x[0], w[0], *spatial)
    return tuple(shape[out.index(d)] for d in range(len(shape)))


def reduce_window_shape_tuple(
    operand_shape: Sequence[int],
    window_dimensions: Sequence[int],
    window_strides: Sequence[int],
    padding: Sequence[tuple[int, int]],
    base_dilation: Sequence[int] | None = None,
    window_dilation: Sequence[int] | None = None,
) -> tuple[int, ...]:
    """Shape of the result of `reduce_window`; arguments as there, with explicit padding.

    Reference: JAX documentation, jax.lax.reduce_window_shape_tuple.

    >>> from pullback import lax
    >>> lax.reduce_window_shape_tuple((1, 28, 28, 3), (1, 2, 2, 1), (1, 2, 2, 1), [(0, 0)] * 4)
    (1, 14, 14, 3)
    """
    if base_dilation is not None:
        operand_shape = dilated_shape(operand_shape, base_dilation)
    if window_dilation is not None:
        window_dimensions = dilated_shape(window_dimensions, window_dilation)
    sizes = zip(operand_shape, padding, window_dimensions, window_strides)
    return tuple(window_positions(n, low, high, 1, k, 1, stride) for n, (low, high), k, stride in sizes)


def shapelike(value: Any, name: str, argument: str, least: int = 1) -> tuple[int, ...]:
    """A sequence of integers that are not smaller than `least`."""
    if not isinstance(value, (tuple, list, np.ndarray)):
        raise TypeError(located(f"{name} {argument} must be of type tuple/list/ndarray, got {type(value)}."))
    out = as_ints(value, f"{name} {argument}")
    if any(isinstance(n, int) and n < least for n in out):
        bound = "strictly positive" if least else "nonnegative"
        raise TypeError(located(f"{name} {argument} must have every element be {bound}, got {value}."))
    return out
