"""pullback: an autodiff compiler. Python array programs and their gradients, compiled through MLIR and IREE.

The names of JAX, with JAX's meaning: `grad`, `jvp`, `vjp`, `vmap`, `jit`, `pullback.numpy`, `pullback.lax`, ... Functions on
concrete arrays run with NumPy; `jit` compiles. `pullback.load` runs an exported artifact, and needs neither the compiler nor this
package's tracer.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

# Public name -> module that defines it. Modules are imported at first use, so that `import pullback` is fast and loading an
# artifact imports no tracer.
_NAMES = {
    "Array": "array",
    "ShapeDtypeStruct": "shapes",
    "block_until_ready": "device",
    "checkpoint": "checkpointing",
    "checkpoint_policies": "checkpointing",
    "clear_caches": "scopes",
    "closure_convert": "custom_derivatives",
    "config": "configuration",
    "custom_gradient": "custom_derivatives",
    "custom_jvp": "custom",
    "custom_vjp": "custom_reverse",
    "debug_infs": "configuration",
    "debug_nans": "configuration",
    "default_backend": "device",
    "device_get": "device",
    "device_put": "device",
    "devices": "device",
    "disable_jit": "configuration",
    "enable_x64": "configuration",
    "ensure_compile_time_eval": "scopes",
    "eval_shape": "shapes",
    "export": "exporting",
    "float0": "dtypes",
    "fwd_and_bwd": "custom_derivatives",
    "grad": "gradients",
    "hessian": "jacobians",
    "jacfwd": "jacobians",
    "jacobian": "jacobians",
    "jacrev": "jacobians",
    "jit": "jitting",
    "jvp": "autodiff",
    "linear_transpose": "autodiff",
    "linearize": "autodiff",
    "load": "runtime",
    "make_ir": "stages",
    "named_call": "scopes",
    "named_scope": "scopes",
    "remat": "checkpointing",
    "typeof": "scopes",
    "value_and_grad": "gradients",
    "vjp": "autodiff",
    "vmap": "batching",
}
_RENAMED = {"jacobian": "jacrev", "remat": "checkpoint"}
_MODULES = (
    "ad_checkpoint",
    "checkify",
    "custom_batching",
    "custom_derivatives",
    "debug",
    "dlpack",
    "dtypes",
    "errors",
    "image",
    "lax",
    "nn",
    "numpy",
    "ops",
    "random",
    "runtime",
    "scipy",
    "test_util",
    "tree",
    "tree_util",
)


def __getattr__(name: str) -> Any:
    if name in _NAMES:
        module = importlib.import_module(f"{__name__}.{_NAMES[name]}")
        value = getattr(module, _RENAMED.get(name, name))
    elif name in _MODULES:
        value = importlib.import_module(f"{__name__}.{name}")
    else:
        from .missing import attribute_error

        raise attribute_error(__name__, name, __all__)
    if name not in ("config", "dtypes", "errors", "load", "runtime", "tree", "tree_util"):
        importlib.import_module(f"{__name__}.numpy")  # attaches operators and methods to Array
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)


__all__ = [*_NAMES, *_MODULES]

if TYPE_CHECKING:
    from . import (
        ad_checkpoint,
        checkify,
        custom_batching,
        custom_derivatives,
        debug,
        dlpack,
        dtypes,
        errors,
        image,
        lax,
        nn,
        numpy,
        ops,
        random,
        runtime,
        scipy,
        test_util,
        tree,
        tree_util,
    )
    from .array import Array
    from .autodiff import jvp, linear_transpose, linearize, vjp
    from .batching import vmap
    from .checkpointing import checkpoint, checkpoint_policies
    from .checkpointing import checkpoint as remat
    from .configuration import config, debug_infs, debug_nans, disable_jit, enable_x64
    from .custom import custom_jvp
    from .custom_derivatives import closure_convert, custom_gradient, fwd_and_bwd
    from .custom_reverse import custom_vjp
    from .device import block_until_ready, default_backend, device_get, device_put, devices
    from .dtypes import float0
    from .exporting import export
    from .gradients import grad, value_and_grad
    from .jacobians import hessian, jacfwd, jacrev
    from .jacobians import jacrev as jacobian
    from .jitting import jit
    from .runtime import load
    from .scopes import clear_caches, ensure_compile_time_eval, named_call, named_scope, typeof
    from .shapes import ShapeDtypeStruct, eval_shape
    from .stages import make_ir
