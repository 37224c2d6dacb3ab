// pb.window_argmin: Number (i32, row-major) of the first smallest element of a window at each of its places; a NaN
// wins; -1 where a window holds nothing but padding. Windows are those of reduce_window_sum.

// RUN: %pullback opt %s | %pullback opt - | filecheck %s --check-prefix=TEXT
// RUN: %pullback eval %s --function f --arg "[[1, 3, 2, 0], [3, -1, 4, 4]]" | filecheck %s --check-prefix=VALUE
// RUN: %pullback opt %s --jvp="function=f" --cse --dce | filecheck %s --check-prefix=JVP
// RUN: %pullback opt %s --vmap="size=3 function=f" --cse --dce | filecheck %s --check-prefix=BATCH
// RUN: %pullback opt %s --lower | filecheck %s --check-prefix=HLO

// TEXT-LABEL: func.func @f(%arg0: tensor<2x4xf64>) -> tensor<2x2xi32> {
// TEXT-NEXT: %0 = "pb.window_argmin"(%arg0) {window_dimensions = array<i64: 2, 2>, window_strides = array<i64: 1, 2>, pad_low = array<i64: 0, 0>, pad_high = array<i64: 1, 0>, base_dilation = array<i64: 1, 1>, window_dilation = array<i64: 1, 1>} : (tensor<2x4xf64>) -> tensor<2x2xi32>
// TEXT-NEXT: func.return %0 : tensor<2x2xi32>

// VALUE: %0 : i32[2,2] = {{\[\[}}3, 1], [1, 0]]

// JVP-LABEL: func.func @f.jvp(%arg0: tensor<2x4xf64>, %arg1: tensor<2x4xf64>) -> tensor<2x2xi32> {
// JVP: "pb.window_argmin"

// BATCH-LABEL: func.func @f.vmap(%arg0: tensor<3x2x4xf64>) -> tensor<3x2x2xi32> {
// BATCH: "pb.window_argmin"(%arg0) {window_dimensions = array<i64: 1, 2, 2>, window_strides = array<i64: 1, 1, 2>, pad_low = array<i64: 0, 0, 0>, pad_high = array<i64: 0, 1, 0>, base_dilation = array<i64: 1, 1, 1>, window_dilation = array<i64: 1, 1, 1>} : (tensor<3x2x4xf64>) -> tensor<3x2x2xi32>

// HLO-LABEL: func.func public @f(
// HLO: "stablehlo.reduce_window"(
// HLO: "stablehlo.select"(
// HLO-NOT: "pb.

func.func @f(%arg0: tensor<2x4xf64>) -> tensor<2x2xi32> {
  %0 = "pb.window_argmin"(%arg0) {window_dimensions = array<i64: 2, 2>, window_strides = array<i64: 1, 2>, pad_low = array<i64: 0, 0>, pad_high = array<i64: 1, 0>, base_dilation = array<i64: 1, 1>, window_dilation = array<i64: 1, 1>} : (tensor<2x4xf64>) -> tensor<2x2xi32>
  func.return %0 : tensor<2x2xi32>
}
