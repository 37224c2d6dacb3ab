"""Functions applied along an axis: `map` and `associative_scan`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..api_util import Arguments
from ..array import Array
from ..batching import vmap
from ..tree_util import leaf_names, tree_flatten, tree_map, tree_unflatten
from .loops import scan
from .shape import concatenate, expand_dims, reshape, rev, slice_in_dim
from .util import as_int, canonical_axis


def map(f: Callable[..., Any], xs: Any, *, batch_size: int | None = None) -> Any:
    """``f`` applied to each slice of `xs` along the leading axis, one after the other; results are stacked.

    Args:
      f: function of one slice.
      xs: pytree of arrays with one leading size.
      batch_size: apply `f` to that many slices at once, with `vmap`; what remains at the end is one smaller batch.

    Raises:
      ValueError: leading sizes differ, `xs` has no arrays, or `batch_size` is not positive.

    Reference: JAX documentation, jax.lax.map.

    >>> import pullback.numpy as pnp
    >>> from pullback import lax
    >>> print(lax.map(lambda x: x * x, pnp.array([1.0, 2.0])))
    [1. 4.]
    """

    def step(carry: Any, x: Any) -> Any:
        return carry, f(x)

    step.__wrapped__ = f  # type: ignore[attr-defined]
    if batch_size is None:
        return scan(step, (), xs)[1]
    size = as_int(batch_size, "batch_size")
    if size < 1:
        raise ValueError(f"lax.map: batch_size must be positive, got {batch_size}")
    leaves, n = _leading("map", xs)
    full, rest = divmod(n, size)
    tree = tree_flatten(xs)[1]
    if full:
        head = [reshape(slice_in_dim(x, 0, full * size), (full, size, *x.shape[1:])) for x in leaves]
        out = map(vmap(f), tree_unflatten(tree, head))
        out = tree_map(lambda y: reshape(y, (full * size, *y.shape[2:])), out)
        if not rest:
            return out
    tail = vmap(f)(tree_unflatten(tree, [slice_in_dim(x, full * size, n) for x in leaves]))
    return tree_map(lambda a, b: concatenate([a, b], 0), out, tail) if full else tail


def _leading(api: str, xs: Any) -> tuple[list[Array], int]:
    """Leaves as arrays, and the size of their leading axis."""
    leaves = Arguments(None, xs, api, lambda: leaf_names((xs,), ["xs"])).leaves
    if not leaves:
        raise ValueError(f"lax.{api}: xs must hold at least one array")
    sizes: set[Any] = {x.shape[0] if x.ndim else None for x in leaves}
    if len(sizes) > 1 or None in sizes:
        raise ValueError(f"lax.{api}: arrays must have leading axes of one size, got shapes {[x.shape for x in leaves]}")
    return leaves, sizes.pop()


def associative_scan(fn: Callable[[Any, Any], Any], elems: Any, reverse: bool = False, axis: int = 0) -> Any:
    """All partial results of an associative function along an axis, in about ``2 * log2(n)`` vectorised steps.

    ``result[i] = fn(fn(elems[0], elems[1]), ..., elems[i])``, computed in another order, which `fn` must allow.

    Args:
      fn: function of two pytrees like `elems`, whose arrays have any size along `axis`; it works on all positions at once.
      elems: pytree of arrays with one size along `axis`.
      reverse: accumulate from the end.
      axis: int.

    Returns:
      A pytree like `elems`.

    Raises:
      TypeError: `fn` is not a function. ValueError: sizes along `axis` differ, or there are no arrays.

    Reference: Blelloch, Prefix Sums and Their Applications (1990).

    >>> import pullback.numpy as pnp
    >>> from pullback import lax
    >>> print(lax.associative_scan(pnp.maximum, pnp.array([3, 1, 4, 1, 5])))
    [3 3 4 4 5]
    """
    if not callable(fn):
        raise TypeError("lax.associative_scan: fn must be a function of two arguments: associative_scan(fn, elems)")
    args = Arguments(fn, elems, "associative_scan", lambda: leaf_names((elems,), ["elems"]))
    leaves = args.leaves
    if not leaves:
        raise ValueError("lax.associative_scan: elems must hold at least one array")
    axes = [canonical_axis(axis, x.ndim) for x in leaves]
    sizes = {x.shape[a] for x, a in zip(leaves, axes)}
    if len(sizes) > 1:
        raise ValueError(
            f"Array inputs to associative_scan must have the same size along axis {axis}, got shapes {[x.shape for x in leaves]}"
        )

    def part(xs: list[Array], start: int, stop: int | None = None, stride: int = 1) -> list[Array]:
        return [slice_in_dim(x, start, x.shape[a] if stop is None else stop, stride, a) for x, a in zip(xs, axes)]

    def combine(left: list[Array], right: list[Array]) -> list[Array]:
        a, b = tree_unflatten(args.treedef, left), tree_unflatten(args.treedef, right)
        out, treedef = tree_flatten(fn(a, b))
        if treedef != args.treedef:
            raise TypeError(f"associative_scan: fn must return the structure of elems, {args.treedef}, but returned {treedef}")
        return out

    def joined(xs: list[Array], ys: list[Array]) -> list[Array]:
        return [concatenate([x, y], a) for x, y, a in zip(xs, ys, axes)]

    def interleaved(even: list[Array], odd: list[Array]) -> list[Array]:
        """x0, y0, x1, y1, ...; `even` may have one element more."""
        result = []
        for x, y, a in zip(even, odd, axes):
            n, m = x.shape[a], y.shape[a]
            pair = concatenate([expand_dims(v, (a + 1,)) for v in (slice_in_dim(x, 0, m, axis=a), y)], a + 1)
            both = reshape(pair, (*y.shape[:a], 2 * m, *y.shape[a + 1 :]))
            result.append(concatenate([both, slice_in_dim(x, m, n, axis=a)], a) if n > m else both)
        return result

    def run(xs: list[Array], n: int) -> list[Array]:
        if n < 2:
            return xs
        m = n // 2
        odd = run(combine(part(xs, 0, 2 * m, 2), part(xs, 1, None, 2)), m)  # the results at odd positions
        first = part(xs, 0, 1)
        if n == 2:
            return joined(first, odd)
        rest = part(xs, 2, None, 2)
        even = joined(first, combine(part(odd, 0, (n - 1) // 2), rest))
        return interleaved(even, odd)

    n = sizes.pop()
    if reverse:
        leaves = [rev(x, (a,)) for x, a in zip(leaves, axes)]
    outs = run(leaves, n)
    if reverse:
        outs = [rev(x, (a,)) for x, a in zip(outs, axes)]
    return tree_unflatten(args.treedef, outs)
