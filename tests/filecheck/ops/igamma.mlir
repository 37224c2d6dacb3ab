// pb.igamma: Regularized lower incomplete gamma function P(a, x), a >= 0, x >= 0; NaN elsewhere. Relative error below
// 1e-12 in f64 and 4e-6 in f32 for a up to 1e4.

// RUN: %pullback opt %s | %pullback opt - | filecheck %s --check-prefix=TEXT
// RUN: %pullback eval %s --function f --arg "[0.5, 2, 7]" --arg "[1, 0.7, 9.5]" | filecheck %s --check-prefix=VALUE
// RUN: %pullback opt %s --jvp="function=f" --cse --dce | filecheck %s --check-prefix=JVP
// RUN: %pullback opt %s --jvp="function=f" | %pullback eval - --function f.jvp --arg "[0.5, 2, 7]" --arg "[1, 0.7, 9.5]" --arg "[0.5, 1.25, 2]" --arg "[1, -0.5, 0.75]" | filecheck %s --check-prefix=TANGENT
// RUN: %pullback opt %s --vjp="function=f" --cse --dce | filecheck %s --check-prefix=VJP
// RUN: %pullback eval %s --function pullback --arg "[0.5, 2, 7]" --arg "[1, 0.7, 9.5]" --arg "[1, 1.5, 2]" | filecheck %s --check-prefix=COTANGENT
// RUN: %pullback opt %s --vmap="size=3 function=f" --cse --dce | filecheck %s --check-prefix=BATCH
// RUN: %pullback opt %s --lower | filecheck %s --check-prefix=HLO

// TEXT-LABEL: func.func @f(%arg0: tensor<3xf64>, %arg1: tensor<3xf64>) -> tensor<3xf64> {
// TEXT-NEXT: %0 = "pb.igamma"(%arg0, %arg1) : (tensor<3xf64>, tensor<3xf64>) -> tensor<3xf64>
// TEXT-NEXT: func.return %0 : tensor<3xf64>

// VALUE: %0 : f64[3] = [0.8427, 0.1558, 0.83505]

// JVP-LABEL: func.func @f.jvp(
// JVP: "pb.igamma"
// JVP: "pb.igamma_grad_a"
// JVP: "pb.mul"

// TANGENT: %1 : f64[3] = [0.012635, -0.43923, -0.12432]

// VJP-LABEL: func.func @f.bwd(
// VJP: "pb.mul"

// COTANGENT: %0 : f64[3] = [-0.38984, -0.31851, -0.18164]
// COTANGENT: %1 : f64[3] = [0.20755, 0.52141, 0.15284]

// BATCH-LABEL: func.func @f.vmap(%arg0: tensor<3x3xf64>, %arg1: tensor<3x3xf64>) -> tensor<3x3xf64> {
// BATCH: "pb.igamma"(%arg0, %arg1) : (tensor<3x3xf64>, tensor<3x3xf64>) -> tensor<3x3xf64>

// HLO-LABEL: func.func public @f(
// HLO: "func.call"(
// HLO-NOT: "pb.

func.func @f(%arg0: tensor<3xf64>, %arg1: tensor<3xf64>) -> tensor<3xf64> {
  %0 = "pb.igamma"(%arg0, %arg1) : (tensor<3xf64>, tensor<3xf64>) -> tensor<3xf64>
  func.return %0 : tensor<3xf64>
}
func.func @pullback(%arg0: tensor<3xf64>, %arg1: tensor<3xf64>, %arg2: tensor<3xf64>) -> (tensor<3xf64>, tensor<3xf64>) {
  %0:2 = "pbfn.vjp_fwd"(%arg0, %arg1) {callee = @f, active = array<i1: true, true>} : (tensor<3xf64>, tensor<3xf64>) -> (tensor<3xf64>, !pbfn.tape<@f, "11">)
  %1:2 = "pbfn.vjp_bwd"(%0#1, %arg2) : (!pbfn.tape<@f, "11">, tensor<3xf64>) -> (tensor<3xf64>, tensor<3xf64>)
  func.return %1#0, %1#1 : tensor<3xf64>, tensor<3xf64>
}
