"""MaskGAN's networks that make pictures (arXiv 1907.11922): of a mask and a style, and of two."""

from __future__ import annotations

from typing import Any, Union

import tensorflow as tf
from tensorflow import keras

from networks.image_to_image.given import Given
from networks.image_to_image.layers import EPSILON, Conv
from networks.image_to_image.translator import Translator
from siblings.maskgan.style import LabelEncoder, StyleEncoder

PICTURE = 3  # channels
NORMS = 2  # of a block


class AdaIN(keras.layers.Layer):
    """Each channel of each sample to a mean, shift, and a deviation, scale, that it is given."""

    def call(self, x: tf.Tensor, style: tf.Tensor) -> tf.Tensor:
        """[N, H, W, C], and shift and scale [N, 2, C], in the weights' dtype."""
        shift, scale = tf.unstack(style[:, :, None, None], axis=1)
        full = tf.cast(x, self.variable_dtype)
        mean, variance = tf.nn.moments(full, [1, 2], keepdims=True)
        # Not an instance norm, scaled: TensorFlow 2.15 on a CPU would make one operation of that,
        # expect a constant scale, and crash.
        factor = scale * tf.math.rsqrt(variance + EPSILON)
        return tf.cast((full - mean) * factor + shift, x.dtype)


class StyledResidual(keras.layers.Layer):
    """x + two convolutions 3×3 of it, reflected at the border, each with AdaIN; between them ReLU.

    Args:
      width: channels, before and after.
    """

    def __init__(self, width: int, dtype: Any = None) -> None:
        super().__init__(dtype=dtype)
        self.first, self.second = (
            Conv(width, 3, pad=1, mode="REFLECT", dtype=dtype) for _ in range(NORMS)
        )
        self.norm = AdaIN(dtype=dtype)

    def call(self, x: tf.Tensor, style: tf.Tensor) -> tf.Tensor:
        """[N, H, W, width], and of each norm shift and scale [N, 2, 2, width]."""
        first, second = tf.unstack(style, axis=1)
        inside = tf.nn.relu(self.norm(self.first(x), first))
        return x + self.norm(self.second(inside), second)


class Painter(keras.Model):
    """The dense mapping network: a mask, painted in the style of a photo.

    Section "Dense Mapping Network" of the paper.

    Args:
      width: of the first 7×7; twice as many with every step down.
      downs, blocks: how many.
      style_width: of the encoders' 7×7; see `style`.
      dtype: of weights and computation (a Keras dtype policy or its name).
    """

    def __init__(
        self,
        width: int = 64,
        downs: int = 4,
        blocks: int = 4,
        style_width: int = 16,
        dtype: Any = None,
    ) -> None:
        super().__init__(name="painter", dtype=dtype)
        widest = width * 2**downs
        self.whole = Translator(PICTURE, width, downs, blocks=0, dtype=dtype)
        self.blocks = [StyledResidual(widest, dtype) for _ in range(blocks)]
        self.label_encoder = LabelEncoder(style_width, dtype)
        self.style_encoder = StyleEncoder(blocks * NORMS * 2 * widest, style_width, dtype)
        self.multiple_of = 2**downs  # what height and width must be

    def call(
        self, label: Union[tf.Tensor, Given], photo: tf.Tensor, photo_label: Union[tf.Tensor, Given]
    ) -> tf.Tensor:
        """Paint a mask in a photo's style: see `style_of` and `painted`."""
        return self.painted(label, self.style_of(photo, photo_label))

    def style_of(self, photo: tf.Tensor, label: Union[tf.Tensor, Given]) -> tf.Tensor:
        """A photo's style.

        Args:
          photo: [N, H, W, 3] in [-1, 1], of any sides from 32 pixels on.
          label: its classes, one-hot [N, H, W, classes].

        Returns:
          [N, blocks · 2 · 2 · C], in the weights' dtype: for each block, and each convolution in
          it, shift and scale of all channels.
        """
        return self.style_encoder(photo, self.label_encoder(label))

    def painted(self, label: Union[tf.Tensor, Given], style: tf.Tensor) -> tf.Tensor:
        """Paint in a style that was taken before.

        Args:
          label: classes, one-hot [N, H, W, classes]; H and W multiples of `multiple_of`.
          style: see `style_of`.

        Returns:
          Pictures [N, H, W, 3] in [-1, 1], in the weights' dtype.
        """
        x = self.whole.lowered(label)
        styles = tf.reshape(style, [-1, len(self.blocks), NORMS, 2, x.shape[3]])
        for block, each in zip(self.blocks, tf.unstack(styles, axis=1)):
            x = block(x, each)
        return self.whole.raised(x)


class Blender(keras.Model):
    """The alpha blender: how much of each of two pictures is in their blend.

    Section "Editing Behavior Simulated Training" of the paper.

    Args:
      width: of the first 7×7; twice as many with every step down.
      downs, blocks: how many.
      dtype: of weights and computation (a Keras dtype policy or its name).
    """

    def __init__(self, width: int = 32, downs: int = 3, blocks: int = 3, dtype: Any = None) -> None:
        super().__init__(name="blender", dtype=dtype)
        self.whole = Translator(0, width, downs, blocks, dtype=dtype)
        self.last = Conv(PICTURE, 7, pad=3, mode="REFLECT", dtype=dtype)

    def call(self, first: tf.Tensor, second: tf.Tensor) -> tf.Tensor:
        """The first picture's share.

        Args:
          first, second: [N, H, W, 3] in [-1, 1]; H and W multiples of 2^downs.

        Returns:
          [N, H, W, 3] in [0, 1], in the weights' dtype; see `blended`.
        """
        pictures = [tf.cast(each, self.compute_dtype) for each in (first, second)]
        shares = self.last(self.whole(tf.concat(pictures, axis=3)))
        return tf.sigmoid(tf.cast(shares, self.variable_dtype))


def blended(first: tf.Tensor, second: tf.Tensor, alpha: tf.Tensor) -> tf.Tensor:
    """Of two pictures one, of which `alpha` is the first's share: all [N, H, W, 3]."""
    return first * alpha + second * (1 - alpha)
