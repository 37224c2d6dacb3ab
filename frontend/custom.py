"""User-given derivatives: `custom_jvp` and `custom_vjp`. The rules are traced too, so they survive in the program's text."""

from __future__ import annotations

import functools
import inspect
import threading
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from pullback.dialects import types as T
from pullback.dialects.function_ops import inexact
from pullback.dialects.ir import Op
from pullback.dialects.types import Aval, type_text

from . import dtypes
from .api_util import Arguments, call_names, check_callable, check_out_leaf, describe, flatten_output
from .array import Array, as_concrete, from_numpy
from .lax.util import apply_function_op, cast
from .trace import Frame, Traced, Tracer, bind_named, current_frame, emit_function_op, trace
from .tree_util import PyTreeDef, broadcast_prefix, tree_flatten, tree_unflatten


def _positional(fun: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, ...]:
    """All arguments by position, defaults filled in; rules see arguments by position only."""
    try:
        bound = inspect.signature(fun).bind(*args, **kwargs)
    except ValueError:
        if kwargs:
            raise TypeError(f"{describe(fun)} has no signature: pass its arguments by position") from None
        return args
    bound.apply_defaults()
    if bound.kwargs:
        raise TypeError(f"{describe(fun)} has a custom derivative: keyword-only arguments {sorted(bound.kwargs)} are not supported")
    return bound.args


class _Pending:
    """The operation of a custom function while its rules are being traced; calls from inside the rules share its attributes."""

    def __init__(self, kind: str, traced: Traced):
        self.kind = kind
        self.traced = traced
        self.attrs: dict[str, Any] = {}
        self.calls: list[tuple[Frame, Op]] = []

    def call(self, args: Arguments) -> Any:
        frame = current_frame()
        assert frame is not None
        outs = emit_function_op(f"pbfn.{self.kind}", args.leaves, self.attrs, self.traced.outs, self.traced.weak)
        self.calls.append((frame, frame.func.ops[-1]))
        return tree_unflatten(self.traced.result, outs)

    def finish(self, rules: dict[str, Traced], n_args: int) -> list[Any]:
        """Completes the attributes and the inner calls; returns what the function and its rules capture."""
        parts = {"callee": self.traced, **rules}
        everything = [c for t in parts.values() for c in t.captures]
        for frame, _ in self.calls:
            if everything and not any(frame is t.frame for t in rules.values()):
                raise TypeError(
                    f"the rule of a {self.kind} function calls the function itself inside a loop or a transformation, and "
                    f"closes over "
                    f"traced values; pass those as arguments"
                )
            for c in everything:
                frame.lift(c)
        captures = {name: [x for x, _ in t.frame.captures.values()] for name, t in parts.items()}
        self.attrs.update({name: t.name for name, t in parts.items()})
        self.attrs["num_args"] = n_args
        for name in list(parts)[:-1]:
            self.attrs[f"{name}_consts"] = len(captures[name])
        flat = [c for cs in captures.values() for c in cs]
        for frame, op in self.calls:
            op.operands = op.operands + [frame.lift(c) for c in flat]
        return flat


