// RUN: %pullback opt %s | %pullback opt - | filecheck %s
// RUN: %pullback eval %s --function gradient --arg 2 --arg 1 | filecheck %s --check-prefix=COTANGENT
// RUN: %pullback opt %s --expand --resolve-custom-rules | filecheck %s --check-prefix=RESOLVED

// The backward function multiplies cotangents by 100 times the residual, and it is believed.

// CHECK: "pbfn.custom_vjp"(%arg0) {callee = @f, fwd = @fwd, bwd = @bwd, num_args = 1 : i64, callee_consts = 0 : i64, fwd_consts = 0 : i64}
// COTANGENT: %0 : f64[] = 200
// RESOLVED-LABEL: func.func @main(
// RESOLVED-NOT: pbfn
// RESOLVED: "pb.mul"(%arg0, %arg0)
func.func @main(%x: tensor<f64>) -> tensor<f64> {
  %0 = "pbfn.custom_vjp"(%x) {callee = @f, fwd = @fwd, bwd = @bwd, num_args = 1 : i64, callee_consts = 0 : i64, fwd_consts = 0 : i64} : (tensor<f64>) -> tensor<f64>
  return %0 : tensor<f64>
}
func.func @gradient(%x: tensor<f64>, %ct: tensor<f64>) -> tensor<f64> {
  %0:2 = "pbfn.vjp_fwd"(%x) {callee = @main, active = array<i1: true>} : (tensor<f64>) -> (tensor<f64>, !pbfn.tape<@main, "1">)
  %1 = "pbfn.vjp_bwd"(%0#1, %ct) : (!pbfn.tape<@main, "1">, tensor<f64>) -> tensor<f64>
  return %1 : tensor<f64>
}
func.func private @f(%x: tensor<f64>) -> tensor<f64> {
  %0 = "pb.mul"(%x, %x) : (tensor<f64>, tensor<f64>) -> tensor<f64>
  return %0 : tensor<f64>
}
func.func private @fwd(%x: tensor<f64>) -> (tensor<f64>, tensor<f64>) {
  %0 = "pb.mul"(%x, %x) : (tensor<f64>, tensor<f64>) -> tensor<f64>
  return %0, %x : tensor<f64>, tensor<f64>
}
func.func private @bwd(%residual: tensor<f64>, %ct: tensor<f64>) -> tensor<f64> {
  %c = "pb.constant"() {value = dense<100.0> : tensor<f64>} : () -> tensor<f64>
  %0 = "pb.mul"(%residual, %c) : (tensor<f64>, tensor<f64>) -> tensor<f64>
  %1 = "pb.mul"(%ct, %0) : (tensor<f64>, tensor<f64>) -> tensor<f64>
  return %1 : tensor<f64>
}
