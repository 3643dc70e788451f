"""What people ask the served models for: a mask from what they bring, faces from a mask."""

from __future__ import annotations

import functools
import io
import zipfile
from collections.abc import Sequence
from typing import Any

import numpy as np

from input_pipeline import photos
from input_pipeline.faces.landmarks import INSTALLED, Detector
from interface import pictures
from serving import painter
from serving.asked import landmarks
from serving.asked.landmarks import Asked
from serving.batching import Batcher
from serving.hands import Hands
from serving.label_studio import LabelStudio
from serving.limits import Limits
from serving.models import Models, Version
from serving.signatures import DEFAULT


class Studio:
    """The models, the batcher in front of them, and who looks for faces.

    Args:
      models: what is served.
      batcher: calls them.
      limits: of a request.
      detector: finds them.

    Attributes:
      labels: what people ask for where label maps are meant.
    """

    def __init__(
        self,
        models: Models,
        batcher: Batcher,
        limits: Limits,
        detector: Detector = INSTALLED,
    ) -> None:
        self.models, self.batcher, self.limits = models, batcher, limits
        self._detector, self._hands = detector, Hands()
        self.labels = LabelStudio(models, batcher, limits, self._hands, detector)

    async def faces(self, version: Version, mask: np.ndarray, seeds: Sequence[int]) -> np.ndarray:
        """A face for each seed.

        Args:
          mask: bool [H, H].
          seeds: from 0 to `cast.LARGEST_SEED`.

        Returns:
          uint8 [N, H, H, 3].

        Raises:
          Full: too many are waiting.
        """
        outputs = await self.batcher.run(
            version.signatures["sample"],
            mask=_rows(mask, len(seeds)),
            seed=np.array(seeds, np.int64),
        )
        return outputs["image"]

    async def between(
        self, version: Version, mask: np.ndarray, seeds: tuple[int, int], steps: int
    ) -> np.ndarray:
        """From one seed's face to another's, both included: uint8 [steps, H, H, 3]."""
        first, last = painter.latents_of(seeds, version.face.latent_size)
        latents = painter.arc(first[None], last[None], steps)[0]
        outputs = await self.batcher.run(
            version.signatures[DEFAULT], mask=_rows(mask, steps), latent=latents
        )
        return outputs["image"]

    async def of_photo(self, version: Version, content: bytes) -> Asked:
        """The largest face of a photo file: its crop, landmarks and mask.

        Raises:
          UserError: no picture, too large, or no face in it.
          Full: too many photos are waiting.
        """
        return await self._hands.find(self._find, version, content)

    async def of_picture(self, version: Version, content: bytes) -> Asked:
        """A picture of a drawing: its mask.

        Raises:
          UserError: no picture, of another size, or no clear drawing.
        """
        return await self._hands.draw(self._draw, version, content)

    async def of_landmarks(self, version: Version, points: Any) -> Asked:
        """Landmarks as JSON gives them: 68 pairs [x, y], from 0 to 1 across the picture.

        Raises:
          UserError: anything else.
        """
        parsed = landmarks.parsed(points, "landmarks")
        return landmarks.of_landmarks(parsed, version.resolution, version.drawn_at)

    async def encoded(self, images: np.ndarray, names: Sequence[str]) -> bytes:
        """Images uint8 [N, H, H, 3] → a PNG file, or a zip of N with these names."""
        return await self._hands.draw(_encoded, images, names)

    def _find(self, version: Version, content: bytes) -> Asked:
        read = functools.partial(photos.decode, content, limit=self.limits.pixels)
        side, drawn_at, framing = version.resolution, version.drawn_at, version.framing
        return landmarks.of_photo(read, "photo", side, drawn_at, framing, self._detector)

    def _draw(self, version: Version, content: bytes) -> Asked:
        return landmarks.of_picture(content, "mask", version.resolution, self.limits.pixels)


def _encoded(images: np.ndarray, names: Sequence[str]) -> bytes:
    files = [pictures.png(image) for image in images]
    if len(files) == 1:
        return files[0]
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, file in zip(names, files):
            archive.writestr(f"{name}.png", file)
    return content.getvalue()


def _rows(mask: np.ndarray, count: int) -> np.ndarray:
    """bool [H, H] → float32 [count, H, H, 1]."""
    return np.broadcast_to(mask[None, :, :, None], [count, *mask.shape, 1]).astype(np.float32)
