"""One state of all that a visitor has made, which undo goes back to."""

from __future__ import annotations

import dataclasses
from typing import Optional

from serving.page.labels.edits import Edit
from serving.page.labels.work import Work
from serving.scene import Reference, Scene

SEED_BYTES = 200


@dataclasses.dataclass(frozen=True, eq=False)
class Drawing:
    """A label map, and what else decides about its picture.

    Attributes:
      work: the label map.
      reference: the photo in whose style it is painted, or None.
      own: whether the label map began as that photo's.
      seed: of the picture.
      bytes: that it adds to the one before, about.
    """

    work: Work
    reference: Optional[Reference] = None
    own: bool = False
    seed: int = 0
    bytes: int = 0

    def edited(self, edit: Edit) -> Drawing:
        """With one more edit."""
        return dataclasses.replace(self, work=self.work.edited(edit), bytes=edit.bytes)

    def on(self, scene: Scene) -> Drawing:
        """With another label map."""
        return dataclasses.replace(self, work=Work(scene), own=False, bytes=scene.bytes)

    def like(self, reference: Optional[Reference]) -> Drawing:
        """In another photo's style."""
        return dataclasses.replace(self, reference=reference, own=False, bytes=_bytes(reference))

    def seeded(self, seed: int) -> Drawing:
        """Of another seed."""
        return dataclasses.replace(self, seed=seed, bytes=SEED_BYTES)


def begun(scene: Scene, reference: Optional[Reference] = None, seed: int = 0) -> Drawing:
    """With a label map, and perhaps the photo that it is of."""
    size = scene.bytes + _bytes(reference)
    return Drawing(Work(scene), reference, reference is not None, seed, size)


def _bytes(reference: Optional[Reference]) -> int:
    return sum(each.nbytes for each in reference or ())
