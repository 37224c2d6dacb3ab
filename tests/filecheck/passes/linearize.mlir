// RUN: %pullback opt %s --linearize | filecheck %s

// The primal part saves the cosine; the linear part only multiplies by it.

// CHECK-LABEL: func.func @f.fwd(%arg0: tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>)
// CHECK: %[[S:.*]] = "pb.sin"(%arg0)
// CHECK: %[[C:.*]] = "pb.cos"(%arg0)
// CHECK: func.return %[[S]], %[[C]]
// CHECK-LABEL: func.func @f.lin(%arg0: tensor<4xf32>, %arg1: tensor<4xf32>) -> tensor<4xf32>
// CHECK-NEXT: %[[T:.*]] = "pb.mul"(%arg1, %arg0)
// CHECK-NEXT: func.return %[[T]]
func.func @f(%x: tensor<4xf32>) -> tensor<4xf32> {
  %0 = "pb.sin"(%x) : (tensor<4xf32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}
