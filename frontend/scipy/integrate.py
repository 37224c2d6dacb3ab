"""`pullback.scipy.integrate`: integrals of samples. Names follow `jax.scipy.integrate`.

>>> import pullback.numpy as pnp
>>> from pullback.scipy import integrate
>>> print(integrate.trapezoid(pnp.array([1.0, 2.0, 3.0])))
4.0
"""

from __future__ import annotations

from typing import Any

from .. import numpy as pnp
from ..array import Array
from ..missing import attribute_error as _attribute_error

__all__ = ["trapezoid"]


def trapezoid(y: Any, x: Any = None, dx: Any = 1.0, axis: int = -1) -> Array:
    """Integral of samples along an axis by the trapezoidal rule.

    Args:
      y: array of samples; integers become floats.
      x: where the samples were taken, an array of one dimension or of that of `y`; by default they are `dx` apart.
      dx: distance of the samples.
      axis: the axis.

    Reference: SciPy, scipy.integrate.trapezoid.

    >>> import pullback.numpy as pnp
    >>> from pullback.scipy import integrate
    >>> x = pnp.linspace(0.0, pnp.pi, 101)
    >>> print(integrate.trapezoid(pnp.sin(x), x).round(3))
    2.0
    """
    return pnp.trapezoid(y, x, dx, axis)


def __getattr__(name: str) -> None:
    raise _attribute_error(__name__, name, __all__)
