// pb.shift_right_logical: Shift to less significant bits, filled with zeros. The amount is read as unsigned.

// RUN: %pullback opt %s | %pullback opt - | filecheck %s --check-prefix=TEXT
// RUN: %pullback eval %s --function f --arg "[[1, 2, -2], [-2, 2, 2]]" --arg "[[0, 1, 3], [1, 1, 3]]" | filecheck %s --check-prefix=VALUE
// RUN: %pullback opt %s --vmap="size=3 function=f" --cse --dce | filecheck %s --check-prefix=BATCH
// RUN: %pullback opt %s --lower | filecheck %s --check-prefix=HLO

// TEXT-LABEL: func.func @f(%arg0: tensor<2x3xi32>, %arg1: tensor<2x3xi32>) -> tensor<2x3xi32> {
// TEXT-NEXT: %0 = "pb.shift_right_logical"(%arg0, %arg1) : (tensor<2x3xi32>, tensor<2x3xi32>) -> tensor<2x3xi32>
// TEXT-NEXT: func.return %0 : tensor<2x3xi32>

// VALUE: %0 : i32[2,3] = {{\[\[}}1, 1, 536870911], [2147483647, 1, 0]]

// BATCH-LABEL: func.func @f.vmap(%arg0: tensor<3x2x3xi32>, %arg1: tensor<3x2x3xi32>) -> tensor<3x2x3xi32> {
// BATCH: "pb.shift_right_logical"(%arg0, %arg1) : (tensor<3x2x3xi32>, tensor<3x2x3xi32>) -> tensor<3x2x3xi32>

// HLO-LABEL: func.func public @f(
// HLO: "stablehlo.shift_right_logical"(
// HLO-NOT: "pb.

func.func @f(%arg0: tensor<2x3xi32>, %arg1: tensor<2x3xi32>) -> tensor<2x3xi32> {
  %0 = "pb.shift_right_logical"(%arg0, %arg1) : (tensor<2x3xi32>, tensor<2x3xi32>) -> tensor<2x3xi32>
  func.return %0 : tensor<2x3xi32>
}
