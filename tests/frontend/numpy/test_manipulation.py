"""Functions that change shapes, join, split, repeat and pad, against NumPy; also under transformations."""

from __future__ import annotations

import numpy as np
import pytest

import pullback
import pullback.numpy as pnp

A = np.arange(12, dtype=np.float32).reshape(3, 4)
B = np.arange(24, dtype=np.float32).reshape(2, 3, 4)
V = np.arange(5, dtype=np.float32)

#: name, arguments: the first one is the array that is differentiated
CASES = [
    ("reshape", A, (2, -1)),
    ("reshape", A, (2, 6), "F"),
    ("reshape", A, -1),
    ("ravel", B, "F"),
    ("transpose", B),
    ("transpose", B, (1, 2, 0)),
    ("permute_dims", B, (-1, 0, 1)),
    ("matrix_transpose", B),
    ("swapaxes", B, 0, -1),
    ("moveaxis", B, 0, -1),
    ("moveaxis", B, (0, 1), (-1, 0)),
    ("rollaxis", B, 2),
    ("rollaxis", B, 0, 3),
    ("rollaxis", B, 1, -1),
    ("expand_dims", A, 1),
    ("expand_dims", A, (0, -1)),
    ("squeeze", A[:1, :, None]),
    ("squeeze", A[:1, :, None], 2),
    ("broadcast_to", V, (3, 5)),
    ("tile", A, 2),
    ("tile", V, (2, 1, 3)),
    ("tile", B, (2,)),
    ("repeat", A, 2),
    ("repeat", A, 3, 1),
    ("repeat", A, np.array([0, 2, 1]), 0),
    ("flip", B),
    ("flip", B, (0, 2)),
    ("fliplr", A),
    ("flipud", A),
    ("rot90", A),
    ("rot90", A, 2),
    ("rot90", B, -1, (1, 2)),
    ("roll", A, 2),
    ("roll", A, -1, 1),
    ("roll", A, (1, 2), (0, 1)),
    ("roll", A, 1, (0, 1)),
    ("resize", A, (2, 7)),
    ("delete", A, 1, 0),
    ("delete", A, slice(0, 3, 2), 1),
    ("delete", A, np.array([0, -1]), 1),
    ("delete", A, np.array([True, False, True, False]), 1),
    ("insert", A, 1, 9.0, 1),
    ("insert", A, np.array([0, 2, 2]), 9.0, 1),
    ("insert", A, 1, np.arange(3.0), 1),
    ("insert", A, np.array([1]), np.arange(3.0)[:, None], 1),
    ("insert", A, slice(0, 2), np.arange(4.0), 0),
    ("insert", V, np.array([1, -1]), np.array([7.0, 8.0])),
    ("insert", A, 2, 5.0),
    ("append", A, V),
    ("append", A, A, 1),
    ("diagonal", A),
    ("diagonal", A, 1),
    ("diagonal", A, -2),
    ("diagonal", A, 9),
    ("diagonal", B, -1, 2, 0),
    ("trace", A, 1),
    ("trace", B, 0, 1, 2),
    ("atleast_1d", np.float32(3)),
    ("atleast_2d", V),
    ("atleast_3d", V),
    ("atleast_3d", A),
    ("pad", A, 1),
    ("pad", A, (1, 2)),
    ("pad", A, ((1, 2), (0, 3))),
    ("pad", V, {0: (1, 2)}),
]


@pytest.mark.parametrize("case", CASES, ids=lambda c: f"{c[0]}{c[2:]}"[:40].replace(" ", ""))
def test_agrees_with_numpy(case):
    name, x, *rest = case
    kwargs = {"order": rest.pop()} if rest and isinstance(rest[-1], str) else {}
    expected = getattr(np, name)(x, *rest, **kwargs)
    f = lambda x: getattr(pnp, name)(x, *rest, **kwargs)
    actual = f(x)
    assert actual.dtype == expected.dtype and actual.shape == expected.shape
    np.testing.assert_array_equal(actual, expected)
    y, bwd = pullback.vjp(f, x)
    np.testing.assert_array_equal(y, expected)
    weights = np.arange(1, expected.size + 1, dtype=np.float32).reshape(expected.shape)
    (gradient,) = bwd(weights)
    shift = f(x + 1) - f(x)  # these functions are linear up to a constant
    np.testing.assert_allclose(np.sum(gradient), np.vdot(weights, shift), rtol=1e-5)


