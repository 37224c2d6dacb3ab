"""Sorting, searching, sets, counting and polynomials against NumPy; also under transformations."""

from __future__ import annotations

import numpy as np
import pytest

import pullback
import pullback.numpy as pnp

RNG = np.random.default_rng(0)
A = RNG.integers(0, 6, (4, 5)).astype(np.float32)
I = RNG.integers(-3, 4, 12).astype(np.int32)
NAN = np.array([3.0, np.nan, -1.0, 0.0, np.inf, np.nan, -np.inf], np.float32)


@pytest.mark.parametrize("axis", [0, 1, -1, None])
def test_sort(axis):
    np.testing.assert_array_equal(pnp.sort(A, axis), np.sort(A, axis))
    np.testing.assert_array_equal(pnp.argsort(A, axis), np.argsort(A, axis, kind="stable"))
    np.testing.assert_array_equal(pnp.sort(A, axis, descending=True), -np.sort(-A, axis))
    np.testing.assert_array_equal(pnp.argsort(A, axis, descending=True), np.argsort(-A, axis, kind="stable"))
    np.testing.assert_array_equal(pnp.partition(A, 1, axis), np.sort(A, axis))
    weights = np.arange(A.size, dtype=np.float32).reshape(A.shape if axis is not None else -1)
    gradient = pullback.grad(lambda x: (pnp.sort(x, axis) * weights).sum())(A)
    order = np.argsort(A, axis, kind="stable")
    expected = np.zeros_like(A if axis is not None else A.ravel())
    np.put_along_axis(expected, order, weights, -1 if axis is None else axis)
    np.testing.assert_array_equal(gradient, expected.reshape(A.shape))


def test_order_of_special_numbers():
    np.testing.assert_array_equal(pnp.sort(NAN), np.sort(NAN))
    np.testing.assert_array_equal(pnp.argsort(NAN), np.argsort(NAN, kind="stable"))
    np.testing.assert_array_equal(pnp.argsort(np.array([3.0, np.nan, -1, 3.0]), descending=True), [1, 0, 3, 2])
    np.testing.assert_array_equal(pnp.sort_complex(np.array([2, 1])), [1, 2])
    c = np.array([1 + 2j, 1 - 1j, 0, -1j], np.complex64)
    np.testing.assert_array_equal(pnp.sort(c), np.sort(c))
    np.testing.assert_array_equal(pnp.sort(np.array([True, False])), [False, True])
    np.testing.assert_array_equal(pnp.lexsort((A[0], A[1])), np.lexsort((A[0], A[1])))
    np.testing.assert_array_equal(pnp.lexsort(A, axis=-1), np.lexsort(A))
    with pytest.raises(ValueError, match="stable"):
        pnp.sort(A, kind="quicksort")
    with pytest.raises(ValueError, match="out of bounds"):
        pnp.argpartition(A, 9)


@pytest.mark.parametrize("method", ["scan", "sort", "compare_all"])
@pytest.mark.parametrize("side", ["left", "right"])
def test_searchsorted(side, method):
    table = np.sort(A.ravel())
    queries = np.array([[-1, 0, 2.5], [5, 6, 3]], np.float32)
    expected = np.searchsorted(table, queries, side)
    np.testing.assert_array_equal(pnp.searchsorted(table, queries, side, method=method), expected)
    mapped = pullback.vmap(lambda q: pnp.searchsorted(table, q, side, method=method))(queries)
    np.testing.assert_array_equal(mapped, expected)
    with_nan = np.sort(NAN)
    for q in (with_nan, np.float32(2)):
        np.testing.assert_array_equal(pnp.searchsorted(with_nan, q, side, method=method), np.searchsorted(with_nan, q, side))
    order = np.argsort(A[0])
    np.testing.assert_array_equal(
        pnp.searchsorted(A[0], A[1], side, order, method=method), np.searchsorted(A[0], A[1], side, order)
    )


def test_digitize():
    for bins in (np.array([0.0, 2.0, 4.0]), np.array([4.0, 2.0, 0.0])):
        for right in (False, True):
            np.testing.assert_array_equal(pnp.digitize(A, bins, right), np.digitize(A, bins, right))


