// pb.dynamic_update_slice: `operand` with the slice that begins at the start indices replaced by `update`. Starts are
// moved so that the slice lies inside the operand.

// RUN: %pullback opt %s | %pullback opt - | filecheck %s --check-prefix=TEXT
// RUN: %pullback eval %s --function f --arg "[[1.01, 0.15, -0.68], [1.15, -0.79, -0.19], [-1.46, -0.39, -1.19], [-0.95, 1, -0.88]]" --arg "[[-0.11, -0.9], [-1.97, 0.58]]" --arg "-1" --arg "1" | filecheck %s --check-prefix=VALUE
// RUN: %pullback opt %s --jvp="function=f" --cse --dce | filecheck %s --check-prefix=JVP
// RUN: %pullback opt %s --jvp="function=f" | %pullback eval - --function f.jvp --arg "[[1.01, 0.15, -0.68], [1.15, -0.79, -0.19], [-1.46, -0.39, -1.19], [-0.95, 1, -0.88]]" --arg "[[-0.11, -0.9], [-1.97, 0.58]]" --arg "-1" --arg "1" --arg "[[0.5, 0.59, 0.68], [0.77, 0.86, 0.95], [1.05, 1.14, 1.23], [1.32, 1.41, 1.5]]" --arg "[[0.5, 0.83], [1.17, 1.5]]" | filecheck %s --check-prefix=TANGENT
// RUN: %pullback opt %s --vjp="function=f" --cse --dce | filecheck %s --check-prefix=VJP
// RUN: %pullback eval %s --function pullback --arg "[[1.01, 0.15, -0.68], [1.15, -0.79, -0.19], [-1.46, -0.39, -1.19], [-0.95, 1, -0.88]]" --arg "[[-0.11, -0.9], [-1.97, 0.58]]" --arg "-1" --arg "1" --arg "[[1, 1.09, 1.18], [1.27, 1.36, 1.45], [1.55, 1.64, 1.73], [1.82, 1.91, 2]]" | filecheck %s --check-prefix=COTANGENT
// RUN: %pullback opt %s --vmap="size=3 function=f" --cse --dce | filecheck %s --check-prefix=BATCH
// RUN: %pullback opt %s --lower | filecheck %s --check-prefix=HLO

// TEXT-LABEL: func.func @f(%arg0: tensor<4x3xf64>, %arg1: tensor<2x2xf64>, %arg2: tensor<i8>, %arg3: tensor<i8>) -> tensor<4x3xf64> {
// TEXT-NEXT: %0 = "pb.dynamic_update_slice"(%arg0, %arg1, %arg2, %arg3) : (tensor<4x3xf64>, tensor<2x2xf64>, tensor<i8>, tensor<i8>) -> tensor<4x3xf64>
// TEXT-NEXT: func.return %0 : tensor<4x3xf64>

// VALUE: %0 : f64[4,3] = {{\[\[}}1.01, -0.11, -0.9], [1.15, -1.97, 0.58], [-1.46, -0.39, -1.19], [-0.95, 1, -0.88]]

// JVP-LABEL: func.func @f.jvp(%arg0: tensor<4x3xf64>, %arg1: tensor<2x2xf64>, %arg2: tensor<i8>, %arg3: tensor<i8>, %arg4: tensor<4x3xf64>, %arg5: tensor<2x2xf64>) -> (tensor<4x3xf64>, tensor<4x3xf64>) {
// JVP: "pb.dynamic_update_slice"
// JVP: "pb.dynamic_update_slice"

// TANGENT: %1 : f64[4,3] = {{\[\[}}0.5, 0.5, 0.83], [0.77, 1.17, 1.5], [1.05, 1.14, 1.23], [1.32, 1.41, 1.5]]

// VJP-LABEL: func.func @f.bwd(
// VJP: "pb.dynamic_update_slice"
// VJP: "pb.dynamic_slice"

// COTANGENT: %0 : f64[4,3] = {{\[\[}}1, 0, 0], [1.27, 0, 0], [1.55, 1.64, 1.73], [1.82, 1.91, 2]]
// COTANGENT: %1 : f64[2,2] = {{\[\[}}1.09, 1.18], [1.36, 1.45]]

// BATCH-LABEL: func.func @f.vmap(%arg0: tensor<3x4x3xf64>, %arg1: tensor<3x2x2xf64>, %arg2: tensor<3xi8>, %arg3: tensor<3xi8>) -> tensor<3x4x3xf64> {
// BATCH: "pb.reshape"
// BATCH: "pb.reshape"
// BATCH: "pb.concatenate"
// BATCH: "pb.scatter"

// HLO-LABEL: func.func public @f(
// HLO: "stablehlo.select"(
// HLO: "stablehlo.convert"(
// HLO: "stablehlo.minimum"(
// HLO-NOT: "pb.

func.func @f(%arg0: tensor<4x3xf64>, %arg1: tensor<2x2xf64>, %arg2: tensor<i8>, %arg3: tensor<i8>) -> tensor<4x3xf64> {
  %0 = "pb.dynamic_update_slice"(%arg0, %arg1, %arg2, %arg3) : (tensor<4x3xf64>, tensor<2x2xf64>, tensor<i8>, tensor<i8>) -> tensor<4x3xf64>
  func.return %0 : tensor<4x3xf64>
}
func.func @pullback(%arg0: tensor<4x3xf64>, %arg1: tensor<2x2xf64>, %arg2: tensor<i8>, %arg3: tensor<i8>, %arg4: tensor<4x3xf64>) -> (tensor<4x3xf64>, tensor<2x2xf64>) {
  %0:2 = "pbfn.vjp_fwd"(%arg0, %arg1, %arg2, %arg3) {callee = @f, active = array<i1: true, true, false, false>} : (tensor<4x3xf64>, tensor<2x2xf64>, tensor<i8>, tensor<i8>) -> (tensor<4x3xf64>, !pbfn.tape<@f, "1100">)
  %1:2 = "pbfn.vjp_bwd"(%0#1, %arg4) : (!pbfn.tape<@f, "1100">, tensor<4x3xf64>) -> (tensor<4x3xf64>, tensor<2x2xf64>)
  func.return %1#0, %1#1 : tensor<4x3xf64>, tensor<2x2xf64>
}
