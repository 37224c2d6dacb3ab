"""Differentiation: `jvp`, `vjp`, `linearize`, `linear_transpose`, `grad`, `value_and_grad`.

Outside `jit`, the function is traced, its derivative is derived by the passes, and the result is evaluated with NumPy.
Inside another traced function, the transformation is one operation of that function (`pbfn.jvp`, `pbfn.vjp_fwd`, ...).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from pullback.dialects import types as T
from pullback.dialects.function_ops import inexact
from pullback.dialects.types import Aval, Tape, type_text

from . import dtypes
from .api_util import (
    Arguments,
    as_array,
    check_callable,
    describe,
    flatten_output,
)
from .array import Array, ConcreteArray, as_concrete, from_numpy
from .trace import Traced, Tracer, current_frame, emit_function_op, evaluate, import_function, trace
from .tree_util import PyTreeDef, leaf_names, register_pytree_node, tree_flatten, tree_map, tree_unflatten


class _Output:
    """Structure of a traced function's result, and its auxiliary part."""

    __slots__ = ("treedef", "aux")

    def __init__(self, treedef: PyTreeDef, aux: Any = None):
        self.treedef = treedef
        self.aux = aux


def trace_user(
    kind: str, fun: Any, args: Arguments, api: str, has_aux: bool = False, concrete: bool = True, kwargs: Any = None
) -> Traced:
    """Traces a user's function of pytrees. With `has_aux`, the leaves of the auxiliary result come after the others."""

    def call(tracers: list[Tracer]) -> tuple[list[Any], Any]:
        out = fun(*tree_unflatten(args.treedef, tracers), **(kwargs or {}))
        aux_leaves: list[Any] = []
        aux = None
        if has_aux:
            if not isinstance(out, tuple) or len(out) != 2:
                raise TypeError(
                    f"{api}: with has_aux=True, the function {describe(fun)} must return a pair (output, aux), got "
                    f"{type(out).__name__}"
                )
            out, aux_tree = out
            aux_leaves, aux = flatten_output(aux_tree, fun, api)
        leaves, treedef = flatten_output(out, fun, api)
        return leaves + aux_leaves, (_Output(treedef, aux), len(leaves))

    values: Any = args.leaves if concrete else [x.aval for x in args.leaves]
    weak = None if concrete else [x.weak_type for x in args.leaves]
    return trace(kind, fun, values, call, namer=args.names, concrete=concrete, weak=weak)


def needs_staging(traced: Traced, leaves: list[Any]) -> bool:
    """Whether the transformation must become an operation of the function that is being traced around it."""
    return traced.staged or (current_frame() is not None and any(isinstance(x, Tracer) for x in leaves))


def zero_tangent(aval: Any) -> Any:
    """The tangent of a value without tangent space."""
    return np.zeros(aval.shape, dtypes.float0)


