"""How soon the picture follows the hand on the page, in Chromium, beside the model alone.

    python -m benchmarks.page_speed

A dab of the brush is timed from the pointer's press, a stroke of 5 to 25 places from its last one,
until the browser has loaded the picture of it; the model's own time from calls in this process, in
turns with them while the server rests.
"""

from __future__ import annotations

import contextlib
import dataclasses
import random
import shutil
import statistics
import time
from collections.abc import Iterator
from typing import Any

import numpy as np

from benchmarks.full_size import machine
from benchmarks.serving_speed import serving
from interface import command_line
from interface.command_line import UserError, setting

WARM = 5  # dabs before anything is measured
FRAME = 0.02  # seconds between two places of a stroke
PLACES = 5, 25  # of a stroke; of one length all would end at the same point of a cycle
FLAGS = ("--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking")
# When the pointer was last put somewhere, and when a picture was there last.
WATCH = """() => {
  const picture = document.querySelector('.frame img'), sheet = document.querySelector('.sheet');
  for (const kind of ['pointerdown', 'pointermove'])
    sheet.addEventListener(kind, ({buttons}) => {
      if (buttons) window.placed = performance.now();
    }, true);
  picture.addEventListener('load', () => { window.loaded = performance.now(); });
}"""


@dataclasses.dataclass(frozen=True)
class Options:
    """Measures how soon the picture follows the hand; prints a Markdown table."""

    model: tuple[str, ...] = setting(
        "DIRs of SavedModels that paint label maps", ("models/painted", "models/edited")
    )
    dabs: int = setting("of each model", 40, at_least=4)
    chromium: str = setting("the browser; the one that is installed", "")


def main(argv: list[str]) -> None:
    """Run as the flags say; `--help` lists them."""
    options = command_line.read(Options, argv)
    browser = options.chromium or shutil.which("chromium")
    if not browser:
        raise UserError("no chromium found; install it (make browser does), or give --chromium")
    from serving import models

    print(f"{machine()}:\n")
    print("| model | alone: ms | a dab: ms (p50) | a stroke: ms (p50, p90) | wanted of p50 |")
    print("|" + "---|" * 5)
    for version in models.Models(models.named(options.model)):
        alone, dabs, strokes = measured(version, browser, options.dabs)
        own, dab, stroke = (1000 * statistics.median(each) for each in (alone, dabs, strokes))
        late = 1000 * float(np.quantile(strokes, 0.9))
        wanted = f"≤ 1.5 × + 50 ms = {1.5 * own + 50:.0f}"
        print(
            f"| {version.name} | {own:.1f} | {dab:.0f} | {stroke:.0f}, {late:.0f} | {wanted} |",
            flush=True,
        )


def measured(version: Any, browser: str, count: int) -> tuple[list[float], ...]:
    """Seconds of calls of the model alone, of dabs and of strokes."""
    alone: list[float] = []
    dabs: list[float] = []
    strokes: list[float] = []
    call = _call(version)
    folder = str(version.model.folder.parent)
    with serving(folder, page=True) as address, visiting(address, browser) as hand:
        for _ in range(WARM):
            hand.dab()
        for _ in range(count):
            start = time.perf_counter()
            call()
            alone.append(time.perf_counter() - start)
            dabs.append(hand.dab())
            strokes.append(hand.stroke())
    return alone, dabs, strokes


def _call(version: Any) -> Any:
    """The model with its first example's label map, as the page calls it."""
    from serving import label_painter
    from serving.scene import Scene

    known = version.examples[0] if version.examples else None
    blank = Scene(np.zeros(version.model.usual_size, np.uint8))
    signature, rows = label_painter.asked(
        version.model,
        version.known_styles,
        known.scene if known else blank,
        [0],
        known.reference if known else None,
    )
    signature.call(**rows)
    return lambda: signature.call(**rows)


class Hand:
    """A pointer on the page's label map.

    Args:
      page: Playwright's.
    """

    def __init__(self, page: Any) -> None:
        self.page, self._turn, self._random = page, 0, random.Random(0)
        page.wait_for_function("document.querySelector('.frame img')?.naturalWidth > 0")
        page.evaluate(WATCH)
        page.get_by_role("radio").last.check()  # it is changed by each of them
        box = page.locator(".sheet").bounding_box()
        self._box = box["x"], box["y"], box["width"], box["height"]
        self._rests()

    def dab(self) -> float:
        """Seconds from a press of the pointer until its picture is there."""
        self._move(0.0)
        self.page.mouse.down()
        self.page.mouse.up()
        return self._seconds()

    def stroke(self) -> float:
        """Seconds from the last place of a stroke until its picture is there."""
        self._move(0.0)
        self.page.mouse.down()
        places = self._random.randint(*PLACES)
        for place in range(places):
            self._move((place + 1) / places / 4)
            time.sleep(FRAME)
        self._move(0.3)
        self.page.mouse.up()
        return self._seconds()

    def _move(self, along: float) -> None:
        x, y, width, height = self._box
        self._turn += not along  # each begins elsewhere, so that the picture always changes
        row = 0.1 + 0.8 * (self._turn * 0.618 % 1)
        self.page.mouse.move(x + (0.15 + along) * width, y + row * height)

    def _seconds(self) -> float:
        """Then all is undone, so that the next one changes something."""
        self._rests()
        seconds = float(self.page.evaluate("(window.loaded - window.placed) / 1000"))
        self.page.keyboard.press("Control+z")
        self._rests()
        return seconds

    def _rests(self) -> None:
        """Until all is painted."""
        self.page.wait_for_timeout(100)
        self.page.wait_for_function(
            "document.querySelector('.portrait').getAttribute('aria-busy') === 'false'"
        )
        self.page.wait_for_timeout(50)


@contextlib.contextmanager
def visiting(address: str, browser: str) -> Iterator[Hand]:
    """A hand on the page at an address."""
    from playwright import sync_api

    with sync_api.sync_playwright() as started:
        chromium = started.chromium.launch(executable_path=browser, args=[*FLAGS])
        page = chromium.new_page(viewport={"width": 1280, "height": 900})
        page.goto(address)
        yield Hand(page)
        chromium.close()


if __name__ == "__main__":
    command_line.run(main)
