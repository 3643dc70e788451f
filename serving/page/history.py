"""What a visitor makes, whatever that is, and what it was before."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")

MOST = 201  # values, as long as each is as large as any other


class History(Generic[T]):
    """A value that is exchanged for others, each of which stays as it is.

    Args:
      value: at first.
      changed: called after each change.
      size: of a value; most: of the values that can be gone back to, together with the newest.

    Attributes:
      now: the value, perhaps in the middle of a change.
    """

    def __init__(
        self,
        value: T,
        changed: Callable[[], None],
        size: Callable[[T], int] = lambda value: 1,
        most: int = MOST,
    ) -> None:
        self.now = value
        self._kept, self._at, self._changed = [value], 0, changed
        self._size, self._most = size, most

    @property
    def settled(self) -> bool:
        """Whether no change is under way."""
        return self.now is self._kept[self._at]

    def change(self, value: T) -> None:
        """Show another value; it becomes a step when it is kept."""
        self.now = value
        self._changed()

    def keep(self) -> None:
        """End of a drag or the like: a step, if anything changed; what was undone is gone."""
        if not self.settled:
            self._keep()
            self._changed()

    def put(self, value: T) -> None:
        """Another value, in one step."""
        self._keep()
        self.now = value
        self._keep()
        self._changed()

    @property
    def kept(self) -> tuple[list[T], int]:
        """All values that can be gone to, and which of them is the present one."""
        return [*self._kept], self._at

    def restore(self, kept: list[T], at: int) -> None:
        """Have such values instead."""
        self._kept, self._at = [*kept], at
        self.now = kept[at]
        self._changed()

    def can_go(self, by: int) -> bool:
        """Whether there is a step to go back (-1) or forward (1) to."""
        return 0 <= self._at + by < len(self._kept)

    def go(self, by: int) -> bool:
        """Undo (-1) or redo (1); tells whether there was something to."""
        self._keep()
        goes = self.can_go(by)
        if goes:
            self._at += by
            self.now = self._kept[self._at]
        self._changed()
        return goes

    def _keep(self) -> None:
        if self.settled:
            return
        self._kept[self._at + 1 :] = [self.now]
        sizes = [*itertools.accumulate(map(self._size, reversed(self._kept)))]
        room = max(1, sum(size <= self._most for size in sizes))
        del self._kept[:-room]
        self._at = len(self._kept) - 1
