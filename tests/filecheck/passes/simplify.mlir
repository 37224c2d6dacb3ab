// RUN: %pullback opt %s --simplify --dce | filecheck %s

// CHECK-LABEL: func.func @zeros_and_ones(
// CHECK-NEXT: func.return %arg0
func.func @zeros_and_ones(%x: tensor<4xf32>) -> tensor<4xf32> {
  %0 = "pb.constant"() {value = dense<0.0> : tensor<4xf32>} : () -> tensor<4xf32>
  %1 = "pb.constant"() {value = dense<1.0> : tensor<4xf32>} : () -> tensor<4xf32>
  %2 = "pb.add"(%x, %0) : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  %3 = "pb.mul"(%1, %2) : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  return %3 : tensor<4xf32>
}

// Zero times x is NaN where x is: it stays.
// CHECK-LABEL: func.func @times_zero(
// CHECK: "pb.mul"
func.func @times_zero(%x: tensor<4xf32>) -> tensor<4xf32> {
  %0 = "pb.constant"() {value = dense<0.0> : tensor<4xf32>} : () -> tensor<4xf32>
  %1 = "pb.mul"(%x, %0) : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  return %1 : tensor<4xf32>
}

// CHECK-LABEL: func.func @moves(
// CHECK-NEXT: %0 = "pb.transpose"(%arg0) {perm = array<i64: 2, 0, 1>} : (tensor<2x3x5xf32>) -> tensor<5x2x3xf32>
// CHECK-NEXT: func.return %0
func.func @moves(%x: tensor<2x3x5xf32>) -> tensor<5x2x3xf32> {
  %0 = "pb.transpose"(%x) {perm = array<i64: 1, 2, 0>} : (tensor<2x3x5xf32>) -> tensor<3x5x2xf32>
  %1 = "pb.transpose"(%0) {perm = array<i64: 1, 2, 0>} : (tensor<3x5x2xf32>) -> tensor<5x2x3xf32>
  return %1 : tensor<5x2x3xf32>
}

// CHECK-LABEL: func.func @folded(
// CHECK-NEXT: %0 = "pb.constant"() {value = dense<6.0> : tensor<100x100xf32>}
// CHECK-NEXT: func.return %0
func.func @folded() -> tensor<100x100xf32> {
  %0 = "pb.constant"() {value = dense<2.0> : tensor<100x100xf32>} : () -> tensor<100x100xf32>
  %1 = "pb.constant"() {value = dense<3.0> : tensor<100x100xf32>} : () -> tensor<100x100xf32>
  %2 = "pb.mul"(%0, %1) : (tensor<100x100xf32>, tensor<100x100xf32>) -> tensor<100x100xf32>
  return %2 : tensor<100x100xf32>
}
