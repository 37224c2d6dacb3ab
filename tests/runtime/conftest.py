"""One module, compiled once, that all tests of the runtime use; and a cache folder of their own."""

from __future__ import annotations

from pathlib import Path

import pytest

from pullback.runtime import Cache, LoadedModule, Target, compile_stablehlo, get_device, resolve_target

PROGRAM = """
func.func @double(%a: tensor<4xf32>) -> tensor<4xf32> {
  %0 = stablehlo.add %a, %a : tensor<4xf32>
  return %0 : tensor<4xf32>
}
func.func @loss(%w: tensor<3xf32>, %b: tensor<f32>, %x: tensor<2x3xf32>) -> (tensor<2xf32>, tensor<3xf32>) {
  %0 = stablehlo.dot_general %x, %w, contracting_dims = [1] x [0] : (tensor<2x3xf32>, tensor<3xf32>) -> tensor<2xf32>
  %1 = stablehlo.broadcast_in_dim %b, dims = [] : (tensor<f32>) -> tensor<2xf32>
  %2 = stablehlo.add %0, %1 : tensor<2xf32>
  %3 = stablehlo.add %w, %w : tensor<3xf32>
  return %2, %3 : tensor<2xf32>, tensor<3xf32>
}
func.func @twice(%a: tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>) {
  return %a, %a : tensor<4xf32>, tensor<4xf32>
}
func.func @bf(%a: tensor<4xbf16>) -> tensor<4xbf16> {
  %0 = stablehlo.add %a, %a : tensor<4xbf16>
  return %0 : tensor<4xbf16>
}
func.func @not(%a: tensor<i1>) -> tensor<i1> {
  %0 = stablehlo.not %a : tensor<i1>
  return %0 : tensor<i1>
}
func.func @complex(%a: tensor<2xcomplex<f32>>) -> tensor<2xcomplex<f32>> {
  %0 = stablehlo.add %a, %a : tensor<2xcomplex<f32>>
  return %0 : tensor<2xcomplex<f32>>
}
func.func @unsigned(%a: tensor<3xui8>) -> tensor<3xui8> {
  %0 = stablehlo.add %a, %a : tensor<3xui8>
  return %0 : tensor<3xui8>
}
func.func @empty(%a: tensor<0x4xf64>) -> tensor<0x4xf64> {
  %0 = stablehlo.add %a, %a : tensor<0x4xf64>
  return %0 : tensor<0x4xf64>
}
"""


@pytest.fixture(scope="session")
def target() -> Target:
    return resolve_target("cpu")


@pytest.fixture(scope="session")
def vmfb(target: Target) -> bytes:
    return compile_stablehlo(PROGRAM, target)


@pytest.fixture(scope="session")
def module(vmfb: bytes) -> LoadedModule:
    return LoadedModule(vmfb, get_device("cpu"))


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    return Cache(tmp_path / "own-cache")
