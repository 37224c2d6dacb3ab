"""`pullback.scipy.special`: special functions. Names and signatures follow `jax.scipy.special`.

Arguments are promoted to one floating dtype and broadcast, as by NumPy. Values and derivatives are accurate over the functions'
domains, in float32 and in float64 (docs/op-reference.md states errors); NaN and infinities are as in SciPy.
"""

from ..missing import attribute_error as _attribute_error
from .special_bessel import bessel_jn, exp1, expi, expn, hyp1f1, hyp2f1, i0, i0e, i1, i1e, sici, spence, sph_harm_y
from .special_beta import bernoulli, beta, betainc, betaln, gammainc, gammaincc, zeta
from .special_error import dawsn, erf, erfc, erfcx, erfinv, fresnel, log_ndtr, ndtr, ndtri, owens_t, wofz
from .special_gamma import comb, digamma, factorial, gamma, gammaln, gammasgn, loggamma, multigammaln, poch, polygamma
from .special_logs import boxcox, boxcox1p, entr, expit, kl_div, log_softmax, logit, logsumexp, rel_entr, softmax, xlog1py, xlogy

__all__ = [
    "bernoulli",
    "bessel_jn",
    "beta",
    "betainc",
    "betaln",
    "boxcox",
    "boxcox1p",
    "comb",
    "dawsn",
    "digamma",
    "entr",
    "erf",
    "erfc",
    "erfcx",
    "erfinv",
    "exp1",
    "expi",
    "expit",
    "expn",
    "factorial",
    "fresnel",
    "gamma",
    "gammainc",
    "gammaincc",
    "gammaln",
    "gammasgn",
    "hyp1f1",
    "hyp2f1",
    "i0",
    "i0e",
    "i1",
    "i1e",
    "kl_div",
    "log_ndtr",
    "log_softmax",
    "loggamma",
    "logit",
    "logsumexp",
    "multigammaln",
    "ndtr",
    "ndtri",
    "owens_t",
    "poch",
    "polygamma",
    "rel_entr",
    "sici",
    "softmax",
    "spence",
    "sph_harm_y",
    "wofz",
    "xlog1py",
    "xlogy",
    "zeta",
]


def __getattr__(name: str) -> None:
    raise _attribute_error(__name__, name, __all__)
