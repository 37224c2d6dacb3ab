// pb.svd: Singular value decomposition A = U diag(s) V^H over the last two dimensions: U, the descending s and V^H, or s
// alone without `compute_uv`. U and V have min(m, n) columns, or m and n of them with `full_matrices`. In each of the
// first min(m, n) columns of U the first component of at least 0.37 times the largest magnitude is real and positive;
// further vectors are those that complete Q in pb.qr. A matrix that is not finite gives NaN. The vectors' derivatives
// are infinite or NaN where singular values coincide, or vanish and the matrix is not square; that of the values is not.

// RUN: %pullback opt %s | %pullback opt - | filecheck %s --check-prefix=TEXT
// RUN: %pullback eval %s --function f --arg "[[1.2, -0.4], [3.9, 1.1], [-1.8, 2.7]]" | filecheck %s --check-prefix=VALUE
// RUN: %pullback opt %s --jvp="function=f" --cse --dce | filecheck %s --check-prefix=JVP
// RUN: %pullback opt %s --jvp="function=f" | %pullback eval - --function f.jvp --arg "[[1.2, -0.4], [3.9, 1.1], [-1.8, 2.7]]" --arg "[[0.5, 0.62], [0.75, 0.88], [1, 1.12]]" | filecheck %s --check-prefix=TANGENT
// RUN: %pullback opt %s --vjp="function=f" --cse --dce | filecheck %s --check-prefix=VJP
// RUN: %pullback eval %s --function pullback --arg "[[1.2, -0.4], [3.9, 1.1], [-1.8, 2.7]]" --arg "[[1, 1.2], [1.4, 1.6], [1.8, 2]]" --arg "[0.5, 0.75]" --arg "[[1, 1.25], [1.5, 1.75]]" | filecheck %s --check-prefix=COTANGENT
// RUN: %pullback opt %s --vmap="size=3 function=f" --cse --dce | filecheck %s --check-prefix=BATCH
// RUN: %pullback opt %s --lower | filecheck %s --check-prefix=HLO

// TEXT-LABEL: func.func @f(%arg0: tensor<3x2xf64>) -> (tensor<3x2xf64>, tensor<2xf64>, tensor<2x2xf64>) {
// TEXT-NEXT: %0:3 = "pb.svd"(%arg0) {full_matrices = false, compute_uv = true} : (tensor<3x2xf64>) -> (tensor<3x2xf64>, tensor<2xf64>, tensor<2x2xf64>)
// TEXT-NEXT: func.return %0#0, %0#1, %0#2 : tensor<3x2xf64>, tensor<2xf64>, tensor<2x2xf64>

// VALUE: %0 : f64[3,2] = {{\[\[}}0.27553, -0.098261], [0.84591, 0.49733], [-0.45664, 0.86198]]
// VALUE: %1 : f64[2] = [4.4707, 2.9262]
// VALUE: %2 : f64[2,2] = {{\[\[}}0.99573, -0.0923], [0.0923, 0.99573]]

// JVP-LABEL: func.func @f.jvp(%arg0: tensor<3x2xf64>, %arg1: tensor<3x2xf64>) -> (tensor<3x2xf64>, tensor<2xf64>, tensor<2x2xf64>, tensor<3x2xf64>, tensor<2xf64>, tensor<2x2xf64>) {
// JVP: "pb.svd"
// JVP: "pb.transpose"
// JVP: "pb.transpose"
// JVP: "pb.dot_general"
// JVP: "pb.dot_general"
// JVP: "pb.iota"
// JVP: "pb.iota"
// JVP: "pb.compare"
// JVP: "pb.select"
// JVP: "pb.reduce_sum"
// JVP: "pb.broadcast_in_dim"
// JVP: "pb.broadcast_in_dim"
// JVP: "pb.mul"
// JVP: "pb.mul"
// JVP: "pb.sub"
// JVP: "pb.select"
// JVP: "pb.div"
// JVP: "pb.select"
// JVP: "pb.mul"
// JVP: "pb.mul"
// JVP: "pb.transpose"
// JVP: "pb.mul"
// JVP: "pb.mul"
// JVP: "pb.add"
// JVP: "pb.mul"
// JVP: "pb.mul"
// JVP: "pb.add"
// JVP: "pb.dot_general"
// JVP: "pb.dot_general"
// JVP: "pb.div"
// JVP: "pb.broadcast_in_dim"
// JVP: "pb.dot_general"
// JVP: "pb.sub"
// JVP: "pb.mul"
// JVP: "pb.add"
// JVP: "pb.transpose"

