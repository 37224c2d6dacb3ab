"""Ahead-of-time stages, as in JAX: ``jit(f).lower(*args)`` -> `Lowered` -> ``.compile()`` -> `Compiled`."""

from __future__ import annotations

import os
import threading
from collections import OrderedDict
from typing import Any

import numpy as np

from pullback.dialects import types as T
from pullback.dialects.effects import Effects, carry_out
from pullback.dialects.ir import Func, Module
from pullback.dialects.types import Aval, type_text
from pullback.passes import manager
from pullback.passes.cost import Cost, cost, nbytes
from pullback.passes.debug_values import bad_kind, look_into
from pullback.passes.guards import owned_results
from pullback.runtime.device import Device, get_device
from pullback.runtime.executable import Executable, LoadedModule, choose_driver
from pullback.runtime.selftest import check_device
from pullback.runtime.targets import Target, resolve_target

from .array import ConcreteArray, from_numpy
from .configuration import config
from .tree_util import PyTreeDef, tree_unflatten

_executables: OrderedDict[Any, tuple[Executable, int]] = OrderedDict()
_executables_lock = threading.Lock()
_MAX_EXECUTABLES = 512


def public_module(source: Module, name: str) -> tuple[Module, Func]:
    """A module in which only `name` is public. Functions are shared with `source`, which stays as it is."""
    old = source[name]
    func = Func(old.name, old.loc, public=True)
    func.args, func.ops, func.results = old.args, old.ops, old.results
    func.arg_names, func.result_names, func.donated = old.arg_names, old.result_names, old.donated
    return Module(func if f is old else f for f in source.funcs.values()), func


def optimized(module: Module) -> Module:
    """The module without transformation ops, calls and redundancy: what `as_text("pb")` shows and what costs are counted on."""
    return manager.run_pipeline(module, manager.EXPANDING)


def lower_optimized(module: Module) -> str:
    """StableHLO text of an optimized module."""
    return manager.run_pipeline(module, manager.LOWERING)


def executable_of(text: str, name: str, func: Func, device: Device, program_cost: Cost | None) -> tuple[Executable, int]:
    """The compiled function of StableHLO text, and the size of its code; equal programs of a process share one."""
    from pullback.runtime.compiler import compile_stablehlo

    key = (text, repr(device))
    with _executables_lock:
        found = _executables.get(key)
        if found is not None:
            _executables.move_to_end(key)
            return found
    target = device_target(device)
    check_device(device, target)
    vmfb = compile_stablehlo(text, target)
    ins, outs = ([(v.aval.shape, T.np_dtype(v.aval.dtype)) for v in values] for values in (func.args, func.results))  # type: ignore[union-attr]
    driver = None
    if device.kind == "cpu":
        moved = sum(nbytes(v.aval) for v in (*func.args, *func.results))
        flops = program_cost.flops + 10 * program_cost.transcendentals if program_cost else 0.0
        driver = choose_driver(moved, flops)
    result = (Executable(LoadedModule(vmfb, device), name, ins, outs, driver=driver), len(vmfb))
    with _executables_lock:
        _executables[key] = result
        while len(_executables) > _MAX_EXECUTABLES:
            _executables.popitem(last=False)
    return result


def forget_executables() -> None:
    """Empties the memory of compiled programs."""
    with _executables_lock:
        _executables.clear()


def device_target(device: Device) -> Target:
    """The compile target for code that runs on a device of this machine; PULLBACK_VULKAN_TARGET and PULLBACK_CUDA_TARGET name
    the profile of a GPU."""
    profile = os.environ.get(f"PULLBACK_{device.kind.upper()}_TARGET")
    return resolve_target(f"{device.kind}:{profile}" if profile and device.kind != "cpu" else device.kind)


