"""A scene as a base and edits over it, so that a long history takes little memory."""

from __future__ import annotations

import collections
import dataclasses
from typing import Optional

from serving.page.labels.edits import Edit
from serving.scene import Scene

KEPT, KEPT_BYTES = 12, 64_000_000  # scenes at once; fewer, two at least, where they are large


@dataclasses.dataclass(frozen=True, eq=False)
class Work:
    """A base, or another work and what was done to it.

    Attributes:
      base: what the first one of all began with.
      before, edit: None in that one.
      bytes: that its edits take in memory, about.
    """

    base: Scene
    before: Optional[Work] = None
    edit: Optional[Edit] = None
    bytes: int = 0

    def edited(self, edit: Edit) -> Work:
        """With one more edit."""
        return Work(self.base, self, edit, self.bytes + edit.bytes)

    def all(self) -> list[Work]:
        """All there were, from the base on."""
        works, work = [self], self
        while work.before is not None:
            work = work.before
            works.append(work)
        return works[::-1]


class Scenes:
    """The scenes of works, of which few are kept and the others made again."""

    def __init__(self) -> None:
        self._kept: collections.OrderedDict[Work, Scene] = collections.OrderedDict()

    def of(self, work: Work) -> Scene:
        """What the edits make of the base.

        Raises:
          UserError: one of them can't be done.
        """
        ahead, scene = self._from(work)
        for left, each in reversed([*enumerate(ahead)]):
            assert each.edit is not None
            scene = each.edit.onto(scene)
            if left & (left - 1) == 0:  # 0, 1, 2, 4, 8, … edits before: steps back are short then
                self._keep(each, scene)
        return scene

    def _from(self, work: Work) -> tuple[list[Work], Scene]:
        """Works whose edits are still to be done, the last one first, and the scene before them."""
        ahead: list[Work] = []
        while work not in self._kept:
            if work.before is None:
                return ahead, work.base
            ahead.append(work)
            work = work.before
        self._kept.move_to_end(work)
        return ahead, self._kept[work]

    def _keep(self, work: Work, scene: Scene) -> None:
        self._kept[work] = scene
        room = max(2, min(KEPT, KEPT_BYTES // scene.bytes))
        while len(self._kept) > room:
            self._kept.popitem(last=False)
