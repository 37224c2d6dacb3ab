"""Error functions and the gamma family in terms of basic ops."""

from __future__ import annotations

from typing import Any

from .ir import Value
from .real_math_base import INF, NAN, PI, chop, exp_sum, horner, odd, where
from .real_math_exp import log1p

# Error functions --------------------------------------------------------------------------------------------------------
_ERF_SPLIT = 0.85
# erf(x) / x - 1 in x^2, |x| <= 0.85.
_ERF = {
    "f32": (-0.0006325501609, 0.005052985193, -0.02680375674, 0.1128274908, -0.3761257476, 0.1283791607),
    "f64": (
        -8.83720734283549574e-10, 1.41895842941353688e-8, -1.63004959980651178e-7, 1.64576764962140647e-6,
        -0.0000149254500909129416, 0.00012055326932054654, -0.000854832690288647102, 0.00522397762391678906,
        -0.0268661706450172604, 0.112837916709546853, -0.376126389031837458, 0.128379167095512574,
    ),
}  # fmt: skip
# (1 + 2 a) exp(a^2) erfc(a) in u = (a - k) / (a + k), from 0.85 to where erfc underflows; k is 3 (f32) or 4 (f64).
# The mapping of the half line is Shepherd and Laframboise's (Math. Comp. 36, 1981).
_ERFCX = {
    "f32": (
        0.001857831025, 0.002033714643, -0.0237757123, 0.06841831118, -0.1192715415, 0.1296359467, -0.04756244079, -0.135620897,
        1.25300806,
    ),
    "f64": (
        -7.05403086428360982e-9, -1.48917303723793291e-8, 9.76109223450107652e-8, 7.30924043944980285e-8, -8.1428879305188301e-7,
        2.93660729663092444e-7, 5.70382047600852142e-6, -0.0000112215424593385886, -0.000024397228785347776,
        0.000150621447179736235, -0.000199257124495133716, -0.000757773234583514038, 0.00503197003713683361,
        -0.0161977340650067671, 0.0371675155325472419, -0.0663303658116818109, 0.0937328349985770287, -0.101039066036324334,
        0.0680970542546878713, 0.0153796521026200315, -0.139621116840562484, 1.23299511862555251,
    ),
}  # fmt: skip


def _erf_parts(b: Any, x: Value) -> tuple[Value, Value, Value]:
    """``(near, erf(x), erfc|x|)``: the first is right where `near`, the second elsewhere."""
    a = b.abs(x)
    z = b.mul(x, x)
    near_zero = b.add(x, b.mul(x, horner(b, z, _ERF[x.dtype])))

    k, end = (3.0, 11.0) if x.dtype == "f32" else (4.0, 28.0)
    c = b.min(a, end)
    hi = chop(b, c)
    lo = b.sub(c, hi)
    gauss = exp_sum(b, b.neg(b.mul(hi, hi)), b.neg(b.mul(lo, b.add(hi, c))))  # hi^2 is exact
    u = b.div(b.sub(c, k), b.add(c, k))
    complement = b.mul(gauss, b.div(horner(b, u, _ERFCX[x.dtype]), b.add(b.mul(c, 2.0), 1.0)))
    return b.compare(a, _ERF_SPLIT, direction="LT"), near_zero, complement


def erf(b: Any, x: Value) -> Value:
    """An odd polynomial for |x| < 0.85, else ``1 - erfc|x|``. Max error: 1.1 ULP (f32), 0.8 ULP (f64)."""
    near, y, complement = _erf_parts(b, x)
    return b.select(near, y, odd(b, x, b.sub(b.full_like(x, 1.0), complement)))


def erfc(b: Any, x: Value) -> Value:
    """``exp(-x^2)`` with x^2 as a sum of two numbers, times a polynomial in (x - k) / (x + k); ``1 - erf(x)`` near 0.

    Max error: 3.1 ULP (f32), 3.6 ULP (f64).
    """
    near, y, complement = _erf_parts(b, x)
    left = b.sub(b.full_like(x, 2.0), complement)
    far = b.select(b.compare(x, 0.0, direction="LT"), left, complement)
    return b.select(near, b.sub(b.full_like(x, 1.0), y), far)


