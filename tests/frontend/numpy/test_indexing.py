"""Index expressions against NumPy: reading, writing, out-of-range rules, errors, and under transformations."""

from __future__ import annotations

import hypothesis
import hypothesis.strategies as st
import numpy as np
import pytest

import pullback
import pullback.numpy as pnp
from pullback.numpy.index_plan import entries, make_plan
from pullback.numpy.indexing import gather

SETTINGS = hypothesis.settings(max_examples=150, deadline=None, derandomize=True)


@st.composite
def slices(draw, n):
    bound = st.none() | st.integers(-n - 2, n + 2)
    return slice(draw(bound), draw(bound), draw(st.sampled_from([None, 1, 2, 3, -1, -2])))


@st.composite
def cases(draw):
    """A shape and an index expression that is valid for it."""
    shape = tuple(draw(st.lists(st.integers(1, 4), min_size=1, max_size=4)))
    batch = draw(st.sampled_from([(), (1,), (3,), (2, 3), (0,)]))
    items = []
    dim = 0
    used_ellipsis = False
    while dim < len(shape):
        kind = draw(st.sampled_from(["int", "slice", "slice", "array", "none", "ellipsis", "mask", "stop", "flag"]))
        n = shape[dim]
        if kind == "int":
            items.append(draw(st.integers(-n, n - 1)))
        elif kind == "slice":
            items.append(draw(slices(n)))
        elif kind == "array":
            own = draw(st.sampled_from([batch, batch[1:], (1,) * len(batch)])) if 0 not in batch else batch
            values = draw(st.lists(st.integers(-n, n - 1), min_size=int(np.prod(own)), max_size=int(np.prod(own))))
            items.append(np.array(values, np.int32).reshape(own))
        elif kind == "none":
            items.append(None)
            continue
        elif kind == "ellipsis":
            if used_ellipsis:
                continue
            used_ellipsis = True
            items.append(Ellipsis)
            break
        elif kind == "mask" and batch == ():
            items.append(np.array(draw(st.lists(st.booleans(), min_size=n, max_size=n))))
            batch = (1,)  # no further arrays, which would have to fit the number of true elements
            items += [slice(None)] * draw(st.integers(0, 1)) if dim + 1 < len(shape) else []
            break
        elif kind == "flag":
            items.append(draw(st.booleans()))
            continue
        else:
            break
        dim += 1
    return shape, tuple(items)


def reference(x, index):
    try:
        return x[index]
    except IndexError:
        hypothesis.reject()


@SETTINGS
@hypothesis.given(cases())
def test_reading_agrees_with_numpy(case):
    shape, index = case
    x = np.arange(np.prod(shape), dtype=np.float32).reshape(shape)
    expected = reference(x, index)
    actual = pnp.asarray(x)[index]
    assert actual.shape == expected.shape and actual.dtype == expected.dtype
    np.testing.assert_array_equal(actual, expected)


@SETTINGS
@hypothesis.given(cases())
def test_plans_agree_with_numpy(case):
    """The way that traced arrays go: slices and one gather."""
    shape, index = case
    x = np.arange(np.prod(shape), dtype=np.float32).reshape(shape)
    expected = reference(x, index)
    plan = make_plan(entries(index), shape, static_bounds=True)
    assert plan.result == expected.shape
    for mode in ("clip", "fill"):
        np.testing.assert_array_equal(gather(pnp.asarray(x), plan, mode), expected)


@SETTINGS
@hypothesis.given(cases(), st.sampled_from(["set", "add", "multiply", "min", "max", "subtract"]))
def test_writing_agrees_with_numpy(case, method):
    shape, index = case
    x = np.arange(np.prod(shape), dtype=np.float32).reshape(shape) + 1
    target = reference(x, index)
    value = np.asarray(2.5 + np.arange(target.size, dtype=np.float32).reshape(target.shape) % 2)
    if method == "set":
        value = np.float32(2.5)
    expected = x.copy()
    if method == "set":
        expected[index] = value
    else:
        ufunc = {"add": np.add, "multiply": np.multiply, "min": np.minimum, "max": np.maximum, "subtract": np.subtract}[method]
        ufunc.at(expected, index, value)
    np.testing.assert_allclose(getattr(pnp.asarray(x).at[index], method)(value), expected, rtol=1e-6)

    primal, tangent = pullback.jvp(lambda x: getattr(x.at[index], method)(value), (x,), (np.ones_like(x),))
    np.testing.assert_allclose(primal, expected, rtol=1e-6)
    if method == "set":
        mask = np.ones_like(x)
        mask[index] = 0
        np.testing.assert_array_equal(tangent, mask)


