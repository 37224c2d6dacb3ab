// pb.cholesky: Lower-triangular Cholesky factor L of Hermitian positive definite matrices, A = L L^H, over the last two
// dimensions. Only the lower triangle of the operand is read; the derivative is right for Hermitian tangents, so callers
// symmetrise. Where a matrix is not positive definite the lower triangle of its factor is NaN.

// RUN: %pullback opt %s | %pullback opt - | filecheck %s --check-prefix=TEXT
// RUN: %pullback eval %s --function f --arg "[[12.49, 1.43, -4.33], [1.43, 6.38, -2.26], [-4.33, -2.26, 7.74]]" | filecheck %s --check-prefix=VALUE
// RUN: %pullback opt %s --jvp="function=f" --cse --dce | filecheck %s --check-prefix=JVP
// RUN: %pullback opt %s --jvp="function=f" | %pullback eval - --function f.jvp --arg "[[12.49, 1.43, -4.33], [1.43, 6.38, -2.26], [-4.33, -2.26, 7.74]]" --arg "[[0.5, 0.62, 0.75], [0.88, 1, 1.12], [1.25, 1.38, 1.5]]" | filecheck %s --check-prefix=TANGENT
// RUN: %pullback opt %s --vjp="function=f" --cse --dce | filecheck %s --check-prefix=VJP
// RUN: %pullback eval %s --function pullback --arg "[[12.49, 1.43, -4.33], [1.43, 6.38, -2.26], [-4.33, -2.26, 7.74]]" --arg "[[1, 1.12, 1.25], [1.38, 1.5, 1.62], [1.75, 1.88, 2]]" | filecheck %s --check-prefix=COTANGENT
// RUN: %pullback opt %s --vmap="size=3 function=f" --cse --dce | filecheck %s --check-prefix=BATCH
// RUN: %pullback opt %s --lower | filecheck %s --check-prefix=HLO

// TEXT-LABEL: func.func @f(%arg0: tensor<3x3xf64>) -> tensor<3x3xf64> {
// TEXT-NEXT: %0 = "pb.cholesky"(%arg0) : (tensor<3x3xf64>) -> tensor<3x3xf64>
// TEXT-NEXT: func.return %0 : tensor<3x3xf64>

// VALUE: %0 : f64[3,3] = {{\[\[}}3.5341, 0, 0], [0.40463, 2.4932, 0], [-1.2252, -0.70761, 2.3954]]

// JVP-LABEL: func.func @f.jvp(%arg0: tensor<3x3xf64>, %arg1: tensor<3x3xf64>) -> (tensor<3x3xf64>, tensor<3x3xf64>) {
// JVP: "pb.cholesky"
// JVP: "pb.triangular_solve"
// JVP: "pb.triangular_solve"
// JVP: "pb.iota"
// JVP: "pb.iota"
// JVP: "pb.compare"
// JVP: "pb.select"
// JVP: "pb.compare"
// JVP: "pb.select"
// JVP: "pb.mul"

// TANGENT: %1 : f64[3,3] = {{\[\[}}0.070739, 0, 0], [0.2409, 0.16742, 0], [0.37822, 0.62186, 0.64738]]

// VJP-LABEL: func.func @f.bwd(
// VJP: "pb.dot_general"
// VJP: "pb.transpose"
// VJP: "pb.mul"
// VJP: "pb.select"
// VJP: "pb.triangular_solve"
// VJP: "pb.triangular_solve"

// COTANGENT: %0 : f64[3,3] = {{\[\[}}0.22158, 0.25194, 0.13116], [0.38101, 0.44144, 0.11848], [0.54, 0.87252, 0.41746]]

// BATCH-LABEL: func.func @f.vmap(%arg0: tensor<3x3x3xf64>) -> tensor<3x3x3xf64> {
// BATCH: "pb.cholesky"(%arg0) : (tensor<3x3x3xf64>) -> tensor<3x3x3xf64>

// HLO-LABEL: func.func public @f(
// HLO: "stablehlo.select"(
// HLO: "stablehlo.reshape"(
// HLO: "stablehlo.while"(
// HLO-NOT: "pb.

func.func @f(%arg0: tensor<3x3xf64>) -> tensor<3x3xf64> {
  %0 = "pb.cholesky"(%arg0) : (tensor<3x3xf64>) -> tensor<3x3xf64>
  func.return %0 : tensor<3x3xf64>
}
func.func @pullback(%arg0: tensor<3x3xf64>, %arg1: tensor<3x3xf64>) -> tensor<3x3xf64> {
  %0:2 = "pbfn.vjp_fwd"(%arg0) {callee = @f, active = array<i1: true>} : (tensor<3x3xf64>) -> (tensor<3x3xf64>, !pbfn.tape<@f, "1">)
  %1 = "pbfn.vjp_bwd"(%0#1, %arg1) : (!pbfn.tape<@f, "1">, tensor<3x3xf64>) -> tensor<3x3xf64>
  func.return %1 : tensor<3x3xf64>
}