# Giles, "Approximating the erfinv function" (GPU Computing Gems, 2011): single precision, then double.
_ERF_INV_NEAR_32 = (
    2.81022636e-08, 3.43273939e-07, -3.5233877e-06, -4.39150654e-06, 0.00021858087, -0.00125372503, -0.00417768164, 0.246640727,
    1.50140941,
)  # fmt: skip
_ERF_INV_FAR_32 = (
    -0.000200214257, 0.000100950558, 0.00134934322, -0.00367342844, 0.00573950773, -0.0076224613, 0.00943887047, 1.00167406,
    2.83297682,
)  # fmt: skip
_ERF_INV_NEAR_64 = (
    -3.6444120640178196996e-21, -1.685059138182016589e-19, 1.2858480715256400167e-18, 1.115787767802518096e-17,
    -1.333171662854620906e-16, 2.0972767875968561637e-17, 6.6376381343583238325e-15, -4.0545662729752068639e-14,
    -8.1519341976054721522e-14, 2.6335093153082322977e-12, -1.2975133253453532498e-11, -5.4154120542946279317e-11,
    1.051212273321532285e-09, -4.1126339803469836976e-09, -2.9070369957882005086e-08, 4.2347877827932403518e-07,
    -1.3654692000834678645e-06, -1.3882523362786468719e-05, 0.0001867342080340571352, -0.00074070253416626697512,
    -0.0060336708714301490533, 0.24015818242558961693, 1.6536545626831027356,
)  # fmt: skip
_ERF_INV_MIDDLE_64 = (
    2.2137376921775787049e-09, 9.0756561938885390979e-08, -2.7517406297064545428e-07, 1.8239629214389227755e-08,
    1.5027403968909827627e-06, -4.013867526981545969e-06, 2.9234449089955446044e-06, 1.2475304481671778723e-05,
    -4.7318229009055733981e-05, 6.8284851459573175448e-05, 2.4031110387097893999e-05, -0.0003550375203628474796,
    0.00095328937973738049703, -0.0016882755560235047313, 0.0024914420961078508066, -0.0037512085075692412107,
    0.005370914553590063617, 1.0052589676941592334, 3.0838856104922207635,
)  # fmt: skip
_ERF_INV_FAR_64 = (
    -2.7109920616438573243e-11, -2.5556418169965252055e-10, 1.5076572693500548083e-09, -3.7894654401267369937e-09,
    7.6157012080783393804e-09, -1.4960026627149240478e-08, 2.9147953450901080826e-08, -6.7711997758452339498e-08,
    2.2900482228026654717e-07, -9.9298272942317002539e-07, 4.5260625972231537039e-06, -1.9681778105531670567e-05,
    7.5995277030017761139e-05, -0.00021503011930044477347, -0.00013871931833623122026, 1.0103004648645343977,
    4.8499064014085844221,
)  # fmt: skip


def erf_inv(b: Any, x: Value) -> Value:
    """Giles's polynomials in ``w = -log(1 - x^2)``.

    f32 follows XLA operation by operation, because random normals are defined through it. Max error: 3.5 ULP (f64); up to
    64 ULP (f32) near 1, where rounding x^2 loses what distinguishes neighbours, as in XLA.
    """
    edge = b.compare(b.abs(x), 1.0, direction="EQ")
    if x.dtype == "f32":
        w = b.neg(log1p(b, b.mul(b.neg(x), x)))
        near = b.compare(w, 5.0, direction="LT")
        w = b.select(near, b.sub(w, 2.5), b.sub(b.sqrt(w), 3.0))
        p = None
        for c_near, c_far in zip(_ERF_INV_NEAR_32, _ERF_INV_FAR_32):
            c = b.select(near, b.full_like(x, c_near), b.full_like(x, c_far))
            p = c if p is None else b.add(c, b.mul(p, w))
        y = b.mul(p, x)
    else:
        one = b.full_like(x, 1.0)
        w = b.neg(b.log(b.mul(b.sub(one, x), b.add(one, x))))  # 1 - |x| is exact where it matters
        near = b.compare(w, 6.25, direction="LT")
        root = b.sqrt(b.max(w, 0.0))
        y = b.select(
            b.compare(w, 16.0, direction="LT"),
            horner(b, b.sub(root, 3.25), _ERF_INV_MIDDLE_64),
            horner(b, b.sub(root, 5.0), _ERF_INV_FAR_64),
        )
        y = b.mul(b.select(near, horner(b, b.sub(w, 3.125), _ERF_INV_NEAR_64), y), x)
    return b.select(edge, b.mul(x, INF), y)


