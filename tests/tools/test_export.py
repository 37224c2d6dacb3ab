"""`pullback.export`: artifacts from Python, and what of a program they keep."""

from __future__ import annotations

import subprocess
import sys
from collections import OrderedDict, deque, namedtuple
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ml_dtypes
import numpy as np
import pytest

import pullback
import pullback.numpy as pnp
from pullback import ShapeDtypeStruct
from pullback.runtime import ArtifactError, TargetError, read_artifact
from pullback.runtime.consts import from_npy, to_npy
from pullback.runtime.trees import Leaf

F32 = np.dtype(np.float32)
Params = namedtuple("Params", ["w", "b"])
X = np.array([0.5, -1.0, 2.0], np.float32)


def f(params: Any, x: Any) -> Any:
    return pnp.sum(pnp.sin(params["w"] * x) + params["b"])


PARAMS = {"w": X, "b": np.float32(0.5)}


def test_value_and_gradient_share_one_module(tmp_path: Path) -> None:
    path = pullback.export({"value": (f, PARAMS, X), "grad": pullback.jit(pullback.grad(f)).lower(PARAMS, X)}, tmp_path / "f.pba")
    content = read_artifact(path)
    assert len(content.modules) == 1
    art = pullback.load(path)
    np.testing.assert_allclose(art.value(PARAMS, X), f(PARAMS, X), rtol=1e-6)
    got, want = art.grad(params=PARAMS, x=X), pullback.grad(f)(PARAMS, X)
    assert list(got) == ["b", "w"] or list(got) == ["w", "b"]
    for key in got:
        np.testing.assert_allclose(got[key], want[key], rtol=1e-5)
    assert str(art.grad.spec) == "grad(params: {'b': f32[], 'w': f32[3]}, x: f32[3]) -> {'b': f32[], 'w': f32[3]}"


def test_same_program_same_bytes(tmp_path: Path) -> None:
    code = """
import sys, numpy as np, pullback, pullback.numpy as pnp
table = pnp.array(np.arange(100, dtype=np.float32))
def f(x): return pnp.sin(x) + table
pullback.export({"value": (f, table), "grad": (pullback.grad(lambda x: f(x).sum()), table)}, sys.argv[1])
"""
    for name, seed in (("a", "1"), ("b", "2")):
        subprocess.run([sys.executable, "-c", code, str(tmp_path / name)], check=True, env={**_environ(), "PYTHONHASHSEED": seed})
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def _environ() -> dict[str, str]:
    import os

    return {**os.environ, "PULLBACK_CACHE": "0"}


def test_constants_are_stored_once(tmp_path: Path) -> None:
    big = pnp.array(np.linspace(0, 1, 100, dtype=np.float32))
    small = pnp.array([1.0, 2.0, 3.0])

    def g(x: Any) -> Any:
        return pnp.sum(pnp.sin(x * big)) + pnp.sum(small)

    path = pullback.export({"value": (g, 1.0), "grad": (pullback.grad(g), 1.0)}, tmp_path / "g.pba")
    content = read_artifact(path)
    assert [str(c.leaf) for c in content.consts] == ["f32[100]"]
    assert [e.consts for e in content.entries] == [(0,), (0,)]
    np.testing.assert_array_equal(content.const(0), np.asarray(big))
    art = pullback.load(path)
    np.testing.assert_allclose(art.value(0.7), g(0.7), rtol=1e-5)
    np.testing.assert_allclose(art.grad(0.7), pullback.grad(g)(0.7), rtol=1e-5)


@pytest.mark.parametrize("dtype", ["bool", "int8", "uint16", "float16", "bfloat16", "float32", "float64", "complex64"])
def test_npy_round_trip(dtype: str) -> None:
    dt = np.dtype(ml_dtypes.bfloat16) if dtype == "bfloat16" else np.dtype(dtype)
    array = (np.arange(6) % 5).reshape(2, 3).astype(dt)
    back = from_npy(to_npy(array), Leaf((2, 3), dt))
    assert back.dtype == dt
    np.testing.assert_array_equal(back, array)
    with pytest.raises(ValueError, match="where the manifest says"):
        from_npy(to_npy(array), Leaf((3, 2), dt))
    with pytest.raises(ValueError):
        from_npy(to_npy(array)[:-1], Leaf((2, 3), dt))
    with pytest.raises(ValueError):
        from_npy(b"junk", Leaf((2, 3), dt))


def test_pickled_constants_are_refused() -> None:
    import io

    file = io.BytesIO()
    np.save(file, np.array([print], object), allow_pickle=True)
    with pytest.raises(ValueError):
        from_npy(file.getvalue(), Leaf((1,), F32))


@dataclass
class Layer:
    w: Any
    b: Any
    name: str = "layer"


pullback.tree_util.register_dataclass(Layer, ["w", "b"], ["name"])


class Opaque:
    def __init__(self, x: Any):
        self.x = x


pullback.tree_util.register_pytree_node(Opaque, lambda o: ((o.x,), None), lambda _, xs: Opaque(*xs))


