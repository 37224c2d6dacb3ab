"""Runs every block of the Autodiff Cookbook, eager and jitted, and checks each value that it prints.

Values are compared with float64 closed forms (NumPy, below) at rtol 2e-6; the numbers that the document prints carry the
rounding of another library and are not compared digit by digit. In the jitted run, `grad`, `jvp`, `vjp`, `vmap` and the other
transformations are those of pullback with their results wrapped in `jit`.
"""

from __future__ import annotations

import contextlib
import functools
import io
import pathlib
import re
import sys
import types

import numpy as np
import pytest

import pullback

RTOL = 2e-6
SOURCE = pathlib.Path(__file__).with_name("cookbook.md").read_text()
BLOCKS = re.findall(r"```python\n(.*?)```", SOURCE, re.S)


# The same program in float64 NumPy -------------------------------------------------------------------------------------
INPUTS = np.array([[0.52, 1.12, 0.77], [0.88, -1.08, 0.15], [0.52, 0.06, -1.30], [0.74, -2.49, 1.39]])
TARGETS = np.array([True, True, False, True])
W0 = np.array([-0.36838785, -2.275689, 0.01144757])
B0 = 0.8535516


class Truth:
    """Closed forms in float64, at the parameters that the run under test drew."""

    def __init__(self, W, b):
        self.W, self.b = np.asarray(W, np.float64), float(b)

    def predict(self):
        return 1 / (1 + np.exp(-(INPUTS @ self.W + self.b)))

    def loss(self):
        p = self.predict()
        return -np.sum(np.log(np.where(TARGETS, p, 1 - p)))

    def logit_grad(self):
        return self.predict() - TARGETS

    def W_grad(self):
        return INPUTS.T @ self.logit_grad()

    def b_grad(self):
        return np.sum(self.logit_grad())

    def jacobian(self):
        p = self.predict()
        return (p * (1 - p))[:, None] * INPUTS

    def jacobian_b(self):
        p = self.predict()
        return p * (1 - p)

    def hessian(self):
        p = self.predict()
        return (p * (1 - p) * (1 - 2 * p))[:, None, None] * INPUTS[:, :, None] * INPUTS[:, None, :]


def tanh_derivatives(x):
    t = np.tanh(x)
    s = 1 - t**2
    return s, -2 * t * s, s * (6 * t**2 - 2)


def tanh2_hvp(X, V):
    """Hessian-vector product of sum(tanh(X)**2)."""
    t = np.tanh(np.asarray(X, np.float64))
    s = 1 - t**2
    return (2 * s**2 - 4 * t**2 * s) * np.asarray(V, np.float64)


def cholesky_grad(A):
    """Gradient of sum((L - sin L)**2), L = cholesky((A + A^H) / 2), in complex128; checked against the document's numbers below."""
    with pullback.config.scope(enable_x64=True):
        jnp = pullback.numpy

        def f(X):
            L = jnp.linalg.cholesky(X)
            return jnp.sum((L - jnp.sin(L)) ** 2)

        return np.asarray(pullback.grad(f, holomorphic=True)(jnp.array(np.asarray(A, np.complex128))))


# Running blocks ----------------------------------------------------------------------------------------------------------
def timeit_once(code):
    """Runs what IPython's %timeit would time, once."""
    return re.sub(r"^%timeit (?:-\S+ )*(.*)$", r"\1", code, flags=re.M)


def jitted_transformations():
    """The package with transformations whose results are compiled."""
    jit = pullback.jit

    def wrap(transform):
        @functools.wraps(transform)
        def make(f, *args, **kwargs):
            return jit(transform(f, *args, **kwargs))

        return make

    def jvp(f, primals, tangents):
        return jit(lambda p, t: pullback.jvp(f, p, t))(primals, tangents)

    def vjp(f, *primals):
        y, f_vjp = pullback.vjp(f, *primals)
        return y, jit(f_vjp)

    # Differently fused programs round differently, and elements near zero then differ by more than the default 1e-8.
    numpy = types.ModuleType("pullback_jitted.numpy")
    numpy.__dict__.update({n: getattr(pullback.numpy, n) for n in dir(pullback.numpy) if not n.startswith("__")})
    numpy.allclose = lambda a, b, rtol=1e-5, atol=1e-6: pullback.numpy.allclose(a, b, rtol, atol)

    module = types.ModuleType("pullback_jitted")
    module.__dict__.update(
        {n: wrap(getattr(pullback, n)) for n in ("grad", "value_and_grad", "vmap", "jacfwd", "jacrev", "hessian")},
        jvp=jvp,
        vjp=vjp,
        jit=jit,
        random=pullback.random,
        numpy=numpy,
    )
    return module


