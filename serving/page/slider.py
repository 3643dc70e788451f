"""A slider of the browser's own: a finger, keys and screen readers all know it."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Optional

from nicegui import events, ui

EVERY = 0.05  # seconds between two values that are told while it is moved
# The page's copy of the value moves along, or else whatever is drawn next would put it back.
SLID = "(e) => { element.props.value = e.target.value; emit(+e.target.value); }"


class Slider:
    """A labelled slider.

    Args:
      label: that is seen and heard.
      low, high, step: of its values.
      value: at first.
      slide: told of each value within the bounds, while it is moved.
      release: called when it is let go.
      shown: how its number is written, as for str.format.
    """

    def __init__(
        self,
        label: str,
        low: float,
        high: float,
        step: float,
        value: float,
        slide: Callable[[float], None],
        release: Optional[Callable[[], None]] = None,
        shown: str = "{:g}",
    ) -> None:
        self.low, self.high, self._slide, self._shown = low, high, slide, shown
        with ui.element("div").classes("slider"):
            ui.label(label).props("aria-hidden=true")
            self._number = ui.label(shown.format(value)).classes("number").props("aria-hidden=true")
            self._input = ui.element("input").props("type=range")
        self._input.props(f'min={low} max={high} step={step} value={value} aria-label="{label}"')
        self._input.on("input", self._slid, js_handler=SLID, throttle=EVERY)
        if release is not None:
            self._input.on("change", lambda: release(), js_handler="() => emit()")

    def show(self, value: float) -> None:
        """Put it somewhere."""
        if float(self._input.props["value"]) != value:
            self._input.props["value"] = value
            self._number.text = self._shown.format(value)

    def _slid(self, event: events.GenericEventArguments) -> None:
        value = float(event.args)
        if not math.isfinite(value):
            return
        value = max(self.low, min(self.high, value))
        with self._input.props.suspend_updates():  # it has moved there already
            self._input.props["value"] = value
        self._number.text = self._shown.format(value)
        self._slide(value)
