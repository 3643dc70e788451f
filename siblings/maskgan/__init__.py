"""MaskGAN: portraits of masks that someone edits, in the style of a photo."""
