// pb.tridiagonal_solve_pair: pb.tridiagonal_solve of complex systems that are given by, and result in, real and
// imaginary parts.

// RUN: %pullback opt %s | %pullback opt - | filecheck %s --check-prefix=TEXT
// RUN: %pullback eval %s --function f --arg "[0.0, 1.1, -0.7]" --arg "[0.6, -0.9, 0.0]" --arg "[3.1, -2.4, 4.2]" --arg "[0.0, 1.1, -0.7]" --arg "[0.6, -0.9, 0.0]" --arg "[3.1, -2.4, 4.2]" --arg "[[1.2], [3.9], [-1.8]]" --arg "[[0.2], [-0.9], [0.8]]" | filecheck %s --check-prefix=VALUE
// RUN: not %pullback opt %s --jvp="function=f" 2>&1 | filecheck %s --check-prefix=JVP
// RUN: %pullback opt %s --lower | filecheck %s --check-prefix=HLO

// TEXT-LABEL: func.func @f(%arg0: tensor<3xf64>, %arg1: tensor<3xf64>, %arg2: tensor<3xf64>, %arg3: tensor<3xf64>, %arg4: tensor<3xf64>, %arg5: tensor<3xf64>, %arg6: tensor<3x1xf64>, %arg7: tensor<3x1xf64>) -> (tensor<3x1xf64>, tensor<3x1xf64>) {
// TEXT-NEXT: %0:2 = "pb.tridiagonal_solve_pair"(%arg0, %arg1, %arg2, %arg3, %arg4, %arg5, %arg6, %arg7) : (tensor<3xf64>, tensor<3xf64>, tensor<3xf64>, tensor<3xf64>, tensor<3xf64>, tensor<3xf64>, tensor<3x1xf64>, tensor<3x1xf64>) -> (tensor<3x1xf64>, tensor<3x1xf64>)
// TEXT-NEXT: func.return %0#0, %0#1 : tensor<3x1xf64>, tensor<3x1xf64>

// VALUE: %0 : f64[3,1] = {{\[\[}}1.0199], [-0.72826], [-0.57926]]
// VALUE: %1 : f64[3,1] = {{\[\[}}0.69759], [0.4918], [0.1759]]

// JVP: pb.tridiagonal_solve_pair is not differentiable: only lowering makes this op, after differentiation and batching

// HLO-LABEL: func.func public @f(
// HLO: "stablehlo.while"(
// HLO-NOT: "pb.

func.func @f(%arg0: tensor<3xf64>, %arg1: tensor<3xf64>, %arg2: tensor<3xf64>, %arg3: tensor<3xf64>, %arg4: tensor<3xf64>, %arg5: tensor<3xf64>, %arg6: tensor<3x1xf64>, %arg7: tensor<3x1xf64>) -> (tensor<3x1xf64>, tensor<3x1xf64>) {
  %0:2 = "pb.tridiagonal_solve_pair"(%arg0, %arg1, %arg2, %arg3, %arg4, %arg5, %arg6, %arg7) : (tensor<3xf64>, tensor<3xf64>, tensor<3xf64>, tensor<3xf64>, tensor<3xf64>, tensor<3xf64>, tensor<3x1xf64>, tensor<3x1xf64>) -> (tensor<3x1xf64>, tensor<3x1xf64>)
  func.return %0#0, %0#1 : tensor<3x1xf64>, tensor<3x1xf64>
}
