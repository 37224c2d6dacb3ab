"""`pullback.scipy.special`: functions made of logarithms and exponentials, and sums of those."""

from __future__ import annotations

from typing import Any

from ..array import Array
from ..nn import normalization
from ..nn.normalization import logsumexp
from .special_common import operation, special


# Elementwise ----------------------------------------------------------------------------------------------------------------
def entr(x: Any) -> Array:
    """Entropy of a term, ``-x log(x)``, elementwise; 0 at 0, minus infinity below.

    Args:
      x: array or scalar of real numbers.

    Raises:
      ValueError: `x` is complex.

    Reference: SciPy, scipy.special.entr.

    >>> from pullback import numpy as pnp
    >>> from pullback.scipy import special
    >>> special.entr(pnp.array([0.0, 0.5, 1.0]))
    Array([ 0.       ,  0.3465736, -0.       ], dtype=float32)
    """
    return special("entr", "entr", x)


def rel_entr(p: Any, q: Any) -> Array:
    """Term of the relative entropy, ``p log(p / q)``, elementwise; 0 for p = 0 and q >= 0, infinite outside of the domain.

    Args:
      p, q: arrays or scalars of real numbers, promoted to one dtype and broadcast.

    Raises:
      ValueError: an argument is complex.

    Reference: SciPy, scipy.special.rel_entr.

    >>> from pullback import numpy as pnp
    >>> from pullback.scipy import special
    >>> special.rel_entr(pnp.array([0.0, 0.5]), pnp.array([0.5, 0.25]))
    Array([0.       , 0.3465736], dtype=float32)
    """
    return special("rel_entr", "rel_entr", p, q)


def kl_div(p: Any, q: Any) -> Array:
    """Term of the Kullback-Leibler divergence, ``p log(p / q) - p + q``, elementwise, accurate for p near q.

    Args:
      p, q: arrays or scalars of real numbers, promoted to one dtype and broadcast.

    Raises:
      ValueError: an argument is complex.

    Reference: SciPy, scipy.special.kl_div.

    >>> from pullback import numpy as pnp
    >>> from pullback.scipy import special
    >>> special.kl_div(pnp.array([0.0, 0.5]), pnp.array([0.5, 0.25]))
    Array([0.5       , 0.09657359], dtype=float32)
    """
    return special("kl_div", "kl_div", p, q)


def xlogy(x: Any, y: Any) -> Array:
    """``x log(y)``, elementwise; 0 where `x` is 0 and `y` is no NaN.

    Args:
      x, y: arrays or scalars of real numbers, promoted to one dtype and broadcast.

    Raises:
      ValueError: an argument is complex.

    Reference: SciPy, scipy.special.xlogy.

    >>> from pullback import numpy as pnp
    >>> from pullback.scipy import special
    >>> special.xlogy(pnp.array([0.0, 2.0]), pnp.array([0.0, 1.0]))
    Array([0., 0.], dtype=float32)
    """
    return special("xlogy", "xlogy", x, y)


def xlog1py(x: Any, y: Any) -> Array:
    """``x log(1 + y)``, elementwise, accurate for small `y`; 0 where `x` is 0 and `y` is no NaN.

    Args:
      x, y: arrays or scalars of real numbers, promoted to one dtype and broadcast.

    Raises:
      ValueError: an argument is complex.

    Reference: SciPy, scipy.special.xlog1py.

    >>> from pullback import numpy as pnp
    >>> from pullback.scipy import special
    >>> special.xlog1py(pnp.array([0.0, 2.0]), pnp.array([-1.0, 1.0]))
    Array([0.       , 1.3862944], dtype=float32)
    """
    return special("xlog1py", "xlog1py", x, y)


