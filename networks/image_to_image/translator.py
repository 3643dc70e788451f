"""A picture → another: smaller by convolutions, residual blocks, and larger again.

The global generator of pix2pixHD (arXiv 1711.11585, section 3.2), its local enhancers, its encoder.
"""

from __future__ import annotations

from typing import Any, Optional, Union

import tensorflow as tf
from tensorflow import keras

from networks.image_to_image.given import Given
from networks.image_to_image.layers import Conv, Normed, Residual, UpConv


class Translator(keras.layers.Layer):
    """7×7, `downs` of stride 2, residual blocks, as many ups, 7×7 and tanh.

    Args:
      channels: of the result; 0 = it ends before the last 7×7, with `width` channels.
      width: after the first 7×7; twice as many with every step down.
      downs, blocks: how many.
      norm: instance or batch; dropout: in the residual blocks.
      dtype: of weights and computation (a Keras dtype policy or its name).

    Attributes:
      recomputes: in training, whether what is inside each layer is forgotten, and made again when
        gradients need it: a forward pass more, and much less memory. Wrong for layers whose passes
        are not all alike: batch norm, dropout.
    """

    def __init__(
        self,
        channels: int = 3,
        width: int = 64,
        downs: int = 4,
        blocks: int = 9,
        norm: str = "instance",
        dropout: float = 0.0,
        dtype: Any = None,
    ) -> None:
        super().__init__(dtype=dtype)
        self.recomputes = False
        first = Conv(width, 7, pad=3, mode="REFLECT", dtype=dtype)
        self.first = Normed(first, norm, dtype=dtype)
        widths = [width * 2**level for level in range(downs + 1)]
        self.downs = [
            Normed(Conv(wide, 3, stride=2, pad=1, dtype=dtype), norm, dtype=dtype)
            for wide in widths[1:]
        ]
        self.blocks = [Residual(widths[-1], norm, dropout, dtype) for _ in range(blocks)]
        self.ups = [Normed(UpConv(wide, dtype), norm, dtype=dtype) for wide in widths[-2::-1]]
        if channels:
            self.last = Conv(channels, 7, pad=3, mode="REFLECT", dtype=dtype)
        self.channels = channels

    def call(
        self,
        x: Union[tf.Tensor, Given],
        inside: Optional[tf.Tensor] = None,
        training: bool = False,
    ) -> tf.Tensor:
        """Translate.

        Args:
          x: [N, H, W, C], H and W multiples of 2^downs.
          inside: what another translator has seen of a smaller x, without its last 7×7; what this
            one sees at its lowest resolution is added to it. So each of a chain of them, one around
            the other, enhances the one inside.
          training: normalise by the batch where the norm is batch; drop out.

        Returns:
          [N, H, W, channels] in [-1, 1], in the weights' dtype; or the `width` channels before.
        """
        x = self.lowered(x, training)
        x = x if inside is None else inside + x
        for block in self.blocks:
            x = self._passed(block, x, training)
        return self.raised(x, training)

    def lowered(self, x: Union[tf.Tensor, Given], training: bool = False) -> tf.Tensor:
        """[N, H, W, C] → [N, H / 2^downs, …, width · 2^downs], which the blocks are given."""
        for layer in [self.first, *self.downs]:
            x = self._passed(layer, x, training)
        return x

    def raised(self, x: tf.Tensor, training: bool = False) -> tf.Tensor:
        """What the blocks have made of that → what `call` returns."""
        for up in self.ups:
            x = self._passed(up, x, training)
        return tf.tanh(tf.cast(self.last(x), self.variable_dtype)) if self.channels else x

    def _passed(self, layer: Any, x: Union[tf.Tensor, Given], training: bool) -> tf.Tensor:
        if not (training and self.recomputes):
            return layer(x, training=training)
        if isinstance(x, Given):  # ids have no gradient
            again = tf.recompute_grad(lambda others: layer(Given(x.label, others), training=True))
            return again(x.others)
        return tf.recompute_grad(lambda x: layer(x, training=True))(x)
