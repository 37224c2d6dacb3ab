"""Fourier transforms of `pullback.lax`."""

from __future__ import annotations

from typing import Any

from pullback.dialects.spec import TABLE

from ..array import Array
from ..locations import located
from ..trace import bind
from .util import as_ints, as_operand


def fft(x: Any, fft_type: Any, fft_lengths: Any) -> Array:
    """Fourier transform over the last axes.

    Args:
      x: array; complex, or real for "rfft".
      fft_type: "fft", "ifft", "rfft" or "irfft" (any case).
      fft_lengths: lengths of the transformed axes; for "irfft", of the result.

    Reference: StableHLO specification, fft.

    >>> from pullback import lax, numpy as pnp
    >>> lax.fft(pnp.array([1.0 + 0j, 0.0, 0.0, 0.0]), "FFT", (4,))
    Array([1.+0.j, 1.+0.j, 1.+0.j, 1.+0.j], dtype=complex64)
    """
    kind = str(getattr(fft_type, "name", fft_type)).lower()
    if kind not in ("fft", "ifft", "rfft", "irfft"):
        raise ValueError(located(f"Unknown FFT type {fft_type!r}; types: fft, ifft, rfft, irfft"))
    return bind(TABLE["pb.fft"], (as_operand(x, "fft"),), {"kind": kind, "lengths": as_ints(fft_lengths, "fft_lengths")})
