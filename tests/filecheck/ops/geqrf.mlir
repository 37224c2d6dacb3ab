// pb.geqrf: QR factorisation of matrices over the last two dimensions as Householder's method leaves it: R on and
// above the diagonal of `packed`, and below it the vectors v of the reflectors H = I - tau v v^H, whose first
// element is one. Q is the product of the reflectors. The diagonal of R is real, and has the sign that LAPACK gives
// it.

// RUN: %pullback opt %s | %pullback opt - | filecheck %s --check-prefix=TEXT
// RUN: %pullback eval %s --function f --arg "[[3.2, -0.4], [1.1, -0.6], [-1.8, 2.9]]" | filecheck %s --check-prefix=VALUE
// RUN: not %pullback opt %s --jvp="function=f" 2>&1 | filecheck %s --check-prefix=JVP
// RUN: %pullback opt %s --vmap="size=3 function=f" --cse --dce | filecheck %s --check-prefix=BATCH
// RUN: %pullback opt %s --lower | filecheck %s --check-prefix=HLO

// TEXT-LABEL: func.func @f(%arg0: tensor<3x2xf64>) -> (tensor<3x2xf64>, tensor<2xf64>) {
// TEXT-NEXT: %0:2 = "pb.geqrf"(%arg0) : (tensor<3x2xf64>) -> (tensor<3x2xf64>, tensor<2xf64>)
// TEXT-NEXT: func.return %0#0, %0#1 : tensor<3x2xf64>, tensor<2xf64>

// VALUE: %0 : f64[3,2] = {{\[\[}}-3.8328, 1.8681], [0.15641, 2.3324], [-0.25595, -0.89984]]
// VALUE: %1 : f64[2] = [1.8349, 1.1051]

// JVP: pb.geqrf is not differentiable: its result is an intermediate form of the factors; differentiate those that pb.qr gives

// BATCH-LABEL: func.func @f.vmap(%arg0: tensor<3x3x2xf64>) -> (tensor<3x3x2xf64>, tensor<3x2xf64>) {
// BATCH: "pb.geqrf"(%arg0) : (tensor<3x3x2xf64>) -> (tensor<3x3x2xf64>, tensor<3x2xf64>)

// HLO-LABEL: func.func public @f(
// HLO: "stablehlo.while"(
// HLO-NOT: "pb.

func.func @f(%arg0: tensor<3x2xf64>) -> (tensor<3x2xf64>, tensor<2xf64>) {
  %0:2 = "pb.geqrf"(%arg0) : (tensor<3x2xf64>) -> (tensor<3x2xf64>, tensor<2xf64>)
  func.return %0#0, %0#1 : tensor<3x2xf64>, tensor<2xf64>
}
