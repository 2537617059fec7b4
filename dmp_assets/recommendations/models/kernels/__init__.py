"""Numeric kernels that the families share: products, the best of many, solvers."""
