"""The op table: one declarative `OpSpec` per operation, with all its rules in one place.

Rules of ordinary (`pb`) operations; `attrs` are passed as keyword arguments where the signature says ``**attrs``:

- ``infer(*avals, **attrs) -> Aval | tuple[Aval, ...]``: result types; raises `OpError` on ill-typed operands.
- ``evaluate(*arrays, **attrs) -> array | tuple``: NumPy semantics; never mutates its inputs.
- ``jvp(b, primals, tangents, outs, attrs) -> tangent | list``: tangents and results may be None (symbolic zero).
- ``transpose(b, cts, operands, linear, attrs) -> list``: cotangent (or None) for each operand; of operands with
  ``linear[i]`` only the aval may be used. ``cts`` is one value for one result, else a list with None for zeros.
- ``batch(b, operands, batched, attrs) -> value(s)``: operands with ``batched[i]`` carry the batch dimension first
  (size ``b.size``); so do all results.
- ``decompose(b, operands, attrs, outs) -> value(s)``: the op in terms of simpler pb ops, where `lower` has no direct form.
- ``lower(h, operands, attrs, outs) -> value(s)``: emits StableHLO through `dialects.hlo.HloBuilder`; `outs` are result avals.
- ``split_complex(b, operands, attrs, outs) -> value(s)``: the op when some operand or result is complex, in real ops. A
  complex operand comes as a pair ``(re, im)`` of values, a real one as a value; a complex result is returned as a pair.

Operations over functions (`pbfn`) name functions of the module in their attributes. Their rules get the deriver ``d``
(`passes.deriver.Deriver`) first and work on the whole operation:

- ``evaluate(run, arrays, attrs) -> list``: ``run(name, arrays)`` evaluates a function of the module.
- ``jvp(d, b, op, primals, tangents) -> (outs, tangents)``, and ``linearize`` alike, where `b` is a `LinearizingBuilder`:
  what touches a tangent lands in the linear part by itself.
- ``transpose(d, b, op, cts, operands, linear) -> list``, ``batch(d, b, op, operands, batched) -> (outs, mask)``.
- ``lower(h, operands, attrs, outs) -> list``: ``h.inline(name, args)`` writes a function's body.
A rule that does not exist is `NotDifferentiable("why")` (or `NoRule("why")`), never silently absent.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from .errors import PullbackError as PullbackError

# Attribute kinds, and their MLIR spelling: see printer.py and irdl.py.
I64 = "i64"
I64S = "i64s"  # array<i64: ...>
F64 = "f64"
BOOL = "bool"
BOOLS = "bools"  # array<i1: ...>
STR = "str"
SYMBOL = "symbol"  # @f
SYMBOLS = "symbols"  # [@f, @g]
DENSE = "dense"
DTYPE = "dtype"  # a type attribute such as f32
ATTR_KINDS = (I64, I64S, F64, BOOL, BOOLS, STR, SYMBOL, SYMBOLS, DENSE, DTYPE)


class OpError(TypeError):
    """An operation is ill-typed: operand types or attributes do not fit."""


class NotDifferentiableError(PullbackError, TypeError):
    """The program differentiates an operation that has no derivative rule."""


class NoRuleError(PullbackError, NotImplementedError):
    """An operation has no rule for the requested transformation or target."""


@dataclass(frozen=True)
class NotDifferentiable:
    """Stands in place of a jvp or transpose rule and says why there is none."""

    why: str


@dataclass(frozen=True)
class NoRule:
    """Stands in place of any other rule and says why there is none."""

    why: str


#: jvp of operations whose results carry no tangent (integers, booleans, piecewise constants).
ZERO = "zero"
#: transpose of operations that are not linear in any operand; jvp rules never produce them on tangents.
NOT_LINEAR = NotDifferentiable("the operation is not linear, so no derivative rule applies it to a tangent")

Rule = Callable[..., Any]
Example = tuple[tuple[Any, ...], dict[str, Any]]  # operands (NumPy arrays), attributes


@dataclass(eq=False)
class OpSpec:
    """Declaration of one operation."""

    name: str
    operands: tuple[str, ...]
    attrs: dict[str, str] = field(default_factory=dict)
    results: tuple[str, ...] = ("result",)
    infer: Rule | None = None
    evaluate: Rule | NoRule | None = None
    jvp: Rule | NotDifferentiable | str | None = None
    transpose: Rule | NotDifferentiable | None = NOT_LINEAR
    batch: Rule | NoRule | None = None
    decompose: Rule | None = None  # applied when lowering to StableHLO, when `decompose_if` (if given) holds
    decompose_if: Rule | None = None  # (operand avals, attrs) -> bool
    lower: Rule | NoRule | None = None
    split_complex: Rule | NoRule | None = None
    flops: Rule | None = None  # cost model: (operand avals, result avals, attrs) -> floating-point operations
    linearize: Rule | None = None  # pbfn only: jvp split into a primal and a linear part
    #: pbfn only: ``body(b, operands, attrs)`` is what function `callee` is applied to when the op is replaced by its body. The
    #: traits say by which pass: "call" by inline, "checkpoint" by checkpoint, "custom_rule" by resolve-custom-rules.
    body: Rule | None = None
    expand: Rule | None = None  # pbfn only: replaces the op in the expand pass; returns NotImplemented to keep it
    flatten: Rule | None = None  # pbfn only: attributes when operand i becomes counts[i] operands (tapes, complex pairs)
    simplify: Rule | None = None  # optional: ``(b, operands, attrs, op) -> value(s)``, or None; see simplify_rules.py
    verify: Rule | None = None  # pbfn only, optional: ``(module, op)`` raises OpError; what `infer` cannot see
    #: pbfn only, optional: ``(p, op, used) -> Pruned | None``: the op without results that are not used, and without what only
    #: they need; `p` is a `passes.dce.Pruner`.
    prune: Rule | None = None
    reach: Rule | None = None  # pbfn only, optional: ``(d, op, mask) -> mask``: the results that depend on operands in the mask
    thread: Rule | None = None  # pbfn only: passes a state through the functions that the op runs; see effect_rules.py
    regions: Rule | None = None  # pbfn only: the functions that the op names, ``(attrs) -> tuple of symbols``
    dtypes: tuple[str, ...] = ()  # element types of the first operand that the op accepts (documentation and tests)
    function: bool = False  # a pbfn op: rules take the deriver first
    transform: bool = False  # a pbfn op that the expand pass always removes
    #: Classes of operations that passes ask for. Of those that matter for kernels: "elementwise"; "reindexes" (the same elements
    #: in another shape or order), "spreading" (each of them several times), "joins" (kernels of parts stay apart before it).
    traits: tuple[str, ...] = ()
    doc: str = ""
    reference: str = ""
    #: ``examples(make)``: inputs for the systematic tests. ``make(*shape, low=-2, high=2)`` is a random array of the element
    #: type under test (``make.dtype`` is its name, ``make.rng`` a NumPy Generator for index operands).
    examples: Callable[[Any], list[Example]] | None = None

    @property
    def short(self) -> str:
        return self.name.partition(".")[2]

    @property
    def namespace(self) -> str:
        return self.name.partition(".")[0]

    @property
    def variadic(self) -> bool:
        return bool(self.operands) and self.operands[-1].endswith("*")

    def __repr__(self) -> str:
        return f"<OpSpec {self.name}>"


TABLE: dict[str, OpSpec] = {}


def define(name: str, operands: Sequence[str] = (), attrs: dict[str, str] | None = None, **rules: Any) -> OpSpec:
    """Adds one operation to the table and returns its spec."""
    if name in TABLE:
        raise ValueError(f"operation {name} is defined twice")
    spec = OpSpec(name, tuple(operands), attrs or {}, **rules)
    for attr, kind in spec.attrs.items():
        if kind not in ATTR_KINDS:
            raise ValueError(f"{name}: attribute {attr} has unknown kind {kind}")
    TABLE[name] = spec
    return spec
