// The pb dialect in IRDL. Generated from the op table by `python -m pullback.tools.generate`; do not edit.
//
// Check a module:  iree-opt --irdl-file=pb.irdl.mlir --allow-unregistered-dialect module.mlir
// Shape rules and element types are beyond IRDL: `pullback opt --verify` checks them. So are variadic operands and
// results of different types; here those of pb.concatenate, pb.dynamic_slice, pb.dynamic_update_slice, pb.optimization_barrier, pb.recurrence, pb.sort, pb.special, pb.svd, pb.svd_pair have one type.
irdl.dialect @pb {
  irdl.operation @abs {
    %operand = irdl.base "!builtin.tensor"
    irdl.operands(operand: %operand)
    %result = irdl.base "!builtin.tensor"
    irdl.results(result: %result)
  }
  irdl.operation @acos {
    %type = irdl.base "!builtin.tensor"
    irdl.operands(operand: %type)
    irdl.results(result: %type)
  }
  irdl.operation @acosh {
    %type = irdl.base "!builtin.tensor"
    irdl.operands(operand: %type)
    irdl.results(result: %type)
  }
  irdl.operation @add {
    %type = irdl.base "!builtin.tensor"
    irdl.operands(lhs: %type, rhs: %type)
    irdl.results(result: %type)
  }
  irdl.operation @and {
    %type = irdl.base "!builtin.tensor"
    irdl.operands(lhs: %type, rhs: %type)
    irdl.results(result: %type)
  }
  irdl.operation @argmax {
    %operand = irdl.base "!builtin.tensor"
    irdl.operands(operand: %operand)
    %result = irdl.base "!builtin.tensor"
    irdl.results(result: %result)
    %attr_axis = irdl.base "#builtin.integer"
    %attr_dtype = irdl.base "#builtin.type"
    irdl.attributes {"axis" = %attr_axis, "dtype" = %attr_dtype}
  }
  irdl.operation @argmin {
    %operand = irdl.base "!builtin.tensor"
    irdl.operands(operand: %operand)
    %result = irdl.base "!builtin.tensor"
    irdl.results(result: %result)
    %attr_axis = irdl.base "#builtin.integer"
    %attr_dtype = irdl.base "#builtin.type"
    irdl.attributes {"axis" = %attr_axis, "dtype" = %attr_dtype}
  }
  irdl.operation @asin {
    %type = irdl.base "!builtin.tensor"
    irdl.operands(operand: %type)
    irdl.results(result: %type)
  }
  irdl.operation @asinh {
    %type = irdl.base "!builtin.tensor"
    irdl.operands(operand: %type)
    irdl.results(result: %type)
  }
  irdl.operation @atan {
    %type = irdl.base "!builtin.tensor"
    irdl.operands(operand: %type)
    irdl.results(result: %type)
  }
  irdl.operation @atan2 {
    %type = irdl.base "!builtin.tensor"
    irdl.operands(lhs: %type, rhs: %type)
    irdl.results(result: %type)
  }
  irdl.operation @atanh {
    %type = irdl.base "!builtin.tensor"
    irdl.operands(operand: %type)
    irdl.results(result: %type)
  }
  irdl.operation @bessel_i0e {
    %type = irdl.base "!builtin.tensor"
    irdl.operands(operand: %type)
    irdl.results(result: %type)
  }
  irdl.operation @bessel_i1e {
    %type = irdl.base "!builtin.tensor"
    irdl.operands(operand: %type)
    irdl.results(result: %type)
  }
  irdl.operation @betainc {
    %type = irdl.base "!builtin.tensor"
    irdl.operands(a: %type, b: %type, x: %type)
    irdl.results(result: %type)
  }
  irdl.operation @bitcast {
    %operand = irdl.base "!builtin.tensor"
    irdl.operands(operand: %operand)
    %result = irdl.base "!builtin.tensor"
    irdl.results(result: %result)
    %attr_dtype = irdl.base "#builtin.type"
    irdl.attributes {"dtype" = %attr_dtype}
  }
  irdl.operation @broadcast_in_dim {
    %operand = irdl.base "!builtin.tensor"
    irdl.operands(operand: %operand)
    %result = irdl.base "!builtin.tensor"
    irdl.results(result: %result)
    %attr_shape = irdl.base "#builtin.dense_array"
    %attr_dims = irdl.base "#builtin.dense_array"
    irdl.attributes {"shape" = %attr_shape, "dims" = %attr_dims}
  }
  irdl.operation @cbrt {
    %type = irdl.base "!builtin.tensor"
    irdl.operands(operand: %type)
    irdl.results(result: %type)
  }
  irdl.operation @ceil {
    %type = irdl.base "!builtin.tensor"
    irdl.operands(operand: %type)
    irdl.results(result: %type)
  }
  irdl.operation @checkpoint_name {
    %type = irdl.base "!builtin.tensor"
    irdl.operands(operand: %type)
    irdl.results(result: %type)
    %attr_name = irdl.base "#builtin.string"
    irdl.attributes {"name" = %attr_name}
  }
  irdl.operation @cholesky {
    %operand = irdl.base "!builtin.tensor"
    irdl.operands(operand: %operand)
    %result = irdl.base "!builtin.tensor"
    irdl.results(result: %result)
  }
  irdl.operation @cholesky_pair {
    %re = irdl.base "!builtin.tensor"
    %im = irdl.base "!builtin.tensor"
    irdl.operands(re: %re, im: %im)
    %factor_re = irdl.base "!builtin.tensor"
    %factor_im = irdl.base "!builtin.tensor"
    irdl.results(factor_re: %factor_re, factor_im: %factor_im)
  }
  irdl.operation @clamp {
    %min = irdl.base "!builtin.tensor"
    %operand = irdl.base "!builtin.tensor"
    %max = irdl.base "!builtin.tensor"
    irdl.operands(min: %min, operand: %operand, max: %max)
    %result = irdl.base "!builtin.tensor"
    irdl.results(result: %result)
  }
  irdl.operation @clz {
    %type = irdl.base "!builtin.tensor"
    irdl.operands(operand: %type)
    irdl.results(result: %type)
  }
  irdl.operation @compare {
    %lhs = irdl.base "!builtin.tensor"
    %rhs = irdl.base "!builtin.tensor"
    irdl.operands(lhs: %lhs, rhs: %rhs)
    %result = irdl.base "!builtin.tensor"
    irdl.results(result: %result)
    %attr_direction = irdl.base "#builtin.string"
    irdl.attributes {"direction" = %attr_direction}
  }
  irdl.operation @complex {
    %real = irdl.base "!builtin.tensor"
    %imag = irdl.base "!builtin.tensor"
    irdl.operands(real: %real, imag: %imag)
    %result = irdl.base "!builtin.tensor"
    irdl.results(result: %result)
  }
  irdl.operation @concatenate {
    %operands = irdl.base "!builtin.tensor"
    irdl.operands(operands: variadic %operands)
    %result = irdl.base "!builtin.tensor"
    irdl.results(result: %result)
    %attr_axis = irdl.base "#builtin.integer"
    irdl.attributes {"axis" = %attr_axis}
  }
  irdl.operation @conj {
    %type = irdl.base "!builtin.tensor"
    irdl.operands(operand: %type)
    irdl.results(result: %type)
  }
  irdl.operation @constant {
    %result = irdl.base "!builtin.tensor"
    irdl.results(result: %result)
    %attr_value = irdl.base "#builtin.dense_typed_elements"
    irdl.attributes {"value" = %attr_value}
  }
  irdl.operation @conv_general_dilated {
    %lhs = irdl.base "!builtin.tensor"
    %rhs = irdl.base "!builtin.tensor"
    irdl.operands(lhs: %lhs, rhs: %rhs)
    %result = irdl.base "!builtin.tensor"
    irdl.results(result: %result)
    %attr_window_strides = irdl.base "#builtin.dense_array"
    %attr_pad_low = irdl.base "#builtin.dense_array"
    %attr_pad_high = irdl.base "#builtin.dense_array"
    %attr_lhs_dilation = irdl.base "#builtin.dense_array"
    %attr_rhs_dilation = irdl.base "#builtin.dense_array"
    %attr_feature_group_count = irdl.base "#builtin.integer"
    %attr_batch_group_count = irdl.base "#builtin.integer"
    %attr_lhs_spec = irdl.base "#builtin.dense_array"
    %attr_rhs_spec = irdl.base "#builtin.dense_array"
    %attr_out_spec = irdl.base "#builtin.dense_array"
    irdl.attributes {"window_strides" = %attr_window_strides, "pad_low" = %attr_pad_low, "pad_high" = %attr_pad_high, "lhs_dilation" = %attr_lhs_dilation, "rhs_dilation" = %attr_rhs_dilation, "feature_group_count" = %attr_feature_group_count, "batch_group_count" = %attr_batch_group_count, "lhs_spec" = %attr_lhs_spec, "rhs_spec" = %attr_rhs_spec, "out_spec" = %attr_out_spec}
  }
  irdl.operation @convert {
    %operand = irdl.base "!builtin.tensor"
    irdl.operands(operand: %operand)
    %result = irdl.base "!builtin.tensor"
    irdl.results(result: %result)
    %attr_dtype = irdl.base "#builtin.type"
    irdl.attributes {"dtype" = %attr_dtype}
  }
  irdl.operation @cos {
    %type = irdl.base "!builtin.tensor"
    irdl.operands(operand: %type)
    irdl.results(result: %type)
  }
  irdl.operation @cosh {
    %type = irdl.base "!builtin.tensor"
    irdl.operands(operand: %type)
    irdl.results(result: %type)
  }
  irdl.operation @cumlogsumexp {
    %operand = irdl.base "!builtin.tensor"
    irdl.operands(operand: %operand)
    %result = irdl.base "!builtin.tensor"
    irdl.results(result: %result)
    %attr_axis = irdl.base "#builtin.integer"
    %reverse_true = irdl.is true
    %reverse_false = irdl.is false
    %attr_reverse = irdl.any_of(%reverse_true, %reverse_false)
    irdl.attributes {"axis" = %attr_axis, "reverse" = %attr_reverse}
  }
  irdl.operation @cummax {
    %operand = irdl.base "!builtin.tensor"
    irdl.operands(operand: %operand)
    %result = irdl.base "!builtin.tensor"
    irdl.results(result: %result)
    %attr_axis = irdl.base "#builtin.integer"
    %reverse_true = irdl.is true
    %reverse_false = irdl.is false
    %attr_reverse = irdl.any_of(%reverse_true, %reverse_false)
    irdl.attributes {"axis" = %attr_axis, "reverse" = %attr_reverse}
  }
  irdl.operation @cummin {
    %operand = irdl.base "!builtin.tensor"
    irdl.operands(operand: %operand)
    %result = irdl.base "!builtin.tensor"
    irdl.results(result: %result)
    %attr_axis = irdl.base "#builtin.integer"
    %reverse_true = irdl.is true
    %reverse_false = irdl.is false
    %attr_reverse = irdl.any_of(%reverse_true, %reverse_false)
    irdl.attributes {"axis" = %attr_axis, "reverse" = %attr_reverse}
  }
  irdl.operation @cumprod {
    %operand = irdl.base "!builtin.tensor"
    irdl.operands(operand: %operand)
    %result = irdl.base "!builtin.tensor"
    irdl.results(result: %result)
    %attr_axis = irdl.base "#builtin.integer"
    %reverse_true = irdl.is true
    %reverse_false = irdl.is false
    %attr_reverse = irdl.any_of(%reverse_true, %reverse_false)
    irdl.attributes {"axis" = %attr_axis, "reverse" = %attr_reverse}
  }
  irdl.operation @cumsum {
    %operand = irdl.base "!builtin.tensor"
    irdl.operands(operand: %operand)
    %result = irdl.base "!builtin.tensor"
    irdl.results(result: %result)
    %attr_axis = irdl.base "#builtin.integer"
    %reverse_true = irdl.is true
    %reverse_false = irdl.is false
    %attr_reverse = irdl.any_of(%reverse_true, %reverse_false)
    irdl.attributes {"axis" = %attr_axis, "reverse" = %attr_reverse}
  }
  irdl.operation @digamma {
    %type = irdl.base "!builtin.tensor"
    irdl.operands(operand: %type)
    irdl.results(result: %type)
  }
  irdl.operation @div {
    %type = irdl.base "!builtin.tensor"
    irdl.operands(lhs: %type, rhs: %type)
    irdl.results(result: %type)
  }
  irdl.operation @dot_general {
    %lhs = irdl.base "!builtin.tensor"
    %rhs = irdl.base "!builtin.tensor"
    irdl.operands(lhs: %lhs, rhs: %rhs)
    %result = irdl.base "!builtin.tensor"
    irdl.results(result: %result)
    %attr_lhs_batch = irdl.base "#builtin.dense_array"
    %attr_rhs_batch = irdl.base "#builtin.dense_array"
    %attr_lhs_contract = irdl.base "#builtin.dense_array"
    %attr_rhs_contract = irdl.base "#builtin.dense_array"
    irdl.attributes {"lhs_batch" = %attr_lhs_batch, "rhs_batch" = %attr_rhs_batch, "lhs_contract" = %attr_lhs_contract, "rhs_contract" = %attr_rhs_contract}
  }
  irdl.operation @dynamic_slice {
    %operand = irdl.base "!builtin.tensor"
    %start_indices = irdl.base "!builtin.tensor"
    irdl.operands(operand: %operand, start_indices: variadic %start_indices)
    %result = irdl.base "!builtin.tensor"
    irdl.results(result: %result)
    %attr_slice_sizes = irdl.base "#builtin.dense_array"
    irdl.attributes {"slice_sizes" = %attr_slice_sizes}
  }
  irdl.operation @dynamic_update_slice {
    %operand = irdl.base "!builtin.tensor"
    %update = irdl.base "!builtin.tensor"
    %start_indices = irdl.base "!builtin.tensor"
    irdl.operands(operand: %operand, update: %update, start_indices: variadic %start_indices)
    %result = irdl.base "!builtin.tensor"
    irdl.results(result: %result)
  }
  irdl.operation @eigh {
    %operand = irdl.base "!builtin.tensor"
    irdl.operands(operand: %operand)
    %eigenvectors = irdl.base "!builtin.tensor"
    %eigenvalues = irdl.base "!builtin.tensor"
    irdl.results(eigenvectors: %eigenvectors, eigenvalues: %eigenvalues)
  }
  irdl.operation @eigh_pair {
    %re = irdl.base "!builtin.tensor"
    %im = irdl.base "!builtin.tensor"
    irdl.operands(re: %re, im: %im)
    %eigenvectors_re = irdl.base "!builtin.tensor"
    %eigenvectors_im = irdl.base "!builtin.tensor"
    %eigenvalues = irdl.base "!builtin.tensor"
    irdl.results(eigenvectors_re: %eigenvectors_re, eigenvectors_im: %eigenvectors_im, eigenvalues: %eigenvalues)
  }
  irdl.operation @erf {
    %type = irdl.base "!builtin.tensor"
    irdl.operands(operand: %type)
    irdl.results(result: %type)
  }
  irdl.operation @erf_inv {
    %type = irdl.base "!builtin.tensor"
    irdl.operands(operand: %type)
    irdl.results(result: %type)
  }
  irdl.operation @erfc {
    %type = irdl.base "!builtin.tensor"
    irdl.operands(operand: %type)
    irdl.results(result: %type)
  }
  irdl.operation @exp {
    %type = irdl.base "!builtin.tensor"
    irdl.operands(operand: %type)
    irdl.results(result: %type)
  }
  irdl.operation @exp2 {
    %type = irdl.base "!builtin.tensor"
    irdl.operands(operand: %type)
    irdl.results(result: %type)
  }
  irdl.operation @expm1 {
    %type = irdl.base "!builtin.tensor"
    irdl.operands(operand: %type)
    irdl.results(result: %type)
  }
  irdl.operation @fft {
    %operand = irdl.base "!builtin.tensor"
    irdl.operands(operand: %operand)
    %result = irdl.base "!builtin.tensor"
    irdl.results(result: %result)
    %attr_kind = irdl.base "#builtin.string"
    %attr_lengths = irdl.base "#builtin.dense_array"
    irdl.attributes {"kind" = %attr_kind, "lengths" = %attr_lengths}
  }
  irdl.operation @floor {
    %type = irdl.base "!builtin.tensor"
    irdl.operands(operand: %type)
    irdl.results(result: %type)
  }
  irdl.operation @gather {
    %operand = irdl.base "!builtin.tensor"
    %indices = irdl.base "!builtin.tensor"
    irdl.operands(operand: %operand, indices: %indices)
    %result = irdl.base "!builtin.tensor"
    irdl.results(result: %result)
    %attr_offset_dims = irdl.base "#builtin.dense_array"
    %attr_collapsed_slice_dims = irdl.base "#builtin.dense_array"
    %attr_start_index_map = irdl.base "#builtin.dense_array"
    %attr_operand_batching_dims = irdl.base "#builtin.dense_array"
    %attr_start_indices_batching_dims = irdl.base "#builtin.dense_array"
    %attr_slice_sizes = irdl.base "#builtin.dense_array"
    %attr_mode = irdl.base "#builtin.string"
    %attr_fill_value = irdl.base "#builtin.string"
    irdl.attributes {"offset_dims" = %attr_offset_dims, "collapsed_slice_dims" = %attr_collapsed_slice_dims, "start_index_map" = %attr_start_index_map, "operand_batching_dims" = %attr_operand_batching_dims, "start_indices_batching_dims" = %attr_start_indices_batching_dims, "slice_sizes" = %attr_slice_sizes, "mode" = %attr_mode, "fill_value" = %attr_fill_value}
  }
  irdl.operation @geqrf {
    %operand = irdl.base "!builtin.tensor"
    irdl.operands(operand: %operand)
    %packed = irdl.base "!builtin.tensor"
    %taus = irdl.base "!builtin.tensor"
    irdl.results(packed: %packed, taus: %taus)
  }
  irdl.operation @geqrf_pair {
    %re = irdl.base "!builtin.tensor"
    %im = irdl.base "!builtin.tensor"
    irdl.operands(re: %re, im: %im)
    %packed_re = irdl.base "!builtin.tensor"
    %packed_im = irdl.base "!builtin.tensor"
    %taus_re = irdl.base "!builtin.tensor"
    %taus_im = irdl.base "!builtin.tensor"
    irdl.results(packed_re: %packed_re, packed_im: %packed_im, taus_re: %taus_re, taus_im: %taus_im)
  }
  irdl.operation @igamma {
    %type = irdl.base "!builtin.tensor"
    irdl.operands(a: %type, x: %type)
    irdl.results(result: %type)
  }
  irdl.operation @igamma_grad_a {
    %type = irdl.base "!builtin.tensor"
    irdl.operands(a: %type, x: %type)
    irdl.results(result: %type)
  }
  irdl.operation @igammac {
    %type = irdl.base "!builtin.tensor"
    irdl.operands(a: %type, x: %type)
    irdl.results(result: %type)
  }
  irdl.operation @imag {
    %operand = irdl.base "!builtin.tensor"
    irdl.operands(operand: %operand)
    %result = irdl.base "!builtin.tensor"
    irdl.results(result: %result)
  }
  irdl.operation @integer_pow {
    %type = irdl.base "!builtin.tensor"
    irdl.operands(operand: %type)
    irdl.results(result: %type)
    %attr_y = irdl.base "#builtin.integer"
    irdl.attributes {"y" = %attr_y}
  }
  irdl.operation @iota {
    %result = irdl.base "!builtin.tensor"
    irdl.results(result: %result)
    %attr_shape = irdl.base "#builtin.dense_array"
    %attr_dtype = irdl.base "#builtin.type"
    %attr_dim = irdl.base "#builtin.integer"
    irdl.attributes {"shape" = %attr_shape, "dtype" = %attr_dtype, "dim" = %attr_dim}
  }
  irdl.operation @is_finite {
    %operand = irdl.base "!builtin.tensor"
    irdl.operands(operand: %operand)
    %result = irdl.base "!builtin.tensor"
    irdl.results(result: %result)
  }
  irdl.operation @lgamma {
    %type = irdl.base "!builtin.tensor"
    irdl.operands(operand: %type)
    irdl.results(result: %type)
  }
  irdl.operation @log {
    %type = irdl.base "!builtin.tensor"
    irdl.operands(operand: %type)
    irdl.results(result: %type)
  }
  irdl.operation @log1p {
    %type = irdl.base "!builtin.tensor"
    irdl.operands(operand: %type)
    irdl.results(result: %type)
  }
  irdl.operation @logistic {
    %type = irdl.base "!builtin.tensor"
    irdl.operands(operand: %type)
    irdl.results(result: %type)
  }
  irdl.operation @lu {
    %operand = irdl.base "!builtin.tensor"
    irdl.operands(operand: %operand)
    %lu = irdl.base "!builtin.tensor"
    %pivots = irdl.base "!builtin.tensor"
    %permutation = irdl.base "!builtin.tensor"
    irdl.results(lu: %lu, pivots: %pivots, permutation: %permutation)
  }
  irdl.operation @lu_pair {
    %re = irdl.base "!builtin.tensor"
    %im = irdl.base "!builtin.tensor"
    irdl.operands(re: %re, im: %im)
    %lu_re = irdl.base "!builtin.tensor"
    %lu_im = irdl.base "!builtin.tensor"
    %pivots = irdl.base "!builtin.tensor"
    %permutation = irdl.base "!builtin.tensor"
    irdl.results(lu_re: %lu_re, lu_im: %lu_im, pivots: %pivots, permutation: %permutation)
  }
  irdl.operation @max {
    %type = irdl.base "!builtin.tensor"
    irdl.operands(lhs: %type, rhs: %type)
    irdl.results(result: %type)
  }
  irdl.operation @min {
    %type = irdl.base "!builtin.tensor"
    irdl.operands(lhs: %type, rhs: %type)
    irdl.results(result: %type)
  }
  irdl.operation @mul {
    %type = irdl.base "!builtin.tensor"
    irdl.operands(lhs: %type, rhs: %type)
    irdl.results(result: %type)
  }
  irdl.operation @neg {
    %type = irdl.base "!builtin.tensor"
    irdl.operands(operand: %type)
    irdl.results(result: %type)
  }
  irdl.operation @nextafter {
    %type = irdl.base "!builtin.tensor"
    irdl.operands(lhs: %type, rhs: %type)
    irdl.results(result: %type)
  }
  irdl.operation @not {
    %type = irdl.base "!builtin.tensor"
    irdl.operands(operand: %type)
    irdl.results(result: %type)
  }
  irdl.operation @optimization_barrier {
    %operands = irdl.base "!builtin.tensor"
    irdl.operands(operands: variadic %operands)
    %results = irdl.base "!builtin.tensor"
    irdl.results(results: variadic %results)
  }
  irdl.operation @or {
    %type = irdl.base "!builtin.tensor"
    irdl.operands(lhs: %type, rhs: %type)
    irdl.results(result: %type)
  }
  irdl.operation @pad {
    %operand = irdl.base "!builtin.tensor"
    %value = irdl.base "!builtin.tensor"
    irdl.operands(operand: %operand, value: %value)
    %result = irdl.base "!builtin.tensor"
    irdl.results(result: %result)
    %attr_low = irdl.base "#builtin.dense_array"
    %attr_high = irdl.base "#builtin.dense_array"
    %attr_interior = irdl.base "#builtin.dense_array"
    irdl.attributes {"low" = %attr_low, "high" = %attr_high, "interior" = %attr_interior}
  }
  irdl.operation @polygamma {
    %type = irdl.base "!builtin.tensor"
    irdl.operands(operand: %type)
    irdl.results(result: %type)
    %attr_n = irdl.base "#builtin.integer"
    irdl.attributes {"n" = %attr_n}
  }
  irdl.operation @population_count {
    %type = irdl.base "!builtin.tensor"
    irdl.operands(operand: %type)
    irdl.results(result: %type)
  }
  irdl.operation @pow {
    %type = irdl.base "!builtin.tensor"
    irdl.operands(lhs: %type, rhs: %type)
    irdl.results(result: %type)
  }
  irdl.operation @qr {
    %operand = irdl.base "!builtin.tensor"
    irdl.operands(operand: %operand)
    %q = irdl.base "!builtin.tensor"
    %r = irdl.base "!builtin.tensor"
    irdl.results(q: %q, r: %r)
    %full_matrices_true = irdl.is true
    %full_matrices_false = irdl.is false
    %attr_full_matrices = irdl.any_of(%full_matrices_true, %full_matrices_false)
    irdl.attributes {"full_matrices" = %attr_full_matrices}
  }
  irdl.operation @random_gamma_grad {
    %type = irdl.base "!builtin.tensor"
    irdl.operands(a: %type, x: %type)
    irdl.results(result: %type)
  }
  irdl.operation @real {
    %operand = irdl.base "!builtin.tensor"
    irdl.operands(operand: %operand)
    %result = irdl.base "!builtin.tensor"
    irdl.results(result: %result)
  }
  irdl.operation @recurrence {
    %params = irdl.base "!builtin.tensor"
    irdl.operands(params: variadic %params)
    %results = irdl.base "!builtin.tensor"
    irdl.results(results: variadic %results)
    %attr_kind = irdl.base "#builtin.string"
    irdl.attributes {"kind" = %attr_kind}
  }
  irdl.operation @reduce_and {
    %operand = irdl.base "!builtin.tensor"
    irdl.operands(operand: %operand)
    %result = irdl.base "!builtin.tensor"
    irdl.results(result: %result)
    %attr_axes = irdl.base "#builtin.dense_array"
    irdl.attributes {"axes" = %attr_axes}
  }
  irdl.operation @reduce_max {
    %operand = irdl.base "!builtin.tensor"
    irdl.operands(operand: %operand)
    %result = irdl.base "!builtin.tensor"
    irdl.results(result: %result)
    %attr_axes = irdl.base "#builtin.dense_array"
    irdl.attributes {"axes" = %attr_axes}
  }
  irdl.operation @reduce_min {
    %operand = irdl.base "!builtin.tensor"
    irdl.operands(operand: %operand)
    %result = irdl.base "!builtin.tensor"
    irdl.results(result: %result)
    %attr_axes = irdl.base "#builtin.dense_array"
    irdl.attributes {"axes" = %attr_axes}
  }
  irdl.operation @reduce_or {
    %operand = irdl.base "!builtin.tensor"
    irdl.operands(operand: %operand)
    %result = irdl.base "!builtin.tensor"
    irdl.results(result: %result)
    %attr_axes = irdl.base "#builtin.dense_array"
    irdl.attributes {"axes" = %attr_axes}
  }
  irdl.operation @reduce_precision {
    %type = irdl.base "!builtin.tensor"
    irdl.operands(operand: %type)
    irdl.results(result: %type)
    %attr_exponent_bits = irdl.base "#builtin.integer"
    %attr_mantissa_bits = irdl.base "#builtin.integer"
    irdl.attributes {"exponent_bits" = %attr_exponent_bits, "mantissa_bits" = %attr_mantissa_bits}
  }
  irdl.operation @reduce_prod {
    %operand = irdl.base "!builtin.tensor"
    irdl.operands(operand: %operand)
    %result = irdl.base "!builtin.tensor"
    irdl.results(result: %result)
    %attr_axes = irdl.base "#builtin.dense_array"
    irdl.attributes {"axes" = %attr_axes}
  }
  irdl.operation @reduce_sum {
    %operand = irdl.base "!builtin.tensor"
    irdl.operands(operand: %operand)
    %result = irdl.base "!builtin.tensor"
    irdl.results(result: %result)
    %attr_axes = irdl.base "#builtin.dense_array"
    irdl.attributes {"axes" = %attr_axes}
  }
  irdl.operation @reduce_window_max {
    %operand = irdl.base "!builtin.tensor"
    irdl.operands(operand: %operand)
    %result = irdl.base "!builtin.tensor"
    irdl.results(result: %result)
    %attr_window_dimensions = irdl.base "#builtin.dense_array"
    %attr_window_strides = irdl.base "#builtin.dense_array"
    %attr_pad_low = irdl.base "#builtin.dense_array"
    %attr_pad_high = irdl.base "#builtin.dense_array"
    %attr_base_dilation = irdl.base "#builtin.dense_array"
    %attr_window_dilation = irdl.base "#builtin.dense_array"
    irdl.attributes {"window_dimensions" = %attr_window_dimensions, "window_strides" = %attr_window_strides, "pad_low" = %attr_pad_low, "pad_high" = %attr_pad_high, "base_dilation" = %attr_base_dilation, "window_dilation" = %attr_window_dilation}
  }
  irdl.operation @reduce_window_min {
    %operand = irdl.base "!builtin.tensor"
    irdl.operands(operand: %operand)
    %result = irdl.base "!builtin.tensor"
    irdl.results(result: %result)
    %attr_window_dimensions = irdl.base "#builtin.dense_array"
    %attr_window_strides = irdl.base "#builtin.dense_array"
    %attr_pad_low = irdl.base "#builtin.dense_array"
    %attr_pad_high = irdl.base "#builtin.dense_array"
    %attr_base_dilation = irdl.base "#builtin.dense_array"
    %attr_window_dilation = irdl.base "#builtin.dense_array"
    irdl.attributes {"window_dimensions" = %attr_window_dimensions, "window_strides" = %attr_window_strides, "pad_low" = %attr_pad_low, "pad_high" = %attr_pad_high, "base_dilation" = %attr_base_dilation, "window_dilation" = %attr_window_dilation}
  }
  irdl.operation @reduce_window_sum {
    %operand = irdl.base "!builtin.tensor"
    irdl.operands(operand: %operand)
    %result = irdl.base "!builtin.tensor"
    irdl.results(result: %result)
    %attr_window_dimensions = irdl.base "#builtin.dense_array"
    %attr_window_strides = irdl.base "#builtin.dense_array"
    %attr_pad_low = irdl.base "#builtin.dense_array"
    %attr_pad_high = irdl.base "#builtin.dense_array"
    %attr_base_dilation = irdl.base "#builtin.dense_array"
    %attr_window_dilation = irdl.base "#builtin.dense_array"
    irdl.attributes {"window_dimensions" = %attr_window_dimensions, "window_strides" = %attr_window_strides, "pad_low" = %attr_pad_low, "pad_high" = %attr_pad_high, "base_dilation" = %attr_base_dilation, "window_dilation" = %attr_window_dilation}
  }
  irdl.operation @reduce_xor {
    %operand = irdl.base "!builtin.tensor"
    irdl.operands(operand: %operand)
    %result = irdl.base "!builtin.tensor"
    irdl.results(result: %result)
    %attr_axes = irdl.base "#builtin.dense_array"
    irdl.attributes {"axes" = %attr_axes}
  }
  irdl.operation @rem {
    %type = irdl.base "!builtin.tensor"
    irdl.operands(lhs: %type, rhs: %type)
    irdl.results(result: %type)
  }
  irdl.operation @reshape {
    %operand = irdl.base "!builtin.tensor"
    irdl.operands(operand: %operand)
    %result = irdl.base "!builtin.tensor"
    irdl.results(result: %result)
    %attr_shape = irdl.base "#builtin.dense_array"
    irdl.attributes {"shape" = %attr_shape}
  }
  irdl.operation @reverse {
    %operand = irdl.base "!builtin.tensor"
    irdl.operands(operand: %operand)
    %result = irdl.base "!builtin.tensor"
    irdl.results(result: %result)
    %attr_dims = irdl.base "#builtin.dense_array"
    irdl.attributes {"dims" = %attr_dims}
  }
  irdl.operation @round {
    %operand = irdl.base "!builtin.tensor"
    irdl.operands(operand: %operand)
    %result = irdl.base "!builtin.tensor"
    irdl.results(result: %result)
    %attr_mode = irdl.base "#builtin.string"
    irdl.attributes {"mode" = %attr_mode}
  }
  irdl.operation @rsqrt {
    %type = irdl.base "!builtin.tensor"
    irdl.operands(operand: %type)
    irdl.results(result: %type)
  }
  irdl.operation @scatter {
    %operand = irdl.base "!builtin.tensor"
    %indices = irdl.base "!builtin.tensor"
    %updates = irdl.base "!builtin.tensor"
    irdl.operands(operand: %operand, indices: %indices, updates: %updates)
    %result = irdl.base "!builtin.tensor"
    irdl.results(result: %result)
    %attr_update_window_dims = irdl.base "#builtin.dense_array"
    %attr_inserted_window_dims = irdl.base "#builtin.dense_array"
    %attr_scatter_dims_to_operand_dims = irdl.base "#builtin.dense_array"
    %attr_operand_batching_dims = irdl.base "#builtin.dense_array"
    %attr_scatter_indices_batching_dims = irdl.base "#builtin.dense_array"
    %attr_combine = irdl.base "#builtin.string"
    %attr_mode = irdl.base "#builtin.string"
    %unique_indices_true = irdl.is true
    %unique_indices_false = irdl.is false
    %attr_unique_indices = irdl.any_of(%unique_indices_true, %unique_indices_false)
    irdl.attributes {"update_window_dims" = %attr_update_window_dims, "inserted_window_dims" = %attr_inserted_window_dims, "scatter_dims_to_operand_dims" = %attr_scatter_dims_to_operand_dims, "operand_batching_dims" = %attr_operand_batching_dims, "scatter_indices_batching_dims" = %attr_scatter_indices_batching_dims, "combine" = %attr_combine, "mode" = %attr_mode, "unique_indices" = %attr_unique_indices}
  }
  irdl.operation @select {
    %pred = irdl.base "!builtin.tensor"
    %on_true = irdl.base "!builtin.tensor"
    %on_false = irdl.base "!builtin.tensor"
    irdl.operands(pred: %pred, on_true: %on_true, on_false: %on_false)
    %result = irdl.base "!builtin.tensor"
    irdl.results(result: %result)
  }
  irdl.operation @shift_left {
    %type = irdl.base "!builtin.tensor"
    irdl.operands(lhs: %type, rhs: %type)
    irdl.results(result: %type)
  }
  irdl.operation @shift_right_arithmetic {
    %type = irdl.base "!builtin.tensor"
    irdl.operands(lhs: %type, rhs: %type)
    irdl.results(result: %type)
  }
  irdl.operation @shift_right_logical {
    %type = irdl.base "!builtin.tensor"
    irdl.operands(lhs: %type, rhs: %type)
    irdl.results(result: %type)
  }
  irdl.operation @sign {
    %type = irdl.base "!builtin.tensor"
    irdl.operands(operand: %type)
    irdl.results(result: %type)
  }
  irdl.operation @sin {
    %type = irdl.base "!builtin.tensor"
    irdl.operands(operand: %type)
    irdl.results(result: %type)
  }
  irdl.operation @sinh {
    %type = irdl.base "!builtin.tensor"
    irdl.operands(operand: %type)
    irdl.results(result: %type)
  }
  irdl.operation @slice {
    %operand = irdl.base "!builtin.tensor"
    irdl.operands(operand: %operand)
    %result = irdl.base "!builtin.tensor"
    irdl.results(result: %result)
    %attr_start = irdl.base "#builtin.dense_array"
    %attr_limit = irdl.base "#builtin.dense_array"
    %attr_strides = irdl.base "#builtin.dense_array"
    irdl.attributes {"start" = %attr_start, "limit" = %attr_limit, "strides" = %attr_strides}
  }
  irdl.operation @solve {
    %a = irdl.base "!builtin.tensor"
    %b = irdl.base "!builtin.tensor"
    irdl.operands(a: %a, b: %b)
    %result = irdl.base "!builtin.tensor"
    irdl.results(result: %result)
    %transpose_a_true = irdl.is true
    %transpose_a_false = irdl.is false
    %attr_transpose_a = irdl.any_of(%transpose_a_true, %transpose_a_false)
    irdl.attributes {"transpose_a" = %attr_transpose_a}
  }
  irdl.operation @sort {
    %operands = irdl.base "!builtin.tensor"
    irdl.operands(operands: variadic %operands)
    %results = irdl.base "!builtin.tensor"
    irdl.results(results: variadic %results)
    %attr_axis = irdl.base "#builtin.integer"
    %attr_num_keys = irdl.base "#builtin.integer"
    irdl.attributes {"axis" = %attr_axis, "num_keys" = %attr_num_keys}
  }
  irdl.operation @special {
    %xs = irdl.base "!builtin.tensor"
    irdl.operands(xs: variadic %xs)
    %result = irdl.base "!builtin.tensor"
    irdl.results(result: %result)
    %attr_kind = irdl.base "#builtin.string"
    irdl.attributes {"kind" = %attr_kind}
  }
  irdl.operation @sqrt {
    %type = irdl.base "!builtin.tensor"
    irdl.operands(operand: %type)
    irdl.results(result: %type)
  }
  irdl.operation @stop_gradient {
    %type = irdl.base "!builtin.tensor"
    irdl.operands(operand: %type)
    irdl.results(result: %type)
  }
  irdl.operation @sub {
    %type = irdl.base "!builtin.tensor"
    irdl.operands(lhs: %type, rhs: %type)
    irdl.results(result: %type)
  }
  irdl.operation @svd {
    %operand = irdl.base "!builtin.tensor"
    irdl.operands(operand: %operand)
    %results = irdl.base "!builtin.tensor"
    irdl.results(results: variadic %results)
    %full_matrices_true = irdl.is true
    %full_matrices_false = irdl.is false
    %attr_full_matrices = irdl.any_of(%full_matrices_true, %full_matrices_false)
    %compute_uv_true = irdl.is true
    %compute_uv_false = irdl.is false
    %attr_compute_uv = irdl.any_of(%compute_uv_true, %compute_uv_false)
    irdl.attributes {"full_matrices" = %attr_full_matrices, "compute_uv" = %attr_compute_uv}
  }
  irdl.operation @svd_pair {
    %re = irdl.base "!builtin.tensor"
    %im = irdl.base "!builtin.tensor"
    irdl.operands(re: %re, im: %im)
    %results = irdl.base "!builtin.tensor"
    irdl.results(results: variadic %results)
    %compute_uv_true = irdl.is true
    %compute_uv_false = irdl.is false
    %attr_compute_uv = irdl.any_of(%compute_uv_true, %compute_uv_false)
    irdl.attributes {"compute_uv" = %attr_compute_uv}
  }
  irdl.operation @tan {
    %type = irdl.base "!builtin.tensor"
    irdl.operands(operand: %type)
    irdl.results(result: %type)
  }
  irdl.operation @tanh {
    %type = irdl.base "!builtin.tensor"
    irdl.operands(operand: %type)
    irdl.results(result: %type)
  }
  irdl.operation @threefry2x32 {
    %key1 = irdl.base "!builtin.tensor"
    %key2 = irdl.base "!builtin.tensor"
    %count1 = irdl.base "!builtin.tensor"
    %count2 = irdl.base "!builtin.tensor"
    irdl.operands(key1: %key1, key2: %key2, count1: %count1, count2: %count2)
    %bits1 = irdl.base "!builtin.tensor"
    %bits2 = irdl.base "!builtin.tensor"
    irdl.results(bits1: %bits1, bits2: %bits2)
  }
  irdl.operation @transpose {
    %operand = irdl.base "!builtin.tensor"
    irdl.operands(operand: %operand)
    %result = irdl.base "!builtin.tensor"
    irdl.results(result: %result)
    %attr_perm = irdl.base "#builtin.dense_array"
    irdl.attributes {"perm" = %attr_perm}
  }
  irdl.operation @triangular_solve {
    %a = irdl.base "!builtin.tensor"
    %b = irdl.base "!builtin.tensor"
    irdl.operands(a: %a, b: %b)
    %result = irdl.base "!builtin.tensor"
    irdl.results(result: %result)
    %left_side_true = irdl.is true
    %left_side_false = irdl.is false
    %attr_left_side = irdl.any_of(%left_side_true, %left_side_false)
    %lower_true = irdl.is true
    %lower_false = irdl.is false
    %attr_lower = irdl.any_of(%lower_true, %lower_false)
    %transpose_a_true = irdl.is true
    %transpose_a_false = irdl.is false
    %attr_transpose_a = irdl.any_of(%transpose_a_true, %transpose_a_false)
    %conjugate_a_true = irdl.is true
    %conjugate_a_false = irdl.is false
    %attr_conjugate_a = irdl.any_of(%conjugate_a_true, %conjugate_a_false)
    %unit_diagonal_true = irdl.is true
    %unit_diagonal_false = irdl.is false
    %attr_unit_diagonal = irdl.any_of(%unit_diagonal_true, %unit_diagonal_false)
    irdl.attributes {"left_side" = %attr_left_side, "lower" = %attr_lower, "transpose_a" = %attr_transpose_a, "conjugate_a" = %attr_conjugate_a, "unit_diagonal" = %attr_unit_diagonal}
  }
  irdl.operation @triangular_solve_pair {
    %a_re = irdl.base "!builtin.tensor"
    %a_im = irdl.base "!builtin.tensor"
    %b_re = irdl.base "!builtin.tensor"
    %b_im = irdl.base "!builtin.tensor"
    irdl.operands(a_re: %a_re, a_im: %a_im, b_re: %b_re, b_im: %b_im)
    %x_re = irdl.base "!builtin.tensor"
    %x_im = irdl.base "!builtin.tensor"
    irdl.results(x_re: %x_re, x_im: %x_im)
    %left_side_true = irdl.is true
    %left_side_false = irdl.is false
    %attr_left_side = irdl.any_of(%left_side_true, %left_side_false)
    %lower_true = irdl.is true
    %lower_false = irdl.is false
    %attr_lower = irdl.any_of(%lower_true, %lower_false)
    %transpose_a_true = irdl.is true
    %transpose_a_false = irdl.is false
    %attr_transpose_a = irdl.any_of(%transpose_a_true, %transpose_a_false)
    %conjugate_a_true = irdl.is true
    %conjugate_a_false = irdl.is false
    %attr_conjugate_a = irdl.any_of(%conjugate_a_true, %conjugate_a_false)
    %unit_diagonal_true = irdl.is true
    %unit_diagonal_false = irdl.is false
    %attr_unit_diagonal = irdl.any_of(%unit_diagonal_true, %unit_diagonal_false)
    irdl.attributes {"left_side" = %attr_left_side, "lower" = %attr_lower, "transpose_a" = %attr_transpose_a, "conjugate_a" = %attr_conjugate_a, "unit_diagonal" = %attr_unit_diagonal}
  }
  irdl.operation @tridiagonal_solve {
    %dl = irdl.base "!builtin.tensor"
    %d = irdl.base "!builtin.tensor"
    %du = irdl.base "!builtin.tensor"
    %b = irdl.base "!builtin.tensor"
    irdl.operands(dl: %dl, d: %d, du: %du, b: %b)
    %result = irdl.base "!builtin.tensor"
    irdl.results(result: %result)
  }
  irdl.operation @tridiagonal_solve_pair {
    %dl_re = irdl.base "!builtin.tensor"
    %dl_im = irdl.base "!builtin.tensor"
    %d_re = irdl.base "!builtin.tensor"
    %d_im = irdl.base "!builtin.tensor"
    %du_re = irdl.base "!builtin.tensor"
    %du_im = irdl.base "!builtin.tensor"
    %b_re = irdl.base "!builtin.tensor"
    %b_im = irdl.base "!builtin.tensor"
    irdl.operands(dl_re: %dl_re, dl_im: %dl_im, d_re: %d_re, d_im: %d_im, du_re: %du_re, du_im: %du_im, b_re: %b_re, b_im: %b_im)
    %x_re = irdl.base "!builtin.tensor"
    %x_im = irdl.base "!builtin.tensor"
    irdl.results(x_re: %x_re, x_im: %x_im)
  }
  irdl.operation @window_argmax {
    %operand = irdl.base "!builtin.tensor"
    irdl.operands(operand: %operand)
    %result = irdl.base "!builtin.tensor"
    irdl.results(result: %result)
    %attr_window_dimensions = irdl.base "#builtin.dense_array"
    %attr_window_strides = irdl.base "#builtin.dense_array"
    %attr_pad_low = irdl.base "#builtin.dense_array"
    %attr_pad_high = irdl.base "#builtin.dense_array"
    %attr_base_dilation = irdl.base "#builtin.dense_array"
    %attr_window_dilation = irdl.base "#builtin.dense_array"
    irdl.attributes {"window_dimensions" = %attr_window_dimensions, "window_strides" = %attr_window_strides, "pad_low" = %attr_pad_low, "pad_high" = %attr_pad_high, "base_dilation" = %attr_base_dilation, "window_dilation" = %attr_window_dilation}
  }
  irdl.operation @window_argmin {
    %operand = irdl.base "!builtin.tensor"
    irdl.operands(operand: %operand)
    %result = irdl.base "!builtin.tensor"
    irdl.results(result: %result)
    %attr_window_dimensions = irdl.base "#builtin.dense_array"
    %attr_window_strides = irdl.base "#builtin.dense_array"
    %attr_pad_low = irdl.base "#builtin.dense_array"
    %attr_pad_high = irdl.base "#builtin.dense_array"
    %attr_base_dilation = irdl.base "#builtin.dense_array"
    %attr_window_dilation = irdl.base "#builtin.dense_array"
    irdl.attributes {"window_dimensions" = %attr_window_dimensions, "window_strides" = %attr_window_strides, "pad_low" = %attr_pad_low, "pad_high" = %attr_pad_high, "base_dilation" = %attr_base_dilation, "window_dilation" = %attr_window_dilation}
  }
  irdl.operation @window_gather {
    %operand = irdl.base "!builtin.tensor"
    %number = irdl.base "!builtin.tensor"
    irdl.operands(operand: %operand, number: %number)
    %result = irdl.base "!builtin.tensor"
    irdl.results(result: %result)
    %attr_window_dimensions = irdl.base "#builtin.dense_array"
    %attr_window_strides = irdl.base "#builtin.dense_array"
    %attr_pad_low = irdl.base "#builtin.dense_array"
    %attr_pad_high = irdl.base "#builtin.dense_array"
    %attr_base_dilation = irdl.base "#builtin.dense_array"
    %attr_window_dilation = irdl.base "#builtin.dense_array"
    irdl.attributes {"window_dimensions" = %attr_window_dimensions, "window_strides" = %attr_window_strides, "pad_low" = %attr_pad_low, "pad_high" = %attr_pad_high, "base_dilation" = %attr_base_dilation, "window_dilation" = %attr_window_dilation}
  }
  irdl.operation @window_scatter_add {
    %operand = irdl.base "!builtin.tensor"
    %number = irdl.base "!builtin.tensor"
    irdl.operands(operand: %operand, number: %number)
    %result = irdl.base "!builtin.tensor"
    irdl.results(result: %result)
    %attr_window_dimensions = irdl.base "#builtin.dense_array"
    %attr_window_strides = irdl.base "#builtin.dense_array"
    %attr_pad_low = irdl.base "#builtin.dense_array"
    %attr_pad_high = irdl.base "#builtin.dense_array"
    %attr_base_dilation = irdl.base "#builtin.dense_array"
    %attr_window_dilation = irdl.base "#builtin.dense_array"
    %attr_shape = irdl.base "#builtin.dense_array"
    irdl.attributes {"window_dimensions" = %attr_window_dimensions, "window_strides" = %attr_window_strides, "pad_low" = %attr_pad_low, "pad_high" = %attr_pad_high, "base_dilation" = %attr_base_dilation, "window_dilation" = %attr_window_dilation, "shape" = %attr_shape}
  }
  irdl.operation @xor {
    %type = irdl.base "!builtin.tensor"
    irdl.operands(lhs: %type, rhs: %type)
    irdl.results(result: %type)
  }
  irdl.operation @zeta {
    %type = irdl.base "!builtin.tensor"
    irdl.operands(x: %type, q: %type)
    irdl.results(result: %type)
  }
}
