"""Distributions against SciPy's in float64, with derivatives by differences; estimates, ranks, modes; compiled and batched."""

from __future__ import annotations

import inspect

import jax
import jax.scipy.stats
import numpy as np
import pytest
import scipy.stats

import pullback as pb
import pullback.numpy as pnp
from pullback import random
from pullback.scipy import stats

RNG = np.random.default_rng(0)
X = np.array([-2.5, -1, -0.3, 0, 0.2, 0.5, 0.9, 1, 1.7, 3, 7])
K = np.array([-1.0, 0, 1, 2, 3, 5, 6, 12])
Q = np.array([-0.1, 0, 1e-3, 0.2, 0.5, 0.9, 1, 1.2])
KINDS = ("logpdf", "pdf", "logpmf", "pmf", "cdf", "logcdf", "sf", "logsf", "ppf", "isf")

PARAMETERS = {
    "bernoulli": [(0.3,)],
    "beta": [(2.0, 3.0), (0.5, 0.7), (1.0, 1.0)],
    "betabinom": [(5.0, 1.5, 2.0)],
    "binom": [(5.0, 0.3)],
    "cauchy": [()],
    "chi2": [(3.0,), (2.0,)],
    "expon": [()],
    "gamma": [(1.5,), (1.0,)],
    "gennorm": [(1.5,), (2.0,)],
    "geom": [(0.3,)],
    "gumbel_l": [()],
    "gumbel_r": [()],
    "laplace": [()],
    "logistic": [()],
    "nbinom": [(3.0, 0.4)],
    "norm": [()],
    "pareto": [(2.0,)],
    "poisson": [(3.0,)],
    "t": [(3.0,)],
    "truncnorm": [(-0.5, 1.0), (1.0, 4.0), (-6.0, -2.0)],
    "uniform": [()],
    "vonmises": [(2.0,)],
    "wrapcauchy": [(0.4,)],
}


def functions(name):
    module = getattr(stats, name)
    return [k for k in KINDS if hasattr(module, k)]


def shifts(name, kind):
    """Values of the trailing arguments: none, and a shift (and a factor)."""
    names = inspect.signature(getattr(getattr(stats, name), kind)).parameters
    return [()] if "loc" not in names else [(), (0.25, 2.0) if "scale" in names else (1.0,)]


@pytest.mark.parametrize(("name", "kind"), [(n, k) for n in PARAMETERS for k in functions(n)])
def test_values(name, kind):
    f, reference = getattr(getattr(stats, name), kind), getattr(getattr(scipy.stats, name), kind)
    points = Q if kind in ("ppf", "isf") else K if hasattr(getattr(stats, name), "pmf") else X
    with pb.config.scope(enable_x64=True):
        for parameters in PARAMETERS[name]:
            for shift in shifts(name, kind):
                with np.errstate(all="ignore"):
                    expected = reference(points, *parameters, *shift)
                if name == "bernoulli" and kind == "ppf":  # SciPy gives the lower end less 1, JAX the lower end
                    expected = np.where(points == 0, 0, expected)
                np.testing.assert_allclose(f(points, *parameters, *shift), expected, rtol=1e-9, atol=1e-12)
    single = f(points.astype(np.float32), *PARAMETERS[name][0])
    assert single.dtype == np.float32
    with np.errstate(all="ignore"):
        np.testing.assert_allclose(single[2:5], reference(points[2:5], *PARAMETERS[name][0]), rtol=2e-5, atol=1e-5)


def test_every_function_of_jax_is_here():
    """With the same names of arguments."""
    for name in PARAMETERS:
        ours, theirs = getattr(stats, name), getattr(jax.scipy.stats, name)
        for kind in KINDS:
            assert hasattr(ours, kind) == hasattr(theirs, kind), (name, kind)
            if hasattr(ours, kind):
                names = [list(inspect.signature(getattr(m, kind)).parameters) for m in (ours, theirs)]
                assert names[0] == names[1], (name, kind)


# A point inside of the support of each distribution
INSIDE = {
    "betabinom": 2.0,
    "binom": 2.0,
    "geom": 2.0,
    "nbinom": 2.0,
    "poisson": 2.0,
    "bernoulli": 1.0,
    "pareto": 1.7,
    "truncnorm": 0.3,
}


