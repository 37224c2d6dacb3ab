"""Operators and methods of arrays against jax.numpy; text, conversion, errors, interplay with NumPy, speed."""

from __future__ import annotations

import copy
import pickle
import timeit

import numpy as np
import pytest
from numpy_oracle import A, check_compiled, check_expression, check_gradients, check_mapped

import pullback
import pullback.numpy as pnp
from pullback import errors

EXPRESSIONS = """
a+1
a-b
1-a
a*2
2/a
a//0.5
7//i
a%0.3
5%a
divmod(a,0.5)
divmod(5,a)
a**2
2**a
a**0.5
i**2
i**a[0,0]
a@a.T
np.ones((2,3),np.float32)@a
a<0
0<a
a==a
a!=1
b&True
b|b
b^True
~b
i<<1
i>>1
1<<jnp.abs(i)
-a
+a
abs(a)
round(a,1)
round(2.567*jnp.ones(()))
bool(i[0])
bool(i)
bool(jnp.zeros((0,)))
int(i[0])
int(i)
float(a[0,0])
complex(c[0,0])
int(a[0,0])
[1,2,3][jnp.array(1)]
[1,2,3][a[0,0]]
len(a)
len(a[0,0])
list(i)
list(a)
iter(a[0,0])
hash(a)
1.0 in i
7 in i
[1] in i
a.T
a.mT
i.mT
c.real
c.imag
a.real
a.imag
a.astype(int)
a.astype('bfloat16').astype('float32')
a.item()
a[0,0].item()
a.item(3)
a.tolist()
a.reshape(4,3)
a.reshape((2,-1))
a.reshape(-1)
a.reshape(5,5)
a.reshape()
a.ravel()
a.flatten()
a.flatten('F')
a.transpose()
a.transpose(1,0)
a.transpose((1,0))
a.transpose(0)
a.transpose(0,0)
a[None].squeeze()
a[None].squeeze(0)
a.sum()
a.sum(1)
a.sum(axis=0,keepdims=True)
a.prod()
a.mean(0)
a.var(ddof=1)
a.std()
a.max(1)
a.min()
a.argmax()
a.argmin(0)
b.all()
b.any(0)
a.cumsum(0)
a.cumprod(1)
a.dot(a.T)
a.clip(0,1)
a.clip(max=0.5)
a.round(2)
c.conj()
a.conjugate()
a.copy()
a.diagonal()
a.trace()
a.sort()
a.sort(axis=0)
a.argsort()
i.nonzero()
i.repeat(2)
a.swapaxes(0,1)
i.take(jnp.array([0,1]))
a.view('int32')
a.view(np.uint8)
a.ptp(0)
i.searchsorted(1)
a.ndim
a.size
a.shape
a.nbytes
a.itemsize
np.sin(a)
np.asarray(a)
np.asarray(a,np.float64)
np.arange(12.).reshape(3,4)+a
np.float32(2)*a
np.float64(2)*a
np.int32(2)*a
np.arange(12,dtype=np.int32).reshape(3,4)<a
str(a[0,0])
str(i)
f"{a[0,0]:.3f}"
f"{i}"
f"{i:.3f}"
repr(i)
repr(jnp.array(1.0))
repr(jnp.zeros((0,3)))
repr(jnp.zeros((0,)))
repr(b)
repr(jnp.arange(100.))
repr(jnp.bfloat16(1.5))
repr(jnp.arange(2000))
a[0]
a[1:,::2]
a[...,None]
i[-1]
i[jnp.array([0,2])]
i[b[0].sum()]
a[b]
i.at[0].set(5)
i.at[1:3].add(2)
i.__setitem__(0,1)
i+[1]
i+None
i==None
i=='a'
i<'a'
(a>0).sum()
__import__('pickle').loads(__import__('pickle').dumps(a))
__import__('copy').deepcopy(a)
__import__('copy').copy(a)
i.is_deleted()
a.block_until_ready()
np.from_dlpack(a)
a.sum(dtype='float16')
jnp.unknown_thing
sum(i)
max(i)
sorted(i)[0]
pow(a,2)
pow(i,2,3)
a.astype(None)
a.__array_namespace__() is not None
np.testing.assert_allclose(a,a)
np.stack([a,a])
jnp.stack([a,np.ones((3,4))])
range(i[5])
""".strip().split("\n")

X = A
Y = np.random.RandomState(1).randn(3, 4).astype(np.float32)
TRACED = [
    ("lambda a: sum(r * k for k, r in enumerate(a))", (X,)),
    ("lambda a: a.T @ a", (X,)),
    ("lambda a: a.reshape(-1, 2).transpose(1, 0).mean(1).clip(0, 1)", (X,)),
    ("lambda a, b: (a - b) * (2 - a) / (1 + abs(b)) ** 2 - -a", (X, Y)),
    ("lambda a: (a.astype('bfloat16') + 1).sum(0).astype('float32')", (X,)),
    ("lambda a: (a > 0).astype(float).sum() * a", (X,)),
    ("lambda a: np.ones((3, 4), np.float32) * a + np.float32(2) * a", (X,)),
]


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_expression(expression):
    check_expression(expression)


def test_compiled():
    check_compiled(
        [*TRACED, ("lambda a: a.view('int32')", (X,)), ("lambda a: a.astype(int)", (X,)), ("lambda a: a // 0.5 % 2", (X,))]
    )


def test_gradients():
    check_gradients(TRACED)


def test_mapped():
    check_mapped([c for c in TRACED if "np.ones" not in c[0] and "-1, 2" not in c[0] and ".T" not in c[0]])


