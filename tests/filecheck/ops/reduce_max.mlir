// pb.reduce_max: Maximum over `axes`; NaN if any element is. Its derivative is shared evenly by the elements that attain
// it.

// RUN: %pullback opt %s | %pullback opt - | filecheck %s --check-prefix=TEXT
// RUN: %pullback eval %s --function f --arg "[[1, 3, 3], [2, -1, 0.5]]" | filecheck %s --check-prefix=VALUE
// RUN: %pullback opt %s --jvp="function=f" --cse --dce | filecheck %s --check-prefix=JVP
// RUN: %pullback opt %s --jvp="function=f" | %pullback eval - --function f.jvp --arg "[[1, 3, 3], [2, -1, 0.5]]" --arg "[[0.5, 0.7, 0.9], [1.1, 1.3, 1.5]]" | filecheck %s --check-prefix=TANGENT
// RUN: %pullback opt %s --vjp="function=f" --cse --dce | filecheck %s --check-prefix=VJP
// RUN: %pullback eval %s --function pullback --arg "[[1, 3, 3], [2, -1, 0.5]]" --arg "[1, 2]" | filecheck %s --check-prefix=COTANGENT
// RUN: %pullback opt %s --vmap="size=3 function=f" --cse --dce | filecheck %s --check-prefix=BATCH
// RUN: %pullback opt %s --lower | filecheck %s --check-prefix=HLO

// TEXT-LABEL: func.func @f(%arg0: tensor<2x3xf64>) -> tensor<2xf64> {
// TEXT-NEXT: %0 = "pb.reduce_max"(%arg0) {axes = array<i64: 1>} : (tensor<2x3xf64>) -> tensor<2xf64>
// TEXT-NEXT: func.return %0 : tensor<2xf64>

// VALUE: %0 : f64[2] = [3, 2]

// JVP-LABEL: func.func @f.jvp(%arg0: tensor<2x3xf64>, %arg1: tensor<2x3xf64>) -> (tensor<2xf64>, tensor<2xf64>) {
// JVP: "pb.reduce_max"
// JVP: "pb.broadcast_in_dim"
// JVP: "pb.compare"
// JVP: "pb.convert"
// JVP: "pb.reduce_sum"
// JVP: "pb.broadcast_in_dim"
// JVP: "pb.div"
// JVP: "pb.mul"
// JVP: "pb.reduce_sum"

// TANGENT: %1 : f64[2] = [0.8, 1.1]

// VJP-LABEL: func.func @f.bwd(
// VJP: "pb.broadcast_in_dim"
// VJP: "pb.mul"

// COTANGENT: %0 : f64[2,3] = {{\[\[}}0, 0.5, 0.5], [2, 0, 0]]

// BATCH-LABEL: func.func @f.vmap(%arg0: tensor<3x2x3xf64>) -> tensor<3x2xf64> {
// BATCH: "pb.reduce_max"(%arg0) {axes = array<i64: 2>} : (tensor<3x2x3xf64>) -> tensor<3x2xf64>

// HLO-LABEL: func.func public @f(
// HLO: "stablehlo.reduce"(
// HLO: "stablehlo.maximum"(
// HLO-NOT: "pb.

func.func @f(%arg0: tensor<2x3xf64>) -> tensor<2xf64> {
  %0 = "pb.reduce_max"(%arg0) {axes = array<i64: 1>} : (tensor<2x3xf64>) -> tensor<2xf64>
  func.return %0 : tensor<2xf64>
}
func.func @pullback(%arg0: tensor<2x3xf64>, %arg1: tensor<2xf64>) -> tensor<2x3xf64> {
  %0:2 = "pbfn.vjp_fwd"(%arg0) {callee = @f, active = array<i1: true>} : (tensor<2x3xf64>) -> (tensor<2xf64>, !pbfn.tape<@f, "1">)
  %1 = "pbfn.vjp_bwd"(%0#1, %arg1) : (!pbfn.tape<@f, "1">, tensor<2xf64>) -> tensor<2x3xf64>
  func.return %1 : tensor<2x3xf64>
}
