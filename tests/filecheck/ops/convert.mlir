// pb.convert: The value in another element type. Floats become integers by truncation toward zero, saturating, with NaN
// to 0; booleans by comparison with 0; complex numbers become real by dropping the imaginary part.

// RUN: %pullback opt %s | %pullback opt - | filecheck %s --check-prefix=TEXT
// RUN: %pullback eval %s --function f --arg "[0.5, -1.5, 2.25]" | filecheck %s --check-prefix=VALUE
// RUN: %pullback opt %s --jvp="function=f" --cse --dce | filecheck %s --check-prefix=JVP
// RUN: %pullback opt %s --jvp="function=f" | %pullback eval - --function f.jvp --arg "[0.5, -1.5, 2.25]" --arg "[0.5, 1, 1.5]" | filecheck %s --check-prefix=TANGENT
// RUN: %pullback opt %s --vjp="function=f" --cse --dce | filecheck %s --check-prefix=VJP
// RUN: %pullback eval %s --function pullback --arg "[0.5, -1.5, 2.25]" --arg "[1, 1.5, 2]" | filecheck %s --check-prefix=COTANGENT
// RUN: %pullback opt %s --vmap="size=3 function=f" --cse --dce | filecheck %s --check-prefix=BATCH
// RUN: %pullback opt %s --lower | filecheck %s --check-prefix=HLO

// TEXT-LABEL: func.func @f(%arg0: tensor<3xf64>) -> tensor<3xf32> {
// TEXT-NEXT: %0 = "pb.convert"(%arg0) {dtype = f32} : (tensor<3xf64>) -> tensor<3xf32>
// TEXT-NEXT: func.return %0 : tensor<3xf32>

// VALUE: %0 : f32[3] = [0.5, -1.5, 2.25]

// JVP-LABEL: func.func @f.jvp(%arg0: tensor<3xf64>, %arg1: tensor<3xf64>) -> (tensor<3xf32>, tensor<3xf32>) {
// JVP: "pb.convert"
// JVP: "pb.convert"

// TANGENT: %1 : f32[3] = [0.5, 1, 1.5]

// VJP-LABEL: func.func @f.bwd(
// VJP: "pb.convert"

// COTANGENT: %0 : f64[3] = [1, 1.5, 2]

// BATCH-LABEL: func.func @f.vmap(%arg0: tensor<3x3xf64>) -> tensor<3x3xf32> {
// BATCH: "pb.convert"(%arg0) {dtype = f32} : (tensor<3x3xf64>) -> tensor<3x3xf32>

// HLO-LABEL: func.func public @f(
// HLO: "stablehlo.convert"(
// HLO-NOT: "pb.

func.func @f(%arg0: tensor<3xf64>) -> tensor<3xf32> {
  %0 = "pb.convert"(%arg0) {dtype = f32} : (tensor<3xf64>) -> tensor<3xf32>
  func.return %0 : tensor<3xf32>
}
func.func @pullback(%arg0: tensor<3xf64>, %arg1: tensor<3xf32>) -> tensor<3xf64> {
  %0:2 = "pbfn.vjp_fwd"(%arg0) {callee = @f, active = array<i1: true>} : (tensor<3xf64>) -> (tensor<3xf32>, !pbfn.tape<@f, "1">)
  %1 = "pbfn.vjp_bwd"(%0#1, %arg1) : (!pbfn.tape<@f, "1">, tensor<3xf32>) -> tensor<3xf64>
  func.return %1 : tensor<3xf64>
}
