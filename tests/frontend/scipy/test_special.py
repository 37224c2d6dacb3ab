"""`pullback.scipy.special`: every function against SciPy in both precisions, its derivatives against differences of SciPy's
values, compiled against eager code."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.scipy.special as jsp
import numpy as np
import pytest
import scipy.special as sp

import pullback as pb
import pullback.numpy as pnp
from pullback.scipy import special
from pullback.test_util import check_grads

RNG = np.random.default_rng(0)
INF = np.inf


class Row(NamedTuple):
    """Inputs of one function; `active` are the arguments with a derivative, `tol` the relative errors in f64 and f32."""

    want: Callable[..., Any]
    args: tuple[Any, ...]
    active: tuple[int, ...] = (0,)
    tol: tuple[float, float] = (1e-12, 1e-5)
    atol: float = 0.0
    kwargs: dict[str, Any] = {}


def u(low: float, high: float, n: int = 60) -> Any:
    return RNG.uniform(low, high, n)


def log_u(low: float, high: float, n: int = 60) -> Any:
    return np.exp(RNG.uniform(np.log(low), np.log(high), n))


def whole(low: int, high: int, n: int = 60) -> Any:
    return RNG.integers(low, high, n)


def complex_u(n: int = 60) -> Any:
    return u(-4, 4, n) + 1j * u(-4, 4, n)


SHAPE = log_u(0.05, 500)
X = np.abs(SHAPE + RNG.normal(size=60) * 2 * np.sqrt(SHAPE))
N, M = whole(0, 12), whole(0, 12)
P = u(0.1, 3)

#: The functions that are elementwise in SciPy's sense.
TABLE: dict[str, Row] = {
    "beta": Row(sp.beta, (log_u(0.1, 20), log_u(0.1, 20)), (0, 1)),
    "betainc": Row(sp.betainc, (log_u(0.2, 100), log_u(0.2, 100), u(0.05, 0.9)), (2,), (1e-11, 2e-5), 1e-12),
    "betaln": Row(sp.betaln, (log_u(0.1, 200), log_u(0.1, 200)), (0, 1), (1e-12, 1e-5), 1e-12),
    "boxcox": Row(sp.boxcox, (u(0.1, 4), u(-2, 2)), (0, 1)),
    "boxcox1p": Row(sp.boxcox1p, (u(-0.6, 3), u(-2, 2)), (0, 1)),
    "comb": Row(sp.comb, (N + M + 0.0, M + 0.0), ()),
    "dawsn": Row(sp.dawsn, (u(-8, 8),)),
    "digamma": Row(sp.digamma, (u(0.1, 20),)),
    "entr": Row(sp.entr, (u(0.01, 4),)),
    "erf": Row(sp.erf, (u(-3, 3),)),
    "erfc": Row(sp.erfc, (u(-3, 6),)),
    "erfcx": Row(sp.erfcx, (u(-3, 30),)),
    "erfinv": Row(sp.erfinv, (u(-0.95, 0.95),)),
    "exp1": Row(sp.exp1, (log_u(0.01, 50),)),
    "expi": Row(sp.expi, (u(-20, 60),), (0,), (1e-12, 1e-5), 1e-9),
    "expit": Row(sp.expit, (u(-20, 20),)),
    "expn": Row(lambda n, x: sp.expn(n.astype(int), x), (whole(0, 6), log_u(0.05, 30)), (1,)),
    "factorial": Row(sp.factorial, (u(0, 20),)),
    "gamma": Row(sp.gamma, (np.concatenate([u(0.2, 30, 40), whole(-5, 0, 20) + u(0.3, 0.7, 20)]),)),
    "gammainc": Row(sp.gammainc, (SHAPE, X), (0, 1), (1e-11, 2e-5)),
    "gammaincc": Row(sp.gammaincc, (SHAPE, X), (0, 1), (1e-11, 2e-5)),
    "gammaln": Row(sp.gammaln, (u(0.1, 50),), (0,), (1e-12, 1e-5), 1e-7),
    "gammasgn": Row(sp.gammasgn, (u(-6, 6),)),
    "hyp1f1": Row(sp.hyp1f1, (u(0.2, 5), u(0.2, 5), u(-5, 10)), (0, 1, 2), (1e-10, 1e-4)),
    "hyp2f1": Row(sp.hyp2f1, (u(0.2, 3), u(0.2, 3), u(0.5, 4), u(-3, 0.9)), (0, 1, 2, 3), (1e-10, 1e-4)),
    "i0": Row(sp.i0, (u(-20, 20),)),
    "i0e": Row(sp.i0e, (u(-20, 20),)),
    "i1": Row(sp.i1, (u(-20, 20),)),
    "i1e": Row(sp.i1e, (u(-20, 20),)),
    "kl_div": Row(sp.kl_div, (u(0.01, 3), u(0.01, 3)), (0, 1), (1e-11, 1e-5), 1e-15),
    "log_ndtr": Row(sp.log_ndtr, (u(-40, 5),)),
    "loggamma": Row(sp.loggamma, (u(0.1, 30),), (0,), (1e-12, 1e-5), 1e-7),
    "logit": Row(sp.logit, (u(0.01, 0.9),), (0,), (1e-12, 1e-5), 1e-7),
    "multigammaln": Row(lambda a: np.stack([sp.multigammaln(x, 3) for x in a]), (u(1.5, 30),), (0,), (1e-12, 1e-5), 1e-6, {"d": 3}),
    "ndtr": Row(sp.ndtr, (u(-6, 6),)),
    "ndtri": Row(sp.ndtri, (u(0.001, 0.9),)),
    "owens_t": Row(sp.owens_t, (u(-3, 3), u(-3, 3)), (0, 1)),
    "poch": Row(sp.poch, (u(0.2, 12), u(0.1, 8)), (0, 1)),
    "polygamma": Row(sp.polygamma, (whole(0, 5), u(0.3, 10)), (1,), (1e-11, 1e-5)),
    "rel_entr": Row(sp.rel_entr, (u(0.01, 3), u(0.01, 3)), (0, 1), (1e-12, 1e-5), 1e-7),
    "spence": Row(sp.spence, (u(0.01, 10),), (0,), (1e-12, 1e-5), 1e-7),
    "xlog1py": Row(sp.xlog1py, (u(-3, 3), u(-0.9, 5)), (0, 1)),
    "xlogy": Row(sp.xlogy, (u(-3, 3), u(0.1, 5)), (0, 1), (1e-12, 1e-5), 1e-7),
    "zeta": Row(sp.zeta, (u(1.1, 12), u(0.1, 20)), (0, 1)),
}
#: Those with several results.
PAIRS: dict[str, Row] = {
    "fresnel": Row(sp.fresnel, (u(-6, 6),), (0,), (1e-11, 2e-5), 1e-7),
    "sici": Row(sp.sici, (u(0.1, 30),), (0,), (1e-11, 2e-5), 1e-6),
}
ROWS = {**TABLE, **PAIRS}
#: Functions with tests of their own below.
OTHERS = {"bernoulli", "bessel_jn", "log_softmax", "logsumexp", "softmax", "sph_harm_y", "wofz"}


def test_table_is_complete() -> None:
    assert set(ROWS) | OTHERS == set(special.__all__) == {n for n in dir(jsp) if not n.startswith("_")}


def cast(row: Row, dtype: Any) -> list[Any]:
    return [np.asarray(x) if np.asarray(x).dtype.kind == "i" else np.asarray(x, dtype) for x in row.args]


def call(name: str, row: Row) -> Callable[..., Any]:
    return lambda *args: getattr(special, name)(*args, **row.kwargs)


def leaves(x: Any) -> list[Any]:
    return [np.asarray(v) for v in (x if isinstance(x, (tuple, list)) else [x])]


@pytest.mark.parametrize("name", ROWS)
def test_values(name: str) -> None:
    row = ROWS[name]
    for dtype, tol in zip((np.float64, np.float32), row.tol):
        args = cast(row, dtype)
        with pb.config.scope(enable_x64=dtype is np.float64):
            got = leaves(call(name, row)(*args))
        exact = row.want(*(x if x.dtype.kind == "i" else x.astype(np.float64) for x in args))
        for g, w in zip(got, leaves(exact), strict=True):
            assert g.dtype == dtype
            np.testing.assert_allclose(g, w, tol, row.atol if dtype is np.float32 else min(row.atol, 1e-9), err_msg=name)


@pytest.mark.parametrize("name", [n for n, r in ROWS.items() if r.active])
def test_derivatives(name: str) -> None:
    """Forward mode against central differences of SciPy's values, one argument at a time; reverse mode against forward mode."""
    row = ROWS[name]
    args = cast(row, np.float64)
    with pb.config.scope(enable_x64=True):
        for i in row.active:
            one = np.ones_like(args[i])

            def partial(x: Any, i: int = i) -> Any:
                return call(name, row)(*args[:i], x, *args[i + 1 :])

            step = 3e-4 * np.minimum(1, np.abs(args[i]))
            values = [leaves(row.want(*args[:i], args[i] + k * step, *args[i + 1 :])) for k in (-2, -1, 1, 2)]
            slopes = leaves(pb.jvp(partial, (args[i],), (one,))[1])
            for slope, *points in zip(slopes, *values, strict=True):
                difference = (8 * (points[2] - points[1]) - (points[3] - points[0])) / (12 * step)
                error = np.abs(slope - difference)
                bound = 1e-7 * np.abs(slope) + 1e-9 + 1e-12 * np.abs(points[2]) / step
                at = int(np.argmax(error - bound))
                where = [float(np.ravel(x)[at]) for x in args]
                assert error[at] <= bound[at], f"{name}, argument {i} at {where}: {slope[at]}, {difference[at]}"
            back = pb.grad(lambda x: sum(v.sum() for v in pb.tree.leaves(partial(x))))(args[i])
            np.testing.assert_allclose(back, sum(slopes), 1e-12)


