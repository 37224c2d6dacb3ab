"""Logistic regression, the running example of the autodiff cookbook: eagerly, compiled, and ahead of time.

    python examples/logistic_regression.py

    pullback compile examples/logistic_regression.py:loss --arg W:f32[3] --arg b:f32[] \\
        --value-and-grad W,b --hvp W,b -o build/logistic_regression.pba
    python examples/run_artifact.py build/logistic_regression.pba
"""

import pullback
import pullback.numpy as pnp
from pullback import random


def sigmoid(x):
    return 0.5 * (pnp.tanh(x / 2) + 1)


def predict(W, b, inputs):
    """Probabilities that the labels are true."""
    return sigmoid(pnp.dot(inputs, W) + b)


inputs = pnp.array([[0.52, 1.12, 0.77], [0.88, -1.08, 0.15], [0.52, 0.06, -1.30], [0.74, -2.49, 1.39]])
targets = pnp.array([True, True, False, True])


def loss(W, b):
    """Negative log-likelihood of the training examples."""
    preds = predict(W, b, inputs)
    label_probs = preds * targets + (1 - preds) * (1 - targets)
    return -pnp.sum(pnp.log(label_probs))


def initial_parameters():
    """Random parameters: W is about [-0.368388 -2.275689 0.011448], b about 0.853552."""
    _, W_key, b_key = random.split(random.PRNGKey(0), 3)
    return random.normal(W_key, (3,)), random.normal(b_key, ())


def main():
    W, b = initial_parameters()
    print("W =", W, " b =", b)
    print("loss =", loss(W, b))

    W_grad, b_grad = pullback.grad(loss, argnums=(0, 1))(W, b)
    print("gradient =", W_grad, b_grad)

    # Compiled: the first call compiles, later ones run machine code.
    step = pullback.jit(pullback.value_and_grad(loss, argnums=(0, 1)))
    for i in range(101):
        value, (W_grad, b_grad) = step(W, b)
        if i % 25 == 0:
            print(f"step {i:3d}: loss = {float(value):.6f}")
        W, b = W - 0.1 * W_grad, b - 0.1 * b_grad


if __name__ == "__main__":
    main()
