// RUN: %pullback opt %s | %pullback opt - | filecheck %s
// RUN: %pullback eval %s --function main --arg 2 | filecheck %s --check-prefix=VALUE
// RUN: not %pullback eval %s --function main --arg=-2 2>&1 | filecheck %s --check-prefix=FAILS
// RUN: %pullback opt %s --discharge-effects | %pullback eval - --function main --arg=-2 | filecheck %s --check-prefix=CODE

// A check fails where it is evaluated. Discharged, it is a result: the number of the first that failed, and its arguments.

// CHECK: "pbfn.check"(%{{.*}}, %arg0) {message = "not positive: {}", kind = "user", structure = "", batch = array<i64>, masked = false}
// VALUE: %0 : f64[] = 4
// FAILS: not positive: -2.0 (`check` failed)
// CODE: %0 : f64[] = 4
// CODE-NEXT: %1 : i32[] = 1
// CODE-NEXT: %2 : f64[] = -2
func.func @main(%x: tensor<f64>) -> tensor<f64> {
  %zero = "pb.constant"() {value = dense<0.0> : tensor<f64>} : () -> tensor<f64>
  %ok = "pb.compare"(%x, %zero) {direction = "GT"} : (tensor<f64>, tensor<f64>) -> tensor<i1>
  "pbfn.check"(%ok, %x) {message = "not positive: {}", kind = "user", structure = "", batch = array<i64>, masked = false} : (tensor<i1>, tensor<f64>) -> ()
  %0 = "pb.mul"(%x, %x) : (tensor<f64>, tensor<f64>) -> tensor<f64>
  return %0 : tensor<f64>
}
