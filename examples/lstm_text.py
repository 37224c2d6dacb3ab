"""A character-level LSTM on four sonnets, by scan; then it writes some text of its own.

    python examples/lstm_text.py

Reference: Hochreiter and Schmidhuber, Long Short-Term Memory (Neural Computation, 1997); Graves, Generating Sequences With
Recurrent Neural Networks (2013).
"""

from pathlib import Path

import adam
import numpy as np

import pullback.numpy as pnp
from pullback import jit, lax, random, value_and_grad, vmap
from pullback.nn import sigmoid

TEXT = (Path(__file__).parent / "data" / "sonnets.txt").read_text()
ALPHABET = sorted(set(TEXT))
CODES = np.array([ALPHABET.index(c) for c in TEXT], np.int32)


def init(key, width, letters):
    k1, k2 = random.split(key)
    scale = (letters + width) ** -0.5
    gates = {"W": scale * random.normal(k1, (letters + width, 4 * width)), "b": pnp.zeros(4 * width)}
    return {"gates": gates, "out": {"W": width**-0.5 * random.normal(k2, (width, letters)), "b": pnp.zeros(letters)}}


def cell(params, state, x):
    """One step of the LSTM: new state, and scores for the next letter."""
    h, c = state
    z = pnp.concatenate([x, h]) @ params["gates"]["W"] + params["gates"]["b"]
    i, f, o, g = pnp.split(z, 4)
    c = sigmoid(f + 1.0) * c + sigmoid(i) * pnp.tanh(g)
    h = sigmoid(o) * pnp.tanh(c)
    return (h, c), h @ params["out"]["W"] + params["out"]["b"]


def empty(params):
    width = params["out"]["W"].shape[0]
    return pnp.zeros(width), pnp.zeros(width)


def log_softmax(z):
    z = z - z.max(-1, keepdims=True)
    return z - pnp.log(pnp.exp(z).sum(-1, keepdims=True))


def loss(params, codes):
    """Mean cross-entropy, in nats per letter, of each letter after those before it."""
    letters = pnp.eye(len(ALPHABET))[codes]
    _, scores = lax.scan(lambda state, x: cell(params, state, x), empty(params), letters[:-1])
    return -pnp.mean(pnp.sum(log_softmax(scores) * letters[1:], axis=-1))


@jit
def step(params, state, batch):
    value, grads = value_and_grad(lambda p: pnp.mean(vmap(lambda codes: loss(p, codes))(batch)))(params)
    return value, *adam.update(grads, state, params, 0.01)


@jit
def write(params, key, start):
    """300 letters, each drawn from the distribution that the model predicts."""

    def body(carry, key):
        state, letter = carry
        state, scores = cell(params, state, pnp.eye(len(ALPHABET))[letter])
        letter = random.categorical(key, 1.5 * scores).astype("int32")
        return (state, letter), letter

    return lax.scan(body, (empty(params), start), random.split(key, 300))[1]


def main(steps=200, width=64, length=48, batch=32):
    rng = np.random.default_rng(0)
    params = init(random.PRNGKey(0), width, len(ALPHABET))
    state, losses = adam.init(params), []
    for t in range(steps + 1):
        starts = rng.integers(0, len(CODES) - length - 1, batch)
        value, params, state = step(params, state, CODES[starts[:, None] + np.arange(length + 1)])
        losses.append(float(value))
        if t % 50 == 0:
            print(f"step {t:4d}: {losses[-1]:.3f} nats per letter")
    text = "".join(ALPHABET[i] for i in np.asarray(write(params, random.PRNGKey(1), np.int32(ALPHABET.index("\n")))))
    print(text)
    return {"losses": losses, "text": text, "params": params}


if __name__ == "__main__":
    main()