def put(x: ConcreteArray, device: Device) -> Any:
    """The array's buffer on a device; made at first use and kept."""
    if x._buffer is not None and x._device is device:
        return x._buffer
    buffer = device.to_device(x.host)
    if x._buffer is None:
        x._buffer, x._device = buffer, device
    return buffer


def put_arguments(leaves: list[Any], compiled: Compiled) -> list[Any]:
    """Buffers of the arguments of a call. A donated array gives its buffer away, unless something else can see its memory: then
    the program gets a copy, and the array stays."""
    device = compiled.device
    buffers = [put(x, device) for x in leaves]
    for i in compiled.donated:
        x = leaves[i]
        if not x._exclusive or x._host is not None or sum(y is x for y in leaves) > 1:
            buffers[i] = device.to_device(x.host)
        else:
            x.forget(f"it was donated to {compiled.name}")
    if compiled.shares_memory:
        for x in leaves:
            x._exclusive = False
    return buffers


def check_compiled(module: Module, name: str, args: list[Any], outs: list[Any], kinds: tuple[str, ...]) -> None:
    """What ``config.debug_nans`` asks for: if a result of a compiled function holds NaN, evaluates it operation by operation, and
    raises FloatingPointError for the one that made it."""
    kind = next((k for a in outs if (k := bad_kind(a, kinds))), None)
    if kind is None:
        return
    look_into(module, name, args, kinds)
    raise FloatingPointError(
        f"invalid value ({kind}) encountered in the compiled function {name}. Evaluated operation by operation, it gives none: the "
        f"compiler reorders or fuses arithmetic, and a value near overflow, or a sum that cancels, may go another way"
    )


def after_call(effects: Effects, outs: list[Any], device: Device) -> list[Any]:
    """The results of a compiled function, after its prints and checks."""
    n = len(outs) - effects.n_values
    carry_out(effects, [device.to_host(b) for b in outs[n:]])
    return outs[:n]


class Lowered:
    """A traced function that is ready to compile.

    Attributes: `in_tree`, `out_tree`, `in_avals`, `out_avals`, `arg_names` (pytree paths), `parameters` (names of the positional
    arguments).
    """

    def __init__(
        self,
        module: Module,
        name: str,
        consts: list[Any],
        in_tree: PyTreeDef,
        out_tree: PyTreeDef,
        weak: list[bool],
        arg_names: list[str],
        donated: tuple[int, ...],
        parameters: list[str],
    ):
        self._module, self._func = public_module(module, name)
        self._consts = [c if isinstance(c, ConcreteArray) else from_numpy(c) for c in consts]
        self.in_tree, self.out_tree = in_tree, out_tree
        self._weak = weak
        self.arg_names = arg_names
        n = len(self._func.args) - len(consts)
        self.in_avals: list[Aval] = [v.aval for v in self._func.args[:n]]  # type: ignore[misc]
        self.out_avals: list[Aval] = [v.aval for v in self._func.results]  # type: ignore[misc]
        self.donated = donated
        self.parameters = parameters
        self._func.donated = donated
        self._func.arg_names = [*arg_names, *(f"const[{i}]" for i in range(len(consts)))]
        self._optimized: Module | None = None
        self._text: str | None = None

    @property
    def module(self) -> Module:
        """The pb program after expansion and optimization."""
        if self._optimized is None:
            self._optimized = optimized(self._module)
        return self._optimized

    def as_text(self, stage: str = "stablehlo", debug_info: bool = False) -> str:
        """The program as MLIR text.

        Args:
          stage: "trace" as the function was traced, "pb" after the passes have expanded it, "stablehlo" as it is compiled.
          debug_info: write source locations.
        """
        from pullback.dialects.printer import print_module
        from pullback.passes.expand import reachable

        if stage == "trace":
            names = reachable(self._module, [self._func.name])
            return print_module(Module(self._module[n] for n in names), debug_info)
        if stage == "pb":
            return print_module(self.module, debug_info)
        if stage == "stablehlo":
            if self._text is None:
                self._text = lower_optimized(self.module)
            return self._text
        raise ValueError(f"there is no stage {stage!r}; stages: trace, pb, stablehlo")

    def compile(self, device: str | Device | None = None) -> Compiled:
        """Compiles the program with IREE (or finds it in the cache).

        Raises:
          CompileError: the compiler failed; the message names a log and a reproducer.
        """
        return Compiled(self, get_device(device))

    def cost_analysis(self) -> dict[str, float]:
        """Floating-point operations, transcendental operations and bytes accessed, of the program before fusion."""
        c = cost(self.module, self.module[self._func.name])
        return {"flops": c.flops, "transcendentals": c.transcendentals, "bytes accessed": c.bytes_accessed}

    def __repr__(self) -> str:
        return f"<Lowered {self._func.name}: {len(self.in_avals)} arguments, {len(self.out_avals)} results>"


