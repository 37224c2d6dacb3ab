"""Real elementwise functions in terms of basic pb ops, for f32 and f64.

The code generator approximates some functions poorly (sine near its zeros, asinh, sinh), gets special cases wrong (pow,
atan2) and calls library functions that do not exist for f64. So these functions are expanded before code generation;
exp, log, sqrt and arithmetic are taken as given. Each docstring states the method and the largest error found by
``benchmarks/ulp.py``, in units in the last place, for f32 and f64. Results below the smallest normal number are flushed to
zero in compiled code.
"""

from .real_math_exp import acosh, asinh, atanh, cbrt, cosh, exp2, expm1, log1p, logistic, nextafter, pow, sinh, tanh
from .real_math_special import digamma, erf, erf_inv, erfc, lgamma
from .real_math_trig import acos, asin, atan, atan2, cos, sin, tan

__all__ = [
    "acos",
    "acosh",
    "asin",
    "asinh",
    "atan",
    "atan2",
    "atanh",
    "cbrt",
    "cos",
    "cosh",
    "digamma",
    "erf",
    "erf_inv",
    "erfc",
    "exp2",
    "expm1",
    "lgamma",
    "log1p",
    "logistic",
    "nextafter",
    "pow",
    "sin",
    "sinh",
    "tan",
    "tanh",
]
