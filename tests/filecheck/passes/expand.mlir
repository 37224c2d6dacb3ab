// RUN: %pullback opt %s --expand | filecheck %s
// RUN: %pullback opt %s --expand | %pullback opt - --expand | filecheck %s

// Transformation ops are replaced by derived code; nothing but straight-line pb is left.

// CHECK-LABEL: func.func @gradient(
// CHECK-NOT: pbfn
// CHECK: "pb.cos"(%arg0)
// CHECK: "pb.mul"
// CHECK: func.return
func.func @gradient(%x: tensor<4xf32>, %ct: tensor<4xf32>) -> tensor<4xf32> {
  %0:2 = "pbfn.vjp_fwd"(%x) {callee = @f, active = array<i1: true>} : (tensor<4xf32>) -> (tensor<4xf32>, !pbfn.tape<@f, "1">)
  %1 = "pbfn.vjp_bwd"(%0#1, %ct) : (!pbfn.tape<@f, "1">, tensor<4xf32>) -> tensor<4xf32>
  return %1 : tensor<4xf32>
}
func.func private @f(%x: tensor<4xf32>) -> tensor<4xf32> {
  %0 = "pb.sin"(%x) : (tensor<4xf32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}

// CHECK-LABEL: func.func @mapped(
// CHECK: "pb.sin"(%arg0) : (tensor<3x4xf32>) -> tensor<3x4xf32>
func.func @mapped(%x: tensor<3x4xf32>) -> tensor<3x4xf32> {
  %0 = "pbfn.vmap"(%x) {callee = @f, in_axes = array<i64: 0>, size = 3 : i64, axis_name = ""} : (tensor<3x4xf32>) -> tensor<3x4xf32>
  return %0 : tensor<3x4xf32>
}

// The private function that nothing refers to any more is dropped.
// CHECK-NOT: func.func private @f
