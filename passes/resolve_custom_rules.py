"""resolve-custom-rules: replaces functions with custom derivatives by their bodies, once nothing differentiates them any more.

    %0 = "pbfn.custom_jvp"(%x) {callee = @f, rule = @f_jvp, ...}          ==>          %0 = "pb.sin"(%x)

Run it after expand: derivatives that come later would not see the rules.
"""

from __future__ import annotations

from pullback.dialects.ir import Module

from .inline import inline_ops


def resolve_custom_rules(module: Module) -> Module:
    return inline_ops(module, "custom_rule")
