// pb.integer_pow: The power with the fixed integer exponent y, by repeated multiplication.

// RUN: %pullback opt %s | %pullback opt - | filecheck %s --check-prefix=TEXT
// RUN: %pullback eval %s --function f --arg "[0.5, -1.5, 2]" | filecheck %s --check-prefix=VALUE
// RUN: %pullback opt %s --jvp="function=f" --cse --dce | filecheck %s --check-prefix=JVP
// RUN: %pullback opt %s --jvp="function=f" | %pullback eval - --function f.jvp --arg "[0.5, -1.5, 2]" --arg "[0.5, 1, 1.5]" | filecheck %s --check-prefix=TANGENT
// RUN: %pullback opt %s --vjp="function=f" --cse --dce | filecheck %s --check-prefix=VJP
// RUN: %pullback eval %s --function pullback --arg "[0.5, -1.5, 2]" --arg "[1, 1.5, 2]" | filecheck %s --check-prefix=COTANGENT
// RUN: %pullback opt %s --vmap="size=3 function=f" --cse --dce | filecheck %s --check-prefix=BATCH
// RUN: %pullback opt %s --lower | filecheck %s --check-prefix=HLO

// TEXT-LABEL: func.func @f(%arg0: tensor<3xf64>) -> tensor<3xf64> {
// TEXT-NEXT: %0 = "pb.integer_pow"(%arg0) {y = 3 : i64} : (tensor<3xf64>) -> tensor<3xf64>
// TEXT-NEXT: func.return %0 : tensor<3xf64>

// VALUE: %0 : f64[3] = [0.125, -3.375, 8]

// JVP-LABEL: func.func @f.jvp(%arg0: tensor<3xf64>, %arg1: tensor<3xf64>) -> (tensor<3xf64>, tensor<3xf64>) {
// JVP: "pb.integer_pow"
// JVP: "pb.integer_pow"
// JVP: "pb.mul"
// JVP: "pb.mul"

// TANGENT: %1 : f64[3] = [0.375, 6.75, 18]

// VJP-LABEL: func.func @f.bwd(
// VJP: "pb.mul"

// COTANGENT: %0 : f64[3] = [0.75, 10.125, 24]

// BATCH-LABEL: func.func @f.vmap(%arg0: tensor<3x3xf64>) -> tensor<3x3xf64> {
// BATCH: "pb.integer_pow"(%arg0) {y = 3 : i64} : (tensor<3x3xf64>) -> tensor<3x3xf64>

// HLO-LABEL: func.func public @f(
// HLO: "stablehlo.map"(
// HLO-NOT: "pb.

func.func @f(%arg0: tensor<3xf64>) -> tensor<3xf64> {
  %0 = "pb.integer_pow"(%arg0) {y = 3 : i64} : (tensor<3xf64>) -> tensor<3xf64>
  func.return %0 : tensor<3xf64>
}
func.func @pullback(%arg0: tensor<3xf64>, %arg1: tensor<3xf64>) -> tensor<3xf64> {
  %0:2 = "pbfn.vjp_fwd"(%arg0) {callee = @f, active = array<i1: true>} : (tensor<3xf64>) -> (tensor<3xf64>, !pbfn.tape<@f, "1">)
  %1 = "pbfn.vjp_bwd"(%0#1, %arg1) : (!pbfn.tape<@f, "1">, tensor<3xf64>) -> tensor<3xf64>
  func.return %1 : tensor<3xf64>
}
