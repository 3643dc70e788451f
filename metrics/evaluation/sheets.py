"""Pictures of what was evaluated, for people to look at."""

from __future__ import annotations

import numpy as np
from PIL import Image

from interface import pictures
from metrics.evaluation.subject import Subject
from serving.painter import arc

ROWS, COLUMNS, STEPS = 8, 8, 8
LARGEST_TILE = 128  # pixels; larger images are not enlarged


def masks_by_latents(subject: Subject) -> Image.Image:
    """Each row a mask, its photo, and one image for each latent; each column has its latent."""
    rows = zip(_masks(subject), subject.photos.image, subject.crossed)
    return _sheet([[mask, photo, *images[:COLUMNS]] for mask, photo, images in rows][:ROWS])


def interpolation(subject: Subject) -> Image.Image:
    """Each row a mask, and images on the way from one latent to another."""
    masks = subject.photos.mask[:ROWS]
    ends = np.random.default_rng(subject.seed).standard_normal(
        [2, len(masks), subject.paint.latent_size], np.float32
    )
    latents = arc(ends[0], ends[1], STEPS)  # [rows, steps, L]
    images = subject.paint(
        np.repeat(masks, STEPS, axis=0), latents.reshape(-1, subject.paint.latent_size)
    ).reshape(len(masks), STEPS, *subject.photos.image.shape[1:])
    return _sheet([[mask, *steps] for mask, steps in zip(_masks(subject), images)])


def _masks(subject: Subject) -> np.ndarray:
    return subject.photos.mask[:ROWS].astype(np.uint8) * 255


def _sheet(rows: list[list[np.ndarray]]) -> Image.Image:
    side = rows[0][0].shape[0]
    return pictures.grid(rows, max(side, min(LARGEST_TILE, 3 * side)))
