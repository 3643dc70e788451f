"""Flowers with a location, ours and in plain PyTorch, to be timed beside each other."""

from typing import NamedTuple


class Size(NamedTuple):
    """Widths of the networks, and how many pictures a step has."""

    generator: int = 128
    discriminator: int = 64
    batch: int = 128


USUAL, NARROW = Size(), Size(8, 4, 8)
