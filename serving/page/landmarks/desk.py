"""The whole desk: a drawing that begins with something, is changed by hand and sliders, painted."""

from __future__ import annotations

import pathlib

from serving.page.help import add_help
from serving.page.landmarks.blend import Blend
from serving.page.landmarks.canvas import Canvas
from serving.page.landmarks.easel import Easel
from serving.page.landmarks.exchange import Files
from serving.page.landmarks.portrait import Portrait
from serving.page.landmarks.sliders import Sliders
from serving.page.landmarks.start import Start
from serving.page.landmarks.state import State
from serving.page.landmarks.tools import Tools
from serving.page.landmarks.variations import Faces
from serving.page.section import section
from serving.page.voice import Voice
from serving.studio import Studio

STYLE = pathlib.Path(__file__).with_name("style.css")
OTHERWISE = "In this model's pictures faces lie otherwise: begin anew, with a photo or an example"
ABOUT = """<p>White squares are the mask: what the network is given. It paints a face along them; \
which face it is, its number says. The same mask and number always give the same picture.</p>
<p>A slider changes nothing at 0. Its number counts standard deviations, σ, of the faces that the
model learnt from.</p>"""
KEYS = """<dt>On the drawing, with Move</dt><dd><kbd>N</kbd> or <kbd>]</kbd> next landmark, \
<kbd>P</kbd> or <kbd>[</kbd> the one before; arrow keys move it by a pixel of the mask, with \
<kbd>Shift</kbd> by five</dd>"""


class LandmarksDesk:
    """One visitor's. Its drawing outlives its parts, which are built anew when it opens again."""

    title = "Draw a face, and it is painted"

    def __init__(self, studio: Studio, model: str, voice: Voice) -> None:
        self.state, self.voice, self.style = State(studio, model), voice, STYLE.read_text()

    def build(self) -> None:
        state, voice = self.state, self.voice
        state.listeners.clear()
        with section("start", "Begin with"):
            self._start = Start(state, voice)
        with section("drawing", "Drawing"):
            Canvas(state, Tools(state, voice), voice)
        with section("painted", "Your face"):
            portrait = Portrait(state)
        with section("changes", "Change the drawing"):
            self._sliders = Sliders(state, voice)
        with section("faces", "Other faces along the same lines"):
            faces = Faces(state, voice)
        with section("blend", "From one face to another"):
            blend = Blend(state, voice)
        with section("files", "Files"):
            Files(state, portrait, voice)
        add_help(ABOUT, KEYS)
        self._latest = Easel(state, portrait, faces, blend, voice).latest

    def choose(self, model: str) -> None:
        if model == self.state.model:
            return
        framing = self.state.version.framing
        self.state.choose(model)
        self._start.build()
        self._sliders.build()
        if self.state.version.framing is not framing and self.state.now.landmarks is not None:
            self.voice.say(OTHERWISE)

    def paint(self) -> None:
        self._latest.ask()

    def stop(self) -> None:
        self._latest.stop()