class _Custom:
    """What both kinds share: the function, its non-differentiable arguments, tracing the function itself."""

    kind = ""

    def __init__(self, fun: Callable[..., Any], nondiff_argnums: Sequence[int] = ()):
        check_callable(fun, self.kind)
        functools.update_wrapper(self, fun)
        self.fun = fun
        self.nondiff_argnums = (nondiff_argnums,) if isinstance(nondiff_argnums, int) else tuple(nondiff_argnums)
        self._local = threading.local()

    def _defined(self) -> bool:
        raise NotImplementedError

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if not self._defined():
            method = "defjvp" if self.kind == "custom_jvp" else "defvjp"
            raise AttributeError(
                f"No {self.kind[-3:].upper()} defined for {self.kind} function {describe(self.fun)} using {method}."
            )
        args = _positional(self.fun, args, kwargs)
        nondiff = {i % len(args): args[i] for i in self.nondiff_argnums if -len(args) <= i < len(args)}
        positions = [i for i in range(len(args)) if i not in nondiff]
        dynamic = tuple(args[i] for i in positions)
        for i, x in nondiff.items():
            if any(isinstance(leaf, Tracer) for leaf in tree_flatten(x)[0]):
                raise TypeError(
                    f"{self.kind} function {describe(self.fun)}: argument {i} is in nondiff_argnums but is a traced array; "
                    f"nondiff_argnums is "
                    f"for Python values and functions. Pass the array as an ordinary argument and give it a zero derivative."
                )
        arguments = Arguments(self.fun, dynamic, self.kind, lambda: call_names(self.fun, dynamic, {}, positions))
        frame = current_frame()
        if frame is None or not (frame.staging or any(isinstance(x, Tracer) for x in arguments.leaves)):
            return self.fun(*args)  # nothing is being differentiated or compiled

        fixed = [nondiff[i] for i in sorted(nondiff)]
        key = (arguments.treedef, tuple(x.aval for x in arguments.leaves), tuple(map(id, fixed)), id(frame.module))
        tracing = self._local.__dict__.setdefault("tracing", {})
        if key in tracing:  # a rule calls the function itself: the call refers to the rules that are being traced
            return tracing[key].call(arguments)

        def merged(values: Sequence[Any]) -> list[Any]:
            it = iter(values)
            return [nondiff[i] if i in nondiff else next(it) for i in range(len(args))]

        def call(tracers: list[Tracer]) -> tuple[list[Any], PyTreeDef]:
            return flatten_output(self.fun(*merged(tree_unflatten(arguments.treedef, tracers))), self.fun, self.kind)

        traced = trace(self.kind, self.fun, arguments.leaves, call, namer=arguments.names, concrete=True)
        pending = tracing[key] = _Pending(self.kind, traced)
        try:
            rules = self._trace_rules(arguments, traced, merged, fixed)
        finally:
            del tracing[key]
        captures = pending.finish(rules, len(arguments.leaves))
        outs = apply_function_op(
            f"pbfn.{self.kind}", [*arguments.leaves, *captures], pending.attrs, traced.outs, traced.deriver, True, traced.weak
        )
        return tree_unflatten(traced.result, outs)

    def _trace_rules(self, args: Arguments, traced: Traced, merged: Any, nondiff: list[Any]) -> dict[str, Traced]:
        """The rules by the attribute that names them."""
        raise NotImplementedError

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        return self if instance is None else functools.partial(self, instance)


