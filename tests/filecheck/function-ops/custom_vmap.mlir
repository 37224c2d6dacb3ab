// RUN: %pullback opt %s | %pullback opt - | filecheck %s
// RUN: %pullback eval %s --function mapped --arg "[1, 2, 3]" --arg 2 | filecheck %s --check-prefix=VALUE
// RUN: %pullback opt %s --expand --resolve-custom-rules | filecheck %s --check-prefix=RESOLVED
// RUN: %pullback opt %s --vjp="function=mapped" | %pullback eval - --function mapped.fwd --arg "[1, 2, 3]" --arg 2 | filecheck %s --check-prefix=FORWARD
// RUN: not %pullback opt %s --vmap="size=4 function=f" 2>&1 | filecheck %s --check-prefix=MISSING

// vmap over an axis of size 3 of the first argument takes the rule, which is ten times the product, from text as well.

// CHECK: "pbfn.custom_vmap"(%arg0, %arg1) {callee = @product, rules = [@rule], cases = "3:10:1", num_args = 2 : i64}
// VALUE: %0 : f64[3] = [20, 40, 60]
// RESOLVED-LABEL: func.func @mapped(
// RESOLVED: "pb.mul"
// RESOLVED: "pb.constant"() {value = dense<10.0>
// RESOLVED-LABEL: func.func @f(
// RESOLVED-NEXT: "pb.mul"(%arg0, %arg1)
// FORWARD: %0 : f64[3] = [20, 40, 60]
// MISSING: has no rule for an axis of size 4 and arguments 11
func.func @mapped(%x: tensor<3xf64>, %y: tensor<f64>) -> tensor<3xf64> {
  %0 = "pbfn.vmap"(%x, %y) {callee = @f, in_axes = array<i64: 0, -1>, size = 3 : i64, axis_name = ""} : (tensor<3xf64>, tensor<f64>) -> tensor<3xf64>
  return %0 : tensor<3xf64>
}
func.func @f(%x: tensor<f64>, %y: tensor<f64>) -> tensor<f64> {
  %0 = "pbfn.custom_vmap"(%x, %y) {callee = @product, rules = [@rule], cases = "3:10:1", num_args = 2 : i64} : (tensor<f64>, tensor<f64>) -> tensor<f64>
  return %0 : tensor<f64>
}
func.func private @product(%x: tensor<f64>, %y: tensor<f64>) -> tensor<f64> {
  %0 = "pb.mul"(%x, %y) : (tensor<f64>, tensor<f64>) -> tensor<f64>
  return %0 : tensor<f64>
}
func.func private @rule(%x: tensor<3xf64>, %y: tensor<f64>) -> tensor<3xf64> {
  %0 = "pb.broadcast_in_dim"(%y) {shape = array<i64: 3>, dims = array<i64>} : (tensor<f64>) -> tensor<3xf64>
  %1 = "pb.mul"(%x, %0) : (tensor<3xf64>, tensor<3xf64>) -> tensor<3xf64>
  %2 = "pb.constant"() {value = dense<10.0> : tensor<3xf64>} : () -> tensor<3xf64>
  %3 = "pb.mul"(%1, %2) : (tensor<3xf64>, tensor<3xf64>) -> tensor<3xf64>
  return %3 : tensor<3xf64>
}
