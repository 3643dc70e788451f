"""What training sees of a photo and its label map: a part of it, perhaps mirrored, at one size."""

from __future__ import annotations

import dataclasses
from typing import Optional, Protocol

import numpy as np
import tensorflow as tf

from input_pipeline.label_maps.label_sets import COLOURS, LabelSet
from input_pipeline.label_maps.resizing import Resizing

DRAWS = 4  # random numbers a record needs: the box's size and its place, one flip
IDS = 256  # that a record may hold
# Of one record: image uint8 [H, W, 3]; label, instance [H, W, 1]. A label may be a picture too.
Maps = dict[str, tf.Tensor]
Size = tuple[int, int]  # height, width


class View(Protocol):
    """What is seen of a record.

    Attributes:
      size: height and width of the result.
    """

    @property
    def size(self) -> Size: ...

    def __call__(self, maps: Maps, draws: tf.Tensor) -> Maps:
        """Of one record's maps, as `cut` gives them.

        Args:
          maps: of one record.
          draws: float32 [DRAWS], uniform in [0, 1): all that is random about it.
        """


@dataclasses.dataclass(frozen=True)
class Boxes:
    """A random box, mirrored half of the time; without more words, all of the largest.

    Attributes:
      size: see `View`.
      smallest: the least part, in (0, 1], of the largest box's sides that a box has.
      mirrors: see `mirrors_of`; None = never mirrored.
    """

    size: Size
    smallest: float = 1.0
    mirrors: Optional[np.ndarray] = None

    def __call__(self, maps: Maps, draws: tf.Tensor) -> Maps:
        part = self.smallest + (1 - self.smallest) * draws[0]
        return _perhaps_mirrored(cut(maps, part, draws[1:3], self.size), draws[3], self.mirrors)


@dataclasses.dataclass(frozen=True)
class Resized:
    """A photo scaled, perhaps a random crop of it, perhaps mirrored half of the time.

    Attributes:
      size: see `View`; of a crop, where what is scaled is larger.
      resizing: how it is scaled.
      mirrors: see `mirrors_of`; None = never mirrored.
    """

    size: Size
    resizing: Resizing = Resizing()
    mirrors: Optional[np.ndarray] = None

    def __call__(self, maps: Maps, draws: tf.Tensor) -> Maps:
        sides = tf.unstack(tf.shape(maps["image"])[:2])
        scaled = tf.stack(self.resizing.scaled(*sides))
        start = tf.cast(tf.cast(scaled - self.size + 1, tf.float32) * draws[1:3], tf.int32)
        top, left = tf.unstack(start)

        def cropped(whole: tf.Tensor) -> tf.Tensor:
            return whole[top : top + self.size[0], left : left + self.size[1]]

        def seen(pixels: tf.Tensor) -> tf.Tensor:
            if pixels.shape[2] != COLOURS:
                return cropped(tf.image.resize(pixels, scaled, "nearest"))[..., 0]
            whole = tf.image.resize(pixels, scaled, "bicubic", antialias=True)
            return tf.clip_by_value(cropped(whole) / 127.5 - 1, -1, 1)

        shown = {name: seen(pixels) for name, pixels in maps.items()}
        return _perhaps_mirrored(shown, draws[3], self.mirrors)


def _perhaps_mirrored(shown: Maps, draw: tf.Tensor, mirrors: Optional[np.ndarray]) -> Maps:
    if mirrors is None:
        return shown
    return tf.cond(draw < 0.5, lambda: mirrored(shown, mirrors), lambda: shown)


def cut(maps: Maps, part: tf.Tensor, place: tf.Tensor, size: Size) -> Maps:
    """A box of `size`'s shape, scaled to it: colours antialiased, ids to the nearest.

    Args:
      maps: of one record.
      part: of the largest such box's sides, (0, 1].
      place: float32 [2] in [0, 1]: where it lies in what is left, down and across.
      size: height and width.

    Returns:
      image, and a label that is a picture: float32 [*size, 3] in [-1, 1]; ids as they were,
      [*size].
    """
    sides = tf.cast(tf.shape(maps["image"])[:2], tf.float32)
    wanted = tf.constant(size, tf.float32)
    box = tf.maximum(tf.round(wanted * tf.reduce_min(sides / wanted) * part), 1.0)
    start = tf.cast(tf.round((sides - box) * place), tf.int32)
    (top, left), (height, width) = tf.unstack(start), tf.unstack(tf.cast(box, tf.int32))

    def scaled(pixels: tf.Tensor) -> tf.Tensor:
        inside = pixels[top : top + height, left : left + width]
        if pixels.shape[2] != COLOURS:
            return tf.image.resize(inside, size, "nearest")[..., 0]
        return tf.image.resize(inside, size, "bilinear", antialias=True) / 127.5 - 1

    return {name: scaled(pixels) for name, pixels in maps.items()}


def mirrored(shown: Maps, mirrors: np.ndarray) -> Maps:
    """What a mirror shows of the result of `cut`: a left eye is a right one."""
    flipped = {name: tf.reverse(pixels, [1]) for name, pixels in shown.items()}
    if not flipped["label"].dtype.is_integer:  # a picture
        return flipped
    return {**flipped, "label": tf.gather(mirrors, tf.cast(flipped["label"], tf.int32))}


def mirrors_of(label_set: LabelSet) -> np.ndarray:
    """uint8 [256]: the class that a mirror makes of each id; ids that are no class stay."""
    return np.concatenate([label_set.mirrors, np.arange(label_set.count, IDS)]).astype(np.uint8)
