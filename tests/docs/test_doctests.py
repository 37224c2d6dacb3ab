"""Runs the examples of the docstrings, and checks that every public function has one.

Floating-point numbers of an example may differ in the last digits: they depend on the machine's vector instructions.
"""

from __future__ import annotations

import doctest
import importlib
import inspect
import math
import pkgutil
import re
import types
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import pullback.numpy as pnp

FLAGS = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS
NUMBER = re.compile(r"(?<![\w.])[-+]?(?:\d+\.\d*|\.\d+|\d+(?=e))(?:e[-+]?\d+)?")

PUBLIC = (
    "pullback",
    "pullback.lax",
    "pullback.lax.linalg",
    "pullback.numpy",
    "pullback.numpy.linalg",
    "pullback.numpy.fft",
    "pullback.random",
    "pullback.tree_util",
    "pullback.test_util",
    "pullback.dlpack",
    "pullback.scipy.special",
)

# Public callables whose docstrings are not ours, and why.
EXCEPTIONS = {
    "NumPy's abstract scalar types, passed on as they are": {
        *("character", "complexfloating", "flexible", "floating", "generic", "inexact", "integer", "number", "object_"),
        *("signedinteger", "unsignedinteger"),
    },
    "aliases of Python's types, for annotations": {"DotDimensionNumbers"},
    "NumPy's class of warnings": {"ComplexWarning"},
    "NumPy's dtype class, and NumPy's functions for how arrays are printed": {
        *("dtype", "get_printoptions", "printoptions", "set_printoptions"),
    },
}
EXCUSED = set().union(*EXCEPTIONS.values())


class Checker(doctest.OutputChecker):
    """Compares floating-point numbers with a tolerance, and everything else as doctest does."""

    def check_output(self, want: str, got: str, optionflags: int) -> bool:
        if super().check_output(want, got, optionflags):
            return True
        if re.sub(r"\s", "", NUMBER.sub("#", want)) != re.sub(r"\s", "", NUMBER.sub("#", got)):
            return False
        pairs = zip(NUMBER.findall(want), NUMBER.findall(got), strict=True)
        return all(math.isclose(float(a), float(b), rel_tol=1e-5, abs_tol=1e-7) for a, b in pairs)


def modules() -> list[str]:
    """Every module of the package."""
    found = set()
    for package in ("pullback", *(f"pullback.{p}" for p in ("dialects", "passes", "runtime", "tools"))):
        found.add(package)
        path = importlib.import_module(package).__path__
        found.update(m.name for m in pkgutil.walk_packages(path, f"{package}.") if not m.name.endswith("__main__"))
    return sorted(found)


def callables(module: types.ModuleType) -> Iterator[tuple[str, Any]]:
    """The public callables of a module: those that it lists, or those that it defines."""
    listed = getattr(module, "__all__", None)
    for name in listed or [n for n, v in vars(module).items() if getattr(v, "__module__", None) == module.__name__]:
        value = getattr(module, name)
        if callable(value) and not name.startswith("_"):
            yield name, value


def examples(module: types.ModuleType) -> list[doctest.DocTest]:
    """The examples of a module, also those of functions that another module's makers made for it."""
    parser = doctest.DocTestParser()
    finder = doctest.DocTestFinder(parser=parser, exclude_empty=True)
    tests = finder.find(module, module.__name__)
    seen = {t.docstring for t in tests}
    for name, value in vars(module).items():
        doc = getattr(value, "__doc__", None)
        made = inspect.isfunction(value) or isinstance(value, pnp.ufunc)
        if made and value.__module__ == module.__name__ and doc and doc not in seen:
            tests.append(parser.get_doctest(doc, vars(module), f"{module.__name__}.{name}", module.__file__, None))
    return [t for t in tests if t.examples]


@pytest.mark.parametrize("name", modules())
def test_examples(name):
    module = importlib.import_module(name)
    runner = doctest.DocTestRunner(Checker(), optionflags=FLAGS)
    report: list[str] = []
    with np.printoptions(precision=8, threshold=1000, linewidth=75, suppress=False):
        for test in examples(module):
            runner.run(test, out=report.append)
    assert not runner.failures, "".join(report)


@pytest.mark.parametrize("name", PUBLIC)
def test_public_functions_have_examples(name):
    bare = [n for n, v in callables(importlib.import_module(name)) if n not in EXCUSED and ">>>" not in (inspect.getdoc(v) or "")]
    assert not bare, f"no docstring with an example: {', '.join(sorted(bare))}"


def test_examples_of_public_functions_are_run():
    """No public example stays out of the sight of `test_examples`."""
    run = {t.docstring for name in modules() for t in examples(importlib.import_module(name))}
    for name in PUBLIC:
        for n, value in callables(importlib.import_module(name)):
            if n not in EXCUSED:
                assert value.__doc__ in run, f"{name}.{n}"


def test_checker():
    """The tolerance is for floating-point numbers only."""
    check = Checker().check_output
    assert check("Array([0.8414710, 1.])\n", "Array([0.841471, 1.])\n", FLAGS)
    assert not check("Array([0.8414, 1.])\n", "Array([0.841471, 1.])\n", FLAGS)
    assert not check("3\n", "4\n", FLAGS)
    assert not check("Array([1.], dtype=float32)\n", "Array([1.], dtype=float64)\n", FLAGS)
