"""What a program costs before it runs, and what a call costs: tracing, gradient and lowering of a chain of operations, and a
warm call of a compiled function, against JAX in the same process.

    python benchmarks/costs.py [--json]        (needs the extra: pip install -e '.[compiler,bench]')
"""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
import tempfile
import time

import numpy as np
from harness import Comparison, compare, report

import pullback


def chain(sin, total, n):
    """A chain of n operations, sin and product in turn, summed to a scalar."""

    def f(x):
        y = x
        for _ in range(n // 2):
            y = sin(y) * x
        return total(y)

    return f


def lowering(n: int, repeat: int) -> Comparison:
    """trace + grad + lower to (Stable)HLO text or module, on fresh functions each time, so that no cache helps."""
    import jax

    x = np.ones(4, np.float32)

    def ours() -> None:
        pullback.jit(pullback.grad(chain(pullback.numpy.sin, pullback.numpy.sum, n))).lower(x).as_text()

    def theirs() -> None:
        jax.jit(jax.grad(chain(jax.numpy.sin, jax.numpy.sum, n))).lower(x)

    return compare(f"trace + grad + lower, chain of {n}", ours, theirs, repeat=repeat)


def warm_call() -> Comparison:
    """``x + 1`` on 4 floats that are on the device already."""
    import jax

    f, g = pullback.jit(lambda x: x + 1), jax.jit(lambda x: x + 1)
    a, b = pullback.numpy.ones(4, np.float32), jax.numpy.ones(4, np.float32)
    return compare("warm jitted call, x + 1 on 4 floats", lambda: f(a), lambda: g(b), repeat=15, inner=2000)


_SECOND_START = """
import sys, time
import numpy as np
import pullback
start = time.perf_counter()
print(pullback.jit(pullback.grad(lambda x: pullback.numpy.sum(pullback.numpy.tanh(x) ** 2)))(np.ones(3, np.float32)))
print("seconds", time.perf_counter() - start, "compiler loaded:", "iree.compiler" in sys.modules, file=sys.stderr)
"""


def second_start() -> None:
    """A second process with a warm disk cache must not load the compiler."""
    with tempfile.TemporaryDirectory() as cache:
        env = {**os.environ, "PULLBACK_CACHE_DIR": cache}
        for which in ("cold", "warm"):
            begin = time.perf_counter()
            out = subprocess.run([sys.executable, "-c", _SECOND_START], env=env, capture_output=True, text=True, check=True)
            print(f"{which} start: {time.perf_counter() - begin:.2f} s in all; {out.stderr.strip().splitlines()[-1]}")


def main() -> None:
    as_json = "--json" in sys.argv
    results = [lowering(n, 7 if n <= 1000 else 3) for n in (100, 1000, 4000, 10000)]
    results.append(warm_call())
    report(results, as_json)
    if not as_json:
        for a, b in itertools.pairwise(results[1:4]):
            print(f"growth {a.name} -> {b.name}: {b.ours_min / a.ours_min:.2f}x")
        second_start()


if __name__ == "__main__":
    main()
