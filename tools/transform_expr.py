"""``--transform "vmap(grad(f, argnums=0), in_axes=(None, 0))"``: an expression in a tiny, safe language.

An expression is the name of the function (``f``, or its own name) or a call of a transformation with an expression as its
first argument and Python literals for the others. Nothing else is evaluated.
"""

from __future__ import annotations

import ast
import difflib
import inspect
from collections.abc import Callable
from typing import Any

import click

import pullback

from .entries import with_tangents

_PLAIN = ("grad", "value_and_grad", "jacfwd", "jacrev", "hessian", "vmap", "jit", "checkpoint")
_DERIVED = ("jvp", "hvp", "vjp")


class _Evaluator:
    def __init__(self, text: str, fun: Callable[..., Any], function: str, names: list[str]):
        self.text, self.fun, self.function, self.names = text, fun, function, names
        self.applied: list[str] = []

    def fail(self, node: ast.AST | int, what: str) -> Any:
        at = node if isinstance(node, int) else getattr(node, "col_offset", 0)
        raise click.UsageError(f"--transform: {what}\n  {self.text}\n  {' ' * at}^")

    def expression(self, node: ast.expr) -> Callable[..., Any]:
        if isinstance(node, ast.Name):
            if node.id in ("f", self.function):
                return self.fun
            self.fail(node, f"unknown name {node.id!r}; the function is called f")
        if not isinstance(node, ast.Call):
            self.fail(node, "expected f or a transformation of it, such as grad(f)")
        assert isinstance(node, ast.Call)
        if not isinstance(node.func, ast.Name):
            self.fail(node, "expected the name of a transformation")
        assert isinstance(node.func, ast.Name)
        name = node.func.id
        if name not in _PLAIN + _DERIVED:
            close = difflib.get_close_matches(name, _PLAIN + _DERIVED, 1)
            known = f"did you mean {close[0]}?" if close else f"known: {', '.join(_PLAIN + _DERIVED)}"
            self.fail(node, f"unknown transformation {name!r}; {known}")
        if not node.args or any(isinstance(a, ast.Starred) for a in node.args) or any(k.arg is None for k in node.keywords):
            self.fail(node, f"{name} needs a function as its first argument")
        self.applied.append(name)
        inner = self.expression(node.args[0])
        args = [self.literal(a) for a in node.args[1:]]
        keywords = {str(k.arg): self.literal(k.value) for k in node.keywords}
        return self.apply(node, name, inner, args, keywords)

    def literal(self, node: ast.expr) -> Any:
        try:
            return ast.literal_eval(node)
        except (ValueError, SyntaxError, MemoryError, RecursionError):
            self.fail(node, "expected a literal: a number, None, True, False, a string or a tuple of them")

    def apply(
        self, node: ast.Call, name: str, inner: Callable[..., Any], args: list[Any], keywords: dict[str, Any]
    ) -> Callable[..., Any]:
        transform: Any = _derived(name, self.names) if name in _DERIVED else getattr(pullback, name)
        try:
            inspect.signature(transform).bind(inner, *args, **keywords)
            return transform(inner, *args, **keywords)
        except (TypeError, ValueError) as error:
            return self.fail(node, f"{name}: {error}")


def _derived(name: str, names: list[str]) -> Callable[..., Any]:
    """Transformations whose result takes tangents after the arguments, as the entries of the same name do."""

    def of_all(fun: Callable[..., Any], argnums: Any) -> Any:
        own = [n for n in inspect.signature(fun).parameters if n in names]
        return own, tuple(range(len(own))) if argnums is None else argnums

    def jvp(fun: Callable[..., Any], argnums: Any = None) -> Callable[..., Any]:
        own, where = of_all(fun, argnums)
        return with_tangents(fun, own, where, False)

    def hvp(fun: Callable[..., Any], argnums: Any = 0) -> Callable[..., Any]:
        own, where = of_all(fun, argnums)
        return with_tangents(fun, own, where, True)

    def vjp(fun: Callable[..., Any], argnums: Any = None) -> Callable[..., Any]:
        raise ValueError("is not available in expressions, since the type of the cotangent is not known; use --vjp")

    return {"jvp": jvp, "hvp": hvp, "vjp": vjp}[name]


def evaluate_transform(text: str, fun: Callable[..., Any], function: str, names: list[str]) -> tuple[str, Callable[..., Any]]:
    """(name of the entry, transformed function) of an expression, or of ``name=expression``.

    `names` are the arguments whose types are known, for transformations that add tangents of them.
    """
    head, equals, rest = text.partition("=")
    name = ""
    if equals and head.strip().isidentifier():
        name, text = head.strip(), rest.strip()
    evaluator = _Evaluator(text, fun, function, names)
    try:
        tree = ast.parse(text, mode="eval")
    except (SyntaxError, ValueError, MemoryError, RecursionError) as error:
        evaluator.fail(max(0, (getattr(error, "offset", 1) or 1) - 1), f"cannot be parsed: {getattr(error, 'msg', error)}")
        raise
    result = evaluator.expression(tree.body)
    return name or "_".join(evaluator.applied) or function, result
