"""Faces → square crops, aligned as CelebA-HQ and FFHQ are, with no black borders.

What a square has of no photo is the photo's reflection, blurred, and fades to the photo's median
farther out: a second, sharp eye would be learnt.
"""

from __future__ import annotations

import dataclasses

import numpy as np
from PIL import Image, ImageFilter

MARGIN = 4  # pixels around a crop that the bicubic filter may touch
BLUR = 0.02  # sides: deviation of the blur outside the photo
NEAREST = 0.3  # sides outside the photo within which nothing is all median
INSIDE = 1 / 3  # of that way lies inside the photo, where the blur begins
SLIVER = 0.005  # of the square; so little outside the photo shows nothing twice, and stays sharp


@dataclasses.dataclass(frozen=True)
class Square:
    """A square in a photo, perhaps turned.

    Attributes:
      corner: float64 [2], x and y of its upper left corner, in the photo's continuous
        coordinates (the first pixel reaches from 0 to 1).
      right: float64 [2], the vector along its upper edge; `down`, along its left edge, is
        `right` turned by 90°.
    """

    corner: np.ndarray
    right: np.ndarray

    @property
    def down(self) -> np.ndarray:
        return np.array([-self.right[1], self.right[0]])

    @property
    def side(self) -> float:
        """Its side in the photo's pixels."""
        return float(np.hypot(*self.right))

    def share_in(self, photo: Image.Image) -> float:
        """The part of its area, 0 to 1, that a photo shows; the rest is filled."""
        size, corner = np.array(photo.size, float), self.corner
        outline = np.stack(
            [corner, corner + self.right, corner + self.right + self.down, corner + self.down]
        )
        if (outline >= 0).all() and (outline <= size).all():
            return 1.0
        for axis in np.eye(2):
            outline = _cut_off(outline, axis, float(axis @ size))
            outline = _cut_off(outline, -axis, 0.0)
        x, y = outline.T
        area = abs(x @ np.roll(y, -1) - y @ np.roll(x, -1)) / 2
        return float(min(1.0, area / self.side**2))

    def locate(self, points: np.ndarray, resolution: int) -> np.ndarray:
        """Pixels of the photo → pixels of a crop (both count from the first pixel's centre).

        Args:
          points: float [K, 2], x and y.
          resolution: side of the crop.
        """
        offset = np.asarray(points, np.float64) + 0.5 - self.corner
        axes = np.stack([self.right, self.down], axis=1) / self.side**2  # [2 (x, y), 2 (u, v)]
        return offset @ axes * resolution - 0.5

    def points(self, located: np.ndarray, resolution: int) -> np.ndarray:
        """Pixels of a crop → pixels of the photo: what `locate` undoes."""
        across, down = ((located + 0.5) / resolution).T
        return self.corner + np.outer(across, self.right) + np.outer(down, self.down) - 0.5

    def turned(self, degrees: float, larger: float = 1.0) -> Square:
        """Turned about its centre, clockwise, and so many times as large."""
        angle = np.radians(degrees)
        turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        centre = self.corner + (self.right + self.down) / 2
        right = larger * turn @ self.right
        return Square(centre - (right + np.array([-right[1], right[0]])) / 2, right)


def around_face(landmarks: np.ndarray) -> Square:
    """The square of a face, upright and centred (progressive-GAN paper, appendix C).

    Args:
      landmarks: float [68, 2], x and y in the photo's pixels.
    """
    points = np.asarray(landmarks, np.float64) + 0.5
    eyes = points[36:42].mean(axis=0), points[42:48].mean(axis=0)
    between_eyes = eyes[1] - eyes[0]
    middle = (eyes[0] + eyes[1]) / 2
    to_mouth = (points[48] + points[54]) / 2 - middle
    centre = middle + 0.1 * to_mouth
    side = max(4.0 * np.hypot(*between_eyes), 3.6 * np.hypot(*to_mouth))
    # A turned head shortens one of the two: their sum after a quarter turn is the steadier "right".
    right = between_eyes + np.array([to_mouth[1], -to_mouth[0]])
    right = right / np.hypot(*right) * side
    down = np.array([-right[1], right[0]])
    return Square(centre - (right + down) / 2, right)


def whole(photo: Image.Image) -> Square:
    """The central square of a photo."""
    side = min(photo.size)
    corner = np.array([(photo.width - side) / 2, (photo.height - side) / 2])
    return Square(np.floor(corner), np.array([float(side), 0.0]))


