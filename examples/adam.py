"""The Adam optimizer on pytrees, for the other examples.

Reference: Kingma and Ba, Adam: A Method for Stochastic Optimization (ICLR 2015), algorithm 1.
"""

import pullback
import pullback.numpy as pnp


def init(params):
    """The state before the first step: its number, and the moments of the gradient."""
    zeros = pullback.tree.map(pnp.zeros_like, params)
    return pnp.zeros(()), zeros, zeros


def update(grads, state, params, rate, decay=0.9, decay2=0.999, eps=1e-8):
    """One step: new parameters and new state."""
    t, mean, square = state
    t = t + 1
    mean = pullback.tree.map(lambda m, g: decay * m + (1 - decay) * g, mean, grads)
    square = pullback.tree.map(lambda v, g: decay2 * v + (1 - decay2) * g**2, square, grads)

    def step(p, m, v):
        return p - rate * (m / (1 - decay**t)) / (pnp.sqrt(v / (1 - decay2**t)) + eps)

    return pullback.tree.map(step, params, mean, square), (t, mean, square)
