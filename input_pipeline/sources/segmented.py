"""Photos without label maps, which a segmenter makes."""

from __future__ import annotations

import dataclasses
import json
from typing import Optional

from input_pipeline import photos, storage
from input_pipeline.faces.framing import Framing
from input_pipeline.label_maps import labels
from input_pipeline.label_maps.labels import Pixels, Sample
from input_pipeline.label_maps.segmenter import Segmenter
from input_pipeline.sources.folder import Folder


@dataclasses.dataclass(frozen=True)
class Segmented:
    """Each photo as the segmenter takes it: cut out around its largest face, or the whole of it.

    Attributes:
      folder: of the photos.
      segmenter: that labels them; TensorFlow loads where it is first asked.
      split: of all of them.
    """

    folder: str
    segmenter: Segmenter
    split: str = "train"

    is_complete = False
    packages = ("tensorflow", "dlib-bin", "dlib")

    @property
    def framing(self) -> Optional[Framing]:
        """The segmenter's."""
        return self.segmenter.framing

    @property
    def splits(self) -> tuple[str, ...]:
        """The one."""
        return (self.split,)

    def items(self) -> list[str]:
        """The photos' names. Raises UserError: no such folder, or nothing in it."""
        return [json.dumps([name]) for name in Folder(self.folder).names()]

    def sample(self, item: str) -> Sample:
        """Read and label a photo.

        Raises:
          Rejected: no photo, or no face in it, where the segmenter wants one.
        """
        (name,) = json.loads(item)
        path = storage.join(self.folder, name)
        photo, ids = self.segmenter.of_photo(lambda enough: photos.read(path, enough))
        kept = Pixels(photo) if self.framing else labels.read_photo(path)
        return Sample(self.split, name, kept, ids)
