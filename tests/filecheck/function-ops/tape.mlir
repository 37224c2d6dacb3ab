// RUN: %pullback opt %s --expand --verify --cse --dce | filecheck %s
// RUN: %pullback eval %s --arg 3 --arg 5 | filecheck %s --check-prefix=VALUE

// A tape is used twice, and once more inside a mapped function: it becomes the residuals that it stands for.

// CHECK-LABEL: func.func @main(
// CHECK-NOT: tape
// CHECK: func.return

// VALUE: %0 : f64[] = 5
// VALUE: %1 : f64[] = 3
// VALUE: %2 : f64[2] = [5, 10]
func.func @main(%x: tensor<f64>, %y: tensor<f64>) -> (tensor<f64>, tensor<f64>, tensor<2xf64>) {
  %0:2 = "pbfn.vjp_fwd"(%x, %y) {callee = @product, active = array<i1: true, true>} : (tensor<f64>, tensor<f64>) -> (tensor<f64>, !pbfn.tape<@product, "11">)
  %one = "pb.constant"() {value = dense<1.0> : tensor<f64>} : () -> tensor<f64>
  %1:2 = "pbfn.vjp_bwd"(%0#1, %one) : (!pbfn.tape<@product, "11">, tensor<f64>) -> (tensor<f64>, tensor<f64>)
  %cts = "pb.constant"() {value = dense<[1.0, 2.0]> : tensor<2xf64>} : () -> tensor<2xf64>
  %2 = "pbfn.vmap"(%0#1, %cts) {callee = @pull, in_axes = array<i64: -1, 0>, size = 2 : i64, axis_name = ""} : (!pbfn.tape<@product, "11">, tensor<2xf64>) -> tensor<2xf64>
  return %1#0, %1#1, %2 : tensor<f64>, tensor<f64>, tensor<2xf64>
}
func.func private @pull(%tape: !pbfn.tape<@product, "11">, %ct: tensor<f64>) -> tensor<f64> {
  %0:2 = "pbfn.vjp_bwd"(%tape, %ct) : (!pbfn.tape<@product, "11">, tensor<f64>) -> (tensor<f64>, tensor<f64>)
  return %0#0 : tensor<f64>
}
func.func private @product(%x: tensor<f64>, %y: tensor<f64>) -> tensor<f64> {
  %0 = "pb.mul"(%x, %y) : (tensor<f64>, tensor<f64>) -> tensor<f64>
  return %0 : tensor<f64>
}
