"""Samplers of `pullback.random` with loops and transformations: equal to JAX's in both layouts, moments, transformations.

All of them follow JAX's algorithms and use of keys, so that the values are equal but for rounding.
"""

from __future__ import annotations

import jax
import numpy as np
import pytest
import scipy.stats

import pullback as pb
from pullback import random

SHAPE = (300,)
SMALL_TO_LARGE = np.linspace(0.05, 20, 300, dtype=np.float32)
COUNTS = np.arange(300, dtype=np.float32)

DRAWS = {
    "ball": lambda r, k: r.ball(k, 3, 1.5, (100,)),
    "beta": lambda r, k: r.beta(k, 2.0, SMALL_TO_LARGE),
    "binomial": lambda r, k: r.binomial(k, COUNTS, 0.3),
    "binomial of large means": lambda r, k: r.binomial(k, 10 * COUNTS, 0.7, dtype="float32"),
    "binomial of odd parameters": lambda r, k: r.binomial(
        k, np.array([10, -1, 5, np.inf, 7, 3, np.nan], np.float32), np.array([0, 0.5, 1, 0.5, 1.2, np.nan, 0.3], np.float32)
    ),
    "chisquare": lambda r, k: r.chisquare(k, SMALL_TO_LARGE),
    "dirichlet": lambda r, k: r.dirichlet(k, np.array([0.1, 1, 3], np.float32), (50,)),
    "double_sided_maxwell": lambda r, k: r.double_sided_maxwell(k, 1.0, 2.0, SHAPE),
    "double_sided_maxwell of several": lambda r, k: r.double_sided_maxwell(k, COUNTS[:3], 2.0, (4,)),
    "f": lambda r, k: r.f(k, 3.0, 5.0, SHAPE),
    "gamma": lambda r, k: r.gamma(k, SMALL_TO_LARGE),
    "generalized_normal": lambda r, k: r.generalized_normal(k, 1.5, SHAPE),
    "geometric": lambda r, k: r.geometric(k, 0.2, SHAPE),
    "loggamma": lambda r, k: r.loggamma(k, SMALL_TO_LARGE / 50),
    "lognormal": lambda r, k: r.lognormal(k, 0.7, SHAPE),
    "multinomial": lambda r, k: r.multinomial(
        k, np.array([[10], [1000]], np.float32), np.array([0.2, 0, 0.5, 0.3], np.float32), shape=(2, 3, 4)
    ),
    "orthogonal": lambda r, k: r.orthogonal(k, 4, (2,)),
    "orthogonal of wide matrices": lambda r, k: r.orthogonal(k, 3, (), "complex64", 5),
    "pareto": lambda r, k: r.pareto(k, 2.0, SHAPE),
    "poisson": lambda r, k: r.poisson(k, 5 * SMALL_TO_LARGE),
    "poisson of odd parameters": lambda r, k: r.poisson(k, np.array([0, -1, np.nan], np.float32), dtype="int16"),
    "t": lambda r, k: r.t(k, SMALL_TO_LARGE),
    "wald": lambda r, k: r.wald(k, 2.0, SHAPE),
}


@pytest.mark.parametrize(("name", "partitionable"), [*((n, False) for n in DRAWS), ("gamma", True), ("poisson", True)])
def test_agrees_with_jax(name, partitionable):
    with jax.threefry_partitionable(partitionable):
        expected = np.asarray(DRAWS[name](jax.random, jax.random.PRNGKey(42)))
    with pb.config.scope(threefry_partitionable=partitionable):
        actual = np.asarray(DRAWS[name](random, random.key(42)))
    assert actual.dtype == expected.dtype and actual.shape == expected.shape
    # as few as one in a hundred numbers may have been accepted by one side only, when rounding decides
    different = ~np.isclose(actual, expected, rtol=1e-4, atol=1e-5, equal_nan=True)
    assert different.mean() <= 0.01, (actual[different], expected[different])


