from xml.etree import ElementTree

from serving.page.labels import guide


def test_corners_and_the_cross_are_where_they_are_in_the_maps_pixels():
    drawn = ElementTree.fromstring(guide.svg((10, 20), [(0.1, 0.2), (0.5, 0.5)], (0.25, 0.5)))
    assert drawn.get("viewBox") == "0 0 20 10" and drawn.get("aria-hidden") == "true"
    line, corner, cross = drawn
    assert line.get("points") == "2.00,2.00 10.00,5.00"
    assert (corner.get("cx"), corner.get("cy")) == ("2.00", "2.00")
    assert cross.get("d").startswith("M4.50,5.00h1.00M5.00,4.50v1.00")
    assert [*ElementTree.fromstring(guide.svg((10, 20), [], None))] == []