# Gamma family -------------------------------------------------------------------------------------------------------------
# From here on Stirling's series; below, the recurrence leads to an interval of length 1.
_STIRLING_FROM = {"f32": 5.5, "f64": 8.5}
# (sin(pi r) / r - pi) / r^2 and (cos(pi r) - 1) / r^2 in r^2, |r| <= 1/2.
_SIN_PI = {
    "f32": (0.078539715, -0.5987048583, 2.550136131, -5.167712562),
    "f64": (
        7.72574303078987588e-7, -0.000021906201655131958, 0.000466300874114963632, -0.00737043071963458653,
        0.0821458865967523219, -0.599264529320343035, 2.5501640398773401, -5.16771278004997002,
    ),
}  # fmt: skip
_COS_PI = {
    "f32": (-0.0246271116, 0.2350743683, -1.335239961, 4.058711415, -4.934802197),
    "f64": (
        -1.34790548363581182e-7, 4.30120372085161434e-6, -0.000104637634340725989, 0.00192957424016711513,
        -0.0258068913840272848, 0.235330630358602332, -1.33526276885458242, 4.05871212641676815, -4.93480220054467931,
    ),
}  # fmt: skip
# lgamma(2 + d) / d, -3/4 <= d <= 1/4.
_LGAMMA = {
    "f32": (
        0.0003955615075, 0.0001175170222, 0.0006308240888, -0.001209734742, 0.002873601376, -0.00738651228, 0.02058145184,
        -0.06735225639, 0.3224670266, 0.4227843349,
    ),
    "f64": (
        -4.93897387778374141e-7, -1.56325667259625405e-6, -2.57897178182312184e-6, -1.81131331564695525e-6,
        -1.22007113950163526e-6, 1.00979888309925729e-6, -1.86622730066622462e-6, 4.42676070130767456e-6, -9.44588665619315523e-6,
        0.0000205009937999988178, -0.0000449267936595788829, 0.0000994578035377782481, -0.000223154704687982772,
        0.000509669518561474144, -0.00119275391343986195, 0.00289051033079474789, -0.0073855510286495678, 0.0205808084277844397,
        -0.067352301053198222, 0.322467033424113218, 0.42278433509846714,
    ),
}  # fmt: skip
# x (lgamma(x) - (x - 1/2) (log(x) - 1) - (log(2 pi) - 1) / 2) in 1 / x^2.
_LGAMMA_STIRLING = {
    "f32": (0.0007655793456, -0.002777434721, 0.0833333327),
    "f64": (
        0.115809070125602137, -0.0280632135832108044, 0.00639050252374654994, -0.0019173705340304899, 0.000841750106168085261,
        -0.000595238093281415508, 0.000793650793648174631, -0.00277777777777777642, 0.0833333333333333333,
    ),
}  # fmt: skip
_HALF_LOG_2PI_E = 0.41893853320467274  # (log(2 pi) - 1) / 2
_LOG_PI = 1.1447298858494002
# digamma(1 + d) / (d - root), 0 <= d <= 1, and the root in two parts.
_DIGAMMA = {
    "f32": (
        0.01090258867, -0.07088656362, 0.2134504027, -0.405148252, 0.5659285315, -0.654592268, 0.6912531779, -0.7137048415,
        0.7524167317, -0.8546920984, 1.250380132,
    ),
    "f64": (
        0.00011881232908510335, -0.00148515447482172917, 0.00882924644357753843, -0.0333380342901976139, 0.0902334988764744954,
        -0.187788617912791223, 0.315830318424503085, -0.447391203981489272, 0.554720894344258082, -0.624832011916899052,
        0.661658740885355971, -0.677241936391558608, 0.682596133487316988, -0.68421243807039499, 0.684919620561238714,
        -0.685794794249543173, 0.68748869777659452, -0.690982075445722429, 0.698363504699580164, -0.714540711681313047,
        0.752468272289230141, -0.85469336060178375, 1.25038013750340536,
    ),
}  # fmt: skip
_DIGAMMA_ROOT = {"f32": (0.4616321325302124, 1.243815006546356e-08), "f64": (0.46163214496836236, -1.5522348162858677e-17)}
# x^2 (log(x) - 1 / (2 x) - digamma(x)) in 1 / x^2.
_DIGAMMA_STIRLING = {
    "f32": (0.003774447003, -0.008330974253, 0.08333332901),
    "f64": (
        1.8756175642324809, -0.416105246604302914, 0.0829746558680847406, -0.021089965269633822, 0.00757574428531759743,
        -0.00416666663135531119, 0.00396825396820673809, -0.00833333333333330892, 0.0833333333333333333,
    ),
}  # fmt: skip


def _sin_pi(b: Any, r: Value) -> Value:
    z = b.mul(r, r)
    return b.add(b.mul(r, PI), b.mul(b.mul(r, z), horner(b, z, _SIN_PI[r.dtype])))


def _cos_pi(b: Any, r: Value) -> Value:
    z = b.mul(r, r)
    return b.add(b.mul(z, horner(b, z, _COS_PI[r.dtype])), 1.0)


