"""Weak types: what a function of an array that came from Python numbers gives, as in jax.numpy.

A weak type does not widen others: the product of int32 and 0.5 is a weak float32, which next to float16 becomes float16.
"""

from __future__ import annotations

import re

import pytest
from numpy_oracle import check_expression

ONE = [
    "deg2rad",
    "degrees",
    "rad2deg",
    "radians",
    "sin",
    "cos",
    "tan",
    "exp",
    "exp2",
    "expm1",
    "log",
    "log1p",
    "sqrt",
    "cbrt",
    "arctan",
    "sinh",
    "cosh",
    "tanh",
    "arcsinh",
    "sinc",
    "floor",
    "ceil",
    "trunc",
    "rint",
    "round",
    "sign",
    "abs",
    "square",
    "reciprocal",
    "negative",
    "positive",
    "real",
    "conj",
    "fabs",
    "nan_to_num",
    "cumsum",
    "sort",
    "flip",
    "ravel",
    "transpose",
    "max",
    "min",
    "argmax",
    "diff",
    "median",
    "mean",
    "sum",
    "prod",
    "logical_not",
    "spacing",
    "diag",
    "vander",
    "zeros_like",
    "unique",
    "meshgrid",
    "cov",
    "gradient",
    "trapezoid",
    "average",
    "nansum",
    "cumprod",
    "atleast_2d",
    "ptp",
    "unwrap",
    "ediff1d",
    "copy",
    "array",
    "asarray",
    "nanmedian",
    "std",
    "trim_zeros",
    "poly",
    "roots",
    "polyder",
    "polyint",
    "argwhere",
]
TWO = [
    "add",
    "subtract",
    "multiply",
    "divide",
    "power",
    "float_power",
    "maximum",
    "minimum",
    "fmax",
    "fmin",
    "arctan2",
    "hypot",
    "logaddexp",
    "logaddexp2",
    "copysign",
    "nextafter",
    "mod",
    "fmod",
    "floor_divide",
    "remainder",
    "true_divide",
    "logical_and",
    "less",
    "outer",
    "dot",
    "kron",
    "convolve",
    "searchsorted",
    "quantile",
    "digitize",
    "vdot",
    "inner",
    "matmul",
]
OTHERS = """
jnp.deg2rad(jnp.array(0.5))
jnp.deg2rad(1.)
jnp.clip(w,-1,1)
jnp.where(i>0,w,1.0)
jnp.where(i>0,1.,2.)
jnp.where(True,w,1.0)
jnp.round(w,1)
jnp.stack([w])
jnp.concatenate([w,w])
jnp.tile(w,2)
jnp.repeat(w,2)
jnp.roll(w,1)
jnp.pad(w,1)
jnp.take(w,0)
w[0]
w[i>0]
jnp.broadcast_to(w,(2,7))
jnp.select([i>0],[w],0.5)
jnp.einsum("i->",w)
jnp.full_like(w,1)
jnp.trace(jnp.diag(w))
jnp.fft.fft(w)
jnp.linalg.norm(w)
jnp.tril(jnp.diag(w))
jnp.insert(w,1,1.)
jnp.delete(w,1)
jnp.append(w,1.)
jnp.split(w,1)
jnp.expand_dims(w,0)
jnp.reshape(w,(7,1))
jnp.moveaxis(w[None],0,1)
jnp.squeeze(w[None])
jnp.take_along_axis(w,i[3:],0)
jnp.choose(i[3:5],[i[:2]*0.5,i[:2]*.5])
jnp.block([w])
jnp.rot90(jnp.diag(w))
jnp.array_split(w,2)
jnp.resize(w,(3,))
jnp.piecewise(w,[i>0],[1.,2.])
jnp.apply_along_axis(lambda v:v,0,w)
jnp.vectorize(lambda v:v*2)(w)
jnp.tensordot(w,w,1)
jnp.hstack([w])
jnp.column_stack([w])
jnp.bincount(i[3:],weights=i[3:]*.5)
jnp.extract(i>0,w)
jnp.compress(i>0,w)
jnp.heaviside(w,1.)
(w).at[0].set(1.)
(w).at[0].add(1.)
""".strip().split("\n")
EXPRESSIONS = [
    *(f"jnp.{f}(w)" for f in ONE),
    *(f"jnp.{f}({operands})" for f in TWO for operands in ("w, 0.5", "0.5, w", "w, w")),
    *OTHERS,
]


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_weak_type(expression):
    check_expression(re.sub(r"\bw\b", "(i * 0.5)", expression))
