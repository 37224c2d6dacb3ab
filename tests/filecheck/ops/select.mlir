// pb.select: on_true where the predicate (of the same shape, or a scalar) holds, else on_false.

// RUN: %pullback opt %s | %pullback opt - | filecheck %s --check-prefix=TEXT
// RUN: %pullback eval %s --function f --arg "[[False, True, False], [False, True, False]]" --arg "[[-1.54, 0.49, 1.11], [0.45, 1.67, -1.84]]" --arg "[[0.11, -0.16, -1.75], [0.57, 1.41, 0.37]]" | filecheck %s --check-prefix=VALUE
// RUN: %pullback opt %s --jvp="function=f" --cse --dce | filecheck %s --check-prefix=JVP
// RUN: %pullback opt %s --jvp="function=f" | %pullback eval - --function f.jvp --arg "[[False, True, False], [False, True, False]]" --arg "[[-1.54, 0.49, 1.11], [0.45, 1.67, -1.84]]" --arg "[[0.11, -0.16, -1.75], [0.57, 1.41, 0.37]]" --arg "[[0.5, 0.7, 0.9], [1.1, 1.3, 1.5]]" --arg "[[0.5, 0.7, 0.9], [1.1, 1.3, 1.5]]" | filecheck %s --check-prefix=TANGENT
// RUN: %pullback opt %s --vjp="function=f" --cse --dce | filecheck %s --check-prefix=VJP
// RUN: %pullback eval %s --function pullback --arg "[[False, True, False], [False, True, False]]" --arg "[[-1.54, 0.49, 1.11], [0.45, 1.67, -1.84]]" --arg "[[0.11, -0.16, -1.75], [0.57, 1.41, 0.37]]" --arg "[[1, 1.2, 1.4], [1.6, 1.8, 2]]" | filecheck %s --check-prefix=COTANGENT
// RUN: %pullback opt %s --vmap="size=3 function=f" --cse --dce | filecheck %s --check-prefix=BATCH
// RUN: %pullback opt %s --lower | filecheck %s --check-prefix=HLO

// TEXT-LABEL: func.func @f(%arg0: tensor<2x3xi1>, %arg1: tensor<2x3xf64>, %arg2: tensor<2x3xf64>) -> tensor<2x3xf64> {
// TEXT-NEXT: %0 = "pb.select"(%arg0, %arg1, %arg2) : (tensor<2x3xi1>, tensor<2x3xf64>, tensor<2x3xf64>) -> tensor<2x3xf64>
// TEXT-NEXT: func.return %0 : tensor<2x3xf64>

// VALUE: %0 : f64[2,3] = {{\[\[}}0.11, 0.49, -1.75], [0.57, 1.67, 0.37]]

// JVP-LABEL: func.func @f.jvp(%arg0: tensor<2x3xi1>, %arg1: tensor<2x3xf64>, %arg2: tensor<2x3xf64>, %arg3: tensor<2x3xf64>, %arg4: tensor<2x3xf64>) -> (tensor<2x3xf64>, tensor<2x3xf64>) {
// JVP: "pb.select"
// JVP: "pb.select"

// TANGENT: %1 : f64[2,3] = {{\[\[}}0.5, 0.7, 0.9], [1.1, 1.3, 1.5]]

// VJP-LABEL: func.func @f.bwd(
// VJP: "pb.select"
// VJP: "pb.select"

// COTANGENT: %0 : f64[2,3] = {{\[\[}}0, 1.2, 0], [0, 1.8, 0]]
// COTANGENT: %1 : f64[2,3] = {{\[\[}}1, 0, 1.4], [1.6, 0, 2]]

// BATCH-LABEL: func.func @f.vmap(%arg0: tensor<3x2x3xi1>, %arg1: tensor<3x2x3xf64>, %arg2: tensor<3x2x3xf64>) -> tensor<3x2x3xf64> {
// BATCH: "pb.select"(%arg0, %arg1, %arg2) : (tensor<3x2x3xi1>, tensor<3x2x3xf64>, tensor<3x2x3xf64>) -> tensor<3x2x3xf64>

// HLO-LABEL: func.func public @f(
// HLO: "stablehlo.select"(
// HLO-NOT: "pb.

func.func @f(%arg0: tensor<2x3xi1>, %arg1: tensor<2x3xf64>, %arg2: tensor<2x3xf64>) -> tensor<2x3xf64> {
  %0 = "pb.select"(%arg0, %arg1, %arg2) : (tensor<2x3xi1>, tensor<2x3xf64>, tensor<2x3xf64>) -> tensor<2x3xf64>
  func.return %0 : tensor<2x3xf64>
}
func.func @pullback(%arg0: tensor<2x3xi1>, %arg1: tensor<2x3xf64>, %arg2: tensor<2x3xf64>, %arg3: tensor<2x3xf64>) -> (tensor<2x3xf64>, tensor<2x3xf64>) {
  %0:2 = "pbfn.vjp_fwd"(%arg0, %arg1, %arg2) {callee = @f, active = array<i1: false, true, true>} : (tensor<2x3xi1>, tensor<2x3xf64>, tensor<2x3xf64>) -> (tensor<2x3xf64>, !pbfn.tape<@f, "011">)
  %1:2 = "pbfn.vjp_bwd"(%0#1, %arg3) : (!pbfn.tape<@f, "011">, tensor<2x3xf64>) -> (tensor<2x3xf64>, tensor<2x3xf64>)
  func.return %1#0, %1#1 : tensor<2x3xf64>, tensor<2x3xf64>
}
