"""What a person draws, as plain arrays: drawings, each of which stays as it is."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from typing import Optional

import numpy as np
from PIL import Image

from input_pipeline.faces.shape import Shapes
from serving.asked import landmarks as masks
from serving.page import pen
from serving.page.pen import Place

MOST_POINTS = 20_000  # of a drawing's strokes together; further ones are left out


@dataclasses.dataclass(frozen=True)
class Stroke:
    """A line drawn freehand, with round ends.

    Attributes:
      points: it goes through.
      width: in sides of the picture; a pixel at least is drawn.
      erases: or else it draws.
    """

    points: tuple[Place, ...]
    width: float
    erases: bool = False

    def onto(self, picture: Image.Image) -> None:
        """Draw it, in 255 or, if it erases, 0, on a square picture of mode L."""
        pen.draw(picture, self.points, self.width * picture.width, 0 if self.erases else 255)


@dataclasses.dataclass(frozen=True, eq=False)
class Drawing:
    """One state of what is drawn.

    Attributes:
      landmarks: float64 [68, 2] in sides of the picture, or None.
      sliders: standard deviations by which sliders have changed the landmarks; the others 0.
      picture: bool [S, S], a mask that was opened, or None.
      strokes: drawn over both, in their order.
      photo: uint8 [S, S, 3], the face it began with, or None.
    """

    landmarks: Optional[np.ndarray] = None
    sliders: Mapping[str, float] = dataclasses.field(default_factory=dict)
    picture: Optional[np.ndarray] = None
    strokes: tuple[Stroke, ...] = ()
    photo: Optional[np.ndarray] = None

    def mask(self, resolution: int, drawn_at: int) -> np.ndarray:
        """What the generator is asked for: bool [resolution, resolution].

        Args:
          drawn_at: side at which landmarks are drawn, `resolution` or a multiple.
        """
        drawn = np.zeros([resolution, resolution], bool)
        if self.picture is not None:
            drawn |= _fitted(self.picture, resolution)
        if self.landmarks is not None:
            drawn |= masks.of_landmarks(self.landmarks, resolution, drawn_at).mask
        picture = masks.to_picture(drawn)
        for stroke in self.strokes:
            stroke.onto(picture)
        return np.asarray(picture) > 0

    def nearest(self, place: Place, within: float) -> Optional[int]:
        """The landmark nearest to a place, if it is within so many sides of the picture."""
        if self.landmarks is None:
            return None
        distances = np.linalg.norm(self.landmarks - place, axis=1)
        index = int(distances.argmin())
        return index if distances[index] <= within else None

    def moved(self, index: int, place: Place) -> Drawing:
        """With a landmark at another place, kept inside the picture, where it can be got at."""
        assert self.landmarks is not None
        landmarks = self.landmarks.copy()
        landmarks[index] = np.clip(place, 0, 1)
        return dataclasses.replace(self, landmarks=landmarks)

    def slid(self, name: str, value: float, shapes: Shapes) -> Drawing:
        """With a slider at another value: what it adds does not depend on what was dragged."""
        by = value - self.sliders.get(name, 0.0)
        if self.landmarks is None or not by:
            return self
        landmarks = shapes.changed(self.landmarks, {name: by})
        sliders = {**self.sliders, name: value}
        return dataclasses.replace(self, landmarks=landmarks, sliders=sliders)

    def stroked(self, stroke: Stroke) -> Drawing:
        """With a further stroke, as far as there is room for it."""
        room = MOST_POINTS - sum(len(each.points) for each in self.strokes)
        if room <= 0:
            return self
        stroke = dataclasses.replace(stroke, points=stroke.points[:room])
        return dataclasses.replace(self, strokes=(*self.strokes, stroke))

    def landmarks_json(self) -> str:
        """As /api/generate and serving.synthesize take them: 68 pairs [x, y]."""
        assert self.landmarks is not None
        return json.dumps(self.landmarks.tolist()) + "\n"


def _fitted(picture: np.ndarray, side: int) -> np.ndarray:
    """bool [S, S] → [side, side]: a mask for another model's resolution."""
    if len(picture) == side:
        return picture
    resized = masks.to_picture(picture).resize((side, side), Image.Resampling.BOX)
    return np.asarray(resized) > 0
