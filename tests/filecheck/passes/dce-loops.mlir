// RUN: %pullback opt %s --dce | filecheck %s
// RUN: %pullback opt %s --dce --verify | %pullback eval - --function loop --arg 2 --arg "[1, 2, 3]" | filecheck %s --check-prefix=VALUE

// Of a loop, carries, stacked results and arguments go that nothing needs; of a branch, results.

// The first carry is used, and it needs the second; the third carry and the stacked results go, and with them the constant %c.
// CHECK-LABEL: func.func @loop(
// CHECK-NOT: pb.log
// CHECK: %[[L:.*]]:2 = "pbfn.scan"(%arg0, %arg0, %arg1) {body = @step_1, num_consts = 0 : i64, num_carry = 2 : i64, {{.*}} -> (tensor<f64>, tensor<f64>)
// CHECK-NEXT: func.return %[[L]]#0
// VALUE: %0 : f64[] = 8
func.func @loop(%x: tensor<f64>, %xs: tensor<3xf64>) -> tensor<f64> {
  %c = "pb.log"(%x) : (tensor<f64>) -> tensor<f64>
  %0:4 = "pbfn.scan"(%c, %x, %x, %x, %xs) {body = @step, num_consts = 1 : i64, num_carry = 3 : i64, length = 3 : i64, reverse = false, unroll = 1 : i64} : (tensor<f64>, tensor<f64>, tensor<f64>, tensor<f64>, tensor<3xf64>) -> (tensor<f64>, tensor<f64>, tensor<f64>, tensor<3xf64>)
  return %0#0 : tensor<f64>
}

// CHECK-LABEL: func.func @branch(
// CHECK-NOT: pb.exp
// CHECK: "pbfn.cond"(%arg0, %arg1) {branches = [@left_1, @right_1]} : (tensor<i32>, tensor<f64>) -> tensor<f64>
func.func @branch(%i: tensor<i32>, %x: tensor<f64>) -> tensor<f64> {
  %y = "pb.exp"(%x) : (tensor<f64>) -> tensor<f64>
  %0:2 = "pbfn.cond"(%i, %x, %y) {branches = [@left, @right]} : (tensor<i32>, tensor<f64>, tensor<f64>) -> (tensor<f64>, tensor<f64>)
  return %0#0 : tensor<f64>
}

// The condition needs the counter; the other carry goes.
// CHECK-LABEL: func.func @until(
// CHECK: "pbfn.while"(%arg0) {cond = @small_1, body = @grow_1, cond_consts = 0 : i64, body_consts = 0 : i64} : (tensor<f64>) -> tensor<f64>
func.func @until(%x: tensor<f64>, %y: tensor<f64>) -> tensor<f64> {
  %0:2 = "pbfn.while"(%x, %y) {cond = @small, body = @grow, cond_consts = 0 : i64, body_consts = 0 : i64} : (tensor<f64>, tensor<f64>) -> (tensor<f64>, tensor<f64>)
  return %0#0 : tensor<f64>
}
func.func private @step(%c: tensor<f64>, %a: tensor<f64>, %b: tensor<f64>, %d: tensor<f64>, %x: tensor<f64>) -> (tensor<f64>, tensor<f64>, tensor<f64>, tensor<f64>) {
  %0 = "pb.mul"(%a, %b) : (tensor<f64>, tensor<f64>) -> tensor<f64>
  %1 = "pb.mul"(%d, %c) : (tensor<f64>, tensor<f64>) -> tensor<f64>
  %2 = "pb.add"(%1, %a) : (tensor<f64>, tensor<f64>) -> tensor<f64>
  return %0, %x, %1, %2 : tensor<f64>, tensor<f64>, tensor<f64>, tensor<f64>
}
func.func private @left(%x: tensor<f64>, %y: tensor<f64>) -> (tensor<f64>, tensor<f64>) {
  return %x, %y : tensor<f64>, tensor<f64>
}
func.func private @right(%x: tensor<f64>, %y: tensor<f64>) -> (tensor<f64>, tensor<f64>) {
  %0 = "pb.sin"(%x) : (tensor<f64>) -> tensor<f64>
  return %0, %y : tensor<f64>, tensor<f64>
}
func.func private @small(%x: tensor<f64>, %y: tensor<f64>) -> tensor<i1> {
  %0 = "pb.constant"() {value = dense<10.0> : tensor<f64>} : () -> tensor<f64>
  %1 = "pb.compare"(%x, %0) {direction = "LT"} : (tensor<f64>, tensor<f64>) -> tensor<i1>
  return %1 : tensor<i1>
}
func.func private @grow(%x: tensor<f64>, %y: tensor<f64>) -> (tensor<f64>, tensor<f64>) {
  %0 = "pb.add"(%x, %x) : (tensor<f64>, tensor<f64>) -> tensor<f64>
  %1 = "pb.mul"(%y, %x) : (tensor<f64>, tensor<f64>) -> tensor<f64>
  return %0, %1 : tensor<f64>, tensor<f64>
}
