"""Convolutions of `pullback.lax` against JAX: values, both gradients, second order, vmap, jvp and jit, over a table of cases."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import ml_dtypes
import numpy as np
import pytest
from closeness import near

import pullback as pb
import pullback.numpy as pnp
from pullback import lax

NHWC = ("NHWC", "HWIO", "NHWC")


class Case:
    """Shapes of the operands, and the other arguments of conv_general_dilated."""

    def __init__(self, lhs: tuple[int, ...], rhs: tuple[int, ...], strides: Any, padding: Any, **options: Any) -> None:
        self.lhs, self.rhs, self.strides, self.padding, self.options = lhs, rhs, strides, padding, options

    def conv(self, module: Any) -> Callable[[Any, Any], Any]:
        return lambda x, w: module.conv_general_dilated(x, w, self.strides, self.padding, **self.options)

    def arrays(self, seed: int = 0) -> tuple[Any, Any]:
        rng = np.random.default_rng(seed)
        return tuple(rng.standard_normal(s).astype(np.float32) for s in (self.lhs, self.rhs))


CASES = {
    "plain": Case((2, 6, 7, 3), (3, 2, 3, 4), (1, 1), "VALID", dimension_numbers=NHWC),
    "same": Case((2, 3, 7, 6), (4, 3, 3, 2), (2, 1), "SAME"),
    "same_lower": Case((2, 3, 7, 6), (4, 3, 3, 2), (2, 3), "SAME_LOWER"),
    "dilated_kernel": Case((1, 8, 9, 2), (3, 3, 2, 3), (1, 2), "SAME", rhs_dilation=(2, 1), dimension_numbers=NHWC),
    "dilated_input": Case((2, 4, 5, 2), (3, 4, 2, 3), (1, 1), [(2, 1), (1, 3)], lhs_dilation=(2, 3), dimension_numbers=NHWC),
    "dilated_both": Case((1, 2, 5, 4), (3, 2, 2, 3), (2, 3), [(1, 2), (3, 0)], lhs_dilation=(3, 2), rhs_dilation=(2, 2)),
    "negative_padding": Case((2, 2, 8, 7), (3, 2, 3, 2), (1, 2), [(-2, 1), (1, -3)]),
    "groups": Case((2, 5, 5, 6), (3, 3, 2, 6), (2, 1), "SAME", feature_group_count=3, dimension_numbers=NHWC),
    "depthwise": Case((2, 5, 6, 3), (3, 3, 1, 6), (1, 1), "SAME", feature_group_count=3, dimension_numbers=NHWC),
    "batch_groups": Case((6, 2, 5, 5), (4, 2, 3, 2), (1, 2), "SAME", batch_group_count=2),
    "one_dimension": Case((3, 9, 2), (4, 2, 5), (2,), [(3, 1)], dimension_numbers=("NWC", "OIW", "NCW")),
    "three_dimensions": Case((1, 3, 4, 5, 2), (2, 3, 2, 2, 3), (1, 2, 1), "SAME", dimension_numbers=("NHWDC", "HWDIO", "NCHWD")),
    "no_dimension": Case((4, 3), (5, 3), (), "VALID"),
    "mixed_layout": Case((5, 2, 3, 4), (2, 4, 3, 2), (1, 1), "SAME", dimension_numbers=("HCNW", "WOHI", "WNCH")),
    "whole_image": Case((3, 6, 6, 2), (6, 6, 2, 4), (1, 1), "VALID", dimension_numbers=NHWC),
    "no_place": Case((1, 1, 2), (2, 1, 3), (1,), "VALID"),
    "large_window": Case((2, 2, 40), (3, 2, 33), (1,), "SAME"),
}


def derivatives(module: Any, np_: Any, conv: Callable[[Any, Any], Any], ct: Any) -> Callable[..., Any]:
    """Value, both gradients, tangent, a second derivative."""

    def f(x: Any, w: Any, dx: Any, dw: Any) -> Any:
        value, pull = module.vjp(conv, x, w)
        grads = pull(ct)

        def slope(w: Any) -> Any:
            gx, gw = module.grad(lambda x, w: np_.sum(np_.sin(conv(x, w)) * ct), (0, 1))(x, w)
            return np_.sum(gx * dx) + np_.sum(gw * dw)

        return value, grads, module.jvp(conv, (x, w), (dx, dw))[1], module.grad(slope)(w)

    return f


@pytest.mark.parametrize("name", CASES)
def test_derivatives(name: str) -> None:
    case = CASES[name]
    x, w = case.arrays()
    dx, dw = case.arrays(1)
    ct = np.random.default_rng(2).standard_normal(jax.eval_shape(case.conv(jax.lax), x, w).shape).astype(np.float32)
    want = jax.jit(derivatives(jax, jnp, case.conv(jax.lax), ct))(x, w, dx, dw)
    near(derivatives(pb, pnp, case.conv(lax), ct)(x, w, dx, dw), want)


COMPILED = ["plain", "dilated_input", "groups", "depthwise", "batch_groups", "one_dimension"]


def test_compiled() -> None:
    """All cases and their derivatives, in one program."""
    cases = [CASES[name] for name in COMPILED]
    args = [(*c.arrays(), *c.arrays(1)) for c in cases]
    shapes = [jax.eval_shape(c.conv(jax.lax), *c.arrays()).shape for c in cases]
    cts = [np.random.default_rng(2).standard_normal(s).astype(np.float32) for s in shapes]

    def program(module: Any, np_: Any, conv: Any) -> Any:
        return lambda args: [derivatives(module, np_, c.conv(conv), ct)(*a)[:2] for c, ct, a in zip(cases, cts, args)]

    near(pb.jit(program(pb, pnp, lax))(args), program(pb, pnp, lax)(args))


@pytest.mark.parametrize("name", ["plain", "dilated_input", "groups", "batch_groups", "one_dimension", "mixed_layout"])
def test_vmap(name: str) -> None:
    case = CASES[name]
    x, w = case.arrays()
    xs, ws = np.stack([x, 2 * x, x[::-1]]), np.stack([w, w + 1, -w])
    conv = case.conv(lax)
    near(pb.vmap(conv)(xs, ws), np.stack([conv(a, b) for a, b in zip(xs, ws)]))
    near(pb.vmap(conv, (0, None))(xs, w), np.stack([conv(a, w) for a in xs]))
    near(pb.vmap(conv, (None, 0), 1)(x, ws), np.stack([conv(x, b) for b in ws], 1))
    grad = pb.grad(lambda x, w: pnp.sum(conv(x, w) ** 2), (0, 1))
    near(pb.vmap(grad)(xs, ws), [np.stack(g) for g in zip(*(grad(a, b) for a, b in zip(xs, ws)))])


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "int8", "int32", "uint8", "complex64"])
def test_dtypes(dtype: str) -> None:
    case = CASES["same"]
    rng = np.random.default_rng(0)
    kind = np.dtype(getattr(ml_dtypes, dtype, dtype))
    x, w = (rng.integers(0, 4, s).astype(kind) for s in (case.lhs, case.rhs))
    if dtype == "complex64":
        x, w = x + 1j * x[::-1], w - 2j * w[::-1]
    near(case.conv(lax)(x, w), case.conv(jax.lax)(x, w), 0.0)


def test_preferred_element_type() -> None:
    x, w = np.full((1, 1, 4), 100, np.int8), np.full((1, 1, 2), 100, np.int8)
    for preferred in (np.int32, np.float32, None):
        got = lax.conv(x, w, (1,), "VALID", preferred_element_type=preferred)
        near(got, jax.lax.conv(x, w, (1,), "VALID", preferred_element_type=preferred), 0.0)
    half = CASES["plain"].arrays()[0].astype(ml_dtypes.bfloat16), CASES["plain"].arrays()[1].astype(ml_dtypes.bfloat16)
    options = {"dimension_numbers": NHWC, "preferred_element_type": np.float32}
    near(lax.conv_general_dilated(*half, (1, 1), "SAME", **options), jax.lax.conv_general_dilated(*half, (1, 1), "SAME", **options))
    for preferred, dtype in ((np.float32, np.complex64), (np.int8, np.int32), (np.uint32, np.int32)):
        for module in (lax, jax.lax):
            with pytest.raises(TypeError, match="preferred_element_type"):
                module.conv(x.astype(dtype), w.astype(dtype), (1,), "VALID", preferred_element_type=preferred)


def test_precision() -> None:
    x, w = CASES["same"].arrays()
    want = lax.conv(x, w, (1, 1), "SAME")
    for precision in ("highest", lax.Precision.DEFAULT, (lax.Precision.HIGH, lax.Precision.HIGHEST), ("float32", "default")):
        near(lax.conv(x, w, (1, 1), "SAME", precision), want, 0.0)
    with pytest.raises(ValueError, match="precision must be"):
        lax.conv(x, w, (1, 1), "SAME", "exact")


# The other functions -------------------------------------------------------------------------------------------------------
TRANSPOSED: list[dict[str, Any]] = [
    {"strides": (2, 3), "padding": "SAME"},
    {"strides": (3, 1), "padding": "VALID"},
    {"strides": (1, 2), "padding": [(1, 2), (0, 1)]},
    {"strides": (2, 2), "padding": "VALID", "rhs_dilation": (2, 1)},
    {"strides": (2, 2), "padding": "SAME", "transpose_kernel": True},
    {"strides": (2, 1), "padding": [(1, 1), (0, 2)], "use_consistent_padding": True, "transpose_kernel": True},
]


def test_conv_transpose() -> None:
    rng = np.random.default_rng(0)
    for options in TRANSPOSED:
        features = (3, 4) if options.get("transpose_kernel") else (4, 3)
        x, w = rng.standard_normal((2, 5, 4, 4)).astype(np.float32), rng.standard_normal((3, 2, *features)).astype(np.float32)
        near(lax.conv_transpose(x, w, **options), jax.lax.conv_transpose(x, w, **options))
    for ndim in (2, 3, 5):
        x, w = np.ones((2, *[3] * (ndim - 2), 4), np.float32), np.ones((*[2] * (ndim - 2), 4, 5), np.float32)
        strides = (2,) * (ndim - 2)
        near(lax.conv_transpose(x, w, strides, "SAME"), jax.lax.conv_transpose(x, w, strides, "SAME"))
    x, w = rng.standard_normal((1, 5, 5, 2)).astype(np.float32), rng.standard_normal((3, 3, 2, 3)).astype(np.float32)
    forward = lambda y: lax.conv_general_dilated(y, w, (2, 2), "SAME", dimension_numbers=NHWC)
    y = np.zeros((1, 10, 10, 2), np.float32)
    transposed = lax.conv_transpose(np.ones((1, 5, 5, 3), np.float32), w, (2, 2), "SAME", transpose_kernel=True)
    near(transposed, pb.vjp(forward, y)[1](np.ones((1, 5, 5, 3), np.float32))[0])


def test_patches_and_local() -> None:
    rng = np.random.default_rng(0)
    x = rng.standard_normal((2, 3, 7, 6)).astype(np.float32)
    for options in (
        {"window_strides": (1, 2), "padding": "SAME"},
        {
            "window_strides": (2, 1),
            "padding": [(1, 0), (-1, 2)],
            "rhs_dilation": (2, 1),
            "dimension_numbers": ("NCHW", "OIWH", "CNHW"),
        },
        {"window_strides": (1, 1), "padding": [(2, 2), (1, 1)], "lhs_dilation": (1, 2)},
    ):
        want = jax.lax.conv_general_dilated_patches(x, (3, 2), **options)
        near(lax.conv_general_dilated_patches(x, (3, 2), **options), want, 0.0)
    options = {"window_strides": (2, 1), "padding": "VALID", "filter_shape": (3, 2)}
    for numbers, shape in ((None, (4, 18, 3, 5)), (("NCHW", "HWIO", "HNWC"), (3, 5, 18, 4))):
        w = rng.standard_normal(shape).astype(np.float32)
        f = lambda m: lambda x, w: m.conv_general_dilated_local(x, w, **options, dimension_numbers=numbers)  # noqa: B023
        near(f(lax)(x, w), f(jax.lax)(x, w))
        near(
            pb.grad(lambda x, w: pnp.sum(f(lax)(x, w) ** 2), (0, 1))(x, w),  # noqa: B023
            jax.grad(lambda x, w: jnp.sum(f(jax.lax)(x, w) ** 2), (0, 1))(x, w),  # noqa: B023
        )


def test_shapes() -> None:
    for padding in ("SAME", "VALID", "same_lower", [(1, 2), (0, -1)]):
        args = ((2, 3, 9, 8), (4, 3, 3, 2), (2, 3), padding)
        assert lax.conv_shape_tuple(*args) == jax.lax.conv_shape_tuple(*args)
        if not isinstance(padding, str):
            continue
        assert lax.padtype_to_pads((9, 8), (3, 2), (2, 3), padding) == jax.lax.padtype_to_pads((9, 8), (3, 2), (2, 3), padding)
    images = ((2, 9, 8, 3), (3, 2, 3, 4), (2, 3))
    for padding in ("SAME", "VALID"):
        assert lax.conv_general_shape_tuple(*images, padding, NHWC) == jax.lax.conv_general_shape_tuple(*images, padding, NHWC)
        assert lax.conv_transpose_shape_tuple(*images, padding, NHWC) == jax.lax.conv_transpose_shape_tuple(*images, padding, NHWC)
    numbers = ("NCHW", "WIOH", "HNCW")
    assert lax.conv_general_permutations(numbers) == jax.lax.conv_general_permutations(numbers)
    assert tuple(lax.conv_dimension_numbers((1,) * 4, (1,) * 4, numbers)) == tuple(
        jax.lax.conv_dimension_numbers((1,) * 4, (1,) * 4, numbers)
    )
    x, w, dims = *CASES["plain"].arrays(), lax.ConvDimensionNumbers((0, 3, 1, 2), (3, 2, 0, 1), (0, 3, 1, 2))
    got, want = (lax.conv_general_dilated(x, w, (1, 1), "SAME", dimension_numbers=d) for d in (dims, NHWC))
    near(got, want, 0.0)


ERRORS: list[tuple[tuple[int, ...], tuple[int, ...], Any, Any, dict[str, Any], str]] = [
    ((1, 3, 5), (2, 3, 2, 2), (1,), "VALID", {}, "ndim to be equal, got 3 and 4"),
    ((1, 3, 5), (2, 2, 2), (1,), "VALID", {}, "3 // 1 != 2"),
    ((1, 4, 5), (3, 2, 2), (1,), "VALID", {"feature_group_count": 2}, "3 is not a multiple of 2"),
    ((1, 3, 5), (2, 2, 2), (1,), "VALID", {"feature_group_count": 2}, "2 does not divide 3"),
    ((1, 3, 5), (2, 3, 2), (1,), "VALID", {"feature_group_count": 0}, "feature_group_count must be a positive integer, got 0"),
    ((3, 3, 5), (2, 3, 2), (1,), "VALID", {"batch_group_count": 2}, "2 does not divide 3"),
    ((4, 3, 5), (3, 3, 2), (1,), "VALID", {"batch_group_count": 2}, "3 is not a multiple of 2"),
    ((4, 4, 5), (4, 2, 2), (1,), "VALID", {"batch_group_count": 2, "feature_group_count": 2}, "At most one of"),
    ((1, 3, 5), (2, 3, 2), (1, 1), [(0, 0)], {}, "same number of dimensions, but got 1 and 2"),
    ((1, 3, 5), (2, 3, 2), (1,), "FULL", {}, "Unrecognized padding type"),
    ((1, 3, 5), (2, 3, 2), (1,), "SAME", {"lhs_dilation": (2,)}, "use conv_transpose"),
    ((1, 3, 5), (2, 3, 2), (1,), [1], {}, "sequence of (low, high) pairs"),
    ((1, 3, 5), (2, 3, 2), (1,), [(0, 0), (0, 0)], {}, "expected 1, got 2"),
    ((1, 3, 5), (2, 3, 2), (1,), [(-3, -3)], {}, "Negative padding is larger"),
    ((1, 3, 5), (2, 3, 2), (1,), [(0, 0)], {"rhs_dilation": (0,)}, "All dilations must be positive"),
    ((1, 3, 5), (2, 3, 2), (1,), "VALID", {"dimension_numbers": ("NCW", "OIW")}, "must be length 3, got 2"),
    ((1, 3, 5), (2, 3, 2), (1,), "VALID", {"dimension_numbers": ("NCW", "OIWH", "NCW")}, "len equal to the ndim"),
    ((1, 3, 5), (2, 3, 2), (1,), "VALID", {"dimension_numbers": ("NCW", "OIH", "NCW")}, "same set of spatial characters"),
    ((1, 3, 5), (2, 3, 2), (1,), "VALID", {"dimension_numbers": ("NXW", "OIW", "NCW")}, "'N' and 'C' exactly once"),
    ((1, 3, 5), (2, 3, 2), (1,), "VALID", {"dimension_numbers": ("NCW", "OIW", 3)}, "must be strings"),
    ((1, 3, 5), (2, 3, 2), (1,), "VALID", {"dimension_numbers": 5}, "must be tuple/list or None"),
]


@pytest.mark.parametrize(("lhs", "rhs", "strides", "padding", "options", "text"), ERRORS)
def test_errors(lhs: Any, rhs: Any, strides: Any, padding: Any, options: Any, text: str) -> None:
    """JAX's exception, and the same reason."""
    x, w = np.zeros(lhs, np.float32), np.zeros(rhs, np.float32)
    with pytest.raises(Exception) as theirs:
        jax.lax.conv_general_dilated(x, w, strides, padding, **options)
    with pytest.raises(type(theirs.value)) as ours:
        lax.conv_general_dilated(x, w, strides, padding, **options)
    assert text in str(ours.value)
    assert text in str(theirs.value)


