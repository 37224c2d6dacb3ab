"""User-given derivatives: `custom_jvp`, and what it shares with `custom_vjp` (custom_reverse.py). The rules are traced too, so
they survive in the program's text."""

from __future__ import annotations

import functools
import inspect
import threading
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from pullback.dialects import types as T
from pullback.dialects.custom_rules import RuleSymbol
from pullback.dialects.function_ops import inexact
from pullback.dialects.function_rules import pick
from pullback.dialects.ir import Op
from pullback.dialects.types import Aval, type_text

from .api_util import Arguments, call_names, check_callable, check_out_leaf, describe, flatten_output, run_untraced
from .array import Array, from_numpy
from .custom_zeros import (
    Specializer,
    SymbolicZero,
    captures_of,
    instantiate,
    late_trace,
    left_out,
    or_refusal,
    tangents_of,
    too_deep,
    tracing_rules,
)
from .lax.util import apply_function_op, cast
from .trace import Frame, Traced, Tracer, bind_named, current_frame, emit_function_op, trace
from .tree_util import PyTreeDef, tree_flatten, tree_unflatten


def positional(fun: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, ...]:
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


def _position(fun: Any, name: str, kind: str) -> int:
    """The position of a parameter."""
    try:
        parameters = list(inspect.signature(fun).parameters)
    except ValueError:
        parameters = []
    if name not in parameters:
        raise ValueError(f"{kind}: nondiff_argnames has {name!r}, which is not a parameter of {describe(fun)}: {parameters}")
    return parameters.index(name)


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

    def finish(self, rules: dict[str, Traced], special: dict[str, Any], n_args: int) -> list[Any]:
        """Completes the attributes and the inner calls; returns what the function and its rules capture."""
        parts = {"callee": self.traced, **rules}
        everything = [c for t in parts.values() for c in t.captures]
        for frame, _ in self.calls:
            if everything and not any(frame is t.frame for t in rules.values()):
                raise TypeError(
                    f"the rule of a {self.kind} function calls the function itself inside a loop or a transformation, and "
                    f"closes over traced values; pass those as arguments"
                )
            for c in everything:
                frame.lift(c)
        captures = {name: captures_of(t) for name, t in parts.items()}
        self.attrs.update({name: t.name for name, t in parts.items()})
        for name, specialize in special.items():
            self.attrs[name] = RuleSymbol.make(self.attrs[name], specialize)
        self.attrs["num_args"] = n_args
        for name in list(parts)[:-1]:
            self.attrs[f"{name}_consts"] = len(captures[name])
        flat = [c for cs in captures.values() for c in cs]
        for frame, op in self.calls:
            op.operands = op.operands + [frame.lift(c) for c in flat]
        return flat


