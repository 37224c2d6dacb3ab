"""Keys and the bits that they stand for: the Threefry-2x32 generator in both of JAX's layouts."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from pullback.dialects.spec import TABLE

from .. import dtypes, lax
from ..array import Array, ConcreteArray, as_concrete
from ..configuration import config
from ..lax.util import as_operand, cast
from ..numpy.emit import wrap
from ..numpy.util import as_array, canonical_shape
from ..trace import _state, bind
from .threefry import threefry2x32

_UINTS: dict[int, np.dtype[Any]] = {
    8: np.dtype(np.uint8),
    16: np.dtype(np.uint16),
    32: np.dtype(np.uint32),
    64: np.dtype(np.uint64),
}
_U32 = _UINTS[32]


# Keys --------------------------------------------------------------------------------------------------------------------
def _check_key(key: Any, fname: str) -> Array:
    x = as_operand(key, f"random.{fname}")
    if x.dtype != _U32 or x.ndim == 0 or x.shape[-1] != 2:
        raise TypeError(
            f"random.{fname} needs a key, a uint32 array of shape (2,), as random.key makes; got {x.dtype.name}{list(x.shape)}"
        )
    if x.ndim != 1:
        raise ValueError(
            f"random.{fname} accepts a single key, but was given a key array of shape {x.shape[:-1]}. Use pullback.vmap to batch."
        )
    return x


def _check_impl(impl: Any) -> None:
    if impl not in (None, "threefry2x32", "threefry"):
        raise ValueError(f"random.key: unknown implementation {impl!r}; pullback has 'threefry2x32'")


def PRNGKey(seed: Any, *, impl: Any = None) -> Array:
    """A key from an integer.

    Args:
      seed: integer; it may be traced. Without 64-bit types only its low 32 bits count.
      impl: None or "threefry2x32".

    Raises:
      TypeError: the seed is not an integer scalar.

    Reference: JAX documentation, jax.random.PRNGKey.

    >>> from pullback import random
    >>> random.PRNGKey(42)
    Array([ 0, 42], dtype=uint32)
    """
    _check_impl(impl)
    if isinstance(seed, (int, np.integer)) and not isinstance(seed, bool):
        value = int(seed) % 2**64
        return as_concrete(np.array([value >> 32 if config.enable_x64 else 0, value % 2**32], np.uint32))
    x = as_array(seed) if isinstance(seed, (Array, np.ndarray)) else None
    if x is None or not dtypes.is_integer(x.dtype) or x.ndim:
        shown = type(seed).__name__ if x is None else f"{x.dtype.name}{list(x.shape)}"
        raise TypeError(f"PRNG key seed must be an integer scalar; got {shown}: {seed!r}"[:300])
    low = cast(x, _U32)
    if x.dtype.itemsize == 8:
        high = cast(lax.shift_right_logical(x, np.asarray(32, x.dtype)), _U32)
    else:
        high = as_array(np.zeros((), np.uint32))
    return lax.concatenate([lax.reshape(high, (1,)), lax.reshape(low, (1,))], 0)


def key(seed: Any, *, impl: Any = None) -> Array:
    """A key from an integer; the same as `PRNGKey`.

    Args:
      seed: integer; it may be traced.
      impl: None or "threefry2x32".

    Reference: JAX documentation, jax.random.key.

    >>> from pullback import random
    >>> random.key(42)
    Array([ 0, 42], dtype=uint32)
    """
    return PRNGKey(seed, impl=impl)


def key_data(keys: Any) -> Array:
    """The bits of a key.

    Args:
      keys: key, or array of keys.

    Reference: JAX documentation, jax.random.key_data.

    >>> from pullback import random
    >>> random.key_data(random.key(42))
    Array([ 0, 42], dtype=uint32)
    """
    return as_operand(keys, "random.key_data")


def wrap_key_data(key_bits_array: Any, *, impl: Any = None) -> Array:
    """The key with the given bits.

    Args:
      key_bits_array: uint32 array of shape [..., 2].
      impl: has no effect.

    Raises:
      TypeError: another dtype or shape.

    Reference: JAX documentation, jax.random.wrap_key_data.

    >>> from pullback import random
    >>> random.wrap_key_data(random.key_data(random.key(42)))
    Array([ 0, 42], dtype=uint32)
    """
    x = as_operand(key_bits_array, "random.wrap_key_data")
    if x.dtype != _U32 or x.ndim == 0 or x.shape[-1] != 2:
        raise TypeError(f"random.wrap_key_data needs a uint32 array of shape (..., 2), got {x.dtype.name}{list(x.shape)}")
    return x


def key_impl(keys: Any) -> str:
    """Name of the generator of a key.

    Args:
      keys: key, or array of keys.

    Reference: JAX documentation, jax.random.key_impl.

    >>> from pullback import random
    >>> random.key_impl(random.key(42))
    'threefry2x32'
    """
    wrap_key_data(keys)
    return "threefry2x32"


def key_dtype(impl_spec: Any = None) -> np.dtype[Any]:
    """The dtype of keys; they are uint32 arrays of shape (2,).

    Args:
      impl_spec: None or "threefry2x32".

    Raises:
      ValueError: another generator.

    Reference: JAX documentation, jax.random.key_dtype.

    >>> from pullback import random
    >>> random.key_dtype() == random.key(0).dtype
    True
    """
    _check_impl(impl_spec)
    return _U32


def clone(key: Any) -> Array:
    """The same key.

    Args:
      key: key.

    Reference: JAX documentation, jax.random.clone.

    >>> from pullback import random
    >>> random.clone(random.key(42))
    Array([ 0, 42], dtype=uint32)
    """
    return wrap_key_data(key)


def _threefry(key: Array, x1: Array, x2: Array) -> tuple[Array, Array]:
    k1, k2 = (lax.broadcast(lax.index_in_dim(key, i, keepdims=False), x1.shape) for i in range(2))
    return bind(TABLE["pb.threefry2x32"], (k1, k2, x1, x2), {})


def _encrypt_range(key: Array, n: int) -> Array:
    """The words 0, ..., n - 1, encrypted: the source of all bits. Concrete keys take the direct way to the op's NumPy rule."""
    if type(key) is not ConcreteArray or _state.frame is not None:
        return threefry2x32(key, lax.iota(_U32, n))
    half = -(-n // 2)
    words = np.arange(2 * half, dtype=np.uint32)
    words[n:] = 0
    first, second = np.broadcast_to(key.host[:, None], (2, half))
    evaluate: Any = TABLE["pb.threefry2x32"].evaluate
    return wrap(np.concatenate(evaluate(first, second, words[:half], words[half:]))[:n])


def _count_pairs(shape: tuple[int, ...]) -> tuple[Array, Array]:
    """The high and the low half of 0, 1, 2, ... in the given shape."""
    size = math.prod(shape)
    if size >= 2**32:
        raise ValueError(f"random: at most 2**32 - 1 numbers can be drawn at once, got shape {shape}")
    return lax.full(shape, np.uint32(0)), lax.reshape(lax.iota(_U32, size), shape)


def split(key: Any, num: Any = 2) -> Array:
    """New keys from a key, which should not be used again.

    Args:
      key: key.
      num: how many; an integer or a shape.

    Returns:
      uint32 array of shape [*num, 2].

    Reference: JAX documentation, jax.random.split.

    >>> from pullback import random
    >>> a, b = random.split(random.key(0))
    >>> random.split(random.key(0), 5).shape
    (5, 2)
    """
    k = _check_key(key, "split")
    shape = canonical_shape(num, "num")
    if config.threefry_partitionable:
        pair = _threefry(k, *_count_pairs(shape))
        return lax.concatenate([lax.expand_dims(x, (len(shape),)) for x in pair], len(shape))
    return lax.reshape(_encrypt_range(k, 2 * math.prod(shape)), (*shape, 2))


def fold_in(key: Any, data: Any) -> Array:
    """A new key from a key and an integer.

    Args:
      key: key.
      data: integer scalar, of which the low 32 bits count; it may be traced.

    Reference: JAX documentation, jax.random.fold_in.

    >>> from pullback import random
    >>> random.fold_in(random.key(0), 7)
    Array([2716826189,  292468403], dtype=uint32)
    """
    k = _check_key(key, "fold_in")
    x = as_concrete(np.uint32(int(data) % 2**32)) if isinstance(data, (int, np.integer)) else as_operand(data, "random.fold_in", 1)
    if x.ndim or not dtypes.is_integer(x.dtype):
        raise TypeError(f"random.fold_in needs an integer scalar, got {x.dtype.name}{list(x.shape)}")
    seed = lax.concatenate([np.zeros((1,), np.uint32), lax.reshape(cast(x, _U32), (1,))], 0)
    return threefry2x32(k, seed)


# Bits --------------------------------------------------------------------------------------------------------------------
def _random_bits(key: Array, width: int, shape: tuple[int, ...]) -> Array:
    if config.threefry_partitionable:
        high, low = _threefry(key, *_count_pairs(shape))
        if width == 64:
            return _join_words(high, low)
        return cast(lax.bitwise_xor(high, low), _UINTS[width])
    size = math.prod(shape)
    words = -(-width * size // 32)
    if words >= 2**32:
        raise ValueError(f"random: at most 2**32 - 1 words of bits can be drawn at once, got shape {shape}")
    flat = _encrypt_range(key, words)
    if width == 64:
        flat = _join_words(lax.slice_in_dim(flat, 0, size), lax.slice_in_dim(flat, size, 2 * size))
    elif width < 32:  # each word gives several numbers, the lowest bits first
        parts = 32 // width
        spread = lax.broadcast_in_dim(flat, (words, parts), (0,))
        shifts = lax.mul(lax.broadcasted_iota(_U32, (words, parts), 1), np.uint32(width))
        mask = np.uint32(2**width - 1)
        numbers = lax.bitwise_and(lax.shift_right_logical(spread, shifts), mask)
        flat = cast(lax.slice_in_dim(lax.reshape(numbers, (words * parts,)), 0, size), _UINTS[width])
    return lax.reshape(flat, shape)


def _join_words(high: Array, low: Array) -> Array:
    wide = _UINTS[64]
    return lax.bitwise_or(lax.shift_left(cast(high, wide), np.asarray(32, wide)), cast(low, wide))


def bits(key: Any, shape: Any = (), dtype: Any = None) -> Array:
    """Uniformly distributed bits as unsigned integers.

    Args:
      key: key.
      shape: shape of the result.
      dtype: unsigned integer dtype; uint32 by default.

    Reference: JAX documentation, jax.random.bits.

    >>> from pullback import random
    >>> random.bits(random.key(0), (2,))
    Array([ 928981903, 3453687069], dtype=uint32)
    """
    k = _check_key(key, "bits")
    wanted = dtypes.canonicalize_dtype(np.uint32 if dtype is None else dtype)
    if wanted.kind != "u":
        raise ValueError(f"dtype argument to `bits` must be an unsigned int dtype, got {wanted.name}")
    return _random_bits(k, wanted.itemsize * 8, canonical_shape(shape))


def _row(keys: Array, i: int) -> Array:
    return lax.index_in_dim(keys, i, keepdims=False)
