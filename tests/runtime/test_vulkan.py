"""Programs on software Vulkan (Debian: mesa-vulkan-drivers), in processes of their own: the driver reads its settings once."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

MATCHED = {"LP_NATIVE_VECTOR_WIDTH": "512", "MESA_SHADER_CACHE_DISABLE": "true", "PULLBACK_VULKAN_TARGET": "valhall4"}

PROGRAM = """
import numpy as np
import pullback
import pullback.numpy as jnp

if not any(d.kind == "vulkan" for d in pullback.devices()):
    raise SystemExit(77)

def loss(x):
    return jnp.sum(jnp.tanh(x @ x.T) * jnp.sin(x).sum(0))

x = pullback.random.normal(pullback.random.PRNGKey(0), (8, 8))
for f in (loss, pullback.grad(loss), pullback.vmap(pullback.grad(lambda r: jnp.sum(jnp.exp(r) * r)))):
    got = pullback.jit(f, device="vulkan")(pullback.device_put(x, "vulkan"))
    np.testing.assert_allclose(got, f(x), rtol=2e-5, atol=2e-5)
z = jnp.array([1 + 2j, 3 - 1j])
np.testing.assert_allclose(pullback.jit(lambda z: jnp.exp(z) * z, device="vulkan")(z), jnp.exp(z) * z, rtol=1e-5)
print("ok")
"""


def run(**settings):
    env = {**os.environ, **settings}
    result = subprocess.run([sys.executable, "-c", PROGRAM], env=env, capture_output=True, text=True, timeout=300)
    if result.returncode == 77:
        pytest.skip("no Vulkan device: install Debian's mesa-vulkan-drivers to run this test on software Vulkan")
    return result


def test_gradients_on_vulkan():
    result = run(**MATCHED)
    assert result.stdout == "ok\n", result.stderr


def test_a_wrong_subgroup_size_is_refused():
    result = run(PULLBACK_VULKAN_TARGET="ampere")
    if result.stdout == "ok\n":
        pytest.skip("this device has the subgroup size of the profile 'ampere'")
    assert "DeviceError: vulkan:0 computes sums wrongly with code for 'vulkan-ampere'" in result.stderr
    assert "PULLBACK_VULKAN_TARGET" in result.stderr
