// RUN: %pullback opt %s --expand --verify --cse --dce | filecheck %s
// RUN: %pullback eval %s --function second --arg 0.5 | filecheck %s --check-prefix=SECOND
// RUN: %pullback eval %s --function per_example --arg "[0, 0.5, 1]" | filecheck %s --check-prefix=BATCH
// RUN: %pullback eval %s --function per_example --arg "[0, 0.5, 1]" --compiled | filecheck %s --check-prefix=BATCH

// Transformations of functions that hold transformations: forward over reverse, and a batch of gradients.

// CHECK-LABEL: func.func @second(
// CHECK-NOT: pbfn
// CHECK-LABEL: func.func @per_example(%arg0: tensor<3xf64>) -> tensor<3xf64>
// CHECK-NOT: pbfn
// CHECK: "pb.cos"(%arg0) : (tensor<3xf64>) -> tensor<3xf64>

// SECOND: %0 : f64[] = 0.87758
// SECOND: %1 : f64[] = -0.47943
func.func @second(%x: tensor<f64>) -> (tensor<f64>, tensor<f64>) {
  %one = "pb.constant"() {value = dense<1.0> : tensor<f64>} : () -> tensor<f64>
  %0:2 = "pbfn.jvp"(%x, %one) {callee = @gradient, active = array<i1: true>} : (tensor<f64>, tensor<f64>) -> (tensor<f64>, tensor<f64>)
  return %0#0, %0#1 : tensor<f64>, tensor<f64>
}

// BATCH: %0 : f64[3] = [1, 0.87758, 0.5403]
func.func @per_example(%x: tensor<3xf64>) -> tensor<3xf64> {
  %0 = "pbfn.vmap"(%x) {callee = @gradient, in_axes = array<i64: 0>, size = 3 : i64, axis_name = ""} : (tensor<3xf64>) -> tensor<3xf64>
  return %0 : tensor<3xf64>
}
func.func private @gradient(%x: tensor<f64>) -> tensor<f64> {
  %one = "pb.constant"() {value = dense<1.0> : tensor<f64>} : () -> tensor<f64>
  %0:2 = "pbfn.vjp_fwd"(%x) {callee = @f, active = array<i1: true>} : (tensor<f64>) -> (tensor<f64>, !pbfn.tape<@f, "1">)
  %1 = "pbfn.vjp_bwd"(%0#1, %one) : (!pbfn.tape<@f, "1">, tensor<f64>) -> tensor<f64>
  return %1 : tensor<f64>
}
func.func private @f(%x: tensor<f64>) -> tensor<f64> {
  %0 = "pb.sin"(%x) : (tensor<f64>) -> tensor<f64>
  return %0 : tensor<f64>
}
