"""How the picture was before, over how it is."""

from __future__ import annotations

from serving.page.frame import Frame
from serving.page.labels.state import State
from serving.page.slider import Slider


class Before:
    """A slider that lays the first picture of the label map over the present one.

    Once something is drawn it goes back: or else nothing would be seen of it.
    """

    def __init__(self, state: State, frame: Frame) -> None:
        self.state, self.frame, self._work = state, frame, state.now.work
        self._slider = Slider("Before on top, %", 0, 100, 5, 0, frame.mix)
        state.listeners.append(self.show)

    def show(self) -> None:
        """Whether something was drawn."""
        if self.state.now.work is not self._work:
            self._work = self.state.now.work
            self._slider.show(0)
            self.frame.mix(0)
