"""What training sees of a photo and its label map: a part of it, perhaps mirrored, at one size."""

from __future__ import annotations

import dataclasses
from typing import Optional, Protocol

import numpy as np
import tensorflow as tf

from input_pipeline.label_maps.label_sets import LabelSet
from input_pipeline.label_maps.resizing import Resizing

DRAWS = 4  # random numbers a record needs: the box's size and its place, one flip
IDS = 256  # that a record may hold
Maps = dict[str, tf.Tensor]  # of one record: image uint8 [H, W, 3]; label, instance [H, W, 1]
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

        def seen(pixels: tf.Tensor, method: str) -> tf.Tensor:
            whole = tf.image.resize(pixels, scaled, method, antialias=method == "bicubic")
            return whole[top : top + self.size[0], left : left + self.size[1]]

        ids = {name: seen(maps[name], "nearest")[..., 0] for name in maps if name != "image"}
        image = tf.clip_by_value(seen(maps["image"], "bicubic") / 127.5 - 1, -1, 1)
        return _perhaps_mirrored({"image": image, **ids}, draws[3], self.mirrors)


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
      image: float32 [*size, 3] in [-1, 1]; the others as they were, [*size].
    """
    sides = tf.cast(tf.shape(maps["image"])[:2], tf.float32)
    wanted = tf.constant(size, tf.float32)
    box = tf.maximum(tf.round(wanted * tf.reduce_min(sides / wanted) * part), 1.0)
    start = tf.cast(tf.round((sides - box) * place), tf.int32)
    (top, left), (height, width) = tf.unstack(start), tf.unstack(tf.cast(box, tf.int32))

    def scaled(pixels: tf.Tensor, method: str) -> tf.Tensor:
        inside = pixels[top : top + height, left : left + width]
        return tf.image.resize(inside, size, method, antialias=method == "bilinear")

    ids = {name: scaled(maps[name], "nearest")[..., 0] for name in maps if name != "image"}
    return {"image": scaled(maps["image"], "bilinear") / 127.5 - 1, **ids}


def mirrored(shown: Maps, mirrors: np.ndarray) -> Maps:
    """What a mirror shows of the result of `cut`: a left eye is a right one."""
    flipped = {name: tf.reverse(pixels, [1]) for name, pixels in shown.items()}
    return {**flipped, "label": tf.gather(mirrors, tf.cast(flipped["label"], tf.int32))}


def mirrors_of(label_set: LabelSet) -> np.ndarray:
    """uint8 [256]: the class that a mirror makes of each id; ids that are no class stay."""
    return np.concatenate([label_set.mirrors, np.arange(label_set.count, IDS)]).astype(np.uint8)
