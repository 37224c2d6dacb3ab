"""A program to compile, a compiled artifact of it, and a cache folder of the tests' own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from pullback.tools.cli import main

PROGRAM = """\
import numpy as np

import pullback
import pullback.numpy as pnp

X = pnp.array([[0.52, 1.12, 0.77], [0.88, -1.08, 0.15], [0.52, 0.06, -1.30], [0.74, -2.49, 1.39]])
TABLE = pnp.array(np.arange(40, dtype=np.float32) / 40)


def loss(W, b):
    return pnp.sum(pnp.tanh(pnp.dot(X, W) + b) ** 2)


def nested(params, x, *, scale=2.0):
    y = pnp.sin(params["W"] * x + params["b"][0])
    return {"y": y * scale, "total": (pnp.sum(y), pnp.sum(TABLE))}


def power(x, n):
    for _ in range(n):
        x = x * x
    return x


def inner(W):
    if pnp.sum(W) > 0:
        return W
    return -W


def branches(W):
    return inner(W) * 2


def mismatch(W):
    return pnp.dot(X, W)


def crash(x):
    raise KeyError("no such thing")


not_a_function = 3
"""


@pytest.fixture(scope="session")
def cache_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="module", autouse=True)
def environment(cache_folder: Path) -> Iterator[None]:
    """Tests never touch the user's cache, and print no colours."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PULLBACK_CACHE_DIR", str(cache_folder))
        patch.setenv("NO_COLOR", "1")
        for name in ("PULLBACK_CACHE", "PULLBACK_CACHE_SIZE", "PULLBACK_DEVICE"):
            patch.delenv(name, raising=False)
        yield


@pytest.fixture(scope="session")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("program") / "user_program.py"
    path.write_text(PROGRAM)
    return path


@pytest.fixture
def cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Runs a command line in a folder of its own."""
    monkeypatch.chdir(tmp_path)

    def run(*args: object, status: int = 0) -> Result:
        result = CliRunner().invoke(main, [str(a) for a in args])
        if result.exit_code != status and result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        assert result.exit_code == status, result.output
        return result

    return run


@pytest.fixture(scope="session")
def artifact(program: Path, cache_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """loss with its value, gradient and Hessian-vector product."""
    path = tmp_path_factory.mktemp("artifact") / "loss.pba"
    arguments = [
        "compile",
        f"{program}:loss",
        "--arg",
        "W:f32[3]",
        "--arg",
        "b:f32[]",
        "--value-and-grad",
        "W,b",
        "--hvp",
        "0",
        "-q",
        "-o",
        str(path),
    ]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PULLBACK_CACHE_DIR", str(cache_folder))
        result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 0, result.output
    return path
