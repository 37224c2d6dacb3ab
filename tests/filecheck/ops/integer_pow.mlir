// pb.integer_pow: The power with the fixed integer exponent y, by repeated multiplication.

// RUN: %pullback opt %s | %pullback opt - | filecheck %s --check-prefix=TEXT
// RUN: %pullback eval %s --function f --arg "[[-0.75, -0.31], [1.31, -0.36]]" | filecheck %s --check-prefix=VALUE
// RUN: %pullback opt %s --jvp="function=f" --cse --dce | filecheck %s --check-prefix=JVP
// RUN: %pullback opt %s --vmap="size=3 function=f" --cse --dce | filecheck %s --check-prefix=BATCH
// RUN: %pullback opt %s --lower | filecheck %s --check-prefix=HLO

// TEXT-LABEL: func.func @f(%arg0: tensor<2x2xf64>) -> tensor<2x2xf64> {
// TEXT-NEXT: %0 = "pb.integer_pow"(%arg0) {y = 0 : i64} : (tensor<2x2xf64>) -> tensor<2x2xf64>
// TEXT-NEXT: func.return %0 : tensor<2x2xf64>

// VALUE: %0 : f64[2,2] = {{\[\[}}1, 1], [1, 1]]

// JVP-LABEL: func.func @f.jvp(%arg0: tensor<2x2xf64>, %arg1: tensor<2x2xf64>) -> tensor<2x2xf64> {
// JVP: "pb.integer_pow"

// BATCH-LABEL: func.func @f.vmap(%arg0: tensor<3x2x2xf64>) -> tensor<3x2x2xf64> {
// BATCH: "pb.integer_pow"(%arg0) {y = 0 : i64} : (tensor<3x2x2xf64>) -> tensor<3x2x2xf64>

// HLO-LABEL: func.func public @f(
// HLO: "func.call"(
// HLO-NOT: "pb.

func.func @f(%arg0: tensor<2x2xf64>) -> tensor<2x2xf64> {
  %0 = "pb.integer_pow"(%arg0) {y = 0 : i64} : (tensor<2x2xf64>) -> tensor<2x2xf64>
  func.return %0 : tensor<2x2xf64>
}
