"""The texts of errors: what is wrong, in which argument, where in the user's file, and what to do instead.

Each case has the whole text. A place in this file is written as the marker at the end of its line: ``<A>`` is the line that ends
with ``#: A``.
"""

from __future__ import annotations

import functools
import pathlib
import re
import warnings
from typing import Any

import numpy as np
import pytest

import pullback as pb
import pullback.numpy as pnp
from pullback import errors, lax

X = np.ones(3, np.float32)
LINES = pathlib.Path(__file__).read_text().split("\n")


def loss(params: Any, x: Any) -> Any:  #: loss
    return pnp.sum(params["w"] * x)


def double(x: Any) -> Any:  #: double
    return x * 2


def branch(x: Any, params: Any) -> Any:  #: branch
    if x > params["w"]:  #: if
        return x
    return -x


def shaped(n: Any) -> Any:  #: shaped
    return pnp.zeros(n)  #: zeros


def as_float(x: Any) -> Any:  #: as_float
    return float(x)  #: float


def with_numpy(x: Any) -> Any:  #: with_numpy
    return np.sin(x)  #: np.sin


def masked(x: Any) -> Any:  #: masked
    return x[x > 0]  #: mask


def step_if(carry: Any, x: Any) -> Any:  #: step_if
    return (carry if x > 0 else -carry), x  #: scan if


def nothing(*args: Any) -> Any:  #: nothing
    return None


KEPT: list[Any] = []


def keeps(x: Any) -> Any:  #: keeps
    KEPT.append(pnp.sin(x))  #: sin
    return x


def leak() -> Any:
    KEPT.clear()
    pb.jit(keeps)(1.0)
    return KEPT[0] + 1


def doubles_until(x: Any) -> Any:
    return lax.while_loop(lambda s: s < 10, lambda s: s * 2, x)  #: while


def compiled(*args: Any) -> Any:
    return pb.jit(loss).lower({"w": X}, X).compile()(*args)


def bad_jvp() -> Any:
    @pb.custom_jvp  #: f
    def f(x: Any) -> Any:
        return x * 1.0

    @f.defjvp  #: rule
    def rule(primals: Any, tangents: Any) -> Any:
        return f(*primals), pnp.ones(2)

    return f, rule


def custom_tangent_type() -> Any:
    return pb.grad(bad_jvp()[0])(1.0)


def custom_jvp_no_pair() -> Any:
    f = pb.custom_jvp(double)
    f.defjvp(nothing)
    return pb.grad(f)(1.0)


def custom_vjp_with(bwd: Any) -> Any:
    f = pb.custom_vjp(double)
    f.defvjp(lambda x: (f(x), None), bwd)
    return f


def one_cotangent_too_many(res: Any, ct: Any) -> Any:  #: too many
    return ct, ct


def cotangent_of_another_shape(res: Any, ct: Any) -> Any:  #: other shape
    return (pnp.ones(2),)


BOOL = (
    "Attempted boolean conversion of a traced array with shape bool[] at <if>. The value is not known while {kind} traces the "
    "function "
    "'branch' defined at <branch>. It depends on arguments params['w'], x. "
)
PYTHON_VALUES = (
    "Keep it as an array (pullback.numpy computes with arrays of no dimension), or return it and convert the result{static}."
)
STATIC = ", or mark the argument static (static_argnums or static_argnames)"
REVERSE_WHILE = (
    "<while>: pbfn.while cannot be transposed (reverse mode): reverse-mode differentiation does not work through a while loop "
    "with a "
    "dynamic trip count; use scan or fori_loop with static bounds, bound it with while_loop(..., max_steps=), or use forward mode "
    "(jvp, jacfwd)"
)
GRAD_INPUT = (
    "grad requires real- or complex-valued inputs (input dtype that is a sub-dtype of np.inexact), but argument {} has dtype "
    "int32. If "
    "you want to use Boolean- or integer-valued inputs, use vjp or set allow_int to True."
)

