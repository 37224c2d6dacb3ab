"""The rewrite of branches that pass a reference twice."""

from __future__ import annotations

import pytest

from pullback.runtime.vm_branches import has_control_flow, separate_references

REF = "!vm.ref<!hal.buffer>"


def test_a_reference_is_passed_once() -> None:
    text = f"  ^bb1:\n    vm.br ^bb2(%i, %i, %a, %b, %a : i32, i32, {REF}, {REF}, {REF})\n"
    assert separate_references(text) == (
        f"  ^bb1:\n%again0_given = vm.cmp.nz.ref %a : {REF}\n%again0_none = vm.const.ref.zero : {REF}\n"
        f"%again0 = vm.select.ref %again0_given, %a, %again0_none : {REF}\n"
        f"    vm.br ^bb2(%i, %i, %a, %b, %again0 : i32, i32, {REF}, {REF}, {REF})\n"
    )


def test_names_are_new_in_the_whole_module() -> None:
    out = separate_references(f"  vm.br ^bb1(%a, %a, %a : {REF}, {REF}, {REF})\n  vm.br ^bb1(%b, %b, %b : {REF}, {REF}, {REF})")
    assert out is not None
    assert [out.count(f"%again{i} =") for i in range(5)] == [1, 1, 1, 1, 0]


def test_each_destination_counts_by_itself() -> None:
    assert separate_references(f"  vm.cond_br %c, ^bb1(%a : {REF}), ^bb2(%a : {REF})\n") is None
    out = separate_references(f"  vm.cond_br %c, ^bb1(%a : {REF}), ^bb2(%a, %a : {REF}, {REF})")
    assert out is not None and out.endswith(f"  vm.cond_br %c, ^bb1(%a : {REF}), ^bb2(%a, %again0 : {REF}, {REF})")


def test_copies_stand_in_front_of_a_table() -> None:
    table = f"  vm.br_table %i {{\n    default: ^bb1(%a, %a : {REF}, {REF}),\n    0: ^bb2\n  }}"
    out = separate_references(table)
    assert out is not None
    assert out.index("%again0 =") < out.index("vm.br_table") < out.index("^bb1(%a, %again0 :")
    assert separate_references("  %0 = vm.call @f(%a, %a) : (i32, i32) -> i32\n  vm.br ^bb1(%n, %n : i32, i32)") is None


@pytest.mark.parametrize("name", ["while", "case", "if"])
def test_control_flow_is_noticed(name: str) -> None:
    assert has_control_flow(f'%0 = "stablehlo.{name}"(%1)') and has_control_flow(f"%0 = stablehlo.{name} %1")
    assert not has_control_flow("%0 = stablehlo.iota dim = 0")
    assert has_control_flow(f"...stablehlo.{name}\0".encode())
