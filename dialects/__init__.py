"""The pb and pbfn dialects: op table, IR, builder, and the MLIR text of both."""
