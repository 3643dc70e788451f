"""VGG19 as a fixed judge of pictures: what its layers see of two of them is to be alike.

The network of Simonyan and Zisserman (arXiv 1409.1556, table 1, column E) up to relu5_1, for the
perceptual loss of pix2pixHD (arXiv 1711.11585, section 3.3).
"""

from __future__ import annotations

from typing import Any

import tensorflow as tf
from tensorflow import keras

# Convolutions of each block and their width; between blocks the picture is halved.
BLOCKS = ((2, 64), (2, 128), (4, 256), (4, 512), (1, 512))
# What the weights take: pictures in [-1, 1] as they are, which is how pix2pixHD's release feeds
# those of torchvision; or blue, green and red from 0 to 255 less ImageNet's means (Keras's).
RANGES = ("release", "imagenet")
MEANS = (103.939, 116.779, 123.68)  # blue, green, red


class FixedConv(keras.layers.Layer):
    """Convolution 3×3 and ReLU, whose weights nothing trains: [N, H, W, C] → [N, H, W, width].

    Its weights are zero until they are assigned.
    """

    def __init__(self, width: int, dtype: Any = None) -> None:
        super().__init__(trainable=False, dtype=dtype)
        self.width = width

    def build(self, shape: Any) -> None:
        # Not trainable by themselves, so that no tape ever computes their gradients.
        fixed = {"initializer": "zeros", "trainable": False}
        self.kernel = self.add_weight("kernel", [3, 3, shape[-1], self.width], **fixed)
        self.bias = self.add_weight("bias", [self.width], **fixed)
        super().build(shape)

    def call(self, x: tf.Tensor) -> tf.Tensor:
        # TensorFlow's own: what `networks.convolution` is quicker at is a kernel's gradient.
        return tf.nn.relu(tf.nn.bias_add(tf.nn.conv2d(x, self.kernel, 1, "SAME"), self.bias))


class Vgg19(keras.Model):
    """Features of pictures. Its weights are there at once; none of them is trainable.

    Args:
      given: what its weights take, one of RANGES.
      dtype: of computation (a Keras dtype policy or its name).

    Attributes:
      convs: its convolutions by Keras's names for them, block1_conv1 to block5_conv1, in order.
    """

    def __init__(self, given: str = "release", dtype: Any = None) -> None:
        # Pictures come in as they are: a level of 255 is too small a step for bfloat16.
        super().__init__(name="vgg19", trainable=False, dtype=dtype, autocast=False)
        self.given = given
        self.convs: dict[str, FixedConv] = {}
        channels = 3
        for block, (count, width) in enumerate(BLOCKS, 1):
            for number in range(1, count + 1):
                conv = FixedConv(width, dtype)
                conv.build([None, None, None, channels])
                self.convs[f"block{block}_conv{number}"] = conv
                channels = width

    def call(self, x: tf.Tensor) -> list[tf.Tensor]:
        """Look at pictures.

        Args:
          x: [N, H, W, 3] in [-1, 1], red first, of at least 16 pixels each way.

        Returns:
          relu1_1, relu2_1, relu3_1, relu4_1, relu5_1: [N, H, W, 64], [N, H/2, W/2, 128],
          [N, H/4, W/4, 256], [N, H/8, W/8, 512], [N, H/16, W/16, 512], sides rounded down; of the
          weights' dtype, so that means over them are exact enough.
        """
        x = tf.cast(self._shifted(tf.cast(x, self.variable_dtype)), self.compute_dtype)
        features = []
        for block, (count, _) in enumerate(BLOCKS, 1):
            for number in range(1, count + 1):
                x = self.convs[f"block{block}_conv{number}"](x)
                if number == 1:
                    features.append(tf.cast(x, self.variable_dtype))
            if block < len(BLOCKS):
                x = tf.nn.max_pool2d(x, 2, 2, "VALID")
        return features

    def _shifted(self, x: tf.Tensor) -> tf.Tensor:
        """Pictures as the weights take them."""
        if self.given == "release":
            return x
        return (x[..., ::-1] + 1) * 127.5 - tf.constant(MEANS, x.dtype)
