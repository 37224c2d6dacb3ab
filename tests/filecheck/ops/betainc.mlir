// pb.betainc: Regularized incomplete beta function I_x(a, b), 0 <= x <= 1, a, b >= 0; NaN elsewhere. Relative error
// below 1e-12 in f64 and 1e-5 in f32 for a and b up to 1e4; relative to 1 where it is the complement of a number near 1.
// Parameters above 1e8 are scaled down to there. Differentiable with respect to x.

// RUN: %pullback opt %s | %pullback opt - | filecheck %s --check-prefix=TEXT
// RUN: %pullback eval %s --function f --arg "[1.5, 3, 4]" --arg "[0.5, 2, 12]" --arg "[0.3, 0.6, 0.25]" | filecheck %s --check-prefix=VALUE
// RUN: %pullback opt %s --jvp="function=f active=001" --cse --dce | filecheck %s --check-prefix=JVP
// RUN: %pullback opt %s --jvp="function=f active=001" | %pullback eval - --function f.jvp --arg "[1.5, 3, 4]" --arg "[0.5, 2, 12]" --arg "[0.3, 0.6, 0.25]" --arg "[0.5, 1.25, 2]" | filecheck %s --check-prefix=TANGENT
// RUN: %pullback opt %s --vjp="function=f active=001" --cse --dce | filecheck %s --check-prefix=VJP
// RUN: %pullback eval %s --function pullback --arg "[1.5, 3, 4]" --arg "[0.5, 2, 12]" --arg "[0.3, 0.6, 0.25]" --arg "[1, 1.5, 2]" | filecheck %s --check-prefix=COTANGENT
// RUN: not %pullback opt %s --jvp="function=f" 2>&1 | filecheck %s --check-prefix=CONSTANT
// RUN: %pullback opt %s --vmap="size=3 function=f" --cse --dce | filecheck %s --check-prefix=BATCH
// RUN: %pullback opt %s --lower | filecheck %s --check-prefix=HLO

// TEXT-LABEL: func.func @f(%arg0: tensor<3xf64>, %arg1: tensor<3xf64>, %arg2: tensor<3xf64>) -> tensor<3xf64> {
// TEXT-NEXT: %0 = "pb.betainc"(%arg0, %arg1, %arg2) : (tensor<3xf64>, tensor<3xf64>, tensor<3xf64>) -> tensor<3xf64>
// TEXT-NEXT: func.return %0 : tensor<3xf64>

// VALUE: %0 : f64[3] = [0.077274, 0.4752, 0.53871]

// JVP-LABEL: func.func @f.jvp(
// JVP: "pb.betainc"
// JVP: "pb.exp"
// JVP: "pb.mul"

// TANGENT: %1 : f64[3] = [0.20838, 2.16, 7.2064]

// VJP-LABEL: func.func @f.bwd(
// VJP: "pb.mul"

// COTANGENT: %0 : f64[3] = [0.41677, 2.592, 7.2064]

// CONSTANT: differentiable with respect to

// BATCH-LABEL: func.func @f.vmap(%arg0: tensor<3x3xf64>, %arg1: tensor<3x3xf64>, %arg2: tensor<3x3xf64>) -> tensor<3x3xf64> {
// BATCH: "pb.betainc"(%arg0, %arg1, %arg2) : (tensor<3x3xf64>, tensor<3x3xf64>, tensor<3x3xf64>) -> tensor<3x3xf64>

// HLO-LABEL: func.func public @f(
// HLO: "func.call"(
// HLO-NOT: "pb.

func.func @f(%arg0: tensor<3xf64>, %arg1: tensor<3xf64>, %arg2: tensor<3xf64>) -> tensor<3xf64> {
  %0 = "pb.betainc"(%arg0, %arg1, %arg2) : (tensor<3xf64>, tensor<3xf64>, tensor<3xf64>) -> tensor<3xf64>
  func.return %0 : tensor<3xf64>
}
func.func @pullback(%arg0: tensor<3xf64>, %arg1: tensor<3xf64>, %arg2: tensor<3xf64>, %arg3: tensor<3xf64>) -> tensor<3xf64> {
  %0:2 = "pbfn.vjp_fwd"(%arg0, %arg1, %arg2) {callee = @f, active = array<i1: false, false, true>} : (tensor<3xf64>, tensor<3xf64>, tensor<3xf64>) -> (tensor<3xf64>, !pbfn.tape<@f, "001">)
  %1 = "pbfn.vjp_bwd"(%0#1, %arg3) : (!pbfn.tape<@f, "001">, tensor<3xf64>) -> tensor<3xf64>
  func.return %1 : tensor<3xf64>
}