class custom_jvp(_Custom):
    """A function whose derivative is given by a JVP rule.

    Args:
      fun: the function.
      nondiff_argnums: positions of arguments that are Python values (functions, sizes); the rule gets them first.

    Raises:
      TypeError: at the call, if the rule's results do not match the function's.

    Reference: JAX documentation, jax.custom_jvp.

    >>> import pullback, pullback.numpy as pnp
    >>> @pullback.custom_jvp
    ... def f(x):
    ...     return pnp.sin(x)
    >>> @f.defjvp
    ... def f_jvp(primals, tangents):
    ...     (x,), (dx,) = primals, tangents
    ...     return f(x), 10.0 * dx
    >>> print(pullback.grad(f)(1.0))
    10.0
    """

    kind = "custom_jvp"
    jvp: Callable[..., Any] | None = None

    def _defined(self) -> bool:
        return self.jvp is not None

    def defjvp(self, jvp: Callable[..., Any], symbolic_zeros: bool = False) -> Callable[..., Any]:
        """Sets the rule: ``jvp(*nondiff, primals, tangents) -> (out, tangent_out)``. Returns `jvp`."""
        check_callable(jvp, "defjvp")
        if symbolic_zeros:
            raise NotImplementedError(
                "defjvp: symbolic_zeros=True is not supported; tangents that are zero come as arrays of zeros"
            )
        self.jvp = jvp
        return jvp

    def defjvps(self, *jvps: Callable[..., Any] | None) -> None:
        """Sets one rule for each argument: ``rule(tangent, out, *args) -> tangent_out``; None is a zero derivative."""
        if self.nondiff_argnums:
            raise TypeError("Can't use ``defjvps`` with ``nondiff_argnums``.")

        def jvp(primals: Any, tangents: Any) -> Any:
            out = self(*primals)
            total = None
            for rule, t in zip(jvps, tangents, strict=True):
                if rule is not None:
                    part = rule(t, out, *primals)
                    total = part if total is None else total + part
            return out, bind_named("pb.mul", out, from_numpy(np.zeros(out.shape, out.dtype))) if total is None else total

        jvp.__wrapped__ = self.fun  # type: ignore[attr-defined]
        self.defjvp(jvp)

    def _trace_rules(self, args: Arguments, traced: Traced, merged: Any, nondiff: list[Any]) -> dict[str, Traced]:
        rule = self.jvp
        assert rule is not None
        leaves = args.leaves
        active = inexact([x.aval for x in leaves])

        def call(tracers: list[Tracer]) -> tuple[list[Any], None]:
            primals = tree_unflatten(args.treedef, tracers[: len(leaves)])
            it = iter(tracers[len(leaves) :])
            tangents = tree_unflatten(
                args.treedef, [next(it) if on else np.zeros(x.shape, dtypes.float0) for x, on in zip(leaves, active)]
            )
            result = rule(*nondiff, primals, tangents)
            if not isinstance(result, (tuple, list)) or len(result) != 2:
                raise TypeError(
                    f"Custom JVP rule {describe(rule)} for {describe(self.fun)} must produce a pair (out, tangent_out), got "
                    f"{type(result).__name__}"
                )
            outs, out_tree = tree_flatten(result[0])
            touts, tangent_tree = tree_flatten(result[1])
            for what, tree in (("primal", out_tree), ("tangent", tangent_tree)):
                if tree != traced.result:
                    raise TypeError(
                        f"Custom JVP rule {describe(rule)} for {describe(self.fun)} must produce {what} outputs of the "
                        f"structure of the "
                        f"function's, {traced.result}, got {tree}"
                    )
            checked = [
                _match(check_out_leaf(x, rule, "custom_jvp"), a, "primal", rule, self.fun) for x, a in zip(outs, traced.outs)
            ]
            for x, a in zip(touts, traced.outs):
                if T.is_inexact(a.dtype):
                    checked.append(_match(check_out_leaf(x, rule, "custom_jvp"), a, "tangent", rule, self.fun))
            return checked, None

        rule_args = [*leaves, *(x.aval for x, on in zip(leaves, active) if on)]
        return {"rule": trace("custom_jvp", rule, rule_args, call, concrete=True)}


def _match(x: Array, aval: Aval, what: str, rule: Any, fun: Any) -> Array:
    """A rule's result with the type that the function's result has; weakly typed ones are converted."""
    if x.weak_type and x.aval.shape == aval.shape:
        x = cast(x, T.np_dtype(aval.dtype))
    if x.aval != aval:
        raise TypeError(
            f"The derivative rule {describe(rule)} for {describe(fun)} must produce {what}s of the types of the function's "
            f"results: "
            f"expected {type_text(aval)}, got {type_text(x.aval)}"
        )
    return x


