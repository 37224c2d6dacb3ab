"""What the verifier checks of operations over functions: that the functions they name fit operands and results."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from . import table as _table  # noqa: F401  fills the op table that the rules are attached to
from . import types as T
from .ir import Func, Module, Op, Value
from .spec import TABLE, OpError, Rule
from .types import Aval, Tape

Types = list[Any]


def _types(values: Iterable[Value]) -> Types:
    return [v.aval for v in values]


def _match(what: str, got: Sequence[Any], expected: Sequence[Any]) -> None:
    if len(got) != len(expected):
        raise OpError(f"{what}: expected {len(expected)}, got {len(got)}")
    for i, (g, e) in enumerate(zip(got, expected)):
        if g != e:
            raise OpError(f"{what}: number {i} must be {e}, got {g}")


def _check_mask(name: str, mask: Sequence[Any], func: Func) -> None:
    if len(mask) != len(func.args):
        raise OpError(
            f"attribute {name!r} must have one entry for each of the {len(func.args)} arguments of @{func.name}, got {len(mask)}"
        )


def _inexact(avals: Iterable[Any]) -> Types:
    return [a for a in avals if isinstance(a, Aval) and T.is_inexact(a.dtype)]


def _tangents(avals: Types, mask: Sequence[bool], name: str) -> Types:
    out = [a for a, on in zip(avals, mask) if on]
    if len(_inexact(out)) != len(out):
        bad = next(a for a in out if not _inexact([a]))
        raise OpError(f"attribute {name!r} marks an argument of type {bad}, which has no tangent space")
    return out


def _verify_call(module: Module, op: Op) -> None:
    func = module[op.attrs["callee"]]
    _match(f"arguments of @{func.name}", _types(op.operands), _types(func.args))
    _match(f"results of @{func.name}", _types(op.results), _types(func.results))


def _verify_map(module: Module, op: Op) -> None:
    func = module[op.attrs["callee"]]
    if not op.operands or len(op.results) != 1:
        raise OpError("it has operands, and one result")
    shapes = {v.shape for v in (*op.operands, *op.results)}
    if len(shapes) != 1:
        raise OpError(f"operands and result must have one shape, got {', '.join(str(v.aval) for v in (*op.operands, *op.results))}")
    _match(f"arguments of @{func.name}", [Aval((), v.dtype) for v in op.operands], _types(func.args))
    _match(f"results of @{func.name}", [Aval((), v.dtype) for v in op.results], _types(func.results))


def _verify_jvp(module: Module, op: Op) -> None:
    func, active = module[op.attrs["callee"]], op.attrs["active"]
    _check_mask("active", active, func)
    args = _types(func.args)
    n = len(args)
    _match(f"arguments of @{func.name}", _types(op.operands[:n]), args)
    _match("tangents", _types(op.operands[n:]), _tangents(args, active, "active"))
    outs = _types(func.results)
    _match(f"results of @{func.name} and their tangents", _types(op.results), outs + _inexact(outs))


def _verify_vjp_fwd(module: Module, op: Op) -> None:
    func, active = module[op.attrs["callee"]], op.attrs["active"]
    _check_mask("active", active, func)
    args = _types(func.args)
    _tangents(args, active, "active")
    _match(f"arguments of @{func.name}", _types(op.operands), args)
    _match(f"results of @{func.name} and the tape", _types(op.results), [*_types(func.results), Tape(func.name, tuple(active))])


def _verify_vjp_bwd(module: Module, op: Op) -> None:
    tape = op.operands[0].aval if op.operands else None
    if not isinstance(tape, Tape):
        raise OpError(f"the first operand must be a tape, got {tape}")
    if tape.callee not in module.funcs:
        raise OpError(f"the tape names function @{tape.callee}, which does not exist")
    func = module[tape.callee]
    _check_mask("active (of the tape)", tape.active, func)
    _match(f"cotangents of the results of @{func.name}", _types(op.operands[1:]), _inexact(_types(func.results)))
    _match(f"cotangents of the arguments of @{func.name}", _types(op.results), _tangents(_types(func.args), tape.active, "active"))


def _verify_linear_transpose(module: Module, op: Op) -> None:
    func, linear = module[op.attrs["callee"]], op.attrs["linear"]
    _check_mask("linear", linear, func)
    args = _types(func.args)
    others = [a for a, on in zip(args, linear) if not on]
    _match(f"arguments and cotangents of @{func.name}", _types(op.operands), others + _types(func.results))
    _match("cotangents of the linear arguments", _types(op.results), [a for a, on in zip(args, linear) if on])


def _verify_vmap(module: Module, op: Op) -> None:
    func, axes, size = module[op.attrs["callee"]], op.attrs["in_axes"], op.attrs["size"]
    _check_mask("in_axes", axes, func)
    if len(op.operands) != len(axes):
        raise OpError(f"expects {len(axes)} operands, got {len(op.operands)}")
    expected: Types = []
    for v, axis, arg in zip(op.operands, axes, func.args):
        if axis < 0 or not isinstance(arg.aval, Aval):
            expected.append(arg.aval)
            continue
        shape = list(arg.shape)
        if axis > len(shape):
            raise OpError(f"in_axes has axis {axis} for an argument of type {v.aval}")
        shape.insert(axis, size)
        expected.append(Aval(tuple(shape), arg.dtype))
    _match(f"arguments of @{func.name}", _types(op.operands), expected)
    outs = [Aval((size, *v.shape), v.dtype) if isinstance(v.aval, Aval) else v.aval for v in func.results]
    _match(f"results of @{func.name}", _types(op.results), outs)


def _verify_cond(module: Module, op: Op) -> None:
    index, branches = op.operands[0].aval, op.attrs["branches"]
    if index != Aval((), "i32"):
        raise OpError(f"the index must be i32[], got {index}")
    if not branches:
        raise OpError("there must be at least one branch")
    for name in branches:
        _match(f"arguments of branch @{name}", _types(op.operands[1:]), _types(module[name].args))
        _match(f"results of branch @{name}", _types(op.results), _types(module[name].results))


def _verify_while(module: Module, op: Op) -> None:
    cond, body = module[op.attrs["cond"]], module[op.attrs["body"]]
    nc, nb = op.attrs["cond_consts"], op.attrs["body_consts"]
    operands = _types(op.operands)
    max_steps, block = op.attrs.get("max_steps", 0), op.attrs.get("block", 0)
    if max_steps < 0 or block < 0:
        raise OpError(f"attributes 'max_steps' and 'block' must not be negative, got {max_steps} and {block}")
    cond_consts, body_consts, carry = operands[:nc], operands[nc : nc + nb], operands[nc + nb :]
    _match(f"arguments of @{cond.name}", cond_consts + carry, _types(cond.args))
    _match(f"results of @{cond.name}", _types(cond.results), [Aval((), "i1")])
    _match(f"arguments of @{body.name}", body_consts + carry, _types(body.args))
    _match(f"results of @{body.name}", _types(body.results), carry)
    outs = carry
    if "max_steps" in op.attrs:
        blocks = -(-max_steps // block) if block else 0
        outs = [*carry, Aval((), "i32"), *(Aval((blocks, *a.shape), a.dtype) for a in carry if block)]
    _match("results", _types(op.results), outs)


def _verify_scan(module: Module, op: Op) -> None:
    body, length = module[op.attrs["body"]], op.attrs["length"]
    n, k = op.attrs["num_consts"], op.attrs["num_carry"]
    head = len(op.spec.operands) - 1
    _match("number of iterations", _types(op.operands[:head]), [Aval((), "i32")] * head)
    operands = _types(op.operands[head:])
    xs = operands[n + k :]
    for a in xs:
        if not isinstance(a, Aval) or not a.shape or a.shape[0] != length:
            raise OpError(f"an operand of type {a} cannot be scanned over {length} iterations")
    _match(f"arguments of @{body.name}", operands[: n + k] + [Aval(a.shape[1:], a.dtype) for a in xs], _types(body.args))
    outs = _types(body.results)
    _match(f"carry of @{body.name}", outs[:k], operands[n : n + k])
    _match("results", _types(op.results), outs[:k] + [Aval((length, *a.shape), a.dtype) for a in outs[k:]])


def _verify_custom(module: Module, op: Op) -> None:
    """custom_jvp and custom_vjp: the first operands are what the callee takes."""
    func = module[op.attrs["callee"]]
    n = op.attrs["num_args"] + op.attrs["callee_consts"]
    _match(f"arguments of @{func.name}", _types(op.operands[:n]), _types(func.args))
    _match(f"results of @{func.name}", _types(op.results), _types(func.results))


def _verify_linear_solve(module: Module, op: Op) -> None:
    counts = [op.attrs[k] for k in ("matvec_consts", "solve_consts", "transpose_consts")]
    operands = _types(op.operands)
    rhs = operands[sum(counts) :]
    outs = {"matvec": rhs, "callee": _types(op.results), "transpose_solve": _types(op.results)}
    _match("the solution", outs["callee"][: len(rhs)], rhs)
    start = 0
    for (attr, results), count in zip(outs.items(), counts):
        func = module[op.attrs[attr]]
        _match(f"arguments of @{func.name}", operands[start : start + count] + rhs, _types(func.args))
        _match(f"results of @{func.name}", _types(func.results), results)
        start += count


def _verify_custom_vmap(module: Module, op: Op) -> None:
    func = module[op.attrs["callee"]]
    _match(f"arguments of @{func.name}", _types(op.operands), _types(func.args))
    _match(f"results of @{func.name}", _types(op.results), _types(func.results))


RULES: dict[str, Rule] = {
    "pbfn.call": _verify_call,
    "pbfn.map": _verify_map,
    "pbfn.checkpoint": _verify_call,
    "pbfn.jvp": _verify_jvp,
    "pbfn.vjp_fwd": _verify_vjp_fwd,
    "pbfn.vjp_bwd": _verify_vjp_bwd,
    "pbfn.linear_transpose": _verify_linear_transpose,
    "pbfn.vmap": _verify_vmap,
    "pbfn.cond": _verify_cond,
    "pbfn.while": _verify_while,
    "pbfn.bounded_while": _verify_while,
    "pbfn.scan": _verify_scan,
    "pbfn.counted_scan": _verify_scan,
    "pbfn.linear_solve": _verify_linear_solve,
    "pbfn.custom_jvp": _verify_custom,
    "pbfn.custom_vjp": _verify_custom,
    "pbfn.custom_vmap": _verify_custom_vmap,
}

for _name, _rule in RULES.items():
    TABLE[_name].verify = _rule
