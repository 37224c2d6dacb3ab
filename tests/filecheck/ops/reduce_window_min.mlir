// pb.reduce_window_min: Minimum over each place of a window (see reduce_window_sum); NaN if any element is. Padding is
// the identity of the minimum. The derivative is that of the first element that attains it.

// RUN: %pullback opt %s | %pullback opt - | filecheck %s --check-prefix=TEXT
// RUN: %pullback eval %s --function f --arg "[[1, 3, 2, 0], [3, -1, 4, 4]]" | filecheck %s --check-prefix=VALUE
// RUN: %pullback opt %s --jvp="function=f" --cse --dce | filecheck %s --check-prefix=JVP
// RUN: %pullback opt %s --jvp="function=f" | %pullback eval - --function f.jvp --arg "[[1, 3, 2, 0], [3, -1, 4, 4]]" --arg "[[0.1, 0.2, 0.3, 0.4], [0.5, 0.6, 0.7, 0.8]]" | filecheck %s --check-prefix=TANGENT
// RUN: %pullback opt %s --vjp="function=f" --cse --dce | filecheck %s --check-prefix=VJP
// RUN: %pullback eval %s --function pullback --arg "[[1, 3, 2, 0], [3, -1, 4, 4]]" --arg "[[1, 2], [3, 4]]" | filecheck %s --check-prefix=COTANGENT
// RUN: %pullback opt %s --vmap="size=3 function=f" --cse --dce | filecheck %s --check-prefix=BATCH
// RUN: %pullback opt %s --lower | filecheck %s --check-prefix=HLO

// TEXT-LABEL: func.func @f(%arg0: tensor<2x4xf64>) -> tensor<2x2xf64> {
// TEXT-NEXT: %0 = "pb.reduce_window_min"(%arg0) {window_dimensions = array<i64: 2, 2>, window_strides = array<i64: 1, 2>, pad_low = array<i64: 0, 0>, pad_high = array<i64: 1, 0>, base_dilation = array<i64: 1, 1>, window_dilation = array<i64: 1, 1>} : (tensor<2x4xf64>) -> tensor<2x2xf64>
// TEXT-NEXT: func.return %0 : tensor<2x2xf64>

// VALUE: %0 : f64[2,2] = {{\[\[}}-1, 0], [-1, 4]]

// JVP-LABEL: func.func @f.jvp(%arg0: tensor<2x4xf64>, %arg1: tensor<2x4xf64>) -> (tensor<2x2xf64>, tensor<2x2xf64>) {
// JVP: "pb.reduce_window_min"
// JVP: "pb.window_argmin"
// JVP: "pb.window_gather"

// TANGENT: %1 : f64[2,2] = {{\[\[}}0.6, 0.4], [0.6, 0.7]]

// VJP-LABEL: func.func @f.bwd(
// VJP: "pb.window_scatter_add"

// COTANGENT: %0 : f64[2,4] = {{\[\[}}0, 0, 0, 2], [0, 4, 4, 0]]

// BATCH-LABEL: func.func @f.vmap(%arg0: tensor<3x2x4xf64>) -> tensor<3x2x2xf64> {
// BATCH: "pb.reduce_window_min"(%arg0) {window_dimensions = array<i64: 1, 2, 2>, window_strides = array<i64: 1, 1, 2>, pad_low = array<i64: 0, 0, 0>, pad_high = array<i64: 0, 1, 0>, base_dilation = array<i64: 1, 1, 1>, window_dilation = array<i64: 1, 1, 1>} : (tensor<3x2x4xf64>) -> tensor<3x2x2xf64>

// HLO-LABEL: func.func public @f(
// HLO: "stablehlo.reduce_window"(
// HLO: "stablehlo.minimum"(
// HLO-NOT: "pb.

func.func @f(%arg0: tensor<2x4xf64>) -> tensor<2x2xf64> {
  %0 = "pb.reduce_window_min"(%arg0) {window_dimensions = array<i64: 2, 2>, window_strides = array<i64: 1, 2>, pad_low = array<i64: 0, 0>, pad_high = array<i64: 1, 0>, base_dilation = array<i64: 1, 1>, window_dilation = array<i64: 1, 1>} : (tensor<2x4xf64>) -> tensor<2x2xf64>
  func.return %0 : tensor<2x2xf64>
}
func.func @pullback(%arg0: tensor<2x4xf64>, %arg1: tensor<2x2xf64>) -> tensor<2x4xf64> {
  %0:2 = "pbfn.vjp_fwd"(%arg0) {callee = @f, active = array<i1: true>} : (tensor<2x4xf64>) -> (tensor<2x2xf64>, !pbfn.tape<@f, "1">)
  %1 = "pbfn.vjp_bwd"(%0#1, %arg1) : (!pbfn.tape<@f, "1">, tensor<2x2xf64>) -> tensor<2x4xf64>
  func.return %1 : tensor<2x4xf64>
}
