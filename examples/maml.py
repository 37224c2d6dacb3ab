"""Model-agnostic meta-learning on sinusoids: a gradient of a gradient step, for a batch of tasks at once.

    python examples/maml.py

Reference: Finn, Abbeel and Levine, Model-Agnostic Meta-Learning for Fast Adaptation of Deep Networks (ICML 2017), section 5.1.
"""

import adam
import numpy as np

import pullback
import pullback.numpy as pnp
from pullback import grad, jit, random, value_and_grad, vmap

INNER_RATE = 0.02
SHOTS = 10


def init(key, width=40):
    k1, k2, k3 = random.split(key, 3)
    return [
        (random.normal(k1, (1, width)), pnp.zeros(width)),
        (random.normal(k2, (width, width)) / width**0.5, pnp.zeros(width)),
        (random.normal(k3, (width, 1)) / width**0.5, pnp.zeros(1)),
    ]


def predict(params, x):
    for W, b in params[:-1]:
        x = pnp.tanh(x @ W + b)
    W, b = params[-1]
    return x @ W + b


def loss(params, x, y):
    return pnp.mean((predict(params, x) - y) ** 2)


def adapt(params, x, y, steps=1):
    """The parameters after gradient steps on one task."""
    for _ in range(steps):
        params = pullback.tree.map(lambda p, g: p - INNER_RATE * g, params, grad(loss)(params, x, y))
    return params


def meta_loss(params, tasks):
    """Mean loss on new points of each task, after one gradient step on its first points."""
    x, y, new_x, new_y = tasks
    return pnp.mean(vmap(lambda x, y, u, v: loss(adapt(params, x, y), u, v))(x, y, new_x, new_y))


@jit
def meta_step(params, state, tasks):
    value, grads = value_and_grad(meta_loss)(params, tasks)
    return value, *adam.update(grads, state, params, 3e-3)


def draw_tasks(rng, n):
    """Sinusoids of random amplitude and phase: points to adapt to, and new points."""
    amplitude, phase = rng.uniform(0.1, 5, (n, 1, 1)), rng.uniform(0, np.pi, (n, 1, 1))
    x = rng.uniform(-5, 5, (n, 2 * SHOTS, 1))
    y = amplitude * np.sin(x - phase)
    return tuple(a.astype(np.float32) for a in (x[:, :SHOTS], y[:, :SHOTS], x[:, SHOTS:], y[:, SHOTS:]))


def main(steps=600):
    rng = np.random.default_rng(0)
    params = init(random.PRNGKey(0))
    state = adam.init(params)
    tests = draw_tasks(np.random.default_rng(1), 100)

    @jit
    def after(params, tasks):
        """Mean loss on new points after 0, 1 and 5 gradient steps."""
        return [pnp.mean(vmap(lambda x, y, u, v, k=k: loss(adapt(params, x, y, k), u, v))(*tasks)) for k in (0, 1, 5)]

    before = [float(v) for v in after(params, tests)]
    for t in range(1, steps + 1):
        value, params, state = meta_step(params, state, draw_tasks(rng, 25))
        if t % 100 == 0:
            print(f"step {t:4d}: meta loss {float(value):.3f}")
    learned = [float(v) for v in after(params, tests)]
    print("loss after 0, 1, 5 gradient steps, at first:     ", np.round(before, 2))
    print("loss after 0, 1, 5 gradient steps, meta-learned: ", np.round(learned, 2))
    return {"before": before, "learned": learned}


if __name__ == "__main__":
    main()
