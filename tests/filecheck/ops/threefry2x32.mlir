// pb.threefry2x32: Threefry-2x32 with 20 rounds: encrypts the counter words (count1, count2) with the key words (key1,
// key2), elementwise. The two results are independent, uniformly distributed random words.

// RUN: %pullback opt %s | %pullback opt - | filecheck %s --check-prefix=TEXT
// RUN: %pullback eval %s --function f --arg "[[3511327048, 1416186938, 1944245514], [3386275496, 532224325, 1302211876]]" --arg "[[534383662, 1947758604, 4195779083], [575704705, 1646310749, 1731357093]]" --arg "[[3882100053, 873833604, 2157182444], [1126627218, 85137139, 3222791729]]" --arg "[[266377029, 1204346445, 2139946102], [2083879367, 502244941, 4212234199]]" | filecheck %s --check-prefix=VALUE
// RUN: %pullback opt %s --vmap="size=3 function=f" --cse --dce | filecheck %s --check-prefix=BATCH
// RUN: %pullback opt %s --lower | filecheck %s --check-prefix=HLO

// TEXT-LABEL: func.func @f(%arg0: tensor<2x3xui32>, %arg1: tensor<2x3xui32>, %arg2: tensor<2x3xui32>, %arg3: tensor<2x3xui32>) -> (tensor<2x3xui32>, tensor<2x3xui32>) {
// TEXT-NEXT: %0:2 = "pb.threefry2x32"(%arg0, %arg1, %arg2, %arg3) : (tensor<2x3xui32>, tensor<2x3xui32>, tensor<2x3xui32>, tensor<2x3xui32>) -> (tensor<2x3xui32>, tensor<2x3xui32>)
// TEXT-NEXT: func.return %0#0, %0#1 : tensor<2x3xui32>, tensor<2x3xui32>

// VALUE: %0 : ui32[2,3] = {{\[\[}}1922322401, 3355925772, 587235816], [455798565, 1033589893, 1405606609]]
// VALUE: %1 : ui32[2,3] = {{\[\[}}1464454467, 1848630856, 3341930859], [3249009803, 2152247468, 1677296188]]

// BATCH-LABEL: func.func @f.vmap(%arg0: tensor<3x2x3xui32>, %arg1: tensor<3x2x3xui32>, %arg2: tensor<3x2x3xui32>, %arg3: tensor<3x2x3xui32>) -> (tensor<3x2x3xui32>, tensor<3x2x3xui32>) {
// BATCH: "pb.threefry2x32"(%arg0, %arg1, %arg2, %arg3) : (tensor<3x2x3xui32>, tensor<3x2x3xui32>, tensor<3x2x3xui32>, tensor<3x2x3xui32>) -> (tensor<3x2x3xui32>, tensor<3x2x3xui32>)

// HLO-LABEL: func.func public @f(
// HLO: "stablehlo.xor"(
// HLO: "stablehlo.xor"(
// HLO: "stablehlo.add"(
// HLO-NOT: "pb.

func.func @f(%arg0: tensor<2x3xui32>, %arg1: tensor<2x3xui32>, %arg2: tensor<2x3xui32>, %arg3: tensor<2x3xui32>) -> (tensor<2x3xui32>, tensor<2x3xui32>) {
  %0:2 = "pb.threefry2x32"(%arg0, %arg1, %arg2, %arg3) : (tensor<2x3xui32>, tensor<2x3xui32>, tensor<2x3xui32>, tensor<2x3xui32>) -> (tensor<2x3xui32>, tensor<2x3xui32>)
  func.return %0#0, %0#1 : tensor<2x3xui32>, tensor<2x3xui32>
}