@SETTINGS
@hypothesis.given(cases())
def test_gradient_of_reading_counts_the_uses(case):
    shape, index = case
    x = np.arange(np.prod(shape), dtype=np.float32).reshape(shape)
    expected = np.zeros_like(x)
    weights = np.asarray(np.arange(1, reference(x, index).size + 1, dtype=np.float32).reshape(reference(x, index).shape))
    np.add.at(expected, index, weights)
    np.testing.assert_allclose(pullback.grad(lambda x: pnp.sum(x[index] * weights))(x), expected)


X = np.arange(12, dtype=np.float32).reshape(3, 4)


def test_index_arrays_out_of_range_are_clamped():
    x = pnp.arange(5.0)
    i = pnp.array([7, -7, -1, 2])
    expected = [4.0, 0.0, 4.0, 2.0]
    np.testing.assert_array_equal(x[i], expected)
    np.testing.assert_array_equal(pullback.jvp(lambda x: x[i], (x,), (x,))[1], expected)
    np.testing.assert_array_equal(pullback.vmap(lambda i: x[i])(i), expected)
    assert float(x[pnp.array(9)]) == 4.0


def test_modes_of_get():
    x = pnp.arange(5.0)
    i = pnp.array([-7, 7, -1])
    np.testing.assert_array_equal(x.at[i].get(), [0, 4, 4])
    np.testing.assert_array_equal(x.at[i].get(mode="clip"), [0, 4, 4])
    np.testing.assert_array_equal(x.at[i].get(mode="fill"), [np.nan, np.nan, 4])
    np.testing.assert_array_equal(x.at[i].get(mode="fill", fill_value=3), [3, 3, 4])
    np.testing.assert_array_equal(pnp.arange(5).at[i].get(mode="fill"), [-(2**31), -(2**31), 4])
    np.testing.assert_array_equal(x.at[7].get(), 4)
    with pytest.raises(ValueError, match="mode"):
        x.at[i].get(mode="wrap")


def test_writes_out_of_range_are_dropped():
    x = pnp.arange(5.0)
    np.testing.assert_array_equal(x.at[7].set(9.0), x)
    np.testing.assert_array_equal(x.at[pnp.array([7, -6, 1])].set(9.0), [0, 9, 2, 3, 4])
    np.testing.assert_array_equal(x.at[pnp.array([7, -6])].add(9.0, mode="clip"), [9, 1, 2, 3, 13])


def test_dtypes_of_updates():
    i = pnp.arange(1, 5)
    assert i.at[0].set(1.9).dtype == np.int32 and int(i.at[0].set(1.9)[0]) == 1
    np.testing.assert_array_equal(i.at[2].multiply(1.5), [1, 2, 4, 4])
    np.testing.assert_array_equal(i.at[1].divide(4), [1, 0.5, 3, 4])
    np.testing.assert_array_equal(pnp.arange(4.0).at[pnp.array([3, 3])].power(2.0), [0, 1, 2, 81])
    b = pnp.zeros(3, bool).at[pnp.array([1, 1])].add(True)
    assert b.dtype == np.bool_ and b.tolist() == [False, True, False]
    assert pnp.zeros(3).at[1].set(np.float64(2)).dtype == np.float32


def test_apply_counts_repetitions():
    x = pnp.arange(4.0)
    np.testing.assert_array_equal(x.at[pnp.array([0, 0, 2])].apply(lambda v: v + 1), [2, 1, 3, 3])
    np.testing.assert_array_equal(
        pullback.vmap(lambda i: x.at[i].apply(pnp.sin))(pnp.array([1])), [[0, np.sin(np.float32(1)), 2, 3]]
    )