@pytest.mark.parametrize("name", PARAMETERS)
def test_derivatives(name):
    """In the value and the parameters, against central differences of SciPy's functions."""
    parameters = PARAMETERS[name][0]
    for kind in functions(name):
        discrete = hasattr(getattr(stats, name), "pmf")
        arguments = np.array([0.3 if kind in ("ppf", "isf") else INSIDE.get(name, 0.4), *parameters, *shifts(name, kind)[-1]])
        if name == "pareto" and kind not in ("ppf", "isf"):
            arguments[0] = 4.0
        if discrete and shifts(name, kind)[-1]:
            arguments[-1] = 0.0
        reference = getattr(getattr(scipy.stats, name), kind)
        with pb.config.scope(enable_x64=True):
            f = getattr(getattr(stats, name), kind)
            # the incomplete beta function has no derivative in its parameters
            fixed = (1, 2) if name == "beta" and kind not in ("logpdf", "pdf") else ()
            point = [float(a) if i not in fixed else np.float64(a) for i, a in enumerate(arguments)]
            free = tuple(i for i in range(len(point)) if i not in fixed)
            gradient = dict(zip(free, pb.grad(f, free)(*point)))
        integral = {"betabinom": (1,), "binom": (1,), "nbinom": ()}.get(name, ())
        for i in range(len(arguments)):
            if i in fixed or (discrete and (i in (0, len(arguments) - 1) or i in integral)):
                continue  # of integers, SciPy's functions have no derivative
            step = np.zeros_like(arguments)
            step[i] = 1e-6
            expected = (reference(*(arguments + step)) - reference(*(arguments - step))) / 2e-6
            np.testing.assert_allclose(gradient[i], expected, rtol=1e-5, atol=1e-7, err_msg=f"{kind}, argument {i}")


@pytest.mark.parametrize("name", PARAMETERS)
def test_nan_stays_and_small_floats_are_kept(name):
    for kind in functions(name):
        f = getattr(getattr(stats, name), kind)
        assert np.isnan(f(np.float32(np.nan), *PARAMETERS[name][0])), kind
        for dtype in (pnp.float16, pnp.bfloat16):
            assert f(pnp.array([0.5, 1.0], dtype), *PARAMETERS[name][0]).dtype == dtype, kind


def test_derivatives_at_the_end_of_the_support():
    """As at the side where the density is: JAX's convention."""
    np.testing.assert_allclose(pb.grad(stats.expon.cdf)(0.0), 1.0)
    np.testing.assert_allclose(pb.grad(stats.expon.logsf)(0.0), -1.0)
    np.testing.assert_allclose(pb.grad(lambda x: stats.pareto.sf(x, 2.5))(1.0), -2.5, rtol=1e-6)


def test_derivatives_outside_of_the_support():
    """What a branch discards does not make them NaN."""
    outside = np.array([-1.0, 3.0], np.float32)
    for f in (
        lambda x: stats.beta.pdf(x, 2.0, 3.0),
        lambda x: stats.gamma.pdf(x, 2.0),
        lambda x: stats.pareto.pdf(x, 2.0, 4.0),
        lambda x: stats.uniform.pdf(x),
        lambda x: stats.expon.cdf(x),
        lambda x: stats.truncnorm.cdf(x, -0.5, 1.0),
        lambda x: stats.poisson.cdf(x, 2.0),
    ):
        assert np.isfinite(pb.grad(lambda x, f=f: f(x).sum())(outside)).all()


def test_tails():
    """Where the functions themselves underflow or round to 1."""
    x = np.array([10.0, 30.0], np.float32)
    np.testing.assert_allclose(stats.norm.logsf(x), scipy.stats.norm.logsf(x), rtol=1e-5)
    np.testing.assert_allclose(stats.norm.logcdf(-x), scipy.stats.norm.logcdf(-x), rtol=1e-5)
    np.testing.assert_allclose(stats.gumbel_r.logsf(x), scipy.stats.gumbel_r.logsf(x), rtol=1e-5)
    np.testing.assert_allclose(stats.expon.logcdf(x / 1e6), scipy.stats.expon.logcdf(x / 1e6), rtol=1e-5)
    a = np.float32([8.0, -12])
    np.testing.assert_allclose(
        stats.truncnorm.logpdf(a + 0.5, a, a + 1), scipy.stats.truncnorm.logpdf(a + 0.5, a, a + 1), rtol=1e-4
    )


