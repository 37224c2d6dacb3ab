"""The pass manager: passes by name, pipelines as MLIR writes them, and MLIR's own passes among ours.

A pipeline is a string such as ``builtin.module(expand,vmap{size=8},cse)`` or a list of names; ``lower`` stands for all steps
down to StableHLO. Up to `pb-to-stablehlo` a pass maps `Module` to `Module`; from then on the program is StableHLO text, and
names are those of MLIR's passes (``canonicalize``, ``cse``, ``symbol-dce``, ``func.func(canonicalize)``), run by
`iree.compiler.passmanager`. An MLIR pass may also come earlier: the module then goes through its text and back.
`as_mlir_pass` is the other direction.
"""

from __future__ import annotations

import contextlib
import difflib
import gc
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TextIO

from pullback.dialects.ir import Loc, Module
from pullback.dialects.parser import ParseError
from pullback.dialects.printer import print_module
from pullback.dialects.spec import PullbackError
from pullback.dialects.verifier import VerifyError

from . import derive
from .checkpoint import checkpoint
from .cse import cse
from .dce import dce_module
from .decompose import decompose
from .decompose_linalg import decompose_linalg
from .discharge_effects import discharge_effects
from .expand import expand
from .inline import inline
from .outline_elementwise import outline_elementwise
from .pb_to_stablehlo import lower_module
from .resolve_custom_rules import resolve_custom_rules
from .simplify import simplify
from .split_complex import split_complex
from .verify import verify


class PipelineError(PullbackError):
    """A pipeline names a pass that does not exist, or is not well formed."""


@dataclass(frozen=True)
class Pass:
    """A pass over modules. `options` maps option names to how their text is read."""

    name: str
    run: Callable[..., Any]
    doc: str
    options: dict[str, Callable[[str], Any]] = field(default_factory=dict)
    required: tuple[str, ...] = ()


class PassCall(NamedTuple):
    """One step of a pipeline: a pass of ours with its options, or the text of an MLIR pass."""

    name: str
    options: dict[str, str]
    text: str


def _flag(text: str) -> bool:
    if text not in ("true", "false", "1", "0"):
        raise ValueError(f"{text!r} is not true or false")
    return text in ("true", "1")


def _lower(module: Module, debug_locations: bool = False, guard_arguments: bool = True) -> str:
    return lower_module(module, debug_locations, guard_arguments)


_MASKED: dict[str, Callable[[str], Any]] = {"function": str, "active": str}

PASSES: dict[str, Pass] = {
    p.name: p
    for p in (
        Pass("verify", verify, "Checks types, attributes, symbols and SSA form of every operation."),
        Pass("expand", expand, "Replaces transformation ops by derived functions, and inlines calls."),
        Pass("checkpoint", checkpoint, "Replaces checkpoint ops by their bodies."),
        Pass("resolve-custom-rules", resolve_custom_rules, "Replaces functions with custom derivatives by their bodies."),
        Pass("discharge-effects", discharge_effects, "Turns prints, callbacks and checks into results of the public functions."),
        Pass("inline", inline, "Replaces calls by the bodies of their callees."),
        Pass("simplify", simplify, "Removes what has no effect and folds constants."),
        Pass("cse", cse, "Eliminates common subexpressions."),
        Pass("dce", dce_module, "Removes operations whose results are not used, and unused results and carries of loops."),
        Pass("decompose-linalg", decompose_linalg, "Writes factorisations in terms of simpler operations."),
        Pass("split-complex", split_complex, "Turns complex arithmetic into real arithmetic on pairs."),
        Pass("outline-elementwise", outline_elementwise, "Turns elementwise operations without a good StableHLO form into calls."),
        Pass("decompose", decompose, "Writes operations without a good StableHLO form in terms of simpler ones."),
        Pass(
            "pb-to-stablehlo",
            _lower,
            "Writes the module as StableHLO.",
            {"debug_locations": _flag, "guard_arguments": _flag},
        ),
        Pass("jvp", derive.jvp_pass, "Adds @f.jvp for each public function.", _MASKED),
        Pass("linearize", derive.linearize_pass, "Adds @f.fwd and @f.lin for each public function.", _MASKED),
        Pass("vjp", derive.vjp_pass, "Adds @f.fwd and @f.bwd for each public function.", _MASKED),
        Pass("transpose", derive.transpose_pass, "Adds @f.T for each public function.", {"function": str, "linear": str}),
        Pass(
            "vmap",
            derive.vmap_pass,
            "Adds @f.vmap for each public function.",
            {"function": str, "batched": str, "size": int},
            required=("size",),
        ),
    )
}  # fmt: skip

