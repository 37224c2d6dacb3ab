// pb.bitcast: The same bits read as another element type of the same width.

// RUN: %pullback opt %s | %pullback opt - | filecheck %s --check-prefix=TEXT
// RUN: %pullback eval %s --function f --arg "[[1.8, -1.42, 1.79], [-0.75, -0.31, 1.31]]" | filecheck %s --check-prefix=VALUE
// RUN: %pullback opt %s --jvp="function=f" --cse --dce | filecheck %s --check-prefix=JVP
// RUN: %pullback opt %s --vmap="size=3 function=f" --cse --dce | filecheck %s --check-prefix=BATCH
// RUN: %pullback opt %s --lower | filecheck %s --check-prefix=HLO

// TEXT-LABEL: func.func @f(%arg0: tensor<2x3xf64>) -> tensor<2x3xi64> {
// TEXT-NEXT: %0 = "pb.bitcast"(%arg0) {dtype = i64} : (tensor<2x3xf64>) -> tensor<2x3xi64>
// TEXT-NEXT: func.return %0 : tensor<2x3xi64>

// VALUE: %0 : i64[2,3] = {{\[\[}}4610785298501913805, -4614298106211262792, 4610740262505640100], [-4618441417868443648, -4624115953398930473, 4608578534684502262]]

// JVP-LABEL: func.func @f.jvp(%arg0: tensor<2x3xf64>, %arg1: tensor<2x3xf64>) -> tensor<2x3xi64> {
// JVP: "pb.bitcast"

// BATCH-LABEL: func.func @f.vmap(%arg0: tensor<3x2x3xf64>) -> tensor<3x2x3xi64> {
// BATCH: "pb.bitcast"(%arg0) {dtype = i64} : (tensor<3x2x3xf64>) -> tensor<3x2x3xi64>

// HLO-LABEL: func.func public @f(
// HLO: "stablehlo.bitcast_convert"(
// HLO-NOT: "pb.

func.func @f(%arg0: tensor<2x3xf64>) -> tensor<2x3xi64> {
  %0 = "pb.bitcast"(%arg0) {dtype = i64} : (tensor<2x3xf64>) -> tensor<2x3xi64>
  func.return %0 : tensor<2x3xi64>
}
