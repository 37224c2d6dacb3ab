"""The transformations as command-line passes: each adds derived functions to the module, beside what is there.

    --jvp                  @f.jvp   for each public function @f
    --linearize            @f.fwd and @f.lin
    --vjp                  @f.fwd and @f.bwd
    --transpose            @f.T
    --vmap="size=8"        @f.vmap

Options: `function` (one function instead of all public ones) and a mask over its arguments as a string of 0 and 1:
`active` (jvp, linearize, vjp; default: all floating-point arguments), `linear` (transpose; default: all) or `batched` (vmap;
default: all). Programs get the same derivations through `pbfn` operations and the expand pass.
"""

from __future__ import annotations

from collections.abc import Callable

from pullback.dialects.function_ops import inexact
from pullback.dialects.ir import Func, Module, Symbol
from pullback.dialects.spec import PullbackError

from .deriver import Deriver
from .expand import reachable

Mask = tuple[bool, ...]


class PassOptionError(PullbackError):
    """An option of a pass is missing or does not fit the module."""


def _mask(text: str, func: Func, default: Mask, what: str) -> Mask:
    if not text:
        return default
    if len(text) != len(default) or set(text) - set("01"):
        raise PassOptionError(f"option {what}={text} must have one 0 or 1 for each of the {len(default)} arguments of @{func.name}")
    return tuple(c == "1" for c in text)


def _derive(module: Module, function: str, make: Callable[[Deriver, Func], list[Symbol]]) -> Module:
    """Adds what `make` derives from each chosen function; the derived functions are public."""
    if function and function not in module.funcs:
        raise PassOptionError(f"option function={function}: the module has no such function")
    originals = list(module.funcs.values())
    d = Deriver(Module(originals))
    chosen = [module[function]] if function else module.public
    derived: list[str] = []
    for func in chosen:
        derived += make(d, d.prepared(func.name))
    for name in derived:
        d.module[name].public = True
    keep = set(reachable(d.module, derived)) | {f.name for f in originals}
    return Module([f for f in d.module.funcs.values() if f.name in keep])


def _floating(func: Func) -> Mask:
    return tuple(inexact([a.aval for a in func.args]))


def jvp_pass(module: Module, function: str = "", active: str = "") -> Module:
    """Adds @f.jvp: results and their tangents, from arguments and their tangents."""
    return _derive(module, function, lambda d, f: [d.jvp(f.name, _mask(active, f, _floating(f), "active")).name])


def linearize_pass(module: Module, function: str = "", active: str = "") -> Module:
    """Adds @f.fwd, which also returns residuals, and @f.lin, which maps tangents forward."""

    def make(d: Deriver, f: Func) -> list[Symbol]:
        lin = d.linearize(f.name, _mask(active, f, _floating(f), "active"))
        return [lin.fwd, lin.lin]

    return _derive(module, function, make)


def vjp_pass(module: Module, function: str = "", active: str = "") -> Module:
    """Adds @f.fwd, which also returns residuals, and @f.bwd, which pulls cotangents back."""

    def make(d: Deriver, f: Func) -> list[Symbol]:
        lin = d.linearize(f.name, _mask(active, f, _floating(f), "active"))
        return [lin.fwd, lin.bwd([True] * sum(lin.mask))[0]]

    return _derive(module, function, make)


def transpose_pass(module: Module, function: str = "", linear: str = "") -> Module:
    """Adds @f.T: cotangents of the linear arguments, from the other arguments and the cotangents of the results."""

    def make(d: Deriver, f: Func) -> list[Symbol]:
        mask = _mask(linear, f, (True,) * len(f.args), "linear")
        return [d.transpose(f.name, mask, [True] * len(f.results)).name]

    return _derive(module, function, make)


def vmap_pass(module: Module, size: int, function: str = "", batched: str = "") -> Module:
    """Adds @f.vmap: arguments and results with a leading batch dimension of the given size."""

    def make(d: Deriver, f: Func) -> list[Symbol]:
        return [d.batch(f.name, _mask(batched, f, (True,) * len(f.args), "batched"), size).name]

    return _derive(module, function, make)
