// pb.recurrence: Elementwise sum of a series or value of a continued fraction, named by `kind`, run until no element
// changes any more.

// RUN: %pullback opt %s | %pullback opt - | filecheck %s --check-prefix=TEXT
// RUN: %pullback eval %s --function f --arg "[0.5, 2, 7]" --arg "[0.5, 0.7, 2.5]" | filecheck %s --check-prefix=VALUE
// RUN: not %pullback opt %s --jvp="function=f" 2>&1 | filecheck %s --check-prefix=JVP
// RUN: %pullback opt %s --vmap="size=3 function=f" --cse --dce | filecheck %s --check-prefix=BATCH
// RUN: %pullback opt %s --lower | filecheck %s --check-prefix=HLO

// TEXT-LABEL: func.func @f(%arg0: tensor<3xf64>, %arg1: tensor<3xf64>) -> (tensor<3xf64>, tensor<3xf64>) {
// TEXT-NEXT: %0:2 = "pb.recurrence"(%arg0, %arg1) {kind = "gamma_series"} : (tensor<3xf64>, tensor<3xf64>) -> (tensor<3xf64>, tensor<3xf64>)
// TEXT-NEXT: func.return %0#0, %0#1 : tensor<3xf64>, tensor<3xf64>

// VALUE: %0 : f64[3] = [1.4107, 1.2806, 1.4272]
// VALUE: %1 : f64[3] = [-0.30806, -0.10679, -0.069627]

// JVP: pb.recurrence is not differentiable: it is a loop that runs until it has converged

// BATCH-LABEL: func.func @f.vmap(%arg0: tensor<3x3xf64>, %arg1: tensor<3x3xf64>) -> (tensor<3x3xf64>, tensor<3x3xf64>) {
// BATCH: "pb.recurrence"(%arg0, %arg1) {kind = "gamma_series"} : (tensor<3x3xf64>, tensor<3x3xf64>) -> (tensor<3x3xf64>, tensor<3x3xf64>)

// HLO-LABEL: func.func public @f(
// HLO: "stablehlo.while"(
// HLO-NOT: "pb.

func.func @f(%arg0: tensor<3xf64>, %arg1: tensor<3xf64>) -> (tensor<3xf64>, tensor<3xf64>) {
  %0:2 = "pb.recurrence"(%arg0, %arg1) {kind = "gamma_series"} : (tensor<3xf64>, tensor<3xf64>) -> (tensor<3xf64>, tensor<3xf64>)
  func.return %0#0, %0#1 : tensor<3xf64>, tensor<3xf64>
}
