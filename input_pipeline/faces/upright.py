"""Faces of a photo that may lie on its side, be tilted, or filled by its face.

dlib's detector is one of upright faces: it takes some that are upside down for upright ones, and
of those that are tilted by more than 30° it often places the landmarks beside the features. So
each face is looked at once more in its own square, where it should be found again just where it
is; what is not is looked at from all directions.
"""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Callable, Iterator, Sequence
from typing import Optional

import numpy as np
from PIL import Image

from input_pipeline.faces import crop, pose
from input_pipeline.faces.landmarks import DETECTED, Detector, Face, Search

LYING = 60  # degrees of tilt
SIDE = 144  # pixels of a face's square: it is as large there as the detector wants it
# Of 200 portraits, turned by 35°, 45° and 180°, 405 faces were seen where they are not, two of
# them with this score and no more tilted. Of upright ones these are two of three.
BEYOND_DOUBT, TILTED = 1.9, 12  # the detector's score; degrees
# Of 709 portraits 98 % are found again so surely and so exactly (in distances of the eyes).
CLEARLY, EXACTLY = 0.9, 0.04
AHEAD, AROUND = (0, 22.5, -22.5), (45, -45, 90, -90, 135, -135, 180)  # degrees
WIDER = 1.5  # times its square is looked at from there
ALIKE = 0.1  # distances of the eyes: landmarks of one face, seen from two directions
ENOUGH = 0.6  # of the detector's scores together, of directions that agree
PLAINLY = 1.5  # likewise, where the faces ahead agree with the one that is looked at
ROUNDS = 4  # from a face that is tilted by 45° to where all directions agree: two, mostly
EDGE = 4  # a photo is repeated beyond its edge by this part of its shorter side
TURNS = (Image.Transpose.ROTATE_90, Image.Transpose.ROTATE_180, Image.Transpose.ROTATE_270)

Place = Callable[[np.ndarray], np.ndarray]  # pixels of a turned photo → of the photo


def found(detector: Detector, photo: Image.Image, search: Search) -> list[Face]:
    """The faces of an RGB photo, whichever way up it is, the largest first.

    Args:
      search: that knows no boxes; of `largest_only` that one alone is given.

    Returns:
      Those that are clearly found again where they are. Where there are none, those that were seen
      in the photo as it lies; `sure`, if they are found again at all.
    """
    doubtful: Optional[list[Face]] = None
    most: list[Face] = []
    for seen, place in _ways(photo):
        faces = detector.faces(seen, search)
        settled = (face for face in (_settled(detector, seen, face) for face in faces) if face)
        kept = list(itertools.islice(settled, 1 if search.largest_only else None))
        most = max(most, [_placed(face, place) for face in kept], key=len)
        # Where all of them lie, so does the photo: turned, it may show more of them.
        if kept and (search.largest_only or any(_tilt(face) < LYING for face in kept)):
            break
        doubtful = faces if doubtful is None else doubtful
    if most:
        return sorted(most, key=lambda face: face.width, reverse=True)
    return [_if_seen_again(detector, photo, face) for face in doubtful or ()]


