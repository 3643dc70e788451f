"""Crop, resize and flip: image and drawing together, many samples at once.

A further augmentation is a step of `augmented`, with random numbers of its own behind those of
`DRAWS`.
"""

from __future__ import annotations

import tensorflow as tf

CROP = 0.05  # the most that a random crop takes off each side
DRAWS = 5  # random numbers a sample needs: four sides, one flip
INK = 0.5 / 255  # a drawing's value below this is rounding of the resize, not ink
LARGE = 256  # side of stored images from which on they are resized one by one


def augmented(planes: tf.Tensor, draws: tf.Tensor, resolution: int) -> dict[str, tf.Tensor]:
    """What training sees of samples.

    Args:
      planes: uint8 [N, 4, H, H]: red, green, blue, drawing (0, or 255 = drawn).
      draws: float32 [N, DRAWS], uniform in [0, 1): all that is random about it.
      resolution: side of the result.

    Returns:
      See `crop_and_scale`.
    """
    return crop_and_scale(planes, random_boxes(draws), resolution)


def as_they_are(planes: tf.Tensor, resolution: int) -> dict[str, tf.Tensor]:
    """The same of samples that are neither cropped nor flipped."""
    return crop_and_scale(planes, whole_boxes(planes.shape[0]), resolution)


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


def crop_and_scale(planes: tf.Tensor, boxes: tf.Tensor, resolution: int) -> dict[str, tf.Tensor]:
    """Bilinear resize of one box of each sample, with half-pixel centres.

    Of images of 256 pixels and more the boxes are rounded to whole pixels.

    Args:
      planes: uint8 [N, 4, H, H]: red, green, blue, drawing (0, or 255 = drawn).
      boxes: float32 [N, 4], see `random_boxes`.
      resolution: side of the result.

    Returns:
      image: float32 [N, resolution, resolution, 3] in [-1, 1].
      mask: float32 [N, resolution, resolution, 1], 1 where any ink falls into a pixel, else 0.
    """
    cut = _one_by_one if planes.shape[2] >= LARGE else _together
    image, mask = cut(planes, boxes, resolution)
    return {"image": image / 127.5 - 1, "mask": tf.cast(mask > 255 * INK, tf.float32)}


def _one_by_one(planes: tf.Tensor, boxes: tf.Tensor, resolution: int) -> list[tf.Tensor]:
    """Boxes are rounded to whole pixels: a sample's crop is small enough for the cache."""
    size = [resolution, resolution]

    def cut(sample: tuple[tf.Tensor, tf.Tensor]) -> list[tf.Tensor]:
        plane, (top, left, bottom, right) = sample[0], tf.unstack(sample[1])
        flipped = left > right
        left, right = tf.minimum(left, right), tf.maximum(left, right)
        crop = plane[:, top:bottom, left:right]
        crop = tf.cond(flipped, lambda: tf.reverse(crop, [2]), lambda: crop)
        scaled = tf.image.resize(crop[..., None], size)[..., 0]  # [4, resolution, resolution]
        return [tf.transpose(scaled[:3], [1, 2, 0]), scaled[3][..., None]]

    pixels = tf.cast(tf.round(boxes * planes.shape[2]), tf.int32)
    return tf.map_fn(cut, (planes, pixels), fn_output_signature=[tf.float32, tf.float32])


def _together(planes: tf.Tensor, boxes: tf.Tensor, resolution: int) -> list[tf.Tensor]:
    """Boxes may begin and end inside a pixel: of small images a pixel is much."""
    stored = planes.shape[2]
    rows = _interpolated(planes, boxes[:, 0] * stored, boxes[:, 2] * stored, resolution)
    turned = tf.transpose(rows, [0, 1, 3, 2])
    both = _interpolated(turned, boxes[:, 1] * stored, boxes[:, 3] * stored, resolution)
    return [tf.transpose(part, [0, 3, 2, 1]) for part in (both[:, :3], both[:, 3:])]


def _interpolated(planes: tf.Tensor, start: tf.Tensor, end: tf.Tensor, count: int) -> tf.Tensor:
    """[N, C, H, W] → [N, C, count, W]: rows evenly from `start` to `end`, each mixed from two.

    Whole rows are copied, which takes half the time of `tf.image.crop_and_resize`.
    """
    last = planes.shape[2] - 1
    step = (end - start) / count  # [N], in rows
    places = start[:, None] + (tf.range(count, dtype=tf.float32) + 0.5) * step[:, None] - 0.5
    places = tf.clip_by_value(places, 0.0, float(last))
    above = tf.minimum(tf.cast(places, tf.int32), last - 1)
    share = (places - tf.cast(above, tf.float32))[:, None, :, None]
    upper, lower = (
        tf.cast(tf.gather(planes, row, axis=2, batch_dims=1), tf.float32)
        for row in (above, above + 1)
    )
    return upper + (lower - upper) * share
