"""Products against NumPy: all ranks, dtypes, errors, and under transformations."""

from __future__ import annotations

import ml_dtypes
import numpy as np
import pytest

import pullback
import pullback.numpy as pnp


def array(*shape, dtype=np.float32, seed=0):
    values = np.random.default_rng(seed + sum(shape)).normal(size=shape)
    if np.dtype(dtype).kind == "c":
        values = values + 1j * np.random.default_rng(seed + 99).normal(size=shape)
    return (3 * values).astype(dtype) if np.dtype(dtype).kind in "iu" else values.astype(dtype)


MATMUL = [
    ((3,), (3,)),
    ((2, 3), (3,)),
    ((3,), (3, 4)),
    ((2, 3), (3, 4)),
    ((5, 2, 3), (3, 4)),
    ((2, 3), (5, 3, 4)),
    ((5, 2, 3), (5, 3, 4)),
    ((5, 1, 2, 3), (6, 3, 4)),
    ((1, 2, 3), (5, 3, 4)),
    ((5, 2, 3), (3,)),
    ((3,), (5, 3, 4)),
    ((1, 2, 3), (1, 3, 4)),
    ((0, 3), (3, 2)),
]


@pytest.mark.parametrize(("a", "b"), MATMUL)
def test_matmul(a, b):
    x, y = array(*a), array(*b, seed=1)
    expected = np.matmul(x, y)
    np.testing.assert_allclose(pnp.matmul(x, y), expected, rtol=1e-5)
    np.testing.assert_allclose(pnp.asarray(x) @ pnp.asarray(y), expected, rtol=1e-5)
    primal, tangent = pullback.jvp(lambda x: x @ y, (x,), (2 * x,))
    assert primal.shape == expected.shape
    np.testing.assert_allclose(tangent, 2 * primal, rtol=1e-5)
    _, bwd = pullback.vjp(pnp.matmul, x, y)
    gx, gy = bwd(np.ones(expected.shape, np.float32))
    np.testing.assert_allclose(np.vdot(gx, x), expected.sum(), rtol=1e-4)
    np.testing.assert_allclose(np.vdot(gy, y), expected.sum(), rtol=1e-4)


@pytest.mark.parametrize("dtype", [np.int32, np.uint8, np.bool_, np.float16, ml_dtypes.bfloat16, np.complex64])
def test_dtypes(dtype):
    x, y = np.abs(array(2, 3)).astype(dtype), np.abs(array(3, 4)).astype(dtype)
    wide = {ml_dtypes.bfloat16: np.float32, np.float16: np.float32}.get(dtype, dtype)
    expected = (x.astype(wide) @ y.astype(wide)).astype(dtype)
    for f in (pnp.matmul, pnp.dot, lambda a, b: pnp.einsum("ij,jk", a, b), lambda a, b: pnp.tensordot(a, b, 1)):
        out = f(x, y)
        assert out.dtype == np.dtype(dtype)
        np.testing.assert_allclose(np.asarray(out).astype(np.complex64), expected.astype(np.complex64), rtol=1e-2)


def test_promotion():
    assert pnp.matmul(np.ones(3, np.int8), np.ones(3, np.float32)).dtype == np.float32
    assert pnp.dot(np.ones(3, np.int8), np.ones(3, np.int8), preferred_element_type=np.int32).dtype == np.int32
    assert int(pnp.dot(np.full(3, 100, np.int8), np.full(3, 100, np.int8), preferred_element_type=np.int32)) == 30000


def test_others():
    x, y, z = array(2, 3), array(4, 3, seed=1), array(3)
    c = array(2, 3, dtype=np.complex64)
    np.testing.assert_allclose(pnp.inner(x, y), np.inner(x, y), rtol=1e-5)
    np.testing.assert_allclose(pnp.inner(2.0, y), 2 * y)
    np.testing.assert_allclose(pnp.outer(x, z), np.outer(x, z), rtol=1e-6)
    np.testing.assert_allclose(pnp.vdot(c, x), np.vdot(c, x), rtol=1e-5)
    np.testing.assert_allclose(pnp.dot(array(2, 3, 4), array(5, 4, 6)), np.dot(array(2, 3, 4), array(5, 4, 6)), rtol=1e-4)
    np.testing.assert_allclose(pnp.dot(3.0, x), 3 * x)
    np.testing.assert_allclose(pnp.kron(x, y), np.kron(x, y), rtol=1e-6)
    np.testing.assert_allclose(pnp.kron(z, y), np.kron(z, y), rtol=1e-6)
    np.testing.assert_allclose(pnp.vecdot(c, z), np.vecdot(c, z), rtol=1e-5)
    np.testing.assert_allclose(pnp.vecdot(array(3, 2), array(3, 1), axis=0), np.vecdot(array(3, 2), array(3, 1), axis=0), rtol=1e-5)
    np.testing.assert_allclose(pnp.matvec(array(5, 2, 3), array(5, 3)), np.matvec(array(5, 2, 3), array(5, 3)), rtol=1e-5)
    np.testing.assert_allclose(pnp.vecmat(c, array(3, 4)), np.vecmat(c, array(3, 4)), rtol=1e-5)


@pytest.mark.parametrize("axes", [0, 1, 2, (0, 1), ([1, 0], [0, 1]), ([-1], [0])])
def test_tensordot(axes):
    x = array(3, 3)
    np.testing.assert_allclose(pnp.tensordot(x, x, axes), np.tensordot(x, x, axes), rtol=1e-5)


