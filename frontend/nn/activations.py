"""Activation functions, elementwise but for `glu`.

Derivatives at kinks are JAX's: that of `relu` at 0 is 0. Where a formula has two branches, each is evaluated only where it is
the one that counts, so that derivatives stay finite.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import dtypes, lax
from .. import numpy as pnp
from ..array import Array
from ..custom import custom_jvp
from ..lax.util import canonical_axis
from ..numpy.util import arrays_of, promote_args_inexact

# Self-Normalizing Neural Networks (Klambauer et al. 2017), equation 14
_SELU_ALPHA = 1.6732632423543772848170429916717
_SELU_SCALE = 1.0507009873554804934193349852946


def _array(fname: str, x: Any) -> Array:
    (a,) = arrays_of(fname, x)
    return a


def _number_array(fname: str, x: Any) -> Array:
    """The argument as an array; booleans become integers, as in arithmetic with a constant."""
    a = _array(fname, x)
    return a.astype(dtypes.canonicalize_dtype(int)) if a.dtype.kind == "b" else a


def _floating(fname: str, x: Any) -> Array:
    """The argument as a floating or complex array."""
    (a,) = promote_args_inexact(fname, x)
    return a


# Piecewise linear --------------------------------------------------------------------------------------------------------
def identity(x: Any) -> Array:
    """The argument itself.

    Args:
      x: array or scalar.

    Reference: JAX documentation, jax.nn.identity.

    >>> from pullback import nn, numpy as pnp
    >>> nn.identity(pnp.array([-1.0, 2.0]))
    Array([-1.,  2.], dtype=float32)
    """
    return _array("identity", x)


def relu(x: Any) -> Array:
    """The larger of `x` and 0; its derivative at 0 is 0.

    Args:
      x: array or scalar.

    Reference: JAX documentation, jax.nn.relu.

    >>> import pullback
    >>> from pullback import nn, numpy as pnp
    >>> nn.relu(pnp.array([-1.0, 0.0, 2.0]))
    Array([0., 0., 2.], dtype=float32)
    >>> print(pullback.grad(nn.relu)(0.0))
    0.0
    """
    a = _number_array("relu", x)
    return pnp.where(a <= 0, _number(0, a), a)


def _number(value: float, like: Array) -> Any:
    """A constant that keeps the dtype of `like`, weak or not."""
    return np.asarray(value, like.dtype) if not like.weak_type else (float(value) if dtypes.is_inexact(like.dtype) else value)


def relu6(x: Any) -> Array:
    """`x` limited to [0, 6]; its derivative at 0 and 6 is 0.

    Args:
      x: array or scalar.

    Reference: JAX documentation, jax.nn.relu6.

    >>> from pullback import nn, numpy as pnp
    >>> nn.relu6(pnp.array([-1.0, 3.0, 7.0]))
    Array([0., 3., 6.], dtype=float32)
    """
    a = _array("relu6", x)
    return pnp.where(a <= 0, 0.0, pnp.where(a >= 6, 6.0, a))


def leaky_relu(x: Any, negative_slope: Any = 1e-2) -> Array:
    """`x` where it is not negative, else a small multiple of it.

    Args:
      x: array or scalar.
      negative_slope: the factor of negative elements.

    Reference: JAX documentation, jax.nn.leaky_relu.

    >>> from pullback import nn, numpy as pnp
    >>> nn.leaky_relu(pnp.array([-1.0, 2.0]))
    Array([-0.01,  2.  ], dtype=float32)
    """
    a = _array("leaky_relu", x)
    return pnp.where(a >= 0, a, negative_slope * a)


def hard_tanh(x: Any) -> Array:
    """`x` limited to [-1, 1].

    Args:
      x: array or scalar.

    Reference: JAX documentation, jax.nn.hard_tanh.

    >>> from pullback import nn, numpy as pnp
    >>> nn.hard_tanh(pnp.array([-3.0, 0.5, 2.0]))
    Array([-1. ,  0.5,  1. ], dtype=float32)
    """
    a = _number_array("hard_tanh", x)
    above = pnp.where(a > 1, _number(1, a), a)
    return above if a.dtype.kind == "u" else pnp.where(a < -1, _number(-1, a), above)


def hard_sigmoid(x: Any) -> Array:
    """A piecewise linear sigmoid: ``relu6(x + 3) / 6``.

    Args:
      x: array or scalar.

    Reference: JAX documentation, jax.nn.hard_sigmoid.

    >>> from pullback import nn, numpy as pnp
    >>> nn.hard_sigmoid(pnp.array([-4.0, 0.0, 4.0]))
    Array([0. , 0.5, 1. ], dtype=float32)
    """
    return relu6(_array("hard_sigmoid", x) + 3.0) / 6.0


def hard_silu(x: Any) -> Array:
    """``x * hard_sigmoid(x)``, also named `hard_swish`.

    Args:
      x: array or scalar.

    Reference: JAX documentation, jax.nn.hard_silu.

    >>> from pullback import nn, numpy as pnp
    >>> nn.hard_silu(pnp.array([-4.0, 1.0, 4.0]))
    Array([-0.       ,  0.6666667,  4.       ], dtype=float32)
    """
    a = _array("hard_silu", x)
    return a * hard_sigmoid(a)


hard_swish = hard_silu


def sparse_sigmoid(x: Any) -> Array:
    """0 below -1, 1 above 1, linear between: the derivative of `sparse_plus`.

    Args:
      x: array or scalar.

    Reference: JAX documentation, jax.nn.sparse_sigmoid.

    >>> from pullback import nn, numpy as pnp
    >>> nn.sparse_sigmoid(pnp.array([-2.0, 0.0, 2.0]))
    Array([0. , 0.5, 1. ], dtype=float32)
    """
    return 0.5 * pnp.clip(_array("sparse_sigmoid", x) + 1.0, 0.0, 2.0)


# Smooth ------------------------------------------------------------------------------------------------------------------
def sigmoid(x: Any) -> Array:
    """``1 / (1 + exp(-x))``.

    Args:
      x: array or scalar; integers become floats.

    Reference: JAX documentation, jax.nn.sigmoid.

    >>> from pullback import nn, numpy as pnp
    >>> nn.sigmoid(pnp.array([0.0, 2.0]))
    Array([0.5      , 0.8807971], dtype=float32)
    """
    return lax.logistic(_floating("sigmoid", x))


def log_sigmoid(x: Any) -> Array:
    """Logarithm of `sigmoid`.

    Args:
      x: array or scalar.

    Reference: JAX documentation, jax.nn.log_sigmoid.

    >>> from pullback import nn, numpy as pnp
    >>> nn.log_sigmoid(pnp.array([-100.0, 0.0]))
    Array([-100.       ,   -0.6931472], dtype=float32)
    """
    return -softplus(-_floating("log_sigmoid", x))


def tanh(x: Any, /) -> Array:
    """Hyperbolic tangent.

    Args:
      x: array or scalar.

    Reference: JAX documentation, jax.nn.tanh.

    >>> from pullback import nn, numpy as pnp
    >>> nn.tanh(pnp.array([0.0, 1.0]))
    Array([0.       , 0.7615942], dtype=float32)
    """
    return pnp.tanh(x)


def silu(x: Any) -> Array:
    """``x * sigmoid(x)``, also named `swish`.

    Args:
      x: array or scalar; integers become floats.

    Reference: JAX documentation, jax.nn.silu.

    >>> from pullback import nn, numpy as pnp
    >>> nn.silu(pnp.array([-1.0, 1.0]))
    Array([-0.26894143,  0.7310586 ], dtype=float32)
    """
    a = _floating("silu", x)
    return a * lax.logistic(a)


swish = silu


def mish(x: Any) -> Array:
    """``x * tanh(softplus(x))``.

    Args:
      x: array or scalar.

    Reference: Mish: A Self Regularized Non-Monotonic Activation Function (Misra 2019).

    >>> from pullback import nn, numpy as pnp
    >>> nn.mish(pnp.array([-1.0, 1.0]))
    Array([-0.30340147,  0.8650984 ], dtype=float32)
    """
    a = _floating("mish", x)
    return a * pnp.tanh(softplus(a))


def gelu(x: Any, approximate: bool = True) -> Array:
    """``x`` times the normal distribution function of `x`.

    Args:
      x: array or scalar; integers become floats.
      approximate: use the approximation by a hyperbolic tangent rather than the error function.

    Reference: Gaussian Error Linear Units (Hendrycks and Gimpel 2016).

    >>> from pullback import nn, numpy as pnp
    >>> nn.gelu(pnp.array([-1.0, 1.0]))
    Array([-0.15880796,  0.841192  ], dtype=float32)
    >>> nn.gelu(pnp.array([-1.0, 1.0]), approximate=False)
    Array([-0.15865526,  0.8413447 ], dtype=float32)
    """
    a = _floating("gelu", x)
    if approximate:
        inner = np.asarray(np.sqrt(2 / np.pi), a.dtype) * (a + 0.044715 * (a * a * a))
        return a * (0.5 * (1.0 + pnp.tanh(inner)))
    return 0.5 * a * lax.erfc(-a * np.asarray(np.sqrt(0.5), a.dtype))


@custom_jvp
def _softplus(x: Any) -> Array:
    return pnp.logaddexp(x, 0.0)


@_softplus.defjvp
def _softplus_jvp(primals: Any, tangents: Any) -> Any:
    (x,), (dx,) = primals, tangents
    return _softplus(x), dx * lax.logistic(x)  # smooth, unlike the maximum inside of logaddexp


def softplus(x: Any) -> Array:
    """``log(1 + exp(x))``, without overflow.

    Args:
      x: array or scalar.

    Reference: JAX documentation, jax.nn.softplus.

    >>> from pullback import nn, numpy as pnp
    >>> nn.softplus(pnp.array([0.0, 100.0]))
    Array([  0.6931472, 100.       ], dtype=float32)
    """
    return _softplus(_floating("softplus", x))


def sparse_plus(x: Any) -> Array:
    """0 below -1, `x` above 1, and ``(x + 1)**2 / 4`` between.

    Args:
      x: array or scalar.

    Reference: JAX documentation, jax.nn.sparse_plus.

    >>> from pullback import nn, numpy as pnp
    >>> nn.sparse_plus(pnp.array([-2.0, 0.0, 2.0]))
    Array([0.  , 0.25, 2.  ], dtype=float32)
    """
    a = _array("sparse_plus", x)
    return pnp.where(a <= -1.0, 0.0, pnp.where(a >= 1.0, a, pnp.square(a + 1.0) / 4))


def soft_sign(x: Any) -> Array:
    """``x / (abs(x) + 1)``.

    Args:
      x: array or scalar.

    Reference: JAX documentation, jax.nn.soft_sign.

    >>> from pullback import nn, numpy as pnp
    >>> nn.soft_sign(pnp.array([-1.0, 3.0]))
    Array([-0.5 ,  0.75], dtype=float32)
    """
    a = _array("soft_sign", x)
    return a / (pnp.abs(a) + 1)


def squareplus(x: Any, b: Any = 4) -> Array:
    """``(x + sqrt(x**2 + b)) / 2``.

    Args:
      x: array or scalar.
      b: how smooth it is; 0 gives `relu`.

    Reference: Squareplus: A Softplus-Like Algebraic Rectifier (Barron 2021).

    >>> from pullback import nn, numpy as pnp
    >>> nn.squareplus(pnp.array([0.0, 1.5]))
    Array([1., 2.], dtype=float32)
    """
    a, smooth = arrays_of("squareplus", x, b)
    return (a + pnp.sqrt(pnp.square(a) + smooth)) / 2


# Exponential -------------------------------------------------------------------------------------------------------------
def elu(x: Any, alpha: Any = 1.0) -> Array:
    """`x` where it is positive, else ``alpha * (exp(x) - 1)``.

    Args:
      x: array or scalar.
      alpha: array or scalar.

    Reference: Fast and Accurate Deep Network Learning by Exponential Linear Units (Clevert et al. 2015).

    >>> from pullback import nn, numpy as pnp
    >>> nn.elu(pnp.array([-1.0, 2.0]))
    Array([-0.63212055,  2.        ], dtype=float32)
    """
    a = _array("elu", x)
    positive = a > 0
    return pnp.where(positive, a, alpha * pnp.expm1(pnp.where(positive, 0.0, a)))


def selu(x: Any) -> Array:
    """`elu`, scaled so that means 0 and variances 1 are kept from layer to layer.

    Args:
      x: array or scalar.

    Reference: Self-Normalizing Neural Networks (Klambauer et al. 2017).

    >>> from pullback import nn, numpy as pnp
    >>> nn.selu(pnp.array([-1.0, 1.0]))
    Array([-1.1113307,  1.050701 ], dtype=float32)
    """
    return _SELU_SCALE * elu(x, _SELU_ALPHA)


def celu(x: Any, alpha: Any = 1.0) -> Array:
    """``max(x, 0) + alpha * (exp(min(x, 0) / alpha) - 1)``, which has a continuous derivative for every alpha.

    Args:
      x: array or scalar.
      alpha: array or scalar.

    Reference: Continuously Differentiable Exponential Linear Units (Barron 2017).

    >>> from pullback import nn, numpy as pnp
    >>> nn.celu(pnp.array([-1.0, 2.0]), 0.5)
    Array([-0.43233237,  2.        ], dtype=float32)
    """
    a = _array("celu", x)
    return pnp.maximum(a, 0.0) + alpha * pnp.expm1(pnp.minimum(a, 0.0) / alpha)


@custom_jvp
def _log1mexp(x: Any) -> Array:
    small = x < np.log(2)
    # each formula where it is exact: expm1 near 0, log1p far from it (Maechler 2012)
    return pnp.where(small, pnp.log(-pnp.expm1(-pnp.where(small, x, 1.0))), pnp.log1p(-pnp.exp(-pnp.where(small, 1.0, x))))


@_log1mexp.defjvp
def _log1mexp_jvp(primals: Any, tangents: Any) -> Any:
    (x,), (dx,) = primals, tangents
    return _log1mexp(x), dx * (1 / pnp.expm1(x))


def log1mexp(x: Any) -> Array:
    """``log(1 - exp(-x))`` for positive `x`, exact for small and for large ones.

    Args:
      x: array or scalar; integers become floats.

    Reference: Accurately Computing log(1 - exp(-|a|)) (Maechler 2012).

    >>> from pullback import nn, numpy as pnp
    >>> nn.log1mexp(pnp.array([1e-6, 1.0, 20.0]))
    Array([-1.3815511e+01, -4.5867515e-01, -2.0611537e-09], dtype=float32)
    """
    return _log1mexp(_floating("log1mexp", x))


# Gated -------------------------------------------------------------------------------------------------------------------
def glu(x: Any, axis: int = -1) -> Array:
    """The first half along an axis times the sigmoid of the second half.

    Args:
      x: array, of even size along the axis.
      axis: the axis.

    Raises:
      ValueError: the size is odd.

    Reference: Language Modeling with Gated Convolutional Networks (Dauphin et al. 2016).

    >>> from pullback import nn, numpy as pnp
    >>> nn.glu(pnp.array([1.0, 2.0, 0.0, 100.0]))
    Array([0.5, 2. ], dtype=float32)
    """
    a = _floating("glu", x)
    axis = canonical_axis(axis, a.ndim)
    size = a.shape[axis]
    if size % 2:
        raise ValueError(f"nn.glu: the size of axis {axis} must be even, got shape {a.shape}")
    half = size // 2
    return lax.slice_in_dim(a, 0, half, axis=axis) * lax.logistic(lax.slice_in_dim(a, half, size, axis=axis))
