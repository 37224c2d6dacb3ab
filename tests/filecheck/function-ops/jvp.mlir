// RUN: %pullback opt %s --expand --cse --dce | filecheck %s
// RUN: %pullback eval %s --function main --arg 0.5 --arg 2 | filecheck %s --check-prefix=VALUE

// Results, then the tangents of the floating-point ones.

// CHECK-LABEL: func.func @main(
// CHECK-DAG: %[[S:.*]] = "pb.sin"(%arg0)
// CHECK-DAG: %[[C:.*]] = "pb.cos"(%arg0)
// CHECK: %[[T:.*]] = "pb.mul"(%arg1, %[[C]])
// CHECK: func.return %[[S]], %[[T]]

// VALUE: %0 : f64[] = 0.47943
// VALUE: %1 : f64[] = 1.7552
func.func @main(%x: tensor<f64>, %dx: tensor<f64>) -> (tensor<f64>, tensor<f64>) {
  %0:2 = "pbfn.jvp"(%x, %dx) {callee = @f, active = array<i1: true>} : (tensor<f64>, tensor<f64>) -> (tensor<f64>, tensor<f64>)
  return %0#0, %0#1 : tensor<f64>, tensor<f64>
}
func.func private @f(%x: tensor<f64>) -> tensor<f64> {
  %0 = "pb.sin"(%x) : (tensor<f64>) -> tensor<f64>
  return %0 : tensor<f64>
}
