"""Pictures of label maps, for people to look at."""

from __future__ import annotations

import numpy as np
from PIL import Image

from interface import pictures
from metrics import style_swaps
from metrics.evaluation.painted_subject import PaintedSubject

ROWS, SEEDS = 16, 3
STYLED_ROWS, STYLES = 8, 4
LARGEST_TILE = 256  # pixels; larger pictures are not enlarged


def painted(subject: PaintedSubject) -> Image.Image:
    """Each row a label map, its photo, and its picture; of those with styles one for each seed."""
    photos = subject.photos
    maps = subject.classes.pictured(photos.label[:ROWS])
    columns = [maps, photos.image[:ROWS], *_painted(subject, len(maps))]
    return _sheet([[*row] for row in zip(*columns)])


def _painted(subject: PaintedSubject, count: int) -> list[np.ndarray]:
    if not subject.has_styles:
        return [subject.images[:count]]
    index = np.arange(count)
    seeds = [np.full(count, subject.seed + seed) for seed in range(SEEDS)]
    return [subject.painted(index, each) for each in seeds]


def styles(subject: PaintedSubject) -> Image.Image:
    """Each row a photo, its picture in its own style, and in those of the first row's photos."""
    shown = subject.photos.image[:STYLED_ROWS]
    others = range(min(STYLES, len(shown)))
    blank = np.full_like(shown[0], 255)
    rows = [[blank, blank, *shown[: len(others)]]]
    for number, photo in enumerate(shown):
        features = [subject.encoded[number], *(_in_style(subject, number, o) for o in others)]
        rows.append([photo, *subject.in_styles(number, np.stack(features))])
    return _sheet(rows)


def _in_style(subject: PaintedSubject, number: int, other: int) -> np.ndarray:
    """Features of a picture whose regions have the style of the largest of their class in another
    one, float32 [H, W, 3]; regions that have no such keep theirs."""
    keys, features = subject.regions, subject.encoded[number]
    largest = {
        style_swaps.class_of(key): key
        for key in reversed(style_swaps.largest_first(keys[other]))  # the last one stays
    }
    for key in style_swaps.largest_first(keys[number]):
        there = largest.get(style_swaps.class_of(key))
        if there is not None:
            given = features, keys[number] == key, subject.encoded[other], keys[other] == there
            features = style_swaps.restyled(*given)
    return features


def _sheet(rows: list[list[np.ndarray]]) -> Image.Image:
    return pictures.grid(rows, pictures.enlarged(rows[0][0].shape, LARGEST_TILE))
