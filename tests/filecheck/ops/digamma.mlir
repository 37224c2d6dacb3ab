// pb.digamma: Derivative of lgamma.

// RUN: %pullback opt %s | %pullback opt - | filecheck %s --check-prefix=TEXT
// RUN: %pullback eval %s --function f --arg "[[3.33, 1.7, 2.24], [0.21, 3.04, 2.2]]" | filecheck %s --check-prefix=VALUE
// RUN: %pullback opt %s --jvp="function=f" --cse --dce | filecheck %s --check-prefix=JVP
// RUN: %pullback opt %s --jvp="function=f" | %pullback eval - --function f.jvp --arg "[[3.33, 1.7, 2.24], [0.21, 3.04, 2.2]]" --arg "[[0.5, 0.7, 0.9], [1.1, 1.3, 1.5]]" | filecheck %s --check-prefix=TANGENT
// RUN: %pullback opt %s --vjp="function=f" --cse --dce | filecheck %s --check-prefix=VJP
// RUN: %pullback eval %s --function pullback --arg "[[3.33, 1.7, 2.24], [0.21, 3.04, 2.2]]" --arg "[[1, 1.2, 1.4], [1.6, 1.8, 2]]" | filecheck %s --check-prefix=COTANGENT
// RUN: %pullback opt %s --vmap="size=3 function=f" --cse --dce | filecheck %s --check-prefix=BATCH
// RUN: %pullback opt %s --lower | filecheck %s --check-prefix=HLO

// TEXT-LABEL: func.func @f(%arg0: tensor<2x3xf64>) -> tensor<2x3xf64> {
// TEXT-NEXT: %0 = "pb.digamma"(%arg0) : (tensor<2x3xf64>) -> tensor<2x3xf64>
// TEXT-NEXT: func.return %0 : tensor<2x3xf64>

// VALUE: %0 : f64[2,3] = {{\[\[}}1.0454, 0.20855, 0.56696], [-5.0383, 0.93846, 0.54429]]

// JVP-LABEL: func.func @f.jvp(%arg0: tensor<2x3xf64>, %arg1: tensor<2x3xf64>) -> (tensor<2x3xf64>, tensor<2x3xf64>) {
// JVP: "pb.digamma"
// JVP: "pb.polygamma"
// JVP: "pb.mul"

// TANGENT: %1 : f64[2,3] = {{\[\[}}0.17491, 0.55526, 0.50434], [26.321, 0.50552, 0.8594]]

// VJP-LABEL: func.func @f.bwd(
// VJP: "pb.mul"

// COTANGENT: %0 : f64[2,3] = {{\[\[}}0.34983, 0.95188, 0.78454], [38.286, 0.69995, 1.1459]]

// BATCH-LABEL: func.func @f.vmap(%arg0: tensor<3x2x3xf64>) -> tensor<3x2x3xf64> {
// BATCH: "pb.digamma"(%arg0) : (tensor<3x2x3xf64>) -> tensor<3x2x3xf64>

// HLO-LABEL: func.func public @f(
// HLO: "stablehlo.map"(
// HLO-NOT: "pb.

func.func @f(%arg0: tensor<2x3xf64>) -> tensor<2x3xf64> {
  %0 = "pb.digamma"(%arg0) : (tensor<2x3xf64>) -> tensor<2x3xf64>
  func.return %0 : tensor<2x3xf64>
}
func.func @pullback(%arg0: tensor<2x3xf64>, %arg1: tensor<2x3xf64>) -> tensor<2x3xf64> {
  %0:2 = "pbfn.vjp_fwd"(%arg0) {callee = @f, active = array<i1: true>} : (tensor<2x3xf64>) -> (tensor<2x3xf64>, !pbfn.tape<@f, "1">)
  %1 = "pbfn.vjp_bwd"(%0#1, %arg1) : (!pbfn.tape<@f, "1">, tensor<2x3xf64>) -> tensor<2x3xf64>
  func.return %1 : tensor<2x3xf64>
}
