// RUN: %pullback opt %s --vjp | filecheck %s
// RUN: %pullback opt %s --vjp | %pullback eval - --function f.bwd --arg "[1, 0.5]" --arg "[2, 2]" | filecheck %s --check-prefix=VALUE

// CHECK-LABEL: func.func @f.fwd(
// CHECK: "pb.cos"
// CHECK-LABEL: func.func @f.bwd(%arg0: tensor<2xf32>, %arg1: tensor<2xf32>) -> tensor<2xf32>
// CHECK-NEXT: %[[T:.*]] = "pb.mul"(%arg1, %arg0)
// CHECK-NEXT: func.return %[[T]]

// VALUE: %0 : f32[2] = [2, 1]
func.func @f(%x: tensor<2xf32>) -> tensor<2xf32> {
  %0 = "pb.sin"(%x) : (tensor<2xf32>) -> tensor<2xf32>
  return %0 : tensor<2xf32>
}