def test_unique():
    kwargs = {"return_index": True, "return_inverse": True, "return_counts": True}
    for actual, expected in zip(pnp.unique(I, **kwargs), np.unique(I, **kwargs)):
        np.testing.assert_array_equal(actual, expected)
    x = np.array([[1, 0, 1], [2, 2, 2], [1, 0, 1]])
    for actual, expected in zip(pnp.unique(x, axis=0, **kwargs), np.unique(x, axis=0, **kwargs)):
        np.testing.assert_array_equal(actual, expected)
    np.testing.assert_array_equal(pnp.unique(x, axis=1), np.unique(x, axis=1))
    np.testing.assert_array_equal(pnp.unique(NAN), np.unique(NAN))
    assert pnp.unique_values(NAN).shape == (7,)
    v, i, r, c = pnp.unique(np.array([3, 1, 3]), size=4, fill_value=-1, **kwargs)
    assert (v.tolist(), i.tolist(), r.tolist(), c.tolist()) == ([1, 3, -1, -1], [1, 0, 1, 1], [1, 0, 1], [1, 2, 0, 0])
    assert pullback.vmap(lambda x: pnp.unique(x, size=4))(np.array([[3, 1, 3]])).tolist() == [[1, 3, 1, 1]]
    assert pnp.unique_counts(I)._fields == ("values", "counts")
    with pytest.raises(TypeError, match="size"):
        pullback.vmap(pnp.unique)(A)


def test_sets():
    x, y = np.array([5, 1, 3, 3]), np.array([3, 7, 1])
    for name in ("union1d", "intersect1d", "setdiff1d", "setxor1d", "isin"):
        np.testing.assert_array_equal(getattr(pnp, name)(x, y), getattr(np, name)(x, y))
    for a, b in zip(pnp.intersect1d(x, y, return_indices=True), np.intersect1d(x, y, return_indices=True)):
        np.testing.assert_array_equal(a, b)
    assert pnp.setdiff1d(x, y, size=3, fill_value=9).tolist() == [5, 9, 9]
    assert pnp.setxor1d(x, y, size=3).tolist() == [5, 7, 5]
    assert pnp.intersect1d(x, y, size=3).tolist() == [1, 3, 1]
    assert pnp.union1d(x, y, size=6).tolist() == [1, 3, 5, 7, 1, 1]
    mapped = pullback.vmap(lambda x: pnp.setdiff1d(x, y, size=3))(x[None])
    assert mapped.tolist() == [[5, 0, 0]]


def test_counting():
    x = np.array([1, 5, 1, 0])
    w = np.array([0.5, 1, 2, 3], np.float32)
    np.testing.assert_array_equal(pnp.bincount(x), np.bincount(x))
    np.testing.assert_array_equal(pnp.bincount(x, w, minlength=8), np.bincount(x, w, 8))
    np.testing.assert_array_equal(pullback.vmap(lambda x: pnp.bincount(x, length=3))(x[None]), [[1, 2, 0]])
    for kwargs in ({}, {"bins": 4}, {"range": (1, 4)}, {"bins": np.array([0, 2, 5.0])}, {"density": True}, {"weights": A + 1}):
        for a, b in zip(pnp.histogram(A, **kwargs), np.histogram(A, **kwargs)):
            np.testing.assert_allclose(a, b, rtol=1e-5)
        np.testing.assert_allclose(
            pnp.histogram(A, **kwargs)[1], pnp.histogram_bin_edges(A, kwargs.get("bins", 10), kwargs.get("range"))
        )
    for kwargs in ({}, {"bins": 3, "density": True}, {"bins": (2, 4), "range": ((0, 5), (1, 5))}):
        for a, b in zip(pnp.histogram2d(A[0], A[1], **kwargs), np.histogram2d(A[0], A[1], **kwargs)):
            np.testing.assert_allclose(a, b, rtol=1e-5)
    gradient = pullback.grad(lambda w: pnp.histogram(A, 3, weights=w)[0][1])(np.ones_like(A))
    np.testing.assert_array_equal(gradient, (A >= 5 / 3) & (A < 10 / 3))


