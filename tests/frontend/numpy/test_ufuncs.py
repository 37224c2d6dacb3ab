"""Elementwise functions against jax.numpy: values, dtypes, weak types, errors; compiled, differentiated, mapped."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from numpy_oracle import A, check_compiled, check_expression, check_gradients, check_mapped

import pullback
import pullback.numpy as pnp

EXPRESSIONS = """
jnp.floor(i)
jnp.ceil(i)
jnp.rint(i)
jnp.trunc(i)
jnp.floor(True)
jnp.square(True)
jnp.square(i)
jnp.abs(True)
jnp.sign(True)
jnp.sign(1+2j)
jnp.negative(True)
jnp.subtract(True,True)
jnp.floor_divide(5,0)
jnp.floor_divide(-5,0)
jnp.floor_divide(jnp.uint8(5),jnp.uint8(0))
jnp.floor_divide(1.,0.)
jnp.floor_divide(-1.,0.)
jnp.floor_divide(jnp.inf,2.)
jnp.remainder(5,0)
jnp.remainder(-5,0)
jnp.remainder(5.,jnp.inf)
jnp.remainder(-5.,jnp.inf)
jnp.floor_divide(True,True)
jnp.mod(True,True)
jnp.fmod(5,0)
jnp.fmod(True,True)
jnp.power(2,-1)
jnp.power(jnp.array(2),jnp.array(-1))
jnp.power(i,-1)
jnp.power(i,jnp.array(-1))
jnp.power(i,2.)
jnp.power(True,True)
jnp.power(True,2)
jnp.power(2,i)
jnp.power(jnp.float32(2),i)
jnp.power(jnp.uint8(3),2)
jnp.power(i,0)
jnp.power(jnp.float32(0),0)
jnp.power(jnp.float32(-2),0.5)
jnp.power(jnp.float32(-2),jnp.array(3))
jnp.power(jnp.array([1j,2+1j]),3)
jnp.power(jnp.array([1j,2+1j]),i[:2])
jnp.float_power(2,3)
jnp.float_power(2,-1)
jnp.divmod(-7,3)
jnp.divmod(-7.,3)
jnp.divmod(7,0)
jnp.true_divide(1,2)
jnp.divide(True,True)
jnp.left_shift(True,True)
jnp.right_shift(-8,1)
jnp.right_shift(jnp.uint8(8),1)
jnp.left_shift(1,40)
jnp.right_shift(-8,40)
jnp.bitwise_count(-3)
jnp.bitwise_and(1.,2)
jnp.invert(True)
jnp.heaviside(jnp.nan,0.5)
jnp.ldexp(1,3)
jnp.ldexp(1.5,jnp.array([3,-130,-149,127,128]))
jnp.modf(3)
jnp.spacing(jnp.array([1.,-1.,0.,1e30,jnp.inf]))
jnp.spacing(i)
jnp.nextafter(1,2)
jnp.signbit(-0.)
jnp.signbit(i)
jnp.signbit(True)
jnp.isnan(i)
jnp.isposinf(i)
jnp.isneginf(1j)
jnp.isinf(1j)
jnp.isreal(1j)
jnp.angle(1j)
jnp.angle(-1)
jnp.angle(1j,deg=True)
jnp.real(3)
jnp.imag(3)
jnp.imag(i)
jnp.conj(3)
jnp.clip(i,1,-1)
jnp.clip(i,-1.5,None)
jnp.clip(i)
jnp.clip(jnp.uint8(3),-1,300)
jnp.clip(1j,0,1)
jnp.nan_to_num(jnp.array([jnp.nan,jnp.inf,-jnp.inf]))
jnp.nan_to_num(i)
jnp.nan_to_num(jnp.array([jnp.nan+1j]))
jnp.round(2.567,1)
jnp.round(i,-1)
jnp.round(i,1)
jnp.round(1.5+2.5j)
jnp.sinc(0)
jnp.sinc(i)
jnp.gcd(12,18)
jnp.gcd(0,0)
jnp.gcd(-4,6)
jnp.lcm(4,6)
jnp.lcm(-4,6)
jnp.gcd(1.,2)
jnp.lcm(0,5)
jnp.logaddexp(1,2)
jnp.logaddexp(-jnp.inf,-jnp.inf)
jnp.logaddexp(jnp.inf,jnp.inf)
jnp.logaddexp(1j,2)
jnp.logaddexp2(1.,2.)
jnp.hypot(3,4)
jnp.hypot(jnp.inf,jnp.nan)
jnp.copysign(1,-2)
jnp.copysign(1.,-0.)
jnp.where(i>0,i,1.5)
jnp.where(i,1,2)
jnp.where(i>0)
jnp.where(True,1,2)
jnp.select([i>0,i<0],[i,-i*1.5],7)
jnp.select([i>0,i<0],[i,-i])
jnp.piecewise(i,[i<0,i>0],[-1,1,5])
jnp.piecewise(i*1.,[i<0,i>0],[lambda x:-x,lambda x:x**2])
jnp.isclose(1,1+1e-9)
jnp.isclose(jnp.nan,jnp.nan,equal_nan=True)
jnp.isclose(jnp.inf,jnp.inf)
jnp.isclose(i,i)
jnp.allclose(i,i)
jnp.array_equal(i,i)
jnp.array_equal(i,[1,2])
jnp.array_equiv(i,i[None])
jnp.maximum(1,2.5)
jnp.fmax(jnp.nan,1)
jnp.maximum(jnp.nan,1)
jnp.fmin(i,1)
jnp.exp(True)
jnp.log(-1.)
jnp.log10(jnp.int8(100))
jnp.sqrt(-1.)
jnp.cbrt(-8)
jnp.reciprocal(2)
jnp.reciprocal(0)
jnp.positive(True)
jnp.fabs(-3)
jnp.fabs(1j)
jnp.abs(3+4j)
jnp.logical_and(1,0)
jnp.logical_not(3.)
jnp.arctan2(1,2)
jnp.deg2rad(180)
jnp.exp2(3)
jnp.add(jnp.ones(3),jnp.ones(4))
jnp.add([1],2)
jnp.ones(3)+[1,2,3]
jnp.uint8(3)+(-1)
jnp.uint8(3)+300
i+3000000000
jnp.less(1j,2)
jnp.equal(i,None)
i==None
i+None
jnp.bool_(True)+1
jnp.float16(1)+1.0
jnp.bfloat16(1)+jnp.float16(1)
i[0]/0
jnp.isscalar(i[0])
jnp.isscalar(3)
jnp.isfinite(1j)
jnp.floor(1j)
jnp.rint(1.5+2.5j)
jnp.max(jnp.array([1+1j,2]))
jnp.sin(jnp.int8(3))
jnp.add(jnp.int8(100),jnp.int8(100))
""".strip().split("\n")

X = A
Y = np.random.RandomState(1).randn(3, 4).astype(np.float32)
POSITIVE = np.abs(X) + np.float32(0.3)
UNIT = np.clip(X, -0.9, 0.9)
SPECIAL = np.array([0.0, 1.0, -1.0, 2.0, 0.5, -0.0], np.float32)
ZERO = np.zeros(2, np.float32)
INTEGERS = np.random.RandomState(2).randint(-9, 9, (3, 4)).astype(np.int32)
DIVISORS = np.random.RandomState(3).randint(1, 9, (3, 4)).astype(np.int32)

UNARY = [
    "exp",
    "exp2",
    "expm1",
    "sin",
    "cos",
    "tan",
    "arctan",
    "sinh",
    "cosh",
    "tanh",
    "arcsinh",
    "square",
    "negative",
    "absolute",
    "sign",
    "floor",
    "ceil",
    "rint",
    "trunc",
    "fabs",
    "deg2rad",
    "rad2deg",
    "cbrt",
    "sinc",
    "positive",
    "nan_to_num",
    "real",
    "conj",
    "abs",
]
ABOVE_ONE = ["log", "log1p", "log2", "log10", "sqrt", "reciprocal", "arccosh"]
INSIDE_UNIT = ["arcsin", "arccos", "arctanh"]
BINARY = [
    "add",
    "subtract",
    "multiply",
    "divide",
    "maximum",
    "minimum",
    "fmax",
    "fmin",
    "logaddexp",
    "logaddexp2",
    "hypot",
    "arctan2",
    "mod",
    "floor_divide",
    "fmod",
    "remainder",
    "copysign",
]
COMPOSED = [
    ("jnp.add", (X, Y[:1])),
    ("jnp.multiply", (X[:, :1], Y)),
    ("jnp.power", (POSITIVE, Y)),
    ("lambda a: jnp.power(a, 3)", (X,)),
    ("lambda a: a ** 1.5", (POSITIVE,)),
    ("lambda a: 2.0 ** a", (X,)),
    ("jnp.sinc", (SPECIAL,)),
    ("jnp.hypot", (SPECIAL, SPECIAL[::-1].copy())),
    ("jnp.hypot", (ZERO, ZERO)),
    ("jnp.logaddexp", (SPECIAL, SPECIAL)),
    ("jnp.logaddexp", (np.array([-np.inf, 1], np.float32), np.array([0, -np.inf], np.float32))),
    ("jnp.maximum", (SPECIAL, np.zeros_like(SPECIAL))),
    ("jnp.abs", (SPECIAL,)),
    ("lambda a: jnp.clip(a, -0.5, 0.5)", (X,)),
    ("lambda a: jnp.clip(a, 0, 1)", (SPECIAL,)),
    ("lambda a, b: jnp.where(a > 0, a * b, b)", (X, Y)),
    ("lambda a: jnp.where(a > 0, jnp.log(jnp.where(a > 0, a, 1)), 0.0)", (X,)),
    ("lambda a: jnp.select([a > 1, a < 0], [a * 2, a**2], a)", (X,)),
    ("lambda a: jnp.piecewise(a, [a > 0], [lambda v: v * 2, lambda v: v**3])", (X,)),
    ("jnp.heaviside", (SPECIAL, SPECIAL + 1)),
    ("lambda a: jnp.ldexp(a, 3)", (X,)),
    ("lambda a: jnp.frexp(a)[0]", (X,)),
    ("lambda a: jnp.modf(a)[0]", (X,)),
    ("lambda a, b: jnp.divmod(a, b)[1]", (X, Y)),
    ("lambda a: jnp.round(a, 1) * a", (X,)),
    ("lambda a, b: jnp.angle(a + 1j * b)", (X, Y)),
    ("lambda a, b: jnp.abs(a + 1j * b)", (X, Y)),
]
BOOLEAN = [
    ("lambda a, b: jnp.isclose(a, b, 1e-1, 0.3)", (X, Y)),
    ("jnp.allclose", (X, Y)),
    ("jnp.signbit", (SPECIAL,)),
    ("lambda a: jnp.isnan(jnp.log(a))", (X,)),
    ("lambda a, b: jnp.logical_xor(a > 0, jnp.logical_not(b))", (X, Y)),
    ("jnp.bitwise_count", (INTEGERS,)),
    ("lambda a: ~a", (INTEGERS,)),
    ("jnp.frexp", (X,)),
]
OF_INTEGERS = [
    "add",
    "multiply",
    "floor_divide",
    "mod",
    "fmod",
    "bitwise_and",
    "bitwise_xor",
    "left_shift",
    "right_shift",
    "maximum",
    "gcd",
    "lcm",
    "power",
    "true_divide",
]

FLOATING = (
    [(f"jnp.{f}", (X,)) for f in UNARY]
    + [(f"jnp.{f}", (POSITIVE + 1,)) for f in ABOVE_ONE]
    + [(f"jnp.{f}", (UNIT,)) for f in INSIDE_UNIT]
    + [(f"jnp.{f}", (X, Y)) for f in BINARY]
    + COMPOSED
)
INTEGRAL = [(f"jnp.{f}", (INTEGERS, DIVISORS)) for f in OF_INTEGERS]


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_expression(expression):
    check_expression(expression)


def test_gradients():
    check_gradients(FLOATING)


@pytest.mark.parametrize("part", range(3))
def test_compiled(part):
    check_compiled((FLOATING + BOOLEAN)[part::3])


def test_compiled_integers():
    check_compiled(INTEGRAL)


def test_mapped():
    check_mapped([c for c in FLOATING + BOOLEAN + INTEGRAL if all(np.ndim(x) == 2 and len(x) == 3 for x in c[1])])


def test_logaddexp_of_infinities_has_finite_derivative():
    inf = pnp.array([np.inf, -np.inf], "float32")
    gradients = pullback.grad(lambda x, y: pnp.logaddexp(x, y).sum(), (0, 1))(inf, inf)
    np.testing.assert_array_equal(np.stack([np.asarray(g) for g in gradients]), 0.5)


@pytest.mark.parametrize("name", ["logaddexp", "logaddexp2"])
def test_logaddexp_is_smooth_at_equal_arguments(name):
    def curvature(library, function, x, y):
        return library.jacfwd(library.grad(lambda v: function(v, y).sum()))(x)

    x = np.array([0.5, 1.0, -2.0], np.float32)
    y = np.array([0.5, 1.0, 3.0], np.float32)
    expected = curvature(jax, getattr(jnp, name), x, y)
    np.testing.assert_allclose(curvature(pullback, getattr(pnp, name), x, y), expected, rtol=1e-5, atol=1e-7)
    np.testing.assert_allclose(
        pullback.jit(lambda v: curvature(pullback, getattr(pnp, name), v, y))(x), expected, rtol=1e-5, atol=1e-7
    )


def test_frexp_and_ldexp_are_inverse_down_to_denormals():
    x = np.array([0.0, 1.0, -3.5, np.inf, np.nan, 1e-40, 3e38, -1e-45], np.float32)
    mantissa, exponent = pnp.frexp(x)
    np.testing.assert_array_equal(np.asarray(mantissa), np.frexp(x)[0])
    np.testing.assert_array_equal(np.asarray(exponent), np.frexp(x)[1])
    np.testing.assert_array_equal(np.asarray(pnp.ldexp(mantissa, exponent)), x)


def test_modf_of_infinity():
    fraction, whole = pnp.modf(pnp.array([np.inf, -np.inf, -2.5], "float32"))
    np.testing.assert_array_equal(np.asarray(fraction), np.array([0.0, -0.0, -0.5], np.float32))
    np.testing.assert_array_equal(np.asarray(whole), np.array([np.inf, -np.inf, -2.0], np.float32))


def test_large_integers_next_to_floats():
    assert float(pnp.ones(()) * 2**40) == 2.0**40
    with pytest.raises(OverflowError, match="3000000000"):
        pnp.arange(3) + 3000000000


def test_unknown_name_suggests_near_ones():
    with pytest.raises(AttributeError, match=r"has no attribute .arcsine.; nearest: .*arcsin"):
        pnp.arcsine  # noqa: B018


def test_every_public_function_is_documented():
    for name in pnp.__all__:
        value = getattr(pnp, name)
        if callable(value) and getattr(value, "__module__", "").startswith("pullback"):
            assert value.__doc__, name
