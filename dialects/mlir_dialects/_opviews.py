"""OpView classes generated from the op table: named operands and attributes as Python values."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from iree.compiler import ir
from iree.compiler._mlir_libs import _mlir

from ..mlir_attributes import read_attribute
from ..spec import DENSE, TABLE, OpSpec


def _operand(index: int, variadic: bool) -> property:
    if variadic:
        return property(lambda self: list(self.operands)[index:])
    return property(lambda self: self.operands[index])


def _attribute(name: str, kind: str) -> property:
    return property(lambda self: read_attribute(kind, self.attributes[name]))


def _class(dialect: type, spec: OpSpec) -> type:
    members: dict[str, Any] = {"OPERATION_NAME": spec.name, "_ODS_REGIONS": (0, True), "SPEC": spec, "__doc__": spec.doc}
    for i, name in enumerate(spec.operands):
        members[name.rstrip("*?")] = _operand(i, name.endswith("*"))
    for name, kind in spec.attrs.items():
        if kind != DENSE:  # a dense attribute needs the result type: `attributes` has it as MLIR does
            members[name] = _attribute(name, kind)
    name = "".join(part.capitalize() for part in spec.short.split("_")) + "Op"
    register: Callable[[type], type] = _mlir.register_operation(dialect)
    return register(type(name, (ir.OpView,), members))


def define_dialect(namespace: str) -> dict[str, type]:
    """Registers the dialect and a class for each of its ops in the table; returns the classes by name."""
    dialect = _mlir.register_dialect(type(f"{namespace.capitalize()}Dialect", (ir.Dialect,), {"DIALECT_NAMESPACE": namespace}))
    classes = [_class(dialect, spec) for spec in TABLE.values() if spec.namespace == namespace]
    return {dialect.__name__: dialect} | {cls.__name__: cls for cls in classes}
