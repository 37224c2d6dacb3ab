// pb.convert: The value in another element type. Floats become integers by truncation toward zero, saturating, with NaN
// to 0; booleans by comparison with 0; complex numbers become real by dropping the imaginary part.

// RUN: %pullback opt %s | %pullback opt - | filecheck %s --check-prefix=TEXT
// RUN: %pullback eval %s --function f --arg "[[0.05, 1.8, -1.42], [1.79, -0.75, -0.31]]" | filecheck %s --check-prefix=VALUE
// RUN: %pullback opt %s --jvp="function=f" --cse --dce | filecheck %s --check-prefix=JVP
// RUN: %pullback opt %s --vmap="size=3 function=f" --cse --dce | filecheck %s --check-prefix=BATCH
// RUN: %pullback opt %s --lower | filecheck %s --check-prefix=HLO

// TEXT-LABEL: func.func @f(%arg0: tensor<2x3xf64>) -> tensor<2x3xi1> {
// TEXT-NEXT: %0 = "pb.convert"(%arg0) {dtype = i1} : (tensor<2x3xf64>) -> tensor<2x3xi1>
// TEXT-NEXT: func.return %0 : tensor<2x3xi1>

// VALUE: %0 : i1[2,3] = {{\[\[}}true, true, true], [true, true, true]]

// JVP-LABEL: func.func @f.jvp(%arg0: tensor<2x3xf64>, %arg1: tensor<2x3xf64>) -> tensor<2x3xi1> {
// JVP: "pb.convert"

// BATCH-LABEL: func.func @f.vmap(%arg0: tensor<3x2x3xf64>) -> tensor<3x2x3xi1> {
// BATCH: "pb.convert"(%arg0) {dtype = i1} : (tensor<3x2x3xf64>) -> tensor<3x2x3xi1>

// HLO-LABEL: func.func public @f(
// HLO: "stablehlo.compare"(
// HLO-NOT: "pb.

func.func @f(%arg0: tensor<2x3xf64>) -> tensor<2x3xi1> {
  %0 = "pb.convert"(%arg0) {dtype = i1} : (tensor<2x3xf64>) -> tensor<2x3xi1>
  func.return %0 : tensor<2x3xi1>
}
