// pb.window_scatter_add: An array of the given shape that holds, at each element, the sum of the operand over those
// places of a window whose element with the given number it is. The transpose of window_gather.

// RUN: %pullback opt %s | %pullback opt - | filecheck %s --check-prefix=TEXT
// RUN: %pullback eval %s --function f --arg "[[1, 2], [3, 4]]" --arg "[[1, 3], [0, -1]]" | filecheck %s --check-prefix=VALUE
// RUN: %pullback opt %s --jvp="function=f" --cse --dce | filecheck %s --check-prefix=JVP
// RUN: %pullback opt %s --jvp="function=f" | %pullback eval - --function f.jvp --arg "[[1, 2], [3, 4]]" --arg "[[1, 3], [0, -1]]" --arg "[[0.1, 0.2], [0.3, 0.4]]" | filecheck %s --check-prefix=TANGENT
// RUN: %pullback opt %s --vjp="function=f" --cse --dce | filecheck %s --check-prefix=VJP
// RUN: %pullback eval %s --function pullback --arg "[[1, 2], [3, 4]]" --arg "[[1, 3], [0, -1]]" --arg "[[1, 3, 2, 0], [3, -1, 4, 4]]" | filecheck %s --check-prefix=COTANGENT
// RUN: %pullback opt %s --vmap="size=3 function=f" --cse --dce | filecheck %s --check-prefix=BATCH
// RUN: %pullback opt %s --lower | filecheck %s --check-prefix=HLO

// TEXT-LABEL: func.func @f(%arg0: tensor<2x2xf64>, %arg1: tensor<2x2xi32>) -> tensor<2x4xf64> {
// TEXT-NEXT: %0 = "pb.window_scatter_add"(%arg0, %arg1) {window_dimensions = array<i64: 2, 2>, window_strides = array<i64: 1, 2>, pad_low = array<i64: 0, 0>, pad_high = array<i64: 1, 0>, base_dilation = array<i64: 1, 1>, window_dilation = array<i64: 1, 1>, shape = array<i64: 2, 4>} : (tensor<2x2xf64>, tensor<2x2xi32>) -> tensor<2x4xf64>
// TEXT-NEXT: func.return %0 : tensor<2x4xf64>

// VALUE: %0 : f64[2,4] = {{\[\[}}0, 1, 0, 0], [3, 0, 0, 2]]

// JVP-LABEL: func.func @f.jvp(%arg0: tensor<2x2xf64>, %arg1: tensor<2x2xi32>, %arg2: tensor<2x2xf64>) -> (tensor<2x4xf64>, tensor<2x4xf64>) {
// JVP: "pb.window_scatter_add"
// JVP: "pb.window_scatter_add"

// TANGENT: %1 : f64[2,4] = {{\[\[}}0, 0.1, 0, 0], [0.3, 0, 0, 0.2]]

// VJP-LABEL: func.func @f.bwd(
// VJP: "pb.window_gather"

// COTANGENT: %0 : f64[2,2] = {{\[\[}}3, 4], [3, 0]]

// BATCH-LABEL: func.func @f.vmap(%arg0: tensor<3x2x2xf64>, %arg1: tensor<3x2x2xi32>) -> tensor<3x2x4xf64> {
// BATCH: "pb.window_scatter_add"(%arg0, %arg1) {window_dimensions = array<i64: 1, 2, 2>, window_strides = array<i64: 1, 1, 2>, pad_low = array<i64: 0, 0, 0>, pad_high = array<i64: 0, 1, 0>, base_dilation = array<i64: 1, 1, 1>, window_dilation = array<i64: 1, 1, 1>, shape = array<i64: 3, 2, 4>} : (tensor<3x2x2xf64>, tensor<3x2x2xi32>) -> tensor<3x2x4xf64>

// HLO-LABEL: func.func public @f(
// HLO: "stablehlo.select"(
// HLO: "stablehlo.add"(
// HLO-NOT: "pb.

func.func @f(%arg0: tensor<2x2xf64>, %arg1: tensor<2x2xi32>) -> tensor<2x4xf64> {
  %0 = "pb.window_scatter_add"(%arg0, %arg1) {window_dimensions = array<i64: 2, 2>, window_strides = array<i64: 1, 2>, pad_low = array<i64: 0, 0>, pad_high = array<i64: 1, 0>, base_dilation = array<i64: 1, 1>, window_dilation = array<i64: 1, 1>, shape = array<i64: 2, 4>} : (tensor<2x2xf64>, tensor<2x2xi32>) -> tensor<2x4xf64>
  func.return %0 : tensor<2x4xf64>
}
func.func @pullback(%arg0: tensor<2x2xf64>, %arg1: tensor<2x2xi32>, %arg2: tensor<2x4xf64>) -> tensor<2x2xf64> {
  %0:2 = "pbfn.vjp_fwd"(%arg0, %arg1) {callee = @f, active = array<i1: true, false>} : (tensor<2x2xf64>, tensor<2x2xi32>) -> (tensor<2x4xf64>, !pbfn.tape<@f, "10">)
  %1 = "pbfn.vjp_bwd"(%0#1, %arg2) : (!pbfn.tape<@f, "10">, tensor<2x4xf64>) -> tensor<2x2xf64>
  func.return %1 : tensor<2x2xf64>
}
