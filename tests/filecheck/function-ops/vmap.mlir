// RUN: %pullback opt %s --expand | filecheck %s
// RUN: %pullback eval %s --arg "[[1, 2], [3, 4]]" --arg "[10, 20]" | filecheck %s --check-prefix=VALUE

// A mapped axis that is not the first one is moved there; an argument that is not mapped (-1) stays as it is.

// CHECK-LABEL: func.func @main(
// CHECK: "pb.transpose"(%arg0) {perm = array<i64: 1, 0>}
// VALUE: %0 : f64[2,2] = {{\[\[}}11, 23], [12, 24]]
func.func @main(%x: tensor<2x2xf64>, %y: tensor<2xf64>) -> tensor<2x2xf64> {
  %0 = "pbfn.vmap"(%x, %y) {callee = @add, in_axes = array<i64: 1, -1>, size = 2 : i64, axis_name = ""} : (tensor<2x2xf64>, tensor<2xf64>) -> tensor<2x2xf64>
  return %0 : tensor<2x2xf64>
}
func.func private @add(%x: tensor<2xf64>, %y: tensor<2xf64>) -> tensor<2xf64> {
  %0 = "pb.add"(%x, %y) : (tensor<2xf64>, tensor<2xf64>) -> tensor<2xf64>
  return %0 : tensor<2xf64>
}
