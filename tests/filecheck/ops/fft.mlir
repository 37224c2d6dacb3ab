// pb.fft: Fourier transform of the last dimensions, whose sizes are `lengths`. fft and ifft are complex to complex, rfft
// takes real numbers to the non-redundant half spectrum of the last dimension, irfft is its inverse. Inverses divide by
// the size.

// RUN: %pullback opt %s | %pullback opt - | filecheck %s --check-prefix=TEXT
// RUN: %pullback eval %s --function f --arg "[0.05, 1.8, -1.42, 1.79, -0.75, -0.31, 1.31, -0.36]" | filecheck %s --check-prefix=VALUE
// RUN: %pullback opt %s --jvp="function=f" --cse --dce | filecheck %s --check-prefix=JVP
// RUN: %pullback opt %s --jvp="function=f" | %pullback eval - --function f.jvp --arg "[0.05, 1.8, -1.42, 1.79, -0.75, -0.31, 1.31, -0.36]" --arg "[0.5, 0.64, 0.79, 0.93, 1.07, 1.21, 1.36, 1.5]" | filecheck %s --check-prefix=TANGENT
// RUN: %pullback opt %s --vjp="function=f" --cse --dce | filecheck %s --check-prefix=VJP
// RUN: %pullback eval %s --function pullback --arg "[0.05, 1.8, -1.42, 1.79, -0.75, -0.31, 1.31, -0.36]" --arg "[1+0j, 1.25+0j, 1.5+0j, 1.75+0j, 2+0j]" | filecheck %s --check-prefix=COTANGENT
// RUN: %pullback opt %s --vmap="size=3 function=f" --cse --dce | filecheck %s --check-prefix=BATCH
// RUN: %pullback opt %s --lower | filecheck %s --check-prefix=HLO

// TEXT-LABEL: func.func @f(%arg0: tensor<8xf64>) -> tensor<5xcomplex<f64>> {
// TEXT-NEXT: %0 = "pb.fft"(%arg0) {kind = "rfft", lengths = array<i64: 8>} : (tensor<8xf64>) -> tensor<5xcomplex<f64>>
// TEXT-NEXT: func.return %0 : tensor<5xcomplex<f64>>

// VALUE: %0 : c128[5] = [2.11+0j, 0.77172-0.28227j, -0.59-0.06j, 0.82828-5.7423j, -3.73+0j]

// JVP-LABEL: func.func @f.jvp(%arg0: tensor<8xf64>, %arg1: tensor<8xf64>) -> (tensor<5xcomplex<f64>>, tensor<5xcomplex<f64>>) {
// JVP: "pb.fft"
// JVP: "pb.fft"

// TANGENT: %1 : c128[5] = [8+0j, -0.57+1.3761j, -0.58+0.58j, -0.57+0.2361j, -0.56+0j]

// VJP-LABEL: func.func @f.bwd(
// VJP: "pb.conj"
// VJP: "pb.broadcast_in_dim"
// VJP: "pb.mul"
// VJP: "pb.fft"
// VJP: "pb.mul"

// COTANGENT: %0 : f64[8] = [7.5, -1.3536, 1.5, -0.64645, 1.5, -0.64645, 1.5, -1.3536]

// BATCH-LABEL: func.func @f.vmap(%arg0: tensor<3x8xf64>) -> tensor<3x5xcomplex<f64>> {
// BATCH: "pb.fft"(%arg0) {kind = "rfft", lengths = array<i64: 8>} : (tensor<3x8xf64>) -> tensor<3x5xcomplex<f64>>

// HLO-LABEL: func.func public @f(
// HLO: "stablehlo.reshape"(
// HLO: "stablehlo.dot_general"(
// HLO: "stablehlo.slice"(
// HLO-NOT: "pb.

func.func @f(%arg0: tensor<8xf64>) -> tensor<5xcomplex<f64>> {
  %0 = "pb.fft"(%arg0) {kind = "rfft", lengths = array<i64: 8>} : (tensor<8xf64>) -> tensor<5xcomplex<f64>>
  func.return %0 : tensor<5xcomplex<f64>>
}
func.func @pullback(%arg0: tensor<8xf64>, %arg1: tensor<5xcomplex<f64>>) -> tensor<8xf64> {
  %0:2 = "pbfn.vjp_fwd"(%arg0) {callee = @f, active = array<i1: true>} : (tensor<8xf64>) -> (tensor<5xcomplex<f64>>, !pbfn.tape<@f, "1">)
  %1 = "pbfn.vjp_bwd"(%0#1, %arg1) : (!pbfn.tape<@f, "1">, tensor<5xcomplex<f64>>) -> tensor<8xf64>
  func.return %1 : tensor<8xf64>
}