CASES: dict[str, tuple[Any, type[Exception], str]] = {
    # grad ----------------------------------------------------------------------------------------------------------------
    "grad of a vector": (
        lambda: pb.grad(double)(X),
        TypeError,
        "Gradient only defined for scalar-output functions. Output of 'double' at <double> had shape: (3,). Sum it to a "
        "scalar, or use "
        "jacrev or vjp.",
    ),
    "grad of a tuple": (
        lambda: pb.grad(lambda x: (x, x))(1.0),  #: tuple
        TypeError,
        "Gradient only defined for scalar-output functions. grad of '<lambda>' at <tuple>: the output is tuple, not an array. "
        "Return one "
        "scalar (with has_aux=True, other results beside it), or use jacrev.",
    ),
    "grad of an integer": (lambda: pb.grad(double)(3), TypeError, GRAD_INPUT.format("x")),
    "grad of an integer leaf": (lambda: pb.grad(loss)({"w": np.arange(3)}, X), TypeError, GRAD_INPUT.format("params['w']")),
    "grad with an integer result": (
        lambda: pb.value_and_grad(lambda x: 3)(1.0),  #: three
        TypeError,
        "value_and_grad requires real-valued outputs (output dtype that is a sub-dtype of np.floating), but got int32 from "
        "'<lambda>' at "
        "<three>. For differentiation of functions with integer outputs, use vjp directly.",
    ),
    "grad with a complex result": (
        lambda: pb.grad(double)(1j),
        TypeError,
        "grad requires real-valued outputs (output dtype that is a sub-dtype of np.floating), but got complex64 from 'double' at "
        "<double>. For holomorphic differentiation, pass holomorphic=True. For differentiation of non-holomorphic functions "
        "involving "
        "complex outputs, use vjp directly.",
    ),
    "jacfwd of a complex input": (
        lambda: pb.jacfwd(double)(1j),
        TypeError,
        "jacfwd requires real-valued inputs (input dtype that is a sub-dtype of np.floating), but argument x has dtype "
        "complex64. For "
        "holomorphic differentiation, pass holomorphic=True. For differentiation of non-holomorphic functions involving "
        "complex inputs, "
        "use jvp directly.",
    ),
    "holomorphic grad of a real input": (
        lambda: pb.grad(double, holomorphic=True)(1.0),
        TypeError,
        "grad with holomorphic=True requires inputs with complex dtype, but argument x has dtype float32.",
    ),
    "argnums out of range": (
        lambda: pb.grad(double, argnums=1)(x=1.0),
        TypeError,
        "grad: argnums=1 needs at least 2 positional arguments, but the call has 0 (arguments passed by keyword are not "
        "differentiated)",
    ),
    "grad of no function": (lambda: pb.grad(3), TypeError, "grad needs a function, got int: 3"),
    "grad of a string": (
        lambda: pb.grad(loss)({"w": "abc"}, X),
        TypeError,
        "grad: argument params['w'] of type str is not a valid array: 'abc'",
    ),
    "a result that is no array": (
        lambda: pb.grad(lambda x: "abc")(1.0),  #: abc
        TypeError,
        "grad: the function '<lambda>' at <abc> must return arrays, scalars, or pytrees of them, but returned a leaf of type "
        "str: 'abc'",
    ),
    # jvp, vjp, linearize ---------------------------------------------------------------------------------------------------
    "jvp tangent shape": (
        lambda: pb.jvp(loss, ({"w": X}, X), ({"w": X[:2]}, X)),
        ValueError,
        "jvp of 'loss' at <loss>: the tangent of argument params['w'] must have the type of the primal, float32[3], but has type "
        "float32[2]",
    ),
    "jvp tangent dtype": (
        lambda: pb.jvp(double, (X,), (X.astype(np.float16),)),
        TypeError,
        "jvp of 'double' at <double>: the tangent of argument x must have the type of the primal, float32[3], but has type "
        "float16[3]",
    ),
    "jvp tangent structure": (
        lambda: pb.jvp(loss, ({"w": X}, X), ({"v": X}, X)),
        TypeError,
        "jvp of 'loss' at <loss>: primals and tangents must have the same tree structure, got PyTreeSpec(({'w': *}, *)) and "
        "PyTreeSpec(({'v': *}, *))",
    ),
    "jvp tangent of an integer": (
        lambda: pb.jvp(double, (3,), (1.0,)),
        TypeError,
        "jvp of 'double' at <double>: argument x has type int32[], which has no tangent space: its tangent must have dtype float0 "
        "(numpy.zeros((), pullback.float0)), got float",
    ),
    "jvp without tuples": (
        lambda: pb.jvp(double, X, X),
        TypeError,
        "jvp: primals and tangents must be tuples or lists of arguments, got ndarray and ndarray",
    ),
    "linearized tangent": (
        lambda: pb.linearize(double, X)[1](X[:2]),
        ValueError,
        "linearize of 'double' at <double>: the tangent of argument x must have the type of the primal, float32[3], but has type "
        "float32[2]",
    ),
    "vjp cotangent type": (
        lambda: pb.vjp(lambda x: {"a": x}, X)[1]({"a": X[:2]}),  #: dict
        ValueError,
        "vjp function of '<lambda>' at <dict>: cotangent['a'] must have type float32[3], the type of the corresponding output "
        "of the "
        "function, but has type float32[2]",
    ),
    "vjp cotangent structure": (
        lambda: pb.vjp(lambda x: {"a": x}, X)[1](X),  #: dict 2
        ValueError,
        "vjp function of '<lambda>' at <dict 2>: the cotangent must have the tree structure of the output, PyTreeSpec({'a': "
        "*}), got "
        "PyTreeSpec(*)",
    ),
    "vjp cotangent of an integer": (
        lambda: pb.vjp(lambda x: (x, 3), X)[1]((X, 1.0)),  #: pair
        TypeError,
        "vjp function of '<lambda>' at <pair>: the output that cotangent[1] belongs to has type int32[], which has no tangent "
        "space: the "
        "cotangent must have dtype float0 (numpy.zeros((), pullback.float0)), got float",
    ),
    "no derivative rule": (
        lambda: pb.grad(lambda x: lax.nextafter(x, 2.0))(1.0),  #: nextafter
        errors.NotDifferentiableError,
        "<nextafter>: pb.nextafter is not differentiable: nextafter steps between neighbouring floating-point numbers; it has no "
        "derivative",
    ),
    "reverse through while": (lambda: pb.grad(doubles_until)(1.0), errors.NotDifferentiableError, REVERSE_WHILE),
    "reverse through while, jitted": (lambda: pb.jit(pb.grad(doubles_until))(1.0), errors.NotDifferentiableError, REVERSE_WHILE),
    # vmap --------------------------------------------------------------------------------------------------------------------
    "vmap sizes": (
        lambda: pb.vmap(loss)({"w": X}, np.ones((4, 2))),
        ValueError,
        "vmap of 'loss' at <loss> got inconsistent sizes for array axes to be mapped: axis 0 of argument params['w'], of type "
        "float32[3], "
        "has size 3; axis 0 of argument x, of type float32[4,2], has size 4",
    ),
    "vmap axis": (
        lambda: pb.vmap(loss, in_axes=(None, 2))({"w": X}, np.ones((2, 2))),
        ValueError,
        "vmap was requested to map argument x over axis 2, but it has type float32[2,2] with 2 axes",
    ),
    "vmap of a scalar": (
        lambda: pb.vmap(double)(1.0),
        ValueError,
        "vmap was requested to map argument x over axis 0, but it has type float32[] and no axes: use in_axes=None for it",
    ),
    "vmap in_axes count": (
        lambda: pb.vmap(double, in_axes=(0, 0))(X),
        ValueError,
        "vmap in_axes must be an int, None, or a tuple of entries corresponding to the positional arguments passed to the function "
        "'double' at <double>, but got 2 entries ((0, 0)) for 1 arguments",
    ),
    "vmap in_axes structure": (
        lambda: pb.vmap(loss, in_axes=({"v": 0}, 0))({"w": X}, X),
        ValueError,
        "vmap of 'loss' at <loss>: in_axes of argument params must be a tree prefix of the corresponding value, but has structure "
        "PyTreeSpec({'v': *}, NoneIsLeaf), and the value has PyTreeSpec({'w': *})",
    ),
    "vmap of nothing": (
        lambda: pb.vmap(double, in_axes=None)(X),
        ValueError,
        "vmap of 'double' at <double> must have at least one mapped argument (in_axes is None for all) or an axis_size",
    ),
    "vmap out_axes None": (
        lambda: pb.vmap(lambda x: {"a": 1.0, "b": x}, out_axes=None)(X),  #: out None
        ValueError,
        "vmap of '<lambda>' at <out None>: out_axes is None for result['b'], which depends on the mapped axis",
    ),
    "vmap out_axes range": (
        lambda: pb.vmap(double, out_axes=2)(X),
        ValueError,
        "vmap of 'double' at <double>: out_axes=2 is out of range for result, which has 1 axes with the mapped one",
    ),
    "axis name": (
        lambda: pb.vmap(lambda x: lax.psum(x, "j"), axis_name="i")(X),  #: psum
        NameError,
        "<psum>: Found an unbound axis name: j. To fix this, call the function under pullback.vmap(..., axis_name='j').",
    ),
    # Values of traced arrays ---------------------------------------------------------------------------------------------------
    "bool in jit": (
        lambda: pb.jit(branch)(1.0, {"w": 2.0}),
        errors.TracerBoolConversionError,
        BOOL.format(kind="jit") + f"Use pullback.lax.cond, pullback.numpy.where or pullback.lax.while_loop{STATIC}.",
    ),
    "bool in grad in jit": (
        lambda: pb.jit(lambda x, p: pb.grad(branch)(x, p))(1.0, {"w": 2.0}),  #: outer
        errors.TracerBoolConversionError,
        "Attempted boolean conversion of a traced array with shape bool[] at <if>. The value is not known while jit traces "
        "the function "
        "'<lambda>' defined at <outer>. It depends on arguments p['w'], x. Use pullback.lax.cond, pullback.numpy.where or "
        f"pullback.lax.while_loop{STATIC}.",
    ),
    "bool in vmap": (
        lambda: pb.vmap(branch, (0, None))(X, {"w": 2.0}),
        errors.TracerBoolConversionError,
        BOOL.format(kind="vmap") + "Use pullback.numpy.where or pullback.lax.cond: each batch element may take another way.",
    ),
    "bool in scan": (
        lambda: lax.scan(step_if, 1.0, X),
        errors.TracerBoolConversionError,
        "Attempted boolean conversion of a traced array with shape bool[] at <scan if>. The value is not known while scan "
        "traces the "
        "function 'step_if' defined at <step_if>. It depends on argument xs. Use pullback.lax.cond, pullback.numpy.where or "
        "pullback.lax.while_loop.",
    ),
    "int in jit": (
        lambda: pb.jit(shaped)(3),
        errors.TracerIntegerConversionError,
        "Attempted conversion to a Python integer of a traced array with shape int32[] at <zeros>. The value is not known "
        "while jit "
        "traces the function 'shaped' defined at <shaped>. It depends on argument n. Shapes, axes and ranges are fixed while "
        "tracing: "
        f"take them from x.shape{STATIC}. Index a pullback array instead of a list, and loop with pullback.lax.fori_loop.",
    ),
    "float in jit": (
        lambda: pb.jit(as_float)(1.0),
        errors.ConcretizationTypeError,
        "Attempted conversion to a Python float of a traced array with shape float32[] at <float>. The value is not known "
        "while jit "
        "traces the function 'as_float' defined at <as_float>. It depends on argument x. " + PYTHON_VALUES.format(static=STATIC),
    ),
    "float in vmap": (
        lambda: pb.vmap(as_float)(X),
        errors.ConcretizationTypeError,
        "Attempted conversion to a Python float of a traced array with shape float32[] at <float>. The value is not known "
        "while vmap "
        "traces the function 'as_float' defined at <as_float>. It depends on argument x. " + PYTHON_VALUES.format(static=""),
    ),
    "mask in jit": (
        lambda: pb.jit(masked)(X),
        errors.NonConcreteBooleanIndexError,
        "A boolean mask as index gives a result whose shape depends on the mask: use where(mask, x, y), x.at[mask].set(scalar), or "
        "nonzero(mask, size=n) for indices of known number. Attempted indexing by a mask of a traced array with shape bool[3] "
        "at <mask>. "
        "The value is not known while jit traces the function 'masked' defined at <masked>. It depends on argument x.",
    ),
    "leaked": (
        leak,
        errors.UnexpectedTracerError,
        "A traced array float32[], created by pb.sin at <sin>, was used outside of the function 'keeps' defined at <keeps> "
        "that jit "
        "traced. It was probably stored in a global, an attribute or a list by a side effect: return it from the function instead.",
    ),
    # jit and stages --------------------------------------------------------------------------------------------------------------
    "static and unhashable": (
        lambda: pb.jit(branch, static_argnums=1)(1.0, {"w": 2.0}),
        ValueError,
        "jit of 'branch' at <branch>: static argument params of type dict must be hashable; make it a tuple or a frozen "
        "dataclass, or do "
        "not mark it static",
    ),
    "static name": (
        lambda: pb.jit(branch, static_argnames="parms"),
        ValueError,
        "jit: static_argnames names 'parms', which is not a parameter of 'branch' at <branch>",
    ),
    "static position": (
        lambda: pb.jit(branch, static_argnums=2),
        ValueError,
        "jit: static_argnums=2 is out of range for 'branch' at <branch>, which has 2 positional parameters",
    ),
    "compiled for another shape": (
        lambda: compiled({"w": X[:2]}, X),
        TypeError,
        "compiled function loss: argument params['w'] has type float32[2], but the function was lowered for float32[3]; lower "
        "it again "
        "for another type, or call the jitted function",
    ),
    "compiled for another dtype": (
        lambda: compiled({"w": X}, np.arange(3)),
        TypeError,
        "compiled function loss: argument x has type int32[3], but the function was lowered for float32[3]; lower it again "
        "for another "
        "type, or call the jitted function",
    ),
    "compiled for another structure": (
        lambda: compiled({"v": X}, X),
        TypeError,
        "compiled function loss: the arguments have another structure than the function was lowered for (missing: params['w']; "
        "unexpected: params['v']): expected PyTreeSpec((({'w': *}, *), {})), got PyTreeSpec((({'v': *}, *), {}))",
    ),
    # lax ---------------------------------------------------------------------------------------------------------------------
    "lax dtypes": (
        lambda: lax.add(X, np.arange(3)),  #: add
        TypeError,
        "<add>: lax.add requires arguments to have the same dtypes, got float32, int32. (Tip: pullback.numpy promotes dtypes.)",
    ),
    "lax dtypes in jit": (
        lambda: pb.jit(lambda x: lax.add(x, np.arange(3)))(X),  #: add in jit
        TypeError,
        "<add in jit>: lax.add requires arguments to have the same dtypes, got float32, int32. (Tip: pullback.numpy promotes "
        "dtypes.)",
    ),
    "lax shapes": (
        lambda: lax.mul(X, X[:2]),  #: mul
        TypeError,
        "<mul>: lax.mul requires arguments to have equal shapes (or to be scalars), got (3,), (2,).",
    ),
    "lax element type": (
        lambda: pb.jit(lambda n: lax.sin(n))(3),  #: lax.sin
        errors.OpError,
        "<lax.sin>: pb.sin: operand of element type i32 is not accepted; accepted: f16, bf16, f32, f64, c64, c128",
    ),
    "lax concatenate": (
        lambda: lax.concatenate([X, X[:, None]], 0),  #: concatenate
        errors.OpError,
        "<concatenate>: pb.concatenate: operands must agree except along axis 0, got f32[3], f32[3,1]",
    ),
    "lax axis": (
        lambda: lax.reduce_sum(X, (1,)),  #: axis
        ValueError,
        "<axis>: axes 1 is out of bounds for array of dimension 1",
    ),
    # Control flow ------------------------------------------------------------------------------------------------------------
    "scan carry type": (
        lambda: lax.scan(lambda c, x: ({"a": c["a"] * 1j, "b": c["b"]}, x), {"a": pnp.float32(1), "b": 1}, X),  #: carry
        TypeError,
        "scan: the carry of '<lambda>' at <carry> must keep its types, but init['a'] has type float32[] on the way in and "
        "complex64[] on "
        "the way out. Convert it with astype or reshape so that they agree.",
    ),
    "fori_loop carry shape": (
        lambda: lax.fori_loop(0, 3, lambda i, c: X, 1.0),  #: fori
        TypeError,
        "scan: the carry of '<lambda>' at <fori> must keep its types, but init has type float32[] on the way in and "
        "float32[3] on the way "
        "out. Convert it with astype or reshape so that they agree.",
    ),
    "scan carry structure": (
        lambda: lax.scan(lambda c, x: (c["a"], x), {"a": 1.0}, X),  #: carry tree
        TypeError,
        "scan: the function '<lambda>' at <carry tree> must return a carry of the structure of its input, PyTreeSpec({'a': "
        "*}), but "
        "returned PyTreeSpec(*)",
    ),
    "scan sizes": (
        lambda: lax.scan(step_if, 1.0, {"a": X, "b": X[:2]}),
        ValueError,
        "scan got values with different leading axis sizes: xs['a']: 3, xs['b']: 2",
    ),
    "while condition": (
        lambda: lax.while_loop(lambda s: s, lambda s: s, X),  #: condition
        TypeError,
        "cond_fun must return a boolean scalar, but '<lambda>' at <condition> returned float32[3]",
    ),
    "while carry": (
        lambda: lax.while_loop(lambda s: s < 3, lambda s: s + 1.5, pnp.int32(1)),  #: strong
        TypeError,
        "while_loop: the carry of '<lambda>' at <strong> must keep its types, but init has type int32[] on the way in and "
        "float32[] on "
        "the way out. Convert it with astype or reshape so that they agree.",
    ),
    "cond types": (
        lambda: lax.cond(True, lambda x: {"a": x}, lambda x: {"a": pnp.int32(1)}, pnp.float32(1)),  #: cond
        TypeError,
        "cond: all branches must return equal types, but false_fun, '<lambda>' at <cond>, returns result['a'] of type int32[] and "
        "true_fun, '<lambda>' at <cond>, returns it with type float32[]",
    ),
    "cond structures": (
        lambda: lax.cond(True, lambda x: (x, x), double, 1.0),  #: cond tree
        TypeError,
        "cond: all branches must return the same structure, but false_fun, 'double' at <double>, returns PyTreeSpec(*) and "
        "true_fun, "
        "'<lambda>' at <cond tree>, returns PyTreeSpec((*, *))",
    ),
    "cond predicate": (
        lambda: lax.cond(X > 0, double, double, 1.0),
        TypeError,
        "Pred must be a scalar, got an array of shape (3,). Use pullback.numpy.where for elementwise choice.",
    ),
    "switch index": (
        lambda: lax.switch(1.0, [double, double], 1.0),
        TypeError,
        "Index type must be an integer scalar, got float32[]",
    ),
    # Custom rules ------------------------------------------------------------------------------------------------------------
    "custom_jvp without a rule": (
        lambda: pb.custom_jvp(double)(1.0),
        AttributeError,
        "No JVP defined for custom_jvp function 'double' at <double> using defjvp.",
    ),
    "custom_jvp tangent": (
        custom_tangent_type,
        TypeError,
        "The derivative rule 'rule' at <rule> for 'f' at <f> must produce tangents of the types of the function's results: "
        "expected "
        "float32[], got float32[2]",
    ),
    "custom_jvp pair": (
        custom_jvp_no_pair,
        TypeError,
        "Custom JVP rule 'nothing' at <nothing> for 'double' at <double> must produce a pair (out, tangent_out), got NoneType",
    ),
    "custom_vjp count": (
        lambda: pb.grad(custom_vjp_with(one_cotangent_too_many))(1.0),
        TypeError,
        "Custom VJP bwd rule 'one_cotangent_too_many' at <too many> for 'double' at <double> must produce a tuple of length "
        "equal to the "
        "number of (differentiable) arguments, 1, got a tuple of length 2",
    ),
    "custom_vjp cotangent": (
        lambda: pb.grad(custom_vjp_with(cotangent_of_another_shape))(1.0),
        TypeError,
        "Custom VJP bwd rule 'cotangent_of_another_shape' at <other shape> for 'double' at <double> must produce cotangents "
        "of the types "
        "of the arguments: x has type float32[], its cotangent float32[2]",
    ),
    # Names -------------------------------------------------------------------------------------------------------------------
    "attribute of pullback": (lambda: pb.gradd, AttributeError, "module 'pullback' has no attribute 'gradd'; nearest: grad"),
    "setting": (
        lambda: pb.config.update("enable_x46", True),
        AttributeError,
        "there is no setting 'enable_x46'; did you mean enable_x64? settings: " + ", ".join(pb.configuration._DEFAULTS),
    ),
}


