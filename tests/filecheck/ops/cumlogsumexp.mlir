// pb.cumlogsumexp: Logarithm of the sum of the exponentials of the elements up to each position along `axis`; from the
// end if `reverse`.

// RUN: %pullback opt %s | %pullback opt - | filecheck %s --check-prefix=TEXT
// RUN: %pullback eval %s --function f --arg "[0, 0, 0, 0]" | filecheck %s --check-prefix=VALUE
// RUN: %pullback opt %s --jvp="function=f" --cse --dce | filecheck %s --check-prefix=JVP
// RUN: %pullback opt %s --jvp="function=f" | %pullback eval - --function f.jvp --arg "[0, 0, 0, 0]" --arg "[1, 2, 3, 4]" | filecheck %s --check-prefix=TANGENT
// RUN: %pullback opt %s --vjp="function=f" --cse --dce | filecheck %s --check-prefix=VJP
// RUN: %pullback eval %s --function pullback --arg "[0, 0, 0, 0]" --arg "[1, 0, 0, 1]" | filecheck %s --check-prefix=COTANGENT
// RUN: %pullback opt %s --vmap="size=3 function=f" --cse --dce | filecheck %s --check-prefix=BATCH
// RUN: %pullback opt %s --lower | filecheck %s --check-prefix=HLO

// TEXT-LABEL: func.func @f(%arg0: tensor<4xf64>) -> tensor<4xf64> {
// TEXT-NEXT: %0 = "pb.cumlogsumexp"(%arg0) {axis = 0 : i64, reverse = false} : (tensor<4xf64>) -> tensor<4xf64>
// TEXT-NEXT: func.return %0 : tensor<4xf64>

// VALUE: %0 : f64[4] = [0, 0.69315, 1.0986, 1.3863]

// JVP-LABEL: func.func @f.jvp(%arg0: tensor<4xf64>, %arg1: tensor<4xf64>) -> (tensor<4xf64>, tensor<4xf64>) {
// JVP: "pb.cumlogsumexp"
// JVP: "pb.pad"
// JVP: "pb.compare"
// JVP: "pb.sub"
// JVP: "pb.exp"
// JVP: "pb.select"
// JVP: "pb.compare"
// JVP: "pb.sub"
// JVP: "pb.exp"
// JVP: "pb.select"
// JVP: "pb.mul"
// JVP: "pb.slice"
// JVP: "pb.slice"
// JVP: "pb.mul"
// JVP: "pb.pad"
// JVP: "pb.add"
// JVP: "pb.slice"
// JVP: "pb.slice"
// JVP: "pb.mul"
// JVP: "pb.slice"
// JVP: "pb.mul"
// JVP: "pb.pad"
// JVP: "pb.add"

// TANGENT: %1 : f64[4] = [1, 1.5, 2, 2.5]

// VJP-LABEL: func.func @f.bwd(
// VJP: "pb.pad"
// VJP: "pb.mul"
// VJP: "pb.pad"
// VJP: "pb.add"
// VJP: "pb.pad"
// VJP: "pb.mul"
// VJP: "pb.pad"
// VJP: "pb.add"
// VJP: "pb.mul"

// COTANGENT: %0 : f64[4] = [1.25, 0.25, 0.25, 0.25]

// BATCH-LABEL: func.func @f.vmap(%arg0: tensor<3x4xf64>) -> tensor<3x4xf64> {
// BATCH: "pb.cumlogsumexp"(%arg0) {axis = 1 : i64, reverse = false} : (tensor<3x4xf64>) -> tensor<3x4xf64>

// HLO-LABEL: func.func public @f(
// HLO: "stablehlo.exponential"(
// HLO: "stablehlo.log"(
// HLO-NOT: "pb.

func.func @f(%arg0: tensor<4xf64>) -> tensor<4xf64> {
  %0 = "pb.cumlogsumexp"(%arg0) {axis = 0 : i64, reverse = false} : (tensor<4xf64>) -> tensor<4xf64>
  func.return %0 : tensor<4xf64>
}
func.func @pullback(%arg0: tensor<4xf64>, %arg1: tensor<4xf64>) -> tensor<4xf64> {
  %0:2 = "pbfn.vjp_fwd"(%arg0) {callee = @f, active = array<i1: true>} : (tensor<4xf64>) -> (tensor<4xf64>, !pbfn.tape<@f, "1">)
  %1 = "pbfn.vjp_bwd"(%0#1, %arg1) : (!pbfn.tape<@f, "1">, tensor<4xf64>) -> tensor<4xf64>
  func.return %1 : tensor<4xf64>
}