def test_interp():
    xp, fp = np.array([0, 1, 3, 4], np.float32), np.array([0, 2, -1, 5], np.float32)
    x = np.linspace(-1, 5, 13, dtype=np.float32)
    for kwargs in ({}, {"left": -7.0}, {"right": 9.0}, {"period": 3.5}):
        np.testing.assert_allclose(pnp.interp(x, xp, fp, **kwargs), np.interp(x, xp, fp, **kwargs), rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(pnp.interp(np.float32(-1), xp, fp, left="extrapolate"), -2)
    np.testing.assert_allclose(
        pullback.vmap(pullback.grad(lambda x: pnp.interp(x, xp, fp)))(np.array([0.5, 2.0, 9.0])), [2, -1.5, 0]
    )
    pullback.test_util.check_grads(lambda f: pnp.interp(x, xp, f), (fp,), order=1)


def test_covariance():
    m, y = A, A[:1] ** 2
    for kwargs in ({}, {"bias": True}, {"ddof": 2}, {"rowvar": False}, {"y": y}, {"fweights": np.arange(1, 6)},
                   {"aweights": np.arange(1.0, 6.0)}):  # fmt: skip
        np.testing.assert_allclose(pnp.cov(m, **kwargs), np.cov(m, **kwargs), rtol=1e-4)
    np.testing.assert_allclose(pnp.cov(A[0]), np.cov(A[0]), rtol=1e-5)
    np.testing.assert_allclose(pnp.corrcoef(m), np.corrcoef(m), rtol=1e-4, atol=1e-6)
    assert float(pnp.corrcoef(A[0])) == 1.0


@pytest.mark.parametrize("mode", ["full", "same", "valid"])
@pytest.mark.parametrize(("n", "m"), [(7, 3), (3, 7), (6, 4), (4, 6), (1, 1)])
def test_convolution(n, m, mode):
    a, v = RNG.normal(size=n).astype(np.float32), RNG.normal(size=m).astype(np.float32)
    np.testing.assert_allclose(pnp.convolve(a, v, mode), np.convolve(a, v, mode), rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(pnp.correlate(a, v, mode), np.correlate(a, v, mode), rtol=1e-4, atol=1e-5)
    pullback.test_util.check_grads(lambda a, v: pnp.convolve(a, v, mode), (a, v), order=1)


def test_polynomials():
    p, q = np.array([1.0, -2, 3, 4], np.float32), np.array([2.0, 1], np.float32)
    for name in ("polyadd", "polysub", "polymul", "polydiv"):
        expected = getattr(np, name)(p, q)
        actual = getattr(pnp, name)(p, q)
        for a, b in zip(actual, expected) if isinstance(expected, tuple) else [(actual, expected)]:
            np.testing.assert_allclose(np.trim_zeros(a, "f"), np.trim_zeros(b, "f"), rtol=1e-5)
    np.testing.assert_allclose(pnp.polyval(p, A), np.polyval(p, A), rtol=1e-5)
    np.testing.assert_allclose(pnp.polyder(p, 2), np.polyder(p, 2))
    np.testing.assert_allclose(pnp.polyint(p, 2, np.array([1.0, 2.0])), np.polyint(p, 2, [1, 2]), rtol=1e-6)
    np.testing.assert_allclose(pnp.poly(q), np.poly(q))


def test_functions_over_axes():
    np.testing.assert_allclose(pnp.apply_along_axis(lambda v: pnp.cumsum(v)[:2], 0, A), np.cumsum(A, 0)[:2])
    np.testing.assert_allclose(pnp.apply_along_axis(pnp.max, 1, A), A.max(1))
    np.testing.assert_allclose(pnp.apply_over_axes(pnp.sum, A, (0, 1)), [[A.sum()]])

    @pnp.vectorize
    def larger(x, y):
        assert x.shape == y.shape == ()
        return pnp.where(x > y, x, y)

    np.testing.assert_allclose(larger(A, A[:, :1]), np.maximum(A, A[:, :1]))
    assert larger(2.0, 3.0) == 3
    matvec = pnp.vectorize(pnp.matmul, signature="(m,n),(n)->(m)")
    np.testing.assert_allclose(matvec(np.stack([A, A]), A[0]), np.stack([A, A]) @ A[0])
    power = pnp.vectorize(lambda x, n: x**n, excluded={1})
    np.testing.assert_allclose(power(A, 2), A**2)
    with pytest.raises(ValueError, match="'n' of signature"):
        matvec(A, A[0, :3])
    with pytest.raises(ValueError, match="signature"):
        pnp.vectorize(pnp.matmul, signature="(m,n)")


def test_bits():
    x = RNG.integers(0, 2, (3, 11)).astype(np.uint8)
    for kwargs in ({}, {"axis": 1}, {"axis": 0}, {"axis": 1, "bitorder": "little"}):
        packed = np.packbits(x, **kwargs)
        np.testing.assert_array_equal(pnp.packbits(x, **kwargs), packed)
        for count in (None, 5, -3, 40):
            np.testing.assert_array_equal(
                pnp.unpackbits(packed, count=count, **kwargs), np.unpackbits(packed, count=count, **kwargs)
            )


def test_compiled():
    def f(a, i):
        return (
            pnp.sort(a, 0),
            pnp.argsort(a, descending=True),
            pnp.searchsorted(pnp.sort(a[0]), a),
            pnp.unique(i, size=5, return_counts=True),
            pnp.bincount(i, length=4),
            pnp.histogram(a, 4)[0],
            pnp.interp(a[0], pnp.arange(4.0), pnp.arange(4.0) ** 2),
            pnp.convolve(a[0], a[1]),
            pnp.nonzero(a > 2, size=6),
            pnp.cov(a),
        )

    expected, _ = pullback.tree_util.tree_flatten(f(pnp.asarray(A), pnp.asarray(I)))
    actual, _ = pullback.tree_util.tree_flatten(pullback.jit(f)(A, I))
    for x, y in zip(actual, expected):
        np.testing.assert_allclose(x, y, rtol=1e-4, atol=1e-5)
