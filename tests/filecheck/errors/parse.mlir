// RUN: %pullback opt %s --split-input-file --verify-diagnostics

func.func @f(%x: tensor<4xf32>) {
  // expected-error @+1 {{unknown operation 'pb.snn'; did you mean pb.sin}}
  %0 = "pb.snn"(%x) : (tensor<4xf32>) -> tensor<4xf32>
  return
}

// -----

func.func @f(%x: tensor<4xf32>) {
  // expected-error @+1 {{pb.reduce_sum has no attribute 'axis'; did you mean 'axes'?}}
  %0 = "pb.reduce_sum"(%x) {axis = array<i64: 0>} : (tensor<4xf32>) -> tensor<f32>
  return
}

// -----

func.func @f(%x: tensor<4xf32>) {
  // expected-error @+1 {{attribute 'axes' must be an array of integers, such as array<i64: 0, 1>, got 0 : i64}}
  %0 = "pb.reduce_sum"(%x) {axes = 0 : i64} : (tensor<4xf32>) -> tensor<f32>
  return
}

// -----

func.func @f(%x: tensor<4xf32>) {
  // expected-error @+1 {{use of undeclared SSA value name}}
  %0 = "pb.exp"(%y) : (tensor<4xf32>) -> tensor<4xf32>
  return
}

// -----

// expected-error @+1 {{element type i4 is not supported by the pb dialect}}
func.func @f(%x: tensor<4xi4>) {
  return
}
