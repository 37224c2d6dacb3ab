"""`pullback.scipy.stats`: densities and distribution functions, and summaries of samples. Names follow `jax.scipy.stats`.

Each distribution is a module with functions such as ``norm.logpdf`` and ``norm.cdf``, differentiable in all arguments;
but those of `beta.cdf`, `beta.sf` and their logarithms in the value, `loc` and `scale` only.

>>> from pullback.scipy import stats
>>> print(stats.norm.cdf(0.0))
0.5
"""

from ...missing import attribute_error as _attribute_error
from . import (
    bernoulli,
    beta,
    betabinom,
    binom,
    cauchy,
    chi2,
    dirichlet,
    expon,
    gamma,
    gennorm,
    geom,
    gumbel_l,
    gumbel_r,
    laplace,
    logistic,
    multinomial,
    multivariate_normal,
    nbinom,
    norm,
    pareto,
    poisson,
    t,
    truncnorm,
    uniform,
    vonmises,
    wrapcauchy,
)
from .kde import gaussian_kde
from .summaries import mode, rankdata, sem

__all__ = [
    "bernoulli",
    "beta",
    "betabinom",
    "binom",
    "cauchy",
    "chi2",
    "dirichlet",
    "expon",
    "gamma",
    "gaussian_kde",
    "gennorm",
    "geom",
    "gumbel_l",
    "gumbel_r",
    "laplace",
    "logistic",
    "mode",
    "multinomial",
    "multivariate_normal",
    "nbinom",
    "norm",
    "pareto",
    "poisson",
    "rankdata",
    "sem",
    "t",
    "truncnorm",
    "uniform",
    "vonmises",
    "wrapcauchy",
]


def __getattr__(name: str) -> None:
    raise _attribute_error(__name__, name, __all__)
