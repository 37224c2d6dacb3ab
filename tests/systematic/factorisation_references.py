"""References of the operations that factorise matrices or solve with their factors; see `references.py`."""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.linalg

from .array_references import matrices


def pair(reference: Any, complex_results: int) -> Any:
    """A reference for parts: of the operands, and of the first `complex_results` results."""

    def split(*operands: Any, **attrs: Any) -> Any:
        outs = reference(*(re + 1j * im for re, im in zip(operands[::2], operands[1::2])), **attrs)
        outs = outs if isinstance(outs, tuple) else (outs,)
        parts = [part for x in outs[:complex_results] for part in (x.real, x.imag)]
        return [*parts, *outs[complex_results:]]

    return split


def lu(a: Any) -> Any:
    """SciPy's, which calls LAPACK; the order of the rows by following the exchanges one by one."""
    *batch, m, n = a.shape
    packed, pivots = a.copy(), np.zeros((*batch, min(m, n)), np.int32)
    order = np.broadcast_to(np.arange(m, dtype=np.int32), (*batch, m)).copy()
    for at in matrices(a):
        if a[at].size:
            packed[at], pivots[at] = scipy.linalg.lu_factor(a[at])
        for i, p in enumerate(pivots[at]):
            order[at][[i, p]] = order[at][[p, i]]
    return packed, pivots, order


def solve(a: Any, b: Any, *, transpose_a: bool) -> Any:
    return np.linalg.inv(np.swapaxes(a, -1, -2) if transpose_a else a) @ b


def geqrf(a: Any) -> Any:
    packed, taus = a.copy(), np.zeros((*a.shape[:-2], min(a.shape[-2:])), a.dtype)
    for at in matrices(a):
        if a[at].size:
            (factorise,) = scipy.linalg.lapack.get_lapack_funcs(("geqrf",), (a[at],))
            packed[at], taus[at], _, _ = factorise(a[at])
    return packed, taus


def qr(a: Any, *, full_matrices: bool) -> Any:
    *batch, m, n = a.shape
    inner = m if full_matrices else min(m, n)
    q = np.broadcast_to(np.eye(m, inner, dtype=a.dtype), (*batch, m, inner)).copy()
    r = np.zeros((*batch, inner, n), a.dtype)
    for at in matrices(a):
        if a[at].size:
            q[at], r[at] = scipy.linalg.qr(a[at], mode="full" if full_matrices else "economic")
    return q, r


def tridiagonal_solve(dl: Any, d: Any, du: Any, b: Any) -> Any:
    n = d.shape[-1]
    full = np.zeros((*d.shape, n), d.dtype)
    for i in range(n):
        full[..., i, i] = d[..., i]
        if i:
            full[..., i, i - 1], full[..., i - 1, i] = dl[..., i], du[..., i - 1]
    return np.linalg.solve(full, b)
