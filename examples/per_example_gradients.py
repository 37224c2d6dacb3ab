"""Per-example gradients by vmap(grad): differentially private training clips and averages them (DP-SGD).

    python examples/per_example_gradients.py

Reference: Abadi et al., Deep Learning with Differential Privacy (CCS 2016), algorithm 1.
"""

import numpy as np

import pullback
import pullback.numpy as pnp
from pullback import grad, jit, random, vmap


def init(key, sizes):
    """Weights and biases of a fully connected network."""
    keys = random.split(key, len(sizes) - 1)
    return [(random.normal(k, (m, n)) / m**0.5, pnp.zeros(n)) for k, m, n in zip(keys, sizes, sizes[1:])]


def logits(params, x):
    for W, b in params[:-1]:
        x = pnp.tanh(x @ W + b)
    W, b = params[-1]
    return x @ W + b


def loss(params, x, label):
    """Cross-entropy of one example."""
    z = logits(params, x)
    return pnp.log(pnp.sum(pnp.exp(z - z.max()))) + z.max() - z[label]


def norm(tree):
    """Euclidean norm of all arrays of a pytree together."""
    return pnp.sqrt(sum(pnp.sum(leaf**2) for leaf in pullback.tree.leaves(tree)))


def clipped(gradient, bound):
    """The gradient, scaled down to the norm `bound` if it is longer."""
    scale = 1.0 / pnp.maximum(1.0, norm(gradient) / bound)
    return pullback.tree.map(lambda g: g * scale, gradient)


@jit
def private_step(params, images, labels, key, rate, bound, noise):
    """One step of DP-SGD: the gradient of each example is clipped before they are summed, and noise is added to the sum."""
    gradients = vmap(lambda x, y: clipped(grad(loss)(params, x, y), bound))(images, labels)
    leaves, treedef = pullback.tree.flatten(gradients)
    keys = random.split(key, len(leaves))
    n = images.shape[0]
    noisy = [(g.sum(0) + noise * bound * random.normal(k, g.shape[1:])) / n for g, k in zip(leaves, keys)]
    return pullback.tree.map(lambda p, g: p - rate * g, params, pullback.tree.unflatten(treedef, noisy))


@jit
def accuracy(params, images, labels):
    return pnp.mean(pnp.argmax(logits(params, images), axis=-1) == labels)


def main():
    digits = np.load(__file__.replace("per_example_gradients.py", "data/digits.npz"))
    images = (digits["images"] / 16 - 0.5).astype(np.float32)
    labels = digits["labels"].astype(np.int32)
    train, test = slice(0, 1400), slice(1400, None)

    params = init(random.PRNGKey(0), (64, 32, 10))
    per_example = jit(vmap(grad(loss), in_axes=(None, 0, 0)))(params, images[:8], labels[:8])
    print("norms of the gradients of eight examples:", np.round(np.asarray(vmap(norm)(per_example)), 2))

    rng = np.random.default_rng(0)
    key = random.PRNGKey(1)
    for step in range(301):
        if step % 100 == 0:
            print(f"step {step:3d}: test accuracy {float(accuracy(params, images[test], labels[test])):.3f}")
        key, sub = random.split(key)
        batch = rng.integers(0, 1400, 128)
        params = private_step(params, images[train][batch], labels[train][batch], sub, 0.5, 1.0, 0.5)
    return {"params": params, "per_example": per_example, "accuracy": float(accuracy(params, images[test], labels[test]))}


if __name__ == "__main__":
    main()
