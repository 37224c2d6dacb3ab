"""Functions of one operation each, made from the op table, and the means to derive, evaluate and compare them.

A test is one (operation, element type); it runs through all the examples that the operation declares. Everything goes
through the real passes (`Deriver`) and the evaluator; compiled code is in `compiled.py`.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import ml_dtypes
import numpy as np
import pytest
from op_examples import Make

import pullback.dialects.table  # noqa: F401  (fills the op table)
from pullback.dialects import types as T
from pullback.dialects.builder import Builder
from pullback.dialects.ir import UNKNOWN, Dense, Module, Symbol, Value
from pullback.dialects.spec import TABLE, ZERO, NotDifferentiable, OpSpec
from pullback.dialects.special_functions import FUNCTIONS
from pullback.dialects.types import Aval
from pullback.passes.deriver import Deriver
from pullback.passes.evaluate import Evaluator

#: Distance of 1.0 to its successor, for each element type with rounding.
EPS = {name: float(ml_dtypes.finfo(T.np_dtype(T.real_of(name))).eps) for name in T.INEXACT}

#: The smallest normal number of each element type; below, precision is lost, and compiled code takes numbers for zero.
TINY = {name: float(ml_dtypes.finfo(T.np_dtype(T.real_of(name))).smallest_normal) for name in T.INEXACT}

SPECS = [s for s in TABLE.values() if not s.function]


class Case(NamedTuple):
    """One example of one operation."""

    spec: OpSpec
    dtype: str
    index: int
    operands: tuple[Any, ...]
    attrs: dict[str, Any]

    def __str__(self) -> str:
        shapes = ", ".join(str(aval_of(x)) for x in self.operands)
        return f"{self.spec.name} {self.dtype} example {self.index} ({shapes}) {self.attrs}"

    @property
    def differentiable(self) -> bool:
        return self.spec.jvp is not ZERO and not isinstance(self.spec.jvp, NotDifferentiable)


def aval_of(x: Any) -> Aval:
    return Aval(np.shape(x), T.from_np(np.asarray(x).dtype))


def seed_of(*parts: Any) -> int:
    """A seed that is the same in every run and process."""
    return zlib.crc32(repr(parts).encode())


def cases(spec: OpSpec, dtype: str, seed: int = 0) -> list[Case]:
    """All examples of an operation; `seed` chooses among inputs of the same shapes and attributes."""
    assert spec.examples is not None
    examples = spec.examples(Make(dtype, seed_of(spec.name, dtype, seed)))
    if spec.name == "pb.constant":  # the harness also fills a shape with one element; see `result_avals`
        examples = [*examples, ((), {"value": Dense(examples[1][1]["value"].array), "shape": (2, 3)})]
    return [Case(spec, dtype, i, tuple(map(np.asarray, operands)), attrs) for i, (operands, attrs) in enumerate(examples)]


#: Examples at which a derivative is infinite, jumps, or is too small for the element type: derivatives there are compared with
#: conventions (`test_jvp.test_conventions`), not with differences. By the index of the example.
SINGULAR: dict[str, tuple[int, str]] = {
    "pb.log": (4, "the derivative at 0 is infinite"),
    "pb.sqrt": (4, "the derivative at 0 is infinite"),
    "pb.rsqrt": (4, "value and derivative at 0 are infinite"),
    "pb.erf_inv": (4, "value and derivative at -1 and 1 are infinite"),
    "pb.sign": (4, "the function jumps at 0"),
    "pb.logistic": (4, "the derivative at -100 and 100 is below the smallest normal f32 number, that at infinity is 0"),
}


#: Operands with respect to which an operation is not differentiable although it is in others: see
#: tests/dialects/test_special_functions.py.
CONSTANT: dict[str, tuple[int, ...]] = {"pb.betainc": (0, 1), "pb.zeta": (0,)}
#: Operands with a first derivative that is an operation without one; functions of pb.special by their kind.
FIRST_ORDER: dict[str, tuple[int, ...]] = {
    "pb.igamma": (0,),
    "pb.igammac": (0,),
    "hurwitz_zeta": (0,),
    "hyp1f1": (0, 1),
    "hyp2f1": (0, 1, 2),
}


def constant_operands(case: Case) -> tuple[int, ...]:
    """Operands with respect to which the case is not differentiable."""
    if case.spec.name == "pb.special":
        return tuple(i for i, p in enumerate(FUNCTIONS[case.attrs["kind"]].partials) if isinstance(p, str))
    return CONSTANT.get(case.spec.name, ())


def smooth_cases(spec: OpSpec, dtype: str) -> list[Case]:
    """The examples at which differences make sense."""
    out = []
    for case in cases(spec, dtype):
        if spec.name in SINGULAR and case.index == SINGULAR[spec.name][0]:
            continue
        if not all(np.isfinite(wide(x)).all() for x in case.operands):
            continue  # infinities and NaN: their differences are NaN
        if "nan" in case.attrs.get("fill_value", ""):  # differences of NaN are NaN; any other fill value does as well
            case = case._replace(attrs={**case.attrs, "fill_value": "1.5"})
        out.append(case)
    return out


def pairs(dtypes: Sequence[str] | None = None, where: Callable[[OpSpec], bool] = lambda spec: True) -> list[Any]:
    """Parameters (spec, dtype): every operation with each of its element types that is in `dtypes`."""
    return [
        pytest.param(spec, dtype, id=f"{spec.short}-{dtype}")
        for spec in SPECS
        if where(spec)
        for dtype in spec.dtypes
        if dtypes is None or dtype in dtypes
    ]


def differentiable(spec: OpSpec) -> bool:
    return spec.jvp is not ZERO and not isinstance(spec.jvp, NotDifferentiable)


def emit(b: Builder, case: Case, values: Sequence[Value]) -> list[Value]:
    """Emits the operation of a case; returns its results."""
    spec, attrs = case.spec, case.attrs
    if spec.infer is None:  # pb.constant, whose result type is not determined by its attribute
        array = attrs["value"].array
        shape = attrs.get("shape", array.shape)
        return b.emit_typed(spec, [], {"value": attrs["value"]}, [Aval(shape, T.from_np(array.dtype))])
    out = b.emit(spec, list(values), attrs)
    return list(out) if isinstance(out, (list, tuple)) else [out]


class Lab:
    """The function of one case, named "f", with a deriver and an evaluator of its own."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self.module = Module()
        self.d = Deriver(self.module)
        self.run = Evaluator(self.d)
        self.avals = [aval_of(x) for x in case.operands]
        self.name = self.d.build("f", self.avals, lambda b, values: emit(b, case, values), UNKNOWN)

    def __call__(self, *arrays: Any) -> list[Any]:
        return self.run(self.name, list(arrays or self.case.operands))

    def masks(self) -> Iterator[tuple[bool, ...]]:
        """Sets of active operands: all that have a tangent space, and each of them alone."""
        constant = constant_operands(self.case)
        inexact = tuple(T.is_inexact(a.dtype) and i not in constant for i, a in enumerate(self.avals))
        if any(inexact):
            yield inexact
        if sum(inexact) > 1:
            for i, on in enumerate(inexact):
                if on:
                    yield tuple(j == i for j in range(len(inexact)))

    def tangents(self, mask: Sequence[bool], rng: np.random.Generator) -> list[Any]:
        """Random tangents of the active operands."""
        return [_tangent(self.case, a, rng) for a, on in zip(self.avals, mask, strict=True) if on]

    def jvp(self, mask: Sequence[bool]) -> Symbol:
        """``(args, tangents of active args) -> (outs, tangents of all inexact outs)``."""
        outs = [isinstance(a, Aval) and T.is_inexact(a.dtype) for a in self.d.result_avals(self.name)]
        return self.d.jvp(self.name, mask, outs).name

    def vjp(self, mask: Sequence[bool]) -> tuple[Symbol, list[int]]:
        """``(args, cotangents of the outs that depend on active args) -> cotangents of active args``, and which outs these are."""
        d = self.d
        lin = d.linearize(self.name, tuple(mask))
        active = [i for i, on in enumerate(lin.mask) if on]
        cts = [d.result_avals(lin.fwd)[i] for i in active]

        def body(b: Builder, values: list[Value]) -> list[Value]:
            n = len(self.avals)
            residuals = d.inline(b, lin.fwd, values[:n])[lin.n_outs :]
            bwd, found = lin.bwd([True] * len(active))
            it = iter(d.inline(b, bwd, [*residuals, *values[n:]]))
            wanted = [a for a, on in zip(self.avals, mask) if on]
            return [next(it) if on else b.zeros(a) for a, on in zip(wanted, found, strict=True)]

        return d.build("f.vjp", [*self.avals, *cts], body, UNKNOWN), active


