"""Gaussian-process regression: kernel parameters by maximum marginal likelihood, its gradient through the Cholesky factorization.

    python examples/gaussian_process.py

Reference: Rasmussen and Williams, Gaussian Processes for Machine Learning (2006), chapters 2 and 5.
"""

import adam
import numpy as np

import pullback.numpy as pnp
from pullback import jit, lax, value_and_grad, vmap


def kernel(params, x1, x2):
    """Squared-exponential covariance of two points."""
    return pnp.exp(2 * params["log_amplitude"] - 0.5 * pnp.sum((x1 - x2) ** 2) * pnp.exp(-2 * params["log_length"]))


def covariance(params, xs, ys):
    return vmap(lambda x: vmap(lambda y: kernel(params, x, y))(ys))(xs)


def factorize(params, xs, ys):
    """Lower Cholesky factor of the covariance of noisy observations, and its inverse applied to them twice."""
    noise = pnp.exp(2 * params["log_noise"]) + 1e-5
    L = pnp.linalg.cholesky(covariance(params, xs, xs) + noise * pnp.eye(len(xs)))
    half = lax.linalg.triangular_solve(L, ys[:, None], left_side=True, lower=True)
    alpha = lax.linalg.triangular_solve(L, half, left_side=True, lower=True, transpose_a=True)
    return L, alpha[:, 0]


def negative_log_likelihood(params, xs, ys):
    """-log p(ys | xs), with the function values integrated out."""
    L, alpha = factorize(params, xs, ys)
    return 0.5 * ys @ alpha + pnp.sum(pnp.log(pnp.diag(L))) + 0.5 * len(xs) * pnp.log(2 * pnp.pi)


@jit
def predict(params, xs, ys, new):
    """Mean and standard deviation of the function at new points."""
    L, alpha = factorize(params, xs, ys)
    cross = covariance(params, new, xs)
    explained = lax.linalg.triangular_solve(L, cross.T, left_side=True, lower=True)
    variance = pnp.exp(2 * params["log_amplitude"]) - pnp.sum(explained**2, axis=0)
    return cross @ alpha, pnp.sqrt(pnp.maximum(variance, 0.0))


def fit(xs, ys, steps=200, rate=0.05):
    """Kernel parameters by Adam."""
    params = {"log_amplitude": pnp.zeros(()), "log_length": pnp.zeros(()), "log_noise": pnp.array(-1.0)}
    state = adam.init(params)

    @jit
    def step(params, state):
        value, grads = value_and_grad(negative_log_likelihood)(params, xs, ys)
        return value, *adam.update(grads, state, params, rate)

    for t in range(steps + 1):
        value, params, state = step(params, state)
        if t % 50 == 0:
            print(f"step {t:3d}: negative log likelihood {float(value):8.3f}")
    return params, float(value)


def data(n=40):
    """Noisy values of a sine (noise 0.1), and the points where they were taken."""
    rng = np.random.default_rng(0)
    xs = np.sort(rng.uniform(-4, 4, (n, 1)), axis=0).astype(np.float32)
    return xs, (np.sin(1.5 * xs[:, 0]) + 0.1 * rng.normal(size=n)).astype(np.float32)


def main():
    xs, ys = data()
    params, value = fit(xs, ys)
    new = np.linspace(-3.5, 3.5, 29, dtype=np.float32)[:, None]
    mean, std = predict(params, xs, ys, new)
    error = np.sqrt(np.mean((np.asarray(mean) - np.sin(1.5 * new[:, 0])) ** 2))
    noise = float(pnp.exp(params["log_noise"]))
    print(f"noise found: {noise:.3f} (true 0.1), length scale {float(pnp.exp(params['log_length'])):.2f}")
    print(f"root-mean-square error {error:.3f}, mean predicted deviation {float(std.mean()):.3f}")
    return {"value": value, "noise": noise, "error": float(error), "params": params}


if __name__ == "__main__":
    main()
