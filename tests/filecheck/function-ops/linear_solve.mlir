// RUN: %pullback opt %s | %pullback opt - | filecheck %s
// RUN: %pullback eval %s --function main --arg 2 --arg 6 | filecheck %s --check-prefix=VALUE
// RUN: %pullback eval %s --function main --arg 2 --arg 6 --compiled | filecheck %s --check-prefix=VALUE
// RUN: %pullback opt %s --jvp="function=main" | %pullback eval - --function main.jvp --arg 2 --arg 6 --arg 1 --arg 0 | filecheck %s --check-prefix=TANGENT
// RUN: %pullback eval %s --function gradient --arg 2 --arg 6 | filecheck %s --check-prefix=COTANGENT
// RUN: %pullback opt %s --vmap="size=2 function=main batched=10" | %pullback eval - --function main.vmap --arg "[2, 3]" --arg 6 | filecheck %s --check-prefix=BATCH
// RUN: %pullback opt %s --expand --resolve-custom-rules | filecheck %s --check-prefix=RESOLVED
// RUN: %pullback opt %s --jvp="function=main" | filecheck %s --check-prefix=RULE

// a x = b, with a solver whose own derivative would be zero: the tangent is another solution, for db - da x.

// CHECK: "pbfn.linear_solve"(%arg0, %arg0, %arg0, %arg1) {matvec = @times, callee = @solve, transpose_solve = @solve, matvec_consts = 1 : i64, solve_consts = 1 : i64, transpose_consts = 1 : i64, transposable = true}
// VALUE: %0 : f64[] = 3
// TANGENT: %1 : f64[] = -1.5
// COTANGENT: %0 : f64[] = -1.5
// COTANGENT: %1 : f64[] = 0.5
// BATCH: %0 : f64[2] = [3, 2]
// RESOLVED-LABEL: func.func @main(
// RESOLVED: "pb.div"
// RULE-LABEL: func.func @main.jvp(
// RULE: %[[X:.*]] = "pbfn.linear_solve"(%arg0, %arg0, %arg0, %arg1)
// RULE: %[[M:.*]] = "pb.mul"(%arg2, %[[X]])
// RULE: %[[N:.*]] = "pb.neg"(%[[M]])
// RULE: %[[R:.*]] = "pb.add"(%arg3, %[[N]])
// RULE: "pbfn.linear_solve"(%arg0, %arg0, %arg0, %[[R]])
func.func @main(%a: tensor<f64>, %b: tensor<f64>) -> tensor<f64> {
  %0 = "pbfn.linear_solve"(%a, %a, %a, %b) {matvec = @times, callee = @solve, transpose_solve = @solve, matvec_consts = 1 : i64, solve_consts = 1 : i64, transpose_consts = 1 : i64, transposable = true} : (tensor<f64>, tensor<f64>, tensor<f64>, tensor<f64>) -> tensor<f64>
  return %0 : tensor<f64>
}
func.func @gradient(%a: tensor<f64>, %b: tensor<f64>) -> (tensor<f64>, tensor<f64>) {
  %one = "pb.constant"() {value = dense<1.0> : tensor<f64>} : () -> tensor<f64>
  %0:2 = "pbfn.vjp_fwd"(%a, %b) {callee = @main, active = array<i1: true, true>} : (tensor<f64>, tensor<f64>) -> (tensor<f64>, !pbfn.tape<@main, "11">)
  %1:2 = "pbfn.vjp_bwd"(%0#1, %one) : (!pbfn.tape<@main, "11">, tensor<f64>) -> (tensor<f64>, tensor<f64>)
  return %1#0, %1#1 : tensor<f64>, tensor<f64>
}
func.func private @times(%a: tensor<f64>, %x: tensor<f64>) -> tensor<f64> {
  %0 = "pb.mul"(%a, %x) : (tensor<f64>, tensor<f64>) -> tensor<f64>
  return %0 : tensor<f64>
}
func.func private @solve(%a: tensor<f64>, %b: tensor<f64>) -> tensor<f64> {
  %0 = "pb.stop_gradient"(%a) : (tensor<f64>) -> tensor<f64>
  %1 = "pb.stop_gradient"(%b) : (tensor<f64>) -> tensor<f64>
  %2 = "pb.div"(%1, %0) : (tensor<f64>, tensor<f64>) -> tensor<f64>
  return %2 : tensor<f64>
}
