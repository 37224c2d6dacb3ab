"""The IRDL definition of the pb dialect, generated from the op table into `pb.irdl.mlir`.

It makes the dialect known to MLIR tools without any C++: ``iree-opt --irdl-file=pb.irdl.mlir --allow-unregistered-dialect``
parses and checks names, arity, attributes and equality of types. What IRDL cannot say, the verifier checks: shape rules,
element types, and variadic operands or results of different types (in IRDL all elements of one have one type). The pbfn
dialect takes operands of any types, so it stays unregistered for such tools.
"""

from __future__ import annotations

from typing import Any

from . import table as _table  # noqa: F401  fills the op table
from . import types as T
from .spec import BOOL, BOOLS, DENSE, DTYPE, F64, I64, I64S, STR, SYMBOL, SYMBOLS, TABLE, OpError, OpSpec
from .types import Aval

_BASE = {
    I64: "#builtin.integer",
    I64S: "#builtin.dense_array",
    F64: "#builtin.float",
    BOOLS: "#builtin.dense_array",
    STR: "#builtin.string",
    SYMBOL: "#builtin.symbol_ref",
    SYMBOLS: "#builtin.array",
    DENSE: "#builtin.dense_typed_elements",
    DTYPE: "#builtin.type",
}
_PROBE: dict[str, Any] = {I64: 2, I64S: (), F64: 1.0, BOOL: True, BOOLS: (), STR: "", DTYPE: "f32"}
_TENSOR = 'irdl.base "!builtin.tensor"'


def same_types(spec: OpSpec) -> bool:
    """Whether all operands and the result have one type, whatever it is: asks the op's `infer`."""
    if spec.infer is None or spec.variadic or not spec.operands or len(spec.results) != 1 or "elementwise" not in spec.traits:
        return False
    attrs = {name: _PROBE[kind] for name, kind in spec.attrs.items()}
    try:
        for dtype in spec.dtypes or T.DTYPES:
            x = Aval((2, 3), dtype)
            if spec.infer(*[x] * len(spec.operands), **attrs) != x:
                return False
    except (OpError, TypeError, ValueError, KeyError, IndexError):
        return False
    if len(spec.operands) == 1:
        return True
    for other in (Aval((2, 4), x.dtype), Aval((), x.dtype)):  # scalars next to arrays are accepted by some ops
        for i in range(len(spec.operands)):
            operands = [other if i == j else x for j in range(len(spec.operands))]
            try:
                spec.infer(*operands, **attrs)
            except OpError:
                continue
            return False
    return True


def _operation(spec: OpSpec) -> list[str]:
    lines: list[str] = []
    shared = same_types(spec)
    if shared:
        lines.append(f"%type = {_TENSOR}")

    def fields(names: tuple[str, ...]) -> str:
        out = []
        for name in names:
            bare = name.rstrip("*")
            if shared:
                out.append(f"{bare}: %type")
                continue
            lines.append(f"%{bare} = {_TENSOR}")
            out.append(f"{bare}: {'variadic ' if name.endswith('*') else ''}%{bare}")
        return ", ".join(out)

    if spec.operands:
        text = fields(spec.operands)
        lines.append(f"irdl.operands({text})")
    text = fields(spec.results)
    lines.append(f"irdl.results({text})")
    for name, kind in spec.attrs.items():
        if kind == BOOL:  # MLIR's booleans are integers, so the two values are named
            lines += [f"%{name}_true = irdl.is true", f"%{name}_false = irdl.is false"]
            lines.append(f"%attr_{name} = irdl.any_of(%{name}_true, %{name}_false)")
        else:
            lines.append(f'%attr_{name} = irdl.base "{_BASE[kind]}"')
    if spec.attrs:
        lines.append("irdl.attributes {" + ", ".join(f'"{name}" = %attr_{name}' for name in spec.attrs) + "}")
    return [f"  irdl.operation @{spec.short} {{", *(f"    {line}" for line in lines), "  }"]


def irdl_text() -> str:
    """The IRDL module of the pb dialect."""
    specs = sorted((s for s in TABLE.values() if s.namespace == "pb"), key=lambda s: s.name)
    mixed = ", ".join(s.name for s in specs if s.variadic or s.results[-1].endswith("*"))
    lines = [
        "// The pb dialect in IRDL. Generated from the op table by `python -m pullback.tools.generate`; do not edit.",
        "//",
        "// Check a module:  iree-opt --irdl-file=pb.irdl.mlir --allow-unregistered-dialect module.mlir",
        "// Shape rules and element types are beyond IRDL: `pullback opt --verify` checks them. So are variadic operands and",
        f"// results of different types; here those of {mixed} have one type.",
        "irdl.dialect @pb {",
    ]
    for spec in specs:
        lines += _operation(spec)
    return "\n".join([*lines, "}", ""])
