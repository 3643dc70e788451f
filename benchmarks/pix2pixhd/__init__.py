"""pix2pixHD, ours and in plain PyTorch, to be timed beside each other."""

from typing import NamedTuple


class Size(NamedTuple):
    """Widths of the networks' first layers, and what a picture has; a step has one of them."""

    generator: int = 16
    discriminators: int = 16
    height: int = 256
    width: int = 512
    classes: int = 35


USUAL, NARROW = Size(), Size(2, 2, 32, 64)
