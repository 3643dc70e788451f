import re

import numpy as np
import pytest

from interface import histogram
from tests.interface.test_page import parsed

RNG = np.random.default_rng(0)
SERIES = {
    "sizes": RNG.integers(40, 900, 500),
    "angles": RNG.normal(0, 12, 2000).round(1),
    "one": np.array([7.0]),
    "same": np.full(30, -3.0),
    "whole numbers": np.array([-10.0, -5.0, 0.0, 5.0, 10.0]),
    "wide": np.array([0.0, 123_456_789.0]),
    "narrow": np.array([0.1, 0.2]),
    "about zero": np.array([-0.0, 0.4, -0.4]),
}


@pytest.mark.parametrize("values", SERIES.values(), ids=SERIES)
def test_bins_are_round_equal_and_hold_every_value(values):
    edges = histogram.bin_edges(values)
    assert 1 <= len(edges) - 1 <= 24
    assert edges[0] <= values.min() < edges[1]
    assert edges[-2] <= values.max() < edges[-1]
    widths = np.diff(edges)
    assert (widths == widths[0]).all()
    assert re.fullmatch("(1|2|25|5)0*", f"{widths[0]:.0f}")
    assert (edges % widths[0] == 0).all()


@pytest.mark.parametrize("values", SERIES.values(), ids=SERIES)
def test_a_histograms_bars_are_numpys_counts(values):
    chart = parsed(histogram.chart(values, "T", "an axis", "pixels", "faces"))
    about = [bar.find("title").text for bar in chart.iter("rect")]
    bars = [re.fullmatch(r"(\S+) to (\S+) pixels: (\d+) faces", words).groups() for words in about]
    edges = [float(low) for low, _, _ in bars] + [float(bars[-1][1])]
    counts = np.array([int(count) for _, _, count in bars])
    np.testing.assert_array_equal(counts, np.histogram(values, edges)[0])
    assert counts.sum() == len(values)
    heights = np.array([float(bar.get("height")) for bar in chart.iter("rect")])
    np.testing.assert_allclose(heights / heights.max(), counts / counts.max(), atol=1e-4)


def test_a_histogram_is_labelled_inside_its_frame():
    values = SERIES["angles"]
    figure = parsed(histogram.chart(values, "Yaw", "to the right", "degrees", "faces"))
    chart = figure.find(".//svg")
    _, _, width, height = map(float, chart.get("viewBox").split())
    for bar in chart.iter("rect"):
        x, y, across, tall = (float(bar.get(name)) for name in ("x", "y", "width", "height"))
        assert 0 <= x < x + across <= width
        assert 0 <= y <= y + tall <= height
    for label in chart.iter("text"):
        assert 0 < float(label.get("x")) < width
        assert 10 < float(label.get("y")) < height
    labels = {label.text for label in chart.iter("text")}
    assert {"to the right [degrees]", "-20", "0", "20"} <= labels
    caption = "".join(figure.find(".//figcaption").itertext())
    low, middle, high = np.rint(np.percentile(values, [5, 50, 95])).astype(int)
    assert caption.startswith("Yaw")
    assert f"median {middle}, nine tenths from {low} to {high}" in caption


def test_zero_has_no_sign():
    chart = histogram.chart(np.array([-0.0, -0.0, 3.0]), "T", "axis", "x", "faces")
    assert "-0" not in chart
    assert "median 0" in chart


def test_counts_of_five_digits_are_shortened_on_the_bars_only():
    values = np.repeat([0.0, 1.0], [12_345, 3])
    chart = parsed(histogram.chart(values, "T", "axis", "x", "faces"))
    assert {"12k", "3"} <= {label.text for label in chart.iter("text")}
    assert "0 to 1 x: 12345 faces" in {title.text for title in chart.iter("title")}
