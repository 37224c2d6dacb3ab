"""MLIR contexts for pullback modules. Importing this loads the compiler; nothing else in `dialects` does before it is needed."""

from __future__ import annotations

from iree.compiler import ir
from iree.compiler._mlir_libs import _mlir

_mlir.globals.append_dialect_search_prefix("pullback.dialects.mlir_dialects")

#: Loading only what appears in our modules makes a context cost 0.4 ms instead of 7 to 15 ms, so each use has its own.
_DIALECTS = ["func", "stablehlo", "chlo", "util"]


def make_context() -> ir.Context:
    """A fresh context. pb and pbfn ops are unregistered in it; their definition is `pb.irdl.mlir` and the verifier."""
    context = ir.Context(load_on_create_dialects=_DIALECTS)
    context.allow_unregistered_dialects = True
    context.enable_multithreading(False)
    return context
