"""Python classes of the dialects, found by the MLIR bindings through their dialect search prefix.

The bindings look for a Python module at *every* visited operation until they find one for its namespace (17 us instead of
0.14 us), so the namespaces without classes have empty modules here.
"""
