// RUN: %pullback opt %s | %pullback opt - | filecheck %s
// RUN: %pullback eval %s --function main --arg 3 | filecheck %s --check-prefix=VALUE
// RUN: %pullback eval %s --function main --arg 3 --compiled | filecheck %s --check-prefix=VALUE
// RUN: %pullback eval %s --function main --arg 0.1 | filecheck %s --check-prefix=BOUND
// RUN: %pullback opt %s --jvp="function=main" | %pullback eval - --function main.jvp --arg 3 --arg 1 | filecheck %s --check-prefix=TANGENT
// RUN: %pullback eval %s --function gradient --arg 3 | filecheck %s --check-prefix=COTANGENT
// RUN: %pullback eval %s --function gradient --arg 3 --compiled | filecheck %s --check-prefix=COTANGENT
// RUN: %pullback opt %s --vmap="size=2 function=main" | %pullback eval - --function main.vmap --arg "[3, 5]" | filecheck %s --check-prefix=BATCH
// RUN: %pullback opt %s --linearize="function=main" | filecheck %s --check-prefix=LINEAR
// RUN: %pullback opt %s --lower | filecheck %s --check-prefix=HLO

// Doubles until it is at least 10, but at most 4 times.

// CHECK: "pbfn.bounded_while"(%arg0) {cond = @small, body = @double, cond_consts = 0 : i64, body_consts = 0 : i64, max_steps = 4 : i64, block = 0 : i64}
// VALUE: %0 : f64[] = 12
// VALUE: %1 : i32[] = 2
// BOUND: %0 : f64[] = 1.6
// BOUND: %1 : i32[] = 4
// TANGENT: %2 : f64[] = 4
// COTANGENT: %0 : f64[] = 4
// BATCH: %0 : f64[2] = [12, 10]
// BATCH: %1 : i32[2] = [2, 1]
// HLO: "stablehlo.while"

// The primal part saves the carry before every second step; the linear part is a loop over the blocks that were run, each of
// them a checkpoint.

// LINEAR-LABEL: func.func @main.fwd(%arg0: tensor<f64>) ->
// LINEAR: "pbfn.bounded_while"(%arg0) {{.*}}block = 2 : i64} : (tensor<f64>) -> (tensor<f64>, tensor<i32>, tensor<2xf64>)
// LINEAR-LABEL: func.func @main.lin(
// LINEAR: "pbfn.counted_scan"(
func.func @main(%x: tensor<f64>) -> (tensor<f64>, tensor<i32>) {
  %0:2 = "pbfn.bounded_while"(%x) {cond = @small, body = @double, cond_consts = 0 : i64, body_consts = 0 : i64, max_steps = 4 : i64, block = 0 : i64} : (tensor<f64>) -> (tensor<f64>, tensor<i32>)
  return %0#0, %0#1 : tensor<f64>, tensor<i32>
}
func.func @gradient(%x: tensor<f64>) -> tensor<f64> {
  %one = "pb.constant"() {value = dense<1.0> : tensor<f64>} : () -> tensor<f64>
  %0:3 = "pbfn.vjp_fwd"(%x) {callee = @main, active = array<i1: true>} : (tensor<f64>) -> (tensor<f64>, tensor<i32>, !pbfn.tape<@main, "1">)
  %1 = "pbfn.vjp_bwd"(%0#2, %one) : (!pbfn.tape<@main, "1">, tensor<f64>) -> tensor<f64>
  return %1 : tensor<f64>
}
func.func private @small(%x: tensor<f64>) -> tensor<i1> {
  %0 = "pb.constant"() {value = dense<10.0> : tensor<f64>} : () -> tensor<f64>
  %1 = "pb.compare"(%x, %0) {direction = "LT"} : (tensor<f64>, tensor<f64>) -> tensor<i1>
  return %1 : tensor<i1>
}
func.func private @double(%x: tensor<f64>) -> tensor<f64> {
  %0 = "pb.add"(%x, %x) : (tensor<f64>, tensor<f64>) -> tensor<f64>
  return %0 : tensor<f64>
}
