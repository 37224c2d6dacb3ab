"""References of the special functions: SciPy where it is accurate, mpmath elsewhere."""

from __future__ import annotations

from typing import Any

import mpmath
import numpy as np
import scipy.special as special


def _each(f: Any) -> Any:
    """A function of mpmath numbers, element by element."""

    def reference(*operands: Any) -> Any:
        out = np.empty(operands[0].shape)
        with mpmath.workdps(30):
            for at in np.ndindex(out.shape):
                out[at] = float(f(*(mpmath.mpf(float(x[at])) for x in operands)))
        return out

    return reference


def _lower(a: Any, x: Any) -> Any:
    return mpmath.gammainc(a, 0, x, regularized=True)


def _grad_a(a: Any, x: Any) -> Any:
    return mpmath.diff(lambda t: _lower(t, x), a)


def _sample_grad(a: Any, x: Any) -> Any:
    return -_grad_a(a, x) * mpmath.gamma(a) / (x ** (a - 1) * mpmath.exp(-x))


def _betainc(a: Any, b: Any, x: Any) -> Any:
    return mpmath.betainc(a, b, 0, x, regularized=True)


# Recurrences ----------------------------------------------------------------------------------------------------------------
def _series(a: Any, x: Any) -> Any:
    """sum of x^n / ((a + 1) ... (a + n)) = 1F1(1, a + 1, x)."""
    return mpmath.hyp1f1(1, a + 1, x)


def _fraction(a: Any, x: Any) -> Any:
    return mpmath.gammainc(a, x) * x**-a * mpmath.exp(x)


def _small(a: Any, x: Any) -> Any:
    return a * mpmath.nsum(lambda n: (-x) ** n / (mpmath.factorial(n) * (a + n)), [1, mpmath.inf])


def _beta_fraction(a: Any, b: Any, x: Any) -> Any:
    return mpmath.betainc(a, b, 0, x) * a / (x**a * (1 - x) ** b) if x else mpmath.mpf(1)


def _en_series(n: Any, x: Any) -> Any:
    c = (-x) ** (n - 1) / mpmath.factorial(n - 1)
    return mpmath.expint(n, x) - c * (mpmath.digamma(n) - mpmath.log(x))


def _legendre(n: Any, m: Any, theta: Any) -> Any:
    return mpmath.spherharm(n, m, theta, 0).real


def _by(f: Any, *orders: int) -> Any:
    return lambda *xs: mpmath.diff(f, xs, orders)


def _with_derivative(f: Any, logarithm: bool = False) -> Any:
    g = (lambda *xs: mpmath.log(f(*xs))) if logarithm else f
    return (f, lambda a, *rest: mpmath.diff(lambda t: g(t, *rest), a))


KINDS: dict[str, tuple[Any, ...]] = {
    "beta_fraction": (_beta_fraction,),
    "ei_series": (lambda x: mpmath.ei(x) - mpmath.log(x) - mpmath.euler,),
    "expint_series": (lambda n, x: _en_series(mpmath.nint(n), x), lambda n, x: (-x) ** (n - 1) / mpmath.factorial(n - 1)),
    "gamma_fraction": _with_derivative(_fraction, logarithm=True),
    "gamma_series": _with_derivative(_series),
    "gamma_small": (_small,),
    "hyp1f1_series": (mpmath.hyp1f1, _by(mpmath.hyp1f1, 1, 0, 0), _by(mpmath.hyp1f1, 0, 1, 0)),
    "hyp2f1_series": (
        mpmath.hyp2f1,
        _by(mpmath.hyp2f1, 1, 0, 0, 0),
        _by(mpmath.hyp2f1, 0, 1, 0, 0),
        _by(mpmath.hyp2f1, 0, 0, 1, 0),
    ),
    "legendre": (lambda n, m, c, s: _legendre(n, m, mpmath.atan2(s, c)) * (c * c + s * s),),  # homogeneous for n = 2, m = 1
    "trig_integral_fraction": (lambda x: _trig(x).real, lambda x: _trig(x).imag),
}


