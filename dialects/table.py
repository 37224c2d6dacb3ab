"""Fills the op table: importing this module declares every operation of the pb and pbfn dialects."""

from . import (  # noqa: F401
    arithmetic,
    barrier,
    checkpoint,
    collectives,
    complex_ops,
    cond,
    constants,
    contraction,
    conversion,
    cumulative,
    custom_rules,
    elementwise,
    fourier,
    function_ops,
    indexing,
    linalg,
    logic,
    prng,
    reduction,
    scan,
    scatter,
    shape,
    sorting,
    special,
    while_loop,
)
from .spec import TABLE

__all__ = ["TABLE"]