def _tangent(case: Case, aval: Aval, rng: np.random.Generator) -> Any:
    t = random(aval, rng)
    if case.spec.name in ("pb.cholesky", "pb.eigh"):  # their derivatives are declared for Hermitian tangents
        t = ((t + np.conj(np.swapaxes(t, -1, -2))) / 2).astype(t.dtype)
    return t


def random(aval: Aval, rng: np.random.Generator) -> Any:
    """Normally distributed numbers of a float or complex type."""
    x = rng.standard_normal(aval.shape)
    if T.is_complex(aval.dtype):
        x = x + 1j * rng.standard_normal(aval.shape)
    return np.asarray(x).astype(T.np_dtype(aval.dtype))


# Comparison ----------------------------------------------------------------------------------------------------------------
def wide(x: Any) -> Any:
    """The array in f64 or c128, where differences are formed."""
    x = np.asarray(x)
    return x.astype(np.complex128 if x.dtype.kind == "c" else np.float64)


def magnitude(x: Any) -> float:
    """The largest finite absolute value."""
    a = np.abs(wide(x))
    a = a[np.isfinite(a)]
    return float(a.max()) if a.size else 0.0


def parts(x: Any) -> list[Any]:
    return [x.real, x.imag] if x.dtype.kind == "c" else [x]


