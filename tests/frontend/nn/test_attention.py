"""Attention against JAX's: masks, biases, lengths, windows, grouped heads; gradients; compiled."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import ml_dtypes
import numpy as np
import pytest

import pullback as pb
import pullback.numpy as pnp
from pullback import nn

RNG = np.random.default_rng(0)


def normal(*shape):
    return RNG.normal(size=shape).astype(np.float32)


Q, K, V = normal(2, 5, 4, 8), normal(2, 6, 2, 8), normal(2, 6, 2, 8)
MASK = RNG.random((2, 1, 5, 6)) > 0.3
MASK[0, 0, 0] = False  # a query that sees nothing
LENGTHS = np.array([3, 5], np.int32)

CASES = {
    "plain": {},
    "mask": {"mask": MASK},
    "bias": {"bias": normal(1, 4, 5, 6)},
    "causal": {"is_causal": True},
    "scale": {"scale": 0.3},
    "window": {"local_window_size": 1},
    "two-sided window": {"local_window_size": (2, 1)},
    "query lengths": {"query_seq_lengths": LENGTHS},
    "key lengths": {"key_value_seq_lengths": LENGTHS},
    "all": {
        **{"mask": MASK, "bias": normal(2, 1, 1, 6), "is_causal": True, "query_seq_lengths": LENGTHS},
        **{"key_value_seq_lengths": LENGTHS, "local_window_size": (3, 2), "scale": 0.5},
    },
}


@pytest.mark.parametrize("case", CASES)
def test_agrees_with_jax(case):
    options = CASES[case]
    theirs = {k: jnp.asarray(v) if isinstance(v, np.ndarray) else v for k, v in options.items()}

    def g(q, k, v):
        out = jax.nn.dot_product_attention(q, k, v, **theirs)
        return (out * jnp.cos(out)).sum(), out

    def f(q, k, v):
        out = nn.dot_product_attention(q, k, v, **options)
        return (out * pnp.cos(out)).sum(), out

    gradients, out = pb.grad(f, (0, 1, 2), has_aux=True)(Q, K, V)
    expected_gradients, expected = jax.jit(jax.grad(g, (0, 1, 2), has_aux=True))(Q, K, V)
    np.testing.assert_allclose(out, expected, rtol=1e-5, atol=1e-6)
    for ours, wanted in zip(gradients, expected_gradients):
        np.testing.assert_allclose(ours, wanted, rtol=2e-5, atol=5e-6)


def test_residual_and_missing_batch():
    out, residual = nn.dot_product_attention(Q, K, V, return_residual=True)
    expected, expected_residual = jax.nn.dot_product_attention(Q, K, V, return_residual=True)
    np.testing.assert_allclose(out, expected, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(residual, expected_residual, rtol=1e-5)
    single, row = nn.dot_product_attention(Q[0], K[0], V[0], return_residual=True)
    np.testing.assert_allclose(single, out[0], rtol=1e-6)
    np.testing.assert_allclose(row, residual[0], rtol=1e-6)


def test_transformations():
    def f(q, k, v):
        return nn.dot_product_attention(q, k, v, is_causal=True, key_value_seq_lengths=pnp.array([3, 6]))

    def g(q):
        return f(q, K, V).sum()

    compiled, gradient = pb.jit(lambda q: (f(q, K, V), pb.grad(g)(q)))(Q)
    np.testing.assert_allclose(compiled, f(Q, K, V), rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(gradient, pb.grad(g)(Q), rtol=1e-4, atol=1e-5)
    batched = pb.vmap(lambda q, k, v: nn.dot_product_attention(q, k, v, scale=0.5))(Q, K, V)
    np.testing.assert_allclose(batched, nn.dot_product_attention(Q, K, V, scale=0.5), rtol=1e-5, atol=1e-6)


def test_half_precision():
    ours = nn.dot_product_attention(*(pnp.array(x, ml_dtypes.bfloat16) for x in (Q, K, V)))
    assert ours.dtype == ml_dtypes.bfloat16
    exact = np.asarray(nn.dot_product_attention(Q, K, V))
    np.testing.assert_allclose(np.asarray(ours, np.float32), exact, rtol=3e-2, atol=3e-2)


def test_errors():
    with pytest.raises(ValueError, match=r"needs a query \[B, T, N, H\]"):
        nn.dot_product_attention(Q, K[..., :4], V)
    with pytest.raises(ValueError, match="multiple of the key heads"):
        nn.dot_product_attention(Q[:, :, :3], K, V)
    with pytest.raises(ValueError, match="the mask must broadcast"):
        nn.dot_product_attention(Q, K, V, mask=MASK[:, :, :3])
    with pytest.raises(ValueError, match="the mask must be boolean"):
        nn.dot_product_attention(Q, K, V, mask=MASK.astype(np.int32))
    with pytest.raises(ValueError, match="query_seq_lengths must be an integer array"):
        nn.dot_product_attention(Q, K, V, query_seq_lengths=np.ones(2, np.float32))
    with pytest.raises(ValueError, match="local_window_size"):
        nn.dot_product_attention(Q, K, V, local_window_size=-1)
    with pytest.raises(NotImplementedError, match="cudnn"):
        nn.dot_product_attention(Q, K, V, implementation="cudnn")
    with pytest.raises(ValueError, match="one dtype"):
        nn.dot_product_attention(Q, K.astype(np.float16), V)
