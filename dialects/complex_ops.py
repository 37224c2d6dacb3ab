"""Complex numbers and their parts: complex, real, imag, conj.

All four are linear over the real numbers. Transposition pairs vectors by Re(sum(u v)), without conjugation, as JAX does;
that is why the cotangent of the imaginary part comes back as -i times itself.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from . import types as T
from .builder import Builder
from .elementwise_rules import SPLIT_FIRST, exact
from .ir import Value
from .rules import accepts, batch_elementwise, jvp_linear, lower_to, same_type
from .spec import Example, define
from .types import Aval

_PARTS = ("f32", "f64")


def _complex_infer(re: Aval, im: Aval) -> Aval:
    aval = same_type(re, im)
    return Aval(aval.shape, T.complex_of(aval.dtype))


def _complex_evaluate(re: Any, im: Any) -> Any:
    out = np.empty(re.shape, T.np_dtype(T.complex_of(T.from_np(re.dtype))))
    out.real, out.imag = re, im  # `re + 1j * im` would turn an infinite part into NaNs
    return out


def _complex_transpose(b: Builder, cts: Value, operands: list[Value], linear: list[bool], attrs: dict[str, Any]) -> list[Any]:
    return [b.real(cts) if linear[0] else None, b.neg(b.imag(cts)) if linear[1] else None]


define(
    "pb.complex",
    ("real", "imag"),
    dtypes=_PARTS,
    infer=accepts(_PARTS, _complex_infer),
    evaluate=_complex_evaluate,
    jvp=jvp_linear("pb.complex"),
    transpose=_complex_transpose,
    batch=batch_elementwise("pb.complex"),
    lower=lower_to("complex"),
    split_complex=lambda b, operands, attrs, outs: (operands[0], operands[1]),
    examples=lambda make: [((make(*s), make(*s)), {}) for s in ((), (3,), (2, 3), (0,))],
    traits=("elementwise", "linear", "joins"),
    doc="The complex number with the given real and imaginary parts.",
    reference="StableHLO specification, complex",
)


def _examples(make: Any) -> list[Example]:
    return [((make(*s),), {}) for s in ((), (3,), (2, 3), (0,))]


def _part_infer(z: Aval) -> Aval:
    return Aval(z.shape, T.real_of(z.dtype))


def _real_transpose(b: Builder, cts: Value, operands: list[Value], linear: list[bool], attrs: dict[str, Any]) -> list[Value]:
    return [b.complex(cts, b.full_like(cts, 0))]


def _imag_transpose(b: Builder, cts: Value, operands: list[Value], linear: list[bool], attrs: dict[str, Any]) -> list[Value]:
    return [b.complex(b.full_like(cts, 0), b.neg(cts))]


for _k, (_name, _fn, _transpose, _doc) in enumerate(
    (
        ("real", np.real, _real_transpose, "The real part of a complex number."),
        ("imag", np.imag, _imag_transpose, "The imaginary part of a complex number."),
    )
):
    define(
        f"pb.{_name}",
        ("operand",),
        dtypes=T.COMPLEX,
        infer=accepts(T.COMPLEX, _part_infer),
        evaluate=exact(_fn),
        jvp=jvp_linear(f"pb.{_name}"),
        transpose=_transpose,
        batch=batch_elementwise(f"pb.{_name}"),
        lower=lower_to(_name),
        split_complex=lambda b, operands, attrs, outs, k=_k: operands[0][k],
        examples=_examples,
        traits=("elementwise", "linear"),
        doc=_doc,
        reference=f"StableHLO specification, {_name}",
    )


def _conj_transpose(b: Builder, cts: Value, operands: list[Value], linear: list[bool], attrs: dict[str, Any]) -> list[Value]:
    return [b.conj(cts)]


def _conj_split(b: Builder, operands: list[Any], attrs: dict[str, Any], outs: list[Aval]) -> Any:
    re, im = operands[0]
    return re, b.neg(im)


define(
    "pb.conj",
    ("operand",),
    dtypes=T.COMPLEX,
    infer=accepts(T.COMPLEX),
    evaluate=exact(np.conj),
    jvp=jvp_linear("pb.conj"),
    transpose=_conj_transpose,
    batch=batch_elementwise("pb.conj"),
    lower=SPLIT_FIRST,
    split_complex=_conj_split,
    examples=_examples,
    traits=("elementwise", "linear"),
    doc="Complex conjugate.",
    reference="JAX, lax.conj",
)