class MemoryAnalysis(dict):  # type: ignore[type-arg]
    """Sizes in bytes; keys are also attributes."""

    def __getattr__(self, name: str) -> int:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(name) from None


class Compiled:
    """A compiled function. Calling it takes arguments of the structure, shapes and dtypes that it was lowered for."""

    def __init__(self, lowered: Lowered, device: Device):
        self._lowered = lowered
        self.device = device
        func = lowered.module[lowered._func.name]
        self._cost = cost(lowered.module, func)
        self._executable, self._code_size = executable_of(lowered.as_text(), func.name, func, device, self._cost)
        self._consts = [put(c, device) for c in lowered._consts]
        for c in lowered._consts:
            c._exclusive = False
        self.name = func.name
        self.donated = lowered.donated
        self._owned = owned_results(func)
        #: Whether a result may be a view of an argument, so that neither may be overwritten afterwards.
        self.shares_memory = not all(self._owned)
        self._avals = lowered.out_avals
        self._weak = lowered._weak
        self.in_tree, self.out_tree = lowered.in_tree, lowered.out_tree
        self._single = self.out_tree.is_leaf()
        self._call = self._executable.call
        self._effects = func.effects

    def run(self, buffers: list[Any]) -> Any:
        """The result's pytree, from argument buffers on the device."""
        kinds = config.bad_values
        device = self.device
        hosts = [device.to_host(b) for b in buffers + self._consts] if kinds else []  # a donated buffer is gone after the call
        outs = self._call(buffers + self._consts if self._consts else buffers)
        if self._effects is not None:
            outs = after_call(self._effects, outs, device)
        if kinds:
            values = [device.to_host(b) for b in outs]
            check_compiled(self._lowered._module, self._lowered._func.name, hosts, values, kinds)
        if self._single:
            array = ConcreteArray(None, self._avals[0], self._weak[0], outs[0], device)
            array._exclusive = self._owned[0]
            return array
        arrays = [ConcreteArray(None, a, w, b, device) for a, w, b in zip(self._avals, self._weak, outs)]
        for array, owned in zip(arrays, self._owned):
            array._exclusive = owned
        return tree_unflatten(self.out_tree, arrays)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        from .api_util import as_array
        from .tree_util import tree_flatten

        leaves, treedef = tree_flatten((args, kwargs))
        if treedef != self.in_tree:
            raise TypeError(self._structure_text(args, kwargs, treedef))
        arrays = []
        for i, (x, aval) in enumerate(zip(leaves, self._lowered.in_avals)):
            x = as_array(x, self._lowered.arg_names[i], "compiled function")
            if x.weak_type and x.aval.shape == aval.shape and isinstance(x, ConcreteArray):
                x = from_numpy(np.asarray(x.host, T.np_dtype(aval.dtype)))
            if x.aval != aval:
                want = f"{T.np_dtype(aval.dtype).name}[{','.join(map(str, aval.shape))}]"
                raise TypeError(
                    f"compiled function {self._lowered._func.name}: argument {self._lowered.arg_names[i]} has type {type_text(x)}, "
                    f"but the function was lowered for {want}; lower it again for another type, or call the jitted function"
                )
            arrays.append(x)
        return self.run(put_arguments(arrays, self))

    def _structure_text(self, args: Any, kwargs: dict[str, Any], treedef: PyTreeDef) -> str:
        """The error for arguments of another structure."""
        from .tree_util import leaf_names

        names = leaf_names(args, self._lowered.parameters)
        for k in sorted(kwargs):
            names += leaf_names((kwargs[k],), [k])
        expected = self._lowered.arg_names
        parts = [
            f"{what} {', '.join(n)}"
            for what, n in (
                ("missing:", [n for n in expected if n not in names]),
                ("unexpected:", [n for n in names if n not in expected]),
            )
            if n
        ]
        return (
            f"compiled function {self._lowered._func.name}: the arguments have another structure than the function was lowered for"
            + (f" ({'; '.join(parts)})" if parts else "")
            + f": expected {self.in_tree}, got {treedef}"
        )

    def as_text(self) -> str:
        """The StableHLO text that was compiled."""
        return self._lowered.as_text()

    def cost_analysis(self) -> dict[str, float]:
        """Floating-point operations, transcendental operations and bytes accessed, of the program before fusion."""
        return self._lowered.cost_analysis()

    def memory_analysis(self) -> MemoryAnalysis:
        """Sizes of arguments, results, temporaries (an upper bound: before fusion) and code, in bytes."""
        return MemoryAnalysis(
            argument_size_in_bytes=sum(map(nbytes, self._lowered.in_avals)),
            output_size_in_bytes=sum(map(nbytes, self._avals)),
            temp_size_in_bytes=self._cost.peak_bytes,
            constant_size_in_bytes=sum(c.nbytes for c in self._lowered._consts),
            generated_code_size_in_bytes=self._code_size,
        )

    def __repr__(self) -> str:
        return f"<Compiled {self._lowered._func.name} on {self.device}>"


