"""Attention by scaled dot products, with grouped heads and masks."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import dtypes, lax
from .. import numpy as pnp
from ..array import Array
from ..lax.util import cast
from ..numpy.util import arrays_of, as_array
from .normalization import logsumexp, softmax

# What masked scores become: far below every other, and still finite in every dtype after a bias is added
_LOWEST = 0.7 * float(np.finfo(np.float32).min)


def _window(size: Any) -> tuple[int, int]:
    pair = (size, size) if isinstance(size, (int, np.integer)) else tuple(size)
    if len(pair) != 2 or not all(isinstance(n, (int, np.integer)) and n >= 0 for n in pair):
        raise ValueError(
            f"nn.dot_product_attention: local_window_size must be a non-negative integer or a pair (left, right), got {size!r}"
        )
    return int(pair[0]), int(pair[1])


def _position_mask(queries: int, keys: int, is_causal: bool, window: Any) -> np.ndarray[Any, Any] | None:
    """Which keys each query may see by their positions alone: a constant of shape [1, 1, queries, keys]."""
    if not is_causal and window is None:
        return None
    distance = np.arange(keys)[None, :] - np.arange(queries)[:, None]
    mask = np.ones((queries, keys), np.bool_)
    if is_causal:
        mask &= distance <= 0
    if window is not None:
        left, right = _window(window)
        mask &= (distance >= -left) & (distance <= right)
    return mask[None, None]


def _check(name: str, x: Any, batch: int, heads: int, queries: int, keys: int) -> Array:
    """A mask or bias of 4 dimensions [batch, heads, queries, keys], each of them full or 1."""
    (a,) = arrays_of("dot_product_attention", x)
    full = (batch, heads, queries, keys)
    if a.ndim != 4 or any(d not in (1, n) for d, n in zip(a.shape, full)):
        raise ValueError(f"nn.dot_product_attention: the {name} must broadcast to {full}, got shape {a.shape}")
    return a


def _lengths(name: str, x: Any, batch: int) -> Array:
    (a,) = arrays_of("dot_product_attention", x)
    if a.shape != (batch,) or not dtypes.is_integer(a.dtype):
        raise ValueError(
            f"nn.dot_product_attention: {name} must be an integer array of shape ({batch},), got {a.dtype.name}{list(a.shape)}"
        )
    return lax.reshape(a, (batch, 1, 1, 1))


def dot_product_attention(
    query: Any,
    key: Any,
    value: Any,
    bias: Any = None,
    mask: Any = None,
    *,
    scale: float | None = None,
    is_causal: bool = False,
    query_seq_lengths: Any = None,
    key_value_seq_lengths: Any = None,
    local_window_size: Any = None,
    implementation: str | None = None,
    return_residual: bool = False,
) -> Any:
    """Values averaged with the softmax of scaled products of queries and keys as weights.

    Args:
      query: array of shape [B, T, N, H] or [T, N, H].
      key: array of shape [B, S, K, H] or [S, K, H]; the heads N are a multiple of K, and N / K consecutive query heads share
        one head of keys and values.
      value: array of the shape of `key`.
      bias: what is added to the scores; it broadcasts to [B, N, T, S].
      mask: booleans that broadcast to [B, N, T, S]: which keys each query sees.
      scale: factor of the scores; ``1 / sqrt(H)`` by default.
      is_causal: queries see no later keys.
      query_seq_lengths: int array [B]; later queries give 0.
      key_value_seq_lengths: int array [B]; later keys are not seen.
      local_window_size: how many keys before and after its own position a query sees; an integer or a pair.
      implementation: None or "xla", which mean the same here.
      return_residual: return the logarithms of the sums of the weights too.

    Returns:
      Array of the shape of `query`; with `return_residual` a pair of it and an array of shape [B, T, N].

    Raises:
      ValueError: shapes do not fit. NotImplementedError: another implementation.

    Reference: Attention Is All You Need (Vaswani et al. 2017), section 3.2.1; GQA (Ainslie et al. 2023).

    >>> from pullback import nn, numpy as pnp
    >>> q, k, v = pnp.ones((2, 5, 4, 8)), pnp.ones((2, 6, 2, 8)), pnp.ones((2, 6, 2, 8))
    >>> nn.dot_product_attention(q, k, v).shape
    (2, 5, 4, 8)
    """
    if implementation not in (None, "xla"):
        raise NotImplementedError(
            f"nn.dot_product_attention: implementation {implementation!r} is a library of another device; use None"
        )
    q, k, v = arrays_of("dot_product_attention", query, key, value)
    unbatched = q.ndim == 3
    if unbatched and k.ndim == v.ndim == 3:
        q, k, v = (lax.expand_dims(a, (0,)) for a in (q, k, v))
    if not (q.ndim == k.ndim == v.ndim == 4) or k.shape != v.shape or q.shape[0] != k.shape[0] or q.shape[3] != k.shape[3]:
        raise ValueError(
            f"nn.dot_product_attention needs a query [B, T, N, H] and a key and a value [B, S, K, H], got {q.shape}, {k.shape} "
            f"and {v.shape}"
        )
    if not (q.dtype == k.dtype == v.dtype):
        raise ValueError(
            f"nn.dot_product_attention: query, key and value must have one dtype, got {q.dtype.name}, {k.dtype.name} and "
            f"{v.dtype.name}"
        )
    (b, t, n, h), (_, s, groups, _) = q.shape, k.shape
    if groups == 0 or n % groups:
        raise ValueError(f"nn.dot_product_attention: the number of query heads, {n}, must be a multiple of the key heads, {groups}")

    # scores [B, N, T, S] in float32 at least, head n of the queries with head n // (N / K) of the keys
    wide = np.promote_types(q.dtype, np.float32) if q.dtype.kind == "f" else np.dtype(np.float32)
    shared = n // groups
    grouped = lax.reshape(q, (b, t, groups, shared, h))
    scores = lax.dot_general(grouped, k, (((4,), (3,)), ((0, 2), (0, 2))), preferred_element_type=wide)  # [B, K, T, G, S]
    scores = lax.reshape(lax.transpose(scores, (0, 1, 3, 2, 4)), (b, n, t, s))
    factor = h**-0.5 if scale is None else scale
    scores = scores * cast(as_array(factor), wide)
    if bias is not None:
        scores = scores + cast(_check("bias", bias, b, n, t, s), wide)
    masks: list[Any] = []
    if mask is not None:
        seen = _check("mask", mask, b, n, t, s)
        if seen.dtype != np.bool_:
            raise ValueError(f"nn.dot_product_attention: the mask must be boolean, got {seen.dtype.name}")
        masks.append(seen)
    position = _position_mask(t, s, is_causal, local_window_size)
    if position is not None:
        masks.append(as_array(position))
    if query_seq_lengths is not None:
        queries = _lengths("query_seq_lengths", query_seq_lengths, b)
        masks.append(lax.broadcasted_iota(queries.dtype, (1, 1, t, 1), 2) < queries)
    if key_value_seq_lengths is not None:
        length = _lengths("key_value_seq_lengths", key_value_seq_lengths, b)
        masks.append(lax.broadcasted_iota(length.dtype, (1, 1, 1, s), 3) < length)
    if masks:
        joint = masks[0]
        for extra in masks[1:]:
            joint = pnp.logical_and(joint, extra)
        scores = pnp.where(joint, scores, np.asarray(_LOWEST, wide))

    weights = cast(softmax(scores), k.dtype)
    parts = lax.reshape(weights, (b, groups, shared, t, s))
    out = lax.dot_general(parts, v, (((4,), (1,)), ((0, 1), (0, 2))))  # [B, K, G, T, H]
    out = lax.reshape(lax.transpose(out, (0, 3, 1, 2, 4)), (b, t, n, h))
    if query_seq_lengths is not None:
        valid = lax.transpose(lax.broadcasted_iota(queries.dtype, (1, 1, t, 1), 2) < queries, (0, 2, 1, 3))
        out = pnp.where(valid, out, np.zeros((), out.dtype))
    if unbatched:
        out = lax.squeeze(out, (0,))
    if not return_residual:
        return out
    residual = lax.transpose(logsumexp(scores, axis=-1), (0, 2, 1))
    return out, lax.squeeze(residual, (0,)) if unbatched else residual
