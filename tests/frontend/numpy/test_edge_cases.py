"""Values at the edges: NaN, infinities, signed zeros, limits of integers, division by zero, conversions out of range, empty arrays.

Each expression is evaluated by pullback eagerly, by pullback in compiled programs of many expressions each, and by jax.numpy. Where
JAX differs from NumPy and from arithmetic, NumPy is the reference (`UNLIKE_JAX`, with the reason).
"""

from __future__ import annotations

import itertools
import re
from typing import Any

import jax
import numpy as np
import pytest
from numpy_oracle import jnp, leaves, quietly

import pullback
import pullback.numpy as pnp

# Arguments: all pairs of interesting numbers of a dtype, as two vectors; and the numbers themselves. ---------------------------
LIMIT = np.iinfo(np.int32)
FLOATS = np.array(
    [0.0, -0.0, 1.0, -1.0, 0.5, -2.5, 7.0, -7.0, np.inf, -np.inf, np.nan, 1e-30, -2e-30, 3.4028235e38, -3.4e38, 1e10]
    + [2147483648.0, -2147483904.0, 0.1, 127.5, 255.9, -0.9],
    np.float32,
)
COMPLEX = np.array([0, 1, -1, 1j, -1j, complex(np.inf, 0), complex(0, np.nan), complex(-0.0, 1), 1e20 + 1e20j], np.complex64)
INT32 = np.array([LIMIT.min, LIMIT.min + 1, -7, -1, 0, 1, 7, LIMIT.max], np.int32)
INT8 = np.array([-128, -127, -7, -1, 0, 1, 7, 127], np.int8)
UINT8 = np.array([0, 1, 7, 128, 255], np.uint8)
UINT32 = np.array([0, 1, 7, 2**31, 2**32 - 1], np.uint32)
SHIFTS = np.array([0, 1, 7, 8, 31, 32, 33, 100], np.int32)
DATA: dict[str, Any] = {"x": FLOATS, "z": COMPLEX, "s": SHIFTS}
for _name, _values in (("f", FLOATS), ("c", COMPLEX), ("i", INT32), ("b", INT8), ("u", UINT8), ("w", UINT32)):
    DATA[_name], DATA[_name * 2] = np.repeat(_values, len(_values)), np.tile(_values, len(_values))


def words(text: str) -> list[str]:
    return text.split()


OF_FLOATS = words(
    """
    abs angle arccos arccosh arcsin arcsinh arctan arctanh cbrt ceil cos cosh deg2rad exp exp2 expm1 floor frexp isfinite
    isinf isnan isneginf isposinf log log10 log1p log2 modf nan_to_num negative rad2deg reciprocal rint round sign signbit
    sin sinc sinh spacing sqrt square tan tanh trunc
    """
)
OF_FLOAT_PAIRS = words(
    """
    add arctan2 copysign divide divmod equal float_power floor_divide fmax fmin fmod greater greater_equal heaviside hypot
    isclose less less_equal logaddexp logaddexp2 maximum minimum multiply nextafter not_equal power remainder subtract
    """
)
OF_INTEGER_PAIRS = words(
    """
    add bitwise_and bitwise_or bitwise_xor divide divmod equal floor_divide fmod less maximum minimum multiply power
    remainder subtract
    """
)
OF_COMPLEX = [
    "abs",
    "angle",
    "conj",
    "exp",
    "isfinite",
    "isinf",
    "isnan",
    "log",
    "reciprocal",
    "sign",
    "sin",
    "sqrt",
    "square",
    "tanh",
]
REDUCTIONS = [
    "argmax",
    "argmin",
    "cumprod",
    "cumsum",
    "max",
    "mean",
    "min",
    "nanargmin",
    "nanmax",
    "nansum",
    "prod",
    "ptp",
    "sum",
    "var",
]
DTYPES = ["bool", "int8", "uint8", "int16", "uint32", "int32", "float16", "bfloat16", "float32", "complex64"]

