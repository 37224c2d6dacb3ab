"""`jit`: compiles a function with IREE at its first call for each combination of argument types."""

from __future__ import annotations

import functools
import inspect
import weakref
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from pullback.dialects import types as T
from pullback.passes.cost import cost
from pullback.passes.deriver import Deriver
from pullback.runtime.device import Device, get_device

from .api_util import Arguments, call_names, check_callable, describe, flatten_output, parameter_names
from .array import ConcreteArray
from .configuration import config
from .shapes import abstract_arguments
from .stages import (
    Compiled,
    Lowered,
    after_call,
    check_compiled,
    executable_of,
    forget_executables,
    lower_optimized,
    optimized,
    public_module,
    put,
    put_arguments,
)
from .trace import Traced, Tracer, _state, current_frame, emit_function_op, trace
from .tree_util import tree_flatten, tree_unflatten

#: All of them, for `clear_caches`.
_functions: weakref.WeakSet[JitFunction] = weakref.WeakSet()


def forget_compiled() -> None:
    """Forgets all compiled functions."""
    for f in list(_functions):
        f.clear_cache()
    forget_executables()


class JitFunction:
    """What `jit` returns. Calling it compiles at the first call for each combination of types, then runs compiled code."""

    def __init__(
        self,
        fun: Callable[..., Any],
        static_argnums: Any = None,
        static_argnames: Any = None,
        donate_argnums: Any = None,
        donate_argnames: Any = None,
        device: str | Device | None = None,
    ):
        functools.update_wrapper(self, fun, updated=())
        _functions.add(self)
        self._fun = fun
        self._device_spec = device
        self._device: Device | None = None
        parameters = _parameters(fun)
        self._static_argnums, self._static_argnames = _resolve(static_argnums, static_argnames, parameters, "static", fun)
        self._donate_argnums, self._donate_argnames = _resolve(donate_argnums, donate_argnames, parameters, "donate", fun)
        self._plain = not (self._static_argnums or self._static_argnames or self._donate_argnums or self._donate_argnames)
        self._cache: dict[Any, Compiled] = {}

    @property
    def device(self) -> Device:
        if self._device is None:
            self._device = get_device(self._device_spec)
        return self._device

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        mode = config.jit_mode
        if mode is None:
            return self._fun(*args, **kwargs)
        if self._plain and not kwargs and _state.frame is None:  # the path of a warm call
            key: list[Any] = [mode]
            for x in args:
                if type(x) is not ConcreteArray:
                    break
                key.append(x.aval)
                key.append(x.weak_type)
            else:
                compiled = self._cache.get(tuple(key))
                if compiled is not None:
                    device = compiled.device
                    buffers = [x._buffer if x._device is device else put(x, device) for x in args]
                    if compiled.shares_memory:
                        for x in args:
                            x._exclusive = False
                    return compiled.run(buffers)
        return self._call(args, kwargs)

    def _call(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        call = _Call(self, args, kwargs)
        frame = current_frame()
        leaves = call.arguments.leaves
        if frame is not None and (frame.staging or any(isinstance(x, Tracer) for x in leaves)):
            return self._emit(call, self._trace(call))
        key = call.key()
        compiled = self._cache.get(key)
        if compiled is None:
            traced = self._trace(call)
            if any(isinstance(c, Tracer) for c in traced.captures):  # values of a function that is being traced
                return self._emit(call, traced)
            compiled = self._lower(call, traced).compile(self.device)
            self._cache[key] = compiled
            if self._plain and not kwargs and all(isinstance(x, (ConcreteArray, *_SCALARS)) for x in args):
                self._cache[(config.enable_x64, *(t for x in leaves for t in (x.aval, x.weak_type)))] = compiled
        return compiled.run(put_arguments(leaves, compiled))

    def _trace(self, call: _Call) -> Traced:
        arguments = call.arguments

        def run(tracers: list[Tracer]) -> tuple[list[Any], Any]:
            dynamic_args, dynamic_kwargs = tree_unflatten(arguments.treedef, tracers)
            out = self._fun(*call.merge(dynamic_args), **dynamic_kwargs, **call.static_kwargs)
            return flatten_output(out, self._fun, "jit")

        avals = [x.aval for x in arguments.leaves]
        return trace("jit", self._fun, avals, run, namer=arguments.names, weak=[x.weak_type for x in arguments.leaves])

    def _emit(self, call: _Call, traced: Traced) -> Any:
        """The call as one operation of the function that is being traced."""
        operands = [*call.arguments.leaves, *traced.captures]
        outs = emit_function_op("pbfn.call", operands, {"callee": traced.name, "jit": True}, traced.outs, traced.weak)
        return tree_unflatten(traced.result, outs)

    def _lower(self, call: _Call, traced: Traced) -> Lowered:
        arguments = call.arguments
        return Lowered(
            traced.frame.module,
            traced.name,
            traced.captures,
            arguments.treedef,
            traced.result,
            traced.weak,
            arguments.names(),
            call.donated,
            call.parameters(),
        )

    def lower(self, *args: Any, **kwargs: Any) -> Lowered:
        """Traces the function for arguments of these types (arrays or `ShapeDtypeStruct`s) without compiling or running it."""
        call = _Call(self, args, kwargs, abstract=True)
        traced = self._trace(call)
        if any(isinstance(c, Tracer) for c in traced.captures):
            raise TypeError(f"jit: {describe(self._fun)} closes over traced values and cannot be lowered by itself")
        return self._lower(call, traced)

    def eval_shape(self, *args: Any, **kwargs: Any) -> Any:
        """Shapes and dtypes of the result, as `pullback.eval_shape`."""
        from .shapes import eval_shape

        return eval_shape(self._fun, *args, **kwargs)

    def clear_cache(self) -> None:
        """Forgets all compiled versions of this function."""
        self._cache.clear()

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        return self if instance is None else functools.partial(self, instance)

    def __repr__(self) -> str:
        return f"<jit of {describe(self._fun)}>"


_SCALARS = (bool, int, float, complex)


class _Call:
    """One call of a jitted function: dynamic arguments as leaves, static ones aside."""

    __slots__ = ("jit", "static", "static_kwargs", "arguments", "donated", "n_args")

    def __init__(self, jit: JitFunction, args: tuple[Any, ...], kwargs: dict[str, Any], abstract: bool = False):
        self.jit = jit
        self.n_args = len(args)
        static_positions = [i % len(args) for i in jit._static_argnums if -len(args) <= i < len(args)] if args else []
        self.static = {i: args[i] for i in static_positions}
        self.static_kwargs = {k: v for k, v in kwargs.items() if k in jit._static_argnames}
        for where, value in (*self.static.items(), *self.static_kwargs.items()):
            try:
                hash(value)
            except TypeError:
                name = parameter_names(jit._fun, len(args))[where] if isinstance(where, int) else where
                raise ValueError(
                    f"jit of {describe(jit._fun)}: static argument {name} of type {type(value).__name__} must be hashable; "
                    f"make it a tuple or a frozen dataclass, or do not mark it static"
                ) from None
        dynamic = tuple(x for i, x in enumerate(args) if i not in self.static)
        keywords = {k: v for k, v in kwargs.items() if k not in self.static_kwargs}
        positions = [i for i in range(len(args)) if i not in self.static]
        make = abstract_arguments if abstract else Arguments
        self.arguments = make(jit._fun, (dynamic, keywords), "jit", lambda: call_names(jit._fun, dynamic, keywords, positions))
        self.donated: tuple[int, ...] = ()
        if jit._donate_argnums or jit._donate_argnames:
            self.donated = self._donated_leaves(dynamic, keywords)

    def _donated_leaves(self, dynamic: tuple[Any, ...], keywords: dict[str, Any]) -> tuple[int, ...]:
        positions = [i for i in range(self.n_args) if i not in self.static]
        wanted = {i % self.n_args for i in self.jit._donate_argnums if -self.n_args <= i < self.n_args} if self.n_args else set()
        flags: list[bool] = []
        for i, x in zip(positions, dynamic):
            flags += [i in wanted] * len(tree_flatten(x)[0])
        for name in sorted(keywords):
            flags += [name in self.jit._donate_argnames] * len(tree_flatten(keywords[name])[0])
        return tuple(i for i, on in enumerate(flags) if on)

    def parameters(self) -> list[str]:
        """Names of the positional arguments that are not static."""
        names = parameter_names(self.jit._fun, self.n_args)
        return [name for i, name in enumerate(names) if i not in self.static]

    def merge(self, dynamic: Sequence[Any]) -> list[Any]:
        it = iter(dynamic)
        return [self.static[i] if i in self.static else next(it) for i in range(self.n_args)]

    def key(self) -> Any:
        return (
            self.arguments.treedef,
            tuple((x.aval, x.weak_type) for x in self.arguments.leaves),
            tuple((i, type(v), v) for i, v in self.static.items()),
            tuple((k, type(v), v) for k, v in sorted(self.static_kwargs.items())),
            config.enable_x64,
        )


def _parameters(fun: Any) -> list[inspect.Parameter]:
    try:
        return list(inspect.signature(fun).parameters.values())
    except (TypeError, ValueError):
        return []


def _resolve(
    nums: Any, names: Any, parameters: list[inspect.Parameter], what: str, fun: Any
) -> tuple[tuple[int, ...], tuple[str, ...]]:
    """Positions and names, each completed by the other as the signature says."""
    nums = () if nums is None else (nums,) if isinstance(nums, (int, np.integer)) else tuple(nums)
    names = () if names is None else (names,) if isinstance(names, str) else tuple(names)
    by_name = {p.name: i for i, p in enumerate(parameters) if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)}
    takes_any = any(p.kind is p.VAR_KEYWORD for p in parameters)
    for n in names:
        if parameters and not takes_any and n not in {p.name for p in parameters}:
            raise ValueError(f"jit: {what}_argnames names {n!r}, which is not a parameter of {describe(fun)}")
    n_positional = len(by_name)
    if parameters and not any(p.kind is p.VAR_POSITIONAL for p in parameters):
        for i in nums:
            if not -n_positional <= i < n_positional:
                raise ValueError(
                    f"jit: {what}_argnums={i} is out of range for {describe(fun)}, which has {n_positional} positional parameters"
                )
        nums = tuple(i % n_positional for i in nums)
    all_nums = tuple(dict.fromkeys([*nums, *(by_name[n] for n in names if n in by_name)]))
    position_names = {i: n for n, i in by_name.items()}
    all_names = tuple(
        dict.fromkeys(
            [*names, *(position_names[i % n_positional] for i in nums if n_positional and i % n_positional in position_names)]
        )
    )
    return all_nums, all_names


