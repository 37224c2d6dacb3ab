"""The Python array API standard: names, signatures, values and dtypes of `pullback.numpy` against array-api-strict.

With 64-bit dtypes enabled, which the standard has. A test goes over its list of functions, so that none is forgotten.
"""

from __future__ import annotations

import inspect
import warnings
from typing import Any

import array_api_strict as strict
import numpy as np
import pytest

import pullback
import pullback.numpy as pnp

VERSION = "2024.12"
#: Names that array-api-strict adds to the standard.
NOT_STANDARD = {
    *("ArrayAPIStrictFlags", "Device", "get_array_api_strict_flags", "set_array_api_strict_flags", "reset_array_api_strict_flags"),
    "__version__",
    *("broadcast_shapes", "isin"),  # of the version after this one
}

RNG = np.random.default_rng(0)
DATA = {
    "f": RNG.normal(size=(2, 3)),
    "g": RNG.normal(size=(2, 3)).astype(np.float32),
    "p": RNG.uniform(0.1, 0.9, size=(2, 3)),
    "i": np.array([[-5, 3, 0], [7, -2, 1]]),
    "j": np.array([[2, -3, 5], [1, 4, -7]]),
    "k": np.array([[-5, 3, 0], [7, -2, 1]], np.int8),
    "u": np.array([[200, 3, 0], [7, 2, 1]], np.uint8),
    "n": np.array([[3, 1, 0], [2, 4, 7]]),
    "b": np.array([[True, False, True], [False, False, True]]),
    "c": RNG.normal(size=(2, 3)) + 1j * RNG.normal(size=(2, 3)),
    "v": np.array([3.0, 1.0, 2.0, 1.0]),
    "w": np.array([4, 1, 1, 0, 4]),
    "s": np.array([[2.0, 1.0], [1.0, 3.0]]),
    "t": RNG.normal(size=(2, 2, 2)) + 3 * np.eye(2),
    "z": np.array([np.nan, np.inf, -np.inf, -0.0, 1.5]),
    "e": np.zeros((0, 3)),
}

