"""Random numbers from explicit keys: `pullback.random`. Names and values follow `jax.random`.

The generator is Threefry-2x32 in JAX's original layout (``jax_threefry_partitionable=False``), or in its present one with
``config.threefry_partitionable``. A key is a uint32 array of shape (2,); equal keys give equal numbers, so split a key for
each use.

>>> from pullback import random
>>> key = random.key(0)
>>> print(random.split(key))
[[4146024105  967050713]
 [2718843009 1272950319]]
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from pullback.dialects.spec import TABLE

from . import dtypes, lax
from .array import Array, ConcreteArray, as_concrete
from .configuration import config
from .lax.util import as_int, as_operand, canonical_axis, cast
from .numpy.emit import wrap
from .numpy.util import as_array, broadcast_shapes, broadcast_to, canonical_shape, default_float, default_int
from .trace import _state, bind

__all__ = [
    "PRNGKey",
    "bernoulli",
    "bits",
    "categorical",
    "cauchy",
    "choice",
    "clone",
    "exponential",
    "fold_in",
    "gumbel",
    "key",
    "key_data",
    "key_impl",
    "laplace",
    "logistic",
    "maxwell",
    "multivariate_normal",
    "normal",
    "permutation",
    "rademacher",
    "randint",
    "rayleigh",
    "split",
    "triangular",
    "truncated_normal",
    "uniform",
    "weibull_min",
    "wrap_key_data",
]

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


def PRNGKey(seed: Any, *, impl: Any = None) -> Array:
    """A key from an integer.

    Args:
      seed: integer; it may be traced. Without 64-bit types only its low 32 bits count.
      impl: None or "threefry2x32".

    Raises:
      TypeError: the seed is not an integer scalar.

    Reference: JAX documentation, jax.random.PRNGKey.
    """
    if impl not in (None, "threefry2x32", "threefry"):
        raise ValueError(f"random.key: unknown implementation {impl!r}; pullback has 'threefry2x32'")
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
    """A key from an integer; the same as `PRNGKey`. Reference: JAX documentation, jax.random.key."""
    return PRNGKey(seed, impl=impl)


def key_data(keys: Any) -> Array:
    """The bits of a key. Reference: JAX documentation, jax.random.key_data."""
    return as_operand(keys, "random.key_data")


def wrap_key_data(key_bits_array: Any, *, impl: Any = None) -> Array:
    """The key with the given bits. Reference: JAX documentation, jax.random.wrap_key_data."""
    x = as_operand(key_bits_array, "random.wrap_key_data")
    if x.dtype != _U32 or x.ndim == 0 or x.shape[-1] != 2:
        raise TypeError(f"random.wrap_key_data needs a uint32 array of shape (..., 2), got {x.dtype.name}{list(x.shape)}")
    return x


def key_impl(keys: Any) -> str:
    """Name of the generator of a key. Reference: JAX documentation, jax.random.key_impl."""
    wrap_key_data(keys)
    return "threefry2x32"


def clone(key: Any) -> Array:
    """The same key. Reference: JAX documentation, jax.random.clone."""
    return wrap_key_data(key)


def _threefry(key: Array, x1: Array, x2: Array) -> tuple[Array, Array]:
    k1, k2 = (lax.broadcast(lax.index_in_dim(key, i, keepdims=False), x1.shape) for i in range(2))
    return bind(TABLE["pb.threefry2x32"], (k1, k2, x1, x2), {})


def _encrypt_range(key: Array, n: int) -> Array:
    """The words 0, ..., n - 1, encrypted: the source of all bits. Concrete keys take the direct way to the op's NumPy rule."""
    if type(key) is not ConcreteArray or _state.frame is not None:
        return lax.linalg.threefry2x32(key, lax.iota(_U32, n))
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
    """
    k = _check_key(key, "fold_in")
    x = as_concrete(np.uint32(int(data) % 2**32)) if isinstance(data, (int, np.integer)) else as_operand(data, "random.fold_in", 1)
    if x.ndim or not dtypes.is_integer(x.dtype):
        raise TypeError(f"random.fold_in needs an integer scalar, got {x.dtype.name}{list(x.shape)}")
    seed = lax.concatenate([np.zeros((1,), np.uint32), lax.reshape(cast(x, _U32), (1,))], 0)
    return lax.linalg.threefry2x32(k, seed)


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
    """
    k = _check_key(key, "bits")
    wanted = dtypes.canonicalize_dtype(np.uint32 if dtype is None else dtype)
    if wanted.kind != "u":
        raise ValueError(f"dtype argument to `bits` must be an unsigned int dtype, got {wanted.name}")
    return _random_bits(k, wanted.itemsize * 8, canonical_shape(shape))


