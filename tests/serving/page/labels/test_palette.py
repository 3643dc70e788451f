import pytest

from input_pipeline.label_maps import label_sets
from serving.page.labels.palette import Palette


@pytest.fixture
def palette(page, flat, voice):
    return Palette(flat, voice)


def test_each_class_has_its_colour_name_and_button(palette, flat, elements, fire):
    buttons = [e for e in elements("input") if e.props.get("type") == "radio"]
    assert [b.props["value"] for b in buttons] == ["0", "1", "2"]
    assert [b.props["checked"] for b in buttons] == [False, True, False]
    assert len({b.props["name"] for b in buttons}) == 1
    swatches = [e.style["background"] for e in elements("span", "swatch")]
    assert swatches == [f"#{bytes(label.colour).hex()}" for label in flat.classes.labels]
    fire(buttons[2], "change", 2)
    assert flat.label == 2 and buttons[2].props["checked"]
    fire(buttons[2], "change", 77)
    assert flat.label == 2


def test_of_few_classes_none_need_be_searched_of_many_some_are_found(palette, monkeypatch, flat):
    from serving.page.labels import palette as module

    assert not palette._search.visible
    monkeypatch.setattr(module, "SEARCHED", 3)
    seen = Palette(flat, None)
    assert seen._search.visible
    for wanted, found in (("BANK", [False, True, True]), (" sky ", [True, False, False])):
        seen._search.value = wanted
        assert [row.visible for row, _ in seen._rows] == found and not seen._none.visible
    seen._search.value = "moon"
    assert seen._none.visible
    seen._search.value = None
    assert all(row.visible for row, _ in seen._rows)


def test_a_hundred_and_fifty_classes_have_names_to_find():
    from input_pipeline.label_maps import known_sets

    names = known_sets.read("ade20k").names
    assert len(names) >= 150 and len({*names}) == len(names) > label_sets.SHOWN


def test_enter_takes_the_one_class_that_is_found(page, flat, voice, monkeypatch, fire):
    from serving.page.labels import palette as module

    monkeypatch.setattr(module, "SEARCHED", 3)
    palette = Palette(flat, voice)
    for wanted, label in (("right", 2), ("bank", 2), ("sky", 0)):  # two are called so
        palette._search.value = wanted
        palette._take_only()
        assert flat.label == label
    assert voice.said[-1] == "Class: sky"


def test_names_of_files_are_shown_as_people_say_them():
    spoken = dict(zip(label_sets.CELEBAMASK.names, label_sets.CELEBAMASK.spoken))
    assert spoken["eye_g"] == "glasses" and spoken["l_lip"] == "lower lip"
    assert spoken["l_brow"] == "left brow" and spoken["hair"] == "hair"
    assert len({*spoken.values()}) == 19 and not any("_" in each for each in spoken.values())