# Expressions of the arguments; all are compiled, too.
EXPRESSIONS = [
    *(f"jnp.{f}(x)" for f in OF_FLOATS),
    *(f"jnp.{f}(f, ff)" for f in OF_FLOAT_PAIRS),
    *(f"jnp.{f}({v}, {v}{v})" for f in OF_INTEGER_PAIRS for v in "ibuw"),
    *(f"jnp.{f}(z)" for f in OF_COMPLEX),
    *(f"jnp.{f}(c, cc)" for f in ("add", "subtract", "multiply", "divide", "equal", "less", "maximum", "power")),
    *(f"jnp.{f}({v})" for f in REDUCTIONS for v in "xib"),
    *(f"{v}.astype({d!r})" for v in "xibuw" for d in DTYPES),
    *(f"jnp.power({v}, {n})" for v, n in itertools.product("xzi", (0, 2, 3))),
    *(f"jnp.power(x, {n})" for n in (-1, 0.5, -0.5, 2.5)),
    *(f"jnp.{f}({v})" for f in ("negative", "abs", "sign", "bitwise_invert", "bitwise_count") for v in "ibuw"),
    *(f"jnp.ldexp(x, {n})" for n in (3, -200, 200)),
    *(f"jnp.round(x, {n})" for n in (1, -1)),
    *(f"jnp.clip(x, {limits})" for limits in ("-1, 1", "jnp.nan, 1", "1, -1", "None, 0", "-0.0, 0.0")),
    # shifts by as many bits as there are, and by more; by negative numbers
    *(f"jnp.{d}_shift({v}[{part}], s.astype({v}.dtype))" for d in ("left", "right") for v in "ib" for part in (":8", "40:48")),
    *(f"jnp.{d}_shift({v}[10:18], s.astype({v}.dtype))" for d in ("left", "right") for v in "uw"),
    *(f"jnp.{d}_shift(i[40:48], -s)" for d in ("left", "right")),
    # integers of different types, and integers with floats
    *(f"jnp.{f}({pair})" for f in ("less", "equal", "add", "floor_divide") for pair in ("i[:25], w", "b[:25], u", "b[:25], w")),
    *("i < ff[:64]", "i == ff[:64]", "b + ff[:64].astype('float16')", "w / 3", "i / 0", "i // 0", "i % 0", "-i // 0"),
    # order
    *(f"jnp.{f}({v}{o})" for f in ("sort", "argsort") for v in "xi" for o in ("", ", descending=True")),
    "jnp.sort(jnp.concatenate([x, -x]))",
    "jnp.argsort(jnp.concatenate([x, -x]))",
    "jnp.searchsorted(jnp.sort(x), x)",
    "jnp.searchsorted(jnp.array([-0.0, 0.0, 1.0]), x, side='right')",
    "jnp.digitize(x, jnp.array([0.0, 1.0, 2.0]))",
    "jnp.median(x[:8])",
    "jnp.median(x)",
    "jnp.nanmedian(x)",
    "jnp.quantile(x[:8], jnp.array([0.0, 1.0, 0.5]))",
    "jnp.interp(x, jnp.array([0.0, 1.0]), jnp.array([5.0, 6.0]))",
    "jnp.where(x > 0, x, -x)",
    "jnp.max(x[:2]), jnp.min(x[:2]), jnp.argmax(x[:2]), jnp.argmin(x[:2])",
    # empty arrays
    *(f"jnp.{f}(x[:0])" for f in ("sum", "prod", "mean", "var", "std", "all", "any", "cumsum", "cumprod", "sort", "argsort")),
    *(f"jnp.{f}(x[:0])" for f in ("diff", "nansum", "nanmean", "square", "count_nonzero")),
    *("jnp.dot(x[:0], x[:0])", "jnp.outer(x[:0], x)", "jnp.outer(x[:0], x).T @ jnp.outer(x[:0], x)", "jnp.min(x[:0], initial=3)"),
    *("jnp.concatenate([x[:0], x])", "jnp.reshape(x[:0], (0, 5))", "jnp.reshape(x[:0], (-1, 5))", "jnp.tile(x[:0], 3)"),
    *("jnp.repeat(x[:0], 3)", "jnp.where(x[:0] > 0, 1, 2)", "jnp.searchsorted(x[:0], x)", "jnp.einsum('i,j->ij', x[:0], x[:3])"),
    *(f"jnp.{f}(jnp.outer(x[:0], x), axis={a})" for f in ("mean", "sum", "var") for a in (0, 1)),
    *("jnp.max(jnp.outer(x[:0], x), axis=1)", "jnp.argmax(jnp.outer(x[:0], x), axis=1)", "jnp.diff(x[:1])", "jnp.pad(x[:0], 2)"),
    # arrays of no dimension and of one element, negative axes
    *("x[0] + x[1]", "jnp.sum(x[5])", "jnp.sort(x[5:6])", "jnp.std(x[2:3], ddof=1)", "jnp.var(x[2:3], ddof=2)"),
    "jnp.squeeze(x[2:3])",
    *(f"jnp.{f}(f[:12].reshape(2, 3, 2), axis=-{a})" for f in ("sum", "max", "cumsum", "sort", "argmin", "flip") for a in (1, 3)),
    # overflow and underflow
    *("x * x", "x / x", "x - x", "jnp.exp(x * 100)", "jnp.float32(2) ** (x * 40)", "x.astype('float16') * 2"),
    "x.astype('bfloat16') * 2",
    *("i + 1", "b - 1", "u + 1", "u - 1", "jnp.sum(b, dtype='int8')", "jnp.cumsum(b, dtype='int8')", "jnp.mean(x[13:15])"),
    *("jnp.mean(jnp.full(70000, x[2], 'float16'))", "jnp.sum(jnp.full(70000, x[2], 'float16'))", "jnp.var(x[12:15])"),
    "jnp.average(x[2:4], weights=x[:2])",
]  # fmt: skip

