"""Variational inference with reparameterised samples: a Gaussian approximation of the posterior of a linear regression.

    python examples/variational_inference.py

The exact posterior is known here, so that the approximation can be judged.

Reference: Kingma and Welling, Auto-Encoding Variational Bayes (ICLR 2014), section 2.4; Bishop, Pattern Recognition and Machine
Learning (2006), section 3.3.
"""

import adam
import numpy as np

import pullback.numpy as pnp
from pullback import jit, random, value_and_grad, vmap

NOISE = 0.5  # standard deviation of the observations
PRIOR = 2.0  # standard deviation of each weight, before any observation


def log_normal(x, mean, std):
    return -0.5 * ((x - mean) / std) ** 2 - pnp.log(std) - 0.5 * pnp.log(2 * pnp.pi)


def log_joint(w, features, targets):
    """log p(w) + log p(targets | w)."""
    return pnp.sum(log_normal(w, 0.0, PRIOR)) + pnp.sum(log_normal(targets, features @ w, NOISE))


def scale(params):
    """Lower-triangular factor of the covariance of the approximation, with a positive diagonal."""
    return pnp.tril(params["tril"], -1) + pnp.diag(pnp.exp(params["log_diag"]))


def elbo(params, key, features, targets, samples=16):
    """Evidence lower bound, estimated with samples w = mean + L eps, so that the estimate is differentiable in mean and L."""
    d = params["mean"].shape[0]
    L = scale(params)
    eps = random.normal(key, (samples, d))
    w = params["mean"] + eps @ L.T
    entropy = 0.5 * d * pnp.log(2 * pnp.pi * pnp.e) + pnp.sum(params["log_diag"])
    return pnp.mean(vmap(lambda w: log_joint(w, features, targets))(w)) + entropy


@jit
def step(params, state, key, rate, features, targets):
    value, grads = value_and_grad(lambda p: -elbo(p, key, features, targets))(params)
    return -value, *adam.update(grads, state, params, rate)


def exact_posterior(features, targets):
    """Mean and covariance of p(w | targets), in float64."""
    X, y = np.asarray(features, np.float64), np.asarray(targets, np.float64)
    covariance = np.linalg.inv(X.T @ X / NOISE**2 + np.eye(X.shape[1]) / PRIOR**2)
    return covariance @ X.T @ y / NOISE**2, covariance


def data(n=30):
    """Features 1, x, x^2 of points, and noisy values of a parabola."""
    rng = np.random.default_rng(0)
    x = rng.uniform(-1, 1, n)
    features = np.stack([np.ones(n), x, x**2], axis=1)
    return features.astype(np.float32), (features @ [0.5, -1.0, 2.0] + NOISE * rng.normal(size=n)).astype(np.float32)


def main(steps=1500):
    features, targets = data()
    d = features.shape[1]
    params = {"mean": pnp.zeros(d), "tril": pnp.zeros((d, d)), "log_diag": pnp.zeros(d)}
    state = adam.init(params)
    for t, key in enumerate(random.split(random.PRNGKey(0), steps + 1)):
        rate = np.float32(0.05 * 0.01 ** (t / steps))
        value, params, state = step(params, state, key, rate, features, targets)
        if t % 500 == 0:
            print(f"step {t:4d}: evidence lower bound {float(value):8.2f}")
    L = np.asarray(scale(params), np.float64)
    mean, covariance = exact_posterior(features, targets)
    print("mean:     ", np.round(np.asarray(params["mean"]), 3), " exact:", np.round(mean, 3))
    print("deviation:", np.round(np.sqrt(np.diag(L @ L.T)), 3), " exact:", np.round(np.sqrt(np.diag(covariance)), 3))
    return {"mean": np.asarray(params["mean"]), "covariance": L @ L.T, "exact": (mean, covariance)}


if __name__ == "__main__":
    main()
