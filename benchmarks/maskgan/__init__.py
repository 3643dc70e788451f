"""MaskGAN, ours and in plain PyTorch, to be timed beside each other."""

from typing import NamedTuple


class Size(NamedTuple):
    """Widths of the networks' first layers, and what a picture has; a step has one of them."""

    painter: int = 16
    discriminators: int = 16
    side: int = 256
    downs: int = 4
    classes: int = 19


USUAL, NARROW = Size(), Size(2, 2, 64, 2)
