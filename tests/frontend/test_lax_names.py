"""Names of pullback.lax: what there is, and functions on shapes, bits, collectives, gathers and scatters, against JAX."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import pullback as pb
import pullback.numpy as pnp
from pullback import lax

RNG = np.random.default_rng(8)


@pytest.fixture(autouse=True)
def x64() -> Iterator[None]:
    with pb.config.scope(enable_x64=True), jax.enable_x64(True):
        yield


def same(got: Any, want: Any, tol: float = 1e-12) -> None:
    got, want = pb.tree.leaves(got), jax.tree.leaves(want)
    assert len(got) == len(want)
    for g, w in zip(got, want):
        g, w = np.asarray(g), np.asarray(w)
        assert g.shape == w.shape and g.dtype == w.dtype, (g.dtype, w.dtype, g.shape, w.shape)
        np.testing.assert_allclose(g, w, rtol=tol, atol=tol)


# The module ------------------------------------------------------------------------------------------------------------------
def test_public_names() -> None:
    """Functions and classes only; most of what jax.lax has, apart from primitives, tokens and shardings."""
    import types

    names = dir(lax)
    assert names == sorted(lax.__all__)
    assert not [n for n in names if n.startswith("_") or (isinstance(getattr(lax, n), types.ModuleType) and n != "linalg")]
    theirs = [n for n in dir(jax.lax) if not n.startswith("_") and not n.endswith("_p")]
    missing = {n for n in theirs if n not in names}
    absent = {"after_all", "create_token", "psend", "precv", "pcast", "with_sharding_constraint", "ragged_all_to_all", "stage"}
    absent |= {"dce_sink", "composite", "scaled_dot", "ragged_dot_general", "RaggedDotDimensionNumbers", "DotAlgorithm"}
    absent |= {"DotAlgorithmPreset", "AccuracyMode", "Tolerance", "rng_uniform"}
    assert len(names) >= 165 and absent <= missing


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("whileloop", "nearest: while_loop"),
        ("create_token", "no tokens"),
        ("rng_uniform", "pullback.random.uniform"),
        ("psend", "vmap"),
    ],
)
def test_unknown_names_say_what_to_use(name: str, hint: str) -> None:
    with pytest.raises(AttributeError, match=hint):
        getattr(lax, name)


# Shapes ----------------------------------------------------------------------------------------------------------------------
X = np.arange(12.0).reshape(3, 4)
SHAPES: list[Callable[[Any, Any], Any]] = [
    lambda m, n: m.split(X, (1, 0, 3), axis=-1),
    lambda m, n: m.stack([X, X + 1], axis=-1),
    lambda m, n: m.stack([1.0, 2.0]),
    lambda m, n: m.unstack(X, 1),
    lambda m, n: m.tile(X, (2, 3)),
    lambda m, n: m.tile(X, (0, 1)),
    lambda m, n: m.broadcast_to_rank(X, 4),
    lambda m, n: m.broadcast_to_rank(X, 1),
    lambda m, n: m.broadcast_like(X[:1], np.zeros((2, 3, 4))),
    lambda m, n: m.empty((2, 3), np.int32),
    lambda m, n: m.shape_as_value((2, 3)),
    lambda m, n: m.index_take(n.asarray(X), n.asarray([[0, 2, -1], [1, 7, -5]]), (0, 1)),
    lambda m, n: m.index_take(n.asarray(X), n.asarray([[0, 5, -1]]), (1,)),
    lambda m, n: m.dot(X, X, dimension_numbers=(((1,), (1,)), ((0,), (0,)))),
    lambda m, n: m.dot(X.astype(np.int8), X.T.astype(np.int8), preferred_element_type=np.int32),
    lambda m, n: m.dynamic_slice(X, (n.asarray(-1), n.asarray(1)), (1, 2), allow_negative_indices=(True, False)),
    lambda m, n: m.dynamic_slice_in_dim(X, n.asarray(-1), 2, allow_negative_indices=False),
    lambda m, n: m.dynamic_index_in_dim(X, n.asarray(-1), 0, allow_negative_indices=False),
    lambda m, n: m.dynamic_update_slice(X, X[:1, :1], (n.asarray(-1), n.asarray(-1)), allow_negative_indices=False),
    lambda m, n: m.approx_max_k(X, 2),
    lambda m, n: m.approx_min_k(X, 2, reduction_dimension=0, recall_target=0.5),
    lambda m, n: m.top_k(X, 2, axis=0),
    lambda m, n: m.sort((n.asarray([3, 1, 3, 1]), n.asarray([2.0, 0.0, 1.0, -1.0]), n.arange(4)), num_keys=2),
    lambda m, n: m.sort((X % 5, X), dimension=0, is_stable=True, num_keys=1),
    lambda m, n: m.ragged_dot(X, np.arange(16.0).reshape(2, 4, 2), n.asarray([1, 1])),
    lambda m, n: m.ragged_dot(X, np.arange(16.0).reshape(2, 4, 2), n.asarray([0, 3]), preferred_element_type=np.float32),
    lambda m, n: m.round(X / 2, m.RoundingMethod.TO_NEAREST_EVEN),
    lambda m, n: m.fft(X, m.FftType.RFFT, (4,)),
]


@pytest.mark.parametrize("f", SHAPES)
def test_shapes(f: Callable[[Any, Any], Any]) -> None:
    same(f(lax, pnp), f(jax.lax, jnp))


def test_shapes_compiled_and_differentiated() -> None:
    def f(m: Any, n: Any) -> Any:
        def total(x: Any) -> Any:
            parts = [*m.split(x, (1, 2)), m.stack([x, x * x]), *m.unstack(x), m.tile(x, (2, 1)), m.broadcast_like(x[:1], x)]
            parts.append(m.index_take(x, n.asarray([[0, 1], [1, 3]]), (0, 1)))
            parts.append(m.ragged_dot(x, n.ones((2, 4, 2)), n.asarray([2, 1])))
            parts.append(m.approx_max_k(x, 2)[0])
            return sum(n.sum(n.sin(p) * (i + 1)) for i, p in enumerate(parts))

        return total

    want = jax.value_and_grad(f(jax.lax, jnp))(X)
    same(pb.value_and_grad(f(lax, pnp))(X), want, 1e-9)
    same(pb.jit(pb.value_and_grad(f(lax, pnp)))(X), want, 1e-9)
    batch = np.stack([X, X - 3])
    same(pb.vmap(f(lax, pnp))(batch), np.stack([f(jax.lax, jnp)(x) for x in batch]), 1e-9)  # JAX has no vmap of ragged_dot


def test_questions_about_shapes_and_dtypes() -> None:
    assert lax.broadcast_shapes((2, 1), (3,), (1, 1, 3)) == (1, 2, 3) and lax.broadcast_shapes() == ()
    assert lax.dtype(1) == np.dtype(np.int64) and lax.dtype(np.ones(2, np.float32)) == np.dtype(np.float32)


@pytest.mark.parametrize(
    ("error", "match", "f"),
    [
        (ValueError, "Sum of sizes 2 must be equal to dimension 0", lambda: lax.split(X, (1, 1))),
        (ValueError, "must be nonnegative", lambda: lax.split(X, (4, -1))),
        (ValueError, "must have the same shape", lambda: lax.stack([X, X[0]])),
        (TypeError, "same dtypes", lambda: lax.stack([1, 2.0])),
        (ValueError, "at least one array", lambda: lax.stack([])),
        (ValueError, "axis 0 is out of bounds", lambda: lax.unstack(1.0)),
        (TypeError, r"len\(reps\)=1 and x.ndim=2", lambda: lax.tile(X, (2,))),
        (ValueError, "Incompatible shapes for broadcasting", lambda: lax.broadcast_shapes((2,), (3,))),
        (ValueError, "Cannot broadcast to shape with fewer dimensions", lambda: lax.broadcast_like(X, X[0])),
        (ValueError, "Incompatible shapes for broadcasting", lambda: lax.broadcast_like(X, X.T)),
        (TypeError, "clz does not accept dtype float64", lambda: lax.clz(1.0)),
        (TypeError, "population_count does not accept dtype bool", lambda: lax.population_count(True)),
        (TypeError, "mulhi does not accept dtype float64", lambda: lax.mulhi(1.0, 2.0)),
        (ValueError, "operand must be a floating type", lambda: lax.approx_max_k(np.arange(3), 1)),
        (TypeError, r"requires shapes \(m, k\), \(g, k, n\) and \(g,\)", lambda: lax.ragged_dot(X, X, np.arange(3))),
        (NotImplementedError, "group_offset", lambda: lax.ragged_dot(X, X, np.arange(3), group_offset=1)),
        (TypeError, "4 words of type uint32", lambda: lax.rng_bit_generator(np.arange(2), (3,))),
        (NotImplementedError, "Philox", lambda: lax.rng_bit_generator(np.arange(4, dtype=np.uint32), (3,), algorithm=2)),
    ],
)
def test_errors(error: type[Exception], match: str, f: Callable[[], Any]) -> None:
    with pytest.raises(error, match=match):
        f()


# Bits ------------------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("dtype", ["int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"])
def test_bits(dtype: str) -> None:
    info = np.iinfo(dtype)
    special = np.array([info.min, info.min, info.max, 1, 0, info.max], dtype)
    x = np.concatenate([RNG.integers(info.min, info.max, 50, dtype, True), special])
    y = np.concatenate([RNG.integers(info.min, info.max, 50, dtype, True), special[::-1]])
    want = np.array([(int(a) * int(b)) >> info.bits for a, b in zip(x, y)], dtype)
    np.testing.assert_array_equal(np.asarray(lax.mulhi(x, y)), want)
    same(lax.clz(x), jax.lax.clz(x))
    same(lax.population_count(x), jax.lax.population_count(x))


def test_bits_compiled() -> None:
    x, y = RNG.integers(-(2**31), 2**31, (2, 20)).astype(np.int32)
    same(pb.jit(lambda x, y: (lax.mulhi(x, y), lax.clz(x)))(x, y), (jax.lax.mulhi(x, y), jax.lax.clz(x)))
    key = np.array([5, 0xFFFFFFFF, 0xFFFFFFFE, 7], np.uint32)
    same(pb.jit(lambda k: lax.rng_bit_generator(k, (3, 4)))(key), lax.rng_bit_generator(key, (3, 4)))


@pytest.mark.parametrize("shape", [(), (1,), (3,), (2, 3), (3, 2), (3, 5), (2, 2, 3), (0,)])
@pytest.mark.parametrize("dtype", ["uint8", "uint32", "uint64"])
def test_random_bits(shape: tuple[int, ...], dtype: str) -> None:
    """The bits of XLA; the counter carries into its upper word."""
    key = np.array([5, 0xFFFFFFFF, 0xFFFFFFFE, 7], np.uint32)
    three_fry = jax.lax.RandomAlgorithm.RNG_THREE_FRY
    same(lax.rng_bit_generator(key, shape, dtype), jax.lax.rng_bit_generator(jnp.asarray(key), shape, dtype, three_fry))


# Collectives -----------------------------------------------------------------------------------------------------------------
CYCLE = [(0, 1), (1, 2), (2, 0)]
COLLECTIVES: list[tuple[str, tuple[int, ...], Callable[[Any, Any], Any]]] = [
    ("ppermute", (3, 2), lambda m, x: m.ppermute(x, "i", CYCLE)),
    ("ppermute_tree", (3, 2), lambda m, x: m.ppermute({"a": x, "b": x[0]}, "i", CYCLE)),
    ("pshuffle", (3, 2), lambda m, x: m.pshuffle(x, "i", [2, 0, 1])),
    ("all_to_all", (3, 3, 2), lambda m, x: m.all_to_all(x, "i", 0, 0)),
    ("all_to_all_moved", (3, 2, 3, 4), lambda m, x: m.all_to_all(x, "i", 1, 2)),
    ("all_to_all_tiled", (3, 6, 2), lambda m, x: m.all_to_all(x, "i", 0, 1, tiled=True)),
    ("pswapaxes", (3, 2, 3), lambda m, x: m.pswapaxes(x, "i", 1)),
    ("psum_scatter", (3, 3, 2), lambda m, x: m.psum_scatter(x, "i")),
    ("psum_scatter_tiled", (3, 2, 6), lambda m, x: m.psum_scatter(x, "i", scatter_dimension=1, tiled=True)),
]


@pytest.mark.parametrize(("shape", "f"), [c[1:] for c in COLLECTIVES], ids=[c[0] for c in COLLECTIVES])
def test_collectives(shape: tuple[int, ...], f: Callable[[Any, Any], Any]) -> None:
    """Values, gradients, and a second mapped axis beside the one of the collective."""
    x = RNG.normal(size=shape)
    ours, theirs = (
        (lambda p, m: p.vmap(lambda x: f(m, x), axis_name="i"))(pb, lax),
        jax.vmap(lambda x: f(jax.lax, x), axis_name="i"),
    )
    same(ours(x), theirs(x))

    def total(mapped: Any, n: Any, tree: Any) -> Any:
        return lambda x: sum(n.sum(n.sin(leaf)) for leaf in tree.leaves(mapped(x)))

    same(pb.grad(total(ours, pnp, pb.tree))(x), jax.grad(total(theirs, jnp, jax.tree))(x))
    wide = np.stack([x, 2 * x], 1)
    same(pb.vmap(ours, 1)(wide), jax.vmap(theirs, 1)(wide))


def test_collectives_without_counterpart_in_vmap_of_jax() -> None:
    """A permutation that leaves some examples without a value (zeros), and the value of one example for all."""
    x = RNG.normal(size=(3, 2))
    got = pb.vmap(lambda x: lax.ppermute(x, "i", [(0, 2)]), axis_name="i")(x)
    same(got, np.stack([0 * x[0], 0 * x[0], x[0]]))
    same(pb.vmap(lambda x: lax.pbroadcast(x, "i", 1), axis_name="i")(x), np.stack([x[1]] * 3))
    ct = RNG.normal(size=(3, 2))
    pulled = pb.vjp(pb.vmap(lambda x: lax.pbroadcast(x, "i", 1), axis_name="i"), x)[1](ct)[0]
    same(pulled, np.stack([0 * ct[0], ct.sum(0), 0 * ct[0]]))


def test_collectives_compiled_and_errors() -> None:
    x = RNG.normal(size=(3, 3, 2))

    def f(m: Any, x: Any) -> Any:
        return m.all_to_all(x, "i", 0, 1), m.psum_scatter(x, "i"), m.ppermute(x, "i", CYCLE)

    same(pb.jit(pb.vmap(lambda x: f(lax, x), axis_name="i"))(x), jax.vmap(lambda x: f(jax.lax, x), axis_name="i")(x))
    for error, match, g in (
        (ValueError, "sources and destinations should be unique", lambda x: lax.ppermute(x, "i", [(0, 1), (0, 2)])),
        (ValueError, "in the range of the axis, 0 to 2", lambda x: lax.ppermute(x, "i", [(0, 3)])),
        (ValueError, "does not represent a permutation", lambda x: lax.pshuffle(x, "i", [0, 0, 1])),
        (ValueError, "to equal x.shape", lambda x: lax.all_to_all(x, "i", 1, 0)),
        (ValueError, "must be the size of the mapped axis", lambda x: lax.psum_scatter(x, "i", scatter_dimension=1)),
        (NotImplementedError, "axis_index_groups is not supported", lambda x: lax.psum(x, "i", axis_index_groups=[[0], [1, 2]])),
        (NameError, "unbound axis name: j", lambda x: lax.ppermute(x, "j", CYCLE)),
    ):
        with pytest.raises(error, match=match):
            pb.vmap(g, axis_name="i")(x)


# Gather and scatter ------------------------------------------------------------------------------------------------------------
#: operand shape, indices shape, dimension numbers, slice sizes
WINDOWS: list[tuple[Any, ...]] = [
    ((5,), (3, 1), ((), (0,), (0,), (), ()), (1,)),
    ((5, 4), (3, 1), ((1,), (0,), (0,), (), ()), (1, 4)),
    ((5, 4), (3, 2), ((), (0, 1), (0, 1), (), ()), (1, 1)),
    ((5, 4), (3, 2), ((1, 2), (), (1, 0), (), ()), (2, 3)),
    ((5, 4, 3), (2, 3, 1), ((1, 3), (1,), (1,), (), ()), (5, 1, 3)),
    ((3, 5, 4), (3, 2, 1), ((2,), (1,), (1,), (0,), (0,)), (1, 1, 4)),
    ((3, 5, 2, 4), (2, 3, 6, 1), ((3,), (1,), (1,), (0, 2), (1, 0)), (1, 1, 1, 4)),
    ((5, 4), (0, 1), ((1,), (0,), (0,), (), ()), (1, 4)),
]
MODES = ("clip", "fill", "promise_in_bounds")


def window_case(case: int, mode: str) -> tuple[Any, Any, Any, Any]:
    shape, index_shape, numbers, sizes = WINDOWS[case]
    low, high = (0, 2) if mode == "promise_in_bounds" else (-2, 7)
    rng = np.random.default_rng(case)
    return rng.normal(size=shape), rng.integers(low, high, index_shape), numbers, sizes


def gathers_and_scatters(m: Any, vjp: Any, case: int, mode: str) -> Callable[..., Any]:
    """Values and cotangents of everything that one case gives."""
    _, indices, numbers, sizes = window_case(case, mode)
    names = ["scatter", "scatter_add", "scatter_mul"]
    if case % 2:
        names += ["scatter_sub"] if mode == "clip" else ["scatter_min"]
    elif mode != "clip":  # JAX's derivative of extrema is NaN with clip: it reads the clipped windows as if they were dropped
        names += ["scatter_max"]

    def everything(x: Any, updates: Any, ct: Any) -> Any:
        results = {}
        for fill in (None, 7.0) if mode == "fill" else (None,):
            gathered = lambda x, fill=fill: m.gather(
                x, indices, m.GatherDimensionNumbers(*numbers), sizes, mode=mode, fill_value=fill
            )
            out, pull = vjp(gathered, x)
            results[f"gather {fill}"] = out, pull(updates)
        for name in names:
            scattered = lambda x, u, name=name: getattr(m, name)(x, indices, u, m.ScatterDimensionNumbers(*numbers), mode=mode)
            # a product is differentiable in the updates with unique indices only
            f, args = (lambda x, f=scattered: f(x, updates), (x,)) if name == "scatter_mul" else (scattered, (x, updates))
            out, pull = vjp(f, *args)
            results[name] = out, pull(ct)
        return results

    return everything


@pytest.mark.parametrize(("case", "mode"), list(itertools.product(range(len(WINDOWS)), MODES)))
def test_gather_and_scatter(case: int, mode: str) -> None:
    x, indices, numbers, sizes = window_case(case, mode)
    shape = jax.eval_shape(lambda x: jax.lax.gather(x, indices, jax.lax.GatherDimensionNumbers(*numbers), sizes), x).shape
    rng = np.random.default_rng(2)
    args = (x, rng.normal(size=shape), rng.normal(size=x.shape))
    want = jax.jit(gathers_and_scatters(jax.lax, jax.vjp, case, mode))(*args)
    same(gathers_and_scatters(lax, pb.vjp, case, mode)(*args), want, 1e-9)


def test_scatter_with_clipped_extremum_has_a_derivative() -> None:
    numbers = lax.ScatterDimensionNumbers((), (0,), (0,))
    f = lambda x, u: lax.scatter_max(x, np.array([[0], [5]]), u, numbers, mode="clip")
    _, pull = pb.vjp(f, np.array([1.0, 2.0, 3.0]), np.array([5.0, 9.0]))
    same(pull(np.ones(3)), (np.array([0.0, 1.0, 0.0]), np.array([1.0, 1.0])))


def test_scatter_apply() -> None:
    """As often as an index occurs; windows; windows that are dropped; derivatives, which JAX does not have."""
    numbers = ((), (0,), (0,))

    def apply(m: Any, n: Any, x: Any, indices: Any, **how: Any) -> Any:
        return m.scatter_apply(x, indices, lambda v: n.sin(v) + 1, m.ScatterDimensionNumbers(*numbers), **how)

    x, indices = RNG.normal(size=5), np.array([[1], [3], [1], [9]])
    want = apply(jax.lax, jnp, x, indices, update_shape=(4,))
    same(apply(lax, pnp, x, indices, update_shape=(4,)), want)
    same(pb.jit(lambda x: apply(lax, pnp, x, indices, update_shape=(4,)))(x), want)
    once = apply(lax, pnp, x, indices[:2], update_shape=(2,), unique_indices=True)
    same(once, np.where([0, 1, 0, 1, 0], np.sin(x) + 1, x))
    numbers = ((1,), (0,), (0,))
    y = RNG.normal(size=(5, 3))
    same(apply(lax, pnp, y, indices, update_shape=(4, 3)), apply(jax.lax, jnp, y, indices, update_shape=(4, 3)))
    slope = np.ones((5, 3))
    slope[1], slope[3] = np.cos(np.sin(y[1]) + 1) * np.cos(y[1]), np.cos(y[3])
    same(pb.grad(lambda y: pnp.sum(apply(lax, pnp, y, indices, update_shape=(4, 3))))(y), slope)
    with pytest.raises(TypeError, match="func must be a function"):
        lax.scatter_apply(x, indices, 3, lax.ScatterDimensionNumbers(*numbers))
