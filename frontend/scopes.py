"""Names in the program for parts of the user's code, evaluation while tracing, and types of values."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Iterator
from typing import Any

from .api_util import as_array, check_callable
from .locations import scopes
from .shapes import ShapeDtypeStruct
from .trace import current_frame


@contextlib.contextmanager
def named_scope(name: str) -> Iterator[None]:
    """In a ``with`` block (or a decorated function), operations carry a name: in the locations of the program's text, and in the
    messages of `debug_nans`. Scopes nest.

    Args:
      name: the name.

    Raises:
      TypeError: the name is no string.

    Reference: JAX documentation, jax.named_scope.

    >>> import pullback, pullback.numpy as pnp
    >>> def f(x):
    ...     with pullback.named_scope("layer"):
    ...         return pnp.sin(x)
    >>> 'loc("layer"(' in str(pullback.make_ir(f, debug_info=True)(1.0))
    True
    """
    if not isinstance(name, str):
        raise TypeError(f"named_scope name must be a string, got {type(name).__name__}: {name!r}")
    saved = scopes.name
    scopes.name = f"{saved}/{name}" if saved else name
    try:
        yield
    finally:
        scopes.name = saved


def named_call(fun: Callable[..., Any], *, name: str | None = None) -> Callable[..., Any]:
    """A function whose operations carry its name, as in `named_scope`.

    Args:
      fun: function.
      name: the name, by default that of the function.

    Reference: JAX documentation, jax.named_call.

    >>> import pullback, pullback.numpy as pnp
    >>> print(pullback.named_call(pnp.sin, name="wave")(0.0))
    0.0
    """
    check_callable(fun, "named_call")
    label = name if name is not None else getattr(fun, "__name__", "call")

    @functools.wraps(fun, assigned=("__module__", "__name__", "__qualname__", "__doc__"))
    def called(*args: Any, **kwargs: Any) -> Any:
        with named_scope(label):
            return fun(*args, **kwargs)

    return called


@contextlib.contextmanager
def ensure_compile_time_eval() -> Iterator[None]:
    """In a ``with`` block inside a function that is being traced, operations on concrete arrays are evaluated at once, not made
    part of the program, so that Python can use their values. Operations on traced arrays stay traced.

    Reference: JAX documentation, jax.ensure_compile_time_eval.

    >>> import pullback, pullback.numpy as pnp
    >>> @pullback.jit
    ... def f(x):
    ...     with pullback.ensure_compile_time_eval():
    ...         n = pnp.sum(pnp.arange(4))
    ...         if n > 5:
    ...             x = x * 2
    ...     return x
    >>> print(f(1.0))
    2.0
    """
    frame = current_frame()
    if frame is None:
        yield
        return
    saved, frame.staging = frame.staging, False
    try:
        yield
    finally:
        frame.staging = saved


def typeof(x: Any) -> ShapeDtypeStruct:
    """The type of an array, traced or not, or of a Python number.

    Args:
      x: array or number.

    Returns:
      A `ShapeDtypeStruct`, with `weak_type`.

    Raises:
      TypeError: `x` is no array.

    Reference: JAX documentation, jax.typeof.

    >>> import pullback, pullback.numpy as pnp
    >>> pullback.typeof(pnp.ones((2, 3)))
    ShapeDtypeStruct(shape=(2, 3), dtype=float32)
    """
    array = as_array(x, "x", "typeof")
    return ShapeDtypeStruct(array.shape, array.dtype, weak_type=array.weak_type)


def clear_caches() -> None:
    """Forgets all compiled functions of this process; what was written to the compile cache on disk stays.

    Reference: JAX documentation, jax.clear_caches.

    >>> import pullback
    >>> pullback.clear_caches()
    """
    from .jitting import forget_compiled

    forget_compiled()
