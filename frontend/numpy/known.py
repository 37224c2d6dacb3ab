"""Concrete values for functions whose result's shape, or whose check, depends on the values of an argument."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import errors
from ..array import Array
from ..trace import Tracer


def values_of(x: Array, fname: str, advice: str) -> np.ndarray[Any, Any]:
    """The values of an argument; for a traced array that has none, an error that names the function and gives advice."""
    if isinstance(x, Tracer):
        return x.concrete(errors.ConcretizationTypeError, f"{fname} needs the values of its argument; {advice}. The use")
    return x.host


def values_for_shape(x: Array, fname: str, argument: str = "size") -> np.ndarray[Any, Any]:
    """As `values_of`, where an argument gives the size of the result instead."""
    return values_of(x, fname, f"the shape of its result depends on them, unless its argument {argument} gives it")
