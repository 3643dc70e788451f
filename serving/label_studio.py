"""What people ask the served models for where label maps are meant: of photos, or to be painted."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Optional

import numpy as np

from input_pipeline import photos
from input_pipeline.faces.landmarks import INSTALLED, Detector
from input_pipeline.label_maps import segmenter
from input_pipeline.label_maps.segmenter import Segmenter
from serving import label_painter, reference_painter
from serving.about import INPUT, About
from serving.asked import labels as asked_labels
from serving.asked import photos as asked_photos
from serving.batching import Batcher
from serving.hands import Hands
from serving.limits import Limits
from serving.models import Models, Version
from serving.scene import Reference, Scene
from serving.signatures import DEFAULT


class LabelStudio:
    """The models that paint label maps, and those that tell them.

    Args:
      models: what is served.
      batcher: calls them.
      limits: of a request.
      hands: do the rest.
      detector: finds faces.
    """

    def __init__(
        self,
        models: Models,
        batcher: Batcher,
        limits: Limits,
        hands: Hands,
        detector: Detector = INSTALLED,
    ) -> None:
        self.models, self.batcher, self.limits = models, batcher, limits
        self._hands, self._detector = hands, detector

    async def label_map(
        self, version: Version, content: bytes, side: int = 0
    ) -> tuple[np.ndarray, np.ndarray]:
        """A photo file: what of it a segmenter labels, uint8 [H, W, 3], and its ids, uint8 [H, W].

        Args:
          side: of a face that is cut out; 0 = as the segmenter learnt from.

        Raises:
          UserError: no picture, too large, or no face in it where the segmenter wants one.
          Full: too many photos are waiting.
        """
        known = version.segmenter
        photo, seen = await self._hands.find(self._ask, known, content, side)
        inputs = {"photo": seen[None]}
        self.limits.check(inputs)
        outputs = await self.batcher.run(version.signatures[DEFAULT], **inputs)
        return photo, segmenter.scaled_ids(outputs["labels"][0], photo.shape[:2])

    async def scene(
        self, about: About, content: bytes, instances: Optional[bytes] = None, scaled: bool = False
    ) -> Scene:
        """The scene of a label map's file.

        Args:
          about: a model that paints label maps.
          instances: the file of its map of instances, where the model wants one.
          scaled: to the nearest size that the model paints, or else other sizes are refused.

        Raises:
          UserError: no label map of the model's classes, or of a size that it does not paint;
            instances that do not go with it.
        """
        return await self._hands.draw(self._scene, about, content, instances, scaled)

    async def with_instances(self, scene: Scene, content: bytes) -> Scene:
        """With a file of instances, which tell objects apart. Raises UserError: see `scene`."""

        def read() -> Scene:
            numbers = asked_labels.instances_of_content(
                content, "instances", scene.label, self.limits.pixels
            )
            return Scene(scene.label, numbers)

        return await self._hands.draw(read)

    async def painted(
        self,
        version: Version,
        scene: Scene,
        seeds: Sequence[int],
        reference: Optional[Reference] = None,
    ) -> np.ndarray:
        """A scene painted, once for each seed: uint8 [N, H, W, 3].

        Args:
          seeds: one of them, which is not looked at, where a model knows none.
          reference: a photo in whose style it is painted, where the model can.

        Raises:
          UserError: the model wants something else, or does not have a style that is chosen.
          Full: too many are waiting.
        """
        asked = functools.partial(label_painter.asked, version.model, version.known_styles)
        signature, inputs = await self._hands.draw(asked, scene, seeds, reference)
        self.limits.check(inputs)
        outputs = await self.batcher.run(signature, **inputs)
        return outputs["image"]

    async def reference(
        self, version: Version, photo: bytes, labels: Optional[bytes] = None
    ) -> Reference:
        """A photo's file, with its label map, as a model wants them.

        Args:
          labels: the file of the photo's own label map; else a segmenter that is served makes it.

        Raises:
          UserError: one can't be used, or nobody is there to make a label map of the photo.
          Full: too many photos are waiting.
        """
        if labels is not None:
            return await self._hands.draw(self._labelled, version.about, photo, labels)
        side, looks = min(version.model.usual_size), self.models.labelling(version.about)
        cut, ids = await self.label_map(looks, photo, side)
        return reference_painter.sized(Reference(cut, ids), version.model)

    def _ask(self, known: Segmenter, content: bytes, side: int) -> tuple[np.ndarray, np.ndarray]:
        read = functools.partial(photos.decode, content, limit=self.limits.pixels)
        return asked_photos.of_photo(read, "photo", known, self._detector, side)

    def _scene(
        self, about: About, content: bytes, instances: Optional[bytes], scaled: bool
    ) -> Scene:
        limit = self.limits.pixels
        ids = asked_labels.of_content(content, INPUT["labels"], about, limit, any_size=scaled)
        numbers = None
        if instances is not None:
            numbers = asked_labels.instances_of_content(instances, "instances", ids, limit)
        return asked_labels.fitted(Scene(ids, numbers), about) if scaled else Scene(ids, numbers)

    def _labelled(self, about: About, photo: bytes, labels: bytes) -> Reference:
        limit = self.limits.pixels
        ids = asked_labels.of_content(labels, "photo_labels", about, limit)
        read = functools.partial(photos.decode, photo, limit=limit)
        return Reference(asked_photos.of_shape(read, ids.shape, "photo", "photo_labels"), ids)
