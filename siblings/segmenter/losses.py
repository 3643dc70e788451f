"""What the segmenter's training makes small."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import tensorflow as tf

from input_pipeline.label_maps.label_sets import IGNORED


def cross_entropy(logits: tf.Tensor, label: tf.Tensor) -> tf.Tensor:
    """Of softmax over the classes.

    Args:
      logits: [N, H, W, classes].
      label: uint8 [N, H, W].

    Returns:
      [N, H, W]; of pixels of IGNORED some number that is to weigh nothing.
    """
    ids = tf.minimum(tf.cast(label, tf.int32), logits.shape[-1] - 1)
    return tf.nn.sparse_softmax_cross_entropy_with_logits(labels=ids, logits=logits)


def pixel_weights(label: tf.Tensor, weights: np.ndarray, dtype: tf.DType) -> tf.Tensor:
    """Each pixel weighs what its class does, one of IGNORED nothing.

    Args:
      label: uint8 [N, H, W].
      weights: float [classes].

    Returns:
      [N, H, W].
    """
    of_id = np.zeros(IGNORED + 1)
    of_id[: len(weights)] = weights
    return tf.gather(tf.constant(of_id, dtype), tf.cast(label, tf.int32))


def class_weights(pixels: Mapping[int, int], classes: int, rarity: float) -> np.ndarray:
    """What a pixel of each class weighs: its share of all pixels to the power of -rarity.

    Args:
      pixels: how many have which id; classes without any weigh nothing.
      rarity: 0 = all alike, 1 = every class as much as any other.

    Returns:
      float64 [classes]; a pixel's mean weight is 1.
    """
    if not pixels:  # an older data set does not tell
        return np.ones(classes)
    share = np.array([pixels.get(id, 0) for id in range(classes)], np.float64)
    share /= share.sum()
    weights = np.divide(1.0, share**rarity, out=np.zeros(classes), where=share > 0)
    return weights / (weights * share).sum()
