"""Checkpoint policies: which values of a checkpointed function are saved for its reverse mode, and the names they go by.

A policy is text, so that a program carries it: a name, or a name with arguments, such as ``save_only_these_names('a', 'b')``.
It is asked about the operations of the forward pass, those included that compute what only the derivative needs.
"""

from __future__ import annotations

import ast
import functools
from collections.abc import Callable
from typing import Any

from . import types as T
from .ir import Op
from .rules import unary
from .spec import STR, OpError

Policy = Callable[[Op], bool]
NAME = "pb.checkpoint_name"


def _is_product(op: Op) -> bool:
    return op.spec.name in ("pb.dot_general", "pb.conv_general_dilated")


def _name(op: Op) -> str | None:
    return op.attrs["name"] if op.spec.name == NAME else None


_PLAIN: dict[str, Policy] = {
    "nothing_saveable": lambda op: False,
    "everything_saveable": lambda op: True,
    "dots_saveable": _is_product,
    "dots_with_no_batch_dims_saveable": lambda op: _is_product(op) and op.attrs.get("lhs_batch") == (),
}
_OF_NAMES: dict[str, Callable[[frozenset[str]], Policy]] = {
    "save_only_these_names": lambda names: lambda op: _name(op) in names,
    "save_any_names_but_these": lambda names: lambda op: _name(op) is not None and _name(op) not in names,
    "save_anything_except_these_names": lambda names: lambda op: _name(op) not in names,
}
_BOTH = "save_from_both_policies"
POLICIES = (*_PLAIN, *_OF_NAMES, _BOTH)


def _build(node: ast.expr) -> Policy:
    if isinstance(node, ast.Name) and node.id in _PLAIN:
        return _PLAIN[node.id]
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and not node.keywords:
        names = [a.value for a in node.args if isinstance(a, ast.Constant) and isinstance(a.value, str)]
        if node.func.id in _OF_NAMES and len(names) == len(node.args):
            return _OF_NAMES[node.func.id](frozenset(names))
        if node.func.id == _BOTH and len(node.args) == 2:
            first, second = map(_build, node.args)
            return lambda op: first(op) or second(op)
    raise ValueError


@functools.lru_cache(maxsize=256)
def policy(text: str) -> Policy:
    """The predicate on operations that a policy stands for: whether their results are saved."""
    try:
        return _build(ast.parse(text, mode="eval").body)
    except (SyntaxError, ValueError):
        raise OpError(f"checkpoint policy {text!r} is not known; known: {', '.join(POLICIES)}") from None


def policy_text(name: str, *args: Any) -> str:
    """The text of a policy with arguments."""
    return f"{name}({', '.join(a if name == _BOTH else repr(a) for a in args)})"


unary(
    "checkpoint_name",
    lambda operand, name: operand,
    T.DTYPES,
    attrs={"name": STR},
    jvp=lambda b, dx, out, x: dx,
    transpose=lambda b, cts, operands, linear, attrs: [cts],
    doc="The operand, under a name that policies of checkpoints speak of.",
    reference="JAX documentation, jax.ad_checkpoint.checkpoint_name",
    lower=lambda h, operands, attrs, outs: operands[0],
    split_complex=lambda b, operands, attrs, outs: operands[0],
    examples=lambda make: [((make(3),), {"name": "h"}), ((make(),), {"name": "a b"})],
    traits=("identity",),
)