# Values of traced arrays -------------------------------------------------------------------------------------------------
def use(kind, f, *args):
    return getattr(pullback, kind)(f)(*args)


def choose(x):
    if x.sum() > 0:
        return x.sum()
    return -x.sum()


def test_condition_on_a_traced_value():
    with pytest.raises(errors.TracerBoolConversionError) as e:
        pullback.jit(choose)(pnp.ones(3))
    text = str(e.value)
    assert "Attempted boolean conversion of a traced array with shape bool[]" in text
    assert "test_array.py" in text and "'choose'" in text and "depends on argument x" in text and "pullback.lax.cond" in text


def test_condition_under_grad_sees_the_value():
    np.testing.assert_array_equal(np.asarray(pullback.grad(choose)(-pnp.ones(3))), -np.ones(3))


@pytest.mark.parametrize(
    ("f", "error", "text"),
    [
        (lambda z: float(z[0]), errors.ConcretizationTypeError, "Attempted conversion to a Python float of a traced array"),
        (lambda z: int(z[0]), errors.ConcretizationTypeError, "Attempted conversion to a Python int of a traced array"),
        (lambda z: [1, 2][z[0].astype(int)], errors.TracerIntegerConversionError, "Attempted conversion to a Python integer"),
        (lambda z: np.sin(z), errors.TracerArrayConversionError, "Attempted conversion to a NumPy array.*pullback.numpy in place"),
        (lambda z: z.tolist(), errors.ConcretizationTypeError, "Attempted conversion to a list"),
        (lambda z: z[0].item(), errors.ConcretizationTypeError, "Attempted conversion to a Python scalar"),
        (lambda z: f"{z[0]:.2f}", errors.ConcretizationTypeError, "Attempted formatting"),
        (lambda z: 1.0 in z, errors.TracerBoolConversionError, "Attempted boolean conversion"),
        (hash, TypeError, "unhashable type"),
        (lambda z: z.__setitem__(0, 1), TypeError, r"x = x\.at\[idx\]\.set\(y\)"),
        (lambda z: bool(z), ValueError, "The truth value of an array with more than one element is ambiguous"),
        (lambda z: len(z[0]), TypeError, r"len\(\) of unsized object"),
        (lambda z: iter(z[0]), TypeError, "iteration over a 0-d array"),
    ],
)
def test_errors_under_jit(f, error, text):
    with pytest.raises(error, match=text):
        pullback.jit(f)(pnp.ones(3))


def test_numpy_functions_are_refused_under_grad_too():
    with pytest.raises(errors.TracerArrayConversionError):
        pullback.grad(lambda z: np.sin(z).sum())(pnp.ones(3))


def test_text_of_traced_arrays():
    seen = []

    def f(x):
        seen.extend([repr(x), str(x), f"{x}"])
        return x

    pullback.jit(f)(pnp.ones(3))
    assert seen == ["Traced<float32[3]> in jit of 'f'"] * 3


def test_text():
    assert repr(pnp.arange(3) * 2.0) == "Array([0., 2., 4.], dtype=float32, weak_type=True)"
    assert str(pnp.float32(1.5)) == "1.5"
    assert f"{pnp.float32(1.234):.2f}" == "1.23"
    with pytest.raises(TypeError, match="unsupported format string"):
        f"{pnp.ones(3):.2f}"


# Other libraries ---------------------------------------------------------------------------------------------------------
def test_numpy_operands_give_arrays():
    x = pnp.arange(3.0)
    for out in (np.ones(3, np.float32) * x, np.float32(2) + x, x - np.ones(3), np.int8(1) * x):
        assert isinstance(out, pullback.Array)
        assert out.dtype == np.float32


def test_array_conversion_is_a_view_that_cannot_be_written():
    view = np.asarray(pnp.ones(3))
    with pytest.raises(ValueError, match="read-only"):
        view[0] = 1
    np.array(pnp.ones(3))[0] = 1


def test_copies_and_pickles():
    x = pnp.arange(3.0)
    assert copy.copy(x) is x and copy.deepcopy(x) is x and x.copy() is x
    y = pickle.loads(pickle.dumps(x * 2.0))
    assert repr(y) == repr(x * 2.0)


def test_deleted_arrays():
    x = pnp.ones(3)
    assert not x.is_deleted()
    x.delete()
    assert x.is_deleted()
    with pytest.raises(RuntimeError, match="Array has been deleted"):
        x + 1


def test_devices():
    x = pnp.ones(3)
    assert x.devices() == {x.device}
    np.testing.assert_array_equal(np.asarray(x.to_device(x.device)), np.ones(3))


def test_unequal_types_are_unequal():
    x = pnp.ones(3)
    assert (x == None) is False  # noqa: E711
    assert (x != "a") is True
    with pytest.raises(TypeError, match="unsupported operand"):
        x + "a"


def test_small_operations_cost_little_more_than_numpy():
    a = np.ones(4, np.float32)
    x, y = pnp.asarray(a), pnp.asarray(a * 2)

    def seconds(f):
        return min(timeit.repeat(f, number=2000, repeat=15))

    assert seconds(lambda: x + y) < 8 * seconds(lambda: a + a)  # about 3 on a quiet machine


def test_numpy_views_of_an_array_are_read_only() -> None:
    x = pnp.arange(3.0)
    for view in (np.asarray(x), pullback.device_get(x), pullback.device_get({"x": pullback.jit(lambda v: v + 0)(x)})["x"]):
        with pytest.raises(ValueError, match="read-only"):
            view[0] = 5
