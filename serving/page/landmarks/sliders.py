"""A slider for each way in which the faces of a model's data differ."""

from __future__ import annotations

from nicegui import ui

from serving.page.landmarks.state import State
from serving.page.slider import Slider
from serving.page.voice import Voice

FARTHEST = 3.0  # standard deviations
LABELS = {
    "turn": "Turned: left – right",
    "nod": "Looks: down – up",
    "tilt": "Tilted: left – right",
    "smile": "Smile",
    "mouth_open": "Mouth open",
    "eyes": "Eyes open",
    "brows": "Brows raised",
    "width": "Width of the face",
    "chin": "Length of the chin",
    "nose": "Length of the nose",
}
NO_SHAPES = (
    "This model came without the shapes of its faces, so there are no sliders and no examples. "
    "Begin with a photo, or draw."
)
NO_LANDMARKS = (
    "Sliders move landmarks, and this drawing has none. Begin with a photo or an example."
)


class Sliders:
    """Those of the model; hidden where there are no landmarks that they could change."""

    def __init__(self, state: State, voice: Voice) -> None:
        self.state, self.voice = state, voice
        self._sliders: dict[str, Slider] = {}
        self._why_not = ui.label().classes("hint")
        self._box = ui.element("div").classes("sliders")
        self._resetter = ui.button("Reset sliders", icon="restart_alt", on_click=self._reset)
        self._resetter.props("outline no-caps")
        self.build()
        state.listeners.append(self.show)

    def build(self) -> None:
        """Anew, for another model."""
        self._box.clear()
        names = self.state.shapes.names if self.state.shapes else ()
        with self._box:
            self._sliders = {name: self._slider(name) for name in names}
        self.show()

    def show(self) -> None:
        """Where the drawing has them."""
        usable = self.state.now.landmarks is not None and bool(self._sliders)
        self._why_not.text = NO_LANDMARKS if self._sliders else NO_SHAPES
        self._why_not.set_visibility(not usable)
        self._box.set_visibility(usable)
        self._resetter.set_visibility(usable)
        for name, slider in self._sliders.items():
            slider.show(self.state.now.sliders.get(name, 0.0))

    def _reset(self) -> None:
        """All at 0, in one step; what was dragged stays."""
        drawing, shapes = self.state.now, self.state.shapes
        if shapes is None:
            return
        for name in shapes.names:
            drawing = drawing.slid(name, 0.0, shapes)
        self.state.history.put(drawing)
        self.voice.say("All sliders are at 0")

    def _slider(self, name: str) -> Slider:
        label = LABELS.get(name, name.replace("_", " ").capitalize())

        def slide(value: float) -> None:
            shapes = self.state.shapes
            if shapes is not None and name in shapes.names:  # else a new version has others
                self.state.history.change(self.state.now.slid(name, value, shapes))

        def release() -> None:
            self.voice.say(f"{label}: {self.state.now.sliders.get(name, 0.0):g}")
            self.state.history.keep()

        return Slider(label, -FARTHEST, FARTHEST, 0.1, 0.0, slide, release, "{:+.1f} σ")
