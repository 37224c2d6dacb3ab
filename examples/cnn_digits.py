"""A convolutional network on handwritten digits, trained in a compiled step to more than 97% accuracy on new digits.

    python examples/cnn_digits.py

Reference: LeCun, Bottou, Bengio and Haffner, Gradient-Based Learning Applied to Document Recognition (Proceedings of the IEEE,
1998); the data are described in examples/data/README.md.
"""

from pathlib import Path

import adam
import numpy as np

import pullback.numpy as pnp
from pullback import jit, lax, nn, random, value_and_grad


def init(key):
    k1, k2, k3 = random.split(key, 3)
    he = nn.initializers.he_normal()
    return {
        "conv1": (he(k1, (3, 3, 1, 16)), pnp.zeros(16)),
        "conv2": (he(k2, (3, 3, 16, 32)), pnp.zeros(32)),
        "dense": (he(k3, (2 * 2 * 32, 10)), pnp.zeros(10)),
    }


def convolve(x, W, b):
    """A 3 x 3 convolution of images of shape [n, height, width, channels], with zeros around them."""
    return lax.conv_general_dilated(x, W, (1, 1), "SAME", dimension_numbers=("NHWC", "HWIO", "NHWC")) + b


def pool(x):
    """The maximum of each 2 x 2 square."""
    return lax.reduce_window(x, -np.inf, lax.max, (1, 2, 2, 1), (1, 2, 2, 1), "VALID")


def logits(params, images):
    x = pool(nn.relu(convolve(images, *params["conv1"])))
    x = pool(nn.relu(convolve(x, *params["conv2"])))
    W, b = params["dense"]
    return x.reshape(x.shape[0], -1) @ W + b


def loss(params, images, labels):
    """Mean cross-entropy."""
    return -pnp.mean(pnp.sum(nn.log_softmax(logits(params, images)) * nn.one_hot(labels, 10), axis=-1))


@jit
def step(params, state, images, labels, rate):
    value, grads = value_and_grad(loss)(params, images, labels)
    return value, *adam.update(grads, state, params, rate)


@jit
def accuracy(params, images, labels):
    return pnp.mean(pnp.argmax(logits(params, images), axis=-1) == labels)


def data():
    """Images with values from -0.5 to 0.5 and their labels: 1347 to train on, 450 to test on, in a shuffled order."""
    digits = np.load(Path(__file__).parent / "data" / "digits.npz")
    images = (digits["images"].reshape(-1, 8, 8, 1) / 16 - 0.5).astype(np.float32)
    labels = digits["labels"].astype(np.int32)
    order = np.random.default_rng(0).permutation(len(images))
    train, test = order[:1347], order[1347:]
    return images[train], labels[train], images[test], labels[test]


def main(epochs=15, batch=32):
    images, labels, new_images, new_labels = data()
    params = init(random.PRNGKey(0))
    state = adam.init(params)
    rng = np.random.default_rng(1)
    for epoch in range(epochs):
        rate = np.float32(4e-3 * 0.5 ** (epoch / 4))
        order = rng.permutation(len(images))
        for i in range(0, len(order) - batch + 1, batch):
            chosen = order[i : i + batch]
            value, params, state = step(params, state, images[chosen], labels[chosen], rate)
        if epoch % 3 == 2:
            right = float(accuracy(params, new_images, new_labels))
            print(f"epoch {epoch + 1:2d}: loss {float(value):.3f}, test accuracy {right:.3f}")
    return {"accuracy": float(accuracy(params, new_images, new_labels)), "params": params}


if __name__ == "__main__":
    main()
