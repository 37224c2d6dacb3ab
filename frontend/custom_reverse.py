"""`custom_vjp`: functions whose reverse mode the user gives, as a forward and a backward pass."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from pullback.dialects.function_ops import inexact
from pullback.dialects.function_rules import pick
from pullback.dialects.types import type_text

from . import dtypes
from .api_util import Arguments, check_callable, check_out_leaf, describe, flatten_output
from .array import Array, as_concrete
from .custom import CustomFunction, match_type
from .custom_zeros import (
    CustomVJPPrimal,
    Specializer,
    SymbolicZero,
    captures_of,
    instantiate,
    late_trace,
    left_out,
    or_refusal,
    tangents_of,
)
from .lax.util import cast
from .trace import Traced, Tracer, trace
from .tree_util import PyTreeDef, broadcast_prefix, tree_flatten, tree_unflatten


class custom_vjp(CustomFunction):
    """A function whose derivative is given by a forward pass that saves residuals and a backward pass that uses them.

    Forward-mode differentiation works too: the backward pass is linear in the cotangents, and its transpose is derived.

    Args:
      fun: the function.
      nondiff_argnums: positions of arguments that are Python values; `bwd` gets them first.
      nondiff_argnames: the same by name.

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
    >>> print(pullback.jvp(f, (1.0,), (1.0,))[1])
    10.0
    """

    kind = "custom_vjp"
    fwd: Callable[..., Any] | None = None
    bwd: Callable[..., Any] | None = None
    symbolic_zeros = False

    def _defined(self) -> bool:
        return self.fwd is not None

    def defvjp(
        self, fwd: Callable[..., Any], bwd: Callable[..., Any], symbolic_zeros: bool = False, optimize_remat: bool = False
    ) -> None:
        """Sets the passes: ``fwd(*args) -> (out, residuals)``, ``bwd(*nondiff, residuals, cotangent) -> tuple of cotangents``.

        Args:
          fwd, bwd: the passes.
          symbolic_zeros: `fwd` gets a `CustomVJPPrimal` (value, perturbed) for each array, and cotangents that are zero come to
            `bwd` as `SymbolicZero`; see `pullback.custom_derivatives`.
          optimize_remat: accepted for JAX's sake: under `checkpoint`, what the residuals do not need is left out of the second
            forward pass in any case.
        """
        check_callable(fwd, "defvjp")
        check_callable(bwd, "defvjp")
        self.fwd, self.bwd, self.symbolic_zeros = fwd, bwd, bool(symbolic_zeros)

    def _trace_rules(
        self, args: Arguments, traced: Traced, merged: Any, nondiff: list[Any], deferred: bool
    ) -> tuple[dict[str, Traced], dict[str, Any]]:
        return _Rules(self, args, traced, merged, nondiff).trace(deferred)


class _Rules:
    """The passes of one call, as functions: for the general case, and with symbolic zeros for particular ones."""

    def __init__(self, owner: custom_vjp, args: Arguments, traced: Traced, merged: Any, nondiff: list[Any]):
        assert owner.fwd is not None and owner.bwd is not None
        self.fwd, self.bwd, self.fun, self.symbolic = owner.fwd, owner.bwd, owner.fun, owner.symbolic_zeros
        self.args, self.traced, self.merged, self.nondiff = args, traced, merged, nondiff
        self.avals = [x.aval for x in args.leaves]
        self.active_args = inexact(self.avals)
        self.cts = pick(traced.outs, inexact(traced.outs))

    # The two passes for given zeros ----------------------------------------------------------------------------------------
    def call_fwd(self, active: Sequence[bool]) -> Any:
        fwd, fun, traced = self.fwd, self.fun, self.traced

        def call(tracers: list[Tracer]) -> tuple[list[Any], PyTreeDef]:
            values: list[Any] = list(tracers)
            if self.symbolic:
                perturbed = iter(active)
                values = [CustomVJPPrimal(x, on and next(perturbed)) for x, on in zip(tracers, self.active_args)]
            result = fwd(*self.merged(tree_unflatten(self.args.treedef, values)))
            where = f"Custom VJP fwd rule {describe(fwd)} for {describe(fun)}"
            if not isinstance(result, (tuple, list)) or len(result) != 2:
                raise TypeError(f"{where} must produce a pair (out, residuals), got {type(result).__name__}")
            outs, out_tree = tree_flatten(result[0])
            if out_tree != traced.result:
                raise TypeError(
                    f"{where} must produce an output of the structure of the function's, {traced.result}, got {out_tree}"
                )
            residuals, res_tree = flatten_output(result[1], fwd, "custom_vjp")
            checked = [match_type(check_out_leaf(x, fwd, "custom_vjp"), a, "output", fwd, fun) for x, a in zip(outs, traced.outs)]
            return checked + residuals, res_tree

        return call

    def call_bwd(self, forward: Traced, there: Sequence[bool]) -> Any:
        n_res = len(forward.outs) - len(self.traced.outs)

        def call(tracers: list[Tracer]) -> tuple[list[Any], None]:
            residuals = tree_unflatten(forward.result, tracers[:n_res])
            cts = tangents_of(self.traced.outs, iter(tracers[n_res:]), there, self.symbolic)
            result = self.bwd(*self.nondiff, residuals, tree_unflatten(self.traced.result, cts))
            return self.cotangents(result), None

        return call

    def bwd_types(self, forward: Traced, there: Sequence[bool]) -> tuple[list[Any], list[bool]]:
        """Types of the arguments of the backward pass, and which are weak."""
        n = len(self.traced.outs)
        cts = pick(self.cts, there)
        return [*forward.outs[n:], *cts], [*forward.weak[n:], *[False] * len(cts)]

    # Tracing ---------------------------------------------------------------------------------------------------------------
    def trace(self, deferred: bool) -> tuple[dict[str, Traced], dict[str, Any]]:
        every, full = (True,) * sum(self.active_args), (True,) * len(self.cts)
        late = captures_of(self.traced) if deferred else None
        outs, no_residuals = self.traced.outs, tree_flatten(())[1]
        call = self.call_fwd(every)
        if deferred:
            call = left_out(self.fwd, outs, no_residuals)
        elif self.symbolic:
            call = or_refusal(call, self.fwd, outs, no_residuals)
        fwd = trace("custom_vjp", self.fwd, self.args.leaves, call, namer=self.args.names, concrete=True, late=late)
        outs = pick(self.avals, self.active_args)
        call = self.call_bwd(fwd, full)
        if deferred:
            call = left_out(self.bwd, outs, None)
        elif self.symbolic:
            call = or_refusal(call, self.bwd, outs, None)
        avals, weak = self.bwd_types(fwd, full)
        bwd = trace("custom_vjp", self.bwd, avals, call, weak=weak, late=late)
        if not (self.symbolic or deferred):
            return {"fwd": fwd, "bwd": bwd}, {}
        arg_weak = [x.weak_type for x in self.args.leaves]

        def make_fwd(d: Any, active: tuple[bool, ...]) -> Traced:
            return late_trace(d, "custom_vjp", self.fwd, self.avals, self.call_fwd(active), fwd, arg_weak)

        forward = Specializer(make_fwd)

        def make_bwd(d: Any, active: tuple[bool, ...], there: tuple[bool, ...]) -> str:
            special = forward(d, active)
            avals, weak = self.bwd_types(special, there)
            return late_trace(d, "custom_vjp", self.bwd, avals, self.call_bwd(special, there), bwd, weak).name

        rules = {"fwd": lambda d, active: forward(d, active).name, "bwd": Specializer(make_bwd)}
        return {"fwd": fwd, "bwd": bwd}, rules

    def cotangents(self, result: Any) -> list[Any]:
        """What bwd returned, as a cotangent for each floating-point leaf of the arguments; None is a zero."""
        args = self.args
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
                ct = SymbolicZero(x.aval)
            ct = instantiate(ct)
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
