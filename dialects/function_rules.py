"""What the rules of control flow share: joining masks over branches, fixpoints of loop carries, splitting complex numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

from . import types as T
from .builder import Builder
from .ir import Op, Symbol, Value
from .spec import SYMBOL, SYMBOLS, TABLE
from .types import Aval

Mask = tuple[bool, ...]


def running(op: Op) -> tuple[str, ...]:
    """The functions that run when the operation does; the rules of a custom derivative do not."""
    if op.spec.body is not None:
        return (op.attrs["callee"],)
    return op.spec.regions(op.attrs) if op.spec.regions is not None else ()


def given(values: Iterable[Value | None]) -> list[Value]:
    """The values that are not None, which stands for a symbolic zero."""
    return [v for v in values if v is not None]


def pick(values: Iterable[Any], mask: Iterable[bool]) -> list[Any]:
    """The values at which the mask is true."""
    return [v for v, on in zip(values, mask, strict=True) if on]


def spread(mask: Iterable[bool], values: Iterable[Value]) -> list[Value | None]:
    """One entry for each entry of the mask: the next value where it is true, else None. The inverse of `pick`."""
    it = iter(values)
    return [next(it) if on else None for on in mask]


def take(values: Sequence[Any], *sizes: int) -> list[list[Any]]:
    """Consecutive pieces of `values` of the given sizes, and then the rest."""
    pieces, start = [], 0
    for n in sizes:
        pieces.append(list(values[start : start + n]))
        start += n
    return [*pieces, list(values[start:])]


def avals_of(values: Iterable[Value]) -> list[Any]:
    return [v.aval for v in values]


def is_active(values: Iterable[Value | None]) -> Mask:
    return tuple(v is not None for v in values)


def instantiated(b: Builder, avals: Iterable[Any], values: Iterable[Value | None], mask: Iterable[bool]) -> list[Value]:
    """Values at which the mask is true, with zeros for those that are None."""
    return [b.zeros(a) if v is None else v for a, v, on in zip(avals, values, mask, strict=True) if on]


# Derivations of several functions at once, and of loop bodies -----------------------------------------------------------
def joined(derive: Callable[[str, Mask | None], Any], names: Sequence[str]) -> tuple[list[Any], Mask]:
    """``derive(name, instantiate)`` for branches that must agree on which results are there (`mask` of what it returns)."""
    first = [derive(name, None) for name in names]
    mask: Mask = tuple(any(column) for column in zip(*(f.mask for f in first), strict=True))
    return [f if f.mask == mask else derive(name, mask) for f, name in zip(first, names)], mask


def fixpoint(derive: Callable[[Mask], Any], carry: Mask, out: Callable[[Mask], Mask] | None = None) -> tuple[Any, Mask]:
    """The smallest mask of a loop carry that contains `carry` and that the derived body maps to itself.

    ``derive(carry)`` returns something with a `mask`, of which `out` selects the carry (by default its first entries).
    """
    while True:
        derived = derive(carry)
        after = out(derived.mask) if out is not None else derived.mask[: len(carry)]
        joint: Mask = tuple(x or y for x, y in zip(carry, after, strict=True))
        if joint == carry:
            return derived, carry
        carry = joint


# Dependence ---------------------------------------------------------------------------------------------------------------
class Pruned(NamedTuple):
    """An operation without some of its results: which operands and results it keeps, and its attributes then."""

    operands: Mask
    attrs: dict[str, Any]
    results: Mask


def op_reach(d: Any, op: Op, mask: Sequence[bool]) -> Mask:
    """Which results of an operation depend on the operands in the mask."""
    if op.spec.reach is not None and any(mask) and not all(mask):
        return tuple(op.spec.reach(d, op, tuple(mask)))
    return (any(mask),) * len(op.results)


def reached(d: Any, name: str, mask: Sequence[bool]) -> Mask:
    """Which results of a function depend on the arguments in the mask."""
    func = d.prepared(name)
    found = set(pick(func.args, mask))
    for op in func.ops:
        operands = [v in found for v in op.operands]
        if any(operands):
            found.update(pick(op.results, op_reach(d, op, operands)))
    return tuple(v in found for v in func.results)


def reach_callee(d: Any, op: Op, mask: Mask) -> Mask:
    """Rule `reach` of an op that applies its callee to its operands."""
    return reached(d, op.attrs["callee"], mask)


def prune_callee(p: Any, op: Op, used: Mask) -> Pruned | None:
    """Rule `prune` of an op that applies its callee to its operands."""
    callee = op.attrs["callee"]
    needed = p.needed(callee, used)
    if all(used) and all(needed):
        return None
    return Pruned(needed, {**op.attrs, "callee": p.select(callee, needed, used)}, used)


# A function in place of an operation --------------------------------------------------------------------------------------
def inline_linearized(
    d: Any, b: Builder, name: str, primals: list[Value], tangents: list[Value | None]
) -> tuple[list[Value], list[Value | None]]:
    """Emits the linearized function at a `LinearizingBuilder`; returns results and their tangents (None for zero)."""
    lin = d.linearize(name, is_active(tangents))
    results = d.inline(b, lin.fwd, primals)
    outs, residuals = results[: lin.n_outs], results[lin.n_outs :]
    if not any(lin.mask):
        return outs, [None] * len(outs)
    return outs, spread(lin.mask, d.inline(b, lin.lin, [*residuals, *given(tangents)]))


def inline_jvp(
    d: Any, b: Builder, name: str, primals: list[Value], tangents: list[Value | None]
) -> tuple[list[Value], list[Value | None]]:
    """Emits the jvp of a function; returns results and their tangents (None for zero)."""
    derived = d.jvp(name, is_active(tangents))
    results = d.inline(b, derived.name, [*primals, *given(tangents)])
    n = len(derived.mask)
    return results[:n], spread(derived.mask, results[n:])


# Complex numbers ----------------------------------------------------------------------------------------------------------
def flat_parts(operands: Iterable[Any]) -> list[Value]:
    """Operands with each pair (re, im) in place as two values."""
    return [part for v in operands for part in (v if isinstance(v, tuple) else (v,))]


def split_avals(avals: Iterable[Aval]) -> list[Aval]:
    """Types with each complex one in place as two real ones."""
    return [Aval(a.shape, T.real_of(a.dtype)) for a in avals for _ in range(1 + T.is_complex(a.dtype))]


def paired(avals: Iterable[Aval], values: Iterable[Value]) -> list[Any]:
    """The inverse of `split_avals` on values: complex results as pairs."""
    it = iter(values)
    return [(next(it), next(it)) if T.is_complex(a.dtype) else next(it) for a in avals]


def split_op(name: str) -> Callable[..., list[Any]]:
    """Rule `split_complex` of an op over functions: the same op on the parts, over functions on the parts."""

    def rule(d: Any, b: Builder, operands: list[Any], attrs: dict[str, Any], outs: list[Aval]) -> list[Any]:
        spec = TABLE[name]
        assert spec.flatten is not None
        new = dict(spec.flatten(attrs, [2 if isinstance(v, tuple) else 1 for v in operands]))
        for attr, kind in spec.attrs.items():
            if kind == SYMBOL:
                new[attr] = d.split_complex(new[attr])
            elif kind == SYMBOLS:
                new[attr] = tuple(d.split_complex(f) for f in new[attr])
        return paired(outs, b.emit_typed(spec, flat_parts(operands), new, split_avals(outs)))

    return rule


def split_inlined(d: Any, b: Builder, callee: Symbol, operands: list[Any], outs: list[Aval]) -> list[Any]:
    """The body of a function, with complex numbers split, in place of an operation."""
    return paired(outs, d.inline(b, d.split_complex(callee), flat_parts(operands)))


def emit_like(b: Builder, op: Op, operands: Iterable[Value], attrs: dict[str, Any], avals: Iterable[Any]) -> list[Value]:
    """Emits an op of the same kind as `op`."""
    return b.emit_typed(op.spec, operands, {**op.attrs, **attrs}, avals)
