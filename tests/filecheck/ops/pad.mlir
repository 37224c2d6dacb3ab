// pb.pad: Puts `interior` padding elements between neighbours, then `low` and `high` ones at the edges; negative numbers
// remove elements from that edge.

// RUN: %pullback opt %s | %pullback opt - | filecheck %s --check-prefix=TEXT
// RUN: %pullback eval %s --function f --arg "[0.15, -0.68, 1.15, -0.79, -0.19]" --arg "-1.46" | filecheck %s --check-prefix=VALUE
// RUN: %pullback opt %s --jvp="function=f" --cse --dce | filecheck %s --check-prefix=JVP
// RUN: %pullback opt %s --jvp="function=f" | %pullback eval - --function f.jvp --arg "[0.15, -0.68, 1.15, -0.79, -0.19]" --arg "-1.46" --arg "[0.5, 0.75, 1, 1.25, 1.5]" --arg "1" | filecheck %s --check-prefix=TANGENT
// RUN: %pullback opt %s --vjp="function=f" --cse --dce | filecheck %s --check-prefix=VJP
// RUN: %pullback eval %s --function pullback --arg "[0.15, -0.68, 1.15, -0.79, -0.19]" --arg "-1.46" --arg "[1, 2]" | filecheck %s --check-prefix=COTANGENT
// RUN: %pullback opt %s --vmap="size=3 function=f" --cse --dce | filecheck %s --check-prefix=BATCH
// RUN: %pullback opt %s --lower | filecheck %s --check-prefix=HLO

// TEXT-LABEL: func.func @f(%arg0: tensor<5xf64>, %arg1: tensor<f64>) -> tensor<2xf64> {
// TEXT-NEXT: %0 = "pb.pad"(%arg0, %arg1) {low = array<i64: -1>, high = array<i64: -2>, interior = array<i64: 0>} : (tensor<5xf64>, tensor<f64>) -> tensor<2xf64>
// TEXT-NEXT: func.return %0 : tensor<2xf64>

// VALUE: %0 : f64[2] = [-0.68, 1.15]

// JVP-LABEL: func.func @f.jvp(%arg0: tensor<5xf64>, %arg1: tensor<f64>, %arg2: tensor<5xf64>, %arg3: tensor<f64>) -> (tensor<2xf64>, tensor<2xf64>) {
// JVP: "pb.pad"
// JVP: "pb.pad"

// TANGENT: %1 : f64[2] = [0.75, 1]

// VJP-LABEL: func.func @f.bwd(
// VJP: "pb.pad"
// VJP: "pb.pad"
// VJP: "pb.select"
// VJP: "pb.reduce_sum"

// COTANGENT: %0 : f64[5] = [0, 1, 2, 0, 0]
// COTANGENT: %1 : f64[] = 0

// BATCH-LABEL: func.func @f.vmap(%arg0: tensor<3x5xf64>, %arg1: tensor<3xf64>) -> tensor<3x2xf64> {
// BATCH: "pb.pad"
// BATCH: "pb.pad"
// BATCH: "pb.broadcast_in_dim"
// BATCH: "pb.broadcast_in_dim"
// BATCH: "pb.select"

// HLO-LABEL: func.func public @f(
// HLO: "stablehlo.pad"(
// HLO: "stablehlo.slice"(
// HLO-NOT: "pb.

func.func @f(%arg0: tensor<5xf64>, %arg1: tensor<f64>) -> tensor<2xf64> {
  %0 = "pb.pad"(%arg0, %arg1) {low = array<i64: -1>, high = array<i64: -2>, interior = array<i64: 0>} : (tensor<5xf64>, tensor<f64>) -> tensor<2xf64>
  func.return %0 : tensor<2xf64>
}
func.func @pullback(%arg0: tensor<5xf64>, %arg1: tensor<f64>, %arg2: tensor<2xf64>) -> (tensor<5xf64>, tensor<f64>) {
  %0:2 = "pbfn.vjp_fwd"(%arg0, %arg1) {callee = @f, active = array<i1: true, true>} : (tensor<5xf64>, tensor<f64>) -> (tensor<2xf64>, !pbfn.tape<@f, "11">)
  %1:2 = "pbfn.vjp_bwd"(%0#1, %arg2) : (!pbfn.tape<@f, "11">, tensor<2xf64>) -> (tensor<5xf64>, tensor<f64>)
  func.return %1#0, %1#1 : tensor<5xf64>, tensor<f64>
}