class custom_vjp(_Custom):
    """A function whose derivative is given by a forward pass that saves residuals and a backward pass that uses them.

    Forward-mode differentiation works too: the backward pass is linear in the cotangents, and its transpose is derived.

    Args:
      fun: the function.
      nondiff_argnums: positions of arguments that are Python values; `bwd` gets them first.

    Raises:
      TypeError: at the call, if the results of the passes do not match the function's arguments and results.

    Reference: JAX documentation, jax.custom_vjp.

    >>> import pullback, pullback.numpy as pnp
    >>> @pullback.custom_vjp
    ... def f(x):
    ...     return pnp.sin(x)
    >>> f.defvjp(lambda x: (f(x), x), lambda x, ct: (10.0 * ct,))
    >>> print(pullback.grad(f)(1.0))
    10.0
    """

    kind = "custom_vjp"
    fwd: Callable[..., Any] | None = None
    bwd: Callable[..., Any] | None = None

    def _defined(self) -> bool:
        return self.fwd is not None

    def defvjp(self, fwd: Callable[..., Any], bwd: Callable[..., Any], symbolic_zeros: bool = False) -> None:
        """Sets the passes: ``fwd(*args) -> (out, residuals)``, ``bwd(*nondiff, residuals, cotangent) -> tuple of cotangents``."""
        check_callable(fwd, "defvjp")
        check_callable(bwd, "defvjp")
        if symbolic_zeros:
            raise NotImplementedError(
                "defvjp: symbolic_zeros=True is not supported; cotangents that are zero come as arrays of zeros"
            )
        self.fwd, self.bwd = fwd, bwd

    def _trace_rules(self, args: Arguments, traced: Traced, merged: Any, nondiff: list[Any]) -> dict[str, Traced]:
        fwd, bwd = self.fwd, self.bwd
        assert fwd is not None and bwd is not None
        leaves = args.leaves

        def call_fwd(tracers: list[Tracer]) -> tuple[list[Any], PyTreeDef]:
            result = fwd(*merged(tree_unflatten(args.treedef, tracers)))
            if not isinstance(result, (tuple, list)) or len(result) != 2:
                raise TypeError(
                    f"Custom VJP fwd rule {describe(fwd)} for {describe(self.fun)} must produce a pair (out, residuals), got "
                    f"{type(result).__name__}"
                )
            outs, out_tree = tree_flatten(result[0])
            if out_tree != traced.result:
                raise TypeError(
                    f"Custom VJP fwd rule {describe(fwd)} for {describe(self.fun)} must produce an output of the structure of "
                    f"the function's, "
                    f"{traced.result}, got {out_tree}"
                )
            residuals, res_tree = flatten_output(result[1], fwd, "custom_vjp")
            checked = [_match(check_out_leaf(x, fwd, "custom_vjp"), a, "output", fwd, self.fun) for x, a in zip(outs, traced.outs)]
            return checked + residuals, res_tree

        traced_fwd = trace("custom_vjp", fwd, leaves, call_fwd, namer=args.names, concrete=True)
        n = len(traced.outs)
        res_avals, res_weak = traced_fwd.outs[n:], traced_fwd.weak[n:]
        active_outs = inexact(traced.outs)

        def call_bwd(tracers: list[Tracer]) -> tuple[list[Any], None]:
            residuals = tree_unflatten(traced_fwd.result, tracers[: len(res_avals)])
            it = iter(tracers[len(res_avals) :])
            ct = tree_unflatten(
                traced.result, [next(it) if on else np.zeros(a.shape, dtypes.float0) for a, on in zip(traced.outs, active_outs)]
            )
            return self._cotangents(bwd(*nondiff, residuals, ct), args), None

        ct_avals = [a for a, on in zip(traced.outs, active_outs) if on]
        weak = res_weak + [False] * len(ct_avals)
        traced_bwd = trace("custom_vjp", bwd, [*res_avals, *ct_avals], call_bwd, weak=weak)
        return {"fwd": traced_fwd, "bwd": traced_bwd}

    def _cotangents(self, result: Any, args: Arguments) -> list[Any]:
        """What bwd returned, as a cotangent for each floating-point leaf of the arguments; None is a zero."""
        where = f"Custom VJP bwd rule {describe(self.bwd)} for {describe(self.fun)}"
        if isinstance(result, list):
            result = tuple(result)
        if not isinstance(result, tuple) or len(result) != len(args.tree):
            got = f"a tuple of length {len(result)}" if isinstance(result, tuple) else type(result).__name__
            raise TypeError(
                f"{where} must produce a tuple of length equal to the number of (differentiable) arguments, {len(args.tree)}, "
                f"got {got}"
            )
        arguments = tree_unflatten(args.treedef, args.leaves)
        try:
            cts = broadcast_prefix(result, arguments, "cotangents")
        except ValueError:
            raise TypeError(
                f"{where} must produce cotangents of the structure of the arguments, {args.treedef}, got {tree_flatten(result)[1]}"
            ) from None
        checked = []
        for i, (x, ct) in enumerate(zip(args.leaves, cts)):
            if not dtypes.is_inexact(x.dtype):
                continue
            if ct is None:
                ct = from_numpy(np.zeros(x.shape, x.dtype))
            ct = ct if isinstance(ct, Array) else as_concrete(ct)
            if ct.weak_type and ct.aval.shape == x.aval.shape:
                ct = cast(ct, x.dtype)
            if ct.aval != x.aval:
                name = args.names()[i]
                raise TypeError(
                    f"{where} must produce cotangents of the types of the arguments: {name} has type {type_text(x.aval)}, its "
                    f"cotangent {type_text(ct.aval)}"
                )
            checked.append(ct)
        return checked
