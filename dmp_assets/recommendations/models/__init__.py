"""Recommenders, one module per family, and the kernels that they share."""
