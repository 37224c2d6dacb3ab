"""`pullback.scipy.special`: every function against SciPy in both precisions, its derivatives against differences of SciPy's
values, compiled against eager code, and edge cases."""

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
INF, NAN = np.inf, np.nan


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
            f = call(name, row)
            one = np.ones_like(args[i])

            def partial(x: Any, i: int = i) -> Any:
                return f(*args[:i], x, *args[i + 1 :])

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


def test_compiled() -> None:
    """All functions of the table in two compiled functions, one for each precision."""
    for dtype, factor in ((np.float64, 1), (np.float32, 4)):
        arguments = {name: cast(row, dtype) for name, row in ROWS.items()}

        def everything(arguments: Any) -> Any:
            return {name: leaves_of(call(name, row)(*arguments[name])) for name, row in ROWS.items()}

        with pb.config.scope(enable_x64=dtype is np.float64):
            got, want = pb.jit(everything)(arguments), everything(arguments)
        for name, row in ROWS.items():
            tol = factor * row.tol[dtype is np.float32]
            for g, w in zip(got[name], want[name], strict=True):
                atol = factor * max(row.atol, 1e-7) if dtype is np.float32 else min(row.atol, 1e-9)
                np.testing.assert_allclose(np.asarray(g), np.asarray(w), tol, atol, err_msg=name)


def leaves_of(x: Any) -> list[Any]:
    return list(x) if isinstance(x, (tuple, list)) else [x]
