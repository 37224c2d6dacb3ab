// pb.stop_gradient: The operand, as a constant of differentiation: its tangent is zero.

// RUN: %pullback opt %s | %pullback opt - | filecheck %s --check-prefix=TEXT
// RUN: %pullback eval %s --function f --arg "[0.05, 1.8, -1.42]" | filecheck %s --check-prefix=VALUE
// RUN: %pullback opt %s --jvp="function=f" --cse --dce | filecheck %s --check-prefix=JVP
// RUN: %pullback opt %s --vmap="size=3 function=f" --cse --dce | filecheck %s --check-prefix=BATCH
// RUN: %pullback opt %s --lower | filecheck %s --check-prefix=HLO

// TEXT-LABEL: func.func @f(%arg0: tensor<3xf64>) -> tensor<3xf64> {
// TEXT-NEXT: %0 = "pb.stop_gradient"(%arg0) : (tensor<3xf64>) -> tensor<3xf64>
// TEXT-NEXT: func.return %0 : tensor<3xf64>

// VALUE: %0 : f64[3] = [0.05, 1.8, -1.42]

// JVP-LABEL: func.func @f.jvp(%arg0: tensor<3xf64>, %arg1: tensor<3xf64>) -> tensor<3xf64> {
// JVP: "pb.stop_gradient"

// BATCH-LABEL: func.func @f.vmap(%arg0: tensor<3x3xf64>) -> tensor<3x3xf64> {
// BATCH: "pb.stop_gradient"(%arg0) : (tensor<3x3xf64>) -> tensor<3x3xf64>

// HLO-LABEL: func.func public @f(
// HLO-NOT: "pb.

func.func @f(%arg0: tensor<3xf64>) -> tensor<3xf64> {
  %0 = "pb.stop_gradient"(%arg0) : (tensor<3xf64>) -> tensor<3xf64>
  func.return %0 : tensor<3xf64>
}