# jvp ---------------------------------------------------------------------------------------------------------------------
def jvp(fun: Callable[..., Any], primals: Any, tangents: Any, has_aux: bool = False) -> Any:
    """Jacobian-vector product: the value of `fun` and its directional derivative, by forward mode.

    Args:
      fun: function of arrays or pytrees of arrays.
      primals: tuple of arguments at which to differentiate.
      tangents: tuple of directions, of the structure, shapes and dtypes of `primals` (dtype float0 for integer arguments).
      has_aux: `fun` returns ``(out, aux)``, and `aux` is not differentiated.

    Returns:
      ``(out, tangent_out)``, and `aux` if `has_aux`.

    Raises:
      TypeError: primals and tangents have different structures or dtypes, or an operation has no derivative.
      ValueError: primals and tangents have different shapes.

    Reference: Griewank and Walther, Evaluating Derivatives (2008), chapter 3.

    >>> import pullback, pullback.numpy as pnp
    >>> y, dy = pullback.jvp(pnp.sin, (0.0,), (2.0,))
    >>> print(y, dy)
    0.0 2.0
    """
    check_callable(fun, "jvp")
    if not isinstance(primals, (tuple, list)) or not isinstance(tangents, (tuple, list)):
        raise TypeError(
            f"jvp: primals and tangents must be tuples or lists of arguments, got {type(primals).__name__} and "
            f"{type(tangents).__name__}"
        )
    args = Arguments(fun, tuple(primals), "jvp")
    tangent_leaves, tangent_tree = tree_flatten(tuple(tangents))
    if tangent_tree != args.treedef:
        raise TypeError(
            f"jvp of {describe(fun)}: primals and tangents must have the same tree structure, got {args.treedef} and {tangent_tree}"
        )
    active, ts = [], []
    for i, (p, t) in enumerate(zip(args.leaves, tangent_leaves)):
        t = check_tangent(p, t, args, i)
        active.append(t is not None)
        if t is not None:
            ts.append(t)
    traced = trace_user("jvp", fun, args, "jvp", has_aux)
    out, n = traced.result
    mask = (*active, *(False for _ in traced.captures))
    if needs_staging(traced, args.leaves + ts):
        tangent_avals = [a for a in traced.outs if isinstance(a, Aval) and T.is_inexact(a.dtype)]
        attrs = {"callee": traced.name, "active": mask}
        results = emit_function_op(
            "pbfn.jvp", [*args.leaves, *traced.captures, *ts], attrs, traced.outs + tangent_avals, traced.weak
        )
        outs, it = results[: len(traced.outs)], iter(results[len(traced.outs) :])
        touts = [next(it) if on else zero_tangent(a) for a, on in zip(traced.outs, inexact(traced.outs))]
        set_weak([t for t in touts if isinstance(t, Array)], [w for w, on in zip(traced.weak, inexact(traced.outs)) if on])
    else:
        d = traced.deriver
        derived = d.jvp(traced.name, mask)
        results = evaluate(d, derived.name, [*args.leaves, *traced.captures, *ts])
        outs, it = results[: len(traced.outs)], iter(results[len(traced.outs) :])
        touts = [
            next(it) if on else (from_numpy(np.zeros(a.shape, T.np_dtype(a.dtype))) if T.is_inexact(a.dtype) else zero_tangent(a))
            for a, on in zip(traced.outs, derived.mask)
        ]
        set_weak(outs, traced.weak)
        set_weak([t for t in touts if isinstance(t, Array)], [w for w, on in zip(traced.weak, inexact(traced.outs)) if on])
    y = tree_unflatten(out.treedef, outs[:n])
    dy = tree_unflatten(out.treedef, touts[:n])
    return (y, dy, tree_unflatten(out.aux, outs[n:])) if has_aux else (y, dy)


def check_tangent(p: Array, t: Any, args: Arguments, i: int, what: str = "jvp") -> Any:
    """The tangent of argument i as an array, or None where the argument has no tangent space."""
    what = f"{what} of {describe(args.fun)}"
    if not dtypes.is_inexact(p.dtype):
        if getattr(t, "dtype", None) == dtypes.float0:
            return None
        raise TypeError(
            f"{what}: argument {args.names()[i]} has type {type_text(p)}, which has no tangent space: its tangent must have dtype "
            f"float0 (numpy.zeros({p.shape}, pullback.float0)), got {getattr(t, 'dtype', type(t).__name__)}"
        )
    t = t if isinstance(t, Array) else as_array(t, f"tangent of {args.names()[i]}", what)
    if t.weak_type and isinstance(t, ConcreteArray) and dtypes.keeps_kind(t.dtype, p.dtype):
        t = as_concrete(t, p.dtype)
    if t.dtype != p.dtype or t.shape != p.shape:
        raise (TypeError if t.dtype != p.dtype else ValueError)(
            f"{what}: the tangent of argument {args.names()[i]} must have the type of the primal, {type_text(p)}, but has type "
            f"{type_text(t)}"
        )
    return t


def set_weak(outs: list[Any], weak: list[bool]) -> None:
    for x, w in zip(outs, weak):
        x.weak_type = w


# vjp ---------------------------------------------------------------------------------------------------------------------
class VJP:
    """What `vjp` returns: pulls cotangents of the output back to cotangents of the arguments.

    It is a pytree of its residuals, so it passes through `jit` and other transformations. Calling it returns a tuple with one
    cotangent for each argument.
    """

    __slots__ = ("_spec", "_residuals")

    def __init__(self, spec: Any, residuals: list[Any]):
        self._spec = spec
        self._residuals = residuals

    def __call__(self, cotangent: Any) -> Any:
        return self._spec.pull(self._residuals, cotangent)

    def __repr__(self) -> str:
        return f"<vjp function of {describe(self._spec.args.fun)}>"


def open_tapes(tree: Any) -> Any:
    """The pytree with vjp functions whose residuals are arrays, where they were a tape."""
    return tree_map(lambda x: x._spec.opened(x) if isinstance(x, VJP) else x, tree, is_leaf=lambda x: isinstance(x, VJP))


