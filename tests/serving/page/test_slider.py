from serving.page.slider import Slider


def test_it_tells_values_within_its_bounds(elements, fire):
    slid, released = [], []
    Slider("Smile", -3, 3, 0.1, 0.0, slid.append, lambda: released.append(True))
    (element,) = elements("input")
    assert element.props["aria-label"] == "Smile" and element.props["type"] == "range"
    for value in (1.5, 99, -99, float("nan")):
        fire(element, "input", value)
    assert slid == [1.5, 3, -3] and not released
    fire(element, "change")
    assert released == [True]


def test_its_number_is_written_as_asked_for(elements, fire):
    slider = Slider("Smile", -3, 3, 0.1, 0.0, lambda _: None, shown="{:+.1f} σ")
    (number,) = elements("div", "number")
    seen = [number.text]
    fire(elements("input")[0], "input", 0.8)
    seen.append(number.text)
    slider.show(-2)
    assert [*seen, number.text] == ["+0.0 σ", "+0.8 σ", "-2.0 σ"]


def test_only_what_the_browser_does_not_know_is_sent(elements, fire, monkeypatch):
    slider = Slider("Smile", -3, 3, 0.1, 0.0, lambda _: None)
    (element,) = elements("input")
    sent = []
    monkeypatch.setattr(type(element), "update", lambda self: sent.append(self.tag))
    fire(element, "input", 1.5)
    slider.show(1.5)
    assert "input" not in sent
    slider.show(-0.5)
    assert "input" in sent and element.props["value"] == -0.5
