// pb.polygamma: The n-th derivative of digamma, n >= 1.

// RUN: %pullback opt %s | %pullback opt - | filecheck %s --check-prefix=TEXT
// RUN: %pullback eval %s --function f --arg "[[1.45, 1.87], [3.36, 1.81]]" | filecheck %s --check-prefix=VALUE
// RUN: %pullback opt %s --jvp="function=f" --cse --dce | filecheck %s --check-prefix=JVP
// RUN: %pullback opt %s --jvp="function=f" | %pullback eval - --function f.jvp --arg "[[1.45, 1.87], [3.36, 1.81]]" --arg "[[0.5, 0.83], [1.17, 1.5]]" | filecheck %s --check-prefix=TANGENT
// RUN: %pullback opt %s --vjp="function=f" --cse --dce | filecheck %s --check-prefix=VJP
// RUN: %pullback eval %s --function pullback --arg "[[1.45, 1.87], [3.36, 1.81]]" --arg "[[1, 1.33], [1.67, 2]]" | filecheck %s --check-prefix=COTANGENT
// RUN: %pullback opt %s --vmap="size=3 function=f" --cse --dce | filecheck %s --check-prefix=BATCH
// RUN: %pullback opt %s --lower | filecheck %s --check-prefix=HLO

// TEXT-LABEL: func.func @f(%arg0: tensor<2x2xf64>) -> tensor<2x2xf64> {
// TEXT-NEXT: %0 = "pb.polygamma"(%arg0) {n = 2 : i64} : (tensor<2x2xf64>) -> tensor<2x2xf64>
// TEXT-NEXT: func.return %0 : tensor<2x2xf64>

// VALUE: %0 : f64[2,2] = {{\[\[}}-0.90384, -0.47666], [-0.11876, -0.51671]]

// JVP-LABEL: func.func @f.jvp(%arg0: tensor<2x2xf64>, %arg1: tensor<2x2xf64>) -> (tensor<2x2xf64>, tensor<2x2xf64>) {
// JVP: "pb.polygamma"
// JVP: "pb.polygamma"
// JVP: "pb.mul"

// TANGENT: %1 : f64[2,2] = {{\[\[}}0.79883, 0.52225], [0.094473, 1.0621]]

// VJP-LABEL: func.func @f.bwd(
// VJP: "pb.mul"

// COTANGENT: %0 : f64[2,2] = {{\[\[}}1.5977, 0.83685], [0.13485, 1.4162]]

// BATCH-LABEL: func.func @f.vmap(%arg0: tensor<3x2x2xf64>) -> tensor<3x2x2xf64> {
// BATCH: "pb.polygamma"(%arg0) {n = 2 : i64} : (tensor<3x2x2xf64>) -> tensor<3x2x2xf64>

// HLO-LABEL: func.func public @f(
// HLO: "stablehlo.map"(
// HLO-NOT: "pb.

func.func @f(%arg0: tensor<2x2xf64>) -> tensor<2x2xf64> {
  %0 = "pb.polygamma"(%arg0) {n = 2 : i64} : (tensor<2x2xf64>) -> tensor<2x2xf64>
  func.return %0 : tensor<2x2xf64>
}
func.func @pullback(%arg0: tensor<2x2xf64>, %arg1: tensor<2x2xf64>) -> tensor<2x2xf64> {
  %0:2 = "pbfn.vjp_fwd"(%arg0) {callee = @f, active = array<i1: true>} : (tensor<2x2xf64>) -> (tensor<2x2xf64>, !pbfn.tape<@f, "1">)
  %1 = "pbfn.vjp_bwd"(%0#1, %arg1) : (!pbfn.tape<@f, "1">, tensor<2x2xf64>) -> tensor<2x2xf64>
  func.return %1 : tensor<2x2xf64>
}
