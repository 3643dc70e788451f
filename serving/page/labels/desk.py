"""The whole desk: a label map that begins with something, is painted on, and painted from."""

from __future__ import annotations

import pathlib

from serving.page.frame import Frame
from serving.page.help import add_help
from serving.page.labels.before import Before
from serving.page.labels.canvas import Canvas
from serving.page.labels.easel import Easel
from serving.page.labels.exchange import Files
from serving.page.labels.hand import Hand
from serving.page.labels.palette import Palette
from serving.page.labels.selected import Selected
from serving.page.labels.start import Start
from serving.page.labels.state import State
from serving.page.labels.styles import Styles
from serving.page.labels.tools import Tools
from serving.page.labels.variations import Variations
from serving.page.section import section
from serving.page.voice import Voice
from serving.studio import Studio

STYLE = pathlib.Path(__file__).with_name("style.css")
ABOUT = """<p>The colours are classes: what the network is given. It paints a picture in which
everything is where you painted it.</p>
<p>An object is all that hangs together of a class, or one instance where a model tells these
apart. Its style stays while you change its outline, and the outline while you choose another
style.</p>"""
KEYS = """<dt>On the label map</dt><dd><kbd>B</kbd> brush, <kbd>E</kbd> erase, <kbd>L</kbd> line,
<kbd>R</kbd> rectangle, <kbd>P</kbd> polygon, <kbd>F</kbd> fill, <kbd>I</kbd> pick, <kbd>S</kbd>
select, <kbd>H</kbd> pan; <kbd>[</kbd> <kbd>]</kbd> brush size; <kbd>+</kbd> <kbd>-</kbd>
<kbd>0</kbd> zoom, as does <kbd>Ctrl</kbd> with the wheel</dd>
<dt>Without a mouse</dt><dd>arrow keys move a cross by a pixel of the map, with <kbd>Shift</kbd> by
ten; <kbd>Enter</kbd> does what a click does there; <kbd>Space</kbd> puts the brush down, or takes
the selected object up, until it is pressed again; <kbd>Del</kbd> deletes that object,
<kbd>Esc</kbd> leaves what is begun</dd>"""


class LabelsDesk:
    """One visitor's. Its drawing outlives its parts, which are built anew when it opens again."""

    title = "Paint a label map, and it becomes a picture"

    def __init__(self, studio: Studio, model: str, voice: Voice) -> None:
        self.state, self.voice, self.style = State(studio, model), voice, STYLE.read_text()

    def build(self) -> None:
        state, voice = self.state, self.voice
        state.listeners.clear()
        with section("start", "Begin with"):
            self._start = Start(state, voice)
        with section("drawing", "Label map"):
            hand = Hand(state, Tools(state, voice), voice)
            canvas = Canvas(hand)
            Selected(hand, voice)
        with section("painted", "Picture"):
            frame = Frame("Your picture")
            Before(state, frame)
        with section("classes", "Classes"):
            Palette(state, voice)
        with section("styles", "Styles") as styled:
            styles = Styles(state, voice)
        with section("variations", "Variations") as varied:
            variations = Variations(state, voice)
        with section("files", "Files"):
            Files(state, frame, voice)
        add_help(ABOUT, KEYS)
        self._latest = Easel(state, frame, canvas, styles, variations, voice).latest
        self._optional = styled, varied
        self._show()

    def choose(self, model: str) -> None:
        if model == self.state.model:
            return
        self.state.choose(model)
        self._start.build()
        self._show()

    def paint(self) -> None:
        self._latest.ask()

    def stop(self) -> None:
        self._latest.stop()

    def _show(self) -> None:
        """The parts that the model has something for."""
        styled, varied = self._optional
        state = self.state
        has_styles = state.version.known_styles is not None or state.reference is not None
        styled.set_visibility(state.takes_photos or has_styles)
        varied.set_visibility(state.has_seeds)