N = 4000
CONTINUOUS = {
    "beta": (lambda k: random.beta(k, 2.0, 0.7, (N,)), scipy.stats.beta(2.0, 0.7)),
    "chisquare": (lambda k: random.chisquare(k, 3.0, (N,)), scipy.stats.chi2(3.0)),
    "f": (lambda k: random.f(k, 3.0, 5.0, (N,)), scipy.stats.f(3.0, 5.0)),
    "gamma": (lambda k: random.gamma(k, 0.4, (N,)), scipy.stats.gamma(0.4)),
    "gamma of a large parameter": (lambda k: random.gamma(k, 30.0, (N,)), scipy.stats.gamma(30.0)),
    "generalized_normal": (lambda k: random.generalized_normal(k, 1.5, (N,)), scipy.stats.gennorm(1.5)),
    "lognormal": (lambda k: random.lognormal(k, 0.7, (N,)), scipy.stats.lognorm(0.7)),
    "pareto": (lambda k: random.pareto(k, 2.0, (N,)), scipy.stats.pareto(2.0)),
    "t": (lambda k: random.t(k, 3.0, (N,)), scipy.stats.t(3.0)),
    "wald": (lambda k: random.wald(k, 2.0, (N,)), scipy.stats.invgauss(2.0)),
    "ball": (lambda k: (random.ball(k, 3, shape=(N,)) ** 2).sum(-1) ** 1.5, scipy.stats.uniform()),
    "double_sided_maxwell": (lambda k: abs(random.double_sided_maxwell(k, 0.0, 1.0, (N,))), scipy.stats.maxwell()),
    "dirichlet": (lambda k: random.dirichlet(k, np.array([1.0, 2, 3], np.float32), (N,))[:, 1], scipy.stats.beta(2, 4)),
    "loggamma": (lambda k: random.loggamma(k, 0.3, (N,)), scipy.stats.loggamma(0.3)),
}


@pytest.mark.parametrize("name", CONTINUOUS)
def test_distribution(name):
    draw, distribution = CONTINUOUS[name]
    x = np.asarray(draw(random.key(11)), np.float64)
    assert scipy.stats.kstest(x, distribution.cdf).pvalue > 1e-3


THREE = np.array([0.2, 0.5, 0.3], np.float32)
DISCRETE = {
    "binomial": (lambda k: random.binomial(k, 12, 0.3, (N,)), scipy.stats.binom(12, 0.3)),
    "binomial of a large mean": (lambda k: random.binomial(k, 100, 0.6, (N,)), scipy.stats.binom(100, 0.6)),
    "geometric": (lambda k: random.geometric(k, 0.3, (N,)), scipy.stats.geom(0.3)),
    "poisson": (lambda k: random.poisson(k, 3.0, (N,)), scipy.stats.poisson(3.0)),
    "poisson of a large mean": (lambda k: random.poisson(k, 40.0, (N,)), scipy.stats.poisson(40.0)),
    "multinomial": (
        lambda k: random.multinomial(k, 20, np.array([0.2, 0.5, 0.3], np.float32), shape=(N, 3))[:, 1],
        scipy.stats.binom(20, 0.5),
    ),
}


@pytest.mark.parametrize("name", DISCRETE)
def test_discrete_distribution(name):
    draw, distribution = DISCRETE[name]
    x = np.asarray(draw(random.key(11)), np.int64)
    values = np.arange(x.min(), x.max() + 1)
    expected = N * distribution.pmf(values)
    common = expected > 10
    observed = np.array([(x == v).sum() for v in values])
    statistic = ((observed - expected)[common] ** 2 / expected[common]).sum()
    assert scipy.stats.chi2(common.sum() - 1).sf(statistic) > 1e-3


def test_multinomial_sums():
    x = random.multinomial(random.key(0), np.array([5, 50, 0], np.float32), np.array([0.1, 0.6, 0.3], np.float32))
    assert x.shape == (3, 3) and x.sum(-1).tolist() == [5, 50, 0]


def test_compiled_and_batched():
    def draws(key):
        k1, k2, k3 = random.split(key, 3)
        return (
            random.gamma(k1, np.linspace(0.1, 5, 20, dtype=np.float32)),
            random.poisson(k2, np.linspace(0, 50, 20, dtype=np.float32)),
            random.binomial(k3, np.linspace(0, 60, 20, dtype=np.float32), 0.3),
        )

    keys = random.split(random.key(5), 3)
    expected = [draws(k) for k in keys]
    for got, want in zip(pb.jit(draws)(keys[0]), expected[0]):
        np.testing.assert_allclose(got, want, rtol=1e-5)
    for i, got in enumerate(pb.vmap(draws)(keys)):
        np.testing.assert_allclose(got, [e[i] for e in expected], rtol=1e-5)


