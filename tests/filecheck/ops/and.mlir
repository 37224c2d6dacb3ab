// pb.and: Bitwise and; logical and of booleans.

// RUN: %pullback opt %s | %pullback opt - | filecheck %s --check-prefix=TEXT
// RUN: %pullback eval %s --function f --arg "[[-1, 2, -1], [0, 1, 0]]" --arg "[[-2, -2, 2], [1, 2, 0]]" | filecheck %s --check-prefix=VALUE
// RUN: %pullback opt %s --vmap="size=3 function=f" --cse --dce | filecheck %s --check-prefix=BATCH
// RUN: %pullback opt %s --lower | filecheck %s --check-prefix=HLO

// TEXT-LABEL: func.func @f(%arg0: tensor<2x3xi32>, %arg1: tensor<2x3xi32>) -> tensor<2x3xi32> {
// TEXT-NEXT: %0 = "pb.and"(%arg0, %arg1) : (tensor<2x3xi32>, tensor<2x3xi32>) -> tensor<2x3xi32>
// TEXT-NEXT: func.return %0 : tensor<2x3xi32>

// VALUE: %0 : i32[2,3] = {{\[\[}}-2, 2, 2], [0, 0, 0]]

// BATCH-LABEL: func.func @f.vmap(%arg0: tensor<3x2x3xi32>, %arg1: tensor<3x2x3xi32>) -> tensor<3x2x3xi32> {
// BATCH: "pb.and"(%arg0, %arg1) : (tensor<3x2x3xi32>, tensor<3x2x3xi32>) -> tensor<3x2x3xi32>

// HLO-LABEL: func.func public @f(
// HLO: "stablehlo.and"(
// HLO-NOT: "pb.

func.func @f(%arg0: tensor<2x3xi32>, %arg1: tensor<2x3xi32>) -> tensor<2x3xi32> {
  %0 = "pb.and"(%arg0, %arg1) : (tensor<2x3xi32>, tensor<2x3xi32>) -> tensor<2x3xi32>
  func.return %0 : tensor<2x3xi32>
}