def cut(photo: Image.Image, square: Square, resolution: int) -> Image.Image:
    """Cut a square out of a photo, antialiased, borders filled with its blurred reflection.

    The square is sampled at `resolution` times the power of two that does not undersample the
    photo, then averaged down.

    Args:
      photo: RGB.
      square: may reach outside the photo.
      resolution: side of the crop in pixels.
    """
    corner, right, down = square.corner, square.right, square.down
    # Far larger photos are averaged first, so that the work does not grow with their size.
    shrink = max(1, int(square.side / (2 * resolution)))
    corners = np.stack([corner, corner + right, corner + down, corner + right + down]) / shrink
    low = np.floor(corners.min(axis=0)).astype(int) - MARGIN
    high = np.ceil(corners.max(axis=0)).astype(int) + MARGIN
    pixels = np.asarray(photo.reduce(shrink) if shrink > 1 else photo)
    rows = _reflected(np.arange(low[1], high[1]), pixels.shape[0])
    columns = _reflected(np.arange(low[0], high[0]), pixels.shape[1])
    patch = Image.fromarray(pixels[rows][:, columns])
    if square.share_in(photo) < 1 - SLIVER:
        patch = _faded(patch, low, pixels, square.side / shrink)

    factor = 1
    while resolution * factor < square.side / shrink:
        factor *= 2
    sampled = resolution * factor
    (ax, ay), (bx, by) = right / shrink / sampled, down / shrink / sampled
    x, y = corner / shrink - low
    crop = patch.transform(
        (sampled, sampled),
        Image.Transform.AFFINE,
        (ax, bx, x, ay, by, y),
        resample=Image.Resampling.BICUBIC,
    )
    return crop.reduce(factor) if factor > 1 else crop


def halvings(image: np.ndarray, smallest: int) -> dict[int, np.ndarray]:
    """{resolution: uint8 [R, R, 3]}: a crop and its successive 2×2 averages down to `smallest`."""
    picture, sizes = Image.fromarray(image), {image.shape[0]: image}
    while picture.width > smallest:
        picture = picture.reduce(2)
        sizes[picture.width] = np.asarray(picture)
    return sizes


def _faded(patch: Image.Image, low: np.ndarray, photo: np.ndarray, side: float) -> Image.Image:
    """A patch with the part of it that lies outside its photo blurred, as FFHQ's recipe has it.

    Args:
      patch: of the photo and its reflection; low: x and y of its first pixel in the photo.
      photo: uint8 [H, W, 3]; side: of the square, in its pixels.
    """
    across, down = (
        _away(start, count, length, side)
        for start, count, length in zip(low, patch.size, photo.shape[1::-1])
    )
    away = np.maximum(across[None], down[:, None])  # of the way out; < 0 inside
    there = away > -INSIDE
    pixels, blurred = (
        np.array(each) for each in (patch, patch.filter(ImageFilter.GaussianBlur(BLUR * side)))
    )
    sharp, soft = pixels[there].astype(np.float32), blurred[there].astype(np.float32)
    away = away[there][:, None]
    faded = sharp + (soft - sharp) * np.clip(away / INSIDE + 1, 0, 1)
    faded += (np.median(photo[::4, ::4], axis=(0, 1)) - faded) * np.clip(away, 0, 1)
    pixels[there] = np.rint(faded)
    return Image.fromarray(pixels)


def _away(start: int, count: int, length: int, side: float) -> np.ndarray:
    """How far outside [0, length) pixels from `start` on lie, in parts of the farthest one there
    is on that side, or of `NEAREST`: [count]."""
    places = np.arange(start, start + count) + 0.5
    before, behind = -places, places - length
    ways = [max(float(each.max()), NEAREST * side) for each in (before, behind)]
    return np.maximum(before / ways[0], behind / ways[1])


def _cut_off(outline: np.ndarray, normal: np.ndarray, limit: float) -> np.ndarray:
    """What is left of a convex polygon, float [K, 2], where `normal` @ point <= `limit`."""
    room = limit - outline @ normal
    left = []
    for here, there, a, b in zip(outline, np.roll(outline, -1, axis=0), room, np.roll(room, -1)):
        if a >= 0:
            left.append(here)
        if a * b < 0:
            left.append(here + (there - here) * a / (a - b))
    return np.reshape(left, (-1, 2))


def _reflected(index: np.ndarray, length: int) -> np.ndarray:
    """Indices outside [0, length) bounce off the border, as often as needed."""
    wrapped = index % (2 * length)
    return np.minimum(wrapped, 2 * length - 1 - wrapped)
