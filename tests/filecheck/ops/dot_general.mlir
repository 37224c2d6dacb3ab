// pb.dot_general: Sum of products over the contracting dimensions, once for each index of the batch dimensions. The
// result has dimensions [batch, lhs free, rhs free].

// RUN: %pullback opt %s | %pullback opt - | filecheck %s --check-prefix=TEXT
// RUN: %pullback eval %s --function f --arg "[0.05, 1.8, -1.42]" --arg "[1.79, -0.75, -0.31]" | filecheck %s --check-prefix=VALUE
// RUN: %pullback opt %s --jvp="function=f" --cse --dce | filecheck %s --check-prefix=JVP
// RUN: %pullback opt %s --jvp="function=f" | %pullback eval - --function f.jvp --arg "[0.05, 1.8, -1.42]" --arg "[1.79, -0.75, -0.31]" --arg "[0.5, 1, 1.5]" --arg "[0.5, 1, 1.5]" | filecheck %s --check-prefix=TANGENT
// RUN: %pullback opt %s --vjp="function=f" --cse --dce | filecheck %s --check-prefix=VJP
// RUN: %pullback eval %s --function pullback --arg "[0.05, 1.8, -1.42]" --arg "[1.79, -0.75, -0.31]" --arg "1" | filecheck %s --check-prefix=COTANGENT
// RUN: %pullback opt %s --vmap="size=3 function=f" --cse --dce | filecheck %s --check-prefix=BATCH
// RUN: %pullback opt %s --lower | filecheck %s --check-prefix=HLO

// TEXT-LABEL: func.func @f(%arg0: tensor<3xf64>, %arg1: tensor<3xf64>) -> tensor<f64> {
// TEXT-NEXT: %0 = "pb.dot_general"(%arg0, %arg1) {lhs_batch = array<i64>, rhs_batch = array<i64>, lhs_contract = array<i64: 0>, rhs_contract = array<i64: 0>} : (tensor<3xf64>, tensor<3xf64>) -> tensor<f64>
// TEXT-NEXT: func.return %0 : tensor<f64>

// VALUE: %0 : f64[] = -0.8203

// JVP-LABEL: func.func @f.jvp(%arg0: tensor<3xf64>, %arg1: tensor<3xf64>, %arg2: tensor<3xf64>, %arg3: tensor<3xf64>) -> (tensor<f64>, tensor<f64>) {
// JVP: "pb.dot_general"
// JVP: "pb.dot_general"
// JVP: "pb.dot_general"
// JVP: "pb.add"

// TANGENT: %1 : f64[] = -0.625

// VJP-LABEL: func.func @f.bwd(
// VJP: "pb.dot_general"
// VJP: "pb.dot_general"

// COTANGENT: %0 : f64[3] = [1.79, -0.75, -0.31]
// COTANGENT: %1 : f64[3] = [0.05, 1.8, -1.42]

// BATCH-LABEL: func.func @f.vmap(%arg0: tensor<3x3xf64>, %arg1: tensor<3x3xf64>) -> tensor<3xf64> {
// BATCH: "pb.dot_general"(%arg0, %arg1) {lhs_batch = array<i64: 0>, rhs_batch = array<i64: 0>, lhs_contract = array<i64: 1>, rhs_contract = array<i64: 1>} : (tensor<3x3xf64>, tensor<3x3xf64>) -> tensor<3xf64>

// HLO-LABEL: func.func public @f(
// HLO: "stablehlo.dot_general"(
// HLO-NOT: "pb.

func.func @f(%arg0: tensor<3xf64>, %arg1: tensor<3xf64>) -> tensor<f64> {
  %0 = "pb.dot_general"(%arg0, %arg1) {lhs_batch = array<i64>, rhs_batch = array<i64>, lhs_contract = array<i64: 0>, rhs_contract = array<i64: 0>} : (tensor<3xf64>, tensor<3xf64>) -> tensor<f64>
  func.return %0 : tensor<f64>
}
func.func @pullback(%arg0: tensor<3xf64>, %arg1: tensor<3xf64>, %arg2: tensor<f64>) -> (tensor<3xf64>, tensor<3xf64>) {
  %0:2 = "pbfn.vjp_fwd"(%arg0, %arg1) {callee = @f, active = array<i1: true, true>} : (tensor<3xf64>, tensor<3xf64>) -> (tensor<f64>, !pbfn.tape<@f, "11">)
  %1:2 = "pbfn.vjp_bwd"(%0#1, %arg2) : (!pbfn.tape<@f, "11">, tensor<f64>) -> (tensor<3xf64>, tensor<3xf64>)
  func.return %1#0, %1#1 : tensor<3xf64>, tensor<3xf64>
}
