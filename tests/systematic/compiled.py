"""Many small functions in one compiled module.

A compile costs a quarter of a second before it does anything, so functions are compiled in bundles. A function that cannot be
lowered or compiled does not take the others of its bundle with it: the error is kept and raised when the function is asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import cache
from typing import Any, NamedTuple

import pytest

from pullback.dialects import types as T
from pullback.dialects.ir import Func, Module
from pullback.dialects.spec import OpSpec, PullbackError
from pullback.passes.manager import DEFAULT_PIPELINE, run_pipeline
from pullback.runtime import CompileError, Executable, LoadedModule, compile_stablehlo, get_device, resolve_target

from .harness import SPECS, Case, Lab, aval_of

#: Operations in one bundle. Larger ones compile a little faster, smaller ones spread better over processes.
OPS_PER_BUNDLE = 24
#: Programs in one module. IREE's time grows faster than the module.
PROGRAMS_PER_MODULE = 64


class Program(NamedTuple):
    """A function to compile, arguments for it, and what the evaluator says."""

    note: str
    func: Func
    arrays: list[Any]
    want: list[Any]


def program(note: str, lab: Lab, name: str, arrays: Sequence[Any]) -> Program:
    return Program(note, lab.d.prepared(name), list(arrays), lab.run(name, list(arrays)))


class Bundle:
    """Programs, by number, compiled into a few modules."""

    def __init__(self, programs: Sequence[Program]) -> None:
        self.programs = list(programs)
        self.errors: dict[int, Exception] = {}
        self.executables: dict[int, Executable] = {}
        numbers = list(range(len(self.programs)))
        for start in range(0, len(numbers), PROGRAMS_PER_MODULE):
            self._compile(numbers[start : start + PROGRAMS_PER_MODULE])

    def _compile(self, numbers: list[int]) -> None:
        """One module of these programs, which share functions that they call; or two of half of them each, if it fails."""
        try:
            text = stablehlo({f"f{i}": self.programs[i].func for i in numbers})
            vmfb = compile_stablehlo(text, resolve_target("cpu"))
        except (CompileError, PullbackError, TypeError, ValueError, AssertionError) as error:
            if len(numbers) == 1:
                self.errors[numbers[0]] = error
                return
            half = len(numbers) // 2
            self._compile(numbers[:half])
            self._compile(numbers[half:])
            return
        module = LoadedModule(vmfb, get_device("cpu"))
        for i in numbers:
            p = self.programs[i]
            types = [[(v.aval.shape, T.np_dtype(v.aval.dtype)) for v in values] for values in (p.func.args, p.func.results)]
            self.executables[i] = module.function(f"f{i}", *types)

    def executable(self, number: int) -> Executable:
        if number in self.errors:
            raise AssertionError(f"{self.programs[number].note} does not compile: {self.errors[number]}") from self.errors[number]
        return self.executables[number]

    def run(self, number: int) -> list[Any]:
        return self.executable(number).run(*self.programs[number].arrays)


def stablehlo(funcs: dict[str, Func]) -> str:
    """A module of the functions, under these names, as StableHLO, by all passes of the default pipeline."""
    public = []
    for name, func in funcs.items():
        public.append(Func(name, func.loc, public=True))
        public[-1].args, public[-1].ops, public[-1].results, public[-1].donated = func.args, func.ops, func.results, func.donated
    return run_pipeline(Module(public), DEFAULT_PIPELINE)


# Bundles -------------------------------------------------------------------------------------------------------------------
Make = Callable[[OpSpec, str], Iterable[Program]]


class Suite:
    """Programs of all operations and some element types, in bundles of neighbouring operations."""

    def __init__(self, name: str, make: Make, dtypes: Sequence[str], where: Callable[[OpSpec], bool] = lambda spec: True) -> None:
        self.name = name
        self.make = make
        self.groups: dict[str, list[list[OpSpec]]] = {}
        for dtype in dtypes:
            specs = [s for s in SPECS if dtype in s.dtypes and where(s)]
            self.groups[dtype] = [specs[i : i + OPS_PER_BUNDLE] for i in range(0, len(specs), OPS_PER_BUNDLE)]
        self.bundle = cache(self._bundle)

    def parameters(self) -> list[Any]:
        """(spec, dtype, bundle) for each test. Tests of one bundle run in one process (tests/conftest.py)."""
        return [
            pytest.param(spec, dtype, number, id=f"{spec.short}-{dtype}@{self.name}-{dtype}-{number}")
            for dtype, groups in self.groups.items()
            for number, specs in enumerate(groups)
            for spec in specs
        ]

    def _bundle(self, dtype: str, number: int) -> tuple[Bundle, dict[str, range]]:
        programs: list[Program] = []
        ranges = {}
        for spec in self.groups[dtype][number]:
            start = len(programs)
            programs += self.make(spec, dtype)
            ranges[spec.name] = range(start, len(programs))
        return Bundle(programs), ranges

    def of(self, spec: OpSpec, dtype: str, number: int) -> tuple[Bundle, range]:
        """The compiled bundle, and which of its programs are the operation's."""
        bundle, ranges = self.bundle(dtype, number)
        return bundle, ranges[spec.name]


def chosen(all_cases: Sequence[Case], count: int) -> list[Case]:
    """A few examples of those that have elements: other ones for each element type, so that together they cover all."""
    if not all_cases:
        return []
    filled = [c for c in all_cases if all(aval_of(x).size for x in c.operands)] or list(all_cases)
    first = count * T.DTYPES.index(filled[0].dtype)
    return [filled[(first + k) % len(filled)] for k in range(min(count, len(filled)))]
