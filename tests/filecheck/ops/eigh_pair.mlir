// pb.eigh_pair: pb.eigh of complex matrices that are given by, and whose eigenvectors result in, real and imaginary
// parts.

// RUN: %pullback opt %s | %pullback opt - | filecheck %s --check-prefix=TEXT
// RUN: %pullback eval %s --function f --arg "[[2.1, 0.4, -0.9], [0.4, -1.3, 0.7], [-0.9, 0.7, 0.6]]" --arg "[[0, -0.8, 0.5], [0.8, 0, -0.3], [-0.5, 0.3, 0]]" | filecheck %s --check-prefix=VALUE
// RUN: not %pullback opt %s --jvp="function=f" 2>&1 | filecheck %s --check-prefix=JVP
// RUN: %pullback opt %s --lower | filecheck %s --check-prefix=HLO

// TEXT-LABEL: func.func @f(%arg0: tensor<3x3xf64>, %arg1: tensor<3x3xf64>) -> (tensor<3x3xf64>, tensor<3x3xf64>, tensor<3xf64>) {
// TEXT-NEXT: %0:3 = "pb.eigh_pair"(%arg0, %arg1) : (tensor<3x3xf64>, tensor<3x3xf64>) -> (tensor<3x3xf64>, tensor<3x3xf64>, tensor<3xf64>)
// TEXT-NEXT: func.return %0#0, %0#1, %0#2 : tensor<3x3xf64>, tensor<3x3xf64>, tensor<3xf64>

// VALUE: %0 : f64[3,3] = {{\[\[}}-0.17938, 0.36609, 0.88895], [0.88922, 0.41465, 0.008671], [-0.35902, 0.82141, -0.39473]]
// VALUE: %1 : f64[3,3] = {{\[\[}}0.20874, 0, 0], [0, 0.071206, 0.17948], [-0.068141, 0.11941, -0.14723]]
// VALUE: %2 : f64[3] = [-1.8741, 0.52623, 2.7479]

// JVP: pb.eigh_pair is not differentiable: only lowering makes this op, after differentiation and batching

// HLO-LABEL: func.func public @f(
// HLO: "stablehlo.while"(
// HLO: "stablehlo.while"(
// HLO: "stablehlo.concatenate"(
// HLO: "stablehlo.dot_general"(
// HLO-NOT: "pb.

func.func @f(%arg0: tensor<3x3xf64>, %arg1: tensor<3x3xf64>) -> (tensor<3x3xf64>, tensor<3x3xf64>, tensor<3xf64>) {
  %0:3 = "pb.eigh_pair"(%arg0, %arg1) : (tensor<3x3xf64>, tensor<3x3xf64>) -> (tensor<3x3xf64>, tensor<3x3xf64>, tensor<3xf64>)
  func.return %0#0, %0#1, %0#2 : tensor<3x3xf64>, tensor<3x3xf64>, tensor<3xf64>
}
