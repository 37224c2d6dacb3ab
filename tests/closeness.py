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
