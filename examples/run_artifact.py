"""Runs the artifact that examples/logistic_regression.py describes, and checks its numbers. Nothing is traced or compiled here.

python examples/run_artifact.py build/logistic_regression.pba
"""

import sys

import numpy as np

import pullback

# Parameters as the example initializes them, and what they give in float64.
W = np.array([-0.36838785, -2.275689, 0.01144757], np.float32)
b = np.float32(0.8535516)
LOSS, W_GRAD, B_GRAD = 3.0519385, [-0.1696558, -0.8774645, -1.4901346], -0.2922724


def main(path):
    model = pullback.load(path)
    print(model)
    loss = model.value(W, b)
    value, (W_grad, b_grad) = model.value_and_grad(W, b)
    # The Hessian times a direction, against a difference of gradients.
    direction = np.array([1.0, -1.0, 0.5], np.float32)
    hvp, _ = model.hvp(W, b, direction, np.float32(0.0))
    eps = np.float32(1e-2)
    ahead, behind = (model.value_and_grad(W + s * eps * direction, b)[1][0] for s in (np.float32(1), np.float32(-1)))

    print("loss   =", loss)
    print("W_grad =", W_grad)
    print("b_grad =", b_grad)
    print("hvp    =", hvp)
    np.testing.assert_allclose(loss, LOSS, rtol=2e-6)
    np.testing.assert_allclose(value, LOSS, rtol=2e-6)
    np.testing.assert_allclose(W_grad, W_GRAD, rtol=2e-6)
    np.testing.assert_allclose(b_grad, B_GRAD, rtol=2e-6)
    np.testing.assert_allclose(hvp, (ahead - behind) / (2 * eps), rtol=2e-3, atol=1e-4)
    imported = [m for m in ("pullback.trace", "pullback.dialects.table", "iree.compiler") if m in sys.modules]
    assert not imported, f"running an artifact imported {imported}"
    print("ok: the numbers agree; neither tracer nor compiler was imported")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) == 2 else sys.exit(__doc__))
