// pb.clamp: min(max(operand, lower bound), upper bound); a bound is a scalar or has the operand's shape.

// RUN: %pullback opt %s | %pullback opt - | filecheck %s --check-prefix=TEXT
// RUN: %pullback eval %s --function f --arg "[-0.34, 0.58, -0.39, -0.09]" --arg "[-1.46, -0.39, -1.19, -0.95]" --arg "[1.75, 1.28, 1.49, 1.98]" | filecheck %s --check-prefix=VALUE
// RUN: %pullback opt %s --jvp="function=f" --cse --dce | filecheck %s --check-prefix=JVP
// RUN: %pullback opt %s --jvp="function=f" | %pullback eval - --function f.jvp --arg "[-0.34, 0.58, -0.39, -0.09]" --arg "[-1.46, -0.39, -1.19, -0.95]" --arg "[1.75, 1.28, 1.49, 1.98]" --arg "[0.5, 0.83, 1.17, 1.5]" --arg "[0.5, 0.83, 1.17, 1.5]" --arg "[0.5, 0.83, 1.17, 1.5]" | filecheck %s --check-prefix=TANGENT
// RUN: %pullback opt %s --vjp="function=f" --cse --dce | filecheck %s --check-prefix=VJP
// RUN: %pullback eval %s --function pullback --arg "[-0.34, 0.58, -0.39, -0.09]" --arg "[-1.46, -0.39, -1.19, -0.95]" --arg "[1.75, 1.28, 1.49, 1.98]" --arg "[1, 1.33, 1.67, 2]" | filecheck %s --check-prefix=COTANGENT
// RUN: %pullback opt %s --vmap="size=3 function=f" --cse --dce | filecheck %s --check-prefix=BATCH
// RUN: %pullback opt %s --lower | filecheck %s --check-prefix=HLO

// TEXT-LABEL: func.func @f(%arg0: tensor<4xf64>, %arg1: tensor<4xf64>, %arg2: tensor<4xf64>) -> tensor<4xf64> {
// TEXT-NEXT: %0 = "pb.clamp"(%arg0, %arg1, %arg2) : (tensor<4xf64>, tensor<4xf64>, tensor<4xf64>) -> tensor<4xf64>
// TEXT-NEXT: func.return %0 : tensor<4xf64>

// VALUE: %0 : f64[4] = [-0.34, 0.58, -0.39, -0.09]

// JVP-LABEL: func.func @f.jvp(%arg0: tensor<4xf64>, %arg1: tensor<4xf64>, %arg2: tensor<4xf64>, %arg3: tensor<4xf64>, %arg4: tensor<4xf64>, %arg5: tensor<4xf64>) -> (tensor<4xf64>, tensor<4xf64>) {
// JVP: "pb.clamp"
// JVP: "pb.compare"
// JVP: "pb.compare"
// JVP: "pb.and"
// JVP: "pb.select"
// JVP: "pb.compare"
// JVP: "pb.compare"
// JVP: "pb.and"
// JVP: "pb.select"
// JVP: "pb.add"

// TANGENT: %1 : f64[4] = [0.5, 0.83, 1.17, 1.5]

// VJP-LABEL: func.func @f.bwd(
// VJP: "pb.select"
// VJP: "pb.select"
// VJP: "pb.select"

// COTANGENT: %0 : f64[4] = [1, 1.33, 1.67, 2]
// COTANGENT: %1 : f64[4] = [0, 0, 0, 0]
// COTANGENT: %2 : f64[4] = [0, 0, 0, 0]

// BATCH-LABEL: func.func @f.vmap(%arg0: tensor<3x4xf64>, %arg1: tensor<3x4xf64>, %arg2: tensor<3x4xf64>) -> tensor<3x4xf64> {
// BATCH: "pb.clamp"(%arg0, %arg1, %arg2) : (tensor<3x4xf64>, tensor<3x4xf64>, tensor<3x4xf64>) -> tensor<3x4xf64>

// HLO-LABEL: func.func public @f(
// HLO: "stablehlo.clamp"(
// HLO-NOT: "pb.

func.func @f(%arg0: tensor<4xf64>, %arg1: tensor<4xf64>, %arg2: tensor<4xf64>) -> tensor<4xf64> {
  %0 = "pb.clamp"(%arg0, %arg1, %arg2) : (tensor<4xf64>, tensor<4xf64>, tensor<4xf64>) -> tensor<4xf64>
  func.return %0 : tensor<4xf64>
}
func.func @pullback(%arg0: tensor<4xf64>, %arg1: tensor<4xf64>, %arg2: tensor<4xf64>, %arg3: tensor<4xf64>) -> (tensor<4xf64>, tensor<4xf64>, tensor<4xf64>) {
  %0:2 = "pbfn.vjp_fwd"(%arg0, %arg1, %arg2) {callee = @f, active = array<i1: true, true, true>} : (tensor<4xf64>, tensor<4xf64>, tensor<4xf64>) -> (tensor<4xf64>, !pbfn.tape<@f, "111">)
  %1:3 = "pbfn.vjp_bwd"(%0#1, %arg3) : (!pbfn.tape<@f, "111">, tensor<4xf64>) -> (tensor<4xf64>, tensor<4xf64>, tensor<4xf64>)
  func.return %1#0, %1#1, %1#2 : tensor<4xf64>, tensor<4xf64>, tensor<4xf64>
}
