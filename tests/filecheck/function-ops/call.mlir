// RUN: %pullback opt %s | %pullback opt - | filecheck %s
// RUN: %pullback opt %s --expand | filecheck %s --check-prefix=EXPAND
// RUN: %pullback opt %s --lower | filecheck %s --check-prefix=HLO
// RUN: %pullback eval %s --function main --arg 2 | filecheck %s --check-prefix=VALUE
// RUN: %pullback opt %s --jvp="function=main" | %pullback eval - --function main.jvp --arg 2 --arg 1 | filecheck %s --check-prefix=TANGENT

// CHECK: "pbfn.call"(%arg0) {callee = @f, jit = true} : (tensor<f64>) -> tensor<f64>
// EXPAND-NOT: pbfn.call
// EXPAND: "pb.mul"
// HLO: "stablehlo.multiply"
// VALUE: %0 : f64[] = 16
// TANGENT: %1 : f64[] = 32
func.func @main(%x: tensor<f64>) -> tensor<f64> {
  %0 = "pbfn.call"(%x) {callee = @f, jit = true} : (tensor<f64>) -> tensor<f64>
  %1 = "pbfn.call"(%0) {callee = @f, jit = false} : (tensor<f64>) -> tensor<f64>
  return %1 : tensor<f64>
}
func.func private @f(%x: tensor<f64>) -> tensor<f64> {
  %0 = "pb.mul"(%x, %x) : (tensor<f64>, tensor<f64>) -> tensor<f64>
  return %0 : tensor<f64>
}
