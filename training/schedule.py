"""Schedules as pure functions of the counters."""

from __future__ import annotations

import tensorflow as tf

RELEASE_FADE_STEPS = 20_000
FADE_SHARE = 0.914  # of a fade stage's steps: 20,000 of the release's 21,875


def fade_steps(stage_steps: int) -> int:
    """Steps until a fade stage of `stage_steps` shows the new resolution alone; at least 1."""
    return max(1, min(RELEASE_FADE_STEPS, int(FADE_SHARE * stage_steps)))


def fade_alpha(step: tf.Tensor | int, steps: int) -> tf.Tensor:
    """Weight of the new resolution: 0 at step 0, rising evenly to 1 at `steps`, float32."""
    return tf.minimum(1.0, tf.cast(step, tf.float32) / steps)


def average_decay(step: tf.Tensor | int, most: float) -> tf.Tensor:
    """What the moving average keeps in the step that follows `step` steps, float32.

    min(most, (1 + step) / (10 + step)): an average over a tenth of the phase so far, at first.
    Layers that are new in a phase start from random weights, and a plain average of 0.999 would
    hold a third of them for a thousand steps.
    """
    done = tf.cast(step, tf.float32)
    return tf.minimum(tf.cast(most, tf.float32), (1 + done) / (10 + done))


def rate_factor(step: tf.Tensor | int, stop: int, warmup: int = 0, decay: int = 0) -> tf.Tensor:
    """What the learning rate is multiplied by in the step that follows `step` steps, float32.

    Args:
      step: steps done.
      stop: the last step of all.
      warmup: steps in which it rises evenly to 1 (the first one has 1 / warmup); 0 = none.
      decay: steps at the end in which it falls evenly (the last one has 1 / decay); 0 = none.
    """
    done = tf.cast(step, tf.float32)
    rising = (done + 1) / max(warmup, 1)
    falling = (stop - done) / decay if decay else 1.0
    return tf.clip_by_value(tf.minimum(rising, falling), 0.0, 1.0)
