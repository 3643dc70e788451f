"""What people ask the served models for: a mask from what they bring, faces from a mask."""

from __future__ import annotations

import asyncio
import functools
import io
import zipfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Optional

import numpy as np

from input_pipeline import photos
from input_pipeline.faces.landmarks import INSTALLED, Detector
from input_pipeline.label_maps import segmenter
from input_pipeline.label_maps.segmenter import Segmenter
from interface import pictures
from interface.command_line import UserError
from serving import label_painter, painter, reference_painter
from serving.about import About
from serving.asked import labels as asked_labels
from serving.asked import landmarks
from serving.asked import photos as asked_photos
from serving.asked.landmarks import Asked
from serving.batching import Batcher, Full
from serving.editing import Scene
from serving.limits import Limits
from serving.models import Models, Version
from serving.signatures import DEFAULT

PHOTOS_WAITING = 16  # more are refused: a photo takes a core for a tenth of a second and more


class Studio:
    """The models, the batcher in front of them, and who looks for faces.

    Args:
      models: what is served.
      batcher: calls them.
      limits: of a request.
      detector: finds them.
    """

    def __init__(
        self,
        models: Models,
        batcher: Batcher,
        limits: Limits,
        detector: Detector = INSTALLED,
    ) -> None:
        self.models, self.batcher, self.limits = models, batcher, limits
        self._detector = detector
        self._drawers = ThreadPoolExecutor(2, "pictures")
        self._finders = ThreadPoolExecutor(1, "faces")  # dlib takes all of a core
        self._finding = 0

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
        return await self._finding_faces(self._find, version, content)

    async def of_picture(self, version: Version, content: bytes) -> Asked:
        """A picture of white lines on black: its mask.

        Raises:
          UserError: no picture, or of another size.
        """
        return await self._in(self._drawers, self._draw, version, content)

    async def of_landmarks(self, version: Version, points: Any) -> Asked:
        """Landmarks as JSON gives them: 68 pairs [x, y], from 0 to 1 across the picture.

        Raises:
          UserError: anything else.
        """
        parsed = landmarks.parsed(points, "landmarks")
        return landmarks.of_landmarks(parsed, version.resolution, version.drawn_at)

    async def label_map(self, version: Version, content: bytes) -> tuple[np.ndarray, np.ndarray]:
        """A photo file: what of it a segmenter labels, uint8 [H, W, 3], and its ids, uint8 [H, W].

        Raises:
          UserError: no picture, too large, or no face in it where the segmenter wants one.
          Full: too many photos are waiting.
        """
        known = version.segmenter
        photo, seen = await self._finding_faces(self._ask, known, content)
        inputs = {"photo": seen[None]}
        self.limits.check(inputs)
        outputs = await self.batcher.run(version.signatures[DEFAULT], **inputs)
        return photo, segmenter.scaled_ids(outputs["labels"][0], photo.shape[:2])

    async def painted(
        self,
        version: Version,
        content: bytes,
        seeds: Sequence[int],
        instances: Optional[bytes] = None,
    ) -> np.ndarray:
        """A label map's file painted, once for each seed: uint8 [N, H, W, 3].

        Args:
          seeds: one of them, which is not looked at, where a model knows none.
          instances: the file of its map of instances, where the model wants one.

        Raises:
          UserError: no label map of the model's classes, or of a size that it does not paint; no
            instances that go with it.
          Full: too many are waiting.
        """
        signature, about = version.painter
        scene = await self._in(self._drawers, self._scene, about, content, instances)
        inputs = label_painter.inputs(signature, scene, len(seeds))
        if label_painter.SEED in signature.inputs:
            inputs[label_painter.SEED] = np.array(seeds, np.int64)
        self.limits.check(inputs)
        outputs = await self.batcher.run(signature, **inputs)
        return outputs["image"]

    async def edited(
        self,
        version: Version,
        photo: bytes,
        photo_labels: Optional[bytes] = None,
        content: Optional[bytes] = None,
    ) -> np.ndarray:
        """A label map's file painted in the style of a photo's: uint8 [1, H, W, 3].

        Args:
          photo_labels: the file of the photo's own label map; else a segmenter that is served makes
            it.
          content: of what is painted; None = the photo's own label map.

        Raises:
          UserError: one can't be used, or nobody is there to make a label map of the photo.
          Full: too many are waiting.
        """
        brought = await self._style(version, photo, photo_labels)
        label = brought[1]
        if content is not None:
            scene = await self._in(self._drawers, self._scene, version.model.about, content, None)
            label = scene.label
        inputs = reference_painter.inputs(label, *brought)
        self.limits.check(inputs)
        outputs = await self.batcher.run(version.signatures[DEFAULT], **inputs)
        return outputs["image"]

    async def _style(
        self, version: Version, photo: bytes, labels: Optional[bytes]
    ) -> tuple[np.ndarray, np.ndarray]:
        """A photo, uint8 [H, W, 3], and its label map, uint8 [H, W], as a model wants them."""
        about, limit = version.model.about, self.limits.pixels
        if labels is not None:
            read = functools.partial(photos.decode, photo, limit=limit)

            def both() -> tuple[np.ndarray, np.ndarray]:
                ids = asked_labels.of_content(labels, "photo_labels", about, limit)
                return asked_photos.of_shape(read, ids.shape, "photo", "photo_labels"), ids

            return await self._in(self._drawers, both)
        cut, ids = await self.label_map(self.models.labelling(about), photo)
        return reference_painter.sized(cut, ids, version.model)

    async def encoded(self, images: np.ndarray, names: Sequence[str]) -> bytes:
        """Images uint8 [N, H, H, 3] → a PNG file, or a zip of N with these names."""
        return await self._in(self._drawers, _encoded, images, names)

    async def _finding_faces(self, work: Any, *args: Any) -> Any:
        if self._finding >= PHOTOS_WAITING:
            raise Full(2)
        self._finding += 1
        try:
            return await self._in(self._finders, work, *args)
        finally:
            self._finding -= 1

    def _ask(self, known: Segmenter, content: bytes) -> tuple[np.ndarray, np.ndarray]:
        read = functools.partial(photos.decode, content, limit=self.limits.pixels)
        return asked_photos.of_photo(read, "photo", known, self._detector)

    def _scene(self, about: About, content: bytes, instances: Optional[bytes]) -> Scene:
        limit = self.limits.pixels
        ids = asked_labels.of_content(content, "labels", about, limit)
        if instances is None:
            return Scene(ids)
        numbers = asked_labels.instances_of_content(instances, "instances", ids, limit)
        return Scene(ids, numbers)

    def _find(self, version: Version, content: bytes) -> Asked:
        read = functools.partial(photos.decode, content, limit=self.limits.pixels)
        side, drawn_at, framing = version.resolution, version.drawn_at, version.framing
        return landmarks.of_photo(read, "photo", side, drawn_at, framing, self._detector)

    def _draw(self, version: Version, content: bytes) -> Asked:
        try:
            picture, _ = photos.decode(content, limit=self.limits.pixels)
        except photos.Rejected as error:
            raise UserError(f"mask: {error}") from None
        return landmarks.of_picture(picture, "mask", version.resolution)

    @staticmethod
    async def _in(pool: ThreadPoolExecutor, work: Any, *args: Any) -> Any:
        return await asyncio.get_running_loop().run_in_executor(pool, work, *args)


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