register_pytree_node(VJP, lambda f: (f._residuals, f._spec), lambda spec, residuals: VJP(spec, list(residuals)))


class _VJPSpec:
    """What a VJP needs beside residuals: the traced function, the structures of arguments and results."""

    def __init__(self, traced: Traced, args: Arguments, n: int, treedef: PyTreeDef, staged: bool, active: tuple[bool, ...]):
        self.traced, self.args, self.n, self.treedef, self.staged, self.active = traced, args, n, treedef, staged, active
        self._opened: _VJPSpec | None = None

    def is_tape(self, residuals: list[Any]) -> bool:
        return self.staged and isinstance(residuals[0], Tracer) and isinstance(residuals[0].value.aval, Tape)

    def opened(self, f: VJP) -> VJP:
        """`f` with residuals that are arrays: the forward pass once more (the compiler merges the two), with its results."""
        if not self.is_tape(f._residuals):
            return f
        if self._opened is None:  # one spec, so that the structure of the pytree stays equal
            self._opened = _VJPSpec(self.traced, self.args, self.n, self.treedef, False, self.active)
        d = self.traced.deriver
        lin = d.linearize(self.traced.name, self.active)
        operands = [*self.args.leaves, *self.traced.captures]
        results = emit_function_op("pbfn.call", operands, {"callee": lin.fwd, "jit": False}, d.result_avals(lin.fwd))
        return VJP(self._opened, results[lin.n_outs :])

    def pull(self, residuals: list[Any], cotangent: Any) -> Any:
        cts = self._check(cotangent)
        outs = self.traced.outs
        full = [c for c, on in zip(cts, inexact(outs)) if on]
        # auxiliary results are not differentiated
        full += [from_numpy(np.zeros(a.shape, T.np_dtype(a.dtype))) for a, on in zip(outs[self.n :], inexact(outs[self.n :])) if on]
        n_args = len(self.args.leaves)
        avals = [x.aval for x, on in zip(self.args.leaves, self.active) if on]
        if self.is_tape(residuals):
            values = emit_function_op("pbfn.vjp_bwd", [residuals[0], *full], {}, avals)
        else:
            values = self._pull_residuals(residuals, full, avals)
        # a cotangent is as weakly typed as the argument that it belongs to
        set_weak(values, [x.weak_type for x, on in zip(self.args.leaves, self.active) if on])
        it = iter(values)
        result = [next(it) if on else zero_tangent(x.aval) for x, on in zip(self.args.leaves, self.active[:n_args])]
        return tree_unflatten(self.args.treedef, result)

    def _pull_residuals(self, residuals: list[Any], cts: list[Any], avals: list[Aval]) -> list[Any]:
        d = self.traced.deriver
        lin = d.linearize(self.traced.name, self.active)
        active_outs = [i for i, on in enumerate(inexact(self.traced.outs)) if on]
        used = [c for i, c in zip(active_outs, cts) if lin.mask[i]]
        name, mask = lin.bwd([True] * len(used))
        operands = [*residuals, *used]
        frame = current_frame()
        if frame is not None and (frame.staging or any(isinstance(x, Tracer) for x in operands)):
            callee = import_function(d.module, name)
            out_avals = [a for a, on in zip(avals, mask) if on]
            it = iter(emit_function_op("pbfn.call", operands, {"callee": callee, "jit": False}, out_avals))
        else:
            it = iter(evaluate(d, name, operands))
        return [next(it) if on else from_numpy(np.zeros(a.shape, T.np_dtype(a.dtype))) for a, on in zip(avals, mask)]

    def _check(self, cotangent: Any, mismatch: type[Exception] = ValueError) -> list[Any]:
        """The leaves of a cotangent as arrays; `mismatch` is the error for another structure or shape."""
        leaves, treedef = tree_flatten(cotangent)
        if treedef != self.treedef:
            raise mismatch(
                f"vjp function of {describe(self.args.fun)}: the cotangent must have the tree structure of the output, "
                f"{self.treedef}, got {treedef}"
            )
        result = []
        for i, (c, a) in enumerate(zip(leaves, self.traced.outs)):
            if not T.is_inexact(a.dtype):
                if getattr(c, "dtype", None) != dtypes.float0:
                    path = leaf_names((cotangent,), ["cotangent"])[i]
                    raise TypeError(
                        f"vjp function of {describe(self.args.fun)}: the output that {path} belongs to has type {type_text(a)}, "
                        f"which has no tangent space: the cotangent must have dtype float0 "
                        f"(numpy.zeros({a.shape}, pullback.float0)), got {getattr(c, 'dtype', type(c).__name__)}"
                    )
                if c.shape != a.shape:
                    raise mismatch(
                        f"vjp function of {describe(self.args.fun)}: the cotangent (float0) of an output of type {type_text(a)} "
                        f"must have its shape, got {c.shape}"
                    )
                result.append(c)
                continue
            if not isinstance(c, Array):
                c = as_array(c, leaf_names((cotangent,), ["cotangent"])[i], f"vjp function of {describe(self.args.fun)}")
            if c.weak_type and isinstance(c, ConcreteArray) and dtypes.keeps_kind(c.dtype, T.np_dtype(a.dtype)):
                c = as_concrete(c, T.np_dtype(a.dtype))
            if c.aval != a:
                path = leaf_names((cotangent,), ["cotangent"])[i]
                raise (TypeError if c.aval.dtype != a.dtype else mismatch)(
                    f"vjp function of {describe(self.args.fun)}: {path} must have type {type_text(a)}, the type of the "
                    f"corresponding output of the function, but has type {type_text(c)}"
                )
            result.append(c)
        return result


