"""Windows, unwrapped phases, joining by indexing, fits and roots, files and text."""

from __future__ import annotations

import io

import numpy as np
import pytest
from closeness import close
from numpy_oracle import check_compiled, check_expression, check_gradients

import pullback
import pullback.numpy as pnp
from pullback import errors

EXPRESSIONS = """
jnp.bartlett(5)
jnp.bartlett(1)
jnp.bartlett(0)
jnp.blackman(6)
jnp.hamming(2)
jnp.hanning(7)
jnp.hanning(5.0)
jnp.kaiser(5,2)
jnp.kaiser(6,0.0)
jnp.kaiser(1,2)
jnp.unwrap(jnp.array([0,3,6,-3.]))
jnp.unwrap(jnp.array([0,1,2,-1,0]),period=4)
jnp.unwrap(jnp.array([0,1,2,-1,0.]),period=4)
jnp.unwrap(jnp.array([[0,3,6,-3.]]),axis=0)
jnp.unwrap(jnp.array([0,3,6,-3]))
jnp.unwrap(jnp.array([0,3,6,-3.]),discont=4)
jnp.unwrap(jnp.array([1j,3]))
jnp.unwrap(jnp.zeros((0,2)))
jnp.unwrap([0,3])
jnp.unwrap(jnp.float16([0,6]))
jnp.r_[1,2,3]
jnp.r_[0:6:2]
jnp.r_[0:1:5j]
jnp.r_['0,2',1,2,3]
jnp.r_['0,2,0',jnp.arange(3),jnp.arange(3)]
jnp.r_['1,2,0',jnp.arange(3),jnp.arange(3)]
jnp.r_['c',jnp.arange(3)]
jnp.r_['r',jnp.arange(3)]
jnp.r_['-1',jnp.ones((2,2)),jnp.ones((2,1))]
jnp.r_['z',1]
jnp.r_[jnp.array([1,2]),0,0,5]
jnp.r_[jnp.array([1.,2]),0,'r']
jnp.r_[[1,2],3]
jnp.r_[5:0]
jnp.r_[5:0:-2]
jnp.r_[:3]
jnp.r_[1:]
jnp.r_['0,3',1,2,3]
jnp.r_['1,3,-1',jnp.ones((2,2))]
jnp.r_[True,1.5]
jnp.c_[1,2,3]
jnp.c_[jnp.arange(3),jnp.arange(3)]
jnp.c_[jnp.ones((2,2)),0]
jnp.c_[jnp.ones((2,2)),jnp.arange(2)]
jnp.c_[0:3,3:6]
jnp.c_['r',0:3]
jnp.mask_indices(3,jnp.triu)
jnp.mask_indices(3,jnp.triu,1)
jnp.mask_indices(3,jnp.triu,size=4)
jnp.mask_indices(3,lambda a,k:jnp.tri(3,3,k),-1)
jnp.roots(jnp.array([1.,-3,2]))
jnp.roots(jnp.array([1,-3,2]))
jnp.roots(jnp.array([3.]))
jnp.roots(jnp.array([0.,0]))
jnp.roots(jnp.array([3.,0,0]))
jnp.roots(jnp.array([]))
jnp.roots(jnp.ones((2,2)))
jnp.roots(jnp.array([1j,2]))
jnp.roots(3.)
jnp.polyfit(jnp.arange(5),jnp.ones((5,2)),-1)
jnp.polyfit(jnp.arange(0),jnp.ones((0,2)),1)
jnp.polyfit(jnp.arange(4),jnp.ones((5,2)),1)
jnp.polyfit(jnp.ones((4,1)),jnp.ones((4,2)),1)
jnp.polyfit(jnp.arange(5),jnp.ones((5,2,1)),1)
jnp.fromstring('1 2 3',sep=' ')
jnp.fromstring('1 2 3',dtype=int,sep=' ')
jnp.fromstring('1 2 3',sep=' ',count=2)
jnp.fromstring('1 2 x',sep=' ')
""".strip().split("\n")

PHASES = np.array([[0, 3, 6.5, -3, 2], [9, 3, 1, 0, -9]], np.float32)
BETA = np.float32(1.5)
CASES = [
    ("jnp.unwrap", (PHASES,)),
    ("lambda p: jnp.unwrap(p, axis=0, period=3.0)", (PHASES,)),
    ("lambda p: jnp.r_[p[0], 1:3, p[1]]", (PHASES,)),
    ("lambda p: jnp.c_[p[0], p[1]]", (PHASES,)),
    ("lambda b: jnp.kaiser(6, b)", (BETA,)),
]


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_expression(expression):
    check_expression(expression)


def test_compiled():
    check_compiled(CASES)


def test_gradients():
    check_gradients(CASES)


# Fits and roots --------------------------------------------------------------------------------------------------------------
X = np.linspace(-1, 2, 8)
NOISE = np.random.RandomState(4).randn(8, 2) / 20
Y = (3 * X**2 - X + 0.5)[:, None] + NOISE


