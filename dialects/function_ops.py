"""Function ops that stand for transformations, and calls: pbfn.call, map, jvp, vjp_fwd, vjp_bwd, linear_transpose,
vmap.

Each names a function of the module. The transformation ops are what the frontend traces `jvp`, `vjp`, `vmap` and
`linear_transpose` to; the expand pass replaces them by derived functions. They have no other rules: a derivation starts
from functions that are already expanded, so that higher orders close by construction.

Masks are attributes over the arguments of the callee. Captured outer values are ordinary trailing arguments.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from . import types as T
from .builder import Builder
from .function_rules import prune_callee, reach_callee
from .ir import Op, Symbol, Value
from .spec import BOOL, BOOLS, I64, I64S, STR, SYMBOL, NoRule, NotDifferentiable, define

Flat = Value | list[Value]  # an operand, or the residuals that a tape operand stands for

_EXPANDED = "the expand pass removes it before this rule could be asked for"


def flatten_operands(operands: Sequence[Flat]) -> list[Value]:
    """Operands with each tape replaced by its residuals."""
    flat: list[Value] = []
    for v in operands:
        if isinstance(v, list):
            flat += v
        else:
            flat.append(v)
    return flat


def flatten_mask(mask: Sequence[Any], operands: Sequence[Flat], tape: Any = False) -> tuple[Any, ...]:
    """A mask over operands, spread over the residuals of tapes, which get `tape`."""
    flat: list[Any] = []
    for m, v in zip(mask, operands, strict=True):
        flat += [tape] * len(v) if isinstance(v, list) else [m]
    return tuple(flat)


def with_zeros(b: Builder, avals: Sequence[Any], mask: Sequence[bool], values: Sequence[Value]) -> list[Value]:
    """Values for all `avals`: those in the mask are given, the others are zeros."""
    it = iter(values)
    return [next(it) if on else b.zeros(a) for a, on in zip(avals, mask, strict=True)]


def inexact(avals: Sequence[Any]) -> list[bool]:
    """Which avals have a tangent space."""
    return [isinstance(a, T.Aval) and T.is_inexact(a.dtype) for a in avals]


def _callee(attrs: dict[str, Any]) -> tuple[Symbol, ...]:
    """The function named by the attribute; `vjp_bwd` names its function in the type of the tape only."""
    return (attrs["callee"],) if "callee" in attrs else ()


def _transform(name: str, attrs: dict[str, str], expand: Any, doc: str, reference: str) -> None:
    define(
        "pbfn." + name,
        ("args*",),
        attrs,
        results=("outs*",),
        evaluate=NoRule(_EXPANDED),
        jvp=NotDifferentiable(_EXPANDED),
        transpose=NotDifferentiable(_EXPANDED),
        batch=NoRule(_EXPANDED),
        lower=NoRule(_EXPANDED),
        split_complex=NoRule(_EXPANDED),
        expand=expand,
        regions=_callee,
        function=True,
        transform=True,
        doc=doc,
        reference=reference,
    )


# jvp ---------------------------------------------------------------------------------------------------------------------
def _expand_jvp(d: Any, b: Builder, op: Op, operands: list[Flat]) -> list[Flat]:
    active = op.attrs["active"]
    n = len(active)
    args, tangents = operands[:n], flatten_operands(operands[n:])
    derived = d.jvp(op.attrs["callee"], flatten_mask(active, args))
    results = d.inline(b, derived.name, flatten_operands(args) + tangents)
    n_outs = len(derived.mask)
    outs = results[:n_outs]
    tangent = dict(zip([i for i, on in enumerate(derived.mask) if on], results[n_outs:]))
    return [
        *outs,
        *(tangent[i] if i in tangent else b.zeros(v.aval) for i, v in enumerate(outs) if T.is_inexact(v.dtype)),
    ]


_transform(
    "jvp",
    {"callee": SYMBOL, "active": BOOLS},
    _expand_jvp,
    "Results of the callee, then the tangents of its floating-point results. Operands: the callee's arguments, then the "
    "tangents of those that are active.",
    "Griewank and Walther, Evaluating Derivatives (2008), chapter 3",
)


# vjp ---------------------------------------------------------------------------------------------------------------------
def _expand_vjp_fwd(d: Any, b: Builder, op: Op, operands: list[Flat]) -> list[Flat]:
    lin = d.linearize(op.attrs["callee"], flatten_mask(op.attrs["active"], operands))
    results = d.inline(b, lin.fwd, flatten_operands(operands))
    return [*results[: lin.n_outs], results[lin.n_outs :]]


def tape_linearized(d: Any, tape: T.Tape) -> Any:
    """The linearized function behind a tape type. Tapes captured by the callee are spread over its mask."""
    flat = []
    for aval, on in zip([v.aval for v in d.module[tape.callee].args], tape.active, strict=True):
        flat += [False] * len(tape_residuals(d, aval)) if isinstance(aval, T.Tape) else [on]
    return d.linearize(tape.callee, flat)


def tape_residuals(d: Any, tape: T.Tape) -> list[T.Aval]:
    """Types of the residuals that a tape stands for."""
    return tape_linearized(d, tape).residuals


def _expand_vjp_bwd(d: Any, b: Builder, op: Op, operands: list[Flat]) -> list[Flat]:
    tape = op.operands[0].aval
    assert isinstance(tape, T.Tape) and isinstance(operands[0], list)
    lin = tape_linearized(d, tape)
    cts = flatten_operands(operands[1:])
    fwd_avals = d.result_avals(lin.fwd)[: lin.n_outs]
    # cotangents come for every floating-point result; those of results without tangent have no effect
    per_out = dict(zip([i for i, on in enumerate(inexact(fwd_avals)) if on], cts, strict=True))
    name, mask = lin.bwd([True] * sum(lin.mask))
    values = d.inline(b, name, [*operands[0], *(per_out[i] for i, on in enumerate(lin.mask) if on)])
    active_avals = [a for a, on in zip(d.arg_avals(lin.fwd), lin.active) if on]
    return list(with_zeros(b, active_avals, mask, values))


_transform(
    "vjp_fwd",
    {"callee": SYMBOL, "active": BOOLS},
    _expand_vjp_fwd,
    "Results of the callee and a tape: the residuals for pulling cotangents back to the active arguments.",
    "Radul et al., You Only Linearize Once (POPL 2023)",
)
_transform(
    "vjp_bwd",
    {},
    _expand_vjp_bwd,
    "Cotangents of the active arguments of the function behind the tape (first operand), from the cotangents of its "
    "floating-point results.",
    "Radul et al., You Only Linearize Once (POPL 2023)",
)


# linear_transpose --------------------------------------------------------------------------------------------------------
def _expand_linear_transpose(d: Any, b: Builder, op: Op, operands: list[Flat]) -> list[Flat]:
    linear = op.attrs["linear"]
    n = sum(not m for m in linear)
    it = iter(operands[:n])
    full: list[Flat] = [[] if m else next(it) for m in linear]
    mask = [m for m, v in zip(linear, full) for _ in (range(len(v)) if isinstance(v, list) and not m else range(1))]
    avals = d.result_avals(op.attrs["callee"])
    derived = d.transpose(op.attrs["callee"], mask, [True] * len(avals), [True] * sum(mask))
    return list(d.inline(b, derived.name, flatten_operands(operands)))


_transform(
    "linear_transpose",
    {"callee": SYMBOL, "linear": BOOLS},
    _expand_linear_transpose,
    "Cotangents of the linear arguments of the callee. Operands: its other arguments, then the cotangents of its results.",
    "JAX documentation, jax.linear_transpose",
)


# vmap --------------------------------------------------------------------------------------------------------------------
def _expand_vmap(d: Any, b: Builder, op: Op, operands: list[Flat]) -> list[Flat]:
    axes, size = op.attrs["in_axes"], op.attrs["size"]
    args: list[Flat] = [
        b.moveaxis(v, ax, 0) if ax > 0 and isinstance(v, Value) else v for v, ax in zip(operands, axes, strict=True)
    ]
    batched = [ax >= 0 for ax in flatten_mask(axes, args, tape=-1)]
    avals = d.result_avals(op.attrs["callee"])
    derived = d.batch(op.attrs["callee"], batched, size, op.attrs["axis_name"], [True] * len(avals))
    return list(d.inline(b, derived.name, flatten_operands(args)))


_transform(
    "vmap",
    {"callee": SYMBOL, "in_axes": I64S, "size": I64, "axis_name": STR},
    _expand_vmap,
    "Results of the callee mapped over axis `in_axes[i]` of operand i (-1: not mapped), stacked along a new first axis. "
    "`axis_name` names the axis for collectives; it is empty if there are none.",
    "JAX documentation, jax.vmap",
)


# call --------------------------------------------------------------------------------------------------------------------
def _expand_call(d: Any, b: Builder, op: Op, operands: list[Flat]) -> Any:
    if op.attrs["jit"] and d.call_compiled is not None:
        return NotImplemented
    return d.inline(b, op.attrs["callee"], flatten_operands(operands))


def emit_call(d: Any, b: Builder, name: Symbol, args: Sequence[Value]) -> list[Value]:
    """A call that stays one compiled function."""
    return b.emit_typed(CALL, args, {"callee": name, "jit": True}, d.result_avals(name))


def emit_callee(b: Builder, name: Symbol, args: Sequence[Value], like: Sequence[Value]) -> list[Value]:
    """A call of a function of the final program, with results of the types of `like`."""
    return b.emit_typed(CALL, args, {"callee": name, "jit": False}, [v.aval for v in like])


def split_tangents(d: Any, mask: Sequence[bool], results: list[Value]) -> tuple[list[Value], list[Value | None]]:
    """Results of a jvp function as outs and tangents with None for zeros."""
    n = len(mask)
    it = iter(results[n:])
    return results[:n], [next(it) if on else None for on in mask]


def _jvp_call(d: Any, b: Builder, op: Op, primals: list[Value], tangents: list[Value | None]) -> Any:
    derived = d.jvp(op.attrs["callee"], [t is not None for t in tangents])
    results = emit_call(d, b, derived.name, [*primals, *(t for t in tangents if t is not None)])
    return split_tangents(d, derived.mask, results)


def _linearize_call(d: Any, b: Builder, op: Op, primals: list[Value], tangents: list[Value | None]) -> Any:
    lin = d.linearize(op.attrs["callee"], [t is not None for t in tangents])
    results = emit_call(d, b, lin.fwd, primals)
    outs, residuals = results[: lin.n_outs], results[lin.n_outs :]
    if not any(lin.mask):
        return outs, [None] * len(outs)
    it = iter(emit_call(d, b, lin.lin, [*residuals, *(t for t in tangents if t is not None)]))
    return outs, [next(it) if on else None for on in lin.mask]


def _transpose_call(d: Any, b: Builder, op: Op, cts: list[Any], operands: list[Value], linear: list[bool]) -> Any:
    derived = d.transpose(op.attrs["callee"], linear, [c is not None for c in cts])
    nonlinear = [v for v, m in zip(operands, linear) if not m]
    it = iter(emit_call(d, b, derived.name, [*nonlinear, *(c for c in cts if c is not None)]))
    mask = iter(derived.mask)
    return [(next(it) if next(mask) else None) if m else None for m in linear]


def _batch_call(d: Any, b: Builder, op: Op, operands: list[Value], batched: list[bool]) -> Any:
    derived = d.batch(op.attrs["callee"], batched, b.size, b.axis_name)
    return emit_call(d, b, derived.name, operands), derived.mask


CALL = define(
    "pbfn.call",
    ("args*",),
    {"callee": SYMBOL, "jit": BOOL},
    results=("outs*",),
    evaluate=lambda run, arrays, attrs: run.call(attrs["callee"], arrays, attrs["jit"]),
    jvp=_jvp_call,
    linearize=_linearize_call,
    transpose=_transpose_call,
    batch=_batch_call,
    lower=lambda h, operands, attrs, outs: h.call(attrs["callee"], operands, outs),
    split_complex=NoRule("calls are inlined before complex numbers are split"),
    expand=_expand_call,
    body=lambda b, operands, attrs: operands,
    flatten=lambda attrs, counts: attrs,
    regions=_callee,
    prune=prune_callee,
    reach=reach_callee,
    function=True,
    traits=("call",),
    doc="Results of the callee. With `jit`, an eager program keeps the call as one compiled function; compiled programs inline it.",
    reference="MLIR func dialect, func.call",
)


# map ---------------------------------------------------------------------------------------------------------------------
def emit_map(b: Builder, name: Symbol, args: Sequence[Value], like: Value) -> Value:
    """The scalar function `name` at each element of the operands; the result has the type of `like`."""
    return b.emit_typed(MAP, args, {"callee": name}, [like.aval])[0]


def _evaluate_map(run: Any, arrays: Sequence[Any], attrs: dict[str, Any]) -> Any:
    name = attrs["callee"]
    out = np.empty(arrays[0].shape, T.np_dtype(run.d.prepared(name).results[0].dtype))
    for index in np.ndindex(out.shape):
        out[index] = run(name, [np.asarray(x[index]) for x in arrays])[0]
    return [out]


_FINAL = "outline-elementwise, which emits it, comes after all derivations"

MAP = define(
    "pbfn.map",
    ("args*",),
    {"callee": SYMBOL},
    results=("outs*",),
    evaluate=_evaluate_map,
    jvp=NotDifferentiable(_FINAL),
    transpose=NotDifferentiable(_FINAL),
    batch=NoRule(_FINAL),
    lower=lambda h, operands, attrs, outs: h.map(attrs["callee"], operands, outs[0]),
    split_complex=NoRule(_FINAL),
    regions=_callee,
    function=True,
    doc="The callee, a function of scalars with one result, at each element of operands of one shape.",
    reference="StableHLO specification, map",
)