def vjp(fun: Callable[..., Any], *primals: Any, has_aux: bool = False) -> Any:
    """Vector-Jacobian product: the value of `fun` and a function that pulls cotangents back, by reverse mode.

    Args:
      fun: function of arrays or pytrees of arrays.
      primals: arguments at which to differentiate.
      has_aux: `fun` returns ``(out, aux)``, and `aux` is not differentiated.

    Returns:
      ``(out, f_vjp)``, and `aux` if `has_aux`. ``f_vjp(cotangent)`` takes a pytree like `out` and returns a tuple with a
      cotangent for each primal. It may be called many times, and under `jit` and `vmap`.

    Raises:
      TypeError: an operation has no derivative; at the call of `f_vjp`, the cotangent has another dtype than the output.
      ValueError: at the call of `f_vjp`, the cotangent has another structure or another shape than the output.

    Reference: Radul et al., You Only Linearize Once (POPL 2023).

    >>> import pullback, pullback.numpy as pnp
    >>> y, f_vjp = pullback.vjp(lambda x, y: x * y, 2.0, 3.0)
    >>> print(y, *f_vjp(1.0))
    6.0 3.0 2.0
    """
    check_callable(fun, "vjp")
    return vjp_arguments(fun, Arguments(fun, primals, "vjp"), "vjp", has_aux)


def vjp_arguments(fun: Callable[..., Any], args: Arguments, api: str, has_aux: bool) -> Any:
    traced = trace_user(api, fun, args, api, has_aux)
    out, n = traced.result
    active = (*inexact([x.aval for x in args.leaves]), *(False for _ in traced.captures))
    staged = needs_staging(traced, args.leaves)
    operands = [*args.leaves, *traced.captures]
    if staged:
        attrs = {"callee": traced.name, "active": active}
        tape = Tape(traced.name, active)
        results = emit_function_op("pbfn.vjp_fwd", operands, attrs, [*traced.outs, tape], traced.weak)
        outs, residuals = results[:-1], results[-1:]
    else:
        lin = traced.deriver.linearize(traced.name, active)
        results = evaluate(traced.deriver, lin.fwd, operands)
        outs, residuals = results[: lin.n_outs], results[lin.n_outs :]
        set_weak(outs, traced.weak)
    f_vjp = VJP(_VJPSpec(traced, args, n, out.treedef, staged, active), residuals)
    y = tree_unflatten(out.treedef, outs[:n])
    return (y, f_vjp, tree_unflatten(out.aux, outs[n:])) if has_aux else (y, f_vjp)


