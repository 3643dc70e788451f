import re
import xml.etree.ElementTree as ElementTree

from serving.page import style


def test_nothing_is_fetched_from_anywhere():
    for text in (style.CSS, style.HELP):
        assert "url(" not in text and "//" not in text and "@import" not in text
    assert {*re.findall(r"https?://[^\"]+", style.ICON)} == {"http://www.w3.org/2000/svg"}


def test_the_icon_and_the_help_are_sound():
    assert ElementTree.fromstring(style.ICON).tag.endswith("svg")
    help_ = ElementTree.fromstring(f"<details>{style.HELP}</details>")
    assert [child.tag for child in help_][0] == "summary"
    assert help_.find("dl").attrib["id"] == "keys"  # which describes the canvas


def test_light_and_dark_have_the_same_colours():
    root, dark = re.findall(r":root \{(.*?)\}", style.CSS, re.DOTALL)
    names = [re.findall(r"--[a-z]+", each) for each in (root, dark)]
    assert names[0] == names[1]


def ratio(one, other):
    """WCAG 2's contrast of two colours."""
    levels = []
    for colour in (one, other):
        digits = colour[1:] if len(colour) == 7 else "".join(2 * digit for digit in colour[1:])
        parts = [int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4)]
        linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        levels.append(sum(w * p for w, p in zip((0.2126, 0.7152, 0.0722), linear)) + 0.05)
    return max(levels) / min(levels)


def test_everything_can_be_read():
    for scheme in re.findall(r":root \{(.*?)\}", style.CSS, re.DOTALL):
        colours = dict(re.findall(r"--([a-z]+): (#[0-9a-f]+)", scheme))
        for ground in ("paper", "card"):
            for ink in ("ink", "soft", "accent", "bad"):
                assert ratio(colours[ink], colours[ground]) >= 4.5, (ink, ground)