@pytest.mark.parametrize(
    ("index", "error", "text"),
    [
        ([0, 1], TypeError, "non-tuple sequence"),
        (1.0, TypeError, "integer or boolean"),
        ("a", TypeError, "string"),
        (np.array([1.0]), TypeError, "float64"),
        ((0, 0, 0), IndexError, "Too many indices"),
        ((..., ...), IndexError, "single ellipsis"),
        (3, IndexError, "index 3 is out of bounds for axis 0 with size 3"),
        ((slice(None), -5), IndexError, "axis 1"),
        (np.array([True, False]), IndexError, "did not match"),
        ((np.zeros(2, int), np.zeros(3, int)), IndexError, "broadcast"),
        (slice(None, None, 0), ValueError, "zero"),
    ],
)
def test_errors(index, error, text):
    with pytest.raises(error, match=text):
        pnp.asarray(X)[index]


def test_traced_masks():
    x = pnp.arange(4.0)
    mask = pnp.array([True, False, True, False])
    with pytest.raises(pullback.errors.NonConcreteBooleanIndexError, match="where"):
        pullback.vmap(lambda m: x[m])(mask[None])
    np.testing.assert_array_equal(pullback.vmap(lambda m: x.at[m].set(9.0))(mask[None]), [[9, 1, 9, 3]])
    np.testing.assert_array_equal(pullback.vmap(lambda m: x.at[m].multiply(2.0))(mask[None]), [[0, 1, 4, 3]])
    np.testing.assert_array_equal(pullback.grad(lambda x: (x[x > 1] ** 2).sum())(x), [0, 0, 4, 6])


def test_slices_of_traced_bounds_are_refused():
    with pytest.raises(TypeError, match="dynamic_slice"):
        pullback.vmap(lambda i: pnp.arange(4)[i:])(pnp.arange(2))


def test_assignment_is_refused():
    with pytest.raises(TypeError, match=r"at\[idx\]\.set"):
        pnp.arange(3)[0] = 1


def test_compiled():
    """One compilation for many expressions: traced and constant indices, reading and writing."""
    i = np.array([2, 0, -1, 9], np.int32)

    def f(x, i, k):
        return (
            x[i],
            x[k],
            x[:, k],
            x[1:, ::-2],
            x[i[:2], i[:2]],
            x[None, :, i],
            x.at[i].set(7.0),
            x.at[i, 1].add(1.0),
            x.at[k].set(x[0]),
            x.at[::2, ::-3].set(5.0),
            x.at[1, 1:3].multiply(3.0),
            x.at[i].get(mode="fill"),
            x[np.array([0, 2])],
            x.at[k, k].min(-1.0),
        )

    k = np.int32(-2)
    expected = f(pnp.asarray(X), pnp.asarray(i), pnp.asarray(k))
    for a, b in zip(pullback.jit(f)(X, i, k), expected):
        np.testing.assert_array_equal(a, b)
    for a, b in zip(pullback.vmap(f, in_axes=(None, 0, None))(X, np.stack([i, i]), k), expected):
        np.testing.assert_array_equal(a[1], b)


def test_take():
    x = pnp.asarray(X)
    i = pnp.array([[2, -1], [9, 0]])
    np.testing.assert_array_equal(pnp.take(x, i, axis=1), [[[2, 3], [np.nan, 0]], [[6, 7], [np.nan, 4]], [[10, 11], [np.nan, 8]]])
    for mode in ("wrap", "clip"):
        np.testing.assert_array_equal(pnp.take(x, i, 0, mode=mode), np.take(X, i, 0, mode=mode))
        np.testing.assert_array_equal(pullback.vmap(lambda i, m=mode: pnp.take(x, i, 0, mode=m))(i), np.take(X, i, 0, mode=mode))
    np.testing.assert_array_equal(pullback.vmap(lambda i: pnp.take(x, i))(i), [[2, 11], [9, 0]])
    np.testing.assert_array_equal(pullback.grad(lambda x: pnp.take(x, i[0], 0, mode="clip").sum())(x), [[1] * 4, [0] * 4, [1] * 4])
    with pytest.raises(NotImplementedError):
        pnp.take(x, i, mode="raise")