class CustomFunction:
    """What both kinds share: the function, its non-differentiable arguments, tracing the function itself."""

    kind = ""
    nondiff_tracers = False  # whether the rules may close over arguments that they do not differentiate

    def __init__(self, fun: Callable[..., Any], nondiff_argnums: Sequence[int] = (), nondiff_argnames: str | Sequence[str] = ()):
        check_callable(fun, self.kind)
        functools.update_wrapper(self, fun, updated=())
        self.fun = fun
        numbers = (nondiff_argnums,) if isinstance(nondiff_argnums, int) else tuple(nondiff_argnums)
        names = (nondiff_argnames,) if isinstance(nondiff_argnames, str) else tuple(nondiff_argnames)
        self.nondiff_argnums = tuple(dict.fromkeys([*numbers, *(_position(fun, n, self.kind) for n in names)]))
        self._local = threading.local()

    def _defined(self) -> bool:
        raise NotImplementedError

    def __getattr__(self, name: str) -> Any:
        """Of a function with several custom rules, the methods of the inner ones: `def_vmap`, for instance."""
        if name.startswith("_") or "fun" not in self.__dict__:
            raise AttributeError(f"{type(self).__name__} object has no attribute {name!r}")
        return getattr(self.fun, name)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if not self._defined():
            method = "defjvp" if self.kind == "custom_jvp" else "defvjp"
            raise AttributeError(
                f"No {self.kind[-3:].upper()} defined for {self.kind} function {describe(self.fun)} using {method}."
            )
        args = positional(self.fun, args, kwargs)
        nondiff = {i % len(args): args[i] for i in self.nondiff_argnums if -len(args) <= i < len(args)}
        positions = [i for i in range(len(args)) if i not in nondiff]
        dynamic = tuple(args[i] for i in positions)
        for i, x in nondiff.items():
            if not self.nondiff_tracers and any(isinstance(leaf, Tracer) for leaf in tree_flatten(x)[0]):
                raise TypeError(
                    f"{self.kind} function {describe(self.fun)}: argument {i} is in nondiff_argnums but is a traced array; "
                    f"nondiff_argnums is for Python values and functions. Pass the array as an ordinary argument and give it "
                    f"a zero derivative."
                )
        arguments = Arguments(self.fun, dynamic, self.kind, lambda: call_names(self.fun, dynamic, {}, positions))

        def merged(values: Sequence[Any]) -> list[Any]:
            it = iter(values)
            return [nondiff[i] if i in nondiff else next(it) for i in range(len(args))]

        frame = current_frame()
        if frame is None or not (frame.staging or any(isinstance(x, Tracer) for x in arguments.leaves)):
            # nothing is being differentiated or compiled
            return run_untraced(self.fun, merged(tree_unflatten(arguments.treedef, arguments.leaves)), {}, self.kind)

        fixed = [nondiff[i] for i in sorted(nondiff)]
        key = (arguments.treedef, tuple(x.aval for x in arguments.leaves), tuple(map(id, fixed)), id(frame.module))
        tracing = self._local.__dict__.setdefault("tracing", {})
        if key in tracing:  # a rule calls the function itself: the call refers to the rules that are being traced
            return tracing[key].call(arguments)

        def call(tracers: list[Tracer]) -> tuple[list[Any], PyTreeDef]:
            return flatten_output(self.fun(*merged(tree_unflatten(arguments.treedef, tracers))), self.fun, self.kind)

        traced = trace(self.kind, self.fun, arguments.leaves, call, namer=arguments.names, concrete=True)
        pending = tracing[key] = _Pending(self.kind, traced)
        try:
            deferred = too_deep()
            with tracing_rules():
                rules, special = self._trace_rules(arguments, traced, merged, fixed, deferred)
        finally:
            del tracing[key]
        captures = pending.finish(rules, special, len(arguments.leaves))
        outs = apply_function_op(
            f"pbfn.{self.kind}", [*arguments.leaves, *captures], pending.attrs, traced.outs, traced.deriver, True, traced.weak
        )
        return tree_unflatten(traced.result, outs)

    def _trace_rules(
        self, args: Arguments, traced: Traced, merged: Any, nondiff: list[Any], deferred: bool
    ) -> tuple[dict[str, Traced], dict[str, Any]]:
        """The rules by the attribute that names them, and how those with symbolic zeros are made for a particular case. Rules
        that are `deferred` are made for particular cases only."""
        raise NotImplementedError

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        return self if instance is None else functools.partial(self, instance)


