"""Networks that make a picture of a picture, in PyTorch's semantics: for several systems."""
