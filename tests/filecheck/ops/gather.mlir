// pb.gather: Reads one window of `operand` for each index vector, the last dimension of `indices`. Windows that are not
// inside the operand are moved inside (mode "clip") or consist of `fill_value` (mode "fill"; the element as text, such
// as "nan"); with "promise_in_bounds" there are none.

// RUN: %pullback opt %s | %pullback opt - | filecheck %s --check-prefix=TEXT
// RUN: %pullback eval %s --function f --arg "[[0.39, 1.67, 0.76], [0, -1.69, -0.05], [-1.15, -1.47, 0.02], [1.14, -0.82, 1.08]]" --arg "[3]" | filecheck %s --check-prefix=VALUE
// RUN: %pullback opt %s --jvp="function=f" --cse --dce | filecheck %s --check-prefix=JVP
// RUN: %pullback opt %s --jvp="function=f" | %pullback eval - --function f.jvp --arg "[[0.39, 1.67, 0.76], [0, -1.69, -0.05], [-1.15, -1.47, 0.02], [1.14, -0.82, 1.08]]" --arg "[3]" --arg "[[0.5, 0.59, 0.68], [0.77, 0.86, 0.95], [1.05, 1.14, 1.23], [1.32, 1.41, 1.5]]" | filecheck %s --check-prefix=TANGENT
// RUN: %pullback opt %s --vjp="function=f" --cse --dce | filecheck %s --check-prefix=VJP
// RUN: %pullback eval %s --function pullback --arg "[[0.39, 1.67, 0.76], [0, -1.69, -0.05], [-1.15, -1.47, 0.02], [1.14, -0.82, 1.08]]" --arg "[3]" --arg "[1, 1.5, 2]" | filecheck %s --check-prefix=COTANGENT
// RUN: %pullback opt %s --vmap="size=3 function=f" --cse --dce | filecheck %s --check-prefix=BATCH
// RUN: %pullback opt %s --lower | filecheck %s --check-prefix=HLO

// TEXT-LABEL: func.func @f(%arg0: tensor<4x3xf64>, %arg1: tensor<1xi32>) -> tensor<3xf64> {
// TEXT-NEXT: %0 = "pb.gather"(%arg0, %arg1) {offset_dims = array<i64: 0>, collapsed_slice_dims = array<i64: 0>, start_index_map = array<i64: 0>, operand_batching_dims = array<i64>, start_indices_batching_dims = array<i64>, slice_sizes = array<i64: 1, 3>, mode = "promise_in_bounds", fill_value = "0"} : (tensor<4x3xf64>, tensor<1xi32>) -> tensor<3xf64>
// TEXT-NEXT: func.return %0 : tensor<3xf64>

// VALUE: %0 : f64[3] = [1.14, -0.82, 1.08]

// JVP-LABEL: func.func @f.jvp(%arg0: tensor<4x3xf64>, %arg1: tensor<1xi32>, %arg2: tensor<4x3xf64>) -> (tensor<3xf64>, tensor<3xf64>) {
// JVP: "pb.gather"
// JVP: "pb.gather"

// TANGENT: %1 : f64[3] = [1.32, 1.41, 1.5]

// VJP-LABEL: func.func @f.bwd(
// VJP: "pb.scatter"

// COTANGENT: %0 : f64[4,3] = {{\[\[}}0, 0, 0], [0, 0, 0], [0, 0, 0], [1, 1.5, 2]]

// BATCH-LABEL: func.func @f.vmap(%arg0: tensor<3x4x3xf64>, %arg1: tensor<3x1xi32>) -> tensor<3x3xf64> {
// BATCH: "pb.gather"(%arg0, %arg1) {offset_dims = array<i64: 1>, collapsed_slice_dims = array<i64: 1>, start_index_map = array<i64: 1>, operand_batching_dims = array<i64: 0>, start_indices_batching_dims = array<i64: 0>, slice_sizes = array<i64: 1, 1, 3>, mode = "promise_in_bounds", fill_value = "0"} : (tensor<3x4x3xf64>, tensor<3x1xi32>) -> tensor<3x3xf64>

// HLO-LABEL: func.func public @f(
// HLO: "stablehlo.reshape"(
// HLO: "stablehlo.minimum"(
// HLO: "stablehlo.maximum"(
// HLO-NOT: "pb.

func.func @f(%arg0: tensor<4x3xf64>, %arg1: tensor<1xi32>) -> tensor<3xf64> {
  %0 = "pb.gather"(%arg0, %arg1) {offset_dims = array<i64: 0>, collapsed_slice_dims = array<i64: 0>, start_index_map = array<i64: 0>, operand_batching_dims = array<i64>, start_indices_batching_dims = array<i64>, slice_sizes = array<i64: 1, 3>, mode = "promise_in_bounds", fill_value = "0"} : (tensor<4x3xf64>, tensor<1xi32>) -> tensor<3xf64>
  func.return %0 : tensor<3xf64>
}
func.func @pullback(%arg0: tensor<4x3xf64>, %arg1: tensor<1xi32>, %arg2: tensor<3xf64>) -> tensor<4x3xf64> {
  %0:2 = "pbfn.vjp_fwd"(%arg0, %arg1) {callee = @f, active = array<i1: true, false>} : (tensor<4x3xf64>, tensor<1xi32>) -> (tensor<3xf64>, !pbfn.tape<@f, "10">)
  %1 = "pbfn.vjp_bwd"(%0#1, %arg2) : (!pbfn.tape<@f, "10">, tensor<3xf64>) -> tensor<4x3xf64>
  func.return %1 : tensor<4x3xf64>
}