class custom_jvp(CustomFunction):
    """A function whose derivative is given by a JVP rule.

    Args:
      fun: the function.
      nondiff_argnums: positions of arguments that are Python values (functions, sizes); the rule gets them first.
      nondiff_argnames: the same by name.

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
    nondiff_tracers = True
    jvp: Callable[..., Any] | None = None
    symbolic_zeros = False

    def _defined(self) -> bool:
        return self.jvp is not None

    def defjvp(self, jvp: Callable[..., Any], symbolic_zeros: bool = False) -> Callable[..., Any]:
        """Sets the rule: ``jvp(*nondiff, primals, tangents) -> (out, tangent_out)``. Returns `jvp`.

        With `symbolic_zeros`, tangents that are zero come as `pullback.custom_derivatives.SymbolicZero`, and may be returned so.
        """
        check_callable(jvp, "defjvp")
        self.jvp, self.symbolic_zeros = jvp, bool(symbolic_zeros)
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

    def _trace_rules(
        self, args: Arguments, traced: Traced, merged: Any, nondiff: list[Any], deferred: bool
    ) -> tuple[dict[str, Traced], dict[str, Any]]:
        rule = self.jvp
        assert rule is not None
        avals = [x.aval for x in args.leaves]
        perturbable = pick(avals, inexact(avals))
        tangent_outs = pick(traced.outs, inexact(traced.outs))

        def call_for(active: Sequence[bool], general: bool) -> Any:
            def call(tracers: list[Tracer]) -> tuple[list[Any], tuple[bool, ...]]:
                n = len(avals)
                primals = tree_unflatten(args.treedef, tracers[:n])
                tangents = tangents_of(avals, iter(tracers[n:]), active, self.symbolic_zeros)
                outs, touts = self._results(rule(*nondiff, primals, tree_unflatten(args.treedef, tangents)), traced)
                mask = tuple(general or not isinstance(t, SymbolicZero) for t in touts)
                touts = [instantiate(t) for t, on in zip(touts, mask) if on]
                checked = [
                    match_type(check_out_leaf(x, rule, "custom_jvp"), a, "primal", rule, self.fun)
                    for x, a in zip(outs, traced.outs)
                ]
                for x, a in zip(touts, pick(tangent_outs, mask)):
                    checked.append(match_type(check_out_leaf(x, rule, "custom_jvp"), a, "tangent", rule, self.fun))
                return checked, mask

            return call

        every = (True,) * len(perturbable)
        call, late = call_for(every, True), None
        everything, full = [*traced.outs, *tangent_outs], (True,) * len(tangent_outs)
        if deferred:
            call, late = left_out(rule, everything, full), captures_of(traced)
        elif self.symbolic_zeros:
            call = or_refusal(call, rule, everything, full)
        general = trace("custom_jvp", rule, [*args.leaves, *perturbable], call, concrete=True, late=late)
        if not (self.symbolic_zeros or deferred):
            return {"rule": general}, {}
        weak = [x.weak_type for x in args.leaves] + [False] * len(perturbable)

        def specialize(d: Any, active: tuple[bool, ...]) -> tuple[str, tuple[bool, ...]]:
            types = [*avals, *pick(perturbable, active)]
            late = late_trace(d, "custom_jvp", rule, types, call_for(active, False), general, weak)
            return late.name, late.result

        return {"rule": general}, {"rule": Specializer(specialize)}

    def _results(self, result: Any, traced: Traced) -> tuple[list[Any], list[Any]]:
        """What the rule returned: results, and tangents of the floating-point ones."""
        where = f"Custom JVP rule {describe(self.jvp)} for {describe(self.fun)}"
        if not isinstance(result, (tuple, list)) or len(result) != 2:
            raise TypeError(f"{where} must produce a pair (out, tangent_out), got {type(result).__name__}")
        outs, out_tree = tree_flatten(result[0])
        touts, tangent_tree = tree_flatten(result[1])
        for what, tree in (("primal", out_tree), ("tangent", tangent_tree)):
            if tree != traced.result:
                raise TypeError(
                    f"{where} must produce {what} outputs of the structure of the function's, {traced.result}, got {tree}"
                )
        return outs, pick(touts, inexact(traced.outs))


def match_type(x: Array, aval: Aval, what: str, rule: Any, fun: Any) -> Array:
    """A rule's result with the type that the function's result has; weakly typed ones are converted."""
    if x.weak_type and x.aval.shape == aval.shape:
        x = cast(x, T.np_dtype(aval.dtype))
    if x.aval != aval:
        raise TypeError(
            f"The derivative rule {describe(rule)} for {describe(fun)} must produce {what}s of the types of the function's "
            f"results: expected {type_text(aval)}, got {type_text(x.aval)}"
        )
    return x
