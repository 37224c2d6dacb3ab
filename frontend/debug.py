"""Looking into running programs: `print` and `callback`, which work in compiled code, in loops and under transformations.

Both are operations of the program (`pbfn.debug_print`, `pbfn.debug_callback`). Evaluated, they act where they stand. A compiled
function returns what it would have printed as further results, and the lines appear after the call, in the order of the
program.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import optree

from pullback.dialects import effects

from . import dtypes
from .api_util import as_array, check_callable
from .array import Array, from_numpy
from .locations import function_name
from .missing import attribute_error as _attribute_error
from .trace import current_frame, emit_function_op
from .tree_util import NAMESPACE, tree_flatten

__all__ = ["callback", "no_effects", "print"]


class _State(threading.local):
    off = False


_state = _State()

_STATIC = (str, bool, int, float, type(None))


def _show(a: Any) -> Any:
    """How an array appears in a format string: as the array of this package, so that lines look the same everywhere."""
    a = np.asarray(a)
    return from_numpy(a)


effects.present = _show


def _node(tree: Any, leaves: list[Any], api: str) -> Any:
    """The description of a container; its arrays are appended to `leaves`."""
    if isinstance(tree, str) or tree is None:
        return ("static", tree)
    if isinstance(tree, dict):
        for k in tree:
            if not isinstance(k, _STATIC):
                raise TypeError(f"{api}: a dict key of type {type(k).__name__} cannot be printed; use str or int keys")
        return ("dict", [(k, _node(v, leaves, api)) for k, v in tree.items()])
    if isinstance(tree, tuple) and hasattr(tree, "_fields"):
        return ("namedtuple", type(tree).__name__, list(tree._fields), [_node(v, leaves, api) for v in tree])
    if isinstance(tree, (tuple, list)):
        return ("tuple" if isinstance(tree, tuple) else "list", [_node(v, leaves, api) for v in tree])
    if not isinstance(tree, Array) and not optree.all_leaves([tree], namespace=NAMESPACE, none_is_leaf=False):
        raise TypeError(f"{api}: an argument of type {type(tree).__name__} cannot be printed; pass the arrays that it holds")
    if isinstance(tree, np.ndarray) and tree.dtype == dtypes.float0:
        return ("static", "float0")
    leaves.append(as_array(tree, "", api))
    return "*"


def describe_arguments(args: Any, kwargs: dict[str, Any], api: str) -> tuple[str, list[Any]]:
    """Attribute `structure` of an effect, and its operands."""
    leaves: list[Any] = []
    node = ("tuple", [_node(tuple(args), leaves, api), _node(kwargs, leaves, api)])
    return effects.encode(node, len(leaves)), leaves


def emit_effect(name: str, operands: list[Any], attrs: dict[str, Any]) -> None:
    """The effect as an operation of the function that is being traced, or at once."""
    if _state.off:
        return
    attrs = {**attrs, "batch": (), "masked": False}
    if current_frame() is not None:
        emit_function_op(name, operands, attrs, [])
    else:
        effects.carry_out_one(name, [x.host for x in operands], attrs)


def print(
    fmt: str,
    *args: Any,
    ordered: bool = False,
    partitioned: bool = False,
    skip_format_check: bool = False,
    **kwargs: Any,
) -> None:
    """Prints traced values, also from compiled functions, loops, branches, and under `grad` and `vmap`.

    Lines come in the order of the program. A compiled function prints after it has run. Under `vmap`, there is a line for each
    example (for those that take the branch, in a `cond`); under `grad`, the forward pass prints. In a ``while_loop`` without
    `max_steps`, compiled code keeps the first lines, the last one, and how many there were between. What an artifact runs cannot
    print, so `export` refuses it.

    Args:
      fmt: format string, as of `str.format`.
      args, kwargs: what it formats: arrays, Python values, or tuples, lists and dicts of them.
      ordered: accepted for JAX's sake: lines are always ordered.
      partitioned: accepted for JAX's sake; it has no effect on one device.
      skip_format_check: do not check that the format uses all arguments.

    Raises:
      IndexError, KeyError: the format string names an argument that is missing.
      ValueError: an argument is not used.

    Reference: JAX documentation, jax.debug.print.

    >>> import pullback, pullback.numpy as pnp
    >>> @pullback.jit
    ... def f(x):
    ...     pullback.debug.print("x = {}, y = {y:.2f}", x, y=pnp.sin(x))
    ...     return x + 1
    >>> y = f(2.0)
    x = 2.0, y = 0.91
    """
    if not isinstance(fmt, str):
        raise TypeError(f"The first argument to `pullback.debug.print` must be a string, got {type(fmt).__name__}")
    structure, leaves = describe_arguments(args, kwargs, "debug.print")
    if not skip_format_check:
        effects.formatter.format(fmt, *_placeholders(args), **_placeholders(kwargs))
    emit_effect("pbfn.debug_print", leaves, {"format": fmt, "structure": structure})


class _Any:
    """Stands for a value of which only the name is checked: it has every attribute, item and format."""

    def __format__(self, spec: str) -> str:
        return ""

    def __getattr__(self, name: str) -> Any:
        return self

    def __getitem__(self, key: Any) -> Any:
        return self


def _placeholders(values: Any) -> Any:
    return {k: _Any() for k in values} if isinstance(values, dict) else [_Any() for _ in values]


def callback(fun: Callable[..., None], *args: Any, ordered: bool = False, partitioned: bool = False, **kwargs: Any) -> None:
    """Calls a Python function with the values of traced arrays; what it returns is dropped.

    It is called like `print` prints: in the order of the program, after a compiled function has run.

    Args:
      fun: function; it gets concrete arrays.
      args, kwargs: pytrees of arrays.
      ordered, partitioned: as in `print`.

    Reference: JAX documentation, jax.debug.callback.

    >>> import pullback
    >>> seen = []
    >>> y = pullback.jit(lambda x: (pullback.debug.callback(lambda v: seen.append(float(v)), x), 2 * x)[1])(3.0)
    >>> seen
    [3.0]
    """
    check_callable(fun, "debug.callback")
    leaves, treedef = tree_flatten((args, kwargs))

    def call(*values: Any) -> None:
        positional, keywords = treedef.unflatten(values)
        fun(*positional, **keywords)

    name = effects.CallbackName(function_name(fun))
    name.fun = call
    operands = [as_array(x, "", "debug.callback") for x in leaves]
    emit_effect("pbfn.debug_callback", operands, {"callback": name, "structure": ""})


@contextlib.contextmanager
def no_effects() -> Iterator[None]:
    """Leaves out the prints and callbacks of functions that are traced or run in the block; to export them, for instance.

    >>> import pullback
    >>> with pullback.debug.no_effects():
    ...     pullback.debug.print("not printed")
    """
    saved, _state.off = _state.off, True
    try:
        yield
    finally:
        _state.off = saved


def __getattr__(name: str) -> None:
    raise _attribute_error(__name__, name, __all__)
