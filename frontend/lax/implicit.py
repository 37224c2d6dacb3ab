"""Functions that are defined by an equation: `custom_root` and `custom_linear_solve`.

Their derivatives follow from the equation (the implicit function theorem), whatever algorithm solves it.
Reference: Griewank and Walther, Evaluating Derivatives (2008), chapter 15.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from pullback.dialects import types as T
from pullback.dialects.types import type_text

from .. import dtypes
from ..api_util import Arguments, flatten_output
from ..trace import Traced, Tracer, current_frame, shared_module, trace
from ..tree_util import PyTreeDef, leaf_names, tree_flatten, tree_unflatten
from .util import apply_function_op, cast


def _arguments(api: str, fun: Any, name: str, value: Any) -> Arguments:
    return Arguments(fun, value, api, lambda: leaf_names((value,), [name]))


def _checked(api: str, fun: Any, out: Any, args: Arguments, what: str, has_aux: bool) -> tuple[list[Any], Any]:
    """The leaves of what a function returned, which must have the structure and types of its argument, and the auxiliary part."""
    aux = ()
    if has_aux:
        if not isinstance(out, (tuple, list)) or len(out) != 2:
            raise TypeError(f"{api}: with has_aux=True, {what} must return a pair (solution, aux), got {type(out).__name__}")
        out, aux = out
    leaves, treedef = flatten_output(out, fun, api)
    if treedef != args.treedef:
        raise TypeError(f"{api}: {what} must return the structure of its argument, {args.treedef}, but returned {treedef}")
    for i, (x, want) in enumerate(zip(leaves, args.leaves)):
        if x.weak_type and x.aval != want.aval and x.aval.shape == want.aval.shape:
            leaves[i] = x = cast(x, want.dtype)
        if x.aval != want.aval:
            raise TypeError(
                f"{api}: {what} must return the types of its argument, but {args.names()[i]} has type "
                f"{type_text(want.aval)} and the result in its place {type_text(x.aval)}"
            )
    return leaves, aux


def _trace(api: str, fun: Callable[[Any], Any], args: Arguments, what: str, has_aux: bool = False) -> Traced:
    """Traces a function of one pytree, whose result must have the structure and types of its argument.

    With `has_aux` the function returns a pair, and the leaves of the second part follow those of the first. `Traced.result` is
    the structure of the auxiliary part.
    """

    def call(tracers: list[Tracer]) -> tuple[list[Any], PyTreeDef]:
        leaves, aux = _checked(api, fun, fun(tree_unflatten(args.treedef, tracers)), args, what, has_aux)
        more, aux_tree = flatten_output(aux, fun, api)
        return leaves + more, aux_tree

    avals, weak = [x.aval for x in args.leaves], [x.weak_type for x in args.leaves]
    return trace(api, fun, avals, call, namer=args.names, captures_first=True, weak=weak)


def _call(traced: Traced, captures: list[Any], leaves: list[Any]) -> list[Any]:
    """Applies a traced function to other values of what it captures."""
    attrs = {"callee": traced.name, "jit": False}
    return apply_function_op("pbfn.call", [*captures, *leaves], attrs, traced.outs, traced.deriver, False, traced.weak)


def _check_callables(api: str, **functions: Any) -> None:
    for name, f in functions.items():
        if not callable(f):
            raise TypeError(f"lax.{api}: {name} must be a function, got {type(f).__name__}")


def custom_linear_solve(
    matvec: Callable[[Any], Any],
    b: Any,
    solve: Callable[..., Any],
    transpose_solve: Callable[..., Any] | None = None,
    symmetric: bool = False,
    has_aux: bool = False,
) -> Any:
    """Solves ``matvec(x) = b`` with a given solver, and differentiates as the solution of a linear system.

    Derivatives need further solutions of the same system (forward mode) or of its transpose (reverse mode); they do not
    differentiate the solver, which may be a loop of any kind.

    Args:
      matvec: linear function of a pytree like `b`; values that it closes over may be differentiated.
      b: right-hand side, a pytree of arrays.
      solve: ``solve(matvec, b) -> x``.
      transpose_solve: ``transpose_solve(vecmat, b) -> x`` for the transpose ``vecmat`` of `matvec`.
      symmetric: `matvec` is its own transpose; then `solve` solves the transposed system too.
      has_aux: the solvers return ``(x, aux)``; aux has no derivative.

    Returns:
      The solution, a pytree like `b`, or ``(x, aux)``.

    Raises:
      TypeError: a function returns another structure or other types than those of `b`; in reverse mode, there is no
        `transpose_solve`.

    Reference: JAX documentation, jax.lax.custom_linear_solve.

    >>> import pullback, pullback.numpy as pnp
    >>> from pullback import lax
    >>> def f(a, b):
    ...     solve = lambda matvec, y: y / matvec(pnp.ones_like(y))
    ...     return lax.custom_linear_solve(lambda x: a * x, b, solve, symmetric=True)
    >>> print(f(2.0, 6.0), *pullback.grad(f, (0, 1))(2.0, 6.0))
    3.0 -1.5 0.5
    """
    api = "custom_linear_solve"
    _check_callables(api, matvec=matvec, solve=solve)
    if transpose_solve is None and symmetric:
        transpose_solve = solve
    elif transpose_solve is not None:
        _check_callables(api, transpose_solve=transpose_solve)
    args = _arguments(api, matvec, "b", b)
    if not args.leaves:
        return solve(matvec, b)
    system = matvec

    def transposed(v: Any) -> Any:
        from ..autodiff import linear_transpose

        return linear_transpose(system, tree_unflatten(args.treedef, args.leaves))(v)[0]

    def solver(x: Any) -> Any:
        return solve(system, x)

    def transpose_solver(x: Any) -> Any:
        assert transpose_solve is not None
        return transpose_solve(system if symmetric else transposed, x)

    solver.__wrapped__ = solve  # type: ignore[attr-defined]
    transpose_solver.__wrapped__ = transpose_solve  # type: ignore[attr-defined]
    with shared_module():
        a = _trace(api, matvec, args, "matvec")
        s = _trace(api, solver, args, "solve", has_aux)
        t = s if transpose_solve is None else _trace(api, transpose_solver, args, "transpose_solve", has_aux)
        if t.outs != s.outs or t.result != s.result:
            raise TypeError(f"{api}: solve and transpose_solve must return the same types, also of the auxiliary results")
        attrs = {
            "matvec": a.name,
            "callee": s.name,
            "transpose_solve": t.name,
            "matvec_consts": len(a.captures),
            "solve_consts": len(s.captures),
            "transpose_consts": len(t.captures),
            "transposable": transpose_solve is not None,
        }
        operands = [*a.captures, *s.captures, *t.captures, *args.leaves]
        staged = any(f.staged for f in (a, s, t))
        outs = apply_function_op("pbfn.linear_solve", operands, attrs, s.outs, s.deriver, staged, s.weak)
    n = len(args.leaves)
    x = tree_unflatten(args.treedef, outs[:n])
    return (x, tree_unflatten(s.result, outs[n:])) if has_aux else x


def custom_root(
    f: Callable[[Any], Any],
    initial_guess: Any,
    solve: Callable[..., Any],
    tangent_solve: Callable[..., Any],
    has_aux: bool = False,
) -> Any:
    """A root of `f`, found by a given solver and differentiated by the implicit function theorem.

    The derivative with respect to what `f` closes over follows from ``f(x) = 0``; it does not go through the solver.

    Args:
      f: function of a pytree that returns a pytree of the same structure and types.
      initial_guess: pytree of arrays; the root does not depend on it, so it has no derivative.
      solve: ``solve(f, initial_guess) -> root``.
      tangent_solve: ``tangent_solve(g, y)`` solves ``g(x) = y`` for the linear function g, `f` linearized at the root. For
        scalars, ``lambda g, y: y / g(1.0)``. Reverse mode transposes it; use `custom_linear_solve` in it if it is a loop.
      has_aux: `solve` returns ``(root, aux)``; aux has no derivative.

    Returns:
      The root, or ``(root, aux)``.

    Raises:
      TypeError: `f` or `solve` returns another structure or other types than those of `initial_guess`.

    Reference: JAX documentation, jax.lax.custom_root.

    >>> import pullback
    >>> from pullback import lax
    >>> def sqrt(a):
    ...     newton = lambda f, x: lax.fori_loop(0, 20, lambda i, x: (x + a / x) / 2, x)
    ...     return lax.custom_root(lambda x: x * x - a, 1.0, newton, lambda g, y: y / g(1.0))
    >>> print(sqrt(4.0), pullback.grad(sqrt)(4.0))
    2.0 0.25
    """
    api = "custom_root"
    _check_callables(api, f=f, solve=solve, tangent_solve=tangent_solve)
    from ..autodiff import jvp
    from ..custom import custom_jvp

    guess = _arguments(api, f, "initial_guess", initial_guess)

    def solver(x: Any) -> Any:
        return solve(f, x)

    solver.__wrapped__ = solve  # type: ignore[attr-defined]
    if current_frame() is None:
        return _eager_root(api, f, solver, guess, has_aux)
    equation = _trace(api, f, guess, "f")
    search = _trace(api, solver, guess, "solve", has_aux)
    n = len(guess.leaves)

    def residual(captures: list[Any], leaves: list[Any]) -> list[Any]:
        return _call(equation, captures, leaves)

    def root(params: list[Any], others: list[Any], start: list[Any]) -> list[Any]:
        return _call(search, others, start)

    differentiable = custom_jvp(root)

    @differentiable.defjvp
    def rule(primals: Any, tangents: Any) -> Any:
        params, dparams = primals[0], tangents[0]
        outs = differentiable(*primals)
        x = outs[:n]
        rhs = jvp(lambda p: residual(p, x), (params,), (dparams,))[1]

        def linearized(v: Any) -> Any:
            leaves, treedef = tree_flatten(v)
            if treedef != guess.treedef:
                raise TypeError(f"{api}: the linearized function takes a pytree of structure {guess.treedef}, got {treedef}")
            return tree_unflatten(guess.treedef, jvp(lambda y: residual(params, y), (x,), (_like(leaves, x),))[1])

        y = tree_unflatten(guess.treedef, [-t for t in rhs])
        dx, treedef = tree_flatten(tangent_solve(linearized, y))
        if treedef != guess.treedef:
            raise TypeError(f"{api}: tangent_solve must return the structure of initial_guess, {guess.treedef}, got {treedef}")
        return outs, [*dx, *(_zero_tangent(a) for a in outs[n:])]

    outs = differentiable(equation.captures, search.captures, guess.leaves)
    x = tree_unflatten(guess.treedef, outs[:n])
    return (x, tree_unflatten(search.result, outs[n:])) if has_aux else x


def _like(leaves: list[Any], primals: list[Any]) -> list[Any]:
    """Tangents with the dtypes and shapes of the primals: ``g(1.0)`` may be given a Python number."""
    from ..numpy import asarray

    return [asarray(v, p.dtype) for v, p in zip(leaves, primals)]


def _zero_tangent(x: Any) -> Any:
    return np.zeros(x.shape, x.dtype if T.is_inexact(x.aval.dtype) else dtypes.float0)


def _eager_root(api: str, f: Any, solver: Callable[[Any], Any], guess: Arguments, has_aux: bool) -> Any:
    """Nothing is being differentiated or compiled: the solver runs on values. `f` is traced for the sake of its errors."""
    _trace(api, f, guess, "f")
    leaves, aux = _checked(api, solver, solver(tree_unflatten(guess.treedef, guess.leaves)), guess, "solve", has_aux)
    x = tree_unflatten(guess.treedef, leaves)
    return (x, aux) if has_aux else x


__all__ = ["custom_linear_solve", "custom_root"]
