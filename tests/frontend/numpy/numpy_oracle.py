"""Compares `pullback.numpy` with `jax.numpy`: expressions evaluated in both, and functions under transformations in both."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Sequence
from typing import Any

os.environ.setdefault("JAX_PLATFORMS", "cpu")

import jax
import jax.numpy as jnp
import numpy as np

import pullback
import pullback.numpy as pnp

_RNG = np.random.RandomState(0)
A = _RNG.randn(3, 4).astype(np.float32)
C = (_RNG.randn(3, 4) + 1j * _RNG.randn(3, 4)).astype(np.complex64)


def environment(ns: Any) -> dict[str, Any]:
    """Names that expressions may use; `jnp` is the module under test or the oracle."""
    a = ns.array(A)
    return {
        "jnp": ns,
        "np": np,
        "i": ns.arange(-3, 4),
        "a": a,
        "n": ns.where(a > 0.8, ns.nan, a),
        "b": a > 0,
        "c": ns.array(C),
        "h": a.astype("float16"),
        "u": ns.array(np.array([[3, 250], [7, 9]], np.uint8)),
    }


_ENVIRONMENT: dict[str, dict[str, Any]] = {}


def run(expression: str, ns: Any) -> tuple[Any, Exception | None]:
    if ns.__name__ not in _ENVIRONMENT:
        _ENVIRONMENT[ns.__name__] = environment(ns)
    try:
        return eval(expression, dict(_ENVIRONMENT[ns.__name__])), None
    except Exception as e:
        return None, e


def quietly(f: Callable[[], Any]) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return f()


def leaves(x: Any) -> list[Any]:
    return list(x) if isinstance(x, (tuple, list)) else [x]


def compare(ours: Any, theirs: Any, rtol: float = 2e-6, atol: float = 1e-6) -> None:
    """Equal structure, dtypes, weak types, shapes; close values."""
    left, right = leaves(ours), leaves(theirs)
    assert len(left) == len(right)
    for x, y in zip(left, right):
        if not hasattr(y, "weak_type"):  # a Python or NumPy object
            assert np.all(np.asarray(x, dtype=object) == np.asarray(y, dtype=object)), (x, y)
            continue
        assert isinstance(x, pullback.Array), type(x)
        assert str(x.dtype) == str(y.dtype)
        assert x.shape == y.shape
        if y.dtype != bool:
            assert x.weak_type == y.weak_type, f"weak_type {x.weak_type}, JAX has {y.weak_type}"
        if str(y.dtype) in ("float16", "bfloat16"):
            rtol = 4e-3
        np.testing.assert_allclose(np.asarray(x).astype(complex), np.asarray(y).astype(complex), rtol=rtol, atol=atol)


def check_expression(expression: str) -> None:
    """The same value, or an error of the same kind."""
    theirs, expected = quietly(lambda: run(expression, jnp))
    ours, error = run(expression, pnp)
    if expected is not None or error is not None:
        assert expected is not None, f"only pullback raised {error!r}"
        assert error is not None, f"JAX raised {expected!r}, pullback gave {ours!r}"
        assert isinstance(error, type(expected)) or isinstance(expected, type(error)), (error, expected)
        return
    compare(ours, theirs)


# Transformations ---------------------------------------------------------------------------------------------------------
Case = tuple[str, tuple[Any, ...]]  # source of a function of arrays, and its arguments


def function(source: str, ns: Any) -> Callable[..., Any]:
    return eval(source, {"jnp": ns, "np": np})  # type: ignore[no-any-return]


def _close(name: str, ours: Any, theirs: Any, rtol: float) -> None:
    left, right = leaves(ours), leaves(theirs)
    assert len(left) == len(right), name
    for x, y in zip(left, right):
        x, y = np.asarray(x), np.asarray(y)
        assert x.shape == y.shape, (name, x.shape, y.shape)
        wide = complex if y.dtype.kind == "c" else np.float64
        np.testing.assert_allclose(x.astype(wide), y.astype(wide), rtol=rtol, atol=rtol, err_msg=name)


def check_compiled(cases: Sequence[Case]) -> None:
    """All functions in one program of each compiler."""

    def everything(ns: Any) -> Callable[..., Any]:
        return lambda all_args: [leaves(function(source, ns)(*args)) for (source, _), args in zip(cases, all_args)]

    args = [list(args) for _, args in cases]
    theirs = quietly(lambda: jax.jit(everything(jnp))(args))
    ours = pullback.jit(everything(pnp))(args)
    for (source, _), x, y in zip(cases, ours, theirs):
        _close(source, x, y, 3e-5)


def check_gradients(cases: Sequence[Case]) -> None:
    """Gradients of a weighted sum of each function's result."""

    def loss(source: str, ns: Any) -> Callable[..., Any]:
        f = function(source, ns)

        def weighted(*args: Any) -> Any:
            out = f(*args)
            weights = np.arange(1, out.size + 1, dtype=np.float32).reshape(out.shape)
            return ns.sum(ns.real(out * weights))

        return weighted

    def theirs(all_args: Any) -> Any:
        return [jax.grad(loss(s, jnp), tuple(range(len(a))))(*a) for (s, _), a in zip(cases, all_args)]

    expected = quietly(lambda: jax.jit(theirs)([list(a) for _, a in cases]))
    for (source, args), y in zip(cases, expected):
        ours = pullback.grad(loss(source, pnp), tuple(range(len(args))))(*map(pnp.asarray, args))
        _close("gradient of " + source, ours, y, 1e-4)


def check_mapped(cases: Sequence[Case]) -> None:
    """vmap over the first axis of arguments of two dimensions."""

    def axes(args: Any) -> tuple[int | None, ...]:
        return tuple(0 if np.ndim(x) == 2 else None for x in args)

    def theirs(all_args: Any) -> Any:
        return [jax.vmap(function(s, jnp), axes(a))(*a) for (s, _), a in zip(cases, all_args)]

    expected = quietly(lambda: jax.jit(theirs)([list(a) for _, a in cases]))
    for (source, args), y in zip(cases, expected):
        _close("vmap of " + source, pullback.vmap(function(source, pnp), axes(args))(*args), y, 3e-5)
