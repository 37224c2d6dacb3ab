"""Largest errors of the real elementwise functions, in units in the last place, against mpmath.

Two columns per element type: the decomposition evaluated with NumPy, and compiled for this CPU. The inputs are samples of
each function's whole domain, dense where it is hard (zeros, edges of branches, huge arguments). Results below the smallest
normal number are left out: compiled code flushes them to zero.

    python benchmarks/ulp.py [--samples N] [--dtype f32] [name ...]
"""

from __future__ import annotations

import argparse
from typing import Any

import iree.runtime
import mpmath
import numpy as np

from pullback.dialects import arithmetic, constants, conversion, elementwise, logic, real_math  # noqa: F401  (declare the ops)
from pullback.dialects import types as T
from pullback.dialects.builder import Builder
from pullback.dialects.ir import Func, Module, Value
from pullback.dialects.types import Aval
from pullback.passes.pb_to_stablehlo import lower_module
from pullback.runtime.compiler import compile_stablehlo
from pullback.runtime.targets import resolve_target

TRUTH = {
    "exp2": lambda x: mpmath.power(2, x),
    "logistic": lambda x: 1 / (1 + mpmath.exp(-x)),
    "erf_inv": mpmath.erfinv,
    "lgamma": lambda x: mpmath.loggamma(x).real,
    "cbrt": lambda x: mpmath.sign(x) * mpmath.cbrt(abs(x)),
    "pow": mpmath.power,
}
EXPONENTIAL = ("exp2", "expm1", "sinh", "cosh", "tanh", "logistic")
NAMES = [n for n in real_math.__all__ if n != "nextafter"]  # integers only, exact


def inputs(name: str, dtype: str, n: int, rng: np.random.Generator) -> list[np.ndarray]:
    """Arguments in the domain of a function: uniform, spread over the exponents, and close to the hard points."""
    single = dtype == "f32"
    top, low, ulp = (127, -40, -23) if single else (1022, -300, -52)
    signs = rng.choice([-1.0, 1.0], n)

    def spread(a: float, b: float) -> np.ndarray:
        return np.exp2(rng.uniform(a, b, n))

    if name == "pow":
        x = np.concatenate([spread(-20, 20), 1 + spread(ulp, -1) * signs, spread(-1, 1)]).astype(T.np_dtype(dtype))
        x = x[x != 1]
        return [x, rng.uniform(-top + 1, top, x.size) / np.log2(x.astype(float))]
    if name == "atan2":
        return [np.concatenate([spread(-30, 30) * rng.choice([-1, 1], n), rng.normal(size=n)]) for _ in range(2)]
    if name in EXPONENTIAL:
        limit = {"exp2": top, "logistic": 0.68 * top}.get(name, 0.69 * top)
        parts = [rng.uniform(-limit, limit, n), rng.uniform(-2, 2, n), signs * spread(low, 5)]
    elif name in ("asin", "acos", "atanh", "erf_inv"):
        parts = [rng.uniform(-1, 1, n), signs * (1 - spread(ulp + 1, 0)), signs * spread(low, 0)]
    elif name in ("acosh", "lgamma", "digamma"):
        parts = [1 + spread(ulp + 1, 2), spread(0, top if name == "acosh" else 0.9 * top), rng.uniform(1, 12, n)]
        parts += [] if name == "acosh" else [rng.uniform(0, 3, n), spread(low, 0)]
    elif name == "log1p":
        parts = [rng.uniform(-0.9999, 2, n), spread(low, top), -spread(low, -1), spread(ulp, 0) - 0.99999]
    elif name in ("erf", "erfc"):
        parts = [rng.uniform(-6, 9 if single else 26, n), rng.uniform(-1, 1, n), signs * spread(low, 0)]
    else:  # the whole line; for the circular functions also close to multiples of pi / 2
        parts = [rng.uniform(-10, 10, n), signs * spread(low, top), np.round(rng.uniform(0, 1e5, n)) * (np.pi / 2)]
    return [np.concatenate(parts)]


def evaluate(func: Func, args: list[np.ndarray]) -> list[np.ndarray]:
    env: dict[Value, Any] = dict(zip(func.args, args))
    for op in func.ops:
        out = op.spec.evaluate(*[env[v] for v in op.operands], **op.attrs)  # type: ignore[misc, operator]
        env[op.results[0]] = np.broadcast_to(out, op.results[0].shape)
    return [env[v] for v in func.results]


def compiled(func: Func, args: list[np.ndarray]) -> list[np.ndarray]:
    vmfb = compile_stablehlo(lower_module(Module([func])), resolve_target("cpu"), cache=None)
    context = iree.runtime.SystemContext(config=iree.runtime.Config("local-sync"))
    module = iree.runtime.VmModule.copy_buffer(context.instance, vmfb)
    context.add_vm_module(module)
    out = context.modules[module.name]["main"](*args)
    return [np.asarray(y) for y in (out if isinstance(out, list | tuple) else [out])]


def truth(name: str, args: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """The exact values, as sums of two doubles."""
    f = TRUTH.get(name) or getattr(mpmath, name)
    pairs = []
    for xs in zip(*args):
        with mpmath.workprec(1300 if name in ("sin", "cos", "tan") and abs(xs[0]) > 1e15 else 180):
            exact = mpmath.re(f(*[mpmath.mpf(float(x)) for x in xs]))
            pairs.append((float(exact), float(exact - mpmath.mpf(float(exact))) if mpmath.isfinite(float(exact)) else 0.0))
    return tuple(np.array(pairs).T)  # type: ignore[return-value]


def worst(y: np.ndarray, exact: tuple[np.ndarray, np.ndarray]) -> float:
    info = np.finfo(y.dtype)
    hi, lo = exact
    normal = (np.abs(hi) > 1.001 * float(info.tiny)) & (np.abs(hi) < 0.999 * float(info.max))
    spacing = np.spacing(np.abs(hi[normal]).astype(y.dtype)).astype(float)
    return float(np.max(np.abs((y[normal].astype(float) - hi[normal]) - lo[normal]) / spacing))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", default=NAMES)
    parser.add_argument("--samples", type=int, default=1000)
    parser.add_argument("--dtype", action="append", choices=("f32", "f64"))
    options = parser.parse_args()
    rng = np.random.default_rng(0)
    dtypes = options.dtype or ["f32", "f64"]
    print("| function | " + " | ".join(f"ops {d} | {d} NumPy | {d} compiled" for d in dtypes) + " |")
    print("|---" * (1 + 3 * len(dtypes)) + "|")
    rows: dict[str, list[str]] = {name: [] for name in options.names}
    for dtype in dtypes:
        whole, arrays, cases = Func("main", public=True), [], []
        b = Builder(whole.ops)
        for name in options.names:
            args = [np.ascontiguousarray(x, T.np_dtype(dtype)) for x in inputs(name, dtype, options.samples, rng)]
            values = [whole.add_arg(Aval(x.shape, dtype)) for x in args]
            before = len(whole.ops)
            whole.results.append(getattr(real_math, name)(b, *values))
            ops = sum(op.spec.name != "pb.constant" for op in whole.ops[before:])
            arrays += args
            cases.append((name, ops, truth(name, args)))
        for (name, ops, exact), y, z in zip(cases, evaluate(whole, arrays), compiled(whole, arrays)):
            rows[name] += [str(ops), f"{worst(y, exact):.2f}", f"{worst(z, exact):.2f}"]
    for name, cells in rows.items():
        print(f"| {name} | " + " | ".join(cells) + " |")


if __name__ == "__main__":
    main()
