import itertools
import re
import xml.etree.ElementTree as ET

import numpy as np
import pytest

from interface import curves, page
from interface.curves import Curve


class Drawn:
    """A chart as its reader sees it: values are read off beside the labels of the axes."""

    def __init__(self, lines, axis="images"):
        self.root = ET.fromstring(curves.chart(lines, "T", axis))
        self.svg = self.root.find("svg")
        self.logarithmic = "logarithmic" in "".join(self.root.itertext())
        labels = self.svg.findall("text")
        numbers = [(float(t.text.replace("k", "e3").replace("M", "e6")), t) for t in labels[:-1]]
        self.y_ticks = [(v, float(t.get("y")) - 4) for v, t in numbers if t.get("class")]
        self.x_ticks = [(v, float(t.get("x"))) for v, t in numbers if not t.get("class")]
        self.axis = labels[-1].text

    def curves(self):
        """[(style, dashes, values [N, 2])] of every part."""
        parts = []
        for path in self.svg.findall("path"):
            way = [tuple(map(float, p.split())) for p in path.get("d")[1:].split("L")]
            across, down = np.array(way).T
            values = np.stack(
                [self.read(across, self.x_ticks), self.read(down, self.y_ticks, self.logarithmic)],
                axis=1,
            )
            parts.append((path.get("style"), path.get("stroke-dasharray"), values))
        return parts

    @staticmethod
    def read(places, ticks, logarithmic=False):
        values, at = np.array(ticks).T
        slope, begin = np.polyfit(at, np.log10(values) if logarithmic else values, 1)
        line = slope * places + begin
        return 10**line if logarithmic else line


def points(*pairs):
    return np.array(pairs, np.float64)


RNG = np.random.default_rng(0)
SERIES = {
    "losses": points((100, -3.5), (200, 8.25), (400, 0.0), (900, -11)),
    "small": points((1, 0.0101), (2, 0.0102), (3, 0.0109)),
    "large": points((16_000, 1.2e6), (3_200_000, 2.9e6)),
    "all the same": points((10, 3.0), (20, 3.0)),
    "all zero": points((10, 0.0), (20, 0.0)),
    "one": points((640, -2.0)),
    "at the beginning": points((0, 7.0)),
    "decades": points((10, 0.004), (20, 1.0), (30, 250.0), (40, 0.5)),
    "many decades": points((10, 1e-12), (20, 1.0), (30, 1e9)),
    "a fall through zero": points((10, 1e5), (20, -1e-3)),
}


@pytest.mark.parametrize("values", SERIES.values(), ids=SERIES)
def test_values_can_be_read_off_beside_the_axes(values):
    chart = Drawn([Curve("a", [values])])
    ((_, _, plotted),) = chart.curves()
    assert 2 <= len(chart.y_ticks) <= 8
    np.testing.assert_allclose(plotted[:, 0], values[:, 0], atol=max(values[:, 0].max(), 1) / 1e3)
    if chart.logarithmic:
        np.testing.assert_allclose(np.log10(plotted), np.log10(values), atol=0.01)
    else:
        (low, top), (high, bottom) = chart.y_ticks[0], chart.y_ticks[-1]
        assert plotted[:, 1] == pytest.approx(values[:, 1], abs=(high - low) / (top - bottom) / 50)


@pytest.mark.parametrize("values", SERIES.values(), ids=SERIES)
def test_curves_and_labels_lie_inside_the_frame(values):
    chart = Drawn([Curve("a", [values])])
    _, _, width, height = map(float, chart.svg.get("viewBox").split())
    for path in chart.svg.findall("path"):
        way = np.array([p.split() for p in path.get("d")[1:].split("L")], float)
        assert (way >= 0).all() and (way <= (width, height)).all()
    for label in chart.svg.findall("text"):
        assert 0 < float(label.get("x")) < width
        assert 8 < float(label.get("y")) < height
    assert chart.axis == "images"


@pytest.mark.parametrize("values", SERIES.values(), ids=SERIES)
def test_labels_are_round_and_evenly_spaced(values):
    chart = Drawn([Curve("a", [values])])
    assert chart.logarithmic == (values[:, 1].min() > 0 and np.ptp(np.log10(values[:, 1])) > 2)
    labels = np.array([value for value, _ in chart.y_ticks])
    steps = np.diff(np.log10(labels) if chart.logarithmic else labels)
    np.testing.assert_allclose(steps, steps[0], rtol=1e-4)
    if chart.logarithmic:
        np.testing.assert_allclose(np.log10(labels), np.rint(np.log10(labels)), atol=1e-9)
    else:
        assert f"{steps[0]:.2e}"[:4] in ("1.00", "2.00", "5.00")
        multiples = labels / steps[0]
        np.testing.assert_allclose(multiples, np.rint(multiples), atol=1e-4)


@pytest.mark.parametrize("span, step", [(1, 0.2), (6, 1), (6.1, 2), (30, 5), (31, 10), (0.6, 0.1)])
def test_a_round_step_goes_no_more_than_six_times_into_the_span(span, step):
    assert curves.round_step(span) == pytest.approx(step)