def test_derivatives():
    """Samples move with their parameters so that their quantiles stay."""
    a = np.array([0.3, 1.0, 4.0, 25.0], np.float32)
    key = random.key(1)
    with jax.threefry_partitionable(False):
        expected = jax.grad(lambda v: jax.random.loggamma(jax.random.PRNGKey(1), v).sum())(a)
    rate = pb.grad(lambda v: random.loggamma(key, v).sum())(a)
    np.testing.assert_allclose(rate, expected, rtol=2e-3)
    x = np.asarray(random.gamma(key, a), np.float64)
    exact, h = a.astype(np.float64), 1e-5
    quantile = scipy.stats.gamma.cdf(x, exact)
    expected = (scipy.stats.gamma.ppf(quantile, exact + h) - scipy.stats.gamma.ppf(quantile, exact - h)) / (2 * h)
    np.testing.assert_allclose(pb.grad(lambda v: random.gamma(key, v).sum())(a), expected, rtol=2e-3)
    np.testing.assert_allclose(pb.jvp(lambda v: random.gamma(key, v), (a,), (np.ones(4, np.float32),))[1], expected, rtol=2e-3)

    # the derived ones: along the ray of their parameters
    x, direction = np.asarray(random.loggamma(key, a / 2), np.float64), np.ones(4, np.float32)
    _, tangent = pb.jvp(lambda v: random.chisquare(key, v), (a,), (direction,))
    _, log_tangent = pb.jvp(lambda v: random.loggamma(key, v / 2), (a,), (direction,))
    np.testing.assert_allclose(tangent, 2 * np.exp(x) * log_tangent, rtol=1e-4)
    y, dy = pb.jvp(lambda v: random.dirichlet(key, v), (a,), (direction,))
    np.testing.assert_allclose(dy.sum(), 0, atol=1e-5)
    _, logs = pb.jvp(lambda v: random.loggamma(key, v), (a,), (direction,))
    np.testing.assert_allclose(dy, y * (logs - (y * logs).sum()), rtol=1e-3, atol=1e-6)
    first, second = random.split(key)
    b, db = pb.jvp(lambda v: random.beta(key, v, v), (a,), (direction,))
    slopes = [pb.jvp(lambda v, k=k: random.loggamma(k, v), (a,), (direction,))[1] for k in (first, second)]
    np.testing.assert_allclose(db, b * (1 - b) * (slopes[0] - slopes[1]), rtol=1e-3, atol=1e-6)
    gradient = pb.grad(lambda s: random.lognormal(random.key(1), s, (5,)).sum())(0.5)
    x = random.lognormal(random.key(1), 0.5, (5,))
    np.testing.assert_allclose(gradient, (np.log(x) / 0.5 * x).sum(), rtol=1e-5)


def test_small_parameters_do_not_underflow():
    x = random.loggamma(random.key(0), np.full(100, 1e-3, np.float32))
    assert np.isfinite(x).all() and float(x.min()) < -100
    y = np.asarray(random.dirichlet(random.key(0), np.full(3, 1e-3, np.float32), (100,)))
    np.testing.assert_allclose(y.sum(-1), 1, rtol=1e-5)


@pytest.mark.parametrize("method", ["cholesky", "eigh", "svd"])
def test_multivariate_normal(method):
    cov = np.array([[2, 1, 0], [1, 0.5, 0], [0, 0, 3]], np.float32) + np.float32(0.01 * (method == "cholesky")) * np.eye(
        3, dtype="f4"
    )
    x = np.asarray(random.multivariate_normal(random.key(3), np.arange(3, dtype=np.float32), cov, (N,), method=method))
    np.testing.assert_allclose(x.mean(0), np.arange(3), atol=0.1)
    np.testing.assert_allclose(np.cov(x.T), cov, atol=0.15)


def test_keys():
    assert random.key_dtype() == np.uint32
    with pytest.raises(ValueError, match="unknown implementation"):
        random.key_dtype("rbg")


def test_errors():
    key = random.key(0)
    with pytest.raises(ValueError, match="float dtype"):
        random.gamma(key, 1.0, dtype=np.int32)
    with pytest.raises(TypeError, match="integer dtype"):
        random.poisson(key, 1.0, dtype=np.float32)
    with pytest.raises(TypeError, match="integer dtype"):
        random.geometric(key, 0.5, dtype=np.float32)
    with pytest.raises(ValueError, match=r"alpha\.ndim"):
        random.dirichlet(key, 1.0)
    with pytest.raises(ValueError, match="broadcast"):
        random.gamma(key, np.ones(3, np.float32), (2,))
    with pytest.raises(ValueError, match=r"random\.multinomial: shape"):
        random.multinomial(key, 3, np.array([0.5, 0.5], np.float32), shape=(3,))
    with pytest.raises(TypeError, match="needs a key"):
        random.gamma(0, 1.0)
    with pytest.raises(ValueError, match="method must be"):
        random.multivariate_normal(key, np.zeros(2), np.eye(2), method="qr")
    with pytest.raises(ValueError, match="broadcast"):
        random.multivariate_normal(key, np.zeros((2, 2)), np.eye(2), (3,))
    with pytest.raises(OverflowError, match="the bound 1099511627776 is out of the range of int32"):
        random.randint(key, (3,), 0, 2**40)
    for draw in (random.bernoulli, random.gumbel):
        with pytest.raises(ValueError, match="mode must be 'low' or 'high'"):
            draw(key, mode="medium")
