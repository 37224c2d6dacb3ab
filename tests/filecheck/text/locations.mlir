// RUN: %pullback opt %s --debug-info | filecheck %s
// RUN: %pullback opt %s --debug-info | %pullback opt - --debug-info | filecheck %s
// RUN: %pullback opt %s --vjp --debug-info | filecheck %s --check-prefix=DERIVED
// RUN: %pullback opt %s | filecheck %s --check-prefix=OFF

// OFF-NOT: loc(
// CHECK: "pb.exp"(%arg0) : (tensor<f32>) -> tensor<f32> loc("model.py":3:7)
// CHECK: "pb.sin"(%0) : (tensor<f32>) -> tensor<f32> loc("layer"("model.py":4:7))

// What is derived from an operation keeps its place, and says how it was derived.
// DERIVED-LABEL: func.func @f.bwd(
// DERIVED: "pb.mul"({{.*}} loc({{.*}}"model.py":4:7)
// DERIVED: "pb.mul"({{.*}} loc("transpose(jvp(exp))"("model.py":3:7))
func.func @f(%x: tensor<f32>) -> tensor<f32> {
  %0 = "pb.exp"(%x) : (tensor<f32>) -> tensor<f32> loc("model.py":3:7)
  %1 = "pb.sin"(%0) : (tensor<f32>) -> tensor<f32> loc("layer"("model.py":4:7))
  return %1 : tensor<f32>
}