# Functions of elements: the kinds of arrays that the standard has them for. ----------------------------------------------------
FLOATING = ("f", "g", "c")
REAL = ("f", "g", "i", "k", "u", "z")
NUMERIC = (*REAL, "c")
UNARY = {
    **dict.fromkeys(("asinh", "atan", "cos", "cosh", "exp", "expm1", "sin", "sinh", "tan", "tanh", "sqrt", "reciprocal"), FLOATING),
    **dict.fromkeys(("acos", "asin", "atanh", "log", "log10", "log2", "log1p"), ("p", "c")),
    "acosh": ("c", "1.0 + p"),
    **dict.fromkeys(("abs", "isfinite", "isinf", "isnan", "negative", "positive", "sign", "square", "round"), NUMERIC),
    **dict.fromkeys(("ceil", "floor", "trunc"), REAL),
    "signbit": ("f", "g", "z"),
    **dict.fromkeys(("conj", "real", "imag"), ("c",)),
    "logical_not": ("b",),
    "bitwise_invert": ("i", "k", "u", "b"),
}
REAL_PAIRS = ("f, p", "g, g", "f, g", "i, j", "k, i", "u, u", "u, k", "f, 2.0", "2, i", "z, z", "f, v[:3]")
PAIRS = (*REAL_PAIRS, "c, c", "c, f", "c, 2.0")
INTEGERS = ("i, j", "k, i", "u, u", "i, 3")
BINARY = {
    **dict.fromkeys(("add", "multiply", "subtract", "equal", "not_equal"), PAIRS),
    **dict.fromkeys(("greater", "greater_equal", "less", "less_equal", "maximum", "minimum"), REAL_PAIRS),
    "divide": ("f, p", "g, g", "f, g", "c, c", "c, f", "f, 2.0", "z, z"),
    **dict.fromkeys(("floor_divide", "remainder"), ("f, p", "g, g", "i, j", "k, j", "u, u + 1", "i, 3", "-7, j", "f, -0.3")),
    "pow": ("p, f", "p, g", "i, n", "c, c", "c, f", "i, 2", "p, 2.0"),
    "atan2": ("f, p", "g, g", "z, z"),
    **dict.fromkeys(("copysign", "hypot", "logaddexp", "nextafter"), ("f, p", "g, g", "z, f[0, 0]", "f, z[0]")),
    **dict.fromkeys(("logical_and", "logical_or", "logical_xor"), ("b, b", "b, b[0, :]")),
    **dict.fromkeys(("bitwise_and", "bitwise_or", "bitwise_xor"), (*INTEGERS, "b, b")),
    **dict.fromkeys(("bitwise_left_shift", "bitwise_right_shift"), ("i, n", "u, xp.astype(n, xp.uint8)", "i, 2")),
}
EXPRESSIONS = [
    *(f"xp.{f}({x})" for f, operands in {**UNARY, **BINARY}.items() for x in operands),
    # reductions
    *(
        f"xp.{f}({x}{options})"
        for f in ("sum", "prod", "cumulative_sum", "cumulative_prod")
        for x in ("f", "g", "i", "k", "u", "c")
        for options in (", axis=1", ", axis=-2", ", axis=0, dtype=xp.float64" if x != "c" else ", axis=0")
    ),
    *(f"xp.cumulative_{f}({x}, axis=0, include_initial=True)" for f in ("sum", "prod") for x in ("f", "k")),
    "xp.cumulative_sum(v)",
    *(f"xp.{f}(i, axis=(0, 1), keepdims=True)" for f in ("sum", "prod", "max", "min", "all", "any", "count_nonzero")),
    *(f"xp.{f}({x}{options})" for f in ("max", "min") for x in REAL for options in ("", ", axis=-1", ", axis=0, keepdims=True")),
    *(f"xp.{f}({x}, axis=0)" for f in ("mean", "std", "var") for x in ("f", "g")),
    *(f"xp.{f}(f, axis=1, correction=1.0, keepdims=True)" for f in ("std", "var")),
    "xp.mean(c, axis=0)",
    *(f"xp.{f}({x}{options})" for f in ("all", "any") for x in ("b", "i", "f", "e") for options in ("", ", axis=0")),
    *(f"xp.{f}({x}{o})" for f in ("argmax", "argmin") for x in ("f", "i", "k") for o in ("", ", axis=1, keepdims=True")),
    *(f"xp.count_nonzero({x}{options})" for x in ("b", "i", "f", "c") for options in ("", ", axis=0", ", axis=1, keepdims=True")),
    *(f"xp.{f}(e, axis=0)" for f in ("sum", "prod", "all", "any")),
    # differences, sorting, searching, sets
    *(f"xp.diff({x}{options})" for x in ("f", "i", "k", "c") for options in ("", ", axis=0", ", n=2")),
    "xp.diff(f, axis=0, prepend=p, append=f)",
    *(f"xp.{f}({x}, axis=-1{o})" for f in ("sort", "argsort") for x in ("f", "i", "u") for o in ("", ", descending=True")),
    "xp.argsort(w, stable=True, descending=True)",
    *(f"xp.searchsorted(xp.sort(v), f, side={side!r})" for side in ("left", "right")),
    "xp.searchsorted(v, f, sorter=xp.argsort(v))",
    "xp.nonzero(i)",
    "xp.nonzero(b)",
    "xp.where(b, f, p)",
    "xp.where(b, i, k)",
    "xp.where(b, f, g)",
    *(f"xp.unique_{f}({x})" for f in ("all", "counts", "inverse", "values") for x in ("v", "w", "i")),
    # shapes
    "xp.broadcast_arrays(f, v[:3], f[:, :1])",
    "xp.broadcast_to(v[:3], (2, 3))",
    "xp.concat([f, p], axis=1)",
    "xp.concat([f, g])",
    "xp.concat([f, p], axis=None)",
    "xp.expand_dims(f, axis=1)",
    "xp.flip(f)",
    "xp.flip(f, axis=1)",
    "xp.moveaxis(t, 0, -1)",
    "xp.moveaxis(t, (0, 1), (2, 0))",
    "xp.permute_dims(t, (2, 0, 1))",
    "xp.repeat(v, 2)",
    "xp.repeat(f, 3, axis=1)",
    "xp.repeat(v, xp.asarray([1, 0, 2, 1]))",
    "xp.reshape(f, (3, -1))",
    "xp.reshape(f, (6,), copy=True)",
    "xp.roll(f, 1)",
    "xp.roll(f, (1, -1), axis=(0, 1))",
    "xp.squeeze(f[:, :1], axis=1)",
    "xp.stack([f, p], axis=-1)",
    "xp.stack([f, g])",
    "xp.tile(f, (2, 1, 2))",
    "xp.unstack(f)",
    "xp.unstack(f, axis=1)",
    "xp.take(f, xp.asarray([1, 0]), axis=0)",
    "xp.take(v, xp.asarray([3, 1]))",
    "xp.take_along_axis(f, xp.argsort(f, axis=1), axis=1)",
    "xp.take_along_axis(f, xp.asarray([[1, 0, 1]]), axis=0)",
    "xp.matrix_transpose(t)",
    "xp.meshgrid(v, v[:2])",
    "xp.meshgrid(v, v[:2], indexing='ij')",
    # creation
    "xp.arange(5)",
    "xp.arange(1, 6, 2)",
    "xp.arange(0.0, 1.0, 0.25)",
    "xp.arange(3, dtype=xp.float32)",
    "xp.asarray([1, 2, 3])",
    "xp.asarray([1.5, 2])",
    "xp.asarray([1, 2], dtype=xp.uint8)",
    "xp.asarray(True)",
    "xp.asarray(2j)",
    "xp.asarray(f, copy=True)",
    "xp.astype(f, xp.int32)",
    "xp.astype(f, xp.float64, copy=False)",
    "xp.astype(i, xp.bool)",
    "xp.astype(f, xp.complex64)",
    "xp.empty((2, 0)).shape",
    "xp.empty_like(k).dtype == xp.int8",
    "xp.eye(3)",
    "xp.eye(2, 3, k=1, dtype=xp.int64)",
    "xp.full((2, 2), 3)",
    "xp.full((2,), 1.5)",
    "xp.full((2,), True)",
    "xp.full((2,), 3, dtype=xp.float32)",
    "xp.full_like(f, 2.0)",
    "xp.full_like(f, 2, dtype=xp.int8)",
    "xp.linspace(0.0, 1.0, 5)",
    "xp.linspace(0, 10, 4, endpoint=False)",
    "xp.linspace(0, 1, 3, dtype=xp.float32)",
    "xp.ones((2, 2))",
    "xp.ones(3, dtype=xp.int32)",
    "xp.ones_like(k)",
    "xp.zeros((2, 2))",
    "xp.zeros_like(c)",
    "xp.tril(f)",
    "xp.tril(f, k=-1)",
    "xp.triu(t, k=1)",
    "xp.from_dlpack(f)",
    # limits
    *(f"xp.clip({x}, {bounds})" for x in ("f", "g") for bounds in ("-0.5, 0.5", "0.0, None", "None, 0.1")),
    "xp.clip(i, -2, 2)",
    "xp.clip(i, min=-1)",
    "xp.clip(f, f - 1.0, p)",
    # dtypes
    *(f"xp.can_cast({pair})" for pair in ("xp.int8, xp.int16", "i, xp.int8", "xp.float64, xp.float32", "xp.bool, xp.bool")),
    *(f"xp.isdtype(xp.{d}, {k!r})" for d in ("bool", "int8", "uint8", "float32", "complex64")
      for k in ("bool", "signed integer", "unsigned integer", "integral", "real floating", "complex floating", "numeric")),
    "xp.isdtype(xp.int8, (xp.int8, 'bool'))",
    *(f"xp.result_type({args})" for args in ("xp.int8, xp.uint8", "f, g", "k, xp.int32", "xp.float32, xp.complex64", "k, 1",
                                             "f, 1.0", "g, 2.0",
                                             "c, 1.5")),
    *(f"xp.iinfo(xp.{d}).{a}" for d in ("int8", "uint32", "int64") for a in ("bits", "max", "min")),
    *(f"xp.finfo(xp.{d}).{a}" for d in ("float32", "float64", "complex64")
      for a in ("bits", "eps", "max", "min", "smallest_normal")),
    *(f"xp.{constant}" for constant in ("e", "inf", "nan", "newaxis", "pi")),
    # products
    "xp.matmul(f, xp.matrix_transpose(p))",
    "xp.matmul(t, t)",
    "xp.matmul(f, v[:3])",
    "xp.matmul(k, xp.matrix_transpose(k))",
    "xp.tensordot(f, p, axes=2)",
    "xp.tensordot(f, p, axes=((1,), (1,)))",
    "xp.vecdot(f, p)",
    "xp.vecdot(c, c, axis=-2)",
    *(f"xp.linalg.{f}" for f in (
        "matmul(f, xp.matrix_transpose(p))", "tensordot(f, p, axes=2)", "vecdot(f, p)", "matrix_transpose(t)", "cholesky(s)",
        "cholesky(s, upper=True)", "cross(f, p)", "det(t)", "diagonal(t)", "diagonal(t, offset=1)", "inv(t)", "matrix_norm(t)",
        "matrix_norm(t, ord=1)", "matrix_norm(t, ord=float('inf'), keepdims=True)", "matrix_power(s, 3)", "matrix_power(s, -1)",
        "outer(v, v)", "slogdet(t)", "solve(t, t)", "solve(s, v[:2])", "trace(t)", "trace(k)", "trace(t, offset=1)",
        "vector_norm(f)",
        "vector_norm(f, axis=1, ord=1)", "vector_norm(f, axis=0, keepdims=True, ord=3)", "vector_norm(f, ord=float('inf'))",
        "eigh(s)[0]", "eigvalsh(s)", "matrix_rank(t)", "pinv(f)", "svdvals(f)", "svd(f, full_matrices=False)[1]",
    )),
    "xp.abs(xp.linalg.qr(s)[1])",
    # Fourier transforms
    *(f"xp.fft.{f}({x}{options})" for f in ("fft", "ifft") for x in ("c", "xp.astype(c, xp.complex64)")
      for options in ("", ", n=5", ", axis=0, norm='ortho'")),
    *(f"xp.fft.{f}(c{o})" for f in ("fftn", "ifftn", "irfft", "hfft") for o in ("", ", norm='forward'")),
    *(f"xp.fft.{f}(c, s=(2, 2), axes=(0, 1))" for f in ("fftn", "ifftn", "irfftn")),
    *(f"xp.fft.{f}({x})" for f in ("rfft", "ihfft", "rfftn") for x in ("f", "g")),
    "xp.fft.irfftn(xp.fft.rfftn(f))",
    "xp.fft.fftfreq(5)",
    "xp.fft.fftfreq(4, d=0.5)",
    "xp.fft.rfftfreq(5)",
    "xp.fft.fftshift(f)",
    "xp.fft.ifftshift(f, axes=1)",
    # methods and operators of arrays
    *(f"f {op} p" for op in ("+", "-", "*", "/", "//", "%", "<", "<=", ">", ">=", "==", "!=")),
    *(f"2 {op} (n + 1)" for op in ("+", "-", "*", "//", "%", "**", "&", "|", "^", "<<", ">>")),
    *(f"i {op} n" for op in ("&", "|", "^", "<<", ">>", "**")),
    *("abs(i)", "-i", "+i", "~i", "~b", "p ** 2.0", "2.0 ** p", "2.0 / p", "t @ t", "b & b", "b ^ True"),
    *("bool(b[0, 0])", "int(i[0, 0])", "float(f[0, 0])", "complex(c[0, 0])", "range(10)[n[0, 0]]"),
    *("f.T", "t.mT", "f.shape", "f.ndim", "f.size"),
    *("f[0, 1]", "f[:, 1]", "f[..., None]", "f[1, ::-1]", "v[1:3]", "f[b]", "t[0, ...]", "f[xp.newaxis, -1, :]"),
    *("f.to_device(f.device)", "f.__array_namespace__() is xp", "f.dtype == xp.float64"),
    "xp.__array_api_version__",
    "xp.__array_namespace_info__().default_dtypes()",
    "xp.__array_namespace_info__().dtypes(kind='integral')",
    "xp.__array_namespace_info__().dtypes()",
    "xp.__array_namespace_info__().capabilities()",
    "xp.__array_namespace_info__().default_device() in xp.__array_namespace_info__().devices()",
]  # fmt: skip


