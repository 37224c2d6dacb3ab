"""Activation functions: values and derivatives against JAX's, dtypes, kinks; one compiled function for all of them."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import pullback as pb
import pullback.numpy as pnp
from pullback import nn

X = np.array([-7, -3.5, -3, -2, -1, -0.5, 0, 0.3, 1, 2, 3, 6, 8], np.float32)

NAMES = (
    *("celu", "elu", "gelu", "glu", "hard_sigmoid", "hard_silu", "hard_swish", "hard_tanh", "identity", "leaky_relu", "log1mexp"),
    *("log_sigmoid", "mish", "relu", "relu6", "selu", "sigmoid", "silu", "soft_sign", "softplus", "sparse_plus", "sparse_sigmoid"),
    *("squareplus", "swish", "tanh"),
)

CALLS = [
    *((name, {}) for name in NAMES),
    ("gelu", {"approximate": False}),
    ("celu", {"alpha": 0.5}),
    ("elu", {"alpha": 2.0}),
    ("leaky_relu", {"negative_slope": 0.3}),
    ("squareplus", {"b": 1.0}),
]


def points(name):
    if name == "log1mexp":
        return np.array([1e-6, 0.1, 0.69, 0.7, 1, 20], np.float32)
    return X[:12] if name == "glu" else X


@pytest.mark.parametrize(("name", "options"), CALLS, ids=[f"{n}-{'-'.join(o)}" for n, o in CALLS])
def test_values_and_derivatives(name, options):
    x = points(name)
    f, g = getattr(nn, name), getattr(jax.nn, name)
    np.testing.assert_allclose(f(x, **options), g(x, **options), rtol=5e-6, atol=1e-6)
    ours = pb.grad(lambda v: f(v, **options).sum())(x)
    theirs = jax.grad(lambda v: g(v, **options).sum())(x)
    np.testing.assert_allclose(ours, theirs, rtol=2e-5, atol=2e-6)


def test_compiled_and_batched():
    x = points("glu")
    positive = np.abs(x) + 0.1

    def all_of(v, p):
        return [getattr(nn, name)(p if name == "log1mexp" else v) for name in NAMES]

    for name, compiled, eager in zip(NAMES, pb.jit(all_of)(x, positive), all_of(x, positive)):
        np.testing.assert_allclose(compiled, eager, rtol=1e-5, atol=1e-6, err_msg=name)
    rows = np.stack([x, 2 * x])
    for name in ("relu", "gelu", "softplus", "glu", "log1mexp"):
        data = np.abs(rows) + 0.1 if name == "log1mexp" else rows
        np.testing.assert_allclose(pb.vmap(getattr(nn, name))(data), [getattr(nn, name)(r) for r in data], rtol=1e-6)


def test_kinks():
    """JAX's derivatives where there is none."""
    assert [float(pb.grad(nn.relu)(v)) for v in (-1.0, 0.0, 1.0)] == [0, 0, 1]
    assert [float(pb.grad(nn.relu6)(v)) for v in (0.0, 1.0, 6.0)] == [0, 1, 0]
    assert float(pb.grad(nn.elu)(0.0)) == 1 and float(pb.grad(nn.celu)(0.0)) == 1
    assert float(pb.grad(pb.grad(nn.softplus))(0.0)) == pytest.approx(0.25)
    assert float(pb.grad(pb.grad(nn.log1mexp))(1.0)) == pytest.approx(float(jax.grad(jax.grad(jax.nn.log1mexp))(1.0)), rel=1e-5)
    assert np.isnan(float(nn.relu(np.nan)))


def test_no_overflow():
    big = pnp.array([-1000.0, 1000.0])
    for name in ("softplus", "log_sigmoid", "elu", "selu", "celu", "mish", "silu", "squareplus", "gelu"):
        f = getattr(nn, name)
        np.testing.assert_allclose(f(big), getattr(jax.nn, name)(np.asarray(big)), rtol=1e-6, err_msg=name)
        assert np.isfinite(pb.grad(lambda v, f=f: f(v).sum())(big)).all(), name


@pytest.mark.parametrize("name", [n for n in NAMES if n != "glu"])
def test_dtypes(name):
    f, g = getattr(nn, name), getattr(jax.nn, name)
    for x in (2.0, np.array([1.5, 2], np.float16), np.array([1, 2], np.int32)):
        if name in ("sigmoid", "silu", "swish") and getattr(x, "dtype", None) == np.int32:
            assert f(x).dtype == np.float32  # JAX refuses
            continue
        if name == "gelu" and isinstance(x, float):
            continue
        ours, theirs = f(x), g(x if isinstance(x, float) else jnp.asarray(x))
        assert (ours.dtype, ours.weak_type) == (theirs.dtype, theirs.weak_type), (name, x)


def test_unsigned_and_boolean_arguments():
    for f in (nn.relu, nn.hard_tanh):
        assert f(True).dtype == np.int32 and f(pnp.array([False, True])).tolist() == [0, 1]
    assert nn.hard_tanh(pnp.array([0, 1, 200], np.uint8)).tolist() == [0, 1, 1]
    assert nn.hard_tanh(pnp.array([-5, 0, 5])).tolist() == [-1, 0, 1]


def test_errors():
    with pytest.raises(ValueError, match="must be even"):
        nn.glu(pnp.ones(3))
    with pytest.raises(TypeError, match=r"relu requires ndarray or scalar arguments, got <class 'str'>"):
        nn.relu("x")
