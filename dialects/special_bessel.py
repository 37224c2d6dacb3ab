"""Modified Bessel functions of the first kind of orders 0 and 1, exponentially scaled.

Two polynomials each, Chebyshev interpolants computed with ``mpmath.chebyfit``: in x up to 8, and in 1/x from there on, where the
function times sqrt(x) is smooth.
"""

from __future__ import annotations

import math
from typing import Any

from . import types as T
from .builder import Builder
from .elementwise_rules import domain
from .formulas import declare, polynomial
from .ir import Value
from .rules import jvp_elementwise
from .special_functions import Function, register

# e^-x I0(x) in x / 4 - 1, 0 <= x <= 8.
_NEAR_0 = {
    "f32": (
        0.0003359461388, -0.0008508526977, 0.0004696248731, -0.0007596967284, 0.004062653647, -0.008009849607, 0.01166163406,
        -0.01886512599, 0.03029740853, -0.04331379368, 0.05674911084, -0.06946451493, 0.07927874419, -0.08497304959,
        0.08734321533, -0.08904288919, 0.09451563189, -0.1130043361, 0.2070019212,
    ),
    "f64": (
        4.39442630834008318e-9, -1.63113069166867119e-8, 2.679771004975793e-8, -8.59460152602591294e-8, 3.6592167301627761e-7,
        -1.14194952590486619e-6, 3.23239638244325504e-6, -9.18391079473651994e-6, 0.0000251986514656091493,
        -0.0000655678677969644007, 0.000162408455906141806, -0.000382865413990596119, 0.000856313517756537514,
        -0.00181190297641204446, 0.00361712716542728567, -0.006792394821044967, 0.0119600777034642039, -0.0196826557840045655,
        0.0301779120622191803, -0.0429859492967306724, 0.0567770320150178515, -0.069541195631543973, 0.0792752259075297406,
        -0.0849633809154255593, 0.0873434161755088396, -0.0890434413607773201, 0.0945156285399512486, -0.11300432688620536,
        0.207001921223986698,
    ),
}  # fmt: skip
# e^-x I1(x) / x in x / 4 - 1, 0 <= x <= 8.
_NEAR_1 = {
    "f32": (
        -0.0001193158151, 0.0003070296457, -0.000221153768, 0.0004129778383, -0.001666236555, 0.003358929887, -0.005457398639,
        0.009369502835, -0.0155984901, 0.02376165918, -0.03366601115, 0.04465968645, -0.05528056338, 0.06376886448,
        -0.06848258648, 0.06805754492, -0.06112433815, 0.04468771022,
    ),
    "f64": (
        -1.39318363825892923e-9, 5.21165433772306531e-9, -9.14476104955514329e-9, 2.98834027425999839e-8,
        -1.23766865396653268e-7, 3.90916325291267345e-7, -1.13355134643269197e-6, 3.27588969839104818e-6,
        -9.13558125375159875e-6, 0.0000242486189181641463, -0.0000614243506699162689, 0.000148412635308213711,
        -0.000341175625740385545, 0.000744515854697314629, -0.00153887471307634922, 0.00300576142260044583,
        -0.00553456780884877248, 0.00958396234294809211, -0.0155713092505443947, 0.0236860169337332973, -0.033671355520391223,
        0.0446745726230485904, -0.0552800392270329954, 0.0637674037133372495, -0.0684826062058257658, 0.0680575999095126738,
        -0.0611243380296662919, 0.0446877098756088291,
    ),
}  # fmt: skip
# sqrt(x) e^-x I0(x) in 16 / x - 1, x >= 8.
_FAR_0 = {
    "f32": (
        1.082989826e-7, 3.631710305e-7, 1.47679211e-6, 1.111152546e-5, 0.0001362168431, 0.003360555852, 0.4021765094,
    ),
    "f64": (
        1.08819947854689332e-10, 3.52532101970079556e-11, -7.47384462188759149e-10, -2.74811163727603304e-10,
        2.39819272289492366e-9, 1.09245272464686647e-9, -4.84825092211769674e-9, -3.11851456121224011e-9,
        6.78979040389573605e-9, 7.32331073512289311e-9, -5.16251788093901273e-9, -1.33197985920199408e-8,
        -6.80598007512967783e-9, 7.53238641755512282e-9, 2.15568111098987425e-8, 3.93292657109125207e-8,
        8.87215461894462477e-8, 2.97359565815281593e-7, 1.48384758630969766e-6, 0.0000111430338025836824,
        0.00013621607439187192, 0.0033605519836677235, 0.402176509445008076,
    ),
}  # fmt: skip
# sqrt(x) e^-x I1(x) in 16 / x - 1, x >= 8.
_FAR_1 = {
    "f32": (
        -1.221249847e-7, -4.215554373e-7, -1.826714505e-6, -1.500332307e-5, -0.0002192366694, -0.009749581527, 0.389398459,
    ),
    "f64": (
        -1.13288885034257e-10, -3.26776560898033218e-11, 7.79067217908058985e-10, 2.58216944315238593e-10,
        -2.50621624055938957e-9, -1.04761277852700187e-9, 5.09401630157433875e-9, 3.07173956507694779e-9,
        -7.22252417895397594e-9, -7.43253533562379259e-9, 5.72267752745415626e-9, 1.3952625102162603e-8,
        6.79507349018738595e-9, -8.40732683957781654e-9, -2.33826913536010833e-8, -4.31323156237457978e-8,
        -1.00012206387999576e-7, -3.48385307137107792e-7, -1.83491015396645224e-6, -0.0000150385472112742309,
        -0.000219235763833829011, -0.00974957719323560914, 0.38939845902587233,
    ),
}  # fmt: skip


