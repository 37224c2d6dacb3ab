"""The op table has no holes: every operation has every rule, or says why there is none; examples, documentation, a source."""

from __future__ import annotations

from pathlib import Path

import pytest

from pullback.dialects import types as T
from pullback.dialects.spec import TABLE, ZERO, NoRule, NotDifferentiable, OpSpec

from .harness import SPECS, cases

TESTS = Path(__file__).parent.parent

#: Operations over functions have no examples; these files test them.
DEDICATED: dict[str, str] = {
    "pbfn.all_gather": "passes/test_custom_rules.py",
    "pbfn.axis_index": "passes/test_custom_rules.py",
    "pbfn.bounded_while": "passes/test_bounded_loops.py",
    "pbfn.call": "frontend/test_nesting.py",
    "pbfn.check": "frontend/test_checkify.py",
    "pbfn.checkpoint": "passes/test_custom_rules.py",
    "pbfn.cond": "passes/test_control_flow.py",
    "pbfn.counted_scan": "passes/test_bounded_loops.py",
    "pbfn.custom_jvp": "passes/test_custom_rules.py",
    "pbfn.custom_vjp": "passes/test_custom_rules.py",
    "pbfn.custom_vjp_linear": "passes/test_custom_rules.py",
    "pbfn.custom_vmap": "frontend/test_custom_derivatives.py",
    "pbfn.debug_callback": "frontend/test_debug.py",
    "pbfn.debug_print": "frontend/test_debug.py",
    "pbfn.jvp": "frontend/test_autodiff.py",
    "pbfn.linear_solve": "passes/test_bounded_loops.py",
    "pbfn.linear_transpose": "frontend/test_autodiff.py",
    "pbfn.map": "passes/test_outline_elementwise.py",
    "pbfn.pmax": "passes/test_custom_rules.py",
    "pbfn.pmin": "frontend/test_nesting.py",
    "pbfn.psum": "passes/test_custom_rules.py",
    "pbfn.psum_scatter": "passes/test_custom_rules.py",
    "pbfn.scan": "passes/test_control_flow.py",
    "pbfn.vjp_bwd": "passes/test_control_flow.py",
    "pbfn.vjp_fwd": "passes/test_control_flow.py",
    "pbfn.vmap": "frontend/test_nesting.py",
    "pbfn.while": "passes/test_control_flow.py",
}

ALL = [pytest.param(spec, id=spec.name) for spec in TABLE.values()]


def says_why(rule: object) -> bool:
    return isinstance(rule, (NoRule, NotDifferentiable)) and len(rule.why.strip()) > 10


def present(rule: object) -> bool:
    """A rule, or a reason why there is none."""
    return callable(rule) or says_why(rule)


@pytest.mark.parametrize("spec", ALL)
def test_rules(spec: OpSpec) -> None:
    if spec.infer is None:  # result types come with the operation: of a function, or of the shape that a constant fills
        assert spec.function or "constant" in spec.traits
    else:
        assert callable(spec.infer)
    assert present(spec.evaluate), "evaluate"
    assert spec.jvp is ZERO or present(spec.jvp), "jvp"
    assert present(spec.transpose), "transpose"
    assert present(spec.batch), "batch"
    assert callable(spec.decompose) or present(spec.lower), "neither lower nor decompose"
    if spec.decompose_if is not None:
        assert callable(spec.decompose), "decompose_if without decompose"
        assert callable(spec.lower) or "linalg" in spec.traits, "no lowering for what decompose_if leaves"
    if spec.split_complex is None:
        assert not spec.function and not set(T.COMPLEX) & set(spec.dtypes), "accepts complex numbers, but cannot split them"
    else:
        assert present(spec.split_complex), "split_complex"
    if set(T.COMPLEX) & set(spec.dtypes):
        assert callable(spec.split_complex), "accepts complex numbers, but cannot split them"


@pytest.mark.parametrize("spec", ALL)
def test_description(spec: OpSpec) -> None:
    assert len(spec.doc) > 5 and spec.doc.rstrip().endswith((".", ")")), "doc"
    assert len(spec.reference) > 3, "reference"
    assert spec.name == f"{'pbfn' if spec.function else 'pb'}.{spec.short}"
    assert spec.results


@pytest.mark.parametrize("spec", [p for p in ALL if not p.values[0].function])
def test_examples(spec: OpSpec) -> None:
    """Each element type has examples with elements, of the declared number of operands and with the declared attributes."""
    assert spec.examples is not None, "no examples"
    assert spec.dtypes, "no element types"
    assert set(spec.dtypes) <= set(T.DTYPES)
    for dtype in spec.dtypes:
        examples = cases(spec, dtype)
        assert any(all(x.size for x in case.operands) for case in examples), f"{dtype}: no example with elements"
        for case in examples:
            assert set(case.attrs) - {"shape" if spec.name == "pb.constant" else ""} == set(spec.attrs), str(case)
            if spec.variadic:
                assert len(case.operands) >= len(spec.operands) - 1, str(case)
            else:
                assert len(case.operands) == len(spec.operands), str(case)


def test_inference_rejects() -> None:
    """An element type that is not declared is refused by inference, so that the declaration is the whole truth."""
    from pullback.dialects.spec import OpError
    from pullback.dialects.types import Aval

    accepted = []
    for spec in SPECS:
        if spec.infer is None or "elementwise" not in spec.traits or spec.variadic:
            continue
        case = cases(spec, spec.dtypes[0])[0]
        for dtype in set(T.DTYPES) - set(spec.dtypes):
            try:
                spec.infer(*(Aval(x.shape, dtype) for x in case.operands), **case.attrs)
            except OpError:
                continue
            accepted.append(f"{spec.name} {dtype}")
    assert not accepted, f"accepted without being declared: {', '.join(sorted(accepted))}"


@pytest.mark.parametrize("spec", [p for p in ALL if p.values[0].function])
def test_function_ops(spec: OpSpec) -> None:
    """Operations over functions have tests of their own, and the rules that only they need."""
    assert spec.name in DEDICATED, "no dedicated tests are listed"
    text = (TESTS / DEDICATED[spec.name]).read_text()
    assert spec.short in text, f"{DEDICATED[spec.name]} does not mention {spec.name}"
    if spec.transform:
        assert callable(spec.expand), "expand"
    symbols = [k for k, kind in spec.attrs.items() if kind.startswith("symbol")]
    if symbols:
        assert callable(spec.regions), "regions"
