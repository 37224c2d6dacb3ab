// pb.reduce_xor: Bitwise (for booleans: logical) exclusive or over `axes`.

// RUN: %pullback opt %s | %pullback opt - | filecheck %s --check-prefix=TEXT
// RUN: %pullback eval %s --function f --arg "[[-2, 2, 2], [-1, -1, 2]]" | filecheck %s --check-prefix=VALUE
// RUN: %pullback opt %s --vmap="size=3 function=f" --cse --dce | filecheck %s --check-prefix=BATCH
// RUN: %pullback opt %s --lower | filecheck %s --check-prefix=HLO

// TEXT-LABEL: func.func @f(%arg0: tensor<2x3xi32>) -> tensor<2xi32> {
// TEXT-NEXT: %0 = "pb.reduce_xor"(%arg0) {axes = array<i64: 1>} : (tensor<2x3xi32>) -> tensor<2xi32>
// TEXT-NEXT: func.return %0 : tensor<2xi32>

// VALUE: %0 : i32[2] = [-2, 2]

// BATCH-LABEL: func.func @f.vmap(%arg0: tensor<3x2x3xi32>) -> tensor<3x2xi32> {
// BATCH: "pb.reduce_xor"(%arg0) {axes = array<i64: 2>} : (tensor<3x2x3xi32>) -> tensor<3x2xi32>

// HLO-LABEL: func.func public @f(
// HLO: "stablehlo.reduce"(
// HLO: "stablehlo.xor"(
// HLO-NOT: "pb.

func.func @f(%arg0: tensor<2x3xi32>) -> tensor<2xi32> {
  %0 = "pb.reduce_xor"(%arg0) {axes = array<i64: 1>} : (tensor<2x3xi32>) -> tensor<2xi32>
  func.return %0 : tensor<2xi32>
}