def test_along_axis():
    order = np.argsort(-X, axis=1)
    np.testing.assert_array_equal(pnp.take_along_axis(X, order, 1), np.take_along_axis(X, order, 1))
    np.testing.assert_array_equal(pnp.take_along_axis(X, np.array([[-1], [9], [0]]), 1), [[3], [np.nan], [8]])
    np.testing.assert_array_equal(pnp.take_along_axis(X, np.array([[0, 2]]), 1), X[:, [0, 2]])
    np.testing.assert_array_equal(pnp.take_along_axis(X, np.array([3, 11]), None), [3, 11])
    expected = X.copy()
    np.put_along_axis(expected, order[:, :1], 50.0, 1)
    np.testing.assert_array_equal(pnp.put_along_axis(X, order[:, :1], 50.0, 1, inplace=False), expected)
    gradient = pullback.grad(lambda x: (pnp.take_along_axis(x, order[:, :2], 1) * np.array([1.0, 2.0])).sum())(X)
    np.testing.assert_array_equal(gradient, [[0, 0, 2, 1]] * 3)


def test_positions():
    for a, b in zip(pnp.nonzero(X > 9), np.nonzero(X > 9)):
        np.testing.assert_array_equal(a, b)
    traced = pullback.vmap(lambda m: pnp.nonzero(m, size=4, fill_value=(7, 8)))((X > 9)[None])
    assert [v.tolist() for v in traced] == [[[2, 2, 7, 7]], [[2, 3, 8, 8]]]
    assert pnp.flatnonzero(X > 5, size=2).tolist() == [6, 7]
    np.testing.assert_array_equal(pnp.argwhere(X > 9), np.argwhere(X > 9))
    np.testing.assert_array_equal(pnp.extract(X > 9, X, size=3, fill_value=5), [10, 11, 5])
    np.testing.assert_array_equal(pnp.compress(np.array([True, False, True]), X, axis=0), X[::2])
    for a, b in zip(pnp.unravel_index(np.array([5, 11]), (3, 4)), np.unravel_index([5, 11], (3, 4))):
        np.testing.assert_array_equal(a, b)
    np.testing.assert_array_equal(pnp.ravel_multi_index((np.array([1, 2]), np.array([3, 0])), (3, 4)), [7, 8])
    np.testing.assert_array_equal(pnp.ravel_multi_index((np.array([1, 2]), np.array([3, 0])), (3, 4), order="F"), [10, 2])
    np.testing.assert_array_equal(pnp.asarray(X)[pnp.ix_(np.array([0, 2]), np.array([1, 3]))], X[np.ix_([0, 2], [1, 3])])
    with pytest.raises(TypeError, match="size"):
        pullback.vmap(pnp.nonzero)(X)


def test_put_choose_place():
    assert pnp.put(X, np.array([1, -1, 99]), np.array([5.0, 6.0]), inplace=False).tolist()[0][1] == 5
    with pytest.raises(ValueError, match="inplace=False"):
        pnp.put(X, 0, 0)
    choices = [np.arange(3), 10 * np.ones(3, int)]
    np.testing.assert_array_equal(pnp.choose(np.array([0, 1, 0]), choices), [0, 10, 2])
    np.testing.assert_array_equal(pnp.choose(np.array([0, 1, 5]), choices, mode="wrap"), [0, 10, 10])
    with pytest.raises(ValueError, match="choice"):
        pnp.choose(np.array([2]), choices)
    np.testing.assert_array_equal(pnp.place(X, X > 9, np.array([1.0, 2.0, 3.0]), inplace=False)[2], [8, 9, 1, 2])
    expected = X.copy()
    np.fill_diagonal(expected, [7, 8, 9])
    np.testing.assert_array_equal(pnp.fill_diagonal(X, np.array([7.0, 8, 9]), inplace=False), expected)


def test_sequences_beside_other_indices() -> None:
    x = pnp.array(X)
    np.testing.assert_array_equal(x[:, [0, 2]], X[:, [0, 2]])
    np.testing.assert_array_equal(x[(0, 1), (1, 2)], X[(0, 1), (1, 2)])
    np.testing.assert_array_equal(x[[], :], X[[], :])
    np.testing.assert_array_equal(x.at[[0, 0], [1, 2]].set(7)[0, 1:3], [7, 7])
    np.testing.assert_array_equal(pullback.jit(lambda x, i: x[[i, 0], 1])(x, 1), X[[1, 0], 1])
    with pytest.raises(TypeError, match="non-tuple sequence"):
        x[[0, 1]]
