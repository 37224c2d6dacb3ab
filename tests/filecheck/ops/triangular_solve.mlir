// pb.triangular_solve: Solves op(a) x = b (left_side) or x op(a) = b for triangular matrices `a` over the last two
// dimensions, where op transposes and conjugates as the attributes say. The other triangle of `a` is not read, nor is a
// unit diagonal.

// RUN: %pullback opt %s | %pullback opt - | filecheck %s --check-prefix=TEXT
// RUN: %pullback eval %s --function f --arg "[[4.05, 1.8, -1.42], [1.79, 3.25, -0.31], [1.31, -0.36, 4.2]]" --arg "[[-1.89, 1.01], [0.15, -0.68], [1.15, -0.79]]" | filecheck %s --check-prefix=VALUE
// RUN: %pullback opt %s --jvp="function=f" --cse --dce | filecheck %s --check-prefix=JVP
// RUN: %pullback opt %s --jvp="function=f" | %pullback eval - --function f.jvp --arg "[[4.05, 1.8, -1.42], [1.79, 3.25, -0.31], [1.31, -0.36, 4.2]]" --arg "[[-1.89, 1.01], [0.15, -0.68], [1.15, -0.79]]" --arg "[[0.5, 0.62, 0.75], [0.88, 1, 1.12], [1.25, 1.38, 1.5]]" --arg "[[0.5, 0.7], [0.9, 1.1], [1.3, 1.5]]" | filecheck %s --check-prefix=TANGENT
// RUN: %pullback opt %s --vjp="function=f" --cse --dce | filecheck %s --check-prefix=VJP
// RUN: %pullback eval %s --function pullback --arg "[[4.05, 1.8, -1.42], [1.79, 3.25, -0.31], [1.31, -0.36, 4.2]]" --arg "[[-1.89, 1.01], [0.15, -0.68], [1.15, -0.79]]" --arg "[[1, 1.2], [1.4, 1.6], [1.8, 2]]" | filecheck %s --check-prefix=COTANGENT
// RUN: %pullback opt %s --vmap="size=3 function=f" --cse --dce | filecheck %s --check-prefix=BATCH
// RUN: %pullback opt %s --lower | filecheck %s --check-prefix=HLO

// TEXT-LABEL: func.func @f(%arg0: tensor<3x3xf64>, %arg1: tensor<3x2xf64>) -> tensor<3x2xf64> {
// TEXT-NEXT: %0 = "pb.triangular_solve"(%arg0, %arg1) {left_side = true, lower = true, transpose_a = false, conjugate_a = false, unit_diagonal = false} : (tensor<3x3xf64>, tensor<3x2xf64>) -> tensor<3x2xf64>
// TEXT-NEXT: func.return %0 : tensor<3x2xf64>

// VALUE: %0 : f64[3,2] = {{\[\[}}-0.46667, 0.24938], [0.30318, -0.34658], [0.44535, -0.29559]]

// JVP-LABEL: func.func @f.jvp(%arg0: tensor<3x3xf64>, %arg1: tensor<3x2xf64>, %arg2: tensor<3x3xf64>, %arg3: tensor<3x2xf64>) -> (tensor<3x2xf64>, tensor<3x2xf64>) {
// JVP: "pb.triangular_solve"
// JVP: "pb.triangular_solve"
// JVP: "pb.iota"
// JVP: "pb.iota"
// JVP: "pb.compare"
// JVP: "pb.select"
// JVP: "pb.neg"
// JVP: "pb.dot_general"
// JVP: "pb.triangular_solve"
// JVP: "pb.add"

// TANGENT: %1 : f64[3,2] = {{\[\[}}0.18107, 0.14205], [0.21027, 0.29934], [0.15129, 0.48372]]

// VJP-LABEL: func.func @f.bwd(
// VJP: "pb.triangular_solve"
// VJP: "pb.dot_general"
// VJP: "pb.neg"
// VJP: "pb.select"

// COTANGENT: %0 : f64[3,3] = {{\[\[}}-0.023508, 0, 0], [0.087252, 0.043914, 0], [0.081246, 0.035106, -0.05011]]
// COTANGENT: %1 : f64[3,2] = {{\[\[}}-0.10308, -0.098632], [0.47824, 0.54505], [0.42857, 0.47619]]

// BATCH-LABEL: func.func @f.vmap(%arg0: tensor<3x3x3xf64>, %arg1: tensor<3x3x2xf64>) -> tensor<3x3x2xf64> {
// BATCH: "pb.triangular_solve"(%arg0, %arg1) {left_side = true, lower = true, transpose_a = false, conjugate_a = false, unit_diagonal = false} : (tensor<3x3x3xf64>, tensor<3x3x2xf64>) -> tensor<3x3x2xf64>

// HLO-LABEL: func.func public @f(
// HLO: "stablehlo.select"(
// HLO: "stablehlo.reshape"(
// HLO: "stablehlo.reshape"(
// HLO-NOT: "pb.

func.func @f(%arg0: tensor<3x3xf64>, %arg1: tensor<3x2xf64>) -> tensor<3x2xf64> {
  %0 = "pb.triangular_solve"(%arg0, %arg1) {left_side = true, lower = true, transpose_a = false, conjugate_a = false, unit_diagonal = false} : (tensor<3x3xf64>, tensor<3x2xf64>) -> tensor<3x2xf64>
  func.return %0 : tensor<3x2xf64>
}
func.func @pullback(%arg0: tensor<3x3xf64>, %arg1: tensor<3x2xf64>, %arg2: tensor<3x2xf64>) -> (tensor<3x3xf64>, tensor<3x2xf64>) {
  %0:2 = "pbfn.vjp_fwd"(%arg0, %arg1) {callee = @f, active = array<i1: true, true>} : (tensor<3x3xf64>, tensor<3x2xf64>) -> (tensor<3x2xf64>, !pbfn.tape<@f, "11">)
  %1:2 = "pbfn.vjp_bwd"(%0#1, %arg2) : (!pbfn.tape<@f, "11">, tensor<3x2xf64>) -> (tensor<3x3xf64>, tensor<3x2xf64>)
  func.return %1#0, %1#1 : tensor<3x3xf64>, tensor<3x2xf64>
}
