"""Bad arguments of the functions of `pullback.numpy` and `pullback.lax`, generated from valid calls by spoiling one argument.

What must hold for each: what NumPy refuses is refused, with NumPy's or JAX's kind of exception; the text names the function or the
argument; and nothing fails deep inside with Python's or an operation's own words. What is not an array is a TypeError throughout.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import pullback.numpy as pnp
from pullback import lax

A = np.arange(12, dtype=np.float32).reshape(3, 4)
V = np.arange(4, dtype=np.float32)
I = np.arange(4, dtype=np.int32)
SQUARE = np.eye(3, dtype=np.float32)

Call = tuple[tuple[Any, ...], dict[str, Any]]
CALLS: dict[str, Call] = {}


def valid(names: str, *args: Any, **kwargs: Any) -> None:
    CALLS.update(dict.fromkeys(names.split(), (args, kwargs)))


UNARY = (
    "abs absolute acos acosh angle arccos arccosh arcsin arcsinh arctan arctanh around asin asinh atan atanh cbrt ceil conj "
    "conjugate cos cosh deg2rad degrees exp exp2 expm1 fabs fix floor frexp imag iscomplex isfinite isinf isnan isneginf "
    "isposinf isreal log log10 log1p log2 logical_not modf nan_to_num negative positive rad2deg radians real reciprocal rint "
    "round sign signbit sin sinc sinh spacing sqrt square tan tanh trunc"
)
BITS = "bitwise_count bitwise_invert bitwise_not invert"
BINARY = (
    "add allclose arctan2 array_equiv atan2 copysign divide divmod equal float_power floor_divide fmax fmin fmod greater "
    "greater_equal heaviside hypot isclose less less_equal logaddexp logaddexp2 logical_and logical_or logical_xor maximum "
    "minimum mod multiply nextafter not_equal pow power remainder subtract true_divide"
)
INTEGERS = "bitwise_and bitwise_left_shift bitwise_or bitwise_right_shift bitwise_xor gcd lcm ldexp left_shift right_shift"
REDUCTIONS = (
    "all amax amin any argmax argmin average count_nonzero max mean median min nanargmax nanargmin nanmax nanmean nanmedian nanmin "
    "nanprod nanstd nansum nanvar prod ptp std sum var"
)
ALONG = (
    "argsort cumprod cumsum cumulative_prod cumulative_sum diff expand_dims flip gradient nancumprod nancumsum sort trapezoid "
    "unwrap"
)

valid(UNARY, A)
valid(BITS, I)
valid(BINARY, A, A)
valid(INTEGERS, I, I)
valid(REDUCTIONS, A, axis=0)
valid(ALONG, A, axis=0)
valid("nanpercentile nanquantile percentile quantile", A, 0.5, axis=0)
valid("squeeze", A[None], axis=0)
valid("concat concatenate stack", [A, A], axis=0)
valid("column_stack dstack hstack vstack", [A, A])
valid("append", A, A, axis=0)
valid("insert", A, 1, 0.0, axis=0)
valid("delete", A, 1, axis=0)
valid("array_split split", A, 1, axis=0)
valid("hsplit vsplit", A, 1)
valid("tile", A, (1, 2))
valid("repeat roll", A, 1, axis=0)
valid("reshape", A, (4, 3))
valid("permute_dims transpose", A, (1, 0))
valid("moveaxis swapaxes", A, 0, 1)
valid("rollaxis", A, 1)
valid("broadcast_to", V, (3, 4))
valid("resize", A, (2, 2))
valid("atleast_1d atleast_2d atleast_3d diag diagflat diagonal fliplr flipud ravel rot90 trace tril triu", A)
valid("matrix_transpose", A)
valid("take", A, I[:2], axis=0)
valid("take_along_axis", A, np.zeros((3, 4), np.int32), axis=0)
valid("choose", np.zeros(4, np.int32), [V, V])
valid("compress", np.array([True, False, True]), A, axis=0)
valid("extract", A > 2, A)
valid("where", A > 2, A, A)
valid("select", [A > 2], [A])
valid("clip", A, 0, 1)
valid("argwhere flatnonzero nonzero", A)
valid("unravel_index", I, (2, 2))
valid("ravel_multi_index", (np.array([0, 1]), np.array([1, 0])), (2, 2))
valid("searchsorted", V, A)
valid("digitize", A, V)
valid("argpartition partition", A, 1, axis=0)
valid("sort_complex", A)
valid("unique unique_all unique_counts unique_inverse unique_values", V)
valid("intersect1d isin setdiff1d setxor1d union1d", V, V)
valid("cross dot inner kron matmul outer tensordot vdot vecdot", SQUARE, SQUARE)
valid("matvec", SQUARE, SQUARE[0])
valid("vecmat", SQUARE[0], SQUARE)
valid("convolve correlate polyadd polydiv polymul polysub", V, V)
valid("polyval", V, A)
valid("poly polyder polyint roots vander", V)
valid("interp", A, V, V)
valid("bincount", I)
valid("histogram histogram_bin_edges", V)
valid("histogram2d", V, V)
valid("histogramdd corrcoef cov", A)
valid("empty ones zeros", (2,))
valid("full", (2,), 1.0)
valid("empty_like ones_like zeros_like", A)
valid("full_like", A, 1)
valid("diag_indices eye identity tri tril_indices triu_indices", 3)
valid("arange", 3)
valid("geomspace linspace logspace", 1, 2)
valid("indices", (2, 2))
valid("diag_indices_from tril_indices_from triu_indices_from", SQUARE)
valid("pad", A, 1)
valid("packbits", I)
valid("unpackbits", I.astype(np.uint8))
valid("ediff1d trim_zeros", V)
valid("astype", A, np.float16)
valid("fill_diagonal", SQUARE, 1.0, inplace=False)
valid("place", V, V > 2, 1.0, inplace=False)
valid("put", V, I[:1], 1.0, inplace=False)
valid("put_along_axis", V, I[:1], 1.0, 0, inplace=False)
valid("ndim shape size", A)
valid("apply_over_axes", lambda x, axis: x.sum(axis), A, 0)
valid("bartlett blackman hamming hanning", 3)

AXES = (5, -5, (0, 0), "a", 1.5, (0, 9), (0, 1.0), np.array([0, 1]))
NOT_ARRAYS = {"str": "abc", "None": None, "object": object(), "dict": {}, "text array": np.array(["a"])}
NUMBERS = {"str": "abc", "None": None, "float": 1.5, "negative": -7, "large": 99, "list": [1, 2], "object": object()}
TUPLES = {"str": "abc", "None": None, "floats": (1.5,), "negative": (-7,), "large": (99, 99), "float": 1.5, "twice": (0, 0)}


def spoiled(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Iterator[tuple[str, tuple[Any, ...], dict[str, Any]]]:
    """Calls with one argument spoiled, and what was done."""
    for i, x in enumerate(args):
        if isinstance(x, np.ndarray):
            others = {**NOT_ARRAYS, "list": x.tolist(), "complex": x.astype(np.complex64), "bool": x > 0}
            others |= {"more dimensions": np.ones((5, *x.shape), x.dtype), "scalar": x.ravel()[0], "empty": x[:0]}
        elif isinstance(x, list):
            others = {**NOT_ARRAYS, "empty": [], "one array": x[0], "with text": [x[0], "x"], "with None": [None]}
            others["other shapes"] = [x[0], x[0][:1][..., :1]]
        elif isinstance(x, (int, float)):
            others = NUMBERS
        elif isinstance(x, tuple):
            others = TUPLES
        else:
            continue
        for label, y in others.items():
            yield f"{i}: {label}", (*args[:i], y, *args[i + 1 :]), kwargs
    if "axis" in kwargs:
        for axis in AXES:
            yield f"axis={axis}", args, {**kwargs, "axis": axis}
    yield "unknown keyword", args, {**kwargs, "foo": 1}
    yield "out", args, {**kwargs, "out": np.zeros(3)}
    yield "dtype is no dtype", args, {**kwargs, "dtype": "junk"}
    yield "dtype of text", args, {**kwargs, "dtype": "U3"}
    yield "no arguments", (), {}
    yield "too many arguments", (*args, *[object()] * 8), kwargs


# What an error of a function's own checks does not say.
INTERNAL = re.compile(
    r"object is not|can't multiply|index out of range|not subscriptable|has no attribute|unsupported operand|pb\.|object has no"
    r"|interpreted as|unhashable|needs an argument"
)
# What is compared or asked about may be anything.
LOOSE = {"array_equiv", "ndim", "shape", "size"}
# Calls that mean something: shifting twice along one axis; no arrays at all; and `pad`, whose keywords belong to a mode.
MEANT = {
    ("roll", "axis=(0, 0)"),
    *((f"atleast_{n}d", "no arguments") for n in (1, 2, 3)),
    *(("pad", label) for label in ("unknown keyword", "out", "dtype is no dtype", "dtype of text")),
}


def call(function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Exception | None:
    try:
        with np.errstate(all="ignore"):
            function(*args, **kwargs)
    except Exception as e:
        return e
    return None


def names_of(name: str, function: Any) -> set[str]:
    try:
        parameters = set(inspect.signature(function).parameters)
    except (TypeError, ValueError):
        parameters = set()
    return {name, "axis", "axes", "dtype", *parameters}


def complaint(name: str, function: Any, error: Exception) -> str | None:
    """What is wrong with an error."""
    text = str(error)
    if not isinstance(error, (TypeError, ValueError, IndexError, NotImplementedError, OverflowError)):
        return f"not a kind of exception that callers expect: {error!r}"
    if INTERNAL.search(text):
        return f"fails deep inside: {error!r}"
    known = ("reduction operation", "empty sequence")  # NumPy's and JAX's own words for reductions of nothing
    if not any(re.search(rf"\b{re.escape(n)}\b", text) for n in names_of(name, function)) and not any(k in text for k in known):
        return f"names neither the function nor an argument: {error!r}"
    return None


def refusal(label: str, error: Exception | None) -> str | None:
    """What must be refused, and how; None if all is well."""
    spoilt = label.rpartition(": ")[2]
    if spoilt in NOT_ARRAYS or label in (
        "unknown keyword",
        "no arguments",
        "too many arguments",
        "dtype of text",
        "dtype is no dtype",
    ):
        return None if isinstance(error, TypeError) else f"must be a TypeError, got {error!r}"
    if label == "out":  # or no argument of that name
        return None if isinstance(error, (NotImplementedError, TypeError)) else f"must not be accepted, got {error!r}"
    if label in ("axis=a", "axis=1.5", "axis=(0, 1.0)"):
        return None if isinstance(error, TypeError) else f"an axis that is no integer must be a TypeError, got {error!r}"
    if label.startswith("axis=") and label != "axis=[0 1]":
        return None if isinstance(error, (ValueError, TypeError)) else f"must be a ValueError, got {error!r}"
    return None


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", CALLS)
def test_spoiled_arguments(name):
    function = getattr(pnp, name)
    args, kwargs = CALLS[name]
    assert call(function, args, kwargs) is None, "the call that is spoiled is valid"
    wrong = []
    for label, bad_args, bad_kwargs in spoiled(args, kwargs):
        error = call(function, bad_args, bad_kwargs)
        array = label[0].isdigit() and isinstance(args[int(label[0])], np.ndarray)
        found = [None if error is None else complaint(name, function, error)]
        if (name, label) not in MEANT and (not label[0].isdigit() or (array and name not in LOOSE)):
            found.append(refusal(label, error))
        wrong += [f"{label}: {what}" for what in found if what]
    assert not wrong, f"{name}\n" + "\n".join(wrong)


# pullback.lax --------------------------------------------------------------------------------------------------------------------
LAX_UNARY = ["abs", "ceil", "cos", "exp", "floor", "is_finite", "log", "neg", "real", "rsqrt", "sign", "sin", "sqrt", "tan", "tanh"]
LAX_BINARY = ["add", "atan2", "div", "eq", "lt", "max", "min", "mul", "pow", "rem", "sub"]
LAX_AXES = {
    "reduce_sum": ((2,),),
    "reduce_max": ((2,),),
    "cumsum": (2,),
    "sort": (2,),
    "argmax": (2, np.int32),
    "rev": ((2,),),
    "expand_dims": ((5,),),
    "squeeze": ((2,),),
    "index_in_dim": (0, 2),
    "slice_in_dim": (0, 1, 1, 2),
}


@pytest.mark.parametrize("name", LAX_UNARY + LAX_BINARY)
def test_lax_functions_of_what_is_no_array(name):
    function = getattr(lax, name)
    for bad in ([1.0], "abc", None, {}, object()):
        for place in range(2 if name in LAX_BINARY else 1):
            args = [V, V][: 2 if name in LAX_BINARY else 1]
            args[place] = bad
            with pytest.raises(TypeError, match=rf"{name} requires ndarray or scalar arguments, got <class.*> at position {place}"):
                function(*args)
    with pytest.raises(TypeError, match=name):
        function(V, V, V, V)
    with pytest.raises(TypeError, match="unexpected keyword argument 'foo'"):
        function(*[V, V][: 2 if name in LAX_BINARY else 1], foo=1)


@pytest.mark.parametrize("name", LAX_BINARY)
def test_lax_functions_of_arrays_that_do_not_fit(name):
    with pytest.raises(TypeError, match=rf"lax\.{name} requires arguments to have equal shapes.*\(4,\), \(3, 4\)"):
        getattr(lax, name)(V, A)
    if name == "pow":
        return  # whose exponent may be an integer
    with pytest.raises(TypeError, match=rf"lax\.{name} requires arguments to have the same dtypes, got float32, int32"):
        getattr(lax, name)(V, I)


@pytest.mark.parametrize("name", LAX_AXES)
def test_lax_axes_out_of_bounds(name):
    with pytest.raises(ValueError, match=r"(axis|axes|dimensions?) \d is out of bounds for array of dimension \d"):
        getattr(lax, name)(A, *LAX_AXES[name])


@pytest.mark.parametrize("name", ["sin", "sqrt", "exp", "tanh"])
def test_lax_functions_of_a_wrong_dtype(name):
    with pytest.raises(TypeError, match=rf"pb\.{name}: operand of element type i32 is not accepted; accepted: f16"):
        getattr(lax, name)(I)
