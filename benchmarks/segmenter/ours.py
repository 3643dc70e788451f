"""The segmenter's network, once."""

from __future__ import annotations

import tensorflow as tf

from siblings.segmenter.config import Config
from siblings.segmenter.networks import UNet

CLASSES, SIDE = 19, 128  # of CelebAMask-HQ's label maps; pixels


def forward() -> None:
    """A batch through it, all zeros."""
    UNet(CLASSES)(tf.zeros([Config.batch_size, SIDE, SIDE, 3]))