PADS = [
    {"mode": "edge"},
    {"mode": "reflect"},
    {"mode": "reflect", "reflect_type": "odd"},
    {"mode": "symmetric"},
    {"mode": "symmetric", "reflect_type": "odd"},
    {"mode": "wrap"},
    {"mode": "linear_ramp", "end_values": 3},
    {"mode": "linear_ramp", "end_values": ((1, 2), (3, 4))},
    {"mode": "maximum"},
    {"mode": "minimum", "stat_length": 2},
    {"mode": "mean"},
    {"mode": "median"},
    {"mode": "constant", "constant_values": 7},
    {"mode": "constant", "constant_values": ((1, 2), (3, 4))},
    {"mode": "constant", "constant_values": (1, 2)},
]


@pytest.mark.parametrize("kwargs", PADS, ids=lambda k: "-".join(map(str, k.values())))
def test_pad(kwargs):
    for width in (((2, 1), (0, 3)), ((5, 7), (9, 2))):
        expected = np.pad(A, width, **kwargs)
        np.testing.assert_allclose(pnp.pad(A, width, **kwargs), expected, rtol=1e-6)
        primal, _ = pullback.jvp(lambda x, w=width: pnp.pad(x, w, **kwargs), (A,), (A,))
        np.testing.assert_allclose(primal, expected, rtol=1e-6)


def test_pad_errors():
    with pytest.raises(ValueError, match="modes"):
        pnp.pad(A, 1, mode="nothing")
    with pytest.raises(ValueError, match="end_values"):
        pnp.pad(A, 1, end_values=3)
    with pytest.raises(ValueError, match="negative"):
        pnp.pad(A, -1)
    with pytest.raises(ValueError, match="pad_width"):
        pnp.pad(A, ((1, 2),) * 3)
    with pytest.raises(TypeError, match="integers"):
        pnp.pad(A, 1.5)


JOINS = [
    ("concatenate", [A, A + 1]),
    ("concatenate", [A, A[:, :2]], 1),
    ("concatenate", [A, V], None),
    ("concat", (A, A)),
    ("stack", [V, V + 1]),
    ("stack", [V, V], -1),
    ("vstack", [V, np.ones((2, 5), np.float32)]),
    ("hstack", [V, V]),
    ("hstack", [A, A[:, :1]]),
    ("dstack", [A, A]),
    ("dstack", [V, V]),
    ("column_stack", [V, V, np.ones((5, 2), np.float32)]),
    ("block", [[A, A], [A, A]]),
    ("block", [V, V]),
    ("block", [[np.float32(1), V[:2]], [V[:3]]]),
]


@pytest.mark.parametrize("case", JOINS, ids=lambda c: c[0])
def test_joining(case):
    name, arrays, *rest = case
    kwargs = {"axis": rest[0]} if rest else {}
    expected = getattr(np, name)(arrays, **kwargs)
    np.testing.assert_array_equal(getattr(pnp, name)(arrays, **kwargs), expected)
    if name != "block":
        y, bwd = pullback.vjp(lambda xs: getattr(pnp, name)(xs, **kwargs), list(arrays))
        np.testing.assert_array_equal(y, expected)
        assert [g.shape for g in bwd(expected)[0]] == [x.shape for x in arrays]
        for g, x in zip(bwd(expected)[0], arrays):
            np.testing.assert_array_equal(g, x)


def test_stacks_of_tuples_and_arrays():
    _, bwd = pullback.vjp(lambda x: A @ x, np.ones(4, np.float32))
    rows = [bwd(row) for row in pnp.eye(3)]  # each a tuple of one array
    np.testing.assert_array_equal(pnp.vstack(rows), A)
    np.testing.assert_array_equal(pnp.vstack(pnp.asarray(A)), A)
    np.testing.assert_array_equal(pnp.hstack(pnp.asarray(A)), A.ravel())
    np.testing.assert_array_equal(pnp.concatenate(pnp.asarray(B)), np.concatenate(B))
    np.testing.assert_array_equal(pnp.stack(A, axis=1), A.T)


