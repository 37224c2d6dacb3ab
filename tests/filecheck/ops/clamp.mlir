// pb.clamp: min(max(operand, lower bound), upper bound); a bound is a scalar or has the operand's shape.

// RUN: %pullback opt %s | %pullback opt - | filecheck %s --check-prefix=TEXT
// RUN: %pullback eval %s --function f --arg "-1" --arg "[-2, 0.25, 3]" --arg "1.5" | filecheck %s --check-prefix=VALUE
// RUN: %pullback opt %s --jvp="function=f" --cse --dce | filecheck %s --check-prefix=JVP
// RUN: %pullback opt %s --jvp="function=f" | %pullback eval - --function f.jvp --arg "-1" --arg "[-2, 0.25, 3]" --arg "1.5" --arg "1" --arg "[0.5, 1, 1.5]" --arg "1" | filecheck %s --check-prefix=TANGENT
// RUN: %pullback opt %s --vjp="function=f" --cse --dce | filecheck %s --check-prefix=VJP
// RUN: %pullback eval %s --function pullback --arg "-1" --arg "[-2, 0.25, 3]" --arg "1.5" --arg "[1, 1.5, 2]" | filecheck %s --check-prefix=COTANGENT
// RUN: %pullback opt %s --vmap="size=3 function=f" --cse --dce | filecheck %s --check-prefix=BATCH
// RUN: %pullback opt %s --lower | filecheck %s --check-prefix=HLO

// TEXT-LABEL: func.func @f(%arg0: tensor<f64>, %arg1: tensor<3xf64>, %arg2: tensor<f64>) -> tensor<3xf64> {
// TEXT-NEXT: %0 = "pb.clamp"(%arg0, %arg1, %arg2) : (tensor<f64>, tensor<3xf64>, tensor<f64>) -> tensor<3xf64>
// TEXT-NEXT: func.return %0 : tensor<3xf64>

// VALUE: %0 : f64[3] = [-1, 0.25, 1.5]

// JVP-LABEL: func.func @f.jvp(%arg0: tensor<f64>, %arg1: tensor<3xf64>, %arg2: tensor<f64>, %arg3: tensor<f64>, %arg4: tensor<3xf64>, %arg5: tensor<f64>) -> (tensor<3xf64>, tensor<3xf64>) {
// JVP: "pb.clamp"
// JVP: "pb.broadcast_in_dim"
// JVP: "pb.broadcast_in_dim"
// JVP: "pb.compare"
// JVP: "pb.compare"
// JVP: "pb.and"
// JVP: "pb.broadcast_in_dim"
// JVP: "pb.select"
// JVP: "pb.compare"
// JVP: "pb.compare"

// TANGENT: %1 : f64[3] = [1, 1, 1]

// VJP-LABEL: func.func @f.bwd(
// VJP: "pb.select"
// VJP: "pb.reduce_sum"
// VJP: "pb.select"
// VJP: "pb.select"
// VJP: "pb.reduce_sum"

// COTANGENT: %0 : f64[] = 1
// COTANGENT: %1 : f64[3] = [0, 1.5, 0]
// COTANGENT: %2 : f64[] = 2

// BATCH-LABEL: func.func @f.vmap(%arg0: tensor<3xf64>, %arg1: tensor<3x3xf64>, %arg2: tensor<3xf64>) -> tensor<3x3xf64> {
// BATCH: "pb.broadcast_in_dim"
// BATCH: "pb.broadcast_in_dim"
// BATCH: "pb.clamp"

// HLO-LABEL: func.func public @f(
// HLO: "stablehlo.clamp"(
// HLO-NOT: "pb.

func.func @f(%arg0: tensor<f64>, %arg1: tensor<3xf64>, %arg2: tensor<f64>) -> tensor<3xf64> {
  %0 = "pb.clamp"(%arg0, %arg1, %arg2) : (tensor<f64>, tensor<3xf64>, tensor<f64>) -> tensor<3xf64>
  func.return %0 : tensor<3xf64>
}
func.func @pullback(%arg0: tensor<f64>, %arg1: tensor<3xf64>, %arg2: tensor<f64>, %arg3: tensor<3xf64>) -> (tensor<f64>, tensor<3xf64>, tensor<f64>) {
  %0:2 = "pbfn.vjp_fwd"(%arg0, %arg1, %arg2) {callee = @f, active = array<i1: true, true, true>} : (tensor<f64>, tensor<3xf64>, tensor<f64>) -> (tensor<3xf64>, !pbfn.tape<@f, "111">)
  %1:3 = "pbfn.vjp_bwd"(%0#1, %arg3) : (!pbfn.tape<@f, "111">, tensor<3xf64>) -> (tensor<f64>, tensor<3xf64>, tensor<f64>)
  func.return %1#0, %1#1, %1#2 : tensor<f64>, tensor<3xf64>, tensor<f64>
}