#: What is compiled here; tests/systematic compiles every function of the operation pb.special, and the operations of pullback.lax.
COMPILED = ("beta", "comb", "expn", "gammainc", "log_ndtr", "multigammaln", "polygamma")


def test_compiled() -> None:
    """Compiled code gives what eager code gives, and so do its derivatives; all in one function."""
    rows = {name: (ROWS[name], cast(ROWS[name], np.float32)) for name in COMPILED}
    z = complex_u(20).astype(np.complex64)
    x = u(-5, 5, 12).reshape(3, 4).astype(np.float32)
    n, m = whole(0, 6, 12), whole(-3, 4, 12)

    def everything(arguments: Any, z: Any, x: Any) -> Any:
        out = {name: call(name, row)(*arguments[name]) for name, (row, _) in rows.items()}
        out |= {"gammainc_a": pb.grad(lambda a: special.gammainc(a, arguments["gammainc"][1]).sum())(arguments["gammainc"][0])}
        out |= {"wofz": special.wofz(z), "loggamma": special.loggamma(z), "erfcx": special.erfcx(z)}
        out |= {"jn": special.bessel_jn(x, v=3), "jn_grad": pb.grad(lambda x: special.bessel_jn(x, v=3).sum())(x)}
        out |= {"logsumexp": special.logsumexp(x, axis=1), "softmax": special.softmax(x, axis=0)}
        return out | {"harmonics": special.sph_harm_y(n, m, pnp.abs(x.ravel()), x.ravel()), "vmap": pb.vmap(special.i0)(x)}

    arguments = {name: args for name, (_, args) in rows.items()}
    got, want = pb.jit(everything)(arguments, z, x), everything(arguments, z, x)
    for name in want:
        np.testing.assert_allclose(np.asarray(got[name]), np.asarray(want[name]), 1e-4, 2e-6, err_msg=name)


