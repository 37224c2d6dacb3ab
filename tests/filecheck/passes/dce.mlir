// RUN: %pullback opt %s --dce | filecheck %s

// CHECK-LABEL: func.func @f(
// CHECK-NEXT: %0 = "pb.exp"(%arg0)
// CHECK-NEXT: func.return %0
func.func @f(%x: tensor<4xf32>) -> tensor<4xf32> {
  %0 = "pb.log"(%x) : (tensor<4xf32>) -> tensor<4xf32>
  %1 = "pb.exp"(%x) : (tensor<4xf32>) -> tensor<4xf32>
  %2 = "pb.mul"(%0, %1) : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  return %1 : tensor<4xf32>
}
