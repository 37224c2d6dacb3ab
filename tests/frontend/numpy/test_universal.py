"""`ufunc` objects against jax.numpy and NumPy: reductions, running results, updates; and functions of scalars made ufuncs."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from closeness import close
from numpy_oracle import A, check_compiled, check_expression, check_gradients, jnp

import pullback
import pullback.numpy as pnp

UFUNCS = [name for name in pnp.__all__ if isinstance(getattr(pnp, name), pnp.ufunc)]
BINARY = [name for name in UFUNCS if getattr(pnp, name).nin == 2]
OF_INTEGERS = ("bitwise_and", "bitwise_or", "bitwise_xor")
WITH_INTEGERS = [(f, "i") for f in BINARY if not f.startswith("log")] + [(f, "a") for f in BINARY if f not in OF_INTEGERS]

EXPRESSIONS = [
    *(f"jnp.{f}.{attribute}" for f in UFUNCS for attribute in ("nin", "nout", "nargs", "identity")),
    *(f"jnp.{f}.reduce({x})" for f, x in WITH_INTEGERS),
    *(f"jnp.{f}.reduce(a, axis=1, keepdims=True)" for f in BINARY if f not in OF_INTEGERS),
    *(f"jnp.{f}.accumulate({x})" for f, x in WITH_INTEGERS),
    *(f"jnp.{f}.outer({x}, {x}[:2])" for f, x in WITH_INTEGERS),
    # of the logical functions, JAX's `reduceat` leaves some elements as they are, and its `at` makes the rest of the array boolean;
    # here they do what NumPy's do
    *(f"jnp.{f}.reduceat({x}, jnp.array([0, 2, 1]))" for f, x in WITH_INTEGERS if not f.startswith("logical")),
    *(f"jnp.{f}.at({x}, jnp.array([0, 2, 0]), 2, inplace=False)" for f, x in WITH_INTEGERS if not f.startswith("logical")),
    *(f"jnp.{f}.reduce(jnp.zeros((0, 2), int))" for f in BINARY),
    *(f"jnp.{f}.reduce(i, where=i > 0)" for f in BINARY if not f.startswith("log")),
    *(f"jnp.{f}.reduce(i, where=i > 0, initial=3)" for f in BINARY if not f.startswith("log")),
    "jnp.add.reduce(a, axis=None)",
    "jnp.add.reduce(a, axis=(0, 1))",
    "jnp.add.reduce(a, axis=5)",
    "jnp.add.reduce(a, dtype=int)",
    "jnp.add.reduce(u)",
    "jnp.add.reduce(b)",
    "jnp.add.reduce(3.0)",
    "jnp.add.reduce([1, 2])",
    "jnp.add.accumulate(a, axis=None)",
    "jnp.add.accumulate(a, dtype=int)",
    "jnp.add.accumulate(b, axis=1)",
    "jnp.subtract.reduce(a, axis=(0, 1))",
    "jnp.subtract.reduce(a, axis=None)",
    "jnp.subtract.reduce(a, initial=10)",
    "jnp.subtract.reduce(u)",
    "jnp.subtract.accumulate(a, axis=1)",
    "jnp.subtract.accumulate(jnp.float32(2))",
    "jnp.maximum.reduce(a, axis=())",
    "jnp.add.at(a, 1, 5)",
    "jnp.add.at(a, 1, inplace=False)",
    "jnp.negative.at(a, 1, inplace=False)",
    "jnp.negative.at(a, 1, 1, inplace=False)",
    "jnp.subtract.at(a, (np.array([0, 0]), np.array([1, 1])), 5, inplace=False)",
    "jnp.add.at(i, jnp.array([0, 9]), 1, inplace=False)",
    "jnp.add.reduceat(a, jnp.array([0, 2, 1]), axis=1)",
    "jnp.add.reduceat(a, jnp.array([0.0]))",
    "jnp.add.reduceat(a, jnp.array([0]), axis=None)",
    "jnp.negative.reduce(a)",
    "jnp.negative.accumulate(a)",
    "jnp.negative.outer(a, a)",
    "jnp.add(a, a, out=a)",
    "jnp.add(a, a, where=b)",
    "jnp.add(a)",
    "jnp.frompyfunc(lambda x, y: (x, y), 2, 2)(a, a)",
    "jnp.frompyfunc(lambda x, y: (x, y), 2, 2).reduce(a)",
    "jnp.frompyfunc(lambda x, y: x * y + 1, 2, 1, identity=1).reduce(jnp.zeros((0, 3)))",
    "jnp.frompyfunc(lambda x, y: x * y + 1, 2, 1)(a, jnp.arange(4))",
    "jnp.frompyfunc(lambda x, y: x * y + 1, 2, 1)(a)",
    "jnp.frompyfunc(lambda x: x, 2, 1)(a, a)",
    "jnp.frompyfunc(lambda x, y: x * y + 1, 2, 1).accumulate(a, axis=1)",
    "jnp.frompyfunc(lambda x, y: x * y + 1, 2, 1).at(a, (0, 1), 3.0, inplace=False)",
    "jnp.frompyfunc(lambda x, y: x > y, 2, 1).reduce(i)",
]
# Functions of these are compiled and differentiated.
POSITIVE = np.abs(A) + np.float32(0.5)
AT = np.array([0, 2, 0])
CASES = [
    ("jnp.subtract.reduce", (A,)),
    ("lambda a: jnp.logaddexp.reduce(a, axis=1)", (A,)),
    ("lambda a: jnp.frompyfunc(lambda x, y: x * y + 1, 2, 1).reduce(a)", (A,)),
    ("lambda a: jnp.subtract.reduce(a, where=a > -0.5, initial=1)", (A,)),
    ("lambda a: jnp.logaddexp2.accumulate(a, axis=1)", (A,)),
    ("lambda a: jnp.multiply.accumulate(a)", (POSITIVE,)),
    ("lambda a: jnp.add.reduceat(a, np.array([0, 2, 1]), axis=1)", (A,)),
    ("lambda a: jnp.multiply.reduceat(a, np.array([0, 2, 1]), axis=1)", (POSITIVE,)),
    ("lambda a, b: jnp.add.at(a, np.array([0, 2, 0]), b, inplace=False)", (A, A[0])),
    ("lambda a, b: jnp.logaddexp.at(a, (np.array([0, 0]), np.array([1, 1])), b, inplace=False)", (A, A[0, :2])),
    ("jnp.multiply.outer", (A[0], A[:, 1])),
]


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_expression(expression):
    check_expression(expression)


def test_the_same_functions_are_ufuncs():
    assert [name for name in dir(jnp) if isinstance(getattr(jnp, name), jnp.ufunc)] == UFUNCS


def test_compiled():
    check_compiled(CASES)


def test_gradients():
    check_gradients(CASES)


@pytest.mark.parametrize("name", BINARY)
def test_updates_at_repeated_and_traced_indices(name):
    """NumPy's `at` is the meaning; traced indices take the way of a loop."""
    x = np.array([5, 6, 7, 8]) if not name.startswith("logadd") else np.array([5, 6, 7, 8.0])
    x = x > 6 if name.startswith("logical") else x
    operand = np.array([True, False, True]) if name.startswith("logical") else np.array([1, 3, 2])
    want = x.copy()
    getattr(np, name).at(want, AT, operand)
    update = lambda x, index: getattr(pnp, name).at(x, index, operand, inplace=False)
    close(update(pnp.array(x), AT), want)
    close(pullback.vmap(update)(x[None], AT[None]), want[None])


