// pb.nextafter: The neighbour of lhs in the direction of rhs.

// RUN: %pullback opt %s | %pullback opt - | filecheck %s --check-prefix=TEXT
// RUN: %pullback eval %s --function f --arg "[[-0.68, 1.15, -0.79], [-0.19, -1.46, -0.39]]" --arg "[[-1.19, -0.95, 1], [-0.88, -0.06, 1.92]]" | filecheck %s --check-prefix=VALUE
// RUN: not %pullback opt %s --jvp="function=f" 2>&1 | filecheck %s --check-prefix=JVP
// RUN: %pullback opt %s --vmap="size=3 function=f" --cse --dce | filecheck %s --check-prefix=BATCH
// RUN: %pullback opt %s --lower | filecheck %s --check-prefix=HLO

// TEXT-LABEL: func.func @f(%arg0: tensor<2x3xf64>, %arg1: tensor<2x3xf64>) -> tensor<2x3xf64> {
// TEXT-NEXT: %0 = "pb.nextafter"(%arg0, %arg1) : (tensor<2x3xf64>, tensor<2x3xf64>) -> tensor<2x3xf64>
// TEXT-NEXT: func.return %0 : tensor<2x3xf64>

// VALUE: %0 : f64[2,3] = {{\[\[}}-0.68, 1.15, -0.79], [-0.19, -1.46, -0.39]]

// JVP: pb.nextafter is not differentiable: nextafter steps between neighbouring floating-point numbers; it has no derivative

// BATCH-LABEL: func.func @f.vmap(%arg0: tensor<3x2x3xf64>, %arg1: tensor<3x2x3xf64>) -> tensor<3x2x3xf64> {
// BATCH: "pb.nextafter"(%arg0, %arg1) : (tensor<3x2x3xf64>, tensor<3x2x3xf64>) -> tensor<3x2x3xf64>

// HLO-LABEL: func.func public @f(
// HLO: "stablehlo.map"(
// HLO-NOT: "pb.

func.func @f(%arg0: tensor<2x3xf64>, %arg1: tensor<2x3xf64>) -> tensor<2x3xf64> {
  %0 = "pb.nextafter"(%arg0, %arg1) : (tensor<2x3xf64>, tensor<2x3xf64>) -> tensor<2x3xf64>
  func.return %0 : tensor<2x3xf64>
}
