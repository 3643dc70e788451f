import io

import numpy as np
import pytest
from PIL import Image

from serving.page.labels.styles import NO_PHOTO, NONE, SELECT, Styles
from serving.scene import Reference
from tests.serving.label_models import PALETTE
from tests.serving.page.labels.conftest import LABELS


def content(pixels):
    written = io.BytesIO()
    Image.fromarray(pixels).save(written, "PNG")
    return written.getvalue()


def test_an_objects_styles_are_tiles(page, state_of, voice, fire, read):
    state = state_of("clusters")
    styles = Styles(state, voice)
    assert styles._hint.text == SELECT and not styles._row.visible
    state.select((0.01, 0.01))
    assert [place.visible for place, _ in styles._tiles] == [True] * 2 + [False] * 8
    button = styles._tiles[1][1].button
    assert button.props["aria-label"] == "Style 2 of the selected object"
    fire(button, "click")
    assert button.props["aria-pressed"] == "true" and voice.said == ["Style 2 is chosen"]
    assert dict(state.scene.styles) == {int(LABELS[0, 0]): 1}
    image = np.full([4, 4, 3], 7, np.uint8)
    styles.painted(1, image)
    np.testing.assert_array_equal(read(styles._tiles[1][1].picture.props["src"]), image)
    state.version.known_styles.clusters.pop(int(LABELS[0, 0]))
    state.tell()
    try:
        assert styles._hint.text == NONE and not styles._row.visible
    finally:
        label = int(LABELS[0, 0])
        state.version.known_styles.clusters[label] = np.zeros([2, 3], np.float32)


def test_a_photo_gives_the_style_and_can_be_kept_or_left(page, state_of, voice, on_page):
    state = state_of("editor")
    styles = Styles(state, voice)
    assert styles._hint.text == NO_PHOTO and not styles.photo.visible
    on_page(styles._take(content(PALETTE[LABELS])))
    np.testing.assert_array_equal(state.reference.label, LABELS[::2, ::2])  # as it learnt from
    assert styles.photo.visible and not styles._hint.visible
    assert voice.said[-1] == "It is painted in the photo's style now"
    assert not styles._drop.visible and not styles._keep.visible  # it is of somebody else
    reference = state.reference
    state.begin(state.as_scene(reference.label), reference)
    assert styles._keep.visible and styles._keep.value
    styles._keep.value = False
    assert not state.keeps_photo
    state.copy_style(Reference(255 - reference.photo, reference.label))
    assert not styles._keep.visible


def test_where_there_are_clusters_a_photo_can_be_left_again(page, state_of, voice, on_page, fire):
    state = state_of("clusters")
    styles = Styles(state, voice)
    on_page(styles._take(content(PALETTE[LABELS])))
    assert styles._drop.visible and not styles._keep.visible
    fire(styles._drop, "click")
    assert state.reference is None and not styles.photo.visible


def test_models_without_either_are_offered_neither(page, state_of, voice):
    styles = Styles(state_of("free"), voice)
    assert not styles._opener.visible and not styles._row.visible


@pytest.mark.parametrize("model", ["clusters", "editor"])
def test_something_else_than_a_photo_is_refused(page, state_of, voice, on_page, model):
    from interface.command_line import UserError

    styles = Styles(state_of(model), voice)
    with pytest.raises(UserError):
        on_page(styles._take(b"not a photo"))
