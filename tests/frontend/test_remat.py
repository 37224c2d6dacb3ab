"""checkpoint and its policies: derivatives do not change, residuals and recomputed operations do."""

from __future__ import annotations

from typing import Any

import jax
import jax.ad_checkpoint
import jax.numpy as jnp
import numpy as np
import pytest
from closeness import close

import pullback as pb
import pullback.numpy as pnp
from pullback import lax
from pullback.ad_checkpoint import checkpoint_name, print_saved_residuals, saved_residuals

policies = pb.checkpoint_policies
F = np.float32
X, W = np.linspace(0.1, 0.6, 6, dtype=F).reshape(2, 3), np.linspace(-0.5, 0.7, 6, dtype=F).reshape(3, 2)


def layer(x: Any, w: Any) -> Any:
    h = checkpoint_name(pnp.sin(x @ w), "h")
    return pnp.sum(checkpoint_name(pnp.tanh(h), "out") * 2.0)


def batched(x: Any, w: Any) -> Any:
    return pnp.sum(pnp.sin(lax.dot_general(x, w, (((2,), (1,)), ((0,), (0,))))))


#: policy -> what is saved beside the two arguments
CASES: dict[str, list[str]] = {
    policies.nothing_saveable: [],
    policies.dots_saveable: ["output of dot_general"],
    policies.dots_with_no_batch_dims_saveable: ["output of dot_general"],
    policies.save_only_these_names("h"): ["named 'h'"],
    policies.save_only_these_names("out"): ["named 'out'"],
    policies.save_only_these_names("h", "out"): ["named 'out'"],  # from which h is not needed any more
    policies.save_only_these_names("other"): [],
    policies.save_any_names_but_these("h"): ["named 'out'"],
    policies.save_from_both_policies(policies.dots_saveable, policies.save_only_these_names("out")): [
        "named 'out'",
        "output of dot_general",
    ],
}


@pytest.mark.parametrize("policy", CASES)
def test_residuals_and_recomputation(policy: str) -> None:
    want = CASES[policy]
    f = pb.checkpoint(layer, policy=policy)
    found = [text.partition(" from /")[0] for _, text in saved_residuals(f, X, W)]
    assert sorted(found) == sorted(["from the argument x", "from the argument w", *want])
    gradient = pb.grad(f, (0, 1))
    close(gradient(X, W), pb.grad(layer, (0, 1))(X, W), rtol=1e-5)
    text = pb.jit(pb.value_and_grad(f)).lower(X, W).as_text("pb")
    # the value is needed too: what is not saved stands in the program twice
    saved_sin, saved_tanh = "named 'h'" in want, "named 'out'" in want
    dots = 2 + ("output of dot_general" not in want)
    assert text.count('"pb.dot_general"') == dots
    assert text.count('"pb.sin"') == 1 + (not saved_sin and not saved_tanh)
    assert text.count('"pb.tanh"') == 1 + (not saved_tanh)


def test_everything_and_anything_except() -> None:
    plain = {text.partition(" from /")[0] for _, text in saved_residuals(layer, X, W)}
    everything = pb.checkpoint(layer, policy=policies.everything_saveable)
    assert {text.partition(" from /")[0] for _, text in saved_residuals(everything, X, W)} == plain
    # without its name, the value before it is saved
    except_out = pb.checkpoint(layer, policy=policies.save_anything_except_these_names("out"))
    found = [text.partition(" from /")[0] for _, text in saved_residuals(except_out, X, W)]
    assert "named 'out'" not in found and "output of cos" in found
    for f in (everything, except_out):
        close(pb.jit(pb.grad(f))(X, W), pb.grad(layer)(X, W), rtol=1e-5)


def test_products_with_batch_dimensions() -> None:
    x, w = np.ones((4, 2, 3), F), np.ones((4, 3, 2), F)
    count = lambda policy: len(saved_residuals(pb.checkpoint(batched, policy=policy), x, w))
    assert count(policies.dots_saveable) == 3
    assert count(policies.dots_with_no_batch_dims_saveable) == 2
    assert count(policies.checkpoint_dots) == 3


def test_second_order_and_vmap() -> None:
    def of(g: Any, x: Any) -> Any:
        return (
            pb.grad(lambda x: pnp.sum(pb.vmap(pb.grad(g), (0, None))(x[:, None], W) ** 2))(x),
            pb.jvp(pb.grad(g), (x, W), (x, W))[1],
        )

    want = of(layer, X)
    for policy in (*CASES, policies.everything_saveable):
        close(of(pb.checkpoint(layer, policy=policy), X), want, rtol=2e-5)
    some = [pb.checkpoint(layer, policy=p) for p in (policies.dots_saveable, policies.save_only_these_names("h"))]
    for got in pb.jit(lambda x: [of(f, x) for f in some])(X):
        close(got, want, rtol=2e-5)


