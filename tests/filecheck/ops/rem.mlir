// pb.rem: Remainder of the division truncated toward zero; it has the dividend's sign. x % 0 is x for integers.

// RUN: %pullback opt %s | %pullback opt - | filecheck %s --check-prefix=TEXT
// RUN: %pullback eval %s --function f --arg "[[-0.68, 1.15, -0.79], [-0.19, -1.46, -0.39]]" --arg "[[0.81, 0.89, 1.63], [0.92, 1.23, 1.97]]" | filecheck %s --check-prefix=VALUE
// RUN: %pullback opt %s --jvp="function=f" --cse --dce | filecheck %s --check-prefix=JVP
// RUN: %pullback opt %s --jvp="function=f" | %pullback eval - --function f.jvp --arg "[[-0.68, 1.15, -0.79], [-0.19, -1.46, -0.39]]" --arg "[[0.81, 0.89, 1.63], [0.92, 1.23, 1.97]]" --arg "[[0.5, 0.7, 0.9], [1.1, 1.3, 1.5]]" --arg "[[0.5, 0.7, 0.9], [1.1, 1.3, 1.5]]" | filecheck %s --check-prefix=TANGENT
// RUN: %pullback opt %s --vjp="function=f" --cse --dce | filecheck %s --check-prefix=VJP
// RUN: %pullback eval %s --function pullback --arg "[[-0.68, 1.15, -0.79], [-0.19, -1.46, -0.39]]" --arg "[[0.81, 0.89, 1.63], [0.92, 1.23, 1.97]]" --arg "[[1, 1.2, 1.4], [1.6, 1.8, 2]]" | filecheck %s --check-prefix=COTANGENT
// RUN: %pullback opt %s --vmap="size=3 function=f" --cse --dce | filecheck %s --check-prefix=BATCH
// RUN: %pullback opt %s --lower | filecheck %s --check-prefix=HLO

// TEXT-LABEL: func.func @f(%arg0: tensor<2x3xf64>, %arg1: tensor<2x3xf64>) -> tensor<2x3xf64> {
// TEXT-NEXT: %0 = "pb.rem"(%arg0, %arg1) : (tensor<2x3xf64>, tensor<2x3xf64>) -> tensor<2x3xf64>
// TEXT-NEXT: func.return %0 : tensor<2x3xf64>

// VALUE: %0 : f64[2,3] = {{\[\[}}-0.68, 0.26, -0.79], [-0.19, -0.23, -0.39]]

// JVP-LABEL: func.func @f.jvp(%arg0: tensor<2x3xf64>, %arg1: tensor<2x3xf64>, %arg2: tensor<2x3xf64>, %arg3: tensor<2x3xf64>) -> (tensor<2x3xf64>, tensor<2x3xf64>) {
// JVP: "pb.rem"
// JVP: "pb.sub"
// JVP: "pb.div"
// JVP: "pb.round"
// JVP: "pb.neg"
// JVP: "pb.mul"
// JVP: "pb.add"

// TANGENT: %1 : f64[2,3] = {{\[\[}}0.5, 0, 0.9], [1.1, 2.6, 1.5]]

// VJP-LABEL: func.func @f.bwd(
// VJP: "pb.mul"

// COTANGENT: %0 : f64[2,3] = {{\[\[}}1, 1.2, 1.4], [1.6, 1.8, 2]]
// COTANGENT: %1 : f64[2,3] = {{\[\[}}-0, -1.2, -0], [-0, 1.8, -0]]

// BATCH-LABEL: func.func @f.vmap(%arg0: tensor<3x2x3xf64>, %arg1: tensor<3x2x3xf64>) -> tensor<3x2x3xf64> {
// BATCH: "pb.rem"(%arg0, %arg1) : (tensor<3x2x3xf64>, tensor<3x2x3xf64>) -> tensor<3x2x3xf64>

// HLO-LABEL: func.func public @f(
// HLO: "stablehlo.map"(
// HLO-NOT: "pb.

func.func @f(%arg0: tensor<2x3xf64>, %arg1: tensor<2x3xf64>) -> tensor<2x3xf64> {
  %0 = "pb.rem"(%arg0, %arg1) : (tensor<2x3xf64>, tensor<2x3xf64>) -> tensor<2x3xf64>
  func.return %0 : tensor<2x3xf64>
}
func.func @pullback(%arg0: tensor<2x3xf64>, %arg1: tensor<2x3xf64>, %arg2: tensor<2x3xf64>) -> (tensor<2x3xf64>, tensor<2x3xf64>) {
  %0:2 = "pbfn.vjp_fwd"(%arg0, %arg1) {callee = @f, active = array<i1: true, true>} : (tensor<2x3xf64>, tensor<2x3xf64>) -> (tensor<2x3xf64>, !pbfn.tape<@f, "11">)
  %1:2 = "pbfn.vjp_bwd"(%0#1, %arg2) : (!pbfn.tape<@f, "11">, tensor<2x3xf64>) -> (tensor<2x3xf64>, tensor<2x3xf64>)
  func.return %1#0, %1#1 : tensor<2x3xf64>, tensor<2x3xf64>
}
