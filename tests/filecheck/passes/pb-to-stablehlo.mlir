// RUN: %pullback opt %s --pb-to-stablehlo | filecheck %s
// RUN: %pullback opt %s --pb-to-stablehlo="guard_arguments=false" | filecheck %s --check-prefix=BARE
// RUN: %pullback opt %s --pb-to-stablehlo --canonicalize --cse | filecheck %s --check-prefix=PRETTY

// CHECK-LABEL: func.func public @f(
// CHECK: "stablehlo.exponential"(%arg0) : (tensor<4xf32>) -> tensor<4xf32>
// PRETTY-LABEL: func.func public @f(
// PRETTY: stablehlo.exponential %arg0 : tensor<4xf32>
func.func @f(%x: tensor<4xf32>) -> tensor<4xf32> {
  %0 = "pb.exp"(%x) : (tensor<4xf32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}

// IREE could update the caller's buffer in place, so the argument is copied; a donated one is not.
// CHECK-LABEL: func.func public @update(%arg0_in: tensor<4xf32>, %arg1: tensor<1xf32>)
// CHECK: "util.optimization_barrier"
// CHECK: %arg0 = "stablehlo.select"
// CHECK: "stablehlo.dynamic_update_slice"(%arg0,
// BARE-LABEL: func.func public @update(%arg0: tensor<4xf32>, %arg1: tensor<1xf32>)
// BARE-NOT: util.
func.func @update(%x: tensor<4xf32>, %u: tensor<1xf32>) -> tensor<4xf32> {
  %i = "pb.constant"() {value = dense<1> : tensor<i32>} : () -> tensor<i32>
  %0 = "pb.dynamic_update_slice"(%x, %u, %i) : (tensor<4xf32>, tensor<1xf32>, tensor<i32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}

// CHECK-LABEL: func.func public @donated(%arg0: tensor<4xf32>, %arg1: tensor<1xf32>)
// CHECK-NOT: util.
func.func @donated(%x: tensor<4xf32> {pb.donated}, %u: tensor<1xf32>) -> tensor<4xf32> {
  %i = "pb.constant"() {value = dense<1> : tensor<i32>} : () -> tensor<i32>
  %0 = "pb.dynamic_update_slice"(%x, %u, %i) : (tensor<4xf32>, tensor<1xf32>, tensor<i32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}
