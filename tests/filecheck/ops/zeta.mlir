// pb.zeta: Hurwitz zeta function, the sum of (n + q)^-x over n >= 0, for x > 1; infinite at x = 1 and at the poles q =
// 0, -1, ...; NaN for x < 1, and for q < 0 unless x is an integer. Relative error below 1e-13 in f64 and 2e-6 in f32 for
// q > 0. Differentiable with respect to q.

// RUN: %pullback opt %s | %pullback opt - | filecheck %s --check-prefix=TEXT
// RUN: %pullback eval %s --function f --arg "[2, 3.5, 4]" --arg "[1, 0.5, -1.5]" | filecheck %s --check-prefix=VALUE
// RUN: %pullback opt %s --jvp="function=f active=01" --cse --dce | filecheck %s --check-prefix=JVP
// RUN: %pullback opt %s --jvp="function=f active=01" | %pullback eval - --function f.jvp --arg "[2, 3.5, 4]" --arg "[1, 0.5, -1.5]" --arg "[0.5, 1.25, 2]" | filecheck %s --check-prefix=TANGENT
// RUN: %pullback opt %s --vjp="function=f active=01" --cse --dce | filecheck %s --check-prefix=VJP
// RUN: %pullback eval %s --function pullback --arg "[2, 3.5, 4]" --arg "[1, 0.5, -1.5]" --arg "[1, 1.5, 2]" | filecheck %s --check-prefix=COTANGENT
// RUN: not %pullback opt %s --jvp="function=f" 2>&1 | filecheck %s --check-prefix=CONSTANT
// RUN: %pullback opt %s --vmap="size=3 function=f" --cse --dce | filecheck %s --check-prefix=BATCH
// RUN: %pullback opt %s --lower | filecheck %s --check-prefix=HLO

// TEXT-LABEL: func.func @f(%arg0: tensor<3xf64>, %arg1: tensor<3xf64>) -> tensor<3xf64> {
// TEXT-NEXT: %0 = "pb.zeta"(%arg0, %arg1) : (tensor<3xf64>, tensor<3xf64>) -> tensor<3xf64>
// TEXT-NEXT: func.return %0 : tensor<3xf64>

// VALUE: %0 : f64[3] = [1.6449, 11.621, 32.432]

// JVP-LABEL: func.func @f.jvp(
// JVP: "pb.zeta"
// JVP: "pb.zeta"
// JVP: "pb.mul"

// TANGENT: %1 : f64[3] = [-1.2021, -99.796, -0.10459]

// VJP-LABEL: func.func @f.bwd(
// VJP: "pb.mul"

// COTANGENT: %0 : f64[3] = [-2.4041, -119.76, -0.10459]

// CONSTANT: differentiable with respect to

// BATCH-LABEL: func.func @f.vmap(%arg0: tensor<3x3xf64>, %arg1: tensor<3x3xf64>) -> tensor<3x3xf64> {
// BATCH: "pb.zeta"(%arg0, %arg1) : (tensor<3x3xf64>, tensor<3x3xf64>) -> tensor<3x3xf64>

// HLO-LABEL: func.func public @f(
// HLO: "func.call"(
// HLO-NOT: "pb.

func.func @f(%arg0: tensor<3xf64>, %arg1: tensor<3xf64>) -> tensor<3xf64> {
  %0 = "pb.zeta"(%arg0, %arg1) : (tensor<3xf64>, tensor<3xf64>) -> tensor<3xf64>
  func.return %0 : tensor<3xf64>
}
func.func @pullback(%arg0: tensor<3xf64>, %arg1: tensor<3xf64>, %arg2: tensor<3xf64>) -> tensor<3xf64> {
  %0:2 = "pbfn.vjp_fwd"(%arg0, %arg1) {callee = @f, active = array<i1: false, true>} : (tensor<3xf64>, tensor<3xf64>) -> (tensor<3xf64>, !pbfn.tape<@f, "01">)
  %1 = "pbfn.vjp_bwd"(%0#1, %arg2) : (!pbfn.tape<@f, "01">, tensor<3xf64>) -> tensor<3xf64>
  func.return %1 : tensor<3xf64>
}
