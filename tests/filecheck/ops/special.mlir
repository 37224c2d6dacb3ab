// pb.special: A special function of real numbers, named by `kind`, elementwise. 16-bit floats are computed in f32.

// RUN: %pullback opt %s | %pullback opt - | filecheck %s --check-prefix=TEXT
// RUN: %pullback eval %s --function f --arg "[-0.5, 1, 6.5]" | filecheck %s --check-prefix=VALUE
// RUN: %pullback opt %s --jvp="function=f" --cse --dce | filecheck %s --check-prefix=JVP
// RUN: %pullback opt %s --jvp="function=f" | %pullback eval - --function f.jvp --arg "[-0.5, 1, 6.5]" --arg "[0.5, 1.25, 2]" | filecheck %s --check-prefix=TANGENT
// RUN: %pullback opt %s --vjp="function=f" --cse --dce | filecheck %s --check-prefix=VJP
// RUN: %pullback eval %s --function pullback --arg "[-0.5, 1, 6.5]" --arg "[1, 1.5, 2]" | filecheck %s --check-prefix=COTANGENT
// RUN: %pullback opt %s --vmap="size=3 function=f" --cse --dce | filecheck %s --check-prefix=BATCH
// RUN: %pullback opt %s --lower | filecheck %s --check-prefix=HLO

// TEXT-LABEL: func.func @f(%arg0: tensor<3xf64>) -> tensor<3xf64> {
// TEXT-NEXT: %0 = "pb.special"(%arg0) {kind = "dawsn"} : (tensor<3xf64>) -> tensor<3xf64>
// TEXT-NEXT: func.return %0 : tensor<3xf64>

// VALUE: %0 : f64[3] = [-0.42444, 0.53808, 0.077868]

// JVP-LABEL: func.func @f.jvp(
// JVP: kind = "dawsn"
// JVP: kind = "dawsn_slope"
// JVP: "pb.mul"

// TANGENT: %1 : f64[3] = [0.28778, -0.095199, -0.024563]

// VJP-LABEL: func.func @f.bwd(
// VJP: "pb.mul"

// COTANGENT: %0 : f64[3] = [0.57556, -0.11424, -0.024563]

// BATCH-LABEL: func.func @f.vmap(%arg0: tensor<3x3xf64>) -> tensor<3x3xf64> {
// BATCH: "pb.special"(%arg0) {kind = "dawsn"} : (tensor<3x3xf64>) -> tensor<3x3xf64>

// HLO-LABEL: func.func public @f(
// HLO: "stablehlo.map"(
// HLO-NOT: "pb.

func.func @f(%arg0: tensor<3xf64>) -> tensor<3xf64> {
  %0 = "pb.special"(%arg0) {kind = "dawsn"} : (tensor<3xf64>) -> tensor<3xf64>
  func.return %0 : tensor<3xf64>
}
func.func @pullback(%arg0: tensor<3xf64>, %arg1: tensor<3xf64>) -> tensor<3xf64> {
  %0:2 = "pbfn.vjp_fwd"(%arg0) {callee = @f, active = array<i1: true>} : (tensor<3xf64>) -> (tensor<3xf64>, !pbfn.tape<@f, "1">)
  %1 = "pbfn.vjp_bwd"(%0#1, %arg1) : (!pbfn.tape<@f, "1">, tensor<3xf64>) -> tensor<3xf64>
  func.return %1 : tensor<3xf64>
}