def namespaces() -> list[tuple[str, Any, Any]]:
    """The standard's namespaces, here and there."""
    return [("xp", strict, pnp), ("xp.linalg", strict.linalg, pnp.linalg), ("xp.fft", strict.fft, pnp.fft)]


def standard_names() -> list[tuple[str, Any, Any]]:
    """Every name of the standard: its path, what it is in array-api-strict, and the namespace here."""
    return [
        (f"{path}.{name}", getattr(theirs, name), ours)
        for path, theirs, ours in namespaces()
        for name in theirs.__all__
        if name not in NOT_STANDARD
    ]


@pytest.fixture(scope="module", autouse=True)
def settings():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        strict.set_array_api_strict_flags(api_version=VERSION)
        yield
        strict.reset_array_api_strict_flags()


def evaluate(expression: str, xp: Any) -> Any:
    return eval(expression, {"xp": xp, **{name: xp.asarray(x) for name, x in DATA.items()}})


def compare(ours: Any, theirs: Any) -> None:
    if isinstance(theirs, (tuple, list)):
        assert len(ours) == len(theirs)
        for x, y in zip(ours, theirs):
            compare(x, y)
    elif isinstance(theirs, dict):
        assert set(ours) == set(theirs)
        for key in theirs:
            compare(ours[key], theirs[key])
    elif isinstance(theirs, type(strict.float64)):
        assert np.dtype(ours.dtype if hasattr(ours, "dtype") else ours) == theirs._np_dtype
    elif isinstance(theirs, type(strict.asarray(1))):
        assert isinstance(ours, pullback.Array)
        assert ours.shape == theirs.shape
        want = np.from_dlpack(theirs)
        assert ours.dtype == want.dtype, f"{ours.dtype}, the standard has {want.dtype}"
        tolerance = 1e-4 if want.dtype in (np.float32, np.complex64) else 1e-10
        np.testing.assert_allclose(np.asarray(ours), want, tolerance, tolerance / 100)
        if want.dtype.kind == "f" and not np.any(want):
            np.testing.assert_array_equal(np.signbit(np.asarray(ours)), np.signbit(want))
    else:
        np.testing.assert_equal(ours, theirs)


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_value_and_dtype(expression):
    with pullback.config.scope(enable_x64=True), np.errstate(all="ignore"):
        compare(evaluate(expression, pnp), evaluate(expression, strict))


