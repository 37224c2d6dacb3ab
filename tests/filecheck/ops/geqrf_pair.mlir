// pb.geqrf_pair: pb.geqrf of complex matrices that are given by, and result in, real and imaginary parts.

// RUN: %pullback opt %s | %pullback opt - | filecheck %s --check-prefix=TEXT
// RUN: %pullback eval %s --function f --arg "[[3.2, -0.4], [1.1, -0.6], [-1.8, 2.9]]" --arg "[[0.2, 1.4], [-0.9, 0.1], [0.8, -0.7]]" | filecheck %s --check-prefix=VALUE
// RUN: not %pullback opt %s --jvp="function=f" 2>&1 | filecheck %s --check-prefix=JVP
// RUN: %pullback opt %s --lower | filecheck %s --check-prefix=HLO

// TEXT-LABEL: func.func @f(%arg0: tensor<3x2xf64>, %arg1: tensor<3x2xf64>) -> (tensor<3x2xf64>, tensor<3x2xf64>, tensor<2xf64>, tensor<2xf64>) {
// TEXT-NEXT: %0:4 = "pb.geqrf_pair"(%arg0, %arg1) : (tensor<3x2xf64>, tensor<3x2xf64>) -> (tensor<3x2xf64>, tensor<3x2xf64>, tensor<2xf64>, tensor<2xf64>)
// TEXT-NEXT: func.return %0#0, %0#1, %0#2, %0#3 : tensor<3x2xf64>, tensor<3x2xf64>, tensor<2xf64>, tensor<2xf64>

// VALUE: %0 : f64[3,2] = {{\[\[}}-4.0224, 1.872], [0.14874, 2.7024], [-0.24597, -0.78545]]
// VALUE: %1 : f64[3,2] = {{\[\[}}0, -0.76322], [-0.12873, 0], [0.11758, 0.093953]]
// VALUE: %2 : f64[2] = [1.7955, 1.2]
// VALUE: %3 : f64[2] = [0.049721, 0.19028]

// JVP: pb.geqrf_pair is not differentiable: only lowering makes this op, after differentiation and batching

// HLO-LABEL: func.func public @f(
// HLO: "stablehlo.while"(
// HLO-NOT: "pb.

func.func @f(%arg0: tensor<3x2xf64>, %arg1: tensor<3x2xf64>) -> (tensor<3x2xf64>, tensor<3x2xf64>, tensor<2xf64>, tensor<2xf64>) {
  %0:4 = "pb.geqrf_pair"(%arg0, %arg1) : (tensor<3x2xf64>, tensor<3x2xf64>) -> (tensor<3x2xf64>, tensor<3x2xf64>, tensor<2xf64>, tensor<2xf64>)
  func.return %0#0, %0#1, %0#2, %0#3 : tensor<3x2xf64>, tensor<3x2xf64>, tensor<2xf64>, tensor<2xf64>
}
