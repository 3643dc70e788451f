"""What one visitor has before them: model, drawing, faces; and who is told of changes to them."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Optional

import numpy as np

from input_pipeline.faces.shape import Shapes
from serving import cast
from serving.models import Version
from serving.page.history import History
from serving.page.landmarks.sketch import Drawing
from serving.studio import Studio

COUNT = 8  # faces at once
# Name → values of sliders, of which a model's shapes must have all.
EXAMPLES: dict[str, dict[str, float]] = {
    "Straight": {},
    "Turned left": {"turn": -1.8},
    "Turned right": {"turn": 1.8},
    "Laughing": {"smile": 2.0, "mouth_open": 1.6},
    "Surprised": {"mouth_open": 2.0, "brows": 1.5, "eyes": 1.5},
    "Narrow": {"width": -2.0},
}


class State:
    """One visitor's.

    Args:
      studio: who paints.

    Attributes:
      model: name of the one that paints.
      history: the drawing; begins with a straight face, or empty where the model has no shapes.
      seeds: of the faces that are seen at once.
      mine: the seed of the visitor's own, which stays while drawing and others change.
      ends: seeds of the faces between which the way is seen, at most two.
      listeners: called after each change.
    """

    def __init__(self, studio: Studio, model: str) -> None:
        self.studio, self.model = studio, model
        self.listeners: list[Callable[[], None]] = []
        names = self.examples()
        self.history = History(self.example(names[0]) if names else Drawing(), self.tell)
        self._meet()

    @property
    def version(self) -> Version:
        """The newest of the model."""
        return self.studio.models.get(self.model)

    @property
    def shapes(self) -> Optional[Shapes]:
        return self.version.shapes

    @property
    def now(self) -> Drawing:
        return self.history.now

    def mask(self) -> np.ndarray:
        """Of what is drawn now: bool [H, H]."""
        return self.now.mask(self.version.resolution, self.version.drawn_at)

    def examples(self) -> list[str]:
        """Those that the model's shapes have the sliders for."""
        known = {*self.shapes.names} if self.shapes else None
        return [] if known is None else [name for name in EXAMPLES if {*EXAMPLES[name]} <= known]

    def example(self, name: str) -> Drawing:
        """The mean face with this example's sliders."""
        assert self.shapes is not None
        drawing = Drawing(landmarks=self.shapes.mean)
        for slider, value in EXAMPLES[name].items():
            drawing = drawing.slid(slider, value, self.shapes)
        return drawing

    def choose(self, model: str) -> None:
        """Let another model paint the same drawing; its faces and sliders are others."""
        self.model = model
        self._meet()
        self.history.put(dataclasses.replace(self.now, sliders={}))

    def _meet(self) -> None:
        """The model's first faces, nobody's choice yet."""
        self._shown = COUNT
        self.seeds = cast.seeds(self.version.cast, COUNT)
        self.mine = self.seeds[0]
        self.ends: list[int] = []

    def renew(self) -> None:
        """The next faces."""
        self.seeds = cast.seeds(self.version.cast, COUNT, self._shown)
        self._shown += COUNT
        self.tell()

    def make_mine(self, seed: int) -> None:
        """Keep this face from now on."""
        self.mine = seed
        self.tell()

    def blend(self, seed: int, chosen: bool) -> None:
        """Make it an end of the way, or no longer; of three the first one goes."""
        others = [each for each in self.ends if each != seed]
        self.ends = [*others, seed][-2:] if chosen else others
        self.tell()

    def tell(self) -> None:
        """Call the listeners."""
        for listener in self.listeners:
            listener()
