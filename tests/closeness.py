"""Comparison of pytrees of arrays with expected values."""

from __future__ import annotations

from typing import Any

import numpy as np

import pullback as pb


def close(got: Any, want: Any, rtol: float = 5e-6, atol: float = 1e-6) -> None:
    """Same structure, shapes and values. `want` is float64 (or Python numbers; a list may stand for an array), so the tolerance
    is that of float32 results."""
    if isinstance(got, (pb.Array, np.ndarray)):
        want = np.asarray(want)
    elif isinstance(got, list) and isinstance(want, np.ndarray):
        want = list(want)
    got_leaves, got_tree = pb.tree.flatten(got)
    want_leaves, want_tree = pb.tree.flatten(want)
    assert got_tree == want_tree, f"{got_tree} != {want_tree}"
    for g, w in zip(got_leaves, want_leaves):
        assert isinstance(g, (pb.Array, np.ndarray)), f"{type(g).__name__} is no array"
        assert g.shape == np.shape(w), f"{g.shape} != {np.shape(w)}"
        np.testing.assert_allclose(np.asarray(g), w, rtol, atol)


def near(got: Any, want: Any, tolerance: float = 2e-5) -> None:
    """Equal types; infinities and NaN at the same places, and all else differs by at most that part of the largest value. `want`
    may hold arrays of any library."""
    got_leaves, want_leaves = pb.tree.leaves(got), pb.tree.leaves(want)
    assert len(got_leaves) == len(want_leaves)
    for g, w in zip(got_leaves, want_leaves):
        g, w = np.asarray(g), np.asarray(w)
        assert (g.shape, g.dtype) == (w.shape, w.dtype)
        kind = np.complex128 if w.dtype.kind == "c" else np.float64
        g, w = g.astype(kind), w.astype(kind)
        finite = np.isfinite(w)
        np.testing.assert_array_equal(np.where(finite, 0, g), np.where(finite, 0, w))
        scale = max(float(np.abs(w[finite]).max(initial=0)), 1e-3)
        np.testing.assert_allclose(g[finite], w[finite], 0, tolerance * scale)
