"""`pullback.scipy.optimize`: minimization of functions of a vector. Names follow `jax.scipy.optimize`.

>>> import pullback.numpy as pnp
>>> from pullback.scipy import optimize
>>> result = optimize.minimize(lambda x: ((x - 3) ** 2).sum(), pnp.zeros(2), method="BFGS")
>>> print(bool(result.success), result.x.round(3))
True [3. 3.]
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np

from .. import lax
from .. import numpy as pnp
from ..array import Array
from ..gradients import value_and_grad
from ..lax.util import as_int
from ..missing import attribute_error as _attribute_error
from ..numpy.util import promote_args_inexact

__all__ = ["OptimizeResults", "minimize"]


class OptimizeResults(NamedTuple):
    """What `minimize` returns.

    `x` is the best point, `success` whether it was found, `status` why the iteration ended (0: converged, 1: too many
    iterations, 5: the line search found no better point), `fun` and `jac` the value and the gradient there, `hess_inv` the
    approximate inverse of the Hessian, `nfev` and `njev` how often the function and its gradient were evaluated, `nit` the number
    of iterations.

    Reference: JAX documentation, jax.scipy.optimize.OptimizeResults.

    >>> from pullback.scipy import optimize
    >>> optimize.OptimizeResults._fields[:3]
    ('x', 'success', 'status')
    """

    x: Array
    success: Array
    status: Array
    fun: Array
    jac: Array
    hess_inv: Array | None
    nfev: Array
    njev: Array
    nit: Array


# Line search -------------------------------------------------------------------------------------------------------------
class _Point(NamedTuple):
    """A step along the search direction, with the value and the slope there."""

    step: Any
    value: Any
    slope: Any


class _Search(NamedTuple):
    """State of a line search: first steps grow until they bracket a good one (between `low` and `high`), which then shrinks."""

    count: Any
    bracketed: Any
    done: Any
    trial: Any
    low: _Point
    high: _Point
    found: _Point
    gradient: Any


_DECREASE = 1e-4  # the constants of the Wolfe conditions usual for quasi-Newton methods
_CURVATURE = 0.9


def _choose(condition: Any, a: Any, b: Any) -> Any:
    """`a` where the scalar condition holds, else `b`; for points, part by part."""
    if isinstance(a, tuple):
        return type(a)(*(_choose(condition, x, y) for x, y in zip(a, b)))
    return pnp.where(condition, a, b)


def _interpolate(low: _Point, high: _Point) -> Any:
    """The minimum of the cubic through two points and their slopes, kept away from the ends of the interval."""
    width = high.step - low.step
    d1 = low.slope + high.slope - 3 * (high.value - low.value) / width
    square = d1 * d1 - low.slope * high.slope
    d2 = pnp.sign(width) * pnp.sqrt(pnp.maximum(square, 0.0))
    fraction = 1 - (high.slope + d2 - d1) / (high.slope - low.slope + 2 * d2)
    usable = (square >= 0) & (fraction >= 0.1) & (fraction <= 0.9)
    return low.step + width * pnp.where(usable, fraction, 0.5)


def _line_search(evaluate: Any, x: Any, direction: Any, value: Any, gradient: Any, first: Any, limit: int) -> _Search:
    """A step that satisfies the strong Wolfe conditions."""
    slope = pnp.dot(gradient, direction)
    zero = pnp.zeros_like(value)
    start = _Point(zero, value, slope)

    def advance(state: _Search) -> _Search:
        step = pnp.where(state.bracketed, _interpolate(state.low, state.high), state.trial)
        f, g = evaluate(x + step * direction)
        here = _Point(step, f, pnp.dot(g, direction))
        # written so that NaN counts as too large
        too_high = ~(f <= value + _DECREASE * step * slope) | ~((f < state.low.value) | (state.count == 0))
        flat = ~too_high & (pnp.abs(here.slope) <= -_CURVATURE * slope)
        past = here.slope * (state.high.step - state.low.step) >= 0
        # before there is a bracket, the step goes on growing; then `high` is on its far side
        bracketed = state.bracketed | too_high | (here.slope >= 0)
        turn = pnp.where(state.bracketed, past, here.slope >= 0)
        low = _choose(too_high, state.low, here)
        high = _choose(too_high, here, _choose(turn, state.low, state.high))
        return _Search(
            state.count + 1, bracketed, state.done | flat, 2 * step, low, high, here, _choose(flat | ~too_high, g, state.gradient)
        )

    def unfinished(state: _Search) -> Any:
        return ~state.done & (state.count < limit)

    no = pnp.zeros((), bool)
    init = _Search(pnp.zeros((), np.int32), no, no, first, start, start, start, gradient)
    end = lax.while_loop(unfinished, advance, init)
    # without success, the best point that satisfied the first condition, whose gradient was kept
    return end._replace(found=_choose(end.done, end.found, end.low))


# BFGS --------------------------------------------------------------------------------------------------------------------
class _State(NamedTuple):
    x: Any
    value: Any
    before: Any
    gradient: Any
    inverse: Any
    iteration: Any
    evaluations: Any
    converged: Any
    failed: Any


def _bfgs(evaluate: Any, x0: Array, gtol: Any, norm: Any, maxiter: int, search_limit: int) -> OptimizeResults:
    def small(g: Array) -> Array:
        return pnp.linalg.norm(g, ord=norm) <= gtol

    def step(state: _State) -> _State:
        direction = -(state.inverse @ state.gradient)
        slope = pnp.dot(direction, state.gradient)
        guess = 2.02 * (state.value - state.before) / slope
        first = pnp.where((guess > 0) & (guess < 1), guess, 1.0)
        search = _line_search(evaluate, state.x, direction, state.value, state.gradient, first, search_limit)
        s = search.found.step * direction
        x, value, g = state.x + s, search.found.value, search.gradient
        failed = ~search.done & ~(value < state.value)
        y = g - state.gradient
        curvature = pnp.dot(y, s)
        usable = curvature > 0
        rho = 1 / pnp.where(usable, curvature, 1.0)
        product = state.inverse @ y
        updated = (
            state.inverse
            + (rho * (1 + rho * pnp.dot(y, product))) * pnp.outer(s, s)
            - rho * (pnp.outer(product, s) + pnp.outer(s, product))
        )
        inverse = pnp.where(usable & pnp.all(pnp.isfinite(updated)), updated, state.inverse)
        evaluations = state.evaluations + search.count
        return _State(x, value, state.value, g, inverse, state.iteration + 1, evaluations, small(g), failed)

    value, gradient = evaluate(x0)
    no = pnp.zeros((), bool)
    count = pnp.zeros((), np.int32)
    # as if the last step had decreased the value by half of the gradient's length: the first step then has about length 1
    before = value + pnp.linalg.norm(gradient) / 2
    identity = pnp.eye(x0.shape[0], dtype=x0.dtype)
    init = _State(x0, value, before, gradient, identity, count, count + 1, small(gradient), no)
    end = lax.while_loop(lambda s: ~s.converged & ~s.failed & (s.iteration < maxiter), step, init)
    status = pnp.where(end.converged, 0, pnp.where(end.failed, 5, 1)).astype(np.int32)
    return OptimizeResults(
        end.x, end.converged, status, end.value, end.gradient, end.inverse, end.evaluations, end.evaluations, end.iteration
    )


def minimize(
    fun: Callable[..., Any],
    x0: Any,
    args: tuple[Any, ...] = (),
    *,
    method: str,
    tol: float | None = None,
    options: Mapping[str, Any] | None = None,
) -> OptimizeResults:
    """A local minimum of a scalar function of a vector, by gradients.

    The iteration is a loop of pullback, so that it can be compiled and batched; it has no reverse-mode derivative.

    Args:
      fun: differentiable function of an array of shape [n], and of `args`, that returns a scalar.
      x0: where to start; array of shape [n].
      args: further arguments of `fun`.
      method: "BFGS".
      tol: largest gradient at a minimum, 1e-5 by default; the same as option "gtol".
      options: dict with "gtol", "norm" (of the gradient; infinity by default), "maxiter" (200 n by default) and
        "line_search_maxiter" (10 by default).

    Returns:
      `OptimizeResults`.

    Raises:
      TypeError: `args` is no tuple, or an option is unknown. ValueError: another method, or `x0` is no vector.

    Reference: Numerical Optimization (Nocedal and Wright 2006), algorithms 3.5, 3.6 and 6.1.

    >>> import pullback.numpy as pnp
    >>> from pullback.scipy import optimize
    >>> rosenbrock = lambda x: 100 * (x[1] - x[0] ** 2) ** 2 + (1 - x[0]) ** 2
    >>> result = optimize.minimize(rosenbrock, pnp.array([-1.0, 1.0]), method="BFGS", tol=1e-3)
    >>> print(bool(result.success), result.x.round(2))
    True [1. 1.]
    """
    if not callable(fun):
        raise TypeError("optimize.minimize: fun must be a function: minimize(fun, x0, args, method='BFGS')")
    if not isinstance(args, tuple):
        raise TypeError(f"args argument to pullback.scipy.optimize.minimize must be a tuple, got {args!r}"[:200])
    if not isinstance(method, str) or method.lower() != "bfgs":
        raise ValueError(f"Method {method} not recognized; optimize.minimize has 'BFGS'")
    (start,) = promote_args_inexact("minimize", x0)
    if start.ndim != 1:
        raise ValueError(
            f"optimize.minimize: x0 must be a vector, got shape {start.shape}; reshape it, or ravel a pytree into one vector"
        )
    if start.dtype.kind == "c":
        raise TypeError("optimize.minimize: x0 must be real; split complex numbers into real and imaginary parts")
    chosen = {"gtol": 1e-5 if tol is None else tol, "norm": np.inf, "maxiter": 200 * start.shape[0], "line_search_maxiter": 10}
    unknown = set(options or {}) - set(chosen)
    if unknown:
        raise TypeError(f"optimize.minimize: unknown options {sorted(unknown)}; BFGS has {', '.join(chosen)}")
    chosen |= {k: v for k, v in (options or {}).items() if v is not None}
    return _bfgs(
        value_and_grad(lambda x: fun(x, *args)),
        start,
        chosen["gtol"],
        chosen["norm"],
        as_int(chosen["maxiter"], "maxiter"),
        as_int(chosen["line_search_maxiter"], "line_search_maxiter"),
    )


def __getattr__(name: str) -> None:
    raise _attribute_error(__name__, name, __all__)