def _ways(photo: Image.Image) -> Iterator[tuple[Image.Image, Place]]:
    """A photo as it lies, with its edge repeated (the detector wants to see something around a
    face), and turned; and where pixels of each lie in the photo."""
    yield photo, lambda points: points
    edge = -(-min(photo.size) // EDGE)
    padded = np.pad(np.asarray(photo), ((edge, edge), (edge, edge), (0, 0)), mode="edge")
    yield Image.fromarray(padded), lambda points: points - edge
    last = np.array([photo.width - 1, photo.height - 1])
    back: tuple[Place, ...] = (
        lambda points: np.stack([last[0] - points[:, 1], points[:, 0]], axis=1),
        lambda points: last - points,
        lambda points: np.stack([points[:, 1], last[1] - points[:, 0]], axis=1),
    )
    for turn, place in zip(TURNS, back):
        yield photo.transpose(turn), place


def _tilt(face: Face) -> float:
    """Degrees, either way."""
    return abs(pose.angles(face.landmarks)[2])


def _placed(face: Face, place: Place) -> Face:
    return dataclasses.replace(face, landmarks=place(face.landmarks))


def _settled(detector: Detector, photo: Image.Image, face: Face) -> Optional[Face]:
    """A face where all directions that see it see it, or None: it is none, or hard to see."""
    if face.score >= BEYOND_DOUBT and _tilt(face) <= TILTED:
        return face
    near = _Near(photo, face)
    again = near.look(detector, 0, 1)
    if again and again.score >= CLEARLY and _apart(again, face) <= EXACTLY:
        return face
    for _ in range(ROUNDS):
        seen = near.looks(detector, AHEAD)
        alike = [each.score for each in seen if _apart(each, face) <= ALIKE]
        if len(alike) == len(AHEAD) and sum(alike) >= PLAINLY:
            return face
        seen += near.looks(detector, AROUND)
        votes = [sum(o.score for o in seen if _apart(o, each) <= ALIKE) for each in seen]
        if max(votes, default=0) < ENOUGH:
            return None
        best = seen[int(np.argmax(votes))]
        if _apart(best, face) <= ALIKE:
            return face
        face, near = best, _Near(photo, best)
    return None


def _if_seen_again(detector: Detector, photo: Image.Image, face: Face) -> Face:
    """A face, which is sure only if a look from near by sees it there, however weakly."""
    near = _Near(photo, face)
    seen = [each for each in (near.look(detector, 0, 1), *near.looks(detector, AHEAD)) if each]
    return dataclasses.replace(face, sure=any(_apart(each, face) <= ALIKE for each in seen))


class _Near:
    """A photo near a face, ready to be looked at from all directions.

    Quicker than `crop.cut` for each look, which is for pictures that are kept.
    """

    def __init__(self, photo: Image.Image, face: Face) -> None:
        self._square = square = crop.around_face(face.landmarks)
        self._shrink = shrink = max(1, int(square.side / SIDE))
        size, centre = np.array(photo.size), square.points(np.zeros((1, 2)), 1)[0] + 0.5
        far = WIDER * square.side * 2**-0.5 + 2 * shrink
        low, high = np.floor(centre - far).astype(int), np.ceil(centre + far).astype(int)
        first, last = np.clip(low, 0, size - 1), np.clip(high, 1, size)
        inside = np.asarray(photo.crop((*first, *last)).reduce(shrink))
        before, behind = -(-(first - low) // shrink), -(-(high - last) // shrink)
        around = [(before[1], behind[1]), (before[0], behind[0]), (0, 0)]
        self._patch = Image.fromarray(np.pad(inside, around, mode="symmetric"))
        self._corner = first - before * shrink

    def looks(self, detector: Detector, directions: Sequence[float]) -> list[Face]:
        """What is seen from these, with more around it."""
        looks = (self.look(detector, direction, WIDER) for direction in directions)
        return [each for each in looks if each]

    def look(self, detector: Detector, direction: float, wider: float) -> Optional[Face]:
        """The surest face in its square, turned and made so many times as wide."""
        square, side = self._square.turned(direction, wider), round(wider * SIDE)
        (ax, ay), (bx, by) = (each / self._shrink / side for each in (square.right, square.down))
        x, y = (square.corner - self._corner) / self._shrink
        seen = self._patch.transform(
            (side, side),
            Image.Transform.AFFINE,
            (ax, bx, x, ay, by, y),
            resample=Image.Resampling.BILINEAR,
        )
        faces = detector.faces(seen, Search(min_face=DETECTED))
        if not faces:
            return None
        best = max(faces, key=lambda face: face.score)
        landmarks, width = square.points(best.landmarks, side), best.width * square.side / side
        return dataclasses.replace(best, landmarks=landmarks, width=width)


def _apart(one: Face, other: Face) -> float:
    """How far two faces' landmarks lie apart on average, in distances of the second one's eyes."""
    points = other.landmarks
    eyes = points[36:42].mean(axis=0) - points[42:48].mean(axis=0)
    return float(np.abs(one.landmarks - points).mean() / max(np.hypot(*eyes), 1e-9))
