// RUN: %pullback opt %s --expand --dce | filecheck %s
// RUN: %pullback eval %s --arg 3 --arg "[1, 2]" | filecheck %s --check-prefix=VALUE

// CHECK-LABEL: func.func @main(
// CHECK: "pb.broadcast_in_dim"(%arg0)
// VALUE: %0 : f64[2] = [3, 6]
func.func @main(%ct: tensor<f64>, %w: tensor<2xf64>) -> tensor<2xf64> {
  %0 = "pbfn.linear_transpose"(%w, %ct) {callee = @dot, linear = array<i1: false, true>} : (tensor<2xf64>, tensor<f64>) -> tensor<2xf64>
  return %0 : tensor<2xf64>
}
func.func private @dot(%w: tensor<2xf64>, %x: tensor<2xf64>) -> tensor<f64> {
  %0 = "pb.mul"(%x, %w) : (tensor<2xf64>, tensor<2xf64>) -> tensor<2xf64>
  %1 = "pb.reduce_sum"(%0) {axes = array<i64: 0>} : (tensor<2xf64>) -> tensor<f64>
  return %1 : tensor<f64>
}
