// RUN: %pullback opt %s | %pullback opt - | filecheck %s
// RUN: %pullback eval %s --function main --arg 2 --arg 1 --arg "[2, 3, 5]" | filecheck %s --check-prefix=VALUE
// RUN: %pullback eval %s --function main --arg 2 --arg 1 --arg "[2, 3, 5]" --compiled | filecheck %s --check-prefix=VALUE
// RUN: %pullback opt %s --jvp="function=main active=011" | %pullback eval - --function main.jvp --arg 2 --arg 1 --arg "[2, 3, 5]" --arg 0 --arg "[1, 0, 1]" | filecheck %s --check-prefix=TANGENT
// RUN: %pullback eval %s --function gradient --arg 2 --arg 1 --arg "[2, 3, 5]" | filecheck %s --check-prefix=COTANGENT
// RUN: %pullback opt %s --vmap="size=3 function=main batched=100" | %pullback eval - --function main.vmap --arg "[0, 2, 7]" --arg 1 --arg "[2, 3, 5]" | filecheck %s --check-prefix=BATCH
// RUN: %pullback opt %s --lower | filecheck %s --check-prefix=HLO

// A running product of the first two of three numbers.

// CHECK: "pbfn.counted_scan"(%arg0, %arg1, %arg2) {body = @step, num_consts = 0 : i64, num_carry = 1 : i64, length = 3 : i64, reverse = false, unroll = 1 : i64}
// VALUE: %0 : f64[] = 6
// VALUE: %1 : f64[3] = [2, 6, 0]
// TANGENT: %2 : f64[] = 3
// TANGENT: %3 : f64[3] = [1, 3, 0]
// COTANGENT: %0 : f64[] = 6
// COTANGENT: %1 : f64[3] = [3, 2, 0]
// BATCH: %0 : f64[3] = [1, 6, 30]
// BATCH: %1 : f64[3,3] = {{\[\[}}0, 0, 0], [2, 6, 0], [2, 6, 30]]
// HLO: "stablehlo.while"
func.func @main(%n: tensor<i32>, %x: tensor<f64>, %xs: tensor<3xf64>) -> (tensor<f64>, tensor<3xf64>) {
  %0:2 = "pbfn.counted_scan"(%n, %x, %xs) {body = @step, num_consts = 0 : i64, num_carry = 1 : i64, length = 3 : i64, reverse = false, unroll = 1 : i64} : (tensor<i32>, tensor<f64>, tensor<3xf64>) -> (tensor<f64>, tensor<3xf64>)
  return %0#0, %0#1 : tensor<f64>, tensor<3xf64>
}
func.func @gradient(%n: tensor<i32>, %x: tensor<f64>, %xs: tensor<3xf64>) -> (tensor<f64>, tensor<3xf64>) {
  %one = "pb.constant"() {value = dense<1.0> : tensor<f64>} : () -> tensor<f64>
  %zero = "pb.constant"() {value = dense<0.0> : tensor<3xf64>} : () -> tensor<3xf64>
  %0:3 = "pbfn.vjp_fwd"(%n, %x, %xs) {callee = @main, active = array<i1: false, true, true>} : (tensor<i32>, tensor<f64>, tensor<3xf64>) -> (tensor<f64>, tensor<3xf64>, !pbfn.tape<@main, "011">)
  %1:2 = "pbfn.vjp_bwd"(%0#2, %one, %zero) : (!pbfn.tape<@main, "011">, tensor<f64>, tensor<3xf64>) -> (tensor<f64>, tensor<3xf64>)
  return %1#0, %1#1 : tensor<f64>, tensor<3xf64>
}
func.func private @step(%carry: tensor<f64>, %x: tensor<f64>) -> (tensor<f64>, tensor<f64>) {
  %0 = "pb.mul"(%carry, %x) : (tensor<f64>, tensor<f64>) -> tensor<f64>
  return %0, %0 : tensor<f64>, tensor<f64>
}
