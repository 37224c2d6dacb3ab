// RUN: %pullback opt %s | %pullback opt - | filecheck %s
// RUN: %pullback eval %s --function main --arg 0 --arg 2 | filecheck %s --check-prefix=FIRST
// RUN: %pullback eval %s --function main --arg 7 --arg 2 | filecheck %s --check-prefix=LAST
// RUN: %pullback eval %s --function main --arg 7 --arg 2 --compiled | filecheck %s --check-prefix=LAST
// RUN: %pullback opt %s --jvp="function=main" | %pullback eval - --function main.jvp --arg 0 --arg 2 --arg 1 | filecheck %s --check-prefix=TANGENT
// RUN: %pullback eval %s --function gradient --arg 0 --arg 2 | filecheck %s --check-prefix=COTANGENT
// RUN: %pullback opt %s --vmap="size=2 function=main" | %pullback eval - --function main.vmap --arg "[0, 1]" --arg "[2, 2]" | filecheck %s --check-prefix=BATCH
// RUN: %pullback opt %s --lower | filecheck %s --check-prefix=HLO

// CHECK: "pbfn.cond"(%arg0, %arg1) {branches = [@square, @negative]}
// FIRST: %0 : f64[] = 4
// LAST: %0 : f64[] = -2
// TANGENT: %1 : f64[] = 4
// COTANGENT: %0 : f64[] = 4
// BATCH: %0 : f64[2] = [4, -2]
// HLO-LABEL: func.func public @main(
// HLO: "stablehlo.case"
func.func @main(%i: tensor<i32>, %x: tensor<f64>) -> tensor<f64> {
  %0 = "pbfn.cond"(%i, %x) {branches = [@square, @negative]} : (tensor<i32>, tensor<f64>) -> tensor<f64>
  return %0 : tensor<f64>
}
func.func @gradient(%i: tensor<i32>, %x: tensor<f64>) -> tensor<f64> {
  %one = "pb.constant"() {value = dense<1.0> : tensor<f64>} : () -> tensor<f64>
  %0:2 = "pbfn.vjp_fwd"(%i, %x) {callee = @main, active = array<i1: false, true>} : (tensor<i32>, tensor<f64>) -> (tensor<f64>, !pbfn.tape<@main, "01">)
  %1 = "pbfn.vjp_bwd"(%0#1, %one) : (!pbfn.tape<@main, "01">, tensor<f64>) -> tensor<f64>
  return %1 : tensor<f64>
}
func.func private @square(%x: tensor<f64>) -> tensor<f64> {
  %0 = "pb.mul"(%x, %x) : (tensor<f64>, tensor<f64>) -> tensor<f64>
  return %0 : tensor<f64>
}
func.func private @negative(%x: tensor<f64>) -> tensor<f64> {
  %0 = "pb.neg"(%x) : (tensor<f64>) -> tensor<f64>
  return %0 : tensor<f64>
}