def test_containers(tmp_path: Path) -> None:
    def g(p: Any, layer: Any, rest: Any) -> Any:
        return Params(p.w * layer.w, {"z": [rest[0], None], "a": (rest[1]["k"],)}), OrderedDict(b=p.b, a=layer.b)

    args = (Params(X, X), Layer(X, X), [X, {"k": X}])
    art = pullback.load(pullback.export({"g": (g, *args)}, tmp_path / "g.pba"))
    assert str(art.g.spec) == (
        "g(p: Params(w=f32[3], b=f32[3]), layer: Layer(w=f32[3], b=f32[3]), rest: [f32[3], {'k': f32[3]}]) -> "
        "(Params(w=f32[3], b={'a': (f32[3],), 'z': [f32[3], None]}), {'b': f32[3], 'a': f32[3]})"
    )
    first, second = art(Params(X, X), Layer(X, X), [X, {"k": 2 * X}])
    np.testing.assert_array_equal(first.w, X * X)
    np.testing.assert_array_equal(first.b["a"][0], 2 * X)
    np.testing.assert_array_equal(second["a"], X)


def test_containers_that_cannot_be_described(tmp_path: Path) -> None:
    for argument, words in ((Opaque(X), "holds a Opaque, which an artifact cannot describe"), (deque([X]), "holds a deque")):
        with pytest.raises(TypeError, match=f"argument 'a' {words}"):
            pullback.export({"g": (lambda a: X, argument)}, tmp_path / "g.pba")
    with pytest.raises(TypeError, match=r"has the dict key \(1, 2\)"):
        pullback.export({"g": (lambda a: X, {(1, 2): X})}, tmp_path / "g.pba")
    assert not list(tmp_path.iterdir())


def test_bad_entries(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="there are no entries"):
        pullback.export({}, tmp_path / "g.pba")
    with pytest.raises(ValueError, match="entry name 'a b'"):
        pullback.export({"a b": (pnp.sin, 1.0)}, tmp_path / "g.pba")
    with pytest.raises(TypeError, match="entry 'a' must be a tuple"):
        pullback.export({"a": pnp.sin}, tmp_path / "g.pba")
    with pytest.raises(TargetError):
        pullback.export({"a": (pnp.sin, 1.0)}, tmp_path / "g.pba", target="abacus")


def test_several_targets_and_meta(tmp_path: Path) -> None:
    s = ShapeDtypeStruct((3,), "float32")
    path = pullback.export({"sin": (pnp.sin, s)}, tmp_path / "s.pba", target=["cpu", "cpu:aarch64"], meta={"who": "me"})
    art = pullback.load(path)
    assert len(art.manifest["modules"]) == 2 and art.manifest["meta"] == {"who": "me"}
    np.testing.assert_allclose(art(X), np.sin(X), rtol=1e-6)


def test_loops_and_branches_keep_their_functions_apart(tmp_path: Path) -> None:
    def down(x: Any) -> Any:
        return pullback.lax.fori_loop(0, 3, lambda i, y: y * 0.5, x)

    def up(x: Any) -> Any:
        return pullback.lax.while_loop(lambda y: pnp.sum(y) < 100, lambda y: y * 2 + 1, x)

    art = pullback.load(pullback.export({"down": (down, X), "up": (up, X), "again": (down, X)}, tmp_path / "l.pba"))
    np.testing.assert_allclose(art.down(X), X / 8, rtol=1e-6)
    np.testing.assert_allclose(art.again(X), X / 8, rtol=1e-6)
    np.testing.assert_allclose(art.up(X), up(X), rtol=1e-6)


def test_keywords_statics_and_donation(tmp_path: Path) -> None:
    def g(x: Any, n: int, y: Any, *, scale: Any) -> Any:
        return x * n + y * scale

    lowered = pullback.jit(g, static_argnums=1, donate_argnums=0).lower(X, 3, X, scale=2.0)
    art = pullback.load(pullback.export({"g": lowered}, tmp_path / "g.pba"))
    assert art.g.spec.arg_names == ("x", "y", "scale") and art.g.spec.donated == (0,)
    kept = X.copy()
    np.testing.assert_allclose(art.g(kept, X, 2.0), X * 5, rtol=1e-6)
    np.testing.assert_array_equal(kept, X)


def test_damaged_constants(tmp_path: Path) -> None:
    from pullback.runtime import write_artifact

    big = pnp.array(np.linspace(0, 1, 100, dtype=np.float32))
    content = read_artifact(pullback.export({"g": (lambda x: x + big, big)}, tmp_path / "g.pba"))
    for i, (change, words) in enumerate(
        [
            ({"file": "consts/1.npy"}, "const 0: its file is not listed"),
            ({"shape": [5, 20]}, "consts/0.npy: holds"),
            ({"dtype": "f7"}, "const 0: unknown dtype"),
        ]
    ):
        manifest = {**content.manifest, "consts": [{**content.manifest["consts"][0], **change}]}
        with pytest.raises(ArtifactError, match=words):
            pullback.load(write_artifact(tmp_path / f"{i}.pba", manifest, content.files))
    for consts in ([1], "x", [True], [-1]):
        manifest = {**content.manifest, "entries": [{**content.manifest["entries"][0], "consts": consts}]}
        with pytest.raises(ArtifactError, match="consts is not a list of positions"):
            write_artifact(tmp_path / "x.pba", manifest, content.files)
