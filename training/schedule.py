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
