// RUN: %pullback opt %s --expand | filecheck %s
// RUN: %pullback eval %s --arg "[1, 2, 5]" | filecheck %s --check-prefix=VALUE
// RUN: not %pullback eval %s --function unbound --arg 1 2>&1 | filecheck %s --check-prefix=UNBOUND

// A collective runs over the examples of the mapped axis that it names.

// CHECK-LABEL: func.func @center(
// CHECK: "pb.reduce_sum"(%arg0) {axes = array<i64: 0>} : (tensor<3xf64>) -> tensor<f64>
// VALUE: %0 : f64[3] = [-7, -6, -3]
// UNBOUND: found an unbound axis name
func.func @center(%x: tensor<3xf64>) -> tensor<3xf64> {
  %0 = "pbfn.vmap"(%x) {callee = @unbound, in_axes = array<i64: 0>, size = 3 : i64, axis_name = "batch"} : (tensor<3xf64>) -> tensor<3xf64>
  return %0 : tensor<3xf64>
}
func.func private @unbound(%x: tensor<f64>) -> tensor<f64> {
  %0 = "pbfn.psum"(%x) {axis_name = "batch"} : (tensor<f64>) -> tensor<f64>
  %1 = "pb.sub"(%x, %0) : (tensor<f64>, tensor<f64>) -> tensor<f64>
  return %1 : tensor<f64>
}