def test_every_part_is_a_line_of_its_own_that_begins_with_a_dot():
    parts = [points((10, 1.0), (20, 2.0)), points((30, 5.0), (40, 4.0), (50, 3.0))]
    chart = Drawn([Curve("a", parts)])
    drawn = chart.curves()
    assert [len(values) for _, _, values in drawn] == [2, 3]
    assert len({style for style, _, _ in drawn}) == 1
    dots = [(dot.get("cx"), dot.get("cy")) for dot in chart.svg.findall("circle")]
    ways = [re.findall(r"[\d.]+", path.get("d"))[:2] for path in chart.svg.findall("path")]
    assert [list(dot) for dot in dots] == ways


def test_each_of_fifteen_curves_looks_different_and_like_its_key():
    lines = [Curve(f"run {i}", [points((1, i), (2, i + 1))]) for i in range(15)]
    chart = Drawn(lines)
    looks = [(style, dashes) for style, dashes, _ in chart.curves()]
    assert len({*looks}) == 15
    assert [dashes for _, dashes in looks[:5]] == [None] * 5  # as long as there are colours
    keys = chart.root.findall(".//span/svg/path")
    assert [(key.get("style"), key.get("stroke-dasharray")) for key in keys] == looks
    names = ["".join(key.itertext()).strip() for key in chart.root.findall(".//span")]
    assert names == [line.name for line in lines]


def test_a_curve_without_points_is_left_out_and_the_others_keep_their_colours():
    whole = [Curve(name, [points((1, 2), (2, 3))]) for name in "abc"]
    _, _, wanted = Drawn(whole).curves()
    (_, drawn) = Drawn([whole[0], Curve("b", []), whole[2]]).curves()
    assert drawn[0] == wanted[0]
    names = [s for s in Drawn([whole[0], Curve("b", []), whole[2]]).root.findall(".//span")]
    assert ["".join(name.itertext()).strip() for name in names] == ["a", "c"]


def test_names_come_out_as_they_are():
    text = curves.chart([Curve("<b>&\"'", [points((1, 1))])], "a<b", "x & y")
    root = ET.fromstring(text)
    assert root.find("figcaption/b").text == "a<b"
    assert "<b>&\"'" in "".join(root.itertext())
    assert "x & y" in "".join(root.itertext())


@pytest.mark.parametrize("count", [1, 299, 300, 301, 5000])
def test_long_curves_keep_their_ends_and_every_stretchs_extremes(count):
    values = np.stack([np.arange(count), RNG.normal(size=count)], axis=1).astype(np.float64)
    values[count // 2, 1] = 99.0  # one spike
    kept = curves.thinned(values)
    assert len(kept) <= 300
    assert (np.diff(kept[:, 0]) > 0).all()
    np.testing.assert_array_equal(kept, values[kept[:, 0].astype(int)])
    np.testing.assert_array_equal(kept[[0, -1]], values[[0, -1]])
    assert kept[:, 1].max() == 99.0
    assert kept[:, 1].min() == values[:, 1].min()
    assert count > 300 or len(kept) == count
    assert np.diff(kept[:, 0], append=count).max() <= 2 * -(-count // 149)


# ------------------------------------------------------------------------------------- colours

# Machado, Oliveira and Fernandes (2009), severity 1: linear RGB as colour-blind people see it.
SEEN_BY = {
    "most": np.eye(3),
    "protanopes": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deuteranopes": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "tritanopes": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}
LIGHT, DARK = page.STYLE.read_text().split("@media (prefers-color-scheme: dark)")


def colour(style, name):
    """Linear RGB (IEC 61966-2-1) of a variable of the style sheet."""
    digits = re.search(rf"--{name}: #(\w+);", style)[1]
    digits = "".join(2 * d for d in digits) if len(digits) == 3 else digits
    level = np.array([int(digits[i : i + 2], 16) for i in (0, 2, 4)]) / 255
    return np.where(level <= 0.04045, level / 12.92, ((level + 0.055) / 1.055) ** 2.4)


def cielab(rgb):
    xyz = np.clip(rgb, 0, 1) @ np.transpose(
        [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
    )
    f = np.cbrt(np.maximum(xyz / [0.9505, 1, 1.089], 0.008856))
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


@pytest.mark.parametrize("style", [LIGHT, DARK], ids=["light", "dark"])
def test_colours_stand_out_from_the_paper(style):
    paper = colour(style, "card") @ [0.2126, 0.7152, 0.0722]
    for number in range(curves.HUES):
        ink = colour(style, f"hue-{number}") @ [0.2126, 0.7152, 0.0722]
        low, high = sorted([paper, ink])
        assert (high + 0.05) / (low + 0.05) >= 3  # what WCAG 2.1 asks of graphics


@pytest.mark.parametrize("style", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("seen", SEEN_BY.values(), ids=SEEN_BY)
def test_colours_are_told_apart_by_colour_blind_people_too(style, seen):
    colours = [cielab(np.array(seen) @ colour(style, f"hue-{i}")) for i in range(curves.HUES)]
    for one, other in itertools.combinations(colours, 2):
        assert np.linalg.norm(one - other) > 20  # 2.3 is just noticeable
