"""Windows that move over an array: their attributes, how many places they have, and what lies inside of them.

The operand's elements are moved `base_dilation` apart, then it is padded (negative padding removes elements). A window of
`window_dimensions` elements, `window_dilation` apart, moves over it by `window_strides`. The elements of a window are numbered in
row-major order. All attributes have one entry for each dimension of the operand.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from typing import Any

from .builder import Builder
from .convolution import window_positions
from .convolution_numpy import dilated, spread_and_pad, windows
from .ir import Value
from .spec import I64S, Example, OpError
from .types import Aval

Attrs = dict[str, Any]

WINDOW_ATTRS = {
    "window_dimensions": I64S,
    "window_strides": I64S,
    "pad_low": I64S,
    "pad_high": I64S,
    "base_dilation": I64S,
    "window_dilation": I64S,
}

#: The most elements of a window for which programs are written out element by element.
UNROLLED = 32


def window_attrs(
    size: Any, strides: Any = None, padding: Any = None, base_dilation: Any = None, window_dilation: Any = None
) -> Attrs:
    """The attributes, with defaults; `padding` holds pairs."""
    ones, none = (1,) * len(size), ((0, 0),) * len(size)
    padding = none if padding is None else padding
    return {
        "window_dimensions": tuple(size),
        "window_strides": tuple(strides or ones),
        "pad_low": tuple(low for low, _ in padding),
        "pad_high": tuple(high for _, high in padding),
        "base_dilation": tuple(base_dilation or ones),
        "window_dilation": tuple(window_dilation or ones),
    }


def only(attrs: Attrs) -> Attrs:
    """The attributes that describe windows."""
    return {k: attrs[k] for k in WINDOW_ATTRS}


def check_window(x: Aval, attrs: Attrs) -> None:
    """Raises OpError unless the attributes fit the operand."""
    for name in WINDOW_ATTRS:
        if len(attrs[name]) != x.ndim:
            raise OpError(f"{name} = {tuple(attrs[name])} must have one entry for each dimension of {x}")
        if not name.startswith("pad") and any(n < 1 for n in attrs[name]):
            raise OpError(f"{name} = {tuple(attrs[name])} must be positive")
    for d, (n, low, high, base) in enumerate(zip(x.shape, attrs["pad_low"], attrs["pad_high"], attrs["base_dilation"])):
        size = dilated(n, base) + low + high
        if isinstance(size, int) and size < 0:
            raise OpError(f"padding ({low}, {high}) removes more elements than dimension {d} of {x} has")


def places(shape: Sequence[Any], attrs: Attrs) -> tuple[Any, ...]:
    """How many places the window has along each dimension."""
    names = ("pad_low", "pad_high", "base_dilation", "window_dimensions", "window_dilation", "window_strides")
    return tuple(window_positions(*numbers) for numbers in zip(shape, *(attrs[k] for k in names)))


def with_batch(attrs: Attrs) -> Attrs:
    """The attributes for operands with one more dimension in front, over which the window does not extend."""
    return {**attrs, **{k: (0 if k.startswith("pad") else 1, *attrs[k]) for k in WINDOW_ATTRS}}


def elements(attrs: Attrs) -> Iterator[tuple[int, ...]]:
    """The indices inside a window, in order."""
    return itertools.product(*map(range, attrs["window_dimensions"]))


def is_padded(attrs: Attrs) -> bool:
    """Whether a window may hold something that is no element of the operand."""
    return any(n > 0 for n in (*attrs["pad_low"], *attrs["pad_high"])) or any(n > 1 for n in attrs["base_dilation"])


# In NumPy ------------------------------------------------------------------------------------------------------------------
def window_views(x: Any, attrs: Attrs, fill: Any, axes: Sequence[int] | None = None) -> Any:
    """A view of the operand, dilated and padded with `fill`, with further dimensions that run inside a window; along `axes`."""
    axes = range(x.ndim) if axes is None else axes
    low, high, base, size, gap, stride = (
        [attrs[k][d] for d in axes]
        for k in ("pad_low", "pad_high", "base_dilation", "window_dimensions", "window_dilation", "window_strides")
    )
    counts = [places(x.shape, attrs)[d] for d in axes]
    return windows(spread_and_pad(x, axes, low, high, base, fill), axes, size, stride, gap, counts)


# In pb operations ----------------------------------------------------------------------------------------------------------
def padded(b: Builder, x: Value, attrs: Attrs, fill: Any) -> Value:
    """The operand, dilated and padded with `fill`."""
    if not any((*attrs["pad_low"], *attrs["pad_high"])) and all(n == 1 for n in attrs["base_dilation"]):
        return x
    interior = tuple(n - 1 for n in attrs["base_dilation"])
    return b.pad(x, b.full((), x.dtype, fill), low=attrs["pad_low"], high=attrs["pad_high"], interior=interior)


def element_slice(b: Builder, x: Value, attrs: Attrs, inside: Sequence[int], counts: Sequence[Any]) -> Value:
    """The element `inside` the window, at all of its places, of an operand that is `padded` already."""
    strides = attrs["window_strides"]
    start = tuple(at * gap for at, gap in zip(inside, attrs["window_dilation"]))
    limit = tuple(s + (n - 1) * t + 1 if n != 0 else s for s, n, t in zip(start, counts, strides))
    return b.slice(x, start=start, limit=limit, strides=strides)


def window_size(attrs: Attrs) -> int:
    return math.prod(attrs["window_dimensions"])


# Examples ------------------------------------------------------------------------------------------------------------------
def window_examples() -> list[tuple[tuple[int, ...], Attrs]]:
    """Shapes of operands, with windows."""
    return [
        ((5,), window_attrs((2,))),
        ((4, 6), window_attrs((2, 3), (2, 3))),
        ((1, 4, 3), window_attrs((1, 2, 3), (1, 2, 1), ((0, 0), (0, 1), (1, 1)))),
        ((4, 3), window_attrs((2, 2), (1, 2), ((1, 0), (2, 1)), base_dilation=(2, 3), window_dilation=(2, 1))),
        ((6, 5), window_attrs((2, 2), (3, 1), ((-1, 0), (1, -2)), window_dilation=(1, 2))),
        ((8, 7), window_attrs((6, 6), (1, 1), ((1, 0), (0, 1)))),
        ((3,), window_attrs((4,))),  # no place for the window
        ((0, 2), window_attrs((2, 1), (1, 1), ((2, 1), (0, 0)))),  # nothing but padding
        ((), window_attrs(())),
    ]


def make_examples(make: Any) -> list[Example]:
    return [((make(*shape),), attrs) for shape, attrs in window_examples()]