def close(got: Any, want: Any, ulps: float, note: str, scale: float | None = 0.0, zeros: bool = False) -> None:
    """Both have one type; integers are equal; floats agree to `ulps` units of their type's precision, relative to the element or
    to `scale` (None: the largest element), whichever is larger. NaN equals NaN; with `zeros`, zeros have the same sign."""
    got, want = np.asarray(got), np.asarray(want)
    assert (got.dtype, got.shape) == (want.dtype, want.shape), f"{note}: got {aval_of(got)}, want {aval_of(want)}"
    name = T.from_np(got.dtype)
    if not T.is_inexact(name):
        np.testing.assert_array_equal(got, want, err_msg=note)
        return
    compare(got, want, ulps * EPS[name], note, scale, zeros)


def compare(got: Any, want: Any, tol: float, note: str, scale: float | None = 0.0, zeros: bool = False) -> None:
    """`close` with a relative tolerance, for any element types."""
    got, want = wide(got), wide(want)
    assert got.shape == want.shape, f"{note}: got shape {got.shape}, want {want.shape}"
    floor = magnitude(want) if scale is None else scale
    with np.errstate(all="ignore"):
        size = np.abs(want)
        bound = tol * np.maximum(np.where(np.isfinite(size), size, 0), floor)
        ok = np.ones(got.shape, bool)
        for g, w in zip(parts(got), parts(want), strict=True):
            finite = np.isfinite(g) & np.isfinite(w)
            ok &= np.where(finite, np.abs(g - w) <= bound, (g == w) | (np.isnan(g) & np.isnan(w)))
            if zeros:
                ok &= (w != 0) | (g != 0) | (np.signbit(g) == np.signbit(w))
    if not ok.all():
        at = tuple(int(i[0]) for i in np.nonzero(~ok))
        ratio = np.abs(got[at] - want[at]) / max(abs(want[at]), floor) if np.isfinite(got[at]) and want[at] else np.nan
        raise AssertionError(
            f"{note}: {int((~ok).sum())} of {ok.size} elements differ by more than {tol:.3g}; "
            f"at {at}: got {got[at]!r}, want {want[at]!r} (relative {ratio:.3g})"
        )


def pairing(xs: Sequence[Any], ys: Sequence[Any]) -> tuple[float, float]:
    """The real bilinear pairing under which transposes are defined, and the size of what it sums."""
    total = size = 0.0
    for x, y in zip(xs, ys, strict=True):
        product = wide(x) * wide(y)
        total += float(np.sum(product).real)
        size += float(np.sum(np.abs(product)))
    return total, size
