// pb.qr: QR factors of matrices over the last two dimensions: A = Q R with Q unitary, of m rows and as many columns
// if `full_matrices`, else of min(m, n) columns, and R upper triangular. Signs are those of pb.geqrf. The derivative
// exists where the first min(m, n) columns are linearly independent; that of the columns which complete Q, also
// where no reflector is the identity.

// RUN: %pullback opt %s | %pullback opt - | filecheck %s --check-prefix=TEXT
// RUN: %pullback eval %s --function f --arg "[[3.2, -0.4], [1.1, -0.6], [-1.8, 2.9]]" | filecheck %s --check-prefix=VALUE
// RUN: %pullback opt %s --jvp="function=f" --cse --dce | filecheck %s --check-prefix=JVP
// RUN: %pullback opt %s --jvp="function=f" | %pullback eval - --function f.jvp --arg "[[3.2, -0.4], [1.1, -0.6], [-1.8, 2.9]]" --arg "[[0.5, 0.62], [0.75, 0.88], [1.0, 1.12]]" | filecheck %s --check-prefix=TANGENT
// RUN: %pullback opt %s --vjp="function=f" --cse --dce | filecheck %s --check-prefix=VJP
// RUN: %pullback eval %s --function pullback --arg "[[3.2, -0.4], [1.1, -0.6], [-1.8, 2.9]]" --arg "[[1.0, 1.12], [1.25, 1.38], [1.5, 1.62]]" --arg "[[1.0, 1.2], [1.4, 1.6]]" | filecheck %s --check-prefix=COTANGENT
// RUN: %pullback opt %s --vmap="size=3 function=f" --cse --dce | filecheck %s --check-prefix=BATCH
// RUN: %pullback opt %s --lower | filecheck %s --check-prefix=HLO

// TEXT-LABEL: func.func @f(%arg0: tensor<3x2xf64>) -> (tensor<3x2xf64>, tensor<2x2xf64>) {
// TEXT-NEXT: %0:2 = "pb.qr"(%arg0) {full_matrices = false} : (tensor<3x2xf64>) -> (tensor<3x2xf64>, tensor<2x2xf64>)
// TEXT-NEXT: func.return %0#0, %0#1 : tensor<3x2xf64>, tensor<2x2xf64>

// VALUE: %0 : f64[3,2] = {{\[\[}}-0.83491, 0.49721], [-0.287, -0.027376], [0.46964, 0.8672]]
// VALUE: %1 : f64[2,2] = {{\[\[}}-3.8328, 1.8681], [0, 2.3324]]

// JVP-LABEL: func.func @f.jvp(%arg0: tensor<3x2xf64>, %arg1: tensor<3x2xf64>) -> (tensor<3x2xf64>, tensor<2x2xf64>, tensor<3x2xf64>, tensor<2x2xf64>) {
// JVP: "pb.qr"
// JVP: "pb.triangular_solve"
// JVP: "pb.transpose"
// JVP: "pb.dot_general"
// JVP: "pb.transpose"
// JVP: "pb.neg"
// JVP: "pb.iota"
// JVP: "pb.iota"
// JVP: "pb.compare"
// JVP: "pb.select"
// JVP: "pb.compare"
// JVP: "pb.select"
// JVP: "pb.sub"
// JVP: "pb.dot_general"
// JVP: "pb.sub"
// JVP: "pb.dot_general"

// TANGENT: %2 : f64[3,2] = {{\[\[}}-0.094933, -0.36558], [-0.18347, 0.43318], [-0.28089, 0.22328]]
// TANGENT: %3 : f64[2,2] = {{\[\[}}-0.16307, -0.91074], [0, 1.7893]]

// VJP-LABEL: func.func @f.bwd(
// VJP: "pb.dot_general"
// VJP: "pb.neg"
// VJP: "pb.dot_general"
// VJP: "pb.transpose"
// VJP: "pb.add"
// VJP: "pb.neg"
// VJP: "pb.select"
// VJP: "pb.select"
// VJP: "pb.select"
// VJP: "pb.add"
// VJP: "pb.neg"
// VJP: "pb.transpose"
// VJP: "pb.add"
// VJP: "pb.dot_general"
// VJP: "pb.transpose"
// VJP: "pb.add"
// VJP: "pb.triangular_solve"

// COTANGENT: %0 : f64[3,2] = {{\[\[}}-1.1039, -0.34046], [-0.30861, 0.15586], [-0.021863, 2.0451]]

// BATCH-LABEL: func.func @f.vmap(%arg0: tensor<3x3x2xf64>) -> (tensor<3x3x2xf64>, tensor<3x2x2xf64>) {
// BATCH: "pb.qr"(%arg0) {full_matrices = false} : (tensor<3x3x2xf64>) -> (tensor<3x3x2xf64>, tensor<3x2x2xf64>)

// HLO-LABEL: func.func public @f(
// HLO: "stablehlo.while"(
// HLO-NOT: "pb.

func.func @f(%arg0: tensor<3x2xf64>) -> (tensor<3x2xf64>, tensor<2x2xf64>) {
  %0:2 = "pb.qr"(%arg0) {full_matrices = false} : (tensor<3x2xf64>) -> (tensor<3x2xf64>, tensor<2x2xf64>)
  func.return %0#0, %0#1 : tensor<3x2xf64>, tensor<2x2xf64>
}
func.func @pullback(%arg0: tensor<3x2xf64>, %arg1: tensor<3x2xf64>, %arg2: tensor<2x2xf64>) -> tensor<3x2xf64> {
  %0:3 = "pbfn.vjp_fwd"(%arg0) {callee = @f, active = array<i1: true>} : (tensor<3x2xf64>) -> (tensor<3x2xf64>, tensor<2x2xf64>, !pbfn.tape<@f, "1">)
  %1 = "pbfn.vjp_bwd"(%0#2, %arg1, %arg2) : (!pbfn.tape<@f, "1">, tensor<3x2xf64>, tensor<2x2xf64>) -> tensor<3x2xf64>
  func.return %1 : tensor<3x2xf64>
}
