"""Photos → records of faces, every resolution of a face from one crop."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Iterator
from typing import Optional, Protocol

import numpy as np
from PIL import Image

from input_pipeline import RESOLUTIONS
from input_pipeline.faces import crop, drawing, landmarks, pose, schema, upright
from input_pipeline.faces.framing import Framing
from input_pipeline.faces.landmarks import INSTALLED, Box, Detector, Face, Search
from input_pipeline.photos import Rejected
from input_pipeline.sharding.shards import Outcome

# A photo is decoded at a reduced size only if faces keep this many pixels for each pixel of the
# largest record, and if the smallest face looked for is still one for the detector.
OVERSAMPLING, DETECTABLE_SIDE = 2, 960
NO_FACE, OUTSIDE = "no face", "face outside the photo's central square"
DOUBTFUL = "no face for sure"
# Of two records of one face: a hundred times what rounding does to its landmarks, in sides of the
# image; and in grey values, on average, more than another resolution of its crop does.
SAME_PLACES, SAME_PIXELS = 1e-5, 8
CLEAR = 128  # pixels: narrower faces of a reduced photo are found again in all of it


@dataclasses.dataclass(frozen=True)
class Photo:
    """A photo, and what its owner knows about it.

    Attributes:
      image: upright RGB.
      shrink: by how much it was shrunk while it was decoded.
      faces: where they are known; None = to be found. In pixels of the photo as it was.
      source: the name that its records bear; None = the photo's own.
    """

    image: Image.Image
    shrink: int = 1
    faces: Optional[tuple[Known, ...]] = None
    source: Optional[str] = None


@dataclasses.dataclass(frozen=True)
class Known:
    """A face that somebody has marked: its box, its landmarks, or both.

    Attributes:
      box: left, top, right, bottom in pixels.
      landmarks: [68, 2], x and y in pixels (0 = first pixel's centre).
    """

    box: Optional[Box] = None
    landmarks: Optional[np.ndarray] = None


class Source(Protocol):
    """Where photos come from. Picklable: workers and other machines are given it."""

    def names(self) -> list[str]:
        """All photos, sorted. Raises UserError where there are none."""

    def photo(self, name: str, enough: int | None = None) -> Photo:
        """Read one; a shorter side of `enough` pixels will do. Raises Rejected."""

    def has_landmarks(self) -> bool:
        """Whether all its faces come with their landmarks: then nobody need look for them."""


@dataclasses.dataclass(frozen=True)
class Faces:
    """What is made of a photo: the flags of the same names in `prepare` say how.

    Attributes:
      cut: how it is cut; of a photo that others have aligned, the central square.
      detector: finds what nobody has marked.
    """

    source: Source
    resolutions: tuple[int, ...]
    cut: Framing = Framing.ALIGNED
    faces: str = "largest"
    min_face: int = 0
    max_upscale: float = 1.5
    max_filled: float = 1.0
    detector: Detector = INSTALLED
    name: str = schema.NAME

    @property
    def stems(self) -> tuple[str, ...]:
        """One for each resolution."""
        return tuple(schema.file_stem(resolution, self.name) for resolution in self.resolutions)

    def changed(self, there: Optional[bytes], made: Optional[bytes]) -> str:
        """Which photo is not what it was, from two records of one resolution; "" = none.

        Args:
          there: a record made earlier; None = no further one.
          made: the one that should be of the same face; None = no further one.
        """
        records = [schema.decode(record) for record in (there, made) if record is not None]
        if len(records) == 2 and _alike(*records):
            return ""
        return " or ".join(dict.fromkeys(record.source for record in records))

    def process(self, item: str) -> Outcome:
        """The records of a photo's faces, at every resolution that they reach.

        Raises:
          Rejected: the photo gives none.
        """
        photo, squares = self.squares(item)
        outcome = Outcome([])
        for square, face in squares:
            self._add(outcome, photo.source or item, photo, square, face)
        if not outcome.records:
            side = max(shown_side(photo, square) for square, _ in squares)
            raise Rejected(f"too small: {round(side)} pixels across")
        return outcome

    def squares(self, item: str) -> tuple[Photo, list[tuple[crop.Square, Face]]]:
        """A photo, and what to cut out of it for each of its faces, the largest first.

        Raises:
          Rejected: there is nothing to cut out.
        """
        photo, faces = self._wanted(item)
        if not faces:
            raise Rejected(NO_FACE)
        if not faces[0].sure:
            raise Rejected(DOUBTFUL)
        squares = self._squares(photo, faces)
        smallest = min(square.side for square, _ in squares)
        if photo.shrink > 1 and smallest < OVERSAMPLING * max(self.resolutions):
            whole = self.source.photo(item)
            faces = [_enlarged(face, photo.shrink / whole.shrink) for face in faces]
            photo = dataclasses.replace(whole, shrink=1)  # no more of it can be had
            squares = self._squares(photo, faces)
        squares = [(square, face) for square, face in squares if _holds(square, face)]
        if not squares:
            raise Rejected(OUTSIDE)
        filled = [1 - square.share_in(photo.image) for square, _ in squares]
        squares = [each for each, share in zip(squares, filled) if share <= self.max_filled]
        if not squares:
            raise Rejected(f"{min(filled):.0%} of its square lies outside the photo")
        return photo, squares

    def _wanted(self, item: str) -> tuple[Photo, list[Face]]:
        """A photo and its faces that are wanted, the largest first.

        Where they are found does not depend on the resolutions: to those of a data set more may
        be added.
        """
        photo = self.source.photo(item, None if self.min_face else DETECTABLE_SIDE)
        faces = self._faces(photo)
        if photo.shrink > 1 and not (faces and faces[-1].sure and faces[-1].width >= CLEAR):
            photo = self.source.photo(item)
            faces = self._faces(photo)
        return photo, faces

    def _squares(self, photo: Photo, faces: list[Face]) -> list[tuple[crop.Square, Face]]:
        """The squares to cut out of a photo."""
        return [(self.cut.square(photo.image, face.landmarks), face) for face in faces]

    def _faces(self, photo: Photo) -> list[Face]:
        only = self.faces == "largest"
        if photo.faces is None:
            search = Search(min_face=self.min_face, largest_only=only)
            faces = upright.found(self.detector, photo.image, search)
        else:
            faces = [self._face(photo, known) for known in photo.faces]
            faces.sort(key=lambda face: face.width, reverse=True)
        return faces[:1] if only else faces

    def _face(self, photo: Photo, known: Known) -> Face:
        if known.landmarks is not None:
            points = (known.landmarks + 0.5) / photo.shrink - 0.5
            return Face(points, float(np.ptp(points[:, 0])))
        assert known.box is not None
        box = tuple(edge / photo.shrink for edge in known.box)
        (face,) = self.detector.faces(photo.image, Search(boxes=(box,)))
        return face

    def _add(
        self, outcome: Outcome, source: str, photo: Photo, square: crop.Square, face: Face
    ) -> None:
        side = shown_side(photo, square)
        fitting = [r for r in self.resolutions if r <= side * self.max_upscale]
        if not fitting:
            return
        # Rounded as a record rounds them: from a record's landmarks follows its drawing, and from
        # the largest record's those of all the smaller ones.
        located = square.locate(face.landmarks, max(fitting)).astype(np.float32)
        edges = located.astype(np.float64) + 0.5
        for resolution, image in self._sizes(photo.image, square, fitting):
            points = (edges * (resolution / max(fitting)) - 0.5).astype(np.float32)
            mask = drawing.draw(points, resolution)
            record = schema.encode(image, mask, points, source)
            outcome.records.append((schema.file_stem(resolution, self.name), record))
        yaw, pitch, roll = pose.angles(face.landmarks)
        outcome.rows.append(
            {
                "file": source,
                "side": round(side),
                "resolution": max(fitting),
                "yaw": round(yaw, 1),
                "pitch": round(pitch, 1),
                "roll": round(roll, 1),
                "score": "" if math.isnan(face.score) else round(face.score, 2),
                "filled": round(1 - square.share_in(photo.image), 2),
            }
        )

    def _sizes(
        self, image: Image.Image, square: crop.Square, fitting: list[int]
    ) -> Iterator[tuple[int, np.ndarray]]:
        largest = max(fitting)
        # A photo that is itself a crop is only halved: its small sizes stay what they were,
        # whichever are wanted.
        if self.cut is Framing.CENTRAL and square.side in RESOLUTIONS:
            largest = max(largest, round(square.side))
        sizes = crop.halvings(np.asarray(crop.cut(image, square, largest)), min(fitting))
        return ((resolution, sizes[resolution]) for resolution in fitting)


def _alike(one: schema.Record, other: schema.Record) -> bool:
    """Whether two records of a resolution are of one face in one photo."""
    if one.source != other.source or one.landmarks is None or other.landmarks is None:
        return False
    moved = np.abs(one.landmarks - other.landmarks).max() / len(one.image)
    differs = np.abs(one.image.astype(float) - other.image).mean()
    return bool(moved < SAME_PLACES and differs < SAME_PIXELS)


def _enlarged(face: Face, factor: float) -> Face:
    """A face of a photo that was shrunk, in the whole one."""
    points = landmarks.scaled(face.landmarks, factor)
    return dataclasses.replace(face, landmarks=points, width=face.width * factor)


def shown_side(photo: Photo, square: crop.Square) -> float:
    """Side of a square with as many pixels as the photo, as it was, shows of this one."""
    return square.side * photo.shrink * square.share_in(photo.image) ** 0.5


@dataclasses.dataclass(frozen=True)
class Brought:
    """A source of one photo, which somebody brings; `read` gives it and by how much it shrank."""

    read: Callable[[Optional[int]], tuple[Image.Image, int]]

    def names(self) -> list[str]:
        return [""]

    def photo(self, name: str, enough: int | None = None) -> Photo:
        return Photo(*self.read(enough))

    def has_landmarks(self) -> bool:
        return False


def largest(
    source: Source, item: str, side: int, cut: Framing, detector: Detector = INSTALLED
) -> tuple[np.ndarray, np.ndarray]:
    """A photo's largest face, cut out as for records.

    Args:
      source, item: which photo.
      side: of the crop, in pixels.
      cut: how the photo is cut.
      detector: finds it.

    Returns:
      uint8 [side, side, 3], and its landmarks, float64 [68, 2] in pixels of it.

    Raises:
      Rejected: NO_FACE, OUTSIDE (what is cut out does not hold it), or what the source says.
    """
    photo, squares = Faces(source, (side,), cut, detector=detector).squares(item)
    return cut_out(photo, squares[0], side)


def cut_out(photo: Photo, of: tuple[crop.Square, Face], side: int) -> tuple[np.ndarray, np.ndarray]:
    """One of `Faces.squares`: uint8 [side, side, 3], and the landmarks in pixels of it."""
    square, face = of
    return np.asarray(crop.cut(photo.image, square, side)), square.locate(face.landmarks, side)


def _holds(square: crop.Square, face: Face) -> bool:
    """Whether at least half of a face's landmarks lie in a square: else there is little to draw."""
    places = square.locate(face.landmarks, 1) + 0.5
    return bool(((places >= 0) & (places <= 1)).all(axis=1).mean() >= 0.5)