def _trig(x: Any) -> Any:
    return mpmath.expj(x) * mpmath.e1(mpmath.mpc(0, x))


# Special functions ------------------------------------------------------------------------------------------------------------
def _wofz(x: Any, y: Any) -> Any:
    z = mpmath.mpc(x, y)
    return mpmath.exp(-z * z) * mpmath.erfc(mpmath.mpc(y, -x))


def _erfcx_slope(x: Any) -> Any:
    return 2 * x * mpmath.exp(x * x) * mpmath.erfc(x) - 2 / mpmath.sqrt(mpmath.pi)


def _dawsn(x: Any) -> Any:
    return mpmath.sqrt(mpmath.pi) / 2 * mpmath.exp(-x * x) * mpmath.erfi(x)


def _owens_t(h: Any, a: Any) -> Any:
    return mpmath.quad(lambda t: mpmath.exp(-h * h * (1 + t * t) / 2) / (1 + t * t), [0, a]) / (2 * mpmath.pi)


FUNCTIONS: dict[str, Any] = {
    "betaln": special.betaln,
    "boxcox": special.boxcox,
    "boxcox1p": special.boxcox1p,
    "ci": lambda x: special.sici(x)[1],
    "dawsn": special.dawsn,
    "dawsn_slope": _each(lambda x: 1 - 2 * x * _dawsn(x)),
    "entr": special.entr,
    "erfcx": special.erfcx,
    "erfcx_slope": _each(_erfcx_slope),
    "expi": special.expi,
    "expn": lambda n, x: special.expn(n.astype(int), x),
    "fresnel_c": lambda x: special.fresnel(x)[1],
    "fresnel_s": lambda x: special.fresnel(x)[0],
    "gamma": special.gamma,
    "gammasgn": special.gammasgn,
    "hurwitz_zeta": special.zeta,
    "hurwitz_zeta_slope": _each(lambda s, q: mpmath.zeta(s, q, 1)),
    "hyp1f1": _each(mpmath.hyp1f1),
    "hyp1f1_by_a": _each(_by(mpmath.hyp1f1, 1, 0, 0)),
    "hyp1f1_by_b": _each(_by(mpmath.hyp1f1, 0, 1, 0)),
    "hyp2f1": _each(mpmath.hyp2f1),
    "hyp2f1_by_a": _each(_by(mpmath.hyp2f1, 1, 0, 0, 0)),
    "hyp2f1_by_c": _each(_by(mpmath.hyp2f1, 0, 0, 1, 0)),
    "i0": special.i0,
    "i1": special.i1,
    "kl_div": special.kl_div,
    "legendre": _each(lambda n, m, theta: _legendre(n, m, theta) if m <= n else mpmath.mpf(0)),
    "log_ndtr": special.log_ndtr,
    "logit": special.logit,
    "ndtri": special.ndtri,
    "owens_t": _each(_owens_t),
    "poch": special.poch,
    "rel_entr": special.rel_entr,
    "si": lambda x: special.sici(x)[0],
    "spence": special.spence,
    "wofz_im": _each(lambda x, y: _wofz(x, y).imag),
    "wofz_re": _each(lambda x, y: _wofz(x, y).real),
    "xlog1py": special.xlog1py,
    "xlogy": special.xlogy,
}


def special_function(*xs: Any, kind: str) -> Any:
    return FUNCTIONS[kind](*xs)


def recurrence(*params: Any, kind: str) -> Any:
    return tuple(_each(f)(*params) for f in KINDS[kind])


SPECIAL_REFERENCES: dict[str, Any] = {
    "bessel_i0e": special.i0e,
    "bessel_i1e": special.i1e,
    "betainc": _each(_betainc),
    "igamma": _each(_lower),
    "igamma_grad_a": _each(_grad_a),
    "igammac": _each(lambda a, x: mpmath.gammainc(a, x, regularized=True)),
    "random_gamma_grad": _each(_sample_grad),
    "recurrence": recurrence,
    "special": special_function,
    "zeta": special.zeta,
}
