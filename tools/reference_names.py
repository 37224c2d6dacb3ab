"""The public names of the libraries that pullback follows, read from the installed libraries and kept in `reference_names.json`.

``python -m pullback.tools.reference_names`` writes the file again; it needs NumPy and JAX.
"""

from __future__ import annotations

import importlib
import inspect
import json
import warnings
from pathlib import Path

PATH = Path(__file__).with_name("reference_names.json")

#: Module of the other library -> module of pullback.
COUNTERPARTS = {
    "numpy": "pullback.numpy",
    "numpy.linalg": "pullback.numpy.linalg",
    "numpy.fft": "pullback.numpy.fft",
    "jax": "pullback",
    "jax.numpy": "pullback.numpy",
    "jax.numpy.linalg": "pullback.numpy.linalg",
    "jax.numpy.fft": "pullback.numpy.fft",
    "jax.lax": "pullback.lax",
    "jax.lax.linalg": "pullback.lax.linalg",
    "jax.nn": "pullback.nn",
    "jax.nn.initializers": "pullback.nn.initializers",
    "jax.scipy.special": "pullback.scipy.special",
    "jax.scipy.linalg": "pullback.scipy.linalg",
    "jax.scipy.stats": "pullback.scipy.stats",
    "jax.scipy.signal": "pullback.scipy.signal",
    "jax.scipy.ndimage": "pullback.scipy.ndimage",
    "jax.scipy.optimize": "pullback.scipy.optimize",
    "jax.scipy.integrate": "pullback.scipy.integrate",
    "jax.scipy.fft": "pullback.scipy.fft",
    "jax.random": "pullback.random",
    "jax.image": "pullback.image",
    "jax.ops": "pullback.ops",
    "jax.tree": "pullback.tree",
    "jax.tree_util": "pullback.tree_util",
    "jax.debug": "pullback.debug",
}


def public_names(module_name: str) -> dict[str, list[str]]:
    """Names of functions, and of everything else (types, constants), that a module offers; not its submodules, except that a
    module of functions of `stats` counts as the functions in it."""
    module = importlib.import_module(module_name)
    names: dict[str, list[str]] = {"functions": [], "others": []}
    for name in sorted(set(dir(module))):
        if name.startswith("_") or name.endswith("_p"):  # private, and the primitives of JAX
            continue
        value = getattr(module, name)
        if inspect.ismodule(value):
            if module_name.endswith(".stats"):
                names["functions"] += [f"{name}.{f}" for f in public_names(f"{module_name}.{name}")["functions"]]
            continue
        kind = "functions" if callable(value) and not inspect.isclass(value) else "others"
        names[kind].append(name)
    return names


def read_libraries() -> dict[str, dict[str, list[str]]]:
    """The names of all modules, from the installed libraries."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return {module: public_names(module) for module in COUNTERPARTS}


def text(names: dict[str, dict[str, list[str]]]) -> str:
    """The contents of the file."""
    return json.dumps(names, indent=0, sort_keys=True) + "\n"


if __name__ == "__main__":
    PATH.write_text(text(read_libraries()))
    print(f"wrote {PATH}")
