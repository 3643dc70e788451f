"""Pictures of what was evaluated, for people to look at."""

from __future__ import annotations

import numpy as np
from PIL import Image

from interface import pictures
from metrics.evaluation.placed_subject import PlacedSubject

ROWS, COLUMNS = 8, 8
LARGEST_TILE = 128  # pixels
EIGHTH = 8  # pixels that become one before pictures are compared: not their noise


def masks_by_latents(subject: PlacedSubject) -> Image.Image:
    """Each row a mask, its photo, and one picture for each seed; each column has its seed."""
    rows = zip(_masks(subject), subject.photos.image, subject.crossed)
    return _sheet([[mask, photo, *images[:COLUMNS]] for mask, photo, images in rows][:ROWS])


def nearest_photos(subject: PlacedSubject) -> Image.Image:
    """Triples of a mask, its picture, and the photo, or its mirror image, that is nearest to it."""
    photos = subject.trained_on.image
    both = np.concatenate([photos, photos[:, :, ::-1]])
    count = ROWS * (COLUMNS // 2)
    pictured = subject.images[:count]
    found = both[nearest(pictured, both)]
    tiles = [tile for triple in zip(_masks(subject, count), pictured, found) for tile in triple]
    columns = 3 * (COLUMNS // 2)
    return _sheet([tiles[start : start + columns] for start in range(0, len(tiles), columns)])


def nearest(images: np.ndarray, photos: np.ndarray) -> np.ndarray:
    """Which photo is nearest to each image: least squares of means over blocks of 8 pixels.

    Args:
      images, photos: uint8 [N, H, W, 3] and [M, H, W, 3].

    Returns:
      int64 [N].
    """
    ours, theirs = _coarse(images), _coarse(photos)
    squares = (ours**2).sum(1)[:, None] - 2 * ours @ theirs.T + (theirs**2).sum(1)
    return squares.argmin(axis=1)


def _coarse(images: np.ndarray) -> np.ndarray:
    count, height, width, _ = images.shape
    blocks = images.reshape(count, height // EIGHTH, EIGHTH, width // EIGHTH, EIGHTH, 3)
    return blocks.mean((2, 4)).reshape(count, -1)


def _masks(subject: PlacedSubject, count: int = ROWS) -> np.ndarray:
    return subject.photos.mask[:count].astype(np.uint8) * 255


def _sheet(rows: list[list[np.ndarray]]) -> Image.Image:
    return pictures.grid(rows, pictures.enlarged(rows[0][0].shape, LARGEST_TILE))
