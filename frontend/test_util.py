"""Checks of derivatives against finite differences: `check_grads`, `check_jvp`, `check_vjp`."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from . import dtypes
from .api_util import Arguments, as_array, describe
from .array import from_numpy
from .autodiff import jvp, vjp
from .tree_util import tree_flatten, tree_unflatten

_TOLERANCE = {"float16": 1e-2, "bfloat16": 1e-1, "float32": 6e-3, "float64": 1e-6, "complex64": 6e-3, "complex128": 1e-6}
_STEP = {"float16": 1e-2, "bfloat16": 1e-1, "float32": 1e-2, "float64": 1e-5, "complex64": 1e-2, "complex128": 1e-5}


def _random_like(rng: np.random.Generator, x: Any) -> Any:
    """A random direction of the type of `x`; dtype float0 for integers."""
    array = np.asarray(as_array(x, "args", "check_grads"))
    if not dtypes.is_inexact(array.dtype):
        return np.zeros(array.shape, dtypes.float0)
    value = rng.normal(size=array.shape)
    if array.dtype.kind == "c":
        value = value + 1j * rng.normal(size=array.shape)
    return np.asarray(value, array.dtype)


def _wide(x: Any) -> Any:
    return np.asarray(x).astype(np.complex128 if np.asarray(x).dtype.kind == "c" else np.float64)


def _inexact(leaves: Sequence[Any]) -> list[Any]:
    return [np.asarray(x) for x in leaves if dtypes.is_inexact(np.asarray(x).dtype)]


def _numerical_jvp(f: Callable[..., Any], leaves: list[Any], tangents: list[Any], treedef: Any, eps: float) -> list[Any]:
    """Central difference quotient of `f` along the tangents."""

    def at(sign: float) -> list[Any]:
        moved = [
            from_numpy(np.asarray(x))
            if t.dtype == dtypes.float0
            else from_numpy(np.asarray(_wide(x) + sign * eps * _wide(t), np.asarray(x).dtype))
            for x, t in zip(leaves, tangents)
        ]
        return [_wide(y) for y in _inexact(tree_flatten(f(*tree_unflatten(treedef, moved)))[0])]

    return [(a - b) / (2 * eps) for a, b in zip(at(1.0), at(-1.0))]


def _settings(args: Arguments, atol: Any, rtol: Any, eps: Any) -> tuple[float, float, float]:
    names = [np.asarray(x).dtype.name for x in _inexact(args.leaves)] or ["float32"]
    tolerance = max(_TOLERANCE[n] for n in names)
    return (
        tolerance if atol is None else atol,
        tolerance if rtol is None else rtol,
        max(_STEP[n] for n in names) if eps is None else eps,
    )


def _compare(got: list[Any], want: list[Any], atol: float, rtol: float, what: str) -> None:
    for i, (g, w) in enumerate(zip(got, want, strict=True)):
        np.testing.assert_allclose(
            _wide(g), w, atol=atol, rtol=rtol, err_msg=f"{what}: result {i} does not match the finite difference"
        )


def check_jvp(
    f: Callable[..., Any],
    f_jvp: Callable[..., Any],
    args: Any,
    atol: Any = None,
    rtol: Any = None,
    eps: Any = None,
    err_msg: str = "",
) -> None:
    """Checks a JVP against a central difference in a random direction.

    Args:
      f: function of arrays or pytrees.
      f_jvp: ``f_jvp(primals, tangents) -> (out, tangent_out)``.
      args: tuple of arguments at which to check.
      atol, rtol: tolerances; by default those of the least precise dtype.
      eps: step.
      err_msg: prefix of the failure's text.

    Raises:
      AssertionError: they do not agree.

    Reference: JAX documentation, jax.test_util.check_jvp.

    >>> import pullback
    >>> from pullback import test_util, numpy as pnp
    >>> test_util.check_jvp(pnp.sin, lambda x, dx: pullback.jvp(pnp.sin, x, dx), (1.0,))
    """
    arguments = Arguments(f, tuple(args), "check_jvp")
    atol, rtol, eps = _settings(arguments, atol, rtol, eps)
    rng = np.random.default_rng(0)
    tangents = [_random_like(rng, x) for x in arguments.leaves]
    primal_out, tangent_out = f_jvp(tuple(args), tree_unflatten(arguments.treedef, tangents))
    expected = f(*args)
    prefix = err_msg or f"check_jvp of {describe(f)}"
    _compare(
        _inexact(tree_flatten(primal_out)[0]),
        [_wide(y) for y in _inexact(tree_flatten(expected)[0])],
        atol,
        rtol,
        f"{prefix}, value",
    )
    got = [t for t in map(np.asarray, tree_flatten(tangent_out)[0]) if t.dtype != dtypes.float0]
    _compare(got, _numerical_jvp(f, arguments.leaves, tangents, arguments.treedef, eps), atol, rtol, f"{prefix}, tangent")


def check_vjp(
    f: Callable[..., Any],
    f_vjp: Callable[..., Any],
    args: Any,
    atol: Any = None,
    rtol: Any = None,
    eps: Any = None,
    err_msg: str = "",
) -> None:
    """Checks a VJP: its product with a random direction against the central difference in that direction.

    Args:
      f: function of arrays or pytrees.
      f_vjp: ``f_vjp(*args) -> (out, pull)`` as `pullback.vjp` returns it.
      args, atol, rtol, eps, err_msg: as in `check_jvp`.

    Raises:
      AssertionError: they do not agree.

    Reference: JAX documentation, jax.test_util.check_vjp.

    >>> import pullback
    >>> from pullback import test_util, numpy as pnp
    >>> test_util.check_vjp(pnp.sin, lambda *x: pullback.vjp(pnp.sin, *x), (1.0,))
    """
    arguments = Arguments(f, tuple(args), "check_vjp")
    atol, rtol, eps = _settings(arguments, atol, rtol, eps)
    rng = np.random.default_rng(1)
    out, pull = f_vjp(*args)
    prefix = err_msg or f"check_vjp of {describe(f)}"
    out_leaves, out_tree = tree_flatten(out)
    _compare(_inexact(out_leaves), [_wide(y) for y in _inexact(tree_flatten(f(*args))[0])], atol, rtol, f"{prefix}, value")
    tangents = [_random_like(rng, x) for x in arguments.leaves]
    cotangents = [_random_like(rng, y) for y in out_leaves]
    pulled = tree_flatten(pull(tree_unflatten(out_tree, [c if c.dtype == dtypes.float0 else from_numpy(c) for c in cotangents])))[0]
    numerical = _numerical_jvp(f, arguments.leaves, tangents, arguments.treedef, eps)

    def product(xs: Sequence[Any], ys: Sequence[Any]) -> Any:
        pairs = [(_wide(x), _wide(y)) for x, y in zip(xs, ys) if np.asarray(x).dtype != dtypes.float0]
        return sum((np.real(np.sum(x * y)) for x, y in pairs), np.float64(0))

    left = product([c for c in cotangents if c.dtype != dtypes.float0], numerical)
    right = product(tangents, pulled)
    np.testing.assert_allclose(
        right, left, atol=atol, rtol=rtol, err_msg=f"{prefix}: <cotangent, J v> and <J^T cotangent, v> differ"
    )


def check_grads(
    f: Callable[..., Any],
    args: Any,
    order: int,
    modes: Sequence[str] = ("fwd", "rev"),
    atol: Any = None,
    rtol: Any = None,
    eps: Any = None,
) -> None:
    """Checks the derivatives of `f` up to an order, in forward and reverse mode, against finite differences.

    Args:
      f: function of arrays or pytrees.
      args: tuple of arguments at which to check.
      order: highest order.
      modes: "fwd", "rev" or both; higher orders check all combinations.
      atol, rtol: tolerances; by default those of the least precise dtype.
      eps: step of the differences.

    Raises:
      AssertionError: a derivative does not match; the text names the mode and the order.

    Reference: JAX documentation, jax.test_util.check_grads.

    >>> import pullback, pullback.numpy as pnp
    >>> pullback.test_util.check_grads(pnp.sin, (0.5,), order=2)
    """
    if isinstance(modes, str):
        modes = (modes,)
    for m in modes:
        if m not in ("fwd", "rev"):
            raise ValueError(f'check_grads: unknown mode {m!r}; modes: "fwd", "rev"')
    args = tuple(args)

    def check(f: Callable[..., Any], args: tuple[Any, ...], order: int, path: str) -> None:
        for mode in modes:
            message = f"check_grads of {path}, mode {mode!r}"
            if mode == "fwd":
                check_jvp(f, functools.partial(jvp, f), args, atol, rtol, eps, message)
                if order > 1:
                    check(_jvp_along(f, tree_unflatten(*_directions(args))), args, order - 1, f"jvp of {path}")
            else:
                check_vjp(f, functools.partial(vjp, f), args, atol, rtol, eps, message)
                if order > 1:
                    cts = tree_unflatten(*_directions(f(*args)))
                    check(_vjp_along(f, cts), args, order - 1, f"vjp of {path}")

    check(f, args, order, describe(f))


def _jvp_along(f: Callable[..., Any], tangents: Any) -> Callable[..., Any]:
    return lambda *xs: jvp(f, xs, tangents)


def _vjp_along(f: Callable[..., Any], cts: Any) -> Callable[..., Any]:
    def pulled(*xs: Any) -> Any:
        y, pull = vjp(f, *xs)
        return y, [t for t in tree_flatten(pull(cts))[0] if getattr(t, "dtype", None) != dtypes.float0]

    return pulled


def _directions(tree: Any) -> tuple[Any, list[Any]]:
    leaves, treedef = tree_flatten(tree)
    rng = np.random.default_rng(2)
    values = [_random_like(rng, x) for x in leaves]
    return treedef, [v if v.dtype == dtypes.float0 else from_numpy(v) for v in values]
