"""`pullback coverage`: the lists of names are those of the installed libraries, the counts are what is promised, and every missing
name has something to use instead."""

from __future__ import annotations

import importlib
import json

import pytest
from click.testing import CliRunner

from pullback.missing import alternative
from pullback.tools.coverage import compare, coverage_command
from pullback.tools.reference_names import COUNTERPARTS, PATH, public_names

#: Functions of modules that must be here at least.
PROMISED = {
    "jax.lax": 180,
    "jax.lax.linalg": 12,
    "jax.nn": 30,
    "jax.nn.initializers": 19,
    "jax.scipy.special": 50,
    "jax.scipy.linalg": 30,
    "jax.scipy.stats": 60,
    "jax.random": 40,
}


def test_counts() -> None:
    for module, least in PROMISED.items():
        assert compare(module).present_functions >= least, module
    numpy = [compare(m) for m in ("jax.numpy", "jax.numpy.linalg", "jax.numpy.fft")]
    assert sum(c.present_functions for c in numpy) >= 380
    assert [c.present_functions == c.functions for c in numpy[1:]] == [True, True]


@pytest.mark.parametrize("module", [m for m in COUNTERPARTS if m.startswith("jax")])
def test_lists_are_those_of_the_library(module: str) -> None:
    assert json.loads(PATH.read_text())[module] == public_names(module)


@pytest.mark.parametrize("reference", COUNTERPARTS)
def test_missing_names_say_what_to_use(reference: str) -> None:
    found = compare(reference)
    assert not [name for name, text in found.missing.items() if not text]
    module = importlib.import_module(found.counterpart)
    for name, text in found.missing.items():
        if "." not in name:
            with pytest.raises(AttributeError) as caught:
                getattr(module, name)
            assert text in str(caught.value)


def test_misspelt_names() -> None:
    assert alternative("pullback.numpy", "lienspace", ["linspace", "log"]) == "nearest: linspace"
    assert alternative("pullback.numpy", "qqqq", ["linspace"]) == ""


def test_command() -> None:
    run = CliRunner().invoke
    text = run(coverage_command, ["jax.lax", "--missing"])
    assert text.exit_code == 0 and "functions" in text.stdout and "after_all: programs have no tokens" in text.stdout
    (row,) = json.loads(run(coverage_command, ["jax.scipy.fft", "--json"]).stdout)
    assert row["present_functions"] == row["functions"] == 4 and row["missing"] == {}
    wrong = run(coverage_command, ["torch"])
    assert wrong.exit_code == 2 and "modules: numpy" in wrong.output
