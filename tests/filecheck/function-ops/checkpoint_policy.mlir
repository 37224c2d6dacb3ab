// RUN: %pullback opt %s | %pullback opt - | filecheck %s
// RUN: %pullback opt %s --expand --checkpoint --cse --dce | filecheck %s --check-prefix=EXPAND
// RUN: %pullback opt %s --vjp="function=named" | filecheck %s --check-prefix=SAVED
// RUN: %pullback eval %s --function gradient --arg 0.5 | filecheck %s --check-prefix=VALUE

// What the policy lets reverse mode save goes into the backward pass as an operand; only the rest is computed again.

// CHECK: "pbfn.checkpoint"(%arg0) {callee = @f, barrier = true, policy = "save_only_these_names('h')"}

// The forward function returns the named value too, and computes nothing that only the backward pass needs.
// SAVED-LABEL: func.func private @f.saving(
// SAVED-NOT: "pb.cos"
// SAVED: %[[H:.*]] = "pb.checkpoint_name"
// SAVED: func.return %{{.*}}, %[[H]] : tensor<f64>, tensor<f64>
// SAVED-LABEL: func.func @named.fwd(
// SAVED: %0:2 = "pbfn.checkpoint"(%arg0) {callee = @f.saving, barrier = true, policy = "save_only_these_names('h')"}
// SAVED: func.return %0#0, %arg0, %0#1
// SAVED-LABEL: func.func @named.bwd(%arg0: tensor<f64>, %arg1: tensor<f64>, %arg2: tensor<f64>)
// SAVED: "pbfn.checkpoint"(%arg0, %arg1, %arg2)

// The program computes sin once (the value is saved) and exp twice (it is not).
// EXPAND-LABEL: func.func @gradient(
// EXPAND: "pb.optimization_barrier"
// EXPAND: "pb.exp"
// EXPAND: "pb.sin"
// EXPAND: "pb.optimization_barrier"
// EXPAND-NOT: "pb.sin"
// EXPAND: "pb.exp"
// EXPAND-NOT: "pb.sin"
// EXPAND: func.return

// VALUE: %0 : f64[] = 0.99394
// VALUE: %1 : f64[] = -0.25591
func.func @named(%x: tensor<f64>) -> tensor<f64> {
  %0 = "pbfn.checkpoint"(%x) {callee = @f, barrier = true, policy = "save_only_these_names('h')"} : (tensor<f64>) -> tensor<f64>
  return %0 : tensor<f64>
}
func.func @gradient(%x: tensor<f64>) -> (tensor<f64>, tensor<f64>) {
  %one = "pb.constant"() {value = dense<1.0> : tensor<f64>} : () -> tensor<f64>
  %0:2 = "pbfn.vjp_fwd"(%x) {callee = @named, active = array<i1: true>} : (tensor<f64>) -> (tensor<f64>, !pbfn.tape<@named, "1">)
  %1 = "pbfn.vjp_bwd"(%0#1, %one) : (!pbfn.tape<@named, "1">, tensor<f64>) -> tensor<f64>
  return %0#0, %1 : tensor<f64>, tensor<f64>
}
func.func private @f(%x: tensor<f64>) -> tensor<f64> {
  %0 = "pb.exp"(%x) : (tensor<f64>) -> tensor<f64>
  %1 = "pb.sin"(%0) : (tensor<f64>) -> tensor<f64>
  %2 = "pb.checkpoint_name"(%1) {name = "h"} : (tensor<f64>) -> tensor<f64>
  %3 = "pb.mul"(%2, %2) : (tensor<f64>, tensor<f64>) -> tensor<f64>
  return %3 : tensor<f64>
}