def lgamma(b: Any, x: Value) -> Value:
    """Logarithm of |Gamma(x)|: Stirling's series for big x, a polynomial on [1.25, 2.25], the recurrence between and the
    reflection ``log(pi / |sin(pi x)|) - lgamma(1 - x)`` for negative x.

    Max error: 2.5 ULP (f32), 2.1 ULP (f64). Near its zeros for x < 0 the error is small only beside 1.
    """
    one = b.full_like(x, 1.0)
    negative = b.compare(x, 0.0, direction="LT")
    a = b.abs(x)
    y = _lgamma_positive(b, b.select(negative, b.sub(one, x), x))
    sine = b.abs(_sin_pi(b, b.sub(a, b.round(a, mode="even"))))
    reflected = b.sub(b.sub(b.full_like(x, _LOG_PI), b.log(sine)), y)
    y = b.select(negative, reflected, y)
    pole = b.and_(negative, b.compare(a, b.floor(a), direction="EQ"))
    return where(b, pole, b.full_like(x, INF), y)


def _lgamma_positive(b: Any, x: Value) -> Value:
    start = _STIRLING_FROM[x.dtype]
    big = b.compare(x, start, direction="GE")
    near_zero = b.compare(x, 0.25, direction="LT")
    low = b.compare(x, 1.25, direction="LT")
    # Gamma(x) = Gamma(2 + d) / factor below 1.25, times the factor above. Near 1.46 lgamma is small beside log(x) = log(factor),
    # so the polynomial reaches down to 1.25.
    d = b.sub(x, b.floor(b.add(x, 0.75)))
    factor = b.select(near_zero, b.mul(x, b.add(x, 1.0)), where(b, low, x, 1.0))
    for k in range(1, int(start - 1.25) + 1):
        shifted = b.sub(x, float(k))
        factor = b.mul(factor, where(b, b.compare(shifted, 1.25, direction="GE"), shifted, 1.0))
    log = b.log(b.select(big, x, factor))
    near = b.add(b.mul(d, horner(b, d, _LGAMMA[x.dtype])), b.select(low, b.neg(log), log))
    inverse = b.div(b.full_like(x, 1.0), x)
    series = b.mul(inverse, horner(b, b.mul(inverse, inverse), _LGAMMA_STIRLING[x.dtype]))
    far = b.add(b.mul(b.sub(x, 0.5), b.sub(log, 1.0)), b.add(series, _HALF_LOG_2PI_E))
    return b.select(big, far, near)


def digamma(b: Any, x: Value) -> Value:
    """Derivative of lgamma: Stirling's series for big x, a polynomial times the distance to its root on [1, 2], the recurrence
    between, and the reflection ``digamma(1 - x) - pi / tan(pi x)`` for negative x. NaN at the poles, as in JAX.

    Max error: 2.7 ULP (f32), 2.9 ULP (f64). Near its roots for x < 0 the error is small only beside 1.
    """
    one = b.full_like(x, 1.0)
    negative = b.compare(x, 0.0, direction="LT")
    y = _digamma_positive(b, b.select(negative, b.sub(one, x), x))
    r = b.sub(x, b.round(x, mode="even"))
    cotangent = b.div(b.mul(_cos_pi(b, r), PI), _sin_pi(b, r))
    y = b.select(negative, b.sub(y, cotangent), y)
    pole = b.and_(b.compare(x, 0.0, direction="LE"), b.compare(x, b.floor(x), direction="EQ"))
    return where(b, pole, b.full_like(x, NAN), y)


def _digamma_positive(b: Any, x: Value) -> Value:
    start = _STIRLING_FROM[x.dtype]
    big = b.compare(x, start, direction="GE")
    low = b.compare(x, 1.0, direction="LT")
    d = b.sub(x, b.floor(x))
    distance = d
    for part in _DIGAMMA_ROOT[x.dtype]:
        distance = b.sub(distance, part)
    near = b.mul(distance, horner(b, d, _DIGAMMA[x.dtype]))
    # The recurrence's sum of 1 / (x - k), as one fraction: -1 / x below 1.
    top, bottom = where(b, low, b.full_like(x, -1.0), 0.0), where(b, low, x, 1.0)
    for k in range(1, int(start)):
        shifted = b.sub(x, float(k))
        use = b.compare(shifted, 1.0, direction="GE")
        top = b.select(use, b.add(b.mul(top, shifted), bottom), top)
        bottom = b.select(use, b.mul(bottom, shifted), bottom)
    near = b.add(near, b.div(top, bottom))
    inverse = b.div(b.full_like(x, 1.0), x)
    square = b.mul(inverse, inverse)
    series = b.add(b.mul(inverse, 0.5), b.mul(square, horner(b, square, _DIGAMMA_STIRLING[x.dtype])))
    infinite = b.compare(x, INF, direction="EQ")
    return b.select(infinite, x, b.select(big, b.sub(b.log(x), series), near))
