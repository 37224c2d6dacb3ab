"""Initial values of parameters: functions of (key, shape, dtype). Names and values follow `jax.nn.initializers`.

>>> from pullback import nn, random
>>> init = nn.initializers.he_normal()
>>> init(random.key(0), (3, 4)).shape
(3, 4)
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, Protocol

import numpy as np

from .. import dtypes, lax, random
from .. import numpy as pnp
from ..array import Array
from ..lax.util import canonical_axes, cast
from ..missing import attribute_error as _attribute_error
from ..numpy.util import as_array, canonical_shape, default_float
from ..random.keys import _row

__all__ = [
    "Initializer",
    "constant",
    "delta_orthogonal",
    "glorot_normal",
    "glorot_uniform",
    "he_normal",
    "he_uniform",
    "kaiming_normal",
    "kaiming_uniform",
    "lecun_normal",
    "lecun_uniform",
    "normal",
    "ones",
    "orthogonal",
    "truncated_normal",
    "uniform",
    "variance_scaling",
    "xavier_normal",
    "xavier_uniform",
    "zeros",
]

# Standard deviation of a standard normal number, and of a complex one, given that its magnitude is at most 2
_STD_TRUNCATED = 0.87962566103423978
_STD_TRUNCATED_COMPLEX = 0.95311164380491208


class Initializer(Protocol):
    """What the functions of this module return: a function of a key, a shape and a dtype.

    Reference: JAX documentation, jax.nn.initializers.Initializer.

    >>> from pullback import nn
    >>> init: nn.initializers.Initializer = nn.initializers.zeros
    """

    def __call__(self, key: Any, shape: Any, dtype: Any = None, out_sharding: None = None) -> Array: ...


def _dtype(given: Any, default: Any, fname: str) -> np.dtype[Any]:
    wanted = given if given is not None else default
    result = default_float() if wanted is None else dtypes.canonicalize_dtype(wanted)
    if not dtypes.is_inexact(result):
        raise ValueError(f"nn.initializers.{fname}: dtype must be a floating or complex dtype, got {result.name}")
    return result


# Without a key -----------------------------------------------------------------------------------------------------------
def zeros(key: Any, shape: Any, dtype: Any = None, out_sharding: None = None) -> Array:
    """Zeros.

    Args:
      key: has no effect.
      shape: shape of the result.
      dtype: dtype of the result; the default float by default.
      out_sharding: must be None.

    Reference: JAX documentation, jax.nn.initializers.zeros.

    >>> from pullback import nn, random
    >>> nn.initializers.zeros(random.key(0), (2,))
    Array([0., 0.], dtype=float32)
    """
    return pnp.zeros(shape, default_float() if dtype is None else dtype)


def ones(key: Any, shape: Any, dtype: Any = None, out_sharding: None = None) -> Array:
    """Ones.

    Args:
      key: has no effect.
      shape: shape of the result.
      dtype: dtype of the result; the default float by default.
      out_sharding: must be None.

    Reference: JAX documentation, jax.nn.initializers.ones.

    >>> from pullback import nn, random
    >>> nn.initializers.ones(random.key(0), (2,))
    Array([1., 1.], dtype=float32)
    """
    return pnp.ones(shape, default_float() if dtype is None else dtype)


def constant(value: Any, dtype: Any = None) -> Initializer:
    """An initializer of arrays with a given value.

    Args:
      value: scalar, or array that broadcasts to the shape.
      dtype: default dtype of the initializer.

    Reference: JAX documentation, jax.nn.initializers.constant.

    >>> from pullback import nn, random
    >>> nn.initializers.constant(-7.0)(random.key(0), (2,))
    Array([-7., -7.], dtype=float32)
    """

    def init(key: Any, shape: Any, dtype: Any = dtype, out_sharding: None = None) -> Array:
        return pnp.full(shape, value, default_float() if dtype is None else dtype)

    return init


# With a given scale ------------------------------------------------------------------------------------------------------
def uniform(scale: Any = 1e-2, dtype: Any = None) -> Initializer:
    """An initializer with numbers uniform in ``[0, scale)``.

    Args:
      scale: upper bound.
      dtype: default dtype of the initializer.

    Reference: JAX documentation, jax.nn.initializers.uniform.

    >>> from pullback import nn, random
    >>> x = nn.initializers.uniform(10.0)(random.key(0), (1000,))
    >>> bool(((x >= 0) & (x < 10)).all())
    True
    """

    def init(key: Any, shape: Any, dtype: Any = dtype, out_sharding: None = None) -> Array:
        wanted = _dtype(dtype, None, "uniform")
        return random.uniform(key, shape, wanted) * cast(as_array(scale), wanted)

    return init


def normal(stddev: Any = 1e-2, dtype: Any = None) -> Initializer:
    """An initializer with normal numbers.

    Args:
      stddev: standard deviation.
      dtype: default dtype of the initializer.

    Reference: JAX documentation, jax.nn.initializers.normal.

    >>> from pullback import nn, random
    >>> nn.initializers.normal(5.0)(random.key(0), (2, 3)).shape
    (2, 3)
    """

    def init(key: Any, shape: Any, dtype: Any = dtype, out_sharding: None = None) -> Array:
        wanted = _dtype(dtype, None, "normal")
        return random.normal(key, shape, wanted) * cast(as_array(stddev), wanted)

    return init


def truncated_normal(stddev: Any = 1e-2, dtype: Any = None, lower: Any = -2.0, upper: Any = 2.0) -> Initializer:
    """An initializer with normal numbers between bounds.

    Args:
      stddev: factor of the standard normal numbers; after the truncation the standard deviation is smaller.
      dtype: default dtype of the initializer.
      lower, upper: bounds, in units of `stddev`.

    Reference: JAX documentation, jax.nn.initializers.truncated_normal.

    >>> from pullback import nn, random
    >>> x = nn.initializers.truncated_normal(5.0)(random.key(0), (1000,))
    >>> bool((abs(x) <= 10).all())
    True
    """

    def init(key: Any, shape: Any, dtype: Any = dtype, out_sharding: None = None) -> Array:
        wanted = _dtype(dtype, None, "truncated_normal")
        return random.truncated_normal(key, lower, upper, canonical_shape(shape), wanted) * cast(as_array(stddev), wanted)

    return init


# With a scale from the shape ---------------------------------------------------------------------------------------------
def _fans(shape: tuple[int, ...], in_axis: Any, out_axis: Any, batch_axis: Any) -> tuple[float, float]:
    """How many inputs an output has, and how many outputs an input; axes that are none of them are spatial."""
    if len(shape) <= 1:
        raise ValueError(
            f"nn.initializers.variance_scaling needs shapes of at least two dimensions, got {shape}; use normal or uniform instead"
        )
    sizes = {}
    for name, axis in (("in_axis", in_axis), ("out_axis", out_axis), ("batch_axis", batch_axis)):
        sizes[name] = math.prod(shape[i] for i in canonical_axes(axis, len(shape), name))
    spatial = math.prod(shape) / max(1, sizes["in_axis"] * sizes["out_axis"] * sizes["batch_axis"])
    return sizes["in_axis"] * spatial, sizes["out_axis"] * spatial


def _on_circle(key: Array, shape: tuple[int, ...], radius: Any, dtype: np.dtype[Any]) -> Array:
    """Complex numbers of random direction, their magnitudes made from uniform numbers."""
    part = np.dtype(np.float64 if dtype.itemsize == 16 else np.float32)
    keys = random.split(key)
    length = radius(random.uniform(_row(keys, 0), shape, part))
    angle = np.asarray(2 * np.pi, part) * random.uniform(_row(keys, 1), shape, part)
    return lax.complex(length * lax.cos(angle), length * lax.sin(angle))


def variance_scaling(
    scale: Any,
    mode: str,
    distribution: str,
    in_axis: int | Sequence[int] = -2,
    out_axis: int | Sequence[int] = -1,
    batch_axis: int | Sequence[int] = (),
    dtype: Any = None,
) -> Initializer:
    """An initializer with numbers of variance ``scale / fan``, where the fan is a number of connections.

    Args:
      scale: positive number.
      mode: "fan_in" (inputs per output), "fan_out" (outputs per input), "fan_avg" or "fan_geo_avg" (their arithmetic and
        geometric mean).
      distribution: "normal", "truncated_normal" (at two standard deviations) or "uniform".
      in_axis, out_axis, batch_axis: axes of inputs, of outputs, and axes over which arrays are independent; further axes are
        those of a receptive field.
      dtype: default dtype of the initializer.

    Raises:
      ValueError: another mode or distribution, or (when it is called) a shape of fewer than two dimensions.

    Reference: Delving Deep into Rectifiers (He et al. 2015); Understanding the difficulty of training deep feedforward neural
      networks (Glorot and Bengio 2010).

    >>> from pullback import nn, random
    >>> nn.initializers.variance_scaling(2.0, "fan_in", "normal")(random.key(0), (3, 4)).shape
    (3, 4)
    """
    combinations: dict[str, Callable[[float, float], float]] = {
        "fan_in": lambda i, o: i,
        "fan_out": lambda i, o: o,
        "fan_avg": lambda i, o: (i + o) / 2,
        "fan_geo_avg": lambda i, o: math.sqrt(i * o),
    }
    combine = combinations.get(mode)
    if combine is None:
        raise ValueError(
            f"invalid mode for variance scaling initializer: {mode!r}; it must be 'fan_in', 'fan_out', 'fan_avg' or 'fan_geo_avg'"
        )
    if distribution not in ("normal", "truncated_normal", "uniform"):
        raise ValueError(
            f"invalid distribution for variance scaling initializer: {distribution!r}; it must be 'normal', 'truncated_normal' or "
            "'uniform'"
        )

    def init(key: Any, shape: Any, dtype: Any = dtype, out_sharding: None = None) -> Array:
        wanted = _dtype(dtype, None, "variance_scaling")
        size = canonical_shape(shape)
        fan = combine(*_fans(size, in_axis, out_axis, batch_axis))
        is_complex = wanted.kind == "c"
        std = math.sqrt(scale / fan) if fan else math.inf
        if distribution == "normal":
            draws = random.normal(key, size, wanted)
        elif distribution == "uniform" and not is_complex:
            draws, std = random.uniform(key, size, wanted, -1.0, 1.0), std * math.sqrt(3)
        elif distribution == "uniform":
            draws = _on_circle(key, size, lambda u: pnp.sqrt(2 * u), wanted)
        elif not is_complex:
            draws, std = random.truncated_normal(key, -2.0, 2.0, size, wanted), std / _STD_TRUNCATED
        else:
            draws = _on_circle(key, size, lambda u: pnp.sqrt(-pnp.log(1 - (1 - math.exp(-4)) * u)), wanted)
            std = std / _STD_TRUNCATED_COMPLEX
        return draws * np.asarray(std, wanted)

    return init


def _scaled(name: str, alias: str | None, scale: float, mode: str, distribution: str, paper: str) -> Any:
    def f(
        in_axis: int | Sequence[int] = -2,
        out_axis: int | Sequence[int] = -1,
        batch_axis: int | Sequence[int] = (),
        dtype: Any = None,
    ) -> Initializer:
        return variance_scaling(scale, mode, distribution, in_axis, out_axis, batch_axis, dtype)

    f.__name__ = f.__qualname__ = name
    f.__doc__ = f"""``variance_scaling({scale}, "{mode}", "{distribution}")``{f", also named `{alias}`" if alias else ""}.

    Args:
      in_axis, out_axis, batch_axis: as for `variance_scaling`.
      dtype: default dtype of the initializer.

    Reference: {paper}.

    >>> from pullback import nn, random
    >>> nn.initializers.{name}()(random.key(0), (3, 4)).shape
    (3, 4)
    """
    return f


_GLOROT = "Understanding the difficulty of training deep feedforward neural networks (Glorot and Bengio 2010)"
_LECUN = "Efficient BackProp (LeCun et al. 1998)"
_HE = "Delving Deep into Rectifiers (He et al. 2015)"
glorot_uniform = _scaled("glorot_uniform", "xavier_uniform", 1.0, "fan_avg", "uniform", _GLOROT)
glorot_normal = _scaled("glorot_normal", "xavier_normal", 1.0, "fan_avg", "truncated_normal", _GLOROT)
lecun_uniform = _scaled("lecun_uniform", None, 1.0, "fan_in", "uniform", _LECUN)
lecun_normal = _scaled("lecun_normal", None, 1.0, "fan_in", "truncated_normal", _LECUN)
he_uniform = _scaled("he_uniform", "kaiming_uniform", 2.0, "fan_in", "uniform", _HE)
he_normal = _scaled("he_normal", "kaiming_normal", 2.0, "fan_in", "truncated_normal", _HE)
xavier_uniform = glorot_uniform
xavier_normal = glorot_normal
kaiming_uniform = he_uniform
kaiming_normal = he_normal


# Orthogonal --------------------------------------------------------------------------------------------------------------
def orthogonal(scale: Any = 1.0, column_axis: int = -1, dtype: Any = None) -> Initializer:
    """An initializer with matrices whose rows or columns, whichever are fewer, are orthonormal up to a factor.

    Args:
      scale: the factor.
      column_axis: the axis of the columns; the other axes together are that of the rows.
      dtype: default dtype of the initializer.

    Raises:
      ValueError: a shape of fewer than two dimensions.

    Reference: Exact solutions to the nonlinear dynamics of learning in deep linear neural networks (Saxe et al. 2013).

    >>> from pullback import nn, random, numpy as pnp
    >>> q = nn.initializers.orthogonal()(random.key(0), (4, 3))
    >>> bool(pnp.allclose(q.T @ q, pnp.eye(3), atol=1e-5))
    True
    """

    def init(key: Any, shape: Any, dtype: Any = dtype, out_sharding: None = None) -> Array:
        wanted = _dtype(dtype, None, "orthogonal")
        size = canonical_shape(shape)
        if len(size) < 2:
            raise ValueError(f"orthogonal initializer requires at least a 2D shape, got {size}")
        columns = size[canonical_axes((column_axis,), len(size), "column_axis")[0]]
        rows = math.prod(size) // max(1, columns)
        matrix = random.orthogonal(key, rows, (), wanted, columns)
        rest = [d for i, d in enumerate(size) if i != column_axis % len(size)]
        return cast(as_array(scale), wanted) * pnp.moveaxis(lax.reshape(matrix, (*rest, columns)), -1, column_axis)

    return init


def delta_orthogonal(scale: Any = 1.0, column_axis: int = -1, dtype: Any = None) -> Initializer:
    """An initializer of convolution kernels that are an orthogonal matrix at their centre and zero elsewhere.

    Args:
      scale: factor of the matrix.
      column_axis: the axis of the columns.
      dtype: default dtype of the initializer.

    Raises:
      ValueError: the shape has not 3 to 5 dimensions, or more inputs (its last but one) than outputs (its last).

    Reference: Dynamical Isometry and a Mean Field Theory of CNNs (Xiao et al. 2018).

    >>> from pullback import nn, random
    >>> x = nn.initializers.delta_orthogonal()(random.key(0), (3, 3, 2, 4))
    >>> print(x.shape, float(abs(x[0]).max()))
    (3, 3, 2, 4) 0.0
    """

    def init(key: Any, shape: Any, dtype: Any = dtype, out_sharding: None = None) -> Array:
        wanted = _dtype(dtype, None, "delta_orthogonal")
        size = canonical_shape(shape)
        if len(size) not in (3, 4, 5):
            raise ValueError(f"Delta orthogonal initializer requires a 3D, 4D or 5D shape, got {size}")
        if size[-1] < size[-2]:
            raise ValueError(f"nn.initializers.delta_orthogonal needs shape[-1] >= shape[-2], got {size}")
        matrix = orthogonal(scale, column_axis, wanted)(key, size[-2:])
        before = [(d - 1) // 2 for d in size[:-2]]
        padding = [(n, d - 1 - n, 0) for n, d in zip(before, size[:-2])]
        centred = lax.reshape(matrix, (1,) * (len(size) - 2) + size[-2:])
        return lax.pad(centred, np.zeros((), wanted), [*padding, (0, 0, 0), (0, 0, 0)])

    return init


def __getattr__(name: str) -> None:
    raise _attribute_error(__name__, name, __all__)