def normalized(text: str) -> str:
    """The text with places in this file replaced by their markers."""

    def marker(match: re.Match[str]) -> str:
        line = LINES[int(match[1]) - 1]
        found = re.search(r"#: (.*)$", line)
        return f"<{found[1] if found else line.strip()}>"

    return re.sub(re.escape(__file__) + r":(\d+)", marker, text)


@pytest.mark.parametrize("name", CASES)
def test_message(name: str) -> None:
    case, kind, want = CASES[name]
    with pytest.raises(kind) as info:
        case()
    assert type(info.value) is kind
    assert normalized(str(info.value)) == want


def test_numpy_functions_on_traced_arrays() -> None:
    for transformation, kind in ((pb.jit, "jit"), (pb.grad, "grad"), (functools.partial(pb.vmap, in_axes=0), "vmap")):
        with pytest.raises(errors.TracerArrayConversionError) as info:
            transformation(with_numpy)(X if kind == "vmap" else 1.0)
        assert normalized(str(info.value)) == (
            "Attempted conversion to a NumPy array of a traced array with shape float32[] at <np.sin>, inside "
            f"{kind} of the function 'with_numpy' defined at <with_numpy>. It depends on argument x. Use the function of "
            "pullback.numpy in place of NumPy's."
        )


def test_unknown_names_of_numpy_come_with_near_ones() -> None:
    with pytest.raises(AttributeError, match=r"pullback\.numpy.*has no attribute 'lienspace'.*linspace"):
        pnp.lienspace  # noqa: B018
    with pytest.raises(AttributeError, match="there is no setting 'x64'; settings: enable_x64"):
        pb.config.x64  # noqa: B018
    with pytest.raises(AttributeError, match="there is no setting 'nans'"), pb.config.scope(nans=True):
        pass