def test_dtype_errors() -> None:
    x, w = np.zeros((1, 1, 3), np.float32), np.zeros((1, 1, 2), np.float16)
    for module in (lax, jax.lax):
        with pytest.raises(TypeError, match="to have the same dtypes, got float32, float16"):
            module.conv(x, w, (1,), "VALID")
    with pytest.raises(TypeError, match="does not accept dtype bool"):
        lax.conv(x > 0, x > 0, (1,), "VALID")
    with pytest.raises(NotImplementedError, match="out_sharding must be None"):
        lax.conv_general_dilated(x, x, (1,), "VALID", out_sharding="x")


# A small network -----------------------------------------------------------------------------------------------------------
def network(np_: Any, lx: Any, dot: Any) -> Callable[..., Any]:
    def loss(params: Any, images: Any, labels: Any) -> Any:
        x = images
        for w, b in params[:-1]:
            x = np_.maximum(lx.conv_general_dilated(x, w, (1, 1), "SAME", dimension_numbers=NHWC) + b, 0)
            x = lx.reduce_window(x, -np.inf, lx.max, (1, 2, 2, 1), (1, 2, 2, 1), "VALID")
        w, b = params[-1]
        logits = dot(np_.mean(x, (1, 2)), w) + b
        return np_.mean(np_.log(np_.sum(np_.exp(logits), 1)) - np_.take_along_axis(logits, labels[:, None], 1)[:, 0])

    return loss


def test_network() -> None:
    """Gradients of a small network for digits, eager and compiled."""
    rng = np.random.default_rng(0)
    sizes = [(3, 3, 1, 4), (3, 3, 4, 6)]
    params = [(rng.standard_normal(s).astype(np.float32) / 3, rng.standard_normal(s[-1]).astype(np.float32)) for s in sizes]
    params.append((rng.standard_normal((6, 10)).astype(np.float32), np.zeros(10, np.float32)))
    images, labels = rng.standard_normal((5, 12, 12, 1)).astype(np.float32), rng.integers(0, 10, 5)
    labels = labels.astype(np.int32)
    want = jax.jit(jax.value_and_grad(network(jnp, jax.lax, jnp.dot)))(params, images, labels)
    f = pb.value_and_grad(network(pnp, lax, pnp.dot))
    near(f(params, images, labels), want)
    near(pb.jit(f)(params, images, labels), want)
