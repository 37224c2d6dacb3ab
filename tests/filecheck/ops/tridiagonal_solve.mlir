// pb.tridiagonal_solve: Solves systems with tridiagonal matrices of n rows, whose diagonals are `dl` (below; its
// first element is not used), `d` and `du` (above; its last element is not used), for right-hand sides [..., n, k].
// Rows are exchanged for larger pivots. The result for a singular matrix holds infinities or NaN.

// RUN: %pullback opt %s | %pullback opt - | filecheck %s --check-prefix=TEXT
// RUN: %pullback eval %s --function f --arg "[0.0, 1.1, -0.7]" --arg "[3.1, -2.4, 4.2]" --arg "[0.6, -0.9, 0.0]" --arg "[[-1.89, 1.01], [0.15, -0.68], [1.15, -0.79]]" | filecheck %s --check-prefix=VALUE
// RUN: %pullback opt %s --jvp="function=f" --cse --dce | filecheck %s --check-prefix=JVP
// RUN: %pullback opt %s --jvp="function=f" | %pullback eval - --function f.jvp --arg "[0.0, 1.1, -0.7]" --arg "[3.1, -2.4, 4.2]" --arg "[0.6, -0.9, 0.0]" --arg "[[-1.89, 1.01], [0.15, -0.68], [1.15, -0.79]]" --arg "[0.5, 0.62, 0.75]" --arg "[0.5, 0.7, 0.9]" --arg "[0.5, 0.7, 0.9]" --arg "[[0.5, 0.7], [0.9, 1.1], [1.3, 1.5]]" | filecheck %s --check-prefix=TANGENT
// RUN: %pullback opt %s --vjp="function=f" --cse --dce | filecheck %s --check-prefix=VJP
// RUN: %pullback eval %s --function pullback --arg "[0.0, 1.1, -0.7]" --arg "[3.1, -2.4, 4.2]" --arg "[0.6, -0.9, 0.0]" --arg "[[-1.89, 1.01], [0.15, -0.68], [1.15, -0.79]]" --arg "[[1.0, 1.12], [1.25, 1.38], [1.5, 1.62]]" | filecheck %s --check-prefix=COTANGENT
// RUN: %pullback opt %s --vmap="size=3 function=f" --cse --dce | filecheck %s --check-prefix=BATCH
// RUN: %pullback opt %s --lower | filecheck %s --check-prefix=HLO

// TEXT-LABEL: func.func @f(%arg0: tensor<3xf64>, %arg1: tensor<3xf64>, %arg2: tensor<3xf64>, %arg3: tensor<3x2xf64>) -> tensor<3x2xf64> {
// TEXT-NEXT: %0 = "pb.tridiagonal_solve"(%arg0, %arg1, %arg2, %arg3) : (tensor<3xf64>, tensor<3xf64>, tensor<3xf64>, tensor<3x2xf64>) -> tensor<3x2xf64>
// TEXT-NEXT: func.return %0 : tensor<3x2xf64>

// VALUE: %0 : f64[3,2] = {{\[\[}}-0.53493, 0.24121], [-0.38621, 0.4371], [0.20944, -0.11524]]

// JVP-LABEL: func.func @f.jvp(%arg0: tensor<3xf64>, %arg1: tensor<3xf64>, %arg2: tensor<3xf64>, %arg3: tensor<3x2xf64>, %arg4: tensor<3xf64>, %arg5: tensor<3xf64>, %arg6: tensor<3xf64>, %arg7: tensor<3x2xf64>) -> (tensor<3x2xf64>, tensor<3x2xf64>) {
// JVP: "pb.tridiagonal_solve"
// JVP: "pb.slice"
// JVP: "pb.pad"
// JVP: "pb.neg"
// JVP: "pb.broadcast_in_dim"
// JVP: "pb.mul"
// JVP: "pb.add"
// JVP: "pb.neg"
// JVP: "pb.broadcast_in_dim"
// JVP: "pb.mul"
// JVP: "pb.add"
// JVP: "pb.slice"
// JVP: "pb.pad"
// JVP: "pb.neg"
// JVP: "pb.broadcast_in_dim"
// JVP: "pb.mul"
// JVP: "pb.add"
// JVP: "pb.tridiagonal_solve"

// TANGENT: %1 : f64[3,2] = {{\[\[}}0.40197, 0.17738], [-0.47588, -0.31507], [0.2543, 0.25127]]

// VJP-LABEL: func.func @f.bwd(
// VJP: "pb.slice"
// VJP: "pb.pad"
// VJP: "pb.slice"
// VJP: "pb.pad"
// VJP: "pb.tridiagonal_solve"
// VJP: "pb.mul"
// VJP: "pb.reduce_sum"
// VJP: "pb.mul"
// VJP: "pb.reduce_sum"
// VJP: "pb.mul"
// VJP: "pb.reduce_sum"

// COTANGENT: %0 : f64[3] = [0, -0.12782, -0.021209]
// COTANGENT: %1 : f64[3] = [0.13077, 0.044119, -0.021937]
// COTANGENT: %2 : f64[3] = [-0.048991, 0.039253, 0]
// COTANGENT: %3 : f64[3,2] = {{\[\[}}0.49037, 0.54536], [-0.47285, -0.51874], [0.25582, 0.27456]]

// BATCH-LABEL: func.func @f.vmap(%arg0: tensor<3x3xf64>, %arg1: tensor<3x3xf64>, %arg2: tensor<3x3xf64>, %arg3: tensor<3x3x2xf64>) -> tensor<3x3x2xf64> {
// BATCH: "pb.tridiagonal_solve"(%arg0, %arg1, %arg2, %arg3) : (tensor<3x3xf64>, tensor<3x3xf64>, tensor<3x3xf64>, tensor<3x3x2xf64>) -> tensor<3x3x2xf64>

// HLO-LABEL: func.func public @f(
// HLO: "stablehlo.while"(
// HLO-NOT: "pb.

func.func @f(%arg0: tensor<3xf64>, %arg1: tensor<3xf64>, %arg2: tensor<3xf64>, %arg3: tensor<3x2xf64>) -> tensor<3x2xf64> {
  %0 = "pb.tridiagonal_solve"(%arg0, %arg1, %arg2, %arg3) : (tensor<3xf64>, tensor<3xf64>, tensor<3xf64>, tensor<3x2xf64>) -> tensor<3x2xf64>
  func.return %0 : tensor<3x2xf64>
}
func.func @pullback(%arg0: tensor<3xf64>, %arg1: tensor<3xf64>, %arg2: tensor<3xf64>, %arg3: tensor<3x2xf64>, %arg4: tensor<3x2xf64>) -> (tensor<3xf64>, tensor<3xf64>, tensor<3xf64>, tensor<3x2xf64>) {
  %0:2 = "pbfn.vjp_fwd"(%arg0, %arg1, %arg2, %arg3) {callee = @f, active = array<i1: true, true, true, true>} : (tensor<3xf64>, tensor<3xf64>, tensor<3xf64>, tensor<3x2xf64>) -> (tensor<3x2xf64>, !pbfn.tape<@f, "1111">)
  %1:4 = "pbfn.vjp_bwd"(%0#1, %arg4) : (!pbfn.tape<@f, "1111">, tensor<3x2xf64>) -> (tensor<3xf64>, tensor<3xf64>, tensor<3xf64>, tensor<3x2xf64>)
  func.return %1#0, %1#1, %1#2, %1#3 : tensor<3xf64>, tensor<3xf64>, tensor<3xf64>, tensor<3x2xf64>
}
