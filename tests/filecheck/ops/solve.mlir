// pb.solve: Solves a x = b (or the transposed system) for square matrices over the last two dimensions, by LU
// factors with partial pivoting. The result for a singular matrix is what division by its zero pivots gives:
// infinities and NaN.

// RUN: %pullback opt %s | %pullback opt - | filecheck %s --check-prefix=TEXT
// RUN: %pullback eval %s --function f --arg "[[1.2, -0.4, 2.1], [3.9, 1.1, -0.6], [-1.8, 2.7, 0.9]]" --arg "[[-1.89, 1.01], [0.15, -0.68], [1.15, -0.79]]" | filecheck %s --check-prefix=VALUE
// RUN: %pullback opt %s --jvp="function=f" --cse --dce | filecheck %s --check-prefix=JVP
// RUN: %pullback opt %s --jvp="function=f" | %pullback eval - --function f.jvp --arg "[[1.2, -0.4, 2.1], [3.9, 1.1, -0.6], [-1.8, 2.7, 0.9]]" --arg "[[-1.89, 1.01], [0.15, -0.68], [1.15, -0.79]]" --arg "[[0.5, 0.62, 0.75], [0.88, 1.0, 1.12], [1.25, 1.38, 1.5]]" --arg "[[0.5, 0.7], [0.9, 1.1], [1.3, 1.5]]" | filecheck %s --check-prefix=TANGENT
// RUN: %pullback opt %s --vjp="function=f" --cse --dce | filecheck %s --check-prefix=VJP
// RUN: %pullback eval %s --function pullback --arg "[[1.2, -0.4, 2.1], [3.9, 1.1, -0.6], [-1.8, 2.7, 0.9]]" --arg "[[-1.89, 1.01], [0.15, -0.68], [1.15, -0.79]]" --arg "[[1.0, 1.12], [1.25, 1.38], [1.5, 1.62]]" | filecheck %s --check-prefix=COTANGENT
// RUN: %pullback opt %s --vmap="size=3 function=f" --cse --dce | filecheck %s --check-prefix=BATCH
// RUN: %pullback opt %s --lower | filecheck %s --check-prefix=HLO

// TEXT-LABEL: func.func @f(%arg0: tensor<3x3xf64>, %arg1: tensor<3x2xf64>) -> tensor<3x2xf64> {
// TEXT-NEXT: %0 = "pb.solve"(%arg0, %arg1) {transpose_a = false} : (tensor<3x3xf64>, tensor<3x2xf64>) -> tensor<3x2xf64>
// TEXT-NEXT: func.return %0 : tensor<3x2xf64>

// VALUE: %0 : f64[3,2] = {{\[\[}}-0.21099, 0.0056296], [0.51253, -0.42133], [-0.68181, 0.39748]]

// JVP-LABEL: func.func @f.jvp(%arg0: tensor<3x3xf64>, %arg1: tensor<3x2xf64>, %arg2: tensor<3x3xf64>, %arg3: tensor<3x2xf64>) -> (tensor<3x2xf64>, tensor<3x2xf64>) {
// JVP: "pb.solve"
// JVP: "pb.dot_general"
// JVP: "pb.neg"
// JVP: "pb.add"
// JVP: "pb.solve"

// TANGENT: %1 : f64[3,2] = {{\[\[}}0.20597, 0.16865], [0.70117, 0.55217], [0.39637, 0.32323]]

// VJP-LABEL: func.func @f.bwd(
// VJP: "pb.solve"
// VJP: "pb.neg"
// VJP: "pb.dot_general"

// COTANGENT: %0 : f64[3,3] = {{\[\[}}0.1237, -0.034272, 0.15204], [0.05609, -0.010389, 0.064147], [0.090279, -0.02278, 0.10888]]
// COTANGENT: %1 : f64[3,2] = {{\[\[}}0.6037, 0.65304], [0.27407, 0.30874], [0.44074, 0.48207]]

// BATCH-LABEL: func.func @f.vmap(%arg0: tensor<3x3x3xf64>, %arg1: tensor<3x3x2xf64>) -> tensor<3x3x2xf64> {
// BATCH: "pb.solve"(%arg0, %arg1) {transpose_a = false} : (tensor<3x3x3xf64>, tensor<3x3x2xf64>) -> tensor<3x3x2xf64>

// HLO-LABEL: func.func public @f(
// HLO: "stablehlo.while"(
// HLO-NOT: "pb.

func.func @f(%arg0: tensor<3x3xf64>, %arg1: tensor<3x2xf64>) -> tensor<3x2xf64> {
  %0 = "pb.solve"(%arg0, %arg1) {transpose_a = false} : (tensor<3x3xf64>, tensor<3x2xf64>) -> tensor<3x2xf64>
  func.return %0 : tensor<3x2xf64>
}
func.func @pullback(%arg0: tensor<3x3xf64>, %arg1: tensor<3x2xf64>, %arg2: tensor<3x2xf64>) -> (tensor<3x3xf64>, tensor<3x2xf64>) {
  %0:2 = "pbfn.vjp_fwd"(%arg0, %arg1) {callee = @f, active = array<i1: true, true>} : (tensor<3x3xf64>, tensor<3x2xf64>) -> (tensor<3x2xf64>, !pbfn.tape<@f, "11">)
  %1:2 = "pbfn.vjp_bwd"(%0#1, %arg2) : (!pbfn.tape<@f, "11">, tensor<3x2xf64>) -> (tensor<3x3xf64>, tensor<3x2xf64>)
  func.return %1#0, %1#1 : tensor<3x3xf64>, tensor<3x2xf64>
}
