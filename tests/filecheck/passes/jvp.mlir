// RUN: %pullback opt %s --jvp | filecheck %s
// RUN: %pullback opt %s --jvp="active=10" | filecheck %s --check-prefix=FIRST
// RUN: %pullback opt %s --jvp | %pullback eval - --function f.jvp --arg 2 --arg 3 --arg 1 --arg 10 | filecheck %s --check-prefix=VALUE

// CHECK-LABEL: func.func @f(
// CHECK-LABEL: func.func @f.jvp(%arg0: tensor<f32>, %arg1: tensor<f32>, %arg2: tensor<f32>, %arg3: tensor<f32>) -> (tensor<f32>, tensor<f32>)
// CHECK: %[[Y:.*]] = "pb.mul"(%arg0, %arg1)
// CHECK: %[[A:.*]] = "pb.mul"(%arg2, %arg1)
// CHECK: %[[B:.*]] = "pb.mul"(%arg0, %arg3)
// CHECK: %[[T:.*]] = "pb.add"(%[[A]], %[[B]])
// CHECK: func.return %[[Y]], %[[T]]

// FIRST-LABEL: func.func @f.jvp(%arg0: tensor<f32>, %arg1: tensor<f32>, %arg2: tensor<f32>) -> (tensor<f32>, tensor<f32>)
// FIRST-NOT: pb.add

// VALUE: %0 : f32[] = 6
// VALUE: %1 : f32[] = 23
func.func @f(%x: tensor<f32>, %y: tensor<f32>) -> tensor<f32> {
  %0 = "pb.mul"(%x, %y) : (tensor<f32>, tensor<f32>) -> tensor<f32>
  return %0 : tensor<f32>
}
