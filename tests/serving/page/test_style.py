"""The stylesheets, which are no code but have promises to keep."""

import configparser
import re
import xml.etree.ElementTree as ElementTree

import pytest

from serving.page.shell import STYLE
from serving.page.studio_page import ICON

SHEETS = sorted(STYLE.parent.rglob("*.css"))
ROOTS = re.findall(r":root \{(.*?)\}", STYLE.read_text(), re.DOTALL)
LIGHT, DARK = (dict(re.findall(r"--([a-z]+): (#[0-9a-f]+)", root)) for root in ROOTS)


@pytest.mark.parametrize("path", SHEETS, ids=lambda path: str(path.relative_to(STYLE.parent)))
def test_nothing_is_fetched_from_anywhere_and_every_colour_has_a_name(path):
    text = path.read_text()
    assert "url(" not in text and "//" not in text and "@import" not in text
    assert {*re.findall(r"var\(--([a-z]+)\)", text)} <= {*LIGHT}


def test_the_icon_is_sound_and_fetches_nothing():
    assert ElementTree.fromstring(ICON.read_text()).tag.endswith("svg")
    assert {*re.findall(r"https?://[^\"]+", ICON.read_text())} == {"http://www.w3.org/2000/svg"}


def test_what_stands_beside_the_code_is_installed_with_it():
    root, setup = STYLE.parents[2], configparser.ConfigParser()
    setup.read(root / "setup.cfg")
    kinds = {path.suffix for path in STYLE.parent.rglob("*.*") if "__pycache__" not in path.parts}
    shipped = setup["options.package_data"]["*"].split("\n")
    assert kinds - {".py"} <= {line.lstrip("*") for line in shipped}


def ratio(one, other):
    """WCAG 2's contrast of two colours."""
    levels = []
    for colour in (one, other):
        digits = colour[1:] if len(colour) == 7 else "".join(2 * digit for digit in colour[1:])
        parts = [int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4)]
        linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        levels.append(sum(w * p for w, p in zip((0.2126, 0.7152, 0.0722), linear)) + 0.05)
    return max(levels) / min(levels)


def test_light_and_dark_have_the_same_colours_and_everything_can_be_read():
    assert [*LIGHT] == [*DARK]
    for colours in (LIGHT, DARK):
        for ground in ("paper", "card"):
            for ink in ("ink", "soft", "accent", "bad"):
                assert ratio(colours[ink], colours[ground]) >= 4.5, (ink, ground)