class Run:
    """All blocks in one namespace; `printed[i]` is what block i printed, `after[i]` its namespace afterwards."""

    def __init__(self, jitted):
        namespace = {"__name__": "cookbook"}
        self.printed, self.after = [], []
        if jitted:
            sys.modules["pullback_jitted"] = jitted_transformations()
        for i, block in enumerate(BLOCKS):
            code = timeit_once(block)
            if jitted:
                code = re.sub(r"from pullback import (?!random)", "from pullback_jitted import ", code)
                code = code.replace("import pullback.numpy as jnp", "from pullback_jitted import numpy as jnp")
            out = io.StringIO()
            with contextlib.redirect_stdout(out):
                exec(compile(code, f"cookbook block {i}", "exec"), namespace)
            self.printed.append(out.getvalue())
            self.after.append(dict(namespace))

    def find(self, text):
        """Index of the only block that contains `text`."""
        found = [i for i, block in enumerate(BLOCKS) if text in block]
        assert len(found) == 1, (text, found)
        return found[0]

    def output(self, text):
        return self.printed[self.find(text)]

    def names(self, text):
        return self.after[self.find(text)]


@pytest.fixture(scope="module", params=["eager", "jit"])
def run(request):
    return Run(request.param == "jit")


@pytest.fixture(scope="module")
def truth(run):
    names = run.names("# Initialize random model coefficients")
    return Truth(names["W"], names["b"])


def numbers(text):
    return np.array([float(x) for x in re.findall(r"[-+]?\d+\.?\d*(?:e[-+]?\d+)?", text)])


def close(actual, expected, rtol=RTOL):
    """Relative to the largest element: p * (1 - p) near saturation has lost digits before any derivative is taken."""
    np.testing.assert_allclose(np.asarray(actual), expected, rtol=rtol, atol=rtol * np.max(np.abs(expected)))


def test_every_block_ran(run):
    assert len(run.printed) == len(BLOCKS) == 33


def test_tanh_derivatives(run):
    first, second, third = tanh_derivatives(2.0)
    close(numbers(run.output("grad_tanh = grad")), [first])
    close(numbers(run.output("print(grad(grad(jnp.tanh))(2.0))")), [second, third])


def test_parameters_are_the_document_s(run):
    names = run.names("# Initialize random model coefficients")
    close(names["W"], W0)
    close(names["b"], B0)


def test_gradients(run, truth):
    names = run.names("# Including tuple values")
    close(truth.loss(), 3.05193847769, 1e-7)
    close(truth.W_grad(), [-0.1696558, -0.87746454, -1.49013449], 1e-6)
    close(names["W_grad"], truth.W_grad())
    close(names["b_grad"], truth.b_grad())
    lines = run.output("# Including tuple values").splitlines()
    assert [line.split()[0] for line in lines] == ["W_grad", "W_grad", "b_grad", "W_grad", "b_grad"]
    for line in lines:
        close(numbers(line), truth.W_grad() if line.startswith("W") else [truth.b_grad()], 1e-5)


def test_gradient_of_a_dict(run, truth):
    names = run.names("print(grad(loss2)")
    g = pullback.grad(names["loss2"])({"W": names["W"], "b": names["b"]})
    close(g["W"], truth.W_grad())
    close(g["b"], truth.b_grad())
    printed = run.output("print(grad(loss2)")
    assert printed.startswith("{'W': Array([") and "dtype=float32" in printed and "'b': Array(" in printed


def test_value_and_grad(run, truth):
    names = run.names("from pullback import value_and_grad")
    close(names["loss_value"], truth.loss())
    close(names["Wb_grad"][0], truth.W_grad())
    close(names["Wb_grad"][1], truth.b_grad())
    close(numbers(run.output("from pullback import value_and_grad")), [truth.loss()] * 2)


def test_numerical_differences(run, truth):
    names = run.names("# Set a step size")
    # a float32 loss of 3.05 over a step of 1e-4 is a multiple of 2.4e-3
    assert abs(names["b_grad_numerical"] - truth.b_grad()) < 5e-3
    direction = np.asarray(names["unitvec"], np.float64)
    assert abs(names["W_grad_numerical"] - truth.W_grad() @ direction) < 5e-3
    close(numbers(run.output("# Set a step size").splitlines()[-1]), [truth.W_grad() @ direction], 1e-5)
    close(truth.W_grad() @ direction, -0.19909103416, 1e-6)


def test_jacobians(run, truth):
    names = run.names(
        "# Isolate the function from the weight matrix to the predictions\nf = lambda W: predict(W, b, inputs)\n\nJ = jacfwd"
    )
    close(names["J"], truth.jacobian())
    printed = run.output('print("jacfwd result, with shape"')
    assert "jacfwd result, with shape (4, 3)" in printed and "jacrev result, with shape (4, 3)" in printed
    close(pullback.jacfwd(names["f"])(names["W"]), truth.jacobian())