# Complex numbers, sums, and what else is not in the table ------------------------------------------------------------------------
def test_complex() -> None:
    z = np.concatenate([complex_u(), [0, 1e10 + 1e10j, -2.5 + 0.0j, -0.5 + 1e-8j, 3j, -6 - 0.1j, 30 + 0j]])
    with pb.config.scope(enable_x64=True):
        np.testing.assert_allclose(special.wofz(z[z.imag > -3]), sp.wofz(z[z.imag > -3]), 1e-12)
        np.testing.assert_allclose(special.wofz(z.real), sp.wofz(z.real), 1e-12)
        mild = z[(z.real > -3) & (np.abs(z) < 1e5)]
        np.testing.assert_allclose(special.erfcx(mild), sp.erfcx(mild), 1e-12)
        z = z[np.abs(z) > 0]
        np.testing.assert_allclose(special.loggamma(z), sp.loggamma(z), 1e-12, 1e-12)
        np.testing.assert_allclose(special.gamma(z[:60]), sp.gamma(z[:60]), 1e-11)
        assert np.isnan(special.loggamma(np.asarray([0, -2 + 0j]))).all()
        for f in (special.wofz, special.loggamma, special.erfcx):
            check_grads(f, (z[:8],), 2, rtol=1e-5)
            got = pb.grad(f, holomorphic=True)(complex(z[0]))
            h = 1e-5
            np.testing.assert_allclose(got, (np.asarray(f(z[:1] + h)) - np.asarray(f(z[:1] - h)))[0] / (2 * h), 1e-7)
    np.testing.assert_allclose(special.wofz(z.astype(np.complex64)), sp.wofz(z.astype(np.complex64)), 2e-5)