# Expressions with Python numbers; evaluated eagerly.
NUMBERS = """
jnp.linspace(0, 1, 1)
jnp.linspace(0, 1, 0)
jnp.arange(0, 1, 0.1)
jnp.arange(5, 0, -2)
jnp.arange(0)
jnp.arange(5)[jnp.array([10, -10])]
jnp.take(jnp.arange(5.0), jnp.array([10, -10, -1]))
jnp.take(jnp.arange(5), jnp.array([10, -10, -1]))
jnp.array(3) // 0
jnp.array(-3) // 0
jnp.array(3) % 0
jnp.array(-3) % 0
jnp.array(3) / 0
0 / jnp.float32(0)
jnp.mod(jnp.float32(-1e-8), 3.0)
jnp.mod(jnp.float32(5), -jnp.inf)
jnp.floor_divide(jnp.float32(1), jnp.float32(0.1))
jnp.power(jnp.float32(-0.0), jnp.array([-3.0, -2.0, 3.0, 2.0, 0.0, -0.5]))
jnp.power(jnp.float32(-2), jnp.float32(127))
jnp.int32(-2147483648) // -1
jnp.int32(-2147483648) % -1
jnp.int8(-128) // -1
jnp.abs(jnp.int8(-128))
jnp.round(jnp.array([0.5, 1.5, 2.5, -0.5, -1.5, 2.675]), 2)
jnp.histogram(jnp.array([0.0, 1.0, 1.0, 2.0]), 3)
jnp.bincount(jnp.array([-1, 0, 3]))
jnp.nanmax(jnp.array([jnp.nan]))
jnp.nanmean(jnp.array([jnp.nan]))
jnp.nanargmax(jnp.array([jnp.nan]))
jnp.unique(jnp.array([jnp.nan, 1.0, jnp.nan, -0.0, 0.0]))
jnp.sum(jnp.array([jnp.inf, -jnp.inf]))
jnp.mean(jnp.array([3e38, 3e38]))
jnp.max(jnp.array([]))
jnp.min(jnp.zeros((0, 3)), axis=0)
jnp.argmax(jnp.array([]))
jnp.argmin(jnp.zeros((0, 3)), axis=0)
jnp.ptp(jnp.array([]))
jnp.int8(200)
jnp.array(2**31)
jnp.array(-1, 'uint8')
jnp.uint8(3) + 256
jnp.int32(3) + 2**40
""".strip().split("\n")

Reference = Any  # function of the expression's arguments (NumPy arrays)


def exact_power(x: Any, y: Any) -> Any:
    """Powers of integers modulo 2**bits; the reciprocal truncated toward zero for negative exponents, 0 for 0."""

    def one(a: int, n: int) -> int:
        return pow(a, n, 1 << 64) if n >= 0 else {1: 1, -1: 1 if n % 2 == 0 else -1}.get(a, 0) % (1 << 64)

    powers = [one(int(a), int(n)) for a, n in zip(x, y)]
    return np.array(powers, np.uint64).astype(x.dtype)


#: Expressions whose value in JAX is not NumPy's (or arithmetic's) -> reference, or None where NumPy has its own peculiarity.
UNLIKE_JAX: dict[str, tuple[str, Reference]] = {
    **{
        f"jnp.power({v}, {v}{v})": ("JAX loses the high bits of large exponents, and takes negative ones for positive", exact_power)
        for v in "ibuw"
    },
    "jnp.modf(x)": ("JAX loses the sign of zeros, and gives NaN as the fraction of infinity", np.modf),
    "jnp.fmax(f, ff)": ("of 0.0 and -0.0, JAX takes the second; here 0.0 is larger, as in maximum", None),
    "jnp.fmin(f, ff)": ("of 0.0 and -0.0, JAX takes the second; here -0.0 is smaller, as in minimum", None),
    "jnp.logaddexp2(f, ff)": ("JAX's rounding error of log2 is visible next to zero", np.logaddexp2),
    "jnp.sign(z)": ("of an infinite number JAX has NaN", None),
    "jnp.square(z)": ("a product is computed as such, with rounding to -inf where JAX cancels exactly", np.square),
    "jnp.less(c, cc)": ("comparisons with NaN are false", np.less),
    "jnp.maximum(c, cc)": ("NaN wins", np.maximum),
}
#: Complex powers at infinities and NaN: Annex G of the C standard leaves them open, and eager, compiled and JAX's results differ.
OPEN = {"jnp.power(c, cc)", "jnp.power(z, 3)"}
TINY = np.finfo(np.float32).tiny


