"""References of eigenvalue and singular value decompositions, by SciPy and loops over matrices."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import scipy.linalg


def gauge(column: Any) -> complex:
    """The factor that makes the first component with at least 0.1371 of the largest squared magnitude real and positive."""
    largest = max(abs(c) ** 2 for c in column)
    pivot = next(c for c in column if abs(c) ** 2 >= 0.1371 * largest)
    return complex(np.conj(pivot) / abs(pivot))


def turned(x: Any, factors: Any) -> Any:
    """Columns times factors of modulus one, which are signs where `x` is real."""
    factors = np.asarray(factors)
    return x * (factors if np.iscomplexobj(x) else factors.real)


def eigh(a: Any) -> Any:
    v, w = np.empty_like(a), np.empty(a.shape[:-1], a.real.dtype)
    for at in product(*map(range, a.shape[:-2])):
        if a.shape[-1]:
            w[at], vectors = scipy.linalg.eigh(a[at], lower=True, driver="ev")
            v[at] = turned(vectors, [gauge(c) for c in vectors.T])
    return v, w


def eigh_pair(re: Any, im: Any) -> Any:
    v, w = eigh(re + 1j * im)
    return v.real, v.imag, w


def svd(a: Any, *, full_matrices: bool, compute_uv: bool) -> Any:
    *batch, m, n = a.shape
    k = min(m, n)
    rows, columns = (m, n) if full_matrices else (k, k)
    u, s, vh = np.empty((*batch, m, rows), a.dtype), np.empty((*batch, k), a.real.dtype), np.empty((*batch, columns, n), a.dtype)
    for at in product(*map(range, batch)):
        left, right = np.eye(m, dtype=a.dtype), np.eye(n, dtype=a.dtype)
        if k:
            left[:, :k], s[at], vectors = scipy.linalg.svd(a[at], full_matrices=False, lapack_driver="gesvd")
            right[:, :k] = vectors.conj().T
            factors = [gauge(c) for c in left[:, :k].T]
            left[:, :k], right[:, :k] = turned(left[:, :k], factors), turned(right[:, :k], factors)
            if m > n:
                left[:, k:] = scipy.linalg.qr(a[at])[0][:, k:]
            elif n > m:
                right[:, k:] = scipy.linalg.qr(a[at].conj().T)[0][:, k:]
        u[at], vh[at] = left[:, :rows], right[:, :columns].conj().T
    return (u, s, vh) if compute_uv else (s,)


def svd_pair(re: Any, im: Any, *, compute_uv: bool) -> Any:
    results = svd(re + 1j * im, full_matrices=False, compute_uv=compute_uv)
    if not compute_uv:
        return results
    u, s, vh = results
    return u.real, u.imag, s, vh.real, vh.imag


REFERENCES = {"eigh": eigh, "eigh_pair": eigh_pair, "svd": svd, "svd_pair": svd_pair}
