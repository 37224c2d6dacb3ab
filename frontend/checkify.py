"""Run-time checks as values of the program: `checkify` makes a function return an error beside its result.

    def f(x):
        checkify.check(x > 0, "x must be positive, got {}", x)
        return pnp.log(x)

    err, y = pullback.jit(checkify.checkify(f))(-1.0)
    err.throw()

`check` is an operation of the program (`pbfn.check`). Where nothing functionalizes it, it raises: at once when it is evaluated,
after the call in a compiled function.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from pullback.dialects.effects import CheckError, Effects, check_text
from pullback.dialects.types import Aval
from pullback.passes.instrument_checks import functionalize

from .api_util import Arguments, as_array, call_names, check_callable
from .array import Array, ConcreteArray, from_numpy
from .autodiff import needs_staging, trace_user
from .debug import describe_arguments, emit_effect
from .trace import Tracer, current_frame, emit_function_op, evaluate
from .tree_util import register_pytree_node, tree_unflatten

__all__ = [
    "CheckError",
    "Error",
    "JaxRuntimeError",
    "all_checks",
    "automatic_checks",
    "check",
    "check_error",
    "checkify",
    "debug_check",
    "div_checks",
    "float_checks",
    "index_checks",
    "init_error",
    "nan_checks",
    "user_checks",
]

JaxRuntimeError = CheckError

#: Sets of checks; they can be united.
user_checks = frozenset({"user"})
nan_checks = frozenset({"nan"})
div_checks = frozenset({"div"})
index_checks = frozenset({"index"})
float_checks = nan_checks | div_checks
automatic_checks = float_checks | index_checks
all_checks = automatic_checks | user_checks


class Error:
    """Which check failed first, if any. A pytree of arrays, which passes through `jit`, `vmap` and the other transformations.

    >>> import pullback.numpy as pnp
    >>> from pullback import checkify
    >>> err, _ = checkify.checkify(lambda x: checkify.check(x > 0, "not positive: {}", x))(pnp.float32(-1.0))
    >>> err.get()
    'not positive: -1.0 (`check` failed)'
    """

    __slots__ = ("_effects", "_values")

    def __init__(self, effects: Effects, values: list[Any]):
        self._effects = effects
        self._values = values

    def _parts(self) -> dict[Any, list[Any]]:
        it = iter(self._values)
        return {part: [next(it) for _ in range(n)] for part, n in self._effects.parts}

    def get(self) -> str | None:
        """The message of the first check that failed; None if none did. Of a batch, one line for each example that failed."""
        parts = self._parts()
        if "code" not in parts:
            return None
        (code,) = parts["code"]
        codes = _known(code)
        lines = []
        for index in map(tuple, np.argwhere(codes)):
            number = int(codes[index])
            payload = [_known(x)[index] for x in parts.get(number, [])]
            message = check_text(self._effects.checks[number - 1].attrs, payload)
            lines.append(f"at mapped index {', '.join(map(str, index))}: {message}" if index else message)
        return "\n".join(lines) if lines else None

    def throw(self) -> None:
        """Raises CheckError (JAX: JaxRuntimeError, a ValueError) if a check failed."""
        check_error(self)

    def __repr__(self) -> str:
        if not all(isinstance(x, (ConcreteArray, np.ndarray)) for x in self._values):
            return f"Error({', '.join(map(repr, self._values))})"
        return f"Error({self.get()})"


def _known(x: Any) -> np.ndarray[Any, Any]:
    return x.host if isinstance(x, ConcreteArray) else np.asarray(x)


register_pytree_node(Error, lambda e: (e._values, e._effects), lambda effects, values: Error(effects, list(values)))

_NONE = Effects((("code", 1),), ())


def _no_error() -> Error:
    return Error(_NONE, [from_numpy(np.zeros((), np.int32))])


init_error = _no_error()


def check(pred: Any, msg: str, *fmt_args: Any, debug: bool = False, **fmt_kwargs: Any) -> None:
    """States that `pred` holds.

    Under `checkify`, a violation becomes part of the error that the function returns. Otherwise it raises: in a compiled function
    after the call. Checks in a branch or loop count for the examples of a `vmap` that take it.

    Args:
      pred: boolean scalar.
      msg: message, a format string.
      fmt_args, fmt_kwargs: pytrees of arrays that the message formats.
      debug: the check counts under `checkify` only.

    Raises:
      CheckError: the check fails, outside of `checkify`. A ValueError.
      TypeError: `pred` is no boolean scalar, or an argument of the message no array.

    Reference: JAX documentation, jax.experimental.checkify.check.

    >>> from pullback import checkify
    >>> checkify.check(1 > 2, "one is {}", 1)
    Traceback (most recent call last):
    pullback.dialects.effects.CheckError: one is 1 (`check` failed)
    """
    if not isinstance(msg, str):
        raise TypeError(f"check: the message must be a string, got {type(msg).__name__}")
    ok = pred if isinstance(pred, (Array, bool, np.bool_, np.ndarray)) else None
    array = as_array(ok, "pred", "check") if ok is not None else None
    if array is None or array.aval != Aval((), "i1"):
        raise TypeError(f"check takes a scalar pred as argument, got {pred}")
    for x in (*fmt_args, *fmt_kwargs.values()):
        if isinstance(x, str):
            raise TypeError(
                f"Formatting arguments to checkify.check need to be PyTrees of arrays, but got {x!r} of type {type(x)}."
            )
    structure, leaves = describe_arguments(fmt_args, fmt_kwargs, "check")
    if debug and current_frame() is None:
        return
    attrs = {"message": msg, "kind": "debug" if debug else "user", "structure": structure}
    emit_effect("pbfn.check", [array, *leaves], attrs)


def debug_check(pred: Any, msg: str, *fmt_args: Any, **fmt_kwargs: Any) -> None:
    """`check` that counts under `checkify` only, and has no effect otherwise.

    Reference: JAX documentation, jax.experimental.checkify.debug_check.

    >>> from pullback import checkify
    >>> checkify.debug_check(False, "never seen")
    """
    check(pred, msg, *fmt_args, debug=True, **fmt_kwargs)


def check_error(error: Error) -> None:
    """Raises CheckError if `error` holds one; inside a traced function, as a check of that function.

    Reference: JAX documentation, jax.experimental.checkify.check_error.

    >>> from pullback import checkify
    >>> checkify.check_error(checkify.init_error)
    """
    if not isinstance(error, Error):
        raise ValueError(f"invalid type passed to `check_error`: expected an Error, got {type(error).__name__}")
    parts = error._parts()
    code = parts["code"][0] if "code" in parts else None
    if code is None:
        return
    if not isinstance(code, Tracer):
        message = error.get()
        if message is not None:
            raise CheckError(message)
        return
    from .lax import ne

    if code.ndim:
        raise ValueError("check_error: the error of a batch has no one message inside a traced function; check it for each example")
    for number, site in enumerate(error._effects.checks, 1):
        attrs = {name: site.attrs[name] for name in ("message", "kind", "structure")}
        emit_effect("pbfn.check", [ne(code, np.int32(number)), *parts.get(number, [])], attrs)


def checkify(fun: Callable[..., Any], errors: frozenset[str] = user_checks) -> Callable[..., Any]:
    """A function that returns ``(error, out)``: the checks of `fun`, its own and automatic ones, as a value.

    Args:
      fun: function of arrays or pytrees of arrays.
      errors: which checks count, a union of: `user_checks` (calls of `check`), `nan_checks` (an operation gives NaN), `div_checks`
        (division by zero), `index_checks` (an index out of range), `float_checks`, `automatic_checks`, `all_checks`.

    Returns:
      A function with the arguments of `fun`. The first check in the program's order that fails is what `error` has; ``error.get()``
      is its message or None, ``error.throw()`` raises it.

    Reference: JAX documentation, jax.experimental.checkify.checkify.

    >>> import pullback, pullback.numpy as pnp
    >>> from pullback import checkify
    >>> f = pullback.jit(checkify.checkify(lambda x, i: pnp.sin(x[i]), errors=checkify.index_checks))
    >>> err, out = f(pnp.ones(3), 5)
    >>> err.get().split(" (")[0]
    'out-of-bounds indexing for array of shape'
    """
    check_callable(fun, "checkify")
    kinds = frozenset(errors)
    unknown = kinds - all_checks
    if unknown:
        raise ValueError(
            f"checkify: unknown errors {sorted(map(str, unknown))}; use user_checks, nan_checks, div_checks, index_checks"
        )

    @functools.wraps(fun, assigned=("__module__", "__name__", "__qualname__", "__doc__"))
    def checked(*args: Any, **kwargs: Any) -> tuple[Error, Any]:
        arguments = Arguments(fun, (args, kwargs), "checkify", lambda: call_names(fun, args, kwargs))

        def call(args: Any, kwargs: Any) -> Any:
            return fun(*args, **kwargs)

        call.__wrapped__ = fun  # type: ignore[attr-defined]
        call.__name__ = getattr(fun, "__name__", "call")
        # with automatic checks, arithmetic on values that are known is part of the program too
        traced = trace_user("checkify", call, arguments, "checkify", concrete=not kinds - user_checks)
        d = traced.deriver
        name, effects = functionalize(d, traced.name, kinds)
        operands = [*arguments.leaves, *traced.captures]
        n = effects.n_values
        if needs_staging(traced, arguments.leaves):
            weak = [False] * n + traced.weak
            results = emit_function_op("pbfn.call", operands, {"callee": name, "jit": False}, d.result_avals(name), weak)
        else:
            results = evaluate(d, name, operands)
            for x, w in zip(results[n:], traced.weak):
                x.weak_type = w
        out, count = traced.result
        error = Error(effects, results[:n]) if n else _no_error()
        return error, tree_unflatten(out.treedef, results[n : n + count])

    return checked