#: From a traced module to StableHLO.
EXPANDING: tuple[str, ...] = (
    "expand",
    "resolve-custom-rules",
    "checkpoint",
    "inline",
    "discharge-effects",
    "simplify",
    "cse",
    "dce",
)
LOWERING: tuple[str, ...] = (
    "decompose-linalg", "split-complex", "outline-elementwise", "decompose", "simplify", "cse", "dce", "pb-to-stablehlo",
)  # fmt: skip
DEFAULT_PIPELINE = EXPANDING + LOWERING

#: Names of whole pipelines, usable like passes.
PIPELINES: dict[str, tuple[str, ...]] = {"lower": DEFAULT_PIPELINE}


# Pipelines as text ---------------------------------------------------------------------------------------------------------
def _split(text: str) -> list[str]:
    """Parts between commas that are not inside parentheses or braces."""
    parts, depth, start = [], 0, 0
    for i, c in enumerate(text):
        if c in "({":
            depth += 1
        elif c in ")}":
            depth -= 1
            if depth < 0:
                raise PipelineError(f"unbalanced {c!r} in pipeline: {text}")
        elif c == "," and depth == 0:
            parts.append(text[start:i])
            start = i + 1
    if depth:
        raise PipelineError(f"unbalanced parentheses or braces in pipeline: {text}")
    parts.append(text[start:])
    return [p.strip() for p in parts if p.strip()]


def _step(text: str) -> PassCall:
    if text.endswith(")"):  # an anchor with passes of MLIR inside
        anchor = text.partition("(")[0]
        inner = [_step(t) for t in _split(text.partition("(")[2][:-1])]
        ours = [c.name for c in inner if c.name in PASSES and c.name not in _SHARED]
        if ours:
            raise PipelineError(f"pass {ours[0]!r} runs on the module and cannot be nested in {anchor}(...)")
        return PassCall(anchor, {}, text)
    name, brace, rest = text.partition("{")
    options: dict[str, str] = {}
    if brace:
        for item in rest.removesuffix("}").replace(",", " ").split():
            key, _, value = item.partition("=")
            options[key.replace("-", "_")] = value or "true"
    return PassCall(name.strip(), options, text)


#: Names that we and MLIR both have: ours runs on pb modules, MLIR's on StableHLO.
_SHARED = frozenset({"cse", "inline"})


def parse_pipeline(text: str | Sequence[str]) -> list[PassCall]:
    """Steps of a pipeline; raises `PipelineError` for unknown passes, with the nearest names."""
    if isinstance(text, str):
        text = text.strip()
        if text.startswith("builtin.module(") and text.endswith(")"):
            text = text[len("builtin.module(") : -1]
        text = _split(text)
    steps = [name for t in text for name in PIPELINES.get(t, (t,))]
    calls = [_step(t) for t in steps]
    for call in calls:
        _check(call)
    return calls


def _check(call: PassCall) -> None:
    known = PASSES.get(call.name)
    if known is None:
        _check_mlir(call)
        return
    for key in call.options:
        if key not in known.options:
            accepted = ", ".join(known.options) or "none"
            raise PipelineError(f"pass {call.name!r} has no option {key!r}; options: {accepted}")
    missing = [k for k in known.required if k not in call.options]
    if missing:
        raise PipelineError(f'pass {call.name!r} needs option {missing[0]!r}, as in --{call.name}="{missing[0]}=8"')


def nearest(name: str) -> str:
    """A hint with the names that are most like `name`."""
    close = difflib.get_close_matches(name, [*PASSES, *PIPELINES, "canonicalize", "symbol-dce", "sccp"], n=3, cutoff=0.4)
    return f"did you mean {', '.join(close)}?" if close else f"passes: {', '.join(PASSES)}"


def _check_mlir(call: PassCall) -> None:
    from iree.compiler import ir, passmanager

    from pullback.dialects.mlir_context import make_context

    with make_context():
        try:
            passmanager.PassManager.parse(f"builtin.module({call.text})")
        except (ir.MLIRError, ValueError) as e:
            raise PipelineError(f"unknown pass {call.text!r}; {nearest(call.name)}") from e


# Running -------------------------------------------------------------------------------------------------------------------
def run_mlir_pass(program: Module | str, text: str) -> Module | str:
    """Runs a pass of MLIR, given as in a pipeline, on a module or on StableHLO text."""
    from iree.compiler import ir, passmanager

    from pullback.dialects.mlir_context import make_context
    from pullback.dialects.parser import read_module

    source = program if isinstance(program, str) else print_module(program, debug_info=True)
    with make_context():
        module = ir.Module.parse(source)
        try:
            passmanager.PassManager.parse(f"builtin.module({text})").run(module.operation)
        except ir.MLIRError as e:
            raise PullbackError(f"pass {text} failed: {e}") from e
        if isinstance(program, Module):
            return read_module(module)
        return module.operation.get_asm(enable_debug_info=" loc(" in source) + "\n"


