// RUN: %pullback opt %s | %pullback opt - | filecheck %s
// RUN: %pullback eval %s --function main --arg 1 --arg "[1, 2, 3]" | filecheck %s --check-prefix=VALUE
// RUN: %pullback eval %s --function main --arg 1 --arg "[1, 2, 3]" --compiled | filecheck %s --check-prefix=VALUE
// RUN: %pullback opt %s --jvp="function=main" | %pullback eval - --function main.jvp --arg 1 --arg "[1, 2, 3]" --arg 0 --arg "[1, 0, 0]" | filecheck %s --check-prefix=TANGENT
// RUN: %pullback eval %s --function gradient --arg 1 --arg "[1, 2, 3]" | filecheck %s --check-prefix=COTANGENT
// RUN: %pullback opt %s --vmap="size=2 function=main batched=10" | %pullback eval - --function main.vmap --arg "[1, 2]" --arg "[1, 2, 3]" | filecheck %s --check-prefix=BATCH
// RUN: %pullback opt %s --lower | filecheck %s --check-prefix=HLO

// A running product: carry and stacked results.

// CHECK: "pbfn.scan"(%arg0, %arg1) {body = @step, num_consts = 0 : i64, num_carry = 1 : i64, length = 3 : i64, reverse = false, unroll = 1 : i64}
// VALUE: %0 : f64[] = 6
// VALUE: %1 : f64[3] = [1, 2, 6]
// TANGENT: %2 : f64[] = 6
// TANGENT: %3 : f64[3] = [1, 2, 6]
// COTANGENT: %0 : f64[] = 6
// COTANGENT: %1 : f64[3] = [6, 3, 2]
// BATCH: %0 : f64[2] = [6, 12]
// BATCH: %1 : f64[2,3] = {{\[\[}}1, 2, 6], [2, 4, 12]]
// HLO: "stablehlo.while"
func.func @main(%x: tensor<f64>, %xs: tensor<3xf64>) -> (tensor<f64>, tensor<3xf64>) {
  %0:2 = "pbfn.scan"(%x, %xs) {body = @step, num_consts = 0 : i64, num_carry = 1 : i64, length = 3 : i64, reverse = false, unroll = 1 : i64} : (tensor<f64>, tensor<3xf64>) -> (tensor<f64>, tensor<3xf64>)
  return %0#0, %0#1 : tensor<f64>, tensor<3xf64>
}
func.func @gradient(%x: tensor<f64>, %xs: tensor<3xf64>) -> (tensor<f64>, tensor<3xf64>) {
  %one = "pb.constant"() {value = dense<1.0> : tensor<f64>} : () -> tensor<f64>
  %zero = "pb.constant"() {value = dense<0.0> : tensor<3xf64>} : () -> tensor<3xf64>
  %0:3 = "pbfn.vjp_fwd"(%x, %xs) {callee = @main, active = array<i1: true, true>} : (tensor<f64>, tensor<3xf64>) -> (tensor<f64>, tensor<3xf64>, !pbfn.tape<@main, "11">)
  %1:2 = "pbfn.vjp_bwd"(%0#2, %one, %zero) : (!pbfn.tape<@main, "11">, tensor<f64>, tensor<3xf64>) -> (tensor<f64>, tensor<3xf64>)
  return %1#0, %1#1 : tensor<f64>, tensor<3xf64>
}
func.func private @step(%carry: tensor<f64>, %x: tensor<f64>) -> (tensor<f64>, tensor<f64>) {
  %0 = "pb.mul"(%carry, %x) : (tensor<f64>, tensor<f64>) -> tensor<f64>
  return %0, %0 : tensor<f64>, tensor<f64>
}
