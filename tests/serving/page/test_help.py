import xml.etree.ElementTree as ElementTree

from serving.page.help import add_help


def test_a_desks_help_stands_in_the_pages_own(elements):
    add_help("<p>A face.</p>", "<dt>N</dt><dd>next</dd>")
    (details,) = elements("details")
    parts = ElementTree.fromstring(f"<details>{details.content}</details>")
    assert [part.tag for part in parts] == ["summary", "p", "p", "dl"]
    assert parts.find("p").text == "A face."
    keys = parts.find("dl")
    assert keys.attrib["id"] == "keys"  # which describes the canvas
    assert [each.text for each in keys.iter("dt")] == ["N", "Anywhere", "On a slider"]
