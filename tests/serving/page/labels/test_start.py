import dataclasses
import io

import numpy as np
import pytest
from PIL import Image

from interface.command_line import UserError
from serving.examples import Example
from serving.page.labels.start import Start
from serving.scene import Reference, Scene
from tests.serving.label_models import PALETTE
from tests.serving.page.labels.conftest import LABELS

KNOWN = Example("Two banks", Scene(LABELS), Reference(PALETTE[LABELS], LABELS))


def content(pixels):
    written = io.BytesIO()
    Image.fromarray(pixels).save(written, "PNG")
    return written.getvalue()


def test_one_begins_with_nothing_or_an_example(page, state_of, voice, elements, fire, monkeypatch):
    state = state_of("editor")
    version = dataclasses.replace(state.version, examples=(KNOWN,))
    monkeypatch.setitem(state.studio.models._current, "editor", version)
    Start(state, voice)
    buttons = {each.text: each for each in elements("q-btn")}
    assert [*buttons] == ["Photo", "Label map", "Its instances", "Nothing", "Two banks"]
    fire(buttons["Nothing"], "click")
    assert state.scene.label.shape == (8, 12) and not state.scene.label.any()
    fire(buttons["Two banks"], "click")
    assert state.scene is KNOWN.scene and state.reference is KNOWN.reference
    assert voice.said[-1] == "Begun anew: two banks"
    state.go(-1)
    assert not state.scene.label.any() and state.now.reference is None
    assert state.reference is KNOWN.reference  # a model that needs one begins with it


@pytest.mark.parametrize("model, instances", [("free", False), ("styled", True)])
def test_only_what_can_be_used_is_offered(page, state_of, voice, model, instances):
    start = Start(state_of(model), voice)
    assert start._photo.visible and start._instances.visible == instances


def test_where_nobody_labels_photos_none_is_asked_for(page, state_of, voice, monkeypatch):
    state = state_of("free")
    monkeypatch.delitem(state.studio.models._current, "telling")
    assert not Start(state, voice)._photo.visible


async def test_a_photo_becomes_its_label_map_and_its_style(state_of, voice):
    state = state_of("clusters")
    await Start(state, voice)._take_photo(content(PALETTE[LABELS]))
    assert {*np.unique(state.scene.label)} == {0, 1, 2}
    np.testing.assert_array_equal(state.reference.label, state.scene.label)
    np.testing.assert_array_equal(state.scene.instance, state.scene.label)


async def test_a_label_map_may_be_ids_or_colours_of_any_size(state, voice):
    start = Start(state, voice)
    for pixels in (LABELS, PALETTE[LABELS]):
        await start._take_map(content(pixels))
        np.testing.assert_array_equal(state.scene.label, LABELS)
    await start._take_map(content(LABELS[:15, :21]))
    assert state.scene.label.shape == (16, 20)
    assert voice.said[-1] == "Label map opened: 20 by 16 pixels"
    for pixels, told in (
        (LABELS + 7, "id 7, 8, 9; wanted 0 to 2"),
        (PALETTE[LABELS] + 1, "#0b151f"),
    ):
        with pytest.raises(UserError, match=told):
            await start._take_map(content(pixels))


async def test_instances_tell_objects_apart(state_of, voice):
    state = state_of("styled")
    numbers = LABELS.astype(np.uint16) * 1000
    await Start(state, voice)._take_instances(content(numbers))
    np.testing.assert_array_equal(state.scene.instance, numbers)
    with pytest.raises(UserError, match="wanted its label map's 16x24"):
        await Start(state, voice)._take_instances(content(numbers[:4]))
