// RUN: %pullback opt %s --outline-elementwise | filecheck %s
// RUN: %pullback opt %s --outline-elementwise | %pullback eval - --function both --arg "[0.5, 1]" | filecheck %s --check-prefix=VALUE

// One function of scalars serves all shapes, and one map of it all operations of one shape.
// CHECK-LABEL: func.func @chain(
// CHECK: "pbfn.call"(%arg0) {callee = @tanh.map.4xf32, jit = false} : (tensor<4xf32>) -> tensor<4xf32>
// CHECK: "pbfn.call"({{.*}}) {callee = @tanh.map.4xf32, jit = false} : (tensor<4xf32>) -> tensor<4xf32>
// CHECK: "pbfn.call"(%arg1) {callee = @tanh.map.2x3xf32, jit = false} : (tensor<2x3xf32>) -> tensor<2x3xf32>
func.func @chain(%x: tensor<4xf32>, %y: tensor<2x3xf32>) -> (tensor<4xf32>, tensor<2x3xf32>) {
  %0 = "pb.tanh"(%x) : (tensor<4xf32>) -> tensor<4xf32>
  %1 = "pb.tanh"(%0) : (tensor<4xf32>) -> tensor<4xf32>
  %2 = "pb.tanh"(%y) : (tensor<2x3xf32>) -> tensor<2x3xf32>
  return %1, %2 : tensor<4xf32>, tensor<2x3xf32>
}

// Sine and cosine share the reduction of their argument: as two results they are calls, which IREE computes together,
// CHECK-LABEL: func.func @both(
// CHECK: "pbfn.call"(%arg0) {callee = @sin.2xf64
// CHECK: "pbfn.call"(%arg0) {callee = @cos.2xf64
// VALUE: %0 : f64[2] = [0.47943, 0.84147]
// VALUE: %1 : f64[2] = [0.87758, 0.5403]
func.func @both(%x: tensor<2xf64>) -> (tensor<2xf64>, tensor<2xf64>) {
  %0 = "pb.sin"(%x) : (tensor<2xf64>) -> tensor<2xf64>
  %1 = "pb.cos"(%x) : (tensor<2xf64>) -> tensor<2xf64>
  return %0, %1 : tensor<2xf64>, tensor<2xf64>
}

// and in one kernel they are maps;
// CHECK-LABEL: func.func @product(
// CHECK: "pbfn.call"(%arg0) {callee = @sin.map.2xf64
// CHECK: "pbfn.call"(%arg0) {callee = @cos.map.2xf64
func.func @product(%x: tensor<2xf64>) -> tensor<2xf64> {
  %0 = "pb.sin"(%x) : (tensor<2xf64>) -> tensor<2xf64>
  %1 = "pb.cos"(%x) : (tensor<2xf64>) -> tensor<2xf64>
  %2 = "pb.mul"(%0, %1) : (tensor<2xf64>, tensor<2xf64>) -> tensor<2xf64>
  return %2 : tensor<2xf64>
}

// Sine and tanh have little in common, so two results may be maps.
// CHECK-LABEL: func.func @apart(
// CHECK: "pbfn.call"(%arg0) {callee = @sin.map.2xf64
// CHECK: "pbfn.call"(%arg0) {callee = @tanh.map.2xf64
func.func @apart(%x: tensor<2xf64>) -> (tensor<2xf64>, tensor<2xf64>) {
  %0 = "pb.sin"(%x) : (tensor<2xf64>) -> tensor<2xf64>
  %1 = "pb.tanh"(%x) : (tensor<2xf64>) -> tensor<2xf64>
  return %0, %1 : tensor<2xf64>, tensor<2xf64>
}

// What is broadcast is a call, also through other elementwise operations; a single f32 is a map.
// CHECK-LABEL: func.func @broadcast(
// CHECK: "pbfn.call"(%arg0) {callee = @tanh.4xf32
// CHECK: "pbfn.call"(%arg1) {callee = @tanh.map.f32, jit = false} : (tensor<f32>) -> tensor<f32>
func.func @broadcast(%x: tensor<4xf32>, %y: tensor<f32>) -> tensor<3x4xf32> {
  %0 = "pb.tanh"(%x) : (tensor<4xf32>) -> tensor<4xf32>
  %1 = "pb.neg"(%0) : (tensor<4xf32>) -> tensor<4xf32>
  %2 = "pb.broadcast_in_dim"(%1) {shape = array<i64: 3, 4>, dims = array<i64: 1>} : (tensor<4xf32>) -> tensor<3x4xf32>
  %3 = "pb.tanh"(%y) : (tensor<f32>) -> tensor<f32>
  %4 = "pb.broadcast_in_dim"(%3) {shape = array<i64: 3, 4>, dims = array<i64>} : (tensor<f32>) -> tensor<3x4xf32>
  %5 = "pb.mul"(%2, %4) : (tensor<3x4xf32>, tensor<3x4xf32>) -> tensor<3x4xf32>
  return %5 : tensor<3x4xf32>
}
// CHECK-LABEL: func.func private @tanh.f32(%arg0: tensor<f32>) -> tensor<f32>
// CHECK-LABEL: func.func private @tanh.map.4xf32(%arg0: tensor<4xf32>) -> tensor<4xf32>
// CHECK: "pbfn.map"(%arg0) {callee = @tanh.f32} : (tensor<4xf32>) -> tensor<4xf32>
// CHECK-LABEL: func.func private @tanh.map.2x3xf32(
// CHECK: "pbfn.map"(%arg0) {callee = @tanh.f32} : (tensor<2x3xf32>) -> tensor<2x3xf32>
