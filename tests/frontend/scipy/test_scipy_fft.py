"""scipy.fft: cosine transforms against SciPy, their inverses and gradients."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import scipy.fft
from closeness import close

import pullback
from pullback.test_util import check_grads

RNG = np.random.default_rng(0)


@pytest.mark.parametrize("norm", [None, "ortho"])
@pytest.mark.parametrize("n", [1, 2, 5, 8])
def test_one_axis(n: int, norm: Any) -> None:
    x = RNG.normal(size=(3, n)).astype(np.float32)
    ours = pullback.scipy.fft
    both = pullback.jit(lambda x: (ours.dct(x, norm=norm), ours.idct(x, norm=norm), ours.dct(x, axis=0, n=4, norm=norm)))
    wanted = [scipy.fft.dct(x, norm=norm), scipy.fft.idct(x, norm=norm), scipy.fft.dct(x, axis=0, n=4, norm=norm)]
    for got, want in zip(both(x), wanted):
        close(got, want, rtol=1e-5, atol=1e-5)
    close(ours.idct(ours.dct(x, norm=norm), norm=norm), x, rtol=1e-5, atol=1e-6)


def test_several_axes() -> None:
    x = RNG.normal(size=(2, 4, 5)).astype(np.float32)
    ours = pullback.scipy.fft
    close(ours.dctn(x), scipy.fft.dctn(x), rtol=1e-5, atol=1e-4)
    close(ours.dctn(x, axes=(0, -1), norm="ortho"), scipy.fft.dctn(x, axes=(0, -1), norm="ortho"), rtol=1e-5, atol=1e-5)
    close(ours.idctn(x, s=(3, 7)), scipy.fft.idctn(x, s=(3, 7), axes=(1, 2)), rtol=1e-5, atol=1e-5)
    close(ours.dct(np.arange(4)), scipy.fft.dct(np.arange(4.0)), rtol=1e-6, atol=1e-6)


def test_derivatives() -> None:
    x = RNG.normal(size=(2, 5)).astype(np.float32)
    check_grads(lambda x: pullback.scipy.fft.dct(x, norm="ortho"), (x,), order=2)
    check_grads(lambda x: pullback.scipy.fft.idctn(x), (x,), order=1)


def test_errors() -> None:
    fft = pullback.scipy.fft
    with pytest.raises(NotImplementedError, match="type 2 is implemented, got type=3"):
        fft.dct(np.float32([1.0]), type=3)
    with pytest.raises(TypeError, match="x must be real, got complex64"):
        fft.idct(np.ones(2, np.complex64))
    with pytest.raises(ValueError, match="norm must be"):
        fft.dct(np.float32([1.0]), norm="up")
    with pytest.raises(ValueError, match="length 1 and axes of length 2"):
        fft.dctn(np.float32([[1.0]]), s=(2,), axes=(0, 1))
