// RUN: not %pullback opt %s --jvp="function=next" 2>&1 | filecheck %s --check-prefix=NEXT
// RUN: not %pullback opt %s --vjp="function=loop" 2>&1 | filecheck %s --check-prefix=LOOP
// RUN: not %pullback opt %s --jvp="function=nobody" 2>&1 | filecheck %s --check-prefix=NOBODY

// NEXT: error: pb.nextafter is not differentiable: nextafter steps between neighbouring floating-point numbers
func.func @next(%x: tensor<f32>) -> tensor<f32> {
  %0 = "pb.nextafter"(%x, %x) : (tensor<f32>, tensor<f32>) -> tensor<f32>
  return %0 : tensor<f32>
}

// LOOP: error: pbfn.while cannot be transposed (reverse mode): reverse-mode differentiation does not work through a while loop
func.func @loop(%x: tensor<f32>) -> tensor<f32> {
  %0 = "pbfn.while"(%x) {cond = @small, body = @double, cond_consts = 0 : i64, body_consts = 0 : i64} : (tensor<f32>) -> tensor<f32>
  return %0 : tensor<f32>
}
func.func private @small(%x: tensor<f32>) -> tensor<i1> {
  %0 = "pb.constant"() {value = dense<10.0> : tensor<f32>} : () -> tensor<f32>
  %1 = "pb.compare"(%x, %0) {direction = "LT"} : (tensor<f32>, tensor<f32>) -> tensor<i1>
  return %1 : tensor<i1>
}
func.func private @double(%x: tensor<f32>) -> tensor<f32> {
  %0 = "pb.add"(%x, %x) : (tensor<f32>, tensor<f32>) -> tensor<f32>
  return %0 : tensor<f32>
}

// NOBODY: the module has no such function
