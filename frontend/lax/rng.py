"""`rng_bit_generator`: random bits from an explicit state. `pullback.random` is the module for random numbers."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from pullback.dialects.spec import TABLE

from .. import dtypes
from ..array import Array
from ..locations import located
from ..trace import bind
from .elementwise import add, bitwise_or, convert_element_type, lt, shift_left
from .enums import RandomAlgorithm
from .shape import broadcast_in_dim, concatenate, expand_dims, index_in_dim, iota, reshape, slice_in_dim
from .util import as_ints, as_operand, cast

_U32 = np.dtype(np.uint32)


def _word(x: Array, i: int) -> Array:
    return index_in_dim(x, i, keepdims=False)


def _advance(low: Array, high: Array, n: Any) -> tuple[Array, Array]:
    """A counter of two words, `n` further."""
    new = add(low, n)
    carry = cast(lt(new, low), _U32)
    return new, add(carry, high)


def _split_dimension(shape: tuple[int, ...]) -> int:
    """The dimension along which the two words of a block follow each other: the first of even size, or else the largest one."""
    even = [i for i, n in enumerate(shape) if n % 2 == 0]
    return even[0] if even else max(range(len(shape)), key=lambda i: shape[i])


def rng_bit_generator(
    key: Any, shape: Any, dtype: Any = np.uint32, algorithm: Any = RandomAlgorithm.RNG_DEFAULT
) -> tuple[Array, Array]:
    """Uniformly distributed bits, and the state from which to draw the next ones.

    Args:
      key: state, 4 words of type uint32: a key of two words and a counter of two words.
      shape: ints.
      dtype: unsigned integer dtype of the bits.
      algorithm: a `RandomAlgorithm`: RNG_THREE_FRY, which is the default; the bits are those of XLA.

    Returns:
      ``(new_key, bits)``.

    Raises:
      TypeError: the state or the dtype is of another type. NotImplementedError: the algorithm is Philox.

    Reference: StableHLO specification, rng_bit_generator; Salmon et al., Parallel Random Numbers: As Easy as 1, 2, 3 (2011).

    >>> from pullback import lax, numpy as pnp
    >>> key, bits = lax.rng_bit_generator(pnp.array([1, 2, 3, 4], dtype="uint32"), (2,))
    >>> print(key, bits)
    [1 2 4 4] [1576285164 2249660814]
    """
    state, size = as_operand(key, "rng_bit_generator"), as_ints(shape, "shape")
    if state.shape != (4,) or state.dtype != _U32:
        raise TypeError(located(f"rng_bit_generator: the key must be 4 words of type uint32, got {state.dtype.name}{state.shape}"))
    if RandomAlgorithm(algorithm) == RandomAlgorithm.RNG_PHILOX:
        raise NotImplementedError("rng_bit_generator: Philox is not supported; use RandomAlgorithm.RNG_THREE_FRY")
    wanted = dtypes.canonicalize_dtype(dtype)
    if wanted.kind != "u":
        raise TypeError(located(f"rng_bit_generator: dtype must be an unsigned integer dtype, got {wanted.name}"))
    key1, key2, low, high = (_word(state, i) for i in range(4))
    wide = wanted.itemsize == 8
    full = size if wide or size else (1,)
    axis = 0 if wide else _split_dimension(full)
    half = full if wide else (*full[:axis], -(-full[axis] // 2), *full[axis + 1 :])
    n = math.prod(half)
    count_low, count_high = _advance(low, high, iota(_U32, n))
    words = [broadcast_in_dim(w, (n,), ()) for w in (key1, key2)]
    first, second = (reshape(w, half) for w in bind(TABLE["pb.threefry2x32"], (*words, count_low, count_high), {}))
    new_low, new_high = _advance(low, high, np.uint32(n))
    new = concatenate([expand_dims(w, (0,)) for w in (key1, key2, new_low, new_high)], 0)
    if wide:
        u64 = np.dtype(np.uint64)
        bits = bitwise_or(cast(first, u64), shift_left(cast(second, u64), np.uint64(32)))
        return new, convert_element_type(bits, wanted)
    pair = concatenate([expand_dims(w, (axis + 1,)) for w in (first, second)], axis + 1)
    bits = reshape(pair, (*half[:axis], 2 * half[axis], *half[axis + 1 :]))
    bits = reshape(slice_in_dim(bits, 0, full[axis], axis=axis), size)
    return new, convert_element_type(bits, wanted)
