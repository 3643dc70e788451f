"""pix2pixHD's generator (arXiv 1711.11585), edges of instances and means over them."""

from __future__ import annotations

from typing import Any, Optional, Union

import tensorflow as tf
from tensorflow import keras

from networks.image_to_image.given import Given
from networks.image_to_image.layers import half_for
from networks.image_to_image.patch_critic import PatchCritics
from networks.image_to_image.translator import Translator

PICTURE = 3  # channels


class Generator(keras.Model):
    """The global generator, or one with enhancers around it, each for twice the resolution.

    Section 3.2 of the paper: an enhancer has one step down and up.

    Args:
      width: of the outermost's first 7×7; each network inside has twice as many.
      enhancers: how many; 0 = the global generator alone.
      downs, blocks: of the global generator; enhancer_blocks: of each enhancer.
      norm: instance or batch; dropout: in the residual blocks.
      dtype: of weights and computation (a Keras dtype policy or its name).
    """

    def __init__(
        self,
        width: int = 64,
        enhancers: int = 0,
        downs: int = 4,
        blocks: int = 9,
        enhancer_blocks: int = 3,
        norm: str = "instance",
        dropout: float = 0.0,
        dtype: Any = None,
    ) -> None:
        super().__init__(name="generator", dtype=dtype)
        widths = [width * 2**level for level in range(enhancers, -1, -1)]
        channels = [0] * enhancers + [3]
        self.whole = Translator(channels[0], widths[0], downs, blocks, norm, dropout, dtype)
        self.enhancers = [
            Translator(each, wide, 1, enhancer_blocks, norm, dropout, dtype)
            for each, wide in zip(channels[1:], widths[1:])
        ]
        self.multiple_of = 2 ** (downs + enhancers)  # what height and width must be

    @property
    def outermost(self) -> Translator:
        """The last enhancer, or the global generator where there is none."""
        return [self.whole, *self.enhancers][-1]

    def recompute(self) -> None:
        """Forget what is inside of layers; see `Translator.recomputes`."""
        for network in (self.whole, *self.enhancers):
            network.recomputes = True

    def call(self, x: Union[tf.Tensor, Given], training: bool = False) -> tf.Tensor:
        """Paint.

        Args:
          x: classes, edges, features, [N, H, W, C]; H and W multiples of `multiple_of`.
          training: normalise by the batch where the norm is batch; drop out.

        Returns:
          Pictures [N, H, W, 3] in [-1, 1], in the weights' dtype.
        """
        sizes = [x]
        for enhancer in reversed(self.enhancers):
            sizes.append(half_for(enhancer.first.conv, sizes[-1]))
        painted = self.whole(sizes.pop(), training=training)
        for enhancer in self.enhancers:
            painted = enhancer(sizes.pop(), painted, training=training)
        return painted


class Encoder(keras.Model):
    """Features of a photo, of which every instance has its mean (section 3.4).

    Args:
      features: how many; width: of the first 7×7.
      downs, norm, dtype: as the generator has them.
    """

    def __init__(
        self,
        features: int = 3,
        width: int = 16,
        downs: int = 4,
        norm: str = "instance",
        dtype: Any = None,
    ) -> None:
        super().__init__(name="encoder", dtype=dtype)
        self.whole = Translator(features, width, downs, blocks=0, norm=norm, dtype=dtype)
        self.features, self.multiple_of = features, 2**downs

    def call(self, photo: tf.Tensor, training: bool = False) -> tf.Tensor:
        """[N, H, W, 3] in [-1, 1] → [N, H, W, features] in [-1, 1]."""
        return self.whole(photo, training=training)


def channels(classes: int, instances: bool) -> int:
    """Of a label map: one for each class, or where there is none a picture's; one for edges."""
    return (classes or PICTURE) + instances


def build(
    generator: Generator, critics: PatchCritics, encoder: Optional[Encoder], channels: int
) -> None:
    """Give networks their weights.

    Args:
      encoder: None = the generator has no features.
      channels: that generator and critics see of a label map.
    """
    side = 2 * max(generator.multiple_of, encoder.multiple_of if encoder else 1)
    picture = tf.zeros([1, side, side, PICTURE])
    given = tf.zeros([1, side, side, channels])
    critics(tf.concat([given, picture], axis=3))
    features = [] if encoder is None else [tf.cast(encoder(picture), given.dtype)]
    generator(tf.concat([given, *features], axis=3))


def edges(instance: tf.Tensor) -> tf.Tensor:
    """Where instances meet: bool [N, H, W, 1], both sides of each border, of ids [N, H, W]."""
    found = tf.zeros_like(instance, tf.bool)
    for axis in (1, 2):
        ahead, behind = _cut(instance, axis, 1, None), _cut(instance, axis, 0, -1)
        differs = tf.not_equal(ahead, behind)
        for side in ([1, 0], [0, 1]):
            pads = [[0, 0], [0, 0], [0, 0]]
            pads[axis] = side
            found |= tf.pad(differs, pads)
    return found[..., None]


def _cut(x: tf.Tensor, axis: int, start: int, end: Any) -> tf.Tensor:
    return x[:, start:end] if axis == 1 else x[:, :, start:end]


def numbered(regions: tf.Tensor) -> tf.Tensor:
    """Regions of a batch, each sample's its own: int32 [N, H, W], below N · H · W.

    Args:
      regions: ids of instances, or of labels, [N, H, W].
    """
    ids = tf.cast(regions, tf.int64)
    sample = tf.range(tf.shape(regions, tf.int64)[0])[:, None, None]
    _, number = tf.unique(tf.reshape(ids + sample * (tf.reduce_max(ids) + 1), [-1]))
    return tf.reshape(number, tf.shape(regions))


def means_of_regions(features: tf.Tensor, number: tf.Tensor) -> tf.Tensor:
    """Every pixel gets the mean over its region (section 3.4).

    Args:
      features: [N, H, W, C]; number: see `numbered`.
    """
    pixels = tf.reshape(features, [-1, features.shape[3]])
    flat = tf.reshape(number, [-1])
    # There are fewer regions, but XLA wants a number that does not depend on them.
    means = tf.math.unsorted_segment_mean(pixels, flat, tf.size(flat))
    return tf.reshape(tf.gather(means, flat), tf.shape(features))
