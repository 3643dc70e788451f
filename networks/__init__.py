"""Tensors → tensors. Knows no configuration, file or optimiser."""