def test_policy_inside_a_scan() -> None:
    """The usual network: layers in a scan, each checkpointed, with products saved."""

    def network(f: Any) -> Any:
        return lambda ws, x: pnp.sum(lax.scan(lambda h, w: (f(h, w), None), x, ws)[0] ** 2)

    step = lambda h, w: pnp.tanh(pnp.sin(h @ w))
    ws = np.stack([np.eye(3, dtype=F) * k for k in (0.5, 1.0, 1.5)])
    remat = pb.checkpoint(step, policy=policies.dots_saveable)
    stacked = lambda f: sorted(a.shape for a, _ in saved_residuals(network(f), ws, X) if a.shape[0] == 3)
    assert stacked(pb.checkpoint(step)) == [(3, 2, 3), (3, 3, 3)]  # the carry, and the weights
    assert stacked(remat) == [(3, 2, 3), (3, 2, 3), (3, 3, 3)]  # the products too
    close(pb.jit(pb.grad(network(remat)))(ws, X), pb.grad(network(step))(ws, X), rtol=1e-5)


def test_as_jax() -> None:
    def jax_layer(x: Any, w: Any) -> Any:
        h = jax.ad_checkpoint.checkpoint_name(jnp.sin(x @ w), "h")
        return jnp.sum(jnp.tanh(h) * 2.0)

    g = jax.checkpoint(jax_layer, policy=jax.checkpoint_policies.save_only_these_names("h"))
    f = pb.checkpoint(layer, policy=policies.save_only_these_names("h"))
    close(pb.jit(pb.grad(f, (0, 1)))(X, W), jax.grad(g, (0, 1))(X, W), rtol=1e-5)


def test_print_saved_residuals(capsys: Any) -> None:
    print_saved_residuals(pb.checkpoint(layer, policy=policies.save_only_these_names("h")), X, W)
    lines = capsys.readouterr().out.strip().split("\n")
    assert lines[0] == "float32[2,3] from the argument x" and lines[1] == "float32[3,2] from the argument w"
    assert lines[2].startswith("float32[2,2] named 'h' from ") and "test_remat.py:" in lines[2]
    assert lines[3] == "total: 64 bytes"


def test_names_are_identities() -> None:
    tree = {"a": X, "b": (1.0, np.arange(3))}
    close(checkpoint_name(tree, "t"), tree)
    f = lambda x: checkpoint_name(x * x, "s")
    close(pb.jit(pb.vmap(pb.grad(f)))(X[0]), 2 * X[0])
    close(pb.linear_transpose(lambda x: checkpoint_name(3 * x, "s"), 1.0)(2.0), (6.0,))
    z = pb.jit(lambda z: checkpoint_name(z * z, "complex"))(np.complex64(1 + 2j))
    close(z, (1 + 2j) ** 2)
    with pytest.raises(TypeError, match="name must be a string"):
        checkpoint_name(1.0, 2)  # type: ignore[arg-type]


def test_static_arguments() -> None:
    def power(x: Any, k: int, *, scale: float = 1.0, double: bool = False) -> Any:
        assert isinstance(k, int) and isinstance(double, bool)
        return x**k * scale * (2 if double else 1)

    f = pb.checkpoint(power, static_argnums=(1,), static_argnames="double")
    assert float(pb.grad(f)(2.0, 3, scale=10.0, double=True)) == 240.0
    g = pb.checkpoint(power, static_argnames=("k", "double"))
    assert float(pb.jit(pb.grad(lambda x: g(x, 3)))(2.0)) == 12.0
    with pytest.raises(ValueError, match="out of range"):
        pb.checkpoint(power, static_argnums=5)(2.0, 3)


def test_policies_that_do_not_exist() -> None:
    for bad in ("save_all", "dots_saveable()", "save_only_these_names(1)", "save_from_both_policies(dots_saveable)", "1 +"):
        with pytest.raises(ValueError, match="unknown policy"):
            pb.checkpoint(layer, policy=bad)
    with pytest.raises(TypeError, match="part of the program's text"):
        pb.checkpoint(layer, policy=lambda *args: True)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="names must be strings"):
        policies.save_only_these_names(1)  # type: ignore[arg-type]
    for offload in (policies.offload_dot_with_no_batch_dims, policies.save_and_offload_only_these_names):
        with pytest.raises(NotImplementedError, match="cannot offload"):
            offload("a", "b")
