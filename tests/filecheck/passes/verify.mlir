// RUN: %pullback opt %s --verify --split-input-file --verify-diagnostics

func.func @good(%x: tensor<4xf32>) -> tensor<4xf32> {
  %0 = "pb.exp"(%x) : (tensor<4xf32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}

// -----

func.func @shape(%x: tensor<4xf32>) -> tensor<5xf32> {
  // expected-error @+1 {{'pb.exp' result type must be f32[4], got f32[5]}}
  %0 = "pb.exp"(%x) : (tensor<4xf32>) -> tensor<5xf32>
  return %0 : tensor<5xf32>
}

// -----

func.func @two(%x: tensor<4xf32>) -> tensor<4xf32> {
  %0 = "pb.exp"(%x, %x) : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>  // expected-error {{expects 1 operand, got 2}}
  %1 = "pb.reduce_sum"(%x) : (tensor<4xf32>) -> tensor<f32>  // expected-error {{attribute 'axes' is missing}}
  return %0 : tensor<4xf32>
}

// -----

func.func @callee(%x: tensor<4xf32>) -> tensor<4xf32> {
  // expected-error @below {{names function @nobody, which does not exist}}
  %0 = "pbfn.call"(%x) {callee = @nobody, jit = false} : (tensor<4xf32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}