def logit(x: Any) -> Array:
    """``log(x / (1 - x))``, the inverse of `expit`, elementwise.

    Args:
      x: array or scalar of real numbers; NaN outside of [0, 1].

    Raises:
      ValueError: `x` is complex.

    Reference: SciPy, scipy.special.logit.

    >>> from pullback import numpy as pnp
    >>> from pullback.scipy import special
    >>> special.logit(pnp.array([0.25, 0.5, 0.75]))
    Array([-1.0986123,  0.       ,  1.0986123], dtype=float32)
    """
    return special("logit", "logit", x)


def expit(x: Any) -> Array:
    """The logistic function ``1 / (1 + exp(-x))``, elementwise.

    Args:
      x: array or scalar of real numbers.

    Raises:
      ValueError: `x` is complex.

    Reference: SciPy, scipy.special.expit.

    >>> from pullback import numpy as pnp
    >>> from pullback.scipy import special
    >>> special.expit(pnp.array([-1.0, 0.0, 1.0]))
    Array([0.26894143, 0.5       , 0.7310586 ], dtype=float32)
    """
    return operation("logistic", "expit", x)


def boxcox(x: Any, lmbda: Any) -> Array:
    """Box-Cox transformation ``(x**lmbda - 1) / lmbda``, elementwise; ``log(x)`` for lmbda = 0, smoothly.

    The derivative by `lmbda` at 0 is its limit, ``log(x)**2 / 2``; in JAX it is 0 there.

    Args:
      x: array or scalar of positive numbers.
      lmbda: array or scalar of real numbers.

    Raises:
      ValueError: an argument is complex.

    Reference: SciPy, scipy.special.boxcox.

    >>> from pullback import numpy as pnp
    >>> from pullback.scipy import special
    >>> special.boxcox(pnp.array([4.0, 4.0]), pnp.array([0.5, 0.0]))
    Array([2.       , 1.3862944], dtype=float32)
    """
    return special("boxcox", "boxcox", x, lmbda)


def boxcox1p(x: Any, lmbda: Any) -> Array:
    """Box-Cox transformation of ``1 + x``, elementwise, accurate for small `x`.

    Args:
      x: array or scalar of numbers above -1.
      lmbda: array or scalar of real numbers.

    Raises:
      ValueError: an argument is complex.

    Reference: SciPy, scipy.special.boxcox1p.

    >>> from pullback import numpy as pnp
    >>> from pullback.scipy import special
    >>> special.boxcox1p(pnp.array([3.0, 3.0]), pnp.array([0.5, 0.0]))
    Array([2.       , 1.3862944], dtype=float32)
    """
    return special("boxcox1p", "boxcox1p", x, lmbda)


# Sums -------------------------------------------------------------------------------------------------------------------------
def softmax(x: Any, /, *, axis: Any = None) -> Array:
    """``exp(x) / sum(exp(x))`` over `axis`, without overflow.

    Args:
      x: array.
      axis: axis, axes, or None for all.

    Raises:
      ValueError: an axis is out of bounds.

    Reference: SciPy, scipy.special.softmax.

    >>> from pullback import numpy as pnp
    >>> from pullback.scipy import special
    >>> special.softmax(pnp.array([0.0, 0.0, 1.0]))
    Array([0.21194157, 0.21194157, 0.5761169 ], dtype=float32)
    """
    return normalization.softmax(x, axis)


def log_softmax(x: Any, /, *, axis: Any = None) -> Array:
    """Logarithm of `softmax` over `axis`, accurate where that is small.

    Args:
      x: array.
      axis: axis, axes, or None for all.

    Raises:
      ValueError: an axis is out of bounds.

    Reference: SciPy, scipy.special.log_softmax.

    >>> from pullback import numpy as pnp
    >>> from pullback.scipy import special
    >>> special.log_softmax(pnp.array([0.0, 1000.0]))
    Array([-1000.,     0.], dtype=float32)
    """
    return normalization.log_softmax(x, axis)


__all__ = [
    "boxcox",
    "boxcox1p",
    "entr",
    "expit",
    "kl_div",
    "log_softmax",
    "logit",
    "logsumexp",
    "rel_entr",
    "softmax",
    "xlog1py",
    "xlogy",
]