# Vectors -----------------------------------------------------------------------------------------------------------------
ROOTS = RNG.normal(size=(2, 3, 3))
COVARIANCES = (ROOTS @ ROOTS.transpose(0, 2, 1) + np.eye(3)).astype(np.float32)
POINTS = RNG.normal(size=(5, 2, 3)).astype(np.float32)
MEAN = RNG.normal(size=3).astype(np.float32)


def test_multivariate_normal():
    logpdf, reference = stats.multivariate_normal.logpdf, jax.scipy.stats.multivariate_normal.logpdf
    exact = scipy.stats.multivariate_normal.logpdf
    np.testing.assert_allclose(logpdf(POINTS[:, 0], MEAN, COVARIANCES[0]), exact(POINTS[:, 0], MEAN, COVARIANCES[0]), rtol=1e-5)
    expected = np.stack([exact(POINTS[:, i], MEAN, COVARIANCES[i]) for i in range(2)], 1)
    np.testing.assert_allclose(logpdf(POINTS, MEAN, COVARIANCES), expected, rtol=1e-5)
    np.testing.assert_allclose(logpdf(POINTS, 0.0, 2.0), scipy.stats.norm.logpdf(POINTS, 0, 2**0.5), rtol=1e-5)
    np.testing.assert_allclose(logpdf(POINTS[0, 0], MEAN, 2.0), exact(POINTS[0, 0], MEAN, 2 * np.eye(3)), rtol=1e-5)
    ours = pb.grad(lambda m, c: logpdf(POINTS[:, 0], m, c).sum(), (0, 1))(MEAN, COVARIANCES[0])
    theirs = jax.grad(lambda m, c: reference(POINTS[:, 0], m, c).sum(), (0, 1))(MEAN, COVARIANCES[0])
    for a, b in zip(ours, theirs):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(stats.multivariate_normal.pdf(MEAN, MEAN, np.eye(3)), (2 * np.pi) ** -1.5, rtol=1e-5)
    with pytest.raises(ValueError, match="incompatible shapes"):
        logpdf(POINTS, MEAN, np.ones(3, np.float32))
    with pytest.raises(NotImplementedError, match="allow_singular"):
        logpdf(POINTS, MEAN, COVARIANCES[0], allow_singular=True)


def test_dirichlet_and_multinomial():
    alpha = np.array([1.0, 2, 3], np.float32)
    x = np.array([[0.2, 0.3, 0.5], [0.1, 0.1, 0.8], [0.5, 0.5, 0.5]], np.float32).T
    expected = [scipy.stats.dirichlet.logpdf(c / c.sum(), alpha) for c in x.T[:2].astype(float)]
    np.testing.assert_allclose(stats.dirichlet.logpdf(x, alpha), [*expected, -np.inf], rtol=1e-5)
    np.testing.assert_allclose(stats.dirichlet.pdf(x[:2, :2], alpha), np.exp(expected), rtol=1e-5)
    with pytest.raises(ValueError, match="same number of entries"):
        stats.dirichlet.logpdf(x, alpha[:1])
    counts, p = np.array([[1, 2, 0], [3, 0, 0], [1, 1, 0]]), np.array([0.2, 0.5, 0.3])
    expected = scipy.stats.multinomial.logpmf(counts, 3, p)
    np.testing.assert_allclose(stats.multinomial.logpmf(counts, 3, p.astype(np.float32)), expected, rtol=1e-5)
    gradient = pb.grad(lambda q: stats.multinomial.logpmf(counts, 3, q)[:2].sum())(p.astype(np.float32))
    np.testing.assert_allclose(gradient, [4 / 0.2, 2 / 0.5, 0], rtol=1e-5)


