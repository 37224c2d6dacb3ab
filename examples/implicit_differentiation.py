"""Implicit differentiation of a fixed point: the gradient of the solution of z = tanh(W z + x), not through the solver.

    python examples/implicit_differentiation.py

At the solution, dz = (I - df/dz)^-1 df: the cotangent of the solution is itself the solution of a linear fixed-point equation.
The gradient is compared with reverse mode through the iterations of a bounded `while_loop`, and with the exact linear solve.

Reference: Bai, Kolter and Koltun, Deep Equilibrium Models (NeurIPS 2019), theorem 1; Krantz and Parks, The Implicit Function
Theorem (2003).
"""

from functools import partial

import numpy as np

import pullback
import pullback.numpy as pnp
from pullback import custom_vjp, grad, jit, lax, random, vjp

TOLERANCE = 1e-6


def iterate(f, z, max_steps=None):
    """Applies `f` until nothing changes; at most `max_steps` times, if given, which makes the loop reverse-differentiable."""

    def unfinished(carry):
        old, new = carry
        return pnp.max(pnp.abs(new - old)) > TOLERANCE

    return lax.while_loop(unfinished, lambda carry: (carry[1], f(carry[1])), (z, f(z)), max_steps=max_steps)[1]


@partial(custom_vjp, nondiff_argnums=(0,))
def fixed_point(f, params, z):
    """The z with z = f(params, z), found from a first guess."""
    return iterate(lambda z: f(params, z), z)


def fixed_point_fwd(f, params, z):
    z = fixed_point(f, params, z)
    return z, (params, z)


def fixed_point_bwd(f, residuals, g):
    params, z = residuals
    _, f_vjp = vjp(f, params, z)
    u = iterate(lambda u: g + f_vjp(u)[1], g)  # u = g + (df/dz)^T u
    return f_vjp(u)[0], pnp.zeros_like(z)


fixed_point.defvjp(fixed_point_fwd, fixed_point_bwd)


def layer(params, z):
    W, x = params
    return pnp.tanh(W @ z + x)


def loss(params, solve):
    return pnp.sum(solve(params) ** 2)


def main(n=30):
    k1, k2 = random.split(random.PRNGKey(0))
    params = (0.5 * n**-0.5 * random.normal(k1, (n, n)), random.normal(k2, (n,)))
    zeros = pnp.zeros(n)

    solvers = {
        "implicit": lambda p: fixed_point(layer, p, zeros),
        "through the loop": lambda p: iterate(lambda z: layer(p, z), zeros, max_steps=100),
    }
    gradients = {name: jit(grad(partial(loss, solve=solve)))(params) for name, solve in solvers.items()}

    # The exact gradient, in float64: with D = diag(1 - z^2), dz = (I - D W)^-1 D (dW z + dx).
    z = np.asarray(solvers["implicit"](params), np.float64)
    W = np.asarray(params[0], np.float64)
    D = np.diag(1 - z**2)
    dx = D @ np.linalg.solve((np.eye(n) - D @ W).T, 2 * z)
    exact = (np.outer(dx, z), dx)
    errors = {}
    for name, gradient in gradients.items():
        errors[name] = max(float(np.abs(np.asarray(a) - b).max() / np.abs(b).max()) for a, b in zip(gradient, exact))
        print(f"{name:17s} relative error of the gradient {errors[name]:.1e}")

    # The solution is differentiable like any function: train x so that the mean of z is 0.5.
    step = jit(pullback.value_and_grad(lambda x: (pnp.mean(fixed_point(layer, (params[0], x), zeros)) - 0.5) ** 2))
    x = params[1]
    for _ in range(100):
        value, gradient = step(x)
        x = x - 20.0 * gradient
    print(f"mean of z after training: {float(pnp.mean(fixed_point(layer, (params[0], x), zeros))):.4f}")
    return {"errors": errors, "mean": float(pnp.mean(fixed_point(layer, (params[0], x), zeros))), "value": float(value)}


if __name__ == "__main__":
    main()
