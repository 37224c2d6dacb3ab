// pb.iota: An array of the given shape whose elements are their own index along `dim`.

// RUN: %pullback opt %s | %pullback opt - | filecheck %s --check-prefix=TEXT
// RUN: %pullback eval %s --function f | filecheck %s --check-prefix=VALUE
// RUN: %pullback opt %s --lower | filecheck %s --check-prefix=HLO

// TEXT-LABEL: func.func @f() -> tensor<5xf64> {
// TEXT-NEXT: %0 = "pb.iota"() {shape = array<i64: 5>, dtype = f64, dim = 0 : i64} : () -> tensor<5xf64>
// TEXT-NEXT: func.return %0 : tensor<5xf64>

// VALUE: %0 : f64[5] = [0, 1, 2, 3, 4]

// HLO-LABEL: func.func public @f(
// HLO: "stablehlo.iota"(
// HLO-NOT: "pb.

func.func @f() -> tensor<5xf64> {
  %0 = "pb.iota"() {shape = array<i64: 5>, dtype = f64, dim = 0 : i64} : () -> tensor<5xf64>
  func.return %0 : tensor<5xf64>
}
