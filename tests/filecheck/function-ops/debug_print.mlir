// RUN: %pullback opt %s | %pullback opt - | filecheck %s
// RUN: %pullback eval %s --function main --arg 2 | filecheck %s --check-prefix=PRINTS
// RUN: %pullback opt %s --cse --dce | filecheck %s --check-prefix=KEPT
// RUN: %pullback opt %s --vjp="function=main" | %pullback eval - --function main.fwd --arg 2 | filecheck %s --check-prefix=PRINTS
// RUN: %pullback opt %s --vjp="function=main" | filecheck %s --check-prefix=BACKWARD
// RUN: %pullback opt %s --vmap="size=2 function=main" | %pullback eval - --function main.vmap --arg "[2, -1]" | filecheck %s --check-prefix=MAPPED

// A print has no result and is kept; two equal prints stay two.

// CHECK: "pbfn.debug_print"(%arg0) {format = "x = {}", structure = "", batch = array<i64>, masked = false} : (tensor<f64>) -> ()
// PRINTS: x = 2.0
// PRINTS-NEXT: x = 2.0
// PRINTS-NEXT: positive 4.0
// PRINTS-NEXT: %0 : f64[] = 4
// KEPT-LABEL: func.func @main(
// KEPT-NEXT: "pbfn.debug_print"(%arg0) {format = "x = {}"
// KEPT-NEXT: "pbfn.debug_print"(%arg0) {format = "x = {}"
// KEPT: "pbfn.cond"
// KEPT: func.return

// The forward pass prints, the backward pass does not.
// BACKWARD-LABEL: func.func @main.bwd(
// BACKWARD-NOT: debug_print
// BACKWARD: func.return

// One line for each example; the branch prints for the example that takes it.
// MAPPED: x = 2.0
// MAPPED-NEXT: x = -1.0
// MAPPED-NEXT: x = 2.0
// MAPPED-NEXT: x = -1.0
// MAPPED-NEXT: negative 1.0
// MAPPED-NEXT: positive 4.0
// MAPPED-NEXT: %0 : f64[2] = [4, 1]
func.func @main(%x: tensor<f64>) -> tensor<f64> {
  "pbfn.debug_print"(%x) {format = "x = {}", structure = "", batch = array<i64>, masked = false} : (tensor<f64>) -> ()
  "pbfn.debug_print"(%x) {format = "x = {}", structure = "", batch = array<i64>, masked = false} : (tensor<f64>) -> ()
  %0 = "pb.mul"(%x, %x) : (tensor<f64>, tensor<f64>) -> tensor<f64>
  %zero = "pb.constant"() {value = dense<0.0> : tensor<f64>} : () -> tensor<f64>
  %1 = "pb.compare"(%x, %zero) {direction = "GT"} : (tensor<f64>, tensor<f64>) -> tensor<i1>
  %2 = "pb.convert"(%1) {dtype = i32} : (tensor<i1>) -> tensor<i32>
  "pbfn.cond"(%2, %0) {branches = [@negative, @positive]} : (tensor<i32>, tensor<f64>) -> ()
  return %0 : tensor<f64>
}
func.func private @negative(%x: tensor<f64>) {
  "pbfn.debug_print"(%x) {format = "negative {x}", structure = "('tuple', [('tuple', []), ('dict', [('x', '*')])])", batch = array<i64>, masked = false} : (tensor<f64>) -> ()
  return
}
func.func private @positive(%x: tensor<f64>) {
  "pbfn.debug_print"(%x) {format = "positive {}", structure = "", batch = array<i64>, masked = false} : (tensor<f64>) -> ()
  return
}
