// pb.reduce_precision: The operand rounded (to nearest, ties to even) to a format with `exponent_bits` and
// `mantissa_bits`: numbers that are too large become infinite, those below its normal ones zero. Tangents are rounded
// likewise, as in JAX.

// RUN: %pullback opt %s | %pullback opt - | filecheck %s --check-prefix=TEXT
// RUN: %pullback eval %s --function f --arg "[1.1, -3.3, 1e+09, 1e-09]" | filecheck %s --check-prefix=VALUE
// RUN: %pullback opt %s --jvp="function=f" --cse --dce | filecheck %s --check-prefix=JVP
// RUN: %pullback opt %s --jvp="function=f" | %pullback eval - --function f.jvp --arg "[1.1, -3.3, 1e+09, 1e-09]" --arg "[1, 1.1, 2.3, 4]" | filecheck %s --check-prefix=TANGENT
// RUN: %pullback opt %s --vjp="function=f" --cse --dce | filecheck %s --check-prefix=VJP
// RUN: %pullback eval %s --function pullback --arg "[1.1, -3.3, 1e+09, 1e-09]" --arg "[1.3, 2, 3, 4]" | filecheck %s --check-prefix=COTANGENT
// RUN: %pullback opt %s --vmap="size=3 function=f" --cse --dce | filecheck %s --check-prefix=BATCH
// RUN: %pullback opt %s --lower | filecheck %s --check-prefix=HLO

// TEXT-LABEL: func.func @f(%arg0: tensor<4xf64>) -> tensor<4xf64> {
// TEXT-NEXT: %0 = "pb.reduce_precision"(%arg0) {exponent_bits = 5 : i64, mantissa_bits = 3 : i64} : (tensor<4xf64>) -> tensor<4xf64>
// TEXT-NEXT: func.return %0 : tensor<4xf64>

// VALUE: %0 : f64[4] = [1.125, -3.25, inf, 0]

// JVP-LABEL: func.func @f.jvp(%arg0: tensor<4xf64>, %arg1: tensor<4xf64>) -> (tensor<4xf64>, tensor<4xf64>) {
// JVP: "pb.reduce_precision"
// JVP: "pb.reduce_precision"

// TANGENT: %1 : f64[4] = [1, 1.125, 2.25, 4]

// VJP-LABEL: func.func @f.bwd(
// VJP: "pb.reduce_precision"

// COTANGENT: %0 : f64[4] = [1.25, 2, 3, 4]

// BATCH-LABEL: func.func @f.vmap(%arg0: tensor<3x4xf64>) -> tensor<3x4xf64> {
// BATCH: "pb.reduce_precision"(%arg0) {exponent_bits = 5 : i64, mantissa_bits = 3 : i64} : (tensor<3x4xf64>) -> tensor<3x4xf64>

// HLO-LABEL: func.func public @f(
// HLO: "stablehlo.reduce_precision"(
// HLO-NOT: "pb.

func.func @f(%arg0: tensor<4xf64>) -> tensor<4xf64> {
  %0 = "pb.reduce_precision"(%arg0) {exponent_bits = 5 : i64, mantissa_bits = 3 : i64} : (tensor<4xf64>) -> tensor<4xf64>
  func.return %0 : tensor<4xf64>
}
func.func @pullback(%arg0: tensor<4xf64>, %arg1: tensor<4xf64>) -> tensor<4xf64> {
  %0:2 = "pbfn.vjp_fwd"(%arg0) {callee = @f, active = array<i1: true>} : (tensor<4xf64>) -> (tensor<4xf64>, !pbfn.tape<@f, "1">)
  %1 = "pbfn.vjp_bwd"(%0#1, %arg1) : (!pbfn.tape<@f, "1">, tensor<4xf64>) -> tensor<4xf64>
  func.return %1 : tensor<4xf64>
}
