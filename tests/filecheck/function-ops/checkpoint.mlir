// RUN: %pullback opt %s | %pullback opt - | filecheck %s
// RUN: %pullback opt %s --expand --checkpoint --cse --dce | filecheck %s --check-prefix=EXPAND
// RUN: %pullback eval %s --function gradient --arg 0.5 | filecheck %s --check-prefix=VALUE

// Reverse mode computes the function again, behind a barrier, instead of saving what is inside.

// CHECK: "pbfn.checkpoint"(%arg0) {callee = @f, barrier = true, policy = "nothing_saveable"}
// EXPAND-LABEL: func.func @gradient(
// EXPAND: "pb.optimization_barrier"
// EXPAND: "pb.exp"
// VALUE: %0 : f64[] = -0.12835
func.func @main(%x: tensor<f64>) -> tensor<f64> {
  %0 = "pbfn.checkpoint"(%x) {callee = @f, barrier = true, policy = "nothing_saveable"} : (tensor<f64>) -> tensor<f64>
  return %0 : tensor<f64>
}
func.func @gradient(%x: tensor<f64>) -> tensor<f64> {
  %one = "pb.constant"() {value = dense<1.0> : tensor<f64>} : () -> tensor<f64>
  %0:2 = "pbfn.vjp_fwd"(%x) {callee = @main, active = array<i1: true>} : (tensor<f64>) -> (tensor<f64>, !pbfn.tape<@main, "1">)
  %1 = "pbfn.vjp_bwd"(%0#1, %one) : (!pbfn.tape<@main, "1">, tensor<f64>) -> tensor<f64>
  return %1 : tensor<f64>
}
func.func private @f(%x: tensor<f64>) -> tensor<f64> {
  %0 = "pb.exp"(%x) : (tensor<f64>) -> tensor<f64>
  %1 = "pb.sin"(%0) : (tensor<f64>) -> tensor<f64>
  return %1 : tensor<f64>
}
