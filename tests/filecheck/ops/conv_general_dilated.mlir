// pb.conv_general_dilated: Sum, over the places of a window and the input features, of products of `lhs` and the
// kernel `rhs` (not reversed). `lhs` is first spread by `lhs_dilation`, then padded with zeros (negative padding
// removes elements); the window moves by `window_strides`, its elements are `rhs_dilation` apart. The specs name the
// dimensions that are (batch, feature, spatial...) in `lhs` and the result and (output feature, input feature,
// spatial...) in `rhs`. Groups keep features, or the batch, apart.

// RUN: %pullback opt %s | %pullback opt - | filecheck %s --check-prefix=TEXT
// RUN: %pullback eval %s --function f --arg "[[[[1], [2], [-1]], [[3], [0.5], [0]]]]" --arg "[[[[2]], [[-1]]]]" | filecheck %s --check-prefix=VALUE
// RUN: %pullback opt %s --jvp="function=f" --cse --dce | filecheck %s --check-prefix=JVP
// RUN: %pullback opt %s --jvp="function=f" | %pullback eval - --function f.jvp --arg "[[[[1], [2], [-1]], [[3], [0.5], [0]]]]" --arg "[[[[2]], [[-1]]]]" --arg "[[[[0], [0.5], [1]], [[1.5], [2], [2.5]]]]" --arg "[[[[1]], [[0.5]]]]" | filecheck %s --check-prefix=TANGENT
// RUN: %pullback opt %s --vjp="function=f" --cse --dce | filecheck %s --check-prefix=VJP
// RUN: %pullback eval %s --function pullback --arg "[[[[1], [2], [-1]], [[3], [0.5], [0]]]]" --arg "[[[[2]], [[-1]]]]" --arg "[[[[1], [2], [3]], [[4], [5], [6]]]]" | filecheck %s --check-prefix=COTANGENT
// RUN: %pullback opt %s --vmap="size=3 function=f" --cse --dce | filecheck %s --check-prefix=BATCH
// RUN: %pullback opt %s --lower | filecheck %s --check-prefix=HLO

// TEXT-LABEL: func.func @f(%arg0: tensor<1x2x3x1xf64>, %arg1: tensor<1x2x1x1xf64>) -> tensor<1x2x3x1xf64> {
// TEXT-NEXT: %0 = "pb.conv_general_dilated"(%arg0, %arg1) {window_strides = array<i64: 1, 1>, pad_low = array<i64: 0, 1>, pad_high = array<i64: 0, 0>, lhs_dilation = array<i64: 1, 1>, rhs_dilation = array<i64: 1, 1>, feature_group_count = 1 : i64, batch_group_count = 1 : i64, lhs_spec = array<i64: 0, 3, 1, 2>, rhs_spec = array<i64: 3, 2, 0, 1>, out_spec = array<i64: 0, 3, 1, 2>} : (tensor<1x2x3x1xf64>, tensor<1x2x1x1xf64>) -> tensor<1x2x3x1xf64>
// TEXT-NEXT: func.return %0 : tensor<1x2x3x1xf64>

// VALUE: %0 : f64[1,2,3,1] = {{\[\[\[\[}}-1], [0], [5]], {{\[\[}}-3], [5.5], [1]]]]

// JVP-LABEL: func.func @f.jvp(%arg0: tensor<1x2x3x1xf64>, %arg1: tensor<1x2x1x1xf64>, %arg2: tensor<1x2x3x1xf64>, %arg3: tensor<1x2x1x1xf64>) -> (tensor<1x2x3x1xf64>, tensor<1x2x3x1xf64>) {
// JVP: "pb.conv_general_dilated"
// JVP: "pb.conv_general_dilated"
// JVP: "pb.conv_general_dilated"
// JVP: "pb.add"

// TANGENT: %1 : f64[1,2,3,1] = {{\[\[\[\[}}0.5], [1.5], [1.5]], {{\[\[}}0], [4.25], [2]]]]

// VJP-LABEL: func.func @f.bwd(
// VJP: "pb.conv_general_dilated"
// VJP: "pb.reverse"
// VJP: "pb.conv_general_dilated"

// COTANGENT: %0 : f64[1,2,3,1] = {{\[\[\[\[}}3], [4], [-3]], {{\[\[}}6], [7], [-6]]]]
// COTANGENT: %1 : f64[1,2,1,1] = {{\[\[\[\[}}26]], {{\[\[}}16.5]]]]

// BATCH-LABEL: func.func @f.vmap(%arg0: tensor<3x1x2x3x1xf64>, %arg1: tensor<3x1x2x1x1xf64>) -> tensor<3x1x2x3x1xf64> {
// BATCH: "pb.conv_general_dilated"(%1, %3) {window_strides = array<i64: 1, 1>, pad_low = array<i64: 0, 1>, pad_high = array<i64: 0, 0>, lhs_dilation = array<i64: 1, 1>, rhs_dilation = array<i64: 1, 1>, feature_group_count = 3 : i64, batch_group_count = 1 : i64, lhs_spec = array<i64: 0, 3, 1, 2>, rhs_spec = array<i64: 3, 2, 0, 1>, out_spec = array<i64: 0, 3, 1, 2>} : (tensor<1x2x3x3xf64>, tensor<1x2x1x3xf64>) -> tensor<1x2x3x3xf64>

// HLO-LABEL: func.func public @f(
// HLO: "stablehlo.convolution"(
// HLO-NOT: "pb.

func.func @f(%arg0: tensor<1x2x3x1xf64>, %arg1: tensor<1x2x1x1xf64>) -> tensor<1x2x3x1xf64> {
  %0 = "pb.conv_general_dilated"(%arg0, %arg1) {window_strides = array<i64: 1, 1>, pad_low = array<i64: 0, 1>, pad_high = array<i64: 0, 0>, lhs_dilation = array<i64: 1, 1>, rhs_dilation = array<i64: 1, 1>, feature_group_count = 1 : i64, batch_group_count = 1 : i64, lhs_spec = array<i64: 0, 3, 1, 2>, rhs_spec = array<i64: 3, 2, 0, 1>, out_spec = array<i64: 0, 3, 1, 2>} : (tensor<1x2x3x1xf64>, tensor<1x2x1x1xf64>) -> tensor<1x2x3x1xf64>
  func.return %0 : tensor<1x2x3x1xf64>
}
func.func @pullback(%arg0: tensor<1x2x3x1xf64>, %arg1: tensor<1x2x1x1xf64>, %arg2: tensor<1x2x3x1xf64>) -> (tensor<1x2x3x1xf64>, tensor<1x2x1x1xf64>) {
  %0:2 = "pbfn.vjp_fwd"(%arg0, %arg1) {callee = @f, active = array<i1: true, true>} : (tensor<1x2x3x1xf64>, tensor<1x2x1x1xf64>) -> (tensor<1x2x3x1xf64>, !pbfn.tape<@f, "11">)
  %1:2 = "pbfn.vjp_bwd"(%0#1, %arg2) : (!pbfn.tape<@f, "11">, tensor<1x2x3x1xf64>) -> (tensor<1x2x3x1xf64>, tensor<1x2x1x1xf64>)
  func.return %1#0, %1#1 : tensor<1x2x3x1xf64>, tensor<1x2x1x1xf64>
}
