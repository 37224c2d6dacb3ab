// pb.lu_pair: pb.lu of complex matrices that are given by, and result in, real and imaginary parts.

// RUN: %pullback opt %s | %pullback opt - | filecheck %s --check-prefix=TEXT
// RUN: %pullback eval %s --function f --arg "[[1.2, -0.4, 2.1], [3.9, 1.1, -0.6], [-1.8, 2.7, 0.9]]" --arg "[[0.2, 1.4, -0.1], [-0.9, 0.1, 0.6], [0.8, -0.7, 1.9]]" | filecheck %s --check-prefix=VALUE
// RUN: not %pullback opt %s --jvp="function=f" 2>&1 | filecheck %s --check-prefix=JVP
// RUN: %pullback opt %s --lower | filecheck %s --check-prefix=HLO

// TEXT-LABEL: func.func @f(%arg0: tensor<3x3xf64>, %arg1: tensor<3x3xf64>) -> (tensor<3x3xf64>, tensor<3x3xf64>, tensor<3xi32>, tensor<3xi32>) {
// TEXT-NEXT: %0:4 = "pb.lu_pair"(%arg0, %arg1) : (tensor<3x3xf64>, tensor<3x3xf64>) -> (tensor<3x3xf64>, tensor<3x3xf64>, tensor<3xi32>, tensor<3xi32>)
// TEXT-NEXT: func.return %0#0, %0#1, %0#2, %0#3 : tensor<3x3xf64>, tensor<3x3xf64>, tensor<3xi32>, tensor<3xi32>

// VALUE: %0 : f64[3,3] = {{\[\[}}3.9, 1.1, -0.6], [-0.48315, 3.2408, 0.66629], [0.2809, -0.28892, 3.2419]]
// VALUE: %1 : f64[3,3] = {{\[\[}}-0.9, 0.1, 0.6], [0.093633, -0.75468, 2.2461], [0.1161, 0.31663, 0.23908]]
// VALUE: %2 : i32[3] = [1, 2, 2]
// VALUE: %3 : i32[3] = [1, 2, 0]

// JVP: pb.lu_pair is not differentiable: only lowering makes this op, after differentiation and batching

// HLO-LABEL: func.func public @f(
// HLO: "stablehlo.while"(
// HLO-NOT: "pb.

func.func @f(%arg0: tensor<3x3xf64>, %arg1: tensor<3x3xf64>) -> (tensor<3x3xf64>, tensor<3x3xf64>, tensor<3xi32>, tensor<3xi32>) {
  %0:4 = "pb.lu_pair"(%arg0, %arg1) : (tensor<3x3xf64>, tensor<3x3xf64>) -> (tensor<3x3xf64>, tensor<3x3xf64>, tensor<3xi32>, tensor<3xi32>)
  func.return %0#0, %0#1, %0#2, %0#3 : tensor<3x3xf64>, tensor<3x3xf64>, tensor<3xi32>, tensor<3xi32>
}
