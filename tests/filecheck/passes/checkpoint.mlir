// RUN: %pullback opt %s --checkpoint | filecheck %s
// RUN: %pullback opt %s --expand --checkpoint --cse --dce | filecheck %s

// CHECK-LABEL: func.func @main(
// CHECK-NEXT: %[[X:.*]] = "pb.optimization_barrier"(%arg0)
// CHECK-NEXT: %[[Y:.*]] = "pb.exp"(%[[X]])
// CHECK-NEXT: func.return %[[Y]]
// CHECK-NOT: @f
func.func @main(%x: tensor<4xf32>) -> tensor<4xf32> {
  %0 = "pbfn.checkpoint"(%x) {callee = @f, barrier = true, policy = "nothing_saveable"} : (tensor<4xf32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}
func.func private @f(%x: tensor<4xf32>) -> tensor<4xf32> {
  %0 = "pb.exp"(%x) : (tensor<4xf32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}