def test_every_name_of_the_standard_is_tested():
    text = "\n".join(EXPRESSIONS)
    dtypes = {"bool", "float32", "float64", "complex64", "complex128", *(f"{u}int{n}" for u in ("", "u") for n in (8, 16, 32, 64))}
    names = {path for path, _, _ in standard_names() if path.removeprefix("xp.") not in dtypes}
    assert not {path for path in names if f"{path}(" not in text and f"{path}." not in text and path not in EXPRESSIONS}


@pytest.mark.parametrize(("path", "theirs", "namespace"), standard_names(), ids=lambda x: x if isinstance(x, str) else "")
def test_name_and_signature(path, theirs, namespace):
    """Positional arguments in the same places, keyword arguments of the same names with the same defaults."""
    ours = getattr(namespace, path.rpartition(".")[2])
    if not inspect.isfunction(theirs):
        return
    want = list(inspect.signature(theirs).parameters.values())
    have = inspect.signature(ours).parameters
    places = list(have.values())
    positional = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.VAR_POSITIONAL)
    variadic = any(p.kind is p.VAR_POSITIONAL for p in places)
    for place, p in enumerate(want):
        if p.kind in positional:
            assert variadic or places[place].kind in positional, f"{p.name} is not positional"
        if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY):
            assert p.name in have, f"{p.name} is missing"
            default = have[p.name].default
            # None stands for the standard's default (1, 0.0, "backward", False), as in NumPy and JAX
            known = p.default is p.empty or type(p.default).__name__ == "Undef" or (path, p.name) == ("xp.astype", "copy")
            assert known or default is None or default == p.default, f"{p.name}={default!r}"


