// A module of the pb dialect with a vjp_fwd/vjp_bwd pair and a vmap. Try:
//   pullback opt examples/vjp_and_vmap.mlir --expand
//   pullback opt examples/vjp_and_vmap.mlir --expand --simplify --cse --dce | pullback opt - --expand --simplify --cse --dce
module {
  func.func private @f(%x: tensor<3xf32>) -> tensor<f32> {
    %0 = "pb.sin"(%x) : (tensor<3xf32>) -> tensor<3xf32>
    %1 = "pb.mul"(%0, %x) : (tensor<3xf32>, tensor<3xf32>) -> tensor<3xf32>
    %2 = "pb.reduce_sum"(%1) {axes = array<i64: 0>} : (tensor<3xf32>) -> tensor<f32>
    func.return %2 : tensor<f32>
  }
  func.func private @grad(%x: tensor<3xf32>) -> tensor<3xf32> {
    %y, %tape = "pbfn.vjp_fwd"(%x) {callee = @f, active = array<i1: true>} : (tensor<3xf32>) -> (tensor<f32>, !pbfn.tape<@f, "1">)
    %one = "pb.constant"() {value = dense<1.0> : tensor<f32>} : () -> tensor<f32>
    %g = "pbfn.vjp_bwd"(%tape, %one) : (!pbfn.tape<@f, "1">, tensor<f32>) -> tensor<3xf32>
    func.return %g : tensor<3xf32>
  }
  func.func @per_example_gradients(%xs: tensor<8x3xf32>) -> tensor<8x3xf32> {
    %0 = "pbfn.vmap"(%xs) {callee = @grad, in_axes = array<i64: 0>, size = 8 : i64, axis_name = ""} : (tensor<8x3xf32>) -> tensor<8x3xf32>
    func.return %0 : tensor<8x3xf32>
  }
}
