"""pbfn.linear_solve: the solution x of ``A x = b``, where A is given as a function and the user says how to solve.

It differentiates as the solution of a linear system does, whatever the solver computes: from ``A x = b`` follows
``A dx = db - dA x``, a system with the same A. The operation is linear in b, and its transpose solves with the transpose of A,
by the solver that is given for that. So no derivative ever goes through a solver, which may be a loop of any kind.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .builder import Builder
from .function_rules import emit_like, given, inline_jvp, inline_linearized, split_inlined, take
from .ir import Op, Value
from .spec import BOOL, I64, SYMBOL, NotDifferentiableError, define
from .types import Aval


def _parts(op_attrs: dict[str, Any], values: Any) -> list[list[Any]]:
    """Constants of the matvec, of the solver and of the transposed solver, and the right-hand side."""
    return take(values, op_attrs["matvec_consts"], op_attrs["solve_consts"], op_attrs["transpose_consts"])


def _body(b: Builder, operands: list[Any], attrs: dict[str, Any]) -> list[Any]:
    """What the solver is applied to."""
    _, consts, _, rhs = _parts(attrs, operands)
    return consts + rhs


def _rule(inline: Callable[..., Any]) -> Callable[..., Any]:
    """jvp and linearize: the same system again, for the right-hand side ``db - dA x``. Auxiliary results have no tangent."""

    def rule(d: Any, b: Builder, op: Op, primals: list[Value], tangents: list[Value | None]) -> Any:
        outs = b.clone(op, primals).results
        consts, _, _, rhs = _parts(op.attrs, primals)
        dconsts, _, _, drhs = _parts(op.attrs, tangents)
        n = len(rhs)
        if given(dconsts):
            moved = inline(d, b, op.attrs["matvec"], [*consts, *outs[:n]], [*dconsts, *[None] * n])[1]
            drhs = [b.add_tangents(db, None if da is None else b.neg(da)) for db, da in zip(drhs, moved)]
        if not given(drhs):
            return outs, [None] * len(outs)
        filled = [b.zeros(v.aval) if t is None else t for v, t in zip(rhs, drhs)]
        return outs, [*b.clone(op, [*primals[: len(primals) - n], *filled]).results[:n], *[None] * (len(outs) - n)]

    return rule


def _transpose(d: Any, b: Builder, op: Op, cts: list[Value | None], operands: list[Value], linear: list[bool]) -> Any:
    attrs = op.attrs
    consts, solve_consts, transpose_consts, rhs = _parts(attrs, operands)
    n, fixed = len(rhs), len(operands) - len(rhs)
    if any(linear[:fixed]):
        raise NotDifferentiableError("custom_linear_solve is linear in its right-hand side only", op.loc)
    if not attrs["transposable"]:
        raise NotDifferentiableError(
            "transpose_solve required for backwards mode automatic differentiation of custom_linear_solve: give it, or "
            "symmetric=True",
            op.loc,
        )
    given_cts = cts[:n]
    if not given(given_cts):
        return [None] * len(operands)
    mask = (False,) * len(consts) + (True,) * n
    matvec = d.transpose(attrs["matvec"], mask, (True,) * n, (True,) * n).name
    new = {
        **attrs,
        "matvec": matvec,
        "callee": attrs["transpose_solve"],
        "transpose_solve": attrs["callee"],
        "solve_consts": len(transpose_consts),
        "transpose_consts": len(solve_consts),
    }
    filled = [b.zeros(v.aval) if c is None else c for v, c in zip(op.results, given_cts)]  # type: ignore[arg-type]
    avals = d.result_avals(attrs["transpose_solve"])
    results = emit_like(b, op, [*consts, *transpose_consts, *solve_consts, *filled], new, avals)
    return [*[None] * fixed, *(v if m else None for v, m in zip(results, linear[fixed:]))]


def _batch(d: Any, b: Builder, op: Op, operands: list[Value], batched: list[bool]) -> Any:
    attrs = op.attrs
    consts, solve_consts, transpose_consts, rhs = _parts(attrs, batched)
    n = len(rhs)
    every = (True,) * n

    def solver(name: str, mask: list[bool]) -> Any:
        return d.batch(name, (*mask, *every), b.size, b.axis_name, (True,) * len(d.result_avals(name))).name

    new = {
        **attrs,
        "matvec": solver(attrs["matvec"], consts),
        "callee": solver(attrs["callee"], solve_consts),
        "transpose_solve": solver(attrs["transpose_solve"], transpose_consts),
    }
    first = len(operands) - n
    values = [*operands[:first], *(b.batched(v, m) for v, m in zip(operands[first:], rhs))]
    avals = [Aval((b.size, *r.shape), r.dtype) for r in op.results]
    return emit_like(b, op, values, new, avals), [True] * len(avals)


def _flatten(attrs: dict[str, Any], counts: list[int]) -> dict[str, Any]:
    matvec, solve, transpose, _ = _parts(attrs, counts)
    return {**attrs, "matvec_consts": sum(matvec), "solve_consts": sum(solve), "transpose_consts": sum(transpose)}


def _lower(h: Any, operands: list[Any], attrs: dict[str, Any], outs: list[Aval]) -> list[Any]:
    _, consts, _, rhs = _parts(attrs, operands)
    return h.inline(attrs["callee"], consts + rhs)


LINEAR_SOLVE = define(
    "pbfn.linear_solve",
    ("operands*",),
    {
        "matvec": SYMBOL,
        "callee": SYMBOL,
        "transpose_solve": SYMBOL,
        "matvec_consts": I64,
        "solve_consts": I64,
        "transpose_consts": I64,
        "transposable": BOOL,
    },
    results=("outs*",),
    evaluate=lambda run, arrays, attrs: run(attrs["callee"], _body(None, arrays, attrs)),  # type: ignore[arg-type]
    jvp=_rule(inline_jvp),
    linearize=_rule(inline_linearized),
    transpose=_transpose,
    batch=_batch,
    lower=_lower,
    body=_body,
    traits=("custom_rule",),
    split_complex=lambda d, b, operands, attrs, outs: split_inlined(d, b, attrs["callee"], _body(b, operands, attrs), outs),
    flatten=_flatten,
    regions=lambda attrs: (attrs["matvec"], attrs["callee"], attrs["transpose_solve"]),
    function=True,
    doc="The solution x of ``matvec(x) = b`` (and auxiliary results), as `callee` finds it. Operands: values that the matvec, the "
    "solver and the solver of the transposed system capture (`matvec_consts`, `solve_consts`, `transpose_consts` of them), then "
    "b. `matvec(matvec consts, x)` is linear in x; `callee(solve consts, b)` and `transpose_solve(transpose consts, b)` return "
    "solutions. Without `transposable` there is no solver for the transposed system, and `transpose_solve` only holds its place.",
    reference="JAX documentation, jax.lax.custom_linear_solve",
)