def jit(
    fun: Callable[..., Any] | None = None,
    *,
    static_argnums: Any = None,
    static_argnames: Any = None,
    donate_argnums: Any = None,
    donate_argnames: Any = None,
    device: str | Device | None = None,
    inline: bool = False,
) -> Any:
    """Compiles a function with IREE.

    Args:
      fun: function of arrays or pytrees of arrays. It is traced once for each combination of argument structures, shapes, dtypes
        and static values. Without `fun`, a decorator is returned.
      static_argnums, static_argnames: arguments that are Python values at trace time; they must be hashable.
      donate_argnums, donate_argnames: arguments whose buffers the compiled code may overwrite.
      device: "cpu", "vulkan" or "cuda"; by default the environment variable PULLBACK_DEVICE, else the CPU.
      inline: accepted for JAX's sake; calls inside other compiled functions are always inlined.

    Returns:
      A function with the arguments and results of `fun`, and the methods `lower`, `eval_shape`, `clear_cache`.

    Raises:
      TracerBoolConversionError: at the call, if Python control flow depends on the value of an argument.
      CompileError: the compiler failed.

    Reference: JAX documentation, jax.jit.

    >>> import pullback
    >>> print(pullback.jit(lambda x: x * 2)(3.0))
    6.0
    """
    options = {
        "static_argnums": static_argnums,
        "static_argnames": static_argnames,
        "donate_argnums": donate_argnums,
        "donate_argnames": donate_argnames,
        "device": device,
    }
    if fun is None:
        return lambda f: jit(f, inline=inline, **options)
    check_callable(fun, "jit")
    return JitFunction(fun, **options)


def run_compiled(d: Deriver, name: str, arrays: Sequence[Any]) -> list[Any]:
    """Runs a function of an eager transformation as compiled code, on NumPy arrays."""
    memo = d.module.memo
    found = memo.get(("compiled", name))
    if found is None:
        module, func = public_module(d.module, name)
        func.donated = ()
        program = optimized(module)
        text = lower_optimized(program)
        device = get_device()
        final = program[name]
        found = executable_of(text, name, final, device, cost(program, final))[0], device, final.effects
        memo["compiled", name] = found
    executable, device, effects = found
    dtypes = [T.np_dtype(v.aval.dtype) for v in d.prepared(name).args]  # type: ignore[union-attr]
    outs = executable([device.to_device(np.asarray(a, dt)) for a, dt in zip(arrays, dtypes)])
    if effects is not None:
        outs = after_call(effects, outs, device)
    kinds = config.bad_values
    if kinds:
        check_compiled(d.module, name, list(arrays), [device.to_host(b) for b in outs], kinds)
    return [device.to_host(b) for b in outs]
