// pb.eigh: Eigenvectors (the columns of the first result) and ascending eigenvalues of Hermitian matrices over the last
// two dimensions. Only the lower triangle is read; the derivative is right for Hermitian tangents, so callers
// symmetrise. In each vector the first component of at least 0.37 times the largest magnitude is real and positive. A
// matrix that is not finite gives NaN. The vectors' derivative is infinite or NaN where eigenvalues coincide; that of
// the eigenvalues is not.

// RUN: %pullback opt %s | %pullback opt - | filecheck %s --check-prefix=TEXT
// RUN: %pullback eval %s --function f --arg "[[2.1, 0.4, -0.9], [0.4, -1.3, 0.7], [-0.9, 0.7, 0.6]]" | filecheck %s --check-prefix=VALUE
// RUN: %pullback opt %s --jvp="function=f" --cse --dce | filecheck %s --check-prefix=JVP
// RUN: %pullback opt %s --jvp="function=f" | %pullback eval - --function f.jvp --arg "[[2.1, 0.4, -0.9], [0.4, -1.3, 0.7], [-0.9, 0.7, 0.6]]" --arg "[[0.5, 0.7, 1.2], [0.7, 1, 1.3], [1.2, 1.3, 1.5]]" | filecheck %s --check-prefix=TANGENT
// RUN: %pullback opt %s --vjp="function=f" --cse --dce | filecheck %s --check-prefix=VJP
// RUN: %pullback eval %s --function pullback --arg "[[2.1, 0.4, -0.9], [0.4, -1.3, 0.7], [-0.9, 0.7, 0.6]]" --arg "[[1, 1.12, 1.25], [1.38, 1.5, 1.62], [1.75, 1.88, 2]]" --arg "[0.5, 0.75, 1]" | filecheck %s --check-prefix=COTANGENT
// RUN: %pullback opt %s --vmap="size=3 function=f" --cse --dce | filecheck %s --check-prefix=BATCH
// RUN: %pullback opt %s --lower | filecheck %s --check-prefix=HLO

// TEXT-LABEL: func.func @f(%arg0: tensor<3x3xf64>) -> (tensor<3x3xf64>, tensor<3xf64>) {
// TEXT-NEXT: %0:2 = "pb.eigh"(%arg0) : (tensor<3x3xf64>) -> (tensor<3x3xf64>, tensor<3xf64>)
// TEXT-NEXT: func.return %0#0, %0#1 : tensor<3x3xf64>, tensor<3xf64>

// VALUE: %0 : f64[3,3] = {{\[\[}}-0.18334, 0.3765, 0.90809], [0.91568, 0.40149, 0.018413], [-0.35766, 0.8349, -0.41836]]
// VALUE: %1 : f64[3] = [-1.6535, 0.53076, 2.5227]

// JVP-LABEL: func.func @f.jvp(%arg0: tensor<3x3xf64>, %arg1: tensor<3x3xf64>) -> (tensor<3x3xf64>, tensor<3xf64>, tensor<3x3xf64>, tensor<3xf64>) {
// JVP: "pb.eigh"
// JVP: "pb.transpose"
// JVP: "pb.dot_general"
// JVP: "pb.dot_general"
// JVP: "pb.broadcast_in_dim"
// JVP: "pb.broadcast_in_dim"
// JVP: "pb.iota"
// JVP: "pb.iota"
// JVP: "pb.compare"
// JVP: "pb.sub"
// JVP: "pb.select"
// JVP: "pb.div"
// JVP: "pb.select"
// JVP: "pb.mul"
// JVP: "pb.dot_general"
// JVP: "pb.select"
// JVP: "pb.reduce_sum"

// TANGENT: %2 : f64[3,3] = {{\[\[}}-0.078085, -0.24423, 0.085495], [-0.098397, 0.22105, 0.073474], [-0.21189, 0.0038407, 0.18881]]
// TANGENT: %3 : f64[3] = [0.118, 3.1152, -0.23321]

// VJP-LABEL: func.func @f.bwd(
// VJP: "pb.broadcast_in_dim"
// VJP: "pb.select"
// VJP: "pb.dot_general"
// VJP: "pb.transpose"
// VJP: "pb.mul"
// VJP: "pb.add"
// VJP: "pb.dot_general"
// VJP: "pb.dot_general"
// VJP: "pb.transpose"

// COTANGENT: %0 : f64[3,3] = {{\[\[}}1.4289, -0.42611, -0.29206], [0.82237, 0.23214, 0.12427], [1.0627, -0.72879, 0.58895]]

// BATCH-LABEL: func.func @f.vmap(%arg0: tensor<3x3x3xf64>) -> (tensor<3x3x3xf64>, tensor<3x3xf64>) {
// BATCH: "pb.eigh"(%arg0) : (tensor<3x3x3xf64>) -> (tensor<3x3x3xf64>, tensor<3x3xf64>)

// HLO-LABEL: func.func public @f(
// HLO: "stablehlo.while"(
// HLO: "stablehlo.while"(
// HLO: "stablehlo.concatenate"(
// HLO: "stablehlo.dot_general"(
// HLO-NOT: "pb.

func.func @f(%arg0: tensor<3x3xf64>) -> (tensor<3x3xf64>, tensor<3xf64>) {
  %0:2 = "pb.eigh"(%arg0) : (tensor<3x3xf64>) -> (tensor<3x3xf64>, tensor<3xf64>)
  func.return %0#0, %0#1 : tensor<3x3xf64>, tensor<3xf64>
}
func.func @pullback(%arg0: tensor<3x3xf64>, %arg1: tensor<3x3xf64>, %arg2: tensor<3xf64>) -> tensor<3x3xf64> {
  %0:3 = "pbfn.vjp_fwd"(%arg0) {callee = @f, active = array<i1: true>} : (tensor<3x3xf64>) -> (tensor<3x3xf64>, tensor<3xf64>, !pbfn.tape<@f, "1">)
  %1 = "pbfn.vjp_bwd"(%0#2, %arg1, %arg2) : (!pbfn.tape<@f, "1">, tensor<3x3xf64>, tensor<3xf64>) -> tensor<3x3xf64>
  func.return %1 : tensor<3x3xf64>
}
