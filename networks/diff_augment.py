"""Differentiable augmentation of what the critic sees (arXiv 2006.10738).

Real and fake images are changed in the same way before the critic scores them, and the generator
is trained through the change: little data is learnt by heart later. The only file that uses
TensorFlow Addons, where that is installed.
"""

from __future__ import annotations

import warnings

import tensorflow as tf

from networks import image_moves

try:
    with warnings.catch_warnings():  # its farewell, and its opinion of our TensorFlow
        warnings.simplefilter("ignore")
        import tensorflow_addons as tfa
except ModuleNotFoundError:  # there is none for TensorFlow 2.16 and newer
    tfa = None

LARGEST_SHIFT = 1 / 8  # of the side
CUTOUT = 1 / 2  # of the side


class DiffAugment:
    """The changes named by `changes`, each drawn anew for every sample.

    Args:
      changes: some of "color", "translation", "cutout".

    Attributes:
      draws: uniform numbers a sample needs.
    """

    draws = 7

    def __init__(self, changes: tuple[str, ...]) -> None:
        self.changes = changes

    def image(self, image: tf.Tensor, draws: tf.Tensor) -> tf.Tensor:
        """Change images.

        Args:
          image: [N, H, W, C], in [-1, 1].
          draws: [N, 7] in [0, 1).

        Returns:
          Same shape; colours may leave [-1, 1], what moved in or was cut out is 0 (grey).
        """
        if "color" in self.changes:
            image = _recoloured(image, draws[:, 0:3])
        image = self.mask(image, draws)
        if "cutout" in self.changes:
            image = _cut_out(image, draws[:, 5:7])
        return image

    def mask(self, mask: tf.Tensor, draws: tf.Tensor) -> tf.Tensor:
        """Move masks [N, H, W, 1] as `image` moves the images of the same draws."""
        return _moved(mask, draws[:, 3:5]) if "translation" in self.changes else mask


def _recoloured(image: tf.Tensor, draws: tf.Tensor) -> tf.Tensor:
    """Brightness ± 0.5, saturation × [0, 2), contrast × [0.5, 1.5)."""
    brightness, saturation, contrast = tf.unstack(draws[:, :, None, None, None], axis=1)
    image = image + (brightness - 0.5)
    grey = tf.reduce_mean(image, axis=3, keepdims=True)
    image = grey + (image - grey) * 2 * saturation
    mean = tf.reduce_mean(image, axis=[1, 2, 3], keepdims=True)
    return mean + (image - mean) * (contrast + 0.5)


def _moved(image: tf.Tensor, draws: tf.Tensor) -> tf.Tensor:
    """By whole pixels to the right and down, at most an eighth of the side either way."""
    most = tf.cast(int(image.shape[1] * LARGEST_SHIFT + 0.5), draws.dtype)
    pixels = tf.floor(draws * (2 * most + 1)) - most
    return translate(image, tf.cast(pixels, tf.float32))


def _cut_out(image: tf.Tensor, draws: tf.Tensor) -> tf.Tensor:
    """A square of half the side, its centre anywhere in the image."""
    side = image.shape[1]
    centre = tf.cast(draws * tf.cast(side, draws.dtype), tf.int32)
    return cutout(image, centre, int(side * CUTOUT))


def translate(image: tf.Tensor, pixels: tf.Tensor) -> tf.Tensor:
    """`image_moves.translate`, by Addons where it is there."""
    if tfa is None:
        return image_moves.translate(image, pixels)
    return tfa.image.translate(image, pixels, "nearest", fill_mode="constant")


def cutout(image: tf.Tensor, centre: tf.Tensor, side: int) -> tf.Tensor:
    """`image_moves.cutout`, by Addons where it is there."""
    if tfa is None:
        return image_moves.cutout(image, centre, side)
    return tfa.image.cutout(image, (side, side), offset=centre, constant_values=0)
