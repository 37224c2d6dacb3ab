// pb.constant: A constant array. An attribute of rank 0 is a splat: the one element fills the whole result.

// RUN: %pullback opt %s | %pullback opt - | filecheck %s --check-prefix=TEXT
// RUN: %pullback eval %s --function f | filecheck %s --check-prefix=VALUE
// RUN: %pullback opt %s --lower | filecheck %s --check-prefix=HLO

// TEXT-LABEL: func.func @f() -> tensor<2x3xf64> {
// TEXT-NEXT: %0 = "pb.constant"() {value = dense<{{\[\[}}0.047286498801026866, 1.8018547853037412, -1.423361549121465], [1.7945977885489754, -0.7526741919580582, -0.3066942041096974]]> : tensor<2x3xf64>} : () -> tensor<2x3xf64>
// TEXT-NEXT: func.return %0 : tensor<2x3xf64>

// VALUE: %0 : f64[2,3] = {{\[\[}}0.047286, 1.8019, -1.4234], [1.7946, -0.75267, -0.30669]]

// HLO-LABEL: func.func public @f(
// HLO-NOT: "pb.

func.func @f() -> tensor<2x3xf64> {
  %0 = "pb.constant"() {value = dense<[[0.047286498801026866, 1.8018547853037412, -1.423361549121465], [1.7945977885489754, -0.7526741919580582, -0.3066942041096974]]> : tensor<2x3xf64>} : () -> tensor<2x3xf64>
  func.return %0 : tensor<2x3xf64>
}
