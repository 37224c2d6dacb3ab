// pb.pow: lhs to the power rhs, of one type. Integers to a negative power give the truncated reciprocal.

// RUN: %pullback opt %s | %pullback opt - | filecheck %s --check-prefix=TEXT
// RUN: %pullback eval %s --function f --arg "[[0.79, 1.62, 0.75], [1.02, 0.44, 0.93]]" --arg "[[-1.19, -0.95, 1], [-0.88, -0.06, 1.92]]" | filecheck %s --check-prefix=VALUE
// RUN: %pullback opt %s --jvp="function=f" --cse --dce | filecheck %s --check-prefix=JVP
// RUN: %pullback opt %s --jvp="function=f" | %pullback eval - --function f.jvp --arg "[[0.79, 1.62, 0.75], [1.02, 0.44, 0.93]]" --arg "[[-1.19, -0.95, 1], [-0.88, -0.06, 1.92]]" --arg "[[0.5, 0.7, 0.9], [1.1, 1.3, 1.5]]" --arg "[[0.5, 0.7, 0.9], [1.1, 1.3, 1.5]]" | filecheck %s --check-prefix=TANGENT
// RUN: %pullback opt %s --vjp="function=f" --cse --dce | filecheck %s --check-prefix=VJP
// RUN: %pullback eval %s --function pullback --arg "[[0.79, 1.62, 0.75], [1.02, 0.44, 0.93]]" --arg "[[-1.19, -0.95, 1], [-0.88, -0.06, 1.92]]" --arg "[[1, 1.2, 1.4], [1.6, 1.8, 2]]" | filecheck %s --check-prefix=COTANGENT
// RUN: %pullback opt %s --vmap="size=3 function=f" --cse --dce | filecheck %s --check-prefix=BATCH
// RUN: %pullback opt %s --lower | filecheck %s --check-prefix=HLO

// TEXT-LABEL: func.func @f(%arg0: tensor<2x3xf64>, %arg1: tensor<2x3xf64>) -> tensor<2x3xf64> {
// TEXT-NEXT: %0 = "pb.pow"(%arg0, %arg1) : (tensor<2x3xf64>, tensor<2x3xf64>) -> tensor<2x3xf64>
// TEXT-NEXT: func.return %0 : tensor<2x3xf64>

// VALUE: %0 : f64[2,3] = {{\[\[}}1.3238, 0.63235, 0.75], [0.98272, 1.0505, 0.86994]]

// JVP-LABEL: func.func @f.jvp(%arg0: tensor<2x3xf64>, %arg1: tensor<2x3xf64>, %arg2: tensor<2x3xf64>, %arg3: tensor<2x3xf64>) -> (tensor<2x3xf64>, tensor<2x3xf64>) {
// JVP: "pb.pow"
// JVP: "pb.compare"
// JVP: "pb.sub"
// JVP: "pb.select"
// JVP: "pb.pow"
// JVP: "pb.mul"
// JVP: "pb.select"
// JVP: "pb.mul"
// JVP: "pb.compare"
// JVP: "pb.select"

// TANGENT: %1 : f64[2,3] = {{\[\[}}-1.1531, -0.046033, 0.70581], [-0.91122, -1.3074, 2.5993]]

// VJP-LABEL: func.func @f.bwd(
// VJP: "pb.mul"
// VJP: "pb.mul"

// COTANGENT: %0 : f64[2,3] = {{\[\[}}-1.9941, -0.44499, 1.4], [-1.3565, -0.25785, 3.592]]
// COTANGENT: %1 : f64[2,3] = {{\[\[}}-0.31205, 0.36608, -0.30207], [0.031137, -1.5524, -0.12626]]

// BATCH-LABEL: func.func @f.vmap(%arg0: tensor<3x2x3xf64>, %arg1: tensor<3x2x3xf64>) -> tensor<3x2x3xf64> {
// BATCH: "pb.pow"(%arg0, %arg1) : (tensor<3x2x3xf64>, tensor<3x2x3xf64>) -> tensor<3x2x3xf64>

// HLO-LABEL: func.func public @f(
// HLO: "stablehlo.map"(
// HLO-NOT: "pb.

func.func @f(%arg0: tensor<2x3xf64>, %arg1: tensor<2x3xf64>) -> tensor<2x3xf64> {
  %0 = "pb.pow"(%arg0, %arg1) : (tensor<2x3xf64>, tensor<2x3xf64>) -> tensor<2x3xf64>
  func.return %0 : tensor<2x3xf64>
}
func.func @pullback(%arg0: tensor<2x3xf64>, %arg1: tensor<2x3xf64>, %arg2: tensor<2x3xf64>) -> (tensor<2x3xf64>, tensor<2x3xf64>) {
  %0:2 = "pbfn.vjp_fwd"(%arg0, %arg1) {callee = @f, active = array<i1: true, true>} : (tensor<2x3xf64>, tensor<2x3xf64>) -> (tensor<2x3xf64>, !pbfn.tape<@f, "11">)
  %1:2 = "pbfn.vjp_bwd"(%0#1, %arg2) : (!pbfn.tape<@f, "11">, tensor<2x3xf64>) -> (tensor<2x3xf64>, tensor<2x3xf64>)
  func.return %1#0, %1#1 : tensor<2x3xf64>, tensor<2x3xf64>
}