# linearize ---------------------------------------------------------------------------------------------------------------
def linearize(fun: Callable[..., Any], *primals: Any, has_aux: bool = False) -> Any:
    """The value of `fun` and its derivative at `primals` as a linear function, which may be applied many times.

    Args:
      fun: function of arrays or pytrees of arrays.
      primals: its arguments, where to take the derivative.
      has_aux: `fun` returns ``(out, aux)``; `aux` is not differentiated.

    Returns:
      ``(out, f_jvp)``, and `aux` if `has_aux`; ``f_jvp(*tangents)`` returns the tangent of the output.

    Raises:
      TypeError: an operation has no derivative; at the call of `f_jvp`, the tangents do not match the primals.

    Reference: JAX documentation, jax.linearize.

    >>> import pullback, pullback.numpy as pnp
    >>> y, f_jvp = pullback.linearize(lambda x: x ** 2, 3.0)
    >>> print(y, f_jvp(1.0), f_jvp(10.0))
    9.0 6.0 60.0
    """
    check_callable(fun, "linearize")
    args = Arguments(fun, primals, "linearize")
    traced = trace_user("linearize", fun, args, "linearize", has_aux)
    out, n = traced.result
    active = (*inexact([x.aval for x in args.leaves]), *(False for _ in traced.captures))
    d = traced.deriver
    lin = d.linearize(traced.name, active)
    operands = [*args.leaves, *traced.captures]
    if needs_staging(traced, args.leaves):
        avals = d.result_avals(lin.fwd)
        results = emit_function_op("pbfn.call", operands, {"callee": lin.fwd, "jit": False}, avals, traced.weak)
    else:
        results = evaluate(d, lin.fwd, operands)
        set_weak(results, traced.weak)
    outs, residuals = results[: lin.n_outs], results[lin.n_outs :]

    def f_jvp(*tangents: Any) -> Any:
        leaves, treedef = tree_flatten(tangents)
        if treedef != args.treedef:
            raise TypeError(
                f"linearized {describe(fun)}: tangents must have the tree structure of the primals, {args.treedef}, got {treedef}"
            )
        ts = [check_tangent(p, t, args, i, "linearize") for i, (p, t) in enumerate(zip(args.leaves, leaves))]
        operands = [*residuals, *(t for t in ts if t is not None)]
        frame = current_frame()
        out_avals = [a for a, on in zip(traced.outs, lin.mask) if on]
        if frame is not None and (frame.staging or any(isinstance(x, Tracer) for x in operands)):
            callee = import_function(d.module, lin.lin)
            it = iter(emit_function_op("pbfn.call", operands, {"callee": callee, "jit": False}, out_avals))
        else:
            it = iter(evaluate(d, lin.lin, operands))
        touts = [
            next(it) if on else (from_numpy(np.zeros(a.shape, T.np_dtype(a.dtype))) if T.is_inexact(a.dtype) else zero_tangent(a))
            for a, on in zip(traced.outs, lin.mask)
        ]
        return tree_unflatten(out.treedef, touts[:n])

    y = tree_unflatten(out.treedef, outs[:n])
    return (y, f_jvp, tree_unflatten(out.aux, outs[n:])) if has_aux else (y, f_jvp)


def linear_transpose(fun: Callable[..., Any], *primals: Any) -> Callable[[Any], Any]:
    """The transpose of a linear function.

    Args:
      fun: function that is linear in all its arguments.
      primals: arrays or `ShapeDtypeStruct`s with the shapes and dtypes of the arguments; their values are not used.

    Returns:
      A function from a cotangent of the output to a tuple of cotangents of the arguments.

    Raises:
      TypeError: `fun` is not linear.

    Reference: JAX documentation, jax.linear_transpose.

    >>> import pullback
    >>> print(*pullback.linear_transpose(lambda x: 3 * x, 1.0)(2.0))
    6.0
    """
    from .shapes import abstract_arguments

    check_callable(fun, "linear_transpose")
    args = abstract_arguments(fun, primals, "linear_transpose")

    def transposed(cotangent: Any) -> Any:
        traced = trace_user("linear_transpose", fun, args, "linear_transpose", concrete=False)
        out, _ = traced.result
        linear = (*(True for _ in args.leaves), *(False for _ in traced.captures))
        spec = _VJPSpec(traced, args, len(traced.outs), out.treedef, False, linear)
        cts = spec._check(cotangent, TypeError)
        avals = [x.aval for x in args.leaves]
        operands = [*traced.captures, *cts]
        if needs_staging(traced, cts):
            results = emit_function_op("pbfn.linear_transpose", operands, {"callee": traced.name, "linear": linear}, avals)
        else:
            derived = traced.deriver.transpose(traced.name, linear, [True] * len(cts), [True] * len(args.leaves))
            results = evaluate(traced.deriver, derived.name, operands)
        return tree_unflatten(args.treedef, results)

    return transposed
