"""Examples of the functions of `pullback.lax` that are made by makers, which put them into the docstrings.

`tests/docs/test_doctests.py` runs them.
"""

from __future__ import annotations

IMPORT = ">>> from pullback import lax, numpy as pnp"

#: Name of a function -> the lines of its example, behind the import.
EXAMPLES: dict[str, tuple[str, ...]] = {
    "abs": (">>> lax.abs(pnp.array([-1.5, 2.0]))", "Array([1.5, 2. ], dtype=float32)"),
    "acos": (">>> lax.acos(pnp.array([1.0, 0.0, -1.0]))", "Array([0.       , 1.5707964, 3.1415927], dtype=float32)"),
    "acosh": (">>> lax.acosh(pnp.array([1.0, 2.0]))", "Array([0.      , 1.316958], dtype=float32)"),
    "add": (">>> lax.add(pnp.array([1, 2]), pnp.array([3, 4]))", "Array([4, 6], dtype=int32)"),
    "asin": (">>> lax.asin(pnp.array([0.0, 1.0]))", "Array([0.       , 1.5707964], dtype=float32)"),
    "asinh": (">>> lax.asinh(pnp.array([0.0, 1.0]))", "Array([0.       , 0.8813736], dtype=float32)"),
    "atan": (">>> lax.atan(pnp.array([0.0, 1.0]))", "Array([0.       , 0.7853982], dtype=float32)"),
    "atan2": (">>> lax.atan2(pnp.array([1.0, 1.0]), pnp.array([1.0, -1.0]))", "Array([0.7853981, 2.3561945], dtype=float32)"),
    "atanh": (">>> lax.atanh(pnp.array([0.0, 0.5]))", "Array([0.        , 0.54930615], dtype=float32)"),
    "bitwise_and": (">>> lax.bitwise_and(pnp.array([12, 10]), pnp.array([10, 3]))", "Array([8, 2], dtype=int32)"),
    "bitwise_not": (">>> lax.bitwise_not(pnp.array([0, 7]))", "Array([-1, -8], dtype=int32)"),
    "bitwise_or": (">>> lax.bitwise_or(pnp.array([12, 10]), pnp.array([10, 3]))", "Array([14, 11], dtype=int32)"),
    "bitwise_xor": (">>> lax.bitwise_xor(pnp.array([12, 10]), pnp.array([10, 3]))", "Array([6, 9], dtype=int32)"),
    "cbrt": (">>> lax.cbrt(pnp.array([-8.0, 1.0]))", "Array([-2.,  1.], dtype=float32)"),
    "ceil": (">>> lax.ceil(pnp.array([-1.5, 1.5]))", "Array([-1.,  2.], dtype=float32)"),
    "cos": (">>> lax.cos(pnp.array([0.0, 1.0]))", "Array([1.       , 0.5403023], dtype=float32)"),
    "cosh": (">>> lax.cosh(pnp.array([0.0, 1.0]))", "Array([1.       , 1.5430807], dtype=float32)"),
    "digamma": (">>> lax.digamma(pnp.array([1.0, 2.0]))", "Array([-0.5772157 ,  0.42278433], dtype=float32)"),
    "div": (">>> lax.div(pnp.array([7, -7]), pnp.array([2, 2]))", "Array([ 3, -3], dtype=int32)"),
    "eq": (">>> lax.eq(pnp.array([1, 2]), pnp.array([1, 3]))", "Array([ True, False], dtype=bool)"),
    "erf": (">>> lax.erf(pnp.array([0.0, 1.0]))", "Array([0.       , 0.8427008], dtype=float32)"),
    "erf_inv": (">>> lax.erf_inv(pnp.array([0.0, 0.5]))", "Array([0.        , 0.47693628], dtype=float32)"),
    "erfc": (">>> lax.erfc(pnp.array([0.0, 1.0]))", "Array([1.       , 0.1572992], dtype=float32)"),
    "exp": (">>> lax.exp(pnp.array([0.0, 1.0]))", "Array([1.      , 2.718282], dtype=float32)"),
    "exp2": (">>> lax.exp2(pnp.array([3.0, -1.0]))", "Array([8. , 0.5], dtype=float32)"),
    "expm1": (">>> lax.expm1(pnp.array([0.0, 1e-5]))", "Array([0.000000e+00, 1.000005e-05], dtype=float32)"),
    "floor": (">>> lax.floor(pnp.array([-1.5, 1.5]))", "Array([-2.,  1.], dtype=float32)"),
    "ge": (">>> lax.ge(pnp.array([1, 2, 3]), pnp.array([2, 2, 2]))", "Array([False,  True,  True], dtype=bool)"),
    "gt": (">>> lax.gt(pnp.array([1, 2, 3]), pnp.array([2, 2, 2]))", "Array([False, False,  True], dtype=bool)"),
    "imag": (">>> lax.imag(pnp.array([1.0 + 2.0j]))", "Array([2.], dtype=float32)"),
    "is_finite": (">>> lax.is_finite(pnp.array([1.0, pnp.inf, pnp.nan]))", "Array([ True, False, False], dtype=bool)"),
    "le": (">>> lax.le(pnp.array([1, 2, 3]), pnp.array([2, 2, 2]))", "Array([ True,  True, False], dtype=bool)"),
    "lgamma": (">>> lax.lgamma(pnp.array([1.0, 5.0]))", "Array([0.       , 3.1780539], dtype=float32)"),
    "log": (">>> lax.log(pnp.array([1.0, 10.0]))", "Array([0.       , 2.3025851], dtype=float32)"),
    "log1p": (">>> lax.log1p(pnp.array([0.0, 1e-5]))", "Array([0.00000e+00, 9.99995e-06], dtype=float32)"),
    "logistic": (">>> lax.logistic(pnp.array([0.0, 2.0]))", "Array([0.5     , 0.880797], dtype=float32)"),
    "lt": (">>> lax.lt(pnp.array([1, 2, 3]), pnp.array([2, 2, 2]))", "Array([ True, False, False], dtype=bool)"),
    "max": (">>> lax.max(pnp.array([1.0, 5.0]), pnp.array([3.0, 2.0]))", "Array([3., 5.], dtype=float32)"),
    "min": (">>> lax.min(pnp.array([1.0, 5.0]), pnp.array([3.0, 2.0]))", "Array([1., 2.], dtype=float32)"),
    "mul": (">>> lax.mul(pnp.array([1, 2]), pnp.array([3, 4]))", "Array([3, 8], dtype=int32)"),
    "ne": (">>> lax.ne(pnp.array([1, 2]), pnp.array([1, 3]))", "Array([False,  True], dtype=bool)"),
    "neg": (">>> lax.neg(pnp.array([1.0, -2.0]))", "Array([-1.,  2.], dtype=float32)"),
    "nextafter": (">>> lax.nextafter(pnp.array([1.0]), pnp.array([2.0]))", "Array([1.0000001], dtype=float32)"),
    "real": (">>> lax.real(pnp.array([1.0 + 2.0j]))", "Array([1.], dtype=float32)"),
    "rem": (">>> lax.rem(pnp.array([7, -7]), pnp.array([3, 3]))", "Array([ 1, -1], dtype=int32)"),
    "rsqrt": (">>> lax.rsqrt(pnp.array([4.0, 16.0]))", "Array([0.5 , 0.25], dtype=float32)"),
    "shift_left": (">>> lax.shift_left(pnp.array([1, 3]), pnp.array([4, 1]))", "Array([16,  6], dtype=int32)"),
    "shift_right_arithmetic": (
        ">>> lax.shift_right_arithmetic(pnp.array([16, -16]), pnp.array([2, 2]))",
        "Array([ 4, -4], dtype=int32)",
    ),
    "shift_right_logical": (
        ">>> lax.shift_right_logical(pnp.array([16, -16]), pnp.array([2, 2]))",
        "Array([         4, 1073741820], dtype=int32)",
    ),
    "sign": (">>> lax.sign(pnp.array([-3.0, 0.0, 2.0]))", "Array([-1.,  0.,  1.], dtype=float32)"),
    "sin": (">>> lax.sin(pnp.array([0.0, 1.0]))", "Array([0.      , 0.841471], dtype=float32)"),
    "sinh": (">>> lax.sinh(pnp.array([0.0, 1.0]))", "Array([0.       , 1.1752012], dtype=float32)"),
    "sqrt": (">>> lax.sqrt(pnp.array([4.0, 2.0]))", "Array([2.       , 1.4142135], dtype=float32)"),
    "sub": (">>> lax.sub(pnp.array([1, 2]), pnp.array([3, 5]))", "Array([-2, -3], dtype=int32)"),
    "tan": (">>> lax.tan(pnp.array([0.0, 1.0]))", "Array([0.       , 1.5574077], dtype=float32)"),
    "tanh": (">>> lax.tanh(pnp.array([0.0, 1.0]))", "Array([0.       , 0.7615942], dtype=float32)"),
    "argmax": (">>> lax.argmax(pnp.array([[1, 3], [4, 2]]), 1)", "Array([1, 0], dtype=int32)"),
    "argmin": (">>> lax.argmin(pnp.array([[1, 3], [4, 2]]), 1)", "Array([0, 1], dtype=int32)"),
    "cumlogsumexp": (
        ">>> lax.cumlogsumexp(pnp.array([1000.0, 1000.0]))",
        "Array([1000.    , 1000.6931], dtype=float32)",
    ),
    "cummax": (">>> lax.cummax(pnp.array([1, 3, 2, 5]))", "Array([1, 3, 3, 5], dtype=int32)"),
    "cummin": (">>> lax.cummin(pnp.array([4, 3, 5, 1]))", "Array([4, 3, 3, 1], dtype=int32)"),
    "cumprod": (">>> lax.cumprod(pnp.array([1, 2, 3, 4]))", "Array([ 1,  2,  6, 24], dtype=int32)"),
    "cumsum": (
        ">>> lax.cumsum(pnp.array([1, 2, 3, 4]))",
        "Array([ 1,  3,  6, 10], dtype=int32)",
        ">>> lax.cumsum(pnp.array([1, 2, 3, 4]), reverse=True)",
        "Array([10,  9,  7,  4], dtype=int32)",
    ),
    "reduce_and": (">>> lax.reduce_and(pnp.array([[True, False], [True, True]]), (1,))", "Array([False,  True], dtype=bool)"),
    "reduce_max": (">>> lax.reduce_max(pnp.array([[1, 2], [3, 4]]), (1,))", "Array([2, 4], dtype=int32)"),
    "reduce_min": (">>> lax.reduce_min(pnp.array([[1, 2], [3, 4]]), (1,))", "Array([1, 3], dtype=int32)"),
    "reduce_or": (">>> lax.reduce_or(pnp.array([[True, False], [False, False]]), (1,))", "Array([ True, False], dtype=bool)"),
    "reduce_prod": (">>> lax.reduce_prod(pnp.array([[1, 2], [3, 4]]), (1,))", "Array([ 2, 12], dtype=int32)"),
    "reduce_sum": (">>> lax.reduce_sum(pnp.array([[1, 2], [3, 4]]), (1,))", "Array([3, 7], dtype=int32)"),
    "reduce_xor": (">>> lax.reduce_xor(pnp.array([[1, 3], [5, 5]]), (1,))", "Array([2, 0], dtype=int32)"),
    "scatter": (
        ">>> dn = lax.ScatterDimensionNumbers((), (0,), (0,))",
        ">>> lax.scatter(pnp.zeros(3), pnp.array([[2], [0]]), pnp.array([5.0, 6.0]), dn)",
        "Array([6., 0., 5.], dtype=float32)",
    ),
    "scatter_add": (
        ">>> dn = lax.ScatterDimensionNumbers((), (0,), (0,))",
        ">>> lax.scatter_add(pnp.zeros(3), pnp.array([[2], [2]]), pnp.array([5.0, 6.0]), dn)",
        "Array([ 0.,  0., 11.], dtype=float32)",
    ),
    "scatter_max": (
        ">>> dn = lax.ScatterDimensionNumbers((), (0,), (0,))",
        ">>> lax.scatter_max(pnp.zeros(3), pnp.array([[2], [0]]), pnp.array([5.0, -6.0]), dn)",
        "Array([0., 0., 5.], dtype=float32)",
    ),
    "scatter_min": (
        ">>> dn = lax.ScatterDimensionNumbers((), (0,), (0,))",
        ">>> lax.scatter_min(pnp.zeros(3), pnp.array([[2], [0]]), pnp.array([5.0, -6.0]), dn)",
        "Array([-6.,  0.,  0.], dtype=float32)",
    ),
    "scatter_mul": (
        ">>> dn = lax.ScatterDimensionNumbers((), (0,), (0,))",
        ">>> lax.scatter_mul(pnp.ones(3), pnp.array([[2], [2]]), pnp.array([5.0, 6.0]), dn)",
        "Array([ 1.,  1., 30.], dtype=float32)",
    ),
}


def example(name: str) -> str:
    """The example of a function, as the last lines of its docstring; empty if it has none."""
    lines = EXAMPLES.get(name, ())
    return "\n" + "".join(f"\n    {line}" for line in (IMPORT, *lines)) if lines else ""
