"""Crop, resize and flip: image and drawing together, a whole batch in one kernel."""

from __future__ import annotations

import tensorflow as tf

CROP = 0.05  # the most that a random crop takes off each side
DRAWS = 5  # random numbers a sample needs: four sides, one flip
INK = 0.5 / 255  # a drawing's value below this is rounding of the resize, not ink


def random_boxes(draws: tf.Tensor) -> tf.Tensor:
    """Uniform numbers → the part of the image that a sample shows.

    Args:
      draws: float32 [N, 5] in [0, 1).

    Returns:
      float32 [N, 4]: top, left, bottom, right as fractions of the image; left > right = flipped.
    """
    off_top, off_left, off_bottom, off_right = tf.unstack(draws[:, :4] * CROP, axis=1)
    left, right = off_left, 1 - off_right
    flip = draws[:, 4] < 0.5
    edges = [off_top, tf.where(flip, right, left), 1 - off_bottom, tf.where(flip, left, right)]
    return tf.stack(edges, axis=1)


def whole_boxes(count: int) -> tf.Tensor:
    """float32 [count, 4]: the whole image, not flipped."""
    return tf.tile([[0.0, 0.0, 1.0, 1.0]], [count, 1])


def crop_and_scale(pixels: tf.Tensor, boxes: tf.Tensor, resolution: int) -> dict[str, tf.Tensor]:
    """Bilinear resize of one box of each sample, with half-pixel centres.

    Args:
      pixels: uint8 [N, H, H, 4]: red, green, blue, drawing (0, or 255 = drawn).
      boxes: float32 [N, 4], see `random_boxes`.
      resolution: side of the result.

    Returns:
      image: float32 [N, resolution, resolution, 3] in [-1, 1].
      mask: float32 [N, resolution, resolution, 1], 1 where any ink falls into a pixel, else 0.
    """
    stored = pixels.shape[1]
    low, high = boxes[:, :2] * stored, boxes[:, 2:] * stored  # in pixels, continuous
    step = (high - low) / resolution
    # Where a box is enlarged, its outermost samples may lie beyond the border pixels' centres.
    border = 1 if stored * (1 - 2 * CROP) < resolution else 0
    if border:
        pixels = _with_border(pixels)
    # The kernel's boxes name the centres of the first and the last sample, 0 to 1 from the first
    # pixel's centre to the last one's.
    span = stored + 2 * border - 1
    first = (low + 0.5 * step - 0.5 + border) / span
    last = (high - 0.5 * step - 0.5 + border) / span
    scaled = tf.image.crop_and_resize(
        pixels, tf.concat([first, last], axis=1), tf.range(tf.shape(pixels)[0]), [resolution] * 2
    )
    mask = tf.cast(scaled[..., 3:] / 255 > INK, tf.float32)
    return {"image": (scaled[..., :3] - 127.5) / 127.5, "mask": mask}


def _with_border(pixels: tf.Tensor) -> tf.Tensor:
    """Repeat the outermost pixels once around: [N, H, W, C] → [N, H + 2, W + 2, C].

    `crop_and_resize` gives black beyond them. (tf.pad's SYMMETRIC takes 20 times as long.)
    """
    pixels = tf.concat([pixels[:, :1], pixels, pixels[:, -1:]], axis=1)
    return tf.concat([pixels[:, :, :1], pixels, pixels[:, :, -1:]], axis=2)
