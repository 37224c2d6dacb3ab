"""What operations compute, written with NumPy and SciPy functions from their documentation, independently of their rules.

A reference takes the operands and attributes of the operation, in f64, c128, integers or booleans.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.special as special

from pullback.dialects import types as T

from . import spectral_references
from .array_references import (
    Reference,
    broadcast_in_dim,
    cholesky,
    cholesky_pair,
    cumulative,
    dot_general,
    dynamic_slice,
    dynamic_update_slice,
    fft,
    gather,
    iota,
    neutral,
    pad,
    reduction,
    scatter,
    slice_,
    sort,
    threefry,
    triangular_solve,
    triangular_solve_pair,
)
from .factorisation_references import geqrf, lu, pair, qr, solve, tridiagonal_solve
from .special_references import SPECIAL_REFERENCES
from .window_references import (
    conv_general_dilated,
    cumlogsumexp,
    reduce_precision,
    reduce_window,
    window_arg,
    window_gather,
    window_scatter_add,
)


# Arithmetic ----------------------------------------------------------------------------------------------------------------
def elementwise(f: Callable[..., Any]) -> Reference:
    """A function of Python numbers, applied element by element; integers wrap."""

    def reference(*operands: Any, **attrs: Any) -> Any:
        arrays = np.broadcast_arrays(*operands)
        out = np.empty(arrays[0].shape, operands[-1].dtype)
        for at in np.ndindex(out.shape):
            value = f(*(x[at].item() for x in arrays), **attrs)
            out[at] = wrap(value, out.dtype) if out.dtype.kind in "iu" else value
        return out

    return reference


def wrap(value: int, dtype: Any) -> Any:
    """The integer modulo 2**bits, as the signed or unsigned integer with those bits."""
    bits = 8 * dtype.itemsize
    value &= (1 << bits) - 1
    return value - (1 << bits) if dtype.kind == "i" and value >> (bits - 1) else value


def truncated(x: int, y: int) -> int:
    if y == 0:
        return -1
    quotient = abs(x) // abs(y)
    return quotient if (x < 0) == (y < 0) else -quotient


def div(x: Any, y: Any) -> Any:
    return elementwise(truncated)(x, y) if x.dtype.kind in "iu" else x / y


def rem(x: Any, y: Any) -> Any:
    return elementwise(lambda a, b: a - truncated(a, b) * b if b else a)(x, y) if x.dtype.kind in "iu" else np.fmod(x, y)


def integer_power(x: int, y: int) -> int:
    if y >= 0:
        return x**y
    return {1: 1, -1: -1 if y % 2 else 1, 0: -1}.get(x, 0)


def power(x: Any, y: Any) -> Any:
    return elementwise(integer_power)(x, y) if x.dtype.kind in "iu" else x**y


def lexicographic(choose: Any) -> Reference:
    return lambda x, y: choose(x, y)  # NumPy orders complex numbers by real, then by imaginary part


def sign(x: Any) -> Any:
    if x.dtype.kind == "c":
        size = np.abs(x)
        return np.where(size == 0, 0, x / np.where(size == 0, 1, size))
    return np.sign(x)


def round_(x: Any, *, mode: str) -> Any:
    return np.rint(x) if mode == "even" else np.copysign(np.floor(np.abs(x) + 0.5), x)


def polygamma(x: Any, *, n: int) -> Any:
    return special.polygamma(n, x)


def compare(x: Any, y: Any, *, direction: str) -> Any:
    names = {"EQ": np.equal, "NE": np.not_equal, "LT": np.less, "LE": np.less_equal, "GT": np.greater, "GE": np.greater_equal}
    return names[direction](x, y)


def shift(kind: str) -> Reference:
    def scalar(bits: int, x: int, y: int) -> int:
        amount = y & ((1 << bits) - 1)
        if amount >= bits:
            return -1 if kind == "arithmetic" and x < 0 else 0
        if kind == "left":
            return x << amount
        return x >> amount if kind == "arithmetic" else (x & ((1 << bits) - 1)) >> amount

    def reference(x: Any, y: Any) -> Any:
        bits = 8 * x.dtype.itemsize
        if kind == "arithmetic" and x.dtype.kind == "u":  # the top bit is the sign, whatever the type calls it
            signed = np.dtype(f"i{x.dtype.itemsize}")
            return reference(x.view(signed), y.view(signed)).view(x.dtype)
        return elementwise(lambda a, b: scalar(bits, a, b))(x, y)

    return reference


def bit_count(f: Callable[[int, int], int]) -> Reference:
    def reference(x: Any) -> Any:
        bits = 8 * x.dtype.itemsize
        return elementwise(lambda a: f(a & ((1 << bits) - 1), bits))(x)

    return reference


def convert(x: Any, *, dtype: str) -> Any:
    target = T.np_dtype(dtype)
    if dtype == "i1":
        return x != 0
    if x.dtype.kind == "c" and not T.is_complex(dtype):
        x = x.real
    if T.is_integer(dtype) and x.dtype.kind == "f":
        info = np.iinfo(target)
        out = np.empty(x.shape, target)
        for at in np.ndindex(x.shape):
            v = float(x[at])
            out[at] = 0 if v != v else info.max if v > info.max else info.min if v < info.min else int(v)
        return out
    with np.errstate(all="ignore"):
        return x.astype(target)


def bitcast(x: Any, *, dtype: str) -> Any:
    return np.frombuffer(x.tobytes(), T.np_dtype(dtype)).reshape(x.shape)


REFERENCES: dict[str, Reference] = {
    "abs": np.abs,
    "acos": np.arccos,
    "acosh": np.arccosh,
    "add": np.add,
    "and": np.bitwise_and,
    "argmax": lambda x, *, axis, dtype: np.argmax(x, axis).astype(T.np_dtype(dtype)),
    "argmin": lambda x, *, axis, dtype: np.argmin(x, axis).astype(T.np_dtype(dtype)),
    "asin": np.arcsin,
    "asinh": np.arcsinh,
    "atan": np.arctan,
    "atan2": np.arctan2,
    "atanh": np.arctanh,
    "bitcast": bitcast,
    "broadcast_in_dim": broadcast_in_dim,
    "cbrt": np.cbrt,
    "ceil": np.ceil,
    "cholesky": cholesky,
    "cholesky_pair": cholesky_pair,
    "clamp": lambda low, x, high: np.minimum(np.maximum(x, low), high),
    "clz": bit_count(lambda x, bits: bits - x.bit_length()),
    "compare": compare,
    "complex": lambda re, im: re + 1j * im,
    "concatenate": lambda *xs, axis: np.concatenate(xs, axis),
    "conj": np.conj,
    "constant": lambda *, value, shape=None: np.broadcast_to(value.array, value.array.shape if shape is None else shape),
    "conv_general_dilated": conv_general_dilated,
    "convert": convert,
    "cos": np.cos,
    "cosh": np.cosh,
    "cumlogsumexp": cumlogsumexp,
    "cummax": cumulative(np.maximum),
    "cummin": cumulative(np.minimum),
    "cumprod": cumulative(np.multiply),
    "cumsum": cumulative(np.add),
    "digamma": special.digamma,
    "div": div,
    "dot_general": dot_general,
    "dynamic_slice": dynamic_slice,
    "dynamic_update_slice": dynamic_update_slice,
    "erf": special.erf,
    "erf_inv": special.erfinv,
    "erfc": special.erfc,
    "exp": np.exp,
    "exp2": lambda x: 2**x,
    "expm1": np.expm1,
    "fft": fft,
    "floor": np.floor,
    "gather": gather,
    "geqrf": geqrf,
    "geqrf_pair": pair(geqrf, 2),
    "imag": np.imag,
    "integer_pow": lambda x, *, y: power(x, np.asarray(y, x.dtype if x.dtype.kind in "iu" else np.float64)),
    "iota": iota,
    "is_finite": np.isfinite,
    "lgamma": special.gammaln,
    "log": np.log,
    "log1p": np.log1p,
    "logistic": lambda x: special.expit(x) if x.dtype.kind == "f" else 1 / (1 + np.exp(-x)),
    "lu": lu,
    "lu_pair": pair(lu, 1),
    "max": np.maximum,
    "min": np.minimum,
    "mul": np.multiply,
    "neg": np.negative,
    "nextafter": np.nextafter,
    "not": np.invert,
    "checkpoint_name": lambda x, name: x,
    "optimization_barrier": lambda *xs: xs,
    "or": np.bitwise_or,
    "pad": pad,
    "polygamma": polygamma,
    "population_count": bit_count(lambda x, bits: x.bit_count()),
    "pow": power,
    "qr": qr,
    "real": np.real,
    "reduce_and": reduction(np.bitwise_and),
    "reduce_max": reduction(np.maximum),
    "reduce_min": reduction(np.minimum),
    "reduce_or": reduction(np.bitwise_or),
    "reduce_precision": reduce_precision,
    "reduce_prod": reduction(np.multiply),
    "reduce_sum": reduction(np.add),
    "reduce_window_max": reduce_window(np.maximum, lambda dtype: neutral(np.maximum, dtype)),
    "reduce_window_min": reduce_window(np.minimum, lambda dtype: neutral(np.minimum, dtype)),
    "reduce_window_sum": reduce_window(np.add, lambda dtype: dtype.type(0)),
    "reduce_xor": reduction(np.bitwise_xor),
    "rem": rem,
    "reshape": lambda x, *, shape: np.array(list(x.flat), x.dtype).reshape(shape),
    "reverse": lambda x, *, dims: np.flip(x, tuple(dims)),
    "round": round_,
    "rsqrt": lambda x: 1 / np.sqrt(x),
    "scatter": scatter,
    "select": np.where,
    "shift_left": shift("left"),
    "shift_right_arithmetic": shift("arithmetic"),
    "shift_right_logical": shift("logical"),
    "sign": sign,
    "sin": np.sin,
    "sinh": np.sinh,
    "slice": slice_,
    "solve": solve,
    "sort": sort,
    "sqrt": np.sqrt,
    "stop_gradient": lambda x: x,
    "sub": np.subtract,
    "tan": np.tan,
    "tanh": np.tanh,
    "threefry2x32": threefry,
    "transpose": lambda x, *, perm: np.transpose(x, perm),
    "triangular_solve": triangular_solve,
    "triangular_solve_pair": triangular_solve_pair,
    "tridiagonal_solve": tridiagonal_solve,
    "tridiagonal_solve_pair": pair(tridiagonal_solve, 1),
    "window_argmax": window_arg(lambda v, w: v > w),
    "window_argmin": window_arg(lambda v, w: v < w),
    "window_gather": window_gather,
    "window_scatter_add": window_scatter_add,
    "xor": np.bitwise_xor,
    **spectral_references.REFERENCES,
    **SPECIAL_REFERENCES,
}
