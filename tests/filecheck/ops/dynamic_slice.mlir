// pb.dynamic_slice: The slice of the given sizes that begins at the start indices, one scalar for each dimension. Starts
// are moved so that the slice lies inside the operand.

// RUN: %pullback opt %s | %pullback opt - | filecheck %s --check-prefix=TEXT
// RUN: %pullback eval %s --function f --arg "[[1.01, 0.15, -0.68], [1.15, -0.79, -0.19], [-1.46, -0.39, -1.19], [-0.95, 1, -0.88]]" --arg "-1" --arg "1" | filecheck %s --check-prefix=VALUE
// RUN: %pullback opt %s --jvp="function=f" --cse --dce | filecheck %s --check-prefix=JVP
// RUN: %pullback opt %s --jvp="function=f" | %pullback eval - --function f.jvp --arg "[[1.01, 0.15, -0.68], [1.15, -0.79, -0.19], [-1.46, -0.39, -1.19], [-0.95, 1, -0.88]]" --arg "-1" --arg "1" --arg "[[0.5, 0.59, 0.68], [0.77, 0.86, 0.95], [1.05, 1.14, 1.23], [1.32, 1.41, 1.5]]" | filecheck %s --check-prefix=TANGENT
// RUN: %pullback opt %s --vjp="function=f" --cse --dce | filecheck %s --check-prefix=VJP
// RUN: %pullback eval %s --function pullback --arg "[[1.01, 0.15, -0.68], [1.15, -0.79, -0.19], [-1.46, -0.39, -1.19], [-0.95, 1, -0.88]]" --arg "-1" --arg "1" --arg "[[1, 1.33], [1.67, 2]]" | filecheck %s --check-prefix=COTANGENT
// RUN: %pullback opt %s --vmap="size=3 function=f" --cse --dce | filecheck %s --check-prefix=BATCH
// RUN: %pullback opt %s --lower | filecheck %s --check-prefix=HLO

// TEXT-LABEL: func.func @f(%arg0: tensor<4x3xf64>, %arg1: tensor<i8>, %arg2: tensor<i8>) -> tensor<2x2xf64> {
// TEXT-NEXT: %0 = "pb.dynamic_slice"(%arg0, %arg1, %arg2) {slice_sizes = array<i64: 2, 2>} : (tensor<4x3xf64>, tensor<i8>, tensor<i8>) -> tensor<2x2xf64>
// TEXT-NEXT: func.return %0 : tensor<2x2xf64>

// VALUE: %0 : f64[2,2] = {{\[\[}}0.15, -0.68], [-0.79, -0.19]]

// JVP-LABEL: func.func @f.jvp(%arg0: tensor<4x3xf64>, %arg1: tensor<i8>, %arg2: tensor<i8>, %arg3: tensor<4x3xf64>) -> (tensor<2x2xf64>, tensor<2x2xf64>) {
// JVP: "pb.dynamic_slice"
// JVP: "pb.dynamic_slice"

// TANGENT: %1 : f64[2,2] = {{\[\[}}0.59, 0.68], [0.86, 0.95]]

// VJP-LABEL: func.func @f.bwd(
// VJP: "pb.dynamic_update_slice"

// COTANGENT: %0 : f64[4,3] = {{\[\[}}0, 1, 1.33], [0, 1.67, 2], [0, 0, 0], [0, 0, 0]]

// BATCH-LABEL: func.func @f.vmap(%arg0: tensor<3x4x3xf64>, %arg1: tensor<3xi8>, %arg2: tensor<3xi8>) -> tensor<3x2x2xf64> {
// BATCH: "pb.reshape"
// BATCH: "pb.reshape"
// BATCH: "pb.concatenate"
// BATCH: "pb.gather"

// HLO-LABEL: func.func public @f(
// HLO: "stablehlo.convert"(
// HLO: "stablehlo.minimum"(
// HLO: "stablehlo.maximum"(
// HLO-NOT: "pb.

func.func @f(%arg0: tensor<4x3xf64>, %arg1: tensor<i8>, %arg2: tensor<i8>) -> tensor<2x2xf64> {
  %0 = "pb.dynamic_slice"(%arg0, %arg1, %arg2) {slice_sizes = array<i64: 2, 2>} : (tensor<4x3xf64>, tensor<i8>, tensor<i8>) -> tensor<2x2xf64>
  func.return %0 : tensor<2x2xf64>
}
func.func @pullback(%arg0: tensor<4x3xf64>, %arg1: tensor<i8>, %arg2: tensor<i8>, %arg3: tensor<2x2xf64>) -> tensor<4x3xf64> {
  %0:2 = "pbfn.vjp_fwd"(%arg0, %arg1, %arg2) {callee = @f, active = array<i1: true, false, false>} : (tensor<4x3xf64>, tensor<i8>, tensor<i8>) -> (tensor<2x2xf64>, !pbfn.tape<@f, "100">)
  %1 = "pbfn.vjp_bwd"(%0#1, %arg3) : (!pbfn.tape<@f, "100">, tensor<2x2xf64>) -> tensor<4x3xf64>
  func.return %1 : tensor<4x3xf64>
}
