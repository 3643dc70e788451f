"""Differentiable augmentation of what the critic sees (arXiv 2006.10738).

Real and fake images are changed in the same way before the critic scores them, and the generator
is trained through the change: little data is learnt by heart later. The only file that uses
TensorFlow Addons.
"""

from __future__ import annotations

import warnings

import tensorflow as tf

with warnings.catch_warnings():  # its farewell, and its opinion of our TensorFlow
    warnings.simplefilter("ignore")
    import tensorflow_addons as tfa

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
    return tfa.image.translate(image, tf.cast(pixels, tf.float32), "nearest", fill_mode="constant")


def _cut_out(image: tf.Tensor, draws: tf.Tensor) -> tf.Tensor:
    """A square of half the side, its centre anywhere in the image."""
    side = image.shape[1]
    centre = tf.cast(draws * tf.cast(side, draws.dtype), tf.int32)
    return tfa.image.cutout(image, (int(side * CUTOUT),) * 2, offset=centre, constant_values=0)
