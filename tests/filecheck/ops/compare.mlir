// pb.compare: Comparison in the direction EQ, NE, LT, LE, GT or GE. NaN is unordered: only NE is true of it. Complex
// numbers are ordered by their real, then their imaginary part.

// RUN: %pullback opt %s | %pullback opt - | filecheck %s --check-prefix=TEXT
// RUN: %pullback eval %s --function f --arg "[[-0.75, -0.31, 1.31], [-0.36, 0.2, -1.89]]" --arg "[[1.01, 0.15, -0.68], [1.15, -0.79, -0.19]]" | filecheck %s --check-prefix=VALUE
// RUN: %pullback opt %s --jvp="function=f" --cse --dce | filecheck %s --check-prefix=JVP
// RUN: %pullback opt %s --vmap="size=3 function=f" --cse --dce | filecheck %s --check-prefix=BATCH
// RUN: %pullback opt %s --lower | filecheck %s --check-prefix=HLO

// TEXT-LABEL: func.func @f(%arg0: tensor<2x3xf64>, %arg1: tensor<2x3xf64>) -> tensor<2x3xi1> {
// TEXT-NEXT: %0 = "pb.compare"(%arg0, %arg1) {direction = "EQ"} : (tensor<2x3xf64>, tensor<2x3xf64>) -> tensor<2x3xi1>
// TEXT-NEXT: func.return %0 : tensor<2x3xi1>

// VALUE: %0 : i1[2,3] = {{\[\[}}false, false, false], [false, false, false]]

// JVP-LABEL: func.func @f.jvp(%arg0: tensor<2x3xf64>, %arg1: tensor<2x3xf64>, %arg2: tensor<2x3xf64>, %arg3: tensor<2x3xf64>) -> tensor<2x3xi1> {
// JVP: "pb.compare"

// BATCH-LABEL: func.func @f.vmap(%arg0: tensor<3x2x3xf64>, %arg1: tensor<3x2x3xf64>) -> tensor<3x2x3xi1> {
// BATCH: "pb.compare"(%arg0, %arg1) {direction = "EQ"} : (tensor<3x2x3xf64>, tensor<3x2x3xf64>) -> tensor<3x2x3xi1>

// HLO-LABEL: func.func public @f(
// HLO: "stablehlo.compare"(
// HLO-NOT: "pb.

func.func @f(%arg0: tensor<2x3xf64>, %arg1: tensor<2x3xf64>) -> tensor<2x3xi1> {
  %0 = "pb.compare"(%arg0, %arg1) {direction = "EQ"} : (tensor<2x3xf64>, tensor<2x3xf64>) -> tensor<2x3xi1>
  func.return %0 : tensor<2x3xi1>
}