def test_incompatible_shapes_of_numpy_functions() -> None:
    with pytest.raises((TypeError, ValueError), match=r"add got incompatible shapes for broadcasting: \(3,\), \(2,\)"):
        pb.jit(lambda x: x + X[:2])(X)
    with pytest.raises(ValueError, match=r"\(3,\),? \(2,\)"):
        pnp.asarray(X) + X[:2]
    with pytest.raises(TypeError, match=r"matmul got incompatible shapes.*\(3,\) and \(2, 2\)"):
        pb.jit(lambda x: x @ np.ones((2, 2), np.float32))(X)
    with pytest.raises(TypeError, match=r"immutable.*x\.at"):
        pnp.asarray(X)[0] = 1.0


def test_64_bit_dtypes_that_are_asked_for_become_32_bit_ones_with_a_warning() -> None:
    """Once, at the user's line; Python's own types, which stand for the default dtypes, and 64-bit data do without."""
    for function, request in {
        "zeros": lambda: pnp.zeros(2, "float64"),
        "asarray": lambda: pnp.asarray(X, np.float64),
        "arange": lambda: pnp.arange(3, dtype="int64"),
        "astype": lambda: pnp.asarray(X).astype(pnp.float64),
        "sum": lambda: pb.jit(lambda x: pnp.sum(x, dtype="float64"))(X),
        "normal": lambda: pb.random.normal(pb.random.key(0), (), np.dtype(np.float64)),
        "convert_element_type": lambda: lax.convert_element_type(X, "complex128"),
    }.items():
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            assert request().dtype in (np.float32, np.int32, np.complex64)
        (warning,) = caught
        assert warning.category is UserWarning and warning.filename == __file__
        assert re.fullmatch(
            rf"Explicitly requested dtype (float64|int64|complex128) requested in {function} is not available, and will be "
            r"truncated to dtype (float32|int32|complex64)\. To enable more dtypes, set "
            r"pullback\.config\.update\('enable_x64', True\) or the environment variable PULLBACK_ENABLE_X64=1\.",
            str(warning.message),
        )
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert pnp.zeros(2, float).dtype == np.float32 and pnp.arange(3, dtype=int).dtype == np.int32
        assert pnp.asarray(np.arange(3.0)).dtype == np.float32
        with pb.config.scope(enable_x64=True):
            assert pnp.zeros(2, "float64").dtype == np.float64


def test_unknown_dtypes() -> None:
    with pytest.raises(TypeError, match=r"dtype=.*U.*not supported; supported dtypes: bfloat16, bool"):
        pnp.zeros(2, "U3")
