from serving.page.frame import Frame
from serving.page.labels.before import Before
from serving.page.labels.edits import Area


def test_the_picture_of_before_goes_once_something_is_drawn(page, flat, elements, fire):
    frame = Frame("Your picture")
    Before(flat, frame)
    (slider,) = elements("input")
    fire(slider, "input", 100)
    assert frame._over._style["opacity"] == "1.0"
    flat.select((0.5, 0.5))
    assert slider.props["value"] == 100.0
    flat.edit(Area(((0.1, 0.1), (0.4, 0.4)), 1))
    assert slider.props["value"] == 0 and float(frame._over._style["opacity"]) == 0
