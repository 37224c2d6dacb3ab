// RUN: %pullback opt %s --pass-pipeline="builtin.module(vmap{size=2},cse,symbol-dce)" | filecheck %s
// RUN: %pullback opt %s --cse --print-ir-after-all 2>&1 | filecheck %s --check-prefix=DUMP
// RUN: %pullback opt %s --dce --print-ir-after-change 2>&1 | filecheck %s --check-prefix=SAME
// RUN: %pullback opt %s --cse --timing 2>&1 | filecheck %s --check-prefix=TIMING
// RUN: not %pullback opt %s --csee 2>&1 | filecheck %s --check-prefix=UNKNOWN
// RUN: not %pullback opt %s --pass-pipeline=cse --cse 2>&1 | filecheck %s --check-prefix=BOTH

// CHECK: func.func @f.vmap(
// CHECK-NOT: @unused
// DUMP: IR Dump After cse
// SAME-NOT: IR Dump
// SAME: func.func @f
// TIMING: Pass timing
// TIMING: cse
// UNKNOWN: unknown pass 'csee'; did you mean cse
// BOTH: give either --pass-pipeline or single passes, not both
func.func @f(%x: tensor<4xf32>) -> tensor<4xf32> {
  %0 = "pb.exp"(%x) : (tensor<4xf32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}
func.func private @unused() { return }
