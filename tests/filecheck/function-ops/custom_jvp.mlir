// RUN: %pullback opt %s | %pullback opt - | filecheck %s
// RUN: %pullback opt %s --expand --resolve-custom-rules | filecheck %s --check-prefix=RESOLVED
// RUN: %pullback opt %s --jvp="function=main" | %pullback eval - --function main.jvp --arg 2 --arg 1 | filecheck %s --check-prefix=TANGENT

// The rule says that the derivative is 100 times the tangent, and it is believed, from text as well.

// CHECK: "pbfn.custom_jvp"(%arg0) {callee = @f, rule = @rule, num_args = 1 : i64, callee_consts = 0 : i64}
// RESOLVED-LABEL: func.func @main(
// RESOLVED-NOT: pbfn
// RESOLVED: "pb.mul"(%arg0, %arg0)
// TANGENT: %0 : f64[] = 4
// TANGENT: %1 : f64[] = 100
func.func @main(%x: tensor<f64>) -> tensor<f64> {
  %0 = "pbfn.custom_jvp"(%x) {callee = @f, rule = @rule, num_args = 1 : i64, callee_consts = 0 : i64} : (tensor<f64>) -> tensor<f64>
  return %0 : tensor<f64>
}
func.func private @f(%x: tensor<f64>) -> tensor<f64> {
  %0 = "pb.mul"(%x, %x) : (tensor<f64>, tensor<f64>) -> tensor<f64>
  return %0 : tensor<f64>
}
func.func private @rule(%x: tensor<f64>, %dx: tensor<f64>) -> (tensor<f64>, tensor<f64>) {
  %0 = "pb.mul"(%x, %x) : (tensor<f64>, tensor<f64>) -> tensor<f64>
  %c = "pb.constant"() {value = dense<100.0> : tensor<f64>} : () -> tensor<f64>
  %1 = "pb.mul"(%dx, %c) : (tensor<f64>, tensor<f64>) -> tensor<f64>
  return %0, %1 : tensor<f64>, tensor<f64>
}
