// pb.complex: The complex number with the given real and imaginary parts.

// RUN: %pullback opt %s | %pullback opt - | filecheck %s --check-prefix=TEXT
// RUN: %pullback eval %s --function f --arg "[[0.2, -1.89, 1.01], [0.15, -0.68, 1.15]]" --arg "[[-0.79, -0.19, -1.46], [-0.39, -1.19, -0.95]]" | filecheck %s --check-prefix=VALUE
// RUN: %pullback opt %s --jvp="function=f" --cse --dce | filecheck %s --check-prefix=JVP
// RUN: %pullback opt %s --jvp="function=f" | %pullback eval - --function f.jvp --arg "[[0.2, -1.89, 1.01], [0.15, -0.68, 1.15]]" --arg "[[-0.79, -0.19, -1.46], [-0.39, -1.19, -0.95]]" --arg "[[0.5, 0.7, 0.9], [1.1, 1.3, 1.5]]" --arg "[[0.5, 0.7, 0.9], [1.1, 1.3, 1.5]]" | filecheck %s --check-prefix=TANGENT
// RUN: %pullback opt %s --vjp="function=f" --cse --dce | filecheck %s --check-prefix=VJP
// RUN: %pullback eval %s --function pullback --arg "[[0.2, -1.89, 1.01], [0.15, -0.68, 1.15]]" --arg "[[-0.79, -0.19, -1.46], [-0.39, -1.19, -0.95]]" --arg "[[1+0j, 1.2+0j, 1.4+0j], [1.6+0j, 1.8+0j, 2+0j]]" | filecheck %s --check-prefix=COTANGENT
// RUN: %pullback opt %s --vmap="size=3 function=f" --cse --dce | filecheck %s --check-prefix=BATCH
// RUN: %pullback opt %s --lower | filecheck %s --check-prefix=HLO

// TEXT-LABEL: func.func @f(%arg0: tensor<2x3xf64>, %arg1: tensor<2x3xf64>) -> tensor<2x3xcomplex<f64>> {
// TEXT-NEXT: %0 = "pb.complex"(%arg0, %arg1) : (tensor<2x3xf64>, tensor<2x3xf64>) -> tensor<2x3xcomplex<f64>>
// TEXT-NEXT: func.return %0 : tensor<2x3xcomplex<f64>>

// VALUE: %0 : c128[2,3] = {{\[\[}}0.2-0.79j, -1.89-0.19j, 1.01-1.46j], [0.15-0.39j, -0.68-1.19j, 1.15-0.95j]]

// JVP-LABEL: func.func @f.jvp(%arg0: tensor<2x3xf64>, %arg1: tensor<2x3xf64>, %arg2: tensor<2x3xf64>, %arg3: tensor<2x3xf64>) -> (tensor<2x3xcomplex<f64>>, tensor<2x3xcomplex<f64>>) {
// JVP: "pb.complex"
// JVP: "pb.complex"

// TANGENT: %1 : c128[2,3] = {{\[\[}}0.5+0.5j, 0.7+0.7j, 0.9+0.9j], [1.1+1.1j, 1.3+1.3j, 1.5+1.5j]]

// VJP-LABEL: func.func @f.bwd(
// VJP: "pb.real"
// VJP: "pb.imag"
// VJP: "pb.neg"

// COTANGENT: %0 : f64[2,3] = {{\[\[}}1, 1.2, 1.4], [1.6, 1.8, 2]]
// COTANGENT: %1 : f64[2,3] = {{\[\[}}-0, -0, -0], [-0, -0, -0]]

// BATCH-LABEL: func.func @f.vmap(%arg0: tensor<3x2x3xf64>, %arg1: tensor<3x2x3xf64>) -> tensor<3x2x3xcomplex<f64>> {
// BATCH: "pb.complex"(%arg0, %arg1) : (tensor<3x2x3xf64>, tensor<3x2x3xf64>) -> tensor<3x2x3xcomplex<f64>>

// HLO-LABEL: func.func public @f(
// HLO: "stablehlo.complex"(
// HLO-NOT: "pb.

func.func @f(%arg0: tensor<2x3xf64>, %arg1: tensor<2x3xf64>) -> tensor<2x3xcomplex<f64>> {
  %0 = "pb.complex"(%arg0, %arg1) : (tensor<2x3xf64>, tensor<2x3xf64>) -> tensor<2x3xcomplex<f64>>
  func.return %0 : tensor<2x3xcomplex<f64>>
}
func.func @pullback(%arg0: tensor<2x3xf64>, %arg1: tensor<2x3xf64>, %arg2: tensor<2x3xcomplex<f64>>) -> (tensor<2x3xf64>, tensor<2x3xf64>) {
  %0:2 = "pbfn.vjp_fwd"(%arg0, %arg1) {callee = @f, active = array<i1: true, true>} : (tensor<2x3xf64>, tensor<2x3xf64>) -> (tensor<2x3xcomplex<f64>>, !pbfn.tape<@f, "11">)
  %1:2 = "pbfn.vjp_bwd"(%0#1, %arg2) : (!pbfn.tape<@f, "11">, tensor<2x3xcomplex<f64>>) -> (tensor<2x3xf64>, tensor<2x3xf64>)
  func.return %1#0, %1#1 : tensor<2x3xf64>, tensor<2x3xf64>
}
