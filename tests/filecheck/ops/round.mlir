// pb.round: The nearest integral value; halves go to the even neighbour (mode 'even') or away from zero (mode 'away').

// RUN: %pullback opt %s | %pullback opt - | filecheck %s --check-prefix=TEXT
// RUN: %pullback eval %s --function f --arg "[[1.8, -1.42, 1.79], [-0.75, -0.31, 1.31]]" | filecheck %s --check-prefix=VALUE
// RUN: %pullback opt %s --jvp="function=f" --cse --dce | filecheck %s --check-prefix=JVP
// RUN: %pullback opt %s --vmap="size=3 function=f" --cse --dce | filecheck %s --check-prefix=BATCH
// RUN: %pullback opt %s --lower | filecheck %s --check-prefix=HLO

// TEXT-LABEL: func.func @f(%arg0: tensor<2x3xf64>) -> tensor<2x3xf64> {
// TEXT-NEXT: %0 = "pb.round"(%arg0) {mode = "even"} : (tensor<2x3xf64>) -> tensor<2x3xf64>
// TEXT-NEXT: func.return %0 : tensor<2x3xf64>

// VALUE: %0 : f64[2,3] = {{\[\[}}2, -1, 2], [-1, -0, 1]]

// JVP-LABEL: func.func @f.jvp(%arg0: tensor<2x3xf64>, %arg1: tensor<2x3xf64>) -> tensor<2x3xf64> {
// JVP: "pb.round"

// BATCH-LABEL: func.func @f.vmap(%arg0: tensor<3x2x3xf64>) -> tensor<3x2x3xf64> {
// BATCH: "pb.round"(%arg0) {mode = "even"} : (tensor<3x2x3xf64>) -> tensor<3x2x3xf64>

// HLO-LABEL: func.func public @f(
// HLO: "stablehlo.round_nearest_even"(
// HLO-NOT: "pb.

func.func @f(%arg0: tensor<2x3xf64>) -> tensor<2x3xf64> {
  %0 = "pb.round"(%arg0) {mode = "even"} : (tensor<2x3xf64>) -> tensor<2x3xf64>
  func.return %0 : tensor<2x3xf64>
}
