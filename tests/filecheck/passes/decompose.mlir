// RUN: %pullback opt %s --decompose | filecheck %s
// RUN: %pullback opt %s --decompose | %pullback eval - --arg 0.5 | filecheck %s --check-prefix=VALUE

// CHECK-LABEL: func.func @f(
// CHECK-NOT: "pb.integer_pow"
// CHECK: "pb.mul"
// VALUE: 0.125
func.func @f(%x: tensor<f32>) -> tensor<f32> {
  %0 = "pb.integer_pow"(%x) {y = 3 : i64} : (tensor<f32>) -> tensor<f32>
  return %0 : tensor<f32>
}
