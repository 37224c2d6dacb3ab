"""A neural ordinary differential equation, trained with the adjoint method; both directions are a scan of Runge-Kutta steps.

    python examples/neural_ode.py

The adjoint keeps no intermediate states: it integrates the state backwards together with its sensitivity. Its gradients are
compared with those of ordinary reverse mode through the scan.

Reference: Chen, Rubanova, Bettencourt and Duvenaud, Neural Ordinary Differential Equations (NeurIPS 2018), algorithm 1.
"""

from functools import partial

import adam
import numpy as np

import pullback
import pullback.numpy as pnp
from pullback import custom_vjp, jit, lax, random, value_and_grad, vjp


def add(x, y, factor=1.0):
    """x + factor * y, for pytrees."""
    return pullback.tree.map(lambda a, b: a + factor * b, x, y)


def integrate(f, y, t0, t1, steps):
    """y(t1) for dy/dt = f(t, y), y(t0) = y, by the classical Runge-Kutta method with a fixed step."""
    h = (t1 - t0) / steps

    def step(y, i):
        t = t0 + i * h
        k1 = f(t, y)
        k2 = f(t + h / 2, add(y, k1, h / 2))
        k3 = f(t + h / 2, add(y, k2, h / 2))
        k4 = f(t + h, add(y, k3, h))
        total = add(add(k1, k4), add(k2, k3), 2.0)
        return add(y, total, h / 6), None

    return lax.scan(step, y, pnp.arange(steps))[0]


@partial(custom_vjp, nondiff_argnums=(0, 5))
def odeint(f, params, y, t0, t1, steps):
    """y(t1) for dy/dt = f(params, t, y); its derivative is the adjoint method."""
    return integrate(lambda t, y: f(params, t, y), y, t0, t1, steps)


def odeint_fwd(f, params, y, t0, t1, steps):
    y1 = odeint(f, params, y, t0, t1, steps)
    return y1, (params, y1, t0, t1)


def odeint_bwd(f, steps, residuals, g):
    params, y1, t0, t1 = residuals

    def augmented(t, state):
        """Time derivatives of the state, of its sensitivity, and of the gradient of the parameters."""
        y, a, _ = state
        dy, f_vjp = vjp(lambda p, y: f(p, t, y), params, y)
        dparams, da = f_vjp(a)
        return dy, -da, pullback.tree.map(pnp.negative, dparams)

    zeros = pullback.tree.map(pnp.zeros_like, params)
    _, a, dparams = integrate(augmented, (y1, g, zeros), t1, t0, steps)
    # the times are not differentiated here
    return dparams, a, pnp.zeros_like(t0), pnp.zeros_like(t1)


odeint.defvjp(odeint_fwd, odeint_bwd)


def dynamics(params, t, y):
    """The right-hand side: a small network of the cubes of the state."""
    return pnp.tanh(y**3 @ params["W1"] + params["b1"]) @ params["W2"] + params["b2"]


def init(key, width=32):
    k1, k2 = random.split(key)
    return {
        "W1": random.normal(k1, (2, width)) * 0.5,
        "b1": pnp.zeros(width),
        "W2": random.normal(k2, (width, 2)) * width**-0.5,
        "b2": pnp.zeros(2),
    }


def spiral(times):
    """The true trajectory: dy/dt = A y^3 from (2, 0), integrated finely in float64."""
    A = np.array([[-0.1, 2.0], [-2.0, -0.1]])
    y, t, out = np.array([2.0, 0.0]), 0.0, []
    for until in times:
        while t < until - 1e-9:
            h = min(1e-3, until - t)
            k1 = y**3 @ A
            k2 = (y + h / 2 * k1) ** 3 @ A
            y, t = y + h * k2, t + h
        out.append(y)
    return np.array(out, np.float32)


SPAN = 0.25  # time between observations


def loss(params, starts, ends, solve=odeint):
    """How far states are from the observed ones after one span."""
    predicted = solve(dynamics, params, starts, pnp.float32(0.0), pnp.float32(SPAN), 5)
    return pnp.mean((predicted - ends) ** 2)


def plain(f, params, y, t0, t1, steps):
    """`odeint` without the adjoint rule: reverse mode through the scan."""
    return odeint.fun(f, params, y, t0, t1, steps)


def main(steps=400):
    states = spiral(SPAN * np.arange(33))
    starts, ends = states[:-1], states[1:]
    params = init(random.PRNGKey(0))

    adjoint = jit(pullback.grad(loss))(params, starts, ends)
    through = jit(pullback.grad(partial(loss, solve=plain)))(params, starts, ends)
    pairs = zip(pullback.tree.leaves(adjoint), pullback.tree.leaves(through))
    difference = max(float(pnp.abs(a - b).max() / pnp.abs(b).max()) for a, b in pairs)
    print(f"adjoint and ordinary gradients differ by {difference:.1e}")

    @jit
    def step(params, state, rate):
        value, grads = value_and_grad(loss)(params, starts, ends)
        return value, *adam.update(grads, state, params, rate)

    state, losses = adam.init(params), []
    for t in range(steps + 1):
        value, params, state = step(params, state, np.float32(0.03 * 0.1 ** (t / steps)))
        losses.append(float(value))
        if t % 100 == 0:
            print(f"step {t:4d}: loss {losses[-1]:.5f}")
    return {"losses": losses, "difference": difference}


if __name__ == "__main__":
    main()
