// pb.cholesky_pair: pb.cholesky of complex matrices that are given by, and result in, real and imaginary parts.

// RUN: %pullback opt %s | %pullback opt - | filecheck %s --check-prefix=TEXT
// RUN: %pullback eval %s --function f --arg "[[11.63, 1.38, -4.79], [1.38, 8.74, -0.99], [-4.79, -0.99, 11.1]]" --arg "[[0, -3.25, 3.35], [3.25, -0, -0.2], [-3.35, 0.2, 0]]" | filecheck %s --check-prefix=VALUE
// RUN: not %pullback opt %s --jvp="function=f" 2>&1 | filecheck %s --check-prefix=JVP
// RUN: %pullback opt %s --lower | filecheck %s --check-prefix=HLO

// TEXT-LABEL: func.func @f(%arg0: tensor<3x3xf64>, %arg1: tensor<3x3xf64>) -> (tensor<3x3xf64>, tensor<3x3xf64>) {
// TEXT-NEXT: %0:2 = "pb.cholesky_pair"(%arg0, %arg1) : (tensor<3x3xf64>, tensor<3x3xf64>) -> (tensor<3x3xf64>, tensor<3x3xf64>)
// TEXT-NEXT: func.return %0#0, %0#1 : tensor<3x3xf64>, tensor<3x3xf64>

// VALUE: %0 : f64[3,3] = {{\[\[}}3.4103, 0, 0], [0.40466, 2.7691, 0], [-1.4046, 0.18581, 2.8383]]
// VALUE: %1 : f64[3,3] = {{\[\[}}0, 0, 0], [0.953, 0, 0], [-0.98232, -0.26761, 0]]

// JVP: pb.cholesky_pair is not differentiable: only lowering makes this op, after differentiation and batching

// HLO-LABEL: func.func public @f(
// HLO: "stablehlo.select"(
// HLO: "stablehlo.select"(
// HLO: "stablehlo.reshape"(
// HLO-NOT: "pb.

func.func @f(%arg0: tensor<3x3xf64>, %arg1: tensor<3x3xf64>) -> (tensor<3x3xf64>, tensor<3x3xf64>) {
  %0:2 = "pb.cholesky_pair"(%arg0, %arg1) : (tensor<3x3xf64>, tensor<3x3xf64>) -> (tensor<3x3xf64>, tensor<3x3xf64>)
  func.return %0#0, %0#1 : tensor<3x3xf64>, tensor<3x3xf64>
}
