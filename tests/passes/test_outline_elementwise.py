"""outline-elementwise: what becomes one map, what stays a call, and that compiled results are those of the evaluator."""

from __future__ import annotations

import re
from collections import Counter

import numpy as np
import pytest

import pullback
import pullback.numpy as pnp
from pullback.dialects.parser import parse
from pullback.dialects.verifier import VerifyError, verify

X = np.linspace(-3, 3, 12, dtype=np.float32).reshape(3, 4)
T = np.float32(0.7)


def written(f, *args) -> Counter:
    """How often the program of `f` calls maps and other functions; each map is written once."""
    text = pullback.jit(f).lower(*args).as_text()
    callees = re.findall(r'"func\.call".*callee = @([^ }>]*)', text)
    assert text.count('"stablehlo.map"') == len({c for c in callees if ".map." in c})
    return Counter("map" if ".map." in c else "call" for c in callees)


def chain(x):
    for _ in range(3):
        x = pnp.sin(x)
    return x


@pytest.mark.parametrize(
    ("f", "args", "maps", "calls"),
    [
        (chain, (X,), 3, 0),
        (lambda x: pnp.sin(x) * pnp.cos(x), (X,), 2, 0),  # one kernel
        (lambda x: (pnp.sin(x), pnp.cos(x)), (X,), 0, 2),  # two kernels that share work
        (lambda x: (pnp.sin(x), pnp.cos(x + 1)), (X,), 2, 0),  # two kernels that do not
        (lambda x: (pnp.sin(x).sum(), pnp.cos(x).sum()), (X,), 0, 2),
        (lambda x: x * pnp.tanh(x[0] + 1), (X,), 0, 1),  # computed again for each row
        (lambda x, t: x * pnp.tanh(t), (X, T), 1, 0),
        (lambda x: pullback.lax.igamma(abs(x) + 1, x * x), (X,), 0, 1),  # not elementwise all through
    ],
)
def test_maps_and_calls(f, args, maps, calls):
    found = written(f, *args)
    assert (found["map"], found["call"]) == (maps, calls)


def test_compiled_is_eager():
    def f(x, t):
        y = chain(x) + pnp.tanh(x.reshape(4, 3)).T.reshape(3, 4) * pnp.sin(t)
        return y, pnp.sin(t), pnp.cos(t), pnp.tanh(x[0]) * x, pnp.exp2(x.astype("float16")), x[:, :0] + pnp.sin(x[:, :0])

    for got, expected in zip(pullback.jit(f)(X, T), f(X, T), strict=True):
        assert got.dtype == expected.dtype
        tolerance = 2e-3 if got.dtype == np.float16 else 2e-6
        np.testing.assert_allclose(np.asarray(got), np.asarray(expected), rtol=tolerance, atol=tolerance)


def test_maps_in_the_body_of_a_loop():
    """A constant that the loop shares with the body of a map is written in both."""

    def f(x):
        return pullback.lax.fori_loop(0, 5, lambda i, x: pnp.tanh(x) + pnp.sin(x * 0.5) * 0.5, x)

    x = X
    for _ in range(5):
        x = np.tanh(x) + np.sin(x * np.float32(0.5)) * np.float32(0.5)
    np.testing.assert_allclose(np.asarray(pullback.jit(f)(X)), x, rtol=1e-5, atol=1e-6)
    assert written(f, X)["map"] == 2


@pytest.mark.parametrize(
    ("types", "message"),
    [
        ("(tensor<2xf32>, tensor<3xf32>) -> tensor<2xf32>", "one shape"),
        ("(tensor<2xf32>, tensor<2xf64>) -> tensor<2xf32>", "number 1 must be"),
        ("(tensor<2xf32>, tensor<2xf32>) -> tensor<2xf64>", "results of @f"),
    ],
)
def test_verifier(types, message):
    x, y = re.findall(r"tensor<\w+>", types)[:2]
    out = types.rpartition("> ")[2]
    text = f"""
func.func @main(%x: {x}, %y: {y}) -> {out} {{
  %0 = "pbfn.map"(%x, %y) {{callee = @f}} : {types}
  return %0 : {out}
}}
func.func private @f(%x: tensor<f32>, %y: tensor<f32>) -> tensor<f32> {{
  %0 = "pb.add"(%x, %y) : (tensor<f32>, tensor<f32>) -> tensor<f32>
  return %0 : tensor<f32>
}}"""
    with pytest.raises(VerifyError, match=message):
        verify(parse(text))