# Uniform -----------------------------------------------------------------------------------------------------------------
def _float_dtype(dtype: Any, fname: str) -> np.dtype[Any]:
    wanted = default_float() if dtype is None else dtypes.canonicalize_dtype(dtype)
    if not dtypes.is_floating(wanted):
        raise ValueError(f"dtype argument to `{fname}` must be a float dtype, got {wanted.name}")
    return wanted


def _shape_for(shape: Any, fname: str, *parameters: Array) -> tuple[int, ...]:
    """The given shape, which the parameters must broadcast to; by default the shape that they broadcast to."""
    common = broadcast_shapes(*(p.shape for p in parameters))
    if shape is None:
        return common
    wanted = canonical_shape(shape)
    if broadcast_shapes(wanted, common) != wanted:
        raise ValueError(f"random.{fname}: shape {wanted} is not what parameters of shape {common} broadcast to")
    return wanted


def _uniform(key: Array, shape: tuple[int, ...], dtype: np.dtype[Any], minval: Any, maxval: Any) -> Array:
    """Random mantissas make numbers in [1, 2); those are shifted and scaled."""
    width = dtype.itemsize * 8
    mantissa = int(dtypes.finfo(dtype).nmant)
    drawn = 8 if mantissa < 8 else width
    unsigned = _UINTS[width]
    number = cast(_random_bits(key, drawn, shape), unsigned)
    one = np.ones((), dtype)
    number = lax.bitwise_or(lax.shift_right_logical(number, np.asarray(drawn - mantissa, unsigned)), one.view(unsigned))
    unit = lax.sub(lax.bitcast_convert_type(number, dtype), one)
    low, high = (
        broadcast_to(cast(as_array(v), dtype), shape) if isinstance(v, Array) else np.asarray(v, dtype) for v in (minval, maxval)
    )
    scaled = lax.add(lax.mul(unit, lax.sub(high, low)), low)
    return lax.max(scaled, low)


def uniform(key: Any, shape: Any = (), dtype: Any = None, minval: Any = 0.0, maxval: Any = 1.0) -> Array:
    """Numbers that are uniformly distributed in ``[minval, maxval)``.

    Args:
      key: key.
      shape: shape of the result.
      dtype: floating dtype.
      minval, maxval: bounds; they broadcast to `shape`.

    Reference: JAX documentation, jax.random.uniform.
    """
    k = _check_key(key, "uniform")
    low, high = (as_array(v) for v in (minval, maxval))
    return _uniform(k, _shape_for(shape, "uniform", low, high), _float_dtype(dtype, "uniform"), low, high)


def _open_uniform(key: Array, shape: tuple[int, ...], dtype: np.dtype[Any], low: Any) -> Array:
    """Uniform in ``[low, 1)`` for a small positive `low`."""
    return _uniform(key, shape, dtype, low, 1.0)


