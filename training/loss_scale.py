"""Dynamic loss scaling: keeps the gradients of float16 from vanishing."""

from __future__ import annotations

import tensorflow as tf

FIRST_EXPONENT = 15  # of two
# Of the gradient inside the penalty. It does not change with the steps: that gradient is about 1
# long in all, and were it to overflow, the loss that people look at would be infinite too.
INNER_SCALE = 2.0**10
PATIENCE = 2000  # good steps until a larger scale is tried


class LossScale(tf.Module):
    """2¹⁵ at first; half of it after a step with infinite gradients, twice after 2000 good ones.

    What is saved counts from the first scale, and stays 0 while scaling is off: a stage can go
    on in another precision.

    Args:
      active: off, the scale is 1.
    """

    def __init__(self, active: bool) -> None:
        super().__init__()
        self.active = active
        self.level = tf.Variable(0, dtype=tf.int64, trainable=False)
        self.good_steps = tf.Variable(0, dtype=tf.int64, trainable=False)

    def value(self) -> tf.Tensor:
        """float32 scalar, a power of two."""
        if not self.active:
            return tf.constant(1.0)
        return tf.pow(2.0, tf.cast(FIRST_EXPONENT + self.level, tf.float32))

    def update(self, finite: tf.Tensor) -> None:
        """Note whether a step's gradients were all finite (bool scalar)."""
        if not self.active:
            return
        good = tf.where(finite, self.good_steps + 1, tf.constant(0, tf.int64))
        patient = good >= PATIENCE
        change = tf.where(finite, tf.where(patient, 1, 0), -1)
        self.level.assign_add(tf.cast(change, tf.int64))
        self.good_steps.assign(tf.where(patient, tf.constant(0, tf.int64), good))
