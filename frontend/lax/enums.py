"""Names for options of `pullback.lax`."""

from __future__ import annotations

import enum
from collections.abc import Sequence

#: ``((lhs contracting, rhs contracting), (lhs batch, rhs batch))`` dimensions of `dot_general`.
DotDimensionNumbers = tuple[tuple[Sequence[int], Sequence[int]], tuple[Sequence[int], Sequence[int]]]


class FftType(enum.Enum):
    """Kinds of Fourier transforms, for `fft`.

    >>> from pullback import lax
    >>> lax.FftType.RFFT.name
    'RFFT'
    """

    FFT = 0
    IFFT = 1
    RFFT = 2
    IRFFT = 3


class RoundingMethod(enum.IntEnum):
    """Where `round` takes halves: away from zero, or to the even neighbour.

    >>> from pullback import lax, numpy as pnp
    >>> lax.round(pnp.array([0.5, 1.5]), lax.RoundingMethod.TO_NEAREST_EVEN)
    Array([0., 2.], dtype=float32)
    """

    AWAY_FROM_ZERO = 0
    TO_NEAREST_EVEN = 1


class RandomAlgorithm(enum.IntEnum):
    """Algorithms of `rng_bit_generator`.

    >>> from pullback import lax
    >>> lax.RandomAlgorithm.RNG_THREE_FRY.value
    1
    """

    RNG_DEFAULT = 0
    RNG_THREE_FRY = 1
    RNG_PHILOX = 2
