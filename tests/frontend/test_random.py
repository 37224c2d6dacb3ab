"""Random numbers: golden values, agreement with JAX where it is installed, keys under transformations."""

from __future__ import annotations

import jax
import ml_dtypes
import numpy as np
import pytest

import pullback
import pullback.numpy as pnp
from pullback import random

KEY = random.PRNGKey(0)


def test_golden_values():
    """The original threefry layout; values of jax 0.10.2 with jax_threefry_partitionable=False."""
    assert KEY.tolist() == [0, 0] and KEY.dtype == np.uint32
    assert random.split(KEY, 3).tolist() == [[2467461003, 428148500], [3186719485, 3840466878], [2562233961, 1946702221]]
    assert random.bits(KEY, (4,)).tolist() == [4146024105, 967050713, 2718843009, 1272950319]
    assert random.bits(KEY, (3,)).tolist() == [4146024105, 1351547692, 2718843009]
    np.testing.assert_allclose(random.uniform(KEY, (3,)), [0.9653214, 0.31468165, 0.63302994], rtol=1e-7)
    np.testing.assert_allclose(random.normal(KEY, (3,)), [1.8160863, -0.48262316, 0.33988908], rtol=1e-6)
    assert random.fold_in(KEY, 7).tolist() == [2716826189, 292468403]


def test_golden_values_of_the_partitionable_layout():
    with pullback.config.scope(threefry_partitionable=True):
        assert random.split(KEY, 3).tolist() == [[1797259609, 2579123966], [928981903, 3453687069], [4146024105, 2718843009]]
        assert random.bits(KEY, (4,)).tolist() == [4070199207, 4202968722, 1427181096, 2012915765]
        np.testing.assert_allclose(random.normal(KEY, (3,)), [1.6226422, 2.0252647, -0.43359444], rtol=1e-6)
        assert random.fold_in(KEY, 7).tolist() == [2716826189, 292468403]


def test_cookbook_parameters():
    _, w_key, b_key = random.split(random.PRNGKey(0), 3)
    np.testing.assert_allclose(random.normal(w_key, (3,)), [-0.36838785, -2.275689, 0.01144757], rtol=2e-6)
    np.testing.assert_allclose(random.normal(b_key, ()), 0.8535516, rtol=2e-6)


P = np.array([0.1, 0.2, 0.3, 0.4], np.float32)
LOGITS = np.log(np.arange(1, 13, dtype=np.float32).reshape(3, 4))
X34 = np.arange(12, dtype=np.float32).reshape(3, 4)

#: call, and whether the result must be equal to the bit
DRAWS = [
    (lambda r, k: r.split(k, (2, 3)), True),
    (lambda r, k: r.split(k, 5), True),
    (lambda r, k: r.fold_in(k, 2**32 - 1), True),
    (lambda r, k: r.bits(k), True),
    (lambda r, k: r.bits(k, (5,), "uint8"), True),
    (lambda r, k: r.bits(k, (3, 3), "uint16"), True),
    (lambda r, k: r.uniform(k), True),
    (lambda r, k: r.uniform(k, (3, 5)), True),
    (lambda r, k: r.uniform(k, (7,), "float16"), True),
    (lambda r, k: r.uniform(k, (7,), ml_dtypes.bfloat16), True),
    (lambda r, k: r.uniform(k, (4,), minval=-2.0, maxval=np.arange(1.0, 5.0, dtype=np.float32)), False),
    (lambda r, k: r.normal(k, (33,)), False),
    (lambda r, k: r.normal(k, (5,), "float16"), False),
    (lambda r, k: r.normal(k, (5,), ml_dtypes.bfloat16), False),
    (lambda r, k: r.normal(k, (5,), "complex64"), False),
    (lambda r, k: r.randint(k, (50,), 0, 10), True),
    (lambda r, k: r.randint(k, (50,), -5, np.arange(50)), True),
    (lambda r, k: r.randint(k, (20,), -(2**31), 2**31 - 1), True),
    (lambda r, k: r.randint(k, (20,), 0, 256, "uint8"), True),
    (lambda r, k: r.randint(k, (20,), -128, 100, "int8"), True),
    (lambda r, k: r.randint(k, (20,), 3, 3), True),
    (lambda r, k: r.randint(k, (), 0, 1000, "int16"), True),
    (lambda r, k: r.bernoulli(k, 0.3, (40,)), True),
    (lambda r, k: r.bernoulli(k, P), True),
    (lambda r, k: r.rademacher(k, (20,)), True),
    (lambda r, k: r.exponential(k, (9,)), False),
    (lambda r, k: r.gumbel(k, (9,)), False),
    (lambda r, k: r.gumbel(k, (9,), mode="high"), False),
    (lambda r, k: r.bernoulli(k, 1e-6, (9,), mode="high"), True),
    (lambda r, k: r.laplace(k, (9,)), False),
    (lambda r, k: r.logistic(k, (9,)), False),
    (lambda r, k: r.cauchy(k, (9,)), False),
    (lambda r, k: r.maxwell(k, (9,)), False),
    (lambda r, k: r.rayleigh(k, 2.0, (9,)), False),
    (lambda r, k: r.weibull_min(k, 2.0, 3.0, (9,)), False),
    (lambda r, k: r.triangular(k, -1.0, 0.5, 2.0, (9,)), False),
    (lambda r, k: r.truncated_normal(k, -1.0, 2.0, (50,)), False),
    (lambda r, k: r.truncated_normal(k, -0.5, P), False),
    (lambda r, k: r.multivariate_normal(k, P[:2], np.array([[2, 0.5], [0.5, 1]], np.float32), (4,)), False),
    (lambda r, k: r.permutation(k, 100), True),
    (lambda r, k: r.permutation(k, X34), True),
    (lambda r, k: r.permutation(k, X34, 1, independent=True), True),
    (lambda r, k: r.choice(k, 10, (6,)), True),
    (lambda r, k: r.choice(k, X34, (2, 2), axis=1), True),
    (lambda r, k: r.choice(k, 10, (6,), replace=False), True),
    (lambda r, k: r.choice(k, X34, (2,), replace=False, axis=1), True),
    (lambda r, k: r.choice(k, 4, (20,), p=P), True),
    (lambda r, k: r.choice(k, 4, (3,), replace=False, p=P), True),
    (lambda r, k: r.categorical(k, LOGITS), True),
    (lambda r, k: r.categorical(k, LOGITS, axis=0), True),
    (lambda r, k: r.categorical(k, LOGITS, shape=(5, 3)), True),
    (lambda r, k: r.categorical(k, LOGITS, shape=(2, 3), replace=False), True),
]