def test_logsumexp() -> None:
    x, b = u(-3, 3, 12).reshape(3, 4), u(-2, 2, 12).reshape(3, 4)
    x[0, 1] = -INF
    with pb.config.scope(enable_x64=True), np.errstate(all="ignore"):
        for kwargs in ({}, {"axis": 1}, {"axis": (0, 1), "keepdims": True}, {"axis": -2, "keepdims": True}):
            np.testing.assert_allclose(special.logsumexp(x, **kwargs), sp.logsumexp(x, **kwargs), 1e-13)
            got, want = special.logsumexp(x, b=b, return_sign=True, **kwargs), sp.logsumexp(x, b=b, return_sign=True, **kwargs)
            for g, w in zip(got, want, strict=True):
                np.testing.assert_allclose(g, w, 1e-11)
            np.testing.assert_allclose(special.logsumexp(x, b=b, **kwargs), jnp_logsumexp(x, b=b, **kwargs), 1e-11)
        np.testing.assert_allclose(special.logsumexp(x + 2j, axis=0), jnp_logsumexp(x + 2j, axis=0), 1e-12)
        where = RNG.random((3, 4)) < 0.6
        np.testing.assert_allclose(special.logsumexp(x, where=where), jnp_logsumexp(x, where=where), 1e-13)
        assert special.logsumexp(np.full(3, -INF)) == -INF
        assert special.logsumexp(np.asarray([INF, 1.0])) == INF
        np.testing.assert_allclose(pb.grad(special.logsumexp)(x), sp.softmax(x), 1e-13)
        check_grads(lambda x: special.logsumexp(x, axis=0, b=np.abs(b[1:])), (x[1:],), 2)
        for axis in (None, 0, (0, 1)):
            np.testing.assert_allclose(special.softmax(x, axis=axis), sp.softmax(x, axis=axis), 1e-13)
            np.testing.assert_allclose(special.log_softmax(x[1:] * 300, axis=axis), sp.log_softmax(x[1:] * 300, axis=axis), 1e-13)
        check_grads(lambda x: special.softmax(x, axis=1), (x[1:],), 2)
        check_grads(lambda x: special.log_softmax(x, axis=1), (x[1:],), 2)


def jnp_logsumexp(x: Any, **kwargs: Any) -> Any:
    with jax.enable_x64(True):
        return np.asarray(jsp.logsumexp(x, **kwargs))


def test_bessel_jn() -> None:
    z = np.concatenate([u(-25, 25), [0.0, 1e-6, 1e-30]]).reshape(3, 21)
    orders = np.arange(6)[:, None, None]
    with pb.config.scope(enable_x64=True):
        got = special.bessel_jn(z, v=5, n_iter=80)
        np.testing.assert_allclose(got, sp.jv(orders, z), 1e-11, 1e-13)
        slopes = pb.jvp(lambda z: special.bessel_jn(z, v=5, n_iter=80), (z,), (np.ones_like(z),))[1]
        np.testing.assert_allclose(slopes, sp.jvp(orders, z), 1e-11, 1e-13)
        check_grads(lambda z: special.bessel_jn(z, v=2), (z[0, :3] / 5,), 2)
        np.testing.assert_allclose(pb.vmap(lambda z: special.bessel_jn(z, v=5, n_iter=80))(z), np.swapaxes(got, 0, 1), 1e-13)
    assert special.bessel_jn(np.float32(2.0), v=0).shape == (1,)


def test_spherical_harmonics() -> None:
    n = whole(0, 20)
    m = np.asarray([RNG.integers(-k, k + 1) for k in n])
    theta, phi = u(0, np.pi), u(0, 2 * np.pi)
    with pb.config.scope(enable_x64=True):
        want, jacobian = sp.sph_harm_y(n, m, theta, phi, diff_n=1)
        got, by_theta = pb.jvp(lambda t: special.sph_harm_y(n, m, t, phi), (theta,), (np.ones(60),))
        np.testing.assert_allclose(got, want, 1e-11, 1e-13)
        np.testing.assert_allclose(by_theta, jacobian[:, 0], 1e-10, 1e-12)
        by_phi = pb.jvp(lambda t: special.sph_harm_y(n, m, theta, t), (phi,), (np.ones(60),))[1]
        np.testing.assert_allclose(by_phi, jacobian[:, 1], 1e-10, 1e-12)
        np.testing.assert_allclose(
            special.sph_harm_y(n, 0 * m, theta, phi, n_max=3), sp.sph_harm_y(np.minimum(n, 3), 0, theta, phi), 1e-12, 1e-14
        )


def test_bernoulli() -> None:
    with pb.config.scope(enable_x64=True):
        for n in (0, 1, 2, 3, 30):
            np.testing.assert_allclose(special.bernoulli(n), sp.bernoulli(max(n, 2))[: n + 1], 1e-11)  # SciPy's is off by 2e-12
    with pytest.raises(ValueError, match="non-negative"):
        special.bernoulli(-1)


def test_second_derivatives() -> None:
    with pb.config.scope(enable_x64=True):
        x = np.asarray([0.3, 0.7])
        for name in ("dawsn", "erfcx", "expi", "gamma", "i0", "i1", "log_ndtr", "ndtri", "spence", "digamma", "logit", "exp1"):
            check_grads(getattr(special, name), (x,), 2)
        check_grads(lambda q: special.zeta(2.5, q), (x,), 2)
        check_grads(special.owens_t, (x, x[::-1].copy()), 2)
        check_grads(lambda x: special.hyp2f1(0.5, 1.5, 2.0, x), (x,), 2)
        check_grads(lambda x: special.gammainc(1.5, x), (x,), 2)
