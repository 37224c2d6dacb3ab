// pb.sort: Sorts along `axis`, moving the elements of all operands together, by the first `num_keys` operands in
// lexicographic order. Stable; NaN comes last, zeros of either sign are equal, complex numbers are ordered by real, then
// imaginary part.

// RUN: %pullback opt %s | %pullback opt - | filecheck %s --check-prefix=TEXT
// RUN: %pullback eval %s --function f --arg "[-0.36, 0.2, -1.89, 1.01, 0.15]" | filecheck %s --check-prefix=VALUE
// RUN: %pullback opt %s --jvp="function=f" --cse --dce | filecheck %s --check-prefix=JVP
// RUN: %pullback opt %s --jvp="function=f" | %pullback eval - --function f.jvp --arg "[-0.36, 0.2, -1.89, 1.01, 0.15]" --arg "[0.5, 0.75, 1, 1.25, 1.5]" | filecheck %s --check-prefix=TANGENT
// RUN: %pullback opt %s --vjp="function=f" --cse --dce | filecheck %s --check-prefix=VJP
// RUN: %pullback eval %s --function pullback --arg "[-0.36, 0.2, -1.89, 1.01, 0.15]" --arg "[1, 1.25, 1.5, 1.75, 2]" | filecheck %s --check-prefix=COTANGENT
// RUN: %pullback opt %s --vmap="size=3 function=f" --cse --dce | filecheck %s --check-prefix=BATCH
// RUN: %pullback opt %s --lower | filecheck %s --check-prefix=HLO

// TEXT-LABEL: func.func @f(%arg0: tensor<5xf64>) -> tensor<5xf64> {
// TEXT-NEXT: %0 = "pb.sort"(%arg0) {axis = 0 : i64, num_keys = 1 : i64} : (tensor<5xf64>) -> tensor<5xf64>
// TEXT-NEXT: func.return %0 : tensor<5xf64>

// VALUE: %0 : f64[5] = [-1.89, -0.36, 0.15, 0.2, 1.01]

// JVP-LABEL: func.func @f.jvp(%arg0: tensor<5xf64>, %arg1: tensor<5xf64>) -> (tensor<5xf64>, tensor<5xf64>) {
// JVP: "pb.sort"
// JVP: "pb.iota"
// JVP: "pb.sort"
// JVP: "pb.reshape"
// JVP: "pb.gather"

// TANGENT: %1 : f64[5] = [1, 0.5, 1.5, 0.75, 1.25]

// VJP-LABEL: func.func @f.bwd(
// VJP: "pb.scatter"

// COTANGENT: %0 : f64[5] = [1.25, 1.75, 1, 2, 1.5]

// BATCH-LABEL: func.func @f.vmap(%arg0: tensor<3x5xf64>) -> tensor<3x5xf64> {
// BATCH: "pb.sort"(%arg0) {axis = 1 : i64, num_keys = 1 : i64} : (tensor<3x5xf64>) -> tensor<3x5xf64>

// HLO-LABEL: func.func public @f(
// HLO: "stablehlo.select"(
// HLO: "stablehlo.iota"(
// HLO: "stablehlo.sort"(
// HLO-NOT: "pb.

func.func @f(%arg0: tensor<5xf64>) -> tensor<5xf64> {
  %0 = "pb.sort"(%arg0) {axis = 0 : i64, num_keys = 1 : i64} : (tensor<5xf64>) -> tensor<5xf64>
  func.return %0 : tensor<5xf64>
}
func.func @pullback(%arg0: tensor<5xf64>, %arg1: tensor<5xf64>) -> tensor<5xf64> {
  %0:2 = "pbfn.vjp_fwd"(%arg0) {callee = @f, active = array<i1: true>} : (tensor<5xf64>) -> (tensor<5xf64>, !pbfn.tape<@f, "1">)
  %1 = "pbfn.vjp_bwd"(%0#1, %arg1) : (!pbfn.tape<@f, "1">, tensor<5xf64>) -> tensor<5xf64>
  func.return %1 : tensor<5xf64>
}
