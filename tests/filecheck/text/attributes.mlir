// RUN: %pullback opt %s | filecheck %s
// RUN: %pullback opt %s | %pullback opt - | filecheck %s

// Every kind of attribute, as it is printed.

// CHECK: func.func @main(%arg0: tensor<2x3xf32> {pb.donated, pb.name = "x[\220\22]"}, %arg1: tensor<i32>) -> (tensor<2x3xf32> {pb.name = "out"}) {
func.func @main(%x: tensor<2x3xf32> {pb.name = "x[\220\22]", pb.donated}, %i: tensor<i32>) -> (tensor<2x3xf32> {pb.name = "out"}) {
  // CHECK-NEXT: "pb.cumsum"(%arg0) {axis = 1 : i64, reverse = true}
  %0 = "pb.cumsum"(%x) {reverse = true, axis = 1 : i64} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  // CHECK-NEXT: "pb.transpose"(%0) {perm = array<i64: 1, 0>}
  %1 = "pb.transpose"(%0) {perm = array<i64: 1, 0>} : (tensor<2x3xf32>) -> tensor<3x2xf32>
  // CHECK-NEXT: "pb.convert"(%1) {dtype = complex<f32>}
  %2 = "pb.convert"(%1) {dtype = complex<f32>} : (tensor<3x2xf32>) -> tensor<3x2xcomplex<f32>>
  // CHECK-NEXT: "pb.compare"(%0, %0) {direction = "LT"}
  %3 = "pb.compare"(%0, %0) {direction = "LT"} : (tensor<2x3xf32>, tensor<2x3xf32>) -> tensor<2x3xi1>
  // CHECK-NEXT: "pbfn.cond"(%arg1, %0) {branches = [@f, @"odd name"]}
  %4 = "pbfn.cond"(%i, %0) {branches = [@f, @"odd name"]} : (tensor<i32>, tensor<2x3xf32>) -> tensor<2x3xf32>
  // CHECK-NEXT: %5:2 = "pbfn.vjp_fwd"(%4) {callee = @f, active = array<i1: true>} : (tensor<2x3xf32>) -> (tensor<2x3xf32>, !pbfn.tape<@f, "1">)
  %5:2 = "pbfn.vjp_fwd"(%4) {callee = @f, active = array<i1: true>} : (tensor<2x3xf32>) -> (tensor<2x3xf32>, !pbfn.tape<@f, "1">)
  // CHECK-NEXT: "pbfn.vjp_bwd"(%5#1, %5#0)
  %6 = "pbfn.vjp_bwd"(%5#1, %5#0) : (!pbfn.tape<@f, "1">, tensor<2x3xf32>) -> tensor<2x3xf32>
  // CHECK-NEXT: func.return %6
  return %6 : tensor<2x3xf32>
}
// CHECK: func.func private @f(
func.func private @f(%x: tensor<2x3xf32>) -> tensor<2x3xf32> { return %x : tensor<2x3xf32> }
// CHECK: func.func private @"odd name"(
func.func private @"odd name"(%x: tensor<2x3xf32>) -> tensor<2x3xf32> { return %x : tensor<2x3xf32> }
