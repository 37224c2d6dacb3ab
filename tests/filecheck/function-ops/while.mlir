// RUN: %pullback opt %s | %pullback opt - | filecheck %s
// RUN: %pullback eval %s --function main --arg 3 | filecheck %s --check-prefix=VALUE
// RUN: %pullback eval %s --function main --arg 3 --compiled | filecheck %s --check-prefix=VALUE
// RUN: %pullback opt %s --jvp | %pullback eval - --function main.jvp --arg 3 --arg 1 | filecheck %s --check-prefix=TANGENT
// RUN: not %pullback opt %s --vjp 2>&1 | filecheck %s --check-prefix=REVERSE
// RUN: %pullback opt %s --vmap="size=2" | %pullback eval - --function main.vmap --arg "[3, 5]" | filecheck %s --check-prefix=BATCH
// RUN: %pullback opt %s --lower | filecheck %s --check-prefix=HLO

// Doubles until it is at least 10.

// CHECK: "pbfn.while"(%arg0) {cond = @small, body = @double, cond_consts = 0 : i64, body_consts = 0 : i64}
// VALUE: %0 : f64[] = 12
// TANGENT: %1 : f64[] = 4
// REVERSE: error: pbfn.while cannot be transposed (reverse mode)
// BATCH: %0 : f64[2] = [12, 10]
// HLO: "stablehlo.while"
func.func @main(%x: tensor<f64>) -> tensor<f64> {
  %0 = "pbfn.while"(%x) {cond = @small, body = @double, cond_consts = 0 : i64, body_consts = 0 : i64} : (tensor<f64>) -> tensor<f64>
  return %0 : tensor<f64>
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