def _pieces(w: Any, x: Any, near: dict[str, Any], far: dict[str, Any]) -> tuple[Any, Any]:
    """The polynomials of ``|x|``: what serves up to 8, and what serves from there on."""
    name = "f32" if w.single else "f64"
    a = abs(x)
    low, high = w.min(a, 8.0), w.max(a, 8.0)
    return polynomial(w, low * 0.25 - 1.0, near[name]), polynomial(w, 16.0 / high - 1.0, far[name]) / w.sqrt(high)


def bessel_i0e(w: Any, x: Any) -> Any:
    """``exp(-|x|) I0(x)``."""
    near, far = _pieces(w, x, _NEAR_0, _FAR_0)
    return w.where(abs(x) <= 8.0, near, far)


def bessel_i1e(w: Any, x: Any) -> Any:
    """``exp(-|x|) I1(x)``, an odd function."""
    near, far = _pieces(w, x, _NEAR_1, _FAR_1)
    return w.where(abs(x) <= 8.0, near * x, w.where(x < 0.0, -far, far))


def _i0e_partial(b: Builder, dx: Value, out: Value, x: Value) -> Value:
    return b.mul(dx, b.sub(b.bessel_i1e(x), b.mul(b.sign(x), out)))


def _i1e_partial(b: Builder, dx: Value, out: Value, x: Value) -> Value:
    """``I1' = I0 - I1 / x``; 1/2 at 0."""
    small = b.compare(b.abs(x), float(T.finfo(x.dtype).eps), direction="LE")
    safe = b.select(small, b.full_like(x, 1), x)
    slope = b.sub(b.bessel_i0e(safe), b.mul(out, b.add(b.sign(safe), b.div(b.full_like(x, 1), safe))))
    return b.mul(dx, b.select(small, b.full_like(x, 0.5), slope))


_EXAMPLES = domain(0.2, 12, 3.0, -3.0, 8.0, 30.0, math.inf)

declare(
    "bessel_i0e",
    ("operand",),
    bessel_i0e,
    jvp=jvp_elementwise(_i0e_partial),
    examples=_EXAMPLES,
    doc="Exponentially scaled modified Bessel function of order 0, exp(-abs(x)) I0(x). Relative error below 2e-15 in f64 and "
    "4e-7 in f32. The derivative at 0, where there is a cusp, is 0.",
    reference="DLMF 10.25.2",
)
declare(
    "bessel_i1e",
    ("operand",),
    bessel_i1e,
    jvp=jvp_elementwise(_i1e_partial),
    examples=_EXAMPLES,
    doc="Exponentially scaled modified Bessel function of order 1, exp(-abs(x)) I1(x). Relative error below 2e-15 in f64 and "
    "4e-7 in f32.",
    reference="DLMF 10.25.2",
)


def _i1_slope(w: Any, out: Any, x: Any) -> Any:
    small = abs(x) < 1e-20
    return w.where(small, 0.5, w.special("i0", x) - out / w.where(small, 1.0, x))


register(
    "i0",
    Function(
        ("x",),
        lambda w, x: w.exp(abs(x)) * bessel_i0e(w, x),
        (lambda w, out, x: w.special("i1", x),),
        ((-5.0, 12.0),),
        "DLMF 10.25.2",
    ),
)
register(
    "i1",
    Function(("x",), lambda w, x: w.exp(abs(x)) * bessel_i1e(w, x), (_i1_slope,), ((-5.0, 12.0),), "DLMF 10.25.2"),
)

__all__ = ["bessel_i0e", "bessel_i1e"]
