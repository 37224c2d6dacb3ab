"""What every test run ends with: the coverage matrix of the op table in numbers, and the reason of every skipped test."""

from __future__ import annotations

import os
from collections import Counter
from typing import Any

import pytest

# JAX is an oracle here, and runs each function once or twice: XLA compiles faster without its optimizations.
os.environ.setdefault("JAX_DISABLE_MOST_OPTIMIZATIONS", "1")


def pytest_configure(config: pytest.Config) -> None:
    cache = getattr(config, "cache", None)  # absent with `-p no:cacheprovider`
    if cache is not None:  # compiled modules are kept, but not in the user's folder: tests do not depend on what that holds
        os.environ["PULLBACK_CACHE_DIR"] = str(cache.mkdir("pullback-compiled"))
    for name in ("PULLBACK_CACHE", "PULLBACK_CACHE_SIZE"):
        os.environ.pop(name, None)
    if "s" not in config.option.reportchars:  # nothing is skipped silently
        config.option.reportchars += "s"


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """With `-n 2`, tests that share something costly, such as a compiled module, run in one process: those whose parameters end in
    the same ``@name``. (pytest-xdist's own groups do not work with pytest 9.)"""
    if config.getvalue("dist") not in ("load", "worksteal"):
        return None
    from xdist.scheduler import LoadScopeScheduling

    class GroupScheduling(LoadScopeScheduling):  # type: ignore[misc]
        def _split_scope(self, nodeid: str) -> str:
            return nodeid.rpartition("@")[2] if "@" in nodeid else nodeid

    return GroupScheduling(config, log)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    terminalreporter.section("coverage matrix")
    for line in coverage_matrix():
        terminalreporter.line(line)
    counts = {
        outcome: len([r for r in terminalreporter.stats.get(outcome, []) if getattr(r, "when", "call") != "teardown"])
        for outcome in ("passed", "failed", "error", "skipped", "xfailed", "xpassed")
    }
    systematic = Counter(
        report.nodeid.partition("::")[0].rpartition("/")[2].removeprefix("test_").removesuffix(".py")
        for report in terminalreporter.stats.get("passed", [])
        if "systematic/" in report.nodeid
    )
    terminalreporter.line(f"tests: {', '.join(f'{n} {what}' for what, n in counts.items() if n or what == 'passed')}")
    if systematic:
        terminalreporter.line(
            f"  generated from the table and passed: {', '.join(f'{k} {n}' for k, n in sorted(systematic.items()))}"
        )


def coverage_matrix() -> list[str]:
    """Which rules the operations have, in numbers; `test_coverage_matrix` checks that nothing else is missing."""
    from pullback.dialects import types as T
    from pullback.dialects.spec import ZERO, NoRule, NotDifferentiable
    from pullback.dialects.table import TABLE

    lines = []
    for kind, specs in (
        ("array operations (pb)", [s for s in TABLE.values() if not s.function]),
        ("operations over functions (pbfn)", [s for s in TABLE.values() if s.function]),
    ):

        def rules(name: str, specs: Any = specs) -> str:
            have = sum(callable(getattr(s, name)) for s in specs)
            reasons = sum(isinstance(getattr(s, name), (NoRule, NotDifferentiable)) for s in specs)
            return f"{name} {have}" + (f" (+ {reasons} with a reason)" if reasons else "")

        zero = sum(s.jvp is ZERO for s in specs)
        jvp = sum(callable(s.jvp) for s in specs)
        not_differentiable = sum(isinstance(s.jvp, NotDifferentiable) for s in specs)
        compiled = sum(callable(s.lower) or callable(s.decompose) for s in specs)
        decomposed = sum(callable(s.decompose) for s in specs)
        lines += [
            f"{len(specs)} {kind}: {rules('evaluate')}; jvp {jvp} (+ {zero} zero, {not_differentiable} not differentiable); "
            f"{rules('transpose')}; {rules('batch')};",
            f"  compiled {compiled} (of which {decomposed} decompose); {rules('split_complex')}",
        ]
        pairs = Counter(dtype for s in specs for dtype in s.dtypes)
        if pairs:
            each = ", ".join(f"{dtype} {pairs[dtype]}" for dtype in T.DTYPES)
            lines.append(f"  element types, {pairs.total()} pairs: {each}")
    return lines
