// RUN: %pullback opt %s --inline | filecheck %s

// CHECK-LABEL: func.func @main(
// CHECK-NEXT: %0 = "pb.exp"(%arg0)
// CHECK-NEXT: %1 = "pb.exp"(%0)
// CHECK-NEXT: func.return %1
// CHECK-NOT: @f
func.func @main(%x: tensor<4xf32>) -> tensor<4xf32> {
  %0 = "pbfn.call"(%x) {callee = @f, jit = true} : (tensor<4xf32>) -> tensor<4xf32>
  %1 = "pbfn.call"(%0) {callee = @f, jit = false} : (tensor<4xf32>) -> tensor<4xf32>
  return %1 : tensor<4xf32>
}
func.func private @f(%x: tensor<4xf32>) -> tensor<4xf32> {
  %0 = "pb.exp"(%x) : (tensor<4xf32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}
