// RUN: %pullback opt %s --linearize="function=main active=010" --cse --dce | filecheck %s

// What a scan saves for its linear part: cos(h), which differs between iterations, stacked once. What depends on the constant
// alone, exp(w), is computed outside of the loop and passed to the linear loop as a constant; xs are stacked already.

// CHECK-LABEL: func.func @main.fwd(%arg0: tensor<f64>, %arg1: tensor<f64>, %arg2: tensor<5xf64>) -> (tensor<f64>, tensor<f64>, tensor<5xf64>, tensor<5xf64>)
// CHECK: %[[EXP:.*]] = "pb.exp"(%arg0)
// CHECK: %[[LOOP:.*]]:2 = "pbfn.scan"(%arg0, %arg1, %arg2) {{.*}} -> (tensor<f64>, tensor<5xf64>)
// CHECK: func.return %[[LOOP]]#0, %[[EXP]], %arg2, %[[LOOP]]#1
// CHECK-LABEL: func.func @main.lin(%arg0: tensor<f64>, %arg1: tensor<5xf64>, %arg2: tensor<5xf64>, %arg3: tensor<f64>) -> tensor<f64>
// CHECK-NEXT: %[[LIN:.*]] = "pbfn.scan"(%arg0, %arg3, %arg1, %arg2) {{.*}}num_consts = 1 : i64, num_carry = 1 : i64
// CHECK-NEXT: func.return %[[LIN]]
func.func @main(%w: tensor<f64>, %h: tensor<f64>, %xs: tensor<5xf64>) -> tensor<f64> {
  %0 = "pbfn.scan"(%w, %h, %xs) {body = @step, num_consts = 1 : i64, num_carry = 1 : i64, length = 5 : i64, reverse = false, unroll = 1 : i64} : (tensor<f64>, tensor<f64>, tensor<5xf64>) -> tensor<f64>
  return %0 : tensor<f64>
}
func.func private @step(%w: tensor<f64>, %h: tensor<f64>, %x: tensor<f64>) -> tensor<f64> {
  %0 = "pb.exp"(%w) : (tensor<f64>) -> tensor<f64>
  %1 = "pb.sin"(%h) : (tensor<f64>) -> tensor<f64>
  %2 = "pb.mul"(%1, %x) : (tensor<f64>, tensor<f64>) -> tensor<f64>
  %3 = "pb.mul"(%2, %0) : (tensor<f64>, tensor<f64>) -> tensor<f64>
  return %3 : tensor<f64>
}
