from nicegui import ui

from serving.page.section import section


def test_a_part_has_its_heading_and_what_is_made_inside(elements):
    with section("drawing", "Drawing"):
        ui.label("inside")
    with section("help", ""):
        pass
    drawing, help_ = elements("section")
    assert "drawing" in drawing.classes and "help" in help_.classes
    heading, label = drawing.default_slot.children
    assert (heading.props["tag"], heading.content, label.text) == ("h2", "Drawing", "inside")
    assert help_.default_slot.children == []
