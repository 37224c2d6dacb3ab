"""`pullback.lax`: the operations themselves, strict about dtypes and shapes. Names and signatures follow `jax.lax`."""

import types as _types
from typing import Any as _Any

from ..missing import attribute_error as _attribute_error
from . import linalg
from .bits import approx_max_k, approx_min_k, clz, mulhi, population_count
from .branches import cond, platform_dependent, switch
from .convolution import (
    conv,
    conv_general_dilated,
    conv_general_dilated_local,
    conv_general_dilated_patches,
    conv_transpose,
    conv_with_general_padding,
)
from .elementwise import (
    abs,
    acos,
    acosh,
    add,
    asin,
    asinh,
    atan,
    atan2,
    atanh,
    bitcast_convert_type,
    bitwise_and,
    bitwise_not,
    bitwise_or,
    bitwise_xor,
    cbrt,
    ceil,
    clamp,
    complex,
    conj,
    convert_element_type,
    cos,
    cosh,
    digamma,
    div,
    eq,
    erf,
    erf_inv,
    erfc,
    exp,
    exp2,
    expm1,
    floor,
    ge,
    gt,
    imag,
    integer_pow,
    is_finite,
    le,
    lgamma,
    log,
    log1p,
    logistic,
    lt,
    max,
    min,
    mul,
    ne,
    neg,
    nextafter,
    pow,
    real,
    reciprocal,
    rem,
    round,
    rsqrt,
    select,
    select_n,
    shift_left,
    shift_right_arithmetic,
    shift_right_logical,
    sign,
    sin,
    sinh,
    sqrt,
    square,
    stop_gradient,
    sub,
    tan,
    tanh,
)
from .enums import DotDimensionNumbers, FftType, RandomAlgorithm, RoundingMethod
from .fourier import fft
from .implicit import custom_linear_solve, custom_root
from .indexing import (
    GatherDimensionNumbers,
    GatherScatterMode,
    ScatterDimensionNumbers,
    dynamic_index_in_dim,
    dynamic_slice,
    dynamic_slice_in_dim,
    dynamic_update_index_in_dim,
    dynamic_update_slice,
    dynamic_update_slice_in_dim,
    gather,
    scatter,
    scatter_add,
    scatter_max,
    scatter_min,
    scatter_mul,
)
from .joining import (
    broadcast_like,
    broadcast_shapes,
    broadcast_to_rank,
    dtype,
    empty,
    index_take,
    shape_as_value,
    split,
    stack,
    tile,
    unstack,
)
from .loops import fori_loop, scan, while_loop
from .mapping import associative_scan, map
from .parallel import all_gather, axis_index, axis_size, pmax, pmean, pmin, psum
from .permutations import all_to_all, pbroadcast, ppermute, pshuffle, psum_scatter, pswapaxes
from .precision import Precision, PrecisionLike, reduce_precision
from .ragged import ragged_dot
from .reduction import (
    argmax,
    argmin,
    batch_matmul,
    cumlogsumexp,
    cummax,
    cummin,
    cumprod,
    cumsum,
    dot,
    dot_general,
    optimization_barrier,
    reduce_and,
    reduce_max,
    reduce_min,
    reduce_or,
    reduce_prod,
    reduce_sum,
    reduce_xor,
    sort,
    sort_key_val,
    top_k,
)
from .rng import rng_bit_generator
from .shape import (
    broadcast,
    broadcast_in_dim,
    broadcasted_iota,
    collapse,
    concatenate,
    expand_dims,
    full,
    full_like,
    index_in_dim,
    iota,
    pad,
    reshape,
    rev,
    slice,
    slice_in_dim,
    squeeze,
    transpose,
)
from .special import (
    bessel_i0e,
    bessel_i1e,
    betainc,
    igamma,
    igamma_grad_a,
    igammac,
    polygamma,
    random_gamma_grad,
    zeta,
)
from .updates import scatter_apply, scatter_sub
from .window_shapes import (
    ConvDimensionNumbers,
    ConvGeneralDilatedDimensionNumbers,
    conv_dimension_numbers,
    conv_general_permutations,
    conv_general_shape_tuple,
    conv_shape_tuple,
    conv_transpose_shape_tuple,
    padtype_to_pads,
    reduce_window_shape_tuple,
)
from .windows import reduce, reduce_window

#: Functions and classes, and the submodule that has a page of its own; not the modules that they come from.
__all__ = sorted(
    name
    for name, value in globals().items()
    if not name.startswith("_") and (name == "linalg" or not isinstance(value, _types.ModuleType))
)


def __getattr__(name: str) -> _Any:
    raise _attribute_error("pullback.lax", name, __all__)


def __dir__() -> list[str]:
    return list(__all__)


from .. import numpy as _numpy  # noqa: E402  attaches operators and methods to Array; it needs the names above
