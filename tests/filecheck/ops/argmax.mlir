// pb.argmax: Position of the largest element along `axis`, as an integer of type `dtype`: the first one of equals; a NaN
// wins.

// RUN: %pullback opt %s | %pullback opt - | filecheck %s --check-prefix=TEXT
// RUN: %pullback eval %s --function f --arg "[[-0.31, 1.31, -0.36], [0.2, -1.89, 1.01]]" | filecheck %s --check-prefix=VALUE
// RUN: %pullback opt %s --jvp="function=f" --cse --dce | filecheck %s --check-prefix=JVP
// RUN: %pullback opt %s --vmap="size=3 function=f" --cse --dce | filecheck %s --check-prefix=BATCH
// RUN: %pullback opt %s --lower | filecheck %s --check-prefix=HLO

// TEXT-LABEL: func.func @f(%arg0: tensor<2x3xf64>) -> tensor<2xi64> {
// TEXT-NEXT: %0 = "pb.argmax"(%arg0) {axis = 1 : i64, dtype = i64} : (tensor<2x3xf64>) -> tensor<2xi64>
// TEXT-NEXT: func.return %0 : tensor<2xi64>

// VALUE: %0 : i64[2] = [1, 2]

// JVP-LABEL: func.func @f.jvp(%arg0: tensor<2x3xf64>, %arg1: tensor<2x3xf64>) -> tensor<2xi64> {
// JVP: "pb.argmax"

// BATCH-LABEL: func.func @f.vmap(%arg0: tensor<3x2x3xf64>) -> tensor<3x2xi64> {
// BATCH: "pb.argmax"(%arg0) {axis = 2 : i64, dtype = i64} : (tensor<3x2x3xf64>) -> tensor<3x2xi64>

// HLO-LABEL: func.func public @f(
// HLO: "stablehlo.reduce"(
// HLO: "stablehlo.maximum"(
// HLO: "stablehlo.broadcast_in_dim"(
// HLO-NOT: "pb.

func.func @f(%arg0: tensor<2x3xf64>) -> tensor<2xi64> {
  %0 = "pb.argmax"(%arg0) {axis = 1 : i64, dtype = i64} : (tensor<2x3xf64>) -> tensor<2xi64>
  func.return %0 : tensor<2xi64>
}