def make_ir(fun: Any, *, stage: str = "trace", debug_info: bool = False) -> Any:
    """A function that returns the program of ``fun(*args, **kwargs)`` instead of running it.

    Args:
      fun: function of arrays or pytrees of arrays.
      stage: "trace" (as it was traced) or "pb" (after expansion).
      debug_info: write source locations when the result is printed.

    Returns:
      A function of arrays or `ShapeDtypeStruct`s that returns a `ProgramModule`: printable as MLIR text.

    Raises:
      ValueError: there is no such stage.

    Reference: JAX documentation, jax.make_jaxpr, whose place it takes; the operations: docs/op-reference.md.

    >>> import pullback, pullback.numpy as pnp
    >>> print(pullback.make_ir(pnp.sin)(1.0))
    module {
      func.func @sin(%arg0: tensor<f32> {pb.name = "x"}) -> tensor<f32> {
        %0 = "pb.sin"(%arg0) : (tensor<f32>) -> tensor<f32>
        func.return %0 : tensor<f32>
      }
    }
    """
    from .jitting import jit

    if stage not in ("trace", "pb"):
        raise ValueError(f"make_ir: there is no stage {stage!r}; stages: trace, pb")
    jitted = jit(fun)

    def make(*args: Any, **kwargs: Any) -> ProgramModule:
        return ProgramModule(jitted.lower(*args, **kwargs), stage, debug_info)

    return make


class ProgramModule:
    """A pb program: `module` is the IR, `str()` its MLIR text."""

    def __init__(self, lowered: Lowered, stage: str, debug_info: bool):
        self.lowered, self.stage, self.debug_info = lowered, stage, debug_info

    @property
    def module(self) -> Module:
        return self.lowered.module if self.stage == "pb" else self.lowered._module

    def __str__(self) -> str:
        return self.lowered.as_text(self.stage, self.debug_info).rstrip("\n")

    __repr__ = __str__
