// RUN: %pullback opt %s --discharge-effects | filecheck %s
// RUN: %pullback opt %s --discharge-effects --simplify --cse --dce | %pullback eval - --function main --arg 3 | filecheck %s --check-prefix=VALUE

// A print in a loop of four iterations has room for four: how often it happened, when, and with which operand.

// CHECK-LABEL: func.func @main(%arg0: tensor<f64>) -> (tensor<f64>, tensor<i32>, tensor<i32>, tensor<4xi32>, tensor<4xf64>)
// CHECK: "pbfn.scan"({{.*}}num_carry = 5 : i64, length = 4 : i64
// CHECK: func.func private @body.discharge.step(%arg0: tensor<i32>, %arg1: tensor<i32>, %arg2: tensor<4xi32>, %arg3: tensor<4xf64>, %arg4: tensor<f64>)
// CHECK: "pb.dynamic_update_slice"
// CHECK-NOT: debug_print

// VALUE: %0 : f64[] = 48
// VALUE: %1 : i32[] = 4
// VALUE: %2 : i32[] = 4
// VALUE: %3 : i32[4] = [0, 1, 2, 3]
// VALUE: %4 : f64[4] = [3, 6, 12, 24]
func.func @main(%x: tensor<f64>) -> tensor<f64> {
  %0 = "pbfn.scan"(%x) {body = @body, num_consts = 0 : i64, num_carry = 1 : i64, length = 4 : i64, reverse = false, unroll = 1 : i64} : (tensor<f64>) -> tensor<f64>
  return %0 : tensor<f64>
}
func.func private @body(%x: tensor<f64>) -> tensor<f64> {
  "pbfn.debug_print"(%x) {format = "{}", structure = "", batch = array<i64>, masked = false} : (tensor<f64>) -> ()
  %0 = "pb.add"(%x, %x) : (tensor<f64>, tensor<f64>) -> tensor<f64>
  return %0 : tensor<f64>
}
