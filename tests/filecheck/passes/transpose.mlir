// RUN: %pullback opt %s --transpose="function=sum" | filecheck %s
// RUN: %pullback opt %s --transpose="function=scale linear=01" | filecheck %s --check-prefix=SCALE
// RUN: not %pullback opt %s --transpose="function=square" 2>&1 | filecheck %s --check-prefix=ERROR

// CHECK-LABEL: func.func @sum.T(%arg0: tensor<f32>) -> tensor<4xf32>
// CHECK-NEXT: %[[T:.*]] = "pb.broadcast_in_dim"(%arg0) {shape = array<i64: 4>, dims = array<i64>}
// CHECK-NEXT: func.return %[[T]]
func.func @sum(%x: tensor<4xf32>) -> tensor<f32> {
  %0 = "pb.reduce_sum"(%x) {axes = array<i64: 0>} : (tensor<4xf32>) -> tensor<f32>
  return %0 : tensor<f32>
}

// SCALE-LABEL: func.func @scale.T(%arg0: tensor<f32>, %arg1: tensor<f32>) -> tensor<f32>
// SCALE: "pb.mul"
func.func @scale(%c: tensor<f32>, %x: tensor<f32>) -> tensor<f32> {
  %0 = "pb.mul"(%c, %x) : (tensor<f32>, tensor<f32>) -> tensor<f32>
  return %0 : tensor<f32>
}

// ERROR: transpose.mlir:{{[0-9]+}}:{{[0-9]+}}: error: pb.exp cannot be transposed (reverse mode): the operation is not linear
func.func @square(%x: tensor<f32>) -> tensor<f32> {
  %0 = "pb.exp"(%x) : (tensor<f32>) -> tensor<f32>
  return %0 : tensor<f32>
}