def evaluate(expression: str, ns: Any) -> Any:
    return eval(expression, {"jnp": ns, "np": np, **{name: ns.array(x) for name, x in DATA.items()}})


def evaluate_in_jax(expression: str) -> Any:
    """As users have it: XLA's optimizations change the last bit of complex products and of sums of exponentials."""
    optimized = "logaddexp" in expression or not {"c", "cc", "z"}.isdisjoint(arguments(expression))
    jax.config.update("jax_disable_most_optimizations", not optimized)
    try:
        return quietly(lambda: evaluate(expression, jnp))
    finally:
        jax.config.update("jax_disable_most_optimizations", True)


def arguments(expression: str) -> list[str]:
    return [name for name in re.findall(r"\b[a-z]{1,2}\b", expression) if name in DATA]


def agree(expression: str, ours: Any, theirs: Any, who: str) -> None:
    """Equal dtypes and shapes; equal integers; close floats, equal infinities, NaN and signs of zeros.

    Numbers below the normal range count as zero: JAX and compiled code flush them.
    """
    for x, y in zip(leaves(ours), leaves(theirs), strict=True):
        x, y = np.asarray(x), np.asarray(y)
        assert x.dtype == y.dtype and x.shape == y.shape, (expression, who, x.dtype, y.dtype, x.shape, y.shape)
        if x.dtype.name == "bfloat16":
            x, y = x.astype(np.float32), y.astype(np.float32)
        if y.dtype.kind not in "fc":
            same = x == y
        else:
            with np.errstate(all="ignore"):
                small = (np.abs(x) < TINY) & (np.abs(y) < TINY)
                same = np.isclose(x, y, 2e-5, 0, equal_nan=True) | small
                if y.dtype.kind == "f":
                    same &= (np.signbit(x) == np.signbit(y)) | np.isnan(y)
        if not same.all():
            wrong = np.argwhere(~same)[:5]
            inputs = {n: DATA[n] for n in arguments(expression) if DATA[n].shape == x.shape}
            found = [f"{ {n: v[tuple(w)] for n, v in inputs.items()} }: {x[tuple(w)]}, {who} {y[tuple(w)]}" for w in wrong]
            raise AssertionError(f"{expression}: {(~same).sum()} of {x.size} differ: " + "; ".join(found))


def reference(expression: str) -> tuple[Any, str] | None:
    """The value that an expression must have, and whose it is."""
    if expression in OPEN:
        return None
    if expression in UNLIKE_JAX:
        function = UNLIKE_JAX[expression][1]
        if function is None:
            return None
        with np.errstate(all="ignore"):
            return function(*[DATA[name] for name in arguments(expression)]), "NumPy"
    return evaluate_in_jax(expression), "JAX"


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_eager(expression):
    want = reference(expression)
    got = evaluate(expression, pnp)
    if want is not None:
        agree(expression, got, *want)


@pytest.mark.parametrize("part", range(6))
def test_compiled(part):
    """The values of compiled programs are those of eager evaluation, which `test_eager` compares with JAX's."""
    expressions = [e for e in EXPRESSIONS[part::6] if e not in OPEN]

    def program(arrays: Any) -> Any:
        return [leaves(eval(e, {"jnp": pnp, "np": np, **arrays})) for e in expressions]

    for expression, got in zip(expressions, pullback.jit(program)(DATA)):
        agree(expression, got, leaves(evaluate(expression, pnp)), "eager")


@pytest.mark.parametrize("expression", NUMBERS)
def test_numbers(expression):
    """The same value as JAX's, or an error of the same kind."""
    try:
        theirs: Any = evaluate_in_jax(expression)
    except Exception as e:
        with pytest.raises((type(e), OverflowError)):
            evaluate(expression, pnp)
        return
    agree(expression, evaluate(expression, pnp), theirs, "JAX")


@pytest.mark.parametrize("expression", UNLIKE_JAX)
def test_deviations_exist(expression):
    """An entry of the table that is no deviation any more must go."""
    with pytest.raises(AssertionError, match="differ"):
        agree(expression, evaluate(expression, pnp), evaluate_in_jax(expression), "JAX")


def test_common_divisors():
    """As NumPy's, but for the least number, whose absolute value is none."""
    numbers = INT32[1:]
    x, y = np.repeat(numbers, len(numbers)), np.tile(numbers, len(numbers))
    for name in ("gcd", "lcm"):
        function = getattr(pnp, name)
        np.testing.assert_array_equal(np.asarray(function(x, y)), getattr(np, name)(x, y))
        np.testing.assert_array_equal(np.asarray(pullback.jit(function)(x, y)), getattr(np, name)(x, y))
