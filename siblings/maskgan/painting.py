"""What a SavedModel of MaskGAN computes; its signatures are in `export`."""

from __future__ import annotations

import tensorflow as tf

from networks.image_to_image.given import Given
from serving import exporting
from siblings.maskgan import mask_trainer
from siblings.maskgan.networks import blended
from siblings.maskgan.restoring import Restored

Made = dict[str, tf.Tensor]


class Tools:
    """What the signatures compute.

    Attributes:
      variables: all weights of theirs.
    """

    def __init__(self, restored: Restored) -> None:
        self.painter, self.editing = restored.painter, restored.editing
        networks = [self.painter, *(self.editing or ())]
        self.variables = [variable for network in networks for variable in network.variables]

    def paint(self, labels: tf.Tensor, style_image: tf.Tensor, style_labels: tf.Tensor) -> Made:
        style = self.painter.style_of(_signed(style_image), _given(style_labels))
        return exporting.image(self.painter.painted(_given(labels), style))

    def interpolate(self, labels: tf.Tensor, other: tf.Tensor, weight: tf.Tensor) -> Made:
        assert self.editing
        return {"labels": mask_trainer.between(self.editing.vae, labels, other, weight[:, None])}

    def blend(self, image: tf.Tensor, other: tf.Tensor) -> Made:
        assert self.editing
        pair = _signed(image), _signed(other)
        return exporting.image(blended(*pair, self.editing.blender(*pair)))


def _given(labels: tf.Tensor) -> Given:
    return Given.of_labels(labels, [], tf.float32)


def _signed(image: tf.Tensor) -> tf.Tensor:
    return tf.cast(image, tf.float32) / 127.5 - 1
