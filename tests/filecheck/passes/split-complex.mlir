// RUN: %pullback opt %s --split-complex --cse --dce | filecheck %s
// RUN: %pullback opt %s --split-complex | %pullback eval - --arg "[1+2j, 3-1j]" | filecheck %s --check-prefix=VALUE

// CHECK-LABEL: func.func @square(%arg0: tensor<2xcomplex<f32>>) -> tensor<2xcomplex<f32>>
// CHECK-DAG: %[[RE:.*]] = "pb.real"(%arg0)
// CHECK-DAG: %[[IM:.*]] = "pb.imag"(%arg0)
// CHECK: "pb.mul"({{.*}}) : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32>
// CHECK: %[[OUT:.*]] = "pb.complex"({{.*}}) : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xcomplex<f32>>
// CHECK: func.return %[[OUT]]

// VALUE: [-3+4j, 8-6j]
func.func @square(%z: tensor<2xcomplex<f32>>) -> tensor<2xcomplex<f32>> {
  %0 = "pb.mul"(%z, %z) : (tensor<2xcomplex<f32>>, tensor<2xcomplex<f32>>) -> tensor<2xcomplex<f32>>
  return %0 : tensor<2xcomplex<f32>>
}
