"""Photos of faces without label maps: aligned crops, and maps from landmarks and an outline."""

from __future__ import annotations

import dataclasses
import json

from input_pipeline.faces import in_photo, outline, parts
from input_pipeline.faces.framing import Framing
from input_pipeline.faces.landmarks import INSTALLED, Detector
from input_pipeline.label_maps.labels import Pixels, Sample
from input_pipeline.photos import Rejected
from input_pipeline.sources.folder import Folder

MAX_UPSCALE = 1.5  # as `prepare` has it


@dataclasses.dataclass(frozen=True)
class FaceParts:
    """The largest face of each photo.

    Attributes:
      folder: of the photos.
      side: of the crops, in pixels.
      split: of all of them.
      detector: finds faces and their landmarks.
    """

    folder: str
    side: int
    split: str = "train"
    detector: Detector = INSTALLED

    is_complete, framing = False, Framing.ALIGNED
    packages = ("dlib-bin", "dlib", "mediapipe", "scipy")

    @property
    def splits(self) -> tuple[str, ...]:
        """The one."""
        return (self.split,)

    def items(self) -> list[str]:
        """The photos' names. Raises UserError: no such folder, or nothing in it."""
        return [json.dumps([name]) for name in self._photos().names()]

    def sample(self, item: str) -> Sample:
        """Cut a photo's face out and label it.

        Raises:
          Rejected: no photo, no face in it, or one too small.
          UserError: MediaPipe is not installed.
        """
        (name,) = json.loads(item)
        faces = in_photo.Faces(
            self._photos(), (self.side,), Framing.ALIGNED, detector=self.detector
        )
        photo, squares = faces.squares(name)
        shown = in_photo.shown_side(photo, squares[0][0])
        if self.side > MAX_UPSCALE * shown:
            raise Rejected(f"too small: {round(shown)} pixels across")
        crop, landmarks = in_photo.cut_out(photo, squares[0], self.side)
        ids = parts.labels(crop, landmarks, outline.person(crop))
        return Sample(self.split, name, Pixels(crop), ids)

    def _photos(self) -> Folder:
        return Folder(self.folder, "parts_of")
