// RUN: %pullback opt %s | filecheck %s
// RUN: %pullback opt %s | %pullback opt - | filecheck %s

// Decimals where they read back exactly, bits otherwise; equal elements are written once.

func.func @main() {
  // CHECK: dense<0.1> : tensor<f32>
  %0 = "pb.constant"() {value = dense<0.1> : tensor<f32>} : () -> tensor<f32>
  // CHECK: dense<-0.0> : tensor<2x2xf64>
  %1 = "pb.constant"() {value = dense<-0.0> : tensor<2x2xf64>} : () -> tensor<2x2xf64>
  // CHECK: dense<[0x7F800000, 0xFF800000, 0x7FC00000, 1.0e-45, 1.0e+22]> : tensor<5xf32>
  %2 = "pb.constant"() {value = dense<[0x7F800000, 0xFF800000, 0x7FC00000, 0x00000001, 1.0e22]> : tensor<5xf32>} : () -> tensor<5xf32>
  // CHECK: dense<[1.5, -0.10009765625]> : tensor<2xbf16>
  %3 = "pb.constant"() {value = dense<[1.5, -0.1]> : tensor<2xbf16>} : () -> tensor<2xbf16>
  // CHECK: dense<[(1.0, -2.0), (0.5, 0.0)]> : tensor<2xcomplex<f32>>
  %4 = "pb.constant"() {value = dense<[(1.0, -2.0), (0.5, 0.0)]> : tensor<2xcomplex<f32>>} : () -> tensor<2xcomplex<f32>>
  // CHECK: dense<(0.0, 1.0)> : tensor<3xcomplex<f64>>
  %5 = "pb.constant"() {value = dense<(0.0, 1.0)> : tensor<3xcomplex<f64>>} : () -> tensor<3xcomplex<f64>>
  // CHECK: dense<true> : tensor<2xi1>
  %6 = "pb.constant"() {value = dense<[true, true]> : tensor<2xi1>} : () -> tensor<2xi1>
  // CHECK: dense<[255, 0]> : tensor<2xui8>
  %7 = "pb.constant"() {value = dense<[255, 0]> : tensor<2xui8>} : () -> tensor<2xui8>
  // CHECK: dense<> : tensor<0x3xi64>
  %8 = "pb.constant"() {value = dense<> : tensor<0x3xi64>} : () -> tensor<0x3xi64>
  // CHECK: dense<{{\[\[}}1, 2], [3, 4]]> : tensor<2x2xi32>
  %9 = "pb.constant"() {value = dense<[[1, 2], [3, 4]]> : tensor<2x2xi32>} : () -> tensor<2x2xi32>
  return
}
