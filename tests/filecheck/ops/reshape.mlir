// pb.reshape: The same elements in row-major order under another shape.

// RUN: %pullback opt %s | %pullback opt - | filecheck %s --check-prefix=TEXT
// RUN: %pullback eval %s --function f --arg "[[0.05, 1.8, -1.42], [1.79, -0.75, -0.31]]" | filecheck %s --check-prefix=VALUE
// RUN: %pullback opt %s --jvp="function=f" --cse --dce | filecheck %s --check-prefix=JVP
// RUN: %pullback opt %s --jvp="function=f" | %pullback eval - --function f.jvp --arg "[[0.05, 1.8, -1.42], [1.79, -0.75, -0.31]]" --arg "[[0.5, 0.7, 0.9], [1.1, 1.3, 1.5]]" | filecheck %s --check-prefix=TANGENT
// RUN: %pullback opt %s --vjp="function=f" --cse --dce | filecheck %s --check-prefix=VJP
// RUN: %pullback eval %s --function pullback --arg "[[0.05, 1.8, -1.42], [1.79, -0.75, -0.31]]" --arg "[[1, 1.2], [1.4, 1.6], [1.8, 2]]" | filecheck %s --check-prefix=COTANGENT
// RUN: %pullback opt %s --vmap="size=3 function=f" --cse --dce | filecheck %s --check-prefix=BATCH
// RUN: %pullback opt %s --lower | filecheck %s --check-prefix=HLO

// TEXT-LABEL: func.func @f(%arg0: tensor<2x3xf64>) -> tensor<3x2xf64> {
// TEXT-NEXT: %0 = "pb.reshape"(%arg0) {shape = array<i64: 3, 2>} : (tensor<2x3xf64>) -> tensor<3x2xf64>
// TEXT-NEXT: func.return %0 : tensor<3x2xf64>

// VALUE: %0 : f64[3,2] = {{\[\[}}0.05, 1.8], [-1.42, 1.79], [-0.75, -0.31]]

// JVP-LABEL: func.func @f.jvp(%arg0: tensor<2x3xf64>, %arg1: tensor<2x3xf64>) -> (tensor<3x2xf64>, tensor<3x2xf64>) {
// JVP: "pb.reshape"
// JVP: "pb.reshape"

// TANGENT: %1 : f64[3,2] = {{\[\[}}0.5, 0.7], [0.9, 1.1], [1.3, 1.5]]

// VJP-LABEL: func.func @f.bwd(
// VJP: "pb.reshape"

// COTANGENT: %0 : f64[2,3] = {{\[\[}}1, 1.2, 1.4], [1.6, 1.8, 2]]

// BATCH-LABEL: func.func @f.vmap(%arg0: tensor<3x2x3xf64>) -> tensor<3x3x2xf64> {
// BATCH: "pb.reshape"(%arg0) {shape = array<i64: 3, 3, 2>} : (tensor<3x2x3xf64>) -> tensor<3x3x2xf64>

// HLO-LABEL: func.func public @f(
// HLO: "stablehlo.reshape"(
// HLO-NOT: "pb.

func.func @f(%arg0: tensor<2x3xf64>) -> tensor<3x2xf64> {
  %0 = "pb.reshape"(%arg0) {shape = array<i64: 3, 2>} : (tensor<2x3xf64>) -> tensor<3x2xf64>
  func.return %0 : tensor<3x2xf64>
}
func.func @pullback(%arg0: tensor<2x3xf64>, %arg1: tensor<3x2xf64>) -> tensor<2x3xf64> {
  %0:2 = "pbfn.vjp_fwd"(%arg0) {callee = @f, active = array<i1: true>} : (tensor<2x3xf64>) -> (tensor<3x2xf64>, !pbfn.tape<@f, "1">)
  %1 = "pbfn.vjp_bwd"(%0#1, %arg1) : (!pbfn.tape<@f, "1">, tensor<3x2xf64>) -> tensor<2x3xf64>
  func.return %1 : tensor<2x3xf64>
}