def test_jacobian_of_a_dict(run, truth):
    J = run.names("J_dict = jacrev")["J_dict"]
    assert list(J) == ["W", "b"]
    close(J["W"], truth.jacobian())
    close(J["b"], truth.jacobian_b())


def test_hessian(run, truth):
    H = run.names("H = hessian(f)(W)")["H"]
    assert H.shape == (4, 3, 3) and "hessian, with shape (4, 3, 3)" in run.output("H = hessian(f)(W)")
    close(H, truth.hessian())
    names = run.names("H = hessian(f)(W)")
    close(pullback.jit(pullback.hessian(names["f"]))(names["W"]), truth.hessian())


def test_jvp(run, truth):
    names = run.names("# Push forward the vector")
    close(names["y"], truth.predict())
    close(names["u"], truth.jacobian() @ np.asarray(names["v"], np.float64))


def test_vjp(run, truth):
    names = run.names("# Pull back the covector `u`")
    assert isinstance(names["v"], tuple) and len(names["v"]) == 1
    close(names["v"][0], np.asarray(names["u"], np.float64) @ truth.jacobian())


def test_vgrad(run):
    close(numbers(run.output("def vgrad")), [6.0] * 4)


def test_hessian_vector_products(run):
    assert run.output("ans2 = jnp.tensordot(hessian(f)(X), V, 2)\n\nprint") == "True\n"
    names = run.names("ans2 = jnp.tensordot(hessian(f)(X), V, 2)\n\nprint")
    want = tanh2_hvp(names["X"], names["V"])
    close(names["ans1"], want)
    close(names["ans2"], want)
    after = run.names("# reverse-over-reverse, only works")
    args = (after["f"], (names["X"],), (names["V"],))
    close(after["hvp_revfwd"](*args)[0], want)
    close(after["hvp_revrev"](*args), want)


def test_matrix_jacobian_products(run, truth):
    names = run.names("num_covecs = 128")
    want = np.asarray(names["U"], np.float64) @ truth.jacobian()
    close(names["loop_vs"], want)
    close(names["vmap_vs"], want)


def test_jacobian_matrix_products(run, truth):
    names = run.names("num_vecs = 128")
    want = np.asarray(names["S"], np.float64) @ truth.jacobian().T
    close(names["loop_vs"], want)
    close(names["vmap_vs"], want)


def test_own_jacobians(run, truth):
    names = run.names("def our_jacfwd")
    f = lambda W: names["predict"](W, names["b"], names["inputs"])
    close(names["our_jacfwd"](f)(names["W"]), truth.jacobian())
    close(names["our_jacrev"](f)(names["W"]), truth.jacobian())


def test_linear_part_of_a_dynamic_function(run):
    printed = run.output("print(jit(f_vjp)(1.))")
    assert printed.startswith("(Array(3.14159") and printed.endswith(",)\n")
    close(numbers(printed.replace("float32", "")), [np.pi])
    close(run.names("print(jit(f_vjp)(1.))")["y"], 4 * np.pi)
    names = run.names("print(jit(f_vjp)(1.))")
    close(pullback.grad(names["f"])(2.0), 24.0)


def test_complex_jvp(run):
    assert run.output("# check jvp") == "True\nTrue\nTrue\n"


def test_complex_gradients(run):
    assert run.output("return x**2 + y**2").replace(", weak_type=True", "") == "Array(6.-8.j, dtype=complex64)\n"
    printed = run.output("return jnp.sin(z)")
    value = complex(re.search(r"\((.*), dtype", printed).group(1).replace(" ", ""))
    close(value, np.cos(3 + 4j))
    assert run.output("return jnp.conjugate(z)").replace(", weak_type=True", "") == "Array(1.-0.j, dtype=complex64)\n"


def test_complex_output_without_holomorphic(run):
    with pytest.raises(
        TypeError, match=r"grad requires real-valued outputs .* but got complex64.*pass holomorphic=True.*use vjp directly"
    ):
        pullback.grad(pullback.numpy.sin)(3.0 + 4j)


def test_cholesky_gradient(run):
    names = run.names("jnp.linalg.cholesky(X)")
    got = pullback.grad(names["f"], holomorphic=True)(names["A"])
    want = cholesky_grad(names["A"])
    document = np.array(
        [
            [-0.7534186, -3.0509028 - 10.940545j, 5.9896846 + 3.542303j],
            [-3.0509028 + 10.940545j, -8.904491, -5.1351523 - 6.559373j],
            [5.9896846 - 3.542303j, -5.1351523 + 6.559373j, 0.01320427],
        ]
    )
    close(want, document, rtol=2e-6)
    close(got, want, rtol=2e-6)
    close(pullback.jit(pullback.grad(names["f"], holomorphic=True))(names["A"]), want, rtol=2e-6)