@pytest.mark.parametrize(("a", "b"), [((3,), (3,)), ((4, 3), (3,)), ((4, 3), (4, 3)), ((1, 3), (4, 3))])
def test_cross(a, b):
    x, y = array(*a), array(*b, seed=3)
    np.testing.assert_allclose(pnp.cross(x, y), np.cross(x, y), rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(pnp.cross(x[..., :2], y), np.cross(np.insert(x[..., :2], 2, 0, -1), y), rtol=1e-5, atol=1e-6)
    area = x[..., 0] * y[..., 1] - x[..., 1] * y[..., 0]
    np.testing.assert_allclose(pnp.cross(x[..., :2], y[..., :2]), area, rtol=1e-5, atol=1e-6)


EINSUM = [
    "ij,jk",
    "ij,jk->ki",
    "ii->i",
    "ii",
    "ij->",
    "ij->ji",
    "ij,ij->",
    "ij,kj->ik",
    "...j,jk->...k",
    "i...,i...->...",
    "ij,jk,kl->il",
    "ij,jk,kl",
    "ij,ik,il->jkl",
    "i,j,k->kji",
    "ii,ij->j",
    "ijj->i",
    "b...i,bij->b...j",
    "ij,ij->ij",
    "ij,kl->",
    "iij,jk->ik",
]


@pytest.mark.parametrize("subscripts", EINSUM)
def test_einsum(subscripts):
    terms = subscripts.split("->")[0].split(",")
    arrays = [array(*[3] * (len(t.replace("...", "")) + ("..." in t)), seed=i) for i, t in enumerate(terms)]
    expected = np.einsum(subscripts, *arrays)
    np.testing.assert_allclose(pnp.einsum(subscripts, *arrays), expected, rtol=1e-4, atol=1e-5)
    for optimize in (False, "greedy"):
        np.testing.assert_allclose(pnp.einsum(subscripts, *arrays, optimize=optimize), expected, rtol=1e-4, atol=1e-5)
    _, bwd = pullback.vjp(lambda x: pnp.einsum(subscripts, x, *arrays[1:]), arrays[0])
    np.testing.assert_allclose(np.vdot(bwd(np.ones_like(expected))[0], arrays[0]), expected.sum(), rtol=1e-3, atol=1e-3)


def test_einsum_forms():
    x, y = array(2, 3), array(3, 4)
    np.testing.assert_allclose(pnp.einsum(x, [0, 1], y, [1, 2], [2, 0]), np.einsum("ij,jk->ki", x, y), rtol=1e-5)
    np.testing.assert_allclose(pnp.einsum(x, [0, 1], y, [1, 2]), x @ y, rtol=1e-5)
    np.testing.assert_allclose(pnp.einsum(x, [..., 1], y, [1, 2]), np.einsum(x, [..., 1], y, [1, 2]), rtol=1e-5)
    np.testing.assert_allclose(pnp.einsum("ij,jk->ik", x[:, :1], y), np.einsum("ij,jk->ik", x[:, :1], y), rtol=1e-5)
    path, text = pnp.einsum_path("ij,jk,kl->il", x, y, array(4, 5))
    assert path[0] == "einsum_path" and len(path) == 3 and "FLOP" in str(text)
    with pytest.raises(ValueError, match="'j' has sizes 3 and 4"):
        pnp.einsum("ij,jk", x, y.T)
    with pytest.raises(ValueError, match="2 indices"):
        pnp.einsum("ij,jk", x, array(3))


def test_errors_name_shapes():
    for f in (pnp.matmul, pnp.dot, pnp.inner, pnp.vecdot):
        with pytest.raises(TypeError, match=r"\(2, 3\).*\(2, 4\)"):
            f(array(2, 3), array(2, 4))
    with pytest.raises(ValueError, match="ndim at least 1"):
        pnp.matmul(2.0, array(2, 3))
    with pytest.raises(ValueError, match="broadcast"):
        pnp.matmul(array(2, 2, 3), array(4, 3, 2))
    with pytest.raises(TypeError, match="list"):
        pnp.dot([1.0], array(1))
    with pytest.raises(TypeError, match="different sizes"):
        pnp.tensordot(array(2, 3), array(4, 3), 1)


def test_compiled():
    x, y, b = array(2, 3), array(3, 4), array(5, 3, 2)

    def f(x, y, b):
        return (
            pnp.einsum("ij,jk,lki->l", x, y, array(5, 4, 2)),
            x @ y,
            b @ x,
            pnp.einsum("bij,ji->b", b, x),
            pnp.kron(x, y),
            pnp.tensordot(b, x, ((1, 2), (1, 0))),
            pnp.vecdot(b, x.T),
            pnp.trace(x @ b, axis1=1, axis2=2),
        )

    for actual, expected in zip(pullback.jit(f)(x, y, b), f(pnp.asarray(x), pnp.asarray(y), pnp.asarray(b))):
        np.testing.assert_allclose(actual, expected, rtol=1e-4, atol=1e-5)
    mapped = pullback.vmap(f, in_axes=(None, None, 0))(x, y, np.stack([b, 2 * b]))
    for actual, expected in zip(mapped, f(x, y, 2 * b)):
        np.testing.assert_allclose(actual[1], expected, rtol=1e-4, atol=1e-5)
