// pb.broadcast_in_dim: Repeats elements to fill `shape`. Dimension i of the operand becomes dimension dims[i] of the
// result; its size is that of the result dimension or 1, which is repeated.

// RUN: %pullback opt %s | %pullback opt - | filecheck %s --check-prefix=TEXT
// RUN: %pullback eval %s --function f --arg "[1.8, -1.42, 1.79]" | filecheck %s --check-prefix=VALUE
// RUN: %pullback opt %s --jvp="function=f" --cse --dce | filecheck %s --check-prefix=JVP
// RUN: %pullback opt %s --jvp="function=f" | %pullback eval - --function f.jvp --arg "[1.8, -1.42, 1.79]" --arg "[0.5, 1, 1.5]" | filecheck %s --check-prefix=TANGENT
// RUN: %pullback opt %s --vjp="function=f" --cse --dce | filecheck %s --check-prefix=VJP
// RUN: %pullback eval %s --function pullback --arg "[1.8, -1.42, 1.79]" --arg "[[1, 1.2, 1.4], [1.6, 1.8, 2]]" | filecheck %s --check-prefix=COTANGENT
// RUN: %pullback opt %s --vmap="size=3 function=f" --cse --dce | filecheck %s --check-prefix=BATCH
// RUN: %pullback opt %s --lower | filecheck %s --check-prefix=HLO

// TEXT-LABEL: func.func @f(%arg0: tensor<3xf64>) -> tensor<2x3xf64> {
// TEXT-NEXT: %0 = "pb.broadcast_in_dim"(%arg0) {shape = array<i64: 2, 3>, dims = array<i64: 1>} : (tensor<3xf64>) -> tensor<2x3xf64>
// TEXT-NEXT: func.return %0 : tensor<2x3xf64>

// VALUE: %0 : f64[2,3] = {{\[\[}}1.8, -1.42, 1.79], [1.8, -1.42, 1.79]]

// JVP-LABEL: func.func @f.jvp(%arg0: tensor<3xf64>, %arg1: tensor<3xf64>) -> (tensor<2x3xf64>, tensor<2x3xf64>) {
// JVP: "pb.broadcast_in_dim"
// JVP: "pb.broadcast_in_dim"

// TANGENT: %1 : f64[2,3] = {{\[\[}}0.5, 1, 1.5], [0.5, 1, 1.5]]

// VJP-LABEL: func.func @f.bwd(
// VJP: "pb.reduce_sum"

// COTANGENT: %0 : f64[3] = [2.6, 3, 3.4]

// BATCH-LABEL: func.func @f.vmap(%arg0: tensor<3x3xf64>) -> tensor<3x2x3xf64> {
// BATCH: "pb.broadcast_in_dim"(%arg0) {shape = array<i64: 3, 2, 3>, dims = array<i64: 0, 2>} : (tensor<3x3xf64>) -> tensor<3x2x3xf64>

// HLO-LABEL: func.func public @f(
// HLO: "stablehlo.broadcast_in_dim"(
// HLO-NOT: "pb.

func.func @f(%arg0: tensor<3xf64>) -> tensor<2x3xf64> {
  %0 = "pb.broadcast_in_dim"(%arg0) {shape = array<i64: 2, 3>, dims = array<i64: 1>} : (tensor<3xf64>) -> tensor<2x3xf64>
  func.return %0 : tensor<2x3xf64>
}
func.func @pullback(%arg0: tensor<3xf64>, %arg1: tensor<2x3xf64>) -> tensor<3xf64> {
  %0:2 = "pbfn.vjp_fwd"(%arg0) {callee = @f, active = array<i1: true>} : (tensor<3xf64>) -> (tensor<2x3xf64>, !pbfn.tape<@f, "1">)
  %1 = "pbfn.vjp_bwd"(%0#1, %arg1) : (!pbfn.tape<@f, "1">, tensor<2x3xf64>) -> tensor<3xf64>
  func.return %1 : tensor<3xf64>
}
