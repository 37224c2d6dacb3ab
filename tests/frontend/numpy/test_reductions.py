"""Reductions, running sums, differences and quantiles against jax.numpy; compiled, differentiated, mapped."""

from __future__ import annotations

import numpy as np
import pytest
from numpy_oracle import A, check_compiled, check_expression, check_gradients, check_mapped

import pullback.numpy as pnp

EXPRESSIONS = """
jnp.sum(a)
jnp.sum(a,0)
jnp.sum(a,(0,1))
jnp.sum(a,axis=-1,keepdims=True)
jnp.sum(b)
jnp.sum(u)
jnp.sum(u,promote_integers=False)
jnp.sum(u,dtype='float32')
jnp.sum(a,where=b,initial=3)
jnp.sum(h)
jnp.sum(2)
jnp.sum(a,axis=2)
jnp.sum(a,axis=(0,0))
jnp.sum([1,2])
jnp.sum(a,out=1)
jnp.sum(c,1)
jnp.sum(jnp.zeros((0,3)),0)
jnp.prod(a,1)
jnp.prod(u)
jnp.prod(b)
jnp.prod(a,where=b)
jnp.max(a)
jnp.max(a,0,keepdims=True)
jnp.max(a,1,where=b,initial=-1)
jnp.max(n,0)
jnp.max(b)
jnp.max(jnp.zeros((0,)))
jnp.max(jnp.zeros((0,)),initial=2)
jnp.max(a,where=b)
jnp.min(u,0)
jnp.min(c,0)
jnp.max(c)
jnp.amax(a)
jnp.ptp(a,1)
jnp.mean(a)
jnp.mean(a,1,keepdims=True)
jnp.mean(i)
jnp.mean(b)
jnp.mean(h,0)
jnp.mean(a,0,where=b)
jnp.mean(u,dtype='int32')
jnp.mean(c)
jnp.var(a)
jnp.var(a,1,ddof=1)
jnp.var(c,0)
jnp.var(i)
jnp.var(h)
jnp.var(a,where=b)
jnp.std(a,0,keepdims=True)
jnp.std(a,correction=1)
jnp.var(a,dtype='float16')
jnp.average(a,1)
jnp.average(a,1,weights=jnp.arange(4))
jnp.average(a,0,weights=jnp.arange(3),returned=True)
jnp.average(a,weights=jnp.abs(a))
jnp.average(a,weights=jnp.arange(4))
jnp.average(a,returned=True)
jnp.median(a)
jnp.median(a,1)
jnp.median(a,0,keepdims=True)
jnp.median(n,0)
jnp.median(i)
jnp.median(jnp.arange(4))
jnp.quantile(a,0.3)
jnp.quantile(a,jnp.array([0.1,0.5,1.0]),axis=1)
jnp.quantile(a,jnp.array([0.1,0.5]),axis=(0,1),keepdims=True)
jnp.quantile(a,0.3,axis=1,method='lower')
jnp.quantile(a,0.3,axis=1,method='higher')
jnp.quantile(a,0.3,axis=1,method='midpoint')
jnp.quantile(a,0.3,axis=1,method='nearest')
jnp.quantile(a,0.3,axis=1,method='foo')
jnp.percentile(a,30)
jnp.percentile(a,jnp.array([25.,75.]),0)
jnp.percentile(i,50)
jnp.nansum(n)
jnp.nansum(n,0)
jnp.nanprod(n,1)
jnp.nanmax(n,0)
jnp.nanmin(n)
jnp.nanmax(jnp.array([jnp.nan,jnp.nan]))
jnp.nanmean(n,0)
jnp.nanvar(n,1)
jnp.nanstd(n,1,ddof=1)
jnp.nanmedian(n,0)
jnp.nanmedian(n)
jnp.nanpercentile(n,30,axis=1)
jnp.nanquantile(n,jnp.array([0.2,0.9]),axis=0)
jnp.nanargmax(n,0)
jnp.nanargmin(n)
jnp.nanargmax(jnp.array([jnp.nan]))
jnp.nancumsum(n,1)
jnp.nancumprod(n,0)
jnp.nansum(i)
jnp.all(a)
jnp.all(b,0)
jnp.any(a,1,keepdims=True)
jnp.any(b,where=~b)
jnp.argmax(a)
jnp.argmax(a,1)
jnp.argmax(n)
jnp.argmin(a,0,keepdims=True)
jnp.argmin(a,keepdims=True)
jnp.argmax(jnp.zeros((0,)))
jnp.argmax(b,0)
jnp.count_nonzero(a)
jnp.count_nonzero(i)
jnp.count_nonzero(b,0,True)
jnp.cumsum(a)
jnp.cumsum(a,1)
jnp.cumsum(u,0)
jnp.cumsum(b,1)
jnp.cumsum(i,dtype='float32')
jnp.cumprod(a,0)
jnp.cumulative_sum(i)
jnp.cumulative_sum(a,axis=1,include_initial=True)
jnp.cumulative_sum(a)
jnp.cumulative_sum(u,axis=0)
jnp.cumulative_prod(i,include_initial=True)
jnp.diff(a)
jnp.diff(a,2,0)
jnp.diff(i,prepend=5,append=jnp.array([1,2]))
jnp.diff(b)
jnp.diff(3)
jnp.diff(i,0)
jnp.diff(i,10)
jnp.ediff1d(i)
jnp.ediff1d(a,to_begin=1,to_end=jnp.array([2,3]))
jnp.trapezoid(a)
jnp.trapezoid(a,dx=0.1,axis=0)
jnp.trapezoid(a,jnp.array([0.,1.,3.]),axis=0)
jnp.trapezoid(i)
jnp.gradient(a)
jnp.gradient(a,axis=1)
jnp.gradient(a,0.5)
jnp.gradient(a,0.5,2.0)
jnp.gradient(a,jnp.array([0.,1.,3.]),2.0)
jnp.gradient(i*1.0)
jnp.gradient(i*1.0,jnp.array([0.,1.,3.,4.,7.,8.,10.]))
""".strip().split("\n")