def test_array_has_the_attributes_of_the_standard():
    """But the in-place operators, without which ``x += y`` binds the name anew, `__setitem__`, which refuses, and `__buffer__`."""
    ours = dir(type(pnp.ones(2)))
    absent = {name for name in vars(type(strict.asarray(1))) if (name[:2] == "__" or name[0] != "_") and name not in ours}
    assert absent <= {
        *(
            f"__i{op}__"
            for op in ("add", "and", "floordiv", "lshift", "matmul", "mod", "mul", "or", "pow", "rshift", "sub", "truediv")
        ),
        *("__ixor__", "__buffer__", "__annotations__", "__static_attributes__", "__firstlineno__"),
    }
    x = y = pnp.ones(2)
    x += 1
    assert (float(x[0]), float(y[0])) == (2.0, 1.0)
    with pytest.raises(TypeError, match=r"immutable.*x\.at"):
        x[0] = 3.0


def test_namespace_of_an_array():
    x = pnp.ones(2)
    assert x.__array_namespace__() is pnp and x.__array_namespace__(api_version="2023.12") is pnp
    with pytest.raises(ValueError, match=r"version '2019.01' is not supported; supported versions: 2021.12"):
        x.__array_namespace__(api_version="2019.01")
    assert pullback.jit(lambda t: t * (t.__array_namespace__() is pnp))(x).shape == (2,)
    info = pnp.__array_namespace_info__()
    assert "float64" not in info.dtypes(), "64-bit dtypes are off"
    with pytest.raises(ValueError, match="unsupported kind 'real'; kinds: bool, signed integer"):
        info.dtypes(kind="real")


def test_dlpack_gives_no_way_to_write_into_an_array():
    x = pnp.arange(3.0)
    assert not np.from_dlpack(x).flags.writeable
    old = x.__dlpack__()  # as consumers before version 1.0 of DLPack ask

    class Consumer:
        __dlpack__ = lambda self, **_: old
        __dlpack_device__ = lambda self: x.__dlpack_device__()

    assert not np.shares_memory(np.from_dlpack(Consumer()), np.asarray(x))
    with pytest.raises(BufferError, match="copy=False is impossible"):
        x.__dlpack__(copy=False)


def test_data_dependent_shapes_are_refused_in_a_trace():
    """The deviation that compilation brings; each function says which argument gives the size instead."""
    x = np.array([1.0, 0.0, 1.0], np.float32)
    for f in (pnp.nonzero, pnp.unique_values, pnp.unique_counts, pnp.unique_inverse, pnp.unique_all):
        with pytest.raises(pullback.errors.ConcretizationTypeError, match="size"):
            pullback.jit(f)(x)
    with pytest.raises(pullback.errors.ConcretizationTypeError, match="total_repeat_length"):
        pullback.jit(lambda n: pnp.repeat(x, n))(np.array([1, 2, 0]))
