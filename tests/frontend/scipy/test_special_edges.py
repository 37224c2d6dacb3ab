"""`pullback.scipy.special`: the ends of the domains, NaN and infinities, element types, errors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import scipy.special as sp

import pullback as pb
import pullback.numpy as pnp
from pullback.scipy import special

INF, NAN = np.inf, np.nan


def leaves(x: Any) -> list[Any]:
    return [np.asarray(v) for v in (x if isinstance(x, (tuple, list)) else [x])]


# Edge cases ------------------------------------------------------------------------------------------------------------------
EDGES: dict[str, tuple[Callable[..., Any], tuple[list[float], ...]]] = {
    "betainc": (
        sp.betainc,
        ([0, 0, 1, 2, -1, NAN, 1, 1, 2, INF], [1, 1, 0, 2, 1, 1, 1, 1, 2, 1], [0, 0.5, 1, 0, 0.5, 0.5, NAN, 2, 1, 0.5]),
    ),
    "betaln": (sp.betaln, ([-0.5, -1.5, 0, 2], [0.5, 2.25, 3, 1e8])),
    "boxcox": (sp.boxcox, ([1, 0, 4, -1, NAN], [0, 1, 0, 2, 1])),
    "boxcox1p": (sp.boxcox1p, ([0, -1, 1e-12, -2], [0, 1, 0.5, 2])),
    "comb": (sp.comb, ([5, 5, -1, 3, 100, 0], [7, -1, 2, 3, 50, 0])),
    "dawsn": (sp.dawsn, ([0, -0.0, INF, -INF, NAN, 1e-300, 1e300],)),
    "digamma": (sp.digamma, ([INF, NAN, -0.5, 1e-5, 1e10],)),
    "entr": (sp.entr, ([0, 1, -1, INF, NAN],)),
    "erf": (sp.erf, ([0, INF, -INF, NAN],)),
    "erfc": (sp.erfc, ([0, INF, -INF, NAN, 27],)),
    "erfcx": (sp.erfcx, ([0, INF, -INF, NAN, 1e200, -20],)),
    "erfinv": (sp.erfinv, ([-1, 0, 1, 2, NAN],)),
    "exp1": (sp.exp1, ([0, INF, NAN, 1, 700],)),
    "expi": (sp.expi, ([0, INF, -INF, NAN, 700],)),
    "expn": (lambda n, x: sp.expn(np.asarray(n, int), x), ([0, 1, 2, 3, 3, 1], [0, 0, 0, INF, NAN, 1])),
    "factorial": (sp.factorial, ([0, 1, 20, 170],)),
    "fresnel": (sp.fresnel, ([0, INF, -INF, NAN, 1e-100],)),
    "gamma": (sp.gamma, ([0, -0.0, -1, -2, INF, NAN, 171, 172, -0.5, -170.5],)),
    "gammainc": (sp.gammainc, ([0, 0, 1, 1, -1, 1, NAN, 1, INF, 1e-10], [0, 1, 0, INF, 1, -1, 1, NAN, 1, 0.5])),
    "gammaincc": (sp.gammaincc, ([0, 0, 1, 1, -1, 1, NAN, 1, INF, 1e-10], [0, 1, 0, INF, 1, -1, 1, NAN, 1, 0.5])),
    "gammaln": (sp.gammaln, ([0, -1, INF, NAN, 1e300, 3],)),
    "gammasgn": (sp.gammasgn, ([0, -0.0, -1, -0.5, -1.5, INF, -INF, NAN],)),
    "hyp1f1": (sp.hyp1f1, ([-2, 1, 1, 2, -1], [-3, 1, 2, 2, 0.5], [1, 2, 0, -30, 5])),
    "hyp2f1": (sp.hyp2f1, ([-2, 1, 1, 0.5, 1], [3, 1, 1, 0.5, -1], [4, 2, 2, 2, 2], [5, 1, 0, 1, -7])),
    "i0": (sp.i0, ([0, INF, -INF, NAN, 700],)),
    "i0e": (sp.i0e, ([0, INF, -INF, NAN, 1e10],)),
    "i1": (sp.i1, ([0, INF, -INF, NAN, 1e-300],)),
    "i1e": (sp.i1e, ([0, INF, -INF, NAN, 1e10],)),
    "kl_div": (sp.kl_div, ([0, 0, 1, -1, NAN, 1], [0, 1, 0, 1, 1, -1])),
    "log_ndtr": (sp.log_ndtr, ([-INF, INF, NAN, -1e10, 0, 37],)),
    "logit": (sp.logit, ([0, 1, 2, -1, NAN, 0.5, 1e-300],)),
    "ndtr": (sp.ndtr, ([-INF, INF, NAN, -37, 0],)),
    "ndtri": (sp.ndtri, ([0, 1, 2, -1, NAN, 1e-300],)),
    "owens_t": (sp.owens_t, ([0, 0, INF, 1, 1, NAN, 1, -2], [1, INF, 1, 0, -INF, 1, NAN, 3])),
    "poch": (sp.poch, ([0, -3, -3, 5, -2.5, 1e8], [0, 2, 5, 0, 3, 0.5])),
    "polygamma": (lambda n, x: sp.polygamma(np.asarray(n, int), x), ([0, 1, 2, 1, 3], [0.5, 0, 1e8, -1.5, -2.25])),
    "rel_entr": (sp.rel_entr, ([0, 0, 1, -1, NAN, 1e-300], [0, 1, 0, 1, 1, 1e300])),
    "sici": (sp.sici, ([0, INF, NAN, -1, 1e10],)),
    "spence": (sp.spence, ([0, 1, 2, -1, NAN, 0.5],)),
    "xlog1py": (sp.xlog1py, ([0, 0, 1, 0], [-1, NAN, -1, INF])),
    "xlogy": (sp.xlogy, ([0, 0, 1, 0, 2], [0, NAN, 0, INF, -1])),
    "zeta": (sp.zeta, ([1, 0.5, 2, 2, 2.5, NAN, 3, 2], [1, 1, 0, -3, -0.5, 1, -0.5, INF])),
}  # fmt: skip
INTEGER_FIRST = ("polygamma",)


@pytest.mark.parametrize("name", EDGES)
def test_edges(name: str) -> None:
    want, args = EDGES[name]
    with np.errstate(all="ignore"), pb.config.scope(enable_x64=True):
        exact = leaves(want(*(np.asarray(x, np.float64) for x in args)))
        arrays = [np.asarray(x, int if i == 0 and name in INTEGER_FIRST else float) for i, x in enumerate(args)]
        got = leaves(getattr(special, name)(*arrays))
        for g, w in zip(got, exact, strict=True):
            np.testing.assert_allclose(g, w, 1e-10, 1e-300, err_msg=name)
            zero = w == 0
            np.testing.assert_array_equal(np.signbit(g[zero]), np.signbit(w[zero]), err_msg=f"{name}: signs of zeros")


def test_derivatives_at_edges() -> None:
    """Where compositions would give NaN, and in tails."""
    table: list[tuple[Callable[..., Any], float, float]] = [
        (lambda x: special.xlogy(x, 2.0), 0.0, np.log(2)),
        (lambda y: special.xlogy(0.0, y), 0.0, NAN),
        (lambda x: special.xlog1py(x, 1.0), 0.0, np.log(2)),
        (special.entr, 0.0, INF),
        (lambda p: special.rel_entr(p, 1.0), 0.0, 0.0),
        (lambda q: special.kl_div(0.0, q), 2.0, 1.0),
        (lambda t: special.boxcox(2.0, t), 0.0, np.log(2) ** 2 / 2),
        (lambda t: special.boxcox1p(1.0, t), 0.0, np.log(2) ** 2 / 2),
        (special.log_ndtr, -1e4, 1e4),
        (special.log_ndtr, 50.0, 0.0),
        (special.i0, 0.0, 0.0),
        (special.i1, 0.0, 0.5),
        (special.i0e, 0.0, 0.0),
        (special.i1e, 0.0, 0.5),
        (special.dawsn, 0.0, 1.0),
        (special.dawsn, 1e3, -5.0000075e-07),
        (special.erfcx, 1e4, -1 / np.sqrt(np.pi) * 1e-8),
        (special.spence, 1.0, -1.0),
        (lambda x: special.sici(x)[0], 0.0, 1.0),
        (lambda x: special.fresnel(x)[1], 0.0, 1.0),
        (special.logit, 0.5, 4.0),
        (lambda x: special.bessel_jn(x, v=1)[1], 0.0, 0.5),
        (lambda x: special.bessel_jn(x, v=1)[0], 0.0, 0.0),
    ]
    with pb.config.scope(enable_x64=True):
        for i, (f, x, want) in enumerate(table):
            np.testing.assert_allclose(pb.grad(f)(x), want, 1e-7, err_msg=f"row {i}")


# Element types, errors -----------------------------------------------------------------------------------------------------------
def test_dtypes() -> None:
    """Integers and Python numbers become floats, half precision stays; shapes are broadcast."""
    assert special.gammaln(3).dtype == np.float32
    assert special.gammainc(2, pnp.arange(4)).dtype == np.float32
    assert special.xlogy(np.ones((2, 1), np.float16), np.ones(3, np.float16)).shape == (2, 3)
    for dtype in (np.float16, pnp.bfloat16):
        for f in (special.ndtri, special.dawsn, special.i0e, special.spence):
            x = pnp.asarray([0.25, 0.5], dtype)
            got = f(x)
            assert got.dtype == dtype
            np.testing.assert_allclose(np.asarray(got, np.float32), np.asarray(f(x.astype(np.float32))), 1e-2)
    assert special.wofz(1.0).dtype == np.complex64


def test_errors() -> None:
    z = np.asarray([1j])
    for name in ("gammaln", "xlogy", "ndtr", "sici", "betainc"):
        arity = {"xlogy": 2, "betainc": 3}.get(name, 1)
        with pytest.raises(ValueError, match=f"{name} does not support complex"):
            getattr(special, name)(*[z] * arity)
    with pytest.raises(NotImplementedError, match="exact"):
        special.factorial(3, exact=True)
    with pytest.raises(NotImplementedError, match="q"):
        special.zeta(2.0)
    with pytest.raises(ValueError, match="integer type"):
        special.polygamma(1.0, 2.0)
    with pytest.raises(TypeError, match="series_order"):
        special.log_ndtr(1.0, series_order=2.5)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="<= 30"):
        special.log_ndtr(1.0, series_order=31)
    with pytest.raises(TypeError, match="differentiable with respect to x only"):
        pb.grad(lambda a: special.betainc(a, 1.0, 0.5))(2.0)
    with pytest.raises(TypeError, match=r"expn.* is not differentiable with respect to n"):
        pb.grad(lambda n: special.expn(n, 0.5))(2.0)
    with pytest.raises(NotImplementedError, match="diff_n"):
        special.sph_harm_y(1, 0, 0.5, 0.5, diff_n=1)
    with pytest.raises(TypeError, match="n must have an integer dtype"):
        special.sph_harm_y(1.0, 0, 0.5, 0.5)


def test_numpy_i0() -> None:
    x = np.linspace(-5, 5, 7)
    with pb.config.scope(enable_x64=True):
        np.testing.assert_allclose(pnp.i0(x), np.i0(x), 1e-14)
        np.testing.assert_allclose(pb.vmap(pb.grad(pnp.i0))(x), sp.i1(x), 1e-14)
    assert pnp.i0(2).dtype == np.float32
    with pytest.raises(ValueError, match="complex64"):
        pnp.i0(np.asarray([1j], np.complex64))
