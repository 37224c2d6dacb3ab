// pb.lu: LU factors of matrices over the last two dimensions, A[permutation] = L U, packed in one matrix: U on and
// above the diagonal, L, whose diagonal is one, below it. At step j row j was exchanged with row pivots[j]: the
// first with the largest element, by the sum of the absolute values of its parts if it is complex. A pivot of zero
// is skipped.

// RUN: %pullback opt %s | %pullback opt - | filecheck %s --check-prefix=TEXT
// RUN: %pullback eval %s --function f --arg "[[1.2, -0.4, 2.1], [3.9, 1.1, -0.6], [-1.8, 2.7, 0.9]]" | filecheck %s --check-prefix=VALUE
// RUN: %pullback opt %s --jvp="function=f" --cse --dce | filecheck %s --check-prefix=JVP
// RUN: %pullback opt %s --jvp="function=f" | %pullback eval - --function f.jvp --arg "[[1.2, -0.4, 2.1], [3.9, 1.1, -0.6], [-1.8, 2.7, 0.9]]" --arg "[[0.5, 0.62, 0.75], [0.88, 1.0, 1.12], [1.25, 1.38, 1.5]]" | filecheck %s --check-prefix=TANGENT
// RUN: %pullback opt %s --vjp="function=f" --cse --dce | filecheck %s --check-prefix=VJP
// RUN: %pullback eval %s --function pullback --arg "[[1.2, -0.4, 2.1], [3.9, 1.1, -0.6], [-1.8, 2.7, 0.9]]" --arg "[[1.0, 1.12, 1.25], [1.38, 1.5, 1.62], [1.75, 1.88, 2.0]]" | filecheck %s --check-prefix=COTANGENT
// RUN: %pullback opt %s --vmap="size=3 function=f" --cse --dce | filecheck %s --check-prefix=BATCH
// RUN: %pullback opt %s --lower | filecheck %s --check-prefix=HLO

// TEXT-LABEL: func.func @f(%arg0: tensor<3x3xf64>) -> (tensor<3x3xf64>, tensor<3xi32>, tensor<3xi32>) {
// TEXT-NEXT: %0:3 = "pb.lu"(%arg0) : (tensor<3x3xf64>) -> (tensor<3x3xf64>, tensor<3xi32>, tensor<3xi32>)
// TEXT-NEXT: func.return %0#0, %0#1, %0#2 : tensor<3x3xf64>, tensor<3xi32>, tensor<3xi32>

// VALUE: %0 : f64[3,3] = {{\[\[}}3.9, 1.1, -0.6], [-0.46154, 3.2077, 0.62308], [0.30769, -0.23022, 2.4281]]
// VALUE: %1 : i32[3] = [1, 2, 2]
// VALUE: %2 : i32[3] = [1, 2, 0]

// JVP-LABEL: func.func @f.jvp(%arg0: tensor<3x3xf64>, %arg1: tensor<3x3xf64>) -> (tensor<3x3xf64>, tensor<3xi32>, tensor<3xi32>, tensor<3x3xf64>) {
// JVP: "pb.lu"
// JVP: "pb.reshape"
// JVP: "pb.gather"
// JVP: "pb.triangular_solve"
// JVP: "pb.triangular_solve"
// JVP: "pb.iota"
// JVP: "pb.iota"
// JVP: "pb.compare"
// JVP: "pb.select"
// JVP: "pb.compare"
// JVP: "pb.select"
// JVP: "pb.compare"
// JVP: "pb.select"
// JVP: "pb.select"
// JVP: "pb.dot_general"
// JVP: "pb.select"
// JVP: "pb.dot_general"
// JVP: "pb.add"

// TANGENT: %3 : f64[3,3] = {{\[\[}}0.88, 1, 1.12], [0.42465, 1.3744, 2.2717], [0.058777, 0.17585, 0.85407]]

// VJP-LABEL: func.func @f.bwd(
// VJP: "pb.dot_general"
// VJP: "pb.dot_general"
// VJP: "pb.transpose"
// VJP: "pb.select"
// VJP: "pb.select"
// VJP: "pb.add"
// VJP: "pb.triangular_solve"
// VJP: "pb.triangular_solve"
// VJP: "pb.scatter"

// COTANGENT: %0 : f64[3,3] = {{\[\[}}0.70068, 0.1976, 2], [0.89426, 1.7725, 1.5948], [0.238, 1.5455, 2.0804]]

// BATCH-LABEL: func.func @f.vmap(%arg0: tensor<3x3x3xf64>) -> (tensor<3x3x3xf64>, tensor<3x3xi32>, tensor<3x3xi32>) {
// BATCH: "pb.lu"(%arg0) : (tensor<3x3x3xf64>) -> (tensor<3x3x3xf64>, tensor<3x3xi32>, tensor<3x3xi32>)

// HLO-LABEL: func.func public @f(
// HLO: "stablehlo.while"(
// HLO-NOT: "pb.

func.func @f(%arg0: tensor<3x3xf64>) -> (tensor<3x3xf64>, tensor<3xi32>, tensor<3xi32>) {
  %0:3 = "pb.lu"(%arg0) : (tensor<3x3xf64>) -> (tensor<3x3xf64>, tensor<3xi32>, tensor<3xi32>)
  func.return %0#0, %0#1, %0#2 : tensor<3x3xf64>, tensor<3xi32>, tensor<3xi32>
}
func.func @pullback(%arg0: tensor<3x3xf64>, %arg1: tensor<3x3xf64>) -> tensor<3x3xf64> {
  %0:4 = "pbfn.vjp_fwd"(%arg0) {callee = @f, active = array<i1: true>} : (tensor<3x3xf64>) -> (tensor<3x3xf64>, tensor<3xi32>, tensor<3xi32>, !pbfn.tape<@f, "1">)
  %1 = "pbfn.vjp_bwd"(%0#3, %arg1) : (!pbfn.tape<@f, "1">, tensor<3x3xf64>) -> tensor<3x3xf64>
  func.return %1 : tensor<3x3xf64>
}
