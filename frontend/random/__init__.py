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

from ..missing import attribute_error as _attribute_error
from .counts import binomial, geometric, multinomial, poisson
from .distributions import (
    bernoulli,
    cauchy,
    exponential,
    gumbel,
    laplace,
    logistic,
    maxwell,
    multivariate_normal,
    normal,
    rademacher,
    rayleigh,
    triangular,
    truncated_normal,
    weibull_min,
)
from .gamma_family import ball, beta, chisquare, dirichlet, f, gamma, generalized_normal, loggamma, t
from .keys import PRNGKey, bits, clone, fold_in, key, key_data, key_dtype, key_impl, split, wrap_key_data
from .selection import categorical, choice, permutation
from .transformed import double_sided_maxwell, lognormal, orthogonal, pareto, wald
from .uniform_numbers import randint, uniform

__all__ = [
    "PRNGKey",
    "ball",
    "bernoulli",
    "beta",
    "binomial",
    "bits",
    "categorical",
    "cauchy",
    "chisquare",
    "choice",
    "clone",
    "dirichlet",
    "double_sided_maxwell",
    "exponential",
    "f",
    "fold_in",
    "gamma",
    "generalized_normal",
    "geometric",
    "gumbel",
    "key",
    "key_data",
    "key_dtype",
    "key_impl",
    "laplace",
    "loggamma",
    "logistic",
    "lognormal",
    "maxwell",
    "multinomial",
    "multivariate_normal",
    "normal",
    "orthogonal",
    "pareto",
    "permutation",
    "poisson",
    "rademacher",
    "randint",
    "rayleigh",
    "split",
    "t",
    "triangular",
    "truncated_normal",
    "uniform",
    "wald",
    "weibull_min",
    "wrap_key_data",
]


def __getattr__(name: str) -> None:
    raise _attribute_error(__name__, name, __all__)