@pytest.mark.parametrize("name", BINARY)
def test_reduceat(name):
    x = np.array([5.0, 0.0, 7, 8]) if name not in OF_INTEGERS else np.array([5, 6, 7, 8])
    parts = np.array([0, 2, 1, 3])
    want = getattr(np, name).reduceat(x, parts)
    close(getattr(pnp, name).reduceat(x, parts), want)
    close(pullback.vmap(getattr(pnp, name).reduceat)(x[None], parts[None]), want[None])


def test_reductions_over_a_masked_axis_as_in_numpy():
    mask = A > 0
    for name in ("add", "multiply", "logical_and", "logical_or"):
        close(getattr(pnp, name).reduce(A, axis=1, where=mask), getattr(np, name).reduce(A, axis=1, where=mask))
    integers = np.arange(12).reshape(3, 4)
    for name in OF_INTEGERS:
        close(getattr(pnp, name).reduce(integers, axis=1, where=mask), getattr(np, name).reduce(integers, axis=1, where=mask))


def test_objects():
    assert repr(pnp.add) == "<pullback.numpy.ufunc 'add'>"
    assert pickle.loads(pickle.dumps(pnp.add)) is pnp.add
    f = lambda x, y: x + y
    assert pnp.frompyfunc(f, 2, 1) == pnp.frompyfunc(f, 2, 1) != pnp.frompyfunc(f, 2, 1, identity=0)
    assert hash(pnp.frompyfunc(f, 2, 1)) == hash(pnp.frompyfunc(f, 2, 1))
    assert pullback.grad(pnp.multiply)(3.0, 4.0) == 4.0
    close(pullback.vmap(pnp.add)(A, A), 2 * A)


def test_errors():
    with pytest.raises(TypeError, match="func must be callable, got int"):
        pnp.frompyfunc(3, 1, 1)
    with pytest.raises(ValueError, match="nin must not be negative"):
        pnp.frompyfunc(abs, -1, 1)
    with pytest.raises(NotImplementedError, match=r"add\.at cannot update in place.*inplace=False"):
        pnp.add.at(pnp.zeros(3), 0, 1)
    with pytest.raises(NotImplementedError, match=r"'where' argument to pullback\.numpy\.add.*numpy\.where"):
        pnp.add(1, 2, where=True)
    with pytest.raises(ValueError, match=r"indices must be in \[0, 3\)"):
        pnp.add.reduceat(pnp.zeros(3), pnp.array([5]))
    with pytest.raises(NotImplementedError, match=r"subtract\.reduce: a tuple of axes.*one axis after the other"):
        pnp.subtract.reduce(A, axis=(0, 1))