@pytest.mark.parametrize(("i", "partitionable"), [(i, False) for i in range(len(DRAWS))] + [(i, True) for i in range(0, 18, 2)])
def test_agrees_with_jax(i, partitionable):
    draw, exact = DRAWS[i]
    with jax.threefry_partitionable(partitionable):
        expected = np.asarray(draw(jax.random, jax.random.PRNGKey(42)))
    with pullback.config.scope(threefry_partitionable=partitionable):
        actual = np.asarray(draw(random, random.PRNGKey(42)))
    assert actual.dtype == expected.dtype and actual.shape == expected.shape
    if exact:
        np.testing.assert_array_equal(actual, expected)
    else:
        rtol = {2: 1e-2}.get(actual.dtype.itemsize, 3e-6)
        as_f64 = np.complex128 if actual.dtype.kind == "c" else np.float64
        np.testing.assert_allclose(actual.astype(as_f64), expected.astype(as_f64), rtol=rtol, atol=rtol)


@pytest.mark.parametrize("seed", [0, 7, -1, 2**31, 2**32 + 5, -(2**40)])
def test_seeds_with_64_bits(seed):
    with jax.enable_x64(True), jax.threefry_partitionable(False):
        expected = np.asarray(jax.random.PRNGKey(seed))
        normal = np.asarray(jax.random.normal(expected, (5,)))
        integers = np.asarray(jax.random.randint(expected, (5,), -(2**62), 2**63 - 1))
    with pullback.config.scope(enable_x64=True):
        key = random.key(seed)
        np.testing.assert_array_equal(key, expected)
        np.testing.assert_allclose(random.normal(key, (5,)), normal, rtol=1e-12)
        np.testing.assert_array_equal(random.randint(key, (5,), -(2**62), 2**63 - 1), integers)
        np.testing.assert_array_equal(pullback.vmap(random.key)(np.array([seed]))[0], expected)


def test_transformations():
    keys = random.split(KEY, 4)

    def f(key, scale):
        k1, k2 = random.split(key)
        return scale * random.normal(k1, (3,)), random.randint(k2, (2,), 0, 100), random.fold_in(key, 3), random.uniform(key)

    expected = [f(k, 2.0) for k in keys]
    for i, out in enumerate(pullback.vmap(f, in_axes=(0, None))(keys, 2.0)):
        np.testing.assert_array_equal(out, [e[i] for e in expected])
    for a, b in zip(pullback.jit(f)(keys[1], 2.0), expected[1]):
        np.testing.assert_allclose(a, b, rtol=1e-6)
    gradient = pullback.grad(lambda s: f(KEY, s)[0].sum())(2.0)
    np.testing.assert_allclose(gradient, f(KEY, 1.0)[0].sum(), rtol=1e-6)


def test_distributions_under_transformations():
    keys = random.split(KEY, 3)
    np.testing.assert_array_equal(pullback.vmap(lambda k: random.permutation(k, 7))(keys)[2], random.permutation(keys[2], 7))
    np.testing.assert_array_equal(
        pullback.vmap(lambda k: random.choice(k, 4, (3,), p=P))(keys)[2], random.choice(keys[2], 4, (3,), p=P)
    )
    a = pullback.grad(lambda m: random.multivariate_normal(KEY, m, np.eye(2, dtype=np.float32)).sum())(np.zeros(2, np.float32))
    np.testing.assert_array_equal(a, [1, 1])
    assert pullback.grad(lambda p: random.uniform(KEY, (), minval=0.0, maxval=p))(2.0) == random.uniform(KEY)


def test_randint_reaches_the_ends_of_a_dtype():
    x = random.randint(KEY, (2000,), -(2**31), 2**31)
    assert int(x.min()) < -(2**31) + 2**23 and int(x.max()) > 2**31 - 2**23
    assert set(random.randint(KEY, (2000,), 254, 256, np.uint8).tolist()) == {254, 255}


def test_moments():
    x = random.normal(KEY, (20000,))
    assert abs(float(x.mean())) < 0.03 and abs(float(x.std()) - 1) < 0.02
    u = random.uniform(KEY, (20000,))
    assert float(u.min()) >= 0 and float(u.max()) < 1
    assert sorted(random.permutation(KEY, 50).tolist()) == list(range(50))


def test_errors():
    with pytest.raises(TypeError, match="uint32 array of shape"):
        random.normal(0)
    with pytest.raises(ValueError, match="vmap"):
        random.normal(random.split(KEY))
    with pytest.raises(TypeError, match="integer scalar"):
        random.key(1.5)
    with pytest.raises(ValueError, match="float dtype"):
        random.uniform(KEY, (), np.int32)
    with pytest.raises(ValueError, match="population"):
        random.choice(KEY, 3, (4,), replace=False)
    with pytest.raises(ValueError, match="broadcast"):
        random.uniform(KEY, (2,), maxval=pnp.ones(3))
