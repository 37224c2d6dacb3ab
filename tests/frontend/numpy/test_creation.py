"""Making arrays, patterns, grids, and dtype functions against jax.numpy; inside transformations."""

from __future__ import annotations

import numpy as np
import pytest
from numpy_oracle import A, check_compiled, check_expression, check_gradients, check_mapped

import pullback
import pullback.numpy as pnp
from pullback import errors

EXPRESSIONS = """
jnp.array(1)
jnp.array(1.0)
jnp.array(True)
jnp.array(1j)
jnp.array([1,2])
jnp.array([1,2.5])
jnp.array([True,2])
jnp.array([[1,2],[3,4]],dtype='int8')
jnp.array([1,2],'float16')
jnp.array(np.arange(3))
jnp.array(np.float64(2))
jnp.array([np.float16(1),2.0])
jnp.array([np.float16(1),np.int32(2)])
jnp.array([a,a])
jnp.array([(a,a),(a,a)])
jnp.array((i,i*1.5))
jnp.array([i[0],2,3.5])
jnp.array([])
jnp.array([[],[]])
jnp.array([[1,2],[3]])
jnp.array(None)
jnp.array([None])
jnp.array('abc')
jnp.array(['a'])
jnp.array(object())
jnp.array(2**40)
jnp.array([2**40])
jnp.array(300,'int8')
jnp.array([300],'uint8')
jnp.array(-1,'uint8')
jnp.array(1.7,'int32')
jnp.array(a,ndmin=3)
jnp.array(a,dtype='int32')
jnp.array(range(4))
jnp.array(memoryview(b'abc'))
jnp.asarray([1.,2])
jnp.asarray(i,dtype=float)
jnp.asarray(3)
jnp.array([1,2],dtype=bool)
jnp.array([1.5],dtype=complex)
jnp.zeros(3)
jnp.zeros((2,3),int)
jnp.zeros((2,3),'bfloat16')
jnp.zeros(())
jnp.zeros(-1)
jnp.zeros(2.5)
jnp.zeros((2,None))
jnp.zeros('a')
jnp.zeros(3,dtype='foo')
jnp.ones([2,1])
jnp.empty(2)
jnp.full((2,2),7)
jnp.full(3,1.5)
jnp.full((2,3),jnp.arange(3))
jnp.full((2,3),jnp.arange(4))
jnp.full((2,),True)
jnp.full(2,1,float)
jnp.zeros_like(a)
jnp.zeros_like(3)
jnp.zeros_like(i,shape=(2,),dtype=float)
jnp.ones_like(c)
jnp.full_like(a,2)
jnp.full_like(i,2.7)
jnp.empty_like(u)
jnp.zeros_like([1,2])
jnp.arange(5)
jnp.arange(2,5)
jnp.arange(5.)
jnp.arange(1,2,0.25)
jnp.arange(5,0,-2)
jnp.arange(3,dtype='float16')
jnp.arange(0)
jnp.arange(jnp.array(4))
jnp.arange(0,1,0.1)
jnp.linspace(0,1,5)
jnp.linspace(0,1,5,endpoint=False)
jnp.linspace(0,10,4,dtype=int)
jnp.linspace(0,1,3,retstep=True)
jnp.linspace(jnp.zeros(2),jnp.ones(2),3)
jnp.linspace(jnp.zeros(2),jnp.ones(2),3,axis=1)
jnp.linspace(0,1,1)
jnp.linspace(0,1,0)
jnp.linspace(0,1,-1)
jnp.linspace(0,1j,3)
jnp.logspace(0,2,3)
jnp.logspace(0,3,4,base=2)
jnp.geomspace(1,1000,4)
jnp.geomspace(-1,-16,5)
jnp.eye(3)
jnp.eye(2,3,1)
jnp.eye(3,k=-1,dtype=int)
jnp.identity(2)
jnp.tri(3)
jnp.tri(2,4,1,int)
jnp.tril(a)
jnp.tril(a,1)
jnp.triu(a,-1)
jnp.triu(i)
jnp.triu(jnp.ones((2,3,3)),1)
jnp.tril_indices(3)
jnp.triu_indices(3,1,4)
jnp.tril_indices_from(a)
jnp.triu_indices_from(a,1)
jnp.diag_indices(3)
jnp.diag_indices_from(jnp.zeros((2,2)))
jnp.diag(i)
jnp.diag(i,2)
jnp.diag(i,-1)
jnp.diag(a)
jnp.diag(a,1)
jnp.diag(jnp.zeros((1,1,1)))
jnp.diagflat(a)
jnp.vander(i)
jnp.vander(i,3,increasing=True)
jnp.vander(a)
jnp.meshgrid(i,a[0])
jnp.meshgrid(i,a[0],indexing='ij')
jnp.meshgrid(i,a[0],i,sparse=True)
jnp.mgrid[0:3,1:4]
jnp.mgrid[0:1:3j]
jnp.ogrid[0:3,0:2:0.5]
jnp.indices((2,3))
jnp.indices((2,3),sparse=True)
jnp.indices((2,3),dtype=float)
jnp.fromfunction(lambda i,j:i+2*j,(2,3))
jnp.fromfunction(lambda i,j:i+2*j,(2,3),dtype=int)
jnp.frombuffer(b'abcdefgh',dtype='int16')
jnp.frombuffer(b'abcd',dtype=np.uint8,offset=1,count=2)
jnp.copy(a)
jnp.astype(a,int)
jnp.astype(c,float)
jnp.float32(3)
jnp.int8([1,2])
jnp.bfloat16(1.3)
jnp.finfo(jnp.float32).max
jnp.iinfo('int8').max
jnp.result_type(jnp.float16,1.0)
jnp.result_type(i,a)
jnp.result_type(i,2.0)
jnp.result_type('int8','uint8')
jnp.promote_types('float16','bfloat16')
jnp.promote_types(int,'float16')
jnp.can_cast('int32','float32')
jnp.issubdtype(jnp.float32,jnp.floating)
jnp.issubdtype(jnp.bfloat16,jnp.floating)
jnp.issubdtype(a.dtype,jnp.integer)
jnp.issubdtype(jnp.floating,jnp.inexact)
jnp.isdtype('float32','real floating')
jnp.isdtype(jnp.int8,('integral','bool'))
jnp.isdtype('int8','foo')
jnp.float32==np.float32
a.dtype==jnp.float32
jnp.ndim(a)
jnp.shape(3)
jnp.size(a)
jnp.size(a,1)
jnp.iscomplexobj(c)
jnp.broadcast_to(i,(2,7))
jnp.broadcast_to(i,(2,3))
jnp.broadcast_arrays(i,a[:,:1])
jnp.broadcast_shapes((2,1),(3,))
jnp.broadcast_shapes((2,1),(3,3))
""".strip().split("\n")

