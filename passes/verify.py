"""verify: checks types, attributes, symbols and SSA form of every operation; the module is returned as it is.

%0 = "pb.sin"(%x) : (tensor<4xf32>) -> tensor<5xf32>
    ==>
model.py:12:5: error: 'pb.sin' result type must be f32[4], got f32[5] (in @main)
"""

from __future__ import annotations

from pullback.dialects import verifier
from pullback.dialects.ir import Module


def verify(module: Module) -> Module:
    verifier.verify(module)
    return module
