"""Runs each example, and checks that what it finds is right."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import pullback

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


@pytest.fixture(autouse=True)
def path(monkeypatch: pytest.MonkeyPatch) -> None:
    """Examples import each other by name, as `python examples/...` lets them."""
    monkeypatch.syspath_prepend(str(EXAMPLES))


def example(name: str) -> Any:
    sys.modules.pop(name, None)
    return importlib.import_module(name)


def test_gaussian_process() -> None:
    module = example("gaussian_process")
    found = module.main()
    assert found["value"] < -8.5
    assert 0.08 < found["noise"] < 0.14
    assert found["error"] < 0.1
    # the gradient in closed form: d/dtheta = tr((K^-1 - alpha alpha^T) dK/dtheta) / 2
    xs, ys = module.data()
    params = {k: float(v) for k, v in found["params"].items()}
    params["log_length"] += 0.3
    square = (xs - xs.T).astype(np.float64) ** 2
    signal = np.exp(2 * params["log_amplitude"] - 0.5 * square * np.exp(-2 * params["log_length"]))
    noise = np.exp(2 * params["log_noise"]) * np.eye(len(xs))
    inverse = np.linalg.inv(signal + noise + 1e-5 * np.eye(len(xs)))
    alpha = inverse @ ys
    weight = 0.5 * (inverse - np.outer(alpha, alpha))
    want = {
        "log_amplitude": np.sum(weight * 2 * signal),
        "log_length": np.sum(weight * signal * square * np.exp(-2 * params["log_length"])),
        "log_noise": np.sum(weight * 2 * noise),
    }
    got = pullback.grad(module.negative_log_likelihood)(params, xs, ys)
    for name in want:
        np.testing.assert_allclose(got[name], want[name], rtol=2e-3, atol=2e-2, err_msg=name)


def test_per_example_gradients() -> None:
    module = example("per_example_gradients")
    found = module.main()
    assert found["accuracy"] > 0.85
    digits = np.load(EXAMPLES / "data" / "digits.npz")
    params = module.init(pullback.random.PRNGKey(0), (64, 32, 10))
    for i in range(3):
        x = (digits["images"][i] / 16 - 0.5).astype(np.float32)
        one = pullback.grad(module.loss)(params, x, digits["labels"].astype(np.int32)[i])
        for got, want in zip(pullback.tree.leaves(found["per_example"]), pullback.tree.leaves(one)):
            np.testing.assert_allclose(got[i], want, rtol=1e-4, atol=1e-5)
        assert float(module.norm(module.clipped(one, 1.0))) <= 1.0001


def test_maml() -> None:
    found = example("maml").main()
    before, learned = found["before"], found["learned"]
    assert learned[1] < 0.35 * min(before) and learned[2] < learned[1] < 0.5 * learned[0]


def test_lstm_text() -> None:
    found = example("lstm_text").main()
    assert found["losses"][0] > 3.5 and np.mean(found["losses"][-10:]) < 1.7
    assert len(found["text"]) == 300


def test_variational_inference() -> None:
    found = example("variational_inference").main()
    mean, covariance = found["exact"]
    np.testing.assert_allclose(found["mean"], mean, atol=0.02)
    np.testing.assert_allclose(np.sqrt(np.diag(found["covariance"])), np.sqrt(np.diag(covariance)), rtol=0.2)


def test_neural_ode() -> None:
    found = example("neural_ode").main()
    assert found["difference"] < 1e-3
    assert found["losses"][0] > 0.2 and found["losses"][-1] < 2e-3


def test_implicit_differentiation() -> None:
    found = example("implicit_differentiation").main()
    assert found["errors"]["implicit"] < 2e-5
    assert found["errors"]["through the loop"] < 2e-5
    assert abs(found["mean"] - 0.5) < 1e-3


def test_cnn_digits() -> None:
    assert example("cnn_digits").main()["accuracy"] > 0.97


def test_logistic_regression(capsys: pytest.CaptureFixture[str]) -> None:
    example("logistic_regression").main()
    assert "loss = 3.05193" in capsys.readouterr().out
