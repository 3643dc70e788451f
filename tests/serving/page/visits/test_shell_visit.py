"""A person's visit: what is around a desk, and what others have of the server meanwhile."""

import json
import urllib.error
import urllib.request

import numpy as np
import pytest

from tests.serving.page.visits.visitor import expect

pytestmark = pytest.mark.browser


def test_what_is_said_fades_and_is_still_read_out(visit):
    visitor = visit()
    for name in ("Narrow", "Straight"):
        visitor.button(name).click()
        expect(visitor.said).to_have_text(f"Begun anew: {name.lower()}")
        expect(visitor.said).to_have_css("opacity", "1")
        visitor.said.evaluate("line => line.getAnimations().forEach(fade => fade.finish())")
        expect(visitor.said).to_have_css("opacity", "0")
        expect(visitor.said).to_have_text(f"Begun anew: {name.lower()}")


def test_a_lost_drawing_is_said_to_be(visit):
    visitor = visit()
    visitor.page.reload()
    visitor.has_begun()
    expect(visitor.said).to_have_text("")
    # As NiceGUI does where the server no longer knows the page.
    visitor.page.evaluate("document.getElementById('popup').ariaHidden = false, location.reload()")
    visitor.is_refused("The connection was lost; the drawing begins anew.")


def test_visitors_do_not_see_each_others_drawings(visit):
    one, other = visit(), visit()
    mask = other.mask()
    one.click("Nothing")
    np.testing.assert_array_equal(other.mask(), mask)
    other.click("Laughing")
    assert not one.mask().any()


def test_another_model_paints_the_same_drawing(visit):
    visitor = visit()
    mask = visitor.mask()
    with visitor.painting():
        visitor.choose("plain")
    np.testing.assert_array_equal(visitor.mask(), mask)
    expect(visitor.page.get_by_text("came without the shapes of its faces")).to_be_visible()
    expect(visitor.button("Straight")).to_have_count(0)
    visitor.drag((0.5, 0.9), (0.5, 0.8))  # landmarks can still be dragged


def test_a_model_that_no_desk_is_for_says_so_and_the_drawing_waits(visit):
    visitor = visit()
    visitor.click("Laughing")
    mask = visitor.mask()
    visitor.choose("telling")
    expect(
        visitor.page.get_by_text("telling is there to tell the label maps of photos")
    ).to_be_visible()
    expect(visitor.canvas).to_have_count(0)
    link = visitor.page.get_by_role("link", name="How programs ask it")
    expect(link).to_have_attribute("href", "/docs")
    visitor.choose("portraits")
    visitor.has_begun()
    np.testing.assert_array_equal(visitor.mask(), mask)
    visitor.press("Control+z")
    assert not (visitor.mask() == mask).all()


@pytest.fixture
def fetch(address):
    """Status, kind of content and content of what the server answers."""

    def fetch(path, **options):
        request = urllib.request.Request(address.rstrip("/") + path, **options)
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status, answer.headers.get_content_type(), answer.read()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.headers.get_content_type(), error.read()

    return fetch


def test_the_page_leaves_the_other_routes_alone(fetch):
    assert fetch("/healthz")[:2] == (200, "application/json")
    assert b"# HELP" in fetch("/metrics")[2]
    assert fetch("/docs")[:2] == (200, "text/html")
    assert b"swagger" in fetch("/docs")[2]
    assert fetch("/v1/models/portraits")[:2] == (200, "application/json")
    for path in ("/v1/nothing", "/api/nothing"):
        status, kind, content = fetch(path)
        assert (status, kind) == (404, "application/json") and "error" in json.loads(content)
    assert fetch("/api/generate", data=b"", method="POST")[0] == 400
    assert fetch("/")[:2] == (200, "text/html")
    assert fetch("/nothing")[0] == 404
    assert fetch("/", headers={"Origin": "http://elsewhere.example"})[0] == 403