def randint(key: Any, shape: Any, minval: Any, maxval: Any, dtype: Any = None) -> Array:
    """Integers that are uniformly distributed in ``[minval, maxval)``.

    Args:
      key: key.
      shape: shape of the result.
      minval, maxval: integer bounds; they broadcast to `shape`.
      dtype: integer dtype.

    Reference: JAX documentation, jax.random.randint.
    """
    k = _check_key(key, "randint")
    wanted = default_int() if dtype is None else dtypes.canonicalize_dtype(dtype)
    if not dtypes.is_integer(wanted):
        raise TypeError(f"randint only accepts integer dtypes, got {wanted.name}")
    info = np.iinfo(wanted)
    if wanted.itemsize < 4:  # sampled in 32 bits, which makes the bias of the remainder small
        wide = np.dtype(np.int32)
        (low, _), (high, _) = (_bound(v, np.iinfo(wide), wide) for v in (minval, maxval))
        low = lax.clamp(np.int32(info.min), low, np.int32(info.max))
        high = lax.clamp(np.int32(info.min), high, np.int32(info.max + 1))
        return cast(randint(k, shape, low, high, wide), wanted)
    width = wanted.itemsize * 8
    unsigned = _UINTS[width]
    (low, _), (high, over) = (_bound(v, info, wanted) for v in (minval, maxval))
    size = _shape_for(shape, "randint", low, high)
    low, high = broadcast_to(low, size), broadcast_to(high, size)
    upper, lower = (_random_bits(sub, width, size) for sub in (_row(split(k), 0), _row(split(k), 1)))
    empty = lax.le(high, low)
    span = lax.sub(cast(high, unsigned), cast(low, unsigned))
    one = np.ones((), unsigned)
    span = lax.select(empty, lax.full(size, one), span)
    if over is not False:  # an upper bound just above the range of the dtype
        beyond = broadcast_to(as_array(over), size)
        span = lax.select(lax.bitwise_and(beyond, lax.gt(high, low)), lax.add(span, one), span)
    # (upper * 2**width + lower) modulo span, in two steps that do not overflow; a span of 0 stands for 2**width
    half = lax.rem(np.asarray(2 ** (width // 2), unsigned), _nonzero(span))
    multiplier = lax.rem(lax.mul(half, half), _nonzero(span))
    offset = lax.add(lax.mul(_rem(upper, span), multiplier), _rem(lower, span))
    return lax.add(low, cast(_rem(offset, span), wanted))


def _nonzero(span: Array) -> Array:
    return lax.max(span, np.ones((), span.dtype))


def _rem(x: Array, span: Array) -> Array:
    """Remainder of unsigned integers, of which 0 as divisor keeps the dividend."""
    return lax.select(lax.eq(span, np.zeros((), span.dtype)), x, lax.rem(x, _nonzero(span)))


def _bound(value: Any, info: Any, dtype: np.dtype[Any]) -> tuple[Array, Any]:
    """A bound limited to the dtype's range, and whether it was above."""
    if isinstance(value, (int, np.integer)):
        limited = min(max(int(value), int(info.min)), int(info.max))
        return as_concrete(np.asarray(limited, dtype)), int(value) > info.max
    x = as_array(value)
    if not dtypes.is_integer(x.dtype):
        raise TypeError(f"randint: bounds must be integers, got {x.dtype.name}")
    own = np.iinfo(x.dtype)
    over: Any = False
    if own.max > info.max:
        over = lax.gt(x, np.asarray(info.max, x.dtype))
    low, high = max(int(own.min), int(info.min)), min(int(own.max), int(info.max))
    return cast(lax.clamp(np.asarray(low, x.dtype), x, np.asarray(high, x.dtype)), dtype), over


def _row(keys: Array, i: int) -> Array:
    return lax.index_in_dim(keys, i, keepdims=False)


# Normal ------------------------------------------------------------------------------------------------------------------
def _normal(key: Array, shape: tuple[int, ...], dtype: np.dtype[Any]) -> Array:
    if dtype.kind == "c":
        part = np.dtype(np.float64 if dtype.itemsize == 16 else np.float32)
        keys = split(key)
        real, imag = (_normal(_row(keys, i), shape, part) for i in range(2))
        return lax.div(lax.complex(real, imag), np.asarray(np.sqrt(2), dtype))
    low = np.nextafter(np.asarray(-1, dtype), np.asarray(0, dtype), dtype=dtype)
    u = _uniform(key, shape, dtype, low, 1.0)
    return lax.mul(lax.erf_inv(u), np.asarray(np.sqrt(2), dtype))


def normal(key: Any, shape: Any = (), dtype: Any = None) -> Array:
    """Standard normal numbers; complex ones have variance 1 in total.

    Args:
      key: key.
      shape: shape of the result.
      dtype: floating or complex dtype.

    Reference: JAX documentation, jax.random.normal.

    >>> from pullback import random
    >>> print(random.normal(random.key(0), (2,)).round(4))
    [-0.7848  0.8564]
    """
    k = _check_key(key, "normal")
    wanted = default_float() if dtype is None else dtypes.canonicalize_dtype(dtype)
    if not dtypes.is_inexact(wanted):
        raise ValueError(f"dtype argument to `normal` must be a float or complex dtype, got {wanted.name}")
    return _normal(k, canonical_shape(shape), wanted)


def truncated_normal(key: Any, lower: Any, upper: Any, shape: Any = None, dtype: Any = None) -> Array:
    """Standard normal numbers, given that they lie between bounds.

    Args:
      key: key.
      lower, upper: bounds.
      shape: shape of the result; by default the one that the bounds broadcast to.
      dtype: floating dtype.

    Reference: JAX documentation, jax.random.truncated_normal.
    """
    k = _check_key(key, "truncated_normal")
    wanted = _float_dtype(dtype, "truncated_normal")
    low, high = (cast(as_array(v), wanted) for v in (lower, upper))
    size = _shape_for(shape, "truncated_normal", low, high)
    root = np.asarray(np.sqrt(2), wanted)
    bounds = [lax.erf(lax.div(v, root)) for v in (low, high)]
    out = lax.mul(root, lax.erf_inv(_uniform(k, size, wanted, *bounds)))
    inf = np.asarray(np.inf, wanted)
    first = lax.nextafter(lax.stop_gradient(low), inf)
    last = lax.nextafter(lax.stop_gradient(high), np.asarray(-np.inf, wanted))
    return lax.min(lax.max(out, broadcast_to(first, size)), broadcast_to(last, size))


def multivariate_normal(key: Any, mean: Any, cov: Any, shape: Any = None, dtype: Any = None, method: str = "cholesky") -> Array:
    """Normal vectors with a given mean and covariance.

    Args:
      key: key.
      mean: array of shape [..., n].
      cov: array of shape [..., n, n], positive definite.
      shape: shape of the result without its last dimension.
      dtype: floating dtype.
      method: "cholesky".

    Reference: JAX documentation, jax.random.multivariate_normal.
    """
    from .numpy import add, matvec

    k = _check_key(key, "multivariate_normal")
    wanted = _float_dtype(dtype, "multivariate_normal")
    if method != "cholesky":
        raise NotImplementedError(
            f"random.multivariate_normal: method {method!r} needs an eigenvalue or singular value decomposition; use 'cholesky'"
        )
    m, c = (cast(as_array(v), wanted) for v in (mean, cov))
    if m.ndim < 1 or c.ndim < 2 or c.shape[-2:] != (m.shape[-1],) * 2:
        raise ValueError(
            f"random.multivariate_normal needs a mean of shape [..., n] and a covariance [..., n, n], got {m.shape} and {c.shape}"
        )
    batch = broadcast_shapes(m.shape[:-1], c.shape[:-2])
    size = batch if shape is None else canonical_shape(shape)
    draws = _normal(k, (*size, m.shape[-1]), wanted)
    return add(m, matvec(lax.linalg.cholesky(c), draws))


# Distributions made of uniform numbers -------------------------------------------------------------------------------------
def bernoulli(key: Any, p: Any = 0.5, shape: Any = None, mode: str = "low") -> Array:
    """Booleans that are true with probability `p`.

    Args:
      key: key.
      p: probabilities.
      shape: shape of the result; by default that of `p`.
      mode: "low".

    Reference: JAX documentation, jax.random.bernoulli.
    """
    k = _check_key(key, "bernoulli")
    if mode != "low":
        raise NotImplementedError(f"random.bernoulli: only mode 'low' is supported, got {mode!r}")
    prob = as_array(p)
    prob = cast(prob, prob.dtype if dtypes.is_floating(prob.dtype) else default_float())
    size = _shape_for(shape, "bernoulli", prob)
    return lax.lt(_uniform(k, size, prob.dtype, 0.0, 1.0), broadcast_to(prob, size))


def rademacher(key: Any, shape: Any = (), dtype: Any = None) -> Array:
    """-1 or 1, each with probability 1/2. Reference: JAX documentation, jax.random.rademacher."""
    wanted = default_int() if dtype is None else dtypes.canonicalize_dtype(dtype)
    size = canonical_shape(shape)
    coin = cast(bernoulli(key, 0.5, size), wanted)
    return lax.sub(lax.mul(coin, np.asarray(2, wanted)), np.ones((), wanted))


def exponential(key: Any, shape: Any = (), dtype: Any = None) -> Array:
    """Exponentially distributed numbers of mean 1. Reference: JAX documentation, jax.random.exponential."""
    k = _check_key(key, "exponential")
    u = _uniform(k, canonical_shape(shape), _float_dtype(dtype, "exponential"), 0.0, 1.0)
    return lax.neg(lax.log1p(lax.neg(u)))


def gumbel(key: Any, shape: Any = (), dtype: Any = None, mode: str | None = None) -> Array:
    """Numbers with the standard Gumbel distribution. Reference: JAX documentation, jax.random.gumbel (mode "low")."""
    k = _check_key(key, "gumbel")
    if mode not in (None, "low"):
        raise NotImplementedError(f"random.gumbel: only mode 'low' is supported, got {mode!r}")
    wanted = _float_dtype(dtype, "gumbel")
    u = _open_uniform(k, canonical_shape(shape), wanted, dtypes.finfo(wanted).tiny)
    return lax.neg(lax.log(lax.neg(lax.log(u))))


def laplace(key: Any, shape: Any = (), dtype: Any = None) -> Array:
    """Numbers with the standard Laplace distribution. Reference: JAX documentation, jax.random.laplace."""
    k = _check_key(key, "laplace")
    wanted = _float_dtype(dtype, "laplace")
    u = _uniform(k, canonical_shape(shape), wanted, -1.0 + float(dtypes.finfo(wanted).epsneg), 1.0)
    return lax.mul(lax.sign(u), lax.log1p(lax.neg(lax.abs(u))))


def logistic(key: Any, shape: Any = (), dtype: Any = None) -> Array:
    """Numbers with the standard logistic distribution. Reference: JAX documentation, jax.random.logistic."""
    k = _check_key(key, "logistic")
    wanted = _float_dtype(dtype, "logistic")
    u = _open_uniform(k, canonical_shape(shape), wanted, dtypes.finfo(wanted).tiny)
    return lax.sub(lax.log(u), lax.log1p(lax.neg(u)))


def cauchy(key: Any, shape: Any = (), dtype: Any = None) -> Array:
    """Numbers with the standard Cauchy distribution. Reference: JAX documentation, jax.random.cauchy."""
    k = _check_key(key, "cauchy")
    wanted = _float_dtype(dtype, "cauchy")
    u = _open_uniform(k, canonical_shape(shape), wanted, dtypes.finfo(wanted).eps)
    return lax.tan(lax.mul(np.asarray(np.pi, wanted), lax.sub(u, np.asarray(0.5, wanted))))


def rayleigh(key: Any, scale: Any, shape: Any = None, dtype: Any = None) -> Array:
    """Rayleigh-distributed numbers. Reference: JAX documentation, jax.random.rayleigh."""
    k = _check_key(key, "rayleigh")
    wanted = _float_dtype(dtype, "rayleigh")
    s = cast(as_array(scale), wanted)
    size = _shape_for(shape, "rayleigh", s)
    u = _uniform(k, size, wanted, 0.0, 1.0)
    return lax.mul(lax.sqrt(lax.mul(lax.log(u), np.asarray(-2, wanted))), broadcast_to(s, size))


def weibull_min(key: Any, scale: Any, concentration: Any, shape: Any = (), dtype: Any = None) -> Array:
    """Weibull-distributed numbers. Reference: JAX documentation, jax.random.weibull_min."""
    from .numpy import multiply, power

    k = _check_key(key, "weibull_min")
    wanted = _float_dtype(dtype, "weibull_min")
    s, c = (cast(as_array(v), wanted) for v in (scale, concentration))
    u = _uniform(k, canonical_shape(shape), wanted, 0.0, 1.0)
    return multiply(power(lax.neg(lax.log1p(lax.neg(u))), lax.reciprocal(c)), s)


def maxwell(key: Any, shape: Any = (), dtype: Any = None) -> Array:
    """Maxwell-distributed numbers: lengths of normal vectors of 3 components. Reference: JAX documentation, jax.random.maxwell."""
    k = _check_key(key, "maxwell")
    x = _normal(k, (*canonical_shape(shape), 3), _float_dtype(dtype, "maxwell"))
    return lax.sqrt(lax.reduce_sum(lax.mul(x, x), (x.ndim - 1,)))


# Choosing ------------------------------------------------------------------------------------------------------------------
def categorical(key: Any, logits: Any, axis: int = -1, shape: Any = None, replace: bool = True, mode: str | None = None) -> Array:
    """Indices along an axis, with probabilities given by their logarithms up to a constant.

    Args:
      key: key.
      logits: logarithms of probabilities.
      axis: the axis of the categories.
      shape: shape of the result; by default that of `logits` without the axis.
      replace: whether draws are independent; without, they are distinct (the leading dimensions of `shape`).
      mode: None or "low".

    Reference: JAX documentation, jax.random.categorical.
    """
    k = _check_key(key, "categorical")
    x = as_array(logits)
    x = cast(x, x.dtype if dtypes.is_floating(x.dtype) else default_float())
    axis = canonical_axis(axis, x.ndim)
    batch = x.shape[:axis] + x.shape[axis + 1 :]
    size = batch if shape is None else canonical_shape(shape)
    lead = size[: len(size) - len(batch)]
    if size[len(lead) :] != batch and broadcast_shapes(size, batch) != size:
        raise ValueError(f"random.categorical: shape {size} does not end with the shape of the logits without axis {axis}, {batch}")
    if not replace:
        from .numpy import argsort, moveaxis

        noise = gumbel(k, x.shape, x.dtype, mode)
        count = math.prod(lead)
        if count > x.shape[axis]:
            raise ValueError(f"random.categorical: cannot draw {count} distinct ones of {x.shape[axis]} categories")
        order = moveaxis(argsort(lax.neg(lax.add(noise, x)), axis=axis), axis, 0)
        return lax.reshape(lax.slice_in_dim(order, 0, count), size)
    full = (*size[: len(lead)], *size[len(lead) :][:axis], x.shape[axis], *size[len(lead) :][axis:])
    noise = gumbel(k, full, x.dtype, mode)
    return lax.argmax(lax.add(noise, broadcast_to(x, full)), axis + len(lead), default_int())


def _shuffle(key: Array, x: Array, axis: int) -> Array:
    """Sorts by random keys, as many times as make collisions unlikely."""
    rounds = math.ceil(3 * math.log(max(1, x.size)) / math.log(2**32 - 1))
    for _ in range(rounds):
        keys = split(key)
        key, sub = _row(keys, 0), _row(keys, 1)
        x = lax.sort_key_val(_random_bits(sub, 32, x.shape), x, axis)[1]
    return x


def permutation(key: Any, x: Any, axis: int = 0, independent: bool = False, *, out_sharding: None = None) -> Array:
    """A random order of the elements along an axis, or of the integers below `x`.

    Args:
      key: key.
      x: array or integer.
      axis: the axis.
      independent: whether each vector along the axis gets an order of its own.

    Reference: JAX documentation, jax.random.permutation.
    """
    from .numpy import take

    k = _check_key(key, "permutation")
    if isinstance(x, (int, np.integer)) or (isinstance(x, ConcreteArray) and x.ndim == 0):
        return _shuffle(k, lax.iota(default_int(), as_int(x, "x")), 0)
    array = as_operand(x, "random.permutation", 1)
    if array.ndim == 0:
        raise TypeError("x must be an integer or at least 1-dimensional")
    axis = canonical_axis(axis, array.ndim)
    if independent or array.ndim == 1:
        return _shuffle(k, array, axis)
    return take(array, _shuffle(k, lax.iota(default_int(), array.shape[axis]), 0), axis, mode="clip")


def choice(key: Any, a: Any, shape: Any = (), replace: bool = True, p: Any = None, axis: int = 0, mode: str | None = None) -> Array:
    """Random elements along an axis of an array, or random integers below `a`.

    Args:
      key: key.
      a: array or integer.
      shape: shape of the draws.
      replace: whether an element can be drawn more than once.
      p: probabilities of the elements; uniform by default.
      axis: the axis.
      mode: None or "low".

    Raises:
      ValueError: more draws without replacement than elements, or probabilities of another size.

    Reference: JAX documentation, jax.random.choice.
    """
    from .numpy import searchsorted, take

    k = _check_key(key, "choice")
    size = canonical_shape(shape)
    array = None if isinstance(a, (int, np.integer)) else as_operand(a, "random.choice", 1)
    if array is not None and array.ndim == 0:
        a, array = as_int(array, "a"), None
    if array is not None:
        axis = canonical_axis(axis, array.ndim)
    n = int(a) if array is None else array.shape[axis]
    draws = math.prod(size)
    if draws == 0:
        empty = lax.full(size, np.zeros((), default_int()))
        return empty if array is None else take(array, empty, axis, mode="clip")
    if n <= 0:
        raise ValueError("a must be greater than 0 unless no samples are taken")
    if not replace and draws > n:
        raise ValueError(f"Cannot take a larger sample ({draws} elements) than population ({n} elements) when 'replace=False'")
    if p is None:
        if not replace:
            order = permutation(k, n if array is None else array, axis)
            index = lax.slice_in_dim(order, 0, draws, axis=axis if array is not None else 0)
            rest = () if array is None else array.shape
            return lax.reshape(index, size if array is None else (*rest[:axis], *size, *rest[axis + 1 :]))
        index = randint(k, size, 0, n)
    else:
        weights = as_array(p)
        weights = cast(weights, weights.dtype if dtypes.is_floating(weights.dtype) else default_float())
        if weights.shape != (n,):
            raise ValueError(
                f"p must be None or a 1D vector with the same size as a.shape[axis], {n}, but has shape {weights.shape}."
            )
        if replace:
            total = lax.cumsum(weights, 0)
            last = lax.broadcast(lax.index_in_dim(total, -1, keepdims=False), size)
            r = lax.mul(last, lax.sub(np.ones((), weights.dtype), _uniform(k, size, weights.dtype, 0.0, 1.0)))
            index = searchsorted(total, r)
        else:
            noise = lax.add(gumbel(k, (n,), weights.dtype, mode), lax.log(weights))
            index = lax.reshape(lax.top_k(noise, draws)[1], size)
    index = cast(index, default_int())
    return index if array is None else take(array, index, axis, mode="clip")


def triangular(key: Any, left: Any, mode: Any, right: Any, shape: Any = None, dtype: Any = None) -> Array:
    """Numbers with the triangular distribution on [left, right]. Reference: JAX documentation, jax.random.triangular."""
    k = _check_key(key, "triangular")
    wanted = _float_dtype(dtype, "triangular")
    a, c, b = (cast(as_array(v), wanted) for v in (left, mode, right))
    size = _shape_for(shape, "triangular", a, c, b)
    a, c, b = (broadcast_to(v, size) for v in (a, c, b))
    fc = lax.div(lax.sub(c, a), lax.sub(b, a))
    u = _uniform(k, size, wanted, 0.0, 1.0)
    width = lax.sub(b, a)
    below = lax.add(a, lax.sqrt(lax.mul(u, lax.mul(width, lax.sub(c, a)))))
    above = lax.sub(b, lax.sqrt(lax.mul(lax.sub(np.ones((), wanted), u), lax.mul(width, lax.sub(b, c)))))
    return lax.select(lax.lt(u, fc), below, above)