X = A
Y = np.random.RandomState(1).randn(3, 4).astype(np.float32)
WITH_NAN = X.copy()
WITH_NAN[0, 1] = np.nan
TIES = np.array([[1, 2], [1, 3.0]], np.float32)
ZEROS = np.array([0.0, 1.0, -1.0, 2.0, 0.0], np.float32)
INTEGERS = np.random.RandomState(2).randint(-9, 9, (3, 4)).astype(np.int32)

NAMES = ["sum", "prod", "max", "min", "mean", "var", "std", "median", "ptp", "cumsum", "cumprod", "amax"]
NAN_NAMES = ["nansum", "nanmean", "nanvar", "nanmax", "nanprod", "nanmedian", "nanstd", "nancumsum"]
FLOATING = (
    [(f"lambda a: jnp.{f}(a, axis={axis})", (X,)) for f in NAMES for axis in (None, -1)]
    + [(f"lambda a: jnp.{f}(a, axis={axis})", (WITH_NAN,)) for f in NAN_NAMES for axis in (None, -1)]
    + [
        ("lambda a: jnp.max(a, axis=0)", (TIES,)),
        ("jnp.prod", (ZEROS,)),
        ("jnp.cumprod", (ZEROS,)),
        ("lambda a: jnp.sum(a, where=a > 0, initial=2.0)", (X,)),
        ("lambda a: jnp.max(a, 0, where=a > 0, initial=-1.0)", (X,)),
        ("lambda a: jnp.mean(a, 0, where=a < 1)", (X,)),
        ("lambda a: jnp.var(a, 0, ddof=1)", (X,)),
        ("lambda a, b: jnp.average(a, 0, weights=jnp.abs(b))", (X, Y)),
        ("lambda a: jnp.quantile(a, 0.3, axis=-1)", (X,)),
        ("lambda a: jnp.quantile(a, jnp.array([0.2, 0.7]), axis=0)", (X,)),
        ("lambda a, q: jnp.quantile(a, q)", (X, np.float32(0.35))),
        ("lambda a: jnp.percentile(a, 30.0)", (X,)),
        ("lambda a: jnp.nanquantile(a, 0.4, axis=0)", (WITH_NAN,)),
        ("lambda a: jnp.diff(a, 1, axis=0)", (X,)),
        ("lambda a, b: jnp.trapezoid(a, jnp.cumsum(b * b, axis=-1))", (X, Y)),
        ("lambda a: jnp.gradient(a, axis=-1)", (X,)),
        ("jnp.ediff1d", (X,)),
        ("lambda a: jnp.cumulative_sum(a, axis=-1, include_initial=True)", (X,)),
    ]
)
OTHERS = [(f"lambda a: jnp.{f}(a, axis=-1)", (X,)) for f in ("argmax", "argmin", "all", "any", "count_nonzero")] + [
    ("lambda a: jnp.sum(a.astype('uint8'))", (INTEGERS,)),
    ("jnp.mean", (INTEGERS,)),
    ("lambda a: jnp.max(a, -1)", (INTEGERS,)),
    ("jnp.std", (INTEGERS,)),
    ("lambda a: jnp.mean(a.astype('float16') * 2)", (X,)),
]


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_expression(expression):
    check_expression(expression)


def test_gradients():
    check_gradients(FLOATING)


@pytest.mark.parametrize("part", range(2))
def test_compiled(part):
    check_compiled((FLOATING + OTHERS)[part::2])


def test_mapped():
    check_mapped(
        [c for c in FLOATING + OTHERS if all(np.shape(x) == (3, 4) for x in c[1]) and "axis=0" not in c[0] and ", 0" not in c[0]]
    )


@pytest.mark.parametrize("spacing", [(), (0.5,), (0.5, 2.0), (np.array([0.0, 1.0, 3.0]), np.array([0.0, 2.0, 3.0, 7.0]))])
def test_gradient_of_second_order_at_the_ends(spacing):
    ours = pnp.gradient(pnp.asarray(X), *spacing, edge_order=2)
    for x, y in zip(ours, np.gradient(X, *spacing, edge_order=2)):
        np.testing.assert_allclose(np.asarray(x), y, rtol=1e-5, atol=1e-5)


def test_quantiles_hit_whole_positions_exactly():
    x = pnp.arange(11.0)
    np.testing.assert_array_equal(np.asarray(pnp.quantile(x, pnp.arange(11.0) / 10)), np.arange(11.0))


def test_errors_name_the_function():
    with pytest.raises(TypeError, match=r"sum requires ndarray or scalar arguments, got <class 'list'> at position 0\."):
        pnp.sum([1, 2])
    with pytest.raises(ValueError, match="zero-size array to reduction operation max which has no identity"):
        pnp.max(pnp.zeros((0,)))
    with pytest.raises(ValueError, match="axis 2 is out of bounds for array of dimension 1"):
        pnp.sum(pnp.ones(3), axis=2)
    with pytest.raises(NotImplementedError, match="The 'out' argument"):
        pnp.sum(pnp.ones(3), out=np.zeros(()))