def test_joining_promotes_and_reports():
    assert pnp.concatenate([np.ones(2, np.int32), np.ones(2, np.float32)]).dtype == np.float32
    assert pnp.concatenate([V, V], dtype=np.int32).dtype == np.int32
    with pytest.raises(TypeError, match=r"\(3, 4\).*\(5, 1\)"):
        pnp.concatenate([A, V[:, None]])
    with pytest.raises(ValueError, match="at least one"):
        pnp.concatenate([])
    with pytest.raises(ValueError, match="zero-dimensional"):
        pnp.concatenate([1.0, 2.0])
    with pytest.raises(ValueError, match="same shape"):
        pnp.stack([A, V])
    with pytest.raises(TypeError, match="sequence"):
        pnp.vstack(3.0)


@pytest.mark.parametrize(
    ("name", "args"),
    [
        ("split", (3,)),
        ("split", (2, 1)),
        ("array_split", (3, 1)),
        ("split", ([1, 2], 1)),
        ("array_split", ([2, 9],)),
        ("vsplit", (3,)),
        ("hsplit", (2,)),
        ("hsplit", ([-1],)),
    ],
)
def test_splitting(name, args):
    for a, b in zip(getattr(pnp, name)(A, *args), getattr(np, name)(A, *args), strict=True):
        np.testing.assert_array_equal(a, b)


def test_splitting_more():
    assert [x.shape for x in pnp.dsplit(B, 2)] == [(2, 3, 2)] * 2
    assert len(pnp.unstack(B, axis=1)) == 3
    with pytest.raises(ValueError, match="equal division"):
        pnp.split(A, 2)


def test_trim_zeros():
    x = np.array([0, 0, 1, 0, 2, 0], np.float32)
    for trim in ("fb", "f", "b"):
        np.testing.assert_array_equal(pnp.trim_zeros(x, trim), np.trim_zeros(x, trim))
    np.testing.assert_array_equal(pullback.grad(lambda x: (pnp.trim_zeros(x) ** 2).sum())(x), [0, 0, 2, 0, 4, 0])


def test_reshape_errors():
    with pytest.raises(TypeError, match="size 12"):
        pnp.reshape(A, (5, 2))
    with pytest.raises(ValueError, match="one -1"):
        pnp.reshape(A, (-1, -1))
    with pytest.raises(ValueError, match="out of bounds"):
        pnp.transpose(A, (0, 2))
    with pytest.raises(ValueError, match="not equal to one"):
        pnp.squeeze(A, 0)


def test_traced_amounts():
    shifts = np.array([0, 1, -2, 7], np.int32)
    rolled = pullback.vmap(lambda s: pnp.roll(V, s))(shifts)
    np.testing.assert_array_equal(rolled, [np.roll(V, s) for s in shifts])
    counts = np.array([[0, 2, 1, 0, 3], [1, 1, 1, 1, 1]], np.int32)
    repeated = pullback.vmap(lambda c: pnp.repeat(V, c, total_repeat_length=6))(counts)
    np.testing.assert_array_equal(repeated, [np.repeat(V, counts[0]), [0, 1, 2, 3, 4, 4]])
    with pytest.raises(TypeError, match="total_repeat_length"):
        pullback.vmap(lambda c: pnp.repeat(V, c))(counts)


def test_compiled():
    def f(x, v):
        return (
            pnp.reshape(x, (4, 3), order="F"),
            pnp.roll(x, 1, 1),
            pnp.pad(x, 2, mode="reflect"),
            pnp.pad(v, (1, 2), mode="edge"),
            pnp.repeat(v, np.array([1, 0, 2, 0, 3])),
            pnp.tile(v, (2, 2)),
            pnp.diagonal(x, 1),
            pnp.block([[x, x], [x, x]]),
            pnp.rot90(x),
            pnp.flip(x),
            pnp.insert(v, 1, 3.0),
            pnp.vstack([v, v]),
        )

    for a, b in zip(pullback.jit(f)(A, V), f(pnp.asarray(A), pnp.asarray(V))):
        np.testing.assert_array_equal(a, b)