// TANGENT: %3 : f64[3,2] = {{\[\[}}0.053232, 0.090314], [0.23952, -0.49056], [0.47581, 0.29333]]
// TANGENT: %4 : f64[2] = [0.27693, 1.4459]
// TANGENT: %5 : f64[2,2] = {{\[\[}}0.04056, 0.43756], [-0.43756, 0.04056]]

// VJP-LABEL: func.func @f.bwd(
// VJP: "pb.broadcast_in_dim"
// VJP: "pb.transpose"
// VJP: "pb.mul"
// VJP: "pb.neg"
// VJP: "pb.dot_general"
// VJP: "pb.transpose"
// VJP: "pb.dot_general"
// VJP: "pb.transpose"
// VJP: "pb.dot_general"
// VJP: "pb.transpose"
// VJP: "pb.mul"
// VJP: "pb.mul"
// VJP: "pb.add"
// VJP: "pb.mul"
// VJP: "pb.add"
// VJP: "pb.mul"
// VJP: "pb.add"
// VJP: "pb.transpose"
// VJP: "pb.add"
// VJP: "pb.broadcast_in_dim"
// VJP: "pb.select"
// VJP: "pb.add"
// VJP: "pb.dot_general"
// VJP: "pb.transpose"
// VJP: "pb.add"
// VJP: "pb.dot_general"

// COTANGENT: %0 : f64[3,2] = {{\[\[}}0.35571, 0.41122], [0.69687, 0.52704], [0.3435, 0.55127]]

// BATCH-LABEL: func.func @f.vmap(%arg0: tensor<3x3x2xf64>) -> (tensor<3x3x2xf64>, tensor<3x2xf64>, tensor<3x2x2xf64>) {
// BATCH: "pb.svd"(%arg0) {full_matrices = false, compute_uv = true} : (tensor<3x3x2xf64>) -> (tensor<3x3x2xf64>, tensor<3x2xf64>, tensor<3x2x2xf64>)

// HLO-LABEL: func.func public @f(
// HLO: "stablehlo.while"(
// HLO: "stablehlo.while"(
// HLO: "stablehlo.while"(
// HLO: "stablehlo.concatenate"(
// HLO: "stablehlo.dot_general"(
// HLO-NOT: "pb.

func.func @f(%arg0: tensor<3x2xf64>) -> (tensor<3x2xf64>, tensor<2xf64>, tensor<2x2xf64>) {
  %0:3 = "pb.svd"(%arg0) {full_matrices = false, compute_uv = true} : (tensor<3x2xf64>) -> (tensor<3x2xf64>, tensor<2xf64>, tensor<2x2xf64>)
  func.return %0#0, %0#1, %0#2 : tensor<3x2xf64>, tensor<2xf64>, tensor<2x2xf64>
}
func.func @pullback(%arg0: tensor<3x2xf64>, %arg1: tensor<3x2xf64>, %arg2: tensor<2xf64>, %arg3: tensor<2x2xf64>) -> tensor<3x2xf64> {
  %0:4 = "pbfn.vjp_fwd"(%arg0) {callee = @f, active = array<i1: true>} : (tensor<3x2xf64>) -> (tensor<3x2xf64>, tensor<2xf64>, tensor<2x2xf64>, !pbfn.tape<@f, "1">)
  %1 = "pbfn.vjp_bwd"(%0#3, %arg1, %arg2, %arg3) : (!pbfn.tape<@f, "1">, tensor<3x2xf64>, tensor<2xf64>, tensor<2x2xf64>) -> tensor<3x2xf64>
  func.return %1 : tensor<3x2xf64>
}
