// RUN: %pullback opt %s | %pullback opt - | filecheck %s
// RUN: %pullback opt %s --pb-to-stablehlo | filecheck %s --check-prefix=HLO
// RUN: %pullback eval %s --function main --arg "[[1, 2], [3, 4]]" --arg "[[5, 6], [7, 8]]" | filecheck %s --check-prefix=VALUE

// CHECK: "pbfn.map"(%arg0, %arg1) {callee = @f} : (tensor<2x2xf64>, tensor<2x2xf64>) -> tensor<2x2xf64>

// HLO-LABEL: func.func public @main(
// HLO: "stablehlo.map"(%arg0, %arg1) <{dimensions = array<i64: 0, 1>}> ({
// HLO-NEXT: ^bb0([[X:%[0-9]+]]: tensor<f64>, [[Y:%[0-9]+]]: tensor<f64>):
// HLO: "stablehlo.multiply"([[X]], [[Y]]) : (tensor<f64>, tensor<f64>) -> tensor<f64>
// HLO: "stablehlo.return"
// HLO: }) : (tensor<2x2xf64>, tensor<2x2xf64>) -> tensor<2x2xf64>
// HLO-NOT: @f

// VALUE: %0 : f64[2,2] = {{\[\[}}6, 13], [22, 33]]
func.func @main(%x: tensor<2x2xf64>, %y: tensor<2x2xf64>) -> tensor<2x2xf64> {
  %0 = "pbfn.map"(%x, %y) {callee = @f} : (tensor<2x2xf64>, tensor<2x2xf64>) -> tensor<2x2xf64>
  return %0 : tensor<2x2xf64>
}
func.func private @f(%x: tensor<f64>, %y: tensor<f64>) -> tensor<f64> {
  %0 = "pb.mul"(%x, %y) : (tensor<f64>, tensor<f64>) -> tensor<f64>
  %1 = "pb.constant"() {value = dense<1.0> : tensor<f64>} : () -> tensor<f64>
  %2 = "pb.add"(%0, %1) : (tensor<f64>, tensor<f64>) -> tensor<f64>
  return %2 : tensor<f64>
}
