"""Tensors → tensors. Knows no configuration, file or optimiser."""

import interface  # noqa: F401 - tells TensorFlow which Keras