@pytest.mark.parametrize("y", [Y[:, 0], Y])
@pytest.mark.parametrize("weights", [None, np.arange(1.0, 9)])
def test_polyfit(y, weights):
    close(pnp.polyfit(X, y, 2, w=weights), np.polyfit(X, y, 2, w=weights), 3e-4, 1e-4)
    c, residuals, rank, s, rcond = pnp.polyfit(X, y, 2, w=weights, full=True)
    want = np.polyfit(X, y, 2, w=weights, full=True)
    close([c, residuals, s], [want[0], want[1], want[3]], 3e-4, 1e-4)
    assert int(rank) == want[2] and rcond == 8 * float(pnp.finfo(np.float32).eps)
    for cov in (True, "unscaled"):
        close(pnp.polyfit(X, y, 2, w=weights, cov=cov)[1], np.polyfit(X, y, 2, w=weights, cov=cov)[1], 2e-3, 1e-5)


def test_polyfit_is_linear_in_the_ordinates_and_differentiable():
    """The Jacobian is the pseudo-inverse of the Vandermonde matrix."""
    jacobian = pullback.jit(pullback.jacrev(lambda y: pnp.polyfit(X, y, 2)))(Y[:, 0].astype(np.float32))
    close(jacobian, np.linalg.pinv(np.vander(X, 3)), 1e-3, 1e-4)


def test_polyfit_of_too_few_points_for_a_covariance():
    with pytest.raises(ValueError, match="number of data points, 3, must exceed the order, 3"):
        pnp.polyfit(X[:3], Y[:3, 0], 2, cov=True)
    with pytest.raises(TypeError, match=r"w and y to have the same length, got 7 and 8"):
        pnp.polyfit(X, Y, 2, w=X[:7])


def test_roots():
    """All roots, zeros and multiple ones among them, whatever their order."""
    for p in ([0, 1.0, -3, 2, 0, 0], [1, 0, 1], [2, -4, 2, 0], [1j, 2, 3]):
        close(pnp.sort(pnp.roots(pnp.array(p))), np.sort(np.roots(p).astype(complex)), 1e-5)
    kept = pnp.roots(pnp.array([0, 0, 1.0, -3, 2]), strip_zeros=False)
    np.testing.assert_array_equal(np.asarray(kept), np.array([2, 1, np.nan + 1j * np.nan, np.nan + 1j * np.nan], np.complex64))
    with pytest.raises(NotImplementedError, match=r"roots of a traced polynomial.*outside of jit"):
        pullback.jit(lambda p: pnp.roots(p, strip_zeros=False))(np.ones(3))
    with pytest.raises(NotImplementedError, match="roots of a traced polynomial"):
        pullback.grad(lambda p: pnp.roots(p).real.sum())(np.ones(3))


# Files and text --------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("dtype", ["bool", "int8", "uint32", "float16", "bfloat16", "float32", "complex64"])
def test_saved_arrays_come_back(dtype, tmp_path):
    x = pnp.array([[0, 1, 1], [1, 0, 1]], dtype)
    pnp.save(tmp_path / "x.npy", x)
    y = pnp.load(tmp_path / "x.npy")
    assert isinstance(y, pullback.Array) and y.dtype == x.dtype and not y.weak_type
    np.testing.assert_array_equal(np.asarray(y), np.asarray(x))


def test_several_arrays_in_one_file():
    file = io.BytesIO()
    pnp.savez(file, pnp.arange(3), w=pnp.ones(2), n=3)
    file.seek(0)
    loaded = pnp.load(file)
    assert sorted(loaded) == ["arr_0", "n", "w"]
    np.testing.assert_array_equal(loaded["arr_0"], [0, 1, 2])


def test_numbers_from_files(tmp_path):
    path = tmp_path / "numbers"
    np.arange(4.0).tofile(path)
    close(pnp.fromfile(path, np.float64, offset=8), np.arange(1.0, 4))
    (tmp_path / "text").write_text("1,2,3")
    close(pnp.fromfile(tmp_path / "text", int, count=2, sep=","), np.array([1, 2]))
    with pytest.raises(ValueError, match="sep must not be empty; use frombuffer"):
        pnp.fromstring("12", sep="")


def test_files_of_traced_arrays():
    with pytest.raises(errors.ConcretizationTypeError, match=r"save needs the values.*write it outside"):
        pullback.jit(lambda x: pnp.save(io.BytesIO(), x))(1.0)


def test_text():
    x = pnp.array([1.23456, 1e-12])
    assert pnp.array_repr(x, precision=2, suppress_small=True) == "Array([1.23, 0.  ], dtype=float32)"
    assert pnp.array_str(x, precision=3, suppress_small=True) == "[1.235 0.   ]"
    assert pnp.array_str(pnp.arange(30), max_line_width=20).count("\n") > 3


# Names that are not there ------------------------------------------------------------------------------------------------------
def test_dtypes_that_are_not_there_name_the_nearest():
    with pytest.raises(AttributeError, match=r"'float8_e4m3fn'.*8-bit or smaller floats; nearest: bfloat16, float16"):
        pnp.float8_e4m3fn  # noqa: B018
    with pytest.raises(AttributeError, match=r"'uint4'.*less than 8 bits; nearest: int8, uint8"):
        pnp.uint4  # noqa: B018


def test_names_of_jax_numpy():
    """All public names of jax.numpy but dtypes of less than 8 bits and 8-bit floats."""
    import jax.numpy as jnp

    absent = {n for n in dir(jnp) if not n.startswith("_") and not hasattr(pnp, n)}
    assert all(
        n.startswith(("float4_", "float6_", "float8_")) or n.removeprefix("u") in ("int1", "int2", "int4") for n in absent
    ), absent
