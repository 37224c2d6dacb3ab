// pb.triangular_solve_pair: pb.triangular_solve of complex systems that are given by, and result in, real and imaginary
// parts.

// RUN: %pullback opt %s | %pullback opt - | filecheck %s --check-prefix=TEXT
// RUN: %pullback eval %s --function f --arg "[[4.41]]" --arg "[[0.05]]" --arg "[[-0.85], [1.13], [-0.99]]" --arg "[[-0.96], [-0.43], [0.13]]" | filecheck %s --check-prefix=VALUE
// RUN: not %pullback opt %s --jvp="function=f" 2>&1 | filecheck %s --check-prefix=JVP
// RUN: %pullback opt %s --lower | filecheck %s --check-prefix=HLO

// TEXT-LABEL: func.func @f(%arg0: tensor<1x1xf64>, %arg1: tensor<1x1xf64>, %arg2: tensor<3x1xf64>, %arg3: tensor<3x1xf64>) -> (tensor<3x1xf64>, tensor<3x1xf64>) {
// TEXT-NEXT: %0:2 = "pb.triangular_solve_pair"(%arg0, %arg1, %arg2, %arg3) {left_side = false, lower = true, transpose_a = true, conjugate_a = false, unit_diagonal = false} : (tensor<1x1xf64>, tensor<1x1xf64>, tensor<3x1xf64>, tensor<3x1xf64>) -> (tensor<3x1xf64>, tensor<3x1xf64>)
// TEXT-NEXT: func.return %0#0, %0#1 : tensor<3x1xf64>, tensor<3x1xf64>

// VALUE: %0 : f64[3,1] = {{\[\[}}-0.19519], [0.2551], [-0.22413]]
// VALUE: %1 : f64[3,1] = {{\[\[}}-0.21547], [-0.1004], [0.03202]]

// JVP: pb.triangular_solve_pair is not differentiable: only lowering makes this op, after differentiation and batching

// HLO-LABEL: func.func public @f(
// HLO: "stablehlo.select"(
// HLO: "stablehlo.select"(
// HLO: "stablehlo.reshape"(
// HLO-NOT: "pb.

func.func @f(%arg0: tensor<1x1xf64>, %arg1: tensor<1x1xf64>, %arg2: tensor<3x1xf64>, %arg3: tensor<3x1xf64>) -> (tensor<3x1xf64>, tensor<3x1xf64>) {
  %0:2 = "pb.triangular_solve_pair"(%arg0, %arg1, %arg2, %arg3) {left_side = false, lower = true, transpose_a = true, conjugate_a = false, unit_diagonal = false} : (tensor<1x1xf64>, tensor<1x1xf64>, tensor<3x1xf64>, tensor<3x1xf64>) -> (tensor<3x1xf64>, tensor<3x1xf64>)
  func.return %0#0, %0#1 : tensor<3x1xf64>, tensor<3x1xf64>
}
