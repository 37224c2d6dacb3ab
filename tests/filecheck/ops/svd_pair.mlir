// pb.svd_pair: pb.svd of complex square matrices that are given by, and whose vectors result in, real and imaginary
// parts.

// RUN: %pullback opt %s | %pullback opt - | filecheck %s --check-prefix=TEXT
// RUN: %pullback eval %s --function f --arg "[[1.2, -0.4, 2.1], [3.9, 1.1, -0.6], [-1.8, 2.7, 0.9]]" --arg "[[0.5, 0.62, 0.75], [0.88, 1.0, 1.12], [1.25, 1.38, 1.5]]" | filecheck %s --check-prefix=VALUE
// RUN: not %pullback opt %s --jvp="function=f" 2>&1 | filecheck %s --check-prefix=JVP
// RUN: %pullback opt %s --lower | filecheck %s --check-prefix=HLO

// TEXT-LABEL: func.func @f(%arg0: tensor<3x3xf64>, %arg1: tensor<3x3xf64>) -> (tensor<3x3xf64>, tensor<3x3xf64>, tensor<3xf64>, tensor<3x3xf64>, tensor<3x3xf64>) {
// TEXT-NEXT: %0:5 = "pb.svd_pair"(%arg0, %arg1) {compute_uv = true} : (tensor<3x3xf64>, tensor<3x3xf64>) -> (tensor<3x3xf64>, tensor<3x3xf64>, tensor<3xf64>, tensor<3x3xf64>, tensor<3x3xf64>)
// TEXT-NEXT: func.return %0#0, %0#1, %0#2, %0#3, %0#4 : tensor<3x3xf64>, tensor<3x3xf64>, tensor<3xf64>, tensor<3x3xf64>, tensor<3x3xf64>

// VALUE: %0 : f64[3,3] = {{\[\[}}0.3153, 0.028664, 0.93634], [0.7977, 0.52446, -0.28468], [0.0050182, -0.10682, -0.13303]]
// VALUE: %1 : f64[3,3] = {{\[\[}}0, -0.15177, 0], [0.0054953, 0, -0.086859], [0.514, -0.83047, -0.13035]]
// VALUE: %2 : f64[3] = [4.8894, 3.8817, 2.2582]
// VALUE: %3 : f64[3,3] = {{\[\[}}0.84422, 0.30264, 0.19741], [0.29834, -0.24812, -0.44057], [0.0059583, -0.5817, 0.7637]]
// VALUE: %4 : f64[3,3] = {{\[\[}}0.36194, -0.080528, 0.1387], [-0.24999, 0.66373, 0.39025], [0.068856, 0.24788, 0.1103]]

// JVP: pb.svd_pair is not differentiable: only lowering makes this op, after differentiation and batching

// HLO-LABEL: func.func public @f(
// HLO: "stablehlo.while"(
// HLO: "stablehlo.while"(
// HLO: "stablehlo.while"(
// HLO: "stablehlo.concatenate"(
// HLO: "stablehlo.dot_general"(
// HLO-NOT: "pb.

func.func @f(%arg0: tensor<3x3xf64>, %arg1: tensor<3x3xf64>) -> (tensor<3x3xf64>, tensor<3x3xf64>, tensor<3xf64>, tensor<3x3xf64>, tensor<3x3xf64>) {
  %0:5 = "pb.svd_pair"(%arg0, %arg1) {compute_uv = true} : (tensor<3x3xf64>, tensor<3x3xf64>) -> (tensor<3x3xf64>, tensor<3x3xf64>, tensor<3xf64>, tensor<3x3xf64>, tensor<3x3xf64>)
  func.return %0#0, %0#1, %0#2, %0#3, %0#4 : tensor<3x3xf64>, tensor<3x3xf64>, tensor<3xf64>, tensor<3x3xf64>, tensor<3x3xf64>
}
