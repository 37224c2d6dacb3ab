// pb.cumprod: Product of the elements up to each position along `axis`; from the end if `reverse`.

// RUN: %pullback opt %s | %pullback opt - | filecheck %s --check-prefix=TEXT
// RUN: %pullback eval %s --function f --arg "[[-0.36, 0.72, -0.19], [-0.7, -0.98, 0.28]]" | filecheck %s --check-prefix=VALUE
// RUN: %pullback opt %s --jvp="function=f" --cse --dce | filecheck %s --check-prefix=JVP
// RUN: %pullback opt %s --jvp="function=f" | %pullback eval - --function f.jvp --arg "[[-0.36, 0.72, -0.19], [-0.7, -0.98, 0.28]]" --arg "[[0.5, 0.7, 0.9], [1.1, 1.3, 1.5]]" | filecheck %s --check-prefix=TANGENT
// RUN: %pullback opt %s --vjp="function=f" --cse --dce | filecheck %s --check-prefix=VJP
// RUN: %pullback eval %s --function pullback --arg "[[-0.36, 0.72, -0.19], [-0.7, -0.98, 0.28]]" --arg "[[1, 1.2, 1.4], [1.6, 1.8, 2]]" | filecheck %s --check-prefix=COTANGENT
// RUN: %pullback opt %s --vmap="size=3 function=f" --cse --dce | filecheck %s --check-prefix=BATCH
// RUN: %pullback opt %s --lower | filecheck %s --check-prefix=HLO

// TEXT-LABEL: func.func @f(%arg0: tensor<2x3xf64>) -> tensor<2x3xf64> {
// TEXT-NEXT: %0 = "pb.cumprod"(%arg0) {axis = 1 : i64, reverse = false} : (tensor<2x3xf64>) -> tensor<2x3xf64>
// TEXT-NEXT: func.return %0 : tensor<2x3xf64>

// VALUE: %0 : f64[2,3] = {{\[\[}}-0.36, -0.2592, 0.049248], [-0.7, 0.686, 0.19208]]

// JVP-LABEL: func.func @f.jvp(%arg0: tensor<2x3xf64>, %arg1: tensor<2x3xf64>) -> (tensor<2x3xf64>, tensor<2x3xf64>) {
// JVP: "pb.cumprod"
// JVP: "pb.pad"
// JVP: "pb.mul"
// JVP: "pb.slice"
// JVP: "pb.slice"
// JVP: "pb.mul"
// JVP: "pb.pad"
// JVP: "pb.add"
// JVP: "pb.slice"
// JVP: "pb.slice"

// TANGENT: %1 : f64[2,3] = {{\[\[}}0.5, 0.108, -0.2538], [1.1, -1.988, 0.47236]]

// VJP-LABEL: func.func @f.bwd(
// VJP: "pb.pad"
// VJP: "pb.mul"
// VJP: "pb.pad"
// VJP: "pb.add"
// VJP: "pb.pad"
// VJP: "pb.mul"
// VJP: "pb.pad"
// VJP: "pb.add"
// VJP: "pb.mul"

// COTANGENT: %0 : f64[2,3] = {{\[\[}}1.6725, -0.33624, -0.36288], [-0.7128, -1.652, 1.372]]

// BATCH-LABEL: func.func @f.vmap(%arg0: tensor<3x2x3xf64>) -> tensor<3x2x3xf64> {
// BATCH: "pb.cumprod"(%arg0) {axis = 2 : i64, reverse = false} : (tensor<3x2x3xf64>) -> tensor<3x2x3xf64>

// HLO-LABEL: func.func public @f(
// HLO: "stablehlo.reshape"(
// HLO: "stablehlo.broadcast_in_dim"(
// HLO: "stablehlo.select"(
// HLO-NOT: "pb.

func.func @f(%arg0: tensor<2x3xf64>) -> tensor<2x3xf64> {
  %0 = "pb.cumprod"(%arg0) {axis = 1 : i64, reverse = false} : (tensor<2x3xf64>) -> tensor<2x3xf64>
  func.return %0 : tensor<2x3xf64>
}
func.func @pullback(%arg0: tensor<2x3xf64>, %arg1: tensor<2x3xf64>) -> tensor<2x3xf64> {
  %0:2 = "pbfn.vjp_fwd"(%arg0) {callee = @f, active = array<i1: true>} : (tensor<2x3xf64>) -> (tensor<2x3xf64>, !pbfn.tape<@f, "1">)
  %1 = "pbfn.vjp_bwd"(%0#1, %arg1) : (!pbfn.tape<@f, "1">, tensor<2x3xf64>) -> tensor<2x3xf64>
  func.return %1 : tensor<2x3xf64>
}
