"""Density estimation with Gaussian kernels."""

from __future__ import annotations

from typing import Any

import numpy as np

from ... import lax, random
from ... import numpy as pnp
from ...array import Array
from ...lax.util import cast
from ...numpy.util import arrays_of, canonical_shape, promote_args_inexact
from ...tree_util import register_pytree_node_class
from ..special import logsumexp, ndtr


@register_pytree_node_class
class gaussian_kde:
    """Density of a sample, estimated as a sum of normal densities around its points.

    Args:
      dataset: array of shape [n], or [d, n] for points of d dimensions.
      bw_method: width of the kernels, as a factor of the data's: "scott" (the default), "silverman", a number, or a function of
        the estimate that returns a number.
      weights: array of shape [n]; equal by default.

    Raises:
      ValueError: the sample has one point only, or shapes do not fit. NotImplementedError: the sample is complex.

    Reference: SciPy, scipy.stats.gaussian_kde; Density Estimation for Statistics and Data Analysis (Silverman 1986).

    >>> import pullback.numpy as pnp
    >>> from pullback.scipy import stats
    >>> kde = stats.gaussian_kde(pnp.array([0.0, 1.0, 3.0]))
    >>> print(kde(pnp.array([1.0])).round(4))
    [0.2149]
    """

    neff: Any
    dataset: Any
    weights: Any
    covariance: Any
    inv_cov: Any

    def __init__(self, dataset: Any, bw_method: Any = None, weights: Any = None):
        (data,) = promote_args_inexact("gaussian_kde", dataset)
        if data.dtype.kind == "c":
            raise NotImplementedError("gaussian_kde does not support complex data")
        data = pnp.atleast_2d(data)
        if data.ndim != 2 or data.shape[1] <= 1:
            raise ValueError(f"`dataset` input should have multiple elements, in an array [n] or [d, n]; got shape {data.shape}")
        n = data.shape[1]
        if weights is None:
            w = pnp.full((n,), 1 / n, data.dtype)
        else:
            (w,) = arrays_of("gaussian_kde", weights)
            w = cast(pnp.atleast_1d(w), data.dtype)
            if w.shape != (n,):
                raise ValueError(f"gaussian_kde: `weights` must have shape ({n},), one per point, got {w.shape}")
            w = w / pnp.sum(w)
        self.dataset, self.weights = data, w
        self.neff = 1 / pnp.sum(w * w)
        factor = self._factor(bw_method)
        covariance = pnp.atleast_2d(pnp.cov(data, rowvar=True, bias=False, aweights=w))
        self.covariance = covariance * factor**2
        self.inv_cov = pnp.linalg.inv(covariance) / factor**2

    def _factor(self, method: Any) -> Any:
        if method is None or method == "scott":
            return self.neff ** (-1 / (self.d + 4))
        if isinstance(method, str):
            if method == "silverman":
                return (self.neff * (self.d + 2) / 4) ** (-1 / (self.d + 4))
            raise ValueError(f"`bw_method` should be 'scott', 'silverman', a scalar, or a callable; got {method!r}")
        value = method(self) if callable(method) else method
        (factor,) = arrays_of("gaussian_kde", value)
        if factor.ndim:
            raise ValueError(f"gaussian_kde: `bw_method` must give a scalar, got shape {factor.shape}")
        return cast(factor, self.dataset.dtype)

    @property
    def d(self) -> int:
        """Number of dimensions."""
        return self.dataset.shape[0]

    @property
    def n(self) -> int:
        """Number of points."""
        return self.dataset.shape[1]

    def tree_flatten(self) -> tuple[tuple[Any, ...], None]:
        """The arrays of the estimate."""
        return (self.neff, self.dataset, self.weights, self.covariance, self.inv_cov), None

    @classmethod
    def tree_unflatten(cls, aux_data: None, children: Any) -> gaussian_kde:
        """The estimate made of its arrays."""
        self = object.__new__(cls)
        self.neff, self.dataset, self.weights, self.covariance, self.inv_cov = children
        return self

    def _points(self, points: Any) -> Array:
        """Points as columns of a matrix with as many rows as there are dimensions."""
        (x,) = promote_args_inexact("gaussian_kde", points)
        x = cast(pnp.atleast_2d(x), self.dataset.dtype)
        d, m = x.shape
        if d != self.d:
            if d == 1 and m == self.d:
                return pnp.reshape(x, (self.d, 1))
            raise ValueError(f"points have dimension {d}, dataset has dimension {self.d}")
        return x

    def _log_kernels(self, x: Array, centres: Array, precision: Array, weights: Array) -> Array:
        """Logarithms of weighted, unnormalized normal densities: array [points, centres]."""
        difference = pnp.expand_dims(x, 2) - pnp.expand_dims(centres, 1)
        distance = pnp.sum(difference * pnp.tensordot(precision, difference, 1), 0)
        return pnp.log(weights) - 0.5 * distance

    def evaluate(self, points: Any) -> Array:
        """The density at points [m] or [d, m]: array [m]."""
        return pnp.exp(self.logpdf(points))

    def __call__(self, points: Any) -> Array:
        return self.evaluate(points)

    def pdf(self, x: Any) -> Array:
        """The density at points; the same as `evaluate`."""
        return self.evaluate(x)

    def logpdf(self, x: Any) -> Array:
        """Logarithm of the density at points [m] or [d, m]: array [m]."""
        log_kernels = self._log_kernels(self._points(x), self.dataset, self.inv_cov, self.weights)
        return logsumexp(log_kernels, axis=1) + 0.5 * _log_normalizer(self.inv_cov)

    def integrate_gaussian(self, mean: Any, cov: Any) -> Array:
        """The integral of the density times a normal density of mean [d] and covariance [d, d]."""
        (centre, covariance) = _inexact_each(mean, cov)
        centre, covariance = pnp.atleast_1d(pnp.squeeze(centre)), pnp.atleast_2d(covariance)
        if centre.shape != (self.d,):
            raise ValueError(f"mean does not have dimension {self.d}, but shape {centre.shape}")
        if covariance.shape != (self.d, self.d):
            raise ValueError(f"covariance does not have dimension {self.d}, but shape {covariance.shape}")
        precision = pnp.linalg.inv(self.covariance + covariance)
        log_kernels = self._log_kernels(pnp.expand_dims(centre, 1), self.dataset, precision, self.weights)
        return pnp.exp(logsumexp(log_kernels) + 0.5 * _log_normalizer(precision))

    def integrate_box_1d(self, low: Any, high: Any) -> Array:
        """The probability of the interval [low, high], for data of one dimension."""
        if self.d != 1:
            raise ValueError("integrate_box_1d() only handles 1D pdfs")
        (low, high) = _inexact_each(low, high)
        if low.ndim or high.ndim:
            raise ValueError(f"the limits of integration in integrate_box_1d must be scalars, got {low.shape} and {high.shape}")
        width = pnp.squeeze(pnp.sqrt(self.covariance))
        last, first = (ndtr((limit - self.dataset[0]) / width) for limit in (high, low))
        return pnp.sum(self.weights * (last - first))

    def integrate_kde(self, other: gaussian_kde) -> Array:
        """The integral of the product of this density and another one."""
        if other.d != self.d:
            raise ValueError("KDEs are not the same dimensionality")
        precision = pnp.linalg.inv(self.covariance + other.covariance)
        log_kernels = self._log_kernels(self.dataset, other.dataset, precision, other.weights)
        return pnp.exp(logsumexp(log_kernels + pnp.expand_dims(pnp.log(self.weights), 1)) + 0.5 * _log_normalizer(precision))

    def integrate_box(self, low_bounds: Any, high_bounds: Any, maxpts: Any = None) -> Array:
        """Not supported: the probability of a box of several dimensions has no closed form."""
        raise NotImplementedError("gaussian_kde.integrate_box is only supported for one dimension: use integrate_box_1d")

    def set_bandwidth(self, bw_method: Any = None) -> None:
        """Not supported: estimates are immutable. Make another one."""
        raise NotImplementedError("gaussian_kde: dynamically changing the bandwidth method is not supported; make a new estimate")

    def resample(self, key: Any, shape: Any = ()) -> Array:
        """Random points with the estimated density: array [d, *shape]."""
        size = canonical_shape(shape)
        keys = random.split(key)
        index = random.choice(lax.index_in_dim(keys, 0, keepdims=False), self.n, size, p=self.weights)
        noise = random.multivariate_normal(
            lax.index_in_dim(keys, 1, keepdims=False),
            pnp.zeros(self.d, self.covariance.dtype),
            self.covariance,
            size,
            self.dataset.dtype,
        )
        return pnp.take(self.dataset, index, 1) + pnp.moveaxis(noise, -1, 0)


def _inexact_each(*xs: Any) -> list[Array]:
    return [promote_args_inexact("gaussian_kde", x)[0] for x in xs]


def _log_normalizer(precision: Array) -> Array:
    """Twice the logarithm of a normal density's factor: ``log(det(precision) / (2 pi)**d)``."""
    return pnp.linalg.slogdet(precision)[1] - precision.shape[0] * float(np.log(2 * np.pi))
