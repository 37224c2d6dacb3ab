// RUN: %pullback opt %s --cse | filecheck %s
// RUN: %pullback opt %s --cse --cse | filecheck %s

// CHECK-LABEL: func.func @f(
// CHECK-NEXT: %[[E:.*]] = "pb.exp"(%arg0)
// CHECK-NEXT: %[[P:.*]] = "pb.mul"(%[[E]], %[[E]])
// CHECK-NEXT: func.return %[[P]]
func.func @f(%x: tensor<4xf32>) -> tensor<4xf32> {
  %0 = "pb.exp"(%x) : (tensor<4xf32>) -> tensor<4xf32>
  %1 = "pb.exp"(%x) : (tensor<4xf32>) -> tensor<4xf32>
  %2 = "pb.mul"(%0, %1) : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  return %2 : tensor<4xf32>
}

// A barrier is never merged: that is what it is for.
// CHECK-LABEL: func.func @barriers(
// CHECK-COUNT-2: "pb.optimization_barrier"
func.func @barriers(%x: tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>) {
  %0 = "pb.optimization_barrier"(%x) : (tensor<4xf32>) -> tensor<4xf32>
  %1 = "pb.optimization_barrier"(%x) : (tensor<4xf32>) -> tensor<4xf32>
  return %0, %1 : tensor<4xf32>, tensor<4xf32>
}

// CHECK-LABEL: func.func @signed_zeros(
// CHECK-COUNT-2: "pb.constant"
func.func @signed_zeros() -> (tensor<f32>, tensor<f32>) {
  %0 = "pb.constant"() {value = dense<0.0> : tensor<f32>} : () -> tensor<f32>
  %1 = "pb.constant"() {value = dense<-0.0> : tensor<f32>} : () -> tensor<f32>
  return %0, %1 : tensor<f32>, tensor<f32>
}
