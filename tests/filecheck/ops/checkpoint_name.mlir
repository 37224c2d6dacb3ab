// pb.checkpoint_name: The operand, under a name that policies of checkpoints speak of.

// RUN: %pullback opt %s | %pullback opt - | filecheck %s --check-prefix=TEXT
// RUN: %pullback eval %s --function f --arg "[0.05, 1.8, -1.42]" | filecheck %s --check-prefix=VALUE
// RUN: %pullback opt %s --jvp="function=f" --cse --dce | filecheck %s --check-prefix=JVP
// RUN: %pullback eval %s --function pullback --arg "[0.05, 1.8, -1.42]" --arg "[1, 1.5, 2]" | filecheck %s --check-prefix=COTANGENT
// RUN: %pullback opt %s --transpose="function=f" --cse --dce | filecheck %s --check-prefix=TRANSPOSE
// RUN: %pullback opt %s --vmap="size=3 function=f" --cse --dce | filecheck %s --check-prefix=BATCH
// RUN: %pullback opt %s --lower | filecheck %s --check-prefix=HLO

// TEXT-LABEL: func.func @f(%arg0: tensor<3xf64>) -> tensor<3xf64> {
// TEXT-NEXT: %0 = "pb.checkpoint_name"(%arg0) {name = "h"} : (tensor<3xf64>) -> tensor<3xf64>
// TEXT-NEXT: func.return %0 : tensor<3xf64>

// VALUE: %0 : f64[3] = [0.05, 1.8, -1.42]

// The tangent goes its own way, without a name.
// JVP-LABEL: func.func @f.jvp(%arg0: tensor<3xf64>, %arg1: tensor<3xf64>) -> (tensor<3xf64>, tensor<3xf64>) {
// JVP-NEXT: %0 = "pb.checkpoint_name"(%arg0)
// JVP-NEXT: func.return %0, %arg1

// COTANGENT: %0 : f64[3] = [1, 1.5, 2]

// TRANSPOSE-LABEL: func.func @f.T(%arg0: tensor<3xf64>) -> tensor<3xf64> {
// TRANSPOSE-NEXT: func.return %arg0

// BATCH-LABEL: func.func @f.vmap(%arg0: tensor<3x3xf64>) -> tensor<3x3xf64> {
// BATCH: "pb.checkpoint_name"(%arg0) {name = "h"} : (tensor<3x3xf64>) -> tensor<3x3xf64>

// HLO-LABEL: func.func public @f(
// HLO-NOT: "pb.

func.func @f(%arg0: tensor<3xf64>) -> tensor<3xf64> {
  %0 = "pb.checkpoint_name"(%arg0) {name = "h"} : (tensor<3xf64>) -> tensor<3xf64>
  func.return %0 : tensor<3xf64>
}
func.func @pullback(%arg0: tensor<3xf64>, %arg1: tensor<3xf64>) -> tensor<3xf64> {
  %0:2 = "pbfn.vjp_fwd"(%arg0) {callee = @f, active = array<i1: true>} : (tensor<3xf64>) -> (tensor<3xf64>, !pbfn.tape<@f, "1">)
  %1 = "pbfn.vjp_bwd"(%0#1, %arg1) : (!pbfn.tape<@f, "1">, tensor<3xf64>) -> tensor<3xf64>
  func.return %1 : tensor<3xf64>
}
