"""Checkpointing: names for the values that a policy speaks of, and what a function saves for its backward pass."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pullback.dialects.function_ops import inexact
from pullback.dialects.ir import Value
from pullback.dialects.spec import TABLE
from pullback.dialects.types import Aval, type_text
from pullback.passes.deriver import Deriver

from .api_util import as_array, call_names, check_callable
from .autodiff import trace_user
from .checkpointing import checkpoint, checkpoint_policies
from .trace import bind
from .tree_util import tree_map

__all__ = ["checkpoint", "checkpoint_name", "checkpoint_policies", "print_saved_residuals", "saved_residuals"]


def checkpoint_name(x: Any, name: str) -> Any:
    """`x`, under a name that policies of `checkpoint` speak of.

    Args:
      x: pytree of arrays.
      name: the name.

    Reference: JAX documentation, jax.ad_checkpoint.checkpoint_name.

    >>> import pullback
    >>> print(pullback.ad_checkpoint.checkpoint_name(1.0, "h"))
    1.0
    """
    if not isinstance(name, str):
        raise TypeError(f"checkpoint_name: the name must be a string, got {type(name).__name__}")

    def named(leaf: Any) -> Any:
        array = as_array(leaf, "x", "checkpoint_name")
        return bind(TABLE["pb.checkpoint_name"], (array,), {"name": name}, array.weak_type)

    return tree_map(named, x)


def saved_residuals(fun: Callable[..., Any], *args: Any, **kwargs: Any) -> list[tuple[Aval, str]]:
    """What reverse mode saves of ``fun(*args, **kwargs)``: types, and where each value comes from.

    Args:
      fun: function of arrays or pytrees of arrays.
      args, kwargs: arrays, or `ShapeDtypeStruct`s.

    Returns:
      A list of (type, description).

    >>> import pullback, pullback.numpy as pnp
    >>> [(str(type), origin) for type, origin in pullback.ad_checkpoint.saved_residuals(lambda x: x * x, 2.0)]
    [('f32[]', 'from the argument x')]
    """
    from .shapes import abstract_arguments

    check_callable(fun, "saved_residuals")
    arguments = abstract_arguments(fun, (args, kwargs), "saved_residuals", lambda: call_names(fun, args, kwargs))

    def call(args: Any, kwargs: Any) -> Any:
        return fun(*args, **kwargs)

    traced = trace_user("saved_residuals", call, arguments, "saved_residuals", concrete=False)
    d = traced.deriver
    lin = d.linearize(traced.name, (*inexact([x.aval for x in arguments.leaves]), *(False for _ in traced.captures)))
    func = d.prepared(lin.fwd)
    names = dict(zip(func.args, arguments.names()))
    return [(v.aval, _origin(d, v, names)) for v in dict.fromkeys(func.results[lin.n_outs :])]  # type: ignore[misc]


def _origin(d: Deriver, v: Value, names: dict[Value, str]) -> str:
    if v.op is not None and v.op.spec.body is not None:  # made by a function that the operation applies
        inner = d.prepared(v.op.attrs["callee"]).results[v.op.results.index(v)]
        if inner.op is not None:
            return _origin(d, inner, {})
    if v in names:
        return f"from the argument {names[v]}"
    if v.op is None:
        return "from a constant"
    where = f" from {v.op.loc}" if v.op.loc.file else ""
    if v.op.spec.name == "pb.checkpoint_name":
        return f"named {v.op.attrs['name']!r}{where}"
    return f"output of {v.op.spec.short}{where}"


def print_saved_residuals(fun: Callable[..., Any], *args: Any, **kwargs: Any) -> None:
    """Prints what reverse mode saves of ``fun(*args, **kwargs)``, a line for each array, and the total size.

    Args:
      fun, args, kwargs: as for `saved_residuals`.

    Reference: JAX documentation, jax.ad_checkpoint.print_saved_residuals.

    >>> import pullback, pullback.numpy as pnp
    >>> f = pullback.checkpoint(lambda x: pnp.sin(pnp.sin(x)))
    >>> pullback.ad_checkpoint.print_saved_residuals(f, pnp.ones(3))
    float32[3] from the argument x
    total: 12 bytes
    """
    from pullback.passes.cost import nbytes

    found = saved_residuals(fun, *args, **kwargs)
    for aval, origin in found:
        print(type_text(aval), origin)
    print(f"total: {sum(nbytes(aval) for aval, _ in found)} bytes")
