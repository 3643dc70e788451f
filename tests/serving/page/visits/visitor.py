"""What a person sees of the page and does to it."""

import base64
import contextlib
import io
import pathlib
import re

import numpy as np
from PIL import Image
from playwright import sync_api as playwright

expect = playwright.expect

DESKTOP = {"viewport": {"width": 1280, "height": 900}}
PHONE = {"viewport": {"width": 360, "height": 740}}
TOUCH = {**PHONE, "has_touch": True, "is_mobile": True}


class Visitor:
    def __init__(self, page):
        self.page = page
        self.portrait = page.locator("figure.portrait")
        self.canvas = page.get_by_role("application")
        self.said = page.get_by_role("status")

    def button(self, name):
        return self.page.get_by_role("button", name=name, exact=True)

    def slider(self, name):
        return self.page.get_by_role("slider", name=name)

    def has_begun(self):
        """Wait for the first faces."""
        expect(self.portrait).to_have_attribute("data-painted", "1", timeout=20_000)

    @contextlib.contextmanager
    def painting(self):
        """Wait until everything is painted that what is done inside asks for."""
        before = self.portrait.get_attribute("data-painted") or "0"
        yield
        expect(self.portrait).not_to_have_attribute("data-painted", before, timeout=20_000)
        expect(self.portrait).to_have_attribute("aria-busy", "false")

    def click(self, name):
        """Something that has all be painted anew."""
        with self.painting():
            self.button(name).click()

    def press(self, keys):
        """Likewise."""
        with self.painting():
            self.page.keyboard.press(keys)

    def drag(self, *places):
        """Likewise, with the mouse."""
        with self.painting():
            mouse = self.page.mouse
            mouse.move(*self.at(places[0]))
            mouse.down()
            for place in places[1:]:
                mouse.move(*self.at(place), steps=5)
            mouse.up()

    def choose(self, model):
        self.page.get_by_role("combobox", name="Model").click()
        self.page.get_by_role("option", name=model).click()

    def tab_to(self, name):
        """Press Tab until something of this name has the focus; once around is enough."""
        for _ in range(120):
            self.page.keyboard.press("Tab")
            label = self.page.evaluate("document.activeElement.getAttribute('aria-label') || ''")
            if label.startswith(name):
                return
        raise AssertionError(f"Tab does not come to {name}")

    def mask(self):
        """What the canvas shows: bool [64, 64]."""
        return pixels(self.canvas.locator("img")) > 0

    def own(self):
        """The large picture: [64, 64, 3]."""
        return pixels(self.page.get_by_alt_text("Your face"))

    def others(self):
        """The eight: [8, 64, 64, 3]."""
        tiles = self.page.locator(".tile img")
        expect(tiles).to_have_count(8)
        return np.array([pixels(tile) for tile in tiles.all()])

    def at(self, place):
        """A place of the canvas, in sides of it, in the window's pixels."""
        self.canvas.scroll_into_view_if_needed()
        box = self.canvas.bounding_box()
        return box["x"] + place[0] * box["width"], box["y"] + place[1] * box["height"]

    def download(self, name):
        with self.page.expect_download() as download:
            self.button(name).click()
        return pathlib.Path(download.value.path()), download.value.suggested_filename

    def open(self, button, *path, **content):
        with self.page.expect_file_chooser() as chooser:
            self.button(button).click()
        chooser.value.set_files(*path or [content])

    def is_refused(self, text):
        expect(self.said).to_contain_text(text)
        expect(self.said).to_have_class(re.compile("complaint"))


class LabelVisitor(Visitor):
    """At the desk for label maps."""

    def map(self):
        """The ids of what the canvas shows: [H, W]."""
        return pixels(self.page.locator("img.map"))

    def picture(self):
        """What is painted: [H, W, 3]."""
        return pixels(self.page.get_by_alt_text("Your picture"))

    def use(self, tool, *places):
        """Choose a tool, then drag it through these places, or click the only one."""
        self.button(tool).click()
        self.drag(*places)

    def tap(self, place):
        """A click that changes no picture."""
        self.page.mouse.click(*self.at(place))

    def classed(self, name):
        """Paint with this class."""
        self.page.get_by_role("radio", name=name, exact=True).check()


def pixels(picture):
    """Of a picture inside its own address."""
    content = base64.b64decode(picture.get_attribute("src").partition("base64,")[2])
    return np.asarray(Image.open(io.BytesIO(content)))


def same(picture, other):
    """Alone or among eight: a half may be rounded either way."""
    return np.abs(picture.astype(int) - other).max() <= 1