def run_pass(program: Module | str, call: PassCall) -> Module | str:
    """Runs one step on a module, or on StableHLO text."""
    known = PASSES.get(call.name)
    if isinstance(program, str):
        if known is not None and call.name not in _SHARED:
            raise PipelineError(f"pass {call.name!r} runs on pb modules, but the program is StableHLO by now")
        return run_mlir_pass(program, call.text)
    if known is None:
        return run_mlir_pass(program, call.text)
    options = {}
    for key, text in call.options.items():
        try:
            options[key] = known.options[key](text)
        except ValueError as e:
            raise PipelineError(f"pass {call.name!r}, option {key}: {e}") from None
    return known.run(program, **options)


def to_text(program: Module | str, debug_info: bool = False) -> str:
    """The program as MLIR text, at whatever stage it is."""
    return program if isinstance(program, str) else print_module(program, debug_info)


class Timing:
    """Collects how long each pass took."""

    def __init__(self) -> None:
        self.rows: list[tuple[str, float]] = []

    def __str__(self) -> str:
        total = sum(s for _, s in self.rows) or 1e-12
        lines = [f"  {seconds * 1e3:9.3f} ms  {100 * seconds / total:5.1f}%  {name}" for name, seconds in self.rows]
        return "\n".join(["Pass timing", *lines, f"  {total * 1e3:9.3f} ms  100.0%  total"])


@contextlib.contextmanager
def _paused_collector() -> Iterator[None]:
    """Keeps the cyclic garbage collector from running. Passes make many objects and hardly any garbage: on a function of a few
    thousand operations, collections would take half of the time."""
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def run_pipeline(
    module: Module,
    pipeline: str | Iterable[str] = DEFAULT_PIPELINE,
    *,
    print_ir_after: str | Iterable[str] = (),
    verify_each: bool = False,
    timing: Timing | None = None,
    debug_info: bool = False,
    out: TextIO | None = None,
) -> Any:
    """Runs the passes in order; the result is a module, or StableHLO text after `pb-to-stablehlo`.

    `print_ir_after` is "all", "change" or a collection of pass names; the IR is written to `out` (stderr). `verify_each`
    runs the verifier after every pass that returns a module.
    """
    calls = parse_pipeline(pipeline if isinstance(pipeline, str) else list(pipeline))
    program: Module | str = module
    mode = print_ir_after if isinstance(print_ir_after, str) else ""
    chosen = frozenset(() if mode else print_ir_after)
    before = to_text(program, debug_info) if mode == "change" else ""
    for call in calls:
        start = time.perf_counter()
        with _paused_collector():
            program = run_pass(program, call)
        if timing is not None:
            timing.rows.append((call.name, time.perf_counter() - start))
        if verify_each and isinstance(program, Module):
            verify(program)
        if mode or call.name in chosen:
            after = to_text(program, debug_info)
            if mode != "change" or after != before:
                print(f"// -----// IR Dump After {call.name} //----- //\n{after}", file=out or sys.stderr)
            before = after
    return program


def _findings(error: PullbackError) -> list[tuple[str, Loc]]:
    """What an error says and where, without the place in the message."""
    if isinstance(error, VerifyError):
        return [(d.message, d.loc) for d in error.diagnostics]
    if isinstance(error, ParseError):
        return [(error.message, error.loc)]
    return [(str(error).removeprefix(f"{error.loc}: "), error.loc)]


def as_mlir_pass(name: str) -> Callable[..., None]:
    """One of our passes as a callable for `PassManager.add`, so that it can run among the passes of MLIR.

    It reads the MLIR module that the pass manager hands over, runs the pass, and writes the result back in place. An error
    of the pass becomes a diagnostic at its source location, and the pass manager fails.
    """
    (call,) = parse_pipeline([name])
    if call.name not in PASSES:
        raise PipelineError(f"{name!r} is a pass of MLIR itself")

    def run(op: Any, control: Any) -> None:
        from iree.compiler import ir

        from pullback.dialects.parser import read_module

        module = op if isinstance(op, ir.Module) else ir.Module.parse(op.operation.get_asm(enable_debug_info=True), op.context)
        try:
            result = run_pass(read_module(module), call)
        except PullbackError as e:
            for message, loc in _findings(e):
                place = ir.Location.file(loc.file, loc.line, loc.col, op.context) if loc.file else ir.Location.unknown(op.context)
                place.emit_error(message)
            control.signal_pass_failure()
            return
        replacement = ir.Module.parse(to_text(result, debug_info=True), op.context)
        body = op.operation.regions[0].blocks[0]
        for old in [o.operation for o in body.operations]:
            old.erase()
        for new in [o.operation for o in replacement.body.operations]:
            new.detach_from_parent()
            body.append(new)

    run.__name__ = name
    return run
