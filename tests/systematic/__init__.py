"""Tests that are generated from the op table: every operation, every rule, every element type."""
