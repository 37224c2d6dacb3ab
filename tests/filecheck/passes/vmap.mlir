// RUN: %pullback opt %s --vmap="size=8" | filecheck %s
// RUN: %pullback opt %s --vmap="size=8 batched=10" | filecheck %s --check-prefix=FIRST
// RUN: not %pullback opt %s --vmap 2>&1 | filecheck %s --check-prefix=SIZE

// CHECK-LABEL: func.func @f.vmap(%arg0: tensor<8x2x3xf32>, %arg1: tensor<8x3xf32>) -> tensor<8x2xf32>
// CHECK: "pb.dot_general"(%arg0, %arg1) {lhs_batch = array<i64: 0>, rhs_batch = array<i64: 0>, lhs_contract = array<i64: 2>, rhs_contract = array<i64: 1>}

// FIRST-LABEL: func.func @f.vmap(%arg0: tensor<8x2x3xf32>, %arg1: tensor<3xf32>) -> tensor<8x2xf32>
// FIRST: "pb.dot_general"(%arg0, %arg1) {lhs_batch = array<i64>, rhs_batch = array<i64>, lhs_contract = array<i64: 2>, rhs_contract = array<i64: 0>}

// SIZE: pass 'vmap' needs option 'size'
func.func @f(%a: tensor<2x3xf32>, %x: tensor<3xf32>) -> tensor<2xf32> {
  %0 = "pb.dot_general"(%a, %x) {lhs_batch = array<i64>, rhs_batch = array<i64>, lhs_contract = array<i64: 1>, rhs_contract = array<i64: 0>} : (tensor<2x3xf32>, tensor<3xf32>) -> tensor<2xf32>
  return %0 : tensor<2xf32>
}
