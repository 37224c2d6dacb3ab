"""Systematic checks of functions built by hand: every derivation against an independent one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

import pullback.dialects.table  # noqa: F401  (fills the op table)
from pullback.dialects import types as T
from pullback.dialects.builder import Builder
from pullback.dialects.ir import UNKNOWN, Module, Symbol, Value
from pullback.dialects.types import Aval
from pullback.passes.deriver import Deriver
from pullback.passes.evaluate import Evaluator

Body = Callable[..., Sequence[Value]]


def f64(*shape: int) -> Aval:
    return Aval(shape, "f64")


def i32(*shape: int) -> Aval:
    return Aval(shape, "i32")


class Lab:
    """A module under construction, with a deriver and an evaluator."""

    def __init__(self) -> None:
        self.module = Module()
        self.d = Deriver(self.module)
        self.run = Evaluator(self.d)

    def func(self, name: str, avals: Sequence[Aval], body: Body) -> Symbol:
        """A function from ``body(b, *values)``."""
        return self.d.build(name, avals, lambda b, values: body(b, *values), UNKNOWN)

    def random(self, aval: Aval, rng: np.random.Generator) -> Any:
        if T.is_complex(aval.dtype):
            return (rng.normal(size=aval.shape) + 1j * rng.normal(size=aval.shape)).astype(T.np_dtype(aval.dtype))
        return np.asarray(rng.normal(size=aval.shape), T.np_dtype(aval.dtype))

    # Derived functions and their values ----------------------------------------------------------------------------------
    def jvp(self, name: str, args: Sequence[Any], tangents: Sequence[Any]) -> tuple[list[Any], list[Any]]:
        """Results and tangents of the inexact results; a tangent of None is a zero."""
        derived = self.d.jvp(name, [t is not None for t in tangents])
        results = self.run(derived.name, [*args, *(t for t in tangents if t is not None)])
        n = len(derived.mask)
        return results[:n], self._full(derived.mask, results[n:], results[:n])

    def lin(self, name: str, args: Sequence[Any], tangents: Sequence[Any]) -> tuple[list[Any], list[Any]]:
        """The same through linearize and its linear part."""
        lin = self.d.linearize(name, [t is not None for t in tangents])
        results = self.run(lin.fwd, list(args))
        outs, residuals = results[: lin.n_outs], results[lin.n_outs :]
        return outs, self._full(lin.mask, self.run(lin.lin, [*residuals, *(t for t in tangents if t is not None)]), outs)

    @staticmethod
    def _full(mask: Sequence[bool], tangents: Sequence[Any], outs: Sequence[Any]) -> list[Any]:
        it = iter(tangents)
        return [next(it) if on else np.zeros(np.shape(o)) for on, o in zip(mask, outs, strict=True)]

    def vjp_func(self, name: str, active: Sequence[bool]) -> tuple[Symbol, list[int]]:
        """``(args, cotangents of active outs) -> cotangents of active args``, and which outs are active."""
        d = self.d
        lin = d.linearize(name, tuple(active))
        avals = d.arg_avals(lin.fwd)
        outs = [i for i, on in enumerate(lin.mask) if on]
        cts = [d.result_avals(lin.fwd)[i] for i in outs]

        def body(b: Builder, values: list[Value]) -> list[Value]:
            residuals = d.inline(b, lin.fwd, values[: len(avals)])[lin.n_outs :]
            bwd, mask = lin.bwd([True] * len(outs))
            it = iter(d.inline(b, bwd, [*residuals, *values[len(avals) :]]))
            wanted = [a for a, on in zip(avals, active) if on]
            return [next(it) if on else b.zeros(a) for a, on in zip(wanted, mask)]

        return d.build(f"{name}.vjp", avals + cts, body, UNKNOWN), outs


def close(x: Any, y: Any, tol: float = 1e-9, note: str = "") -> None:
    np.testing.assert_allclose(np.asarray(x), np.asarray(y), rtol=tol, atol=tol, err_msg=note)


def dot(xs: Sequence[Any], ys: Sequence[Any]) -> Any:
    """Bilinear pairing; for complex values the one under which transposes are defined."""
    return sum(np.sum(np.asarray(x) * np.asarray(y)) for x, y in zip(xs, ys, strict=True))


def _inexact(x: Any) -> bool:
    return np.asarray(x).dtype.kind in "fc"


def check_derivatives(
    lab: Lab, name: str, args: Sequence[Any], active: Sequence[bool], order: int = 2, reverse: bool = True
) -> None:
    """jvp against differences, linearize against jvp, reverse against forward; then the same for the vjp, `order` deep."""
    rng = np.random.default_rng(0)
    args = list(args)
    avals = lab.d.arg_avals(name)
    ts = [lab.random(a, rng) if on else None for a, on in zip(avals, active, strict=True)]
    outs = lab.run(name, args)
    primal, tangents = lab.jvp(name, args, ts)
    for x, y in zip(outs, primal, strict=True):
        close(x, y, note=f"primal results of {name}")
        assert np.asarray(x).dtype == np.asarray(y).dtype
    eps = 1e-6

    def shifted(sign: int) -> list[Any]:
        return lab.run(name, [a if t is None else (a + sign * eps * t).astype(a.dtype) for a, t in zip(args, ts)])

    for hi, lo, t in zip(shifted(1), shifted(-1), tangents, strict=True):
        if _inexact(hi):
            close((hi - lo) / (2 * eps), t, 2e-5, f"jvp of {name}")
    lin_outs, lin_tangents = lab.lin(name, args, ts)
    for x, y in zip([*outs, *tangents], [*lin_outs, *lin_tangents], strict=True):
        close(x, y, note=f"linearize of {name}")
    if not reverse:
        return
    vjp, active_outs = lab.vjp_func(name, active)
    cts = [lab.random(a, rng) for a in lab.d.arg_avals(vjp)[len(args) :]]
    grads = lab.run(vjp, [*args, *cts])
    for g, a in zip(grads, [a for a, on in zip(avals, active) if on], strict=True):
        assert np.shape(g) == a.shape and T.from_np(np.asarray(g).dtype) == a.dtype
    close(dot(cts, [tangents[i] for i in active_outs]), dot(grads, [t for t in ts if t is not None]), note=f"vjp of {name}")
    # one cotangent at a time: the others are symbolic zeros
    lin = lab.d.linearize(name, tuple(active))
    residuals = lab.run(lin.fwd, args)[lin.n_outs :]
    for k, i in enumerate(active_outs):
        bwd, mask = lin.bwd([j == k for j in range(len(active_outs))])
        got = iter(lab.run(bwd, [*residuals, cts[k]]))
        full = [next(got) if on else 0.0 * t for on, t in zip(mask, [t for t in ts if t is not None])]
        close(dot([cts[k]], [tangents[i]]), dot(full, [t for t in ts if t is not None]), note=f"partial vjp of {name}")
    if order > 1:
        check_derivatives(lab, vjp, [*args, *cts], [*active, *[True] * len(cts)], order - 1)


def check_batch(lab: Lab, name: str, args: Sequence[Any], batched: Sequence[bool], size: int = 3, axis_name: str = "") -> None:
    """vmap against a loop over examples. `args` are given for one example and varied for the others."""
    rng = np.random.default_rng(1)

    def vary(x: Any) -> Any:
        x = np.asarray(x)
        if _inexact(x):
            return np.stack([x + (0.1 * k * rng.normal(size=x.shape)).astype(x.dtype) for k in range(size)])
        return np.stack([x + np.asarray(k, x.dtype) if x.dtype.kind != "b" else x ^ bool(k % 2) for k in range(size)])

    full = [vary(x) if on else np.asarray(x) for x, on in zip(args, batched, strict=True)]
    derived = lab.d.batch(name, tuple(batched), size, axis_name)
    got = lab.run(derived.name, full)
    for k in range(size):
        want = lab.run(name, [x[k, ...] if on else x for x, on in zip(full, batched)])
        for g, w, on, aval in zip(got, want, derived.mask, lab.d.result_avals(name), strict=True):
            g = g[k] if on else g
            assert np.shape(g) == aval.shape and T.from_np(np.asarray(g).dtype) == aval.dtype
            close(g, w, note=f"example {k} of {name}")
    for v, r in zip(lab.d.prepared(derived.name).results, got, strict=True):
        assert v.aval.shape == np.shape(r)


def check_everything(
    lab: Lab, name: str, args: Sequence[Any], active: Sequence[bool], batched: Sequence[Sequence[bool]], order: int = 2
) -> None:
    """Derivatives, batches of the function and of its vjp, derivatives of batches."""
    check_derivatives(lab, name, args, active, order)
    rng = np.random.default_rng(2)
    vjp, _ = lab.vjp_func(name, active)
    cts = [lab.random(a, rng) for a in lab.d.arg_avals(vjp)[len(args) :]]
    for mask in batched:
        check_batch(lab, name, args, mask)
        for ct_mask in (True, False):
            check_batch(lab, vjp, [*args, *cts], [*mask, *[ct_mask] * len(cts)])
        derived = lab.d.batch(name, tuple(mask), 2)
        wide = [np.stack([x, x]) if on else x for x, on in zip(args, mask)]
        check_derivatives(lab, derived.name, wide, active, order=1)
