"""No classes: this module stops the MLIR bindings from searching for one at every stablehlo operation."""