# Estimates and summaries -------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("dimensions", [1, 2])
def test_gaussian_kde(dimensions):
    data = RNG.normal(size=(dimensions, 30)).astype(np.float32)
    weights = RNG.random(30).astype(np.float32)
    for method, w in ((None, None), ("silverman", weights), (0.7, None), (lambda kde: 0.5, weights)):
        ours, theirs = stats.gaussian_kde(data, method, w), scipy.stats.gaussian_kde(data, method, w)
        np.testing.assert_allclose(ours(data[:, :7]), theirs(data[:, :7]), rtol=2e-4)
        np.testing.assert_allclose(ours.logpdf(data[:, :7]), theirs.logpdf(data[:, :7]), rtol=1e-4, atol=1e-4)
        np.testing.assert_allclose(ours.integrate_kde(ours), theirs.integrate_kde(theirs), rtol=1e-3)
        mean, cov = np.zeros(dimensions, np.float32), np.eye(dimensions, dtype=np.float32)
        np.testing.assert_allclose(ours.integrate_gaussian(mean, cov), theirs.integrate_gaussian(mean, cov), rtol=1e-3)
        if dimensions == 1:
            np.testing.assert_allclose(ours.integrate_box_1d(-1, 0.5), theirs.integrate_box_1d(-1, 0.5), rtol=1e-3)
    with jax.threefry_partitionable(False):
        expected = jax.scipy.stats.gaussian_kde(data, 0.7).resample(jax.random.PRNGKey(1), (5,))
    kde = stats.gaussian_kde(data, 0.7)
    np.testing.assert_allclose(kde.resample(random.key(1), (5,)), expected, rtol=1e-3, atol=1e-4)
    leaves, tree = pb.tree.flatten(kde)
    np.testing.assert_array_equal(pb.tree.unflatten(tree, leaves)(data), kde(data))
    with pytest.raises(ValueError, match="multiple elements"):
        stats.gaussian_kde(np.ones(1))
    with pytest.raises(ValueError, match="bw_method"):
        stats.gaussian_kde(data, "foo")


WHOLE = RNG.integers(0, 4, size=(4, 6))
WITH_NAN = WHOLE.astype(np.float32)
WITH_NAN[1, 2] = np.nan


@pytest.mark.parametrize("axis", [0, 1, None])
@pytest.mark.parametrize("data", [WHOLE, WITH_NAN], ids=["integers", "nan"])
def test_summaries(data, axis):
    theirs = jax.scipy.stats
    for keepdims in (False, True):
        for a, b in zip(stats.mode(data, axis, keepdims=keepdims), theirs.mode(data, axis, keepdims=keepdims)):
            np.testing.assert_array_equal(a, b)
            assert a.dtype == b.dtype and a.shape == b.shape
    for policy in ("propagate", "omit"):
        ours = stats.sem(data, axis, nan_policy=policy)
        np.testing.assert_allclose(ours, scipy.stats.sem(data.astype(float), axis, nan_policy=policy), rtol=1e-5)
    for method in ("average", "min", "max", "dense", "ordinal"):
        ours = stats.rankdata(data, method, axis=axis)
        expected = scipy.stats.rankdata(data, method, axis=axis)
        np.testing.assert_array_equal(ours, expected.ravel() if axis is None else expected)


def test_errors_of_summaries():
    for f in (stats.mode, stats.rankdata):
        with pytest.raises(NotImplementedError, match="'omit' is not supported"):
            f(WHOLE, nan_policy="omit")
    with pytest.raises(ValueError, match="unknown method 'foo'"):
        stats.rankdata(WHOLE, "foo")
    with pytest.raises(ValueError, match="Illegal nan_policy"):
        stats.sem(WHOLE, nan_policy="foo")
    with pytest.raises(ValueError, match="'raise' is not supported"):
        stats.sem(WHOLE, nan_policy="raise")
    assert np.isnan(stats.mode(pnp.zeros(0)).mode)


def test_compiled_and_batched():
    x = X.astype(np.float32)

    def f(v):
        return {
            "norm": stats.norm.logpdf(v, 0.5, 2.0) + stats.norm.cdf(v),
            "laplace": stats.laplace.cdf(v),
            "t": stats.t.logpdf(v, 3.0),
            "pareto": stats.pareto.cdf(v, 2.0),
            "ranks": stats.rankdata(v),
            "mode": stats.mode(v).mode,
            "kde": stats.gaussian_kde(x)(v),
            "gradient": pb.grad(lambda m: stats.norm.logpdf(v, m).sum())(0.5),
        }

    compiled, eager = pb.jit(f)(x), f(x)
    for name in eager:
        np.testing.assert_allclose(compiled[name], eager[name], rtol=2e-4, atol=1e-5, err_msg=name)
    batched = pb.vmap(f)(np.stack([x, -x]))
    for name in eager:
        np.testing.assert_allclose(batched[name][0], eager[name], rtol=2e-4, atol=1e-5, err_msg=name)