X = A
POSITIVE = np.abs(X) + np.float32(0.3)
TRACED = [
    ("lambda a: jnp.array([a, a * 2, [[1.0] * 4] * 3])", (X,)),
    ("lambda a: jnp.array([a[0, 0], 1, a[1, 1] ** 2])", (X,)),
    ("lambda a: jnp.full((2, 3), a[0, 0]) * jnp.arange(3)", (X,)),
    ("lambda a: jnp.zeros_like(a) + jnp.ones((3, 4)) * a", (X,)),
    ("lambda a: jnp.linspace(a[0, 0], a[1, 1], 5)", (X,)),
    ("lambda a: jnp.linspace(a, 2.0, 5, axis=1, endpoint=False)", (X,)),
    ("lambda a: jnp.logspace(a[0, 0], 2.0, 4)", (X,)),
    ("lambda a: jnp.geomspace(a[0, 0], 9.0, 4)", (POSITIVE,)),
    ("lambda a: jnp.tril(a, 1)", (X,)),
    ("lambda a: jnp.triu(a, -1)", (X,)),
    ("lambda a: jnp.diag(a[0], 1)", (X,)),
    ("jnp.diag", (X,)),
    ("jnp.diagflat", (X[:2, :2],)),
    ("lambda a: jnp.vander(a[0])", (X,)),
    ("lambda a: jnp.meshgrid(a[0], a[1])[1]", (X,)),
    ("lambda a: jnp.eye(3, 4, k=1) * a + jnp.tri(3, 4)", (X,)),
    ("lambda a: jnp.indices((3, 4))[0] * a", (X,)),
    ("lambda a: jnp.sum(jnp.arange(20)) * a + jnp.arange(1.0, 41.0, 2.0).sum()", (X,)),
    ("lambda a: jnp.arange(40, 0, -2).sum() * a", (X,)),
]


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_expression(expression):
    check_expression(expression)


def test_compiled():
    check_compiled(TRACED)


def test_gradients():
    check_gradients(TRACED)


def test_mapped():
    check_mapped(
        [(f"lambda a: ({source})(jnp.stack([a, a + 1, a * 2]))", args) for source, args in TRACED if np.shape(args[0]) == (3, 4)]
    )


def test_shapes_from_traced_values_are_refused():
    with pytest.raises(errors.TracerIntegerConversionError, match="depends on argument n"):
        pullback.jit(lambda n: pnp.zeros(n))(3)
    with pytest.raises(errors.ConcretizationTypeError, match=r"arange argument 'stop' of a traced array .* depends on argument n"):
        pullback.jit(lambda n: pnp.arange(n))(3)


def test_large_constants_are_no_arguments_of_the_program():
    f = pullback.jit(lambda x: x + pnp.zeros((100,)) + pnp.arange(100) * pnp.ones((100,)) + pnp.eye(100)[3] + pnp.full((100,), 2))
    np.testing.assert_array_equal(np.asarray(f(pnp.zeros((100,)))), np.arange(100.0) + 2 + np.eye(100)[3])


def test_sixty_four_bit_types_need_the_switch():
    with pytest.warns(UserWarning, match="dtype float64 requested in zeros is not available.*enable_x64"):
        assert pnp.zeros(2, "float64").dtype == np.float32
    with pullback.config.scope(enable_x64=True):
        assert pnp.zeros(2, "float64").dtype == np.float64
        assert pnp.array([1]).dtype == np.int64
        assert pnp.arange(3.0).dtype == np.float64
        assert pnp.sum(pnp.array([1], "int8")).dtype == np.int64


def test_numpy_memory_is_copied():
    source = np.zeros(3, np.float32)
    x = pnp.asarray(source)
    source[0] = 1
    assert float(x[0]) == 0.0


def test_dtype_names_stand_for_dtypes():
    assert pnp.float32 == np.float32
    assert np.dtype(pnp.float32) == np.float32
    assert pnp.float32(2).dtype == np.float32
    assert {pnp.int8: 1}[pnp.int8] == 1
    assert repr(pnp.bfloat16) == "<class 'pullback.numpy.bfloat16'>"
    assert pnp.zeros(1, pnp.bfloat16).dtype == pnp.bfloat16
    assert pnp.finfo(pnp.bfloat16).bits == 16
