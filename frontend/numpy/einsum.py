"""Einstein summation: subscripts are parsed and ordered into pairs by opt_einsum; each pair is one contraction."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

import numpy as np
import opt_einsum

from .. import lax
from ..array import Array
from .manipulation import diagonal_of_last_two, moveaxis
from .products import _broadcast_contract, promoted, sum_labels
from .util import arrays_of

__all__ = ["einsum", "einsum_path"]


def _letter(label: Any) -> str:
    """The subscript character of an integer label of the sublist format; `...` stays."""
    if label is Ellipsis:
        return "..."
    if not isinstance(label, (int, np.integer)):
        raise TypeError(f"einsum: a sublist must contain integers or Ellipsis, got {label!r}")
    return str(opt_einsum.get_symbol(int(label)))


def _to_subscripts(operands: Sequence[Any]) -> tuple[str, list[Any]]:
    """Subscripts and arrays of either format: ``("ij,jk", x, y)`` or ``(x, [0, 1], y, [1, 2], [0, 2])``."""
    if not operands:
        raise TypeError("einsum needs subscripts and arrays, got no arguments")
    if isinstance(operands[0], str):
        return operands[0].replace(" ", ""), list(operands[1:])
    arrays, terms = list(operands[0:-1:2]), list(operands[1::2])
    out = "->" + "".join(map(_letter, operands[-1])) if len(operands) % 2 else ""
    return ",".join("".join(map(_letter, t)) for t in terms) + out, arrays


@functools.lru_cache(maxsize=512)
def _plan(subscripts: str, shapes: tuple[tuple[int, ...], ...], optimize: Any) -> tuple[list[str], str, list[tuple[int, ...]]]:
    """The terms of the operands (ellipses spelled out), the output term, and the order of contraction."""
    inputs, output, _ = opt_einsum.parser.parse_einsum_input((subscripts, *shapes), shapes=True)
    terms = inputs.split(",")
    if len(terms) != len(shapes):
        raise ValueError(f"einsum {subscripts!r} has {len(terms)} operands, got {len(shapes)} arrays")
    sizes: dict[str, int] = {}
    for term, shape in zip(terms, shapes):
        if len(term) != len(shape):
            raise ValueError(f"einsum {subscripts!r}: the term {term!r} has {len(term)} indices, but its array has shape {shape}")
        for a, n in zip(term, shape):
            if sizes.setdefault(a, n) == 1:
                sizes[a] = n
            elif n not in (1, sizes[a]):
                raise ValueError(
                    f"einsum {subscripts!r}: index {a!r} has sizes {sizes[a]} and {n}; shapes {', '.join(map(str, shapes))}"
                )
    if len(terms) <= 2:
        return terms, output, [tuple(range(len(terms)))]
    path, _ = opt_einsum.contract_path(subscripts, *shapes, shapes=True, optimize=optimize)
    return terms, output, [tuple(p) for p in path]


def einsum(
    *operands: Any, out: None = None, optimize: Any = "auto", precision: Any = None, preferred_element_type: Any = None
) -> Array:
    """Einstein summation.

    Args:
      operands: subscripts such as ``"ij,jk->ik"`` and one array for each term; or arrays, each followed by a list of integer
        labels, and optionally the labels of the result. ``...`` stands for further dimensions, which are broadcast.
      out: must be None.
      optimize: how the order of contractions is found: True, False, or a strategy of opt_einsum.
      precision: accepted for JAX's sake; products are computed in the precision of the dtype.
      preferred_element_type: dtype of the result and of the accumulation.

    Raises:
      ValueError: subscripts and shapes do not fit; the message shows both.

    Reference: NumPy, numpy.einsum.

    >>> import pullback.numpy as pnp
    >>> print(pnp.einsum("ii", pnp.eye(3)))
    3.0
    """
    if out is not None:
        raise NotImplementedError("The 'out' argument to einsum is not supported: arrays are immutable.")
    subscripts, raw = _to_subscripts(operands)
    arrays = promoted("einsum", *raw, preferred=preferred_element_type)
    strategy = "auto" if optimize is True else (tuple(range(len(arrays))),) if optimize is False else optimize
    strategy = tuple(p if isinstance(p, str) else tuple(p) for p in strategy) if isinstance(strategy, (list, tuple)) else strategy
    if isinstance(strategy, tuple):
        strategy = tuple(p for p in strategy if p != "einsum_path")
    terms, output, path = _plan(subscripts, tuple(x.shape for x in arrays), strategy)
    labelled = [_diagonals(x, term, subscripts) for x, term in zip(arrays, terms)]
    for positions in path:
        chosen = [labelled[i] for i in positions]
        labelled = [v for i, v in enumerate(labelled) if i not in positions]
        while len(chosen) > 1:
            x, y, *rest = chosen
            needed = {a for _, labels in (*labelled, *rest) for a in labels} | set(output)
            chosen = [_pair(x, y, needed, output if not labelled and not rest else None), *rest]
        labelled.append(chosen[0])
    while len(labelled) > 1:
        x, y, *rest = labelled
        needed = {a for _, labels in rest for a in labels} | set(output)
        labelled = [_pair(x, y, needed, None if rest else output), *rest]
    result, labels = sum_labels(*labelled[0], set(output))
    return lax.transpose(result, [labels.index(a) for a in output])


def _diagonals(x: Array, term: str, subscripts: str) -> tuple[Array, list[Any]]:
    """Takes diagonals until each label occurs once."""
    labels = list(term)
    while len(set(labels)) < len(labels):
        a = next(a for a in labels if labels.count(a) > 1)
        i = labels.index(a)
        j = labels.index(a, i + 1)
        if x.shape[i] != x.shape[j]:
            raise ValueError(f"einsum {subscripts!r}: repeated index {a!r} has sizes {x.shape[i]} and {x.shape[j]} in one array")
        x = diagonal_of_last_two(moveaxis(x, (i, j), (-2, -1)), 0)
        labels = [b for k, b in enumerate(labels) if k not in (i, j)] + [a]
    return x, labels


def _pair(x: tuple[Array, list[Any]], y: tuple[Array, list[Any]], needed: set[Any], out: Any) -> tuple[Array, list[Any]]:
    (x_array, xl), (y_array, yl) = x, y
    if out is not None and set(out) == {a for a in (*xl, *yl) if a in needed}:
        result = list(out)
    else:
        both = [a for a in xl if a in yl and a in needed]
        result = both + [a for a in xl if a in needed and a not in both] + [a for a in yl if a in needed and a not in both]
    return _broadcast_contract(x_array, xl, y_array, yl, result), result


def einsum_path(subscripts: Any, *operands: Any, optimize: Any = "greedy") -> tuple[list[Any], Any]:
    """The order of contraction that `einsum` would use, and a description of its cost.

    Args:
      subscripts, operands: as for `einsum`.
      optimize: True, False or a strategy of opt_einsum.

    Returns:
      ``(["einsum_path", (i, j), ...], description)``.

    Reference: NumPy, numpy.einsum_path.

    >>> import pullback.numpy as pnp
    >>> pnp.einsum_path("ij,jk,kl->il", pnp.ones((2, 3)), pnp.ones((3, 4)), pnp.ones((4, 5)))[0]
    ['einsum_path', (1, 2), (0, 1)]
    """
    text, raw = _to_subscripts((subscripts, *operands))
    shapes = [x.shape for x in arrays_of("einsum_path", *raw)]
    if optimize is False:
        optimize = [tuple(range(len(shapes)))]
    elif isinstance(optimize, (list, tuple)):
        optimize = [p for p in optimize if not isinstance(p, str)]
    path, info = opt_einsum.contract_path(text, *shapes, shapes=True, optimize=optimize)
    return ["einsum_path", *path], info
