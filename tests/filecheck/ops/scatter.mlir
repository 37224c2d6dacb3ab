// pb.scatter: Combines the windows of `updates` into the windows of `operand` that the index vectors name, the last
// dimension of `indices`: replaces them (combine "set"; the last update of an element wins), or forms the sum, product,
// minimum or maximum. Windows that are not inside the operand are moved inside (mode "clip") or dropped (mode "fill");
// with "promise_in_bounds" there are none. `unique_indices` promises that no element is updated twice.

// RUN: %pullback opt %s | %pullback opt - | filecheck %s --check-prefix=TEXT
// RUN: %pullback eval %s --function f --arg "[[0.39, 1.67, 0.76], [0, -1.69, -0.05], [-1.15, -1.47, 0.02], [1.14, -0.82, 1.08]]" --arg "[3]" --arg "[-1.63, -1.16, 1.97]" | filecheck %s --check-prefix=VALUE
// RUN: %pullback opt %s --jvp="function=f" --cse --dce | filecheck %s --check-prefix=JVP
// RUN: %pullback opt %s --jvp="function=f" | %pullback eval - --function f.jvp --arg "[[0.39, 1.67, 0.76], [0, -1.69, -0.05], [-1.15, -1.47, 0.02], [1.14, -0.82, 1.08]]" --arg "[3]" --arg "[-1.63, -1.16, 1.97]" --arg "[[0.5, 0.59, 0.68], [0.77, 0.86, 0.95], [1.05, 1.14, 1.23], [1.32, 1.41, 1.5]]" --arg "[0.5, 1, 1.5]" | filecheck %s --check-prefix=TANGENT
// RUN: %pullback opt %s --vjp="function=f" --cse --dce | filecheck %s --check-prefix=VJP
// RUN: %pullback eval %s --function pullback --arg "[[0.39, 1.67, 0.76], [0, -1.69, -0.05], [-1.15, -1.47, 0.02], [1.14, -0.82, 1.08]]" --arg "[3]" --arg "[-1.63, -1.16, 1.97]" --arg "[[1, 1.09, 1.18], [1.27, 1.36, 1.45], [1.55, 1.64, 1.73], [1.82, 1.91, 2]]" | filecheck %s --check-prefix=COTANGENT
// RUN: %pullback opt %s --vmap="size=3 function=f" --cse --dce | filecheck %s --check-prefix=BATCH
// RUN: %pullback opt %s --lower | filecheck %s --check-prefix=HLO

// TEXT-LABEL: func.func @f(%arg0: tensor<4x3xf64>, %arg1: tensor<1xi32>, %arg2: tensor<3xf64>) -> tensor<4x3xf64> {
// TEXT-NEXT: %0 = "pb.scatter"(%arg0, %arg1, %arg2) {update_window_dims = array<i64: 0>, inserted_window_dims = array<i64: 0>, scatter_dims_to_operand_dims = array<i64: 0>, operand_batching_dims = array<i64>, scatter_indices_batching_dims = array<i64>, combine = "set", mode = "promise_in_bounds", unique_indices = false} : (tensor<4x3xf64>, tensor<1xi32>, tensor<3xf64>) -> tensor<4x3xf64>
// TEXT-NEXT: func.return %0 : tensor<4x3xf64>

// VALUE: %0 : f64[4,3] = {{\[\[}}0.39, 1.67, 0.76], [0, -1.69, -0.05], [-1.15, -1.47, 0.02], [-1.63, -1.16, 1.97]]

// JVP-LABEL: func.func @f.jvp(%arg0: tensor<4x3xf64>, %arg1: tensor<1xi32>, %arg2: tensor<3xf64>, %arg3: tensor<4x3xf64>, %arg4: tensor<3xf64>) -> (tensor<4x3xf64>, tensor<4x3xf64>) {
// JVP: "pb.scatter"
// JVP: "pb.scatter"

// TANGENT: %1 : f64[4,3] = {{\[\[}}0.5, 0.59, 0.68], [0.77, 0.86, 0.95], [1.05, 1.14, 1.23], [0.5, 1, 1.5]]

// VJP-LABEL: func.func @f.bwd(
// VJP: "pb.scatter"
// VJP: "pb.gather"

// COTANGENT: %0 : f64[4,3] = {{\[\[}}1, 1.09, 1.18], [1.27, 1.36, 1.45], [1.55, 1.64, 1.73], [0, 0, 0]]
// COTANGENT: %1 : f64[3] = [1.82, 1.91, 2]

// BATCH-LABEL: func.func @f.vmap(%arg0: tensor<3x4x3xf64>, %arg1: tensor<3x1xi32>, %arg2: tensor<3x3xf64>) -> tensor<3x4x3xf64> {
// BATCH: "pb.scatter"(%arg0, %arg1, %arg2) {update_window_dims = array<i64: 1>, inserted_window_dims = array<i64: 1>, scatter_dims_to_operand_dims = array<i64: 1>, operand_batching_dims = array<i64: 0>, scatter_indices_batching_dims = array<i64: 0>, combine = "set", mode = "promise_in_bounds", unique_indices = false} : (tensor<3x4x3xf64>, tensor<3x1xi32>, tensor<3x3xf64>) -> tensor<3x4x3xf64>

// HLO-LABEL: func.func public @f(
// HLO: "stablehlo.select"(
// HLO: "stablehlo.reshape"(
// HLO: "stablehlo.minimum"(
// HLO-NOT: "pb.

func.func @f(%arg0: tensor<4x3xf64>, %arg1: tensor<1xi32>, %arg2: tensor<3xf64>) -> tensor<4x3xf64> {
  %0 = "pb.scatter"(%arg0, %arg1, %arg2) {update_window_dims = array<i64: 0>, inserted_window_dims = array<i64: 0>, scatter_dims_to_operand_dims = array<i64: 0>, operand_batching_dims = array<i64>, scatter_indices_batching_dims = array<i64>, combine = "set", mode = "promise_in_bounds", unique_indices = false} : (tensor<4x3xf64>, tensor<1xi32>, tensor<3xf64>) -> tensor<4x3xf64>
  func.return %0 : tensor<4x3xf64>
}
func.func @pullback(%arg0: tensor<4x3xf64>, %arg1: tensor<1xi32>, %arg2: tensor<3xf64>, %arg3: tensor<4x3xf64>) -> (tensor<4x3xf64>, tensor<3xf64>) {
  %0:2 = "pbfn.vjp_fwd"(%arg0, %arg1, %arg2) {callee = @f, active = array<i1: true, false, true>} : (tensor<4x3xf64>, tensor<1xi32>, tensor<3xf64>) -> (tensor<4x3xf64>, !pbfn.tape<@f, "101">)
  %1:2 = "pbfn.vjp_bwd"(%0#1, %arg3) : (!pbfn.tape<@f, "101">, tensor<4x3xf64>) -> (tensor<4x3xf64>, tensor<3xf64>)
  func.return %1#0, %1#1 : tensor<4x3xf64>, tensor<3xf64>
}
